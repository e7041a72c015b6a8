"""Messages: to the case they belong to, to its first alternative that holds, else to a person."""

BASE = """
starts:
  - {by: agent, optional: [phones, email, kn]}
  - {message: 'message.channel == "sms" && message.text.startsWith("Call")', set: {wish: "${message.text}", phones: ["${message.from}"]}}
correlate: [kn, phones, email]
data:
  kn: {type: string}
  phones: {type: array, items: {type: phone}, pii: true}
  email: {type: email, pii: true}
  wish: {type: string, pii: true}
  said: {type: string, pii: true}
initial: s
states:
  s:
    task: {role: agent}
    events:
      message:
        - {when: 'message.text.contains("yes")', set: {said: "${message.text}"}, to: agreed}
        - {when: 'message.text.contains("no")', set: {said: "${message.text}"}}
    choices: {deaf: {to: deaf}, end: {to: end}}
  agreed: {task: {role: agent}, choices: {end: {to: end}}}
  deaf: {task: {role: agent}, choices: {end: {to: end}}}
  end: {final: true}
"""
ANY = BASE.replace(
    """        - {when: 'message.text.contains("no")', set: {said: "${message.text}"}}\n""",
    """        - {when: 'message.text.contains("no")', set: {said: "${message.text}"}}\n        - {do: [{note.write: {text: other}}]}\n""",
)


def opened(bench, text=BASE, **given):
    b = bench(text)
    b.open("ann", **(given or {"phones": ["+4571999901"]}))
    return b


def test_the_first_alternative_whose_guard_holds_is_taken(bench):
    b = opened(bench)
    assert b.receive("well, no").accepted
    assert (b.state, b.data["said"], b.kinds) == ("s", "well, no", [])
    b.receive("yes and no")
    assert b.state == "agreed"


def test_a_message_that_no_alternative_takes_becomes_something_to_read(bench):
    b = opened(bench)
    b.receive("what?")
    assert (b.state, b.kinds) == ("s", ["read"])
    (about,) = b.items.values()
    assert (about["text"], about["from"]) == ("what?", "+4571999901")
    (received,) = b.entries("MessageReceived")
    assert (received.channel, received.received, received.content.value["text"]) == (
        "sms",
        b.stage.now,
        "what?",
    )
    (item,) = b.case.items.values()
    assert item.roles == ("agent",)  # whoever has the case
    b.do("read", "bob")
    assert b.kinds == []


def test_a_case_that_waits_for_nothing_has_it_to_read(bench):
    b = opened(bench)
    b.do("deaf", "ann")
    b.receive("yes")
    assert (b.state, b.kinds) == ("deaf", ["read"])


def test_an_alternative_without_a_guard_takes_the_rest(bench):
    b = opened(bench, ANY)
    b.receive("what?")
    assert (b.texts(), b.kinds) == (["other"], [])


def test_out_of_office_receipts_and_failures_are_no_answers(bench):
    b = opened(bench)
    b.receive("I am away, yes", form="out_of_office")
    assert (b.state, b.kinds, len(b.entries("MessageReceived"))) == ("s", [], 1)
    b.receive("yes", form="receipt")
    assert (b.state, b.kinds) == ("s", [])
    b.receive("yes, it could not be delivered", form="bounce")
    assert (b.state, b.kinds) == ("s", ["read"])  # somebody has to see it


def test_a_message_to_a_closed_case_becomes_something_to_read(bench):
    b = opened(bench)
    b.do("end", "ann")
    b.receive("yes", to_case=True)
    assert (b.kinds, b.case.is_closed) == (["read"], True)
    b.do("read", "liz")
    assert b.kinds == []


def test_a_message_opens_a_case_and_is_its_first_message_event(bench):
    b = bench(ANY)
    answer = b.receive("Call me, yes?", sender="+4571999907")
    assert answer.accepted and b.state == "agreed"
    assert b.data["wish"] == b.data["said"] == "Call me, yes?"
    assert b.case.opened_by == "" and b.case.origin == "message"
    b = bench(BASE)
    b.receive("Call me", sender="+4571999907")
    assert (b.state, b.kinds) == ("s", ["read"])


def test_a_message_that_opens_a_case_which_is_done_at_once_is_recorded_and_nothing_is_left_to_read(bench):
    body = """
starts: [{message: 'true'}]
initial: s
states: {s: {always: [{to: end}]}, end: {final: true}}
"""
    b = bench(body)
    b.receive("hello")
    assert (b.case.is_closed, b.kinds, len(b.entries("MessageReceived"))) == (True, [], 1)


