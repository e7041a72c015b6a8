"""docs/reference/channel-contract.md says what the contract asks, and its classes are those that there are."""

from pathlib import Path

import procflow.testing
from procflow.testing.contract_page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "channel-contract.md"


def test_the_page_is_the_one_that_the_clauses_make():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m procflow.testing.contract_page > docs/reference/channel-contract.md"
    )


def test_the_contracts_that_the_page_names_are_there():
    for name in ("ChannelContract", "ByHandContract", "PushedContract", "Peer"):
        assert name in PAGE.read_text(encoding="utf-8") and getattr(procflow.testing, name)
