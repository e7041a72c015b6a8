"""The character at an offset of a text stands in the file where `position` says, however it was written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.definitions.reader import YText, read

SIGNS = list("ab :'\"\\\n #æ😀x-{}")


def check(text: str) -> int:
    """Compares every character of every value with the file; gives how many were compared."""
    root, _ = read(text, "a.yaml")
    lines, compared = text.split("\n"), 0
    for value in root.values() if root is not None else ():
        if not isinstance(value, YText) or not value.strip():
            continue
        places = [value.position(i) for i in range(len(value) + 1)]
        assert places == sorted(places)
        for (line, column), sign in zip(places, value, strict=False):
            there = lines[line - 1][column - 1 : column] or "\n"
            alike = {sign, "\\"} if value.style == '"' else {sign}
            assert there in (alike | {"\n"} if sign in " \n" else alike), (text, value, line, column)
            compared += 1
    return compared


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("k: abc\n", {0: (1, 4), 2: (1, 6), 3: (1, 7), 99: (1, 7)}),
        ("k: ab\n  cd\n", {0: (1, 4), 3: (2, 3), 4: (2, 4)}),
        ("k: 'a''b'\n", {0: (1, 5), 1: (1, 6), 2: (1, 8), 3: (1, 9)}),
        ('k: "a\\n\\u00e6\\x41b"\n', {1: (1, 6), 2: (1, 8), 3: (1, 14), 4: (1, 18)}),
        ('k: "a\n\n  b \\\n  c"\n', {0: (1, 5), 1: (2, 1), 2: (3, 3), 4: (4, 3)}),
        ("k: |\n  ab\n\n    cd\n", {0: (2, 3), 2: (2, 5), 3: (3, 1), 4: (4, 3), 6: (4, 5)}),
        ("k: |2\n    ab\n", {0: (2, 3), 2: (2, 5)}),
        ("k: >- # words\n  ab\n  cd\n\n  e\n", {0: (2, 3), 3: (3, 3), 5: (4, 1), 6: (5, 3)}),
        ("k: >\n  ab\n    cd\n  e\n", {3: (3, 3), 5: (3, 5), 8: (4, 3)}),
    ],
)
def test_a_place_in_each_style_of_writing(text: str, places: dict[int, tuple[int, int]]) -> None:
    root, problems = read(text, "a.yaml")
    assert problems == [] and root is not None
    assert {offset: root["k"].position(offset) for offset in places} == places
    assert check(text) > 0


@settings(max_examples=600, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(SIGNS), max_size=60),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([10, 20, 80]),
)
def test_every_character_is_found_in_what_a_writer_wrote(text: str, style: str, width: int) -> None:
    check(yaml.dump({"k": text, "z": "q"}, default_style=style, width=width, allow_unicode=True))


@settings(max_examples=600, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("ab \n")), max_size=40),
    st.sampled_from(["|", ">", ">-", "|+", "|2", ">2", ">+", "|2-"]),
)
def test_every_character_is_found_in_a_block(text: str, header: str) -> None:
    check(f"k: {header}\n" + "".join(f"  {line}\n" for line in text.split("\n")) + "z: q\n")


@settings(max_examples=600, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab \n\\n'\"")), max_size=40), st.sampled_from(["", '"', "'"]))
def test_every_character_is_found_in_text_over_several_lines(text: str, quote: str) -> None:
    check(f"k: {quote}{text.replace(chr(10), chr(10) + '  ')}{quote}\nz: q\n")
