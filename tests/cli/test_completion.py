"""What the shell completes, asked as the shell asks it: by environment variables."""

import subprocess
from typing import Any

import pytest


@pytest.fixture
def complete(desk: Any) -> Any:
    """The words offered after a line (its last word is being typed), for bash."""

    def ask(line: str, by: str = "qaa") -> list[str]:
        words = line.split(" ")
        env = {"_PROCFLOW_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        done: subprocess.CompletedProcess[str] = desk.run(by=by, env=env)
        assert done.stderr == ""
        return [found.partition(",")[2] for found in done.stdout.splitlines() if found]

    desk.registered()
    desk.ok("open", "errand", "--with", "kn=104233")
    return ask


def test_commands(complete: Any) -> None:
    assert complete("procflow re") == ["resume", "receive", "restore", "report"]
    assert complete("procflow report dead") == ["deadlines"]


def test_case_numbers_of_the_inbox(complete: Any) -> None:
    assert sorted(complete("procflow do ")) == ["1", "2"]
    assert complete("procflow why 2") == ["2"]
    assert complete("procflow do ", by="qpp") == []


def test_choices_that_are_offered_now(complete: Any) -> None:
    assert complete("procflow do 1 ") == ["file_screenshot", "withdraw"]
    assert complete("procflow do 2 s") == ["settle"]
    assert complete("procflow do 77 ") == []


def test_fields_of_a_choice_with_the_options_before_or_after(complete: Any) -> None:
    assert complete("procflow do 2 settle --with ") == ["wish=", "keeper=", "way=", "calm=", "day=", "note="]
    assert complete("procflow do 2 settle --with k") == ["keeper="]
    assert complete("procflow do 2 settle --with wish=hello --with w") == ["wish=", "way="]


def test_words_of_an_enum_people_and_yes_or_no(complete: Any) -> None:
    assert complete("procflow do 2 settle --with way=p") == ["way=phone"]
    assert complete("procflow do 2 settle --with keeper=qb") == ["keeper=qbb"]
    assert complete("procflow do 2 settle --with calm=") == ["calm=yes", "calm=no"]


def test_procedures_and_what_they_are_opened_with(complete: Any) -> None:
    assert complete("procflow open ") == ["errand", "policy_change"]
    assert complete("procflow step --open pol") == ["policy_change"]
    assert complete("procflow show e") == ["errand"]
    assert complete("procflow open errand --with ") == ["kn="]


def test_people_and_codes(complete: Any) -> None:
    assert complete("procflow --as qa") == ["qaa"]
    assert complete("procflow assign 1 qp") == ["qpp"]
    assert complete("procflow explain PF31")[0] == "PF310"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(desk: Any, shell: str) -> None:
    done = desk.run(env={"_PROCFLOW_COMPLETE": f"{shell}_source"})
    assert "_PROCFLOW_COMPLETE" in done.stdout
    assert f"{shell}_complete" in done.stdout


def test_zsh_and_fish_are_told_what_a_case_is_about(desk: Any) -> None:
    desk.registered()
    zsh = desk.run(
        env={"_PROCFLOW_COMPLETE": "zsh_complete", "COMP_WORDS": "procflow do ", "COMP_CWORD": "2"}
    )
    assert zsh.stdout.splitlines() == ["plain", "1", "Change of a policy: awaiting evidence"]
    fish = desk.run(
        env={"_PROCFLOW_COMPLETE": "fish_complete", "COMP_WORDS": "procflow do ", "COMP_CWORD": ""}
    )
    assert fish.stdout.startswith("plain,1")


def test_outside_of_a_workspace_nothing_is_offered_and_nothing_is_said(tmp_path: Any, desk: Any) -> None:
    from shutil import rmtree

    rmtree(desk.folder / "procedures")
    (desk.folder / "procflow.toml").unlink()
    done = desk.run(
        env={"_PROCFLOW_COMPLETE": "bash_complete", "COMP_WORDS": "procflow do ", "COMP_CWORD": "2"}
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_scopes_of_a_token(complete: Any) -> None:
    assert complete("procflow token add qaa --scope case.s") == ["case.step", "case.signal"]
