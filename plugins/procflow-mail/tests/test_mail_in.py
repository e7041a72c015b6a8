"""Messages from a real Maildir, and what a mail says."""

import json
import mailbox
import os
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from procflow.errors import PluginError
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/7/2"
OURS = "<0123456789abcdef0123456789abcdef.7.2@prosam.example>"


def channel(inbox, **more):
    settings = {"sender": "main@prosam.example", "inbox": inbox, **more}
    return load_plugins(settings={"mail": settings}).channels["mail"].channel


def mail(text="Fjern glasdækning på P-20011", **headers):
    message = EmailMessage()
    fields = {
        "From": "Mette Holm <mette@example.com>",
        "To": "main@prosam.example",
        "Subject": "Min police æøå",
        "Message-ID": "<one@example.com>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in fields.items():
        message[name] = value
    message.set_content(text)
    return message


@pytest.fixture
def folder(tmp_path):
    box = mailbox.Maildir(tmp_path / "box", create=True)
    box.path = tmp_path / "box"
    return box


@pytest.fixture
def read(tmp_path):
    """read(bytes or message, **settings) -> the Inbound, by way of a Maildir."""

    def one(message, **settings):
        box = mailbox.Maildir(tmp_path / "one", create=True)
        box.clear()
        box.add(message if isinstance(message, bytes) else message.as_bytes())
        (found,), _ = channel({"kind": "maildir", "path": str(tmp_path / "one")}, **settings).fetch("")
        return found

    return one


# Maildir


def test_a_mail_is_read_with_its_bytes_as_received_and_the_instant_of_the_file(folder):
    raw = mail().as_bytes()
    name = folder.add(raw)
    os.utime(folder.path / "new" / name, (1_778_487_600, 1_778_487_600))
    (found,), _ = channel({"kind": "maildir", "path": str(folder.path)}).fetch("")
    assert found.raw == raw
    assert found.received == datetime(2026, 5, 11, 8, 20, tzinfo=UTC)
    assert (found.channel, found.form) == ("mail", "message")
    assert (found.sender, found.to) == ("mette@example.com", "main@prosam.example")
    assert found.subject == "Min police æøå"
    assert found.text == "Fjern glasdækning på P-20011"


def test_nothing_is_taken_twice_also_when_it_moves_from_new_to_cur(folder):
    there = channel({"kind": "maildir", "path": str(folder.path)})
    folder.add(mail())
    (_,), cursor = there.fetch("")
    assert there.fetch(cursor) == ([], cursor)
    for key, message in folder.items():
        message.set_subdir("cur")
        message.add_flag("S")
        folder[key] = message
    assert list((folder.path / "cur").iterdir()) and not list((folder.path / "new").iterdir())
    assert there.fetch(cursor)[0] == []


def test_a_mail_that_somebody_has_read_and_an_old_one_moved_in_later_are_found(folder):
    there = channel({"kind": "maildir", "path": str(folder.path)})
    folder.add(mail())
    _, cursor = there.fetch("")
    old = mailbox.MaildirMessage(mail(Message_ID="<old@example.com>", Subject="Gammel"))
    old.set_subdir("cur")
    old.add_flag("S")
    name = folder.add(old)
    path = next(p for p in (folder.path / "cur").iterdir() if p.name.startswith(name))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    (found,), _ = there.fetch(cursor)
    assert found.subject == "Gammel" and found.received.year == 2001


def test_many_mails_come_in_portions_oldest_first_and_none_is_missed(folder):
    for number in range(120):
        name = folder.add(mail(Message_ID=f"<{number}@example.com>", Subject=str(number)))
        os.utime(folder.path / "new" / name, (1_700_000_000 + number, 1_700_000_000 + number))
    there = channel({"kind": "maildir", "path": str(folder.path)})
    seen, cursor = [], ""
    while True:
        messages, cursor = there.fetch(cursor)
        if not messages:
            break
        assert len(messages) <= 50
        seen += [message.subject for message in messages]
    assert seen == [str(number) for number in range(120)]
    for key in list(folder.keys())[:100]:
        folder.discard(key)
    _, smaller = there.fetch(cursor)
    assert len(json.loads(smaller)["taken"]) == 20  # what is gone needs no mark


def test_a_folder_that_is_no_maildir_and_a_kind_that_does_not_exist_are_said(tmp_path):
    with pytest.raises(PluginError, match="not a Maildir"):
        channel({"kind": "maildir", "path": str(tmp_path / "nowhere")}).fetch("")
    with pytest.raises(Exception, match="no kind 'pop'"):
        channel({"kind": "pop"}).fetch("")
    assert channel(None).fetch("x") == ([], "x")


# what a mail says


def test_the_same_mail_by_another_way_is_the_same_and_a_borrowed_id_is_not(read):
    first = read(mail()).external_id
    again = read(
        b"Received: from a.example\r\nDelivered-To: x@prosam.example\r\n"
        + mail().as_bytes().replace(b"\n", b"\r\n")
    )
    borrowed = read(mail("Slet min police"))
    assert again.external_id == first
    assert borrowed.external_id != first and "<one@example.com>" in borrowed.external_id


def test_the_sender_is_the_address_and_never_the_display_name(read):
    found = read(mail(From='"mette@example.com" <evil@bad.example>'))
    assert found.sender == "evil@bad.example" and found.facts["display_name"] == "mette@example.com"
    assert found.facts["several_from"] is False
    two = read(b"From: a@example.com, b@example.com\r\nSubject: x\r\n\r\ntext\r\n")
    assert two.facts["several_from"] is True and two.facts["from_all"] == ["a@example.com", "b@example.com"]


def test_html_becomes_text_and_what_does_not_show_is_left_out(read):
    message = mail()
    message.set_content(
        "<html><head><title>t</title><style>p{}</style></head><body><p>Kære&nbsp;alle</p><p>Fjern <b>glas</b>"
        "<br>på P-20011</p><script>x()</script><blockquote>Hej Mette</blockquote></body></html>",
        subtype="html",
    )
    assert read(message).text == "Kære alle\n\nFjern glas\npå P-20011\n\n> Hej Mette"


def test_plain_text_wins_over_html_and_attachments_keep_names_and_bytes(read):
    message = mail("Ren tekst")
    message.add_alternative("<p>Ren <b>tekst</b></p>", subtype="html")
    message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="../skærm æ.png")
    message.add_attachment(b"winmail", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    message.add_attachment(mail("indeni"))
    found = read(message)
    assert found.text == "Ren tekst"
    names = [name for name, _ in found.files]
    assert names[:2] == ["skærm æ.png", "winmail.dat"] and names[2].endswith(".eml") and len(names) == 3
    assert found.files[0][1] == b"\x89PNG\r\n\x1a\n" and b"indeni" in found.files[2][1]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nbl\xe5b\xe6r\r\n", "blåbær"),
        (b"Content-Type: text/plain; charset=no-such-set\r\n\r\nbl\xc3\xa5\r\n", "blå"),
        (b"\r\nbl\xe5\r\n", "blå"),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVq\r\n", "Hej"),
        (b"", ""),
    ],
)
def test_odd_letters_are_read_as_well_as_can_be(read, raw, text):
    assert read(b"From: a@example.com\r\n" + raw).text == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"From: =?utf-8?b?//8=?= <x\r\nTo: <<>>,,;\r\nSubject: =?x?q?=ff?=\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"From: a@example.com\r\nDate: never\r\nMessage-ID: <<>\r\nContent-Type: ;;;\r\n\r\nx",
        b"Content-Type: multipart/report\r\n\r\nno parts",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe\r\n\r\nx",
    ],
)
def test_no_mail_is_so_broken_that_it_holds_up_the_others(read, raw):
    found = read(raw)
    assert found.raw == raw and found.external_id


