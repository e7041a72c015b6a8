"""An agent at the desk: cases opened, answered, noted, refused and read, as people do it, in a real browser."""

import re

import pytest
from browsing import press, run
from playwright.sync_api import expect

MADE = {
    "kn": "104233", "first_name": "Mette", "last_name": "Holm", "phones": "+4571999901", "carrier": "PROSAM",
    "caseworker": "qaa", "change": "Remove the glass cover on P-20011",
}  # fmt: skip


def opened(workspace, procedure="policy_change", **given):
    words = [f"--with={name}={value}" for name, value in given.items()]
    return run(workspace, "open", procedure, *words)["result"]["number"]


def registered(workspace, **other):
    number = opened(workspace)
    words = [f"--with={name}={value}" for name, value in {**MADE, **other}.items()]
    assert run(workspace, "do", str(number), "register", *words)["ok"]
    return number


def test_a_case_is_opened_filled_in_and_answered_with_its_note(window, workspace, assert_accessible):
    page = window("/")
    page.get_by_role("link", name="Change of a policy", exact=True).last.click()
    page.get_by_role("button", name="Open a case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The wish is registered")
    number = page.locator("body").get_attribute("data-case")
    press(page, "Alt+Digit1")
    expect(page.get_by_label("Customer number")).to_be_focused()
    assert_accessible(page)
    page.get_by_label("Customer number").fill("12")
    page.get_by_label("First name").fill("Mette")
    page.get_by_label("Last name").fill("Holm")
    page.get_by_label("Phone numbers on file").fill("71 99 99 01, +4571999902")
    page.get_by_text("PROSAM", exact=True).click()
    page.get_by_label("Caseworker").select_option("qaa")
    page.get_by_label("What to change").fill("Remove the glass cover on P-20011")
    press(page, "F2")
    page.keyboard.type("She calls from her car and is in a hurry.")
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()

    wrong = page.get_by_label("Customer number")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_be_focused()
    expect(page.locator("#problem")).to_contain_text("One field has to be put right")
    expect(page.get_by_label("Phone numbers on file")).to_have_value("71 99 99 01, +4571999902")
    expect(page.get_by_label("Note")).to_have_value("She calls from her car and is in a hurry.")
    assert_accessible(page)
    wrong.fill("104233")
    press(page, "Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the customer's written word")
    expect(page.locator("#done")).to_contain_text("Register the wish")
    expect(page.locator(".say").first).to_contain_text("Write your wish in an SMS")
    expect(page.locator("aside.customer")).to_contain_text("+45 71 99 99 01")
    expect(page.locator("aside.customer")).to_contain_text("She calls from her car")
    expect(page.get_by_label("Note")).to_have_value("")
    told = run(workspace, "case", number)["result"]
    assert told["state"] == ["awaiting_evidence"] and told["data"]["phones"] == ["+4571999901", "+4571999902"]


def test_a_promise_stands_there_as_the_sentence_to_say_with_how_it_was_computed(window, workspace):
    number = registered(workspace)
    run(workspace, "do", str(number), "send_summary")
    assert run(workspace, "receive", "--channel=sms", "--from=+4571999901", "--text=JA", f"--case={number}")[
        "ok"
    ]
    page = window(f"/cases/{number}", language="da")
    said = page.locator(".say").first
    expect(said).to_contain_text(
        re.compile(r"Ændringen er udført senest \w+dag den \d+\. \w+ \d{4} kl\. 17\.00")
    )
    page.get_by_text("Sådan er det regnet").click()
    expect(page.locator("aside ol.steps li").first).to_be_visible()
    page.get_by_text("ikke mulige nu").click()
    assert all(
        words.endswith(".")
        for words in page.locator(".unavailable li > span:first-of-type").all_inner_texts()
    )
    page.locator(".unavailable").get_by_role("link", name="Hvorfor?").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hvorfor")
    expect(page.locator("article.why").first).to_contain_text("Policeafdelingen")


def test_what_is_refused_says_why_with_procedure_version_and_line(window, workspace, assert_accessible):
    number = opened(workspace, "call_in")
    page = window(f"/cases/{number}")
    press(page, "Alt+Digit3")
    page.locator(".answer[open]").get_by_text("ABC", exact=True).click()
    press(page, "Control+Enter")
    problem = page.locator("#problem")
    expect(problem).to_contain_text("The partner must have customer number and name")
    expect(problem).to_contain_text(re.compile(r"call_in · version [0-9a-f]{8} · line \d+"))
    expect(page.locator(".answer[open] input[value=abc]")).to_be_checked()
    assert_accessible(page)


