"""The harnesses of input made to hurt, and of many at once: what `faults` runs of them, with their figures."""

from __future__ import annotations

from faults import hostile_documents, hostile_expressions
from faults.counting import Harness


def harnesses() -> list[Harness]:
    return [
        Harness("texts", "S1", "YAML made to hurt, read", (40_000, 10_000_000), hostile_documents.read_only),
        Harness(
            "documents",
            "S1",
            "procedures made to hurt, checked",
            (7_000, 1_000_000),
            hostile_documents.checked,
        ),
        Harness(
            "expressions",
            "S2",
            "expressions made to hurt",
            (20_000, 5_000_000),
            hostile_expressions.evaluated,
        ),
    ]
