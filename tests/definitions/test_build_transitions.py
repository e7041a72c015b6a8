"""The forms of a transition: one mapping, a list of alternatives, alternatives under shared keys."""

from __future__ import annotations

from procflow.core.expressions import And, unparse
from procflow.core.procedure import Choice, Procedure
from procflow.definitions.build import build_procedure
from procflow.definitions.reader import read
from procflow.definitions.schema import validate

HEAD = """\
procedure: p
title: P
data: {a: string, b: string, c: string}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      go:
"""
TAIL = """\
  t: {final: true}
  u: {final: true}
"""


def choice(body: str, *told: str) -> tuple[Choice, Procedure]:
    """The choice and its procedure; `told` are the codes of what is said about it."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    tree, problems = read(HEAD + lines + TAIL, "p.yaml")
    assert tree is not None
    assert problems + validate(tree, "procedure", "p.yaml") == []
    procedure, problems = build_procedure(tree, "p.yaml", {}, ("da", "en"))
    assert [problem.code for problem in problems] == list(told)
    assert procedure is not None
    return procedure.state["s"].choices[0], procedure


def guards(found: Choice) -> list[str]:
    return [t.when.source if t.when is not None else "" for t in found.alternatives]


def test_a_list_of_alternatives_keeps_its_order_and_numbers_its_ids() -> None:
    go, _ = choice("""- {when: 'a == "1"', to: t}\n- {when: 'a == "2"', to: u}\n- {refuse: no}""")
    assert [t.id for t in go.alternatives] == ["s.go#1", "s.go#2", "s.go#3"]
    assert [t.to for t in go.alternatives] == ["t", "u", None]
    assert go.alternatives[2].refuse is not None


def test_shared_keys_are_merged_into_each_alternative() -> None:
    go, _ = choice(
        """\
label: Go
note: required
when: 'a != null'
ask: [a, {why: string}]
set: {b: shared, c: shared}
do: [{note.write: {text: first}}]
then:
  - {when: 'a == "1"', set: {c: own}, do: [{note.write: {text: second}}], optional: [b], to: t}
  - {to: u}"""
    )
    one, two = go.alternatives
    assert guards(go) == ['a != null && a == "1"', "a != null"]
    assert dict(one.sets) == {"b": "shared", "c": "own"}
    assert dict(two.sets) == {"b": "shared", "c": "shared"}
    assert [e.parameters["text"] for e in one.effects] == ["first", "second"]
    assert [e.parameters["text"] for e in two.effects] == ["first"]
    assert [(a.name, a.optional) for a in one.asks] == [("a", False), ("why", False), ("b", True)]
    assert [a.name for a in two.asks] == ["a", "why"]
    assert (go.note, go.label is not None) == ("required", True)


def test_joined_guards_keep_their_places_and_their_meaning() -> None:
    go, _ = choice(
        """when: 'a == "1" || b == "1"'\nthen:\n  - {when: 'c == "1" && b != null', to: t}\n  - {to: u}"""
    )
    guard = go.alternatives[0].when
    assert guard is not None
    assert guard.source == '(a == "1" || b == "1") && c == "1" && b != null'
    assert unparse(guard.node) == guard.source
    assert guard.at == (10, 16)
    assert isinstance(guard.node, And)
    assert len(guard.node.parts) == 3
    assert guard.node.parts[1].at[0] == 12


def test_then_may_stand_inside_then() -> None:
    go, _ = choice(
        """\
when: 'a != null'
to: u
then:
  - when: 'b != null'
    set: {c: inner}
    then:
      - {when: 'c == "1"', to: t}
      - {refuse: no}
  - {}"""
    )
    assert guards(go) == ['a != null && b != null && c == "1"', "a != null && b != null", "a != null"]
    assert [t.to for t in go.alternatives] == ["t", None, "u"]
    assert [t.refuse is None for t in go.alternatives] == [True, False, True]
    assert [dict(t.sets) for t in go.alternatives] == [{"c": "inner"}, {"c": "inner"}, {}]


def test_words_and_owners_of_a_choice_come_from_the_first_alternative_that_has_them() -> None:
    go, _ = choice(
        """\
- {when: 'a == "1"', to: t, help: First}
- {when: 'a == "2"', to: t, label: Second, by: [lead, "${a}"], other_than: go, note: optional}
- {to: u}""",
        "PF213",  # `by`
        "PF213",  # `other_than`
    )
    assert go.help is not None
    assert go.label is not None
    assert go.label.by[0][1].parts == ("Second",)
    assert go.by[0] == "lead"
    assert go.other_than == ("go",)
    assert go.note == "optional"


def test_an_alternative_without_a_goal_stays_and_self_comes_back() -> None:
    go, _ = choice("- {when: 'a == \"1\"', set: {b: x}}\n- {to: self}")
    assert [t.to for t in go.alternatives] == [None, "self"]


def test_an_alternative_stands_where_its_own_mapping_begins() -> None:
    go, _ = choice("when: 'a != null'\nthen:\n  - {when: 'b != null', to: t}\n  - to: u")
    assert go.at == (9, 7)
    assert [t.at for t in go.alternatives] == [(12, 13), (13, 13)]
    assert go.alternatives[1].to_at == (13, 17)
