"""Who can have done what, and where a case hangs because nobody may act, with the people of the organisation at hand."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.rehearsal.bench import ORGANISATION

EYES = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [whom, other]}]
data: {whom: {type: person}, other: {type: person}, kind: {enum: [small, large]}}
initial: open
states:
  open:
    task: {role: agent}
    choices: {propose: {ask: [kind], to: proposed}, stop: {to: stopped}}
  proposed:
    task: {role: agent%s}
    choices:
      approve: {%s}
      again: {to: open}
      change: {ask: [whom], to: proposed}
      alone: {by: agent, to: finished}
  finished: {task: {role: agent}, choices: {end: {to: ended}}}
  ended: {final: true, outcome: finished}
  stopped: {final: true, outcome: stopped}
promises:
  by_proposer: {never: 'choice("approve") && who("approve") == who("propose")'}
  by_whom: {never: 'choice("approve") && who("approve") == whom'}
  by_whom_id: {never: 'choice("approve") && who("approve").id == whom.id'}
  by_other: {never: 'choice("approve") && who("approve") == other'}
  by_changer: {never: 'choice("approve") && who("approve") == who("change")'}
  by_returner: {never: 'choice("approve") && who("approve") == who("again")'}
  alone_by_proposer: {never: 'choice("alone") && who("alone") == who("propose")'}
  ended_by_approver: {never: 'choice("end") && who("end") == who("approve")'}
  unknown: {never: 'choice("approve") && who("propose") == null'}
  no_agent: {never: 'choice("approve") && !(who("propose") in members("agent"))'}
  no_agent_alone: {never: 'choice("alone") && !(who("alone") in members("agent"))'}
  lead: {never: 'choice("approve") && who("propose") in members("lead")'}
"""
#: What four eyes of no kind forbid.
FREE = {"alone_by_proposer", "ended_by_approver", "lead"}
ALL = FREE | {"by_proposer", "by_whom", "by_whom_id", "by_other", "by_changer", "by_returner"}
WHOM = {"by_whom", "by_whom_id"}


@pytest.mark.parametrize(
    ("task", "approve", "kept"),
    [
        ("", "to: finished", set()),
        ("", "other_than: [propose], to: finished", {"by_proposer"}),
        (", other_than: [propose]", "to: finished", {"by_proposer", "alone_by_proposer"}),
        (
            ", other_than: [propose]",
            "other_than: [change], to: finished",
            {"by_proposer", "by_changer", "alone_by_proposer"},
        ),
        (", other_than: [propose]", "by: agent, to: finished", {"by_proposer", "alone_by_proposer"}),
        ("", 'other_than: ["${whom}"], to: finished', WHOM),
        ("", 'other_than: ["${other}", change], to: finished', {"by_other", "by_changer"}),
        ("", "other_than: [again], to: finished", {"by_returner"}),
        ("", "other_than: [propose], when: 'kind == \"small\"', to: finished", {"by_proposer"}),
        ("", "when: 'actor.id != who(\"propose\").id', to: finished", {"by_proposer"}),
        ("", "when: 'actor != whom', to: finished", WHOM),
    ],
)
def test_whom_four_eyes_keep_apart(task: str, approve: str, kept: set[str], verdicts: Any) -> None:
    judged = verdicts(EYES % (task, approve))
    assert {name for name, verdict in judged.items() if verdict != "proved"} == ALL - kept


def test_whoever_is_put_into_a_field_is_kept_away_as_the_one_who_is_there(verdicts: Any) -> None:
    """What is kept of the case grows with what four eyes ask for."""
    text = (
        (EYES % ("", "other_than: [propose], to: finished"))
        .replace(
            "propose: {ask: [kind], to: proposed}",
            'propose: {ask: [kind], set: {whom: "${actor}"}, to: proposed}',
        )
        .replace(
            "      change: {ask: [whom], to: proposed}\n", "      change: {ask: [other], to: proposed}\n"
        )
    )
    judged = verdicts(text)
    assert judged["by_whom"] == judged["by_whom_id"] == judged["by_proposer"] == "proved"
    assert judged["by_other"] == "not decided"


HANGS = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [whom]}]
data: {whom: {type: person}, count: {type: integer}}
initial: open
states:
  open: {task: {role: agent}, choices: {propose: {to: proposed}, second: {to: proposed}}}
  proposed: {%s}
  ended: {final: true, outcome: finished}
%s
"""
#: One who is alone in a role, one who has nobody, and roles that nobody has.
TEAM = ORGANISATION.replace(
    "  lead: {", "  clerk: {en: Clerk, da: Skriver}\n  empty: {en: Empty, da: Tom}\n  lead: {"
).replace("people:\n", "people:\n  moe: {name: Moe Test, roles: [clerk]}\n")
TOLD = """deadlines:
  in_time: {title: {en: In time, da: I tide}, starts: [%s], within: 2 days, met: [choice approve], missed: {do: [{notify: {role: lead, text: {en: Look, da: Se}}}]}}
