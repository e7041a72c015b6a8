"""The files that a case holds - evidence, uploads, what came with messages - each with what it is and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from procflow.app import App
from procflow.core.render import text_in, value_in_words
from procflow.engine import Loaded
from procflow.errors import NotFound, words_in_both
from procflow.views.scopes import scope_of


def files_view(app: App, loaded: Loaded, by: str, language: str) -> list[dict[str, Any]]:
    """Evidence with its verdict, and every other file; each file once, with the label of the field it stands in."""
    procedure = app.procedure_of(loaded)
    scope = scope_of(app, loaded, by)
    found: dict[str, dict[str, Any]] = {}
    proofs: list[dict[str, Any]] = []
    shown: set[str] = set()
    for field in procedure.data:
        value = loaded.plain.data.get(field.name)
        label = text_in(field.label, scope, language) or field.name.replace("_", " ")
        if field.type == "evidence" and isinstance(value, Mapping):
            words = {key: value.get(key) for key in ("accepted", "verdict", "channel", "at", "received")}
            words["reason"] = value_in_words(value.get("reason"), scope, language)
            file = _plain(value["file"]) if _is_file(value.get("file")) else None
            proofs.append(
                {
                    "label": label,
                    **words,
                    "void": bool(loaded.plain.data.get(f"{field.name}~void")),
                    "file": file,
                }
            )
            shown |= {file["hash"]} if file else set()
        for each in _files(value):
            found.setdefault(each["hash"], {"label": label, "file": _plain(each)})
    for about in app.items(loaded).values():
        for each in _files(about):
            found.setdefault(each["hash"], {"label": "", "file": _plain(each)})
    return [*proofs, *(each for hash, each in found.items() if hash not in shown)]


def file_of(app: App, loaded: Loaded, hash: str) -> tuple[Mapping[str, Any], bytes]:
    """What is known of a file of this very case, and its bytes. Raises NotFound for one that the case does not hold."""
    places = [*loaded.plain.data.values(), *app.items(loaded).values()]
    for file in (file for place in places for file in _files(place)):
        if file["hash"] == hash:
            slot = int(file.get("slot") or loaded.row.key_slot)
            return file, app.evidence.get(hash, key_slot=slot)
    raise NotFound(
        *words_in_both(
            f"case {loaded.row.number} holds no such file", f"sag {loaded.row.number} har ikke den fil",
            "look at the files of the case", "se på sagens filer",
        )
    )  # fmt: skip


def _files(value: Any) -> Iterator[Mapping[str, Any]]:
    if _is_file(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _files(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _files(item)


def _is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(k), str) for k in ("hash", "name", "type"))


def _plain(file: Mapping[str, Any]) -> dict[str, Any]:
    return {key: file.get(key) for key in ("hash", "name", "type", "size", "width", "height")}
