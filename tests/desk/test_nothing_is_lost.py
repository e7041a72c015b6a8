"""What is typed is never lost, and nothing is done twice: servers that die, answers that do not come, people who are faster."""

import os
import re
import signal
from pathlib import Path

import pytest
from browsing import press, run
from logging_in import PASSWORD, procflow
from playwright.sync_api import expect
from serving import Served

REGISTER = ("kn=104233", "first_name=Mette", "last_name=Holm", "phones=+4571999901", "carrier=PROSAM", "caseworker=qaa", "change=Remove the glass cover")  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """A workspace whose server may be killed."""
    folder = tmp_path_factory.mktemp("lost")
    procflow(folder, "init", ".")
    return folder


def kept(page) -> None:
    expect(page.locator("#saved")).to_have_text("kept")


def test_a_server_killed_in_the_middle_of_typing_loses_nothing_and_is_waited_for(window, own):
    number = run(own, "open", "policy_change")["result"]["number"]
    served = Served(own, "--no-host")
    page = window(f"/cases/{number}", at=served, quiet=True)
    page.get_by_text("Register the wish").click()
    page.get_by_label("Customer number").fill("104233")
    page.get_by_label("What to change").fill("Remove the glass")
    page.get_by_label("Note").fill("She calls from")
    kept(page)

    served.kill()
    page.get_by_label("Note").fill("She calls from her car near Ærø")
    page.get_by_label("What to change").fill("Remove the glass cover on P-20011")
    expect(page.locator("#away")).to_be_visible(timeout=15_000)
    expect(page.locator("#away")).to_contain_text("cannot be reached")
    served = Served(own, "--no-host", "--listen", f"127.0.0.1:{served.port}")
    expect(page.locator("#away")).not_to_be_visible(timeout=15_000)
    kept(page)

    page.close(run_before_unload=False)  # as a crash of the browser: nothing more is sent
    page = window(f"/cases/{number}", at=served)
    expect(page.get_by_text("begun")).to_be_visible()
    page.get_by_text("Register the wish").click()
    expect(page.get_by_label("Customer number")).to_have_value("104233")
    expect(page.get_by_label("What to change")).to_have_value("Remove the glass cover on P-20011")
    expect(page.get_by_label("Note")).to_have_value("She calls from her car near Ærø")
    served.stop()


def test_what_is_typed_is_sent_in_order_and_called_kept_only_when_all_of_it_is(window, workspace):
    number = run(workspace, "open", "policy_change")["result"]["number"]
    page = window(f"/cases/{number}")
    held = []
    page.route("**/draft", lambda route: held.append(route))
    page.get_by_text("Register the wish").click()
    page.get_by_label("What to change").fill("Remove the glass")
    press(page, "Tab")
    expect(page.locator("#saved")).to_have_text("…")
    page.get_by_label("What to change").fill("Remove the glass cover")
    press(page, "Tab")
    page.wait_for_timeout(2_500)  # longer than anything typed waits
    assert len(held) == 1, "the newer text was sent while the older was on its way"
    with page.expect_request("**/draft"):
        held.pop().continue_()
    page.wait_for_timeout(500)
    expect(page.locator("#saved")).to_have_text("…")
    held.pop().continue_()
    kept(page)
    again = window(f"/cases/{number}")
    again.get_by_text("Register the wish").click()
    expect(again.get_by_label("What to change")).to_have_value("Remove the glass cover")


def test_a_step_whose_answer_is_lost_is_sent_again_and_done_once(window, workspace):
    number = run(workspace, "open", "policy_change")["result"]["number"]
    assert run(workspace, "do", str(number), "register", *[f"--with={w}" for w in REGISTER])["ok"]
    page = window(f"/cases/{number}", quiet=True)
    lost = []

    def lose(route) -> None:
        """The request reaches the server, and its answer nobody."""
        if not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/do", lose)
    page.get_by_text("Correct the wish").click()
    page.get_by_label("What to change").fill("Remove the glass cover and the towing")
    page.get_by_label("Note").fill("She wants the towing out as well.")
    press(page, "Control+Enter")
    expect(page.locator("#done")).to_contain_text("Correct the wish")
    assert lost == [303]
    expect(page.locator("#away")).not_to_be_visible(timeout=15_000)
    steps = run(workspace, "log", str(number))["result"]["steps"]
    assert sum(step["command"].endswith(".correct_wish") for step in steps) == 1
    assert sum("towing out as well" in str(entry) for step in steps for entry in step["entries"]) == 1


