"""The house of the channels with plugins that misbehave in every way, as real processes."""

import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procflow.builtin.world import RealWorld
from procflow.definitions.settings import parse_settings
from procflow.errors import PluginError, UsageError
from procflow.hosts.channels import ChannelHouse, NotPrepared
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/3/1"

ODD = """
import os, subprocess, sys, threading, time
from datetime import UTC, datetime
from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, Inbound

class Odd:
    name = "odd"
    verified = "stand-in"
    now = None
    operations = {"look": {"type": "object", "x-result": {"type": "object", "required": ["where"],
                                                         "properties": {"where": {"type": "string"}}}},
                  "do": {"type": "object", "required": ["how"], "additionalProperties": False,
                         "properties": {"how": {"type": "string"}, "note": {"type": "string"}}}}

    def __init__(self, settings):
        self.settings = settings

    def prepare(self, operation, key, parameters):
        how = parameters.get("how", "")
        if how == "refused":
            raise UsageError("how: that can never be sent")
        if how == "prepare raises":
            raise ValueError("no way")
        return how.encode()

    def deliver(self, operation, key, wire):
        how = wire.decode()
        if operation == "look":
            self.looked = getattr(self, "looked", 0) + 1
            return Delivery("done", {"where": 7 if self.looked == 1 else f"look {self.looked}"})
        if how == "raise":
            raise RuntimeError("broken inside")
        if how == "leave":
            sys.exit(3)
        if how == "hang":
            while True:
                pass
        if how == "sleep":
            time.sleep(600)
        if how == "print":
            sys.stdout.write("PCF1" * 100_000); sys.stdout.flush()
            os.write(1, b"\\0" * 200_000); os.write(2, b"x" * 200_000)
        if how == "exit":
            os._exit(7)
        if how == "segfault":
            os.kill(os.getpid(), 11)
        if how == "fork":
            os.fork()
        if how == "child":
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            open(self.settings["pids"], "w").write(f"{os.getpid()} {child.pid}")
        if how == "close":
            os.closerange(3, 1 << 16)
        if how == "garbage":
            return {"status": "done"}
        if how == "status":
            return Delivery("perhaps")
        if how == "unwritable":
            return Delivery("done", {"it": object()})
        if how == "large":
            return Delivery("done", {"it": "x" * 3_000_000})
        if how == "secrets":
            return Delivery("done", {"env": sorted(os.environ), "settings": self.settings, "folder": os.getcwd()})
        if how == "now":
            return Delivery("done", {"now": self.now.isoformat()})
        return Delivery("done", {"pid": os.getpid(), "wire": how})

    def fetch(self, cursor):
        if self.settings.get("fetch") == "garbage":
            return 7
        if self.settings.get("fetch") == "letters":
            at = datetime(2026, 5, 11, 8, tzinfo=UTC)
            return [Inbound("odd", "m1", "odd", "+45\\r\\nBcc: x\\0", "a\\nb", at, subject="s\\u2028t", text="a\\n\\0b\\ud800",
                            fields={"f": "\\ud800"}, facts={"x": ["\\udfff"]}, thread=["\\ud83d\\ude42"], raw=b"raw")], "2"
        if self.settings.get("fetch") == "raise":
            raise OSError("no line")
        if cursor == "2":
            return [], "2"
        at = datetime(2026, 5, 11, 8, tzinfo=UTC)
        return [Inbound("odd", f"m{n}", "odd", "+4571999901", "", at, text="æ", files=[("a.bin", bytes(range(256)))],
                        raw=b"\\0raw\\xff") for n in (1, 2)], "2"

    def health(self):
        return "not well"

@hookimpl
def register_channels(settings):
    return [Odd(settings.get("odd", {}))]
"""


class Clock(RealWorld):
    """Real but for two things: what day it is, and a monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 5, 11, 8, 5, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(tmp_path, clock):
    """A house over the odd plugin; `house(settings of the channel, limit=...)`."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / f"odd_{os.getpid()}_{tmp_path.name[-6:]}.py").write_text(ODD)
    opened = []

    def make(settings=None, **more):
        tables = {"odd": {"mode": "real", "deadline": 60, "pids": str(tmp_path / "pids"), **(settings or {})},
                  "mail": {"password": "of another"}}  # fmt: skip
        plugins = load_plugins([tmp_path / "plugins"], tables, shipped=False)
        assert plugins.problems == []
        opened.append(ChannelHouse(plugins, tables, tmp_path, clock, **more))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


_NUMBERS = itertools.count(1)


def keys():
    """Each call the key of another effect."""
    return f"0123456789abcdef0123456789abcdef/4/{next(_NUMBERS)}"


def send(house, how):
    key = keys()
    return house.deliver("odd", "do", key, house.prepare("odd", "do", key, {"how": how}))


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid, seconds=60.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def test_a_delivery_goes_through_one_process_that_stays(house):
    there = house()
    first, second = send(there, "well"), send(there, "well")
    assert first.status == second.status == "done"
    assert first.result["pid"] == second.result["pid"] != os.getpid()


