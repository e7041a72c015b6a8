"""Copies of a workspace that can be trusted: made while others work, whole or not there at all, proved when brought back.

A copy is a folder. The store is copied first, by SQLite itself, then the evidence, then the keys: what the store
names is there before it names it, and the keys come last so that what was erased meanwhile stays erased. A list of
every file with its SHA-256 is written last, and the folder gets its name when all of it is on the disk: a copy that
was interrupted never has that name. It must not know cases.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

import msgspec
from msgspec import Struct

from procflow.errors import NotFound, ProcflowError, StorageError, UsageError

LIST = "backup.json"
STORE, EVIDENCE, KEYS, WORKSPACE = "cases.db", "evidence", "cases.keys", "workspace"
#: What of a workspace's folder belongs to it beside the store: settings and documents.
DOCUMENTS = ("procflow.toml", "procedures", "plugins", "templates")
_FORM = 1
_AT_ONCE = 1 << 20


class Places(Struct, frozen=True):
    """Where the parts of a workspace lie; all but `folder` may be anywhere. `settings`: a file that stands in the copy
    in place of the workspace's own."""

    folder: str
    store: str
    evidence: str
    keys: str
    settings: str = ""


class Seen(Struct, frozen=True):
    """A file by its bytes."""

    sha256: str
    size: int


class Listed(Struct, frozen=True):
    """The list in a copy: every file by its name in it. `keys_apart`: the keys are listed, and lie elsewhere."""

    form: int
    at: str
    keys_apart: bool
    files: Mapping[str, Seen]


class _Form(Struct, frozen=True):
    """What every list says, whatever version wrote it."""

    form: int


class Copied(Struct, frozen=True):
    """What a copy holds. `at`: when it was begun."""

    folder: str
    at: str
    files: int
    size: int


def back_up(places: Places, copy_store: Callable[[str], None], to: str, keys_to: str, at: datetime) -> Copied:
    """A copy of the workspace in the new folder `to`; the keys go to the file `keys_to` where that is not "".

    `copy_store` writes the whole store as one new file. Raises UsageError where something is in the way, and
    StorageError where the disk refuses; then nothing is left there.
    """
    _must_be_free(places, to, keys_to)
    with _refused(to), _gone_if_refused() as apart, _unfinished(to) as made:
        copy_store(os.path.join(made, STORE))
        _flush(os.path.join(made, STORE))
        if os.path.isdir(places.evidence):
            _copy_folder(places.evidence, os.path.join(made, EVIDENCE))
        for name in DOCUMENTS:
            source, target = os.path.join(places.folder, name), os.path.join(made, WORKSPACE, name)
            if name == DOCUMENTS[0] and places.settings:
                source = places.settings
            if os.path.isdir(source):
                _copy_folder(source, target)
            elif os.path.isfile(source):
                _copy(source, target)
        _copy(places.keys, os.path.join(made, KEYS))
        files = {name: _seen(os.path.join(made, name)) for name in _names(made)}
        if keys_to:
            _copy(os.path.join(made, KEYS), keys_to)
            apart.append(keys_to)
            os.remove(os.path.join(made, KEYS))
        with open(os.path.join(made, LIST), "xb") as file:
            listed = Listed(_FORM, at.isoformat(), bool(keys_to), files)
            file.write(msgspec.json.format(msgspec.json.encode(listed, order="sorted"), indent=1))
            file.flush()
            os.fsync(file.fileno())
    return Copied(to, at.isoformat(), len(files), sum(seen.size for seen in files.values()))


def bring_back(
    copy: str, into: str, keys: str = "", settle: Callable[[str], None] = lambda folder: None
) -> Copied:
    """The workspace of a copy in the new or empty folder `into`, where every byte is what the list says.

    `keys` is the file of the keys where it was kept apart. `settle` does what is left to do in the folder before it has
    its name. Raises NotFound, UsageError, StorageError, which names every file that is missing or was changed, and what
    `settle` raises; then nothing is left there.
    """
    listed = _list_of(copy)
    if listed.keys_apart and not keys:
        raise UsageError("the keys of this copy were kept apart", "say with --keys where they are")
    if listed.keys_apart and not os.path.isfile(keys):
        raise NotFound(f"there is no file {keys}", "say with --keys where the keys of this copy are")
    if os.path.lexists(into) and not (os.path.isdir(into) and not _in(into)):
        raise UsageError(f"{into} is there already", "name a folder that is not there yet, or an empty one")
    if _lies_under(into, copy):
        raise UsageError(
            f"{into} lies in the copy {copy}", "name a folder outside of it: a copy stays as it is"
        )
    faults = []
    with _refused(into), _unfinished(into) as made:
        for name, seen in sorted(listed.files.items()):
            source = keys if listed.keys_apart and name == KEYS else os.path.join(copy, name)
            target = os.path.join(made, name.removeprefix(f"{WORKSPACE}/"))
            if not os.path.isfile(source):
                faults.append(f"{name} is missing")
            else:
                _copy(source, target)
                if _seen(target) != seen:
                    faults.append(f"{name} is not what was copied")
        if faults:
            raise StorageError(
                f"the copy {copy} is not whole: {'; '.join(faults[:20])}", "take another copy", {"faults": tuple(faults)}
            )  # fmt: skip
        settle(made)
    return Copied(into, listed.at, len(listed.files), sum(seen.size for seen in listed.files.values()))


