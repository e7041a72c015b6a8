"""`procflow import KIND FILE`: figures from outside, for reports."""

from __future__ import annotations

import os

import click

from procflow.cli.session import COMMON, session
from procflow.core.counted import count_in

_WORDS = {
    "en": {"kept": "Kept: {rows:row} of {kind} {name}.", "conflict": "Conflict"},
    "da": {"kept": "Gemt: {rows:row} af {kind} {name}.", "conflict": "Modsigelse"},
}


@click.command()
@click.argument("kind", metavar="survey|turnover")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--name", default="", metavar="NAME", help="What the figures are called; else the file's name.")
@click.option("--hand-picked", is_flag=True, help="The participants of a survey were hand-picked.")
@COMMON
def command(kind: str, file: str, name: str, hand_picked: bool) -> None:
    """Bring in figures of a KIND from FILE, a CSV file. A file with a fault is not taken, and nothing of it is
    stored: every faulty cell is told with its row and column.

    The columns are in docs/reference/reports.md. Figures that contradict themselves are kept, and it is said.
    """
    s = session()
    content = s.app.world.read_file(file)
    name = name or os.path.splitext(os.path.basename(file))[0].casefold()
    rows, conflicts = s.app.import_figures(kind, name, content, s.person, hand_picked=hand_picked)
    w = s.words(_WORDS)
    lines = [w["kept"].format(rows=count_in(s.language, rows), kind=kind, name=name)]
    lines += [f"{w['conflict']}: {conflict}" for conflict in conflicts]
    s.show({"kind": kind, "name": name, "rows": rows, "conflicts": conflicts}, "\n".join(lines))
