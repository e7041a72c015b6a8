"""The functions of expressions that know the case, the organisation or the step.

Each is asked with the step's scope before its arguments. (Those that know nothing of them are in
`expression_functions`.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from procflow.core.calendar import Due
from procflow.core.organisation import Absence, overlapping
from procflow.core.procedure import Procedure
from procflow.core.roster import shift_of
from procflow.core.times import Span, from_moment
from procflow.core.values import Person, Value, storable
from procflow.errors import EvaluationError, PluginError

if TYPE_CHECKING:
    from procflow.core.scope import StepScope

#: Evidence that was never given: the language says it is evidence that is not accepted.
NO_EVIDENCE: Mapping[str, Value] = {
    "accepted": False, "verdict": None, "reason": None, "channel": None, "at": None, "received": None,
    "hash": None, "covers": (), "file": None, "typed_by": None,
}  # fmt: skip

#: Among those who move a task: the roster as a whole.
ROSTER = "~roster"


def _person(s: StepScope, value: Value) -> Value:
    return s.person(value)


def _members(s: StepScope, role: Value) -> Value:
    organisation = s.surroundings.organisation
    return tuple(organisation.persons[name] for name in organisation.members.get(str(_id(role)), ()))


def _role(s: StepScope, name: Value) -> Value:
    return {"role": name}


def _mate(s: StepScope, value: Value) -> Value:
    person = s.person(value)
    return s.person(person.get("mate")) if person else None


def _absent(s: StepScope, value: Value, since: Value = None, until: Value = None) -> Value:
    """Whether a person is away now, or at any time of a period, its last day included."""
    person = s.person(value)
    if person is None:
        return False
    if s.moved_by is not None:
        s.moved_by.add(person.id)
    if since is None and until is None:
        return s.surroundings.absent(person.id, s.now) is not None
    since, until = since if since is not None else until, until if until is not None else since
    begin, end = s.surroundings.calendar.whole(since, until)
    period = Absence(person.id, begin, end)
    return overlapping(s.surroundings.absences, period) is not None


def _shift(s: StepScope, value: Value, day: Value) -> Value:
    """The name of the shift that a person has on a day; null where there is none."""
    if s.moved_by is not None:
        s.moved_by.add(ROSTER)
    person, on = s.person(value), s.surroundings.calendar.civil_day(day)
    if person is None or on is None:
        return None
    found = shift_of(s.surroundings.shifts, person.id, on)
    return found.name if found is not None else None


def _on_duty(s: StepScope, day: Value) -> Value:
    """The people who have a shift on a day, in the order of their shifts."""
    if s.moved_by is not None:
        s.moved_by.add(ROSTER)
    on = s.surroundings.calendar.civil_day(day)
    persons = s.surroundings.organisation.persons
    found = [shift.person for shift in s.surroundings.shifts if shift.day == on and shift.person in persons]
    return tuple(persons[name] for name in found)


def _mailbox(s: StepScope, name: Value) -> Value:
    return s.surroundings.organisation.mailboxes.get(str(name))


def _param(s: StepScope, name: Value) -> Value:
    return s.surroundings.organisation.parameters.get(str(name))


def _table(s: StepScope, name: Value) -> Value:
    table = s.surroundings.tables.get(str(name))
    if table is None:
        raise EvaluationError(f"there is no table {name!r}")
    from procflow.core.tables import TableView  # most procedures have no table

    return TableView(table, s.day, s.tables)


def _decide(s: StepScope, name: Value, given: Value) -> Value:
    from procflow.core.decisions import Hit, decide_table

    table = s.procedure.decision[str(name)]
    assert isinstance(given, Mapping)
    answer = decide_table(table, {key: _plain(value) for key, value in given.items()})
    if isinstance(answer, Hit):
        return answer.gives
    raise EvaluationError(answer.words("en"), facts={"decision": name, "miss": answer})


def _proof_of(s: StepScope, message: Value) -> Value:
    """What is judged is the message as it came, with what it quotes."""
    if not isinstance(message, Mapping) or s.message is None:
        return NO_EVIDENCE
    return _judged(s, str(s.message.get("channel")), s.message)


def _evidence(s: StepScope, channel: Value, file: Value) -> Value:
    if not isinstance(file, Mapping):
        return NO_EVIDENCE
    return _judged(s, str(channel), {"channel": channel, "files": (file,), "received": s.now})


def _judged(s: StepScope, channel: str, offered: Mapping[str, Value]) -> Value:
    """The verdict, on the data as they were before the step, with what the procedure covers."""
    context = {**contacts_of(s.procedure, s.past.data), "input": s.given, "covers": _covered(s)}
    try:
        verdict = s.surroundings.judge(channel, offered, s.past.data, s.now, context)
    except PluginError as problem:
        raise EvaluationError(f"evidence by {channel} cannot be judged: {problem.message}") from problem
    files = offered.get("files") or ()
    first = files[0] if isinstance(files, list | tuple) and files else None
    return {
        **NO_EVIDENCE,
        "channel": channel,
        "at": s.now,
        "received": offered.get("received"),
        "hash": offered.get("hash") or (first.get("hash") if isinstance(first, Mapping) else None),
        "file": first or offered.get("raw"),
        "covers": _covered(s),
        **verdict,
    }


def _covered(s: StepScope) -> tuple[str, ...]:
    return tuple(sorted({name for field in s.procedure.data for name in field.covers}))


def contacts_of(procedure: Procedure, data: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers, addresses and names on file, found by the types and names of the fields (PRO-20)."""
    phones: list[str] = []
    addresses: list[str] = []
    for field in procedure.data:
        value = data.get(field.name)
        if value is None:
            continue
        kind = field.items.type if field.type == "array" and field.items else field.type
        values = value if isinstance(value, list | tuple) else (value,)
        if kind == "phone":
            phones.extend(str(item) for item in values)
        elif kind == "email":
            addresses.extend(str(item) for item in values)
    first, last, name = (data.get(key) for key in ("first_name", "last_name", "name"))
    names = [str(name)] if name else []
    if first or last:
        names.append(" ".join(str(part) for part in (first, last) if part))
    return {
        "phones_on_file": tuple(phones),
        "addresses_on_file": tuple(addresses),
        "names": tuple(names),
        "summary": data.get("summary"),
    }


