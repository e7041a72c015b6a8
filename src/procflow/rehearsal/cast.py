"""What takes part in a rehearsal: compiled procedures, the organisation and its tables, put into a store.

The same compiled forms as the real thing publishes. What a scenario lays over them (`people`, `change`)
is built here from YAML. It must not know steps or cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import structs

from procflow.core.nearest import did_you_mean
from procflow.core.organisation import Organisation
from procflow.core.procedure import Field, Procedure, procedure_to_json
from procflow.core.tables import Table, Version, table_to_json
from procflow.definitions.building import Builder, is_null, written
from procflow.definitions.documents import build_organisation, parameter
from procflow.definitions.nodes import YList, YMap, items_of
from procflow.engine import Engine
from procflow.ports import Store
from procflow.rehearsal.failure import Failed, key_of, place_of

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents


#: A hash, what it is of (kind and name), and the compiled form.
Compiled = tuple[str, str, str, bytes]


@dataclass(frozen=True)
class Known:
    """Compiled forms read and written, by their hash and by the document: they never change, so once is enough."""

    procedures: dict[str, Procedure] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    written: dict[int, tuple[Any, Compiled]] = field(default_factory=dict)


def _hashed(kind: str, name: str, data: bytes) -> Compiled:
    return hashlib.sha256(data).hexdigest(), kind, name, data


@dataclass(frozen=True)
class Cast:
    """The documents of a workspace as a rehearsal needs them. `organisation_document` is the YAML behind it.

    `known` is what the engines of this cast, and of those made from it, have read of the compiled forms.
    """

    procedures: Mapping[str, Procedure]
    organisation: Organisation
    tables: Mapping[str, Table] = field(default_factory=dict)
    organisation_document: YMap = field(default_factory=YMap)
    known: Known = field(default_factory=Known)
    rules: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # of `take`, which plugins bring

    @cached_property
    def _compiled(self) -> list[Compiled]:
        documents = [self._written("procedure", name, item) for name, item in self.procedures.items()]
        documents += [self._written("table", name, item) for name, item in self.tables.items()]
        return [*documents, _hashed("organisation", self.organisation.name, self.organisation.to_json())]

    def _written(self, kind: str, name: str, item: Any) -> Compiled:
        """The compiled form of a document, written once however many casts it takes part in."""
        written = self.known.written.get(id(item))
        if written is None:
            data = procedure_to_json(item) if kind == "procedure" else table_to_json(item)
            written = self.known.written[id(item)] = (item, _hashed(kind, name, data))
        return written[1]

    def hash_of(self, kind: str, name: str) -> str:
        """The hash of the compiled form of a document."""
        return next(hash for hash, *what, _ in self._compiled if what == [kind, name])

    @classmethod
    def of(cls, documents: Documents) -> Cast:
        """What may be used of a workspace's documents, the same each time. Raises Failed without an organisation."""
        made: Cast | None = documents.worked_out.get("cast")
        if made is None:
            made = documents.worked_out["cast"] = cls._made(documents)
        return made

    @classmethod
    def _made(cls, documents: Documents) -> Cast:
        path = documents.path_of("organisation")
        if documents.organisation is None or not documents.is_good(path):
            why = f"{path} does not check" if path else "there is no organisation"
            hint = "run `procflow check`" if path else "write one, or name the workspace with --workspace"
            raise Failed(f"nothing can be rehearsed: {why}", (1, 1), hint)
        return cls(
            documents.good_procedures,
            documents.organisation,
            documents.tables,
            documents.trees[path],
            rules=documents.rules,
        )

    def enter(self, store: Store, engine: Engine, command_id: str, at: datetime) -> None:
        """Put everything in force."""
        engine.share(self.known.procedures, self.known.organisations, self.known.tables)
        store.publish(self._compiled, at)
        tables = {name: hash for hash, kind, name, _ in self._compiled if kind == "table"}
        organisation = next(hash for hash, kind, _, _ in self._compiled if kind == "organisation")
        engine.publish_surroundings(command_id, organisation, tables)
        engine.declare_lookups(f"{command_id}/lookups", self.procedures.values())

    def laid_over(self, changes: YMap) -> Cast:
        """With parts of the organisation replaced or added, as a scenario's `people` or `change` says.

        Raises Failed where the parts do not fit together.
        """
        parts = _organisation_parts(changes, self.organisation, self.organisation_document)
        merged = _merged(self.organisation_document, changes)
        return replace(self, organisation=self.organisation.laid_over(parts), organisation_document=merged)

    def with_rows(self, table: str, rows: YList, at: tuple[int, int]) -> Cast:
        """With these rows, and no others, in a table, on every day. Raises Failed."""
        old = self.tables.get(table)
        if old is None:
            raise Failed(f"there is no table `{table}`", at, did_you_mean(table, self.tables))
        columns = {column.name: column for column in old.columns}
        made = tuple(_row(row, columns, self.organisation) for row in rows)
        new = structs.replace(old, versions=(Version(None, None, made),))
        return replace(self, tables={**self.tables, table: new})


