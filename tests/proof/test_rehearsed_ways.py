"""Whatever the rehearsals of the shipped procedures do, the prover has seen that it can be done."""

from __future__ import annotations

from pathlib import Path

from procflow.app import check_given
from procflow.proof.composing import Composition
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.space import Budget
from procflow.proof.standing import Standing
from procflow.rehearsal.coverage import coverage_of
from procflow.rehearsal.runner import run_scenarios

SHIPPED = Path(__file__).parents[2] / "procedures"


def test_no_rehearsal_leaves_what_the_prover_has_seen() -> None:
    documents = check_given((str(SHIPPED),), ())
    results = []
    for path, (kind, _) in sorted(documents.named.items()):
        if kind == "scenarios":
            results += run_scenarios(documents, documents.trees[path], path)
    composition = Composition(documents.procedures, Standing(documents.organisation, documents.tables))
    for item in coverage_of(documents.procedures, results):
        procedure = documents.procedures[item.procedure]
        plan = composition.plan(procedure)
        for keys in (frozenset[str](), plan.promised(procedure.promises)):
            space = explore(Lens(plan, keys, outside=True, fails=True), Budget(3_000))
            if not space.complete:
                continue
            never = {s.name for s in procedure.states} - space.entered
            for t in procedure.transitions():  # a rehearsal may set a parameter otherwise
                beside = [
                    s for s in procedure.state[t.source].transitions() if (s.kind, s.name) == (t.kind, t.name)
                ]
                setting = any(s.when is not None and "param(" in s.when.source for s in beside)
                if t.id not in space.taken and t.refuse is None and not setting:
                    never.add(f"line {t.at[0]}")
            unseen = {missing.words for missing in item.missing_states}
            unseen |= {f"line {missing.line}" for missing in item.missing_transitions}
            assert never <= unseen, (item.procedure, sorted(never - unseen))
