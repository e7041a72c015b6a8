"""Random small procedures, as a strategy: whatever the language lets an owner write, in any combination.

They need make no sense, only be read and built by the real definitions. All that a guard can ask is exact or ordered,
so that the prover has nothing to leave open that a walk could not settle. It must not know what is done with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import random_expressions as said
import random_parts as more
import yaml
from hypothesis import strategies as st
from msgspec import Struct

NAME = "errand"
#: What may be asked for, and what a walk may then enter.
ENTERED: dict[str, tuple[Any, ...]] = {
    "kind": ("red", "green", "blue"),
    "sure": (True, False),
    "amount": (0, 1, 2, 3, 5),
}
CHOICES = ("c0", "c1", "c2", "c3")
RAISED = ("r0", "r1")
SENT = ("e0", "e1")
DEADLINES = ("d0", "d1")
SPANS = ("3 hours", "1 days", "2 days", "2 working days", "5 open hours", "30 hours")
ENDS = ("done_well", "given_up")
#: What lists are set to.
LISTED = (
    ("seen", "${seen + [kind]}"),
    ("seen", "${seen + [kind]}"),
    ("told", "${told + [kind]}"),
    ("told", '${told + [kind, "red"]}'),
    ("seen", "${sure ? seen : told}"),
    ("told", "${seen}"),
    ("told", "${told.filter(x, x != kind)}"),
    ("seen", []),
    ("seen", ["red"]),
    ("told", ["${kind}"]),
)
DATA = {
    "kind": {"enum": ["red", "green", "blue"]},
    "sure": {"type": "boolean"},
    "amount": {"type": "integer", "minimum": 0, "maximum": 9},
    "tries": {"type": "integer", "default": 0},
    "seen": {"type": "array", "items": {"type": "string"}},
    "told": {"type": "array", "items": {"type": "string"}},
}


class Shape(Struct):
    """The names that guards, moments and promises may use."""

    states: list[str]
    choices: list[str]
    events: list[str]
    deadlines: list[str]
    parts: list[str] = []  # see `random_parts`
    own: list[str] = []  # of the choice that is being written: what only its step is told
    in_choice: bool = False


@st.composite
def procedures(
    draw: st.DrawFn, most_promises: int = 4, part: str = "", beside: Sequence[str] = more.PARTS
) -> str:
    """One procedure as YAML text; with a part of the language (see `random_parts`) and perhaps one of those `beside`."""
    others = draw(st.sampled_from(("", *beside))) if part else ""
    parts = [name for name in dict.fromkeys((part, others)) if name]
    documents = [_Writer(draw, parts).document(most_promises)]
    if "others" in parts:
        documents.append(_Writer(draw, [], more.HELPER).document(1))
    return more.together(*(yaml.dump(d, Dumper=_Plain, sort_keys=False, width=200) for d in documents))


class _Plain(yaml.SafeDumper):
    """Writes out what stands in several places: a document has no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Writer:
    def __init__(self, draw: st.DrawFn, parts: list[str], name: str = NAME) -> None:
        self.draw, self.name = draw, name
        self.is_wide = not set(parts).isdisjoint(more.MORE)
        self.shape = Shape([], [], [], [], parts)
        self.entered = dict(ENTERED)
        for part in self.shape.parts:
            self.entered |= more.ENTERED.get(part, {})

    def document(self, most_promises: int) -> dict[str, Any]:
        self.shape.deadlines = list(DEADLINES[: self.one((1, 0, 1, 2))])
        frames = self._frames()
        start: dict[str, Any] = {"by": "agent"}
        if self.maybe(3):
            start["ask"] = ["kind"]
        data = dict(DATA)
        for part in self.shape.parts:
            data |= more.DATA.get(part, {})
        written = {
            "procedure": self.name,
            "title": {"en": "Errand", "da": "Ærinde"},
            "owner": "lead",
            **({"one_open_per": ["kind"]} if self.has("house") and self.maybe(3) else {}),
            **({} if self.name != NAME else {"starts": [start, *more.other_starts(self, SENT[0])]}),
            **({"correlate": ["tag"]} if self.has("begun") else {}),
            "data": data,
            **({"decisions": more.decisions(self.maybe, self.one)} if self.has("tables") else {}),
            "initial": "s0",
            "states": {name: self._filled(name, frame) for name, frame in frames.items()},
        }
        for end in ENDS:
            written["states"][end] = {"final": True, "outcome": end}
        if self.has("given") and self.maybe():
            written["states"][ENDS[1]]["outcome"] = "${grade}"
        if self.shape.deadlines:
            written["deadlines"] = {name: self._deadline() for name in self.shape.deadlines}
        written["promises"] = {f"p{n}": self._promise() for n in range(self.number(1, most_promises))}
        return written

    # what is drawn

    def has(self, part: str) -> bool:
        return part in self.shape.parts

    def one(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def maybe(self, of: int = 2) -> bool:
        """Once in so many times; what is left out is the simpler."""
        return self.number(1, of) == of

    # states: first which there are and which choices and events they have, then what is inside

    def _frames(self) -> dict[str, dict[str, Any]]:
        frames = {}
        for n in range(self.number(1, 4 if self.name == NAME else 2)):
            name = f"s{n}"
            kinds = (
                ["task", "task", "task", "always", "nested", "regions"] if n else ["task", "task", "nested"]
            )
            kinds += ["answer", "answer"] if self.has("answers") else []
            kinds = ["answer"] if self.has("answers") and n == 1 else kinds
            kinds += ["other", "other"] if self.has("others") else []
            kinds = ["other"] if self.has("others") and n == 1 else kinds
            kinds = ["deep"] if self.has("deep") and not n else kinds
            frames[name] = self._frame(name, self.one(kinds))
        return frames

    def _frame(self, name: str, kind: str) -> dict[str, Any]:
        frame: dict[str, Any] = {"kind": kind, "choices": [], "events": []}
        self.shape.states.append(name)
        if kind != "always":
            frame["choices"] = self._some(CHOICES, 1, 2)
            events = (*RAISED, *SENT, *self.shape.deadlines)
            frame["events"] = self._some(events, 0, 2)
            brings = self.has("messages") or self.has("evidence") or self.has("forms") or self.has("begun")
            if brings and (name == "s0" or self.maybe()):
                frame["events"] = [*frame["events"], "message"]
        if kind in ("nested", "deep"):
            frame["inner"] = [f"{name}_a", f"{name}_b"]
            if kind == "deep":
                frame["inner"] += [f"{name}_b_p", f"{name}_b_q"]
            self.shape.states += frame["inner"]
        if kind == "regions":
            frame["inner"] = [f"{name}_l", f"{name}_r"]
            self.shape.states += frame["inner"]
        self.shape.choices += [c for c in frame["choices"] if c not in self.shape.choices]
        self.shape.events += [e for e in frame["events"] if e not in self.shape.events]
        return frame

    def _some(self, names: Any, low: int, high: int) -> list[str]:
        return self.draw(st.lists(st.sampled_from(list(names)), min_size=low, max_size=high, unique=True))

    def _filled(self, name: str, frame: dict[str, Any]) -> dict[str, Any]:
        kind = frame["kind"]
        if kind == "always":
            found: dict[str, Any] = {"always": self._ways(("to",))}
            found["always"][-1].pop("when", None)
            return found
        found = {} if kind == "regions" else {"task": self._task()}
        if kind == "answer":
            found = more.asked_outside(found, self.maybe())
        if kind == "other":
            given = self.one(
                ({"kind": "${kind}"}, {"kind": "red", "sure": "${sure}"}, {"amount": "${amount}"})
            )
            found = more.asked_of_another(found, self.maybe(), given)
        found["choices"] = {choice: self._choice() for choice in frame["choices"]}
        if "task" not in found:  # else nobody may take them
            for choice in found["choices"].values():
                choice.setdefault("by", "agent")
        events = {event: self._ways() for event in frame["events"]}
        if self.has("evidence") and "message" in events:
            events["message"].insert(0, self._proved(name))
        if self.has("forms") and "message" in events:
            events["message"].insert(0, self._filled_in())
        if self.has("begun") and "message" in events:
            events["message"].insert(0, more.tagged(self))
        if "message" in events and self.maybe(2 if self.has("begun") else 3):
            events["message"][-1]["keep"] = "2 days"
        if kind in ("answer", "other"):
            events |= {
                word: self._answered(word, kind)
                for word in ("done", "failed")
                if word == "done" or not self.maybe(4)
            }
        if kind in ("nested", "regions", "deep"):
            events["done"] = [{"to": self._target()}]
            found |= more.inside(name, kind, self)
        if events:
            found["events"] = events
        if self.maybe(3):
            found["after"] = {self.span(): self._ways(("to", "to", "stay"))}
        if self.has("every") and (name == "s0" or self.maybe()):
            found["after"] = {"every open day at 08:00": self._ways(("to", "stay", "stay"))}
        if self.maybe(5) or (self.has("signals") and name == "s0"):
            found["entry"] = [self._effect()]
        if self.is_wide and self.maybe(8):
            found["exit"] = [self._effect()]
        if self.maybe(6) and kind == "task":
            found["always"] = [self._way(True)]
        return found

    def _proved(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"when": "proof_of(message).accepted"} if self.maybe() else {}
        found["set"] = {"proof": "${proof_of(message)}"}
        return found | ({"to": self._target()} if self.maybe() else {})

    def _filled_in(self) -> dict[str, Any]:
        found: dict[str, Any] = {"when": self.one(more.OF_FORMS)} if self.maybe() else {}
        found["set"] = dict(self.one(more.SET_FROM_FORMS) for _ in range(self.number(1, 3)))
        return found | ({"to": self._target()} if self.maybe() else {})

    def _answered(self, word: str, kind: str) -> list[dict[str, Any]]:
        """What follows on an answer; some of it looks into that of another procedure."""
        found = self._ways()
        for way in found:
            if kind == "other" and word == "done" and self.maybe():
                way["when"] = self.one(more.OF_RESULTS)
            if kind == "other" and word == "done" and "set" in way and self.maybe():
                way["set"] = dict([self.one(more.SET_FROM_RESULTS)])
        return found

    def _task(self) -> dict[str, Any]:
        found: dict[str, Any] = {"role": "agent"}
        if self.has("people"):
            if self.maybe(4):
                found["role"] = "lead"
            if self.maybe(4):
                found["other_than"] = [self._kept_out()]
            if self.maybe(5):
                found = {"to": "${whom}"}
        if self.has("takes"):
            found |= more.taken(self, self._kept_out)
        return found

    def _kept_out(self) -> str:
        return str(self.one((*self.shape.choices, "${whom}")))

    def span(self) -> str:
        return str(self.one((*SPANS, *more.spans(self.shape.parts))))

    # transitions

    def _choice(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.shape.in_choice = True
        asked = self._some(self.entered, 1, 2) if self.maybe() else []
        if self.has("input"):
            self.shape.own = self._some(more.OWN, 1, 2)
            may = [name for name in self._some(self.entered, 0, 1) if name not in asked]
            must = self._some(self.shape.own, 0, 1) if self.shape.own else []
            asked = [*asked, *({name: more.OWN[name]} for name in must)]
            rest = [{name: more.OWN[name]} for name in self.shape.own if name not in must]
            if may or rest:
                found["optional"] = [*may, *rest]
        if asked:
            found["ask"] = asked
        if self.has("people") and self.maybe(3):
            found["other_than"] = [self._kept_out()]
        if self.has("people") and self.maybe(4):
            found["by"] = ["agent", "lead"]
        found |= {"then": self._ways()} if self.maybe(3) else self._way(self.maybe(3))
        self.shape.in_choice, self.shape.own = False, []
        return found

    def _ways(self, kinds: tuple[str, ...] = ("to", "to", "stay")) -> list[dict[str, Any]]:
        count = self.number(1, 3)
        return [self._way(n < count - 1 or self.maybe(3), kinds) for n in range(count)]

    def _way(self, guarded: bool, kinds: tuple[str, ...] = ("to", "to", "to", "stay")) -> dict[str, Any]:
        found: dict[str, Any] = self.guard(1) if guarded else {}
        if self.has("refuse") and self.maybe(4):
            return {**found, "refuse": {"en": "Not now.", "da": "Ikke nu."}}
        found |= self.changes(2)
        if self.one(kinds) == "to":
            found["to"] = self._target()
        elif "set" not in found and "do" not in found:
            found["do"] = [{"note.write": {"text": "It stays."}}]
        return found

    def guard(self, of: int) -> dict[str, Any]:
        return {"when": self._condition()} if self.maybe(of) else {}

    def _target(self) -> str:
        inner = {s for s in self.shape.states if "_" in s}
        nested = sorted({s.partition("_")[0] for s in inner if s.endswith("_a")})
        tops = [s for s in self.shape.states if s not in inner]
        return str(
            self.one(
                [
                    *tops,
                    *tops,
                    *ENDS,
                    *["self"] * self.is_wide,
                    *(f"{s}.last" for s in nested),
                    *(f"{s}_b" for s in nested),
                ]
            )
        )

    def changes(self, of: int) -> dict[str, Any]:
        if not self.maybe(of):
            return {}
        found: dict[str, Any] = {}
        kind = self.one(("set", "set", "do", "both"))
        if kind != "do":
            found["set"] = dict([self._assignment()])
        if kind != "set":
            found["do"] = [self._effect()]
        return found

    def _assignment(self) -> tuple[str, Any]:
        special = said.assignments(self.shape.parts, self.shape.choices)
        if self.shape.in_choice:
            special += said.assigned_by_choices(self.shape.parts, self.shape.own)
        name, value = self.one(
            special
            if special and self.maybe()
            else (
                ("kind", "red"),
                ("kind", "green"),
                ("kind", None),
                ("sure", True),
                ("sure", False),
                ("sure", '${kind == "red"}'),
                ("tries", "${tries + 1}"),
                ("tries", "${tries + 1}"),
                ("tries", 0),
                ("amount", "${amount + 1}"),
                ("amount", None),
                *LISTED,
            )
        )
        return name, list(value) if isinstance(value, list) else value  # for YAML writes one list once

    def _effect(self) -> dict[str, Any]:
        if self.has("signals") and not self.maybe(3):
            where = self.one(({}, {"kind": "${kind}"}))
            return {"signal": {"name": self.one(SENT), "to": {"procedure": NAME, "where": where}}}
        special = said.effects(self.shape.parts)
        if special and self.maybe():
            return dict(self.one(special))
        return self.one(
            (
                {"raise": "r0"},
                {"raise": "r1"},
                {"notify": {"role": "lead", "text": "Look at it."}},
                {"note.write": {"text": "Noted."}},
                {"mail.send": {"to": "ann@bench.example", "subject": "Errand", "text": "Look."}},
            )
        )

    # conditions

    def _condition(self) -> str:
        first = self._atom()
        joined = self.one(("", "", " && ", " || "))
        return f"{first}{joined}{self._atom()}" if joined else first

    def _atom(self) -> str:
        options = [
            'kind == "red"',
            'kind != "red"',
            'kind == "green"',
            "kind == null",
            "kind != null",
            "sure",
            "!sure",
            f"tries < {self.number(1, 2)}",
            f"tries >= {self.number(1, 3)}",
            f"amount > {self.number(0, 3)}",
            f"amount <= {self.number(0, 3)}",
            f'count("{self.one(self.shape.choices or CHOICES[:1])}") >= {self.number(1, 2)}'
            if self.shape.choices
            else "sure",
            f'count_today("{self.one(self.shape.choices)}") >= {self.number(1, 2)}'
            if self.shape.choices
            else "!sure",
        ]
        options += [f'missed("{name}")' for name in self.shape.deadlines]
        if self.has("clocks"):
            options += [f'act_by("{name}") < now' for name in self.shape.deadlines]
            options += [f'act_by("{name}") == due("{name}")' for name in self.shape.deadlines]
        if self.has("times"):
            options += [f'due("{name}") == null' for name in self.shape.deadlines]
            options += [f'due("{name}") > now' for name in self.shape.deadlines]
        options += ["kind in seen", "kind in told", "!(kind in seen)", '"red" in told', "seen == []"]
        special = list(said.atoms(self.shape.parts, self.shape.choices, self.one))
        own = said.of_a_choice(self.shape.parts, self.shape.choices, self.shape.own)
        for some in (own if self.shape.in_choice else [], special):
            if some and self.maybe():
                return str(self.one(some))
        return str(self.one(options))

    def _of_lists(self) -> str:
        """Something said of each thing of a list, or of how long it is."""
        options = ["seen.exists(x, x in told)", "told.exists(x, !(x in seen))", 'seen.exists(x, x != "red")']
        options += ["seen.exists(x, x == kind) && sure", "!told.all(x, x in seen && x != kind)"]
        options += [f'size(seen) != count("{choice}")' for choice in self.shape.choices[:1]]
        return str(self.one(options))

    # deadlines and promises

    def _deadline(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "title": {"en": "In time", "da": "I tide"},
            "starts": [self.one(("opening", f"entering {self.one(self.shape.states)}"))],
            "within": self.one(SPANS),
            "met": [self._moment()],
        }
        if self.has("dates") and self.maybe(3):
            del found["within"]
            found["until"] = "${day}"
        if self.has("times") and self.maybe(3):
            if self.maybe() and "within" in found:
                found["from"] = "${at}"
            else:
                found.pop("within", None)
                found["until"] = "${at}"
        if self.maybe(3):
            found["again"] = True
        if self.maybe(4):
            found["pause_in"] = [self.one([s for s in self.shape.states if "_" not in s])]
        if self.maybe():
            found["missed"] = {"do": [self._effect()]}
        if self.maybe(4):
            found["warn"] = {"at": "50%", "do": [self._effect()]}
        if self.has("clocks"):
            brought = more.clock(self, self._moment)
            if "within" in brought:  # it has the one or the other
                found.pop("until", None)
            found |= brought
        return found

    def _moment(self) -> Any:
        kinds = ["entering", "leaving", "condition"] + ["choice"] * bool(self.shape.choices)
        kind = self.one(kinds)
        if kind == "choice":
            return f"choice {self.one(self.shape.choices)}"
        if kind == "condition":
            return {"when": self._condition()}
        return f"{kind} {self.one(self.shape.states)}"

    def _promise(self) -> dict[str, Any]:
        kind = self.one(("never", "always", "before", "after", "within", "at_most"))
        if kind in ("never", "always"):
            held = self._happening()
            if self.maybe():
                return {kind: self._of_lists() if kind == "never" else f"!({held} && ({self._of_lists()}))"}
            return {kind: f"{held} && {self._atom()}" if kind == "never" else f"!({held}) || {self._atom()}"}
        if kind == "before":
            return {"before": self._happening(), "must": self._happening()}
        if kind == "at_most":
            return {"at_most": {"times": self.number(1, 2), "of": self._happening()}}
        found = {"after": self._happening(), "eventually": f"{self._happening()} || closed()"}
        if self.maybe(3):
            found["eventually"] = self._happening()
        return found | ({"within": self.one(SPANS)} if kind == "within" else {})

    def _happening(self) -> str:
        options = [f'state("{s}")' for s in (*self.shape.states, *ENDS)]
        options += [f'choice("{c}")' for c in self.shape.choices]
        options += [f'missed("{d}")' for d in self.shape.deadlines]
        options.append("closed()")
        if self.is_wide:
            options += [*(f'event("{e}")' for e in self.shape.events[:2]), 'did("mail.send")']
        return str(self.one(options))
