"""Forms with fields that the witness fills in, and leaves out where the way needs that."""

from .witnessing import step

DATA = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts:
  - {by: agent}
  - message: 'message.fields.form == "errand"'
    set:
      phone: "${message.fields.phone}"
      email: "${message.fields.email}"
      name: "${message.fields.name}"
      place: "${message.fields.place}"
      day: "${message.fields.day}"
      again: "${message.fields.again}"
data:
  phone: {type: phone, pii: true, label: {en: Phone, da: Telefon}}
  email: {type: email, pii: true, label: {en: Mail, da: Mail}}
  name: {type: string, maxLength: 40, pii: true, label: {en: Name, da: Navn}}
  place: {type: string, maxLength: 40, pii: true, label: {en: Place, da: Sted}}
  day: {type: date, pii: true, label: {en: Day, da: Dag}}
  again: {type: boolean, pii: true, label: {en: Once more, da: Igen}}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      call: {to: called}
      change: {ask: [place], to: self}
    events:
      message:
        when: 'message.fields.form == "more"'
        set: {email: "${message.fields.mail}", day: "${message.fields.day}"}
        to: more
  more: {task: {role: agent}, choices: {call: {to: called}}}
  called: {final: true}
"""


def test_what_the_prover_left_open_is_filled_in_or_left_out(faulty):
    faulty.of(
        DATA
        + """
promises:
  reached: {says: A number is at hand., never: 'choice("call") && phone == null && email == null && place != null'}
"""
    )
    found = faulty.breaks(
        "reached",
        step("open 1", ("condition", 'message.fields.form == "errand"', True)),
        last=step(
            "choice open.call",
            ("data", "phone", None), ("data", "email", None), ("condition", "place == null", False),
        ),
    )  # fmt: skip
    fields = found.steps[0]["receive"]["fields"]
    assert fields["form"] == "errand"
    assert "place" in fields
    assert not {"phone", "email"} & fields.keys()


def test_what_a_condition_compares_with_is_written_into_the_form(faulty):
    faulty.of(
        DATA
        + """
promises:
  soon: {says: Never for tomorrow once more., never: 'choice("call") && again == true && day != null && day > date(now)'}
"""
    )
    found = faulty.breaks("soon", step("open 1"), last="choice open.call")
    assert {"again", "day"} <= found.steps[0]["receive"]["fields"].keys()


def test_a_form_comes_to_a_case_that_waits(faulty):
    faulty.of(
        DATA
        + """
promises:
  both: {says: Never a mail without a day., never: 'state("more") && email != null && day == null'}
"""
    )
    found = faulty.breaks(
        "both",
        step("open 0"),
        last=step(
            "message",
            ("condition", 'message.fields.form == "more"', True),
            ("condition", "email == null", False), ("data", "day", None),
        ),
    )  # fmt: skip
    fields = next(each["receive"]["fields"] for each in found.steps if "receive" in each)
    assert fields["form"] == "more"
    assert "mail" in fields
    assert "day" not in fields


def test_a_form_that_would_open_the_case_is_refused_for_the_promise(faulty):
    faulty.of(
        DATA
        + """
promises:
  reached: {says: Never without a number., never: 'state("open") && phone == null && email == null && again == true'}
"""
    )
    found = faulty.breaks(
        "reached",
        last=step(
            "open 1",
            ("condition", 'message.fields.form == "errand"', True),
            ("data", "phone", None), ("data", "email", None), ("data", "again", True),
        ),
    )  # fmt: skip
    tried = found.steps[-1]["refused"]
    assert tried["receive"]["fields"] == {"form": "errand", "again": "true"}
    assert tried["because"] == "Never without a number."
    told = "\n".join(found.stories["en"])
    assert "a message comes by form from website" in told
    assert "form = errand, again = true, and procflow has to refuse the case that it would open" in told
