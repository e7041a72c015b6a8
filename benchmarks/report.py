"""What a benchmark gives, and how it is printed."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Result:
    """`ratio` is ours against the reference of the same run; `goal` is what it should be."""

    name: str
    ratio: float
    goal: float
    better: str  # "higher" or "lower"
    median: float  # seconds of one of ours
    reference: float  # seconds of one of the reference
    spread: tuple[float, float]  # least and largest ratio of the rounds
    flush: float  # seconds of one flush of 4 KiB, in the same run
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal


def flush_probe(folder: str, times: int = 31) -> float:
    """The median time of an fdatasync after 4 KiB were written, in seconds."""
    handle, path = tempfile.mkstemp(dir=folder)
    try:
        taken = []
        for _ in range(times):
            os.pwrite(handle, os.urandom(4096), 0)
            start = time.perf_counter()
            os.fdatasync(handle)
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)
    finally:
        os.close(handle)
        os.unlink(path)


def in_turn(
    ours: Sequence[Callable[[], float]], reference: Sequence[Callable[[], float]]
) -> list[tuple[float, float]]:
    """Rounds of ours and the reference, A B A B; each call gives the seconds of one of its own."""
    return [(a(), b()) for a, b in zip(ours, reference, strict=True)]


def table(results: Sequence[Result]) -> str:
    lines = [
        "| benchmark | ratio | goal | spread | ours (median) | reference | flush | reached |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        sign = "≥" if r.better == "higher" else "≤"
        lines.append(
            f"| {r.name} | {r.ratio:.2f} | {sign} {r.goal} | {r.spread[0]:.2f}–{r.spread[1]:.2f} "
            f"| {r.median * 1e6:,.0f} µs | {r.reference * 1e6:,.0f} µs | {r.flush * 1e6:,.0f} µs "
            f"| {'yes' if r.reached else 'no'} |"
        )
    for r in results:
        lines += [f"\n- `{r.name}` {key}: {value}" for key, value in r.notes.items()]
    return "\n".join(lines)
