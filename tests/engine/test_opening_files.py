"""A file that is given when a case is opened is sealed under that case's own key, whoever else opens one meanwhile."""

from pathlib import Path

import pytest

from procflow.app import App
from procflow.hosts.contract import ORGANISATION

PROCEDURE = """procedure: shots
title: {en: Shots, da: Billeder}
owner: lead
starts: [{by: agent, ask: [{note: {type: string}}], optional: [shot]}]
data: {shot: {type: file}}
initial: s
states: {s: {task: {role: agent}, choices: {look: {when: 'shot.size > 3', to: t}, end: {to: t}}}, t: {final: true}}
"""


@pytest.fixture
def app(tmp_path: Path):
    (tmp_path / "procedures" / "shots").mkdir(parents=True)
    (tmp_path / "procflow.toml").write_text('store = "sqlite:cases.db"\n')
    (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (tmp_path / "procedures" / "shots" / "procedure.yaml").write_text(PROCEDURE)
    (tmp_path / "shot.txt").write_bytes(b"a shot")
    with App(str(tmp_path)) as app:
        yield app


def test_a_file_given_at_the_opening_has_the_cases_key(app):
    app.open("shots", "ann", {"note": "first"})
    answer = app.open("shots", "ann", {"note": "second", "shot": app.path("shot.txt")})
    loaded = app.engine.load(answer.case_id)
    shot = loaded.plain.data["shot"]
    assert shot["slot"] == loaded.row.key_slot
    assert app.evidence.get(shot["hash"], key_slot=loaded.row.key_slot) == b"a shot"
    assert app.do(answer.number, "look", "ann", {}).accepted


def test_it_is_kept_anew_where_another_case_took_the_key_meanwhile(app):
    app.open("shots", "ann", {"note": "first"})
    put, others = app.evidence.put, []

    class Slow:
        """Evidence that takes its time: meanwhile somebody else opens a case."""

        def put(self, content, *, key_slot, name):
            kept = put(content, key_slot=key_slot, name=name)
            if not others:
                others.append(app.open("shots", "bob", {"note": "other"}))
            return kept

        def __getattr__(self, name):
            return getattr(evidence, name)

    evidence = app.evidence
    app.__dict__["evidence"] = Slow()
    answer = app.open("shots", "ann", {"note": "mine", "shot": app.path("shot.txt")})
    assert others and answer.accepted and answer.number == 3
    loaded = app.engine.load(answer.case_id)
    assert loaded.plain.data["shot"]["slot"] == loaded.row.key_slot == 3
