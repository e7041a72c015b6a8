"""How things are told: refusals, values inside texts, counts with their nouns, and the word that was meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.counted import count_in, counted
from procflow.core.fields import FieldProblem
from procflow.core.nearest import did_you_mean, nearest
from procflow.core.procedure import Text
from procflow.core.refusals import WORDS, Refusal
from procflow.core.render import fill_spec, fill_time, text_in, value_in_words
from procflow.core.scope import StepScope
from procflow.core.spans import Span
from procflow.core.times import parse_time
from procflow.definitions.parse import parse_template
from procflow.errors import CalendarError


def test_a_count_has_its_noun_in_the_singular_or_plural() -> None:
    assert [counted(n, "row", "en") for n in (0, 1, -1, 2)] == ["0 rows", "1 row", "-1 row", "2 rows"]
    assert [counted(n, "case", "da") for n in (1, 2)] == ["1 sag", "2 sager"]
    assert counted(2, "more error", "nl") == "2 more errors", "any other language reads English"
    assert f"{count_in('da', 3):file}, {count_in('en', 1):file}, {count_in('da', 3)}" == "3 filer, 1 file, 3"
    assert count_in("da", 3) + 1 == 4


@pytest.mark.parametrize(
    ("word", "options", "found"),
    [
        ("aprove", ["approve", "reject"], "approve"), ("APPROVE", ["approve", "reject"], "approve"),
        (" Rejct ", ["approve", "Reject"], "Reject"), ("zzz", ["approve", "reject"], None), ("", ["approve"], None),
        ("app", ["approval_by_lead", "application"], "application"), ("ap", ["approval_by_lead"], None),
        ("case", ["Case", "case"], "Case"), ("abcd", ["abce", "abcf"], "abcf"),
    ],
)  # fmt: skip
def test_the_nearest_word(word: str, options: list[str], found: str | None) -> None:
    assert nearest(word, options) == found == nearest(word, options[::-1])


def test_a_hint_names_the_nearest_word_or_all_of_a_few() -> None:
    assert did_you_mean("aprove", ["approve", "reject"]) == "did you mean `approve`?"
    assert did_you_mean("zzz", ["b", "a", "b"]) == "known here: `a`, `b`"
    assert did_you_mean("zzz", []) == "" == did_you_mean("zzz", [f"word{n}" for n in range(17)])
    assert did_you_mean("zzz", [f"word{n}" for n in range(16)]).startswith("known here: `word0`, `word1`")


def test_a_refusal_is_told_in_each_language_and_as_json() -> None:
    problem = FieldProblem("kn", "kn", "missing", {"expected": "text"})
    refusal = Refusal("input", {"choice": "register"}, problems=[problem], at=(7, 3), path="errand.yaml")
    assert refusal.as_json("en") == {
        "code": "input", "message": refusal.words("en"), "hint": refusal.hint("en"), "line": 7, "column": 3,
        "path": "errand.yaml", "fields": [{"name": "kn", "code": "missing", "message": problem.words("en")}],
    }  # fmt: skip
    assert problem.words("en") in refusal.words("en") and problem.words("da") in refusal.words("da")
    bare = Refusal("no_task").as_json("da")
    assert (bare["line"], bare["column"], bare["path"], bare["fields"]) == (None, None, None, [])
    owners = Refusal(
        "not_allowed", {"actor": "Ann Test", "owners": {"en": "Lead, Chief", "da": "Leder", "nl": ""}}
    )
    assert owners.words("en") == "Ann Test may not do this: it belongs to Lead, Chief"
    assert "hører til hos Leder" in owners.words("da") and owners.words("xx") == owners.words("en")


def test_the_owner_s_own_words_are_told_in_the_language_or_in_english_or_as_they_are() -> None:
    both = Refusal("refused", texts={"en": "Too long", "da": "For lang"})
    assert (both.words("en"), both.words("da"), both.words("nl")) == ("Too long", "For lang", "Too long")
    assert Refusal("refused", texts={"da": "For lang"}).words("en") == "For lang"


def test_a_refusal_is_named_by_its_code_or_by_a_part_of_what_it_says() -> None:
    problem = FieldProblem("kn", "kn", "wrong_type", {"expected": "text"})
    refusal = Refusal("input", {"choice": "register"}, problems=[problem])
    for because in ("input", "wrong_type", "wrong type", "Wrong-Type", " INPUT "):
        assert refusal.is_because(because)
    absent = Refusal("absent", {"actor": "Ann Test", "owners": "Bob Test"})
    for because in ("with Bob Test", "arbejdet ligger hos bob", "End the absence", "Afslut først"):
        assert absent.is_because(because), because
    assert not absent.is_because("offered") and not refusal.is_because("kept")
    assert Refusal("refused", texts={"nl": "Te lang"}).is_because("te LANG")
    assert set(WORDS["absent"]) >= {"en", "da"}


@pytest.fixture
def scope(bench: Any) -> StepScope:
    b = bench(
        "data: {word: {type: string}}\ninitial: s\nstates: {s: {task: {role: agent}, choices: {go: {to: t}}}, t: {final: true}}"
    )
    b.open("ann")
    return StepScope(b.procedure, b.case, b.stage.surroundings, b.stage.now, actor="ann")


@pytest.mark.parametrize(
    ("value", "english", "danish"),
    [
        ("x", "x", "x"), (3, "3", "3"), (None, "", ""), (True, "yes", "ja"), (False, "no", "nej"), (Decimal("1.5"), "1.5", "1,5"),
        (datetime(2026, 5, 11, 8, 5, tzinfo=UTC), "Monday 11 May 2026 at 10:05", "mandag den 11. maj 2026 kl. 10.05"),
        (date(2026, 5, 11), "Monday 11 May 2026", "mandag den 11. maj 2026"), (Span(4, "hours"), "4 hours", "4 timer"),
        ({"role": "lead"}, "Duty lead", "Vagtleder"), ({"name": "A file", "en": "x"}, "A file", "A file"),
        ({"en": "Hello", "da": "Hej"}, "Hello", "Hej"), ({"en": "Hello"}, "Hello", "Hello"), ({"a": True, "b": 2}, "a: yes, b: 2", "a: ja, b: 2"),
        (("a", 1, "b"), "a, 1, b", "a, 1, b"),
    ],
)  # fmt: skip
def test_a_value_inside_a_text(value: Any, english: str, danish: str, scope: StepScope) -> None:
    assert value_in_words(value, scope, "en") == english
    assert value_in_words(value, scope, "da") == danish
    assert value_in_words(True, scope, "nl") in ("ja", "yes")


def test_people_and_texts_are_told_by_name_and_language(scope: StepScope) -> None:
    ann = scope.surroundings.organisation.persons["ann"]
    assert value_in_words(ann, scope, "en") == "Ann Test"
    hello = Text((("en", parse_template("Hello ${actor}")), ("da", parse_template("Hej ${actor}"))))
    assert (text_in(hello, scope, "en"), text_in(hello, scope, "da")) == ("Hello Ann Test", "Hej Ann Test")
    assert text_in(hello, scope, "nl") == "Hello Ann Test" and text_in(None, scope, "en") == ""


def test_a_spec_is_filled_and_what_is_unset_in_a_list_is_left_out(scope: StepScope) -> None:
    spec = {
        "to": parse_template("${actor.id}"),
        "list": ["a", parse_template("${word}"), None],
        "n": 3,
        "text": "x",
    }
    assert fill_spec(spec, scope, "en") == {"to": "ann", "list": ("a", None), "n": 3, "text": "x"}
    hello = Text((("en", parse_template("Hello")), ("da", parse_template("Hej"))))
    assert fill_spec((hello,), scope, "da") == ("Hej",)


def test_a_time_is_filled_and_read(scope: StepScope) -> None:
    assert fill_time("4 working days", scope) == parse_time("4 working days")
    assert fill_time(Span(4, "hours"), scope) == Span(4, "hours")
    assert fill_time(parse_template("${1 + 2} days"), scope) == parse_time("3 days")
    assert fill_time(parse_template("${date(now)}"), scope) == parse_time("2026-05-11")
    assert fill_time(parse_template("${duration('60 minutes')}"), scope) == parse_time("60 minutes")
    assert fill_time(parse_template("${word}"), scope) is None and fill_time("", scope) is None
    for wrong in ("soon", parse_template("${[1, 2]}"), parse_template("${3}")):
        with pytest.raises(CalendarError, match="what should be a time is none"):
            fill_time(wrong, scope)
