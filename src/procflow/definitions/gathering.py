"""The files of a workspace, read and built: first all that cases follow, then what rehearses it.

It must not know what the checks look for (`checks`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from procflow.core.nearest import nearest
from procflow.core.organisation import Organisation
from procflow.core.procedure import Field, Procedure
from procflow.core.tables import Table
from procflow.definitions.ahead import Ahead
from procflow.definitions.build import build_procedure
from procflow.definitions.build_tables import build_table
from procflow.definitions.building import key_place, place
from procflow.definitions.codes import diagnostic
from procflow.definitions.documents import Calendars, build_organisation, build_types
from procflow.definitions.nodes import YMap
from procflow.definitions.reader import read
from procflow.definitions.schema import kind_of, unknown_kind, validate
from procflow.definitions.settings import Settings, parse_settings, unknown_roles
from procflow.definitions.settings_channels import unknown_settings
from procflow.definitions.sources import (
    CLOSED,
    SETTINGS,
    ListFiles,
    ReadFile,
    document_paths,
    kind_by_place,
    relative,
)
from procflow.definitions.workspace import Beside, Documents, Operations
from procflow.errors import Diagnostic, NotFound, StorageError

#: What building finds in the very place where it stands, whatever else of the file is wrong.
_LOCAL = frozenset({"PF204", "PF205", "PF206", "PF207", "PF208", "PF210", "PF220", "PF300", "PF301"})

_Named = TypeVar("_Named", Table, Procedure)


class Gathering:
    """One reading of a workspace; `built` once, then `whole` where the scenarios are wanted."""

    def __init__(
        self,
        folder: str,
        read_file: ReadFile,
        list_files: ListFiles,
        operations: Operations,
        rules: tuple[str, ...],
        calendars: Calendars,
        beside: Beside | None = None,
        channel_settings: Mapping[str, Collection[str] | None] = {},
    ) -> None:
        self.beside, self.channel_settings = beside, channel_settings
        self.folder = os.path.abspath(folder)
        self.read_file = read_file
        self.list_files = list_files
        self.operations = operations
        self.rules = rules
        self.calendars = calendars
        self.problems: list[Diagnostic] = []
        self.sources: dict[str, bytes] = {}
        # files that are there and cannot be read, folders that cannot be looked into
        self.unread: set[str] = set()
        self.trees: dict[str, YMap] = {}
        self.kinds: dict[str, str] = {}
        self.unheld: list[str] = []  # files that no schema has seen yet
        self.unsound: set[str] = set()  # files that their schema refuses
        self.named: dict[str, tuple[str, str]] = {}
        self.doubtful: dict[str, tuple[Procedure, tuple[Diagnostic, ...]]] = {}
        self.later: list[str] = []  # scenarios that are not read yet

    def built(self, paths: Sequence[str]) -> Documents:
        """Every document but the scenarios, built; of `paths` too, see `read_workspace`."""
        settings = self._settings()
        asked: set[str] = set()
        for path, kind in document_paths(self.folder, self.list_files):
            if kind == "scenarios":
                self.later.append(path)
            elif kind == CLOSED:
                self.unread.add(path)
                message, hint = (
                    "the folder cannot be looked into",
                    "look at its rights, and those of what is in it",
                )
                self.problems.append(diagnostic(path, 1, 1, "PF236", message, hint))
            else:
                self._read(path)
        for given in paths:
            asked |= self._asked(given)
        ahead = Ahead(self.trees, self.kinds, self.sources, self.beside) if self.beside else None
        self._hold()
        organisation = self._organisation()
        if organisation is not None and SETTINGS in self.sources:
            self.problems += unknown_roles(self.sources[SETTINGS], settings, organisation.roles, SETTINGS)
        if self.channel_settings and SETTINGS in self.sources:
            self.problems += unknown_settings(
                self.sources[SETTINGS], settings, self.channel_settings, SETTINGS
            )
        languages = organisation.languages if organisation is not None else ()
        zone = organisation.zone if organisation is not None else "UTC"
        types = self._types(languages, zone)
        tables = self._tables(types, languages, zone)
        procedures = self._procedures(types, languages, zone, ahead)
        return Documents(
            root=self.folder,
            settings=settings,
            channels=tuple(self.channel_settings),
            organisation=organisation,
            types=types,
            tables=tables,
            procedures=procedures,
            trees=dict(self.trees),
            sources=dict(self.sources),
            unread=frozenset(self.unread),
            named=dict(self.named),
            operations=self.operations,
            doubtful=self.doubtful,
            problems=tuple(sorted(set(self.problems))),
            asked=frozenset(asked),
        )

    def whole(self, built: Documents) -> Documents:
        """The same with the scenarios."""
        for path in self.later:
            self._read(path)
        self._hold()
        scenarios = self._scenarios()
        return replace(
            built,
            scenarios=scenarios,
            trees=self.trees,
            sources=self.sources,
            named=self.named,
            problems=tuple(sorted(set(self.problems))),
        )

    # reading

    def _settings(self) -> Settings:
        marker = os.path.join(self.folder, SETTINGS)
        if self.list_files(marker) != [marker]:
            return Settings()
        content = self._bytes(SETTINGS)
        if content is None:
            return Settings()
        settings, problems = parse_settings(content, SETTINGS)
        self.problems += problems
        return settings

    def _bytes(self, path: str) -> bytes | None:
        try:
            self.sources[path] = self.read_file(os.path.join(self.folder, path))
        except (NotFound, StorageError) as why:
            self.problems.append(diagnostic(path, 1, 1, "PF236", why.message, why.hint))
            self.unread.update([path] if isinstance(why, StorageError) else [])
        except OSError as why:
            self.unread.add(path)
            message = f"the file cannot be read: {why.strerror}"
            self.problems.append(diagnostic(path, 1, 1, "PF236", message, "look at its rights"))
        return self.sources.get(path)

    def _names(self) -> dict[str, list[str]]:
        """The files of each procedure and each table, by its name."""
        found: dict[str, list[str]] = {}
        for path, kind in document_paths(self.folder, self.list_files):
            *_, folder, name = path.split("/")
            called = {"procedure": folder, "scenarios": folder, "tables": name.removesuffix(".yaml")}.get(
                kind
            )
            if called:
                found.setdefault(called, []).append(os.path.join(self.folder, *path.split("/")))
        return found

    def _asked(self, given: str) -> set[str]:
        """The files that are meant by what was given, all of them read; one that is not there is a problem."""
        full = os.path.abspath(given)
        files = self.list_files(full)
        one = files == [full]
        asked = set()
        for file in files:
            path = relative(file, self.folder)
            if path == SETTINGS or kind_by_place(path) or one or _is_document(file):
                asked.add(path)
                if path in self.sources or path == SETTINGS or path in self.later:
                    continue
                if kind_by_place(path) == "scenarios":
                    self.later.append(path)
                else:
                    self._read(path)
        if not asked:
            path = relative(full, self.folder)
            there = bool(files) or os.path.isdir(full)
            names = {} if there else self._names()
            within = os.path.join(self.folder, given)
            if not there and within != full and (os.path.isdir(within) or self.list_files(within)):
                return self._asked(within)
            if given in names:
                return set().union(*(self._asked(file) for file in names[given]))
            what = "no document is in this folder" if there else "there is no such file or folder"
            near = nearest(given, names)
            hint = f"did you mean `{near}`?" if near else "look at the path"
            self.problems.append(diagnostic(path, 1, 1, "PF236", what, hint))
            asked.add(path)
        return asked

    def _read(self, path: str) -> None:
        """Read one file; `_hold` holds it against the schema of its kind."""
        content = self._bytes(path)
        if content is None:
            return
        tree, problems = read(content, path)
        self.problems += problems
        if tree is None:
            return
        kind = kind_of(tree)
        wanted = kind_by_place(path)
        if kind is None:
            self.problems.append(unknown_kind(tree, path))
            return
        if wanted and kind != wanted:
            message = f"this is a document of the kind `{kind}`, and `{wanted}` belongs here"
            hint = f"begin with `{wanted}: …`, or move the file"
            self.problems.append(diagnostic(path, *key_place(tree, kind), "PF235", message, hint))
            return
        if any(problem.is_error for problem in problems):
            self.unsound.add(path)
        self.trees[path] = tree
        self.kinds[path] = kind
        self.unheld.append(path)

    def _hold(self) -> None:
        """Hold what was read against the schemas."""
        for path in self.unheld:
            found = validate(self.trees[path], self.kinds[path], path, self.operations, self.rules)
            glued = {(p.line, p.column) for p in self.problems if p.path == path and p.code == "PF027"}
            # a key that is glued to its value is no key that is missing
            found = [p for p in found if p.code not in ("PF102", "PF110") or (p.line, p.column) not in glued]
            self.problems = [p for p in self.problems if p.path != path or not _is_a_list(p, found)] + found
            if any(problem.is_error for problem in found):
                self.unsound.add(path)
        self.unheld.clear()

    def _of(self, kind: str) -> list[tuple[str, YMap]]:
        """The documents of a kind; those that stand under their own name first, so that a copy is told and not what it is of."""
        found = [(path, tree) for path, tree in sorted(self.trees.items()) if self.kinds[path] == kind]
        return sorted(found, key=lambda each: str(each[1].get(kind)) != _own_name(each[0], kind))

    # building

    def _build(self, path: str, build: Callable[[], tuple[Any, list[Diagnostic]]]) -> Any:
        """What `build` makes. Of a file that its schema refuses only what is wrong on other lines is told."""
        if path not in self.unsound:
            made, problems = build()
            self.problems += problems
            return made
        try:
            made, problems = build()
        except (AttributeError, KeyError, IndexError, StopIteration, TypeError, ValueError):
            return None  # it lacks what every document of its kind has, and that was told
        lines = {problem.line for problem in self.problems if problem.path == path}
        self.problems += [p for p in problems if p.code in _LOCAL and p.line not in lines]
        if isinstance(made, Procedure):
            self.doubtful[path] = (made, tuple(problems))
        return None

    def _first(self, found: dict[str, str], path: str, tree: YMap, kind: str) -> bool:
        """Whether this is the first document of that name; its name and place are kept."""
        node = tree[kind]
        name = str(node) if isinstance(node, str) else ""
        self.named[path] = (kind, name)
        at = place(node)
        if name in found:
            message = f"`{name}` is declared in {found[name]} already"
            told = (path, *at, "PF234")
            self.problems = [p for p in self.problems if (p.path, p.line, p.column, p.code) != told]
            own = _own_name(path, kind)
            free = own != name and own not in found and kind_by_place(path)
            hint = f"call it `{own}`, as where it stands" if free else "give one of them another name"
            self.problems.append(diagnostic(path, *at, "PF233", message, hint))
            return False
        found[name] = path
        return True

    def _same_name(self, path: str, tree: YMap, kind: str) -> None:
        """A document is found by its folder's or file's name, so that should be its own."""
        if not kind_by_place(path) or not isinstance(tree[kind], str):
            return
        own = _own_name(path, kind)
        name = str(tree[kind])
        if own != name and re.fullmatch("[a-z][a-z0-9_]*", name):  # what is no id is told as that
            what = "file" if kind == "tables" else "folder"
            message = f"`{name}` stands in a {what} called `{own}`"
            hint = f"call the {what} `{name}`, or the document `{own}`"
            self.problems.append(diagnostic(path, *place(tree[kind]), "PF234", message, hint))

    def _organisation(self) -> Organisation | None:
        made: Organisation | None = None
        for n, (path, tree) in enumerate(self._of("organisation")):
            if n:
                other = next(p for p, (kind, _) in self.named.items() if kind == "organisation")
                message = f"an organisation is declared in {other} already"
                at = key_place(tree, "organisation")
                self.problems.append(diagnostic(path, *at, "PF233", message, "a workspace has one"))
                continue
            self.named[path] = ("organisation", str(tree["organisation"]))
            made = self._build(path, partial(build_organisation, tree, path, self.calendars))
        return made

    def _types(self, languages: Sequence[str], zone: str) -> dict[str, Field]:
        types: dict[str, Field] = {}
        for path, tree in self._of("types"):
            self.named[path] = ("types", "")
            found = self._build(
                path,
                lambda tree=tree, path=path: build_types(tree, path, languages, zone),  # type: ignore[misc]
            )
            types.update(found or {})
        return types

    def _unknown_types_told(self, problems: list[Diagnostic]) -> list[Diagnostic]:
        """Problems of a document; while the types cannot all be read, a type that is not there may well be one."""
        if any(kind_by_place(p.path) == "types" and p.is_error for p in self.problems):
            return [problem for problem in problems if problem.code != "PF200"]
        return problems

    def _tables(self, types: Mapping[str, Field], languages: Sequence[str], zone: str) -> dict[str, Table]:
        def build(tree: YMap, path: str) -> tuple[Table | None, list[Diagnostic]]:
            made, problems = build_table(tree, path, types, languages, zone)
            return made, self._unknown_types_told(problems)

        return self._made("tables", build)

    def _procedures(
        self, types: Mapping[str, Field], languages: Sequence[str], zone: str, ahead: Ahead | None
    ) -> dict[str, Procedure]:
        def build(tree: YMap, path: str) -> tuple[Procedure | None, list[Diagnostic]]:
            found = ahead.built(path, types, languages, zone) if ahead is not None else None
            made, problems = found or build_procedure(tree, path, types, languages, zone)
            return made, self._unknown_types_told(problems)

        return self._made("procedure", build)

    def _made(
        self, kind: str, build: Callable[[YMap, str], tuple[_Named | None, list[Diagnostic]]]
    ) -> dict[str, _Named]:
        """name -> what the first document of that name is built to."""
        found: dict[str, _Named] = {}
        first: dict[str, str] = {}
        for path, tree in self._of(kind):
            self._same_name(path, tree, kind)
            made = self._build(path, partial(build, tree, path))
            if self._first(first, path, tree, kind) and made is not None:
                found[made.name] = made
        return found

    def _scenarios(self) -> dict[str, YMap]:
        found = {}
        for path, tree in self._of("scenarios"):
            self.named[path] = ("scenarios", str(tree["scenarios"]))
            if SETTINGS not in self.sources or ("procedure", str(tree["scenarios"])) in self.named.values():
                self._same_name(path, tree, "scenarios")  # else it is told that there is no such procedure
            if path not in self.unsound:
                found[path] = tree
        return found


def _is_document(path: str) -> bool:
    """Whether a file found in a folder that was given is looked at: by its name, as in a workspace."""
    name = os.path.basename(path)
    if name in ("procedure.yaml", "scenarios.yaml", "organisation.yaml", "types.yaml"):
        return True
    return name.endswith(".yaml") and os.path.basename(os.path.dirname(path)) == "tables"


def _own_name(path: str, kind: str) -> str:
    """The name that a document has from where it stands."""
    return (
        path.split("/")[-1].removesuffix(".yaml")
        if kind == "tables"
        else path.rpartition("/")[0].rpartition("/")[2]
    )


def _is_a_list(problem: Diagnostic, found: Collection[Diagnostic]) -> bool:
    """Whether a text that a comma splits is a list without its brackets, as one of `found` says."""
    split = re.match("the comma splits the text of (`[^`]+`)", problem.message)
    return split is not None and any(
        p.line == problem.line and p.message.startswith(f"{split[1]} is a list") and "write a list" in p.hint
        for p in found
    )
