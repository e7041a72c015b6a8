"""The line of questions to a plugin: which may be asked now."""

from procflow.hosts.questions import Questions


def taken(questions):
    return [question.key for question in iter(questions.take, None)]


def test_what_is_to_go_out_comes_before_what_is_only_to_be_made():
    questions = Questions()
    questions.to_make("a/1/1", {})
    questions.to_hand_over("b/1/1", {})
    questions.to_make("c/1/1", {})
    assert questions and taken(questions) == ["b/1/1", "a/1/1", "c/1/1"] and not questions


def test_a_later_step_of_a_case_waits_until_all_of_the_earlier_is_answered():
    questions = Questions()
    for key in ("a/1/1", "a/1/2", "a/2/1", "b/7/1", "a/3/1"):
        questions.to_hand_over(key, {})
    first, second, other = [questions.take() for _ in range(3)]
    assert [first.key, second.key, other.key] == ["a/1/1", "a/1/2", "b/7/1"]
    assert questions.take() is None and questions
    questions.answered(first)
    assert questions.take() is None
    questions.answered(other)
    questions.answered(second)
    (third,) = [questions.take()]
    assert third.key == "a/2/1" and questions.take() is None
    questions.answered(third)
    assert taken(questions) == ["a/3/1"]


def test_a_step_that_came_later_in_line_does_not_overtake_one_that_waits():
    questions = Questions()
    questions.to_hand_over("a/1/1", {})
    asked = questions.take()
    questions.to_hand_over("a/2/1", {})
    questions.to_hand_over("a/1/2", {})  # of the step that is asked now
    questions.to_hand_over("a/3/1", {})
    assert questions.take().key == "a/1/2"
    questions.answered(asked)
    assert questions.take() is None
