"""Documents against the schema of their kind: good ones pass, and each fault is told once, at the wrong word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.definitions.codes import CODES
from procflow.definitions.reader import read
from procflow.definitions.schema import KINDS, kind_of, schema_of, unknown_kind, validate
from procflow.errors import Diagnostic

GOOD = sorted((Path(__file__).parent / "good").glob("*.yaml"))
HEAD = "procedure: p\ninitial: a\nstates:\n"


def check(text: str, operations: dict[str, dict[str, object]] | None = None) -> list[Diagnostic]:
    """Every problem of a text, of its YAML and of its form."""
    root, problems = read(text, "a.yaml")
    if root is None:
        return problems
    kind = kind_of(root)
    if kind is None:
        return [*problems, unknown_kind(root, "a.yaml")]
    return sorted([*problems, *validate(root, kind, "a.yaml", operations or {})])


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_has_no_fault(path: Path) -> None:
    assert check(path.read_text(encoding="utf-8")) == []


def test_there_is_a_good_file_of_every_kind() -> None:
    roots = [read(path.read_bytes(), path.name)[0] for path in GOOD]
    assert {kind_of(root) for root in roots if root is not None} == set(KINDS)


def test_the_line_for_editors_at_the_top_names_a_schema_that_is_there() -> None:
    schemas = Path(__file__).resolve().parents[2] / "schemas"
    named = [path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2] for path in GOOD]
    named = [name for name in named if name]
    assert named
    assert all((schemas / Path(name).name).is_file() for name in named)


def state(text: str) -> str:
    return HEAD + f"  a: {text}\n"


def top(text: str) -> str:
    return HEAD + "  a: {final: true}\n" + text


@pytest.mark.parametrize(
    ("marked", "codes", "words"),  # ▸ stands before the wrong word
    [
        # the kind
        ('▸procedur: x\n', 'PF100', "did you mean `procedure`?"),
        ('▸title: x\nprocedure: p\n', 'PF100', "move `procedure:` to the top"),
        # unknown and missing keys
        (top('▸titel: x\n'), 'PF101', "`titel` is not a key of a procedure|did you mean `title`?"),
        ('procedure: p\n▸inital: a\nstates: {a: {final: true}}\n', 'PF101', "did you mean `initial`?"),
        ('▸procedure: p\nstates: {a: {final: true}}\n', 'PF102', "a procedure lacks `initial`"),
        (state('{▸tsk: {role: x}, final: true}'), 'PF101', "did you mean `task`?"),
        (state('{choices: {x: {▸lable: y, to: a}}}'), 'PF101', "of a choice|did you mean `label`?"),
        (state('{entry: [{notify: {role: x, ▸txt: y}}]}'), 'PF101', "`notify`|`text`"),
        (state('{task: {▸rol: x}}'), 'PF101', "did you mean `role`?"),
        (state('{parallel: {l: ▸{states: {b: {final: true}}}}}'), 'PF102', "a region (`l`) lacks"),
        (top('data: {x: ▸{label: y}}\n'), 'PF102', "lacks `type`"),
        (top('data: {x: {▸typ: string}}\n'), 'PF101', "did you mean `type`?"),
        (top('promises:\n  x: {before: a, ▸mst: b}\n'), 'PF101', "did you mean `must`?"),
        (top('decisions: {x: {inputs: {a: [b]}, rows: [▸{a: b}]}}\n'), 'PF102', "lacks `gives`"),
        ('tables: t\ncolumns: {a: {type: string, ▸ky: true}}\nrows: []\n', 'PF101', "did you mean `key`?"),
        ('types:\n  a: {type: string, ▸patern: x}\n', 'PF101', "did you mean `pattern`?"),
        # the wrong kind of value
        (state('{final: ▸yes}'), 'PF103', "`final` is true or false, not `yes`|write true"),
        (state('{final: ▸"true"}'), 'PF103', "without quotes"),
        (state('{task: ▸agent}'), 'PF103', "`task` is a mapping of keys to values, not `agent`"),
        (HEAD + '  a:\n    ▸task:\n    title: x\n', 'PF103', "`task` has no value|on the lines below"),
        (HEAD + '  ▸a:Foo\n', 'PF103', "a colon is followed by a space: `a: Foo`"),
        (HEAD + '  ▸- a\n', 'PF103', "not a list|without `- `"),
        (state('{choices: {x: {ask: ▸kn, to: a}}}'), 'PF103', "`ask` is a list or a mapping"),
        (state('{task: {role: x, say: ▸[y]}}'), 'PF103', "not a list"),
        (state('{task: {role: x, ▸say: }}'), 'PF103', "`say` has no value"),
        (top('correlate: ▸kn\n'), 'PF103', "write a list: [kn]"),
        (top('data:\n  ▸v:\n'), 'PF103', "`v` has no value"),
        (top('data: {y: {type: string, minLength: ▸ten}}\n'), 'PF103', "is a whole number, not `ten`"),
        (top('starts: [▸agent]\n'), 'PF103', "entry 1 of `starts` is a mapping"),
        # words that may stand
        (state('{task: {role: x, take: ▸clam}}'), 'PF104', "did you mean `claim`?"),
        (state('{choices: {x: {note: ▸requird}}}'), 'PF104', "did you mean `required`?"),
        (top('decisions: {x: {hit: ▸frist, inputs: {a: [b]}, rows: [{gives: {}}]}}\n'), 'PF104', "`first`"),
        # forms
        (HEAD + '  ▸A State: {final: true}\n', 'PF105', "`A State` is not an id|write `a_state`"),
        (HEAD + '  ▸Ændring: {final: true}\n', 'PF105', "write `aendring`"),
        (state('{choices: {x: {to: ▸Nowhere!}}}'), 'PF105', "not the name of a state|write `nowhere`"),
        (top('data: {z: {type: ▸String}}\n'), 'PF105', "write `string`"),
        (top('deadlines: {x: {starts: ▸enterin a, within: 1 day, met: opening}}\n'), 'PF105', "is not a moment"),
        ('organisation: o\ntimezone: UTC\nlanguages: [▸dansk]\n', 'PF105', "two small letters"),
        ('organisation: o\ntimezone: UTC\ncalendar: {open: {▸mandag: ▸x}}\n', 'PF105, PF105', "mon-fri"),
        ('organisation: o\ntimezone: UTC\ncalendar: {closed: [▸6-5]}\n', 'PF105', "month-day"),
        ('organisation: o\ntimezone: UTC\npeople: {qaa: {mail: ▸foo}}\n', 'PF105', "is not a mail address"),
        ('tables: t\ncolumns: {a: {type: string}}\nversions: [{valid: {from: ▸2026-02-30}, rows: []}]\n', 'PF105', "is not a date"),
        # sizes and repetitions
        (top('data: {u: {enum: ▸[]}}\n'), 'PF106', "`enum` is empty"),
        (top('data: {u: {type: string, minLength: ▸-1}}\n'), 'PF106', "too small"),
        (state('{choices: {x: {ask: [▸{b: {type: string}, c: {type: string}}]}}}'), 'PF107', "at most 1"),
        (top('correlate: [kn, ▸kn]\n'), 'PF108', "`kn` stands twice in `correlate`"),
        # exactly one of several keys
        (state('{task: ▸{guide: x}}'), 'PF110', "a task needs `role` or `to`"),
        (state('{entry: [▸{when: x}]}'), 'PF110', "an effect needs"),
        (state('{entry: [▸{}]}'), 'PF110', "an effect needs"),
        (top('promises: {x: ▸{says: y}}\n'), 'PF110', "a promise needs one of"),
        (top('starts: [▸{when: x}]\n'), 'PF110', "a start needs one of"),
        (top('deadlines: {x: ▸{starts: opening, met: opening}}\n'), 'PF110', "`within` or `until`"),
        ('▸tables: t\ncolumns: {a: {type: string}}\n', 'PF110', "`versions` or `rows`"),
        (state('{task: {role: x, ▸to: y}}'), 'PF111', "either `role` or `to`"),
        (state('{choices: {x: {to: a, ▸refuse: no}}}'), 'PF111', "`refuse` stands instead of `to`"),
        (state('{final: true, ▸choices: {x: {to: a}}}'), 'PF111', "`choices` has no place in a final state"),
        (state('{entry: [{mail.send: {}, ▸sms.send: {}}]}'), 'PF111', "one entry holds one effect"),
        (state('{entry: [{mail.send: {}, when: x, ▸notify: {role: y}}]}'), 'PF111', "one entry holds one"),
        (state('{invoke: {procedure: x, ▸mail.send: {}}}'), 'PF111', "one state invokes one thing"),
        (state('{invoke: {b.c: {}, ▸d.e: {}}}'), 'PF111', "one state invokes one thing"),
        (top('promises: {x: {always: y, ▸never: z}}\n'), 'PF111', "`never` cannot stand beside `always`"),
        (top('starts: [{message: x, ▸by: y}]\n'), 'PF111', "`by` cannot stand beside `message`"),
        (state("{entry: [{notify: ▸{text: x}}]}"), "PF110", "`notify` needs `role`, `person` or `to`"),
        (state("{entry: [{notify: {role: x, ▸to: y}}]}"), "PF111", "`notify` has one of"),
        # keys that need another
        (state('{▸states: {b: {final: true}}}'), 'PF112', "need `initial`"),
        (state('{entry: [{notify: {role: x}, ▸as: y}]}'), 'PF112', "`as` names an entry of `each`"),
        (state('{invoke: {▸with: {}}}'), 'PF112', "`with` needs `procedure`"),
        (top('promises: {x: {▸after: y}}\n'), 'PF112', "`after` needs `eventually`"),
        # texts that YAML split at a comma
        (state('{always: [{when: f(b, ▸c), to: a}]}'), 'PF019', '{when: "f(b, c)", to: a}'),
        (state('{always: [{when: f(b, ▸c: d), to: a}]}'), 'PF019', 'when: "f(b, c: d)"'),
        (state('{task: {role: x, say: {da: Først små, ▸så store}}}'), 'PF019', '{da: "Først små, så store"}'),
        (state('{task: {role: x, say: {da: Husk, ▸vigtigt: ring}}}'), 'PF019', 'da: "Husk, vigtigt: ring"'),
        (state('{task: {role: x, say: {▸dansk: Husk}}}'), 'PF101', "`dansk` is not a language"),
    ],
)  # fmt: skip
def test_a_fault_is_told_once_at_the_wrong_word(marked: str, codes: str, words: str) -> None:
    places = []
    for number, line in enumerate(marked.split("\n"), 1):
        places += [(number, found.start() + 1 - i) for i, found in enumerate(re.finditer("▸", line))]
    problems = check(marked.replace("▸", ""))
    expected = list(zip(places, codes.split(", "), strict=True))
    assert [((p.line, p.column), p.code) for p in problems] == expected, [p.as_text() for p in problems]
    said = "\n".join(p.as_text() for p in problems)
    for word in words.split("|"):
        assert word in said


STEPS = """scenarios: p
clock: 2026-01-01 10:00
tests:
  x:
    - """


@pytest.mark.parametrize(
    ("step", "expected", "words"),
    [
        ("{do: b, by: c, wiht: {}}", (5, 22, "PF101"), "did you mean `with`?"),
        ("{do: b, wait: 5 days}", (5, 15, "PF111"), "`wait` cannot stand beside `do`"),
        ("{wait: 5 days, by: c}", (5, 22, "PF111"), "`by` cannot stand beside `wait`"),
        ("{by: c}", (5, 7, "PF110"), "a step needs one of `open`"),
        ("{}", (5, 7, "PF110"), "a step needs one of `open`"),
        ("open", (5, 7, "PF103"), "entry 1 of `x`"),
        ("{expect: {stat: b}}", (5, 17, "PF101"), "did you mean `state`?"),
        ("{expect: {count: {mail.send: many}}}", (5, 36, "PF103"), "a whole number"),
        ("{expect: {nothing_sent: nej}}", (5, 31, "PF103"), "write false"),
        ("{expect: {sent: [{mail.send: {}, sms.send: {}}]}}", (5, 24, "PF107"), "at most 1"),
        ("{refused: {by: c}}", (5, 17, "PF102"), "lacks `do`"),
        ("{change: {table: c}}", (5, 17, "PF112"), "`table` needs `rows`"),
        ("{receive: {from: c}}", (5, 17, "PF102"), "lacks `channel`"),
        ("{fail: mail.send}", (5, 14, "PF103"), "a mapping"),
    ],
)
def test_a_step_has_one_verb_and_what_belongs_to_it(
    step: str, expected: tuple[int, int, str], words: str
) -> None:
    problems = check(STEPS + step + "\n")
    assert [(p.line, p.column, p.code) for p in problems] == [expected], [p.as_text() for p in problems]
    assert words in problems[0].as_text()


def test_all_faults_of_a_file_come_in_one_run_in_the_order_of_the_file() -> None:
    text = HEAD + "  a:\n    tsk: 1\n    choices: {B: {to: a}, c: {note: maybe}}\n  d: []\nowner: [x]\n"
    assert [(p.line, p.code) for p in check(text)] == [
        (5, "PF101"), (6, "PF105"), (6, "PF104"), (7, "PF103"), (8, "PF103"),
    ]  # fmt: skip


MAIL: dict[str, object] = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "format": "email"},
        "subject": {"type": "string", "minLength": 3},
        "attach": {"type": "array", "items": {"type": "object"}},
        "copies": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["letter", "card"]},
        "code": {"$ref": "#/$defs/code"},
    },
    "required": ["to"],
    "additionalProperties": False,
    "$defs": {"code": {"type": "string", "maxLength": 3}},
}
OPERATIONS: dict[str, dict[str, object]] = {
    "mail.send": MAIL,
    "crm.refresh": {"type": "object", "properties": {}, "additionalProperties": False},
}


@pytest.mark.parametrize(
    ("effect", "expected", "words"),
    [
        ("mail.send: {to: x@y.example, copies: 2}", [], ""),
        (
            "mail.send: {to: '${email}', attach: ['${file}'], copies: '${n}', kind: '${k}', code: '${long}'}",
            [],
            "",
        ),
        ("mail.send: {to: 'x ${rest}', subject: {da: Hej du, en: Hello}}", [], ""),
        ("crm.refresh:", [], ""),
        ("mail.send: {to: foo}", [(6, 25, "PF105")], "is not a mail address"),
        ("mail.send: {to: x@y.example, subject: ab}", [(6, 47, "PF106")], "at least 3"),
        ("mail.send: {to: x@y.example, copies: 0}", [(6, 46, "PF106")], "at least 1"),
        ("mail.send: {to: x@y.example, copies: two}", [(6, 46, "PF103")], "a whole number"),
        ("mail.send: {to: x@y.example, kind: lettre}", [(6, 44, "PF104")], "did you mean `letter`?"),
        ("mail.send: {to: x@y.example, code: long}", [(6, 44, "PF107")], "at most 3"),
        ("mail.send: {to: x@y.example, atach: []}", [(6, 38, "PF101")], "not a parameter of `mail.send`"),
        ("mail.send: {}", [(6, 20, "PF102")], "lack `to`"),
        ("mail.send:", [(6, 9, "PF103")], "`mail.send` has no value"),
        ("mial.send: {to: x}", [(6, 9, "PF120")], "did you mean `mail.send`?"),
        ("crm.refresh: {x: y}", [(6, 23, "PF101")], "not a parameter of `crm.refresh`"),
    ],
)
def test_parameters_are_checked_where_the_operations_are_known(
    effect: str, expected: list[tuple[int, int, str]], words: str
) -> None:
    text = HEAD + f"  a:\n    entry:\n      - {effect}\n"
    problems = check(text, OPERATIONS)
    assert [(p.line, p.column, p.code) for p in problems] == expected
    assert words in "".join(p.as_text() for p in problems)
    if any(code != "PF103" for _, _, code in expected):
        assert check(text) == []  # without operations, any channel and any parameters may stand


def test_an_invoked_operation_is_checked_as_well() -> None:
    text = state("{invoke: {mail.send: {too: x@y.example}}}")
    assert [(p.line, p.column, p.code) for p in check(text, OPERATIONS)] == [(4, 28, "PF101")]


def test_the_schema_for_an_editor_knows_the_operations() -> None:
    properties = schema_of("procedure", OPERATIONS)["$defs"]["effect"]["properties"]
    assert {"mail.send", "crm.refresh", "note.write"} <= set(properties)
    assert all(properties[name]["description"] for name in properties if "description" in properties[name])


def found(schema: dict[str, object], value: str) -> list[str]:
    """The codes of what is wrong with a parameter that is written so."""
    operation: dict[str, object] = {"type": "object", "properties": {"it": schema}}
    return [p.code for p in check(state(f"{{invoke: {{x.do: {{it: {value}}}}}}}"), {"x.do": operation})]


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", "2026-02-28", "2026-02-30"), ("time", "09:00", "25:00"), ("email", "a@b.example", "a@"),
        ("date-time", "2026-01-01T09:00:00Z", "2026-01-01"), ("uri", "https://a.example/x", "a b"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"), ("ipv4", "127.0.0.1", "127.0.0.256"),
    ],
)  # fmt: skip
def test_a_format_is_always_checked(form: str, good: str, bad: str) -> None:
    assert found({"type": "string", "format": form}, good) == []
    assert found({"type": "string", "format": form}, bad) == ["PF105"]


def test_numbers_are_exact_and_yes_is_no_number() -> None:
    assert found({"multipleOf": 0.1}, "0.3") == []
    assert found({"enum": [1, "a"]}, "1.0") == []
    assert found({"enum": [1]}, "true") == ["PF104"]
    assert found({"type": "integer", "maximum": 3}, "4") == ["PF107"]
    assert found({"exclusiveMinimum": 0}, "0") == ["PF106"]
    assert found({"type": "integer"}, "1.5") == ["PF103"]


def test_text_in_quotes_is_no_number_and_figures_without_are_text_too() -> None:
    for schema, fits_quoted, fits_plain in (
        ("string", True, True),
        ("integer", False, True),
        ("boolean", False, False),
    ):
        assert (found({"type": schema}, '"7"') == []) is fits_quoted
        assert (found({"type": schema}, "7") == []) is fits_plain


def test_every_code_has_a_severity_and_a_title() -> None:
    for code, (severity, title) in CODES.items():
        assert len(code) == 5 and code.startswith("PF") and code[2:].isdigit()
        assert severity in ("error", "warning")
        assert title


VALUES = st.recursive(
    st.sampled_from(
        ["''", "~", "x", "7", "-0.5", "yes", "true", '"a: b"', "'${kn}'", "da", "mail.send", "2026-01-01"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(
                ["da", "when", "to", "do", "role", "type", "mail.send", "states", "X", "then", "final"]
            ),
            inner,
            max_size=3,
        ).map(lambda items: "{" + ", ".join(f"{key}: {item}" for key, item in items.items()) + "}")
    ),
    max_leaves=8,
)
KEYS = sorted({key for kind in KINDS for key in schema_of(kind)["properties"]})


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=6), st.sampled_from(KINDS))
def test_any_document_of_any_kind_is_judged_without_falling_over(items: dict[str, str], kind: str) -> None:
    root, _ = read("".join(f"{key}: {item}\n" for key, item in items.items()), "a.yaml")
    assert root is not None
    problems = validate(root, kind, "a.yaml", OPERATIONS)
    assert all(p.message and p.column >= 1 for p in problems)
    assert len({(p.line, p.column, p.code, p.message) for p in problems}) == len(problems)
    assert all(1 <= p.line <= len(items) for p in problems)