def test_everything_is_readable_and_accessible_on_both_sizes_in_both_themes(
    window, workspace, assert_accessible
):
    number = registered(workspace)
    run(workspace, "note", str(number), "The customer wants to write tonight.")
    for place in ("", "/story", "/picture", "/files", "/why"):
        page = window(
            f"/cases/{number}{place}", theme="dark" if place in ("", "/why") else "light", language="da"
        )
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert_accessible(page)
    page = window(f"/cases/{number}", phone=True)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Queue", exact=True).click()
    expect(page.locator("#queue")).to_be_visible()
    expect(page.locator("#script")).not_to_be_visible()
    page.get_by_role("link", name="Customer", exact=True).click()
    expect(page.locator("#customer")).to_contain_text("The customer wants to write tonight.")
    for place in ("/", "/open/complaint", "/find?q=104233", "/find?q=nobody"):
        assert_accessible(window(place, theme="dark"))


def test_what_an_answer_sends_is_seen_before_it_is_sent(window, workspace, assert_accessible, screenshot):
    number = registered(workspace)
    before = run(workspace, "case", str(number))["result"]["sequence"]
    page = window(f"/cases/{number}?answer=send_summary")
    page.locator(".answer[open]").get_by_role("button", name="See what goes out").press("Enter")
    told = page.locator("#foreseen")
    expect(told).to_contain_text("This goes out when you save:")
    expect(told).to_contain_text("+4571999901")
    expect(told).to_contain_text("Nothing is done yet; what goes out cannot be taken back.")
    assert_accessible(page)
    screenshot(page, "foreseen")
    assert run(workspace, "case", str(number))["result"]["sequence"] == before
    page = window(f"/cases/{number}?answer=file_screenshot", language="da")
    page.locator(".answer[open]").get_by_role("button", name="Se hvad der går ud").click()
    expect(page.locator("#problem")).to_be_visible()  # what is wrong is told as saving would tell it


def test_nothing_important_is_below_the_fold(window, workspace):
    number = opened(workspace, "call_in")
    assert run(workspace, "do", str(number), "identify", "--with=kn=104233", "--with=first_name=Mette", "--with=last_name=Holm", "--with=method=mitid")["ok"]  # fmt: skip
    page = window(f"/cases/{number}", language="da")
    note = page.get_by_label("Note").bounding_box()
    assert note["y"] + note["height"] < 768
    for answer in page.locator(".answer > summary").all():
        box = answer.bounding_box()
        assert box["y"] + box["height"] <= page.locator(".note").bounding_box()["y"], answer.inner_text()


