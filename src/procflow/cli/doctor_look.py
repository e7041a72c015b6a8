"""What `procflow doctor` looks at, one function each; it changes nothing. What is found comes with advice.

A look that cannot be taken is a finding of its own, so that one broken part never hides the others.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from procflow.app import App
from procflow.app.health import SKEW, disks, missing_rights
from procflow.app.key_file import may_be_made
from procflow.cli import doctor_operated as operated
from procflow.cli.doctor_findings import Finding, good, is_stored
from procflow.cli.doctor_work import items, work
from procflow.core.counted import counted
from procflow.errors import ProcflowError, UsageError
from procflow.stored import ORGANISATION, JournalRow

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents

#: An effect that waits longer than this is worth a word.
LONG = timedelta(minutes=15)
#: Free bytes below which the disk is wrong, and below which it is worth a word.
LITTLE, SCARCE = 200 << 20, 2 << 30
#: How far the clock of a node may be from its database's.
NODES_APART = timedelta(seconds=5)
_MOST = 20


def look(app: App) -> Iterator[Finding]:
    """Every look in turn; each gives at least one finding."""
    looks: tuple[tuple[str, Callable[[App], Iterator[Finding]]], ...] = (
        ("store", _store), ("store", operated.sizes), ("keys", _keys), ("disk", _disk), ("disk", operated.files), ("evidence", operated.evidence),
        ("clock", _clock), ("clock", operated.kept_time), ("rehearsal", _rehearsal), ("documents", _documents), ("documents", _without_owner),
        ("channels", _channels), ("host", operated.hosts), ("host", look_at_host), ("effects", _effects), ("work", work), ("items", items),
        ("messages", _messages), ("users", operated.people), ("certificate", operated.certificate),
    )  # fmt: skip
    told: set[str] = set()
    wrong: set[str] = set()
    for name, one in looks:
        try:
            for finding in one(app):
                if finding.level == "wrong":
                    wrong.add(name)
                yield finding
        except (ProcflowError, OSError) as problem:
            message = getattr(problem, "message", str(problem))
            hint = getattr(problem, "hint", "")
            of_keys = getattr(problem, "facts", {}).get("file") == app.path(app.settings.keys)
            # once is enough: whoever counts what is wrong goes by it
            if message in told or (of_keys and "keys" in wrong):
                yield Finding(name, "note", ("cannot be looked at, for the reason above", "kan ikke ses efter, af grunden ovenfor"))  # fmt: skip
                continue
            told.add(message)
            yield Finding(name, "wrong", (message, message), (hint, hint))


def _store(app: App) -> Iterator[Finding]:
    kind, _, rest = app.settings.store.partition(":")
    if kind == "sqlite" and may_be_made(app, rest) and not os.path.exists(app.path(rest)):
        yield Finding("store", "note", (f"there is no store yet at {rest}", f"der er endnu ingen database i {rest}"),
                      ("it is made when the first document is published: procflow check", "den laves, når det første dokument udgives: procflow check"))  # fmt: skip
        return
    store = app.store
    counts = store.counts()
    if getattr(store, "no_room", False):
        yield Finding("store", "wrong", ("the store can only be read now: no space is left beside it (disk, quota or file size limit)", "databasen kan kun læses nu: der er ikke mere plads ved siden af den (disk, kvote eller grænse for filers størrelse)"),
                      ("free some space; nothing has to be started anew", "skaf plads; intet skal startes igen"))  # fmt: skip
    elif app.reading_only:
        yield Finding("store", "wrong", ("the store can only be read here", "databasen kan kun læses her"),
                      ("look at the rights of the file and its folder, or mount the disk for writing", "se på rettighederne til filen og mappen, eller montér disken til skrivning"))  # fmt: skip
    if missing := missing_rights(store):
        told = "; ".join(missing[:_MOST])
        yield Finding("store", "wrong", (f"the user of the store may not do what is needed in the database: {told}", f"databasens bruger må ikke det, der er brug for i databasen: {told}"),
                      ("make it the owner of the tables (ALTER TABLE … OWNER TO …), or GRANT it ALL ON ALL TABLES IN SCHEMA", "gør den til ejer af tabellerne (ALTER TABLE … OWNER TO …), eller giv den rettighederne: GRANT ALL ON ALL TABLES IN SCHEMA"))  # fmt: skip
        return
    wrong = store.self_check()
    for words in wrong[:_MOST]:
        yield Finding("store", "wrong", (words, words),
                      ("stop writing, keep a copy of the files, and run: procflow audit", "stop med at skrive, tag en kopi af filerne, og kør: procflow audit"))  # fmt: skip
    if not wrong:
        about = (
            f", {_sqlite()}"
            if kind == "sqlite"
            else f", {store.server()}"
            if hasattr(store, "server")
            else ""
        )
        yield good("store", f"{kind} store{about}: {_cases(counts, 'en')}",
                    f"{kind}-database{about}: {_cases(counts, 'da')}")  # fmt: skip


def _cases(counts: Mapping[str, int], language: str) -> str:
    parts = (("open", "open case"), ("closed", "closed case"), ("late", "late case"))
    return ", ".join(counted(counts[name], noun, language) for name, noun in parts)


def _sqlite() -> str:
    from procflow.stores.sqlite_connection import sqlite_version

    return f"SQLite {sqlite_version()}, WAL, synchronous FULL"


def _keys(app: App) -> Iterator[Finding]:
    path = app.path(app.settings.keys)
    if app.settings.store.startswith("memory:") or (not os.path.exists(path) and not is_stored(app)):
        yield good("keys", "no keys yet", "endnu ingen nøgler")
        return
    if not os.path.exists(path):
        yield Finding("keys", "wrong", (f"the key file {path} is missing: nothing personal in the store can be read",
                                        f"nøglefilen {path} mangler: intet personligt i databasen kan læses"),
                      ("restore it from its backup; a new one would not open anything", "hent den fra dens sikkerhedskopi; en ny ville intet åbne"))  # fmt: skip
        return
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode != 0o600 and os.path.isfile(path):
        yield Finding("keys", "wrong", (f"the key file has mode {mode:04o}, not 0600", f"nøglefilen har rettighederne {mode:04o}, ikke 0600"),
                      (f"make it yours alone: chmod 600 {path}", f"gør den til din alene: chmod 600 {path}"))  # fmt: skip
        return
    app.keys.fingerprint("doctor")  # opens it, and raises what is wrong with it
    yield good(
        "keys", "the key file is there, readable by you alone", "nøglefilen er der og kan kun læses af dig"
    )


def _disk(app: App) -> Iterator[Finding]:
    advice = (
        "make room before the store cannot write any more",
        "gør plads, før databasen ikke kan skrive mere",
    )
    for what, path in disks(app):
        free = shutil.disk_usage(path).free
        of, af = (f" of {what}", f" med {what}") if what else ("", "")
        words = (f"{free >> 20} MiB free on the disk{of}", f"{free >> 20} MiB fri plads på disken{af}")
        level = "wrong" if free < LITTLE else "note" if free < SCARCE else "good"
        yield Finding("disk", level, words, advice if level != "good" else ("", ""))


def _clock(app: App) -> Iterator[Finding]:
    if not is_stored(app):
        return
    now = app.world.now()
    # a step by time is due before it is taken; one after the clock was set back counts from where its case was
    newest = max((max(row.at, row.ran_at) for row in _newest_steps(app)), default=None)
    if newest is not None and newest > now + SKEW:
        ahead = int((newest - now).total_seconds())
        yield Finding("clock", "wrong", (f"the clock is {counted(ahead, 'second', 'en')} behind the newest step", f"uret er {counted(ahead, 'second', 'da')} bagud for det nyeste trin"),
                      (f"{f'write a later instant into {clock}' if (clock := app.settings.clock) else 'set the clock of this machine (NTP)'}; steps never go back in time",
                       f"{f'skriv et senere tidspunkt i {clock}' if clock else 'stil maskinens ur (NTP)'}; trin går aldrig tilbage i tiden"))  # fmt: skip
        return
    words = now.isoformat(timespec="seconds")
    yield good(
        "clock", f"it is {words}, and no step lies ahead of it", f"den er {words}, og intet trin ligger foran"
    )
    yield from _clocks(app)


def _clocks(app: App) -> Iterator[Finding]:
    """Leases and due instants are read by the clocks of all nodes: the database's is the one that they share."""
    clock = getattr(app.store, "clock", None) if is_stored(app) and not app.rehearsal else None
    if clock is None:
        return
    before = app.world.now()
    there, after = clock(), app.world.now()
    apart = max(before - there, there - after, timedelta(0))
    if apart > NODES_APART:
        words = f"{apart.total_seconds():.0f}"
        yield Finding("clock", "wrong", (f"this machine's clock is {words} seconds from the database's", f"denne maskines ur er {words} sekunder fra databasens"),
                      ("set the clocks of all nodes and of the database by NTP", "stil urene på alle maskiner og på databasen med NTP"))  # fmt: skip
    else:
        yield good("clock", "it agrees with the database's", "den stemmer med databasens")


