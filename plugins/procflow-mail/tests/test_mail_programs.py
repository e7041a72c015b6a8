"""Mails as the programs of customers make them: what of them is text, who sent them, and what is told of the rest."""

import base64
import mailbox

import pytest

from procflow.builtin.evidence import judge
from procflow.plugins import load_plugins

CHANGE = "Fjern glasdækning på P-20011"
CONTEXT = {"addresses_on_file": ("mette@example.com",), "summary": {"text": CHANGE}, "covers": ("change",)}
PLAIN, HTML = "Content-Type: text/plain; charset=utf-8\n\n", "Content-Type: text/html; charset=utf-8\n\n"


@pytest.fixture
def read(tmp_path):
    """read(header and body after From, To and Date) -> the Inbound, by way of a Maildir."""

    def one(rest, sender="Mette Holm <mette@example.com>"):
        box = mailbox.Maildir(tmp_path / "one", create=True)
        box.clear()
        head = f"From: {sender}\nTo: main@prosam.example\nMessage-ID: <1@example.com>\nMIME-Version: 1.0\n"
        box.add((head + rest).encode())
        settings = {
            "sender": "main@prosam.example",
            "dns": "off",
            "inbox": {"kind": "maildir", "path": str(tmp_path / "one")},
        }
        (found,), _ = load_plugins(settings={"mail": settings}).channels["mail"].channel.fetch("")
        return found

    return one


def parts(kind, *each):
    return (
        f'Content-Type: multipart/{kind}; boundary="=_b"\n\n'
        + "".join(f"--=_b\n{p}\n" for p in each)
        + "--=_b--\n"
    )


def verdict(found):
    files = tuple({"type": "application/octet-stream", "name": name} for name, _ in found.files)
    offered = {
        "from": found.sender, "text": found.text, "subject": found.subject, "facts": found.facts, "form": found.form,
        "received": found.received, "files": files, "thread": found.thread,
    }  # fmt: skip
    given = judge("mail", offered, {"change": CHANGE}, found.received, CONTEXT)
    return given["verdict"], given["reason"]["code"]


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ('"mette"@example.com', ""),
        ("Holm, Mette <mette@example.com>", "Holm, Mette"),
        ("=?utf-8?q?S=C3=B8e?=, Mette <mette@example.com>", "Søe, Mette"),
        ("Direktør, Holm, Mette <mette@example.com>", "Direktør, Holm, Mette"),
    ],
)
def test_one_sender_is_one_however_a_program_writes_the_name(read, sender, name):
    found = read(f"{PLAIN}Ja tak", sender)
    assert (found.sender, found.facts["display_name"]) == ("mette@example.com", name)
    assert found.facts["from_all"] == ["mette@example.com"] and not found.facts["several_from"]


def test_a_local_part_that_needs_its_quotes_keeps_them(read):
    assert read(f"{PLAIN}Ja", '"mette holm"@example.com').sender == '"metteholm"@example.com'
    assert read(f"{PLAIN}Ja", "bo@example.com, mette@example.com").facts["several_from"]
    assert read(f"{PLAIN}Ja", "Mette").sender == "Mette"


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ("Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\nFjern glasdæk \nning på min police\n-- \nMette\n",
         "Fjern glasdækning på min police\n-- \nMette"),
        ("Content-Type: text/plain; charset=utf-8; format=flowed\n\nFjern \nglas\n\n> Svar \n> JA\n>> Hej\n", "Fjern glas\n\n> Svar JA\n>> Hej"),
        ("Content-Type: text/enriched; charset=utf-8\n\n<bold>Ja tak</bold> << 3\n", "Ja tak < 3"),
        (f"{PLAIN}-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nJa tak\n- -- \nMette\n-----BEGIN PGP SIGNATURE-----\n\niQ=\n"
         "-----END PGP SIGNATURE-----\n", "Ja tak\n-- \nMette"),
        (parts("mixed", 'Content-Type: text/plain; charset=utf-8; name="text_0.txt"\nContent-Disposition: inline\n\nJa tak'), "Ja tak"),
        (parts("mixed", f"{HTML}<blockquote>Svar JA</blockquote>Ja tak"), "> Svar JA\n\nJa tak"),
    ],
)  # fmt: skip
def test_the_text_is_what_the_sender_wrote_and_not_what_a_program_wrote_around_it(read, rest, text):
    assert read(rest).text == text


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("Ja tak", "<p>Nej tak, behold det hele</p>"),
        ("Ja tak", "<p>Ja tak, men først fra august, og kun hvis det er gratis</p>"),
        ("Mailen kan kun ses i et program, der viser HTML.", "<p>Nej tak</p>"),
        (
            "Ja tak\n\n> Svar JA, hvis det er rigtigt",
            "<p>Nej tak</p><blockquote>Svar JA, hvis det er rigtigt</blockquote>",
        ),
    ],
)
def test_two_forms_of_a_text_that_say_different_things_are_both_shown_and_read_by_a_second_person(
    read, plain, html
):
    found = read(parts("alternative", PLAIN + plain, HTML + html))
    assert found.facts["unreadable"] == ["text: the plain text and the HTML say different things"]
    assert plain in found.text and found.text != plain
    assert verdict(found)[0] == "second_check"


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("Ja tak\n\nHent Outlook til iOS<https://aka.ms/o0ukef>", "<div>Ja tak</div><div><a href='https://aka.ms/o0ukef'>Hent Outlook til iOS</a></div>"),
        ("*Ja* tak\n\n[image: logo.png]\n", "<b>Ja</b> tak<br><img src='cid:a' alt='logo.png'>"),
        ("Ja tak\n\nDen 1. maj 2026 kl. 10.12 skrev Desk <main@prosam.example>:\n\n> Svar JA\n> Ring 70 22 84 48\n",
         "<div>Ja tak</div><div>Den 1. maj 2026 kl. 10.12 skrev Desk &lt;<a href='mailto:main@prosam.example'>main@prosam.example</a>&gt;:<br></div>"
         "<blockquote>Svar JA<br>Ring 70 22 84 48</blockquote>"),
        ("Ja tak\n\nFra: Desk <main@prosam.example>\nSendt: 1. maj\nTil: Mette\nEmne: x\n\nSvar JA",
         "<p>Ja tak</p><div><b>Fra:</b> Desk &lt;main@prosam.example&gt;<br><b>Sendt:</b> 1. maj<br><b>Til:</b> Mette<br><b>Emne:</b> x</div><p>Svar JA</p>"),
    ],
)  # fmt: skip
def test_what_programs_write_otherwise_in_html_is_no_difference(read, plain, html):
    found = read(parts("alternative", PLAIN + plain, HTML + html))
    assert "unreadable" not in found.facts
    assert verdict(found) == ("accepted", "yes_to_summary")


