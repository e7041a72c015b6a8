"""How many parts a text takes as SMS: GSM 7-bit (3GPP TS 23.038) where every letter is in it, else UCS-2.

It must not know gateways.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The default alphabet in the order of its codes; the escape to the extension table stands at its place.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
BASIC = frozenset(ALPHABET) - {"\x1b"}
#: The extension table, letter -> code behind the escape: two septets each.
EXTENSION = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """`encoding` is gsm7 or ucs2; `units` are septets or UTF-16 code units."""

    encoding: str
    units: int
    parts: int


def count(text: str) -> Counted:
    """The parts of a text. An escape and its letter, and the two halves of an emoji, stay in one part."""
    encoding, sizes = _sizes(text)
    return Counted(encoding, sum(sizes), len(cut(text)))


def cut(text: str) -> list[str]:
    """The text in the parts that it is sent in."""
    encoding, sizes = _sizes(text)
    alone, joined = (160, 153) if encoding == "gsm7" else (70, 67)
    if sum(sizes) <= alone:
        return [text]
    parts, room = [""], joined
    for letter, size in zip(text, sizes, strict=True):
        if size > room:
            parts.append("")
            room = joined
        parts[-1] += letter
        room -= size
    return parts


def _sizes(text: str) -> tuple[str, list[int]]:
    if all(letter in BASIC or letter in EXTENSION for letter in text):
        return "gsm7", [2 if letter in EXTENSION else 1 for letter in text]
    return "ucs2", [2 if ord(letter) > 0xFFFF else 1 for letter in text]


def to_septets(text: str) -> bytes:
    """The codes of a text that the alphabet has, a byte for each septet."""
    codes: list[int] = []
    for letter in text:
        codes += [0x1B, EXTENSION[letter]] if letter in EXTENSION else [ALPHABET.index(letter)]
    return bytes(codes)


def from_septets(codes: bytes) -> str:
    """The text of such codes; what the tables do not have is a question mark."""
    extended = {code: letter for letter, code in EXTENSION.items()}
    text, escaped = "", False
    for code in codes:
        if code == 0x1B and not escaped:
            escaped = True
            continue
        plain = ALPHABET[code] if code < len(ALPHABET) else "?"
        text += extended.get(code, plain) if escaped else plain
        escaped = False
    return text
