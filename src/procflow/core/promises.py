"""Promises as monitors over moments: the opening, then after every transition of a step.

`never`, `always`, `before` and `at_most` are broken at a moment; `eventually` is broken when its time is
up or the case closes without it. A monitor is small and folds from the journal.
"""

from __future__ import annotations

from datetime import datetime

from procflow.core.case import Monitor
from procflow.core.expressions import holds
from procflow.core.journal import PromiseMoved
from procflow.core.procedure import Promise
from procflow.core.render import fill_time
from procflow.core.scope import StepScope

SAFETY = frozenset({"never", "always", "before", "at_most"})
_IDLE = Monitor()


def moved_by(promise: Promise, scope: StepScope) -> PromiseMoved | None:
    """What this moment does to a promise; None where nothing moves.

    A `PromiseMoved` with state "broken" is a breach; for a safety promise the step is refused.
    """
    name, kind = promise.name, promise.kind
    monitor: Monitor = scope.case.promises.get(name, _IDLE)
    if kind == "never":
        return PromiseMoved(name, "broken") if holds(promise.p, scope) else None
    if kind == "always":
        return None if holds(promise.p, scope) else PromiseMoved(name, "broken")
    if kind == "at_most":
        if not holds(promise.p, scope):
            return None
        seen = monitor.seen + 1
        return PromiseMoved(name, "broken" if seen > promise.times else "pending", seen)
    assert promise.q is not None
    if kind == "before":
        if monitor.seen:
            return None
        if holds(promise.q, scope):
            return PromiseMoved(name, "kept", 1)
        return PromiseMoved(name, "broken") if holds(promise.p, scope) else None
    if monitor.state == "pending":
        return PromiseMoved(name, "kept") if holds(promise.q, scope) else None
    if holds(promise.p, scope):
        if holds(promise.q, scope):
            return None if monitor.state == "kept" else PromiseMoved(name, "kept")
        return PromiseMoved(name, "pending", 0, _until(promise, scope))
    return None


def _until(promise: Promise, scope: StepScope) -> datetime | None:
    time = fill_time(promise.within, scope) if promise.within is not None else None
    if time is None:
        return None
    calendar = scope.surroundings.calendar
    return calendar.due(time, scope.now, bare_date="closing").at
