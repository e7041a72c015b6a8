"""What a proof does not choose because nothing hangs on it: the same is proved in fewer ways."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.definitions.parse import parse_expression
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.needing import needs_of
from procflow.proof.plan import Around, Plan
from procflow.proof.proving import prove_all
from procflow.proof.space import Space
from procflow.proof.standing import Standing
from procflow.proof.verdicts import PROVED
from procflow.rehearsal.bench import ORGANISATION

TEXT = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  kind: {enum: [a, b, c, d, e]}
  held: {type: array, items: {enum: [a, b, c, d, e]}}
  name: {type: string}
  other: {type: string}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      take:
        ask: {which: {enum: [a, b, c, d, e]}}
        set: {held: "${held + [input.which]}"}
      ask_for:
        ask: {which: {enum: [a, b, c, d, e]}}
        then: [{when: 'input.which in held', refuse: {en: No, da: Nej}}, {to: told}]
      fill: {optional: [kind], note: optional, to: told}
  told:
    task: {role: agent}
    choices:
      both: {when: 'kind != null && kind == "a"', to: ended}
      neither: {when: 'kind == null', to: ended}
      never_a: {when: 'name != null || other != null', to: ended}
      back: {set: {name: "x", other: "y"}, to: open}
  ended: {final: true, outcome: ended}
promises:
  filled: {never: 'state("told") && kind == "b" && held == []'}
  two: {never: 'count("take") > 0 && count("fill") > 0'}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    overlook = [code for code in CODES if "PF200" <= code < "PF400"]
    documents = documents_of(TEXT, organisation=ORGANISATION, overlook=overlook)
    return Plan(documents.procedures["errand"], Around(Standing(documents.organisation)))


def ways(space: Space, kind: str, name: str) -> list[tuple[Any, ...]]:
    """What was chosen on each way through a move from the opening's state."""
    return [e.step.chosen for e in space.edges[0] if (e.move.kind, e.move.name) == (kind, name)]


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("kind", {"kind"}),
        ("unheard_of", set()),
        ("now", None),
        ("message.text", None),
        ("actor.id == kind", None),
        ("input.which", set()),
        ("input.which in held", {"held"}),
        ("held[0]", {"held"}),
        ("name + other", {"name"}),
        ("[name, other]", {"name", "other"}),
        ("!(name == other)", {"name", "other"}),
        ("name == null || other == null", {"name"}),
        ("name == null ? other : kind", {"name"}),
        ("held.exists(x, x == name)", {"held"}),
        ("name.size() > 2", {"name"}),
        ('count("take") > 0', {"count:take"}),
        ('who("take") == name', {"who:take", "name"}),
        ('param("limit") == name', {"name"}),
        ('state("open")', set()),
        ("absent(name)", None),
        ('table("x")[kind].y == name', None),
        ('{"a": now}', set()),
    ],
)
def test_what_must_be_kept_for_it_to_be_known(text: str, needs: set[str] | None) -> None:
    assert needs_of(parse_expression(text).node, ("kind", "held", "name", "other")) == needs


def test_what_is_looked_for_in_a_list_that_is_not_kept_is_not_chosen(plan: Plan) -> None:
    found = ways(explore(Lens(plan, frozenset())), "choice", "ask_for")
    assert found == [(("condition", "input.which in held", False),)]


def test_what_is_added_to_a_list_is_not_chosen_where_only_empty_or_not_is_known(plan: Plan) -> None:
    assert ways(explore(Lens(plan, frozenset({"held"}))), "choice", "take") == [()]


def test_a_note_is_only_chosen_where_a_promise_can_tell(plan: Plan) -> None:
    assert len(ways(explore(Lens(plan, frozenset())), "choice", "fill")) == 1
    assert len(ways(explore(Lens(plan, frozenset({"did:note.write"}))), "choice", "fill")) == 2


def test_whether_there_is_a_value_is_asked_before_which(plan: Plan) -> None:
    space = explore(Lens(plan, frozenset({"kind"})))
    chosen = {e.step.chosen for edges in space.edges for e in edges if e.move.name == "neither"}
    assert chosen <= {(("data", "kind", None),), ()}
    later = {e.step.chosen for edges in space.edges for e in edges if e.move.name == "both"}
    assert (("condition", "kind == null", False), ("data", "kind", "a")) in later


def test_what_was_known_of_fields_that_are_set_together_is_open_again(plan: Plan) -> None:
    lens = Lens(plan, frozenset())
    space = explore(lens)
    back = {e.there for edges in space.edges for e in edges if e.move.name == "back"}
    assert back
    assert all(not space.states[n].atoms and not space.states[n].facts for n in back)


def test_nothing_more_is_looked_at_once_every_promise_is_seen_broken(plan: Plan) -> None:
    promise = next(p for p in plan.procedure.promises if p.name == "two")
    space = explore(Lens(plan, plan.promised([promise]), [promise]))
    assert space.stopped
    assert not space.whole
    assert set(space.breaches) == {"two"}
    breach = space.breaches["two"]
    assert not any(e.move == breach.step.move for e in space.edges[breach.source])


FORM = """
procedure: form
title: {en: Form, da: Formular}
owner: lead
starts:
  - message: 'message.fields.form == "x"'
    set:
      phone: "${message.fields.phone}"
      email: "${message.fields.email}"
      name: "${message.fields.name}"
      twin: "${message.fields.twin}"
      other: "${message.fields.twin}"
      place: "${message.fields.place}"
data:
  phone: {type: phone}
  email: {type: email}
  name: {type: string}
  twin: {type: string}
  other: {type: string}
  place: {type: string}
initial: open
states:
  open:
    always: [{when: 'message.fields.place == null', to: lost}]
    task: {role: agent}
    choices:
      call: {when: 'phone != null', to: ended}
      write: {when: 'phone == null && email != null', to: ended}
  lost: {final: true, outcome: lost}
  ended: {final: true, outcome: ended}
promises:
  place_is_there: {never: 'choice("call") && place == null'}
  twins: {never: 'twin == null && other != null'}
  a_number: {never: 'state("ended") && phone == null && email == null'}
"""


@pytest.fixture(scope="module")
def form() -> Plan:
    overlook = [code for code in CODES if "PF200" <= code < "PF400"]
    documents = documents_of(FORM, organisation=ORGANISATION, overlook=overlook)
    return Plan(documents.procedures["form"], Around(Standing(documents.organisation)))


def test_what_a_form_lacks_is_chosen_once_somebody_asks(form: Plan) -> None:
    opened = explore(Lens(form, frozenset({"phone", "email", "name"}))).states
    assert sum(state.active == ("open",) for state in opened) == 1


@pytest.mark.parametrize("name", ["place_is_there", "twins", "a_number"])
def test_what_is_read_otherwise_too_is_the_same_everywhere(name: str) -> None:
    overlook = [code for code in CODES if "PF200" <= code < "PF400"]
    documents = documents_of(FORM, organisation=ORGANISATION, overlook=overlook)
    (proof,) = prove_all(documents.procedures, documents.organisation)
    assert {v.promise: v.verdict for v in proof.verdicts}[name] == PROVED
