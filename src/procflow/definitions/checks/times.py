"""Deadlines and times: what can never start, be met or come, and promises about what cannot happen.

Times are compared only where no calendar is needed to do so. It must not know calendars.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from procflow.core.expressions import And, Call, Literal, Node, Or, unparse
from procflow.core.procedure import After, Deadline, Moment, Transition
from procflow.core.times import Span, TimeSyntaxError, parse_time, parse_warn
from procflow.definitions.building import key_place, place
from procflow.definitions.checks import pauses
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import moves_of, states_of
from procflow.definitions.checks.walk import Seen, calls_of
from procflow.definitions.nodes import YMap, submap
from procflow.errors import Diagnostic

#: Units that are a fixed number of another one, so that two times can be compared without a calendar.
_FIXED = {"seconds": 1, "minutes": 60, "hours": 3600}
_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"months": 1, "years": 12}
#: How many days lengths of time have that a clock alone measures.
_ELAPSED = {"seconds": 1 / 86400, "minutes": 1 / 1440, "hours": 1 / 24}


def check(examined: Examined, seen: Sequence[Seen]) -> list[Diagnostic]:
    """Every problem of times, deadlines and promises that can be seen without a calendar."""
    out = Findings(examined.path)
    nodes = submap(examined.tree, "deadlines")
    for deadline in examined.procedure.deadlines:
        node = nodes.get(deadline.name)
        if isinstance(node, YMap):
            _deadline(examined, deadline, node, out)
    for state in examined.procedure.states:
        _after(state.after, out)
    _kept(examined, out)
    promises = submap(examined.tree, "promises")
    for node in promises.values():
        _nothing(node, "within", out)
    _promised(examined, seen, out)
    _counted(examined, out)
    return out.found


def _kept(examined: Examined, out: Findings) -> None:
    """`keep` belongs to `message`, and is how long one is kept."""
    for state in states_of(examined.tree):
        for move in moves_of(state.node):
            for layer in move.layers():
                if "keep" not in layer:
                    continue
                if (move.kind, move.name) != ("event", "message"):
                    message = (
                        f"only a message can be kept, and this is {_ARTICLE[move.kind]} `{move.name}`".rstrip(
                            " `"
                        )
                    )
                    hint = "an event that no state takes is dropped; take `keep` away"
                    out.add(key_place(layer, "keep"), "PF275", message, hint)
                elif (
                    "${" not in layer["keep"]
                    and _is_time(str(layer["keep"]))
                    and not _span(str(layer["keep"]))
                ):
                    message = f"`{layer['keep']}` is not a length of time"
                    out.add(place(layer["keep"]), "PF275", message, "write how long, such as 7 days")
                else:
                    _nothing(layer, "keep", out)


_ARTICLE = {"choice": "the choice", "event": "the event", "after": "the time", "always": "an `always`"}


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except TimeSyntaxError:
        return False
    return True


def _deadline(examined: Examined, deadline: Deadline, node: YMap, out: Findings) -> None:
    name = deadline.name
    _nothing(node, "within", out)
    _warning(deadline, node, out)
    if examined.is_plain:
        never = [why for moment in deadline.starts if (why := _impossible(examined, moment))]
        if deadline.starts and len(never) == len(deadline.starts):
            message = f"the deadline `{name}` never starts: {never[0]}"
            out.add(deadline.starts[0].at, "PF273", message, "name a moment that can come")
        begins = len(never) < len(deadline.starts)
        named = all(_is_declared(examined, moment) for moment in (*deadline.starts, *deadline.met))
        whys = [
            _impossible(examined, moment) or (_too_late(examined, deadline, moment) if named else "")
            for moment in deadline.met
        ]
        never = [why for why in whys if why]
        if begins and deadline.met and len(never) == len(deadline.met):
            message = f"the deadline `{name}` can never be met: {never[0]}"
            out.add(deadline.met[0].at, "PF274", message, "name the moment at which the work is done")
            return
        if begins and named:
            pauses.check(examined, deadline, node, out)
    starts = {(moment.kind, moment.name) for moment in deadline.starts if moment.kind != "when"}
    for moment in deadline.met:
        if (moment.kind, moment.name) in starts:
            words = f"{moment.kind} {moment.name}".strip()
            message = f"the deadline `{name}` starts and is met at the same moment, `{words}`"
            out.add(moment.at, "PF276", message, "take the moment out of one of the two lists")


def _is_declared(examined: Examined, moment: Moment) -> bool:
    """Whether what a moment names is there at all."""
    if moment.kind in ("entering", "leaving"):
        return moment.name in examined.procedure.state
    if moment.kind in ("choice", "event"):
        groups = [group for groups in examined.flow.groups.values() for group in groups]
        return any((group.kind, group.name) == (moment.kind, moment.name) for group in groups)
    return True


def _too_late(examined: Examined, deadline: Deadline, moment: Moment) -> str:
    """Why a moment that comes never comes while the deadline runs; "" where it may."""
    flow, name = examined.flow, moment.name
    running = flow.running(deadline)
    if moment.kind == "opening":
        return "a case opens only once, and nothing runs before that"
    if moment.kind == "entering" and name in flow.groups:
        if not any(name in flow.following[state] for state in running):
            return f"once it runs, no case comes to the state `{name}` any more"
    elif moment.kind == "leaving" and name in flow.groups:
        if name not in running:
            return f"once it runs, no case is in the state `{name}` any more"
    elif moment.kind in ("choice", "event"):
        groups = [group for state in running for group in flow.groups[state]]
        if not any((group.kind, group.name) == (moment.kind, name) for group in groups):
            return f"once it runs, the {moment.kind} `{name}` never comes any more"
    return ""


def _impossible(examined: Examined, moment: Moment) -> str:
    """Why a moment can never come; "" where it may. Names that are not declared were told already."""
    flow, procedure = examined.flow, examined.procedure
    name = moment.name
    if moment.kind in ("entering", "leaving"):
        if name in procedure.state and name not in flow.reached:
            return f"no case ever comes to the state `{name}`"
        if moment.kind == "leaving" and name in procedure.state and not flow.following[name]:
            return f"no case ever leaves the state `{name}`"
    elif moment.kind == "choice":
        declared = any(choice.name == name for state in procedure.states for choice in state.choices)
        if declared and name not in flow.choices:
            return f"nobody can ever take the choice `{name}`"
    elif moment.kind == "event" and name in flow.listened and name not in flow.events:
        return f"the event `{name}` is taken in no state that is ever reached"
    return ""


def _warning(deadline: Deadline, node: YMap, out: Findings) -> None:
    """A warning that would come before the clock starts."""
    within = _span(deadline.within)
    try:
        warn = parse_warn(deadline.warn_at).before if deadline.warn_at else None
    except TimeSyntaxError:
        return
    if within is None or warn is None:
        return
    order = compared(warn, within)
    if (order is not None and order >= 0) or _least(warn) > _most(within):
        at = place(submap(node, "warn")["at"])
        message = f"the warning would come {warn} before a time of {within}, when it has not begun"
        out.add(at, "PF277", message, "warn later, for example at 75%")


def _span(spec: Any) -> Span | None:
    if not isinstance(spec, str):
        return spec if isinstance(spec, Span) else None
    try:
        time = parse_time(spec)
    except TimeSyntaxError:
        return None
    return time if isinstance(time, Span) else None


def compared(a: Span, b: Span) -> int | None:
    """-1, 0 or 1 as `a` is shorter, as long or longer than `b`; None where only a calendar can say."""
    for units in (_FIXED, _DAYS, _MONTHS):
        if a.unit in units and b.unit in units:
            mine, its = a.amount * units[a.unit], b.amount * units[b.unit]
            return (mine > its) - (mine < its)
    if a.unit == b.unit:
        return (a.amount > b.amount) - (a.amount < b.amount)
    return None


def _least(span: Span) -> Decimal:
    """The days of a span at the least; of working days and the like none is known."""
    days = {**_ELAPSED, "days": 1, "weeks": 7, "months": 28, "years": 365}
    return span.amount * Decimal(days.get(span.unit, 0))


def _most(span: Span) -> Decimal:
    """The days of a span at the most; of working days and the like none is known."""
    days = {**_ELAPSED, "days": 1, "weeks": 7, "months": 31, "years": 366}
    return span.amount * Decimal(days[span.unit]) if span.unit in days else Decimal("Infinity")


def _nothing(node: Any, key: str, out: Findings) -> None:
    """A length of time that is none at all."""
    if isinstance(node, YMap) and key in node:
        span = _span(str(node[key]))
        if span is not None and span.amount <= 0:
            message = f"`{node[key]}` is no time at all: it is up before anybody can act"
            out.add(place(node[key]), "PF278", message, "write how long there is, such as 4 working days")
        elif span is not None and _endless(span):
            message = f"`{node[key]}` leads beyond the years whose closed days are known"
            out.add(place(node[key]), "PF210", message, "write a time of less than 40 years")


def _endless(span: Span) -> bool:
    """Whether no calendar reaches that far."""
    days = {**_ELAPSED, "weeks": 7, "months": 30, "years": 365}
    return span.amount > 40 * 365 / Decimal(days.get(span.unit, 1))


def _after(afters: Sequence[After], out: Findings) -> None:
    """A time that never comes, because an earlier one has led away by then."""
    leaving = [
        (after, span)
        for after in afters
        if (span := _span(after.time)) is not None and _surely_leaves(after.alternatives)
    ]
    for after in afters:
        if not any(t.to or t.sets or t.effects or t.refuse for t in after.alternatives):
            message = f"nothing happens when `{after.time}` has come"
            out.add(
                after.at, "PF482", message, "say where it leads, `{to: …}`, or what is done; or take it away"
            )
        span = _span(after.time)
        if span is None:
            continue
        if span.amount < 0:
            message = f"`{after.time}` has passed before the state is entered"
            out.add(after.at, "PF278", message, "write how long to wait, such as 5 days")
            continue
        if _endless(span):
            message = f"`{after.time}` leads beyond the years whose closed days are known"
            out.add(after.at, "PF210", message, "write a time of less than 40 years")
            continue
        for other, earlier in leaving:
            if other is not after and compared(earlier, span) == -1:
                message = (
                    f"this time never comes: after {earlier} (line {other.at[0]}) the case has left the state"
                )
                out.add(
                    after.at,
                    "PF279",
                    message,
                    "let the earlier one stay, give it a `when`, or take this away",
                )
                break


def _surely_leaves(alternatives: Sequence[Transition]) -> bool:
    """Whether something without a guard leads away, whatever came before it."""
    for alternative in alternatives:
        if alternative.to is None:
            return False
        if alternative.when is None:
            return True
    return False


def _promised(examined: Examined, seen: Sequence[Seen], out: Findings) -> None:
    """Promises that name what cannot happen hold for nothing."""
    if not examined.is_plain:
        return
    places = {
        expression.at
        for promise in examined.procedure.promises
        for expression in (promise.p, promise.q)
        if expression is not None
    }
    for item, call in calls_of(seen):
        if item.at not in places or not call.args or not isinstance(call.args[0], Literal):
            continue
        kind = {"state": "entering", "choice": "choice", "event": "event"}.get(call.function)
        name = str(call.args[0].value)
        if kind is not None and (why := _impossible(examined, Moment(kind, name))):
            message = f"the promise is about nothing: {why}"
            out.add(call.args[0].at, "PF280", message, "correct the name", (name,))
        elif call.function == "missed" and name in examined.procedure.deadline:
            deadline = examined.procedure.deadline[name]
            if deadline.starts and all(_impossible(examined, moment) for moment in deadline.starts):
                message = f"the promise is about nothing: the deadline `{name}` never starts"
                out.add(call.args[0].at, "PF280", message, "let the deadline start at a moment that can come")


#: What holds from its moment on.
_FROM_THEN_ON = frozenset({"did", "missed", "closed"})


def _counted(examined: Examined, out: Findings) -> None:
    """`at_most` counts the moments at which something holds: of what stays true each later one is one more."""
    for promise in examined.procedure.promises:
        if promise.kind == "at_most" and promise.p is not None and _stays(promise.p.node):
            what = unparse(promise.p.node)
            message = f"`{what}` stays true, so that it is counted again at each later step"
            hint = 'count the step that does it: choice("…"), event("…"), or an end: state("…")'
            out.add(promise.p.at, "PF480", message, hint)


def _stays(node: Node) -> bool:
    if isinstance(node, And):
        return all(map(_stays, node.parts))
    if isinstance(node, Or):
        return any(map(_stays, node.parts))
    return isinstance(node, Call) and node.function in _FROM_THEN_ON
