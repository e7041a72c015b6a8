"""Whether a value is as a scenario says it: only what is written is looked at.

Text, numbers, dates and instants compare by what the value is; a mapping matches where the keys it gives do;
a file matches by its name; a person by code, mail address or phone. It must not know cases or steps.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from procflow.core.field_formats import read_date, read_instant, read_number
from procflow.core.field_problems import Wrong
from procflow.core.journal import Personal
from procflow.core.organisation import Organisation
from procflow.core.times import Span, parse_time
from procflow.definitions.building import LANGUAGE, is_null
from procflow.definitions.nodes import FALSE, TRUE, YList, YMap
from procflow.errors import CalendarError

Asked = tuple[str, Any, bool]


def matches(node: Any, actual: Any, organisation: Organisation) -> bool:
    """Whether `actual`, a value of the language, is what the YAML `node` says."""
    if isinstance(actual, Personal):
        actual = actual.value
    if isinstance(node, YMap):
        return _matches_mapping(node, actual, organisation)
    if isinstance(node, YList):
        items = actual if isinstance(actual, list | tuple) else () if actual is None else (actual,)
        return len(items) == len(node) and all(
            matches(wanted, item, organisation) for wanted, item in zip(node, items, strict=True)
        )
    if is_null(node):
        return actual is None or actual == ()
    return _matches_text(str(node), actual, organisation)


def _matches_mapping(node: YMap, actual: Any, organisation: Organisation) -> bool:
    if isinstance(actual, Mapping):
        return all(matches(item, _part(actual, str(key)), organisation) for key, item in node.items())
    if len(node) == 1 and next(iter(node)) in ("role", "person"):
        return matches(next(iter(node.values())), actual, organisation)
    by_language = bool(node) and all(LANGUAGE.fullmatch(str(key)) for key in node)
    return by_language and any(matches(item, actual, organisation) for item in node.values())


def _part(actual: Mapping[str, Any], path: str) -> Any:
    """A key of a mapping, or of one inside it (`with.kn`)."""
    if path in actual or "." not in path:
        return actual.get(path)
    first, _, rest = path.partition(".")
    inner = actual.get(first)
    return _part(inner, rest) if isinstance(inner, Mapping) else None


def _matches_text(text: str, actual: Any, organisation: Organisation) -> bool:
    stripped = text.strip()
    if actual is None:
        return False
    if isinstance(actual, bool):
        return stripped in (TRUE if actual else FALSE)
    if isinstance(actual, int | Decimal):
        return bool(_read(read_number, stripped) == actual)
    if isinstance(actual, datetime):
        day = _read(read_date, stripped)
        zone = ZoneInfo(organisation.zone)
        if day is not None:
            return bool(actual.astimezone(zone).date() == day)
        return bool(_read(lambda given: read_instant(given, zone), stripped) == actual)
    if isinstance(actual, date):
        return bool(_read(read_date, stripped) == actual)
    if isinstance(actual, Span):
        return bool(_read(parse_time, stripped) == actual)
    if isinstance(actual, Mapping):
        return _names_it(stripped, actual)
    if isinstance(actual, list | tuple):
        return len(actual) == 1 and _matches_text(text, actual[0], organisation)
    if _lines(text) == _lines(str(actual)):
        return True
    facts = organisation.people.get(str(actual), {})
    return bool(facts) and stripped in (facts.get("mail"), facts.get("phone"))


def _names_it(text: str, actual: Mapping[str, Any]) -> bool:
    """A file by its name or hash, a person by id; a text in several languages by one of them."""
    names = [actual.get(key) for key in ("id", "name", "hash", "role")]
    if actual and all(LANGUAGE.fullmatch(str(key)) for key in actual):
        names += list(actual.values())
    return text in names or ("hash" in actual and os.path.basename(text) == actual.get("name"))


def _lines(text: str) -> list[str]:
    """Ends of lines, and blank lines at either end, say nothing."""
    return [line.rstrip() for line in text.strip().splitlines()]


def _read(reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except (Wrong, CalendarError, ValueError):
        return None


def holds_part(part: str, text: str) -> bool:
    """Whether some words stand in a text, case and width of blanks aside."""
    return " ".join(part.split()).casefold() in " ".join(text.split()).casefold()


def operation_of(entry: Any) -> tuple[str, Any]:
    """(operation, what is looked at) of one entry of `sent`: `mail.send`, or `{mail.send: {to: ...}}`."""
    if isinstance(entry, YMap):
        name, wanted = next(iter(entry.items()), ("", None))
        return str(name), None if wanted is None or is_null(wanted) else wanted
    return str(entry), None


def sent_differs(wanted: Sequence[Any], asked: Sequence[Asked], organisation: Organisation) -> bool:
    """Whether `asked` is not, in order and without anything more, what `wanted` lists.

    What may be left out (notes, notices, what a state invokes) is passed over unless the list names it.
    """
    todo = list(wanted)
    for operation, parameters, optional in asked:
        if todo:
            name, looked_at = operation_of(todo[0])
            if name == operation and (
                looked_at is None or matches_asked(looked_at, parameters, organisation)
            ):
                todo.pop(0)
                continue
        if not optional:
            return True
    return bool(todo)


def matches_asked(node: Any, parameters: Any, organisation: Organisation) -> bool:
    if isinstance(node, str) and isinstance(parameters, Mapping):
        return any(matches(node, parameters.get(key), organisation) for key in ("text", "name", "procedure"))
    return matches(node, parameters, organisation)
