"""Finding the workspace around a folder, and checking files that may lie in none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from procflow.errors import NotFound, PluginError, UsageError, words_in_both
from procflow.stored import ORGANISATION

if TYPE_CHECKING:
    from procflow.definitions.workspace import Begun, Documents

MARKER = "procflow.toml"


def find_workspace(start: str) -> str:
    """The nearest folder upwards that has a procflow.toml. Raises NotFound, and UsageError where that is no file."""
    folder = os.path.abspath(start)
    while True:
        marker = os.path.join(folder, MARKER)
        if os.path.isfile(marker):
            return folder
        if os.path.lexists(marker):  # the workspace above it, if any, is not the one that is meant
            raise UsageError(
                *words_in_both(
                    f"{marker} is no file", f"{marker} er ikke en fil",
                    "it is a folder, or a link that leads nowhere: put the settings there", "det er en mappe eller et link, der ingen steder fører hen: læg indstillingerne dér",
                )
            )  # fmt: skip
        above = os.path.dirname(folder)
        if above == folder:
            raise NotFound(f"{start} is not inside a workspace", "make one with `procflow init FOLDER`")
        folder = above


def begin(folder: str, *, example: bool = True, store: str = "") -> list[str]:
    """A new workspace in a folder, whose cases are kept in `store` ("": in a file beside its settings); -> what was
    made. Nothing is made where the store cannot be used, or holds cases already."""
    from procflow.shipped import make_workspace, must_be_free

    if not store:
        from procflow.stores.sqlite_names import sqlite_name

        sqlite_name(os.path.abspath(folder))
    if store:
        must_be_free(folder)
        _must_be_new(store)
    return make_workspace(folder, example=example, store=store)


def _must_be_new(store: str) -> None:
    import json
    import tempfile

    from procflow.app import App

    with tempfile.TemporaryDirectory(prefix="procflow-init-") as place:
        with open(os.path.join(place, MARKER), "w", encoding="utf-8") as file:
            file.write(f"store = {json.dumps(store)}\n")
        with App(place) as app:
            if app.settings.database is not None and app.store.load(ORGANISATION) is not None:
                raise UsageError(
                    "a workspace keeps its cases in that database already",
                    "to run another node of it, copy its folder (procflow.toml, procedures, key file) to this machine",
                )


def check_given(paths: tuple[str, ...], plugins_dirs: tuple[str, ...] = (), around: str = "") -> Documents:
    """Check files or folders, with the workspace around them, else the one `around`; nothing is put in force."""
    return begin_given(paths, plugins_dirs, around).checked()


def told_of_given(
    paths: tuple[str, ...], plugins_dirs: tuple[str, ...] = (), around: str = ""
) -> tuple[Documents, Sequence[PluginError]]:
    """The same files, with what there is to tell of them and of no others, and what is wrong with plugins: what those
    would bring is unknown to the documents."""
    begun, problems = _begun(paths, plugins_dirs, around)
    return begun.told(), problems


def begin_given(paths: tuple[str, ...], plugins_dirs: tuple[str, ...] = (), around: str = "") -> Begun:
    """The same files, read and not checked yet."""
    return _begun(paths, plugins_dirs, around)[0]


def _begun(
    paths: tuple[str, ...], plugins_dirs: tuple[str, ...], around: str
) -> tuple[Begun, Sequence[PluginError]]:
    from procflow.definitions.workspace import Begun, find_root, root_of
    from procflow.plugins import load_plugins

    # a name, or a path within the workspace, says nothing of where it is: that is the one asked for
    root = around if around and not os.path.exists(paths[0]) else find_root(paths[0]) or around
    own = (os.path.join(root, "plugins"),) if root else ()
    plugins = load_plugins((*plugins_dirs, *own), installed=True)
    return Begun(root or root_of(paths), paths=paths, **plugins.brought()), plugins.problems
