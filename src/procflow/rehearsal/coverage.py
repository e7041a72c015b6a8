"""How much of a procedure its scenarios saw: states entered and transitions taken, and what is missing.

A transition that refuses is left out: it is never taken. It must not know how scenarios are run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from procflow.core.expressions import Template
from procflow.core.procedure import Procedure, Transition
from procflow.rehearsal.runner import TestResult, Visited


@dataclass(frozen=True)
class Missing:
    """A state or transition that no test saw, in words, and where it stands in the procedure's file."""

    words: str
    line: int
    column: int


@dataclass(frozen=True)
class Coverage:
    """The figures of one procedure. Percentages are rounded down, so that 100 means all."""

    procedure: str
    path: str
    states: int
    transitions: int
    missing_states: tuple[Missing, ...]
    missing_transitions: tuple[Missing, ...]

    @property
    def states_percent(self) -> int:
        return _percent(self.states, len(self.missing_states))

    @property
    def transitions_percent(self) -> int:
        return _percent(self.transitions, len(self.missing_transitions))

    def as_text(self) -> str:
        """The figures on one line, and a line for each thing that is missing."""
        lines = [
            f"{self.procedure}: states {self.states - len(self.missing_states)} of {self.states}"
            f" ({self.states_percent}%), transitions {self.transitions - len(self.missing_transitions)}"
            f" of {self.transitions} ({self.transitions_percent}%)"
        ]
        lines += [f"  {self.path}:{item.line}: never entered: {item.words}" for item in self.missing_states]
        lines += [
            f"  {self.path}:{item.line}: never taken: {item.words}" for item in self.missing_transitions
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "procedure": self.procedure,
            "path": self.path,
            "states": _figures(self.states, self.missing_states),
            "transitions": _figures(self.transitions, self.missing_transitions),
        }


def coverage(procedure: Procedure, visited: Visited) -> Coverage:
    """What was seen of a procedure against all of it."""
    takeable = [item for item in procedure.transitions() if item.refuse is None]
    return Coverage(
        procedure.name,
        procedure.path,
        len(procedure.states),
        len(takeable),
        tuple(Missing(s.name, *s.at) for s in procedure.states if s.name not in visited.states),
        tuple(Missing(_words(t, procedure), *t.at) for t in takeable if t.id not in visited.transitions),
    )


def seen_by(results: Iterable[TestResult]) -> dict[str, Visited]:
    """What all tests together saw, by procedure; failed tests count for what they reached."""
    seen: dict[str, Visited] = {}
    for result in results:
        for name, visited in result.visited.items():
            seen[name] = seen.get(name, Visited()) | visited
    return seen


def coverage_of(procedures: Mapping[str, Procedure], results: Iterable[TestResult]) -> list[Coverage]:
    """The coverage of each procedure that some test reached, by name."""
    seen = seen_by(results)
    return [coverage(procedures[name], seen[name]) for name in sorted(seen) if name in procedures]


def _words(item: Transition, procedure: Procedure) -> str:
    what = item.name if item.kind in ("choice", "event") else ""
    if item.kind == "after":
        what = next((_time(a.time) for a in procedure.state[item.source].after if item in a.alternatives), "")
    kind = f"{item.kind} {what}".strip()
    guard = f" when {item.when.source}" if item.when is not None else ""
    to = f"to {item.to}" if item.to is not None else "staying"
    return f"{item.source}: {kind}{guard}, {to}"


def _time(spec: Any) -> str:
    """A time as it is written; what is worked out in a step by its expressions."""
    if isinstance(spec, Template):
        return "".join(part if isinstance(part, str) else f"${{{part.source}}}" for part in spec.parts)
    return str(spec)


def _percent(of: int, missing: int) -> int:
    return 100 if not of else (of - missing) * 100 // of


def _figures(of: int, missing: tuple[Missing, ...]) -> dict[str, Any]:
    return {
        "all": of,
        "seen": of - len(missing),
        "percent": _percent(of, len(missing)),
        "missing": [{"what": item.words, "line": item.line, "column": item.column} for item in missing],
    }
