"""Two versions of a procedure told in words: everything that an owner changed is said of the thing that it belongs to."""

from pathlib import Path

import pytest

from procflow.definitions.reader import read
from procflow.views.differences import Thing, differences

POLICY_CHANGE = Path(__file__).parents[1] / "definitions" / "good" / "policy_change.yaml"


def told(old: str, new: str, language: str = "en") -> list[Thing]:
    before, after = read(old, "old.yaml")[0], read(new, "new.yaml")[0]
    assert before is not None and after is not None
    return differences(before, after, language)


def changed(*pairs: tuple[str, str], language: str = "en") -> list[tuple[object, ...]]:
    """(kind, called, how, within, lines) of every thing that differs where each first text is now the second."""
    text = new = POLICY_CHANGE.read_text()
    for one, other in pairs:
        assert one in new, one
        new = new.replace(one, other, 1)
    return [
        (t.kind, t.called, t.how, t.within, [(line.what, line.old, line.new) for line in t.lines])
        for t in told(text, new, language)
    ]


def test_a_time_a_text_and_a_guard_are_said_of_their_deadline_choice_and_promise() -> None:
    assert changed(("within: 5 working days", "within: 3 working days")) == [
        ("deadline", "The change is made", "changed", "", [("time", "5 working days", "3 working days")])
    ]
    assert changed(("within: 5 working days", "within: 3 working days"), language="da") == [
        ("deadline", "Ændringen er udført", "changed", "", [("tid", "5 working days", "3 working days")])
    ]
    assert changed(("en: Register the wish", "en: Write the wish down")) == [
        ("choice", "Write the wish down", "changed", "wish",
         [("words of the choice, in English", "Register the wish", "Write the wish down")])
    ]  # fmt: skip
    assert changed(("!proof.accepted", "proof == null")) == [
        ("promise", "A policy is never changed without accepted written evidence.", "changed", "",
         [("never", 'state("confirmed") && !proof.accepted', 'state("confirmed") && proof == null')])
    ]  # fmt: skip


def test_what_came_and_what_went_is_told_whole_and_what_a_list_lost_one_by_one() -> None:
    assert changed(("      not_wanted: {to: withdrawn}\n", "")) == [
        ("choice", "not wanted", "removed", "wish", [("leads to", "withdrawn", "")])
    ]
    assert changed(("  refused: {final: true, outcome: refused}", "  refused: {final: true, outcome: refused}\n  lost: {final: true, outcome: refused}")) == [
        ("state", "lost", "added", "", [("an end", "", "true"), ("outcome", "", "refused")])
    ]  # fmt: skip
    assert changed(("ask: [kn, first_name, last_name,", "ask: [kn, last_name,")) == [
        ("choice", "Register the wish", "changed", "wish", [("asks for", "first_name", "")])
    ]
    assert changed(("carrier:    {enum: [PROSAM, FIRST, KAB, unknown]}", "carrier:    {enum: [PROSAM, FIRST, other, unknown]}")) == [
        ("field", "carrier", "changed", "", [("words", "KAB", ""), ("words", "", "other")])
    ]  # fmt: skip


def test_the_order_in_which_alternatives_and_choices_stand_is_a_difference() -> None:
    kab, first = "- {when: 'carrier == \"KAB\"', to: in_mia}", "- {when: 'carrier == \"FIRST\"', to: at_first_contact}"  # fmt: skip
    (thing,) = changed((kab, "- {x}"), (first, kab), ("- {x}", first))
    assert thing[:3] == ("state", "route", "changed")
    whole = POLICY_CHANGE.read_text()
    executed = "      executed: {ask: [reference], to: confirmed}\n"
    refuse = "      refuse: {ask: {reason: {type: plain_text, minLength: 10}}, to: refused}\n"
    (order,) = told(whole, whole.replace(executed + refuse, refuse + executed))
    assert [(line.what, line.old, line.new) for line in order.lines] == [
        ("order of the choices", "executed, refuse", "refuse, executed")
    ]


@pytest.mark.parametrize("language", ["da", "en", "nb"])
def test_a_version_does_not_differ_from_itself_nor_by_comments_and_ways_to_write(language: str) -> None:
    text = POLICY_CHANGE.read_text()
    assert told(text, text + "\n# a comment\n", language) == []
    assert told(text, text.replace("{to: withdrawn}", '{to: "withdrawn"}'), language) == []


def test_whatever_line_of_a_procedure_is_changed_something_is_told() -> None:
    text = POLICY_CHANGE.read_text()
    lines = text.splitlines()
    seen = 0
    for n, line in enumerate(lines):
        other = line.replace("a", "o", 1)
        if other == line or line.lstrip().startswith("#"):
            continue
        after = read("\n".join([*lines[:n], other, *lines[n + 1 :]]), "new.yaml")[0]
        before = read(text, "old.yaml")[0]
        if after is None or after == before:
            continue
        seen += 1
        assert differences(before or {}, after, "en"), line
    assert seen > 60
