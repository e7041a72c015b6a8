"""What every builder of documents needs: problems collected, and texts, templates, times and values made of nodes.

It takes nodes as the reader gives them, after the schema has passed, and never stops at a problem: what cannot
be built stands as `null` in the result, so that everything else of the file is looked at in the same run.
It must not know what a procedure, a table or an organisation is made of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from procflow.core.expressions import Expression, Literal, Template
from procflow.core.fields import FieldContext, check_value
from procflow.core.nearest import did_you_mean, with_nearest
from procflow.core.procedure import At, Field, Spec, Text
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.definitions.codes import diagnostic
from procflow.definitions.lexing import lex
from procflow.definitions.meant import as_expression, as_number, as_thousands, as_time
from procflow.definitions.nodes import NULL, YList, YMap, YText, plain_value
from procflow.definitions.parse import ExpressionSyntaxError, Locate, parse_expression, parse_template
from procflow.definitions.times_around import wrong_around
from procflow.errors import Diagnostic, EvaluationError

LANGUAGE = re.compile("[a-z]{2}")

#: Types whose constants are written as they are, whatever YAML would make of the figures in them.
_NOT_TEXT = frozenset({"integer", "number", "boolean", "tick", "array", "object", ""})
NUMBERS = frozenset({"integer", "number"})
#: Where a number may stand that `as_thousands` doubts.
_BEFORE_THREE = re.compile(r"[0-9]\.[0-9]{3}(?![0-9])")


class Builder:
    """One document on its way from nodes to a value. `fields` are the data that the document declares."""

    def __init__(
        self,
        path: str,
        types: Mapping[str, Field] | None = None,
        languages: Sequence[str] = (),
        zone: str = "UTC",
    ) -> None:
        self.path = path
        self.types = types if types is not None else {}  # it may still be growing
        self.languages = tuple(languages)
        self.context = FieldContext(zone=zone, languages=self.languages or ("en",))
        self.fields: dict[str, Field] = {}
        self.problems: list[Diagnostic] = []

    # problems

    def problem(self, at: At, code: str, message: str, hint: str = "", about: tuple[str, ...] = ()) -> None:
        self.problems.append(diagnostic(self.path, at[0], at[1], code, message, hint, about))

    def unknown(self, at: At, code: str, what: str, word: str, known: Collection[str]) -> None:
        """A name that is not there, with the nearest that is."""
        hint, about = did_you_mean(word, known), with_nearest(word, known)
        self.problem(at, code, f"there is no {what} `{word}`", hint, about)

    def found(self) -> list[Diagnostic]:
        """Every problem, in the order of the file, each once."""
        return sorted(set(self.problems))

    # expressions and what holds them

    def expression(self, node: YText) -> Expression:
        """A guard, or any text that is one expression; one that cannot be read stands as null."""
        try:
            made = parse_expression(str(node), node.position)
        except ExpressionSyntaxError as wrong:
            return self._broken(node, wrong)
        if _BEFORE_THREE.search(node):
            for lexeme in lex(str(node), 0, node.position)[0]:
                if lexeme.type == "LITERAL":
                    self.doubt(lexeme.text, node.position(lexeme.offset))
        return made

    def template(self, node: YText) -> Template:
        if "${" not in node:
            return Template((str(node),) if node else ())
        try:
            made = parse_template(str(node), node.position)
        except ExpressionSyntaxError as wrong:
            return Template((self._broken(node, wrong),))
        return made

    def _broken(self, node: YText, wrong: ExpressionSyntaxError) -> Expression:
        self.problem(wrong.at, wrong.diagnostic, wrong.message, wrong.hint)
        at = place(node)
        return Expression(str(node), Literal(None, at), at)

    def words(self, node: Any) -> Text | None:
        """Words for people: one text, or one for each language."""
        if node is None or is_null(node):
            return None
        if isinstance(node, YMap):
            return Text(tuple([(str(language), self.template(text)) for language, text in node.items()]))
        return Text((("", self.template(node)),))

    def text(self, node: YText) -> Spec:
        """A text: with something to fill in as a Template, else as it stands."""
        made = self.template(node)
        return made if not made.is_static else "".join(map(str, made.parts))

    def value(self, node: Any) -> Spec:
        """Any value: templates in texts, lists as tuples, a text for each language as words for people."""
        if isinstance(node, YMap):
            if self._is_words(node):
                return self.words(node)
            return {str(key): self.value(item) for key, item in node.items()}
        if isinstance(node, YList):
            return tuple([self.value(item) for item in node])
        if "${" in node:
            return self.text(node)
        return plain_value(node)

    def _is_words(self, node: YMap) -> bool:
        """Whether a mapping says one thing in several languages: only codes, and one that is spoken here."""
        if not node or not all(
            isinstance(text, YText) and LANGUAGE.fullmatch(key) for key, text in node.items()
        ):
            return False
        return not set(self.languages or ("da", "en")).isdisjoint(node)

    def several(self, node: Any) -> tuple[Spec, ...]:
        """One text or a list of them, each perhaps a template."""
        if node is None:
            return ()
        return tuple([self.text(item) for item in (node if isinstance(node, YList) else [node])])

    # values of a declared type

    def doubt(self, text: str, at: At) -> None:
        """Warn of a number whose point may be meant to mark off thousands."""
        wrong, hint = as_thousands(text)
        if wrong:
            self.problem(at, "PF212", wrong, hint)

    def doubt_in(self, node: Any) -> None:
        """The same of every number in a value that stands as it is written."""
        if isinstance(node, dict | list):
            for item in node.values() if isinstance(node, dict) else node:
                self.doubt_in(item)
        elif isinstance(node, YText) and node.plain:
            self.doubt(str(node), place(node))

    def typed(self, field: Field, node: Any) -> Spec:
        """A value for `field`: checked and of its type, or with templates that are worked out in a step."""
        return self.value(node) if has_template(node) else self.plain_typed(field, node)

    def plain_typed(self, field: Field, node: Any) -> Any:
        """A value for `field` as it stands, checked and of its type; null where it does not fit."""
        raw = written(field, node)
        if raw is None or (field.type == "tick" and raw is False):
            return None
        if field.type in NUMBERS:
            self.doubt_in(node)
        try:
            value, wrong = check_value(field, raw, self.context)
        except EvaluationError:
            return None  # a pattern that is not understood; it was reported where it stands
        for item in wrong:
            self.problem(
                place(node),
                "PF204",
                item.words("en"),
                as_number(str(node)) or as_expression(str(node), self.fields),
            )
        return str(raw) if wrong else value  # what is wrong is told once, and not as if nothing stood there

    def constant(self, field: Field, node: Any) -> Any:
        """A constant of a field's schema (`enum`, `minimum`), as written but numbers exact."""
        raw = written(field, node)
        if field.type in NUMBERS:
            self.doubt_in(node)
        if raw is not None and field.type not in ("evidence", "file", "tick"):
            kind = "number" if field.type == "integer" else field.type
            bare = replace(field, type=kind, schema={}, items=None, properties=(), required=())
            value, wrong = check_value(bare, raw, self.context)
            for item in wrong[:1]:
                self.problem(place(node), "PF205", item.words("en"), as_number(str(node)))
            if not wrong and field.type not in ("date", "instant", "duration", "phone"):
                return value
        return raw

    # times

    def time(self, node: YText) -> Spec:
        """A time of the language, checked, as its text; or a template that gives one."""
        if "${" in node:
            made = self.template(node)
            if (wrong := wrong_around(str(node), made)) is not None:
                self.problem(node.position(wrong[0]), "PF210", *wrong[1:])
            return made
        before = len(self.problems)
        self.checked_time(str(node), node.position)
        if len(self.problems) > before and (meant := as_time(str(node), self.fields)):
            self.problems[-1] = replace(self.problems[-1], hint=meant)
        return str(node)

    def checked_time(
        self, text: str, locate: Locate, read: Callable[[str], object] = parse_time, begin: int = 0
    ) -> None:
        """Report a text that `read` refuses; `begin` is how much of `text` does not stand in the file."""
        try:
            read(text)
        except TimeSyntaxError as wrong:
            hint = wrong.hint if not wrong.hint or wrong.hint.startswith("write") else f"write {wrong.hint}"
            self.problem(locate(max(0, wrong.offset - begin)), "PF210", wrong.message, hint)


