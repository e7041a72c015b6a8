"""`procflow demo`: a fortnight at the desk on real input, in a throwaway workspace."""

from __future__ import annotations

import sys

import click

from procflow.cli.session import COMMON, session


@click.command()
@click.option("--keep", metavar="FOLDER", default="", help="Play in FOLDER and leave it there to look at.")
@COMMON
def command(keep: str) -> None:
    """Play a fortnight at the desk: calls, mails through a real mail server, texts through a real gateway.

    Everything stays on this machine, in a throwaway workspace with a clock of its own. Ends with 1 when
    something is not as it must be.
    """
    from procflow.demo.day import play

    s = session()
    out = sys.stderr if s.json else sys.stdout
    ended = play(keep, out)
    if s.json:
        s.show(ended.result, "")
    if ended.problems:
        raise SystemExit(1)
