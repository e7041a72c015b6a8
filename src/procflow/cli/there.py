"""A workspace on another machine, asked over its API: what `--server URL` makes of the commands of the desk.

Every answer is the view that the same command makes in the workspace itself, so that what is printed and the exit codes
are the same. It must not know how anything is shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from procflow.core.request_ids import must_be_id
from procflow.errors import (
    Busy,
    Conflict,
    NotAllowed,
    NotFound,
    PluginError,
    ProcflowError,
    StorageError,
    UsageError,
)

#: Seconds of silence after which a server is given up.
TIMEOUT = 60.0
#: What an inbox lists here and there.
LISTED = 200
_ERRORS: Mapping[str, type[ProcflowError]] = {
    each.code: each for each in (Busy, Conflict, NotAllowed, NotFound, PluginError, StorageError, UsageError)
}


class RefusedThere(ProcflowError):
    """A refusal of the engine there: `view` as the command line gives it as JSON, `places` for a terminal."""

    code = "refused"

    def __init__(self, view: Mapping[str, Any], places: list[tuple[int, int, str]]) -> None:
        super().__init__(view["message"], view["hint"])
        self.view, self.places = view, places


class NamesThere(Struct, frozen=True):
    """What people and roles are called there."""

    zone: str
    languages: tuple[str, ...]
    people: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def name_of(self, person: str) -> str:
        return self.people.get(person) or person

    def person_id(self, code: str) -> str | None:
        """The id for a code in any case; None where nobody has it."""
        return next((id for id in self.people if id.casefold() == code.strip().casefold()), None)

    def role_name(self, role: str, language: str) -> str:
        names = self.roles.get(role, {})
        return names.get(language) or names.get(self.languages[0], "") or next(iter(names.values()), role)


class There:
    """One server, asked by one command. `person` is who the caller says they are, if they do."""

    def __init__(self, url: str, person: str, language: str) -> None:
        """Raises UsageError for an address that is none, and where a token would go out for all to read."""
        from procflow.http_client import place_problem

        self._url = url.rstrip("/")
        self._person, self.language = person, language
        self._token = _token()
        problem = place_problem(self._url, "--server")
        if problem and (self._token or "clear" not in problem):
            raise UsageError(problem, "for example --server https://desk.example")
        self._checked = not person
        self.patience = TIMEOUT  # seconds

    # asking

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What is told at a path below /api. Raises RefusedThere and the errors of the command line."""
        found: dict[str, Any] = json.loads(self.raw("GET", path, query=query))
        return found

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, request: str = "", method: str = "POST",
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What became of a command; the same `request` again is done once, and so is one that is sent twice because
        nobody answered."""
        key = request or os.urandom(16).hex()
        content = None if body is None else json.dumps(body).encode()
        found: dict[str, Any] = json.loads(self.raw(method, path, content, query=query, key=key))
        return found

    def raw(
        self, method: str, path: str, body: bytes | None = None, *, query: Mapping[str, Any] | None = None,
        key: str = "", type: str = "application/json", more: Mapping[str, str] | None = None,
    ) -> bytes:  # fmt: skip
        from procflow.http_client import NotReached, NotTrusted
        from procflow.http_client import request as ask

        if not self._checked:
            self._checked = True
            self._check_person()
        headers = {"accept": "*/*", "user-agent": "procflow", **(more or {})}  # see `web/hints.py`
        if body is not None:
            headers["content-type"] = type
        if key:
            headers["idempotency-key"] = must_be_id(key, "--request-id")
        if self.language:
            headers["accept-language"] = self.language
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        asked = {name: value for name, value in (query or {}).items() if value not in ("", None)}
        url = f"{self._url}/api{path}" + (f"?{urlencode(asked)}" if asked else "")
        for again in (bool(key) or method == "GET", False):
            try:
                answer = ask({"timeout": self.patience}, method, url, headers, body)
                break
            except NotTrusted as why:
                raise Busy(
                    f"{self._url} shows a certificate that this machine does not trust: {why}",
                    "where it is your house's own, set SSL_CERT_FILE to the file of the certificate",
                ) from why
            except NotReached as why:
                if not again:
                    raise Busy(
                        f"nobody answers at {self._url}: {why}", "is `procflow serve` running?"
                    ) from why
        self.language = answer.headers.get("content-language", "") or self.language or "en"
        if answer.status >= 400:
            self._failed(answer.status, answer.body)
        return answer.body

    def _failed(self, status: int, body: bytes) -> NoReturn:
        try:
            problem = json.loads(body)
            message, hint, code = problem["message"], problem["hint"], problem["code"]
        except (ValueError, KeyError, TypeError):
            raise StorageError(
                f"{self._url} answers {status}, and not as procflow does", "check --server"
            ) from None
        if "hints" in problem:
            view = {name: problem[name] for name in ("code", "message", "hint", "line", "column", "path")}
            fields = [{name: one[name] for name in ("name", "code", "message")} for one in problem["fields"]]
            places = [(guard["line"], guard["column"], f"  {guard['text']}") for guard in problem["guards"]]
            if not places and problem["line"]:
                places = [(problem["line"], problem["column"], "")]
            raise RefusedThere({**view, "fields": fields}, places)
        raise _ERRORS.get(code, NotAllowed if status == 401 else UsageError)(message, hint, problem["facts"])

    # who and where

    @cached_property
    def me(self) -> dict[str, Any]:
        """Who the server knows the caller as."""
        return self.get("/me")

    def _check_person(self) -> None:
        """Nobody acts in another's name because a server knows them otherwise. Raises UsageError."""
        known = str(self.me["person"] or "")
        if known.casefold() != self._person.casefold():
            raise UsageError(
                f"{self._url} knows you as {known or 'nobody'}, and not as {self._person}",
                "leave out --as and PROCFLOW_AS, or show the token of that person",
            )

    @cached_property
    def _organisation(self) -> dict[str, Any]:
        try:
            return self.get("/organisation")
        except NotAllowed:  # a token that may not read of people: they are told by their codes
            return {**self.get(""), "people": [], "roles": []}

    @cached_property
    def names(self) -> NamesThere:
        told = self._organisation
        return NamesThere(
            told["timezone"],
            tuple(told["languages"]) or ("en",),
            {person["id"]: person["name"] for person in told["people"]},
            {role["id"]: role["names"] for role in told["roles"]},
        )

    @cached_property
    def now(self) -> datetime:
        return datetime.fromisoformat(self._organisation["now"])

    # what the commands of the desk ask

    def inbox(self, everything: bool) -> dict[str, Any]:
        told = self.get("/inbox", {"limit": LISTED, "everything": "true" if everything else ""})
        told.pop("next")
        return told

    def case(self, case: str) -> dict[str, Any]:
        return self.get(f"/cases/{path_part(case)}")

    def open(self, procedure: str, given: Mapping[str, Any], request: str) -> tuple[dict[str, Any], str]:
        """(the case, what else there is to know)."""
        files: list[str] = []
        if any(isinstance(value, str) and os.path.isfile(value) for value in _flat(given)):
            files = self.get(f"/procedures/{path_part(procedure)}")["files"]
        body = {"procedure": procedure, "with": _sent(given, files)}
        return _after(self._with_files("/cases", body, given, request))

    def do(self, case: str, choice: str, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        files: list[str] = []
        if any(isinstance(value, str) and os.path.isfile(value) for value in _flat(given)):
            offers = self.get(f"/cases/{path_part(case)}/choices")["choices"]
            asks = [
                ask
                for offer in offers
                if offer["name"] in (choice, choice.rpartition(".")[2])
                for ask in offer["asks"]
            ]
            files = [ask["name"] for ask in asks if "file" in (ask["type"], ask["of"])]
        path = f"/cases/{path_part(case)}/choices/{path_part(choice)}"
        return _after(self._with_files(path, {"with": _sent(given, files)}, given, request))[0]

    def _with_files(
        self, path: str, body: Mapping[str, Any], given: Mapping[str, Any], request: str
    ) -> dict[str, Any]:
        """A command whose fields may name files of this machine: one that is not there is told as it is here."""
        try:
            return self.post(path, body, request)
        except RefusedThere as refused:
            for one in refused.view["fields"]:
                named = given.get(one["name"])
                if one["code"] == "file_not_stored" and isinstance(named, str):
                    _content(named)
            raise

    def signal(
        self, case: str, event: str, given: Mapping[str, Any], request: str
    ) -> tuple[dict[str, Any], str]:
        return _after(
            self.post(f"/cases/{path_part(case)}/events/{path_part(event)}", {"with": dict(given)}, request)
        )

    def of_case(self, case: str, what: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.get(f"/cases/{path_part(case)}/{what}", query)

    def about_case(self, case: str, what: str, body: Mapping[str, Any], request: str) -> dict[str, Any]:
        return self.post(f"/cases/{path_part(case)}/{what}", body, request)

    def on_shift(self, day: str, shift: str, person: str, request: str) -> dict[str, Any]:
        """A person put on a shift; with "" the shift taken off the roster."""
        place, body = f"/roster/{day}/{path_part(shift)}", {"person": person} if person else None
        return self.post(place, body, request, "PUT" if person else "DELETE")

    def drawn(self, procedure: str, case: str, form: str) -> str:
        """A procedure, or the one of a case with its way, as a picture."""
        place = f"/cases/{path_part(case)}" if case else f"/procedures/{path_part(procedure)}"
        return self.raw("GET", f"{place}/picture", query={"format": form}).decode()

    def log(self, case: str) -> dict[str, Any]:
        told, after = {"number": 0, "steps": []}, 0
        while True:
            page = self.of_case(case, "journal", {"limit": 200, "after": after or ""})
            told = {**page, "steps": [*told["steps"], *page["steps"]]}  # type: ignore[misc]
            if len(page["steps"]) < 200:
                return told
            after = page["steps"][-1]["sequence"]

    def attach(self, case: str, path: str) -> dict[str, Any]:
        named = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(os.path.basename(path), safe='')}"
        }
        content = self.raw(
            "POST",
            f"/cases/{path_part(case)}/evidence",
            _content(path),
            type="application/octet-stream",
            more=named,
        )
        found: dict[str, Any] = json.loads(content)
        return found

    def receive(self, given: Mapping[str, Any], files: list[str], case: str) -> dict[str, Any]:
        sent = [sent_file(path) for path in files]
        return self.post("/messages", {**given, "files": sent, "case": case})

    def receive_mail(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw("POST", "/mails", _content(path), type="message/rfc822"))
        return found

    def give(self, message: str, case: str) -> dict[str, Any]:
        return self.post(f"/messages/{path_part(message)}/give", {"case": case})

    def no_case(self, message: str, why: str) -> dict[str, Any]:
        return self.post(f"/messages/{path_part(message)}/no_case", {"because": why})

    def hand_back(self, person: str) -> dict[str, Any]:
        return self.get(f"/people/{path_part(person or str(self.me['person']))}/hand-back")

    def report(self, name: str, query: Mapping[str, Any]) -> bytes:
        return self.raw("GET", f"/reports/{path_part(name)}", query=query)


