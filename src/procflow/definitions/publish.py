"""Puts documents in force: compiled once, kept for ever under the hash of what they were made of.

A document that does not check, or that depends on one that does not, stays as it was last good. `changed` is
on the path of every `open` and `do`: it reads and hashes files, and imports no YAML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from procflow.definitions.sources import (
    FOLDER,
    ListFiles,
    ReadFile,
    fingerprint_of,
    kind_by_place,
    list_on_disk,
    read_on_disk,
    sources_fingerprint,
)

if TYPE_CHECKING:
    from procflow.core.procedure import Procedure
    from procflow.core.tables import Table
    from procflow.definitions.workspace import Documents
    from procflow.ports import Store

#: The one document of kind "sources": what was published last, and the fingerprint of what it was read from.
SOURCES, WORKSPACE = "sources", "workspace"
#: The name under which the one organisation of a workspace is in force.
ORGANISATION = "organisation"

_MARK = b"procflow document 1"


class Kept(Struct, frozen=True):
    """A file whose document was not put in force, because of the problems in `because` (often itself).

    `hash` is its last good version, "" where there is none.
    """

    path: str
    kind: str
    name: str
    hash: str
    because: str

    @property
    def message(self) -> str:
        fate = "stays in force as it was last good" if self.hash else "is not in force"
        return f"{self.because} does not check: the {f'{self.kind} {self.name}'.strip()} {fate}"


class Published(Struct, frozen=True):
    """What is in force now, by name: hashes, and of these what is `new` as (kind, name)."""

    organisation: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    procedures: Mapping[str, str] = field(default_factory=dict)
    new: tuple[tuple[str, str], ...] = ()
    kept: tuple[Kept, ...] = ()
    #: What says that these files are in force; see `remember`.
    sources: tuple[tuple[str, str, str, bytes], ...] = ()


def changed(
    folder: str, store: Store, read_file: ReadFile = read_on_disk, list_files: ListFiles = list_on_disk
) -> bool:
    """Whether any file of the workspace is another than at the last publish; nothing is parsed for it."""
    last = _last(store)
    return last is None or last["fingerprint"] != sources_fingerprint(folder, read_file, list_files)


def kept_back(store: Store, kind: str, name: str) -> Kept | None:
    """Why the file of a document was not put in force at the last publish; None where it was, or there is none.

    A file that cannot be read at all is known by its folder.
    """
    found = [Kept(*each) for each in (_last(store) or {}).get("kept", ())]
    called = ((kept, kept.name or kept.path.split("/")[-2]) for kept in found if kept.kind == kind)
    return next((kept for kept, own in called if own == name), None)


def withdrawn(store: Store) -> frozenset[str]:
    """The procedures in force whose files were gone at the last publish: nothing new is begun by them, and their cases go
    on. Where no document at all was left, somebody forgot to mount the folder, and none is."""
    last = _last(store)
    if last is None or not (last["documents"] or last["kept"]):
        return frozenset()
    there = {name for kind, name, _ in last["documents"].values() if kind == "procedure"}
    for kept in (Kept(*each) for each in last["kept"]):
        there.update((kept.name, kept.path.split("/")[-2]) if kept.kind == "procedure" else ())
    return frozenset(name for name, _ in store.names_in_force("procedure")) - there


def _last(store: Store) -> dict[str, Any] | None:
    """What the last publish left; None where there was none, or one by another format."""
    hash_ = store.in_force(SOURCES, WORKSPACE)
    if hash_ is None:
        return None
    last: dict[str, Any] = json.loads(store.document(hash_))
    return last if last.get("format") == _format() else None


def _format() -> int:
    from procflow.core.procedure import FORMAT

    return FORMAT


def document_hash(kind: str, source: bytes, compiled: bytes, *refers: bytes) -> str:
    """SHA-256 of the format, the kind, the file's bytes, what they were compiled to, and what they refer to.

    The compiled bytes hold what other documents gave: types, and the organisation's languages and zone.
    """
    whole = hashlib.sha256()
    for part in (_MARK, str(_format()).encode(), kind.encode(), source, compiled, *refers):
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def text_hash(hash_: str) -> str:
    """Where the store keeps the text of a document: the file's bytes, as its owner wrote them."""
    return f"{hash_}.text"


