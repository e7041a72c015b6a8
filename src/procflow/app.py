"""The composition root: the only place that names concrete stores, keys and hosts.

One `App` is one workspace, opened for one process. CLI, desk and API are thin over it: they parse, call
and render; no rule lives there.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from procflow.builtin.world import ClockFileWorld, RealWorld
from procflow.core.calendar import Due
from procflow.core.decide import Command
from procflow.core.items import item_asks
from procflow.core.journal import EffectAnswered, Sealed
from procflow.core.offers import Offer, item_offers, offers, words_of_state
from procflow.core.organisation import Absence
from procflow.core.people import holders, stands_in_for
from procflow.core.procedure import Ask, Field, Procedure
from procflow.core.snapshot import plain_items
from procflow.definitions.settings import Settings, read_settings
from procflow.engine import Answer, Engine, Loaded
from procflow.errors import Conflict, Diagnostic, NotFound, StorageError, UsageError
from procflow.ports import (
    ORGANISATION,
    Draft,
    Evidence,
    Inbound,
    InboundRow,
    Keys,
    Store,
    StoredCase,
    TaskRow,
    World,
)

if TYPE_CHECKING:
    from procflow.definitions.workspace import Documents
    from procflow.hosts.channels import ChannelHouse
    from procflow.hosts.intake import Intake
    from procflow.hosts.local import LocalHost
    from procflow.hosts.outbox import Outbox
    from procflow.plugins import Plugins
    from procflow.records.audit import AuditReport

MARKER = "procflow.toml"
#: The kind of the document by which a store remembers whether its cases are real or a rehearsal.
NATURE = "nature"


def find_workspace(start: str) -> str:
    """The nearest folder upwards that has a procflow.toml. Raises NotFound."""
    folder = os.path.abspath(start)
    while True:
        if os.path.isfile(os.path.join(folder, MARKER)):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            raise NotFound(f"{start} is not inside a workspace", "make one with `procflow init FOLDER`")
        folder = above


class _ManualChannels:
    """The channels whose effects people carry out by hand; one that nobody configured is among them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __contains__(self, channel: object) -> bool:
        return channel != "start" and self._settings.mode(str(channel)) == "manual"


class _PluginFunctions(Mapping[str, Any]):
    """The functions that plugins add to expressions; they are loaded when the first unknown one is asked for."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __getitem__(self, name: str) -> Any:
        return self._app.plugins.functions()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._app.plugins.functions())

    def __len__(self) -> int:
        return len(self._app.plugins.functions())


class _PluginResults(Mapping[str, Any]):
    """What operations answer, by their plugins' schemas; loaded when somebody carries one out by hand."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __getitem__(self, operation: str) -> Any:
        return self._app.plugins.results()[operation]

    def __iter__(self) -> Iterator[str]:
        return iter(self._app.plugins.results())

    def __len__(self) -> int:
        return len(self._app.plugins.results())


