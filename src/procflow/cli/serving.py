"""How `procflow serve` may listen: for whom, where, and with what between it and the net.

Without users it is one person's, on this machine alone. Reached by others it wants users and TLS, its own or that of a
proxy that somebody has said is there. What it answers is not known here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from procflow.app import App
from procflow.cli.hosting import Server
from procflow.cli.session import Session
from procflow.errors import NotFound, UsageError

if TYPE_CHECKING:
    from procflow.access.oidc import Provider
    from procflow.definitions.settings_access import OidcSettings
    from procflow.web.access import Access

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - addresses that are refused without users # nosec B104


class Wishes(Struct, frozen=True):
    """Where to listen and how, by the options or else the settings. Files are paths."""

    listen: str
    certificate: tuple[str, str] | None = None
    behind_proxy: bool = False
    host_names: tuple[str, ...] = ()
    oidc: OidcSettings | None = None

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def secure(self) -> bool:
        """Whether what goes over the net goes over TLS."""
        return self.certificate is not None or self.behind_proxy


def wishes(
    app: App, listen: str, certificate: str, key: str, behind_proxy: bool, host_names: tuple[str, ...]
) -> Wishes:
    """What the options say, and where they say nothing the settings. Raises UsageError."""
    from procflow.cli.serve_command import LISTEN
    from procflow.definitions.settings_access import ServeSettings

    said = app.settings.serve or ServeSettings()
    if bool(certificate) != bool(key):
        raise UsageError("--certificate and --key belong together", "give both files")
    files = (certificate, key) if certificate else None
    if files is None and said.certificate:
        files = (app.path(said.certificate), app.path(said.key))
    if files is not None:
        _try(files)
    return Wishes(
        listen or said.listen or LISTEN, files, behind_proxy or said.behind_proxy,
        (*host_names, *said.host_names), said.oidc if said.oidc.issuer else None,
    )  # fmt: skip


def _try(files: tuple[str, str]) -> None:
    """Raises UsageError for a certificate that cannot be used, before anybody comes."""
    from procflow.hosts.certificates import belong_together

    certificate, key = files
    belong_together(certificate, key)
    if os.stat(key).st_mode & 0o007:
        raise UsageError(f"everybody on this machine may read {key}", f"chmod 600 {key}")


def refuse_open_house(wanted: Wishes, has_logins: bool) -> None:
    """Raises UsageError where others would reach what nobody guards."""
    from procflow.web.addresses import is_loopback

    mine_alone = is_loopback(wanted.listen) and not wanted.behind_proxy
    if mine_alone:
        return
    if not has_logins:
        reached = "behind a proxy it" if wanted.behind_proxy else wanted.listen
        raise UsageError(
            f"without users the desk listens on this machine only, and {reached} is reached from others",
            "make users first with `procflow user add PERSON`, or write --listen 127.0.0.1:8380",
        )
    if not wanted.secure:
        raise UsageError(
            f"{wanted.listen} is reached from others, and without TLS they would send passwords for all to read",
            "give --certificate and --key; or --behind-proxy where a proxy on this machine speaks TLS",
        )
    if wanted.host in _ANYWHERE and not wanted.host_names:
        raise UsageError(
            "under which names is it reached? A page of another name could else point here",
            "give --host-name desk.example, for each name",
        )


def serving(s: Session, wanted: Wishes, *, runs_host: bool) -> tuple[Server, str]:
    """The site of the workspace, listening, and what is told of it. Raises UsageError where it may not, or the extra is
    missing."""
    try:
        from procflow.api.room import ApiRoom
        from procflow.cli.figures import operations
        from procflow.desk.room import DeskRoom, static
        from procflow.hosts.listening import Listening
        from procflow.web.seen import SeenRequests
        from procflow.web.site import Site
    except ImportError as why:
        raise UsageError(
            f"`procflow serve` wants {why.name}, which is not installed here", "pip install 'procflow[web]'"
        ) from why
    app = s.app
    access, whom = _access(s, wanted)

    def opened() -> App:
        found = app.again()
        found.reads_paths, found.waits_for_store = False, True
        return found

    site = Site(opened, access, [DeskRoom(), ApiRoom()], hosts=_names(wanted), mounts=[static()])

    def stopping() -> None:
        answers.stopping = True
        site.stop()

    assert app.seen is not None
    answers = operations(
        app,
        app.seen,
        runs_host,
        SeenRequests(site, app.seen, site.route_of),
        behind_proxy=wanted.behind_proxy,
    )
    server = Listening(
        answers, wanted.listen, setting="--listen", stopping=stopping, certificate=wanted.certificate,
        behind_proxy=wanted.behind_proxy,
    )  # fmt: skip
    scheme = "https" if wanted.certificate else "http"
    where = wanted.listen.rpartition(":")[0]
    return server, f"the desk is at {scheme}://{where}:{server.port}/ {whom}"


def _access(s: Session, wanted: Wishes) -> tuple[Access, str]:
    """Who gets in, and for whom that is, in words."""
    from procflow.access.users import Users
    from procflow.web.access import Logins, OnePerson

    app = s.app
    organisation = app.engine.surroundings().organisation
    has_logins = bool(Users(app.store, app.world, organisation)) or wanted.oidc is not None
    refuse_open_house(wanted, has_logins)
    if has_logins:
        return Logins(secure=wanted.secure, provider=_provider(app, wanted)), "for those who log in"
    if not s.anybody:
        raise UsageError(
            "nobody may log in here yet",
            "`procflow user add PERSON` lets people log in; --as PERSON serves it to whoever reaches this machine",
        )
    person = organisation.person_id(s.person)
    if person is None:
        raise NotFound(f"nobody here is called {s.person!r}", "say with --as who you are")
    whom = (
        f"for {person}, and for whoever reaches this machine (`procflow user add` makes it ask who they are)"
    )
    return OnePerson(person), whom


def _names(wanted: Wishes) -> set[str]:
    """The names under which the desk may be asked for."""
    names = {*_LOOPBACK, *(name.lower().strip("[]") for name in wanted.host_names)}
    return names if wanted.host in _ANYWHERE else {*names, wanted.host.lower()}


def _provider(app: App, wanted: Wishes) -> Provider | None:
    if wanted.oidc is None:
        return None
    from procflow.access.oidc import Provider

    return Provider(wanted.oidc, app.world)
