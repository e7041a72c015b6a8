"""Plugins: found, loaded, checked; what is wrong with one is said of that one."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from procflow import hookspecs, plugin_checks
from procflow.errors import PluginError
from procflow.hosts.letters import FILLED
from procflow.plugin_finding import installed_ones
from procflow.plugin_source import PluginSource
from procflow.plugins import Plugins, load_plugins

HEAD = """
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery

class Plain:
    verified = "stand-in"
    def __init__(self, name, operations=None):
        self.name = name
        self.operations = operations or {"do": {"type": "object", "properties": {}}}
    def prepare(self, operation, key, parameters): return b""
    def deliver(self, operation, key, wire): return Delivery("done")
    def fetch(self, cursor): return [], cursor
    def health(self): return ""
"""

GOOD = (
    HEAD
    + """
@hookimpl
def register_channels(settings):
    return [Plain(NAME)]
"""
)


@pytest.fixture
def load(tmp_path):
    """load(name=text, ...) writes one-file plugins and loads them, and nothing else."""

    def loaded(settings=None, **texts) -> Plugins:
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        return load_plugins([tmp_path], settings, shipped=False)

    return loaded


def named(text, name):
    return text.replace("NAME", repr(name))


def test_a_one_file_plugin_brings_its_channel(load, tmp_path):
    plugins = load(one=named(GOOD, "first"))
    assert plugins.problems == []
    found = plugins.channels["first"]
    assert (found.plugin, found.where) == ("one", str(tmp_path / "one.py"))
    assert list(plugins.operations()) == ["first.do"]


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("raise RuntimeError('at import')", "cannot be imported", ""),
        ("import no_such_module_anywhere", "no_such_module_anywhere", "into the Python that runs procflow"),
        ("import sys; sys.exit(3)", "SystemExit", ""),
        ("def broken(:", "SyntaxError", ""),
        (
            HEAD + "@hookimpl\ndef register_chanels(settings): return []",
            "register_chanels",
            "`register_channels`",
        ),
        (HEAD + "def register_channels(settings): return []", "without a mark", "@hookimpl"),
        ("x = 1", "has no hook", "@hookimpl"),
        (HEAD + "@hookimpl\ndef register_channels(setings): return []", "asks for `setings`", "`settings`"),
        (
            HEAD + "@hookimpl\ndef register_channels(settings): return settings['mail']['host']",
            "KeyError",
            "without any settings",
        ),
        (HEAD + "@hookimpl\ndef register_channels(): [Plain('a')]", "a return is missing", ""),
        (HEAD + "@hookimpl\ndef register_channels(): return [Plain]", "write Plain(...)", ""),
        (HEAD + "@hookimpl\ndef register_channels(): return Plain('x')", "not a list", ""),
        (HEAD + "@hookimpl\ndef register_channels(): return [7]", "without a usable name", ""),
        (HEAD + "@hookimpl\ndef register_channels(): return [Plain('Up')]", "without a usable name", ""),
        (HEAD + "@hookimpl\ndef register_channels(): return [Plain('note')]", "the language itself", ""),
        (HEAD + "@hookimpl\ndef register_channels(): return [Plain('a'), Plain('a')]", "channel a twice", ""),
        (
            HEAD + "@hookimpl\ndef register_channels(): return [Plain('a', {'do': 3})]",
            "not a JSON Schema",
            "",
        ),
        (
            HEAD + "@hookimpl\ndef register_channels(): return [Plain('a', {'do': {'type': 'objekt'}})]",
            "a.do",
            "",
        ),
        (
            HEAD + "@hookimpl\ndef register_channels(): return [Plain('a', {'a.do': {'type': 'object'}})]",
            "a.do",
            "",
        ),
        (
            HEAD + "Plain.health = None\n@hookimpl\ndef register_channels(): return [Plain('a')]",
            "health()",
            "",
        ),
        (
            HEAD + "Plain.verified = 'yes'\n@hookimpl\ndef register_channels(): return [Plain('a')]",
            "verified",
            "",
        ),
        (
            HEAD + "Plain.modes = ('reel',)\n@hookimpl\ndef register_channels(): return [Plain('a')]",
            "modes",
            "",
        ),
    ],
)
def test_a_plugin_that_is_wrong_is_named_and_the_others_go_on(load, text, words, hint):
    plugins = load(bad=text, good=named(GOOD, "still_here"))
    (problem,) = plugins.problems
    assert isinstance(problem, PluginError) and problem.facts["plugin"] == "bad"
    assert "bad" in problem.message and words in problem.message
    assert hint in problem.hint
    assert list(plugins.channels) == ["still_here"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("fetch_every = 'often'", "wanted are seconds"),
        ("at_once = 'many'", "a whole number from 1"),
        ("at_once = 0", "a whole number from 1"),
        ("file_type = '../x'", "one like 'eml'"),
        ("modes = property(lambda self: 1 / 0)", "cannot be looked at: ZeroDivisionError"),
        ("operations = property(lambda self: 1 / 0, lambda self, v: None)", "cannot be looked at: ZeroDivisionError"),
        ("def __getattr__(self, name): raise RuntimeError(name)", "cannot be looked at: RuntimeError"),
        ("def deliver(self, operation, wire): ...", "called as deliver(operation, key, wire)"),
        ("def web(self): ...", "called as web(request)"),
        ("async def deliver(self, operation, key, wire): ...", "async"),
    ],
)  # fmt: skip
def test_a_channel_that_cannot_work_is_left_out_before_it_is_asked_for_anything(load, line, words):
    """What the host reads of a channel while it goes round stopped `procflow run`, and a property that raised every
    command, `procflow plugins` too."""
    text = HEAD + f"    {line}\n" + "@hookimpl\ndef register_channels(): return [Plain('a')]\n"
    plugins = load(bad=text, good=named(GOOD, "still_here"))
    (problem,) = plugins.problems
    assert words in problem.message and list(plugins.channels) == ["still_here"]


def test_words_for_who_does_it_by_hand_name_parameters_that_there_are(load):
    schema = "{'type': 'object', 'additionalProperties': False, 'properties': {'to': {}}, 'x-manual': {'en': 'Ring {too}'}}"
    text = HEAD + f"@hookimpl\ndef register_channels(): return [Plain('a', {{'do': {schema}}})]"
    (problem,) = load(bad=text).problems
    assert "a.do" in problem.message and "{too}" in problem.message and "`to`" in problem.message


def test_what_the_house_is_to_fill_in_is_something_that_it_has(load):
    schema = "{'type': 'object', 'properties': {'to': {}, 'mood': {'x-house': 'weather'}}}"
    text = HEAD + f"@hookimpl\ndef register_channels(): return [Plain('a', {{'do': {schema}}})]"
    (problem,) = load(bad=text).problems
    assert "mood of a.do" in problem.message and "automatic, answers" in problem.message
    assert set(plugin_checks.FILLED_BY_HOUSE) == set(FILLED)


def test_two_plugins_of_one_name_beside_each_other_are_told(load, tmp_path):
    """Whichever came second was passed by without a word."""
    (tmp_path / "pager").mkdir()
    (tmp_path / "pager" / "__init__.py").write_text(named(GOOD, "pong"))
    plugins = load(pager=named(GOOD, "ping"))
    (problem,) = plugins.problems
    assert list(plugins.channels) == ["pong"]
    assert "pager.py is passed by" in problem.message and "another name" in problem.hint


def test_a_form_that_says_not_of_what_it_is_one_is_told(load):
    """A form of journals stood in the hook's page, and nothing ever asked for one."""
    plugins = load(
        one=HEAD + "@hookimpl\ndef register_exporters(): return {'count': lambda cases, write: None}"
    )
    assert plugins.exporters() == {} and 'count.of = "report"' in plugins.problems[-1].message


