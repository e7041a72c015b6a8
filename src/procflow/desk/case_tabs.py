"""What stands beside the script of a case: its picture, its files, and why things are as they are."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from procflow.desk.case_page import draw
from procflow.views.case import case_view
from procflow.views.files import file_of, files_view
from procflow.views.picture import case_picture
from procflow.views.why import why_view
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()

#: What an answer carries that browsers must never take for a page of ours.
SEALED_OFF = (
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ("x-content-type-options", "nosniff"),
)
#: Kinds that a browser draws without running anything; everything else is only saved.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
#: As much of a text as is shown.
_SHOWN = 20_000


@routes.route("GET", "/cases/{case}/picture", may="case.read")
def picture(call: Call) -> Reply:
    """The procedure of a case, with the way taken and the place now."""
    loaded = call.app.look(call.path["case"], call.person)
    return draw(call, loaded, tab="picture")


@routes.route("GET", "/cases/{case}/picture.svg", may="case.read")
def picture_svg(call: Call) -> Reply:
    """The same as a file."""
    from procflow.drawing.svg import svg

    loaded = call.app.look(call.path["case"], call.person)
    drawing = svg(case_picture(call.app, loaded, call.language))
    return Reply(drawing, type="image/svg+xml; charset=utf-8", headers=SEALED_OFF)


@routes.route("GET", "/cases/{case}/why", may="case.read")
def why(call: Call) -> Reply:
    """Each choice with its guards and their values, whose the work is, and how each deadline was computed."""
    loaded = call.app.look(call.path["case"], call.person)
    wanted = call.query.get("choice", "")
    view = why_view(call.app, loaded, call.person, wanted, call.language)
    seen = case_view(call.app, loaded, call.person, call.language)
    labels = {choice["name"]: choice["label"] for choice in seen["choices"]}
    titles = {clock["name"]: clock["title"] for clock in seen["deadlines"]}
    for choice in view["choices"]:
        choice["label"] = _begun(labels.get(choice["name"], choice["name"].replace("_", " ")))
    for clock in view["deadlines"]:
        clock["title"] = _begun(titles.get(clock["name"]) or clock["name"].replace("_", " "))
    return draw(call, loaded, tab="why", why=view)


@routes.route("GET", "/cases/{case}/files", may="evidence.read")
def files(call: Call) -> Reply:
    """The evidence and the other files of a case, with their verdicts; texts and pictures are shown."""
    loaded = call.app.look(call.path["case"], call.person)
    found: list[dict[str, Any]] = []
    for each in files_view(call.app, loaded, call.person, call.language):
        file = each["file"]
        shown: dict[str, Any] = {**each, "picture": False, "text": None, "size_words": ""}
        if file is not None:
            shown["picture"] = file["type"] in PICTURES
            shown["size_words"] = _size(int(file["size"] or 0), call.language)
            if str(file["type"]).startswith("text/"):
                _, content = file_of(call.app, loaded, file["hash"])
                shown["text"] = content.decode("utf-8", "replace")[:_SHOWN]
        found.append(shown)
    return draw(call, loaded, tab="files", files=found)


@routes.route("GET", "/cases/{case}/files/{hash}", may="evidence.read")
def file(call: Call) -> Reply:
    """One file of a case: a picture to look at, or anything to save; never as a page."""
    loaded = call.app.look(call.path["case"], call.person)
    found, content = file_of(call.app, loaded, call.path["hash"])
    call.app.looked(call.person, "evidence", loaded.row.id, call.path["hash"][:8])
    kind = str(found["type"]) if found["type"] in PICTURES else "application/octet-stream"
    way = "inline" if kind in PICTURES and "save" not in call.query else "attachment"
    name = quote(str(found["name"]), safe="")
    disposition = f"{way}; filename*=UTF-8''{name}"
    return Reply(content, type=kind, headers=(*SEALED_OFF, ("content-disposition", disposition)))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _size(size: int, language: str) -> str:
    if size < 1024:
        return f"{size} B"
    text = f"{size / 1024:.0f} kB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MB"
    return text.replace(".", ",") if language == "da" else text
