"""Every kind of part of a guard, as it is told where it holds and where it does not, in both languages."""

from __future__ import annotations

import pytest

from procflow.core.explain import Explained, explain
from procflow.core.guard_words import GuardWords, guards_in_words
from procflow.core.scope import StepScope
from procflow.definitions.parse import parse_expression
from procflow.rehearsal.bench import ORGANISATION, Bench

HEAD = "procedure: errand\ntitle: {en: Errand, da: Ærinde}\nowner: lead\nstarts: [{by: agent}]\n"
ERRAND = """
data:
  kn: {type: string, label: {da: Kundenummer, en: Customer number}}
  pieces: {type: integer, default: 7}
  calm: {type: boolean, default: true, label: {da: Er kunden rolig., en: Is the customer calm.}}
  first_day: {type: date}
  tags: {type: array, items: {type: string}}
  proof: {type: evidence}
  filled: {type: string, label: {en: "Of ${kn}", da: "For ${kn}"}}
decisions:
  desk:
    title: {da: Hvem ser på det, en: Who looks}
    hit: first
    inputs: {worth: integer}
    rows: [{worth: "> 5", gives: {next_step: one}}, {gives: {next_step: two}}]
initial: here
states:
  here:
    title: {da: Her, en: Here}
    task: {role: agent}
    choices:
      try_it: {label: {da: Prøv det, en: Try it}, ask: [kn, {sum_paid: {type: integer, label: {da: Beløb, en: Amount}}}]}
      go_on: {to: over_and_done}
  over_and_done: {final: true}
deadlines:
  answer: {title: {da: Svaret er givet, en: The answer is given}, starts: opening, within: 4 working days, met: choice go_on}
  no_title: {starts: opening, within: 4 working days, met: choice go_on}
"""
ITS_PARAMETERS = """
parameters:
  most_tries: 3
  answer_within: 4 working days
  fan_out: minimal
  with_reason: true
"""

