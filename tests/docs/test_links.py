"""What a page links to is there, with its heading; and each page is linked from where a reader begins: README.md."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "plugins").glob("*/README.md")),
]
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)


def headings(page: Path) -> set[str]:
    """The anchors that a page has, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line) for line in re.findall(r"^#+ (.*)$", text, re.M))
    return {re.sub(r"[^\w\- ]", "", line.strip().lower()).replace(" ", "-") for line in plain}


def links(page: Path) -> list[tuple[Path, str]]:
    """(the file, the heading or "") of each link to another place of ours."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            file, _, heading = target.partition("#")
            found.append((Path(os.path.normpath(page.parent / file)) if file else page, heading))
    return found


def test_each_link_leads_to_a_file_and_a_heading_that_are_there() -> None:
    broken = []
    for page in PAGES:
        for file, heading in links(page):
            there = file.exists() and (not heading or file.suffix != ".md" or heading in headings(file))
            if not there:
                broken.append(f"{page.relative_to(ROOT)}: {file}#{heading}")
    assert broken == []


def test_every_page_of_the_docs_is_linked_from_the_readme_and_every_channel_s_from_the_channels() -> None:
    """Three how-to pages and every channel's own page were linked from nowhere."""
    linked = {file for file, _ in links(ROOT / "README.md")}
    lost = [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in linked]
    assert [str(page.relative_to(ROOT)) for page in lost] == []
    channels = {file for file, _ in links(ROOT / "docs" / "reference" / "channels.md")}
    assert {page for page in PAGES if page.is_relative_to(ROOT / "plugins")} <= channels
