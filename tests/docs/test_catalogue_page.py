"""docs/reference/catalogue.md: what it is made of is there."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("catalogue_make", ROOT / "docs" / "catalogue" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_catalogue_has_its_64_entries_in_danish_and_english(make):
    wanted = [
        f"{part}-{n:02}" for part, most in (("PRO", 35), ("KAM", 18), ("INT", 11)) for n in range(1, most + 1)
    ]
    assert list(make.entries()) == wanted
    assert all(facts["title"]["da"] and facts["title"]["en"] for facts in make.entries().values())


def test_no_procedure_names_an_entry_that_there_is_not(make):
    assert {entry for carrier in make.carriers() for entry in carrier.entries} <= set(make.entries())


def test_every_promise_with_a_number_has_one_that_there_is(make):
    assert set(make.keepers(make.carriers())) <= {*make.INVARIANTS, *make.LIVENESS}


def test_every_file_test_and_anchor_that_the_page_names_is_there(make):
    for target in re.findall(r"\]\(([^)]+)\)", make.page()):
        file, _, anchor = target.partition("#")
        path = (REFERENCE / file).resolve() if file else None
        assert path is None or path.exists(), target
        if path is not None and anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}, target
    told = tomllib.loads((ROOT / "docs" / "catalogue" / "promises.toml").read_text("utf-8"))
    for keeps in (keeps for number, keeps in told.items() if number != "later"):
        for file, name, _ in keeps:
            assert name in (ROOT / file).read_text("utf-8"), f"{file}: {name}"


def test_the_words_of_a_promise_are_read_as_they_stand(make):
    words = {
        name: says
        for carrier in make.carriers()
        for name, says in carrier.promises.items()
        if carrier.name == "kc_request"
    }
    assert words["inv_24"] == "KC gets the case only when the customer was told the date."


def test_the_scenarios_of_a_procedure_are_those_that_run(make, shipped):
    for carrier in make.carriers():
        tree = shipped.trees[carrier.scenarios.relative_to(ROOT).as_posix()]
        assert carrier.tests == list(tree["tests"]), carrier.name


def test_everything_of_the_catalogue_is_carried_by_something(make):
    """Entries by a procedure, table, decision, deadline or report; numbered scenarios by a test; promises by one."""
    assert make.missing() == []


def test_what_is_told_to_come_later_is_carried_by_nothing_yet(make):
    assert not set(make.later()) & set(make.keepers(make.carriers()))


def test_the_page_is_the_one_that_the_files_make(make):
    page = (REFERENCE / "catalogue.md").read_text("utf-8")
    assert page == make.page(), "run: python docs/catalogue/make.py > docs/reference/catalogue.md"