def _newest_steps(app: App) -> Iterator[JournalRow]:
    """The step that was stored last, and the last step of the newest cases and of the organisation."""
    store = app.store
    for change in store.changes(max(store.last_change() - 1, 0), 1):
        yield from store.journal(change.case_id, change.sequence - 1)
    last = store.next_number() - 1
    rows = [*store.cases(after=max(0, last - 50), limit=50), store.load(ORGANISATION)]
    for row in rows:
        if row is not None and row.sequence:
            yield from store.journal(row.id, row.sequence - 1)


def _rehearsal(app: App) -> Iterator[Finding]:
    if not is_stored(app):
        return
    try:
        app.one_clock()
    except UsageError as problem:
        yield Finding("rehearsal", "wrong", (problem.message, problem.message), (problem.hint, problem.hint))
        return
    if app.rehearsal:
        yield good("rehearsal", f"time comes from {app.settings.clock}: every case here is a rehearsal",
                    f"tiden kommer fra {app.settings.clock}: hver sag her er en øvelse")  # fmt: skip
    else:
        yield good(
            "rehearsal",
            "time comes from this machine: the cases are real",
            "tiden kommer fra denne maskine: sagerne er rigtige",
        )


def _documents(app: App) -> Iterator[Finding]:
    documents = app.documents()
    wrong = [problem for problem in documents.diagnostics if problem.is_error]
    warnings = len(documents.diagnostics) - len(wrong)
    gone = _organisation_gone(app, documents)
    for problem in wrong[:_MOST]:
        words = f"{problem.path}:{problem.line}:{problem.column}: {problem.code} {problem.message}"
        yield Finding("documents", "wrong", (words, words), (problem.hint, problem.hint))
    if len(wrong) > _MOST:
        rest = len(wrong) - _MOST
        yield Finding(
            "documents",
            "wrong",
            (f"and {counted(rest, 'more error', 'en')}", f"og {counted(rest, 'more error', 'da')}"),
            ("run: procflow check", "kør: procflow check"),
        )
    count = len(documents.trees)
    if gone:
        yield Finding("documents", "wrong", ("procedures/organisation.yaml is gone", "procedures/organisation.yaml er væk"),
                      ("bring it back; until then people, roles and opening hours stay as they were last", "hent den tilbage; indtil da er personer, roller og åbningstider, som de sidst var"))  # fmt: skip
    if not count and not documents.unread and is_stored(app) and app.store.names_in_force("procedure"):
        yield Finding("documents", "wrong", ("no document is left in procedures/, where others are in force", "der er intet dokument tilbage i procedures/, hvor andre gælder"),
                      ("bring the folder back; until then everything goes on by what is in force", "hent mappen tilbage; indtil da går alt videre efter det, der gælder"))  # fmt: skip
    elif not wrong and not gone:
        yield good(
            "documents",
            f"{counted(count, 'document', 'en')} in order, {counted(warnings, 'warning', 'en')}",
            f"{counted(count, 'document', 'da')} i orden, {counted(warnings, 'warning', 'da')}",
        )
    from procflow.definitions.publish import changed

    for name in sorted(app.engine.withdrawn()) if is_stored(app) else ():
        yield Finding("documents", "note", (f"{name}: its file was taken away, so no new case is opened; open ones go on", f"{name}: filen er taget væk, så ingen ny sag oprettes; de åbne fortsætter"),
                      ("bring the file back if that was not meant", "hent filen tilbage, hvis det ikke var meningen"))  # fmt: skip
    if not is_stored(app) or changed(app.folder, app.store):
        yield Finding("documents", "note", ("files have changed and are not in force yet", "filer er ændret og gælder endnu ikke"),
                      ("run: procflow check (the next `open` does it too)", "kør: procflow check (det gør den næste `open` også)"))  # fmt: skip