def test_a_channel_that_keeps_its_table_as_settings_names_none_and_is_taken(load):
    """The line that most authors write: it was taken for the names of its settings, and the channel refused."""
    text = (
        HEAD
        + "@hookimpl\ndef register_channels(settings):\n    one = Plain('a')\n    one.settings = settings.get('a', {})\n    return [one]"
    )
    plugins = load(one=text)
    assert plugins.problems == [] and plugins.channels["a"].settings is None


def test_a_property_that_wants_settings_which_are_not_there_yet_is_no_fault(load):
    line = "    fetch_every = property(lambda self: 1 / 0)\n"
    plugins = load(late=HEAD + line + "@hookimpl\ndef register_channels(): return [Plain('a')]\n")
    assert plugins.problems == [] and list(plugins.channels) == ["a"]


def test_a_hook_that_returns_nothing_is_told(load):
    plugins = load(one=HEAD + "@hookimpl\ndef register_functions(): {'f': len}")
    assert plugins.functions().keys() == load_plugins(shipped=False).functions().keys()
    assert "a return is missing" in plugins.problems[-1].message


@pytest.mark.parametrize(
    ("hook", "given", "called"),
    [
        ("register_evidence_checks", "lambda offered, data: None", "f(offered, data, now, context)"),
        ("register_calendars", "lambda: {}", "f(year)"),
        ("register_assignment_rules", "lambda candidates: None", "f(candidates, context)"),
        ("register_pages", "lambda: ''", "f(request)"),
    ],
)
def test_a_function_that_cannot_be_called_as_its_hook_does_is_told_before_it_is_needed(
    load, hook, given, called
):
    plugins = load(one=HEAD + f"@hookimpl\ndef {hook}(): return {{'f': {given}}}")
    assert all("f" not in names for each in plugins.listing() for names in each["brings"].values())
    assert f"cannot be called as {called}" in plugins.problems[-1].message


