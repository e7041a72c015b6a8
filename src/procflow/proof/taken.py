"""What a proof took of other procedures: while none of that is otherwise, the proof stands, whatever else changes in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from typing import Any

from msgspec import Struct

from procflow.core.expressions import Template
from procflow.core.procedure import Procedure
from procflow.proof.composing import Composition
from procflow.proof.plan import Call, Plan

#: What of a field no proof reads: where it stands, and words for people.
_WORDS = frozenset({"at", "label", "help", "labels"})


class Taken(Struct, frozen=True):
    """`around` is a hash of what is around the procedure, `sharp` whether it was looked at what others give where they
    open the case, `refusing` the invoked procedures of which was asked whether they may refuse to be opened, each with
    the answer."""

    around: str
    sharp: bool
    refusing: tuple[tuple[str, bool], ...] = ()


class Taking:
    """Notes what is taken of others from now on, for the sake of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self._ask = plan, plan.refusing
        self._asked: dict[str, bool] = {}
        plan.refusing = self._refusing

    def _refusing(self, name: str) -> bool:
        answer = self._asked[name] = self._ask(name)
        return answer

    def taken(self) -> Taken:
        """What was taken so far."""
        return Taken(_around(self.plan), self.plan.is_sharp, tuple(sorted(self._asked.items())))


def stands(taken: Taken, procedure: Procedure, composition: Composition) -> bool:
    """Whether the same would be taken of the procedures as they are in `composition`."""
    plan = composition.own_plan(procedure)
    if taken.sharp:
        composition.sharpen(plan)
    return _around(plan) == taken.around and all(
        composition.can_refuse(name) == answer for name, answer in taken.refusing
    )


def _around(plan: Plan) -> str:
    around = plan.around
    parts = [
        [[call.by, _given(call), _plain(call.ways)] for call in around.calls],
        *map(_plain, (around.ends, around.finishing, around.signalled, around.fields)),
        sorted(plan.assumed_there),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _given(call: Call) -> list[Any]:
    """What is given there, as far as a step reads it: of a text that is filled in, that it is one."""
    return [
        (name, "filled in" if spec is None or isinstance(spec, Template) else _plain(spec))
        for name, spec in call.given
    ]


def _plain(value: Any) -> Any:
    """A value by what it is made of, in an order of its own."""
    if isinstance(value, Struct):
        fields = [name for name in value.__struct_fields__ if name not in _WORDS]
        return [type(value).__name__, *(_plain(getattr(value, name)) for name in fields)]
    if isinstance(value, Mapping):
        return [(name, _plain(value[name])) for name in sorted(value, key=repr)]
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Set):
        return sorted(map(repr, value))
    return [type(value).__name__, repr(value)]
