"""Regular expressions in linear time: the syntax of RE2, as CEL's `matches` wants it, without back-tracking.

A pattern becomes a set of states walked side by side (Thompson), so no text and no pattern makes it explode;
`re` of the standard library can. It must not know expressions: it takes text and says yes or no.
Left out of RE2's syntax: scripts (`\\p{Greek}`), POSIX classes (`[[:alpha:]]`), `\\C`, `\\Q…\\E`, and the
flags `U` and `m`; as in RE2 there are no back references and no look-around.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn

from procflow.errors import EvaluationError

MAX_PATTERN = 1000
MAX_STATES = 2000
MAX_DEPTH = 30
MAX_REPEAT = 1000
_CACHED = 5000

_Test = Callable[[str], bool]
_SPACE = frozenset("\t\n\f\r ")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


def _is_word(c: str) -> bool:
    return c == "_" or (c.isascii() and c.isalnum())


_CLASSES: dict[str, _Test] = {
    "d": lambda c: c.isascii() and c.isdigit(),
    "w": _is_word,
    "s": lambda c: c in _SPACE,
}


def _negated(test: _Test) -> _Test:
    return lambda c: not test(c)


def _one(wanted: str) -> _Test:
    return lambda c: c == wanted


def _between(low: str, high: str) -> _Test:
    return lambda c: low <= c <= high


def _any_of(tests: list[_Test]) -> _Test:
    return lambda c: any(test(c) for test in tests)


def _folded(test: _Test) -> _Test:
    return lambda c: test(c) or test(c.lower()) or test(c.upper())


class _Reader:
    """Pattern text -> nested tuples; the first item says what the rest is."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.depth = 0
        self.fold = False
        self.dot_all = False

    def fail(self, why: str) -> NoReturn:
        hint = "patterns have the syntax of RE2"
        if self.at >= len(self.text):
            hint = next(
                (
                    f"close the `{a}` with `{b}`"
                    for a, b in ("[]", "()")
                    if self.text.count(a) > self.text.count(b)
                ),
                hint,
            )
        raise EvaluationError(
            f"the pattern {self.text!r:.80} is not understood at character {self.at + 1}: {why}", hint
        )

    def peek(self, word: str) -> bool:
        return self.text.startswith(word, self.at)

    def take(self, word: str) -> bool:
        if self.peek(word):
            self.at += len(word)
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.text):
            self.fail("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("its brackets are too deep")
        fold, dot_all = self.fold, self.dot_all
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        self.fold, self.dot_all = fold, dot_all
        self.depth -= 1
        return found[0] if len(found) == 1 else ("alt", found)

    def sequence(self) -> Any:
        found: list[Any] = []
        while self.at < len(self.text) and not self.peek("|") and not self.peek(")"):
            atom = self.atom()
            if atom is not None:
                found.append(self.repeated(atom))
        return ("cat", found)

    def repeated(self, atom: Any) -> Any:
        counts = self.counts()
        if counts is None:
            return atom
        self.take("?")  # lazy or greedy makes no difference to yes or no
        if self.counts() is not None:
            self.fail("two repetitions follow each other")
        return ("repeat", atom, *counts)

    def counts(self) -> tuple[int, int | None] | None:
        for sign, low, high in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(sign):
                return low, high
        if not self.peek("{"):
            return None
        end = self.text.find("}", self.at)
        inside = self.text[self.at + 1 : end] if end > 0 else ""
        first, comma, last = inside.partition(",")
        if not (first.isascii() and first.isdigit()) or not (
            last == "" or (last.isascii() and last.isdigit())
        ):
            return None  # a bracket of its own
        if len(first) > 4 or len(last) > 4:
            self.fail(f"more than {MAX_REPEAT} repetitions")
        low = int(first)
        top = int(last) if last else (None if comma else low)
        if low > MAX_REPEAT or (top is not None and (top > MAX_REPEAT or top < low)):
            self.fail(f"a repetition goes from 0 to {MAX_REPEAT}, the smaller number first")
        self.at = end + 1
        return low, top

    def atom(self) -> Any:
        c = self.next()
        if c == "(":
            return self.group()
        if c == "[":
            return ("char", self.bracketed())
        if c == ".":
            return ("char", (lambda c: True) if self.dot_all else _negated(_one("\n")))
        if c == "^":
            return ("at", "start")
        if c == "$":
            return ("at", "end")
        if c in "*+?":
            self.at -= 1
            self.fail("nothing stands before the repetition")
        if c == "\\":
            where = {"A": "start", "z": "end", "b": "edge", "B": "inside"}.get(
                self.text[self.at : self.at + 1]
            )
            if where:
                self.at += 1
                return ("at", where)
            return ("char", self.cased(self.escaped()))
        return ("char", self.cased(_one(c)))

    def cased(self, test: _Test) -> _Test:
        return _folded(test) if self.fold else test

    def group(self) -> Any:
        fold, dot_all = self.fold, self.dot_all
        if self.take("?"):
            if self.take("P<") or (
                self.peek("<") and not self.peek("<=") and not self.peek("<!") and self.take("<")
            ):
                end = self.text.find(">", self.at)
                if end < 0 or not self.text[self.at : end].isidentifier():
                    self.fail("a group's name is not closed")
                self.at = end + 1
            elif self.peek("=") or self.peek("!") or self.peek("<"):
                self.fail("looking ahead or behind is not possible")
            else:
                on = True
                while not self.take(":"):
                    flag = self.next()
                    if flag == ")":
                        return None  # flags for the rest of the group around
                    if flag == "-" and on:
                        on = False
                    elif flag == "i":
                        self.fold = on
                    elif flag == "s":
                        self.dot_all = on
                    else:
                        self.at -= 1
                        self.fail("only the flags i and s are known")
        inside = self.alternatives()
        if not self.take(")"):
            self.fail("a bracket is not closed")
        self.fold, self.dot_all = fold, dot_all
        return inside

    def escaped(self) -> _Test:
        c = self.next()
        if c in "dws":
            return _CLASSES[c]
        if c in "DWS":
            return _negated(_CLASSES[c.lower()])
        if c in "pP":
            name = self.next()
            if name == "{":
                end = self.text.find("}", self.at)
                name, self.at = self.text[self.at : end], end + 1
            inverse = (c == "P") != name.startswith("^")
            name = name.removeprefix("^")
            if name not in _CATEGORIES:
                self.fail(f"the class {name!r:.20} is not known")
            test: _Test = lambda c: unicodedata.category(c).startswith(name)  # noqa: E731
            return _negated(test) if inverse else test
        code = self.code(c)
        return _one(code)

    def code(self, c: str) -> str:
        """The character that the escape beginning with `c` stands for."""
        if c in _ESCAPES:
            return _ESCAPES[c]
        if c == "x":
            if self.take("{"):
                end = self.text.find("}", self.at)
                digits, self.at = self.text[self.at : end], end + 1
            else:
                digits = self.text[self.at : self.at + 2]
                self.at += 2
                if len(digits) != 2:
                    self.fail("\\x wants two digits")
            try:
                return chr(int(digits[:8], 16))
            except (ValueError, OverflowError):
                self.fail(f"\\x{digits:.10} is no character")
        if c.isalnum() and c.isascii():
            self.at -= 1
            self.fail(f"\\{c} is not known")
        return c

    def bracketed(self) -> _Test:
        inverse = self.take("^")
        tests: list[_Test] = []
        first = True
        while first or not self.peek("]"):
            first = False
            if self.peek("[:"):
                self.fail("classes such as [:alpha:] are not known; write the range")
            c = self.next()
            if c == "\\":
                if self.text[self.at : self.at + 1] in set("dwsDWSpP"):
                    tests.append(self.escaped())
                    continue
                c = self.code(self.next())
            if self.peek("-") and not self.peek("-]"):
                self.at += 1
                high = self.next()
                if high == "\\":
                    high = self.code(self.next())
                if high < c:
                    self.fail("a range goes from the smaller to the larger character")
                tests.append(_between(c, high))
            else:
                tests.append(_one(c))
        self.at += 1
        test = self.cased(_any_of(tests))
        return _negated(test) if inverse else test


_GROUPS = {"C": "cfos", "L": "lmotu", "M": "cen", "N": "dlo", "P": "cdefios", "S": "ckmo", "Z": "lps"}
_CATEGORIES = frozenset(f"{group}{kind}" for group, kinds in _GROUPS.items() for kind in ("", *kinds))


class Pattern:
    """A compiled pattern; `search` costs at most states times characters, usually a look-up a character."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise EvaluationError(f"a pattern has at most {MAX_PATTERN} characters")
        reader = _Reader(pattern)
        tree = reader.alternatives()
        if reader.at < len(pattern):
            reader.fail("a bracket is closed that was not opened")
        self._states: list[tuple[Any, ...]] = []
        self._work = 0
        self._fail = reader.fail
        accept = self._new(("accept",))
        self._start = self._emit(tree, accept)
        self._moves: dict[tuple[frozenset[int], str, str], tuple[frozenset[int] | None, int]] = {}

    def _new(self, state: tuple[Any, ...]) -> int:
        if len(self._states) >= MAX_STATES:
            self._fail("it is too large, its repetitions written out")
        self._states.append(state)
        return len(self._states) - 1

    def _emit(self, tree: Any, then: int) -> int:
        """The state that begins `tree` and goes on to `then`."""
        self._work += 1
        if self._work > 5 * MAX_STATES:
            self._fail("it is too large, its repetitions written out")
        match tree:
            case ("cat", parts):
                for part in reversed(parts):
                    then = self._emit(part, then)
                return then
            case ("alt", parts):
                return self._new(("split", tuple([self._emit(part, then) for part in parts])))
            case ("repeat", part, low, high):
                if high is None:
                    loop = self._new(("split", ()))
                    self._states[loop] = ("split", (self._emit(part, loop), then))
                    then = loop
                else:
                    end = then
                    for _ in range(high - low):
                        then = self._new(("split", (self._emit(part, then), end)))
                for _ in range(low):
                    then = self._emit(part, then)
                return then
            case (what, test):
                return self._new((what, test, then))
        raise AssertionError(tree)

    def search(self, text: str, spend: Callable[[int], None]) -> bool:
        """Whether the pattern matches somewhere in `text`; `spend` is told the cost as it arises."""
        here: frozenset[int] = frozenset()
        before = ""
        cost = 0
        for c in text:
            move = self._moves.get((here, before, c)) or self._move(here, before, c)
            cost += move[1]
            if cost > 400:
                spend(cost // 4)
                cost = 0
            if move[0] is None:
                spend(cost // 4)
                return True
            here = move[0]
            before = "w" if _is_word(c) else "n"
        spend(cost // 4)
        return self._move(here, before, "")[0] is None

    def example(self, alphabet: str, least: int = 0, most: int = 200) -> str | None:
        """The shortest text of these characters, `least` long or longer, in which the pattern is found; None where
        none was met.

        Of equally short ones the one that comes first when each place prefers the alphabet from its own number
        on, so that figures read 1234 and not 1111.
        """
        seen: set[tuple[frozenset[int], str, int]] = set()
        level: list[tuple[frozenset[int], str, str]] = [(frozenset(), "", "")]
        for length in range(min(most, MAX_REPEAT) + 1):
            for here, before, text in level:
                if length >= least and self._move(here, before, "")[0] is None:
                    return text
            turn = length % 10
            letters = alphabet[turn:10] + alphabet[:turn] + alphabet[10:]
            following = []
            for here, before, text in level:
                for c in letters:
                    there, after = self._move(here, before, c)[0], "w" if _is_word(c) else "n"
                    if there is None:  # it is found already: whatever follows
                        if length + 1 >= least:
                            return text + c
                        there = here
                    key = (there, after, max(0, least - length))
                    if key not in seen and len(seen) < MAX_STATES:
                        seen.add(key)
                        following.append((there, after, text + c))
            level = following
        return None

    def _move(self, here: frozenset[int], before: str, c: str) -> tuple[frozenset[int] | None, int]:
        """Where `c` ("" at the end) leads from the states `here` (None: it has matched), and the cost.

        `before` is "" at the start, else "w" or "n": whether the last character belongs to a word.
        """
        edge = (before == "w") != (bool(c) and _is_word(c))
        holds = {"start": before == "", "end": c == "", "edge": edge, "inside": not edge}
        seen = {self._start, *here}
        waiting = list(seen)
        reached: set[int] = set()
        accepted = False
        while waiting:
            state = self._states[waiting.pop()]
            match state:
                case ("accept",):
                    accepted = True
                    break
                case ("split", targets):
                    new = [target for target in targets if target not in seen]
                case ("at", where, then):
                    new = [then] if holds[where] and then not in seen else []
                case (_, test, then):
                    if c and test(c):
                        reached.add(then)
                    continue
            seen.update(new)
            waiting.extend(new)
        move = (None if accepted else frozenset(reached), len(seen))
        if len(self._moves) >= _CACHED:
            self._moves.clear()
        self._moves[here, before, c] = move
        return move


@lru_cache(maxsize=256)
def pattern(text: str) -> Pattern:
    """The compiled form of a pattern; raises EvaluationError that says where it is not understood."""
    return Pattern(text)
