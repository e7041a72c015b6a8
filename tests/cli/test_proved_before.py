"""What was proved before and is unchanged is not proved again, and is said so; whatever it hangs on makes it new."""

import json
import subprocess
from pathlib import Path

import pytest
from ready import started

from procflow.app import App
from procflow.proof.proving import prove_all
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.proved_before import ProvedBefore

CALL = """
procedure: call
title: {da: Et opkald, en: A call}
owner: lead
starts: [{by: agent, ask: [kn]}]
data: {kn: {type: string, pattern: "^[0-9]{4,10}$"}, urgent: {type: boolean, default: false}}
initial: asked
states:
  asked: {task: {role: agent}, choices: {call: {to: called}, write: {do: [{start: {procedure: letter, with: {kn: "${kn}"}}}], to: over}}}
  called: {final: true}
  over: {final: true}
promises: {one_call: {says: {da: Ét opkald., en: One call.}, at_most: {times: 1, of: 'choice("call")'}}}
"""
LETTER = """
procedure: letter
title: {da: Et brev, en: A letter}
owner: lead
data: {kn: {type: string, pattern: "^[0-9]{4,10}$"}}
initial: written
states: {written: {task: {role: agent}, choices: {sent: {to: over}}}, over: {final: true}}
promises: {one_letter: {says: {da: Ét brev., en: One letter.}, at_most: {times: 1, of: 'choice("sent")'}}}
"""
ALONE = LETTER.replace("letter", "alone").replace("Et brev", "En ting").replace("A letter", "A thing")


