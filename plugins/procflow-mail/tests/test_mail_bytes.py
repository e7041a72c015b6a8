"""What is written as it stands is byte for byte what the email package would write; everything else is left to it."""

import email
from email import policy
from email.message import EmailMessage

import pytest
from procflow_mail.outgoing import compose
from procflow_mail.plain_mail import POLICY
from procflow_mail.smtp import opened

SETTINGS = {"sender": "Kunde Service <main@example.com>"}
KEY = "0123456789abcdef0123456789abcdef/7/2"
SUBJECTS = [
    "Case 17", "Ændring af police", "x" * 60, "x" * 64, "x" * 100, "=?utf-8?q?a?=", "a  b", "tab\there", "ord " * 40,
    "(a) \"b\" <c@d.example>; e:", "æ" * 70, "100 % = all & \\ more",
]  # fmt: skip
PEOPLE = [
    "ann@example.com", ["ann@example.com", "bo@example.com"], "Ann Test <ann@example.com>", "Åse Test <aase@example.com>",
    '"Test, Ann" <ann@example.com>', "o'neill+x@example.com", [f"receiver{n}@customer.example" for n in range(9)],
    "ann@æble.example", "Dr. Test <d@example.com>",
]  # fmt: skip
TEXTS = [
    "The change is made.", "Kære Åse\nDin police er ændret.\n", "x" * 78, "x" * 79, "x" * 2000, "a\r\nb\rc", "trailing \n\n",
    ".\n..\n.x", "From here", "日本語の本文です\n" * 5, "tab\tand \x0c feed", "", "æ" * 500, "line =3D\n", "😀",
]  # fmt: skip


def by_the_package(parameters):
    """The same mail, written by the email package alone."""
    mine = email.message_from_bytes(compose(SETTINGS, KEY, parameters, None), policy=policy.default)
    message = EmailMessage(policy=POLICY)
    for name in ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "X-Procflow-Key"):
        if mine[name] is not None:
            message[name] = mine[name]
    message.set_content(f"{parameters['text']}\n")
    return message.as_bytes(policy=POLICY)


def test_a_plain_mail_is_byte_for_byte_what_the_package_writes():
    for people in PEOPLE[:3]:
        parameters = {
            "to": people,
            "cc": "cy@example.com",
            "subject": "Case 17, again",
            "text": "Done.\n\nBye.",
        }
        assert compose(SETTINGS, KEY, parameters, None) == by_the_package(parameters)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_arrives_as_it_was_meant(subject):
    wire = compose(SETTINGS, KEY, {"to": "ann@example.com", "subject": subject, "text": "x"}, None)
    read = email.message_from_bytes(wire, policy=policy.default)
    wanted = subject.strip()
    assert read["Subject"].replace("\t", " ").strip() == wanted.replace("\t", " ")
    assert all(len(line) <= 78 for line in wire.split(b"\r\n") if b" " in line) and wire.isascii()


@pytest.mark.parametrize("people", PEOPLE, ids=str)
def test_everybody_is_named_as_it_was_meant_and_is_a_receiver_of_the_envelope(people):
    wire = compose(SETTINGS, KEY, {"to": people, "bcc": "bcc@example.com", "subject": "s", "text": "x"}, None)
    read = email.message_from_bytes(wire, policy=policy.default)
    addresses = [f"{each.username}@{each.domain}" for each in read["To"].addresses]
    names = [each.display_name for each in read["To"].addresses]
    given = people if isinstance(people, list) else [people]
    assert len(addresses) == len(given)
    assert [name for name in names if name] == [
        each.partition(" <")[0].strip('"') for each in given if "<" in each
    ]
    _, envelope = opened(wire)
    assert envelope.sender == "main@example.com" and envelope.offered == [*addresses, "bcc@example.com"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:12]))
def test_every_text_arrives_as_it_was_written_over_lines_that_every_server_takes(text):
    wire = compose(SETTINGS, KEY, {"to": "ann@example.com", "subject": "s", "text": text}, None)
    assert (
        wire.isascii()
        and max(map(len, wire.split(b"\r\n"))) <= 78
        and b"\n" not in wire.replace(b"\r\n", b"")
    )
    read = email.message_from_bytes(wire, policy=policy.default).get_content().replace("\r\n", "\n")
    wanted = text.replace("\r\n", "\n").replace("\r", "\n")
    assert read == (wanted if wanted.endswith("\n") else f"{wanted}\n")