def _list_of(copy: str) -> Listed:
    path = os.path.join(copy, LIST)
    if not os.path.isfile(path):
        raise NotFound(f"there is no finished copy in {copy}", f"a copy holds a file {LIST}")
    try:
        with open(path, "rb") as file:
            text = file.read()
        if msgspec.json.decode(text, type=_Form).form != _FORM:  # before the rest, which may be another there
            raise UsageError(
                f"the copy {copy} was made by a newer version", "bring it back with that version"
            )
        found = msgspec.json.decode(text, type=Listed)
    except OSError as why:
        raise StorageError(f"{path} cannot be read: {why.strerror or why}", "take another copy") from why
    except (msgspec.MsgspecError, UnicodeDecodeError) as why:
        raise StorageError(f"{path} is damaged: it is not the list of a copy", "take another copy") from why
    if odd := [name for name in found.files if not _lies_in(copy, name)]:
        raise StorageError(f"{path} names {odd[0]!r}, which is no file of a copy", "take another copy")
    return found


def _lies_in(copy: str, name: str) -> bool:
    """Whether a name of the list is one that a copy has, and leads nowhere else, also by no link: whoever hands a copy
    over wrote the list too."""
    first, *rest = name.split("/")
    if "\0" in name or any(part in ("", ".", "..") for part in (first, *rest)):
        return False
    if not rest:
        known = first in (STORE, KEYS)
    else:
        known = first == EVIDENCE or (first == WORKSPACE and rest[0] in DOCUMENTS)
    real = os.path.realpath(copy)
    return known and os.path.realpath(os.path.join(real, name)) == os.path.join(real, name)


@contextmanager
def _refused(place: str) -> Iterator[None]:
    """The system's own refusals, in words."""
    try:
        yield
    except ProcflowError:
        raise
    except OSError as why:
        raise StorageError(
            f"{why.filename or place}: {why.strerror or why}; nothing was made there",
            "look at the free space and at the rights of the folders, and try again",
            {"file": str(why.filename or place), "errno": why.errno},
        ) from why


def _must_be_free(places: Places, to: str, keys_to: str) -> None:
    """Raises UsageError where something is in the way of a copy, or it would hold itself, or its keys."""
    copied = [places.evidence, *(os.path.join(places.folder, name) for name in DOCUMENTS)]
    for path in filter(None, (to, keys_to)):
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already", "name a place where nothing is yet")
        if within := next((above for above in copied if _lies_under(path, above)), ""):
            raise UsageError(f"{path} lies in {within}, which is copied itself", "name a place outside of it")
    if keys_to and _lies_under(keys_to, to):
        raise UsageError(
            f"{keys_to} lies in the copy {to}", "name a place for the keys that is apart from it"
        )


def _lies_under(path: str, above: str) -> bool:
    above = os.path.realpath(above)
    return os.path.commonpath((os.path.realpath(path), above)) == above


@contextmanager
def _gone_if_refused() -> Iterator[list[str]]:
    """What is put in the list is removed where the rest cannot be finished."""
    made: list[str] = []
    try:
        yield made
    except BaseException:
        for path in made:
            with suppress(OSError):
                os.remove(path)
        raise


@contextmanager
def _unfinished(place: str) -> Iterator[str]:
    """A folder beside `place` that becomes it when all is done; otherwise it goes. In `place` where that is an empty
    folder: another cannot take its place when a disk is mounted there, or somebody stands in it."""
    place = os.path.abspath(place)
    filled = os.path.isdir(place)
    parent = place if filled else os.path.dirname(place)
    made = (
        os.path.join(place, f".unfinished-{os.getpid()}") if filled else f"{place}.unfinished-{os.getpid()}"
    )
    os.makedirs(parent, exist_ok=True)
    os.mkdir(made, 0o700)
    try:
        yield made
        for folder, _, _ in os.walk(made):
            _flush(folder)
        if filled:
            _move_up(made, place)
        else:
            os.rename(made, place)
        _flush(parent)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _move_up(made: str, place: str) -> None:
    """The settings come last: without them the folder is no workspace."""
    for name in sorted(os.listdir(made), key=lambda name: name == DOCUMENTS[0]):
        if name == DOCUMENTS[0]:
            _flush(place)
        os.rename(os.path.join(made, name), os.path.join(place, name))
    os.rmdir(made)


def _in(folder: str) -> list[str]:
    with _refused(folder):
        return os.listdir(folder)


def _names(folder: str) -> Iterator[str]:
    for above, _, names in os.walk(folder, onerror=_raised):
        for name in sorted(names):
            yield os.path.relpath(os.path.join(above, name), folder).replace(os.sep, "/")


def _raised(why: OSError) -> None:
    """A folder that cannot be read is not left out in silence."""
    raise why


def _copy_folder(source: str, target: str) -> None:
    os.makedirs(target, exist_ok=True)
    for name in _names(source):
        path = os.path.join(source, name)
        if "__pycache__" in name or name.endswith(".tmp") or not _is_file(path):
            continue
        if not name.isprintable() and (shown := os.fsencode(path).decode(errors="replace")) != path:
            raise UsageError(f"the name of {shown} is not written in UTF-8", "rename it, and try again")
        _copy(path, os.path.join(target, name))


def _is_file(path: str) -> bool:
    """A link that leads nowhere, as an editor's lock, is none, nor is a pipe, which would be waited for."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _copy(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    with (
        open(source, "rb") as there,
        open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as here,
    ):
        try:
            shutil.copyfileobj(there, here, _AT_ONCE)
            here.flush()
            os.fsync(here.fileno())
        except BaseException:
            os.remove(target)
            raise


def _seen(path: str) -> Seen:
    total, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while part := file.read(_AT_ONCE):
            total.update(part)
            size += len(part)
    return Seen(total.hexdigest(), size)


def _flush(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
