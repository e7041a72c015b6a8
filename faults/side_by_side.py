"""One harness on every core: each takes its part of the figure, with a seed of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from faults.counting import Count


def side_by_side(run: Callable[[int, int], Count], figure: int, seed: int) -> list[Count]:
    """What each of them counted; `run` must be a function of a module."""
    cores = min(os.cpu_count() or 1, 8)
    with ProcessPoolExecutor(cores, multiprocessing.get_context("fork")) as workers:
        parts = [workers.submit(run, -(-figure // cores), seed * 1000 + n) for n in range(cores)]
        return [part.result() for part in parts]


def together(counts: list[Count]) -> Count:
    """Their sum; what each told is left to who asks."""
    whole = Count(sum(count.fired for count in counts))
    for count in counts:
        for words in count.bad:
            whole.wrong(words)
    return whole
