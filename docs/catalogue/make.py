"""Writes docs/reference/catalogue.md: each of the 64 entries of the desk with what carries it and its scenarios, the
numbered scenarios, and the promises by number.

    python docs/catalogue/make.py > docs/reference/catalogue.md

A procedure carries an entry whose id stands in the `see` at its top. What carries an entry or a promise beside
procedures stands in entries.toml and promises.toml. A test compares the page and fails for whatever has no carrier.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: The acceptance scenarios that must be there.
SCENARIOS = [
    f"S{n:02}"
    for n in (
        1, 3, 5, 8, 9, 11, 13, 16, 18, 20, 23, 25, 27, 29, 31, 34, 38, 40, 43, 44,
        47, 50, 52, 54, 57, 59, 60, 62, 64, 66, 69, 71, 73, 76, 78, 80, 83, 87, 89,
    )
]  # fmt: skip
INVARIANTS = [f"INV-{n:02}" for n in range(1, 49)]
LIVENESS = [f"LIVE-{n:02}" for n in range(1, 16)]
_PARTS = {
    "PRO": "The agency's own procedures",
    "KAM": "Key account management",
    "INT": "Insurer and intermediary",
}
_TOP = """\
# The catalogue

Made by `python docs/catalogue/make.py`; do not edit.

