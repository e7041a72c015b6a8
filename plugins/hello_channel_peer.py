"""The other side of hello_channel.py for the contract: the file itself. `procflow plugin test hello --plugins-dir plugins`

It must not know the channel's code.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procflow.testing import Peer, Reached, Through

_NOBODY = "a file has nobody who could be {}"


class File(Peer):
    channel = "hello"
    operation = "say"
    kind = "live"  # the file is the outside, not a picture of it
    receives = False
    cannot: Mapping[str, str] = {
        "refuses": "a file takes every line",
        **{
            how: _NOBODY.format(how)
            for how in ("silent", "half", "torn", "slow", "garbage", "doubled", "gone")
        },
    }

    def start(self, folder: Path) -> None:
        self.file = folder / "hello.txt"
        self.aside = folder / "aside.txt"

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {"file": str(self.file)}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "verden", "text": text}

    def reached(self) -> Sequence[Reached]:
        file = self.file if self.file.is_file() else self.aside
        lines = file.read_bytes().decode().split("\n")[:-1] if file.is_file() else []
        return [
            Reached(rest.partition(": ")[2], key) for key, _, rest in (line.partition("\t") for line in lines)
        ]

    def behave(self, how: str, words: str = "") -> None:
        """Busy: a folder stands where the file was, so that no line can be written."""
        if how == "busy" and not self.file.is_dir():
            if self.file.exists():
                self.file.rename(self.aside)
            self.file.mkdir()
        elif how == "well" and self.file.is_dir():
            self.file.rmdir()
            if self.aside.exists():
                self.aside.rename(self.file)
