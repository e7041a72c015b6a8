"""Makes the bytes of a mail from the parameters of `mail.send`. It must not know SMTP."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from typing import Any

from procflow.errors import PluginError, UsageError

from .plain_mail import POLICY, Header, header_bytes, mail_bytes

KEY_HEADER = "X-Procflow-Key"
_RECEIVERS = (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to"))
_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")


def compose(
    settings: Mapping[str, Any], key: str, parameters: Mapping[str, Any], now: datetime | None
) -> bytes:
    """A whole mail with CRLF; Bcc stands in its header until it is sent.

    Message-ID and `X-Procflow-Key` come from the effect's key, so each retry is the same mail. Raises UsageError
    for what can never be sent, in words, and PluginError where procflow.toml says too little.
    """
    headers: list[Header] = [
        ("From", [_sender(settings, parameters)]),
        *[(name, _people(of, parameters[of])) for name, of in _RECEIVERS if parameters.get(of)],
        ("Subject", one_line("subject", parameters["subject"])),
        ("Date", format_datetime(now or datetime.now(UTC))),  # noqa: TID251
        ("Message-ID", message_id(settings, key)),
        (KEY_HEADER, key),
    ]
    if answered := [one_line("answers", each) for each in parameters.get("answers") or ()]:
        headers += [("In-Reply-To", answered[-1]), ("References", " ".join(answered))]
    if (by_itself := str(parameters.get("automatic") or "no")) != "no":
        headers.append(("Auto-Submitted", f"auto-{by_itself}"))
    if parameters.get("language"):
        headers.append(("Content-Language", one_line("language", parameters["language"])))
    if parameters.get("bcc"):
        headers.append(("Bcc", _people("bcc", parameters["bcc"])))
    text = str(parameters["text"]).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise UsageError("text: has a character of value 0, which no mail may have")
    text = text if text.endswith("\n") else f"{text}\n"
    if not parameters.get("attach"):
        return mail_bytes(headers, text)
    message = EmailMessage(policy=POLICY)
    message.set_content(text)
    for file in parameters["attach"]:
        _attach(message, file)
    return header_bytes(headers) + message.as_bytes(policy=POLICY)


def id_domain(settings: Mapping[str, Any]) -> str:
    """What stands behind the @ of our Message-IDs: `id_domain`, else the sender's domain."""
    return _domain(str(settings.get("id_domain") or ""), str(settings.get("sender") or ""))


@lru_cache(maxsize=8)
def _domain(domain: str, sender: str) -> str:
    if not domain:
        pairs = getaddresses([sender])
        domain = pairs[0][1].rpartition("@")[2] if pairs else ""
    try:
        domain = domain.encode("idna").decode() if domain else ""
    except UnicodeError:
        domain = ""
    return domain.lower() or "procflow.invalid"


def message_id(settings: Mapping[str, Any], key: str) -> str:
    return f"<{key.replace('/', '.')}@{id_domain(settings)}>"


def one_line(name: str, value: Any) -> str:
    """A header's text. A line end in it would begin another header: refused."""
    text = str(value)
    if re.search(r"[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text):
        raise UsageError(f"{name}: must be one line, but it has a line break", "take the line break out")
    return text


def _sender(settings: Mapping[str, Any], parameters: Mapping[str, Any]) -> Address:
    written = parameters.get("sender") or settings.get("sender")
    if not written and settings.get("mode") == "file":
        written = f"procflow@{id_domain(settings)}"
    if not written:
        raise PluginError("procflow.toml: channels.mail: sender is missing", 'write sender = "desk@..."')
    return _person("sender", str(written))


def _people(name: str, value: Any) -> list[Address]:
    items = list(value) if isinstance(value, list | tuple) else split_list(one_line(name, value))
    people = [_person(name, str(item)) for item in items if str(item).strip()]
    if not people:
        raise UsageError(f"{name}: names nobody")
    unique = {f"{each.username}@{each.domain.lower()}": each for each in reversed(people)}
    return list(reversed(unique.values()))


def split_list(text: str) -> list[str]:
    """Addresses written with commas (or semicolons) between them; not inside quotes."""
    return [part.strip() for part in re.split(r'[,;](?=(?:[^"]*"[^"]*")*[^"]*$)', text)]


def _person(name: str, written: str) -> Address:
    text = one_line(name, written).strip()
    display, angle, rest = text.rpartition("<")
    address = rest.removesuffix(">").strip() if angle else text
    local, at, domain = address.rpartition("@")
    try:
        domain = domain if _HOST.fullmatch(domain) else domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    good = at and _LOCAL.fullmatch(local) and _HOST.fullmatch(domain)
    if not good or local.startswith(".") or local.endswith(".") or ".." in local:
        raise UsageError(f"{name}: {written!r} is not a mail address", "write name@domain")
    return Address(display.strip().strip('"').replace('\\"', '"'), local, domain)


def _attach(message: EmailMessage, file: Mapping[str, Any]) -> None:
    name = clean_name(str(file.get("name") or "file"))
    if file.get("content") is None:
        raise UsageError(f"attach: {name} has no content", "the host puts the content of files in")
    try:
        content = base64.b64decode(str(file["content"]), validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"attach: the content of {name} is not base64") from None
    kind = str(file.get("type") or "").lower().partition(";")[0].strip()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    major, _, minor = kind.partition("/")
    message.add_attachment(content, maintype=major, subtype=minor, filename=name, cte="base64")


def clean_name(name: str) -> str:
    """A file's name without folders and control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip(" .")[:150] or "file"
