"""Opens the connections of the PostgreSQL store, with the settings that its promises need, brings the tables to their
newest form, and says in words what went wrong. The one module that opens them; it knows no table but the list of
migrations.

What was acknowledged is on the server's disk: `synchronous_commit` is on in every session, and a server that does not
flush (`fsync` or `full_page_writes` off) is refused. A peer that fell silent is noticed by the kernel: keep-alives,
and an end for what is sent and not acknowledged.
"""

from __future__ import annotations

import os
import re
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import conninfo, errors
from psycopg.types.numeric import Int8BinaryDumper

from procflow.core.digest import sha256
from procflow.errors import Busy, NotAllowed, NotFound, ProcflowError, StorageError, UsageError

#: The oldest server that is used, as PostgreSQL counts: 14.0.
OLDEST = 140000
#: How far this version of procflow knows the store; the newest file in sql/postgres has this number.
NEWEST = 1
_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql", "postgres")
#: Seconds until a connection must stand, and until a silent peer counts as gone.
_CONNECT, _SILENT = 5, 15
_KERNEL = {
    "connect_timeout": _CONNECT,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": _SILENT * 1000,
}
# Every list of the store is a stretch of an index, so no plan may turn into a scan because a table was small once.
# What a database or a user is set to counts for us only where it is not named here: a value would be read as another, and
# who only waits would be ended.
_SESSION = """
SET synchronous_commit = {commit}; SET TimeZone = 'UTC'; SET default_transaction_isolation = 'read committed';
SET lock_timeout = {lock:d}; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 60000;
SET client_min_messages = warning; SET jit = off; SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
SET standard_conforming_strings = on; SET array_nulls = on; SET idle_session_timeout = 0;
"""
_SINCE_17 = "SET transaction_timeout = 0;"
_ABOUT = """
SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync'),
    current_setting('full_page_writes'), current_setting('synchronous_commit'),
    pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on', current_setting('server_encoding'), to_regclass('migrations') IS NOT NULL,
    to_regclass('house') IS NOT NULL, current_user, coalesce(current_schema(), ''), current_database()
"""
#: As strong as `on`, or stronger: for those who run replicas that must have it too.
_STRONG = frozenset({"on", "remote_apply"})

Connection = psycopg.Connection[Any]


class About(Struct, frozen=True):
    """What a connection found at the other end."""

    version: str
    standby: bool
    made: bool  # whether the store's tables are there
    user: str
    schema: str
    database: str
    commit: str  # what the server itself says of synchronous_commit


def masked(url: str) -> str:
    """An address without its password, for people to read."""
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "postgresql://…"
    host, port = given.get("host") or given.get("hostaddr") or "", given.get("port") or ""
    user = f"{given['user']}@" if given.get("user") else ""
    place = f"{host}:{port}" if port else str(host)
    return f"postgresql://{user}{place}/{given.get('dbname') or ''}"


