"""What Outlook wraps into `winmail.dat` (TNEF), opened within bounds. It must not know mails."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from .headers import decoded

LARGEST = 40 << 20
MOST_FILES = 100
LONGEST_TEXT = 1 << 20
_LARGEST_RTF = 256 << 10  # compressed; it is unpacked in Python


@dataclass
class Unpacked:
    text: str = ""
    html: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)


def unpacked(content: bytes) -> Unpacked:
    """Raises ValueError and others for what is no TNEF."""
    if len(content) > LARGEST:
        raise ValueError("it is too large")
    from tnefparse import TNEF

    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)
    found: Any = TNEF(content, do_checksum=False)
    opened = Unpacked(_text(found.body), _text(found.htmlbody))
    for attachment in list(found.attachments)[:MOST_FILES]:
        data = attachment.data
        if isinstance(data, bytes) and data:
            opened.files.append((_name(attachment), data))
    rtf = _rtf(found)
    if rtf:
        opened.files.append(("message.rtf", rtf))
    return opened


def _text(body: Any) -> str:
    if isinstance(body, str):
        return body[:LONGEST_TEXT].replace("\x00", "")
    return decoded(body[:LONGEST_TEXT].rstrip(b"\x00"), None) if isinstance(body, bytes) else ""


def _name(attachment: Any) -> str:
    try:
        name = attachment.long_filename()
    except (UnicodeDecodeError, AttributeError, IndexError):
        name = getattr(attachment, "_name", b"")
    if isinstance(name, list | tuple):
        name = name[0] if name else ""
    text = decoded(name.strip(b"\0 "), None) if isinstance(name, bytes) else str(name)
    return text.strip("\x00 ") or "attachment.bin"


def _rtf(found: Any) -> bytes:
    packed = getattr(found, "_rtfbody", None) or b""
    if isinstance(packed, list | tuple):
        packed = packed[0] if packed else b""
    if not packed or len(packed) > _LARGEST_RTF:
        return b""
    from compressed_rtf import decompress

    try:
        unpacked_rtf = decompress(bytes(packed))
    except Exception:  # the library raises nothing narrower where the packing is broken
        return b""  # the text stands in the wrapping all the same
    return bytes(unpacked_rtf)
