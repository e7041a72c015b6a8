"""What expressions see of evidence, and of what one step is given, in a proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from procflow.core.values import elapsed
from procflow.proof.oracle import Unknown
from procflow.proof.orders import Term
from procflow.proof.reading import EARLIER

if TYPE_CHECKING:
    from procflow.proof.scope import Scope


class Evidence(Mapping[str, Any]):
    """Evidence of which only the verdict is known."""

    __slots__ = ("verdict",)

    def __init__(self, verdict: str | None) -> None:
        self.verdict = verdict

    def __getitem__(self, key: str) -> Any:
        if key == "accepted":
            return self.verdict == "accepted"
        if key == "verdict":
            return self.verdict
        if self.verdict is None and key != "covers":
            return None
        raise Unknown

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __iter__(self) -> Iterator[str]:
        raise Unknown

    def __len__(self) -> int:
        raise Unknown


class Room(Mapping[str, Any]):
    """`input` or `result`: what one step is given."""

    __slots__ = ("table", "what", "world")

    def __init__(self, world: Scope, what: str, table: dict[str, Any]) -> None:
        self.world, self.what, self.table = world, what, table

    def __getitem__(self, key: str) -> Any:
        if key not in self.table:
            if self.what == "input" and self.world.asks_here:
                return None
            raise Unknown
        return self.world.resolved(
            self.what, self.table, key, self.world.room_domains.get(f"{self.what}.{key}")
        )

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __iter__(self) -> Iterator[str]:
        raise Unknown

    def __len__(self) -> int:
        raise Unknown


def shown(term: Term) -> str:
    """A term as it is written in an expression."""
    if isinstance(term, str):
        return term.removeprefix(EARLIER)
    value: Any = term[2]
    if isinstance(value, bool):
        return "true" if value else "false"
    if term[1] == "s":
        return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    if term[1] == "d":
        return f'date("{value.isoformat()}")'
    if term[1] == "i":
        return f'timestamp("{value.isoformat()}")'
    if term[1] in "ew":
        return f'duration("{elapsed(value) if term[1] == "e" else value}")'
    return str(value)