@pytest.mark.parametrize(
    "rest",
    [
        "Content-Type: message/partial; id=x; number=1; total=2\n\nJa tak\n",
        'Content-Type: message/external-body; access-type=URL; URL="http://x.example"\n\nContent-Type: text/plain\n\n',
        parts("alternative", f"{PLAIN}👍 Mette reagerede på din besked", 'Content-Type: text/vnd.google.email-reaction+json\n\n{"emoji": "👍"}'),
    ],
)  # fmt: skip
def test_what_is_no_whole_letter_of_a_person_is_no_empty_one_either(read, rest):
    assert verdict(read(rest)) == ("second_check", "not_readable")


@pytest.mark.parametrize(
    "header", ["List-Id: <nyt.example.com>", "List-Unsubscribe: <mailto:u@example.com>", "Precedence: bulk"]
)
def test_a_mail_to_many_is_read_by_a_second_person(read, header):
    found = read(f"{header}\n{PLAIN}{CHANGE}")
    assert found.form == "message" and found.facts["mailing_list"]
    assert verdict(found) == ("second_check", "mailing_list")


def test_an_answer_is_the_customer_s_own_although_what_it_quotes_was_forwarded(read):
    quoted = "> ---------- Forwarded message ---------\n> Fra: Bo\n> Subject: x\n>\n> hej"
    below = "Fra: Desk\nSendt: i dag\nTil: Mette\nEmne: x\n\n---------- Videresendt besked ----------\nhej"
    for text in (
        f"Ja tak\n\nDen 1. maj 2026 skrev Desk <main@prosam.example>:\n{quoted}",
        f"Ja tak\n\n{below}",
    ):
        found = read(PLAIN + text)
        assert not found.facts["forwarded"]
        assert verdict(found) == ("accepted", "yes_to_summary")
    assert read(f"{PLAIN}Se her\n\n---------- Videresendt besked ----------\nFra: Bo\nEmne: x\n\nJa").facts[
        "forwarded"
    ]


def test_a_file_without_a_name_ends_as_its_kind_does(read):
    each = [
        f"Content-Type: {kind}\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n{base64.b64encode(b'x').decode()}"
        for kind in ("application/octet-stream", "text/calendar", "image/jpeg", "application/pdf")
    ]
    names = [name for name, _ in read(parts("mixed", f"{PLAIN}Ja", *each)).files]
    assert names == ["part-1.bin", "part-2.ics", "part-3.jpg", "part-4.pdf"]


@pytest.mark.parametrize(
    ("header", "to"),
    [
        ("Cc: Privacy <PRIVACY@Prosam.example>\n", "main@prosam.example, privacy@prosam.example"),
        ("Delivered-To: desk@mx.example\nX-Original-To: privacy@prosam.example\n",
         "main@prosam.example, privacy@prosam.example, desk@mx.example"),
        ("Delivered-To: Main@prosam.example\nDelivered-To: nobody\n", "main@prosam.example"),
    ],
)  # fmt: skip
def test_a_mail_is_to_everybody_of_its_header_and_to_the_mailbox_that_got_it(read, header, to):
    assert read(f"{header}{PLAIN}Ja").to == to


def test_a_failure_at_several_receivers_names_them_all(read):
    block = "Final-Recipient: rfc822; {0}@example.com\nAction: {1}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no {0}\n"
    blocks = [block.format(*each) for each in (("bo", "failed"), ("ida", "delivered"), ("per", "failed"))]
    status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n" + "\n".join(
        blocks
    )
    found = read(
        parts("report; report-type=delivery-status", f"{PLAIN}Sorry", status), "mailer-daemon@example.com"
    )
    assert found.form == "bounce"
    assert found.fields["recipient"] == "bo@example.com, per@example.com"
    assert "550 no bo; per@example.com: 5.1.1 smtp; 550 no per" in found.fields["diagnostic"]
