"""What is asked of whoever carries an effect out by hand, and what may go wrong when they answer."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from procflow.core.case import Case, Waiting
from procflow.core.items import item_asks
from procflow.core.organisation import Surroundings

LOOKUP = """
data: {plate: {type: string}, make: {type: string}, old: {type: boolean}, why: {type: string}}
starts: [{by: agent, ask: [plate]}]
initial: looking
states:
  looking:
    task: {role: agent}
    invoke: {vehicle_register.lookup: {plate: "${plate}"}}
    events:
      done:
        - when: 'result.year > 2000'
          set: {make: "${result.make} ${result.model}"}
          do: [{note.write: {text: {en: "Colour ${result.colour}", da: "Farve ${result.colour}"}}, when: 'result.sure'}]
          to: found
        - {do: [{notify: {to: ["${result.owner}"], text: {en: Look, da: Se}}}], to: found}
      failed: {set: {why: "${result.error}"}, to: found}
    choices: {skip: {to: found}}
  found: {task: {role: agent}, choices: {end: {to: end}}}
  end: {final: true}
"""
#: What the register would answer.
ANSWER = {
    "type": "object",
    "required": ["make", "weight"],
    "properties": {
        "make": {"type": "string", "minLength": 2, "title": "Make"},
        "weight": {"type": ["null", "integer"], "minimum": 1},
        "doors": {"type": ["object", "null"]},
        "error": {"type": "string"},
    },
}


def asks(bench: Any, choice: str, schema: Any, waiting: dict[str, Waiting], item: str = "manual:k") -> Any:
    """name -> (its type, the parts of its schema, whether it is optional)."""
    b = bench(LOOKUP)
    b.open("ann", plate="AB12345")
    results = {"vehicle_register.lookup": schema} if schema is not None else {}
    surroundings: Surroundings = replace(b.stage.surroundings, results=results)
    found = item_asks(choice, item, b.procedure, Case(waiting=waiting), surroundings)
    assert not any(ask.stored for ask in found)
    return {ask.name: (ask.field.type, dict(ask.field.schema), ask.optional) for ask in found}


WAITS = {"k": Waiting("vehicle_register.lookup", "", "looking#1")}
REFERENCE = {"reference": ("string", {}, False)}
READ = {name: ("", {}, True) for name in ("year", "model", "colour", "sure", "owner")}


def test_the_result_that_the_case_waits_for_is_asked_for_as_the_channel_describes_it(bench: Any) -> None:
    assert asks(bench, "confirm", ANSWER, WAITS) == {
        "reference": ("string", {}, True),
        "make": ("string", {"minLength": 2}, False),
        "weight": ("integer", {"minimum": 1}, False),
        "doors": ("", {}, True),
        **READ,
    }


def test_a_channel_that_says_nothing_of_its_answer_is_asked_for_what_the_procedure_reads(bench: Any) -> None:
    wanted = {"reference": ("string", {}, True), "make": ("", {}, True), **READ}
    assert asks(bench, "confirm", None, WAITS) == wanted
    assert asks(bench, "confirm", {"type": "object"}, WAITS) == wanted
    named = {"properties": {"reference": {"type": "integer"}}}
    assert asks(bench, "confirm", named, WAITS)["reference"] == ("integer", {}, True)


@pytest.mark.parametrize(
    ("choice", "waiting", "asked"),
    [
        ("confirm", {}, REFERENCE),
        ("confirm", {"k": Waiting("vehicle_register.lookup")}, REFERENCE),
        ("confirm", {"other": WAITS["k"]}, REFERENCE),
        ("confirm", {"k": Waiting("vehicle_register.lookup", "", "gone#1")}, REFERENCE),
        ("not_possible", WAITS, {"reason": ("plain_text", {}, False)}),
        ("read", WAITS, {}),
    ],
)
def test_where_nothing_waits_for_a_result_a_reference_is_enough(
    bench: Any, choice: str, waiting: dict[str, Waiting], asked: Any
) -> None:
    assert asks(bench, choice, None, waiting) == asked


def test_who_may_not_settle_an_item_is_told_whose_it_is_and_changes_nothing(bench: Any) -> None:
    b = bench(LOOKUP, manual=["vehicle_register"])
    b.open("ann", plate="AB12345")
    entries = len(list(b.stage.store.journal(b.case_id)))
    refusal = b.refused("confirm", "liz", reference="R1", because="not_allowed")
    assert "Liz Test may not do this: it belongs to Ann Test" in refusal.words("en")
    assert "Liz Test må ikke gøre dette: det hører til hos Ann Test" in refusal.words("da")
    stranger = b.refused("confirm", "zoe", reference="R1", because="unknown_person")
    assert "zoe" in stranger.words("en")
    refusal = b.refused("not_possible", "ann", because="missing")
    assert refusal.facts["choice"] == "not_possible" and [p.name for p in refusal.problems] == ["reason"]
    assert len(list(b.stage.store.journal(b.case_id))) == entries


def test_an_item_of_a_role_is_told_in_the_words_of_each_language(bench: Any) -> None:
    b = bench(
        LOOKUP.replace("text: {en: Look, da: Se}", "role: lead, text: {en: Look, da: Se}").replace(
            'to: ["${result.owner}"], ', ""
        )
    )
    b.open("ann", plate="AB12345")
    b.deliver("vehicle_register.lookup", year=1999)
    assert b.kinds == ["notice"]
    refusal = b.refused("read", "ann", because="not_allowed")
    assert "Duty lead" in refusal.words("en") and "Vagtleder" in refusal.words("da")
    b.do("read", "liz")
    (settled,) = b.entries("ItemSettled")
    assert settled.by == "liz" and b.kinds == []
    assert b.refused("read", "liz").code == "no_item"


def test_a_stand_in_who_confirms_does_it_for_the_one_who_is_away(bench: Any) -> None:
    b = bench(LOOKUP, manual=["vehicle_register"])
    b.open("ann", plate="AB12345")
    b.absent("ann")
    b.do("confirm", "bob", reference="R1", make="Volvo", year=2001)
    taken = b.entries("CommandTaken")[-1]
    assert (taken.name, taken.by, taken.on_behalf) == ("confirm", "bob", "ann")
    assert taken.given["reference"].value == "R1" and b.state == "found"


def test_what_nobody_needs_to_see_in_a_closed_case_is_refused_because_it_is_closed(bench: Any) -> None:
    b = bench(LOOKUP)
    b.open("ann", plate="AB12345")
    assert b.refused("read", "ann").code == "no_item"
    b.do("skip", "ann")
    b.do("end", "ann")
    assert b.refused("read", "ann").code == "closed"
    assert b.refused("unheard", "ann").code == "closed"
    b.receive("hello", to_case=True)
    assert b.kinds == ["read"]
    assert b.refused("confirm", "ann", reference="R1").code == "no_item"
