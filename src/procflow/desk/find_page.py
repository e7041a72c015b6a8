"""Finding a customer or a case: by number of the case, customer number, phone, name, plate. One hit opens at once, as a
telephone's screen pop wants it; several are listed."""

from __future__ import annotations

from procflow.core.words import relative_in_words
from procflow.desk.frame import page
from procflow.desk.opening_page import openings
from procflow.views.customer import other_case
from procflow.views.finding import find_cases
from procflow.web.calls import Call, Reply, see_other
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/find", may="case.read")
def find(call: Call) -> Reply:
    """Cases that carry what was asked for, open ones first; who looked is kept, what they looked for is not."""
    app, q = call.app, call.query.get("q", "").strip()[:200]
    found = find_cases(app, q, call.person) if q else None
    cases = found.cases if found is not None else ()
    if q:
        app.looked(call.person, "find")
    if len(cases) == 1 and not cases[0].plain.is_closed:
        return see_other(f"/cases/{cases[0].row.number}")
    zone, now = app.engine.surroundings().organisation.zone, app.world.now()
    rows = []
    for each in cases:
        row = other_case(app, each, call.person, call.language)
        row["when"] = relative_in_words(row["opened"], now, zone, call.language) if row["opened"] else ""
        rows.append(row)
    whole = found is None or found.whole
    return page(call, "find.html", q=q, rows=rows, whole=whole, openings=[] if rows else openings(call))
