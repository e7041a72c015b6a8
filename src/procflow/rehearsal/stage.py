"""One test's world: the real engine over a memory store, with a clock that stands still until it is moved.

It opens what is started, answers deliveries and takes what is due, in the order of the due instants. It must
not know scenarios or YAML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from procflow.builtin.assignment import RULES
from procflow.builtin.evidence import judge as judge_evidence
from procflow.builtin.world import FrozenWorld
from procflow.core import journal as j
from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.decide import Command
from procflow.core.expressions import Expression, Template, reads
from procflow.core.house import HOUSE, HOUSE_CHANNELS
from procflow.core.organisation import Judge, Surroundings
from procflow.core.procedure import Procedure, State
from procflow.core.values import storable
from procflow.engine import Answer, Engine, Loaded
from procflow.engine.reading_anew import boundaries
from procflow.errors import NotFound
from procflow.hosts.intake import Intake
from procflow.hosts.outbox import Channels, Outbox
from procflow.hosts.recurring import Recurring
from procflow.ports import Inbound
from procflow.rehearsal.cast import Cast
from procflow.stored import EffectRow
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

#: Steps by time in one wait, and deliveries after one step; beyond it the procedures go in circles.
MOST_STEPS = 20_000
_A_MOMENT = timedelta(microseconds=1)


class Endless(Exception):
    """The procedures go on by themselves without an end."""


def _no_channels() -> Channels:
    raise AssertionError("a rehearsal delivers nothing through channels")


@dataclass
class Stage:
    """The cases of one test. `held` are operations whose deliveries the scenario itself will answer, `recurs_in` the
    procedures that may open cases by themselves; None: all. `most` are the steps of all cases that may follow from one."""

    cast: Cast
    clock: datetime
    judge: Judge = judge_evidence
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    recurs_in: frozenset[str] | None = None
    most: int = MOST_STEPS

    def __post_init__(self) -> None:
        self.world = FrozenWorld(self.clock)
        self.store = MemoryStore()
        keys = MemoryKeys(self.world)
        self.evidence = MemoryEvidence(keys)
        self.engine = Engine(
            self.store, keys, self.world, self.judge, self.functions, rules={**RULES, **self.cast.rules}
        )
        self._assemble()
        self.names: dict[str, str] = {}
        self.cases: list[str] = []  # ids, in the order of their numbers
        self.current = ""
        self.remarks: list[str] = []
        self.refusals: list[tuple[str, str]] = []  # procedure, code: what the scenario wanted refused and was
        self.heard: set[tuple[str, str]] = set()  # procedure, state: what the scenario listened to
        self._numbered = 0
        self._followed = 0  # the newest change of the store that `_waits` knows of
        self._waits: dict[int, str] = {}  # number -> id of the cases that wait for an answer to something
        self._ids = 0
        self._reads_result: dict[tuple[str, str], bool] = {}
        self.cast.enter(self.store, self.engine, self.id(), self.clock)

    def fork(self) -> Stage:
        """Another stage that stands where this one does; what is done on one is not seen on the other."""
        twin = copy(self)
        twin.world, twin.store = copy(self.world), self.store.fork()
        twin.engine = self.engine.beside(twin.store, twin.world)
        twin._assemble()
        twin.names, twin.cases, twin.remarks = self.names.copy(), self.cases.copy(), self.remarks.copy()
        twin.heard, twin._waits = self.heard.copy(), self._waits.copy()
        return twin

    def _assemble(self) -> None:
        self.intake = Intake(self.engine, self.evidence)
        self.recurring = Recurring(self.engine)
        self.outbox = Outbox(self.engine, _no_channels, self.evidence, "rehearsal")

    # where things stand

    @property
    def now(self) -> datetime:
        return self.world.now()

    @property
    def surroundings(self) -> Surroundings:
        return self.engine.surroundings()

    def id(self) -> str:
        """A new command's id."""
        self._ids += 1
        return f"rehearsal/{self._ids}"

    def load(self, case_id: str) -> Loaded:
        return self.engine.load(case_id)

    def procedure_of(self, case_id: str) -> Procedure:
        return self.engine.procedure(self.load(case_id).row.definition)

    def case_named(self, name: str) -> str:
        """The case by the name given with `as`, else the newest of a procedure. Raises NotFound."""
        if name in self.names:
            return self.names[name]
        for case_id in reversed(self.cases):
            if self.load(case_id).row.procedure == name:
                return case_id
        from procflow.core.nearest import did_you_mean

        known = {*self.names, *(self.load(case_id).row.procedure for case_id in self.cases)}
        raise NotFound(f"no case of this test is called `{name}`", did_you_mean(name, known))

    def recast(self, cast: Cast) -> None:
        """Other documents are in force from now on; running cases keep their procedure."""
        self.cast = cast
        cast.enter(self.store, self.engine, self.id(), self.now)

    # commands

    def open(self, procedure: str, command: Command) -> Answer:
        return self._stepped(self.engine.open(procedure, command))

    def submit(self, case_id: str, command: Command) -> Answer:
        return self._stepped(self.engine.submit(case_id, command))

    def receive(self, inbound: Inbound, case_id: str = "") -> Answer | None:
        """A message, the real way: stored, then routed; None when a person has to look at it."""
        row = self.intake.take(inbound)
        assert row is not None
        self.intake.refusal = None
        answer = self.intake.give(row, case_id) if case_id else self.intake.route(row)
        if answer is None or not answer.accepted:
            kept = self.store.message(row.id)
            reason = kept.reason if kept is not None else ""
            self.remarks.append(f"the message from {inbound.sender or 'nobody'} went to no case: {reason}")
        if answer is not None:
            self._stepped(answer)
        return answer

    def _stepped(self, answer: Answer) -> Answer:
        if answer.accepted:
            self.settle()
        return answer

    def settle(self) -> None:
        """Open what was started, and let every delivery succeed that the scenario does not answer itself."""
        last = self.store.last_change() + self.most
        self.outbox.enough = lambda: self.store.last_change() > last
        for _ in range(MOST_STEPS):
            self._meet_new_cases()
            if not self._start_cases() and not self._deliver_next():
                return
            if self.outbox.enough():
                break
        raise Endless("deliveries and what follows from them never end")

    def _meet_new_cases(self) -> None:
        while found := self.store.cases(after=self._numbered):
            for row in found:
                self.cases.append(row.id)
                self._numbered = row.number

    def _start_cases(self) -> bool:
        started, number = False, 0
        while number := self._next_that_waits(number):
            case_id = self._waits[number]
            waiting = self.load(case_id).plain.waiting.values()
            if any(item.operation in BETWEEN_CASES for item in waiting):
                started = bool(self.outbox.start_cases(case_id)) or started
            if any(item.operation in HOUSE for item in waiting):
                started = self._do_in_house(case_id) or started
        return started

    def _next_that_waits(self, number: int) -> int:
        """The next case, of those that were met, that waits for an answer; 0 when there is none."""
        self._follow()
        return min((each for each in self._waits if number < each <= self._numbered), default=0)

    def _follow(self) -> None:
        """Know which cases wait: to ask every one after each step costs the square of their number."""
        while changes := self.store.changes(self._followed):
            for change in changes:
                self._followed = change.place
                if not change.number:
                    continue  # the organisation's
                if self.load(change.case_id).plain.waiting:
                    self._waits[change.number] = change.case_id
                else:
                    self._waits.pop(change.number, None)

    def _do_in_house(self, case_id: str) -> bool:
        """What the organisation is asked is done for real, but for what the scenario answers itself."""
        asked = [row for row in self.waiting(case_id=case_id) if row.channel in HOUSE_CHANNELS]
        rows = [row for row in asked if f"{row.channel}.{row.operation}" not in self.held]
        for row in rows[:1]:
            self.outbox.house(row)
        return bool(rows)

    # deliveries

    def waiting(self, operation: str = "", case_id: str = "") -> list[EffectRow]:
        """Effects of channels that wait for their answer, oldest first."""
        self._follow()
        found = []
        for each in [case_id] if case_id else [self._waits[number] for number in sorted(self._waits)]:
            # by their keys: a case that goes round has asked for thousands
            rows = [self.store.effect(key) for key in self.load(each).plain.waiting]
            here = [row for row in rows if row is not None and row.operation and _named(row, operation)]
            found += sorted(here, key=_place)
        return sorted(found, key=lambda row: row.asked_at or self.clock)

    def cancelled(self, operation: str, case_id: str = "") -> list[EffectRow]:
        """Effects whose answer nobody waits for any more, because their state was left."""
        found = []
        for each in [case_id] if case_id else self.cases:
            waits = self.load(each).plain.waiting
            found += [
                row
                for row in self.store.effects(each)
                if row.key not in waits and row.state == "dropped" and _named(row, operation)
            ]
        return found

    def answer(self, row: EffectRow, status: str, result: Mapping[str, Any], error: str = "") -> Answer:
        """What the delivery of an effect answers: `done` with a result, or `failed` with an error."""
        command = Command(
            f"answer:{row.key}", "answer", row.key, given=dict(storable(result)), status=status, error=error,
            source=row.channel,
        )  # fmt: skip
        return self.submit(row.case_id, command)

    def _deliver_next(self) -> bool:
        """Let the oldest delivery succeed that nobody answers; -> whether there was one."""
        for row in self.waiting():
            if row.state == "manual":
                continue  # a person carries it out and confirms
            if row.channel in HOUSE_CHANNELS:
                continue
            if f"{row.channel}.{row.operation}" in self.held or self._asks_for_an_answer(row):
                continue
            left = row.unless_left and not self.load(row.case_id).plain.is_visit(row.unless_left)
            status, error = ("dropped", "the case has left the state") if left else ("done", "")
            command = Command(
                f"answer:{row.key}", "answer", row.key, status=status, error=error, source=row.channel
            )
            if not self.engine.submit(row.case_id, command).accepted:
                raise Endless(f"the answer of {row.channel}.{row.operation} is refused again and again")
            return True
        return False

    def _asks_for_an_answer(self, row: EffectRow) -> bool:
        """Whether an invoked operation has a result that the procedure reads, so that success alone says nothing."""
        answers = self.load(row.case_id).plain.waiting[row.key].answers
        if not answers:
            return False
        procedure = self.procedure_of(row.case_id)
        state = answers.rpartition("#")[0]
        key = (procedure.name, state)
        if key not in self._reads_result:
            self._reads_result[key] = _reads_result(procedure.state[state])
        return self._reads_result[key]

    # time

    def wait_until(self, target: datetime) -> None:
        """Let everything due up to `target` happen, each at its instant; then it is `target`."""
        for _ in range(MOST_STEPS):
            if not self._next_due(target):
                self.world.advance_to(target)
                return
        raise Endless("what happens by time never ends")

    def _next_due(self, target: datetime) -> bool:
        moved = boundaries(self.surroundings.absences, self.now, target)
        first = next((instant for instant, _ in self.store.due(target, 1)), None)
        if moved and (first is None or moved[0][0] < first):
            self.world.advance_to(moved[0][0])
            self.engine.read_absences()
            self.settle()
            return True
        recurs = self.recurring.next(self.recurs_in)
        if recurs is not None and recurs.at <= target and (first is None or recurs.at <= first):
            self.world.advance_to(max(recurs.at, self.now))
            answer = self.recurring.take(recurs)
            if answer.refusal is not None and answer.refusal.code != "not_offered":
                self.remarks.append(
                    f"{recurs.procedure} was not opened by itself: {answer.refusal.words('en')}"
                )
            self.settle()
            return True
        for instant, case_id in self.store.due(target):
            if instant > self.now:
                self.world.advance_to(instant)
            took = self.engine.run_due(case_id, instant)
            if not took and instant < target:
                # a promise's time includes its last instant, so it is up only after it
                took = self.engine.run_due(case_id, instant + _A_MOMENT)
            if took:
                self.settle()
                return True
        return False

    # the record

    def asked(self, case_id: str) -> list[tuple[str, Any, bool]]:
        """(operation, parameters, whether it may be left out of `sent`) of everything asked for, in order."""
        found: list[tuple[str, Any, bool]] = []
        for _, entries in self.engine.journal(case_id):
            for entry in entries:
                if isinstance(entry, j.EffectRequested) and entry.operation not in ("answer", "cancel"):
                    found.append((entry.operation, _plain(entry.parameters), bool(entry.answers)))
                elif isinstance(entry, j.NoteWritten):
                    found.append(("note.write", {"text": _plain(entry.text)}, True))
                elif isinstance(entry, j.PeopleNotified):
                    facts = {
                        "role": _one(entry.roles),
                        "person": _one(entry.people),
                        "text": _plain(entry.text),
                    }
                    found.append(("notify", facts, True))
        return found


