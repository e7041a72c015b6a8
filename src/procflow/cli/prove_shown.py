"""How `procflow prove` tells what was shown in the engine, and writes it as a scenario."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from procflow.cli.prove_words import said
from procflow.errors import StorageError

if TYPE_CHECKING:
    from procflow.proof.verdicts import Suspicion
    from procflow.rehearsal.together import Verdict as Law
    from procflow.rehearsal.witness import Undecided, Witness


def law_in_words(law: Law, language: str) -> list[str]:
    """A law between cases, what was seen of it, and where it is broken the story and the scenario."""
    word = "law_broken" if law.broken else "law_kept" if law.whole else "law_seen"
    word = word if law.worlds or law.broken else "law_nothing"
    mark = "✗" if law.broken else "✓" if law.whole else "?"
    names = ", ".join(law.procedures)
    told = said(language, word, law=law.law, names=names, worlds=law.worlds, left=law.left, depth=law.depth)
    lines = [f"{mark} {told}"]
    if law.broken:
        lines += ["", *(f"    {line}" for line in law.story.get(language) or law.story.get("en", ())), ""]
        lines += [f"    {line}" for line in law.document.splitlines()]
    return lines


def law_as_json(law: Law, language: str) -> dict[str, Any]:
    shown = {"scenario": law.document, "story": list(law.story.get(language, ()))} if law.broken else {}
    return {
        "law": law.law, "procedures": list(law.procedures), "broken": law.broken, "worlds": law.worlds,
        "steps": law.steps, "complete": law.whole, "worlds_left": law.left, "depth": law.depth, **shown,
    }  # fmt: skip


def shortest(witnesses: list[Witness]) -> Witness:
    """The one with the fewest steps; of equally short ones the first."""
    return min(witnesses, key=lambda witness: len(witness.steps))


def story(witness: Witness, language: str) -> list[str]:
    """The story in the reader's language, else in English."""
    return list(witness.stories.get(language) or witness.stories["en"])


def went(witness: Witness, suspected: Suspicion) -> bool:
    """Whether the story goes by the choices of the way that was suspected, and not by others."""
    steps = [step.get("refused") or step for step in witness.steps]
    taken = [str(step["do"]).rpartition(".")[2] for step in steps if step.get("do", "claim") != "claim"]
    last = () if suspected.last is None else (suspected.last,)
    meant = [step.move.name for step in (*suspected.way, *last) if step.move.kind == "choice"]
    return taken[: len(meant)] == meant and (suspected.forever or len(taken) == len(meant))


def why_open(found: Undecided, path: str, language: str) -> list[str]:
    """Why no way was found in the engine: at which step, what stood there, and the condition that would decide it."""
    lines = [said(language, "stopped", step=found.step + 1, why=found.why or said(language, "nothing_fits"))]
    if found.condition:
        lines.append(said(language, "decides", condition=found.condition, path=path, line=found.at[0]))
    if found.cut_short:
        lines.append(said(language, "more_tries"))
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
