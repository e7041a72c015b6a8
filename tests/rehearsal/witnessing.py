"""Faulty procedures, and ways that a prover suspects, written by hand: what happens, in which order, and no values."""

import shutil
from pathlib import Path

from msgspec import Struct
from ready import started

from procflow.definitions.from_texts import documents_of
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.witness import Theatre, Witness

PLUGINS = Path(__file__).parents[2] / "plugins"


class Move(Struct, frozen=True):
    kind: str
    name: str
    state: str = ""


class Step(Struct, frozen=True):
    move: Move
    chosen: tuple = ()
    taken: tuple = ()


class Suspicion(Struct, frozen=True):
    promise: str
    way: tuple
    last: object = None
    forever: bool = False
    round: tuple = ()


def step(text: str, *chosen, taken=()) -> Step:
    """`choice wish.register`, `message`, `event renewed`, `after check`, `missed answer`, `done looking`, …"""
    kind, _, name = text.partition(" ")
    state, _, choice = name.rpartition(".")
    if kind == "choice":
        return Step(Move(kind, choice, state), chosen, taken)
    if kind in ("done", "failed"):
        return Step(Move(kind, name, name), chosen, taken)
    return Step(Move(kind, name or ("0" if kind == "open" else kind)), chosen, taken)


class Faulty:
    """A workspace of faulty procedures, and the real command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, *procedures: str, organisation: str = ORGANISATION, tables=()) -> "Faulty":
        self.documents = documents_of(
            *procedures, organisation=organisation, tables=tables, overlook=("PF204",)
        )
        self.name = next(iter(self.documents.procedures))
        for plugin in ("procflow-vehicle-register", "procflow-sms"):
            shutil.copytree(PLUGINS / plugin, self.folder / "plugins" / plugin)
        for text in procedures:
            name = text.split("procedure:", 1)[1].split()[0]
            place = self.folder / "procedures" / name
            place.mkdir(parents=True)
            (place / "procedure.yaml").write_text(text, "utf-8")
        (self.folder / "procedures" / "organisation.yaml").write_text(organisation, "utf-8")
        (self.folder / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n', "utf-8")
        return self

    @property
    def procedure(self):
        return self.documents.procedures[self.name]

    def after(self, state: str) -> str:
        return f"after {self.procedure.state[state].after[0].id}"

    def look(self, promise: str, *way: Step, last: Step | None = None, forever: bool = False):
        steps = tuple(step(each) if isinstance(each, str) else each for each in way)
        final = step(last) if isinstance(last, str) else last
        return Theatre(self.documents).realise(self.name, Suspicion(promise, steps, final, forever))

    def breaks(self, promise: str, *way, last=None, forever=False) -> Witness:
        """The witness, once the real command line has run its scenario and it went as written."""
        found = self.look(promise, *way, last=last, forever=forever)
        assert isinstance(found, Witness), found
        place = self.folder / "procedures" / self.name
        (place / "scenarios.yaml").write_text(found.document, "utf-8")
        for name, content in found.files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(content)
        ran = started(["test", f"procedures/{self.name}"], self.folder)
        assert ran.returncode == 0, ran.stdout + ran.stderr + found.document
        assert "1 passed" in ran.stdout
        assert promise in found.document
        return found


HEAD = """
procedure: change
title: A change
owner: lead
subject: kn
starts: [{by: agent}]
correlate: [kn, phone, email]
data:
  kn: {type: string, pattern: "^[0-9]{4,10}$"}
  phone: {type: phone, pii: true}
  email: {type: email, pii: true}
  amount: {type: integer, minimum: 0}
  carrier: {enum: [PROSAM, FIRST, KAB]}
  change: {type: string, minLength: 10, pii: true}
  proof: {type: evidence, covers: [change]}
  ends: {type: date}
  keeper: {type: person}
  answered: {type: string}
initial: wish
states:
"""


WRITTEN = "promises: {written: {says: Never without writing., never: 'state(\"done\") && !proof.accepted'}}\n"
