"""One request to the service, with a time-out and an answer of a limited size. It must not know what is asked."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

#: Seconds for an answer, where the settings give no `timeout`. Less than procflow gives the whole call (30).
TIMEOUT = 10.0
LARGEST = 5 << 20
_HERE = ("localhost", "127.0.0.1", "::1")


class NotReached(Exception):
    """Nobody answered, or not in time, or not in whole."""


@dataclass(frozen=True)
class Answer:
    status: int
    content: Mapping[str, Any]
    retry_after: float | None = None

    @property
    def words(self) -> str:
        """What the service says to it, on one line."""
        return " ".join(str(self.content.get("message") or "no words").split())[:200]


def ask(
    settings: Mapping[str, Any],
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Raises NotReached. The token goes to this machine, or by https."""
    where = _place(settings)
    connection = _connection(where, float(settings.get("timeout") or TIMEOUT))
    sent = {"Authorization": f"Bearer {settings.get('token') or ''}", "Content-Type": "application/json"}
    try:
        connection.request(method, where.path.rstrip("/") + path, body, {**sent, **(headers or {})})
        response = connection.getresponse()
        content = json.loads(response.read(LARGEST) or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as why:
        raise NotReached(f"the service at {where.netloc} did not answer: {_said(why)}") from why
    finally:
        connection.close()
    after = response.getheader("Retry-After") or ""
    seconds = float(after) if after.isdigit() and len(after) < 7 else None
    return Answer(response.status, content if isinstance(content, dict) else {}, seconds)


def not_reached(settings: Mapping[str, Any]) -> str:
    """Why nobody can be spoken to now; "" when somebody listens. Nothing is asked."""
    try:
        where = _place(settings)
        port = where.port or (443 if where.scheme == "https" else 80)
        timeout = float(settings.get("timeout") or TIMEOUT)
        socket.create_connection((where.hostname or "", port), timeout).close()
    except NotReached as why:
        return str(why)
    except OSError as why:
        return f"the service at {where.netloc} cannot be reached: {_said(why)}"
    return ""


def _place(settings: Mapping[str, Any]) -> SplitResult:
    where = urlsplit(str(settings.get("url") or ""))
    if where.scheme not in ("http", "https") or not where.hostname:
        raise NotReached("procflow.toml: channels.pigeon: url is no address: write https://...")
    if where.scheme == "http" and where.hostname not in _HERE:
        raise NotReached(f"the token would go to {where.hostname} in clear: write https://...")
    return where


def _connection(where: SplitResult, timeout: float) -> http.client.HTTPConnection:
    if where.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(where.hostname or "", where.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(where.hostname or "", where.port, timeout=timeout)


def _said(why: Exception) -> str:
    return " ".join(str(why).split())[:200] or type(why).__name__
