"""Steps that somebody takes: openings, choices, refusals, absences, changes."""

import pytest

OPEN = '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901"], region: east}}\n'


def test_a_customer_number_without_quotes_stays_text(passes):
    passes(OPEN + '- expect: {state: waiting, data: {kn: "104233", phones: ["+4571999901"], make: null}}')


def test_a_person_and_dates_are_typed_by_the_fields(passes):
    passes(
        OPEN
        + "- do: agree\n"
        + "  by: QAA\n"
        + "  with: {wish: Call at nine, agreed: 2026-05-13, agreed_at: 2026-05-13 09:30, amount: 99.50, keeper: Qbb}\n"
        + "- expect: {data: {agreed: 2026-05-13, agreed_at: 2026-05-13 09:30, amount: 99.5, keeper: qbb}}"
    )


def test_who_acted_last_acts_again_where_by_is_left_out(passes):
    passes(OPEN + "- do: agree\n  with: {wish: Call}\n- expect: {state: agreed}")


def test_a_step_without_anybody_says_so(fails):
    fails("- open: {with: {kn: 104233}}\n- do: agree\n  with: {wish: Call}", "who does this?", line=2)


def test_an_opening_without_a_person_is_one_by_another_procedure(passes):
    passes("- open: {with: {kn: 104233}}\n- expect: {state: waiting, data: {kn: 104233}}")


def test_a_refused_choice_fails_with_its_words_code_and_line(fails):
    fails(
        OPEN + "- do: agree\n  by: qll\n  with: {wish: Call}", "“agree” was refused", "[not_allowed]", line=2
    )


def test_missing_input_is_told(fails):
    fails(OPEN + "- do: agree\n  by: qaa", "wish", "[input]", line=2)


def test_a_refused_opening_fails_the_test(fails):
    fails("- open: {by: qll, with: {kn: 104233}}", "the opening was refused", "[not_allowed]", line=1)


def test_refused_by_code_and_by_words_in_danish_or_english(passes):
    for because in ("not_allowed", "not allowed", "belongs to Service agent", "hører til hos Kundeservice"):
        passes(OPEN + f"- refused: {{do: agree, by: qll, with: {{wish: Call}}, because: {because}}}")


def test_the_owners_own_refusal_is_known_by_its_words(passes):
    passes(OPEN + "- refused: {do: scold, by: qaa, because: Vi skælder ikke ud}")
    passes(OPEN + "- refused: {do: scold, because: we do not SCOLD}")


def test_a_refusal_for_another_reason_fails_and_tells_the_real_one(fails):
    fails(
        OPEN + "- refused: {do: agree, by: qll, with: {wish: Call}, because: four eyes}",
        "but not because “four eyes”", "[not_allowed]", line=2,
    )  # fmt: skip


def test_what_was_to_be_refused_and_was_accepted_fails(fails):
    fails(OPEN + "- refused: {do: agree, by: qaa, with: {wish: Call}}", "was accepted", line=2)


def test_a_refused_choice_changes_nothing(passes):
    passes(
        OPEN
        + "- refused: {do: agree, by: qll, with: {wish: Call}}\n- expect: {state: waiting, data: {wish: null}}"
    )


def test_a_refused_opening_can_be_what_is_expected(passes, fails):
    passes(
        "- refused: {open: {by: qll, with: {kn: 104233}}, because: not allowed}\n"
        "- refused: {open: {by: qaa, with: {kn: abc}}, because: input}"
    )
    fails("- refused: {open: {by: qaa, with: {kn: 104233}}}", "the opening was to be refused", line=1)


def test_a_broken_promise_refuses_the_step(passes, fails):
    passes(OPEN + "- refused: {do: break_word, by: qaa, because: promise}\n- expect: {state: waiting}")
    fails(OPEN + "- do: break_word\n  by: qaa", "never broken", "[promise]", line=2)


def test_an_eventually_that_has_time_left_is_fine(passes):
    passes(OPEN + "- do: agree\n  with: {wish: Call}\n- expect: {state: agreed}")


def test_a_file_is_read_beside_the_scenarios(passes):
    passes(
        OPEN + "- do: attach\n  by: qaa\n  with: {photo: fixtures/car.png, note: The car in the drive}\n"
        "- expect: {data: {photo: fixtures/car.png}, notes: [car in the drive]}"
    )


def test_a_file_that_is_not_there_is_named_with_its_line(fails):
    fails(
        OPEN + "- do: attach\n  by: qaa\n  with: {photo: fixtures/boat.png}",
        "fixtures/boat.png cannot be read",
        line=4,
    )


