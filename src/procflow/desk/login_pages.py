"""Logging in and out, and one's own account: password, logins and tokens.

Who is not logged in is led here, and back to where they wanted to go, which is always a place of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import cookie_parser

from procflow.access.oidc import PATIENCE, Provider
from procflow.access.second import SecondFactors, address_for_apps
from procflow.access.sessions import Sessions
from procflow.access.tokens import Tokens
from procflow.access.users import Users
from procflow.core.words import instant_in_words
from procflow.desk.frame import local, page
from procflow.desk.login_words import login_words
from procflow.errors import NotAllowed, NotFound, ProcflowError, UsageError, in_language
from procflow.web.access import Logins
from procflow.web.calls import Call, Reply, see_other
from procflow.web.routes import Routes

routes = Routes()

#: Seconds for which a browser remembers that it went to the provider.
_AWAY = int(PATIENCE.total_seconds())


def way_in(path: str, query: str = "") -> str:
    """The address of the login page for somebody who wanted to go there."""
    wanted = f"{path}?{query}" if query else path
    return "/login" if wanted == "/" else f"/login?{urlencode({'next': wanted})}"


@routes.route("GET", "/login", may="page.public")
def login(call: Call) -> Reply:
    """The page to log in."""
    logins = _logins(call)
    wanted = local(call.query.get("next", "/"))
    if call.person:
        return see_other(wanted)
    return _login_page(call, logins, wanted, out="out" in call.query)


@routes.route("POST", "/login", may="page.public")
def let_in(call: Call) -> Reply:
    """Name and password, held against the users."""
    logins = _logins(call)
    wanted = local(_text(call, "next") or "/")
    name = _text(call, "name")
    try:
        person = _users(call).check(name, _text(call, "password"), call.address)
    except NotAllowed as problem:
        told = in_language(problem, call.language)
        status = 429 if problem.facts.get("reason") == "too_many" else 401
        return _login_page(call, logins, wanted, status=status, problem=told, name=name)
    seconds = _seconds(call)
    if seconds.of(person) is not None:
        return _code_page(call, seconds.half_in(person, wanted))
    return see_other(wanted, [begin(call, logins, person, "password")])


@routes.route("POST", "/login/code", may="page.public")
def let_in_by_code(call: Call) -> Reply:
    """The code of an app, or a recovery code, after the password."""
    logins, half = _logins(call), _text(call, "half")
    try:
        found = _seconds(call).come_in(half, _text(call, "code"), call.address)
    except NotAllowed as problem:
        told = in_language(problem, call.language)
        reason = problem.facts.get("reason")
        if reason == "half":
            return _login_page(call, logins, "/", status=401, problem=told)
        return _code_page(call, half, status=429 if reason == "too_many" else 401, problem=told)
    return see_other(local(found.wanted), [begin(call, logins, found.person, "password and code")])


def begin(call: Call, logins: Logins, person: str, way: str) -> tuple[str, str]:
    """A login begins, under an id that nobody had before; the browser's earlier one ends."""
    sessions = Sessions(call.app.store, call.app.world)
    if call.session:
        sessions.end(str(call.session["secret"]))
    browser = call.headers.get("user-agent", "")
    return logins.let_in(sessions.begin(person, way, call.address, browser))


@routes.route("GET", "/login/provider", may="page.public")
def to_the_provider(call: Call) -> Reply:
    """On to the house's OpenID provider."""
    logins, provider = _provider(call)
    wanted = local(call.query.get("next", "/"))
    try:
        address, away = provider.way_there(call.app.store, _back(call, logins), wanted)
    except NotAllowed as problem:
        return _login_page(call, logins, wanted, status=502, problem=in_language(problem, call.language))
    return see_other(address, [logins.remember(away, _AWAY)])


@routes.route("GET", "/login/callback", may="page.public")
def from_the_provider(call: Call) -> Reply:
    """Back from the provider: whom it vouches for, and where they wanted to go."""
    logins, provider = _provider(call)
    app, away = call.app, cookie_parser(call.headers.get("cookie", "")).get(f"{logins.cookie}-away", "")
    organisation = app.engine.surroundings().organisation
    try:
        found = provider.come_back(app.store, call.query, away, organisation)
    except NotAllowed as problem:
        app.store.log_access(
            app.world.now(), "-", "login", "", "oidc", str(problem.facts.get("what", "wrong"))
        )
        return _login_page(call, logins, "/", status=401, problem=in_language(problem, call.language))
    app.store.log_access(app.world.now(), found.id, "login", "", "oidc", "in")
    begun = begin(call, logins, found.id, "oidc")
    return see_other(local(found.wanted), [begun, logins.remember("", 0)])


