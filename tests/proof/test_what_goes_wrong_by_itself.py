"""A step by time that cannot be worked out is refused, and leads nowhere: what waits for it waits for ever."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.rehearsal.bench import Bench

TEXT = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, ask: [parts], optional: [amount, name]}}]
data:
  amount: {{type: number, minimum: 0}}
  parts: {{type: integer, minimum: 0}}
  rounds: {{type: integer, default: 1}}
  share: {{type: number}}
  name: {{type: string}}
decisions:
  half:
    title: {{en: Half, da: Halv}}
    hit: first
    inputs: {{amount: number}}
    rows: [{{amount: "< 5", gives: {{desk: low}}}}, {{amount: ">= 5", gives: {{desk: high}}}}]
initial: open
states:
  open:
    task: {{role: agent}}
    choices: {{stop: {{to: finished}}}}
    after: {{2 days: [{{{way}}}, {{to: finished}}]}}
  finished: {{final: true, outcome: finished}}
promises:
  it_ends: {{says: {{en: It ends., da: Den ender.}}, after: 'state("open")', eventually: closed()}}
"""


@pytest.mark.parametrize(
    ("way", "is_proved"),
    [
        ("when: 'amount > 5', to: finished", True),
        ("when: 'amount * 2 > 5', to: finished", False),
        ("when: 'amount != null && amount * 2 > 5', to: finished", True),
        ("when: 'rounds * 2 > 5', to: finished", True),
        ("when: '-amount < 5', to: finished", False),
        ("when: 'name.size() > 5', to: finished", False),
        ("when: 'name.startsWith(\"x\")', to: finished", True),
        ("when: '100 / parts > 5', to: finished", False),
        ("when: 'parts != 0 && 100 / parts > 5', to: finished", True),
        ("when: 'parts > 3', set: {share: \"${100 / parts}\"}, to: finished", True),
        ("when: 'parts < 3', set: {share: \"${100 / parts}\"}, to: finished", False),
        ("when: 'parts < 3', set: {share: \"${amount + 1}\"}, to: finished", False),
        ("when: 'parts + amount > 5', to: finished", False),  # the second one is not set
        ("when: 'parts + (amount == null ? 0 : amount) > 5', to: finished", True),
        ("when: 'min(parts, amount) > 5', to: finished", False),
        ("set: {share: \"${parts + amount}\"}, to: finished", False),
        ("set: {share: \"${amount == null ? parts : parts + amount}\"}, to: finished", True),
        ("when: 'parts > 3', refuse: Not so many", False),
        ("do: [{note.write: {text: \"${amount * 2}\"}}], to: finished", False),
        ("do: [{note.write: {text: \"${amount}\"}}], to: finished", True),
        ("do: [{when: 'amount != null', note.write: {text: \"${amount * 2}\"}}], to: finished", True),
        ("do: [{each: [1], as: n, note.write: {text: \"${n + amount}\"}}], to: finished", False),
        ("do: [{note.write: {text: \"${100 / parts}\"}}], to: finished", False),
        ("when: 'decide(\"half\", {amount: amount}).desk == \"low\"', to: finished", False),
        ("when: 'amount != null && decide(\"half\", {amount: amount}).desk == \"low\"', to: finished", True),
    ],
)  # fmt: skip
def test_what_can_go_wrong_where_nobody_acts_is_not_proved_to_come(
    way: str, is_proved: bool, verdicts: Any
) -> None:
    assert (verdicts(TEXT.format(way=way))["it_ends"] == "proved") is is_proved


@pytest.mark.parametrize(
    ("way", "is_proved"),
    [
        ("when: 'amount > 5', to: finished", True),
        ("when: 'amount * 2 > 5', to: finished", False),
        ("when: 'amount != null && amount * 2 > 5', to: finished", True),
        ("when: 'rounds > 0', set: {rounds: \"${rounds + 1}\"}, to: finished", False),
        ("set: {rounds: 1}, to: finished", True),
    ],
)
def test_where_a_step_by_time_is_refused_a_later_one_comes(way: str, is_proved: bool, verdicts: Any) -> None:
    text = TEXT.format(way=way).replace("default: 1}", "default: 1, maximum: 1}")
    text = text.replace("{to: finished}]}", "{to: finished}], 5 days: {to: late}}")
    text = text.replace("  finished: {", "  late: {final: true, outcome: late}\n  finished: {", 1)
    text = text.partition("promises:")[0] + "promises:\n  in_time: {never: 'state(\"late\")'}\n"
    assert (verdicts(text)["in_time"] == "proved") is is_proved


