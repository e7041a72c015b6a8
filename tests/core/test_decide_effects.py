"""Effects: what is asked for, under which key, by hand or by a channel, and what becomes of the answers."""

import pytest

MAILS = """
data: {people: {type: array, items: {type: email}}, on: {type: boolean, default: false}}
starts: [{by: agent, optional: [people]}]
initial: s
states:
  s:
    task: {role: agent}
    choices:
      all:
        do:
          - mail.send: {to: "${one}", subject: "to ${one}", text: x}
            each: "${people}"
            as: one
            when: 'one != "b@x.example"'
          - {when: on, mail.send: {to: d@x.example, subject: on, text: x}}
          - sms.send: {to: "+4571999901", text: hi}
      on: {set: {on: true}}
      go: {to: t}
  t:
    entry: [{mail.send: {to: a@x.example, subject: entered, text: x}, unless_left: true}]
    exit: [{mail.send: {to: a@x.example, subject: left, text: x}}]
    task: {role: agent}
    choices: {back: {to: s}, end: {to: end}}
  end: {final: true}
"""


def test_an_effect_for_each_of_a_list_with_a_guard(bench):
    b = bench(MAILS)
    b.open("ann", people=["a@x.example", "b@x.example", "c@x.example"])
    b.do("all", "ann")
    assert [p["subject"] for p in b.asked("mail.send")] == ["to a@x.example", "to c@x.example"]
    b.do("on", "ann")
    b.do("all", "ann")
    assert b.asked("mail.send")[-1]["subject"] == "on"


def test_an_empty_list_asks_for_nothing(bench):
    b = bench(MAILS)
    b.open("ann")
    b.do("all", "ann")
    assert b.asked("mail.send") == [] and len(b.asked("sms.send")) == 1


def test_keys_are_case_sequence_and_place_in_the_step(bench):
    b = bench(MAILS)
    b.open("ann", people=["a@x.example", "c@x.example"])
    b.do("all", "ann")
    assert [e.key for e in b.entries("EffectRequested")] == [f"{b.case_id}/2/{n}" for n in (1, 2, 3)]
    assert {row.state for row in b.stage.store.effects(b.case_id)} == {"done"}


def test_an_effect_that_is_not_to_go_out_after_the_state_was_left_is_dropped(bench):
    b = bench(MAILS, held=["mail.send"])
    b.open("ann")
    b.do("go", "ann")
    b.do("back", "ann")
    b.stage.held = frozenset()
    b.stage.settle()
    states = {
        p["subject"]: e.status for p, e in zip(b.asked("mail.send"), b.entries("EffectAnswered"), strict=True)
    }
    assert states == {"entered": "dropped", "left": "done"}
    assert b.kinds == []
    b.do("go", "ann")
    assert b.entries("EffectAnswered")[-1].status == "done"


def test_an_effect_that_fails_for_good_becomes_a_task_of_the_owner(bench):
    b = bench(MAILS, held=["sms.send"])
    b.open("ann")
    b.do("all", "ann")
    b.fail("sms.send", "the gateway knows no such number")
    assert (b.kinds, next(iter(b.items.values()))["error"]) == (
        ["failed"],
        "the gateway knows no such number",
    )
    (item,) = b.case.items.values()
    assert item.roles == ("lead",)
    b.refused("read", "ann", because="not_allowed")
    b.do("read", "liz")
    assert b.kinds == []


def test_an_answer_is_taken_once_and_another_one_is_recorded_as_late(bench):
    from procflow.core.decide import Command

    b = bench(MAILS, held=["sms.send"])
    b.open("ann")
    b.do("all", "ann")
    (row,) = b.stage.waiting("sms.send")
    b.stage.answer(row, "done", {})
    sequence = b.case.sequence
    assert b.stage.answer(row, "failed", {}, "no").repeated
    assert b.case.sequence == sequence
    late = b.stage.submit(
        b.case_id, Command("other", "answer", row.key, status="failed", error="no", source="sms")
    )
    assert late.accepted and b.entries("EffectAnswered")[-1].status == "late" and b.kinds == []
    foreign = b.stage.submit(b.case_id, Command("third", "answer", "another/1/1", status="done"))
    assert foreign.refusal.code == "late_answer"


