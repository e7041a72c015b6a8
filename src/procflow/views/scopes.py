"""What the words of a case, and of a procedure before there is a case, are filled in from, for one reader now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procflow.core.case import Case
from procflow.core.procedure import Procedure
from procflow.core.scope import StepScope
from procflow.engine import Loaded

if TYPE_CHECKING:
    from procflow.app import App


def scope_of(app: App, loaded: Loaded, by: str) -> StepScope:
    """A case as it is stored."""
    return _scope(app, app.procedure_of(loaded), loaded.plain, by)


def scope_before(app: App, procedure: Procedure, by: str = "") -> StepScope:
    """A procedure of which no case is open: no field has a value."""
    return _scope(app, procedure, Case(), by)


def _scope(app: App, procedure: Procedure, case: Case, by: str) -> StepScope:
    return StepScope(procedure, case, app.engine.surroundings(), app.world.now(), actor=by)
