"""A procedure as it is built from its document: the whole example, ids, places, and its canonical JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from procflow.core.expressions import Expression, Template, unparse
from procflow.core.kernel import kernel_of
from procflow.core.procedure import Procedure, Text, procedure_from_json, procedure_to_json
from procflow.core.times import Span
from procflow.definitions.build import build_procedure
from procflow.definitions.documents import build_types
from procflow.definitions.reader import read
from procflow.definitions.schema import validate

GOOD = Path(__file__).parent / "good"


def built(text: str, types: Any = None, languages: tuple[str, ...] = ("da", "en")) -> Procedure:
    """A procedure from text that reader, schema and builder find nothing wrong with."""
    tree, problems = read(text, "p.yaml")
    assert tree is not None
    assert problems == []
    assert validate(tree, "procedure", "p.yaml") == []
    procedure, problems = build_procedure(tree, "p.yaml", types, languages)
    assert problems == []
    assert procedure is not None
    return procedure


def types() -> Any:
    tree, _ = read((GOOD / "types.yaml").read_bytes(), "types.yaml")
    assert tree is not None
    found, problems = build_types(tree, "types.yaml")
    assert problems == []
    return found


@pytest.fixture(scope="module")
def policy_change() -> Procedure:
    return built((GOOD / "policy_change.yaml").read_text(encoding="utf-8"), types())


def place_of(text: str, word: str, nth: int = 1) -> tuple[int, int]:
    """Line and column of the nth `word` of the example."""
    at = -1
    for _ in range(nth):
        at = text.index(word, at + 1)
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def test_the_whole_example_is_built_without_a_problem(policy_change: Procedure) -> None:
    assert policy_change.name == "policy_change"
    assert (policy_change.owner, policy_change.subject, policy_change.initial) == (
        "policy_dept",
        "kn",
        "wish",
    )
    assert policy_change.correlate == ("kn", "phones", "email")
    assert [state.name for state in policy_change.states] == [
        "wish", "awaiting_evidence", "route", "at_policy_dept", "at_first_contact", "in_mia", "stopped",
        "confirmed", "withdrawn", "refused",
    ]  # fmt: skip
    assert [start.role for start in policy_change.starts] == ["agent"]
    assert list(policy_change.fields) == [
        "kn", "first_name", "last_name", "phones", "email", "caseworker", "carrier", "change", "proof", "reference",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["policy_change", "travel", "every_key"])
def test_canonical_json_gives_the_same_procedure_and_the_same_bytes(name: str) -> None:
    tree, _ = read((GOOD / f"{name}.yaml").read_bytes(), name)
    assert tree is not None
    procedure, _ = build_procedure(tree, name, types(), ("da", "en"))
    assert procedure is not None
    data = procedure_to_json(procedure)
    again = procedure_from_json(data)
    assert again == procedure
    assert procedure_to_json(again) == data
    kernel_of(again)  # its graph can be built


def test_transition_ids_say_where_they_stand_and_are_unique(policy_change: Procedure) -> None:
    ids = [transition.id for transition in policy_change.transitions()]
    assert len(set(ids)) == len(ids)
    assert "wish.register#1" in ids
    assert [i for i in ids if "~" in i] == ["awaiting_evidence~message#1", "awaiting_evidence~message#2"]
    assert [f"route!#{n}" for n in (1, 2, 3, 4)] == [i for i in ids if "!" in i]


def test_a_named_type_is_resolved_into_its_field_and_own_keys_win() -> None:
    procedure = built(
        """\
procedure: p
title: P
data:
  kn: {type: customer_number, pii: true, maxLength: 8}
  other: customer_number
initial: a
states: {a: {final: true}}
""",
        types(),
    )
    kn, other = procedure.data
    assert (kn.type, kn.pii, dict(kn.schema)) == (
        "string",
        True,
        {"pattern": "^[0-9]{4,10}$", "maxLength": 8},
    )
    assert kn.label is not None
    assert kn.label.languages == ("da", "en")
    assert (other.name, other.type, other.pii) == ("other", "string", False)


def test_guards_and_templates_know_their_place_in_the_file(policy_change: Procedure) -> None:
    text = (GOOD / "policy_change.yaml").read_text(encoding="utf-8")
    guard = policy_change.state["route"].always[0].when
    assert guard is not None
    assert guard.at == place_of(text, 'carrier == "PROSAM"')
    mail = policy_change.state["at_policy_dept"].entry[0]
    assert mail.at == place_of(text, "mail.send:")
    subject = mail.parameters["subject"]
    assert isinstance(subject, Template)
    last = subject.parts[-1]
    assert isinstance(last, Expression)
    assert last.at == place_of(text, "last_name}")
    promise = policy_change.promises[0]
    assert promise.p.at == place_of(text, 'state("confirmed")')
    met = policy_change.deadline["carrier_acts"].met[1]
    assert (met.kind, met.name, met.at) == ("choice", "refuse", place_of(text, "refuse]"))
    register = policy_change.state["wish"].choices[0]
    assert register.alternatives[0].to_at == place_of(text, "awaiting_evidence\n")


def test_what_is_asked_is_stored_where_data_declare_it_and_else_belongs_to_the_step(
    policy_change: Procedure,
) -> None:
    register = policy_change.state["wish"].choices_by_name["register"]
    assert [(ask.name, ask.stored, ask.optional) for ask in register.asks[-2:]] == [
        ("change", True, False),
        ("email", True, True),
    ]
    filed = policy_change.state["awaiting_evidence"].choices_by_name["file_screenshot"]
    assert [(ask.name, ask.field.type, ask.stored) for ask in filed.asks] == [
        ("screenshot", "file", False),
        ("name_is_visible", "tick", False),
    ]
    assert filed.asks[0].field.accept == ("image/png", "image/jpeg")


def test_texts_by_language_in_parameters_are_words_and_other_mappings_are_not(
    policy_change: Procedure,
) -> None:
    parameters = policy_change.state["confirmed"].entry[0].parameters
    assert isinstance(parameters["subject"], Text)
    assert parameters["subject"].languages == ("da", "en")
    other = built(
        """\
