"""What a scenario enters, and what it expects of a case's data: values that the fields take.

A value that a field does not take is refused where it is entered, and never stands in the data. It must not know steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field, Procedure
from procflow.definitions.building import is_null, key_place, place, written
from procflow.definitions.checks.finding import Findings
from procflow.definitions.nodes import At, YList, YMap, YText, submap
from procflow.definitions.types import EVIDENCE, VERDICT
from procflow.errors import EvaluationError

#: Kinds of values of which an `expect` has to write the whole one as the field takes it.
_WHOLE = frozenset({"boolean", "date", "integer", "number"})
_REFUSED = "correct it; what shall be refused stands under `refused:`"
_HINT = "the field takes no other value, so the case never has it"


def entered(fields: Sequence[Field], node: Any, out: Findings) -> None:
    """Look at what is entered for a field; of several of one name one has to take it."""
    found = [next(_refused(field, node), None) for field in fields]
    if found and all(found):
        at, words = found[0] or (place(node), "")
        out.add(at, "PF204", words, _REFUSED)


def expected(field: Field, node: Any, out: Findings) -> None:
    """Look at what a field of the case is expected to be."""
    _parts_that_are_there(field, node, out)
    for at, words in _never(field, node):
        out.add(at, "PF204", words, _HINT)


def lacking(procedure: Procedure, node: YMap, out: Findings) -> None:
    """What whoever opens a case has to give: where there is one way for people to open it, and they are named."""
    starts = [start for start in procedure.starts if start.kind == "by"]
    given = submap(node, "with")
    if len(starts) != 1 or "by" not in node:
        return
    asked = {ask.name for start in procedure.starts for ask in start.asks}
    if any(name not in asked and name not in procedure.fields for name in given):
        return  # it may be there under another name, which is told
    for ask in starts[0].asks:
        needed = not ask.optional and ask.field.default is None
        if needed and (ask.name not in given or is_null(given[ask.name])):
            at = place(given) if "with" in node else place(node)
            out.add(at, "PF102", f"the opening asks for `{ask.name}`", f"add `{ask.name}:` to its `with`")


def _parts_that_are_there(field: Field, node: Any, out: Findings) -> None:
    """The keys of evidence and of objects that are looked at, and the verdict."""
    if isinstance(node, YList) and field.items is not None:
        for item in node:
            _parts_that_are_there(field.items, item, out)
    elif isinstance(node, YMap) and field.type == "evidence":
        for key in node:
            if str(key).partition(".")[0] not in EVIDENCE.fields:
                out.unknown(key_place(node, key), "PF244", "part of evidence", str(key), EVIDENCE.fields)
        verdict = node.get("verdict")
        if isinstance(verdict, YText) and not is_null(verdict) and verdict not in VERDICT.words:
            out.unknown(place(verdict), "PF316", "verdict", str(verdict), VERDICT.words)
    elif isinstance(node, YMap) and field.properties:
        named = {part.name: part for part in field.properties}
        for key, item in node.items():
            if key in named:
                _parts_that_are_there(named[str(key)], item, out)
            elif "." not in key:
                out.unknown(key_place(node, key), "PF244", f"part of `{field.name}`", str(key), named)


def _refused(field: Field, node: Any) -> Iterator[tuple[At, str]]:
    """(place, words) of each part of a value that the field does not take."""
    if is_null(node) or field.type in ("evidence", "file"):
        return
    parts = list(_parts(field, node))
    if parts or _holds_files(field):
        for part, inner in parts:
            yield from _refused(part, inner)
    else:
        yield from _wrong(field, node)


def _never(field: Field, node: Any) -> Iterator[tuple[At, str]]:
    """As `_refused`, for what is compared: only keys that are given count, and texts may be a part."""
    parts = list(_parts(field, node))
    for part, inner in parts:
        yield from _never(part, inner)
    if not parts and not is_null(node) and ("enum" in field.schema or field.type in _WHOLE):
        yield from _wrong(field, node)


def _parts(field: Field, node: Any) -> Iterator[tuple[Field, Any]]:
    if isinstance(node, YList) and field.items is not None:
        yield from ((field.items, item) for item in node)
    elif isinstance(node, YMap):
        yield from ((part, node[part.name]) for part in field.properties if part.name in node)


def _holds_files(field: Field) -> bool:
    inner = (*field.properties, *([field.items] if field.items is not None else []))
    return field.type == "file" or any(map(_holds_files, inner))


def _wrong(field: Field, node: Any) -> Iterator[tuple[At, str]]:
    raw = written(field, node)
    if field.type == "tick" and raw is False:
        return  # it is left empty
    try:
        _, wrong = check_value(field, raw, FieldContext())
    except EvaluationError:
        return  # a pattern that is not understood is told where it stands
    for problem in wrong[:1]:
        yield place(node), problem.words("en")