def test_what_a_plugin_raises_costs_that_call_a_retry_and_not_the_process(house):
    there = house()
    before = send(there, "well").result["pid"]
    raised = send(there, "raise")
    assert raised.status == "retry"
    assert "odd_" in raised.error and "broken inside" in raised.error
    assert send(there, "leave").status == "retry"
    assert send(there, "well").result["pid"] == before


@pytest.mark.parametrize("how", ["hang", "sleep"])
def test_a_plugin_that_hangs_is_ended_at_its_deadline(house, how):
    there = house()
    before = send(there, "well").result["pid"]
    there._settings["odd"]["deadline"] = 0.5
    delivery = send(there, how)
    assert delivery.status == "retry" and "within 0.5 seconds" in delivery.error and "odd_" in delivery.error
    assert gone(before)
    there._settings["odd"]["deadline"] = 60
    assert send(there, "well").status == "done"


def test_what_a_plugin_prints_does_not_reach_the_protocol(house, capfd):
    there = house()
    assert send(there, "print").status == "done"
    assert send(there, "well").status == "done"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("exit", "exit code 7"),
        ("segfault", "SIGSEGV"),
        ("garbage", "not a Delivery"),
        ("status", "perhaps"),
        ("unwritable", "JSON"),
        ("close", "ended"),
    ],
)
def test_a_crash_or_nonsense_is_a_retry_and_the_process_is_started_anew(house, how, words):
    there = house()
    before = send(there, "well").result["pid"]
    delivery = send(there, how)
    # on a very busy machine the line is seen to close a second before how the process ended is known
    told = words in delivery.error or "closed its end of the line" in delivery.error
    assert delivery.status == "retry" and told and "odd_" in delivery.error
    assert gone(before)
    after = send(there, "well")
    assert after.status == "done" and after.result["pid"] != before


def test_an_answer_that_its_own_schema_does_not_allow_is_none_and_it_is_asked_again(house):
    there, key = house(), keys()
    wire = there.prepare("odd", "look", key, {})
    refused = there.deliver("odd", "look", key, wire)
    assert refused.status == "retry" and refused.result == {}
    assert (
        "the plugin odd_" in refused.error
        and "odd.look" in refused.error
        and "where: must be text" in refused.error
    )
    assert there.deliver("odd", "look", key, wire).result == {"where": "look 2"}
    assert there.deliver("odd", "look", key, wire).result == {
        "where": "look 3"
    }  # an answer is never remembered


def test_an_answer_larger_than_the_limit_is_not_taken(house):
    there = house(limit=1_000_000)
    delivery = send(there, "large")
    assert delivery.status == "retry" and "1000000" in delivery.error
    assert send(there, "well").status == "done"


def test_a_plugin_that_forks_answers_once(house):
    there = house()
    assert send(there, "fork").status == "done"
    assert [send(there, "well").status for _ in range(3)] == ["done"] * 3


def test_processes_that_a_plugin_started_end_with_it(house, tmp_path):
    there = house()
    assert send(there, "child").status == "done"
    own, child = map(int, (tmp_path / "pids").read_text().split())
    assert alive(own) and alive(child)
    there._settings["odd"]["deadline"] = 0.5
    assert send(there, "hang").status == "retry"
    assert gone(own) and gone(child)


def test_nothing_is_left_when_the_house_is_closed(house, tmp_path):
    there = house()
    wire = there.prepare("odd", "do", KEY, {"how": "child"})
    assert there.deliver("odd", "do", KEY, wire).status == "done"
    own, child = map(int, (tmp_path / "pids").read_text().split())
    assert alive(own) and alive(child)
    there.close()
    assert gone(own) and gone(child)
    assert "closed" in there.deliver("odd", "do", keys(), wire).error


