"""A small workspace for the tests of the site: two procedures, one of which only the coach sees."""

from pathlib import Path

_ORGANISATION = """
organisation: small
timezone: Europe/Copenhagen
languages: [da, en]
calendar: {country: DK, open: {mon-sun: "00:00-23:59"}}
stand_in: [mate, lead]
roles:
  agent: {da: Kundeservice, en: Service agent}
  lead: {da: Vagtleder, en: Duty lead}
  quality_coach: {da: Kvalitetscoach, en: Quality coach}
people:
  anna: {name: Anna Test, roles: [agent], mate: bo, mail: anna@small.example}
  bo: {name: Bo Test, roles: [agent], mate: anna, mail: bo@small.example}
  lis: {name: Lis Test, roles: [lead, agent], mail: lis@small.example}
  nora: {name: Nora Test, roles: [quality_coach], mail: nora@small.example}
"""
_CALL = """
procedure: call_back
title: {da: Ring tilbage, en: Call back}
owner: lead
starts: [{by: agent}]
data:
  name: {type: string, pii: true, label: {da: Navn, en: Name}}
  answer: {type: string, pii: true, label: {da: Svar, en: Answer}}
initial: waiting
states:
  waiting:
    title: {da: Venter på opkald, en: Waits for the call}
    task: {role: agent}
    choices:
      called: {label: {da: Ringet, en: Called}, ask: [answer], to: done}
      wrong: {label: {da: Forkert nummer, en: Wrong number}, to: looked_up}
  looked_up:
    title: {da: Nummeret slås op, en: The number is looked up}
    task: {role: agent}
    choices: {found: {label: {da: Fundet, en: Found}, to: waiting}}
  done: {final: true, outcome: called}
deadlines:
  call:
    title: {da: Vi ringer, en: We call}
    starts: [opening]
    within: 2 hours
    met: [choice called]
"""
_COACHING = """
procedure: coaching
title: {da: Coaching, en: Coaching}
owner: lead
visible_to: [quality_coach]
starts: [{by: quality_coach}]
data: {about: {type: person, label: {da: Om, en: About}}}
initial: talk
states:
  talk:
    title: {da: Samtale, en: Talk}
    task: {role: quality_coach}
    choices: {held: {label: {da: Holdt, en: Held}, to: over}}
  over: {final: true, outcome: held}
"""


def small_workspace(folder: Path) -> Path:
    """Written into `folder`, which is given back."""
    (folder / "procflow.toml").write_text('store = "sqlite:cases.db"\n')
    (folder / "procedures").mkdir()
    (folder / "procedures" / "organisation.yaml").write_text(_ORGANISATION.lstrip())
    for name, text in (("call_back", _CALL), ("coaching", _COACHING)):
        (folder / "procedures" / name).mkdir()
        (folder / "procedures" / name / "procedure.yaml").write_text(text.lstrip())
    return folder
