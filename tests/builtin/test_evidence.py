"""Verdicts on written evidence: a table for each channel of the closed list (PRO-20, S47, S50, S52, S54)."""

from datetime import UTC, datetime, timedelta

import pytest

from procflow.builtin.evidence import e164, judge, judge_with, own_words, summary_hash

NOW = datetime(2026, 3, 3, 11, 4, tzinfo=UTC)
DATA = {"first_name": "Mette", "last_name": "Holm", "phones": ["+4571999901"], "email": "mette@example.com"}
CONTEXT = {
    "phones_on_file": ("+4571999901",),
    "addresses_on_file": ("mette@example.com",),
    "names": ("Mette Holm",),
    "summary": None,
    "input": {"name_is_visible": True},
}
SCREENSHOT = {"hash": "h", "name": "m.png", "type": "image/png", "size": 9, "width": 720, "height": 1280}


def verdict(channel, offered, *, data=DATA, **context):
    given = judge(
        channel, {"channel": channel, "received": NOW, **offered}, data, NOW, {**CONTEXT, **context}
    )
    assert given["accepted"] is (given["verdict"] == "accepted")
    assert (
        given["reason"]["da"]
        and given["reason"]["en"]
        and "{" not in given["reason"]["da"] + given["reason"]["en"]
    )
    return given["verdict"], given["reason"]["code"]


def messenger(given=CONTEXT["input"], *, file=SCREENSHOT, **more):
    return verdict("messenger", {"files": (file,) if file else ()}, input=given, **more)


def sms(sender="+4571999901", text="Fjern glasdækning på P-20011", *, offered=None, **context):
    return verdict("sms", {"from": sender, "text": text, **(offered or {})}, **context)


def mail(sender="mette@example.com", text="Fjern glasdækning på P-20011", *, offered=None, **context):
    return verdict(
        "mail", {"from": sender, "text": text, "subject": "Min police", **(offered or {})}, **context
    )


# Messenger


def test_a_screenshot_with_the_name_attested_is_accepted():
    assert messenger() == ("accepted", "screenshot_with_name")
    assert messenger({"navn_er_synligt": True, "urgent": False}) == ("accepted", "screenshot_with_name")
    assert messenger({"attested": True}) == ("accepted", "screenshot_with_name")


@pytest.mark.parametrize(
    ("given", "file", "expected"),
    [
        ({}, SCREENSHOT, ("rejected", "name_not_attested")),
        ({"name_is_visible": False}, SCREENSHOT, ("rejected", "name_not_attested")),
        ({"name_is_visible": None}, SCREENSHOT, ("rejected", "name_not_attested")),
        ({"urgent": True}, SCREENSHOT, ("rejected", "name_not_attested")),
        ({"name_is_visible": False, "confirmed": True}, SCREENSHOT, ("rejected", "name_not_attested")),
        ({"name_is_visible": True}, None, ("rejected", "no_screenshot")),
        ({"name_is_visible": True}, {**SCREENSHOT, "type": "application/pdf"}, ("rejected", "not_an_image")),
        ({"name_is_visible": True}, {**SCREENSHOT, "type": "image/gif"}, ("rejected", "not_an_image")),
        ({"name_is_visible": True}, {**SCREENSHOT, "width": 319}, ("rejected", "image_too_small")),
        ({"name_is_visible": True}, {**SCREENSHOT, "width": 320}, ("accepted", "screenshot_with_name")),
        (
            {"name_is_visible": True},
            {**SCREENSHOT, "type": "image/jpeg"},
            ("accepted", "screenshot_with_name"),
        ),
        ({"name_is_visible": True}, {**SCREENSHOT, "width": None}, ("second_check", "image_not_measured")),
    ],
)
def test_a_screenshot_is_judged_by_its_image_and_its_attestation(given, file, expected):
    assert messenger(given, file=file) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("Mette Holm", ("accepted", "screenshot_with_name")),
        ("METTE  HOLM", ("accepted", "screenshot_with_name")),
        ("Holm, Mette", ("accepted", "screenshot_with_name")),
        ("Méttè Holm", ("accepted", "screenshot_with_name")),
        ("Mete Holm", ("second_check", "name_spelled_differently")),
        ("Jonas Beck", ("rejected", "other_name")),
    ],
)
def test_the_name_that_was_read_is_compared_with_the_customer_s(seen, expected):
    assert messenger({"name_is_visible": True, "name_on_screenshot": seen}) == expected


