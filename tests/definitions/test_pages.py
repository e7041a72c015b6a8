"""Every code has a page, and every page's samples are what it says: one fails with its code, one passes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from procflow.definitions.codes import CODES
from procflow.definitions.pages import (
    FAILS,
    PASSES,
    Sample,
    codes_with_pages,
    page_of,
    plain,
    reference,
    sample_of,
)
from procflow.definitions.workspace import read_given, read_workspace
from procflow.errors import Diagnostic

ROOT = Path(__file__).resolve().parents[2]

#: What a sample's workspace has where the sample does not say it itself.
BASE = {
    "procflow.toml": b"",
    "procedures/organisation.yaml": (
        b"organisation: sample\ntimezone: Europe/Copenhagen\nlanguages: [en]\nroles: {agent: Agent}\n"
        b"people:\n  qaa: {name: Anna Test, roles: [agent]}\n"
    ),
}
MAIL: Mapping[str, Mapping[str, object]] = {
    "mail.send": {
        "type": "object",
        "required": ["to", "subject", "text"],
        "properties": {
            "to": {"type": "string", "x-address": "mail"},
            "subject": {"type": "string"},
            "text": {"type": "string"},
        },
    }
}
READ = {"mail": ("host", "port", "user", "password")}


def told(sample: Sample, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Diagnostic, ...]:
    """What is said of a sample's workspace."""
    for path, content in {**BASE, **sample.files}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    monkeypatch.chdir(folder)
    if sample.paths:
        return read_given(sample.paths, operations=MAIL, settings=READ).diagnostics
    return read_workspace(os.fspath(folder), operations=MAIL, settings=READ).diagnostics


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert codes_with_pages() == tuple(sorted(CODES))


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_page_begins_with_its_code_and_title(code: str) -> None:
    page = page_of(code)
    severity, title = CODES[code]
    assert page.startswith(f"# {code}: {title}\n\n*{'An error' if severity == 'error' else 'A warning'}:")
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## What to do",
        "## Fails",
        "## Passes",
    ]


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_failing_sample_fails_with_its_code(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(sample_of(page_of(code), FAILS), tmp_path, monkeypatch)
    assert code in [problem.code for problem in found], [problem.as_text() for problem in found]


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_passing_sample_has_no_problem(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(sample_of(page_of(code), PASSES), tmp_path, monkeypatch)
    assert [problem.as_text() for problem in found] == []


def test_a_failing_sample_has_no_other_problem_than_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for one that cannot be shown without another: a deadline."""
    others = {}
    for code in sorted(CODES):
        found = told(sample_of(page_of(code), FAILS), tmp_path / code, monkeypatch)
        more = sorted({problem.code for problem in found} - {code})
        if more:
            others[code] = more
    assert others == {"PF280": ["PF273"]}


def test_marks_stand_for_what_cannot_be_shown() -> None:
    assert plain("a⟨b × 3⟩c⟨byte F8⟩⟨tab⟩") == b"abbbc\xf8\t"


def test_the_reference_page_is_made_of_the_pages() -> None:
    written = (ROOT / "docs/reference/diagnostics.md").read_text(encoding="utf-8")
    assert written == reference(), (
        "write it anew: python -m procflow.definitions.pages > docs/reference/diagnostics.md"
    )
