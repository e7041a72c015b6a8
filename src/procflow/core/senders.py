"""Who sent a message, however it was written: the number or address alone, and what a case may know them by. Pure.

It must not know channels, cases or mails.
"""

from __future__ import annotations

from contextlib import suppress

from procflow.core.field_formats import read_phone
from procflow.core.field_problems import Wrong


def plain_sender(written: str) -> tuple[str, str]:
    """(the number as E.164, the address alone, or what was written; the name that stood before an address)."""
    text = " ".join(written.split())
    if "@" in text:
        name, angle, rest = text.rpartition("<")
        address = rest.partition(">")[0].strip() if angle else text
        return (address, name.strip(' "')) if angle and "@" in address else (text, "")
    with suppress(Wrong):  # a name, or no number at all
        return read_phone(text), ""
    return text, ""


def known_as(sender: str) -> list[str]:
    """What a case may have of this sender: as it is written, a number as E.164, an address with its domain as people
    and as DNS write it (`blåbær.example`, `xn--blbr-roah.example`)."""
    texts = [sender, plain_sender(sender)[0]]
    if texts[-1].isascii() and texts[-1].isdigit() and 9 <= len(texts[-1]) <= 15:
        texts.append(f"+{texts[-1]}")  # with its country code, as gateways write numbers
    local, at, domain = texts[-1].rpartition("@")
    if at:
        with suppress(UnicodeError):
            texts.append(f"{local}@{domain.encode('idna').decode('ascii')}")
        with suppress(UnicodeError):
            texts.append(f"{local}@{domain.encode('ascii').decode('idna')}")
    return list(dict.fromkeys(texts))
