"""Files by content address, each sealed under the key of the case (or message) that it belongs to.

A file's name is the SHA-256 of its plain bytes, so that an outsider checks it with any tool and the record's
chain covers it; on disk the key slot stands behind it, because the same content under two keys is two files.
The name betrays a content only to somebody who has that content already. Files are never written over: a
temporary file, flushed, renamed, and the folder flushed, before any row names it. It knows no case.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from procflow.errors import NotFound, StorageError, UsageError, words_in_both
from procflow.ports import Keys
from procflow.stores.sniff import clean_name, sniff

LIMIT = 25 * 1024 * 1024
#: Of a message as received: a file of 25 MiB takes 35 MiB in it.
WHOLE_LIMIT = 48 * 1024 * 1024
PIXELS = 50_000_000
_NAME = re.compile(r"([0-9a-f]{64})-([0-9]+)\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")


class Cabinet:
    """What all kinds of evidence store do alike; `_keep`, `_fetch` and `_names` say where the bytes lie."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def put(self, content: bytes, *, key_slot: int, name: str, whole: bool = False) -> Mapping[str, Any]:
        """Stores `content` durably; UsageError when it is over 25 MiB (a `whole` message over 48), or an image of over
        50 million pixels."""
        clean = clean_name(name)
        limit = WHOLE_LIMIT if whole else LIMIT
        if len(content) > limit:
            size = f"{len(content) / 1048576:.1f}"
            raise UsageError(
                *words_in_both(
                    f"the file {clean} has {size} MiB; at most {limit >> 20} MiB can be stored",
                    f"filen {clean} fylder {size.replace('.', ',')} MiB; der kan højst gemmes {limit >> 20} MiB",
                    "make it smaller, or store a part of it", "gør den mindre, eller gem en del af den",
                    name=clean, size=len(content), limit=limit,
                )
            )  # fmt: skip
        kind = sniff(content, clean)
        if kind.width * kind.height > PIXELS:
            raise UsageError(
                *words_in_both(
                    f"the image {clean} has {kind.width} x {kind.height} pixels; at most 50 million can be stored",
                    f"billedet {clean} har {kind.width} x {kind.height} billedpunkter; der kan højst gemmes 50 millioner",
                    "make it smaller", "gør det mindre", name=clean, width=kind.width, height=kind.height,
                )
            )  # fmt: skip
        hash_ = hashlib.sha256(content).hexdigest()
        if self._fetch(hash_, key_slot) is None:
            self._keep(hash_, key_slot, self._keys.seal(key_slot, _associated(hash_), content))
        else:
            self.get(hash_, key_slot=key_slot)  # there already: it must be what it says
        facts: dict[str, Any] = {
            "hash": hash_,
            "size": len(content),
            "type": kind.type,
            "name": clean,
            "slot": key_slot,
        }
        if kind.width and kind.height:
            facts |= {"width": kind.width, "height": kind.height}
        return facts

    def get(self, hash: str, *, key_slot: int) -> bytes:
        """The plain bytes. Raises NotFound, and StorageError when they are not what was stored."""
        if not _HASH.match(hash):
            raise UsageError(f"{hash!r:.80} is not the name of a file: 64 hexadecimal digits are")
        sealed = self._fetch(hash, key_slot)
        if sealed is None:
            raise NotFound(
                f"the file {hash} is not stored under key slot {key_slot}",
                hint="restore it from a backup of the evidence folder",
                facts={"hash": hash, "slot": key_slot},
            )
        content = self._keys.open(key_slot, _associated(hash), sealed)
        if hashlib.sha256(content).hexdigest() != hash:
            raise StorageError(
                f"the file {hash} holds other bytes than were stored",
                hint="restore it from a backup of the evidence folder",
                facts={"hash": hash, "slot": key_slot},
            )
        return content

    def hashes(self) -> Iterator[str]:
        """Each name once, in order."""
        yield from sorted({hash_ for hash_, _ in self._names()})

    def sealed(self) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
        """Every file as it lies here: its name, its key slot, and what gives its sealed bytes."""
        for hash_, slot in self._names():
            yield hash_, slot, partial(self._lying, hash_, slot)

    def put_sealed(self, hash_: str, slot: int, sealed: bytes) -> None:
        """A file that comes from another place of the same keys."""
        self._keep(hash_, slot, sealed)

    def _lying(self, hash_: str, slot: int) -> bytes:
        found = self._fetch(hash_, slot)
        if found is None:
            raise NotFound(f"the file {hash_} is not stored under key slot {slot}", facts={"hash": hash_})
        return found

    def _keep(self, hash_: str, slot: int, sealed: bytes) -> None:
        raise NotImplementedError

    def _fetch(self, hash_: str, slot: int) -> bytes | None:
        raise NotImplementedError

    def _names(self) -> Iterator[tuple[str, int]]:
        raise NotImplementedError


class MemoryEvidence(Cabinet):
    """`Evidence` that goes with the process."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self._files: dict[tuple[str, int], bytes] = {}

    def _keep(self, hash_: str, slot: int, sealed: bytes) -> None:
        self._files[hash_, slot] = sealed

    def _fetch(self, hash_: str, slot: int) -> bytes | None:
        return self._files.get((hash_, slot))

    def _names(self) -> Iterator[tuple[str, int]]:
        yield from list(self._files)


class FolderEvidence(Cabinet):
    """`Evidence` in a folder: `ab/<hash>-<slot>`, readable by its owner alone; outside of any web root."""

    def __init__(self, folder: str, keys: Keys) -> None:
        """`folder` is made when the first file is stored."""
        super().__init__(keys)
        self.folder = os.path.abspath(folder)

    def _path(self, hash_: str, slot: int) -> str:
        return os.path.join(self.folder, hash_[:2], f"{hash_}-{slot}")

    def _keep(self, hash_: str, slot: int, sealed: bytes) -> None:
        import tempfile

        path = self._path(hash_, slot)
        try:
            self._make(os.path.dirname(path))
            fd, temporary = tempfile.mkstemp(suffix=".tmp", dir=os.path.dirname(path))  # 0600
            try:
                try:
                    view = memoryview(sealed)
                    while view:
                        view = view[os.write(fd, view) :]
                    os.fsync(fd)
                finally:
                    os.close(fd)
                _name(temporary, path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
            _flush(os.path.dirname(path))
        except OSError as why:
            raise self._unusable(path, why) from why

    def _make(self, folder: str) -> None:
        if os.path.isdir(folder):
            return
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _flush(self.folder)
        _flush(os.path.dirname(self.folder))

    def _fetch(self, hash_: str, slot: int) -> bytes | None:
        path = self._path(hash_, slot)
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as why:
            raise self._unusable(path, why) from why

    def _names(self) -> Iterator[tuple[str, int]]:
        if not os.path.isdir(self.folder):
            return
        for part in sorted(os.listdir(self.folder)):
            inner = os.path.join(self.folder, part)
            if len(part) == 2 and os.path.isdir(inner):
                for name in sorted(os.listdir(inner)):
                    if found := _NAME.match(name):
                        yield found[1], int(found[2])

    @staticmethod
    def _unusable(path: str, why: OSError) -> StorageError:
        return StorageError(
            f"the evidence file {path} cannot be used: {why.strerror}",
            hint="look at the rights of the folder, and at the free space",
            facts={"file": path, "errno": why.errno},
        )


def _associated(hash_: str) -> bytes:
    return b"procflow evidence " + hash_.encode()


def _name(temporary: str, path: str) -> None:
    """The flushed file under its name, unless somebody was faster: then that one, of the same content, stays."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not os.path.exists(path):
            os.rename(temporary, path)


def _flush(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
