"""Mails that mean harm, or were made by programs that cannot do better: none stops the others, and all are kept."""

import base64
import mailbox
import struct
import sys
from datetime import UTC, datetime

import pytest

from procflow.plugins import load_plugins

AT = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)
HEAD = b"From: Mette <mette@example.com>\r\nTo: main@prosam.example\r\nSubject: Min police\r\nMessage-ID: <1@example.com>\r\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("procflow_mail.opened.HTML_SECONDS", 0.5)


def read(raw, **settings):
    table = {"sender": "main@prosam.example", "dns": "off", **settings}
    return load_plugins(settings={"mail": table}).channels["mail"].channel.read(raw, AT)


def nested(depth):
    body = b"Content-Type: text/plain\r\n\r\ninnermost\r\n"
    for n in range(depth):
        body = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n' % (
            n,
            n,
            body,
            n,
        )
    return body


def mixed(parts):
    return (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"".join(b"--x\r\n" + p + b"\r\n" for p in parts)
        + b"--x--\r\n"
    )


TEXT = b"Content-Type: text/plain\r\n\r\nFjern glas"
HOSTILE = {
    "a thousand parts in each other": nested(1000),
    "fifty parts in each other": nested(50),
    "mails in mails in mails": b"".join(b"Content-Type: message/rfc822\r\n\r\n" for _ in range(500)) + b"x",
    "a hundred thousand parts": mixed([TEXT] * 100_000),
    "a thousand parts": mixed([TEXT] * 1000),
    "parts without a boundary": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n",
    "a boundary that never comes": b"Content-Type: multipart/mixed; boundary=never\r\n\r\nhello\r\n",
    "a boundary that is its own part's": mixed([mixed([TEXT])]),
    "nulls everywhere": b"X-Null: a\0b\r\n\r\nhel\0lo\0\r\n",
    "no body": b"\r\n",
    "a header of a megabyte": b"X-Long: " + b"a" * (1 << 20) + b"\r\n\r\nhello\r\n",
    "ten thousand headers": b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\nhello\r\n",
    "parameters of a megabyte": b"Content-Type: text/plain; " + b"a=\"b\"; " * 150_000 + b"\r\n\r\nhello\r\n",
    "parameters of a part, folded": mixed([b"Content-Type: text/plain;\r\n" + b" a=b;\r\n" * 30_000 + b"\r\nhello"]),
    "quotes that never end": b'Content-Type: text/plain; name="' + b'\\"' * 5000 + b"\r\n\r\nhello\r\n",
    "HTML that is never closed": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 200_000,
    "HTML of tags in tags": b"Content-Type: text/html\r\n\r\n" + b"<div><a " * 200_000,
    "HTML declarations": b"Content-Type: text/html\r\n\r\n" + b"<![" * 300_000,
    "broken base64": b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n===A=$$$\r\n",
    "broken uuencode": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 x\r\n\xff\xff\r\nend\r\n",
    "an encoding nobody knows": b"Content-Transfer-Encoding: zip-bomb\r\n\r\nhello\r\n",
    "a type that is none": b"Content-Type: \xff\xfe;;;=\r\n\r\nhello\r\n",
    "a name of nothing but paths": mixed([b"Content-Disposition: attachment; filename=\"../../../etc/passwd\"\r\n\r\nx"]),
    "a signature over nothing": b"DKIM-Signature: v=1; a=rsa-sha256; d=; s=; h=; b=; bh=\r\n\r\nhello\r\n",
    "addresses without end": b"Cc: " + b"a@example.com, " * 20_000 + b"\r\n\r\nhello\r\n",
    "brackets in brackets": b"Reply-To: " + b"<" * 20_000 + b"(" * 20_000 + b"\r\n\r\nhello\r\n",
    "blanks that make a pattern slow": b"\r\n" + b" " * 3_000_000 + b"x\r\n",
    "references without end": b"References: " + b"<a@example.com> " * 15_000 + b"\r\n\r\nhello\r\n",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_mail_is_taken_with_its_sender_and_its_bytes(what):
    raw = HEAD + HOSTILE[what]
    found = read(raw)
    assert found.raw == raw and found.sender == "mette@example.com" and found.subject == "Min police"
    assert "\0" not in found.text and found.external_id.startswith("<1@example.com> ")
    assert len(found.files) <= 200 and len(found.text) <= 1 << 20
    assert all("/" not in name and ".." not in name for name, _ in found.files)
    found.text.encode()  # no half letters


@pytest.mark.parametrize(
    "what", ["a thousand parts in each other", "a hundred thousand parts", "parameters of a megabyte"]
)
def test_what_was_not_opened_is_said(what):
    assert any("only the header was read" in each for each in read(HEAD + HOSTILE[what]).facts["unreadable"])


def test_what_a_thousand_parts_hide_is_said_and_the_first_hundreds_are_read():
    found = read(HEAD + HOSTILE["a thousand parts"])
    assert "too many parts" in found.facts["unreadable"][0] and found.text.startswith("Fjern glas")


def test_a_header_that_begins_the_body_early_is_only_text():
    found = read(HEAD + b"\r\nFrom: boss@evil.example\r\nSubject: other\r\n\r\nx\r\n")
    assert found.facts["from_all"] == ["mette@example.com"] and found.text.startswith("From: boss")


def test_a_file_of_twenty_five_megabytes_comes_whole():
    content = bytes(range(256)) * 4096 * 25
    file = b"Content-Type: application/pdf; name=stor.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    found = read(
        HEAD + mixed([b"Content-Type: text/plain\r\n\r\nSe filen", file + base64.encodebytes(content)])
    )
    assert found.files == [("stor.pdf", content)] and found.text == "Se filen"
    assert "unreadable" not in found.facts


