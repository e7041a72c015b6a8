"""Procedures for who answers for them, as plain values: what is in force, its text, its promises, versions and open cases."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import Any

from procflow.app import App
from procflow.core.procedure import Procedure
from procflow.core.render import value_in_words
from procflow.definitions.publish import text_hash
from procflow.definitions.reader import read
from procflow.errors import NotFound
from procflow.views.differences import Thing, differences
from procflow.views.scopes import scope_before

#: Open cases of one procedure that are looked at for the version they run on.
_MOST = 5000
_PARAM, _TABLE = re.compile(r"\bparam\(\s*['\"](\w+)['\"]"), re.compile(r"\btable\(\s*['\"](\w+)['\"]")


def procedures_view(app: App, language: str, wanted: str = "") -> list[dict[str, Any]]:
    """The procedures in force whose name, title, summary or owner holds every word that is wanted; by title."""
    organisation = app.engine.surroundings().organisation
    found = []
    for name, hash_ in app.store.names_in_force("procedure"):
        procedure = app.engine.procedure(hash_)
        title = words(app, procedure, language)
        owner = organisation.role_name(procedure.owner, language)
        summary = procedure.summary_in(language)
        whole = f"{name} {title} {summary} {owner}".casefold()
        if all(word in whole for word in wanted.casefold().split()):
            found.append(
                {
                    "name": name, "title": title, "summary": summary, "owner": owner, "states": len(procedure.states),
                    "promises": len(procedure.promises), "deadlines": len(procedure.deadlines), "kept_back": app.kept_back(name),
                }
            )  # fmt: skip
    return sorted(found, key=lambda one: one["title"].casefold())


def procedure_view(app: App, name: str, language: str) -> dict[str, Any]:
    """One procedure in force. Raises NotFound."""
    hash_, procedure = app.in_force(name)
    surroundings = app.engine.surroundings()
    organisation = surroundings.organisation
    text = text_of(app, hash_)
    open_ = _open(app, name)
    scope = scope_before(app, procedure)
    used = [p for p in dict.fromkeys(_PARAM.findall(text)) if p in organisation.parameters]
    tables = [t for t in dict.fromkeys(_TABLE.findall(text)) if t in surroundings.tables]
    return {
        "name": name, "hash": hash_, "title": words(app, procedure, language), "summary": procedure.summary_in(language), "path": procedure.path,
        "owner": organisation.role_name(procedure.owner, language), "kept_back": app.kept_back(name),
        "visible_to": [organisation.role_name(role, language) for role in procedure.visible_to],
        "states": len(procedure.states), "text": text, "open": open_, "open_cases": sum(len(cases) for cases in open_.values()),
        "promises": [
            {"name": p.name, "line": p.at[0], "says": _says(p.says, language), "kind": p.kind} for p in procedure.promises
        ],
        "parameters": [
            {"name": p, "value": value_in_words(organisation.parameters[p], scope, language)} for p in used
        ],
        "tables": [{"name": t} for t in tables],
        "versions": [
            {"hash": version, "in_force": version == hash_, "cases": open_.get(version, [])}
            for version in dict.fromkeys((hash_, *open_))
        ],
    }  # fmt: skip


def difference(app: App, name: str, old: str, new: str) -> list[tuple[str, str]]:
    """What changed from one version of a procedure to another: ("+", "-", "@" or " ", line). Raises NotFound."""
    known = set(_open(app, name)) | {app.in_force(name)[0]}
    if old not in known or new not in known:
        raise NotFound(f"{name} has no such version", "choose one of those that are listed")
    lines = difflib.unified_diff(
        text_of(app, old).splitlines(), text_of(app, new).splitlines(), lineterm="", n=2
    )
    found = []
    for line in list(lines)[2:]:
        found.append((line[0], line[1:]) if line[:2] != "@@" else ("@", line))
    return found


def told_differences(app: App, old: str, new: str, language: str) -> list[Thing] | None:
    """The same in words, by states, choices, deadlines, promises and the like; None where a text was not kept."""
    found = [read(text_of(app, hash_), "procedure.yaml")[0] for hash_ in (old, new)]
    if found[0] is None or found[1] is None:
        return None
    return differences(found[0], found[1], language)


def text_of(app: App, hash_: str) -> str:
    """The file of a version, as its owner wrote it; "" where it was published before texts were kept."""
    try:
        return app.store.document(text_hash(hash_)).decode("utf-8", "replace")
    except NotFound:
        return ""


def words(app: App, procedure: Procedure, language: str) -> str:
    """The procedure's title as far as it stands without a case; else its name."""
    return _says(procedure.title, language) or procedure.name.replace("_", " ")


def _says(text: Any, language: str) -> str:
    template = text.template(language) if text is not None else None
    if template is None:
        return ""
    return "".join(part if isinstance(part, str) else "…" for part in template.parts)


def _open(app: App, name: str) -> dict[str, list[int]]:
    """Version -> the numbers of the open cases that run on it."""
    found: dict[str, list[int]] = {}
    after, seen = 0, Counter[str]()
    while rows := app.store.cases(open_only=True, procedure=name, after=after, limit=500):
        for row in rows:
            found.setdefault(row.definition, []).append(row.number)
            seen[row.definition] += 1
        after = rows[-1].number
        if sum(seen.values()) >= _MOST:
            break
    return found
