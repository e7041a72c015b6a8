"""The documents of the language page, put together: what the checks say of them, and of each wrong word in them."""

from __future__ import annotations

from pathlib import Path

import pytest

GOOD = Path(__file__).parent / "good"
PATH = "procedures/policies/policy_change/procedure.yaml"
SCENARIOS = "procedures/policies/policy_change/scenarios.yaml"


def text_of(name: str) -> str:
    return (GOOD / name).read_text(encoding="utf-8")


FILES = {
    "procedures/organisation.yaml": text_of("organisation.yaml"),
    "procedures/types.yaml": text_of("types.yaml"),
    SCENARIOS: text_of("policy_change_scenarios.yaml"),
    "procedures/policies/policy_change/fixtures/mette.png": "a picture",
}


def test_nothing_is_said_of_them(check) -> None:
    assert check(text_of("policy_change.yaml"), PATH, files=FILES) == ()


def test_the_table_has_a_title_in_one_language_only(check) -> None:
    files = {**FILES, "procedures/tables/kc_codes.yaml": text_of("kc_codes.yaml")}
    (found,) = check(text_of("policy_change.yaml"), PATH, files=files)
    assert (found.path, found.line, found.code) == ("procedures/tables/kc_codes.yaml", 2, "PF270")
    assert found.hint == "add da: …"


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("initial: wish", "initial: §wsih", "PF240", "`wish`"),
        ("to: awaiting_evidence", "to: §awaiting_evidense", "PF240", "`awaiting_evidence`"),
        ("{role: first_contact}", "{role: §first_contct}", "PF242", "`first_contact`"),
        ("mailbox('policy_dept')", "mailbox(§'policy_dep')", "PF315", "policy_dept"),
        ("subject: kn ", "subject: §kmn ", "PF244", "`kn`"),
        ('carrier == "KAB"', 'carrier == §"KABB"', "PF316", "KAB"),
        ("choice executed, ", "choice §execute, ", "PF241", "`executed`"),
        ("entering in_mia", "entering §in_mja", "PF240", "`in_mia`"),
        ('state("confirmed")', 'state(§"confirm")', "PF315", "confirmed"),
        ('missed("carrier_acts")', 'missed(§"carier_acts")', "PF315", "carrier_acts"),
        ("proof.accepted'", "proof.§acepted'", "PF311", "accepted"),
        ("{type: email, pii: true}", "{type: §emial, pii: true}", "PF200", "`email`"),
        ("${caseworker}", "${§casworker}", "PF310", "caseworker"),
        ("mail.send:\n", "§mail.sned:\n", "PF120", "`mail.send`"),
        ("subject: \"${kn} ${first_name}", "subject: \"${kn} ${§firstname}", "PF310", "first_name"),
        ("evidence('messenger', input.screenshot).accepted", "evidence(§'mesenger', input.screenshot).accepted", "PF315", "messenger"),
        ("input.screenshot).accepted", "input.§screnshot).accepted", "PF311", "screenshot"),
        ("within: 5 working days", "within: 5 §workin days", "PF210", "5 working days"),
    ],
)  # fmt: skip
def test_one_wrong_word_gives_one_problem_at_the_word(expect, right, wrong, code, hint) -> None:
    text = text_of("policy_change.yaml")
    assert right in text
    expect(text.replace(right, wrong, 1), (code, hint), path=PATH, files=FILES)


def test_the_words_of_the_catalogue_are_checked_in_the_scenarios_too(expect) -> None:
    text = FILES[SCENARIOS].replace("do: file_screenshot", "do: §file_screnshot")
    files = {**FILES, PATH: text_of("policy_change.yaml")}
    expect(text, ("PF241", "`file_screenshot`"), path=SCENARIOS, files=files)
