"""The host's end of one plugin's process: start it, call it with a deadline, end it with all that it started.

It must not know what the calls mean, or what to do when one goes wrong.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from time import monotonic  # a plugin hangs in real time, also where World's clock stands still
from typing import Any

from procflow.hosts.frames import BadFrame, Frames, pack

_BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from procflow.hosts.channel_process import main; main(*map(int, sys.argv[2:6]))"
)
#: What a plugin sees of the environment. Secrets stand in its settings, and only its own.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH",
                "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "USER", "LOGNAME")  # fmt: skip
_OUTPUT_KEPT = 4096
#: Questions that are said in one breath, and bytes that are heard in one.
_AT_ONCE, _PART = 64, 1 << 18


class Broken(Exception):
    """The process hung, ended, or said what is no message; it is gone now. The text says which."""


class PluginProcess:
    """One running process. Not for several threads at once."""

    def __init__(self, folder: str, limit: int) -> None:
        """Start it in `folder`; an answer of more than `limit` bytes breaks it."""
        self._limit = limit
        self._number = 0
        # question -> when its answer must be there, its deadline
        self._until: dict[int, tuple[float, float]] = {}
        self._answered: dict[int, Mapping[str, Any]] = {}
        self._to_say: deque[memoryview] = deque()
        self._heard = Frames(limit)
        self._printing = True
        self._output: deque[bytes] = deque()
        to_read, self._requests = os.pipe()
        self._answers, to_write = os.pipe()
        self._printed, prints = os.pipe()
        alive, self._lifeline = os.pipe()
        theirs = (to_read, to_write, prints, alive)
        path = json.dumps([os.path.abspath(entry) for entry in sys.path if entry])
        try:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own program # nosec B603
                [
                    sys.executable,
                    "-P",
                    "-c",
                    _BOOT,
                    path,
                    str(os.getpid()),
                    str(to_read),
                    str(to_write),
                    str(alive),
                ],
                stdin=subprocess.DEVNULL,
                stdout=prints,
                stderr=prints,
                pass_fds=(to_read, to_write, alive),
                cwd=folder,
                env={k: v for k, v in os.environ.items() if k in _ENVIRONMENT or k.startswith("LC_")},
                start_new_session=True,
            )
        except BaseException:
            for end in (self._requests, self._answers, self._printed, self._lifeline):
                os.close(end)
            raise
        finally:
            for end in theirs:
                os.close(end)
        for end in (self._requests, self._answers, self._printed):
            os.set_blocking(end, False)
        self._open, self._ended = True, False

    @property
    def alive(self) -> bool:
        return self._open and self._keeper.poll() is None

    @property
    def printed(self) -> str:
        """The last of what the plugin wrote to its standard output and error."""
        with suppress(BlockingIOError):
            while self._open and self._drain_more():
                pass
        return b"".join(self._output)[-_OUTPUT_KEPT:].decode("utf-8", "replace")

    def call(self, request: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        """Ask, and wait at most `deadline` seconds for the answer. Raises Broken; the process is ended then."""
        return self.heard(self.begin(request, deadline), deadline)

    def heard(self, number: int, deadline: float) -> Mapping[str, Any]:
        """The answer to a question that was begun. Raises Broken; the process is ended then."""
        while number not in self._answered:
            self._pump(deadline)
        return self._answered.pop(number)

    def begin(self, request: Mapping[str, Any], deadline: float) -> int:
        """Ask without waiting; -> the number under which `answers` or `heard` gives the answer, and it is said there too.
        Raises Broken.

        Several questions may be under way; how many the plugin works on at a time is its own affair.
        """
        if not self._open:
            raise Broken("was ended")
        self._number += 1
        self._to_say.append(memoryview(pack({**request, "id": self._number})))
        self._until[self._number] = (monotonic() + deadline, deadline)
        return self._number

    def answers(self, wait: float) -> list[tuple[int, Mapping[str, Any]]]:
        """What was answered since; waits at most so many seconds for the first. Raises Broken."""
        if not self._answered:
            self._pump(wait)
        found, self._answered = sorted(self._answered.items()), {}
        return found

    def say(self) -> None:
        """Say now what was asked, without waiting for an answer. Raises Broken."""
        self._pump(0.0)

    def _pump(self, wait: float) -> None:
        """Say and hear what can be said and heard, within `wait` seconds for the first; ended where it is broken."""
        try:
            self._say_and_hear(wait)
        except Broken:
            self.end()
            raise
        except BadFrame as why:
            self.end()
            raise Broken(f"answered what is no message: {why}") from why

    def _say_and_hear(self, wait: float) -> None:
        if not self._open:
            raise Broken("was ended")
        if self._to_say:
            self._say()
        number, (until, deadline) = min(
            self._until.items(), key=lambda each: each[1], default=(0, (monotonic() + wait, wait))
        )
        left = until - monotonic()
        poll = select.poll()
        if self._to_say:
            poll.register(self._requests, select.POLLOUT)
        poll.register(self._answers, select.POLLIN)
        if self._printing:
            poll.register(self._printed, select.POLLIN)
        for place, _ in poll.poll(max(min(wait, left), 0.0) * 1000):
            if place == self._printed:
                self._printing = self._drain()
            elif place == self._requests:
                self._say()
            else:
                self._hear()
        if left <= 0 and number in self._until:  # also what had been said by then was heard
            raise Broken(f"gave no answer within {deadline:g} seconds")

    def _say(self) -> None:
        try:
            while self._to_say:
                said = os.writev(self._requests, list(islice(self._to_say, _AT_ONCE)))
                while said:
                    first = self._to_say.popleft()
                    if said < len(first):
                        self._to_say.appendleft(first[said:])
                    said -= min(said, len(first))
        except BlockingIOError:
            return
        except BrokenPipeError:
            raise Broken(self._how_it_ended()) from None

    def _hear(self) -> None:
        part = os.read(self._answers, _PART)
        if not part:
            raise Broken(self._how_it_ended())
        for answer in self._heard.of(part):
            self._take(answer)

    def _take(self, answer: Any) -> None:
        number = answer.get("id") if isinstance(answer, dict) else None
        if not isinstance(number, int) or self._until.pop(number, None) is None:
            raise Broken("answered a question that was not asked")
        self._answered[number] = answer

    def _drain(self) -> bool:
        """Take what was printed; False at its end. Only the last of it is kept."""
        with suppress(BlockingIOError):
            return self._drain_more()
        return True

    def _drain_more(self) -> bool:
        """Whether there was more; raises BlockingIOError where there may be more later."""
        part = os.read(self._printed, 1 << 16)
        if part:
            self._output.append(part)
            while sum(map(len, self._output)) - len(self._output[0]) > _OUTPUT_KEPT:
                self._output.popleft()
        return bool(part)

    def _how_it_ended(self) -> str:
        code = None
        with suppress(subprocess.TimeoutExpired):
            code = self._keeper.wait(1.0)
        if code is None:
            return "closed its end of the line"
        if code > 128:
            with suppress(ValueError):
                return f"was ended by {signal.Signals(code - 128).name}"
        return f"ended with exit code {code}"

    def _has_ended_within(self, seconds: float) -> bool:
        """Heard of at once where the system tells it; `Popen.wait` looks every 50 ms, and a short command waits for it."""
        if self._keeper.poll() is not None:
            return True
        with suppress(OSError, AttributeError):
            told = os.pidfd_open(self._keeper.pid)
            try:
                poll = select.poll()
                poll.register(told, select.POLLIN)
                return bool(poll.poll(seconds * 1000))
            finally:
                os.close(told)
        with suppress(subprocess.TimeoutExpired):
            self._keeper.wait(seconds)
        return self._keeper.returncode is not None

    def let_go(self) -> None:
        """Tell the process to end, with all that it started; `end` waits for that."""
        if self._open:
            self._open = False
            for end in (self._lifeline, self._requests, self._answers, self._printed):
                os.close(end)

    def end(self) -> None:
        """End the process and all that it started; at once, and for good."""
        self.let_go()
        if self._ended:
            return
        self._ended = True
        if not self._has_ended_within(6.0):
            self._keeper.kill()
        self._keeper.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._keeper.pid, signal.SIGKILL)  # what is left where the keeper itself was killed
