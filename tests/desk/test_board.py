"""The team lead's wallboard: late first, both times of a clock, who is away, and what others do at once."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from ready import started


def test_the_board_is_accessible_on_a_desk_a_phone_and_a_wall_in_both_languages_and_themes(
    window, busy, assert_accessible, screenshot
):
    for name, path, options in (
        ("board", "/board", {"language": "da"}), ("board-dark", "/board", {"theme": "dark"}),
        ("wall", "/board?large=1", {}), ("board-phone", "/board?unit=kc", {"phone": True, "language": "da", "theme": "dark"}),
    ):  # fmt: skip
        page = window(path, at=busy, **options)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is broader than its window"
        )
        screenshot(page, name)


def test_late_clocks_stand_first_with_elapsed_and_open_time_and_the_absent_with_who_stands_in(window, busy):
    page = window("/board", at=busy)
    first = page.locator("section.panel h2").first
    expect(first).to_contain_text("late")
    row = page.locator("tr.late").first
    expect(row).to_contain_text(re.compile(r"late by \d+ d \d+ h"))
    expect(row.locator(".two")).to_contain_text(re.compile(r"elapsed.*while open", re.S))
    moods = [
        part.split()[0] for part in page.locator("section.panel").first.locator(".clock").all_inner_texts()
    ]
    assert moods == sorted(moods, key=["Late", "Today", "Calm", "No"].index)
    away = page.locator("#away-kc_1")
    expect(away).to_contain_text("until further notice")
    expect(away).to_contain_text("Hans Test")


def test_what_only_the_coach_may_see_is_no_row_of_the_leads_board(window, busy):
    page = window("/board?unit=quality_coach", at=busy)
    expect(page.locator("h2").first).to_contain_text("2 open")
    assert page.locator("table.clocks").count() == 0


def test_a_step_of_somebody_else_is_on_the_board_without_loading_it_again(window, busy):
    page = window("/board", at=busy)
    page.evaluate("window.mark = 1")
    finance = page.locator("section", has=page.get_by_role("heading", name=re.compile("^Finance")))
    number = finance.locator("a[data-row] .num").inner_text()
    given = [
        "suspend",
        number,
        "--until",
        "2026-03-12 09:00",
        "--reason",
        "Waits for the bank",
        "--as",
        "economy_1",
    ]
    assert started(given, busy.folder).returncode == 0, started(given, busy.folder).stdout
    expect(finance.get_by_text("No clock")).to_have_count(0)
    expect(finance).to_have_count(0)
    assert page.evaluate("window.mark") == 1


#: Cells of tables in which words stand one below the other, a letter or a word to a line; and figures without a heading.
_SQUEEZED = """() => {
  const told = [];
  for (const cell of document.querySelectorAll("main table.list td, main table.list tbody th")) {
    const words = cell.innerText.trim(), style = getComputedStyle(cell);
    const room = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (words.length > 12 && room < 64) told.push(Math.round(room) + " px: " + words.slice(0, 40));
  }
  for (const table of document.querySelectorAll("main table.list:has(thead):has(tbody .num:not(:first-child))"))
    if (!table.matches(".work") && table.tHead.getBoundingClientRect().height < 10) told.push("no headings: " + table.innerText.slice(0, 40));
  return told;
}"""


def test_on_a_phone_and_at_twice_the_size_no_table_is_squeezed_and_figures_keep_their_headings(window, busy):
    started(
        ["receive", "--channel", "sms", "--from", "+4571999977", "--text", "Who are you?", "--as", "lead_1"],
        busy.folder,
    )
    for path in ("/", "/board", "/procedures", "/people", "/reports/deadlines"):
        for size in ({"width": 390, "height": 844}, {"width": 683, "height": 384}):
            page = window(path, at=busy, language="da")
            page.set_viewport_size(size)
            assert page.evaluate(_SQUEEZED) == [], (path, size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, size)
    for path in ("/", "/board", "/board?large=1", "/reports/deadlines"):
        page = window(path, at=busy, language="da")
        page.set_viewport_size({"width": 320, "height": 568})  # what a page of 1280 is at four times the size
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
