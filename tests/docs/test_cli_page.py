"""docs/reference/cli.md says what the commands say, and what JSON they give."""

import re
from pathlib import Path

from procflow.cli.group import GROUPS
from procflow.cli.reference import RESULTS, page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_page_is_the_one_that_the_commands_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m procflow.cli.reference > docs/reference/cli.md"
    )


def test_every_command_has_a_section_and_says_what_json_it_gives() -> None:
    names = [name for commands in GROUPS.values() for name in commands]
    assert re.findall(r"^### (\w+)$", PAGE.read_text(encoding="utf-8"), re.M) == names
    assert set(RESULTS) == set(names)
