"""Whether two addresses look alike to a person and are not the same: other alphabets, digits for letters, `rn` for `m`.

A heuristic for a warning, never for a yes. It must not know mails or evidence.
"""

from __future__ import annotations

import unicodedata
from contextlib import suppress

#: Letters that look like a Latin one, by that one: Cyrillic, Greek, Armenian and others, and digits.
_LIKE = {
    "a": "\u0430\u03b1\u0251@4", "b": "\u042c\u0184\u0432", "c": "\u0441\u03f2\u217d", "d": "\u0501\u217e\u0257",
    "e": "\u0435\u0454\u212e\u03b53", "f": "\u0192", "g": "\u0261\u0581q9", "h": "\u04bb\u0570", "i": "\u0456\u03b9\u0131l1|!\u04cf\u0406",
    "j": "\u0458\u03f3", "k": "\u043a\u03ba", "m": "\u043c\u217f", "n": "\u0578\u03b7\u043f", "o": "\u043e\u03bf\u0585\u00f8\u04e90",
    "p": "\u0440\u03c1", "r": "\u0433", "s": "\u0455\u01bd5$", "t": "\u0442\u03c47", "u": "\u03c5\u057d\u0446", "v": "\u03bd\u0475\u2174",
    "w": "\u051d\u0461", "x": "\u0445\u03c7\u2179", "y": "\u0443\u04af\u03b3", "z": "\u0290\u01b62",
}  # fmt: skip
_FOLD = str.maketrans({like: plain for plain, likes in _LIKE.items() for like in likes if like != "@"})


def skeleton(text: str) -> str:
    """What a hasty reader sees of it: equal for texts that look alike."""
    plain = unicodedata.normalize("NFKD", _readable(text.strip()).casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    for letters, like in (("\u00e6", "ae"), ("\u00df", "ss")):
        bare = bare.replace(letters, like)
    folded = bare.translate(_FOLD)
    for letters, like in (("rn", "m"), ("vv", "w"), ("ci", "d")):
        folded = folded.replace(letters, like)
    return folded


def looks_like(address: str, other: str) -> bool:
    """Whether one could be taken for the other. The same address does not look like itself: it is it."""
    one, two = address.strip().casefold(), other.strip().casefold()
    if not one or not two or one == two:
        return False
    local, _, domain = skeleton(one).rpartition("@")
    local_two, _, domain_two = skeleton(two).rpartition("@")
    return (local, _undotted(domain)) == (local_two, _undotted(domain_two))


def _undotted(domain: str) -> str:
    return domain.replace("-", "").replace(".", "")


def _readable(text: str) -> str:
    """With the domain in letters where it stands as DNS has it (`xn--...`)."""
    local, at, domain = text.rpartition("@")
    with suppress(UnicodeError):
        return f"{local}{at}{domain.encode('ascii').decode('idna')}"
    return text
