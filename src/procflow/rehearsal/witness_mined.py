"""What the owner's own rehearsals enter, so that a witness speaks of the same people and things.

Read from the scenarios of a workspace; what does not fit a field is left out by whoever uses it. Files are not
taken: a witness brings its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from procflow.definitions.nodes import YList, YMap, YText, plain_value
from procflow.definitions.workspace import Documents


@dataclass
class Mined:
    """Values by (choice or `open`, field), also by ("", field); whole entries; messages; answers; events by name."""

    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    # by choice or `open`, all that was entered
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # what a test does before its first act
    preludes: list[tuple[dict[str, Any], ...]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def mined_of(documents: Documents, procedure: str) -> Mined:
    """What the scenarios of one procedure enter."""
    found = Mined()
    for path, (kind, name) in documents.named.items():
        if kind == "scenarios" and name == procedure and path in documents.trees:
            for steps in _tests(documents.trees[path]):
                _before(steps, found)
                for step in steps:
                    _look(step, procedure, found)
    return found


def _tests(tree: YMap) -> Iterator[list[YMap]]:
    """The steps of `before`, and of each test."""
    tests = tree.get("tests")
    for steps in (tree.get("before"), *(tests.values() if isinstance(tests, YMap) else ())):
        if isinstance(steps, YList):
            yield [step for step in steps if isinstance(step, YMap)]


def _before(steps: list[YMap], found: Mined) -> None:
    """What a test sets up before anybody acts: tables, shifts, absences, the day."""
    first: list[dict[str, Any]] = []
    for step in steps:
        if not {"shift", "change", "absent", "wait"} & step.keys():
            break
        first.append(_plain(step))
    while first and "wait" in first[-1] and len(first) > 1:
        first.pop()
    if first and tuple(first) not in found.preludes:
        found.preludes.append(tuple(first))


def _look(step: YMap, procedure: str, found: Mined) -> None:
    named = step.get("case")
    if named is not None and str(named) != procedure:
        return
    opened = step.get("open")
    if isinstance(opened, YMap):
        _values("open", opened.get("with"), found)
    if "do" in step:
        _values(str(step["do"]).rpartition(".")[2], step.get("with"), found)
    if "signal" in step:
        given = _plain(step.get("with"))
        found.events.setdefault(str(step["signal"]), []).append(given)
    if isinstance(step.get("receive"), YMap):
        message = _plain(step["receive"])
        message.pop("files", None)
        if message not in found.messages:
            found.messages.append(message)
    if isinstance(step.get("deliver"), YMap):
        for operation, answer in step["deliver"].items():
            found.answers.setdefault(str(operation), []).append(plain_value(answer))


def _values(choice: str, given: Any, found: Mined) -> None:
    if not isinstance(given, YMap):
        return
    row = {str(name): _value(node) for name, node in given.items() if not _is_file(node)}
    rows = found.rows.setdefault(choice, [])
    if row not in rows:
        rows.append(row)
    for name, node in given.items():
        if _is_file(node):
            continue
        value = _value(node)
        for key in ((choice, str(name)), ("", str(name))):
            kept = found.values.setdefault(key, [])
            if value is not None and value not in kept:
                kept.append(value)


def _is_file(node: Any) -> bool:
    return isinstance(node, YText) and "/" in node and "." in node and not node.startswith("http")


def _value(node: Any) -> Any:
    return str(node) if isinstance(node, YText) and not node.plain else plain_value(node)


def _plain(node: Any) -> dict[str, Any]:
    made = plain_value(node)
    return made if isinstance(made, dict) else {}
