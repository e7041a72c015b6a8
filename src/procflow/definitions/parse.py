"""Text -> expression trees and templates; the only door to the parser library.

The grammar is CEL's (cel-spec, doc/langdef.md) without protobuf messages, byte strings and unsigned numbers.
It must not know types, names or values: what it accepts may still be nonsense to the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from procflow.core.expressions import Expression, Name, Node, Select, Template, children
from procflow.definitions.growing import Rules, unbracketed
from procflow.definitions.lexing import (
    MAX_DEPTH,
    MAX_SOURCE,
    ExpressionSyntaxError,
    Lexeme,
    Locate,
    lex,
    too_deep,
    too_long,
)

__all__ = ["MAX_DEPTH", "MAX_SOURCE", "ExpressionSyntaxError", "Locate", "parse_expression", "parse_template"]

_GRAMMAR = r"""
?start: choice
?choice: either
    | either QUESTION either COLON choice   -> ternary
?either: both
    | both (OR both)+                       -> either
?both: relation
    | relation (AND relation)+              -> both
?relation: sum
    | relation RELATION sum                 -> relation
?sum: product
    | product ((PLUS | MINUS) product)+     -> sum
?product: unary
    | unary (TIMES unary)+                  -> sum
?unary: member
    | NOT unary                             -> negation
    | MINUS unary                           -> negative
?member: primary
    | member DOT NAME                       -> select
    | member DOT NAME LPAR arguments RPAR   -> method
    | member LSQB choice RSQB               -> index
?primary: NAME                              -> name
    | NAME LPAR arguments RPAR              -> call
    | LPAR choice RPAR                      -> group
    | LSQB RSQB                             -> items
    | LSQB choice (COMMA choice)* COMMA? RSQB -> items
    | LBRACE RBRACE                         -> pairs
    | LBRACE entry (COMMA entry)* COMMA? RBRACE -> pairs
    | LITERAL                               -> literal
arguments: (choice (COMMA choice)*)?
entry: choice COLON choice
%declare QUESTION COLON OR AND RELATION PLUS MINUS TIMES NOT DOT COMMA NAME LITERAL
%declare LPAR RPAR LSQB RSQB LBRACE RBRACE
"""

#: Words of other languages, and what CEL writes for them.
_FOREIGN = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "is": "==",
    "equals": "==",
    "og": "&&",
    "eller": "||",
    "ikke": "!",
    "AND": "&&",
    "OR": "||",
    "NOT": "!",
    "er": "==",
}
_NEGATED = frozenset({("is", "not"), ("er", "ikke")})


def _one_line(offset: int) -> tuple[int, int]:
    return 1, offset + 1


def parse_expression(text: str, locate: Locate | None = None) -> Expression:
    """The tree of a CEL text. `locate` maps an offset in `text` to (line, column) in the file, from 1.

    Raises ExpressionSyntaxError with the place of the wrong word.
    """
    where = locate or _one_line
    if len(text) > MAX_SOURCE:
        raise too_long(where(0))
    lexemes, end = lex(text, 0, where)
    return _tree(text, lexemes, 0, end, where)


def parse_template(text: str, locate: Locate | None = None) -> Template:
    """A text with `${…}` inside, as literal text and expressions; `$${` is a literal `${`.

    Raises ExpressionSyntaxError, also for a `${` that is never closed.
    """
    where = locate or _one_line
    parts: list[str | Expression] = []
    literal, here = "", 0
    for begin, end, lexemes in _marks(text, where):
        literal += text[here:begin]
        here = end
        if lexemes is None:
            literal += "${"
            continue
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(_tree(text, lexemes, begin + 2, end - 1, where))
    literal += text[here:]
    if literal:
        parts.append(literal)
    return Template(tuple(parts))


def holes(text: str) -> tuple[tuple[int, int], ...]:
    """Where each `${…}` of a text begins, and where the text goes on; raises as `parse_template` does."""
    marks = _marks(text, _one_line)
    return tuple([(begin, end) for begin, end, lexemes in marks if lexemes is not None])


def _marks(text: str, where: Locate) -> Iterator[tuple[int, int, list[Lexeme] | None]]:
    """(begin, end, what stands in it) of each `${…}`, and of each `$${`, in which nothing stands."""
    here = 0
    while (mark := text.find("${", here)) >= 0:
        if mark > here and text[mark - 1] == "$":
            here = mark + 2
            yield mark - 1, here, None
            continue
        lexemes, end = lex(text, mark + 2, where, until_brace=True)
        if end >= len(text):
            raise ExpressionSyntaxError(
                "this ${ is never closed",
                where(mark),
                "close it with }, or write $${ for the signs themselves",
            )
        here = end + 1
        yield mark, here, lexemes


def _tree(text: str, lexemes: list[Lexeme], begin: int, end: int, locate: Locate) -> Expression:
    source = text[begin:end]
    if not lexemes:
        raise ExpressionSyntaxError(
            "there is no expression here", locate(begin), "write a condition or a value"
        )
    node = _run(lexemes, end, locate)
    _check_depth(node)
    return Expression(source.strip(), node, locate(lexemes[0].offset))


@cache
def _library() -> tuple[Any, type[Exception], Callable[..., Any]]:
    """The LALR parser, built when the first expression is parsed; and lark's error and token types."""
    import lark

    class Fed(lark.lexer.Lexer):
        """Hands on tokens that were made before."""

        def __init__(self, conf: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Any]:
            data = getattr(lexer_state, "text", lexer_state)
            return iter(data)

    parser = lark.Lark(_GRAMMAR, parser="lalr", lexer=Fed, transformer=Rules(), maybe_placeholders=False)
    return parser, lark.exceptions.UnexpectedInput, lark.Token


