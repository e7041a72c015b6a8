"""Others that keep cases durably, each with the procedure of the benchmark `step` and in a process of its own:
`python -m benchmarks.peers.NAME FOLDER [WHERE]`.

A peer prepares as many cases as it is told by the first line it reads, says `ready`, and then for each further line, a
number of steps, takes so many cases a step on and prints the seconds that it took. A step: the case as it stands is at
hand, the guard is asked, what was given is kept, the case moves from `asked` to `working`, where a deadline runs, and a
mail is put into an outbox; all of it is on the disk when the step is called done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

#: As `step_bench.step` gives it.
GIVEN = {"phone": "+4571999901", "wish": "take the glass cover off policy 1", "carrier": "A"}


def orders() -> Iterator[int]:
    """How many cases there shall be, and then how many of them shall be stepped, again and again."""
    for line in sys.stdin:
        yield int(line)


def ready() -> None:
    print("ready", flush=True)


def answer(rounds: Iterator[int], take: Callable[[int, int], float]) -> None:
    """`take(first, count)` gives the seconds that the steps of so many cases took, from the `first` on."""
    ready()
    first = 1
    for count in rounds:
        print(take(first, count), flush=True)
        first += count
