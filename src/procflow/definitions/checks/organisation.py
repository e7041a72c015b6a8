"""The organisation: team mates, roles and people that do not fit together.

Unknown roles and mates are told where the organisation is built. It must not know procedures.
"""

from __future__ import annotations

from procflow.core.field_formats import read_phone
from procflow.core.field_problems import Wrong
from procflow.definitions.building import key_place, place
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.known_parameters import check_parameters
from procflow.definitions.checks.outline import listed
from procflow.definitions.nodes import YMap, YText, submap
from procflow.errors import Diagnostic


def check(path: str, tree: YMap) -> list[Diagnostic]:
    """Every oddity of the organisation that a reader could see."""
    out = Findings(path)
    people, roles = submap(tree, "people"), submap(tree, "roles")
    held: set[str] = set()
    stands_in = any(word == "mate" for word in listed(tree.get("stand_in")))
    for name, facts in people.items():
        facts = facts if isinstance(facts, YMap) else YMap()
        own = [str(role) for role in listed(facts.get("roles"))]
        held |= set(own)
        if not own:
            message = f"`{name}` has no role, and so never gets any work"
            out.add(key_place(people, name), "PF292", message, "add `roles: […]`, or take the person away")
        _mate(str(name), facts, people, out)
        if "advisor" in own and stands_in and not facts.get("mate"):
            message = (
                f"the advisor `{name}` has no team mate, so in an absence the next stand-in gets all the work"
            )
            out.add(
                key_place(people, name),
                "PF287",
                message,
                "write `mate: …` with both, once they chose each other",
            )
        _phone(facts.get("phone"), out)
    if people:
        for role in roles:
            if role not in held:
                message = f"nobody has the role `{role}`"
                hint = "give it to a person, or take it away"
                out.add(key_place(roles, role), "PF291", message, hint, (str(role),))
    check_parameters(submap(tree, "parameters"), out)
    return out.found


def _mate(name: str, facts: YMap, people: YMap, out: Findings) -> None:
    mate = facts.get("mate")
    other = people.get(mate) if isinstance(mate, YText) else None
    if mate is None or not isinstance(other, YMap):
        return
    if mate == name:
        message = f"`{name}` is named as the team mate of `{name}`"
        out.add(place(mate), "PF290", message, "name somebody else")
    elif other.get("mate") not in (name, mate):  # who is their own mate is told there
        theirs = other.get("mate")
        if theirs and theirs not in people:
            return  # nobody is called so, which is told where it stands
        says = f"whose mate is `{theirs}`" if theirs else "who has none"
        message = f"`{name}` has the team mate `{mate}`, {says}"
        out.add(
            place(mate),
            "PF290",
            message,
            f"write `mate: {name}` with `{mate}` if they stand in for each other",
        )


def _phone(node: object, out: Findings) -> None:
    if not isinstance(node, YText):
        return
    try:
        read_phone(str(node))
    except Wrong:
        hint = 'write it between quotes, with its country: "+4571999901"'
        out.add(place(node), "PF293", f"`{node}` is no phone number", hint)
