"""What a file is by its own bytes, how big an image is by its header, and which name may be kept of it.

A name and a sender's word prove nothing. Nothing is decoded or unpacked here.
"""

from __future__ import annotations

import re
import struct
import unicodedata

from msgspec import Struct

UNKNOWN = "application/octet-stream"
NAME_BYTES = 255

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),  # Word, Excel and Outlook before 2007
    (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"#!", "text/x-script"),
    (b"{\\rtf", "application/rtf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
)
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"avif": "image/avif"}
_HEADER_LINE = re.compile(rb"[!-9;-~]+:[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_MAIL_HEADERS = frozenset(
    {b"from", b"to", b"date", b"subject", b"message-id", b"received", b"return-path", b"mime-version"}
)
_DELIMITERS = ";,\t|"
_SOME = 64 * 1024


class Kind(Struct, frozen=True):
    """A media type; width and height in pixels where the header of an image gives them, else 0."""

    type: str
    width: int = 0
    height: int = 0


def sniff(content: bytes, name: str = "") -> Kind:
    """What `content` is. The name decides only whether plain text is a table (.csv) or text."""
    kind = _by_start(content)
    if kind.startswith("image/"):
        try:
            width, height = _size(kind, content)
        except (struct.error, IndexError):
            return Kind(kind)
        return Kind(kind, width, height)
    return Kind(kind if kind != UNKNOWN else _text(content, name))


def clean_name(name: str) -> str:
    """The last part of the name as it may be stored and shown: NFC, no control, no direction marks, no path,
    at most 255 bytes with the extension kept; "file" when nothing is left."""
    plain = unicodedata.normalize("NFC", name)
    plain = "".join(" " if char in "\t\r\n" else char for char in plain)
    plain = "".join(
        char for char in plain if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    plain = " ".join(re.split(r"[/\\]", plain)[-1].split()).strip(" .") or "file"
    stem, dot, extension = plain.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        stem, dot, extension = plain, "", ""
    room = NAME_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip() + dot + extension


def _by_start(content: bytes) -> str:
    for start, kind in _STARTS:
        if content.startswith(start) and not (kind == "text/x-script" and content.startswith(b"#!AMR")):
            return kind if kind != "image/bmp" or content[6:10] == b"\0\0\0\0" else UNKNOWN
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video/mp4")
    if content[:2] == b"MZ" and len(content) >= 64:
        return "application/vnd.microsoft.portable-executable"
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        if b"[Content_Types].xml" in content[:_SOME]:
            for folder, kind in _OFFICE:
                if folder in content[:_SOME] or folder in content[-_SOME:]:
                    return kind
        return "application/zip"
    return UNKNOWN


def _text(content: bytes, name: str) -> str:
    if _is_mail(content):  # whatever its text is written in
        return "message/rfc822"
    text = _decoded(content)
    if text is None or not content:
        return UNKNOWN
    start = text[:_SOME].lstrip("\ufeff \t\r\n")
    low = start[:1024].lower()
    if low.startswith(("<!doctype html", "<html")) or re.match(r"<(head|body|script|iframe)[\s>]", low):
        return "text/html"
    if low.startswith("<svg") or (low.startswith(("<?xml", "<!doctype svg")) and "<svg" in low):
        return "image/svg+xml"
    if low.startswith("<?xml"):
        return "text/xml"
    return "text/csv" if _is_table(start, name) else "text/plain"


def _decoded(content: bytes) -> str | None:
    """The text, if it is one: UTF-8, UTF-16 with its mark, or a Western code page; None with control bytes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            return None
    if re.search(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]", content):
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return None


def _is_mail(content: bytes) -> bool:
    at, seen = 0, set()
    if content.startswith(b"From ") and b"\n" in content:  # the line that mbox files put in front
        at = content.index(b"\n") + 1
    while line := _HEADER_LINE.match(content, at, at + _SOME):
        seen.add(line.group().split(b":", 1)[0].lower())
        at = line.end()
    ends = at == len(content) or content[at : at + 2] == b"\r\n" or content[at : at + 1] == b"\n"
    return ends and len(seen & _MAIL_HEADERS) >= 2


def _is_table(start: str, name: str) -> bool:
    lines = [line for line in start.splitlines()[:21] if line.strip()][:20]
    if len(start) == _SOME:
        lines = lines[:-1]
    least = 1 if name.lower().endswith((".csv", ".tsv")) else 2
    if len(lines) < 2:
        return bool(lines) and least == 1 and any(mark in lines[0] for mark in _DELIMITERS)
    for mark in _DELIMITERS:
        counts = {re.sub(r'"[^"]*"', "", line).count(mark) for line in lines}
        if len(counts) == 1 and counts.pop() >= least:
            return True
    return False


def _size(kind: str, content: bytes) -> tuple[int, int]:
    if kind == "image/png":
        return _pair(">II", content, 16) if content[12:16] == b"IHDR" else (0, 0)
    if kind == "image/gif":
        return _pair("<HH", content, 6)
    if kind == "image/bmp":
        width, height = _pair("<ii", content, 18)
        return abs(width), abs(height)
    if kind == "image/webp":
        return _webp_size(content)
    if kind == "image/jpeg":
        return _jpeg_size(content)
    return 0, 0


def _pair(form: str, content: bytes, at: int) -> tuple[int, int]:
    width, height = struct.unpack_from(form, content, at)
    return width, height


def _webp_size(content: bytes) -> tuple[int, int]:
    part = content[12:16]
    if part == b"VP8 ":
        width, height = _pair("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if part == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if part == b"VP8X" and len(content) >= 30:
        return (
            int.from_bytes(content[24:27], "little") + 1,
            int.from_bytes(content[27:30], "little") + 1,
        )
    return 0, 0


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Segment by segment to the frame header, which holds height and width."""
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return 0, 0
        mark = content[at + 1]
        if mark == 0xFF or mark == 0x01 or 0xD0 <= mark <= 0xD8:
            at += 1 if mark == 0xFF else 2
            continue
        if mark in (0xD9, 0xDA):
            return 0, 0
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", content, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    return 0, 0
