"""Errors at the edges become refusals or clear errors, never a crash; and a case in trouble can be used again."""

from decimal import Decimal

import pytest

from procflow.errors import NotFound

BODY = """
data: {n: {type: integer, default: 1}, day: {type: date}, items: {type: array, items: {type: integer}}, t: {type: string}}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      raises: {set: {t: "${explode(n)}"}}
      guarded: {when: 'explode(n) == "x"', to: end}
      nonsense: {set: {t: "${nonsense(n)}"}}
      costly: {ask: [items], when: 'items.all(a, items.all(b, items.all(c, a + b + c >= 0)))', to: end}
      day: {ask: [day]}
      fine: {}
      end: {to: end}
  end: {final: true}
deadlines: {d: {starts: opening, until: "${day}", met: choice end}}
"""


def explode(n):
    raise ZeroDivisionError("Kanariefugl")


def opened(bench, **options):
    functions = {"explode": explode, "nonsense": lambda n: object()}
    b = bench(BODY, functions=functions, overlook=("PF252", "PF312"), **options)
    b.open("ann")
    return b


def test_a_plugins_function_that_raises_refuses_the_step(bench):
    b = opened(bench)
    refusal = b.refused("raises", "ann", because="evaluation")
    assert "explode" in refusal.words("en")
    assert b.refused("guarded", "ann").code == "evaluation"
    b.do("fine", "ann")


def test_a_plugins_function_that_answers_nonsense_refuses_the_step(bench):
    b = opened(bench)
    b.refused("nonsense", "ann", because="evaluation")
    b.do("fine", "ann")


def test_an_expression_over_its_budget_refuses_the_step(bench):
    b = opened(bench)
    refusal = b.refused("costly", "ann", items=list(range(100)), because="evaluation")
    assert "steps" in refusal.words("en")
    b.do("costly", "ann", items=[1, 2])


def test_a_calendar_out_of_its_years_refuses_the_step(bench):
    b = opened(bench)
    refusal = b.refused("day", "ann", day="9999-01-01", because="evaluation")
    assert "9999" in refusal.words("en") or "year" in refusal.words("en")
    b.do("day", "ann", day="2026-06-01")


def test_what_can_be_done_is_listed_although_a_guard_goes_wrong(bench):
    from procflow.core.offers import offers

    b = opened(bench)
    found = {
        offer.choice.name: offer.refusal.code if offer.refusal else ""
        for offer in offers(b.procedure, b.case, b.stage.surroundings, "ann", b.stage.now)
    }
    assert found["guarded"] == "evaluation" and found["fine"] == ""


def test_who_a_task_is_for_may_go_wrong_too_and_the_rest_is_listed(bench):
    from procflow.core.offers import offers

    body = """
data: {n: {type: integer, default: 1}}
initial: s
states:
  s:
    task: {role: agent}
    choices: {odd: {by: "${explode(n)}", to: end}, fine: {to: end}}
  end: {final: true}
"""
    b = bench(body, functions={"explode": explode}, overlook=("PF312"))
    b.open("ann")
    found = [
        offer.refusal.code if offer.refusal else ""
        for offer in offers(b.procedure, b.case, b.stage.surroundings, "ann", b.stage.now)
    ]
    assert found == ["evaluation", ""]
    b.refused("odd", "ann", because="evaluation")
    b.do("fine", "ann")


def test_an_unknown_case_or_procedure_is_not_found(bench):
    b = opened(bench)
    for case in ("nowhere", 99, "99", "organisation"):
        with pytest.raises(NotFound):
            b.stage.engine.load(case)
    with pytest.raises(NotFound) as caught:
        b.try_open("ann", procedure="trail")
    assert "trial" in caught.value.hint


def test_a_case_whose_definition_is_missing_says_so(bench):
    b = opened(bench)
    definition = b.stage.store.load(b.case_id).definition
    del b.stage.store._documents[definition]
    b.stage.engine._procedures.clear()
    with pytest.raises(NotFound) as caught:
        b.try_do("fine", "ann")
    assert definition in caught.value.message and caught.value.hint


def test_numbers_are_exact(bench):
    b = opened(bench)
    assert b.stage.engine.load(b.case_id).plain.data["n"] == 1
    assert Decimal("0.1") + Decimal("0.2") == Decimal("0.3")
