"""Deadlines: their moments, their due instants, warnings, verdicts, and what ends them."""

import pytest

#: Monday 11 May 2026 10:05; Thursday 14 May is a public holiday, and 09:00 to 17:00 is open.
PLAIN = """
data: {n: {type: integer}, day: {type: date}, at: {type: instant}, span: {type: duration}}
initial: a
states:
  a:
    task: {role: agent}
    events: {ping: {do: [{note.write: {text: ping}}]}, d: {when: 'n == 7', to: late}}
    choices:
      note_it: {ask: [n]}
      ping: {do: [{raise: ping}]}
      day: {ask: [day]}
      at: {ask: [at]}
      span: {ask: [span]}
      unset: {set: {day: null, at: null, span: null}}
      go: {to: b}
      over: {to: a}
  b: {task: {role: agent}, choices: {back: {to: a}, end: {to: end}, stay: {}}}
  late: {task: {role: agent}, choices: {end: {to: end}}}
  end: {final: true}
"""


def opened(bench, deadline, **options):
    b = bench(PLAIN + f"deadlines:\n  d: {{{deadline}}}\n", **options)
    b.open("ann")
    return b


@pytest.mark.parametrize(
    ("starts", "choices"),
    [
        ("opening", []),
        ("entering a", []),
        ("entering b", ["go"]),
        ("leaving a", ["go"]),
        ("choice go", ["go"]),
        ("choice note_it", ["note_it"]),
        ("event ping", ["ping"]),
        ("{when: 'n == 3'}", ["note_it"]),
        ("[leaving a, choice note_it]", ["note_it"]),
    ],
)
def test_a_deadline_starts_at_its_moment(bench, starts, choices):
    b = opened(bench, f"starts: {starts}, met: [entering late], within: 2 working days")
    for choice in choices:
        assert b.clock("d") == ""
        b.wait("1 hours")
        b.do(choice, "ann", **({"n": 3} if choice == "note_it" else {}))
    assert b.clock("d") == "running"
    assert b.due("d") == "2026-05-13 17:00"


@pytest.mark.parametrize(
    ("met", "choices"),
    [
        ("entering b", ["go"]),
        ("leaving a", ["go"]),
        ("leaving a", ["over"]),
        ("choice note_it", ["note_it"]),
        ("event ping", ["ping"]),
        ("{when: 'n == 3'}", ["note_it"]),
        ("[entering late, choice go]", ["go"]),
    ],
)
def test_a_deadline_is_met_at_its_moment(bench, met, choices):
    b = opened(bench, f"starts: opening, met: {met}, within: 2 working days")
    b.do("day", "ann", day="2026-06-01")
    assert b.clock("d") == "running"
    for choice in choices:
        b.do(choice, "ann", **({"n": 3} if choice == "note_it" else {}))
    assert b.clock("d") == "met"
    b.wait("10 days")
    assert b.clock("d") == "met" and b.case.missed == frozenset()


def test_met_at_the_due_instant_itself_is_too_late(bench):
    b = opened(
        bench, "starts: opening, met: choice go, within: 24 hours, missed: {do: [{note.write: {text: late}}]}"
    )
    b.stage.world.advance_to(b.at("2026-05-12 10:05"))
    b.do("go", "ann")
    assert (b.clock("d"), b.texts(), b.state) == ("missed", ["late"], "b")
    row = [row for row, _ in b.stage.engine.journal(b.case_id)][1]
    assert b.local(row.at) == "2026-05-12 10:05"


def test_met_a_moment_before_is_in_time(bench):
    b = opened(bench, "starts: opening, met: choice go, within: 24 hours")
    b.wait("until 2026-05-12 10:04")
    b.do("go", "ann")
    b.wait("2 days")
    assert b.clock("d") == "met"


