"""What a proof knows of the data once a step has set them, entered them, or left them as they were."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, optional: [kind, other_kind, sure, count, amount, low, name, tags, list, who, mate, seen, few]}]
data:
  kind: {enum: [small, large]}
  other_kind: {enum: [small, large, vast]}
  sure: {type: boolean}
  ticked: {type: tick}
  count: {type: integer}
  amount: {type: number}
  rounds: {type: integer, default: 0}
  few: {type: integer, minimum: 1, maximum: 3}
  low: {type: date}
  at: {type: instant}
  name: {type: string}
  tags: {type: array, items: {enum: [red, blue]}}
  list: {type: array, items: {type: string}}
  who: {type: person}
  mate: {type: person}
  seen: {type: evidence}
  proof: {type: evidence, covers: [count]}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      round: {set: {rounds: "${rounds + 1}"}}
      prove: {ask: [proof]}
      stop: {to: stopped}
"""
TAIL = """
  there: {task: {role: agent}, choices: {leave: {to: stopped}}}
  stopped: {final: true, outcome: stopped}
promises:
"""

#: (what a choice does, what never holds after it, what may hold then)
ROWS: list[tuple[str, list[str], list[str]]] = [
    ("set: {kind: small}", ['kind != "small"'], ['other_kind == "large"']),
    ("set: {kind: null}", ["kind != null"], ["count == null"]),
    ('set: {kind: "${sure ? \\"small\\" : \\"large\\"}"}', ["kind == null", 'sure && kind == "large"', '!sure && kind == "small"'], ['kind == "small"', 'kind == "large"']),
    ('set: {other_kind: "${kind}"}', ['other_kind == "vast"', 'kind == "small" && other_kind != "small"'], ["other_kind == null"]),
    ('set: {other_kind: "${kind}", kind: large}', ['kind == "small"', 'other_kind == "vast"'], ['other_kind == "small"']),
    ("set: {sure: true}", ["!sure"], ["kind == null"]),
    ('set: {sure: "${count > 3}"}', ["sure == null", "sure && count <= 3", "!sure && count > 3"], ["sure", "!sure"]),
    ('set: {sure: "${count > 3 ? true : kind == \\"small\\"}"}', ["sure == null", "!sure && count > 3", 'sure && kind != "small" && count <= 3'], ["sure", "!sure"]),
    ("set: {count: 3}", ["count != 3", "count > 3", "count == null"], ["amount == 3", "amount == null"]),
    ("set: {count: null}", ["count != null", "count > 3"], ["amount == 3"]),
    ('set: {count: "${count + 1}"}', [], ["count > 3", "count < 3"]),
    ('set: {amount: "${count}"}', ["amount != count", "amount > count", "count == null && amount > 0"], ["amount > 3", "amount < 3"]),
    ('set: {amount: "${count}", count: 7}', ["count != 7"], ["amount != count", "amount == 7", "amount < 7"]),
    ('set: {amount: "${sure ? count : 5}"}', ["!sure && amount != 5", "sure && amount != count"], ["amount != 5", "amount != count"]),
    ('set: {amount: "${count * 2}"}', ["amount != count * 2"], ["amount > 3"]),
    ('when: \'few == 2\', set: {count: "${few}"}', ["count != 2", "count == null"], ["kind == null"]),
    ('when: \'amount > 8\', set: {count: "${few}"}', ["count > 3", "count < 1", "count > amount"], ["count == null", "count == 1", "count == 3"]),
    ("set: {few: 3}", ["few != 3"], ["true"]),
    ("set: {low: 2026-05-11}", ['low != date("2026-05-11")', 'low > date("2026-05-11")'], ["kind == null"]),
    ('set: {at: "${now}"}', ["at == null", "at > now", "at < now"], ["kind == null"]),
    ('set: {low: "${date(now)}"}', ["low == null", "low > date(now)", "low != date(now)"], ["kind == null"]),
    ("set: {name: Mette}", ['name != "Mette"', "name == null"], ["kind == null"]),
    ('set: {name: "${name}"}', [], ["name == null", 'name == "x"']),
    ('set: {name: "To ${who.name}"}', ["name == null"], ['name == "To me"']),
    ("set: {tags: [red]}", ["tags == []", '!("red" in tags)', '"blue" in tags'], ["list == []"]),
    ("set: {tags: []}", ["tags != []", '"red" in tags'], ["kind == null"]),
    ('set: {tags: "${tags + [\\"red\\"]}"}', ["tags == []"], ['"blue" in tags']),
    ('set: {list: "${list + [name]}"}', ["list == []"], ["list.size() == 1", "list.size() > 1"]),
    ('set: {list: "${list + tags}"}', ["list == [] && tags != []"], ["list == []", "list != [] && tags == []"]),
    ("when: '(list + tags) == []'", ["list != []", "tags != []"], ["true"]),
    ("when: '(list + tags) != []'", ["list == [] && tags == []"], ["list == []", "tags == []"]),
    ("when: '(list + tags).size() > 0'", ["list == [] && tags == []"], ["list == []", "tags == []"]),
    ("when: '(cases(\"errand\", {kind: \"small\"}) + cases(\"errand\", {kind: \"large\"})) == []'", [], ["true"]),
    ("when: '(cases(\"errand\", {kind: \"small\"}) + cases(\"errand\", {kind: \"large\"})) != []'", [], ["true"]),
    ('set: {who: "${actor}"}', ["who == null", "who.id != actor.id"], ["absent(who)"]),
    ('set: {mate: "${who}"}', ["mate != who", "who == null && mate != null"], ["mate == null", "mate != null"]),
    ('when: \'!absent(who)\', set: {mate: "${who}"}', ["absent(mate)"], ["mate == null"]),
    ('when: \'!absent(who)\', set: {who: null}', ["who != null"], ["count == null"]),
    ("ask: [kind]", ["kind == null"], ['kind == "small"', 'kind == "large"']),
    ("optional: [kind]", [], ["kind == null", 'kind == "small"', 'kind == "large"']),
    ("ask: [ticked]", ["!ticked"], ["kind == null"]),
    ("optional: [ticked]", [], ["ticked", "ticked == null"]),
    ("ask: [count]", ["count == null"], ["count < 0", "count > 3"]),
    ("ask: [few]", ["few == null", "few < 1", "few > 3"], ["few == 1", "few == 3"]),
    ("ask: {size: {enum: [small, large]}}, set: {kind: \"${input.size}\"}", ["kind == null"], ['kind == "small"', 'kind == "large"']),
    ("ask: {size: {type: integer, minimum: 5}}, set: {count: \"${input.size}\"}", ["count < 5", "count == null"], ["count == 5", "count > 9"]),
    ("optional: {size: {type: integer, minimum: 5}}, set: {count: \"${input.size}\"}", ["count < 5"], ["count == 5", "count == null"]),
    ("ask: {size: {type: integer, const: 5}}, when: '!(input.size == 5)'", ["true"], []),
    ("optional: {size: {type: integer, const: 5}}, when: '!(input.size == 5)'", [], ["true"]),
    ("ask: [kind, sure], when: 'kind == \"small\"'", ['kind != "small"', "sure == null"], ["sure", "!sure"]),
    ("ask: [count], when: 'count > 3 && input.count < 9'", ["count <= 3", "count >= 9"], ["count == 4", "count == 8", "true"]),
    ("ask: [count], when: 'input.count < 9', set: {count: 12}", ["count != 12"], ["true"]),
    ("optional: [count], when: 'count == 5 && input.count == null'", ["count != 5"], ["true"]),
    ("optional: [kind], when: 'kind == \"small\" && input.kind == null'", ['kind != "small"'], ["true"]),
    ("ask: [kind], when: 'input.kind == \"small\"'", ['kind != "small"'], ["true"]),
    ("optional: [sure], when: 'input.sure'", ["!sure"], ["true"]),
    ("ask: [list], set: {tags: [], list: \"${input.list}\"}", ["list == []"], ["list.size() == 1"]),
    ("note: required, when: 'input.note == null'", ["true"], []),
    ("note: optional, when: 'input.note != null'", [], ["true"]),
    ("ask: [list]", ["list == []"], ["list.size() == 1"]),
    ("optional: [list]", [], ["list == []", "list != []"]),
    ("ask: [seen]", ["seen.verdict == null"], ["seen.accepted", "!seen.accepted", 'seen.verdict == "second_check"']),
    ("ask: [seen], when: seen.accepted", ["!seen.accepted"], ["kind == null"]),
    ("when: proof.accepted, ask: [count]", [], ["proof.accepted", "!proof.accepted"]),
    ("when: proof.accepted, ask: [proof, count]", ["!proof.accepted"], ["count > 1", "count < 1"]),
    ("when: proof.accepted, set: {count: 3}", [], ["proof.accepted", "!proof.accepted"]),
    ("when: proof.accepted, ask: [amount]", ["!proof.accepted"], ["amount > 1"]),
    ("when: 'rounds == 2', set: {rounds: \"${rounds + 1}\"}", ["rounds != 3"], ["kind == null"]),
    ("when: 'rounds > 4', set: {rounds: \"${rounds - 1}\"}", ["rounds < 4"], ["rounds == 4", "rounds > 4"]),
    ("note: required", ['!did("note.write")'], ["kind == null"]),
    ("note: optional", [], ['!did("note.write")', 'did("note.write")']),
    ("do: [{note.write: {text: x}}]", ['!did("note.write")'], ["kind == null"]),
    ("when: sure, do: [{notify: {role: lead, text: {en: x, da: x}}, when: 'count > 3'}]",
     ['did("notify") && count <= 3', '!did("notify") && count > 3'], ['!did("notify")', 'did("notify")']),
    ('set: {kind: "${name.lower()}"}', ['kind != "small" && kind != "large" && kind != null'], ['kind == "small"', 'kind == "large"']),
    ("set: {rounds: 0}", ["rounds != 0"], ["kind == null"]),
]  # fmt: skip
FEW = 8


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("first", range(0, len(ROWS), FEW))
def test_what_is_known_after_a_step(first: int, verdicts: Any) -> None:
    choices, promises, asked = "", "", {}
    for n, (does, never, may) in enumerate(ROWS[first : first + FEW]):
        choices += f"      c{n}: {{{does}, to: there}}\n"
        for condition in (*never, *may):
            name = f"p{len(asked)}"
            asked[name] = (does, condition, "proved" if condition in never else "not decided")
            once = quoted(f'choice("c{n}") && ({condition})')
            promises += f"  {name}: {{never: {once}}}\n"
    judged = verdicts(HEAD + choices + TAIL + promises)
    assert [(row, judged[name]) for name, row in asked.items() if judged[name] != row[2]] == []