def _provider(call: Call) -> tuple[Logins, Provider]:
    logins = _logins(call)
    if logins.provider is None:
        raise NotFound("nobody logs in at a provider here")
    return logins, logins.provider


def _back(call: Call, logins: Logins) -> str:
    """Where the provider sends people back to: the name under which we are asked, which is one of ours."""
    return f"{'https' if logins.secure else 'http'}://{call.headers.get('host', '')}/login/callback"


@routes.route("POST", "/logout", may="account.own")
def logout(call: Call) -> Reply:
    """The login ends, here and at once."""
    logins = _logins(call)
    if call.session:
        Sessions(call.app.store, call.app.world).end(str(call.session["secret"]))
    call.app.store.log_access(call.app.world.now(), call.person, "login", "", "", "out")
    return see_other("/login?out=1", [logins.let_out(), ("clear-site-data", '"cache", "storage"')])


@routes.route("GET", "/account", may="account.own")
def account(call: Call) -> Reply:
    """One's own password, logins and tokens."""
    return _account_page(call)


@routes.route("POST", "/account/password", may="account.own")
def change_password(call: Call) -> Reply:
    """A new password for the old one; every other login ends."""
    _logins(call)
    new = _text(call, "new")
    try:
        if new != _text(call, "again"):
            raise UsageError(login_words(call.language)["differ"])
        secret = str(call.session.get("secret", ""))
        _users(call).change_password(call.person, _text(call, "old"), new, call.address, keep=secret)
    except (NotAllowed, UsageError) as problem:
        return _account_page(call, status=_status(problem), problem=in_language(problem, call.language))
    return _account_page(call, said="changed")


@routes.route("POST", "/account/second", may="account.own")
def begin_second(call: Call) -> Reply:
    """Begin to set up an app for codes, with the password: what it has to read, and where its first code goes."""
    _logins(call)
    try:
        if _seconds(call).of(call.person) is not None:
            raise UsageError(login_words(call.language)["second_is_on"])
        _users(call).check(call.person, _text(call, "password"), call.address)
    except (NotAllowed, UsageError) as problem:
        return _account_page(call, status=_status(problem), problem=in_language(problem, call.language))
    _seconds(call).begin(call.person)
    return see_other("/account#second")


@routes.route("GET", "/account/second.svg", may="account.own")
def second_drawn(call: Call) -> Reply:
    """What the app has to read, as a QR code, while it is being set up."""
    from procflow.drawing.qr import qr_svg

    secret = _seconds(call).being_set_up(call.person)
    if not secret:
        raise NotFound("no app is being set up")
    house = call.app.engine.surroundings().organisation.name
    title = login_words(call.language)["second_code"].format(house=house)
    name = house[:60].strip()  # the squares stay large enough for any phone
    drawn = qr_svg(address_for_apps(secret, name, call.person), title)
    return Reply(drawn.encode(), 200, "image/svg+xml; charset=utf-8", [("cache-control", "no-store")])


@routes.route("POST", "/account/second/on", may="account.own")
def second_on(call: Call) -> Reply:
    """The first code of the app: from here on it is asked for, and every other login ends."""
    _logins(call)
    try:
        codes = _seconds(call).confirm(call.person, _text(call, "code"))
    except UsageError as problem:
        return _account_page(call, status=422, problem=in_language(problem, call.language))
    sessions = Sessions(call.app.store, call.app.world)
    sessions.end_all(call.person, but=str(call.session.get("secret", "")))
    return _account_page(call, said="second_on", codes=codes)


@routes.route("POST", "/account/second/codes", may="account.own")
def second_codes(call: Call) -> Reply:
    """New recovery codes, for a code."""
    return _by_code(call, "second_codes")


@routes.route("POST", "/account/second/off", may="account.own")
def second_off(call: Call) -> Reply:
    """No second factor any more, for a code."""
    return _by_code(call, "second_off")


def _by_code(call: Call, what: str) -> Reply:
    _logins(call)
    seconds, code = _seconds(call), _text(call, "code")
    codes: Sequence[str] = ()
    try:
        if seconds.of(call.person) is None:
            raise UsageError(login_words(call.language)["second_is_off"])
        if what == "second_off":
            seconds.turn_off(call.person, code, call.address)
        else:
            codes = seconds.renew_codes(call.person, code, call.address)
    except (NotAllowed, UsageError) as problem:
        return _account_page(call, status=_status(problem), problem=in_language(problem, call.language))
    return _account_page(call, said=what, codes=codes)


