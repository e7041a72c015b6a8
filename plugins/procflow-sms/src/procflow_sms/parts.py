"""How many parts a text takes as SMS: GSM 7-bit (3GPP TS 23.038) where every letter is in it, else UCS-2.

It must not know gateways.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The default alphabet without its escape.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: The extension table: two septets each.
EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Counted:
    """`encoding` is gsm7 or ucs2; `units` are septets or UTF-16 code units."""

    encoding: str
    units: int
    parts: int


def count(text: str) -> Counted:
    """The parts of a text. An escape and its letter, and the two halves of an emoji, stay in one part."""
    if all(letter in BASIC or letter in EXTENSION for letter in text):
        return _count("gsm7", [2 if letter in EXTENSION else 1 for letter in text], 160, 153)
    return _count("ucs2", [2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67)


def _count(encoding: str, sizes: list[int], alone: int, joined: int) -> Counted:
    units = sum(sizes)
    if units <= alone:
        return Counted(encoding, units, 1)
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return Counted(encoding, units, parts)
