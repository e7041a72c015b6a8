"""What a sender wrote and what a program quoted, and what of it is taken for the wish (PRO-20)."""

from datetime import UTC, datetime

import pytest

from procflow.builtin.evidence import judge, own_words

NOW = datetime(2026, 3, 3, 11, 4, tzinfo=UTC)
CHANGE = "Fjern glasdækning på P-20011 fra 1. juli"
SENT = f"Du ønsker: {CHANGE} - Svar JA, hvis det er rigtigt. Venlig hilsen PROSAM"
DATA = {"change": CHANGE}
CONTEXT = {
    "phones_on_file": ("+4571999901",), "addresses_on_file": ("mette@example.com",), "names": ("Mette Holm",),
    "summary": {"text": CHANGE}, "covers": ("change",),
}  # fmt: skip
DESK = "Desk <main@prosam.example>"
QUOTED = f"> {SENT}\n>\n> Ring 70 22 84 48"


def both(text, **more):
    """(verdict, code) of a text by SMS and by mail, which must be the same."""
    found = []
    for channel, sender in (("sms", "+4571999901"), ("mail", "mette@example.com")):
        offered = {"from": sender, "text": text, "received": NOW, **more}
        given = judge(channel, offered, DATA, NOW, CONTEXT)
        code = given["reason"]["code"]
        found.append((given["verdict"], "on_file" if code.endswith("_on_file") else code))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    "below",
    [
        f"søn. 1. mars 2026 kl. 10:12 skrev {DESK}:\n\n{QUOTED}",
        f"Op zo 1 mrt 2026 om 10:12 schreef {DESK}:\n\n{QUOTED}",
        f"Le dim. 1 mars 2026 à 10:12, {DESK} a écrit :\n\n{QUOTED}",
        f"{DESK} skrev den 1. marts 2026 10:12:\n\n{SENT}",
        f"søndag den 1. marts 2026 10:12, {DESK} skrev:\n\n{SENT}",
        f"----- Den 1. mar, 2026, kl. 10:12, Desk main@prosam.example skrev:\n{QUOTED}",
        f"Den søn. 1. mar. 2026 kl. 10.12 skrev Kundeservice hos\nPROSAM Forsikring <\nmain@prosam.example>:\n\n{QUOTED}",
        f"Fra:\tDesk\nTil:\tMette Holm\nDato:\t01-03-2026 10:12\nEmne:\tDit ønske\n\n{SENT}",
        f"From:        Desk\nTo:        Mette Holm\nDate:        01-03-2026\nSubject:        Dit ønske\n\n{SENT}",
        f"-------- Oprindelig besked --------\nFra: {DESK}\nDato: 01.03.2026 10.12\nTil: mette@example.com\nEmne: x\n\n{SENT}",
        "Fra: Desk\nSendt: 1. marts 2026\nTil: A <a@example.com>; B\n<b@example.com>; C\n<c@example.com>; D\n"
        f"<d@example.com>\nCc: Anna\nEmne: Dit ønske\n\n{SENT}",
        f"Få Outlook til Android<https://aka.ms/AAb9ysg>\n________________________________\nFra: Desk\n{SENT}",
        f"Virusfri.www.avast.com <https://www.avast.com/sig-email>\n\nDen 1. marts 2026 kl. 10.12 skrev {DESK}:\n{QUOTED}",
    ],
)  # fmt: skip
def test_an_answer_above_is_told_from_what_any_program_quotes_below(below):
    assert both(f"Ja tak\n\n{below}") == ("accepted", "yes_to_summary")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"Den 1. marts 2026 kl. 10.12 skrev {DESK}:\n\n{QUOTED}\n\nJa tak\n", ("accepted", "yes_to_summary")),
        (f"On 01/03/2026 10:12, Desk wrote:\n{QUOTED}\n\nNej tak\n\nMette", ("rejected", "said_no")),
        (f"Ja\n\nDen 1. marts 2026 skrev {DESK}:\n{QUOTED}\n\nmen først fra august", ("second_check", "answer_unclear")),
        # torn off a quoted line by a program that breaks long ones: nobody wrote it
        (f"On 01/03/2026 10:12, Desk wrote:\n> {CHANGE} - Svar\nJA\n", ("rejected", "no_text")),
        (f"Den 1. marts 2026 kl. 10.12 skrev {DESK}:\n\n{SENT}\n\nJA\n", ("rejected", "no_text")),
    ],
)  # fmt: skip
def test_an_answer_below_a_quotation_counts_where_it_is_surely_the_sender_s(text, verdict):
    assert both(text) == verdict


def test_a_sentence_about_writing_is_no_introduction():
    wish = "Jeg skrev i går og ringede kl. 10:\nFjern glasdækning på P-20011"
    assert own_words(wish) == wish


@pytest.mark.parametrize(
    "signature", ["Sendt fra min iPhone", "-- \nMette Holm\n71 99 99 01", "Mvh\nMette Holm"]
)
def test_a_signature_alone_is_no_wish(signature):
    assert both(f"{signature}\n\nDen 1. marts 2026 kl. 10.12 skrev {DESK}:\n{QUOTED}") == (
        "second_check", "answer_unclear",
    )  # fmt: skip


