"""The other side of the vehicle_register channel for the contract: a file of answers that we made up, and the log of look-ups.

It must not know the channel's code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procflow.testing import Peer, Question, Reached, Through

_NOBODY = "a file has nobody who could be {}"
_AT = "2026-05-11T10:00:00+02:00"


class Register(Peer):
    channel = "vehicle_register"
    operation = "lookup"
    receives = False
    cannot: Mapping[str, str] = {
        "refuses": "the register refuses nobody: it knows a vehicle or not",
        **{how: _NOBODY.format(how) for how in ("silent", "half", "torn", "slow", "doubled")},
    }

    def start(self, folder: Path) -> None:
        self.file, self.log = folder / "register.json", folder / "lookups.jsonl"
        vehicles = {
            "AB12345": {"status": "found", "carrier": "KAB", "at": _AT},
            "XY12345": {"status": "deregistered", "carrier": None, "at": _AT},
        }
        self.content = json.dumps({"origin": "made up", "vehicles": vehicles})
        self.file.write_text(self.content, encoding="utf-8")

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {"recorded": str(self.file), "log": str(self.log)}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"plate": "ab 12 345", "purpose": text}

    def questions(self) -> Sequence[Question]:
        return [
            Question("lookup", self.parameters("sag 7"), {"status": "found", "carrier": "KAB", "at": _AT})
        ]

    def reached(self) -> Sequence[Reached]:
        lines = self.log.read_text(encoding="utf-8").split("\n")[:-1] if self.log.exists() else []
        return [Reached(each["purpose"], each["key"]) for each in map(json.loads, lines)]

    def behave(self, how: str, words: str = "") -> None:
        """Busy: the file is being written. Gone: it is not there. Garbage: it is no list of answers."""
        if how == "gone":
            self.file.unlink(missing_ok=True)
        else:
            text = {"busy": self.content[:40], "garbage": "[[nonsense]]"}.get(how, self.content)
            self.file.write_text(text, encoding="utf-8")