def _dotted(lexemes: list[Lexeme], locate: Locate) -> Node | None:
    """A name, or a field of one, as most templates have it: no grammar is needed for that."""
    for n, lexeme in enumerate(lexemes):
        if lexeme.type != ("DOT" if n % 2 else "NAME"):
            return None
    if not len(lexemes) % 2:
        return None
    node: Node = Name(lexemes[0].value, locate(lexemes[0].offset))
    for lexeme in lexemes[2::2]:
        node = Select(node, lexeme.value, locate(lexeme.offset))
    return node


def _run(lexemes: list[Lexeme], end: int, locate: Locate) -> Node:
    plain = _dotted(lexemes, locate)
    if plain is not None:
        return plain
    parser, unexpected, token = _library()
    tokens = []
    for lexeme in lexemes:
        line, column = locate(lexeme.offset)
        made = token(lexeme.type, lexeme.text, start_pos=lexeme.offset, line=line, column=column)
        made.value = lexeme.value
        tokens.append(made)
    try:
        return unbracketed(parser.parse(tokens))
    except unexpected as wrong:
        stopped = getattr(wrong, "token", None)
        place = None if stopped is None or stopped.type == "$END" else stopped.start_pos
        raise _explained(lexemes, place, end, locate) from None


def _explained(lexemes: list[Lexeme], place: int | None, end: int, locate: Locate) -> ExpressionSyntaxError:
    """What a person would say about the token that does not fit."""
    index = next((n for n, lexeme in enumerate(lexemes) if lexeme.offset == place), None)
    if index is None or place is None:
        last = lexemes[-1]
        return ExpressionSyntaxError(
            f"the expression ends after {last.text:.40}, where something must follow", locate(last.offset)
        )
    here = lexemes[index]
    before = lexemes[index - 1] if index else None
    if (sentence := _sentence(lexemes, index)) is not None:
        return ExpressionSyntaxError(
            "this is a sentence, not an expression",
            locate(sentence.offset),
            'ask for the data: email != null, pain == "strong"; words for people stand in `help`, `guide` or `says`',
        )
    for word, following in ((before, here), (here, (*lexemes[index + 1 :], None)[0])):
        if word is not None and word.type == "NAME" and word.text in _FOREIGN:
            return _foreign(word, following, locate)
    if (length := _a_length_of_time(lexemes, index)) is not None:
        return ExpressionSyntaxError(
            f"{here.text} cannot follow {before.text:.40}" if before else here.text,
            locate(here.offset),
            length,
        )
    if here.type == "NAME" and before is not None and before.type in ("NAME", "LITERAL", "RPAR", "RSQB"):
        return ExpressionSyntaxError(
            f"{here.text} cannot follow {before.text:.40}",
            locate(here.offset),
            "put an operator such as == or && between them, and quotes around a text",
        )
    if here.type == "LITERAL" and before is not None and before.type in ("NAME", "LITERAL", "RPAR", "RSQB"):
        return ExpressionSyntaxError(
            f"{here.text:.40} cannot follow {before.text:.40}",
            locate(here.offset),
            "put an operator such as == or && between them",
        )
    if {here.type, before.type if before else ""} == {"QUESTION", "DOT"}:
        return ExpressionSyntaxError(
            "?. and .? are not needed", locate(here.offset), "a field of null is null: write a plain ."
        )
    if before is None:
        return ExpressionSyntaxError(f"an expression cannot begin with {here.text:.40}", locate(here.offset))
    hint = "write a name, a value or a bracket there" if before.type in _OPERATORS else ""
    if (before.text, here.text) == ("<", ">"):
        hint = "write != for “is not”"
    elif (
        here.text == ","
        and lexemes[index + 1 : index + 2]
        and before.type == lexemes[index + 1].type == "LITERAL"
    ):
        after = lexemes[index + 1].text
        if before.text.replace(".", "").isdecimal() and after.isdecimal():
            hint = f"a number has a point: {before.text.replace('.', '')}.{after}"
        else:
            hint = "a list stands in square brackets: x in [a, b]"
    elif here.text in (",", "}") and before.type == "NAME" and _is_key(lexemes[: index - 1]):
        hint = f"a value follows its name: {before.text}: {before.text}"
    return ExpressionSyntaxError(
        f"{here.text:.40} cannot follow {before.text:.40}", locate(here.offset), hint
    )


