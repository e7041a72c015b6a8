"""A fault at every system call that writes (R2): the real command line is killed there, or the disk fails or is full.

Afterwards a case is as it was or exactly one step further; what was acknowledged is there; what failed says so with
the exit code of storage, in words, and never with a traceback.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from faults.counting import Count
from faults.house import PROCFLOW, made, what_is_wrong
from procflow.app import App

#: The system calls by which a store, a key file and evidence are written.
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "rename", "write")
#: fault -> how strace brings it about.
FAULTS = {"killed": "signal=KILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}
AS = ("--as", "ann")
Verb = tuple[str, ...]

BOB = ("--as", "bob")
_HERS = ("assign", "1", "ann", *AS)
_OFFERED = ("handover", "1", "bob", "--note", "Ringer igen på onsdag om bilen", *AS)
_ASIDE = ("suspend", "1", "--until", "2 hours", "--reason", "venter på svar", *AS)
_AWAY = ("absent", "ann", "--until", "2030-01-08", *AS)
_PARTED = ("mates", "ann", "bob", "--part", *AS)
_SMS = ("receive", "--channel", "sms", "--from", "+4571999901", "--text", "Hej", "--id", "1")
_TRIED = ("do", "1", "no_answer", *AS)
_SHIFT = ("shift", "2030-01-07", "early", "ann", "--as", "liz")
#: The verbs of every day: a change of a case takes one step; opening makes a case of one step.
EVERYDAY: tuple[Verb, ...] = (
    ("do", "1", "remark", *AS),
    ("open", "cadence", "--with", "kn=104299", "--with", "email=new@customer.example", *AS),
    ("note", "1", "Ringede; vil høre fra os på onsdag", *AS),
    _HERS,
    ("signal", "1", "unheard", *AS),
    ("absent", "ann", "--from", "2030-01-07", "--until", "2030-01-08", *AS),
    ("attach", "1", "letter.txt", *AS),
    ("run", "--once"),
)
#: All verbs that write, each with what was done before it.
VERBS: dict[Verb, tuple[Verb, ...]] = {
    **dict.fromkeys(EVERYDAY, ()),
    ("claim", "1", *AS): (),
    ("giveback", "1", *AS): (_HERS,),
    _OFFERED: (_HERS,),
    ("do", "1", "take_over", *BOB): (_HERS, _OFFERED),
    _ASIDE: (_HERS,),
    ("resume", "1", *AS): (_HERS, _ASIDE),
    ("absent", "ann", "--back", *AS): (_AWAY,),
    _PARTED: (),
    ("mates", "ann", "bob", "--confirmed", "ann", "--confirmed", "bob", *AS): (_PARTED,),
    _SHIFT: (),
    ("swap", "2030-01-07", "ann", "bob", "--confirmed", "ann", "--confirmed", "bob", "--as", "liz"): (
        _SHIFT,
    ),
    (*_SMS, *AS): (),
    (*_SMS, "--case", "1", *AS): (),
    ("user", "add", "ann", "--generate"): (),
    ("user", "remove", "ann"): (("user", "add", "ann", "--generate"),),
    ("token", "add", "ann", "--scope", "case.read"): (),
    ("import", "turnover", "turnover.csv", "--as", "liz"): (),
    ("init", "new"): (),
    ("backup", "copy"): (),
    ("restore", "copy", "again"): (("backup", "copy"),),
    ("run", "--once", "--lang", "da"): (_TRIED, _TRIED),
}
#: Those that leave the journals of cases as they are, or may.
BESIDE = frozenset({"attach", "run", "receive", "user", "token", "import", "init", "backup", "restore"})


@dataclass(frozen=True)
class _Point:
    verb: Verb
    call: str
    when: int
    fault: str

    def __str__(self) -> str:
        return f"{' '.join(self.verb[:2])}: {self.fault} at {self.call} {self.when}"


def every_call(figure: int, seed: int) -> Count:
    """Every point of the first verb with every fault; then of the others, until the figure is reached."""
    count, texts = Count(), set[str]()
    root = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        tried = 0
        for verb, before in VERBS.items():
            if count.fired >= figure:
                break
            _prepare(root / "first", before)
            for point in _points(root, verb):
                _try(root, point, count, texts)
            tried += 1
        count.told = f"{tried} of {len(VERBS)} verbs, {len(texts)} different messages"
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return count


def _prepare(first: Path, before: tuple[Verb, ...]) -> None:
    """A workspace in which these verbs were done."""
    shutil.rmtree(first, ignore_errors=True)
    made(first, 1)
    (first / "letter.txt").write_text("Kære kunde\n")
    (first / "turnover.csv").write_text("kn;turnover\n104233;1000\n104299;250,50\n")
    for verb in before:
        ran = subprocess.run([PROCFLOW, *verb], cwd=first, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise RuntimeError(f"`procflow {' '.join(verb)}` does not run: {ran.stderr}")


def _fresh(root: Path) -> Path:
    work = root / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(root / "first", work)
    return work


def _points(root: Path, verb: Verb) -> list[_Point]:
    """Every call of every kind that the verb makes when nothing goes wrong, with every fault that it can have."""
    found = []
    for call in CALLS:
        ran = _run(_fresh(root), verb, "-e", f"trace={call}")
        if ran.returncode:
            raise RuntimeError(f"`procflow {' '.join(verb)}` does not run: {ran.stderr}")
        times = len(re.findall(rf"^(?:\[pid +\d+\] )?{call}\(", ran.stderr, re.M))
        faults = FAULTS if call in ("pwrite64", "fdatasync", "fsync", "ftruncate") else ("killed",)
        found += [_Point(verb, call, when, fault) for when in range(1, times + 1) for fault in faults]
    return found


def _run(work: Path, verb: Verb, *strace: str) -> subprocess.CompletedProcess[str]:
    command = ["strace", "-f", "-q", *strace, PROCFLOW, *verb]
    return subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=120, check=False)


def _try(root: Path, point: _Point, count: Count, texts: set[str]) -> None:
    work = _fresh(root)
    before = _sequences(work)
    inject = f"inject={point.call}:{FAULTS[point.fault]}:when={point.when}"
    ran = _run(work, point.verb, "-e", f"trace={point.call}", "-e", inject)
    killed = point.fault == "killed"
    if ("killed by SIGKILL" if killed else "(INJECTED)") not in ran.stderr:
        return  # it made fewer calls this time: no fault, and nothing to look at
    count.fired += 1
    for words in what_is_wrong(work, {}, whole=True):
        count.wrong(f"{point}: {words}")
    after = _sequences(work)
    grown = sum(after.values()) - sum(before.values())
    if grown not in (0, 1):
        count.wrong(f"{point}: {grown} steps were taken")
    acknowledged = not killed and ran.returncode == 0
    if acknowledged and not grown and point.verb[0] not in BESIDE:
        count.wrong(f"{point}: it said that it was done, and it was not")
    if point.verb[0] in BESIDE:
        verb, folder = point.verb, work / point.verb[-1]
        if verb[0] in ("init", "restore") and folder.exists():  # so it was made, and is whole
            verb = ("check" if verb[0] == "init" else "audit", "--workspace", verb[-1])
        again = _run(work, verb, "-e", "trace=none")
        if again.returncode > 1 or "Traceback" in again.stderr:
            said = f"{again.returncode}, {again.stderr[-200:]!r}"
            count.wrong(f"{point}: `procflow {' '.join(verb)}` after it ends with {said}")
    if not killed:
        said = "\n".join(
            line for line in ran.stderr.splitlines() if not re.match(r"(\[pid|\w+\(|\+\+\+|strace)", line)
        )
        if "Traceback" in ran.stderr or ran.returncode not in (0, 4):
            count.wrong(f"{point}: exit code {ran.returncode}, {said[-200:]!r}")
        if ran.returncode == 4:
            texts.add(re.sub(r"/\S+", "…", said))
            if "malformed" in said or (point.fault == "ENOSPC" and "space" not in said):
                count.wrong(f"{point}: the words are not about what happened: {said[-200:]!r}")


def _sequences(work: Path) -> dict[str, int]:
    with App(str(work)) as app:
        found = {case.id: case.sequence for case in app.store.cases(limit=1000)}
        organisation = app.store.load("organisation")
        if organisation is not None:
            found["organisation"] = organisation.sequence
    return found
