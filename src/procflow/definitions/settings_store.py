"""The `[store]` table of `procflow.toml`: a database that any number of nodes share.

A password never stands in the file: it comes from an environment variable or from a file, is looked up when a
connection is made, and no message and no `repr` shows it. It must not know databases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from procflow.core.nearest import did_you_mean
from procflow.core.regex import regex
from procflow.definitions.settings import REFERENCE
from procflow.errors import ProcflowError, UsageError

if TYPE_CHECKING:
    from procflow.definitions.settings_access import Problem

KINDS = ("postgresql", "postgres")
_KNOWN = ("url", "password", "password_file")
_SECRET = regex(r"://[^/@]*:[^/@]+@|[?&]password=[^&]")
_PASSWORD = regex(r"(://[^/@:]*):[^/@]*@")
_HINT = 'write [store] and url = "postgresql://USER@HOST/DATABASE"'


class StoreSettings:
    """Where the database is. `address` and `password` look up what the settings refer to, each time."""

    __slots__ = ("_environment", "_password", "_password_file", "_url")

    def __init__(
        self, url: str, password: str, password_file: str, environment: Callable[[str], str | None]
    ) -> None:
        self._url, self._password, self._password_file = url, password, password_file
        self._environment = environment

    def __repr__(self) -> str:
        return "<the settings of the store>"

    def address(self) -> str:
        """The address, with what it refers to. Raises UsageError, which names a variable that is not set."""
        return self._looked_up(self._url, "url")

    def password(self, read_file: Callable[[str], bytes]) -> str:
        """The password; "" where the address or libpq's own places have one. Raises UsageError."""
        if self._password:
            return self._looked_up(self._password, "password")
        if not self._password_file:
            return ""
        name = self._looked_up(self._password_file, "password_file")
        try:
            return read_file(name).decode("utf-8").strip("\r\n")
        except (ProcflowError, OSError, UnicodeDecodeError) as why:
            raise UsageError(
                f"procflow.toml: the file of store.password_file cannot be read: {name}",
                "it holds the password and nothing else, and you may read it",
                {"file": name},
            ) from why

    def _looked_up(self, text: str, key: str) -> str:
        def variable(name: str) -> str:
            found = self._environment(name)
            if found is None:
                raise UsageError(
                    f"procflow.toml: store.{key} wants the environment variable {name}, which is not set",
                    f"set {name} before procflow starts",
                    {"variable": name, "key": key},
                )
            return found

        return str(REFERENCE.sub(lambda found: variable(found[1]), text))


def is_database(store: Any) -> bool:
    """Whether a `store` that is a text is the address of a database."""
    return isinstance(store, str) and store.partition(":")[0] in KINDS


def without_password(url: str) -> str:
    """The address of a database as it may stand in procflow.toml: all that leads there, and no password."""
    place, ask, options = _PASSWORD.sub(r"\1@", url).partition("?")
    kept = "&".join(each for each in options.split("&") if not each.startswith("password="))
    return place + (ask + kept if kept else "")


def read_store(
    table: Any, problem: Problem, environment: Callable[[str], str | None]
) -> tuple[str, StoreSettings | None]:
    """The kind of the store with its settings, from the table or from an address; what is wrong goes to `problem`."""
    given: Mapping[str, Any] = table if isinstance(table, dict) else {"url": table}
    where: tuple[str, ...] = ("store",)
    texts: dict[str, str] = {}
    for key, value in given.items():
        if key not in _KNOWN:
            problem((*where, key), "PF231", f"`{key}` is no setting of the store", did_you_mean(key, _KNOWN))
        elif not isinstance(value, str) or not value:
            problem((*where, key), "PF232", f"`{key}` must be a text", f'write {key} = "…"')
        elif "${" in REFERENCE.sub("", value):
            problem(
                (*where, key),
                "PF232",
                f"`{key}` refers to nothing",
                "write ${env:NAME} with the name of a variable",
            )
        else:
            texts[key] = value
    url = texts.get("url", "")
    plain = REFERENCE.sub("x", url)
    if not url:
        if "url" not in given:
            problem(where, "PF232", "`store` names no database", _HINT)
        return "", None
    if not is_database(plain) and not url.startswith("${env:"):
        problem((*where, "url"), "PF232", "`url` must be the address of a PostgreSQL database", _HINT)
        return "", None
    if _SECRET.search(REFERENCE.sub("", url)):
        problem((*where, "url") if not isinstance(table, str) else where, "PF232",
                "a password does not stand in this file", 'write password = "${env:NAME}" below [store]')  # fmt: skip
        return "", None
    if texts.get("password") and not REFERENCE.fullmatch(texts["password"]):
        problem((*where, "password"), "PF232", "a password does not stand in this file",
                'write password = "${env:NAME}", or password_file = "…"')  # fmt: skip
        return "", None
    settings = StoreSettings(url, texts.get("password", ""), texts.get("password_file", ""), environment)
    return f"postgresql:{url.partition(':')[2] if is_database(url) else url}", settings


def on_file(text: str, file: str) -> str:
    """The settings of a workspace whose cases were brought from a database into a file beside them."""
    kept, inside = list[str](), False
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            inside = line.strip().startswith("[store]")
        at_top = not any(one.lstrip().startswith("[") for one in kept)
        if not inside and not (at_top and line.partition("=")[0].strip() == "store"):
            kept.append(line)
    return "\n".join([f'store = "sqlite:{file}"', *kept, ""])
