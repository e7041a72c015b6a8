"""Text to trees: positions, messages, templates and bombs."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.core.expressions import And, Compare, Expression, Index, Name, Select, walk
from procflow.definitions.parse import ExpressionSyntaxError, parse_expression, parse_template

WRONG = [
    # text, column of the wrong word, part of the message, part of the hint
    ("a = b", 3, "single =", "=="),
    ("a === b", 3, "===", "=="),
    ("a => b", 3, "=>", ">="),
    ("a and b", 3, "and is not an operator", "&&"),
    ("a or b", 3, "or is not an operator", "||"),
    ("not a", 1, "not is not an operator", "!"),
    ("a og b", 3, "og is not an operator", "&&"),
    ("a is b", 3, "is is not an operator", "=="),
    ("a & b", 3, "single &", "&&"),
    ("a | b", 3, "single |", "||"),
    ("a == 'b", 6, "never closed", "close it with '"),
    ("a == 'b\nc'", 6, "never closed", "\\n"),
    ('a == """b"', 6, "never closed", '"""'),
    ("(a && b", 1, "( is never closed", "brackets"),
    ("a[1 + (2]", 9, "does not close the ( of line 1, column 7", ""),
    ("a)", 2, "closes nothing", ""),
    ("a b", 3, "b cannot follow a", "operator"),
    ('decide("d", {a, b})', 15, ", cannot follow a", "a value follows its name: a: a"),
    ('decide("d", {a: [1, 2], b})', 26, "} cannot follow b", "a value follows its name: b: b"),
    ("a 'b'", 3, "cannot follow a", "operator"),
    ("a == ", 3, "ends after ==", ""),
    ("a.", 2, "ends after .", ""),
    ("", 1, "no expression", ""),
    ("// only a remark", 1, "no expression", ""),
    ("&& a", 1, "cannot begin with &&", ""),
    ("a == == b", 6, "cannot follow ==", "a name, a value"),
    ("a ? b", 5, "ends after b", ""),
    ("a == “b”", 6, "typographic quote", "write"),
    ("a ≥ 3", 3, "≥", ">="),
    ("${a}", 1, "$ is not understood", "without $"),
    ("beløb > 3", 4, "'ø' is not understood", "letters a to z"),
    ("a == 60minutes", 6, "a number ends here", "duration("),
    ("1u", 2, "without u", "one type of number"),
    ("b'x'", 1, "byte strings", ""),
    ("'\\q'", 2, "\\q stands for nothing", "\\\\"),
    ("'\\ud800'", 2, "is no character", ""),
    ("'\\x4'", 2, "stands for nothing", ""),
    ("loop == 1", 1, "loop is a word that CEL keeps", "another name"),
    ("has(a)", 1, "has() wants one field", "!= null"),
    ("l.all(1, x)", 3, "all wants a variable", "list.all(x"),
    ("l.map(x)", 3, "map wants a variable", "list.map(x"),
    ("a.?b", 3, "not needed", "null"),
    ("a?.b", 3, "not needed", "null"),
    ("9" * 35, 1, "more than 34 digits", ""),
    ("1e999999999", 1, "more than 34 digits", ""),
    ("1e9999999999999999999999", 1, "is not a number", ""),
    ("0x" + "f" * 40, 1, "more than 34 digits", ""),
]


@pytest.mark.parametrize(("text", "column", "message", "hint"), WRONG, ids=[item[0][:20] for item in WRONG])
def test_wrong_text_is_reported_at_its_word(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse_expression(text)
    assert caught.value.at == (1, column)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.diagnostic in ("PF300", "PF301")


def test_every_node_knows_its_place_in_the_file() -> None:
    text = "kn != null &&\n  message.from == phones[0]"

    def locate(offset: int) -> tuple[int, int]:
        line = text.count("\n", 0, offset)
        return 40 + line, 9 + offset - (text.rfind("\n", 0, offset) + 1)

    expression = parse_expression(text, locate)
    assert expression.at == (40, 9)
    assert isinstance(expression.node, And)
    assert expression.node.at == (40, 20)
    second = expression.node.parts[1]
    assert isinstance(second, Compare)
    assert second.at == (41, 24)
    assert isinstance(second.left, Select)
    assert second.left.at == (41, 19)
    assert isinstance(second.right, Index)
    assert second.right.at == (41, 33)
    names = [node.at for node in walk(expression.node) if isinstance(node, Name)]
    assert names == [(40, 9), (41, 11), (41, 27)]


def test_the_place_of_a_syntax_error_goes_through_locate() -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse_expression("a and b", lambda offset: (7, 100 + offset))
    assert caught.value.at == (7, 102)


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 60_000, "[" * 60_000, "{" * 60_000, "a(" * 2000, "(" * 4000, "[" * 33, "!" * 4000, "-" * 3000 + "a",
        "a" + ".b" * 2000, "a" + "[0]" * 1000, "a" + ".f()" * 900, "true ? 1 : " * 300 + "1", "true ? " * 300 + "1" + " : 1" * 300,
        "a" + " < a" * 700, "x" * 5000, "'" + "a" * 60_000 + "'", "//" + "x" * 60_000, " " * 60_000, "l.all(x, " * 40 + "true" + ")" * 40,
        "9" * 4000, "'\\" * 2000, "\x00" * 10, "\ud800", "\U0001f642" * 4000,
    ],
    ids=lambda bomb: repr(bomb[:8]),
)  # fmt: skip
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ExpressionSyntaxError):
        parse_expression(bomb)
    with pytest.raises(ExpressionSyntaxError):
        parse_template("${" + bomb)
    assert time.perf_counter() - begun < 20  # at once; ten times the figure, for a busy machine


