"""How long times take at least and at most, and what of several that are pending can come first."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.core.times import parse_time
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.definitions.parse import parse_template
from procflow.proof.clocks import Times, length_of
from procflow.proof.lengths import bounds_of
from procflow.proof.standing import Standing
from procflow.proof.zones import FOREVER
from procflow.rehearsal.bench import ORGANISATION, Bench

HOUR, DAY = 3600.0, 86_400.0

CLOCKS = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data: {day: {type: date}, sure: {type: boolean}}
initial: open
states:
  open:
    task: {role: agent}
    choices: {go: {to: there}, finish: {to: ended}, mark: {set: {sure: true}}}
    after: {2 days: {to: there}, 1 week: {to: ended}, 30 hours: {to: ended}, 3 working days: {to: ended}}
  there: {task: {role: agent}, choices: {back: {to: open}, finish: {to: ended}}}
  ended: {final: true, outcome: finished}
deadlines:
  two_days: {title: {en: A, da: A}, starts: [opening], within: 2 days, warn: {at: 50%, do: [{notify: {role: lead, text: {en: x, da: x}}}]}, met: [choice finish]}
  also_two: {title: {en: B, da: B}, starts: [opening], within: 48 hours, met: [choice finish]}
  paused: {title: {en: C, da: C}, starts: [opening], within: 2 days, pause_in: [there], met: [choice finish]}
  by_data: {title: {en: D, da: D}, starts: [opening], until: "${day}", met: [choice finish]}
  from_data: {title: {en: E, da: E}, starts: [opening], from: "${day}", within: 2 days, met: [choice finish]}
  in_weeks: {title: {en: F, da: F}, starts: [opening], within: 2 weeks, met: [choice finish]}
  in_days: {title: {en: G, da: G}, starts: [opening], within: 14 days, met: [choice finish]}
promises:
  ends: {after: 'state("open")', eventually: 'closed()', within: 10 days}
"""


@pytest.fixture(scope="module")
def documents() -> Any:
    overlook = [code for code in CODES if "PF200" <= code < "PF400"]
    organisation = ORGANISATION + "parameters: {limit: 3 days, count: 4}\n"
    return documents_of(CLOCKS, organisation=organisation, overlook=overlook)


@pytest.fixture(scope="module")
def times(documents: Any) -> Times:
    return Times(documents.procedures["errand"], Standing(documents.organisation))


@pytest.mark.parametrize(
    ("text", "wall", "elapsed"),
    [
        # by the wall an hour may be none or two when the clocks change, and elapsed a day may have 23 or 25
        ("3 hours", (2 * HOUR, 4 * HOUR), (3 * HOUR, 3 * HOUR)),
        ("30 minutes", (0.0, 1.5 * HOUR), (HOUR / 2, HOUR / 2)),
        ("0 minutes", (0.0, 0.0), (0.0, 0.0)),
        ("2 days", (2 * DAY, 2 * DAY), (2 * DAY - HOUR, 2 * DAY + HOUR)),
        ("2 weeks", (14 * DAY, 14 * DAY), (14 * DAY - HOUR, 14 * DAY + HOUR)),
        ("1 month", (28 * DAY, 31 * DAY), (28 * DAY - HOUR, 31 * DAY + HOUR)),
        ("2 years", (730 * DAY, 732 * DAY), (730 * DAY - HOUR, 732 * DAY + HOUR)),
        # asked for late on a day before an open one, or early before the longest row of closed days
        ("1 working day", (17 * HOUR, 6 * DAY + 17 * HOUR), (16 * HOUR, 6 * DAY + 18 * HOUR)),
        # begun as the last open day before Easter closes; an hour more for clocks that are changed
        ("6 open hours", (5 * HOUR, 5 * DAY + 23 * HOUR), (5 * HOUR, 5 * DAY + 23 * HOUR)),
        ("today at closing", (0.0, 6 * DAY + HOUR), (0.0, 6 * DAY + HOUR)),
        ("next open day at 09:00", (0.0, 6 * DAY + 10 * HOUR), (0.0, 6 * DAY + 10 * HOUR)),
        ("every first open day of the month", (0.0, FOREVER), (0.0, FOREVER)),
    ],
)
def test_how_long_it_takes(text: str, wall: Any, elapsed: Any, documents: Any) -> None:
    calendar = documents.organisation.calendar
    assert bounds_of(parse_time(text), calendar, wall=True) == wall
    assert bounds_of(parse_time(text), calendar, wall=False) == elapsed


