"""The tables of `procflow.toml` that say who may what, and how people and programs reach the desk.

What is wrong goes to `problem` and has its default. Which roles there are is known when the organisation is read:
`strange_roles` looks at that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from procflow.core.nearest import did_you_mean
from procflow.core.policy import ANYBODY, SETTABLE
from procflow.core.regex import regex
from procflow.definitions.settings import LISTEN

Problem = Callable[[tuple[str, ...], str, str, str], None]
_NAME = regex(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")


class OidcSettings(Struct, frozen=True):
    """Logging in at an OpenID provider; `issuer` "" is none.

    The person is the one of the organisation whose `person_is` (id or mail) is what the provider says in `claim`.
    Who is in none of `groups` (where any stand there) is not let in; `role_groups` (role -> group) asks the provider
    to know of every role that it names and the organisation gives.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    claim: str = "preferred_username"
    person_is: str = "id"
    scope: str = "openid profile email"
    group_claim: str = "groups"
    groups: tuple[str, ...] = ()
    role_groups: Mapping[str, str] = field(default_factory=dict)
    title: str = ""


class ServeSettings(Struct, frozen=True):
    """The desk and the API. `listen` is HOST:PORT, "" for the usual; `certificate` and `key` are files; `behind_proxy`:
    TLS ends at a proxy on this machine, which says who asks; `host_names`: further names that we answer to."""

    listen: str = ""
    certificate: str = ""
    key: str = ""
    behind_proxy: bool = False
    host_names: tuple[str, ...] = ()
    oidc: OidcSettings = OidcSettings()


def read_access(table: Any, problem: Problem) -> dict[str, tuple[str, ...]]:
    """`[access]`: action -> the roles that may. An action is written `case.open` or "case.open"."""
    hint = 'write [access] and "board.read" = ["lead"]'
    if not isinstance(table, dict):
        problem(("access",), "PF232", "`access` is no table of actions", hint)
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for action, roles in _flat(table):
        key = ("access", *action.split("."))
        if action not in SETTABLE:
            known = did_you_mean(action, SETTABLE) or "docs/reference/access.md lists the actions"
            problem(key, "PF231", f"`{action}` is no action that roles can be said for", known)
        elif not _texts(roles) or (ANYBODY in roles and len(roles) > 1):
            words = f'`{action}` must be a list of roles, or ["{ANYBODY}"] for everyone'
            problem(key, "PF232", words, hint)
        else:
            found[action] = tuple(roles)
    return found


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(action, roles), however TOML's dots were written."""
    for name, value in table.items():
        if isinstance(value, dict) and value:
            for inner, roles in value.items():
                yield f"{name}.{inner}", roles
        else:
            yield name, value


def strange_roles(
    access: Mapping[str, tuple[str, ...]], oidc: OidcSettings, roles: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the places where it may stand, the role) of every role that the organisation does not have."""
    for action, said in access.items():
        for role in said:
            if role not in roles and role != ANYBODY:
                yield (action, *action.split(".")), role
    for role in oidc.role_groups:
        if role not in roles:
            yield ("role_groups", role), role


def read_serve(table: Any, problem: Problem) -> ServeSettings:
    """`[serve]`, with `[serve.oidc]`; a `${env:NAME}` in it stays as it is written until it is used."""
    hint = 'write [serve] and listen = "127.0.0.1:8380"'
    if not isinstance(table, dict):
        problem(("serve",), "PF232", "`serve` is no table of settings", hint)
        return ServeSettings()
    rights: Mapping[str, tuple[Callable[[Any], bool], str]] = {
        "listen": (lambda v: _is_text(v) and bool(LISTEN.fullmatch(v)), "HOST:PORT, such as 127.0.0.1:8380"),
        "certificate": (_is_text, "the path of a file"),
        "key": (_is_text, "the path of a file"),
        "behind_proxy": (lambda v: isinstance(v, bool), "true or false"),
        "host_names": (lambda v: _texts(v) and all(_NAME.fullmatch(n) for n in v), "a list of host names"),
    }
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key == "oidc":
            given[key] = _oidc(value, problem)
        elif key not in rights:
            known = did_you_mean(key, ServeSettings.__struct_fields__)
            problem(("serve", key), "PF231", f"`{key}` is no setting of the desk", known)
        elif not rights[key][0](value):
            problem(("serve", key), "PF232", f"`{key}` must be {rights[key][1]}", hint)
        else:
            given[key] = tuple(value) if isinstance(value, list) else value
    if bool(given.get("certificate")) != bool(given.get("key")):
        there = "certificate" if given.get("certificate") else "key"
        problem(("serve", there), "PF232", "`certificate` and `key` belong together", "give both files")
        given.pop(there)
    return ServeSettings(**given)


def _oidc(table: Any, problem: Problem) -> OidcSettings:
    hint = 'write [serve.oidc] with issuer, client_id and client_secret = "${env:NAME}"'
    if not isinstance(table, dict):
        problem(("serve", "oidc"), "PF232", "`oidc` is no table of settings", hint)
        return OidcSettings()
    given: dict[str, Any] = {}
    for key, value in table.items():
        where = ("serve", "oidc", key)
        if key not in OidcSettings.__struct_fields__:
            known = did_you_mean(key, OidcSettings.__struct_fields__)
            problem(where, "PF231", f"`{key}` is no setting of the login at a provider", known)
        elif key == "groups":
            if _texts(value):
                given[key] = tuple(value)
            else:
                problem(where, "PF232", "`groups` must be a list of groups", hint)
        elif key == "role_groups":
            if isinstance(value, dict) and all(_is_text(group) for group in value.values()):
                given[key] = dict(value)
            else:
                problem(where, "PF232", '`role_groups` must be a table: role = "group"', hint)
        elif not _is_text(value):
            problem(where, "PF232", f"`{key}` must be a text", hint)
        elif key == "person_is" and value not in ("id", "mail"):
            problem(where, "PF232", "`person_is` must be id or mail", 'write person_is = "mail"')
        else:
            given[key] = value
    missing = [key for key in ("issuer", "client_id") if key not in given]
    if missing:
        problem(("serve", "oidc"), "PF232", f"`oidc` lacks {' and '.join(missing)}", hint)
        return OidcSettings()
    if not given["issuer"].startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        problem(("serve", "oidc", "issuer"), "PF232", "`issuer` must begin with https://", hint)
    return OidcSettings(**given)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)
