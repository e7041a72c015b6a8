"""The command line: parses and renders, and holds no rule.

Here stands only how a process begins and ends; the commands are in `group`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: How many new objects call for the cycle collector in a process of ours. Most commands end before they have made
#: as many, and a step leaves no cycles behind.
COLLECT_AT = 50_000


def main(args: Sequence[str] | None = None) -> None:
    """The entry point of the console script; ends the process with one of the documented exit codes.

    With `args` (a call from Python) it ends by SystemExit, and the process may go on.
    """
    import gc

    gc.set_threshold(COLLECT_AT)
    try:
        _spare_typing_extensions()
        from procflow.cli.streams import take

        if args is None:
            take()
        from procflow.cli.group import cli
        from procflow.cli.session import call
    except KeyboardInterrupt:  # Ctrl-C before anything has begun
        raise SystemExit(130) from None
    try:
        call(cli, args)
    except SystemExit as end:
        if args is None and isinstance(end.code, int):
            _leave(end.code)
        raise


def _spare_typing_extensions() -> None:
    """Let msgspec take from `typing` what it would take from `typing_extensions` wherever that is installed.

    Python has had both names of it since 3.11, and importing the other module costs a command more than opening
    the store does. It is hidden for this one import only.
    """
    import sys

    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return
    hidden: dict[str, Any] = sys.modules
    hidden["typing_extensions"] = None
    try:
        import msgspec  # noqa: F401
    finally:
        del hidden["typing_extensions"]


def _leave(code: int) -> None:
    """End the process now: the app is closed, and taking the interpreter apart would cost more than a step.

    Returns where something else still has to end in its own way: another thread, a broken pipe.
    """
    import atexit
    import os
    import sys
    import threading

    if threading.active_count() > 1:
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # nobody reads any more, and nobody wants to hear of it
        os._exit(code)
    except (OSError, ValueError):
        return
    os._exit(code)
