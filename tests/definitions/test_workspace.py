"""A workspace read whole: every problem of every file, and what is found where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from procflow.definitions import workspace
from procflow.definitions.sources import (
    SETTINGS,
    kind_by_place,
    list_on_disk,
    read_on_disk,
    sources_fingerprint,
)
from procflow.definitions.workspace import Documents, find_root
from procflow.errors import Diagnostic, NotFound, StorageError

#: What reading and building find; the checks that follow have tests of their own.
read_workspace = partial(workspace.read_workspace, checked=False)
read_given = partial(workspace.read_given, checked=False)

GOOD = Path(__file__).parent / "good"
PROCEDURE = "procedures/desk/policy_change/procedure.yaml"
SCENARIOS = "procedures/desk/policy_change/scenarios.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The documents of the language page, put together."""
    for name, path in (
        ("organisation.yaml", "procedures/organisation.yaml"),
        ("types.yaml", "procedures/types.yaml"),
        ("kc_codes.yaml", "procedures/tables/kc_codes.yaml"),
        ("policy_change.yaml", PROCEDURE),
        ("policy_change_scenarios.yaml", SCENARIOS),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(GOOD / name, tmp_path / path)
    (tmp_path / SETTINGS).write_text('language = "da"\n')
    return tmp_path


def change(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def told(documents: Documents) -> list[tuple[str, int, str]]:
    return [(p.path, p.line, p.code) for p in documents.diagnostics]


def test_the_documents_of_the_language_page_are_read_without_a_problem(folder: Path) -> None:
    documents = read_workspace(str(folder))
    assert documents.diagnostics == ()
    assert documents.settings.language == "da"
    assert documents.organisation is not None
    assert (list(documents.types), list(documents.tables)) == (["customer_number"], ["kc_codes"])
    assert list(documents.procedures) == ["policy_change"]
    assert list(documents.scenarios) == [SCENARIOS]
    assert documents.procedures["policy_change"].path == PROCEDURE
    assert documents.procedures["policy_change"].fields["kn"].schema["pattern"] == "^[0-9]{4,10}$"
    assert documents.path_of("tables", "kc_codes") == "procedures/tables/kc_codes.yaml"
    assert set(documents.sources) == {
        SETTINGS, PROCEDURE, SCENARIOS, "procedures/organisation.yaml", "procedures/types.yaml",
        "procedures/tables/kc_codes.yaml",
    }  # fmt: skip


def test_every_problem_of_every_file_is_told_in_one_run_and_sorted(folder: Path) -> None:
    change(folder, PROCEDURE, 'carrier == "FIRST"', 'carrier = "FIRST"')
    change(folder, PROCEDURE, "within: 5 working days", "within: 5 workdays")
    change(folder, "procedures/organisation.yaml", "stand_in: [mate, lead]", "stand_in: [mate, laed]")
    change(folder, "procedures/types.yaml", "type: string", "type: sting")
    change(folder, "procedures/tables/kc_codes.yaml", "handler: KC", "handlr: KC")
    (folder / SETTINGS).write_text("stor = 'x'\n")
    documents = read_workspace(str(folder))
    assert told(documents) == sorted(told(documents))
    assert [(path.split("/")[-1], code) for path, _, code in told(documents)] == [
        ("procedure.yaml", "PF300"),
        ("procedure.yaml", "PF210"),
        ("organisation.yaml", "PF315"),
        ("kc_codes.yaml", "PF225"),
        ("types.yaml", "PF200"),
        (SETTINGS, "PF231"),
    ]
    assert not documents.is_good(PROCEDURE)
    assert documents.is_good(SCENARIOS)


def test_a_file_that_its_schema_refuses_is_still_looked_at_elsewhere(folder: Path) -> None:
    change(folder, PROCEDURE, "    task: {role: agent}\n    events:", "    tsk: {role: agent}\n    events:")
    change(folder, PROCEDURE, 'carrier == "FIRST"', 'carrier = "FIRST"')
    documents = read_workspace(str(folder))
    assert [code for _, _, code in told(documents)] == ["PF101", "PF300"]
    assert documents.procedures == {}


def test_what_cannot_be_built_at_all_is_told_by_its_schema_alone(folder: Path) -> None:
    change(folder, PROCEDURE, "initial: wish\nstates:", "initial: wish\nstaets:")
    documents = read_workspace(str(folder))
    assert {code for _, _, code in told(documents)} <= {"PF101", "PF102"}
    assert documents.diagnostics


def test_unknown_types_are_not_blamed_on_others_while_the_types_cannot_be_read(folder: Path) -> None:
    (folder / "procedures/types.yaml").write_text("types: [\n")
    documents = read_workspace(str(folder))
    assert {path for path, _, _ in told(documents)} == {"procedures/types.yaml"}


@pytest.mark.parametrize(
    ("path", "text", "code", "line"),
    [
        ("procedures/other/procedure.yaml", "types: {a: string}\n", "PF235", 1),
        ("procedures/tables/other.yaml", "types: {a: string}\n", "PF235", 1),
        ("procedures/other/procedure.yaml", "# a comment\nprocdure: other\n", "PF100", 2),
        ("procedures/other/procedure.yaml", "", "PF008", 1),
        (
            "procedures/other/procedure.yaml",
            "procedure: x\ntitle: X\ninitial: a\nstates: {a: {final: true}}\n",
            "PF234",
            1,
        ),
        ("procedures/tables/other.yaml", "tables: x\ncolumns: {a: string}\nrows: []\n", "PF234", 1),
        (
            "procedures/z/policy_change/procedure.yaml",
            "procedure: policy_change\ntitle: X\ninitial: a\nstates: {a: {final: true}}\n",
            "PF233",
            1,
        ),
    ],
)
def test_a_document_that_is_not_what_its_place_says_is_told(
    folder: Path, path: str, text: str, code: str, line: int
) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    assert told(read_workspace(str(folder))) == [(path, line, code)]


def test_of_two_procedures_with_one_name_the_first_path_counts(folder: Path) -> None:
    path = folder / "procedures/z/policy_change/procedure.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("procedure: policy_change\ntitle: X\ninitial: a\nstates: {a: {final: true}}\n")
    documents = read_workspace(str(folder))
    assert documents.procedures["policy_change"].path == PROCEDURE
    assert PROCEDURE in documents.diagnostics[0].message


def test_given_files_are_read_within_the_workspace_around_them_and_only_their_problems_told(
    folder: Path,
) -> None:
    change(folder, PROCEDURE, 'carrier == "FIRST"', 'carrier = "FIRST"')
    change(folder, "procedures/tables/kc_codes.yaml", "handler: KC", "handlr: KC")
    documents = read_given([str(folder / PROCEDURE)])
    assert documents.root == str(folder)
    assert [(path, code) for path, _, code in told(documents)] == [(PROCEDURE, "PF300")]
    assert len(documents.problems) == 2
    assert list(documents.types) == ["customer_number"]


def test_a_given_folder_means_the_documents_below_it(folder: Path) -> None:
    change(folder, PROCEDURE, 'carrier == "FIRST"', 'carrier = "FIRST"')
    assert told(read_given([str(folder / "procedures/tables")])) == []
    assert [code for _, _, code in told(read_given([str(folder / "procedures/desk")]))] == ["PF300"]


def test_a_draft_that_lies_elsewhere_in_the_workspace_knows_its_types(folder: Path) -> None:
    draft = folder / "drafts" / "mine.yaml"
    draft.parent.mkdir()
    draft.write_text(
        "procedure: mine\ntitle: M\ndata: {kn: customer_number}\ninitial: a\nstates: {a: {final: true}}\n"
    )
    documents = read_given([str(draft)])
    assert documents.diagnostics == ()
    assert documents.procedures["mine"].fields["kn"].type == "string"


def test_without_a_workspace_only_what_is_given_is_known(folder: Path) -> None:
    (folder / SETTINGS).unlink()
    (found,) = read_given([str(folder / PROCEDURE)]).diagnostics
    assert (found.path, found.code) == ("procedure.yaml", "PF200")
    both = read_given([str(folder / PROCEDURE), str(folder / "procedures/types.yaml")])
    assert both.diagnostics == ()
    assert both.organisation is None


def test_a_path_that_is_not_there_is_told(folder: Path) -> None:
    (found,) = read_given([str(folder / "procedures/nothing.yaml")]).diagnostics
    assert (found.path, found.code) == ("procedures/nothing.yaml", "PF236")


def test_an_empty_folder_is_there_and_no_document_in_it(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = {
        name: [found.message for found in read_given([str(tmp_path / name)]).diagnostics]
        for name in ("empty", "gone")
    }
    assert said == {
        "empty": ["no document is in this folder"],
        "gone": ["there is no such file or folder"],
    }


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(folder: Path) -> None:
    def read_file(path: str) -> bytes:
        if path.endswith("types.yaml"):
            raise StorageError("the file cannot be read: Permission denied", "look at its rights")
        return read_on_disk(path)

    documents = read_workspace(str(folder), read_file)
    assert ("procedures/types.yaml", 1, "PF236") in told(documents)
    assert documents.organisation is not None


def test_the_workspace_is_the_nearest_folder_upwards_with_settings(folder: Path) -> None:
    assert find_root(str(folder / PROCEDURE)) == str(folder)
    assert find_root(str(folder / SETTINGS)) == str(folder)
    (folder / "procedures" / SETTINGS).write_text("")
    assert find_root(str(folder / PROCEDURE)) == str(folder / "procedures")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("procedures/organisation.yaml", "organisation"),
        ("procedures/types.yaml", "types"),
        ("procedures/tables/a.yaml", "tables"),
        ("procedures/tables/deep/a.yaml", ""),
        ("procedures/a/procedure.yaml", "procedure"),
        ("procedures/a/b/c/scenarios.yaml", "scenarios"),
        ("procedures/a/organisation.yaml", ""),
        ("procedures/a/notes.yaml", ""),
        ("other/procedure.yaml", ""),
    ],
)
def test_the_kind_of_a_document_follows_from_its_place(path: str, kind: str) -> None:
    assert kind_by_place(path) == kind


def test_hidden_files_are_no_documents(folder: Path) -> None:
    (folder / "procedures/.draft").mkdir()
    (folder / "procedures/.draft/procedure.yaml").write_text("nonsense")
    assert read_workspace(str(folder)).diagnostics == ()
    assert all("/." not in path.removeprefix(str(folder)) for path in list_on_disk(str(folder)))


def test_reading_what_is_not_there_raises_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_on_disk(str(tmp_path / "nothing"))
    with pytest.raises(StorageError):
        read_on_disk(str(tmp_path))
    assert list_on_disk(str(tmp_path / "nothing")) == []


def test_the_fingerprint_follows_bytes_and_paths_and_not_times_or_scenarios(folder: Path) -> None:
    before = sources_fingerprint(str(folder))
    os.utime(folder / PROCEDURE, (1, 1))
    change(folder, SCENARIOS, "tests:", "tests: # one")
    assert sources_fingerprint(str(folder)) == before
    change(folder, PROCEDURE, "title:", "title:  ")
    changed = sources_fingerprint(str(folder))
    assert changed != before
    (folder / PROCEDURE).parent.rename(folder / "procedures/moved")
    assert sources_fingerprint(str(folder)) not in (before, changed)


def test_further_problems_are_laid_beside_those_of_reading(folder: Path) -> None:
    documents = read_workspace(str(folder))
    more = Diagnostic(PROCEDURE, 3, 1, "PF315", "error", "x")
    with_more = documents.with_problems([more, more])
    assert with_more.diagnostics == (more,)
    assert not with_more.is_good(PROCEDURE)
    assert documents.is_good(PROCEDURE)


def test_what_half_is_looked_through_elsewhere_finds_is_told_with_the_rest() -> None:
    """The shipped workspace with a role misspelt wherever it stands."""
    root = str(Path(__file__).parents[2])

    def read_spoilt(path: str) -> bytes:
        content = read_on_disk(path)
        spoilt = path.endswith(("procedure.yaml", "scenarios.yaml"))
        return content.replace(b"role: agent", b"role: agnet") if spoilt else content

    begun = workspace.Begun(root, read_spoilt)
    alone = begun.checked()
    assert len({p.path for p in alone.diagnostics}) >= 10
    asked: list[int] = []

    def here(work: Callable[[], Any]) -> Callable[[], Any]:
        asked.append(len(work()))
        return work

    assert begun.checked(beside=here).diagnostics == alone.diagnostics
    assert begun.checked(beside=lambda work: lambda: None).diagnostics == alone.diagnostics, "no other core"
    assert 0 < asked[0] < len(alone.diagnostics), "some of them were found there"
