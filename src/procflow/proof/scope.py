"""What expressions see of an abstract state in a step: names, tables of decisions, and what they look back at.

It must not know what is chosen where something is not known: that it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procflow.core.decision_cells import holds as cell_holds
from procflow.core.procedure import Decision
from procflow.proof import orders
from procflow.proof.chosen import earlier
from procflow.proof.domains import Domain
from procflow.proof.oracle import Oracle, Unknown, Wrong
from procflow.proof.orders import Facts, Term
from procflow.proof.reading import POINT
from procflow.proof.seen import Evidence, Room

if TYPE_CHECKING:
    from procflow.proof.lens import Lens


class Scope:
    """The part of a world that expressions see."""

    __slots__ = ()

    if TYPE_CHECKING:
        lens: Lens
        oracle: Oracle
        constants: Any
        frame: Any
        facts: Facts
        stale: frozenset[str]
        active: tuple[str, ...]
        data: dict[str, Any]
        inputs: dict[str, Any]
        results: dict[str, Any]
        judged: dict[str, str]
        pinned: Mapping[str, Any] | None
        chosen: list[tuple[str, str, Any]]
        dropped: set[str]
        moment: tuple[str, str]
        watching: bool
        closing: bool
        did: set[str]
        missed: set[str]
        who: set[str]
        before: tuple[frozenset[str], frozenset[str], frozenset[str]]
        counts: dict[str, int]
        counts_before: dict[str, int]
        today: dict[str, int]
        today_before: dict[str, int]
        asks_here: bool
        room_domains: dict[str, Domain]
        day: Callable[[], None]
        beyond: set[int] | None
        clocks: dict[str, str]
        pending: dict[str, int]
        not_yet: frozenset[str]
        ask: Callable[..., bool]
        resolved: Callable[[str, dict[str, Any], str, Domain | None], Any]

    def name(self, name: str) -> Any:
        if name in self.data:
            return self.resolved("data", self.data, name, self.lens.domains[name])
        if name == "input":
            return Room(self, "input", self.inputs)
        if name == "result":
            return Room(self, "result", self.results)
        if name.startswith("~"):
            return self._made(name)
        if name == POINT:
            return self._pinned()
        raise Unknown

    def _pinned(self) -> Any:
        """What stands for each thing of a list, where it is known which it is (see `points`)."""
        if self.pinned is not None:
            return self.pinned
        for a, b, mask in self.facts:
            if mask == orders.EQUAL and POINT in (a, b):
                other = b if a == POINT else a
                if type(other) is tuple:
                    return self.constants.person(other[2])
        raise Unknown

    def _made(self, name: str) -> Any:
        kind, _, text = name.partition(":")
        if kind == "~judged":
            verdict = self.judged.get(text)
            if verdict is None:
                verdicts = self.lens.verdicts
                verdict = self.judged[text] = verdicts[self.oracle.pick(len(verdicts))]
                self.chosen.append(("verdict", text, verdict))
            return Evidence(verdict)
        return self._decided(text)

    def _decided(self, text: str) -> Any:
        """What a decision table gives; cells over values that are not known may hold or not."""
        decision, inputs = self.lens.conditions.decides[text]
        hits = []
        for row in decision.rows:
            if all(self._cell(decision, cell, inputs[name]) for name, cell in row.cells if name in inputs):
                hits.append(row.gives)
                if decision.hit == "first":
                    break
        if decision.hit == "collect":
            return tuple(hits)
        if len(hits) != 1:
            raise Wrong
        return hits[0]

    def _cell(self, decision: Decision, cell: tuple[Any, ...], given: Any) -> bool:
        node_value, term, depends, asks_null = given
        try:
            return cell_holds(cell, node_value(self.frame))
        except Unknown:
            pass
        kind = cell[0]
        if kind == "any":
            return True
        if kind == "or":
            return any(self._cell(decision, inner, given) for inner in cell[1])
        if kind in ("range", "cmp") and cell[2] is not None and asks_null(self):
            return False  # what is not set is neither more nor less
        if kind == "range":
            return self.ask(term, orders.constant(cell[1]), ">=", depends) and self.ask(
                term, orders.constant(cell[2]), "<=", depends
            )
        if kind == "cmp":
            if cell[2] is None:
                return not asks_null(self)
            return self.ask(term, orders.constant(cell[2]), cell[1], depends)
        return any(
            asks_null(self) if value is None else self.ask(term, orders.constant(value), "==", depends)
            for value in cell[1]
        )

    def call(self, function: str, args: Sequence[Any]) -> Any:
        first = str(args[0]) if args else ""
        match function:
            case "state":
                return self.within(first)
            case "choice" | "event":
                return self.moment == (function, first)
            case "closed":
                return self.closing
            case "did" | "missed" | "who":
                return self._looked_back(function, first)
            case "count" | "count_today":
                return self._counted(function, first)
            case "due":
                self._kept(f"due:{first}")
                clock = self.clocks.get(first, "")
                if clock in ("", "paused", "unset") or (
                    clock == "running" and f"missed:{first}" not in self.pending
                ):
                    return None
            case "param" | "mailbox" | "role" | "members" if self.constants.organisation is not None:
                return self.constants.call(function, args)
        raise Unknown

    def _kept(self, key: str) -> None:
        if key not in self.lens.keys:
            self.dropped.add(key)
            raise Unknown

    def _looked_back(self, function: str, name: str) -> Any:
        self._kept(f"{function}:{name}")
        place = ("did", "missed", "who").index(function)
        table: Any = (self.did, self.missed, self.who)[place] if self.watching else self.before[place]
        if function != "who":
            return name in table
        if name in table:
            raise Unknown  # somebody
        return None

    def _counted(self, function: str, name: str) -> int:
        self._kept(f"{function}:{name}")
        matter = self.lens.plan.matter
        if function == "count":
            found, most = (self.counts if self.watching else self.counts_before)[name], matter.counted
        else:
            self.day()
            found, most = (self.today if self.watching else self.today_before)[name], matter.today
        return self.counted_to(found, 0, most.get(name, 1))

    def counted_to(self, value: int, low: int, high: int) -> int:
        """A number that a proof counts from `low` to `high`. One beyond stands for all that are further out: it is no value,
        but for who compares it with a constant (`beyond`), and is told on which side it lies."""
        if low <= value <= high:
            return value
        if self.beyond is None:
            raise Unknown
        self.beyond.add(1 if value > high else -1)
        return value

    def within(self, name: str) -> bool:
        if name in self.not_yet:
            return False
        return name in self.active or any(name in self.lens.chart.around[leaf] for leaf in self.active)

    def as_seen(self, text: Term, depends: frozenset[str]) -> Term:
        """What a value or a condition is called now: by its own name, or by that of what it was before this step."""
        if not self.stale or self.watching or type(text) is not str or self.stale.isdisjoint(depends):
            return text
        self.lens.depends.setdefault(text, depends)
        return earlier(self.lens, text)