def publish(documents: Documents, store: Store, at: datetime) -> Published:
    """Compile and put in force what is good and not in force yet. `at` is an aware UTC instant.

    Publishing the same files again writes nothing. Documents of the kinds procedure, table and organisation are
    put in force, each with its text. Afterwards `remember` what was published, once all that follows is done.
    """
    return _Publishing(documents, store).run(at)


def remember(published: Published, store: Store, at: datetime) -> None:
    """Keep in the store's document of kind "sources" which files are in force and belong together.

    It comes last: a process that dies before it leaves files that still count as changed, and all is done again.
    """
    if published.sources:
        store.publish(published.sources, at)


class _Publishing:
    def __init__(self, documents: Documents, store: Store) -> None:
        self.documents = documents
        self.store = store
        self.last: Mapping[str, Any] = (_last(store) or {}).get("documents", {})
        self.rows: list[tuple[str, str, str, bytes]] = []
        self.new: list[tuple[str, str]] = []
        self.kept: list[Kept] = []
        self.now: dict[str, tuple[str, str, str]] = {}  # path -> (kind, name, hash)

    def run(self, at: datetime) -> Published:
        from procflow.core.procedure import procedure_to_json
        from procflow.core.tables import table_to_json

        documents = self.documents
        steady = not self._broken_shared()
        if documents.organisation is not None and documents.is_good(documents.path_of("organisation")):
            path = documents.path_of("organisation")
            self._put("organisation", ORGANISATION, path, documents.organisation.to_json())
        for name, table in sorted(documents.tables.items()):
            path = documents.path_of("tables", name)
            if steady and documents.is_good(path):
                self._put("table", name, path, table_to_json(table))
        for name, procedure in sorted(documents.procedures.items()):
            path = procedure.path
            if steady and documents.is_good(path):
                refers = self._refers(procedure)
                self._put("procedure", name, path, procedure_to_json(procedure), *refers)
        self._keep_the_rest()
        sources = self._sources(fingerprint_of(documents.sources))
        if self.rows:
            self.store.publish(self.rows, at)
        return Published(
            organisation=next((hash_ for kind, _, hash_ in self.now.values() if kind == "organisation"), ""),
            tables={name: hash_ for kind, name, hash_ in self.now.values() if kind == "table"},
            procedures={name: hash_ for kind, name, hash_ in self.now.values() if kind == "procedure"},
            new=tuple(self.new),
            kept=tuple(self.kept),
            sources=sources,
        )

    def _broken_shared(self) -> str:
        """A file with errors that others are built of, or "": with broken types a field would mean another thing."""
        shared = [f"procedures/{name}.yaml" for name in ("organisation", "types")]
        wrong = [
            path
            for path in shared
            if self.documents.unread & {path, FOLDER}
            or (path in self.documents.sources and not self.documents.is_good(path))
        ]
        return wrong[0] if wrong else ""

    def _put(self, kind: str, name: str, path: str, compiled: bytes, *refers: bytes) -> None:
        source = self.documents.sources[path]
        hash_ = document_hash(kind, source, compiled, *refers)
        self.now[path] = (kind, name, hash_)
        if self.store.in_force(kind, name) != hash_:
            self.new.append((kind, name))
            self.rows.append((hash_, kind, name, compiled))
            self.rows.append((text_hash(hash_), "text", f"{kind}/{name}", source))

    def _refers(self, procedure: Procedure) -> Iterator[bytes]:
        """What a procedure was checked against: the shape of tables it names, the operations it asks for."""
        from procflow.core.expressions import Call, Expression, Literal, walk
        from procflow.core.procedure import Effect, Invoke

        tables: set[str] = set()
        operations: set[str] = set()
        for part in parts_of(procedure):
            if isinstance(part, Effect | Invoke):
                operations.add(part.operation)
            elif isinstance(part, Expression):
                for node in walk(part.node):
                    if isinstance(node, Call) and node.function == "table" and node.args:
                        first = node.args[0]
                        tables.update([str(first.value)] if isinstance(first, Literal) else [])
        for name in sorted(tables):
            table = self.documents.tables.get(name)
            yield f"table {name} {'' if table is None else _shape(table)}".encode()
        for name in sorted(operations):
            schema = self.documents.operations.get(name)
            if schema is not None:
                shape = json.dumps(schema, sort_keys=True, separators=(",", ":"), default=dict)
                yield f"operation {name} {shape}".encode()

    def _keep_the_rest(self) -> None:
        """Files that are there and were not put in force: their last good version, where there is one."""
        for path, (kind, name, hash_) in self.last.items():
            closed = next((each for each in self.documents.unread if f"{path}/".startswith(f"{each}/")), "")
            if closed and path not in self.now:
                self.now[path] = (kind, name, hash_)
                self.kept.append(Kept(path, kind, name if kind != "organisation" else "", hash_, closed))
        kinds = {"tables": "table", "procedure": "procedure", "organisation": "organisation"}
        for path in sorted(self.documents.sources):
            kind = kinds.get(kind_by_place(path))
            if kind is None or path in self.now:
                continue
            before = self.last.get(path)
            _, name = self.documents.named.get(path, ("", ""))
            if kind == "organisation":
                name = ORGANISATION
            if not name and before is not None:
                name = before[1]
            taken = any((kind, name) == (k, n) for k, n, _ in self.now.values())
            hash_ = "" if taken else (self.store.in_force(kind, name) or "") if name else ""
            because = path if not self.documents.is_good(path) else self._broken_shared() or path
            self.kept.append(Kept(path, kind, name if kind != "organisation" else "", hash_, because))
            if hash_:
                self.now[path] = (kind, name, hash_)
        if any(kept.kind == "procedure" and kept.hash for kept in self.kept):
            self._keep_tables()

    def _keep_tables(self) -> None:
        """A procedure that stays as it was last good may ask for a table whose file is gone since, and often that is why
        it does not check: the table stays until all procedures check again."""
        there = {name for kind, name, _ in self.now.values() if kind == "table"}
        for path, (kind, name, hash_) in self.last.items():
            if kind == "table" and path not in self.documents.sources and name not in there:
                self.now[path] = (kind, name, hash_)

    def _sources(self, fingerprint: str) -> tuple[tuple[str, str, str, bytes], ...]:
        content = json.dumps(
            {
                "format": _format(),
                "fingerprint": fingerprint,
                "documents": self.now,
                "kept": [(k.path, k.kind, k.name, k.hash, k.because) for k in self.kept],
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        hash_ = document_hash(SOURCES, content, b"")
        if self.store.in_force(SOURCES, WORKSPACE) == hash_:
            return ()
        return ((hash_, SOURCES, WORKSPACE, content),)


def _shape(table: Table) -> str:
    """The columns of a table: its rows may change without making another procedure."""
    return ",".join(f"{column.name}:{column.type}" for column in table.columns) + f" by {table.key_column}"


def parts_of(value: Any) -> Iterator[Any]:
    """Every struct inside a procedure, itself included: states, effects, fields, texts, expressions."""
    todo = [value]
    while todo:
        here = todo.pop()
        kind = type(here)
        inner: Iterable[Any]
        if kind is tuple or kind is list:
            inner = here
        elif isinstance(here, Struct):
            yield here
            if kind.__name__ == "Expression":  # a tree of its own, with `walk`
                continue
            inner = [getattr(here, name) for name in here.__struct_fields__]
        elif isinstance(here, Mapping):
            inner = here.values()
        elif isinstance(here, tuple | list):
            inner = here
        else:
            continue
        todo += [part for part in inner if type(part) not in _WITHOUT_PARTS][::-1]


_WITHOUT_PARTS = frozenset({str, int, bool, type(None)})