def test_the_listing_asks_every_hook_and_says_who_brings_what(load):
    """`procflow plugins` listed hooks, and found nothing wrong with what they answer."""
    bad = HEAD + "@hookimpl\ndef register_functions(): return [len]"
    good = HEAD + "@hookimpl\ndef register_functions(): return {'shorter': len}"
    plugins = load(bad=bad, good=good)
    brought = {each["name"]: each["brings"] for each in plugins.listing()}
    assert brought["good"] == {"functions": ["shorter"]} and brought["bad"] == {}
    assert "not names" in plugins.problems[-1].message


def test_a_channel_that_two_plugins_register_stays_with_the_first_and_both_are_named(load):
    plugins = load(aaa=named(GOOD, "same"), bbb=named(GOOD, "same"))
    (problem,) = plugins.problems
    assert problem.facts["plugin"] == "bbb" and "aaa" in problem.message and "same" in problem.message
    assert plugins.channels["same"].plugin == "aaa"


def test_names_of_functions_are_gathered_and_a_taken_one_is_refused(load):
    text = HEAD + "@hookimpl\ndef register_functions(): return {'double': lambda x: x * FACTOR}"
    plugins = load(
        one=text.replace("FACTOR", "2"),
        two=text.replace("FACTOR", "3"),
        wrong=HEAD + "@hookimpl\ndef register_functions(): return {'Bad Name': print}",
        raising=HEAD + "@hookimpl\ndef register_functions(): raise OSError('no')",
        listed=HEAD + "@hookimpl\ndef register_functions(): return ['double']",
    )
    assert plugins.problems == []  # they are asked when their answers are wanted
    assert plugins.functions()["double"](4) == 8
    assert {p.facts["plugin"] for p in plugins.problems} == {"two", "wrong", "raising", "listed"}
    count = len(plugins.problems)
    plugins.functions()
    assert len(plugins.problems) == count


def test_evidence_checks_of_procflow_come_through_its_own_hook(load):
    assert sorted(load().evidence_checks()) == ["mail", "messenger", "sms"]


@pytest.mark.parametrize(
    ("hook", "asked"),
    [
        ("register_calendars", "calendars"),
        ("register_assignment_rules", "assignment_rules"),
        ("register_stores", "stores"),
        ("register_pages", "pages"),
    ],
)
def test_every_other_hook_gives_names_with_functions(load, hook, asked):
    plugins = load(one=HEAD + f"@hookimpl\ndef {hook}(): return {{'mine': lambda one, other=None: len(one)}}")
    assert getattr(plugins, asked)()["mine"]("four") == 4
    assert plugins.problems == []


def test_commands_are_gathered_by_their_names(load):
    text = HEAD + "import click\n@hookimpl\ndef register_commands(): return [click.Command('greet')]"
    plugins = load(one=text, two=text, three=HEAD + "@hookimpl\ndef register_commands(): return [1]")
    assert plugins.commands()["greet"].name == "greet"
    assert sorted(p.facts["plugin"] for p in plugins.problems) == ["three", "two"]


