"""Others that keep cases durably, each in a process of its own: `python -m benchmarks.peers.NAME PROCEDURE FOLDER [WHERE]`.

The procedures are `procedures.SMALL` and `procedures.CLAIM`. A peer opens as many cases as it is told by the first line
it reads, says `ready`, and then for each further line, a number of cases, takes the next so many of them through the
steps of the procedure's path, each step of all of them before the next one, and prints the seconds that it took. The
line `show N` is answered by what the case is now: its state, its data and the mails that were asked for.

A step: the case as it stands is at hand; whether its state has the choice is asked, whether what the choice asks for was
given, and the choice's guard; what was given is kept, the case moves on, where its new state has a deadline that runs
from now on, and where it has a mail that is put into an outbox; all of it is on the disk when the step is called done.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any


def orders() -> Iterator[str]:
    """How many cases there shall be, and then what shall be done with them, again and again."""
    for line in sys.stdin:
        yield line.strip()


def ready() -> None:
    print("ready", flush=True)


def answer(
    rounds: Iterator[str], take: Callable[[int, int], float], show: Callable[[int], dict[str, Any]]
) -> None:
    """`take(first, count)` gives the seconds that all steps of so many cases took, from the `first` on."""
    ready()
    first = 1
    for order in rounds:
        if order.startswith("show "):
            print(json.dumps(show(int(order.removeprefix("show ")))), flush=True)
            continue
        print(take(first, int(order)), flush=True)
        first += int(order)
