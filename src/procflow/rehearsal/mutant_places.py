"""Where the rows of a table stand in its file; the compiled table does not keep it. It knows YAML, and no mutants."""

from __future__ import annotations

from procflow.core.procedure import At
from procflow.definitions.nodes import YList, YMap
from procflow.rehearsal.failure import place_of


def lines_of_rows(tree: YMap) -> dict[tuple[int, int], At]:
    """(version, row), both from 0 -> line and column."""
    versions = tree["versions"] if isinstance(tree.get("versions"), YList) else YList([tree])
    found: dict[tuple[int, int], At] = {}
    for v, version in enumerate(versions):
        rows = version.get("rows") if isinstance(version, YMap) else None
        for n, row in enumerate(rows if isinstance(rows, YList) else ()):
            found[v, n] = place_of(row)
    return found
