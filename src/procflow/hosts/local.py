"""The local host: due deadlines in order, the outbox, incoming messages, sealed heads.

Stopped and started again hours late it takes the same steps by time as if it had never stopped, because
a step by time happens at its due instant, earliest first over all cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from procflow.builtin.bell import STEPPED, Bell
from procflow.engine import Engine
from procflow.errors import Busy, Conflict, ProcflowError, StorageError
from procflow.hosts.intake import Intake
from procflow.hosts.outbox import Outbox, in_short
from procflow.hosts.recurring import Occurrence, Recurring
from procflow.ports import Inbound

if TYPE_CHECKING:
    from procflow.hosts.aside import Aside
    from procflow.hosts.messages_in import Failing

#: How long the host sleeps at the most before it looks for messages and new work again, in seconds.
LONGEST_SLEEP = 1.0
SEAL_EVERY = timedelta(minutes=10)


def _go_on() -> bool:
    return False


@dataclass
class Round:
    """What one look around did."""

    steps: int = 0
    delivered: int = 0
    received: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        return not (self.steps or self.delivered or self.received)


@dataclass
class LocalHost:
    """Runs steps, deliveries and messages over time, in one process.

    `fetch` brings new messages and a callback that marks them as safely stored. `hang` hangs up the bell at which
    the host sleeps; `call` says of a channel that it has something to fetch now; `in_background` lets slow channels be
    asked while the host does other things, and has them call.
    """

    engine: Engine
    outbox: Outbox
    intake: Intake
    fetch: Callable[[], Iterable[tuple[Inbound, Callable[[], None]]]] | None = None
    #: ("channel" or "plugin", its name, in words) of what cannot be fetched now, and what is wrong with plugins
    troubles: Callable[[], Iterable[tuple[str, str, str]]] | None = None
    hang: Callable[[], Bell] | None = None
    call: Callable[[str], None] | None = None
    in_background: Callable[[Callable[[str], None] | None], None] | None = None
    tell: Callable[..., None] | None = None  # hears what happens: an event, what went wrong, fields
    beat: Callable[[datetime], None] | None = None  # gives a sign of life where one is due
    #: tries to fetch that have failed since it was asked last
    failed: Callable[[], Iterable[Failing]] | None = None
    #: makes who delivers by plugins; calls back when one is free
    aside: Callable[[Callable[[], None]], Aside] | None = None
    _told: frozenset[tuple[str, str, str]] = frozenset()
    _broken: dict[str, str] = field(default_factory=dict)  # case id -> why it could not be stepped
    _faults: dict[str, BaseException | None] = field(default_factory=dict)  # the same, as it was raised
    _sealed_at: datetime | None = None

    def __post_init__(self) -> None:
        self._recurring = Recurring(self.engine)
        self._stopping: Callable[[], bool] = _go_on  # whether nothing new may be begun any more

    def look_around(self, *, messages: bool = True) -> Round:
        """One round: messages in, what is due, effects out; -> what was done."""
        now = self.engine.world.now()
        done = Round()
        if messages:
            self._receive(done)
        broken, self._broken = self._broken, {}
        done.steps = self.run_due(now) + self.engine.read_absences()
        self._new_problems(broken, done)
        # what went before may have taken long, and a lease counts from when it is taken
        done.delivered = self.outbox.deliver_due(self.engine.world.now())
        self._keep_record(now)
        return done

    def besides(self, *, messages: bool = True) -> Round:
        """A round without what cases do themselves: messages in, what recurs, absences, and the record kept."""
        now, done = self.engine.world.now(), Round()
        if messages:
            self._receive(done)
        broken, self._broken = self._broken, {}
        while (recurs := self._recurring.next()) is not None and recurs.at <= now:
            if recurs.name in self._broken:
                break
            done.steps += self._recur(recurs)
        done.steps += self.engine.read_absences()
        self._new_problems(broken, done)
        self._keep_record(now)
        return done

    def _new_problems(self, before: dict[str, str], done: Round) -> None:
        """What could not be done now and was not told at the last look."""
        faults, self._faults = self._faults, {}
        for name, words in self._broken.items():
            if before.get(name) == words:
                continue
            done.problems.append(words)
            if self.tell is not None:
                with suppress(ProcflowError):
                    case = self.engine.store.load(name)
                    about = {"case": case.number, "procedure": case.procedure} if case is not None else {}
                    self.tell("case_broken", faults.get(name), **about)

    def _say(self, event: str, fault: BaseException | None = None, **fields: object) -> None:
        if self.tell is not None:
            self.tell(event, fault, **fields)

    def _keep_record(self, now: datetime) -> None:
        """The heads of changed cases are sealed now and then, and keys lie ahead."""
        if self._sealed_at is None or now - self._sealed_at >= SEAL_EVERY:
            self._sealed_at = now
            self.engine.store.seal_heads(now)
        self.engine.keys.refill(self.engine.store.next_slot())
        if self.beat is not None:
            self.beat(now)

    def until_idle(self, most: int = 1000) -> Round:
        """Rounds until there is nothing more to do now."""
        total = Round()
        for _ in range(most):
            done = self.look_around()
            total.steps += done.steps
            total.delivered += done.delivered
            total.received += done.received
            total.problems += done.problems
            if done.idle:
                break
        return total

    def run(self, stop: Callable[[], bool], report: Callable[[Round], None] | None = None) -> None:
        """Go on until `stop` says so; never faster than there is work, never asleep past a due instant.

        What another process stored is heard at once, and what it asks for goes out before anything is fetched. What a
        plugin is slow with goes on aside.
        """
        bell = self.hang() if self.hang is not None else None
        if bell is not None and self.in_background is not None:
            self.in_background(bell.ring)
        if bell is not None and self.aside is not None:
            self.outbox.aside = self.aside(partial(bell.ring, STEPPED))
        told = ""
        self._stopping = self.outbox.stopping = stop

        def do(look: Callable[[], Round]) -> Round:
            nonlocal told
            try:
                done = look()
                for fault in self.outbox.aside.faults() if self.outbox.aside is not None else ():
                    raise fault
                told = ""
            except (ProcflowError, OSError) as problem:
                # A full disk may have room again, a file may be opened again: said once, and tried again.
                words = getattr(problem, "message", str(problem))
                done = Round(problems=[words] if words != told else [])
                if done.problems:
                    self._say("round_failed", problem)
                told = words
            if report is not None and (not done.idle or done.problems):
                report(done)
            return done

        try:
            while not stop():
                if not do(self.look_around).idle:
                    continue
                if bell is None:
                    self.engine.world.sleep(self._pause())
                elif said := bell.wait(self._pause()):
                    for channel in sorted(said - {STEPPED}):
                        if self.call is not None:
                            self.call(channel)
                    if STEPPED in said:
                        do(self.at_once)
        finally:
            if self.outbox.aside is not None:
                self.outbox.aside.close()
                self.outbox.aside = None
            self._stopping = self.outbox.stopping = _go_on
            if self.in_background is not None:
                self.in_background(None)
            if bell is not None:
                bell.close()

    def at_once(self) -> Round:
        """What a step that was just stored asks for: what is due, and effects out."""
        steps = self.run_due(self.engine.world.now())
        return Round(steps, self.outbox.deliver_due(self.engine.world.now()))

    def run_due(self, now: datetime) -> int:
        """Everything due up to `now`, over all cases, in the order of the due instants.

        A case that cannot be stepped is left out until the next look: one broken case stops no other.
        """
        steps = 0
        while not self._stopping() and (took := self._next_due(now)) is not None:
            steps += took
        return steps

    def _next_due(self, now: datetime) -> int | None:
        """Take the earliest thing due; None when nothing is due any more."""
        recurs = self._recurring.next()
        if recurs is not None and (recurs.at > now or recurs.name in self._broken):
            recurs = None
        for instant, case_id in self.engine.store.due(now, 100 + len(self._broken)):
            if case_id in self._broken:
                continue
            if recurs is not None and recurs.at <= instant:
                break
            try:
                # a promise's time includes its last instant, so it is up only after it
                took = self.engine.run_due(case_id, min(now, instant + timedelta(microseconds=1)))
            except Exception as problem:
                self._broken[case_id] = f"case {case_id} cannot be stepped: {in_short(problem)}"
                self._faults[case_id] = problem
                continue
            if took:
                with suppress(ProcflowError):  # the effect waits in the outbox, and is tried again there
                    self.outbox.start_cases(case_id)
                return took
        return self._recur(recurs) if recurs is not None else None

    def _recur(self, occurrence: Occurrence) -> int:
        """Open a case whose time has come; one that cannot be opened is told, and waits for the next look."""
        try:
            answer = self._recurring.take(occurrence)
        except Exception as problem:
            self._broken[occurrence.name] = f"{occurrence.procedure} cannot be opened: {in_short(problem)}"
            self._faults[occurrence.name] = problem
            return 0
        if answer.refusal is not None and answer.refusal.code != "not_offered":
            self._broken[occurrence.name] = (
                f"{occurrence.procedure} was not opened: {answer.refusal.words('en')}"
            )
        if answer.accepted:
            with suppress(ProcflowError):
                self.outbox.start_cases(answer.case_id)
        return int(answer.accepted)

    def _receive(self, done: Round) -> None:
        if self.fetch is not None:
            try:
                for inbound, stored in self.fetch():
                    if self._taken(inbound, done):
                        stored()
                    if self._stopping():
                        break  # what was not fetched is fetched when it runs again
            except ProcflowError as problem:
                done.problems.append(problem.message)
                self._say("fetch_failed", problem)
        if self.failed is not None:
            for each in self.failed():
                waited = max((self.engine.world.now() - each.since).total_seconds(), 0.0)
                self._say(
                    "fetch_failed",
                    channel=each.channel,
                    attempt=each.times,
                    again_in=each.again_in,
                    waited=waited,
                )
        if self.troubles is not None:
            now = frozenset(self.troubles())
            done.problems += sorted(words for _, _, words in now - self._told)  # told once, not at every look
            if now != self._told:
                self._tell_troubles(now)
            self._told = now
        if not self._stopping():
            done.problems += self.intake.route_new()

    def _taken(self, inbound: Inbound, done: Round) -> bool:
        """Whether a message is stored now, or was before; one that cannot be is told, comes again, and holds up no other."""
        try:
            done.received += self.intake.take(inbound) is not None
        except (Busy, Conflict, StorageError):
            raise
        except Exception as problem:
            done.problems.append(
                f"{inbound.source}: a message cannot be taken: {in_short(problem)}; it comes again"
            )
            self._say("fetch_failed", problem, channel=inbound.channel)
            return False
        return True

    def _tell_troubles(self, now: frozenset[tuple[str, str, str]]) -> None:
        had, has = ({each[:2] for each in some} for some in (self._told, now))
        for kind, name in sorted(has - had):
            if kind == "plugin":
                self._say("plugin_trouble", plugin=name)
            else:
                self._say("channel_trouble", channel=name)
        for kind, name in sorted(had - has):
            if kind == "plugin":
                self._say("plugin_well", plugin=name)
            else:
                self._say("channel_well", channel=name)

    def _pause(self) -> float:
        """Seconds to sleep. A store or a clock that is away is told by the next look around, and asked again by it."""
        try:
            recurs, now = self._recurring.next(), self.engine.world.now()
            due, effect = self.engine.store.next_due(), self.engine.store.next_effect()
        except (ProcflowError, OSError):
            return LONGEST_SLEEP
        if self.outbox.aside is not None and self.outbox.aside.busy():
            effect = None  # it may be of a plugin that has enough to do, and rings when it can take more
        known = (due, effect, recurs.at if recurs else None)
        upcoming = [instant for instant in known if instant is not None]
        if not upcoming or self._broken:
            return LONGEST_SLEEP
        seconds = (min(upcoming) - now).total_seconds()
        return min(LONGEST_SLEEP, max(0.01, seconds))
