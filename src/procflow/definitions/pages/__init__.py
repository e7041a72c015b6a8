"""The page that explains each diagnostic code: what it means, what to do, a sample that fails and one that passes.

The pages are Markdown files beside this module; `procflow explain CODE` shows them, and
`docs/reference/diagnostics.md` is made of them (`python -m procflow.definitions.pages`). It must not know how
problems are found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from procflow.definitions.codes import CODES

FAILS, PASSES = "Fails", "Passes"

_BLOCK = re.compile(r"^```(yaml|toml|text)\n(.*?)^```$", re.M | re.S)
_PATH = re.compile(r"# (procedures/\S+)\n")
_SPECIAL = re.compile("⟨(?:(.+?) × ([0-9]+)|byte ([0-9A-F]{2})|tab)⟩")
_PLACES = {
    "procedure": "procedures/sample/procedure.yaml",
    "scenarios": "procedures/sample/scenarios.yaml",
    "organisation": "procedures/organisation.yaml",
    "types": "procedures/types.yaml",
}

_HEAD = """\
# Diagnostics

Every problem that `procflow check` tells has a code. A code keeps its meaning for ever, and `procflow explain CODE`
shows its page. Errors keep a document from being put in force; warnings do not (`--strict` counts them as errors).

This page is made of `src/procflow/definitions/codes.py` and the pages beside it; a test compares them:
`python -m procflow.definitions.pages > docs/reference/diagnostics.md`. Each sample is a test too. In samples
`⟨a × 100⟩` stands for so many of the same, `⟨byte F8⟩` for a byte and `⟨tab⟩` for a tab.
"""

_ROOMS = (
    ("PF000", "PF100", "Reading YAML"),
    ("PF100", "PF200", "The form of a document"),
    ("PF200", "PF230", "What a document is built of"),
    ("PF230", "PF240", "The workspace"),
    ("PF240", "PF250", "Names"),
    ("PF250", "PF260", "The graph of states"),
    ("PF260", "PF270", "Data and privacy"),
    ("PF270", "PF281", "Texts, times and promises"),
    ("PF281", "PF290", "Decision tables"),
    ("PF290", "PF294", "The organisation"),
    ("PF294", "PF300", "Scenarios"),
    ("PF300", "PF400", "Expressions"),
    ("PF400", "PF420", "Nested states and regions"),
    ("PF420", "PF440", "Words in scenarios"),
    ("PF440", "PF460", "Parameters"),
    ("PF460", "PF480", "Personal data"),
    ("PF480", "PF500", "What clocks and promises count"),
)


@dataclass(frozen=True)
class Sample:
    """Files of a small workspace (path -> bytes), and what is checked of them; nothing: all."""

    files: Mapping[str, bytes]
    paths: tuple[str, ...] = ()


def page_of(code: str) -> str:
    """The page of a code, Markdown. Raises KeyError for a code that is not listed."""
    if code not in CODES:
        raise KeyError(code)
    return (Path(__file__).parent / f"{code}.md").read_text(encoding="utf-8")


def codes_with_pages() -> tuple[str, ...]:
    """The codes that have a page, sorted."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("PF*.md")))


def sample_of(page: str, heading: str) -> Sample:
    """The sample below a heading of a page (FAILS or PASSES).

    A block is a file: the one named in its first line (`# procedures/…`), else the one of its kind. A block of
    `$ procflow check PATH` says what is checked.
    """
    part = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    files: dict[str, bytes] = {}
    paths: list[str] = []
    for language, text in _BLOCK.findall(part):
        if language == "text":
            paths += [line.split()[-1] for line in text.splitlines() if line.startswith("$ procflow check ")]
        elif language == "toml":
            files["procflow.toml"] = plain(text)
        else:
            files[_place(text)] = plain(text)
    return Sample(files, tuple(paths))


def _place(text: str) -> str:
    named = _PATH.match(text)
    if named:
        return named[1]
    kind, _, rest = text.partition(":")
    if kind == "tables":
        return f"procedures/tables/{rest.split()[0]}.yaml"
    return _PLACES.get(kind, _PLACES["procedure"])


def plain(text: str) -> bytes:
    """The bytes of a sample, with what its marks stand for."""
    made = b""
    last = 0
    for found in _SPECIAL.finditer(text):
        made += text[last : found.start()].encode()
        if found[2]:
            made += found[1].encode() * int(found[2])
        else:
            made += bytes.fromhex(found[3]) if found[3] else b"\t"
        last = found.end()
    return made + text[last:].encode()


def reference() -> str:
    """The page of the reference: all codes with what they mean and what to do."""
    rooms = [
        (title, [code for code in sorted(CODES) if first <= code < last]) for first, last, title in _ROOMS
    ]
    parts = [_HEAD, "\n| codes | are about |\n|---|---|\n"]
    for title, codes in rooms:
        parts.append(
            f"| {codes[0]} to {codes[-1]} | [{title}](#{title.lower().replace(' ', '-').replace(',', '')}) |\n"
        )
    for title, codes in rooms:
        parts.append(f"\n## {title}\n")
        for code in codes:
            page = page_of(code)
            parts.append("\n#" + page.replace("\n## ", "\n#### ").replace("# PF", "## PF", 1))
    return "".join(parts)
