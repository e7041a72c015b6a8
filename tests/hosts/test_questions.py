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


def test_a_later_step_of_a_case_waits_until_all_of_the_earlier_is_settled():
    questions = Questions()
    for key in ("a/1/1", "a/1/2", "a/10/1", "b/7/1", "a/9/1"):
        questions.to_hand_over(key, {})
    assert taken(questions) == ["a/1/1", "a/1/2", "b/7/1"] and questions
    questions.settled("a/1/1")
    questions.settled("b/7/1")
    assert questions.take() is None
    questions.settled("a/1/2")
    assert taken(questions) == ["a/9/1"]
    questions.settled("a/9/1")
    assert taken(questions) == ["a/10/1"]


def test_a_later_step_that_is_made_first_waits_for_the_earlier_one_that_is_still_made():
    questions = Questions()
    questions.to_make("a/1/1", {})
    questions.to_make("a/2/1", {})
    assert taken(questions) == ["a/1/1", "a/2/1"]
    questions.to_hand_over("a/2/1", {})
    assert questions.take() is None
    questions.to_hand_over("a/1/1", {})
    assert taken(questions) == ["a/1/1"]
    questions.settled("a/1/1")
    assert taken(questions) == ["a/2/1"]


def test_one_that_cannot_be_made_holds_nobody_up():
    questions = Questions()
    questions.to_make("a/1/1", {})
    questions.to_hand_over("a/2/1", {})
    assert taken(questions) == ["a/1/1"]
    questions.settled("a/1/1")
    questions.settled("a/1/1")
    assert taken(questions) == ["a/2/1"]
