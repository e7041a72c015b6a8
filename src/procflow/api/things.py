"""What belongs to a case: evidence, effects, deadlines, promises."""

from __future__ import annotations

from urllib.parse import quote, unquote

from procflow.api import given as g
from procflow.api.declared import Answered, Asked, resource
from procflow.api.telling import seen
from procflow.app.acting import Upload
from procflow.errors import NotFound, UsageError, words_in_both
from procflow.views.case import case_view
from procflow.views.listing import effects_view, files_of, promises_view

#: What a browser may show by itself; everything else is only handed over as a file.
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})


@resource(
    "GET", "/api/cases/{case}/evidence", may="evidence.read", tag="evidence", gives=g.Evidence, of_case=True
)
def list_evidence(asked: Asked) -> Answered:
    """Every file that a case's journal names, in the order in which they came."""
    loaded = seen(asked, "evidence")
    return Answered(
        {"number": loaded.row.number, "files": files_of(asked.app, loaded)}, sequence=loaded.row.sequence
    )


@resource(
    "POST", "/api/cases/{case}/evidence", may="case.step", tag="evidence", gives=g.Attached, status=201,
    sends=("application/octet-stream", "image/*", "application/pdf", "text/plain", "message/rfc822"), refuses=(404,),
)  # fmt: skip
def attach(asked: Asked) -> Answered:
    """Keep a file for a case: its bytes are the body, its name stands in `Content-Disposition`. What is answered is the
    value that a field of type file takes. The type is found out from the bytes; the same file again is kept once."""
    content = asked.body
    if not content:
        raise UsageError(
            *words_in_both(
                "there is no file",
                "der er ingen fil",
                "send its bytes as the body",
                "send dens bytes som indhold",
            )
        )
    loaded = asked.app.look(asked.path("case"), asked.by)
    name = _name(asked.call.headers.get("content-disposition", ""))
    kept = asked.app.attach(loaded.row.id, Upload(name, content))
    return Answered({"file": kept}, 201, place=f"/api/cases/{loaded.row.number}/evidence/{kept['hash']}")


def _name(header: str) -> str:
    """The file's name in Content-Disposition (RFC 6266); `file` where none is said."""
    found = "file"
    for part in header.split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key.strip().lower() == "filename*" and value.count("'") >= 2:
            return unquote(value.split("'", 2)[2]) or found
        if key.strip().lower() == "filename" and value.strip().strip('"'):
            found = value.strip().strip('"').encode("latin-1", "replace").decode("utf-8", "replace")
    return found


@resource(
    "GET", "/api/cases/{case}/evidence/{hash}", may="evidence.read", tag="evidence", gives=bytes,
    media=("application/octet-stream", "image/*", "text/plain", "application/*"),
)  # fmt: skip
def get_evidence(asked: Asked) -> Answered:
    """A file of a case, as it was kept. It is never run: a browser may show pictures and plain text, no more."""
    app, hash_ = asked.app, asked.path("hash")
    loaded = seen(asked, "evidence", hash_[:12])
    file = next((one for one in files_of(app, loaded) if one["hash"] == hash_), None)
    slot = file["slot"] if file is not None else loaded.row.key_slot
    try:
        if len(hash_) != 64 or not set(hash_) <= set("0123456789abcdef"):
            raise NotFound(hash_)
        content = app.evidence.get(hash_, key_slot=slot)
    except NotFound:
        if file is not None:
            raise  # the journal names it, and it is lost
        raise NotFound(
            *words_in_both(
                "there is no such file in this case", "den fil er ikke i sagen",
                "the evidence of the case lists its files", "sagens beviser nævner dens filer",
            )
        ) from None  # fmt: skip
    kept = file or app.evidence.put(content, key_slot=slot, name="file")
    shown = "inline" if kept["type"] in _SHOWN else "attachment"
    name = quote(str(kept["name"]), safe="")
    kind = "text/plain; charset=utf-8" if kept["type"] == "text/plain" else kept["type"]
    return Answered(
        content, type=kind,
        headers=(
            ("content-disposition", f"{shown}; filename*=UTF-8''{name}"),
            ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
        ),
    )  # fmt: skip


@resource("GET", "/api/cases/{case}/effects", may="case.read", tag="cases", gives=g.Effects, of_case=True)
def effects(asked: Asked) -> Answered:
    """What a case asked of the outside world, and how its delivery goes."""
    loaded = seen(asked, "effects")
    return Answered(effects_view(asked.app, loaded), sequence=loaded.row.sequence)


@resource("GET", "/api/cases/{case}/deadlines", may="case.read", tag="cases", gives=g.Deadlines, of_case=True)
def deadlines(asked: Asked) -> Answered:
    """The deadlines of a case that began, each with its derivation in words, and the one whose date is to be promised."""
    loaded = seen(asked, "case")
    view = case_view(asked.app, loaded, asked.by, asked.language)
    return Answered({"number": view["number"], "deadlines": view["deadlines"]}, sequence=loaded.row.sequence)


@resource("GET", "/api/cases/{case}/promises", may="case.read", tag="cases", gives=g.Promises, of_case=True)
def promises(asked: Asked) -> Answered:
    """What the procedure promises, and how each promise stands in this case."""
    loaded = seen(asked, "case")
    view = promises_view(asked.app, loaded, asked.by, asked.language)
    return Answered(view, sequence=loaded.row.sequence)
