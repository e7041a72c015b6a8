"""The house of the channels with plugins that misbehave in every way, as real processes."""

import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from procflow.definitions.settings import parse_settings
from procflow.errors import PluginError
from procflow.hosts.channels import ChannelHouse, NotPrepared
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/3/1"


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
    # an answer is never remembered
    assert there.deliver("odd", "look", key, wire).result == {"where": "look 3"}


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