def test_of_what_is_no_length_nothing_is_known(documents: Any) -> None:
    assert bounds_of(None, documents.organisation.calendar, wall=True) == (0.0, FOREVER)
    assert bounds_of(parse_time("1 working day"), None, wall=True) == (0.0, FOREVER)


@pytest.mark.parametrize(
    ("spec", "length"),
    [
        ("2 weeks", ("days", 14)), ("14 days", ("days", 14)), ("3 months", ("months", 3)), ("1 year", ("months", 12)),
        ("48 hours", ("elapsed", parse_time("48 hours").elapsed())), ("4 working days", ("working_days", 4)),
        ("today at closing", None), ("soon", None), (None, None),
        (parse_template("${param('limit')}"), ("days", 3)),
        (parse_template("${param('count')} days"), ("days", 4)),
        (parse_template("${param('unknown')}"), None), (parse_template("${span}"), None),
    ],
)  # fmt: skip
def test_which_lengths_compare(spec: Any, length: Any, documents: Any) -> None:
    organisation = documents.organisation
    assert length_of(spec, Standing(organisation)) == length


def test_of_each_clock_its_length_where_it_hangs_on_nothing(times: Times) -> None:
    afters = {item for item in times.spans if item.startswith("after:")}
    assert times.spans.keys() - afters == {
        "missed:two_days", "missed:also_two", "missed:in_weeks", "missed:in_days", "promise:ends",
    }  # fmt: skip
    assert sorted(str(times.spans[item]) for item in afters) == [
        "1 week",
        "2 days",
        "3 working days",
        "30 hours",
    ]
    assert times.bounds("missed:two_days", "wall") == (2 * DAY, 2 * DAY)
    assert times.bounds("missed:by_data", "wall") == (0.0, FOREVER)
    assert not times.of_data


@pytest.mark.parametrize(
    ("item", "pending", "first"),
    [
        ("missed:two_days", {}, True),
        ("missed:two_days", {"warn:two_days": 1}, False),  # its warning is before it
        ("missed:also_two", {"warn:two_days": 1}, True),
        ("missed:in_weeks", {"missed:two_days": 1}, False),  # they began together, and that is shorter
        ("missed:two_days", {"missed:in_weeks": 1}, True),
        ("missed:in_weeks", {"missed:two_days": 2}, True),  # that began later
        ("missed:two_days", {"missed:in_weeks": 0}, True),  # longer, and began earlier: who knows
        ("missed:in_weeks", {"missed:two_days": 0}, False),
        ("missed:two_days", {"missed:also_two": 1}, True),  # days and hours do not compare
        ("missed:in_weeks", {"missed:in_days": 1}, True),  # at one instant: as written
        ("missed:in_days", {"missed:in_weeks": 1}, False),
        ("missed:in_days", {"missed:in_weeks": 2}, True),
        (
            "missed:in_weeks",
            {"missed:in_days": 0},
            True,
        ),  # as long, and two steps may be at one instant: as written
        ("missed:in_days", {"missed:in_weeks": 0}, False),
        ("missed:in_weeks", {"promise:ends": 1}, False),
        ("promise:ends", {"missed:in_weeks": 1}, True),
        ("missed:in_weeks", {"missed:two_days": -1}, True),  # nobody knows when that began
        ("missed:by_data", {"missed:two_days": 1}, True),
    ],
)
def test_what_of_several_that_are_pending_may_come_first(
    item: str, pending: dict[str, int], first: bool, times: Times
) -> None:
    assert times.comes_first(item, {item: 1, **pending}) is first
    assert times.comes_first(item, {**pending, item: 1}) is first


def test_what_is_due_at_one_instant_comes_in_its_order(times: Times) -> None:
    order = ["warn:two_days", "missed:two_days", "missed:in_days", *times.after, "promise:ends"]
    order = [f"after:{item}" if item in times.after else item for item in order]
    for n, one in enumerate(order):
        assert [times.before(one, other) for other in order] == [n < m for m in range(len(order))]


