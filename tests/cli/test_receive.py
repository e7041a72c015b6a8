"""`procflow receive`: messages handed in."""

import json
from typing import Any

MAIL = """From: Mette Holm <mette@example.com>
To: main@prosam.example
Subject: My policy
Message-ID: <1@example.com>
Date: Mon, 11 May 2026 09:59:00 +0200

I want my cover changed.
"""


def waiting(desk: Any) -> list[str]:
    return [row["id"] for row in desk.json("inbox", "--all")["messages"]]


def test_a_message_goes_to_the_case_that_its_sender_singles_out(desk: Any) -> None:
    desk.registered()
    told = desk.json("receive", "--channel", "sms", "--from", "+45 71 99 99 01", "--text", "Hello")
    assert told["number"] == 1
    assert told["message"]
    assert "Hello" in desk.ok("log", "1")


def test_one_that_fits_no_case_waits_and_is_given_to_one_by_hand(desk: Any) -> None:
    desk.registered()
    printed = desk.ok(
        "receive", "--channel", "sms", "--from", "+4571999977", "--text", "It is me, on my sister's phone"
    )
    (id,) = waiting(desk)
    assert f"procflow receive --message {id[:8]} --case CASE" in printed
    read = desk.ok("receive", "--message", id[:8], "--lang", "en")
    assert "sms from +4571999977" in read and "    It is me, on my sister's phone" in read
    assert waiting(desk) == [id]
    desk.ok("receive", "--message", id[:8], "--case", "1")
    assert waiting(desk) == []
    assert "my sister's phone" in desk.ok("log", "1")


def test_a_case_may_be_said_at_once(desk: Any) -> None:
    desk.registered()
    assert (
        desk.json("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi", "--case", "1")[
            "number"
        ]
        == 1
    )
    assert waiting(desk) == []
    nowhere = desk.run("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi", "--case", "77")
    assert nowhere.returncode == 6
    assert waiting(desk) == []


def test_a_mail_is_read_from_its_file_and_taken_once(desk: Any) -> None:
    desk.ok("open", "policy_change", "--with", "email=mette@example.com")
    desk.write("mail.eml", MAIL)
    told = desk.json("receive", "mail.eml")
    assert told["number"] == 1
    assert "My policy" in desk.ok("log", "1")
    shown = desk.ok("case", "1")
    assert "  To read: mail from mette@example.com: My policy (Monday 11 May 2026 at " in shown
    assert "      Text: I want my cover changed." in shown
    assert "received before" in desk.ok("receive", "mail.eml")
    assert desk.json("case", "1")["sequence"] == told["sequence"]


def test_the_same_id_is_taken_once_and_files_and_fields_come_along(desk: Any) -> None:
    desk.registered()
    words = (
        "receive",
        "--channel",
        "form",
        "--from",
        "+4571999901",
        "--field",
        "kn=104233",
        "--file",
        "mette.png",
        "--id",
        "F-1",
    )
    assert desk.json(*words)["number"] == 1
    assert desk.json(*words)["again"] is True


def test_a_time_in_the_future_or_none_at_all_is_refused(desk: Any) -> None:
    words = ("receive", "--channel", "sms", "--from", "+4571999901", "--text", "Hi", "--received")
    future = desk.run(*words, "2026-05-11 10:06")
    assert future.returncode == 2
    assert "lies in the future" in future.stderr
    assert desk.run(*words, "yesterday").returncode == 2
    assert desk.run(*words, "2026-05-11 10:05").returncode == 0