def _without_owner(app: App) -> Iterator[Finding]:
    """Procedures in force for which no role answers: what fails for good in their cases is nobody's."""
    if not is_stored(app):
        return
    for name, hash_ in app.store.names_in_force("procedure"):
        if not app.engine.procedure(hash_).owner:
            yield Finding("documents", "note", (f"{name} has no owner: where something fails for good, or a promise breaks, nobody is told", f"{name} har ingen ejer: hvor noget mislykkes for alvor, eller et løfte brydes, får ingen besked"),
                          ("write `owner:` with a role into the procedure", "skriv `owner:` med en rolle i proceduren"))  # fmt: skip


def _organisation_gone(app: App, documents: Documents) -> bool:
    """Whether there are documents and none says who works here, though one is in force."""
    there = (
        documents.unread or not documents.trees or "organisation" in {k for k, _ in documents.named.values()}
    )
    return not there and is_stored(app) and app.store.in_force("organisation", "organisation") is not None


def _channels(app: App) -> Iterator[Finding]:
    for problem in app.plugins.problems:
        yield Finding("channels", "wrong", (problem.message, problem.message), (problem.hint, problem.hint))
    names = sorted({*app.plugins.channels, *app.settings.channels})
    for name in names:
        mode, verified = app.channels.mode(name), ""
        found = app.plugins.channels.get(name)
        if found is not None:
            verified = f", verified {found.channel.verified}"
        if (
            getattr(getattr(found, "channel", None), "one_session", False)
            and mode == "real"
            and operated.runs_one(app)
        ):
            # a second session would throw the host's out
            yield good("channels", f"{name}: {mode}{verified}; the host that runs holds its only session (see host)",
                       f"{name}: {mode}{verified}; værten, der kører, har dens eneste forbindelse (se host)")  # fmt: skip
            continue
        trouble = app.channels.health(name)
        if trouble.startswith("soon: "):
            what, _, advice = trouble.removeprefix("soon: ").partition("; ")
            yield Finding("channels", "note", (f"{name}: {mode}{verified}: {what}",) * 2, (advice,) * 2)
        elif trouble:
            words = f"{name} ({mode}): {trouble}"
            helps = f"look at [channels.{name}] in procflow.toml", f"se på [channels.{name}] i procflow.toml"
            if re.match(r"the plugin \S+ (answered nonsense|raised in)", trouble):
                helps = (
                    "the plugin has to be mended, by whoever wrote it: procflow plugin test says more",
                    "pluginet skal rettes af den, der skrev det: procflow plugin test siger mere",
                )
            yield Finding("channels", "wrong", (words, words), helps)
        else:
            yield good("channels", f"{name}: {mode}{verified}", f"{name}: {mode}{verified}")
    if not names:
        yield good("channels", "no channels", "ingen kanaler")


