"""Logging in at an OpenID provider: a real one, made strict; and one that lies in every way that it can."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import oidc_provider_mock
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from logging_in import Visitor, housed, procflow
from serving import Served
from werkzeug.serving import make_server

from procflow.access.oidc import Provider
from procflow.app import App
from procflow.builtin.world import FrozenWorld
from procflow.core.calendar import Calendar
from procflow.core.organisation import Organisation
from procflow.definitions.settings_access import OidcSettings
from procflow.errors import NotAllowed, UsageError
from procflow.http_client import Answer, NotReached
from procflow.stores.memory import MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own

SECRET = "a secret of the client"
PEOPLE = (
    ("u-anna", {"preferred_username": "anna", "groups": ["desk"]}),
    ("u-lis", {"preferred_username": "LIS", "groups": ["desk", "desk-leads"]}),
    ("u-lead", {"preferred_username": "lis", "groups": ["desk"]}),
    ("u-bo", {"preferred_username": "bo", "groups": ["canteen"]}),
    ("u-eve", {"preferred_username": "eve", "groups": ["desk", "desk-leads"]}),
    ("u-none", {"groups": ["desk"]}),
)


class Strict:
    """Stands before the provider and asks for what it does not ask for itself: PKCE with S256, and the client's
    secret. `asked` is what was sent to it."""

    def __init__(self, app: Any) -> None:
        self.app, self.asked = app, []
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        path, query = environ["PATH_INFO"], parse_qs(environ["QUERY_STRING"])
        if path == "/oauth2/authorize" and environ["REQUEST_METHOD"] == "POST":
            challenge = query.get("code_challenge", [""])[0]
            if len(challenge) != 43 or query.get("code_challenge_method") != ["S256"]:
                return _refuse(start)

            def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                place = dict(headers).get("Location", "")
                for code in parse_qs(urlsplit(place).query).get("code", []):
                    self._challenges[code] = challenge
                return start(status, headers, *more)

            return self.app(environ, begin)
        if path == "/oauth2/token":
            import io

            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.asked.append({**form, "authorization": environ.get("HTTP_AUTHORIZATION", "")})
            hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() != self._challenges.get(
                form.get("code", "")
            ):
                return _refuse(start)
        return self.app(environ, start)


def _refuse(start: Callable[..., Any]) -> list[bytes]:
    start("400 Bad Request", [("Content-Type", "application/json")])
    return [b'{"error": "invalid_request"}']


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[str, Strict]]:
    """(issuer, what stands before it)."""
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in PEOPLE]
    strict = Strict(oidc_provider_mock.app(require_nonce=True, user_claims=users))
    server = make_server("localhost", 0, strict, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}", strict
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, provider: tuple[str, Strict]) -> Iterator[Served]:
    settings = (
        f'[serve.oidc]\nissuer = "{provider[0]}"\nclient_id = "procflow"\nclient_secret = "${{env:DESK_SECRET}}"\n'
        'title = "House login"\ngroups = ["desk"]\n[serve.oidc.role_groups]\nlead = "desk-leads"\n'
    )
    house = housed(tmp_path_factory.mktemp("oidc"), settings=settings, clock=False)
    served = Served(house, "--no-host", env={"DESK_SECRET": SECRET})
    yield served
    assert served.stop() == ""


class Traveller(Visitor):
    """Goes to the provider and back."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self.headers["sec_fetch_site"] = "cross-site"  # as a browser says who comes back

    def there(self, wanted: str = "/") -> str:
        status, headers, _ = self.get(f"/login/provider?{urlencode({'next': wanted})}")
        assert status == 303
        return str(headers["location"])

    def consent(self, address: str, sub: str) -> str:
        """What the provider sends the browser back to."""
        import http.client

        parts = urlsplit(address)
        connection = http.client.HTTPConnection("localhost", parts.port or 0, timeout=20)
        form = urlencode({"sub": sub} if sub else {"action": "deny"})
        kind = {"content-type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{parts.path}?{parts.query}", form, kind)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        back = urlsplit(answer.headers["location"])
        state = "" if "state=" in back.query else f"&state={parse_qs(parts.query)['state'][0]}"
        return f"{back.path}?{back.query}{state}"  # this provider forgets it where somebody says no

    def log_in_as(self, sub: str, wanted: str = "/") -> tuple[int, Any, str]:
        return self.get(self.consent(self.there(wanted), sub))


