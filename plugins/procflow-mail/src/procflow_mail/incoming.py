"""Reads a mail as it was received: who really sent it, its text, its files, what it answers, what it is.

Nothing in a mail makes it unreadable for good: what cannot be understood stays in the raw bytes, and the
message says so. It must not know where the mail was found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from msgspec.structs import replace

from procflow.core.quotations import own_words
from procflow.ports import Inbound

from .authentication import authenticity
from .bounded import TookTooLong, at_most
from .forms import form_of
from .headers import addresses, people, text_of
from .opened import Opened, only_header, opened
from .outgoing import KEY_HEADER, id_domain
from .zone import Zone

_FORWARD_SUBJECT = re.compile(r"\s*(fw|fwd|vs|vb|wg|tr|videresendt|forwarded)\s*:", re.I)
_FORWARD_TEXT = re.compile(
    r"^[ \t]*(-{2,}[ \t]*)?(begin forwarded message|forwarded message|videresendt (besked|meddelelse|mail)"
    r"|start på videresendt besked)",
    re.I | re.M,
)
_KEY = re.compile(r"[0-9a-f]{32}/\d{1,12}/\d{1,6}")
_ID = re.compile(r"<[^<>\s]{1,900}>")
_MOST_IDS = 200
#: Seconds for one mail, and after which no further one is begun in one look at the mailbox.
SECONDS, ALL_SECONDS = 12.0, 8.0
#: Bytes of one mail that are looked at; what is larger comes cut, and says so.
LARGEST = 48 << 20
#: Whom our own server was given it for.
_DELIVERED = ("X-Original-To", "Delivered-To", "Envelope-To")
#: What stands on mails that were sent to many, or came by way of a list (RFC 2369, 2919).
_LIST, _TO_MANY = ("List-Id", "List-Post", "List-Unsubscribe"), ("list", "bulk", "junk")
#: Headers of the way a mail took; the same mail delivered twice differs in these only.
_SAME_MAIL = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "In-Reply-To", "Content-Type")


def read_mail(
    raw: bytes, received: datetime, settings: Mapping[str, Any], zone: Zone | None = None
) -> Inbound:
    """One mail. `received` is when our server got it, UTC. One that breaks all of it comes as its bytes."""
    try:
        with at_most(SECONDS):
            mail = opened(raw)
            return _read(mail, raw, received, settings, zone or Zone(settings))
    except TookTooLong as why:
        reason = str(why)
    except Exception as why:
        # what is wrong with a mail, the email package says in any way: AttributeError, LookupError …
        reason = f"{type(why).__name__}: {why}"
    try:
        with at_most(SECONDS):
            return _read(only_header(raw, reason), raw, received, settings, Zone({"dns": "off"}))
    except Exception:  # even its header cannot be read: a person gets the bytes, with the reason from above
        digest = hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()
        return Inbound("mail", digest, "mail", "", "", received, facts={"unreadable": [reason]}, raw=raw)


def marked_cut(message: Inbound, size: int) -> Inbound:
    """A mail of which only the beginning was taken."""
    words = f"only the first {LARGEST >> 20} of {size >> 20} MiB were taken: look into the mailbox"
    facts = {**message.facts, "unreadable": [*message.facts.get("unreadable", ()), words]}
    return replace(message, facts=facts)


def _read(mail: Opened, raw: bytes, received: datetime, settings: Mapping[str, Any], zone: Zone) -> Inbound:
    message = mail.message
    form, fields = form_of(message, mail.leaves)
    senders = people(message, "From")
    subject = text_of(message, "Subject")[:2000]
    facts: dict[str, Any] = {
        "display_name": senders[0][0] if senders else "",
        "display_names": [name for name, _ in senders],
        "from_all": [address for _, address in senders],
        "several_from": len({address.lower() for _, address in senders}) > 1,
        **authenticity(raw, message, senders, settings, zone),
        "forwarded": _forwarded(message, subject, mail.text),
    }
    if text_of(message, "Reply-To"):
        facts["reply_to"] = [address for _, address in people(message, "Reply-To")]
    if any(message.get(name) for name in _LIST) or text_of(message, "Precedence").lower() in _TO_MANY:
        facts["mailing_list"] = True
    if mail.troubles:
        facts["unreadable"] = mail.troubles
    if form == "message" and (key := _own_key(message, senders, settings)):
        form, fields = "own", {"key": key}
    return Inbound(
        source="mail",
        external_id=external_id(raw, message),
        channel="mail",
        sender=senders[0][1] if senders else "",
        to=", ".join(_receivers(message))[:4000],
        received=received,
        subject=subject,
        text=mail.text,
        form=form,
        fields=fields,
        files=mail.files,
        thread=_thread(mail, form, settings),
        facts=facts,
        raw=raw,
    )


def _receivers(message: Message) -> list[str]:
    """Everybody it was sent to, and the mailbox that it was delivered to where that is none of them (Bcc, an alias): in
    small letters, as the organisation writes its mailboxes."""
    found = [address.lower() for _, address in people(message, "To", "Cc")]
    envelope = [address.lower() for _, address in people(message, *_DELIVERED) if "@" in address]
    return list(dict.fromkeys([*found, *envelope]))


def external_id(raw: bytes, message: Message) -> str:
    """Message-ID and a hash of what the sender wrote.

    The id alone could be taken from another mail to hide this one; the way a mail took is no part of it, so that
    one that is delivered twice is one.
    """
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip(b"\n")
    digest = hashlib.sha256(body)
    for name in _SAME_MAIL:
        for known, value in message.raw_items():
            if known.lower() == name.lower():
                digest.update(f"\0{name}:{' '.join(str(value).split())}".encode("utf-8", "surrogateescape"))
    return f"{text_of(message, 'Message-ID')[:998]} {digest.hexdigest()}".strip()


def _thread(mail: Opened, form: str, settings: Mapping[str, Any]) -> list[str]:
    """Effect keys and message ids that this mail answers to, the nearest first."""
    ids: list[str] = []
    keys: list[str] = []
    for part in (mail.message, *_returned(mail, form)):
        top = part is mail.message
        for name in ("In-Reply-To", "References") if top else ("Message-ID", "In-Reply-To", "References"):
            found = _ID.findall(text_of(part, name))
            ids += reversed(found) if name == "References" else found
        keys += _KEY.findall(text_of(part, KEY_HEADER))
    ours = f"@{id_domain(settings)}>"
    if form in ("bounce", "receipt"):  # one that follows no standard quotes our mail in its text
        ids += [id_ for id_ in _ID.findall(mail.text) if id_.lower().endswith(ours)]
        keys += re.findall(rf"(?im)^[> ]*{KEY_HEADER}:\s*({_KEY.pattern})", mail.text)
    for id_ in ids[:_MOST_IDS]:
        if id_.lower().endswith(ours):
            key = id_[1 : -len(ours)].replace(".", "/")
            keys += [key] if _KEY.fullmatch(key) else []
    return list(dict.fromkeys([*keys, *ids]))[:_MOST_IDS]


def _own_key(message: Message, senders: Sequence[tuple[str, str]], settings: Mapping[str, Any]) -> str:
    """The effect's key where this is a letter of ours that came back to a mailbox of our own; else ""."""
    own = addresses(str(settings.get("sender") or ""))
    sender = own[0][1].lower() if own else ""
    if not sender or [address.lower() for _, address in senders] != [sender]:
        return ""
    ours = f"@{id_domain(settings)}>"
    id_ = text_of(message, "Message-ID")
    key = id_[1 : -len(ours)].replace(".", "/") if id_.lower().endswith(ours) else ""
    return key if _KEY.fullmatch(key) else ""


def _returned(mail: Opened, form: str) -> list[Message]:
    """Our own mails (or their headers) that a delivery report brings back."""
    if form not in ("bounce", "receipt"):
        return []
    found: list[Message] = []
    for part in mail.leaves:
        kind, payload = part.get_content_type(), part.get_payload()
        if kind in ("message/rfc822", "message/global"):
            found += (
                [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
            )
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            content = part.get_payload(decode=True)
            plain = content if isinstance(content, bytes) else str(payload).encode("utf-8", "surrogateescape")
            found.append(BytesHeaderParser(policy=policy.compat32).parsebytes(plain[: 256 << 10]))
    return found[:10]


def _forwarded(message: Message, subject: str, text: str) -> bool:
    return bool(
        _FORWARD_SUBJECT.match(subject)
        or message.get("Resent-From")
        or message.get("Resent-Date")
        # what an answer quotes may have been forwarded to somebody else
        or _FORWARD_TEXT.search(own_words(text))
    )
