"""For the tests of plugin authors and users: contracts to inherit, and worlds and stores that need no disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procflow.builtin.world import FrozenWorld
from procflow.hosts.contract import HostContract, LocalHouse
from procflow.hosts.recording import ChannelsOf, Killed, RecordingChannel
from procflow.rehearsal.bench import Bench
from procflow.stores.contract import StoreContract
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore
from procflow.testing.clauses_pushed import Pusher
from procflow.testing.peer import Letter, Peer, Question, Reached, Through

if TYPE_CHECKING:
    from procflow.testing.channel_contract import ByHandContract, ChannelContract
    from procflow.testing.pushed_contract import PushedContract

__all__ = [
    "Bench",
    "ByHandContract",
    "ChannelContract",
    "ChannelsOf",
    "FrozenWorld",
    "HostContract",
    "Killed",
    "Letter",
    "LocalHouse",
    "MemoryEvidence",
    "MemoryKeys",
    "MemoryStore",
    "Peer",
    "PushedContract",
    "Pusher",
    "Question",
    "Reached",
    "RecordingChannel",
    "StoreContract",
    "Through",
]


def __getattr__(name: str) -> Any:
    """The contracts that need pytest are loaded when they are asked for, so that peers load without it."""
    if name in ("ByHandContract", "ChannelContract"):
        from procflow.testing import channel_contract

        return getattr(channel_contract, name)
    if name == "PushedContract":
        from procflow.testing import pushed_contract

        return pushed_contract.PushedContract
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
