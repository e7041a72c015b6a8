"""The picture of the procedure that a case runs on, with the way taken and the place now."""

from __future__ import annotations

from procflow.app import App
from procflow.core.journal import StateEntered, TransitionTaken
from procflow.drawing.graph import Graph, Way, graph_of
from procflow.engine import Loaded


def way_of(app: App, loaded: Loaded) -> Way:
    """Which states and transitions a case has taken, and where it is."""
    entries = [entry for _, step in app.engine.journal(loaded.row.id) for entry in step]
    return Way(
        loaded.row.number,
        frozenset(entry.state for entry in entries if isinstance(entry, StateEntered)),
        frozenset(entry.id for entry in entries if isinstance(entry, TransitionTaken)),
        frozenset(loaded.plain.active),
    )


def case_picture(app: App, loaded: Loaded, language: str) -> Graph:
    """The version that the case runs on, with its way."""
    roles = app.engine.surroundings().organisation.roles
    return graph_of(app.procedure_of(loaded), language, roles, way_of(app, loaded))