def test_a_name_nobody_knows_needs_a_second_person():
    assert messenger(names=(), data={}) == ("second_check", "name_not_on_file")
    assert messenger(names=(), data={"customer_name": "Åse Ærø"}) == ("accepted", "screenshot_with_name")
    seen = {"name_is_visible": True, "name_seen": "aase aeroe"}
    assert messenger(seen, names=("Åse Ærø",)) == ("accepted", "screenshot_with_name")


# SMS


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("+4571999901", ("accepted", "number_on_file")),
        ("71 99 99 01", ("accepted", "number_on_file")),
        ("004571999901", ("accepted", "number_on_file")),
        ("+4571999977", ("rejected", "number_not_on_file")),
        ("METTE", ("rejected", "sender_alphanumeric")),
        ("Mette 71999901", ("rejected", "sender_alphanumeric")),
        ("", ("rejected", "sender_masked")),
        ("anonymous", ("rejected", "sender_masked")),
    ],
)
def test_an_sms_counts_only_from_a_number_on_file(sender, expected):
    assert sms(sender) == expected


def test_what_the_gateway_saw_outweighs_how_the_sender_looks():
    assert sms(offered={"facts": {"alphanumeric": True}}) == ("rejected", "sender_alphanumeric")
    assert sms(offered={"facts": {"masked": True}}) == ("rejected", "sender_masked")


def test_a_number_registered_after_the_sms_does_not_make_it_valid():
    after, before = NOW + timedelta(minutes=1), NOW - timedelta(minutes=1)
    assert sms(phones_since={"+4571999901": after}) == ("rejected", "number_not_on_file")
    assert sms(phones_since={"+4571999901": before.isoformat()}) == ("accepted", "number_on_file")


def test_numbers_are_found_in_the_data_where_the_caller_computed_none():
    context = {key: value for key, value in CONTEXT.items() if key != "phones_on_file"}
    given = judge(
        "sms", {"from": "71999901", "text": "Slet min police"}, {"phone": "+4571999901"}, NOW, context
    )
    assert given["accepted"]


@pytest.mark.parametrize(
    ("text", "summary", "expected"),
    [
        ("JA", None, ("rejected", "yes_without_summary")),
        ("JA", {}, ("rejected", "yes_without_summary")),
        ("JA", "Fjern glas", ("accepted", "yes_to_summary")),
        ("ja.", "Fjern glas", ("accepted", "yes_to_summary")),
        ("Ja tak!", "Fjern glas", ("accepted", "yes_to_summary")),
        ("YES", "Fjern glas", ("accepted", "yes_to_summary")),
        (
            "JA",
            {"text": "Fjern glas", "hash": summary_hash("Fjern glas\r\n")},
            ("accepted", "yes_to_summary"),
        ),
        ("JA", {"text": "Fjern alt", "hash": summary_hash("Fjern glas")}, ("rejected", "summary_changed")),
        ("JA", {"hash": "a" * 64, "current_hash": "b" * 64}, ("rejected", "summary_changed")),
        ("JA", {"hash": "a" * 64}, ("accepted", "yes_to_summary")),
        ("JA", {"text": "x", "sent": NOW + timedelta(seconds=1)}, ("rejected", "yes_before_summary")),
        ("JA", {"text": "x", "sent": NOW - timedelta(minutes=4)}, ("accepted", "yes_to_summary")),
        ("Nej", "Fjern glas", ("rejected", "said_no")),
        ("nej tak", "Fjern glas", ("rejected", "said_no")),
        ("", "Fjern glas", ("rejected", "no_text")),
        ("  \n", None, ("rejected", "no_text")),
        ("Fwd: Fjern glas", None, ("rejected", "forwarded")),
    ],
)
def test_a_bare_yes_is_bound_to_the_summary_that_was_sent(text, summary, expected):
    assert sms(text=text, summary=summary) == expected