def test_who_was_faster_is_told_and_what_was_typed_is_still_there(window, workspace):
    number = run(workspace, "open", "policy_change")["result"]["number"]
    page = window(f"/cases/{number}")
    page.get_by_text("Register the wish").click()
    page.get_by_label("Customer number").fill("104233")
    page.get_by_label("Note").fill("He has two cars, and means the red one.")
    assert run(
        workspace, "do", str(number), "register", *[f"--with={w}" for w in REGISTER], person="agent_2"
    )["ok"]
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    problem = page.locator("#problem")
    expect(problem).to_contain_text("Finn Test was faster.")
    expect(problem).to_contain_text("Register the wish")
    expect(page.get_by_label("Note")).to_have_value("He has two cars, and means the red one.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the customer's written word")
    left = page.locator(".left")
    expect(left).to_contain_text("What you typed for “Register the wish”")
    expect(left.locator("dl")).to_have_text(re.compile(r"^\s*Customer number\s*104233\s*$"))
    assert run(workspace, "case", str(number))["result"]["data"]["kn"] == "104233"


def test_the_number_of_a_person_is_refused_at_the_field_and_kept_nowhere(window, workspace, desk):
    number = run(workspace, "open", "policy_change")["result"]["number"]
    page = window(f"/cases/{number}")
    page.get_by_label("Note").fill("Her number is 010190-1234, she says.")
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        press(page, "Tab")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#note-wrong")).to_contain_text("CPR")
    expect(page.get_by_label("Note")).to_have_value("Her number is 010190-1234, she says.")
    again = window(f"/cases/{number}")
    expect(again.get_by_label("Note")).to_have_value("")


def test_what_is_typed_before_a_case_is_opened_is_kept_too(window):
    page = window("/open/complaint")
    page.get_by_label("What the complaint is about").fill("The answer took three weeks.")
    kept(page)
    page = window("/open/complaint")
    expect(page.get_by_label("What the complaint is about")).to_have_value("The answer took three weeks.")
    page.get_by_label("Customer number").fill("104233")
    page.reload()  # at once: the page is asked for while what was typed is on its way
    expect(page.get_by_label("Customer number")).to_have_value("104233")
    page.get_by_role("button", name="Open a case").click()
    expect(page.get_by_role("alert").first).to_contain_text("put right")
    expect(page.get_by_label("What the complaint is about")).to_have_value("The answer took three weeks.")


def test_who_is_logged_out_while_typing_loses_nothing_and_goes_on_after_logging_in(window, own):
    procflow(own, "user", "add", "agent_1", typed=PASSWORD + "\n")
    number = run(own, "open", "policy_change")["result"]["number"]
    served = Served(own, "--no-host")
    page = window(f"/cases/{number}", at=served, quiet=True)
    page.get_by_label("Staff code or mail address").fill("agent_1")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The wish is registered")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_label("Note").fill("She wants it from the first of June.")
    expect(page.locator("#away")).to_contain_text("You are logged out")
    page.context.add_cookies(cookies)  # as logging in again in another tab does
    expect(page.locator("#away")).not_to_be_visible()
    kept(page)
    assert page.get_by_label("Note").input_value() == "She wants it from the first of June."
    served.stop()


def test_a_file_that_is_too_large_is_told_beside_everything_that_was_typed(window, workspace, tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(29 << 20))
    number = run(workspace, "open", "policy_change")["result"]["number"]
    assert run(workspace, "do", str(number), "register", *[f"--with={w}" for w in REGISTER])["ok"]
    page = window(f"/cases/{number}")
    page.get_by_text("File a screenshot of Messenger").click()
    page.get_by_label("Screenshot").set_input_files(str(large))
    page.get_by_label("Note").fill("The picture came in a mail.")
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#problem")).to_contain_text("At most 28 MB")
    expect(page.get_by_label("Note")).to_have_value("The picture came in a mail.")
    expect(page.locator(".answer[open]")).to_contain_text("Screenshot")


def _hidden(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.decode())
    assert found, name
    return found[1]


def test_a_page_that_the_browser_kept_and_that_says_something_else_now_is_not_taken_for_done(desk, workspace):
    number = run(workspace, "open", "policy_change")["result"]["number"]
    run(workspace, "do", str(number), "register", *(part for pair in REGISTER for part in ("--with", pair)))
    place = f"/cases/{number}"
    _, _, page = desk.get(place)
    form = {
        "request": _hidden(page, "request"), "seen": _hidden(page, "seen"), "drawn_for": "agent_1",
        "take": "correct_wish", "correct_wish|change": "Remove the glass cover in March",
    }  # fmt: skip
    origin = {"origin": desk.address.rstrip("/")}
    assert desk.post(f"{place}/do", form, **origin)[0] == 303
    assert desk.post(f"{place}/do", {**form, "take": "next:correct_wish"}, **origin)[0] == 303, (
        "the same again"
    )
    assert run(workspace, "case", str(number))["result"]["sequence"] == 3
    status, _, told = desk.post(
        f"{place}/do", {**form, "correct_wish|change": "Remove it in May, not in March"}, **origin
    )
    assert status == 409 and b"Remove it in May, not in March" in told
    assert run(workspace, "case", str(number))["result"]["sequence"] == 3

    note = {**form, "take": ":note", "note": "She rang about it once more"}
    assert desk.post(f"{place}/do", note, **origin)[0] == 303
    assert desk.post(f"{place}/do", {**note, "note": "And her husband rang too"}, **origin)[0] == 303
    assert len(run(workspace, "log", str(number))["result"]["steps"]) == 5


