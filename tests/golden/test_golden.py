"""What earlier versions stored is read by today's code as they read it: their journals fold to the same bytes, their chains
and procedures are the same, and their stores are brought into today's form.

A failure here means that cases which run now would not go on after an upgrade. The files are never written again;
`make golden` adds those of a new version.
"""

from __future__ import annotations

import base64
import json
import lzma
import shutil
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import pytest

from procflow import __version__
from procflow.app import App
from procflow.core import snapshot
from procflow.core.case import replay
from procflow.core.decide import Command
from procflow.core.procedure import procedure_from_json, procedure_to_json
from procflow.core.record import START, chain_hash, decode_entries
from procflow.errors import StorageError

GOLDEN = Path(__file__).parent
VERSIONS = sorted(path.name for path in GOLDEN.iterdir() if (path / "cases.jsonl.xz").exists())
STORES = sorted(GOLDEN.glob("*/*.tar.xz"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def rows(version: str) -> list[dict[str, Any]]:
    lines = lzma.decompress((GOLDEN / version / "cases.jsonl.xz").read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


def instant(micro: int) -> datetime:
    return EPOCH + timedelta(microseconds=micro)


def test_this_version_has_its_record_and_they_are_small() -> None:
    assert __version__ in VERSIONS, "make golden writes it, when the version is released"
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*.xz")) < 2 << 20


@pytest.mark.parametrize("version", VERSIONS)
def test_cases_of_every_shipped_procedure_fold_to_the_bytes_that_were_stored(version: str) -> None:
    cases = [row for row in rows(version) if "case" in row]
    assert len(cases) >= 200
    assert len({row["procedure"] for row in cases}) >= 55
    for row in cases:
        steps = [decode_entries(base64.b64decode(step[-1])) for step in row["steps"]]
        where = f"{row['procedure']}: {row['test']}"
        case = replay(row["case"], enumerate(steps, 1))
        stored = base64.b64decode(row["snapshot"])
        folded = snapshot.to_bytes(case)
        assert folded == stored or snapshot.is_earlier_form(stored, folded), where
        assert snapshot.from_bytes(stored) == case, where
        assert case.is_closed == row["closed"], where
        assert len(steps) == row["sequence"], where


@pytest.mark.parametrize("version", VERSIONS)
def test_the_chains_end_where_they_ended(version: str) -> None:
    for row in (row for row in rows(version) if "case" in row):
        head = START
        for n, (command, at, ran_at, definition, surroundings, entries) in enumerate(row["steps"], 1):
            head = chain_hash(
                head, row["case"], n, command, instant(at), instant(ran_at), definition, surroundings,
                base64.b64decode(entries),
            )  # fmt: skip
        assert head.hex() == row["head"], f"{row['procedure']}: {row['test']}"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_procedures_that_cases_are_pinned_to_are_read_as_they_were(version: str) -> None:
    documents = [row for row in rows(version) if "document" in row]
    pinned = {step[3] for row in rows(version) if "case" in row for step in row["steps"]}
    assert {row["document"] for row in documents} == pinned
    for row in documents:
        procedure = procedure_from_json(row["content"].encode())
        assert procedure.states, procedure.name
        assert procedure_from_json(procedure_to_json(procedure)) == procedure, procedure.name


@pytest.fixture(params=STORES, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A workspace as an earlier version left it."""
    with tarfile.open(request.param) as tar:
        tar.extractall(tmp_path / "old", filter="data")
    yield tmp_path / "old"
    shutil.rmtree(tmp_path / "old")


def form(folder: Path) -> int:
    connection = apsw.Connection(str(folder / "cases.db"))
    try:
        return int(connection.pragma("user_version"))
    finally:
        connection.close()


def test_an_old_workspace_is_brought_into_todays_form_whole_and_its_cases_go_on(old: Path) -> None:
    with App(str(old)) as app:
        report = app.audit()
        assert report.is_whole, [str(each) for each in report.findings]
        assert app.store.self_check() == []
        cases = list(app.store.cases(limit=100))
        assert len(cases) == 6 and any(case.closed for case in cases)
        assert app.engine.load(1).plain.data["email"] == "customer0@customer.example"  # by the old key file
        again = app.engine.submit(1, Command("open-0", "open", "cadence", "ann", {}))
        assert again.repeated
        assert app.engine.submit(1, Command("now", "choice", "remark", "ann")).accepted
        assert app.audit().is_whole
        for case in cases:  # each part stands where it belongs: of the oldest all stood one place too far
            procedure = app.engine.procedure(case.definition)
            kinds = [{type(each).__name__ for each in part} for part in (procedure.data, procedure.deadlines)]
            assert kinds == [{"Field"}, {"Deadline"}]
            app.look(str(case.number), "liz")
        app.host().until_idle()
        due = app.store.next_due()
        assert due is None or due > app.world.now(), "what was due while it was upgraded is taken"


def test_a_workspace_of_a_later_version_is_refused_in_words_and_left_alone(old: Path) -> None:
    with App(str(old)) as app:
        app.engine.load(1)  # in today's form
    later = form(old) + 1
    connection = apsw.Connection(str(old / "cases.db"))
    connection.pragma("user_version", later)
    connection.close()
    before = (old / "cases.db").read_bytes()
    with pytest.raises(StorageError) as refused, App(str(old)) as app:
        app.engine.submit(1, Command("now", "choice", "remark", "ann"))
    assert "newer version" in refused.value.message and refused.value.hint
    assert (old / "cases.db").read_bytes() == before
