"""Disks that are full, read-only or out of files, and limits of a process (R17): each situation with the real command
line. It refuses in words, with the exit code of storage; what was acknowledged can be read; and when there is room
again it goes on with no repair.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.counting import Count
from faults.house import PROCFLOW, made, what_is_wrong

WRITING: tuple[tuple[str, ...], ...] = (
    ("do", "1", "remark"),
    ("note", "1", "Kunden ringede om sin police"),
    ("open", "cadence", "--with", "kn=104299", "--with", "email=new@customer.example"),
    ("attach", "1", "letter.txt"),
)
READING: tuple[tuple[str, ...], ...] = (("case", "1"), ("log", "1"), ("inbox", "--all"), ("why", "1"))
#: What stands before the command, such as a limit.
Prefix = tuple[str, ...]


def situations(figure: int, seed: int) -> Count:
    """Every situation with every verb that writes; a situation that hinders nothing does not count."""
    count = Count()
    if os.geteuid() != 0:
        raise SystemExit("full and read-only disks need root: they are mounted for it")
    for situation in (_full, _read_only_disk, _no_inodes, _file_size, _open_files, _no_rights):
        for verb in WRITING:
            with situation() as (work, hinder, prefix, help_):
                hinder(work)
                _tried(count, f"{situation.__name__.strip('_')}, {verb[0]}", work, verb, prefix)
                help_(work)
                _goes_on(count, f"{situation.__name__.strip('_')}, {verb[0]}", work, verb)
    return count


Situation = tuple[Path, Callable[[Path], None], Prefix, Callable[[Path], None]]


def _tried(count: Count, where: str, work: Path, verb: tuple[str, ...], prefix: Prefix) -> None:
    """Steps until one is refused (there may be room for some), then every verb that reads."""
    for _ in range(400):
        ran = _run(work, verb, prefix)
        if ran.returncode != 0:
            break
    else:
        count.wrong(f"{where}: it hindered nothing")
        return
    count.fired += 1
    if ran.returncode != 4 or "Traceback" in ran.stderr or not ran.stderr.strip():
        count.wrong(f"{where}: exit code {ran.returncode}: {ran.stderr[-300:]!r}")
    for reading in () if "--nofile" in " ".join(prefix) else READING:  # reading takes files too
        ran = _run(work, reading, prefix)
        if ran.returncode != 0:
            count.wrong(f"{where}: `{reading[0]}` could not read: {ran.stderr[-300:]!r}")


def _goes_on(count: Count, where: str, work: Path, verb: tuple[str, ...]) -> None:
    ran = _run(work, verb, ())
    if ran.returncode != 0:
        count.wrong(f"{where}: it did not go on afterwards: {ran.stderr[-300:]!r}")
    for words in what_is_wrong(work, {}, whole=True):
        count.wrong(f"{where}: {words}")


def _run(work: Path, verb: tuple[str, ...], prefix: Prefix) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, PROCFLOW, *verb, "--as", "ann", "--workspace", str(work)],
        cwd=work, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@contextmanager
def _tmpfs(options: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
        try:
            work = Path(place) / "work"
            made(work, 1)
            (work / "letter.txt").write_text("Kære kunde\n" * 400)
            yield work
        finally:
            subprocess.run(["umount", "-l", place], check=True)


def _nothing(work: Path) -> None:
    pass


def _fill(work: Path) -> None:
    """Until not another page has room."""
    with (work.parent / "filling").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


@contextmanager
def _full() -> Iterator[Situation]:
    with _tmpfs("size=2m") as work:
        yield work, _fill, (), lambda work: (work.parent / "filling").unlink()


@contextmanager
def _no_inodes() -> Iterator[Situation]:
    def use_up(work: Path) -> None:
        (work.parent / "many").mkdir()
        try:
            for n in range(10_000):
                (work.parent / "many" / str(n)).touch()
        except OSError:
            pass

    def free(work: Path) -> None:
        for file in (work.parent / "many").iterdir():
            file.unlink()

    with _tmpfs("size=8m,nr_inodes=60") as work:
        yield work, use_up, (), free


@contextmanager
def _read_only_disk() -> Iterator[Situation]:
    def remount(how: str) -> Callable[[Path], None]:
        def done(work: Path) -> None:
            subprocess.run(["mount", "-o", f"remount,{how}", str(work.parent)], check=True)

        return done

    with _tmpfs("size=8m") as work:
        yield work, remount("ro"), (), remount("rw")


@contextmanager
def _file_size() -> Iterator[Situation]:
    """A process that may write files of a kilobyte only."""
    with _tmpfs("size=8m") as work:
        yield work, _nothing, ("prlimit", "--fsize=1024"), _nothing


@contextmanager
def _open_files() -> Iterator[Situation]:
    """A process that has hardly a file left to open when it comes to the store."""
    with _tmpfs("size=8m") as work:
        yield work, _nothing, ("prlimit", "--nofile=5"), _nothing


@contextmanager
def _no_rights() -> Iterator[Situation]:
    """Somebody who may read the workspace and not write in it: root itself, without what sets it above rights."""

    def rights(file: int, folder: int) -> Callable[[Path], None]:
        def set_(work: Path) -> None:
            for path in (work.parent, *work.parent.rglob("*")):
                path.chmod(folder if path.is_dir() else file)

        return set_

    with _tmpfs("size=8m") as work:
        yield (
            work,
            rights(0o400, 0o500),
            ("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
            rights(0o600, 0o700),
        )