#: (part of a guard, told where it holds, and where it does not: English, then Danish)
SAID: tuple[tuple[str, str, str, str, str], ...] = (
    ('kn == "1"', '“Customer number” is “1”', '“Customer number” is not “1”', '“Kundenummer” er “1”', '“Kundenummer” er ikke “1”'),
    ('"1" != kn', '“Customer number” is not “1”', '“Customer number” is “1”', '“Kundenummer” er ikke “1”', '“Kundenummer” er “1”'),
    ('kn == null', '“Customer number” is missing', '“Customer number” is given', '“Kundenummer” mangler', '“Kundenummer” er angivet'),
    ('null != kn', '“Customer number” is given', '“Customer number” is missing', '“Kundenummer” er angivet', '“Kundenummer” mangler'),
    ('calm', '“Is the customer calm” is yes', '“Is the customer calm” is no', '“Er kunden rolig” er ja', '“Er kunden rolig” er nej'),
    ('!calm', '“Is the customer calm” is no', '“Is the customer calm” is yes', '“Er kunden rolig” er nej', '“Er kunden rolig” er ja'),
    ('calm == true', '“Is the customer calm” is yes', '“Is the customer calm” is no', '“Er kunden rolig” er ja', '“Er kunden rolig” er nej'),
    ('calm != true', '“Is the customer calm” is no', '“Is the customer calm” is yes', '“Er kunden rolig” er nej', '“Er kunden rolig” er ja'),
    ('calm == false', '“Is the customer calm” is no', '“Is the customer calm” is yes', '“Er kunden rolig” er nej', '“Er kunden rolig” er ja'),
    ('kn == true', '“Customer number” is yes', '“Customer number” is no', '“Kundenummer” er ja', '“Kundenummer” er nej'),
    ('kn == calm', '“Customer number” is “Is the customer calm”', '“Customer number” is not “Is the customer calm”', '“Kundenummer” er “Er kunden rolig”', '“Kundenummer” er ikke “Er kunden rolig”'),
    ('pieces < 3', 'pieces is less than 3', 'pieces is at least 3', 'pieces er mindre end 3', 'pieces er mindst 3'),
    ('pieces <= 3', 'pieces is at most 3', 'pieces is more than 3', 'pieces er højst 3', 'pieces er mere end 3'),
    ('pieces > 3', 'pieces is more than 3', 'pieces is at most 3', 'pieces er mere end 3', 'pieces er højst 3'),
    ('pieces >= 3', 'pieces is at least 3', 'pieces is less than 3', 'pieces er mindst 3', 'pieces er mindre end 3'),
    ('3 < pieces', 'pieces is more than 3', 'pieces is at most 3', 'pieces er mere end 3', 'pieces er højst 3'),
    ('3 <= pieces', 'pieces is at least 3', 'pieces is less than 3', 'pieces er mindst 3', 'pieces er mindre end 3'),
    ('3 > pieces', 'pieces is less than 3', 'pieces is at least 3', 'pieces er mindre end 3', 'pieces er mindst 3'),
    ('3 >= pieces', 'pieces is at most 3', 'pieces is more than 3', 'pieces er højst 3', 'pieces er mere end 3'),
    ('[1] == tags', 'tags is 1', 'tags is not 1', 'tags er 1', 'tags er ikke 1'),
    ('tags == []', 'tags is empty', 'tags is not empty', 'tags er tom', 'tags er ikke tom'),
    ('tags != []', 'tags is not empty', 'tags is empty', 'tags er ikke tom', 'tags er tom'),
    ('kn in ["1", "2"]', '“Customer number” is one of “1”, “2”', '“Customer number” is none of “1”, “2”', '“Kundenummer” er en af “1”, “2”', '“Kundenummer” er ingen af “1”, “2”'),
    ('kn in [calm]', '“Customer number” is one of “Is the customer calm”', '“Customer number” is none of “Is the customer calm”', '“Kundenummer” er en af “Er kunden rolig”', '“Kundenummer” er ingen af “Er kunden rolig”'),
    ('"x" in tags', 'tags holds “x”', 'tags does not hold “x”', 'tags indeholder “x”', 'tags indeholder ikke “x”'),
    ('kn in tags', '“Customer number” is among tags', '“Customer number” is not among tags', '“Kundenummer” er blandt tags', '“Kundenummer” er ikke blandt tags'),
    ('"lead" in actor.roles', 'you have the role “Duty lead”', 'you do not have the role “Duty lead”', 'du har rollen “Vagtleder”', 'du har ikke rollen “Vagtleder”'),
    ('"lead" in keeper.roles', 'keeper has the role “Duty lead”', 'keeper does not have the role “Duty lead”', 'keeper har rollen “Vagtleder”', 'keeper har ikke rollen “Vagtleder”'),
    ('actor in members("lead")', 'you have the role “Duty lead”', 'you do not have the role “Duty lead”', 'du har rollen “Vagtleder”', 'du har ikke rollen “Vagtleder”'),
    ('actor.id in members("lead")', 'you have the role “Duty lead”', 'you do not have the role “Duty lead”', 'du har rollen “Vagtleder”', 'du har ikke rollen “Vagtleder”'),
    ('keeper in members("agent")', 'keeper has the role “Service agent”', 'keeper does not have the role “Service agent”', 'keeper har rollen “Kundeservice”', 'keeper har ikke rollen “Kundeservice”'),
    ('kn == actor', 'you are “Customer number”', 'you are not “Customer number”', 'du er “Kundenummer”', 'du er ikke “Kundenummer”'),
    ('actor.id != "bob"', 'you are not Bob Test', 'you are Bob Test', 'du er ikke Bob Test', 'du er Bob Test'),
    ('actor == keeper', 'you are keeper', 'you are not keeper', 'du er keeper', 'du er ikke keeper'),
    ('actor.id == who("try_it")', 'you are whoever took “Try it”', 'you are not whoever took “Try it”', 'du er den, der valgte “Prøv det”', 'du er ikke den, der valgte “Prøv det”'),
    ('who("try_it") == null', '“Try it” was not taken yet', '“Try it” was taken', '“Prøv det” er ikke valgt endnu', '“Prøv det” er valgt'),
    ('who("try_it") != null', '“Try it” was taken', '“Try it” was not taken yet', '“Prøv det” er valgt', '“Prøv det” er ikke valgt endnu'),
    ('who("try_it") == keeper', 'whoever took “Try it” is keeper', 'whoever took “Try it” is not keeper', 'den, der valgte “Prøv det” er keeper', 'den, der valgte “Prøv det” er ikke keeper'),
    ('calm && pieces > 3', '“Is the customer calm” is yes and pieces is more than 3', '“Is the customer calm” is no or pieces is at most 3', '“Er kunden rolig” er ja og pieces er mere end 3', '“Er kunden rolig” er nej eller pieces er højst 3'),
    ('calm || pieces > 3', '“Is the customer calm” is yes or pieces is more than 3', '“Is the customer calm” is no and pieces is at most 3', '“Er kunden rolig” er ja eller pieces er mere end 3', '“Er kunden rolig” er nej og pieces er højst 3'),
    ('!(calm && pieces > 3)', '“Is the customer calm” is no or pieces is at most 3', '“Is the customer calm” is yes and pieces is more than 3', '“Er kunden rolig” er nej eller pieces er højst 3', '“Er kunden rolig” er ja og pieces er mere end 3'),
    ('!(calm || !proof.accepted)', '“Is the customer calm” is no and proof is accepted', '“Is the customer calm” is yes or proof is not accepted', '“Er kunden rolig” er nej og proof er godkendt', '“Er kunden rolig” er ja eller proof er ikke godkendt'),
    ('has(proof.file)', 'file of proof is given', 'file of proof is missing', 'fil for proof er angivet', 'fil for proof mangler'),
    ('proof.accepted', 'proof is accepted', 'proof is not accepted', 'proof er godkendt', 'proof er ikke godkendt'),
    ('proof_of(message).accepted', 'the message is accepted as evidence', 'the message is not accepted as evidence', 'beskeden er godkendt som bevis', 'beskeden er ikke godkendt som bevis'),
    ('evidence("mail", kn).accepted', '“Customer number” is accepted as evidence', '“Customer number” is not accepted as evidence', '“Kundenummer” er godkendt som bevis', '“Kundenummer” er ikke godkendt som bevis'),
    ('evidence(kn).accepted', '`evidence(kn)` is accepted', '`evidence(kn)` is not accepted', '`evidence(kn)` er godkendt', '`evidence(kn)` er ikke godkendt'),
    ('message.accepted', 'message is accepted', 'message is not accepted', 'message er godkendt', 'message er ikke godkendt'),
    ('input.ticked', 'ticked is yes', 'ticked is no', 'ticked er ja', 'ticked er nej'),
    ('closed()', 'the case is closed', 'the case is open', 'sagen er afsluttet', 'sagen er åben'),
    ('missed("answer")', 'the deadline “The answer is given” was missed', 'the deadline “The answer is given” was not missed', 'fristen “Svaret er givet” er overskredet', 'fristen “Svaret er givet” er ikke overskredet'),
    ('missed("no_title")', 'the deadline “no title” was missed', 'the deadline “no title” was not missed', 'fristen “no title” er overskredet', 'fristen “no title” er ikke overskredet'),
    ('missed("unknown_one")', 'the deadline “unknown one” was missed', 'the deadline “unknown one” was not missed', 'fristen “unknown one” er overskredet', 'fristen “unknown one” er ikke overskredet'),
    ('state("here")', 'the case is in “Here”', 'the case is not in “Here”', 'sagen er i “Her”', 'sagen er ikke i “Her”'),
    ('state("over_and_done")', 'the case is in “over and done”', 'the case is not in “over and done”', 'sagen er i “over and done”', 'sagen er ikke i “over and done”'),
    ('state("unknown_one")', 'the case is in “unknown one”', 'the case is not in “unknown one”', 'sagen er i “unknown one”', 'sagen er ikke i “unknown one”'),
    ('did("mail.send")', '“mail.send” was asked for', '“mail.send” was not asked for yet', '“mail.send” er bestilt', '“mail.send” er ikke bestilt endnu'),
    ('did(kn)', '“Customer number” was asked for', '“Customer number” was not asked for yet', '“Kundenummer” er bestilt', '“Kundenummer” er ikke bestilt endnu'),
    ('absent("bob")', 'Bob Test is absent', 'Bob Test is not absent', 'Bob Test er fraværende', 'Bob Test er ikke fraværende'),
    ('absent(keeper)', 'keeper is absent', 'keeper is not absent', 'keeper er fraværende', 'keeper er ikke fraværende'),
    ('absent(actor.id)', 'you are absent', 'you are not absent', 'du er fraværende', 'du er ikke fraværende'),
    ('absent(actor)', 'you are absent', 'you are not absent', 'du er fraværende', 'du er ikke fraværende'),
    ('open_at(now)', 'we are open now', 'we are closed now', 'der er åbent nu', 'der er lukket nu'),
    ('open_at(first_day)', 'we are open at first day', 'we are closed at first day', 'der er åbent på first day', 'der er lukket på first day'),
    ('kn.startsWith("1")', '“Customer number” begins with “1”', '“Customer number” does not begin with “1”', '“Kundenummer” begynder med “1”', '“Kundenummer” begynder ikke med “1”'),
    ('kn.endsWith("1")', '“Customer number” ends with “1”', '“Customer number” does not end with “1”', '“Kundenummer” ender med “1”', '“Kundenummer” ender ikke med “1”'),
    ('kn.contains("1")', '“Customer number” contains “1”', '“Customer number” does not contain “1”', '“Kundenummer” indeholder “1”', '“Kundenummer” indeholder ikke “1”'),
    ('kn.matches("^[0-9]{6}$")', '“Customer number” has the form: 6 digits', '“Customer number” does not have the form: 6 digits', '“Kundenummer” har formen: 6 cifre', '“Kundenummer” har ikke formen: 6 cifre'),
    ('kn.matches("(?=a)b|c")', '“Customer number” has the form: `(?=a)b|c`', '“Customer number” does not have the form: `(?=a)b|c`', '“Kundenummer” har formen: `(?=a)b|c`', '“Kundenummer” har ikke formen: `(?=a)b|c`'),
    ('param("with_reason")', '“with reason” is yes', '“with reason” is no', '“with reason” er ja', '“with reason” er nej'),
    ('holiday(first_day)', '`holiday(first_day)` is yes', '`holiday(first_day)` is no', '`holiday(first_day)` er ja', '`holiday(first_day)` er nej'),
    ('count("try_it") > 0', '“Try it” was taken', '“Try it” was not taken yet', '“Prøv det” er valgt', '“Prøv det” er ikke valgt endnu'),
    ('count("try_it") == 0', '“Try it” was not taken yet', '“Try it” was taken', '“Prøv det” er ikke valgt endnu', '“Prøv det” er valgt'),
    ('count("try_it") < 1', '“Try it” was not taken yet', '“Try it” was taken', '“Prøv det” er ikke valgt endnu', '“Prøv det” er valgt'),
    ('count("try_it") <= 0', '“Try it” was not taken yet', '“Try it” was taken', '“Prøv det” er ikke valgt endnu', '“Prøv det” er valgt'),
    ('count("try_it") != 0', '“Try it” was taken', '“Try it” was not taken yet', '“Prøv det” er valgt', '“Prøv det” er ikke valgt endnu'),
    ('count("try_it") >= 1', '“Try it” was taken', '“Try it” was not taken yet', '“Prøv det” er valgt', '“Prøv det” er ikke valgt endnu'),
    ('count("go_on") > 1', '“go on” was taken more than 1 time', '“go on” was taken at most 1 time', '“go on” er valgt mere end 1 gang', '“go on” er valgt højst 1 gang'),
    ('count("go_on") == 1', '“go on” was taken exactly 1 time', '“go on” was taken not exactly 1 time', '“go on” er valgt netop 1 gang', '“go on” er valgt ikke netop 1 gang'),
    ('count("go_on") == 2', '“go on” was taken exactly 2 times', '“go on” was taken not exactly 2 times', '“go on” er valgt netop 2 gange', '“go on” er valgt ikke netop 2 gange'),
    ('count("go_on") != 2', '“go on” was taken not exactly 2 times', '“go on” was taken exactly 2 times', '“go on” er valgt ikke netop 2 gange', '“go on” er valgt netop 2 gange'),
    ('count("go_on") < 3', '“go on” was taken fewer than 3 times', '“go on” was taken at least 3 times', '“go on” er valgt færre end 3 gange', '“go on” er valgt mindst 3 gange'),
    ('count("go_on") <= 3', '“go on” was taken at most 3 times', '“go on” was taken more than 3 times', '“go on” er valgt højst 3 gange', '“go on” er valgt mere end 3 gange'),
    ('count("go_on") >= 3', '“go on” was taken at least 3 times', '“go on” was taken fewer than 3 times', '“go on” er valgt mindst 3 gange', '“go on” er valgt færre end 3 gange'),
    ('2 < count("go_on")', '“go on” was taken more than 2 times', '“go on” was taken at most 2 times', '“go on” er valgt mere end 2 gange', '“go on” er valgt højst 2 gange'),
    ('count("try_it") > pieces', '“Try it” was taken more than pieces times', '“Try it” was taken at most pieces times', '“Prøv det” er valgt mere end pieces gange', '“Prøv det” er valgt højst pieces gange'),
    ('count_today("try_it") > 0', '“Try it” was taken today', '“Try it” was not taken today', '“Prøv det” er valgt i dag', '“Prøv det” er ikke valgt i dag'),
    ('count_today("try_it") == 0', '“Try it” was not taken today', '“Try it” was taken today', '“Prøv det” er ikke valgt i dag', '“Prøv det” er valgt i dag'),
    ('count_today("try_it") >= 2', '“Try it” was taken at least 2 times today', '“Try it” was taken fewer than 2 times today', '“Prøv det” er valgt mindst 2 gange i dag', '“Prøv det” er valgt færre end 2 gange i dag'),
    ('count_today("try_it") == 1', '“Try it” was taken exactly 1 time today', '“Try it” was taken not exactly 1 time today', '“Prøv det” er valgt netop 1 gang i dag', '“Prøv det” er valgt ikke netop 1 gang i dag'),
    ('size(tags) > 0', 'tags is not empty', 'tags is empty', 'tags er ikke tom', 'tags er tom'),
    ('size(tags) == 0', 'tags is empty', 'tags is not empty', 'tags er tom', 'tags er ikke tom'),
    ('size(tags) > 2', 'the number of tags is more than 2', 'the number of tags is at most 2', 'antallet af tags er mere end 2', 'antallet af tags er højst 2'),
    ('tags.size() < 1', 'tags is empty', 'tags is not empty', 'tags er tom', 'tags er ikke tom'),
    ('size(cases("errand", {kn: kn})) > 0', 'there is an open case of “errand”', 'there is no open case of “errand”', 'der er en åben sag af “errand”', 'der er ingen åben sag af “errand”'),
    ('cases("errand", {kn: kn}) == []', 'there is no open case of “errand”', 'there is an open case of “errand”', 'der er ingen åben sag af “errand”', 'der er en åben sag af “errand”'),
    ('tags.exists(t, t == kn)', 'for one of tags: t is “Customer number”', 'for none of tags: t is “Customer number”', 'for en af tags: t er “Kundenummer”', 'for ingen af tags: t er “Kundenummer”'),
    ('tags.all(t, t != kn)', 'for all of tags: t is not “Customer number”', 'not for all of tags: t is not “Customer number”', 'for alle af tags: t er ikke “Kundenummer”', 'ikke for alle af tags: t er ikke “Kundenummer”'),
    ('tags.exists_one(t, t == "x")', 'for exactly one of tags: t is “x”', 'not for exactly one of tags: t is “x”', 'for netop en af tags: t er “x”', 'ikke for netop en af tags: t er “x”'),
    ('tags.exists(t, t == "x" && calm)', 'for one of tags: t is “x” and “Is the customer calm” is yes', 'for none of tags: t is “x” and “Is the customer calm” is yes', 'for en af tags: t er “x” og “Er kunden rolig” er ja', 'for ingen af tags: t er “x” og “Er kunden rolig” er ja'),
    ('true', 'this holds', 'this does not hold', 'dette gælder', 'dette gælder ikke'),
    ('false', 'this holds', 'this does not hold', 'dette gælder', 'dette gælder ikke'),
    ('pieces + 1 - 2 > 100', 'pieces + 1 - 2 is more than 100', 'pieces + 1 - 2 is at most 100', 'pieces + 1 - 2 er mere end 100', 'pieces + 1 - 2 er højst 100'),
    ('-pieces < 1', '-pieces is less than 1', '-pieces is at least 1', '-pieces er mindre end 1', '-pieces er mindst 1'),
    ('tags[0] == "x"', '0 in tags is “x”', '0 in tags is not “x”', '0 i tags er “x”', '0 i tags er ikke “x”'),
    ('input.sum_paid > 5', '“Amount” is more than 5', '“Amount” is at most 5', '“Beløb” er mere end 5', '“Beløb” er højst 5'),
    ('input.kn == null', '“Customer number” is missing', '“Customer number” is given', '“Kundenummer” mangler', '“Kundenummer” er angivet'),
    ('input.filled == null', 'filled is missing', 'filled is given', 'filled mangler', 'filled er angivet'),
    ('input.unheard_of == null', 'unheard of is missing', 'unheard of is given', 'unheard of mangler', 'unheard of er angivet'),
    ('filled == null', 'filled is missing', 'filled is given', 'filled mangler', 'filled er angivet'),
    ('first_day < date(now)', 'first day is less than now', 'first day is at least now', 'first day er mindre end nu', 'first day er mindst nu'),
    ('int(kn) > 3', '“Customer number” is more than 3', '“Customer number” is at most 3', '“Kundenummer” er mere end 3', '“Kundenummer” er højst 3'),
    ('lower(kn) == "x"', '“Customer number” is “x”', '“Customer number” is not “x”', '“Kundenummer” er “x”', '“Kundenummer” er ikke “x”'),
    ('message.subject == null', "the message's subject is missing", "the message's subject is given", 'beskedens emne mangler', 'beskedens emne er angivet'),
    ('message.text == "x"', "the message's text is “x”", "the message's text is not “x”", 'beskedens tekst er “x”', 'beskedens tekst er ikke “x”'),
    ('message.some_part == "x"', "the message's some part is “x”", "the message's some part is not “x”", 'beskedens some part er “x”', 'beskedens some part er ikke “x”'),
    ('result.outcome == "done"', "the answer's outcome is “done”", "the answer's outcome is not “done”", 'svarets udfald er “done”', 'svarets udfald er ikke “done”'),
    ('case.opened < now', "the case's opened is less than now", "the case's opened is at least now", 'sagens åbning er mindre end nu', 'sagens åbning er mindst nu'),
    ('case.number == 3', "the case's number is 3", "the case's number is not 3", 'sagens nummer er 3', 'sagens nummer er ikke 3'),
    ('actor.name == "x"', 'your name is “x”', 'your name is not “x”', 'dit navn er “x”', 'dit navn er ikke “x”'),
    ('actor.phone == null', 'your phone is missing', 'your phone is given', 'din telefon mangler', 'din telefon er angivet'),
    ('keeper.mail == "x"', 'mail of keeper is “x”', 'mail of keeper is not “x”', 'mail for keeper er “x”', 'mail for keeper er ikke “x”'),
    ('keeper.own_word == "x"', 'own word of keeper is “x”', 'own word of keeper is not “x”', 'own word for keeper er “x”', 'own word for keeper er ikke “x”'),
    ('decide("desk", {worth: pieces}).next_step == "one"', '“next step” in the table “Who looks” is “one”', '“next step” in the table “Who looks” is not “one”', '“next step” i tabellen “Hvem ser på det” er “one”', '“next step” i tabellen “Hvem ser på det” er ikke “one”'),
    ('decide("no_desk", {worth: pieces}).code == "one"', '“code” in the table “no desk” is “one”', '“code” in the table “no desk” is not “one”', '“kode” i tabellen “no desk” er “one”', '“kode” i tabellen “no desk” er ikke “one”'),
    ('table("kc_codes")[kn] == null', '“Customer number” in the table “kc codes” is missing', '“Customer number” in the table “kc codes” is given', '“Kundenummer” i tabellen “kc codes” mangler', '“Kundenummer” i tabellen “kc codes” er angivet'),
    ('table("kc_codes").roles == null', '“roles” in the table “kc codes” is missing', '“roles” in the table “kc codes” is given', '“roller” i tabellen “kc codes” mangler', '“roller” i tabellen “kc codes” er angivet'),
    ('due("answer") < now', 'the due time of “The answer is given” is less than now', 'the due time of “The answer is given” is at least now', 'tidspunktet for “Svaret er givet” er mindre end nu', 'tidspunktet for “Svaret er givet” er mindst nu'),
    ('due("no_title") == null', 'the due time of “no title” is missing', 'the due time of “no title” is given', 'tidspunktet for “no title” mangler', 'tidspunktet for “no title” er angivet'),
    ('act_by("answer") < now', 'the last open time before “The answer is given” is due is less than now', 'the last open time before “The answer is given” is due is at least now', 'den sidste åbne tid, før “Svaret er givet” udløber er mindre end nu', 'den sidste åbne tid, før “Svaret er givet” udløber er mindst nu'),
    ('mate(actor) == null', 'your team mate is missing', 'your team mate is given', 'din makker mangler', 'din makker er angivet'),
    ('mate(keeper) == keeper', 'the team mate of keeper is keeper', 'the team mate of keeper is not keeper', 'makkeren til keeper er keeper', 'makkeren til keeper er ikke keeper'),
    ('add_time(first_day, "4 working days") < now', '4 working days after first day is less than now', '4 working days after first day is at least now', '4 arbejdsdage efter first day er mindre end nu', '4 arbejdsdage efter first day er mindst nu'),
    ('add_time(first_day, kn) < now', '“Customer number” after first day is less than now', '“Customer number” after first day is at least now', '“Kundenummer” efter first day er mindre end nu', '“Kundenummer” efter first day er mindst nu'),
    ('add_time(first_day) < now', '`add_time(first_day)` is less than now', '`add_time(first_day)` is at least now', '`add_time(first_day)` er mindre end nu', '`add_time(first_day)` er mindst nu'),
    ('role("lead") == keeper', 'the role “Duty lead” is keeper', 'the role “Duty lead” is not keeper', 'rollen “Vagtleder” er keeper', 'rollen “Vagtleder” er ikke keeper'),
    ('role("no_role") == keeper', 'the role “no_role” is keeper', 'the role “no_role” is not keeper', 'rollen “no_role” er keeper', 'rollen “no_role” er ikke keeper'),
    ('members("agent") == []', 'those with the role “Service agent” is empty', 'those with the role “Service agent” is not empty', 'dem med rollen “Kundeservice” er tom', 'dem med rollen “Kundeservice” er ikke tom'),
    ('on_duty("phone_desk") == []', 'those on duty on “phone desk” is empty', 'those on duty on “phone desk” is not empty', 'dem på vagt “phone desk” er tom', 'dem på vagt “phone desk” er ikke tom'),
    ('mailbox("main") == "x"', 'the mailbox “main” is “x”', 'the mailbox “main” is not “x”', 'postkassen “main” er “x”', 'postkassen “main” er ikke “x”'),
    ('proof_of(message) == null', 'the message as evidence is missing', 'the message as evidence is given', 'beskeden som bevis mangler', 'beskeden som bevis er angivet'),
    ('evidence("mail", kn) == null', '“Customer number” as evidence is missing', '“Customer number” as evidence is given', '“Kundenummer” som bevis mangler', '“Kundenummer” som bevis er angivet'),
    ('evidence(kn) == null', '`evidence(kn)` is missing', '`evidence(kn)` is given', '`evidence(kn)` mangler', '`evidence(kn)` er angivet'),
    ('pieces < param("most_tries")', 'pieces is less than 3', 'pieces is at least 3', 'pieces er mindre end 3', 'pieces er mindst 3'),
    ('due("answer") < add_time(now, param("answer_within"))', 'the due time of “The answer is given” is less than 4 working days after now', 'the due time of “The answer is given” is at least 4 working days after now', 'tidspunktet for “Svaret er givet” er mindre end 4 arbejdsdage efter nu', 'tidspunktet for “Svaret er givet” er mindst 4 arbejdsdage efter nu'),
    ('kn == param("fan_out")', '“Customer number” is “minimal”', '“Customer number” is not “minimal”', '“Kundenummer” er “minimal”', '“Kundenummer” er ikke “minimal”'),
    ('kn == param("unheard_of")', '“Customer number” is “unheard_of”', '“Customer number” is not “unheard_of”', '“Kundenummer” er “unheard_of”', '“Kundenummer” er ikke “unheard_of”'),
    ('calm == param("with_reason")', '“Is the customer calm” is “with_reason”', '“Is the customer calm” is not “with_reason”', '“Er kunden rolig” er “with_reason”', '“Er kunden rolig” er ikke “with_reason”'),
    ('kn == param(filled)', '“Customer number” is filled', '“Customer number” is not filled', '“Kundenummer” er filled', '“Kundenummer” er ikke filled'),
    ('tags.map(t, t + "x") == []', 'tags is empty', 'tags is not empty', 'tags er tom', 'tags er ikke tom'),
    ('tags.filter(t, t == "x") == []', '`tags.filter(t, t == "x")` is empty', '`tags.filter(t, t == "x")` is not empty', '`tags.filter(t, t == "x")` er tom', '`tags.filter(t, t == "x")` er ikke tom'),
    ('pieces == 1.5', 'pieces is 1.5', 'pieces is not 1.5', 'pieces er 1,5', 'pieces er ikke 1,5'),
    ('pieces == 12345', 'pieces is 12345', 'pieces is not 12345', 'pieces er 12345', 'pieces er ikke 12345'),
    ('kn == ["1"]', '“Customer number” is “1”', '“Customer number” is not “1”', '“Kundenummer” er “1”', '“Kundenummer” er ikke “1”'),
    ('calm ? kn == "1" : kn == "2"', '`calm ? kn == "1" : kn == "2"` is yes', '`calm ? kn == "1" : kn == "2"` is no', '`calm ? kn == "1" : kn == "2"` er ja', '`calm ? kn == "1" : kn == "2"` er nej'),
    ('tags == [1, true, null, "x"]', 'tags is 1, yes, nothing, “x”', 'tags is not 1, yes, nothing, “x”', 'tags er 1, ja, intet, “x”', 'tags er ikke 1, ja, intet, “x”'),
    ('kn.trim().size() == 3', 'the number of “Customer number” is 3', 'the number of “Customer number” is not 3', 'antallet af “Kundenummer” er 3', 'antallet af “Kundenummer” er ikke 3'),
    ('pieces > size(tags)', 'pieces is more than the number of tags', 'pieces is at most the number of tags', 'pieces er mere end antallet af tags', 'pieces er højst antallet af tags'),
    ('count(kn) > 0', '“Customer number” was taken', '“Customer number” was not taken yet', '“Kundenummer” er valgt', '“Kundenummer” er ikke valgt endnu'),
    ('cases(kn, {}) == []', 'there is no open case of “Customer number”', 'there is an open case of “Customer number”', 'der er ingen åben sag af “Kundenummer”', 'der er en åben sag af “Kundenummer”'),
)  # fmt: skip
#: Times are told by before and after: (part, English where it holds, where not, Danish)
TIMES = (
    ("first_day < now", "first day is before now", "first day is no earlier than now", "first day er før nu", "first day er tidligst nu"),
    ("first_day <= now", "first day is no later than now", "first day is after now", "first day er senest nu", "first day er efter nu"),
    ("first_day > now", "first day is after now", "first day is no later than now", "first day er efter nu", "first day er senest nu"),
    ("!(first_day >= now)", "first day is before now", "first day is no earlier than now", "first day er før nu", "first day er tidligst nu"),
    ("first_day == now", "first day is now", "first day is not now", "first day er nu", "first day er ikke nu"),
)  # fmt: skip


