"""A host that runs: steps of others are heard, deadlines come by themselves, and a server that lost everything learns
it again."""

from pathlib import Path

import pytest
from living import CANARY, made_workspace, running, until
from telling import ended, histories, kinds, replayed
from temporalio.client import WorkflowHistory

from procflow.app import App
from procflow.errors import UsageError
from procflow.testing.own_temporal import OwnTemporal


def of_case(some: list[WorkflowHistory], case: str) -> list[str]:
    return [kind for history in some if history.workflow_id.endswith(case) for kind in kinds(history)]


def test_steps_of_others_are_heard_and_deadlines_come_by_themselves(
    tmp_path: Path, temporal_server: OwnTemporal
) -> None:
    folder, address = made_workspace(tmp_path / "work"), temporal_server.address
    with App(str(folder)) as desk:

        def rounds(case: str) -> int:
            return int(desk.engine.load(case).plain.data["rounds"])

        early = desk.open("ping", "ann", {"email": CANARY}).case_id
        assert desk.do(early, "mail", "ann", {}).accepted, "nobody works yet"
        with running(folder, address, "living"):
            until(lambda: rounds(early) == 1, "what was due before is caught up")
            until(lambda: not desk.engine.load(early).plain.waiting, "the mail has gone out")
            late = desk.open("ping", "ann", {"email": CANARY}).case_id
            assert desk.do(late, "mail", "ann", {}).accepted
            until(lambda: rounds(late) == 1, "the second has passed")
            until(lambda: not desk.engine.load(late).plain.waiting, "its mail has gone out")
            assert desk.do(late, "stop", "ann", {}).accepted
            until(lambda: ended(address, "living", late), "the workflow of a closed case ends")
        assert len(list((folder / "outbox" / "mail").iterdir())) == 2
        told = histories(address, "living")
        assert {"timer_fired", "activity_task_completed"} <= set(of_case(told, late))
        keys = {
            event.activity_task_scheduled_event_attributes.activity_id
            for history in told
            for event in history.events
            if event.HasField("activity_task_scheduled_event_attributes")
            and event.activity_task_scheduled_event_attributes.activity_type.name == "deliver"
        }
        assert keys == {f"{early}/2/1", f"{late}/2/1"}, "effects are activities under their keys"
        for history in told:
            for event in history.events:
                assert CANARY.encode() not in event.SerializeToString()
        replayed(told)

        # people's commands may wait in the workflows' mailboxes, and wait for no server that is away
        settings = (folder / "procflow.toml").read_text()
        host = f'[host]\nkind = "temporal"\naddress = "{address}"\ntask_queue = "living"\ncommands = "workflow"\n'
        (folder / "procflow.toml").write_text(f"{settings}{host}")
        with App(str(folder)) as mailing, running(folder, address, "living"):
            assert mailing.do(early, "mail", "ann", {}).accepted
            with pytest.raises(UsageError, match="was made before"):
                mailing.do(late, "stop", "ann", {}, mailing.store.journal(early).__next__().command_id)
            until(lambda: rounds(early) == 2, "the round is over")
        assert "workflow_execution_update_completed" in of_case(histories(address, "living"), early)
        (folder / "procflow.toml").write_text(settings + host.replace(address, "127.0.0.1:9"))
        with App(str(folder)) as mailing:
            assert mailing.do(early, "mail", "ann", {}).accepted
        (folder / "procflow.toml").write_text(settings)

        # another task queue is a server that knows nothing
        with running(folder, address, "lost"):
            until(lambda: rounds(early) == 3, "the deadline was caught up")
            until(lambda: of_case(histories(address, "lost"), early), "the open case has a workflow again")
        assert not of_case(histories(address, "lost"), late), "a closed one has not"
        assert len(list((folder / "outbox" / "mail").iterdir())) == 4
        assert desk.audit().findings == ()
