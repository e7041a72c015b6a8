"""The simulation itself: the same seed does the same, a fault is noticed and told so that it can be seen again, and what
is planted still applies. How well it finds what is planted is tried by `python -m faults planted`.
"""

import subprocess
import sys

import pytest
from faults.planting import about, applies, patches
from faults.simulated import checks
from faults.simulated.plan import Plan
from faults.simulated.scene import Scene
from faults.simulation import Ran, seeds

from procflow.core.record import chain_hash
from procflow.hosts.outbox import Outbox

SEED = 14


@pytest.fixture(scope="module")
def scene():
    made = Scene()
    yield made
    made.close()


def test_the_same_seed_makes_the_same_trace_in_another_process_too(scene):
    here = [Ran(scene, seed) for seed in (SEED, 3, SEED)]
    assert here[0].digest == here[2].digest != here[1].digest
    assert len(here[0].trace) > 200 and here[0].fired
    asked = f"from faults.simulation import *; s = Scene(); print(Ran(s, {SEED}).digest); s.close()"
    there = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here[0].digest


def test_what_is_left_out_does_not_change_the_rest_of_a_plan():
    whole, less = Plan(SEED), Plan(SEED, frozenset({3, 5}))
    acts = [act for some in whole.acts.values() for act in some]
    assert [act for some in less.acts.values() for act in some] == [
        act for n, act in enumerate(acts, 1) if n not in (3, 5)
    ]
    assert (less.mails, less.misdeeds, less.ingredients) == (whole.mails, whole.misdeeds, whole.ingredients)


def test_every_planted_fault_applies_and_says_what_it_breaks():
    assert len(patches()) >= 3
    for patch in patches():
        assert len(about(patch).split()) > 5, f"{patch.name} does not say in words what it breaks"
        assert applies(patch) == ""


def test_a_seed_that_fails_is_told_with_what_is_enough_for_it_and_the_command_to_see_it_again(monkeypatch):
    def forgets(self, row, delivery, at=None):
        return self.engine.load(row.case_id)  # what a channel answered never comes to the case

    monkeypatch.setattr(Outbox, "answer", forgets)
    count = seeds(50, 1)
    assert count.bad and "python -m faults simulation --seed" in count.bad[-1]
    assert "--without" in count.bad[-1] and "are enough" in count.bad[-1]


def test_the_checks_find_a_row_that_was_changed_under_them(scene, monkeypatch):
    monkeypatch.setattr("procflow.records.audit.chain_hash", lambda *given: chain_hash(*given)[::-1])
    assert any("its content was changed" in words for words in Ran(scene, SEED).wrong)
    assert checks.what_is_wrong.__doc__


def test_a_clock_that_begins_when_its_time_is_up_is_missed_as_it_begins(scene):
    """The first of some 2,700 seeds in which an appointment is nearer than its lead time: the check took it for late."""
    assert Ran(scene, 2769, frozenset(range(1, 113)) - {22, 23}).wrong == []