@pytest.fixture(scope="module")
def scope() -> StepScope:
    b = Bench(HEAD + ERRAND, organisation=ORGANISATION + ITS_PARAMETERS)
    b.open("ann")
    return StepScope(b.procedure, b.case, b.stage.surroundings, b.stage.now, actor="ann")


def said(scope: StepScope, text: str, *, times: bool = False) -> tuple[str, ...]:
    node = parse_expression(text).node
    return tuple(
        GuardWords(scope, language).of(node, holds, times)
        for language in ("en", "da")
        for holds in (True, False)
    )


@pytest.mark.parametrize("row", SAID, ids=[row[0] for row in SAID])
def test_a_part_is_a_sentence_where_it_holds_and_where_it_does_not(
    row: tuple[str, ...], scope: StepScope
) -> None:
    assert said(scope, row[0]) == row[1:]


@pytest.mark.parametrize("row", TIMES, ids=[row[0] for row in TIMES])
def test_times_come_before_and_after_each_other(row: tuple[str, ...], scope: StepScope) -> None:
    assert said(scope, row[0], times=True) == row[1:]


def test_any_other_language_reads_english(scope: StepScope) -> None:
    node = parse_expression("calm").node
    assert GuardWords(scope, "nl").of(node, True) == GuardWords(scope, "en").of(node, True)
    assert GuardWords(scope, "nl").terms.language == "en"


