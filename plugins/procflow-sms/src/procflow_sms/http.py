"""One HTTP request with a deadline: no proxies, no redirects, an answer of a limited size.

It must not know what is asked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 15.0
LARGEST = 5 << 20


class NotReached(Exception):
    """Nobody answered, or not in time, or not in HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None


def place_problem(url: str) -> str:
    """What keeps a token from being sent to this address; "" when nothing does."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"channels.sms: {url!r} is not an address: write https://..."
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return f"channels.sms: the token would go to {parts.hostname} in clear: write https://..."
    return ""


def not_reached(settings: Mapping[str, Any], url: str) -> str:
    """What keeps us from speaking to this address now; "" when somebody listens there. Nothing is asked."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        timeout = float(settings.get("timeout") or TIMEOUT)
        socket.create_connection((parts.hostname or "", port), timeout).close()
    except OSError as why:
        return f"the SMS gateway {parts.hostname}:{port} cannot be reached: {why}"
    return ""


def request(
    settings: Mapping[str, Any], method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
) -> Answer:
    """Raises NotReached, after `timeout` seconds of silence at the latest."""
    ca_file = settings.get("ca_file") or None
    timeout = float(settings.get("timeout") or TIMEOUT)
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        content = response.read(LARGEST + 1)
    except (OSError, http.client.HTTPException) as why:
        said = " ".join(str(why).split())[:200] or type(why).__name__
        raise NotReached(f"{parts.hostname}:{parts.port or parts.scheme} did not answer: {said}") from why
    finally:
        connection.close()
    if len(content) > LARGEST:
        raise NotReached(f"{parts.hostname} answered with more than {LARGEST} bytes")
    after = response.getheader("Retry-After") or ""
    return Answer(response.status, content, float(after) if after.isdigit() and len(after) < 7 else None)
