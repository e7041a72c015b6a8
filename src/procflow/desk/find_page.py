"""Finding a customer or a case: by number of the case, customer number, phone, mail address, plate - whatever cases carry
to be found by. One hit opens at once, as a telephone's screen pop wants it; several are listed."""

from __future__ import annotations

import re

from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field
from procflow.core.words import relative_in_words
from procflow.desk.frame import page
from procflow.desk.opening_page import openings
from procflow.engine import Loaded, identity_texts
from procflow.errors import NotAllowed, NotFound
from procflow.views.customer import cases_with, other_case
from procflow.web.calls import Call, Reply, see_other
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/find", may="inbox.read")
def find(call: Call) -> Reply:
    """Cases that carry what was asked for, open ones first."""
    q = call.query.get("q", "").strip()[:200]
    found = _found(call, q) if q else []
    open_ones = [each for each in found if not each.plain.is_closed]
    if len(open_ones) == 1 and len(found) == 1:
        return see_other(f"/cases/{open_ones[0].row.number}")
    zone, now = call.app.engine.surroundings().organisation.zone, call.app.world.now()
    rows = []
    for each in sorted(found, key=lambda one: (one.plain.is_closed, -one.row.number)):
        row = other_case(call.app, each, call.person, call.language)
        row["when"] = relative_in_words(row["opened"], now, zone, call.language) if row["opened"] else ""
        rows.append(row)
    return page(call, "find.html", q=q, rows=rows, openings=openings(call) if not rows else [])


def _found(call: Call, q: str) -> list[Loaded]:
    """By number of a case, and by what identifies a customer in each spelling that people use."""
    found: dict[str, Loaded] = {}
    for spelling in spellings(q):
        for loaded in cases_with(call.app, identity_texts(spelling), call.person, limit=60):
            found.setdefault(loaded.row.id, loaded)
    number = re.fullmatch(r"#?\s*(?:sag|case)?\s*(\d{1,9})", q, re.IGNORECASE)
    if number is not None:
        try:
            loaded = call.app.look(int(number[1]), call.person)
            found.setdefault(loaded.row.id, loaded)
        except (NotFound, NotAllowed):
            pass  # a number of a case that is not there, or not for this person, is no hit
    return list(found.values())


def spellings(q: str) -> list[str]:
    """What may have been meant: as typed, as a phone number, and without the signs between digits."""
    found = [q]
    phone, wrong = check_value(Field("q", "phone"), q, FieldContext())
    if not wrong and isinstance(phone, str):
        found.append(phone)
    bare = re.sub(r"[\s.\-]", "", q)
    found.append(bare)
    return list(dict.fromkeys(text for text in found if text))