Every entry of the desk with what carries it: a procedure (by the `see` at its top), a table, a decision, a deadline, a
parameter or a report; and the scenarios in which it is rehearsed. Below stand the numbered scenarios, and each promise
by its number with the procedures and tests that keep it.
"""


class Carrier:
    """One procedure as the catalogue sees it."""

    def __init__(self, path: Path) -> None:
        text = path.read_text("utf-8")
        self.path = path
        self.name = _match(r"^procedure: (\w+)", text)
        self.entries = re.findall(r"(?:PRO|KAM|INT)-\d\d", _match(r"^see: (.*)$", text))
        scenarios = path.with_name("scenarios.yaml")
        self.scenarios = scenarios
        told = scenarios.read_text("utf-8") if scenarios.exists() else ""
        self.tests = [
            _bare(name) for name in re.findall(r"^  (\S[^\n]*):\s*$", told.partition("\ntests:")[2], re.M)
        ]
        block = text.partition("\npromises:\n")[2].partition("\n\n\n")[0]
        self.promises: dict[str, str] = {}
        for name, body in re.findall(r"^  (\w+):\n((?:    .*\n?)+)", block, re.M):
            self.promises[name] = _english(body)


def _match(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.M)
    return found[1] if found else ""


def _bare(name: str) -> str:
    return name.strip("\"'")


def _english(body: str) -> str:
    """The words of a promise: its `en`, or the plain `says`."""
    says = _match(r"^    says: (.*)$", body)
    found = re.search(r'\ben: ("(?:[^"\\]|\\.)*"|[^,}]*)', says)
    return _bare(found[1]) if found else _bare(says)


def carriers() -> list[Carrier]:
    return [Carrier(path) for path in sorted((ROOT / "procedures").rglob("procedure.yaml"))]


def entries() -> dict[str, dict[str, Any]]:
    return tomllib.loads((HERE / "entries.toml").read_text("utf-8"))


def other_keepers() -> dict[str, list[list[str]]]:
    """Number of a promise -> [file, the test or scenario in it that keeps it, what it shows]."""
    told = tomllib.loads((HERE / "promises.toml").read_text("utf-8"))
    return {number: keeps for number, keeps in told.items() if number != "later"}


def later() -> dict[str, str]:
    """Number of a promise that nothing keeps yet -> why."""
    found: dict[str, str] = tomllib.loads((HERE / "promises.toml").read_text("utf-8")).get("later", {})
    return found


def numbered(found: list[Carrier]) -> dict[str, list[tuple[str, str]]]:
    """S-number -> (test, file) of each scenario and each test in Python that begins with it or names it."""
    tests: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for carrier in found:
        for name in carrier.tests:
            if number := re.match(r"(S\d\d)\b", name):
                tests[number[1]].append((name, _from_page(carrier.scenarios)))
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in re.findall(r"^def (test_s\d\d_\w+)", path.read_text("utf-8"), re.M):
            tests[name[5:8].upper()].append((name, _from_page(path)))
    return tests


def keepers(found: list[Carrier]) -> dict[str, list[tuple[str, str, str]]]:
    """Number of a promise -> (what keeps it, file, words)."""
    kept: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for carrier in found:
        for name, words in carrier.promises.items():
            if number := re.match(r"(inv|live)_(\d\d)(?:_|$)", name):
                kept[f"{number[1].upper()}-{number[2]}"].append(
                    (f"promise `{name}` of `{carrier.name}`", _from_page(carrier.path), words)
                )
    for number, others in other_keepers().items():
        for file, name, words in others:
            kept[number].append((f"test `{name}`", f"../../{file}", words))
    return kept


def _from_page(path: Path) -> str:
    return f"../../{path.relative_to(ROOT).as_posix()}"


def missing() -> list[str]:
    """Whatever has no carrier: entries, numbered scenarios, promises."""
    found = carriers()
    carried = {entry for carrier in found for entry in carrier.entries}
    without = [entry for entry, facts in entries().items() if entry not in carried and not facts.get("also")]
    tests, kept = numbered(found), keepers(found)
    return [
        *without,
        *(number for number in SCENARIOS if number not in tests),
        *(number for number in (*INVARIANTS, *LIVENESS) if number not in kept and number not in later()),
    ]


def page() -> str:
    found = carriers()
    by_entry: dict[str, list[Carrier]] = defaultdict(list)
    for carrier in found:
        for entry in carrier.entries:
            by_entry[entry].append(carrier)
    lines = [_TOP]
    for part, title in _PARTS.items():
        lines += [f"## {title}", "", "| entry | carried by | scenarios |", "|---|---|---|"]
        for entry, facts in entries().items():
            if entry.startswith(part):
                lines.append(_row(entry, facts, by_entry[entry]))
        lines.append("")
    lines += ["## The numbered scenarios", "", "| number | scenario |", "|---|---|"]
    tests = numbered(found)
    for number in SCENARIOS:
        told = "<br>".join(f"[{_cell(name)}]({file})" for name, file in tests.get(number, ()))
        lines.append(f"| {number} | {told or 'not yet'} |")
    kept = keepers(found)
    for title, numbers in (("What never happens", INVARIANTS), ("What happens in the end", LIVENESS)):
        lines += ["", f"## {title}", "", "| number | kept by | which says |", "|---|---|---|"]
        for number in numbers:
            by = "<br>".join(f"[{what}]({file})" for what, file, _ in kept.get(number, ()))
            says = "<br>".join(dict.fromkeys(_cell(words) for _, _, words in kept.get(number, ())))
            lines.append(f"| {number} | {by or 'not yet'} | {says or later().get(number, '')} |")
    lines += ["", "## The scenarios of each procedure"]
    for carrier in sorted(found, key=lambda carrier: carrier.name):
        lines += ["", f"### {carrier.name}", "", f"In [its scenarios]({_from_page(carrier.scenarios)}):", ""]
        lines += [f"- {name}" for name in carrier.tests]
    return "\n".join(lines) + "\n"


def _row(entry: str, facts: dict[str, Any], found: list[Carrier]) -> str:
    title = f"**{entry}**<br>{facts['title']['en']}<br>*{facts['title']['da']}*"
    carried = [f"procedure [`{carrier.name}`]({_from_page(carrier.path)})" for carrier in found]
    carried += [f"{kind} [`{name}`]({file})" for kind, name, file in facts.get("also", ())]
    tests = []
    for carrier in found:
        numbers = sorted({name[:3] for name in carrier.tests if re.match(r"S\d\d\b", name)})
        among = f", among them {', '.join(numbers)}" if numbers else ""
        tests.append(f"[{len(carrier.tests)} of `{carrier.name}`](#{carrier.name}){among}")
    for file in facts.get("tests", ()):
        count = len(re.findall(r"^def test_", (ROOT / file).read_text("utf-8"), re.M))
        tests.append(f"[{count} tests](../../{file})")
    return f"| {title} | {'<br>'.join(carried) or 'not yet'} | {'<br>'.join(tests) or '–'} |"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(page())
    if without := missing():
        sys.stderr.write(f"not yet: {', '.join(without)}\n")
