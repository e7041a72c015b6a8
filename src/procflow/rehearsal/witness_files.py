"""The smallest real file of each kind, for a field that wants one.

It must not know who gives it.
"""

from __future__ import annotations

import struct
import zlib

from procflow.core.procedure import Field

_MEDIA = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "wav": "audio/wav",
}


def kind_of(field: Field) -> str:
    """A kind of file that the field takes."""
    accept = [each.lower() for each in field.accept]
    kinds = [k for k, media in _MEDIA.items() if not accept or any(_takes(each, media, k) for each in accept)]
    return kinds[0] if kinds else "png"


def _takes(accept: str, media: str, kind: str) -> bool:
    if accept.startswith("."):
        return accept in (f".{kind}", ".jpeg" if kind == "jpg" else "")
    return accept in ("*", "*/*", media) or (accept.endswith("/*") and media.startswith(accept[:-1]))


def content_of(kind: str) -> bytes:
    """The smallest real file of a kind; a picture is wide enough to be read."""
    if kind == "pdf":
        return b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    if kind == "txt":
        return b"As the customer said.\n"
    if kind == "wav":
        return (
            b"RIFF"
            + struct.pack("<I", 36)
            + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
            + b"data"
            + bytes(4)
        )
    if kind == "jpg":
        return bytes.fromhex(
            "ffd8ffe000104a46494600010100000100010000ffc0000b080200020001011100ffc4001f000001050101010101010000000000"
            "0000000102030405060708090a0bffda0008010100003f00d2cf20ffd9"
        )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    width, height = 400, 60
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * (width // 8)) * height
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