SUMMARY = "Fjern glas på P-20011"


@pytest.mark.parametrize(
    "text",
    ["Ja, det er ok", "Ja tak 👍", "ja ja", "Ja\n\nVenlig hilsen\nMette Holm\nTlf. 71 99 99 01", "JA\n\nSendt fra min iPhone",
     "Hej\n\nJa tak\n\nMvh Mette", "Hej Desk, ja tak", "Ja tak. Mette", "JA mvh Mette Holm", "> Svar JA\n\nJa\n-- \nMette", "Jep",
     "Ja\n\nDen søn. 29. nov. 2026 kl. 10.00 skrev Desk Kundeservice <\nmain@prosam.example>:\n\n> Svar JA, hvis det passer\n",
     "Ja\n\nFra: Desk <main@prosam.example>\nSendt: 29. november 2026 10:00\nTil: Mette\nEmne: x\n\nSvar JA eller nej"],
)  # fmt: skip
def test_a_clear_yes_is_known_whatever_stands_around_it(text):
    assert sms(text=text, summary=SUMMARY) == ("accepted", "yes_to_summary")
    assert sms(text=text) == ("rejected", "yes_without_summary")


@pytest.mark.parametrize(
    "text", ["Nej", "NEJ!", "nej nej", "Hej\n\nNej tak\n\nMvh Mette", "Hej Desk. Nej tak, Mette", "Næ"]
)
def test_a_clear_no_is_known_whatever_stands_around_it(text):
    assert sms(text=text, summary=SUMMARY) == ("rejected", "said_no") == mail(text=text)


@pytest.mark.parametrize(
    "text",
    ["Nej, det er ikke rigtigt", "Ja... eller nej", "Ja, men kun fra 1. januar", "Ja\n\nmen først fra 1. januar", "Ja?", "Ja ikke",
     "Ja hvis det er gratis", "Ja\n\nMvh Mette\n\nPS: kun glasset", "👍", "👎", "Ja 👎", "Jeg siger ja", "OK fint. Hvornår?", "Hvad?",
     "Jeg vil alligevel IKKE ændre min police.", "Jeg har fortrudt", "Hej, det er ikke rigtigt", "Vil I ikke ændre noget, tak",
     "Hej, hvad koster det egentlig?", "Hej, nej, ikke glasset", "Tak for din mail. Jeg er på ferie til den 14.",
     "I am out of the office", "Denne mail kan ikke besvares, hilsen robotten", "Hej jeg fortryder, tak", "I changed my mind", "Please don't change anything", "Min tekst er NEJ, ikke andet"],
)  # fmt: skip
def test_what_may_be_meant_otherwise_is_read_by_a_person_and_never_taken_for_the_wish(text):
    for summary in (SUMMARY, None):
        assert sms(text=text, summary=summary) == ("second_check", "answer_unclear")
        assert mail(text=text, summary=summary) == ("second_check", "answer_unclear")


@pytest.mark.parametrize(
    "text",
    ["Fjern glasdækning på P-20011", "Hej\nKan I fjerne glasdækningen på P-20011?\nHilsen Mette", "Slet glasdækning",
     "Hej. Jeg vil ikke længere have glasdækning på P-20011 fra fredag. Mvh Mette"],
)  # fmt: skip
def test_a_text_that_says_what_shall_change_speaks_for_itself(text):
    assert sms(text=text) == ("accepted", "number_on_file")


def test_what_is_only_attached_says_nothing_until_a_person_has_read_it():
    file = {"files": ({"type": "application/pdf"},)}
    assert mail(text="", offered=file) == sms(text="", offered=file) == ("second_check", "only_a_file")


def test_a_message_that_a_colleague_typed_in_says_so_wherever_its_verdict_is_read():
    offered = {"from": "+4571999901", "text": "Fjern glas", "facts": {"by_hand": "agent_1"}}
    given = judge("sms", offered, DATA, NOW, CONTEXT)
    assert given["accepted"] and given["reason"]["code"] == "number_on_file"
    assert given["typed_by"] == "agent_1"
    assert given["reason"]["da"].endswith("Taget ind i hånden af agent_1.")
    assert given["reason"]["en"].endswith("Taken in by hand by agent_1.")


