"""What is the pigeon's own, beside the contract: what goes over the line."""

import json

import pytest
from procflow_pigeon import PigeonChannel
from procflow_pigeon.service import Answer

from procflow.errors import UsageError

KEY = "0123456789abcdef0123456789abcdef/7/2"


def test_the_service_is_told_the_key_so_that_it_knows_a_text_that_it_has():
    wire = PigeonChannel({}).prepare("send", KEY, {"to": "Mette Test", "text": "Hej på Ærø"})
    assert json.loads(wire) == {"to": "Mette Test", "text": "Hej på Ærø", "reference": KEY}


def test_a_text_that_is_too_long_is_refused_in_words():
    with pytest.raises(UsageError, match="at most 100000"):
        PigeonChannel({}).prepare("send", KEY, {"to": "Mette Test", "text": "x" * 100_001})


def test_a_message_that_nobody_understands_holds_up_no_other(monkeypatch):
    good = {"id": "1", "from": "Mette Test", "text": "Hej", "at": "2026-05-11T10:05:00+02:00"}
    half = {**good, "id": "2", "text": "\ud83d"}  # of a letter, which JSON can hold
    answer = Answer(
        200, {"messages": [{"id": "0"}, "odd", {**good, "at": "soon"}, half, good], "cursor": "4"}
    )
    monkeypatch.setattr("procflow_pigeon.ask", lambda *_: answer)
    found, cursor = PigeonChannel({}).fetch("")
    assert [bool(each.facts.get("unreadable")) for each in found] == [True, True, True, False, False]
    assert cursor == "4"
