"""Messages on their way in: kept first, taken once, and one bad message stops no other."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered, MessageReceived
from procflow.hosts.contract import MORNING
from procflow.ports import Inbound
from procflow.testing import LocalHouse, MemoryEvidence, MemoryKeys, MemoryStore

PROCEDURE = """procedure: trial
title: {en: Trial, da: Prøve}
owner: lead
starts: [{by: agent, ask: [email]}, {message: 'message.text == "open"', set: {email: "${message.from}"}}]
correlate: [email]
data: {email: {type: email, pii: true}, said: {type: string, pii: true}, shots: {type: array, items: {type: file}}}
initial: s
states:
  s:
    task: {role: agent}
    events:
      message:
        - {when: 'message.text != "what"', set: {said: "${message.text}"}, do: [{mail.send: {to: "${email}", subject: x, text: y}}]}
    choices: {end: {to: t}}
  t: {final: true}
"""
OTHER = PROCEDURE.replace("procedure: trial", "procedure: other").replace('"open"', '"both"')


@pytest.fixture
def house() -> LocalHouse:
    world = FrozenWorld(MORNING)
    keys = MemoryKeys(world)
    house = LocalHouse(MemoryStore(), keys, MemoryEvidence(keys), world)
    house.publish(PROCEDURE, OTHER, OTHER.replace("other", "third"))
    return house


def opened(house: LocalHouse, email: str = "mette@customer.example", id: str = "o-1") -> str:
    return house.open("trial", Command(id, "open", "trial", "ann", {"email": email})).case_id


def message(house: LocalHouse, id: str, text: str, sender: str = "mette@customer.example", **more) -> Inbound:
    return Inbound("t", id, "mail", sender, "", house.now(), text=text, **more)


def test_a_message_that_was_stored_before_the_process_died_is_routed_by_the_next(house):
    case = opened(house)
    row = house.intake.take(message(house, "1", "hello"))
    assert row is not None and house.read(case).data.get("said") is None
    other = house.other()
    assert other.intake.take(message(house, "1", "hello")) is None
    other.advance(timedelta(0))
    assert other.read(case).data["said"] == "hello"


def test_several_procedures_that_ask_for_a_message_leave_it_to_a_person(house):
    house.intake.take(message(house, "1", "both", "new@customer.example"))
    house.advance(timedelta(0))
    (row,) = house.store.messages("unmatched")
    assert "other" in row.reason and "third" in row.reason
    house.engine.withdrawn = lambda: frozenset({"third"})  # its file was taken away
    house.intake.take(message(house, "2", "both", "newer@customer.example"))
    house.advance(timedelta(0))
    assert [case.procedure for case in house.store.cases()] == ["other"]


def test_a_message_of_a_closed_case_by_its_thread_may_open_a_new_one(house):
    case = opened(house)
    house.intake.take(message(house, "1", "hello"))
    house.advance(timedelta(0))
    (effect,) = house.store.effects(case)
    house.submit(case, Command("c", "choice", "end", "ann"))
    house.intake.take(message(house, "2", "open", thread=[effect.key]))
    house.advance(timedelta(0))
    assert len(house.store.cases()) == 2
    house.intake.take(message(house, "3", "what", "stranger@customer.example", thread=[effect.key]))
    house.advance(timedelta(0))
    assert [item.kind for item in house.read(case).items.values()] == ["read"]


def test_an_answer_to_a_closed_case_goes_to_the_open_one_of_the_same_sender(house):
    old = opened(house)
    house.intake.take(message(house, "1", "hello"))
    house.advance(timedelta(0))
    (effect,) = house.store.effects(old)
    house.submit(old, Command("c", "choice", "end", "ann"))
    new = opened(house, id="o-2")
    house.intake.take(message(house, "2", "and now", thread=[effect.key]))
    house.advance(timedelta(0))
    assert house.read(new).data["said"] == "and now"
    assert not house.read(old).items


def test_of_the_letters_in_a_thread_the_nearest_open_case_is_meant(house):
    first, second = opened(house), opened(house, "other@customer.example", "o-2")
    for n, sender in enumerate(("mette@customer.example", "other@customer.example")):
        house.intake.take(message(house, f"m{n}", "hello", sender))
    house.advance(timedelta(0))
    keys = [house.store.effects(case)[0].key for case in (first, second)]
    house.submit(first, Command("c", "choice", "end", "ann"))
    house.intake.take(message(house, "x", "again", "third@customer.example", thread=keys))
    house.advance(timedelta(0))
    assert house.read(second).data["said"] == "again"


def test_an_attachment_that_cannot_be_kept_is_left_out_and_the_message_goes_on(house):
    case = opened(house)
    big = b"x" * (26 << 20)
    house.intake.take(
        message(house, "1", "what", files=[("big.txt", big), ("small.txt", b"small")], raw=big * 2)
    )
    house.intake.take(message(house, "2", "hello"))
    house.advance(timedelta(0))
    assert house.read(case).data["said"] == "hello"
    row = house.store.messages("taken")[0]
    content = house.intake.content(row)
    assert [file["name"] for file in content["files"]] == ["small.txt"] and len(content["left_out"]) == 2
    assert "big.txt" in content["left_out"][0]


def test_a_message_that_cannot_be_routed_stops_no_other_and_waits_for_a_person(house):
    broken, good = opened(house), opened(house, "other@customer.example", "o-2")
    definition = house.store.load(broken).definition
    house.publish(PROCEDURE.replace("Trial", "Trial two"))
    third = opened(house, "third@customer.example", "o-3")
    del house.store._documents[definition]
    for n, sender in enumerate(("mette@customer.example", "third@customer.example")):
        house.intake.take(message(house, f"m{n}", "hello", sender))
    other = house.other()
    done = other.host.look_around()
    assert other.read(third).data["said"] == "hello" and good
    assert len(other.store.messages("unmatched")) == 1 and len(done.problems) == 1
    assert other.store.messages("new") == []


def test_an_opening_that_is_refused_says_why(house):
    house.intake.take(message(house, "1", "open", "not-an-address"))
    house.advance(timedelta(0))
    (row,) = house.store.messages("unmatched")
    assert row.reason != "no case fits" and "email" in row.reason
    assert "not-an-address" not in row.reason, "what the message says is stored sealed only"


def test_a_start_that_cannot_be_judged_is_named_where_nothing_else_opens(house):
    house.publish(
        PROCEDURE.replace("{message: 'message.text", "{message: 'int(message.subject) > 3 && message.text", 1)
    )
    house.intake.take(message(house, "1", "open", "new@customer.example"))
    house.advance(timedelta(0))
    (row,) = house.store.messages("unmatched")
    assert row.reason == "what it says does not fit (start): trial"


def test_the_same_words_of_two_senders_or_days_without_an_id_are_two_messages(house):
    opened(house)
    opened(house, "other@customer.example", "o-2")
    for sender in ("mette@customer.example", "other@customer.example"):
        assert house.intake.take(message(house, "", "yes", sender)) is not None
        assert house.intake.take(message(house, "", "yes", sender)) is None
    house.advance(timedelta(minutes=1))
    assert house.intake.take(message(house, "", "yes")) is not None
    assert len(house.store.messages("taken")) == 2 and len(house.store.messages("new")) == 1


def test_an_id_used_again_with_other_files_or_fields_is_another_message(house):
    opened(house)
    assert house.intake.take(message(house, "1", "yes", files=[("a.txt", b"one")])) is not None
    assert house.intake.take(message(house, "1", "yes", files=[("b.txt", b"one")])) is None
    assert house.intake.take(message(house, "1", "yes", files=[("a.txt", b"two")])) is not None
    assert house.intake.take(message(house, "1", "yes", fields={"kn": "1"})) is not None
    for _ in range(2):
        assert house.intake.take(message(house, "1", "yes", fields={"kn": "1"})) is None


FORM = """procedure: form
title: {en: Form, da: Formular}
owner: lead
starts: [{message: 'message.fields.form == "wish"', set: {kn: "${message.fields.kn}", phones: ["${message.fields.phone}"], wanted: "${message.fields.day}"}}]
correlate: [kn, phones]
data:
  kn: {type: string, pattern: "^[0-9]{4,10}$", pii: true}
  phones: {type: array, items: {type: phone}, pii: true}
  wanted: {type: date, pii: true}
  times: {type: integer, default: 0}
