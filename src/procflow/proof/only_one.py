"""Whether there can be another open case with this one's own values, where `one_open_per` allows one only.

There is none where what it may be open once for never changes after the opening, and all of it is set: an opening with
the same shows this very case. Where that changes later, there is none at the opening. It must not know what a step does.
"""

from __future__ import annotations

from procflow.core.expressions import And, Call, Compare, Literal, Macro, Name, Node, Not, Or, Pairs, Select
from procflow.core.procedure import Procedure, Transition


def none_alike(node: Macro, procedure: Procedure) -> tuple[bool, bool]:
    """Of a condition on some cases: (whether it asks for another one than this, and there never is one with the values
    that only one may have; whether there is none as the case is opened).

    `cases("me", {kn: kn}).exists(c, c.id != case.id && …)`, or that `all` of them are this one; as the case is opened any
    condition, for it is not among them yet.
    """
    match node.over:
        case Call(function="cases", args=(Literal(value=procedure.name), Pairs() as asked)):
            same = {
                value.name
                for key, value in asked.pairs
                if isinstance(key, Literal) and isinstance(value, Name) and key.value == value.name
            }
        case _:
            return False, False
    names = set(procedure.one_open_per)
    if not names or not names <= same:
        return False, False
    moved = {t.kind for t in procedure.transitions() if names & _changed(t)}
    (test,) = node.bodies
    if node.kind == "all":
        other = any(_tells_apart(part, node.variable, "==") for part in _parts(test, Or))
    else:
        other = any(_tells_apart(part, node.variable, "!=") for part in _parts(test, And))
    return other and not moved, moved <= {"choice", "after"}


def _changed(transition: Transition) -> set[str]:
    """What a transition sets or asks for."""
    return {name for name, _ in transition.sets} | {ask.name for ask in transition.asks if ask.stored}


def _parts(node: Node, kind: type[And | Or]) -> list[Node]:
    return list(node.parts) if isinstance(node, kind) else [node]


def _tells_apart(node: Node, variable: str, operator: str) -> bool:
    """Whether a condition compares the number of the other case with this one's."""
    if isinstance(node, Not):
        return _tells_apart(node.of, variable, "==" if operator == "!=" else "!=")
    if not isinstance(node, Compare) or node.operator != operator:
        return False
    sides = (node.left, node.right)
    owners = {
        s.of.name for s in sides if isinstance(s, Select) and s.field == "id" and isinstance(s.of, Name)
    }
    return owners == {variable, "case"}
