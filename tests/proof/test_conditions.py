"""What a condition says of the case once it has let something happen: no more and no less than the engine would."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.definitions.codes import CODES
from procflow.rehearsal.bench import Bench

HEAD = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, optional: [kind, sure, really, count, amount, low, high, at, name, tags, list, who, other]}]
data:
  kind: {enum: [small, large]}
  sure: {type: boolean}
  really: {type: boolean}
  count: {type: integer}
  amount: {type: number}
  low: {type: date}
  high: {type: date}
  at: {type: instant}
  name: {type: string}
  tags: {type: array, items: {enum: [red, blue]}}
  list: {type: array, items: {type: string}}
  who: {type: person}
  other: {type: person}
  seen: {type: evidence}
  sample: {type: string, enum: [a, b]}
decisions:
  size:
    title: {en: Size, da: Størrelse}
    hit: first
    inputs: {kind: [small, large], big: boolean, count: number, name: string}
    rows:
      - {kind: small, big: false, gives: {desk: one}}
      - {kind: large, count: "1..5", gives: {desk: two}}
      - {count: ">= 9", gives: {desk: three}}
      - {name: [x, y], gives: {desk: four}}
      - {name: null, gives: {desk: five}}
      - {gives: {desk: six}}
  half:
    title: {en: Half, da: Halv}
    hit: first
    inputs: {count: number, amount: number}
    rows:
      - {count: "< 5", gives: {desk: low}}
      - {count: "5..9", amount: "1..3", gives: {desk: middle}}
      - {count: ">= 5", gives: {desk: high}}
      - {gives: {desk: none}}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      look: {ask: [seen]}
      stop: {to: stopped}
"""
TAIL = """
  there: {task: {role: agent}, choices: {leave: {to: stopped}}}
  stopped: {final: true, outcome: stopped}
promises:
"""
DESK = 'decide("size", {"kind": kind, "big": sure, "count": count, "name": name}).desk'
HALF = 'decide("half", {"count": count, "amount": amount}).desk'

