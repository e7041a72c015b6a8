"""Messages on their way in: once they are stored, each is given to the one case that it belongs to.

A message goes by its thread, else by the sender's number or address, to the one open case; else it opens a
case where exactly one procedure asks for such messages; else a person looks at it. It is never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from procflow.builtin.evidence_words import form_in_words
from procflow.core.case import Case
from procflow.core.choices import active_states
from procflow.core.decide import Command
from procflow.core.expressions import holds
from procflow.core.field_formats import read_phone
from procflow.core.field_problems import Wrong
from procflow.core.message_items import as_steps_see
from procflow.core.procedure import Field
from procflow.core.refusals import Refusal
from procflow.core.scope import StepScope
from procflow.core.senders import known_as
from procflow.engine import Answer, identity_texts
from procflow.errors import Busy, CalendarError, Conflict, EvaluationError
from procflow.hosts.masking import masked
from procflow.hosts.outbox import in_short
from procflow.hosts.receiving import Receiving
from procflow.stored import InboundRow

#: What stands in a subject or text and may be a customer's or case's number.
_NUMBER = re.compile(r"(?<![\w+])\d{4,10}(?!\w)")
_CASE_NUMBER = re.compile(
    r"(?:#|\b(?:sag|sagen|sagsnr|sagsnummer|case)\b\.?:?\s*(?:nr\.?|no\.?)?\s*#?)\s*(\d{1,9})(?!\w)", re.I
)
#: What the house's own documents call things.
_NAME = re.compile(r"[a-z][a-z0-9_.]*")


@dataclass
class Intake(Receiving):
    """Takes messages in and routes them. `refusal` says why the last one that asked for a case opened none."""

    refusal: Refusal | None = field(default=None, init=False)

    def route(self, row: InboundRow) -> Answer | None:
        """Give a stored message to its case; None when a person has to look at it."""
        message = as_steps_see(self.content(row))
        if message["form"] == "own" and self.engine.store.effect(str(message["fields"].get("key"))):
            self.engine.store.settle_message(row.id, "ignored", "", "a copy of our own letter")
            return None
        cases = threaded = self._by_thread(message)
        closed = bool(threaded) and self.engine.load(threaded[0]).row.closed
        # a bounce or receipt belongs to the letter, whoever else it names
        about = message["form"] in ("bounce", "receipt") and bool(threaded)
        if (closed and not about) or not threaded:
            # a closed case's letter says less than an open case of the sender
            cases = self._by_identity(message) or threaded
        named = self._named(message)
        if len(cases) > 1:
            cases = [case for case in cases if case in named][:1] or self._that_waits(cases, message) or cases
        if len(cases) == 1:
            if closed and cases == threaded:  # a closed case's message may open a new one
                opened, _ = self._open(row, message)
                if opened is not None:
                    return opened
            return self._give(row, cases[0], message)
        if not cases and message["form"] == "receipt":
            # of a text that somebody else sent by the same gateway
            self.engine.store.settle_message(row.id, "ignored", "", "a receipt for no letter of ours")
            return None
        reason = f"{len(cases)} cases fit"
        if not cases:
            opened, reason = self._open(row, message)
            if opened is not None:
                return opened
            if named:
                number = self.engine.load(named[0]).row.number
                reason = f"it names the case {number}, which does not know the sender"
        self.engine.store.settle_message(row.id, "unmatched", "", reason)
        return None

    def route_new(self) -> list[str]:
        """Route everything that was stored and not yet routed, oldest first; -> what went wrong, in words.

        A message that cannot be routed waits for a person, so that it stops no other.
        """
        troubles: list[str] = []
        for row in self.engine.store.messages("new"):
            try:
                with self.engine.within():
                    answer = self.route(row)
                    if self.tell is not None:
                        self._tell_of(row, answer)
            except (Conflict, Busy) as problem:
                troubles.append(problem.message)  # it stays new, and is routed at the next look
            except Exception as problem:
                reason = masked(in_short(problem))
                self.engine.store.settle_message(row.id, "unmatched", "", reason)
                troubles.append(f"a message could not be routed: {reason}")
                if self.tell is not None:
                    self.tell("message_failed", problem, message=row.id[:8])
        return troubles

    def _tell_of(self, row: InboundRow, answer: Answer | None) -> None:
        assert self.tell is not None
        now = self.engine.store.message(row.id)
        waited = (self.engine.world.now() - row.received).total_seconds()
        self.tell(
            "message_routed", message=row.id[:8], channel=row.source.partition(":")[0], waited=max(waited, 0.0),
            case=answer.number if answer is not None else None, outcome=now.state if now is not None else "",
        )  # fmt: skip

    def give(self, row: InboundRow, case: str) -> Answer:
        """A person says to which case a message belongs."""
        return self._give(row, case, as_steps_see(self.content(row)))

    def _named(self, message: Mapping[str, Any]) -> list[str]:
        """The open cases whose number stands in the subject as one ("[#42]", "sag 42"). Anybody can write a number:
        it tells cases of one customer apart, and gives nobody's message to a case that does not know them."""
        found = []
        for number in dict.fromkeys(_CASE_NUMBER.findall(str(message["subject"]))):
            row = self.engine.store.load(int(number))
            if row is not None and not row.closed:
                found.append(row.id)
        return found

    def _returned(self, case: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """A delivery failure with the letter of this case that it is about: its key and what it was."""
        for key in message["thread"]:
            effect = self.engine.store.effect(str(key))
            if effect is not None and effect.case_id == case:
                about = {"key": effect.key, "operation": f"{effect.channel}.{effect.operation}"}
                return {**message, "returned": about}
        return message

    def _give(self, row: InboundRow, case: str, message: Mapping[str, Any]) -> Answer:
        if message["form"] == "bounce":
            message = self._returned(self.engine.load(case).row.id, message)
        command = Command(row.id, "message", "message", message=message, source=str(message["channel"]))
        answer = self.engine.submit(case, command)
        if not answer.accepted:
            assert answer.refusal is not None
            self.engine.store.settle_message(
                row.id, "unmatched", answer.case_id, answer.refusal.words("en")[:500]
            )
        return answer

    def _that_waits(self, cases: list[str], message: Mapping[str, Any]) -> list[str]:
        """Of several cases the newest that waits for the message, its guard included; none: a person decides."""
        surroundings, now = self.engine.surroundings(), self.engine.world.now()
        loaded = sorted(map(self.engine.load, cases), key=lambda each: -each.row.number)
        for each in loaded:
            procedure = self.engine.procedure(each.row.definition)
            scope = StepScope(procedure, each.plain, surroundings, now, message=message)
            for state in active_states(procedure, each.plain):
                for alternative in state.events_by_name.get("message", ()):
                    try:
                        if alternative.when is None or holds(alternative.when, scope):
                            return [each.row.id]
                    except (EvaluationError, CalendarError):
                        continue
        return []

    def _by_thread(self, message: Mapping[str, Any]) -> list[str]:
        """The case whose letter a message answers: the nearest letter's that is open, else the nearest's."""
        found: list[str] = []
        for key in message["thread"]:
            effect = self.engine.store.effect(str(key))
            if effect is not None and effect.case_id not in found:
                found.append(effect.case_id)
        still_open = [case for case in found if not self.engine.load(case).row.closed]
        return (still_open or found)[:1]

    def _by_identity(self, message: Mapping[str, Any]) -> list[str]:
        """Open cases with the sender's number or address; without a hit, those a number in the subject names."""
        for values in (
            known_as(str(message["from"])),
            list(dict(message["fields"]).values()),
            _NUMBER.findall(str(message["subject"])),
        ):
            prints = [self.engine.keys.fingerprint(text) for text in identity_texts(values)]
            cases = list(self.engine.store.find(prints)) if prints else []
            if cases:
                return cases
        return self._by_typed_phone(message)

    def _by_typed_phone(self, message: Mapping[str, Any]) -> list[str]:
        """Open cases with a phone number that a form has as people type it (`71 99 99 01`).

        Only where the case has its number under the name of the form's field: eight digits may be anything.
        """
        found: list[str] = []
        for name, text in dict(message["fields"]).items():
            try:
                number = read_phone(str(text))
            except Wrong:
                continue
            for case in self.engine.store.find([self.engine.keys.fingerprint(number)]):
                procedure = self.engine.procedure(self.engine.load(case).row.definition)
                there = [procedure.fields[each] for each in procedure.correlate if each in (name, f"{name}s")]
                if case not in found and any(_is_phone(field) for field in there):
                    found.append(case)
        return found

    def _open(self, row: InboundRow, message: Mapping[str, Any]) -> tuple[Answer | None, str]:
        """The case that a message opens, where exactly one procedure asks for it; else None and why not."""
        if message["form"] != "message":
            return None, f"no case fits ({form_in_words(message['form'], 'en')})"
        surroundings = self.engine.surroundings()
        now = self.engine.world.now()
        wanting, unsure = [], []
        for name, hash in self.engine.opened():
            procedure = self.engine.procedure(hash)
            scope = StepScope(procedure, Case(), surroundings, now, message=message)
            for start in procedure.starts:
                if start.kind != "message":
                    continue
                try:
                    fits = (start.message is None or holds(start.message, scope)) and (
                        start.when is None or holds(start.when, scope)
                    )
                except (EvaluationError, CalendarError):
                    fits = False
                    unsure.append(name)
                if fits:
                    wanting.append(name)
                    break
        if len(wanting) != 1:
            names = ", ".join(sorted(wanting))
            if unsure and not wanting:
                return None, f"what it says does not fit (start): {', '.join(dict.fromkeys(unsure))}"
            return None, f"several procedures open with it: {names}" if wanting else "no case fits"
        command = Command(
            row.id, "open", wanting[0], message=message, received=row.received, source="message"
        )
        answer = self.engine.open(wanting[0], command)
        if answer.refusal is not None:
            self.refusal = answer.refusal
            return None, _without_values(answer.refusal)
        if answer.shown:  # there is an open case of its kind, and there may be only one
            return self._give(row, answer.case_id, message), ""
        return answer, ""


def _is_phone(field: Field) -> bool:
    return field.type == "phone" or (field.items is not None and field.items.type == "phone")


def _without_values(refusal: Refusal) -> str:
    """Why, for what is stored in the clear: what the message says stands in none of it."""
    if refusal.problems:
        names = ", ".join(dict.fromkeys(problem.name for problem in refusal.problems))
        return f"what it says does not fit ({refusal.code}): {names}"
    known = {
        name: value if not isinstance(value, str) or _NAME.fullmatch(value) else "…"
        for name, value in refusal.facts.items()
    }
    return masked(replace(refusal, facts=known).words("en"))