def test_a_second_customer_on_the_page_that_opened_the_first_ones_case_gets_a_case(desk, workspace):
    _, _, page = desk.get("/open/upset_customer")
    form = {
        "request": _hidden(page, "request"), "drawn_for": "agent_1", "open|customer_name": "Mette Holm",
        "open|phone": "+4571999901", "open|concerns": "qaa",
    }  # fmt: skip
    origin = {"origin": desk.address.rstrip("/")}
    opened = []
    for kn in ("660101", "660102", "660102"):
        status, headers, told = desk.post("/open/upset_customer", {**form, "open|kn": kn}, **origin)
        assert status == 303, re.findall(r"class=.wrong.*", told.decode())
        opened.append(headers["location"])
    assert opened[0] != opened[1] == opened[2]


def test_a_file_that_is_too_large_is_told_in_danish_too(desk, workspace):
    number = run(workspace, "open", "policy_change")["result"]["number"]
    body = b"\x89PNG\r\n\x1a\n" + b"x" * (26 << 20)
    status, _, told = desk.ask(
        "POST", f"/api/cases/{number}/evidence", body, content_type="application/octet-stream", accept_language="da"
    )  # fmt: skip
    assert status == 422 and "fylder 26,0 MiB; der kan højst gemmes 25 MiB" in told.decode()


def test_what_is_typed_in_two_windows_of_one_case_is_kept_from_both(window, workspace):
    """Each save sent its whole form, so that the older of two windows, with a field more, put back or emptied what was
    typed in the newer one."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    first, second = window(f"/cases/{number}"), window(f"/cases/{number}")
    for page in (first, second):
        page.get_by_text("Register the wish").click()
    first.get_by_label("Customer number").fill("104233")
    first.get_by_label("First name").fill("Mette")
    kept(first)
    second.get_by_label("First name").fill("Mette Marie")
    kept(second)
    first.get_by_label("Last name").fill("Holm")
    kept(first)
    page = window(f"/cases/{number}")
    page.get_by_text("Register the wish").click()
    for label, typed in (("Customer number", "104233"), ("First name", "Mette Marie"), ("Last name", "Holm")):
        expect(page.get_by_label(label)).to_have_value(typed)
    page.get_by_label("Last name").fill("")
    kept(page)
    page.reload()
    page.get_by_text("Register the wish").click()
    expect(page.get_by_label("Last name")).to_have_value("")
    expect(page.get_by_label("First name")).to_have_value("Mette Marie")


def test_a_text_longer_than_a_page_sends_on_leaving_is_kept_too(window, workspace):
    """A browser refuses to send more than 64 KiB so that it survives the page: nothing of the form was kept any more,
    and the page said that the desk cannot be reached."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    page = window(f"/cases/{number}")
    page.get_by_text("Register the wish").click()
    text = "Hele bilen, æøå 🚗. " * 2000
    page.get_by_label("What to change").fill(text)
    kept(page)
    expect(page.locator("#away")).to_be_hidden()
    page.get_by_label("First name").fill("Mette")
    kept(page)
    page.reload()
    page.get_by_text("Register the wish").click()
    expect(page.get_by_label("What to change")).to_have_value(text)
    expect(page.get_by_label("First name")).to_have_value("Mette")


