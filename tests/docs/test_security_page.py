"""The page on security is made of its table; every test in it exists, and the figures hold."""

import re
from collections import Counter
from pathlib import Path

from security.page import TESTS, asked, page

ROOT = Path(__file__).parents[2]
LEVELS = {1: 70, 2: 183}  # how many the standard's version 5.0 has


def test_the_page_is_made_of_its_table() -> None:
    told = (ROOT / "docs" / "reference" / "security.md").read_text(encoding="utf-8")
    assert told == page(), "make it anew, as its third line says"


def test_every_number_stands_there_once_and_enough_of_them_hold() -> None:
    rows = list(asked())
    assert Counter(row.level for row in rows) == LEVELS and len({row.number for row in rows}) == len(rows)
    for level, least in ((1, 1.0), (2, 0.9)):
        held = Counter(row.holds for row in rows if row.level == level)
        assert set(held) <= {"+", "no", "-"} and held["+"] / (held["+"] + held["no"]) >= least, held


def test_what_shows_it_is_there() -> None:
    from faults.harnesses import harnesses

    harness_words, texts = {each.about for each in harnesses()}, {}
    for row in asked():
        kind, _, name = row.shown.partition(":")
        if row.holds != "+":
            assert row.words and not row.shown, row
        elif kind in TESTS:
            text = texts.setdefault(kind, (ROOT / TESTS[kind]).read_text(encoding="utf-8"))
            assert re.search(rf"def test_{name}\b", text), row
        elif kind == "hostile":
            assert name in harness_words, row
        else:
            assert (kind in ("lint", "reason") and name.strip()) or (ROOT / row.shown).is_file(), row
