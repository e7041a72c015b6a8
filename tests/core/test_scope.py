"""What an expression sees during a step: names, stored values as they are meant, and what plugins' functions answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from procflow.core.case import Case
from procflow.core.scope import StepScope
from procflow.errors import EvaluationError, PluginError

BODY = """
data:
  kind: {type: string}
  who: {type: person}
  team: {type: array, items: {type: person}}
  tags: {type: array, items: {type: string}}
  proof: {type: evidence, covers: [kind]}
  count: {type: number}
initial: s
states: {s: {task: {role: agent}, choices: {go: {to: t}}}, t: {final: true}}
"""
NOW = datetime(2026, 5, 11, 22, 30, tzinfo=UTC)


def broken(*args: Any) -> Any:
    raise RuntimeError("the number 104233 is not known")


def hurt(*args: Any) -> Any:
    raise PluginError("the plugin trial failed")


FUNCTIONS = {
    "broken": broken, "hurt": hurt, "odd": lambda: {1}, "pair": lambda a, b: [a, [b, 1.5]],
    "named": lambda: {"a": 1, "b": None}, "odd_inside": lambda: [object()],
}  # fmt: skip


@pytest.fixture
def scope(bench: Any) -> Any:
    def of(data: dict[str, Any] | None = None, **more: Any) -> StepScope:
        b = bench(BODY)
        b.open("ann")
        surroundings = replace(b.stage.surroundings, functions=FUNCTIONS)
        case = Case(id="1-2", number=7, procedure="trial", opened=NOW - timedelta(1), data=data or {})
        return StepScope(b.procedure, case, surroundings, NOW, **more)

    return of


def test_the_names_of_a_step(scope: Any) -> None:
    seen = scope({"kind": "small"}, actor="bob", given={"x": 1}, message={"text": "hi"}, result={"y": 2})
    assert seen.name("kind") == "small" and seen.name("count") is None
    assert (seen.name("now"), seen.day) == (NOW, date(2026, 5, 12)), (
        "it is past midnight in the organisation's zone"
    )
    assert (seen.name("input"), seen.name("message"), seen.name("result")) == (
        {"x": 1},
        {"text": "hi"},
        {"y": 2},
    )
    assert seen.name("actor")["id"] == "bob" and scope().name("actor") is None
    assert seen.name("case") == {"id": "1-2", "number": 7, "opened": NOW - timedelta(1), "procedure": "trial"}
    seen.overlay["kind"] = "large"
    assert seen.name("kind") == "large"
    seen.locals["kind"] = "each"
    assert seen.name("kind") == "each" and seen.zone == "Europe/Copenhagen"
    with pytest.raises(KeyError, match="unheard"):
        seen.name("unheard")
    assert scope().name("input") == {} and scope().name("message") is None is scope().name("result")


def test_people_and_lists_are_seen_as_what_they_are(scope: Any) -> None:
    seen = scope({"who": "ann", "team": ("bob", "zoe", "LIZ"), "tags": ("a", "b")})
    assert seen.name("who")["name"] == "Ann Test"
    assert [person and person["id"] for person in seen.name("team")] == ["bob", None, "liz"]
    assert seen.name("tags") == ("a", "b")
    bare = scope()
    assert (bare.name("who"), bare.name("team"), bare.name("tags")) == (None, (), ())
    assert (
        seen.person(seen.name("who")) is seen.name("who")
        and seen.person(3) is None
        and seen.person("zoe") is None
    )


def test_evidence_is_never_null_and_falls_with_what_it_covers(scope: Any) -> None:
    given = {"accepted": True, "verdict": "accepted", "reason": None, "channel": "sms"}
    nothing = scope().name("proof")
    assert (nothing["accepted"], nothing["verdict"], nothing["covers"]) == (False, None, ("kind",))
    good = scope({"proof": given}).name("proof")
    assert (good["accepted"], good["channel"], good["covers"]) == (True, "sms", ("kind",))
    fallen = scope({"proof": given, "proof~void": "kind"})
    void = fallen.name("proof")
    assert (void["accepted"], void["verdict"], void["channel"]) == (False, "rejected", "sms")
    assert void["reason"] == "kind was changed after the evidence was given"
    fallen.overlay["proof"] = given
    assert fallen.name("proof")["accepted"], "it is given anew in this step"


def test_what_a_plugin_s_function_answers_becomes_a_value_or_a_reason(scope: Any) -> None:
    seen = scope()
    assert seen.call("pair", ["x", True]) == ("x", (True, Decimal("1.5")))
    assert seen.call("named", []) == {"a": 1, "b": None}
    for name, why in (
        ("broken", r"^broken\(\) failed with RuntimeError$"),
        ("hurt", r"^hurt\(\) failed: the plugin trial failed$"),
        ("odd", r"^odd\(\) answered something that is no value$"),
        ("odd_inside", r"^odd_inside\(\) answered something that is no value$"),
    ):
        with pytest.raises(EvaluationError, match=why):
            seen.call(name, [])
    with pytest.raises(KeyError, match="unheard"):
        seen.call("unheard", [])
    assert seen.call("param", ["unheard"]) is None, "what the language has no plugin takes"


def test_looking_back_is_at_the_past_that_was_named(scope: Any) -> None:
    assert scope().past.number == 7
    assert scope(past=Case(number=8)).past.number == 8