@pytest.fixture
def prove(tmp_path: Path):
    """A workspace of three procedures, of which one opens another; -> proves it: the answer, and who was proved before."""
    folder = tmp_path / "procedures"
    for name, text in (("call", CALL), ("letter", LETTER), ("alone", ALONE)):
        (folder / name).mkdir(parents=True)
        (folder / name / "procedure.yaml").write_text(text, "utf-8")
    (folder / "organisation.yaml").write_text(ORGANISATION, "utf-8")
    (tmp_path / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n', "utf-8")

    def run(*args: str) -> tuple[subprocess.CompletedProcess[str], set[str]]:
        done = started(("prove", "--json", *args), tmp_path)
        answer = json.loads(done.stdout)["result"]
        assert {p["verdict"] for each in answer["procedures"] for p in each["promises"]} <= {
            "proved",
            "broken",
        }
        before = {each["procedure"] for each in answer["procedures"] if each["proved_before"]}
        assert answer["total"]["proved_before"] == len(before)
        return done, before

    return run


def change(tmp_path: Path, name: str, old: str, new: str) -> None:
    path = tmp_path / "procedures" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_only_what_hangs_on_a_change_is_proved_again(prove, tmp_path):
    first, before = prove()
    assert before == set()
    again, before = prove()
    assert before == {"call", "letter", "alone"}
    promises = [each["promises"] for each in json.loads(again.stdout)["result"]["procedures"]]
    assert promises == [each["promises"] for each in json.loads(first.stdout)["result"]["procedures"]]
    (tmp_path / ".procflow" / "proved.json").unlink()
    assert prove("--anew")[1] == set(), "and it is kept"
    assert prove("letter")[1] == {"letter"}

    change(tmp_path, "call/procedure.yaml", "to: called}", "help: {da: Ring., en: Call.}, to: called}")
    assert prove("alone")[1] == {"alone"}, "and nothing is lost of those that are not named"
    assert prove()[1] == {"alone", "letter"}, "the letter is opened as it was"
    assert prove()[1] == {"alone", "letter", "call"}
    change(tmp_path, "call/procedure.yaml", 'with: {kn: "${kn}"}', "with: {}")
    assert prove()[1] == {"alone"}, "the letter is opened by the call"
    change(tmp_path, "letter/procedure.yaml", "sent: {to: over}", "sent: {to: over}, lost: {to: over}")
    assert prove()[1] == {"alone", "call"}
    change(tmp_path, "organisation.yaml", "organisation:", "# another one\norganisation:")
    assert prove()[1] == set()
    (tmp_path / "procflow.toml").write_text('store = "memory:"\nlanguage = "da"\n', "utf-8")
    assert prove()[1] == set()


def test_what_is_kept_of_a_letter_falls_with_the_guard_that_it_leaned_on(prove, tmp_path):
    """That no urgent letter is sent hangs on a guard of the call, which was looked at for it."""
    change(
        tmp_path,
        "call/procedure.yaml",
        'write: {do: [{start: {procedure: letter, with: {kn: "${kn}"}}}]',
        'write: {when: "urgent != true", do: [{start: {procedure: letter, with: {kn: "${kn}", urgent: "${urgent}"}}}]',
    )
    change(tmp_path, "call/procedure.yaml", "ask: [kn]", "ask: [kn, urgent]")
    change(tmp_path, "letter/procedure.yaml", "data: {", "data: {urgent: {type: boolean}, ")
    change(
        tmp_path,
        "letter/procedure.yaml",
        "promises: {",
        "promises: {calm: {says: {da: Ro., en: Calm.}, never: 'choice(\"sent\") && urgent == true'}, ",
    )
    assert prove()[0].returncode == 0
    change(tmp_path, "call/procedure.yaml", "title: {da: Et opkald", "title: {da: Et kald")
    done, before = prove()
    assert (done.returncode, before) == (0, {"alone", "letter"})
    change(tmp_path, "call/procedure.yaml", 'when: "urgent != true", ', "")
    done, before = prove()
    assert (done.returncode, before) == (1, {"alone"})
    found = {each["procedure"]: each["promises"] for each in json.loads(done.stdout)["result"]["procedures"]}
    assert [p["verdict"] for p in found["letter"]] == ["broken", "proved"]


def test_what_is_broken_is_shown_again_and_errors_are_told_again(prove, tmp_path):
    change(
        tmp_path,
        "alone/procedure.yaml",
        "over: {final: true}",
        "over: {task: {role: agent}, choices: {back: {to: written}, end: {to: ended}}}, ended: {final: true}",
    )
    for expected in (set(), {"call", "letter"}, {"call", "letter"}):
        done, before = prove()
        assert done.returncode == 1
        assert before == expected
        found = {
            each["procedure"]: each["promises"] for each in json.loads(done.stdout)["result"]["procedures"]
        }
        assert [p["verdict"] for p in found["alone"]] == ["broken"]
        assert found["alone"][0]["story"]
    change(tmp_path, "alone/procedure.yaml", "owner: lead", "owner: nobody_we_know")
    for _ in range(2):
        done, before = prove()
        assert before == {"call", "letter"}
        assert done.returncode == 1
        assert json.loads(done.stdout)["result"]["diagnostics"]


def test_what_is_kept_may_be_lost_or_spoilt(prove, tmp_path):
    prove()
    kept = tmp_path / ".procflow" / "proved.json"
    good = kept.read_text("utf-8")
    for spoilt in (
        "",
        "[]",
        '{"proofs": 1}',
        good.replace('"promises"', '"promised"'),
        good.replace('"around"', '"beside"'),
        good[:200],
    ):
        kept.write_text(spoilt, "utf-8")
        done, before = prove()
        assert (done.returncode, before) == (0, set())
        assert prove()[1] == {"call", "letter", "alone"}
    kept.unlink()
    assert prove()[1] == set()


def test_a_name_that_is_not_there_is_told_with_the_nearest_one(prove, tmp_path):
    for _ in range(2):
        done = started(("prove", "leter"), tmp_path)
        assert done.returncode == 6
        assert "letter" in done.stderr
        prove()


def test_it_is_said_in_words(prove, tmp_path):
    prove()
    told = started(("prove",), tmp_path).stdout
    assert "letter  proved before, unchanged" in told
    assert "3 procedures proved before and unchanged since; `--anew` proves all again." in told
    assert "state" not in told.splitlines()[-2]


def test_what_is_changed_while_it_is_proved_is_not_taken_for_proved(prove, tmp_path):
    """An editor that proves at every save: the next save comes while the proof of the one before is not at its end."""
    app = App(str(tmp_path))
    before = ProvedBefore(str(tmp_path), app.plugins)
    documents = app.begun().checked()
    proofs = list(prove_all(documents.procedures, documents.organisation, tables=documents.tables))
    change(tmp_path, "alone/procedure.yaml", "owner: lead", "owner: nobody_we_know")
    before.keep(documents, proofs)
    done, known = prove()
    assert (done.returncode, known) == (1, {"call", "letter"})
    assert json.loads(done.stdout)["result"]["diagnostics"]

    change(tmp_path, "alone/procedure.yaml", "owner: nobody_we_know", "owner: lead")
    assert prove()[1] == {"call", "letter"}
    assert prove()[1] == {"call", "letter", "alone"}