def test_ranks_are_kept_only_where_they_tell_anything(times: Times) -> None:
    pending = {
        "missed:two_days": 7,
        "missed:in_days": 3,
        "missed:also_two": 5,
        "missed:by_data": 4,
        "missed:in_weeks": -1,
    }
    assert times.ranked(pending) == (
        ("missed:also_two", 0), ("missed:by_data", -1), ("missed:in_days", 0), ("missed:in_weeks", -1), ("missed:two_days", 1),
    )  # fmt: skip
    assert times.ranked({}) == ()


TIMED = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, optional: [day, sure]}]
data: {day: {type: date}, sure: {type: boolean}, rounds: {type: integer, default: 0}, span: {type: duration}}
initial: open
states:
  open: {task: {role: agent}, choices: {go: {to: there}, mark: {set: {sure: true}}, move: {ask: [day]}, finish: {to: ended}}%s}
  there: {task: {role: agent}, choices: {back: {to: open}, finish: {to: ended}}}
  late: {task: {role: agent}, choices: {finish: {to: ended}}}
  later: {task: {role: agent}, choices: {finish: {to: ended}}}
  ended: {final: true, outcome: finished}
deadlines:
  told: {title: {en: Told, da: Sagt}, met: [choice finish], %s}
promises:
  late: {never: 'state("late")'}
  later: {never: 'state("later")'}
  missed: {never: 'missed("told")'}
  missed_there: {never: 'missed("told") && state("there") && !choice("go")'}
  late_missed: {never: 'state("late") && !missed("told")'}
  later_missed: {never: 'state("later") && !missed("told")'}
  missed_sure: {never: 'missed("told") && !sure'}
  late_after_go: {before: 'state("late")', must: 'choice("go")'}
  in_a_week: {after: 'state("open")', eventually: '!state("open")', within: 7 days}
  in_time: {after: 'state("open")', eventually: 'missed("told") || !state("open")', within: 2 days}
"""
#: Promises that break where nothing is timed in the state but the deadline.
NOTHING = {"missed", "missed_there", "missed_sure", "in_a_week"}


@pytest.mark.parametrize(
    ("after", "deadline", "breaks"),
    [
        ("", "starts: [opening], within: 2 days", NOTHING),
        ("", "starts: [opening], within: 3 days", NOTHING | {"in_time"}),
        ("", "starts: [choice go], within: 2 days", NOTHING | {"in_time"}),
        ("", "starts: [{when: sure}], within: 2 days", {"missed", "missed_there", "in_a_week", "in_time"}),
        ("", "starts: [entering open], within: 2 days, pause_in: [there]",
         {"missed", "missed_sure", "in_a_week", "in_time"}),  # of a clock that stood still nobody knows what is left
        ("", "starts: [opening], until: \"${day}\"", NOTHING | {"in_time"}),
        (", after: {1 days: {to: late}}", "starts: [opening], within: 2 days",
         {"missed", "missed_there", "missed_sure", "late", "late_missed", "late_after_go"}),
        (", after: {3 days: {to: late}}", "starts: [opening], within: 2 days",
         {"missed", "missed_there", "missed_sure", "late", "late_after_go"}),
        (", after: {3 days: {to: late}, 1 days: {to: later}}", "starts: [opening], within: 2 days",
         {"missed", "missed_there", "missed_sure", "later", "later_missed"}),
        (", after: {3 days: {to: self, do: []}, 1 week: {to: late}}", "starts: [opening], within: 2 days", NOTHING),
        (", after: {8 days: {to: late}}", "starts: [opening], within: 2 days", NOTHING | {"late", "late_after_go"}),
        (", after: {\"${span}\": {to: late}}", "starts: [opening], within: 2 days", NOTHING),
        (", after: {3 days: [{when: sure, to: late}, {to: later}]}", "starts: [opening], within: 2 days",
         {"missed", "missed_there", "missed_sure", "late", "late_after_go", "later"}),
        (", events: {told: {to: late}}", "starts: [opening], within: 2 days",  # it is missed once, and who comes back stays
         {"missed", "missed_there", "missed_sure", "late", "late_after_go", "in_a_week"}),
        (", events: {told: [{when: sure, to: late}]}", "starts: [opening], within: 2 days", NOTHING | {"late", "late_after_go"}),
    ],
)  # fmt: skip
def test_what_time_brings(after: str, deadline: str, breaks: set[str], verdicts: Any) -> None:
    judged = verdicts(TIMED % (after, deadline))
    assert {name for name, verdict in judged.items() if verdict != "proved"} == breaks


AT_ONE_INSTANT = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
initial: open
states:
  open:
    task: {role: agent}
    initial: asked
    states:
      asked: {choices: {go: {by: agent, to: told}}}
      told: {choices: {finish: {by: agent, to: ended}}}
    after: {1 days: {to: ended}}
  ended: {final: true, outcome: finished}
deadlines:
  in_time: {title: {en: A, da: A}, starts: [entering told], within: %s, met: [choice finish], missed: {do: [{notify: {role: lead, text: {en: x, da: x}}}]}}
promises:
  never_late: {never: 'missed("in_time")'}
"""


