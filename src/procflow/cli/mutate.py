"""`procflow test --mutate`: how good the rehearsals are, told procedure by procedure, with what no test caught."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.session import session
from procflow.cli.style import bold, clear_progress, dim
from procflow.errors import NotFound

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents
    from procflow.rehearsal.mutation import Verdict
    from procflow.rehearsal.survivors import Listed

_WORDS = {
    "en": {"rehearsing": "rehearsing", "mutants": "mutants", "caught": "caught", "survived": "survived",
           "accepted": "let be", "all": "all", "procedure": "procedure", "survivors": "Not caught",
           "why": "let be", "idle": "listed for nothing"},
    "da": {"rehearsing": "øver", "mutants": "mutanter", "caught": "fanget", "survived": "overlevet",
           "accepted": "ladt være", "all": "alle", "procedure": "procedure", "survivors": "Ikke fanget",
           "why": "ladt være", "idle": "står der til ingen nytte"},
}  # fmt: skip
_BAR = 30


def mutate(
    documents: Documents,
    files: list[str],
    names: Sequence[str],
    *,
    jobs: int,
    sample: int,
    seed: str,
    least: int,
) -> None:
    """Judge the mutants of the procedures and tables named (none: all), tell the result; SystemExit(1) where the
    share caught is less than `least` percent, or a survivor is listed for nothing."""
    from procflow.builtin.world import RealWorld
    from procflow.rehearsal.cores import cores
    from procflow.rehearsal.mutation import Mutation, sampled

    s = session()
    w = s.words(_WORDS)
    clock = RealWorld().monotonic
    began = clock()
    wanted = _wanted(documents, names)
    mutation = Mutation(documents, files)
    mutation.rehearse(lambda n, of: _progress(w["rehearsing"], n, of))
    mutants = mutation.mutants(wanted)
    chosen = sampled(mutants, sample, seed) if sample else mutants
    verdicts: list[Verdict] = []
    for verdict in mutation.judge_all(chosen, jobs or cores()):
        verdicts.append(verdict)
        _progress(w["mutants"], len(verdicts), len(chosen))
    clear_progress()
    idle = [] if sample else mutation.accepted.idle(chosen, [v.mutant for v in verdicts if not v.caught])
    total = _figures(verdicts)
    seconds = round(clock() - began, 1)
    good = total["percent"] >= least and not idle
    if s.json:
        s.show(
            _as_json(verdicts, idle, {**total, "seconds": seconds, "tests": len(mutation.tests)}), "", ok=good
        )
    else:
        _tell(verdicts, idle, total, seconds, w)
    if not good:
        raise SystemExit(1)


def _wanted(documents: Documents, names: Sequence[str]) -> list[str]:
    """The procedures and tables named, by name or by a path of their own. Raises NotFound."""
    known = {*documents.procedures, *documents.tables}
    paths = {path: name for path, (kind, name) in documents.named.items() if kind in ("procedure", "tables")}
    found: list[str] = []
    for name in names:
        inside = [n for path, n in paths.items() if f"{path}/".startswith(f"{name.rstrip('/')}/")]
        if name in known:
            found.append(name)
        elif inside:
            found += inside
        else:
            from procflow.core.nearest import did_you_mean

            raise NotFound(f"there is no procedure and no table {name!r}", did_you_mean(name, known))
    return found


# progress


def _progress(what: str, n: int, of: int) -> None:
    """A bar, where somebody looks on."""
    if sys.stderr.isatty() and of:
        done = n * _BAR // of
        click.echo(f"\r\x1b[K[{'#' * done}{'.' * (_BAR - done)}] {what} {n}/{of}", nl=False, err=True)


# figures


def _figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Counted; a percentage is rounded down, so that 100 means all, and what is let be counts for neither side."""
    caught = sum(v.caught for v in verdicts)
    accepted = sum(v.accepted for v in verdicts)
    of = len(verdicts) - accepted
    return {
        "mutants": len(verdicts), "caught": caught, "survived": of - caught, "accepted": accepted,
        "percent": caught * 100 // of if of else 100,
    }  # fmt: skip


def _by_document(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.mutant.document, []).append(verdict)
    return found


def _tell(
    verdicts: Sequence[Verdict],
    idle: Sequence[tuple[Listed, str]],
    total: dict[str, Any],
    seconds: float,
    w: dict[str, str],
) -> None:
    groups = _by_document(verdicts)
    wide = max([len(w["procedure"]), *map(len, groups)])
    heads = (w["mutants"], w["caught"], w["survived"], w["accepted"], "%")
    click.echo(bold(f"{w['procedure']:<{wide}}" + "".join(f"  {head:>9}" for head in heads)))
    for name, found in groups.items():
        click.echo(_row(name, _figures(found), wide))
    click.echo(bold(_row(w["all"], total, wide)) + dim(f"  {seconds} s"))
    alive = [v for v in verdicts if not v.caught]
    if alive:
        click.echo("\n" + bold(w["survivors"]))
    for verdict in alive:
        m = verdict.mutant
        click.echo(f"{m.path}:{m.at[0]}: {m.words}")
        click.echo(dim(f"    {m.key}"))
        if verdict.reason:
            click.echo(f"    {w['why']}: {verdict.reason}")
        elif verdict.hint is not None:
            click.echo(f"    → {verdict.hint.as_text()}")
    for item, why in idle:
        click.echo(f"{item.path}:{item.at[0]}: {w['idle']}: {item.key}: {why}", err=True)


def _row(name: str, figures: dict[str, Any], wide: int) -> str:
    cells = (figures[key] for key in ("mutants", "caught", "survived", "accepted", "percent"))
    return f"{name:<{wide}}" + "".join(f"  {cell:>9}" for cell in cells)


def _as_json(
    verdicts: Sequence[Verdict], idle: Sequence[tuple[Listed, str]], total: dict[str, Any]
) -> dict[str, Any]:
    return {
        "procedures": [
            {"procedure": name, **_figures(found)} for name, found in _by_document(verdicts).items()
        ],
        "total": total,
        "survivors": [_survivor(v) for v in verdicts if not v.caught],
        "idle": [
            {"key": item.key, "why": why, "path": item.path, "line": item.at[0], "column": item.at[1]}
            for item, why in idle
        ],
    }


def _survivor(verdict: Verdict) -> dict[str, Any]:
    m, hint = verdict.mutant, verdict.hint
    return {
        "key": m.key, "kind": m.kind, "procedure": m.document, "path": m.path, "line": m.at[0], "column": m.at[1],
        "what": m.words, "tests": verdict.ran, "reason": verdict.reason,
        "hint": None if hint is None else {
            "words": hint.words, "path": hint.path, "line": hint.line, "test": hint.test,
        },
    }  # fmt: skip
