"""Choices: what is asked, which alternative is taken, and what is refused with which words."""

import pytest

REGISTER = """
data: {kind: {enum: [car, boat]}, plate: {type: string}, length: {type: number}, mail: {type: email, pii: true}}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      register:
        ask: [kind]
        optional: [mail]
        then:
          - {when: 'kind == "car"', ask: [plate], to: cars}
          - {when: 'kind == "boat" && length > 100', refuse: {en: Too long a boat, da: For lang en båd}}
          - {when: 'kind == "boat"', ask: [length], to: boats}
  cars: {task: {role: agent}, choices: {back: {set: {plate: null}, to: s}}}
  boats: {task: {role: agent}, choices: {back: {to: s}, again: {optional: [length, mail]}}}
"""


def test_alternatives_under_shared_keys_ask_for_different_fields(bench):
    b = bench(REGISTER)
    b.open("ann")
    refusal = b.refused("register", "ann", kind="car", because="missing")
    assert [p.name for p in refusal.problems] == ["plate"]
    b.do("register", "ann", kind="car", plate="AB12345")
    assert (b.state, b.data) == ("cars", {"kind": "car", "plate": "AB12345"})
    b.do("back", "ann")
    assert b.data["plate"] is None
    b.do("register", "ann", kind="boat", length=12.5, mail="m@customer.example")
    assert (b.state, str(b.data["length"]), b.data["mail"]) == ("boats", "12.5", "m@customer.example")


def test_only_what_the_taken_alternative_asks_for_is_stored(bench):
    b = bench(REGISTER)
    b.open("ann")
    b.do("register", "ann", kind="car", plate="AB12345", length=7)
    assert "length" not in b.data


def test_a_refusing_alternative_that_reads_input_speaks_in_the_owners_words(bench):
    b = bench(REGISTER)
    b.open("ann")
    refusal = b.refused("register", "ann", kind="boat", length=200, because="refused")
    assert (refusal.words("en"), refusal.words("da")) == ("Too long a boat", "For lang en båd")
    assert refusal.is_because("lang en båd") and b.state == "s"


def test_optional_fields_keep_the_data_unless_they_are_given(bench):
    b = bench(REGISTER)
    b.open("ann")
    b.do("register", "ann", kind="boat", length=12)
    b.do("again", "ann")
    assert b.data["length"] == 12
    b.do("again", "ann", length=13)
    assert b.data["length"] == 13


GATE = """
data: {open_now: {type: boolean}, n: {type: integer}}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      flip: {set: {open_now: "${!open_now}"}}
      go:
        - {when: '!open_now', refuse: {en: "The gate is shut for ${actor.name}", da: Porten er lukket}}
        - {when: 'n > 3', ask: [n], to: t}
        - {when: 'n == 0', ask: [n], refuse: {en: Never nought, da: Aldrig nul}}
      enter: {when: open_now, ask: [n], to: t}
      sure: {ask: {answer: {enum: [aye, nay]}}, when: 'input.answer == "aye"', to: t}
  t: {final: true, outcome: done}
"""


def test_a_refusal_whose_guard_reads_no_input_comes_before_the_input_is_looked_at(bench):
    b = bench(GATE)
    b.open("ann")
    refusal = b.refused("go", "ann", because="refused")
    assert refusal.words("en") == "The gate is shut for Ann Test"
    b.do("flip", "ann")
    missing = b.refused("go", "ann")
    assert missing.code == "input" and [(p.name, p.code) for p in missing.problems] == [("n", "missing")]
    assert missing.at == b.procedure.state["s"].choices_by_name["go"].at
    assert b.refused("go", "ann", n=0).words("da") == "Aldrig nul"
    refusal = b.refused("go", "ann", n=2, because="guard")
    assert "n is at most 3" in refusal.words("en") and refusal.is_because("n > 3") and refusal.at[0] == 15
    b.do("go", "ann", n=4)
    assert b.outcome == "done"


def test_a_guard_that_reads_no_input_decides_whether_the_choice_is_offered(bench):
    from procflow.core.offers import offered_names

    def offered() -> list[str]:
        return offered_names(b.procedure, b.case, b.stage.surroundings, "ann", b.stage.now)

    b = bench(GATE)
    b.open("ann")
    assert offered() == ["flip", "sure"]
    assert b.refused("enter", "ann", n=1).code == "not_offered"
    b.do("flip", "ann")
    assert offered() == ["flip", "go", "enter", "sure"]


def test_input_that_is_not_stored_is_seen_in_this_step_only(bench):
    b = bench(GATE)
    b.open("ann")
    b.refused("sure", "ann", answer="nay", because="guard")
    b.refused("sure", "ann", answer="perhaps", because="input")
    b.do("sure", "ann", answer="aye")
    assert "answer" not in b.data
    (command,) = [entry for entry in b.entries("CommandTaken") if entry.name == "sure"]
    assert command.given["answer"].value == "aye"


def test_unknown_choices_and_choices_of_other_states_are_told_apart(bench):
    b = bench(REGISTER)
    b.open("ann")
    refusal = b.refused("regster", "ann", because="unknown_choice")
    assert "register" in refusal.hint("en") and "register" in refusal.hint("da")
    refusal = b.refused("back", "ann", because="not_offered")
    assert "register" in refusal.hint("da")
    assert b.refused("register", "nobody").code == "unknown_person"
    assert b.refused("register", "liz").code == "not_allowed"


