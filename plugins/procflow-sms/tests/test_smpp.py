"""SMS by SMPP against the server of `smpp34`: parts, what customers answer, reports, and what becomes of a broken line."""

import socket
import struct
import threading
from datetime import UTC, datetime, timedelta

import pytest
import smpp34
from procflow_sms import SmsChannel
from procflow_sms.parts import ALPHABET, cut, from_septets, to_septets
from procflow_sms.peer import Centre
from procflow_sms.sent import Sent

KEY = "0123456789abcdef0123456789abcdef/7/2"
NOW = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)


@pytest.fixture
def centre(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Centre()
    made.start(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def sms(centre):
    opened = []

    def make(**more):
        table = {**centre.settings(lambda port: port), "token": "secret", **more}
        channel = SmsChannel(table)
        channel.now = NOW
        opened.append(channel)
        return channel

    yield make
    for channel in opened:
        if channel._kept is not None and channel._kept._kept is not None:
            channel._kept._kept.close()


def send(channel, text="Hej Mette", key=KEY):
    return channel.deliver("send", key, channel.prepare("send", key, {"to": "+4571999901", "text": text}))


def writes(centre, text, **more):
    """Somebody writes, in the alphabet of SMS or in UCS-2."""
    gsm = all(letter in ALPHABET or letter == "€" for letter in text)
    unit = {
        "short_message": to_septets(text) if gsm else text.encode("utf-16-be"),
        "data_coding": 0 if gsm else 8,
    }
    return centre.deliver(source_addr="4571999902", destination_addr="4571999900", **{**unit, **more})


def heard(channel, wanted, cursor=""):
    """Look until so many messages came; what was brought is stored each time. -> (messages, cursor)"""
    found = []
    for _ in range(10_000):
        messages, cursor = channel.fetch(cursor)
        found += messages
        if len(found) >= wanted:
            return found, cursor
    raise AssertionError(f"there came {found}")


def together(channel, wanted):
    """Look until one look brings so many: nothing is stored before, so that none is confirmed."""
    for _ in range(10_000):
        messages, cursor = channel.fetch("")
        if len(messages) >= wanted:
            return messages, cursor
    raise AssertionError(f"there came {messages}")


def test_the_alphabet_has_the_codes_of_the_standard():
    codes = {"@": 0x00, "å": 0x0F, "Ø": 0x0B, "ø": 0x0C, "Å": 0x0E, "Δ": 0x10, "Æ": 0x1C, "æ": 0x1D, "É": 0x1F, "¤": 0x24,
             "¡": 0x40, "Ä": 0x5B, "Ü": 0x5E, "§": 0x5F, "¿": 0x60, "ä": 0x7B, "ñ": 0x7D, "à": 0x7F, "A": 0x41, "z": 0x7A}  # fmt: skip
    assert {letter: to_septets(letter)[0] for letter in codes} == codes and len(ALPHABET) == 128
    assert to_septets("€[") == b"\x1b\x65\x1b\x3c"
    assert from_septets(to_septets("Blåbærgrød {på} Ærø: 5 €")) == "Blåbærgrød {på} Ærø: 5 €"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hej", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("€" * 153, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("Ærø ☂ " * 40, 4),
    ],
)
def test_a_text_arrives_whole_in_as_many_parts_as_are_counted(centre, sms, text, parts):
    done = send(sms(), text)
    assert (done.status, done.result["parts"], len(cut(text))) == ("done", parts, parts)
    assert [each.text for each in centre.reached()] == [text]


def test_parts_that_were_taken_are_not_sent_again_when_the_centre_takes_the_next_one_later(centre, sms):
    text, seen = "y" * 400, []
    take = centre._submitted

    def second_later(event):
        seen.append(bytes(event.short_message)[5])
        centre.how = "busy" if seen == [1, 2] else "well"
        take(event)

    centre._submitted = second_later
    channel = sms()
    first = send(channel, text)
    assert first.status == "retry" and "part 2 of 3" in first.error and first.left is not None
    second = channel.deliver("send", KEY, first.left)
    assert second.status == "done" and seen == [1, 2, 2, 3]
    assert [each.text for each in centre.reached()] == [text]


