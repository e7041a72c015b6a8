"""What the workflows have done for them: a look at a case, a command, a try of an effect.

Each thread has an engine and an outbox of its own over the same store. Nothing that is raised here goes into a history
but its kind. It must not know the SDK, workflows or who calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, local
from typing import Any

from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.house import HOUSE_CHANNELS
from procflow.engine import Engine
from procflow.errors import Busy, NotFound, ProcflowError, StorageError
from procflow.hosts.outbox import LEASE, Outbox, in_short
from procflow.hosts.temporal.mail import Mailbox
from procflow.hosts.temporal.told import Deliver, Look, Mail, Ready, Seen, Taken
from procflow.stored import EffectRow

#: How many effects of one case are named at a look; the next look names those behind them.
_MOST_READY = 50
#: Seconds after which a case is looked at again at the latest where only the store was away.
_AWAY = 15.0


@dataclass
class Desk:
    """What one thread works with."""

    engine: Engine
    outbox: Outbox
    close: Callable[[], None] = lambda: None


class Tally:
    """What was done since it was last asked, counted over all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.steps = self.delivered = 0
        self._problems: list[str] = []
        self._told: dict[str, str] = {}  # case -> the trouble that was told already
        self.busy = 0  # tries under way
        self.known: dict[str, int] = {}  # case -> the sequence that its workflow was told

    @contextmanager
    def trying(self) -> Iterator[None]:
        """A try under way. One whose thread dies in it stays so: whoever waits must not take it for done before the
        death is told."""
        with self._lock:
            self.busy += 1
        ended = True
        try:
            yield
        except Exception:
            raise
        except BaseException:
            ended = False
            raise
        finally:
            with self._lock:
                self.busy -= ended

    def did(self, *, steps: int = 0, delivered: int = 0) -> None:
        with self._lock:
            self.steps += steps
            self.delivered += delivered

    def told(self, case: str, sequence: int, over: bool) -> None:
        with self._lock:
            self._told.pop(case, None)
            if over:
                self.known.pop(case, None)
            else:
                self.known[case] = max(sequence, self.known.get(case, 0))

    def trouble(self, case: str, words: str) -> None:
        """Said once, and again when it is another one."""
        with self._lock:
            if self._told.get(case) != words:
                self._told[case] = words
                self._problems.append(words)

    def taken(self) -> tuple[int, int, list[str]]:
        with self._lock:
            found = self.steps, self.delivered, self._problems
            self.steps = self.delivered = 0
            self._problems = []
            return found


class Hands:
    """The work of one process. `opened` makes what a further thread works with; `channels` are those of all."""

    def __init__(self, workspace: str, opened: Callable[[], Desk], channels: Callable[[], object]) -> None:
        self.workspace = workspace
        self._channels = channels
        self.tally = Tally()
        self._opened, self._mine = opened, local()
        self._desks: list[Desk] = []

    def desk(self) -> Desk:
        """This thread's."""
        mine: Desk | None = getattr(self._mine, "desk", None)
        if mine is None:
            mine = self._mine.desk = self._opened()
            self._desks.append(mine)
        return mine

    def close(self) -> None:
        """When no thread works any more."""
        while self._desks:
            self._desks.pop().close()

    def look(self, look: Look) -> Seen:
        """Take what is due by now, each step at its due instant; -> what the case waits for."""
        try:
            self._ours(look.workspace)
            seen = self._seen(look.case)
        except NotFound:
            return Seen(over=True)  # the store was set back to before the case
        except Exception as problem:
            self.tally.trouble(look.case, f"case {look.case} cannot be stepped: {in_short(problem)}")
            longest = _AWAY if isinstance(problem, StorageError | Busy) else None
            return Seen(wait=longest, trouble=type(problem).__name__)
        self.tally.told(look.case, seen.sequence, seen.over)
        return seen

    def _seen(self, case: str) -> Seen:
        engine, outbox = self.desk().engine, self.desk().outbox
        now, lease = engine.world.now(), outbox.lease()
        looked = engine.store.look(case, "")
        if looked.case is not None and looked.next_due is not None and looked.next_due <= now:
            took = engine.run_due(case, now)
            self.tally.did(steps=took)
            if took:
                with suppress(ProcflowError):  # it waits in the outbox, and is tried again there
                    outbox.start_cases(case)
            looked = engine.store.look(case, "")
        if looked.case is None:
            raise NotFound(f"there is no case {case}")
        waiting = [row for row in engine.store.effects(case) if row.state == "waiting"]
        ready = [row for row in waiting if may_be_tried(row, now, lease)]
        coming = [at for row in waiting if (at := _next_try(row, now, lease)) is not None]
        if looked.next_due is not None:
            coming.append(looked.next_due)
        due = min(coming, default=None)
        return Seen(
            looked.case.sequence,
            None if due is None else max((due - now).total_seconds(), 0.05),
            "" if due is None else due.isoformat(),
            [Ready(row.channel, row.key) for row in ready[:_MOST_READY]],
            looked.case.closed and not waiting,
        )

    def take(self, mail: Mail) -> Taken:
        """Decide a command and store its step, once for each id. A command that is not accepted leaves no trace: whoever
        sent it is told why by its own engine, which writes a denial down."""
        try:
            self._ours(mail.workspace)
            engine = self.desk().engine
            box, row = Mailbox(engine), engine.load(mail.case).row
            command = box.get(row, mail.id)
            if command is None:
                return Taken(False, code="not there")
            answer = engine.submit(row.id, command)
        except Exception as problem:
            return Taken(False, code=type(problem).__name__)
        if not answer.accepted:
            assert answer.refusal is not None
            return Taken(False, answer.sequence, answer.refusal.code)
        self.tally.did(steps=not answer.repeated)
        with suppress(ProcflowError):
            box.drop(mail.id)
        return Taken(True, answer.sequence, answer.refusal.code if answer.refusal else "", answer.repeated)

    def deliver(self, several: Sequence[Deliver]) -> None:
        """One try of each effect that still waits, whose time has come and that nobody holds. What could not be begun in
        time is let go, and the next look names it again."""
        for deliver in several:
            self._ours(deliver.workspace)
        outbox = self.desk().outbox
        with self.tally.trying():
            keys = [deliver.key for deliver in several]
            self.tally.did(delivered=outbox.deliver_these(keys, outbox.engine.world.now()))

    def seat_of(self, channel: str) -> str:
        """What can take one call at a time; "" for what cases and the house ask of each other."""
        if channel in BETWEEN_CASES or channel in HOUSE_CHANNELS:
            return ""
        seat_of = getattr(self._channels(), "seat_of", None)
        return str(seat_of(channel)) if seat_of is not None else channel

    def _ours(self, workspace: str) -> None:
        if workspace != self.workspace:
            raise ProcflowError("this task queue serves another workspace too")


def may_be_tried(row: EffectRow, now: datetime, lease: timedelta = LEASE) -> bool:
    """Whether its time has come and nobody holds it; a lease that reaches too far is none."""
    held = row.lease_until is not None and now < row.lease_until <= now + lease
    return (row.next_try is None or row.next_try <= now) and not held


def _next_try(row: EffectRow, now: datetime, lease: timedelta) -> datetime | None:
    """When it may be tried that may not be tried now."""
    if may_be_tried(row, now, lease):
        return None
    later: list[Any] = [at for at in (row.next_try, row.lease_until) if at is not None and at > now]
    return max(later, default=now + timedelta(seconds=1))