@pytest.mark.parametrize(
    "reaction",
    ["Synes godt om “%s”", "Synes ikke om “%s”", "Liked “%s”", "Disliked “%s”", "Elskede „%s“", '👍 til "%s"', "Reacted 👎 to “%s…",
     "Removed a like from “%s”", "%s", '"%s"'],
)  # fmt: skip
def test_a_phone_s_reaction_to_our_text_and_our_text_sent_back_are_no_wish(reaction):
    assert both(reaction % SENT) == ("second_check", "answer_unclear")


@pytest.mark.parametrize(
    "text",
    ["Forkert nummer", "Det er forkert", "Det er ikke mig", "Passer ikke", "Jeg har ikke bedt om noget", "Ellers tak", "Ved ikke", "N e j",
     "N\u00adej tak nu", "Jeg vil ikke have fjernet glasdækning", "Fjern den ikke", "Fjern intet", "Vent lige",
     "Jeg vil ikke have fjernet glasdækningen længere", "Glasdækningen skal ikke ændres mere",
     "Mette Holm vil gerne tilbagekalde meddelelsen \"Glas\"", "Vi har modtaget din mail. Sagsnr. 20011", "Jeres mail blev læst",
     "Mette har reageret på din besked:\n\n👍", "I can't talk right now"],
)  # fmt: skip
def test_what_denies_takes_back_or_was_written_by_a_program_is_read_by_a_person(text):
    assert both(text) == ("second_check", "answer_unclear")


@pytest.mark.parametrize(
    "text",
    ["Ring til mig", "Tak for hjælpen", "God weekend", "Det er i orden", "Det lyder godt", "Kan I ringe i morgen", "Jeg kører bil lige nu",
     "Ændr min police, tak", "Fra 1. juli, tak", "Nyhedsbrev: spar 10 % på alt", "Slet hundeforsikringen på P-30022"],
)  # fmt: skip
def test_a_text_that_names_nothing_of_the_registered_wish_is_read_by_a_person(text):
    assert both(text) == ("second_check", "wish_not_named")


@pytest.mark.parametrize(
    "text",
    ["Fjern glasdækningen", "Slet glas på min police", "Remove the glass cover, please", "20011: væk fra 1/7", "Glasset skal væk",
     "Jeg vil ikke længere have glasdækning på P-20011", "Vi ønsker ikke at have glasdækning på bilen mere",
     "I don't want the glass cover any more", "Fjern glasdækningen, jeg skal ikke bruge den", "I do not need the glass cover any longer",
     "Opsig glasdækningen, vi har ingen brug for den"],
)  # fmt: skip
def test_a_text_that_names_the_wish_in_the_customer_s_own_words_counts(text):
    assert both(text) == ("accepted", "on_file")


def test_words_of_every_day_name_no_wish():
    wish = {"change": "Glasset skal være væk hurtigst muligt, og mailen skal sendes igen"}
    context = {**CONTEXT, "summary": None}
    for text in ("I skal ringe til mig", "Det skal være nu, hurtigst muligt", "Hvornår kommer svaret igen"):
        given = judge("sms", {"from": "+4571999901", "text": text}, wish, NOW, context)
        assert given["reason"]["code"] == "wish_not_named", text


def test_the_subject_of_a_new_mail_is_read_with_its_text():
    assert both("Gerne fra 1. juli", subject="Glasdækning på P-20011") == ("accepted", "on_file")
    assert both("Gerne fra 1. juli", subject="SV: Glasdækning på P-20011") == (
        "second_check",
        "wish_not_named",
    )
    assert both("", subject="Fjern glasdækning på P-20011") == ("second_check", "only_a_subject")
    assert both("", subject="Re: Glasdækning") == ("rejected", "no_text")


def test_where_nothing_is_registered_that_the_evidence_covers_any_wish_speaks_for_itself():
    given = judge(
        "sms",
        {"from": "+4571999901", "text": "Ring til mig i dag"},
        {},
        NOW,
        {**CONTEXT, "covers": ("change",)},
    )
    assert given["accepted"]


def test_a_long_text_of_a_hostile_kind_is_read_quickly():
    for text in ("@" * 50_000 + ":", ("skrev " * 10_000) + ":", "> x\n" * 50_000, "a@b \n" * 50_000):
        both(text)


@pytest.mark.parametrize(
    ("registered", "text", "named"),
    [
        ("K1234", "I need the key K1235", False), ("AB12345", "Remove AB 12346", False), ("AB12345", "It is ab12345", True),
        ("K12", "I need the key K12", True), ("K12", "I need the key K13", False), ("K12", "I need the key L12", False),
        ("AB12345", "12345, please", True), ("12-301", "The flat 12-301", True), ("12-301", "The flat 12-302", False),
    ],
)  # fmt: skip
def test_a_number_names_the_wish_only_where_it_is_that_very_number(
    registered: str, text: str, named: bool
) -> None:
    context = {**CONTEXT, "summary": None}
    given = judge("sms", {"from": "+4571999901", "text": text}, {"change": registered}, NOW, context)
    assert given["accepted"] == named, given