WAITING = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, ask: [parts], optional: [amount]}}]
data: {{amount: {{type: number}}, parts: {{type: integer}}, other: {{type: integer, maximum: 5}}}}
initial: waiting
states:
  waiting:
    {invoke}
    events: {{done: {{to: finished}}{failed}}}
  finished: {{final: true, outcome: finished}}
promises:
  it_ends: {{says: {{en: It ends., da: Den ender.}}, after: 'state("waiting")', eventually: closed()}}
"""
INNER = """
procedure: inner
title: {{en: Inner, da: Indre}}
owner: lead
data: {{n: {{type: integer{limit}}}, m: {{type: integer}}}}
initial: looking
states:
  looking: {{task: {{role: agent, guide: "${{n}}"}}, after: {{2 days: {{{way}}}}}}}
  looked: {{final: true, outcome: looked}}
"""
FAILED = ", failed: {to: finished}"


@pytest.mark.parametrize(
    ("given", "limit", "failed", "is_proved"),
    [
        ("parts", "", "", True),
        ("parts", ", maximum: 5", "", False),  # it is not opened with 6, and says so
        ("parts", ", maximum: 5", FAILED, True),
        ("other", ", maximum: 5", "", True),
        ("other", ", maximum: 4", "", False),
        ("parts > 3 ? other : null", ", maximum: 5", "", True),
        ("parts > 3 ? other : parts", ", maximum: 5", "", False),
    ],
)
def test_what_does_not_fit_an_invoked_procedure_is_refused(
    given: str, limit: str, failed: str, is_proved: bool, verdicts: Any
) -> None:
    text = WAITING.format(invoke=f'invoke: {{procedure: inner, with: {{n: "${{{given}}}"}}}}', failed=failed)
    inner = INNER.format(limit=limit, way="to: looked")
    assert (verdicts(text, inner)["it_ends"] == "proved") is is_proved


@pytest.mark.parametrize(
    ("way", "is_proved"),
    [
        ("to: looked", True),
        ('set: {m: "${m + 1}"}, to: looked', False),
        ('set: {m: "${m == null ? 1 : m + 1}"}, to: looked', True),
        ('do: [{note.write: {text: "${m + 1}"}}], to: looked', False),
    ],
)
def test_an_invoked_procedure_whose_step_by_time_goes_wrong_does_not_end(
    way: str, is_proved: bool, verdicts: Any
) -> None:
    text = WAITING.format(invoke='invoke: {procedure: inner, with: {n: "${parts}"}}', failed=FAILED)
    assert (verdicts(text, INNER.format(limit="", way=way))["it_ends"] == "proved") is is_proved


@pytest.mark.parametrize(
    ("failed", "is_proved"),
    [
        (FAILED, True),
        (', failed: {set: {amount: "${amount + 1}"}, to: finished}', False),
        (", failed: [{when: 'amount > 1', refuse: Try again}, {to: finished}]", False),
    ],
)
def test_an_answer_that_is_refused_is_none(failed: str, is_proved: bool, verdicts: Any) -> None:
    mail = 'invoke: {mail.send: {to: "ann@bench.example", subject: S, text: T}}'
    assert (verdicts(WAITING.format(invoke=mail, failed=failed))["it_ends"] == "proved") is is_proved


SIGNED = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent}}]
data: {{whom: {{type: person}}}}
initial: open
states:
  open:
    task: {{role: agent}}
    choices: {{stop: {{to: stopped}}{choice}}}
    {more}
  finished: {{final: true}}
  stopped: {{final: true}}
promises:
  known: {{never: 'state("finished") && whom == null'}}
"""
SIGNS = '{set: {whom: "${actor}"}, to: finished}'


@pytest.mark.parametrize(
    ("choice", "more", "is_known"),
    [
        (f", sign: {SIGNS}", "", True),
        ("", f"after: {{2 days: {SIGNS}}}", False),
        ("", f"events: {{told: {SIGNS}}}", False),
    ],
)
def test_whoever_acts_is_nobody_where_time_passes(
    choice: str, more: str, is_known: bool, verdicts: Any
) -> None:
    assert (verdicts(SIGNED.format(choice=choice, more=more))["known"] == "proved") is is_known


def test_a_day_may_be_over_on_which_what_was_due_is_refused(verdicts: Any) -> None:
    text = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [day], optional: [amount]}]
data: {day: {type: date}, amount: {type: integer}}
initial: open
states:
  open:
    task: {role: agent}
    choices: {later: {when: 'date(now) > day', to: late}, stop: {to: finished}}
    after: {"${day}": {set: {amount: "${amount + 1}"}, to: finished}}
  late: {final: true, outcome: late}
  finished: {final: true, outcome: finished}
