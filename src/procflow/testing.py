"""For the tests of plugin authors and users: contracts to inherit, and worlds and stores that need no disk."""

from __future__ import annotations

from procflow.builtin.world import FrozenWorld
from procflow.stores.contract import StoreContract
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

__all__ = ["FrozenWorld", "MemoryEvidence", "MemoryKeys", "MemoryStore", "StoreContract"]
