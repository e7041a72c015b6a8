"""Regular expressions: what RE2 says, in linear time."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.core.patterns import pattern
from procflow.core.regex import regex
from procflow.errors import EvaluationError


def free(steps: int) -> None:
    """A budget without end."""


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("", "", True),
        ("b", "abc", True),
        ("^b", "abc", False),
        ("c$", "abc", True),
        (r"\Aabc\z", "abc", True),
        ("^$", "", True),
        ("^(a|bc)+$", "abcbca", True),
        ("^(a|bc)+$", "abcb", False),
        ("^a{2,3}$", "aaaa", False),
        ("^a{2,}$", "aaaa", True),
        ("^a{0}$", "", True),
        ("^a{x}$", "a{x}", True),
        ("^[0-9]{4,10}$", "104233", True),
        (r"^\d+$", "٣", False),
        (r"^\w+$", "kæl", False),
        (r"^\pL+$", "kæl", True),
        (r"^\p{Lu}\P{Lu}$", "Æø", True),
        (r"\bfoo\b", "a foo.", True),
        (r"\bfoo\b", "food", False),
        (r"\Boo", "foo", True),
        ("(?i)ÆRØ", "ærø", True),
        ("(?i:a)b", "Ab", True),
        ("(?i:a)b", "AB", False),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("[^a-c]", "abc", False),
        ("[]a]", "]", True),
        (r"[\d\-x]", "-", True),
        (r"[a-]", "-", True),
        (r"\x41\x{1F642}", "A🙂", True),
        ("(?P<name>a)(?:b)(?<other>c)", "abc", True),
        ("a*?b+?c??", "b", True),
        ("()*", "", True),
        ("(a*)*$", "aab", True),
    ],
)
def test_a_pattern_matches_as_in_re2(wanted: str, text: str, found: bool) -> None:
    assert pattern(wanted).search(text, free) is found


@pytest.mark.parametrize(
    "wanted",
    [
        "(",
        ")",
        "a)",
        "[a",
        "*a",
        "a**",
        "a{2,1}",
        "a{1001}",
        r"\q",
        r"(?=a)",
        r"(?<!a)",
        r"\1",
        "[z-a]",
        "[[:alpha:]]",
        r"\p{Greek}",
        "(?x)a",
        "\\",
        "(" * 100,
        "((a{100}){100}){100}",
        "(((){1000}){1000}){1000}",
        "a" * 1001,
    ],
)
def test_a_pattern_that_is_not_understood_says_so(wanted: str) -> None:
    with pytest.raises(EvaluationError, match="pattern"):
        pattern(wanted)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("*a", "nothing stands before the repetition"), ("a**", "two repetitions follow each other"),
        ("(?=a)", "looking ahead or behind is not possible"), ("(?!a)", "looking ahead or behind is not possible"),
        ("(?<=a)", "looking ahead or behind is not possible"),
        ("(?P<a", "a group's name is not closed"), ("(?x)a", "only the flags i and s are known"), ("(a", "a bracket is not closed"),
        ("a)", "a bracket is closed that was not opened"), (r"\xz", "\\x wants two digits"), ("[b-a]", "a range goes from the smaller to the larger character"),
        ("[[:alpha:]]", "classes such as [:alpha:] are not known; write the range"), ("a{5,2}", "the smaller number first"),
        ("a{1001}", "a repetition goes from 0 to 1000"), (r"\q", "\\q is not known"), ("a\\", "it ends too early"),
        ("(" * 100, "its brackets are too deep"), ("((a{100}){100}){100}", "it is too large, its repetitions written out"),
    ],
)  # fmt: skip
def test_why_a_pattern_is_not_understood(wanted: str, why: str) -> None:
    with pytest.raises(EvaluationError) as told:
        pattern(wanted)
    assert why in told.value.message


def test_a_range_of_one_character_is_that_character() -> None:
    one = pattern("^[a-a]$")
    assert one.search("a", lambda cost: None) and not one.search("b", lambda cost: None)


def test_a_pattern_at_the_top_of_a_module_is_compiled_when_it_is_first_used() -> None:
    later = regex("^a(b+)$", re.IGNORECASE)
    found = later.match("ABB")
    assert found is not None and found[1] == "BB" and later.pattern == "^a(b+)$"
    assert later.match("AC") is None and regex("^a$").match("A") is None
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.match("x")


_atoms = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\d", "^", "$", r"\b", "(?:a|bc)", "1"])


@st.composite
def patterns(draw: st.DrawFn, depth: int = 0) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 4))):
        atom = f"({draw(patterns(depth + 1))})" if depth < 2 and draw(st.booleans()) else draw(_atoms)
        pieces.append(
            atom + (draw(st.sampled_from(["", "", "*", "+", "?", "{0,2}"])) if atom not in "^$" else "")
        )
    text = "".join(piece for piece in pieces if not re.fullmatch(r"\\b.+", piece))
    return f"{text}|{draw(patterns(depth + 1))}" if depth < 2 and draw(st.integers(0, 4)) == 0 else text


@settings(max_examples=400, deadline=None)
@given(patterns(), st.text(alphabet="abc1 \n", max_size=8))
def test_search_agrees_with_the_standard_library(wanted: str, text: str) -> None:
    ours = pattern(wanted).search(text, free)
    # RE2's $ is the end of the text only; Python's would take a closing newline too.
    theirs = re.search(wanted.replace("$", r"\Z"), text, re.ASCII)
    assert ours is (theirs is not None)


def test_the_cost_is_linear_and_the_same_each_time() -> None:
    def cost(text: str) -> int:
        spent: list[int] = []
        pattern("^(a+)+$").search(text, spent.append)
        return sum(spent)

    assert cost("a" * 2000 + "b") == cost("a" * 2000 + "b")
    assert cost("a" * 4000 + "b") < 2.2 * cost("a" * 2000 + "b")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=string.ascii_letters + r"\()[]{}*+?|^$-,.:<>=!0123", max_size=20))
def test_no_pattern_crashes(wanted: str) -> None:
    try:
        assert pattern(wanted).search("abc 123 <xyz>", free) in (True, False)
    except EvaluationError as wrong:
        assert "pattern" in wrong.message


@pytest.mark.parametrize(
    "wanted",
    [
        "^[0-9]{4,10}$",
        "^[A-ZÆØÅ]{2,3}$",
        "^[A-Z]{1,3}-?[0-9]{3,10}$",
        "ja|JA",
        r"^\S+@\S+$",
        r"\bnej\b",
        "^a{3}b+$",
        "x?",
    ],
)
@pytest.mark.parametrize("least", [0, 3, 7])
def test_an_example_of_a_pattern_is_found_by_it(wanted: str, least: int) -> None:
    alphabet = "1234567890abejnxABÆ -@"
    text = pattern(wanted).example(alphabet, least)
    if wanted == "^[A-ZÆØÅ]{2,3}$" and least == 7:
        assert text is None
        return
    assert text is not None
    assert len(text) >= least
    assert set(text) <= set(alphabet)
    assert pattern(wanted).search(text, free)


def test_an_example_prefers_other_figures_at_each_place() -> None:
    assert pattern("^[0-9]{6}$").example("1234567890") == "123456"


def test_a_bracket_that_is_open_is_named() -> None:
    for text, hint in (
        ("^[0-9{4}$", "close the `[` with `]`"),
        ("^(a", "close the `(` with `)`"),
        ("(?=a)", "RE2"),
    ):
        with pytest.raises(EvaluationError) as wrong:
            pattern(text)
        assert hint in wrong.value.hint