def _named(row: EffectRow, operation: str) -> bool:
    return not operation or f"{row.channel}.{row.operation}" == operation


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, j.Personal) else value


def _one(names: tuple[str, ...]) -> Any:
    return names[0] if len(names) == 1 else names or None


def _reads_result(state: State) -> bool:
    """Whether what follows on the answer looks into it."""
    for alternative in state.events_by_name.get("done", ()):
        specs = [alternative.when, *(spec for _, spec in alternative.sets)]
        for effect in alternative.effects:
            specs += [effect.parameters, effect.when, effect.each]
        if any(map(_looks_into, specs)):
            return True
    return False


def _looks_into(spec: Any) -> bool:
    if isinstance(spec, Expression):
        return any(name == "result" or name.startswith("result.") for name in reads(spec.node))
    if isinstance(spec, Template):
        return any(_looks_into(part) for part in spec.parts)
    if isinstance(spec, Mapping):
        return any(_looks_into(item) for item in spec.values())
    if isinstance(spec, tuple | list):
        return any(_looks_into(item) for item in spec)
    by = getattr(spec, "by", None)  # words for people, a template for each language
    return isinstance(by, tuple) and any(_looks_into(template) for _, template in by)


def _place(row: EffectRow) -> list[int]:
    """Where in its case's journal an effect was asked for."""
    return [int(part) for part in row.key.split("/")[1:]]
