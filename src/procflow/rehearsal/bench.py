"""A bench to try a procedure on: documents as text, the real engine, a clock that stands until it is moved.

For tests in Python, where a scenario file would say too little. It must not know pytest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.builtin.evidence import judge as judge_evidence
from procflow.core.calendar import Due
from procflow.core.case import Case
from procflow.core.decide import Command
from procflow.core.field_formats import read_instant
from procflow.core.organisation import Absence, Judge
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.core.snapshot import plain_items
from procflow.core.times import parse_time
from procflow.definitions.from_texts import documents_of, name_in
from procflow.engine import Answer
from procflow.ports import Inbound
from procflow.rehearsal.cast import Cast
from procflow.rehearsal.stage import Stage

#: An organisation to begin with; `Bench(..., organisation=...)` takes another.
ORGANISATION = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, closed: [06-05, 12-24, 12-31], open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles:
  agent: {en: Service agent, da: Kundeservice}
  advisor: {en: Advisor, da: Assurandør}
  lead: {en: Duty lead, da: Vagtleder}
people:
  ann: {name: Ann Test, roles: [agent, advisor], mate: bob, mail: ann@bench.example, phone: "+4571999911"}
  bob: {name: Bob Test, roles: [agent, advisor], mate: ann, mail: bob@bench.example}
  liz: {name: Liz Test, roles: [lead], mail: liz@bench.example}
mailboxes: {main: main@bench.example}
"""