def test_a_file_of_the_wrong_kind_is_refused(passes, workspace):
    (workspace / "procedures/callback/note.txt").write_text("hej")
    passes(OPEN + "- refused: {do: attach, by: qaa, with: {photo: note.txt}, because: input}")


def test_cases_are_told_apart_by_name(passes):
    passes(
        "- open: {by: qaa, with: {kn: 1042330}, as: first}\n"
        "- open: {by: qaa, with: {kn: 1042331}, as: second}\n"
        "- do: agree\n  with: {wish: Call}\n  case: first\n"
        "- expect: {state: agreed, data: {kn: 1042330}}\n  case: first\n"
        "- expect: {state: waiting, data: {kn: 1042331}, case: second}\n"
        "- expect: {data: {kn: 1042331}}"
    )


def test_a_started_case_is_open_at_once_and_has_its_procedures_name(passes):
    passes(
        OPEN + "- do: call_elsewhere\n"
        "- expect: {state: todo, data: {about: 104233}}\n  case: errand\n"
        "- do: finish\n  by: qll\n  case: errand\n"
        "- expect: {outcome: run}\n  case: errand"
    )


def test_the_newest_of_a_procedure_is_meant(passes):
    passes(
        "scenarios: errand\nclock: 2026-05-11 10:05\ntests:\n  It:\n"
        "    - open: {by: qll, with: {about: one}}\n"
        "    - open: {by: qll, with: {about: two}}\n"
        "    - expect: {data: {about: two}}\n"
        "      case: errand\n",
        name="errand",
    )


def test_a_case_that_is_not_there_is_told_with_the_nearest(fails):
    fails(
        OPEN + "- expect: {state: waiting}\n  case: callbak",
        "no case of this test is called `callbak`",
        "callback",
        line=3,
    )


def test_an_absence_hands_the_work_to_the_mate(passes):
    passes(
        OPEN + "- do: agree\n  with: {wish: Call, keeper: qaa}\n- do: hand\n  with: {keeper: qbb}\n"
        "- expect: {tasks: [{state: with_keeper, person: qbb, for: qbb}]}\n"
        "- absent: {person: qbb, from: 2026-05-11, until: 2026-05-12}\n"
        "- expect: {tasks: [{state: with_keeper, person: qaa, for: qbb}]}\n"
        "- refused: {do: done, by: qbb, because: absent}\n"
        "- wait: until 2026-05-12 23:59\n"
        "- expect: {tasks: [{person: qaa}]}\n"
        "- wait: until 2026-05-13 00:00\n"
        "- expect: {tasks: [{person: qbb}]}"
    )


def test_four_eyes_hold(passes):
    passes(
        OPEN + "- do: agree\n  with: {wish: Call}\n- do: hand\n  with: {keeper: qaa}\n"
        "- refused: {do: done, by: qaa, because: four eyes}"
    )


def test_an_absence_that_overlaps_fails(fails):
    fails(
        "- absent: {person: qbb}\n- absent: {person: qbb, until: 2026-05-20}",
        "the absence was refused",
        line=2,
    )


def test_an_absence_of_nobody_names_the_nearest(fails):
    fails("- absent: {person: qab}", "there is no person `qab`", line=1)


def test_a_shift_has_one_holder(passes, fails):
    passes(
        "- shift: {day: 2026-05-12, name: early, person: qaa}\n- shift: {day: 2026-05-12, name: early, person: qbb}"
    )
    fails(
        "- shift: {day: 2026-05-12, name: early, person: qaa}\n- shift: {day: 2026-05-12, name: late, person: qaa}",
        "the shift was refused",
        line=2,
    )


def test_a_shift_of_nobody_or_on_no_day_is_told(fails):
    fails("- shift: {day: 2026-05-12, name: early, person: qab}", "there is no person `qab`", line=1)
    fails("- shift: {day: 2026-02-30, name: early, person: qaa}", "is no day", line=1)


def test_a_changed_parameter_holds_from_the_next_step_on(passes):
    passes(
        OPEN + "- do: agree\n  with: {wish: Call, amount: 99}\n"
        "- expect: {count: {mail.send: 1}}\n"
        "- change: {organisation: {parameters: {least_amount: 50}}}\n"
        "- open: {by: qaa, with: {kn: 1042331, region: east}}\n"
        "- do: agree\n  with: {wish: Call, amount: 99}\n"
        "- expect: {count: {mail.send: 2}}"
    )


