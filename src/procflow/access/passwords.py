"""Passwords: what is a good one, and how they are kept (Argon2id). The only place that names argon2.

A hash takes tens of milliseconds on purpose: it is made in the thread that answers, never on a server's loop.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from procflow.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: The least that is asked of a hash that is made now; older ones are made anew at the next login.
TIME, MEMORY_KIB, LANES = 2, 19_456, 1
SHORTEST, LONGEST = 15, 200
#: A password of fewer different signs is one that anybody tries.
_FEWEST_SIGNS = 6


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ImportError as why:
        raise UsageError(
            f"users want {why.name}, which is not installed here", "pip install 'procflow[web]'"
        ) from why
    return PasswordHasher(time_cost=TIME, memory_cost=MEMORY_KIB, parallelism=LANES)


def hashed(password: str, salt: bytes) -> str:
    """The password as it is kept; `salt` are 16 random bytes."""
    return _hasher().hash(_bytes(password), salt=salt)


def matches(kept: str, password: str) -> bool:
    """Whether this is the password. It takes as long for a wrong one."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    hasher = _hasher()
    try:
        return hasher.verify(kept, _bytes(password[: 4 * LONGEST]))
    except (Argon2Error, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether less was asked of this hash than is asked now."""
    return _hasher().check_needs_rehash(kept)


@lru_cache(maxsize=1)
def nobodys() -> str:
    """A hash that no password matches, held against what is entered for nobody, so that it takes as long."""
    return hashed("nobody has this password, whatever is typed", b"\0" * 16)


def refuse_weak(password: str, words: Iterable[str]) -> None:
    """Raises UsageError for a password that others could think of; `words` are those that everybody knows of the
    person and the house. It says nothing of the password itself."""
    plain = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise _weak(
            f"a password has {SHORTEST} to {LONGEST} characters",
            f"en adgangskode har {SHORTEST} til {LONGEST} tegn",
        )
    if any(unicodedata.category(char) == "Cc" for char in plain):
        raise _weak("a password has no control characters", "en adgangskode har ingen styretegn")
    if len(set(plain.casefold())) < _FEWEST_SIGNS:
        raise _weak(
            "a password has at least six different characters",
            "en adgangskode har mindst seks forskellige tegn",
        )
    rest = plain.casefold()
    for word in sorted({word.casefold() for word in words if len(word) > 2}, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < SHORTEST // 2 or _is_common(plain):
        raise _weak(
            "a password is not made of names that everybody here knows, or of what everybody takes",
            "en adgangskode er ikke lavet af navne, som alle her kender, eller af det, som alle bruger",
        )


def _is_common(plain: str) -> bool:
    """Whether little is left when what everybody takes is taken away: in any letters, also where signs stand for them."""
    from procflow.access.common_passwords import COMMON, ROWS, STANDS_FOR

    for text in {plain.casefold(), plain.casefold().translate(STANDS_FOR)}:
        rest = ROWS.sub("", re.sub(r"[\W_]+", "", text))
        for word in COMMON:
            rest = rest.replace(word, "")
        if len(re.sub(r"\d{2,}", "", rest)) < SHORTEST // 2:
            return True
    return False


def _weak(english: str, danish: str) -> UsageError:
    hint = "four or five words that do not belong together are easy to remember and hard to guess"
    return UsageError(english, hint, {"reason": "weak", "reasons": {"en": english, "da": danish}})


def _bytes(password: str) -> bytes:
    """The same letters are the same password however a keyboard composes them."""
    return unicodedata.normalize("NFC", password).encode()
