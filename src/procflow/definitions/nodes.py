"""What a YAML file is read into: dicts, lists and texts that know where they stand.

Every scalar is a text: which type it has is decided by whoever knows the schema, or, where nobody does,
by `plain_value`. Lines and columns count from 1. This module must not know YAML's library.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from typing import Any

At = tuple[int, int]

#: Plain scalars that stand for something else than text. A number counts as one only where writing it
#: back gives the same figures: `010190`, `+4571999901`, `1e3` and `1_000` are text.
NULL = frozenset({"", "~", "null", "Null", "NULL"})
TRUE = frozenset({"true", "True", "TRUE"})
FALSE = frozenset({"false", "False", "FALSE"})
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,33})")
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,16})\.[0-9]{1,17}")


class Source:
    """The text of a file, shared by all nodes read from it."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """The index of the first character of each line."""
        if self._starts is None:
            starts, found = [0], self.text.find("\n")
            while found >= 0:
                starts.append(found + 1)
                found = self.text.find("\n", found + 1)
            self._starts = starts
        return self._starts

    def place(self, index: int) -> At:
        """Line and column of the character at `index`."""
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        starts = self.starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end]


class YText(str):
    """A scalar. `plain`: written without quotes, on one line or folded, so it may stand for a number."""

    __slots__ = ("_map", "column", "end", "line", "plain", "source", "start", "style")

    line: int
    column: int
    plain: bool
    style: str
    source: Source | None
    start: int
    end: int
    _map: list[int] | None

    def __new__(
        cls,
        value: str,
        line: int = 0,
        column: int = 0,
        plain: bool = False,
        style: str = "",
        source: Source | None = None,
        start: int = 0,
        end: int = 0,
    ) -> YText:
        self = str.__new__(cls, value)
        self.line = line
        self.column = column
        self.plain = plain
        self.style = style
        self.source = source
        self.start = start
        self.end = end
        self._map = None
        return self

    def position(self, offset: int) -> At:
        """Where in the file the character at `offset` of this text stands (its end, from there on)."""
        if self.source is None:
            return self.line, self.column
        if self._map is None:
            self._map = offsets(self.source.text[: self.end], self.start, self.style, str(self))
        return self.source.place(self._map[max(0, min(offset, len(self._map) - 1))])

    @property
    def is_omitted(self) -> bool:
        """Nothing at all was written: `key:` with no value."""
        return not self and self.plain


class YMap(dict[str, Any]):
    """A mapping; `key_at` says where each key stands, `flow` whether it is written with braces."""

    __slots__ = ("column", "end", "flow", "key_at", "line", "source", "start")

    def __init__(
        self,
        items: Any = (),
        line: int = 0,
        column: int = 0,
        flow: bool = False,
        source: Source | None = None,
        start: int = 0,
    ) -> None:
        super().__init__(items)
        self.line = line
        self.column = column
        self.flow = flow
        self.source = source
        self.start = start
        self.end = start
        self.key_at: dict[str, At] = {}


class YList(list[Any]):
    __slots__ = ("column", "flow", "line")

    def __init__(self, items: Any = (), line: int = 0, column: int = 0, flow: bool = False) -> None:
        super().__init__(items)
        self.line = line
        self.column = column
        self.flow = flow


def plain_value(node: Any) -> Any:
    """Ordinary Python for a node read without a schema: dict, list, str, int, Decimal, bool, None.

    Quoted text stays text. A plain scalar is yes or no, null, an integer or a decimal (an `int` where it is
    integral) where it is written just so, and text otherwise: `NO`, `09:00`, `2026-01-01`, `010190`.
    """
    if isinstance(node, str):
        if not getattr(node, "plain", False):
            return str(node)
        return _scalar(str(node))
    if isinstance(node, dict):
        return {str(key): plain_value(item) for key, item in node.items()}
    if isinstance(node, list):
        return [plain_value(item) for item in node]
    return node


def _scalar(text: str) -> Any:
    if text in NULL:
        return None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        exact = Decimal(text)
        return int(exact) if exact == exact.to_integral_value() else exact
    return text


def offsets(text: str, start: int, style: str, value: str) -> list[int]:
    """For each character of `value`, and for its end, the index in `text` from which it was read.

    `text` ends where the scalar ends. Where a character was made of nothing (a folded line break) it is
    the index of the break.
    """
    if style == "" or style in "|>":
        found = _by_line(text, start, style, value)
    else:
        found = _by_character(text, start, style)
    if len(found) != len(value) + 1:  # a form of YAML that was refused anyway (an anchor before the text)
        return [start] * (len(value) + 1)
    return found


def _by_line(text: str, start: int, style: str, value: str) -> list[int]:
    """Plain and block scalars: what stands on a line stands so in the value; only what is between differs."""
    lines: list[tuple[int, str]] = []
    if style:
        header = text.find("\n", start)
        if header < 0:
            return [len(text)] * (len(value) + 1)
        first = next((line for line in text[header + 1 :].split("\n") if line.strip(" ")), "")
        indent = len(first) - len(first.lstrip(" "))
        if re.search(r"[1-9]", text[start:header].split("#")[0]):
            # the header says how far the text is indented: further spaces of its first line belong to it
            lead = len(value) - len(value.lstrip(" \n"))
            indent -= lead - (value.rfind("\n", 0, lead) + 1)
        at = header + 1
        for line in text[at:].split("\n"):
            if len(line) > indent:
                lines.append((at + indent, line[indent:]))
            at += len(line) + 1
    else:
        at = start
        for line in text[start:].split("\n"):
            content = line.strip(" ")
            if content:
                lines.append((at + line.index(content), content))
            at += len(line) + 1
    found: list[int] = []
    after = text.find("\n", start) + 1 if style else start
    for index, content in lines:
        at = value.find(content, len(found))
        if at < 0:
            return []
        found.extend(_breaks(text, after, index, at - len(found)))
        found.extend(range(index, index + len(content)))
        after = index + len(content)
    found.extend(_breaks(text, after, len(text), len(value) - len(found)))
    found.append(found[-1] + 1 if found else after)
    return found


def _breaks(text: str, start: int, stop: int, count: int) -> list[int]:
    """Indices of the last `count` line breaks in `text[start:stop]`, as many as stand in the value."""
    found = [i for i in range(start, stop) if text[i] == "\n"]
    return found[-count:] if 0 < count <= len(found) else [start] * count


_WIDTHS = {"x": 2, "u": 4, "U": 8}


def _by_character(text: str, start: int, quote: str) -> list[int]:
    """Quoted scalars: escapes count as the one character that they stand for."""
    found: list[int] = []
    i, stop = start + 1, len(text) - 1
    while i < stop:
        c = text[i]
        if c in " \n":
            j = i
            while j < stop and text[j] in " \n":
                j += 1
            breaks = [k for k in range(i, j) if text[k] == "\n"]
            if not breaks:
                found.extend(range(i, j))
            else:
                found.extend(breaks[1:] or breaks)
            i = j
        elif c == "'" == quote:
            found.append(i)
            i += 2
        elif c == "\\" and quote == '"':
            if text[i + 1] == "\n":  # the line goes on: the break is dropped, empty lines below are kept
                j = i + 2
                while j < stop and text[j] in " \n":
                    j += 1
                found.extend(k for k in range(i + 2, j) if text[k] == "\n")
                i = j
            else:
                found.append(i)
                i += 2 + _WIDTHS.get(text[i + 1], 0)
        else:
            found.append(i)
            i += 1
    found.append(i)
    return found


def submap(node: Any, key: str) -> YMap:
    """The mapping under a key; an empty one where there is none."""
    found = node.get(key) if isinstance(node, YMap) else None
    return found if isinstance(found, YMap) else YMap()


def items_of(node: Any) -> list[Any]:
    """What stands in a list, where one thing may be written without it."""
    return list(node) if isinstance(node, YList) else [node] if node else []
