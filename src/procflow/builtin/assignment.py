"""The rules that choose a person for a task (`take`). They get candidates and figures, and know nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def shortest_queue(candidates: list[str], context: Mapping[str, Any]) -> str | None:
    """Whoever has the fewest open tasks; of several the first by id."""
    work = context["open"]
    return min(candidates, key=lambda name: (work[name], name))


def round_robin(candidates: list[str], context: Mapping[str, Any]) -> str | None:
    """The next one by id after whose turn it was last, and round again."""
    return next((name for name in candidates if name > context["last"]), candidates[0])


RULES: Mapping[str, Callable[..., str | None]] = {
    "shortest_queue": shortest_queue,
    "round_robin": round_robin,
}
