"""The shipped procedures as a scene: the repository's own workspace, with its organisation, types and tables, and people of it
who do in it what they may and what they may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from faults.simulated.people import Agent
from faults.simulated.scene import START, Scene
from procflow.builtin.world import FrozenWorld
from procflow.core.choices import choices_named
from procflow.core.decide import Command, with_note
from procflow.core.procedure import Ask, Procedure
from procflow.definitions.publish import publish
from procflow.definitions.workspace import read_workspace
from procflow.engine import Engine
from procflow.plugins import load_plugins
from procflow.ports import Store
from procflow.rehearsal.witness_constants import constants_of
from procflow.rehearsal.witness_values import Values
from procflow.stores.keys import MemoryKeys

if TYPE_CHECKING:
    from faults.simulated.house import House
    from faults.simulated.plan import Act
    from faults.simulated.process import Process

_ROOT = Path(__file__).parent.parent.parent
#: Values of no field.
_GARBAGE: tuple[Any, ...] = (None, "", "x" * 5000, -1, 10**30, "31.12.2026", ["x"], {"x": 1}, True, "\u202e")
#: How often something that is entered is garbage, and how often what need not be entered is left out.
_SPOILT, _LEFT_OUT = 0.08, 0.5


class Shipped(Scene):
    """Channels are as the procedures want them; one is carried out by hand. Nothing is put in force while cases run."""

    def __post_init__(self) -> None:
        self.name, self.manual = "shipped", frozenset({"relatel"})
        plugins = load_plugins([], {})
        self.operations = plugins.operations()
        self.results = plugins.results()
        self.functions, self.rules = plugins.functions(), {**self.rules, **plugins.assignment_rules()}
        self._documents = read_workspace(
            str(_ROOT), operations=self.operations, functions=self.functions,
            evidence_channels=tuple(plugins.evidence_checks()), rules=plugins.assignment_rules(),
            calendars=plugins.calendars(),
        )  # fmt: skip
        if not self.operations:
            raise RuntimeError("there are no channels: their folder is not beside the sources")
        if errors := [problem.as_text() for problem in self._documents.problems if problem.is_error]:
            raise RuntimeError("\n".join(errors))
        assert self._documents.organisation is not None
        self._everybody = dict(self._documents.organisation.people)
        self.people = tuple(self._everybody)
        self._values: dict[str, Values] = {}

    def enter(self, store: Store) -> None:
        world = FrozenWorld(START)
        engine = self.engine(store, MemoryKeys(world), world)
        published = publish(self._documents, store, START)
        engine.publish_surroundings(world.new_id(), published.organisation, published.tables)
        engine.declare_lookups(world.new_id())
        for _, hash_ in store.names_in_force("procedure"):
            engine.procedure(hash_)  # read once for all seeds

    def cast(self, dice: Random) -> dict[str, str]:
        """Who is who in a seed: three who take calls or sell, and a lead."""
        by_role: dict[str, list[str]] = {}
        for name, facts in sorted(self._everybody.items()):
            for role in facts.get("roles", ()):
                by_role.setdefault(str(role), []).append(name)
        leads = by_role.get("lead") or [*self._everybody]
        lead = dice.choice(leads)
        others = [name for name in sorted(self._everybody) if name != lead]
        agents = [name for name in by_role.get("agent", ()) if name != lead]
        chosen = list(dict.fromkeys([dice.choice(agents or others), *dice.sample(others, 3)]))[:3]
        return dict(zip(("ann", "bob", "cas"), chosen, strict=True)) | {"liz": lead}

    def agent(self, house: House, process: Process, person: str) -> Agent:
        return Clerk(house, process, person)

    def answer(self, operation: str, key: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return _like(self.results[operation], Random(key))

    def values(self, engine: Engine, procedure: Procedure) -> Values:
        found = self._values.get(procedure.name)
        if found is None:
            surroundings = engine.surroundings()
            constants = constants_of(procedure, surroundings.organisation.parameters)
            found = self._values[procedure.name] = Values(constants, surroundings)
        found.surroundings = engine.surroundings()
        return found


class Clerk(Agent):
    """A person at the shipped procedures."""

    at_own_work = 0.85

    def _roles(self) -> tuple[str, ...]:
        facts = self.process.engine.surroundings().organisation.people.get(self.person, {})
        return tuple(map(str, facts.get("roles", ())))

    def _open(self, act: Act, id: str) -> None:
        engine, dice = self.process.engine, Random(repr(act.rolls))
        known = [
            engine.procedure(hash_) for _, hash_ in sorted(self.process.store.names_in_force("procedure"))
        ]
        own = [
            (each, start)
            for each in known
            for start in each.starts
            if start.kind == "by" and (start.role in self._roles() or dice.random() < 0.05)
        ]
        if not own:
            return
        procedure, start = dice.choice(own)
        given = self._given(procedure, start.asks, {}, "", dice)
        self.house.asked[id] = (procedure.name, Command(id, "open", procedure.name, self.person, given))
        self._ask(id)

    def _take(self, loaded: Any, act: Act, id: str, name: str) -> None:
        engine, dice = self.process.engine, Random(repr(act.rolls))
        procedure = engine.procedure(loaded.row.definition)
        asks: list[Ask] = [
            ask for _, choice in choices_named(procedure, loaded.plain, name)[:1] for ask in with_note(choice)
        ]
        given = self._given(procedure, asks, loaded.plain.data, name, dice)
        expects = loaded.row.sequence if dice.random() < 0.3 else 0
        self._will(loaded.row.id, Command(id, "choice", name, self.person, given, expects=expects))
        if dice.random() < 0.3:
            self.house.turns.sleep(act.wait / 2, lambda: self.process.dead)  # the form is open meanwhile
            self.process.alive()
        self._ask(id)

    def _wrong(self, act: Act, id: str) -> None:
        """Any choice of the procedure, whatever the case's state."""
        loaded = self._work(act)
        if loaded is not None:
            procedure = self.process.engine.procedure(loaded.row.definition)
            names = [name for state in procedure.states for name in state.choices_by_name] or ["nothing"]
            self._take(loaded, act, id, names[int(act.rolls[2] * len(names))])

    def _event(self, act: Act, id: str) -> None:
        """Something that the procedure may be told, or knows nothing of."""
        loaded = self._work(act)
        if loaded is not None:
            procedure = self.process.engine.procedure(loaded.row.definition)
            names = [name for state in procedure.states for name, _ in state.events] + ["nothing"]
            names = [name for name in names if name not in ("done", "failed", "message")]
            name = names[int(act.rolls[2] * len(names))]
            self._will(loaded.row.id, Command(id, "event", name, source="outside"))
            self._ask(id)

    def _given(self, procedure: Procedure, asks: Any, data: Any, where: str, dice: Random) -> dict[str, Any]:
        values, now = self.house.scene.values(self.process.engine, procedure), self.process.world.now()  # type: ignore[attr-defined]
        given: dict[str, Any] = {}
        for ask in asks:
            if ask.optional and dice.random() < _LEFT_OUT:
                continue
            if dice.random() < _SPOILT:
                given[ask.name] = dice.choice(_GARBAGE)
            elif ask.field.type != "file" and (
                some := values.of(ask.field, [ask.name, f"input.{ask.name}"], now, data, where)
            ):
                given[ask.name] = dice.choice(some[:8])
        return given


def _like(schema: Any, dice: Random) -> dict[str, Any]:
    """An answer that fits a schema of an operation's result."""

    def one(of: Any) -> Any:
        if "enum" in of:
            return dice.choice(of["enum"])
        kinds = of.get("type", "string")
        kind = kinds if isinstance(kinds, str) else dice.choice(kinds)
        low = of.get("minimum", 0)
        made: dict[str, Any] = {
            "string": f"word {dice.randrange(9)}", "integer": dice.randint(low, low + 3), "number": low + 1, "null": None,
            "boolean": dice.random() < 0.5, "array": [], "object": {},
        }  # fmt: skip
        return made[kind]

    wanted = set(schema.get("required", ()))
    properties = schema.get("properties", {})
    return {name: one(of) for name, of in properties.items() if name in wanted or dice.random() < 0.5}
