"""Work that is done in a copy of this process, on another core, while this one goes on.

It must not know what is done.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from procflow.rehearsal.cores import cores

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def beside(work: Callable[[], Any]) -> Callable[[], Any]:
    """Begin it; -> a function that waits for what `work` gives. None where it raised, or where there is no other core.

    Only for a process without threads, as a command is: what another thread holds would stay held in the copy.
    """
    if cores() < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return lambda: None
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=_do, args=(work, there), daemon=True)
    process.start()
    there.close()

    def wait() -> Any:
        with here:
            try:
                return here.recv()
            except EOFError:
                return None
            finally:
                process.join()

    return wait


def _do(work: Callable[[], Any], there: Connection) -> None:
    with suppress(Exception):  # whoever waits does it again, and hears what is wrong
        there.send(work())
    there.close()