def _status(problem: ProcflowError) -> int:
    return {"too_many": 429, "login": 403}.get(str(problem.facts.get("reason")), 422)


@routes.route("POST", "/account/end", may="account.own")
def end_login(call: Call) -> Reply:
    """One of one's own logins ends."""
    _logins(call)
    if not Sessions(call.app.store, call.app.world).end_one(_text(call, "id"), call.person):
        raise NotFound("there is no such login of yours")
    return _account_page(call, said="ended")


@routes.route("POST", "/account/revoke", may="account.own")
def revoke_token(call: Call) -> Reply:
    """One of one's own tokens is revoked."""
    _logins(call)
    id_ = _text(call, "id")
    if len(id_) != 16:
        raise NotFound("there is no such token of yours")
    Tokens(call.app.store, call.app.world).revoke(id_, call.person, call.person)
    return _account_page(call, said="revoked")


def _login_page(
    call: Call, logins: Logins, wanted: str, *, status: int = 200, problem: ProcflowError | None = None,
    name: str = "", out: bool = False,
) -> Reply:  # fmt: skip
    provider = logins.provider.title if logins.provider is not None else ""
    return page(
        call, "login.html", status=status, l=login_words(call.language), wanted=wanted, problem=problem, name=name,
        out=out, provider=provider, local_users=bool(_users(call)),
    )  # fmt: skip


def _code_page(call: Call, half: str, *, status: int = 200, problem: ProcflowError | None = None) -> Reply:
    return page(
        call, "login_code.html", status=status, l=login_words(call.language), half=half, problem=problem
    )


def _account_page(
    call: Call, *, status: int = 200, problem: ProcflowError | None = None, said: str = "",
    codes: Sequence[str] = (),
) -> Reply:  # fmt: skip
    store, world, w = call.app.store, call.app.world, login_words(call.language)
    zone = call.app.engine.surroundings().organisation.zone

    def when(at: Any) -> str:
        return instant_in_words(at, zone, call.language) if at is not None else w["never"]

    here = call.session.get("id", "")
    logins = [
        {"id": one.id, "here": one.id == here, "since": when(one.since), "seen": when(one.seen),
         "from": one.address, "browser": _called(one.browser)}
        for one in Sessions(store, world).all(call.person)
    ]  # fmt: skip
    tokens = [
        {"id": one.id, "name": one.name, "until": when(one.until), "used": when(one.used),
         "scopes": ", ".join(one.scopes) if one.scopes is not None else w["all"],
         "procedures": ", ".join(one.procedures or ())}
        for one in Tokens(store, world).all(call.person)
    ]  # fmt: skip
    user = _users(call).of(call.person)
    seconds, house = _seconds(call), call.app.engine.surroundings().organisation.name
    second, secret = seconds.of(call.person), seconds.being_set_up(call.person)
    factor = {
        "on": second is not None, "since": when(second.since) if second is not None else "",
        "left": seconds.codes_left(call.person), "codes": codes, "house": house,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "address": address_for_apps(secret, house, call.person) if secret else "",
    }  # fmt: skip
    provider = call.access.provider if isinstance(call.access, Logins) else None
    return page(
        call, "account.html", status=status, l=w, logins=logins, tokens=tokens, problem=problem, said=said,
        has_password=user is not None and bool(user.hash), provider=provider.title if provider is not None else "",
        loose=not isinstance(call.access, Logins), second=factor,
    )  # fmt: skip


#: What a browser says of itself -> how people call it; the first that stands in it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_MACHINES = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def _called(browser: str) -> str:
    """A browser and its machine in two words, or the beginning of what it says where nobody knows it."""
    found = [next((word for sign, word in known if sign in browser), "") for known in (_BROWSERS, _MACHINES)]
    return ", ".join(found) if all(found) else browser[:60]


def _logins(call: Call) -> Logins:
    """How people log in here. Raises NotFound where nobody does: the desk is one person's."""
    if not isinstance(call.access, Logins):
        raise NotFound(
            "nobody logs in here: the desk is for whoever reaches this machine",
            "make users with `procflow user add PERSON`, then start it again",
        )
    return call.access


def _users(call: Call) -> Users:
    app = call.app
    return Users(app.store, app.world, app.engine.surroundings().organisation)


def _seconds(call: Call) -> SecondFactors:
    return SecondFactors(call.app.store, call.app.world, call.app.keys)


def _text(call: Call, name: str) -> str:
    value = call.form.get(name, "")
    return value if isinstance(value, str) else ""