def test_what_is_typed_to_put_work_aside_stays_where_it_is_refused_and_a_day_is_enough(window, workspace):
    """Both fields came back empty; and of the desk alone a day was refused, which `procflow suspend` takes."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    far = "1/12-2060"
    page = window(f"/cases/{number}", quiet=True)

    def put_aside(until: str, reason: str) -> None:
        page.locator("#until").fill(until)
        page.locator("#reason").fill(reason)
        page.locator("#work button[value=suspend]").click()

    page.locator("#work > summary").click()
    page.get_by_text("Put it aside").click()
    for until, reason, said in (
        ("i overmorgen", "She calls back", "Until: is not right"), (far, "x", "Because: is too short"),
        ("1. december 2099", "She calls back", "2000 to 2075"),
    ):  # fmt: skip
        put_aside(until, reason)
        expect(page.locator("#work .wrong")).to_contain_text(said)
        expect(page.locator("#until")).to_have_value(until)
        expect(page.locator("#reason")).to_have_value(reason)
    put_aside(far, "She calls back")
    expect(page.locator(".case-head")).to_contain_text("put aside until Wednesday 1 December 2060")


def test_a_wrong_time_of_an_absence_is_told_at_its_form_with_what_was_typed(window, workspace):
    """It led to a page of its own without the form; and a time without its day was left out in silence."""
    page = window("/people", quiet=True)
    page.locator("summary", has_text="Register an absence").click()
    page.locator("#until_time").fill("12.00")
    for day, time, said in (("", "8.30", "without its day"), ("2050-03-01", "half nine", "no time of day")):
        page.locator("#since").fill(day)
        page.locator("#since_time").fill(time)
        page.locator("#until").fill("2050-03-02")
        page.locator("form[action='/people/absent'] button").last.click()
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
        expect(page.locator("#since_time")).to_have_value(time)
        expect(page.locator("#until_time")).to_have_value("12.00")


def test_the_language_is_changed_where_a_form_was_refused(window, workspace):
    """The buttons of the page behind a refused form led to the inbox."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    page = window(f"/cases/{number}", quiet=True)
    page.locator("#work > summary").click()
    page.get_by_text("Put it aside").click()
    page.locator("#until").fill("nothing")
    page.locator("#work button[value=suspend]").click()
    expect(page.locator("#work .wrong")).to_be_visible()
    answered = page.goto(page.url)  # the address that a refused form leaves behind, asked for again
    assert answered is not None and answered.status == 200 and page.url.endswith(f"/cases/{number}")
    page.locator("#work > summary").click()
    page.get_by_text("Put it aside").click()
    page.locator("#until").fill("nothing")
    page.locator("#work button[value=suspend]").click()
    expect(page.locator("#work .wrong")).to_be_visible()
    page.get_by_role("button", name="Dansk").click()
    expect(page).to_have_url(re.compile(rf"/cases/{number}$"))
    expect(page.locator("html")).to_have_attribute("lang", "da")


def test_what_is_typed_while_a_step_is_on_its_way_stays(window, workspace):
    """The page that came with the answer took its place, and the step let its draft go: it was lost, also where the
    desk was away for minutes and had said that what is typed stays."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    assert run(workspace, "do", str(number), "register", *[f"--with={w}" for w in REGISTER])["ok"]
    page = window(f"/cases/{number}", quiet=True)
    held = []
    page.route("**/do", lambda route: held.append(route))
    page.get_by_text("Correct the wish").click()
    page.get_by_label("What to change").fill("Remove the glass cover and the towing")
    press(page, "Control+Enter")
    page.get_by_text("The customer withdraws").click()
    page.get_by_label("Note").fill("She also asked for a receipt")
    kept(page)
    page.get_by_label("Note").fill("She also asked for a receipt by mail")
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("#done")).to_contain_text("Correct the wish")
    expect(page.get_by_label("Note")).to_have_value("She also asked for a receipt by mail")
    expect(page.get_by_label("Note")).to_be_focused()
    kept(page)
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("She also asked for a receipt by mail")


def test_whoever_waits_for_a_slow_desk_is_told_so_and_what_is_pressed_again_is_done_once(
    window, workspace, desk
):
    """The page stood still without a word, beside a note that said “kept”."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    assert run(workspace, "do", str(number), "register", *[f"--with={w}" for w in REGISTER])["ok"]
    page = window(f"/cases/{number}", quiet=True)
    page.get_by_text("Correct the wish").click()
    page.get_by_label("What to change").fill("Remove the glass cover and the towing")
    kept(page)
    os.kill(desk._process.pid, signal.SIGSTOP)
    try:
        press(page, "Control+Enter", "Control+Enter")
        expect(page.locator("#away")).to_contain_text("has not answered yet")
        press(page, "Control+Enter")
    finally:
        os.kill(desk._process.pid, signal.SIGCONT)
    expect(page.locator("#done")).to_contain_text("Correct the wish")
    expect(page.locator("#away")).not_to_be_visible()
    steps = run(workspace, "log", str(number))["result"]["steps"]
    assert sum(step["command"].endswith(".correct_wish") for step in steps) == 1


def test_a_message_is_given_to_a_case_called_as_people_call_it(workspace, desk):
    """`sag 7` finds the case in the search, and was no number where a message belongs to it."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    for n, called in enumerate((f"sag {number}", f"#{number}")):
        words = ("--channel", "sms", "--from", f"+457199997{n}", "--text", "Hello, it is about the glass")
        message = run(workspace, "receive", *words)["result"]["message"]
        status, headers, _ = desk.post(
            f"/messages/{message}", {"case": called}, origin=desk.address.rstrip("/")
        )
        assert status == 303 and headers["location"].startswith(f"/cases/{number}"), (called, status)