"""


@pytest.mark.parametrize(
    ("state", "more", "why"),
    [
        ("task: {role: agent}, choices: {approve: {to: ended}}", "", ""),
        ("task: {role: empty}, choices: {approve: {to: ended}}", "", "nobody"),
        ("task: {role: empty}, choices: {approve: {by: agent, to: ended}}", "", ""),
        ("task: {role: agent}, choices: {approve: {by: empty, to: ended}}", "", "nobody"),
        ("task: {role: agent}, choices: {approve: {by: [empty, lead], to: ended}}", "", ""),
        ("task: {role: empty}, choices: {approve: {to: ended}}, after: {3 days: {to: ended}}", "", ""),
        ("task: {role: empty}, choices: {approve: {to: ended}}, events: {message: {to: ended}}", "", ""),
        ("task: {role: empty}, choices: {approve: {to: ended}}", TOLD % "opening", ""),
        ("task: {role: empty}, choices: {approve: {to: ended}}", TOLD % "leaving proposed", "nobody"),
        ("task: {role: empty}, choices: {wait: {to: self}, approve: {by: lead, to: ended}}", "", ""),
        ("task: {role: agent}, choices: {wait: {to: self}, approve: {by: empty, to: ended}}", "", "nobody"),
        ("task: {role: agent, other_than: [propose]}, choices: {approve: {to: ended}}", "", "four_eyes"),
        ("task: {role: agent}, choices: {approve: {other_than: [propose], to: ended}}", "", "four_eyes"),
        ("task: {role: agent}, choices: {approve: {by: [agent, lead], other_than: [propose], to: ended}}", "", ""),
        ("task: {role: agent}, choices: {approve: {by: [agent, lead], other_than: [propose, second], to: ended}}", "", "four_eyes"),
        ("task: {role: lead}, choices: {approve: {other_than: [propose], to: ended}}", "", ""),
        ('task: {role: lead}, choices: {approve: {other_than: ["${whom}"], to: ended}}', "", "four_eyes"),
        ('task: {role: agent}, choices: {approve: {other_than: [propose, "${whom}"], to: ended}}', "", "four_eyes"),
        ('task: {to: "${whom}"}, choices: {approve: {to: ended}}', "", ""),
        ("initial: in, task: {role: empty}, states: {in: {choices: {approve: {to: ended}}}}", "", "nobody"),
        ("initial: in, task: {role: agent}, states: {in: {choices: {approve: {to: ended}}}}", "", ""),
        ("choices: {approve: {to: ended}}", "", ""),
    ],
)  # fmt: skip
def test_where_a_case_hangs_because_nobody_may_act(state: str, more: str, why: str, proof_of: Any) -> None:
    proof = proof_of(HANGS % (state, more), organisation=TEAM)
    found = {(f.what, f.detail) for f in proof.findings if f.kind == "hang"}
    place = "in" if "initial: in" in state else "proposed"
    assert found == ({(place, why)} if why else set())


@pytest.mark.parametrize(
    ("set_to", "asked", "hangs"),
    [
        ("${actor}", "count", False),  # a clerk looked; both leads are there
        ("${actor}", "whom", True),  # anybody may be named
        ("${who('propose')}", "count", True),  # read before the step: anybody, for all that is known
    ],
)
def test_a_field_names_only_those_who_can_have_put_themselves_there(
    set_to: str, asked: str, hangs: bool, proof_of: Any
) -> None:
    team = TEAM.replace("people:\n", "people:\n  mia: {name: Mia Test, roles: [lead]}\n")
    text = (
        HANGS % ('task: {role: lead, other_than: ["${whom}"]}, choices: {approve: {to: ended}}', "")
    ).replace(
        "open: {task: {role: agent}, choices: {propose: {to: proposed}, second: {to: proposed}}}",
        f'open: {{task: {{role: clerk}}, choices: {{propose: {{ask: [count], set: {{whom: "{set_to}"}}, to: proposed}}}}}}',
    )
    text = text.replace("starts: [{by: agent, ask: [whom]}]", f"starts: [{{by: agent, ask: [{asked}]}}]")
    proof = proof_of(text, organisation=team)
    found = [f.what for f in proof.findings if f.kind == "hang"]
    assert found == (["proposed"] if hangs else [])
    choice = text.replace('other_than: ["${whom}"]', "other_than: [\"${who('propose')}\"]")
    assert not [f for f in proof_of(choice, organisation=team).findings if f.kind == "hang"]


@pytest.mark.parametrize(
    ("stand_in", "hangs"),
    [("[mate, lead]", False), ("[mate]", True), ("[mate, empty]", True), ("[lead]", False)],
)
def test_a_named_person_and_the_mate_may_both_be_away(stand_in: str, hangs: bool, proof_of: Any) -> None:
    team = TEAM.replace("stand_in: [mate, lead]", f"stand_in: {stand_in}")
    for task in ('{to: "${whom}"}', '{to: "${whom}", other_than: [propose]}'):
        proof = proof_of(
            HANGS % (f"task: {task}, choices: {{approve: {{to: ended}}}}", ""), organisation=team
        )
        found = [(f.what, f.detail) for f in proof.findings if f.kind == "hang"]
        assert found == ([("proposed", "away")] if hangs else [])
