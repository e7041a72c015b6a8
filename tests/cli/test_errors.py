"""Errors at the command line: one or two lines, the right exit code, nothing on standard output."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_outside_of_a_workspace(desk: Any, tmp_path: Path) -> None:
    alone = type(desk)(tmp_path)
    done = alone.run("inbox")
    assert (done.returncode, done.stdout) == (6, "")
    assert "is not inside a workspace" in done.stderr
    assert "procflow init FOLDER" in done.stderr


def test_a_workspace_that_is_named_and_is_none_is_not_the_folder_that_one_is_in(desk: Any) -> None:
    for command in ("check", "test", "prove"):
        done = desk.run(command, env={"PROCFLOW_WORKSPACE": "/nowhere"})
        assert (done.returncode, done.stdout) == (6, "")
        assert "/nowhere is not inside a workspace" in done.stderr
    done = desk.run("check", "--plugins-dir", "nowhere")
    assert done.returncode == 2 and "Directory 'nowhere' does not exist" in done.stderr


def test_a_procedure_whose_file_is_taken_away_opens_no_new_case_and_its_open_ones_go_on(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    file = desk.folder / "procedures" / "errand" / "procedure.yaml"
    (file.parent / "scenarios.yaml").unlink()
    text = file.read_text("utf-8")
    file.unlink()
    assert "errand: its file was taken away, so no new case is opened" in desk.ok("check")
    assert desk.json("check")["withdrawn"] == ["errand"]
    done = desk.run("open", "errand", "--with", "kn=104233")
    assert done.returncode == 6 and "the procedure 'errand' was taken away" in done.stderr
    assert "known: policy_change" in desk.run("open", "nothing_like_it").stderr
    assert "· documents: errand: its file was taken away" in desk.ok("doctor")
    desk.ok("do", "1", "pass_on")
    file.write_text(text, "utf-8")
    desk.ok("open", "errand", "--with", "kn=104233")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("case", "77"), 6, "there is no case 77"),
        (("do", "77", "settle"), 6, "there is no case 77"),
        (("do", "settle", "1"), 6, "a case is called by its number, which stands first"),
        (("case", "#1"), 6, "a case is called by its number alone: 1"),
        (("case", "1,2"), 6, "a case is called by its number, which stands first"),
        (("case", "sag 1"), 6, "a case is called by its number alone: 1"),
        (("do", "1", "setle"), 1, "there is no choice “setle” in errand"),
        (("do", "1", "settle", "--with", "wish"), 2, "has no name=value"),
        (("do", "1", "settle"), 1, "wish: is missing"),
        (("do", "1", "scold"), 1, "is not offered"),
        (("open", "erand"), 6, "did you mean errand?"),
        (("show", "1"), 6, "a case is drawn with --case 1"),
        (("why", "1", "setle"), 6, "did you mean `settle`?"),
        (("assign", "1", "nobody"), 5, "nobody here is called"),
        (("attach", "1", "no-such-file"), 6, "there is no file"),
        (("attach", "1", "@page.txt"), 6, "without the @: page.txt"),
        (("nonsense",), 2, "No such command 'nonsense'."),
        (("serve", "--listen", "nonsense"), 2, "'nonsense' is no HOST:PORT"),
        (("run", "--once", "--metrics", "8080"), 2, "'8080' is no HOST:PORT"),
        (("health", "--at", "nonsense"), 2, "'nonsense' is no HOST:PORT"),
        (("opne", "errand"), 2, "No such command 'opne'. Did you mean open?"),
        (("do", "1"), 2, "Missing argument"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_or_two(
    desk: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert len([line for line in lines if ": is missing" not in line]) <= 4, (
        "beside a line for each wrong field"
    )
    told = desk.run(*words, "--json")
    assert (told.returncode, told.stderr) == (code, "")
    assert json.loads(told.stdout)["ok"] is False


def test_nobody_named_and_an_unknown_person(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    nobody = desk.run("do", "1", "pass_on", by="")
    assert nobody.returncode == 2
    assert "who are you?" in nobody.stderr and "--as PERSON" in nobody.stderr
    unknown = desk.run("do", "1", "pass_on", by="zzz")
    assert unknown.returncode == 5
    assert "nobody here is called “zzz”" in unknown.stderr
    other = desk.run("do", "1", "pass_on", by="qpp")
    assert other.returncode == 5
    assert "it belongs to Service agent" in other.stderr


def test_a_form_is_said_in_words_with_an_example_and_each_wrong_field_on_a_line_of_its_own(desk: Any) -> None:
    short = desk.run("open", "errand", "--with", "kn=1")
    assert short.stderr.splitlines()[0] == (
        "Refused: kn: does not have the right form: 4 to 10 digits, for example 1234."
    )
    none = desk.run("open", "errand", "--lang", "da")
    assert none.stderr.splitlines()[0] == "Afvist: kn: mangler. Angiv 4 til 10 cifre, for eksempel 1234."
    desk.ok("open", "errand", "--with", "kn=104233")
    several = desk.run("do", "1", "settle", "--with", "way=fax", "--with", "note=She rang twice")
    lines = several.stderr.splitlines()
    assert lines[0] == "Refused:"
    assert "    wish: is missing. Give your own words, at least 10 characters." in lines
    assert "    way: must be one of: phone, mail." in lines
    assert "    calm: is missing. Give yes or no." in lines
    named = desk.run("do", "1", "settle", "--with", "keeper=lis", "--with", "note=She rang twice")
    assert "    keeper: is nobody we know. Give a person's code. Did you mean “qll”?" in named.stderr
    assert "Give a person's code.\n" in desk.run("do", "1", "settle", "--with", "keeper=Test").stderr, (
        "who of them?"
    )
    opening = desk.run("step", "--open", "errand", typed="12\nq\n").stdout
    assert "4 to 10 digits, for example 1234" in opening and "[0-9]" not in opening


def test_a_procedure_whose_file_has_errors_is_not_said_not_to_be_there(desk: Any) -> None:
    path = desk.folder / "procedures" / "errand" / "procedure.yaml"
    good = path.read_text()
    desk.write(
        "procedures/refund/procedure.yaml",
        good.replace("procedure: errand", "procedure: refund").replace("to: settling", "to: setling"),
    )
    desk.write("procedures/torn/procedure.yaml", "procedure: [torn\n")
    for name, words in (
        ("refund", "the procedure refund is not in force"),
        ("torn", "the procedure is not in force"),
    ):
        for _ in ("at first", "and again"):
            done = desk.run("open", name, "--with", "kn=104233")
            assert done.returncode == 6
            assert f"procedures/{name}/procedure.yaml does not check: {words}" in done.stderr
            assert "`procflow check` says what is wrong" in done.stderr
    assert "there is no procedure 'nothing'" in desk.run("open", "nothing").stderr
    path.write_text(good.replace("to: settling", "to: setling"))
    for _ in ("at first", "and again"):
        done = desk.run("open", "errand", "--with", "kn=104233")
        assert done.returncode == 0
        assert "errand stays in force as it was last good" in done.stderr
    guided = desk.run("step", "--open", "errand", typed="q\n").stdout
    assert "stays in force as it was last good" in " ".join(guided.split())
    path.write_text(good)
    assert desk.run("open", "errand", "--with", "kn=104233").stderr == ""


def test_a_refusal_is_danish_for_danes(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.run("do", "1", "pass_on", "--lang", "da", by="qpp")
    assert done.stderr.startswith("Afvist: Pia Test må ikke gøre dette")


def test_the_shared_options_stand_before_or_after_the_command(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    before = desk.run("--json", "--lang", "da", "--as", "qll", "case", "1", by="")
    after = desk.run("case", "1", "--as", "qll", "--lang", "da", "--json", by="")
    assert before.stdout == after.stdout
    elsewhere = type(desk)(desk.folder.parent).run(
        "-w", str(desk.folder), "case", "1", "--as", "qll", "--lang", "da", "--json", by=""
    )
    assert elsewhere.stdout == after.stdout


def test_usage_errors_are_json_where_json_was_asked_for(desk: Any) -> None:
    for words in (("do", "--json"), ("do", "--bogus", "--json"), ("--json", "nonsense")):
        done = desk.run(*words)
        assert done.returncode == 2
        assert json.loads(done.stdout)["error"]["code"] == "usage"


def test_the_same_request_id_is_done_once(desk: Any) -> None:
    first = desk.json("open", "errand", "--with", "kn=104233", "--request-id", "r-1")
    again = desk.json("open", "errand", "--with", "kn=104233", "--request-id", "r-1")
    assert first["number"] == again["number"] == 1
    desk.ok("note", "1", "She rang once more", "--request-id", "r-2")
    desk.ok("note", "1", "She rang once more", "--request-id", "r-2")
    assert desk.json("case", "1")["sequence"] == 2


def test_a_value_may_be_given_several_times_or_as_json(desk: Any) -> None:
    words = ("--with", "phones=+4571999901", "--with", "phones=+4571999902")
    desk.ok("open", "policy_change", *words)
    desk.ok("open", "policy_change", "--with", 'phones=["+4571999901", "+4571999902"]')
    desk.ok("open", "policy_change", "--with", "phones=71 99 99 01, 71 99 99 02")
    for number in ("1", "2", "3"):
        assert desk.json("case", number)["data"]["phones"] == ["+4571999901", "+4571999902"]


def test_a_value_with_an_equals_sign_keeps_it(desk: Any) -> None:
    desk.ok("open", "policy_change", "--with", "change=The sum is 2 = 1 + 1, she says")
    assert desk.json("case", "1")["data"]["change"] == "The sum is 2 = 1 + 1, she says"


def test_a_reader_that_goes_away_is_no_failure(desk: Any, shell: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    for line in ("case 1", "case 1 --json", "explain", "log 1"):
        done = shell(f"procflow {line} | head -n 0; echo ${{PIPESTATUS[0]}}", desk.folder)
        assert done.stdout.strip() == "0", line
        assert done.stderr == "", line


def test_a_terminal_without_our_letters_gets_an_answer_all_the_same(desk: Any, shell: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    plain = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = shell("procflow why 1 --lang da", desk.folder, **plain)
    assert done.returncode == 0
    assert "settle: tilbydes" in done.stdout
    told = json.loads(shell("procflow case 1 --lang da --json", desk.folder, **plain).stdout)
    assert told["result"]["title"] == "Ærinde"


def test_no_words_are_coloured_in_a_pipe(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    for words in (("test",), ("show", "errand"), ("step", "1"), ("doctor",), ("case", "1")):
        assert "\x1b" not in desk.run(*words, typed="q\n").stdout, words


def test_help_is_grouped_by_who_uses_it(desk: Any) -> None:
    printed = desk.ok("--help")
    places = [printed.index(f"{who}:") for who in ("Owners", "Agents", "Operators")]
    assert places == sorted(places)
    for command in ("check", "step", "doctor"):
        assert command in printed


def test_every_command_has_help_and_the_shared_options(desk: Any) -> None:
    from procflow.cli.group import GROUPS

    for commands in GROUPS.values():
        for name in commands:
            printed = desk.ok(name, "--help")
            for option in ("--workspace", "--as", "--lang", "--json"):
                assert option in printed, name


def test_a_process_without_memory_ends_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    from procflow.cli.session import call

    def fill() -> None:
        bytearray(1 << 62)

    with pytest.raises(SystemExit) as end:
        call(click.Command("fill", callback=fill), [])
    assert end.value.code == 4
    assert "not enough memory" in capsys.readouterr().err


def test_a_request_id_under_which_something_else_was_done_is_told_and_nothing_is_done(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233", "--request-id", "r-1")
    desk.ok("note", "1", "She rang once more", "--request-id", "r-2")
    others = (
        ("open", "errand", "--with", "kn=104871", "--request-id", "r-1"),
        ("note", "1", "She has called it all off", "--request-id", "r-2"),
        ("assign", "1", "qbb", "--request-id", "r-2"),
        ("do", "1", "pass_on", "--request-id", "r-2"),
        ("absent", "qbb", "--until", "2026-05-20", "--request-id", "r-2"),
    )
    for words in others:
        done = desk.run(*words, "--json")
        error = json.loads(done.stdout)["error"]
        assert (done.returncode, error["facts"]["reason"]) == (2, "another_request"), words
    assert desk.run("note", "1", "She rang once more", "--request-id", "r-2", by="qbb").returncode == 2
    assert desk.json("case", "1")["sequence"] == 2


def test_an_absence_until_further_notice_is_registered_once_however_often_it_is_asked(real_desk: Any) -> None:
    first = real_desk.json("absent", "qbb", "--request-id", "away-1")
    assert real_desk.json("absent", "qbb", "--request-id", "away-1")["sequence"] == first["sequence"]


def test_a_request_id_is_none_of_the_engines_own(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.run("note", "1", "She rang once more", "--request-id", "0/2/carrier_acts")
    assert done.returncode == 2 and "--request-id is 1 to 100 letters" in done.stderr


def test_a_file_without_an_end_and_a_folder_are_refused(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    for file, said in (("/dev/zero", "has more than 64 MiB"), ("procedures", "procedures is a folder")):
        done = desk.run("attach", "1", file)
        assert done.returncode == 4 and said in done.stderr


def test_what_a_command_line_lacks_is_told_in_the_shape_of_every_error(desk: Any) -> None:
    error = json.loads(desk.run("do", "1", "--json").stdout)["error"]
    assert error["hint"] == "`procflow do --help` says how it is written" and error["facts"] == {}


def test_who_is_nobody_is_told_with_the_nearest_name_and_a_code_that_nothing_begins_like_with_none(
    desk: Any,
) -> None:
    assert "did you mean `qaa`?" in desk.run("absent", "qa").stderr
    assert "`procflow explain` lists them all" in desk.run("explain", "PF999").stderr


def test_a_password_is_asked_for_only_where_somebody_may_log_in(desk: Any) -> None:
    assert "nobody here is called 'nobody'" in desk.run("user", "add", "nobody").stderr
    assert "qaa is no user" in desk.run("user", "password", "qaa").stderr


def test_a_token_says_what_does_not_go_together_and_which_one_was_revoked(desk: Any) -> None:
    done = desk.run("token", "add", "qaa", "--everything", "--scope", "case.read")
    assert done.returncode == 2 and "--scope and --everything do not go together" in done.stderr
    id_ = desk.json("token", "add", "qaa", "--scope", "case.read")["id"]
    assert desk.ok("token", "revoke", id_[:8]).strip() == f"Revoked: {id_}."


def test_check_says_which_plugin_is_left_out_and_so_unknown_to_the_documents(desk: Any) -> None:
    """“no channel offers `pager.ring`, did you mean `mail.send`?” was all that it said."""
    desk.write("plugins/pager.py", "import no_such_library_anywhere\n")
    for paths in ((), ("procedures",)):
        done = desk.run("check", *paths)
        assert (
            "the plugin pager cannot be imported" in done.stdout and "no_such_library_anywhere" in done.stdout
        )
    assert "no_such_library_anywhere" in desk.json("check")["plugins"][0]


_QUOTE = """procedure: quote
title: {en: A quote}
owner: lead
starts: [{by: agent, ask: [amount]}]
data: {amount: {type: number}}
initial: asked
states:
  asked:
    task: {role: agent, take: last_by_name, guide: {en: "Each of them ${1000 / amount}, ${amount} in all."}}
    choices: {count: {to: self}, done: {to: closed}}
  closed: {final: true}
