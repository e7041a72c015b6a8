"""The organisation's own operations carried out: what an effect asks becomes a command to its journal.

A parameter that is no person, day or time is a refusal, never an exception: the case gets it as `failed`. It must
not know cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from procflow.core.field_formats import read_date, read_instant
from procflow.core.field_problems import Wrong
from procflow.core.house import HOUSE
from procflow.core.organisation import Absence
from procflow.core.refusals import Refusal
from procflow.engine.answers import Answer
from procflow.engine.submit import Engine
from procflow.stored import ORGANISATION


class _NotGiven(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


def do_in_house(engine: Engine, operation: str, command_id: str, parameters: Any, by: str) -> Answer:
    """Carry out one of `HOUSE`; `by` is who asked. The same command id again changes nothing."""
    given = parameters if isinstance(parameters, Mapping) else {}
    try:
        must, _ = HOUSE[operation]
        for name in must:
            if given.get(name) in (None, "", ()):
                raise _NotGiven(name)
        return _OPERATIONS[operation](engine, command_id, given, by)
    except _NotGiven as missing:
        refusal = Refusal("not_given", {"what": operation, "name": missing.name})
        return Answer(False, ORGANISATION, 0, 0, refusal)


def _register(engine: Engine, command_id: str, given: Mapping[str, Any], by: str) -> Answer:
    calendar = engine.surroundings().calendar
    since = _when(engine, given, "from")
    until = None
    if given.get("until") is not None:
        until = calendar.whole(since, _when(engine, given, "until"))[1]
    begins = calendar.midnight(since) if not isinstance(since, datetime) else since
    absence = Absence(_person(engine, given["person"]), begins, until)
    alone = given.get("although_mate_is_away") is True
    return engine.register_absence(command_id, absence, by, mate_must_stay=not alone)


def _end(engine: Engine, command_id: str, given: Mapping[str, Any], by: str) -> Answer:
    at = engine.world.now()
    if given.get("from") is not None:
        since = _when(engine, given, "from")
        at = since if isinstance(since, datetime) else engine.surroundings().calendar.midnight(since)
    return engine.end_absence(command_id, _person(engine, given["person"]), at, by)


def _assign(engine: Engine, command_id: str, given: Mapping[str, Any], by: str) -> Answer:
    day = _day(engine, given, "day")
    return engine.assign_shift(command_id, day, str(given["shift"]), _person(engine, given["person"]), by)


def _pair(engine: Engine, command_id: str, given: Mapping[str, Any], by: str) -> Answer:
    both = _person(engine, given["person"]), _person(engine, given["mate"])
    return engine.pair_mates(command_id, *both, _people(engine, given["confirmed_by"]), by)


def _part(engine: Engine, command_id: str, given: Mapping[str, Any], by: str) -> Answer:
    return engine.part_mates(command_id, _person(engine, given["person"]), _person(engine, given["mate"]), by)


def _swap(engine: Engine, command_id: str, given: Mapping[str, Any], by: str) -> Answer:
    confirmed = _people(engine, given["confirmed_by"])
    back = _day(engine, given, "in_return") if given.get("in_return") is not None else None
    giver, taker = _person(engine, given["giver"]), _person(engine, given["taker"])
    return engine.swap_shift(command_id, _day(engine, given, "day"), giver, taker, confirmed, by, back)


_OPERATIONS = {
    "absence.register": _register,
    "absence.end": _end,
    "roster.assign": _assign,
    "roster.swap": _swap,
    "mates.pair": _pair,
    "mates.part": _part,
}


def _person(engine: Engine, value: Any) -> str:
    """A person's id as it is, and a code as people write it; an unknown one is refused by the journal."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return engine.surroundings().organisation.person_id(str(value)) or str(value)


def _people(engine: Engine, value: Any) -> list[str]:
    return [_person(engine, one) for one in (value if isinstance(value, list | tuple) else (value,)) if one]


def _when(engine: Engine, given: Mapping[str, Any], name: str) -> date | datetime:
    value = given[name]
    if isinstance(value, date):  # an instant is one too
        return value
    for read in (read_date, lambda text: read_instant(text, engine.surroundings().calendar.tz)):
        try:
            return read(str(value))
        except Wrong:
            continue
    raise _NotGiven(name)


def _day(engine: Engine, given: Mapping[str, Any], name: str) -> date:
    found = engine.surroundings().calendar.civil_day(_when(engine, given, name))
    if found is None:
        raise _NotGiven(name)
    return found
