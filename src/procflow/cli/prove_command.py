"""`procflow prove [PROCEDURE...]`: whether procedures keep what they promise, whatever happens."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.prove_shown import law_as_json, law_in_words, shortest
from procflow.cli.prove_shown import write_scenario as write
from procflow.cli.prove_told import as_json, progress, tell
from procflow.cli.prove_words import said
from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, clear_progress
from procflow.errors import BrokenDocument, Diagnostic, NotFound

if TYPE_CHECKING:
    from procflow.definitions.workspace import Begun, Documents
    from procflow.proof.proving import Proof
    from procflow.rehearsal.proved_before import ProvedBefore
    from procflow.rehearsal.proving_ahead import ProvingAhead
    from procflow.rehearsal.stagehand import Shown, Stagehand
    from procflow.rehearsal.together import Verdict as Law
    from procflow.rehearsal.witness import Witness


@click.command()
@click.argument("names", metavar="[PROCEDURE]...", nargs=-1)
@click.option(
    "--budget",
    metavar="STATES",
    type=click.IntRange(min=1),
    default=200_000,
    show_default=True,
    help="States to look at for each procedure at the most; what is left is said.",
)
@click.option(
    "--tries",
    metavar="STEPS",
    type=click.IntRange(min=0),
    default=300,
    show_default=True,
    help="Steps to try in the engine for each way that may break a promise; 0: none is run.",
)
@click.option(
    "--write-scenario",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the shortest way to break a promise, else to what was found unasked, as a scenarios file that `procflow test` runs.",
)
@click.option(
    "--together",
    is_flag=True,
    help="Look also at cases side by side, in a small world of two customers: the laws between cases.",
)
@click.option(
    "--anew", is_flag=True, help="Prove everything again, also what was proved before and is unchanged."
)
@click.option(
    "--strict",
    is_flag=True,
    help="A promise that is not decided counts as broken, and a warning as an error.",
)
@COMMON
def command(
    names: tuple[str, ...],
    budget: int,
    tries: int,
    write_scenario: str | None,
    together: bool,
    anew: bool,
    strict: bool,
) -> None:
    """Prove what the procedures of the workspace promise, or those named: by name, file or folder.

    Everything that can happen is looked at: people who choose or do not, messages, deadlines, deliveries that fail, in
    every order. A way that may break a promise is run in the real engine; only what breaks there is called broken, and
    is told as a story. Ends with 1 when a promise is broken or something else is found that no owner can want.
    """
    s = session()
    gc.disable()  # this process ends with its proofs; looking for rings in them takes as long as some of them
    before = _before(names)
    known = before.everything() if before is not None and not (together or anew) else None
    world = _clock()
    began = world.monotonic()
    ahead = _ahead(names, tries, world, before if not anew else None) if known is None else None
    outcome = _Outcome()
    for found in (
        ahead.show_all(budget, progress, before.learn if before is not None else _nothing)
        if ahead is not None
        else _as_before(_named(names, known or {}), known or {})
    ):
        outcome.found.append(found)
        if not s.json:
            tell(found)
    clear_progress()
    if ahead is not None:
        outcome.problems = [problem for problem in ahead.documents.problems if problem.is_error]
        outcome.laws = ahead.hand.together(ahead.wanted) if together else []
        if before is not None:
            before.keep(ahead.documents, outcome.proofs)
    if not s.json:
        for law in outcome.laws:
            click.echo("\n".join(law_in_words(law, s.language)))
    seconds = max(world.monotonic() - began, 1e-6)
    witnesses = outcome.witnesses
    written = write(shortest(witnesses), write_scenario) if write_scenario and witnesses else []
    failed = outcome.failed(strict)
    if s.json:
        s.show(_result(outcome, seconds, written, together), "", ok=not failed)
    else:
        _tell_of_all(outcome, written, write_scenario)
    if failed:
        raise SystemExit(1)


class _Outcome:
    """What came of all the procedures together."""

    def __init__(self) -> None:
        self.found: list[Shown] = []
        self.problems: list[Diagnostic] = []  # of the documents
        self.laws: list[Law] = []  # between cases

    @property
    def proofs(self) -> list[Proof]:
        return [found.proof for found in self.found]

    @property
    def witnesses(self) -> list[Witness]:
        """The ways to break a promise; where there is none, those to what was found without being asked."""
        broken = [witness for found in self.found for witness in found.witnesses.values()]
        return broken or [way for found in self.found for way in found.ways.values()]

    @property
    def total(self) -> dict[str, int]:
        proofs = self.proofs
        verdicts = [verdict.verdict for proof in proofs for verdict in proof.verdicts]
        bad, undecided = verdicts.count("broken"), verdicts.count("not decided")
        return {
            "promises": len(verdicts), "proved": len(verdicts) - bad - undecided, "broken": bad, "undecided": undecided,
            "findings": sum(len(proof.findings) for proof in proofs),
            "states": sum(p.states for p in proofs), "steps": sum(p.steps for p in proofs),
        }  # fmt: skip

    @property
    def unchanged(self) -> int:
        return sum(found.before for found in self.found)

    @property
    def looked_at(self) -> int:
        """States that were looked at just now."""
        return sum(found.proof.states for found in self.found if not found.before)

    @property
    def rate(self) -> int:
        """States a second, of all processes."""
        return round(self.looked_at / max(sum(found.seconds for found in self.found), 1e-6))

    def failed(self, strict: bool) -> bool:
        proofs, total = self.proofs, self.total
        wrong = any(finding.is_error for proof in proofs for finding in proof.findings)
        open_ = total["undecided"] or total["findings"] or any(proof.left for proof in proofs)
        laws = any(law.broken for law in self.laws)
        return bool(total["broken"] or wrong or self.problems or laws or (strict and open_))


def _result(outcome: _Outcome, seconds: float, written: list[str], together: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "procedures": [as_json(found) for found in outcome.found],
        "total": {
            **outcome.total,
            "proved_before": outcome.unchanged,
            "seconds": round(seconds, 3),
            "states_a_second": outcome.rate,
        },
        "written": written,
    }
    if together:
        result["together"] = [law_as_json(law, session().language) for law in outcome.laws]
    result["diagnostics"] = [problem.as_json() for problem in outcome.problems]
    return result


def _tell_of_all(outcome: _Outcome, written: list[str], asked: str | None) -> None:
    """`asked`: the file in which a scenario was wanted."""
    language = session().language
    for problem in outcome.problems:
        click.echo(problem.as_text(), err=True)
    for path in written:
        click.echo(said(language, "written", path=path))
    if asked and not written:
        click.echo(said(language, "nothing_written", path=asked))
    nothing = not outcome.found
    key = "total" if outcome.looked_at or nothing else "total_before"
    if nothing:
        key = "nothing" if outcome.problems else "no_procedure"
    click.echo(bold(said(language, key, **outcome.total, rate=outcome.rate)))
    if outcome.unchanged:
        click.echo(said(language, "unchanged", procedures=outcome.unchanged))


def _clock() -> Any:
    from procflow.builtin.world import RealWorld

    return RealWorld()


def _nothing() -> None:
    pass


def _ahead(names: Sequence[str], tries: int, world: Any, before: ProvedBefore | None) -> ProvingAhead:
    """The proofs of the procedures that are named, without those that were proved before."""
    from procflow.rehearsal.proving_ahead import ProvingAhead
    from procflow.rehearsal.stagehand import Stagehand

    def choose(documents: Documents) -> list[str]:
        return _wanted(names, documents)

    def known(documents: Documents) -> Mapping[str, Proof]:
        return before.those_of(documents) if before is not None else {}

    def make(documents: Documents, rehearsed: Callable[[], Documents]) -> Stagehand:
        return Stagehand(documents, tries, session().language, world.monotonic, rehearsed)

    return ProvingAhead(_begun(names), choose, known, make)


def _before(names: Sequence[str]) -> ProvedBefore | None:
    """What was proved in this workspace before; None where files are given that may lie in none."""
    from procflow.rehearsal.proved_before import ProvedBefore

    s = session()
    if _paths(names):
        return None
    try:
        return ProvedBefore(s.folder, s.app.plugins)
    except NotFound:
        return None


def _as_before(names: Sequence[str], known: Mapping[str, Proof]) -> Iterator[Shown]:
    from procflow.rehearsal.stagehand import Shown

    return (Shown(known[name], {}, {}, before=True) for name in names)


def _named(names: Sequence[str], known: Collection[str]) -> list[str]:
    """The procedures that are named, of those that there are; all of them where none is."""
    for name in names:
        if name not in known:
            from procflow.core.nearest import did_you_mean

            raise NotFound(f"there is no procedure {name!r}", did_you_mean(name, known))
    return sorted(set(names) or known)


def _paths(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if "/" in name or name.endswith((".yaml", ".yml")) or name == ".")


def _begun(names: Sequence[str]) -> Begun:
    """The documents in which the procedures are."""
    s = session()
    paths = _paths(names)
    if not s.is_inside:
        paths = paths or (".",)
    if not paths:
        from procflow.rehearsal.beside import beside

        return s.app.begun(beside)
    from procflow.app import begin_given

    return begin_given(paths, tuple(s.given.get("plugins_dirs") or ()), s.named_folder)


def _wanted(names: Sequence[str], documents: Documents) -> list[str]:
    """The procedures to prove, in the order of their names."""
    good = {name for name, p in documents.procedures.items() if documents.is_good(p.path)}
    if not names:
        return sorted(good)
    paths = _paths(names)
    found = (
        {name for name in good if documents.asked and documents.procedures[name].path in documents.asked}
        if paths
        else set()
    )
    named = set(names) - set(paths)
    for name in sorted(named - set(good)):
        if path := documents.path_of("procedure", name):
            raise BrokenDocument(f"{path} does not check: nothing is proved of it", "run `procflow check`")
    found |= set(_named(sorted(named), documents.procedures)) & good if named else set()
    return sorted(found)
