"""A day at the desk, played by a browser from login to wrap-up: a call, a wish in writing, a colleague's check, a late case."""

import re

import pytest
from browsing import press, run
from logging_in import PASSWORD, procflow
from playwright.sync_api import expect
from serving import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A desk with users on a Monday morning; what is asked of the outside is written to files, and a host runs."""
    folder = tmp_path_factory.mktemp("a-day")
    procflow(folder, "init", ".")
    settings = folder / "procflow.toml"
    settings.write_text('clock = "now.txt"\n' + settings.read_text())
    (folder / "now.txt").write_text("2026-05-11T09:05:00+02:00")
    procflow(folder, "check")
    for person in ("agent_1", "policy_1"):
        procflow(folder, "user", "add", person, typed=PASSWORD + "\n")
    found = Served(folder)
    yield found
    found.stop()


def log_in(page, person: str) -> None:
    page.get_by_label("Staff code or mail address").fill(person)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Enter")


def test_a_day_at_the_desk_from_login_to_wrap_up(window, served, assert_accessible):
    folder = served.folder
    page = window("/", at=served)
    assert_accessible(page)
    log_in(page, "agent_1")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.locator(".bar")).to_contain_text("Ea Test")

    # a call comes: the case is opened, the opening phrase stands there to be said
    page.get_by_label("Find a procedure").fill("call from")
    page.get_by_role("link", name="Call from a customer").click()
    page.get_by_role("button", name="Open a case").click()
    expect(page.locator(".say")).to_contain_text("PROSAMFORSIKRING, det er Ea Test")
    call = page.locator("body").get_attribute("data-case")
    press(page, "Alt+Digit1")
    form = page.locator(".answer[open]")
    for label, text in (("Customer number", "104233"), ("First name", "Mette"), ("Last name", "Holm"), ("Phone numbers", "71 99 99 01")):  # fmt: skip
        form.get_by_label(label).fill(text)
    form.get_by_text("MitID", exact=True).click()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is it about?")

    # a wish for a change becomes a case of its own; the call is wrapped up with its note
    press(page, "Alt+Digit6")
    form = page.locator(".answer[open]")
    form.get_by_label("What to change").fill("Remove the glass cover on P-20011 from 1 June")
    form.get_by_text("PROSAM", exact=True).click()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#done")).to_contain_text("Change of a policy")
    expect(page.locator(".say").first).to_contain_text("Is there anything else")
    page.get_by_text("End the call", exact=True).click()
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#note-wrong")).to_contain_text("is missing")  # no call ends without its note
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.type("Wants the glass cover out from June; will answer our SMS.")
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".eyebrow")).to_contain_text("closed")
    wish = run(folder, "inbox", "--all")["result"]["tasks"]
    number = next(row["number"] for row in wish if row["procedure"] == "policy_change")

    # the customer answers the summary, and the department has the case by itself; the promise is a sentence
    page.goto(f"/cases/{number}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the customer's written word")
    page.get_by_text("Send a summary by SMS").click()
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#done")).to_contain_text("Send a summary by SMS")
    assert run(folder, "receive", "--channel=sms", "--from=+4571999901", "--text=JA")["ok"]
    page.goto(f"/cases/{number}")
    # 14 May is a holiday
    promise = "The change is made no later than Tuesday 19 May 2026 at 17:00"
    expect(page.locator(".say").first).to_contain_text(promise)
    page.get_by_role("link", name="Files").click()
    expect(page.locator(".badge.ok")).to_contain_text("accepted")

    # the department logs in, does it and gives its reference
    other = window(f"/cases/{number}", at=served, language="da")
    other.get_by_label("Medarbejderkode eller mailadresse").fill("policy_1")
    other.get_by_label("Adgangskode").fill(PASSWORD)
    press(other, "Enter")
    expect(other.get_by_role("heading", level=1)).to_have_text("Hos policeafdelingen")
    other.get_by_text("Ændringen er udført", exact=True).click()
    other.locator(".answer[open]").get_by_label("Reference").fill("P-20011/7")
    press(other, "Control+Enter")
    expect(other).to_have_url(re.compile(rf"/\?from={number}|/cases/\d+"))

    # and the agent reads the whole story
    page.goto(f"/cases/{number}/story")
    expect(page.locator("ol.story")).to_contain_text("Ida Test")
    expect(page.locator("ol.story")).to_contain_text("P-20011/7")
    expect(page.locator(".eyebrow")).to_contain_text("closed")
    expect(page.locator(f"a[href='/cases/{call}']")).to_have_count(0)
