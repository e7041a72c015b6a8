"""Expressions: evaluated, tested, filled into templates, explained, and written out again.

The face of the `expression_*` modules beside it; everything else in procflow imports from here.
It must not know how text becomes a tree (`definitions/parse.py`) or what a name means (the scope).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from procflow.core.explain import Explained, explain
from procflow.core.expression_nodes import (
    And,
    At,
    Call,
    Compare,
    Expression,
    Has,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Pairs,
    Select,
    Sum,
    Template,
    Term,
    children,
    expression_from_json,
    start,
    template_from_json,
    to_json,
    walk,
)
from procflow.core.expression_run import MAX_STEPS, Frame, OutOfBudget, Scope, compiled, failure, yes
from procflow.core.expression_text import calls, path, quote, reads, unparse
from procflow.core.values import Value
from procflow.errors import EvaluationError

__all__ = [
    "MAX_STEPS",
    "And",
    "At",
    "Call",
    "Compare",
    "Explained",
    "Expression",
    "Has",
    "If",
    "Index",
    "Items",
    "Literal",
    "Macro",
    "Name",
    "Negative",
    "Node",
    "Not",
    "Or",
    "OutOfBudget",
    "Pairs",
    "Scope",
    "Select",
    "Sum",
    "Template",
    "Term",
    "calls",
    "children",
    "evaluate",
    "explain",
    "expression_from_json",
    "fill",
    "fill_text",
    "holds",
    "joined",
    "path",
    "quote",
    "reads",
    "start",
    "template_from_json",
    "to_json",
    "unparse",
    "walk",
]

#: A filled text has at most this many characters, as any text an expression makes.
MAX_FILLED = 65_536


def evaluate(expression: Expression, scope: Scope) -> Value:
    """The value of `expression`; raises EvaluationError, with `facts["at"]`, when it goes wrong."""
    run = expression.compiled
    if run is None:
        run = compiled(expression.node)
        expression.keep(run)
    return run(Frame(scope))


def holds(expression: Expression, scope: Scope) -> bool:
    """Whether a guard holds: null means no; raises EvaluationError for a value that is not yes or no."""
    run = expression.compiled
    value = run(Frame(scope)) if run is not None else evaluate(expression, scope)
    return value if value is True or value is False else yes(value, expression.node)


def fill(template: Template, scope: Scope, to_text: Callable[[Value], str]) -> Value:
    """The template with its expressions evaluated: one that is exactly one `${…}` keeps the value's type.

    Any other gives a text; `to_text` writes each value (null too) in the reader's language and zone.
    """
    single = template.single
    if single is not None:
        return evaluate(single, scope)
    return fill_text(template, scope, to_text)


def fill_text(template: Template, scope: Scope, to_text: Callable[..., str], *how: Any) -> str:
    """The same for a template that always gives a text; `how` are what else `to_text` wants to know."""
    made = []
    for part in template.parts:
        if isinstance(part, str):
            made.append(part)
            continue
        value = evaluate(part, scope)
        try:
            made.append(to_text(value, *how))
        except EvaluationError as problem:
            if "at" in problem.facts:
                raise
            words = "is not set" if value is None else problem.message
            raise failure(part.node, words, problem.hint) from None
    return joined(made)


def joined(parts: Iterable[str]) -> str:
    """The parts of a filled text as one; raises EvaluationError where it would be too long."""
    text = "".join(parts)
    if len(text) > MAX_FILLED:
        raise EvaluationError(f"the text would have more than {MAX_FILLED} characters")
    return text
