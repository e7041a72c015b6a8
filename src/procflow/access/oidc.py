"""Logging in at the house's OpenID provider: the code flow with PKCE, state and nonce. The only place that names authlib
and joserfc.

It finds out whom the provider vouches for, and which person of the organisation that is; nobody is made by it, and what
the provider says of groups only narrows. What a browser brings back is believed once, from the browser that went.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.json import decode, encode

from procflow.core.organisation import Organisation
from procflow.definitions.settings_access import OidcSettings
from procflow.errors import NotAllowed, UsageError
from procflow.http_client import Answer, NotReached, place_problem, request
from procflow.ports import Store, World

#: How long somebody may take at the provider.
PATIENCE = timedelta(minutes=10)
#: Signatures that are believed: those of a key that only the provider has.
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "RS384", "RS512", "PS384", "PS512", "EdDSA", "Ed25519")
#: Seconds by which the provider's clock may differ.
LEEWAY = 60
#: Seconds for which what the provider says of itself is believed.
_BELIEVED = 3600.0

_GONE_THERE = "oidc"

Ask = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


class _Pending(Struct, frozen=True):
    """Somebody who went to the provider; `browser` is the hash of what only their browser has."""

    browser: str
    nonce: str
    verifier: str
    back: str
    wanted: str


class Person(Struct, frozen=True):
    """Who came back, and where they wanted to go."""

    id: str
    wanted: str


class Provider:
    """The provider that the settings name. One for each server; used by several threads."""

    def __init__(self, settings: OidcSettings, world: World, ask: Ask | None = None) -> None:
        """Raises UsageError where the extra is missing, the secret's variable is not set or the place is none."""
        _installed()
        self._settings, self._world = settings, world
        self._ask = ask or _ask
        self._secret = _secret(settings.client_secret, world)
        wrong = place_problem(settings.issuer, "serve.oidc.issuer")
        if wrong:
            raise UsageError(wrong, "the issuer is written as the provider says it of itself")
        self.title = settings.title or urlsplit(settings.issuer).hostname or settings.issuer
        self._lock = Lock()
        self._said: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, Any] | None = None

    # there

    def way_there(self, store: Store, back: str, wanted: str) -> tuple[str, str]:
        """(the provider's address to go to, what only this browser is to keep until it is back at `back`)."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        said = self._metadata()
        state, nonce, verifier, browser = (_random(self._world) for _ in range(4))
        now = self._world.now()
        pending = _Pending(_hash(browser), nonce, verifier, back, wanted)
        store.drop_ended(now)
        store.keep(_GONE_THERE, _hash(state), encode(pending), now + PATIENCE)
        address: str = prepare_grant_uri(
            said["authorization_endpoint"], client_id=self._settings.client_id, response_type="code",
            redirect_uri=back, scope=self._settings.scope, state=state, nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier), code_challenge_method="S256",
        )  # fmt: skip
        return address, browser

    # and back

    def come_back(
        self, store: Store, query: Mapping[str, str], browser: str, organisation: Organisation
    ) -> Person:
        """Who has come back with `query`, from the browser that keeps `browser`. Raises NotAllowed, and NotReached in
        words as NotAllowed too; what was brought is believed once."""
        state = query.get("state", "")
        kept = store.drop_kept(_GONE_THERE, _hash(state)) if state else None
        if kept is None:
            raise _no(
                "state",
                "this login was begun elsewhere, or too long ago",
                "dette login blev begyndt et andet sted eller for længe siden",
            )
        pending = decode(kept, type=_Pending)
        if not browser or not hmac.compare_digest(_hash(browser), pending.browser):
            raise _no(
                "state",
                "this login was begun in another browser",
                "dette login blev begyndt i en anden browser",
            )
        if query.get("error"):
            raise _no("provider", "the provider did not let you in", "udbyderen lukkede dig ikke ind")
        if query.get("iss") not in (None, self._settings.issuer):
            raise _no("provider", "another provider answered", "en anden udbyder svarede")
        claims = self._claims(query.get("code", ""), pending)
        return Person(self._person(claims, organisation), pending.wanted)

    def _claims(self, code: str, pending: _Pending) -> Mapping[str, Any]:
        said = self._metadata()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": pending.back,
            "code_verifier": pending.verifier,
        }  # fmt: skip
        headers = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        if self._secret:
            pair = f"{quote(self._settings.client_id, safe='')}:{quote(self._secret, safe='')}"
            headers["authorization"] = "Basic " + b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self._settings.client_id
        answer = self._asked("POST", said["token_endpoint"], headers, urlencode(form).encode())
        told = _json(answer)
        token = told.get("id_token")
        if answer.status != 200 or not isinstance(token, str):
            raise _no("provider", "the provider did not vouch for you", "udbyderen stod ikke inde for dig")
        access = told.get("access_token")
        access = access if isinstance(access, str) else None
        claims = self._verified(token, access, pending.nonce)
        needed = {self._settings.claim}
        if self._settings.groups or self._settings.role_groups:
            needed.add(self._settings.group_claim)
        place = said.get("userinfo_endpoint")
        if needed <= set(claims) or access is None or not isinstance(place, str) or place_problem(place, "x"):
            return claims
        more = _json(
            self._asked(
                "GET", place, {"accept": "application/json", "authorization": f"Bearer {access}"}, None
            )
        )
        if more.get("sub") != claims.get("sub"):
            return claims  # it speaks of somebody else
        return {**more, **claims}

    def _verified(self, token: str, access: str | None, nonce: str) -> Mapping[str, Any]:
        """What an id token claims, if it is the provider's, for us, of now and of this very login."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        problem: Exception | None = None
        for anew in (False, True):  # a provider changes its keys now and then
            try:
                decoded = jwt.decode(token, self._key_set(anew=anew), algorithms=list(ALGORITHMS))
                claims = CodeIDToken(
                    decoded.claims, decoded.header,
                    {"iss": {"essential": True, "value": self._settings.issuer},
                     "aud": {"essential": True, "value": self._settings.client_id}},
                    {"nonce": nonce, "client_id": self._settings.client_id, "access_token": access},
                )  # fmt: skip
                claims.validate(now=int(self._world.now().timestamp()), leeway=LEEWAY)
                if claims.get("iss") != self._settings.issuer or claims.get("nonce") != nonce:
                    raise ValueError("iss or nonce")
                return dict(decoded.claims)
            except (JoseError, ValueError, TypeError, KeyError, AttributeError) as why:
                problem = why
        english = "what the provider said of you does not hold"
        raise _no("provider", english, "det, udbyderen sagde om dig, holder ikke") from problem

    def _person(self, claims: Mapping[str, Any], organisation: Organisation) -> str:
        """The person of the organisation whom the claims mean."""
        said, settings = claims.get(self._settings.claim), self._settings
        if not isinstance(said, str) or not said.strip():
            raise _no(
                "person", "the provider does not say who you are here", "udbyderen siger ikke, hvem du er her"
            )
        if settings.claim == "email" and claims.get("email_verified") is not True:
            raise _no(
                "person",
                "the provider has not verified your mail address",
                "udbyderen har ikke bekræftet din mailadresse",
            )
        if settings.person_is == "id":
            person = organisation.person_id(said)
        else:
            mail = said.strip().casefold()
            meant = [
                id_
                for id_, facts in organisation.people.items()
                if str(facts.get("mail", "")).casefold() == mail
            ]
            person = meant[0] if len(meant) == 1 else None
        if person is None:
            raise _no("person", "you are nobody of this organisation", "du er ingen i denne organisation")
        there = claims.get(settings.group_claim)
        groups = {str(group) for group in there} if isinstance(there, list | tuple) else set()
        if settings.groups and not groups.intersection(settings.groups):
            raise _no(
                "groups",
                "you are in none of the groups that may log in here",
                "du er ikke i nogen af de grupper, der må logge ind her",
            )
        for role in organisation.people[person].get("roles", ()):
            group = settings.role_groups.get(role)
            if group is not None and group not in groups:
                english = f"the provider does not know you as {organisation.role_name(role, 'en')}"
                raise _no(
                    "groups", english, f"udbyderen kender dig ikke som {organisation.role_name(role, 'da')}"
                )
        return person

    # what the provider says of itself

    def _metadata(self) -> Mapping[str, Any]:
        with self._lock:
            now = self._world.monotonic()
            if self._said is not None and now - self._said[0] < _BELIEVED:
                return self._said[1]
        issuer = self._settings.issuer
        place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        said = _json(self._asked("GET", place, {"accept": "application/json"}, None))
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        wrong = said.get("issuer") != issuer or any(
            not isinstance(said.get(name), str) or place_problem(said[name], name) for name in needed
        )
        if wrong:
            raise _no(
                "provider",
                "the provider is not the one of the settings",
                "udbyderen er ikke den, der står i indstillingerne",
            )
        with self._lock:
            self._said = (now, said)
        return said

    def _key_set(self, *, anew: bool = False) -> Any:
        from joserfc.jwk import KeySet

        with self._lock:
            now = self._world.monotonic()
            if self._keys is not None and now - self._keys[0] < (5.0 if anew else _BELIEVED):
                return self._keys[1]
        told = _json(self._asked("GET", self._metadata()["jwks_uri"], {"accept": "application/json"}, None))
        keys = KeySet.import_key_set(
            {"keys": [key for key in told.get("keys", ()) if key.get("use", "sig") == "sig"]}
        )
        with self._lock:
            self._keys = (now, keys)
        return keys

    def _asked(self, method: str, place: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            return self._ask(method, place, headers, body)
        except NotReached as why:
            raise _no("provider", "the provider cannot be reached", "udbyderen kan ikke nås") from why


def _ask(method: str, place: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    return request({"timeout": 8}, method, place, headers, body)


def _installed() -> None:
    try:
        import authlib  # noqa: F401
        import joserfc  # noqa: F401
    except ImportError as why:
        raise UsageError(
            f"serve.oidc wants {why.name}, which is not installed here", "pip install 'procflow[oidc]'"
        ) from why


def _secret(written: str, world: World) -> str:
    """The client's secret; `${env:NAME}` is looked up. Raises UsageError where it is not set."""
    if not written.startswith("${env:") or not written.endswith("}"):
        return written
    name = written[6:-1]
    found = world.environment(name)
    if not found:
        raise UsageError(
            f"procflow.toml: serve.oidc.client_secret wants the environment variable {name}, which is not set",
            f"set {name} before procflow starts",
        )
    return found


def _json(answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _random(world: World) -> str:
    return urlsafe_b64encode(world.random_bytes(32)).rstrip(b"=").decode()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _no(what: str, english: str, danish: str) -> NotAllowed:
    return NotAllowed(
        english, "", {"reason": "login", "what": what, "reasons": {"en": english, "da": danish}}
    )
