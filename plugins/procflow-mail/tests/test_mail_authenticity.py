"""DKIM verified over the bytes as received with keys from a zone on loopback, DMARC, and what our own server saw."""

import base64
from datetime import UTC, datetime
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from procflow.builtin.evidence import judge
from procflow.plugins import load_plugins

AT = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)
DATA = {"first_name": "Mette", "last_name": "Holm", "email": "mette@example.com"}
CONTEXT = {"addresses_on_file": ("mette@example.com",), "names": ("Mette Holm",), "input": {}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("procflow_mail.zone.ONE", 0.3)


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module", autouse=True)
def records(key, zone):
    zone.records |= {
        "s1._domainkey.example.com": f"v=DKIM1; k=rsa; p={public(key)}",
        "s1._domainkey.evil.example": f"v=DKIM1; k=rsa; p={public(key)}",
        "gone._domainkey.example.com": "v=DKIM1; k=rsa; p=",
        "_dmarc.example.com": "v=DMARC1; p=reject",
    }
    zone.silent.add("slow._domainkey.example.com")


def public(key):
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def private(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def raw(text="Fjern glasdækning på P-20011", **headers):
    message = EmailMessage()
    fields = {"From": "Mette Holm <mette@example.com>", "To": "main@prosam.example", "Subject": "Min police",
              "Message-ID": "<one@example.com>", "Date": "Mon, 11 May 2026 10:20:00 +0200", **headers}  # fmt: skip
    for name, value in fields.items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes().replace(b"\n", b"\r\n")


def signed(mail, key, *, domain=b"example.com", selector=b"s1", **more):
    return dkim.sign(mail, selector, domain, private(key), **more) + mail


def read(mail, zone, **settings):
    table = {"sender": "main@prosam.example", "dns": zone.address, **settings}
    return load_plugins(settings={"mail": table}).channels["mail"].channel.read(mail, AT)


def judged(found):
    offered = {"from": found.sender, "subject": found.subject, "text": found.text, "form": found.form,
               "facts": found.facts, "received": found.received, "raw": {"hash": "h"},
               "files": tuple({"name": name} for name, _ in found.files)}  # fmt: skip
    verdict = judge("mail", offered, DATA, AT, CONTEXT)
    return verdict["verdict"], verdict["reason"]["code"], verdict


def test_a_signature_of_the_sender_s_own_house_is_verified_and_stands_in_the_evidence(key, zone):
    found = read(signed(raw(), key), zone)
    assert found.facts["authentication"] == {"dkim": "pass", "dmarc": "pass"}
    verdict, code, whole = judged(found)
    assert (verdict, code) == ("accepted", "address_on_file")
    (one,) = whole["checks"]["signatures"]
    assert (one["domain"], one["selector"], one["result"]) == ("example.com", "s1", "pass")
    assert whole["file"] == {"hash": "h"}  # the mail itself, as it came


def test_line_ends_of_a_maildir_are_those_of_the_wire_to_a_signature(key, zone):
    assert read(signed(raw(), key).replace(b"\r\n", b"\n"), zone).facts["authentication"]["dkim"] == "pass"


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"P-20011", b"P-20012") if b"P-20011" in mail else mail[:-6] + b"XX=\r\n",
        lambda mail: mail.replace(b"Subject: Min", b"Subject: Din"),
        lambda mail: mail + b"Og slet resten.\r\n",
        lambda mail: mail.replace(b"<mette@example.com>", b"<bo@example.com>"),
    ],
)
def test_one_changed_letter_is_a_failure_and_goes_to_a_second_person(key, zone, change):
    mail = signed(raw("Remove the glass cover on P-20011"), key)
    changed = change(mail)
    assert changed != mail
    found = read(changed, zone)
    assert found.facts["authentication"]["dkim"] == "fail"
    if found.sender == "mette@example.com":
        assert judged(found)[:2] == ("second_check", "authentication_failed")


@pytest.mark.parametrize(
    ("selector", "result"), [("gone", "permerror"), ("slow", "temperror"), ("none", "permerror")]
)
def test_a_key_that_is_withdrawn_or_cannot_be_asked_for_is_no_pass(key, zone, selector, result):
    found = read(signed(raw(), key, selector=selector.encode()), zone)
    assert found.facts["authentication"]["dkim"] == result


def test_the_signature_of_another_house_says_nothing_of_the_sender(key, zone):
    found = read(signed(raw(), key, domain=b"evil.example"), zone)
    assert found.facts["authentication"]["dkim"] == "unaligned"
    both = read(signed(signed(raw(), key), key, domain=b"evil.example"), zone)
    assert both.facts["authentication"]["dkim"] == "pass"


def test_a_signature_over_a_part_or_without_the_sender_or_with_a_short_key_does_not_count(key, zone):
    part = read(signed(raw(), key, length=True) + b"and more\r\n", zone)
    assert part.facts["authentication"]["dkim"] == "policy"
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    zone.records["short._domainkey.example.com"] = f"v=DKIM1; k=rsa; p={public(short)}"
    assert read(signed(raw(), short, selector=b"short"), zone).facts["authentication"]["dkim"] == "pass"
    without = signed(raw(), key).replace(b"from : ", b"").replace(b"from:", b"").replace(b"h=from", b"h=to")
    assert read(without, zone).facts["authentication"]["dkim"] in ("permerror", "fail")


def test_a_second_from_line_over_a_good_signature_is_a_doubt(key, zone):
    found = read(b"From: Chef <boss@evil.example>\r\n" + signed(raw(), key), zone)
    assert found.facts["several_from"] and judged(found)[0] == "second_check"


