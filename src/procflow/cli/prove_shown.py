"""What `procflow prove` does with a way on which a promise may be broken: it is gone in the real engine, told, written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from procflow.cli.prove_words import said
from procflow.errors import StorageError, UsageError

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents
    from procflow.proof.proving import Proof
    from procflow.rehearsal.together import Verdict as Law
    from procflow.rehearsal.witness import Undecided, Witness

#: A small world may take so many times the steps that one way may.
_FOR_A_WORLD = 5


class Shown(Struct, frozen=True):
    """A proof after its suspicions were run: promise -> the witness that breaks it, or why none was found."""

    proof: Proof
    witnesses: Mapping[str, Witness]
    open: Mapping[str, Undecided]


class Stagehand:
    """Runs suspicions of the procedures of one workspace; `tries` bounds the steps tried for each."""

    def __init__(self, documents: Documents, tries: int, language: str) -> None:
        self.documents, self.tries, self.language = documents, tries, language
        self._theatre: object = None

    def show(self, proof: Proof) -> Shown:
        """Run every suspicion of a proof."""
        from procflow.rehearsal.failure import Failed
        from procflow.rehearsal.witness import Theatre, Witness

        suspected = [v for v in proof.verdicts if v.suspicion is not None]
        if not suspected or not self.tries:
            return Shown(proof, {}, {})
        if not isinstance(self._theatre, Theatre):
            try:
                self._theatre = Theatre(self.documents, budget=self.tries, language=self.language)
            except Failed:  # without an organisation nobody can act
                return Shown(proof, {}, {})
        witnesses: dict[str, Witness] = {}
        left: dict[str, Undecided] = {}
        verdicts = []
        for verdict in proof.verdicts:
            if verdict.suspicion is not None:
                found = self._theatre.realise(proof.procedure, verdict.suspicion)
                if isinstance(found, Witness):
                    witnesses[verdict.promise] = found
                    verdict = structs.replace(verdict, verdict="broken", reason="shown")
                else:
                    left[verdict.promise] = found
                    verdict = structs.replace(verdict, reason="not_shown")
            verdicts.append(verdict)
        return Shown(structs.replace(proof, verdicts=tuple(verdicts)), witnesses, left)

    def together(self, names: Sequence[str]) -> list[Law]:
        """The laws between cases, as far as they are about these procedures."""
        from procflow.rehearsal.failure import Failed
        from procflow.rehearsal.together import Together
        from procflow.rehearsal.together_blind import blindness
        from procflow.rehearsal.witness import Theatre

        try:
            theatre = Theatre(self.documents, language=self.language)
        except Failed as problem:
            raise UsageError(problem.message, problem.hint) from problem
        found = list(Together(theatre, self.tries * _FOR_A_WORLD).verdicts())
        blind = blindness(theatre, self.tries * _FOR_A_WORLD)
        return [law for law in [*found, *([blind] if blind else [])] if set(law.procedures) & set(names)]


def law_in_words(law: Law, language: str) -> list[str]:
    """A law between cases, what was seen of it, and where it is broken the story and the scenario."""
    word = "law_broken" if law.broken else "law_kept" if law.whole else "law_seen"
    word = word if law.worlds or law.broken else "law_nothing"
    mark = "✗" if law.broken else "✓" if law.whole else "?"
    names = ", ".join(law.procedures)
    told = said(language, word, law=law.law, names=names, worlds=law.worlds, steps=law.steps)
    lines = [f"{mark} {told}"]
    if law.broken:
        lines += ["", *(f"    {line}" for line in law.story.get(language) or law.story.get("en", ())), ""]
        lines += [f"    {line}" for line in law.document.splitlines()]
    return lines


def law_as_json(law: Law, language: str) -> dict[str, Any]:
    shown = {"scenario": law.document, "story": list(law.story.get(language, ()))} if law.broken else {}
    return {
        "law": law.law, "procedures": list(law.procedures), "broken": law.broken, "worlds": law.worlds,
        "steps": law.steps, "complete": law.whole, **shown,
    }  # fmt: skip


def shortest(witnesses: list[Witness]) -> Witness:
    """The one with the fewest steps; of equally short ones the first."""
    return min(witnesses, key=lambda witness: len(witness.steps))


def story(witness: Witness, language: str) -> list[str]:
    """The story in the reader's language, else in English."""
    return list(witness.stories.get(language) or witness.stories["en"])


def why_open(found: Undecided, path: str, language: str) -> list[str]:
    """Why no way was found in the engine: at which step, what stood there, and the condition that would decide it."""
    lines = [said(language, "stopped", step=found.step + 1, why=found.why or said(language, "nothing_fits"))]
    if found.condition:
        lines.append(said(language, "decides", condition=found.condition, path=path, line=found.at[0]))
    return lines


def write_scenario(witness: Witness, path: str) -> list[str]:
    """Write the scenario, and the files that it names beside it; -> their paths. Raises StorageError."""
    folder = os.path.dirname(path)
    wanted = {path: witness.document.encode()}
    wanted |= {os.path.join(folder, name): content for name, content in witness.files.items()}
    for name, content in wanted.items():
        try:
            if os.path.dirname(name):
                os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "wb") as file:
                file.write(content)
        except OSError as problem:
            raise StorageError(
                f"{name} cannot be written: {problem.strerror}", "give another file"
            ) from problem
    return list(wanted)