def test_a_number_that_the_centre_refuses_fails_in_words_and_a_login_that_it_refuses_is_tried_again(
    centre, sms
):
    centre.how = "refuses"
    done = send(sms())
    assert done.status == "failed" and "the number cannot be used (0xb)" in done.error
    with Refusing(0x0E) as port:
        done = send(sms(port=port))
    assert done.status == "retry" and "does not accept the login" in done.error and "secret" not in done.error


def test_a_line_that_breaks_behind_a_message_is_for_a_person_and_not_tried_again(sms):
    with Refusing(0, ends=True) as port:
        done = send(sms(port=port))
    assert done.status == "failed" and "look there whether it was sent" in done.error


def test_what_customers_write_is_confirmed_to_the_centre_only_when_it_is_stored(centre, sms):
    channel = sms()
    assert channel.fetch("") == ([], channel.fetch("")[1])
    confirmed = writes(centre, "Ja tak, på Ærø")
    (letter,), cursor = heard(channel, 1)
    assert (letter.text, letter.sender, letter.to) == ("Ja tak, på Ærø", "+4571999902", "+4571999900")
    assert letter.facts["received_unknown"] and letter.raw and not confirmed.done()
    again, _ = channel.fetch("")  # the host could not store it
    assert [each.external_id for each in again] == [letter.external_id] and not confirmed.done()
    assert channel.fetch(cursor)[0] == []
    assert confirmed.result(60).is_success


def test_the_same_words_twice_are_two_messages_and_what_a_dead_host_had_stored_is_known_again(centre, sms):
    first = sms()
    first.fetch("")
    writes(centre, "Ja")
    writes(centre, "Ja")
    letters, cursor = together(first, 2)
    assert len({each.external_id for each in letters}) == 2
    first._kept._kept._line.close()  # the host dies: stored, and never confirmed
    with centre.changed:
        assert centre.changed.wait_for(lambda: not centre.sessions, 60)
    second = sms()
    second.fetch(cursor)
    writes(centre, "Ja")  # the centre tells the two again, one after the other, and there is a third
    one, cursor = heard(second, 1, cursor)
    writes(centre, "Ja")
    writes(centre, "Ja")
    told = one + heard(second, 2, cursor)[0]
    assert [each.external_id for each in told[:2]] == [each.external_id for each in letters]
    assert told[2].external_id not in {each.external_id for each in letters}


def test_a_long_answer_is_one_message_whatever_the_order_of_its_parts(centre, sms):
    channel = sms()
    channel.fetch("")
    parts = ["Første del, ", "anden del 🙂, ", "slut"]
    for place in (3, 1, 2):
        header = bytes((5, 0, 3, 77, 3, place))
        writes(
            centre,
            "",
            short_message=header + parts[place - 1].encode("utf-16-be"),
            data_coding=8,
            esm_class=0x40,
        )
    (letter,), _ = heard(channel, 1)
    assert letter.text == "".join(parts) and "unreadable" not in letter.facts


def test_a_long_answer_whose_parts_are_joined_by_parameters_is_one_message_too(centre, sms):
    channel = sms()
    channel.fetch("")
    parts = ["Første del, ", "anden del, ", "slut"]
    for place in (2, 3, 1):
        tlvs = [
            smpp34.Tlv(0x020C, b"\0\x4d"),
            smpp34.Tlv(0x020E, b"\x03"),
            smpp34.Tlv(0x020F, bytes((place,))),
        ]
        writes(centre, parts[place - 1], tlvs=tlvs)
    (letter,), _ = heard(channel, 1)
    assert letter.text == "".join(parts) and "unreadable" not in letter.facts


