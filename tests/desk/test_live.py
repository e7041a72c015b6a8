"""Two people at one case, on two servers of one workspace: they see each other, and never overwrite."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from ready import started
from serving import Served


@pytest.fixture(scope="module")
def other(busy):
    """The same workspace served by another process, for another person."""
    served = Served(busy.folder, "--no-host", person="agent_2")
    yield served
    served.stop()


def test_two_people_at_one_case_see_each_other_and_what_was_typed_on_a_stale_page_is_kept(
    window, busy, other, assert_accessible
):
    place = "/cases/8"
    mine, theirs = window(place, at=busy), window(place, at=other)
    expect(mine.locator("[data-presence]")).to_have_text("Finn Test is looking at the case")
    expect(theirs.locator("[data-presence]")).to_have_text("Pia Test is looking at the case")

    theirs.locator("#note").fill("The customer sends the screenshot this evening")
    expect(mine.locator("[data-presence]")).to_have_text("Finn Test is typing here now")
    theirs.get_by_text("Correct the wish").click()
    theirs.get_by_label("What to change").fill("Remove the towing too")
    theirs.locator("#note").focus()
    theirs.evaluate("window.mark = 1")
    mine.evaluate("window.mark = 1")
    assert (
        started(
            ["do", "8", "withdraw", "--as", "agent_1", "--with", "note=Has changed her mind"], busy.folder
        ).returncode
        == 0
    )

    expect(mine.locator("#script-title")).to_contain_text("withdrawn")
    newer = theirs.locator(".newer")
    expect(newer).to_contain_text("The case has changed meanwhile")
    expect(theirs.locator("#note")).to_have_value("The customer sends the screenshot this evening")
    assert_accessible(theirs)
    assert mine.evaluate("window.mark") == theirs.evaluate("window.mark") == 1, "no page was loaded again"
    newer.get_by_role("button", name="Show what is new").click()
    expect(theirs.locator("#script-title")).to_contain_text("withdrawn")
    expect(theirs.locator(".left")).to_contain_text("What you typed for “Correct the wish”")
    expect(theirs.locator(".left dd")).to_have_text("Remove the towing too")
    expect(theirs.locator("#note")).to_have_value("The customer sends the screenshot this evening")
    assert_accessible(theirs)

    theirs.close()
    expect(mine.locator("[data-presence]")).to_have_text("")


def test_what_was_said_of_one_s_own_step_stays_where_a_look_that_was_begun_before_it_comes_late(window, busy):
    page, held, late = window("/cases/11", at=busy), [], True

    def on_the_way(route):
        held.append(route) if late and "x-live" in route.request.headers else route.continue_()

    page.route("**/cases/11*", on_the_way)
    with page.expect_request(lambda request: "x-live" in request.headers):
        page.evaluate("document.dispatchEvent(new CustomEvent('desk:refresh'))")
    page.get_by_text("Send a summary by SMS").click()
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#done")).to_contain_text("Send a summary by SMS")
    note = started(["note", "11", "She asks for a mail too", "--as", "agent_1"], busy.folder)
    assert note.returncode == 0, note.stderr
    late = False
    with page.expect_response(lambda answer: "x-live" in answer.request.headers):
        held[0].continue_()  # the case has moved on, and this page is asked for as it was before the step
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    expect(page.locator("#done")).to_contain_text("Send a summary by SMS")


def test_what_is_missed_while_the_server_is_away_is_there_when_it_is_back(window, busy):
    served = Served(busy.folder, "--no-host", person="agent_2")
    page = window("/", at=served, quiet=True)
    row = page.locator("a[data-row][href='/cases/9']").or_(page.locator("a[href='/cases/9']")).first
    expect(row).to_be_visible()
    served.kill()
    expect(page.locator("#live-away")).to_contain_text(re.compile("connection is gone"), timeout=15_000)
    assert (
        started(
            ["do", "9", "withdraw", "--as", "agent_1", "--with", "note=Has changed her mind"], busy.folder
        ).returncode
        == 0
    )
    again = Served(busy.folder, "--no-host", "--listen", f"127.0.0.1:{served.port}", person="agent_2")
    try:
        expect(row).to_have_count(0, timeout=15_000)
        expect(page.locator("#live-away")).to_have_count(0)
    finally:
        again.stop()
