"""`procflow attach CASE FILE`: a file kept for a case."""

from __future__ import annotations

import json

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session
from procflow.views.plain import as_json


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("file", type=click.Path())
@COMMON
def command(case: str, file: str) -> None:
    """Keep FILE for CASE; what is printed is the value that a field of type file takes."""
    s = session()
    kept = s.there.attach(case, file)["file"] if s.there else s.app.attach(case, file)
    s.show({"file": kept}, lambda: json.dumps(kept, ensure_ascii=False, default=as_json))
