"""Temporal: each case a workflow, each step an update of it. WHERE is the server's address, and then how many updates are
under way at once, each of a case of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.peers import GIVEN, ready

#: Cases that are begun at once, before anything is measured.
BEGUN = 20


@workflow.defn
class Bench:
    def __init__(self) -> None:
        self.state, self.data, self.outbox = "asked", {}, []  # type: ignore[var-annotated]

    @workflow.run
    async def run(self, number: int) -> str:
        self.number = number
        await workflow.wait_condition(lambda: self.state == "working")
        await workflow.sleep(timedelta(days=4))  # the deadline
        return self.state

    @workflow.update
    async def register(self, given: dict[str, str]) -> str:
        self.state = "working"
        self.data.update(given)
        self.outbox.append({"to": "main@example.com", "subject": "Case", "text": given["wish"]})
        return self.state

    @register.validator
    def may(self, given: dict[str, str]) -> None:
        if self.state != "asked" or given["carrier"] == "C" or len(given["wish"]) <= 4:
            raise ValueError("refused")


async def main() -> None:
    loop, queue = asyncio.get_running_loop(), f"bench-{sys.argv[3]}"
    client = await Client.connect(sys.argv[2])
    handles: list[WorkflowHandle[Any, Any]] = []
    beginning, limit = asyncio.Semaphore(BEGUN), asyncio.Semaphore(int(sys.argv[3]))

    async def begun(number: int) -> None:
        async with beginning:
            handles.append(
                await client.start_workflow(Bench.run, number, id=f"{queue}-{number}", task_queue=queue)
            )

    async def step(handle: WorkflowHandle[Any, Any], number: int) -> None:
        async with limit:
            assert await handle.execute_update(Bench.register, GIVEN, id=f"step-{number}") == "working"

    async with Worker(
        client, task_queue=queue, workflows=[Bench], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        count = int(await loop.run_in_executor(None, sys.stdin.readline))
        await asyncio.gather(*(begun(n) for n in range(count)))
        ready()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            mine, handles[:] = handles[: int(line)], handles[int(line) :]
            start = time.perf_counter()
            await asyncio.gather(*(step(handle, n) for n, handle in enumerate(mine)))
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