def test_strange_names_do_no_harm_and_long_ones_break_no_page(window, workspace):
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    long = "Æøå" * 66 + "ab"
    number = registered(
        workspace, first_name=name, last_name=long, change="Fjern æøå “glas” & <b>dækning</b>"
    )
    for place in ("", "/story"):
        page = window(f"/cases/{number}{place}")
        expect(page.locator("aside.customer")).to_contain_text(name)
        expect(page.locator("aside.customer")).to_contain_text(long)
        assert page.evaluate("document.scripts.length") == 1
        assert page.evaluate("document.querySelector('.zone.customer').scrollWidth <= document.querySelector('.zone.customer').clientWidth")  # fmt: skip
    page = window(f"/cases/{number}", phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_all_of_it_works_without_any_script(window, workspace):
    page = window("/", script=False)
    page.get_by_role("link", name="Change of a policy", exact=True).last.click()
    page.get_by_role("button", name="Open a case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The wish is registered")
    page.get_by_text("Register the wish").click()
    for label, text in (("Customer number", "x"), ("First name", "Mette"), ("Last name", "Holm"), ("Phone numbers on file", "71999901"), ("What to change", "Remove the glass cover")):  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_label("Customer number").press("Enter")  # keeps it, and does nothing
    expect(page.get_by_label("What to change")).to_have_value("Remove the glass cover")
    page.get_by_text("FIRST", exact=True).click()
    page.get_by_label("Caseworker").select_option("qbb")
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#problem")).to_contain_text("One field")
    page.get_by_label("Customer number").fill("104299")
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the customer's written word")
    page.get_by_label("Note").fill("The customer will write on Messenger.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("aside.customer")).to_contain_text("The customer will write on Messenger.")


def test_a_file_is_chosen_once_kept_and_seen_safely(window, workspace, desk, tmp_path, assert_accessible):
    from struct import pack
    from zlib import compress, crc32

    def chunk(kind, data):
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    picture = tmp_path / "Mettes ønske.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", pack(">IIBBBBB", 400, 300, 8, 2, 0, 0, 0)) + chunk(b"IDAT", compress(b"".join(b"\0" + b"\x22\x99\x88" * 400 for _ in range(300)))) + chunk(b"IEND", b""))  # fmt: skip
    number = registered(workspace)
    page = window(f"/cases/{number}")
    press(page, "Alt+Digit1")
    page.get_by_label("Screenshot").set_input_files(str(picture))
    answer = page.locator(".answer[open]")
    answer.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#problem")).to_contain_text("One field")  # the tick is missing
    expect(page.locator(".kept")).to_contain_text("Mettes ønske.png")
    page.get_by_label("The customer's name is visible").check()
    page.locator(".answer[open]").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#done")).to_contain_text("File a screenshot of Messenger")
    page.get_by_role("link", name="Files").click()
    shown = page.locator("img.seen")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 400)
    assert_accessible(page)
    status, headers, body = desk.get(shown.get_attribute("src"))
    assert status == 200 and body == picture.read_bytes() and headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"] and headers["content-type"] == "image/png"
    assert desk.get(f"/cases/{number}/files/{'0' * 64}")[0] == 404


@pytest.mark.parametrize("what", ["html", "svg"])
def test_a_file_that_could_run_is_never_opened_as_a_page(what, workspace, desk):
    content = {
        "html": "<script>alert(1)</script>",
        "svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }[what]
    evil = workspace / f"evil.{what}"
    evil.write_text(content)
    number = registered(workspace)
    assert run(workspace, "receive", "--channel=messenger", "--from=+4571999901", "--text=see this", f"--file={evil}", f"--case={number}")["ok"]  # fmt: skip
    _, _, body = desk.get(f"/cases/{number}/files")
    for address in set(re.findall(rf"/cases/{number}/files/[0-9a-f]{{64}}", body.decode())):
        _, headers, _ = desk.get(address)
        assert headers["content-disposition"].startswith("attachment"), address
        assert headers["content-type"] == "application/octet-stream"


def test_a_long_note_is_read_whole_in_the_story_and_line_by_line(window, workspace):
    """It was cut after 200 letters in the story and in `procflow log`, and after four lines beside the script: a
    colleague could read the rest nowhere."""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    text = (
        "She rang twice:\n- first about the glass cover,\n- then about "
        + "the towing, " * 30
        + "and at last\n- the end"
    )
    assert run(workspace, "note", str(number), text)["ok"]
    page = window(f"/cases/{number}")
    page.get_by_role("link", name="the whole note").click()
    step = page.locator("#step-2")
    expect(step).to_be_in_viewport()
    for line in ("note by Ea Test: She rang twice:", "- first about the glass cover,", "- the end"):
        expect(step.get_by_text(line, exact=True)).to_be_visible()
    words = run(workspace, "log", str(number))["result"]["steps"][1]["words"]
    assert words[-4:] == [f"note fra Ea Test: {text.splitlines()[0]}", *text.splitlines()[1:]]
    run(workspace, "note", str(number), "A short note.")
    page.goto(f"/cases/{number}")
    expect(page.get_by_role("link", name="the whole note")).to_have_count(1)


@pytest.mark.parametrize("script", [True, False])
def test_a_note_without_words_is_refused_beside_it(window, workspace, script):
    """The page was drawn anew without a word: had it been saved?"""
    number = run(workspace, "open", "policy_change")["result"]["number"]
    page = window(f"/cases/{number}", script=script, quiet=True)
    before = len(run(workspace, "log", str(number))["result"]["steps"])
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#note-wrong")).to_contain_text(
        "is missing. Give your own words, at least 10 characters"
    )
    assert len(run(workspace, "log", str(number))["result"]["steps"]) == before
    page.locator("#note").fill("She rang twice about the towing.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#note-wrong")).to_have_count(0)
    expect(page.get_by_text("She rang twice about the towing.").first).to_be_visible()