promises:
  in_time: {never: 'state("late") && amount == null'}
"""
    assert verdicts(text)["in_time"] != "proved"
    sound = text.replace('set: {amount: "${amount + 1}"}, ', "")
    assert verdicts(sound)["in_time"] != "proved", "what is due on a Saturday comes as we open on Monday"
    bench = Bench(sound)
    bench.open("ann", day="2026-05-16")
    bench.wait("until 2026-05-17 12:00")
    bench.refused("later", "ann", because="promise")


READING = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, optional: [name, code, day, when, words, parts, size]}}]
data:
  name: {{type: string}}
  code: {{type: string, pattern: "^[0-9]{{4,10}}$"}}
  size: ["1", "2", many]
  day: {{type: date}}
  when: {{type: instant}}
  words: {{type: array, items: {{type: string}}}}
  parts: {{type: array, items: {{type: object, properties: {{a: {{type: number}}, b: {{type: number}}}}, required: [b]}}}}
  out: {{type: string}}
  sum: {{type: number}}
initial: open
states:
  open:
    task: {{role: agent}}
    choices: {{stop: {{to: finished}}}}
    after: {{2 days: [{{{way}}}, {{to: finished}}]}}
  finished: {{final: true, outcome: finished}}
promises:
  it_ends: {{says: {{en: It ends., da: Den ender.}}, after: 'state("open")', eventually: closed()}}
"""


@pytest.mark.parametrize(
    ("condition", "is_proved"),
    [
        ('name != null && int(name) > 5', False),
        ('code != null && int(code) > 5', True),
        ('code != null && decimal(code) > 5', True),
        ('size != null && int(size) > 5', False),
        ('size != null && size != "many" && date(when) > day', False),
        ('name != null && date(name) < day', False),
        ('when != null && date(when) < day', True),
        ('name != null && bool(name)', False),
        ('name != null && timestamp(name) < now', False),
        ('name != null && add_time(now, name) > now', False),
        ('day != null && add_time(day, "4 days") > now', True),
        ('name != null && name.substring(0, 3) == "abc"', False),
        ('name != null && name.size() >= 3 && name.substring(0, 3) == "abc"', True),
        ('code != null && code.substring(0, 4) == "1234"', True),
        ('code != null && code.substring(0, 5) == "12345"', False),
        ('name != null && name.charAt(4) == "x"', False),
        ('name != null && "abc".matches(name)', False),
        ('name.matches("abc")', True),
        ('max(words.map(w, w.size())) > 3', False),
        ('words.size() > 0 && max(words.map(w, w.size())) > 3', True),
        ('words.join(", ").contains("x")', True),
        ('parts.size() > 0 && max(parts.map(p, p.b)) > 3', True),
        ('parts.size() > 0 && max(parts.map(p, p.a)) > 3', False),
        ('parts.exists(p, p.a * 2 > 5)', False),
        ('parts.exists(p, p.b * 2 > 5)', True),
        ('parts.exists(p, p.a != null && p.a * 2 > 5)', True),
        ('words.exists(w, w == name.lower())', False),
        ('name != null && words.exists(w, w == name.lower())', True),
        ('name.lower() in words', False),
        ('name == null || name.lower() in words', True),
        ('cases("errand", {name: name.lower()}).size() > 1', False),
        ('name.lower().size() > 3', False),
        ('(name.size() > 3 ? "a" : "b") == "b"', False),
    ],
)  # fmt: skip
def test_what_cannot_be_read_as_what_it_is_taken_for_is_not_proved_to_come(
    condition: str, is_proved: bool, verdicts: Any
) -> None:
    text = READING.format(way=f"when: '{condition}', to: finished")
    assert (verdicts(text)["it_ends"] == "proved") is is_proved


@pytest.mark.parametrize(
    ("way", "is_proved"),
    [
        ('set: {sum: "${int(name)}"}, to: finished', False),
        ("when: 'name != null', set: {sum: \"${int(name)}\"}, to: finished", False),
        ("when: 'code != null', set: {sum: \"${int(code)}\"}, to: finished", True),
        ("when: 'name != null', set: {out: \"${name.substring(0, 2)}\"}, to: finished", False),
        ("when: 'name != null', do: [{note.write: {text: \"It is ${int(name)}.\"}}], to: finished", False),
        ("when: 'name != null', do: [{note.write: {text: \"It is ${name.trim()}.\"}}], to: finished", True),
    ],
)
def test_what_is_set_or_said_may_be_no_number_either(way: str, is_proved: bool, verdicts: Any) -> None:
    assert (verdicts(READING.format(way=way))["it_ends"] == "proved") is is_proved
