"""Messages from an IMAP folder, as received. The folder is opened for reading only.

The cursor holds UIDVALIDITY and the last UID; where the first changed, the folder is read from its start and
the host passes by what it has.
"""

from __future__ import annotations

import imaplib
import json
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Inbound

from .incoming import read_mail

TIMEOUT = 10.0
MOST, MOST_BYTES = 50, 20 << 20
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')


def fetch_imap(settings: Mapping[str, Any], cursor: str) -> tuple[list[Inbound], str]:
    """The mails after the cursor, oldest first. The time received is the server's INTERNALDATE."""
    inbox = settings["inbox"]
    folder = str(inbox.get("folder") or "INBOX")
    try:
        server = _connected(inbox, float(inbox.get("timeout") or settings.get("timeout") or TIMEOUT))
        try:
            return _read(server, settings, folder, cursor)
        finally:
            try:
                server.logout()
            except (imaplib.IMAP4.error, OSError):
                server.shutdown()
    except (imaplib.IMAP4.error, OSError) as why:
        said = " ".join(str(why).split())[:200] or type(why).__name__
        raise PluginError(f"the mailbox {folder} at {inbox.get('host')} could not be read: {said}") from why


def _connected(inbox: Mapping[str, Any], timeout: float) -> imaplib.IMAP4:
    host, tls = str(inbox.get("host") or ""), str(inbox.get("tls") or "ssl")
    if not host:
        raise PluginError("procflow.toml: channels.mail.inbox: host is missing")
    if tls not in ("none", "starttls", "ssl"):
        raise PluginError(f"procflow.toml: channels.mail.inbox: tls is {tls!r}; write ssl, starttls or none")
    if tls == "none" and host not in ("localhost", "127.0.0.1", "::1"):
        raise PluginError(
            "procflow.toml: channels.mail.inbox: a password would go to another machine in clear"
        )
    context = ssl.create_default_context(cafile=inbox.get("ca_file") or None) if tls != "none" else None
    port = int(inbox.get("port") or (993 if tls == "ssl" else 143))
    server = (
        imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=timeout)
        if tls == "ssl"
        else imaplib.IMAP4(host, port, timeout=timeout)
    )
    if tls == "starttls":
        server.starttls(context)
    server.login(str(inbox.get("user") or ""), str(inbox.get("password") or ""))
    return server


def _read(
    server: imaplib.IMAP4, settings: Mapping[str, Any], folder: str, cursor: str
) -> tuple[list[Inbound], str]:
    quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    _good(server.select(quoted, readonly=True), f"the folder {folder} cannot be opened")
    validity = _number(server.response("UIDVALIDITY")[1])
    known, last = _cursor(cursor)
    if known != validity:
        last = 0
    found = _good(server.uid("SEARCH", f"UID {last + 1}:*"), "the folder cannot be searched")
    # `n:*` gives the newest mail also where none is newer than n
    uids = sorted(uid for uid in map(int, b" ".join(part for part in found if part).split()) if uid > last)
    inbox = settings["inbox"]
    if not cursor and str(inbox.get("start") or "all") == "now":
        return [], _as_cursor(validity, uids[-1] if uids else last)
    messages: list[Inbound] = []
    size = 0
    for uid in uids:
        if len(messages) >= MOST or size >= MOST_BYTES:
            break
        data = _good(
            server.uid("FETCH", str(uid), "(INTERNALDATE BODY.PEEK[])"), f"mail {uid} cannot be read"
        )
        part = next((each for each in data if isinstance(each, tuple)), None)
        last = uid
        if part is None:
            continue  # deleted meanwhile
        around = b" ".join(each if isinstance(each, bytes) else each[0] for each in data if each)
        size += len(part[1])
        messages.append(read_mail(part[1], _instant(around), settings))
    return messages, _as_cursor(validity, last)


def _good(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    status, data = answer
    if status != "OK":
        said = b" ".join(each for each in data if isinstance(each, bytes)).decode("utf-8", "replace")
        raise imaplib.IMAP4.error(f"{otherwise}: {said}")
    return data


def _number(data: list[Any]) -> int:
    return int(data[0]) if data and data[0] else 0


def _instant(line: bytes) -> datetime:
    found = _DATE.search(line)
    if found is None:
        raise imaplib.IMAP4.error("the server gave no INTERNALDATE")
    return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)


def _cursor(cursor: str) -> tuple[int, int]:
    try:
        fields = json.loads(cursor)
        return int(fields["uidvalidity"]), int(fields["uid"])
    except (ValueError, KeyError, TypeError):
        return 0, 0


def _as_cursor(validity: int, uid: int) -> str:
    return json.dumps({"uidvalidity": validity, "uid": uid})
