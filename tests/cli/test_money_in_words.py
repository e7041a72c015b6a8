"""An amount of money is written with both its decimals wherever people read it, and kept as the number that it is."""

from typing import Any

import pytest

FILE = """\
procedure: fee
title: {da: Gebyr, en: Fee}
owner: lead
starts: [{by: agent}]
data:
  kn: {type: customer_number}
  fee: {type: number, multipleOf: 0.01, minimum: 0, label: {da: Gebyr, en: Fee}}
  rates: {type: array, items: {type: number, multipleOf: 0.01}, label: {da: Rater, en: Rates}}
  weight: {type: number, label: {da: Vægt, en: Weight}}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      set_it: {ask: [fee, rates, weight], to: told}
  told:
    task: {role: agent, guide: {da: "Sig ${fee} kr., ${rates} og ${weight} kg", en: "Say ${fee} kr., ${rates} and ${weight} kg"}}
    choices:
      over: {to: over, do: [{note.write: {text: {da: "Aftalt ${fee} kr.", en: "Agreed ${fee} kr."}}}]}
  over: {final: true, title: {da: Slut, en: Over}}
"""


@pytest.fixture
def fee(desk: Any) -> Any:
    desk.write("procedures/fee/procedure.yaml", FILE)
    return desk


@pytest.mark.parametrize(
    ("typed", "danish", "english"),
    [
        ("99.5", "99,50", "99.50"),
        ("1500", "1500", "1500"),
        ("0.05", "0,05", "0.05"),
        ("1899.95", "1899,95", "1899.95"),
    ],
)
def test_a_broken_amount_has_two_decimals_in_what_is_said_kept_and_shown(
    fee: Any, typed: str, danish: str, english: str
) -> None:
    fee.ok("open", "fee", "--with", "kn=104233")
    fee.ok(
        "do", "1", "set_it", "--with", f"fee={typed}", "--with", f"rates=[{typed}, 2]", "--with", "weight=2.5"
    )
    for language, told, weight in (("da", danish, "2,5"), ("en", english, "2.5")):
        case = fee.json("case", "1", "--lang", language)
        assert f"{told} kr., {told}, 2 " in str(case["words"]) and f" {weight} kg" in str(case["words"])
    assert fee.json("case", "1")["data"]["fee"] == float(typed)
    fee.ok("do", "1", "over")
    assert f"Aftalt {danish} kr." in fee.ok("log", "1", "--lang", "da")


def test_what_was_typed_is_read_back_with_two_decimals(fee: Any) -> None:
    fee.ok("open", "fee", "--with", "kn=104233")
    told = fee.answers("1", "99,5", "12.25, 7.5", "2,5", "", "q").stdout
    assert "99.50" in told and "12.25, 7.50" in told and "2.5" in told, told


def test_a_list_of_numbers_is_typed_with_semicolons_where_a_comma_is_decimal(fee: Any) -> None:
    fee.ok("open", "fee", "--with", "kn=104233")
    lines = "1\n99,5\n12,25; 7,5\n2,5\n\nq\n"
    told = fee.run("step", "1", "--lang", "da", typed=lines).stdout
    assert "adskilt af semikolon" in told and "12,25, 7,50" in told, told
