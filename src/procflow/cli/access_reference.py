"""Writes docs/reference/access.md: every action with whom it is for, and every route of the desk and the API with the
roles of the shipped organisation that reach it.

Run it: python -m procflow.cli.access_reference > docs/reference/access.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from procflow.core.policy import (
    ACTIONS,
    FOR_ONESELF,
    OF_THE_FILES,
    UNLESS_SAID,
    Grounds,
    roles_for,
)
from procflow.web.routes import Route
from procflow.web.telling import Room

HEAD = """# Who may what

One function decides for the command line, the desk, the API and the host alike: `verdict` in `core/policy.py`. It
speaks of *actions*; each command, page and operation of the API needs one. What no rule allows is denied, with the
reason in Danish and English, and every denial is kept in the access log (`procflow audit` verifies its chain).

The policy may be narrower than a procedure and never wider: who may take a choice, who has a task, four eyes and
`visible_to` are decided in the step itself, inside its transaction.

Three ways to be known:

- **The files.** Whoever may read the workspace's folder may act in it, and says with `--as` who they are. Then they may
  what that person may, and also what is marked *files* below, because it is in their hands anyway. Keep the folder
  from those who shall not: real separation of people is the server's.
- **A login** at the desk, by password or at the house's OpenID provider.
- **A token** of a program: it acts for a person, for what its scopes say; it never may more than the person.

## Actions

*unless said*: whom an action is for where `procflow.toml` does not say it. *leads* are the roles in the organisation's
`stand_in` and the roles that own a procedure in force; *owners* are only the latter. *own*: everybody may do it for
themselves (their own absence, or their team mate's; their own shift).

"""
SETTINGS = """
## Saying it otherwise

```toml
[access]
"board.read" = ["lead", "manager"]     # these roles and nobody else
"case.signal" = []                     # nobody but whoever has the files
"people.move" = ["*"]                  # everyone in the organisation
```

The roles are the organisation's own. `procflow check` tells of an action or a role that does not exist, with line and
column; settings that cannot be used let nobody in. `[reports] see` names roles that see every general report; which
report is for whom stands in [reports](reports.md).

"""
ROUTES = """## Routes of the desk and the API, in the shipped organisation

Made from the routes themselves and from the shipped `procflow.toml`, `organisation.yaml` and procedures; a test asks
every route as every role and expects what stands here. Roles with the same rights share a column. A route may look
further: a case that is not shown to somebody stays closed to them whatever stands here, and where an action is marked
*own*, everybody reaches the route for themselves and only those of the action for others.

"""


def page(rooms: Sequence[Room], grounds: Grounds) -> str:
    """The whole page."""
    return HEAD + "\n".join(_actions()) + "\n" + SETTINGS + ROUTES + "\n".join(_routes(rooms, grounds)) + "\n"


def _actions() -> list[str]:
    lines = ["| action | what it is | unless said | also |", "|---|---|---|---|"]
    for action, (english, danish) in ACTIONS.items():
        whom = UNLESS_SAID.get(action, "everyone")
        if action == "page.public":
            whom = "everybody, known or not"
        also = [word for word, there in (("own", FOR_ONESELF), ("files", OF_THE_FILES)) if action in there]
        lines.append(f"| `{action}` | {english} · {danish} | {whom} | {', '.join(also)} |")
    return lines


def columns(grounds: Grounds) -> list[tuple[tuple[str, ...], frozenset[str]]]:
    """(roles with the same rights, the actions that they may), the most rights first."""
    may: dict[frozenset[str], list[str]] = {}
    for role in grounds.organisation.roles:
        may.setdefault(frozenset(_of(role, grounds)), []).append(role)
    return sorted(
        ((tuple(roles), actions) for actions, roles in may.items()), key=lambda one: (-len(one[1]), one[0])
    )


def _of(role: str, grounds: Grounds) -> list[str]:
    found = []
    for action in ACTIONS:
        roles = roles_for(action, grounds)
        if roles is None or role in roles or action in FOR_ONESELF:
            found.append(action)
    return found


def _routes(rooms: Sequence[Room], grounds: Grounds) -> list[str]:
    found = columns(grounds)
    lines = [f"{at}. {', '.join(f'`{role}`' for role in roles)}" for at, (roles, _) in enumerate(found, 1)]
    lines += ["", "| route | action | " + " | ".join(str(at) for at in range(1, len(found) + 1)) + " |"]
    lines.append("|---|---|" + "---|" * len(found))
    for route in sorted((route for room in rooms for route in room.routes), key=_order):
        cells = ["●" if route.may in actions else "·" for _, actions in found]
        lines.append(f"| {route.method} `{route.path}` | `{route.may}` | {' | '.join(cells)} |")
    return lines


def _order(route: Route) -> tuple[str, str]:
    return route.path, route.method


def shipped_grounds(folder: str) -> Grounds:
    """What is decided on in the workspace in this folder, as its files say it now."""
    from procflow.app import App

    with App(folder) as app:
        documents = app.documents()
    organisation = documents.organisation
    assert organisation is not None
    owners = frozenset(procedure.owner for procedure in documents.procedures.values())
    return Grounds(organisation, documents.settings.access, owners)


def rooms() -> list[Room]:
    """Every room of the site."""
    from procflow.api.room import ApiRoom
    from procflow.desk.room import DeskRoom

    return [DeskRoom(), ApiRoom()]


if __name__ == "__main__":
    sys.stdout.write(page(rooms(), shipped_grounds(".")))
