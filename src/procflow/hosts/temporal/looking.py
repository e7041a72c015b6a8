"""A look at a workspace's place on a Temporal server, from outside: whether somebody works there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from procflow.hosts.temporal.connection import Loop, Reach, connected
from procflow.hosts.temporal.front import queue_of

#: One that lives asks anew every minute, for the server lets nobody wait longer; it tells for five of them who asked.
ASKS_WITHIN = timedelta(seconds=90)


def workers_of(reach: Reach, workspace: str, now: datetime) -> int:
    """How many workers ask for work now. Raises what `connected` raises."""

    async def asked() -> int:
        client = await connected(reach, "procflow-doctor")
        request = DescribeTaskQueueRequest(
            namespace=reach.namespace,
            task_queue=TaskQueue(name=queue_of(reach, workspace)),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        told = await client.workflow_service.describe_task_queue(request)
        asking = (each for each in told.pollers if now - each.last_access_time.ToDatetime(UTC) < ASKS_WITHIN)
        return len({poller.identity for poller in asking})

    loop = Loop()
    try:
        return loop.run(asked())
    finally:
        loop.close()
