"""Publishing: once for each content, under one hash, the last good version staying where a file is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procflow.core.organisation import Organisation
from procflow.core.procedure import procedure_from_json
from procflow.core.tables import table_from_json
from procflow.definitions.publish import Published, changed, publish, remember, text_hash, withdrawn
from procflow.definitions.sources import list_on_disk, read_on_disk
from procflow.definitions.workspace import Documents, read_workspace
from procflow.errors import Diagnostic, StorageError
from procflow.stores.memory import MemoryStore

GOOD = Path(__file__).parent / "good"
PROCEDURE = "procedures/policy_change/procedure.yaml"
TABLE = "procedures/tables/kc_codes.yaml"
NOON = datetime(2026, 5, 11, 10, tzinfo=UTC)


def put_in_force(documents: Documents, store: MemoryStore) -> Published:
    """Publish, and remember that it was done to the end."""
    found = publish(documents, store, NOON)
    remember(found, store, NOON)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, path in (
        ("organisation.yaml", "procedures/organisation.yaml"),
        ("types.yaml", "procedures/types.yaml"),
        ("kc_codes.yaml", TABLE),
        ("policy_change.yaml", PROCEDURE),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(GOOD / name, tmp_path / path)
    (tmp_path / "procflow.toml").write_text("")
    return tmp_path


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def published(folder: Path, store: MemoryStore) -> Published:
    return put_in_force(read_workspace(str(folder)), store)


def change(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_everything_that_checks_is_put_in_force_and_can_be_read_back(
    folder: Path, store: MemoryStore
) -> None:
    documents = read_workspace(str(folder))
    found = put_in_force(documents, store)
    assert found.new == (
        ("organisation", "organisation"),
        ("table", "kc_codes"),
        ("procedure", "policy_change"),
    )
    assert found.kept == ()
    hash_ = found.procedures["policy_change"]
    assert store.in_force("procedure", "policy_change") == hash_
    assert procedure_from_json(store.document(hash_)) == documents.procedures["policy_change"]
    assert Organisation.from_json(store.document(found.organisation)) == documents.organisation
    assert table_from_json(store.document(found.tables["kc_codes"])) == documents.tables["kc_codes"]


def test_the_owner_s_own_text_is_kept_beside_what_was_compiled(folder: Path, store: MemoryStore) -> None:
    hash_ = published(folder, store).procedures["policy_change"]
    assert store.document(text_hash(hash_)) == (folder / PROCEDURE).read_bytes()


def test_publishing_the_same_files_again_changes_nothing(folder: Path, store: MemoryStore) -> None:
    first = published(folder, store)
    again = published(folder, store)
    assert again.new == ()
    assert (again.organisation, again.tables, again.procedures) == (
        first.organisation, first.tables, first.procedures,
    )  # fmt: skip


def test_another_folder_with_the_same_files_gives_the_same_hashes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("copy")
    shutil.copytree(folder, other, dirs_exist_ok=True)
    assert published(folder, MemoryStore()) == published(other, MemoryStore())


def test_a_change_is_noticed_until_it_is_published(folder: Path, store: MemoryStore) -> None:
    assert changed(str(folder), store)
    published(folder, store)
    assert not changed(str(folder), store)
    change(folder, PROCEDURE, "within: 5 working days", "within: 6 working days")
    assert changed(str(folder), store)
    published(folder, store)
    assert not changed(str(folder), store)


def test_a_new_version_leaves_the_old_one_readable(folder: Path, store: MemoryStore) -> None:
    old = published(folder, store).procedures["policy_change"]
    change(folder, PROCEDURE, "within: 5 working days", "within: 6 working days")
    new = published(folder, store)
    assert new.new == (("procedure", "policy_change"),)
    assert store.in_force("procedure", "policy_change") == new.procedures["policy_change"] != old
    assert procedure_from_json(store.document(old)).deadline["carrier_acts"].within == "5 working days"


def test_a_file_that_does_not_check_leaves_the_last_good_one_in_force_and_says_so(
    folder: Path, store: MemoryStore
) -> None:
    good = published(folder, store)
    change(folder, PROCEDURE, 'carrier == "FIRST"', 'carrier = "FIRST"')
    change(folder, TABLE, "handler: KC", "handlr: KC")
    now = published(folder, store)
    assert now.procedures == good.procedures
    assert now.tables == good.tables
    assert [(kept.path, kept.hash) for kept in now.kept] == [
        (PROCEDURE, good.procedures["policy_change"]),
        (TABLE, good.tables["kc_codes"]),
    ]
    assert "stays in force as it was last good" in now.kept[0].message
    assert not changed(str(folder), store)  # it was looked at; only another change is looked at again


def test_a_file_whose_name_cannot_be_read_any_more_keeps_what_it_was(
    folder: Path, store: MemoryStore
) -> None:
    good = published(folder, store)
    (folder / TABLE).write_text("tables: [\n")
    now = published(folder, store)
    assert now.tables == good.tables
    assert now.kept[0].name == "kc_codes"


def test_what_never_checked_is_not_in_force(folder: Path, store: MemoryStore) -> None:
    change(folder, PROCEDURE, 'carrier == "FIRST"', 'carrier = "FIRST"')
    now = published(folder, store)
    assert now.procedures == {}
    assert store.in_force("procedure", "policy_change") is None
    assert now.kept[0].message.endswith("the procedure policy_change is not in force")


def test_errors_that_the_checker_finds_keep_a_file_back_too(folder: Path, store: MemoryStore) -> None:
    documents = read_workspace(str(folder))
    error = Diagnostic(PROCEDURE, 1, 1, "PF315", "error", "x")
    warning = Diagnostic(TABLE, 1, 1, "PF234", "warning", "x")
    found = put_in_force(documents.with_problems([error, warning]), store)
    assert found.procedures == {}
    assert list(found.tables) == ["kc_codes"]


def test_while_the_types_are_broken_nothing_that_may_be_built_of_them_changes(
    folder: Path, store: MemoryStore
) -> None:
    good = published(folder, store)
    change(folder, "procedures/types.yaml", "type: string", "type: sting")
    change(folder, PROCEDURE, "within: 5 working days", "within: 6 working days")
    now = published(folder, store)
    assert now.procedures == good.procedures
    assert {kept.because for kept in now.kept} == {"procedures/types.yaml"}


def test_a_changed_type_makes_another_version_of_what_is_built_of_it(
    folder: Path, store: MemoryStore
) -> None:
    before = published(folder, store)
    change(folder, "procedures/types.yaml", "{4,10}", "{4,9}")
    now = published(folder, store)
    assert now.new == (("procedure", "policy_change"),)
    assert now.tables == before.tables


def test_a_new_person_does_not_make_another_version_of_a_procedure(folder: Path, store: MemoryStore) -> None:
    published(folder, store)
    change(
        folder, "procedures/organisation.yaml", "people:", "people:\n  qzz: {name: Z Test, roles: [agent]}"
    )
    assert published(folder, store).new == (("organisation", "organisation"),)


def test_rows_of_a_table_make_no_new_procedure_and_its_columns_do(folder: Path, store: MemoryStore) -> None:
    change(folder, PROCEDURE, "'carrier == \"PROSAM\"'", '\'table("kc_codes")[kn].handler == "KC"\'')
    published(folder, store)
    change(folder, TABLE, "handler: KC", "handler: XX")
    assert published(folder, store).new == (("table", "kc_codes"),)
    change(folder, TABLE, "response: {type: duration}", "response: {type: duration}, more: {type: string}")
    assert published(folder, store).new == (("table", "kc_codes"), ("procedure", "policy_change"))


def test_the_parameters_of_an_operation_are_part_of_what_asks_for_it(
    folder: Path, store: MemoryStore
) -> None:
    def read_with(**properties: object) -> Published:
        operations = {
            name: {"type": "object", "properties": dict(properties)} for name in ("mail.send", "sms.send")
        }
        return put_in_force(read_workspace(str(folder), operations=operations), store)

    keys = dict.fromkeys(("to", "subject", "text", "attach"), True)
    read_with(**keys)
    assert read_with(**keys).new == ()
    assert read_with(**keys, cc=True).new == (("procedure", "policy_change"),)


def test_a_table_that_was_taken_away_is_no_longer_among_the_tables(folder: Path, store: MemoryStore) -> None:
    published(folder, store)
    (folder / TABLE).unlink()
    assert changed(str(folder), store)
    assert published(folder, store).tables == {}


def test_a_table_stays_while_a_procedure_stays_as_it_was_last_good(folder: Path, store: MemoryStore) -> None:
    before = published(folder, store).tables
    (folder / TABLE).unlink()
    text = (folder / PROCEDURE).read_text(encoding="utf-8")
    (folder / PROCEDURE).write_text("procedure: [", encoding="utf-8")
    assert published(folder, store).tables == published(folder, store).tables == before
    (folder / PROCEDURE).write_text(text, encoding="utf-8")
    assert published(folder, store).tables == {}


def test_a_procedure_whose_file_is_gone_is_withdrawn_and_not_one_that_is_broken_or_all_of_them(
    folder: Path, store: MemoryStore
) -> None:
    def withdrawn_now() -> frozenset[str]:
        published(folder, store)
        return withdrawn(store)

    assert withdrawn(store) == withdrawn_now() == frozenset()
    text = (folder / PROCEDURE).read_text(encoding="utf-8")
    (folder / PROCEDURE).write_text("procedure: [", encoding="utf-8")
    assert withdrawn_now() == frozenset(), "it stays as it was last good"
    (folder / PROCEDURE).write_text(
        text.replace("procedure: policy_change", "procedure: other"), encoding="utf-8"
    )
    assert withdrawn_now() == {"policy_change"}, "it has another name now"
    (folder / PROCEDURE).write_text(text, encoding="utf-8")
    assert withdrawn_now() == {"other"}
    (folder / PROCEDURE).unlink()
    assert withdrawn_now() == {"policy_change", "other"}
    shutil.rmtree(folder / "procedures")
    assert withdrawn_now() == frozenset(), "a folder that is not mounted"


def test_asking_whether_anything_changed_imports_no_parser(folder: Path) -> None:
    script = (
        "import sys\n"
        "from procflow.definitions.publish import changed\n"
        "from procflow.stores.memory import MemoryStore\n"
        f"print(changed({str(folder)!r}, MemoryStore()))\n"
        "print(sorted({'yaml', 'jsonschema', 'lark', 'holidays', 'asyncio'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True", "[]"]


def test_what_was_not_published_to_the_end_still_counts_as_changed(folder: Path, store: MemoryStore) -> None:
    documents = read_workspace(str(folder))
    publish(documents, store, NOON)  # and the process dies
    assert changed(str(folder), store)
    again = put_in_force(documents, store)
    assert again.new == () and again.procedures and not changed(str(folder), store)


@pytest.mark.parametrize("closed", ["procedures", "procedures/policy_change", PROCEDURE])
def test_what_cannot_be_read_stays_in_force_and_is_not_taken_away(folder: Path, closed: str) -> None:
    """Rights that went wrong were taken for a procedure that its owner had taken away: no new case was opened by it, and
    `check` found nothing wrong."""
    store = MemoryStore()
    put_in_force(read_workspace(str(folder)), store)
    before = store.names_in_force("procedure")

    def read_file(path: str) -> bytes:
        if path.startswith(str(folder / closed)):
            raise StorageError(f"the file {path} cannot be read: Permission denied", "look at its rights")
        return read_on_disk(path)

    def list_files(path: str) -> list[str]:
        if (folder / closed).is_file():
            return list_on_disk(path)
        there = [each for each in list_on_disk(path) if not each.startswith(str(folder / closed))]
        return sorted([*there, f"{folder / closed}/"]) if path == str(folder / "procedures") else there

    documents = read_workspace(str(folder), read_file, list_files)
    assert [(each.path, each.code) for each in documents.diagnostics if each.code == "PF236"] == [
        (closed, "PF236")
    ]
    published = put_in_force(documents, store)
    assert withdrawn(store) == frozenset() and store.names_in_force("procedure") == before
    assert "policy_change" in {kept.name for kept in published.kept}
    assert put_in_force(read_workspace(str(folder)), store).kept == () and withdrawn(store) == frozenset()


def test_a_folder_that_nobody_lets_us_look_into_is_not_as_if_it_were_empty(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = str(folder / "procedures" / "policy_change")
    scandir = os.scandir

    def refused(path: str) -> Iterator[os.DirEntry[str]]:
        if path == shut:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)  # whoever runs the tests may read everything
    assert f"{shut}/" in list_on_disk(str(folder / "procedures"))
    assert list_on_disk(str(folder / "nosuch")) == []
