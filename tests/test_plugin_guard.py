"""A plugin that hangs, prints, forks or raises in our own process is named, and the others go on."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from ready import PROCFLOW

from procflow import plugin_guard
from procflow.errors import PluginError
from procflow.plugins import load_plugins

HEAD = "import os, sys, time\nfrom procflow.hookspecs import hookimpl\n"
GOOD = HEAD + "@hookimpl\ndef register_functions(): return {'good': lambda x: x}\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setattr("procflow.plugins.LOADING", 0.4)

    def loaded(settings=None, **texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        return load_plugins([tmp_path], settings, shipped=False)

    return loaded


_STARTS = "import threading; threading.Thread(target=time.sleep, args=(600,), name='mine').start()"


@pytest.mark.parametrize(
    ("text", "words", "stays"),
    [
        ("while True: pass", "hangs when it is imported", False),
        ("time.sleep(600)", "hangs when it is imported", False),
        ("try:\n    time.sleep(600)\nexcept Exception:\n    pass", "hangs when it is imported", False),
        ("print('hello from me')", "prints when it is imported: 'hello from me'", True),
        ("sys.stderr.write('warned')", "prints when it is imported: 'warned'", True),
        ("os.fork()", "forks when it is imported", True),
        (_STARTS, "starts a thread when it is imported (mine)", True),
    ],
)
def test_what_a_plugin_does_when_it_is_imported_is_said_of_it(load, capfd, text, words, stays):
    rest = "\n@hookimpl\ndef register_functions(): return {'mine': lambda x: x}\n"
    began, pid = time.monotonic(), os.getpid()
    plugins = load(bad=HEAD + text + rest, good=GOOD)
    assert os.getpid() == pid and time.monotonic() - began < 60
    (problem,) = plugins.problems
    assert problem.facts["plugin"] == "bad" and f"the plugin bad {words}" in problem.message
    assert set(plugins.functions()) == ({"mine", "good"} if stays else {"good"})
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("while True: pass", "hangs in register_functions"),
        ("print('now')", "prints in register_functions: 'now'"),
        ("os.fork()", "forks in register_functions"),
        (_STARTS, "starts a thread in register_functions (mine)"),
        ("raise OSError('no')", "raised OSError in register_functions: no"),
        ("sys.exit(3)", "raised SystemExit in register_functions"),
        ("return [1]", "answered register_functions with list"),
    ],
)
def test_what_a_plugin_does_in_a_hook_is_said_of_it(load, capfd, text, words):
    plugins = load(
        bad=f"{HEAD}@hookimpl\ndef register_functions():\n    {text}\n    return {{}}\n", good=GOOD
    )
    assert plugins.problems == []
    assert list(plugins.functions()) == ["good"]
    (problem,) = plugins.problems
    assert f"the plugin bad {words}" in problem.message
    assert capfd.readouterr() == ("", "")


def test_the_copy_of_a_plugin_that_forks_ends_at_once(tmp_path):
    (tmp_path / "forking.py").write_text(
        f"{HEAD}os.fork()\n@hookimpl\ndef register_functions(): return {{}}\n"
    )
    script = f"from procflow.plugins import load_plugins\nload_plugins([{str(tmp_path)!r}], shipped=False)\nprint('once')\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "once\n"


FUNCTIONS = HEAD + (
    "def loops(x):\n    while True: pass\n"
    "def raises(x): raise KeyError(x)\n"
    "def prints(x):\n    print('from inside')\n    return x\n"
    "def annotated(x: str) -> bool: return True\n"
    "@hookimpl\ndef register_functions(): return {'loops': loops, 'raises': raises, 'prints': prints, 'annotated': annotated}\n"
)


def test_a_function_that_hangs_raises_or_prints_is_an_error_that_names_its_plugin(load, capsys, monkeypatch):
    monkeypatch.setattr(plugin_guard, "FUNCTION", 0.2)
    monkeypatch.setattr(plugin_guard.pure, "__defaults__", (0.2,))
    plugins = load(bad=FUNCTIONS)
    functions = plugins.functions()
    with pytest.raises(PluginError, match=r"the plugin bad took longer than 0.2 seconds in loops"):
        functions["loops"]("x")
    with pytest.raises(PluginError, match=r"the plugin bad raised KeyError in raises") as raised:
        functions["raises"]("Mette's number")
    assert "Mette" not in str(raised.value)
    assert [functions["prints"](1), functions["prints"](2)] == [1, 2]
    assert capsys.readouterr() == ("", "")
    told = [problem.message for problem in plugins.problems]
    assert len(told) == 3 and all("the plugin bad" in words for words in told)
    assert "'from inside'" in told[2]
    assert functions["annotated"].__annotations__ == {"x": "str", "return": "bool"} or functions[
        "annotated"
    ].__annotations__ == {"x": str, "return": bool}


def test_a_function_that_hangs_in_another_thread_is_ended_too(load, monkeypatch):
    monkeypatch.setattr(plugin_guard.pure, "__defaults__", (0.2,))
    function, found = load(bad=FUNCTIONS).functions()["loops"], []

    def call():
        try:
            function("x")
        except PluginError as why:
            found.append(why.message)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(10)
    assert not thread.is_alive() and "took longer" in found[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("7", "gave no verdict"),
        ("{'accepted': 'yes', 'verdict': 'accepted', 'reason': 'x'}", "gave no verdict"),
        ("{'accepted': True, 'verdict': 'fine', 'reason': 'x'}", "gave no verdict"),
        ("{'accepted': True, 'verdict': 'rejected', 'reason': 'x'}", "contradicts itself"),
        ("{'accepted': True, 'verdict': 'accepted'}", "gave no verdict"),
    ],
)
def test_a_verdict_is_looked_at_before_anybody_believes_it(load, answer, words):
    plugins = load(
        bad=f"{HEAD}@hookimpl\ndef register_evidence_checks(): return {{'fax': lambda *a: {answer}}}\n"
    )
    with pytest.raises(PluginError, match=f"the plugin bad {words}.* in fax"):
        plugins.evidence_checks()["fax"]({}, {}, None, {})


PROCEDURE = """
procedure: trial
title: {en: Trial}
owner: lead
starts: [{by: agent}]
data: {name: {type: string}, proof: {type: evidence}}
initial: asking
states:
  asking:
    task: {role: agent}
    choices:
      go: {ask: [name], when: 'raises(name) == name', to: done}
      show: {ask: {form: {type: file}}, set: {proof: "${evidence('fax', input.form)}"}, to: done}
      leave: {to: done}
  done: {final: true, outcome: done}
