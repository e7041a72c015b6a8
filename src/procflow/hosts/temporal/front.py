"""A case's workflow as others speak to it: a command is put into its mailbox, and it is told of steps that it did not
take. It must not know how a worker works.

Nothing hangs on being told: what was not said, because this process died or the server was away, the feed says later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from procflow.core.decide import Command
from procflow.engine import Answer, Engine
from procflow.hosts.temporal.connection import Loop, Reach
from procflow.hosts.temporal.flows import CASE_FLOW
from procflow.hosts.temporal.mail import Mailbox
from procflow.hosts.temporal.told import Mail, Start, Taken, Wake

#: A workflow task that a dead worker holds is given to another after this.
TASK_TIMEOUT = timedelta(seconds=10)
#: How long a command waits for its answer.
_ANSWER = timedelta(seconds=5)
#: How many workflows are spoken to at a time.
AT_ONCE = 20


def queue_of(reach: Reach, workspace: str) -> str:
    """The task queue of a workspace."""
    return reach.task_queue or f"procflow-{workspace[:16]}"


class Lines:
    """The workflows of one workspace: `queue` is its task queue, `workspace` the id that its store has."""

    def __init__(self, client: Client, queue: str, workspace: str) -> None:
        self.client, self.queue, self.workspace = client, queue, workspace

    def id_of(self, case_id: str) -> str:
        return f"{self.queue}/{case_id}"

    @property
    def house_id(self) -> str:
        return f"{self.queue}/house"

    async def wake(self, case_id: str, sequence: int = 0, *, closed: bool = False) -> None:
        """Tell a case's workflow of a step; one that is not there is begun, unless the case is closed."""
        wake = Wake(sequence)
        if closed:
            try:
                await self.client.get_workflow_handle(self.id_of(case_id)).signal("wake", wake)
            except RPCError as problem:
                if problem.status is not RPCStatusCode.NOT_FOUND:
                    raise
            return
        await self.client.start_workflow(
            CASE_FLOW,
            Start(self.workspace, case_id),
            id=self.id_of(case_id),
            task_queue=self.queue,
            task_timeout=TASK_TIMEOUT,
            start_signal="wake",
            start_signal_args=[wake],
        )

    async def take(self, mail: Mail, update_id: str) -> Taken:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            CASE_FLOW,
            Start(self.workspace, mail.case),
            id=self.id_of(mail.case),
            task_queue=self.queue,
            task_timeout=TASK_TIMEOUT,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
        try:
            taken: Taken = await self.client.execute_update_with_start_workflow(
                "take",
                mail,
                start_workflow_operation=start,
                id=update_id,
                result_type=Taken,
                rpc_timeout=_ANSWER,
            )
        except BaseException:
            with suppress(Exception):  # what went wrong is told there too, and must be heard
                await asyncio.wait_for(start.workflow_handle(), 0.1)
            raise
        return taken


class Front:
    """Commands of one process to the workflows. The engine is this process's own, over the same store; `decide` is how
    it submits a command itself, where that is not its `submit`."""

    def __init__(
        self,
        engine: Engine,
        loop: Loop,
        lines: Lines,
        decide: Callable[[str | int, Command], Answer] | None = None,
    ) -> None:
        self._engine, self._loop, self._lines = engine, loop, lines
        self._decide = decide or engine.submit
        self._mailbox = Mailbox(engine)

    def open(self, procedure: str, command: Command, slot: int = 0) -> Answer:
        """A case is opened in the store, and its workflow begins after it: an opening has no workflow yet to wait for."""
        answer = self._engine.open(procedure, command, slot)
        if answer.accepted:
            self.tell([(answer.case_id, answer.sequence)])
        return answer

    def tell(self, steps: Iterable[tuple[str, int]]) -> None:
        """Steps that were stored without the workflow. Never raises: the feed says it later."""
        for case_id, sequence in steps:
            try:
                self._loop.run(self._lines.wake(case_id, sequence), _ANSWER.total_seconds())
            except Exception:  # noqa: S112 - the feed says it later # nosec B112
                continue

    def submit(self, case: str | int, command: Command) -> Answer:
        """A command waits in line in the case's workflow, and is answered as `Engine.submit` answers it.

        Where no answer comes, because no worker runs or the server is away, it is decided here and now: the store
        refuses two writers at one sequence, and tells a command that was taken after all again.
        """
        engine = self._engine
        known = engine.store.answered(command.id)
        if known is not None:
            return self._decide(case, command)  # which tells it again
        row = engine.load(case).row
        mail = Mail(self._lines.workspace, row.id, self._mailbox.put(row, command), command.expects)
        update = f"{mail.id}-{engine.world.new_id()[:8]}"  # a refused command may be sent again
        try:
            taken = self._loop.run(self._lines.take(mail, update))
        except Exception:
            taken = Taken(False, code="no answer")
        # what was taken is told again, and of a refusal the store's own engine finds the words
        answer = self._decide(row.id, command)
        if not taken.accepted:
            self._mailbox.drop(mail.id)
        if answer.repeated and taken.accepted and not taken.repeated:
            return self._first(answer, taken)
        return answer

    def _first(self, answer: Answer, taken: Taken) -> Answer:
        """An answer that was read again, as whoever sent the command is told it for the first time."""
        _, entries = self._engine.journal(answer.case_id, taken.sequence - 1)[0]
        return replace(answer, repeated=False, sequence=taken.sequence, entries=entries)
