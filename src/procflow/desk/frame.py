"""The frame around every page: who asks, where one can go, language and colours. A page gives what stands inside.

Whoever adds a page adds its place in the navigation to PLACES; a place shows where its route is there and may be
asked by this person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from procflow.desk.drawn import drawn
from procflow.desk.words import WORDS, desk_words
from procflow.errors import ProcflowError, in_language
from procflow.web.calls import Call, Reply, see_other
from procflow.web.hints import for_people
from procflow.web.routes import Routes
from procflow.web.telling import Asking

#: (path, its word) in the order of the bar.
PLACES = (
    ("/", "inbox"), ("/board", "board"), ("/coaching", "coaching"), ("/procedures", "procedures"), ("/reports", "reports"), ("/people", "people"),
)  # fmt: skip

routes = Routes()
#: Every route of the desk's room, filled by `room.py`.
known_routes: list[Routes] = [routes]


class Place(Struct, frozen=True):
    path: str
    title: str
    here: bool


class Frame(Struct, frozen=True):
    """What the frame shows. `person` is "" where nobody is known; `place` is the change up to which it is drawn."""

    person: str = ""
    name: str = ""
    roles: str = ""
    theme: str = ""
    path: str = "/"
    languages: tuple[str, ...] = ("da", "en")
    nav: tuple[Place, ...] = ()
    rehearsal: bool = False
    place: int = 0
    login: bool = False  # whether the person logged in, and so may log out


def page(
    call: Call, template: str, *, status: int = 200, headers: Sequence[tuple[str, str]] = (), **values: Any
) -> Reply:
    """A page of the desk for whoever asks; `values` are the template's own."""
    text = drawn(
        template, frame=frame_of(call), language=call.language, w=desk_words(call.language), **values
    )  # fmt: skip
    return Reply(text, status, headers=headers)


def frame_of(call: Call) -> Frame:
    organisation = call.app.engine.surroundings().organisation
    person = organisation.people.get(call.person, {})
    roles = ", ".join(organisation.role_name(role, call.language) for role in person.get("roles", ()))
    w, path = desk_words(call.language), _path(call)
    return Frame(
        person=call.person, name=organisation.name_of(call.person) if call.person else "", roles=roles,
        theme=theme_of(call.headers), path=path,
        languages=tuple(organisation.languages), nav=_nav(call, w, path), rehearsal=call.app.rehearsal,
        place=call.place, login=call.actor.way == "login",
    )  # fmt: skip


def bare_page(asking: Asking, template: str, status: int, **values: Any) -> Reply:
    """A page without a workspace at hand, for what went wrong before or after a route."""
    person = asking.known.actor.person if asking.known is not None else ""
    frame = Frame(person=person, name=person, theme=theme_of(asking.headers), path="/")
    text = drawn(template, frame=frame, language=asking.language, w=desk_words(asking.language), **values)
    return Reply(text, status)


class Told(Struct, frozen=True):
    """What went wrong, for people. `original`: its own words, where there are none in the reader's language."""

    message: str
    hint: str
    original: str = ""


def told(problem: ProcflowError, language: str, status: int) -> Told:
    """A problem in the reader's language, if only by its kind; hints name pages, not what a terminal would do."""
    language = language if language in WORDS else "en"
    problem = in_language(problem, language)
    hint = for_people(problem.hint, language)
    if language in problem.facts.get("reasons", {"en": ""}):
        return Told(problem.message, hint)
    by_kind = desk_words(language)["troubles"]
    return Told(by_kind.get(status, by_kind[0]), "", problem.message)


def theme_of(headers: Mapping[str, str]) -> str:
    """light or dark as the switch was set; "" where the system decides."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == "theme" and value in ("light", "dark"):
            return value
    return ""


def _nav(call: Call, w: Mapping[str, Any], path: str) -> tuple[Place, ...]:
    needs = {r.path: r.may for room in known_routes for r in room if r.method == "GET"}
    here = path.partition("?")[0]
    return tuple(
        Place(place, w[word], here == place or (place == "/" and here.startswith(("/cases", "/find", "/open"))) or (place != "/" and here.startswith(place)))
        for place, word in PLACES
        if place in needs and call.person and call.app.may(needs[place]).allowed
    )  # fmt: skip


def _path(call: Call) -> str:
    """Where the reader is, to come back to; the page behind a form that was sent is the place it was sent from."""
    path = call.route
    if call.method != "GET":
        pages = {route.path for room in known_routes for route in room if route.method == "GET"}
        while path not in pages and path != "/":
            path = path.rpartition("/")[0] or "/"
    for name, value in call.path.items():
        path = path.replace("{" + name + "}", value)
    return f"{path}?{urlencode(call.query)}" if call.query and call.method == "GET" else path


def local(path: str) -> str:
    """A path of ours as it stands, else the inbox: a form never leads to another site."""
    found = urlsplit(path)
    whole = path.startswith("/") and not path.startswith(("//", "/\\")) and not found.netloc
    return path if whole and not any(c in path for c in "\r\n\\") else "/"


#: How long a browser remembers language and colours, in seconds.
_YEAR = 365 * 86400


@routes.route("POST", "/preferences", may="page.public")
def preferences(call: Call) -> Reply:
    """Keep the language or the colours that somebody chose; the colours chosen again are the system's."""
    cookies = []
    lang, theme = call.form.get("lang", ""), call.form.get("theme", "")
    spoken = call.app.engine.surroundings().organisation.languages
    if lang in spoken:
        cookies.append(_cookie("lang", str(lang)))
    if theme in ("light", "dark"):
        cookies.append(_cookie("theme", "" if theme_of(call.headers) == theme else str(theme)))
    return see_other(local(str(call.form.get("back", "/"))), cookies)


def _cookie(name: str, value: str) -> tuple[str, str]:
    return "set-cookie", f"{name}={value}; Path=/; Max-Age={_YEAR if value else 0}; SameSite=Lax"