def look_at_host(app: App) -> Iterator[Finding]:
    """The workers that a Temporal server sees; of local hosts their signs of life tell."""
    said = app.settings.host
    if said is None or said.kind != "temporal":
        return
    from procflow.app.on_temporal import how_to_reach, known_as
    from procflow.builtin.world import RealWorld

    reach = how_to_reach(app, said)  # which tells it where the extra is missing
    from procflow.hosts.temporal.looking import workers_of

    known = known_as(app) if is_stored(app) else ""
    workers = workers_of(reach, known, RealWorld().now())  # the server's clock is no rehearsal's
    where = f"Temporal {reach.address}, {reach.namespace}"
    if not workers:
        yield Finding("host", "wrong", (f"{where}: it answers, and no worker of this workspace asks it for work", f"{where}: den svarer, men ingen arbejder for dette arbejdsområde spørger den efter arbejde"),
                      ("start one: procflow run", "start en: procflow run"))  # fmt: skip
        return
    yield good(
        "host", f"{where}: {counted(workers, 'worker', 'en')}", f"{where}: {counted(workers, 'worker', 'da')}"
    )


def _effects(app: App) -> Iterator[Finding]:
    if not is_stored(app):
        return
    now = app.world.now()
    waiting = app.store.waiting_effects(now - LONG, _MOST)
    refused = [
        row for row in app.store.waiting_effects(now + LONG, _MOST) if row.tried and row not in waiting
    ]
    for row in (*waiting, *refused):
        loaded = app.engine.load(row.case_id)
        since = row.asked_at.isoformat(timespec="minutes") if row.asked_at else "?"
        yield Finding(
            "effects", "note" if row in refused else "wrong",
            (f"case {loaded.row.number}: {row.channel}.{row.operation} waits since {since}, tried {counted(row.tried, 'time', 'en')}",
             f"sag {loaded.row.number}: {row.channel}.{row.operation} venter siden {since}, forsøgt {counted(row.tried, 'time', 'da')}"),
            (f"is `procflow run` running? Is the channel well (above)? What was said: procflow case {loaded.row.number}", f"kører `procflow run`? Har kanalen det godt (ovenfor)? Hvad der blev sagt: procflow case {loaded.row.number}"),
        )  # fmt: skip
    if not waiting and not refused:
        yield good("effects", "nothing waits for long", "intet har ventet længe")
    due = app.store.next_due()
    if due is not None and due < now - LONG:
        yield Finding("effects", "wrong", (f"something is due since {due.isoformat(timespec='minutes')} and nobody took it",
                                           f"noget er forfaldent siden {due.isoformat(timespec='minutes')}, og ingen har taget det"),
                      ("start the host: procflow run", "start værten: procflow run"))  # fmt: skip


def _messages(app: App) -> Iterator[Finding]:
    if not is_stored(app):
        return
    waiting = app.store.messages("unmatched", 1000)
    for row in waiting[:_MOST]:
        yield Finding("messages", "note", (f"message {row.id[:8]} of {row.source} belongs to no case: {row.reason}",
                                           f"besked {row.id[:8]} fra {row.source} hører ikke til en sag: {row.reason}"),
                      (f"give it to one: procflow receive --message {row.id[:8]} --case CASE", f"giv den til en: procflow receive --message {row.id[:8]} --case SAG"))  # fmt: skip
    if not waiting:
        yield good("messages", "every message has its case", "hver besked har sin sag")
