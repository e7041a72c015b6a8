"""Keeps a plugin's code, where it runs in our own process, from hanging, printing into our answers and forking us.

Channels have a process of their own; this is for what cannot: loading, hooks, and the pure functions that plugins
register. It also takes secrets out of what plugins say, as a second line: they do not say them in the first place. It must
not know hooks.
"""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import IO, Any, cast

#: Seconds for a plugin to be imported or to answer a hook, and for one call of a pure function.
LOADING, FUNCTION = 10.0, 2.0
_guarded = threading.local()
_watching_forks: list[bool] = []


class TooLong(BaseException):
    """The plugin hangs. No `except Exception` of its own may catch it."""


@dataclass
class Seen:
    """What a plugin did beside what it was asked to."""

    printed: str = ""
    forked: bool = False
    thread: str = ""
    _ended: list[int] = field(default_factory=list)

    def words(self, doing: str) -> list[str]:
        """One sentence for each, which goes on after the plugin's name."""
        found = []
        if self.printed.strip():
            first = self.printed.strip().splitlines()[0][:80]
            found.append(f"prints {doing}: {first!r}; what a plugin has to say stands in its answers")
        if self.forked:
            found.append(f"forks {doing}; the copy was ended")
        if self.thread:
            found.append(
                f"starts a thread {doing} ({self.thread[:80]}) for which procflow would wait at its end, for ever perhaps; "
                "give it daemon=True, and begin it where the channel works"
            )
        return found


@contextmanager
def guarded(seconds: float) -> Iterator[Seen]:
    """Runs a plugin's code in here. Raises TooLong after so many seconds; what it prints goes to `Seen` and nowhere else.

    In a thread that is not the main one, code that waits outside of Python (in a lock, in `sleep`) is only stopped when
    it comes back.
    """
    seen, paper = Seen(), io.StringIO()
    _watch_forks()
    _watch_threads()
    outer = getattr(_guarded, "seen", None), getattr(_guarded, "paper", None)
    _LINES.begin()
    _guarded.seen, _guarded.paper = seen, paper
    try:
        with _alarm(seconds):
            yield seen
    finally:
        _guarded.seen, _guarded.paper = outer
        _LINES.end()
        seen.printed = paper.getvalue()


