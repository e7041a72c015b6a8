"""The frame around every page: language, colours, keys, landmarks, and what no page may do."""

import json
import re

from browsing import run
from playwright.sync_api import expect

BEGINS = re.compile("^Indbakke")


def test_the_frame_is_accessible_in_both_themes_and_languages(window, assert_accessible):
    for theme, language in (("light", "da"), ("dark", "en")):
        page = window("/", theme=theme, language=language)
        assert page.locator("html").get_attribute("lang") == language
        assert_accessible(page)


def test_language_and_colours_are_switched_and_remembered_with_and_without_script(window):
    for script in (True, False):
        page = window("/", script=script)
        assert page.title().startswith("Inbox")
        page.get_by_role("button", name="Dansk").click()
        expect(page).to_have_title(BEGINS)
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_role("button", name="Mørk").click()
        # or the page is still on its way
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.wait_for_load_state()
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page).to_have_title(BEGINS)


def test_a_form_for_preferences_never_leads_to_another_site(desk):
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example", "\r\nx: y"):
        status, headers, _ = desk.post("/preferences", {"lang": "da", "back": back})
        assert status == 303 and headers["location"] == "/", back


def test_what_is_no_number_in_an_address_is_passed_over(desk):
    for strange in ("%C2%B2", "-1", "1e3", "9" * 5000, "%E2%91%A0"):
        assert desk.get(f"/?from={strange}&limit={strange}")[0] == 200, strange
        assert desk.get(f"/cases/{strange}?after={strange}")[0] == 404, strange


def test_what_is_not_there_is_told_in_the_readers_language_without_words_for_a_terminal(desk):
    for path, status, danish in (
        ("/cases/99999", 404, "der er ingen sag 99999"), ("/messages/xyz", 404, "ingen besked xyz venter her"),
        ("/nothing", 404, "Her er ikke noget."), ("/open/polici_change", 404, "mente du policy_change?"),
        ("/?after=x", 400, "det link fører ingen steder hen"), ("/reports/nope", 404, "der er ingen rapport &#39;nope&#39;"),
        ("/reports/deadlines?from=x", 400, "Det er ikke en dag"),
    ):  # fmt: skip
        found, _, body = desk.get(path, accept_language="da")
        assert found == status and danish in body.decode(), path
        assert "<code" not in body.decode() and "procflow inbox" not in body.decode(), path
    assert "“Indbakke” viser de åbne sager" in desk.get("/cases/99999", accept_language="da")[2].decode()
    assert (
        "There is nothing here." in desk.get("/nothing", accept_language="da", cookie="lang=en")[2].decode()
    )
    assert "Her er ikke noget." in desk.get("/nothing", accept_language="en", cookie="lang=da")[2].decode()


def test_numbers_are_taken_as_they_are_copied_with_spaces_and_invisible_marks(desk):
    typed = {"kn": " 104 233 ", "phone": "\u202a+45 71 99 99 01\u202c"}
    status, _, body = desk.ask(
        "POST", "/api/procedures/complaint/opening/check", json.dumps({"with": typed}).encode(), content_type="application/json"
    )  # fmt: skip
    found = json.loads(body)["fields"]
    assert status == 200 and {name: one["shown"] for name, one in found.items()} == {
        "kn": "104233",
        "phone": "+4571999901",
    }


def test_the_keys_are_listed_in_an_overlay_and_the_search_is_a_key_away(window):
    page = window("/")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"


def test_a_page_that_is_not_there_says_so_in_the_frame(window, assert_accessible):
    page = window("/nothing/here")
    assert page.get_by_role("heading", level=1).inner_text() == "That did not work"
    assert_accessible(page)


def test_a_form_that_belongs_to_no_case_is_read_with_what_was_filled_in(desk, workspace):
    told = run(
        workspace, "receive", "--channel=form", "--from=website", "--field=wish=Ring <b>efter</b> kl. 16", "--field=navn=Ida Krog"
    )  # fmt: skip
    status, _, body = desk.get(f"/messages/{told['result']['message']}")
    assert status == 200
    assert "Ring &lt;b&gt;efter&lt;/b&gt; kl. 16" in body.decode() and "Ida Krog" in body.decode()
    _, question, panel = body.decode().partition("<h2>Hvor hører den til?</h2>")
    assert question and 'name="case"' in panel.partition("</form>")[0]  # no panel with the question alone


def test_the_address_of_a_form_leads_to_its_page_whatever_name_stands_in_it(desk):
    """The name stood in the answer's head as it was asked for: letters that no head can have were a fault of ours."""
    for name in ("abc", "%E2%80%A5", "a%0D%0Ax-odd:%20y"):
        status, headers, _ = desk.get(f"/procedures/{name}/a.txt")
        assert status == 303 and "x-odd" not in headers, name
        assert headers["location"].startswith("/procedures/") and headers["location"].isascii(), name


def test_what_a_sender_wrote_turns_no_letters_and_a_form_holds_what_was_typed(desk, workspace):
    words = "betal \u202e001 kr\u2066"
    given = ("--channel=form", "--from=website", f"--text={words}", f"--field=navn={words}")
    told = run(workspace, "receive", *given)
    _, _, body = desk.get(f"/messages/{told['result']['message']}")
    assert body.decode().count("betal \ufffd001 kr\ufffd") == 2 and "\u202e" not in body.decode()
    number = run(workspace, "open", "policy_change")["result"]["number"]
    form = {"drawn_for": "agent_1", "take": "do:register", "register|first_name": words, "note": words}
    _, _, body = desk.post(f"/cases/{number}/do", form, origin=desk.address.rstrip("/"))
    assert words in body.decode()


def test_a_message_that_belongs_to_no_case_is_taken_off_the_inbox_with_a_reason(
    window, workspace, assert_accessible
):
    told = run(workspace, "receive", "--channel=mail", "--from=news@shop.example", "--text=Tilbud i november")
    id = told["result"]["message"]
    page = window(f"/messages/{id}")
    assert_accessible(page)
    page.get_by_role("button", name="advertising").click()
    page.wait_for_url("**/")
    waiting = run(workspace, "inbox", "--all")["result"]["messages"]
    assert id not in [message["id"] for message in waiting]
    page.go_back()
    page.get_by_role("button", name="Give it to the case").wait_for()  # it can still be given to one
    assert page.get_by_role("button", name="answered otherwise").count() == 0
