"""Finds the other side that a channel brings for the contract: `PACKAGE/peer.py`, or `NAME_peer.py` beside one file.

It must not know what the contract asks.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

from msgspec.structs import replace

from procflow.errors import NotFound, PluginError
from procflow.plugins import LoadedChannel
from procflow.testing.peer import Peer


def peer_of(found: LoadedChannel) -> type[Peer]:
    """The class of `Peer` for this channel. Raises NotFound where there is none, PluginError where it cannot be loaded."""
    name, source = found.channel.name, found.source
    if source.file:
        file = Path(source.file)
        beside = file.with_name(f"{file.stem}_peer.py")
        place, there = str(beside), beside.is_file()
        wanted = replace(source, file=str(beside), module=f"{source.module}_peer")
    else:
        module = f"{source.module}.peer"
        place = f"{module.replace('.', '/')}.py"
        there = importlib.util.find_spec(module) is not None
        wanted = replace(source, module=module, attribute="")
    if not there:
        raise NotFound(
            f"nobody can try the channel {name}: its plugin {found.plugin} brings no other side",
            f"write a class of procflow.testing.Peer in {place}",
            {"channel": name, "plugin": found.plugin},
        )
    try:
        loaded = wanted.load()
    except PluginError:
        raise
    except Exception as why:
        raise PluginError(
            f"{place} cannot be imported: {type(why).__name__}: {why}", "", {"plugin": found.plugin}
        ) from why
    fitting = [
        each
        for _, each in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(each, Peer) and each is not Peer and each.channel == name
    ]
    if not fitting:
        raise NotFound(
            f"{place} has no class of Peer for the channel {name}",
            f"write channel = {name!r} in it",
            {"channel": name},
        )
    return fitting[-1]