def test_many_signatures_cost_five_look_ups(key, zone):
    mail = raw()
    for n in range(12):
        mail = signed(raw(), key, selector=f"x{n}".encode())[: -len(raw())] + mail
    before = len(zone.asked)
    assert len(read(mail, zone).facts["signatures"]) == 5
    assert len(zone.asked) - before <= 6


def test_with_dns_off_nothing_is_looked_up_and_our_own_server_is_believed(key, zone):
    good = b"Authentication-Results: mx.prosam.example; dkim=pass header.d=example.com; dmarc=pass\r\n"
    before = len(zone.asked)
    found = read(good + signed(raw(), key), zone, dns="off", trusted_authserv="mx.prosam.example")
    assert found.facts["authentication"] == {"dkim": "pass", "dmarc": "pass"} and len(zone.asked) == before
    assert judged(found)[2]["checks"]["server"] == "mx.prosam.example"


def test_where_a_server_of_ours_is_named_a_mail_that_nobody_vouches_for_is_a_doubt(zone):
    unknown = ("second_check", "authentication_unknown")
    assert judged(read(raw(), zone, trusted_authserv="mx.prosam.example"))[:2] == unknown
    forged = b"Authentication-Results: mx.evil.example; dmarc=pass\r\n" + raw()
    assert judged(read(forged, zone, trusted_authserv="mx.prosam.example"))[:2] == unknown
    other = b"Authentication-Results: mx.prosam.example; spf=pass smtp.mailfrom=evil.example\r\n" + raw()
    assert judged(read(other, zone, trusted_authserv="mx.prosam.example"))[0] == "second_check"
    assert judged(read(raw(), zone))[:2] == ("accepted", "address_on_file")  # nobody was named


def test_dmarc_is_worked_out_where_our_server_says_only_how_it_came(zone):
    failed = b"Authentication-Results: mx.prosam.example; spf=softfail smtp.mailfrom=example.com\r\n" + raw()
    found = read(failed, zone, trusted_authserv="mx.prosam.example")
    assert found.facts["authentication"] == {"spf": "softfail", "dmarc": "fail"}
    passed = (
        b"Authentication-Results: mx.prosam.example; spf=pass smtp.mailfrom=bounce.example.com\r\n" + raw()
    )
    assert read(passed, zone, trusted_authserv="mx.prosam.example").facts["authentication"]["dmarc"] == "pass"


def test_a_public_suffix_is_nobody_s_house():
    from procflow_mail.authentication import same_house

    assert same_house("mail.example.com", "example.com") and same_house("a.example.co.uk", "b.example.co.uk")
    assert not same_house("co.uk", "example.co.uk") and not same_house("evil.co.uk", "example.co.uk")
    assert not same_house("", "") and not same_house("com", "example.com")
    assert same_house("blåbær.dk", "xn--blbr-roah.dk")


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ('"Mette Holm" <mette@exarnple.com>', ("rejected", "address_lookalike")),
        ("Mette Holm <mеtte@example.com>", ("rejected", "address_lookalike")),  # a Cyrillic е
        ("Mette Holm <mette@xn--exmple-cua.com>", ("rejected", "address_lookalike")),
        ('"mette@examp1e.com" <x@evil.example>', ("rejected", "address_lookalike")),
        ("Mette Holm <mette.holm@evil.example>", ("rejected", "name_only")),
        ("=?utf-8?q?M=C3=A9tte_H=C3=B8lm?= <x@evil.example>", ("rejected", "address_not_on_file")),
        ('"mette@example.com" <x@evil.example>', ("second_check", "display_name_only")),
        ("=?utf-8?q?mette=40example=2Ecom?= <x@evil.example>", ("second_check", "display_name_only")),
        ("=?utf-8?q?mette=40example=2Ecom=3E=2C?= <x@evil.example>", ("second_check", "display_name_only")),
        ("<x@evil.example> <mette@example.com>", ("second_check", "several_senders")),
        ("mette@example.com, x@evil.example", ("second_check", "several_senders")),
        ("(mette@example.com) x@evil.example", ("second_check", "display_name_only")),
        ('"a\\" <mette@example.com>, " <x@evil.example>', ("second_check", "display_name_only")),
        ("=?utf-8?q?mette=40example=2Ecom?=", ("rejected", "address_not_on_file")),
        ("mette@example.com\x00 <x@evil.example>", ("second_check", "display_name_only")),
        ("METTE@EXAMPLE.COM", ("accepted", "address_on_file")),
    ],
)
def test_a_sender_who_wants_to_pass_for_the_customer_does_not(zone, sender, expected):
    head = f"From: {sender}\r\nTo: main@prosam.example\r\nSubject: Min police\r\n\r\n".encode()
    assert judged(read(head + b"Fjern glas\r\n", zone))[:2] == expected


def test_a_mail_of_which_a_part_could_not_be_read_goes_to_a_second_person(zone):
    mail = raw().replace(b"Content-Type: text/plain", b"Content-Type: application/pkcs7-mime; name=smime.p7m")
    assert judged(read(mail, zone))[:2] == ("second_check", "not_readable")
    head = b"From: mette@example.com\r\nSubject: x\r\n"
    for body in (
        b"\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\nRmplcm4gZ2xhcyBw!!\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\nRmplcm4gZ2xhcyBwY\r\n",
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nMette Holm har inviteret dig til et m\xc3\xb8de\r\n"
        b"--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n",
    ):
        assert judged(read(head + body, zone))[:2] == ("second_check", "not_readable"), body
    whole = b"Content-Transfer-Encoding: base64\r\n\r\nRmplcm4gZ2xhcyBw\r\n"
    assert judged(read(head + whole, zone))[:2] == ("accepted", "address_on_file")