"""
_RULE = """from procflow.hookspecs import hookimpl
@hookimpl
def register_assignment_rules():
    return {"last_by_name": lambda candidates, context: candidates[-1] if candidates else None}
"""
_PLAYED = """scenarios: quote
clock: 2026-03-03 15:00
tests:
  A quote is counted:
    - open: {by: qaa, with: {amount: 4}}
    - expect: {state: asked}
"""


def test_a_text_that_cannot_be_worked_out_hides_neither_the_step_nor_the_rest_of_the_case(desk: Any) -> None:
    """The step was stored and told as an error, so that people took it twice, and the case could not be looked at."""
    desk.write("procedures/quote/procedure.yaml", _QUOTE.replace("take: last_by_name, ", ""))
    desk.ok("check")
    shown = desk.ok("open", "quote", "--as", "qaa", "--with", "amount=0")
    assert "Each of them [1000 / amount: a number is divided by zero], 0 in all." in shown
    assert "count" in desk.ok("do", "1", "count", "--as", "qaa")
    assert "count" in desk.ok("case", "1", "--as", "qaa")


def test_a_rule_that_a_plugin_brings_is_known_to_rehearsals_too(desk: Any) -> None:
    """It checked and ran, and `procflow test` refused it: there was no such rule."""
    desk.write("plugins/own_rules.py", _RULE)
    desk.write("procedures/quote/procedure.yaml", _QUOTE)
    desk.write("procedures/quote/scenarios.yaml", _PLAYED)
    desk.ok("check")
    assert "1 passed" in desk.ok("test", "procedures/quote/scenarios.yaml")
    assert "1 passed" in desk.ok("test", "quote")


def test_a_folder_that_is_named_and_not_there_is_not_the_workspace_above_it(desk: Any) -> None:
    desk.write("file.txt", "no folder")
    for name in ("tset", "file.txt"):
        done = desk.run("inbox", "--workspace", name)
        assert (done.returncode, done.stdout) == (6, "") and "there is no such folder" in done.stderr, name
    assert desk.run("inbox", "--workspace", "procedures").returncode == 0


def test_a_folder_with_letters_of_its_own_works_in_every_locale(
    desk: Any, shell: Any, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(desk.folder, tmp_path / "mappe æ ø å"))
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = shell("procflow open errand --with kn=104233 && procflow case 1", other, **plain)
    assert done.returncode == 0 and "Case 1" in done.stdout, done.stderr
    assert "Case 1" in type(desk)(other).ok("case", "1")
    done = shell(r"procflow init $'caf\xe9' --empty; echo $?; ls", tmp_path)
    assert "is not written in UTF-8" in done.stderr and done.stdout.split()[0] == "4"
    assert "caf" not in done.stdout


STOPPED = """
import sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "procflow.cli.group":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Impatient())
sys.argv = ["procflow", "inbox"]
from procflow.cli import main
main()
"""


def test_ctrl_c_before_anything_has_begun_ends_without_a_traceback():
    done = subprocess.run([sys.executable, "-c", STOPPED], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_settings_that_are_no_file_and_a_clock_that_is_none_are_named(desk: Any) -> None:
    settings = desk.folder / "procflow.toml"
    settings.write_text('store = "sqlite:new.db"\nkeys = "new.keys"\nclock = "when.txt"\n', "utf-8")
    told = {"en": "`clock` in procflow.toml names", "da": "`clock` i procflow.toml nævner"}
    for language, words in told.items():
        done = desk.run("open", "errand", "--with", "kn=104233", "--lang", language)
        assert done.returncode == 6 and words in done.stderr and "2026-05-11T10:05:00+02:00" in done.stderr
    settings.unlink()
    settings.symlink_to("away/procflow.toml")
    for command in ("inbox", "check", "doctor"):
        done = desk.run(command)
        assert done.returncode == 2 and "procflow.toml is no file" in done.stderr, command
