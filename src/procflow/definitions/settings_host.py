"""The table `[host]` of `procflow.toml`: what runs the cases over time. What is wrong goes to `problem` and has its
default. It must not know hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from procflow.core.nearest import did_you_mean
from procflow.definitions.settings import LISTEN

if TYPE_CHECKING:
    from procflow.definitions.settings_access import Problem

KINDS = ("local", "temporal")
COMMANDS = ("store", "workflow")


class HostSettings(Struct, frozen=True):
    """`kind`: local or temporal; all the rest is of Temporal. `address`, `namespace` and `task_queue` "": the usual.
    `server_ca`, `certificate` and `key` are files; `api_key` may be a `${env:NAME}`, and stays as it is written until
    it is used. `commands`: whether people's commands are decided where they come in, or wait in the case's workflow."""

    kind: str = "local"
    address: str = ""
    namespace: str = ""
    task_queue: str = ""
    tls: bool = False
    server_ca: str = ""
    certificate: str = ""
    key: str = ""
    server_name: str = ""
    api_key: str = ""
    commands: str = "store"

    @property
    def secure(self) -> bool:
        """Whether anything says that the server is spoken to over TLS."""
        return bool(self.tls or self.server_ca or self.certificate or self.server_name or self.api_key)


def read_host(table: Any, problem: Problem) -> HostSettings:
    if not isinstance(table, dict):
        problem(("host",), "PF232", "`host` is no table of settings", 'write [host] and kind = "temporal"')
        return HostSettings()
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key not in HostSettings.__struct_fields__:
            known = did_you_mean(key, HostSettings.__struct_fields__)
            problem(("host", key), "PF231", f"`{key}` is no setting of the host", known)
            continue
        right, words, example = _RIGHT[key]
        if right(value):
            given[key] = value
        else:
            problem(
                ("host", key),
                "PF232",
                f"`{key}` must be {words}",
                f"write {key} = {example}, or leave it out",
            )
    if bool(given.get("certificate")) != bool(given.get("key")):
        there = "certificate" if given.get("certificate") else "key"
        problem(("host", there), "PF232", "`certificate` and `key` belong together", "give both files")
        given.pop(there)
    if given.get("kind", "local") == "local" and len(given) > ("kind" in given):
        key = next(key for key in given if key != "kind")
        words = f"`{key}` is a setting of Temporal, and the host is local"
        problem(("host", key), "PF232", words, 'write kind = "temporal", or take it out')
        return HostSettings()
    return HostSettings(**given)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


_RIGHT: Mapping[str, tuple[Callable[[Any], bool], str, str]] = {
    "kind": (lambda v: v in KINDS, "local or temporal", '"temporal"'),
    "commands": (lambda v: v in COMMANDS, "store or workflow", '"store"'),
    "address": (
        lambda v: _is_text(v) and bool(LISTEN.fullmatch(v)),
        "HOST:PORT, such as 127.0.0.1:7233",
        '"127.0.0.1:7233"',
    ),
    "namespace": (_is_text, "a text", '"default"'),
    "task_queue": (_is_text, "a text", '"claims"'),
    "tls": (lambda v: isinstance(v, bool), "true or false", "true"),
    "server_ca": (_is_text, "the path of a file", '"temporal-ca.pem"'),
    "certificate": (_is_text, "the path of a file", '"desk.pem"'),
    "key": (_is_text, "the path of a file", '"desk.key"'),
    "server_name": (_is_text, "a text", '"temporal.internal"'),
    "api_key": (_is_text, "a text", '"${env:TEMPORAL_API_KEY}"'),
}
