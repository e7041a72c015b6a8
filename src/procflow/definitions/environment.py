"""What the checker of expressions is told, and what it answers.

It must not know documents: who calls the checker says here what is declared where an expression stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from procflow.core.expressions import At
from procflow.core.procedure import Decision
from procflow.definitions.functions import FUNCTIONS, Signature
from procflow.definitions.types import Record, Type, Typed


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem of an expression; `at` is (line, column) of the wrong word, `about` as in a Diagnostic."""

    at: At
    code: str
    message: str
    hint: str = ""
    severity: str = "error"
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """What is declared where an expression stands.

    `vocabulary` has the ids of each kind (state, choice, role …); a kind that is missing is not checked.
    `result_of` and `argument_of` give, for (function, literal), the result, and the record that the second
    argument must follow (a decision's inputs, a procedure's data). `hints` says for a name or a `name.field`
    what to do about it when it is unknown. `place` is guard, value, words or promise; "" allows them all.
    `facts` are texts of expressions that are surely set here (see `narrowing`). `decisions` are the tables that
    `decide` may be asked.
    """

    names: Mapping[str, Typed]
    functions: Mapping[str, Signature] = field(default_factory=lambda: FUNCTIONS)
    vocabulary: Mapping[str, Collection[str]] = field(default_factory=dict)
    result_of: Mapping[tuple[str, str], Type | Typed] = field(default_factory=dict)
    argument_of: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    facts: frozenset[str] = frozenset()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
