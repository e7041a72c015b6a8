"""Tokens of programs: `pf_`, 256 random bits and a checksum, so that a search for secrets finds one that was left lying
about. Only its hash is kept, with for whom and for what it is.

A token acts for a person of the organisation, and never for more than its scopes say.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from zlib import crc32

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from procflow.errors import NotFound, StorageError, UsageError
from procflow.ports import Store, World

LASTS, LONGEST_LASTS = timedelta(days=90), timedelta(days=366)
#: A use is written down when the last one was so long ago.
NOTED_AFTER = timedelta(minutes=10)

_TOKEN = "token"  # noqa: S105 - the kind under which it is kept
_SIGNS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LONG, _CHECK = 43, 6  # 62 ** 43 > 2 ** 256, and 62 ** 6 > 2 ** 32


class Token(Struct, frozen=True):
    """What is known of a token. `scopes` are actions of the policy, None: all that the person may; `procedures` None:
    the cases of every procedure."""

    id: str
    person: str
    name: str
    since: datetime
    until: datetime
    scopes: tuple[str, ...] | None = None
    procedures: tuple[str, ...] | None = None
    used: datetime | None = None


class Tokens:
    """The tokens of one store."""

    def __init__(self, store: Store, world: World) -> None:
        self._store, self._world = store, world

    def add(
        self, person: str, name: str, scopes: Iterable[str] | None, procedures: Iterable[str] | None = None,
        lasts: timedelta = LASTS, by: str = "",
    ) -> tuple[str, Token]:  # fmt: skip
        """(the token itself, which is shown once; what is kept of it). Raises UsageError."""
        if not timedelta() < lasts <= LONGEST_LASTS:
            raise UsageError(f"a token lasts 1 to {LONGEST_LASTS.days} days", "give another number of days")
        secret = written(self._world.random_bytes(32))
        now, hash_ = self._world.now(), _name(secret)
        token = Token(
            hash_[:16], person, name[:100], now, now + lasts,
            None if scopes is None else tuple(scopes), None if procedures is None else tuple(procedures),
        )  # fmt: skip
        self._store.keep(_TOKEN, hash_, encode(token), token.until)
        self._told(by, "token.add", token)
        return secret, token

    def find(self, secret: str) -> Token | None:
        """What is known of a token that is shown; None for one that is none, has ended or was revoked."""
        if not is_token(secret):
            return None
        now, name = self._world.now(), _name(secret)
        found = self._store.kept(_TOKEN, name, now)
        if found is None:
            return None
        token = decode(found.value, type=Token)
        if token.used is None or now - token.used >= NOTED_AFTER:
            token = replace(token, used=now)
            with suppress(StorageError):  # a full disk: that it was used is noted when there is room again
                if not self._store.keep(_TOKEN, name, encode(token), token.until, renew=True):
                    return None
        return token

    def all(self, person: str = "") -> list[Token]:
        tokens = [decode(one.value, type=Token) for one in self._store.all_kept(_TOKEN, self._world.now())]
        return sorted((one for one in tokens if person in ("", one.person)), key=lambda one: one.since)

    def revoke(self, id: str, by: str = "", person: str = "") -> Token:
        """End a token by its id or the beginning of it; with `person` only one of theirs. Raises NotFound, UsageError."""
        found = [one for one in self.all(person) if id and one.id.startswith(id)]
        if len(found) > 1:
            raise UsageError(f"{len(found)} tokens begin with {id}", "give more of the id")
        if not found:
            raise NotFound(f"there is no token {id}", "`procflow token list` lists them")
        self._drop(found[0])
        self._told(by, "token.revoke", found[0])
        return found[0]

    def revoke_all(self, person: str) -> None:
        for token in self.all(person):
            self._drop(token)

    def _drop(self, token: Token) -> None:
        for one in self._store.all_kept(_TOKEN, self._world.now(), token.id):
            self._store.drop_kept(_TOKEN, one.name)

    def _told(self, by: str, what: str, token: Token) -> None:
        self._store.log_access(self._world.now(), by or "-", what, "", f"{token.person} {token.id}", "done")


def written(random: bytes) -> str:
    """A token of 32 random bytes."""
    body = _in_signs(int.from_bytes(random, "big"), _LONG)
    return f"pf_{body}{_checksum(body)}"


def is_token(text: str) -> bool:
    """Whether this is written as a token, which says nothing of whether it is one of ours."""
    body, check = text[3 : 3 + _LONG], text[3 + _LONG :]
    whole = (
        text.startswith("pf_") and len(text) == 3 + _LONG + _CHECK and text.isascii() and text[3:].isalnum()
    )
    return whole and _checksum(body) == check


def _checksum(body: str) -> str:
    return _in_signs(crc32(body.encode()), _CHECK)


def _in_signs(number: int, length: int) -> str:
    signs = []
    for _ in range(length):
        number, rest = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[rest])
    return "".join(reversed(signs))


def _name(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
