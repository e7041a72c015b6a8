"""Hostile documents (S1): shipped procedures with pieces moved, doubled, swapped and spoilt, read and checked as
`procflow check` does. Nothing raises; what is refused has a line and a column of the file, in words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from faults.counting import Count
from faults.fuzzing import fuzzed
from procflow.definitions.publish import publish
from procflow.definitions.reader import read
from procflow.definitions.workspace import read_workspace
from procflow.errors import NotFound
from procflow.hosts.contract import CADENCE, MORNING, ORGANISATION
from procflow.stores.memory import MemoryStore

_ROOT = "/workspace"
_REPOSITORY = Path(__file__).parent.parent
#: Where documents to begin with are; the small ones, so that a second holds many.
_FOLDERS = ("procedures", "docs/patterns", "tests/definitions/good")
_WHOLE = 3000
KINDS = {"procedure": "procedures/a/procedure.yaml", "scenarios": "procedures/a/scenarios.yaml",
         "organisation": "procedures/organisation.yaml", "types": "procedures/types.yaml",
         "tables": "procedures/tables/a.yaml"}  # fmt: skip
HARD = (
    "null", "~", "''", "[]", "{}", "-1", "0", "1e999", "9" * 400, "1e99999999999999999999", "-1e-99999999999999999999", "${1e99999999999999999999}", "0x1f", "0o17", "12:30:45", "2026-02-30", "NO", ".inf",
    ".nan", "&a x", "*a", "!!python/object:os.system x", "<<: *a", "${", "${a.b.c}", "${size([1,2].map(x, x))}", "'${'",
    '"\\ud800"', '"\\x00"', "\u202e", "\u200b", "٣", "²", "é", "ｅ", "a" * 500, "__class__", "${x.__class__}", "../../etc", "{a: {a: {a: 1}}}",
    "[[[[[]]]]]", "1 working day", "999999999999 years", "-1 hours", "at 25:61", "every 0 seconds", "next open day at 99:99", "|", ">-", "? x",
    "(a|a)*$", "^(([a-z])+.)+$", "{type: string, pattern: '(a+)+$'}", "entering", "[entering a]", "true", "size(", "a && b || !c ? d : e",
)  # fmt: skip


def checked(figure: int, seed: int) -> Count:
    return fuzzed("faults.hostile_documents:Documents procflow.definitions", figure, seed)


def read_only(figure: int, seed: int) -> Count:
    return fuzzed(
        "faults.hostile_documents:Texts procflow.definitions.reader procflow.definitions.syntax", figure, seed
    )


class Documents:
    bound, took = 1.0, 0.0
    small = 2600

    def __init__(self) -> None:
        self._texts = [
            path.read_text(encoding="utf-8")
            for folder in _FOLDERS
            for path in sorted((_REPOSITORY / folder).rglob("*.yaml"))
            if path.stat().st_size < self.small
        ] + [CADENCE, ORGANISATION]
        lines = [line for text in self._texts for line in text.splitlines() if ": " in line]
        self._values = sorted({line.partition(": ")[2] for line in lines}) + list(HARD) * 8
        self._keys = sorted({key for line in lines for key in re.findall(r"([a-z_]+):", line)})
        # those that could be built; so that most of what is tried gets that far
        self._whole = list(self._texts)
        self._built = self._good = 0

    def seeds(self) -> Sequence[bytes]:
        return [text.encode() for text in self._texts]

    def wrong(self, data: bytes) -> str:
        text = data.decode("utf-8", "replace")
        begins = re.search(r"^(procedure|scenarios|organisation|types|tables):", text, re.M)
        place = KINDS[begins[1] if begins else "procedure"]
        files = {
            f"{_ROOT}/procflow.toml": b"",
            f"{_ROOT}/procedures/organisation.yaml": ORGANISATION.encode(),
        }
        files[f"{_ROOT}/{place}"] = data
        documents = read_workspace(_ROOT, lambda path: _bytes(files, path), lambda path: _below(files, path))
        lines = text.replace("\r\n", "\n").count("\n") + 1
        for problem in documents.problems:
            inside = 1 <= problem.line <= lines if problem.path == place else problem.line >= 1
            if not inside or problem.column < 1 or not problem.message or not problem.as_text():
                return f"a diagnostic without its place: {problem.code} {problem.path}:{problem.line}:{problem.column} {problem.message}"
        if place not in documents.sources or (not documents.trees.get(place) and not documents.problems):
            return "it was neither read nor refused"
        if documents.procedures or documents.scenarios or documents.types:
            self._built += 1
            if len(self._whole) < _WHOLE and self._built % 5 == 0 and len(text) < 2 * self.small:
                self._whole.append(text)
        if documents.procedures and not any(problem.is_error for problem in documents.problems):
            self._good += 1
            publish(documents, MemoryStore(), MORNING)
        return ""

    def told(self) -> str:
        return f"{self._built:,} were built and checked, {self._good:,} good; "

    def mutate(self, data: bytes, dice: random.Random) -> bytes:
        text = dice.choice(self._whole) if dice.random() < 0.6 else data.decode("utf-8", "replace")
        lines = text.split("\n")
        at = dice.randrange(len(lines))
        how = dice.randrange(9)
        if how == 0:
            del lines[at : _end(lines, at)]
        elif how == 1:
            block = lines[at : _end(lines, at)]
            to = dice.randrange(len(lines))
            lines[to:to] = _indented(block, _indent(lines[to]))
        elif how == 2:
            other = dice.choice(self._texts).split("\n")
            start = dice.randrange(len(other))
            lines[at : _end(lines, at)] = _indented(other[start : _end(other, start)], _indent(lines[at]))
        elif how in (3, 4):
            key, colon, _ = lines[at].partition(": ")
            lines[at] = f"{key}: {dice.choice(self._values)}" if colon else dice.choice(HARD)
        elif how == 5:
            words = list(re.finditer(r"[A-Za-z_]+", lines[at]))
            if words:
                word = dice.choice(words)
                lines[at] = lines[at][: word.start()] + dice.choice(self._keys) + lines[at][word.end() :]
        elif how == 6:
            lines[at] = " " * dice.choice((0, 1, 2, 4, 8)) + lines[at].lstrip()
        elif how == 7:
            column = dice.randrange(len(lines[at]) + 1)
            lines[at] = (
                lines[at][:column]
                + dice.choice((*HARD, "{", "}", "[", "]", ", ", ": ", "- "))
                + lines[at][column:]
            )
        else:
            other_at = dice.randrange(len(lines))
            lines[at], lines[other_at] = lines[other_at], lines[at]
        return "\n".join(lines).encode("utf-8", "surrogatepass")


class Texts(Documents):
    """The same, only read: many more of them, and smaller ones."""

    small = 700

    def wrong(self, data: bytes) -> str:
        root, problems = read(data, "a.yaml")
        if root is None and not problems:
            return "it was neither read nor refused"
        lines = data.decode("utf-8", "replace").replace("\r\n", "\n").count("\n") + 1
        for problem in problems:
            if not (1 <= problem.line <= lines and problem.column >= 1 and problem.message):
                return f"a diagnostic without its place: {problem.as_text()}"
        self._built += root is not None
        return ""

    def told(self) -> str:
        return f"{self._built:,} could be read; "


def _bytes(files: dict[str, bytes], path: str) -> bytes:
    if path not in files:
        raise NotFound(f"there is no file {path}")
    return files[path]


def _below(files: dict[str, bytes], path: str) -> list[str]:
    return [path] if path in files else sorted(name for name in files if name.startswith(f"{path}/"))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end(lines: list[str], at: int) -> int:
    """Where the block ends that begins in that line."""
    end = at + 1
    while end < len(lines) and lines[end].strip() and _indent(lines[end]) > _indent(lines[at]):
        end += 1
    return end


def _indented(block: list[str], to: int) -> list[str]:
    by = to - _indent(block[0]) if block else 0
    return [" " * max(_indent(line) + by, 0) + line.lstrip(" ") for line in block]
