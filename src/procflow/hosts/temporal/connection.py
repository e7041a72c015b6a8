"""How to reach the Temporal server: address, namespace, task queue, TLS. It must not know workflows.

A client lives on the loop on which it was made; `Loop` is one in a thread of its own, for the rest of procflow knows
no asyncio.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import Future
from datetime import timedelta
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from msgspec import Struct
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from procflow.errors import NotFound, StorageError, UsageError

T = TypeVar("T")
#: Where a server of one's own listens when nobody says it, and what its namespace is called.
ADDRESS, NAMESPACE = "127.0.0.1:7233", "default"
_CONNECT = timedelta(seconds=10)


class Reach(Struct, frozen=True):
    """`task_queue` "": one for the workspace alone. The three of TLS are the contents of files; `server_name` is the
    name in the server's certificate, where it is another than the address's."""

    address: str = ADDRESS
    namespace: str = NAMESPACE
    task_queue: str = ""
    tls: bool = False
    server_ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None
    server_name: str = ""
    api_key: str = ""


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="temporal", daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        return self.begin(work).result(seconds)

    def close(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


@cache
def _runtime() -> Runtime:
    """The library's own threads, one set for a process. What its core has to say goes the way of all libraries, and only
    what is an error: by itself it writes ten lines a second on standard error for as long as a server is away, in a form
    that no reader of our log takes."""
    said = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(TelemetryFilter("ERROR", "ERROR"), said)))


async def connected(reach: Reach, identity: str) -> Client:
    """Raises StorageError where nobody answers, NotFound where there is no such namespace, UsageError where the server
    wants other credentials."""
    tls: bool | TLSConfig = reach.tls
    if reach.server_ca or reach.certificate or reach.server_name:
        tls = TLSConfig(
            server_root_ca_cert=reach.server_ca,
            domain=reach.server_name or None,
            client_cert=reach.certificate,
            client_private_key=reach.key,
        )
    try:
        client = await asyncio.wait_for(
            Client.connect(
                reach.address,
                namespace=reach.namespace,
                tls=tls,
                api_key=reach.api_key or None,
                identity=identity,
                runtime=_runtime(),
            ),
            _CONNECT.total_seconds(),
        )
        await _asked(client, reach, _CONNECT)
    except RPCError as problem:
        raise _in_words(problem, reach) from None
    except (RuntimeError, TimeoutError, OSError, ValueError) as problem:
        raise _not_connected(reach, problem) from None
    return client


#: What the library's core says of a connection that did not come about, what that means, and what to do.
_MEANS = (
    ("UnknownIssuer", "nobody whom we believe vouches for its certificate", "name who does: `server_ca` under [host] of procflow.toml, or --tls-ca"),
    ("NotValidForName", "its certificate is for another name", "say the name that stands in it: `server_name` under [host] of procflow.toml, or --tls-name"),
    ("InvalidCertificate(Expired", "its certificate has expired", "whoever runs the server renews it; is this machine's clock right?"),
    ("InvalidCertificate(NotValidYet", "its certificate counts from a later time on", "is this machine's clock right?"),
    ("InvalidContentType", "what answers there speaks no TLS", "is it to be asked with TLS or without? Take `tls` and the files out of [host] of procflow.toml, or name the address that speaks it"),
    ("CertificateRequired", "it asks for our certificate", "give `certificate` and `key` under [host] of procflow.toml"),
    ("received fatal alert", "it does not take our certificate", "look at `certificate` and `key` under [host] of procflow.toml: does the server believe who vouches for it?"),
    ("call error after connection", "it was reached, and hung up", "is it a Temporal server, is it to be asked with TLS or without, and does it take our `certificate` and `key`?"),
    ("dns error", "nobody knows where that is", "is the name of the machine right?"),
)  # fmt: skip


def _not_connected(reach: Reach, problem: BaseException) -> StorageError:
    said, plain = str(problem), away(reach, type(problem).__name__)
    for mark, means, hint in _MEANS:
        if mark in said:
            return StorageError(f"{plain.message}: {means}", hint, plain.facts)
    return plain


async def _asked(client: Client, reach: Reach, patience: timedelta, again: bool = True) -> None:
    request = DescribeNamespaceRequest(namespace=reach.namespace)
    await client.workflow_service.describe_namespace(request, timeout=patience, retry=again)


async def still_there(client: Client, reach: Reach) -> None:
    """Raises as `connected` does; it asks once."""
    try:
        await _asked(client, reach, _CONNECT, again=False)
    except RPCError as problem:
        raise _in_words(problem, reach) from None


def _in_words(problem: RPCError, reach: Reach) -> Exception:
    if problem.status is RPCStatusCode.NOT_FOUND:
        return NotFound(
            f"the Temporal server at {reach.address} has no namespace {reach.namespace}",
            f"make it (`temporal operator namespace create -n {reach.namespace}`), or say --namespace",
            {"namespace": reach.namespace, "address": reach.address},
        )
    if problem.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED):
        return UsageError(
            f"the Temporal server at {reach.address} does not let us in",
            "look at `api_key`, `certificate` and `key` under [host] of procflow.toml",
            {"address": reach.address},
        )
    return away(reach, problem.status.name.lower())


def away(reach: Reach, reported: str = "") -> StorageError:
    return StorageError(
        f"no Temporal server answers at {reach.address}",
        "is it running, and is it reached by that address, with TLS or without? Steps are taken all the same;"
        " deadlines and deliveries wait for it",
        {"address": reach.address, "reported": reported},
    )
