"""A procedure that goes in circles by itself comes to rest, and its owner is told: nothing goes on without an end."""

from __future__ import annotations

from pathlib import Path

import pytest
from ready import started

from procflow.core import journal as j
from procflow.definitions.codes import CODES
from procflow.engine.circles import LOOKED_AT, LOOKED_AT_ALL, MOST_AT_ONE_INSTANT
from procflow.rehearsal.bench import ORGANISATION, Bench

CAME = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [day, sure]}]
data: {day: {type: date}, sure: {type: boolean}}
initial: waiting
states:
  waiting:
    task: {role: agent}
    choices: {finish: {to: over}}
    after: {"${day}": [{when: sure, do: [{note.write: {text: It is time.}}], to: waiting}, {to: over}]}
  over: {final: true}
"""
ASKING = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data: {left: {type: integer, default: %d}}
initial: waiting
states:
  waiting: {task: {role: agent}, choices: {begin: {to: asking}}}
  asking:
    invoke: {mail.send: {to: "${mailbox('main')}", subject: Errand, text: "Look at it: ${left}"}}
    task: {role: agent}
    choices: {finish: {to: over}}
    events: {done: [{when: left > 0, set: {left: "${left - %d}"}, to: asking}, {to: over}], failed: {to: over}}
  over: {final: true}
"""


def signalling(name: str, other: str, takes: str, sends: str) -> str:
    return f"""
procedure: {name}
title: {{en: {name}, da: {name}}}
owner: lead
starts: [{{by: agent}}]
data: {{kn: {{type: string, default: a}}}}
initial: waiting
states:
  waiting:
    task: {{role: agent}}
    choices:
      go: {{do: [{{signal: {{to: {{procedure: {other}, where: {{kn: "${{kn}}"}}}}, name: {sends}}}}}], to: waiting}}
      finish: {{to: over}}
    events: {{{takes}: {{do: [{{signal: {{to: {{procedure: {other}, where: {{kn: "${{kn}}"}}}}, name: {sends}}}}}], to: waiting}}}}
  over: {{final: true}}
"""


def stuck(bench: Bench) -> list[str]:
    """The words of what lies with the owner."""
    items = bench.case.items
    return [
        str(bench.items[id]["words"])
        for id, item in items.items()
        if item.kind == "stuck" and item.roles == ("lead",)
    ]


@pytest.mark.parametrize("day", ["2026-05-12", "2026-05-01"], ids=["once it has come", "that is over"])
def test_a_time_that_comes_again_at_once_is_laid_aside_for_the_owner(day: str) -> None:
    bench = Bench(CAME, overlook=("PF254",))
    bench.open("ann", day=day, sure=True)
    bench.wait("3 days")
    assert stuck(bench) == ["the procedure goes round in circles: waiting → waiting"]
    assert bench.case.sequence == 1 + MOST_AT_ONE_INSTANT + 1
    bench.wait("30 days")
    assert bench.case.sequence == 1 + MOST_AT_ONE_INSTANT + 1, "and it comes no more"
    bench.do("finish", "ann")
    assert bench.case.outcome == "over"


def test_an_answer_that_asks_for_the_same_again_is_laid_aside_for_the_owner() -> None:
    bench = Bench(ASKING.replace('set: {left: "${left - %d}"}, ', "") % 1)
    bench.open("ann")
    bench.do("begin", "ann")
    assert (bench.state, stuck(bench)) == ("asking", ["the procedure goes round in circles: asking → asking"])
    assert bench.case.sequence < 3 * LOOKED_AT
    bench.do("finish", "ann")
    assert bench.case.outcome == "over"


def test_also_where_it_sets_something_each_time_but_later() -> None:
    bench = Bench(ASKING % (1, 0))
    bench.open("ann")
    bench.do("begin", "ann")
    assert stuck(bench) == ["the procedure goes round in circles: asking → asking"]
    assert LOOKED_AT_ALL < bench.case.sequence < 3 * LOOKED_AT_ALL


