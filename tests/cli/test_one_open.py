"""`one_open_per` on the command line: the open case is shown, and it is said."""

import json
from typing import Any

import pytest


@pytest.fixture
def alone(desk: Any) -> Any:
    path = desk.folder / "procedures" / "errand" / "procedure.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "correlate: [kn]", "correlate: [kn]\none_open_per: [kn]", 1
    )
    path.write_text(text, encoding="utf-8")
    desk.ok("check")
    return desk


def test_a_second_opening_shows_the_open_case_and_says_so(alone: Any) -> None:
    assert "is open already" not in alone.ok("open", "errand", "--with", "kn=104233")
    printed = alone.ok("open", "errand", "--with", "kn=104233")
    assert printed.startswith("Case 1 is open already, and there may be only one: here it is.")
    assert "Sag 1 er åben i forvejen" in alone.ok("open", "errand", "--with", "kn=104233", "--lang", "da")
    view = alone.json("open", "errand", "--with", "kn=104233")
    assert (view["number"], view["shown"]) == (1, True)
    assert "shown" not in alone.json("open", "errand", "--with", "kn=104871")
    assert len(alone.json("log", "1")["steps"]) == 1, "nothing was written to it"


def test_a_promise_that_there_is_one_only_leaves_it_to_be_shown(alone: Any) -> None:
    path = alone.folder / "procedures" / "errand" / "procedure.yaml"
    one = """
  one_only:
    says: Nobody has two errands.
    never: 'cases("errand", {kn: kn}).exists(other, other.id != case.id)'
"""
    text = path.read_text(encoding="utf-8")
    path.write_text(text + ("" if "\npromises:" in text else "\npromises:") + one, encoding="utf-8")
    alone.ok("check")
    alone.ok("open", "errand", "--with", "kn=104233")
    view = alone.json("open", "errand", "--with", "kn=104233")
    assert (view["number"], view["shown"]) == (1, True)


def test_a_closed_case_makes_room(alone: Any) -> None:
    alone.ok("open", "errand", "--with", "kn=104233")
    alone.ok("do", "1", "pass_on")
    assert alone.json("open", "errand", "--with", "kn=104233")["number"] == 3  # 2 is what was started


def test_the_guided_way_says_it_too(alone: Any) -> None:
    alone.ok("open", "errand", "--with", "kn=104233")
    done = alone.run("step", "--open", "errand", "--with", "kn=104233", typed="q\n")
    assert "Case 1 is open already" in done.stdout


def test_a_request_id_that_opened_another_procedures_case_is_told(alone: Any) -> None:
    alone.ok("open", "errand", "--with", "kn=104233", "--request-id", "r-1")
    done = alone.run("open", "policy_change", "--request-id", "r-1", "--json")
    assert done.returncode == 2 and "was made before" in json.loads(done.stdout)["error"]["message"]
