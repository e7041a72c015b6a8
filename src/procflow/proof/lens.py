"""What one exploration keeps of a case: some fields, counters and look-backs, some deadlines, and some promises.

Everything else may be anything at any time. So an exploration shows more ways than there are, never fewer: what never
happens in it never happens. It must not know in which order things are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procflow.core.expression_run import Frame
from procflow.core.expressions import reads
from procflow.core.procedure import Deadline, Effect, Procedure, Promise
from procflow.proof.domains import Domain
from procflow.proof.orders import Facts
from procflow.proof.plan import Plan
from procflow.proof.reading import (
    POINT,
    read_by,
)
from procflow.proof.silence import minds_times

if TYPE_CHECKING:
    from procflow.proof.world import Seed


class Lens:
    """One way to look at a procedure: `keys` are what is kept, `clocks` the deadlines that are minded."""

    def __init__(
        self,
        plan: Plan,
        keys: frozenset[str],
        promises: Sequence[Promise] = (),
        clocks: Collection[str] | None = None,
        ends_with: frozenset[str] = frozenset(),
        *,
        outside: bool = False,
        probe: tuple[str, str] = ("", ""),
        timed: str = "",
        samples: bool = False,
        opens: tuple[str, dict[str, Domain]] | None = None,
        fails: bool = False,
        strict: bool = False,
        coarse: bool = False,
    ) -> None:
        self.plan, self.keys, self.promises = plan, keys, tuple(promises)
        self.ends_with = frozenset(ends_with)
        self.timed = (
            timed  # "wall", "elapsed" or "working": how long everything takes is minded, by that clock
        )
        self.probe = probe  # the choice (its state and name) whose alternatives are all looked at
        self.outside = outside  # whether it is minded which outside effects are asked for
        self.procedure, self.chart, self.conditions = plan.procedure, plan.chart, plan.conditions
        self.constants, self.depends = plan.around.constants, plan.depends
        self.frame = Frame(plan.around.constants)  # of whichever world is being stepped
        self.dues = {item: due for item, due in plan.dues.items() if due[1] in keys}
        #: Whether one may also refuse what does not fit its fields for certain: of what is found unasked it is not guessed.
        self.strict = strict or bool(self.promises)
        self.fails = fails  # whether every procedure that is invoked may refuse to be opened
        self.seed: Seed | None = None  # the state from which steps are taken now, see `world`
        self.gone: Any = None  # the ways that were gone again, see `replay`
        self.asks: dict[int, Any] = {}
        self.sets: dict[int, Any] = {}  # of what a transition sets, what is kept: see `assigning`
        self.atoms: dict[
            str, tuple[bool, frozenset[str]]
        ] = {}  # condition -> (is chosen anew, what it asks for in vain)
        self.minded: dict[tuple[str, ...], frozenset[str]] = {}  # of what is kept, what can still matter
        self.lasting: dict[tuple[Facts, frozenset[str]], Facts] = {}  # of what is known, what a step leaves
        self.compared: dict[Any, tuple[int, Facts, Facts, int, str]] = {}  # see `World.ask`
        self.limited: dict[Any, int] = {}  # see `World._within_limits`
        self.forgotten: dict[
            tuple[Facts, str | frozenset[str]], Facts
        ] = {}  # what is left of it once something was set
        self.earlier: dict[tuple[Facts, str, frozenset[str]], Facts] = {}  # see `chosen.look_back_on`
        self.pointed = any(POINT in reads(e.node) for p in promises for e in read_by(p))  # see `points`
        if self.pointed:
            plan.depends[POINT] = frozenset()
        self.opens = opens  # another procedure, and the fields of it of which is minded what they are given
        self.people = any(key.startswith("who:") or _is_person(self.procedure, key) for key in keys)
        self.samples = samples  # some numbers that stand for all, and exact
        self.domains = plan.sampled if samples else plan.coarse if coarse else plan.matter.domains
        self.fields = tuple(name for name in self.procedure.fields if name in keys)
        self.gaps = tuple(sorted(gap for gap in plan.gaps if gap[0] in keys and f"count:{gap[1]}" in keys))
        self.counted = tuple(sorted(key.partition(":")[2] for key in keys if key.startswith("count:")))
        self.today = tuple(sorted(key.partition(":")[2] for key in keys if key.startswith("count_today:")))
        self.days = frozenset(f"count_today:{name}" for name in self.today)  # over with any step
        self.verdicts = (
            ("accepted", "rejected", "second_check") if plan.matter.verdicts else ("accepted", "rejected")
        )
        self.operations = frozenset(key.partition(":")[2] for key in keys if key.startswith("did:"))
        self.due = frozenset(key.partition(":")[2] for key in keys if key.startswith("due:"))
        self.missed = frozenset(key.partition(":")[2] for key in keys if key.startswith("missed:"))
        self.asked_for = frozenset(key.partition(":")[2] for key in keys if key.startswith("who:"))
        self.looks_at_effects = bool(outside or opens or self.operations or plan.raised or plan.risks)
        self.passages = plan.passages[self.looks_at_effects]  # see `microstep`
        self.judged = any(minds_times(promise) for promise in self.promises)  # at any time that is up
        minded = [d for d in self.procedure.deadlines if self.judged or self._matters(d)]
        self.clocks = {d.name: d for d in self.procedure.deadlines if d in minded or d.name in (clocks or ())}
        self.times_read = frozenset().union(*(plan.times_read[name] for name in self.clocks))
        self.concerned: dict[frozenset[tuple[str, str]], tuple[Deadline, ...]] = {}  # see `watching`

    def _matters(self, deadline: Deadline) -> bool:
        """Whether anything that is kept can notice the deadline."""
        return (
            deadline.name in self.missed | self.due
            or deadline.name in self.plan.handled
            or self.minds((*deadline.warn, *deadline.missed))
        )

    def minds(self, effects: Iterable[Effect]) -> bool:
        """Whether anything that is looked at can notice one of these effects."""
        return any(self.notices(effect.operation) or self._is_opening(effect) for effect in effects)

    def _is_opening(self, effect: Effect) -> bool:
        """Whether it opens a case of the procedure of which it is looked at how it is opened."""
        if self.opens is None or effect.operation != "start" or not isinstance(effect.parameters, Mapping):
            return False
        return str(effect.parameters.get("procedure")) == self.opens[0]

    def notices(self, operation: str) -> bool:
        """Whether that an effect was asked for is kept, or leads on by itself."""
        return operation == "raise" or operation in self.operations


def _is_person(procedure: Procedure, key: str) -> bool:
    field = procedure.fields.get(key)
    return field is not None and field.type == "person"
