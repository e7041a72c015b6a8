"""No sound procedure of the corpus is shown to break a promise, whatever is suspected of it.

The suspicions here are made up: only that a case was opened. So everything near is tried in the real engine, and
nothing may be found.
"""

from collections.abc import Callable

import pytest
from corpus import Case, sound

from procflow.definitions.workspace import Documents
from procflow.proof.moves import Move
from procflow.proof.space import Step
from procflow.proof.verdicts import Suspicion
from procflow.rehearsal.witness import Theatre, Undecided


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in sound()])
def test_nothing_is_shown_of_a_sound_procedure(case: Case, read: Callable[[Case], Documents]) -> None:
    documents = read(case)
    procedure = documents.procedures[case.name]
    theatre = Theatre(documents, budget=100)
    opened = (Step(Move("open", "0" if procedure.starts else "")),)
    for promise in procedure.promises:
        for forever in (True, False) if promise.kind == "after" else (False,):
            found = theatre.realise(case.name, Suspicion(promise.name, opened, None, forever))
            assert isinstance(found, Undecided), found.document