initial: s
states:
  s: {task: {role: agent}, events: {message: {set: {times: "${times + 1}"}}}, choices: {end: {to: t}}}
  t: {final: true}
"""


def filled_in(house: LocalHouse, id: str, **fields: str) -> Inbound:
    return Inbound("form", id, "form", "website", "", house.now(), fields={"form": "wish", **fields})


def sent(house: LocalHouse, id: str, **fields: str) -> str:
    row = house.intake.take(filled_in(house, id, **fields))
    assert row is not None
    answer = house.intake.route(row)
    assert answer is not None and answer.accepted, house.store.message(row.id)
    return answer.case_id


def test_what_a_form_leaves_blank_is_not_given(house):
    house.publish(FORM)
    case = sent(house, "1", kn="104233", phone="", day=" \n")
    data = house.read(case).data
    assert (data["kn"], data["phones"], data["wanted"]) == ("104233", (), None)
    # the same again
    assert house.intake.take(filled_in(house, "1", kn="104233", phone="", day=" \n")) is None


def test_a_phone_number_in_a_form_finds_its_case_as_people_type_it(house):
    house.publish(FORM)
    case = sent(house, "1", phone="71 99 99 01")
    assert sent(house, "2", phone="0045-71999901") == case
    assert house.read(case).data["times"] == 2
    other = sent(house, "3", kn="71999901")  # a customer number that looks like the phone of somebody else
    assert other != case
    assert house.read(other).data["times"] == 1


def test_a_message_that_claims_to_come_tomorrow_was_received_when_it_came(house):
    case = opened(house)
    said = message(house, "1", "hello")
    row = house.intake.take(replace(said, received=said.received + timedelta(days=1)))
    assert row.received == house.now()
    house.advance(timedelta(0))
    (got,) = [e for e in house.entries(case) if isinstance(e, MessageReceived)]
    assert got.received == house.now()


# letters that came back


def bounce(house, id, key, recipient="mette@customer.example", **more):
    fields = {
        "recipient": recipient,
        "status": "5.1.1",
        "diagnostic": "550 no such person",
        "action": "failed",
    }
    return message(
        house,
        id,
        "Sorry",
        "mailer-daemon@customer.example",
        form="bounce",
        fields=fields,
        thread=[key],
        **more,
    )


def test_a_letter_that_came_back_is_a_failure_of_that_letter_for_its_owner(house):
    case = opened(house)
    house.intake.take(message(house, "1", "hello"))
    house.advance(timedelta(0))
    (effect,) = house.store.effects(case)
    assert effect.state == "done"
    house.intake.take(bounce(house, "2", effect.key))
    house.intake.take(bounce(house, "3", effect.key, "bo@customer.example"))
    house.intake.take(bounce(house, "3", effect.key, "bo@customer.example"))
    house.advance(timedelta(0))
    items = house.read(case).items
    assert [item.kind for item in items.values()] == ["failed", "failed"]
    assert all(item.roles == ("lead",) for item in items.values())
    answers = [e for e in house.entries(case) if isinstance(e, EffectAnswered)]
    assert [(e.status, e.operation) for e in answers] == [("done", "mail.send")] + [
        ("returned", "mail.send")
    ] * 2
    assert house.read(case).data["said"] == "hello"  # it is no answer
    house.submit(case, Command("seen", "choice", "read", "liz", {"item": f"failed:{effect.key}"}))
    assert len(house.read(case).items) == 1


def test_a_letter_that_comes_back_from_one_receiver_while_another_is_still_tried_is_delivered_all_the_same(
    house,
):
    case = opened(house)
    house.intake.take(message(house, "1", "hello"))
    house.intake.route_new()
    (effect,) = house.store.effects(case)
    house.intake.take(bounce(house, "2", effect.key))
    house.intake.route_new()
    house.advance(timedelta(0))
    assert [e.status for e in house.entries(case) if isinstance(e, EffectAnswered)] == ["returned", "done"]
    assert [row.state for row in house.store.effects(case)] == ["done"]
    assert [item.kind for item in house.read(case).items.values()] == ["failed"]


def test_a_letter_of_a_closed_case_that_comes_back_goes_to_that_case_and_not_to_another_of_the_customer(
    house,
):
    case = opened(house)
    house.intake.take(message(house, "1", "hello"))
    house.advance(timedelta(0))
    (effect,) = house.store.effects(case)
    house.submit(case, Command("c", "choice", "end", "ann"))
    other = opened(house, id="o-2")
    house.intake.take(
        message(house, "r", "", form="receipt", thread=[effect.key], fields={"status": "DELIVERED"})
    )
    house.intake.take(bounce(house, "2", effect.key))
    house.advance(timedelta(0))
    # nor does a report on its way
    assert not any(isinstance(e, MessageReceived) for e in house.entries(other))
    assert [item.kind for item in house.read(case).items.values()] == ["failed"]
    assert house.read(other).items == {}


def test_a_failure_of_no_letter_of_ours_is_only_read(house):
    case = opened(house)
    house.intake.take(bounce(house, "2", f"{'0' * 32}/1/1"))
    house.advance(timedelta(0))
    assert [item.kind for item in house.read(case).items.values()] == ["read"]


def test_a_letter_that_is_reported_lost_again_and_again_is_one_thing_to_look_at(house):
    case = opened(house)
    house.intake.take(message(house, "1", "hello"))
    house.advance(timedelta(0))
    (effect,) = house.store.effects(case)
    for number, status in enumerate(("UNDELIVERABLE", "EXPIRED", "UNDELIVERABLE")):
        # a report for each part of a text
        lost = {"recipient": "+4571999901", "status": status, "diagnostic": "absent"}
        house.intake.take(message(house, f"p{number}", "", form="bounce", fields=lost, thread=[effect.key]))
    house.advance(timedelta(0))
    assert [item.kind for item in house.read(case).items.values()] == ["failed"]
    answers = [e for e in house.entries(case) if isinstance(e, EffectAnswered)]
    assert [e.status for e in answers] == ["done", "returned", "returned", "returned"]


def test_a_receipt_for_a_letter_that_is_not_ours_waits_for_nobody(house):
    lost = {"status": "DELIVERED", "recipient": "+4571999977"}
    house.intake.take(
        message(house, "r", "", "+4571999977", form="receipt", fields=lost, thread=["elsewhere"])
    )
    house.advance(timedelta(0))
    assert house.store.messages("unmatched") == []
    (row,) = house.store.messages("ignored")
    assert row.reason == "a receipt for no letter of ours"


def test_characters_that_no_field_takes_and_texts_that_none_holds_open_cases_and_reach_them_all_the_same(
    house,
):
    house.intake.take(message(house, "1", "open", "new@customer.example"))
    house.advance(timedelta(0))
    (case,) = house.store.cases()
    said = "Ja\x0btak\x0c\x1b[31mnu\x07 \x85slut"
    house.intake.take(message(house, "2", said, "new@customer.example", raw=said.encode()))
    house.advance(timedelta(0))
    assert house.read(case.id).data["said"] == "Ja\ntak\n␛[31mnu␇ \nslut"
    assert house.intake.take(message(house, "2", said, "new@customer.example", raw=said.encode())) is None
    long = "Ja tak\n" + "skrevet æøå\n" * 10_000
    house.intake.take(message(house, "3", long, "new@customer.example"))
    house.advance(timedelta(0))
    assert house.read(case.id).data["said"].startswith("Ja tak\nskrevet")
    assert house.read(case.id).items == {}
    assert len(house.read(case.id).data["said"].encode()) <= 48 << 10
    content = house.intake.content(house.store.messages("taken")[-1])
    assert content["text"] == long  # it is kept whole


# the number of a case


@pytest.mark.parametrize(
    "subject", ["Sag 2", "SV: [#2] Min police", "Re: case no. 2", "Sagsnr.: 2", "sag nr. 2!"]
)
def test_of_several_cases_of_a_customer_the_one_that_is_named_gets_the_message(house, subject):
    cases = [opened(house, id=f"o-{n}") for n in range(3)]
    assert [house.engine.load(case).row.number for case in cases] == [1, 2, 3]
    house.intake.take(message(house, "1", "hello", subject=subject))
    house.advance(timedelta(0))
    assert [house.read(case).data.get("said") for case in cases] == [None, "hello", None]


@pytest.mark.parametrize("subject", ["Sag 2", "[#2]"])
def test_the_number_of_a_case_gives_a_stranger_nothing_and_a_person_a_hint(house, subject):
    cases = [opened(house, id=f"o-{n}") for n in range(2)]
    house.intake.take(message(house, "1", "hello", "stranger@evil.example", subject=subject))
    house.advance(timedelta(0))
    assert [house.read(case).data.get("said") for case in cases] == [None, None]
    (row,) = house.store.messages("unmatched")
    assert "case 2" in row.reason


def test_a_whole_message_may_be_larger_than_a_file_and_both_are_kept(house):
    content = bytes(1024) * 1024 * 24
    mail = message(house, "1", "se filen", raw=b"x" * (34 << 20), files=[("stor.pdf", content)])
    row = house.intake.take(mail)
    kept = house.intake.content(row)
    assert kept["raw"]["size"] == 34 << 20 and kept["files"][0]["size"] == 24 << 20 and kept["left_out"] == ()
    assert house.evidence.get(kept["raw"]["hash"], key_slot=kept["raw"]["slot"]) == mail.raw
