"""What the owner's own rehearsals enter, so that a witness speaks of the same people and things.

Read from the scenarios of a workspace; what does not fit a field is left out by whoever uses it. Files are not
taken: a witness brings its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from procflow.definitions.nodes import YList, YMap, YText, plain_value
from procflow.definitions.workspace import Documents


@dataclass
class Mined:
    """Values by (choice or `open`, field), also by ("", field); messages; answers by operation; events by name."""

    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def mined_of(documents: Documents, procedure: str) -> Mined:
    """What the scenarios of one procedure enter."""
    found = Mined()
    for path, (kind, name) in documents.named.items():
        if kind == "scenarios" and name == procedure and path in documents.trees:
            for step in _steps(documents.trees[path]):
                _look(step, procedure, found)
    return found


def _steps(tree: YMap) -> Iterator[YMap]:
    tests = tree.get("tests")
    lists = [tree.get("before"), *(tests.values() if isinstance(tests, YMap) else ())]
    for steps in lists:
        if isinstance(steps, YList):
            yield from (step for step in steps if isinstance(step, YMap))


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
    for name, node in given.items():
        if isinstance(node, YText) and "/" in node and not node.startswith("http"):
            continue  # a file
        value = str(node) if isinstance(node, YText) and not node.plain else plain_value(node)
        for key in ((choice, str(name)), ("", str(name))):
            kept = found.values.setdefault(key, [])
            if value is not None and value not in kept:
                kept.append(value)


def _plain(node: Any) -> dict[str, Any]:
    made = plain_value(node)
    return made if isinstance(made, dict) else {}


Answers = Mapping[str, list[Any]]
