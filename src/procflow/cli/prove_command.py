"""`procflow prove [PROCEDURE...]`: whether procedures keep what they promise, whatever happens."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.prove_shown import law_as_json, law_in_words, shortest, story, why_open
from procflow.cli.prove_shown import write_scenario as write
from procflow.cli.prove_words import move_in_words, said
from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, dim
from procflow.errors import BrokenDocument, Diagnostic, NotFound

if TYPE_CHECKING:
    from procflow.definitions.workspace import Begun, Documents
    from procflow.proof.findings import Finding
    from procflow.proof.proving import Proof
    from procflow.proof.space import Step
    from procflow.proof.verdicts import Verdict
    from procflow.rehearsal.proved_before import ProvedBefore
    from procflow.rehearsal.proving_ahead import ProvingAhead
    from procflow.rehearsal.stagehand import Shown, Stagehand
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
    shown: list[dict[str, Any]] = []
    proofs: list[Proof] = []
    world = _clock()
    began = world.monotonic()
    ahead = _ahead(names, tries, world, before if not anew else None) if known is None else None
    witnesses: list[Witness] = []
    ways: list[Witness] = []  # of what was found without being asked
    proving = 0.0  # seconds, over all processes
    for found in (
        ahead.show_all(budget, _progress, before.learn if before is not None else _nothing)
        if ahead is not None
        else _as_before(_named(names, known or {}), known or {})
    ):
        proofs.append(found.proof)
        proving += found.seconds
        witnesses += found.witnesses.values()
        ways += found.ways.values()
        shown.append(_as_json(found))
        if not s.json:
            _tell(found)
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    broken = [p for p in ahead.documents.problems if p.is_error] if ahead is not None else []
    between = ahead.hand.together(ahead.wanted) if together and ahead is not None else []
    if before is not None and ahead is not None:
        before.keep(ahead.documents, proofs)
    if not s.json:
        for law in between:
            click.echo("\n".join(law_in_words(law, s.language)))
    seconds = max(world.monotonic() - began, 1e-6)
    verdicts = [v for proof in proofs for v in proof.verdicts]
    bad = sum(v.verdict == "broken" for v in verdicts)
    undecided = sum(v.verdict == "not decided" for v in verdicts)
    findings = sum(len(proof.findings) for proof in proofs)
    left = any(proof.left for proof in proofs)
    told = witnesses or ways
    written = write(shortest(told), write_scenario) if write_scenario and told else []
    wrong = any(finding.is_error for proof in proofs for finding in proof.findings)
    failed = bool(
        bad or wrong or broken or any(law.broken for law in between)
        or (strict and (undecided or left or findings))
    )  # fmt: skip
    total: dict[str, Any] = {
        "promises": len(verdicts), "proved": len(verdicts) - bad - undecided, "broken": bad, "undecided": undecided,
        "findings": findings, "states": sum(p.states for p in proofs), "steps": sum(p.steps for p in proofs),
    }  # fmt: skip
    unchanged = sum(found["proved_before"] for found in shown)
    new = sum(found["states"] for found in shown if not found["proved_before"])
    rate = round(new / max(proving, 1e-6))
    if s.json:
        result = {
            "procedures": shown,
            "total": {
                **total,
                "proved_before": unchanged,
                "seconds": round(seconds, 3),
                "states_a_second": rate,
            },
        }
        result["written"] = written
        if together:
            result["together"] = [law_as_json(law, s.language) for law in between]
        result["diagnostics"] = [problem.as_json() for problem in broken]
        s.show(result, "", ok=not failed)
    else:
        for problem in broken:
            click.echo(problem.as_text(), err=True)
        for path in written:
            click.echo(said(s.language, "written", path=path))
        if write_scenario and not written:
            click.echo(said(s.language, "nothing_written", path=write_scenario))
        key = "nothing" if broken and not proofs else "total" if new or not proofs else "total_before"
        click.echo(bold(said(s.language, key, **total, rate=rate)))
        if unchanged:
            click.echo(said(s.language, "unchanged", procedures=unchanged))
    if failed:
        raise SystemExit(1)


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

    return begin_given(paths, tuple(s.given.get("plugins_dirs") or ()))


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


def _progress(name: str, states: int) -> None:
    """How far it is, where somebody looks on."""
    if sys.stderr.isatty():
        click.echo(
            f"\r\x1b[K{said(session().language, 'progress', name=name, states=states)}", nl=False, err=True
        )


# as text


def _tell(shown: Shown) -> None:
    proof, language = shown.proof, session().language
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    looked = f"{proof.states} " + said(language, "states")
    click.echo(f"{bold(proof.procedure)}  {dim(said(language, 'before') if shown.before else looked)}")
    for verdict in proof.verdicts:
        click.echo("\n".join(_verdict(verdict, shown)))
    for n, finding in enumerate(proof.findings):
        click.echo("\n".join(_finding(finding, proof)))
        if n in shown.ways:
            click.echo("\n".join(["", *(f"      {line}" for line in story(shown.ways[n], language)), ""]))
    if proof.left:
        click.echo(f"  {said(language, 'left')}")
    words = [assumed(word) for word in proof.assumptions]
    if words:
        click.echo(dim(f"  {said(language, 'assumed', words='; '.join(words))}"))


def assumed(word: str) -> str:
    """An assumption in words."""
    language = session().language
    for kind in ("invokes ", "opened by "):
        if word.startswith(kind):
            return said(language, kind.strip(), name=word.removeprefix(kind))
    return said(language, word)


def _verdict(verdict: Verdict, shown: Shown) -> list[str]:
    proof, language = shown.proof, session().language
    mark = {"proved": "✓", "broken": "✗"}.get(verdict.verdict, "?")
    lines = [f"  {mark} {verdict.promise}: {said(language, verdict.verdict)}"]
    if verdict.verdict == "proved":
        return lines
    lines[0] += f"  {dim(f'{proof.path}:{verdict.at[0]}')}"
    if verdict.reason:
        lines.append(f"      {said(language, verdict.reason, states=verdict.states)}")
    if verdict.suspicion is not None:
        lines.append(f"      {said(language, 'way', way=way_in_words(verdict.suspicion.way))}")
        if verdict.suspicion.last is not None:
            lines.append(f"      {said(language, 'then', step=way_in_words([verdict.suspicion.last]))}")
        if verdict.suspicion.forever:
            lines.append(f"      {said(language, 'for_ever')}")
    if verdict.promise in shown.witnesses:
        lines += ["", *(f"      {line}" for line in story(shown.witnesses[verdict.promise], language)), ""]
    if verdict.promise in shown.open:
        lines += [f"      {line}" for line in why_open(shown.open[verdict.promise], proof.path, language)]
    if verdict.free and verdict.verdict != "broken":
        lines.append(f"      {said(language, 'depends', conditions='; '.join(verdict.free))}")
    return lines


def way_in_words(way: Sequence[Step]) -> str:
    language = session().language
    return " → ".join(move_in_words(language, s.move.kind, s.move.name, s.move.state) for s in way)


def finding_key(finding: Finding) -> str:
    """The key of the words that say what was found."""
    if finding.kind in ("dead", "hang"):
        return f"{finding.kind}_{finding.detail}"
    of_a_message = finding.kind == "lost_message" and finding.what == "message"
    return "lost_message_message" if of_a_message else finding.kind


def _finding(finding: Finding, proof: Proof) -> list[str]:
    language = session().language
    key = finding_key(finding)
    line, column = finding.at
    lines = [f"  ! {proof.path}:{line}:{column}: {said(language, key, what=finding.what)}"]
    if finding.way:
        lines.append(f"      {said(language, 'way', way=way_in_words(finding.way))}")
    return lines


# as JSON


def _as_json(shown: Shown) -> dict[str, Any]:
    proof = shown.proof
    return {
        "procedure": proof.procedure,
        "path": proof.path,
        "states": proof.states,
        "steps": proof.steps,
        "complete": not proof.left,
        "proved_before": shown.before,
        "assumptions": list(proof.assumptions),
        "promises": [
            {
                "promise": v.promise, "verdict": v.verdict, "line": v.at[0], "column": v.at[1], "reason": v.reason,
                "way": _way(v.suspicion.way + ((v.suspicion.last,) if v.suspicion.last else ())) if v.suspicion else [],
                "for_ever": v.suspicion is not None and v.suspicion.forever, "depends_on": list(v.free),
                "states": v.states, **_shown_as_json(v.promise, shown),
            }
            for v in proof.verdicts
        ],
        "findings": [
            {
                "kind": f.kind, "severity": "error" if f.is_error else "warning", "what": f.what, "detail": f.detail, "line": f.at[0], "column": f.at[1], "way": _way(f.way),
                **(_told(shown.ways[n]) if n in shown.ways else {}),
            }
            for n, f in enumerate(proof.findings)
        ],
    }  # fmt: skip


def _shown_as_json(promise: str, shown: Shown) -> dict[str, Any]:
    """The scenario and its story; or where the way could not be gone, and the condition that would decide it."""
    if promise in shown.witnesses:
        return _told(shown.witnesses[promise])
    if promise in shown.open:
        left = shown.open[promise]
        return {
            "stopped_at": left.step,
            "why": left.why,
            "condition": left.condition,
            "condition_line": left.at[0],
        }
    return {}


def _told(witness: Witness) -> dict[str, Any]:
    return {"scenario": witness.document, "story": story(witness, session().language)}


def _way(way: Sequence[Step]) -> list[dict[str, str]]:
    return [{"kind": s.move.kind, "name": s.move.name, "state": s.move.state} for s in way]


__all__ = ["Diagnostic", "command"]
