"""Random keys in a pool of their own, apart from the store, and the cipher that uses them.

A case is erased by overwriting its key: what was sealed under it can then be opened by nobody, while the
record's chain, which covers ciphertext, stays whole. It must not know what is sealed.
"""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from procflow.core.digest import sha256
from procflow.core.regex import regex
from procflow.errors import StorageError

if TYPE_CHECKING:
    from procflow.ports import World

KEY_SIZE = 32
BLOCK = 1024
_MARK = b"procflow keys\n\x00\x01"  # the last two bytes are the version of the file's form
_HEADER = 64
_READY_AT = 16
_NONCE = 12
_AT_ONCE = 8
_CUT = struct.Struct(f"{_NONCE}s" * _AT_ONCE).unpack
#: What stands in the place of a key that was erased.
EMPTY_KEY = bytes(KEY_SIZE)
_UNSEEN = regex(r"\s+")
_INNER, _OUTER = bytes(n ^ 0x36 for n in range(256)), bytes(n ^ 0x5C for n in range(256))


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@cache
def aes_gcm() -> Callable[[bytes], _Cipher]:
    """Loaded when something is sealed or opened for the first time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM


def normalised(text: str) -> str:
    """What two ways of writing the same number, name or address have in common: compatibility forms (NFKC),
    case and everything invisible taken away."""
    if text.isascii() and text.isprintable():
        return text.casefold().replace(" ", "")
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(
        char for char in plain if unicodedata.category(char) not in ("Cc", "Cf") or char.isspace()
    )
    return _UNSEEN.sub("", plain)


class Ring:
    """The cipher over whatever keeps the keys: `_key(slot)` gives 32 bytes or raises StorageError."""

    def __init__(self, world: World) -> None:
        self._random_bytes = world.random_bytes
        self._last: tuple[bytes, _Cipher] | None = None
        self._printing: tuple[Any, Any] | None = None

    def _key(self, slot: int) -> bytes:
        raise NotImplementedError

    def _cipher(self, slot: int) -> _Cipher:
        key = self._key(slot)  # read every time, so that an erasure by another process is seen at once
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        cipher = aes_gcm()(key)
        self._last = key, cipher
        return cipher

    def seal(self, slot: int, associated: bytes, plain: bytes) -> bytes:
        return self.sealer(slot)(associated, plain)

    def sealer(self, slot: int) -> Callable[[bytes, bytes], bytes]:
        cipher = self._cipher(_of_a_case(slot))
        encrypt, random_bytes = cipher.encrypt, self._random_bytes
        nonces: list[bytes] = []  # one draw for several values; what is left of it is never used

        def seal(associated: bytes, plain: bytes) -> bytes:
            if not nonces:
                nonces.extend(_CUT(random_bytes(_NONCE * _AT_ONCE)))
            nonce = nonces.pop()
            return nonce + encrypt(nonce, plain, associated)

        return seal

    def open(self, slot: int, associated: bytes, sealed: bytes) -> bytes:
        cipher = self._cipher(_of_a_case(slot))
        try:
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], associated)
        except Exception as why:
            # InvalidTag, or ValueError for what is too short; importing its name costs 5 ms
            raise StorageError(
                f"a sealed value cannot be opened with the key of slot {slot}",
                hint="its bytes, its place or the key are not what they were; run: procflow audit",
                facts={"slot": slot, "reported": type(why).__name__},
            ) from why

    def fingerprint(self, text: str) -> bytes:
        return self._print(normalised(text).encode("utf-8", "surrogatepass"))

    def mark(self) -> bytes:
        """By which a store knows the keys that it was made with; it tells nothing about any of them."""
        return self._print(b"procflow store")

    def _print(self, text: bytes) -> bytes:
        """HMAC-SHA256 (RFC 2104), whose two halves are begun once."""
        if self._printing is None:  # read once: the key of fingerprints is never erased
            key = self._key(0).ljust(64, b"\0")
            self._printing = sha256(key.translate(_INNER)), sha256(key.translate(_OUTER))
        begun, around = self._printing
        inner, outer = begun.copy(), around.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()[:16]


def _of_a_case(slot: int) -> int:
    if slot < 1:
        raise StorageError(f"slot {slot} seals nothing: the slots of cases begin at 1", facts={"slot": slot})
    return slot


def erased(slot: int, where: str) -> StorageError:
    """What whoever asks for an erased key is told; `facts["reason"]` is "erased"."""
    return StorageError(
        f"the key of slot {slot} was erased: what it sealed can be opened by nobody",
        hint="the case's ids, states and times are still there; its personal data are gone for good",
        facts={"slot": slot, "where": where, "reason": "erased"},
    )


class MemoryKeys(Ring):
    """`Keys` that are made by the world's randomness when first asked for and gone with the process."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._keys: dict[int, bytes] = {}

    def _key(self, slot: int) -> bytes:
        key = self._keys.get(slot)
        if key is None:
            key = self._keys[slot] = self._random_bytes(KEY_SIZE)
        if key == EMPTY_KEY:
            raise erased(slot, "memory")
        return key

    def refill(self, used: int) -> None:
        """Nothing to do: a key is made when it is asked for."""

    def erase(self, slots: Iterable[int]) -> None:
        for slot in slots:
            self._keys[_of_a_case(slot)] = EMPTY_KEY
        self._last = None


