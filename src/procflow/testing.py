"""For the tests of plugin authors and users: contracts to inherit, and worlds and stores that need no disk."""

from __future__ import annotations

from procflow.builtin.world import FrozenWorld
from procflow.hosts.contract import HostContract, LocalHouse
from procflow.hosts.recording import ChannelsOf, Killed, RecordingChannel
from procflow.rehearsal.bench import Bench
from procflow.stores.contract import StoreContract
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

__all__ = [
    "Bench",
    "ChannelsOf",
    "FrozenWorld",
    "HostContract",
    "Killed",
    "LocalHouse",
    "MemoryEvidence",
    "MemoryKeys",
    "MemoryStore",
    "RecordingChannel",
    "StoreContract",
]