def test_nothing_is_left_when_the_host_is_killed(house, tmp_path):
    house()  # writes the plugin
    script = tmp_path / "host.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys, time, threading
        from procflow.builtin.world import RealWorld
        from procflow.hosts.channels import ChannelHouse
        from procflow.plugins import load_plugins
        tables = {{"odd": {{"mode": "real", "pids": {str(tmp_path / "pids")!r}}}}}
        house = ChannelHouse(load_plugins([{str(tmp_path / "plugins")!r}], tables, shipped=False), tables,
                             {str(tmp_path)!r}, RealWorld())
        wire = house.prepare("odd", "do", {KEY!r}, {{"how": sys.argv[1]}})
        done = []
        thread = threading.Thread(target=lambda: done.append(house.deliver("odd", "do", {KEY!r}, wire)))
        thread.start()
        thread.join(60)
        print(done, flush=True)
        time.sleep(600)
        """)
    )
    host = subprocess.Popen([sys.executable, str(script), "child"], stdout=subprocess.PIPE, text=True)
    assert "done" in host.stdout.readline()
    own, child = map(int, (tmp_path / "pids").read_text().split())
    time.sleep(0.3)
    assert alive(own) and alive(child)  # also though the thread that started it has ended
    host.send_signal(signal.SIGKILL)
    host.wait()
    assert gone(own) and gone(child)
    host.stdout.close()


def test_three_crashes_in_a_row_let_the_plugin_rest_for_a_minute(house, clock):
    there = house()
    wire = there.prepare("odd", "do", KEY, {"how": "exit"})
    for _ in range(3):
        assert "exit code 7" in there.deliver("odd", "do", KEY, wire).error
    clock.passed = 20.0
    resting = there.deliver("odd", "do", KEY, wire)
    assert resting.status == "retry" and "rests" in resting.error
    assert resting.retry_after == pytest.approx(40.0)
    clock.passed = 61.0
    assert send(there, "well").status == "done"
    assert "exit code" in there.deliver("odd", "do", KEY, wire).error


def test_a_plugin_sees_its_own_settings_and_no_secrets_of_the_environment(house, tmp_path, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "hidden")
    there = house({"word": "mine"})
    result = send(there, "secrets").result
    assert "SMTP_PASSWORD" not in result["env"] and "PATH" in result["env"]
    assert result["settings"]["word"] == "mine" and "of another" not in json.dumps(result)
    assert result["folder"] == str(tmp_path)


def test_a_secret_that_is_not_set_is_a_retry_that_names_it_and_stops_no_check(tmp_path, clock):
    toml = b"""
    [channels.mail]
    mode = "real"
    host = "localhost"
    sender = "a@prosam.example"
    password = "${env:NO_SUCH_SECRET}"
    inbox = {kind = "imap", host = "localhost", password = "${env:NO_SUCH_SECRET}"}
    """
    variables = {}
    settings, found = parse_settings(toml, "procflow.toml", variables.get)
    assert not found
    plugins = load_plugins(settings=settings.channels)
    assert plugins.problems == [] and "mail.send" in plugins.operations()
    with ChannelHouse(plugins, settings.channels, tmp_path, clock) as there:
        assert there.receiving() == ["mail"]
        assert list(there.inbound("mail")) == [] and "NO_SUCH_SECRET" in there.troubles["mail"]
        parameters = {"to": "b@example.com", "subject": "s", "text": "t"}
        with pytest.raises(PluginError, match="NO_SUCH_SECRET") as raised:
            there.prepare("mail", "send", KEY, parameters)
        assert raised.value.facts["retry"]
        variables["NO_SUCH_SECRET"] = "now it is"
        assert there.prepare("mail", "send", KEY, parameters)


def test_a_channel_gets_the_instant_from_the_world(house):
    assert send(house(), "now").result == {"now": "2026-05-11T08:05:00+00:00"}


def test_wrong_parameters_fail_for_good_and_say_why(house):
    there = house()
    with pytest.raises(NotPrepared, match="`how` is missing") as missing:
        there.prepare("odd", "do", KEY, {"note": "x"})
    assert not missing.value.facts.get("retry")
    with pytest.raises(NotPrepared, match=r"how: must be text, not a number"):
        there.prepare("odd", "do", KEY, {"how": 7})
    with pytest.raises(NotPrepared, match="`hwo` is not known here"):
        there.prepare("odd", "do", KEY, {"how": "x", "hwo": "y"})
    with pytest.raises(NotPrepared, match="no operation dd"):
        there.prepare("odd", "dd", KEY, {})
    with pytest.raises(NotPrepared, match="never be sent"):
        there.prepare("odd", "do", KEY, {"how": "refused"})
    with pytest.raises(NotPrepared, match="key"):
        there.prepare("odd", "do", "../../etc", {"how": "x"})


def test_a_prepare_that_raises_is_tried_again(house):
    with pytest.raises(PluginError, match="no way") as raised:
        house().prepare("odd", "do", KEY, {"how": "prepare raises"})
    assert raised.value.facts["retry"] and raised.value.facts["plugin"].startswith("odd_")


def test_an_unset_parameter_is_not_given_to_the_plugin(house):
    there = house()
    wire = there.prepare("odd", "odd.do", KEY, {"how": "well", "note": None})
    assert there.deliver("odd", "odd.do", KEY, wire).status == "done"


# modes


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


# messages in


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
    text = ODD.replace(
        "@hookimpl\ndef register_channels", '@hookimpl(specname="register_channels")\ndef ours'
    )
    assert text != ODD
    (file,) = (tmp_path / "plugins").iterdir()
    file.write_text(text)
    assert send(house(), "well").status == "done"


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


def test_health_is_asked_of_the_plugin_and_an_unknown_channel_gets_the_nearest(house):
    there = house()
    assert there.health("odd") == "not well"
    assert there.health("od") == "no plugin brings the channel od: did you mean `odd`?"
