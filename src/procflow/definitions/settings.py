"""`procflow.toml`: where a workspace keeps its cases, and how its channels run.

Secrets stand in it as `${env:NAME}` and are looked up only when a channel asks for them; no message and no
`repr` ever shows a setting of a channel. It must not know which channels there are, nor what they need.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from procflow.core.nearest import did_you_mean
from procflow.core.regex import regex
from procflow.errors import BrokenDocument, Diagnostic, UsageError

if TYPE_CHECKING:
    from procflow.definitions.settings_access import Problem, ServeSettings
    from procflow.definitions.settings_host import HostSettings
    from procflow.definitions.settings_seen import SeenSettings
    from procflow.definitions.settings_store import StoreSettings

FILE = "procflow.toml"

#: real: it is done; manual: a person does it and confirms; file: written to a file; off: not at all.
MODES = ("real", "manual", "file", "off")

Environment = Callable[[str], "str | None"]
#: A setting that refers to an environment variable.
REFERENCE = regex(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


class ChannelSettings(Mapping[str, Any]):
    """The settings of one channel. A value is resolved when it is asked for.

    Asking for one whose variable is not set, or empty, raises UsageError, which names the variable. `within`: the table above it.
    """

    __slots__ = ("_environment", "_names", "_values", "_within", "name")

    def __init__(
        self, name: str, values: Mapping[str, Any], environment: Environment, within: str = "channels."
    ) -> None:
        self.name, self._within = name, within
        self._values = dict(values)
        self._names: frozenset[str] | None = None  # of the environment, once somebody asked for the secrets
        self._environment = environment

    def __getitem__(self, key: str) -> Any:
        return self._resolved(self._values[key], key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<the settings of {self.name}: {', '.join(sorted(self._values))}>"

    def named(self) -> Iterator[str]:
        """The names of what is set; of what stands in a table of its own, `table.name`."""
        for key, value in self._values.items():
            yield from [f"{key}.{inner}" for inner in value] if isinstance(value, dict) else [key]

    def secrets(self) -> tuple[str, ...]:
        """The values of the environment variables that the settings refer to, the longest first; unset ones aside."""
        if self._names is None:
            self._names = frozenset(REFERENCE.findall(repr(self._values)))
        values = {value for name in self._names if (value := self._environment(name))}
        return tuple(sorted(values, key=len, reverse=True))

    def _resolved(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            if "${" not in value:
                return value
            return REFERENCE.sub(lambda found: self._variable(found[1], key), value)
        if isinstance(value, list):
            return [self._resolved(item, key) for item in value]
        if isinstance(value, dict):
            return {name: self._resolved(item, f"{key}.{name}") for name, item in value.items()}
        return value

    def _variable(self, name: str, key: str) -> str:
        found = self._environment(name)
        if not found:  # signed with a secret of no letters, anybody would be believed
            how = "not set" if found is None else "empty"
            raise UsageError(
                f"{FILE}: {self._within}{self.name}.{key} wants the environment variable {name}, which is {how}",
                f"set {name} before procflow starts",
                {"variable": name, "channel": self.name, "key": key},
            )
        return found


class WebSettings(Struct, frozen=True):
    """The web door. `listen` is HOST:PORT, "" for none; `behind_proxy`: who asks stands in X-Forwarded-For."""

    listen: str = ""
    behind_proxy: bool = False


class Settings(Struct, frozen=True):
    """What `procflow.toml` says; paths are relative to the workspace. `language` "" is the organisation's."""

    store: str = "sqlite:cases.db"
    language: str = ""
    clock: str = ""
    evidence: str = "evidence"
    keys: str = "cases.keys"
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    reports: tuple[str, ...] = ()  # further roles that see every general report
    web: WebSettings = WebSettings()
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # action -> the roles that may
    serve: ServeSettings | None = None  # None: the settings say nothing of it
    host: HostSettings | None = None
    database: StoreSettings | None = None  # where the store is one; `store` says so then, without any secret
    seen: SeenSettings | None = None  # what [log], [metrics] and [traces] say

    def mode(self, channel: str) -> str:
        """real, manual, file or off; `manual` where nobody said it, so that nothing goes out unasked."""
        found = self.channels.get(channel)
        return str(found["mode"]) if found is not None and "mode" in found else "manual"


