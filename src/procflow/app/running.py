"""What runs a workspace over time, put together: the local host, and the web door beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procflow.errors import UsageError

if TYPE_CHECKING:
    from procflow.app.parts import Parts
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
    )


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
        mine = type(app)(app.folder, plugins_dirs=app.plugins_dirs)
        mine.seen = app.seen
        return Door(channels, mine.intake, limits, refusals, mine.ring)

    web = app.settings.web
    return DoorServer(web.listen, web.behind_proxy, opened)
