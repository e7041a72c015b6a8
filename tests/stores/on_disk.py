"""A store on disk, for the tests of what only such a one must hold."""

import subprocess
import sys
import textwrap

from procflow.stored import Append
from procflow.stores.contract_steps import MORNING, following, opening
from procflow.stores.sqlite import SqliteStore


def made(path: str, **options: float) -> SqliteStore:
    """A new store in which the definition of the cases to come is published."""
    store = SqliteStore(path, create=True, **options)  # type: ignore[arg-type]
    store.publish([("d1", "procedure", "policy_change", b"compiled")], MORNING)
    return store


def one_case(store: SqliteStore, name: str = "a", steps: int = 3) -> Append:
    step = opening(store, name)
    store.append(step)
    for _ in range(steps - 1):
        step = following(step)
        store.append(step)
    return step


def run(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **options,  # type: ignore[call-overload]
    )