def test_missing_a_deadline_runs_its_effects_and_takes_the_transition_of_its_name(bench):
    b = opened(
        bench, "starts: opening, met: choice go, within: 24 hours, missed: {do: [{note.write: {text: late}}]}"
    )
    b.do("note_it", "ann", n=7)
    b.wait("2 days")
    assert (b.state, b.texts(), b.case.missed) == ("late", ["late"], {"d"})


def test_without_such_a_transition_the_case_stays_and_is_marked_late(bench):
    b = opened(bench, "starts: opening, met: choice go, within: 24 hours")
    b.wait("2 days")
    assert (b.state, b.clock("d"), b.case.missed) == ("a", "missed", {"d"})
    assert b.stage.store.counts()["late"] == 1


def test_a_time_with_a_part_that_is_not_set_does_not_run_until_it_is(bench):
    b = opened(bench, 'starts: entering a, met: choice go, within: "${n} working days"')
    assert b.due("d") == ""
    b.do("note_it", "ann", n=2)
    assert b.due("d") == "2026-05-13 17:00"


CODES = "tables: codes\ncolumns: {code: {type: string, key: true}, days: {type: integer}}\nrows: [{code: A, days: 2}]\n"


def test_a_length_from_a_row_that_is_gone_is_refused_with_the_part_and_its_place(bench):
    b = bench(
        PLAIN
        + """deadlines:\n  d: {starts: entering b, met: choice end, within: "${table('codes')['B'].days} working days"}\n""",
        tables=[CODES],
    )
    b.open("ann")
    refusal = b.refused("go", "ann")
    assert refusal.code == "evaluation" and "days: is not set" in refusal.words("en")
    assert refusal.at == (25, 75)


def test_a_second_start_changes_nothing_while_it_runs_nor_afterwards(bench):
    b = opened(bench, "starts: [entering a], met: [choice note_it], within: 2 working days")
    due = b.due("d")
    b.wait("1 days")
    b.do("over", "ann")
    assert (b.due("d"), b.clock("d")) == (due, "running")
    b.do("note_it", "ann", n=1)
    b.do("over", "ann")
    assert b.clock("d") == "met"


def test_again_lets_it_start_anew_after_it_was_met_or_missed(bench):
    b = opened(bench, "starts: [entering a], met: [choice note_it], within: 24 hours, again: true")
    b.do("note_it", "ann", n=1)
    b.wait("1 hours")
    b.do("over", "ann")
    assert (b.clock("d"), b.due("d")) == ("running", "2026-05-12 11:05")
    b.wait("2 days")
    assert b.clock("d") == "missed"
    b.do("over", "ann")
    assert (b.clock("d"), b.due("d")) == ("running", "2026-05-14 11:05")


def test_a_when_that_starts_again_does_so_when_it_becomes_true_not_while_it_stays_so(bench):
    b = opened(bench, "starts: {when: 'n == 3'}, met: [choice over], within: 24 hours, again: true")
    b.do("note_it", "ann", n=3)
    b.do("over", "ann")
    assert b.clock("d") == "met"
    b.do("day", "ann", day="2026-06-01")
    assert b.clock("d") == "met"
    b.do("note_it", "ann", n=4)
    b.do("note_it", "ann", n=3)
    assert b.clock("d") == "running"


def test_closing_the_case_ends_a_deadline_without_a_verdict_unless_that_step_meets_it(bench):
    b = opened(bench, "starts: opening, met: [choice note_it], within: 24 hours")
    b.do("go", "ann")
    b.do("end", "ann")
    assert b.clock("d") == "ended"
    b = opened(bench, "starts: opening, met: [entering end], within: 24 hours")
    b.do("go", "ann")
    b.do("end", "ann")
    assert b.clock("d") == "met"
    b.wait("5 days")
    assert b.stage.store.next_due() is None


def test_from_counts_from_another_instant(bench):
    b = opened(bench, 'starts: opening, from: "${at}", within: 2 working days, met: choice go')
    assert b.due("d") == "" and b.clock("d") == "running"
    b.do("at", "ann", at="2026-05-18 12:00")
    assert b.due("d") == "2026-05-20 17:00"


