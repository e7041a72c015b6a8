"""The other side of the print channel for the contract: the folder from which letters are printed, read by pypdf.

It must not know the channel's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procflow.testing import Peer, Reached, Through

_NOBODY = "a folder has nobody who could be {}"


class Tray(Peer):
    channel = "print"
    operation = "letter"
    kind = "live"
    receives = False
    cannot: Mapping[str, str] = {
        "refuses": "a folder takes every letter",
        **{
            how: _NOBODY.format(how)
            for how in ("silent", "half", "torn", "slow", "garbage", "doubled", "gone")
        },
    }

    def start(self, folder: Path) -> None:
        self.out, self.aside = folder / "out", folder / "aside"
        self.out.mkdir()
        self._read: dict[str, str] = {}

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {
            "folder": str(self.out),
            "head": ["PROSAM", "Torvet 1", "8000 Aarhus C"],
            "foot": ["CVR 00 00 00 00"],
        }

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "Mette Holm\nÆblevej 7\n8000 Aarhus C", "subject": "Din aftale", "text": text}

    def reached(self) -> Sequence[Reached]:
        from pypdf import PdfReader

        folder = self.out if self.out.is_dir() else self.aside
        found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in found:
            if path.name not in self._read:
                (whole,) = PdfReader(path).attachments["letter.txt"]
                self._read[path.name] = whole.decode()
        return [Reached(self._read[path.name], path.name) for path in found]

    def behave(self, how: str, words: str = "") -> None:
        """Busy: a file stands where the folder was, so that nothing can be laid there."""
        if how == "busy" and self.out.is_dir():
            self.out.rename(self.aside)
            self.out.write_text("")
        elif how == "well" and not self.out.is_dir():
            self.out.unlink()
            self.aside.rename(self.out)
