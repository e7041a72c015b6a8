"""The composition root: the only place that names concrete stores, keys and hosts.

One `App` is one workspace, opened for one process. CLI, desk and API are thin over it: they parse, call
and render; no rule lives there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self, cast

from msgspec.structs import replace

from procflow.app.key_file import keys_of, may_be_made
from procflow.app.lazily import ManualChannels, OfPlugins, own_rules, part
from procflow.app.looks import Looks
from procflow.builtin.bell import STEPPED, Bell, ring
from procflow.builtin.world import ClockFileWorld, RealWorld
from procflow.core.decide import Request
from procflow.core.journal import CommandTaken
from procflow.definitions.settings import Settings, read_settings
from procflow.engine import Answer, Engine
from procflow.errors import NotFound, PluginError, StorageError, UsageError
from procflow.stored import StoredCase

if TYPE_CHECKING:
    from procflow.app.alive import Alive
    from procflow.definitions.settings_host import HostSettings
    from procflow.hosts.channels import ChannelHouse
    from procflow.hosts.door import Refusals
    from procflow.hosts.door_http import DoorServer
    from procflow.hosts.intake import Intake
    from procflow.hosts.local import LocalHost
    from procflow.hosts.outbox import Outbox
    from procflow.hosts.temporal.host import TemporalHost
    from procflow.plugins import Plugins
    from procflow.ports import Evidence, Inbound, Keys, Store, World
    from procflow.records.audit import AuditReport
    from procflow.seen.watching import Watching
    from procflow.stores.postgres import PostgresStore
    from procflow.stores.postgres_aside import DatabaseKeys

#: The kind of the document by which a store remembers whether its cases are real or a rehearsal.
NATURE = "nature"


class Parts:
    """One workspace: its settings, store and engine. Plugins and channels load when first used."""

    def __init__(
        self,
        folder: str,
        *,
        plugins_dirs: tuple[str, ...] = (),
        world: World | None = None,
        settings: Settings | None = None,
    ) -> None:
        """`settings` of who opened it before; else they are read."""
        self.folder = folder
        self.plugins_dirs = plugins_dirs
        self._bell: Bell | None = None  # where this process runs as a host
        self.closing: list[Callable[[], None]] = []  # what else goes when this is closed
        self._decides_here = False
        self.waits_for_store = (
            False  # a database that is away is waited for from the beginning, as it is later on
        )
        self.seen: Watching | None = None  # who hears what happens here; set before the engine is used
        self.alive: Alive | None = None  # the signs of life of a host that stays
        self.asked_to_stop: Callable[[], bool] = lambda: False
        plain: World = world if world is not None else RealWorld()
        self.settings = settings or read_settings(folder, plain.read_file)
        clock = self.settings.clock
        self.world: World = plain if not clock or world is not None else ClockFileWorld(self.path(clock))

    def path(self, name: str) -> str:
        """A path of the settings, relative to the workspace."""
        return os.path.join(self.folder, name)

    def again(self) -> Self:
        """The workspace opened once more, for another thread of a process that stays: by the settings with which it began,
        whatever is being written into procflow.toml, or where its folder was moved."""
        more = type(self)(self.folder, plugins_dirs=self.plugins_dirs, settings=self.settings)
        more.seen = self.seen
        return more

    # parts, made at first use

    @part
    def store(self) -> Store:
        kind, _, rest = self.settings.store.partition(":")
        if kind == "sqlite":
            from procflow.stores.sqlite import SqliteStore

            return SqliteStore(self.path(rest), create=may_be_made(self, rest))
        if kind == "memory":
            from procflow.stores.memory import MemoryStore

            return MemoryStore()
        if self.settings.database is not None:
            from procflow.app.on_postgres import postgres_store

            return postgres_store(self, self.settings.database)
        of_plugins = self.plugins.stores()
        if kind in of_plugins:
            made: Store = of_plugins[kind](rest, self.world)
            if not callable(getattr(made, "append", None)):
                raise PluginError(
                    f"the store {kind} of a plugin gave {type(made).__name__}, not a store",
                    "procflow plugins says which plugin brings it",
                )
            return made
        raise UsageError(
            f"procflow.toml: store {self.settings.store!r} is not known here",
            'write store = "sqlite:cases.db"',
        )

    @cached_property
    def looks(self) -> Looks:
        return Looks(self.store)

    def looked(self, person: str, what: str, case_id: str = "", about: str = "") -> None:
        """Keep in the access log that somebody looked at personal data; a disk that is full keeps nobody from it."""
        self.looks.keep(self.world.now(), person, what, case_id, about)

    @part
    def keys(self) -> Keys:
        return keys_of(self)

    @cached_property
    def evidence(self) -> Evidence:
        from procflow.stores.evidence import FolderEvidence, MemoryEvidence

        if self.settings.store.startswith("memory:"):
            return MemoryEvidence(self.keys)
        if self.settings.database is not None:
            from procflow.stores.postgres_aside import DatabaseEvidence

            return DatabaseEvidence(cast("PostgresStore", self.store), cast("DatabaseKeys", self.keys))
        return FolderEvidence(self.path(self.settings.evidence), self.keys)

    @cached_property
    def engine(self) -> Engine:
        manual: Container[str] = ManualChannels(self.settings)
        functions = OfPlugins(lambda: self.plugins.functions())
        results = OfPlugins(lambda: self.plugins.results())  # asked for when one is carried out by hand
        rules = OfPlugins(lambda: self.plugins.assignment_rules(), own_rules)
        make: Callable[..., Engine] = Engine
        host = self.settings.host
        if host is not None and host.commands == "workflow" and not self._decides_here:
            from procflow.app.on_temporal import mailing

            make = partial(mailing, self)
        elif self.seen is not None:
            from procflow.seen.engine import watched

            make = watched(self.seen)
        engine = make(
            self.store, self.keys, self.world, self._judge, functions, manual, self._stepped,
            results=results, rules=rules,
        )  # fmt: skip
        engine.withdrawn = self._withdrawn
        return engine

    def _withdrawn(self) -> frozenset[str]:
        from procflow.definitions.publish import withdrawn

        return withdrawn(self.store)

    def decides_here(self) -> None:
        """For a host: commands are decided in this process, whatever the settings say."""
        self._decides_here = True
        for made in ("engine", "outbox", "intake"):
            self.__dict__.pop(made, None)  # made anew where something asked for it already

    def _stepped(self, answer: Answer) -> None:
        """Wake the hosts, and tell the observers among the plugins, where plugins are loaded (a host loads them, a
        single step does not)."""
        if self.seen is not None:
            self.engine.told(answer)
        self.ring(not_me=self._bell.name if self._bell is not None else "")
        if "plugins" in self.__dict__:
            command = next((e.kind for e in answer.entries if isinstance(e, CommandTaken)), "")
            self.plugins.case_stepped(answer.case_id, answer.number, answer.sequence, command)

    def ring(self, word: str = STEPPED, *, not_me: str = "", only: str = "") -> None:
        """Wake the hosts and desks of the workspace, on every machine; see `builtin.bell.ring`."""
        if self.settings.database is None:
            ring(self.folder, word, not_me=not_me, only=only)
            return
        from procflow.stores.postgres_bell import say

        say(cast("PostgresStore", self.store), word, not_me, only)

    def bell(self, name: str) -> Bell:
        """A bell of one's own under this name, which hears what is said on any machine."""
        if self.settings.database is None:
            return Bell(self.folder, name)
        from procflow.stores.postgres_bell import Listener

        return Bell(self.folder, name, Listener(cast("PostgresStore", self.store), name))

    def _judge(self, channel: str, *given: Any) -> Mapping[str, Any]:
        """Evidence judged by our own checks; plugins are loaded only for a channel that none of these knows."""
        from procflow.builtin.evidence import CHECKS, judge_with

        further = {} if channel in CHECKS else self.plugins.evidence_checks()
        return judge_with(further)(channel, *given)

    @part
    def plugins(self) -> Plugins:
        from procflow.plugins import load_plugins
        from procflow.records.reports import forms

        folders = (*self.plugins_dirs, self.path("plugins"))
        return load_plugins(folders, self.settings.channels, installed=True, own=(forms,))

    @cached_property
    def channels(self) -> ChannelHouse:
        from procflow.hosts.channels import ChannelHouse

        return ChannelHouse(self.plugins, self.settings.channels, self.folder, self.world)

    @cached_property
    def intake(self) -> Intake:
        from procflow.hosts.intake import Intake

        return Intake(self.engine, self.evidence, self._tell)

    @property
    def _tell(self) -> Callable[..., None] | None:
        return self.seen.tell if self.seen is not None else None

    @cached_property
    def outbox(self) -> Outbox:
        from procflow.hosts.outbox import Outbox

        return Outbox(
            self.engine, lambda: self.channels, self.evidence, f"{os.getpid()}-{self.world.new_id()[:8]}", self._tell
        )  # fmt: skip

    def host(self, said: HostSettings | None = None, *, patient: bool = False) -> LocalHost | TemporalHost:
        """What runs this workspace's cases over time: what was `said`, else what the settings say, else the local host.
        A `patient` one begins where the server that it works for is away, and waits for it.
        Raises UsageError where clock and cases do not belong together, or where what it needs is not there."""
        said = said or self.settings.host
        if said is None or said.kind == "local":
            return self.local_host()
        from procflow.app.on_temporal import temporal_host

        return temporal_host(self, said, patient=patient)

    def local_host(self) -> LocalHost:
        """The local host over this workspace, whatever the settings say. Raises UsageError as `host` does."""
        from procflow.app.running import local_host

        self.one_clock()
        self.must_write()
        return local_host(self)

    def _beat(self, now: datetime) -> None:
        if self.alive is not None:
            self.alive.beat(now)

    @property
    def reading_only(self) -> bool:
        """Whether the store was opened where nothing can be written."""
        return bool(getattr(self.store, "reading_only", False))

    def must_write(self) -> None:
        """For those who stay. Raises StorageError where the store was opened for a look only."""
        if not self.reading_only:
            return
        if getattr(self.store, "no_room", False):
            raise StorageError(
                f"no space left beside the store of {self.folder} (disk, quota or file size limit); nothing can be written",
                "free some space, then start again",
            )
        raise StorageError(
            f"the store of {self.folder} can only be read now; nothing can be written",
            "look at the rights of the folder and its files, or mount the disk for writing, then start again",
        )

    def _hang(self) -> Bell:
        self._bell = self.bell(self.world.new_id()[:16])
        return self._bell

    @property
    def has_door(self) -> bool:
        """Whether the settings say where the web door listens."""
        return bool(self.settings.web.listen)

    def door(self, refusals: Refusals) -> DoorServer:
        """The web door, listening but not yet answering; each of its threads opens the workspace for itself.

        Raises UsageError where nothing can listen there, or where the extra `web` is not installed.
        """
        from procflow.app.running import door

        return door(self, refusals)

    def close(self) -> None:
        while self.closing:
            self.closing.pop()()
        for name in ("channels", "looks", "store", "keys"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def language(self) -> str:
        """The language of words for people: the settings', else the organisation's first, else English."""
        if self.settings.language:
            return self.settings.language
        try:
            return self.engine.surroundings().organisation.language
        except NotFound:
            return "en"

    # rehearsal: a workspace whose settings name a clock file holds rehearsed cases only

    @property
    def rehearsal(self) -> bool:
        """Whether time comes from a clock file, so that every case here is a rehearsal."""
        return bool(self.settings.clock)

    def nature(self) -> str:
        """What the cases of this store are: `rehearsal`, `real`, or "" where there are none yet."""
        kept = self.store.in_force(NATURE, "cases")
        if kept is not None:
            return self.store.document(kept).decode()
        return "real" if self.store.cases(limit=1) else ""

    def one_clock(self, *, mark: bool = False) -> None:
        """Raises UsageError where a rehearsal's clock stands beside real cases, or the machine's beside rehearsed
        ones. With `mark` a store without cases remembers from here on which of the two it holds."""
        mine = "rehearsal" if self.rehearsal else "real"
        kept = self.nature()
        if kept and kept != mine:
            if self.rehearsal:
                raise UsageError(
                    "the cases of this workspace are real, and procflow.toml names a clock file",
                    "take `clock` out of procflow.toml; rehearse in a workspace of its own",
                )
            raise UsageError(
                "the cases of this workspace are a rehearsal, and procflow.toml names no clock file",
                "put `clock` back into procflow.toml, or begin a new workspace for real cases",
            )
        if mark and self.store.in_force(NATURE, "cases") is None:
            from hashlib import sha256

            hash_ = sha256(f"procflow {NATURE} {mine}".encode()).hexdigest()
            self.store.publish([(hash_, NATURE, "cases", mine.encode())], self.world.now())

    def audit(self, seal: str = "") -> AuditReport:
        """Verify the whole record of this workspace; `seal` was kept elsewhere (a hash in hex) and must be in it."""
        from procflow.app.auditing import verified

        return verified(self.engine, self.evidence, bytes.fromhex(seal))

    def audit_case(self, case: StoredCase) -> AuditReport:
        """Verify the record of one case."""
        from procflow.app.auditing import case_verified

        return case_verified(self.engine, self.evidence, case)

    def _request(self, request: str | Request) -> Request:
        """What the sender says of a command, with an id in any case."""
        given = Request(request) if isinstance(request, str) else request
        return given if given.id else replace(given, id=self.world.new_id())

    def _person(self, code: str) -> str:
        organisation = self.engine.surroundings().organisation
        return organisation.person_id(code) or code

    def fetch(self) -> Iterator[tuple[Inbound, Any]]:
        """New messages of every channel that brings some, each with what marks it as stored."""
        receiving = self.channels.receiving()
        self.channels.wake(receiving)
        for name in receiving:
            yield from self.channels.inbound(name)
