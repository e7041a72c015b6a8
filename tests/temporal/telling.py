"""Histories as they stand on the server, and replayed without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from procflow.hosts.temporal.flows import CaseFlow, HouseFlow


def histories(address: str, queue: str) -> list[WorkflowHistory]:
    """Of every run of every workflow of a task queue, the oldest runs first."""

    async def told() -> list[WorkflowHistory]:
        client = await Client.connect(address)
        for _ in range(100):  # the list of workflows comes a moment behind them
            runs = [run async for run in client.list_workflows(f"TaskQueue = '{queue}'")]
            if runs:
                break
            await asyncio.sleep(0.05)
        runs.sort(key=lambda run: run.start_time)
        return [await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history() for run in runs]

    return asyncio.run(told())


def kinds(history: WorkflowHistory) -> list[str]:
    return [event.WhichOneof("attributes").removesuffix("_event_attributes") for event in history.events]


def replayed(some: Iterable[WorkflowHistory]) -> None:
    """By today's code, with no store, no engine and no activity; raises where it would do something else."""

    async def all_of_them() -> None:
        replayer = Replayer(workflows=[CaseFlow, HouseFlow])
        for history in some:
            await replayer.replay_workflow(history)

    asyncio.run(all_of_them())


def ended(address: str, queue: str, case: str) -> bool:
    """Whether the workflow of a case has come to its end."""
    mine = [history for history in histories(address, queue) if history.workflow_id.endswith(case)]
    return any("workflow_execution_completed" in kinds(history) for history in mine)
