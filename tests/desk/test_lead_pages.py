"""People, procedures and reports: what leads and process owners do in the browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from ready import started
from serving import Served


@pytest.fixture(scope="module")
def owner(busy):
    """The busy desk served for the process owner."""
    served = Served(busy.folder, "--no-host", person="owner_1")
    yield served
    served.stop()


PLACES = (
    "/people",
    "/procedures",
    "/procedures/policy_change",
    "/reports",
    "/reports/deadlines?from=2026-03-01&to=2026-03-10",
)


def test_the_pages_are_accessible_in_both_languages_and_themes_and_fit_a_phone(
    window, busy, assert_accessible, screenshot
):
    for n, place in enumerate(PLACES):
        name = place.partition("?")[0].strip("/").replace("/", "-")
        phone = {"theme": "dark", "phone": True} if n % 2 else {"language": "da"}
        page = window(place, at=busy, **phone)
        assert_accessible(page)
        screenshot(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place


def test_an_absence_is_registered_and_ended_with_a_warning_where_both_mates_are_away(window, busy):
    page = window("/people", at=busy)
    page.get_by_text("Register an absence").first.click()
    page.get_by_label("Who").first.select_option("qdd")
    page.get_by_label("From").fill("2026-03-11")
    page.locator("#until").fill("2026-03-12")
    page.get_by_role("button", name="Register an absence").click()
    expect(page.locator(".notice.ok")).to_contain_text("registered")
    item = page.locator("[id^=absent-qdd]")
    expect(item).to_contain_text("Wednesday 11 March 2026")
    expect(item).to_contain_text("Friday 13 March 2026 at 00:00")
    expect(item.locator(".wrong")).to_contain_text("Clara Test")

    page.get_by_text("Register an absence").first.click()
    page.get_by_label("Who").first.select_option("qdd")
    page.get_by_label("From").fill("2026-03-12")
    page.get_by_role("button", name="Register an absence").click()
    expect(page.get_by_role("alert")).to_contain_text("Dan Test")
    assert page.locator("#since").input_value() == "2026-03-12", "what was typed stays"

    page.goto("/people")
    page.get_by_role("button", name="Take away: Dan Test").click()
    expect(page.locator("[id^=absent-qdd]")).to_have_count(0)


def test_two_people_become_mates_only_with_the_word_of_both(window, busy):
    page = window("/people", at=busy)
    page.get_by_text("Make two people team mates").first.click()
    page.get_by_label("One", exact=True).select_option("policy_1")
    page.get_by_label("The other", exact=True).select_option("first_1")
    page.get_by_label("The one has said yes").check()
    page.get_by_role("button", name="Make two people team mates").click()
    expect(page.get_by_role("alert")).to_contain_text("Jens Test")
    page.get_by_label("One", exact=True).select_option("policy_1")
    page.get_by_label("The other", exact=True).select_option("first_1")
    page.get_by_label("The one has said yes").check()
    page.get_by_label("The other has said yes").check()
    page.get_by_role("button", name="Make two people team mates").click()
    expect(page.locator("#mates")).to_contain_text("Ida Test")
    page.get_by_role("button", name="Part: Ida Test, Jens Test").click()
    expect(page.locator("#mates .pairs")).not_to_contain_text("Ida Test")


def test_what_others_register_appears_while_somebody_fills_in_a_form(window, busy):
    page = window("/people", at=busy)
    page.get_by_text("Swap shifts").first.click()
    page.get_by_label("Day", exact=True).first.fill("2026-03-12")
    assert (
        started(["absent", "travel_1", "--until", "2026-03-13", "--as", "lead_1"], busy.folder).returncode
        == 0
    )
    expect(page.locator("#absences")).to_contain_text("Mia Test")
    assert page.locator("#swap-day").input_value() == "2026-03-12"


def test_the_coach_sees_whom_to_practise_with_and_nobody_else_sees_the_page(
    window, busy, assert_accessible, screenshot
):
    assert busy.get("/coaching")[0] == 403, "the lead"
    expect(window("/", at=busy).get_by_role("link", name="Coaching")).to_have_count(0)
    coach = Served(busy.folder, "--no-host", person="coach_1")
    try:
        page = window("/", at=coach)
        page.get_by_role("navigation").get_by_role("link", name="Coaching").click()
        mine = page.locator("#coach-mine")
        expect(mine.locator("tbody tr").filter(has_text="With the quality coach")).to_have_count(2)
        expect(mine).to_contain_text("Anna Test")
        anna = page.locator("#coach-qaa")
        expect(anna).to_contain_text("Anna Test")
        assert anna.locator("a").count() >= 1
        names = page.locator("#coach-people tbody th").all_inner_texts()
        assert names == sorted(names, key=str.casefold) and len(names) >= 2
        expect(page.locator("#coach-second")).to_contain_text("A second pair of eyes", ignore_case=True)
        assert_accessible(page)
        screenshot(page, "coaching")
        mine.get_by_role("link").first.click()
        expect(page.locator("#script-title")).to_be_visible()
        page = window("/coaching", at=coach, language="da", theme="dark", phone=True)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screenshot(page, "coaching-phone")
    finally:
        coach.stop()


def test_the_owner_finds_a_procedure_proves_it_and_sees_versions_with_their_cases(window, owner):
    page = window("/procedures?find=policy", at=owner)
    page.get_by_role("link", name="Change of a policy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change of a policy")
    expect(page.locator("#prove .badge").first).to_have_text("not proved yet")
    page.get_by_role("button", name="Prove").click()
    expect(page.locator("#prove .badge.ok").first).to_have_text("proved", timeout=90_000)
    expect(page.locator("#versions")).to_contain_text("in force")
    assert page.locator("#versions a.num").count() >= 1
    assert page.locator(".source li").count() > 100
    page.locator("#prove a").first.click()
    assert re.search(r"#L\d+$", page.url)
    expect(page.locator(page.url[page.url.index("#") :])).to_contain_text("inv_18")


def test_the_owner_reads_in_words_what_another_version_changes(window, busy, owner, assert_accessible, screenshot):  # fmt: skip
    file = busy.folder / "procedures" / "payments" / "payment_problem" / "procedure.yaml"
    text = file.read_text()
    for one, other in (("en: Payment problem", "en: Trouble with a payment"), ("within: \"${param('econ_clock')}\"", "within: 3 working days")):  # fmt: skip
        assert one in text, one
        text = text.replace(one, other, 1)
    file.write_text(text)
    assert started(["check"], busy.folder).returncode in (0, 1)
    page = window("/procedures/payment_problem", at=owner)
    page.locator("#versions").get_by_role("link", name="What differs").first.click()
    things = page.locator(".things > li")
    expect(things.filter(has_text="Procedure").first).to_contain_text("Trouble with a payment")
    expect(things.filter(has_text="Deadline").first).to_contain_text("3 working days")
    expect(page.locator(".by-line")).not_to_have_attribute("open", "")
    assert_accessible(page)
    screenshot(page, "versions")
    page = window("/procedures/payment_problem", at=owner, language="da", theme="dark", phone=True)
    page.locator("#versions").get_by_role("link", name="Forskelle").first.click()
    expect(page.locator(".things > li").filter(has_text="Frist").first).to_contain_text("ændret")
    assert_accessible(page)
    screenshot(page, "versions-phone")


def test_a_report_is_a_page_with_charts_and_a_file_with_the_same_figures_and_the_same_rights(
    window, busy, owner
):
    page = window("/reports", at=busy)
    page.get_by_role("link", name="Deadlines").click()
    page.get_by_label("From").fill("2026-03-01")
    page.get_by_label("To", exact=True).fill("2026-03-10")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("figure svg[role=img]").first).to_be_visible()
    assert page.locator("section", has=page.locator("figure")).first.locator("table").count() == 1
    expect(page.locator("td a[href='/cases/2']").first).to_be_visible()

    query = "from=2026-03-01&to=2026-03-10"
    status, headers, body = busy.get(f"/reports/deadlines?{query}&form=json")
    assert status == 200 and "attachment" in headers["content-disposition"]
    shown = json.loads(body)
    said = started(
        ["report", "deadlines", "--from", "2026-03-01", "--to", "2026-03-10", "--as", "lead_1", "--json"],
        busy.folder,
    )
    assert shown["tables"] == json.loads(said.stdout)["result"]["tables"]
    status, _, body = busy.get(f"/reports/deadlines?{query}&form=csv")
    assert status == 200 and b"economy_dept" in body
    stranger = Served(busy.folder, "--no-host", person="agent_1")
    try:
        assert stranger.get(f"/reports/deadlines?{query}")[0] == 403
        assert stranger.get("/reports/nothing")[0] == 404
        assert stranger.get("/reports/deadlines?from=tomorrow")[0] == 400
    finally:
        stranger.stop()
