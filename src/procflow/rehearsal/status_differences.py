"""In what two worlds can differ that tells what kind of customer somebody is, as far as a procedure can see it.

That is its own data, parameters of the organisation, tables, and open cases of other procedures that have such data. What
a procedure does not read it cannot act on, and is no difference to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.expressions import Expression, calls
from procflow.core.procedure import Procedure
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.core.values import is_number
from procflow.definitions.nodes import plain_value
from procflow.definitions.publish import parts_of
from procflow.rehearsal.witness import Theatre
from procflow.rehearsal.witness_scene import Scene, Step

#: Names of data that say what kind of customer somebody is.
STATUS = frozenset({
    "status", "customer_status", "class", "customer_class", "colour", "customer_colour", "segment", "vip", "key_account",
})  # fmt: skip
#: The same as a part of a longer name.
_PARTS = frozenset(
    {"class", "classes", "colour", "colours", "color", "colors", "segment", "segments", "vip", "vips", "tier"}
)
#: Ways to open a case of another procedure that are tried to find two with another status.
_MOST_TRIED = 40
_A_LONG_TIME = "9 days"


class Difference(Struct, frozen=True):
    """`one` and `other` are what happens in each world before the runs begin; or the runs differ in `field`."""

    what: str
    one: tuple[Step, ...] = ()
    other: tuple[Step, ...] = ()
    field: str = ""


def tells(name: str) -> bool:
    """Whether a name is one of something that says what kind of customer somebody is."""
    return name in STATUS or bool(set(name.split("_")) & _PARTS)


def differences(theatre: Theatre, procedure: Procedure) -> tuple[list[Difference], int]:
    """(in what the worlds of two runs can differ, how many things it reads of which no other world was found)."""
    found = [Difference(item.name, field=item.name) for item in procedure.data if tells(item.name)]
    untold = 0
    for function, name in sorted(_read(procedure)):
        own: list[Difference] = []
        if function == "param" and tells(name):
            own = list(_parameter(theatre, name))
        elif function == "table" and _table_tells(theatre, name):
            own = list(_table(theatre, name))
        elif function == "cases" and name != procedure.name and _case_tells(theatre, name):
            own = list(_case(theatre, procedure, name))
        else:
            continue
        found += own
        untold += not own
    return found, untold


def _read(procedure: Procedure) -> set[tuple[str, str]]:
    """(function, the literal it is asked for) of all that a procedure looks up."""
    found = set()
    for part in parts_of(procedure):
        if isinstance(part, Expression):
            for function, name, _ in calls(part.node):
                if function in ("param", "table", "cases") and isinstance(name, str):
                    found.add((function, name))
    return found


def _customer(theatre: Theatre, procedure: Procedure) -> Any:
    """The customer whom the procedure's cases are opened about."""
    subject = procedure.subject or ("kn" if "kn" in procedure.fields else "")
    item = procedure.fields.get(subject)
    if item is None:
        return None
    scene = theatre.scene(procedure.name)
    moves = theatre.moves(procedure.name, procedure.name)
    return next(iter(moves.values.of(item, [subject], scene.now, {}, "open")), None)


# parameters


def _parameter(theatre: Theatre, name: str) -> Iterator[Difference]:
    organisation = theatre.documents.organisation
    if organisation is None or name not in organisation.parameters:
        return
    value = organisation.parameters[name]
    for other in _other_values(value):
        changed: Step = {"change": {"organisation": {"parameters": {name: other}}}}
        yield Difference(name, (), (changed,))


def _other_values(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif is_number(value):
        yield from (value * 2 + 1, 0)
    elif isinstance(value, str):
        yield _A_LONG_TIME if _is_time(value) else f"{value}x"
    elif value is not None:
        yield _A_LONG_TIME


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except TimeSyntaxError:
        return False
    return True


# tables


def _table_tells(theatre: Theatre, name: str) -> bool:
    table = theatre.documents.tables.get(name)
    return table is not None and (tells(name) or any(tells(column.name) for column in table.columns))


def _table(theatre: Theatre, name: str) -> Iterator[Difference]:
    """A world in which the first row has what the last one has, and so on."""
    documents = theatre.documents
    tree = documents.trees.get(documents.path_of("tables", name))
    if tree is None or not tree.get("versions"):
        return
    rows = plain_value(tree["versions"][-1]["rows"])
    key = documents.tables[name].key_column
    turned = [{**other, key: row[key]} for row, other in zip(rows, reversed(rows), strict=True) if key in row]
    if turned != rows:
        yield Difference(name, (), ({"change": {"table": name, "rows": turned}},))


# cases of other procedures


def _case_tells(theatre: Theatre, name: str) -> bool:
    other = theatre.cast.procedures.get(name)
    return other is not None and any(tells(item.name) for item in other.data)


def _case(theatre: Theatre, procedure: Procedure, name: str) -> Iterator[Difference]:
    """Two worlds in which a case of another procedure about the customer says otherwise."""
    seen: dict[str, Step] = {}
    for step in _openings(theatre, procedure, name):
        scene = theatre.scene(procedure.name)
        if not scene.goes(step):
            continue
        told = _status_of(scene, name)
        if told and told not in seen:
            seen[told] = step
    steps = list(seen.values())
    for step in steps[1:3]:
        yield Difference(f"the open case of {name}", (steps[0],), (step,))


def _openings(theatre: Theatre, procedure: Procedure, name: str) -> Iterator[Step]:
    other = theatre.cast.procedures[name]
    scene, moves = theatre.scene(procedure.name), theatre.moves(name, procedure.name)
    subject = other.subject or ("kn" if "kn" in other.fields else "")
    hints = {subject: [_customer(theatre, procedure)]} if subject else {}
    told = [item for item in other.data if tells(item.name)]
    tried = 0
    for n, start in enumerate(other.starts):
        if start.kind != "by":
            continue
        for each in ({}, *({item.name: [word]} for item in told for word in item.schema.get("enum", ()))):
            for attempt in moves.of(scene, "open", str(n), "", {**hints, **each}):
                step = attempt.steps[-1]
                yield {"open": {"procedure": name, **step["open"]}}
                tried += 1
                if tried % _OF_ONE == 0:
                    break
            if tried >= _MOST_TRIED:
                return


_OF_ONE = 6


def _status_of(scene: Scene, name: str) -> str:
    for case_id in scene.stage.cases:
        case = scene.stage.load(case_id).plain
        if case.procedure == name and not case.is_closed:
            told: Sequence[tuple[str, Any]] = sorted((k, v) for k, v in case.data.items() if tells(k))
            return repr(told) if any(value is not None for _, value in told) else ""
    return ""