procedure: p
title: P
initial: a
states:
  a: {final: true, entry: [{mail.send: {to: a@b.example, cc: c@d.example}}, {crm.note: {fields: {no: x, id: y}}}]}
"""
    )
    first, second = other.state["a"].entry
    assert first.parameters == {"to": "a@b.example", "cc": "c@d.example"}
    assert second.parameters == {"fields": {"no": "x", "id": "y"}}


def test_what_a_task_a_choice_and_a_deadline_say_is_kept() -> None:
    procedure = built((GOOD / "travel.yaml").read_text(encoding="utf-8"), types())
    assert procedure.decisions
    state = built(
        """\
procedure: p
title: P
data: {caseworker: person, day: date}
initial: a
states:
  a:
    task: {to: ["${caseworker}", qaa], other_than: [go], take: claim}
    choices:
      go: {by: [lead, "${caseworker}"], note: optional, to: b}
    after:
      5 days: {to: b}
      "next open day at 09:00": [{when: 'day != null', to: b}, {to: self}]
      "${day} minus 3 months": {to: b}
  b: {final: true, outcome: "${caseworker.name} did it"}
deadlines:
  d: {starts: [opening, {when: 'day != null'}], until: "${day}", met: entering b, warn: {at: 4 hours before, do: {notify: {role: lead}}}, again: true}
"""
    )
    a = state.state["a"]
    assert a.task is not None
    assert isinstance(a.task.to, tuple)
    assert isinstance(a.task.to[0], Template)
    assert (a.task.to[1], a.task.other_than, a.task.take) == ("qaa", ("go",), "claim")
    go = a.choices[0]
    assert (go.by[0], go.note) == ("lead", "optional")
    assert isinstance(go.by[1], Template)
    assert [(timer.id, str(timer.time)[:22]) for timer in a.after[:2]] == [
        ("a@1", "5 days"),
        ("a@2", "next open day at 09:00"),
    ]
    assert isinstance(a.after[2].time, Template)
    assert [t.id for t in a.after[1].alternatives] == ["a@2#1", "a@2#2"]
    deadline = state.deadline["d"]
    assert [(m.kind, m.name) for m in deadline.starts] == [("opening", ""), ("when", "")]
    assert (deadline.warn_at, deadline.again, deadline.warn[0].operation) == (
        "4 hours before",
        True,
        "notify",
    )
    assert deadline.until is not None
    assert isinstance(state.state["b"].outcome, Template)


def test_values_that_are_set_are_of_the_type_of_their_field() -> None:
    procedure = built(
        """\
procedure: p
title: P
data: {kn: string, n: integer, f: number, yes: boolean, day: date, wait: duration, list: {type: array, items: string}, who: person}
initial: a
states:
  a:
    always:
      - set: {kn: 010190, n: 5, f: 1.50, yes: true, day: 2026-05-11, wait: 60 minutes, list: [1, 2], who: qaa}
        to: b
      - {set: {kn: null, n: "${size(list)}", day: ~, list: []}, to: b}
  b: {final: true}
"""
    )
    first, second = procedure.state["a"].always
    assert dict(first.sets) == {
        "kn": "010190",
        "n": 5,
        "f": Decimal("1.5"),
        "yes": True,
        "day": date(2026, 5, 11),
        "wait": Span(1, "hours"),
        "list": ("1", "2"),
        "who": "qaa",
    }
    sets = dict(second.sets)
    assert (sets["kn"], sets["day"], sets["list"]) == (None, None, ())
    assert isinstance(sets["n"], Template)


def test_defaults_are_of_the_type_of_their_field() -> None:
    procedure = built(
        """\
procedure: p
title: P
data:
  n: {type: number, default: 10}
  kn: {type: string, default: 0042}
  day: {type: date, default: 2026-01-31}
  tags: {type: array, items: {type: string}, default: [a, b]}
  word: {enum: [one, two], default: two}
  box: {type: tick, default: false}
  sum: {type: number, default: "${1 + 1}"}
