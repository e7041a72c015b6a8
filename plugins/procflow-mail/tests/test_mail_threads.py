"""What a letter tells the mail program of who gets it: whether a person had it sent, and which mail it answers."""

import mailbox
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from procflow.app import App

ORGANISATION = """organisation: house
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: []
roles: {agent: {en: Agent, da: Medarbejder}, lead: {en: Lead, da: Vagtleder}}
people: {anna: {name: Anna Test, roles: [agent, lead], mail: anna@prosam.example}}
"""
PROCEDURE = """procedure: wish
title: {en: Wish, da: Ønske}
owner: lead
subject: email
starts: [{by: agent, ask: [email]}, {message: 'message.channel == "mail"', set: {email: "${message.from}"}}]
correlate: [email]
data: {email: {type: email, pii: true}}
initial: s
states:
  s:
    entry: [{mail.send: {to: "${email}", subject: Seen, text: We have it.}}]
    task: {role: agent}
    choices:
      answer:
        ask: {words: {type: plain_text}}
        do: [{mail.send: {to: "Mette Holm <${email}>", subject: Answer, text: "${input.words}"}}]
      inform: {do: [{mail.send: {to: "policy@prosam.example", subject: Policy, text: A wish}}]}
      all:
        ask: {people: {type: array, items: {type: email}}}
        do: [{each: "${input.people}", as: one, mail.send: {to: "${one}", subject: "${one}", text: A wish}}]
      wait: {to: w}
    events:
      message: {do: [{mail.send: {to: "${email}", subject: More, text: Thank you.}}]}
  w:
    after: {"1 seconds": {to: t}}
  t:
    final: true
    entry:
      - {mail.send: {to: "${email}", subject: Done, text: It is done.}}
"""


@pytest.fixture
def house(tmp_path):
    (tmp_path / "procedures" / "wish").mkdir(parents=True)
    box = mailbox.Maildir(tmp_path / "box", create=True)
    (tmp_path / "procflow.toml").write_text(
        'store = "sqlite:cases.db"\n[channels.mail]\nmode = "file"\nsender = "main@prosam.example"\ndns = "off"\n'
        f'inbox = {{kind = "maildir", path = "{tmp_path / "box"}"}}\n'
    )
    (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (tmp_path / "procedures" / "wish" / "procedure.yaml").write_text(PROCEDURE)
    app = App(str(tmp_path))
    assert not [problem.as_text() for problem in app.check().diagnostics if problem.is_error]

    class House:
        def __init__(self):
            self.app, self.seen = app, set()

        def mail(self, text="A wish", sender="Mette Holm <mette@example.com>", **headers):
            message = EmailMessage()
            fields = {"From": sender, "To": "main@prosam.example", "Subject": "Wish", **headers}
            for name, value in fields.items():
                message[name.replace("_", "-")] = value
            message.set_content(text)
            box.add(message)

        def letters(self):
            """The letters that have gone out since the last look, by subject."""
            app.host().until_idle()
            new = sorted(set((tmp_path / "outbox" / "mail").glob("*.eml")) - self.seen)
            self.seen |= set(new)
            found = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in new]
            return {each["Subject"]: each for each in found}

        def case(self):
            (case,) = app.store.cases()
            return case.id

    yield House()
    app.close()


def test_an_answer_by_itself_to_a_mail_says_so_and_stands_in_its_thread(house):
    house.mail(Message_ID="<one@example.com>", References="<older@example.com> <old@example.com>")
    seen = house.letters()["Seen"]
    assert seen["Auto-Submitted"] == "auto-replied"
    assert seen["In-Reply-To"] == "<one@example.com>"
    assert seen["References"].split() == ["<older@example.com>", "<old@example.com>", "<one@example.com>"]


def test_what_a_person_has_sent_is_a_person_s_and_answers_the_newest_mail(house):
    house.mail(Message_ID="<one@example.com>")
    house.letters()
    house.mail(
        "And this",
        Message_ID="<two@example.com>",
        In_Reply_To="<one@example.com>",
        sender="METTE@example.com",
    )
    assert house.letters()["More"]["In-Reply-To"] == "<two@example.com>"
    assert house.app.do(house.case(), "answer", "anna", {"words": "Which one?"}).accepted
    answer = house.letters()["Answer"]
    assert answer["Auto-Submitted"] is None
    assert answer["References"].split() == ["<one@example.com>", "<two@example.com>"]


def test_a_letter_to_somebody_else_answers_nobody_s_mail(house):
    house.mail(Message_ID="<one@example.com>")
    house.letters()
    house.app.do(house.case(), "inform", "anna", {})
    policy_dept = house.letters()["Policy"]
    assert (policy_dept["In-Reply-To"], policy_dept["References"]) == (None, None)


def test_a_letter_by_time_is_generated_and_one_of_a_case_that_a_person_opened_answers_nothing(house):
    assert house.app.open("wish", "anna", {"email": "mette@example.com"}).accepted
    seen = house.letters()["Seen"]
    assert (seen["Auto-Submitted"], seen["In-Reply-To"]) == (None, None)
    house.app.do(house.case(), "wait", "anna", {})
    import time

    time.sleep(1.1)
    done = house.letters()["Done"]
    assert (done["Auto-Submitted"], done["In-Reply-To"]) == ("auto-generated", None)


def test_an_automatic_answer_is_not_what_a_letter_answers(house):
    house.mail(Message_ID="<one@example.com>")
    house.letters()
    house.mail(
        "Away",
        Message_ID="<away@example.com>",
        Auto_Submitted="auto-replied",
        In_Reply_To="<one@example.com>",
    )
    assert house.letters() == {}
    house.app.do(house.case(), "answer", "anna", {"words": "Which one?"})
    assert house.letters()["Answer"]["In-Reply-To"] == "<one@example.com>"


def test_a_mail_without_an_id_or_with_a_thread_of_hundreds_makes_no_bad_header(house):
    house.mail(
        Message_ID="<one@example.com>",
        References=" ".join(f"<{n}{'x' * 160}@example.com>" for n in range(90)),
    )
    seen = house.letters()["Seen"]
    named = seen["References"].split()
    assert len(named) == 20 and named[0].startswith("<0x") and named[-2].startswith("<89x")
    raw = sorted(house.seen)[0].read_bytes()
    assert b"=?" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    house.mail("No id")
    assert house.letters()["More"]["In-Reply-To"] == "<one@example.com>"


def test_copies_to_many_are_made_with_one_look_at_what_led_up_to_them(house):
    """Each read the step that asks for all of them once more: a thousand took four times as long as their delivery."""
    assert house.app.open("wish", "anna", {"email": "mette@example.com"}).accepted
    house.letters()
    people = [f"p{n}@prosam.example" for n in range(40)]
    assert house.app.do(house.case(), "all", "anna", {"people": people}).accepted
    looks = []

    def look(cursor, sql, bindings):
        if sql.startswith("SELECT") and "FROM journal" in sql:
            looks.append(sql)
        return True

    house.app.store._connection.exec_trace = look
    letters = house.letters()
    house.app.store._connection.exec_trace = None
    assert len(letters) == 40 and {letter["Auto-Submitted"] for letter in letters.values()} == {None}
    assert len(looks) < 5
