"""Times with something to fill in: whether a parameter, or the words around `${…}`, can make a time at all.

What is filled in is known only in a step, so each kind of it is tried. It must not know types or documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from procflow.core.expressions import Call, Expression, Literal, Template
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


def wrong_parameter(expression: Expression, parameters: Mapping[str, Value] | None) -> tuple[str, str] | None:
    """(what is wrong, what to write), where the expression is a parameter whose text is no time."""
    node = expression.node
    if not (
        isinstance(node, Call)
        and node.function == "param"
        and node.args
        and isinstance(node.args[0], Literal)
    ):
        return None
    name = str(node.args[0].value)
    value = (parameters or {}).get(name)
    if not isinstance(value, str):
        return None
    try:
        parse_time(value)
    except TimeSyntaxError as wrong:
        hint = f"write {wrong.hint.removeprefix('write ')} in the organisation's parameters"
        return f"the parameter `{name}` is `{value:.60}`, which is no time: {wrong.message}", hint
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
