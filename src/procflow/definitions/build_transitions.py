"""Transitions: one mapping, a list of alternatives, or alternatives under shared keys (`then:`).

Every form becomes a flat list of alternatives in the order written. It must not know states.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from procflow.core.expressions import And, Expression, If, Node, Or
from procflow.core.procedure import NOWHERE, Ask, At, Choice, Spec, Transition
from procflow.definitions.build_effects import build_effects
from procflow.definitions.build_fields import build_asks
from procflow.definitions.building import NUMBERS, Builder, is_broken, is_null, key_place, place
from procflow.definitions.nodes import YList, YMap, plain_value

#: `to: outer.last` goes back to where `outer` was left.
BACK = ".last"


@dataclass(frozen=True)
class Alternative:
    """One alternative as written: the mappings whose keys it has, shared ones first."""

    layers: tuple[YMap, ...]

    @property
    def own(self) -> YMap:
        return self.layers[-1]

    def last(self, *keys: str) -> tuple[YMap, str] | None:
        """The innermost mapping that has one of these keys, and which."""
        for layer in reversed(self.layers):
            for key in keys:
                if key in layer:
                    return layer, key
        return None


def alternatives_of(node: Any, shared: tuple[YMap, ...] = ()) -> list[Alternative]:
    """The alternatives in the order written, each with what it shares."""
    if isinstance(node, YList):
        return [found for item in node for found in alternatives_of(item, shared)]
    if not isinstance(node, YMap):  # nothing written: a transition that only stays
        return [Alternative((*shared, YMap((), *place(node))))]
    if "then" in node:
        return alternatives_of(node["then"], (*shared, node))
    return [Alternative((*shared, node))]


def build_alternatives(
    b: Builder, node: Any, *, prefix: str, kind: str, name: str, source: str
) -> tuple[Transition, ...]:
    """The transitions of one choice, event, time or `always`; their ids are `prefix#1`, `prefix#2` …"""
    alternatives = alternatives_of(node)
    _goals_on_top(b, alternatives)
    return tuple(
        [
            _transition(b, alternative, f"{prefix}#{n}", kind, name, source)
            for n, alternative in enumerate(alternatives, 1)
        ]
    )


def _goals_on_top(b: Builder, alternatives: Sequence[Alternative]) -> None:
    """A goal above `then:` that each alternative below replaces by its own: it never leads anywhere."""
    shared = {id(layer): layer for alternative in alternatives for layer in alternative.layers[:-1]}
    for layer in shared.values():
        key = next((key for key in ("refuse", "to") if key in layer), None)
        below = [a for a in alternatives if any(each is layer for each in a.layers)]
        if key is not None and all((a.last("refuse", "to") or (layer,))[0] is not layer for a in below):
            message = f"`{key}` here is never used: each alternative of `then` says itself where it leads"
            hint = "take it away, or take it as the last alternative of `then`, without a guard"
            b.problem(key_place(layer, key), "PF111", message, hint)


def _transition(
    b: Builder, alternative: Alternative, id_: str, kind: str, name: str, source: str
) -> Transition:
    layers = alternative.layers
    to, to_at, refuse = _goal(b, alternative)
    back = to is not None and to.endswith(BACK)
    keep = alternative.last("keep")
    return Transition(
        id=id_,
        kind=kind,
        name=name,
        source=source,
        when=joined([b.expression(layer["when"]) for layer in layers if "when" in layer]),
        asks=_asks(b, layers),
        sets=_sets(b, layers),
        effects=tuple([effect for layer in layers for effect in build_effects(b, layer.get("do"))]),
        to=to.removesuffix(BACK) if to is not None else None,
        refuse=b.words(refuse) if refuse is not None else None,
        keep=b.time(keep[0]["keep"]) if keep is not None else None,
        at=place(alternative.own),
        to_at=to_at,
        back=back,
    )


def _goal(b: Builder, alternative: Alternative) -> tuple[str | None, At, Any]:
    """Where it leads, or with which words it is refused; the innermost mapping that says one of both decides."""
    goal = alternative.last("refuse", "to")
    if goal is None:
        return None, NOWHERE, None
    layer, key = goal
    if key == "refuse":
        return None, NOWHERE, layer["refuse"]
    node = layer["to"]
    return str(node), place(node), None


def joined(guards: Sequence[Expression]) -> Expression | None:
    """One guard that holds where all of them do; each keeps its places."""
    if not guards:
        return None
    unread = [guard for guard in guards if is_broken(guard)]
    if unread or len(guards) == 1:
        return (unread or guards)[0]
    parts: list[Node] = []
    for guard in guards:
        parts.extend(guard.node.parts if isinstance(guard.node, And) else (guard.node,))
    source = " && ".join(
        f"({guard.source})" if isinstance(guard.node, Or | If) else guard.source for guard in guards
    )
    return Expression(source, And(tuple(parts), guards[1].at), guards[0].at)


def _asks(b: Builder, layers: Sequence[YMap]) -> tuple[Ask, ...]:
    found: dict[str, Ask] = {}
    for layer in layers:
        for key, optional in (("ask", False), ("optional", True)):
            if key in layer:
                found.update(build_asks(b, layer[key], optional=optional))
    return tuple(found.values())


def _sets(b: Builder, layers: Sequence[YMap]) -> tuple[tuple[str, Spec], ...]:
    found: dict[str, Spec] = {}
    for layer in layers:
        found.update(build_sets(b, layer.get("set")))
    return tuple(found.items())


def build_sets(b: Builder, node: YMap | None) -> dict[str, Spec]:
    """What is assigned, each value of its field's type."""
    found: dict[str, Spec] = {}
    for name, item in (node or {}).items():
        field = b.fields.get(name)
        if field is None:
            b.unknown(key_place(node or YMap(), name), "PF202", "field", str(name), b.fields)
        elif field.type in NUMBERS and (more := re.fullmatch(r"\+ *([0-9.]+)", str(item))):
            message = f"`{item}` sets `{name}` to that number, and adds nothing to it"
            hint = f'write "${{{name} + {more[1]}}}" to add it'
            b.problem(place(item), "PF212", message, hint)
        found[str(name)] = b.typed(field, item) if field is not None else b.value(item)
    return found


