"""Lines that somebody smuggles into what becomes the header of a mail: refused in words, or text and nothing more."""

import email
import email.header
import itertools
from datetime import UTC, datetime
from email import policy

import pytest

from procflow.errors import UsageError
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/7/2"
PLAIN = {"to": "mette@example.com", "subject": "Din police", "text": "Hej"}
#: Each ends what stands before it, by one program's reading or another's.
ENDS = ["\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0", "%0d%0a", "\\r\\n", "\r\n ", "\n\t",
        "=?utf-8?q?=0D=0A?=", "&#13;&#10;", "\u560d\u560a", ";", ",", ", ", "\r\r\n", "\n\r", "\u2424", "\x1f\n", "> \r\n", '"\r\n']  # fmt: skip
MORE = ["Bcc: evil@example.com", "Subject: other\r\nBcc: evil@example.com", "To: evil@example.com"]
FIELDS = ("to", "cc", "bcc", "subject", "sender", "reply_to", "attachment")


@pytest.fixture(scope="module")
def channel():
    settings = {"host": "127.0.0.1", "port": 9, "sender": "Kundeservice <main@prosam.example>"}
    made = load_plugins(settings={"mail": settings}).channels["mail"].channel
    made.now = datetime(2026, 5, 11, 8, tzinfo=UTC)
    return made


def given(field, payload):
    if field == "attachment":
        return {**PLAIN, "attach": [{"name": f"a{payload}.txt", "content": "eA=="}]}
    before = "Din police" if field == "subject" else "mette@example.com"
    return {**PLAIN, field: f"{before}{payload}"}


def headers(wire):
    message = email.message_from_bytes(wire, policy=policy.compat32)
    return [name.lower() for name in message], message


def test_there_are_as_many_as_the_goal_asks_for():
    assert len(ENDS) * len(MORE) >= 30


def test_no_line_that_is_smuggled_in_becomes_a_header_or_a_receiver(channel):
    refused = taken = 0
    for end, more, field in itertools.product(ENDS, MORE, FIELDS):
        parameters = given(field, end + more)
        try:
            wire = channel.prepare("send", KEY, parameters)
        except UsageError as why:
            assert why.message
            refused += 1
            continue
        taken += 1
        names, message = headers(wire)
        plain, _ = headers(channel.prepare("send", KEY, given(field, "")))
        where = (field, end, more)
        assert sorted(names) == sorted(plain), where  # no header more, and none twice
        for name in ("to", "cc", "bcc", "reply-to", "from"):
            for value in message.get_all(name, []):
                everyone = [address for _, address in email.utils.getaddresses([value])]
                assert not any("evil" in address for address in everyone), where
        if field == "subject":
            assert "\n" not in str(
                email.header.make_header(email.header.decode_header(message["subject"]))
            ), where
        for part in message.walk():
            assert all("evil" not in name.lower() and name.lower() != "bcc" for name in part), where
    assert refused > 300 and taken > 50


@pytest.mark.parametrize("files", [[], [{"name": "a.txt", "content": "eA=="}]])
@pytest.mark.parametrize(
    "written",
    [
        "=?utf-8?q?=0D=0A?=Bcc: evil@example.com",
        "a =?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?= b",
        "=?",
        "æ =?x?= " * 30,
    ],
)
def test_what_looks_like_an_encoded_word_is_read_as_it_was_written(channel, written, files):
    to = [f'"{written}" <mette@example.com>', "bo@example.com"]
    wire = channel.prepare("send", KEY, {**PLAIN, "subject": written, "to": to, "attach": files})
    assert all(len(line) <= 998 and line.isascii() for line in wire.split(b"\r\n"))
    names, message = headers(wire)
    assert "bcc" not in names and len(names) == len(set(names))
    assert in_words(message["subject"]) == written.strip()
    people = [each.strip().rpartition(" ") for each in " ".join(message["to"].split()).split(", ")]
    assert [address for _, _, address in people] == ["<mette@example.com>", "bo@example.com"]
    assert in_words(people[0][0]) == written.strip()


def in_words(value):
    """As any reader shows it."""
    return str(email.header.make_header(email.header.decode_header(value))).strip()
