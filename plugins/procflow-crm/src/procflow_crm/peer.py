"""The other side of the crm channel for the contract: the customer file of our own, in a file, with exports beside it.

A stand-in of ours: IBA, MIA and Waypoint nobody has seen. It must not know the channel's code: it reads the file itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procflow.testing import Peer, Question, Reached, Through

_NOBODY = "a file has nobody who could be {}"
_CUSTOMERS = (
    "kn,first_name,last_name,phones,email\n104233,Mette,Holm,+45 71 99 99 01|71999902,mette@example.com\n"
)
_POLICIES = "number,kn,tariff,carrier,active,code,plate\nP-20011,104233,PROSAM bil,KAB,yes,K7,AB 12 345\n"


class CustomerFile(Peer):
    channel = "crm"
    operation = "upload"
    kind = "stand-in"
    receives = False
    short = 0.1
    cannot: Mapping[str, str] = {
        how: _NOBODY.format(how) for how in ("silent", "half", "torn", "slow", "garbage", "doubled", "gone")
    }

    def start(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "customers.db"
        self._lock: sqlite3.Connection | None = None
        (folder / "policies.csv").write_text(_POLICIES, encoding="utf-8")
        self._customers(_CUSTOMERS)

    def _customers(self, text: str) -> None:
        beside = self.folder / "new.csv"
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.folder / "customers.csv")

    def stop(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if getattr(self, "_lock", None) is not None:
            self._lock.close()  # type: ignore[union-attr]
            self._lock = None

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {"file": str(self.file), "exports": str(self.folder)}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return self.attaching(text, [{"name": "bevis.png", "type": "image/png", "content": "YWI="}])

    def attaching(self, text: str, files: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return {"kn": "104233", "title": "Bevis", "files": list(files), "text": text}

    def questions(self) -> Sequence[Question]:
        change = {"kn": "104233", "number": "P-20011", "reference": "sag 7", "change": "Ny adresse på Ærø"}
        return [
            Question("find_customer", {"phone": "71 99 99 02"}, {"status": "found", "kn": "104233", "name": "Mette Holm"}),
            Question("policies", {"kn": "104233"}, {"status": "found", "tariff": "PROSAM bil", "carrier": "KAB", "active": True}),
            Question("add_note", {"kn": "104233", "text": "Ringede på Ærø"}, {}),
            Question("notes", {"kn": "104233"}, {"last": "Ringede på Ærø"}),
            Question("documents", {"kn": "104233"}, {}),
            Question("propose_change", change, {"status": "changed"}),
            Question("open_changes", {}, {"count": 1}),
        ]  # fmt: skip

    def others(self) -> Mapping[str, Mapping[str, Any]]:
        files = [{"name": "kvittering.png", "type": "image/png"}]
        asked = {each.operation: each.parameters for each in self.questions()}
        return {**asked, "confirm_change": {"reference": "sag 7", "files": files}}

    def reached(self) -> Sequence[Reached]:
        if not self.file.exists():
            return []
        there = self._lock or sqlite3.connect(self.file)
        try:
            rows = there.execute("select key, text, name, content from documents order by id").fetchall()
        except sqlite3.OperationalError:  # no table yet
            rows = []
        finally:
            if there is not self._lock:
                there.close()
        found: dict[str, tuple[str, list[tuple[str, bytes]]]] = {}
        for key, text, name, content in rows:
            found.setdefault(key, (text, []))[1].append((name, content))
        return [Reached(text, key, files) for key, (text, files) in found.items()]

    def behave(self, how: str, words: str = "") -> None:
        """Busy: somebody else holds the file. Refuses: the customer is not in the newest export any more."""
        if how != "busy":
            self._let_go()
        elif self._lock is None:
            self._lock = sqlite3.connect(self.file, isolation_level=None)
            self._lock.execute("begin exclusive")
        gone = _CUSTOMERS.replace("104233", "999999")
        wanted = gone if how == "refuses" else _CUSTOMERS
        if (self.folder / "customers.csv").read_text(encoding="utf-8") != wanted:
            policies = _POLICIES.replace("104233", "999999") if how == "refuses" else _POLICIES
            (self.folder / "policies.csv").write_text(policies, encoding="utf-8")
            self._customers(wanted)
