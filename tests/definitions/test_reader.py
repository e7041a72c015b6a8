"""Reading YAML: nothing is guessed, everything knows its place, and a bad file is told in plain words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from procflow.definitions.codes import CODES
from procflow.definitions.reader import DEPTH, NODES, SCALAR, SIZE, YList, YMap, YText, plain_value, read


def document(text: str | bytes) -> YMap:
    found, problems = read(text, "a.yaml")
    assert problems == []
    assert found is not None
    return found


def faults(text: str | bytes) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.code) for problem in read(text, "a.yaml")[1]]


def test_every_scalar_is_a_text_as_it_was_written() -> None:
    written = [
        "010190",
        "NO",
        "on",
        "yes",
        "2026-01-01",
        "09:00",
        "24:00",
        "1.10",
        "0x1F",
        "1_000",
        "~",
        "null",
    ]
    for text in written:
        assert document(f"kn: {text}\n")["kn"] == text


def test_the_nodes_are_dicts_lists_and_texts_that_know_their_places() -> None:
    root = document('a: 1\nb:\n  - x\n  - {c: "d"}\n')
    assert root == {"a": "1", "b": ["x", {"c": "d"}]}
    assert (root.line, root.column, root.key_at) == (1, 1, {"a": (1, 1), "b": (2, 1)})
    inner = root["b"]
    assert isinstance(inner, YList)
    assert (inner.line, inner.column) == (3, 3)
    assert (inner[0].line, inner[0].column, inner[0].plain) == (3, 5, True)
    flow = inner[1]
    assert isinstance(flow, YMap)
    assert (flow.line, flow.column, flow.flow, flow.key_at) == (4, 5, True, {"c": (4, 6)})
    value = flow["c"]
    assert isinstance(value, YText)
    assert (value.line, value.column, value.plain) == (4, 9, False)
    assert not root.flow


def test_a_key_is_a_text_with_a_place_too() -> None:
    (key,) = document('"${day} minus 1 day": x\n')
    assert isinstance(key, YText)
    assert key.position(2) == (1, 4)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("True", True), ("FALSE", False), ("yes", "yes"), ("NO", "NO"), ("on", "on"),
        ("null", None), ("~", None), ("", None), ('""', ""), ("'true'", "true"), ('"7"', "7"),
        ("7", 7), ("-7", -7), ("0", 0), ("7.50", Decimal("7.50")), ("2.0", 2), ("-0.5", Decimal("-0.5")),
        ("010190", "010190"), ("+4571999901", "+4571999901"), ("1e3", "1e3"), ("1_000", "1_000"),
        ("0x1F", "0x1F"), (".5", ".5"), (".inf", ".inf"), ("09:00", "09:00"), ("2026-01-01", "2026-01-01"),
        ("9" * 34, int("9" * 34)), ("9" * 35, "9" * 35), ("9" * 5000, "9" * 5000),
        ("[1, x, {a: 2.5}]", [1, "x", {"a": Decimal("2.5")}]),
    ],
)  # fmt: skip
def test_a_plain_value_is_a_number_only_where_it_is_written_just_so(written: str, value: object) -> None:
    found = plain_value(document(f"k: {written}\n")["k"])
    assert found == value
    assert type(found) is type(value)


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated() -> None:
    root = document(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n")
    assert root == {"a": "1", "b": "x\ny\n"}
    assert root.key_at == {"a": (1, 1), "b": (2, 1)}
    assert root["b"].position(2) == (4, 3)


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        # characters
        ("a: 1\n\tb: 2\n", (2, 1, "PF007"), "spaces"),
        ("a: x\u202ey\n", (1, 5, "PF006"), "delete"),
        ("a: x\u2067y\n", (1, 5, "PF006"), "delete"),
        ("a: x\x00\n", (1, 5, "PF006"), "delete"),
        ("a: x\x85y\n", (1, 5, "PF006"), "delete"),
        ("a: x\ry\n", (1, 5, "PF006"), "delete"),
        ("a: 1\nb: x\ufeff\n", (2, 5, "PF006"), "delete"),
        ("a: \ud800\n", (1, 4, "PF006"), "delete"),
        ('a: "x\\u202ey"\n', (1, 6, "PF006"), "delete"),
        ('a: "x\\0"\n', (1, 6, "PF006"), "delete"),
        (b"a: 1\nb: K\xf8b\n", (2, 5, "PF005"), "UTF-8"),
        (b"\xff\xfea\x00", (1, 1, "PF005"), "UTF-8"),
        # shape
        ("", (1, 1, "PF008"), "procedure:"),
        ("# nothing\n", (1, 1, "PF008"), "procedure:"),
        ("---\n", (1, 1, "PF008"), "procedure:"),
        ("- a\n", (1, 1, "PF009"), "procedure:"),
        ("procedure:x\n", (1, 1, "PF009"), "a colon is followed by a space"),
        # YAML that a document does not use
        ("a: 1\nb: 2\na: 3\n", (3, 1, "PF011"), "remove one"),
        ("a: {b: 1, b: 2}\n", (1, 11, "PF011"), "remove one"),
        ("a: &x 1\n", (1, 4, "PF012"), "write it out"),
        ("a: *x\n", (1, 4, "PF013"), '"*x"'),
        ("a: !!int 1\n", (1, 4, "PF014"), "remove it"),
        ("a: !python/object:os.system x\n", (1, 4, "PF014"), "remove it"),
        ("<<: {a: 1}\n", (1, 1, "PF015"), "write the keys out"),
        ("a: 1\n---\nb: 2\n", (2, 1, "PF016"), "one document a file"),
        ("? [a, b]\n: 1\n", (1, 3, "PF017"), "${name}"),
        ("a: {{name}}\n", (1, 5, "PF017"), "${name}"),
        ("a: {: 1}\n", (1, 5, "PF017"), "write the key"),
        # texts that YAML splits
        ("a: {da: Først små, så store}\n", (1, 20, "PF019"), 'a: {da: "Først små, så store"}'),
        ("a: {da: Ja, no, en: Yes}\n", (1, 13, "PF019"), 'a: {da: "Ja, no", en: Yes}'),
        ("a: [{when: f(a, b, c), to: x}]\n", (1, 17, "PF019"), 'a: [{when: "f(a, b, c)", to: x}]'),
        ('a: {when: x == "a, b", to: c}\n', (1, 20, "PF019"), "a: {when: 'x == \"a, b\"', to: c}"),
        ("a: {carrier}\n", (1, 5, "PF019"), "key: value"),
        # what cannot be read
        ("title: Now: then\n", (1, 11, "PF021"), 'title: "Now: then"'),
        ("a: {da: Hvad: nu, en: x}\n", (1, 13, "PF021"), "between quotes"),
        ('a: "x\nb: 1\n', (1, 4, "PF022"), "on its own line"),
        ('a: "x\nb: "y"\n', (1, 4, "PF022"), "on its own line"),
        ("a: 'it's'\n", (1, 8, "PF022"), "''"),
        ('a: "x" y\n', (1, 8, "PF022"), "one pair of quotes"),
        ("a: | x\n  y\n", (1, 6, "PF022"), "next line"),
        ("a: {b: 1\nc: 2\n", (1, 4, "PF023"), "}"),
        ("a: [x # y]\nb: 1\n", (1, 4, "PF023"), "comment"),
        ("a: [b c: {]\n", (1, 11, "PF026"), "quotes"),
        ("a:\n  b: 1\n c: 2\n", (3, 2, "PF024"), "column"),
        ("a: x\n  b: y\n", (2, 3, "PF024"), "column"),
        ("a: 1\n- b\n", (2, 1, "PF024"), "column"),
        ("- a\nb: 1\n", (2, 1, "PF024"), "column"),
        ("a: - b\n", (1, 4, "PF024"), "next line"),
        ('a: "\\d"\n', (1, 5, "PF025"), "single quotes"),
        ("a: @x\n", (1, 4, "PF026"), 'a: "@x"'),
        ("a: %x\n", (1, 4, "PF026"), 'a: "%x"'),
        ("a: *\n", (1, 4, "PF026"), 'a: "*"'),
        ("a: {to: ${x}}\n", (1, 9, "PF026"), '"${…}"'),
        ("a: {when: x ? y : z}\n", (1, 17, "PF026"), "quotes"),
        ("a: 1\nb:2\nc: 3\n", (2, 1, "PF027"), "b: 2"),
        ("a: 1\nb\n", (2, 1, "PF027"), "b: …"),
        ("%YAML 3.0\n---\na: 1\n", (1, 1, "PF020"), "remove"),
    ],
)  # fmt: skip
def test_a_bad_file_has_one_fault_with_its_place_and_a_hint(
    text: str | bytes, expected: tuple[int, int, str], hint: str
) -> None:
    _, problems = read(text, "a.yaml")
    assert [(p.line, p.column, p.code) for p in problems] == [expected]
    assert hint in problems[0].hint
    assert problems[0].message
    assert (problems[0].path, problems[0].severity) == ("a.yaml", CODES[expected[2]][0])


def test_all_faults_that_do_not_stop_the_reading_come_in_one_run() -> None:
    text = "a: &x 1\nb: *x\na: 2\n<<: {c: d}\ne: !!str 1\n"
    assert faults(text) == [
        (1, 4, "PF012"), (2, 4, "PF013"), (3, 1, "PF011"), (4, 1, "PF015"), (5, 4, "PF014"),
    ]  # fmt: skip


def test_a_second_key_names_the_place_of_the_first() -> None:
    _, (problem,) = read("a:\n  bb: 1\n  bb: 2\n", "a.yaml")
    assert "line 2, column 3" in problem.message


def test_a_mended_document_is_given_so_that_more_is_found_in_the_same_run() -> None:
    root, problems = read("a: {da: Først små, så store, en: x}\nb: 1\nb: 2\n", "a.yaml")
    assert root == {"a": {"da": "Først små, så store", "en": "x"}, "b": "1"}
    assert len(problems) == 2
    assert root["a"]["da"].position(11) == (1, 20)


def test_a_document_with_an_alias_is_of_no_use() -> None:
    assert read("a: &x 1\nb: *x\n", "a.yaml")[0] is None


def test_a_tab_may_be_written_as_an_escape() -> None:
    assert document('a: "x\\ty"\n')["a"] == "x\ty"


def test_the_budgets_hold_at_their_limits_and_refuse_one_more() -> None:
    body = "a: 1\n"
    fits = body + "#" * (SIZE - len(body) - 1) + "\n"
    assert faults(fits) == []
    assert faults(fits + "\n") == [(1, 1, "PF001")]
    assert faults("#æ" * (SIZE // 3 + 1)) == [(1, 1, "PF001")]

    nested = "a: " + "[" * (DEPTH - 1) + "]" * (DEPTH - 1)
    assert faults(nested) == []
    assert faults("a: " + "[" * DEPTH + "]" * DEPTH) == [(1, 4 + DEPTH - 1, "PF002")]

    items = NODES - 3  # the root, its key and its list count too
    assert faults("a:\n" + "- x\n" * items) == []
    assert faults("a:\n" + "- x\n" * (items + 1)) == [(NODES - 1, 3, "PF003")]

    assert faults("a: " + "x" * SCALAR) == []
    assert faults("b: 1\na: " + "x" * (SCALAR + 1)) == [(2, 4, "PF004")]
    assert faults("a: " + "æ" * (SCALAR // 2 + 1)) == [(1, 4, "PF004")]


def test_a_file_of_faults_stops_after_enough_of_them() -> None:
    root, problems = read("a: 1\n" * 20_000, "a.yaml")
    assert root is None
    assert len(problems) == 500


STATES = """\
procedure: p
states:
  first:
    task: {role: agent}
    choices:
      go: {to: second}
  second:
    task: {role: agent}
  last: {final: true}