#: (guard, why it is not so, the tree of it in English). `pieces` is 7 and `calm` yes; nothing else is set.
TOLD = (
    ("calm && kn != null", ["“Customer number” is missing"], ["all of these", "“Is the customer calm” is yes", "“Customer number” is missing"]),
    ("kn != null || pieces < 3", ["“Customer number” is missing", "pieces is at least 3"], ["one of these", "“Customer number” is missing", "“Customer number”", "pieces is at least 3"]),
    ("!calm", ["“Is the customer calm” is yes"], ["“Is the customer calm” is yes"]),
    ("!(calm || kn != null)", ["“Is the customer calm” is yes"], ["not this", "one of these", "“Is the customer calm” is yes", "“Customer number” is given"]),
    ('kn == "1"', ["“Customer number” is missing"], ["“Customer number” is missing"]),
    ('kn == "1" && calm', ["“Customer number” is missing"], ["all of these", "“Customer number” is missing", "“Customer number”", "“Is the customer calm”"]),
    ("first_day < date(now)", ["first day is missing"], ["first day is missing"]),
    ("date(now) < date(case.opened)", ["now is no earlier than the case's opened"], ["now is no earlier than the case's opened"]),
    ("pieces + 1 > 100", ["pieces + 1 is at most 100"], ["pieces + 1 is at most 100"]),
    ("pieces / 0 > 1", ["`pieces / 0 > 1` could not be worked out: pieces / 0: a number is divided by zero"], []),
)  # fmt: skip