initial: a
states: {a: {final: true}}
"""
    )
    defaults = {field.name: field.default for field in procedure.data}
    assert isinstance(defaults.pop("sum"), Template)
    assert defaults == {
        "n": 10,
        "kn": "0042",
        "day": date(2026, 1, 31),
        "tags": ("a", "b"),
        "word": "two",
        "box": None,
    }


def test_a_field_without_a_type_has_that_of_its_constants() -> None:
    procedure = built(
        """\
procedure: p
title: P
data: {word: [PROSAM, NO], mixed: {enum: [a, 1]}, level: {enum: [1, 2]}, half: [0.5, 1], flag: {enum: [true, false]}, one: {const: 7}}
initial: a
states: {a: {final: true}}
"""
    )
    assert [(f.name, f.type) for f in procedure.data] == [
        ("word", "string"), ("mixed", "string"), ("level", "integer"), ("half", "number"), ("flag", "boolean"),
        ("one", "integer"),
    ]  # fmt: skip
    assert procedure.fields["word"].schema["enum"] == ("PROSAM", "NO")
    assert procedure.fields["mixed"].schema["enum"] == ("a", "1")
    assert procedure.fields["half"].schema["enum"] == (Decimal("0.5"), 1)


def test_decisions_take_short_inputs_and_read_every_kind_of_cell() -> None:
    procedure = built(
        """\
procedure: p
title: P
initial: a
states: {a: {final: true}}
decisions:
  desk:
    hit: first
    inputs: {abroad: boolean, health: [well, ill], amount: {type: number}, kn: string}
    rows:
      - {abroad: true, health: [ill, well], amount: "< 5", gives: {desk: fga, level: 2}}
      - {amount: 1..5, kn: 0042, gives: {desk: kc}}
      - {gives: {desk: [a, b]}}
"""
    )
    decision = procedure.decision["desk"]
    assert [(f.name, f.type) for f in decision.inputs] == [
        ("abroad", "boolean"), ("health", "string"), ("amount", "number"), ("kn", "string"),
    ]  # fmt: skip
    assert dict(decision.rows[0].cells) == {
        "abroad": ("in", (True,)),
        "health": ("in", ("ill", "well")),
        "amount": ("cmp", "<", 5),
    }
    assert dict(decision.rows[1].cells) == {"amount": ("range", 1, 5), "kn": ("in", ("0042",))}
    assert decision.rows[0].gives == {"desk": "fga", "level": 2}
    assert decision.rows[2].gives == {"desk": ("a", "b")}
    assert procedure_from_json(procedure_to_json(procedure)) == procedure


def test_each_start_says_one_way_to_open_a_case() -> None:
    procedure = built(
        """\
procedure: p
title: P
data: {kn: string, topic: string}
starts:
  - {by: agent, ask: [kn, {why: string}], optional: [topic], set: {topic: car}, when: 'now != null'}
  - {message: 'message.channel == "mail"'}
  - {event: renewal}
initial: a
states: {a: {final: true}}
"""
    )
    assert [(s.kind, s.role, s.name) for s in procedure.starts] == [
        ("by", "agent", ""), ("message", "", ""), ("event", "", "renewal"),
    ]  # fmt: skip
    agent, message, _ = procedure.starts
    assert [(a.name, a.stored, a.optional) for a in agent.asks] == [
        ("kn", True, False), ("why", False, False), ("topic", True, True),
    ]  # fmt: skip
    assert agent.sets == (("topic", "car"),)
    assert agent.when is not None
    assert agent.at == (5, 10)
    assert message.message is not None
    assert unparse(message.message.node) == 'message.channel == "mail"'


def test_built_in_effects_and_invoked_work_are_operations_too() -> None:
    procedure = built(
        """\
procedure: p
title: P
data: {kn: string, people: {type: array, items: person}}
initial: a
states:
  a:
    invoke: {vehicle_register.lookup: {plate: AB12345}}
    events:
      done: {do: [{raise: again}, {start: {procedure: q, with: {kn: 0042, received: "${now}"}}}]}
      again: {to: b}
    exit:
      - {mail.send: {to: "${each_one.mail}"}, each: "${people}", as: each_one, unless_left: true, when: 'kn != null'}
      - crm.refresh:
  b: {final: true}
"""
    )
    a = procedure.state["a"]
    assert a.invoke is not None
    assert (a.invoke.operation, a.invoke.parameters) == ("vehicle_register.lookup", {"plate": "AB12345"})
    raised, started = a.events_by_name["done"][0].effects
    assert (raised.operation, raised.parameters) == ("raise", "again")
    assert started.operation == "start"
    assert started.parameters["with"]["kn"] == "0042"
    mail, refresh = a.exit
    assert (mail.each_as, mail.unless_left) == ("each_one", True)
    assert isinstance(mail.each, Template)
    assert mail.when is not None
    assert (refresh.operation, refresh.parameters) == ("crm.refresh", {})
