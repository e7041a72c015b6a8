"""What expressions give: values, null, errors, budgets, templates, explanations, and the tree's other forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.expressions import (
    Literal,
    OutOfBudget,
    calls,
    evaluate,
    explain,
    expression_from_json,
    fill,
    holds,
    reads,
    start,
    template_from_json,
    to_json,
    unparse,
)
from procflow.core.times import Span, parse_time
from procflow.core.values import Person
from procflow.definitions.parse import parse_expression, parse_template
from procflow.errors import EvaluationError

ANNA = Person({"id": "qaa", "name": "Anna Test", "roles": ("advisor", "agent"), "mate": "qbb"})


class Desk:
    """A scope of plain values; `calls` keeps what was asked."""

    zone = "Europe/Copenhagen"

    def __init__(self, **names: Any) -> None:
        self.names: Mapping[str, Any] = {
            "carrier": "PROSAM",
            "unset": None,
            "yes": True,
            "no": False,
            "n": 3,
            "half": Decimal("0.5"),
            "phones": ("+4571999901", "+4571999902"),
            "nobody": (),
            "caseworker": ANNA,
            "row": {"handler": "KC", "response": parse_time("4 working days"), "none": None},
            "now": datetime(2026, 5, 11, 8, 5, tzinfo=UTC),
            "later": datetime(2026, 5, 11, 9, 5, tzinfo=UTC),
            "day": date(2026, 5, 11),
            "gap": parse_time("60 minutes"),
            "city": "Ærøskøbing",
            "numbers": tuple(range(100)),
            "lots": tuple(range(2000)),
            "long": "x" * 60_000,
            **names,
        }
        self.calls: list[tuple[str, Sequence[Any]]] = []

    def name(self, name: str) -> Any:
        return self.names[name]

    def call(self, function: str, args: Sequence[Any]) -> Any:
        self.calls.append((function, args))
        if function == "table":
            return {"LLK": {"handler": "KC"}}
        if function == "count":
            return 2
        if function == "broken":
            raise EvaluationError("the table has a gap on this day")
        raise AssertionError(function)


def value(text: str, **names: Any) -> Any:
    return evaluate(parse_expression(text), Desk(**names))


VALUES = [
    ("-(0)", 0),
    ("-(3) * 2", -6),
    # numbers: one exact type
    ("1 + 2 * 3 - 4", 3),
    ("(1 + 2) * 3", 9),
    ("((n))", 3),
    ("7 / 2", Decimal("3.5")),
    ("8 / 2", 4),
    ("0.1 + 0.2 == 0.3", True),
    ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
    ("-7 % 3", -1),
    ("7 % -3", 1),
    ("7.5 % 2", Decimal("1.5")),
    ("-n", -3),
    ("--3", 3),
    ("1.50", Decimal("1.5")),
    ("2.0", 2),
    ("1e3", 1000),
    (".5 + half", 1),
    ("0x1F", 31),
    ("-1234567890.123456789012345678901234", Decimal("-1234567890.123456789012345678901234")),
    ("abs(-1234567890.123456789012345678901234)", Decimal("1234567890.123456789012345678901234")),
    ("n == 3.0 && 3 < 3.5", True),
    # texts
    ('"a" + "b" + \'c\'', "abc"),
    (r'"\u00e5\t\"\x41\101"', 'å\t"AA'),
    (r"r'\d' == '\\d'", True),
    ('"""two\nlines "and" quotes"""', 'two\nlines "and" quotes'),
    ("'''it's'''", "it's"),
    ("city.size()", 10),
    ("size('🙂')", 1),
    ('"Å" > "Z"', True),
    ('city.startsWith("Ær") && city.endsWith("ing") && city.contains("skø")', True),
    ('city.matches("^Æ.*g$") && !matches(city, "^skø")', True),
    ("city.lower()", "ærøskøbing"),
    ("city.upper()", "ÆRØSKØBING"),
    ("city.lowerAscii()", "Ærøskøbing"),
    ("city.upperAscii()", "ÆRøSKøBING"),
    ("'  a b\u00a0'.trim()", "a b"),
    ("city.substring(2, 4) + city.charAt(0)", "øsÆ"),
    ("'a,b,c'.split(',')", ("a", "b", "c")),
    ("'a,b,c'.split(',', 2)", ("a", "b,c")),
    ("'abc'.split('')", ("a", "b", "c")),
    ("phones.join(' / ')", "+4571999901 / +4571999902"),
    ("'aaa'.replace('a', 'b', 2)", "bba"),
    ("'hello'.indexOf('l') + 10 * 'hello'.lastIndexOf('l')", 32),
    # conversions
    ("int('42') + int(3.9) + int(-3.9)", 42),
    ("decimal('1.25') + double('0.75')", 2),
    ("string(3.50) + string(true) + string(day)", "3.5true2026-05-11"),
    ("string(now)", "2026-05-11T08:05:00Z"),
    ("string(caseworker)", "qaa"),
    ("bool('true')", True),
    ("min(3, half, 2)", Decimal("0.5")),
    ("max([1, 5, 2])", 5),
    ("math.greatest(1, n) + math.least(1, n)", 4),
    ("round(2.5) + round(-2.5) + floor(-1.1) + ceil(1.1)", 0),
    ("round(2.345, 2)", Decimal("2.35")),
    ("math.trunc(-1.9) + math.sign(-3) + math.abs(-3)", 1),
    # lists and objects
    ("[1, 2, 3][1]", 2),
    ("[1] + [2, 3,]", (1, 2, 3)),
    ("{'a': 1}['a'] + {'a': 1}.a", 2),
    ("2 in [1, 2] && !(4 in [1, 2])", True),
    ("'a' in {'a': 1}", True),
    ("[1, [2, 'x']] == [1.0, [2, 'x']]", True),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
    ("phones.all(p, p.startsWith('+45'))", True),
    ("phones.exists(p, p.endsWith('2'))", True),
    ("phones.exists_one(p, p.endsWith('2'))", True),
    ("numbers.filter(x, x % 50 == 0)", (0, 50)),
    ("[1, 2].map(x, x * n)", (3, 6)),
    ("[1, 2, 3].map(x, x > 1, x * 10)", (20, 30)),
    ("[1, 2].map(x, [3].map(x, x + 1)[0] + x)", (5, 6)),
    ("{'a': 1, 'b': 2}.exists(key, key == 'b')", True),
    ("nobody.all(x, false) && !nobody.exists(x, true)", True),
    ("n > 2 ? 'many' : 'few'", "many"),
    # people
    ("caseworker == 'qaa' && 'qaa' == caseworker && caseworker != 'qbb'", True),
    ("caseworker in ['qbb', 'qaa'] && 'qaa' in [caseworker]", True),
    ("'agent' in caseworker.roles && caseworker.name == 'Anna Test'", True),
    ("caseworker.mail", None),
    ("{'qaa': 1}[caseworker]", 1),
    # times
    ("later - now == gap && later - now == duration('1h')", True),
    ("now + gap == later && gap + now == later && later - gap == now", True),
    ("gap + gap > gap && -gap < gap", True),
    ("gap - duration('30 minutes') == duration('30m')", True),
    ("row.response == duration('4 working days')", True),
    ("timestamp('2026-05-11 10:05') == now", True),
    ("timestamp('2026-05-11T08:05:00Z') == now", True),
    ("timestamp('2026-05-11T10:05:00.25+02:00') - now == duration('0.25s')", True),
    ("date(now) == day && date('2026-05-11') == day", True),
    ("date('2026-05-21') - day", 10),
    ("now.getHours()", 10),
    ("now.getHours('UTC') * 100 + now.getMinutes('+00:30')", 835),
    ("now.getFullYear() * 100 + now.getMonth()", 202604),
    ("now.getDate() + 100 * now.getDayOfMonth() + 10000 * now.getDayOfWeek()", 11011),
    ("day.getDayOfYear() + day.getFullYear()", 2156),
    ("gap.getMinutes() + gap.getHours() + duration('1.5s').getMilliseconds()", 561),
    ("int(timestamp('1970-01-01T00:01:00Z')) + int(timestamp(60))", 120),
    ("now < later && day < date('2026-05-12')", True),
    # null
    ("unset.a.b", None),
    ("row.missing == null && row['missing'] == null && row.none.x == null", True),
    ("table('kc')['XXX'].handler", None),
    ("table('kc')['LLK'].handler", "KC"),
    ("table('kc')[unset]", None),
    ("phones[7]", None),
    ("unset < 3 || unset > 3 || unset <= 3 || 3 >= unset", False),
    ("unset == null && unset != 3 && !(unset == false)", True),
    ("!unset", True),
    ("unset && true", False),
    ("unset || true", True),
    ("unset ? 1 : 2", 2),
    ("3 in unset", False),
    ("null in [null]", True),
    ("null in [1]", False),
    ("unset.contains('x') || unset.matches('x') || city.startsWith(unset)", False),
    ("unset.all(x, false) && !unset.exists(x, true)", True),
    ("has(row.handler) && !has(row.none) && !has(row.missing) && !has(unset.a)", True),
    # an error is absorbed where the other side decides
    ("1 / 0 > 1 && false", False),
    ("true || 1 / 0 > 1", True),
    ("1 / 0 > 1 || true", True),
    ("[0, 1].exists(x, 1 / x == 1)", True),
    ("[0, 1].all(x, 1 / x == 2)", False),
    # different kinds are never the same
    ("'1' == 1 || true == 1 || day == now || [] == {}", False),
    ("{1: 'a'}[true]", None),
    ("1 in [true, '1']", False),
    ("// a remark\n 1 + // and another\n 1", 2),
]


@pytest.mark.parametrize(("text", "wanted"), VALUES, ids=[text for text, _ in VALUES])
def test_an_expression_has_its_value(text: str, wanted: Any) -> None:
    found = value(text)
    assert type(found) is type(wanted)
    assert found == wanted


ERRORS = [
    ("n / 0", "divided by zero"),
    ("n % 0", "divided by zero"),
    ("unset + 1", "unset: is not set"),
    ("'a' + row.none", "row.none: is not set"),
    ("-unset", "unset: is not set"),
    ("size(unset)", "unset: is not set"),
    ("'a' + 1", "cannot be added"),
    ("n - 'a'", "cannot be subtracted"),
    ("'a' * 2", "cannot be multiplied"),
    ("'a' < 1", "have no order"),
    ("now < day", "an instant cannot be compared with a date"),
    ("gap < row.response", "depends on the calendar"),
    ("now + row.response", "depends on the calendar"),
    ("n && true", "a yes or no is wanted"),
    ("'no' || false", "a yes or no is wanted"),
    ("!n", "a yes or no is wanted"),
    ("n ? 1 : 2", "a yes or no is wanted"),
    ("numbers.filter(x, x)", "a yes or no is wanted"),
    ("n.field", "has no fields"),
    ("n[0]", "cannot be looked up"),
    ("phones[-1]", "a whole number from 0"),
    ("phones[0.5]", "a whole number from 0"),
    ("'a' in city", "is not a list"),
    ("n.exists(x, true)", "is not a list"),
    ("{'a': 1, 'a': 2}", "stands twice"),
    ("{true: 1}", "a key is a text or a number"),
    ("int('x')", "not a whole number"),
    ("int('1_0')", "not a whole number"),
    ("decimal('1e99999')", "not a number"),
    ("timestamp('2026-02-30 10:00')", "not an instant"),
    ("date('yesterday')", "not a date"),
    ("duration('soon')", "not a duration"),
    ("duration('today at closing')", "not a duration"),
    ("now.getHours('Mars/Base')", "time zone"),
    ("now.getHours('../../etc/passwd')", "time zone"),
    ("'abc'.substring(2, 9)", "substring"),
    ("city.matches('(a')", "not understood"),
    ("9999999999999999999999999999999999 + 1", "more than 34 digits"),
    ("1e33 * 10", "more than 34 digits"),
    ("string([1])", "cannot be written as text"),
    ("{'a': 1}[[1]]", "cannot be a key"),
    ("mystery", "not known"),
    ("city.upcase()", "there is no upcase()"),
    ("city.int()", "written int(…)"),
    ("broken('x')", "gap on this day"),
    ("now + duration('999999999999h')", "too long"),
    ("timestamp('9999-12-31 23:00') + duration('100h')", "outside the years"),
    ("1 / 0 > 1 && true", "divided by zero"),
    ("false || n", "a yes or no is wanted"),
    ("[0].exists(x, 1 / x == 1)", "divided by zero"),
    ("caseworker.__class__.__mro__", None),
]


@pytest.mark.parametrize(("text", "words"), ERRORS, ids=[text for text, _ in ERRORS])
def test_an_expression_that_goes_wrong_says_what_and_where(text: str, words: str | None) -> None:
    if words is None:  # a field that is not there, whatever Python calls it
        assert value(text) is None
        return
    with pytest.raises(EvaluationError) as caught:
        value(text)
    assert words in caught.value.message
    line, column = caught.value.facts["at"]
    assert line == 1
    assert 1 <= column <= len(text)


def test_python_is_out_of_reach() -> None:
    for text in ("carrier.__class__", "n.real", "now.year", "phones.count", "carrier.format"):
        with pytest.raises(EvaluationError, match="no fields"):
            value(text)
    for text in ("carrier.format(n)", "now.replace(1, 2, 3)", "phones.append(1)", "gap.elapsed()"):
        with pytest.raises(EvaluationError):
            value(text)


def test_a_guard_holds_only_for_yes() -> None:
    assert holds(parse_expression("yes"), Desk()) is True
    assert holds(parse_expression("no"), Desk()) is False
    assert holds(parse_expression("unset"), Desk()) is False
    with pytest.raises(EvaluationError, match="a yes or no is wanted here, and this is a number"):
        holds(parse_expression("n"), Desk())


def test_functions_of_the_domain_are_asked_of_the_scope_and_only_when_needed() -> None:
    desk = Desk()
    assert evaluate(parse_expression('no && count("x") > 1 || count("y") == 2'), desk) is True
    assert desk.calls == [("count", ["y"])]


@pytest.mark.parametrize(
    "text",
    [
        "numbers.map(a, numbers.map(b, numbers.map(c, a)))",
        "numbers.exists(a, numbers.exists(b, numbers.exists(c, a + b + c < 0))) || true",
        "numbers.map(a, long + long.substring(0, 5000))",
        "numbers.map(a, long)" + ".map(b, b + 'x')" * 20,
        "numbers.map(a, numbers + numbers).map(a, a + a).map(a, a + a + a + a + a + a + a + a + a + a)",
        "numbers.all(a, long.matches('(x+x+)+y') || true)",
        # errors that do no harm are dear, and so is reckoning with times
        "lots.exists(x, !gap.reverse(!({'x': 'ab', n: 1} == [0, 1]), (yes.exists_one(x, long) && yes.startsWith()).none)) || yes",
        "lots.exists(x, x.a || x.b || x.c || x.d) || yes",
        "lots.map(x, duration('1h') + -duration('1h') < timestamp('2026-05-11 10:05') - now)",
        "lots.map(x, round(half, 2) + round(half, 1) + round(half, 3))",
    ],
)
def test_an_expression_that_costs_too_much_is_stopped(text: str) -> None:
    with pytest.raises(OutOfBudget, match="100000 steps"):
        value(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("long + long", "at most 65536"),
        ("long.replace('', long)", "at most 65536"),
        ("long.replace('x', 'xx')", "at most 65536"),
        ("[long, long].join('')", "at most 65536"),
        ("long.split('')", "at most 10000"),
        ("'ß'.upper() + long + '123456'.replace('', long)", "at most 65536"),
    ],
)
def test_large_values_are_refused_before_they_are_made(text: str, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        value(text)


def test_a_long_chain_of_conditions_is_not_nested() -> None:
    text = " && ".join(["n == 3"] * 400)
    assert value(text) is True
    assert value("+".join(["1"] * 2000)) == 2000


def test_a_backtracking_bomb_is_answered() -> None:
    assert value("body.matches('^(a+)+$')", body="a" * 5000 + "b") is False


# templates


def test_a_single_expression_keeps_its_type_and_others_become_text() -> None:
    def to_text(x: Any) -> str:
        return "" if x is None else f"<{x}>"

    assert fill(parse_template("${phones}"), Desk(), to_text) == ("+4571999901", "+4571999902")
    assert fill(parse_template("${unset}"), Desk(), to_text) is None
    assert fill(parse_template("a ${n} b ${unset}."), Desk(), to_text) == "a <3> b ."
    assert fill(parse_template("plain $${n}"), Desk(), to_text) == "plain ${n}"
    assert fill(parse_template(""), Desk(), to_text) == ""
    with pytest.raises(EvaluationError, match="more than 65536"):
        fill(parse_template("${long}${long}"), Desk(), str)


# other forms of the tree


@pytest.mark.parametrize("text", [text for text, _ in VALUES + ERRORS])
def test_a_tree_survives_json_and_its_own_text(text: str) -> None:
    expression = parse_expression(text)
    again = expression_from_json(json.loads(json.dumps(to_json(expression))))
    assert again == expression
    assert to_json(again) == to_json(expression)
    assert parse_expression(unparse(expression.node)).node == expression.node


def test_a_template_survives_json() -> None:
    template = parse_template("a ${n + 1} b $${c} ${phones[0]}")
    again = template_from_json(json.loads(json.dumps(to_json(template))))
    assert again == template
    assert to_json(again) == to_json(template)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a&&b||c", "a && b || c"),
        ("(a || b) && c", "(a || b) && c"),
        ("(a && b) && c", "(a && b) && c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a - b) - c", "(a - b) - c"),
        ("(a+b)*c", "(a + b) * c"),
        ("!(a==b)", "!(a == b)"),
        ("-(-3)", "-(-3)"),
        ("--3", "3"),
        ("-(a)", "-a"),
        ("(-3).size()", "(-3).size()"),
        ("(a?b:c)?d:e", "(a ? b : c) ? d : e"),
        ("a?b:c?d:e", "a ? b : c ? d : e"),
        ("(a<b)==c", "(a < b) == c"),
        ("'it\\'s \"x\"\\n'", '"it\'s \\"x\\"\\n"'),
        ("{'a':[1,],}", '{"a": [1]}'),
        ("l.map(x,x>1,x)", "l.map(x, x > 1, x)"),
        ("has( a.b )", "has(a.b)"),
    ],
)
def test_a_tree_is_written_as_cel(text: str, wanted: str) -> None:
    assert unparse(parse_expression(text).node) == wanted


def test_a_literal_keeps_its_kind() -> None:
    assert Literal(1, (1, 1)) != Literal(True, (1, 1))
    assert Literal("1", (1, 1)) == Literal("1", (2, 2))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("carrier == other.x.y", {"carrier", "other"}),
        ("input.screenshot.name + message.subject", {"input.screenshot", "message.subject"}),
        ("input['screenshot']", {"input.screenshot"}),
        ("size(input) > 1 && result.outcome == case.number", {"input", "result.outcome", "case.number"}),
        ("phones.exists(p, p == kn && q)", {"phones", "kn", "q"}),
        ("x.map(x, x + 1)", {"x"}),
        ("x.map(input, input.a)", {"x"}),
        ("count('a') > 1 ? b : {c: d}[e]", {"b", "c", "d", "e"}),
        ("has(actor.roles)", {"actor.roles"}),
        ("1 + 1 == 2", set()),
    ],
)
def test_reads_gives_the_names_that_matter(text: str, names: set[str]) -> None:
    assert reads(parse_expression(text).node) == names


def test_calls_gives_functions_with_their_literal_and_place() -> None:
    node = parse_expression('count("a") > 1 && [1].exists(x, due(kn) < add_time(now, "2 days"))').node
    assert calls(node) == (("count", "a", (1, 1)), ("due", None, (1, 33)), ("add_time", None, (1, 43)))


def test_the_start_of_a_node_is_where_its_text_begins() -> None:
    expression = parse_expression("  (a.b[1] + 2).c() > 3 && d")
    assert start(expression.node) == (1, 4)
    assert expression.at == (1, 3)


# explaining


def lines(shown: Any, depth: int = 0) -> list[str]:
    what = shown.error or ("not looked at" if not shown.looked else repr(shown.value))
    own = [f"{'  ' * depth}{shown.source}: {what}"]
    return own + [line for child in shown.children for line in lines(child, depth + 1)]


def test_explaining_shows_live_values_and_what_was_not_looked_at() -> None:
    expression = parse_expression('carrier == "FIRST" && n > 2 || unset.a != null || yes || no')
    assert lines(explain(expression, Desk())) == [
        'carrier == "FIRST" && n > 2 || unset.a != null || yes || no: True',
        '  carrier == "FIRST" && n > 2: False',
        '    carrier == "FIRST": False',
        "      carrier: 'PROSAM'",
        "    n > 2: not looked at",
        "  unset.a != null: False",
        "    unset.a: None",
        "  yes: True",
        "  no: not looked at",
    ]


def test_explaining_shows_errors_where_they_arise_and_never_raises() -> None:
    shown = explain(parse_expression("n / 0 > 1 && !unset"), Desk())
    assert shown.failed
    assert "divided by zero" in shown.error
    assert [child.failed for child in shown.children] == [True, False]
    assert shown.children[1].value is True


@pytest.mark.parametrize("text", [text for text, _ in VALUES])
def test_an_explanation_agrees_with_evaluation(text: str) -> None:
    expression = parse_expression(text)
    shown = explain(expression, Desk())
    assert shown.error == ""
    assert shown.value == evaluate(expression, Desk())


def test_an_explanation_of_a_ternary_marks_the_other_branch() -> None:
    shown = explain(parse_expression("yes ? n : unset"), Desk())
    assert [(part.source, part.looked) for part in shown.children] == [
        ("yes", True),
        ("n", True),
        ("unset", False),
    ]


def test_an_elapsed_difference_is_a_span() -> None:
    assert isinstance(value("later - now"), Span)
