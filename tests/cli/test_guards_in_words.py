"""Guards are told in sentences that a clerk can read, in both languages, with what the owner wrote behind them."""

from typing import Any

import pytest

#: (guard, why it does not hold in English, in Danish). Nothing is set in the case but `kn`, `calm` and `ends`.
NOT_NOW = (
    ("photo != null", "photo is missing", "photo mangler"),
    ("kn == null", "“Customer number” is given", "“Kundenummer” er angivet"),
    ('carrier == "PROSAM"', "carrier is missing", "carrier mangler"),
    ('kn == "999999"', "“Customer number” is not “999999”", "“Kundenummer” er ikke “999999”"),
    ('kn != "104233"', "“Customer number” is “104233”", "“Kundenummer” er “104233”"),
    ('"999999" == kn', "“Customer number” is not “999999”", "“Kundenummer” er ikke “999999”"),
    ("worth > 5", "“Worth” is missing", "“Værdi” mangler"),
    ("pieces < 3", "pieces is at least 3", "pieces er mindst 3"),
    ("pieces <= 3", "pieces is more than 3", "pieces er mere end 3"),
    ("10 < pieces", "pieces is at most 10", "pieces er højst 10"),
    ("pieces >= 10", "pieces is less than 10", "pieces er mindre end 10"),
    ("ends < date(now)", "ends is no earlier than now", "ends er tidligst nu"),
    ('kn in ["1", "2"]', "“Customer number” is none of “1”, “2”", "“Kundenummer” er ingen af “1”, “2”"),
    ('carrier in ["KAB"]', "carrier is missing", "carrier mangler"),
    ('"x" in tags', "tags does not hold “x”", "tags indeholder ikke “x”"),
    ("kn in tags", "“Customer number” is not among tags", "“Kundenummer” er ikke blandt tags"),
    ("!calm", "“Is the customer calm” is yes", "“Er kunden rolig” er ja"),
    ("calm == false", "“Is the customer calm” is yes", "“Er kunden rolig” er ja"),
    ("angry", "angry is missing", "angry mangler"),
    ("!(calm && kn != null)", "“Is the customer calm” is yes; “Customer number” is given", "“Er kunden rolig” er ja; “Kundenummer” er angivet"),
    ("calm && photo != null", "photo is missing", "photo mangler"),
    ("photo != null || pieces < 3", "photo is missing; pieces is at least 3", "photo mangler; pieces er mindst 3"),
    ("has(proof.file)", "file of proof is missing", "fil for proof mangler"),
    ("proof.accepted", "proof is not accepted", "proof er ikke godkendt"),
    ('"lead" in actor.roles', "you do not have the role “Duty lead”", "du har ikke rollen “Vagtleder”"),
    ('actor in members("lead")', "you do not have the role “Duty lead”", "du har ikke rollen “Vagtleder”"),
    ('keeper in members("lead")', "keeper is missing", "keeper mangler"),
    ("keeper == actor", "keeper is missing", "keeper mangler"),
    ('actor.id == "qll"', "you are not Lis Test", "du er ikke Lis Test"),
    ('missed("answer")', "the deadline “The answer is given” was not missed", "fristen “Svaret er givet” er ikke overskredet"),
    ('count("try_it") > 0', "“Try it” was not taken yet", "“Prøv det” er ikke valgt endnu"),
    ('count("try_it") >= 3', "“Try it” was taken fewer than 3 times", "“Prøv det” er valgt færre end 3 gange"),
    ('count_today("try_it") != 0', "“Try it” was not taken today", "“Prøv det” er ikke valgt i dag"),
    ('who("try_it") != null', "“Try it” was not taken yet", "“Prøv det” er ikke valgt endnu"),
    ('did("mail.send")', "“mail.send” was not asked for yet", "“mail.send” er ikke bestilt endnu"),
    ('state("over")', "the case is not in “Over and done”", "sagen er ikke i “Slut”"),
    ("closed()", "the case is open", "sagen er åben"),
    ('absent("qaa")', "Anna Test is not absent", "Anna Test er ikke fraværende"),
    ("!open_at(now)", "we are open now", "der er åbent nu"),
    ("size(tags) > 0", "tags is empty", "tags er tom"),
    ("tags != []", "tags is empty", "tags er tom"),
    ('cases("errand", {kn: kn}) != []', "there is no open case of “errand”", "der er ingen åben sag af “errand”"),
    ('kn.startsWith("9")', "“Customer number” does not begin with “9”", "“Kundenummer” begynder ikke med “9”"),
    ('kn.matches("^[A-Z]{2}$")', "“Customer number” does not have the form: 2 capital letters", "“Kundenummer” har ikke formen: 2 store bogstaver"),
    ('tags.exists(t, t == "x")', "for none of tags: t is “x”", "for ingen af tags: t er “x”"),
    ('due("answer") == null', "the due time of “The answer is given” is given", "tidspunktet for “Svaret er givet” er angivet"),
    ('decide("desk", {worth: pieces}).who == "two"', "“who” in the table “Who looks” is not “two”", "“who” i tabellen “Hvem ser på det” er ikke “two”"),
    ('pieces + 1 > 100', "pieces + 1 is at most 100", "pieces + 1 er højst 100"),
)  # fmt: skip

