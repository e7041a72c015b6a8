"""A `run` or `serve` that cannot begin, or cannot go on, says why in its log: whoever reads lines of JSON would not find
two lines of text. It must not know what went wrong, only in which words it is said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from procflow.errors import ProcflowError

if TYPE_CHECKING:
    import click

    from procflow.cli.session import Session

_COMMANDS = ("run", "serve")


def told_in_log(now: Session, context: click.Context | None, status: int, **words: str) -> bool:
    """Whether the reason is now one line of a log in JSON, so that nothing else need be said on standard error."""
    what = str(now.given.get("logs") or (context.info_name if context is not None else "") or "")
    if what not in _COMMANDS or not _is_json(now):
        return False
    from procflow.builtin.world import RealWorld
    from procflow.cli.seeing import line_of
    from procflow.seen.log import Lines
    from procflow.seen.watching import Watching

    watching = Watching(RealWorld())
    watching.listeners.append(Lines(line_of(sys.stderr), "json", "error"))
    watching.tell("gave_up", None, what=what, exit=status, **words)
    return True


def _is_json(now: Session) -> bool:
    """Whether JSON was asked for, by the option or the settings: whoever only looks on through a pipe, or writes it to a
    file, is told in words as by every command."""
    said: Any = now.given.get("log_format") or _option(now.args) or _setting(now)
    return bool(said == "json")


def _option(args: tuple[str, ...]) -> str:
    """`--log-format json` or `--log-format=json`, where the options could not be read."""
    for index, word in enumerate(args):
        name, _, value = word.partition("=")
        if name == "--log-format":
            return value or next(iter(args[index + 1 : index + 2]), "")
    return ""


def _setting(now: Session) -> str | None:
    """What procflow.toml says; None where it says nothing or cannot be read."""
    try:
        seen = now.app.settings.seen
    except (ProcflowError, OSError):
        return None
    return seen.log.format if seen is not None and seen.log is not None else None
