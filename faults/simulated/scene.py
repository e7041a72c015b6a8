"""What the simulated house works on: an organisation, small procedures that between them use everything a host does, and
the store in which they are in force, made once and copied for each seed.

Times are elapsed ones here (`90 minutes`), so that a check can reckon them by itself.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from procflow.builtin.assignment import RULES
from procflow.builtin.evidence import judge as judge_evidence
from procflow.builtin.world import FrozenWorld
from procflow.definitions.from_texts import name_in
from procflow.definitions.publish import publish
from procflow.definitions.workspace import read_workspace
from procflow.engine import Answer, Engine
from procflow.errors import NotFound
from procflow.hosts.contract import CADENCE
from procflow.hosts.contract_between import ALONE, ASKED, ASKING, DAILY, LIMITED
from procflow.ports import Keys, Store, World
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore
from procflow.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from faults.simulated.house import House
    from faults.simulated.people import Agent
    from faults.simulated.plan import Plan
    from faults.simulated.process import Process

#: A Tuesday, 09:05 in Copenhagen: two open days before a weekend and a day on which the clocks change.
START = datetime(2026, 10, 20, 7, 5, tzinfo=UTC)
#: How long PULSE waits, in seconds: its deadline, the warning before it, and its pause.
ANSWER, WARNING, PAUSE = 3 * 3600, 18 * 60, 45 * 60
AGENTS = ("ann", "bob", "cas")
LEAD = "liz"
ORGANISATION = """
organisation: simulated
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: {en: Agent, da: Medarbejder}, lead: {en: Lead, da: Leder}}
people:
  ann: {name: Ann Test, roles: [agent], mate: bob}
  bob: {name: Bob Test, roles: [agent], mate: ann}
  cas: {name: Cas Test, roles: [agent]}
  liz: {name: Liz Test, roles: [lead]}
"""
#: Letters, a question to a register, timers, a deadline, messages; what it writes tells which command it was.
PULSE = """procedure: pulse
title: {en: Pulse, da: Puls}
owner: lead
starts: [{by: agent, ask: [kn, email]}, {message: 'message.subject.startsWith("New")', set: {kn: "by mail", email: "${message.from}"}}]
correlate: [email]
data:
  kn: {type: string, maxLength: 40}
  email: {type: email, pii: true}
  word: {type: string, pii: true, maxLength: 40}
  heard: {type: string, pii: true, maxLength: 4000, default: ""}
  letters: {type: integer, default: 0}
  looked: {type: integer, default: 0}
  nudged: {type: integer, default: 0}
  called: {type: integer, default: 0}
  found: {type: string, maxLength: 60}
initial: idle
states:
  idle:
    task: {role: agent, guide: "${kn} ${letters} ${heard} ${found} ${looked} ${nudged} ${called}"}
    choices:
      write: {ask: [word], set: {letters: "${letters + 1}"}, do: [{mail.send: {to: "${email}", subject: "${kn}", text: "${word}"}}]}
      remark: {}
      call: {set: {called: "${called + 1}"}, to: idle, do: [{mail.send: {to: "${email}", subject: "${kn}", text: "call"}}]}
      look: {set: {looked: "${looked + 1}"}, to: looking}
      pause: {to: paused}
      close: {other_than: [write], to: over}
      finish: {to: over}
    events:
      message: {keep: 5 hours, set: {heard: "${heard + message.text + \\" \\"}"}}
      poke: {set: {looked: "${looked}"}}
      nudge: {set: {nudged: "${nudged + 1}"}}
  looking:
    invoke: {register.look: {word: "${kn}"}}
    task: {role: agent}
    choices: {leave: {to: idle}}
    events:
      done: {set: {found: "${result.code}"}, to: idle}
      failed: {to: idle}
  paused:
    entry: [{mail.send: {to: "${email}", subject: "${kn}", text: "paused"}, unless_left: true}]
    task: {role: agent}
    choices: {resume: {to: idle}}
    after: {45 minutes: {to: idle}}
  over: {final: true, outcome: over}
deadlines:
  answer:
    starts: opening
    within: 3 hours
    met: [choice write]
    warn: {at: 10%, do: [{notify: {role: lead}}]}
    missed: {do: [{mail.send: {to: "${email}", subject: "${kn}", text: "late"}}]}
promises:
  nudges: {never: 'nudged > called + looked', says: {en: Work for each nudge, da: Arbejde for hvert skub}}
  pokes: {at_most: {times: 1, of: 'event("poke")'}, says: {en: Nobody is poked twice, da: Ingen bliver prikket to gange}}