FILE = """\
procedure: guards
title: {da: Vagter, en: Guards}
owner: lead
starts: [{by: agent}]
data:
  kn: {type: customer_number}
  photo: {type: file}
  carrier: {enum: [PROSAM, FIRST, KAB]}
  worth: {type: number, label: {da: Værdi, en: Worth}}
  pieces: {type: integer}
  ends: {type: date}
  tags: {type: array, items: {type: string}}
  marks: {type: array, items: {type: string}, default: [a, b]}
  share: {type: number, default: 2.5}
  calm: {type: boolean, label: {da: Er kunden rolig, en: Is the customer calm}}
  angry: {type: boolean}
  proof: {type: evidence}
  keeper: {type: person}
decisions:
  desk:
    title: {da: Hvem ser på det, en: Who looks}
    hit: first
    inputs: {worth: integer}
    rows: [{worth: "> 5", gives: {who: one}}, {gives: {who: two}}]
initial: here
states:
  here:
    task: {role: agent}
    choices:
      try_it: {label: {da: Prøv det, en: Try it}, ask: [kn, pieces, ends, calm]}
      set_it: {ask: [photo, carrier, worth, tags, angry, keeper], to: over}
      listed: {when: 'marks == [] || share > 3 || ends == null || tags != []', to: over}
      entered: {ask: {sum: {type: integer, label: {da: Beløb, en: Amount}}}, when: "input.sum > pieces", to: over}
%s
  over: {final: true, title: {da: Slut, en: Over and done}}
deadlines:
  answer: {title: {da: Svaret er givet, en: The answer is given}, starts: opening, within: 4 working days, met: choice set_it}
"""


@pytest.fixture
def guarded(desk: Any) -> Any:
    choices = "\n".join(
        f"      c{n}: {{when: '{guard}', to: over}}" for n, (guard, _, _) in enumerate(NOT_NOW)
    )
    desk.write("procedures/guards/procedure.yaml", FILE % choices)
    opened = ("kn=104233", "pieces=7", "ends=2026-06-01", "calm=yes")
    desk.ok("open", "guards", *(part for pair in opened for part in ("--with", pair)))
    return desk


def test_every_kind_of_guard_is_a_sentence_in_both_languages(guarded: Any) -> None:
    for language, place, now in (("en", 1, "now: "), ("da", 2, "nu: ")):
        choices = {c["name"]: c for c in guarded.json("why", "1", "--lang", language)["choices"]}
        told = [choices[f"c{n}"]["refusal"]["message"].partition(now)[2] for n in range(len(NOT_NOW))]
        assert told == [case[place] for case in NOT_NOW]


def test_a_refusal_says_what_is_missing_and_shows_what_the_owner_wrote_on_the_line_after_it(
    guarded: Any,
) -> None:
    done = guarded.run("do", "1", "c0")
    said, place = done.stderr.splitlines()
    assert said == "Refused: “c0” is not offered now: photo is missing"
    assert place.startswith("    procedures/guards/procedure.yaml:") and place.endswith("  photo != null")
    entered = guarded.run("do", "1", "entered", "--with", "sum=3", "--lang", "da").stderr
    assert "“Beløb” er højst pieces" in entered and "input.sum > pieces" in entered
    assert " 3" not in entered.partition("\n")[0], "what was entered is not repeated"


def test_why_tells_a_guard_part_by_part_with_the_values_that_are_news(guarded: Any) -> None:
    printed = guarded.ok("why", "1", "c20").splitlines()
    assert "      ✗ all of these:" in printed
    assert "        ✓ “Is the customer calm” is yes   [calm]" in printed
    assert "        ✗ photo is missing   [photo != null]" in printed
    either = guarded.ok("why", "1", "c21", "--lang", "da").splitlines()
    assert "      ✗ ét af disse:" in either
    assert "        ✗ pieces er mindst 3   [pieces < 3]" in either
    assert "          = pieces: 7" in either
    order = guarded.ok("why", "1", "c11").splitlines()
    assert "      ✗ ends is no earlier than now   [ends < date(now)]" in order
    assert "        = ends: Monday 1 June 2026" in order
    unseen = guarded.ok("why", "1", "c19")
    assert "not looked at" not in unseen
    later = guarded.ok("why", "1", "entered")
    assert "decided by what is entered" in later


def test_values_of_a_guard_are_told_to_programs_as_values(guarded: Any) -> None:
    (choice,) = guarded.json("why", "1", "listed")["choices"]
    guard = choice["alternatives"][0]["guard"]
    values = {part["text"]: part["value"] for joint in guard["parts"] for part in joint["parts"]}
    assert values == {"marks": ["a", "b"], "share": 2.5, "ends": "2026-06-01", "tags": []}
    assert "✗ tags: not set" in guarded.ok("why", "1", "listed")