"""


def test_a_step_that_asks_such_a_function_is_refused_in_words_and_the_case_goes_on(tmp_path):
    """In a real workspace: a guard, and evidence that a plugin judges; closed days of a plugin as well."""
    from procflow.app import App

    place = tmp_path / "procedures" / "trial"
    place.mkdir(parents=True)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "bad.py").write_text(
        FUNCTIONS
        + "@hookimpl\ndef register_evidence_checks(): return {'fax': lambda *given: 7}\n"
        + "@hookimpl\ndef register_calendars(): return {'warehouse': lambda year: {f'{year}-01-05': 'Stocktaking'}}\n"
    )
    (tmp_path / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n')
    (tmp_path / "form.txt").write_text("signed")
    (place.parent / "organisation.yaml").write_text(
        "organisation: trial\ntimezone: Europe/Copenhagen\nlanguages: [en]\n"
        'calendar: {country: warehouse, open: {mon-fri: "09:00-17:00"}}\n'
        "roles: {agent: {en: Agent}, lead: {en: Lead}}\n"
        "people: {ann: {name: Ann Test, roles: [agent]}, liz: {name: Liz Test, roles: [lead]}}\n"
    )
    (place / "procedure.yaml").write_text(PROCEDURE)
    with App(str(tmp_path)) as app:
        wrong = [problem.as_text() for problem in app.check().problems if problem.is_error]
        assert wrong == []
        opened = app.open("trial", "ann", {})
        refused = app.do(opened.number, "go", "ann", {"name": "Mette"})
        assert refused.refusal is not None
        assert "the plugin bad raised KeyError in raises" in refused.refusal.words("en")
        refused = app.do(opened.number, "show", "ann", {"form": str(tmp_path / "form.txt")})
        assert refused.refusal is not None and "the plugin bad gave no verdict" in refused.refusal.words("en")
        assert app.do(opened.number, "leave", "ann", {}).accepted
        calendar = app.engine.surroundings().organisation.calendar
        closed = {str(day): name for day, name in calendar.holidays.items()}
        assert closed["2026-01-05"] == "Stocktaking" and "2026-12-25" not in closed
        told = app.host().look_around().problems  # whoever runs the host reads it
        assert any("the plugin bad raised KeyError" in words for words in told)


def test_a_secret_that_a_plugin_says_in_an_error_is_hidden(tmp_path):
    from procflow.definitions.settings import parse_settings

    toml = b'[channels.odd]\npassword = "${env:ODD}"\n'
    settings, _ = parse_settings(toml, "procflow.toml", {"ODD": "kanin-7"}.get)
    (tmp_path / "odd.py").write_text(
        f"{HEAD}@hookimpl\ndef register_channels(settings): raise ValueError(settings['odd']['password'])\n"
    )
    (problem,) = load_plugins([tmp_path], settings.channels, shipped=False).problems
    assert "raised ValueError in register_channels: ***" in problem.message


def test_tracing_prints_each_call_with_who_is_asked_and_what_was_answered(tmp_path):
    (tmp_path / "procflow.toml").write_text('[channels.mail]\npassword = "kanin-7"\nuser = "${env:KANIN}"\n')
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "bad.py").write_text(
        f"{HEAD}@hookimpl\ndef register_functions(): raise OSError('kanin-7')\n"
    )
    environment = {**os.environ, "PROCFLOW_TRACE_HOOKS": "1", "KANIN": "kanin-8"}
    done = subprocess.run(
        [str(PROCFLOW), "check", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert json.loads(done.stdout)["ok"] is True
    lines = done.stderr.splitlines()
    assert "hook register_channels(settings=<mail>) -> procflow-mail" in lines
    assert "hook register_channels answered [[mail]]" in lines
    assert "hook register_functions() -> bad" in lines and "hook register_functions raised OSError" in lines
    assert "kanin" not in done.stderr


def test_two_plugins_in_two_threads_keep_their_words_apart_and_give_our_lines_back(capsys):
    inside, may_end = threading.Event(), threading.Event()
    heard = {}

    def longer():
        with plugin_guard.guarded(10) as seen:
            print("said by the longer one")
            inside.set()
            may_end.wait(10)
        heard["longer"] = seen.printed

    before = sys.stdout, sys.stderr
    with plugin_guard.guarded(10) as seen:
        thread = threading.Thread(target=longer)
        thread.start()
        assert inside.wait(10)
        print("said by the shorter one")
    print("said by ourselves")
    may_end.set()
    thread.join()
    assert (seen.printed, heard["longer"]) == ("said by the shorter one\n", "said by the longer one\n")
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == "said by ourselves\n"


def test_a_thread_that_a_plugin_started_holds_up_no_end(tmp_path):
    (tmp_path / "staying.py").write_text(
        f"{HEAD}{_STARTS}\n@hookimpl\ndef register_functions(): return {{}}\n"
    )
    script = f"from procflow.plugins import load_plugins\nload_plugins([{str(tmp_path)!r}], shipped=False)\nprint('once')\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "once\n"
