"""A workspace's host on Temporal, put together: the only place beside `hosts/temporal` that knows of it."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any

from procflow.app.parts import Parts
from procflow.definitions.settings import ChannelSettings
from procflow.definitions.settings_host import HostSettings
from procflow.engine import Answer, Engine
from procflow.errors import NotFound, UsageError

if TYPE_CHECKING:
    from procflow.hosts.temporal.connection import Reach
    from procflow.hosts.temporal.hands import Desk
    from procflow.hosts.temporal.host import TemporalHost

#: Under which the store keeps by what id Temporal knows it.
_KIND, _NAME = "temporal", "workspace"


def temporal_host(app: Parts, said: HostSettings, *, patient: bool = False) -> TemporalHost:
    """The host over this workspace; a `patient` one waits for a server that is away. Raises UsageError where it cannot
    be one."""
    reach = how_to_reach(app, said)
    from procflow.hosts.outbox import Outbox
    from procflow.hosts.temporal.hands import Desk, Hands
    from procflow.hosts.temporal.host import TemporalHost

    if app.settings.store.startswith("memory:"):
        raise UsageError(
            "procflow.toml: a store in memory has nothing that a Temporal worker's threads could share",
            'write store = "sqlite:cases.db"',
        )
    app.decides_here()
    local, turn = app.local_host(), Lock()

    def opened() -> Desk:
        mine = type(app)(app.folder, plugins_dirs=app.plugins_dirs, world=app.world)
        mine.decides_here()
        mine._bell, mine.seen = app._bell, app.seen
        mine.__dict__["plugins"] = app.plugins  # loaded once
        engine = mine.engine
        engine.writes_denials = False

        def stepped(answer: Answer) -> None:
            with turn:  # an observer hears of one step at a time, as from every host
                mine._stepped(answer)

        engine.stepped = stepped
        return Desk(
            engine,
            Outbox(engine, lambda: app.channels, mine.evidence, app.outbox.holder, mine._tell),
            mine.close,
        )

    _ = app.channels, app.outbox  # made here, before there are threads
    return TemporalHost(
        reach,
        Hands(workspace_id(app), opened, lambda: app.channels),
        local,
        app.outbox.holder,
        patient=patient,
    )


def mailing(app: Parts, *given: Any, **further: Any) -> Engine:
    """An engine made of this, whose commands wait in the cases' workflows."""
    said = app.settings.host
    assert said is not None
    reach = how_to_reach(app, said)
    from procflow.hosts.temporal.connection import Loop, connected
    from procflow.hosts.temporal.front import Front, Lines, queue_of
    from procflow.hosts.temporal.mailing import Decide, MailingEngine

    engine = MailingEngine(*given, **further)

    def front(decide: Decide) -> Front:
        loop = Loop()
        try:
            client = loop.run(connected(reach, f"procflow-{os.getpid()}"))
        except BaseException:
            loop.close()
            raise
        app.closing.append(loop.close)
        known = workspace_id(app)
        return Front(engine, loop, Lines(client, queue_of(reach, known), known), decide)

    engine.front = front
    return engine


def workspace_id(app: Parts) -> str:
    """By what id Temporal knows this store; given when it is first asked for."""
    if known := known_as(app):
        return known
    with app.store.together():  # of two who begin at once one gives it
        if not known_as(app):
            app.store.keep(_KIND, _NAME, app.world.new_id().encode())
    return known_as(app)


def known_as(app: Parts) -> str:
    """The id by which Temporal knows this store; "" where no worker has run here yet."""
    kept = app.store.kept(_KIND, _NAME, app.world.now())
    return kept.value.decode() if kept is not None else ""


def how_to_reach(app: Parts, said: HostSettings) -> Reach:
    """Address and credentials, with the files read. Raises UsageError where the extra or a file is missing."""
    try:
        from procflow.hosts.temporal.connection import ADDRESS, NAMESPACE, Reach
    except ImportError as why:
        raise UsageError(
            f"the Temporal host wants {why.name}, which is not installed here",
            "pip install 'procflow[temporal]'",
        ) from why

    from procflow.hosts.certificates import belong_together, vouches

    def file(key: str) -> bytes | None:
        name = str(getattr(said, key))
        if not name:
            return None
        try:
            return app.world.read_file(app.path(name))
        except NotFound as why:
            raise UsageError(f"host.{key}: {why.message}", "it is looked for in the workspace") from None

    resolved = ChannelSettings("host", {"api_key": said.api_key}, os.environ.get, within="")
    server_ca, certificate, key = file("server_ca"), file("certificate"), file("key")
    if server_ca is not None:
        vouches(app.path(said.server_ca))
    if certificate is not None and key is not None:
        belong_together(app.path(said.certificate), app.path(said.key))
    return Reach(
        said.address or ADDRESS,
        said.namespace or NAMESPACE,
        said.task_queue,
        said.secure,
        server_ca,
        certificate,
        key,
        said.server_name,
        str(resolved["api_key"]) if said.api_key else "",
    )