class KeyFile(Ring):
    """`Keys` in one flat file: a header, the fingerprint key in slot 0, then one key of 32 bytes a slot.

    The header says how many slots are flushed and may be used; it is moved on only after they are. A file that
    others may read is refused. Its backups need a short life of their own: an old one undoes an erasure.
    """

    @classmethod
    def create(cls, path: str, world: World) -> KeyFile:
        """A new file with its first block of keys; StorageError if there is one already."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError as why:
            raise StorageError(
                f"there is a key file at {path} already; a new one would lose every key in it",
                hint="keep it; another store needs another key file",
                facts={"file": path},
            ) from why
        except OSError as why:
            raise _unusable(path, why) from why
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            _write(fd, _MARK + struct.pack(">Q", 0) + bytes(_HEADER - _READY_AT - 8), 0)
            _fill(fd, BLOCK, world.random_bytes)
            _flush_folder(path)
        except OSError as why:
            raise _unusable(path, why) from why
        finally:
            os.close(fd)
        return cls(path, world)

    @classmethod
    def written(cls, path: str, world: World, keys: Iterable[tuple[int, bytes]]) -> KeyFile:
        """A new file with these keys, by slot from 0 on without a gap."""
        made = cls.create(path, world)
        try:
            last = 0
            for slot, key in keys:
                _write(made._fd, key, _HEADER + slot * KEY_SIZE)
                last = slot
            os.fsync(made._fd)
            if made._ready <= last:
                made._ready = last + 1
                _write(made._fd, struct.pack(">Q", made._ready), _READY_AT)
                os.fsync(made._fd)
        except OSError as why:
            made.close()
            raise _unusable(path, why) from why
        return made

    def every(self, below: int) -> Iterator[tuple[int, bytes]]:
        """(slot, key) of every slot below this one; the empty key where it was erased."""
        for slot in range(min(below, _ready(self._fd))):
            yield slot, os.pread(self._fd, KEY_SIZE, _HEADER + slot * KEY_SIZE)

    def __init__(self, path: str, world: World) -> None:
        """Opens the file at `path`. Raises StorageError when it is missing, open to others or not one of ours."""
        super().__init__(world)
        self.path = path
        self._ready = 0
        # is told how many slots there are after a refill
        self.grown: Callable[[int], None] = lambda ready: None
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except PermissionError:
            self._fd = self._open_reading()
        except FileNotFoundError as why:
            raise StorageError(
                f"the key file {path} is missing: without it no personal data of this store can be opened",
                hint="restore it from its backup; a new one would not open anything",
                facts={"file": path},
            ) from why
        except OSError as why:
            if why.errno != 30:  # EROFS
                raise _unusable(path, why) from why
            self._fd = self._open_reading()
        try:
            self.check()
        except BaseException:
            os.close(self._fd)
            raise

    def root(self) -> bytes:
        """The key that seals nothing: fingerprints are made with it, and a store for many nodes seals its keys under
        one derived from it."""
        return self._key(0)

    @property
    def ready(self) -> int:
        """How many slots there are, slot 0 among them."""
        return _ready(self._fd)

    def _open_reading(self) -> int:
        try:
            return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as why:
            raise _unusable(self.path, why) from why

    def check(self) -> None:
        """Raises StorageError where the open file is not what it has to be."""
        mode = stat.S_IMODE(os.fstat(self._fd).st_mode)
        if mode & 0o077:
            raise StorageError(
                f"the key file {self.path} can be used by others (mode {mode:04o})",
                hint=f"make it yours alone: chmod 600 {self.path}",
                facts={"file": self.path, "mode": f"{mode:04o}"},
            )
        header = os.pread(self._fd, _HEADER, 0)
        if header[: len(_MARK) - 2] != _MARK[:-2] or len(header) < _HEADER:
            raise StorageError(
                f"{self.path} is not a key file of procflow",
                hint="restore it from its backup",
                facts={"file": self.path},
            )
        if header[: len(_MARK)] != _MARK:
            raise StorageError(
                f"the key file {self.path} was written by a newer version of procflow",
                hint="use that version",
                facts={"file": self.path},
            )
        self._ready = _ready(self._fd)  # read before the length: a refill makes the file longer first
        length = os.fstat(self._fd).st_size
        if length < _HEADER + self._ready * KEY_SIZE:
            raise StorageError(
                f"the key file {self.path} was cut: it has {length} of {_HEADER + self._ready * KEY_SIZE} bytes",
                hint="restore it from its backup",
                facts={"file": self.path},
            )

    def must_lie_there(self) -> None:
        """Keys that are written into a file that was moved away or replaced are gone with this process, and what they
        sealed with them. Raises StorageError."""
        own = os.fstat(self._fd)
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != (own.st_dev, own.st_ino):
            raise StorageError(
                f"the key file {self.path} was moved, removed or replaced while it is in use",
                hint="bring it back; or stop every procflow of this workspace, put its newest copy there, and start again",
                facts={"file": self.path},
            )

    def close(self) -> None:
        if self._fd >= 0:
            fd, self._fd = self._fd, -1  # first: an interrupt may come between, and this may be called again
            os.close(fd)
            self._last = None

    def _key(self, slot: int) -> bytes:
        if slot >= self._ready:
            self._ready = _ready(self._fd)
            if slot >= self._ready:
                self.refill(slot)  # the pool ran dry: this once the step waits
        try:
            key = os.pread(self._fd, KEY_SIZE, _HEADER + slot * KEY_SIZE)
        except OSError as why:
            raise _unusable(self.path, why) from why
        if len(key) < KEY_SIZE:
            raise StorageError(
                f"the key file {self.path} ends before slot {slot}: it was cut",
                hint="restore it from its backup",
                facts={"file": self.path, "slot": slot},
            )
        if key == EMPTY_KEY:
            raise erased(slot, self.path)
        return key

    def open(self, slot: int, associated: bytes, sealed: bytes) -> bytes:
        if slot >= self._ready and slot >= _ready(self._fd):  # nothing is sealed with a key that is not there
            raise StorageError(
                f"the key file {self.path} is older than the store: it has no key for slot {slot}",
                hint="restore its newest copy",
                facts={"file": self.path, "slot": slot},
            )
        return super().open(slot, associated, sealed)

    def refill(self, used: int) -> None:
        if used + BLOCK // 2 < self._ready:
            return
        before = self._ready
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            try:
                wanted = (used // BLOCK + 2) * BLOCK
                if _ready(self._fd) < wanted:
                    self.must_lie_there()
                    _fill(self._fd, wanted, self._random_bytes)
                self._ready = _ready(self._fd)
            finally:
                fcntl.flock(self._fd, fcntl.LOCK_UN)
        except OSError as why:
            raise _unusable(self.path, why) from why
        if self._ready > before:
            self.grown(self._ready)

    def erase(self, slots: Iterable[int]) -> None:
        """Overwrites these keys with zeros and flushes: nothing opens what they sealed, ever again."""
        try:
            for slot in slots:
                if _of_a_case(slot) < _ready(self._fd):
                    _write(self._fd, EMPTY_KEY, _HEADER + slot * KEY_SIZE)
            os.fsync(self._fd)
        except OSError as why:
            raise _unusable(self.path, why) from why
        self._last = None


def _ready(fd: int) -> int:
    return int(struct.unpack(">Q", os.pread(fd, 8, _READY_AT))[0])


def _fill(fd: int, wanted: int, random_bytes: Callable[[int], bytes]) -> None:
    """Keys up to slot `wanted`, flushed before the header counts them; what is there is never written over."""
    slot = _ready(fd)
    while slot < wanted:
        there = os.pread(fd, KEY_SIZE, _HEADER + slot * KEY_SIZE)
        if len(there) == KEY_SIZE and there != EMPTY_KEY:
            slot += 1  # written by a refill that was interrupted: as good as any
            continue
        count = 1 if there else wanted - slot
        _write(fd, random_bytes(count * KEY_SIZE), _HEADER + slot * KEY_SIZE)
        slot += count
    os.fsync(fd)
    _write(fd, struct.pack(">Q", wanted), _READY_AT)
    os.fsync(fd)


def _write(fd: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(fd, data, at)
        data, at = data[written:], at + written


def _flush_folder(path: str) -> None:
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unusable(path: str, why: OSError) -> StorageError:
    return StorageError(
        f"the key file {path} cannot be used: {why.strerror}",
        hint="look at the rights of the file and its folder, and at the free space",
        facts={"file": path, "errno": why.errno},
    )


def certificate_ends(pem: bytes) -> datetime:
    """When the first certificate in a PEM file ends (UTC). Raises ValueError. It stands here with all else that asks the
    one library for keys."""
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem).not_valid_after_utc
