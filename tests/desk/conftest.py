"""A served workspace, a real Chromium and axe, for everybody who tests pages. All of them run in one worker
(`spread/units.py`), so that browser and server start once; each test has a person's own window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from busy import busy_desk
from logging_in import procflow
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from serving import Served

CHROMIUM = "/usr/bin/chromium-headless-shell"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--font-render-hinting=none",
)  # fmt: skip
#: Milliseconds after which something did not happen: long, because the machine may be busy.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


class _Chromium:
    """Debian's Chromium, started by the first test that wants it and ended after the last one of this folder: while it
    runs, so does a loop in this thread, and no other test could run one of its own."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def there(self) -> Browser:
        if self._browser is None:
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        return self._browser

    def end(self) -> None:
        if self._browser is not None and self._playwright is not None:
            self._browser.close()
            self._playwright.stop()
        self._playwright = self._browser = None


_chromium = _Chromium()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    try:
        return (yield)
    finally:
        if nextitem is None or Path(__file__).parent not in Path(nextitem.fspath).parents:
            _chromium.end()


@pytest.fixture
def browser() -> Browser:
    """The browser; it is an error where it is not installed (`make servers`)."""
    return _chromium.there()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped procedures in a folder of their own."""
    folder = tmp_path_factory.mktemp("desk")
    procflow(folder, "init", ".")
    return folder


@pytest.fixture(scope="session")
def desk(workspace: Path) -> Iterator[Served]:
    """The workspace served for agent_1 for as long as tests of this worker run."""
    served = Served(workspace)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk in the middle of its work, served for the duty lead; its clock stands still. What tests do to it stays:
    each takes a case of its own."""
    folder = tmp_path_factory.mktemp("busy")
    procflow(folder, "init", ".")
    served = Served(busy_desk(folder), "--no-host", person="lead_1")
    yield served
    served.stop()


@pytest.fixture
def window(browser: Browser, desk: Served) -> Iterator[Callable[..., Page]]:
    """Opens pages: window(path="/", phone=False, theme="light", language="en", script=True). What the console says
    is an error of the test: the content policy speaks there."""
    opened: list[BrowserContext] = []
    said: list[str] = []

    def open_(
        path: str = "/", *, phone: bool = False, theme: str = "light", language: str = "en",
        script: bool = True, at: Served | None = None, quiet: bool = False,
    ) -> Page:  # fmt: skip
        where = (at or desk).address.rstrip("/")
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP, color_scheme=theme, locale="da-DK" if language == "da" else "en-GB",
            java_script_enabled=script, has_touch=phone, base_url=where,
        )  # fmt: skip
        opened.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if not quiet:
            page.on("console", lambda m: said.append(m.text) if m.type == "error" and not _answer(m.text) else None)  # fmt: skip
            page.on("pageerror", lambda e: said.append(str(e)))
        page.goto(path)
        return page

    yield open_
    for context in opened:
        context.close()
    assert not said, said


def _answer(text: str) -> bool:
    """Whether the console only repeats the status of an answer, which the page tells too."""
    return "Failed to load resource" in text


#: axe-core as the package brings it (MPL 2.0); it is used in tests alone.
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Fails with every violation of WCAG 2.2 A and AA, and of axe's best practices, that axe finds on the page."""

    def check(page: Page) -> None:
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        wrong = [
            f"{v['id']}: {v['help']}\n" + "\n".join(f"    {n['html'][:200]}\n    {n['failureSummary']}" for n in v["nodes"][:5])
            for v in found["violations"]
        ]  # fmt: skip
        assert not wrong, f"{page.url}\n" + "\n".join(wrong)

    return check


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Takes a picture into the folder of --basetemp's `shots`, to be looked at; nothing is compared."""

    def take(page: Page, name: str) -> None:
        folder = Path(request.config.rootpath) / "build" / "shots"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(folder / f"{name}.png"))

    return take
