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
from procflow.testing.clauses_pushed import Pusher
from procflow.testing.peer import Peer


def peer_of(found: LoadedChannel) -> type[Peer]:
    """The class of `Peer` for this channel. Raises NotFound where there is none, PluginError where it cannot be loaded."""
    peers = sides_of(found)[0]
    if not peers:
        raise NotFound(
            f"nobody is there to whom the channel {found.channel.name} could speak", "write a class of Peer"
        )
    return peers[-1]


def sides_of(found: LoadedChannel) -> tuple[list[type[Peer]], list[type[Pusher]]]:
    """(classes of `Peer`, classes of `Pusher`) for this channel, in the order of their names. Raises as `peer_of`."""
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
    classes = [
        each
        for called, each in inspect.getmembers(loaded, inspect.isclass)
        if not called.startswith("_") and getattr(each, "channel", "") == name
    ]
    peers = [each for each in classes if issubclass(each, Peer)]
    pushers = [each for each in classes if issubclass(each, Pusher)]
    if not peers and not pushers:
        raise NotFound(
            f"{place} has no class of Peer or Pusher for the channel {name}",
            f"write channel = {name!r} in it",
            {"channel": name},
        )
    return peers, pushers