def reachable(url: str) -> bool:
    """Whether a server takes connections there."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def in_database(url: str, statement: str) -> list[Any]:
    """One statement of an administrator, outside of any transaction."""
    with psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []


def connect(url: str, password: str = "", lock_timeout: float = 10.0) -> tuple[Connection, About]:
    """A connection whose settings keep what the store promises; `lock_timeout` in seconds.

    Raises StorageError (no server, a server that does not keep what it acknowledges), NotAllowed and UsageError.
    """
    given: dict[str, Any] = {
        **_KERNEL,
        "application_name": f"procflow {os.getpid()}",
        "client_encoding": "utf8",
    }
    try:
        named = conninfo.conninfo_to_dict(url)
    except psycopg.Error as why:
        raise UsageError(
            "the address of the store is no address of a PostgreSQL database",
            "it is written: postgresql://USER@HOST:PORT/DATABASE",
        ) from why
    given = {name: value for name, value in given.items() if name not in named}
    if password:
        given["password"] = password
    try:
        connection = psycopg.connect(url, autocommit=True, **given)
    except psycopg.Error as why:
        raise in_words(why, url) from None  # its own words may show the address
    try:
        connection.prepare_threshold = 1
        connection.prepared_max = 400  # every mixture of a step's parts is a text of its own
        # one statement, whatever the size of a number
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        (row,) = connection.execute(_ABOUT.encode()).fetchall()
        about = _checked(row, url)
        commit = about.commit if about.commit in _STRONG else "on"
        settings = _SESSION.format(commit=commit, lock=int(lock_timeout * 1000))
        connection.execute((settings + (_SINCE_17 if row[0] >= 170000 else "")).encode())
        return connection, about
    except BaseException as why:
        connection.close()
        if isinstance(why, psycopg.Error):
            raise in_words(why, url) from why
        raise


def _checked(row: tuple[Any, ...], url: str) -> About:
    number, version, fsync, pages, commit, standby, encoding, migrations, house, user, schema, database = row
    place, facts = masked(url), {"server": masked(url), "version": version}
    if number < OLDEST:
        raise StorageError(
            f"the server at {place} is PostgreSQL {version}; the store needs {OLDEST // 10000} or newer",
            "use a newer server",
            facts,
        )
    if fsync != "on" or pages != "on":
        setting = "fsync" if fsync != "on" else "full_page_writes"
        raise StorageError(
            f"the server at {place} runs with {setting} = off: it would lose what it has acknowledged",
            f"set {setting} = on in postgresql.conf and restart it",
            facts,
        )
    if encoding != "UTF8":
        raise StorageError(
            f"the database at {place} is encoded as {encoding}, and names would not fit in",
            "make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            facts,
        )
    if not schema:
        raise StorageError(
            f"the user {user} sees no schema in the database at {place}",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {user}",
            facts,
        )
    if migrations and not house:
        raise _of_another(place, schema)
    return About(version, standby, house, user, schema, database, commit)


def _of_another(place: str, schema: str, told: str = "") -> StorageError:
    return StorageError(
        f"the schema {schema} of the database at {place} holds tables of another program",
        "name a database, or a schema, of its own",
        {"server": place, "schema": schema, "reported": told},
    )


def migration_files() -> list[tuple[int, str, bytes]]:
    """(number, name, text) of the shipped migrations, in order."""
    found = []
    for name in sorted(os.listdir(_FOLDER)):
        if name.endswith(".sql"):
            with open(os.path.join(_FOLDER, name), "rb") as file:
                found.append((int(name[:4]), name, file.read()))
    return found


def bring_up(connection: Connection, about: About, url: str, *, create: bool) -> None:
    """The tables in their newest form: every migration that the store has not seen, each in one transaction, by one
    node at a time. Raises NotFound (no tables, and `create` is not wanted) and StorageError."""
    place = masked(url)
    if not about.made and not create:
        raise NotFound(
            f"there is no store in the database at {place}", "make one with: procflow init", {"server": place}
        )
    try:
        if about.made and _form(connection) == NEWEST:
            return
        if about.standby:
            raise StorageError(
                f"the server at {place} is a standby that can only be read, and its store is not of this version",
                "open the store once on the primary",
            )
        key = int.from_bytes(sha256(f"procflow {about.schema}".encode()).digest()[:7], "big")
        connection.execute(b"SELECT pg_advisory_lock(%s)", (key,))
        try:
            _migrate(connection, place)
        finally:
            connection.execute(b"SELECT pg_advisory_unlock(%s)", (key,))
    except (
        errors.DuplicateTable,
        errors.DuplicateObject,
        errors.UndefinedColumn,
        errors.UndefinedTable,
    ) as why:
        raise _of_another(place, about.schema, str(why.diag.message_primary)) from why
    except psycopg.Error as why:
        raise in_words(why, url) from why


def _form(connection: Connection) -> int:
    (row,) = connection.execute(b"SELECT coalesce(max(number), 0) FROM migrations").fetchall()
    return int(row[0])


def _migrate(connection: Connection, place: str) -> None:
    (made,) = connection.execute(b"SELECT to_regclass('house') IS NOT NULL").fetchone() or (False,)
    form = _form(connection) if made else 0
    if form > NEWEST:
        raise StorageError(
            f"the store at {place} was written by a newer version of procflow (form {form}, known here: {NEWEST})",
            "use that version; an older one could not keep what it stores",
            {"form": form, "known": NEWEST},
        )
    files = migration_files()
    for fault in changed_migrations(connection, files) if made else ():
        raise StorageError(fault, "install procflow anew: its own files were changed")
    for number, name, text in files:
        if number > form:
            with connection.transaction():
                connection.execute(text)
                connection.execute(
                    b"INSERT INTO migrations VALUES (%s, %s, %s)", (number, name, sha256(text).digest())
                )


def changed_migrations(connection: Connection, files: list[tuple[int, str, bytes]]) -> list[str]:
    """Where the shipped migrations are not the ones that made this store, in words."""
    shipped = {number: (name, sha256(text).digest()) for number, name, text in files}
    return [
        f"migration {number} of this store was {name}, another text than the one that is shipped"
        for number, name, made_by in connection.execute(b"SELECT number, name, sha256 FROM migrations")
        if number in shipped and shipped[number] != (name, bytes(made_by))
    ]


def is_lost(why: BaseException) -> bool:
    """Whether the connection went, or the server is on its way down or up: what comes next needs a new one."""
    if isinstance(why, psycopg.Error) and why.diag.severity_nonlocalized in ("FATAL", "PANIC"):
        return True  # the server has ended it, whatever for: it is stopped, or we waited longer than it lets anybody
    return isinstance(why, psycopg.OperationalError | psycopg.InterfaceError) and why.sqlstate is None


def is_race(why: BaseException) -> bool:
    """Whether the server ended a transaction so that another could go on: it may simply be done again."""
    return isinstance(why, errors.DeadlockDetected | errors.SerializationFailure)


#: How a server says that it knows us and takes us not.
_SHUT = re.compile(
    "not permitted to log in|permission denied for database|not currently accepting connections|pg_hba.conf"
)
#: What helps whose tables belong to somebody else, as after a dump was read in by another user.
OWNER = "make the user of the store the owner of the tables (ALTER TABLE … OWNER TO …), or GRANT it ALL ON ALL TABLES IN SCHEMA"
#: How a server says that it is full. While a connection is made no SQLSTATE comes along.
_FULL = re.compile("too many (clients|connections)|connection slots are reserved")


def in_words(why: psycopg.Error, url: str) -> ProcflowError:
    """What PostgreSQL or the way to it reported, as cause, place and next step; never with a password."""
    place = masked(url)
    told = " ".join((why.diag.message_primary or str(why)).split())
    facts = {"server": place, "reported": told, "sqlstate": why.sqlstate or ""}
    if isinstance(why, errors.InvalidPassword | errors.InvalidAuthorizationSpecification) or (
        why.sqlstate is None and ("authentication failed" in told or "no password supplied" in told)
    ):
        return NotAllowed(
            f"the server at {place} does not let us in: {_reason(told)}",
            'look at [store] in procflow.toml: the user, and password = "${env:NAME}" or password_file',
            facts,
        )
    if why.sqlstate is None and _SHUT.search(told):
        return NotAllowed(
            f"the server at {place} does not let us in: {_reason(told)}",
            "it is the server that has to let us: LOGIN for the user, GRANT CONNECT ON DATABASE, ALLOW_CONNECTIONS, a line in pg_hba.conf",
            facts,
        )
    if isinstance(why, errors.InvalidCatalogName) or (why.sqlstate is None and "does not exist" in told):
        if 'role "' in told:
            hint = "look at the user in [store] of procflow.toml, or make it: CREATE ROLE … LOGIN"
            return NotFound(f"the server at {place} has no such user: {_reason(told)}", hint, facts)
        return NotFound(
            f"the server at {place} has no such database: {_reason(told)}",
            "make it: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            facts,
        )
    if isinstance(why, errors.InsufficientPrivilege):
        return NotAllowed(
            f"the user of the store may not do this in the database at {place}: {told}",
            OWNER
            if "for table" in told
            else "the user needs a schema of its own: GRANT USAGE, CREATE ON SCHEMA public TO its name, or make it the owner",
            facts,
        )
    if isinstance(why, errors.LockNotAvailable):
        return Busy(
            f"the store at {place} is busy: another transaction holds what this one needs",
            "try again; `SELECT * FROM pg_stat_activity` shows who is at work",
            facts,
        )
    if isinstance(why, errors.QueryCanceled):
        return Busy(
            f"the server at {place} cancelled what was asked of it: {_reason(told)}; nothing of this was written",
            "do it again; somebody ended it there (pg_cancel_backend), or the server gives a statement too little time",
            facts,
        )
    if isinstance(why, errors.ReadOnlySqlTransaction):
        return StorageError(
            f"the server at {place} can only be read now (a standby, or set so); nothing was written",
            "name the primary, or several hosts with target_session_attrs=read-write",
            facts,
        )
    if isinstance(why, errors.DiskFull):
        return StorageError(
            f"no space left on the disk of the server at {place}; nothing of this was written",
            "free some space and do it again; reading goes on meanwhile",
            facts,
        )
    if isinstance(why, errors.TooManyConnections) or (why.sqlstate is None and _FULL.search(told)):
        return Busy(
            f"the server at {place} has no connection left for us: {_reason(told)}",
            "raise max_connections (or the limit of the user or the database), or let fewer nodes and threads run;"
            " `SELECT * FROM pg_stat_activity` shows who holds them",
            facts,
        )
    if isinstance(why, psycopg.DataError):
        return UsageError(
            f"the store at {place} cannot keep this: {told}", "leave out the sign that it names", facts
        )
    if is_lost(why):
        return StorageError(
            f"the server at {place} cannot be reached: {_reason(told)}",
            "is it running, and is the address right? Nothing is lost; what waits goes on when it is back",
            facts,
        )
    return StorageError(f"the store at {place} reported: {told}", "run: procflow doctor", facts)


def _reason(told: str) -> str:
    """The last part of libpq's words, which are long and begin with the address."""
    return told.rsplit("FATAL:", 1)[-1].rsplit("failed: ", 1)[-1].strip()[:300] or "no answer"
