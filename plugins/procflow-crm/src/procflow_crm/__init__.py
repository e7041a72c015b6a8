"""The customer file and the policy change system as one channel: by hand, from exports in a folder, or in a file of our own.

IBA, MIA and Waypoint have no public interface: nobody has spoken to them, and the channel says so. It must not know cases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

from .operations import OPERATIONS

if TYPE_CHECKING:
    from .port import CustomerFile

#: Characters of one note or remark, and of one title.
LONGEST, LONGEST_TITLE = 1_000_000, 500


class CrmChannel:
    """See `ports.Channel`."""

    name = "crm"
    operations: Mapping[str, Mapping[str, Any]] = OPERATIONS
    settings = ("exports", "file", "max_age_days", "timeout")
    verified = "stand-in"  # IBA, MIA and Waypoint were never spoken to; what stands behind is ours
    fetches = False

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._system: CustomerFile | None = None
        self.now: datetime | None = None

    def normalise(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "find_customer" and len(parameters) != 1:
            raise UsageError(f"{', '.join(parameters)}: a customer is looked for by one of them at a time")
        for name, value in parameters.items():
            most = LONGEST_TITLE if name == "title" else LONGEST
            if isinstance(value, str) and len(value) > most:
                raise UsageError(f"{name}: has {len(value):,} characters, and {most:,} are possible")
            if isinstance(value, str) and "\0" in value:
                raise UsageError(f"{name}: has a character (NUL) that no customer file takes")
        return parameters

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps(parameters, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        import sqlite3

        from procflow.errors import PluginError

        from .asking import ask, opened

        try:
            self._system = self._system or opened(self._settings)
        except PluginError as why:
            return Delivery("retry", {}, why.message)
        except (sqlite3.Error, OSError) as why:
            return Delivery("retry", {}, f"the customer file cannot be used now: {why}")
        assert self.now is not None  # the house sets it before each call
        return ask(self._system, self._settings, operation, key, json.loads(wire), self.now)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor

    def health(self) -> str:
        from .asking import health

        return health(self._settings, self.now)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [CrmChannel(settings.get("crm", {}))]