def test_long_chains_and_deep_nesting_within_the_budget_are_fine() -> None:
    parse_expression(" && ".join(["a"] * 800))
    parse_expression("+".join(["a"] * 2000))
    parse_expression("(" * 31 + "a" + ")" * 31)
    parse_expression("a" + ".b" * 31)
    with pytest.raises(ExpressionSyntaxError, match="deeper than 32"):
        parse_expression("a" + ".b" * 32)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab.()[]{}?:!&|=<>+-*/%,'\"\\ \n1ru$ øin", max_size=30))
def test_no_text_crashes_the_parser(text: str) -> None:
    for parse in (parse_expression, parse_template):
        try:
            parse(text)
        except ExpressionSyntaxError as wrong:
            assert wrong.message
            assert wrong.at[0] == 1
            assert 1 <= wrong.at[1] <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ["plain"]),
        ("", []),
        ("${a}", [("a",)]),
        ("x ${ a } y", ["x ", ("a",), " y"]),
        ("${a}${b}", [("a",), ("b",)]),
        ("$${a}", ["${a}"]),
        ("$$${a}", ["$${a}"]),
        ("a $ b $", ["a $ b $"]),
        ("} {", ["} {"]),
        ('${ {"k": "}"}["k"] }!', [('{"k": "}"}["k"]',), "!"]),
        ("${'${x}'}", [("'${x}'",)]),
        ("${r'\\'}", [("r'\\'",)]),
        ("pris: ${a} kr. $${b}", ["pris: ", ("a",), " kr. ${b}"]),
    ],
)
def test_a_template_is_split_into_text_and_expressions(text: str, parts: list[object]) -> None:
    template = parse_template(text)
    assert [(part.source,) if isinstance(part, Expression) else part for part in template.parts] == parts
    assert template.is_static == all(isinstance(part, str) for part in parts)
    assert (template.single is not None) == (len(parts) == 1 and isinstance(parts[0], tuple))
    assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(template.parts))


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("abc ${a", 5, "${ is never closed"),
        ("abc ${", 5, "${ is never closed"),
        ("${a} ${(b}", 10, "does not close the ("),
        ("${}", 3, "no expression"),
        ("${a b}", 5, "cannot follow"),
        ("${a = b}", 5, "single ="),
        ("${'a}", 3, "never closed"),
        ("${${a}}", 3, "$ is not understood"),
    ],
)
def test_a_broken_template_is_reported_at_its_place(text: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse_template(text)
    assert caught.value.at == (1, column)
    assert message in caught.value.message


def test_expressions_in_a_template_know_their_place() -> None:
    template = parse_template("ab ${ c.d }", lambda offset: (3, 10 + offset))
    (expression,) = [part for part in template.parts if isinstance(part, Expression)]
    assert expression.at == (3, 16)
    assert expression.node.at == (3, 18)


def test_inputs_of_a_decision_may_stand_without_quotes_and_only_there() -> None:
    bare = parse_expression('decide("desk", {abroad: a, "health": b})')
    quoted = parse_expression('decide("desk", {"abroad": a, "health": b})')
    names = [node.name for node in walk(bare.node) if isinstance(node, Name)]
    assert names == [node.name for node in walk(quoted.node) if isinstance(node, Name)] == ["a", "b"]
    elsewhere = parse_expression("size({a: 1})")
    assert [node.name for node in walk(elsewhere.node) if isinstance(node, Name)] == ["a"]
