"""The words of the desk's own pages, in every language that it has; a language without its own reads English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from procflow.desk.words_board import BOARD_WORDS
from procflow.desk.words_case import CASE_WORDS

WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "inbox": "Inbox", "board": "Board", "coaching": "Coaching", "procedures": "Procedures", "reports": "Reports", "people": "People",
        "skip": "Skip to the content", "nav": "Pages", "find": "Find a customer or a case",
        "find_hint": "Customer number, phone, name, plate or case", "language": "Language", "theme": "Colours",
        "light": "Light", "dark": "Dark", "in_da": "Dansk", "in_en": "English",
        "key_help": "Keys", "close": "Close", "trouble": "That did not work", "to_inbox": "To the inbox",
        "troubles": {
            0: "This was not done.", 400: "This was not understood.", 404: "This is not here, or not any more.",
            409: "Somebody was faster.", 503: "The desk is busy, or its store cannot be used now. Try again in a moment.",
        },
        "away": "The desk cannot be reached. What you type stays here and is saved as soon as it is back.",
        "slow": "The desk has not answered yet. What you sent is on its way, and is done once; nothing has to be pressed again.",
        "out": "You are logged out. Log in again in another tab; what you type stays here and is saved then.",
        "other_person": "Somebody else is logged in now. What is typed here stays until {who} logs in again in another tab; reload the page to work as yourself.",
        "back_again": "The desk is back; what you typed is saved.",
        "rehearsal_word": "Rehearsal", "rehearsal": "Rehearsal: the cases here are not real, and the clock is the rehearsal's own.",
        "key_list": (
            (("Alt+1", "…", "9"), "take this answer"), (("F2",), "write the note"), (("F4",), "go to the answers"),
            (("Ctrl+Enter",), "save and go on to the next"), (("j", "k"), "down and up in the queue"),
            (("Enter",), "open what is marked"), (("/",), "find a customer or a case"), (("Esc",), "leave the field; nothing typed is lost"),
            (("g", "i"), "to the inbox"), (("?",), "these keys"),
        ),
    },
    "da": {
        "inbox": "Indbakke", "board": "Tavle", "coaching": "Coaching", "procedures": "Procedurer", "reports": "Rapporter", "people": "Personer",
        "skip": "Gå til indholdet", "nav": "Sider", "find": "Find en kunde eller en sag",
        "find_hint": "Kundenummer, telefon, navn, nummerplade eller sag", "language": "Sprog", "theme": "Farver",
        "light": "Lys", "dark": "Mørk", "in_da": "Dansk", "in_en": "English",
        "key_help": "Taster", "close": "Luk", "trouble": "Det lykkedes ikke", "to_inbox": "Til indbakken",
        "troubles": {
            0: "Det blev ikke gjort.", 400: "Det blev ikke forstået.", 404: "Det findes ikke her, eller ikke mere.",
            409: "En anden var hurtigere.", 503: "Skranken har travlt, eller dens lager kan ikke bruges nu. Prøv igen om lidt.",
        },
        "away": "Skranken svarer ikke. Det, du skriver, bliver her og gemmes, så snart den er tilbage.",
        "slow": "Skranken har ikke svaret endnu. Det, du sendte, er på vej og bliver gjort én gang; der skal ikke trykkes igen.",
        "out": "Du er logget ud. Log ind igen i et andet faneblad; det, du skriver, bliver her og gemmes så.",
        "other_person": "En anden er logget ind nu. Det, der er skrevet her, bliver, til {who} logger ind igen i et andet faneblad; genindlæs siden for at arbejde som dig selv.",
        "back_again": "Skranken er tilbage; det, du skrev, er gemt.",
        "rehearsal_word": "Øvelse", "rehearsal": "Øvelse: sagerne her er ikke rigtige, og uret er øvelsens eget.",
        "key_list": (
            (("Alt+1", "…", "9"), "vælg dette svar"), (("F2",), "skriv noten"), (("F4",), "gå til svarene"),
            (("Ctrl+Enter",), "gem og gå til den næste"), (("j", "k"), "ned og op i køen"),
            (("Enter",), "åbn det markerede"), (("/",), "find en kunde eller en sag"), (("Esc",), "forlad feltet; intet går tabt"),
            (("g", "i"), "til indbakken"), (("?",), "disse taster"),
        ),
    },
}  # fmt: skip


@lru_cache(maxsize=16)
def desk_words(language: str) -> Mapping[str, Any]:
    known = language if language in WORDS else "en"
    return {**WORDS[known], **CASE_WORDS[known], **BOARD_WORDS[known]}
