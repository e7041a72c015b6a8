"""The guided way over the API of another machine: `procflow step --server URL`. See `guide_place.Place`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from procflow.cli.guide_place import Asked, Refused
from procflow.cli.there import RefusedThere, There, path_part, sent_file
from procflow.errors import NotFound, UsageError
from procflow.views.typed import NOTE

T = TypeVar("T")


class Afar:
    """A workspace on another machine, for one person with a token."""

    def __init__(self, there: There) -> None:
        self._there = there
        self._files: dict[Asked, dict[str, bool]] = {}  # the fields that take files -> whether several

    @property
    def language(self) -> str:
        return self._there.language or "en"

    def look(self, case: int | str, since: int = 0) -> dict[str, Any]:
        found = self._there.of_case(str(case), "guide", {"since": since or ""})
        number = found["case"]["number"]
        for option in found["options"]:
            self._remember(Asked(number, option["choice"], option["item"] or ""), option["asks"])
        return found

    def opening(self, procedure: str) -> dict[str, Any]:
        found = self._there.get(f"/procedures/{path_part(procedure)}/opening")
        self._remember(Asked(procedure=procedure), found["asks"])
        return found

    def _remember(self, asked: Asked, asks: list[dict[str, Any]]) -> None:
        self._files[asked] = {ask["name"]: ask["type"] == "array" for ask in asks if ask["file"]}

    def check(self, asked: Asked, typed: Mapping[str, Any]) -> dict[str, Any]:
        files = self._files.get(asked, {})
        sent: dict[str, Any] = {}
        gone: dict[str, Any] = {}
        for name, raw in typed.items():
            try:
                sent[name] = _with_content(raw, files[name]) if name in files else raw
            except (UsageError, NotFound) as problem:
                told = f"{problem.message}. {problem.hint}".rstrip(". ") + "."
                gone[name] = {"value": raw, "shown": str(raw), "problems": [{"code": "file", "message": told}]}  # fmt: skip
        if not sent:
            return gone
        body: dict[str, Any] = {"with": sent}
        if asked.procedure:
            place = f"/procedures/{path_part(asked.procedure)}/opening/check"
        else:
            place = f"/cases/{asked.case}/choices/{path_part(asked.choice)}/check"
            body["item"] = asked.item
        return {**self._there.post(place, body)["fields"], **gone}

    def keep(self, asked: Asked, typed: Mapping[str, Any]) -> None:
        self._there.post(self._draft(asked), {"with": dict(typed)}, method="PUT", query=_item(asked))

    def drop(self, asked: Asked) -> None:
        self._there.raw("DELETE", self._draft(asked), query=_item(asked))

    def typed_note(self, case: int) -> dict[str, Any]:
        found: dict[str, Any] = self._there.get(self._draft(Asked.note(case)))["with"]
        return found

    def foresee(self, asked: Asked, given: Mapping[str, Any]) -> dict[str, Any]:
        place = f"/cases/{asked.case}/choices/{path_part(asked.choice)}/preview"
        return self._accepted(lambda: self._there.post(place, {"with": dict(given), "item": asked.item}))

    def take(self, asked: Asked, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        values = {**given, "item": asked.item} if asked.item else dict(given)
        place = f"/cases/{asked.case}/choices/{path_part(asked.choice)}"
        return self._accepted(lambda: self._there.post(place, {"with": values}, request))

    def open(self, procedure: str, given: Mapping[str, Any], request: str) -> dict[str, Any]:
        return self._accepted(lambda: self._there.open(procedure, given, request)[0])

    def note(self, case: int, text: str, request: str) -> None:
        self._accepted(lambda: self._there.post(f"/cases/{case}/notes", {"text": text}, request))

    def why(self, case: int, choice: str) -> dict[str, Any]:
        return self._there.of_case(str(case), "why", {"choice": choice})

    def waiting(self) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = self._there.inbox(everything=False)["tasks"]
        return rows

    def _draft(self, asked: Asked) -> str:
        if asked.procedure:
            return f"/procedures/{path_part(asked.procedure)}/opening/draft"
        return f"/cases/{asked.case}/drafts/{path_part(asked.choice or NOTE)}"

    def _accepted(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except RefusedThere as refused:
            raise Refused(refused.view) from refused


def _item(asked: Asked) -> dict[str, str]:
    return {"item": asked.item}


def _with_content(raw: Any, several: bool) -> Any:
    """The paths of files of this machine become the files; what is kept there already stays as it is."""
    if not several:
        return sent_file(raw) if isinstance(raw, str) else raw
    parts = raw.split(",") if isinstance(raw, str) else raw
    return [sent_file(part.strip()) if isinstance(part, str) else part for part in parts]
