"""Logins of browsers. The secret is the browser's alone; here its hash is kept, with who logged in and when.

A login ends half an hour after it was last used, ten hours after it began, and when it is ended; it is kept in the
store, so it outlives a restart and every process of a server knows it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from procflow.errors import StorageError
from procflow.ports import Store, World

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=10)
#: A use is written down when the last one was so long ago: not every look writes.
NOTED_AFTER = timedelta(minutes=1)

_LOGIN = "login"


class Login(Struct, frozen=True):
    """One login. `way`: password or oidc; `id` names it for its owner and is no secret."""

    id: str
    person: str
    way: str
    since: datetime
    seen: datetime
    address: str = ""
    browser: str = ""


class Sessions:
    """The logins of one store."""

    def __init__(self, store: Store, world: World) -> None:
        self._store, self._world = store, world

    def begin(self, person: str, way: str, address: str, browser: str) -> str:
        """A login begins; -> its secret of 256 random bits, which nobody had before."""
        secret = urlsafe_b64encode(self._world.random_bytes(32)).rstrip(b"=").decode()
        now = self._world.now()
        name = _name(secret)
        login = Login(name[:16], person, way, now, now, address[:100], browser[:200])
        self._store.drop_ended(now)
        self._store.keep(_LOGIN, name, encode(login), _end(login))
        return secret

    def find(self, secret: str, *, using: bool = True) -> Login | None:
        """The login of a secret, if it goes on; `using`: it is used now, so it goes on for longer."""
        if not 40 <= len(secret) <= 50:
            return None
        now, name = self._world.now(), _name(secret)
        found = self._store.kept(_LOGIN, name, now)
        if found is None:
            return None
        login = decode(found.value, type=Login)
        if using and now - login.seen >= NOTED_AFTER:
            login = replace(login, seen=now)
            with suppress(StorageError):  # a full disk: it goes on until it ends as it stands
                if not self._store.keep(_LOGIN, name, encode(login), _end(login), renew=True):
                    return None  # it was ended meanwhile
        return login

    def end(self, secret: str) -> None:
        self._store.drop_kept(_LOGIN, _name(secret))

    def all(self, person: str = "") -> list[Login]:
        """The logins that go on, the latest used first."""
        logins = [decode(one.value, type=Login) for one in self._store.all_kept(_LOGIN, self._world.now())]
        logins = [one for one in logins if person in ("", one.person)]
        return sorted(logins, key=lambda one: one.seen, reverse=True)

    def end_one(self, id: str, person: str = "") -> bool:
        """End a login by its id; with `person` only one of theirs. False where there is none."""
        if len(id) != 16:
            return False
        ended = False
        for one in self._store.all_kept(_LOGIN, self._world.now(), id):
            if person in ("", decode(one.value, type=Login).person):
                ended = self._store.drop_kept(_LOGIN, one.name) is not None or ended
        return ended

    def end_all(self, person: str, *, but: str = "") -> int:
        """End every login of a person, but the one of this secret; -> how many."""
        kept, ended = _name(but) if but else "", 0
        for one in self._store.all_kept(_LOGIN, self._world.now()):
            if one.name != kept and decode(one.value, type=Login).person == person:
                ended += self._store.drop_kept(_LOGIN, one.name) is not None
        return ended


def _name(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _end(login: Login) -> datetime:
    return min(login.seen + IDLE, login.since + LONGEST)
