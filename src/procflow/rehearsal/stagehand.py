"""Proofs, each with its suspicions run: several procedures at once, one on each core.

It must not know the command line.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from procflow.core.lookups import effects_of
from procflow.core.procedure import Procedure
from procflow.errors import UsageError
from procflow.proof.composing import openings_by
from procflow.proof.proving import Proof, Prover
from procflow.proof.space import BUDGET
from procflow.rehearsal.cores import cores
from procflow.rehearsal.failure import Failed

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents
    from procflow.proof.findings import Finding
    from procflow.proof.verdicts import Verdict
    from procflow.rehearsal.together import Verdict as Law
    from procflow.rehearsal.witness import Theatre, Undecided, Witness
    from procflow.rehearsal.witness_endings import Ending

#: A small world may take so many times the steps that one way may.
_FOR_A_WORLD = 5
#: Ways of other kinds that are tried for one promise, where the shortest cannot be gone.
_OTHER_WAYS = 6
#: With fewer bytes of procedures, to prove or to look through meanwhile, a second process costs more than it saves.
_ENOUGH = 20_000

Progress = Callable[[str, int], None]


class Shown(Struct, frozen=True):
    """A proof after its suspicions were run: promise -> the witness that breaks it, or why none was found.

    `ways` tells of a finding, by its place, the way that leads to it, where the engine could go it.
    `seconds` is how long the proof took, without what was run; `before` says that it was proved before, and is unchanged.
    """

    proof: Proof
    witnesses: Mapping[str, Witness]
    open: Mapping[str, Undecided]
    seconds: float = 0.0
    ways: Mapping[int, Witness] = {}
    before: bool = False


class Stagehand:
    """Proves procedures of one workspace and runs what is suspected; `tries` bounds the steps tried for each way.

    `clock` gives seconds. `rehearsed` gives the documents with their scenarios, once something is to be run.
    """

    def __init__(
        self,
        documents: Documents,
        tries: int,
        language: str,
        clock: Callable[[], float] = lambda: 0.0,
        rehearsed: Callable[[], Documents] | None = None,
    ) -> None:
        self.documents, self.tries, self.language, self.clock = documents, tries, language, clock
        self.rehearsed = rehearsed if rehearsed is not None else lambda: documents
        self._theatre: Theatre | None = None

    def show_all(
        self,
        names: Sequence[str],
        budget: int = BUDGET,
        progress: Progress = lambda name, states: None,
        jobs: int = 0,
        known: Mapping[str, Proof] = {},
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Iterator[Shown]:
        """Each procedure in the order given, `budget` states at the most; on so many cores as there are, or `jobs`.

        Those that are `known` are not proved again. `meanwhile` is done here before anything is shown, while others
        begin to prove; what it raises ends it all.
        """
        coming = self._show_new(
            [name for name in names if name not in known], budget, progress, jobs, meanwhile
        )
        new = chain(tuple(islice(coming, 1)), coming)  # so that it is done before what is known is shown
        for name in names:
            yield Shown(known[name], {}, {}, before=True) if name in known else next(new)

    def _show_new(
        self,
        names: Sequence[str],
        budget: int,
        progress: Progress,
        jobs: int,
        meanwhile: Callable[[], None],
    ) -> Iterator[Shown]:
        documents = self.documents
        good = documents.good_procedures
        prover = Prover(good, documents.organisation, budget, progress, documents.tables)
        jobs = jobs or cores()
        enough = sum(len(documents.sources.get(p.path, b"")) for p in good.values()) >= _ENOUGH
        beside = jobs > 1 and enough and "fork" in multiprocessing.get_all_start_methods()
        if not names or not beside:
            meanwhile()
            for name in names:
                yield self._timed(prover, name)
            return
        jobs = min(jobs, len(names))  # one of them is proved beside what is done meanwhile
        place = (self, prover, list(names))
        _SHARED.append(place)
        try:
            # a copy of this process has the documents at hand, so only numbers and answers go to and fro
            with multiprocessing.get_context("fork").Pool(jobs, gc.disable) as pool:
                shown: dict[int, Shown] = {}
                coming = pool.imap_unordered(_show_number, self._dearest_first(names, good))
                meanwhile()
                for n in range(len(names)):  # told in the order asked for
                    while n not in shown:
                        number, found = next(coming)
                        shown[number] = found
                    yield shown.pop(n)
        finally:
            _SHARED.remove(place)

    def _dearest_first(self, names: Sequence[str], good: Mapping[str, Procedure]) -> list[int]:
        """The places of the names, so that no core is left with something big at the end: the longest text first,
        with that of those who open it, for they are looked at too."""
        long = {name: len(self.documents.sources.get(p.path, b"")) for name, p in good.items()}
        weight = dict(long)
        for name, procedure in good.items():
            for opened in {other for other, _ in openings_by(procedure)} & weight.keys() - {name}:
                weight[opened] += long[name]
        return sorted(range(len(names)), key=lambda n: (-weight.get(names[n], 0), n))

    def _timed(self, prover: Prover, name: str) -> Shown:
        began = self.clock()
        proof = prover.prove(name)
        seconds = self.clock() - began
        return structs.replace(self._shown(prover, proof), seconds=seconds)

    def _shown(self, prover: Prover, proof: Proof) -> Shown:
        """Run every suspicion of a proof."""
        suspected = [v for v in proof.verdicts if v.suspicion is not None]
        led_to = [n for n, finding in enumerate(proof.findings) if finding.way]
        if not (suspected or led_to or proof.suspected) or not self.tries:
            return Shown(proof, {}, {})
        from procflow.rehearsal.witness import Theatre, Witness

        if self._theatre is None:
            try:
                self._theatre = Theatre(self.rehearsed(), budget=self.tries, language=self.language)
            except Failed:  # without an organisation nobody can act
                return Shown(proof, {}, {})
        witnesses: dict[str, Witness] = {}
        left: dict[str, Undecided] = {}
        verdicts = []
        for verdict in proof.verdicts:
            if verdict.suspicion is not None:
                found = realised(self._theatre, prover, proof.procedure, verdict)
                if isinstance(found, Witness):
                    witnesses[verdict.promise] = found
                    verdict = structs.replace(verdict, verdict="broken", reason="shown")
                else:
                    left[verdict.promise] = found
                    verdict = structs.replace(verdict, reason="not_shown")
            verdicts.append(verdict)
        ways: dict[int, Witness] = {}
        for n in led_to:
            finding = proof.findings[n]
            if any(finding.kind == "loop" and proof.findings[m].way == finding.way for m in ways):
                continue  # of a ring that is told already
            title = f"{finding.kind} {finding.what}"
            ending = self._ending(proof.procedure, finding)
            lost = (
                finding.what
                if finding.kind == "lost_message" and self._is_from_outside(proof, finding)
                else ""
            )
            hangs = finding.kind == "hang"
            shown = self._theatre.show(proof.procedure, finding.way, title, ending, lost, hangs=hangs)
            if isinstance(shown, Witness):
                ways[n] = shown
        found_here = list(proof.findings)
        for finding in proof.suspected:
            title, ending = f"{finding.kind} {finding.what}", self._ending(proof.procedure, finding)
            hangs = finding.kind == "hang"
            shown = self._theatre.show(proof.procedure, finding.way, title, ending, hangs=hangs)
            if isinstance(shown, Witness):
                ways[len(found_here)] = shown
                found_here.append(finding)
        proof = structs.replace(proof, verdicts=tuple(verdicts), findings=tuple(found_here))
        return Shown(proof, witnesses, left, ways=ways)

    def _is_from_outside(self, proof: Proof, finding: Finding) -> bool:
        raised = effects_of(self.documents.procedures[proof.procedure])
        return finding.what not in {str(e.parameters) for e in raised if e.operation == "raise"}

    def _ending(self, name: str, finding: Finding) -> Ending | None:
        """How the way to a finding ends, where its last step shows it."""
        from procflow.rehearsal.witness_endings import Ending

        if finding.kind == "loop" or (finding.kind == "hang" and not finding.sure):
            return Ending(finding.kind)
        move = finding.way[-1].move
        if finding.kind not in ("gap", "overlap") or move.kind != "choice":
            return None
        choice = self.documents.procedures[name].state[move.state].choices_by_name[move.name]
        later = next((n for n, each in enumerate(choice.alternatives) if each.at == finding.at), 0)
        return Ending(finding.kind, choice, later)

    def together(self, names: Sequence[str]) -> list[Law]:
        """The laws between cases, as far as they are about these procedures."""
        from procflow.rehearsal.together import Together
        from procflow.rehearsal.together_blind import blindness
        from procflow.rehearsal.witness import Theatre

        try:
            theatre = Theatre(self.rehearsed(), language=self.language)
        except Failed as problem:
            raise UsageError(problem.message, problem.hint) from problem
        found = list(Together(theatre, self.tries * _FOR_A_WORLD).verdicts())
        blind = blindness(theatre, self.tries * _FOR_A_WORLD)
        return [law for law in [*found, *([blind] if blind else [])] if set(law.procedures) & set(names)]


def realised(theatre: Theatre, prover: Prover, procedure: str, verdict: Verdict) -> Witness | Undecided:
    """The suspicion of a verdict made concrete; where that cannot be done, another way that seems to break the promise.

    What is told of a promise that stays open is of the first: it is the shortest.
    """
    from procflow.rehearsal.witness import Witness

    first = theatre.realise(procedure, verdict.suspicion)
    if isinstance(first, Witness):
        return first
    for suspicion in islice(prover.further(procedure, verdict), _OTHER_WAYS):
        found = theatre.realise_along(procedure, suspicion)
        if isinstance(found, Witness):
            return found
    return first


_SHARED: list[tuple[Stagehand, Prover, list[str]]] = []


def _show_number(n: int) -> tuple[int, Shown]:
    hand, prover, names = _SHARED[-1]
    return n, hand._timed(prover, names[n])
