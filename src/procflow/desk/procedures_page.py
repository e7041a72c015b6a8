"""Procedures for who answers for them: picture, text with its problems, promises with their verdicts, scenarios,
versions with what differs and the open cases on each. What takes long runs in a process of its own."""

from __future__ import annotations

import os
from typing import Any

from procflow.desk.background import BACKGROUND, Work
from procflow.desk.case_tabs import SEALED_OFF
from procflow.desk.frame import page
from procflow.errors import NotFound, UsageError
from procflow.views.procedures import difference, procedure_view, procedures_view, told_differences
from procflow.web.calls import Call, Reply, see_other
from procflow.web.routes import Routes

routes = Routes()

#: What can be done in the background, with the words of its command: {name} and {folder} are the procedure's.
_KINDS = {"prove": ("prove", "{name}"), "test": ("test", "{folder}"), "check": ("check", "{folder}")}
#: Numbers of cases that are listed for a version.
_LISTED = 60


@routes.route("GET", "/procedures", may="procedure.read")
def procedures(call: Call) -> Reply:
    """The procedures in force, found by words."""
    wanted = call.query.get("find", "")
    return page(call, "procedures.html", rows=procedures_view(call.app, call.language, wanted), wanted=wanted)


@routes.route("GET", "/procedures/{name}", may="procedure.read")
def procedure(call: Call) -> Reply:
    """The page of one procedure."""
    view = procedure_view(call.app, call.path["name"], call.language)
    works = {kind: BACKGROUND.look(_key(call, kind, view)) for kind in _KINDS}
    problems = _problems(works["check"])
    return page(
        call, "procedure.html", view=view, works=works, verdicts=_verdicts(works["prove"]), problems=problems,
        tests=_tests(works["test"]), lines=list(enumerate(view["text"].splitlines(), 1)), listed=_LISTED,
        busy=any(work is not None and work.goes_on for work in works.values()),
        proof=works["prove"].answer if works["prove"] is not None and works["prove"].answer else None,
    )  # fmt: skip


@routes.route("GET", "/procedures/{name}/picture.svg", may="procedure.read")
def picture(call: Call) -> Reply:
    """The picture of the version in force."""
    from procflow.drawing.graph import graph_of
    from procflow.drawing.svg import svg

    _, found = call.app.in_force(call.path["name"])
    roles = call.app.engine.surroundings().organisation.roles
    return Reply(svg(graph_of(found, call.language, roles)), type="image/svg+xml; charset=utf-8", headers=SEALED_OFF)  # fmt: skip


@routes.route("GET", "/procedures/{name}/versions", may="procedure.read")
def versions(call: Call) -> Reply:
    """What differs between two versions."""
    view = procedure_view(call.app, call.path["name"], call.language)
    old, new = call.query.get("old", ""), call.query.get("new", "") or view["hash"]
    lines = difference(call.app, view["name"], old, new)
    things = told_differences(call.app, old, new, call.language)
    return page(call, "versions.html", view=view, lines=lines, things=things, old=old, new=new)


@routes.route("POST", "/procedures/{name}/{kind}", may="procedure.read")
def run(call: Call) -> Reply:
    """Prove, rehearse or check it, in the background; nothing is stored but proofs, and nothing is sent."""
    kind, name = call.path["kind"], call.path["name"]
    if kind not in _KINDS:
        raise NotFound(f"there is no {kind!r} here", f"there are {', '.join(_KINDS)}")
    view = procedure_view(call.app, name, call.language)
    if not view["path"]:
        raise UsageError(f"the file of {name} is not known here", "publish it again with `procflow check`")
    folder = os.path.dirname(view["path"])
    words = [word.format(name=view["name"], folder=folder) for word in _KINDS[kind]]
    BACKGROUND.ask(_key(call, kind, view), [*words, "--lang", call.language], call.app.folder)
    return see_other(f"/procedures/{view['name']}#{kind}")


def _key(call: Call, kind: str, view: dict[str, Any]) -> tuple[str, ...]:
    return kind, call.app.folder, view["name"], view["hash"], call.language


def _verdicts(work: Work | None) -> dict[str, Any]:
    """promise -> what was found of it."""
    if work is None or work.answer is None:
        return {}
    found: dict[str, Any] = next(iter(work.answer.get("procedures", ())), {})
    return {each["promise"]: each for each in found.get("promises", ())}


def _tests(work: Work | None) -> list[dict[str, Any]]:
    return [] if work is None or work.answer is None else list(work.answer.get("tests", ()))


def _problems(work: Work | None) -> dict[int, list[dict[str, Any]]]:
    """line of the file -> what is wrong there."""
    found: dict[int, list[dict[str, Any]]] = {}
    answer = work.answer if work is not None else None
    for each in (answer or {}).get("diagnostics", ()):
        if str(each.get("path", "")).endswith("procedure.yaml"):
            found.setdefault(int(each["line"]), []).append(each)
    return found
