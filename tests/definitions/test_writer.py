"""What is written as YAML is read back as it was."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from procflow.definitions.nodes import YMap, plain_value
from procflow.definitions.reader import read
from procflow.definitions.writer import nodes_of, yaml_of

REFUSED = (
    "\u2028\u2029\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # no document may hold them
)
SIGNS = st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"], exclude_characters=REFUSED)
TEXTS = st.text(SIGNS, max_size=40) | st.sampled_from(
    ["", "no", "NO", "null", "~", "010190", "1e3", "12", "1.50", "09:00", "a: b", "a #b", "JA, tak", "${x}", " x ",
     "- x", "? x", "*x", "&x", "!x", "%x", "@x", "`x", "a\nb", 'say "x"', "it's", "until 2026-05-19 17:00", "x'"]
)  # fmt: skip
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.none() | st.integers(-(10**12), 10**12) | st.decimals(-1000, 1000, places=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_a_document_is_read_back_as_it_was_written(document) -> None:
    tree, problems = read(yaml_of(document), "x.yaml")
    assert not [problem.as_text() for problem in problems]
    assert isinstance(tree, YMap)
    assert plain_value(tree) == document


@given(VALUES)
def test_nodes_are_what_the_reader_makes_of_the_value(value) -> None:
    tree, _ = read(yaml_of({"it": value}), "x.yaml")
    assert plain_value(tree["it"]) == plain_value(nodes_of(value))


def test_steps_stand_one_below_the_other_and_long_ones_key_by_key() -> None:
    long = {"do": "register", "by": "agent_1", "with": {"change": "x" * 90}}
    text = yaml_of({"tests": {"It: breaks": [{"open": {"by": "qaa"}}, {"do": "end", "by": "qaa"}, long]}})
    assert text == (
        'tests:\n  "It: breaks":\n    - open: {by: qaa}\n    - {do: end, by: qaa}\n    - do: register\n'
        f"      by: agent_1\n      with: {{change: {'x' * 90}}}\n"
    )


def test_days_and_numbers_stand_as_people_write_them() -> None:
    assert yaml_of({"day": date(2026, 5, 11), "sum": Decimal("99.50")}) == "day: 2026-05-11\nsum: 99.50\n"
