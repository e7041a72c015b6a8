"""What every host must do between cases: invoked procedures, signals, look-ups, one open case, what recurs.

A part of the host's contract; like the rest it asks only what a front on the host offers.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from procflow.core import journal as j
from procflow.core.decide import Command
from procflow.errors import Conflict

if TYPE_CHECKING:
    from procflow.hosts.contract import House

ASKING = """
procedure: asking
title: Asking
owner: lead
starts: [{by: agent}]
data: {heard: {type: string}}
initial: idle
states:
  idle: {task: {role: agent, guide: "${heard}"}, choices: {ask: {to: waiting}, stop: {to: over}, tell: {do: [{signal: {name: ring, to: {procedure: asked}}}]}}}
  waiting:
    invoke: {procedure: asked, with: {kn: "104233"}}
    task: {role: agent}
    choices: {leave: {to: idle}}
    events: {done: {set: {heard: "${result.outcome}"}, to: idle}, failed: {set: {heard: failed}, to: idle}}
  over: {final: true}
"""
ASKED = """
procedure: asked
title: Asked
owner: lead
starts: [{by: agent, ask: [kn]}]
data: {kn: {type: string}, rings: {type: integer, default: 0}}
initial: open_case
states:
  open_case:
    task: {role: agent, guide: "${kn} ${rings}"}
    events: {ring: {set: {rings: "${rings + 1}"}}}
    choices: {close: {to: over}}
  over: {final: true, outcome: well}
"""
ALONE = """
procedure: alone
title: Alone
owner: lead
starts: [{by: agent, ask: [kn]}]
one_open_per: [kn]
data: {kn: {type: string}}
initial: open_case
states:
  open_case:
    task: {role: agent, guide: "${kn}"}
    choices: {close: {to: over}}
  over: {final: true}
"""
LIMITED = """
procedure: limited
title: Limited
owner: lead
starts: [{by: agent}]
data: {busy: {type: boolean, default: false}}
initial: idle
states:
  idle: {task: {role: agent}, choices: {stop: {to: over}, begin: {when: 'cases("limited", {busy: true}) == []', set: {busy: true}, to: working}}}
  working: {task: {role: agent}, choices: {end: {set: {busy: false}, to: idle}}}
  over: {final: true}
"""
PASSING = """
procedure: passing
title: Passing
owner: lead
starts: [{by: agent}]
initial: on_the_way
states:
  on_the_way:
    invoke: {mail.send: {to: mette@customer.example, subject: Too late, text: Never}}
    always: [{to: asking_too}]
    events: {done: {to: over}, failed: {to: over}}
  asking_too: {invoke: {procedure: asked, with: {kn: "104233"}}, always: [{to: idle}], events: {done: {to: over}, failed: {to: over}}}
  idle: {task: {role: agent}, choices: {again: {to: on_the_way}, stop: {to: over}}}
  over: {final: true}
"""
DAILY = """
procedure: daily
title: Daily
owner: lead
starts: [{every: "open day at 08:00"}]
initial: open_case
states:
  open_case: {task: {role: agent}, after: {2 days: {to: over}}}
  over: {final: true}
