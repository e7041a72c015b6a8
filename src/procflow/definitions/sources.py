"""The files of a workspace: which there are, their bytes, and one fingerprint of them all.

On the path of every step that opens or takes a choice, so it imports next to nothing: above all no YAML. It
must not know what stands in the files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping

from procflow.errors import NotFound, StorageError

#: Gives the bytes of a file; raises NotFound or StorageError (or OSError).
ReadFile = Callable[[str], bytes]
#: Gives every file below a folder with its path, sorted; a file gives itself, what is not there nothing.
ListFiles = Callable[[str], "list[str]"]

SETTINGS = "procflow.toml"
FOLDER = "procedures"
#: What stands instead of a kind for a folder that cannot be looked into.
CLOSED = "closed folder"


def read_on_disk(path: str) -> bytes:
    """The bytes of a file on disk; raises NotFound and StorageError."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as why:
        raise NotFound(f"there is no file {path}", "look at the path", {"file": path}) from why
    except OSError as why:
        raise StorageError(f"the file {path} cannot be read: {why.strerror}", "look at its rights") from why


def list_on_disk(path: str) -> list[str]:
    """Every file below a folder on disk, hidden ones aside, sorted; links to folders are not followed. A folder that
    nobody lets us look into stands there itself, with a separator at its end: it is not as if it were empty."""
    if os.path.isfile(path):
        return [path]
    found: list[str] = []

    def closed(why: OSError) -> None:
        if not isinstance(why, FileNotFoundError | NotADirectoryError):
            found.append(os.path.join(str(why.filename), ""))

    for folder, folders, names in os.walk(path, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(os.path.join(folder, name) for name in names if not name.startswith("."))
    return sorted(found)


def kind_by_place(path: str) -> str:
    """The kind of document that belongs at a path of the workspace (with `/` in it); "" where none does."""
    parts = path.split("/")
    if parts[0] != FOLDER or len(parts) < 2:
        return ""
    if len(parts) == 2:
        return {"organisation.yaml": "organisation", "types.yaml": "types"}.get(parts[1], "")
    if len(parts) == 3 and parts[1] == "tables" and parts[2].endswith(".yaml"):
        return "tables"
    return {"procedure.yaml": "procedure", "scenarios.yaml": "scenarios"}.get(parts[-1], "")


def document_paths(folder: str, list_files: ListFiles = list_on_disk) -> Iterator[tuple[str, str]]:
    """(path in the workspace, kind) of each document of the workspace in `folder`, sorted; a folder that cannot be looked
    into is of the kind CLOSED."""
    for full in list_files(os.path.join(folder, FOLDER)):
        path = relative(full, folder)
        kind = CLOSED if full.endswith(os.sep) else kind_by_place(path)
        if kind:
            yield path, kind


def relative(path: str, folder: str) -> str:
    """A path as seen from the workspace, with `/` in it."""
    return os.path.relpath(path, folder).replace(os.sep, "/")


def sources_fingerprint(
    folder: str, read_file: ReadFile = read_on_disk, list_files: ListFiles = list_on_disk
) -> str:
    """The fingerprint of the workspace in `folder` as it is now, which reads every file that counts.

    A file that cannot be read counts as one that is not there.
    """
    sources: dict[str, bytes] = {}
    for path in (
        SETTINGS,
        *[path for path, kind in document_paths(folder, list_files) if kind != "scenarios"],
    ):
        try:
            sources[path] = read_file(os.path.join(folder, path))
        except (NotFound, StorageError, OSError):
            continue
    return fingerprint_of(sources)


def fingerprint_of(sources: Mapping[str, bytes]) -> str:
    """SHA-256 over paths and bytes of the settings and of every document that is published.

    Bytes, not times: a copied or checked-out workspace is the same one. Scenarios, and files that lie elsewhere,
    are left out: no case depends on them.
    """
    whole = hashlib.sha256()
    for path in sorted(sources):
        if path == SETTINGS or kind_by_place(path) not in ("", "scenarios"):
            whole.update(path.encode() + b"\x00" + hashlib.sha256(sources[path]).digest())
    return whole.hexdigest()
