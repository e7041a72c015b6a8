"""The forms: pages as a browser without scripts gets them, and what is sent by hands and by robots."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from procflow.plugins import load_plugins
from procflow.ports import WebReply, WebRequest

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
GOOD = {"name": "Mette Ærø Holm", "phone": "71 99 99 01", "date": "2026-03-05", "time": "14:30",
        "remark": "Jeg er ude at rejse\r\nhele ugen"}  # fmt: skip


class Page(HTMLParser):
    """What a person meets: fields by name, their labels, what is said, where the focus is."""

    def __init__(self, reply: WebReply) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self.scripts = 0
        self.text = ""
        self._area = ""
        self.feed(reply.body.decode())

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids.append(given["id"])
        if tag in ("input", "textarea", "select"):
            self.fields[given["name"]] = given
            self._area = given["name"] if tag == "textarea" else ""
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        self.scripts += tag == "script" or any(name.startswith("on") for name in given)

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area:
            self.fields[self._area]["value"] = self.fields[self._area].get("value", "") + data.lstrip("\n")
        self.text += data


@dataclass
class Browser:
    """Asks the channel as the door would, at an instant of its own."""

    settings: dict = field(default_factory=lambda: {"secret": "form-secret-1", "forms": ["cancellation"]})
    now: datetime = NOW

    def __post_init__(self):
        self.channel = load_plugins(settings={"webform": self.settings}).channels["webform"].channel

    def ask(self, method="GET", path="cancellation", body=b"", query="", **headers) -> WebReply:
        self.channel.now = self.now
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.channel.web(WebRequest(method, path, query, given, body, "192.0.2.7"))

    def open(self, **options) -> Page:
        reply = self.ask(**options)
        assert reply.status == 200
        return Page(reply)

    def send(self, page: Page, fields: dict[str, str], after: float = 30, **more) -> WebReply:
        self.now += timedelta(seconds=after)
        body = urlencode({**fields, "mark": page.fields["mark"]["value"], "homepage": "", **more})
        return self.ask("POST", body=body.encode(), content_type="application/x-www-form-urlencoded")


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_what_a_customer_fills_in_is_a_message_with_fields_and_a_receipt(browser):
    reply = browser.send(browser.open(), GOOD)
    (message,) = reply.messages
    assert message.fields == {"form": "cancellation", "language": "da", "name": "Mette Ærø Holm",
                              "phone": "71 99 99 01", "date": "2026-03-05", "time": "14:30"}  # fmt: skip
    assert message.text == "Jeg er ude at rejse\nhele ugen" and message.sender == "website"
    assert message.raw.startswith(b"name=Mette") and message.received == browser.now
    assert reply.status == 303
    where = reply.headers["location"]
    receipt = browser.open(path=where.partition("?")[0], query=where.partition("?")[2])
    assert "Vi har fået dit afbud" in receipt.text and where[21:29] in receipt.text


def test_the_same_page_sent_twice_is_one_message_and_has_one_receipt(browser):
    page = browser.open()
    first, second = browser.send(page, GOOD), browser.send(page, GOOD, after=1)
    assert first.messages[0].external_id == second.messages[0].external_id
    assert first.headers["location"] == second.headers["location"]
    other = browser.send(browser.open(), GOOD)
    assert other.messages[0].external_id != first.messages[0].external_id


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({**GOOD, "name": " "}, "name", "mangler"),
        ({**GOOD, "phone": ""}, "phone", "mindst ét af dem: Telefon, Mail, Kundenummer"),
        ({**GOOD, "phone": "12"}, "phone", "8 cifre"),
        ({**GOOD, "date": "2026-02-30"}, "date", ""),
        ({**GOOD, "date": ""}, "date", "mangler"),
        ({**GOOD, "time": "25:00"}, "time", ""),
        ({**GOOD, "email": "mette@@example.com"}, "email", "mailadresse"),
        ({**GOOD, "kn": "010190-1234"}, "kn", ""),
        ({**GOOD, "remark": "mit cpr er 010190-1234"}, "remark", "CPR"),
        ({**GOOD, "name": "Mette 4571 0000 0000 0000"}, "name", "kort"),
        ({**GOOD, "remark": "x" * 1001}, "remark", "1000"),
        ({**GOOD, "name": "a\0b"}, "name", ""),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(browser, fields, where, words):
    reply = browser.send(browser.open(), fields)
    page = Page(reply)
    assert reply.status == 422 and not reply.messages
    said = re.search(rf'id="{where}-wrong">([^<]+)', reply.body.decode())
    assert said and words.lower() in unescape(said[1]).lower(), reply.body.decode()
    assert page.fields[where]["aria-invalid"] == "true" and "autofocus" in page.fields[where]
    assert f"{where}-wrong" in page.fields[where]["aria-describedby"].split()
    for name, value in fields.items():
        shown = page.fields[name].get("value", "")
        assert shown.replace("\r\n", "\n") == value.replace("\r\n", "\n"), name
    corrected = browser.send(page, GOOD)  # from the page that came back
    assert corrected.status == 303


def test_robots_get_the_page_again_and_are_told_how_a_person_goes_on(browser):
    page = browser.open()
    assert browser.send(page, GOOD, after=0.5).status == 422  # faster than a hand
    trapped = browser.send(page, GOOD, homepage="https://spam.example.com")
    assert trapped.status == 422 and not trapped.messages and trapped.reason == "a robot, it seems"
    assert "Send igen" in Page(trapped).text
    forged = browser.ask("POST", body=urlencode({**GOOD, "mark": "1.2.3"}).encode(),
                         content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert forged.status == 422 and not forged.messages
    old = browser.send(page, GOOD, after=25 * 3600)
    assert old.status == 422 and Page(old).fields["name"]["value"] == "Mette Ærø Holm"
    elsewhere = Browser({"secret": "another", "forms": ["cancellation"]})
    assert elsewhere.send(page, GOOD).status == 422


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"name": "x"}', "application/json"),
        (b"name=a&name=b&mark=1", "application/x-www-form-urlencoded"),
        (b"name=%FF%FE", "application/x-www-form-urlencoded"),
        ("name=Ærø".encode(), "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % n for n in range(200)), "application/x-www-form-urlencoded"),
        (b"name=" + b"a" * (300 << 10), "application/x-www-form-urlencoded"),
    ],
)
def test_what_no_form_sends_is_no_message(browser, body, kind):
    reply = browser.ask("POST", body=body, content_type=kind)
    assert reply.status == 400 and not reply.messages and reply.reason
    told = Page(browser.ask("POST", body=body, content_type=kind, accept_language="en")).text
    assert ("make it shorter" if len(body) > 256 << 10 else "Open the form again") in told


def test_names_that_are_html_are_shown_as_they_were_typed(browser):
    nasty = {**GOOD, "name": '"><script>alert(1)</script>', "remark": "</textarea><script>", "phone": "12"}
    reply = browser.send(browser.open(), nasty)
    page = Page(reply)
    assert page.scripts == 0 and page.fields["name"]["value"] == nasty["name"]
    assert page.fields["remark"]["value"] == nasty["remark"]


def test_a_page_has_a_label_for_each_field_no_id_twice_and_only_its_own_style(browser):
    reply = browser.ask(accept_language="en-GB,en;q=0.8,da;q=0.5")
    page = Page(reply)
    assert "Cancel an appointment" in page.text and 'lang="en"' in reply.body.decode()
    seen = {name for name, each in page.fields.items() if each.get("type") not in ("hidden", "checkbox")}
    assert {page.fields[name]["id"] for name in seen} <= page.labels and len(page.ids) == len(set(page.ids))
    assert page.scripts == 0 and "default-src 'none'" in reply.headers["content-security-policy"]
    assert "style=" not in reply.body.decode()
    assert "Meld afbud" in Page(browser.ask(query="language=da", accept_language="en")).text


def test_what_is_not_there_is_said_and_other_methods_are_refused(browser):
    assert browser.ask(path="newsletter").status == 404
    assert browser.ask(path="cancellation/secret").status == 404
    assert browser.ask("DELETE").status == 405
    shown = browser.ask(path="cancellation/receipt/<b>x</b>")
    assert b"<b>" not in shown.body


def test_a_form_of_ones_own_is_written_in_the_settings_and_a_wrong_one_is_told():
    own = {
        "title": {"da": "Ring mig op", "en": "Call me"},
        "fields": [
            {"name": "phone", "type": "phone", "required": True, "label": "Telefon"},
            {"name": "when", "enum": ["formiddag", "eftermiddag"], "label": "Hvornår"},
        ],
    }
    browser = Browser({"secret": "s", "forms": {"call_me": own}})
    page = browser.open(path="call_me")
    assert "Ring mig op" in page.text and "eftermiddag" in page.text
    assert browser.channel.health() == ""

    def health(**settings):
        return Browser({"secret": "s", **settings}).channel.health()

    assert "secret missing" in Browser({"forms": ["cancellation"]}).channel.health()
    assert Browser({"forms": ["cancellation"]}).ask().status == 503
    assert "no form: write forms" in health()
    assert "there is no form 'cancelation' here: did you mean `cancellation`?" in health(
        forms=["cancelation"]
    )
    assert "there is no type 'fone'" in health(forms={"x": {"fields": [{"name": "p", "type": "fone"}]}})
    assert "one_of names q" in health(forms={"x": {"fields": [{"name": "p"}], "one_of": ["q"]}})
    assert "stands twice" in health(forms={"x": {"fields": [{"name": "p"}, {"name": "p"}]}})
    assert "'lable' is no word" in health(forms={"x": {"fields": [{"name": "p", "lable": "P"}]}})