@pytest.mark.parametrize(("sender", "text"), [("+4571999977", "Fjern glas"), ("+4571999901", "")])
def test_what_is_refused_is_refused_also_where_a_colleague_typed_it_in(sender, text):
    offered = {"from": sender, "text": text, "facts": {"by_hand": "agent_1"}}
    assert judge("sms", offered, DATA, NOW, CONTEXT)["verdict"] == "rejected"


def test_the_verdict_on_a_yes_carries_the_hash_of_the_summary():
    offered = {"from": "+4571999901", "text": "JA"}
    given = judge("sms", offered, DATA, NOW, {**CONTEXT, "summary": "Fjern glas"})
    assert given["summary_hash"] == summary_hash("Fjern glas")


def test_a_yes_from_another_number_is_no_yes():
    assert sms("+4571999977", "JA", summary="Fjern glas") == ("rejected", "number_not_on_file")


def test_a_screenshot_of_an_sms_needs_a_second_person():
    offered = {"files": (SCREENSHOT,)}
    assert verdict("sms", offered, input={"number_is_visible": True}) == ("second_check", "sms_screenshot")
    assert verdict("sms", offered, input={}) == ("rejected", "sms_screenshot")


# mail


@pytest.mark.parametrize(
    ("sender", "offered", "expected"),
    [
        ("mette@example.com", {}, ("accepted", "address_on_file")),
        ("Mette Holm <METTE@Example.COM>", {}, ("accepted", "address_on_file")),
        ("other@example.com", {}, ("rejected", "address_not_on_file")),
        ("mette@example.com.evil.example", {}, ("rejected", "address_not_on_file")),
        ('"mette@example.com" <evil@bad.example>', {}, ("second_check", "display_name_only")),
        ("mette@example.com <evil@bad.example>", {}, ("second_check", "display_name_only")),
        ("evil@bad.example", {"facts": {"display_name": "mette@example.com"}}, ("second_check", "display_name_only")),
        ("mette@example.com, evil@bad.example", {}, ("second_check", "several_senders")),
        ("mette@example.com", {"facts": {"from_all": ["mette@example.com", "x@bad.example"]}},
         ("second_check", "several_senders")),
        ("mette@example.com", {"facts": {"forwarded": True}}, ("rejected", "forwarded")),
        ("mette@example.com", {"subject": "Fwd: Min police"}, ("rejected", "forwarded")),
        ("mette@example.com", {"subject": "VS: Min police"}, ("rejected", "forwarded")),
        ("mette@example.com", {"subject": "Fwd: Min police", "files": ({"type": "message/rfc822"},)},
         ("second_check", "forwarded_with_original")),
        ("mette@example.com", {"files": ({"type": "message/rfc822"},)}, ("second_check", "forwarded_with_original")),
        ("mette@example.com", {"subject": "Fwd: Min police", "files": ({"type": "image/png"},)}, ("rejected", "forwarded")),
        ("evil@bad.example", {"subject": "Fwd: x", "files": ({"type": "message/rfc822"},)},
         ("rejected", "address_not_on_file")),
        ("mette@example.com", {"subject": "SV: Min police"}, ("accepted", "address_on_file")),
        ("mette@example.com", {"facts": {"authentication": {}, "authentication_expected": True}},
         ("second_check", "authentication_unknown")),
        ("mette@example.com", {"facts": {"authentication": {"spf": "pass"}, "authentication_expected": True}},
         ("accepted", "address_on_file")),
        ("mette@example.com", {"facts": {"unreadable": ["text: x"]}}, ("second_check", "not_readable")),
        ("Mette Holm <mette@exarnple.com>", {}, ("rejected", "address_lookalike")),
        ("Mette Holm <m@bad.example>", {}, ("rejected", "name_only")),
        ("mette@example.com", {"facts": {"authentication": {"dmarc": "pass", "dkim": "pass", "spf": "pass"}}},
         ("accepted", "address_on_file")),
        ("mette@example.com", {"facts": {"authentication": {"dmarc": "fail"}}}, ("second_check", "authentication_failed")),
        ("mette@example.com", {"facts": {"authentication": {"spf": "softfail"}}}, ("second_check", "authentication_failed")),
        ("mette@example.com", {"facts": {"authentication": "mx; dkim=fail (x)"}}, ("second_check", "authentication_failed")),
        ("mette@example.com", {"facts": {"dkim": "fail"}}, ("second_check", "authentication_failed")),
        ("mette@example.com", {"facts": {"authentication": {"dkim": "none", "spf": "neutral"}}},
         ("accepted", "address_on_file")),
        ("", {}, ("rejected", "mail_as_file")),
    ],
)  # fmt: skip
def test_a_mail_counts_from_an_address_on_file_and_doubts_go_to_a_second_person(sender, offered, expected):
    assert mail(sender, offered=offered) == expected


