"""Inputs of a table, a table of them, and any table, for the tests of decision tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from procflow.core.decisions import parse_cell
from procflow.core.procedure import Decision, Field, Row

AGE = Field("age", "integer")


AMOUNT = Field("amount", "number")


DAY = Field("day", "date")


MOMENT = Field("moment", "instant")


WAIT = Field("wait", "duration")


NAME = Field("name", "string")


ABROAD = Field("abroad", "boolean")


HEALTH = Field("health", "string", {"enum": ("well", "ill", "injured", "unknown")})


WHO = Field("who", "person")


def table(hit: str, inputs: tuple[Field, ...], *rows: Mapping[str, Any]) -> Decision:
    by_name = {item.name: item for item in inputs}
    built = []
    for n, row in enumerate(rows):
        cells = tuple((name, parse_cell(by_name[name], raw)) for name, raw in row.items() if name != "gives")
        built.append(Row(cells, row.get("gives", {"row": n}), (10 + n, 3)))
    return Decision("desk", hit, inputs, tuple(built), None, (1, 1))


CELLS: dict[str, st.SearchStrategy[Any]] = {
    "age": st.one_of(
        st.integers(-2, 4),
        st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "!="]), st.integers(-2, 4)),
        st.builds(lambda a, n: f"{a}..{a + n}", st.integers(-2, 4), st.integers(0, 3)),
        st.none(),
    ),
    "amount": st.builds(
        "{} {}".format,
        st.sampled_from(["<", "<=", ">", ">=", "!=", "=="]),
        st.sampled_from(["0.5", "1", "1.5"]),
    ),
    "health": st.lists(st.sampled_from(["well", "ill", "injured", "unknown"]), min_size=1, max_size=3),
    "abroad": st.booleans(),
    "name": st.sampled_from(["x", "!= x", "y"]),
    "day": st.sampled_from(["< 2026-01-02", "2026-01-01..2026-01-03", ">= 2026-01-02", "2026-01-05"]),
    "moment": st.sampled_from(
        [
            "< 2026-01-01 10:00",
            "<= 2026-01-01 10:00",
            "> 2026-01-01 11:00",
            "2026-01-01 10:00..2026-01-01 11:00",
            ">= 2026-01-01 11:00",
            "!= 2026-01-01 11:00",
        ]
    ),
}


FIELDS = {
    "age": AGE,
    "amount": AMOUNT,
    "health": HEALTH,
    "abroad": ABROAD,
    "name": NAME,
    "day": DAY,
    "moment": MOMENT,
}


SAMPLES: dict[str, list[Any]] = {
    "age": list(range(-4, 10)),
    "amount": [Decimal(n) / 4 for n in range(-1, 9)],
    "health": ["well", "ill", "injured", "unknown"],
    "abroad": [True, False],
    "name": ["x", "y", "z"],
    "day": [date(2025, 12, 30) + timedelta(days=n) for n in range(9)],
    "moment": [datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(7)],
}


@st.composite
def tables(draw: st.DrawFn) -> Decision:
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=3, unique=True))
    row = st.fixed_dictionaries({}, optional={name: CELLS[name] for name in names})
    rows = draw(st.lists(row, max_size=5))
    return table(
        draw(st.sampled_from(["first", "unique", "collect"])), tuple(FIELDS[n] for n in names), *rows
    )
