"""Whether the simulation would notice (R7): faults planted in a copy of the source, one at a time, each of which it must find.

`faults/planted/*.patch` are diffs against the repository (`git diff`), each with a header that says in words what it breaks.
Some are planted by hands that have not seen the simulation, and every fault that it found in earnest is kept here undone.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import procflow
from faults.counting import Count

PLANTED = Path(__file__).parent / "planted"
#: Within so many seeds each must be found.
SEEDS = 200
_SOURCE = Path(procflow.__file__).parent
#: What the copy is asked: its first seed that fails.
_ASK = """
from faults.simulation import first_that_fails
found = first_that_fails({seeds})
print("FOUND %s %s" % found if found else "NOT FOUND")
"""


def patches() -> list[Path]:
    return sorted(PLANTED.glob("*.patch"))


def about(patch: Path) -> str:
    """What it breaks, in the words of its header: the text before the diff."""
    words = re.split(r"^(?:diff |--- )", patch.read_text(), maxsplit=1, flags=re.M)[0]
    return " ".join(words.split())


def applies(patch: Path) -> str:
    """ "" where it does, else what `patch` says of it."""
    ran = subprocess.run(
        ["patch", "-p1", "--batch", "--forward", "--dry-run", "-i", str(patch.resolve())],
        cwd=_SOURCE.parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ran.stdout if ran.returncode else ""


@contextmanager
def planted(patch: Path) -> Iterator[Path]:
    """A copy of the source with the patch in it; -> the folder to import from. Raises RuntimeError where it does not apply.

    What Python compiled is copied too, but for the files that the patch changes.
    """
    root = Path(tempfile.mkdtemp(prefix="planted-"))
    try:
        shutil.copytree(_SOURCE, root / "src" / "procflow")
        for beside in ("schemas", "plugins"):
            shutil.copytree(_SOURCE.parent.parent / beside, root / beside)
        ran = subprocess.run(
            ["patch", "-p1", "--batch", "--forward", "-i", str(patch.resolve())],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ran.returncode != 0:
            raise RuntimeError(f"{patch.name} does not apply: {ran.stdout.strip()}")
        for changed in map(Path, re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), flags=re.M)):
            for compiled in (root / changed.parent / "__pycache__").glob(f"{changed.stem}.*.pyc"):
                compiled.unlink()
        yield root / "src"
    finally:
        shutil.rmtree(root, ignore_errors=True)


def found_in(patch: Path, seeds: int = SEEDS) -> str:
    """ "FOUND seed what-did-not-hold", or "NOT FOUND". Raises RuntimeError where it does not run at all."""
    with planted(patch) as source:
        here = Path(__file__).resolve().parent.parent
        ran = subprocess.run(
            [sys.executable, "-c", _ASK.format(seeds=seeds)],
            env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{here}"}, cwd=source,
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
    if ran.returncode != 0:
        raise RuntimeError(f"{patch.name}: it does not even run: {ran.stderr.strip()[-500:]}")
    return ran.stdout.strip().splitlines()[-1]


def all_found(figure: int, seed: int) -> Count:
    """So many of them, in turn by the seed; all, where there are no more."""
    count, told = Count(), []
    some = patches()
    if len(some) > figure:
        some = sorted(random.Random(seed).sample(some, figure))
    for patch in some:
        if not about(patch):
            count.wrong(f"{patch.name} does not say what it breaks")
        answer = found_in(patch)
        if not answer.startswith("FOUND"):
            count.wrong(f"{patch.name} was not found in {SEEDS} seeds: {about(patch)}")
            continue
        count.fired += 1
        _, at, words = answer.split(" ", 2)
        told.append(int(at))
        print(f"      {patch.stem}: seed {at}: {words[:150]}", flush=True)
    count.told = f"of {len(patches())}; found by seed {', '.join(map(str, told))}"
    return count
