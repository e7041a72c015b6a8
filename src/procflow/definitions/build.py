"""A procedure's document, read and through its schema, becomes a `Procedure`, or diagnostics.

What names mean beyond the fields of `data` (states, roles, operations) is the checker's matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.core.procedure import Ask, Field, Procedure, Start, Text
from procflow.core.times import parse_recurring
from procflow.definitions.build_clocks import build_deadlines, build_promises
from procflow.definitions.build_decisions import build_decisions
from procflow.definitions.build_fields import build_asks, build_field
from procflow.definitions.build_states import build_states
from procflow.definitions.build_transitions import build_sets
from procflow.definitions.building import Builder, is_null, key_place, place, texts
from procflow.definitions.nodes import YMap, submap
from procflow.errors import Diagnostic

_WAYS = ("by", "message", "event", "every")


def build_procedure(
    document: YMap,
    path: str,
    types: Mapping[str, Field] | None = None,
    languages: Sequence[str] = (),
    zone: str = "UTC",
) -> tuple[Procedure | None, list[Diagnostic]]:
    """The procedure that a document says, and every problem in it, in the order of the file.

    `types` are the workspace's named types, `languages` and `zone` the organisation's (for instants that a
    document writes out). With problems the procedure is there all the same where it can be, so that the checker
    can look at the rest of it; it must not be used.
    """
    b = Builder(path, types, languages, zone)
    name = str(document["procedure"])
    data = submap(document, "data")
    # Declared one by one: a default may not read other fields, but asks and sets need to know them all.
    for key, item in data.items():
        b.fields[str(key)] = build_field(b, str(key), item, key_place(data, key))
    states = build_states(b, submap(document, "states"))
    procedure = Procedure(
        name=name,
        title=b.words(document.get("title")) or Text((("", b.template(document["procedure"])),)),
        initial=str(document.get("initial", states[0].name if states else "")),
        states=states,
        summary=_summary(document.get("summary")),
        owner=str(document.get("owner", "")),
        visible_to=texts(document.get("visible_to")),
        subject=str(document.get("subject", "")),
        help=b.words(document.get("help")),
        see=texts(document.get("see")),
        starts=tuple([_start(b, item) for item in document.get("starts") or ()]),
        correlate=texts(document.get("correlate")),
        one_open_per=texts(document.get("one_open_per")),
        data=tuple(b.fields.values()),
        deadlines=build_deadlines(b, submap(document, "deadlines")),
        promises=build_promises(b, submap(document, "promises")),
        decisions=build_decisions(b, submap(document, "decisions")),
        path=path,
        at=place(document["procedure"]),
    )
    return (procedure if states else None), b.found()


def _summary(node: Any) -> str | tuple[tuple[str, str], ...]:
    """What the procedure is for, in one sentence, as it stands there."""
    if node is None or is_null(node):
        return ""
    if isinstance(node, YMap):
        return tuple([(str(language), str(text)) for language, text in node.items()])
    return str(node)


def _start(b: Builder, node: YMap) -> Start:
    """One way to open a case."""
    way = next(way for way in _WAYS if way in node)
    value = node[way]
    asks: dict[str, Ask] = {}
    for key, optional in (("ask", False), ("optional", True)):
        if key in node:
            asks.update(build_asks(b, node[key], optional=optional))
    if way == "every":
        short = str(value)[:1].isdigit() or str(value).startswith("every ")
        begin = 0 if short else len("every ")
        b.checked_time(f"{'every ' if begin else ''}{value}", value.position, parse_recurring, begin)
    return Start(
        kind=way,
        role=str(value) if way == "by" else "",
        message=b.expression(value) if way == "message" else None,
        name=str(value) if way in ("event", "every") else "",
        when=b.expression(node["when"]) if "when" in node else None,
        asks=tuple(asks.values()),
        sets=tuple(build_sets(b, node.get("set")).items()),
        at=place(value),
    )
