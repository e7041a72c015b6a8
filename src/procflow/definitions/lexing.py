"""CEL text -> tokens with their places; the first half of `parse`.

Finds what is wrong with single characters, quotes and brackets, where a grammar could only say "unexpected".
It must not know the grammar: only words, signs and brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from procflow.core.values import number
from procflow.errors import EvaluationError, ProcflowError

MAX_SOURCE = 4096
MAX_DEPTH = 32

Locate = Callable[[int], tuple[int, int]]

#: Words that CEL keeps for itself; they may name fields, but nothing declared.
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package"}
    | {"namespace", "return", "var", "void", "while"}
)


class ExpressionSyntaxError(ProcflowError):
    """Text that is no expression: `at` is (line, column) of the wrong word; `diagnostic` its code."""

    code = "expression-syntax"

    def __init__(self, message: str, at: tuple[int, int], hint: str = "", diagnostic: str = "PF300") -> None:
        super().__init__(message, hint, {"at": at})
        self.at = at
        self.diagnostic = diagnostic


class Lexeme(NamedTuple):
    """One token: its grammar's name, its text, what it means (a literal's value), and where it begins."""

    type: str
    text: str
    value: Any
    offset: int


_TOKEN = re.compile(
    r"""
      (?P<skip>[ \t\r\n\f]+|//[^\n]*)
    | (?P<string>[rR]?(?:\"\"\"|'''|"|'))
    | (?P<bytes>(?:[bB][rR]?|[rR][bB])(?:"|'))
    | (?P<hex>0[xX][0-9a-fA-F]+)
    | (?P<number>(?:[0-9]+\.[0-9]+|[0-9]+|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE,
)

_SIGNS = {
    "==": "RELATION",
    "!=": "RELATION",
    "<=": "RELATION",
    ">=": "RELATION",
    "<": "RELATION",
    ">": "RELATION",
    "&&": "AND",
    "||": "OR",
    "+": "PLUS",
    "-": "MINUS",
    "*": "TIMES",
    "/": "TIMES",
    "%": "TIMES",
    "!": "NOT",
    "?": "QUESTION",
    ":": "COLON",
    ".": "DOT",
    ",": "COMMA",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "{": "LBRACE",
    "}": "RBRACE",
}
_CLOSES = {")": "(", "]": "[", "}": "{"}
_WORDS = {"true": True, "false": False, "null": None}

#: Characters people type or paste for another, and what to write.
_MEANT = {
    "=": ("a single = compares nothing", "write == to compare"),
    "&": ("a single & means nothing", "write && for and"),
    "|": ("a single | means nothing", "write || for or"),
    "“": ("a typographic quote is no quote", "write \" or '"),
    "”": ("a typographic quote is no quote", "write \" or '"),
    "‘": ("a typographic quote is no quote", "write \" or '"),
    "’": ("a typographic quote is no quote", "write \" or '"),
    "≤": ("≤ is not understood", "write <="),
    "≥": ("≥ is not understood", "write >="),
    "≠": ("≠ is not understood", "write !="),
    "$": ("$ is not understood", "inside ${…} and in guards names stand alone, without $"),
    ";": ("; is not understood", "one expression gives one value"),
    "`": ("` is not understood", "write \" or ' around a text"),
}

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "?": "?",
    '"': '"',
    "'": "'",
    "`": "`",
}
_CODED = re.compile(
    r"x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})"
)


def lex(text: str, begin: int, locate: Locate, until_brace: bool = False) -> tuple[list[Lexeme], int]:
    """The tokens of `text` from `begin`, and the offset where they end.

    With `until_brace` it ends at the `}` that closes what stood before `begin` (a template's `${`).
    Raises ExpressionSyntaxError.
    """
    found: list[Lexeme] = []
    opened: list[tuple[str, int]] = []
    at = begin
    size = len(text)
    while at < size:
        if at - begin > MAX_SOURCE:
            raise too_long(locate(begin))
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unknown(text, at, locate)
        kind, word = match.lastgroup, match.group()
        end = match.end()
        if kind == "word":
            lexeme = _word(word, at, found, locate)
        elif kind == "sign":
            if word == "}" and until_brace and not opened:
                return found, at
            _bracket(word, at, opened, locate)
            lexeme = Lexeme(_SIGNS[word], word, word, at)
        elif kind == "string":
            value, end = _string(text, at, word, locate)
            lexeme = Lexeme("LITERAL", text[at:end], value, at)
        elif kind == "skip":
            at = end
            continue
        elif kind == "bytes":
            raise ExpressionSyntaxError("there are no byte strings here", locate(at), "leave out the b")
        else:
            lexeme = _number(text, word, at, end, locate)
        found.append(lexeme)
        at = end
    if size - begin > MAX_SOURCE and not until_brace:
        raise too_long(locate(begin))
    if opened:
        sign, place = opened[-1]
        raise ExpressionSyntaxError(f"this {sign} is never closed", locate(place), "count the brackets")
    return found, size


def too_long(at: tuple[int, int]) -> ExpressionSyntaxError:
    return ExpressionSyntaxError(
        f"the expression is longer than {MAX_SOURCE} characters",
        at,
        "split it, or use a decision table",
        "PF301",
    )


def too_deep(at: tuple[int, int]) -> ExpressionSyntaxError:
    return ExpressionSyntaxError(
        f"the expression is nested deeper than {MAX_DEPTH} levels",
        at,
        "split it, or use a decision table",
        "PF301",
    )


def _word(word: str, at: int, before: list[Lexeme], locate: Locate) -> Lexeme:
    after_dot = bool(before) and before[-1].type == "DOT"
    if word in _WORDS and not after_dot:
        return Lexeme("LITERAL", word, _WORDS[word], at)
    if word == "in" and not after_dot:
        return Lexeme("RELATION", word, word, at)
    if word in RESERVED and not after_dot:
        raise ExpressionSyntaxError(
            f"{word} is a word that CEL keeps for itself",
            locate(at),
            "write test ? a : b" if word in ("if", "else") else "use another name",
        )
    return Lexeme("NAME", word, word, at)


def _bracket(sign: str, at: int, opened: list[tuple[str, int]], locate: Locate) -> None:
    if sign in "([{":
        opened.append((sign, at))
        if len(opened) > MAX_DEPTH:
            raise too_deep(locate(at))
    elif sign in _CLOSES:
        if not opened:
            raise ExpressionSyntaxError(f"this {sign} closes nothing", locate(at), "take it away, or open it")
        last, place = opened.pop()
        if last != _CLOSES[sign]:
            line, column = locate(place)
            raise ExpressionSyntaxError(
                f"this {sign} does not close the {last} of line {line}, column {column}", locate(at)
            )


def _number(text: str, word: str, at: int, end: int, locate: Locate) -> Lexeme:
    follower = text[end : end + 1]
    if follower in ("u", "U") and not text[end + 1 : end + 2].isalnum():
        raise ExpressionSyntaxError(
            "numbers are written without u", locate(end), "there is one type of number"
        )
    if follower.isalnum() or follower == "_":
        raise ExpressionSyntaxError(
            f"{word}{follower}: a number ends here and a word begins",
            locate(at),
            "figures stand together: 1000"
            if follower == "_" and text[end + 1 : end + 2].isdecimal()
            else 'a time is written duration("60 minutes"), a text in quotes',
        )
    try:
        value = number(int(word, 16) if word[:2] in ("0x", "0X") else word)
    except EvaluationError as wrong:
        raise ExpressionSyntaxError(wrong.message, locate(at), diagnostic="PF301") from None
    return Lexeme("LITERAL", word, value, at)


def _string(text: str, at: int, opening: str, locate: Locate) -> tuple[str, int]:
    """The text that a literal says, and the offset behind it."""
    raw = opening[0] in "rR"
    quote = opening[1:] if raw else opening
    here = at + len(opening)
    made: list[str] = []
    while True:
        piece = here
        while here < len(text) and text[here] != "\\" and not text.startswith(quote, here):
            if len(quote) == 1 and text[here] in "\r\n":
                break
            here += 1
        made.append(text[piece:here])
        if here >= len(text) or (text[here] in "\r\n" and len(quote) == 1):
            hint = (
                "write \\n for a new line, or three quotes around"
                if here < len(text)
                else f"close it with {quote}"
            )
            raise ExpressionSyntaxError("this text is never closed", locate(at), hint)
        if text.startswith(quote, here):
            return "".join(made), here + len(quote)
        if raw:
            made.append(text[here : here + 1])
            here += 1
            continue
        letter = text[here + 1 : here + 2]
        coded = _CODED.match(text, here + 1)
        if letter in _SIMPLE and letter:
            made.append(_SIMPLE[letter])
            here += 2
        elif coded:
            code = int(coded[5], 8) if coded[5] else int(next(filter(None, coded.groups())), 16)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise ExpressionSyntaxError(f"\\{coded[0]} is no character", locate(here))
            made.append(chr(code))
            here = coded.end()
        else:
            raise ExpressionSyntaxError(
                f"\\{letter} stands for nothing",
                locate(here),
                'write \\\\ for a backslash, or r"…" around patterns',
            )


def _unknown(text: str, at: int, locate: Locate) -> ExpressionSyntaxError:
    sign = text[at]
    if sign == "=" and text[at : at + 2] == "=>":
        return ExpressionSyntaxError("=> is not understood", locate(at), "write >= for at least")
    if sign == "=" and text[at : at + 2] == "=<":
        return ExpressionSyntaxError("=< is not understood", locate(at), "write <= for at most")
    if sign == "=" and at and text[at - 1] == "=":
        return ExpressionSyntaxError("=== is not understood", locate(at - 2), "write == to compare")
    if sign in _MEANT:
        message, hint = _MEANT[sign]
        return ExpressionSyntaxError(message, locate(at), hint)
    hint = "names have the letters a to z, digits and _; text stands in quotes" if sign.isalpha() else ""
    return ExpressionSyntaxError(f"the character {sign!r} is not understood", locate(at), hint)