_UNITS = frozenset(
    {"minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "working"}
)


def _a_length_of_time(lexemes: Sequence[Lexeme], index: int) -> str | None:
    """What to write for `now + 30 days`; None where that does not stand there."""
    here, before = lexemes[index], lexemes[index - 1] if index else None
    if here.text not in _UNITS or before is None or not before.text.isdecimal():
        return None
    unit = "working days" if here.text == "working" else here.text
    sign, base = (lexemes[index - 2].text, lexemes[index - 3]) if index > 2 else ("", None)
    if sign not in ("+", "-") or base is None or base.type != "NAME":
        return f'a length of time stands between quotes: duration("{before.text} {unit}"), or add_time(instant, "…")'
    first = index - 3
    while first > 1 and lexemes[first - 1].text == "." and lexemes[first - 2].type == "NAME":
        first -= 2
    whole = "".join(lexeme.text for lexeme in lexemes[first : index - 2])
    return f'write add_time({whole}, "{sign.replace("+", "")}{before.text} {unit}")'


def _is_key(before: Sequence[Lexeme]) -> bool:
    """Whether what follows these is the name of a part of an object, `{a` or `{a: 1, b`."""
    if not before or before[-1].text not in ("{", ","):
        return False
    depth = 0
    for lexeme in reversed(before):
        depth += (lexeme.text in (")", "]", "}")) - (lexeme.text in ("(", "[", "{"))
        if depth < 0:
            return bool(lexeme.text == "{")
    return False


_OPERATORS = {
    "RELATION",
    "AND",
    "OR",
    "PLUS",
    "MINUS",
    "TIMES",
    "NOT",
    "QUESTION",
    "COLON",
    "COMMA",
    "LPAR",
    "LSQB",
}


def _sentence(lexemes: list[Lexeme], index: int) -> Lexeme | None:
    """The first word of a sentence in which the parser stopped: four words in a row, or three without an operator."""
    first = last = index
    while first and lexemes[first - 1].type == "NAME":
        first -= 1
    while last < len(lexemes) and lexemes[last].type == "NAME":
        last += 1
    words = [lexeme.text for lexeme in lexemes[first:last]]
    bare = sum(word not in _FOREIGN for word in words)
    return lexemes[first] if bare >= 3 or (bare >= 2 and len(words) >= 4) else None


def _foreign(word: Lexeme, after: Lexeme | None, locate: Locate) -> ExpressionSyntaxError:
    negated = after is not None and (word.text, after.text) in _NEGATED
    said = f"“{word.text} {after.text}”" if negated and after else word.text
    right = "!=" if negated else _FOREIGN[word.text]
    return ExpressionSyntaxError(f"{said} is not an operator here", locate(word.offset), f"write {right}")


def _check_depth(node: Node) -> None:
    """Refuse trees deeper than 32 levels, however they came to be (`!!!…`, `a.b.c…`, chained `?:`)."""
    level = [node]
    for _ in range(MAX_DEPTH):
        level = [child for here in level for child in children(here)]
        if not level:
            return
    raise too_deep(level[0].at)
