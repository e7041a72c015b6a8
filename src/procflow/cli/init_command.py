"""`procflow init FOLDER`: a workspace that works."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--example/--empty", default=True, help="Bring the shipped procedures, or only the frame.")
@COMMON
def command(folder: str, example: bool) -> None:
    """Make a workspace in FOLDER: settings, procedures, a store and its key file."""
    from procflow.shipped import make_workspace

    s = session()
    made = make_workspace(folder, example=example)
    lines = "\n".join(f"  {name}" for name in made)
    s.show({"folder": folder, "made": made}, f"{folder}:\n{lines}\nNext: cd {folder} && procflow check")
