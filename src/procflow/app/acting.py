"""Commands of people: each becomes one command of the engine, with files kept before it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from procflow.app.desk_people import DeskPeople
from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.choices import holder_of
from procflow.core.decide import Command, Decision, Request
from procflow.core.house import HOUSE
from procflow.core.journal import HandOverEnded
from procflow.core.procedure import Ask, Field
from procflow.engine import Answer, Loaded
from procflow.errors import Conflict, NotFound, ProcflowError, UsageError, words_in_both
from procflow.stored import InboundRow

if TYPE_CHECKING:
    from procflow.ports import Inbound


class Upload(Struct, frozen=True):
    """A file as somebody sends it."""

    name: str
    content: bytes


def asks_the_house(answer: Answer) -> bool:
    """Whether a step asked for what needs no host: a case that it opens, or what the house does itself."""
    case = answer.case
    return (
        answer.accepted
        and case is not None
        and any(w.operation in BETWEEN_CASES or w.operation in HOUSE for w in case.waiting.values())
    )


class Acting(DeskPeople):
    """The part of the app that does what people ask."""

    #: Whether the value of a field of type file may be a path of this machine: so at its own terminal only.
    reads_paths = True

    def open(self, procedure: str, by: str, given: Mapping[str, Any], request: str | Request = "") -> Answer:
        """Open a case. `given` are values as typed; files are paths or kept files."""
        self.one_clock(mark=True)
        self.publish()
        compiled = self.to_open(procedure)
        asks = [Ask(field, True, True) for field in compiled.data]
        asks += [ask for start in compiled.starts for ask in start.asks]
        asked, person = self._request(request), self.allow("case.open", by, procedure=procedure)
        while True:
            slot = self.store.next_slot()
            kept = self._kept(given, asks, slot)
            command = asked.command("open", procedure, person, kept)
            try:
                return self._after(self.engine.open(procedure, command, slot if kept != given else 0))
            except Conflict as conflict:
                if conflict.facts.get("reason") != "slot":
                    raise  # else the files are kept anew, under the key that is next now

    def do(
        self, case: str | int, choice: str, by: str, given: Mapping[str, Any], request: str | Request = ""
    ) -> Answer:
        """Take a choice; `choice` is its name, or `state.choice` where several states offer that name."""
        loaded, command = self._choosing(case, choice, by, given, request)
        answer = self._after(self.engine.submit(loaded.row.id, command))
        if answer.accepted:
            self.store.drop_draft(loaded.row.id, command.by, choice)
            for entry in () if answer.repeated else answer.entries:
                if isinstance(entry, HandOverEnded) and entry.how == "taken_over":
                    self.move_drafts(loaded.row.id, entry.of, entry.to)
        return answer

    def foresee(self, case: str | int, choice: str, by: str, given: Mapping[str, Any]) -> Decision:
        """What a choice would do now: the same decision, and nothing is stored."""
        loaded, command = self._choosing(case, choice, by, given, "")
        self.check_visible(loaded, by)
        return self.engine.foresee(loaded.row.id, command)

    def _choosing(
        self, case: str | int, choice: str, by: str, given: Mapping[str, Any], request: str | Request
    ) -> tuple[Loaded, Command]:
        """The case and the command of a choice, with its files kept."""
        from procflow.core.choices import choices_named
        from procflow.core.decide import with_note

        self.one_clock()
        loaded = self.engine.load(case)
        person = self.allow("case.step", by, procedure=loaded.row.procedure, case=loaded.row.id)
        procedure = self.engine.procedure(loaded.row.definition)
        asks: list[Ask] = []
        for _, found in choices_named(procedure, loaded.plain, choice):
            asks += with_note(found)
        kept = self._kept(given, asks, loaded.row.key_slot)
        return loaded, self._request(request).command("choice", choice, person, kept)

    def signal(
        self,
        case: str | int,
        event: str,
        given: Mapping[str, Any] | None = None,
        by: str = "",
        request: str | Request = "",
    ) -> Answer:
        """Send an event to a case, as another case or another system does; dropped and recorded where no state takes it.

        Without `by` nobody waits for a refusal, so that what is refused stays with the case as a stuck item.
        """
        self.one_clock(mark=True)
        loaded = self.engine.load(case)
        row = loaded.row
        person = self.allow("case.signal", by, procedure=row.procedure, case=row.id)
        if person:
            self.check_visible(loaded, person)
        source = "" if person else "outside"
        command = self._request(request).command("event", event, person, dict(given or {}), source=source)
        return self._after(self.engine.submit(row.id, command))

    def note(self, case: str | int, by: str, text: str, request: str | Request = "") -> Answer:
        self.one_clock()
        row = self.look(case, by).row
        person = self.allow("case.step", by, procedure=row.procedure, case=row.id)
        return self.engine.submit(
            row.id, self._request(request).command("note", "note", person, {"note": text})
        )

    def assign(
        self, case: str | int, person: str, by: str, request: str | Request = "", *, with_drafts: bool = False
    ) -> Answer:
        """Hand the open work to a person; `with_drafts` also what its holder has typed so far."""
        self.one_clock()
        loaded = self.engine.load(case)
        held = [name for task in loaded.plain.tasks.values() if (name := holder_of(task))]
        by = self.allow("case.assign", by, procedure=loaded.row.procedure, case=loaded.row.id)
        self.check_visible(loaded, by)
        command = self._request(request).command("assign", "assign", by, {"person": person})
        answer = self.engine.submit(loaded.row.id, command)
        if with_drafts and answer.accepted and not answer.repeated:
            for name in held or [command.by]:
                self.move_drafts(loaded.row.id, name, person)
        return answer

    def receive(self, inbound: Inbound) -> Answer | None:
        """A message that somebody hands in; None when a person has to look at it (or it was taken before)."""
        return self.hand_in(inbound)[1]

    def hand_in(self, inbound: Inbound, case: str | int = "") -> tuple[InboundRow | None, Answer | None]:
        """The stored message (None: it was received before) and the answer of its case (None: a person has to
        look at it). `case` gives it to that case, whatever its thread and sender say. Raises NotFound."""
        self.one_clock(mark=True)
        self.publish()
        self.allow("message.take")
        to = self.engine.load(case).row.id if case else ""
        row = self.intake.take(inbound)
        if row is None:
            return None, None
        answer = self.intake.give(row, to) if to else self.intake.route(row)
        return self.store.message(row.id) or row, self._after(answer) if answer is not None else None

    def give(self, message: str, case: str | int) -> Answer:
        """Give an unmatched message to a case; `message` is its id or the beginning of it. Raises NotFound, UsageError."""
        self.one_clock()
        self.allow("message.take")
        row, to = self.unmatched(message), self.engine.load(case).row.id
        if row.state == "taken" and row.case_id != to:
            number = self.engine.load(row.case_id).row.number
            hint = f"tell the other case of it with `procflow note {case} …`"
            raise UsageError(f"this message is with case {number} already", hint)
        return self._after(self.intake.give(row, to))

    def unmatched(self, id: str) -> InboundRow:
        """The message that waits for a person, by its id or the beginning of it. Raises NotFound, UsageError."""
        whole = self.store.message(id)
        if whole is not None:
            return whole
        fits = [row for row in self.store.messages("unmatched", 10_000) if id and row.id.startswith(id)]
        if len(fits) > 1:
            raise UsageError(f"{len(fits)} messages begin with {id}", "give more of the id")
        if not fits:
            raise NotFound(
                *words_in_both(
                    f"no message {id} waits here", f"ingen besked {id} venter her",
                    "`procflow inbox --all` lists those that do", "`procflow inbox --all` viser dem, der gør",
                )
            )  # fmt: skip
        return fits[0]

    def _after(self, answer: Answer) -> Answer:
        """Cases that the step started are opened at once, and the house does what it was asked; a host does what this process cannot."""
        if asks_the_house(answer):
            with suppress(ProcflowError):
                self.outbox.start_cases(answer.case_id)
        return answer

    def attach(self, case: str | int, file: str | Upload) -> Mapping[str, Any]:
        """Keep a file for a case; -> the value that a field of type file takes."""
        slot = self.engine.load(case).row.key_slot
        return self._keep(file, slot) if isinstance(file, str) else self._put(file, slot)

    def _put(self, file: Upload, slot: int) -> Mapping[str, Any]:
        return {**self.evidence.put(file.content, key_slot=slot, name=file.name), "slot": slot}

    def _keep(self, path: str, slot: int) -> Mapping[str, Any]:
        try:
            content = self.world.read_file(path)
        except OSError as problem:
            raise UsageError(f"{path} cannot be read: {problem.strerror}", "check the path") from problem
        return self._put(Upload(os.path.basename(path), content), slot)

    def kept_files(self, field: Field, value: Any, case: str | int = "") -> Any:
        """The value with paths replaced by kept files: for a case, or for the one that is opened next."""
        slot = self.engine.load(case).row.key_slot if case else self.store.next_slot()
        return self._kept_value(field, value, slot)

    def _kept(self, given: Mapping[str, Any], asks: list[Ask] | tuple[Ask, ...], slot: int) -> dict[str, Any]:
        """The input with paths of files replaced by kept files."""
        fields = {ask.name: ask.field for ask in asks}
        kept: dict[str, Any] = {}
        for name, value in given.items():
            kept[name] = self._kept_value(fields.get(name), value, slot)
        return kept

    def _kept_value(self, field: Field | None, value: Any, slot: int) -> Any:
        if field is None or not value:
            return value
        if field.type == "file":
            return self._kept_file(value, slot)
        if field.type == "array" and field.items is not None and field.items.type == "file":
            parts = value.split(",") if isinstance(value, str) else value
            if not isinstance(parts, list | tuple):
                return value
            return [self._kept_file(p.strip() if isinstance(p, str) else p, slot) for p in parts]
        return value

    def _kept_file(self, value: Any, slot: int) -> Any:
        """What a field of type file holds: kept now, or kept before for this very case; what comes from elsewhere
        names no file of this machine, and what it says of a file that is kept is found out anew."""
        if isinstance(value, Upload):
            return self._put(value, slot)
        if self.reads_paths:
            return self._keep(value, slot) if isinstance(value, str) else value
        if not isinstance(value, Mapping) or not isinstance(value.get("hash"), str):
            return value
        try:
            content = self.evidence.get(value["hash"], key_slot=slot)
        except (NotFound, UsageError):
            return str(value["hash"])  # which is no file, and told so beside the other fields
        return self._put(Upload(str(value.get("name") or ""), content), slot)
