"""docs/explanation/rooms.md names every room of the code, in the order that the import contracts give, and no file that is
not there."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "procflow"
PAGE = (ROOT / "docs" / "explanation" / "rooms.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of each row of the table below a heading."""
    part = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
    return [line.strip("| ").split(" | ") for line in re.findall(r"^\| .* \|$", part, re.M)][1:]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def folders(place: Path) -> set[str]:
    return {each.name for each in place.iterdir() if each.is_dir() and any(each.rglob("*.py"))}


def test_the_rooms_stand_there_in_the_order_of_the_import_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        one["layers"] for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"
    )
    shown = PAGE.split('```text title="layers"\n', 1)[1].split("```", 1)[0]
    assert shown.splitlines() == layers


def test_every_room_has_one_row_that_says_what_it_is_for() -> None:
    told = [name for row in table("Who knows whom") for name in quoted(row[0])]
    modules = {each.stem for each in SOURCE.glob("*.py")} - {"__init__", "__main__"}
    assert sorted(told) == sorted(folders(SOURCE) | modules)


def test_every_folder_of_tests_is_of_a_room_or_has_its_row() -> None:
    told = {name.split("/")[1] for row in table("How it is tried") for name in quoted(row[0])}
    assert folders(ROOT / "tests") - told <= folders(SOURCE)
    assert told <= folders(ROOT / "tests")


def test_every_file_that_is_named_is_there() -> None:
    named = {
        name
        for name in quoted(PAGE)
        if re.fullmatch(r"[\w*]+(/[\w*]+)*(/|\.py)", name) and "NAME" not in name
    }
    assert len(named) > 30
    lost = [name for name in sorted(named) if not any([*SOURCE.glob(name), *ROOT.glob(name)])]
    assert lost == []
