"""A procedure's picture as SVG, with the way and the place of a case."""

from __future__ import annotations

from procflow.app import App
from procflow.core.procedure import Procedure
from procflow.engine import Loaded


def picture(app: App, procedure: Procedure, language: str, loaded: Loaded | None = None) -> bytes:
    """The picture of a procedure; with a case, of the version that it runs on."""
    from procflow.core.journal import StateEntered, TransitionTaken
    from procflow.drawing.graph import Way, graph_of
    from procflow.drawing.svg import svg

    way = None
    if loaded is not None:
        entries = [entry for _, step in app.engine.journal(loaded.row.id) for entry in step]
        way = Way(
            loaded.row.number,
            frozenset(entry.state for entry in entries if isinstance(entry, StateEntered)),
            frozenset(entry.id for entry in entries if isinstance(entry, TransitionTaken)),
            frozenset(loaded.plain.active),
        )
    roles = app.engine.surroundings().organisation.roles
    return svg(graph_of(procedure, language, roles, way)).encode()
