"""A workspace to break, and what must hold in it whatever happened: nothing acknowledged lost, nothing twice."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import ProcflowError
from procflow.hosts.contract import CADENCE, ORGANISATION

#: The command line, as whoever works here starts it.
PROCFLOW = str(Path(sys.executable).with_name("procflow"))
GIVEN = {"kn": "104233", "email": "mette@customer.example"}


def fan(copies: int, sending: str) -> str:
    """A procedure of which a case asks for so many effects in one step; `sending` is one of them, with `%d` for its
    number."""
    asked = ", ".join("{" + sending % n + "}" for n in range(copies))
    return f"""procedure: fan
title: {{en: Copies, da: Kopier}}
owner: lead
starts: [{{by: agent}}]
initial: telling
states:
  telling:
    task: {{role: agent}}
    choices:
      tell: {{do: [{asked}]}}
      close: {{to: closed}}
  closed: {{final: true, outcome: closed}}
"""


def made(folder: Path, cases: int, store: str = "sqlite:cases.db") -> list[str]:
    """A workspace with the cadence and some open cases; -> their ids."""
    (folder / "procedures" / "cadence").mkdir(parents=True)
    (folder / "procflow.toml").write_text(f'store = "{store}"\n[channels.mail]\nmode = "real"\n')
    (folder / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (folder / "procedures" / "cadence" / "procedure.yaml").write_text(CADENCE)
    with App(str(folder)) as app:
        assert not [found.as_text() for found in app.check().diagnostics if found.is_error]
        return [
            app.engine.open("cadence", Command(f"open-{n}", "open", "cadence", "ann", GIVEN)).case_id
            for n in range(cases)
        ]


@contextmanager
def workspace(cases: int = 1, place: str | None = None) -> Iterator[tuple[Path, list[str]]]:
    """Made in a folder of its own, which goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=place))
    try:
        yield folder / "work", made(folder / "work", cases)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def journals(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """(sequence, command id) of every step of each case, as `history` wants them."""
    with App(str(folder)) as app:
        return {
            case.id: [(row.sequence, row.command_id) for row in app.store.journal(case.id)]
            for case in app.store.cases(limit=1_000_000)
        }


def what_is_wrong(folder: Path, acknowledged: dict[str, str], *, whole: bool) -> list[str]:
    """In words. `acknowledged` are ids of commands and the cases that took them. `whole`: the record too, its chains,
    and every projection against what the journals fold to. Opened as the next process opens it: with no repair."""
    found = []
    try:
        with App(str(folder)) as app:
            known: dict[str, str] = {}
            for case in app.store.cases(limit=1_000_000):
                rows = list(app.store.journal(case.id))
                if [row.sequence for row in rows] != list(range(1, case.sequence + 1)):
                    found.append(f"the journal of case {case.number} has gaps")
                for row in rows:
                    if row.command_id in known:
                        found.append(f"{row.command_id} was taken twice")
                    known[row.command_id] = case.id
            found += [
                f"{id} was acknowledged and is not there"
                for id, case_id in acknowledged.items()
                if known.get(id) != case_id
            ]
            if whole:
                found += [str(each) for each in app.audit().findings]
                found += app.store.self_check()
    except ProcflowError as problem:
        found.append(f"the next process could not open it: {problem}")
    return found
