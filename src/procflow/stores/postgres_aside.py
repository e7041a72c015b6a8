"""What lies in files beside a store on SQLite and must be one and the same for every node: keys and evidence.

The key of each case is random and stands in the database, sealed under the key file, of which every node has the same
copy: the database alone opens nothing, and a node with another file is refused. Evidence lies in the database, each
file sealed under the key of its case, and is there before any row names it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator

from procflow.errors import StorageError
from procflow.ports import Keys, World
from procflow.stores.evidence import Cabinet
from procflow.stores.keys import BLOCK, EMPTY_KEY, KEY_SIZE, KeyFile, Ring, aes_gcm, erased
from procflow.stores.postgres_session import Execute, Session
from procflow.stores.postgres_step import numbers

_AT_ONCE = 256
#: Keys that are kept at hand, and for how many seconds: an erasure on another node is seen after that.
_MOST_KEYS, _FRESH = 8192, 60.0


class DatabaseKeys(Ring):
    """`Keys` in the store's database, sealed under the key file at `path`. Raises StorageError for a missing file, and
    for one that is another store's."""

    def __init__(self, store: Session, path: str, world: World, *, create: bool = False) -> None:
        super().__init__(world)
        self._store, self._world = store, world
        self._file = KeyFile.create(path, world) if create else KeyFile(path, world)
        self.path = path
        try:
            root = self._file.root()
            self._seal = aes_gcm()(hmac.digest(root, b"procflow case keys", "sha256"))
            mark = self._file.mark()
            if not store.reading_only:
                store.write(_mark, mark)
            (found,) = store.read("SELECT mark FROM house")[0]
            if found is not None and bytes(found) != mark:
                raise StorageError(
                    f"the key file {path} is not the one that this store was made with",
                    "every node has a copy of the same file: bring it from the node where the store was made",
                    {"file": path},
                )
        except BaseException:
            self._file.close()
            raise
        self._known: dict[int, bytes] = {}
        self._known_since = world.monotonic()
        self._ready = 0

    def root(self) -> bytes:
        return self._file.root()

    def close(self) -> None:
        self._known.clear()
        self._file.close()

    def _key(self, slot: int) -> bytes:
        if slot == 0:
            return self._file.root()
        now = self._world.monotonic()
        if now - self._known_since > _FRESH or len(self._known) > _MOST_KEYS:
            self._known.clear()
            self._known_since = now
        key = self._known.get(slot)
        if key is None:
            self._fetch(slot)
            key = self._known.get(slot)
        if key is None:
            self.refill(slot)  # the pool ran dry: this once the step waits
            self._fetch(slot)
            key = self._known.get(slot)
        if key is None:
            raise StorageError(f"the key of slot {slot} is missing in the store", "restore it from a backup")
        if key == EMPTY_KEY:
            raise erased(slot, "the store")
        return key

    def _fetch(self, slot: int) -> None:
        for found, sealed in self._store.read(
            "SELECT slot, sealed FROM case_keys WHERE slot >= %s AND slot < %s ORDER BY slot",
            (slot, slot + _AT_ONCE),
        ):
            self._known[found] = self._opened(found, bytes(sealed))

    def _opened(self, slot: int, sealed: bytes) -> bytes:
        if not sealed:
            return EMPTY_KEY
        try:
            return self._seal.decrypt(sealed[:12], sealed[12:], _associated(slot))
        except Exception as why:
            raise StorageError(
                f"the key of slot {slot} cannot be opened: its bytes are not what was stored",
                "restore it from a backup; run: procflow audit",
                {"slot": slot},
            ) from why

    def _sealed(self, slot: int, key: bytes) -> bytes:
        nonce = self._random_bytes(12)
        return nonce + self._seal.encrypt(nonce, key, _associated(slot))

    def refill(self, used: int) -> None:
        if used + BLOCK // 2 < self._ready:
            return
        wanted = (used // BLOCK + 2) * BLOCK
        ((there,),) = self._store.read("SELECT coalesce(max(slot), 0) FROM case_keys")
        if there + 1 < wanted:
            self.put({slot: self._random_bytes(KEY_SIZE) for slot in range(there + 1, wanted)})
        self._ready = wanted

    def put(self, keys: dict[int, bytes]) -> None:
        """Keep these where none are yet; what is there stays: another node may have been faster."""
        sealed = [b"" if key == EMPTY_KEY else self._sealed(slot, key) for slot, key in keys.items()]
        self._store.write(_put, list(keys), sealed)

    def every(self) -> Iterator[tuple[int, bytes]]:
        """Every slot with its key, in order; the empty key where it was erased."""
        for slot, sealed in self._store._stream(
            "SELECT slot, sealed FROM case_keys WHERE slot > %s ORDER BY slot LIMIT %s", 0
        ):
            yield slot, self._opened(slot, bytes(sealed))

    def sealed_from(self, keys: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """Keys of another ring as rows of this store."""
        for slot, key in keys:
            if slot:
                yield slot, b"" if key == EMPTY_KEY else self._sealed(slot, key)

    def erase(self, slots: Iterable[int]) -> None:
        """Nothing opens what these keys sealed, ever again; other nodes forget them within a minute."""
        gone = list(slots)
        self._store.write(_erase, gone)
        for slot in gone:
            self._known.pop(slot, None)
        self._last = None


def _mark(execute: Execute, mark: bytes) -> None:
    execute("UPDATE house SET mark = %s WHERE mark IS NULL", (mark,))


def _put(execute: Execute, slots: list[int], sealed: list[bytes]) -> None:
    execute(
        "INSERT INTO case_keys SELECT * FROM unnest(%s::bigint[], %s::bytea[]) ON CONFLICT DO NOTHING",
        (numbers(slots), sealed),
    )


def _erase(execute: Execute, slots: list[int]) -> None:
    execute("UPDATE case_keys SET sealed = '' WHERE slot = ANY (%s::bigint[])", (numbers(slots),))


def _associated(slot: int) -> bytes:
    return b"procflow case key %d" % slot


class DatabaseEvidence(Cabinet):
    """`Evidence` in the store's database."""

    def __init__(self, store: Session, keys: Keys) -> None:
        super().__init__(keys)
        self._store = store

    def _keep(self, hash_: str, slot: int, sealed: bytes) -> None:
        self._store.write(_keep, hash_, slot, sealed)

    def _fetch(self, hash_: str, slot: int) -> bytes | None:
        found = self._store.read("SELECT sealed FROM evidence WHERE hash = %s AND slot = %s", (hash_, slot))
        return bytes(found[0][0]) if found else None

    def _names(self) -> Iterator[tuple[str, int]]:
        yield from self._store.read("SELECT hash, slot FROM evidence ORDER BY hash, slot")


def _keep(execute: Execute, hash_: str, slot: int, sealed: bytes) -> None:
    execute("INSERT INTO evidence VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (hash_, slot, sealed))
