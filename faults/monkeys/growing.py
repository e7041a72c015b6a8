"""Grows a procedure of the grammar, as its dice fall. What it grows is well-formed; whether it checks is for the checker."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from faults.monkeys import grammar as g


def grown(seed: int, *procedures: str) -> dict[str, Any]:
    """The first of these procedures, as this seed grows it."""
    return Growing(random.Random(seed), procedures).procedure(procedures[0])


class Growing:
    def __init__(self, dice: random.Random, procedures: Sequence[str]) -> None:
        self.dice, self.procedures = dice, procedures
        self.inner: dict[str, list[str]] = {}  # state -> the names of those inside it
        self.deadlines: list[str] = []
        self.choices: list[str] = []
        self.states: list[str] = []

    def one(self, of: Sequence[Any]) -> Any:
        return self.dice.choice(of)

    def perhaps(self, share: float) -> bool:
        return self.dice.random() < share

    def some(self, of: Sequence[Any], least: int, most: int) -> list[Any]:
        return self.dice.sample(list(of), min(len(of), self.dice.randint(least, most)))

    def put(self, of: Any) -> Any:
        """With the names of this procedure where the grammar leaves room for them."""
        if isinstance(of, dict):
            return {self.put(key): self.put(value) for key, value in of.items()}
        if isinstance(of, list):
            return [self.put(item) for item in of]
        if not isinstance(of, str):
            return of
        for mark, names in (("{c}", self.choices), ("{d}", self.deadlines), ("{e}", ["ev0", "ev1"])):
            of = of.replace(mark, self.one(names)) if mark in of else of
        of = of.replace("{p}", self.one(self.procedures)) if "{p}" in of else of
        of = of.replace("{s}", self.one(self.everywhere)) if "{s}" in of else of
        return of.replace("{{", "{").replace("}}", "}") if "{{" in of else of

    @property
    def everywhere(self) -> list[str]:
        return [*self.states, *(name for inside in self.inner.values() for name in inside), "good", "bad"]

    def procedure(self, name: str) -> dict[str, Any]:
        self.states = [f"s{n}" for n in range(self.dice.randint(3, 6))]
        self.choices = [f"c{n}" for n in range(self.dice.randint(2, 5))]
        self.deadlines = [f"dl{n}" for n in range(self.dice.randint(0, 2))]
        ways: dict[str, str] = {}
        for state in self.states[1:]:
            ways[state] = self.dice.choices(["plain", "nested", "parallel", "always"], [14, 4, 3, 2])[0]
            if ways[state] == "nested":
                self.inner[state] = [f"{state}_a", f"{state}_b", f"{state}_end"]
            elif ways[state] == "parallel":
                self.inner[state] = [f"{state}_{side}{n}" for side in "lr" for n in (1, 2)]
        grown: dict[str, Any] = {
            "procedure": name,
            "title": {"da": f"Prøve {name}", "en": f"Trial {name}"},
            "owner": "lead",
            "subject": "kn",
            "starts": [{"by": "agent"}, *(self.some(g.STARTS, 0, 2))],
            "data": dict(g.DATA),
            "initial": "s0",
            "decisions": {"dec": g.DECISION},
        }
        if self.perhaps(0.6):
            grown["correlate"] = ["kn", "phones", "address"]
        if self.perhaps(0.2):
            grown["one_open_per"] = self.one([["kn"], ["kn", "e"]])
        if self.perhaps(0.1):
            grown["visible_to"] = ["agent", "lead"]
        grown["states"] = {"s0": self.first()} | {
            each: getattr(self, way)(each) for each, way in ways.items()
        }
        grown["states"] |= {
            "good": {"final": True, "outcome": "good"},
            "bad": {"final": True, "outcome": "bad"},
        }
        if self.deadlines:
            grown["deadlines"] = {each: self.deadline() for each in self.deadlines}
        if self.perhaps(0.6):
            grown["promises"] = {f"pr{n}": self.promise() for n in range(self.dice.randint(1, 3))}
        return grown

    # states

    def first(self) -> dict[str, Any]:
        """Begins; every state can be come to from here."""
        leads = {f"go_{each}": {"to": each} for each in [*self.states[1:], "good", "bad"]}
        events = {each: {"to": self.one(self.states[1:])} for each in ("ev0", "ev1")}
        acts = {each: self.transitions(True) for each in self.choices}
        return {"task": {"role": "agent"}, "choices": acts | leads, "events": events, "after": {"20 working days": {"to": "bad"}}}  # fmt: skip

    def plain(self, name: str, leads: str = "") -> dict[str, Any]:
        task = dict(self.one(g.WORK))
        if self.perhaps(0.5):
            task["say"] = {"da": self.one(g.SAID), "en": "Well ${e}"}
        if self.perhaps(0.35):
            task["take"] = self.one(["claim", "offer", "shortest_queue", "round_robin"])
        if self.perhaps(0.2):
            task["other_than"] = [self.one([*self.choices, "${who1}"])]
        grown: dict[str, Any] = {"task": task, "choices": {each: self.transitions(True) for each in self.some(self.choices, 1, 3)}}  # fmt: skip
        grown["choices"][f"out_{name}"] = {"to": leads or self.one(["good", "bad"])}
        events: dict[str, Any] = {}
        if self.perhaps(0.35):
            events["message"] = [self.put(dict(self.one(g.ON_MESSAGE))) | {"to": self.target()}]
        if self.perhaps(0.25):
            events[self.one(["ev0", "ev1", *self.deadlines])] = self.transitions(False)
        if self.perhaps(0.25) and not leads:
            grown["invoke"] = self.put(self.one(g.INVOKED))
            events |= {
                "done": {"to": self.target()},
                "failed": {"set": {"txt": "${result.error}"}, "to": self.target()},
            }
        if events:
            grown["events"] = events
        if self.perhaps(0.4):
            grown["after"] = {each: self.transitions(False) for each in self.some(g.TIMES, 1, 2)}
        if self.perhaps(0.3):
            grown["entry"] = [self.effect() for _ in range(self.dice.randint(1, 2))]
        if self.perhaps(0.15):
            grown["exit"] = [self.effect()]
        return grown

    def nested(self, name: str) -> dict[str, Any]:
        first, second, end = self.inner[name]
        inside = {first: self.plain(first, second), second: self.plain(second, end), end: {"final": True}}
        grown = {"initial": first, "states": inside, "events": {"done": {"to": self.target()}}}
        if self.perhaps(0.5):
            grown["choices"] = {self.one(self.choices): self.transition(True) | {"by": "lead"}}
        return grown

    def parallel(self, name: str) -> dict[str, Any]:
        sides = {}
        for side in "lr":
            first, second, end = (f"{name}_{side}{n}" for n in (1, 2, 3))
            inside = {first: self.plain(first, second), second: self.plain(second, end), end: {"final": True}}
            sides[f"{name}_{side}"] = {"initial": first, "states": inside}
        return {"parallel": sides, "events": {"done": {"to": self.target()}}}

    def always(self, name: str) -> dict[str, Any]:
        ways = [{"when": self.guard(), "to": self.target()} for _ in range(self.dice.randint(1, 2))]
        return {"always": [*ways, {"to": self.one(["good", "bad"])}]}

    # transitions

    def target(self) -> str:
        nested = [name for name, inside in self.inner.items() if len(inside) == 3]
        if nested and self.perhaps(0.2):
            return f"{self.one(nested)}.last"
        if self.perhaps(0.06):
            return "self"
        return str(self.one(self.everywhere if self.perhaps(0.25) else [*self.states, "good", "bad"]))

    def transitions(self, choice: bool) -> Any:
        if self.perhaps(0.25):
            return [self.transition(choice, True), self.transition(choice, False)]
        return self.transition(choice)

    def transition(self, choice: bool, guarded: bool | None = None) -> dict[str, Any]:
        grown: dict[str, Any] = {}
        asked: list[Any] = self.some(g.ASKED, 1, 3) if choice and self.perhaps(0.5) else []
        if asked:
            extras = [
                {"reason": {"type": "plain_text", "minLength": 3}},
                {"agreed": {"type": "tick"}},
                {"pic": {"type": "file", "accept": ["image/png"]}},
            ]
            more = self.some(extras, 0, 1)
            grown["ask"] = [*asked, *more]
            if any("pic" in each for each in more):
                grown["set"] = {"ev": "${evidence('messenger', input.pic)}"}
        if guarded or (guarded is None and self.perhaps(0.25)):
            grown["when"] = self.guard(choice)
            if choice and guarded and self.perhaps(0.15):
                return {key: grown[key] for key in ("ask", "when") if key in grown} | {"refuse": {"da": "Ikke sådan", "en": "Not so"}}  # fmt: skip
        if self.perhaps(0.45):
            fields = [name for name in self.some(list(g.VALUES), 1, 2) if name not in asked]
            grown["set"] = grown.get("set", {}) | {
                name: self.put(self.one(g.VALUES[name])) for name in fields
            }
        if self.perhaps(0.4):
            grown["do"] = [self.effect() for _ in range(self.dice.randint(1, 2))]
        if choice and self.perhaps(0.1):
            grown["note"] = self.one(["required", "optional"])
        if choice and self.perhaps(0.08):
            grown["by"] = self.one(["agent", "lead", "advisor"])
        if choice and self.perhaps(0.08):
            grown["other_than"] = [self.one(self.choices)]
        if self.perhaps(0.85) or not (grown.get("set") or grown.get("do")):
            grown["to"] = self.target()
        return grown

    def guard(self, choice: bool = False) -> str:
        atoms = [*g.GUARDS, *(g.WITH_DEADLINE if self.deadlines else []), *(g.BY_PEOPLE if choice else [])]
        atoms.append("decide('dec', {'e': e, 'n': n}).res == 'one'")
        one, other = (str(self.put(self.one(atoms))) for _ in range(2))
        return (
            f"{self.one(['', '!'])}({one}) {self.one(['&&', '||'])} ({other})" if self.perhaps(0.3) else one
        )

    def effect(self) -> dict[str, Any]:
        grown: dict[str, Any] = self.put(self.one(g.EFFECTS))
        if self.perhaps(0.2):
            grown = {"when": self.guard(), **grown}
        if self.perhaps(0.1) and "notify" not in grown:
            grown = {"each": "${arr}", "as": "one_of", **grown}
        if self.perhaps(0.1) and any(key in grown for key in ("mail.send", "sms.send")):
            grown["unless_left"] = True
        return grown

    # deadlines and promises

    def deadline(self) -> dict[str, Any]:
        grown: dict[str, Any] = {
            "title": {"da": "Frist", "en": "Due"},
            "starts": self.put(self.one(g.MOMENTS)),
        }
        if self.perhaps(0.85):
            grown["within"] = self.one(g.SPANS)
            if self.perhaps(0.2):
                grown["from"] = self.one(["${inst}", "${case.opened}"])
        else:
            grown["until"] = self.one(["${inst}", "${day}"])
        grown["met"] = self.put(self.one(g.MOMENTS))
        if self.perhaps(0.25):
            grown["pause_in"] = [self.one(self.states)]
        if self.perhaps(0.4):
            grown["warn"] = {"at": "75%", "do": [self.effect()]}
        if self.perhaps(0.6):
            grown["missed"] = {"do": [self.effect()]}
        if self.perhaps(0.3):
            grown["again"] = True
        return grown

    def promise(self) -> dict[str, Any]:
        that, then = (
            self.put(self.one([*g.THAT, *(["missed('{d}')"] if self.deadlines else [])])) for _ in range(2)
        )
        ways: list[dict[str, Any]] = [
            {"never": that}, {"before": that, "must": then}, {"after": that, "eventually": then},
            {"after": that, "eventually": then, "within": "3 days"}, {"at_most": {"times": self.dice.randint(1, 3), "of": that}},
        ]  # fmt: skip
        kept: dict[str, Any] = {"says": "Et løfte."} | self.one(ways)
        return kept
