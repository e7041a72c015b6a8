"""Effects on their way out: opened cases, and deliveries through channels with retry and back-off.

A delivery that goes wrong costs that effect a retry, never the case. What a channel answered comes back
to the case as a command whose id is the effect's key, so that it is taken once.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from procflow.core import journal as j
from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.decide import Command
from procflow.core.house import HOUSE_CHANNELS
from procflow.core.message_items import shown_text
from procflow.core.record import decode, encode
from procflow.core.values import exact_numbers
from procflow.engine import Answer, Engine
from procflow.engine.house import do_in_house
from procflow.errors import Busy, Conflict, ProcflowError, StorageError
from procflow.hosts.aside import Aside
from procflow.hosts.between import carry_out
from procflow.hosts.handing import Handing
from procflow.hosts.letters import Steps, asked_by, filled_in
from procflow.ports import Delivery, Evidence
from procflow.stored import ORGANISATION, EffectRow

#: Seconds before each further try; the last one is repeated up to MOST_TRIES.
BACK_OFF = (5, 15, 60, 180, 600, 1800, 3600)
MOST_TRIES = 30
#: How many letters of what the outside said of a try are kept, sealed under the case's key.
MOST_SAID = 500
#: Letters of it that a case is told when there is no further try: a field must be able to hold them.
MOST_TOLD = 10_000
#: How long an effect is held. It is longer than one delivery may take, and nothing is begun late in it.
LEASE = timedelta(seconds=40)
_BEGIN_WITHIN = 8.0  # seconds of the lease in which further deliveries are begun
_MOST_SLOTS = 10_000
_SPARE = 10.0  # seconds by which a lease is longer than the longest call


class Channels(Protocol):
    """What carries effects out; see `hosts.channels`."""

    def mode(self, channel: str) -> str: ...
    def away(self, channel: str) -> str: ...
    def prepare(self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes: ...
    def deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery: ...


@dataclass
class Outbox:
    """Delivers what waits. `holder` names this process in the leases it takes."""

    engine: Engine
    channels: Callable[[], Channels]
    evidence: Evidence
    holder: str
    tell: Callable[..., None] | None = None  # hears what happens
    _slots: dict[str, int] = field(default_factory=dict)  # of cases
    _steps: Steps = field(default_factory=Steps)  # what led up to the last letter
    stopping: Callable[[], bool] = lambda: False  # whether nothing new may be begun any more
    enough: Callable[[], bool] = lambda: False  # whether what cases ask of each other is left for later
    aside: Aside | None = None  # who delivers by plugins, while the host goes on
    _begun: dict[str, float] = field(default_factory=dict)  # of tries under way, where somebody hears of them

    def start_cases(self, case_id: str) -> list[Answer]:
        """Do at once what this case asked of other cases and of the house; what is not done now, a host does later."""
        done: list[Answer] = []
        at_work = [self._carried_out(case_id)]
        while at_work and not self.enough():  # however many cases ask each other
            answers = next(at_work[-1], None)
            if answers is None:
                at_work.pop()
                continue
            done += answers
            # each of them may itself ask for more, and has it before the next
            for answer in reversed(answers):
                if answer.accepted and not answer.repeated and answer.case_id != ORGANISATION:
                    at_work.append(self._carried_out(answer.case_id))
        return done

    def _carried_out(self, case_id: str) -> Iterator[list[Answer]]:
        """What one case asked of others and of the house, one after the other, each with what was answered."""
        for row in self.engine.store.effects(case_id):
            if row.state != "waiting":
                continue
            answers: list[Answer] = []
            if row.channel in HOUSE_CHANNELS:
                answers = [found] if (found := self.house(row)) is not None else []
            elif row.channel in BETWEEN_CASES:
                answers = carry_out(self, row)
            yield answers
            if answers and row.channel in HOUSE_CHANNELS:
                return

    def lease(self) -> timedelta:
        """How long an effect is held: longer than the longest call that the settings allow, so that nobody takes over
        what is still being delivered."""
        longest = getattr(self.channels(), "longest_call", None)
        return LEASE if longest is None else max(LEASE, timedelta(seconds=longest() + _SPARE))

    def deliver_due(self, now: datetime, limit: int = 200) -> int:
        """Try what may be tried now, or hand it to who delivers aside; -> how many effects that is. What was claimed and
        could not be begun in time is let go."""
        store, aside = self.engine.store, self.aside
        busy = aside.busy() if aside is not None else ()
        more = {"but": busy} if busy else {}
        rows: Sequence[EffectRow] = store.claim_effects(now, self.lease(), self.holder, limit, **more)
        if aside is None:
            return self.deliver_claimed(rows, now)
        mine = aside.take(rows, now)
        return len(rows) - len(mine) + self.deliver_claimed(mine, now)

    def deliver_these(self, keys: Sequence[str], now: datetime) -> int:
        """Try these effects, as far as they may be tried now; -> how many were tried."""
        store, lease = self.engine.store, self.lease()
        with store.together() if len(keys) > 1 else nullcontext():
            rows = [row for key in keys if (row := store.claim_effect(key, now, lease, self.holder))]
        return self.deliver_claimed(rows, now)

    def deliver_claimed(self, rows: Sequence[EffectRow], now: datetime) -> int:
        """Try what was claimed at `now` for this holder; -> how many were tried."""
        clock, in_time = self.engine.world.monotonic, self._in_time(now)
        together: dict[str, list[EffectRow]] = {}
        left = dict.fromkeys(
            [row.channel for row in rows], _BEGIN_WITHIN
        )  # seconds that a slow channel may take
        left = {channel: seconds / len(left) for channel, seconds in left.items()}
        done, late = 0, list[str]()
        for row in rows:
            if self._at_once(row.channel) > 1:
                together.setdefault(row.channel, []).append(row)
            elif left[row.channel] <= 0 or not in_time():
                late.append(row.key)
            else:
                begun = clock()
                self._one(row, now)
                left[row.channel] -= clock() - begun
                done += 1
        for channel, several in together.items():
            not_begun = self._together(channel, several, now, in_time)
            done += len(several) - len(not_begun)
            late += not_begun
        if late:
            self.engine.store.let_go(self.holder, late)
        return done

    def _in_time(self, now: datetime) -> Callable[[], bool]:
        """Whether something may still be begun under leases that were taken at `now`. Two clocks say so: one that nobody
        sets, and the one by which leases end, which goes on while the machine sleeps."""
        world = self.engine.world
        until, latest = world.monotonic() + _BEGIN_WITHIN, now + timedelta(seconds=_BEGIN_WITHIN)
        return lambda: world.monotonic() <= until and world.now() <= latest and not self.stopping()

    def _at_once(self, channel: str) -> int:
        if channel in BETWEEN_CASES or channel in HOUSE_CHANNELS:
            return 1
        at_once = getattr(self.channels(), "at_once", None)
        return int(at_once(channel)) if at_once is not None else 1

    def _together(
        self, channel: str, rows: list[EffectRow], now: datetime, in_time: Callable[[], bool]
    ) -> list[str]:
        """Effects of one channel that it delivers several at a time; -> those for which it was too late.

        They are made, stored, handed over and answered side by side: what came together is stored in one go, and while
        it is flushed the plugin goes on with the next.
        """
        there: dict[str, EffectRow] = {}
        channels: Any = self.channels()
        handing: Handing = channels.handing(channel, in_time)
        late: dict[str, None] = {}
        for row in rows:
            if not self._still_wanted(row, now):
                continue
            try:
                if row.wire is not None:
                    handing.deliver(row.operation, row.key, self._unsealed(row))
                else:
                    handing.make(row.operation, row.key, self.parameters(row))
                there[row.key] = row
                late[row.key] = None
                self._begins(row)
            except Exception as problem:
                self._take(row, self._fault(row, problem), now)
        for batch in handing.answers():
            made: dict[str, bytes] = {}
            answers: list[tuple[EffectRow, Delivery]] = []
            for key, came in batch:
                if isinstance(came, bytes):
                    made[key] = came
                    continue
                if not isinstance(came, Delivery):
                    came = Delivery("retry" if came.facts.get("retry") else "failed", {}, came.message)
                answers.append((there[key], came))
                del late[key]
            kept = self._store(there, made, answers, now)
            for key, wire in made.items():
                if key in kept:
                    handing.deliver(there[key].operation, key, wire)
                else:
                    handing.let_go(key)
                    del late[key]  # it is somebody else's now
        return list(late)

    def _store(
        self,
        there: Mapping[str, EffectRow],
        made: Mapping[str, bytes],
        answers: Sequence[tuple[EffectRow, Delivery]],
        now: datetime,
    ) -> list[str]:
        """Bytes before their first try, and answers each to its own case, made durable in one go; observers hear of it
        then. -> what may be handed over now: its bytes are kept, and it is still ours."""
        engine, told = self.engine, self.engine.stepped
        kept: list[str] = []
        busy: list[tuple[EffectRow, Delivery]] = []
        steps: list[Answer] = []
        engine.stepped = steps.append
        try:
            with engine.store.together() if len(made) + len(answers) > 1 else nullcontext():
                for row, delivery in answers:
                    self._take(row, delivery, now, busy)
                kept = self._keep({key: self._sealed(there[key], wire) for key, wire in made.items()})
        except BaseException:
            engine._cases.clear()  # what was not flushed did not happen
            raise
        finally:
            engine.stepped = told
        for row, delivery in busy:  # each by itself can wait, for it holds nothing
            self._take(row, delivery, now)
        for answer in steps:
            if told is not None:
                with suppress(Exception):  # an observer: what it does wrong undoes no step
                    told(answer)
        return kept

    def _keep(self, wires: Mapping[str, bytes]) -> list[str]:
        """-> those that are kept: another may have been taken by somebody else meanwhile."""
        if not wires:
            return []
        with suppress(Conflict, Busy):
            self.engine.store.keep_wires(self.holder, wires)
            return list(wires)
        if len(wires) == 1:
            return []
        return [key for key, wire in wires.items() if self._keep({key: wire})]

    def _still_wanted(self, row: EffectRow, now: datetime) -> bool:
        """False, and answered, where the case has left the state that asked for it."""
        try:
            if row.unless_left and not self.engine.load(row.case_id).plain.is_visit(row.unless_left):
                self._take(row, Delivery("dropped", {}, "the case has left the state"), now)
                return False
        except Exception as problem:
            self._take(row, self._fault(row, problem), now)
            return False
        return True

    def _take(
        self,
        row: EffectRow,
        delivery: Delivery,
        now: datetime,
        busy: list[tuple[EffectRow, Delivery]] | None = None,
    ) -> None:
        """What a channel answered goes to the case, or to the next try; to `busy`, where that is given and another
        holds what is needed."""
        try:
            self._answer_or_postpone(row, delivery, now)
        except Busy as problem:
            if busy is not None:
                busy.append((row, delivery))
                return
            with suppress(Conflict):
                self._postpone(row, Delivery("retry", {}, problem.message, retry_after=BACK_OFF[0]))
        except (Conflict, StorageError) as problem:
            # somebody was faster, or the store was away: what was delivered is answered at the next try, which comes
            # soon however often there was one, because the channel did nothing wrong
            with suppress(Conflict):
                self._postpone(row, Delivery("retry", {}, problem.message, retry_after=BACK_OFF[0]))
        except Exception as problem:
            with suppress(Conflict):
                self._answer_or_postpone(row, self._fault(row, problem), now)

    def _begins(self, row: EffectRow) -> None:
        if self.tell is not None:
            self._begun[row.key] = self.engine.world.monotonic()

    def _tried(self, row: EffectRow, delivery: Delivery, again_in: float | None = None) -> None:
        """A try came to an end: what became of it, and never the words that the other side had for it."""
        begun = self._begun.pop(row.key, None)
        if self.tell is None:
            return
        world, number = self.engine.world, 0
        with suppress(ProcflowError):
            number = self.engine.load(row.case_id).row.number
        self.tell(
            "delivery", case=number or None, effect=row.key, channel=row.channel, operation=row.operation, attempt=row.attempts,
            outcome=delivery.status, again_in=again_in,
            waited=max((world.now() - row.asked_at).total_seconds(), 0.0) if row.asked_at is not None else None,
            duration=world.monotonic() - begun if begun is not None else None,
        )  # fmt: skip

    def _fault(self, row: EffectRow, problem: Exception) -> Delivery:
        """It is tried again."""
        if self.tell is not None:
            self.tell("delivery_fault", problem, effect=row.key, channel=row.channel, operation=row.operation)
        return Delivery("retry", {}, in_short(problem))

    def _one(self, row: EffectRow, now: datetime) -> None:
        self._begins(row)
        try:
            if row.channel in BETWEEN_CASES:
                carry_out(self, row)
                return
            if row.channel in HOUSE_CHANNELS:
                self.house(row)
                return
            delivery = self._deliver(row) if self._still_wanted(row, now) else None
        except Exception as problem:
            delivery = self._fault(row, problem)
        if delivery is not None:
            self._take(row, delivery, now)

    def house(self, row: EffectRow, at: datetime | None = None) -> Answer | None:
        """What the organisation itself is asked: absences and shifts, in its own journal; -> the case's answer."""
        loaded = self.engine.load(row.case_id)
        sealed = decode(row.parameters)
        parameters = decode(self.engine.unseal_bytes(row.case_id, loaded.row.key_slot, sealed))
        done = do_in_house(
            self.engine,
            f"{row.channel}.{row.operation}",
            f"house:{row.key}",
            parameters,
            asked_by(self.engine, row),
        )
        error = done.refusal.words(self.engine.surroundings().organisation.language) if done.refusal else ""
        with suppress(Conflict):  # the host answers again, under the same key
            return self.answer(row, Delivery("done" if done.accepted else "failed", {}, error), row.asked_at)
        return None

    def _deliver(self, row: EffectRow) -> Delivery:
        channels = self.channels()
        if why := channels.away(row.channel):  # a plugin that is being changed comes back
            return Delivery("retry", {}, why)
        if channels.mode(row.channel) == "manual":
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
        place, slot = f"wire.{row.key}", self._slot(row.case_id)
        associated = self.engine._associated(row.case_id, place, 0)
        return encode(j.Sealed(place, 0, self.engine.keys.seal(slot, associated, wire)))

    def _unsealed(self, row: EffectRow) -> bytes:
        assert row.wire is not None
        return self.engine.unseal_bytes(row.case_id, self._slot(row.case_id), decode(row.wire))

    def _slot(self, case_id: str) -> int:
        """Under which key the case's secrets are; that never changes."""
        found = self._slots.get(case_id)
        if found is None:
            if len(self._slots) >= _MOST_SLOTS:
                self._slots.clear()
            found = self._slots[case_id] = self.engine.load(case_id).row.key_slot
        return found

    def parameters(self, row: EffectRow) -> Mapping[str, Any]:
        """The effect's parameters in plain, as channels take them: people by address, files with content."""
        sealed = decode(row.parameters)
        plain = decode(self.engine.unseal_bytes(row.case_id, self._slot(row.case_id), sealed))
        if not isinstance(plain, Mapping):
            return {}
        given = {name: self._for_channel(name, value, row) for name, value in plain.items()}
        wanted = getattr(self.channels(), "filled_by_house", None)
        return (
            filled_in(self.engine, row, given, wanted(row.channel, row.operation), self._steps)
            if wanted is not None
            else given
        )

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
                self._postpone(row, delivery)
                return
        self.answer(row, delivery)

    def _postpone(self, row: EffectRow, delivery: Delivery) -> None:
        back_off = BACK_OFF[min(max(row.attempts - 1, 0), len(BACK_OFF) - 1)]
        wait = timedelta(seconds=delivery.retry_after if delivery.retry_after is not None else back_off)
        left = self._sealed(row, delivery.left) if delivery.left is not None else None
        said = self.engine.sealed_words(row.case_id, row.key, delivery.error[:MOST_SAID])
        now = self.engine.world.now()  # a slow channel answers long after it was asked
        self.engine.store.postpone(row.key, self.holder, now + wait, said, left)
        with self.engine.within(row.key):
            self._tried(row, delivery, wait.total_seconds())

    def answer(self, row: EffectRow, delivery: Delivery, at: datetime | None = None) -> Answer:
        command = Command(
            f"answer:{row.key}", "answer", row.key, given=exact_numbers(delivery.result), status=delivery.status,
            error=_words(delivery.error), source=row.channel, at=at, holder=row.holder,
        )  # fmt: skip
        with self.engine.within(row.key):
            answer = self.engine.submit(row.case_id, command)
            self._tried(row, delivery)
        return answer


def _words(error: str) -> str:
    """What the other side said, as people read it and a field takes it: a step that keeps it must not get stuck on it."""
    said = shown_text(error.encode("utf-8", "replace").decode())
    return said if len(said) <= MOST_TOLD else f"{said[:MOST_TOLD]}…"


def in_short(problem: BaseException) -> str:
    """What went wrong, for a log: our own words, or of a fault of the program only its name."""
    return problem.message if isinstance(problem, ProcflowError) else f"a fault: {type(problem).__name__}"
