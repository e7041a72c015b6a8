"""Whether what a case did is a step of a way, and what is said where it is not.

It must not know how steps are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from procflow.rehearsal.witness_scene import Row, Scene

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "holds": "the step can be taken, and the promise holds",
        "holds_at_the_end": "the way can be gone, and the promise holds at its end",
        "other_way": "it went another way: {taken}",
        "nothing": "nothing came of it",
    },
    "da": {
        "holds": "skridtet kan tages, og løftet holder",
        "holds_at_the_end": "vejen kan gås, og løftet holder til sidst",
        "other_way": "det gik en anden vej: {taken}",
        "nothing": "der kom intet ud af det",
    },
}


def is_step(row: Row, step: Any) -> bool:
    """Whether what the case did is this step of the way."""
    move = step.move
    if (step.taken or move.kind == "open") and sorted(row.taken) != sorted(step.taken):
        return False
    if move.kind in ("message", "event") and not row.taken:
        return False  # nobody took it
    if move.kind in ("missed", "warn", "after", "promise"):
        return row.kind == "time" and row.name == f"{move.kind}:{move.name}"
    if move.kind in ("done", "failed"):
        return row.kind == "answer"
    if move.kind == "choice":
        return row.kind == "choice" and row.name.rpartition(".")[2] == move.name
    if move.kind == "event":
        return row.kind == "event" and row.name == move.name
    return row.kind == move.kind or (move.kind == "open" and row.kind == "open")


def mark_of(scene: Scene, read: Collection[str]) -> str:
    """Scenes with the same mark go on in the same way."""
    if not scene.case_id:
        return scene.now.isoformat()
    case = scene.case
    data = sorted((name, value) for name, value in case.data.items() if name.partition("~")[0] in read)
    return repr(
        (
            case.active,
            data,
            case.who,
            case.counts,
            sorted(case.clocks),
            case.now,
            scene.now,
            len(scene.stage.cases),
        )
    )
