"""Answers what a browser asks of a form: the page, what is wrong, the receipt. No scripts anywhere.

What is sent carries the page's own mark: sent twice it is one message, and a program that posts without having
asked for the page, or faster than a hand, gets the page again. It must not know how a page looks.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from procflow.ports import Inbound, WebReply, WebRequest

from .forms import LANGUAGES, Form, forms_of
from .pages import HEADERS, form_page, receipt_page, said_page

#: Seconds in which nobody fills in a form, and after which a page is too old.
SOONEST, LATEST = 2, 24 * 3600
LARGEST = 256 << 10
#: A field that people do not see and robots fill in.
TRAP = "homepage"
MARK = "mark"
_MOST_FIELDS = 100
TOO_LARGE = "too large"

_AGAIN = {
    "da": "Siden var for længe åben, eller for kort. Se det igennem, og send igen.",
    "en": "The page was open for too long, or too short a time. Look it through and send it again.",
}
_ROBOT = {
    "da": "Vi kunne ikke skelne dig fra en robot. Send igen.",
    "en": "We could not tell you from a robot. Send it again.",
}
_NOT_HERE = {"da": "Her er ingen formular.", "en": "There is no form here."}
_LATER = {"da": "Formularen kan ikke bruges lige nu.", "en": "The form cannot be used just now."}
_TOO_MUCH = {
    "da": "Det er ikke sendt: der er skrevet mere, end formularen kan sende. Gå tilbage, og gør det kortere.",
    "en": "It has not been sent: more was written than the form can send. Go back and make it shorter.",
}
_NOT_THIS_FORM = {
    "da": "Det er ikke sendt, for det kom ikke fra formularen, som den er her. Åbn den igen.",
    "en": "It has not been sent, for it did not come from the form as it is here. Open the form again.",
}


def secret_problem(settings: Mapping[str, Any]) -> str:
    return "" if settings.get("secret") else "procflow.toml: channels.webform: secret missing"


def answer(settings: Mapping[str, Any], request: WebRequest, now: datetime) -> WebReply:
    """The page (GET), the page with what is wrong (422), or a redirect to the receipt with the message (303)."""
    language = language_of(request, str(settings.get("language") or "da"))
    name, _, rest = request.path.partition("/")
    form = forms_of(settings)[1].get(name)
    if form is None:
        return _page(404, said_page(_NOT_HERE[language], language))
    if secret_problem(settings):
        return _page(503, said_page(_LATER[language], language), reason="no secret in procflow.toml")
    key = str(settings["secret"]).encode()
    if rest.startswith("receipt/") and request.method in ("GET", "HEAD"):
        return _page(200, receipt_page(form, rest.removeprefix("receipt/")[:8], language))
    if rest:
        return _page(404, said_page(_NOT_HERE[language], language))
    if request.method in ("GET", "HEAD"):
        return _page(200, form_page(form, language, {}, {}, _mark(key, form, now)))
    if request.method != "POST":
        return WebReply(405, b"", headers={"allow": "GET, HEAD, POST"})
    return _sent(key, form, request, language, now)


def _sent(key: bytes, form: Form, request: WebRequest, language: str, now: datetime) -> WebReply:
    given = _given(request)
    if isinstance(given, str):
        wrong = _TOO_MUCH if given == TOO_LARGE else _NOT_THIS_FORM
        return _page(400, said_page(wrong[language], language), reason=given)
    mark, trapped = given.pop(MARK, ""), given.pop(TRAP, "")
    given.pop("language", None)
    known = {each.ask.name for each in form.fields}
    given = {name: value for name, value in given.items() if name in known}
    wrong = form.check(given, language)
    age = _age(key, form, mark, now)
    reason = ""
    if trapped:
        wrong[""], reason = _ROBOT[language], "a robot, it seems"
    elif age is None or not SOONEST <= age <= LATEST:
        wrong[""], reason = _AGAIN[language], "without a page that was asked for a while ago"
    if wrong:
        return _page(422, form_page(form, language, given, wrong, _mark(key, form, now)), reason=reason)
    id = hashlib.sha256(f"{form.name}:{mark}".encode()).hexdigest()
    text = "\n".join(given[each.ask.name] for each in form.fields if each.text and given.get(each.ask.name))
    fields = {
        each.ask.name: given[each.ask.name].strip()
        for each in form.fields
        if not each.text and given.get(each.ask.name, "").strip()
    }
    message = Inbound(
        source="webform",
        external_id=id,
        channel="webform",
        sender="website",  # nobody has looked whether it is who it says
        to=form.name,
        received=now,
        subject=form.title[language],
        text=text.replace("\r\n", "\n"),
        fields={**fields, "form": form.name, "language": language},
        raw=request.body,
    )
    where = {"location": f"{form.name}/receipt/{id[:8]}?language={language}"}
    return WebReply(303, b"", headers={**HEADERS, **where}, messages=[message])


def language_of(request: WebRequest, otherwise: str) -> str:
    """`?language=`, else the first of the browser's that we speak."""
    asked = dict(parse_qsl(request.query)).get("language", "")
    accepted = [
        part.split(";")[0].strip()[:2].lower()
        for part in request.headers.get("accept-language", "").split(",")
    ]
    for language in (asked, *accepted, otherwise):
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def _given(request: WebRequest) -> dict[str, str] | str:
    """The fields as they were sent; else what is wrong with them, for the house."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return "not sent by a form"
    if len(request.body) > LARGEST:
        return TOO_LARGE
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(request.body),
            errors="strict", max_num_fields=_MOST_FIELDS,
        )  # fmt: skip
    except ValueError:
        return "not sent by a form"
    given = dict(pairs)
    return given if len(given) == len(pairs) else "a field came twice"


def _mark(key: bytes, form: Form, now: datetime) -> str:
    """What a page carries: when it was made, something of its own, and our hand under both."""
    own = f"{int(now.timestamp())}.{secrets.token_hex(12)}"
    return f"{own}.{_hand(key, form, own)}"


def _age(key: bytes, form: Form, mark: str, now: datetime) -> float | None:
    """Seconds since the page was made; None where it is none of ours."""
    own, _, hand = mark.rpartition(".")
    if not hmac.compare_digest(_hand(key, form, own).encode(), hand.encode("utf-8", "replace")):
        return None
    return now.timestamp() - int(own.split(".")[0])


def _hand(key: bytes, form: Form, own: str) -> str:
    return hmac.new(key, f"{form.name}:{own}".encode(), hashlib.sha256).hexdigest()[:32]


def _page(status: int, body: bytes, reason: str = "") -> WebReply:
    return WebReply(status, body, "text/html; charset=utf-8", HEADERS, reason=reason)