@pytest.mark.parametrize(("within", "proved"), [("1 days", False), ("2 days", True)])
def test_what_began_a_step_later_may_have_begun_at_the_same_instant(
    within: str, proved: bool, verdicts: Any
) -> None:
    """Of as long a time, what is missed comes before what `after` brings, where both are due at one instant."""
    bench = Bench(AT_ONE_INSTANT % within, overlook=list(CODES))
    bench.open("ann")
    bench.do("go", "ann")
    bench.wait("3 days")
    assert ("stuck" in bench.kinds) is not proved  # the promise refuses that it is missed
    assert (verdicts(AT_ONE_INSTANT % within)["never_late"] == "proved") is proved


EARLY = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{%s}]
initial: open
states:
  open: {task: {role: agent}, choices: {go: {to: there}}, after: {1 days: {to: there}}}
  there: {task: {role: agent}, choices: {finish: {to: ended}}, after: {1 days: {to: late}}}
  late: {task: {role: agent}, choices: {finish: {to: ended}}}
  ended: {final: true, outcome: finished}
deadlines:
  told:
    title: {en: Told, da: Sagt}
    starts: [%s]
    within: %s
    warn: {at: 50%%, do: [{notify: {role: lead, text: {en: x, da: x}}}]}
    met: [choice finish]
promises:
  first_there: {before: 'missed("told")', must: 'state("there")'}
  first_late: {before: 'missed("told")', must: 'state("late")'}
  warned: {before: 'missed("told")', must: 'did("notify")'}
  warned_late: {before: 'did("notify")', must: 'state("late")'}
"""


@pytest.mark.parametrize(
    ("opens", "starts", "within", "proved"),
    [
        # a message may have come long before it opens the case; what a person asks for begins now
        ("message: true", "opening", "2 days", {"warned"}),
        ("message: true", "entering open", "3 days", {"warned"}),
        ("by: agent", "opening", "2 days", {"warned", "first_there"}),
        ("by: agent", "entering open", "3 days", {"warned", "first_there", "first_late"}),
        ("by: agent", "entering there", "2 days", {"warned", "first_there", "first_late"}),
        ("by: agent", "entering there", "12 hours", {"warned", "first_there"}),
        ("by: agent", "leaving open", "2 days", {"warned", "first_there", "first_late"}),
        ("by: agent", "entering late", "12 hours", {"warned", "first_there", "first_late", "warned_late"}),
    ],
)
def test_what_has_come_before_a_deadline_is_missed(
    opens: str, starts: str, within: str, proved: set[str], verdicts: Any
) -> None:
    judged = verdicts(EARLY % (opens, starts, within))
    assert {name for name, verdict in judged.items() if verdict == "proved"} == proved


MOVED = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{%s}]
data: {sure: {type: boolean}, day: {type: date}}
initial: open
states:
  open:
    task: {role: agent}
    choices: {look: {}, move: {ask: [day]}, finish: {to: ended}}
    %s
  there: {task: {role: agent}, choices: {finish: {to: ended}}}
  late: {task: {role: agent}, choices: {finish: {to: ended}}}
  ended: {final: true, outcome: finished}
deadlines:
  told: {title: {en: Told, da: Sagt}, starts: [%s], %s, met: [choice finish]}
promises:
  never: {never: 'missed("told")'}
  only_moved: {before: 'missed("told")', must: 'choice("move")'}
  in_a_day: {after: 'state("open")', eventually: 'state("there") || closed()', within: 1 days}
"""
AGENT = "by: agent, ask: [sure]"
FIRST = "events: {told: {to: late}}, after: {1 days: {to: there}}".replace(", after", "\n    after")


