"""What the rest of the workspace declares, as far as it is known.

Of what is not known at all (no organisation was given, plugins were not loaded) nothing is checked: such a part
is None. Names count as known even where the document that declares them has other problems. It must not know
the document that is checked against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from procflow.core.nearest import nearest
from procflow.core.procedure import Procedure
from procflow.core.tables import Table
from procflow.core.values import Value, plain
from procflow.definitions.checks.others import (
    case_of,
    channels_asked_for,
    openings_by,
    read_of_others,
    signals_in,
)
from procflow.definitions.checks.shapes import row_of, signature_of, type_of_value, typed_of
from procflow.definitions.functions import FUNCTIONS, Signature
from procflow.definitions.nodes import YList, YMap
from procflow.definitions.sources import SETTINGS, kind_by_place
from procflow.definitions.types import ANY, Enum, ListOf, MapOf, Record, Type, Typed

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents

#: What every workspace can judge evidence from; plugins add theirs (`register_evidence_checks`).
EVIDENCE_CHANNELS = ("mail", "messenger", "sms")

Operations = Mapping[str, Mapping[str, Any]]
_WORD = re.compile(r"[a-z][a-z0-9_]*")


class Codes(frozenset[str]):
    """People's codes: as people type them, in any case."""

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and super().__contains__(word.strip().lower())


@dataclass(frozen=True)
class Known:
    """The workspace around a document. Of a table or procedure that is not good only the name is known."""

    roles: Collection[str] | None = None
    people: Collection[str] | None = None
    mailboxes: Collection[str] | None = None
    parameters: Mapping[str, Value] | None = None
    tables: Mapping[str, Table | None] | None = None
    procedures: Mapping[str, Procedure | None] | None = None
    operations: Operations | None = None
    languages: tuple[str, ...] = ()
    #: Procedures that a file names which could not be understood: it may open them, and signal to their cases.
    doubted: Collection[str] = ()
    functions: Mapping[str, Signature] = field(default_factory=lambda: FUNCTIONS)
    evidence_channels: Collection[str] = EVIDENCE_CHANNELS
    #: What a message may come by: channels of plugins, of evidence and of forms, and what procedures ask for.
    message_channels: Collection[str] | None = None
    #: Those of them that have a name by themselves, not because a procedure asks for it.
    named_channels: Collection[str] | None = None

    @cached_property
    def results(self) -> Operations:
        """The JSON Schema of the result of each operation that answers later."""
        return {
            name: schema["x-result"]
            for name, schema in (self.operations or {}).items()
            if isinstance(schema.get("x-result"), Mapping)
        }

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], Type | Typed]:
        """(function, literal) -> what it gives, for all that the workspace knows: parameters, tables, open cases."""
        found: dict[tuple[str, str], Type | Typed] = {}
        for name, value in (self.parameters or {}).items():
            found["param", name] = type_of_value(value).but(unset=False)
        for name, table in (self.tables or {}).items():
            if table is not None:
                key = next((c for c in table.columns if c.name == table.key_column), None)
                words = typed_of(key).type if key is not None else None
                keys = (row.get(table.key_column) for version in table.versions for row in version.rows)
                rows = frozenset(plain(key) for key in keys if key is not None)
                named = words if isinstance(words, Enum) else None
                found["table", name] = MapOf(row_of(table), named, rows)
        for name, procedure in (self.procedures or {}).items():
            found["cases", name] = ListOf(case_of(procedure) if procedure is not None else ANY)
        return found

    @cached_property
    def asked_by(self) -> Mapping[tuple[str, str], Record]:
        """(function, literal) -> the fields by which it may be asked, for the cases of other procedures."""
        found = {}
        for name, procedure in (self.procedures or {}).items():
            if procedure is not None:
                fields: dict[str, Type | Typed] = {item.name: typed_of(item) for item in procedure.data}
                found["cases", name] = Record(f"the data of {name}", fields)
        return found

    @cached_property
    def starters(self) -> Mapping[str, tuple[frozenset[str], ...]]:
        """procedure -> for each place where a known procedure starts or invokes it, the fields that it is given."""
        found: dict[str, list[frozenset[str]]] = {}
        for procedure in (self.procedures or {}).values():
            for name, given in openings_by(procedure) if procedure is not None else ():
                found.setdefault(name, []).append(
                    frozenset(key for key, value in given.items() if value is not None)
                )
        return {name: tuple(withs) for name, withs in found.items()}

    @cached_property
    def signals(self) -> Mapping[str, tuple[tuple[str, frozenset[str]], ...]]:
        """procedure -> the events that known procedures signal to its cases, with the fields that say to which."""
        found: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for procedure in (self.procedures or {}).values():
            for name, event, where in signals_in(procedure) if procedure is not None else ():
                found.setdefault(name, []).append((event, frozenset(where)))
        return {name: tuple(events) for name, events in found.items()}

    @cached_property
    def read_elsewhere(self) -> Mapping[str, frozenset[str]]:
        """procedure -> its fields that other procedures ask for: in results, look-ups and signals."""
        found: dict[str, set[str]] = {}
        for procedure in (self.procedures or {}).values():
            for name, fields in read_of_others(procedure) if procedure is not None else ():
                found.setdefault(name, set()).update(fields)
        return {name: frozenset(fields) for name, fields in found.items()}


