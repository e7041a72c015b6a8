"""Reads a mail as it was received: who really sent it, its text, its files, what it answers, what it is.

Nothing in a mail makes it unreadable for good: what cannot be understood stays in the raw bytes, and the
message says so. It must not know where the mail was found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Any

from procflow.ports import Inbound

from .authentication import observed
from .forms import form_of
from .outgoing import KEY_HEADER, clean_name, id_domain
from .text import html_to_text

_FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|vs|vb|wg|tr|videresendt|forwarded)\s*:", re.I)
_FORWARD_TEXT = re.compile(
    r"^[ \t>]*(-{2,}[ \t]*)?(begin forwarded message|forwarded message|videresendt (besked|meddelelse|mail)"
    r"|start på videresendt besked)",
    re.I | re.M,
)
_KEY = re.compile(r"[0-9a-f]{32}/\d{1,12}/\d{1,6}")
_ID = re.compile(r"<[^<>\s]+>")
#: Headers of the way a mail took; the same mail delivered twice differs in these only.
_SAME_MAIL = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "In-Reply-To", "Content-Type")


def read_mail(raw: bytes, received: datetime, settings: Mapping[str, Any]) -> Inbound:
    """One mail. `received` is when our server got it, UTC. One that breaks the parser comes as its bytes."""
    try:
        return _read(raw, received, settings)
    except Exception as why:
        digest = hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()
        facts = {"unreadable": [f"{type(why).__name__}: {why}"]}
        return Inbound("mail", digest, "mail", "", "", received, facts=facts, raw=raw)


def _read(raw: bytes, received: datetime, settings: Mapping[str, Any]) -> Inbound:
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    troubles: list[str] = []
    form, fields = form_of(message)
    own_text = _text(message, troubles)
    files = _files(message, troubles)
    people = _people(message, "From")
    subject = header(message, "Subject")
    facts: dict[str, Any] = {
        "display_name": people[0][0] if people else "",
        "from_all": [address for _, address in people],
        "several_from": len({address.lower() for _, address in people}) > 1,
        "authentication": observed(message, str(settings.get("trusted_authserv") or ""), people),
        "forwarded": _forwarded(message, subject, own_text),
    }
    if header(message, "Reply-To"):
        facts["reply_to"] = [address for _, address in _people(message, "Reply-To")]
    if troubles:
        facts["unreadable"] = troubles
    if form == "message" and (key := _own_key(message, people, settings)):
        form, fields = "own", {"key": key}
    return Inbound(
        source="mail",
        external_id=external_id(raw, message),
        channel="mail",
        sender=people[0][1] if people else "",
        to=", ".join(address for _, address in _people(message, "To")),
        received=received,
        subject=subject,
        text=own_text,
        form=form,
        fields=fields,
        files=files,
        thread=_thread(message, settings),
        facts=facts,
        raw=raw,
    )


def external_id(raw: bytes, message: Message) -> str:
    """Message-ID and a hash of what the sender wrote.

    The id alone could be taken from another mail to hide this one; the way a mail took is no part of it, so that
    one that is delivered twice is one.
    """
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip(b"\n")
    digest = hashlib.sha256(body)
    for name in _SAME_MAIL:
        for value in message.get_all(name, []):
            digest.update(f"\0{name}:{' '.join(str(value).split())}".encode("utf-8", "replace"))
    return f"{header(message, 'Message-ID')} {digest.hexdigest()}".strip()


def header(message: Message, name: str) -> str:
    """A header's text on one line; "" where there is none, or none that can be read."""
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, TypeError, IndexError, AttributeError, LookupError):
        return ""


def _people(message: Message, name: str) -> list[tuple[str, str]]:
    """(display name, address) of everyone in the headers of this name; an address in a display name is none."""
    found: list[tuple[str, str]] = []
    try:
        for value in message.get_all(name, []):
            addresses = getattr(value, "addresses", None)
            if addresses is not None:
                found += [(str(each.display_name), str(each.addr_spec)) for each in addresses]
            else:
                found += getaddresses([str(value)])
    except (ValueError, TypeError, IndexError, AttributeError, LookupError):
        return found
    return [(display, address.strip("<>")) for display, address in found if address.strip("<>")]