def test_changed_opening_hours_move_new_deadlines(passes):
    passes(
        '- change: {organisation: {calendar: {open: {mon-fri: "08:00-16:00"}}}}\n'
        + OPEN
        + "- expect: {due: {answer: 2026-05-13 16:00}}"
    )


def test_new_people_can_act(passes):
    passes(
        OPEN + "- refused: {do: agree, by: qcc, with: {wish: Call}, because: unknown person}\n"
        "- change: {organisation: {people: {qcc: {name: Carl Test, roles: [agent], mate: qaa}}}}\n"
        "- do: agree\n  by: qcc\n  with: {wish: Call}"
    )


def test_a_change_with_an_unknown_role_is_told(fails):
    fails(
        "- change: {organisation: {people: {qcc: {roles: [agnet]}}}}",
        "there is no role `agnet`",
        "agent",
        line=1,
    )


def test_a_tables_rows_are_those_of_the_change(passes):
    passes(
        OPEN + "- change: {table: routing, rows: [{region: east, handler: qbb, response: 1 working days}]}\n"
        "- do: agree\n  with: {wish: Call}\n"
        "- expect: {due: {by_region: 2026-05-12 17:00}}"
    )


def test_a_row_that_is_left_out_is_gone(passes):
    passes(
        OPEN + "- change: {table: routing, rows: []}\n"
        "- do: agree\n  with: {wish: Call}\n"
        "- expect: {due: {by_region: null}}"
    )


def test_a_change_of_an_unknown_table_or_column_is_told(fails):
    fails("- change: {table: rooting, rows: []}", "there is no table `rooting`", "routing", line=1)
    fails("- change: {table: routing, rows: [{regoin: east}]}", "no column `regoin`", "region", line=1)


def test_before_stands_before_each_test_and_tests_do_not_meet(rehearse):
    results = rehearse(
        "scenarios: callback\nclock: 2026-05-11 10:05\n"
        "before:\n  - open: {by: qaa, with: {kn: 104233}}\n"
        "tests:\n"
        "  One:\n    - do: agree\n      by: qaa\n      with: {wish: Call}\n    - expect: {state: agreed}\n"
        "  Two:\n    - expect: {state: waiting}\n"
    )
    assert [(r.name, r.passed) for r in results] == [("One", True), ("Two", True)]


def test_people_are_laid_over_the_organisation(rehearse):
    (result,) = rehearse(
        "scenarios: callback\nclock: 2026-05-11 10:05\n"
        "people: {agent_1: {roles: [agent]}, qbb: {roles: [lead]}}\n"
        "tests:\n"
        "  It:\n"
        "    - open: {by: agent_1, with: {kn: 104233}}\n"
        "    - refused: {do: agree, by: qbb, with: {wish: Call}, because: not allowed}\n"
        "    - do: agree\n      by: agent_1\n      with: {wish: Call}\n"
    )
    assert result.passed, result.as_text()


def test_notes_and_assignments_go_the_same_way(passes):
    passes(
        OPEN + "- do: note\n  by: qaa\n  with: {note: The customer called back}\n"
        "- do: assign\n  by: qll\n  with: {person: qbb}\n"
        "- expect: {notes: [called back], tasks: [{state: waiting, claimed_by: qbb}]}"
    )


def test_an_event_from_outside_leads_on_and_brings_what_stands_beside_it(passes):
    passes(
        OPEN
        + "- signal: renewal\n  with: {wish: Call at nine}\n"
        + "- expect: {state: agreed, data: {wish: Call at nine}, log: [the event “renewal” happened]}"
    )


def test_an_event_that_no_state_takes_now_is_dropped_and_told(passes):
    passes(
        OPEN
        + "- do: agree\n  by: qaa\n  with: {wish: Call}\n- signal: renewal\n"
        + "- expect: {state: agreed, log: [nobody waited]}"
    )


def test_an_event_that_no_state_ever_takes_is_a_mistake_with_the_nearest_name(fails):
    fails(OPEN + "- signal: renewel", "no state of callback takes the event `renewel`", "renewal", line=2)


def test_the_clock_may_have_its_own_zone(rehearse):
    (result,) = rehearse(
        "scenarios: callback\nclock: 2026-05-11T08:05:00Z\ntests:\n  It:\n"
        "    - open: {by: qaa, with: {kn: 104233}, as: one}\n"
        "    - expect: {log: [CaseOpened]}\n"
    )
    assert result.passed, result.as_text()
    assert "2026-05-11 10:05" in result.journal[1]