def _row(row: Any, columns: Mapping[str, Field], organisation: Organisation) -> dict[str, Any]:
    if not isinstance(row, YMap):
        raise Failed("a row is a mapping of columns to values", place_of(row))
    builder = Builder("", zone=organisation.zone, languages=organisation.languages)
    cells: dict[str, Any] = {}
    for name, node in row.items():
        column = columns.get(str(name))
        if column is None:
            raise Failed(
                f"the table has no column `{name}`", key_of(row, name), did_you_mean(str(name), columns)
            )
        cells[str(name)] = builder.typed(column, node)
        if builder.problems:
            raise Failed(builder.problems[0].message, place_of(node))
    return cells


def _organisation_parts(changes: YMap, organisation: Organisation, document: YMap) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for key, node in changes.items():
        if key in ("people", "roles", "mailboxes", "parameters") and not isinstance(node, YMap):
            raise Failed(f"`{key}` is a mapping", place_of(node))
        if key == "people":
            parts["people"] = {str(name): _person(facts) for name, facts in node.items()}
        elif key == "roles":
            parts["roles"] = {str(name): _names(words) for name, words in node.items()}
        elif key == "mailboxes":
            parts["mailboxes"] = {str(name): str(address) for name, address in node.items()}
        elif key == "parameters":
            parts["parameters"] = {str(name): parameter(value) for name, value in node.items()}
        elif key in ("languages", "stand_in"):
            parts[str(key)] = [str(item) for item in (node if isinstance(node, YList) else [node])]
        elif key in ("calendar", "timezone"):
            parts["calendar"] = _calendar(changes, document)
        else:
            known = (
                "people",
                "roles",
                "mailboxes",
                "parameters",
                "languages",
                "stand_in",
                "calendar",
                "timezone",
            )
            raise Failed(
                f"the organisation has no `{key}`", key_of(changes, key), did_you_mean(str(key), known)
            )
    roles = {*organisation.roles, *parts.get("roles", ())}
    people = {*organisation.people, *parts.get("people", ())}
    for facts in (changes.get("people") or {}).values():
        for role in items_of((facts or {}).get("roles")):
            if role not in roles:
                raise Failed(f"there is no role `{role}`", place_of(role), did_you_mean(str(role), roles))
        mate = (facts or {}).get("mate")
        if mate and mate not in people:
            raise Failed(f"there is no person `{mate}`", place_of(mate), did_you_mean(str(mate), people))
    return parts


def _calendar(changes: YMap, document: YMap) -> Any:
    """The calendar with these keys laid over; what it leaves out stays as it is."""
    merged = _merged(document, changes)
    for key in ("people", "roles", "stand_in", "mailboxes", "parameters"):
        merged.pop(key, None)
    merged.setdefault("organisation", "rehearsed")
    made, problems = build_organisation(merged, "")
    if made is None:
        first = problems[0]
        raise Failed(first.message, (first.line, first.column), first.hint)
    return made.calendar


def _merged(document: YMap, changes: YMap) -> YMap:
    """Key by key, mappings laid over mappings; anything else replaced."""
    merged = YMap(document, document.line, document.column)
    merged.key_at = {**document.key_at, **changes.key_at}
    for key, node in changes.items():
        old = merged.get(key)
        merged[key] = _merged(old, node) if isinstance(old, YMap) and isinstance(node, YMap) else node
    return merged


def _person(node: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for key, item in (node or {}).items():
        if key == "roles":
            facts["roles"] = [str(role) for role in items_of(item)]
        else:
            facts[str(key)] = None if is_null(item) else written(Field(str(key), "string"), item)
    return facts


def _names(node: Any) -> dict[str, str]:
    if isinstance(node, YMap):
        return {str(language): str(text) for language, text in node.items()}
    return {"": str(node)}
