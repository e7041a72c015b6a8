"""Each hook in use: the example of its page, in one real workspace, does what the page says.

A hook without a test here that begins with its name fails the build, as one without a page or an example does
(`tests/docs/test_hooks_page.py`).
"""

import re
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from ready import PROCFLOW

from procflow.app import App
from procflow.builtin.world import FrozenWorld, RealWorld
from procflow.hookspecs import HOOKS

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^## `(\w+)\([^\n]*\n.*?```python\n(.*?)```", PAGE, re.M | re.S))
ORGANISATION = """organisation: hooks
timezone: Europe/Copenhagen
languages: [en]
calendar: {country: warehouse, open: {mon-fri: "09:00-17:00"}}
roles: {agent: {en: Agent}, lead: {en: Lead}}
people:
  bob: {name: Bob Test, roles: [agent]}
  ann: {name: Ann Test, roles: [agent]}
  liz: {name: Liz Test, roles: [lead]}
"""
PROCEDURE = """procedure: sale
title: {en: A sale}
owner: lead
starts: [{by: agent, ask: [price]}]
data: {price: {type: number}, whole: {type: number}, proof: {type: evidence}}
initial: offered
states:
  offered:
    task: {role: agent, take: first_by_name}
    choices:
      add: {set: {whole: "${with_vat(price)}"}}
      file: {ask: {form: {type: file}}, set: {proof: "${evidence('signed_form', input.form)}"}}
      call: {do: [{pager.ring: {to: "4711"}}]}
      end: {to: sold}
  sold: {final: true, outcome: sold}
"""


class World(FrozenWorld):
    def read_file(self, path):
        return RealWorld().read_file(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace in whose `plugins/` the examples of the page lie, each a plugin in one file."""
    place = tmp_path_factory.mktemp("hooks")
    (place / "plugins").mkdir()
    for name, code in EXAMPLES.items():
        (place / "plugins" / f"{name}_example.py").write_text(code, encoding="utf-8")
    (place / "procflow.toml").write_text('store = "blackboard:here"\n[channels.pager]\nmode = "real"\n')
    (place / "procedures" / "sale").mkdir(parents=True)
    (place / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (place / "procedures" / "sale" / "procedure.yaml").write_text(PROCEDURE)
    (place / "form.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    return place


@pytest.fixture(scope="module")
def app(folder):
    """The workspace, opened; every example loads."""
    with App(str(folder), world=World(datetime(2026, 1, 2, 9, tzinfo=UTC))) as made:
        assert made.plugins.problems == []
        assert [problem.as_text() for problem in made.check().problems if problem.is_error] == []
        yield made
        assert made.plugins.problems == []


@pytest.fixture(scope="module")
def case(app):
    answer = app.open("sale", "bob", {"price": Decimal(100)})
    assert answer.refusal is None
    return answer.number


def done(app, case, choice, **given):
    answer = app.do(case, choice, "ann", given)
    assert answer.refusal is None, answer.refusal.words("en")
    return answer


def test_register_channels_carries_an_effect_out(app, case):
    done(app, case, "call")
    app.host().until_idle()
    rows = app.store.effects(app.engine.load(case).row.id)
    assert [(row.channel, row.operation, row.state) for row in rows] == [("pager", "ring", "done")]


def test_register_functions_reckons_in_a_step(app, case):
    done(app, case, "add")
    assert app.engine.load(case).plain.data["whole"] == Decimal("125")


def test_register_evidence_checks_judges_what_a_channel_of_its_own_brings(app, case, folder):
    done(app, case, "file", form=str(folder / "form.pdf"))
    proof = app.engine.load(case).plain.data["proof"]
    assert (proof["accepted"], proof["verdict"], proof["channel"]) == (False, "second_check", "signed_form")


def test_register_calendars_closes_the_days_that_it_names(app):
    calendar = app.engine.surroundings().organisation.calendar
    assert not calendar.is_open_day(datetime(2026, 1, 2).date())
    assert calendar.is_open_day(datetime(2026, 12, 25).date())  # it knows of no Christmas


def test_register_assignment_rules_chooses_who_gets_the_task(app, case):
    (task,) = [row for row in app.store.tasks_of(app.engine.load(case).row.id) if row.kind == "work"]
    assert task.people == ("ann",)


def test_register_stores_keeps_the_cases(app, case):
    assert type(app.store).__name__ == "MemoryStore" and app.store.load(case) is not None


def test_register_exporters_writes_a_report_in_a_form_of_its_own(app, case):
    parts = []
    app.form("markdown")(app.report("cases", None, None, "liz"), parts.append, "en")
    assert b"".join(parts).startswith(b"| ")


def test_register_pages_gives_the_text_of_a_page(app):
    from procflow.desk.plugin_pages import PageRequest

    request = PageRequest("hello", "ann", "en", app, {"name": "<script>"})
    assert app.plugins.pages()["hello"](request) == "<p>Hello &lt;script&gt;</p>"


def test_case_stepped_sees_the_steps_of_the_process(app, case):
    seen = app.plugins.loaded["case_stepped_example"].plugin.seen
    before = len(seen)
    done(app, case, "add")
    assert seen[before:] == [(case, "choice")]


def test_register_commands_adds_to_the_command_line_and_never_takes_a_name_of_ours(folder):

    def run(*args):
        return subprocess.run([str(PROCFLOW), *args], cwd=folder, capture_output=True, text=True, timeout=60)

    greeted = run("greet")
    assert (greeted.returncode, greeted.stdout) == (0, "hello\n"), greeted.stderr
    unknown = run("greeet")
    assert unknown.returncode == 2 and "No such command" in unknown.stderr
    listed = run("plugins")
    assert listed.returncode == 0 and "commands of plugins: greet" in listed.stdout, listed.stdout
    (folder / "plugins" / "taking.py").write_text(
        EXAMPLES["register_commands"].replace("def greet", "def inbox").replace("[greet]", "[inbox]")
    )
    try:
        listed = run("plugins")
        assert listed.returncode == 1 and "a command inbox, which is procflow's own" in listed.stdout
        assert "hello" not in run("inbox", "--all", "--as", "ann").stdout
    finally:
        (folder / "plugins" / "taking.py").unlink()


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_page_an_example_and_a_test_here(hook):
    assert hook in EXAMPLES, f"docs/reference/hooks.md has no example of {hook}"
    assert any(name.startswith(f"test_{hook}_") for name in globals()), (
        f"no test here begins with test_{hook}_"
    )
