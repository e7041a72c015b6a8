"""A procedure's picture, with the way and the place of a case: as SVG, as Mermaid, or drawn with signs."""

from __future__ import annotations

from procflow.app import App
from procflow.core.procedure import Procedure
from procflow.drawing.graph import graph_of
from procflow.engine import Loaded
from procflow.views.picture import way_of


def picture(
    app: App, procedure: Procedure, language: str, loaded: Loaded | None = None, form: str = "svg"
) -> bytes:
    """The picture of a procedure; with a case, of the version that it runs on. `form`: svg, mermaid or terminal."""
    roles = app.engine.surroundings().organisation.roles
    graph = graph_of(procedure, language, roles, way_of(app, loaded) if loaded is not None else None)
    if form == "mermaid":
        from procflow.drawing.mermaid import mermaid

        return mermaid(graph).encode()
    if form == "terminal":
        from procflow.drawing.terminal import terminal

        return f"{terminal(graph)}\n".encode()
    from procflow.drawing.svg import svg

    return svg(graph).encode()