class _Line(io.TextIOBase):
    """Standard output or error while any thread is guarded: what a guarded thread says goes onto its own paper, all else
    where it went before."""

    def __init__(self, behind: Any) -> None:
        self.behind = behind

    def _to(self) -> Any:
        return getattr(_guarded, "paper", None) or self.behind

    def write(self, text: str, /) -> int:
        return int(self._to().write(text))

    def flush(self) -> None:
        self._to().flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._to().isatty())

    def fileno(self) -> int:
        return int(self._to().fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return str(self.behind.encoding)

    @property
    def buffer(self) -> Any:
        return self._to().buffer


class _Lines:
    """Both of them, put in with the first guarded thread and taken out with the last; several may be at it at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_it = 0
        self._put_in: tuple[_Line, _Line] | None = None

    def begin(self) -> None:
        with self._lock:
            self._at_it += 1
            if self._put_in is None:
                self._put_in = _Line(sys.stdout), _Line(sys.stderr)
                sys.stdout, sys.stderr = self._put_in

    def end(self) -> None:
        with self._lock:
            self._at_it -= 1
            if self._at_it or self._put_in is None:
                return
            out, err = self._put_in
            self._put_in = None
            if sys.stdout is out:  # else somebody has put in a line of his own meanwhile
                sys.stdout = out.behind
            if sys.stderr is err:
                sys.stderr = err.behind

    def in_the_copy(self) -> None:
        """Of a fork: its other threads are not there, and one of them may have held the lock."""
        self._lock = threading.Lock()
        self._at_it = 1 if getattr(_guarded, "seen", None) is not None else 0
        if not self._at_it and self._put_in is not None:
            self._at_it = 1
            self.end()


_LINES = _Lines()


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGALRM, _too_long)
        left = signal.setitimer(signal.ITIMER_REAL, seconds)[0]
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, left)
            signal.signal(signal.SIGALRM, before)
        return
    mine, done = threading.get_ident(), threading.Event()

    def watch() -> None:
        if not done.wait(seconds):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(mine), ctypes.py_object(TooLong))

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _too_long(*_: Any) -> None:
    raise TooLong


def real_stderr() -> IO[str]:
    """Standard error as it is outside of the guard: for what is printed about plugins, not by them."""
    line: Any = sys.stderr
    return cast(IO[str], line.behind if isinstance(line, _Line) else line)


def _watch_forks() -> None:
    """Once in a process: a fork while a plugin is guarded is seen, and its copy ends at once."""
    if _watching_forks:
        return
    _watching_forks.append(True)

    def before() -> None:
        seen = getattr(_guarded, "seen", None)
        if seen is not None:
            seen.forked = True

    def in_the_copy() -> None:
        if getattr(_guarded, "seen", None) is not None:
            os._exit(0)
        _LINES.in_the_copy()

    os.register_at_fork(before=before, after_in_child=in_the_copy)


def _watch_threads() -> None:
    """Once in a process: a thread that a guarded plugin starts and that nothing ends is seen, and holds up no end."""
    if hasattr(threading.Thread.start, "watches"):
        return
    start = threading.Thread.start

    @wraps(start)
    def watched(thread: threading.Thread) -> None:
        seen = getattr(_guarded, "seen", None)
        if seen is not None and not thread.daemon:
            thread.daemon, seen.thread = True, thread.name
        start(thread)

    watched.watches = True  # type: ignore[attr-defined]
    threading.Thread.start = watched  # type: ignore[method-assign, assignment]


def pure(
    function: Callable[..., Any],
    told: Callable[[str], None],
    failed: Callable[[str], Exception],
    seconds: float = FUNCTION,
) -> Callable[..., Any]:
    """A plugin's function that neither hangs nor prints; what it says of itself (annotations, attributes) stays.

    `told` hears what it did beside its work, once. `failed` makes the error for one that raises or hangs.
    """
    heard: set[str] = set()

    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        try:
            with guarded(seconds) as seen:
                answer = function(*given, **named)
        except TooLong:
            raise failed(f"took longer than {seconds:g} seconds") from None
        except Exception as why:  # only its name: what it says may repeat what was entered
            raise failed(f"raised {type(why).__name__}") from why
        for words in seen.words("when it is called"):
            if words.partition(":")[0] not in heard:
                heard.add(words.partition(":")[0])
                told(words)
        return answer

    return called


#: What stands where a secret stood.
HIDDEN = "***"


#: Shorter pieces of base64 could stand in any text.
_PIECE = 8


@lru_cache(maxsize=64)
def as_written(secret: str) -> tuple[str, ...]:
    """A secret as it is, as an address has it, and as base64 does with whatever before and behind it: so HTTP's Basic
    writes a password, and who repeats what was sent says it to everybody who can read that."""
    from base64 import b64encode
    from urllib.parse import quote, quote_plus

    data = secret.encode("utf-8", "surrogatepass")
    found = {secret: None, quote(data, safe=""): None, quote_plus(data): None}
    for before in range(3):
        whole = b64encode(b"\0" * before + data).decode()
        piece = whole[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]  # what hangs on no other byte
        if len(piece) >= _PIECE:
            found |= {piece: None, piece.replace("+", "-").replace("/", "_"): None}
    return tuple(found)


def without(value: Any, secrets: Sequence[str]) -> tuple[Any, bool]:
    """The value with every secret in its texts hidden, and whether there was one. Bytes stay as they are."""
    if isinstance(value, str):
        hidden = value
        for secret in secrets:
            hidden = hidden.replace(secret, HIDDEN)
        return hidden, hidden != value
    if isinstance(value, Mapping):
        pairs = {without(name, secrets)[0]: without(item, secrets) for name, item in value.items()}
        return {name: item for name, (item, _) in pairs.items()}, any(found for _, found in pairs.values())
    if isinstance(value, list | tuple):
        items = [without(item, secrets) for item in value]
        return [item for item, _ in items], any(found for _, found in items)
    return value, False
