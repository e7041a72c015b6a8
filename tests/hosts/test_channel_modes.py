"""What becomes of an effect in each mode of its channel: by a person, into a file, switched off, and when the mode changes."""

import json

import pytest

from procflow.errors import UsageError
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/3/1"


def test_a_channel_that_nobody_configured_is_manual(tmp_path, clock):
    plugins = load_plugins()
    with ChannelHouse(plugins, {"mail": {}}, tmp_path, clock) as there:
        assert there.mode("mail") == there.mode("sms") == there.mode("unheard_of") == "manual"
        wire = there.prepare("sms", "send", KEY, {"to": "+4571999901", "text": "Hej Mette"})
        delivery = there.deliver("sms", "send", KEY, wire)
    assert delivery.status == "manual"
    assert delivery.result["instruction"]["da"].startswith("Send en SMS til +4571999901:\nHej Mette")
    assert delivery.result["instruction"]["en"].startswith("Send an SMS to +4571999901:\nHej Mette")


def test_a_mode_that_does_not_exist_is_refused_with_the_nearest(tmp_path, clock):
    with pytest.raises(UsageError, match="no mode 'reel'") as refused:
        ChannelHouse(load_plugins(), {"mail": {"mode": "reel"}}, tmp_path, clock)
    assert "`real`" in refused.value.hint


def test_file_mode_writes_one_file_for_each_key(tmp_path, clock):
    with ChannelHouse(load_plugins(), {"crm": {"mode": "file"}}, tmp_path, clock) as there:
        files = [{"hash": "h", "name": "æble.pdf", "type": "application/pdf", "size": 2, "content": "YWI="}]
        wire = there.prepare("crm", "upload", KEY, {"kn": "104233", "files": files, "title": "Bevis"})
        first = there.deliver("crm", "upload", KEY, wire)
        again = there.deliver("crm", "upload", KEY, wire)
    path = tmp_path / "outbox" / "crm" / f"{KEY.replace('/', '-')}.json"
    assert (first.status, again.status) == ("done", "duplicate")
    assert first.result == {"mode": "file", "file": str(path.relative_to(tmp_path))}
    written = json.loads(path.read_text())
    assert written["key"] == KEY and written["parameters"]["kn"] == "104233"
    assert written["parameters"]["files"] == files and written["at"] == "2026-05-11T08:05:00+00:00"
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def test_file_mode_writes_a_mail_as_eml(tmp_path, clock):
    import email
    from email import policy

    with ChannelHouse(load_plugins(), {"mail": {"mode": "file"}}, tmp_path, clock) as there:
        wire = there.prepare(
            "mail", "send", KEY, {"to": "mette@example.com", "subject": "Prøve", "text": "Hej æøå"}
        )
        assert there.deliver("mail", "send", KEY, wire).status == "done"
    file = tmp_path / "outbox" / "mail" / f"{KEY.replace('/', '-')}.eml"
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Subject"] == "Prøve" and message.get_content().strip() == "Hej æøå"
    assert message["X-Procflow-Key"] == KEY


def test_an_operation_that_answers_reads_its_answer_beside_the_file(tmp_path, clock):
    with ChannelHouse(load_plugins(), {"vehicle_register": {"mode": "file"}}, tmp_path, clock) as there:
        asked = {"plate": "ab 12 345", "purpose": "KN 104233"}
        wire = there.prepare("vehicle_register", "lookup", KEY, asked)
        waiting = there.deliver("vehicle_register", "lookup", KEY, wire)
        assert waiting.status == "retry" and "answer.json" in waiting.error
        folder = tmp_path / "outbox" / "vehicle_register"
        assert json.loads(next(folder.glob("*.json")).read_text())["parameters"]["plate"] == "AB12345"
        answer = folder / f"{KEY.replace('/', '-')}.answer.json"
        answer.write_text('{"status": "seen"}')
        assert "must be one of" in there.deliver("vehicle_register", "lookup", KEY, wire).error
        answer.write_text('{"status": "found", "carrier": "FIRST", "at": "2026-05-11T10:00:00+02:00"}')
        done = there.deliver("vehicle_register", "lookup", KEY, wire)
    assert done.status == "done" and done.result["carrier"] == "FIRST"


def test_off_is_done_with_a_mark_and_nothing_is_written(tmp_path, clock):
    with ChannelHouse(load_plugins(), {"mail": {"mode": "off"}}, tmp_path, clock) as there:
        wire = there.prepare("mail", "send", KEY, {"to": "a@example.com", "subject": "s", "text": "t"})
        delivery = there.deliver("mail", "send", KEY, wire)
    assert delivery.status == "done" and delivery.result["mode"] == "off"
    assert list(tmp_path.iterdir()) == []


def test_a_mode_that_the_channel_does_not_know_falls_to_people_and_health_says_so(tmp_path, clock):
    with ChannelHouse(load_plugins(), {"relatel": {"mode": "real"}}, tmp_path, clock) as there:
        assert there.mode("relatel") == "manual"
        assert "no mode real yet" in there.health("relatel")
        wire = there.prepare("relatel", "transfer", KEY, {"group": "rejse gruppen"})
        words = there.deliver("relatel", "transfer", KEY, wire).result["instruction"]
    assert "rejse gruppen" in words["da"] and "rejse gruppen" in words["en"]


def test_a_mode_changed_after_prepare_still_delivers_the_effect(tmp_path, clock):
    tables = {"mail": {"mode": "manual"}}
    with ChannelHouse(load_plugins(), tables, tmp_path, clock) as before:
        wire = before.prepare("mail", "send", KEY, {"to": "a@example.com", "subject": "s", "text": "t"})
    tables = {"mail": {"mode": "file"}}
    with ChannelHouse(load_plugins(), tables, tmp_path, clock) as after:
        assert after.deliver("mail", "send", KEY, wire).status == "done"
    assert list((tmp_path / "outbox" / "mail").glob("*.eml"))
    tables = {"mail": {"mode": "manual"}}
    with ChannelHouse(load_plugins(), {"mail": {"mode": "file"}}, tmp_path, clock) as before:
        wire = before.prepare("mail", "send", KEY, {"to": "a@example.com", "subject": "s", "text": "t"})
    with ChannelHouse(load_plugins(), tables, tmp_path, clock) as after:
        assert "a@example.com" in after.deliver("mail", "send", KEY, wire).result["instruction"]["en"]
