"""Finding the workspace around a folder, and checking files that may lie in none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from procflow.errors import NotFound

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents

MARKER = "procflow.toml"


def find_workspace(start: str) -> str:
    """The nearest folder upwards that has a procflow.toml. Raises NotFound."""
    folder = os.path.abspath(start)
    while True:
        if os.path.isfile(os.path.join(folder, MARKER)):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            raise NotFound(f"{start} is not inside a workspace", "make one with `procflow init FOLDER`")
        folder = above


def check_given(paths: tuple[str, ...], plugins_dirs: tuple[str, ...] = ()) -> Documents:
    """Check files or folders, with the workspace around them if there is one; nothing is put in force."""
    from procflow.definitions.workspace import find_root, read_given
    from procflow.plugins import load_plugins

    root = find_root(paths[0])
    own = (os.path.join(root, "plugins"),) if root else ()
    plugins = load_plugins((*plugins_dirs, *own), installed=True)
    return read_given(
        paths,
        operations=plugins.operations(),
        functions=plugins.functions(),
        evidence_channels=tuple(plugins.evidence_checks()),
        rules=tuple(plugins.assignment_rules()),
        calendars=plugins.calendars(),
    )
