"""What an owner's rehearsals did can be found again from the transitions alone.

Of each rehearsal only the way is kept: what happened in which order and which transitions were taken, no values, no
people, no instants. The search that makes a prover's way concrete must go it again in the real engine.
"""

from pathlib import Path

import pytest

from procflow.builtin.evidence import judge
from procflow.core import journal as j
from procflow.proof.moves import Move
from procflow.proof.space import Step
from procflow.rehearsal import runner
from procflow.rehearsal.steps import Performance
from procflow.rehearsal.witness import Theatre, Undecided
from procflow.rehearsal.witness_scene import Scene

ROOT = Path(__file__).parents[2]
#: Procedures with people, messages, clocks, deliveries and regions between them.
PROCEDURES = ("policy_change", "complaint", "payment_problem", "missed_call")


def way_of(stage, name: str) -> tuple[Step, ...]:
    """The way of the first case of a procedure, as the prover would speak of it."""
    case_id = next(c for c in stage.cases if stage.load(c).row.procedure == name)
    procedure, scene = stage.procedure_of(case_id), Scene(Performance(stage, name, lambda path: b""), case_id)
    transitions = {t.id: t for t in procedure.transitions()}
    found = []
    for row in scene.new_rows():
        first = transitions[row.taken[0]] if row.taken else None
        kind, _, rest = row.name.partition(":")
        if row.kind == "open":
            found.append(Step(Move("open", _start(procedure, row, stage)), (), row.taken))
        elif row.kind == "time" and (kind in ("missed", "after", "promise") or row.taken):
            found.append(Step(Move(kind, rest), (), row.taken))
        elif row.kind in ("choice", "message", "event") and first is not None:
            found.append(Step(Move(row.kind, first.name, first.source), (), row.taken))
        elif row.kind == "answer" and first is not None:
            found.append(Step(Move(first.name, first.source, first.source), (), row.taken))
    return tuple(found)


def _start(procedure, row, stage) -> str:
    opened = next(e for e in row.entries if isinstance(e, j.CaseOpened))
    held = stage.surroundings.organisation.people.get(opened.by, {}).get("roles", ())
    for n, start in enumerate(procedure.starts):
        if (start.kind == "by" and start.role in held) or (start.kind == "message" and not opened.by):
            return str(n)
    return ""


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_rehearsed_way_is_found_again(shipped, name: str) -> None:
    path = shipped.path_of("scenarios", name)
    scenarios = runner.Scenarios(shipped, shipped.trees[path], path, runner.beside(shipped, path), judge, {})
    theatre = Theatre(shipped, budget=2000)
    count = 0
    for title, steps in runner.tests_of(shipped.trees[path]):
        stage = scenarios.play(title, steps).stage
        found = theatre.reach(name, way_of(stage, name))
        assert not isinstance(found, Undecided), (title, found)
        count += 1
    assert count > 2
