"""Images of a crash (R4): what a disk may hold when the power goes at any write, for it need not write in order, nor all of
what was not flushed, nor a sector whole with the next.

A run is recorded once through a VFS; then at random places of it images are made in which of the writes that were not
flushed each sector is there or not, newest or older. The real store opens each: none is damaged, and everything that was
acknowledged by then is there.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from faults.counting import Count
from faults.house import GIVEN, made, what_is_wrong
from faults.vfs import Recording, through
from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import ProcflowError
from procflow.stores.sqlite import SqliteStore

SECTOR = 512
#: Pages after which the log is copied into the database: few, so that a recorded run has many of such moments.
_CHECKPOINT = 24
#: Steps of one recorded run, images that are made of it, and every how many-eth is looked at whole.
_STEPS, _IMAGES, _WHOLE = 60, 2_500, 400


def images(figure: int, seed: int) -> Count:
    dice, count, acknowledged, dropped = random.Random(seed), Count(), 0, 0
    memory = "/dev/shm"
    while count.fired < figure and not count.bad:
        root = Path(tempfile.mkdtemp(prefix="faults-", dir=memory if Path(memory).is_dir() else None))
        try:
            run = _Run(root, dice)
            for _ in range(min(_IMAGES, figure - count.fired)):
                image = run.image(dice)
                if not image.lost:
                    continue  # everything was flushed just then: no fault
                count.fired += 1
                dropped += image.lost
                acknowledged += len(image.acknowledged)
                whole = count.fired % _WHOLE == 0
                for words in image.wrong(whole):
                    count.wrong(f"{image.where}: {words}")
        finally:
            shutil.rmtree(root, ignore_errors=True)
    count.told = f"{dropped} sectors lost or torn; {acknowledged} acknowledged steps looked for"
    return count


class _Run:
    """A recorded run in `root`, and what its files were before it."""

    def __init__(self, root: Path, dice: random.Random) -> None:
        self.root = root
        work = root / "work"
        cases = made(work, 2)
        self.before = {"cases.db": (work / "cases.db").read_bytes(), "cases.db-wal": b""}
        vfs = Recording()
        with through(vfs, Recording.NAME, _CHECKPOINT):
            n = 0
            while n < _STEPS:
                app = App(str(work))
                for _ in range(dice.randint(3, 20)):
                    n += 1
                    self._act(app, cases, n, dice)
                    vfs.note(f"c-{n}")
                app.close()
        self.log = [(Path(path).name, what, at, data) for path, what, at, data in vfs.log]
        self.image_folder = root / "image"
        shutil.copytree(work, self.image_folder)

    @staticmethod
    def _act(app: App, cases: list[str], n: int, dice: random.Random) -> None:
        kind = dice.choice(("remark", "note", "open", "no_answer"))
        id = f"c-{n}"
        if kind == "open":
            cases.append(app.engine.open("cadence", Command(id, "open", "cadence", "ann", GIVEN)).case_id)
        elif kind == "note":
            app.engine.submit(
                dice.choice(cases),
                Command(id, "note", "note", "ann", {"note": "Ringer igen på onsdag " * 20}),
            )
        else:
            answer = app.engine.submit(dice.choice(cases), Command(id, "choice", kind, "ann"))
            if not answer.accepted:
                app.engine.submit(
                    cases[0], Command(id, "note", "note", "bob", {"note": "Det kunne ikke lade sig gøre"})
                )

    def image(self, dice: random.Random) -> _Image:
        """The files as they may be found after a crash before the `end`-th change."""
        end = dice.randint(1, len(self.log))
        safe = {name: bytearray(content) for name, content in self.before.items()}
        waiting: dict[str, list[tuple[str, int, bytes]]] = defaultdict(list)
        acknowledged: list[str] = []
        for name, what, at, data in self.log[:end]:
            if what == "note":
                acknowledged.append(data.decode())
            elif what == "sync":
                for each in waiting.pop(name, ()):
                    _apply(safe.setdefault(name, bytearray()), *each)
            elif what == "delete":
                safe.pop(name, None)
                waiting.pop(name, None)
            else:
                waiting[name].append((what, at, data))
        lost = 0
        keep = dice.choice((0.0, 0.1, 0.5, 0.9, 1.0))  # how much of what was not flushed is there
        for name, changes in waiting.items():
            file = safe.setdefault(name, bytearray())
            for what, at, data in changes:
                if what == "truncate":
                    if dice.random() < keep:
                        _apply(file, what, at, data)
                    else:
                        lost += 1
                    continue
                for begin in range(0, len(data), SECTOR):
                    if dice.random() < keep:
                        _apply(file, "write", at + begin, data[begin : begin + SECTOR])
                    else:
                        lost += 1
        for name in ("cases.db", "cases.db-wal"):
            image = self.image_folder / name
            if name in safe:
                image.write_bytes(safe[name])
            else:
                image.unlink(missing_ok=True)
        for name in ("cases.db-shm",):
            (self.image_folder / name).unlink(missing_ok=True)
        return _Image(
            self.image_folder, f"before change {end} of {len(self.log)}, keeping {keep}", acknowledged, lost
        )


class _Image:
    def __init__(self, folder: Path, where: str, acknowledged: list[str], lost: int) -> None:
        self.folder, self.where, self.acknowledged, self.lost = folder, where, acknowledged, lost

    def wrong(self, whole: bool) -> list[str]:
        found: list[str] = []
        try:
            store = SqliteStore(str(self.folder / "cases.db"))
            try:
                found += [
                    f"{id} was acknowledged and is not there"
                    for id in self.acknowledged[-8:]
                    if store.answered(id) is None
                ]
                found += [row[0] for row in store._rows("PRAGMA quick_check(3)") if row[0] != "ok"]
                for case in store.cases(limit=1000):
                    rows = list(store.journal(case.id))
                    if [row.sequence for row in rows] != list(range(1, case.sequence + 1)) or rows[
                        -1
                    ].hash != case.head:
                        found.append(f"the journal of case {case.number} does not end where the case stands")
            finally:
                store.close()
        except ProcflowError as problem:
            return [f"it cannot be opened: {problem.message}"]
        if whole:
            found += what_is_wrong(self.folder, {}, whole=True)
        return found


def _apply(file: bytearray, what: str, at: int, data: bytes) -> None:
    if what == "truncate":
        del file[at:]
        return
    if len(file) < at:
        file.extend(bytes(at - len(file)))
    file[at : at + len(data)] = data
