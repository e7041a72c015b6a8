"""A whole store as tables in one form, so that it can be brought from SQLite to PostgreSQL and back: what each table is
called, its columns, and the order of its rows; and a sum over all of them by which two stores are compared.

In this form steps have places from 1 on and counters are whole, however a store keeps them. It must not know SQL's
dialects, nor what a row means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from msgspec import Struct

from procflow.core.digest import sha256
from procflow.errors import StorageError

Row = tuple[Any, ...]


class Table(Struct, frozen=True):
    """`columns` and `order` are names, apart by commas."""

    name: str
    columns: str
    order: str


#: In the order in which rows can be written, for some name others.
TABLES = (
    Table("documents", "hash, kind, name, published_at, sha256, compiled", "hash"),
    Table("in_force", "kind, name, hash, since", "kind, name"),
    Table("cases", "number, case_id, procedure, definition, sequence, head, key_slot, closed, late, outcome, next_due,"
                   " tasks, snapshot", "number"),
    Table("journal", "place, number, sequence, command_id, at, ran_at, definition, surroundings, previous, hash,"
                     " entries", "place"),
    Table("answers", "command_id, answer", "command_id"),
    Table("tasks", "whose, act_by, due, since, number, task, kind, roles, people, deadline",
          "whose, act_by, due, since, number, task, kind"),
    Table("queues", "whose, work, items", "whose"),
    Table("turns", "place, last", "place"),
    Table("done_for", "person, at, number, sequence, choice, done_by", "person, at, number, sequence"),
    Table("effects", "number, sequence, n, channel, operation, parameters, state, attempts, next_try, wire, error,"
                     " lease_until, holder, asked_at, unless_left", "number, sequence, n"),
    Table("identities", "fingerprint, open, number", "fingerprint, open, number"),
    Table("inbound", "place, id, source, external_id, received, key_slot, content, raw_hash, state, case_id, reason",
          "place"),
    Table("drafts", "case_id, person, choice, key_slot, content", "case_id, person, choice"),
    Table("ticks", "name, last", "name"),
    Table("kept", "kind, name, value, until", "kind, name"),
    Table("access_log", "sequence, at, person, what, case_id, choice, code, previous, hash", "sequence"),
    Table("seals", "sequence, previous, hash, content", "sequence"),
    Table("counters", "number, slot, open, closed, late, sealed, sealed_access", "number"),
)  # fmt: skip

Rows = Callable[[Table], Iterator[Row]]


class Source(Protocol):
    def everything(self) -> AbstractContextManager[Rows]:
        """The rows of each table, all at one instant, while others go on."""
        ...


class Target(Protocol):
    def filled(self) -> AbstractContextManager[tuple[Callable[[Table, Iterable[Row]], None], Rows]]:
        """Writes rows, and reads them back, in one transaction that ends with the block: all of it or nothing.

        Raises UsageError where the store is not empty."""
        ...


class Sum:
    """A number of rows and a hash over them."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = sha256(b"")

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows again, while they are counted in."""
        for row in rows:
            self.rows += 1
            for value in row:
                data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
                self._hash.update(b"%s%d:" % (type(value).__name__[:1].encode(), len(data)))
                self._hash.update(data)
            yield row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.rows, self.digest) == (other.rows, other.digest)

    __hash__ = None  # type: ignore[assignment]

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def copy(
    source: Source, target: Target, beside: Mapping[Table, Callable[[], Iterable[Row]]] | None = None
) -> Mapping[str, int]:
    """Everything of one store into another, which is empty; -> rows by table. What was written is read back and
    compared before it becomes durable; else StorageError, and nothing is there. `beside` are further tables that only
    the target has."""
    with source.everything() as rows, target.filled() as (write, read_back):
        sums = {}
        for table in TABLES:
            sums[table.name] = Sum()
            write(table, sums[table.name].over(rows(table)))
        for table, more in (beside or {}).items():
            write(table, more())
        for table in TABLES:
            there = Sum()
            for _ in there.over(read_back(table)):
                pass
            if there != sums[table.name]:
                raise StorageError(
                    f"the copy of the table {table.name} is not what was copied; nothing was kept of it",
                    "look at the disks of both, and try again",
                    {"table": table.name, "rows": (sums[table.name].rows, there.rows)},
                )
    return {name: one.rows for name, one in sums.items()}
