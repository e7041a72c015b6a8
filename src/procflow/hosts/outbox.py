"""Effects on their way out: opened cases, and deliveries through channels with retry and back-off.

A delivery that goes wrong costs that effect a retry, never the case. What a channel answered comes back
to the case as a command whose id is the effect's key, so that it is taken once.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from procflow.core import journal as j
from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.decide import Command
from procflow.core.house import HOUSE_CHANNELS
from procflow.core.record import decode, decode_entries, encode
from procflow.engine import Answer, Engine
from procflow.engine.house import do_in_house
from procflow.errors import Conflict, ProcflowError
from procflow.hosts.between import carry_out
from procflow.hosts.masking import masked
from procflow.ports import ORGANISATION, Delivery, EffectRow, Evidence

#: Seconds before each further try; the last one is repeated up to MOST_TRIES.
BACK_OFF = (5, 15, 60, 180, 600, 1800, 3600)
MOST_TRIES = 30
#: How long an effect is held. It is longer than one delivery may take, and nothing is begun late in it.
LEASE = timedelta(seconds=40)
_BEGIN_WITHIN = 8.0  # seconds of the lease in which further deliveries are begun


class Channels(Protocol):
    """What carries effects out; see `hosts.channels`."""

    def mode(self, channel: str) -> str: ...
    def prepare(self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes: ...
    def deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery: ...


@dataclass
class Outbox:
    """Delivers what waits. `holder` names this process in the leases it takes."""

    engine: Engine
    channels: Callable[[], Channels]
    evidence: Evidence
    holder: str

    def start_cases(self, case_id: str) -> list[Answer]:
        """Do at once what this case asked of other cases and of the house; what is not done now, a host does later."""
        done: list[Answer] = []
        for row in self.engine.store.effects(case_id):
            if row.state != "waiting":
                continue
            answers: list[Answer] = []
            if row.channel in HOUSE_CHANNELS:
                answers = [found] if (found := self.house(row)) is not None else []
            elif row.channel in BETWEEN_CASES:
                answers = carry_out(self, row)
            else:
                continue
            done += answers
            for answer in answers:  # which may itself ask for more
                if answer.accepted and not answer.repeated and answer.case_id != ORGANISATION:
                    done += self.start_cases(answer.case_id)
            if answers and row.channel in HOUSE_CHANNELS:
                return done
        return done

    def deliver_due(self, now: datetime, limit: int = 50) -> int:
        """Try what may be tried now; -> how many effects were tried."""
        rows = self.engine.store.claim_effects(now, LEASE, self.holder, limit)
        begun = self.engine.world.monotonic()
        for done, row in enumerate(rows):
            if self.engine.world.monotonic() - begun > _BEGIN_WITHIN:
                return done  # the rest is held until its lease ends, then taken again
            self._one(row, now)
        return len(rows)

    def _one(self, row: EffectRow, now: datetime) -> None:
        try:
            if row.channel in BETWEEN_CASES:
                carry_out(self, row)
                return
            if row.channel in HOUSE_CHANNELS:
                self.house(row)
                return
            loaded = self.engine.load(row.case_id)
            if row.unless_left and not loaded.plain.is_visit(row.unless_left):
                self.answer(row, Delivery("dropped", {}, "the case has left the state"))
                return
            self._answer_or_postpone(row, self._deliver(row), now)
        except Conflict as problem:  # somebody was faster; what was delivered is answered at the next try
            with suppress(Conflict):
                self._postpone(row, now, problem.message)
        except Exception as problem:
            with suppress(Conflict):
                self._answer_or_postpone(row, Delivery("retry", {}, in_short(problem)), now)

    def house(self, row: EffectRow, at: datetime | None = None) -> Answer | None:
        """What the organisation itself is asked: absences and shifts, in its own journal; -> the case's answer."""
        loaded = self.engine.load(row.case_id)
        sealed = decode(row.parameters)
        parameters = decode(self.engine.unseal_bytes(row.case_id, loaded.row.key_slot, sealed))
        done = do_in_house(
            self.engine, f"{row.channel}.{row.operation}", f"house:{row.key}", parameters, self._asked_by(row)
        )
        error = done.refusal.words(self.engine.surroundings().organisation.language) if done.refusal else ""
        with suppress(Conflict):  # the host answers again, under the same key
            return self.answer(row, Delivery("done" if done.accepted else "failed", {}, error), row.asked_at)
        return None

    def _asked_by(self, row: EffectRow) -> str:
        """Who took the step that asks for an effect; "" where it was not a person."""
        sequence = int(row.key.split("/")[1])
        for step in self.engine.store.journal(row.case_id, sequence - 1):
            for entry in decode_entries(step.entries):
                if isinstance(entry, j.CommandTaken):
                    return entry.by
        return ""

    def _deliver(self, row: EffectRow) -> Delivery:
        channels = self.channels()
        mode = channels.mode(row.channel)
        if mode == "manual":
            return Delivery("failed", {}, f"the channel {row.channel} was switched to manual")
        wire = self._wire(row, channels)
        if isinstance(wire, Delivery):
            return wire
        return channels.deliver(row.channel, row.operation, row.key, wire)

    def _wire(self, row: EffectRow, channels: Channels) -> bytes | Delivery:
        """The bytes that go out: made once, stored before the first try, the same for every retry."""
        loaded = self.engine.load(row.case_id)
        place = f"wire.{row.key}"
        slot = loaded.row.key_slot
        if row.wire is not None:
            sealed = decode(row.wire)
            return self.engine.unseal_bytes(row.case_id, slot, sealed)
        parameters = self.parameters(row)
        try:
            wire = channels.prepare(row.channel, row.operation, row.key, parameters)
        except ProcflowError as problem:
            if problem.facts.get("retry"):
                raise
            return Delivery("failed", {}, problem.message)
        associated = self.engine._associated(row.case_id, place, 0)
        sealed = j.Sealed(place, 0, self.engine.keys.seal(slot, associated, wire))
        self.engine.store.keep_wire(row.key, self.holder, encode(sealed))
        return wire

    def parameters(self, row: EffectRow) -> Mapping[str, Any]:
        """The effect's parameters in plain, as channels take them: people by address, files with content."""
        loaded = self.engine.load(row.case_id)
        sealed = decode(row.parameters)
        plain = decode(self.engine.unseal_bytes(row.case_id, loaded.row.key_slot, sealed))
        if not isinstance(plain, Mapping):
            return {}
        return {name: self._for_channel(name, value, row) for name, value in plain.items()}

    def _for_channel(self, name: str, value: Any, row: EffectRow) -> Any:
        if isinstance(value, Mapping) and "hash" in value and "slot" in value:
            content = self.evidence.get(str(value["hash"]), key_slot=int(value["slot"]))
            return {**value, "content": base64.b64encode(content).decode()}
        if isinstance(value, Mapping):
            return {key: self._for_channel(key, item, row) for key, item in value.items()}
        if isinstance(value, tuple | list):
            return [self._for_channel(name, item, row) for item in value]
        if name in {"to", "cc", "bcc"} and isinstance(value, str):
            organisation = self.engine.surroundings().organisation
            facts = organisation.people.get(value)
            if facts is not None:
                by = "phone" if row.channel == "sms" else "mail"
                return facts.get(by) or value
        return value

    def _answer_or_postpone(self, row: EffectRow, delivery: Delivery, now: datetime) -> None:
        if delivery.status == "retry":
            if row.attempts >= MOST_TRIES:  # the claim of this very try is counted
                delivery = Delivery(
                    "failed", delivery.result, f"given up after {MOST_TRIES} tries: {delivery.error}"
                )
            else:
                self._postpone(row, now, delivery.error, delivery.retry_after)
                return
        self.answer(row, delivery)

    def _postpone(self, row: EffectRow, now: datetime, error: str, after: float | None = None) -> None:
        wait = after if after is not None else BACK_OFF[min(max(row.attempts - 1, 0), len(BACK_OFF) - 1)]
        self.engine.store.postpone(row.key, self.holder, now + timedelta(seconds=wait), masked(error))

    def answer(self, row: EffectRow, delivery: Delivery, at: datetime | None = None) -> Answer:
        command = Command(
            f"answer:{row.key}", "answer", row.key, given=dict(delivery.result), status=delivery.status,
            error=delivery.error, source=row.channel, at=at,
        )  # fmt: skip
        return self.engine.submit(row.case_id, command)


def in_short(problem: BaseException) -> str:
    """What went wrong, for a log: our own words, or of a fault of the program only its name."""
    return problem.message if isinstance(problem, ProcflowError) else f"a fault: {type(problem).__name__}"
