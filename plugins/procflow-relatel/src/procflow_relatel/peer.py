"""The other side of the relatel channel for the contract: people who work it by hand, and lists of calls in a folder.

The lists are made up by us after the public descriptions. It must not know the channel's code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procflow.testing import Letter, Peer, Reached, Through

_NOBODY = "a folder has nobody who could be {}"


class Switchboard(Peer):
    channel = "relatel"
    operation = "message"
    cannot: Mapping[str, str] = {how: _NOBODY.format(how) for how in ("silent", "half", "torn", "slow", "doubled")}  # fmt: skip

    def start(self, folder: Path) -> None:
        self.folder, self.aside = folder / "calls", folder / "aside"
        self.folder.mkdir()
        self.calls: list[dict[str, str]] = []

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {"inbox": {"folder": str(self.folder), "every": 10}}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "Bo Test", "text": text}

    def others(self) -> Mapping[str, Mapping[str, Any]]:
        return {"transfer": {"group": "Rejsegruppen", "text": "Rejser i morgen"}}

    def reached(self) -> Sequence[Reached]:
        return []

    def write(self, letter: Letter) -> None:
        """Somebody calls, nobody answers, and a colleague writes a remark at it."""
        self.calls.append({
            "Id": letter.id, "FromNumber": "4571999901", "ToNumber": "4571999999", "CreatedAt": letter.received.isoformat(),
            "Status": "missed", "Direction": "in", "WaitingTime": "40", "Note": letter.text,
        })  # fmt: skip
        folder = self.folder if self.folder.exists() else self.aside
        (folder / "new").write_text(json.dumps(self.calls, ensure_ascii=False), encoding="utf-8")
        (folder / "new").replace(folder / "calls.json")

    def behave(self, how: str, words: str = "") -> None:
        """Gone: the folder is not there. Garbage: a list in it is none."""
        if how == "gone" and self.folder.exists():
            self.folder.rename(self.aside)
        elif how != "gone" and self.aside.exists():
            self.aside.rename(self.folder)
        if how == "garbage":
            (self.folder / "other.csv").write_bytes(b"\xff\x00\x13nonsense\n;;;\n")
        else:
            (self.folder / "other.csv").unlink(missing_ok=True)