def test_a_procedure_that_is_not_there_fails_every_test(rehearse):
    text = "scenarios: callbak\nclock: 2026-05-11 10:05\ntests:\n  It:\n    - expect: {state: waiting}\n"
    (result,) = rehearse(text)
    assert not result.passed and "there is no procedure `callbak`" in result.failure and result.line == 1


def test_a_case_of_another_procedure_is_opened_beside_the_one_that_is_rehearsed(passes):
    passes(
        "- open: {procedure: errand, by: qll, as: first}\n" + OPEN + "- open: {procedure: errand, by: qll}\n"
        "- expect: {state: waiting}\n"  # still the one that is rehearsed
        "- do: finish\n  by: qll\n  case: first\n"
        "- expect: {case: first, outcome: run}\n"
        "- expect: {case: errand, state: todo}"
    )


def test_an_opening_of_another_procedure_may_be_refused(passes):
    passes("- refused: {open: {procedure: errand, by: qaa}, because: not allowed}")


def test_a_step_without_a_case_is_never_about_one_of_another_procedure(fails):
    fails(
        "- open: {procedure: errand, by: qll}\n- open: {procedure: errand, by: qll}\n- do: finish\n",
        "no case of callback was opened yet",
        line=3,
    )


def daily(workspace, name: str, does: str = "notify: {role: lead}") -> None:
    (workspace / "procedures" / name).mkdir()
    (workspace / "procedures" / name / "procedure.yaml").write_text(
        f"procedure: {name}\ntitle: {{da: Hver dag, en: Every day}}\nowner: lead\n"
        'starts: [{every: "open day at 08:00"}]\ninitial: open\n'
        f"states:\n  open: {{entry: [{{{does}}}], task: {{role: lead}}, choices: {{end: {{to: ended}}}}}}\n"
        "  ended: {final: true, outcome: ended}\n",
        "utf-8",
    )


TWO_MORNINGS = """scenarios: %s
clock: 2026-05-11 07:00
tests:
  It:
    - wait: until 2026-05-12 08:00
    - expect: {state: open}
    - do: end
      by: qll
    - expect: {outcome: ended}
"""


def test_a_step_is_about_the_case_that_opened_by_itself_last_whatever_others_do(workspace, rehearse):
    daily(workspace, "morning")
    daily(workspace, "rounds")
    (result,) = rehearse(TWO_MORNINGS % "rounds", name="rounds")
    assert result.passed, result.as_text()
    assert [line for line in result.journal if line.startswith("case")] == [
        "case 1, rounds: open",
        "case 2, rounds: ended",
    ]


@pytest.mark.parametrize(
    ("does", "step", "opened"),
    [
        ("notify: {role: lead}", "- wait: 3 days", False),
        ("notify: {role: lead}", "- wait: 3 days\n- expect: {case: morning, state: open}", True),
        ("signal: {name: bell, to: {procedure: callback, where: {}}}", "- wait: 3 days", True),
    ],
)
def test_another_procedure_opens_cases_by_itself_where_it_has_to_do_with_the_test(
    workspace, passes, does, step, opened
):
    daily(workspace, "morning", does)
    told = passes(OPEN + step).journal
    assert any(", morning:" in line for line in told) is opened


def test_a_procedure_that_cannot_be_read_is_not_said_not_to_be_there(workspace):
    from procflow.definitions.workspace import read_workspace
    from procflow.rehearsal.runner import run_scenarios

    (workspace / "procedures" / "errand" / "scenarios.yaml").write_text(
        "scenarios: errand\nclock: 2026-05-11 10:05\ntests:\n  It:\n    - open: {by: qll}\n", "utf-8"
    )
    at = workspace / "procedures" / "errand" / "procedure.yaml"
    at.write_text(at.read_text("utf-8") + "odd: 1\n", "utf-8")
    documents = read_workspace(str(workspace), checked=False)
    path = "procedures/errand/scenarios.yaml"
    (result,) = run_scenarios(documents, documents.trees[path], path)
    assert "procedures/errand/procedure.yaml does not check" in result.failure


def test_a_value_that_its_field_does_not_take_is_told_where_it_stands(fails):
    result = fails("- open:\n    by: qaa\n    with:\n      region: east\n      kn: 12\n", "[input]", line=5)
    assert f"scenarios.yaml:{5 + 4}:15: " in result.as_text()
    phones = '- open:\n    by: qaa\n    with:\n      kn: 104233\n      phones:\n        - "+4571999901"\n        - "12"\n'
    fails(phones, "phones[1]", line=7)
    fails(
        "- open: {by: qaa, with: {kn: 104233}}\n- do: agree\n  by: qaa\n  with: {keeper: qbb}", "wish", line=2
    )
