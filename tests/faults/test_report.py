"""The report of the torture is made of what was recorded, and a run that found something says what it was."""

from pathlib import Path

from faults.counting import Count, Harness, In
from faults.harnesses import harnesses

from faults import report, results


def test_the_page_is_made_of_the_recorded_runs() -> None:
    told = (Path(__file__).parents[2] / "docs" / "reference" / "torture.md").read_text(encoding="utf-8")
    assert told == report.page(), "make it anew: python -m faults.report > docs/reference/torture.md"


def test_a_run_that_found_something_or_fell_short_says_what_it_was() -> None:
    names = {each.name for each in harnesses()}
    for run in report.rows():
        assert run["harness"] in names
        if run["wrong"] or run["fired"] < run["figure"]:
            assert len(run["note"].split()) > 8, run


def test_every_harness_can_be_run_by_its_name() -> None:
    for each in harnesses():
        assert isinstance(each.run, In) and callable(each.run.function()), each.name


def test_what_came_of_a_run_is_added_behind_the_others(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    harness = Harness("made-up", "R0", "nothing at all", (1, 2), lambda figure, seed: Count())
    for fired in (2, 3):
        results.add(file, harness, 2, Count(fired, [], "told"), 60.4, 7)
    first, second = file.read_text().splitlines()
    assert (
        '"fired": 2' in first and '"fired": 3' in second and '"seconds": 60' in first and '"seed": 7' in first
    )
