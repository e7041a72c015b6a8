"""The words by which nodes on several machines wake each other, over the database that they share.

`NOTIFY` after a step is a transaction of its own: inside the step's it would make all steps stand in one line. Nothing
depends on it: whoever hears nothing looks around all the same, and where a word may have been missed (the connection
went), the listener says so itself. It must not know what words mean.
"""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg

from procflow.errors import ProcflowError
from procflow.stores.postgres_connection import Connection, connect
from procflow.stores.postgres_session import Session

_CHANNEL = "procflow"
_APART = "\x1f"
_LONGEST = 7900  # the server takes 8000 bytes
#: What a listener says when it may have missed something: a step.
_MISSED = "."
_AGAIN = 1.0


def say(store: Session, word: str, sender: str = "", only: str = "") -> None:
    """To all who listen; with `only`, to those alone whose names begin so. Never raises."""
    told = _APART.join((store.about.schema, sender, only, word))
    if len(told.encode()) <= _LONGEST:
        with suppress(ProcflowError):
            store.read("SELECT pg_notify(%s, %s)", (_CHANNEL, told))


class Listener:
    """A connection of its own that hears what is said to `name`. It comes back by itself."""

    def __init__(self, store: Session, name: str) -> None:
        self._store, self._name = store, name
        self._connection: Connection | None = None
        self._tried = -_AGAIN
        self._missed = False
        self.fileno()

    def fileno(self) -> int:
        if self._connection is None and time.monotonic() - self._tried >= _AGAIN:
            self._tried = time.monotonic()
            with suppress(ProcflowError, psycopg.Error):
                self._connection, _ = connect(*self._store.access)
                self._connection.execute(f"LISTEN {_CHANNEL}".encode())
                self._missed = True
        try:
            return -1 if self._connection is None else self._connection.fileno()
        except psycopg.Error:  # noticed by the library between two looks
            self.close()
            return -1

    def heard(self) -> list[str]:
        words = []
        if self._missed:
            self._missed = False
            words.append(_MISSED)
        if self._connection is None:
            return words
        try:
            server = self._connection.pgconn
            server.consume_input()
            while (told := server.notifies()) is not None:
                schema, sender, only, word = told.extra.decode("utf-8", "replace").split(_APART, 3)
                if (
                    schema == self._store.about.schema
                    and sender != self._name
                    and self._name.startswith(only)
                ):
                    words.append(word)
        except (psycopg.Error, ValueError):
            self.close()
        return words

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()