@pytest.mark.parametrize(
    ("opens", "state", "starts", "within", "proved"),
    [
        (AGENT, "", "opening", 'until: "${day}"', {"only_moved"}),
        (AGENT, "", "choice look", 'until: "${day}"', {"only_moved"}),
        (AGENT, "", "choice move", "within: 2 days", {"only_moved"}),
        (AGENT, "", "opening", "within: 2 days", set()),
        # what is asked for in writing may have been asked two days ago; what people begin begins now
        ("message: true", FIRST, "opening", "within: 2 days", set()),
        (AGENT, FIRST, "opening", "within: 2 days", {"in_a_day"}),
        (AGENT, FIRST, "choice look", "within: 2 days", {"in_a_day"}),
        (AGENT, FIRST, "choice look", "within: 12 hours", set()),
        (AGENT, FIRST, "choice move", "within: 2 days", {"only_moved", "in_a_day"}),
    ],
)
def test_when_a_deadline_can_come(
    opens: str, state: str, starts: str, within: str, proved: set[str], verdicts: Any
) -> None:
    judged = verdicts(MOVED % (opens, state, starts, within))
    assert {name for name, verdict in judged.items() if verdict == "proved"} == proved


def test_what_comes_every_open_day_comes_again_and_again(verdicts: Any) -> None:
    judged = verdicts(
        """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [name]}]
data: {name: {type: string}, rung: {type: integer, default: 0}}
initial: open
states:
  open:
    task: {role: agent, guide: "${name}"}
    after: {every open day at 08:00: [{when: 'rung >= 3', to: worn}, {set: {rung: "${rung + 1}"}}]}
  worn: {final: true, outcome: worn}
promises:
  once: {never: 'rung > 1'}
  at_most_three: {never: 'rung > 3'}
  ends: {after: 'state("open")', eventually: closed()}
"""
    )
    assert judged == {"once": "not decided", "at_most_three": "proved", "ends": "proved"}


MONTHS = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent}}]
initial: both
states:
  both:
    parallel:
      left:
        initial: l_before
        states:
          l_before: {{task: {{role: agent}}, choices: {{l_begin: {{to: l_runs}}}}}}
          l_runs: {{task: {{role: agent}}, after: {{{first}: {{to: l_over}}}}}}
          l_over: {{final: true}}
      right:
        initial: r_before
        states:
          r_before: {{task: {{role: agent}}, choices: {{r_begin: {{when: 'state("l_runs")', to: r_runs}}}}}}
          r_runs: {{task: {{role: agent}}, after: {{{second}: {{to: r_over}}}}}}
          r_over: {{final: true}}
promises:
  left_first: {{never: 'state("r_over") && state("l_runs")'}}
"""


@pytest.mark.parametrize(
    ("first", "second", "is_proved"),
    [
        ("1 months", "1 months", False),  # from the 29th of January at ten, and from the 30th at nine
        ("1 years", "12 months", False),
        ("1 months", "2 months", True),
        ("3 weeks", "21 days", True),
        ("2 working days", "2 working days", True),
    ],
)
def test_months_that_began_on_two_days_may_be_over_on_one(
    first: str, second: str, is_proved: bool, verdicts: Any
) -> None:
    text = MONTHS.format(first=first, second=second)
    assert (verdicts(text)["left_first"] == "proved") is is_proved


def test_the_engine_shows_that_the_later_month_is_over_first() -> None:
    overlook = [code for code in CODES if "PF200" <= code < "PF400"]
    bench = Bench(
        MONTHS.format(first="1 months", second="1 months"), clock="2026-01-29 10:00", overlook=overlook
    )
    bench.open("ann")
    bench.do("l_begin", "ann")
    bench.wait("until 2026-01-30 09:00")
    bench.do("r_begin", "ann")
    bench.wait("until 2026-02-28 09:30")
    assert "promise" in [about["code"] for about in bench.items.values()]