@pytest.mark.parametrize("words", ["Sag id:12 err:5 stat:UNDELIV", "text:Hej stat:REJECTD id:7"])
def test_a_report_that_quotes_our_text_is_not_read_by_what_we_wrote(centre, sms, words):
    channel = sms()
    id = send(channel).result["id"]
    head = f"id:{id} sub:001 dlvrd:001 submit date:2605111020 done date:2605111021 stat:DELIVRD err:000"
    cursor = ""
    for name in ("text", "Text"):
        writes(centre, f"{head} {name}:{words}", esm_class=0x04)
        (report,), cursor = heard(channel, 1, cursor)
        assert (report.form, report.thread) == ("receipt", [KEY])
        assert (report.fields["status"], report.fields["error"], report.fields["message_id"]) == (
            "DELIVRD",
            "000",
            id,
        )


def test_a_part_that_never_comes_is_said_to_be_missing(centre, sms):
    channel = sms()
    channel.fetch("")
    writes(centre, "", short_message=bytes((6, 8, 4, 1, 2, 2, 1)) + to_septets("kun den ene"), esm_class=0x40)
    (letter,), _ = heard(channel, 1)
    assert letter.text == "kun den ene" and letter.facts["unreadable"] == ["part 2 of 2 is missing"]


def test_a_report_belongs_to_its_effect(centre, sms):
    channel = sms()
    id = send(channel).result["id"]
    text = (
        f"id:{id} sub:001 dlvrd:001 submit date:2605111020 done date:2605111021 stat:UNDELIV err:27 text:Hej"
    )
    writes(centre, text, esm_class=0x04)
    tlvs = [smpp34.Tlv(0x001E, id.encode() + b"\0"), smpp34.Tlv(0x0427, b"\x02")]
    writes(centre, "", short_message=b"", esm_class=0x04, tlvs=tlvs)
    found, _ = heard(channel, 2)
    # a centre may tell them in any order
    lost, arrived = sorted(found, key=lambda each: each.fields["arrived"])
    assert (lost.form, lost.thread, lost.fields["arrived"], lost.fields["error"]) == (
        "bounce",
        [KEY],
        "no",
        "27",
    )
    assert (arrived.thread, arrived.fields["status"], arrived.fields["arrived"]) == ([KEY], "DELIVRD", "yes")


@pytest.mark.parametrize(
    ("answered", "told", "known"),
    [
        (
            "499602D2",
            "1234567890",
            True,
        ),  # answers in hexadecimal digits, reports in decimal ones: many a centre
        ("1234567890", "499602d2", True),
        ("499602D2", "00499602d2", True),
        ("0x12345678", "305419896", True),
        (
            "4096",
            "1000",
            False,
        ),  # of a centre that writes all its ids in decimal digits it is another message
        ("499602D2", "1234567891", False),
        ("499602D2", "none-of-ours", False),
    ],
)
def test_a_report_may_write_the_number_of_its_message_otherwise(tmp_path, answered, told, known):
    sent = Sent(str(tmp_path / "sent.jsonl"))
    if answered != "4096":
        sent.note("4A0000FF", "another/1/1")
    sent.note(answered, KEY)
    assert sent.key_of(told) == (KEY if known else "")
    assert sent.key_of("", told, answered) == KEY


def test_a_number_that_could_be_two_messages_is_neither(tmp_path):
    sent = Sent(str(tmp_path / "sent.jsonl"))
    for noted, key in (("3e8", "one/1/1"), ("03E8", "two/1/1")):
        sent.note(noted, key)
    assert sent.key_of("1000") == ""
    with open(tmp_path / "sent.jsonl", "a") as file:
        file.write('["3e9", "cut o')  # by a full disk
    sent.note("3ea", KEY)
    assert sent.key_of("3e9") == "" and sent.key_of("3e8") == "one/1/1"


def test_a_report_whose_text_has_another_id_than_its_parameter_belongs_to_its_effect(centre, sms):
    channel = sms()
    id = send(channel).result["id"]
    tlvs = [smpp34.Tlv(0x001E, b"unheard-of\0")]
    writes(centre, f"id:{id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:", esm_class=0x04, tlvs=tlvs)
    (report,), _ = heard(channel, 1)
    assert (report.thread, report.fields["arrived"]) == ([KEY], "yes")