deadlines:
  soon:
    starts: opening
    within: 2 days
    met: choice go
"""


@pytest.mark.parametrize(
    ("right", "wrong", "at", "words"),
    [
        ("  second:", "second:", (7, 1), "begin it in column 3, as the lines beside it"),
        ("    within", "  within", (13, 3), "begin it in column 5, or move the line after it out too"),
        ("    starts", "  starts", (12, 3), "`soon` on the line above has nothing below it"),
        ("    task: {role: agent}\n    choices", "      task: {role: agent}\n    choices", (5, 5), "under `first` (line 3)"),
        ("    choices:\n      go", "      choices:\n        go", (5, 7), "further in than the one above"),
    ],
)  # fmt: skip
def test_the_line_that_stands_in_the_wrong_column_is_the_one_that_is_told(
    right: str, wrong: str, at: tuple[int, int], words: str
) -> None:
    assert read(STATES, "a.yaml")[1] == [] and right in STATES
    _, problems = read(STATES.replace(right, wrong), "a.yaml")
    assert [(p.line, p.column, p.code) for p in problems] == [(*at, "PF024")]
    assert words in problems[0].as_text()


def test_a_second_mapping_and_the_rest_of_a_text_are_told_as_what_they_are() -> None:
    _, (second,) = read("a: {do: {notify: {role: lead}}, {notify: {role: agent}}}\n", "a.yaml")
    assert (second.column, second.code, second.hint) == (
        33,
        "PF017",
        "several stand in a list: `do: [{…}, {…}]`",
    )
    _, (torn,) = read("a: [{when: decide(x, {x: x}).y, to: z}]\n", "a.yaml")
    assert (torn.column, torn.code) == (12, "PF019") and 'write `when: "decide(x, {x: x}).y' in torn.hint


def test_one_entry_among_keys_is_told_with_the_line_that_began_the_list() -> None:
    _, (told,) = read("promises:\n  - one:\n      says: x\n  two:\n    says: y\n", "a.yaml")
    assert (told.line, told.code) == (4, "PF024") and "take the `- ` in line 2 away" in told.hint