# letters


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (b"=?utf-8?q?bl=C3=A5b=C3=A6r_og_r=C3=B8dgr=C3=B8d?=", "blåbær og rødgrød"),
        (b"=?iso-8859-1?Q?bl=E5b=E6r?=", "blåbær"),
        (b"=?ISO-8859-1?B?Ymzl?= =?utf-8?b?YsOmcg==?=", "blåbær"),
        (b"=?utf-8?b?YmzD?= =?utf-8?b?pWLDpnI=?=", "blåbær"),  # a letter torn over two words
        (b"=?utf-8?q?bl=C3?=\r\n =?utf-8?q?=A5b=C3=A6r?=", "blåbær"),
        (b"bl\xc3\xa5b\xc3\xa6r", "blåbær"),  # bytes without any word for them
        (b"bl\xe5b\xe6r", "blåbær"),
        (b"=?no-such-set?q?bl=C3=A5?=", "blå"),
        (b"=?utf-8?q?bl=E5?=", "blå"),  # claimed wrongly
        (b"=?iso-8859-1?q?bl=C3=A5?=", "blå"),  # claimed wrongly the other way
        (b"=?utf-8*da?q?bl=C3=A5?=", "blå"),
        (b"=?utf-8?b?YmzDpQ?=", "blå"),  # without its padding
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"a =?utf-8?q?=0D=0ABcc:_evil?= b", "a Bcc: evil b"),
        (b"=?utf-8?q??= x", "x"),
        (b"plain text", "plain text"),
    ],
)
def test_subjects_are_read_in_whatever_letters_they_come(written, read_as):
    assert read(b"From: a@example.com\r\nSubject: " + written + b"\r\n\r\nx\r\n").subject == read_as


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"filename*=utf-8''sk%C3%A6rm%20%C3%A6.png", "skærm æ.png"),
        (b"filename*0*=utf-8''sk%C3%A6; filename*1*=rm; filename*2=.png", "skærm.png"),
        (b'filename="=?utf-8?q?sk=C3=A6rm?=.png"', "skærm.png"),
        (b'filename="sk\xc3\xa6rm.png"', "skærm.png"),
        (b"filename*=iso-8859-1''sk%E6rm.png", "skærm.png"),
        (b"filename*=utf-8''sk%E6rm.png", "skærm.png"),
        (b"filename*=no-such-set''sk%C3%A6rm.png", "skærm.png"),
        (b'filename="..\\\\..\\\\x.png"', "x.png"),
        (b'filename="evil\r\n X-Injected: 1.png"', "evil X-Injected: 1.png"),
    ],
)
def test_files_keep_their_names_in_whatever_letters_they_come(header, name):
    raw = b"From: a@example.com\r\n" + mixed([b"Content-Disposition: attachment; " + header + b"\r\n\r\nx"])
    ((found, _),) = read(raw).files
    assert found == name


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nbl\xc3\xa5b\xc3\xa6r", "blåbær"),
        (b"Content-Type: text/plain; charset=us-ascii\r\n\r\nbl\xc3\xa5", "blå"),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\nbl\xe5", "blå"),
        (b"Content-Type: text/plain; charset=windows-1252\r\n\r\n\x93JA\x94 \x80", "“JA” €"),
        (b"Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbl=C3=A5 =ZZ =\r\nb=C3=A6r=",
         "blå =ZZ bær"),
        (b"Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n"
         + base64.b64encode("blå".encode("utf-16-le")), "blå"),
        (b"Content-Type: text/plain; charset=\"'utf-8'\"\r\n\r\nbl\xc3\xa5", "blå"),
    ],
)  # fmt: skip
def test_texts_are_read_in_whatever_letters_they_come(body, text):
    assert read(b"From: a@example.com\r\n" + body).text == text


