"""Pictures that tests hand in."""

import struct
import zlib


def png(width: int = 400, height: int | None = None) -> bytes:
    """A white picture, wide enough to be read; without a height it is square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    high = width if height is None else height
    header = struct.pack(">IIBBBBB", width, high, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * width) * high
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
