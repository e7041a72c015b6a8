"""What a scenario expects of deadlines: when they are due, by when somebody has to act, which were missed.

Each looks at the case as it stands now and gives the difference, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from procflow.core.calendar import Due
from procflow.core.nearest import did_you_mean
from procflow.definitions.building import is_null
from procflow.definitions.nodes import YList, YMap
from procflow.rehearsal.entering import instant_of
from procflow.rehearsal.failure import Difference, Failed, key_of, place_of
from procflow.rehearsal.looking import Look, same


def due(look: Look, node: Any, at: Any) -> Difference | None:
    """When each deadline is due; `null`: it does not run."""
    return _instants(look, node, "due", "not running", lambda found: found.at)


def act_by(look: Look, node: Any, at: Any) -> Difference | None:
    """The last open instant of each deadline; `null`: nobody is there before it is due, or it does not run."""
    return _instants(look, node, "act_by", "nobody is there before it is due", lambda found: found.act_by)


def missed(look: Look, node: Any, at: Any) -> Difference | None:
    wanted = [] if is_null(node) else [str(item) for item in (node if isinstance(node, YList) else [node])]
    for name in wanted:
        if name not in look.procedure.deadline:
            raise _no_deadline(look, name, place_of(node, at))
    return same("missed", sorted(wanted), sorted(look.case.missed), at)


def _instants(
    look: Look, node: Any, about: str, none: str, read: Callable[[Due], datetime | None]
) -> Difference | None:
    if not isinstance(node, YMap):
        raise Failed(f"`{about}` is a mapping of deadlines to instants", place_of(node))
    expected, actual, first = [], [], None
    for name, wanted in node.items():
        if str(name) not in look.procedure.deadline:
            raise _no_deadline(look, str(name), key_of(node, name))
        running, state = _running(look, str(name))
        instant = read(running) if running is not None else None
        if not _is_instant(look, wanted, instant):
            first = first or key_of(node, name)
            expected.append(f"{name}: {none if is_null(wanted) else wanted}")
            actual.append(f"{name}: {look.moment(instant) if instant is not None else state or none}")
    return Difference(about, expected, actual, first) if first else None


def _running(look: Look, deadline: str) -> tuple[Due | None, str]:
    """When a running deadline is due; else None, and how it stands."""
    clock = look.case.clocks.get(deadline)
    if clock is None:
        return None, "not running"
    if clock.state != "running":
        return None, clock.state
    if not clock.due or clock.paused is not None:
        return None, "has no date yet"
    return Due.from_json(clock.due), ""


def _is_instant(look: Look, wanted: Any, instant: datetime | None) -> bool:
    """Whether an instant is the one written, or on the day written."""
    if is_null(wanted) or instant is None:
        return is_null(wanted) and instant is None
    calendar = look.stage.surroundings.calendar
    meant = instant_of(wanted, look.organisation.zone, calendar.midnight)
    if ":" in str(wanted) or "." in str(wanted)[10:]:
        return instant == meant
    return bool(calendar.civil_date(instant) == calendar.civil_date(meant))


def _no_deadline(look: Look, name: str, at: Any) -> Failed:
    hint = did_you_mean(name, look.procedure.deadline)
    return Failed(f"{look.procedure.name} has no deadline `{name}`", at, hint)
