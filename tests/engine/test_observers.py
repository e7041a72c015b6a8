"""Observers among the plugins hear of the steps that a host takes."""

from pathlib import Path

from procflow.app import App
from procflow.shipped import make_workspace

PLUGIN = '''
"""Writes down each step."""

from procflow.hookspecs import hookimpl


@hookimpl
def case_stepped(case_id, number, sequence, command):
    with open({path!r}, "a") as heard:
        heard.write(f"{{number}} {{sequence}} {{command}}\\n")
'''


def test_a_plugin_hears_of_each_step_once_it_is_loaded(tmp_path: Path) -> None:
    make_workspace(str(tmp_path / "desk"))
    plugins = tmp_path / "observers"
    plugins.mkdir()
    heard = tmp_path / "heard.txt"
    (plugins / "observer.py").write_text(PLUGIN.format(path=str(heard)), encoding="utf-8")
    with App(str(tmp_path / "desk"), plugins_dirs=(str(plugins),)) as app:
        app.host()
        assert app.open("policy_change", "agent_1", {}).accepted
        answer = app.do(1, "not_wanted", "agent_1", {})
        assert answer.accepted
    assert heard.read_text(encoding="utf-8").splitlines() == ["1 1 open", "1 2 choice"]
