"""Parameters of the organisation that procflow itself reads, in a step, a report or a law: what each may be.

Whatever a procedure reads with `param()` is checked where it is read; of these no procedure says anything, so that a wrong
value would be met in the middle of the work. It must not know procedures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from procflow.core.hand_over import ANSWER_WITHIN
from procflow.core.organisation import NEVER_IN_FREE_TEXT
from procflow.core.times import NextOpenDay, Span, TimeSyntaxError, Today, parse_time
from procflow.core.values import is_number
from procflow.definitions.building import key_place, place
from procflow.definitions.checks.finding import Findings
from procflow.definitions.documents import parameter
from procflow.definitions.nodes import YMap, YText

#: Says what is wrong with a value, or nothing; and what may stand there.
Judge = Callable[[Any], str]


def _time(value: Any) -> str:
    """A time that lies ahead whenever it is asked for: a length, or the next open day."""
    try:
        time = parse_time(value) if isinstance(value, str) else value
    except TimeSyntaxError:
        return "is no time"
    if isinstance(time, Span):
        return "" if time.amount > 0 else "is no time to wait"
    if isinstance(time, NextOpenDay | Today):
        return ""
    return "is no length of time" if is_number(value) or isinstance(value, str) else "is no time"


def _number(least: int, most: int | None = None, *, whole: bool = False) -> Judge:
    def judge(value: Any) -> str:
        if not is_number(value):
            return "is no number"
        if whole and value != int(value):
            return "is no whole number"
        if value < least:
            return f"is less than {least}"
        return f"is more than {most}" if most is not None and value > most else ""

    return judge


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "is no text"


_PERCENT = (_number(0, 100), "a per cent from 0 to 100")
_COUNT = (_number(1, whole=True), "a whole number from 1")

#: parameter -> (what is wrong with a value of it, what may stand there).
KNOWN: Mapping[str, tuple[Judge, str]] = {
    ANSWER_WITHIN: (_time, "write a time that is still to come whenever work is offered, like `4 open hours` or `next open day at closing`"),
    NEVER_IN_FREE_TEXT: (_text, "write a pattern of what no free text may hold, between quotes"),
    "drip_window": _COUNT,
    "survey_source": (_text, "write the name of a source of the survey"),
    "survey_least_answers": _COUNT,
    "survey_important": (_number(1, 7), "a number from 1 to 7, as the answers are"),
    "class_a_turnover": _PERCENT, "class_b_turnover": _PERCENT, "class_a_least": _PERCENT, "class_a_most": _PERCENT,
    "class_b_least": _PERCENT, "class_b_most": _PERCENT, "class_top_customers": _PERCENT, "class_top_turnover": _PERCENT,
}  # fmt: skip

#: Of these two the first is at most the second.
IN_ORDER = (
    ("class_a_turnover", "class_b_turnover"), ("class_a_least", "class_a_most"), ("class_b_least", "class_b_most"),
)  # fmt: skip


def check_parameters(given: YMap, out: Findings) -> None:
    """Every value that procflow could not work with."""
    numbers: dict[str, int | Decimal] = {}
    for name, node in given.items():
        known = KNOWN.get(str(name))
        if known is None or (node and not isinstance(node, YText)):
            continue  # several values are told by the form of the document
        judge, wanted = known
        value = parameter(node)
        problem = judge(value) if node else "has no value"
        if problem:
            at = place(node) if isinstance(node, YText) and place(node)[0] else key_place(given, name)
            shown, hint = (
                f" `{node}`" if node else "",
                wanted if wanted.startswith("write") else f"write {wanted}",
            )
            out.add(at, "PF440", f"the parameter `{name}`{shown} {problem}, and procflow reads it", hint)
        elif is_number(value):
            numbers[str(name)] = value
    for less, more in IN_ORDER:
        if less in numbers and more in numbers and numbers[less] > numbers[more]:
            message = f"the parameter `{less}` is more than `{more}`: {numbers[less]} and {numbers[more]}"
            out.add(place(given[less]), "PF440", message, f"write a number up to {numbers[more]}")
