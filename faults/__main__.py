"""Runs the harnesses: `python -m faults [NAME ...] [--release] [--seed N]`; `simulation --seed N` runs that one seed.

Each must have as many faults really fire as its figure says, and nothing may be wrong afterwards. `--release` takes
the figures of a release, which need hours; `make faults` takes those of every change.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import results
from faults.counting import Harness


def harnesses() -> list[Harness]:
    from faults import (
        calls,
        copies,
        deliveries,
        disks,
        failing,
        hostile,
        images,
        kills,
        lines,
        orders,
        planting,
        postgres,
        power,
        simulation,
        temporal,
        timers,
    )

    there = len(planting.patches())
    return [
        Harness("kills", "R1", "killed at random, one writer", (600, 10_000), kills.one_writer),
        Harness(
            "kills-8", "R1", "killed at random, eight writers at once", (400, 10_000), kills.eight_writers
        ),
        Harness(
            "kills-group", "R1", "killed while eight threads flush together", (80, 2_500), kills.together
        ),
        Harness("calls", "R2", "a fault at every system call that writes", (60, 3_000), calls.every_call),
        Harness(
            "operations", "R3", "the n-th operation on the disk fails", (1_300, 1_300), failing.all_points
        ),
        Harness(
            "images",
            "R4",
            "a crash with writes lost, torn and out of order",
            (10_000, 500_000),
            images.images,
        ),
        Harness("deliveries", "R11", "the one who delivers is killed", (500, 10_000), deliveries.killed),
        Harness("lines", "R6", "an exception at every line of Python", (400, 400), lines.every_line),
        Harness("orders", "R8", "every order of two commands on one case", (500, 500), orders.all_orders),
        Harness(
            "simulation", "R7", "a house whose every step a seed decides", (2_000, 100_000), simulation.seeds
        ),
        Harness(
            "planted",
            "R7",
            "planted faults that the simulation finds",
            (there, there),
            planting.all_found,
        ),
        Harness("timers", "R13", "times around every change of every zone's clocks", (60, 599), timers.zones),
        Harness("power", "R5", "the power goes under a file system at work", (50, 2_000), power.cuts),
        Harness("disks", "R17", "disks full and read-only, limits of a process", (24, 24), disks.situations),
        Harness("copies", "R18", "copies under load, half of them killed", (20, 500), copies.under_load),
        Harness(
            "temporal", "R15", "workers of Temporal and its server are killed", (5, 111), temporal.killed
        ),
        Harness("temporal-nodes", "R15", "two workers of Temporal on PostgreSQL", (4, 45), temporal.nodes),
        *postgres.harnesses(),
        *hostile.harnesses(),
    ]


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