class Bench:
    """One or more procedures on the bench; the first is the one that `open` opens.

        bench = Bench(YAML)
        bench.open(by="ann")
        bench.do("register", by="ann", kn="104233")
        assert bench.state == "waiting"

    Commands raise AssertionError where they are refused; `refused` wants the refusal and gives it. `held` are
    operations (`mail.send`) whose deliveries wait until `deliver` or `fail` answers them; all others succeed.
    """

    def __init__(
        self,
        *procedures: str,
        organisation: str = ORGANISATION,
        types: str = "",
        tables: Sequence[str] = (),
        clock: str = "2026-05-11 10:05",
        held: Sequence[str] = (),
        manual: Sequence[str] = (),
        judge: Judge = judge_evidence,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        overlook: Sequence[str] = (),
    ) -> None:
        documents = documents_of(
            *procedures, organisation=organisation, types=types, tables=tables, overlook=overlook
        )
        cast = Cast.of(documents)
        self.procedure_name = name_in(procedures[0])
        self.zone = cast.organisation.calendar.tz
        self.stage = Stage(cast, read_instant(clock, self.zone), judge, functions or {}, frozenset(held))
        self.stage.engine.manual = frozenset(manual)
        self.case_id = ""
        self._taken = 0

    # commands

    def open(self, by: str = "", /, *, received: str = "", procedure: str = "", **given: Any) -> Answer:
        """Open a case as a person; without one as another procedure would, `received` then."""
        answer = self.try_open(by, received=received, procedure=procedure, **given)
        assert answer.refusal is None, told(answer.refusal)
        self.case_id = answer.case_id
        return answer

    def try_open(self, by: str = "", /, *, received: str = "", procedure: str = "", **given: Any) -> Answer:
        """The same, with whatever is answered."""
        name = procedure or self.procedure_name
        since = self.at(received) if received else None
        source = "" if by else "bench"
        return self.stage.open(name, Command(self.stage.id(), "open", name, by, given, None, since, source))

    def do(self, choice: str, by: str, /, **given: Any) -> Answer:
        """Take a choice of the case (`note` and `assign` too)."""
        answer = self.try_do(choice, by, **given)
        assert answer.refusal is None, told(answer.refusal)
        return answer

    def refused(self, choice: str, by: str, /, because: str = "", **given: Any) -> Refusal:
        """Take a choice that must be refused; -> the refusal, with the code or words of `because`."""
        answer = self.try_do(choice, by, **given)
        assert answer.refusal is not None, f"{choice} was accepted"
        assert not because or answer.refusal.is_because(because), told(answer.refusal)
        return answer.refusal

    def try_do(self, choice: str, by: str, /, **given: Any) -> Answer:
        kind = choice if choice in ("note", "assign") else "choice"
        return self.stage.submit(self.case_id, Command(self.stage.id(), kind, choice, by, given))

    def receive(
        self, text: str = "", *, sender: str = "+4571999901", to_case: bool = False, **more: Any
    ) -> Any:
        """A message, stored and routed (`to_case`: to this very case); None when a person has to look at it."""
        channel = more.pop("channel", "mail" if "@" in sender else "sms")
        inbound = Inbound(
            "bench", self.stage.id(), channel, sender, more.pop("to", ""), self.stage.now, text=text, **more
        )
        answer = self.stage.receive(inbound, self.case_id if to_case else "")
        if answer is not None and answer.accepted and not self.case_id:
            self.case_id = answer.case_id
        return answer

    def signal(self, event: str, **given: Any) -> Answer:
        """An event from outside; one that is refused stays with the case as a stuck item."""
        command = Command(self.stage.id(), "event", event, given=given, source="bench")
        return self.stage.submit(self.case_id, command)

    def deliver(self, operation: str, **result: Any) -> Answer:
        """The oldest effect of that operation is delivered, with this result."""
        return self.stage.answer(self._oldest(operation), "done", result)

    def fail(self, operation: str, error: str = "it went wrong") -> Answer:
        """The oldest effect of that operation fails for good."""
        return self.stage.answer(self._oldest(operation), "failed", {}, error)

    def _oldest(self, operation: str) -> Any:
        rows = self.stage.waiting(operation) or self.stage.cancelled(operation)
        assert rows, f"no {operation} waits for its answer"
        return rows[0]

    def absent(self, person: str, since: str = "", until: str = "") -> Answer:
        """Register an absence from `since` (now, unless given) to `until` (open, unless given)."""
        start = self.at(since) if since else self.stage.now
        absence = Absence(person, start, self.at(until) if until else None)
        return self.stage.engine.register_absence(self.stage.id(), absence, "")

    def wait(self, time: str) -> None:
        """Let a time pass (`2 days`, `until 2026-05-19 17:00`); what is due on the way happens at its instant."""
        text = time.removeprefix("until ").strip()
        calendar = self.stage.surroundings.calendar
        self.stage.wait_until(calendar.due(parse_time(text), self.stage.now, bare_date="opening").at)

    def at(self, text: str) -> datetime:
        """An instant as written, in the organisation's zone."""
        return read_instant(text, self.zone)

    # what there is

    @property
    def case(self) -> Case:
        return self.stage.load(self.case_id).plain

    @property
    def procedure(self) -> Procedure:
        return self.stage.procedure_of(self.case_id)

    @property
    def state(self) -> str:
        """The active states, with commas."""
        return ", ".join(self.case.active)

    @property
    def data(self) -> Mapping[str, Any]:
        return self.case.data

    @property
    def outcome(self) -> str:
        return self.case.outcome

    @property
    def items(self) -> dict[str, Any]:
        """item id -> what it is about."""
        loaded = self.stage.load(self.case_id)
        return plain_items(loaded.plain, self.stage.engine.unsealer(loaded.row.id, loaded.row.key_slot))

    @property
    def kinds(self) -> list[str]:
        """The kinds of the open items."""
        return [item.kind for item in self.case.items.values()]

    def due(self, deadline: str) -> str:
        """When a deadline is due, in the organisation's zone, to the minute; "" while it is not known."""
        clock = self.case.clocks[deadline]
        return self.local(Due.from_json(clock.due).at) if clock.due else ""

    def clock(self, deadline: str) -> str:
        """running, met, missed or ended; "" where it never started."""
        clock = self.case.clocks.get(deadline)
        return clock.state if clock is not None else ""

    def local(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def entries(self, kind: str = "") -> list[Any]:
        """The entries of the case's journal, of one kind (`TransitionTaken`) where that is given."""
        found = [entry for _, step in self.stage.engine.journal(self.case_id) for entry in step]
        return [entry for entry in found if kind in ("", type(entry).__name__)]

    def taken(self) -> list[str]:
        """The ids of the transitions taken since the last time this was asked."""
        ids = [entry.id for entry in self.entries("TransitionTaken")]
        fresh, self._taken = ids[self._taken :], len(ids)
        return fresh

    def asked(self, operation: str = "") -> list[Any]:
        """The parameters of everything asked for, in order (notes and notices as `note.write`, `notify`)."""
        return [p for name, p, _ in self.stage.asked(self.case_id) if operation in ("", name)]

    def texts(self) -> list[str]:
        """The texts of the notes, in order."""
        return [str(facts["text"]) for facts in self.asked("note.write")]

    def fingerprint(self) -> str:
        """A hash of the whole journal of the case: equal journals have equal ones."""
        whole = hashlib.sha256()
        for row, entries in self.stage.engine.journal(self.case_id):
            whole.update(repr((row.sequence, row.at, entries)).encode())
        return whole.hexdigest()


def told(refusal: Refusal) -> str:
    """A refusal with its code, words and hint."""
    return f"[{refusal.code}] {refusal.words('en')} {refusal.hint('en')}"
