"""Logging in as people do it: in a browser, with the keyboard, in both languages, and back to where they wanted to go."""

from __future__ import annotations

import json
from base64 import b32decode
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from logging_in import CLOCK, PASSWORD, housed, procflow
from playwright.sync_api import Page, expect
from serving import Served

from procflow.access.second import code_at


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    house: Path = housed(tmp_path_factory.mktemp("guarded"), "anna")
    served = Served(house, "--no-host")
    yield served
    served.stop()


def test_somebody_logs_in_by_keyboard_and_out_again(
    window: Callable[..., Page], guarded: Served, assert_accessible: Callable[[Page], None],
    screenshot: Callable[[Page, str], None],
) -> None:  # fmt: skip
    page = window("/cases/1?answer=called", at=guarded, quiet=True)
    expect(page).to_have_url(f"{guarded.address}login?next=%2Fcases%2F1%3Fanswer%3Dcalled")
    expect(page.get_by_label("Staff code or mail address")).to_be_focused()
    assert_accessible(page)
    screenshot(page, "login")
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="name or password is not right")).to_be_visible()
    expect(page.get_by_label("Staff code or mail address")).to_have_value("anna")
    expect(page.get_by_label("Password")).to_be_focused()
    assert_accessible(page)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{guarded.address}cases/1?answer=called")
    assert page.evaluate("document.cookie") == "", "no script sees the login"
    page.get_by_role("link", name="Anna Test").click()
    expect(page.get_by_role("heading", name="My account: Anna Test")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "account")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status").filter(has_text="You have logged out")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_on_a_phone_in_danish_and_without_scripts(
    window: Callable[..., Page], guarded: Served, screenshot: Callable[[Page, str], None]
) -> None:
    page = window("/login", at=guarded, phone=True, language="da", theme="dark", script=False)
    page.get_by_label("Medarbejderkode eller mailadresse").fill("ANNA")
    page.get_by_label("Adgangskode").fill(PASSWORD)
    screenshot(page, "login-phone")
    page.get_by_role("button", name="Log ind").click()
    expect(page.get_by_role("link", name="Anna Test")).to_be_visible()
    assert page.url == guarded.address


def test_a_code_of_an_app_is_asked_for_beside_the_password_once_it_is_set_up(
    window: Callable[..., Page], guarded: Served, assert_accessible: Callable[[Page], None],
    screenshot: Callable[[Page, str], None],
) -> None:  # fmt: skip
    page = window("/login?next=/account", at=guarded, quiet=True)

    def log_in() -> None:
        page.get_by_label("Staff code or mail address").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")

    log_in()
    page.locator("#second-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    secret = page.locator("dd code").inner_text()
    assert page.locator("img.qr").evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    assert_accessible(page)
    screenshot(page, "account-code")
    key = b32decode(secret.replace(" ", "") + "======")
    now = int(datetime.fromisoformat(CLOCK).timestamp()) // 30  # the clock of this house stands
    page.get_by_label("Code", exact=True).fill("12345")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="not the code that the app shows")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(code_at(key, now))
    page.keyboard.press("Enter")
    expect(page.locator(".codes code")).to_have_count(10)
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    assert_accessible(page)
    screenshot(page, "recovery-codes")
    page.get_by_role("button", name="Log out").click()
    page.goto("/login?next=/account")
    log_in()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert page.context.cookies() == [], "the password alone is no login"
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    assert_accessible(page)
    screenshot(page, "login-code")
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{guarded.address}account")
    expect(page.get_by_text("Recovery codes left: 9.")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Ask for no code any more").click()
    expect(page.get_by_role("alert").filter(has_text="this code is not right, or was used")).to_be_visible()
    told = json.loads(procflow(guarded.folder, "user", "second", "anna", "--json"))["result"]
    assert told["codes"] == 9 and told["second"]
    assert "ikke spurgt" not in procflow(guarded.folder, "user", "second", "anna", "--lang", "da")
    procflow(guarded.folder, "user", "second", "anna", "--off")
    page.goto("/account")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    log_in()
    expect(page.get_by_role("button", name="Set up an app")).to_be_visible()


def test_a_form_on_another_site_logs_nobody_in(window: Callable[..., Page], guarded: Served) -> None:
    page = window("/login", at=guarded, quiet=True)
    elsewhere = f"http://localhost:{guarded.port}"  # another site than 127.0.0.1, to a browser
    page.route(f"{elsewhere}/evil", lambda route: route.fulfill(
        status=200, content_type="text/html",
        body=f"<form method=post action='{guarded.address}login'><input name=name value=anna><input name=password value='{PASSWORD}'><button>x</button></form>",
    ))  # fmt: skip
    page.goto(f"{elsewhere}/evil")
    page.get_by_role("button").click()
    expect(page.get_by_text("from a page of another site")).to_be_visible()
    page.goto(guarded.address)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