def test_what_is_missing_or_does_not_go_together_is_said(desk: Any) -> None:
    desk.write("mail.eml", MAIL)
    for words, said in (
        ((), "what was received?"),
        (("--channel", "sms", "--text", "Hi"), "who sent it?"),
        (("--channel", "sms", "--from", "+4571999901"), "what does it say?"),
        (("mail.eml", "--channel", "sms"), "do not go together"),
        (("mail.eml", "--from", "+4571999901"), "--from cannot be said of FILE.eml"),
    ):
        done = desk.run("receive", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert said in done.stderr
    assert desk.run("receive", "no-such.eml").returncode == 6
    assert desk.run("receive", "--message", "abc", "--case", "1").returncode == 6
    assert desk.run("receive", "--message", "abc").returncode == 6


def test_a_message_that_waits_is_told_as_json(desk: Any) -> None:
    told = desk.json("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi")
    assert (told["case"], told["state"]) == (None, "unmatched")
    assert json.dumps(told)


def test_a_message_that_came_before_is_told_with_its_case(desk: Any) -> None:
    desk.registered()
    words = (
        "receive",
        "--channel",
        "sms",
        "--from",
        "+4571999901",
        "--text",
        "I thought it over",
        "--id",
        "g-1",
    )
    first = desk.json(*words)
    again = desk.json(*words)
    assert (again["again"], again["message"], again["case"]) == (True, first["message"], 1)
    assert "It is with case 1." in desk.ok(*words)


def test_a_sender_is_known_however_a_person_types_it(desk: Any) -> None:
    desk.registered()
    for typed in ("71 99 99 01", "71999901", "0045 71999901", "4571999901", "(+45) 71 99 99 01"):
        told = desk.json("receive", "--channel", "SMS", "--from", typed, "--text", f"Hello from {typed}")
        assert told.get("number") == 1, typed
    assert waiting(desk) == []
    desk.ok("open", "policy_change", "--with", "email=bo@blåbær.example")
    for typed in ("Bo Holm <bo@blåbær.example>", "BO@xn--blbr-roah.example"):
        told = desk.json("receive", "--channel", "mail", "--from", typed, "--text", f"Hello from {typed}")
        assert told.get("number") == 2, typed
    for typed in ("+4671999901", "71999902", "METTE"):
        desk.ok("receive", "--channel", "sms", "--from", typed, "--text", "Hello")
    assert len(waiting(desk)) == 3


def test_why_a_message_waits_is_told_in_danish_too(desk: Any) -> None:
    desk.registered()
    words = ("receive", "--channel", "mail", "--from", "who@else.example", "--text", "Hi", "--lang", "da")
    assert "den nævner sag 1, som ikke kender afsenderen" in desk.ok(*words, "--subject", "Sag 1")
    assert "mail, taget ind i hånden: den nævner sag 1" in desk.ok("inbox", "--lang", "da")
    assert "mail, taken in by hand: it names the case 1" in desk.ok("inbox", "--lang", "en")


def test_what_of_a_message_nobody_could_read_is_told_wherever_it_is_read(desk: Any) -> None:
    desk.ok("open", "policy_change", "--with", "email=mette@example.com")
    broken = """Message-ID: <{0}@example.com>
From: {0}@example.com
To: main@prosam.example
Subject: Se her
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Se her
--b
Content-Type: application/ms-tnef; name=winmail.dat
Content-Transfer-Encoding: base64

eJ8+Ig==
--b--
"""
    for sender in ("mette", "stranger"):
        desk.write(f"{sender}.eml", broken.format(sender))
        desk.ok("receive", f"{sender}.eml")
    read = desk.ok("case", "1")
    assert "Could not be read (look at it as it came): winmail.dat could not be opened" in read
    assert "Files: winmail.dat" in read
    assert "files: winmail.dat; could not be read: winmail.dat could not be opened" in desk.ok("log", "1")
    (id,) = waiting(desk)
    assert "Kunne ikke læses (se den, som den kom): winmail.dat" in desk.ok(
        "receive", "--message", id[:8], "--lang", "da"
    )
    assert desk.json("receive", "--message", id[:8])["not_read"]


def test_a_delivery_failure_to_read_is_called_so_in_the_reader_s_language(desk: Any) -> None:
    desk.ok("open", "policy_change", "--with", "email=mette@example.com")
    desk.write(
        "failed.eml",
        "From: mailer-daemon@example.com\nTo: main@prosam.example\nSubject: Undelivered mail: mette@example.com\n"
        "X-Failed-Recipients: mette@example.com\nMessage-ID: <f@example.com>\n\nSorry\n",
    )
    desk.ok("receive", "failed.eml", "--case", "1")
    assert "Form: en fejlmelding om levering" in desk.ok("case", "1", "--lang", "da")
    assert "Form: a delivery failure" in desk.ok("case", "1", "--lang", "en")


def test_an_empty_file_is_no_mail(desk: Any) -> None:
    desk.write("empty.eml", "\n")
    done = desk.run("receive", "empty.eml")
    assert done.returncode == 2 and "there is no mail in empty.eml" in done.stderr and waiting(desk) == []


WAITS = """procedure: waits
title: {da: Venter, en: Waits}
owner: lead
starts: [{by: agent}]
data: {said: {type: plain_text, pii: true}}
initial: early
states:
  early: {task: {role: agent}, choices: {ready: {to: waiting}}}
  waiting:
    task: {role: agent}
    choices: {stop: {to: over}}
    events: {message: {keep: 7 days, set: {said: "${message.text}"}, to: answered}}
  answered: {task: {role: agent, guide: {da: "${said}", en: "${said}"}}, choices: {stop: {to: over}}}
  over: {final: true, outcome: over}
"""


def test_a_message_that_was_kept_and_then_taken_leaves_the_record_whole(desk: Any) -> None:
    (desk.folder / "procedures" / "waits").mkdir()
    desk.write("procedures/waits/procedure.yaml", WAITS)
    desk.ok("open", "waits")
    desk.ok("receive", "--channel", "sms", "--from", "+4571999901", "--text", "Yes", "--case", "1")
    assert desk.json("audit")["whole"]
    assert desk.json("do", "1", "ready")["state"] == ["answered"]
    log = desk.ok("log", "1", "--lang", "en")
    assert log.index("it is kept until") < log.index("is tried") < log.index("the message is kept no longer")
    assert desk.json("audit")["whole"], (
        "what was kept is tried under an id of its own, and is the same message"
    )


def test_one_that_belongs_to_no_case_waits_no_more_and_is_kept(desk: Any) -> None:
    desk.registered()
    desk.ok("receive", "--channel", "mail", "--from", "news@shop.example", "--text", "Offers in November")
    (id,) = waiting(desk)
    told = desk.json("receive", "--message", id[:8], "--no-case", "advertising")
    assert (told["message"], told["case"], told["state"], told["reason"]) == (
        id,
        None,
        "ignored",
        "advertising",
    )
    assert waiting(desk) == []
    assert "reklame" in desk.ok("receive", "--message", id, "--lang", "da")
    assert desk.run("receive", "--message", id, "--no-case", "advertising").returncode == 2
    desk.ok("receive", "--message", id, "--case", "1")  # it was a mistake
    assert "Offers in November" in desk.ok("log", "1")
    assert "whole" in desk.ok("audit")


def test_no_case_is_said_of_a_message_that_waits_and_with_a_reason_that_is_known(desk: Any) -> None:
    desk.registered()
    desk.ok("receive", "--channel", "mail", "--from", "news@shop.example", "--text", "Offers")
    (id,) = waiting(desk)
    for more in (["--case", "1", "--no-case", "answered"], ["--no-case", "spam"]):
        assert desk.run("receive", "--message", id[:8], *more).returncode == 2
    assert waiting(desk) == [id]


def test_a_message_that_waits_is_read_with_whom_it_was_for_and_what_it_is(desk: Any, tmp_path: Any) -> None:
    mail = tmp_path / "away.eml"
    mail.write_text(
        MAIL.replace("Subject: ", "Cc: b@prosam.example\nSubject: Automatisk svar: ").replace("mette@", "x@")
    )
    desk.ok("receive", str(mail))
    (row,) = desk.json("inbox", "--all")["messages"]
    assert row["reason"] == "no case fits (an automatic reply)"
    read = desk.ok("receive", "--message", row["id"][:8], "--lang", "da")
    assert "Til: main@prosam.example, b@prosam.example" in read and "Form: et autosvar" in read
    assert "ingen sag passer (et autosvar)" in read


def test_a_word_that_is_nearly_that_of_a_channel_is_told(desk: Any) -> None:
    given = ("--from", "+4571999977", "--text", "Ja")
    told = desk.run("receive", "--channel", "sns", *given, "--lang", "da")
    assert told.returncode == 0 and "Ingen kanal hedder sns her (mente du `sms`?)" in told.stderr
    for known in ("sms", "letter", "form"):
        told = desk.run("receive", "--channel", known, *given)
        assert told.returncode == 0 and not told.stderr, known
