"""Pages of plugins, below /x/: inside the desk's frame, under its content policy, and each on its own. One that raises,
hangs or answers nonsense costs itself only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from msgspec import Struct, field

from procflow.app import App
from procflow.desk.frame import page
from procflow.errors import NotFound, PluginError, ProcflowError, words_in_both
from procflow.plugin_guard import TooLong, guarded
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()

#: Seconds that a page of a plugin may take.
PATIENCE = 5.0


class PageRequest(Struct, frozen=True):
    """What a plugin's page is asked with. `app` is the workspace as this person may use it."""

    path: str
    person: str
    language: str
    app: App
    query: Mapping[str, str] = field(default_factory=dict)

    def markup(self, text: str, **values: Any) -> str:
        """`text` with each {name} replaced by its value, escaped."""
        return str(Markup(text).format(**values))  # noqa: S704 - the values are escaped # nosec B704


@routes.route("GET", "/x", may="desk.use")
def pages(call: Call) -> Reply:
    """The pages that plugins bring."""
    return page(call, "plugin_pages.html", names=sorted(call.app.plugins.pages()))


@routes.route("GET", "/x/{path:path}", may="desk.use")
def plugin_page(call: Call) -> Reply:
    """One page of a plugin."""
    path = call.path["path"]
    found = call.app.plugins.pages()
    if path not in found:
        from procflow.core.nearest import nearest

        near = nearest(path, found)
        raise NotFound(
            *words_in_both(
                f"no plugin brings a page {path!r}",
                f"ingen udvidelse har en side {path!r}",
                f"did you mean {near!r}?" if near else "/x lists those there are",
                f"mente du {near!r}?" if near else "/x viser dem, der er",
            )
        )
    request = PageRequest(path, call.person, call.language, call.app, call.query)
    try:
        with guarded(PATIENCE):
            text = found[path](request)
    except TooLong:
        raise PluginError(f"the page {path} of a plugin took longer than {PATIENCE:.0f} seconds") from None
    except ProcflowError:
        raise
    except Exception as problem:
        raise PluginError(
            f"the page {path} of a plugin raised {type(problem).__name__}"  # its words may repeat what was entered
        ) from problem
    if not isinstance(text, str):
        raise PluginError(f"the page {path} of a plugin answered with {type(text).__name__}, not with text")
    return page(call, "plugin_page.html", title=path.replace("_", " ").replace("/", " · "), content=Markup(text))  # noqa: S704 - it is sealed off  # fmt: skip # nosec B704
