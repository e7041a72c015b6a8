"""A mail opened within bounds: its parts, its own text, its files. What goes beyond them is not opened, and said so.

The bytes as received are kept by the host whatever happens here. It must not know who wrote, or what it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import policy
from email.errors import InvalidBase64CharactersDefect, InvalidBase64LengthDefect
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser

from .bounded import TookTooLong, at_most
from .headers import decoded, parameter
from .outgoing import clean_name
from .text import flowed, html_to_text, same_words, unsigned
from .tnef import Unpacked, unpacked

MOST_PARTS, MOST_DEPTH, MOST_FILES = 500, 40, 200
MOST_BYTES = 64 << 20  # of all parts, decoded
LONGEST_HEAD, LONGEST_TEXT, LONGEST_HTML = 256 << 10, 1 << 20, 1 << 20
#: Seconds for reading one mail, and its HTML.
SECONDS, HTML_SECONDS = 10.0, 3.0
_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.M)
#: How files end that came without a name, where it is not how their kind is called.
_ENDINGS = {
    "octet-stream": "bin", "plain": "txt", "calendar": "ics", "jpeg": "jpg", "pgp-encrypted": "pgp", "markdown": "md", "msword": "doc",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx", "vnd.google.email-reaction+json": "json", "x-amp-html": "html",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "vnd.ms-excel": "xls", "svg+xml": "svg", "tiff": "tif",
}  # fmt: skip
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LONG_PARAMETERS = re.compile(rb"(?im)^content-(?:type|disposition):(?:[^\r\n]|\r?\n[ \t]){16000}")


@dataclass
class Opened:
    """`message` is the top of the mail (its header at least); `troubles` are what was not opened, in words."""

    message: Message
    text: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    # every part that holds no further ones, and mails inside
    leaves: list[Message] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def opened(raw: bytes) -> Opened:
    """The mail; only its header where the rest is out of all bounds."""
    reason = _out_of_bounds(raw)
    if not reason:
        try:
            with at_most(SECONDS):
                return _whole(raw)
        except RecursionError:
            reason = "its parts lie too deep in each other"
        except (TookTooLong, MemoryError) as why:
            reason = str(why) or "it takes too much memory"
        except Exception as why:
            reason = f"{type(why).__name__}: {why}"
    return only_header(raw, reason)


def only_header(raw: bytes, reason: str) -> Opened:
    """A mail of which nothing but the header is looked at, and why."""
    head = _HEAD_END.split(raw[:LONGEST_HEAD], maxsplit=1)[0]
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(head + b"\r\n\r\n")
    return Opened(message, troubles=[f"only the header was read: {reason}"])


def _out_of_bounds(raw: bytes) -> str:
    """Why a mail is not taken apart at all; "" where it is."""
    head = _HEAD_END.search(raw)
    if (head.start() if head else len(raw)) > LONGEST_HEAD:
        return f"the header is longer than {LONGEST_HEAD >> 10} KiB"
    if raw.count(b"\n--") > 20 * MOST_PARTS or raw.count(b"\n") > 2_000_000:
        return "it has too many parts or lines"
    low = raw.lower()
    if low.count(b"multipart/") > 4 * MOST_DEPTH or low.count(b"message/rfc822") > MOST_DEPTH:
        return "its parts lie too deep in each other"
    if _LONG_PARAMETERS.search(raw):
        return "a header of a part is too long"
    return ""


def _whole(raw: bytes) -> Opened:
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    mail = Opened(message)
    _Reading(mail).top()
    return mail


class _Reading:
    """Goes through the parts once, in order."""

    def __init__(self, mail: Opened) -> None:
        self.mail = mail
        self.seen = self.bytes = 0
        self.plain: list[str] = []
        self.html: list[str] = []
        self.full = False
        self.named = (
            ""  # the first text that came as a file beside nothing else: some phones send their text so
        )
        self.alternative = False

    def top(self) -> None:
        self.part(self.mail.message, 0, inside="")
        mail = self.mail
        text = "\n".join(each for each in self.plain if each.strip())
        seen = ""
        if self.html:
            try:
                with at_most(HTML_SECONDS):
                    seen = html_to_text("\n".join(self.html)[:LONGEST_HTML])
            except TookTooLong as why:
                mail.troubles.append(f"text: the HTML {why}")
        if text.strip() and seen and self.alternative and not same_words(text, seen):
            mail.troubles.append("text: the plain text and the HTML say different things")
            text = f"{text.strip()}\n\n[HTML]\n{seen}"  # whoever reads it sees both
        text = text if text.strip() else seen or self.named
        mail.text = text.replace("\r\n", "\n").replace("\r", "\n").strip()[:LONGEST_TEXT]

    def part(self, part: Message, depth: int, inside: str) -> None:
        """`inside` is the kind of multipart around it."""
        self.seen += 1
        if self.seen > MOST_PARTS or depth > MOST_DEPTH:
            if not self.full:
                self.full = True
                self.mail.troubles.append("files: it has too many parts: the rest was not looked at")
            return
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind.startswith("multipart/") and isinstance(payload, list):
            for each in payload:
                if isinstance(each, Message):
                    self.part(each, depth + 1, kind)
            return
        self.mail.leaves.append(part)
        if kind in ("message/rfc822", "message/global") and isinstance(payload, list):
            first = payload[0] if payload else None
            content = _as_bytes(first) if isinstance(first, Message) else b""
            self.file(part, content, "eml")
            return
        if kind in ("message/partial", "message/external-body"):
            self.mail.troubles.append("text: it is only a part of a mail, or lies elsewhere")
        if isinstance(payload, list):  # the blocks of a delivery report
            return
        if kind.startswith("multipart/"):
            self.mail.troubles.append("text: it claims parts, and nothing tells where they begin")
            kind = "text/plain"
        if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"):
            self.mail.troubles.append("text: it is encrypted, or signed in a way that hides the text")
        name = parameter(part, "filename", "content-disposition") or parameter(part, "name", "content-type")
        attached = str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")
        if kind.startswith("text/") and not name and not attached and self.written(part, kind, inside):
            return
        if kind == "text/calendar":
            self.mail.troubles.append(
                "text: it is an invitation or the answer to one, in the words of a calendar program"
            )
        if kind == "text/vnd.google.email-reaction+json":
            self.mail.troubles.append("text: it is a reaction to a mail, in the words of a mail program")
        if kind == "text/plain" and not attached and not self.named:
            self.named = self.words(part)
        content = _content(part)
        if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
            self.tnef(part, content)
            return
        self.file(part, content, kind.partition("/")[2])

    def written(self, part: Message, kind: str, inside: str) -> bool:
        """Takes what somebody wrote; whether the part is nothing else than that."""
        text = self.words(part)
        self.doubts(part, text)
        self.alternative |= inside.endswith("/alternative")
        if kind == "text/html":
            self.html.append(text)
            return True
        if kind in ("text/enriched", "text/richtext"):
            text = re.sub(r"<(?!<)[^<>]{0,60}>", "", text).replace("<<", "<")
        in_report = inside.endswith("/report")
        if kind in ("text/plain", "text/enriched", "text/richtext") and not (in_report and self.plain):
            self.plain.append(text)
            return True
        return in_report

    def words(self, part: Message) -> str:
        """The text of a part as its sender wrote it: lines that were broken on the way whole, and no signature around."""
        text = decoded(_content(part)[: 4 * LONGEST_TEXT], _charset(part))
        if parameter(part, "format", "content-type").lower() == "flowed":
            text = flowed(text, parameter(part, "delsp", "content-type").lower() == "yes")
        return unsigned(text)

    def doubts(self, part: Message, text: str) -> None:
        """Says where the text of a part is not what somebody wrote."""
        if any(
            isinstance(each, InvalidBase64LengthDefect | InvalidBase64CharactersDefect)
            for each in part.defects
        ):
            self.mail.troubles.append("text: it is not whole, its base64 is broken")
        if _ENCRYPTED.search(text):
            self.mail.troubles.append("text: it is encrypted")

    def tnef(self, part: Message, content: bytes) -> None:
        """What Outlook wraps into winmail.dat; the wrapping is kept beside what was in it."""
        self.file(part, content, "dat")
        try:
            found: Unpacked = unpacked(content)
        except TookTooLong:
            raise
        except Exception as why:
            self.mail.troubles.append(f"winmail.dat could not be opened: {why}")
            return
        if not any(text.strip() for text in self.plain):
            self.plain.append(found.text)
            self.html.append(found.html)
        for name, inner in found.files:
            self.keep(clean_name(name), inner)

    def file(self, part: Message, content: bytes, kind: str) -> None:
        given = parameter(part, "filename", "content-disposition") or parameter(part, "name", "content-type")
        ending = _ENDINGS.get(kind.lower()) or re.sub(r"[^a-z0-9]", "", kind.lower())[:10] or "bin"
        name = clean_name(given) if given.strip() else f"part-{len(self.mail.files) + 1}.{ending}"
        self.keep(name, content)

    def keep(self, name: str, content: bytes) -> None:
        self.bytes += len(content)
        if self.bytes > MOST_BYTES or len(self.mail.files) >= MOST_FILES:
            if not self.full:
                self.full = True
                self.mail.troubles.append("files: too many, or too large: the rest was not taken")
            return
        self.mail.files.append((name, content))


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, TypeError, AttributeError, LookupError, UnicodeError):
        content = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, TypeError, AttributeError, LookupError, UnicodeError):
        return None


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=policy.compat32.clone(mangle_from_=False, max_line_length=None))
    except (ValueError, TypeError, AttributeError, LookupError, UnicodeError):
        return b""
