"""Where plugins are found: in folders, among the installed distributions, and beside procflow itself.

It must not know hooks, or load anything.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from time import time_ns  # a folder's time is the machine's own, also where World's clock stands still
from typing import Any

from procflow.errors import PluginError
from procflow.hookspecs import PROJECT
from procflow.plugin_source import PluginSource

#: Nanoseconds after which whoever was changing a folder has done with it.
_SETTLED = 5_000_000_000
#: How a distribution says that it is a plugin.
_HOW = 'write [project.entry-points.procflow] and below it: NAME = "MODULE"'


def shipped_folder() -> Path:
    """Where procflow's own channel plugins are: inside the wheel, or beside `src` in a source tree."""
    here = Path(__file__).resolve().parent
    inside = here / "shipped" / "plugins"
    return inside if inside.is_dir() else here.parent.parent / "plugins"


def in_folder(
    folder: Path, problems: list[PluginError], *, single_files: bool = True, kind: str = "folder"
) -> Iterator[PluginSource]:
    """The plugins of one folder, by name: modules, packages, and distributions; or the one that it is itself."""
    folder = folder.absolute()
    if (folder / "pyproject.toml").is_file() and _entry_points(folder / "pyproject.toml")[2]:
        yield from _distribution(folder, problems, kind)
        return
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir() and (path / "pyproject.toml").is_file():
            yield from _distribution(path, problems, kind)
        elif not single_files:
            continue
        elif path.suffix == ".py" and not path.name.startswith(("test_", "conftest")):
            if path.stem.endswith("_peer"):
                continue  # the other side of the plugin beside it, for `procflow plugin test`
            yield PluginSource(path.stem, "file", str(path), _unique(path), str(path))
        elif (path / "__init__.py").is_file() and path.name != "tests":
            yield PluginSource(path.name, kind, str(path), path.name, search=str(folder))


def _unique(path: Path) -> str:
    """A module name that no other file has."""
    return f"procflow_plugin_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"


def _entry_points(file: Path) -> tuple[str, str, dict[str, Any], str]:
    """(name, version, entry points of the group procflow, why it cannot be read) of a pyproject.toml; "" and {} where
    there are none, or something else stands in their place."""
    import tomllib

    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as why:
        return "", "", {}, " ".join(str(why).split())[:300] or type(why).__name__
    project = _table(content, "project")
    points = _table(_table(project, "entry-points"), PROJECT)
    return str(project.get("name", "")), str(project.get("version", "")), points, ""


def _table(within: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = within.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _distribution(folder: Path, problems: list[PluginError], kind: str) -> Iterator[PluginSource]:
    name, version, points, unread = _entry_points(folder / "pyproject.toml")
    facts = {"plugin": name or folder.name, "where": str(folder)}
    if unread:
        words = f"{folder / 'pyproject.toml'} cannot be read: {unread}"
        problems.append(PluginError(words, "it has to be TOML; its plugin is left out until then", facts))
    elif not points:
        problems.append(
            PluginError(f"the folder {folder} has a pyproject.toml but is no plugin", _HOW, facts)
        )
    search = str(folder / "src") if (folder / "src").is_dir() else str(folder)
    for point, target in sorted(points.items()):
        module, _, attribute = str(target).partition(":")
        if not isinstance(target, str) or not all(part.isidentifier() for part in module.strip().split(".")):
            words = (
                f"{folder / 'pyproject.toml'}: the entry point {point} names {target!r}, which is no module"
            )
            problems.append(PluginError(words, _HOW, facts))
            continue
        label = name if len(points) == 1 else f"{name}:{point}"
        yield PluginSource(
            label or folder.name, kind, str(folder), module.strip(), "", search, attribute.strip(), version
        )


def installed_ones() -> tuple[PluginSource, ...]:
    """What the installed distributions bring. They are looked through again when something was installed or taken away,
    which the time of its folder tells: that takes longer than to load what is found."""
    path = tuple((entry, _changed(entry)) for entry in sys.path)
    settled = all(abs(time_ns() - changed) > _SETTLED for _, changed in path)
    return _installed_in(path) if settled else _installed_in.__wrapped__(path)


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _installed_in(path: tuple[tuple[str, int], ...]) -> tuple[PluginSource, ...]:
    """By the entries of `sys.path` with the time of each, which are there to be compared."""
    from importlib.metadata import entry_points

    found = sorted(entry_points(group=PROJECT), key=lambda point: point.name)
    brought = [point.dist.name if point.dist else point.name for point in found]
    sources = []
    for point, name in zip(found, brought, strict=True):
        label = name if brought.count(name) == 1 else f"{name}:{point.name}"
        version = point.dist.version if point.dist else ""
        sources.append(PluginSource(label, "installed", name, point.module, "", "", point.attr, version))
    return tuple(sources)