def test_an_empty_plain_text_does_not_hide_the_html_and_two_plain_parts_are_one_text():
    both = b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\n \r\n--x\r\nContent-Type: text/html\r\n\r\n<p>JA</p>\r\n--x--"
    assert read(HEAD + both).text == "JA"
    assert (
        read(HEAD + mixed([TEXT, b"Content-Type: text/plain\r\n\r\nog spejlet"])).text
        == "Fjern glas\nog spejlet"
    )


# winmail.dat


def attribute(level, name, kind, data):
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) % 65536)


def winmail(text=b"Fjern glas", files=((b"politik.pdf", b"%PDF-1.4 x"),)):
    parts = [
        attribute(1, 0x9006, 8, struct.pack("<I", 0x10000)),
        attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0)),
    ]
    parts.append(attribute(1, 0x800C, 2, text + b"\0"))
    for name, content in files:
        parts += [
            attribute(2, 0x9002, 6, b"\0" * 14),
            attribute(2, 0x8010, 1, name + b"\0"),
            attribute(2, 0x800F, 6, content),
        ]
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(parts)


def with_winmail(content, text=b""):
    wrapped = (
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
    )
    return HEAD + mixed(([b"Content-Type: text/plain\r\n\r\n" + text] if text else []) + [wrapped])


def test_winmail_is_opened_and_kept():
    found = read(with_winmail(winmail()))
    assert found.text == "Fjern glas"
    assert [name for name, _ in found.files] == ["winmail.dat", "politik.pdf"]
    assert found.files[0][1] == winmail() and found.files[1][1] == b"%PDF-1.4 x"


def test_names_in_winmail_are_no_paths_and_letters_are_read():
    found = read(with_winmail(winmail(files=[(b"..\\..\\sk\xe6rm.png", b"x"), (b"", b"yes")])))
    assert [name for name, _ in found.files[1:]] == ["skærm.png", "attachment.bin"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no tnef", winmail()[:-40], struct.pack("<IH", 0x223E9F78, 1) + b"\xff" * 300,
        struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9004, 6, struct.pack("<I", 2**32 - 1)),  # four thousand million rows
        struct.pack("<IH", 0x223E9F78, 1) + attribute(2, 0x800F, 6, b"data of no attachment"),
        winmail(files=[(b"a", b"x")] * 5000),
    ],
)  # fmt: skip
def test_a_broken_winmail_is_kept_and_said(content):
    found = read(with_winmail(content, b"Se filen"))
    assert found.text == "Se filen" and found.files[0] == ("winmail.dat", content) and len(found.files) <= 200


def test_a_mail_that_takes_for_ever_is_taken_by_its_header_and_a_look_ends_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr("procflow_mail.incoming.SECONDS", 0.1)
    monkeypatch.setattr("procflow_mail.incoming.form_of", for_ever)
    found = read(HEAD + b"\r\nhello\r\n")
    # even this reading took for ever
    assert found.sender == "" and "0.1 seconds" in found.facts["unreadable"][0]
    monkeypatch.undo()
    monkeypatch.setattr("procflow_mail.incoming.SECONDS", 0.1)
    monkeypatch.setattr("procflow_mail.opened.html_to_text", lambda html: for_ever())
    found = read(HEAD + b"Content-Type: text/html\r\n\r\n<p>hello\r\n")
    assert found.sender == "mette@example.com" and found.subject == "Min police"
    box = mailbox.Maildir(tmp_path / "box", create=True)
    for _ in range(4):
        box.add(HEAD + b"Content-Type: text/html\r\n\r\n<p>hello\r\n")
    monkeypatch.setattr("procflow_mail.maildir.ALL_SECONDS", 0.15)
    inbox = {"kind": "maildir", "path": str(tmp_path / "box")}
    table = {"sender": "main@prosam.example", "dns": "off", "inbox": inbox}
    channel = load_plugins(settings={"mail": table}).channels["mail"].channel
    first, cursor = channel.fetch("")
    rest, _ = channel.fetch(cursor)
    assert 0 < len(first) < 4 and rest


def for_ever(*_):
    while True:
        pass


def test_reading_leaves_no_alarm_behind():
    import signal

    before = signal.getsignal(signal.SIGPROF)
    read(HEAD + HOSTILE["HTML that is never closed"])
    assert signal.getsignal(signal.SIGPROF) == before and signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert sys.getrecursionlimit() >= 1000