#: (a guard, what never holds once it let the case pass, what may hold then)
ROWS: list[tuple[str, list[str], list[str]]] = [
    ("true", [], ["kind == null", "sure"]),
    ('kind == "small"', ['kind == "large"', "kind == null"], ["sure", "!sure"]),
    ('kind != "small"', ['kind == "small"'], ['kind == "large"', "kind == null"]),
    ('"small" == kind && sure', ['kind == "large"', "!sure", "sure == null"], []),
    ('kind == "small" || sure', ['kind == "large" && !sure', "kind == null && sure == null"], ["!sure", "kind == null"]),
    ('!(kind == "small" || sure)', ['kind == "small"', "sure"], ["kind == null", "sure == null", "sure == false"]),
    ('kind == "small" ? sure : count > 3', ['kind == "small" && !sure', 'kind != "small" && count <= 3'],
     ['kind == "small" && count <= 3', 'kind == "large" && !sure', "kind == null"]),
    ('kind in ["small"]', ['kind == "large"', "kind == null"], []),
    ('kind in ["small", "large"]', ["kind == null"], ['kind == "large"', 'kind == "small"']),
    ('!(kind in ["small"])', ['kind == "small"'], ['kind == "large"', "kind == null"]),
    ("sure == really", ["sure && !really", "sure == null && really"], ["!sure", "sure && really", "sure == null"]),
    ("sure != null", ["sure == null"], ["sure", "!sure"]),
    ("count > 3", ["count <= 3", "count == 3", "count < 4", "count == null", "3 >= count"], ["count == 4", "count > 9"]),
    ("count < 3", ["count >= 3", "count > 2", "count == null"], ["count == 2", "count < 0"]),
    ("3 < count", ["count < 4"], ["count == 4"]),
    ("count >= 3 && count <= 3", ["count != 3", "count > 3", "count < 3"], ["count == 3"]),
    ("count != 3", ["count == 3"], ["count == null", "count > 3", "count < 3"]),
    ("!(count >= 3)", ["count >= 3", "count == 3"], ["count == null", "count < 3"]),
    ("amount > 3", ["amount <= 3", "amount == null"], ["amount < 4", "amount > 4"]),
    ("amount == null", ["amount != null", "amount > 0", "amount == 3"], ["kind == null"]),
    ("low <= high", ["low > high", "low == null", "high == null"], ["low == high", "low < high"]),
    ("low == high", ["low < high", "low > high"], ["low == null", "low != null"]),
    ("low != high", ["low == high && low != null"], ["low < high", "low > high", "low == null"]),
    ('low > date("2026-01-01") && high < date("2026-01-01")', ["high >= low", "low == high"], ["high < low"]),
    ("count > 3 && amount < 2", ["count < amount", "count == amount"], ["amount < count"]),
    ("count + 1 > 3", ["count + 1 <= 3", "count == null"], ["count + 1 == 4", "count > 0"]),
    ("-count < 3", ["-count >= 3"], ["-count == 2"]),
    ("count * 2 == 6", ["count * 2 > 6"], ["count > 1"]),
    ("amount * 2 > 6 || sure", ["amount == null && !sure"], ["amount == null", "amount > 9 && !sure"]),
    ("!(sure && amount * 2 > 6)", ["amount == null && sure", "amount * 2 > 6 && sure"], ["amount == null", "amount > 9"]),
    ('name == "x"', ['name == "y"', "name == null", 'name != "x"'], ['kind == null']),
    ('name != "x"', ['name == "x"'], ['name == "y"', "name == null"]),
    ('name.startsWith("x")', ['!name.startsWith("x")'], ['name.startsWith("y")', 'name.startsWith("xy")']),
    ('!name.startsWith("x")', ['name.startsWith("x")'], ['name.startsWith("y")']),
    ("tags == []", ["tags != []", '"red" in tags', "tags.size() > 0"], ["kind == null"]),
    ("tags != []", ["tags == []", "tags.size() == 0", "0 >= tags.size()"], ['"red" in tags', '!("red" in tags)']),
    ('"red" in tags', ["tags == []", '!("red" in tags)'], ['"blue" in tags', '!("blue" in tags)']),
    ("tags.size() >= 1", ["tags == []"], ["tags != []"]),
    ("1 > tags.size()", ["tags != []"], ["tags == []"]),
    ("list.size() != 0", ["list == []", "list.size() <= 0"], ["list.size() > 0", "list.size() == 2"]),
    ("list.size() > 1", ["list == []", "list.size() == 1", "list.size() < 2"], ["list.size() == 2", "list.size() == 3"]),
    ('"x" in list', ['!("x" in list)'], ['"y" in list', '!("y" in list)']),
    ("name.size() == 0", ["name.size() > 0", "name.size() >= 1"], ["name != null"]),
    ("seen.accepted", ["!seen.accepted", 'seen.verdict == "rejected"', 'seen.verdict == "second_check"'], []),
    ('seen.verdict == "second_check"', ["seen.accepted"], ['seen.verdict != "rejected"']),
    ("!seen.accepted", ["seen.accepted"], ['seen.verdict == "rejected"', 'seen.verdict == "second_check"', "seen.verdict == null"]),
    ('who("look") == null', ['who("look") != null', 'count("look") > 0'], ["true", "sure"]),
    ('who("look") != null', ['who("look") == null'], ["true", 'who("look") == who', 'count("look") > 1']),
    ("who == other", ["who != other"], ["who == null", "who != null"]),
    ("who != null && who.id == other.id", ["who == null"], ["absent(who)"]),
    ('who in members("lead")', ["who == null"], ['!(who in members("agent"))']),
    ('add_time(low, "3 days") <= at', ["low == null", "at == null", 'add_time(low, "3 days") > at'], ["kind == null"]),
    ("high - low > 3", ["high - low <= 3", "high - low < 4"], ["high - low == 4"]),
    ("at < now", ["at == null"], ["kind == null"]),
    ("date(at) == low", ["date(at) > low", "low == null"], ["kind == null"]),
    (f'{DESK} == "one"', ['kind == "large"', "kind == null", "sure"], ["sure == false"]),
    (f'{DESK} == "two"', ['kind != "large"', "count < 1", "count > 5", "count == null"], ["count == 1", "count == 5"]),
    (f'{DESK} == "three"', ["count < 9", 'kind == "small" && sure == false'], ["count == 9", 'kind == "large"']),
    (f'{DESK} == "four"', ['name != "x" && name != "y"', "count >= 9"], ['name == "x"', 'name == "y"', "count < 9"]),
    (f'{DESK} == "five"', ["name != null", 'name == "x"'], ["count < 9", "count == null"]),
    (f'{DESK} == "six"', ["name == null", 'name == "x"', "count > 9"], ["count < 9", 'name == "z"']),
    (f'{HALF} == "none"', ["count != null"], ["true", "amount == 2"]),
    (f'{HALF} == "middle"', ["count < 5", "count > 9", "amount > 3", "amount == null"], ["true"]),
    (f'{HALF} == "high"', ["count < 5", "count == 6 && amount == 2"], ["count == 6", "amount == null"]),
    (f'{DESK} in ["one", "two"]', ['kind == null'], ['kind == "small"', 'kind == "large"']),
]  # fmt: skip


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


#: Each promise looks at all the choices beside it: a few at a time are quicker.
FEW = 8


@pytest.mark.parametrize("first", range(0, len(ROWS), FEW))
def test_what_a_guard_lets_pass_is_what_it_says(first: int, verdicts: Any) -> None:
    choices, promises, asked = "", "", {}
    for n, (guard, never, may) in enumerate(ROWS[first : first + FEW]):
        choices += f"      c{n}: {{when: {quoted(guard)}, to: there}}\n"
        for condition in (*never, *may):
            name = f"p{len(asked)}"
            asked[name] = (guard, condition, "proved" if condition in never else "not decided")
            once = quoted(f'choice("c{n}") && ({condition})')
            promises += f"  {name}: {{never: {once}}}\n"
    judged = verdicts(HEAD + choices + TAIL + promises)
    assert [(row, judged[name]) for name, row in asked.items() if judged[name] != row[2]] == []


def test_evidence_that_was_never_given_is_there_and_is_not_accepted(verdicts: Any) -> None:
    text = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data: {proof: {type: evidence}}
initial: open
states:
  open: {task: {role: agent}, choices: {go: {when: 'proof != null', to: gone}}}
  gone: {final: true}
promises:
  never_gone: {never: 'state("gone")'}
  gone_without: {never: 'state("gone") && proof.accepted'}
  there: {always: '!(proof == null)'}
"""
    assert verdicts(text) == {"never_gone": "not decided", "gone_without": "proved", "there": "proved"}
    bench = Bench(text, overlook=[code for code in CODES if "PF246" <= code < "PF300"])
    bench.open("ann")
    assert bench.refused("go", "ann").code == "promise"
