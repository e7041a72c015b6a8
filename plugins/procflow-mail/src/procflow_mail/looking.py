"""What `procflow doctor` asks of the mailbox that is read, and until when the certificates of mail servers count.

The folder is opened for reading only, and nothing is fetched.
"""

from __future__ import annotations

import imaplib
import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from procflow.errors import PluginError

#: A certificate that ends sooner than this is worth a word.
SOON = timedelta(days=14)


def inbox_trouble(settings: Mapping[str, Any], now: datetime | None) -> str:
    """ "" when mails can be read from the inbox; else what is wrong, or what will be soon."""
    inbox = settings["inbox"]
    if inbox.get("kind") == "maildir":
        path = str(inbox.get("path") or "")
        there = os.path.isdir(os.path.join(path, "new"))
        return (
            ""
            if there
            else f"channels.mail.inbox: {path or 'path'} is no Maildir (a folder with cur, new and tmp)"
        )
    if inbox.get("kind") != "imap":
        return f"channels.mail.inbox: there is no kind {inbox.get('kind')!r}; write maildir or imap"
    from .imap import connected, examine

    where, folder = str(inbox.get("host") or "?"), str(inbox.get("folder") or "INBOX")
    server: imaplib.IMAP4 | None = None
    try:
        server = connected(settings)
        examine(server, folder)
        return certificate_ends(server.sock, now, f"the mailbox's server {where}")
    except PluginError as why:
        return why.message
    except (imaplib.IMAP4.error, OSError) as why:
        said = " ".join(str(why).split())[:200] or type(why).__name__
        part = f"the mailbox {folder} at {where}"
        if server is not None:
            return f"{part} cannot be looked into: {said}; is `folder` under [channels.mail.inbox] right?"
        if isinstance(why, OSError):
            return f"{part} could not be reached: {said}"
        return f"{part} does not accept the login: {said}; look at `user` and `password` under [channels.mail.inbox]"
    finally:
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()


def certificate_ends(line: object, now: datetime | None, whose: str) -> str:
    """ "soon: ..." where the other side of an encrypted line shows a certificate that ends soon; else ""."""
    shown = line.getpeercert() if isinstance(line, ssl.SSLSocket) else None
    told = (shown or {}).get("notAfter")
    if not isinstance(told, str) or now is None:
        return ""
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC)
    if until > now + SOON:
        return ""
    return f"soon: the certificate of {whose} ends on {until:%Y-%m-%d}; whoever runs it has to renew it, or no mail goes any more"
