"""docs/reference/hooks.md says of each hook what hookspecs.py says, and its examples are plugins that load."""

import inspect
import re
from pathlib import Path

import pytest

from procflow import hookspecs
from procflow.plugins import load_plugins

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
SECTIONS = {
    heading.partition("(")[0]: (heading, text)
    for heading, text in re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}


def test_the_page_has_every_hook_in_the_order_of_the_file():
    marked = [name for name, value in vars(hookspecs).items() if hasattr(value, "procflow_spec")]
    assert list(SECTIONS) == list(hookspecs.HOOKS) == marked


@pytest.mark.parametrize("name", hookspecs.HOOKS)
def test_a_hook_has_its_signature_and_its_words_on_the_page(name):
    hook = getattr(hookspecs, name)
    heading, text = SECTIONS[name]
    assert heading == f"{name}({', '.join(inspect.signature(hook).parameters)})"
    assert text.split("```python")[0].strip() == inspect.getdoc(hook)


@pytest.mark.parametrize("name", hookspecs.HOOKS)
def test_the_words_of_a_hook_stand_in_the_order_of_the_house(name):
    """What it is for, when it is called, each parameter, what the answer means."""
    words = inspect.getdoc(getattr(hookspecs, name))
    parameters = inspect.signature(getattr(hookspecs, name)).parameters
    marks = (
        ["Called ", *(f"`{p}`:" for p in parameters), "Answer:"]
        if parameters
        else ["Called ", "It takes nothing.", "Answer:"]
    )
    places = [words.index(mark) for mark in marks]
    assert places == sorted(places) and places[0] > 0


@pytest.mark.parametrize("name", hookspecs.HOOKS)
def test_the_example_of_a_hook_is_a_plugin_that_loads(name, tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", SECTIONS[name][1], re.S)
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    plugins = load_plugins([tmp_path], shipped=False)
    asked = {"register_channels": "operations", "case_stepped": "listing"}.get(
        name, name.removeprefix("register_")
    )
    assert getattr(plugins, asked)()
    assert plugins.problems == [] and plugins.loaded["example"].hooks == (name,)
