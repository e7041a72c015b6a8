"""All documents of a workspace, read, built and checked in one go, with every problem of every file.

It must not know what the checks look for (`checks`), nor where documents are kept once they
are good.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypedDict, Unpack

from procflow.core.organisation import Organisation
from procflow.core.procedure import Field, Procedure
from procflow.core.tables import Table
from procflow.definitions.documents import Calendars
from procflow.definitions.nodes import YMap
from procflow.definitions.settings import Settings
from procflow.definitions.sources import (
    SETTINGS,
    ListFiles,
    ReadFile,
    list_on_disk,
    read_on_disk,
)
from procflow.errors import Diagnostic

Operations = Mapping[str, Mapping[str, Any]]
#: Begins some work on another core; -> a function that waits for what it gives, or None where it could not be done.
Beside = Callable[[Callable[[], Any]], Callable[[], Any]]


class Installed(TypedDict, total=False):
    """What the plugins bring to documents: the parameters' JSON Schemas of the channel operations (without them no operation
    is looked at), functions for expressions, channels of evidence, rules of `take`, calendars of closed days, and for each
    channel the names of the settings that it reads, None where it does not say."""

    operations: Operations
    functions: Mapping[str, Callable[..., Any]]
    evidence_channels: Collection[str]
    rules: Mapping[str, Callable[..., Any]]
    calendars: Calendars
    settings: Mapping[str, Collection[str] | None]


@dataclass(frozen=True)
class Documents:
    """What was read. Paths are those in the workspace, with `/`; `trees` are the files as they stand.

    Procedures are here too when an expression or a value in them is wrong (it is null then), so that the rest of
    them can be checked: `is_good` says which may be used. Tables and the organisation are here only when they
    are good. `doubtful` are the procedures that their schema refuses, as far as they could be built, with what was
    found while building: only misspelt names are looked for in them. `asked` are the paths of which problems are told; empty: all.
    """

    root: str = ""
    settings: Settings = field(default_factory=Settings)
    organisation: Organisation | None = None
    types: Mapping[str, Field] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    scenarios: Mapping[str, YMap] = field(default_factory=dict)
    channels: Collection[str] = ()  # the names of the plugins' channels
    trees: Mapping[str, YMap] = field(default_factory=dict)
    sources: Mapping[str, bytes] = field(default_factory=dict)
    # what is there and cannot be read: files, and folders with all in them
    unread: frozenset[str] = frozenset()
    named: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # path -> (kind, name)
    operations: Operations = field(default_factory=dict)
    rules: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # of `take`, which plugins bring
    doubtful: Mapping[str, tuple[Procedure, tuple[Diagnostic, ...]]] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    asked: frozenset[str] = frozenset()

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What other rooms have worked out from these documents, by a name of theirs; documents never change."""
        return {}

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The problems of the files that were asked for, sorted by path and place."""
        return tuple([found for found in self.problems if not self.asked or found.path in self.asked])

    @property
    def read(self) -> frozenset[str]:
        """The documents that were looked at, those too that cannot be read or understood."""
        faulty = {found.path for found in self.problems if not self.asked or found.path in self.sources}
        read = {*self.trees, *faulty} - {SETTINGS}
        return frozenset(read & self.asked if self.asked else read)

    def with_problems(self, found: Iterable[Diagnostic]) -> Documents:
        """The same documents with further problems, of the checker for example."""
        return replace(self, problems=tuple(sorted({*self.problems, *found})))

    def is_good(self, path: str) -> bool:
        """Whether no error was found in a file."""
        return path in self.sources and not any(p.is_error for p in self.problems if p.path == path)

    @property
    def good_procedures(self) -> dict[str, Procedure]:
        """The procedures without an error, by their names."""
        return {name: p for name, p in self.procedures.items() if self.is_good(p.path)}

    def path_of(self, kind: str, name: str = "") -> str:
        """Where the document of that kind and name stands; "" where there is none."""
        return next((p for p, (k, n) in self.named.items() if k == kind and name in ("", n)), "")


def find_root(path: str, list_files: ListFiles = list_on_disk) -> str:
    """The nearest folder from `path` upwards that is a workspace; "" where there is none."""
    folder = os.path.abspath(path)
    while True:
        marker = os.path.join(folder, SETTINGS)
        if os.path.basename(folder) != SETTINGS and list_files(marker) == [marker]:
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def root_of(paths: Sequence[str], list_files: ListFiles = list_on_disk) -> str:
    """The workspace around the first of them; where none is around it, the folder that holds everything given."""
    root = find_root(paths[0], list_files)
    if root:
        return root
    full = [os.path.abspath(path) for path in paths]
    return os.path.commonpath(
        [path if list_files(path) != [path] else os.path.dirname(path) for path in full]
    )


def read_given(
    paths: Sequence[str],
    read_file: ReadFile = read_on_disk,
    list_files: ListFiles = list_on_disk,
    *,
    checked: bool = True,
    **installed: Unpack[Installed],
) -> Documents:
    """Files and folders, wherever they are, with the workspace around the first of them.

    Where no workspace is around it, only what is given is known, and paths are as seen from the folder that
    holds everything given.
    """
    return read_workspace(
        root_of(paths, list_files), read_file, list_files, paths=paths, checked=checked, **installed
    )


def read_workspace(
    folder: str,
    read_file: ReadFile = read_on_disk,
    list_files: ListFiles = list_on_disk,
    *,
    paths: Sequence[str] = (),
    checked: bool = True,
    **installed: Unpack[Installed],
) -> Documents:
    """Every document of the workspace in `folder`, built, and all problems in one run. Never raises for them.

    `paths` (files or folders, from the current folder) are read too, wherever they lie, and then only their
    problems are told; `installed` is what the plugins bring.
    Unless `checked` is false, what was built is looked through for all that a careful reader could see.
    """
    begun = Begun(folder, read_file, list_files, paths=paths, **installed)
    return begun.checked() if checked else begun.rehearsed()


class Begun:
    """A workspace of which everything is read and built but the scenarios, and nothing is checked yet: `documents`.

    For who has something to do with it meanwhile. Takes what `read_workspace` takes, and `beside`, which does something
    on another core: then some of the procedures are built there.
    """

    def __init__(
        self,
        folder: str,
        read_file: ReadFile = read_on_disk,
        list_files: ListFiles = list_on_disk,
        *,
        paths: Sequence[str] = (),
        beside: Beside | None = None,
        **installed: Unpack[Installed],
    ) -> None:
        from procflow.definitions.gathering import Gathering

        self._list_files, self._functions = list_files, installed.get("functions")
        self._evidence = installed.get("evidence_channels", ())
        operations, rules = installed.get("operations", {}), tuple(installed.get("rules", ()))
        with collecting_nothing():
            self._gathering = Gathering(
                folder,
                read_file,
                list_files,
                operations,
                rules,
                installed.get("calendars", {}),
                beside,
                installed.get("settings", {}),
            )
            self.documents = replace(self._gathering.built(paths), rules=installed.get("rules", {}))
        self._rehearsed: Documents | None = None

    def rehearsed(self) -> Documents:
        """With the scenarios."""
        if self._rehearsed is None:
            with collecting_nothing():
                self._rehearsed = self._gathering.whole(self.documents)
        return self._rehearsed

    def told(self) -> Documents:
        """With all that there is to tell of what was asked for; the other documents are not looked through themselves."""
        asked = self.documents.asked
        return self.checked(scenarios=not asked or not asked <= self.documents.sources.keys(), only=asked)

    def checked(
        self, *, scenarios: bool = True, only: Collection[str] = (), beside: Beside | None = None
    ) -> Documents:
        """Looked through; with the scenarios, unless they are of no account. `only`: the paths to look through, else all.
        Half of many is looked through `beside`."""
        documents = self.rehearsed() if scenarios else self.documents
        from procflow.definitions.checks import check_all

        def exists(path: str) -> bool:
            full = os.path.normpath(os.path.join(documents.root, path))
            return self._list_files(full) == [full]

        def look(paths: Collection[str]) -> list[Diagnostic]:
            return check_all(documents, self._functions, self._evidence, exists, paths)

        with collecting_nothing():
            halves = _halves(documents) if beside is not None and not only else None
            if beside is None or halves is None:
                return documents.with_problems(look(only))
            coming = beside(lambda: look(halves[1]))
            here, there = look(halves[0]), coming()
            return documents.with_problems([*here, *(look(halves[1]) if there is None else there)])


#: Bytes of documents from which half of them are worth another core.
_MANY = 200_000


def _halves(documents: Documents) -> tuple[list[str], list[str]] | None:
    """The paths of the documents in two parts that take as long to look through, kind by kind; None where they are few."""
    if sum(len(documents.sources[path]) for path in documents.named) < _MANY:
        return None
    here: list[str] = []
    there: list[str] = []
    ahead = 0
    for path, _ in sorted(documents.named.items(), key=lambda item: (item[1][0], item[0])):
        length = len(documents.sources[path])
        (there if ahead > 0 else here).append(path)
        ahead += -length if ahead > 0 else length
    return here, there


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """For work that makes much that lives on: to look through it for rings takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
