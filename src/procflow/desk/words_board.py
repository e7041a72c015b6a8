"""The words of the wallboard, the people, the procedures and the reports, in Danish and English; all begin with what they
belong to, so that they meet no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOARD_WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "b_title": "Wallboard", "b_large": "Large, for the wall", "b_small": "For the desk", "b_unit": "Unit",
        "b_all": "All units", "b_late": "late", "b_today": "for today", "b_work": "open", "b_unmatched": "Messages without a case",
        "b_cases": "Open cases", "b_case": "Case", "b_what": "What", "b_with": "With", "b_act_by": "Act by", "b_left": "Left",
        "b_run": "Running for", "b_elapsed": "elapsed", "b_business": "while open", "b_late_by": "late by {time}",
        "b_missed": "missed: {title}", "b_no_clock": "no clock", "b_more": "and {n} more", "b_nothing": "Nothing waits here.", "b_for": "for",
        "b_away": "Away today", "b_nobody_away": "Everybody is here.", "b_until": "until {when}", "b_further": "until further notice",
        "b_stands_in": "Stands in", "b_nobody_stands_in": "nobody stands in", "b_open_work": "{n} open",
        "b_waiting": "Waits for somebody outside", "b_waiting_help": "Clocks that run while nobody of ours has anything to do.",
        "b_both": "“Elapsed” counts day and night; “while open” counts our opening hours.", "b_all_calm": "Nothing is late.",
        "b_soonest": "Most urgent", "b_updated": "As of {time}", "b_anyone": "anyone", "b_of_unit": "of the unit",
        "b_count_late": "Late", "b_count_today": "For today", "b_count_open": "Tasks", "b_lookup": "Look up",
        "b_kinds": {"work": "", "read": "to read", "notice": "notice", "alarm": "alarm", "stuck": "stuck", "failed": "failed", "manual": "by hand", "waiting": ""},
        "b_moods": {"late": "Late", "soon": "Today", "calm": "Calm", "still": "No clock"},
    },
    "da": {
        "b_title": "Tavle", "b_large": "Stor, til væggen", "b_small": "Til skranken", "b_unit": "Enhed",
        "b_all": "Alle enheder", "b_late": "for sent", "b_today": "til i dag", "b_work": "åbne", "b_unmatched": "Beskeder uden sag",
        "b_cases": "Åbne sager", "b_case": "Sag", "b_what": "Hvad", "b_with": "Hos", "b_act_by": "Gør inden", "b_left": "Tilbage",
        "b_run": "Har løbet", "b_elapsed": "i alt", "b_business": "i åbningstid", "b_late_by": "{time} for sent",
        "b_missed": "overskredet: {title}", "b_no_clock": "intet ur", "b_more": "og {n} mere", "b_nothing": "Intet venter her.", "b_for": "for",
        "b_away": "Væk i dag", "b_nobody_away": "Alle er her.", "b_until": "til {when}", "b_further": "indtil videre",
        "b_stands_in": "Stedfortræder", "b_nobody_stands_in": "ingen stedfortræder", "b_open_work": "{n} åbne",
        "b_waiting": "Venter på nogen udefra", "b_waiting_help": "Ure, der løber, mens ingen af vores har noget at gøre.",
        "b_both": "“I alt” tæller dag og nat; “i åbningstid” tæller, mens vi har åbent.", "b_all_calm": "Intet er for sent.",
        "b_soonest": "Mest presserende", "b_updated": "Kl. {time}", "b_anyone": "hvem som helst", "b_of_unit": "i enheden",
        "b_count_late": "For sent", "b_count_today": "Til i dag", "b_count_open": "Opgaver", "b_lookup": "Slå op",
        "b_kinds": {"work": "", "read": "til læsning", "notice": "besked", "alarm": "alarm", "stuck": "gået i stå", "failed": "mislykket", "manual": "i hånden", "waiting": ""},
        "b_moods": {"late": "For sent", "soon": "I dag", "calm": "Roligt", "still": "Intet ur"},
    },
}  # fmt: skip