def test_by_hand_a_person_confirms_with_a_reference_or_says_why_not(bench):
    b = bench(MAILS, manual=["sms"])
    b.open("ann")
    b.do("all", "ann")
    ((id_, item),) = b.case.items.items()
    assert (item.kind, item.people, b.items[id_]["parameters"]["text"]) == ("manual", ("ann",), "hi")
    b.refused("confirm", "ann", because="missing")
    b.refused("confirm", "bob", reference="R7", because="not_allowed")
    b.do("confirm", "ann", reference="R7")
    assert b.kinds == [] and b.entries("EffectAnswered")[-1].result.value == {"reference": "R7"}
    b.do("all", "ann")
    b.refused("not_possible", "ann", because="missing")
    b.do("not_possible", "ann", reason="The number is out of use.")
    assert b.kinds == ["failed"]
    b.refused("confirm", "ann", reference="R8", because="no_item")


def test_two_things_to_do_by_hand_are_told_apart_by_their_item(bench):
    b = bench(MAILS, manual=["sms", "mail"])
    b.open("ann", people=["a@x.example"])
    b.do("all", "ann")
    refusal = b.refused("confirm", "ann", reference="R1", because="ambiguous")
    first, second = sorted(b.case.items)
    assert first in refusal.words("en")
    b.do("confirm", "ann", reference="R1", item=second)
    assert list(b.case.items) == [first]
    b.refused("confirm", "ann", reference="R1", item=second, because="no_item")


def test_what_time_asks_for_by_hand_is_the_owners(bench):
    body = MAILS.replace(
        "    choices:\n      all:",
        "    after: {1 hours: {do: [{sms.send: {to: '+4571999901', text: t}}]}}\n    choices:\n      all:",
    )
    b = bench(body, manual=["sms"])
    b.open("ann")
    b.wait("2 hours")
    (item,) = b.case.items.values()
    assert (item.roles, item.people) == (("lead",), ())


def test_a_notice_reaches_people_and_roles_and_where_there_is_nobody_the_owner(bench):
    body = """
data: {who: {type: person}}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      tell: {ask: [who], do: [{notify: {person: "${who}", text: "for ${who}"}}, {notify: {role: advisor}}]}
      nobody: {do: [{notify: {person: "${who}", text: hello}}]}
"""
    b = bench(body)
    b.open("ann")
    b.do("nobody", "ann")
    (item,) = b.case.items.values()
    assert item.roles == ("lead",)
    b.do("tell", "ann", who="bob")
    told = b.entries("PeopleNotified")
    assert [(e.roles, e.people) for e in told][1:] == [((), ("bob",)), (("advisor",), ())]
    assert told[1].text.value == "for Bob Test"


def test_a_notice_to_a_list_reaches_each_role_and_each_person_of_it(bench):
    body = """
data: {who: {type: person}}
initial: s
states: {s: {task: {role: agent}, choices: {tell: {ask: [who], do: [{notify: {to: [lead, advisor, "${who}"], text: all}}]}}}}
"""
    b = bench(body)
    b.open("ann")
    b.do("tell", "ann", who="bob")
    (told,) = b.entries("PeopleNotified")
    assert (told.roles, told.people) == (("lead", "advisor"), ("bob",))


