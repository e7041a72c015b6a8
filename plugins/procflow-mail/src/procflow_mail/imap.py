"""Messages from an IMAP folder, as received. The folder is opened for reading only.

The cursor holds UIDVALIDITY and the last UID; where the first changed, the folder is read from its start and the host
passes by what it has. A second connection waits for news (IDLE, RFC 2177) and rings. It must not know what mails say.
"""

from __future__ import annotations

import imaplib
import json
import re
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic  # how long a look takes; no deadline hangs on it
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Inbound

from .incoming import ALL_SECONDS, LARGEST, marked_cut, read_mail
from .waiting import Waiting
from .zone import Zone

TIMEOUT = 10.0
MOST, MOST_BYTES = 50, 20 << 20
#: Looks at which a mail is asked for that the server does not give, and how many such ones are passed by in one look.
ASKED, MOST_REFUSED = 3, 5
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
imaplib._MAXLINE = max(imaplib._MAXLINE, 1 << 22)  # type: ignore[attr-defined]  # UIDs of a folder stand on one line


class Mailbox:
    """The folder of one channel. `ring` is called, from another thread, when there is something new in it."""

    def __init__(self, settings: Mapping[str, Any], ring: Callable[[], None] | None = None) -> None:
        self._settings = settings
        self._inbox: Mapping[str, Any] = settings["inbox"]
        self._folder = str(self._inbox.get("folder") or "INBOX")
        self._server: imaplib.IMAP4 | None = None
        self._asked = Counter[tuple[int, int]]()  # (UIDVALIDITY, UID) of a mail that was not given -> looks
        self._ring = ring
        self._waiting: Waiting | None = None

    def fetch(self, cursor: str) -> tuple[list[Inbound], str]:
        """The mails after the cursor, oldest first. The time received is the server's INTERNALDATE."""
        kept = self._server is not None
        try:
            try:
                found = self._read(cursor)
            except (imaplib.IMAP4.abort, OSError):
                self._leave()
                if not kept:
                    raise
                found = self._read(cursor)  # the server had let go of the connection that was kept
        except (imaplib.IMAP4.error, OSError) as why:
            self._leave()
            said = " ".join(str(why).split())[:200] or type(why).__name__
            raise PluginError(
                f"the mailbox {self._folder} at {self._inbox.get('host')} could not be read: {said}"
            ) from why
        self._wait()
        return found

    def close(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._leave()

    def _leave(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.shutdown()

    def _wait(self) -> None:
        if self._waiting is None and self._ring is not None and self._inbox.get("idle") is not False:
            self._waiting = Waiting(lambda: connected(self._settings), self._folder, self._ring)
            self._waiting.start()

    def _read(self, cursor: str) -> tuple[list[Inbound], str]:
        if self._server is None:
            self._server = connected(self._settings)
        server = self._server
        validity = examine(server, self._folder)
        known, last = _cursor(cursor)
        if known != validity:
            last = 0
        found = _good(server.uid("SEARCH", f"UID {last + 1}:*"), "the folder cannot be searched")
        # `n:*` gives the newest mail also where none is newer than n
        uids = sorted(
            uid for uid in map(int, b" ".join(part for part in found if part).split()) if uid > last
        )
        if not cursor and str(self._inbox.get("start") or "all") == "now":
            return [], _as_cursor(validity, uids[-1] if uids else last)
        messages: list[Inbound] = []
        refused: list[tuple[int, imaplib.IMAP4.error]] = []
        zone, began = Zone(self._settings), monotonic()
        for uid in uids:
            size = sum(len(message.raw) for message in messages)
            if len(messages) >= MOST or size >= MOST_BYTES or monotonic() - began > ALL_SECONDS:
                break
            try:
                message = self._one(server, uid, zone)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as why:
                refused.append((uid, why))
                if len(refused) == MOST_REFUSED:
                    break
                continue
            if refused:  # while it gives this one
                if message is None or any(self._asked[validity, each] < ASKED for each, _ in refused):
                    break
                messages += [self._not_given(validity, *each) for each in refused]
                refused = []
            last = uid
            if message is not None:
                messages.append(message)
        for uid, _ in refused:
            self._asked[validity, uid] += 1
        if refused and not messages:
            raise refused[0][1]
        return messages, _as_cursor(validity, last)

    def _one(self, server: imaplib.IMAP4, uid: int, zone: Zone) -> Inbound | None:
        """The mail; None for one that was deleted meanwhile. Raises IMAP4.error where the server does not give it."""
        wanted = f"(RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)"
        data = _good(server.uid("FETCH", str(uid), wanted), f"mail {uid} cannot be read")
        part = next((each for each in data if isinstance(each, tuple)), None)
        if part is None:
            return None
        around = b" ".join(each if isinstance(each, bytes) else each[0] for each in data if each)
        return self._whole(part[1], around, zone)

    def _not_given(self, validity: int, uid: int, why: imaplib.IMAP4.error) -> Inbound:
        """In place of a mail that the server does not give, though it gives others: a person looks."""
        del self._asked[validity, uid]
        said = " ".join(str(why).split())[:200]
        words = f"the mail server does not give this mail ({said}): look into the folder {self._folder}"
        facts = {"unreadable": [words], "received_unknown": True}
        now = datetime.now(UTC)  # noqa: TID251
        return Inbound("mail", f"imap {validity}/{uid}", "mail", "", "", now, facts=facts)

    def _whole(self, raw: bytes, around: bytes, zone: Zone) -> Inbound:
        message = read_mail(raw, _instant(around), self._settings, zone)
        told = _SIZE.search(around)
        if told is None or int(told[1]) <= LARGEST:
            return message
        return marked_cut(message, int(told[1]))


def connected(settings: Mapping[str, Any]) -> imaplib.IMAP4:
    """A connection that is logged in. Raises PluginError, IMAP4.error and OSError."""
    inbox = settings["inbox"]
    timeout = float(inbox.get("timeout") or settings.get("timeout") or TIMEOUT)
    host, tls = str(inbox.get("host") or ""), str(inbox.get("tls") or "ssl")
    if not host:
        raise PluginError("procflow.toml: channels.mail.inbox: host is missing")
    if tls not in ("none", "starttls", "ssl"):
        raise PluginError(f"procflow.toml: channels.mail.inbox: tls is {tls!r}; write ssl, starttls or none")
    if tls == "none" and host not in LOOPBACK:
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
    try:
        if tls == "starttls":
            server.starttls(context)
        server.login(str(inbox.get("user") or ""), str(inbox.get("password") or ""))
    except BaseException:
        with suppress(imaplib.IMAP4.error, OSError):
            server.shutdown()
        raise
    return server


def examine(server: imaplib.IMAP4, folder: str) -> int:
    """Open the folder for reading only; -> its UIDVALIDITY."""
    quoted = '"' + _utf7(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
    _good(server.select(quoted, readonly=True), f"the folder {folder} cannot be opened")
    data = server.response("UIDVALIDITY")[1]
    return int(data[0]) if data and data[0] else 0


def _utf7(name: str) -> str:
    """A folder's name as IMAP writes letters beyond ASCII (RFC 3501, 5.1.3)."""

    def shifted(found: re.Match[str]) -> str:
        coded = found[0].encode("utf-7").decode("ascii").removeprefix("+").removesuffix("-")
        return f"&{coded.replace('/', ',')}-"

    return re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))


def _good(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    status, data = answer
    if status != "OK":
        said = b" ".join(each for each in data if isinstance(each, bytes)).decode("utf-8", "replace")
        raise imaplib.IMAP4.error(f"{otherwise}: {said}")
    return data


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
