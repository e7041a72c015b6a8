"""A pattern in words for people - “4 to 8 digits” - where it can be put in words simply, and an example of it.

It reads the text of the pattern and must not know fields. A pattern of another kind gives no words, never wrong ones.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from procflow.core.patterns import pattern
from procflow.errors import EvaluationError

#: More parts than these are no longer easy to read as words.
_MOST = 6
#: What an example is made of; figures first, from 1 on, so that it reads 1234.
_ALPHABET = "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzÆØÅæøå -./+_:,()#@%&*=?!>"
#: Letters beside A to Z that the class of all letters may or may not have.
_NATIONAL = frozenset("ÆØÅæøåÄÖäöÜüÉé")

#: kind -> (one, many) in English and in Danish.
_NAMES = {
    "digit": (("digit", "digits"), ("ciffer", "cifre")),
    "upper": (("capital letter", "capital letters"), ("stort bogstav", "store bogstaver")),
    "lower": (("small letter", "small letters"), ("lille bogstav", "små bogstaver")),
    "letter": (("letter", "letters"), ("bogstav", "bogstaver")),
    "space": (("space", "spaces"), ("mellemrum", "mellemrum")),
    "any": (("character", "characters"), ("tegn", "tegn")),
}  # fmt: skip
_ESCAPED = {"d": ("digit",), "s": ("space",), "w": ("letter", "digit", "“_”")}
_RANGES = {"0-9": "digit", "A-Z": "upper", "a-z": "lower"}


class _No(Exception):
    """This pattern has no simple words."""


class _Part(Struct, frozen=True):
    """What stands in one place: kinds of characters, or (`texts`) one of these texts; how often."""

    kinds: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    low: int = 1
    high: int | None = 1


@lru_cache(maxsize=256)
def pattern_in_words(text: str, language: str) -> str:
    """The pattern in words, in Danish (`da`) or English (any other language); "" where it has no simple ones."""
    if not text.startswith("^") or not text.endswith("$") or text.endswith("\\$"):
        return ""  # what may stand before and after it is hard to say
    try:
        parts = _merged(_Reader(text[1:-1]).parts())
    except (_No, IndexError):
        return ""
    if not 0 < len(parts) <= _MOST:
        return ""
    danish = language == "da"
    return (" og så " if danish else ", then ").join(_said(part, danish) for part in parts)


@lru_cache(maxsize=256)
def example_of(text: str, least: int = 1, most: int = 60) -> str:
    """A short text that has the form; "" where none is found."""
    try:
        return pattern(text).example(_ALPHABET, least, most) or ""
    except EvaluationError:
        return ""


def pattern_with_example(text: str, language: str) -> str:
    """The pattern in words, or as it is written, and an example where there is one."""
    words = pattern_in_words(text, language) or text
    shown = example_of(text)
    return f"{words}, {'for eksempel' if language == 'da' else 'for example'} {shown}" if shown else words


class _Reader:
    """The inside of a pattern, part by part; raises _No for what has no simple words."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def parts(self) -> list[_Part]:
        found = []
        while self.at < len(self.text):
            found.append(self._counted(self._one()))
        return found

    def _one(self) -> _Part:
        c = self._next()
        if c == "[":
            return _Part(self._bracketed())
        if c == "(":
            return self._alternatives()
        if c == "\\":
            c = self._next()
            if c in _ESCAPED:
                return _Part(_ESCAPED[c])
            if c.isalnum():
                raise _No
            return _Part(texts=(c,))
        if c == ".":
            return _Part(("any",))
        if c in "^$|)*+?{":
            raise _No
        return _Part(texts=(c,))

    def _next(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def _alternatives(self) -> _Part:
        """Texts of which one is to stand here, `(A|B)`; or one character of a kind, `(A|[0-9])`."""
        if self.text.startswith("?:", self.at):
            self.at += 2
        texts, kinds = [""], []
        while (c := self._next()) != ")":
            if c == "|":
                texts.append("")
                continue
            if c == "[" and not texts[-1]:
                found = self._bracketed()
                if len(found) != 1 or self.text[self.at] not in "|)":
                    raise _No
                kinds.append(found[0])
                texts.pop()
                if self._next() == ")":
                    break
                texts.append("")
                continue
            if c == "\\":
                c = self._next()
                if c.isalnum():
                    raise _No
            elif c in "()[.^$*+?{":
                raise _No
            texts[-1] += c
        return _Part(tuple(kinds), tuple(texts)) if texts else _Part(tuple(kinds))

    def _bracketed(self) -> tuple[str, ...]:
        end = self.text.index("]", self.at + 1) if "]" in self.text[self.at + 1 :] else -1
        if end < 0 or self.text[self.at] == "^":
            raise _No
        inside, self.at = self.text[self.at : end], end + 1
        kinds: list[str] = []
        singles: list[str] = []
        place = 0
        while place < len(inside):
            piece = inside[place : place + 3]
            if piece in _RANGES:
                kinds.append(_RANGES[piece])
                place += 3
            elif piece[0] == "\\" and len(piece) > 1:
                if piece[1] in _ESCAPED:
                    kinds += _ESCAPED[piece[1]]
                elif piece[1].isalnum():
                    raise _No
                else:
                    singles.append(piece[1])
                place += 2
            elif len(piece) == 3 and piece[1] == "-" and piece[0].isdigit() and piece[2].isdigit():
                kinds.append(piece)
                place += 3
            elif len(piece) == 3 and piece[1] == "-":
                raise _No
            else:
                singles.append(piece[0])
                place += 1
        if "upper" in kinds and "lower" in kinds:
            kinds = [kind for kind in kinds if kind != "lower"]
            kinds[kinds.index("upper")] = "letter"
        own = [c for c in singles if not ({"upper", "lower", "letter"} & {*kinds} and c in _NATIONAL)]
        kinds += ["space" if c == " " else f"“{c}”" for c in own]
        return tuple(dict.fromkeys(kinds))

    def _counted(self, part: _Part) -> _Part:
        rest = self.text[self.at :]
        for sign, low, high in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if rest.startswith(sign):
                self.at += 1
                return self._once(part, low, high)
        if not rest.startswith("{"):
            return part
        first, comma, last = rest[1 : rest.index("}")].partition(",")
        self.at += rest.index("}") + 1
        if not first.isdigit() or (last and not last.isdigit()):
            raise _No
        return self._once(part, int(first), int(last) if last else None if comma else int(first))

    def _once(self, part: _Part, low: int, high: int | None) -> _Part:
        if self.text[self.at : self.at + 1] in ("?", "+", "*", "{") or (part.texts and high != 1):
            raise _No
        return _Part(part.kinds, part.texts, low, high)


def _merged(parts: list[_Part]) -> list[_Part]:
    """Texts that follow each other as one; counts of the same kinds in a row as one."""
    found: list[_Part] = []
    for part in parts:
        last = found[-1] if found else None
        if (
            last is not None
            and part.texts
            and not (part.kinds or last.kinds)
            and len(last.texts) == len(part.texts) == last.low == part.low == 1
        ):
            found[-1] = _Part(texts=(last.texts[0] + part.texts[0],))
        elif last is not None and part.kinds and last.kinds == part.kinds and not (part.texts or last.texts):
            high = None if last.high is None or part.high is None else last.high + part.high
            found[-1] = _Part(part.kinds, (), last.low + part.low, high)
        else:
            found.append(part)
    return found


def _said(part: _Part, danish: bool) -> str:
    perhaps = "" if part.low else ("eventuelt " if danish else "perhaps ")
    if part.texts:
        space = f"1 {_name('space', danish)[0]}"
        shown = [space if text == " " else f"“{text}”" for text in part.texts if text]
        shown += [kind if kind[0] == "“" else f"1 {_name(kind, danish)[0]}" for kind in part.kinds]
        if "" in part.texts:
            perhaps = "eventuelt " if danish else "perhaps "
        return perhaps + _either(shown, danish)
    if part.low == part.high == 1 and all(kind[0] == "“" for kind in part.kinds):
        return _either(list(part.kinds), danish)
    if len(part.kinds) == 1:
        counted = _counted(part, _name(part.kinds[0], danish), danish)
    else:
        names = [_name(kind, danish)[1] for kind in part.kinds]
        counted = _counted(part, _NAMES["any"][danish], danish)
        counted = f"{counted} ({_either(names, danish)})"
    return counted


def _either(words: list[str], danish: bool) -> str:
    *before, last = words
    return f"{', '.join(before)} {'eller' if danish else 'or'} {last}" if before else last


def _name(kind: str, danish: bool) -> tuple[str, str]:
    if kind in _NAMES:
        return _NAMES[kind][danish]
    if "-" in kind and kind[0].isdigit():
        one, many = _NAMES["digit"][danish]
        words = f"fra {kind[0]} til {kind[2]}" if danish else f"from {kind[0]} to {kind[2]}"
        return f"{one} {words}", f"{many} {words}"
    return kind, kind


def _counted(part: _Part, name: tuple[str, str], danish: bool) -> str:
    one, many = name
    low, high = part.low, part.high
    if high is None:
        if low <= 1:
            words = (
                ("1 eller flere" if danish else "1 or more")
                if low
                else ("0 eller flere" if danish else "0 or more")
            )
            return f"{words} {many}"
        return f"{'mindst' if danish else 'at least'} {low} {many}"
    if low == high:
        return f"{low} {one if low == 1 else many}"
    if low == 0 and high == 1:
        return f"{'eventuelt' if danish else 'perhaps'} 1 {one}"
    if low == 0:
        most = f"{high} {one if high == 1 else many}"
        return f"{'højst' if danish else 'at most'} {most}"
    return f"{low} {'til' if danish else 'to'} {high} {many}"
