"""What of the organisation a proof takes as it stands: parameters, mailboxes, roles and who holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from procflow.core.organisation import Organisation
from procflow.core.tables import Table

#: Functions that `Standing` answers.
STANDS = frozenset({"param", "mailbox", "role", "members"})


class Standing:
    """A scope without a case."""

    def __init__(self, organisation: Organisation | None, tables: Mapping[str, Table] | None = None) -> None:
        self.organisation, self.tables = organisation, tables or {}
        self.zone = organisation.zone if organisation is not None else "UTC"
        self.members: Mapping[str, tuple[str, ...]] = organisation.members if organisation is not None else {}

    def surely(self, table: str, column: str, keys: Collection[Any]) -> bool:
        """Whether a table has a value in a column for each of these keys, in every one of its versions."""
        found = self.tables.get(table)
        if found is None or not found.versions:
            return False
        for version in found.versions:
            rows = {str(row.get(found.key_column)): row for row in version.rows}
            if any(rows.get(str(key), {}).get(column) is None for key in keys):
                return False
        return True

    def full(self, table: str, column: str) -> bool:
        """Whether every row that a table has in any of its versions has a value in this column."""
        found = self.tables.get(table)
        return found is not None and all(
            row.get(column) is not None for version in found.versions for row in version.rows
        )

    def same_rows(self, table: str) -> bool:
        """Whether a table has rows for the same keys in each of its versions, so that no day takes one away."""
        found = self.tables.get(table)
        if found is None:
            return False
        return len({frozenset(str(row.get(found.key_column)) for row in v.rows) for v in found.versions}) == 1

    def person(self, value: Any) -> Any:
        """The person of that code; any other value as it is."""
        persons = self.organisation.persons if self.organisation is not None else {}
        return persons.get(value, value) if isinstance(value, str) else value

    def name(self, name: str) -> Any:
        raise KeyError(name)

    def call(self, function: str, args: Sequence[Any]) -> Any:
        if self.organisation is None or function not in STANDS:
            raise KeyError(function)
        first = args[0] if args else ""
        word = str(first.get("role") or first.get("id") if isinstance(first, Mapping) else first)
        if function == "param":
            return self.organisation.parameters.get(word)
        if function == "mailbox":
            return self.organisation.mailboxes.get(word)
        if function == "role":
            return {"role": word}
        persons = self.organisation.persons
        return tuple(persons[name] for name in self.members.get(word, ()))
