"""The words of `procflow step`, in English and Danish."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "case": "Case", "say": "Say", "guide": "Do", "help": "Help", "what_now": "What happens?",
        "keys": "?  why    n  note    q  stop",
        "more": "{n} more is not offered now (? says why)", "mores": "{n} more are not offered now (? says why)",
        "begun": "begun", "kept": "You had begun; this is kept:", "optional": "optional, Enter leaves it out",
        "enter_keeps": "Enter keeps {value}", "key": "Type one of the keys above.", "no_key": "There is no {typed} here. Type one of the keys above.",
        "required": "This is needed", "first": "This is where it begins; q stops.", "skipped": "left out",
        "summary_keys": "Enter  do it    {n}  correct    <  back    q  stop", "summary_empty": "Enter  do it    <  back    q  stop",
        "closed": "The case is closed: {outcome}", "nothing": "Nothing is offered to you here.",
        "take_it": "This work is offered, and nobody has it. Take it: procflow claim {number}",
        "with": "The work is with {who}.", "stopped": "Stopped. Everything typed is kept; go on with: procflow step {case}",
        "stopped_opening": "Stopped. Everything typed is kept; go on with: procflow step --open {name}",
        "note": "Note", "note_help": "What the customer said or what you did, at least 10 characters; Enter alone leaves it.",
        "note_done": "The note is written.", "refused": "Not possible", "moved": "Somebody was faster",
        "started": "Opened case {n}: {title}", "go_on": "Enter  go on with case {n}    q  stop",
        "which": "Which case?", "empty": "Nothing waits for you. Open a case with: procflow step --open PROCEDURE",
        "yes": "yes", "no": "no",
        "manual": "By hand", "read": "To read", "failed": "Failed", "stuck": "Stuck", "alarm": "Alarm", "notice": "Notice", "handover": "Offered to you",
        "confirm": "Done by hand: {what}", "not_possible": "Cannot be done: {what}", "item_read": "Seen: {what}", "take_over": "Take over the work of this case", "turn_down": "Turn it down",
        "people": "People", "deadline": "Deadline", "line_end": "A \\ at the end goes on in the next line.",
        "open": "Open", "see_key": "v  see what it does", "sends": "This goes out:", "sends_nothing": "Nothing goes out.", "opens": "Opens a case: {title}", "leads_to": "Then: {states}", "again": "Enter  try again; what you typed waits    q  stop", "look_again": "Look at it anew; what you typed is kept.",
        "stopped_unreached": "Stopped. The last answer could not be kept, all those before it are; go on with: procflow step {case}",
        "stopped_opening_unreached": "Stopped. The last answer could not be kept, all those before it are; go on with: procflow step --open {name}",
    },
    "da": {
        "case": "Sag", "say": "Sig", "guide": "Gør", "help": "Hjælp", "what_now": "Hvad sker der?",
        "keys": "?  hvorfor    n  note    q  stop",
        "more": "{n} til tilbydes ikke nu (? siger hvorfor)", "mores": "{n} til tilbydes ikke nu (? siger hvorfor)",
        "begun": "begyndt", "kept": "Du var begyndt; dette er gemt:", "optional": "valgfri, Enter springer over",
        "enter_keeps": "Enter beholder {value}", "key": "Tast en af tasterne ovenfor.", "no_key": "Her er ingen {typed}. Tast en af tasterne ovenfor.",
        "required": "Den skal udfyldes", "first": "Det begynder her; q stopper.", "skipped": "sprunget over",
        "summary_keys": "Enter  gør det    {n}  ret    <  tilbage    q  stop", "summary_empty": "Enter  gør det    <  tilbage    q  stop",
        "closed": "Sagen er afsluttet: {outcome}", "nothing": "Intet tilbydes dig her.",
        "take_it": "Opgaven er tilbudt, og ingen har den. Tag den: procflow claim {number}",
        "with": "Arbejdet ligger hos {who}.", "stopped": "Stoppet. Alt det indtastede er gemt; fortsæt med: procflow step {case}",
        "stopped_opening": "Stoppet. Alt det indtastede er gemt; fortsæt med: procflow step --open {name}",
        "note": "Note", "note_help": "Hvad kunden sagde, eller hvad du gjorde, mindst 10 tegn; Enter alene lader være.",
        "note_done": "Noten er skrevet.", "refused": "Det kan ikke lade sig gøre", "moved": "En anden var hurtigere",
        "started": "Oprettede sag {n}: {title}", "go_on": "Enter  fortsæt med sag {n}    q  stop",
        "which": "Hvilken sag?", "empty": "Intet venter på dig. Opret en sag med: procflow step --open PROCEDURE",
        "yes": "ja", "no": "nej",
        "manual": "I hånden", "read": "At læse", "failed": "Mislykket", "stuck": "Sidder fast", "alarm": "Alarm", "notice": "Besked", "handover": "Tilbudt dig",
        "confirm": "Gjort i hånden: {what}", "not_possible": "Kan ikke gøres: {what}", "item_read": "Set: {what}", "take_over": "Overtag opgaven i sagen", "turn_down": "Sig nej",
        "people": "Personer", "deadline": "Frist", "line_end": "En \\ til sidst fortsætter på næste linje.",
        "open": "Opret", "see_key": "v  se hvad der sker", "sends": "Dette går ud:", "sends_nothing": "Intet går ud.", "opens": "Opretter en sag: {title}", "leads_to": "Derefter: {states}", "again": "Enter  prøv igen; det indtastede venter    q  stop", "look_again": "Se på den igen; det indtastede er gemt.",
        "stopped_unreached": "Stoppet. Det sidste svar kunne ikke gemmes, alle dem før det er; fortsæt med: procflow step {case}",
        "stopped_opening_unreached": "Stoppet. Det sidste svar kunne ikke gemmes, alle dem før det er; fortsæt med: procflow step --open {name}",
    },
}  # fmt: skip


def no_key(words: Mapping[str, str], typed: str) -> str:
    """That a key means nothing here; where none was typed, that one is wanted."""
    return words["no_key"].format(typed=typed) if typed else words["key"]


def guide_words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])
