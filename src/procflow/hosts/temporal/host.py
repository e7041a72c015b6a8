"""The process that works for the workflows: `procflow run --host temporal`.

Before it begins it takes what was due while nobody worked, over all cases in the order of the due instants, as the
local host does. It must not know how an engine is made.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from time import monotonic  # how long ago it was; no deadline hangs on it
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from procflow.builtin.bell import STEPPED, Bell
from procflow.errors import ProcflowError, StorageError, UsageError
from procflow.hosts.local import LocalHost, Round
from procflow.hosts.temporal.activities import IN_HAND, Activities
from procflow.hosts.temporal.connection import Loop, Reach, away, connected, still_there
from procflow.hosts.temporal.flows import HOUSE_FLOW, CaseFlow, HouseFlow
from procflow.hosts.temporal.front import TASK_TIMEOUT, Lines, queue_of
from procflow.hosts.temporal.hands import Hands
from procflow.hosts.temporal.rounds import Rounds
from procflow.hosts.temporal.told import Watch

#: Tasks that a dead worker had in hand are handed out anew after this.
_STICKY = timedelta(seconds=2)
#: How long a try under way may go on when the host is told to stop.
_FINISH = timedelta(seconds=35)
#: Seconds between two looks whether the house has a workflow: a server may have lost its data.
_LOOK_EVERY = 10.0
#: Hearts are told to the server so often, for it to notice a death soon.
_BEATS = timedelta(seconds=2)
_WATCH = 0.2  # seconds between two looks at what was done
_SETTLE = 0.02


class TemporalHost:
    """Runs the cases of one workspace on a Temporal server, beside any number of others of its kind.

    `local` does what is no case's own, and what is due before the workers begin. A `patient` one waits for a server that
    is away when it begins.
    """

    def __init__(
        self,
        reach: Reach,
        hands: Hands,
        local: LocalHost,
        holder: str,
        *,
        finish: timedelta = _FINISH,
        patient: bool = False,
    ) -> None:
        self._reach, self._hands, self._local, self._holder = reach, hands, local, holder
        self._finish, self._patient = finish, patient
        self._away = False
        self._loop = Loop()
        self._died: BaseException | None = None
        self._ended = Event()
        self._round = Round()
        self._bell: Bell | None = None
        self._worker: Worker | None = None
        self._activities: Activities | None = None
        self._rounds: Rounds | None = None
        self.lines: Lines | None = None

    # from the beginning to the end

    def connect(self) -> Lines:
        """Raises StorageError, NotFound and UsageError, which say what is wrong with the server or its settings."""
        if self.lines is None:
            client = self._loop.run(connected(self._reach, f"procflow-{self._holder}"))
            queue = queue_of(self._reach, self._hands.workspace)
            self.lines = Lines(client, queue, self._hands.workspace)
            self._rounds = Rounds(self._local, self._loop, self.lines, self._hands.tally)
        return self.lines

    @property
    def loop(self) -> Loop:
        return self._loop

    def begin(self, *, house: bool = True, decides: bool = True, delivers: bool = True) -> None:
        """Work for the workflows from here on. `house`: also what is no case's own, where no other does it."""
        lines = self.connect()
        assert self._rounds is not None
        if house:
            self._loop.run(self._house(lines))
        for name in ("temporalio.worker._activity", "temporalio.activity"):
            logging.getLogger(name).setLevel(logging.ERROR)  # a try that failed is told by its case
        # a task that timed out on a busy machine is done again, and says no more than that
        warnings.filterwarnings("ignore", message="Cannot find activity to cancel")
        activities = Activities(self._hands, self._rounds, self._dies, self._heard, self._sleep)
        self._activities = activities
        self._loop.run(self._begin(lines.client, lines.queue, activities, decides, delivers))

    async def _begin(
        self, client: Client, queue: str, activities: Activities, decides: bool, delivers: bool
    ) -> None:
        deciding: list[Callable[..., Any]] = [activities.look, activities.take] if decides else []
        doing: list[Callable[..., Any]] = [activities.deliver, activities.keep_house] if delivers else []
        self._worker = Worker(
            client,
            task_queue=queue,
            workflows=[CaseFlow, HouseFlow] if decides else [],
            activities=[*deciding, *doing],
            # The sandbox puts something else in the place of `sys.modules` while a workflow begins, which breaks an
            # import in another thread at that moment, and a call that it forbids is tried for ever without a word. What
            # our workflows may import is a contract, and the tests replay them in the sandbox.
            workflow_runner=UnsandboxedWorkflowRunner(),
            no_remote_activities=not delivers,
            sticky_queue_schedule_to_start_timeout=_STICKY,
            graceful_shutdown_timeout=self._finish,
            max_concurrent_activities=IN_HAND,
            max_heartbeat_throttle_interval=_BEATS,
            default_heartbeat_throttle_interval=_BEATS,
        )
        self._running = asyncio.create_task(self._worker.run())
        self._running.add_done_callback(lambda _: self._ended.set())

    async def _house(self, lines: Lines) -> None:
        """The workflow of the house, begun where there is none. Raises UsageError where it is another workspace's."""
        try:
            house = await lines.client.start_workflow(
                HOUSE_FLOW,
                Watch(lines.workspace),
                id=lines.house_id,
                task_queue=lines.queue,
                task_timeout=TASK_TIMEOUT,
                memo={"workspace": lines.workspace},
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
            whose = (await (await house.describe()).memo()).get("workspace")
        except RPCError as problem:
            raise away(self._reach, problem.status.name.lower()) from None
        if whose != lines.workspace:
            raise UsageError(
                f"the task queue {lines.queue} serves another workspace",
                "give every workspace a task queue of its own: --task-queue, or `task_queue` under [host]",
                {"task_queue": lines.queue},
            )

    def end(self) -> None:
        """What is under way is finished; nothing new is begun."""
        worker, self._worker = self._worker, None
        if self._activities is not None:
            self._activities.stopping = True
        if self._bell is not None:
            self._bell.ring(STEPPED)
        if worker is not None:
            self._loop.run(worker.shutdown())
        activities, self._activities = self._activities, None
        if activities is not None:
            activities.close()
            self._hands.close()

    def close(self) -> None:
        self.end()
        self._loop.close()

    def run(self, stop: Callable[[], bool], report: Callable[[Round], None] | None = None) -> None:
        """Work until `stop` says so. Raises StorageError, NotFound or UsageError where it cannot begin."""
        if not self._there(stop, report):
            self.close()
            return
        if self._local.hang is not None:
            self._bell = self._local.hang()
            if self._local.in_background is not None:
                self._local.in_background(self._bell.ring)
        try:
            self.catch_up()
            self.begin()
            looked = monotonic()
            while not stop() and not self._ended.wait(_WATCH):
                self._tell(report)
                if monotonic() - looked >= _LOOK_EVERY:
                    looked = monotonic()
                    self._look()
            self._raise_death()
            if self._ended.is_set():
                raise StorageError("the Temporal server does not let this worker go on", "look at its log")
        finally:
            if self._local.in_background is not None:
                self._local.in_background(None)
            self.end()
            self._tell(report)
            if self._bell is not None:
                self._bell.close()
            self.close()

    def _look(self) -> None:
        """Whether the server is still there and knows the house. While it is away the worker waits for it."""
        lines = self.connect()
        try:
            self._loop.run(still_there(lines.client, self._reach))
            self._loop.run(self._house(lines))
        except ProcflowError as problem:
            self._say_away(problem)
        else:
            self._say_away(None)

    def _say_away(self, problem: ProcflowError | None) -> None:
        """Said once when it goes, and once when it is back."""
        was, self._away = self._away, problem is not None
        if self._local.tell is None or was is self._away:
            return
        if problem is not None:
            self._local.tell("temporal_away", problem)
        else:
            self._local.tell("temporal_well")

    def _there(self, stop: Callable[[], bool], report: Callable[[Round], None] | None) -> bool:
        """Whether the server is there; a patient host says once that it is away, and waits until `stop` says so."""
        told = False
        while True:
            try:
                self.connect()
                self._say_away(None)
                return True
            except StorageError as problem:
                if not self._patient:
                    self.close()
                    raise
                self._say_away(problem)
                if report is not None and not told:
                    report(Round(problems=[problem.message]))
                told = True
                until = monotonic() + _LOOK_EVERY
                while monotonic() < until:
                    if stop():
                        return False
                    self._ended.wait(_WATCH)
            except ProcflowError:
                self.close()
                raise

    def catch_up(self) -> None:
        """What was due while nobody worked, over all cases in the order of the due instants."""
        engine = self._local.engine
        steps = self._local.run_due(engine.world.now())
        self._hands.tally.did(steps=steps)

    def until_idle(self, most: int = 1000) -> Round:
        """Work until there is nothing more to do now; -> what was done. For those who do not stay."""
        total, staying = Round(), self._worker is not None
        try:
            if not staying:
                self.catch_up()
                self.begin(house=False)
            self.settle(total)
        finally:
            if not staying:
                self.close()
        total.steps, total.delivered, problems = self._hands.tally.taken()
        total.problems += problems
        return total

    def settle(self, total: Round, messages: bool = True) -> None:
        """Rounds until nothing is late. Raises what a thread died of."""
        self.connect()
        assert self._rounds is not None
        tally = self._hands.tally
        while True:
            done = self._local.besides(messages=messages)
            total.received += done.received
            total.problems += done.problems
            tally.did(steps=done.steps)
            late = self._rounds.cast(timedelta(0), 0.5)
            while tally.busy and self._died is None:
                self._ended.wait(_SETTLE)
            self._raise_death()
            if done.idle and not late and not tally.busy:
                return
            self._ended.wait(_SETTLE)

    # what happens meanwhile

    def _dies(self, death: BaseException) -> None:
        self._died = death
        self._ended.set()

    def _raise_death(self) -> None:
        if self._died is not None:
            raise self._died

    def _heard(self, done: Round) -> None:
        self._hands.tally.did(steps=done.steps)
        self._round.received += done.received
        self._round.problems += done.problems

    def _tell(self, report: Callable[[Round], None] | None) -> None:
        done, self._round = self._round, Round()
        done.steps, done.delivered, problems = self._hands.tally.taken()
        done.problems += problems
        if report is not None and (not done.idle or done.problems):
            report(done)

    def _sleep(self, seconds: float) -> None:
        if self._bell is None:
            self._local.engine.world.sleep(seconds)
            return
        for channel in sorted(self._bell.wait(seconds) - {STEPPED}):
            if self._local.call is not None:
                self._local.call(channel)
