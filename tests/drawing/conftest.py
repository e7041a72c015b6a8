"""The first example of the language, read once."""

from pathlib import Path
from typing import Any

import pytest

from procflow.definitions.workspace import read_workspace

GOOD = Path(__file__).parents[1] / "definitions" / "good"


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`policy_change`, `ends`: a procedure whose names mean something elsewhere, and `damage`
    with states inside others."""
    root = tmp_path_factory.mktemp("drawing")
    (root / "procflow.toml").write_text("")
    for name in ("organisation", "types"):
        (root / "procedures").mkdir(exist_ok=True)
        (root / "procedures" / f"{name}.yaml").write_text((GOOD / f"{name}.yaml").read_text("utf-8"), "utf-8")
    for name, text in (
        ("policy_change", (GOOD / "policy_change.yaml").read_text("utf-8")),
        ("ends", ENDS),
        ("damage", DAMAGE),
    ):
        (root / "procedures" / name).mkdir()
        (root / "procedures" / name / "procedure.yaml").write_text(text, "utf-8")
    found = read_workspace(str(root))
    assert {"policy_change", "ends", "damage"} <= set(found.procedures)
    return found


ENDS = """
procedure: ends
title: {da: "Slut; <b>&\\"", en: "Ends; <b>&\\""}
owner: lead
starts: [{by: agent}, {message: 'message.channel == "sms"'}]
data: {amount: {type: integer}}
initial: state
states:
  state:
    task: {role: agent}
    choices:
      note: {ask: [amount], then: [{when: 'amount < 5 && amount > 1', to: end}, {to: note}]}
      again: {to: self}
      quietly: {do: [{notify: {role: lead}}]}
    after: {3 days: {to: end}}
    events:
      slow: {to: end}
  note:
    task: {to: "${case.id}"}
    choices: {back: {to: state}}
  end: {final: true, outcome: ended}
deadlines:
  slow: {title: {da: Svar, en: Answer}, starts: opening, within: 4 working days, met: [choice note, {when: amount > 3}]}
"""

DAMAGE = """
procedure: damage
title: {da: Skade, en: Damage}
owner: lead
starts: [{by: agent}]
initial: reported
states:
  reported: {task: {role: agent}, choices: {begin: {to: handling}, nothing: {to: over}}}
  handling:
    title: {da: Skaden behandles, en: The damage is handled}
    task: {role: lead}
    choices: {stop: {to: over}, pause: {to: waiting}}
    parallel:
      pictures:
        title: {da: Billeder, en: Pictures}
        initial: asking
        states:
          asking: {task: {role: agent}, choices: {asked: {to: judged}, hopeless: {to: over}}}
          judged:
            initial: first_look
            states:
              first_look: {task: {role: agent}, choices: {looked: {to: second_look}}}
              second_look: {final: true}
            events: {done: {to: pictures_done}}
          pictures_done: {final: true}
      money:
        initial: reckoning
        states:
          reckoning: {task: {role: agent}, choices: {reckoned: {to: money_done}}}
          money_done: {final: true}
    events: {done: {to: over}}
  waiting: {task: {role: agent}, choices: {resume: {to: handling.last}}}
  over: {final: true, outcome: over}
"""