def known_of(
    documents: Documents,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    evidence_channels: Collection[str] = (),
) -> Known:
    """What the documents of a workspace declare; `functions` and `evidence_channels` are those of plugins."""
    whole = SETTINGS in documents.sources
    organisation = documents.trees.get(documents.path_of("organisation"))
    roles, people, mailboxes, parameters = (
        None if organisation is None else _keys(organisation, key)
        for key in ("roles", "people", "mailboxes", "parameters")
    )
    good = documents.organisation.parameters if documents.organisation is not None else {}
    tables = {name: documents.tables.get(name) for kind, name in documents.named.values() if kind == "tables"}
    procedures = {
        name: documents.procedures.get(name) for kind, name in documents.named.values() if kind == "procedure"
    }
    for path in documents.sources:  # of a file that cannot be read at all the name is where it stands
        kind = kind_by_place(path)
        if path not in documents.named and kind == "procedure":
            procedures.setdefault(path.split("/")[-2], None)
        elif path not in documents.named and kind == "tables":
            tables.setdefault(path.split("/")[-1].removesuffix(".yaml"), None)
    doubted = {
        word
        for path, text in documents.sources.items()
        if kind_by_place(path) == "procedure" and procedures.get(_name_of(documents, path)) is None
        for word in _WORD.findall(text.decode("utf-8", "replace"))
        if word in procedures
    }
    for procedure in documents.procedures.values():  # whose name is misspelt where it is opened
        for name, _ in openings_by(procedure):
            if name not in procedures and (near := nearest(name, procedures)):
                doubted.add(near)
    return Known(
        doubted=doubted,
        roles=roles,
        people=None if people is None else Codes(people),
        mailboxes=mailboxes,
        parameters=None if parameters is None else {name: good.get(name) for name in parameters},
        tables=tables if whole or tables else None,
        procedures=procedures if whole else None,
        operations=documents.operations or None,
        languages=_languages(organisation),
        functions={**{n: signature_of(f) for n, f in (functions or {}).items()}, **FUNCTIONS},
        evidence_channels=tuple(dict.fromkeys((*EVIDENCE_CHANNELS, *evidence_channels))),
        message_channels=_message_channels(documents, evidence_channels) if documents.operations else None,
        named_channels=_named_channels(documents, evidence_channels) if documents.operations else None,
    )


def _named_channels(documents: Documents, evidence_channels: Collection[str]) -> Collection[str]:
    brought = {operation.partition(".")[0] for operation in documents.operations}
    return {"form", *EVIDENCE_CHANNELS, *evidence_channels, *brought, *documents.channels}


def _message_channels(documents: Documents, evidence_channels: Collection[str]) -> Collection[str]:
    words: set[str] = set()
    for path, text in documents.sources.items():
        if kind_by_place(path) == "procedure" and b"message.channel" in text:
            procedure = documents.procedures.get(_name_of(documents, path))
            asked = channels_asked_for(procedure) if procedure is not None else None
            # of a channel that is kept any word of the file may be one
            words |= set(_WORD.findall(text.decode("utf-8", "replace"))) if asked is None else asked
    return {*_named_channels(documents, evidence_channels)} | words


def _name_of(documents: Documents, path: str) -> str:
    return documents.named[path][1] if path in documents.named else path.split("/")[-2]


def _keys(document: YMap, key: str) -> tuple[str, ...]:
    node = document.get(key)
    return tuple(map(str, node)) if isinstance(node, YMap) else ()


def _languages(organisation: YMap | None) -> tuple[str, ...]:
    node = organisation.get("languages") if organisation is not None else None
    return tuple([str(item) for item in node]) if isinstance(node, YList) else ()
