"""`procflow backup FOLDER`: a copy of the workspace, made while others work."""

from __future__ import annotations

import os
import shlex

import click

from procflow.cli.session import COMMON, session
from procflow.core.counted import count_in

_WORDS = {
    "en": {
        "made": "Copied {files:file} ({size} KB) to {folder}.",
        "keys": "The keys lie in it too: who has them can read everything, so keep them apart (--keys FILE).",
        "next": "procflow restore {folder} --check proves that it can be relied on.",
    },
    "da": {
        "made": "Kopierede {files:file} ({size} KB) til {folder}.",
        "keys": "Nøglerne ligger også i den: hvem der har dem, kan læse alt, så gem dem for sig (--keys FIL).",
        "next": "procflow restore {folder} --check viser, at kopien kan bruges.",
    },
}


@click.command()
@click.argument("folder", type=click.Path())
@click.option("--keys", default="", metavar="FILE", help="Keep the copy of the keys in this file, apart from the rest.")  # fmt: skip
@COMMON
def command(folder: str, keys: str) -> None:
    """Copy the workspace to the new FOLDER while others work: store, evidence, documents, keys.

    A copy that was interrupted never has that name. The keys last as long as the copies that need them, and no
    longer: an old copy of the keys brings back what was erased.
    """
    from procflow.app.copies import back_up

    s = session()
    s.app.publish()
    s.app.allow("store.copy")
    # the workspace may be named with -w; what is typed is meant from where one stands
    copied = back_up(s.app, os.path.abspath(folder), os.path.abspath(keys) if keys else "")
    w = s.words(_WORDS)

    def text() -> str:
        told = [
            w["made"].format(
                files=count_in(s.language, copied.files), size=-(-copied.size // 1000), folder=folder
            )
        ]
        if not keys:
            told.append(w["keys"])
        # as a shell takes it, so that the line can be typed as it stands
        place = shlex.quote(folder) + (f" --keys {shlex.quote(keys)}" if keys else "")
        return "\n".join([*told, w["next"].format(folder=place)])

    result = {
        "folder": folder,
        "at": copied.at,
        "files": copied.files,
        "size": copied.size,
        "keys": keys or None,
    }
    s.show(result, text)
