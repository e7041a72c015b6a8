"""What differs between two versions of a procedure, told in words by the things a process owner knows: states, choices,
deadlines, promises, data, decisions, texts.

It compares what the owners wrote, so that nothing that was changed goes untold; a comment, an order of keys or another way
to write the same is no difference. It must not know the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct

from procflow.views.differences_words import WORDS

#: Key of the file -> what each thing below it is.
_THINGS = {
    "states": "state", "choices": "choice", "deadlines": "deadline", "promises": "promise", "data": "field", "decisions": "decision",
    "parallel": "region", "events": "event", "after": "after",
}  # fmt: skip
#: What a thing is called by, if it has it.
_CALLED = ("title", "label", "says")


class Line(Struct, frozen=True):
    """One difference of a thing. `what`: which of its keys, in words; `old` and `new` as written, "" where there was or
    is none."""

    what: str
    old: str = ""
    new: str = ""


class Thing(Struct, frozen=True):
    """What differs about one thing. `kind` is state, choice, deadline and the like, or procedure for the whole; `how`:
    added, removed or changed; `within`: the state of a choice."""

    kind: str
    name: str
    called: str
    how: str
    within: str = ""
    lines: tuple[Line, ...] = ()


def differences(old: Mapping[str, Any], new: Mapping[str, Any], language: str) -> list[Thing]:
    """From one version to another, both as read from their files, in the order of the newer one."""
    return list(_Comparing(language).things("procedure", str(new.get("procedure", "")), old, new, ""))


class _Comparing:
    def __init__(self, language: str) -> None:
        self.language = language
        self.words = WORDS.get(language, WORDS["en"])

    def things(
        self, kind: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any], within: str
    ) -> Iterator[Thing]:
        """A thing that is in both, and the things inside it."""
        lines: list[Line] = []
        inside: list[Thing] = []
        called = self.called(kind, name, new)
        for key in _keys(old, new):
            before, after = old.get(key), new.get(key)
            thing = self.kind_of(kind, key)
            if thing and _is_map(before) and _is_map(after):
                lines += self.order_of(key, before or {}, after or {})
                place = called if kind == "state" else within
                inside += self.all_of(thing, before or {}, after or {}, place)
            else:
                lines += self.of(before, after, self.word(key))
        if lines:
            yield Thing(kind, name, called, "changed", within, tuple(lines))
        yield from inside

    def all_of(
        self, kind: str, old: Mapping[str, Any], new: Mapping[str, Any], within: str
    ) -> Iterator[Thing]:
        for name in _keys(old, new):
            before, after = old.get(name), new.get(name)
            if name not in old or name not in new:
                there = after if name in new else before
                how = "added" if name in new else "removed"
                yield Thing(kind, name, self.called(kind, name, there), how, within, self.whole(there, how))
            elif isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.things(kind, name, before, after, within)
            elif lines := tuple(self.of(before, after, "")):
                yield Thing(kind, name, self.called(kind, name, after), "changed", within, lines)

    def order_of(self, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Line]:
        """Where several could be taken the first one is, so their order says something."""
        one, other = [name for name in old if name in new], [name for name in new if name in old]
        if one != other:
            yield Line(self.words["order"].format(what=self.word(key)), ", ".join(one), ", ".join(other))

    def kind_of(self, kind: str, key: str) -> str:
        """What stands below a key, where each of it is a thing of its own."""
        if kind == "procedure":
            return _THINGS.get(key, "") if key not in ("choices", "events", "after", "parallel") else ""
        if kind in ("state", "region"):
            return _THINGS.get(key, "") if key in ("states", "choices", "parallel", "events", "after") else ""
        return ""

    def of(self, old: Any, new: Any, what: str) -> Iterator[Line]:
        """The differences of two values of one key."""
        if old == new:
            return
        if _is_map(old) and _is_map(new) and old is not None and new is not None:
            for key in _keys(old, new):
                yield from self.of(old.get(key), new.get(key), self.joined(what, key))
        elif isinstance(old, list) and isinstance(new, list):
            yield from self.of_lists(old, new, what)
        else:
            yield Line(what, written(old), written(new))

    def of_lists(self, old: Sequence[Any], new: Sequence[Any], what: str) -> Iterator[Line]:
        """What came, what went; as many in the same place are compared one by one."""
        one, other = [written(item) for item in old], [written(item) for item in new]
        for tag, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            if j - i == m - k and all(_is_map(item) for item in (*old[i:j], *new[k:m])):
                for n in range(j - i):
                    place = f"{what} ({k + n + 1})" if max(len(old), len(new)) > 1 else what
                    yield from self.of(old[i + n], new[k + n], place)
                continue
            for text in one[i:j]:
                yield Line(what, old=text)
            for text in other[k:m]:
                yield Line(what, new=text)

    def whole(self, there: Any, how: str) -> tuple[Line, ...]:
        """A thing that came or went, key by key."""
        if not isinstance(there, Mapping):
            text = written(there)
            return (Line("", new=text) if how == "added" else Line("", old=text),)
        lines = []
        for key, value in there.items():
            text = (
                ", ".join(value)
                if self.kind_of("state", key) and isinstance(value, Mapping)
                else written(value)
            )
            lines.append(Line(self.word(key), "" if how == "added" else text, text if how == "added" else ""))  # fmt: skip
        return tuple(lines)

    def called(self, kind: str, name: str, there: Any) -> str:
        """A thing as its owner calls it; else by its name."""
        for key in _CALLED if isinstance(there, Mapping) else ():
            said = there.get(key)
            if isinstance(said, Mapping):
                said = said.get(self.language) or next(iter(said.values()), "")
            if isinstance(said, str) and said:
                return str(said)
        return name.replace("_", " ") if kind != "after" else name

    def word(self, key: str) -> str:
        return str(self.words["keys"].get(key, key.replace("_", " ")))

    def joined(self, what: str, key: str) -> str:
        """`what` of a key inside another; a language says which text is meant."""
        word = self.words["languages"].get(key) or self.word(key)
        return f"{what}, {word}" if what else word


def written(value: Any) -> str:
    """A value as its owner would write it on one line."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_nested(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_nested, value))
    return str(value)


def _nested(value: Any) -> str:
    text = written(value)
    if isinstance(value, Mapping):
        return f"{{{text}}}"
    return f"[{text}]" if isinstance(value, list | tuple) else text


def _is_map(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The keys of the newer one in its order; those that went, after the one they stood behind."""
    order = list(new)
    before = ""
    for key in old:
        if key not in new:
            order.insert(order.index(before) + 1 if before in order else 0, key)
        before = key
    return order
