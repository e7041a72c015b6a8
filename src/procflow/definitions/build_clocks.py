"""Deadlines and promises: what is due, and what never happens.

It must not know calendars: a time is checked for its form only.
"""

from __future__ import annotations

from typing import Any

from procflow.core.procedure import At, Deadline, Moment, Promise
from procflow.core.times import parse_warn
from procflow.definitions.build_effects import build_effects
from procflow.definitions.building import Builder, is_yes, key_place, place, texts
from procflow.definitions.nodes import YList, YMap, plain_value


def build_deadlines(b: Builder, node: YMap) -> tuple[Deadline, ...]:
    return tuple([_deadline(b, str(name), item, key_place(node, name)) for name, item in node.items()])


def _deadline(b: Builder, name: str, node: YMap, at: At) -> Deadline:
    warn, missed = node.get("warn") or YMap(), node.get("missed") or YMap()
    warn_at = warn.get("at")
    if warn_at is not None:
        b.checked_time(str(warn_at), warn_at.position, parse_warn)
    return Deadline(
        name=name,
        starts=build_moments(b, node.get("starts")),
        met=build_moments(b, node.get("met")),
        title=b.words(node.get("title")),
        since=b.time(node["from"]) if "from" in node else None,
        within=b.time(node["within"]) if "within" in node else None,
        until=b.time(node["until"]) if "until" in node else None,
        pause_in=texts(node.get("pause_in")),
        warn_at=str(warn_at) if warn_at is not None else "",
        warn=build_effects(b, warn.get("do")),
        missed=build_effects(b, missed.get("do")),
        again=is_yes(node.get("again")),
        at=at,
    )


def build_moments(b: Builder, node: Any) -> tuple[Moment, ...]:
    """One moment or a list, any of which counts."""
    if node is None:
        return ()
    return tuple([_moment(b, item) for item in (node if isinstance(node, YList) else [node])])


def _moment(b: Builder, node: Any) -> Moment:
    """`opening`, a word and the name that it is about, or a condition that becomes true."""
    if isinstance(node, YMap):
        return Moment("when", when=b.expression(node["when"]), at=place(node["when"]))
    kind, _, name = str(node).partition(" ")
    return Moment(kind, name, at=node.position(len(kind) + 1) if name else place(node))


def build_promises(b: Builder, node: YMap) -> tuple[Promise, ...]:
    return tuple([_promise(b, str(name), item, key_place(node, name)) for name, item in node.items()])


#: What stands beside the kinds of promises that say two things.
_PARTNERS = {"before": "must", "after": "eventually"}


def _promise(b: Builder, name: str, node: YMap, at: At) -> Promise:
    kind = next(kind for kind in ("never", "always", "before", "after", "at_most") if kind in node)
    partner = _PARTNERS.get(kind)
    bound = kind == "at_most"
    return Promise(
        name=name,
        kind=kind,
        p=b.expression(node[kind]["of"] if bound else node[kind]),
        q=b.expression(node[partner]) if partner is not None else None,
        times=int(plain_value(node[kind]["times"])) if bound else 0,
        within=b.time(node["within"]) if "within" in node else None,
        says=b.words(node.get("says")),
        at=at,
    )
