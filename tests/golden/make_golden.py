"""Writes the golden record of this version: `make golden`, once, when a version is released; never again for it.

`cases.jsonl.xz` has cases that the shipped scenarios of today made, as they are stored: each step's canonical bytes, the
state that they fold to, and the compiled procedures that they are pinned to. `workspace.tar.xz` is a whole workspace with
its store, key file and evidence. What later code must do with them says `test_golden.py` beside this.
"""

from __future__ import annotations

import base64
import io
import json
import lzma
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from procflow import __version__
from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.core.decide import Command
from procflow.core.record import decode_entries, microseconds
from procflow.hosts.contract import CADENCE, ORGANISATION
from procflow.ports import Inbound
from procflow.rehearsal.pytest_plugin import Workspace
from procflow.rehearsal.runner import Scenarios, beside, tests_of

REPOSITORY = Path(__file__).parent.parent.parent
#: How many different ways through a procedure are kept, of each file of scenarios.
WAYS = 6


def cases() -> Iterator[dict[str, Any]]:
    """What the shipped scenarios made: documents, then cases; a way that is there already is left out."""
    workspace = Workspace.read(REPOSITORY)
    documents = workspace.documents
    known: set[str] = set()
    ways: set[tuple[Any, ...]] = set()
    for path, tree in documents.scenarios.items():
        kept = 0
        playing = Scenarios(
            documents, tree, path, beside(documents, path), workspace.judge, workspace.functions
        )
        for name, steps in tests_of(tree):
            if kept >= WAYS:
                break
            stage = playing.play(name, steps).stage
            if stage is None:
                continue
            for case in stage.store.cases(limit=1000):
                rows = list(stage.store.journal(case.id))
                way = (
                    case.procedure,
                    *[type(e).__name__ + _where(e) for row in rows for e in decode_entries(row.entries)],
                )
                if way in ways or kept >= 2 * WAYS:
                    continue
                ways.add(way)
                kept += 1
                for hash_ in {row.definition for row in rows} - known:
                    known.add(hash_)
                    yield {"document": hash_, "content": stage.store.document(hash_).decode()}
                yield {
                    "test": name, "case": case.id, "number": case.number, "procedure": case.procedure,
                    "closed": case.closed, "sequence": case.sequence, "head": case.head.hex(), "snapshot": _text(case.snapshot),
                    "steps": [
                        [row.command_id, microseconds(row.at), microseconds(row.ran_at), row.definition, row.surroundings,
                         _text(row.entries)] for row in rows
                    ],
                }  # fmt: skip


def _where(entry: Any) -> str:
    return str(getattr(entry, "state", "")) + str(getattr(entry, "transition", ""))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


class _Day(RealWorld):
    """A clock of one day long ago, so that nothing in the workspace is of today."""

    def __init__(self) -> None:
        super().__init__()
        self._ticks = 0

    def now(self) -> datetime:
        self._ticks += 1
        return datetime(2026, 5, 11, 8, 5, tzinfo=UTC) + timedelta(seconds=self._ticks)


def workspace(folder: Path) -> None:
    """A few cases in every situation that a store keeps rows for."""
    (folder / "procedures" / "cadence").mkdir(parents=True)
    (folder / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.mail]\nmode = "off"\n')
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "cadence" / "procedure.yaml").write_text(CADENCE)
    with App(str(folder), world=_Day()) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
        engine = app.engine
        for n in range(6):
            given = {"kn": f"10423{n}", "email": f"customer{n}@customer.example"}
            case = engine.open("cadence", Command(f"open-{n}", "open", "cadence", "ann", given)).case_id
            for k, choice in enumerate(("remark", "no_answer", "no_answer", "reached")[:n]):
                engine.submit(case, Command(f"do-{n}-{k}", "choice", choice, "ann" if k % 2 else "bob"))
        engine.submit(1, Command("refused", "choice", "no_such_choice", "ann"))
        app.evidence.put(b"a letter, scanned", name="letter.txt", key_slot=engine.load(1).row.key_slot)
        app.host().look_around(messages=False)
        message = Inbound(
            "mail",
            "<1@example.com>",
            "mail",
            "nobody@example.com",
            "",
            app.world.now(),
            text="Hej",
            raw=b"raw",
        )
        app.intake.take(message)
        app.store.seal_heads(app.world.now())


def packed(folder: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:xz", preset=9) as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".lock", ".db-shm") and path.name != ".gitignore":
                tar.add(path, path.relative_to(folder).as_posix())
    return made.getvalue()


def main() -> None:
    place = Path(__file__).parent / __version__
    if place.exists() and "--anew" not in sys.argv:
        raise SystemExit(f"{place.name} has its golden record; a record that changes is none")
    place.mkdir(exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in cases())
    (place / "cases.jsonl.xz").write_bytes(lzma.compress(lines.encode(), preset=9 | lzma.PRESET_EXTREME))
    with tempfile.TemporaryDirectory() as folder:
        os.umask(0o077)
        workspace(Path(folder))
        (place / "workspace.tar.xz").write_bytes(packed(Path(folder)))
    print(
        f"{place.name}: {sum(file.stat().st_size for file in place.iterdir()):,} bytes, {lines.count(chr(10))} rows"
    )


if __name__ == "__main__":
    main()
