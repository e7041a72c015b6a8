"""Work that takes too long for a request: a command of procflow in a process of its own, one at a time for a server.

What it answered is kept until it is asked for again. Nothing is stored: proofs are kept by `procflow prove` itself.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from collections import OrderedDict
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from msgspec import Struct

#: Seconds after which a command is given up.
PATIENCE = 600.0
#: Answers that are kept.
_KEPT = 200

Key = tuple[str, ...]


class Work(Struct, frozen=True):
    """`state`: waiting, running, done or failed; `answer` is the command's JSON, `trouble` what went wrong."""

    state: str
    answer: Any = None
    trouble: str = ""

    @property
    def goes_on(self) -> bool:
        return self.state in ("waiting", "running")


class Background:
    """Runs commands one after the other; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._works: OrderedDict[Key, Work] = OrderedDict()
        self._wanted: SimpleQueue[tuple[Key, list[str], str]] = SimpleQueue()
        self._process: subprocess.Popen[str] | None = None
        self._thread: Thread | None = None

    def ask(self, key: Key, words: list[str], folder: str) -> Work:
        """Have `procflow WORDS --json` done in a workspace, unless the same is under way; -> how it stands."""
        with self._lock:
            there = self._works.get(key)
            if there is not None and there.goes_on:
                return there
            work = self._works[key] = Work("waiting")
            self._works.move_to_end(key)
            while len(self._works) > _KEPT:
                self._works.popitem(last=False)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="background", daemon=True)
                self._thread.start()
                atexit.register(self.end)
        self._wanted.put((key, words, folder))
        return work

    def look(self, key: Key) -> Work | None:
        return self._works.get(key)

    def end(self) -> None:
        """What runs is given up."""
        process = self._process
        if process is not None:
            with suppress(OSError):
                process.kill()

    def _run(self) -> None:
        while True:
            key, words, folder = self._wanted.get()
            self._works[key] = Work("running")
            self._works[key] = self._done(words, folder)

    def _done(self, words: list[str], folder: str) -> Work:
        command = [sys.executable, "-m", "procflow", *words, "--json", "--workspace", folder]
        try:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - our own program  # fmt: skip # nosec B603
            said, _ = self._process.communicate(timeout=PATIENCE)
            answer = json.loads(said)
        except subprocess.TimeoutExpired:
            self.end()
            return Work("failed", None, f"given up after {PATIENCE:.0f} seconds")
        except (OSError, ValueError) as problem:
            return Work("failed", None, str(problem))
        finally:
            self._process = None
        if "result" not in answer:
            return Work("failed", None, answer.get("error", {}).get("message", "?"))
        return Work("done", answer["result"])


#: That of this server.
BACKGROUND = Background()
