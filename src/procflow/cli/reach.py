"""Which commands work over `--server`, and why the others do not: said once, for the commands and for the reference.

A command of a plugin may ask what it likes, and is not looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping

from procflow.errors import UsageError

#: The commands that work on another machine exactly as they do in the workspace.
OVER_SERVER = frozenset(
    {
        "inbox", "open", "case", "do", "step", "why", "log", "note", "attach", "assign", "claim", "giveback", "handover",
        "suspend", "resume", "who", "queues", "handback", "absent", "roster", "shift", "swap", "mates", "signal",
        "receive", "show", "audit", "report",
    }
)  # fmt: skip

#: command -> why it works in the workspace itself only.
ONLY_HERE: Mapping[str, str] = {
    "check": "it reads the files of the workspace as they are being written",
    "test": "it reads the files of the workspace and runs them in memory",
    "prove": "it reads the files of the workspace and explores them in memory",
    "run": "it is the host of the workspace",
    "serve": "it is the server",
    "user": "who may log in is for whoever has the workspace's files",
    "token": "tokens are made by whoever has the workspace's files",
    "backup": "it copies the workspace's files and keys",
    "restore": "it writes a workspace and its keys",
    "store": "it moves the workspace's cases to another database",
    "import": "it brings in figures beside the workspace's files",
    "plugins": "it looks at what is installed on the machine of the workspace",
    "health": "it looks at the store, the disk and the keys of the workspace's machine",
    "doctor": "it looks at the files, the disk, the keys and the clock of the workspace's machine",
}

#: command -> why no workspace is asked, wherever it is.
ASKS_NONE: Mapping[str, str] = {
    "explain": "it tells of diagnostics, and asks no workspace",
    "schema": "it writes the schemas of what is installed on this machine",
    "init": "it makes a workspace on this machine",
    "plugin": "it works on a plugin's own files",
    "demo": "it makes a workspace of its own and plays in it",
}


def check_reach(command: str) -> None:
    """Raises UsageError for a command that does not work over --server, before it does anything."""
    if command in ONLY_HERE:
        raise UsageError(
            f"this command works in the workspace itself, and not with --server: {ONLY_HERE[command]}",
            "run it on the machine of the workspace, or leave out --server",
        )
    if command in ASKS_NONE:
        raise UsageError(
            f"--server means nothing to this command: {ASKS_NONE[command]}", "leave out --server"
        )


def table() -> str:
    """The commands and what they do with --server, as a table of Markdown."""
    from procflow.cli.group import GROUPS

    rows = []
    for who, commands in GROUPS.items():
        for name in commands:
            told = "●" if name in OVER_SERVER else "·"
            rows.append(f"| {who} | `{name}` | {told} | {ONLY_HERE.get(name) or ASKS_NONE.get(name, '')} |")
    return "\n".join(["| who | command | works | why not |", "|---|---|---|---|", *rows])
