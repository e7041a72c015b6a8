"""A clock that jumps: waits, deadlines, timers, also of started cases."""

OPEN = "- open: {by: qaa, with: {kn: 104233, region: east}}\n"


def test_an_elapsed_time(passes):
    passes(
        OPEN
        + "- do: agree\n  with: {wish: Call}\n- wait: 2 days\n- expect: {state: late, sent: [mail.send, {mail.send: {subject: Late}}]}"
    )


def test_just_before_it_nothing_has_happened(passes):
    passes(
        OPEN + "- do: agree\n  with: {wish: Call}\n- wait: until 2026-05-13 10:04\n- expect: {state: agreed}"
    )


def test_until_an_instant_is_at_that_instant(passes):
    passes(
        OPEN + "- expect: {due: {answer: 2026-05-13 17:00}}\n- wait: until 2026-05-13 17:00\n"
        "- expect: {missed: [answer], due: {answer: null}, sent: [{mail.send: {subject: Missed}}]}"
    )


def test_until_the_next_open_day(passes):
    passes(
        OPEN + "- wait: until next open day at 09:00\n- wait: 2 working days\n- expect: {missed: [answer]}"
    )


def test_a_bare_date_is_when_it_opens(passes):
    result = passes(OPEN + "- wait: until 2026-05-12\n- do: note\n  with: {note: Good morning to you}")
    assert any("2026-05-12 09:00" in line for line in result.journal)


def test_the_clock_does_not_go_back(fails):
    fails(OPEN + "- wait: until 2026-05-10 10:00", "the clock does not go back", line=2)


def test_a_time_that_is_none_is_told_with_its_line(fails):
    fails(OPEN + "- wait: 2 dyas", "`2 dyas` is no time to wait", "days", line=2)


def test_warnings_and_misses_stand_in_the_order_of_their_instants(passes):
    passes(
        OPEN + "- wait: 5 days\n"
        "- expect: {log: [DeadlineWarned, DeadlineMissed], sent: [{notify: {role: lead}}, {notify: {role: lead}}, mail.send]}"
    )


def test_cases_that_were_started_wait_too(passes):
    passes(
        OPEN + "- do: call_elsewhere\n- wait: 1 day\n"
        "- expect: {sent: [{mail.send: {subject: Errand, text: '104233'}}], state: todo}\n  case: errand"
    )


def test_what_never_ends_is_told(fails, monkeypatch):
    monkeypatch.setattr("procflow.rehearsal.stage.MOST_STEPS", 2_000)
    fails(OPEN + "- do: spin\n- wait: 30 days", "never ends", line=3)


def test_a_met_deadline_is_no_longer_due(passes):
    passes(
        OPEN
        + "- do: agree\n  with: {wish: Call}\n- expect: {due: {answer: null, by_region: 2026-05-18 17:00}, missed: []}"
    )


def test_a_due_day_may_stand_without_its_time(passes, fails):
    passes(OPEN + "- expect: {due: {answer: 2026-05-13}}")
    fails(
        OPEN + "- expect: {due: {answer: 2026-05-14}}",
        "answer: 2026-05-14",
        "answer: 2026-05-13 17:00",
        line=2,
    )
