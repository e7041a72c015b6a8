"""From a key to the screen at the desk, in Chromium on loopback: from pressing the key that saves an answer until the next
state's title is painted, a durable step in between; and from a choice's key until its form is.

The page has its whole queue beside it, sixty cases, and is drawn as an agent has it.
"""

from __future__ import annotations

import os
import statistics

from procflow.app import App

PRESSES, CASES = 60, 60
CHROMIUM = "/usr/bin/chromium-headless-shell"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

_ORGANISATION = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en]
calendar: {country: DK, open: {mon-sun: "00:00-23:59"}}
stand_in: []
roles: {agent: {en: Agent}}
people: {anna: {name: Anna Test, roles: [agent], mail: anna@example.com}}
"""
_PROCEDURE = """
procedure: call
title: {en: A call}
owner: agent
starts: [{by: agent}]
data: {kn: {type: string}, told: {type: string}}
initial: asked
states:
  asked:
    title: {en: The customer asks}
    task: {role: agent, say: {en: "What can I do for you?"}}
    choices: {answer: {optional: [told], to: answered}, lost: {to: over}}
  answered:
    title: {en: The customer has an answer}
    task: {role: agent, say: {en: "Is there anything else?"}}
    choices: {more: {optional: [told], to: asked}, enough: {to: over}}
  over: {final: true, outcome: over}
deadlines: {today: {title: {en: Answered}, starts: [opening], within: 8 hours, met: [choice enough]}}
"""
#: Tells, after the frame with the change was painted, how long ago the key was pressed.
_WATCH = """
() => {
  let pressed = 0, before = "";
  const title = () => document.getElementById("script-title")?.textContent ?? "";
  const painted = (what) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.took[what].push(performance.now() - pressed); };
    channel.port2.postMessage(0);
  });
  window.took = { form: [], screen: [] };
  addEventListener("keydown", (event) => {
    pressed = event.timeStamp;
    before = title();
    if (event.altKey) painted("form");
  }, true);
  new MutationObserver(() => {
    if (before && title() && title() !== before) { before = ""; painted("screen"); }
  }).observe(document.body, { childList: true, subtree: true });
}
"""


def fill_desk(folder: str) -> None:
    os.makedirs(os.path.join(folder, "procedures", "call"))
    for name, text in (
        ("procflow.toml", 'store = "sqlite:cases.db"\nlanguage = "en"\n'),
        ("procedures/organisation.yaml", _ORGANISATION.lstrip()),
        ("procedures/call/procedure.yaml", _PROCEDURE.lstrip()),
    ):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    with App(folder) as app:
        app.check()
        for n in range(CASES):
            assert app.open("call", "anna", {}, f"open-{n}").accepted


def key_to_screen(port: int) -> dict[str, list[float]]:
    """Milliseconds of each press: `form`, from a choice's key to its form; `screen`, from saving to the next state."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(f"http://127.0.0.1:{port}/cases/1")
            page.wait_for_selector("html[data-ready]")
            page.evaluate(_WATCH)
            for n in range(PRESSES + 5):
                page.keyboard.press("Alt+1")
                page.wait_for_function("n => window.took.form.length > n", arg=n)
                page.keyboard.press("Control+Enter" if n % 2 else "Enter")
                page.wait_for_function("n => window.took.screen.length > n", arg=n)
            found: dict[str, list[float]] = page.evaluate("window.took")
        finally:
            browser.close()
    return {what: times[5:] for what, times in found.items()}


def in_words(times: list[float]) -> str:
    at95 = statistics.quantiles(times, n=20)[18]
    return f"{statistics.median(times):.0f} ms at the median, {at95:.0f} ms at the 95th of a hundred"
