"""The page on scenarios names everything that a scenario can say, and its example runs."""

import json
import re
from pathlib import Path

import pytest

from procflow.definitions.schema import schema_of
from procflow.rehearsal.expecting import CHECKS
from procflow.rehearsal.steps import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "scenarios.md").read_text("utf-8")


@pytest.mark.parametrize("word", [*KINDS, *CHECKS, "case", "before", "people", "clock"])
def test_the_page_names(word):
    assert re.search(rf"`{word}\b", PAGE)


def test_the_runner_and_the_schema_know_the_same_words():
    schema = json.loads(json.dumps(schema_of("scenarios")))
    assert set(KINDS) == set(schema["$defs"]["step"]["properties"]) - {"by", "with", "case"}
    assert set(CHECKS) == set(schema["$defs"]["expectation"]["properties"]) - {"case"}


def test_the_example_runs(rehearse):
    example = re.search(r"```yaml\n(scenarios:.*?)```", PAGE, re.DOTALL)
    assert example is not None
    (result,) = rehearse(example[1])
    assert result.passed, result.as_text()
