"""The two workflows, which Temporal replays from their histories: one for each open case, one for the house.

Nothing here decides: what is due, what may be tried and what became of a command are results of local activities, which
stand in the history, so that new code of the kernel replays an old one. It must not know procflow, clocks, dice, files
or plugins; what changes the order of its commands needs a new golden history beside the old ones, and `patched`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from procflow.hosts.temporal.told import WINDOW, Deliver, Look, Mail, Ready, Seen, Start, Taken, Wake, Watch

CASE_FLOW, HOUSE_FLOW = "procflow.case", "procflow.house"
#: A run's history is closed and begun anew before a replay of it takes long: a worker that came in the place of a dead
#: one has all of them to replay, maybe on a busy machine, and a task that is not done in time is begun from the start.
LONGEST_HISTORY = 500
#: A look or a step takes milliseconds; a store that hangs is given up after this.
_A_STEP = timedelta(seconds=30)
#: A try of an effect: its plugin's own deadline is below. One whose worker died is noticed by its heart.
_A_TRY, _HEART = timedelta(minutes=15), timedelta(seconds=10)
_AGAIN = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
_ONCE = RetryPolicy(maximum_attempts=1)
#: Seconds before the next look at a case that could not be looked at: doubled each time, at most an hour.
_TROUBLE, _LONGEST_TROUBLE = 5.0, 3600.0
_A_DAY = timedelta(days=1)
#: Since when a case that is never left alone goes on as another run too; histories of before replay without it.
_UNDER_LOAD = "another run under load"


@workflow.defn(name=CASE_FLOW)
class CaseFlow:
    """One case's clock, mailbox and hands."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        """Before anything else runs: an update may overtake the start."""
        self._start = start
        self._known = dict(start.seen)
        self._troubled = start.troubled
        self._sequence = 0
        self._news, self._closing = True, False
        self._one_at_a_time = asyncio.Lock()  # there is an await between what is read and what is written
        self._going_out: dict[str, list[str]] = {}  # channel -> keys, the first of them under way

    @workflow.run
    async def run(self, start: Start) -> None:
        while True:
            self._news = False
            seen = await self._look()
            if not workflow.patched(_UNDER_LOAD) or not self._is_long():
                self._send(seen.ready)
            elif not self._going_out:  # however much is asked of it: the next run begins with a look
                await self._go_on_anew()
            if seen.over and not self._going_out and not self._news:
                break
            wait = None if seen.wait is None else timedelta(seconds=max(seen.wait, 0.001))
            try:
                await workflow.wait_condition(self._something_to_do, timeout=wait)
            except TimeoutError:
                continue
            if not self._news:  # the history is long enough, and nothing is under way
                await self._go_on_anew()
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _go_on_anew(self) -> None:
        """As another run, when those whose commands are in hand have their answers; others are sent away meanwhile."""
        self._closing = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        seen_last = list(self._known.items())[-WINDOW:]
        workflow.continue_as_new(Start(self._start.workspace, self._start.case, seen_last, self._troubled))

    def _something_to_do(self) -> bool:
        return self._news or (self._is_long() and not self._going_out)

    @staticmethod
    def _is_long() -> bool:
        info = workflow.info()
        return info.get_current_history_length() > LONGEST_HISTORY or info.is_continue_as_new_suggested()

    async def _look(self) -> Seen:
        async with self._one_at_a_time:
            try:
                seen: Seen = await workflow.execute_local_activity(
                    "look",
                    Look(self._start.workspace, self._start.case),
                    result_type=Seen,
                    start_to_close_timeout=_A_STEP,
                    retry_policy=_ONCE,
                )
            except ActivityError:
                seen = Seen(trouble="no answer")
        self._sequence = max(self._sequence, seen.sequence)
        if not seen.trouble:
            self._troubled = 0
            return seen
        again = min(_TROUBLE * 2 ** min(self._troubled, 20), seen.wait or _LONGEST_TROUBLE)
        self._troubled += 1
        return Seen(seen.sequence, again, trouble=seen.trouble)

    @workflow.signal
    def wake(self, wake: Wake) -> None:
        """Something happened that this workflow did not do itself."""
        if wake.sequence == 0 or wake.sequence > self._sequence:
            self._news = True

    @workflow.update
    async def take(self, mail: Mail) -> Taken:
        """One command, after those that came before it."""
        async with self._one_at_a_time:
            if mail.id in self._known:  # an update's own id is remembered for one run only
                return Taken(True, self._known[mail.id], repeated=True)
            try:
                taken: Taken = await workflow.execute_local_activity(
                    "take", mail, result_type=Taken, start_to_close_timeout=_A_STEP, retry_policy=_ONCE
                )
            except ActivityError:
                return Taken(False, code="no answer")
        if taken.accepted:
            self._known[mail.id] = taken.sequence
            while len(self._known) > WINDOW:
                del self._known[next(iter(self._known))]
            if taken.sequence > self._sequence:
                self._sequence = taken.sequence
                self._news = True
        return taken

    @take.validator
    def _may_take(self, mail: Mail) -> None:
        """Who is sent away decides by the store's own engine, as where no worker answers."""
        if self._closing:
            raise ApplicationError("goes on as another run")

    def _send(self, ready: list[Ready]) -> None:
        """Effects go out side by side, those of one channel in the order of their steps; the case waits for none."""
        for effect in ready:
            waiting = self._going_out.get(effect.channel)
            if waiting is None:
                self._going_out[effect.channel] = [effect.key]
                asyncio.create_task(self._deliver(effect.channel))  # noqa: RUF006  the workflow holds it
            elif effect.key not in waiting:
                waiting.append(effect.key)

    async def _deliver(self, channel: str) -> None:
        keys = self._going_out[channel]
        while keys:
            try:
                await workflow.execute_activity(
                    "deliver",
                    Deliver(self._start.workspace, self._start.case, keys[0], channel),
                    activity_id=keys[0],
                    start_to_close_timeout=_A_TRY,
                    heartbeat_timeout=_HEART,
                    retry_policy=_AGAIN,
                )
            except ActivityError:  # it waits in the outbox all the same, and the next look finds it
                await workflow.sleep(_TROUBLE)
            del keys[0]
            self._news = True
        del self._going_out[channel]


@workflow.defn(name=HOUSE_FLOW)
class HouseFlow:
    """One for a workspace: it sees to it that one worker, and after its death another, does what is no case's own.

    Up to which step the cases' workflows were told is kept here, with the server: a server that lost its data, or was
    set back to a copy, knows it.
    """

    @workflow.init
    def __init__(self, watch: Watch) -> None:
        self._place = watch.place

    @workflow.run
    async def run(self, watch: Watch) -> None:
        while workflow.info().get_current_history_length() < LONGEST_HISTORY:
            try:
                self._place = await workflow.execute_activity(
                    "keep_house",
                    Watch(watch.workspace, self._place),
                    result_type=int,
                    start_to_close_timeout=_A_DAY,
                    heartbeat_timeout=_HEART,
                    retry_policy=_AGAIN,
                )
            except ActivityError:
                await workflow.sleep(_TROUBLE)
        workflow.continue_as_new(Watch(watch.workspace, self._place))
