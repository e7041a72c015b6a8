"""Types by content, sizes by header, and names that can be stored and shown."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.stores.sniff import NAME_BYTES, UNKNOWN, Kind, clean_name, sniff

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0"
    + bytes(9)
    + b"\xff\xc2\0\x11\x08"
    + struct.pack(">HH", 480, 640)
    + b"\x03"
)
WEBP = b"RIFF\0\0\0\0WEBP"
MAIL = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: hello\r\n again\r\n\r\nbody\r\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, Kind("image/png", 640, 480)),
        (PNG[:12], Kind("image/png")),
        (JPEG, Kind("image/jpeg", 640, 480)),
        (b"\xff\xd8\xff\xda\0\x02", Kind("image/jpeg")),
        (b"GIF89a" + struct.pack("<HH", 640, 480), Kind("image/gif", 640, 480)),
        (
            WEBP + b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480),
            Kind("image/webp", 640, 480),
        ),
        (WEBP + b"VP8L\0\0\0\0\x2f" + struct.pack("<I", 639 | 479 << 14), Kind("image/webp", 640, 480)),
        (WEBP + b"VP8X" + bytes(8) + b"\x7f\x02\0\xdf\x01\0", Kind("image/webp", 640, 480)),
        (b"BM\0\0\0\0\0\0\0\0" + bytes(8) + struct.pack("<ii", 640, -480), Kind("image/bmp", 640, 480)),
        (b"\0\0\0\x18ftypheic", Kind("image/heic")),
        (b"%PDF-1.7\n", Kind("application/pdf")),
        (b"PK\x03\x04 invoice", Kind("application/zip")),
        (
            b"PK\x03\x04[Content_Types].xml....word/document.xml",
            Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ),
        (b"MZ" + bytes(100), Kind("application/vnd.microsoft.portable-executable")),
        (b"\x7fELF\x02", Kind("application/x-executable")),
        (b"#!/bin/sh\nrm -r x\n", Kind("text/x-script")),
        (b"#!AMR\n\0", Kind("audio/amr")),
        (MAIL, Kind("message/rfc822")),
        (MAIL + "我要 æøå".encode("gb18030") + b"\x00\x81", Kind("message/rfc822")),
        (b"From x@y Mon\n" + MAIL.replace(b"\r", b""), Kind("message/rfc822")),
        (b"Subject: a note that only looks so\nand goes on\n", Kind("text/plain")),
        (b"navn;kn;by\nMette;104233;Vejle\nBo;104234;Kolding\n", Kind("text/csv")),
        ("Kære Mette, tak for din mail.\nHilsen Bo\n".encode(), Kind("text/plain")),
        ("Kære Mette\n".encode("cp1252"), Kind("text/plain")),
        ("Kære Mette\n".encode("utf-16"), Kind("text/plain")),
        (b"<!DOCTYPE html><p>hi", Kind("text/html")),
        (b"\xef\xbb\xbf<html><script>", Kind("text/html")),
        (b'<?xml version="1.0"?><svg onload="x">', Kind("image/svg+xml")),
        (b"<svg>", Kind("image/svg+xml")),
        (b"", Kind(UNKNOWN)),
        (b"text with \0 in it", Kind(UNKNOWN)),
        (bytes(range(256)), Kind(UNKNOWN)),
    ],
    ids=lambda value: value.type if isinstance(value, Kind) else "",
)
def test_a_file_is_what_its_bytes_are(content: bytes, kind: Kind) -> None:
    assert sniff(content) == kind


def test_a_name_makes_a_table_of_text_but_no_picture_of_a_program() -> None:
    assert sniff(b"kn,navn\n1,x\n", "customers.csv").type == "text/csv"
    assert sniff(b"kn,navn\n1,x\n", "customers.txt").type == "text/plain"
    assert sniff(b"MZ" + bytes(100), "photo.png").type == "application/vnd.microsoft.portable-executable"


@given(st.binary(max_size=200), st.sampled_from([b"", PNG, JPEG[:20], WEBP, b"GIF89a", b"BM", b"MZ", MAIL]))
def test_no_bytes_make_the_sniffer_fail(content: bytes, start: bytes) -> None:
    assert "/" in sniff(start + content).type


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("mette.png", "mette.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\mette\\billede.jpg", "billede.jpg"),
        ("faktura\u202egnp.exe", "fakturagnp.exe"),
        ("a\x00b\x1f.txt", "ab.txt"),
        ("two\r\nlines.txt", "two lines.txt"),
        ("  .hidden. ", "hidden"),
        ("A\u030arhus.pdf", "Århus.pdf"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("\u200b", "file"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
        ("ø" * 300, "ø" * 127),
    ],
)
def test_a_name_is_kept_without_path_control_or_direction(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.text(max_size=400))
def test_every_name_becomes_one_that_can_be_stored(name: str) -> None:
    clean = clean_name(name)
    assert 0 < len(clean.encode()) <= NAME_BYTES
    assert not set(clean) & set("/\\\0\n\r\u202e")
    assert clean not in (".", "..")
    assert clean_name(clean) == clean
