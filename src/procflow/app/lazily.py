"""What of a workspace is made, or loaded, only when something asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Self, TypeVar, overload

from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.house import HOUSE_CHANNELS
from procflow.definitions.settings import Settings

T = TypeVar("T")


class part(cached_property[T]):  # noqa: N801 - it is written as `cached_property` is
    """Made when it is first asked for, and kept. Without the lock of `cached_property`, which in Python 3.11 is one for all
    workspaces: a thread whose database is away for ten seconds would keep all others from theirs."""

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Self | T:
        if instance is None:
            return self
        kept: dict[str, T] = instance.__dict__
        name = self.attrname or ""
        if name not in kept:
            kept[name] = self.func(instance)
        return kept[name]


class ManualChannels:
    """The channels whose effects people carry out by hand; one that nobody configured is among them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __contains__(self, channel: object) -> bool:
        return (
            channel not in BETWEEN_CASES
            and channel not in HOUSE_CHANNELS
            and self._settings.mode(str(channel)) == "manual"
        )


class OfPlugins(Mapping[str, Any]):
    """What plugins bring, by name; they are loaded when a name is asked for that is not among our `own`."""

    def __init__(
        self, load: Callable[[], Mapping[str, Any]], own: Callable[[], Mapping[str, Any]] = dict
    ) -> None:
        self._load, self._own = load, own

    def __getitem__(self, name: str) -> Any:
        own = self._own()
        return own[name] if name in own else self._load()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


def own_rules() -> Mapping[str, Any]:
    """Our own rules by which work is dealt out."""
    from procflow.builtin.assignment import RULES

    return RULES
