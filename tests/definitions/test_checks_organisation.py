"""The organisation: mates, roles and people that do not fit together."""

from __future__ import annotations

import pytest

PATH = "procedures/organisation.yaml"
PLAIN = """\
organisation: small
timezone: Europe/Copenhagen
languages: [en]
stand_in: [mate, lead]
roles: {agent: Agent, lead: Lead}
people:
  qaa: {name: Anna Test, roles: [agent], mate: qbb, phone: "+4571999911"}
  qbb: {name: Bo Test, roles: [agent, lead], mate: qaa}
"""


def test_an_organisation_that_fits_together_is_quiet(expect) -> None:
    expect(PLAIN, path=PATH)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("mate: qaa", "region: east", "PF290", "who has none"),
        ("mate: qaa", "mate: §qbb", "PF290", "somebody else"),
        ("roles: [agent, lead]", "roles: [agent]", "PF291", "give it"),
        ("roles: [agent], ", "", "PF292", "`roles: […]`"),
        ('"+4571999911"', '§"7199"', "PF293", "+45"),
        ("mate: qbb", "mate: §qbc", "PF315", "qbb"),
        ("[mate, lead]", "[mate, §leed]", "PF315", "lead"),
        ("roles: [agent]", "roles: [§agnt, agent]", "PF315", "agent"),
    ],
)
def test_what_does_not_fit_is_told(check, right, wrong, code, hint) -> None:
    text = PLAIN.replace(right, wrong, 1)
    found = [p for p in check(text, PATH) if p.code == code]
    assert len(found) == 1 and hint in found[0].as_text(), found
    if "§" in text:
        line = next(n for n, one in enumerate(text.split("\n"), 1) if "§" in one)
        assert (found[0].line, found[0].column) == (line, text.split("\n")[line - 1].index("§") + 1)


def test_a_mate_who_has_another_mate_is_told_at_the_word(expect) -> None:
    text = PLAIN.replace("mate: qbb", "mate: §qbb").replace("mate: qaa", "mate: qcc")
    expect(text + "  qcc: {name: Cy Test, roles: [agent], mate: qbb}\n", ("PF290", "`qcc`"), path=PATH)


def test_a_parameter_that_procflow_reads_and_cannot_use_is_told_at_its_value(expect) -> None:
    head = PLAIN + "parameters:\n  own: whatever\n"
    for written, told in (
        ("hand_over_answer: §soon", "is no time"), ("hand_over_answer: §0 hours", "is no time to wait"), ("hand_over_answer: §4", "is no"),
        ("hand_over_answer: §2026-05-01", "is no"), ('hand_over_answer: §"every open day at 09:00"', "is no length of time"),
        ("hand_over_answer: §yes", "is no"), ("hand_over_answer:§", "has no value"),
        ("drip_window: §one", "is no number"), ("drip_window: §0", "is less than 1"), ("survey_least_answers: §2.5", "is no whole number"),
        ("survey_important: §8", "is more than 7"), ("class_a_turnover: §-1", "is less than 0"), ("class_top_turnover: §101", "is more than 100"),
        ("survey_source: §4", "is no text"), ("class_b_most: 10\n  class_b_least: §11", "is more than `class_b_most`"),
    ):  # fmt: skip
        expect(f"{head}  {written}\n", ("PF440", told), path=PATH)


@pytest.mark.parametrize(
    "written",
    ["4 open hours", "2 working days", "next open day at closing", "today at 16:00", '"30 minutes"'],
)
def test_a_time_to_answer_that_lies_ahead_is_taken(expect, written) -> None:
    expect(f"{PLAIN}parameters:\n  hand_over_answer: {written}\n", path=PATH)


def test_every_parameter_that_a_report_reads_is_looked_at() -> None:
    from procflow.definitions.checks.known_parameters import KNOWN
    from procflow.records.reports.reader import PARAMETERS

    assert set(PARAMETERS) < set(KNOWN)


def test_without_people_no_role_is_missed(expect) -> None:
    expect(
        "organisation: o\ntimezone: Europe/Copenhagen\nlanguages: [en]\nroles: {agent: Agent}\n", path=PATH
    )
