"""A customer file of our own in one SQLite file: the reference implementation of the port.

Notes, documents and changes are only ever added; the database itself refuses anything else. Customers and policies come
from a folder of exports (`exports.py`), taken over whole when it changes. It must not know cases.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from . import exports
from .port import Customer, Document, Policy, Put, Refused, check_seen, look, same_change

_TABLES = """
create table if not exists customers (kn text primary key, content text not null);
create table if not exists policies (number text primary key, kn text not null, content text not null);
create index if not exists policies_of on policies (kn);
create table if not exists taken_over (hash text not null, at text not null);
create table if not exists notes (
  id integer primary key autoincrement, key text not null unique, kn text not null, text text not null, at text not null);
create index if not exists notes_of on notes (kn);
create table if not exists documents (
  id integer primary key autoincrement, key text not null, place integer not null, kn text not null, title text not null,
  text text not null, name text not null, hash text not null, content blob not null, at text not null, unique (key, place));
create index if not exists documents_of on documents (kn);
create table if not exists changes (
  id integer primary key autoincrement, key text not null unique, reference text not null unique, kn text not null,
  number text not null, content text not null, at text not null);
create table if not exists confirmations (
  reference text primary key references changes (reference), key text not null unique, text text not null,
  files text not null, at text not null);
"""
_ONLY_ADDED = ("notes", "documents", "changes", "confirmations")


class Embedded:
    """See `port.CustomerFile`. Raises sqlite3.Error when the file cannot be used now."""

    def __init__(self, path: str, folder: str = "", timeout: float = 10.0) -> None:
        """`folder` holds the exports; "" leaves customers and policies as they are."""
        self._folder, self._stamp = folder, ()  # type: tuple[str, tuple[Any, ...]]
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        self._file = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        self._file.execute("pragma foreign_keys = on")
        self._file.execute("pragma synchronous = full")
        if not self._file.execute(
            "select 1 from sqlite_master where name = 'confirmations_stay_whole'"
        ).fetchone():
            with self._writing():
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._file.execute(statement)
                for table in _ONLY_ADDED:
                    for what, name in (("update", "as_they_are"), ("delete", "whole")):
                        self._file.execute(
                            f"create trigger if not exists {table}_stay_{name} before {what} on {table} "
                            f"begin select raise(abort, '{table} are only added'); end"
                        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._file.execute("begin immediate")
        try:
            yield
            self._file.execute("commit")
        except BaseException:
            if self._file.in_transaction:
                self._file.execute("rollback")
            raise

    def refresh(self) -> None:
        """Take the exports over where they have changed: all of them or nothing. Raises PluginError."""
        if not self._folder:
            return
        stamp = exports.stamp(self._folder)
        if stamp == self._stamp:
            return
        found = exports.read(self._folder)
        taken = self._file.execute("select hash, at from taken_over").fetchone()
        if taken != (found.hash, found.at.isoformat()):
            with self._writing():
                for table in ("customers", "policies", "taken_over"):
                    self._file.execute(f"delete from {table}")  # noqa: S608 - our own names # nosec B608
                self._file.executemany(
                    "insert into customers values (?, ?)",
                    (
                        (each.kn, json.dumps(vars(each), ensure_ascii=False))
                        for each in found.customers.values()
                    ),
                )
                self._file.executemany(
                    "insert into policies values (?, ?, ?)",
                    (
                        (each.number, each.kn, json.dumps(vars(each), ensure_ascii=False))
                        for each in found.policies
                    ),
                )
                self._file.execute("insert into taken_over values (?, ?)", (found.hash, found.at.isoformat()))
        self._stamp = stamp

    # reading

    def customers(self, by: str, value: str) -> Sequence[Customer]:
        self.refresh()
        where, given = (" where kn = ?", (value.strip(),)) if by == "kn" else ("", ())
        rows = self._file.execute(f"select content from customers{where}", given)  # noqa: S608 - our own words # nosec B608
        found = {each.kn: each for each in (_customer(row[0]) for row in rows)}
        policies = self._policies("", ()) if by == "plate" else []
        return look(found, policies, by, value)

    def policies(self, kn: str) -> Sequence[Policy]:
        self._known(kn)
        return self._policies(" where kn = ?", (kn,))

    def _policies(self, where: str, given: tuple[str, ...]) -> list[Policy]:
        rows = self._file.execute(f"select content from policies{where} order by number", given)  # noqa: S608 - our own words # nosec B608
        return [Policy(**json.loads(row[0])) for row in rows]

    def as_of(self) -> datetime | None:
        row = self._file.execute("select at from taken_over").fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def notes(self, kn: str) -> Sequence[Mapping[str, str]]:
        self._known(kn)
        rows = self._file.execute("select id, at, text from notes where kn = ? order by id", (kn,))
        return [{"note": f"N-{id:06}", "at": at, "text": text} for id, at, text in rows]

    def documents(self, kn: str) -> Sequence[Mapping[str, str]]:
        self._known(kn)
        rows = self._file.execute(
            "select id, at, title, text, name, hash from documents where kn = ? order by id", (kn,)
        )
        names = ("at", "title", "text", "name", "hash")
        return [
            {"document": f"D-{row[0]:06}", **dict(zip(names, map(str, row[1:]), strict=True))} for row in rows
        ]

    def open_changes(self) -> Sequence[Mapping[str, str]]:
        rows = self._file.execute(
            "select id, reference, kn, number, at from changes"
            " where reference not in (select reference from confirmations) order by id"
        )
        return [
            {"change": f"C-{id:06}", "reference": reference, "kn": kn, "number": number, "at": at}
            for id, reference, kn, number, at in rows
        ]

    # writing

    def add_note(self, key: str, kn: str, text: str, at: datetime) -> Put:
        self._known(kn)
        with self._writing():
            before = self._file.execute("select id, kn, text from notes where key = ?", (key,)).fetchone()
            if before:
                _same(before[1:], (kn, text), key)
                return Put(f"N-{before[0]:06}", True)
            done = self._file.execute(
                "insert into notes (key, kn, text, at) values (?, ?, ?, ?)", (key, kn, text, at.isoformat())
            )
            return Put(f"N-{done.lastrowid:06}", False)

    def upload(
        self, key: str, kn: str, title: str, text: str, files: Sequence[Document], at: datetime
    ) -> Put:
        self._known(kn)
        with self._writing():
            rows = self._file.execute(
                "select id, kn, title, text, hash from documents where key = ? order by place", (key,)
            ).fetchall()
            if rows:
                _same([row[1:] for row in rows], [(kn, title, text, file.hash) for file in files], key)
                return Put(f"D-{rows[0][0]:06}", True)
            return Put(f"D-{self._lay(key, kn, title, text, files, at):06}", False)

    def _lay(self, key: str, kn: str, title: str, text: str, files: Sequence[Document], at: datetime) -> int:
        """-> the number of the first."""
        numbers = [
            self._file.execute(
                "insert into documents (key, place, kn, title, text, name, hash, content, at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, place, kn, title, text, file.name, file.hash, file.content, at.isoformat()),
            ).lastrowid
            for place, file in enumerate(files)
        ]
        return int(numbers[0] or 0)

    def propose_change(self, key: str, change: Mapping[str, str], at: datetime) -> Put:
        policies = self.policies(change["kn"])  # first: it may take a new export over
        with self._writing():
            reference = change["reference"]
            before = self._file.execute(
                "select id, content, reference in (select reference from confirmations) from changes where reference = ?",
                (reference,),
            ).fetchone()
            if before:
                if not same_change(json.loads(before[1]), change):
                    raise Refused(f"the reference {reference} was used for another change")
                return Put(f"C-{before[0]:06}", True, {"status": "confirmed" if before[2] else "changed"})
            check_seen(policies, change)
            done = self._file.execute(
                "insert into changes (key, reference, kn, number, content, at) values (?, ?, ?, ?, ?, ?)",
                (key, reference, change["kn"], change["number"], json.dumps(dict(change), ensure_ascii=False), at.isoformat()),
            )  # fmt: skip
            return Put(f"C-{done.lastrowid:06}", False, {"status": "changed"})

    def confirm_change(
        self, key: str, reference: str, text: str, files: Sequence[Document], at: datetime
    ) -> Put:
        with self._writing():
            found = self._file.execute(
                "select id, kn from changes where reference = ?", (reference,)
            ).fetchone()
            if found is None:
                raise Refused(f"no change has the reference {reference}: it was never proposed")
            shown = json.dumps([{"name": file.name, "hash": file.hash} for file in files], ensure_ascii=False)
            before = self._file.execute(
                "select files from confirmations where reference = ?", (reference,)
            ).fetchone()
            if before:
                _same(before[0], shown, f"the reference {reference}")
                return Put(f"C-{found[0]:06}", True)
            self._file.execute(
                "insert into confirmations (reference, key, text, files, at) values (?, ?, ?, ?, ?)",
                (reference, key, text, shown, at.isoformat()),
            )
            self._lay(key, found[1], f"Confirmation of {reference}", text, files, at)
            return Put(f"C-{found[0]:06}", False)

    def _known(self, kn: str) -> None:
        if not self.customers("kn", kn):
            raise Refused(f"there is no customer {kn} in the customer file")

    def close(self) -> None:
        self._file.close()


def _customer(content: str) -> Customer:
    facts = json.loads(content)
    return Customer(**{**facts, "phones": tuple(facts["phones"])})


def _same(before: Any, now: Any, what: str) -> None:
    plain_before, plain_now = json.loads(json.dumps([before, now]))
    if plain_before != plain_now:
        raise Refused(f"{what} was used before for something else")
