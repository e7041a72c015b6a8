"""Who is asking: what every request is looked through for before its route is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field
from starlette.datastructures import Headers

from procflow.access.sessions import LONGEST, Sessions
from procflow.access.tokens import Tokens
from procflow.app import App
from procflow.core.policy import Actor
from procflow.errors import NotAllowed, words_in_both

if TYPE_CHECKING:
    from procflow.access.oidc import Provider


class Known(Struct, frozen=True):
    """Who asks. `cookie`: they are known by a cookie, which a browser sends unasked, so that what changes something
    must come from our own pages. `session` is what the login keeps beside the person: its `id` and its `secret`."""

    actor: Actor = Actor()
    cookie: bool = False
    session: Mapping[str, Any] = field(default_factory=dict)


class Access(Protocol):
    """Finds out who asks. Called in the thread that answers, before the policy is asked. Not `using`: nobody does
    anything, a page that is open only listens on.

    Raises NotAllowed for a token that is none."""

    def who(
        self, app: App, headers: Headers, cookies: Mapping[str, str], address: str, *, using: bool = True
    ) -> Known: ...


class OnePerson:
    """Everybody who reaches this address is one person: for a desk on loopback, without users. `way` is os: who may
    read the workspace's files may act in it."""

    def __init__(self, person: str) -> None:
        self._known = Known(Actor(person, "os"), cookie=True)

    def who(
        self, app: App, headers: Headers, cookies: Mapping[str, str], address: str, *, using: bool = True
    ) -> Known:
        return self._known


class Logins:
    """People log in, and programs show a token (`Authorization: Bearer`).

    With `secure` (TLS here, or at the proxy in front) the cookie is bound to this very host and is sent over TLS only.
    """

    def __init__(self, *, secure: bool, provider: Provider | None = None) -> None:
        self.secure, self.provider = secure, provider
        self.cookie = "__Host-procflow" if secure else "procflow"

    def who(
        self, app: App, headers: Headers, cookies: Mapping[str, str], address: str, *, using: bool = True
    ) -> Known:
        shown = headers.get("authorization")
        if shown is not None:
            return _of_token(app, shown)
        secret = cookies.get(self.cookie, "")
        login = Sessions(app.store, app.world).find(secret, using=using) if secret else None
        if login is None:
            return Known()
        return Known(Actor(login.person), cookie=True, session={"id": login.id, "secret": secret})

    def let_in(self, secret: str) -> tuple[str, str]:
        """The header that gives a browser its login."""
        return self._set(secret, int(LONGEST.total_seconds()))

    def let_out(self) -> tuple[str, str]:
        """The header that takes it away again."""
        return self._set("", 0)

    def remember(self, value: str, seconds: int) -> tuple[str, str]:
        """The header that lets a browser keep something while it is at the provider."""
        return self._set(value, seconds, f"{self.cookie}-away")

    def _set(self, value: str, seconds: int, name: str = "") -> tuple[str, str]:
        secure = "; Secure" if self.secure else ""
        cookie = f"{name or self.cookie}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        return "set-cookie", cookie


def _of_token(app: App, shown: str) -> Known:
    kind, _, secret = shown.partition(" ")
    token = Tokens(app.store, app.world).find(secret.strip()) if kind.lower() == "bearer" else None
    if kind.lower() != "bearer":
        raise NotAllowed(
            *words_in_both(
                "a program says who it is by `Authorization: Bearer` and its token",
                "et program siger, hvem det er, med `Authorization: Bearer` og sit token",
                "write the word Bearer, a space, and the token that `procflow token add` printed",
                "skriv ordet Bearer, et mellemrum og det token, som `procflow token add` viste", reason="token",
            )
        )  # fmt: skip
    if token is None:
        reasons = {
            "en": "this token is none, has ended or was revoked",
            "da": "dette token findes ikke, er udløbet eller trukket tilbage",
        }
        raise NotAllowed(
            reasons["en"], "`procflow token add` makes one", {"reason": "token", "reasons": reasons}
        )
    return Known(Actor(token.person, "token", token.scopes, token.procedures))
