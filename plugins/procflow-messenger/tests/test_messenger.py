"""Messenger: the contract of what goes out and of what is pushed, the time for answers, and what is no message."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from procflow_messenger.peer import Platform, event, signed

from procflow.errors import UsageError
from procflow.plugins import load_plugins
from procflow.ports import WebRequest
from procflow.testing import ChannelContract, PushedContract, Pusher

NOW = datetime(2026, 3, 3, 11, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef/7/2"


class TestOut(ChannelContract):
    peer = Platform


class Customers(Pusher):
    channel = "messenger"
    environment: Mapping[str, str] = {"APP_SECRET": "app-hemmelighed-64"}

    def settings(self) -> Mapping[str, Any]:
        return {"app_secret": "${env:APP_SECRET}"}

    def push(self, ask: Any, id: str, text: str, now: datetime) -> WebRequest:
        return signed(event(id, text, now))

    def forge(self, request: WebRequest) -> WebRequest | None:
        return signed(request.body, "gættet")


class TestIn(PushedContract):
    pusher = Customers


@pytest.fixture
def platform(tmp_path):
    made = Platform()
    made.start(tmp_path)
    yield made
    made.stop()


def messenger(platform=None, **more):
    own = {
        "page_token": "EAA-side-noegle-31",
        "app_secret": "app-hemmelighed-64",
        "verify_token": "aftalt-ord-9",
    }
    if platform is not None:
        own["url"] = platform.settings(lambda port: port)["url"]
    made = load_plugins(settings={"messenger": {**own, **more}}).channels["messenger"].channel
    made.now = NOW
    return made


def send(channel, **parameters):
    wire = channel.prepare("send", KEY, {"to": "7001", "text": "Hej Mette", **parameters})
    return channel.deliver("send", KEY, wire)


def test_within_a_day_anything_may_be_said_and_within_a_week_what_a_person_wrote(platform):
    channel = messenger(platform)
    day, week = (NOW - timedelta(hours=23)).isoformat(), (NOW - timedelta(days=6)).isoformat()
    assert send(channel, heard=day).status == "done"
    assert platform.taken[KEY]["whole"]["messaging_type"] == "RESPONSE"
    with pytest.raises(UsageError, match="more than 24 hours ago; only what a person writes"):
        send(channel, heard=week)
    platform.taken.clear()
    assert send(channel, heard=week, human=True).status == "done"
    assert platform.taken[KEY]["whole"]["tag"] == "HUMAN_AGENT"
    with pytest.raises(UsageError) as why:
        send(channel, heard=(NOW - timedelta(days=8)).isoformat(), human=True)
    assert "more than 7 days" in why.value.message and "mail or SMS" in why.value.hint


def test_an_answer_that_waits_too_long_on_its_way_does_not_go_any_more(platform):
    channel = messenger(platform)
    wire = channel.prepare(
        "send", KEY, {"to": "7001", "text": "x", "heard": (NOW - timedelta(hours=23)).isoformat()}
    )
    channel.now = NOW + timedelta(hours=2)
    done = channel.deliver("send", KEY, wire)
    assert done.status == "failed" and "24 hours" in done.error and not platform.taken


def test_an_ended_token_is_tried_again_and_said_in_words(platform):
    done = send(messenger(platform, page_token="ended"))
    assert done.status == "retry" and "make a new one" in done.error
    assert "page_token missing" in messenger(page_token="").health()


def test_what_is_too_long_or_empty_is_refused_before_it_goes():
    for text, words in (("x" * 2001, "at most 2000"), (" ", "empty")):
        with pytest.raises(UsageError, match=words):
            messenger().prepare("send", KEY, {"to": "7001", "text": text})


def test_the_page_is_connected_by_the_agreed_word():
    def ask(query):
        return messenger().web(WebRequest("GET", "", query, {}, b"", ""))

    good = ask("hub.mode=subscribe&hub.verify_token=aftalt-ord-9&hub.challenge=1158201444")
    assert (good.status, good.body) == (200, b"1158201444")
    assert ask("hub.mode=subscribe&hub.verify_token=x&hub.challenge=1").status == 403
    assert ask("hub.verify_token=aftalt-ord-9&hub.challenge=1").status == 403
    assert (
        messenger(verify_token="")
        .web(WebRequest("GET", "", "hub.mode=subscribe&hub.verify_token=", {}, b"", ""))
        .status
        == 403
    )


def test_what_is_no_message_is_acknowledged_and_nothing_more():
    about = {"sender": {"id": "7001"}, "recipient": {"id": "42"}, "timestamp": 1772535605000}
    events = [
        {**about, "read": {"watermark": 1}}, {**about, "delivery": {"mids": ["m"], "watermark": 1}},
        {**about, "message": {"mid": "e", "text": "vores egne ord", "is_echo": True}}, {**about, "reaction": {}},
    ]  # fmt: skip
    content = {
        "object": "page",
        "entry": [{"id": "42", "messaging": events}, {"id": "42", "standby": [about]}],
    }
    reply = messenger().web(signed(content))
    assert (reply.status, list(reply.messages)) == (200, [])


def test_several_messages_come_together_with_their_times_and_attachments():
    first = event(
        "m1",
        "",
        NOW - timedelta(hours=25),
        attachments=[{"type": "image", "payload": {"url": "https://cdn.example.com/a.png"}}],
    )
    second = event("m2", "Fjern glas", NOW, reply_to={"mid": "m_7"})
    first["entry"][0]["messaging"] += second["entry"][0]["messaging"]
    one, two = messenger().web(signed(first)).messages
    assert (
        one.received == NOW - timedelta(hours=25)
        and one.fields["attachment_1"] == "image https://cdn.example.com/a.png"
    )
    assert (two.text, two.sender, two.thread) == ("Fjern glas", "7001", ["m_7"])
    assert two.facts == {"signed": True, "page_scoped": True, "attachments": 0}


@pytest.mark.parametrize("content", [{}, {"object": "user", "entry": []}, {"object": "page"}, [], {"object": "page", "entry": [1]},
                                     event("m", "x", NOW)["entry"]])  # fmt: skip
def test_what_the_platform_does_not_describe_is_refused(content):
    reply = messenger().web(signed(content))
    assert reply.status == 400 and not reply.messages


def test_an_event_that_makes_no_sense_is_kept_and_holds_up_none_of_the_others():
    good = event("m9", "Fjern glas", NOW)["entry"][0]["messaging"][0]
    odd = [
        {**good, "message": {"mid": "o1", "text": "halv \ud83d"}}, {**good, "timestamp": None}, {"message": {"mid": "o3", "text": "x"}},
        {**good, "timestamp": 10**30}, {**good, "message": {"mid": "o5", "attachments": ["x", {"type": "fallback", "url": "https://z.example"}]}},
        7,
    ]  # fmt: skip
    content = {"object": "page", "entry": [{"id": "42", "messaging": [*odd, good]}]}
    reply = messenger().web(signed(json.dumps(content).encode()))
    assert reply.status == 200
    *kept, last = reply.messages
    assert (last.text, last.external_id) == ("Fjern glas", "m9")
    assert [each.text for each in kept] == ["halv ?", "Fjern glas", "x", "Fjern glas", "", ""]
    assert [bool(each.facts.get("unreadable")) for each in kept] == [False, True, True, True, False, True]
    assert (
        kept[4].fields["attachment_1"] == "x"
        and kept[4].fields["attachment_2"] == "fallback https://z.example"
    )
    again = messenger().web(signed(json.dumps(content).encode()))
    assert [each.external_id for each in again.messages] == [each.external_id for each in reply.messages]


def test_what_a_customer_edits_or_takes_back_is_told_and_belongs_to_what_was_said():
    about = {"sender": {"id": "7001"}, "recipient": {"id": "42"}, "timestamp": 1772535605000}
    events = [
        {**about, "message_edit": {"mid": "m1", "text": "Nej", "num_edit": 1}},
        {**about, "message": {"mid": "m1", "is_deleted": True}},
    ]
    edited, gone = (
        messenger().web(signed({"object": "page", "entry": [{"id": "42", "messaging": events}]})).messages
    )
    assert (edited.text, edited.fields["edited"], edited.thread) == ("Nej", "m1", ["m1"])
    assert (gone.text, gone.fields["deleted"], gone.thread) == ("", "m1", ["m1"])
    assert len({edited.external_id, gone.external_id, "m1"}) == 3