def test_a_message_that_fits_no_case_and_opens_none_waits_for_a_person(bench):
    b = opened(bench)
    assert b.receive("yes", sender="+4571999905") is None
    (row,) = b.stage.store.messages("unmatched")
    answer = b.stage.intake.give(row, b.case_id)
    assert answer.accepted and b.state == "agreed"
    assert b.stage.store.messages("unmatched") == []


def test_one_candidate_by_number_address_or_number_in_the_subject_takes_the_message(bench):
    b = opened(bench, email="Mette@Customer.example", kn="104233")
    b.receive("no", sender="mette@customer.example")
    assert b.data["said"] == "no"
    b.receive("no, no", sender="other@customer.example", subject="Re: 104233 your case")
    assert b.data["said"] == "no, no"


def test_of_several_candidates_the_newest_that_takes_it_gets_it_and_the_thread_beats_them(bench):
    b = opened(
        bench,
        ANY.replace(
            "  s:\n", "  s:\n    entry: [{mail.send: {to: m@customer.example, subject: x, text: y}}]\n"
        ),
    )
    first = b.case_id
    b.open("ann", phones=["+4571999901"])
    newest = b.case_id
    b.open("ann", phones=["+4571999901"])
    b.do("deaf", "ann")  # which waits for nothing any more
    assert b.receive("yes").case_id == newest
    (effect,) = b.stage.store.effects(first)
    answer = b.receive("yes", thread=[effect.key])
    assert answer.case_id == first
    assert b.stage.load(first).plain.active == ("agreed",)


def test_several_candidates_of_which_none_takes_it_leave_it_to_a_person(bench):
    b = opened(bench)
    b.open("ann", phones=["+4571999901"])
    assert b.receive("what?") is None
    (row,) = b.stage.store.messages("unmatched")
    assert "2" in row.reason


def test_the_candidates_follow_the_data_of_the_case(bench):
    body = BASE.replace("choices: {deaf", "choices: {move: {ask: [phones]}, deaf")
    b = opened(bench, body)
    b.do("move", "ann", phones=["+4571999908"])
    assert b.receive("no") is None
    assert b.receive("no", sender="+4571999908").accepted


def test_the_same_message_is_taken_once(bench):
    from procflow.ports import Inbound

    b = opened(bench)
    inbound = Inbound("bench", "id-1", "sms", "+4571999901", "", b.stage.now, text="no")
    row = b.stage.intake.take(inbound)
    b.stage.intake.route(row)
    assert b.stage.intake.take(inbound) is None
    sequence = b.case.sequence
    again = b.stage.intake.route(row)
    assert again.repeated and b.case.sequence == sequence


def test_a_message_that_a_promise_forbids_becomes_a_stuck_item_and_is_not_lost(bench):
    b = opened(bench, BASE + "promises: {p: {says: Never, never: 'state(\"agreed\")'}}\n")
    answer = b.receive("yes")
    assert (b.state, b.kinds) == ("s", ["stuck"])
    assert answer is not None
    (item,) = b.case.items.values()
    assert item.roles == ("lead",)
    assert b.stage.store.messages("new") == [] and b.stage.store.messages("unmatched") == []


QUOTED = "no, thank you\n\nOn Mon, 11 May 2026 at 09:00, Desk <desk@house.example> wrote:\n> Answer yes and it is done.\n"


def test_a_guard_and_what_is_set_see_the_words_of_the_sender_alone(bench):
    """What an answer quotes is ours: whoever answers over "Answer yes" has not said yes."""
    b = opened(bench)
    assert b.receive(QUOTED).accepted
    assert (b.state, b.data["said"]) == ("s", "no, thank you")
    (received,) = b.entries("MessageReceived")
    assert received.content.value["text"] == QUOTED, "the message is kept whole"


def test_an_answer_that_only_quotes_says_nothing_and_what_is_passed_on_is_said(bench):
    b = opened(bench)
    only = QUOTED.partition("\n\n")[2]
    b.receive(only, subject="SV: Your policy")
    assert (b.state, b.data.get("said"), b.kinds) == ("s", None, ["read"])
    assert next(iter(b.items.values()))["text"] == only, "who reads it sees it whole"
    b.receive(only, subject="Fwd: Your policy")
    assert b.state == "agreed"


def test_a_text_that_begins_with_a_sign_of_quotations_and_answers_nothing_is_said(bench):
    b = opened(bench)
    b.receive("> yes")
    assert b.state == "agreed"
