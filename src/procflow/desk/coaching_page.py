"""The coach's page: what waits for the coach, where a second pair of eyes is needed, and whom to practise with."""

from __future__ import annotations

from typing import Any

from procflow.desk.clocks import shown
from procflow.desk.frame import page
from procflow.desk.words import desk_words
from procflow.views.coaching import coaching_view
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/coaching", may="coach.read")
def coaching(call: Call) -> Reply:
    """What the coach has to do, and for whom."""
    view = coaching_view(call.app, call.person, call.language)
    surroundings, now = call.app.engine.surroundings(), call.app.world.now()
    w = desk_words(call.language)

    def clocked(row: dict[str, Any]) -> dict[str, Any]:
        clock = shown(row["due"], row["act_by"], now, surroundings, call.language, w)
        return {**row, "clock": clock, "what": row["what"] or w["kinds"].get(row["kind"], row["kind"])}

    mine, second = [clocked(row) for row in view["mine"]], [clocked(row) for row in view["second"]]
    return page(call, "coaching.html", mine=mine, second=second, people=view["people"])
