"""`prove`: everything about one procedure, or all of a workspace, in one value each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from procflow.core.expressions import calls
from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure
from procflow.core.promises import SAFETY
from procflow.core.tables import Table
from procflow.definitions.workspace import collecting_nothing
from procflow.proof.composing import Composition
from procflow.proof.findings import Finding, findings_of
from procflow.proof.further import further
from procflow.proof.plan import Plan
from procflow.proof.reading import conditions_of, read_by
from procflow.proof.space import BUDGET, Budget
from procflow.proof.standing import STANDS, Standing
from procflow.proof.taken import Taken, Taking
from procflow.proof.verdicts import PROVED, UNDECIDED, Suspicion, Verdict, verdict_of

#: States of one exploration at the most, unless a budget says less.
MOST_AT_ONCE = 4_000


class Proof(Struct, frozen=True):
    """What is known of one procedure. `assumptions` are words (`organisation`, `fairness`, `kept`, `awaited`, `fits`, `raised`, `people`, `invokes NAME`);
    `left` says that the budget was used up before everything was looked at; `taken` is what it took of other procedures."""

    procedure: str
    path: str
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    assumptions: tuple[str, ...]
    states: int
    steps: int
    left: bool
    suspected: tuple[Finding, ...] = ()  # what is only a finding where the engine shows it
    taken: Taken | None = None


def prove_all(
    procedures: Mapping[str, Procedure],
    organisation: Organisation | None,
    names: Collection[str] = (),
    budget: int = BUDGET,
    progress: Callable[[str, int], None] = lambda name, states: None,
    tables: Mapping[str, Table] | None = None,
) -> Iterator[Proof]:
    """Prove procedures of a workspace, or those named, one after the other; `budget` bounds the states of each."""
    prover = Prover(procedures, organisation, budget, progress, tables)
    with collecting_nothing():
        yield from map(prover.prove, names or tuple(procedures))


class Prover:
    """Proves procedures of one workspace; what is learned of one is at hand for the others."""

    def __init__(
        self,
        procedures: Mapping[str, Procedure],
        organisation: Organisation | None,
        budget: int = BUDGET,
        progress: Callable[[str, int], None] = lambda name, states: None,
        tables: Mapping[str, Table] | None = None,
    ) -> None:
        self.composition = Composition(procedures, Standing(organisation, tables))
        self.budget, self.progress = budget, progress

    def prove(self, name: str) -> Proof:
        """Prove one procedure, `budget` states at the most."""

        def told(states: int) -> None:
            self.progress(name, states)

        return prove(self.composition.procedures[name], self.composition, Budget(self.budget, progress=told))

    def further(self, name: str, verdict: Verdict) -> Iterator[Suspicion]:
        """Other ways than the one of a verdict that seem to break its promise, for where that one cannot be gone."""
        plan = self.composition.own_plan(self.composition.procedures[name])
        return further(plan, verdict, Budget(min(MOST_AT_ONCE, self.budget)))


def prove(procedure: Procedure, composition: Composition, budget: Budget) -> Proof:
    """Prove one procedure among the others of `composition`."""
    plan = composition.own_plan(procedure)
    taking = Taking(plan)
    most = min(MOST_AT_ONCE, budget.left)
    verdicts = tuple(verdict_of(plan, promise, budget, most) for promise in procedure.promises)
    found, complete = findings_of(plan, budget, most)
    left = not complete or any(v.verdict == UNDECIDED and v.reason == "budget" for v in verdicts)
    return Proof(
        procedure.name, procedure.path, verdicts, tuple(f for f in found if f.sure),
        _assumptions(plan, composition.is_invoked(procedure.name), verdicts), budget.states, budget.steps, left, tuple(f for f in found if not f.sure), taking.taken(),
    )  # fmt: skip


def _assumptions(plan: Plan, invoked: bool, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What the proofs of a procedure take for granted."""
    procedure = plan.procedure
    found = []
    open_ones = {each.promise for each in verdicts if each.verdict != PROVED}
    refuses = any(each.name in open_ones and each.kind in SAFETY for each in procedure.promises)
    if refuses and len(open_ones) < len(verdicts):
        found.append("kept")
    if any(promise.kind == "after" for promise in procedure.promises):
        found.append("fairness")
        found += ["awaited"] if invoked else []
    if plan.set_by_itself[1] and (found or (procedure.promises and plan.clocks > 1)):
        found.append("fits")
    if procedure.promises and any(
        plan.only_raised & state.events_by_name.keys() for state in procedure.states
    ):
        found.append("raised")
    expressions = [*conditions_of(procedure), *(e for p in procedure.promises for e in read_by(p))]
    if any(function in STANDS for e in expressions for function, _, _ in calls(e.node)):
        found.append("organisation")
    found += sorted(plan.assumed)
    found += [f"invokes {name}" for name in sorted(plan.around.ends)]
    found += [f"opened by {call}" for call in dict.fromkeys(call.by for call in plan.around.calls)]
    return tuple(dict.fromkeys(found))
