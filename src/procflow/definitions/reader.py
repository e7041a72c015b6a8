"""The only door to YAML for reading: text in, nodes with their places and diagnostics out.

Budgets come first: everything is read from the parser's event stream, which holds no more than the nesting
it was let into, and reading stops at the first budget that is passed. YAML's surprises (types by look,
duplicate keys, anchors, tags, merge keys) are refused or never happen. It knows nothing of procedures.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from procflow.definitions import syntax
from procflow.definitions.codes import diagnostic
from procflow.definitions.nodes import At, Source, YList, YMap, YText, plain_value
from procflow.errors import Diagnostic

__all__ = ["DEPTH", "NODES", "SCALAR", "SIZE", "YList", "YMap", "YText", "plain_value", "read"]

#: The budgets of a document: bytes of the file, levels of nesting, keys and values, bytes of a scalar.
SIZE = 1_048_576
DEPTH = 40
NODES = 100_000
SCALAR = 65_536

#: Characters that would hide from a reader's eye what a file says, or that YAML does not allow.
_CONTROL = "\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"
_BIDI = "\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(f"[{_CONTROL}{_BIDI}]")
_UNSEEN = re.compile(f"[\t{_CONTROL}{_BIDI}]")
#: What turns the direction of writing; each script turns by itself where it has to.
TURNING = re.compile(f"[{_BIDI}]")
#: Keys that hold names, of which several stand in a list.
_LISTED = frozenset(
    {"state", "ask", "optional", "correlate", "one_open_per", "roles", "missed", "pause_in", "starts", "met"}
)
_MOST = 20  # forbidden characters that are listed; a file in a wrong encoding has thousands
_ENOUGH = 500  # faults after which reading stops

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str | bytes, path: str) -> tuple[YMap | None, list[Diagnostic]]:
    """The document in `text`, and what is wrong with it as YAML.

    The document is None where it is of no use; where it is given beside diagnostics, it was mended (a
    second key of the same name was dropped) so that later checks find what else is wrong. Never raises.
    """
    decoded, problems = _decode(text, path)
    if decoded is None:
        return None, problems
    problems = _forbidden(decoded, path)
    if problems:
        return None, problems
    return _Reading(decoded, path).run()


def _decode(text: str | bytes, path: str) -> tuple[str | None, list[Diagnostic]]:
    """The text without byte order mark and with plain line ends."""
    size = len(text)
    if isinstance(text, str) and size <= SIZE:
        size = len(text.encode("utf-8", "surrogatepass"))
    if size > SIZE:
        return None, [_over(path, (1, 1), "PF001", f"the file has {size:,} bytes", f"{SIZE:,}")]
    if isinstance(text, bytes):
        raw = text
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            message = "the file is UTF-16; documents are UTF-8"
            return None, [diagnostic(path, 1, 1, "PF005", message, "save it as UTF-8")]
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            good = raw[: error.start].decode("utf-8").removeprefix("\ufeff")
            line, column = good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1
            message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
            hint = "save the file as UTF-8; letters like æ, ø and å are often saved as Windows-1252"
            return None, [diagnostic(path, line, column, "PF005", message, hint)]
    return text.removeprefix("\ufeff").replace("\r\n", "\n"), []


def _forbidden(text: str, path: str) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    source = Source(text)
    for found in _FORBIDDEN.finditer(text):
        line, column = source.place(found.start())
        problems.append(_character(path, line, column, found[0]))
        if len(problems) == _MOST:
            break
    tab = text.find("\t")
    if tab >= 0:
        line, column = source.place(tab)
        more = text.count("\t") - 1
        message = "a tab; YAML is indented with spaces" + (f" ({more:,} more in this file)" if more else "")
        hint = 'replace it by spaces; where a text needs a tab, write \\t between double quotes ("a\\tb")'
        problems.append(diagnostic(path, line, column, "PF007", message, hint))
    return sorted(problems)


def _character(path: str, line: int, column: int, sign: str) -> Diagnostic:
    name = f"U+{ord(sign):04X}"
    if TURNING.match(sign):
        message = (
            f"the invisible character {name} turns the direction of the text, so that it reads as it is not"
        )
    else:
        message = f"the invisible character {name}"
    return diagnostic(path, line, column, "PF006", message, "delete it, and write what stands beside it anew")


def _over(path: str, at: At, code: str, message: str, limit: str) -> Diagnostic:
    hint = f"the limit is {limit}; split the document or move data into tables"
    return diagnostic(path, at[0], at[1], code, message, hint)


class _Frame:
    """A mapping or list that is being read; `key` is the key whose value comes next."""

    __slots__ = ("key", "keys", "node", "strays")

    def __init__(self, node: YMap | YList) -> None:
        self.node = node
        self.key: YText | None = None
        self.keys: list[YText] = []
        self.strays: list[tuple[YText | None, YText]] = []


class _Reading:
    def __init__(self, text: str, path: str) -> None:
        self.source = Source(text)
        self.path = path
        self.problems: list[Diagnostic] = []
        self.usable = True
        self.root: Any = None
        self.frames: list[_Frame] = []
        self.count = 0
        self.last: YText | None = None

    def run(self) -> tuple[YMap | None, list[Diagnostic]]:
        loader = _Loader(self.source.text)
        try:
            self._events(loader.get_event)
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            self._report("PF020", (1, 1), "the YAML cannot be read", f"the parser says: {error}"[:200])
            self.usable = False
        finally:
            loader.dispose()
        if self.usable and not isinstance(self.root, YMap):
            self._wrong_root()
        return (self.root if self.usable else None), sorted(self.problems)

    def _events(self, take: Any) -> None:
        documents = 0
        while len(self.problems) < _ENOUGH:
            event = take()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                mark, end = event.start_mark, event.end_mark
                style = event.style or ""
                node = YText(
                    event.value,
                    mark.line + 1,
                    mark.column + 1,
                    not style,
                    style,
                    self.source,
                    mark.index,
                    end.index,
                )
                if not self._fits(node, mark):
                    return
                if event.anchor is not None or event.tag is not None:
                    self._marked(event)
                    if event.tag is not None and not event.value:  # a guard such as `!late`, and no tag
                        node = YText(
                            event.tag, node.line, node.column, False, "", self.source, node.start, node.end
                        )
                self.last = node
                self._add(node)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if not self._open(event, kind is yaml.MappingStartEvent):
                    return
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                frame = self.frames.pop()
                if isinstance(frame.node, YMap):
                    frame.node.end = event.end_mark.index
                    if frame.strays:
                        self._rejoin(frame)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    hint = "one document a file: move what follows `---` into a file of its own"
                    self._report("PF016", _at(event.start_mark), "a second document begins here", hint)
                    return
            elif kind is yaml.StreamEndEvent:
                return
        self.usable = False

    def _report(self, code: str, at: At, message: str, hint: str = "") -> None:
        self.problems.append(diagnostic(self.path, at[0], at[1], code, message, hint))

    def _over(self, code: str, at: At, message: str, limit: str) -> bool:
        self.problems.append(_over(self.path, at, code, message, limit))
        self.usable = False
        return False

    def _fits(self, node: YText, mark: Any) -> bool:
        self.count += 1
        if self.count > NODES:
            return self._over("PF003", _at(mark), "the file holds too many keys and values", f"{NODES:,}")
        if len(node) * 4 > SCALAR and len(node.encode("utf-8", "surrogatepass")) > SCALAR:
            return self._over("PF004", _at(mark), "this text is too long", f"{SCALAR:,} bytes")
        if node.style == '"' and (found := _UNSEEN.search(node)) and found[0] != "\t":
            line, column = node.position(found.start())
            self.problems.append(_character(self.path, line, column, found[0]))
        return True

    def _open(self, event: Any, mapping: bool) -> bool:
        mark = event.start_mark
        self.count += 1
        if self.count > NODES:
            return self._over("PF003", _at(mark), "the file holds too many keys and values", f"{NODES:,}")
        if len(self.frames) >= DEPTH:
            return self._over("PF002", _at(mark), "this is nested too deeply", f"{DEPTH} levels")
        if event.anchor is not None or event.tag is not None:
            self._marked(event)
        node: YMap | YList
        flow = bool(event.flow_style)
        if mapping:
            node = YMap((), mark.line + 1, mark.column + 1, flow, self.source, mark.index)
        else:
            node = YList((), mark.line + 1, mark.column + 1, flow)
        parent = self.frames[-1] if self.frames else None
        if parent is not None and isinstance(parent.node, YMap) and parent.key is None:
            before = parent.keys[-1] if parent.keys else None
            value = parent.node.get(before) if before is not None else None
            fault = syntax.no_key(_at(mark), before, value, self.source)
            self._report(fault.code, fault.at, fault.message, fault.hint)
            self.usable = False
            return False
        self._add(node)
        self.frames.append(_Frame(node))
        return True

    def _add(self, node: Any) -> None:
        if not self.frames:
            self.root = node
            return
        frame = self.frames[-1]
        if isinstance(frame.node, YList):
            frame.node.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            key, frame.key = frame.key, None
            self._pair(frame, frame.node, key, node)

    def _pair(self, frame: _Frame, mapping: YMap, key: YText, node: Any) -> None:
        at = (key.line, key.column)
        if mapping.flow and isinstance(node, YText) and node.is_omitted and not self._has_colon(key):
            frame.strays.append((frame.keys[-1] if frame.keys else None, key))
            return
        if key.plain and (glued := re.match(r"(\w+):[{\[]", key)) is not None:
            rest = self.source.line(key.line)[key.column + len(glued[1]) :].strip()
            hint = f"write `{glued[1]}: {rest[:100]}`"
            self._report("PF027", at, f"a space is missing after the colon of `{glued[1]}`", hint)
        elif key == "<<" and key.plain:
            hint = "write the keys out: a document says everything where it is read"
            self._report("PF015", at, "a merge key (`<<`)", hint)
        elif not key:
            self._report("PF017", at, "a value without a key", "write the key before the colon")
        elif key in mapping:
            line, column = mapping.key_at[key]
            hint = "remove one of them, or join what they hold"
            message = f"`{_short(key)}` stands twice here, first at line {line}, column {column}"
            self._report("PF011", at, message, hint)
        else:
            frame.keys.append(key)
            mapping.key_at[str(key)] = at
            mapping[key] = node

    def _has_colon(self, key: YText) -> bool:
        text, i = self.source.text, key.end
        while i < len(text) and text[i] in " \n":
            i += 1
        return text[i : i + 1] == ":"

    def _rejoin(self, frame: _Frame) -> None:
        """Texts that YAML split at a comma: `{da: Først små, så store}` is one text and a stray key.

        One diagnostic for each text; the text is made whole again, so that nothing else is said of it.
        """
        mapping, text = frame.node, self.source.text
        assert isinstance(mapping, YMap)
        torn: dict[YText | None, list[YText]] = {}
        for owner, stray in frame.strays:
            torn.setdefault(owner, []).append(stray)
        for owner, strays in torn.items():
            first, end = strays[0], strays[-1].end
            at = (first.line, first.column)
            value = mapping[owner] if owner is not None else None
            if owner is None or not isinstance(value, YText) or not value.plain or value.is_omitted:
                hint = "write `key: value`, and put a text with a comma between quotes"
                if (glued := re.fullmatch(r"([a-z_]+)(?::| )\s*(\S+)", first)) is not None:
                    hint = f"write `{glued[1]}: {glued[2]}`, with a colon and a space"
                self._report("PF019", at, f"`{_short(first)}` stands here without a value", hint)
                continue
            whole = " ".join(text[value.start : end].split())
            line = self.source.line(value.line)
            if self.source.place(end)[0] == value.line:
                rest = end - self.source.starts[value.line - 1]
                mended = (line[: value.column - 1] + syntax.quoted(whole) + line[rest:]).strip()
            else:
                mended = ""
            if not 0 < len(mended) <= 200:
                mended = f"{owner}: {syntax.quoted(whole)}"
            hint = f"put the text between quotes: {mended}"
            if re.fullmatch(r"-?(?:\d+|\d{1,3}(?:[. ]\d{3})+), ?\d+", whole):
                number = re.sub("[. ]", "", whole).replace(",", ".")
                hint = f"a number has a point: {owner}: {number}"
            listed = [str(value), *map(str, strays)]
            if str(owner) in _LISTED and all(re.fullmatch(r"\w+", word) for word in listed):
                hint = f"several stand in a list: {owner}: [{', '.join(listed)}]"
            message = (
                f"the comma splits the text of `{_short(owner)}`: `{_short(first)}` became a key of its own"
            )
            self._report("PF019", at, message, hint)
            mapping[owner] = YText(whole, value.line, value.column, True, "", self.source, value.start, end)

    def _marked(self, event: Any) -> None:
        at = _at(event.start_mark)
        if event.anchor is not None:
            hint = "write it out where it is used, or put the text between quotes"
            self._report("PF012", at, f"an anchor (`&{_short(event.anchor)}`)", hint)
        if event.tag is not None:
            hint = "remove it, or put the text between quotes; the type of a value is said by the schema"
            if not getattr(event, "value", event):
                hint = f"put the text between quotes: {syntax.quoted(event.tag)}"
            self._report("PF014", at, f"a tag (`{_short(event.tag)}`)", hint)

    def _alias(self, event: Any) -> None:
        self.count += 1
        at = _at(event.start_mark)
        hint = f'write it out, or put the text between quotes: "*{_short(event.anchor)}"'
        self._report("PF013", at, f"an alias (`*{_short(event.anchor)}`)", hint)
        self.usable = False
        start = event.start_mark.index
        self._add(YText("*", at[0], at[1], False, "", self.source, start, start + 1))

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        self.usable = False
        mark = error.problem_mark or error.context_mark
        at = min(_at(mark), self.source.place(len(self.source.text))) if mark is not None else (1, 1)
        context = _at(error.context_mark) if error.context_mark is not None else None
        fault = syntax.explain(str(error.problem or ""), at, context, self.source, self.last)
        self._report(fault.code, fault.at, fault.message, fault.hint)

    def _wrong_root(self) -> None:
        self.usable = False
        if self.root is None or (isinstance(self.root, YText) and self.root.is_omitted):
            hint = "begin with the kind of document, for example `procedure: policy_change`"
            self._report("PF008", (1, 1), "the file is empty", hint)
            return
        hint = "begin with the kind of document, for example `procedure: policy_change`"
        if isinstance(self.root, YText) and re.match(r"[a-z_]+:\S", self.root):
            hint = "a colon is followed by a space: `procedure: policy_change`"
        message = "a document is a mapping of keys to values, and this is " + (
            "a list" if isinstance(self.root, YList) else "one text"
        )
        self._report("PF009", (self.root.line, self.root.column), message, hint)


def _at(mark: Any) -> At:
    return mark.line + 1, mark.column + 1


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= 40 else one[:39] + "…"