def test_an_answer_names_the_effect_that_it_answers(read):
    found = read(mail(In_Reply_To=OURS, References=f"<x@example.com> {OURS}"))
    assert found.thread == [KEY, OURS, "<x@example.com>"]
    elsewhere = read(mail(In_Reply_To=OURS.replace("prosam", "other")))
    assert KEY not in elsewhere.thread
    assert read(mail(In_Reply_To="<0123.7.2@prosam.example>")).thread == ["<0123.7.2@prosam.example>"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated", "In_Reply_To": OURS},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk", "In_Reply_To": OURS},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Re: Din police"},
        {"Subject": "Ikke på kontoret"},
        *(
            {"Subject": f"{away} Din police"}
            for away in ("Automatisk svar:", "Ikke til stede:", "Fravær:", "Fraværende Re:")
        ),
        {"Subject": "Automatic reply: Your policy"},
        *(
            {"Subject": f"{away}: Order 12"}
            for away in (
                "Abwesenheitsnotiz",
                "Abwesend",
                "Frånvaromeddelande",
                "Fraværsmelding",
                "Réponse automatique",
                "Respuesta automática",
                "Risposta automatica",
                "Odpowiedź automatyczna",
                "Automaattinen vastaus",
            )
        ),
    ],
)
def test_an_automatic_answer_is_told_apart(read, headers):
    assert read(mail(**headers)).form == "out_of_office"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"Auto_Submitted": "auto-generated"},  # a form on a web page is a person's message
        {"Precedence": "list"},
        {"X_Auto_Response_Suppress": "All"},
        {"Subject": "SV: Automatisk svar: Din police"},
        {"X_Autoreply": "no"},
        {"Subject": "Fravær fra arbejde, dækker min forsikring?"},
    ],
)
def test_a_person_s_mail_is_a_message_whatever_its_server_adds(read, headers):
    assert read(mail(**headers)).form == "message"


