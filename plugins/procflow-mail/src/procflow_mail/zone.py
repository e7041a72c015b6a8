"""The door to DNS: the texts of a name, within a bound in seconds. Tests put a zone of their own behind it."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic  # how long a look-up takes; no deadline hangs on it
from typing import Any

#: Seconds for one look-up, and for all look-ups of one fetch together.
ONE, ALL = 3.0, 8.0


class NoAnswer(Exception):
    """Nobody answered in time: later it may be otherwise."""


class Zone:
    """What `dns` of the settings says: `system`, `off`, or the address of a resolver such as `127.0.0.1:5353`."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._where = str(settings.get("dns") or "system")
        self._left = ALL
        self._known: dict[str, list[bytes]] = {}

    @property
    def off(self) -> bool:
        return self._where == "off"

    def texts(self, name: str) -> list[bytes]:
        """The TXT records of a name, each as one; [] where there are none. Raises NoAnswer."""
        key = name.rstrip(".").lower()
        if key not in self._known:
            if self._left <= 0:
                raise NoAnswer("the time for look-ups is up")
            began = monotonic()
            try:
                self._known[key] = self._asked(key, min(ONE, self._left))
            finally:
                self._left -= monotonic() - began
        return self._known[key]

    def _asked(self, name: str, seconds: float) -> list[bytes]:
        try:
            import dns.exception
            import dns.name
            import dns.resolver
        except ImportError as why:
            raise NoAnswer("nothing here asks DNS: pip install 'procflow[mail]'") from why
        try:
            resolver = dns.resolver.Resolver(configure=self._where == "system")
            if self._where != "system":
                host, _, port = self._where.rpartition(":")
                resolver.nameservers = [host.strip("[]")]
                resolver.port = int(port)
            answer = resolver.resolve(dns.name.from_text(name), "TXT", lifetime=seconds, search=False)
            return [b"".join(record.strings) for record in answer]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError, UnicodeError) as why:
            raise NoAnswer(f"DNS gave no answer: {type(why).__name__}") from why
