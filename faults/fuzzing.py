"""Inputs mutated by what they reach in the code (atheris), in a process of their own: `python -m faults.fuzzing`.

A target says what it begins with, how an input is changed with its structure in mind, and what is wrong with one.
Nothing that a target finds ends the run; what it takes in time and memory is judged too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from faults.counting import KEPT, Count

#: The most memory of a whole run, in MiB.
MEMORY = 512
#: A machine of CI may be this many times slower than the bounds of the goals before anything fails.
SLOWER = 10


class Target(Protocol):
    """Made when its modules are instrumented. `bound` are seconds of processor time for one input; `took` is what the
    last one took, without what the target itself did to judge it."""

    bound: float
    took: float

    def seeds(self) -> Sequence[bytes]: ...
    def mutate(self, data: bytes, dice: random.Random) -> bytes: ...
    def wrong(self, data: bytes) -> str:
        """ "" or what does not hold, in words; what it raises counts as wrong too."""
        ...

    def told(self) -> str: ...


def fuzzed(name: str, figure: int, seed: int) -> Count:
    """`figure` inputs to the target `name` (module:class, instrumented packages behind it), on every core at once."""
    if importlib.util.find_spec("atheris") is None:
        raise SystemExit("atheris is missing: pip install -e '.[test]'")
    cores = min(os.cpu_count() or 1, 8)
    count, told, begun = Count(), list[str](), time.monotonic()
    with ExitStack() as folders:
        runs = [
            _Child(name, -(-figure // cores), seed + 1000 * n, folders.enter_context(_folder()))
            for n in range(cores)
        ]
        for run in runs:
            told.append(run.ended(count))
    took = time.monotonic() - begun
    count.told = f"{count.fired / took:,.0f} a second; {'; '.join(told)}"
    return count


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Child:
    """One process that tries inputs; it writes down what it found, so that its own end loses nothing of it."""

    def __init__(self, name: str, runs: int, seed: int, folder: Path) -> None:
        self._folder = folder
        with (folder / "printed").open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "faults.fuzzing", name, str(runs), str(seed), str(folder)],
                stdout=subprocess.DEVNULL,
                stderr=printed,
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )

    def ended(self, count: Count) -> str:
        """Waits for it; -> what it says of itself."""
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        report = self._folder / "report.json"
        if self._process.returncode or not report.exists():
            printed = (self._folder / "printed").read_text(errors="replace")
            count.wrong(f"it ended with {self._process.returncode}: {printed[-1500:]}")
        if not report.exists():
            return ""
        found = json.loads(report.read_text())
        count.fired += int(found["runs"])
        for words in found["wrong"]:
            count.wrong(words)
        if used.ru_maxrss > MEMORY << 10:
            count.wrong(f"it took {used.ru_maxrss >> 10} MiB")
        return f"{found['told']}the slowest {found['slowest'] * 1000:.0f} ms, {used.ru_maxrss >> 10} MiB"


class _Running:
    """One run in the child: each input is tried, measured and counted."""

    def __init__(self, target: Target, runs: int, seed: int, folder: Path) -> None:
        self._target, self._runs, self._folder = target, runs, folder
        self._dice = random.Random(seed)
        self._found: dict[str, str] = {}
        self._slowest = 0.0
        self._done = 0

    def one(self, data: bytes) -> None:
        begun, self._target.took = time.process_time(), 0.0
        try:
            words = self._target.wrong(data)
        except Exception as problem:
            last = traceback.extract_tb(problem.__traceback__)[-1]
            words = (
                f"{type(problem).__name__} at {Path(last.filename).name}:{last.lineno}: {str(problem)[:200]}"
            )
        took = self._target.took or time.process_time() - begun
        self._slowest = max(self._slowest, took)
        if took > self._target.bound * SLOWER:
            words = words or f"it took {took:.2f} s"
        if words and len(self._found) < KEPT:
            key = words.partition(": ")[0]
            if key not in self._found:
                kept = os.environ.get("FAULTS_KEEP")
                if kept:
                    name = hashlib.sha256(data).hexdigest()[:16]
                    (Path(kept) / name).write_bytes(data)
                self._found[key] = f"{words}: {data[:300]!r}{'…' if len(data) > 300 else ''}"
        self._done += 1
        if self._done % 500 == 0 or self._done >= self._runs:
            self._report()

    def mutated(self, data: bytes, max_size: int, seed: int) -> bytes:
        """A few by bytes as libFuzzer likes, most with the structure in mind, some with both."""
        import atheris

        dice = random.Random(seed)
        for _ in range(dice.choice((1, 1, 1, 2, 4))):
            data = self._target.mutate(data, dice) if dice.random() < 0.8 else atheris.Mutate(data, max_size)
        return data[:max_size]

    def _report(self) -> None:
        report = {
            "runs": self._done,
            "wrong": list(self._found.values()),
            "slowest": self._slowest,
            "told": self._target.told(),
        }
        (self._folder / "report.tmp").write_text(json.dumps(report))
        (self._folder / "report.tmp").rename(self._folder / "report.json")


def _main(name: str, runs: int, seed: int, folder: Path) -> None:
    import atheris

    place, _, packages = name.partition(" ")
    module, _, kind = place.partition(":")
    with atheris.instrument_imports(include=packages.split(), enable_loader_override=False):
        target: Any = getattr(importlib.import_module(module), kind)()
    corpus = folder / "corpus"
    corpus.mkdir()
    longest = 4096
    for n, data in enumerate(target.seeds()):
        (corpus / f"{n:04}").write_bytes(data)
        longest = max(longest, len(data))
    running = _Running(target, runs, seed, folder)
    options = [f"-runs={runs}", f"-seed={seed}", f"-max_len={longest}", "-timeout=60", f"-rss_limit_mb={MEMORY}",
               "-print_final_stats=0", "-verbosity=0", f"-artifact_prefix={folder}/"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], running.one, custom_mutator=running.mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
