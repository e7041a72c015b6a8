"""What a terminal would obey is shown; our own looks and ends of lines stay."""

import pytest

from procflow.cli.visible import harmless


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain æøå 😀\n\tand so on\r\n", "plain æøå 😀\n\tand so on\r\n"),
        ("\x1b[1mbold\x1b[0m \x1b[1;2mboth\x1b[0m", "\x1b[1mbold\x1b[0m \x1b[1;2mboth\x1b[0m"),
        ("\x1b[8mhidden\x1b[0m", "␛[8mhidden\x1b[0m"),
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("over\rwritten\x08\x7f", "over␍written␈␡"),
        ("\x9b31m \u202eabc\u202c \u2066x\u2069", "\ufffd31m \ufffdabc\ufffd \ufffdx\ufffd"),
    ],
)
def test_it_becomes_visible(written: str, shown: str) -> None:
    assert harmless(written) == shown
