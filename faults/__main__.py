"""Runs the harnesses: `python -m faults [NAME ...] [--release] [--seed N]`; `simulation --seed N` runs that one seed.

Each must have as many faults really fire as its figure says, and nothing may be wrong afterwards. `--release` takes
the figures of a release, which need hours; `make faults` takes those of every change.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import results
from faults.harnesses import harnesses
from procflow.cli import COLLECT_AT


def main() -> int:
    known = {each.name: each for each in harnesses()}
    asked = argparse.ArgumentParser(
        prog="python -m faults", description="Break things on purpose, and count."
    )
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    asked.add_argument("--release", action="store_true", help="the figures of a release")
    asked.add_argument("--seed", type=int, default=0, help="`simulation --seed N`: that one, with its trace")
    asked.add_argument("--beside", type=int, default=1, metavar="N", help="so many harnesses side by side")
    asked.add_argument("--without", default="", help="ingredients of that seed to leave out: 3,5,9")
    asked.add_argument("--figure", type=int, default=0, metavar="N", help="so many faults, instead")
    asked.add_argument(
        "--record", metavar="FILE", help="add what came of it to this file, a line of JSON each"
    )
    given = asked.parse_args()
    if unknown := set(given.names) - set(known):
        asked.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if given.names == ["simulation"] and given.seed:
        return _one_seed(given.seed, given.without)
    gc.set_threshold(COLLECT_AT, 20, 20)
    if given.beside > 1:
        how = ["--release"] * given.release + [f"--seed={given.seed}"] * bool(given.seed)
        how += [f"--figure={given.figure}"] * bool(given.figure)
        how += [f"--record={given.record}"] * bool(given.record)
        return _side_by_side(given.names or list(known), how, given.beside)
    print(f"{'goal':5} {'what':48} {'figure':>8} {'fired':>8} {'wrong':>6} {'seconds':>8}")
    failed = False
    for harness in (known[name] for name in given.names or known):
        figure = given.figure or harness.figures[given.release]
        begun = time.monotonic()
        count = harness.run(figure, given.seed or 1)
        took = time.monotonic() - begun
        print(
            f"{harness.goal:5} {harness.about:48} {figure:>8,} {count.fired:>8,} {len(count.bad):>6} {took:>8.1f}"
            + (f"  {count.told}" if count.told else ""),
            flush=True,
        )
        for words in count.bad:
            print(f"      {words}", flush=True)
        if count.fired < figure:
            print(f"      only {count.fired} faults fired, and {figure} must", flush=True)
        if given.record:
            results.add(Path(given.record), harness, figure, count, took, given.seed or 1)
        failed |= bool(count.bad) or count.fired < figure
    return 1 if failed else 0


def _side_by_side(names: list[str], how: list[str], beside: int) -> int:
    """Each harness in a process of its own, which is told when it is done; -> the exit code of all of them."""

    def one(name: str) -> int:
        done = subprocess.run([sys.executable, "-m", "faults", name, *how], capture_output=True, text=True)
        head, _, rows = done.stdout.partition("\n")
        print(rows if head.startswith("goal") else done.stdout, end="", flush=True)
        if done.returncode:
            print(f"      `python -m faults {name}` ended with {done.returncode}", flush=True)
            print(done.stderr, file=sys.stderr, flush=True)
        return done.returncode

    with ThreadPoolExecutor(beside) as pool:
        return 1 if any(list(pool.map(one, names))) else 0


def _one_seed(seed: int, without: str) -> int:
    from faults.simulation import one

    count = one(seed, (int(n) for n in without.split(",") if n))
    print(count.told)
    for words in count.bad:
        print(f"      {words}")
    return 1 if count.bad else 0


if __name__ == "__main__":
    sys.exit(main())
