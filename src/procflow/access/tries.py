"""Logins that failed, counted for each account and address, by all processes together.

Whoever guesses is stopped for a while: at one account from one address soon, from one address at all later. A stranger
locks nobody out: where an account is tried from many places, people still get in from an address from which they got
in before, and every stop ends by itself. What was typed as a name is never kept, only its hash.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from procflow.errors import NotAllowed
from procflow.hosts.whose import whose
from procflow.ports import Store, World

#: What failed counts for so long.
COUNTED_FOR = timedelta(minutes=15)
#: Failures after which it is enough: of one account from one address, from one address, of one account from anywhere.
OF_BOTH, FROM_ADDRESS, OF_ACCOUNT = 5, 30, 100
#: How long it is remembered that somebody got in from an address.
KNOWN_FOR = timedelta(days=30)

_FAILED, _KNOWN = "login-failed", "login-known"


class Tries:
    """The tries of one store."""

    def __init__(self, store: Store, world: World) -> None:
        self._store, self._world = store, world

    def stopped_until(self, account: str, address: str) -> datetime | None:
        """Until when nobody is let in who asks so; None where they may try."""
        now, store = self._world.now(), self._store
        who, where = _name(account), _name(whose(address))
        if store.count_kept(_FAILED, now, f"a/{where}/{who}/") >= OF_BOTH:
            return self._end(f"a/{where}/{who}/", now, OF_BOTH)
        if store.count_kept(_FAILED, now, f"a/{where}/") >= FROM_ADDRESS:
            return self._end(f"a/{where}/", now, FROM_ADDRESS)
        if store.count_kept(_FAILED, now, f"p/{who}/") < OF_ACCOUNT:
            return None
        if store.kept(_KNOWN, f"{who}/{where}", now) is not None:
            return None
        return self._end(f"p/{who}/", now, OF_ACCOUNT)

    def failed(self, account: str, address: str) -> None:
        now = self._world.now()
        who, where, end = _name(account), _name(whose(address)), now + COUNTED_FOR
        id_ = self._world.new_id()
        self._store.drop_ended(now)
        self._store.keep(_FAILED, f"a/{where}/{who}/{id_}", b"", end)
        self._store.keep(_FAILED, f"p/{who}/{id_}", b"", end)

    def worked(self, account: str, address: str) -> None:
        """Somebody got in: what they mistyped before is forgotten, and the address is known."""
        now = self._world.now()
        who, where = _name(account), _name(whose(address))
        for one in self._store.all_kept(_FAILED, now, f"a/{where}/{who}/"):
            self._store.drop_kept(_FAILED, one.name)
            self._store.drop_kept(_FAILED, f"p/{who}/{one.name.rpartition('/')[2]}")
        self._store.keep(_KNOWN, f"{who}/{where}", b"", now + KNOWN_FOR)

    def forget(self, account: str) -> None:
        """No address is known of this account any more: it is gone, or somebody else had its password."""
        now = self._world.now()
        for one in self._store.all_kept(_KNOWN, now, f"{_name(account)}/"):
            self._store.drop_kept(_KNOWN, one.name)

    def _end(self, beginning: str, now: datetime, most: int) -> datetime:
        """When fewer than `most` of these failures count."""
        ends = sorted(
            one.until for one in self._store.all_kept(_FAILED, now, beginning) if one.until is not None
        )
        return ends[-most] if len(ends) >= most else now


def _name(text: str) -> str:
    return sha256(text.strip().casefold().encode()).hexdigest()[:24]


def wrong(english: str, danish: str) -> NotAllowed:
    """That somebody is not let in, without a word on what was wrong."""
    return NotAllowed(english, "", {"reason": "login", "reasons": {"en": english, "da": danish}})


def stopped(until: datetime, now: datetime) -> NotAllowed:
    """That somebody has to wait."""
    minutes = max(1, -(-int((until - now).total_seconds()) // 60))
    reasons = {
        "en": f"too many tries went wrong; try again in {minutes} min.",
        "da": f"for mange forsøg er gået galt; prøv igen om {minutes} min.",
    }
    return NotAllowed(reasons["en"], "", {"reason": "too_many", "reasons": reasons, "minutes": minutes})
