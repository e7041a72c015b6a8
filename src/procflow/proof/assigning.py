"""What a step sets, as a proof keeps it: values that are known, and how those that are not compare with others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from procflow.core.chart import Chart
from procflow.core.expressions import Call, If, Items, Name, Node, Sum, Template, unparse
from procflow.core.procedure import Procedure
from procflow.core.values import is_number
from procflow.errors import ProcflowError
from procflow.proof import orders
from procflow.proof.chosen import look_back_on
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain, counts_by
from procflow.proof.gaps import bounded, grown_by
from procflow.proof.kept import as_kept, stays_equal
from procflow.proof.lens import Lens
from procflow.proof.limits import takes
from procflow.proof.moves import Moves
from procflow.proof.nodes import is_actor, may_be_unset, mentions, replaced, term_of
from procflow.proof.oracle import Impossible, Unknown, Wrong
from procflow.proof.plan import Plan
from procflow.proof.reading import FRESH, POINT, expressions_in, keys_of
from procflow.proof.seen import Evidence
from procflow.proof.world import World

#: Types whose values are kept as they are worked out.
_ORDERED = frozenset({"integer", "number", "date", "instant"})
_BOUNDS = {
    "min": orders.LESS | orders.EQUAL,
    "max": orders.GREATER | orders.EQUAL,
}


class StepAssigning:
    """The part of a step that sets data, and counts what was taken."""

    w: World
    lens: Lens
    plan: Plan
    procedure: Procedure
    moves: Moves
    chart: Chart
    queue: deque[tuple[str, str]]
    opening: int
    began: int
    blurred: bool
    truth: Callable[[Any, World], bool]

    def _counted(self, choice: str) -> None:
        w = self.w
        if f"who:{choice}" in self.lens.keys:
            term = who_term(choice)
            look_back_on(w, f"who:{choice}")
            self.lens.depends[term] = frozenset({f"who:{choice}"})
            w.who.add(choice)
            w.assert_fact(term, "actor", orders.EQUAL)
        for gap, difference in w.gaps.items():
            if gap[1] == choice and difference is not None:
                w.gaps[gap] = bounded(difference - 1)
        if choice in w.counts:
            w.counts[choice] = min(w.counts[choice] + 1, self.plan.matter.counted.get(choice, 1) + 1)
            look_back_on(w, f"count:{choice}")
        if choice in w.today:
            w.day()
            w.today[choice] = min(w.today[choice] + 1, self.plan.matter.today.get(choice, 1) + 1)
            look_back_on(w, f"count_today:{choice}")

    def _set(self, sets: Sequence[tuple[str, Any]]) -> None:
        w = self.w
        if not sets:
            return
        known = self.lens.sets.get(id(sets))
        if known is None:
            kept = [item for item in sets if item[0] in w.data]
            names = dict(sets)
            others = frozenset(names.keys() - w.data.keys())
            known = self.lens.sets[id(sets)] = (sets, kept, names, others, self._from_itself(kept, names))
        _, kept, names, others, reckoned = known
        values = [(name, self._kept(name, self._value(name, spec))) for name, spec in kept]
        carried = self._carried(kept, frozenset(names)) if kept else []
        if self.lens.pointed:
            carried += self._in_lists(kept)
        compared = self._compared(reckoned, names.keys()) if reckoned and w.facts else []
        before = dict(w.gaps)
        if self.procedure.covered_by:
            w.void(names.keys())
        if others:
            w.unkept(others)
        for name, value in values:
            beyond = isinstance(names[name], Template) and self.lens.domains[name].is_beyond(w.data[name])
            if not beyond and is_number(value) and not takes(self.procedure.fields[name], value):
                raise Wrong  # a field never holds what it does not take
            if (beyond or value is OPAQUE) and name in self.plan.set_by_itself[0]:
                w.doubted = True
            w.put(name, value, reckoned=isinstance(names[name], Template))
        for (name, choice), difference in before.items():
            by = next((grown_by(name, spec) for field, spec in kept if field == name), 0)
            w.gaps[name, choice] = None if difference is None or by is None else bounded(difference + by)
        for text, depends, answer in carried:
            self.lens.depends[text] = depends
            lasts = FRESH not in depends and depends <= self.lens.keys
            (w.atoms if lasts else w.fresh)[text] = answer
        for name, spec in kept:
            if w.data[name] is OPAQUE:
                single = spec.single if isinstance(spec, Template) else None
                if single is None:
                    if not isinstance(spec, Template):
                        self._equal_to(name, self._kept(name, spec))
                else:
                    self.blurred = self.blurred or not isinstance(single.node, Name)
                    if not keys_of(single.node) & names.keys():
                        self._equate(name, single.node)
                    if isinstance(single.node, Call):
                        for part, mask in bounds_of(single.node):
                            if not keys_of(part) & names.keys():
                                self._bound(name, part, mask)
        for name, other, mask in compared:
            if w.data[str(name)] is OPAQUE:
                self._know(str(name), other, mask)

    def _from_itself(
        self, sets: Sequence[tuple[str, Any]], names: Collection[str]
    ) -> tuple[tuple[str, Node], ...]:
        """What is set from what it, or another that is set too, was before: `sum + 1` or `min(sum, most)`."""
        found = []
        for name, spec in sets:
            single = spec.single if isinstance(spec, Template) else None
            if single is None or self.procedure.fields[name].type not in _ORDERED:
                continue
            if not keys_of(single.node).isdisjoint(names):
                found.append((name, single.node))
        return tuple(found)

    def _compared(self, sets: Sequence[tuple[str, Node]], names: Collection[str]) -> list[orders.Fact]:
        """How what is set so compares with what is not set now."""
        w, depends = self.w, self.lens.depends
        found: list[orders.Fact] = []
        known = orders.closed(w.facts) or {}
        for name, node in sets:
            for part, bound in ((node, orders.EQUAL), *bounds_of(node)):
                term = w.as_seen(term_of(part), keys_of(part))
                for (one, other), between in known.items():
                    if one != term or one == other:
                        continue
                    if type(other) is str and not depends[other].isdisjoint(names):
                        continue
                    mask = orders.through(bound, between)
                    if mask != orders.ALL:
                        found.append((name, other, mask))
        return found

    def _bound(self, name: str, part: Node, mask: int) -> None:
        """A field is set to no more, or no less, than something else."""
        w = self.w
        try:
            value = self.lens.conditions._value(part)(w.frame)
        except Unknown:
            self.lens.depends.setdefault(term_of(part), keys_of(part))
            term = w.as_seen(term_of(part), keys_of(part))
        else:
            if not is_number(value) and not isinstance(value, date):
                return
            term = orders.constant(value)
        self._know(name, term, mask)

    def _know(self, name: str, other: orders.Term, mask: int) -> None:
        """How a field that was set compares; where that cannot be, it does not take the value, and the step is refused."""
        self.lens.depends[name] = frozenset({name})
        try:
            self.w.assert_fact(name, other, mask)
        except Impossible:
            raise Wrong from None

    def _carried(
        self, sets: Sequence[tuple[str, Any]], names: frozenset[str]
    ) -> list[tuple[str, frozenset[str], bool]]:
        """What is known of somebody who is put into a field, as what is then known of the field."""
        w = self.w
        found: list[tuple[str, frozenset[str], bool]] = []
        if not (w.atoms or w.fresh):
            return []
        for name, spec in sets:
            single = spec.single if isinstance(spec, Template) else None
            if single is None or self.procedure.fields[name].type != "person":
                continue
            if not w.stale.isdisjoint(keys_of(single.node)):
                continue  # it is who it was before this step
            for table in (w.atoms, w.fresh):
                for text, answer in table.items():
                    node = self.lens.conditions.nodes.get(text)
                    new = (
                        replaced(node, single.node, Name(name, single.node.at)) if node is not None else None
                    )
                    if new is None or keys_of(new) & names != {name} or mentions(node, single.node, name):
                        continue
                    found.append((unparse(new), keys_of(new), answer))
        return found

    def _in_lists(self, sets: Sequence[tuple[str, Any]]) -> list[tuple[str, frozenset[str], bool]]:
        """Whether what stands for each thing of a list is in the lists that are set."""
        found: list[tuple[str, frozenset[str], bool]] = []
        for name, spec in sets:
            if self.procedure.fields[name].type == "array":
                answer = self.lens.conditions.among.in_spec(spec, self.w)
                if answer is not None:
                    found.append((f"{POINT} in {name}", frozenset({name}), answer))
        return found

    def _kept(self, name: str, value: Any) -> Any:
        return as_kept(self.procedure.fields[name], value, self.lens.constants)

    def _equal_to(self, name: str, value: Any) -> None:
        if value is OPAQUE:
            return
        if self.w.data.get(name) is OPAQUE and not isinstance(value, list | dict | tuple):
            self.lens.depends[name] = frozenset({name})
            self.w.assert_fact(name, orders.constant(value), orders.EQUAL)

    def _equate(self, name: str, node: Node) -> None:
        w = self.w
        if isinstance(node, If):
            try:
                branch = node.then if self.lens.conditions._truth(node.test)(w) else node.otherwise
            except Impossible:
                return
            self._equate(name, branch)
            return
        text = term_of(node)
        try:
            value = self.lens.conditions._value(node)(w.frame)
        except Unknown:
            if not stays_equal(self.procedure.fields[name], node, self.procedure):
                return
            self.lens.depends[name] = frozenset({name})
            self.lens.depends.setdefault(text, keys_of(node))
            w.assert_fact(name, w.as_seen(text, keys_of(node)), orders.EQUAL)
            return
        if value is not None and not isinstance(value, Evidence | tuple | dict):
            self._equal_to(name, self._kept(name, value))

    def _value(self, name: str, spec: Any) -> Any:
        """What a field is set to, as the proof keeps it."""
        domain = self.lens.domains.get(name)
        if domain is None or name not in self.w.data:
            return OPAQUE
        if isinstance(spec, list | tuple):
            return self._listed(spec)
        if not isinstance(spec, Template):
            return spec
        if spec.single is None:
            return OPAQUE
        if domain.counts and is_number(counted := self.w.data[name]):
            return counted + sum(counts_by(name, spec) or ())
        return self._valued(domain, spec.single.node)

    def _listed(self, spec: Sequence[Any]) -> Any:
        """A list that is written out: as it stands where nothing in it is computed; what has no value is not in it."""
        if not any(isinstance(item, Template) for item in spec):
            return (
                OPAQUE if any(next(expressions_in(item), None) is not None for item in spec) else tuple(spec)
            )
        for item in spec:
            if not isinstance(item, Template) or item.single is None:
                return OPAQUE
            if not self.lens.conditions.unset(item.single.node, self.w):
                return OPAQUE
        return None

    def _valued(self, domain: Domain, node: Node) -> Any:
        w, conditions = self.w, self.lens.conditions
        if isinstance(node, If):
            return self._valued(domain, node.then if conditions._truth(node.test)(w) else node.otherwise)
        if domain.many and domain.grows and not domain.words and _adds(node):
            return OPAQUE  # such a list is only known to be empty or not: what is added need not be chosen
        try:
            value = conditions._value(node)(w.frame)
        except Unknown:
            wrong = None if isinstance(node, Name) else conditions.goes_wrong(node)
            if wrong is not None and wrong(w):
                raise Wrong from None
            if domain.values == (True, False) and not isinstance(node, Name):
                return conditions._truth(node)(w)
            if isinstance(node, Name) and node.name in w.data:
                return OPAQUE if not domain.is_exact else ANY
            if term_of(node) in self.plan.only_put and not domain.many and may_be_unset(node):
                return OR_NONE  # nothing else hangs on it: whether it is there is chosen once somebody asks
            if (may_be_unset(node) or is_actor(node)) and conditions.unset(node, w):
                return None
            return ANY if domain.values or domain.evidence else OPAQUE
        except (ProcflowError, KeyError):  # it is an error there too, so the step is refused
            raise Wrong from None
        return value.verdict if isinstance(value, Evidence) else value


def bounds_of(node: Node) -> tuple[tuple[Node, int], ...]:
    """What a value is not above, or not below: the parts of `min(…)` and `max(…)`."""
    mask = _BOUNDS.get(node.function) if isinstance(node, Call) and len(node.args) > 1 else None
    return () if mask is None or not isinstance(node, Call) else tuple([(part, mask) for part in node.args])


def _adds(node: Node) -> bool:
    """Whether it is a list with something more in it: `list + [x]`."""
    return (
        isinstance(node, Sum)
        and all(term.operator == "+" for term in node.rest)
        and any(isinstance(term.node, Items) and term.node.items for term in node.rest)
    )


def who_term(choice: str) -> str:
    return f'who("{choice}")'
