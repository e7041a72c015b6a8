"""`procflow test [PATH...]`: rehearse procedures by their scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.session import COMMON, session
from procflow.cli.style import bold, dim
from procflow.errors import Diagnostic, NotFound

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents
    from procflow.rehearsal.coverage import Coverage
    from procflow.rehearsal.runner import TestResult

_WORDS = {
    "en": {"passed": "passed", "failed": "failed", "one": "test", "many": "tests", "states": "states",
           "transitions": "transitions", "coverage": "Coverage", "procedure": "procedure",
           "entered": "never entered", "taken": "never taken"},
    "da": {"passed": "bestået", "failed": "fejlet", "one": "prøve", "many": "prøver", "states": "tilstande",
           "transitions": "overgange", "coverage": "Dækning", "procedure": "procedure",
           "entered": "aldrig nået", "taken": "aldrig taget"},
}  # fmt: skip


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--coverage", is_flag=True, help="Show which states and transitions no test saw.")
@click.option("-k", "only", metavar="NAME", default="", help="Only tests with NAME in their name.")
@click.option(
    "--verbose", "-v", is_flag=True, help="Tell the journal of every test, not only of failed ones."
)
@click.option(
    "--mutate",
    is_flag=True,
    help="How good the tests are: small faults are put into the procedures, and the share that a test catches is told.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes for --mutate; else one for each core.")
@click.option("--sample", type=click.IntRange(min=1), help="Only so many faults, chosen by --seed.")
@click.option("--seed", default="0", show_default=True, help="Chooses the faults of --sample.")
@click.option(
    "--least",
    metavar="PERCENT",
    type=click.IntRange(0, 100),
    default=0,
    help="End with 1 when --mutate finds that a smaller share is caught.",
)
@COMMON
def command(
    paths: tuple[str, ...],
    coverage: bool,
    only: str,
    verbose: bool,
    mutate: bool,
    jobs: int | None,
    sample: int | None,
    seed: str,
    least: int,
) -> None:
    """Rehearse the workspace, or PATHS: every scenarios.yaml runs in the real engine with a jumping clock.

    PATHS are scenario files, procedure folders or whole folders, or names of procedures. Nothing is stored and nothing is sent. Ends
    with 1 when a test fails or a scenarios file does not check.

    With --mutate, PATHS are procedures and tables by name or path; every test of the workspace takes part.
    """
    s = session()
    if mutate:
        _mutate(paths, jobs or 0, sample or 0, seed, least)
        return
    w = s.words(_WORDS)
    documents = _documents(paths)
    files, broken = _files(documents)
    results: list[TestResult] = []
    for path, found in _run(documents, files, only):
        results += found
        if not s.json and found:
            click.echo(bold(path))
            for result in found:
                click.echo("\n".join(_told(result, w, verbose)))
    if not results and not broken:
        raise _nothing(files, only)
    covered = _coverage(documents, results) if coverage else []
    failed = sum(not result.passed for result in results)
    if s.json:
        _as_json(results, covered, broken, failed)
    else:
        for problem in broken:
            click.echo(problem.as_text(), err=True)
        if covered:
            click.echo("\n".join(["", *_table(covered, w)]))
        ok = len(results) - failed
        count = w["one"] if len(results) == 1 else w["many"]
        words = [f"{failed} {w['failed']}"] if failed else []
        click.echo(bold(f"{len(results)} {count}: " + ", ".join([f"{ok} {w['passed']}", *words])))
    if failed or broken:
        raise SystemExit(1)


def _mutate(names: tuple[str, ...], jobs: int, sample: int, seed: str, least: int) -> None:
    from procflow.cli.mutate import mutate

    documents = _documents(())
    files, broken = _files(documents)
    if broken:
        for problem in broken:
            click.echo(problem.as_text(), err=True)
        raise SystemExit(1)
    if not files:
        raise _nothing(files, "")
    mutate(documents, files, names, jobs=jobs, sample=sample, seed=seed, least=least)


def _documents(paths: tuple[str, ...]) -> Documents:
    s = session()
    if not paths and not s.is_inside:
        paths = (".",)
    if not paths:
        return s.app.documents()
    from procflow.app import check_given

    # scenarios alone rehearse nothing: those of the workspace that we are in
    around = s.folder if s.is_inside else ""
    return check_given(paths, tuple(s.given.get("plugins_dirs") or ()), around)


def _files(documents: Documents) -> tuple[list[str], list[Diagnostic]]:
    """The scenario files that can be run, and the errors of those that cannot (and of paths that are not there)."""
    asked = documents.asked
    wanted = [
        path
        for path, (kind, _) in sorted(documents.named.items())
        if kind == "scenarios" and path in documents.trees and (not asked or path in asked)
    ]
    names = set(wanted)
    wrong = [p for p in documents.diagnostics if p.is_error and (p.path in names or _is_scenarios(p.path))]
    if not names:  # a path that is not there, or no scenarios at all for other reasons
        wrong = [p for p in documents.diagnostics if p.is_error]
    bad = {p.path for p in wrong}
    return [path for path in wanted if path not in bad], wrong


def _is_scenarios(path: str) -> bool:
    return path.rpartition("/")[2] == "scenarios.yaml"


def _run(documents: Documents, files: list[str], only: str) -> Iterator[tuple[str, list[TestResult]]]:
    from procflow.rehearsal.runner import run_scenarios

    for path in files:
        yield path, run_scenarios(documents, documents.trees[path], path, only=only)


def _nothing(files: list[str], only: str) -> NotFound:
    if files and only:
        return NotFound(f"no test has {only!r} in its name", "`procflow test` lists them all")
    return NotFound("there are no scenarios here", "write a scenarios.yaml beside procedure.yaml")


def _told(result: TestResult, w: dict[str, str], verbose: bool) -> list[str]:
    if result.passed:
        lines = [f"  ✓ {result.name}" + (dim(f"  {result.duration * 1000:.0f} ms") if verbose else "")]
        return [*lines, *(f"      {line}" for line in result.journal)] if verbose else lines
    return [f"  ✗ {result.name}", *(f"    {line}" for line in result.as_text().splitlines())]


def _coverage(documents: Documents, results: list[TestResult]) -> list[Coverage]:
    """Of the procedures whose own scenarios ran; others that a test came by are measured by theirs."""
    from procflow.rehearsal.coverage import coverage_of

    rehearsed = {str(documents.trees[result.path]["scenarios"]) for result in results}
    found = coverage_of(documents.procedures, results)
    return [item for item in found if item.procedure in rehearsed]


def _table(covered: list[Coverage], w: dict[str, str]) -> list[str]:
    wide = max(len(w["procedure"]), *(len(item.procedure) for item in covered))
    lines = [bold(f"{w['coverage']:<{wide}}  {w['states']:>16}  {w['transitions']:>16}")]
    for item in covered:
        states = f"{item.states - len(item.missing_states)}/{item.states} {item.states_percent:>3}%"
        taken = item.transitions - len(item.missing_transitions)
        moves = f"{taken}/{item.transitions} {item.transitions_percent:>3}%"
        lines.append(f"{item.procedure:<{wide}}  {states:>16}  {moves:>16}")
    for item in covered:
        lines += [f"  {item.path}:{m.line}: {w['entered']}: {m.words}" for m in item.missing_states]
        lines += [f"  {item.path}:{m.line}: {w['taken']}: {m.words}" for m in item.missing_transitions]
    return [*lines, ""]


def _as_json(
    results: list[TestResult], covered: list[Coverage], broken: list[Diagnostic], failed: int
) -> None:
    shown: dict[str, Any] = {
        "tests": [result.as_json() for result in results],
        "passed": len(results) - failed,
        "failed": failed,
        "diagnostics": [problem.as_json() for problem in broken],
    }
    if covered:
        shown["coverage"] = [item.as_json() for item in covered]
    session().show(shown, "", ok=not (failed or broken))