def _clock(s: StepScope, name: Value) -> Due | None:
    clock = s.case.clocks.get(str(name))
    if clock is None or not clock.due or clock.paused is not None:
        return None
    return Due.from_json(clock.due)


def _due(s: StepScope, name: Value) -> Value:
    due = _clock(s, name)
    return due.at if due else None


def _act_by(s: StepScope, name: Value) -> Value:
    due = _clock(s, name)
    return due.act_by if due else None


def _open_at(s: StepScope, instant: Value) -> Value:
    return isinstance(instant, datetime) and s.surroundings.calendar.is_open(instant)


def _add_time(s: StepScope, instant: Value, time: Value) -> Value:
    if instant is None or time is None:
        return None
    if not isinstance(time, Span) and isinstance(instant, date):
        time = from_moment(instant, str(time))
    if isinstance(instant, date) and not isinstance(instant, datetime):
        instant = s.surroundings.calendar.midnight(instant)
    if not isinstance(instant, datetime):
        raise EvaluationError('add_time() takes an instant first, then a time such as "4 working days"')
    return s.surroundings.calendar.add(instant, time if isinstance(time, Span) else str(time))


def _cases(s: StepScope, procedure: Value, where: Value) -> Value:
    wanted = {str(k): storable(v) for k, v in where.items()} if isinstance(where, Mapping) else {}
    found = s.surroundings.cases(str(procedure), wanted)
    s.looked = {**s.looked, (str(procedure), tuple(sorted(wanted))): found}
    return found


def _count(s: StepScope, choice: Value) -> Value:
    return int(s.past.counts.get(str(choice), 0))


def _count_today(s: StepScope, choice: Value) -> Value:
    return int(s.past.today.get(str(choice), 0)) if s.past.day == s.day else 0


def _who(s: StepScope, choice: Value) -> Value:
    name = s.past.who.get(str(choice))
    return s.person(name) if name else None


def _did(s: StepScope, operation: Value) -> Value:
    return str(operation) in s.past.did


def _missed(s: StepScope, deadline: Value) -> Value:
    return str(deadline) in s.past.missed


def _state(s: StepScope, name: Value) -> Value:
    state = str(name)
    return s.case.is_in(state) and state not in s.not_yet


def _choice(s: StepScope, name: Value) -> Value:
    return s.moment == ("choice", str(name))


def _event(s: StepScope, name: Value) -> Value:
    return s.moment == ("event", str(name))


def _closed(s: StepScope) -> Value:
    return s.closing or s.case.closed is not None


#: name -> what answers it, given the scope and then what stands between the brackets.
FUNCTIONS: dict[str, Any] = {
    "person": _person, "members": _members, "role": _role, "mate": _mate, "absent": _absent, "shift": _shift, "on_duty": _on_duty,
    "mailbox": _mailbox, "param": _param, "table": _table, "decide": _decide, "proof_of": _proof_of,
    "evidence": _evidence, "due": _due, "act_by": _act_by, "open_at": _open_at, "add_time": _add_time,
    "cases": _cases, "count": _count, "count_today": _count_today, "who": _who, "did": _did,
    "missed": _missed, "state": _state, "choice": _choice, "event": _event, "closed": _closed,
}  # fmt: skip


def _id(value: Value) -> Value:
    if isinstance(value, Mapping):
        return value.get("id") or value.get("role")
    return value


def _plain(value: Value) -> Value:
    return value.id if isinstance(value, Person) else value