LOOKUP = """
data: {plate: {type: string}, make: {type: string}, why: {type: string}}
starts: [{by: agent, ask: [plate]}]
initial: looking
states:
  looking:
    invoke: {vehicle_register.lookup: {plate: "${plate}"}}
    task: {role: agent}
    events:
      done: {set: {make: "${result.make}"}, to: found}
      failed: {set: {why: "${result.error}"}, to: asked}
    after: {1 hours: {to: asked}}
    choices: {skip: {to: asked}, again: {to: self}, stop: {to: end}}
  found: {task: {role: agent}, choices: {end: {to: end}}}
  asked: {task: {role: agent}, choices: {retry: {to: looking}, end: {to: end}}}
  end: {final: true}
"""


def lookup(bench, **options):
    b = bench(LOOKUP, **options)
    b.open("ann", plate="AB12345")
    return b


def test_an_invoked_operation_answers_done(bench):
    b = lookup(bench)
    assert b.asked("vehicle_register.lookup") == [{"plate": "AB12345"}]
    b.deliver("vehicle_register.lookup", make="Volvo")
    assert (b.state, b.data["make"]) == ("found", "Volvo")


def test_an_invoked_operation_that_fails_for_good_takes_failed(bench):
    b = lookup(bench)
    b.fail("vehicle_register.lookup", "no such plate")
    assert (b.state, b.data["why"], b.kinds) == ("asked", "no such plate", [])


def test_leaving_the_state_cancels_what_it_invoked_and_a_late_answer_is_recorded_and_dropped(bench):
    b = lookup(bench)
    b.do("skip", "ann")
    assert b.entries("EffectAnswered")[-1].status == "cancelled"
    assert [row.state for row in b.stage.store.effects(b.case_id)] == ["dropped"]
    b.deliver("vehicle_register.lookup", make="Volvo")
    late = b.entries("EffectAnswered")[-1]
    assert (late.status, late.result.value, b.state, b.data.get("make")) == (
        "late",
        {"make": "Volvo"},
        "asked",
        None,
    )


def test_an_answer_for_an_earlier_visit_does_not_count_for_this_one(bench):
    b = lookup(bench)
    (old,) = b.stage.waiting()
    b.do("again", "ann")
    b.stage.answer(old, "done", {"make": "Volvo"})
    assert (b.state, b.data.get("make")) == ("looking", None)
    b.deliver("vehicle_register.lookup", make="Saab")
    assert b.data["make"] == "Saab"


def test_closing_the_case_cancels_it_too(bench):
    b = lookup(bench)
    b.do("stop", "ann")
    assert b.entries("EffectAnswered")[-1].status == "cancelled"


def test_by_hand_the_one_who_looks_it_up_enters_what_was_found(bench):
    b = lookup(bench, manual=["vehicle_register"])
    assert b.kinds == ["manual"]
    b.do("confirm", "ann", reference="R1", make="Volvo")
    assert (b.state, b.data["make"]) == ("found", "Volvo")
    b = lookup(bench, manual=["vehicle_register"])
    b.do("not_possible", "ann", reason="The register is closed today.")
    assert (b.state, b.data["why"]) == ("asked", "The register is closed today.")


def test_leaving_takes_away_what_was_to_be_done_by_hand(bench):
    b = lookup(bench, manual=["vehicle_register"])
    b.do("skip", "ann")
    assert b.kinds == []


PARENT = """
data: {kn: {type: string}, email: {type: email, pii: true}}
starts: [{by: agent, ask: [kn], optional: [email]}]
initial: s
states:
  s:
    task: {role: agent}
    choices:
      hand_over: {do: [{start: {procedure: child, with: {kn: "${kn}", email: "${email}", received: "${case.opened}"}}}]}
      broken: {do: [{start: {procedure: child, with: {kn: "${kn.substring(0, 1)}"}}}]}
      end: {to: end}
  end: {final: true}
"""
CHILD = """procedure: child
title: {en: Child, da: Barn}
owner: lead
data: {kn: {type: string, minLength: 3}, email: {type: email, pii: true}}
initial: c
states: {c: {task: {role: agent}, choices: {end: {to: end}}}, end: {final: true}}
deadlines: {d: {starts: opening, within: 24 hours, met: choice end}}
"""


