"""The other side of the file channel for the contract: two folders. It must not know the channel's code."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procflow.testing import Letter, Peer, Reached, Through

_NOBODY = "a folder has nobody who could be {}"


class Folders(Peer):
    channel = "file"
    operation = "write"
    kind = "live"
    cannot: Mapping[str, str] = {
        "refuses": "a folder takes every file",
        **{
            how: _NOBODY.format(how)
            for how in ("silent", "half", "torn", "slow", "garbage", "doubled", "gone")
        },
    }

    def start(self, folder: Path) -> None:
        self.out, self.aside, self.inbox = folder / "out", folder / "aside", folder / "in"
        self.out.mkdir()
        self.inbox.mkdir()

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {"folder": str(self.out), "inbox": {"folder": str(self.inbox), "every": 1}}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"name": "brev på Ærø.txt", "text": text}

    def reached(self) -> Sequence[Reached]:
        folder = self.out if self.out.is_dir() else self.aside
        found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [Reached(path.read_bytes().decode(), path.name) for path in found]

    def behave(self, how: str, words: str = "") -> None:
        """Busy: a file stands where the folder was, so that nothing can be written."""
        if how == "busy" and self.out.is_dir():
            self.out.rename(self.aside)
            self.out.write_text("")
        elif how == "well" and not self.out.is_dir():
            self.out.unlink()
            self.aside.rename(self.out)

    def write(self, letter: Letter) -> None:
        beside = self.inbox / f".{letter.id}"
        beside.write_bytes(letter.text.encode())
        at = letter.received.timestamp()
        os.utime(beside, (at, at))
        beside.rename(self.inbox / f"{letter.id}.txt")
