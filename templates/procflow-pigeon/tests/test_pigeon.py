"""What is the pigeon's own, beside the contract: what goes over the line."""

import json

import pytest
from procflow_pigeon import PigeonChannel

from procflow.errors import UsageError

KEY = "0123456789abcdef0123456789abcdef/7/2"


def test_the_service_is_told_the_key_so_that_it_knows_a_text_that_it_has():
    wire = PigeonChannel({}).prepare("send", KEY, {"to": "Mette Test", "text": "Hej på Ærø"})
    assert json.loads(wire) == {"to": "Mette Test", "text": "Hej på Ærø", "reference": KEY}


def test_a_text_that_is_too_long_is_refused_in_words():
    with pytest.raises(UsageError, match="at most 100000"):
        PigeonChannel({}).prepare("send", KEY, {"to": "Mette Test", "text": "x" * 100_001})
