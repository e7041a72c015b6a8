"""The prover and the engine agree on random small procedures.

Whatever a walk of chance through the real engine does, the prover has seen that it can be done; what it calls dead is
never reached, a promise that it calls proved never breaks, and a way that it shows as a counterexample runs.

`PROCFLOW_DIFFERENTIAL=3000` looks at so many procedures instead, each time at others. A part of them is plain, the others
have each one part of the language more (`random_parts`), and perhaps another.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from msgspec import Struct
from random_parts import HOUSE, MORE, PARTS, TABLE, apart, judged, parts_in
from random_procedures import NAME, procedures
from random_walks import MAIL, Walk, Walker, left_at

from procflow.core.procedure import Procedure
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.definitions.nodes import YMap
from procflow.definitions.reader import read
from procflow.definitions.workspace import Documents
from procflow.proof.composing import Composition
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.proving import Proof, prove
from procflow.proof.space import Budget, Space
from procflow.proof.standing import Standing
from procflow.proof.verdicts import PROVED
from procflow.rehearsal.bench import Bench
from procflow.rehearsal.runner import run_scenarios
from procflow.rehearsal.witness import Theatre, Witness

#: What the checker says about the sense of a procedure; the prover has to stand what makes none.
SENSELESS = [code for code in CODES if "PF246" <= code < "PF300"]
WALKS = 8
STATES = 500
TRIES = 60
MANY = int(os.environ.get("PROCFLOW_DIFFERENTIAL", "0"))


#: What a procedure may have beside the part that it is drawn for.
BESIDE = (*PARTS, *MORE) if MANY else PARTS


def profile(examples: int) -> settings:
    return settings(
        max_examples=MANY // (1 + len(PARTS) + len(MORE)) or examples,
        derandomize=not MANY,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Looked(Struct):
    """One procedure, and what the prover says of it."""

    documents: Documents
    procedure: Procedure
    proof: Proof
    spaces: list[Space]


def looked_at(text: str) -> dict[str, Looked]:
    """Each procedure of a text; the first one is the one that is opened."""
    documents = documents_of(*apart(text), organisation=HOUSE, tables=(TABLE,), overlook=SENSELESS)
    composition = Composition(documents.procedures, Standing(documents.organisation, documents.tables))
    return {name: _looked_at(documents, name, composition) for name in documents.procedures}


def _looked_at(documents: Documents, name: str, composition: Composition) -> Looked:
    procedure = documents.procedures[name]
    proof = prove(procedure, composition, Budget(4 * STATES))
    plan = composition.plan(procedure)
    spaces = []
    for keys in (frozenset[str](), plan.everything | plan.promised(procedure.promises)):
        space = explore(Lens(plan, keys, outside=True, fails=True), Budget(STATES))
        spaces += [space] if space.complete else []
    return Looked(documents, procedure, proof, spaces)


def bench_of(text: str) -> Bench:
    return Bench(
        *apart(text), organisation=HOUSE, tables=(TABLE,), overlook=SENSELESS, held=(MAIL,), judge=judged
    )


def called_dead(looked: Looked) -> tuple[set[str], set[str]]:
    """The states and the transitions that the prover says never are."""
    at = {f.at for f in looked.proof.findings if f.kind == "dead" and f.detail != "state"}
    states = {f.what for f in looked.proof.findings if f.kind == "dead" and f.detail == "state"}
    dead = {t.id for t in looked.procedure.transitions() if t.at in at}
    for state in looked.procedure.states:
        groups = [(c.at, c.alternatives) for c in state.choices] + [
            (a.at, a.alternatives) for a in state.after
        ]
        for where, alternatives in groups:
            dead |= {t.id for t in alternatives} if where in at and len(alternatives) > 0 else set()
    return states, dead


def disagreements(looked: Looked, walk: Walk) -> list[str]:
    """What a walk did that the prover says cannot be."""
    found = []
    states, transitions = called_dead(looked)
    taken = {id for row in walk.rows for id in row.taken}
    met = {name for row in walk.rows for name in row.met}
    unmet = {f.what for f in looked.proof.findings if f.kind == "deadline"}
    proved = {v.promise for v in looked.proof.verdicts if v.verdict == PROVED}
    found += [f"{name} is called dead and was entered" for name in sorted(states & walk.entered)]
    found += [f"{id} is called dead and was taken" for id in sorted(transitions & taken)]
    found += [f"{name} can be met by nothing and was" for name in sorted(unmet & met)]
    found += [f"{name} is proved and broke" for name in sorted(proved & walk.broken)]
    if not (walk.refused_itself and "kept" in looked.proof.assumptions):
        found += [f"{n} is proved and nothing keeps it any more" for n in sorted(proved & walk.waited_for)]
    for space in looked.spaces:
        kept = "everything" if space.lens.keys else "nothing"
        found += [f"{s} is not in the space of {kept}" for s in sorted(walk.entered - space.entered)]
        found += [f"{t} is not in the space of {kept}" for t in sorted(taken - space.taken.keys())]
        place = left_at(space, walk.rows)
        if place is not None:
            found.append(f"step {place + 1} leaves the space of {kept}: {walk.rows[place]}")
    return found


def test_no_walk_leaves_what_the_prover_has_seen() -> None:
    seen: Counter[str] = Counter()

    def compare(text: str, rng: Any) -> None:
        note(text)
        every = looked_at(text)
        looked = every[NAME]
        seen.update(parts_in(text))
        seen.update(whole=len(looked.spaces), proved=sum(v.verdict == PROVED for v in looked.proof.verdicts))
        others = {name: each.procedure for name, each in every.items() if name != NAME}
        walker = Walker(bench_of(text), looked.procedure, rng, others)
        storm = False
        for walk in (walk for _ in range(WALKS) if not storm for walk in walker.walks()):
            seen.update(walks=1, steps=len(walk.rows), broken=len(walk.broken), storms=walk.storm)
            wrong = disagreements(every[walk.procedure], walk)
            assert not wrong, "\n".join([*wrong, *walk.said])
            storm = storm or walk.storm

    for part in ("", *PARTS, *MORE):
        look = given(procedures(part=part, beside=BESIDE), st.randoms(use_true_random=True))(compare)
        profile(50 if not part else 5 if part in PARTS else 1)(look)()
    assert seen["walks"] >= 50 * WALKS and seen["steps"] > 3 * seen["walks"], seen
    assert min(seen["whole"], seen["proved"], seen["broken"]) > 20, seen  # else nothing much was compared
    assert min(seen[part] for part in PARTS) >= 3, seen  # each part of the language really occurs
    assert not MANY or min(seen[part] for part in MORE) >= 3, seen


def test_every_counterexample_runs_and_breaks_what_it_says() -> None:
    seen: Counter[str] = Counter()

    def show(text: str) -> None:
        note(text)
        looked = looked_at(text)[NAME]
        seen.update(parts_in(text))
        theatre = Theatre(looked.documents, judged, budget=TRIES)
        for verdict in looked.proof.verdicts:
            if verdict.suspicion is None:
                continue
            found = theatre.realise(NAME, verdict.suspicion)
            seen[type(found).__name__] += 1
            if not isinstance(found, Witness):
                continue
            tree, problems = read(found.document, "shown.yaml")
            assert isinstance(tree, YMap) and not [p for p in problems if p.is_error], problems
            results = run_scenarios(looked.documents, tree, "shown.yaml", judge=judged, read=theatre.read)
            assert results and all(r.passed for r in results), [r.as_text() for r in results]
            assert any(verdict.promise in line for line in found.stories["en"])

    def look(part: str, examples: int) -> None:
        # one promise: another might refuse the step first
        profile(examples)(given(procedures(most_promises=1, part=part, beside=BESIDE))(show))()

    look("", 25)
    # what is not shown stays not decided: mostly clocks of different kinds, of which one never comes first
    assert seen["Witness"] > 5 and seen["Witness"] >= 5 * seen["Undecided"], seen
    for part in (*PARTS, *(MORE if MANY else ())):
        look(part, 3)
    assert seen["Witness"] >= 3 * seen["Undecided"], seen
    assert sum(seen[part] > 0 for part in PARTS) == len(PARTS), seen
