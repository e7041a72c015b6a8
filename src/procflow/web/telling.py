"""Between a request and an answer: what is taken from the one, and how what went wrong is told in the other.

It must not know policy, routes or what is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from procflow.app import App
from procflow.errors import NotAllowed, ProcflowError, StorageError, in_language, words_in_both
from procflow.hosts.spoken import first_spoken
from procflow.web.access import Known
from procflow.web.calls import Reply
from procflow.web.routes import Routes
from procflow.web.safety import without_folders


class Asking(Struct, frozen=True):
    """As much of a request as an error is told with."""

    language: str
    headers: Mapping[str, str]
    path: str
    known: Known | None = None
    method: str = "GET"
    query: str = ""


class Room(Protocol):
    """Pages that belong together, and how they tell what went wrong. One with `forms = False` takes no forms: what
    is sent comes as it is."""

    routes: Routes

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply: ...


#: The languages that what is said without a house is there in.
LANGUAGES = ("da", "en")

#: error code -> HTTP status.
_STATUS = {
    "not-allowed": 403, "not-found": 404, "conflict": 409, "busy": 503, "usage": 400, "storage": 503,
    "broken-document": 422, "evaluation": 422, "calendar": 422, "plugin": 502,
}  # fmt: skip


def status_of(problem: ProcflowError) -> int:
    reason = problem.facts.get("reason")
    if (
        reason in ("not_known", "unknown_person", "token", "login", "another_person")
        and problem.code == "not-allowed"
    ):
        return 401
    if reason in ("too_often", "too_many"):
        return 429
    return _STATUS.get(problem.code, 500)


def language_of(app: App, request: Request) -> str:
    """What the cookie `lang` says, else the first of the browser's languages that the organisation speaks, else its first."""
    return _wanted(request, app.engine.surroundings().organisation.languages) or app.language


def _wanted(request: Request, spoken: Sequence[str]) -> str:
    """The first of the languages that whoever asks wants and that is spoken; "" where none is."""
    wanted = request.cookies.get("lang", "")
    if wanted in spoken:
        return wanted
    return first_spoken(request.headers, spoken)


def not_that_host(host: str, headers: Mapping[str, str]) -> str:
    """What is said to whoever asks for a host that we are not; it is the same whatever the hosts are that we are."""
    name = "".join(letter for letter in host[:100] if letter.isprintable())
    problem = ProcflowError(
        *words_in_both(
            f"This is not served under the name {name}." if name else "The request does not say which host it is for.",
            f"Det her findes ikke under navnet {name}." if name else "Forespørgslen siger ikke, hvilken vært den er til.",
            "Whoever runs the server names it: host_names under [serve] in procflow.toml, or --host-name." if name else "Send the header Host.",
            "Den, der kører serveren, nævner navnet: host_names under [serve] i procflow.toml eller --host-name." if name else "Send headeren Host.",
        )
    )  # fmt: skip
    said = in_language(problem, first_spoken(headers, LANGUAGES) or "en")
    return f"{said.message}\n{said.hint}\n"


def of_the_house(problem: ProcflowError) -> ProcflowError:
    """A database that does not let this house in has refused nothing to whoever asks here: nobody may, for now."""
    if isinstance(problem, NotAllowed) and "server" in problem.facts:
        return StorageError(problem.message, problem.hint, problem.facts)
    return problem


def told(room: Room, asking: Asking, problem: ProcflowError, status: int = 0) -> Reply:
    """What went wrong, in the words of whoever asked."""
    said = without_folders(in_language(of_the_house(problem), asking.language))
    reply = room.trouble(asking, status or status_of(said), said)
    if problem.facts.get("reason") == "another_person":
        reply = replace(reply, headers=(*reply.headers, ("x-drawn-for-another", "yes")))
    wait = problem.facts.get("wait")
    return reply if wait is None else replace(reply, headers=(*reply.headers, ("retry-after", str(wait))))


def asking_of(request: Request, language: str = "", known: Known | None = None) -> Asking:
    return Asking(
        language or _wanted(request, LANGUAGES) or "en",
        request.headers,
        request.url.path,
        known,
        request.method,
        request.url.query,
    )


def twice(request: Request) -> tuple[str, ...]:
    names = [name for name, _ in request.query_params.multi_items()]
    return tuple(dict.fromkeys(name for name in names if names.count(name) > 1)) if len(names) > 1 else ()


def address_of(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def response(reply: Reply) -> Response:
    answer = Response(reply.body, reply.status, media_type=None)
    answer.raw_headers.append((b"content-type", reply.type.encode("latin-1")))
    for name, value in reply.headers:
        answer.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    return answer
