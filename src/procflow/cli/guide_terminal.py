"""Reading and writing of the guided step: lines from a terminal or a pipe, words with indentation.

It knows nothing of cases. A pipe is echoed, so that what was answered stands in the output too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from signal import SIG_DFL, SIGHUP, SIGINT, SIGTERM, getsignal, signal
from typing import Any

import click

from procflow.cli.style import bold, dim, wrapped
from procflow.cli.visible import harmless


class Stop(Exception):
    """The person stops here: `q`, or the end of the input (`at_end`)."""

    def __init__(self, *, at_end: bool = False) -> None:
        super().__init__("stop")
        self.at_end = at_end


class Broken(KeyboardInterrupt):
    """Somebody, or whoever ended the process, broke off in the middle of a line; `half` is what stood there."""

    def __init__(self, half: str, signal: int) -> None:
        super().__init__()
        self.half, self.signal = half, signal


class Terminal:
    """Where the person sits."""

    def __init__(self) -> None:
        self.tty = sys.stdin.isatty() and sys.stdout.isatty()
        self._last_blank = True

    def line(self, text: str = "") -> None:
        if not text and self._last_blank:
            return
        self._last_blank = not text
        click.echo(harmless(text))

    def say(self, text: str, indent: str = "  ", label: str = "") -> None:
        """A paragraph, its label in bold."""
        lead = f"{label}: " if label else ""
        lines = wrapped(lead + text, indent, indent + " " * min(len(lead), 12))
        if lead and lines:
            lines[0] = lines[0].replace(lead, bold(f"{label}:") + " ", 1)
        for each in lines:
            self.line(each)

    def faint(self, text: str, indent: str = "  ") -> None:
        for each in wrapped(text, indent):
            self.line(dim(each))

    def title(self, text: str) -> None:
        self.line()
        for each in wrapped(text):
            self.line(bold(each))

    def read(
        self, prompt: str = "  > ", typed: str = "", words: Sequence[str] = (), files: bool = False
    ) -> str:
        """One line, or all lines of what was pasted at once. `typed` stands there already and can be changed; Tab
        completes `words` or file names.

        Raises Stop at the end of the input, and Broken.
        """
        self._last_blank = False
        if not self.tty:
            sys.stdout.write(prompt)
            sys.stdout.flush()
            line = sys.stdin.readline()
            if not line:
                click.echo()
                raise Stop(at_end=True)
            click.echo(line.rstrip("\r\n"))
            return line.rstrip("\r\n")
        try:
            return _edited(prompt, typed, words, files)
        except EOFError:
            click.echo()
            raise Stop(at_end=True) from None


@contextmanager
def ended_in_good_order() -> Iterator[None]:
    """Within it, a process that is ended breaks off as Ctrl-C does; then it ends by that signal. Where the terminal is
    gone already, readline has let go of its line."""

    def broken(number: int, frame: Any) -> None:
        raise Broken("", number)

    for each in (SIGTERM, SIGHUP):
        if getsignal(each) == SIG_DFL:  # with nohup it is to stay
            signal(each, broken)
    try:
        yield
    except Broken as stop:
        if stop.signal == SIGINT:
            raise
        signal(stop.signal, SIG_DFL)
        os.kill(os.getpid(), stop.signal)


def _edited(prompt: str, typed: str, words: Sequence[str], files: bool) -> str:
    """A line with the editing keys of readline; what was typed for one field is never offered in another."""
    try:
        import readline
    except ImportError:  # a Python without readline: a plain line
        return input(prompt)
    from glob import glob
    from os.path import expanduser, isdir

    def complete(text: str, number: int) -> str | None:
        if files:
            found = [f"{p}/" if isdir(p) else p for p in sorted(glob(expanduser(text) + "*"))]
        else:
            found = [word for word in words if word.casefold().startswith(text.casefold())]
        return found[number] if number < len(found) else None

    readline.set_auto_history(False)
    readline.set_completer(complete)
    readline.set_completer_delims("" if files else " ,")
    readline.parse_and_bind("tab: complete")
    # What is pasted is one answer however many lines it has: its second line would answer the next question.
    readline.parse_and_bind("set enable-bracketed-paste on")
    readline.set_startup_hook((lambda: readline.insert_text(typed)) if typed else None)
    try:
        return input(prompt)
    except KeyboardInterrupt as stop:
        raise Broken(readline.get_line_buffer(), getattr(stop, "signal", SIGINT)) from None
    finally:
        readline.set_startup_hook(None)
        readline.set_completer(None)
