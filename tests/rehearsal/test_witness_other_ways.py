"""A promise is broken on another way than the shortest that seems to break it, and that one cannot be gone."""

import pytest
from ready import started

from procflow.proof.proving import Prover

from .witnessing import HEAD

#: A text of four figures that is one of four letters too: nobody can write it, and the prover takes it for possible.
_NO_WAY = """
  wish: {task: {role: agent}, choices: {register: {ask: [kn, answered], to: looked}, leave: {to: left}}}
  looked:
    always:
      - {when: 'answered.matches("^[0-9]{4}$") && answered.matches("^[a-z]{4}$")', to: GOAL}
      - {to: kept}
"""
_ANOTHER = """
  left: {task: {role: agent}, choices: {found: {to: kept}}, after: {3 days: [{to: asked}]}}
  asked: {task: {role: agent}, choices: {found: {to: kept}}, after: {3 days: [{to: sought}]}}
  sought: {task: {role: agent}, choices: {found: {to: kept}}, after: {3 days: [{to: written}]}}
  written: {task: {role: agent}, choices: {found: {to: kept}}, after: {3 days: [{to: missing}]}}
  missing: {task: {role: agent}, choices: {found: {to: kept}}, after: {3 days: [{to: GOAL}]}}
  kept: {final: true}
"""
_NEVER = """
  lost: {final: true}
promises: {found: {says: Never lost., never: 'state("lost")'}}
"""
_STUCK = """
  stuck: {task: {role: agent}, choices: {found: {to: kept}}}
promises: {found: {says: Found at last., after: 'state("stuck")', eventually: 'state("kept")'TIME}}
"""


def test_a_refused_step_on_a_longer_way(faulty):
    text = (_NO_WAY + _ANOTHER).replace("GOAL", "lost") + _NEVER
    faulty.of(HEAD + text)
    written = f"procedures/{faulty.name}/scenarios.yaml"
    answer = started(["prove", "--write-scenario", written], faulty.folder)
    ran = started(["test", written], faulty.folder)
    assert ran.returncode == 0 and "1 passed" in ran.stdout, answer.stdout + ran.stdout + ran.stderr
    assert "BROKEN" in answer.stdout
    assert "“leave”" in answer.stdout and "register" not in answer.stdout


@pytest.mark.parametrize("within", [", within: 8 days", ""])
def test_a_time_that_runs_out_and_a_case_that_stands_still_on_a_longer_way(faulty, within):
    faulty.of(HEAD + (_NO_WAY + _ANOTHER + _STUCK).replace("GOAL", "stuck").replace("TIME", within))
    documents = faulty.documents
    prover = Prover(documents.good_procedures, documents.organisation, tables=documents.tables)
    (verdict,) = prover.prove(faulty.name).verdicts
    assert _moves(verdict.suspicion)[:2] == ["0", "register"]
    others = [_moves(each) for each in prover.further(faulty.name, verdict)]
    assert any(other[:2] == ["0", "leave"] for other in others), others


def _moves(suspicion) -> list[str]:
    return [step.move.name for step in suspicion.way]