def test_who_asks_for_one_after_the_other_and_counts_them_may_ask_often() -> None:
    many = 3 * LOOKED_AT
    bench = Bench(ASKING % (many, 1))
    bench.open("ann")
    bench.do("begin", "ann")
    assert (bench.state, stuck(bench)) == ("over", [])


def test_two_cases_that_signal_each_other_come_to_rest() -> None:
    bench = Bench(signalling("ping", "pong", "back", "hit"), signalling("pong", "ping", "hit", "back"))
    bench.open("ann", procedure="pong")
    other = bench.case_id
    bench.open("ann")
    bench.do("go", "ann")
    told = stuck(bench)
    bench.case_id = other
    assert [*told, *stuck(bench)] == ["the procedure goes round in circles: waiting → waiting"]
    assert bench.case.sequence < 4 * LOOKED_AT


ALARM = """
procedure: alarm
title: {en: Alarm, da: Alarm}
owner: lead
starts: [{by: agent}]
initial: quiet
states:
  quiet:
    task: {role: agent}
    events: {ring: {do: [{signal: {name: ring, to: {procedure: alarm, where: {}}}}]}}
    choices: {close: {to: over}}
  over: {final: true}
"""


@pytest.mark.parametrize("many", [3, 6])
def test_however_many_cases_signal_each_other_they_come_to_rest(many: int) -> None:
    """For each event that was laid aside the others made more: the command that began it never ended."""
    bench = Bench(ALARM, overlook=list(CODES))
    cases = []
    for _ in range(many):
        bench.open("ann")
        cases.append(bench.case_id)
    bench.signal("ring")
    loaded = [bench.stage.load(case) for case in cases]
    assert any(item.kind == "stuck" for each in loaded for item in each.plain.items.values())
    assert max(each.row.sequence for each in loaded) < 20 * many * LOOKED_AT
    bench.do("close", "ann")  # and what was laid aside does no harm then
    assert bench.case.is_closed


def test_a_host_goes_on_beside_a_case_that_goes_in_circles(tmp_path: Path) -> None:
    folder = tmp_path / "procedures" / "errand"
    folder.mkdir(parents=True)
    (folder / "procedure.yaml").write_text(CAME, "utf-8")
    (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION, "utf-8")
    (tmp_path / "procflow.toml").write_text('store = "sqlite:cases.db"\nlanguage = "en"\n', "utf-8")
    for day in ("2020-01-02", "2070-01-02"):
        opened = started(
            ("open", "errand", "--as", "ann", "--with", f"day={day}", "--with", "sure=yes"), tmp_path
        )
        assert opened.returncode == 0, opened.stderr
    ran = started(("run", "--once"), tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = started(("inbox", "--as", "liz", "--all"), tmp_path)
    assert (
        "goes round in circles: waiting → waiting" in started(("case", "1", "--as", "liz"), tmp_path).stdout
    )
    assert told.returncode == 0
    assert started(("audit",), tmp_path).returncode == 0


ECHO = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
initial: one
states:
  one:
    task: {role: agent}
    entry: [{signal: {name: ring, to: {procedure: errand, where: {}}}}]
    choices: {stay: {do: [{note.write: {text: It stays here.}}]}}
    events: {ring: {do: [{signal: {name: ring, to: {procedure: errand, where: {}}}}], to: two}}
  two: {task: {role: agent}, choices: {back: {to: one}}, events: {ring: {to: one}}}
  over: {final: true}
"""


def test_what_was_laid_aside_of_a_signal_does_no_harm_when_the_case_goes_on() -> None:
    """It was delivered meanwhile: whoever took the next step of the case met an error of ours."""
    bench = Bench(ECHO, overlook=list(CODES))
    bench.open("ann")
    first = bench.case_id
    bench.open("ann")
    for case in (bench.case_id, first, bench.case_id, first):
        bench.case_id = case
        for choice in ("stay", "back", "stay"):
            bench.try_do(choice, "ann")
    assert any(isinstance(e, j.ItemOpened) and e.kind == "stuck" for e in bench.entries())