def test_observers_are_told_of_a_step_and_one_that_raises_hurts_nobody(load):
    plugins = load(
        raising=HEAD + "@hookimpl\ndef case_stepped(case_id): raise ValueError(case_id)",
        watching=HEAD
        + "seen = []\n@hookimpl\ndef case_stepped(number, command): seen.append((number, command))",
    )
    plugins.case_stepped("ab" * 16, 42, 3, "choice")
    assert plugins.loaded["watching"].plugin.seen == [(42, "choice")]
    assert [p.facts["plugin"] for p in plugins.problems] == ["raising"]


def distribution(folder: Path, name: str, module: str, text: str, points: str = "") -> None:
    package = folder / "src" / module
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(text)
    (package / "helper.py").write_text("WORD = 'helped'\n")
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1.2"\n[project.entry-points.procflow]\n{points or f"x = {module!r}"}\n'
    )


def test_a_distribution_folder_loads_without_being_installed(tmp_path):
    text = named(GOOD, "parcel") + f"\nfrom dist_{os.getpid()}_a import helper\nfrom .helper import WORD\n"
    distribution(tmp_path / "procflow-parcel", "procflow-parcel", f"dist_{os.getpid()}_a", text)
    for folder in (tmp_path, tmp_path / "procflow-parcel"):  # the folder of plugins, or the plugin itself
        plugins = load_plugins([folder], shipped=False)
        assert plugins.problems == []
        found = plugins.channels["parcel"]
        assert (found.plugin, found.version) == ("procflow-parcel", "1.2")


def test_the_same_plugin_found_twice_is_loaded_once(tmp_path):
    distribution(tmp_path / "a" / "one", "procflow-twice", f"dist_{os.getpid()}_b", named(GOOD, "twice"))
    distribution(tmp_path / "b" / "one", "Procflow_Twice", f"dist_{os.getpid()}_c", named(GOOD, "twice"))
    plugins = load_plugins([tmp_path / "a", tmp_path / "b"], shipped=False)
    assert plugins.problems == []
    assert plugins.channels["twice"].where == str(tmp_path / "a" / "one")


def test_a_folder_with_a_pyproject_that_is_no_plugin_is_named(tmp_path):
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "pyproject.toml").write_text('[project]\nname = "thing"\n')
    (problem,) = load_plugins([tmp_path], shipped=False).problems
    assert problem.facts["plugin"] == "thing" and "entry-points" in problem.hint


