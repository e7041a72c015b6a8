"""Effects on their way out: opened cases, and deliveries through channels with retry and back-off.

A delivery that goes wrong costs that effect a retry, never the case. What a channel answered comes back
to the case as a command whose id is the effect's key, so that it is taken once.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
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
        until = self.engine.world.monotonic() + _BEGIN_WITHIN
        together: dict[str, list[EffectRow]] = {}
        done = 0
        for row in rows:
            if self._at_once(row.channel) > 1:
                together.setdefault(row.channel, []).append(row)
                continue
            if self.engine.world.monotonic() > until:
                break  # the rest is held until its lease ends, then taken again
            self._one(row, now)
            done += 1
        for channel, several in together.items():
            done += self._together(channel, several, now, until)
        return done

    def _at_once(self, channel: str) -> int:
        if channel in BETWEEN_CASES or channel in HOUSE_CHANNELS:
            return 1
        at_once = getattr(self.channels(), "at_once", None)
        return int(at_once(channel)) if at_once is not None else 1

    def _together(self, channel: str, rows: list[EffectRow], now: datetime, until: float) -> int:
        """Effects of one channel that it delivers several at a time; -> how many were tried."""
        channels: Any = self.channels()
        there: dict[str, EffectRow] = {}
        for row in rows:
            if self._still_wanted(row, now):
                there[row.key] = row

        def going() -> bool:
            return self.engine.world.monotonic() <= until

        wires = self._wires(channels, channel, there, now, going)
        tried = len(rows) - len(wires)
        effects = [(there[key].operation, key, wire) for key, wire in wires.items()]
        for batch in channels.deliver_all(channel, effects, going):
            tried += len(batch)
            self._take_all([(there[key], delivery) for key, delivery in batch], now)
        return tried

    def _take_all(self, answers: Sequence[tuple[EffectRow, Delivery]], now: datetime) -> None:
        """Answers that came together are made durable together, each to its own case; observers hear of them then."""
        if len(answers) == 1:
            self._take(*answers[0], now)
            return
        engine, told = self.engine, self.engine.stepped
        steps: list[Answer] = []
        engine.stepped = steps.append
        try:
            with engine.store.together():
                for row, delivery in answers:
                    self._take(row, delivery, now)
        except BaseException:
            engine._cases.clear()  # what was not flushed did not happen
            raise
        finally:
            engine.stepped = told
        for answer in steps:
            if told is not None:
                with suppress(Exception):  # an observer: what it does wrong undoes no step
                    told(answer)

    def _wires(
        self,
        channels: Any,
        channel: str,
        there: Mapping[str, EffectRow],
        now: datetime,
        going: Callable[[], bool],
    ) -> dict[str, bytes]:
        """The bytes of effects that can be delivered, in their order; those made now are kept first, all at once."""
        wires: dict[str, bytes] = {}
        to_make: list[tuple[str, str, Mapping[str, Any]]] = []
        for key, row in there.items():
            try:
                if row.wire is not None:
                    wires[key] = self._unsealed(row)
                else:
                    to_make.append((row.operation, key, self.parameters(row)))
            except Exception as problem:
                self._take(row, Delivery("retry", {}, in_short(problem)), now)
        made: dict[str, bytes] = {}
        for key, wire in channels.prepare_all(channel, to_make, going):
            if isinstance(wire, bytes):
                made[key] = wire
            else:
                again = bool(wire.facts.get("retry"))
                self._take(there[key], Delivery("retry" if again else "failed", {}, wire.message), now)
        kept = {key: self._sealed(there[key], wire) for key, wire in made.items()}
        try:
            if kept:
                self.engine.store.keep_wires(self.holder, kept)
        except Conflict:  # one of them was taken by somebody else: each for itself
            for key, sealed in kept.items():
                try:
                    self.engine.store.keep_wires(self.holder, {key: sealed})
                except Conflict:
                    del made[key]
        wires |= made
        return {key: wires[key] for key in there if key in wires}

    def _still_wanted(self, row: EffectRow, now: datetime) -> bool:
        """False, and answered, where the case has left the state that asked for it."""
        try:
            if row.unless_left and not self.engine.load(row.case_id).plain.is_visit(row.unless_left):
                self._take(row, Delivery("dropped", {}, "the case has left the state"), now)
                return False
        except Exception as problem:
            self._take(row, Delivery("retry", {}, in_short(problem)), now)
            return False
        return True

    def _take(self, row: EffectRow, delivery: Delivery, now: datetime) -> None:
        """What a channel answered goes to the case, or to the next try."""
        try:
            self._answer_or_postpone(row, delivery, now)
        except Conflict as problem:  # somebody was faster; what was delivered is answered at the next try
            with suppress(Conflict):
                self._postpone(row, now, Delivery("retry", {}, problem.message))
        except Exception as problem:
            with suppress(Conflict):
                self._answer_or_postpone(row, Delivery("retry", {}, in_short(problem)), now)

    def _one(self, row: EffectRow, now: datetime) -> None:
        try:
            if row.channel in BETWEEN_CASES:
                carry_out(self, row)
                return
            if row.channel in HOUSE_CHANNELS:
                self.house(row)
                return
            delivery = self._deliver(row) if self._still_wanted(row, now) else None
        except Exception as problem:
            delivery = Delivery("retry", {}, in_short(problem))
        if delivery is not None:
            self._take(row, delivery, now)

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
        if row.wire is not None:
            return self._unsealed(row)
        parameters = self.parameters(row)
        try:
            wire = channels.prepare(row.channel, row.operation, row.key, parameters)
        except ProcflowError as problem:
            if problem.facts.get("retry"):
                raise
            return Delivery("failed", {}, problem.message)
        self.engine.store.keep_wires(self.holder, {row.key: self._sealed(row, wire)})
        return wire

    def _sealed(self, row: EffectRow, wire: bytes) -> bytes:
        place, slot = f"wire.{row.key}", self.engine.load(row.case_id).row.key_slot
        associated = self.engine._associated(row.case_id, place, 0)
        return encode(j.Sealed(place, 0, self.engine.keys.seal(slot, associated, wire)))

    def _unsealed(self, row: EffectRow) -> bytes:
        assert row.wire is not None
        slot = self.engine.load(row.case_id).row.key_slot
        return self.engine.unseal_bytes(row.case_id, slot, decode(row.wire))

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
                self._postpone(row, now, delivery)
                return
        self.answer(row, delivery)

    def _postpone(self, row: EffectRow, now: datetime, delivery: Delivery) -> None:
        back_off = BACK_OFF[min(max(row.attempts - 1, 0), len(BACK_OFF) - 1)]
        wait = timedelta(seconds=delivery.retry_after if delivery.retry_after is not None else back_off)
        left = self._sealed(row, delivery.left) if delivery.left is not None else None
        self.engine.store.postpone(row.key, self.holder, now + wait, masked(delivery.error), left)

    def answer(self, row: EffectRow, delivery: Delivery, at: datetime | None = None) -> Answer:
        command = Command(
            f"answer:{row.key}", "answer", row.key, given=dict(delivery.result), status=delivery.status,
            error=delivery.error, source=row.channel, at=at,
        )  # fmt: skip
        return self.engine.submit(row.case_id, command)


def in_short(problem: BaseException) -> str:
    """What went wrong, for a log: our own words, or of a fault of the program only its name."""
    return problem.message if isinstance(problem, ProcflowError) else f"a fault: {type(problem).__name__}"