def test_a_yes_by_mail_is_bound_to_the_summary_too_whatever_it_quotes():
    reply = (
        "JA\n\nDen 3. marts 2026 kl. 12.00 skrev Kundeservice <main@prosam.example>:\n> Skriv ja, hvis ...\n"
    )
    assert mail(text=reply, summary="Fjern glas") == ("accepted", "yes_to_summary")
    assert mail(text=reply) == ("rejected", "yes_without_summary")
    assert mail(text="> kun citat") == ("rejected", "no_text")
    failed = {"facts": {"authentication": {"dmarc": "fail"}}}
    assert mail(text=reply, summary="x", offered=failed) == ("second_check", "authentication_failed")


def test_only_what_the_sender_wrote_counts():
    assert own_words("Ja\n-----Original Message-----\nNej") == "Ja"
    assert own_words("Nej\n\nFra: Desk\nSendt: i dag\nTil: Mette\nEmne: x\n\nSvar JA") == "Nej"
    moved = "Ny adresse\nFra: Gammelvej 1\nTil: Nyvej 2\nDato: 1. juni"
    assert own_words(moved) == moved
    assert own_words("Ja\n________________________________\nFra: x") == "Ja"
    assert own_words("On Tue, 3 Mar 2026 at 12:00, Desk <a@example.com> wrote:\n> x\n") == ""


# the closed list


@pytest.mark.parametrize("channel", ["phone", "recording", "whatsapp", "note", "chat", "letter", ""])
def test_a_channel_that_is_not_on_the_list_is_rejected(channel):
    assert verdict(channel, {"from": "+4571999901", "text": "Slet min police"}) == (
        "rejected",
        "channel_not_listed",
    )


@pytest.mark.parametrize("channel", ["messenger", "sms", "mail"])
@pytest.mark.parametrize("form", ["bounce", "out_of_office", "receipt"])
def test_what_no_person_wrote_is_no_evidence(channel, form):
    offered = {"from": "mette@example.com", "text": "Slet", "form": form, "files": (SCREENSHOT,)}
    assert verdict(channel, offered) == ("rejected", "not_an_answer")


def test_a_plugin_may_add_a_channel_but_not_loosen_one_of_the_list():
    yes = {"accepted": True, "verdict": "accepted", "reason": "x"}
    judged = judge_with({"mitid": lambda *_: yes, "sms": lambda *_: yes})
    assert judged("mitid", {}, {}, NOW, {}) == yes
    assert judged("sms", {"from": "METTE", "text": "x"}, DATA, NOW, CONTEXT)["verdict"] == "rejected"


@pytest.mark.parametrize(
    "offered", [{}, {"files": None}, {"files": (None,)}, {"from": None, "text": None, "facts": None}]
)
@pytest.mark.parametrize("channel", ["messenger", "sms", "mail"])
def test_nothing_offered_is_rejected_and_never_an_error(channel, offered):
    assert not judge(channel, offered, {}, NOW, {})["accepted"]


@pytest.mark.parametrize(
    ("written", "number"),
    [("+45 71 99 99 01", "+4571999901"), ("71999901", "+4571999901"), ("0047 99999901", "+4799999901"),
     ("4571999901", "+4571999901"), ("METTE", None), ("٧١٩٩٩٩٠١", None), ("12", None), (None, None)],
)  # fmt: skip
def test_numbers_are_compared_in_one_form(written, number):
    assert e164(written) == number
