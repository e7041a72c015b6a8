"""Which procedures open cases by themselves (`starts: every`) in the tests of a file.

A workspace has many procedures, and a test is about one of them: what others do day by day, for nobody in the test,
would only stand in its journal, and take its time. It must not know how a test is played.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from procflow.core.procedure import Procedure
from procflow.definitions.checks.others import openings_by, read_of_others, signals_in
from procflow.definitions.nodes import YList, YMap


def recurring_in(document: YMap, procedures: Mapping[str, Procedure]) -> frozenset[str]:
    """The rehearsed procedure, those that the file names, and those that have to do with one of them: what these open,
    signal and look up, and who opens and signals to any of these."""
    recurring = [
        name for name, each in procedures.items() if any(start.kind == "every" for start in each.starts)
    ]
    about = set(_named(document))
    if not set(recurring) - about:
        return frozenset(recurring)
    looked_at = _reached(about, procedures, looks=True)
    return frozenset(
        name
        for name in recurring
        if name in looked_at or not looked_at.isdisjoint(_reached([name], procedures, looks=False))
    )


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, YMap):
        for key, value in node.items():
            if key in ("scenarios", "procedure", "case"):
                yield str(value)
            yield from _named(value)
    elif isinstance(node, YList):
        for item in node:
            yield from _named(item)


def _reached(names: Iterable[str], procedures: Mapping[str, Procedure], *, looks: bool) -> set[str]:
    """These and whatever they open and signal to (with `looks` also: look up), one after the other."""
    found: set[str] = set()
    todo = [name for name in names if name in procedures]
    while todo:
        name = todo.pop()
        if name in found or name not in procedures:
            continue
        found.add(name)
        here = procedures[name]
        todo += [other for other, _ in openings_by(here)] + [other for other, _, _ in signals_in(here)]
        if looks:
            todo += [other for other, _ in read_of_others(here)]
    return found
