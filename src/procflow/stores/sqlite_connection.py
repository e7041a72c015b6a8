"""Opens the connections of the SQLite store, with the settings that its promises need, and says in words what
went wrong. The one module that opens them; it knows no table but the list of migrations.

WAL with `synchronous=FULL` keeps every acknowledged step through a power cut; NORMAL does not. Below SQLite
3.51.3 several connections can corrupt a WAL file, so an older one is refused. Checkpoints and the last close
happen inside the gate.
"""

from __future__ import annotations

import os

import apsw

from procflow.core.digest import sha256
from procflow.errors import Busy, NotFound, StorageError
from procflow.stores.gate import Gate
from procflow.stores.sqlite_damage import damaged_or_unreadable
from procflow.stores.sqlite_names import closed_beside, sqlite_name

OLDEST_SQLITE = (3, 51, 3)
#: "pflw" in the file's header says whose file it is.
APPLICATION_ID = 0x70666C77

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql")
_SETTINGS = """
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA secure_delete = ON;
PRAGMA recursive_triggers = ON;
PRAGMA mmap_size = 0;
PRAGMA synchronous = FULL;
"""
_FULL_ERRNOS = frozenset({27, 28, 122})  # EFBIG, ENOSPC, EDQUOT: a limit, and not the disk's fault
#: The index of the log, which all who use the store share; SQLite does not say why it could not be made.
_SHARED = frozenset({"SQLITE_IOERR_SHMOPEN", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP"})
#: What it says where a file beside the store cannot be made, so that nobody has it open who could change it.
CANNOT_SHARE = _SHARED | {"CantOpenError", "SQLITE_CANTOPEN"}
_LONGEST_PATH = 500  # SQLite takes 512 bytes, with what it puts behind the name of the file


def migration_files() -> list[tuple[int, str, bytes]]:
    """(number, name, text) of the shipped migrations, in order."""
    found = []
    for name in sorted(os.listdir(_FOLDER)):
        if name.endswith(".sql"):
            with open(os.path.join(_FOLDER, name), "rb") as file:
                found.append((int(name[:4]), name, file.read()))
    return found


#: How far this version of procflow knows the store; the newest file in sql/ has this number.
NEWEST = 4


def sqlite_version() -> str:
    """The version of the SQLite that the store runs on, such as "3.54.1"."""
    return str(apsw.sqlite_lib_version())


def refuse_old_sqlite(version: str) -> None:
    """Raises StorageError when `version` (as "3.54.1") can corrupt a file that several processes use."""
    if tuple(int(part) for part in version.split(".")[:3]) < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise StorageError(
            f"this SQLite is {version}; versions before {oldest} can corrupt a store that several processes use",
            hint=f"install a newer apsw: pip install 'apsw>={oldest}'",
            facts={"version": version, "oldest": oldest},
        )


def open_store(path: str, gate: Gate | None, *, create: bool, busy_timeout: float) -> apsw.Connection:
    """A connection to the store at `path`, brought to the newest form. Without a gate it only reads.

    Raises NotFound (no file, and `create` is not wanted) and StorageError.
    """
    refuse_old_sqlite(apsw.sqlite_lib_version())
    if not os.path.exists(path):
        if not create or gate is None:
            raise no_store(path)
        _make_private(path)
    if gate is None:
        return _open_reading(path)
    connection = None
    try:
        connection = apsw.Connection(sqlite_name(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(int(busy_timeout * 1000))
        if _form(connection) != NEWEST or _journal_mode(connection) != "wal":
            gate.acquire()
            try:
                _bring_up(connection, path, create=create)
            finally:
                gate.release()
        connection.execute(_SETTINGS).fetchall()  # some answer with a row, and the rest waits behind it
        # Whoever is the last to close would checkpoint, gate or no gate: `close_store` allows it inside.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        return connection
    except BaseException as why:
        _not_opened(why, path, connection)
        raise


def _not_opened(why: BaseException, path: str, connection: apsw.Connection | None) -> None:
    """Let go of what was opened; raises StorageError or Busy for what SQLite or the system reported."""
    said = in_words(why, path, connection) if isinstance(why, apsw.Error | OSError) else None
    if connection is not None:
        connection.close()
    if said is not None:
        raise said from why


def no_store(path: str) -> NotFound:
    return NotFound(f"there is no store at {path}", hint="make one with: procflow init", facts={"file": path})


def close_store(connection: apsw.Connection, gate: Gate | None) -> None:
    """The last close checkpoints, so it happens inside the gate; if that is taken, the next one does it."""
    if gate is None:
        connection.close()
        return
    try:
        gate.acquire()
    except (Busy, StorageError):
        connection.close()
        return
    try:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        connection.close()
    finally:
        gate.release()


def _make_private(path: str) -> None:
    """The file comes to be readable by its owner alone; SQLite gives the files beside it the same rights."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    except OSError as why:
        raise in_words(why, path) from why


def _open_reading(path: str) -> apsw.Connection:
    connection = None
    try:
        connection = apsw.Connection(sqlite_name(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            found = _form(connection)
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            # Nobody can write beside the file. Where no log stands there, the file is all there is and cannot
            # change under us (a read-only disk or folder); where one does, it must be read too, or not at all.
            if _has_log(path):
                raise
            connection.close()
            connection = _all_there_is(path)
            found = _form(connection)
        _refuse_foreign(connection, path, found)
        if not found:
            raise _is_empty(path)
        if found < NEWEST:
            raise StorageError(
                f"the store {path} has form {found}, this version of procflow reads form {NEWEST}",
                hint="open it once where it can be written: that brings it up",
                facts={"file": path, "form": found, "known": NEWEST},
            )
        connection.execute(_SETTINGS).fetchall()
        return connection
    except BaseException as why:
        _not_opened(why, path, connection)
        raise


def open_alone(path: str, why: StorageError) -> apsw.Connection:
    """For a look while there is no space for what all who use the store share, so that nobody uses it: what nobody
    changes can be read without. Raises `why` where a log stands beside it, which would have to be read too."""
    if _has_log(path):
        raise why
    connection = None
    try:
        connection = _all_there_is(path)
        connection.execute(_SETTINGS).fetchall()
        _refuse_foreign(connection, path, _form(connection))
    except BaseException as wrong:
        if connection is not None:
            connection.close()
        if isinstance(wrong, apsw.Error):
            raise why from wrong
        raise
    return connection


def _has_log(path: str) -> bool:
    log = path + "-wal"
    return os.path.exists(log) and os.path.getsize(log) > 0


def _all_there_is(path: str) -> apsw.Connection:
    """The file alone, as one that does not change."""
    quoted = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    address = f"file:{quoted}?immutable=1"
    return apsw.Connection(address, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)


def _form(connection: apsw.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").get)


def _journal_mode(connection: apsw.Connection) -> str:
    return str(connection.execute("PRAGMA journal_mode").get)


def _refuse_foreign(connection: apsw.Connection, path: str, form: int) -> None:
    if connection.execute("SELECT count(*) FROM sqlite_master").get and (
        connection.execute("PRAGMA application_id").get != APPLICATION_ID
    ):
        raise StorageError(
            f"{path} is an SQLite file of another program, not a procflow store",
            hint="name another file as the store in procflow.toml",
            facts={"file": path},
        )
    if form > NEWEST:
        raise StorageError(
            f"the store {path} was written by a newer version of procflow (form {form}, known here: {NEWEST})",
            hint="use that version; an older one could not keep what it stores",
            facts={"file": path, "form": form, "known": NEWEST},
        )


def _is_empty(path: str) -> StorageError:
    return StorageError(
        f"the store {path} is empty: nothing is left in the file",
        hint="restore it from its newest backup; to begin anew, move it and the key file away",
        facts={"file": path},
    )


def _bring_up(connection: apsw.Connection, path: str, *, create: bool) -> None:
    """Inside the gate: WAL mode, and every migration that the file has not seen, each in one transaction."""
    form = _form(connection)
    _refuse_foreign(connection, path, form)
    if not form and not create:
        raise _is_empty(path)
    if connection.execute("PRAGMA journal_mode = WAL").get != "wal":
        raise StorageError(
            f"the store {path} lies where SQLite cannot keep a write-ahead log",
            hint="network folders cannot: keep the store on a local disk",
            facts={"file": path},
        )
    connection.execute("PRAGMA synchronous = FULL")
    files = migration_files()
    for fault in changed_migrations(connection, files) if form else ():
        raise StorageError(
            fault, hint="install procflow anew: its own files were changed", facts={"file": path}
        )
    for number, name, text in files:
        if number <= form:
            continue
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(text.decode()).fetchall()
            connection.execute(
                "INSERT INTO migrations (number, name, sha256) VALUES (?, ?, ?)",
                (number, name, sha256(text).digest()),
            )
            connection.execute(f"PRAGMA user_version = {number:d}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def changed_migrations(connection: apsw.Connection, files: list[tuple[int, str, bytes]]) -> list[str]:
    """Where the shipped migrations are not the ones that made this store, in words."""
    shipped = {number: (name, sha256(text).digest()) for number, name, text in files}
    return [
        f"migration {number} of this store was {name}, another text than the one that is shipped"
        for number, name, made_by in connection.execute("SELECT number, name, sha256 FROM migrations")
        if number in shipped and shipped[number] != (name, made_by)
    ]


def in_words(
    why: apsw.Error | OSError, path: str, connection: apsw.Connection | None = None
) -> StorageError | Busy:
    """What SQLite or the system reported, as cause, file and next step."""
    facts = {"file": path, "reported": str(why)}
    if isinstance(why, OSError):
        return StorageError(
            f"{path} cannot be used: {why.strerror or why}",
            hint="look at the rights of the file and its folder, and at the free space",
            facts={**facts, "errno": why.errno},
        )
    code = getattr(why, "extendedresult", 0)
    name = str(apsw.mapping_extended_result_codes.get(code, "") or type(why).__name__)
    facts["code"] = name
    errno = _errno(connection)
    if isinstance(why, apsw.BusyError | apsw.LockedError):
        return Busy(
            f"the store {path} is locked by a program that is not procflow ({why})",
            hint="close that program, or what it has open, and try again",
            facts=facts,
        )
    if isinstance(why, apsw.FullError) or (isinstance(why, apsw.IOError) and errno in _FULL_ERRNOS):
        return StorageError(
            f"no space left for the store {path} (disk, quota or file size limit); nothing of this was written",
            hint="free some space and do it again; reading goes on meanwhile",
            facts=facts,
        )
    if isinstance(why, apsw.ReadOnlyError | apsw.PermissionsError):
        closed = closed_beside(path)
        return StorageError(
            f"the store {path} is read-only here"
            + (f", because nothing can be written into {closed}" if closed else "")
            + "; nothing was written",
            hint=f"make that file writable as the store is: chmod u+w {closed}"
            if closed
            else "look at the rights of the file and its folder, or mount the disk for writing",
            facts=facts,
        )
    if isinstance(why, apsw.CantOpenError):
        if len(os.fsencode(os.path.abspath(path))) > _LONGEST_PATH:
            return StorageError(
                f"the store {path} cannot be opened: its path is longer than SQLite takes ({_LONGEST_PATH} bytes)",
                hint="keep the workspace in a folder with a shorter path",
                facts=facts,
            )
        return StorageError(
            f"the store {path} cannot be opened ({why})",
            hint="look at the rights of the file and its folder, at the free space and files of the disk (df, df -i) "
            "and at the limit of open files: beside it two more files must be made",
            facts=facts,
        )
    if isinstance(why, apsw.NotADBError):
        return StorageError(
            f"{path} is not an SQLite file, so it is no procflow store",
            hint="name another file as the store, or restore it from a backup",
            facts=facts,
        )
    if isinstance(why, apsw.CorruptError):
        return damaged_or_unreadable(path, facts, errno)
    if isinstance(why, apsw.IOError) and name in _SHARED:
        return StorageError(
            f"the store {path} cannot be used: a file beside it could not be made or grow ({name}), for there is no "
            "space left (disk, quota or file size limit) or the disk failed; nothing was written",
            hint="free some space and do it again; else look at the system's log for the disk",
            facts=facts,
        )
    if isinstance(why, apsw.IOError):
        return StorageError(
            f"the disk failed under the store {path} ({name}"
            + (f": {os.strerror(errno)})" if errno else ")")
            + "; what was not acknowledged may or may not be there",
            hint="look at the system's log for the disk, then run: procflow audit",
            facts=facts,
        )
    return StorageError(
        f"the store {path} reported: {why} ({name})", hint="run: procflow doctor", facts=facts
    )


def _errno(connection: apsw.Connection | None) -> int:
    try:
        return int(connection.system_errno) if connection is not None else 0
    except apsw.Error:
        return 0
