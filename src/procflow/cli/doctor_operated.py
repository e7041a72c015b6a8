"""What `procflow doctor` looks at for whoever operates a house: hosts and their signs of life, files and their rights, the
kernel's word on the clock, users, tokens and certificates. It changes nothing."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from procflow.app import App
from procflow.app.alive import BEAT_LATE, TOLD_FOR, hosts_alive
from procflow.app.workspaces import MARKER
from procflow.cli.doctor_findings import Finding, good, is_stored
from procflow.core.counted import counted
from procflow.errors import NotFound, StorageError
from procflow.stores.sqlite_names import closed_beside

#: What ends sooner than this is worth a word.
SOON = timedelta(days=14)
#: A write-ahead log of more bytes than this is not emptied any more; fewer free inodes than this are few.
LONG_WAL, FEW_INODES = 256 << 20, 1000
#: The first SQLite without the fault that can damage a file which several processes write.
SOUND_SQLITE = (3, 51, 3)
_MOST = 20


def sizes(app: App) -> Iterator[Finding]:
    """The SQLite in use, and how large the store and its write-ahead log are."""
    kind, _, rest = app.settings.store.partition(":")
    path = app.path(rest)
    if kind != "sqlite" or not os.path.exists(path):
        return
    from procflow.stores.sqlite_connection import sqlite_version

    version = str(sqlite_version())
    if tuple(int(part) for part in version.split(".")[:3]) < SOUND_SQLITE:
        yield Finding("store", "wrong", (f"SQLite {version} can damage a file that several processes write (the WAL-reset fault)",
                                         f"SQLite {version} kan ødelægge en fil, som flere processer skriver (WAL-reset-fejlen)"),
                      ("pip install --upgrade apsw, which brings 3.51.3 or newer", "pip install --upgrade apsw, som har 3.51.3 eller nyere"))  # fmt: skip
    size = os.path.getsize(path)
    wal = os.path.getsize(f"{path}-wal") if os.path.exists(f"{path}-wal") else 0
    words = (
        f"{_mib(size)} MiB, and {_mib(wal)} MiB of write-ahead log",
        f"{_mib(size)} MiB og {_mib(wal)} MiB skriveforudlog",
    )
    if wal > LONG_WAL:
        yield Finding("store", "wrong", words,
                      ("something has read for a long time and keeps the log from being emptied: end old `procflow` processes", "noget har læst længe og forhindrer, at loggen tømmes: afslut gamle procflow-processer"))  # fmt: skip
    else:
        yield good("store", *words)


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f}"


def files(app: App) -> Iterator[Finding]:
    """Room for further files, and who may read and write what is personal."""
    found = os.statvfs(app.folder)
    if found.f_files and found.f_favail < FEW_INODES:
        yield Finding("disk", "wrong", (f"only {found.f_favail} further files fit on the disk", f"der er kun plads til {found.f_favail} filer mere på disken"),
                      ("remove files, or make a larger file system", "slet filer, eller lav et større filsystem"))  # fmt: skip
    if found.f_flag & os.ST_RDONLY:
        yield Finding("disk", "wrong", ("the disk of the workspace can only be read", "arbejdsområdets disk kan kun læses"),
                      ("mount it for writing; the system's log says whether it failed", "montér den til skrivning; systemets log siger, om den fejlede"))  # fmt: skip
        return
    for name in _to_be_guarded(app):
        path = os.path.normpath(app.path(name))
        if os.path.exists(path) and stat.S_IMODE(os.stat(path).st_mode) & 0o002:
            shown = name or path
            yield Finding("disk", "wrong", (f"everybody on this machine may write {shown}", f"alle på maskinen må skrive i {shown}"),
                          (f"chmod o-w {path}", f"chmod o-w {path}"))  # fmt: skip
    for name in (app.settings.evidence, ".procflow", "outbox"):
        path = app.path(name)
        closed = next((each for each in (path, *_below(path)) if not _may_write_in(each)), "")
        if os.path.lexists(path) and closed:
            yield Finding("disk", "wrong", (f"nothing can be written into {closed}", f"der kan intet skrives i {closed}"),
                          ("make it a folder of the user who runs procflow, with all that is in it (chown -R)", "gør den til en mappe, der med alt i den er ejet af den bruger, som kører procflow (chown -R)"))  # fmt: skip
    kind, _, rest = app.settings.store.partition(":")
    if kind == "sqlite" and (closed := closed_beside(app.path(rest))):
        yield Finding("disk", "wrong", (f"nothing can be written into {closed}, which belongs to the store", f"der kan intet skrives i {closed}, som hører til databasen"),
                      (f"chmod u+w {closed}", f"chmod u+w {closed}"))  # fmt: skip
    if not os.access(app.folder, os.W_OK):
        yield Finding("disk", "wrong", ("the workspace's folder cannot be written by this user", "denne bruger kan ikke skrive i arbejdsområdets mappe"),
                      ("run it as the user who owns the workspace", "kør det som den bruger, der ejer arbejdsområdet"))  # fmt: skip


def _below(folder: str) -> list[str]:
    """The folders in a folder; none where it cannot be looked into."""
    try:
        with os.scandir(folder) as found:
            return sorted(each.path for each in found if each.is_dir())
    except OSError:
        return []


def _to_be_guarded(app: App) -> Iterator[str]:
    """What nobody else may write, as paths in the workspace: itself, what is kept, what is in force, and plugins, which
    are code that procflow runs."""
    kind, _, rest = app.settings.store.partition(":")
    yield from (
        "",
        MARKER,
        *([rest] if kind == "sqlite" else []),
        app.settings.evidence,
        ".procflow",
        "outbox",
        "procedures",
        "plugins",
    )
    with suppress(OSError):
        yield from (os.path.join("plugins", name) for name in sorted(os.listdir(app.path("plugins"))))


def _may_write_in(folder: str) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def evidence(app: App) -> Iterator[Finding]:
    """Whether the files of some messages are where they were put; `audit` looks at all."""
    if not is_stored(app):
        return
    rows = [row for state in ("new", "unmatched", "taken") for row in app.store.messages(state, 3)]
    gone = 0
    for row in rows:
        try:
            if row.raw_hash:
                app.evidence.get(row.raw_hash, key_slot=row.key_slot)
        except NotFound:
            gone += 1
        except StorageError as problem:
            if problem.facts.get("reason") != "erased":
                raise
    if gone:
        yield Finding("evidence", "wrong", (f"{counted(gone, 'file', 'en')} of messages cannot be found in the evidence", f"{counted(gone, 'file', 'da')} fra beskeder findes ikke blandt beviserne"),
                      ("is its disk mounted? Else bring the folder back from the backup; procflow audit names every file", "er dens disk monteret? Ellers hent mappen fra sikkerhedskopien; procflow audit nævner hver fil"))  # fmt: skip


def kept_time(app: App) -> Iterator[Finding]:
    """Whether the kernel keeps the clock by other clocks; where it cannot be asked, nothing is said."""
    if app.rehearsal:
        return
    unsynchronised = _kernel_unsynchronised()
    if unsynchronised:
        yield Finding("clock", "note", ("the kernel says that nothing keeps its clock right", "kernen siger, at intet holder dens ur rigtigt"),
                      ("start chrony or systemd-timesyncd: a clock that is set back delays deadlines, one that jumps ahead takes them early", "start chrony eller systemd-timesyncd: et ur, der stilles tilbage, forsinker frister, og et, der springer frem, tager dem for tidligt"))  # fmt: skip
    if not is_stored(app):
        return  # a look makes no store
    zone = app.engine.surroundings().organisation.zone
    yield good("clock", f"the organisation's zone is {zone}, by tzdata {_tzdata()}", f"organisationens zone er {zone} efter tzdata {_tzdata()}")  # fmt: skip


def _kernel_unsynchronised() -> bool | None:
    """Whether adjtimex(2) answers TIME_ERROR; None where it cannot be asked."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        answer = libc.adjtimex(ctypes.create_string_buffer(512))  # modes 0: only asks
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else bool(answer == 5)


