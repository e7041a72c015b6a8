"""Whether what another procedure is opened with fits its fields for certain, or may be refused.

It must not know what a case is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core.expressions import (
    And,
    Call,
    Compare,
    If,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Select,
    Template,
    unparse,
)
from procflow.core.procedure import Field, Invoke, Procedure
from procflow.proof.limits import takes
from procflow.proof.reading import expressions_in

#: Types of which any value fits that an expression gives, as far as the field asks for nothing more.
_PLAIN = frozenset({"string", "plain_text", "number", "boolean", "array", "object", "evidence", "file"})
#: What functions give, by the type that it always fits.
_GIVEN = {
    "person": ("who", "person", "mate"),
    "date": ("date",),
    "instant": ("due", "act_by", "add_time"),
    "integer": ("count", "count_today", "size"),
}


def surely_fits(
    invoke: Invoke,
    procedure: Procedure,
    fields: Mapping[str, Field],
    others: Mapping[str, Mapping[str, Field]],
) -> bool:
    """Whether everything that a procedure is opened with fits its fields, whatever the case knows.

    `others` are the fields of all procedures that are invoked, of which a result may be handed on.
    """
    given = invoke.parameters if isinstance(invoke.parameters, Mapping) else {}
    results = [field for each in others.values() for field in each.values()]
    return all(
        name not in fields or _fits(spec, fields[name], procedure, results) for name, spec in given.items()
    )


def _fits(spec: Any, field: Field, procedure: Procedure, results: list[Field]) -> bool:
    if not isinstance(spec, Template):  # what is written out was looked at as the file was checked
        return next(expressions_in(spec), None) is None or _takes_anything(field)
    if spec.single is None:
        return field.type in _PLAIN and (not field.schema or _text_fits(spec, field))
    return _node_fits(spec.single.node, field, procedure, results)


def _text_fits(spec: Template, field: Field) -> bool:
    """Whether a text with nothing but the number of the case in it fits; one is like any other."""
    of_case = all(isinstance(part, str) or unparse(part.node) == "case.number" for part in spec.parts)
    return of_case and takes(field, "".join(part if isinstance(part, str) else "1" for part in spec.parts))


def _node_fits(node: Node, field: Field, procedure: Procedure, results: list[Field]) -> bool:
    match node:
        case If():
            branches = (node.then, node.otherwise)
            return all(_node_fits(branch, field, procedure, results) for branch in branches)
        case Literal():
            return True
        case Name(name=name) if name in procedure.fields:
            return _takes_all_of(field, procedure.fields[name])
        case Select(of=Name(name="result"), field=name):
            found = [other for other in results if other.name == name]
            return bool(found) and all(_takes_all_of(field, other) for other in found)
    if field.schema or not _asks_nothing_inside(field):
        return False
    match node:
        case Select(of=of, field="id"):
            return field.type == "person" and _node_fits(of, field, procedure, results)
        case Name(name="actor"):
            return field.type == "person"
        case Name(name="now"):
            return field.type == "instant"
        case Compare() | And() | Or() | Not():
            return field.type == "boolean"
        case Call() if node.function in _GIVEN.get(field.type, ()):
            return True
    return field.type in _PLAIN


def _takes_all_of(field: Field, other: Field) -> bool:
    """Whether a field takes every value that another one has."""
    same = field.type == other.type or (field.type, other.type) == ("number", "integer")
    return (
        (same or field.type in ("string", "plain_text"))
        and (not field.schema or field.schema == other.schema)
        and (_asks_nothing_inside(field) or _takes_what_is_inside(field, other))
    )


def _takes_what_is_inside(field: Field, other: Field) -> bool:
    """The same for each thing of a list, and each part of an object."""
    if field.items is not None and (other.items is None or not _takes_all_of(field.items, other.items)):
        return False
    there = {part.name: part for part in other.properties}
    return set(field.required) <= set(other.required) and all(
        part.name in there and _takes_all_of(part, there[part.name]) for part in field.properties
    )


def _takes_anything(field: Field) -> bool:
    """Whether any list or object that is written out with expressions in it fits."""
    return field.type in _PLAIN and not field.schema and _asks_nothing_inside(field)


def _asks_nothing_inside(field: Field) -> bool:
    """Whether a list takes any things, an object any parts."""
    return not field.required and all(
        inner.type in _PLAIN and not inner.schema and _asks_nothing_inside(inner)
        for inner in (*((field.items,) if field.items is not None else ()), *field.properties)
    )
