"""What a sender wrote is shown and never obeyed: whatever a terminal would act on becomes visible."""

from __future__ import annotations

from procflow.core.regex import regex

#: Control characters, and those that turn the direction of writing; our own looks and ends of lines stay (group 1).
_OBEYED = regex(
    r"(\x1b\[(?:[0124](?:;[124])*)m|\r\n)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


def harmless(text: str) -> str:
    """The text with what a terminal would obey made visible."""
    if text.replace("\n", "").isprintable():
        return text
    return _OBEYED.sub(lambda found: found[1] or _seen(found[0]), text)


def _seen(char: str) -> str:
    code = ord(char)
    return chr(0x2400 + code) if code < 32 else "\u2421" if code == 127 else "\ufffd"
