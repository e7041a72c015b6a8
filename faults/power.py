"""The power goes (R5): a file system that is shut down without writing its log, under a workspace that is at work.

A real file system on a loop device (ext4; its shutdown ioctl drops what was not flushed), so it needs root. What was
acknowledged before the cut is there after it: steps, the files of evidence, and no step that names a file which is not.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from faults.counting import Count
from faults.house import made, what_is_wrong
from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import Conflict, ProcflowError

#: The ioctl that shuts an ext4 file system down, and the way of it: the log is not flushed.
_SHUTDOWN, _NO_LOG_FLUSH = 0x8004587D, (2).to_bytes(4, "little")
#: Cuts before a new file system is made.
ROUND = 25
WRITERS = 2


def cuts(figure: int, seed: int) -> Count:
    dice, count, steps, files = random.Random(seed), Count(), 0, 0
    if os.geteuid() != 0:
        raise SystemExit("power cuts need root: they mount a file system of their own")
    while count.fired < figure and not count.bad:
        with tempfile.TemporaryDirectory(prefix="faults-") as place:
            disk = Disk(Path(place))
            disk.make()
            work = disk.folder / "work"
            with disk.mounted():
                cases = made(work, 3)
                os.sync()
            acknowledged: dict[str, str] = {}
            kept: dict[str, int] = {}
            for n in range(min(ROUND, figure - count.fired)):
                with disk.mounted():
                    writers = [_Writer(work, cases, f"{count.fired}-{w}") for w in range(WRITERS)]
                    writers[0].wait()
                    time.sleep(dice.uniform(0.0, 0.1))
                    for writer in writers:
                        writer.hear(acknowledged, kept)
                    disk.cut()
                    count.fired += 1
                    for writer in writers:
                        writer.end()
                with disk.mounted():
                    for words in what_is_wrong(work, acknowledged, whole=n % 8 == 7):
                        count.wrong(f"cut {count.fired}: {words}")
                    for words in _missing(work, kept):
                        count.wrong(f"cut {count.fired}: {words}")
            steps, files = steps + len(acknowledged), files + len(kept)
    count.told = f"{steps} steps and {files} files were acknowledged"
    return count


class Disk:
    """A file system of its own, `size` MiB, whose power can be cut."""

    def __init__(self, place: Path, size: int = 64) -> None:
        self._image, self.folder, self._size = place / "image", place / "disk", size
        self.folder.mkdir()

    def make(self) -> None:
        with self._image.open("wb") as file:
            file.truncate(self._size << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)

    def mount(self) -> None:
        """Mount it; waits while a file system whose power was cut is kept alive by a name space that was copied from ours
        meanwhile (`ip netns exec` makes one): mounted once more it would be that one, and give nothing but errors."""
        until = time.monotonic() + 300
        while True:
            subprocess.run(["mount", "-o", "loop", str(self._image), str(self.folder)], check=True)
            try:
                (self.folder / "alive").touch()
                (self.folder / "alive").unlink()
            except OSError:
                if time.monotonic() > until:
                    raise
                self.unmount()
                time.sleep(0.1)
            else:
                return

    def unmount(self) -> None:
        for _ in range(50):
            if subprocess.run(["umount", str(self.folder)], check=False, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)  # the dead may not have let go of their files yet
        raise RuntimeError("the file system cannot be unmounted")

    @contextmanager
    def mounted(self) -> Iterator[None]:
        self.mount()
        try:
            yield
        finally:
            self.unmount()

    def cut(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, _SHUTDOWN, _NO_LOG_FLUSH)
        finally:
            os.close(folder)


class _Writer:
    """A child that takes steps and keeps files, and says of each that it was acknowledged."""

    def __init__(self, work: Path, cases: list[str], name: str) -> None:
        self._heard, told = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            with suppress(BaseException):
                os.close(self._heard)
                _write_on(work, cases, name, told)
            os._exit(3)
        os.close(told)
        os.set_blocking(self._heard, False)
        self._rest = b""

    def wait(self) -> None:
        select.select([self._heard], [], [], 20)

    def hear(self, acknowledged: dict[str, str], kept: dict[str, int]) -> None:
        """What it was told until now, and so before whatever comes next."""
        with suppress(BlockingIOError):
            while part := os.read(self._heard, 1 << 16):
                self._rest += part
        whole, _, self._rest = self._rest.rpartition(b"\n")
        for line in whole.decode().splitlines():
            kind, one, two = line.split()
            if kind == "step":
                acknowledged[one] = two
            else:
                kept[one] = int(two)

    def end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._heard)


def _write_on(work: Path, cases: list[str], name: str, told: int) -> None:
    app, n = App(str(work)), 0
    while True:
        for case in cases:
            n += 1
            if n % 5 == 0:
                slot = app.engine.load(case).row.key_slot
                kept = app.evidence.put(
                    f"Kvittering {name}-{n}".encode(), key_slot=slot, name="kvittering.txt"
                )
                os.write(told, f"file {kept['hash']} {slot}\n".encode())
            id = f"{name}-{n}"
            while True:
                try:
                    app.engine.submit(case, Command(id, "choice", "remark", "ann"))
                    break
                except Conflict:
                    continue
            os.write(told, f"step {id} {case}\n".encode())


def _missing(work: Path, kept: dict[str, int]) -> Iterator[str]:
    with App(str(work)) as app:
        for hash_, slot in kept.items():
            try:
                if not app.evidence.get(hash_, key_slot=slot).startswith(b"Kvittering"):
                    yield f"the file {hash_[:8]} holds something else"
            except ProcflowError as problem:
                yield f"the file {hash_[:8]} was acknowledged: {problem.message}"