@pytest.mark.parametrize(("guard", "why", "tree"), TOLD, ids=[row[0] for row in TOLD])
def test_the_parts_that_decide_are_told(
    guard: str, why: list[str], tree: list[str], scope: StepScope
) -> None:
    part = explain(parse_expression(guard), scope)
    words = GuardWords(scope, "en")
    assert words.facts(part) == why
    if tree:
        assert [words.told(each) for each in parts_of(part)][: len(tree)] == tree
    assert guards_in_words([part, part], scope)["en"] == "; ".join(why)


def parts_of(part: Explained) -> list[Explained]:
    return [part, *(inner for child in part.children for inner in parts_of(child))]


def test_evidence_that_is_not_accepted_says_why(scope: StepScope) -> None:
    node = parse_expression("evidence('messenger', kn).accepted").node
    reason = {"code": "image_too_small", "en": "The image is too small.", "da": "Billedet er for lille."}
    for judged, en, da in (
        ({"accepted": False, "reason": reason}, ": The image is too small", ": Billedet er for lille"),
        ({"accepted": False, "reason": None}, "", ""),
    ):
        part = Explained("e.accepted", False, (1, 1), (Explained("e", judged, (1, 1)),), node=node)
        assert guards_in_words([part], scope) == {
            "en": f"“Customer number” is not accepted as evidence{en}",
            "da": f"“Kundenummer” er ikke godkendt som bevis{da}",
        }
