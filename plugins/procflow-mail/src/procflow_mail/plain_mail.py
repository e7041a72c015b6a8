"""The bytes of a mail without files. What needs no care is written as it stands, because the email package takes half a
millisecond to look at three addresses; whatever is long, folded, quoted or not ASCII is left to that package.

It must not know where the text comes from, or SMTP.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.policy import SMTP

#: Only ASCII on the wire: what a server may not change, whatever it can do.
_WIDTH = 78
POLICY = SMTP.clone(max_line_length=_WIDTH, cte_type="7bit")
Header = tuple[str, str | Sequence[Address]]

#: What begins an encoded word, a line's end, and bytes of one encoded word.
_MARK, _END, _PART = "=?", "\r\n", 42
_OF_IDS = ("In-Reply-To", "References")  # each id on a line of its own
_LONGEST = 76  # of a line that is written as it stands
_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*")
_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


def mail_bytes(headers: Sequence[Header], text: str) -> bytes:
    """The mail with CRLF; the text ends with a line end and has no other than `\\n`."""
    encoding, body = _body(text)
    lines = [header_bytes(headers)]
    lines.append(b'Content-Type: text/plain; charset="utf-8"\r\n')
    lines.append(b"Content-Transfer-Encoding: %s\r\nMIME-Version: 1.0\r\n\r\n" % encoding)
    return b"".join(lines) + body


def header_bytes(headers: Sequence[Header]) -> bytes:
    """The lines of the header, each with its CRLF."""
    return b"".join([_line(name, value) for name, value in headers])


def _line(name: str, value: str | Sequence[Address]) -> bytes:
    if name in _OF_IDS and isinstance(value, str):
        folded = value.replace(" ", f"{_END} ")
        return f"{name}: {folded}{_END}".encode("ascii")  # the package would encode a long id
    if _MARK in (value if isinstance(value, str) else "".join([each.display_name for each in value])):
        return _encoded_line(name, value)
    written = value if isinstance(value, str) else _as_they_stand(value)
    if len(name) + 2 + len(written) <= _LONGEST and _WORDS.fullmatch(written):
        return f"{name}: {written}\r\n".encode("ascii")
    return POLICY.fold_binary(name, POLICY.header_store_parse(name, value)[1])


def _encoded_line(name: str, value: str | Sequence[Address]) -> bytes:
    """Text in which an encoded word begins, or seems to: it is encoded as a whole, so that it is read as it was written.
    The email package would decode the word, and write a line end that stands in it as one."""
    if isinstance(value, str):
        words = _encoded(value)
    else:
        words = []
        for each in value:
            address = f"{each.username}@{each.domain}"
            words += [*_encoded(each.display_name), f"<{address}>," if each.display_name else f"{address},"]
        words[-1] = words[-1].removesuffix(",")
    return f"{name}: {f'{_END} '.join(words)}{_END}".encode("ascii")


def _encoded(text: str) -> list[str]:
    """Encoded words of at most 75 signs, none of which tears a letter."""
    parts, part = [], b""
    for letter in text:
        more = letter.encode("utf-8", "replace")
        if len(part) + len(more) > _PART:
            parts.append(part)
            part = b""
        part += more
    return [f"=?utf-8?b?{base64.b64encode(each).decode()}?=" for each in (*parts, part) if each]


def _as_they_stand(people: Sequence[Address]) -> str:
    """The addresses as a header has them; "" where a name must be quoted or encoded."""
    for each in people:
        if each.display_name and not _NAME.fullmatch(each.display_name):
            return ""
    return ", ".join([str(each) for each in people])


def _body(text: str) -> tuple[bytes, bytes]:
    """(encoding, body): as it is where every server lets it pass, else the shorter of the two that they do."""
    plain = text.encode("utf-8")
    lines = plain.split(b"\n")
    whole = b"\r\n".join(lines)
    if plain.isascii() and max(map(len, lines)) <= _WIDTH:
        return b"7bit", whole
    quoted = binascii.b2a_qp(whole, istext=True)
    if len(quoted) > len(whole) * 3 // 2:
        return b"base64", base64.encodebytes(whole).replace(b"\n", b"\r\n")
    return b"quoted-printable", quoted
