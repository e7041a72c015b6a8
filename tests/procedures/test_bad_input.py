"""Every field of every shipped procedure meets what a tired agent or a hostile sender would write.

The scenarios lead to every state; before each step that a scenario takes, the same step is tried with one field
spoiled, another left out, and one that nobody asked for. Each is refused with words that help, the case stays where
it is, and nothing of what was entered is found anywhere.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from procflow.builtin.world import RealWorld
from procflow.core.case import Case
from procflow.core.decide import Command, Opening, decide, with_note
from procflow.core.procedure import Field
from procflow.core.scope_functions import contacts_of
from procflow.definitions.nodes import YMap
from procflow.ports import Inbound
from procflow.rehearsal import runner
from procflow.rehearsal.cast import Cast
from procflow.rehearsal.entering import entered_all, instant_of
from procflow.rehearsal.stage import Stage
from procflow.rehearsal.steps import Performance
from procflow.rehearsal.taking_part import recurring_in

ROOT = Path(__file__).parents[2]
CPR = "010190-1234"
CARD = "4571 0000 0000 0001"
ILLNESS = "Kunden har lige fået diagnosen epilepsi"

#: type -> what is entered, and the code that its refusal must have ("": any).
SPOILED: dict[str, tuple[tuple[Any, str], ...]] = {
    "plain_text": (
        (f"Kunden er {CPR} og vil klage over sin sag", "cpr"),
        (f"Betalt med kort {CARD} i marts", "card_number"),
        (ILLNESS, "sensitive"),
        ("Ring til kunden \u202eneslo i morgen", "invisible"),
        ("Ring til kunden\x07 i morgen tidlig", "control"),
        ("12345 67890", "no_letter"),
    ),
    "string": (("a\x00b", "nul"), (CPR, ""), (CARD, "")),
    "email": (
        ("kundens@", ""),
        ("mette.holm@example.com\nBcc: alle@example.com", ""),
        ("mette@example.com, bo@example.com", ""),
    ),
    "phone": (("12", ""), ("ring til Mette", ""), (CPR, "")),
    "integer": (("tolv", ""), ("1.5", ""), ("9" * 400, "")),
    "number": (("mange", ""), ("1e999", ""), ("NaN", "")),
    "date": (("2026-02-30", "no_such_date"), ("i morgen", "")),
    "instant": (("2026-03-29 02:30", ""), ("senere", "")),
    "duration": (("snart", ""),),
    "boolean": (("måske", ""),),
    "tick": (("nej", "tick"),),
    "person": (("zzz", ""),),
    "role": (("zzz", ""),),
    "file": (("overblik.png", ""), ({"name": "x"}, "")),
    "object": (("[1]", ""),),
}


def spoiled(asked: Field) -> list[tuple[Any, str]]:
    if asked.type == "array" and asked.items is not None:
        return [([value], code) for value, code in spoiled(asked.items)]
    if "enum" in asked.schema or "const" in asked.schema:
        return [("zzz", "")]
    return list(SPOILED.get(asked.type, ()))


@dataclass
class Tired(Performance):
    """Does each step of a scenario wrongly first, in every way there is; each way once for each choice."""

    tried: set[tuple[str, ...]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    count: int = 0

    def opened(self, node: YMap, at: Any) -> Any:
        _, procedure = self.stage.engine.procedure_in_force(self.procedure)
        by = self.actor(node, at) if "by" in node else ""
        asks = {ask.name: ask for start in procedure.starts for ask in start.asks}
        if by and asks:
            given = self._given(node, {name: ask.field for name, ask in asks.items()})

            def attempt(entered: dict[str, Any], really: bool) -> Any:
                command = Command(self.stage.id(), "open", self.procedure, by, entered)
                if really:
                    return self.stage.open(self.procedure, command)
                opening = Opening("0" * 32, 1, "")
                return decide(
                    procedure, Case(id="0" * 32), command, self.stage.now, self.stage.surroundings, opening
                )

            self._spoil((self.procedure, "open"), given, asks, attempt, lambda: len(self.stage.cases))
        return super().opened(node, at)

    def done(self, node: YMap, case_id: str, at: Any) -> Any:
        name, loaded = str(node["do"]), self.stage.load(case_id)
        procedure = self.stage.procedure_of(case_id)
        found = [
            choice
            for state in procedure.states
            if state.name in loaded.plain.active
            for choice in state.choices
            if choice.name == name
        ]
        if found and "refused" not in node:
            asks = {ask.name: ask for ask in with_note(found[0])}
            given = self._given(node, {**procedure.fields, **{n: a.field for n, a in asks.items()}})
            by = self.actor(node, at)

            def attempt(entered: dict[str, Any], really: bool) -> Any:
                command = Command(self.stage.id(), "choice", name, by, entered)
                if really:
                    return self.stage.submit(case_id, command)
                return decide(procedure, loaded.plain, command, self.stage.now, self.stage.surroundings)

            where = (procedure.name, found[0].state, name)
            self._spoil(where, given, asks, attempt, lambda: self.stage.load(case_id).row.head)
        return super().done(node, case_id, at)

    def refused(self, step: YMap, at: Any) -> None:
        """What a scenario itself wants refused is not spoiled once more."""
        kept, self.tried = self.tried, _Everything()
        try:
            super().refused(step, at)
        finally:
            self.tried = kept

    def _given(self, node: YMap, fields: dict[str, Field]) -> dict[str, Any]:
        return entered_all(fields, node.get("with"), self.keep(self.stage.store.next_slot()))

    def _spoil(self, where: Any, given: Any, asks: Any, attempt: Any, mark: Any) -> None:
        ways: list[tuple[str, dict[str, Any], str, str]] = []
        for name, ask in asks.items():
            for n, (value, code) in enumerate(spoiled(ask.field)):
                ways.append((f"{name}:{n}", {**given, name: value}, name, code))
        ways.append(("?", {**given, "zzz_nobody_asked": "x"}, "zzz_nobody_asked", "unknown_field"))
        for way, entered, name, code in ways:
            if (*where, way) in self.tried:
                continue
            self.tried.add((*where, way))
            told = f"{' '.join(where)}: {name}={entered[name]!r}"
            if attempt(entered, False).refusal is None:
                self.wrong.append(f"{told} was taken")
                continue
            before = mark()
            answer = attempt(entered, True)
            self.count += 1
            if answer.refusal.code in ("not_allowed", "not_offered", "claimed", "four_eyes", "refused"):
                continue  # the scenario itself means it to be refused before any input is looked at
            problems = [p for p in answer.refusal.problems if p.name == name]
            if not problems:
                self.wrong.append(f"{told}: refused, but not for this field ({answer.refusal.code})")
                continue
            if code and code not in {p.code for p in problems}:
                self.wrong.append(f"{told}: {[p.code for p in problems]}, not {code}")
            for language in ("da", "en"):
                words = " ".join(p.words(language) for p in problems)
                if len(words) < 10 or str(entered[name]) in words or CPR in words:
                    self.wrong.append(f"{told}: words that do not help or repeat: {words}")
            if mark() != before:
                self.wrong.append(f"{told}: something was changed")


class _Everything(set[Any]):
    def __contains__(self, item: object) -> bool:
        return True


def _paths() -> list[str]:
    return sorted(str(p.relative_to(ROOT)) for p in (ROOT / "procedures").rglob("scenarios.yaml"))


@pytest.mark.parametrize("path", _paths())
def test_what_is_entered_wrongly_is_refused_with_words_and_kept_nowhere(shipped, path) -> None:
    tree = shipped.trees[path]
    tried: set[tuple[str, ...]] = set()
    wrong: list[str] = []
    count = 0
    for _, steps in runner.tests_of(tree):
        stage, performance, todo = _on_stage(shipped, tree, path, Tired)
        performance.tried = tried
        todo += steps
        for n, step in enumerate(todo):
            performance.perform(step, todo[n + 1 :])
        wrong += performance.wrong
        count += performance.count
        everything = repr([stage.engine.journal(case) for case in stage.cases]) + repr(
            list(stage.store.access_log())
        )
        wrong += [f"{kept!r} is in the record" for kept in (CPR, CARD, ILLNESS, "zzz") if kept in everything]
    assert wrong == []
    assert count > 0


#: What else comes in: nothing, too much, not an answer, signs that are none, orders to a machine, a stranger's name.
STRANGE: tuple[dict[str, Any], ...] = (
    {"text": ""},
    {"text": "a" * 200_000},
    {"text": f"Mit CPR er {CPR}, kort {CARD}"},
    {"text": "\u202eJA\u0000\u0007 \ud7ff \U0001f600", "subject": "\r\nBcc: alle@example.com"},
    {"text": "${param('brand')} {{ 7*7 }} <script>alert(1)</script>'; DROP TABLE cases; --"},
    {"text": "Jeg er væk til mandag", "form": "out_of_office"},
    {"text": "Undelivered", "form": "bounce"},
    {"text": "JA", "sender": "PROSAM"},
    {"text": "JA", "sender": "Mette Holm <direktør@prosam.example>"},
    {"text": "skade", "subject": "104233 " * 500},
)


@pytest.mark.parametrize("path", _paths())
def test_a_strange_message_in_any_state_is_taken_or_shown_to_a_person_and_breaks_nothing(
    shipped, path
) -> None:
    tree = shipped.trees[path]
    seen: set[tuple[str, ...]] = set()
    for _, steps in runner.tests_of(tree):
        stage, performance, todo = _on_stage(shipped, tree, path, Performance)
        todo += steps
        for n, step in enumerate(todo):
            performance.perform(step, todo[n + 1 :])
        for case_id in list(stage.cases):
            case = stage.load(case_id).plain
            if case.active in seen:
                continue
            seen.add(case.active)
            ours = contacts_of(stage.procedure_of(case_id), case.data)
            senders = [*ours["phones_on_file"][:1], *ours["addresses_on_file"][:1], "stranger@example.com"]
            for sender in senders:
                for n, strange in enumerate(STRANGE):
                    facts = {"sender": sender, "external_id": f"{case_id}{sender}{n}", **strange}
                    channel = "mail" if "@" in facts["sender"] else "sms"
                    inbound = Inbound("strange", channel=channel, to="", received=stage.now, **facts)
                    row = stage.intake.take(inbound)
                    assert row is not None
                    stage.intake.route(row)
                    settled = stage.store.message(row.id)
                    assert settled is not None and settled.state in ("taken", "unmatched", "ignored"), strange


def _on_stage(documents, tree, path, performer):
    cast = Cast.of(documents)
    if isinstance(tree.get("people"), YMap):
        cast = cast.laid_over(YMap({"people": tree["people"]}))
    organisation = cast.organisation
    clock = instant_of(tree["clock"], organisation.zone, organisation.calendar.midnight)
    stage = Stage(cast, clock, recurs_in=recurring_in(tree, documents.procedures))
    folder = os.path.join(documents.root, os.path.dirname(path))
    read = lambda name: RealWorld().read_file(os.path.join(folder, name))  # noqa: E731
    return stage, performer(stage, str(tree["scenarios"]), read), [*tree.get("before", ())]