def test_who_is_vouched_for_is_let_in_and_goes_where_they_wanted(
    served: Served, provider: tuple[str, Strict]
) -> None:
    anna = Traveller(served)
    assert "House login" in anna.get("/login", accept_language="en")[2]
    address = anna.there("/account")
    asked = parse_qs(urlsplit(address).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://127.0.0.1:{served.port}/login/callback"]
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == len(asked["code_challenge"][0]) == 43
    status, headers, _ = anna.get(anna.consent(address, "u-anna"))
    assert (status, headers["location"]) == (303, "/account")
    assert (
        "Anna Test" in anna.get("/account")[2]
        and "House login" in anna.get("/account", accept_language="en")[2]
    )
    assert "procflow-away" not in anna.cookies
    sent = provider[1].asked[-1]
    expected = base64.b64encode(f"procflow:{SECRET.replace(' ', '%20')}".encode()).decode()
    assert sent["authorization"] == f"Basic {expected}"
    assert Traveller(served).log_in_as("u-lis")[0] == 303, "by the code in capitals too"


@pytest.mark.parametrize(
    ("sub", "because"),
    [
        ("u-eve", "du er ingen i denne organisation"), ("u-none", "hvem du er her"), ("u-bo", "grupper, der må logge ind"),
        ("u-lead", "kender dig ikke som Vagtleder"), ("", "lukkede dig ikke ind"),
    ],
)  # fmt: skip
def test_who_is_not_vouched_for_stays_outside_and_is_told_why(served: Served, sub: str, because: str) -> None:
    visitor = Traveller(served)
    status, _, page = visitor.log_in_as(sub)
    assert status == 401 and because in page
    assert "procflow" not in visitor.cookies and visitor.get("/account")[0] == 303


def test_what_a_browser_brings_back_is_believed_once_and_from_this_browser_alone(served: Served) -> None:
    anna, other = Traveller(served), Traveller(served)
    back = anna.consent(anna.there(), "u-anna")
    assert other.get(back)[0] == 401, "a link that was sent to somebody logs them in as nobody"
    assert anna.get(back)[0] == 401, "and it is used up"
    back = anna.consent(anna.there(), "u-anna")
    assert anna.get(back)[0] == 303
    assert anna.get(back)[0] == 401
    for wrong in ("?code=x", "?code=x&state=", "?state=x", "", "?code=x&state=" + "A" * 43):
        assert Traveller(served).get(f"/login/callback{wrong}")[0] == 401
    anna.there()
    query = urlsplit(back).query
    assert anna.get(f"/login/callback?{query}")[0] == 401, "the state of another journey"


def test_a_code_that_was_stolen_is_worth_nothing(served: Served) -> None:
    """Another's code, brought under one's own state: the provider asks for the verifier of that other journey."""
    anna, thief = Traveller(served), Traveller(served)
    stolen = parse_qs(urlsplit(anna.consent(anna.there(), "u-anna")).query)["code"][0]
    own = parse_qs(urlsplit(thief.there()).query)["state"][0]
    status, _, page = thief.get(f"/login/callback?{urlencode({'code': stolen, 'state': own})}")
    assert status == 401 and "stod ikke inde for dig" in page


def test_the_way_back_leads_to_no_other_site(served: Served) -> None:
    for wanted in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        status, headers, _ = Traveller(served).log_in_as("u-anna", wanted)
        assert (status, headers["location"]) == (303, "/")


def test_every_login_and_every_refused_one_is_kept(served: Served) -> None:
    for sub in ("u-anna", "u-lis", "u-none", "u-bo", ""):
        Traveller(served).log_in_as(sub)
    Traveller(served).get("/login/callback?code=x&state=" + "A" * 43)
    with App(str(served.folder)) as app:
        told = [one for _, _, _, one in app.store.access_log() if one["choice"] == "oidc"]
    codes = {(one["person"], one["code"]) for one in told}
    assert {
        ("anna", "in"),
        ("lis", "in"),
        ("-", "state"),
        ("-", "groups"),
        ("-", "person"),
        ("-", "provider"),
    } <= codes


def test_a_secret_that_is_not_set_is_named_before_anybody_comes(
    tmp_path: Path, provider: tuple[str, Strict]
) -> None:
    settings = (
        f'[serve.oidc]\nissuer = "{provider[0]}"\nclient_id = "p"\nclient_secret = "${{env:NOT_SET_HERE}}"\n'
    )
    house = housed(tmp_path, settings=settings, clock=False)
    assert procflow(house, "serve", "--no-host", by="anna", rc=2) == ""


# a provider that lies: its answers are made here, signed by a key that ours knows or does not

ISSUER = "https://login.example"
KEY, OTHER = RSAKey.generate_key(2048, {"kid": "k1"}), RSAKey.generate_key(2048, {"kid": "k1"})
NOW = 1_778_500_000
ORGANISATION = Organisation(
    "small",
    Calendar("UTC", ((),) * 7),
    people={"anna": {"name": "Anna Test", "mail": "anna@small.example", "roles": []}},
)


class Liar:
    """Answers as a provider; `claims` and `sign` are what it says of who came, `metadata` what of itself."""

    def __init__(self) -> None:
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "k1"}, claims, KEY
        )
        self.metadata: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.down = False

    def __call__(self, method: str, place: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        if self.down:
            raise NotReached("login.example:443 cannot be reached: refused")
        if place.endswith("/.well-known/openid-configuration"):
            said = {
                "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys", "userinfo_endpoint": f"{ISSUER}/me", **self.metadata,
            }  # fmt: skip
            return Answer(200, json.dumps(said).encode())
        if place == f"{ISSUER}/keys":
            return Answer(200, json.dumps({"keys": [KEY.as_dict(private=False)]}).encode())
        if place == f"{ISSUER}/me":
            return Answer(200, json.dumps(self.userinfo).encode())
        right = {
            "iss": ISSUER, "aud": "procflow", "sub": "u1", "exp": NOW + 300, "iat": NOW, "nonce": self.nonce,
            "preferred_username": "anna",
        }  # fmt: skip
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        return Answer(
            200,
            json.dumps(
                {"id_token": self.sign(claims), "access_token": "at", "token_type": "Bearer"}
            ).encode(),
        )


def come_back(liar: Liar, **settings: Any) -> str:
    """The person who is let in."""
    from datetime import UTC, datetime

    world = FrozenWorld(datetime.fromtimestamp(NOW, UTC))
    provider, store = Provider(OidcSettings(ISSUER, "procflow", **settings), world, liar), MemoryStore()
    address, away = provider.way_there(store, "https://desk.example/login/callback", "/")
    query = parse_qs(urlsplit(address).query)
    liar.nonce = query["nonce"][0]
    return provider.come_back(store, {"state": query["state"][0], "code": "c"}, away, ORGANISATION).id


def test_a_provider_that_tells_the_truth_is_believed() -> None:
    assert come_back(Liar()) == "anna"
    liar = Liar()
    liar.claims = {"aud": ["procflow"], "azp": "procflow"}
    assert come_back(liar) == "anna"


def _none(claims: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def _by_public_key(claims: dict[str, Any]) -> str:
    """The old trick: the public key taken for a shared secret. No library signs so any more, so it is done by hand."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    told = f"{part(json.dumps({'alg': 'HS256', 'kid': 'k1'}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{told}.{part(hmac.digest(KEY.as_pem(private=False), told.encode(), 'sha256'))}"


def _changed(claims: dict[str, Any]) -> str:
    head, _, signature = jwt.encode(
        {"alg": "RS256", "kid": "k1"}, {**claims, "preferred_username": "eve"}, KEY
    ).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "sign",
    [
        _none, _by_public_key, _changed, lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, OTHER),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "k9"}, claims, OTHER), lambda claims: "", lambda claims: "a.b.c", lambda claims: "x" * 5000,
    ],
)  # fmt: skip
def test_what_the_provider_did_not_sign_is_not_believed(sign: Callable[[dict[str, Any]], str]) -> None:
    liar = Liar()
    liar.sign = sign
    with pytest.raises(NotAllowed) as refused:
        come_back(liar)
    assert refused.value.facts["what"] == "provider"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://login.example/"}, {"iss": "https://evil.example"}, {"iss": None}, {"aud": "other"}, {"aud": None},
        {"aud": ["other", "another"]}, {"aud": ["procflow", "other"]}, {"azp": "other"}, {"exp": NOW - 61}, {"exp": None}, {"iat": None},
        {"sub": None}, {"nonce": "another"}, {"nonce": None}, {"nonce": ""}, {"exp": "tomorrow"}, {"iat": NOW + 3600}, {"nbf": NOW + 3600},
    ],
)  # fmt: skip
def test_what_it_signed_for_others_or_for_another_time_is_not_believed(claims: dict[str, Any]) -> None:
    liar = Liar()
    liar.claims = claims
    with pytest.raises(NotAllowed) as refused:
        come_back(liar)
    assert refused.value.facts["what"] == "provider"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"}, {"issuer": f"{ISSUER}/"}, {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "ftp://x"}, {"authorization_endpoint": None}, {"token_endpoint": 7},
    ],
)  # fmt: skip
def test_a_provider_that_is_another_than_it_says_is_not_gone_to(metadata: dict[str, Any]) -> None:
    liar = Liar()
    liar.metadata = metadata
    with pytest.raises(NotAllowed):
        come_back(liar)


def test_a_mail_address_counts_only_when_the_provider_has_verified_it() -> None:
    by_mail = {"claim": "email", "person_is": "mail"}
    liar = Liar()
    for claims in ({}, {"email_verified": False}, {"email_verified": "true"}):
        liar.claims = {"email": "Anna@Small.example", **claims}
        with pytest.raises(NotAllowed):
            come_back(liar, **by_mail)
    liar.claims = {"email": "Anna@Small.example", "email_verified": True}
    assert come_back(liar, **by_mail) == "anna"


def test_what_the_token_leaves_out_is_asked_for_of_the_same_person() -> None:
    liar = Liar()
    liar.claims = {"preferred_username": None}
    liar.userinfo = {"sub": "u1", "preferred_username": "anna"}
    assert come_back(liar) == "anna"
    liar.userinfo = {"sub": "u2", "preferred_username": "anna"}
    with pytest.raises(NotAllowed):
        come_back(liar)


def test_a_provider_that_is_down_is_told_in_words() -> None:
    liar = Liar()
    liar.down = True
    with pytest.raises(NotAllowed, match="cannot be reached"):
        come_back(liar)


def test_a_secret_goes_to_no_address_in_clear() -> None:
    from datetime import UTC, datetime

    with pytest.raises(UsageError, match="in clear"):
        Provider(OidcSettings("http://login.example", "p"), FrozenWorld(datetime.fromtimestamp(NOW, UTC)))


def test_nothing_of_a_login_shows_in_what_goes_wrong() -> None:
    liar = Liar()
    liar.claims = {"preferred_username": "kanin-7@evil.example"}
    with pytest.raises(NotAllowed) as refused:
        come_back(liar, client_secret="kanin-8")
    assert not re.search("kanin", f"{refused.value} {refused.value.facts}")
