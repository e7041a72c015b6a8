"""A worker of the Temporal host, to be killed: `python -m faults.temporal_worker FOLDER ADDRESS`.

The clock of all of them is as many seconds ahead as a file says, so that the leases of those that died are over.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.definitions.settings_host import HostSettings
from procflow.errors import StorageError
from procflow.hosts.local import Round

QUEUE = "faults"


class Ahead(RealWorld):
    """A clock that is ahead, and the same for everybody."""

    def __init__(self, folder: str) -> None:
        self._file = Path(folder) / "ahead"

    def by(self) -> timedelta:
        return timedelta(seconds=int(self._file.read_text()) if self._file.exists() else 0)

    def further(self, seconds: int) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(str(int(self.by().total_seconds()) + seconds))
        beside.rename(self._file)

    def now(self) -> datetime:
        return super().now() + self.by()


def said(address: str) -> HostSettings:
    return HostSettings("temporal", address=address, task_queue=QUEUE)


def _told(done: Round) -> None:
    for problem in done.problems:
        print(problem, flush=True)


if __name__ == "__main__":
    folder, address = sys.argv[1:]
    begun_by = os.getppid()
    while os.getppid() == begun_by:  # it outlives nobody
        try:
            with App(folder, world=Ahead(folder)) as app:
                app.host(said(address)).run(lambda: os.getppid() != begun_by, _told)
        except StorageError:  # a server is away just now: it is begun again, as a service manager does
            time.sleep(0.5)
