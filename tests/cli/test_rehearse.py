"""`procflow test`: scenarios from the command line."""

import json
from typing import Any


def test_a_line_a_test_and_a_count(desk: Any) -> None:
    printed = desk.ok("test")
    lines = printed.splitlines()
    assert "procedures/errand/scenarios.yaml" in lines
    assert "  ✓ A policy change becomes a case of its own" in lines
    assert lines[-1] == "3 tests: 3 passed"


def test_a_failure_is_shown_whole_and_ends_with_1(desk: Any) -> None:
    scenarios = desk.folder / "procedures" / "errand" / "scenarios.yaml"
    text = scenarios.read_text().replace("state: passed", "state: settled")
    scenarios.write_text(text)
    done = desk.run("test")
    assert done.returncode == 1
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "state: settled" in words)
    assert "  ✗ A policy change becomes a case of its own" in done.stdout
    assert f"procedures/errand/scenarios.yaml:{line}:" in done.stdout
    assert "the journal up to there" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 tests: 2 passed, 1 failed"


def test_files_and_folders_may_be_given_and_names_chosen(desk: Any) -> None:
    assert desk.ok("test", "errand").splitlines()[-1] == "2 tests: 2 passed"
    assert (
        desk.ok("test", "procedures/errand/scenarios.yaml", "-k", "UPSET").splitlines()[-1]
        == "1 test: 1 passed"
    )
    missing = desk.run("test", "-k", "no such test")
    assert (missing.returncode, missing.stdout) == (6, "")
    assert "no test has 'no such test' in its name" in missing.stderr


def test_scenarios_that_lie_elsewhere_rehearse_the_workspace_that_is_named_or_around(
    desk: Any, tmp_path: Any
) -> None:
    elsewhere = tmp_path / "theirs"
    elsewhere.mkdir()
    text = (desk.folder / "procedures" / "errand" / "scenarios.yaml").read_text()
    (elsewhere / "mine.yaml").write_text(text)
    assert desk.ok("test", str(elsewhere / "mine.yaml")).splitlines()[-1] == "2 tests: 2 passed"
    there = type(desk)(elsewhere)
    named = there.run("test", "--workspace", str(desk.folder), "mine.yaml")
    assert (named.returncode, named.stdout.splitlines()[-1]) == (0, "2 tests: 2 passed"), named.stderr
    by_name = there.run("test", "--workspace", str(desk.folder), "errand")
    assert (by_name.returncode, by_name.stdout.splitlines()[-1]) == (0, "2 tests: 2 passed"), by_name.stderr
    assert (
        there.ok("check", "--workspace", str(desk.folder), "mine.yaml")
        .splitlines()[-1]
        .startswith("1 document, 0 errors")
    )
    alone = there.run("test", "mine.yaml")
    assert alone.returncode == 1 and "name the workspace with --workspace" in alone.stdout


def test_names_and_paths_are_those_of_the_workspace_that_is_named_also_from_within_another(
    desk: Any, tmp_path: Any
) -> None:
    other = tmp_path / "other"
    (other / "procedures").mkdir(parents=True)
    (other / "procflow.toml").write_text('store = "sqlite:cases.db"\n')
    for given in ("errand", "procedures/errand", "procedures/errand/scenarios.yaml"):
        done = type(desk)(other).run("test", "--workspace", str(desk.folder), given)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 tests: 2 passed"), done.stderr
    misspelt = type(desk)(other).run("check", "--workspace", str(desk.folder), "erand")
    assert "did you mean `errand`?" in misspelt.stdout


def test_a_path_that_is_not_there_and_a_file_that_does_not_check_fail(desk: Any) -> None:
    done = desk.run("test", "erand")
    assert done.returncode == 1
    assert "PF236" in done.stderr and "did you mean `errand`?" in done.stderr
    desk.write(
        "procedures/errand/scenarios.yaml",
        "scenarios: errand\nclock: 2026-05-11 10:05\ntests: {A: [{jump: 3}]}\n",
    )
    broken = desk.run("test")
    assert broken.returncode == 1
    assert "procedures/errand/scenarios.yaml:3:" in broken.stderr
    assert broken.stdout.splitlines()[-1] == "1 test: 1 passed"


def test_a_workspace_without_scenarios_has_nothing_to_rehearse(desk: Any) -> None:
    for path in desk.folder.rglob("scenarios.yaml"):
        path.unlink()
    done = desk.run("test")
    assert done.returncode == 6
    assert "there are no scenarios here" in done.stderr


def test_coverage_names_what_no_test_saw(desk: Any) -> None:
    printed = desk.ok("test", "procedures/errand", "--coverage")
    row = next(line for line in printed.splitlines() if line.startswith("errand "))
    assert row.split() == ["errand", "2/4", "50%", "1/4", "25%"]
    assert "never entered: settling" in printed
    assert "never taken: settling: choice done, to settled" in printed


def test_verbose_tells_the_journal_of_tests_that_passed(desk: Any) -> None:
    assert "opened case 1" in desk.ok("test", "procedures/errand", "--verbose")
    assert "opened case 1" not in desk.ok("test", "procedures/errand")


def test_as_json_it_is_one_object(desk: Any) -> None:
    told = desk.json("test", "procedures/errand", "--coverage")
    assert (told["passed"], told["failed"], told["diagnostics"]) == (2, 0, [])
    assert told["tests"][0]["name"] == "A policy change becomes a case of its own"
    assert told["coverage"][0]["states"]["percent"] == 50
    assert [each["procedure"] for each in told["coverage"]] == ["errand"]  # not what its tests came by
    scenarios = desk.folder / "procedures" / "errand" / "scenarios.yaml"
    scenarios.write_text(scenarios.read_text().replace("state: passed", "state: settled"))
    done = desk.run("test", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


def test_nothing_of_a_rehearsal_is_stored(desk: Any) -> None:
    desk.ok("test")
    assert desk.json("inbox", "--all")["tasks"] == []


def test_mutation_tells_the_share_that_is_caught_and_what_survived(desk: Any) -> None:
    printed = desk.ok("test", "--mutate", "errand", "--jobs", "1")
    row = next(line for line in printed.splitlines() if line.startswith("errand "))
    mutants, caught, survived, accepted, percent = map(int, row.split()[1:])
    assert mutants == caught + survived and accepted == 0
    assert percent == caught * 100 // mutants
    assert "mail.send on the way into settling is not asked for" in printed
    least = desk.run("test", "--mutate", "errand", "--least", str(percent + 1))
    assert least.returncode == 1
    assert least.stderr == ""


def test_mutation_as_json_has_a_place_a_name_and_a_hint_for_each_survivor(desk: Any) -> None:
    given = json.loads(
        desk.ok("test", "--mutate", "procedures/errand", "--sample", "6", "--seed", "2", "--json")
    )
    assert given["ok"] is True
    total = given["result"]["total"]
    assert total["mutants"] == 6 == total["caught"] + total["survived"]
    assert len(given["result"]["survivors"]) == total["survived"] > 0
    for survivor in given["result"]["survivors"]:
        assert survivor["path"] == "procedures/errand/procedure.yaml"
        assert survivor["line"] > 1
        assert survivor["hint"]["words"]


def test_mutation_of_what_is_not_there_names_the_nearest(desk: Any) -> None:
    done = desk.run("test", "--mutate", "erand")
    assert done.returncode == 6
    assert "errand" in done.stderr