def _tzdata() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "?"


def hosts(app: App) -> Iterator[Finding]:
    """The hosts that gave signs of life, and what they said last."""
    if not is_stored(app):
        return
    now = app.world.now()
    beats = hosts_alive(app)
    alive = [beat for beat in beats if (now - beat.at).total_seconds() < BEAT_LATE]
    for beat in beats:
        if beat in alive or (alive and now - beat.at > TOLD_FOR):
            continue
        when = beat.at.isoformat(timespec="minutes")
        level = "note" if alive else "wrong"
        hint = (
            ("what it had begun is taken over by the host that runs; its log says why it ended", "værten, der kører, har taget over; dens log siger, hvorfor den sluttede")
            if alive
            else ("what it had begun is taken over by the next host: start one with procflow run, and look at its log", "den næste vært tager over: start en med procflow run, og se i dens log")
        )  # fmt: skip
        yield Finding("host", level, (f"a host (process {beat.pid}) gave its last sign of life at {when} and did not end in good order", f"en vært (proces {beat.pid}) gav sidst livstegn {when} og sluttede ikke ordentligt"),
                      hint)  # fmt: skip
    for beat in alive:
        ago = max(int((now - beat.at).total_seconds()), 0)
        since = beat.since.isoformat(timespec="minutes")
        for each in beat.failing:
            first = each.since.isoformat(timespec="minutes")
            yield Finding("host", "wrong", (f"the host (process {beat.pid}) can fetch nothing from {each.channel} since {first}, tried {counted(each.times, 'time', 'en')}",
                                            f"værten (proces {beat.pid}) kan ikke hente noget fra {each.channel} siden {first}, forsøgt {counted(each.times, 'time', 'da')}"),
                          (f"look at [channels.{each.channel}] in procflow.toml and at the other side; where the channel's own look, above, says nothing, procflow run --once tells what was said",
                           f"se på [channels.{each.channel}] i procflow.toml og på den anden side; hvor kanalen selv, ovenfor, intet siger, fortæller procflow run --once, hvad der blev sagt"))  # fmt: skip
        if not beat.failing:
            yield good("host", f"a host ({beat.kind}, process {beat.pid}, {beat.version}) runs since {since}; last sign of life {counted(ago, 'second', 'en')} ago",
                       f"en vært ({beat.kind}, proces {beat.pid}, {beat.version}) kører siden {since}; sidste livstegn for {counted(ago, 'second', 'da')} siden")  # fmt: skip
    if not beats:
        yield Finding("host", "note", ("no host runs: what is due and what goes out waits", "ingen vært kører: det forfaldne og det udgående venter"),
                      ("start one: procflow run, or procflow serve", "start en: procflow run eller procflow serve"))  # fmt: skip