class App:
    """One workspace: its settings, store and engine. Plugins and channels load when first used."""

    def __init__(
        self, folder: str, *, plugins_dirs: tuple[str, ...] = (), world: World | None = None
    ) -> None:
        self.folder = folder
        self.plugins_dirs = plugins_dirs
        plain: World = world if world is not None else RealWorld()
        self.settings = read_settings(folder, plain.read_file)
        clock = self.settings.clock
        self.world: World = plain if not clock or world is not None else ClockFileWorld(self.path(clock))

    def path(self, name: str) -> str:
        """A path of the settings, relative to the workspace."""
        return os.path.join(self.folder, name)

    # parts, made at first use

    @cached_property
    def store(self) -> Store:
        kind, _, rest = self.settings.store.partition(":")
        if kind == "sqlite":
            from procflow.stores.sqlite import SqliteStore

            path = self.path(rest)
            return SqliteStore(path, create=not os.path.exists(path))
        if kind == "memory":
            from procflow.stores.memory import MemoryStore

            return MemoryStore()
        raise UsageError(
            f"procflow.toml: store {self.settings.store!r} is not known here",
            'write store = "sqlite:cases.db"',
        )

    @cached_property
    def keys(self) -> Keys:
        from procflow.stores.keys import KeyFile, MemoryKeys

        if self.settings.store.startswith("memory:"):
            return MemoryKeys(self.world)
        path = self.path(self.settings.keys)
        if not os.path.exists(path) and not self._has_cases():
            return KeyFile.create(path, self.world)
        return KeyFile(path, self.world)

    def _has_cases(self) -> bool:
        """A new key file beside cases that were sealed under another would lose them: never make one then."""
        return bool(self.store.cases(limit=1))

    @cached_property
    def evidence(self) -> Evidence:
        from procflow.stores.evidence import FolderEvidence, MemoryEvidence

        if self.settings.store.startswith("memory:"):
            return MemoryEvidence(self.keys)
        return FolderEvidence(self.path(self.settings.evidence), self.keys)

    @cached_property
    def engine(self) -> Engine:
        manual: Container[str] = _ManualChannels(self.settings)
        functions, results = _PluginFunctions(self), _PluginResults(self)
        return Engine(self.store, self.keys, self.world, self._judge, functions, manual, results=results)

    def _judge(self, channel: str, *given: Any) -> Mapping[str, Any]:
        """Evidence judged by our own checks; plugins are loaded only for a channel that none of these knows."""
        from procflow.builtin.evidence import CHECKS, judge_with

        further = {} if channel in CHECKS else self.plugins.evidence_checks()
        return judge_with(further)(channel, *given)

    @cached_property
    def plugins(self) -> Plugins:
        from procflow.plugins import load_plugins

        folders = (*self.plugins_dirs, self.path("plugins"))
        return load_plugins(folders, self.settings.channels, installed=True)

    @cached_property
    def channels(self) -> ChannelHouse:
        from procflow.hosts.channels import ChannelHouse

        return ChannelHouse(self.plugins, self.settings.channels, self.folder, self.world)

    @cached_property
    def intake(self) -> Intake:
        from procflow.hosts.intake import Intake

        return Intake(self.engine, self.evidence)

    @cached_property
    def outbox(self) -> Outbox:
        from procflow.hosts.outbox import Outbox

        return Outbox(
            self.engine, lambda: self.channels, self.evidence, f"{os.getpid()}-{self.world.new_id()[:8]}"
        )

    def host(self) -> LocalHost:
        """The local host over this workspace. Raises UsageError where clock and cases do not belong together."""
        self.one_clock()
        from procflow.hosts.local import LocalHost

        return LocalHost(self.engine, self.outbox, self.intake, self.fetch, self._troubles)

    def _troubles(self) -> list[str]:
        return [f"{channel}: {why}" for channel, why in self.channels.troubles.items()]

    def close(self) -> None:
        for name in ("channels", "store"):
            if name in self.__dict__:
                self.__dict__[name].close()

    def __enter__(self) -> App:
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
        return "real" if self._has_cases() else ""

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
            hash_ = sha256(f"procflow {NATURE} {mine}".encode()).hexdigest()
            self.store.publish([(hash_, NATURE, "cases", mine.encode())], self.world.now())

    # documents

    def documents(self) -> Documents:
        """Read and check every document of the workspace, with all their problems."""
        from procflow.definitions.workspace import read_workspace

        plugins = self.plugins
        return read_workspace(
            self.folder,
            operations=plugins.operations(),
            functions=plugins.functions(),
            evidence_channels=tuple(plugins.evidence_checks()),
        )

    def check(self) -> Documents:
        """Check everything, and put in force what checks."""
        documents = self.documents()
        self._publish(documents)
        return documents

    def publish(self) -> tuple[Diagnostic, ...]:
        """Put what has changed and checks in force; -> the problems of what does not."""
        from procflow.definitions.publish import changed

        if not changed(self.folder, self.store):
            return ()
        return self.check().diagnostics

    def _publish(self, documents: Documents) -> None:
        from procflow.definitions.publish import publish

        published = publish(documents, self.store, self.world.now())
        if published.organisation:
            self.engine.publish_surroundings(
                f"publish:{self.world.new_id()}", published.organisation, published.tables
            )

    def audit(self) -> AuditReport:
        """Verify the whole record of this workspace."""
        from procflow.records.audit import audit

        def unseal(case: StoredCase, sealed: Sealed) -> bytes:
            return self.engine.unseal_bytes(case.id, case.key_slot, sealed)

        return audit(self.store, evidence=self.evidence, unseal=unseal, rebuild=self.rebuilt)

    def rebuilt(self, case: StoredCase) -> bytes:
        """The snapshot of a case (or of the organisation), folded anew from its journal."""
        from procflow.core import snapshot
        from procflow.core.case import replay
        from procflow.core.record import decode_entries, encode
        from procflow.engine import NO_ORGANISATION, fold_organisation

        steps = ((row.sequence, decode_entries(row.entries)) for row in self.store.journal(case.id))
        if case.id != ORGANISATION:
            return snapshot.to_bytes(replay(case.id, steps))
        state = dict(NO_ORGANISATION)
        for _, entries in steps:
            for entry in entries:
                state = fold_organisation(state, entry)
        return encode(state)

    # commands of people

    def _id(self, request: str) -> str:
        return request or self.world.new_id()

    def _person(self, code: str) -> str:
        organisation = self.engine.surroundings().organisation
        return organisation.person_id(code) or code

    def open(self, procedure: str, by: str, given: Mapping[str, Any], request: str = "") -> Answer:
        """Open a case. `given` are values as typed; files are paths or kept files."""
        self.one_clock(mark=True)
        self.publish()
        _, compiled = self.engine.procedure_in_force(procedure)
        asks = [Ask(field, True, True) for field in compiled.data]
        asks += [ask for start in compiled.starts for ask in start.asks]
        id_, person = self._id(request), self._person(by)
        while True:
            slot = self.store.next_slot()
            kept = self._kept(given, asks, slot)
            command = Command(id_, "open", procedure, person, kept)
            try:
                return self._after(self.engine.open(procedure, command, slot if kept != given else 0))
            except Conflict as conflict:
                if conflict.facts.get("reason") != "slot":
                    raise  # else the files are kept anew, under the key that is next now

    def do(
        self, case: str | int, choice: str, by: str, given: Mapping[str, Any], request: str = ""
    ) -> Answer:
        """Take a choice."""
        from procflow.core.decide import with_note

        self.one_clock()
        loaded = self.engine.load(case)
        procedure = self.engine.procedure(loaded.row.definition)
        asks: list[Ask] = []
        for leaf in loaded.plain.active:
            found = procedure.state[leaf].choices_by_name.get(choice)
            if found is not None:
                asks += with_note(found)
        given = self._kept(given, asks, loaded.row.key_slot)
        command = Command(self._id(request), "choice", choice, self._person(by), given)
        answer = self._after(self.engine.submit(loaded.row.id, command))
        if answer.accepted:
            self.store.drop_draft(loaded.row.id, command.by, choice)
        return answer

    def note(self, case: str | int, by: str, text: str, request: str = "") -> Answer:
        self.one_clock()
        command = Command(self._id(request), "note", "note", self._person(by), {"note": text})
        return self.engine.submit(self.engine.load(case).row.id, command)

    def assign(self, case: str | int, person: str, by: str, request: str = "") -> Answer:
        self.one_clock()
        command = Command(self._id(request), "assign", "assign", self._person(by), {"person": person})
        return self.engine.submit(self.engine.load(case).row.id, command)

    def absent(
        self, person: str, since: datetime, until: datetime | None, by: str, request: str = ""
    ) -> Answer:
        """Register an absence, or end the one that runs (`until` not after `since`)."""
        self.one_clock()
        self.publish()
        who = self._person(person)
        if until is not None and until <= since:
            return self.engine.end_absence(self._id(request), who, until, self._person(by))
        return self.engine.register_absence(self._id(request), Absence(who, since, until), self._person(by))

    def receive(self, inbound: Inbound) -> Answer | None:
        """A message that somebody hands in; None when a person has to look at it (or it was taken before)."""
        return self.hand_in(inbound)[1]

    def hand_in(self, inbound: Inbound, case: str | int = "") -> tuple[InboundRow | None, Answer | None]:
        """The stored message (None: it was received before) and the answer of its case (None: a person has to
        look at it). `case` gives it to that case, whatever its thread and sender say. Raises NotFound."""
        self.one_clock(mark=True)
        self.publish()
        to = self.engine.load(case).row.id if case else ""
        row = self.intake.take(inbound)
        if row is None:
            return None, None
        answer = self.intake.give(row, to) if to else self.intake.route(row)
        return self.store.message(row.id) or row, self._after(answer) if answer is not None else None

    def give(self, message: str, case: str | int) -> Answer:
        """Give an unmatched message to a case; `message` is its id or the beginning of it. Raises NotFound."""
        self.one_clock()
        row = self.unmatched(message)
        return self._after(self.intake.give(row, self.engine.load(case).row.id))

    def unmatched(self, id: str) -> InboundRow:
        """The message that waits for a person, by its id or the beginning of it. Raises NotFound, UsageError."""
        whole = self.store.message(id)
        if whole is not None:
            return whole
        fits = [row for row in self.store.messages("unmatched", 10_000) if id and row.id.startswith(id)]
        if len(fits) > 1:
            raise UsageError(f"{len(fits)} messages begin with {id}", "give more of the id")
        if not fits:
            raise NotFound(f"no message {id} waits here", "`procflow inbox --all` lists those that do")
        return fits[0]

    def _after(self, answer: Answer) -> Answer:
        """Cases that the step started are opened at once; a host does what this process cannot."""
        case = answer.case
        if (
            answer.accepted
            and case is not None
            and any(w.operation == "start" for w in case.waiting.values())
        ):
            self.outbox.start_cases(answer.case_id)
        return answer

    def attach(self, case: str | int, path: str) -> Mapping[str, Any]:
        """Keep a file for a case; -> the value that a field of type file takes."""
        slot = self.engine.load(case).row.key_slot
        return self._keep(path, slot)

    def _keep(self, path: str, slot: int) -> Mapping[str, Any]:
        try:
            content = self.world.read_file(path)
        except OSError as problem:
            raise UsageError(f"{path} cannot be read: {problem.strerror}", "check the path") from problem
        return {**self.evidence.put(content, key_slot=slot, name=os.path.basename(path)), "slot": slot}

    def kept_files(self, field: Field, value: Any, case: str | int = "") -> Any:
        """The value with paths replaced by kept files: for a case, or for the one that is opened next."""
        slot = self.engine.load(case).row.key_slot if case else self.store.next_slot()
        return self._kept_value(field, value, slot)

    def _kept(self, given: Mapping[str, Any], asks: list[Ask] | tuple[Ask, ...], slot: int) -> dict[str, Any]:
        """The input with paths of files replaced by kept files."""
        fields = {ask.name: ask.field for ask in asks}
        kept: dict[str, Any] = {}
        for name, value in given.items():
            kept[name] = self._kept_value(fields.get(name), value, slot)
        return kept

    def _kept_value(self, field: Field | None, value: Any, slot: int) -> Any:
        if field is None or not value:
            return value
        if field.type == "file" and isinstance(value, str):
            return self._keep(value, slot)
        if field.type == "array" and field.items is not None and field.items.type == "file":
            parts = value.split(",") if isinstance(value, str) else value
            return [self._keep(p.strip(), slot) if isinstance(p, str) else p for p in parts]
        return value

    # drafts: what a person has typed so far

    def keep_draft(self, case: str | int, by: str, choice: str, typed: Mapping[str, Any]) -> None:
        row = self.engine.load(case).row
        self._keep_draft(row.id, row.key_slot, by, choice, typed)

    def _keep_draft(self, place: str, slot: int, by: str, choice: str, typed: Mapping[str, Any]) -> None:
        from procflow.core.record import encode

        person = self._person(by)
        sealer = self.engine._sealer(place, slot, 0)
        sealed = sealer(f"draft.{person}.{choice}", encode(dict(typed)))
        self.store.keep_draft(Draft(place, person, choice, slot, encode(sealed)))

    def draft(self, case: str | int, by: str, choice: str) -> dict[str, Any]:
        return self._draft(self.engine.load(case).row.id, by, choice)

    def _draft(self, place: str, by: str, choice: str) -> dict[str, Any]:
        from procflow.core.record import decode

        draft = self.store.draft(place, self._person(by), choice)
        if draft is None:
            return {}
        plain = self.engine.unseal_bytes(place, draft.key_slot, decode(draft.content))
        return dict(decode(plain))

    def drop_draft(self, case: str | int, by: str, choice: str) -> None:
        self.store.drop_draft(self.engine.load(case).row.id, self._person(by), choice)

    # the same before there is a case: sealed under the key that the next case takes, and dropped when it opens

    def keep_opening_draft(self, procedure: str, by: str, typed: Mapping[str, Any]) -> None:
        self._keep_draft(f"open:{procedure}", self.store.next_slot(), by, "open", typed)

    def opening_draft(self, procedure: str, by: str) -> dict[str, Any]:
        """What was typed; nothing where its key has been erased with the case that took it meanwhile."""
        try:
            return self._draft(f"open:{procedure}", by, "open")
        except StorageError as problem:
            if problem.facts.get("reason") != "erased":
                raise
            return {}

    def drop_opening_draft(self, procedure: str, by: str) -> None:
        self.store.drop_draft(f"open:{procedure}", self._person(by), "open")

    # what people see

    def procedure_of(self, loaded: Loaded) -> Procedure:
        return self.engine.procedure(loaded.row.definition)

    def offers(self, loaded: Loaded, by: str) -> list[Offer]:
        procedure = self.procedure_of(loaded)
        return offers(procedure, loaded.plain, self.engine.surroundings(), self._person(by), self.world.now())

    def item_offers(self, loaded: Loaded, by: str) -> dict[str, list[str]]:
        return item_offers(loaded.plain, self.engine.surroundings(), self._person(by), self.world.now())

    def item_asks(self, loaded: Loaded, item: str, choice: str) -> tuple[Ask, ...]:
        """What a choice of an item asks for."""
        procedure, surroundings = self.procedure_of(loaded), self.engine.surroundings()
        return item_asks(choice, item, procedure, loaded.plain, surroundings)

    def items(self, loaded: Loaded) -> dict[str, Any]:
        """item id -> what it is about, in plain."""
        return plain_items(loaded.plain, self.engine.unsealer(loaded.row.id, loaded.row.key_slot))

    def words(self, loaded: Loaded, by: str, language: str) -> list[Mapping[str, str]]:
        procedure = self.procedure_of(loaded)
        surroundings = self.engine.surroundings()
        return words_of_state(
            procedure, loaded.plain, surroundings, self._person(by), self.world.now(), language
        )

    def inbox(self, by: str = "") -> list[TaskRow]:
        """What waits for a person, stand-in work included; without a person everything. Sorted by act-by."""
        if not by:
            return self.store.tasks()
        surroundings = self.engine.surroundings()
        person, now = self._person(by), self.world.now()
        if person not in surroundings.organisation.people:
            raise NotFound(f"nobody here is called {by!r}", "`procflow inbox --all` lists everything")
        for_whom = (person, *stands_in_for(surroundings, person, now))
        roles = [
            role
            for role in surroundings.organisation.roles
            if person in holders(surroundings, (role,), (), now)
        ]
        return self.store.tasks(roles=tuple(roles), people=for_whom)

    def started_by(self, loaded: Loaded, after: int = 0) -> list[int]:
        """The numbers of the cases that this one opened, in its steps after that sequence."""
        found = []
        for _, entries in self.engine.journal(loaded.row.id, after):
            for entry in entries:
                if isinstance(entry, EffectAnswered) and entry.operation == "start":
                    result = getattr(entry.result, "value", entry.result)
                    if isinstance(result, Mapping) and result.get("number"):
                        found.append(int(result["number"]))
        return found

    def clocks(self, loaded: Loaded) -> list[tuple[str, str, Due | None]]:
        """(deadline, state, due with its derivation), in the order of the file."""
        procedure = self.procedure_of(loaded)
        return [
            (d.name, clock.state, Due.from_json(clock.due) if clock.due else None)
            for d in procedure.deadlines
            if (clock := loaded.plain.clocks.get(d.name)) is not None
        ]

    def fetch(self) -> Iterator[tuple[Inbound, Any]]:
        """New messages of every channel that brings some, each with what marks it as stored."""
        for name in self.channels.receiving():
            yield from self.channels.inbound(name)


def check_given(paths: tuple[str, ...], plugins_dirs: tuple[str, ...] = ()) -> Documents:
    """Check files or folders, with the workspace around them if there is one; nothing is put in force."""
    from procflow.definitions.workspace import read_given
    from procflow.plugins import load_plugins

    plugins = load_plugins(plugins_dirs)
    return read_given(
        paths,
        operations=plugins.operations(),
        functions=plugins.functions(),
        evidence_channels=tuple(plugins.evidence_checks()),
    )


__all__ = ["App", "check_given", "find_workspace"]
