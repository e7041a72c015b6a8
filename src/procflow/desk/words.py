"""The words of the desk's own pages, in every language that it has."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"inbox": "Inbox", "nothing": "Nothing waits.", "trouble": "That did not work"},
    "da": {"inbox": "Indbakke", "nothing": "Intet venter.", "trouble": "Det lykkedes ikke"},
}


def desk_words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])
