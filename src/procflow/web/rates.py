"""How often somebody may ask in a minute: counted in this process, by person or by address.

It stops a page or a program that has gone wild, and a stranger who knocks without end; who guesses passwords is
stopped by `access.tries`, which counts for all processes.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from procflow.core.policy import Actor
from procflow.errors import Busy
from procflow.hosts.whose import whose

#: Requests a minute of one person (or token of theirs), and of one address of which nobody is known.
OF_PERSON, OF_ADDRESS = 6000, 300
_MOST_KNOWN = 20_000


class Rates:
    """Counts by minutes. `clock` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._minute = -1
        self._counts: dict[str, int] = {}

    def count(self, actor: Actor, address: str) -> None:
        """One more request. Raises Busy, with the seconds to wait."""
        if actor.way in ("os", "host"):
            return
        who, most = (f"p:{actor.person}", OF_PERSON) if actor.person else (f"a:{whose(address)}", OF_ADDRESS)
        now = self._clock()
        with self._lock:
            if int(now // 60) != self._minute or len(self._counts) > _MOST_KNOWN:
                self._minute, self._counts = int(now // 60), {}
            self._counts[who] = count = self._counts.get(who, 0) + 1
        if count > most:
            wait = 60 - int(now % 60)
            reasons = {
                "en": f"that was asked too often; wait {wait} s",
                "da": f"det er spurgt for tit; vent {wait} s",
            }
            raise Busy(reasons["en"], "", {"reason": "too_often", "wait": wait, "reasons": reasons})
