"""How `procflow prove` tells of one procedure, to people and as JSON: its promises, and what else was found."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.prove_shown import story, went, why_open
from procflow.cli.prove_words import move_in_words, said
from procflow.cli.session import session
from procflow.cli.style import bold, clear_progress, dim

if TYPE_CHECKING:
    from procflow.proof.findings import Finding
    from procflow.proof.proving import Proof
    from procflow.proof.space import Step
    from procflow.proof.verdicts import Suspicion, Verdict
    from procflow.rehearsal.stagehand import Shown
    from procflow.rehearsal.witness import Witness


def progress(name: str, states: int) -> None:
    """How far it is, where somebody looks on."""
    if sys.stderr.isatty():
        click.echo(
            f"\r\x1b[K{said(session().language, 'progress', name=name, states=states)}", nl=False, err=True
        )


# as text


def tell(shown: Shown) -> None:
    proof, language = shown.proof, session().language
    clear_progress()
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
    witness = shown.witnesses.get(verdict.promise)
    if verdict.suspicion is not None and (witness is None or went(witness, verdict.suspicion)):
        lines += [f"      {line}" for line in _suspected(verdict.suspicion, language)]
    if verdict.promise in shown.witnesses:
        lines += ["", *(f"      {line}" for line in story(shown.witnesses[verdict.promise], language)), ""]
    if verdict.promise in shown.open:
        lines += [f"      {line}" for line in why_open(shown.open[verdict.promise], proof.path, language)]
    if verdict.free and verdict.verdict != "broken":
        lines.append(f"      {said(language, 'depends', conditions='; '.join(verdict.free))}")
    return lines


def _suspected(found: Suspicion, language: str) -> list[str]:
    last = "" if found.last is None else way_in_words([found.last])
    if last and not found.way:
        return [said(language, "at_once", step=last)]
    lines = [said(language, "way", way=way_in_words(found.way))]
    lines += [said(language, "then", step=last)] if last else []
    return [*lines, said(language, "for_ever")] if found.forever else lines


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


def as_json(shown: Shown) -> dict[str, Any]:
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
            "cut_short": left.cut_short,
        }
    return {}


def _told(witness: Witness) -> dict[str, Any]:
    return {"scenario": witness.document, "story": story(witness, session().language)}


def _way(way: Sequence[Step]) -> list[dict[str, str]]:
    return [{"kind": s.move.kind, "name": s.move.name, "state": s.move.state} for s in way]
