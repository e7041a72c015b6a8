"""The keys of a procedure in words, in Danish and English, for those who compare two versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "order": "order of the {what}",
        "languages": {"da": "in Danish", "en": "in English", "nb": "in Norwegian", "nl": "in Dutch", "sv": "in Swedish", "de": "in German"},
        "keys": {
            "title": "title", "label": "words of the choice", "help": "help", "say": "words for the customer", "guide": "words for whoever works", "see": "documents to see", "summary": "summary",
            "owner": "who answers for it", "subject": "whose personal data", "visible_to": "shown to", "starts": "begins with", "correlate": "found by", "one_open_per": "one open for each", "initial": "first state",
            "task": "work", "role": "for the role", "to": "leads to", "take": "how somebody gets it", "other_than": "not whoever (four eyes)", "by": "for whom", "note": "customer note",
            "choices": "choices", "events": "events", "after": "after a time", "always": "taken at once", "entry": "done on the way in", "exit": "done on the way out", "invoke": "work elsewhere", "states": "states inside",
            "parallel": "side by side", "final": "an end", "outcome": "outcome", "when": "condition", "ask": "asks for", "optional": "may be given", "set": "sets", "do": "does", "refuse": "refused with", "keep": "kept for", "then": "alternative",
            "within": "time", "until": "until", "from": "counts from", "met": "met by", "pause_in": "stands still in", "warn": "warning", "missed": "when missed", "again": "starts again", "at": "at", "says": "says",
            "never": "never", "before": "before", "must": "must have been", "eventually": "must come", "at_most": "at most", "times": "times", "of": "of", "type": "type", "enum": "words", "pattern": "form", "pii": "personal", "default": "default",
            "accept": "kinds of file", "covers": "covers", "normalise": "put in order", "minLength": "least length", "maxLength": "greatest length", "minimum": "least", "maximum": "most", "items": "each", "hit": "which rows count", "inputs": "inputs", "rows": "rows", "gives": "gives", "data": "data", "message": "message", "every": "every", "event": "event", "text": "text", "attach": "attached",
            "unless_left": "not once the case has left", "each": "for each", "as": "named", "procedure": "procedure", "with": "with", "required": "needed",
        },
    },
    "da": {
        "order": "rækkefølge af {what}",
        "languages": {"da": "på dansk", "en": "på engelsk", "nb": "på norsk", "nl": "på hollandsk", "sv": "på svensk", "de": "på tysk"},
        "keys": {
            "title": "titel", "label": "valgets ord", "help": "hjælp", "say": "ord til kunden", "guide": "ord til den, der arbejder", "see": "dokumenter", "summary": "sammenfatning",
            "owner": "hvem der svarer for den", "subject": "hvis personoplysninger", "visible_to": "vises for", "starts": "begynder med", "correlate": "findes ved", "one_open_per": "én åben for hver", "initial": "første tilstand",
            "task": "opgave", "role": "for rollen", "to": "fører til", "take": "sådan får nogen den", "other_than": "ikke den, der (fire øjne)", "by": "for hvem", "note": "kundenote",
            "choices": "valg", "events": "hændelser", "after": "efter en tid", "always": "tages straks", "entry": "gøres på vej ind", "exit": "gøres på vej ud", "invoke": "arbejde andetsteds", "states": "tilstande indeni",
            "parallel": "side om side", "final": "en afslutning", "outcome": "udfald", "when": "betingelse", "ask": "spørger om", "optional": "må oplyses", "set": "sætter", "do": "gør", "refuse": "afvises med", "keep": "gemmes i", "then": "mulighed",
            "within": "tid", "until": "indtil", "from": "regnes fra", "met": "holdt ved", "pause_in": "står stille i", "warn": "varsel", "missed": "når den overskrides", "again": "begynder igen", "at": "ved", "says": "siger",
            "never": "aldrig", "before": "før", "must": "skal have været", "eventually": "skal komme", "at_most": "højst", "times": "gange", "of": "af", "type": "type", "enum": "ord", "pattern": "form", "pii": "personlig", "default": "standard",
            "accept": "filtyper", "covers": "dækker", "normalise": "bringes på form", "minLength": "mindste længde", "maxLength": "største længde", "minimum": "mindst", "maximum": "højst", "items": "hver", "hit": "hvilke rækker gælder", "inputs": "indgange", "rows": "rækker", "gives": "giver", "data": "data", "message": "besked", "every": "hver", "event": "hændelse", "text": "tekst", "attach": "vedhæftet",
            "unless_left": "ikke når sagen er gået videre", "each": "for hver", "as": "kaldet", "procedure": "procedure", "with": "med", "required": "kræves",
        },
    },
}  # fmt: skip
