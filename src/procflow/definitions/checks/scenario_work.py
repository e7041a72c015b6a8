"""Open work, promises and outcomes that a scenario expects, and what its messages come by: states, kinds, roles, people and promises that there are.

Whether the work is there is the rehearsal's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from procflow.core.between_cases import MADE_HERE
from procflow.core.choices import ITEM_CHOICES
from procflow.core.nearest import did_you_mean
from procflow.core.procedure import Procedure
from procflow.definitions.building import is_null, key_place, place
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.known import Known
from procflow.definitions.checks.others import outcomes_of
from procflow.definitions.checks.outline import listed
from procflow.definitions.meant import CHANNELS
from procflow.definitions.nodes import NULL, YMap, YText, submap
from procflow.definitions.schema import organisation_keys

#: Work of a state, and the items that a case may have beside it.
KINDS = ("work", *sorted(frozenset[str]().union(*ITEM_CHOICES.values())))
#: What may be looked at of a task, and other words for it.
_KEYS = {
    "state": "state", "kind": "kind", "role": "role", "person": "person", "for": "whom", "claimed_by": "person",
    "about": "", "task": "state", "to": "person", "people": "person", "roles": "role", "for_whom": "whom",
    "on_behalf": "whom",
}  # fmt: skip


def check(
    node: YMap,
    procedure: Procedure,
    roles: Collection[str] | None,
    people: Collection[str] | None,
    person: Callable[[Any], None],
    out: Findings,
) -> None:
    """Look at `tasks`, `promises` and `outcome` of an `expect`; `person` checks a code."""
    promises = submap(node, "promises")
    promised = [promise.name for promise in procedure.promises]
    for name in promises:
        if name not in promised:
            out.unknown(key_place(promises, name), "PF294", "promise", str(name), promised)
    _outcome(node.get("outcome"), procedure, out)
    words = {"state": list(procedure.state), "kind": KINDS, "role": roles}
    for task in listed(node.get("tasks")):
        if isinstance(task, YMap):
            for key in task:
                _key(task, str(key), words, people, person, out)
        elif roles is not None and people is not None and isinstance(task, YText) and not is_null(task):
            known = [*procedure.state, *KINDS, *roles, *people]
            if task not in known and task not in people:
                out.unknown(place(task), "PF240", "state, kind of work, role or person", str(task), known)


def _key(
    task: YMap,
    key: str,
    words: dict[str, Any],
    people: Collection[str] | None,
    person: Callable[[Any], None],
    out: Findings,
) -> None:
    if key not in _KEYS:
        hint = did_you_mean(key, [name for name in _KEYS if name not in ("task", "to")])
        out.add(key_place(task, key), "PF101", f"`{key}` is not looked at of a task", hint)
        return
    what = _KEYS[key]
    for item in listed(task[key]):
        if not isinstance(item, YText) or is_null(item):
            continue
        if what == "person":
            person(item)
        elif what == "whom" and words["role"] is not None and people is not None:
            if item not in words["role"] and item not in people:
                out.unknown(place(item), "PF242", "role or person", str(item), (*words["role"], *people))
        elif words.get(what) is not None and item not in words[what]:
            code = {"state": "PF240", "role": "PF242"}.get(what, "PF104")
            out.unknown(
                place(item), code, f"{what} of work" if what == "kind" else what, str(item), words[what]
            )


def _outcome(node: Any, procedure: Procedure, out: Findings) -> None:
    found = outcomes_of(procedure)
    known = None if found is None else ["cancelled", *found]  # None: they cannot be listed
    if isinstance(node, YText) and known is not None and node not in known and node not in NULL:
        hint = did_you_mean(str(node), known)
        out.add(place(node), "PF298", f"no end has the outcome `{node}`", hint)


def message(node: YMap, known: Known, out: Findings) -> None:
    """What a message of a rehearsal comes by, and where to."""
    _channel(node.get("channel"), known, out)
    _mailboxes(node, known, out)


def _channel(node: Any, known: Known, out: Findings) -> None:
    """What a message of a rehearsal comes by brings messages here, or a procedure asks for it."""
    if (
        not isinstance(node, YText)
        or known.message_channels is None
        or node in (*known.message_channels, *NULL)
    ):
        return
    brought = [*sorted(known.evidence_channels), "form"]
    near = did_you_mean(str(node), [*brought, *sorted(known.message_channels)])
    if CHANNELS.get(str(node)) in brought:
        near = f"did you mean `{CHANNELS[str(node)]}`?"
    out.add(
        place(node),
        "PF104",
        f"no message comes by `{node}` here: no channel is called that, and no procedure asks for it",
        near
        if near.startswith("did")
        else f"messages come by {', '.join(brought)} or another channel of a plugin",
    )


def _mailboxes(node: YMap, known: Known, out: Findings) -> None:
    """A mail of a rehearsal comes to an address, or to a mailbox of the organisation by its name."""
    if node.get("channel") != "mail" or known.mailboxes is None:
        return
    for word in listed(node.get("to")):
        if isinstance(word, YText) and "@" not in word and word not in (*known.mailboxes, *NULL):
            hint = did_you_mean(str(word), known.mailboxes)
            hint = hint or "write an address, or the name of a mailbox of the organisation"
            message = f"`{word}` is neither a mail address nor a mailbox of the organisation"
            out.add(place(word), "PF121", message, hint)


def signal(node: Any, procedure: Procedure | None, out: Findings) -> None:
    """An event from outside is one that some state takes, or that opens a case."""
    if procedure is None or not isinstance(node, YText) or node in MADE_HERE or node in procedure.deadline:
        return
    taken = (
        {name for state in procedure.states for name, _ in state.events} - MADE_HERE - {*procedure.deadline}
    )
    taken |= {start.name for start in procedure.starts if start.kind == "event"}
    if node not in taken:
        hint = did_you_mean(str(node), taken) or "no state takes one: add it to the `events:` of a state"
        out.add(place(node), "PF246", f"no state of `{procedure.name}` takes the event `{node}`", hint)


def surroundings(node: YMap, known: Known, out: Findings) -> None:
    """What is laid over the organisation: keys and parameters that it has."""
    keys = organisation_keys()
    for key in node:
        if key not in keys:
            message = f"`{key}` is not a key of an organisation"
            out.add(key_place(node, key), "PF101", message, did_you_mean(str(key), keys))
    given = submap(node, "parameters")
    for name in given if known.parameters is not None else ():
        if name not in (known.parameters or ()):
            hint = did_you_mean(str(name), known.parameters or ()) or "no procedure asks for it"
            out.add(key_place(given, name), "PF315", f"there is no parameter `{name}`", hint)