def _said(alternative: Alternative, key: str) -> YMap | None:
    """The innermost mapping that says a key of this alternative."""
    said = [layer for layer in alternative.layers if key in layer and not is_null(layer[key])]
    return said[-1] if said else None


def _of_the_whole(b: Builder, key: str, alternatives: Sequence[Alternative]) -> None:
    """Who may, and what is asked, is settled before any alternative is looked at: it cannot differ between them."""
    said = [layer for layer in (_said(alternative, key) for alternative in alternatives) if layer is not None]
    differs = next((layer for layer in said if plain_value(layer[key]) != plain_value(said[0][key])), None)
    if differs is not None:
        message = f"`{key}` is one for the whole choice, and its alternatives differ"
        hint = f"put `{key}:` beside a `then:` that holds the alternatives, if it is for each of them; else make two choices"
        words = key in (
            "label",
            "help",
        )  # people read the first of them; the choice does what it says all the same
        b.problem(key_place(differs, key), "PF213" if words else "PF111", message, hint)
    elif key in ("by", "other_than") and said and len(said) < len(alternatives):
        message = f"`{key}` stands in one alternative, and holds for all of them"
        hint = f"put `{key}:` beside a `then:` that holds the alternatives; where others may take the rest, make two choices"
        b.problem(key_place(said[0], key), "PF213", message, hint)


def build_choice(b: Builder, name: str, node: Any, state: str, at: At) -> Choice:
    """A choice; the keys that belong to it as a whole come from the first alternative that has them."""
    given: dict[str, Any] = {}
    alternatives = alternatives_of(node)
    for key in ("label", "help", "by", "other_than", "note"):
        _of_the_whole(b, key, alternatives)
        for alternative in alternatives:
            found = _said(alternative, key)
            if found is not None:
                given.setdefault(key, found[key])
    by = given.get("by")
    return Choice(
        name=name,
        state=state,
        alternatives=build_alternatives(
            b, node, prefix=f"{state}.{name}", kind="choice", name=name, source=state
        ),
        label=b.words(given.get("label")),
        help=b.words(given.get("help")),
        by=b.several(by) if isinstance(by, YList) else b.text(by) if by is not None else None,
        other_than=b.several(given.get("other_than")),
        note=str(given.get("note", "")),
        at=at,
    )
