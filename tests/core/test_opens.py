"""Why a case is not opened: who may, what was entered, which guard; in both languages, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from procflow.core.refusals import Refusal
from procflow.core.step import Command

TEXT = """
data: {word: {type: string, label: {en: Word, da: Ord}}, left: {type: integer, default: 0}}
initial: s
states: {s: {task: {role: agent}, choices: {go: {to: t}}}, t: {final: true}}
"""
Refused = Callable[..., Refusal]


@pytest.fixture
def refused(bench: Any) -> Refused:
    """The refusal of an opening of a procedure with these starts."""

    def of(starts: str, by: str, /, **given: Any) -> Refusal:
        answer = bench(f"starts: {starts}\n{TEXT}").try_open(by, **given)
        assert answer.refusal is not None
        found: Refusal = answer.refusal
        return found

    return of


def test_who_may_not_is_told_to_whom_it_belongs(refused: Refused) -> None:
    found = refused("[{by: lead}, {by: advisor, ask: [word]}]", "max")
    assert found.code == "unknown_person" and found.facts == {"actor": "max"}
    found = refused("[{by: lead}]", "ann")
    assert found.code == "not_allowed" and found.facts == {
        "actor": "Ann Test", "owners": {"en": "Duty lead", "da": "Vagtleder"}, "roles": ["lead"],
    }  # fmt: skip


def test_what_nobody_may_open_says_how_it_is_opened(refused: Refused) -> None:
    found = refused("[{message: 'message.channel == \"mail\"'}, {every: open day at 09:00}]", "ann")
    assert found.code == "no_start" and found.facts["instead"] == "every, message"


def test_what_was_entered_and_does_not_fit_is_told_field_by_field(refused: Refused) -> None:
    found = refused("[{by: agent, ask: [word]}]", "ann")
    assert found.code == "input" and found.facts == {"choice": "open"}
    assert [(p.name, p.code) for p in found.problems] == [("word", "missing")]


def test_a_guard_over_what_was_entered_is_told_with_its_place(refused: Refused) -> None:
    found = refused("[{by: agent, ask: [word], when: 'word == \"yes\"'}]", "ann", word="no")
    assert found.code == "guard" and found.facts == {
        "choice": "open", "guard": {"en": "“Word” is not “yes”", "da": "“Ord” er ikke “yes”"},
    }  # fmt: skip
    (guard,) = found.guards
    assert guard.value is False and found.at == guard.at and found.at[0] > 1


def test_a_guard_over_what_is_so_now_is_told_as_not_offered_now(refused: Refused) -> None:
    found = refused("[{by: agent, when: 'actor.id == \"bob\"'}, {by: agent, when: '!open_at(now)'}]", "ann")
    assert found.code == "not_offered" and found.facts == {
        "choice": "open",
        "where": {"en": "now: you are not Bob Test; we are open now", "da": "nu: du er ikke Bob Test; der er åbent nu"},
    }  # fmt: skip
    assert len(found.guards) == 2 and found.at == found.guards[0].at


def test_the_first_start_whose_guard_holds_is_taken(bench: Any) -> None:
    b = bench(
        "starts: [{by: agent, ask: [word], when: 'word == \"a\"', set: {left: 1}}, {by: agent, ask: [word], set: {left: 2}}]\n"
        + TEXT
    )
    b.open("ann", word="a")
    assert (b.data["word"], b.data["left"]) == ("a", 1)
    b.open("ann", word="b")
    assert (b.data["word"], b.data["left"]) == ("b", 2)


MARKED = """
starts:
  - {by: agent}
  - {event: changed, ask: [word], when: 'word == "a"', set: {left: 1}}
  - {event: changed, ask: [word], when: 'word == "b"', set: {left: 2}}
  - {event: told, set: {left: 4}}
  - {every: open day at 09:00, set: {left: 3}}
"""


def marked(b: Any, mark: str, given: dict[str, Any]) -> Any:
    command = Command(b.stage.id(), "open", b.procedure_name, given=given, source="other", mark=mark)
    answer = b.stage.open(b.procedure_name, command)
    if answer.refusal is None:
        b.case_id = answer.case_id
    return answer


def test_an_event_or_a_time_takes_the_start_that_is_its_own(bench: Any) -> None:
    b = bench(MARKED + TEXT)
    for mark, given, left in (
        ("event:changed", {"word": "a"}, 1), ("event:changed", {"word": "b"}, 2), ("event:told", {}, 4),
        ("every:open day at 09:00", {}, 3),
    ):  # fmt: skip
        assert marked(b, mark, given).refusal is None and b.data["left"] == left, mark
    # more than is asked for may come
    assert marked(b, "event:changed", {"word": "b", "left": 7}).refusal is None
    assert b.data["left"] == 2


def test_an_event_that_no_start_takes_is_not_offered_now(bench: Any) -> None:
    b = bench(MARKED + TEXT)
    for mark, given in (("event:changed", {"word": "c"}), ("event:other", {}), ("every:changed", {})):
        found = marked(b, mark, given).refusal
        assert found.code == "not_offered", mark
        assert found.facts == {"choice": "open", "where": {"en": "now", "da": "nu"}}
    lacking = marked(b, "event:changed", {}).refusal
    assert lacking.code == "input" and [(p.name, p.code) for p in lacking.problems] == [("word", "missing")]


def test_what_a_start_asks_for_is_checked_after_a_guard_over_what_is_so_now(bench: Any) -> None:
    b = bench("starts: [{by: agent, ask: [word], when: 'actor.id == \"ann\"'}]\n" + TEXT)
    assert b.try_open("ann").refusal.code == "input"
    b.open("ann", word="x")
    assert b.data["word"] == "x"


def test_when_it_was_asked_for_is_kept_where_the_procedure_has_a_place_for_it(bench: Any) -> None:
    b = bench("starts: [{by: agent}]\n" + TEXT.replace("data: {", "data: {received: {type: instant}, "))
    b.open("ann", received="2026-05-11 09:00")
    assert b.data["received"] == b.at("2026-05-11 09:00")
    b.open("ann")
    assert "received" not in b.data or b.data["received"] is None


def test_the_guard_of_a_start_sees_the_defaults_of_the_data(bench: Any, refused: Refused) -> None:
    starts = "[{by: agent, ask: [word], when: 'left == 0 && word == \"yes\"'}]"
    assert bench(f"starts: {starts}\n{TEXT}").try_open("ann", word="yes").refusal is None
    assert refused("[{by: agent, when: 'left > 0'}]", "ann").code == "guard"
