"""The team lead's wallboard: for a laptop, and large for a wall that is read from across the room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from procflow.core.words import clock_in_words, duration_in_words
from procflow.desk.frame import page
from procflow.desk.words import desk_words
from procflow.views.board import board_view
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()

#: Rows of each unit, and on the wall the most urgent ones of all.
_ROWS, _ON_THE_WALL = 8, 7


@routes.route("GET", "/board", may="board.read")
def board(call: Call) -> Reply:
    """Running clocks by act-by, late first, by unit; who is away; how much waits where."""
    large, unit = call.query.get("large") == "1", call.query.get("unit", "")
    view = board_view(call.app, call.person, call.language, rows=_ROWS if not unit else 40, unit=unit)
    w = desk_words(call.language)
    units = [{**one, "rows": [_row(row, w, call.language) for row in one["rows"]]} for one in view["units"]]
    waiting = [_row(row, w, call.language) for row in view["waiting"]]
    local = call.app.engine.surroundings().calendar.local(view["now"])
    urgent = sorted(
        (
            {**row, "unit": one["name"]}
            for one in units
            for row in one["rows"]
            if row["due"] is not None and row["kind"] != "notice"
        ),
        key=lambda row: (row["act_by"] or row["due"], row["number"]),
    )
    return page(
        call, "board.html", view={**view, "units": units, "waiting": waiting}, large=large, unit=unit,
        urgent=_once(urgent)[:_ON_THE_WALL], at=clock_in_words(local.time(), call.language),
        roles=_roles(call),
    )  # fmt: skip


def _row(row: Mapping[str, Any], w: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A row with its times in words of two units at the most."""
    late = row["late_by"]
    business = row["business_left"]
    return {
        **row,
        "elapsed": in_short(row["elapsed"], language),
        "business": in_hours(row["business"], language) if row["business"] is not None else "",
        "left": w["b_late_by"].format(time=in_short(late, language)) if late is not None
        else in_short(row["left"], language) if row["left"] is not None else "",
        "business_left": in_hours(business, language) if business is not None else "",
        "what": row["what"] or w["b_kinds"].get(row["kind"], ""),
    }  # fmt: skip


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = {(row["number"], row["what"]): row for row in reversed(rows)}
    return [row for row in rows if found[row["number"], row["what"]] is row]


def _roles(call: Call) -> list[tuple[str, str]]:
    """Every role that has people, by name."""
    organisation = call.app.engine.surroundings().organisation
    held = [role for role, people in organisation.members.items() if people]
    named = [(role, organisation.role_name(role, call.language)) for role in held]
    return sorted(named, key=lambda one: one[1].casefold())


def in_short(delta: timedelta, language: str) -> str:
    """`2 d 4 h`, `3 h 12 min`, `7 min`: the two largest units, rounded down, never seconds."""
    step = timedelta(hours=1) if delta >= timedelta(days=1) else timedelta(minutes=1)
    whole = delta // step * step
    return duration_in_words(whole, language) if whole else duration_in_words(timedelta(minutes=1), language).replace("1", "<1", 1)  # fmt: skip


def in_hours(delta: timedelta, language: str) -> str:
    """Open time: `32 h`, `4 h 50 min`; days would say something else, for a day is not open all day."""
    hours, rest = divmod(delta, timedelta(hours=1))
    day = duration_in_words(timedelta(hours=1), language).partition(" ")[2]
    if hours >= 10 or not rest // timedelta(minutes=1):
        return f"{hours} {day}" if hours else in_short(delta, language)
    return f"{hours} {day} {in_short(rest, language)}" if hours else in_short(rest, language)
