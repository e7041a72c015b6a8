"""`procflow plugins`: what is loaded, from where, and in which mode."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session


@click.command()
@COMMON
def command() -> None:
    """List plugins with their channels, operations, mode, version and what they were verified against."""
    s = session()
    app = s.app
    rows = app.plugins.listing()
    for row in rows:
        for channel in row["channels"]:
            channel["mode"] = app.channels.mode(channel["name"])
    problems = [str(problem) for problem in app.plugins.problems]

    def text() -> str:
        lines = []
        for row in rows:
            lines.append(f"{row['name']} {row['version']}".rstrip() + f"  ({row['kind']}: {row['where']})")
            for channel in row["channels"]:
                operations = ", ".join(channel["operations"])
                lines.append(
                    f"    {channel['name']}: {operations}   mode {channel['mode']}, verified {channel['verified']}"
                )
        return "\n".join([*lines, *problems])

    s.show({"plugins": rows, "problems": problems}, text, ok=not problems)
    if problems:
        raise SystemExit(1)