def _text(message: EmailMessage, troubles: list[str]) -> str:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
    except (ValueError, TypeError, AttributeError, KeyError, LookupError) as why:
        troubles.append(f"text: {why}")
        return ""
    if part is None:
        return ""
    content = _content(part)
    html = part.get_content_type() == "text/html"
    text = _decoded(part, content)
    return html_to_text(text) if html else text.replace("\r\n", "\n").strip()


def _decoded(part: Message, content: bytes) -> str:
    charset = str(part.get_content_charset() or "utf-8")
    for name in (charset, "utf-8", "cp1252"):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _files(message: EmailMessage, troubles: list[str]) -> list[tuple[str, bytes]]:
    """Every part that is not the text itself, images inside the text too; mails inside as .eml."""
    files: list[tuple[str, bytes]] = []
    try:
        body = message.get_body(preferencelist=("plain", "html"))
        alternative = message.get_body(preferencelist=("html",))
    except (ValueError, TypeError, AttributeError, KeyError, LookupError):
        body = alternative = None

    def visit(part: Message) -> None:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            content = first.as_bytes() if isinstance(first, Message) else _content(part)
            files.append((_file_name(part, files, "eml"), content))
        elif part.is_multipart():
            for each in part.get_payload():
                if isinstance(each, Message):
                    visit(each)
        elif (
            part is not body
            and part is not alternative
            and (part.get_filename() or part.get_content_disposition() or not kind.startswith("text/"))
        ):
            files.append((_file_name(part, files, kind.partition("/")[2]), _content(part)))

    try:
        visit(message)
    except (ValueError, TypeError, AttributeError, KeyError, LookupError, RecursionError) as why:
        troubles.append(f"files: {why}")
    return files


def _file_name(part: Message, files: list[tuple[str, bytes]], kind: str) -> str:
    try:
        given = part.get_filename()
    except (ValueError, TypeError, AttributeError, LookupError):
        given = None
    if given:
        return clean_name(str(given))
    ending = re.sub(r"[^a-z0-9]", "", kind.lower())[:10] or "bin"
    return f"part-{len(files) + 1}.{ending}"


def _thread(message: EmailMessage, settings: Mapping[str, Any]) -> list[str]:
    """Effect keys and message ids that this mail answers to, the nearest first."""
    ids: list[str] = []
    keys: list[str] = []
    for part in (message, *_returned(message)):
        top = part is message
        for name in ("In-Reply-To", "References") if top else ("Message-ID", "In-Reply-To", "References"):
            found = _ID.findall(header(part, name))
            ids += reversed(found) if name == "References" else found
        keys += _KEY.findall(header(part, KEY_HEADER))
    ours = f"@{id_domain(settings)}>"
    for id_ in ids:
        if id_.lower().endswith(ours):
            key = id_[1 : -len(ours)].replace(".", "/")
            keys += [key] if _KEY.fullmatch(key) else []
    return list(dict.fromkeys([*keys, *ids]))


def _own_key(message: EmailMessage, people: list[tuple[str, str]], settings: Mapping[str, Any]) -> str:
    """The effect's key where this is a letter of ours that came back to a mailbox of our own; else ""."""
    own = getaddresses([str(settings.get("sender") or "")])  # some Pythons give none for an empty text
    sender = own[0][1].lower() if own else ""
    if not sender or [address.lower() for _, address in people] != [sender]:
        return ""
    ours = f"@{id_domain(settings)}>"
    id_ = header(message, "Message-ID")
    key = id_[1 : -len(ours)].replace(".", "/") if id_.lower().endswith(ours) else ""
    return key if _KEY.fullmatch(key) else ""


def _returned(message: EmailMessage) -> list[Message]:
    """Our own mails (or their headers) that a delivery report brings back."""
    if message.get_content_type() != "multipart/report":
        return []
    found: list[Message] = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            found += [each for each in inner if isinstance(each, Message)] if isinstance(inner, list) else []
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            found.append(BytesParser(policy=policy.default).parsebytes(_content(part), headersonly=True))
    return found


def _forwarded(message: EmailMessage, subject: str, text: str) -> bool:
    return bool(
        _FORWARD_SUBJECT.match(subject)
        or message.get("Resent-From")
        or message.get("Resent-Date")
        or _FORWARD_TEXT.search(text)
    )
