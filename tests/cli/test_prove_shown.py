"""`procflow prove` runs the way on which a promise may be broken, tells it as a story and writes it as a scenario."""

import json
import subprocess
from pathlib import Path

import pytest
from corpus import KINDS, PROMISES
from ready import started

from procflow.cli.prove_words import said
from procflow.rehearsal.bench import ORGANISATION

FAULTY = """
procedure: change
title: {da: Ændring, en: A change}
owner: lead
subject: kn
starts: [{by: agent, ask: [kn]}]
correlate: [kn, phone]
data:
  kn: {type: string, pattern: "^[0-9]{4,10}$"}
  phone: {type: phone, pii: true}
  proof: {type: evidence}
initial: wish
states:
  wish: {task: {role: agent}, choices: {register: {ask: [phone], to: waiting}}}
  waiting:
    task: {role: agent}
    events: {message: [{when: 'proof_of(message).accepted', set: {proof: "${proof_of(message)}"}, to: proved}]}
    choices: {hurry: {label: {da: Gør det straks, en: Do it at once}, to: HURRY}, stop: {to: stopped}}
  proved: {task: {role: agent}, choices: {execute: {to: done}}}
  stopped: {final: true, outcome: stopped}
  done: {final: true, outcome: done}
promises:
  written: {says: {da: Aldrig uden skrift., en: Never without writing.}, never: 'state("done") && !proof.accepted'}
"""


