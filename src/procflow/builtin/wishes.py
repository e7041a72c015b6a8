"""Whether a text names the wish that was registered: a heuristic for sending it to a second person, never for a yes. Pure.

PRO-20 wants evidence to say what shall change. It must not know verdicts or channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from procflow.builtin.on_file import folded_name

#: Words that stand in wishes of every kind, and so name none.
_WORDS = (
    "police policen policer policy policies forsikring forsikringen forsikringer insurance aendring "
    "aendringen aendre aendret aendres change changes changed please venligst gerne kunne skulle "
    "ville have hvis fordi eller denne dette disse mine mind with from that this will would could "
    "your jeres deres vores min mit kunden kunde customer ikke laengere mere also ogsaa bare just "
    "then naar efter before foer after since siden hilsen venlig regards onsker oensker wish want vil "
    "januar februar marts april juni juli august september oktober november december january february "
    "march june july october mandag tirsdag onsdag torsdag fredag loerdag soendag monday tuesday "
    "wednesday thursday friday saturday sunday"
    " skal noget nogle blive bliver vaere vaeret helt meget alle hele igen hvad hvor hvem hvornaar kommer maaske haft faar faaet"
    " give goere goer gaar sende sendt skrive ring ringe ringer tale svar svare hurtigst muligt besked mail venter gang dette"
    " should shall what when where about call thanks thank need soon possible back into only very been they them some mange"
)
_COMMON = frozenset(_WORDS.split())
#: Letters of a word that says something; what two words of one stem begin with.
_LEAST = _STEM = 4
_DIGIT, _NOT_DIGIT = re.compile(r"[0-9]"), re.compile(r"[^0-9]")


def names_the_wish(text: str, wishes: Iterable[str]) -> bool:
    """Whether a word of the text that says something (a thing, a number) is one of the wish, as far as its stem goes."""
    said = _telling(text)
    return any(_same(one, other) for wish in wishes for other in _telling(wish) for one in said)


def _telling(text: str) -> set[str]:
    return {
        word
        for word in folded_name(text).split()
        if word not in _COMMON and (len(word) >= _LEAST or _is_number(word))
    }


def _is_number(word: str) -> bool:
    """A number of three characters or more, letters in it perhaps: 301, K12."""
    return len(word) >= 3 and _DIGIT.search(word) is not None


def _same(one: str, other: str) -> bool:
    if _DIGIT.search(one) or _DIGIT.search(other):
        return _same_number(one, other)
    short, long = sorted((one, other), key=len)
    return short in long or one[:_STEM] == other[:_STEM]


def _same_number(one: str, other: str) -> bool:
    """K1234 is not K1235; the letters of a number may be left out."""
    letters, its = _DIGIT.sub("", one), _DIGIT.sub("", other)
    same_figures = _NOT_DIGIT.sub("", one) == _NOT_DIGIT.sub("", other)
    return same_figures and (letters == its or not letters or not its)
