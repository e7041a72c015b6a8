"""The streams that a process was given: closed, on a full disk, or with a reader who has gone.

It must not know what is written to them.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper

from procflow.errors import StorageError


class OutputLost(StorageError):
    """The answer of a command could not be written to standard output; what it was asked may be done all the same."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(
            f"the answer could not be written to standard output: {problem.strerror or problem}",
            "what was asked may be done all the same: look (`procflow case`, `procflow log`) before you do it again",
        )


class _Output(TextIOWrapper):
    """Standard output; that it takes nothing is not taken for a fault of the store. A reader who has gone is click's."""

    given: TextIOWrapper

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise OutputLost(problem) from problem

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise OutputLost(problem) from problem


class _Aside(TextIOWrapper):
    """Standard error; nobody can be told that it takes nothing, and the exit code counts all the same."""

    given: TextIOWrapper

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def take() -> None:
    """Before anything else is opened. A stream that is closed leads to nothing, else the next file that is opened would
    get its number, and be written into by whoever writes to it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            stream = os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8")
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    for name, kind in (("stdout", _Output), ("stderr", _Aside)):
        own: _Output | _Aside
        stream = getattr(sys, name)
        if type(stream) is TextIOWrapper:
            # else somebody has put in one of their own: a test, another program
            own = kind(
                stream.buffer, stream.encoding, stream.errors, line_buffering=stream.line_buffering,
                write_through=stream.write_through,
            )  # fmt: skip
            own.given = stream  # which would close what is behind it if nobody held it
            setattr(sys, name, own)


def end() -> None:
    """What is still to be written, is; where it cannot be, the end of the process is not to stumble over it. Raises
    OutputLost, once."""
    try:
        sys.stdout.flush()
    except OutputLost:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
        raise
    except (OSError, ValueError):  # nobody reads any more, or it was closed: `_leave` knows
        return