def test_start_opens_another_case_with_data_and_counts_its_clocks_from_the_receipt(bench):
    b = bench(PARENT, CHILD)
    b.open("ann", kn="104233", email="m@customer.example")
    b.wait("5 hours")
    parent = b.case_id
    b.do("hand_over", "ann")
    child = b.stage.case_named("child")
    assert child != parent
    (answer,) = b.entries("EffectAnswered")
    assert (answer.status, answer.result.value["case"]) == ("done", child)
    b.case_id = child
    assert b.data == {"kn": "104233", "email": "m@customer.example"}
    assert b.due("d") == "2026-05-12 10:05" and b.case.origin == "case 1"
    assert b.local(b.case.opened) == "2026-05-11 15:05"


def test_a_start_that_is_refused_becomes_a_task_of_the_owner(bench):
    b = bench(PARENT, CHILD)
    b.open("ann", kn="104233")
    b.do("broken", "ann")
    assert (len(b.stage.cases), b.kinds) == (1, ["failed"])
    ((_, about),) = b.items.items()
    assert about["operation"] == "start" and "kn" in about["error"]


def test_only_another_procedure_opens_a_procedure_without_starts(bench):
    b = bench(PARENT, CHILD)
    assert b.try_open("ann", procedure="child", kn="104233").refusal.code == "no_start"


def test_the_receipt_of_a_started_case_may_be_written_as_text_or_day_and_what_is_none_fails(bench):
    def parent(received: str) -> str:
        return PARENT.replace('received: "${case.opened}"', received).replace(
            "data: {kn:", "data: {day: {type: date, default: 2026-05-10}, kn:"
        )

    for received, due in (
        ('received: "2026-05-11 08:00"', "2026-05-12 08:00"),
        ('received: "${day}"', "2026-05-11 00:00"),
    ):
        b = bench(parent(received), CHILD, overlook=("PF252", "PF321", "PF320", "PF322"))
        b.open("ann", kn="104233")
        b.do("hand_over", "ann")
        b.case_id = b.stage.case_named("child")
        assert b.due("d") == due
    b = bench(parent('received: "${kn}"'), CHILD, overlook=("PF252", "PF321", "PF320", "PF322"))
    b.open("ann", kn="104233")
    b.do("hand_over", "ann")
    assert (b.kinds, len(b.stage.cases)) == (["failed"], 1)


def test_a_note_that_a_choice_writes_is_by_who_took_it(bench):
    b = bench(
        "initial: s\nstates: {s: {task: {role: agent}, choices: {say: {do: [{note.write: {text: said}}]}}}}"
    )
    b.open("ann")
    b.do("say", "bob")
    (note,) = b.entries("NoteWritten")
    assert (note.text.value, note.by) == ("said", "bob")


@pytest.mark.parametrize("operation", ["note.write: {text: %s}", "notify: {role: agent, text: %s}"])
def test_a_note_or_notice_that_is_one_record_or_list_says_it_in_words(bench, operation: str) -> None:
    """Why evidence was not accepted: not what the program makes of it; a single value stays as it was written."""
    values = ('{"da": "Nej", "en": "No"}', "words", '{"worth": 3}', "n", "empty")
    effects = ", ".join("{" + operation % ("'${" + value + "}'") + "}" for value in values)
    b = bench(
        "data: {words: {type: array, items: {type: string}}, n: {type: number}, empty: {type: string}}\ninitial: s\n"
        f"states: {{s: {{task: {{role: agent}}, choices: {{say: {{ask: [words, n], do: [{effects}]}}}}}}}}",
        overlook=("PF252", "PF261", "PF262", "PF321"),
    )
    b.open("ann")
    b.do("say", "bob", words=["a", "b"], n="1.50")
    told = [e.text.value if e.text else "" for e in b.entries("NoteWritten") or b.entries("PeopleNotified")]
    assert told == ["No", "a, b", "worth: 3", "1.5", ""]
