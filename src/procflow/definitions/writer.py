"""Plain values written as YAML that our reader reads back as they were, in the style of the shipped files.

What fits on a line stands on one; a text that YAML could take for something else stands between quotes. It must
not know what a document is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from procflow.definitions.nodes import DECIMAL, FALSE, INTEGER, NULL, TRUE, YList, YMap, YText

WIDTH = 118
#: A text that stands without quotes, also within brackets: no sign of YAML in it, and none of CEL.
_BARE = re.compile(r"[^\W\d_][\w æøåÆØÅ./()'+-]*", re.UNICODE)
#: Instants and times of day, which the reader takes as text.
_CLOCK = re.compile(r"(until )?[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?|[0-9]+ [a-z ]+")
_WORDS_OF_YAML = frozenset({"yes", "no", "on", "off", "y", "n"})


def yaml_of(document: Mapping[str, Any]) -> str:
    """A whole document: its keys at the top, each list entry on a line of its own."""
    return "".join(f"{line}\n" for key, value in document.items() for line in _entry(str(key), value, 0, 2))


def nodes_of(value: Any) -> Any:
    """What the reader makes of the value once it is written."""
    if isinstance(value, Mapping):
        return YMap({str(key): nodes_of(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return YList([nodes_of(item) for item in value])
    if isinstance(value, str):
        return YText(value)
    return YText(_scalar(value), plain=True)


def _entry(key: str, value: Any, indent: int, blocks: int) -> list[str]:
    """`key: value`, on one line where it fits and is no list of steps; `blocks` levels of it never are."""
    lead = " " * indent + f"{_scalar(key)}:"
    if isinstance(value, Mapping | list | tuple) and value:
        line = f"{lead} {_flow(value)}"
        wide = blocks > 0 and any(isinstance(item, Mapping | list | tuple) for item in _items(value))
        if not wide and len(line) <= WIDTH:
            return [line]
        return [lead, *_block(value, indent + 2, blocks - 1)]
    return [f"{lead} {_flow(value)}"]


def _items(value: Any) -> Any:
    return value.values() if isinstance(value, Mapping) else value


def _block(value: Any, indent: int, blocks: int) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in _entry(str(key), item, indent, blocks)]
    found: list[str] = []
    for item in value:
        dash = " " * indent + "- "
        line = dash + _flow(item)
        if isinstance(item, Mapping) and item and (len(item) == 1 or len(line) > WIDTH):
            first, *rest = _block(item, indent + 2, 0)
            found += [dash + first.lstrip(" "), *rest]
        else:
            found.append(line)
    return found


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return text if _stands_bare(text) else _quoted(text)


def _stands_bare(text: str) -> bool:
    if _CLOCK.fullmatch(text):
        return True
    other = text in NULL or text in TRUE or text in FALSE or text.casefold() in _WORDS_OF_YAML
    numeric = INTEGER.fullmatch(text) or DECIMAL.fullmatch(text)
    return bool(_BARE.fullmatch(text)) and not other and not numeric and text == text.rstrip()


def _quoted(text: str) -> str:
    made = []
    for c in text:
        if c in '"\\':
            made.append(f"\\{c}")
        elif c in _ESCAPES:
            made.append(_ESCAPES[c])
        elif c.isprintable():
            made.append(c)
        elif ord(c) < 0x10000:
            made.append(f"\\u{ord(c):04x}")
        else:
            made.append(f"\\U{ord(c):08x}")
    return '"' + "".join(made) + '"'


_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