def _token() -> str:
    """PROCFLOW_TOKEN, or what stands in a file that only its owner reads. Raises UsageError."""
    said = os.environ.get("PROCFLOW_TOKEN", "")
    if said:
        return said.strip()
    named = os.environ.get("PROCFLOW_TOKEN_FILE", "")
    path = named or os.path.expanduser("~/.config/procflow/token")
    try:
        with open(path, encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise UsageError(f"others on this machine may read the token in {path}", f"chmod 600 {path}")
            return file.read().strip()
    except (OSError, ValueError) as why:
        if named:
            raise UsageError(f"the token in {path} cannot be read", "check PROCFLOW_TOKEN_FILE") from why
        return ""


def path_part(text: str) -> str:
    """A name as a part of a path. Raises NotFound for an empty one."""
    if not text.strip():
        raise NotFound("nothing has an empty name", "name it")
    return quote(text, safe="")


def _flat(given: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in given.values():
        found += value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
    return found


def _sent(given: Mapping[str, Any], files: list[str]) -> dict[str, Any]:
    """The values as they go out: the paths of files become the files."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in files or not value:
            found[name] = value
        elif isinstance(value, str) and "," not in value:
            found[name] = sent_file(value)
        else:
            parts = value.split(",") if isinstance(value, str) else value
            found[name] = [sent_file(part.strip()) for part in parts]
    return found


def sent_file(path: str) -> dict[str, str]:
    """A file of this machine as a body holds it. Raises UsageError."""
    import base64

    return {"name": os.path.basename(path), "content": base64.b64encode(_content(path)).decode()}


def _content(path: str) -> bytes:
    from procflow.builtin.world import RealWorld

    try:
        return RealWorld().read_file(os.path.expanduser(path))
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}", "check the path") from problem


def _after(told: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A case after a step as the command line gives it, and what else there is to know."""
    told.pop("step", None)
    return told, str(told.pop("told", "") or "")