@pytest.fixture
def workspace(tmp_path: Path):
    """Makes a workspace in which the choice `hurry` leads to a state; -> runs procflow in it."""

    def make(hurry: str):
        place = tmp_path / "procedures" / "change"
        place.mkdir(parents=True)
        (place / "procedure.yaml").write_text(FAULTY.replace("HURRY", hurry), "utf-8")
        (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION, "utf-8")
        (tmp_path / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n', "utf-8")

        def run(*args: str) -> subprocess.CompletedProcess[str]:
            return started(args, tmp_path)

        return run

    return make


def test_a_broken_promise_is_told_as_a_story_and_written_as_a_scenario_that_runs(workspace, tmp_path):
    run = workspace("done")
    written = "procedures/change/scenarios.yaml"
    proved = run("prove", "--write-scenario", written)
    assert proved.returncode == 1, proved.stdout + proved.stderr
    assert "BROKEN" in proved.stdout
    assert "Monday 11 May 2026" in proved.stdout
    assert "Ann Test wants to take “Do it at once”, and procflow has to refuse it" in proved.stdout
    assert "Never without writing." in proved.stdout
    assert f"written: {written}" in proved.stdout
    rehearsed = run("test")
    assert rehearsed.returncode == 0, rehearsed.stdout
    assert "1 passed" in rehearsed.stdout
    assert "because: Never without writing." in (tmp_path / written).read_text("utf-8")


def test_a_search_that_was_cut_short_says_that_more_tries_may_find_the_way(workspace):
    """It was told as if nothing led there, and what the owner could do about it was not."""
    run = workspace("done")
    cut = run("prove", "--tries", "1")
    assert "not decided" in cut.stdout and "give more --tries" in cut.stdout
    (procedure,) = json.loads(run("prove", "--tries", "1", "--json").stdout)["result"]["procedures"]
    assert [promise["cut_short"] for promise in procedure["promises"]] == [True]
    assert "BROKEN" in run("prove").stdout


def test_the_way_that_is_told_is_the_one_of_the_story(workspace, tmp_path):
    """What the prover suspected first may be another way, or none that anybody can go."""
    run = workspace("done")
    path = tmp_path / "procedures" / "change" / "procedure.yaml"
    text = path.read_text("utf-8").replace(
        "starts: [{by: agent, ask: [kn]}]", "starts: [{by: agent, ask: [kn]}, {event: told}]"
    )
    text = text.replace("  proof: {type", "  sum: {type: integer}\n  proof: {type")
    text = text.replace("ask: [phone], to", "ask: [phone, sum], to")
    path.write_text(
        text[: text.index("promises:")] + "promises: {small: {never: 'sum != null && sum > 5'}}\n", "utf-8"
    )
    told = run("prove").stdout
    assert "BROKEN" in told and "wants to take “register” with phone" in told, told
    assert "the way:" not in told.replace("the way: opened\n", ""), told


def test_the_story_is_told_in_danish_where_the_reader_is_danish(workspace):
    proved = workspace("done")("prove", "--lang", "da")
    assert "Ann Test vil tage “Gør det straks”, og procflow må afvise det" in proved.stdout
    assert "Aldrig uden skrift." in proved.stdout


def test_json_has_the_scenario_and_the_story(workspace):
    (promise,) = json.loads(workspace("done")("prove", "--json").stdout)["result"]["procedures"][0][
        "promises"
    ]
    assert promise["verdict"] == "broken"
    assert promise["reason"] == "shown"
    assert promise["scenario"].startswith("scenarios: change\n")
    assert any("Never without writing." in line for line in promise["story"])


def test_no_way_is_run_where_none_may_be_tried(workspace, tmp_path):
    proved = workspace("done")("prove", "--tries", "0", "--write-scenario", "broken.yaml")
    assert "not decided" in proved.stdout
    assert "no promise was broken in the engine" in proved.stdout
    assert not (tmp_path / "broken.yaml").exists()


def test_a_sound_procedure_is_proved_and_nothing_is_written(workspace, tmp_path):
    proved = workspace("stopped")("prove", "--write-scenario", "broken.yaml")
    assert proved.returncode == 0, proved.stdout
    assert "proved" in proved.stdout
    assert not (tmp_path / "broken.yaml").exists()


def test_of_a_choice_that_can_be_taken_the_one_alternative_that_never_is_is_told(workspace, tmp_path):
    run = workspace("stopped")
    path = tmp_path / "procedures" / "change" / "procedure.yaml"
    text = path.read_text("utf-8")
    alternatives = "stop: {then: [{when: phone != null, to: stopped}, {to: done}]}"
    path.write_text(text.replace("stop: {to: stopped}", alternatives), "utf-8")
    told = run("prove").stdout
    assert "this alternative of stop is never taken" in told, told
    assert "dette alternativ af stop tages aldrig" in run("prove", "--anew", "--lang", "da").stdout
    path.write_text(text.replace("stop: {to: stopped}", "stop: {when: phone == null, to: stopped}"), "utf-8")
    assert "the choice stop can never be taken" in run("prove").stdout


def test_where_a_document_does_not_check_it_says_that_nothing_was_proved(workspace):
    done = workspace("nowhere")("prove")
    assert done.returncode == 1
    assert "PF240" in done.stderr and "nowhere" in done.stderr
    assert "nothing was proved: mend what `procflow check` finds first" in done.stdout
    assert "0 proved" not in done.stdout


def test_cases_side_by_side_are_looked_at_where_that_is_asked(workspace, tmp_path):
    run = workspace("stopped")
    place = tmp_path / "procedures" / "approach"
    place.mkdir()
    (place / "procedure.yaml").write_text(
        """
procedure: approach
title: Approaching a customer
owner: lead
subject: kn
starts: [{by: agent, ask: [kn]}]
data: {kn: {type: string, pattern: "^[0-9]{4}$"}, active: {type: boolean, default: false}}
initial: planned
states:
  planned: {task: {role: agent}, choices: {begin: {set: {active: true}, to: approaching}}}
  approaching: {task: {role: agent}, choices: {end: {to: ended}}}
  ended: {final: true}
promises: {inv_42: {says: One at a time., before: 'state("ended")', must: 'choice("begin")'}}
""",
        "utf-8",
    )
    assert run("prove", "--tries", "100").returncode == 0
    proved = run("prove", "--tries", "100", "--together")
    assert proved.returncode == 1, proved.stdout
    assert "✗ between cases, OneApproacher (approach): BROKEN" in proved.stdout
    (law,) = json.loads(run("prove", "--tries", "100", "--together", "--json").stdout)["result"]["together"]
    assert (law["law"], law["broken"]) == ("OneApproacher", True)
    (place / "scenarios.yaml").write_text(law["scenario"], "utf-8")
    assert run("test").returncode == 0


def test_without_an_organisation_nothing_is_run_and_nothing_falls_over(workspace, tmp_path):
    run = workspace("done")
    (tmp_path / "procedures" / "organisation.yaml").unlink()
    proved = run("prove")
    assert "Traceback" not in proved.stdout + proved.stderr
    assert proved.returncode in (0, 1)
    together = run("prove", "--together")
    assert "Traceback" not in together.stdout + together.stderr


def test_the_way_to_something_found_unasked_is_gone_in_the_engine_and_told(workspace, tmp_path):
    """From `stuck` no choice leads on, so no end can be reached any more."""
    run = workspace("stuck")
    place = tmp_path / "procedures" / "change"
    stuck = "  stuck: {task: {role: agent}, choices: {go_on: {when: WHEN, to: stopped}}}\n"
    stuck = stuck.replace("WHEN", '\'kn == "1234" && kn == "5678"\'')
    text = FAULTY.replace("HURRY", "stuck").replace("  proved: {task", f"{stuck}  proved: {{task")
    (place / "procedure.yaml").write_text(text, "utf-8")
    told = run("prove")
    assert "from the state stuck no end can be reached" in told.stdout
    assert "Monday 11 May 2026" in told.stdout
    assert "led from waiting to stuck" in told.stdout
    scenarios = place / "scenarios.yaml"
    answer = json.loads(run("prove", "--json", "--write-scenario", str(scenarios)).stdout)["result"]
    (proof,) = answer["procedures"]
    found = next(each for each in proof["findings"] if each["kind"] == "cannot_end")
    assert found["story"][0] == "Monday 11 May 2026"
    assert answer["written"] == [str(scenarios)]
    assert scenarios.read_text("utf-8") == found["scenario"]
    rehearsed = run("test")
    assert rehearsed.returncode == 0, rehearsed.stdout
    assert "1 passed" in rehearsed.stdout


def test_alternatives_that_can_both_hold_are_a_warning_in_words(workspace, tmp_path):
    run = workspace("stopped")
    document = tmp_path / "procedures" / "change" / "procedure.yaml"
    yes_and_no = """    events:
      message:
        - {when: 'message.text.contains("yes")', to: proved}
        - {when: 'message.text.contains("no")', to: stopped}
"""
    taken = "    events: {message: [{when: 'proof_of(message).accepted', set: {proof: \"${proof_of(message)}\"}, to: proved}]}\n"
    assert taken in FAULTY
    document.write_text(FAULTY.replace(taken, yes_and_no).replace("HURRY", "stopped"), "utf-8")
    found = run("prove")
    assert found.returncode == 1 and "(warning)" in found.stdout and "Traceback" not in found.stderr
    document.write_text(document.read_text("utf-8").partition("promises:")[0], "utf-8")
    found = run("prove")
    assert found.returncode == 0 and "procedure.yaml:20:" in found.stdout, found.stdout + found.stderr
    assert "an earlier alternative of message can hold" in found.stdout
    assert run("prove", "--strict").returncode == 1
    (told,) = json.loads(run("prove", "--json").stdout)["result"]["procedures"][0]["findings"]
    assert (told["kind"], told["severity"]) == ("overlap", "warning")


@pytest.mark.parametrize("language", ["da", "en"])
def test_everything_that_can_be_found_has_words(language):
    kinds = {kind for kind in KINDS if kind not in PROMISES and not kind.startswith("table_")} - {
        "dead",
        "hang",
    }
    kinds |= {"lost_message_message", "hang_nobody", "hang_four_eyes", "hang_away"}
    for kind in kinds | {f"dead_{what}" for what in ("state", "choice", "event", "after", "always")}:
        assert "{" not in said(language, kind, what="it")


def test_of_a_procedure_that_does_not_check_nothing_is_proved_and_it_is_not_said_not_to_be_there(workspace):
    run = workspace("nowhere}, odd: {too: done")
    proved = run("prove", "change")
    assert proved.returncode == 1 and "procedures/change/procedure.yaml does not check" in proved.stderr
    assert run("prove", "chang").returncode == 6


ROUND = """
procedure: change
title: {da: Ændring, en: A change}
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked:
    invoke: {procedure: helper}
    events: {done: {to: done}, failed: {to: asked}}
    choices: {stop: {by: agent, to: stopped}}
  stopped: {final: true, outcome: stopped}
  done: {final: true, outcome: done}
promises:
  told_first: {before: 'state("done")', must: 'choice("stop")'}
"""
NEVER_OPENED = """
procedure: helper
title: {da: Hjælp, en: Help}
owner: lead
initial: open
states:
  open: {task: {role: agent}, choices: {finish: {to: finished}}}
  finished: {final: true, outcome: finished}
promises:
  never: {never: 'state("open")'}
"""


def test_a_round_that_was_gone_instead_is_told_once(workspace, tmp_path):
    """Each time round stood in the reason: some hundred times the same transition."""
    run = workspace("done")
    procedures = tmp_path / "procedures"
    (procedures / "change" / "procedure.yaml").write_text(ROUND, "utf-8")
    (procedures / "helper").mkdir()
    (procedures / "helper" / "procedure.yaml").write_text(NEVER_OPENED, "utf-8")
    told = run("prove", "procedures/change").stdout
    assert told.count("it went another way: asked~failed#1") == 1, told
    assert told.count("asked~failed#1") < 5, told
