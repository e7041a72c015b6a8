"""`procflow` ready to go: a process that has imported the command line and makes a fork of itself for each command.

Most of what a short command costs is the start of Python and its imports, and the tests run some hundreds. Each
command is still a process of its own, with its arguments, folder, environment and streams, that ends by its exit
code. This file is the process (`python ready.py SOCKET`) and, for the tests, `started`, which asks it.
What a start imports, how it finds its encoding and what a kill leaves behind is tested with real starts.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

LONGEST = 120
PROCFLOW = Path(sys.executable).parent / "procflow"


def started(
    args: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, typed: str = "", script: str = ""
) -> subprocess.CompletedProcess[str]:
    """What `procflow` (or a script of Python) does with these arguments in this folder.

    Python's own settings in `env` do not count.
    """
    return _ready().run(args, cwd, os.environ if env is None else env, typed, script)


@cache
def _ready() -> Ready:
    ready = Ready(PROCFLOW)
    atexit.register(ready.end)
    os.register_at_fork(
        after_in_child=_ready.cache_clear
    )  # two that ask on one line take each other's answers
    return ready


class Ready:
    """Runs commands as `subprocess.run` does."""

    def __init__(self, command: Path) -> None:
        self.command = str(command)
        self._ours, theirs = socket.socketpair()
        self._server = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno()), self.command], pass_fds=(theirs.fileno(),)
        )
        theirs.close()
        self._ours.settimeout(LONGEST)

    def run(
        self, args: Sequence[str], cwd: Path, env: Mapping[str, str], typed: str, script: str
    ) -> subprocess.CompletedProcess[str]:
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(typed.encode())
            given.seek(0)
            asked = json.dumps(
                {"args": list(args), "cwd": str(cwd), "env": dict(env), "script": script}
            ).encode()
            socket.send_fds(self._ours, [len(asked).to_bytes(4)], [f.fileno() for f in (given, out, err)])
            self._ours.sendall(asked)
            code = int.from_bytes(self._ours.recv(4), signed=True)
            said = []
            for stream in (out, err):
                stream.seek(0)
                said.append(stream.read().decode().replace("\r\n", "\n"))
        return subprocess.CompletedProcess([script or self.command, *args], code, *said)

    def end(self) -> None:
        self._ours.close()
        self._server.wait(timeout=LONGEST)


def serve(asked: socket.socket) -> None:
    """Takes commands until nobody asks any more."""
    while True:
        length, streams, _, _ = socket.recv_fds(asked, 4, 3)
        if not length:
            return
        size, text = int.from_bytes(length), b""
        while len(text) < size:
            if not (more := asked.recv(size - len(text))):
                return  # whoever asked is gone
            text += more
        pid = os.fork()
        if not pid:
            asked.close()
            become(streams, **json.loads(text))
        for stream in streams:
            os.close(stream)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        asked.sendall(code.to_bytes(4, signed=True))


def become(streams: list[int], args: list[str], cwd: str, env: dict[str, str], script: str) -> None:
    """This process becomes the command, as if it had been started."""
    from procflow.cli import main

    for wanted, stream in enumerate(streams):
        os.dup2(stream, wanted)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv[1:] = args
    if script:
        import runpy

        sys.argv[0] = script
        runpy.run_path(script, run_name="__main__")
        sys.exit()
    sys.exit(main())


def get_ready() -> None:
    """Imports what commands import, some of them only when they need it, and builds the grammar of expressions: a start
    that checks spends half of its time on both."""
    import contextlib
    import gc
    import importlib
    import pkgutil

    import procflow

    for module in pkgutil.walk_packages(procflow.__path__, "procflow."):
        if not module.name.endswith(("__main__", "pytest_plugin", "procflow.testing", "verifier")):
            with contextlib.suppress(ImportError):  # what is missing is missed by the command that needs it
                importlib.import_module(module.name)
    import asyncio  # noqa: F401

    import holidays.countries  # noqa: F401

    from procflow.definitions.json_schema import json_schema
    from procflow.definitions.parse import parse_expression

    json_schema()
    parse_expression("1 == 1")
    gc.freeze()


if __name__ == "__main__":
    channel = socket.socket(fileno=int(sys.argv[1]))
    sys.argv[:] = [sys.argv[2]]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    get_ready()
    serve(channel)
