"""What a step has at hand: the procedure, the surroundings and the case, read once and kept; and the case's seals.

It must not know what is decided on them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from procflow.core import journal as j
from procflow.core import snapshot
from procflow.core.mates import with_mates
from procflow.core.organisation import Absence, Judge, Organisation, Shift, Surroundings
from procflow.core.procedure import Procedure, procedure_from_json
from procflow.core.record import decode, decode_entries, open_entries
from procflow.engine.answers import Loaded
from procflow.errors import NOT_PUBLISHED, NotFound, StorageError, words_in_both
from procflow.stored import ORGANISATION, EffectRow, JournalRow, Looked, StoredCase

if TYPE_CHECKING:
    from procflow.core.tables import Table
    from procflow.ports import Keys, Store, World

T = TypeVar("T")
#: How many cases an engine keeps as it saw them last.
_MOST_CASES = 512
#: Before words that are stored sealed where a store has text.
_SEALED_WORDS = "sealed:"


class AtHand:
    """The part of the engine that its other parts stand on."""

    store: Store
    keys: Keys
    world: World
    judge: Judge
    functions: Mapping[str, Callable[..., Any]]
    manual: Container[str]
    results: Mapping[str, Any]
    rules: Mapping[str, Callable[..., str | None]]
    cases_like: Any
    _procedures: dict[str, Procedure]
    _organisations: dict[str, Organisation]
    _tables: dict[str, Table]
    _surroundings: Surroundings | None
    _cases: OrderedDict[str, Loaded]
    _looked: list[Looked]
    _mark: object
    _seen: dict[object, Any]
    _at_one_moment: bool
    #: Which procedures in force are of no more use to new cases; whoever knows the files says so.
    withdrawn: Callable[[], frozenset[str]] = frozenset

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """For who only looks: inside, what the store says of the surroundings, and what is asked through `seen`, is as
        of the beginning or newer, and is not asked again while nothing has changed in the store."""
        mark = self.store.mark()
        if mark is None or mark != self._mark:
            self._seen.clear()
        self._mark, self._at_one_moment = mark, mark is not None
        try:
            yield
        finally:
            self._at_one_moment = False

    def moved_on(self) -> None:
        """Something is done after all: from here on everything is asked anew."""
        self._at_one_moment = False

    def seen(self, key: object, look: Callable[[], T]) -> T:
        """What a look into the store finds. `key` names the question whole; what is found must not be changed."""
        if not self._at_one_moment:
            return look()
        if key not in self._seen:
            self._seen[key] = look()
        found: T = self._seen[key]
        return found

    def share(
        self,
        procedures: dict[str, Procedure],
        organisations: dict[str, Organisation],
        tables: dict[str, Table],
    ) -> None:
        """Keep what is read of compiled documents in these, by their hash, with other engines of the process."""
        self._procedures, self._organisations, self._tables = procedures, organisations, tables

    def procedure(self, hash: str) -> Procedure:
        """The procedure that a case is pinned to."""
        found = self._procedures.get(hash)
        if found is None:
            document = self.store.document(hash)
            try:
                found = procedure_from_json(document)
            except Exception as why:  # whatever its bytes are now, they are not what was compiled
                raise StorageError(
                    f"the procedure with the hash {hash} cannot be read: its bytes in the store were changed",
                    "restore the store from its newest backup; run: procflow audit",
                    {"hash": hash, "reported": type(why).__name__},
                ) from why
            self._procedures[hash] = found
        return found

    def opened(self) -> list[tuple[str, str]]:
        """(name, hash) of the procedures of which people and messages open new cases. The others in force are there for
        the cases that they have, and for what those begin."""
        gone = self.seen(("withdrawn",), self.withdrawn)
        return [each for each in self.store.names_in_force("procedure") if each[0] not in gone]

    def procedure_in_force(self, name: str) -> tuple[str, Procedure]:
        hash = self.store.in_force("procedure", name)
        if hash is None:
            known = [known for known, _ in self.opened()]
            from procflow.core.nearest import nearest

            near = nearest(name, known)
            hint = (
                (f"did you mean {near}?", f"mente du {near}?")
                if near
                else (f"known: {', '.join(known)}", f"kendte: {', '.join(known)}")
                if known
                else ("known: none; run `procflow check`", "der er ingen; kør `procflow check`")
            )
            raise NotFound(
                *words_in_both(f"there is no procedure {name!r}", f"der er ingen procedure {name!r}", *hint)
            )
        return hash, self.procedure(hash)

    def surroundings(self, version: int | None = None) -> Surroundings:
        """The organisation as it is now: its YAML in force, and its own journal folded over it.

        `version` is its sequence, where that was looked up already."""
        cached = self._surroundings
        if cached is not None and cached.version == version:
            return cached
        if version is not None:  # for a step, which must have the newest
            return self._surroundings_now()
        return self.seen("surroundings", self._surroundings_now)

    def _surroundings_now(self) -> Surroundings:
        cached = self._surroundings
        row = self.store.load(ORGANISATION)
        version = row.sequence if row is not None else 0
        if cached is not None and cached.version == version:
            return cached
        if row is None:
            raise NotFound(*NOT_PUBLISHED)
        state = decode(row.snapshot)
        organisation, mates_written = with_mates(
            self._organisation(state["organisation"]), state.get("mates", ())
        )
        tables = {name: self._table(hash) for name, hash in state["tables"].items()}
        absences = tuple(Absence(*item) for item in state["absences"])
        shifts = tuple(Shift(*item) for item in state.get("shifts", ()))
        self._surroundings = Surroundings(
            organisation,
            tables,
            absences,
            shifts,
            version,
            self.judge,
            self.functions,
            self.manual,
            self.store,
            self.rules,
            self.results,
            state.get("lookups", {}),
            state.get("lookups_ready", {}),
            self.cases_like,
            mates_written,
        )
        return self._surroundings

    def _organisation(self, hash: str) -> Organisation:
        if hash not in self._organisations:
            self._organisations[hash] = Organisation.from_json(self.store.document(hash))
        return self._organisations[hash]

    def _table(self, hash: str) -> Table:
        if hash not in self._tables:
            from procflow.core.tables import table_from_json

            self._tables[hash] = table_from_json(self.store.document(hash))
        return self._tables[hash]

    def load(self, case: str | int) -> Loaded:
        """By id or number. Raises NotFound."""
        return self._loaded(case, self.store.load(case))

    def _loaded(self, case: str | int, row: StoredCase | None) -> Loaded:
        """The row opened; what was opened before and is still the latest is not opened again."""
        if row is None or row.id == ORGANISATION:
            raise _no_case(str(case))
        cached = self._cases.get(row.id)
        if cached is not None and cached.row.sequence == row.sequence and cached.row.head == row.head:
            return cached
        sealed = plain = snapshot.from_bytes(row.snapshot)
        if sealed.data:
            plain = snapshot.opened(sealed, self.unsealer(row.id, row.key_slot))
        loaded = Loaded(row, sealed, plain)
        self._remember(loaded)
        return loaded

    def _remember(self, loaded: Loaded) -> None:
        cases, case = self._cases, loaded.row.id
        cases[case] = loaded
        cases.move_to_end(case)
        if len(cases) > _MOST_CASES:
            cases.popitem(last=False)

    # sealing

    @staticmethod
    def _associated(case_id: str, sealed_name: str, sequence: int) -> bytes:
        """Where a sealed value stands, which its cipher binds it to."""
        return f"{case_id}|{sealed_name}|{sequence}".encode()

    def _sealer(self, case_id: str, slot: int, sequence: int) -> Callable[[str, bytes], j.Sealed]:
        seal: Callable[[bytes, bytes], bytes] | None = None
        associated = self._associated

        def one(name: str, plain: bytes) -> j.Sealed:
            nonlocal seal
            if seal is None:  # many steps seal nothing
                seal = self.keys.sealer(slot)
            return j.Sealed(name, sequence, seal(associated(case_id, name, sequence), plain))

        return one

    def unsealer(self, case_id: str, slot: int) -> Callable[[j.Sealed], Any]:
        """Opens sealed values of one case."""

        def one(sealed: j.Sealed) -> Any:
            return decode(self.unseal_bytes(case_id, slot, sealed))

        return one

    def unseal_bytes(self, case_id: str, slot: int, sealed: j.Sealed) -> bytes:
        return self.keys.open(slot, self._associated(case_id, sealed.name, sealed.sequence), sealed.data)

    def sealed_words(self, case_id: str, key: str, words: str) -> str:
        """What the outside said of an effect, as it is stored with it: it may name anybody."""
        if not words:
            return ""
        from base64 import b64encode  # a step has no need of it

        place, slot = f"error.{key}", self.load(case_id).row.key_slot
        sealed = self.keys.seal(slot, self._associated(case_id, place, 0), words.encode())
        return _SEALED_WORDS + b64encode(sealed).decode()

    def words_of(self, row: EffectRow) -> str:
        """What the outside said of an effect at its last try; "" where nothing, or where it was erased."""
        if not row.error.startswith(_SEALED_WORDS):
            return row.error
        from base64 import b64decode

        place, slot = f"error.{row.key}", self.load(row.case_id).row.key_slot
        try:
            sealed = b64decode(row.error.removeprefix(_SEALED_WORDS))
            return self.keys.open(slot, self._associated(row.case_id, place, 0), sealed).decode()
        except StorageError:
            return ""

    def journal(self, case: str | int, after: int = 0) -> list[tuple[JournalRow, tuple[Any, ...]]]:
        """Every step after that sequence with its entries; personal values are opened and stay marked as `Personal`."""
        row = self.load(case).row
        found = []
        for step in self.store.journal(row.id, after):
            entries = open_entries(
                decode_entries(step.entries), lambda sealed: self.unseal_bytes(row.id, row.key_slot, sealed)
            )
            found.append((step, entries))
        return found


def _no_case(word: str) -> NotFound:
    """Nothing is called that; where it is no number, how a case is called."""
    numbers = "".join(letter if letter.isdecimal() else " " for letter in word).split()
    digits = numbers[0] if len(numbers) == 1 else ""
    en, da = "`procflow inbox --all` lists the open cases", "`procflow inbox --all` viser de åbne sager"
    if digits and not word.isalnum():
        en, da = (
            f"a case is called by its number alone: {digits}",
            f"en sag kaldes ved sit nummer alene: {digits}",
        )
    elif not digits:
        en, da = (
            f"a case is called by its number, which stands first; {en}",
            f"en sag kaldes ved sit nummer, som står først; {da}",
        )
    return NotFound(*words_in_both(f"there is no case {word}", f"der er ingen sag {word}", en, da))