def place(node: Any) -> At:
    """Where a node begins, from 1."""
    return (node.line, node.column) if isinstance(node, YMap | YList | YText) else (1, 1)


def key_place(mapping: YMap, key: str) -> At:
    """Where a key stands, and where its value would, when the key is not there."""
    return mapping.key_at.get(key) or place(mapping)


def is_null(node: Any) -> bool:
    return isinstance(node, YText) and node.plain and str(node) in NULL


def is_yes(node: Any) -> bool:
    """Whether a yes/no key says yes; one that is not there says no."""
    return node is not None and plain_value(node) is True


def is_broken(expression: Expression) -> bool:
    """Whether this stands for a text that could not be read, which was told already."""
    node = expression.node
    return isinstance(node, Literal) and node.value is None and expression.source.strip() != "null"


def has_template(node: Any) -> bool:
    if isinstance(node, dict):
        return any(map(has_template, node.values()))
    if isinstance(node, list):
        return any(map(has_template, node))
    return "${" in node


def written(field: Field, node: Any) -> Any:
    """What was written for a field, before it is checked: figures stay text where the field is text."""
    if isinstance(node, YMap):
        parts = {part.name: part for part in field.properties}
        return {
            str(key): written(parts[key], item) if key in parts else plain_value(item)
            for key, item in node.items()
        }
    if isinstance(node, YList):
        items = field.items
        return [written(items, item) if items is not None else plain_value(item) for item in node]
    if is_null(node):
        return None
    if field.type == "array" and field.items is not None:
        return written(field.items, node)
    return plain_value(node) if field.type in _NOT_TEXT else str(node)


def texts(node: Any) -> tuple[str, ...]:
    """One text or a list of them, as plain text."""
    if node is None:
        return ()
    return tuple([str(item) for item in (node if isinstance(node, YList) else [node])])


def frozen(value: Any) -> Any:
    """A value as the procedure keeps it: nothing of it can be changed in place."""
    if isinstance(value, list):
        return tuple([frozen(item) for item in value])
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value
