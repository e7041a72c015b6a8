"""Temporal: each case a workflow, each step an update of it. WHERE is the server's address, and then how many updates are
under way at once, each of a case of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.peers import ready
from benchmarks.peers.procedures import PROCEDURES

#: Cases that are begun at once, before anything is measured.
BEGUN = 20


@workflow.defn
class Bench:
    @workflow.init
    def __init__(self, name: str, number: int) -> None:
        self.procedure, self.number = PROCEDURES[name], number
        self.state, self.data, self.outbox = self.procedure.first, {}, []  # type: ignore[var-annotated]
        self.entered = 0
        self.late: list[str] = []

    @workflow.run
    async def run(self, name: str, number: int) -> str:
        while self.procedure.states[self.state]:
            entered, days = self.entered, self.procedure.deadlines.get(self.state)
            try:
                await workflow.wait_condition(
                    lambda entered=entered: self.entered != entered,
                    timeout=None if days is None else timedelta(days=days),
                )
            except TimeoutError:
                self.late.append(self.state)
                await workflow.wait_condition(lambda entered=entered: self.entered != entered)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.state

    @workflow.update
    async def choose(self, name: str, given: dict[str, Any]) -> str:
        found = self.procedure.moved(self.state, self.data, name, given)
        assert found is not None
        self.state, self.data = found
        self.entered += 1
        mail = self.procedure.mail(self.state, self.number, self.data)
        if mail is not None:
            self.outbox.append(mail)
        return self.state

    @choose.validator
    def may(self, name: str, given: dict[str, Any]) -> None:
        if self.procedure.moved(self.state, self.data, name, given) is None:
            raise ValueError("refused")

    @workflow.query
    def show(self) -> dict[str, Any]:
        return {"state": self.state, "data": self.data, "mails": self.outbox}


async def main() -> None:
    name, _, address, at_once = sys.argv[1:]
    procedure = PROCEDURES[name]
    loop, queue = asyncio.get_running_loop(), f"bench-{name}-{at_once}"
    client = await Client.connect(address)
    beginning, limit = asyncio.Semaphore(BEGUN), asyncio.Semaphore(int(at_once))
    handles: dict[int, WorkflowHandle[Any, Any]] = {}

    async def begun(number: int) -> None:
        async with beginning:
            handles[number] = await client.start_workflow(
                Bench.run, args=[name, number], id=f"{queue}-{number}", task_queue=queue
            )

    async def step(number: int, n: int) -> None:
        choice, given = procedure.path[n]
        async with limit:
            await handles[number].execute_update(Bench.choose, args=[choice, given], id=f"step-{number}-{n}")

    async with Worker(
        client, task_queue=queue, workflows=[Bench], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        count = int(await loop.run_in_executor(None, sys.stdin.readline))
        await asyncio.gather(*(begun(number) for number in range(1, count + 1)))
        ready()
        first = 1
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            if line.startswith("show "):
                found = await handles[int(line.removeprefix("show "))].query(Bench.show)
                print(json.dumps(found), flush=True)
                continue
            mine = range(first, first + int(line))
            first += int(line)
            start = time.perf_counter()
            for n in range(len(procedure.path)):
                await asyncio.gather(*(step(number, n) for number in mine))
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