def test_a_password_goes_to_another_machine_only_under_tls():
    channel = SmsChannel(
        {
            "gateway": "smpp",
            "host": "smsc.example.com",
            "user": "a",
            "token": "secret",
            "sender": "4571999900",
        }
    )
    assert "in clear" in channel.health() and "tls = true" in channel.health()
    assert "host" in SmsChannel({"gateway": "smpp"}).health()


class Refusing:
    """A centre that answers a bind with this status; with `ends` it closes the line behind the next message."""

    def __init__(self, status, ends=False):
        self.status, self.ends = status, ends

    def __enter__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self.server.getsockname()[1]

    def serve(self):
        line, _ = self.server.accept()
        with line:
            unit = line.recv(4096)
            line.sendall(
                struct.pack("!IIII", 17, 0x80000009, self.status, struct.unpack_from("!I", unit, 12)[0])
                + b"\0"
            )
            if self.ends:
                line.recv(4096)

    def __exit__(self, *_):
        self.thread.join(60)
        self.server.close()


class Delivering(Refusing):
    """A centre that delivers these units as soon as somebody is bound, and keeps what it is answered."""

    def __init__(self, *bodies):
        super().__init__(0)
        self.bodies, self.answered, self.enough = bodies, [], threading.Event()

    def serve(self):
        line, _ = self.server.accept()
        with line:
            number = struct.unpack_from("!I", line.recv(4096), 12)[0]
            line.sendall(struct.pack("!IIII", 17, 0x80000009, 0, number) + b"\0")
            for n, body in enumerate(self.bodies, 1):
                line.sendall(struct.pack("!IIII", 16 + len(body), 5, 0, n) + body)
            while part := line.recv(4096):
                for at in range(0, len(part), 16 if part[7] == 0x15 else 17):
                    _, said, _, number = struct.unpack_from("!IIII", part, at)
                    if said == 0x15:  # it asks whether anybody is there
                        line.sendall(struct.pack("!IIII", 16, 0x80000015, 0, number))
                    self.answered.append(number) if said == 0x80000005 else None
                if self.answered == list(range(1, len(self.bodies) + 1)):
                    self.enough.set()


def test_a_unit_that_cannot_be_read_is_kept_for_a_person_and_the_next_ones_come_in():
    head = b"\0\1\x014571999901\0\1\x014571999900\0\0\0\0\0\0\0\0\0\0"
    good, short, empty = head + b"\5hello", head + b"\xc8hello", b""
    centre = Delivering(short, empty, good)
    with centre as port:
        table = {
            "gateway": "smpp",
            "host": "127.0.0.1",
            "port": port,
            "user": "a",
            "token": "s",
            "sender": "4571999900",
        }
        channel = SmsChannel(table)
        channel.now = NOW
        found, cursor = heard(channel, 3)
        assert [each.text for each in found] == ["", "", "hello"]
        assert (
            found[0].raw.endswith(short)
            and found[1].raw
            and "cannot be read" in found[0].facts["unreadable"][0]
        )
        channel.fetch(cursor)  # all are stored: the centre is told of each, and does not bring them again
        assert centre.enough.wait(60)
        channel._kept._kept.close()


def test_what_was_never_told_again_is_a_new_message_an_hour_later(centre, sms):
    first = sms()
    first.fetch("")
    writes(centre, "Ja")
    (letter,), cursor = together(first, 1)
    first._kept._kept._line.close()  # the centre had heard that it was stored, and the host had not noted that
    with centre.changed:
        assert centre.changed.wait_for(lambda: not centre.sessions, 60)
    second = sms()
    _, cursor = second.fetch(cursor)
    second.now = NOW + timedelta(hours=1, seconds=1)
    writes(centre, "Ja")
    (new,), _ = heard(second, 1, cursor)
    assert new.external_id != letter.external_id
