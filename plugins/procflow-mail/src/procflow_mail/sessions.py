"""Connections to the mail server: encrypted and logged in as the settings say, kept for the next mail, made anew when
the server let go of them. Safe for several threads. It must not know mails.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from threading import Lock
from time import monotonic  # how long a connection was idle; no deadline hangs on it
from typing import Any

from procflow.errors import PluginError

#: Seconds for each word of the other side, where `timeout` says no other number; less than the host gives a call.
TIMEOUT = 10.0
#: Seconds after which a connection that nobody used is given up: servers do so too, after a minute or five.
IDLE = 45.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
KINDS = ("none", "starttls", "ssl")


class Sessions:
    """The connections of one channel."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self._free: list[tuple[float, smtplib.SMTP]] = []
        self._lock = Lock()

    def take(self) -> tuple[smtplib.SMTP, bool]:
        """(a connection, whether it was used before and may have gone). Raises PluginError, SMTPException, OSError."""
        old: list[smtplib.SMTP] = []
        found: smtplib.SMTP | None = None
        with self._lock:
            while self._free:
                since, server = self._free.pop()
                if monotonic() - since <= IDLE and _is_quiet(server):
                    found = server
                    break
                old.append(server)
        for server in old:
            _leave(server)
        return (found, True) if found is not None else (connected(self.settings), False)

    def give(self, server: smtplib.SMTP) -> None:
        """It is in order and free for the next mail."""
        with self._lock:
            self._free.append((monotonic(), server))

    def drop(self, server: smtplib.SMTP) -> None:
        """It broke; those that lie idle are as old, and go too."""
        with self._lock:
            free, self._free = self._free, []
        for each in (server, *(idle for _, idle in free)):
            each.close()

    def close(self) -> None:
        with self._lock:
            free, self._free = self._free, []
        for _, server in free:
            _leave(server)

    def health(self, now: datetime | None = None) -> str:
        """ "" when the server can be reached and lets us in; else what is wrong, or will be soon by the clock `now`."""
        from .looking import certificate_ends

        try:
            server = connected(self.settings)
            try:
                server.noop()
                soon = certificate_ends(server.sock, now, f"the mail server {place(self.settings)}")
            finally:
                _leave(server)
        except PluginError as why:
            return why.message
        except smtplib.SMTPAuthenticationError as why:
            return f"the mail server does not accept the login: {plain(why)}"
        except smtplib.SMTPResponseException as why:
            return f"the mail server {place(self.settings)} does not want us: {plain(why)}"
        except (smtplib.SMTPException, OSError) as why:
            return f"the mail server {place(self.settings)} could not be reached: {plain(why)}"
        return soon


def connected(settings: Mapping[str, Any]) -> smtplib.SMTP:
    """A new connection. `tls`: starttls, ssl or none; left out it is starttls, and none on this machine."""
    host = str(settings.get("host") or "")
    if not host:
        raise PluginError("procflow.toml: channels.mail: host is missing")
    tls = str(settings.get("tls") or ("none" if host in LOOPBACK else "starttls"))
    if tls not in KINDS:
        raise PluginError(f"procflow.toml: channels.mail: tls is {tls!r}; write starttls, ssl or none")
    if settings.get("user") and tls == "none" and host not in LOOPBACK:
        raise PluginError(
            "procflow.toml: channels.mail: a password would go to another machine in clear",
            'write tls = "starttls" or tls = "ssl"',
        )
    port = int(settings.get("port") or {"none": 25, "starttls": 587, "ssl": 465}[tls])
    timeout = float(settings.get("timeout") or TIMEOUT)
    name = str(settings.get("helo") or "") or None
    if tls == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, local_hostname=name, timeout=timeout, context=_context(settings)
        )
    else:
        server = smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
    try:
        if tls == "starttls":
            server.starttls(context=_context(settings))
        server.ehlo_or_helo_if_needed()
        if settings.get("user"):
            server.login(str(settings["user"]), str(settings.get("password") or ""))
    except BaseException:
        server.close()
        raise
    return server


def _context(settings: Mapping[str, Any]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.get("ca_file") or None)


def _is_quiet(server: smtplib.SMTP) -> bool:
    """Whether it has said nothing that nobody asked for: that would be taken for the answer to the next word."""
    if server.sock is None or server.file is None:
        return False
    timeout = server.sock.gettimeout()
    try:
        server.sock.settimeout(0)
        return not server.file.peek(1)
    except ssl.SSLWantReadError:
        return True
    except (OSError, ValueError):
        return False
    finally:
        with suppress(OSError):
            server.sock.settimeout(timeout)


def _leave(server: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def plain(why: Exception) -> str:
    """What went wrong, in one line: the server's own words where it said any."""
    if isinstance(why, smtplib.SMTPResponseException):
        return words_of(why.smtp_code, why.smtp_error)
    return " ".join(str(why).split())[:200] or type(why).__name__


def words_of(code: int, text: Any) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(f"{code} {words}".split())[:300]


def place(settings: Mapping[str, Any]) -> str:
    return f"{settings.get('host')}:{settings.get('port') or ''}".rstrip(":")
