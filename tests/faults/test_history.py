"""The history checker (R10) on histories that were made to be wrong."""

from faults.history import ACCEPTED, CONFLICT, READ, REFUSED, REPEATED, UNKNOWN, Operation, wrong_in

ROWS = {"c": [(1, "open"), (2, "a"), (3, "b")]}


def op(id, began, ended, answer, sequence=0, expects=0, case="c"):
    return Operation(id, case, began, ended, answer, sequence, expects)


def test_a_history_that_fits_has_nothing_wrong():
    assert not wrong_in(
        [
            op("open", 0, 1, ACCEPTED, 1),
            op("a", 2, 5, ACCEPTED, 2),
            op("b", 3, 6, UNKNOWN),
            op("b", 7, 8, REPEATED, 3),
            op("read", 5.5, 9, READ, 2),
            op("c", 5, 9, CONFLICT, expects=1),
            op("d", 5, 9, REFUSED),
        ],
        ROWS,
    )


def test_what_was_acknowledged_must_stand_where_it_was_said_to_stand():
    (words,) = wrong_in([op("x", 0, 1, ACCEPTED, 2)], ROWS)
    assert "x: it was told step 2" in words
    assert wrong_in([op("a", 0, 1, ACCEPTED, 3)], ROWS)
    assert wrong_in([op("a", 0, 1, ACCEPTED, 2, case="gone")], {})


def test_an_operation_that_began_after_another_ended_comes_behind_it():
    assert "began after b" in wrong_in([op("b", 0, 1, ACCEPTED, 3), op("a", 2, 3, ACCEPTED, 2)], ROWS)[0]
    assert "began after b" in wrong_in([op("b", 0, 1, ACCEPTED, 3), op("look", 2, 3, READ, 2)], ROWS)[0]
    assert not wrong_in([op("b", 0, 2.5, ACCEPTED, 3), op("a", 2, 3, ACCEPTED, 2)], ROWS)


def test_gaps_and_twins_are_seen():
    assert "its sequences are" in wrong_in([], {"c": [(1, "open"), (3, "b")]})[0]
    assert any("twice" in words for words in wrong_in([], {"c": [(1, "open"), (2, "a"), (3, "a")]}))


def test_who_said_where_the_case_must_stand_was_answered_rightly():
    assert "it expected step 1" in wrong_in([op("b", 0, 1, ACCEPTED, 3, expects=1)], ROWS)[0]
    assert wrong_in([op("b", 0, 1, CONFLICT)], ROWS)
    assert not wrong_in([op("b", 0, 1, CONFLICT)], ROWS, whole=False)
    assert wrong_in([op("b", 0, 1, REFUSED)], ROWS)