"""
#: The same, changed while cases run.
NEWS = PULSE.replace("{en: Pulse, da: Puls}", "{en: Pulse anew, da: Ny puls}")
#: Work that goes to people by turns, and what is left undone when its state is left.
TURNS = """procedure: turns
title: {en: Turns, da: Tur}
owner: lead
starts: [{by: agent}]
initial: waiting
states:
  waiting:
    task: {role: agent, take: round_robin}
    choices: {pass: {to: waiting}, done: {to: over}}
    after: {13 hours: {to: waiting}}
  over: {final: true}
"""
TEXTS = (PULSE, CADENCE, TURNS, ASKING, ASKED, ALONE, LIMITED, DAILY)
OPERATIONS: dict[str, dict[str, Any]] = {
    "mail.send": {"type": "object"},
    "register.look": {
        "type": "object",
        "x-result": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
    },
}
RESULTS = {"register.look": OPERATIONS["register.look"]["x-result"]}


def code_of(word: str) -> str:
    """What the register answers: reckoned from the question, so that a check knows it too."""
    return f"code-{sum(word.encode()) % 997}-{len(word)}"


@dataclass
class Scene:
    """The store with everything in force, in memory and on disk, for any number of seeds. Close it at the end."""

    folder: Path = field(
        default_factory=lambda: Path(
            tempfile.mkdtemp(prefix="faults-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        )
    )
    read: tuple[dict[str, Any], dict[str, Any], dict[str, Any]] = field(default_factory=lambda: ({}, {}, {}))
    name: str = "small"
    people: tuple[str, ...] = (*AGENTS, LEAD)
    operations: Mapping[str, Any] = field(default_factory=lambda: OPERATIONS)
    results: Mapping[str, Any] = field(default_factory=lambda: RESULTS)
    functions: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=lambda: RULES)
    manual: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._documents, self.news = self._read(TEXTS), self._read((NEWS, *TEXTS[1:]))

    @staticmethod
    def _read(texts: tuple[str, ...]) -> Any:
        files = {"/scene/procflow.toml": b"", "/scene/procedures/organisation.yaml": ORGANISATION.encode()}
        files |= {f"/scene/procedures/{name_in(text)}/procedure.yaml": text.encode() for text in texts}

        def read_file(path: str) -> bytes:
            if path not in files:
                raise NotFound(f"there is no file {path}")
            return files[path]

        def list_files(path: str) -> list[str]:
            return [path] if path in files else sorted(name for name in files if name.startswith(f"{path}/"))

        found = read_workspace("/scene", read_file, list_files, operations=OPERATIONS)
        if errors := [problem.as_text() for problem in found.problems if problem.is_error]:
            raise RuntimeError("\n".join(errors))
        return found

    def engine(
        self, store: Store, keys: Keys, world: World, stepped: Callable[[Answer], None] | None = None
    ) -> Engine:
        """An engine for this scene; what is compiled is shared by all of a run."""
        engine = Engine(
            store, keys, world, judge_evidence, self.functions, self.manual, stepped, self.results, self.rules
        )
        engine.share(*self.read)
        return engine

    def of(self, plan: Plan) -> Scene:
        """The scene of a seed: this one, or for one in some the shipped procedures."""
        return self.shipped if plan.shipped else self

    @cached_property
    def shipped(self) -> Scene:
        from faults.simulated.shipped import Shipped

        return Shipped(self.folder)

    def cast(self, dice: Random) -> dict[str, str]:
        """Who is who in a seed."""
        return {name: name for name in self.people}

    def agent(self, house: House, process: Process, person: str) -> Agent:
        from faults.simulated.people import Agent

        return Agent(house, process, person)

    def answer(self, operation: str, key: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What the outside answers to what was looked up."""
        return {"code": code_of(str(parameters.get("word", "")))}

    def enter(self, store: Store) -> None:
        """Put everything in force."""
        world = FrozenWorld(START)
        engine = self.engine(store, MemoryKeys(world), world)
        published = publish(self._documents, store, START)
        engine.publish_surroundings(world.new_id(), published.organisation, published.tables)
        engine.declare_lookups(world.new_id())
        news = MemoryStore()
        publish(self.news, news, START)
        for there in (store, news):
            # read once for all seeds: the first must come to the same points as the last
            engine.store = there
            for _, hash_ in there.names_in_force("procedure"):
                engine.procedure(hash_)
        engine.store = store
        engine.surroundings()

    @cached_property
    def memory(self) -> MemoryStore:
        store = MemoryStore()
        self.enter(store)
        return store

    @cached_property
    def file(self) -> Path:
        path = self.folder / f"{self.name}.db"
        store = SqliteStore(str(path), create=True)
        self.enter(store)
        store.close()
        return path

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
