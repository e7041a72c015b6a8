"""How many of something, in words: `1 error`, `2 errors`; Danish and English, any other language reads English."""

from __future__ import annotations

from collections.abc import Mapping

#: noun -> (one, many) in English and in Danish.
_NOUNS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "document": (("document", "documents"), ("dokument", "dokumenter")),
    "error": (("error", "errors"), ("fejl", "fejl")),
    "more error": (("more error", "more errors"), ("fejl mere", "fejl mere")),
    "warning": (("warning", "warnings"), ("advarsel", "advarsler")),
    "promise": (("promise", "promises"), ("løfte", "løfter")),
    "finding": (("other finding", "other findings"), ("andet fund", "andre fund")),
    "state": (("state", "states"), ("tilstand", "tilstande")),
    "step": (("step", "steps"), ("trin", "trin")),
    "world": (("world", "worlds"), ("verden", "verdener")),
    "row": (("row", "rows"), ("række", "rækker")),
    "case": (("case", "cases"), ("sag", "sager")),
    "open case": (("open case", "open cases"), ("åben sag", "åbne sager")),
    "closed case": (("closed", "closed"), ("afsluttet", "afsluttede")),
    "late case": (("late", "late"), ("overskredet", "overskredne")),
    "task": (("task", "tasks"), ("opgave", "opgaver")),
    "time": (("time", "times"), ("gang", "gange")),
    "second": (("second", "seconds"), ("sekund", "sekunder")),
    "person": (("person", "people"), ("person", "personer")),
    "user": (("user", "users"), ("bruger", "brugere")),
    "worker": (("worker", "workers"), ("arbejder", "arbejdere")),
    "character": (("character", "characters"), ("tegn", "tegn")),
    "answer": (("answer", "answers"), ("svar", "svar")),
    "file": (("file", "files"), ("fil", "filer")),
    "procedure": (("procedure", "procedures"), ("procedure", "procedurer")),
    "table": (("table", "tables"), ("tabel", "tabeller")),
    "rehearsal": (("file of rehearsals", "files of rehearsals"), ("fil med øvelser", "filer med øvelser")),
}


def counted(count: int, noun: str, language: str) -> str:
    """`count` with its noun in the singular or plural."""
    one, many = _NOUNS[noun][language == "da"]
    return f"{count} {one if abs(count) == 1 else many}"


class Count(int):
    """A count that a text asks for with its noun: `{errors:error}`; without a noun it is the bare number."""

    language = "en"

    def __format__(self, noun: str) -> str:
        return counted(int(self), noun, self.language) if noun else str(int(self))


def count_in(language: str, number: int) -> Count:
    """The count, for a text in this language."""
    found = Count(number)
    found.language = language
    return found
