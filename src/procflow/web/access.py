"""Who is asking: what every request is looked through for before its route is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct, field
from starlette.datastructures import Headers

from procflow.app import App
from procflow.core.policy import Actor


class Known(Struct, frozen=True):
    """Who asks. `cookie`: they are known by a cookie, which a browser sends unasked, so that what changes something
    must come from our own pages. `session` is what the login keeps beside the person."""

    actor: Actor = Actor()
    cookie: bool = False
    session: Mapping[str, Any] = field(default_factory=dict)


class Access(Protocol):
    """Finds out who asks. Called in the thread that answers, before the policy is asked."""

    def who(self, app: App, headers: Headers, cookies: Mapping[str, str], address: str) -> Known: ...


class OnePerson:
    """Everybody who reaches this address is one person: for a desk on loopback, without users. `way` is os: who may
    read the workspace's files may act in it."""

    def __init__(self, person: str) -> None:
        self._known = Known(Actor(person, "os"), cookie=True)

    def who(self, app: App, headers: Headers, cookies: Mapping[str, str], address: str) -> Known:
        return self._known
