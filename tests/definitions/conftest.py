"""A workspace in memory: documents in, diagnostics out. `§` in a document marks where a problem is expected."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest

from procflow.definitions.workspace import Begun, Documents, read_workspace
from procflow.errors import Diagnostic, NotFound

ROOT = "/w"
PROCEDURE = "procedures/p/procedure.yaml"

ORGANISATION = """\
organisation: small
timezone: Europe/Copenhagen
languages: [en]
calendar: {open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: Agent, lead: Lead}
people:
  qaa: {name: Anna Test, roles: [agent], mate: qbb}
  qbb: {name: Bo Test, roles: [agent, lead], mate: qaa}
mailboxes: {main: main@small.example}
parameters: {gap: 60 minutes, limit: 3, brand: Small}
"""

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "mail.send": {
        "type": "object",
        "required": ["to", "subject", "text"],
        "additionalProperties": False,
        "properties": {
            "to": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "subject": {"type": "string"},
            "text": {"type": "string"},
            "attach": {"type": "array", "items": {"type": "object"}},
            "copies": {"type": "integer"},
        },
    },
    "vehicle.lookup": {
        "type": "object",
        "required": ["plate"],
        "additionalProperties": False,
        "properties": {"plate": {"type": "string"}},
        "x-result": {
            "type": "object",
            "required": ["make"],
            "additionalProperties": False,
            "properties": {"make": {"type": "string"}, "year": {"type": "integer"}},
        },
    },
}

Check = Callable[..., tuple[Diagnostic, ...]]


def read_all(
    files: Mapping[str, str],
    operations: Mapping[str, Any] = OPERATIONS,
    told: Collection[str] = (),
    **more: Any,
) -> Documents:
    """The documents of a workspace with these files, read, built and checked.

    Of those at the paths `told` the same is told where each is asked for alone.
    """
    there = {os.path.join(ROOT, path): text for path, text in files.items()}

    def read_file(path: str) -> bytes:
        if path not in there:
            raise NotFound(f"there is no file {path}")
        return there[path].encode()

    def list_files(path: str) -> list[str]:
        return sorted(file for file in there if file == path or file.startswith(path.rstrip("/") + "/"))

    documents = read_workspace(ROOT, read_file, list_files, operations=operations, **more)
    for path in told:
        begun = Begun(ROOT, read_file, list_files, paths=[f"{ROOT}/{path}"], operations=operations, **more)
        assert list(begun.told().diagnostics) == [p for p in documents.diagnostics if p.path == path]
    return documents


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and where they stood: (line, column), from 1."""
    places = []
    lines = text.split("\n")
    for n, line in enumerate(lines, 1):
        while (column := line.find("§")) >= 0:
            places.append((n, column + 1))
            line = line[:column] + line[column + 1 :]
        lines[n - 1] = line
    return "\n".join(lines), places


@pytest.fixture
def check() -> Check:
    """check(text, path=…, organisation=…, **files): every diagnostic of the workspace."""

    def run(
        text: str,
        path: str = PROCEDURE,
        files: Mapping[str, str] | None = None,
        **more: Any,
    ) -> tuple[Diagnostic, ...]:
        clean, _ = marked(text)
        base = {"procflow.toml": "", "procedures/organisation.yaml": ORGANISATION}
        return read_all({**base, **(files or {}), path: clean}, told=[path], **more).diagnostics

    return run


@pytest.fixture
def expect(check: Check) -> Callable[..., None]:
    """expect(text with marks, (code, part of the hint or message), …): just these, each at its mark, in order.

    `only` are the codes that are looked at, where a test is about some of them.
    """

    def run(
        text: str, *wanted: tuple[str, str], path: str = PROCEDURE, only: Collection[str] = (), **more: Any
    ) -> None:
        _, places = marked(text)
        found = [p for p in check(text, path, **more) if not only or p.code in only]
        told = [(p.line, p.column, p.code) for p in found if p.path == path]
        assert told == [(*at, code) for at, (code, _) in zip(places, wanted, strict=True)], "\n".join(
            p.as_text() for p in found
        )
        for problem, (_, hint) in zip([p for p in found if p.path == path], wanted, strict=True):
            assert hint in problem.as_text()
        assert [p.as_text() for p in found if p.path != path] == []

    return run
