"""Where the rows of a table stand in its file, and which of its columns anybody reads. It must not know mutants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from procflow.core.expressions import Call, Compare, Index, Literal, Node, Select, children
from procflow.core.procedure import At, Procedure
from procflow.definitions.nodes import YList, YMap
from procflow.rehearsal.expressions_of import expressions_of
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


def columns_read(procedures: Iterable[Procedure], table: str) -> frozenset[str] | None:
    """The columns of a table that some expression reads; None where one takes a row as a whole, and so all of them.

    What stands in a column that nobody reads makes no difference to any case: that is proved by this very list.
    """
    found: set[str] = set()
    for procedure in procedures:
        for expression in expressions_of(procedure):
            for name in _of_rows(expression.node, None, table):
                if name is None:
                    return None
                found.add(name)
    return frozenset(found)


def _of_rows(node: Node, around: Node | None, table: str) -> Iterator[str | None]:
    """The column that is read of each row of the table; None where it is the row. `around` is the node around it.

    Whether there is such a row at all (`table("t")[key] != null`) reads no column.
    """
    if isinstance(node, Call) and node.function == "table" and node.args:
        first = node.args[0]
        if isinstance(first, Literal) and first.value == table and not isinstance(around, Index):
            yield None
    if isinstance(node, Index) and _is_table(node.of, table):
        if isinstance(around, Select):
            yield around.field
        elif not _asks_whether(around):
            yield None
    for inner in children(node):
        yield from _of_rows(inner, node, table)


def _is_table(node: Node, table: str) -> bool:
    return (
        isinstance(node, Call) and node.function == "table" and bool(node.args)
        and isinstance(node.args[0], Literal) and node.args[0].value == table
    )  # fmt: skip


def _asks_whether(around: Node | None) -> bool:
    if not isinstance(around, Compare) or around.operator not in ("==", "!="):
        return False
    return any(isinstance(side, Literal) and side.value is None for side in (around.left, around.right))