#: The first letters of a language that is written out.
_LANGUAGES = {"dan": "da", "eng": "en", "ger": "de", "nor": "nb", "swe": "sv", "dut": "nl"}
_TEXTS = ("store", "language", "clock", "evidence", "keys")
KNOWN = (*_TEXTS, "channels", "reports", "web", "access", "serve", "host", "log", "metrics", "traces")
#: HOST:PORT, where something listens or is asked.
LISTEN = regex(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")


def read_settings(
    folder: str, read_file: Callable[[str], bytes], environment: Environment = os.environ.get
) -> Settings:
    """The settings of the workspace in `folder`.

    Raises BrokenDocument with every problem in `facts["diagnostics"]`, and what `read_file` raises.
    """
    settings, problems = parse_settings(read_file(os.path.join(folder, FILE)), FILE, environment)
    if problems:
        raise BrokenDocument(
            f"{FILE} cannot be used:\n" + "\n".join(problem.as_text() for problem in problems),
            "correct it, then try again",
            {"diagnostics": tuple(problems)},
        )
    return settings


def parse_settings(
    content: bytes, path: str, environment: Environment = os.environ.get
) -> tuple[Settings, list[Diagnostic]]:
    """The settings in a file, and every problem; what is wrong has its default."""
    import tomllib

    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        return Settings(), [
            _diagnostic(path, line, 1, "PF230", "this line is not UTF-8", "save the file as UTF-8")
        ]
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        return Settings(), [_not_toml(str(wrong), text, path)]
    return _checked(document, text, path, environment)


def _diagnostic(path: str, line: int, column: int, code: str, message: str, hint: str) -> Diagnostic:
    from procflow.definitions.codes import diagnostic  # only where there is something to say

    return diagnostic(path, line, column, code, message, hint)


def _not_toml(message: str, text: str, path: str) -> Diagnostic:
    """TOML's own words; they name keys and signs, never values."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    lines = text.split("\n")
    at = (int(found[1]), int(found[2])) if found else (len(lines), len(lines[-1]) + 1)
    words = re.sub(r"\s*\(at .*\)$", "", message)
    hint = 'a setting is written: store = "sqlite:cases.db"'
    if re.match(r"(?i)cannot (declare|overwrite|redefine|mutate)", words):
        hint = "it stands further up already, as a line or as a table: each stands once, a table with all its lines below its name"
    return _diagnostic(path, *at, "PF230", f"this is not TOML: {words[:1].lower()}{words[1:]}", hint)


def _checked(
    document: Mapping[str, Any], text: str, path: str, environment: Environment
) -> tuple[Settings, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    given: dict[str, Any] = {}

    def problem(key: tuple[str, ...], code: str, message: str, hint: str) -> None:
        problems.append(_diagnostic(path, *place_of(text, key), code, message, hint))

    given.update(_of_itself(document, problem, environment))
    channels = dict(_of_channels(document.get("channels", {}), problem, environment))
    see = _of_reports(document.get("reports", {}), problem)
    web = _web(document.get("web", {}), problem)
    given.update(_of_access(document, problem))
    return Settings(channels=channels, reports=see, web=web, **given), problems


def _of_itself(
    document: Mapping[str, Any], problem: Problem, environment: Environment
) -> Iterator[tuple[str, Any]]:
    """What stands above all tables, and the store."""
    for key, value in document.items():
        if key not in KNOWN:
            problem((key,), "PF231", f"`{key}` is no setting", did_you_mean(key, KNOWN))
        elif key == "store" and (isinstance(value, dict) or str(value).startswith("postgres")):
            from procflow.definitions.settings_store import read_store  # only where a database is named

            store, database = read_store(value, problem, environment)
            if database is not None:
                yield "store", store
                yield "database", database
        elif key == "store" and (wrong := _no_store(value)):
            problem((key,), "PF232", *wrong)
        elif key == "language" and isinstance(value, str) and value and not re.fullmatch("[a-z]{2}", value):
            word = value.strip().casefold()
            meant = _LANGUAGES.get(word[:3], word[:2] if re.match("[a-z]{2}[-_]", word) else "da, or en")
            problem((key,), "PF232", "`language` is two small letters", f"write {meant}")
        elif key in _TEXTS:
            if isinstance(value, str) and value:
                yield key, value
            else:
                problem((key,), "PF232", f"`{key}` must be a text", f'write {key} = "…"')


def _no_store(value: Any) -> tuple[str, str] | None:
    """What is wrong with a text that can name no store, and what to write."""
    if value == "sqlite:":
        return "`store` names no file", 'write store = "sqlite:cases.db"'
    if isinstance(value, str) and "${" in value:
        hint = 'write the file, store = "sqlite:cases.db"; the password of a database comes from the environment, in [store]'
        return "`store` is taken as it stands: nothing in it comes from the environment", hint
    return None


def _of_channels(
    tables: Any, problem: Problem, environment: Environment
) -> Iterator[tuple[str, ChannelSettings]]:
    if not isinstance(tables, dict):
        hint = 'write [channels.mail] and mode = "real"'
        problem(("channels",), "PF232", "`channels` holds a table for each channel", hint)
        return
    for name, values in tables.items():
        where = ("channels", name)
        if not isinstance(values, dict):
            hint = f'write [channels.{name}] and mode = "real"'
            problem(where, "PF232", f"`{name}` is no table of settings", hint)
            continue
        mode = values.get("mode", "manual")
        if mode not in MODES:
            hint = did_you_mean(mode, MODES) if isinstance(mode, str) else f"write one of {', '.join(MODES)}"
            problem((*where, "mode"), "PF232", f"the channel {name} has no such mode", hint)
            values = {**values, "mode": "manual"}
        if "deadline" in values or "web_per_minute" in values or "inbox" in values:
            from procflow.definitions.settings_channels import with_good_numbers

            values = with_good_numbers(name, values, problem)
        for key in _half_references(values):
            hint = "write ${env:NAME} with the name of an environment variable"
            problem((*where, key), "PF232", f"`{key}` refers to nothing", hint)
        yield name, ChannelSettings(name, values, environment)


def _of_reports(table: Any, problem: Problem) -> tuple[str, ...]:
    see = table.get("see", []) if isinstance(table, dict) else None
    if isinstance(see, list) and all(isinstance(role, str) for role in see) and not set(table) - {"see"}:
        return tuple(see)
    hint = 'write [reports] and see = ["chief"]'
    problem(("reports",), "PF232", "`reports` names the roles that see every general report", hint)
    return ()


def _of_access(document: Mapping[str, Any], problem: Problem) -> Iterator[tuple[str, Any]]:
    """The tables that say who may what, how the desk is reached, what runs the cases and what an operator sees; what reads
    them is loaded where they stand."""
    if "access" in document:
        from procflow.definitions.settings_access import read_access

        yield "access", read_access(document["access"], problem)
    if "serve" in document:
        from procflow.definitions.settings_access import read_serve

        yield "serve", read_serve(document["serve"], problem)
    if "host" in document:
        from procflow.definitions.settings_host import read_host

        yield "host", read_host(document["host"], problem)
    if not document.keys().isdisjoint(("log", "metrics", "traces")):
        from procflow.definitions.settings_seen import read_seen

        yield "seen", read_seen(document, problem)


def unknown_roles(content: bytes, settings: Settings, roles: Collection[str], path: str) -> list[Diagnostic]:
    """What the settings say of roles that the organisation does not have, each where it stands."""
    from procflow.definitions.settings_access import OidcSettings, strange_roles

    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    oidc = settings.serve.oidc if settings.serve is not None else OidcSettings()
    found = []
    for keys, role in strange_roles(settings.access, oidc, roles):
        message = f"the organisation has no role `{role}`"
        hint = did_you_mean(role, roles) or f"its roles: {', '.join(roles)}"
        found.append(_diagnostic(path, *word_of(text, keys, role), "PF237", message, hint))
    return found


def word_of(text: str, keys: Collection[str], word: str) -> tuple[int, int]:
    """Line and column of a word, on or below the line that begins with one of the keys; (1, 1) where it is nowhere."""
    begun = False
    for number, line in enumerate(text.split("\n"), 1):
        key = re.match(r"\s*([^=#\[\]]+?)\s*=", line)
        if key:
            begun = any(part in keys for part in (key[1].strip("\"'"), *_parts(key[1])))
        elif re.match(r"\s*\[", line) and not re.match(r"\s*\[\s*[\"']", line):
            begun = False
        there = re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", line) if begun else None
        if there:
            return number, there.start() + 1
    return 1, 1


def _web(table: Any, problem: Callable[[tuple[str, ...], str, str, str], None]) -> WebSettings:
    """The `[web]` table; what is wrong in it goes to `problem` and has its default."""
    hint = 'write [web] and listen = "127.0.0.1:8390"'
    if not isinstance(table, dict):
        problem(("web",), "PF232", "`web` is no table of settings", hint)
        return WebSettings()
    given: dict[str, Any] = {}
    for key, value in table.items():
        listens = key == "listen" and isinstance(value, str) and LISTEN.fullmatch(value)
        if listens or (key == "behind_proxy" and isinstance(value, bool)):
            given[key] = value
        elif key in WebSettings.__struct_fields__:
            right = "true or false" if key == "behind_proxy" else "HOST:PORT, such as 127.0.0.1:8390"
            problem(("web", key), "PF232", f"`{key}` must be {right}", hint)
        else:
            known = WebSettings.__struct_fields__
            problem(("web", key), "PF231", f"`{key}` is no setting of the web door", did_you_mean(key, known))
    return WebSettings(**given)


def _half_references(values: Mapping[str, Any]) -> list[str]:
    """Keys whose text has a `${` that is no reference to the environment."""
    return [
        key
        for key, value in values.items()
        if isinstance(value, str) and "${" in value and "${" in REFERENCE.sub("", value)
    ]


def place_of(text: str, key: tuple[str, ...]) -> tuple[int, int]:
    """Line and column where a key of a TOML file stands, found by searching; (1, 1) where it is written oddly."""
    table: tuple[str, ...] = ()
    best = (0, (1, 1))
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*\[\[?([^\[\]]+)\]", line)
        if header:
            table = _parts(header[1])
            here, column = table, header.start(1) + 1
        else:
            entry = re.match(r"\s*([^=#\[]+?)\s*=", line)
            if not entry:
                continue
            here, column = (*table, *_parts(entry[1])), entry.start(1) + 1
        if here[: len(key)] == key:
            return number, column
        if here == key[: len(here)] and len(here) > best[0]:
            best = (len(here), (number, column))
    return best[1]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