"""


class BetweenCases:
    """The part of `HostContract` that is about several cases."""

    opened: Callable[..., str]
    choose: Callable[..., Any]
    folds: Callable[..., None]

    def begin(self, house: House, procedure: str, id: str, **given: Any) -> str:
        answer = house.open(procedure, Command(id, "open", procedure, "ann", given))
        assert answer.refusal is None, answer.refusal
        return answer.case_id

    def asked_by(self, house: House, case: str) -> list[str]:
        """The ids of the cases that this one has invoked, as far as its journal says so."""
        return [entry.case_id for entry in house.entries(case) if isinstance(entry, j.CaseInvoked)]

    def waiting(self, house: House) -> tuple[str, str]:
        """A case that waits, and the one that it waits for."""
        house.publish(ASKING, ASKED)
        case = self.begin(house, "asking", "o-1")
        self.choose(house, case, "ask", "c-1")
        house.advance(timedelta(seconds=1))
        (child,) = self.asked_by(house, case)
        return case, child

    def test_an_invoked_case_tells_its_end_once_however_many_hosts_look(self, house: House) -> None:
        case, child = self.waiting(house)
        assert house.read(case).active == ("waiting",)
        self.choose(house, child, "close", "c-2")
        other = house.other()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda front: front.advance(timedelta(seconds=1)), (house, other)))
        other.advance(timedelta(minutes=10))
        last = house.other()
        assert (last.read(case).active, last.read(case).data["heard"]) == (("idle",), "well")
        assert not last.read(child).waiting and not last.read(case).waiting
        self.folds(last, case)
        self.folds(last, child)

    def test_leaving_cancels_the_invoked_case_and_an_end_that_comes_at_once_is_late(
        self, house: House
    ) -> None:
        case, child = self.waiting(house)
        self.choose(house, case, "leave", "c-2")
        self.choose(house.other(), child, "close", "c-3")  # before the host has told it
        house.advance(timedelta(minutes=10))
        assert house.read(case).active == ("idle",) and house.read(case).data.get("heard") is None
        assert house.read(child).outcome == "well"
        answers = [e.status for e in house.entries(case) if isinstance(e, j.EffectAnswered)]
        assert answers == ["cancelled", "late", "done"] or answers == ["cancelled", "done", "late"]
        self.choose(house, case, "ask", "c-4")
        house.advance(timedelta(seconds=1))
        again = self.asked_by(house, case)[-1]
        assert again != child
        self.choose(house, case, "leave", "c-5")
        house.advance(timedelta(seconds=1))
        assert (house.read(again).outcome, house.read(again).tasks) == ("cancelled", {})
        self.folds(house.other(), case)
        self.folds(house.other(), again)

    def test_what_is_left_in_the_step_that_enters_it_asks_nobody(self, house: House) -> None:
        house.publish(PASSING, ASKED)
        case = self.begin(house, "passing", "o-1")
        self.choose(house, case, "again", "c-1")
        house.advance(timedelta(minutes=10))
        assert house.read(case).active == ("idle",) and not house.read(case).waiting
        assert house.channel.tries == [] and self.asked_by(house, case) == []
        answers = [e.status for e in house.entries(case) if isinstance(e, j.EffectAnswered)]
        assert answers == ["cancelled"] * 4
        self.folds(house.other(), case)

    def test_a_signal_reaches_each_case_once_however_many_hosts_look(self, house: House) -> None:
        house.publish(ASKING, ASKED)
        sender = self.begin(house, "asking", "o-1")
        listeners = [self.begin(house, "asked", f"l-{n}", kn=f"10423{n}") for n in range(3)]
        other = house.other()
        for n in range(5):
            self.choose(house, sender, "tell", f"c-{n}")
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda front: front.advance(timedelta(seconds=1)), (house, other)))
        house.other().advance(timedelta(minutes=10))
        last = house.other()
        assert [last.read(case).data["rings"] for case in listeners] == [5, 5, 5]
        assert not last.read(sender).waiting
        self.folds(last, sender)

    def test_of_openings_at_once_with_the_same_values_only_one_is_a_case(self, house: House) -> None:
        house.publish(ALONE)
        fronts = [house.other() for _ in range(4)]

        def work(n: int) -> list[tuple[str, bool]]:
            answers = [
                fronts[n].open("alone", Command(f"o-{n}-{k}", "open", "alone", "ann", {"kn": f"10423{k}"}))
                for k in range(5)
            ]
            return [(answer.case_id, answer.shown) for answer in answers]

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(work, range(4)))
        for k in range(5):
            same = [answers[k] for answers in found]
            assert len({case for case, _ in same}) == 1, "all were shown the same case"
            assert [shown for _, shown in same].count(False) == 1, "one of them opened it"

    def test_a_closed_case_makes_room_for_the_next_one(self, house: House) -> None:
        house.publish(ALONE)
        first = self.begin(house, "alone", "o-1", kn="104233")
        assert self.begin(house, "alone", "o-2", kn="104233") == first
        self.choose(house, first, "close", "c-1")
        assert self.begin(house, "alone", "o-3", kn="104233") != first
        assert self.begin(house, "alone", "o-1", kn="104233") == first, (
            "the same request gives the same answer"
        )

    def test_a_guard_that_looks_at_other_cases_holds_for_the_state_that_is_committed(
        self, house: House
    ) -> None:
        house.publish(LIMITED)
        cases = [self.begin(house, "limited", f"o-{n}") for n in range(4)]
        fronts = [house.other() for _ in cases]
        for round_ in range(5):

            def work(n: int, round_: int = round_) -> bool:
                for attempt in range(50):
                    with suppress(Conflict):
                        id = f"b-{round_}-{n}-{attempt}"
                        return bool(
                            fronts[n].submit(cases[n], Command(id, "choice", "begin", "ann")).accepted
                        )
                return False

            with ThreadPoolExecutor(4) as pool:
                assert sum(pool.map(work, range(4))) == 1
            (busy,) = [case for case in cases if house.other().read(case).active == ("working",)]
            assert self.choose(house.other(), busy, "end", f"e-{round_}").accepted

    def test_what_recurs_opens_once_at_each_instant_also_for_a_host_that_was_away(self, house: House) -> None:
        house.publish(DAILY)  # on Monday the 11th at 10:05; the 14th is a holiday
        other = house.other()
        house.advance(timedelta(days=1))
        with ThreadPoolExecutor(2) as pool:  # and then nobody looked for a week
            list(pool.map(lambda front: front.advance(timedelta(days=3)), (house, other)))
        last = house.other()
        opened = sorted({row.case_id for row in last.inbox()} | set(self._closed(last)))
        cases = [last.read(case) for case in opened]
        instants = sorted(case.opened for case in cases if case.opened is not None)
        assert instants == [datetime(2026, 5, day, 6, tzinfo=UTC) for day in (12, 13, 15, 18)]
        ends = sorted(case.closed for case in cases if case.closed is not None)
        assert ends == [datetime(2026, 5, day, 6, tzinfo=UTC) for day in (14, 15, 17)], (
            "at their own instants"
        )

    def _closed(self, house: House) -> list[str]:
        """The cases that are closed already; a front has no list of them, so numbers are tried."""
        found = []
        for number in range(1, 20):
            with suppress(Exception):
                found.append(house.read(number).id)  # type: ignore[arg-type]
        return found
