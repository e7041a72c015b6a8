"""Random statecharts, run by procflow and by an interpreter of SCXML's own algorithm: they do the same.

After every event the innermost active states, and the order in which states were left, transitions done and
states entered, must be the same; also when the case was stored and read again between the steps.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procflow.core import journal as j
from procflow.core.case import Case, replay
from procflow.core.decide import Command, Opening, decide
from procflow.core.procedure import Procedure, procedure_from_json, procedure_to_json
from procflow.core.snapshot import from_bytes, to_bytes
from procflow.definitions.build import build_procedure
from procflow.definitions.checks.flow import Flow
from procflow.definitions.reader import read
from procflow.testing import Bench

from .scxml import Go, Interpreter, Loop, Node

EVENTS = ("e", "f", "g")
PLAIN = """
procedure: plain
title: Plain
states: {here: {task: {role: agent}, choices: {stop: {to: over}}}, over: {final: true}}
initial: here
"""


@pytest.fixture(scope="module")
def stage() -> Any:
    return Bench(PLAIN).stage


# a chart


@st.composite
def charts(draw: st.DrawFn) -> Node:
    names = iter(f"s{n}" for n in range(10_000))
    root = Node("root", "compound")
    draw_inside(draw, root, names, depth=0)
    everything = list(walk(root))
    inner = [node for node in everything if node is not root]
    targets = [node.name for node in inner]
    parent = {child.name: node for node in everything for child in node.children}
    outer = [node.name for node in inner if node.children]
    ids = iter(f"t{n}" for n in range(10_000))
    for node in inner:
        if node.kind in ("compound", "root") and draw(st.booleans()):
            node.initial = draw(st.sampled_from([n.name for n in walk(node) if n is not node]))
        node.sees = draw(st.sampled_from(["", *targets]))
        node.entry = draw(st.sampled_from([()] * 18 + [("e",), ("f",)]))
        node.exit = draw(st.sampled_from([()] * 18 + [("g",)]))
        if node.kind == "final":
            continue
        events = [*EVENTS, "", "done"] if node.children and not double(node) else [*EVENTS, ""]
        for event in draw(st.lists(st.sampled_from(events), max_size=3)):
            history = bool(outer) and draw(st.integers(0, 4)) == 0
            near = [child.name for child in parent[node.name].children]  # what stays in its own region
            anywhere = draw(st.integers(0, 2)) == 0
            target = draw(
                st.sampled_from(outer if history else targets if anywhere else [*near, "self", None])
            )
            guard = draw(guards(targets, needed=event == ""))
            add = draw(st.integers(0, 1)) if event else 1
            raises: tuple[str, ...] = ()
            if guard is not None and guard[0] == "less" and event:
                add, raises = 1, draw(st.sampled_from([("e",), ("f", "g"), ("g", "g")]))
            sees = draw(st.sampled_from(["", *targets]))
            node.goes.append(Go(next(ids), event, guard, target, history, add, raises, sees))
        if node.kind == "atomic" and draw(st.booleans()):  # so that several regions often take one event
            near = [child.name for child in parent[node.name].children]
            node.goes.append(
                Go(next(ids), draw(st.sampled_from(("e", "f"))), None, draw(st.sampled_from(near)))
            )
    root.initial = draw(st.sampled_from(targets)) if draw(st.integers(0, 3)) == 0 else root.children[0].name
    return root


def double(node: Node) -> bool:
    """A region that is parallel itself: when the outer one is done is said by the language, not by SCXML."""
    return any(child.kind == "parallel" for child in node.children) and node.kind == "parallel"


@st.composite
def guards(draw: st.DrawFn, targets: list[str], needed: bool) -> tuple[str, Any] | None:
    # `n` only grows, so that what is taken at once, or raises events, mostly comes to an end.
    kinds = ["less"] * 40 if needed else [None] * 6 + ["less"] * 2
    kind = draw(st.sampled_from(["odd", "in", "not_in", *kinds]))
    if kind is None:
        return None
    if kind == "less":
        return kind, draw(st.integers(0, 5))
    return kind, draw(st.sampled_from(targets)) if kind != "odd" else None


def draw_inside(draw: st.DrawFn, node: Node, names: Any, depth: int) -> None:
    """Give a state its children, one of them at least."""
    if node.kind == "parallel":
        for _ in range(draw(st.integers(1, 3))) if depth else range(2):
            region = Node(
                next(names), "parallel" if depth < 3 and draw(st.integers(0, 7)) == 0 else "compound"
            )
            draw_inside(draw, region, names, depth + 1)
            node.children.append(region)
        return
    for n in range(draw(st.integers(1, 3)) if depth else 3):
        kinds = ["atomic", "atomic", "final"] + (
            ["compound", "parallel", "parallel", "parallel"] if depth < 2 else []
        )
        if not depth:  # a case that does not end at once, and has something to compare
            kinds = [
                ["parallel", "parallel", "compound"],
                ["atomic", "compound", "parallel"],
                ["final", "atomic"],
            ][n]
        child = Node(next(names), draw(st.sampled_from(kinds)))
        if child.kind in ("compound", "parallel"):
            draw_inside(draw, child, names, depth + 1)
        node.children.append(child)
    node.initial = node.children[0].name


def walk(node: Node) -> Any:
    yield node
    for child in node.children:
        yield from walk(child)


# the same chart as a procedure


def procedure_of(root: Node) -> Procedure:
    """Built of its text (JSON is YAML), and once through its canonical JSON."""
    document = {
        "procedure": "chart", "title": "Chart", "data": {"n": {"type": "integer", "default": 0}},
        "initial": root.initial, "states": {child.name: state_of(child) for child in root.children},
    }  # fmt: skip
    tree, problems = read(json.dumps(document, indent=1).encode(), "chart.yaml")
    assert problems == []
    procedure, problems = build_procedure(tree, "chart.yaml")
    assert (procedure is not None, problems) == (True, [])
    return procedure_from_json(procedure_to_json(procedure))


def state_of(node: Node) -> dict[str, Any]:
    state: dict[str, Any] = {
        "entry": [note(f"in {node.name}"), *look(node.sees), *({"raise": name} for name in node.entry)],
        "exit": [note(f"out {node.name}"), *look(node.sees), *({"raise": name} for name in node.exit)],
    }
    inside = {child.name: state_of(child) for child in node.children}
    if node.kind == "parallel":
        state["parallel"] = inside
    elif node.kind == "compound":
        state |= {"initial": node.initial, "states": inside}
    elif node.kind == "final":
        state["final"] = True
    for go in node.goes:
        if go.event:
            state.setdefault("events", {}).setdefault(go.event, []).append(transition_of(go))
        else:
            state.setdefault("always", []).append(transition_of(go))
    return state


def transition_of(go: Go) -> dict[str, Any]:
    found: dict[str, Any] = {
        "do": [note(f"do {go.id}"), *look(go.sees), *({"raise": name} for name in go.raises)]
    }
    if go.guard is not None:
        kind, value = go.guard
        found["when"] = {
            "odd": "n % 2 == 1", "less": f"n < {value}",
            "in": f'state("{value}")', "not_in": f'!state("{value}")',
        }[kind]  # fmt: skip
    if go.add:
        found["set"] = {"n": "${n + 1}"}
    if go.target is not None:
        found["to"] = f"{go.target}.last" if go.history else go.target
    return found


def look(state: str) -> list[dict[str, Any]]:
    return [{"when": f'state("{state}")', **note(f"sees {state}")}] if state else []


def note(text: str) -> dict[str, Any]:
    return {"note.write": {"text": text}}


# both of them, side by side


class Ours:
    """The case of a procedure; stored and read again after every step, and folded from its whole journal."""

    def __init__(self, procedure: Procedure, surroundings: Any, now: Any) -> None:
        self.procedure, self.surroundings, self.now = procedure, surroundings, now
        self.case, self.steps, self.taken = Case(id="c"), [], []

    def step(self, command: Command, opening: Opening | None = None) -> list[str]:
        decision = decide(self.procedure, self.case, command, self.now, self.surroundings, opening)
        if decision.refusal is not None:
            raise Loop(decision.refusal.code)
        self.case = from_bytes(to_bytes(decision.case))
        entries = decision.entries
        self.steps.append((decision.case.sequence, entries))
        self.taken += [entry for entry in entries if isinstance(entry, j.TransitionTaken)]
        assert replay("c", self.steps) == self.case == decision.case
        return [entry.text.value for entry in entries if isinstance(entry, j.NoteWritten)]


def compare(root: Node, events: list[str], stage: Any) -> None:
    procedure = procedure_of(root)
    theirs, ours = Interpreter(root), Ours(procedure, stage.surroundings, stage.now)
    opening = Command("open", "open", "chart", source="test")
    both(theirs, lambda: theirs.start(), lambda: ours.step(opening, Opening("c", 1, "hash")), ours)
    for n, event in enumerate(events):
        both(
            theirs,
            lambda e=event: theirs.send(e),
            lambda e=event, n=n: ours.step(Command(f"{n}", "event", e)),
            ours,
        )
        flow = Flow(procedure)
        assert set(ours.case.visits) <= flow.reached  # what the checker says is never reached is not
        done = {entry.id.partition("~")[0] for entry in ours.taken if entry.name == "done"}
        assert done <= flow.done


def both(theirs: Interpreter, they: Any, we: Any, ours: Ours) -> None:
    theirs.trace.clear()
    try:
        they()
    except Loop:
        with pytest.raises(Loop, match="loop"):
            we()
        raise Stop from None
    trace = we()
    assert trace == theirs.trace
    assert list(ours.case.active) == theirs.innermost()
    assert_whole(theirs)
    assert set(ours.case.around) == theirs.configuration - {*ours.case.active, "root"}
    assert ours.case.is_closed is not theirs.running


def assert_whole(theirs: Interpreter) -> None:
    """Each active state has those around it active, a compound one exactly one inside it, a parallel one all."""
    active = theirs.configuration
    for name in active:
        node = theirs.nodes[name]
        inside = [child.name for child in node.children if child.name in active]
        assert theirs.parent[name] is theirs.root or theirs.parent[name].name in active
        assert len(inside) == {"compound": 1, "parallel": len(node.children)}.get(node.kind, 0)


class Stop(Exception):
    """The rest of this chart's events cannot be compared."""


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(root=charts(), events=st.lists(st.sampled_from(EVENTS), min_size=1, max_size=6))
def test_a_chart_does_what_scxml_says(root: Node, events: list[str], stage: Any) -> None:
    try:
        compare(root, events, stage)
    except Stop:
        return
