"""What tests of pages do beside the browser: cases made and looked at through commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from ready import started


def run(folder: Path, *words: str, person: str = "agent_1") -> Any:
    """What a command of procflow answers, as JSON."""
    return json.loads(started([*words, "--as", person, "--json"], folder).stdout)


def press(page: Page, *keys: str) -> None:
    """Press keys, one after another, once the page hears them: a page that a form led to is shown before its scripts run."""
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    for key in keys:
        page.keyboard.press(key)
