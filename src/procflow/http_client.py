"""HTTP for channels: one request with a deadline, no proxies, no redirects, an answer of a limited size.

A connection is kept for the next request to the same place. A secret goes in clear to this machine only, and
`own_network=False` keeps a request that an outsider may have steered away from what stands inside the house. The
channel says what is asked; this must not know it.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import select
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import local
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct, field

#: Seconds of silence after which the other side is given up, where the channel's table has no `timeout`.
TIMEOUT = 15.0
#: The largest answer that is read, in bytes.
LARGEST = 5 << 20
#: Letters of an answer that are told to a person.
_BEGINNING = 200
#: Seconds for which a connection is kept that nobody needs.
_KEPT = 20.0
_HERE = ("localhost", "127.0.0.1", "::1")


class NotReached(Exception):
    """Nobody answered, or not in time, or not in HTTP. The text names the place and never what was sent."""


class NotTrusted(NotReached):
    """Somebody answered, with a certificate that nobody here vouches for."""


class Answer(Struct, frozen=True):
    """`headers` have lower-case names; `retry_after` is in seconds, where the other side said so."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def retry_after(self) -> float | None:
        after = self.headers.get("retry-after", "")
        return float(after) if after.isdigit() and len(after) < 7 else None

    @property
    def words(self) -> str:
        """What the other side says of an error, on one line: what stands in the usual places of a JSON answer, else how
        the answer begins; "" when it says nothing."""
        try:
            found = json.loads(self.body)
            inner = found.get("error")
            named = [found.get(name) for name in ("message", "errorMessage", "detail", "error_description")]
            named += [inner.get("message") if isinstance(inner, dict) else inner, found.get("code")]
            said = next((each for each in named if each), "")
        except (ValueError, AttributeError, RecursionError):
            said = self.body[:_BEGINNING].decode("utf-8", "replace")
        return " ".join(str(said).split())[:_BEGINNING]


def place_problem(url: str, setting: str) -> str:
    """What keeps a secret from being sent to this address, which stands in `setting`; "" when nothing does."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return f"{setting}: {url!r} is not an address: write https://..."
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{setting}: {url!r} is not an address: write https://..."
    if parts.scheme == "http" and parts.hostname not in _HERE:
        return f"{setting}: a secret would go to {parts.hostname} in clear: write https://..."
    return ""


def timeout_of(settings: Mapping[str, Any]) -> float:
    """Seconds of silence that a channel's table allows."""
    return float(settings.get("timeout") or TIMEOUT)


def unreachable(settings: Mapping[str, Any], url: str) -> str:
    """Why nobody can be spoken to at this address now; "" when somebody listens there. Nothing is asked."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout_of(settings)).close()
    except OSError as why:
        return f"{parts.hostname}:{port} cannot be reached: {why}"
    return ""


def request(
    settings: Mapping[str, Any],
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    own_network: bool = True,
) -> Answer:
    """Ask once; `settings` is the channel's table (`timeout`, `ca_file`). Raises NotReached.

    With `own_network=False` the address must be one of the public internet: it is looked up once, and the
    connection goes to what was found, so that a name cannot lead elsewhere in between.
    """
    try:
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port or parts.scheme}"
    except ValueError as why:
        raise NotReached(f"{url[:_BEGINNING]!r} is not an address") from why
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotReached(f"{url[:_BEGINNING]!r} is not an address of HTTP")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    key = (parts.scheme, parts.netloc, str(settings.get("ca_file") or ""), own_network)
    try:
        connection = _kept(key) or _connect(settings, url, own_network)
    except ssl.SSLCertVerificationError as why:
        raise NotTrusted(f"{where} cannot be reached: {_in_short(why)}") from why
    except (OSError, ValueError, http.client.HTTPException) as why:
        raise NotReached(f"{where} cannot be reached: {_in_short(why)}") from why
    keep = False
    try:
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        content = response.read(LARGEST + 1)
        keep = len(content) <= LARGEST and not response.will_close
        told = bool(response.headers.get("content-length") or response.headers.get("transfer-encoding"))
        if not told and response.status not in (204, 304) and method != "HEAD":
            # an answer that broke off in its head looks just so
            raise http.client.HTTPException("its answer does not say where it ends")
    except (OSError, ValueError, http.client.HTTPException) as why:
        raise NotReached(f"{where} did not answer: {_in_short(why)}") from why
    finally:
        if keep:
            _mine()[key] = (connection, monotonic())
        else:
            connection.close()
    if len(content) > LARGEST:
        raise NotReached(f"{where} answered with more than {LARGEST} bytes")
    return Answer(response.status, content, {name.lower(): value for name, value in response.getheaders()})


def _connect(settings: Mapping[str, Any], url: str, own_network: bool) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (
        443 if parts.scheme == "https" else 80
    )  # said, for the library splits hosts at colons
    timeout = timeout_of(settings)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=settings.get("ca_file") or None)
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    address = host if own_network else _public(host, connection.port)
    opened = socket.create_connection((address, connection.port), timeout)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        connection.sock = (
            context.wrap_socket(opened, server_hostname=host) if parts.scheme == "https" else opened
        )
    except BaseException:
        opened.close()
        raise
    return connection


def _public(host: str, port: int) -> str:
    """The first address of a host; raises OSError where any of them stands inside a network of one's own."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
            raise OSError("the address belongs to a network of the house's own, where this may not go")
    return found[0]


#: Addresses of version 6 in which one of version 4 is written, and those which the registry took back or keeps for books.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_PUBLIC = ipaddress.IPv6Network("2000::/3")
_BOOKS = ipaddress.IPv6Network("3fff::/20")
_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")


def _is_public(at: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is one of the public internet: what version 6 has besides its public part is not, and an address of
    version 4 that is written in one of version 6 counts as what it is."""
    if isinstance(at, ipaddress.IPv4Address):
        return at.is_global and not at.is_multicast and at not in _RELAYS
    inner = at.ipv4_mapped or at.sixtofour
    if at in _TRANSLATED:
        inner = ipaddress.IPv4Address(int(at) & 0xFFFFFFFF)
    if inner is not None:
        return _is_public(inner)
    return at in _PUBLIC and at.is_global and at not in _BOOKS


_THREAD = local()


def _mine() -> dict[Any, tuple[http.client.HTTPConnection, float]]:
    """The connections that this thread keeps."""
    kept: dict[Any, tuple[http.client.HTTPConnection, float]] | None = getattr(_THREAD, "kept", None)
    if kept is None:
        kept = _THREAD.kept = {}
    return kept


def _kept(key: Any) -> http.client.HTTPConnection | None:
    """A connection that is still open: one that can be read from now was closed by the other side, or is confused."""
    connection, since = _mine().pop(key, (None, 0.0))
    if connection is None:
        return None
    with suppress(OSError, ValueError):
        readable, _, _ = select.select([connection.sock], [], [], 0)
        if not readable and monotonic() - since < _KEPT:
            return connection
    connection.close()
    return None


def _in_short(why: BaseException) -> str:
    return " ".join(str(why).split())[:200] or type(why).__name__
