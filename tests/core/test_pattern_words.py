"""Patterns as people read them."""

import pytest

from procflow.core.pattern_words import example_of, pattern_in_words, pattern_with_example
from procflow.core.patterns import pattern


@pytest.mark.parametrize(
    ("written", "english", "danish", "example"),
    [
        ("^[0-9]{4,8}$", "4 to 8 digits", "4 til 8 cifre", "1234"),
        (r"^\d{8}$", "8 digits", "8 cifre", "12345678"),
        ("^[0-9]$", "1 digit", "1 ciffer", "1"),
        ("^[0-9]+$", "1 or more digits", "1 eller flere cifre", "1"),
        ("^[0-9]{3,}$", "at least 3 digits", "mindst 3 cifre", "123"),
        ("^[0-9]{0,3}$", "at most 3 digits", "højst 3 cifre", "1"),
        ("^[0-9]{2}[0-9]{3}$", "5 digits", "5 cifre", "12345"),
        ("^[A-Z]{2}[0-9]{5}$", "2 capital letters, then 5 digits", "2 store bogstaver og så 5 cifre", "AA34567"),
        ("^[A-ZÆØÅ]{2,3}$", "2 to 3 capital letters", "2 til 3 store bogstaver", "AA"),
        ("^[a-zæøå]+$", "1 or more small letters", "1 eller flere små bogstaver", "a"),
        ("^AG-[0-9]+$", "“AG-”, then 1 or more digits", "“AG-” og så 1 eller flere cifre", "AG-4"),
        (r"^[0-9]{2}\.[0-9]{2}$", "2 digits, then “.”, then 2 digits", "2 cifre og så “.” og så 2 cifre", "12.45"),
        ("^[ABC]$", "“A”, “B” or “C”", "“A”, “B” eller “C”", "A"),
        ("^(KC|LLK)[1-9]$", "“KC” or “LLK”, then 1 digit from 1 to 9", "“KC” eller “LLK” og så 1 ciffer fra 1 til 9", "KC3"),
        ("^(st|[1-9]) (tv|th)$", "“st” or 1 digit from 1 to 9, then 1 space, then “tv” or “th”", "“st” eller 1 ciffer fra 1 til 9 og så 1 mellemrum og så “tv” eller “th”", "1 th"),
        ("^([A-Z]|XX|[0-9])$", "“XX”, 1 capital letter or 1 digit", "“XX”, 1 stort bogstav eller 1 ciffer", "1"),
        ("^[A-Z]-?[0-9]$", "1 capital letter, then perhaps “-”, then 1 digit", "1 stort bogstav og så eventuelt “-” og så 1 ciffer", "A2"),
        ("^[A-Z]?[0-9]{2}$", "perhaps 1 capital letter, then 2 digits", "eventuelt 1 stort bogstav og så 2 cifre", "12"),
        ("^[A-Za-z ]{2,9}$", "2 to 9 characters (letters or spaces)", "2 til 9 tegn (bogstaver eller mellemrum)", "AA"),
        ("^[A-Z0-9-]{3}$", "3 characters (capital letters, digits or “-”)", "3 tegn (store bogstaver, cifre eller “-”)", "123"),
    ],
)  # fmt: skip
def test_a_simple_pattern_is_said_in_words_with_an_example(
    written: str, english: str, danish: str, example: str
) -> None:
    assert pattern_in_words(written, "en") == english
    assert pattern_in_words(written, "da") == danish
    assert example_of(written) == example
    assert pattern(written).search(example, lambda cost: None), "the example itself is right"
    assert pattern_with_example(written, "da") == f"{danish}, for eksempel {example}"


@pytest.mark.parametrize(
    "written",
    [
        "[0-9]{4}", "^[0-9]{4}", "[0-9]{4}$", "^a|b$", "^[^0-9]$", "^(?i)ab$", "^(a[0-9]|b)$", "^([0-9]{2}-)*$", r"^\pL+$",
        "^[A-F]$", "^(ab){2}$", "^a{3}$", r"^ab\$", "^[0-9", "^(a", "^", "^$", r"^\x41$", "^a++$", "^a^b$",
        "^a1[0-9]b[0-9]c[0-9]d[0-9]e[0-9]$",
    ],
)  # fmt: skip
def test_any_other_pattern_gets_no_words_rather_than_wrong_ones(written: str) -> None:
    assert pattern_in_words(written, "en") == ""
    assert pattern_with_example(written, "en").startswith(written)