def test_until_an_instant_of_the_data_moves_with_them_and_a_bare_date_means_closing_time(bench):
    b = opened(bench, 'starts: opening, until: "${day}", met: choice go')
    assert b.due("d") == ""
    b.do("day", "ann", day="2026-05-20")
    assert b.due("d") == "2026-05-20 17:00"
    b.do("day", "ann", day="2026-05-19")
    assert b.due("d") == "2026-05-19 17:00"
    b.do("note_it", "ann", n=1)
    assert [entry.moved for entry in b.entries("DeadlineStarted")] == [False, True, True]
    b.do("unset", "ann")
    assert b.due("d") == ""
    b.wait("30 days")
    assert b.clock("d") == "running"


def test_within_may_come_from_data_and_counts_from_the_start_when_it_changes(bench):
    b = opened(bench, 'starts: opening, within: "${span}", met: choice go')
    b.wait("1 hours")
    b.do("span", "ann", span="2 working days")
    assert b.due("d") == "2026-05-13 17:00"
    b.do("span", "ann", span="3 hours")
    assert b.due("d") == "2026-05-11 13:05"


def test_a_due_instant_that_moves_into_the_past_is_missed_at_once(bench):
    b = opened(bench, 'starts: opening, within: "${span}", met: choice go')
    b.wait("5 hours")
    b.do("span", "ann", span="3 hours")
    assert b.clock("d") == "running"
    b.wait("1 minutes")
    assert b.clock("d") == "missed"
    assert [b.local(row.at) for row, _ in b.stage.engine.journal(b.case_id)][-1] == "2026-05-11 15:05"


def test_a_met_deadline_is_not_moved_by_its_data(bench):
    b = opened(bench, 'starts: opening, within: "${span}", met: choice go')
    b.do("span", "ann", span="3 hours")
    b.do("go", "ann")
    b.do("back", "ann")
    b.do("span", "ann", span="5 hours")
    assert b.clock("d") == "met" and len(b.entries("DeadlineStarted")) == 2


@pytest.mark.parametrize(
    ("clock", "at", "expected"),
    [
        ("within: 4 hours", "75%", "2026-05-11 13:05"),
        ("within: 24 hours", "75%", "2026-05-11 17:00"),  # at 04:05 nobody is there to hear it
        ("within: 24 hours", "30 minutes before", "2026-05-12 09:35"),
        ("within: 8 open hours", "50%", "2026-05-11 14:05"),
        ('until: "2026-05-12 10:05"', "1 hours before", "2026-05-12 09:05"),
        ('until: "2026-05-11 14:05"', "75%", "2026-05-11 13:05"),
    ],
)
def test_a_warning_comes_at_a_part_of_the_clock_or_a_time_before(bench, clock, at, expected):
    b = opened(
        bench,
        f"starts: opening, {clock}, met: choice go, warn: {{at: {at}, do: [{{note.write: {{text: hurry}}}}]}}",
    )
    b.wait(f"until {expected}")
    rows = [(b.local(row.at), entries) for row, entries in b.stage.engine.journal(b.case_id)]
    assert rows[-1][0] == expected and b.texts() == ["hurry"]
    b.wait("3 days")
    assert b.texts() == ["hurry"] and b.clock("d") == "missed"


def test_a_met_deadline_warns_nobody(bench):
    b = opened(
        bench,
        "starts: opening, within: 24 hours, met: choice go, warn: {at: 75%, do: [{note.write: {text: hurry}}]}",
    )
    b.do("go", "ann")
    b.wait("3 days")
    assert b.texts() == []


def test_a_warning_is_not_given_twice_when_the_deadline_moves_while_it_is_past_it(bench):
    b = opened(
        bench,
        'starts: opening, within: "${span}", met: choice go, warn: {at: 50%, do: [{note.write: {text: hurry}}]}',
    )
    b.do("span", "ann", span="4 hours")
    b.wait("3 hours")
    assert b.texts() == ["hurry"]
    b.do("span", "ann", span="5 hours")
    assert b.case.clocks["d"].warned, "its warning is behind it still"
    b.wait("10 minutes")
    assert b.texts() == ["hurry"]
    b.do("span", "ann", span="20 hours")
    assert not b.case.clocks["d"].warned, "and now it is ahead"
    b.wait("8 hours")
    assert b.case.clocks["d"].warned
    assert b.texts() == ["hurry", "hurry"]


