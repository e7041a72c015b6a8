"""Every field of the language on a page: drawn, typed, posted, and meant as the engine takes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procflow.core.case import Case
from procflow.core.decide import field_context, with_note
from procflow.core.expressions import Template
from procflow.core.field_problems import FieldProblem
from procflow.core.fields import check_value
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Ask, Field, Text
from procflow.core.scope import StepScope
from procflow.core.times import parse_time
from procflow.desk.drawn import _pages
from procflow.desk.form_fields import Drawing, at_its_field, posted, widget
from procflow.desk.words import WORDS, desk_words
from procflow.desk.words_case import CASE_WORDS

PEOPLE = Field("who", "person")


@pytest.fixture(scope="module")
def drawing_in(shipped):
    """Makes what fields are drawn with, in a language."""

    def make(language: str) -> Drawing:
        now = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
        surroundings = Surroundings(shipped.organisation)
        scope = StepScope(shipped.procedures["policy_change"], Case(), surroundings, now, actor="agent_1")
        return Drawing(scope, language, desk_words(language))

    return make


def test_words_with_labels_are_drawn_by_them_and_posted_as_words(drawing_in) -> None:
    labels = {"x_y": Text((("da", Template(("Iks",))), ("en", Template(("Ex",)))))}
    words = {"enum": ("x_y", "z_w")}
    plain, many = (
        Field("f", "", words, labels=labels),
        Field("f", "array", items=Field("", "", words, labels=labels)),
    )
    for language, label in (("da", "Iks"), ("en", "Ex")):
        for field, raw in ((plain, "x_y"), (many, ["x_y"])):
            made = widget(Ask(field, False, False), "go", "i", raw, drawing_in(language))
            assert [(o.value, o.label, o.chosen) for o in made.options] == [
                ("x_y", label, True),
                ("z_w", "z w", False),
            ]


VALUES = [
    (Field("f", "string"), "Æblevej 3"),
    (Field("f", "plain_text"), "To lines\nwith “quotes” & <b>"),
    (Field("f", "integer"), 12),
    (Field("f", "number"), Decimal("1234.5")),
    (Field("f", "boolean"), False),
    (Field("f", "tick"), True),
    (Field("f", "date"), date(2026, 3, 4)),
    (Field("f", "instant"), datetime(2026, 3, 4, 9, 12, tzinfo=UTC)),
    (Field("f", "duration"), parse_time("4 working days")),
    (Field("f", "email"), "mette@example.com"),
    (Field("f", "phone"), "+4571999901"),
    (Field("f", "person"), "qaa"),
    (Field("f", "role"), "agent"),
    (Field("f", "", {"enum": ("PROSAM", "FIRST")}), "FIRST"),
    (Field("f", "string", {"enum": tuple("abcdefghij")}), "h"),
    (Field("f", "array", items=Field("", "phone")), ("+4571999901", "+4571999902")),
    (Field("f", "array", items=Field("", "plain_text")), ("one, with a comma", "two")),
    (Field("f", "array", items=Field("", "", {"enum": ("x", "y", "z")})), ("x", "z")),
    (Field("f", "array", items=Field("", "person")), ("qaa", "qbb")),
    (Field("f", "object", properties=(Field("street", "string"), Field("since", "date"))), {"street": "Nygade 1", "since": date(2026, 3, 4)}),
    (Field("f", "array", items=Field("", "object", properties=(Field("kind", "string"), Field("sum", "number")))), ({"kind": "a", "sum": 1}, {"kind": "b", "sum": Decimal("2.5")})),
]  # fmt: skip


def filled_in(made) -> dict[str, object]:
    """What a browser would post of a field that nobody touched."""
    if made.parts:
        return {name: value for part in made.parts for name, value in filled_in(part).items()}
    if made.options:
        chosen = [option.value for option in made.options if option.chosen]
        if made.kind in ("pick", "tick", "checks"):
            return {made.name: chosen if len(chosen) > 1 else chosen[0]} if chosen else {}
        return {made.name: chosen[0] if chosen else made.options[0].value}
    return {made.name: made.value.replace("\n", "\r\n")}


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(
    ("field", "value"), VALUES, ids=lambda x: x.type or "enum" if isinstance(x, Field) else ""
)
def test_a_value_comes_back_from_its_form_as_it_was(field, value, language, drawing_in):
    drawing = drawing_in(language)
    ask = Ask(field, True, False)
    made = widget(ask, "take", "a0-f", value, drawing)
    raw = posted(ask, "take", filled_in(made))
    again, problems = check_value(field, raw, field_context(drawing.surroundings))
    assert not problems, [problem.words("en") for problem in problems]
    assert again == value


@pytest.mark.parametrize("language", ["da", "en"])
def test_nothing_typed_is_nothing_given(language, drawing_in):
    for field, _ in VALUES:
        ask = Ask(field, True, True)
        made = widget(ask, "take", "a0-f", None, drawing_in(language))
        assert posted(ask, "take", filled_in(made)) in (None, []), field
        strange = {f"take|{field.name}.{row}.name": "x" for row in ("²", "", "①")}
        assert posted(ask, "take", strange) in (None, []), field


def test_every_field_that_a_shipped_procedure_asks_for_is_drawn_with_a_label_of_its_own(shipped, drawing_in):
    template = _pages().from_string('{% from "fields.html" import field %}{{ field(f, w) }}')
    for language in ("da", "en"):
        drawing = drawing_in(language)
        for procedure in shipped.procedures.values():
            asks = [
                ask for state in procedure.states for choice in state.choices for ask in with_note(choice)
            ]
            asks += [ask for start in procedure.starts for ask in start.asks]
            for ask in asks:
                made = widget(ask, "take", f"a0-{ask.name}", None, drawing, ("wrong",))
                page = template.render(f=made, w=drawing.words)
                assert f'id="{made.id}' in page and made.label in page.replace("&#39;", "'"), ask.name
                assert "wrong" in page


def test_the_desk_says_everything_in_both_languages():
    for words in (WORDS, CASE_WORDS):
        assert words["da"].keys() == words["en"].keys()
        for name, said in words["en"].items():
            if isinstance(said, dict):
                assert said.keys() == words["da"][name].keys(), name
            if isinstance(said, tuple):
                assert len(said) == len(words["da"][name]), name


def test_of_what_is_chosen_a_page_says_to_choose_and_not_to_type() -> None:
    for field, words in (
        (Field("f", "person"), {"en": "Who: choose one.", "da": "Who: vælg en."}),
        (Field("f", "", {"enum": ("a", "b")}), {"en": "Who: choose one.", "da": "Who: vælg en."}),
        (Field("f", "tick"), {"en": "Who: tick it.", "da": "Who: sæt kryds."}),
        (Field("f", "file"), {"en": "Who: choose a file.", "da": "Who: vælg en fil."}),
        (Field("f", "email"), {"en": "Who: is missing. Give a mail", "da": "Who: mangler. Angiv en mail"}),
    ):
        problem = FieldProblem("f", "f", "missing", {"expected": field})
        for language, said in words.items():
            assert at_its_field(problem, field, "Who", language).startswith(said)