def test_a_closed_case_refuses_every_choice(bench):
    b = bench(GATE)
    b.open("ann")
    b.do("sure", "ann", answer="aye")
    refusal = b.refused("flip", "ann", because="closed")
    assert "done" in refusal.words("en")
    assert b.try_do("sure", "ann", answer="aye").refusal.code == "closed"


def test_a_customer_note_is_asked_for_and_written(bench):
    body = """
initial: s
states:
  s:
    task: {role: agent}
    choices: {tell: {note: required}, hint: {note: optional}}
"""
    b = bench(body)
    b.open("ann")
    b.refused("tell", "ann", because="missing")
    b.refused("tell", "ann", note="short", because="input")
    b.do("tell", "ann", note="The customer wants to be called tomorrow.")
    b.do("hint", "ann")
    assert b.texts() == ["The customer wants to be called tomorrow."]
    assert b.data == {}, "a note is written, and is no data of the case"
    b.do("note", "liz", note="Something that anybody here may write.")
    assert len(b.texts()) == 2
    b.refused("note", "liz", note="", because="input")
    b.refused("note", "stranger", note="Something that nobody here may write.", because="unknown_person")


def test_a_choice_named_like_one_of_an_item_belongs_to_the_state_unless_an_item_is_named(bench):
    body = """
initial: s
states:
  s:
    task: {role: agent}
    entry: [{mail.send: {to: a@b.example, subject: x, text: y}}]
    choices: {confirm: {to: t}}
  t: {final: true}
"""
    b = bench(body, manual=["mail"])
    b.open("ann")
    (item,) = b.case.items
    b.do("confirm", "ann", item=item, reference="R1")
    assert (b.state, b.case.items) == ("s", {})
    b.do("confirm", "ann")
    assert b.outcome == "t"


def test_a_refused_command_stores_nothing_and_its_id_may_be_used_again(bench):
    from procflow.core.decide import Command

    b = bench(GATE)
    b.open("ann")
    before = b.stage.store.load(b.case_id)
    wrong = b.stage.submit(b.case_id, Command("same", "choice", "sure", "ann", {"answer": "nay"}))
    assert not wrong.accepted and b.stage.store.load(b.case_id) == before
    right = b.stage.submit(b.case_id, Command("same", "choice", "sure", "ann", {"answer": "aye"}))
    assert right.accepted and right.sequence == 2


@pytest.mark.parametrize("code", ["not_offered", "not offered", "tilbydes ikke", "is not offered"])
def test_a_refusal_is_recognised_by_its_code_and_by_its_words_in_any_language(bench, code):
    b = bench(REGISTER)
    b.open("ann")
    b.refused("back", "ann", because=code)


REFUSING = """
data: {shut: {type: boolean, default: false}}
initial: s
states:
  s:
    task: {role: agent}
    events: {ping: [{when: shut, refuse: {en: It is shut, da: Der er lukket}}, {to: t}]}
    after: {1 hours: [{when: shut, refuse: {en: Shut by time, da: Lukket af tiden}}, {to: t}]}
    choices: {ping: {do: [{raise: ping}]}, shut: {set: {shut: true}}, on: {to: on}}
  on: {always: [{when: shut, refuse: {en: Not on, da: Ikke videre}}, {to: t}]}
  t: {final: true}
"""


@pytest.mark.parametrize(("choice", "words"), [("ping", "Der er lukket"), ("on", "Ikke videre")])
def test_an_event_or_always_that_refuses_refuses_the_whole_step(bench, choice, words):
    b = bench(REFUSING)
    b.open("ann")
    b.do("shut", "ann")
    assert b.refused(choice, "ann", because="refused").words("da") == words
    b = bench(REFUSING)
    b.open("ann")
    b.do(choice, "ann")
    assert b.state == "t"


def test_a_time_that_refuses_becomes_an_item_with_the_owners_words(bench):
    b = bench(REFUSING)
    b.open("ann")
    b.do("shut", "ann")
    b.wait("2 hours")
    (about,) = b.items.values()
    assert (b.state, b.kinds, about["words"]) == ("s", ["stuck"], "Shut by time")


def test_a_start_that_asks_takes_nothing_else_and_one_that_does_not_takes_any_data(bench):
    body = """
starts: [{starts}]
data: {{name: {{type: string}}, city: {{type: string}}}}
initial: here
states:
  here: {{task: {{role: agent}}, choices: {{end_it: {{to: done}}}}}}
  done: {{final: true}}
"""
    head = "procedure: trial\ntitle: {en: Trial, da: Prøve}\nowner: lead\n"
    strict = bench(head + body.format(starts="{by: agent, ask: [name]}"))
    refused = strict.try_open("ann", name="Ib", city="Ribe").refusal
    assert refused is not None and [(p.name, p.code) for p in refused.problems] == [("city", "unknown_field")]
    free = bench(head + body.format(starts="{by: agent}"))
    free.open("ann", name="Ib", city="Ribe")
    assert free.data["city"] == "Ribe"
