"""The activities, as the SDK calls them: each is a plain call in a thread, with a heart that beats meanwhile.

Decisions have threads of their own, so that slow channels never hold one up. It must not know what a call does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from procflow.errors import ProcflowError
from procflow.hosts.local import LONGEST_SLEEP, Round
from procflow.hosts.temporal.hands import Hands
from procflow.hosts.temporal.rounds import Rounds
from procflow.hosts.temporal.told import Deliver, Look, Mail, Seen, Taken, Watch

T = TypeVar("T")
#: Threads; each has a store of its own, which on PostgreSQL is a connection.
DECIDING, DELIVERING = 4, 8
#: Tries that a process has at most in hand, and of one plugin at most in one go.
IN_HAND, _TOGETHER = 200, 100
_BEAT = 2.0
#: Seconds after which the one who keeps the house says how far it is, and another may take over.
_TERM = 3600.0


class Activities:
    """Over the hands of one process. `died` hears of what no `except Exception` may catch; `heard` of each round;
    `sleep` waits for news, at the most so many seconds."""

    def __init__(
        self,
        hands: Hands,
        rounds: Rounds,
        died: Callable[[BaseException], None],
        heard: Callable[[Round], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._hands, self._rounds = hands, rounds
        self._died, self._heard, self._sleep = died, heard, sleep
        self._deciders = ThreadPoolExecutor(DECIDING, "decide")
        self._deliverers = ThreadPoolExecutor(DELIVERING, "deliver")
        self._keeper = ThreadPoolExecutor(1, "house")
        self._turns: dict[str, tuple[asyncio.Lock, list[tuple[Deliver, asyncio.Future[None]]]]] = {}
        self.stopping = False  # nothing new is begun

    def close(self) -> None:
        for pool in (self._deciders, self._deliverers, self._keeper):
            pool.shutdown(wait=True, cancel_futures=True)

    @activity.defn(name="look")
    async def look(self, look: Look) -> Seen:
        return await self._in(self._deciders, self._hands.look, look)

    @activity.defn(name="take")
    async def take(self, mail: Mail) -> Taken:
        return await self._in(self._deciders, self._hands.take, mail)

    @activity.defn(name="deliver")
    async def deliver(self, deliver: Deliver) -> None:
        heart = asyncio.create_task(_beating(lambda: ()))
        try:
            await self._turn(deliver)
        finally:
            heart.cancel()

    async def _turn(self, deliver: Deliver) -> None:
        """A plugin takes one call at a time: who waits for it holds no thread and no lease, and everything that waits for
        it goes together, in one flush where that is possible."""
        seat = self._hands.seat_of(deliver.channel)
        if not seat:
            await self._in(self._deliverers, self._hands.deliver, [deliver])
            return
        turn, waiting = self._turns.setdefault(seat, (asyncio.Lock(), []))
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append((deliver, mine))
        async with turn:
            if mine.done():
                mine.result()
                return
            together, waiting[:] = waiting[:_TOGETHER], waiting[_TOGETHER:]
            try:
                await self._in(self._deliverers, self._hands.deliver, [each for each, _ in together])
            except BaseException as problem:  # they are tried again, each by itself
                words = str(problem) if isinstance(problem, ApplicationError) else type(problem).__name__
                for _, told in together:
                    if told is not mine and not told.done():
                        told.set_exception(ApplicationError(words))
                raise
            for _, told in together:
                if not told.done():
                    told.set_result(None)
        await mine

    @activity.defn(name="keep_house")
    async def keep_house(self, watch: Watch) -> int:
        before = activity.info().heartbeat_details
        place = max(int(before[0]) if before else 0, watch.place)

        def reached(there: int) -> None:
            nonlocal place
            place = there

        told = ""
        until = asyncio.get_running_loop().time() + _TERM
        heart = asyncio.create_task(_beating(lambda: (place,)))
        try:
            while asyncio.get_running_loop().time() < until and not self.stopping:
                try:
                    place, done = await self._in(self._keeper, self._rounds.one, place, reached)
                    told = ""
                except ApplicationError as problem:  # said once, and tried again
                    done = Round(problems=[problem.message] if problem.message != told else [])
                    told = problem.message
                self._heard(done)
                if done.idle and not self.stopping:
                    await self._in(self._keeper, self._sleep, LONGEST_SLEEP)
            return place
        finally:
            heart.cancel()

    async def _in(self, pool: Executor, call: Callable[..., T], *given: Any) -> T:
        """What goes wrong goes on by its kind alone: a failure stands in the history, and words may name somebody."""
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, call, *given)
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            words = problem.code if isinstance(problem, ProcflowError) else type(problem).__name__
            raise ApplicationError(words) from None
        except BaseException as death:
            self._died(death)
            await asyncio.Event().wait()  # as the dead do: nothing more is said
            raise


async def _beating(details: Callable[[], tuple[Any, ...]]) -> None:
    while True:
        activity.heartbeat(*details())
        await asyncio.sleep(_BEAT)
