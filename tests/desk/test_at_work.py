"""The queue and all that is in it: what is late, what is whose, what comes by itself, and how one gets about without a mouse."""

import re

import pytest
from browsing import press, run
from logging_in import procflow
from playwright.sync_api import expect
from serving import Served

MONDAY = "2026-05-11T09:15:00+02:00"


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A rehearsal on a Monday morning, served for Anna, who is an agent and an advisor; Bo, her mate, is away."""
    folder = tmp_path_factory.mktemp("day")
    procflow(folder, "init", ".")
    settings = folder / "procflow.toml"
    settings.write_text('clock = "now.txt"\n' + settings.read_text())
    (folder / "now.txt").write_text("2026-05-08T10:00:00+02:00")
    common = (
        "--with=kn=203344",
        "--with=first_name=Åse",
        "--with=last_name=Ærø",
        "--with=phones=+4571999902",
    )
    assert run(folder, "open", "reach_customer", *common, "--with=caseworker=qbb", "--with=reason=Wants to know about her car", "--with=best_time=any", person="qbb")["ok"]  # fmt: skip
    assert run(folder, "open", "upset_customer", "--with=kn=203344", "--with=customer_name=Åse Ærø", "--with=phone=+4571999902")["ok"]  # fmt: skip
    assert run(folder, "open", "policy_change")["ok"]
    wish = [f"--with={w}" for w in ("kn=104233", "first_name=Mette", "last_name=Holm", "phones=+4571999901", "carrier=PROSAM", "caseworker=qaa", "change=Remove the glass cover")]  # fmt: skip
    assert run(folder, "do", "3", "register", *wish, person="qaa")["ok"]
    assert run(
        folder, "absent", "qbb", "--from=2026-05-11 08:00", "--until=2026-05-15 17:00", person="lead_1"
    )["ok"]
    assert run(folder, "receive", "--channel=sms", "--from=+4571999977", "--text=Is my car <b>insured</b>?")[
        "ok"
    ]
    (folder / "now.txt").write_text(MONDAY)  # what is due meanwhile waits for its host
    served = Served(folder, "--no-host", person="qaa")
    yield folder, served
    served.stop()


def test_the_queue_says_what_is_late_and_whose_it_is_never_by_colour_alone(window, day, assert_accessible):
    _, served = day
    page = window("/", at=served)
    late = page.locator("tr", has_text="Upset customer")
    expect(late).to_contain_text("Late")
    expect(late.locator("svg").first).to_be_attached()
    expect(page.locator("tr", has_text="203344").filter(has_text="for Bo Test").first).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("Late")
    expect(page.locator(".counts")).to_contain_text(re.compile(r"\d late"))
    assert_accessible(page)
    number = page.locator("tr", has_text="Upset customer").locator("a").first.get_attribute("href")
    page.goto(number)
    expect(page.locator("#queue .clock.late").first).to_contain_text("Late")
    expect(page.locator("aside.customer .clock.late").first).to_contain_text("Late")


def test_an_inbox_that_is_longer_than_a_page_says_so_and_leads_to_the_rest(window, day, assert_accessible):
    _, served = day
    whole = window("/", at=served, language="da")
    everything = [a.get_attribute("href") for a in whole.locator("table.list").first.locator("a.row").all()]
    expect(whole.locator(".counts")).to_contain_text(f"{len(everything)} i alt")
    expect(whole.get_by_role("navigation", name="Indbakkens sider")).to_have_count(0)
    page, found = window("/?limit=1", at=served, language="da"), []
    expect(page.locator(".counts .late")).to_contain_text("1+ for sent")
    while len(found) < 20:
        expect(page.locator(".counts")).to_contain_text("1 på denne side")
        assert "i alt" not in page.locator(".counts").inner_text()
        found += [a.get_attribute("href") for a in page.locator("table.list").first.locator("a.row").all()]
        if not (further := page.get_by_role("link", name="Næste side")).count():
            break
        with page.expect_navigation():
            further.click()
    assert list(dict.fromkeys(found)) == everything, "in the same order, each case once or more"
    assert_accessible(page)
    page.get_by_role("link", name="Første side").click()
    expect(page.locator("a.row").first).to_have_attribute("href", everything[0])
    assert served.get("/?after=nonsense")[0] == 400


def test_work_is_offered_to_a_colleague_and_taken_over(window, day, assert_accessible, screenshot):
    """X-09: whoever takes over sees the note before, and has what was typed afterwards."""
    folder, served = day
    number = run(folder, "open", "policy_change", person="qaa")["result"]["number"]
    page = window(f"/cases/{number}", at=served)
    page.locator("#work > summary").click()
    page.get_by_text("Offer it to a colleague").click()
    form = page.locator("form[data-form=hand_over]")
    assert "qpp" not in form.locator("option").evaluate_all("all => all.map(one => one.value)"), (
        "may not do it"
    )
    form.get_by_label("What they must know").fill("short")
    form.get_by_role("button", name="Offer it").click()
    expect(page.get_by_role("alert").filter(has_text="What they must know")).to_be_visible()
    expect(form.get_by_label("What they must know")).to_have_value("short")
    form.get_by_label("To").select_option("agent_1")
    form.get_by_label("What they must know").fill("She rings back at ten")
    assert_accessible(page)
    form.get_by_role("button", name="Offer it").click()
    expect(page.locator(".eyebrow .badge", has_text="offered to Ea Test until")).to_be_visible()
    assert run(folder, "do", str(number), "turn_down", "--with=reason=On the phones")["ok"]
    expect(page.locator(".item.notice", has_text="On the phones")).to_be_visible()
    theirs = run(folder, "open", "policy_change")["result"]["number"]
    assert run(folder, "handover", str(theirs), "qaa", "--note=The customer is in a hurry")["ok"]
    page.goto(served.address)
    page.locator("tr", has_text="Offered to you").get_by_role("link").click()
    offer = page.locator(".item.handover")
    expect(offer).to_contain_text("The customer is in a hurry")
    screenshot(page, "offered")
    offer.get_by_text("Take it over").click()
    offer.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#done")).to_contain_text("took over")
    assert run(folder, "case", str(theirs), person="qaa")["result"]["hand_overs"] == []


def test_a_message_without_a_case_is_read_and_given_to_one(window, day, assert_accessible):
    folder, served = day
    page = window("/", at=served)
    page.get_by_role("link", name="SMS, taken in by hand").click()
    expect(page.locator("pre.letter")).to_have_text("Is my car <b>insured</b>?")
    assert_accessible(page)
    page.get_by_label("Number of the case").fill("999")
    page.get_by_role("button", name="Give it to the case").click()
    expect(page.get_by_role("alert").filter(has_text="999")).to_be_visible()
    page.get_by_label("Number of the case").fill("3")
    page.get_by_role("button", name="Give it to the case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the customer's written word")
    expect(page.locator("#done")).to_be_visible()
    assert "insured" in str(run(folder, "log", "3", person="qaa")["result"])


def test_work_is_taken_given_back_put_aside_and_handed_on(window, day):
    folder, served = day
    page = window("/cases/3", at=served)

    def work(button: str) -> None:
        page.locator("#work > summary").click()
        page.get_by_role("button", name=button, exact=True).click()

    work("Take it")
    expect(page.locator("#queue .task.here").first).to_contain_text("yours")
    work("Give it back")
    expect(page.locator("#queue .task.here").first).not_to_contain_text("yours")
    page.locator("#work > summary").click()
    page.get_by_text("Put it aside").click()
    page.get_by_label("Until").fill("yesterday")
    page.get_by_label("Because").fill("She is away until Friday")
    page.get_by_role("button", name="Put aside").click()
    expect(page.locator("#problem")).to_contain_text("Until")
    expect(page.locator("#work .wrong")).to_contain_text("Until")
    page.get_by_label("Until").fill("2026-05-15 09:00")
    page.get_by_label("Because").fill("She is away until Friday")
    page.get_by_role("button", name="Put aside").click()
    expect(page.locator(".case-head")).to_contain_text("put aside until Friday 15 May 2026")
    work("Go on with it")
    expect(page.locator(".case-head")).not_to_contain_text("put aside")
    page.locator("#work > summary").click()
    page.get_by_text("Hand it on at once").click()
    page.locator("#work").get_by_label("To", exact=True).nth(1).select_option("agent_2")
    page.get_by_role("button", name="Hand on").click()
    expect(page.locator("#done")).to_contain_text("Finn Test")
    assert run(folder, "who", "3", person="qaa")["ok"]


def test_everything_is_reached_with_the_keyboard_alone(window, day):
    _, served = day
    page = window("/", at=served)
    press(page, "j")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    press(page, "j")
    press(page, "k")
    assert page.evaluate("document.activeElement.getAttribute('href')") == first
    press(page, "Enter")
    expect(page).to_have_url(re.compile(f"{first}$"))
    press(page, "F4")
    press(page, "Enter")
    expect(page.locator(".answer[open]")).to_have_count(1)
    press(page, "F2")
    page.keyboard.type("Typed without a mouse")
    press(page, "Escape")
    expect(page.get_by_label("Note")).to_have_value("Typed without a mouse")
    press(page, "/")
    page.keyboard.type("104233")
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"/cases/3$"))
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape")
    press(page, "g")
    press(page, "i")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_a_customer_is_found_by_what_people_say_on_the_phone(window, day):
    _, served = day
    for said in ("203344", "71 99 99 02", "%2B45 71999902", "aase ærø", "Åse", "aeroe"):
        page = window(f"/find?q={said}", at=served)
        expect(page.locator(".hits")).to_contain_text("Upset customer")
    page = window("/find?q=71999900", at=served)
    expect(page.locator(".notice")).to_contain_text("No open case carries that")


def test_what_is_done_by_hand_is_confirmed_with_its_reference(window, day, assert_accessible):
    folder, served = day
    number = str(run(folder, "open", "call_in", person="qaa")["result"]["number"])
    assert run(folder, "do", number, "not_identified", person="qaa")["ok"]
    assert run(folder, "do", number, "claim", person="qaa")["ok"]
    assert run(folder, "do", number, "transfer", person="qaa")["ok"]
    page = window(f"/cases/{number}", at=served)
    item = page.locator(".item.manual")
    expect(item).to_contain_text("skade")
    assert_accessible(page)
    item.get_by_text("Done by hand").click()
    fields = item.locator(".answer[open] input[type=text]")
    for field in fields.all():
        field.fill("R-1")
    item.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".item.manual")).to_have_count(0)
    expect(page.locator("#done")).to_be_visible()
