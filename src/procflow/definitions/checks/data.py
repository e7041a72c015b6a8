"""The data of a procedure: fields that nobody uses or fills, and names that mean something else.

It must not know types; what expressions read comes in as `seen`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from procflow.core.expressions import reads
from procflow.core.nearest import nearest
from procflow.core.procedure import Field, Procedure
from procflow.definitions.building import has_template, key_place, place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import listed, moves_of, states_of
from procflow.definitions.checks.walk import Seen
from procflow.definitions.nodes import At, YMap, YText, submap
from procflow.errors import Diagnostic

#: Names that mean something at every place; a field of such a name could not be read.
TAKEN = frozenset({"now", "case", "input", "message", "result", "actor", "self"})

_WORD = re.compile(r"[a-z_]\w*")


def check(examined: Examined, seen: Sequence[Seen]) -> list[Diagnostic]:
    """Every problem of the declared data."""
    out = Findings(examined.path)
    _taken(examined, out)
    _defaults(examined, out)
    _twice(examined, out)
    _used(examined, seen, out)
    return out.found


def _taken(examined: Examined, out: Findings) -> None:
    data = submap(examined.tree, "data")
    for name in data:
        if name in TAKEN or name in ("true", "false", "null"):
            message = f"`{name}` already means something in every expression"
            out.add(key_place(data, name), "PF264", message, "give the field another name")


def _defaults(examined: Examined, out: Findings) -> None:
    """A default stands as it is: nothing is worked out when a case opens."""
    data = submap(examined.tree, "data")
    for node in data.values():
        if isinstance(node, YMap) and "default" in node and has_template(node["default"]):
            hint = "write the value out, or `set` it where the case starts"
            out.add(place(node["default"]), "PF265", "a default is not computed", hint)


def _twice(examined: Examined, out: Findings) -> None:
    """One field asked for twice in one step."""
    for layer in _layers(examined):
        _asked_twice(layer, out)


def _layers(examined: Examined) -> Iterator[YMap]:
    """Every mapping that may ask and set: of transitions and of starts."""
    for state in states_of(examined.tree):
        for move in moves_of(state.node):
            yield from move.layers()
    for start in listed(examined.tree.get("starts")):
        if isinstance(start, YMap):
            yield start


def _asked_twice(layer: YMap, out: Findings) -> None:
    first: dict[str, At] = {}
    for name, at in _asked(layer):
        if name in first:
            message = f"`{name}` is asked for twice in this step, first in line {first[name][0]}"
            out.add(at, "PF263", message, "leave it in `ask` or in `optional`, once")
        first.setdefault(name, at)


def _asked(layer: YMap) -> Iterator[tuple[str, At]]:
    for key in ("ask", "optional"):
        for entry in listed(layer.get(key)):
            if isinstance(entry, YText):
                yield str(entry), place(entry)
            elif isinstance(entry, YMap):
                for name in entry:
                    yield str(name), key_place(entry, name)


def _used(examined: Examined, seen: Sequence[Seen], out: Findings) -> None:
    procedure, known = examined.procedure, examined.known
    read: set[str] = set()
    for item in seen:
        expression = item.expression
        read |= reads(expression.node) if item.use != "broken" else set(_WORD.findall(expression.source))
    read = _meant(read, procedure.fields)
    named = {procedure.subject, *procedure.correlate, *procedure.one_open_per}
    named |= {name for field in procedure.data for name in field.covers}
    named |= set(_left_out(procedure))  # told where it stands: a choice was meant, or the field
    asked = _meant({name for layer in _layers(examined) for name, _ in _asked(layer)}, procedure.fields)
    assigned = _meant(
        {str(name) for layer in _layers(examined) for name in submap(layer, "set")}, procedure.fields
    )
    data = submap(examined.tree, "data")
    defaults = {str(name) for name, node in data.items() if isinstance(node, YMap) and "default" in node}
    opened = {name for names in known.starters.get(procedure.name, ()) for name in names}
    if any(start.kind == "event" for start in procedure.starts):
        opened |= {name for _, where in known.signals.get(procedure.name, ()) for name in where}
    opened = _meant(opened, procedure.fields)
    # outside a workspace, or where only other procedures open it, its data may come from elsewhere
    elsewhere = known.procedures is None and not procedure.starts
    unread = not procedure.starts and any(other is None for other in (known.procedures or {}).values())
    doubted = procedure.name in known.doubted or unread
    named |= known.read_elsewhere.get(procedure.name, frozenset())
    everything = "input" in read
    for field in procedure.data:
        name = field.name
        filled = name in asked or name in assigned or name in opened or name in defaults or elsewhere
        used = name in read or name in named or f"input.{name}" in read or (everything and name in asked)
        if name in TAKEN or _is_on_file(field) or (doubted and not (filled and used)):
            continue
        if not filled and not used:
            message = f"the field `{name}` is neither asked for nor used"
            out.add(field.at, "PF260", message, "ask for it somewhere, or take it away")
        elif not filled:
            message = f"the field `{name}` is used, and nothing ever fills it"
            out.add(field.at, "PF261", message, "name it in `ask:` of a choice, or `set:` it")
        elif not used and name not in asked and name not in opened:
            message = f"the field `{name}` is set and never used"
            out.add(field.at, "PF262", message, "use it in a guard, a text or an effect, or take it away")


def _left_out(procedure: Procedure) -> Iterator[str]:
    """What `other_than` names without `${…}`."""
    for state in procedure.states:
        for holder in (state.task, *state.choices):
            yield from (spec for spec in (holder.other_than if holder else ()) if isinstance(spec, str))


def _meant(names: Collection[str], fields: Collection[str]) -> set[str]:
    """The names, and for each that is not declared the field that it surely means: it is told where it stands."""
    found = set(names)
    for name in found - set(fields):
        near = nearest(name, fields)
        if near is not None:
            found.add(near)
    return found


def _is_on_file(field: Field) -> bool:
    """Evidence is judged with what is on file: names, numbers, a summary (see `evidence`)."""
    return field.name in ("first_name", "last_name", "name", "summary")
