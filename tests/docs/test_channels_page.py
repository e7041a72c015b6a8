"""docs/reference/channels.md says what each channel was tried against; and each of those tries is a test."""

import ast
from pathlib import Path

from procflow.testing.channels_page import channels, page, sides
from procflow.testing.finding_peers import peer_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "channels.md"


def test_the_page_is_the_one_that_the_plugins_make():
    assert PAGE.read_text(encoding="utf-8") == page(ROOT / "plugins"), (
        "run: python -m procflow.testing.channels_page > docs/reference/channels.md"
    )


def test_every_side_of_the_page_is_asked_the_contract_by_a_test_of_its_plugin():
    for channel in channels(ROOT / "plugins"):
        folder = ROOT / "plugins" / channel.plugin / "tests"
        files = (
            [*folder.glob("test_*.py")]
            if folder.is_dir()
            else [*(ROOT / "tests").rglob(f"test_{channel.plugin}.py")]
        )
        asked = {name for file in files for name in asked_in(file)}
        if any(name.startswith("peer_of(") for name in asked):  # of a plugin in one file
            asked.add(peer_of(channel).__name__)
        missing = {side.__name__ for side in sides(channel)} - asked
        assert not missing, f"{channel.channel.name}: no test class asks the contract of {sorted(missing)}"


def asked_in(file: Path) -> set[str]:
    """The sides that the classes of a test file inherit a contract for: `peer = X`, `pusher = X`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ClassDef) or not any(
            "Contract" in ast.unparse(base) for base in node.bases
        ):
            continue
        for line in node.body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) in ("peer", "pusher"):
                found.add(ast.unparse(line.value))
    return found
