"""What stands in the histories, and that today's code replays yesterday's."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from living import CANARY, until
from telling import ended, histories, kinds, replayed
from temporal_house import made_house
from temporalio.client import WorkflowHistory

from procflow.core.decide import Command
from procflow.ports import Delivery
from procflow.testing.own_temporal import OwnTemporal

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "histories").glob("*.json"))
WORDS = ("kanariefugl", "canary word", "Canary Test")
FORM = """procedure: form
title: Form
owner: lead
starts: [{by: agent, ask: [email]}]
data:
  email: {type: email, pii: true}
  name: {type: string, pii: true}
initial: asking
states:
  asking:
    task: {role: agent}
    choices:
      tell: {ask: [name], do: [{mail.send: {to: "${email}", subject: "${name}", text: "Dear ${name}"}}]}
      wonder: {when: 'name == "nobody"', to: over}
      close: {to: over}
  over: {final: true}
"""


def of(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def test_histories_hold_nothing_personal_and_the_window_of_commands_outlives_a_run(
    tmp_path: Path, temporal_server: OwnTemporal
) -> None:
    address = temporal_server.address
    with made_house(tmp_path, address, "canaries") as house:
        house.publish(FORM)
        case = house.open("form", Command(f"open {CANARY}", "open", "form", "ann", {"email": CANARY})).case_id

        def take(id: str, choice: str, by: str = "ann", **given: str) -> bool:
            return house.submit(case, Command(f"{id} {CANARY}", "choice", choice, by, given)).accepted

        house.channel.script.extend(
            [ValueError(f"canary word {CANARY}"), Delivery("retry", {}, f"canary word, {CANARY}"),
             Delivery("done", {"reference": "canary word"})]
        )  # fmt: skip
        assert take("tell", "tell", name="Canary Test")
        house.advance(timedelta(minutes=1))
        house.advance(timedelta(minutes=1))
        assert not take("wrong", "tell") and not take("guard", "wonder")
        assert not take("stranger", "close", by="Canary Test")
        house.submit(case, Command(f"note {CANARY}", "note", "note", "ann", {"note": "canary word"}))
        for n in range(24):  # more than one run holds
            assert house.submit(case, Command(f"n-{n}", "note", "note", "ann", {"note": CANARY})).accepted
        house.advance(timedelta(minutes=5))
        assert not house.read(case).waiting and len(house.channel.tries) == 3
        journal = len(house.journal(case))
        assert take("tell", "tell", name="Canary Test"), "the same command again"
        assert len(house.journal(case)) == journal
        assert take("close", "close")
        house.advance(timedelta(0))
        until(lambda: ended(address, "canaries", case), "the workflow of a closed case ends")
        known = {house.front._mailbox.ticket(Command(f"n-{n}", "note")) for n in range(24)}
    told = histories(address, "canaries")
    assert len(told) > 1, "it went on as another run"
    seen = told[-1].events[0].workflow_execution_started_event_attributes.input.payloads[0].data
    assert known & {id for id, _ in json.loads(seen)["seen"]}, "which knows what the first one took"
    assert "activity_task_completed" in {kind for history in told for kind in kinds(history)}
    for history in told:
        for event in history.events:
            written = event.SerializeToString()
            assert not [word for word in (*WORDS, CANARY) if word.encode() in written]
    replayed(told)


def test_golden_histories_of_every_form_replay_with_todays_code() -> None:
    assert GOLDEN, "there are some"
    replayed(map(of, GOLDEN))
    everything = {kind for path in GOLDEN for kind in kinds(of(path))}
    assert {
        "activity_task_completed", "marker_recorded", "timer_fired", "workflow_execution_completed",
        "workflow_execution_continued_as_new", "workflow_execution_signaled", "workflow_execution_update_completed",
    } <= everything  # fmt: skip


def test_a_history_that_todays_code_would_not_have_made_is_found() -> None:
    path = next(path for path in GOLDEN if "activity_task_scheduled" in kinds(of(path)))
    with pytest.raises(Exception, match=r"(?i)nondeterminism"):
        replayed([WorkflowHistory.from_json(path.stem, path.read_text().replace('"deliver"', '"delivers"'))])
