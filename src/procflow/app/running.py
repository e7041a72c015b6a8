"""What runs a workspace over time, put together: the local host, and the web door beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from procflow.errors import UsageError

if TYPE_CHECKING:
    from procflow.app.parts import Parts
    from procflow.hosts.aside import Aside
    from procflow.hosts.door import Door, Refusals
    from procflow.hosts.door_http import DoorServer
    from procflow.hosts.local import LocalHost

#: Requests of one address to one channel that the web door lets through in a minute, unless its table says otherwise.
WEB_PER_MINUTE = 120


def local_host(app: Parts) -> LocalHost:
    from procflow.hosts.local import LocalHost

    def troubles() -> list[tuple[str, str, str]]:
        """What channels cannot fetch now, and what is wrong with plugins: told once each by whoever runs the host."""
        channels = [("channel", name, f"{name}: {why}") for name, why in app.channels.troubles.items()]
        plugins = app.plugins.problems
        return [*channels, *(("plugin", str(each.facts.get("plugin", "")), each.message) for each in plugins)]

    return LocalHost(
        app.engine,
        app.outbox,
        app.intake,
        app.fetch,
        troubles,
        app._hang,
        app.channels.call,
        app.channels.in_background,
        app._tell,
        app._beat,
        app.channels.failed,
        partial(_aside, app) if not app.settings.store.startswith("memory:") else None,
    )


def _aside(app: Parts, free: Callable[[], None]) -> Aside:
    """Who delivers beside the host of this process: by the same plugins, over a store opened once more for each."""
    from procflow.hosts.aside import Aside, Opened
    from procflow.hosts.outbox import Outbox

    def opened() -> Opened:
        mine = app.again()
        mine.__dict__["plugins"] = app.plugins  # observers hear of its steps too
        mine.decides_here()
        try:
            outbox = Outbox(mine.engine, lambda: app.channels, mine.evidence, app.outbox.holder, mine._tell)
        except BaseException:
            mine.close()
            raise
        return outbox, mine.close

    def seat_of(channel: str) -> str:
        return app.channels.seat_of(channel) if app.channels.mode(channel) == "real" else ""

    aside = Aside(opened, seat_of, free, lambda: app.asked_to_stop())
    app.channels.handing_over = aside.busy
    return aside


def door(app: Parts, refusals: Refusals) -> DoorServer:
    """See `Parts.door`."""
    from procflow.hosts.door import Door

    try:
        from procflow.hosts.door_http import DoorServer, PerMinute
    except ImportError as why:
        raise UsageError(
            f"procflow.toml: web.listen wants {why.name}, which is not installed here",
            "pip install 'procflow[web]'",
        ) from why
    channels = app.channels

    def requests_a_minute(channel: str) -> int:
        said = (
            app.settings.channels[channel].get("web_per_minute") if channel in app.settings.channels else None
        )
        return said if isinstance(said, int) and said > 0 else WEB_PER_MINUTE

    limits = PerMinute(requests_a_minute)

    def opened() -> Door:
        mine = app.again()
        return Door(channels, mine.intake, limits, refusals, mine.ring)

    web = app.settings.web
    return DoorServer(web.listen, web.behind_proxy, opened)
