"""`procflow signal`: an event from outside, sent by hand."""

import json
from typing import Any

import pytest


@pytest.fixture
def calling_off(desk: Any) -> Any:
    """Case 1 of an errand that the customer may call off from outside."""
    path = desk.folder / "procedures" / "errand" / "procedure.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "    choices:\n      settle:",
        "    events: {called_off: {to: passed}, message: {to: passed}}\n    choices:\n      settle:",
        1,
    )
    path.write_text(text, encoding="utf-8")
    desk.ok("check")
    desk.ok("open", "errand", "--with", "kn=104233")
    return desk


def test_an_event_leads_the_case_on_and_stands_in_its_story(calling_off: Any) -> None:
    view = calling_off.json("signal", "1", "called_off", by="")
    assert (view["state"], view["taken"]) == (["passed"], True)
    assert "the event “called_off” happened" in calling_off.ok("log", "1")
    assert "hændelsen “called_off” indtraf" in calling_off.ok("log", "1", "--lang", "da")


def test_the_same_request_happens_once(calling_off: Any) -> None:
    calling_off.ok("signal", "1", "called_off", "--request-id", "crm-77", by="")
    again = calling_off.json("signal", "1", "called_off", "--request-id", "crm-77", by="")
    assert again["taken"] is True and again["sequence"] == 2


def test_the_same_request_again_says_again_that_it_was_dropped(calling_off: Any) -> None:
    first = calling_off.ok("signal", "1", "caled_off", "--request-id", "crm-78", by="")
    calling_off.ok("signal", "1", "called_off", "--request-id", "crm-79", by="")
    again = calling_off.ok("signal", "1", "caled_off", "--request-id", "crm-78", by="")
    assert again == first and "does not wait for" in again
    assert calling_off.json("signal", "1", "caled_off", "--request-id", "crm-78", by="")["taken"] is False
    assert calling_off.json("signal", "1", "called_off", "--request-id", "crm-79", by="")["taken"] is True


def test_an_event_that_nobody_waits_for_is_dropped_and_said_so_with_the_nearest_name(
    calling_off: Any,
) -> None:
    printed = calling_off.ok("signal", "1", "caled_off")
    assert "does not wait for the event “caled_off”" in printed and "called_off" in printed
    assert "(known here: `called_off`)" in calling_off.ok("signal", "1", "zzz"), "nobody sends a message so"
    assert "venter ikke" in calling_off.ok("signal", "1", "caled_off", "--lang", "da")
    assert "it was dropped" in calling_off.ok("log", "1")
    assert calling_off.json("signal", "1", "caled_off")["taken"] is False


def test_what_procflow_makes_itself_and_a_case_that_is_not_there_are_refused(calling_off: Any) -> None:
    done = calling_off.run("signal", "1", "answer")
    assert done.returncode == 1 and "procflow makes it itself" in done.stderr
    assert calling_off.run("signal", "77", "called_off").returncode == 6
    done = calling_off.run("signal", "1", "message", "--json", "--lang", "da")
    assert json.loads(done.stdout)["refusal"]["code"] == "made_here"
    assert len(calling_off.json("log", "1")["steps"]) == 1, "nothing was kept"