def test_a_deadline_that_nobody_could_keep_is_missed_because_of_closed_hours(bench):
    b = opened(bench, "starts: opening, within: 12 hours, met: choice go", clock="2026-05-11 18:00")
    b.wait("1 days")
    (missed,) = b.entries("DeadlineMissed")
    assert missed.cause == "closed_hours"
    b = opened(bench, "starts: opening, within: 12 hours, met: choice go")
    b.wait("1 days")
    assert b.entries("DeadlineMissed")[0].cause == ""


def test_an_opening_counts_from_when_the_request_was_received(bench):
    b = bench(PLAIN + "deadlines:\n  d: {starts: opening, within: 24 hours, met: choice go}\n")
    b.open(received="2026-05-11 08:00")
    assert b.due("d") == "2026-05-12 08:00"
    b = bench(PLAIN + "deadlines:\n  d: {starts: opening, within: 1 hours, met: choice go}\n")
    b.open(received="2026-05-11 08:00")
    b.wait("1 minutes")
    assert b.clock("d") == "missed"
    assert [b.local(row.at) for row, _ in b.stage.engine.journal(b.case_id)] == ["2026-05-11 10:05"] * 2


def test_a_case_that_declares_its_receipt_knows_it_when_another_case_starts_it(bench):
    b = bench(PLAIN.replace("data: {", "data: {received: {type: instant}, ", 1))
    b.open(received="2026-05-11 08:00")
    assert b.local(b.case.data["received"]) == "2026-05-11 08:00"


def test_a_receipt_in_the_future_counts_from_now(bench):
    b = bench(PLAIN + "deadlines:\n  d: {starts: opening, within: 24 hours, met: choice go}\n")
    b.open(received="2026-05-30 08:00")
    assert b.due("d") == "2026-05-12 10:05"


def test_texts_of_a_step_can_name_the_due_instant_of_a_deadline_that_it_starts(bench):
    b = bench(
        PLAIN.replace("go: {to: b}", "go: {do: [{note.write: {text: \"by ${due('d')}\"}}], to: b}")
        + "deadlines:\n  d: {starts: entering b, within: 24 hours, met: choice end}\n"
    )
    b.open("ann")
    b.do("go", "ann")
    assert "12" in b.texts()[0] and "10:05" in b.texts()[0]


def test_a_changed_parameter_moves_no_deadline_that_runs(bench):
    from procflow.definitions.reader import read
    from procflow.rehearsal.bench import ORGANISATION

    organisation = ORGANISATION + "parameters: {limit: 24 hours}\n"
    body = PLAIN + "deadlines:\n  d: {starts: opening, within: \"${param('limit')}\", met: choice go}\n"
    b = bench(body, organisation=organisation)
    b.open("ann")
    changes, _ = read("parameters: {limit: 48 hours}", "")
    b.stage.recast(b.stage.cast.laid_over(changes))
    b.do("note_it", "ann", n=1)
    assert b.due("d") == "2026-05-12 10:05"
    b.open("ann")
    assert b.due("d") == "2026-05-13 10:05"


def test_a_deadline_that_moved_twice_is_not_warned_of_twice(bench):
    b = opened(
        bench,
        'starts: opening, met: choice over, within: "${span}", warn: {at: 75%, do: [{note.write: {text: w}}]}',
    )
    b.do("span", "ann", span="4 hours")
    b.wait("190 minutes")
    assert b.texts() == ["w"]
    for hours in (205, 206):
        b.do("span", "ann", span=f"{hours} minutes")
    assert b.texts() == ["w"]
