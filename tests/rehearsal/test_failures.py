"""What a failed test prints."""

from textwrap import dedent

OPEN = "- open: {by: qaa, with: {kn: 104233, region: east}}\n"


def test_a_failure_is_a_place_a_difference_and_the_journal(fails):
    result = fails(OPEN + "- expect: {state: agreed}", line=2)
    assert result.as_text() == dedent(
        """\
        procedures/callback/scenarios.yaml:6:16: It
          not as expected: state
            state: expected (-), and what was there (+)
              - agreed
              + waiting
          the journal up to there:
            case 1, callback: waiting
              2026-05-11 10:05  Anna Test opened case 1 (callback)
                                kept: kn = 104233, region = east
                                the case entered waiting
                                the deadline Answer (answer) runs: due Wednesday 13 May 2026 at 17:00
                                work in waiting for Service agent"""
    )


def test_the_same_as_json(fails):
    result = fails(OPEN + "- expect: {state: agreed}")
    told = result.as_json()
    assert (told["name"], told["passed"], told["line"], told["column"]) == ("It", False, 6, 16)
    assert told["path"] == "procedures/callback/scenarios.yaml"
    assert told["journal"][0] == "case 1, callback: waiting"
    assert told["duration"] > 0


def test_a_passed_test_stands_at_its_name(passes):
    result = passes(OPEN + "- expect: {state: waiting}")
    assert (result.line, result.column, result.as_text()) == (4, 3, "passed: It")


def test_the_journal_names_cases_as_the_scenario_does(fails):
    result = fails("- open: {by: qaa, with: {kn: 104233}, as: mette}\n- expect: {state: agreed}")
    assert result.journal[0] == "case 1 “mette”, callback: waiting"


def test_a_failure_ends_its_test_and_no_other(rehearse):
    results = rehearse(
        "scenarios: callback\nclock: 2026-05-11 10:05\ntests:\n"
        "  One:\n    - open: {by: qll, with: {kn: 104233}}\n    - expect: {state: late}\n"
        "  Two:\n    - open: {by: qaa, with: {kn: 104233}}\n"
    )
    assert [(r.name, r.passed, r.line) for r in results] == [("One", False, 5), ("Two", True, 7)]


def test_every_run_is_the_same(rehearse):
    text = (
        OPEN
        + "- do: agree\n  with: {wish: Call}\n- wait: 3 days\n- expect: {state: late, log: [no such words]}"
    )
    (one,), (two,) = rehearse(text), rehearse(text)
    assert not one.passed
    assert (one.failure, one.journal, one.line) == (two.failure, two.journal, two.line)


def test_one_test_can_be_picked_by_a_part_of_its_name(rehearse):
    text = (
        "scenarios: callback\nclock: 2026-05-11 10:05\ntests:\n"
        "  The first: [{open: {by: qaa, with: {kn: 104233}}}]\n"
        "  The second: [{open: {by: qaa, with: {kn: 104233}}}]\n"
    )
    assert [result.name for result in rehearse(text, only="SECOND")] == ["The second"]


def test_a_procedure_that_does_not_check_is_not_rehearsed(workspace):
    from procflow.definitions.reader import read
    from procflow.definitions.workspace import read_workspace
    from procflow.rehearsal.runner import run_scenarios

    path = workspace / "procedures/callback/procedure.yaml"
    path.write_text(path.read_text("utf-8").replace("amount != null &&", "amount != null &&&"), "utf-8")
    tree, _ = read(
        "scenarios: callback\nclock: 2026-05-11 10:05\ntests:\n  It: [{open: {by: qaa}}]\n", "s.yaml"
    )
    (result,) = run_scenarios(read_workspace(str(workspace)), tree, "s.yaml")
    assert not result.passed
    assert result.failure.startswith("procedures/callback/procedure.yaml does not check")


def test_a_step_that_is_none_is_told_with_the_nearest(workspace):
    from procflow.definitions.reader import read
    from procflow.definitions.workspace import read_workspace
    from procflow.rehearsal.runner import run_scenarios

    tree, _ = read("scenarios: callback\nclock: 2026-05-11 10:05\ntests:\n  It:\n    - expct: {}\n", "s.yaml")
    (result,) = run_scenarios(read_workspace(str(workspace), checked=False), tree, "s.yaml")
    assert (result.line, result.column) == (5, 7)
    assert "there is no step `expct`" in result.failure and "did you mean `expect`?" in result.failure


def test_personal_data_of_the_scenario_are_shown_to_its_author(fails):
    result = fails(OPEN + "- do: agree\n  with: {wish: Call about the house}\n- expect: {state: late}")
    assert any("wish = Call about the house" in line for line in result.journal)


def test_a_bug_costs_one_test_and_not_the_others(rehearse):
    def broken(*_):
        raise RuntimeError("the judge fell ill")

    results = rehearse(
        "scenarios: callback\nclock: 2026-05-11 10:05\ntests:\n"
        '  One:\n    - open: {by: qaa, with: {kn: 104233, phones: ["+4571999901"]}}\n'
        '    - receive: {channel: sms, from: "+4571999901", text: Fjern glas}\n'
        "  Two:\n    - open: {by: qaa, with: {kn: 104233}}\n",
        judge=broken,
    )
    assert [r.passed for r in results] == [False, True]
    assert "the judge fell ill" in results[0].failure