def report(action="failed", original=b"text/rfc822-headers"):
    return (
        b"From: Mail Delivery System <mailer-daemon@example.com>\r\nTo: main@prosam.example\r\n"
        b"Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        b"Final-Recipient: rfc822; ok@example.com\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
        b"Final-Recipient: rfc822; mette@example.com\r\nAction: " + action.encode() + b"\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 no such person\r\n\r\n"
        b"--b\r\nContent-Type: " + original + b"\r\n\r\nMessage-ID: " + OURS.encode() + b"\r\n"
        b"X-Procflow-Key: " + KEY.encode() + b"\r\nSubject: Din police\r\n\r\n--b--\r\n"
    )


@pytest.mark.parametrize("original", [b"text/rfc822-headers", b"message/rfc822"])
def test_a_delivery_failure_names_the_receiver_and_our_effect(read, original):
    found = read(report(original=original))
    assert found.form == "bounce"
    assert found.fields["recipient"] == "mette@example.com" and found.fields["status"] == "5.1.1"
    assert "550 no such person" in found.fields["diagnostic"]
    assert found.thread[0] == KEY


def test_a_delay_or_a_receipt_is_no_failure(read):
    assert read(report("delayed")).form == "receipt"
    assert read(report("relayed")).form == "receipt"
    seen = report().replace(b"delivery-status", b"disposition-notification")
    assert read(seen).form == "receipt"


def test_a_failure_that_follows_no_standard_is_one_all_the_same(read):
    found = read(mail(From="MAILER-DAEMON@example.com", Subject="failure notice"))
    assert found.form == "bounce"
    assert read(mail(X_Failed_Recipients="mette@example.com")).fields == {"recipient": "mette@example.com"}


def test_only_what_our_own_server_saw_counts_as_authentication(read):
    def facts(*headers):
        raw = b"".join(f"Authentication-Results: {each}\r\n".encode() for each in headers) + mail().as_bytes()
        return read(raw, trusted_authserv="mx.prosam.example").facts["authentication"]

    good = "mx.prosam.example; dkim=pass (2048 bit; x) header.d=example.com; spf=pass smtp.mailfrom=example.com; dmarc=pass"
    assert facts(good) == {"dkim": "pass", "spf": "pass", "dmarc": "pass"}
    assert facts("mx.evil.example; dmarc=pass") == {}
    assert facts("mx.evil.example; dmarc=pass", "mx.prosam.example; dmarc=fail")["dmarc"] == "fail"
    assert facts("mx.prosam.example; dmarc=fail", good)["dmarc"] == "fail"
    assert facts("mx.prosam.example 1; dkim=pass header.d=bad.example")["dkim"] == "unaligned"
    assert (
        facts("mx.prosam.example; dkim=fail header.d=list.example; dkim=pass header.d=example.com")["dkim"]
        == "pass"
    )
    assert facts("mx.prosam.example; none") == {}
    assert facts("MX.Prosam.example 1; DMARC=PASS header.from=EXAMPLE.com") == {"dmarc": "pass"}
    assert facts("mx.prosam.example; dmarc=pass header.from=evil.example") == {"dmarc": "unaligned"}
    assert facts('mx.prosam.example; dmarc=pass header.from="mail.example.com"') == {"dmarc": "pass"}
    assert read(mail(), trusted_authserv="").facts["authentication"] == {}


