"""One command, one decision, one transaction: load, take what is due, decide, append.

The same way for CLI, desk and host. It knows no SQL, no YAML and no clock but the `World`'s. A refusal
writes nothing to the case; the access log keeps who, when, which choice and the code.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.json import decode as from_json
from msgspec.structs import replace

from procflow.core.case import Case
from procflow.core.clocks import due_items, is_due
from procflow.core.decide import Command, Decision, Opening, decide
from procflow.core.offers import offered_names
from procflow.core.organisation import Judge, Organisation, Surroundings, no_judge
from procflow.core.procedure import Procedure
from procflow.core.record import (
    decode_entries,
)
from procflow.core.refusals import Refusal
from procflow.core.stuck import dropped, is_unattended, not_taken, stuck, tried_again
from procflow.engine.answers import HOST_TRIES, START_HASH, Answer, Loaded
from procflow.engine.appending import Appending
from procflow.engine.circles import MOST_AT_ONE_INSTANT, GoingRound, in_circles
from procflow.engine.organising import OrganisationJournal
from procflow.engine.overtaken import who_was_faster
from procflow.engine.reading_anew import ReadAnew
from procflow.errors import Conflict, UsageError, words_in_both
from procflow.stored import ORGANISATION, Looked, StoredCase

if TYPE_CHECKING:
    from procflow.core.tables import Table
    from procflow.ports import Keys, Store, World

#: Refusals of host commands about which nobody needs to do anything.
NOT_STUCK = frozenset({"late_answer", "not_due", "not_waiting"})


class Engine(OrganisationJournal, Appending, ReadAnew, GoingRound):
    """Submits commands to a store. `manual` are the channels whose effects people carry out by hand."""

    #: Whether a person's refused command is written down here; not where whoever sent it asks another engine why.
    writes_denials = True

    def __init__(
        self,
        store: Store,
        keys: Keys,
        world: World,
        judge: Judge = no_judge,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        manual: Container[str] = frozenset(),
        stepped: Callable[[Answer], None] | None = None,
        results: Mapping[str, Any] | None = None,
        rules: Mapping[str, Callable[..., str | None]] | None = None,
    ) -> None:
        self.store, self.keys, self.world, self.judge = store, keys, world, judge
        self.functions: Mapping[str, Callable[..., Any]] = {} if functions is None else functions
        self.manual, self.stepped = manual, stepped
        #: operation -> the JSON Schema of its answer
        self.results: Mapping[str, Any] = {} if results is None else results
        #: rule of `take` -> what chooses the person
        self.rules: Mapping[str, Callable[..., str | None]] = {} if rules is None else rules
        self._absences_read: datetime | None = None
        self._procedures: dict[str, Procedure] = {}
        self._organisations: dict[str, Organisation] = {}
        self._tables: dict[str, Table] = {}
        self._surroundings: Surroundings | None = None
        self._cases: OrderedDict[str, Loaded] = OrderedDict()
        self._looked: list[Looked] = []
        self._mark: object = None
        self._seen: dict[object, Any] = {}
        self._at_one_moment = False

    def beside(self, store: Store, world: World) -> Engine:
        """An engine of the same make over another store and clock; what is compiled already is shared."""
        twin = Engine(
            store, self.keys, world, self.judge, self.functions, self.manual, None, self.results, self.rules
        )
        twin._absences_read = self._absences_read
        twin._procedures, twin._organisations, twin._tables = (
            self._procedures, self._organisations, self._tables,
        )  # fmt: skip
        twin._cases = self._cases.copy()
        if self._surroundings is not None:
            twin._surroundings = replace(self._surroundings, queues=store, cases=twin.cases_like)
        return twin

    # commands

    def _decide(
        self,
        procedure: Procedure,
        case: Case,
        command: Command,
        now: datetime,
        surroundings: Surroundings,
        opening: Opening | None = None,
    ) -> Decision:
        """`decide`, with nothing looked up before it."""
        self._looked.clear()
        return decide(procedure, case, command, now, surroundings, opening)

    def foresee(self, case: str | int, command: Command) -> Decision:
        """What would be decided on a command now: the entries, or the refusal. Nothing is stored, nothing is promised:
        whoever steps first may change it."""
        loaded, now = self.load(case), command.at or self.world.now()
        procedure = self.procedure(loaded.row.definition)
        return self._decide(procedure, loaded.plain, command, now, self.surroundings())

    def open(self, procedure: str, command: Command, slot: int = 0) -> Answer:
        """Open a case of the procedure in force. `slot` is the key slot that the case must get, because what the
        command brings is sealed under it; a Conflict with `facts["reason"] == "slot"` says that it is gone."""
        known = self._known(command)
        if known is not None:
            if known.case is None or known.case.procedure != procedure:
                raise _made_before(command, known.number)
            return known
        for _ in range(HOST_TRIES):
            definition, compiled = self.procedure_in_force(procedure)
            surroundings = self.surroundings()
            now = command.at or self.world.now()
            opening = Opening(self.world.new_id(), self.store.next_number(), definition)
            decision = self._decide(compiled, Case(id=opening.case_id), command, now, surroundings, opening)
            refusal = decision.refusal  # a promise may refuse it just because the other case is open
            twin = self.twin(compiled, decision.case) if refusal is None or refusal.code == "promise" else 0
            if twin:
                there = self.load(twin)
                row, case = there.row, there.plain
                return Answer(True, row.id, row.number, row.sequence, None, case, shown=True)
            if refusal is not None:
                return self._refused(command, now, "", refusal, None)
            free = self.store.next_slot()
            if slot and free != slot:
                raise Conflict("another case took the key meanwhile", "try again", {"reason": "slot"})
            row = StoredCase(
                opening.case_id, opening.number, procedure, definition, 0, START_HASH, free, b"", False
            )
            empty = Case(id=opening.case_id)
            try:
                return self._append(
                    Loaded(row, empty, empty),
                    compiled,
                    command,
                    decision,
                    surroundings,
                    now,
                    now if command.at is None else self.world.now(),
                )
            except Conflict:
                known = self._known(command)
                if known is not None:
                    return known
        raise Conflict("many cases are being opened at once", "try again")

    def submit(self, case: str | int, command: Command) -> Answer:
        """Decide a command for a case and store it; what is due by now happens first.

        A command id that was accepted before gives its first answer again. Raises NotFound, Conflict
        (somebody was faster and what was offered has changed), StorageError, Busy.
        """
        offered: list[str] | None = None
        for attempt in range(HOST_TRIES):
            found = self.store.look(case, command.id)
            if found.answer is not None:
                known = self._told(found.answer, command)
                if case not in (known.case_id, known.number, str(known.number)):
                    raise _made_before(command, known.number)
                return known
            loaded = self._loaded(case, found.case)
            procedure = self.procedure(loaded.row.definition)
            surroundings = self.surroundings(found.surroundings)
            now = command.at or self.world.now()
            try:
                if found.next_due is not None and found.next_due <= now:
                    loaded = self._catch_up(loaded, procedure, surroundings, now)
                if command.expects and command.expects != loaded.row.sequence:
                    raise Conflict("the case has moved on")
                round_again = self._goes_round(loaded, command)
                if round_again:
                    decision = Decision(loaded.plain, (), in_circles(procedure, loaded.plain))
                else:
                    decision = self._decide(procedure, loaded.plain, command, now, surroundings)
                refusal = decision.refusal
                if refusal is not None:
                    if not is_unattended(command) or refusal.code in NOT_STUCK:
                        return self._refused(command, now, loaded.row.id, refusal, loaded.plain)
                    if round_again and self._lies_already(loaded, command):
                        decision = Decision(*dropped(loaded.plain, command, now))
                    else:
                        decision = Decision(*stuck(procedure, loaded.plain, command, now, refusal))
                ran_at = now if command.at is None else self.world.now()
                answer = self._append(loaded, procedure, command, decision, surroundings, now, ran_at)
            except Conflict as conflict:
                self._cases.pop(loaded.row.id, None)
                told = self._known(command)
                if told is not None:
                    return told
                offered = self._once_more(loaded, command, surroundings, now, conflict, offered, attempt)
            else:
                if refusal is not None:
                    return replace(answer, refusal=refusal)
                return self._stuck_again(answer, loaded.plain)
        raise Conflict(f"case {case} is changed by others all the time", "try again")

    def _once_more(
        self,
        loaded: Loaded,
        command: Command,
        surroundings: Surroundings,
        now: datetime,
        conflict: Conflict,
        offered: list[str] | None,
        attempt: int,
    ) -> list[str] | None:
        """What was offered to whoever lost against another (of a person's choice), for the next attempt on what is there
        now. Raises the Conflict where it may not be decided again: a lease that is over, a step that the command names
        and that is no longer the last, or another offer than the one that the person saw."""
        reason = conflict.facts.get("reason")
        if command.holder and reason == "effect":
            raise conflict  # its lease is over, and another has it
        if command.expects:
            raise self._overtaken(loaded, self.load(loaded.row.id), command.expects) from conflict
        if command.kind != "choice" or reason in ("queue", "turn"):
            return offered
        procedure = self.procedure(loaded.row.definition)
        before = offered_names(procedure, loaded.plain, surroundings, command.by, now)
        after = self.load(loaded.row.id)
        changed = offered_names(procedure, after.plain, self.surroundings(), command.by, now) != before
        if attempt >= 3 or changed or (offered is not None and offered != before):
            raise self._overtaken(loaded, after) from conflict
        return before

    def _stuck_again(self, answer: Answer, before: Case) -> Answer:
        """Try what was stuck or kept before this step once more, now that the case has moved, oldest first; -> the
        answer, with the case as it is then."""
        assert answer.case is not None
        if not before.items and not answer.case.retake:
            return answer
        waiting = [(item.since, id, item) for id, item in before.items.items() if item.again is not None]
        for _, id, _ in sorted(waiting, key=lambda each: each[:2]):
            if id not in answer.case.items or id in answer.case.retake:
                continue
            loaded = self.load(answer.case_id)
            if id not in loaded.plain.items:
                continue  # whoever stepped meanwhile has tried it
            if self._is_of_a_circle(loaded, id) and self._went_round(loaded):
                continue  # it would go on with that
            command = self._again(loaded, id)
            procedure, surroundings = self.procedure(loaded.row.definition), self.surroundings()
            # at the instant of that step: by the clock something may be due by now, which comes first
            now = loaded.plain.now or self.world.now()
            decision = self._decide(procedure, loaded.plain, command, now, surroundings)
            if decision.refusal is None:
                with suppress(Conflict):  # whoever was faster tries it too
                    ran_at = self.world.now()
                    after = self._append(loaded, procedure, command, decision, surroundings, now, ran_at)
                    answer = replace(answer, case=after.case)
        if answer.case is not None and answer.case.retake:
            with suppress(Conflict):
                loaded = self.load(answer.case_id)
                procedure = self.procedure(loaded.row.definition)
                loaded = self._catch_up(loaded, procedure, self.surroundings(), self.world.now())
                answer = replace(answer, case=loaded.plain)
        return answer

    def _again(self, loaded: Loaded, item: str) -> Command:
        """The command of a stuck item, or the message of a kept one, once more."""
        again = self._opened(loaded, loaded.plain.items[item].again)
        return tried_again(item, again, loaded.row.sequence + 1)

    def _overtaken(self, before: Loaded, loaded: Loaded, expected: int = 0) -> Conflict:
        last = [
            each
            for step in self.store.journal(loaded.row.id, loaded.row.sequence - 1)
            for each in decode_entries(step.entries)
        ]
        return Conflict(*who_was_faster(before, loaded, expected, last, self.surroundings().organisation))

    def run_due(self, case_id: str, now: datetime) -> int:
        """Take what is due in one case up to `now`; -> how many steps."""
        for _ in range(HOST_TRIES):
            loaded = self.load(case_id)
            before = loaded.row.sequence
            try:
                after = self._catch_up(
                    loaded, self.procedure(loaded.row.definition), self.surroundings(), now
                )
                if after.row.sequence > before:
                    self._stuck_again(self._answer_of(after), loaded.plain)
                return after.row.sequence - before
            except Conflict:
                self._cases.pop(case_id, None)
        raise Conflict(f"case {case_id} is changed by others all the time", "try again")

    def _catch_up(
        self, loaded: Loaded, procedure: Procedure, surroundings: Surroundings, now: datetime
    ) -> Loaded:
        """Steps by time, one for each thing due, in order; `now` in each is its due instant.

        What comes again at once, whenever it has come, is laid aside for the owner; see `circles`.
        """
        last, come = loaded.plain.now, dict[str, int]()
        while True:
            coming = due_items(procedure, loaded.plain)
            if not coming or coming[0][0] > now:
                return loaded
            items = [item for item in coming if is_due(item, now)]
            if not items:
                return loaded
            instant, _, _, name = items[0]
            at = max(instant, loaded.plain.now or instant)
            if at != last:
                last, come = at, {}
            come[name] = come.get(name, 0) + 1
            id = f"{loaded.row.id}/{loaded.row.sequence + 1}/{name}"
            command = Command(id, "time", name)
            if name.startswith("take:"):
                command = self._again(loaded, name.removeprefix("take:"))
            if come[name] > MOST_AT_ONE_INSTANT and not name.startswith("take:"):
                decision = Decision(loaded.plain, (), in_circles(procedure, loaded.plain, come))
            else:
                decision = self._decide(procedure, loaded.plain, command, at, surroundings)
            if decision.refusal is not None and name.startswith("take:"):
                item = name.removeprefix("take:")
                decision = Decision(*not_taken(procedure, loaded.plain, item, at, decision.refusal))
            elif decision.refusal is not None:
                decision = Decision(*stuck(procedure, loaded.plain, command, at, decision.refusal))
            self._append(loaded, procedure, command, decision, surroundings, at, self.world.now())
            loaded = self.load(loaded.row.id)

    @staticmethod
    def _answer_of(loaded: Loaded) -> Answer:
        row = loaded.row
        return Answer(True, row.id, row.number, row.sequence, None, loaded.plain)

    def _known(self, command: Command) -> Answer | None:
        self.moved_on()
        stored = self.store.answered(command.id)
        return None if stored is None else self._told(stored, command)

    def _told(self, answer: bytes, command: Command) -> Answer:
        """What the sender of a command was told, with the case as it is now. Raises UsageError where something else
        was asked under its id."""
        told = from_json(answer)
        if command.asked and told.get("asked", command.asked) != command.asked:
            raise _made_before(command)
        loaded = self.load(told["case"]) if told["case"] != ORGANISATION else None
        return Answer(
            True, told["case"], told["number"], told["sequence"], None, loaded.plain if loaded else None, True
        )

    def name_of(self, command: Command, case: Case | None) -> str:
        """The name of a command where the procedure has it; "" for one that somebody made up, which may say anything."""
        if case is None or command.kind not in ("choice", "event"):
            return command.name
        own = command.name.rpartition(".")[2] in self.procedure(case.definition).names
        return command.name if own else ""

    def within(self, effect: str = "") -> AbstractContextManager[Any]:
        """What is done inside comes of the step that asked for this effect; an engine that is watched keeps that."""
        return nullcontext()

    def told(self, answer: Answer) -> None:
        """A step was stored for good; an engine that is watched says so."""

    def _refused(
        self, command: Command, now: datetime, case_id: str, refusal: Refusal, case: Case | None
    ) -> Answer:
        if command.by and self.writes_denials:
            name = self.name_of(command, case)
            self.store.log_access(now, command.by, command.kind, case_id, name, refusal.code)
        number = case.number if case is not None else 0
        return Answer(False, case_id, number, case.sequence if case else 0, refusal, case)


def _made_before(command: Command, number: int | None = None) -> UsageError:
    """Something else was asked under the id of this command: of the case of this number, where that is known."""
    before = f"the request {command.id} was made before, for "
    da = f"forespørgslen {command.id} er lavet før, til "
    return UsageError(
        *words_in_both(
            before + (f"case {number}" if number else "something else"), da + (f"sag {number}" if number else "noget andet"),
            "give every request an id of its own", "giv hver forespørgsel sit eget id", reason="another_request",
        )
    )  # fmt: skip
