"""What a channel brings in: asked for when there is something to ask, taken whole, and its place kept once all is stored."""

import json
from datetime import UTC, datetime

import pytest

from procflow.errors import PluginError
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/3/1"


def test_only_a_channel_that_has_something_to_fetch_is_asked_for_it(tmp_path, clock):
    real = {"mode": "real"}
    tables = {name: real for name in load_plugins().channels if name != "sms"}
    tables["sms"] = {**real, "gateway": "smpp"}
    plugins = load_plugins(settings=tables)
    with ChannelHouse(plugins, tables, tmp_path, clock) as there:
        assert there.receiving() == ["sms"], "a centre holds its line while it is asked"
    tables["sms"] = real
    for name, inbox in {"mail": "x", "sms": "x", "relatel": "x", "file": "in"}.items():
        with ChannelHouse(load_plugins(settings=tables), tables, tmp_path, clock) as there:
            assert name not in there.receiving()
        tables[name] = {**real, "inbox": inbox}
        with ChannelHouse(load_plugins(settings=tables), tables, tmp_path, clock) as there:
            assert name in there.receiving()


def test_a_hook_that_is_named_by_its_mark_alone_is_found_in_the_plugin_s_own_process_too(house, tmp_path):
    (file,) = (tmp_path / "plugins").iterdir()
    odd = file.read_text()
    text = odd.replace(
        "@hookimpl\ndef register_channels", '@hookimpl(specname="register_channels")\ndef ours'
    )
    assert text != odd
    file.write_text(text)
    there = house()
    assert there.deliver("odd", "do", KEY, there.prepare("odd", "do", KEY, {"how": "well"})).status == "done"


def test_messages_come_with_their_bytes_and_the_cursor_moves_once_all_are_stored(house, tmp_path, clock):
    there = house()
    assert there.receiving() == ["odd"]
    came = list(there.inbound("odd"))
    assert [message.external_id for message, _ in came] == ["m1", "m2"]
    assert came[0][0].files == [("a.bin", bytes(range(256)))] and came[0][0].raw == b"\0raw\xff"
    assert came[0][0].received == datetime(2026, 5, 11, 8, tzinfo=UTC)
    came[0][1]()
    assert not (tmp_path / ".procflow" / "cursors" / "odd.json").exists()
    assert len(list(there.inbound("odd"))) == 2  # one was not stored: both come again
    for _, stored in came:
        stored()
    assert json.loads((tmp_path / ".procflow" / "cursors" / "odd.json").read_text()) == {"cursor": "2"}
    assert list(house().inbound("odd")) == []


def test_a_message_has_no_half_letters_no_nulls_and_no_line_ends_where_it_names_somebody(house):
    ((message, _),) = house({"fetch": "letters"}).inbound("odd")
    assert (message.sender, message.to, message.subject) == ("+45 Bcc: x", "a b", "s t")
    assert (message.text, message.fields) == ("a\nb\ufffd", {"f": "\ufffd"})
    assert (message.facts["x"], list(message.thread), message.raw) == (["\ufffd"], ["🙂"], b"raw")


def test_a_message_from_the_future_came_now(house, clock):
    there = house()
    clock.now = lambda: datetime(2026, 5, 11, 7, tzinfo=UTC)
    (message, *_), _ = there.fetch("odd", "")
    assert message.received == datetime(2026, 5, 11, 7, tzinfo=UTC)
    assert message.facts["claimed_received"] == "2026-05-11T08:00:00+00:00"


def test_a_channel_that_cannot_be_asked_is_asked_again_later(house, clock):
    there = house({"fetch": "raise"})
    assert list(there.inbound("odd")) == []
    assert "no line" in there.troubles["odd"] and "no line" in there.health("odd")
    with pytest.raises(PluginError, match="no line"):
        there.fetch("odd", "")
    there._settings["odd"]["fetch"] = "well"
    there._calls.clear()
    assert list(there.inbound("odd")) == []  # not yet
    clock.passed = 6.0
    assert len(list(there.inbound("odd"))) == 2 and there.troubles == {}


def test_garbage_instead_of_messages_names_the_plugin(house):
    with pytest.raises(PluginError, match=r"odd_\w+ answered nonsense: fetch gave something else"):
        house({"fetch": "garbage"}).fetch("odd", "")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("recipt", "'recipt'; there are message, receipt, bounce, out_of_office"),
        ("one key", "wanted are texts in a list"),
    ],
)
def test_a_form_that_there_is_not_and_a_thread_without_a_list_are_told_to_the_author(house, how, words):
    """The one was taken for a letter of a customer, the other for an answer to as many letters as the key has characters."""
    with pytest.raises(PluginError, match=words):
        house({"fetch": how}).fetch("odd", "")


def test_health_is_asked_of_the_plugin_and_an_unknown_channel_gets_the_nearest(house):
    there = house()
    assert there.health("odd") == "not well"
    assert there.health("od") == "no plugin brings the channel od: did you mean `odd`?"
