"""`procflow plugins`: what is loaded, from where, in which mode, how well it is and how it was verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from procflow.cli.group import GROUPS
from procflow.cli.session import COMMON, session
from procflow.cli.style import wrapped


@click.command()
@COMMON
def command() -> None:
    """List plugins: where they come from, their version, hooks, channels, and the functions, judges of evidence, rules and commands that they bring.

    Of each channel its operations, its mode, whether it is well (asked for in mode real only), and how it was verified: live
    (against the outside system itself), recorded (against what that once said) or stand-in (against our own idea of it).
    Ends with 1 when something is wrong with a plugin.
    """
    s = session()
    app = s.app
    rows = app.plugins.listing()
    for row in rows:
        for channel in row["channels"]:
            channel["mode"] = app.channels.mode(channel["name"])
            channel["health"] = app.channels.health(channel["name"])
    commands = app.plugins.commands()
    problems = [str(problem) for problem in app.plugins.problems]
    ours = {name for group in GROUPS.values() for name in group}
    problems += [
        f"a plugin brings a command {name}, which is procflow's own" for name in sorted(ours & set(commands))
    ]

    def text() -> str:
        more = (
            [f"commands of plugins: {', '.join(sorted(set(commands) - ours))}"]
            if set(commands) - ours
            else []
        )
        return "\n".join([*(line for row in rows for line in _lines(row)), *more, *problems])

    shown = {"plugins": rows, "commands": sorted(set(commands) - ours), "problems": problems}
    s.show(shown, text, ok=not problems)
    if problems:
        raise SystemExit(1)


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    yield f"{row['name']} {row['version']}".rstrip() + f"  ({row['kind']}: {row['where']})"
    yield from wrapped(f"hooks: {', '.join(row['hooks'])}", "    ", "      ")
    for hook, names in row["brings"].items():
        yield from wrapped(f"{hook.replace('_', ' ')}: {', '.join(names)}", "    ", "      ")
    for channel in row["channels"]:
        operations = ", ".join(channel["operations"])
        yield f"    {channel['name']}: {operations}   mode {channel['mode']}, verified {channel['verified']}"
        if channel["health"]:
            yield from wrapped(f"not well: {channel['health']}", "      ", "        ")
