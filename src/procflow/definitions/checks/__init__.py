"""Everything that a careful reader could see in the documents of a workspace, in groups of rules.

Each group is a module that looks at one document and gives diagnostics; `check_all` asks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from procflow.errors import Diagnostic

if TYPE_CHECKING:
    from procflow.definitions.checks.known import Known
    from procflow.definitions.workspace import Documents


def check_all(
    documents: Documents,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    evidence_channels: Collection[str] = (),
    exists: Callable[[str], bool] | None = None,
    only: Collection[str] = (),
) -> list[Diagnostic]:
    """Every problem of every document that was built, or of those at the paths `only`, sorted by path and place, each once.

    `functions` (name -> function, for expressions) and `evidence_channels` are those of the plugins; `exists`
    says whether there is a file at a path of the workspace, and without it no file is looked for. Problems that
    reading and building found are not repeated.
    """
    from procflow.definitions.checks import misspelt, organisation, scenarios, tables_and_decisions, texts
    from procflow.definitions.checks.derived import without_derived
    from procflow.definitions.checks.known import known_of

    known = known_of(documents, functions, evidence_channels)
    found: list[Diagnostic] = []
    for path, (kind, name) in documents.named.items():
        if only and path not in only:
            continue
        tree = documents.trees[path]
        broken = [p for p in documents.problems if p.path == path and p.is_error]
        found += texts.check(path, kind, tree, known.languages)
        if kind == "organisation":
            found += organisation.check(path, tree)
        elif kind == "tables" and (table := documents.tables.get(name)) is not None:
            found += tables_and_decisions.check_rows(path, tree, table, known)
        elif path in documents.scenarios:
            found += scenarios.check(path, tree, known, exists)
        elif kind == "procedure" and path in documents.doubtful:
            found += misspelt.check(documents, path, known)
        elif kind == "procedure" and (made := documents.procedures.get(name)) and made.path == path:
            found += check_procedure(documents, path, known, broken)
    return sorted(set(without_derived(found, documents.problems)) - set(documents.problems))


def check_procedure(
    documents: Documents, path: str, known: Known, broken: Collection[Diagnostic]
) -> list[Diagnostic]:
    """Every problem of one procedure; `broken` are the errors that building found in it."""
    from procflow.definitions.checks import (
        addresses,
        circles,
        data,
        graph,
        names,
        nesting,
        outcomes,
        overlaps,
        placeholders,
        privacy,
        tables_and_decisions,
        texts,
        times,
    )
    from procflow.definitions.checks.examined import Examined
    from procflow.definitions.checks.walk import look

    _, name = documents.named[path]
    examined = Examined(path, documents.trees[path], documents.procedures[name], known)
    found, seen = look(examined)
    found += names.check(examined)
    found += graph.check(examined)
    found += circles.check(examined)
    found += nesting.check(examined)
    found += overlaps.check(examined)
    found += data.check(examined, seen)
    found += privacy.check(examined, seen)
    found += outcomes.check(examined, seen)
    found += texts.check_instants(path, seen)
    found += addresses.check(examined)
    found += placeholders.check(path, documents.trees[path])
    found += times.check(examined, seen)
    lines = frozenset(problem.line for problem in broken if problem.code in ("PF219", "PF220"))
    found += tables_and_decisions.check(examined, seen, lines)
    return found
