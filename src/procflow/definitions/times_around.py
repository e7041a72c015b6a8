"""Times with something to fill in: whether a parameter, or the words around `${…}`, can make a time at all.

What is filled in is known only in a step, so each kind of it is tried. It must not know types or documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from procflow.core.expressions import At, Call, Expression, If, Literal, Node, Template
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.core.values import Value
from procflow.definitions.parse import holes

#: What may be filled in: a date, an instant, an amount, a length of time, a time of day, a unit.
_FILLINGS = ("2026-01-31", "2026-01-31T10:00Z", "2", "2 days", "09:00", "days", "minus 2 days")
_MOST = 2  # places to fill in; with more of them nothing is tried


def wrong_around(written: str, template: Template) -> tuple[int, str, str] | None:
    """(where in `written`, what is wrong, what to write); None where a time may come of it."""
    holes = [part for part in template.parts if isinstance(part, Expression)]
    if not 0 < len(holes) <= _MOST or len(holes) == len(template.parts) or "$${" in written:
        return None
    starts = list(_starts(written, template))
    furthest: tuple[int, str, str] | None = None
    for filling in product(_FILLINGS, repeat=len(holes)):
        given, text, ends = iter(filling), "", []
        for part in template.parts:
            text += part if isinstance(part, str) else next(given)
            ends.append(len(text))
        try:
            parse_time(text)
        except TimeSyntaxError as wrong:
            at = next(n for n, end in enumerate(ends) if wrong.offset < end or end == len(text))
            part = template.parts[at]
            if isinstance(part, str):
                place = starts[at] + wrong.offset - (ends[at] - len(part))
                if furthest is None or place > furthest[0]:
                    furthest = (place, wrong.message, _hint(wrong.hint, filling, holes))
        else:
            return None
    return furthest


def wrong_texts(
    expression: Expression, parameters: Mapping[str, Value] | None
) -> Iterator[tuple[At, str, str]]:
    """(where, what is wrong, what to write) for each text that the expression may give and that is no time: a parameter's,
    or one that is written out behind a question."""
    for node in _given(expression.node):
        if isinstance(node, Literal) and isinstance(node.value, str):
            if wrong := _no_time(node.value):
                yield node.at, wrong.message, f"write {wrong.hint.removeprefix('write ')}"
            continue
        name = _parameter_of(node)
        value = (parameters or {}).get(name)
        if isinstance(value, str) and (wrong := _no_time(value)):
            hint = f"write {wrong.hint.removeprefix('write ')} in the organisation's parameters"
            said = f"the parameter `{name}` is `{value:.60}`, which is no time: {wrong.message}"
            yield (expression.at if node is expression.node else node.at), said, hint


def _given(node: Node) -> Iterator[Node]:
    """What an expression may give: itself, or what stands behind a question."""
    if isinstance(node, If):
        yield from _given(node.then)
        yield from _given(node.otherwise)
    else:
        yield node


def _parameter_of(node: Node) -> str:
    named = node.args[0] if isinstance(node, Call) and node.function == "param" and node.args else None
    return str(named.value) if isinstance(named, Literal) else ""


def _no_time(text: str) -> TimeSyntaxError | None:
    try:
        parse_time(text)
    except TimeSyntaxError as wrong:
        return wrong
    return None


def _starts(written: str, template: Template) -> Iterator[int]:
    """Where each part begins in the text as written."""
    spans, here = iter(holes(written)), 0
    for part in template.parts:
        if isinstance(part, str):
            yield here
        else:
            begin, here = next(spans)
            yield begin


def _hint(hint: str, filling: tuple[str, ...], holes: list[Expression]) -> str:
    for given, hole in zip(filling, holes, strict=True):
        if len(given) > 2 or hint.startswith(f"{given} "):
            hint = hint.replace(given, f"${{{hole.source}}}", 1)
    return hint if not hint or hint.startswith("write") else f"write {hint}"