def runs_one(app: App) -> bool:
    """Whether a host gives signs of life now."""
    now = app.world.now()
    return is_stored(app) and any((now - beat.at).total_seconds() < BEAT_LATE for beat in hosts_alive(app))


def people(app: App) -> Iterator[Finding]:
    """Who of the organisation cannot log in where others can, and tokens that have ended or soon will."""
    if not is_stored(app):
        return
    from procflow.access.tokens import Tokens
    from procflow.access.users import Users

    organisation, now = app.engine.surroundings().organisation, app.world.now()
    users = Users(app.store, app.world, organisation)
    oidc = app.settings.serve is not None and app.settings.serve.oidc.issuer
    with_login = {user.person for user in users.all()}
    without = sorted(set(organisation.people) - with_login)
    if with_login and not oidc and without:
        names = ", ".join(without[:_MOST]) + (" …" if len(without) > _MOST else "")
        yield Finding("users", "note", (f"{counted(len(without), 'person', 'en')} of the organisation cannot log in: {names}", f"{counted(len(without), 'person', 'da')} i organisationen kan ikke logge ind: {names}"),
                      ("procflow user add PERSON, where they are to", "procflow user add PERSON, hvis de skal kunne"))  # fmt: skip
    gone = sorted(with_login - set(organisation.people))
    if gone:
        yield Finding("users", "wrong", (f"users whom the organisation does not know any more: {', '.join(gone)}", f"brugere, som organisationen ikke længere kender: {', '.join(gone)}"),
                      ("procflow user remove PERSON", "procflow user remove PERSON"))  # fmt: skip
    for token in Tokens(app.store, app.world).all():
        if token.until <= now + SOON:
            until = token.until.date().isoformat()
            yield Finding("tokens", "note", (f"the token {token.id} of {token.person} ends on {until}", f"tokenet {token.id} for {token.person} udløber {until}"),
                          ("make a new one for the program that uses it: procflow token add", "lav et nyt til det program, der bruger det: procflow token add"))  # fmt: skip
    yield good(
        "users", f"{counted(len(with_login), 'user', 'en')}", f"{counted(len(with_login), 'user', 'da')}"
    )


def certificate(app: App) -> Iterator[Finding]:
    """Until when the desk's own certificate counts."""
    serve = app.settings.serve
    if serve is None or not serve.certificate:
        return
    path = app.path(serve.certificate)
    try:
        until = ends(path)
    except (OSError, ValueError) as why:
        yield Finding("certificate", "wrong", (f"{serve.certificate} cannot be read as a certificate: {why}", f"{serve.certificate} kan ikke læses som et certifikat: {why}"),
                      ("give a PEM file under [serve] certificate", "angiv en PEM-fil under [serve] certificate"))  # fmt: skip
        return
    now, day = app.world.now(), until.date().isoformat()
    words = (f"the desk's certificate ends on {day}", f"skrankens certifikat udløber {day}")
    if until <= now + SOON:
        yield Finding("certificate", "wrong" if until <= now else "note", words, ("renew it, and start `procflow serve` anew", "forny det, og start `procflow serve` igen"))  # fmt: skip
    else:
        yield good("certificate", *words)


def ends(path: str) -> datetime:
    """When the first certificate of a PEM file ends. Raises OSError and ValueError."""
    from procflow.stores.keys import certificate_ends

    with open(path, "rb") as file:
        return certificate_ends(file.read())