@pytest.mark.parametrize(
    ("message", "forwarded"),
    [
        (mail(Subject="Fwd: Min police"), True),
        (mail(Subject="VS: Min police"), True),
        (mail(Resent_From="x@example.com"), True),
        (mail("Se her\n\n---------- Forwarded message ---------\nFra: x"), True),
        (mail("Start på videresendt besked:\nFra: x"), True),
        (mail(Subject="SV: Min police"), False),
        (mail("Jeg har forwarded message i teksten"), False),
    ],
)
def test_a_forwarded_mail_is_seen(read, message, forwarded):
    assert read(message).facts["forwarded"] is forwarded


def test_a_letter_of_ours_that_comes_back_to_our_own_mailbox_is_told_apart(read):
    own = mail(From="Main <main@prosam.example>", Message_ID=OURS)
    assert (read(own).form, read(own).fields) == ("own", {"key": KEY})
    assert read(mail(From="Mette <mette@example.com>", Message_ID=OURS)).form == "message"
    assert read(mail(From="Main <main@prosam.example>", Message_ID="<one@prosam.example>")).form == "message"


# what servers do that follow no standard

QMAIL = f"""Hi. This is the qmail-send program at mail.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<mette@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <main@prosam.example>
Message-ID: {OURS}
X-Procflow-Key: {KEY}
Subject: Din police
"""
EXCHANGE = f"""Din meddelelse til mette@example.com kunne ikke leveres.

Diagnostic information for administrators:
Message-ID: {OURS}
"""


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"From": "MAILER-DAEMON@mail.example.com", "Subject": "failure notice", "Return-Path": "<>"}, QMAIL),
        ({"From": "postmaster@outlook.example", "Subject": "Undeliverable: Din police"}, EXCHANGE),
        ({"From": "Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Return-Path": "<>",
          "Subject": "Delivery Status Notification (Failure)", "X-Failed-Recipients": "mette@example.com"}, EXCHANGE),
        ({"From": "postmaster@example.com", "Subject": "Ikke leveret: Din police"}, EXCHANGE),
    ],
)  # fmt: skip
def test_a_failure_of_no_standard_is_found_out_to_be_about_our_letter(read, headers, text):
    found = read(mail(text, **headers))
    assert (found.form, found.thread[0]) == ("bounce", KEY)


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "MAILER-DAEMON@example.com", "Subject": "Warning: message delayed 4 hours"},
        {"From": "mailer-daemon@googlemail.example", "Subject": "Delivery Status Notification (Delay)", "Return-Path": "<>"},
        {"From": "mailer-daemon@googlemail.example", "Subject": "Delivery Status Notification (Delay)",
         "X-Failed-Recipients": "mette@example.com"},
    ],
)  # fmt: skip
def test_a_delay_of_no_standard_is_no_failure(read, headers):
    assert read(mail("Der prøves igen.", **headers)).form == "receipt"


@pytest.mark.parametrize(
    "headers",
    [
        {"Return_Path": "<>", "In_Reply_To": OURS},
        {"X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent"},
        {"X_Vacation": "yes"},
        {"Auto_Submitted": "auto-replied (vacation)", "Precedence": "bulk"},
        {"Subject": "=?utf-8?q?Automatisk_svar=3A_Jeg_er_p=C3=A5_ferie?="},
        {"Subject": "Abwesenheitsnotiz: x", "Auto_Submitted": "auto-generated", "References": OURS},
    ],
)
def test_automatic_answers_of_outlook_gmail_and_others_are_told_apart(read, headers):
    assert read(mail("JA", **headers)).form == "out_of_office"


def test_a_person_s_answer_to_a_failure_or_to_an_automatic_answer_is_a_person_s(read):
    assert read(mail("JA", Subject="SV: Undeliverable: Din police", In_Reply_To=OURS)).form == "message"
    assert (
        read(mail("JA", From="Poul Master <postmaster.hansen@example.com>", Subject="Undeliverable?")).form
        == "message"
    )
