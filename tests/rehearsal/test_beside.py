"""Procedures that are built on another core are those that are built here, whatever is wrong in the files."""

import os
import shutil
from pathlib import Path

import pytest

from procflow.definitions.workspace import Begun
from procflow.rehearsal.beside import beside

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("key_accounts", "tables", "travel", "organisation.yaml", "types.yaml"):
        whole, part = ROOT / "procedures" / name, tmp_path / "procedures" / name
        part.parent.mkdir(exist_ok=True)
        (shutil.copytree if whole.is_dir() else shutil.copy)(whole, part)
    shutil.copy(ROOT / "procflow.toml", tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_built_elsewhere_is_what_is_built_here(folder: Path) -> None:
    change(folder / "procedures/travel/travel/procedure.yaml", "title:", "titel:")
    change(folder / "procedures/key_accounts/account_report/procedure.yaml", "when: ", "when: == ")
    here, there = Begun(str(folder)), Begun(str(folder), beside=beside)
    assert here.documents.problems == there.documents.problems != ()
    assert here.documents == there.documents
    assert len(here.documents.procedures) >= 10


def test_an_organisation_or_a_type_that_is_wrong_is_told_all_the_same(folder: Path) -> None:
    change(folder / "procedures/organisation.yaml", "languages:", "languagez:")
    here, there = Begun(str(folder)), Begun(str(folder), beside=beside)
    assert here.documents == there.documents
    assert any(problem.path.endswith("organisation.yaml") for problem in there.documents.problems)


def test_the_work_is_done_in_another_process_and_what_raises_there_gives_nothing() -> None:
    elsewhere, failing = beside(os.getpid), beside(lambda: 1 // 0)
    assert elsewhere() not in (None, os.getpid())
    assert failing() is None
