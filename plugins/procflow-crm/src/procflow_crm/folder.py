"""A customer file in a folder: exports are read, and what is written becomes one JSON file each, for another program.

`written/notes`, `documents`, `changes` and `confirmations` hold a file for each; `written/files` the contents by their hash. A
file is whole or not there, and never written a second time: the same key has the same name. It must not know cases.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.hosts.files_out import write_once

from . import exports
from .port import Customer, Document, Policy, Put, Refused, check_seen, look, same_change


class Folder:
    """See `port.CustomerFile`. Raises OSError or PluginError when the folder cannot be used now."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._stamp: tuple[Any, ...] = ()
        self._read: exports.Exports | None = None

    def refresh(self) -> None:
        """Raises PluginError where the exports are not as they must be."""
        self._exports()

    def _exports(self) -> exports.Exports:
        stamp = exports.stamp(self._folder)
        if self._read is None or stamp != self._stamp:
            self._read, self._stamp = exports.read(self._folder), stamp
        return self._read

    # reading

    def customers(self, by: str, value: str) -> Sequence[Customer]:
        found = self._exports()
        return look(found.customers, found.policies, by, value)

    def policies(self, kn: str) -> Sequence[Policy]:
        self._known(kn)
        return [each for each in self._exports().policies if each.kn == kn]

    def as_of(self) -> datetime | None:
        return self._exports().at

    def notes(self, kn: str) -> Sequence[Mapping[str, str]]:
        self._known(kn)
        return [
            {"note": name, "at": each["at"], "text": each["text"]}
            for name, each in self._all("notes")
            if each["kn"] == kn
        ]

    def documents(self, kn: str) -> Sequence[Mapping[str, str]]:
        self._known(kn)
        return [
            {"document": name, "at": each["at"], "title": each["title"], "text": each["text"], **file}
            for name, each in self._all("documents")
            if each["kn"] == kn
            for file in each["files"]
        ]

    def open_changes(self) -> Sequence[Mapping[str, str]]:
        confirmed = {name for name, _ in self._all("confirmations")}
        return [
            {"change": name, **{part: str(each[part]) for part in ("reference", "kn", "number", "at")}}
            for name, each in self._all("changes")
            if name not in confirmed
        ]

    # writing

    def add_note(self, key: str, kn: str, text: str, at: datetime) -> Put:
        self._known(kn)
        return self._write("notes", f"N-{_short(key)}", {"key": key, "kn": kn, "text": text}, at)

    def upload(
        self, key: str, kn: str, title: str, text: str, files: Sequence[Document], at: datetime
    ) -> Put:
        self._known(kn)
        return self._lay(key, kn, title, text, files, at)

    def _lay(self, key: str, kn: str, title: str, text: str, files: Sequence[Document], at: datetime) -> Put:
        for file in files:
            os.makedirs(self._place("files"), exist_ok=True)
            write_once(os.path.join(self._place("files"), file.hash), file.content)
        named = [{"name": file.name, "hash": file.hash} for file in files]
        content = {"key": key, "kn": kn, "title": title, "text": text, "files": named}
        return self._write("documents", f"D-{_short(key)}", content, at)

    def propose_change(self, key: str, change: Mapping[str, str], at: datetime) -> Put:
        policies = self.policies(change["kn"])
        name = f"C-{_short(change['reference'])}"
        if (before := self._one("changes", name)) is None:
            check_seen(policies, change)
            done = self._write("changes", name, {"key": key, **change}, at, same_change)
        else:
            if not same_change(before, change):
                raise Refused(f"the reference {change['reference']} was used for another change")
            done = Put(name, True)
        confirmed = self._one("confirmations", name) is not None
        return Put(name, done.again, {"status": "confirmed" if confirmed else "changed"})

    def confirm_change(
        self, key: str, reference: str, text: str, files: Sequence[Document], at: datetime
    ) -> Put:
        name = f"C-{_short(reference)}"
        change = self._one("changes", name)
        if change is None:
            raise Refused(f"no change has the reference {reference}: it was never proposed")
        content = {
            "reference": reference,
            "files": [{"name": file.name, "hash": file.hash} for file in files],
        }
        if self._one("confirmations", name) is None:
            self._lay(key, change["kn"], f"Confirmation of {reference}", text, files, at)
        return self._write("confirmations", name, content, at)

    def _write(self, kind: str, name: str, content: Mapping[str, Any], at: datetime, same: Any = None) -> Put:
        """Once; the same again is nothing new. Raises Refused where the name stands for something else."""
        folder = self._place(kind)
        os.makedirs(folder, exist_ok=True)
        text = json.dumps({**content, "at": at.isoformat()}, ensure_ascii=False, indent=2, sort_keys=True)
        new = write_once(os.path.join(folder, f"{name}.json"), text.encode() + b"\n")
        if not new:
            before = self._one(kind, name) or {}
            alike = same(before, content) if same else {**before, "at": ""} == {**content, "at": ""}
            if not alike:
                raise Refused(f"{name} in {kind} was used before for something else")
        return Put(name, not new)

    def _place(self, kind: str) -> str:
        return os.path.join(self._folder, "written", kind)

    def _one(self, kind: str, name: str) -> dict[str, Any] | None:
        try:
            with open(os.path.join(self._place(kind), f"{name}.json"), "rb") as file:
                found: dict[str, Any] = json.loads(file.read())
                return found
        except FileNotFoundError:
            return None

    def _all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """The oldest first."""
        found = []
        try:
            with os.scandir(self._place(kind)) as entries:
                for entry in entries:
                    if entry.name.endswith(".json") and not entry.name.startswith("."):
                        name = entry.name.removesuffix(".json")
                        found.append((entry.stat().st_mtime_ns, name, self._one(kind, name) or {}))
        except FileNotFoundError:
            return []
        found.sort(key=lambda each: (each[2].get("at", ""), each[0], each[1]))
        return [(name, content) for _, name, content in found]

    def _known(self, kn: str) -> None:
        if kn not in self._exports().customers:
            raise Refused(f"there is no customer {kn} in the customer file")

    def close(self) -> None:
        """Nothing is held."""


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
