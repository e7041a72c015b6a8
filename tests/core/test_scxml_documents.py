"""Statechart documents in the manner of the W3C's tests: each must end in `pass`, also where the engine forgets
everything between two steps. The file's name says which rule of SCXML's algorithm it is about.

The adapter is what somebody outside would write: compound and parallel states, history, raised and external events,
guards over counters, `In()`. A region of a parallel state is a state of its own in SCXML; here it is a name with states.
"""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from procflow.core.decide import Command
from procflow.rehearsal.bench import Bench

DOCUMENTS = sorted((Path(__file__).parent / "scxml_documents").glob("*.scxml"))
STATES = ("state", "parallel", "final")


def procedure_of(document: str) -> str:
    root = ET.fromstring(document)
    reading = Reading(root)
    top = [child for child in root if child.tag in STATES]
    made: dict[str, Any] = {
        "procedure": "chart",
        "title": "Statechart",
        "owner": "agent",
        "starts": [{"by": "agent"}],
        "data": {
            d.get("id"): {"type": "integer", "default": int(d.get("expr") or 0)} for d in root.iter("data")
        },
        "initial": root.get("initial") or top[0].get("id"),
        "states": {child.get("id"): reading.state(child) for child in top},
    }
    if not made["data"]:
        del made["data"]
    return str(yaml.safe_dump(made, sort_keys=False, width=1000))


class Reading:
    def __init__(self, root: ET.Element) -> None:
        self.history = {h.get("id"): p.get("id") for p in root.iter() for h in p if h.tag == "history"}
        self.handlers: dict[str, list[ET.Element]] = {}
        for transition in root.iter("transition"):
            for event in (transition.get("event") or "").split():
                if event.startswith("done.state."):
                    self.handlers.setdefault(event.removeprefix("done.state."), []).append(transition)

    def state(self, node: ET.Element) -> dict[str, Any]:
        found: dict[str, Any] = {"final": True} if node.tag == "final" else {}
        for tag, key in (("onentry", "entry"), ("onexit", "exit")):
            effects = [effect for block in node.findall(tag) for effect in self.effects(block)]
            if effects:
                found[key] = effects
        children = [child for child in node if child.tag in STATES]
        if node.tag == "parallel":
            found["parallel"] = {f"in_{c.get('id')}": self.region(c) for c in children}
        elif children:
            found["initial"] = node.get("initial") or children[0].get("id")
            found["states"] = {child.get("id"): self.state(child) for child in children}
        events: dict[str, list[Any]] = {}
        for transition in node.findall("transition"):
            if transition.get("event") is None:
                found.setdefault("always", []).append(self.transition(transition))
            for event in (transition.get("event") or "").split():
                if not event.startswith("done.state."):
                    events.setdefault(event, []).append(self.transition(transition))
        for transition in self.handlers.get(str(node.get("id")), ()):
            events.setdefault("done", []).append(self.transition(transition))
        if events:
            found["events"] = events
        return found

    def region(self, child: ET.Element) -> dict[str, Any]:
        """A child that does nothing itself is the region; any other stands alone in one, and ends with it."""
        name = str(child.get("id"))
        inner = [part for part in child if part.tag in STATES]
        state = self.state(child)
        own = any(part.tag in ("transition", "onentry", "onexit") for part in child)
        if not own and inner and child.tag == "state":
            return {"initial": state["initial"], "states": state["states"]}
        states = {name: state}
        if any(part.tag == "final" for part in inner):
            done = state.setdefault("events", {}).setdefault("done", [])
            for alternative in done:  # what is done on the way out
                alternative.setdefault("to", f"{name}_over")
            done.append({"to": f"{name}_over"})
            states[f"{name}_over"] = {"final": True}
        return {"initial": name, "states": states}

    def transition(self, node: ET.Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if node.get("cond"):
            found["when"] = re.sub(r"In\('(\w+)'\)", r'state("\1")', str(node.get("cond")))
        sets = {part.get("location"): f"${{{part.get('expr')}}}" for part in node if part.tag == "assign"}
        if sets:
            found["set"] = sets
        if effects := self.effects(node):
            found["do"] = effects
        target = node.get("target")
        if target is not None:
            found["to"] = f"{self.history[target]}.last" if target in self.history else target
        return found

    def effects(self, node: ET.Element) -> list[dict[str, Any]]:
        return [{"raise": part.get("event")} for part in node if part.tag == "raise"]


@pytest.mark.parametrize("restart", [False, True], ids=["in one go", "restarted"])
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_statechart_ends_in_pass(path: Path, restart: bool) -> None:
    document = path.read_text("utf-8")
    asked = re.search(r"events: ([\w ]+) -->", document)
    bench = Bench(procedure_of(document), overlook=("PF250", "PF251"))  # states for failures only
    bench.open("ann")
    for event in asked[1].split() if asked else ():
        if restart:  # only what the store holds is known
            bench.stage.engine._cases.clear()
            bench.stage.engine._procedures.clear()
        bench.stage.submit(bench.case_id, Command(bench.stage.id(), "event", event, source="outside"))
    assert bench.outcome == "pass"