@pytest.mark.parametrize(
    ("manifest", "said", "helps"),
    [
        ("broken = [", "pyproject.toml cannot be read: ", "TOML"),
        ('project = "x"', "is no plugin", "entry-points"),
        ('[project]\nname = "x"\nentry-points = ["a"]', "is no plugin", "entry-points"),
        ('[project.entry-points]\nprocflow = "module"', "is no plugin", "entry-points"),
        ("[project.entry-points.procflow]\nx = 3", "the entry point x names 3, which is no module", "entry-points"),
        ('[project.entry-points.procflow]\nx = "a b"', "the entry point x names 'a b', which", "entry-points"),
        ('[project.entry-points.procflow]\nx = ""', "the entry point x names '', which", "entry-points"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_wrong_is_told_and_costs_nobody_else_anything(tmp_path, manifest, said, helps):
    """It ended every command of the workspace with a traceback."""
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "pyproject.toml").write_text(manifest + "\n")
    (tmp_path / "well.py").write_text(named(GOOD, "well"))
    plugins = load_plugins([tmp_path], shipped=False)
    (problem,) = plugins.problems
    assert said in problem.message and str(tmp_path / "thing") in problem.message and helps in problem.hint
    assert list(plugins.channels) == ["well"]


@pytest.mark.parametrize("point", ["x = 'nowhere_{own}'", "x = '{own}.nowhere'", "x = '{own}:Nowhere'"])
def test_an_entry_point_that_leads_nowhere_is_told_as_that(tmp_path, point):
    """Not as something that has to be installed."""
    own = f"dist_{os.getpid()}_{tmp_path.name[-1]}_points"
    distribution(tmp_path / "a", "procflow-a", own, named(GOOD, "parcel"), point.format(own=own))
    (problem,) = load_plugins([tmp_path], shipped=False).problems
    assert "entry point" in problem.hint and "install what" not in problem.hint


def test_a_folder_that_is_not_there_and_files_that_are_no_plugins_are_passed_by(tmp_path):
    (tmp_path / "_private.py").write_text("raise RuntimeError")
    (tmp_path / "conftest.py").write_text("raise RuntimeError")
    (tmp_path / "test_x.py").write_text("raise RuntimeError")
    (tmp_path / "notes.txt").write_text("x")
    plugins = load_plugins([tmp_path, tmp_path / "nowhere"], shipped=False)
    assert plugins.problems == [] and plugins.channels == {}


def test_an_entry_point_of_an_installed_distribution_is_found_only_when_asked(tmp_path):
    site = tmp_path / "site"
    info = site / "procflow_far-3.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: procflow-far\nVersion: 3.0\n")
    (info / "entry_points.txt").write_text("[procflow]\nfar = procflow_far_module\n")
    (site / "procflow_far_module.py").write_text(named(GOOD, "far"))
    script = (
        "from procflow.plugins import load_plugins\n"
        "assert 'far' not in load_plugins(shipped=False).channels\n"
        "found = load_plugins(shipped=False, installed=True).channels['far']\n"
        "print(found.plugin, found.version, found.source.kind)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout == "procflow-far 3.0 installed\n", done.stderr


def test_what_is_installed_and_taken_away_while_the_process_runs_is_noticed(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    os.utime(site, ns=(1, 1))  # long ago
    monkeypatch.syspath_prepend(str(site))
    assert "procflow-near" not in [source.name for source in installed_ones()]
    info = site / "procflow_near-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: procflow-near\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[procflow]\nnear = procflow_near_module\n")
    assert "procflow-near" in [source.name for source in installed_ones()]  # it has only just changed
    os.utime(site, ns=(2, 2))
    found = {source.name: source for source in installed_ones()}
    assert (found["procflow-near"].module, found["procflow-near"].version) == ("procflow_near_module", "1.0")
    shutil.rmtree(info)
    os.utime(site, ns=(3, 3))
    assert "procflow-near" not in [source.name for source in installed_ones()]


def test_the_shipped_channels_load_and_say_how_they_were_verified():
    plugins = load_plugins()
    assert plugins.problems == []
    assert {
        "crm.upload", "mail.send", "relatel.message", "relatel.transfer", "sms.send", "vehicle_register.lookup",
    } <= set(plugins.operations())  # fmt: skip
    assert "vehicle_register.lookup" in plugins.results()
    by_name = {each["name"]: each for each in plugins.listing()}
    assert by_name["procflow-mail"]["channels"][0]["operations"] == ["send"]
    assert by_name["procflow-relatel"]["channels"][0]["modes"] == ["manual", "file", "off"]
    said = {c["name"]: c["verified"] for each in by_name.values() for c in each["channels"]}
    assert {said[name] for name in ("mail", "sms", "crm", "relatel", "vehicle_register")} == {"stand-in"}


def test_each_application_has_its_own_plugins(load, tmp_path):
    with_one = load(one=named(GOOD, "mine"))
    assert "mine" in with_one.channels
    assert "mine" not in load_plugins(shipped=False).channels


def test_a_plugin_that_is_an_object_can_be_registered():
    class Watch:
        @hookspecs.hookimpl
        def case_stepped(self, sequence):
            self.seen = sequence

    plugins, watch = Plugins({}), Watch()
    plugins.register(PluginSource("watch", "file", "here", "x"), watch)
    plugins.case_stepped("ab" * 16, 1, 9, "open")
    assert watch.seen == 9 and plugins.problems == []


def test_tracing_prints_each_call_and_no_secret(load, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PROCFLOW_TRACE_HOOKS", "1")
    load({"mail": {"password": "hidden"}}, one=named(GOOD, "mine"))
    said = capsys.readouterr().err
    assert "hook register_channels(settings=<mail>) -> one" in said
    assert "hidden" not in said


def test_a_plugin_s_store_that_is_none_is_told_and_no_traceback(tmp_path):
    from procflow.app import App

    (tmp_path / "plugins").mkdir()
    text = HEAD + "@hookimpl\ndef register_stores(): return {'blackboard': lambda address, world: None}"
    (tmp_path / "plugins" / "board.py").write_text(text)
    (tmp_path / "procflow.toml").write_text('store = "blackboard:x"\n')
    with App(str(tmp_path)) as app, pytest.raises(PluginError, match="gave NoneType, not a store"):
        _ = app.store
