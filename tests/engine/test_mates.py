"""A procedure pairs team mates in the organisation: registered, refused with the reason, and their work moves."""

from procflow.core.journal import TaskPassedOn
from procflow.core.record import decode_entries
from procflow.engine.house import do_in_house
from procflow.rehearsal.bench import ORGANISATION

PAIR = """
data: {one: {type: person}, other: {type: person}, agreed: {type: person}, reason: {type: string}}
initial: wish
states:
  wish:
    task: {role: agent}
    choices: {ask: {ask: [other], set: {one: "${actor}"}, to: asked}}
  asked:
    task: {to: "${other}"}
    choices: {agree: {set: {agreed: "${actor}"}, to: pairing}}
  pairing:
    invoke: {mates.pair: {person: "${one}", mate: "${other}", confirmed_by: ["${one}", "${agreed}"]}}
    events: {done: {to: paired}, failed: {set: {reason: "${result.error}"}, to: wish}}
  paired:
    task: {to: "${one}"}
    choices:
      look: {do: [{note.write: {text: "${mate(one)} ${mate(other)}"}}]}
      part: {do: [{mates.part: {person: "${one}", mate: "${other}"}}], to: parted}
  parted: {task: {to: "${one}"}, choices: {look: {do: [{note.write: {text: "${mate(one) == null}"}}]}}}
"""
#: Two more at the desk, who have no mate yet.
MORE = """people:
  cat: {name: Cat Test, roles: [agent]}
  dan: {name: Dan Test, roles: [agent]}
"""


def desk(bench):
    b = bench(PAIR, organisation=ORGANISATION.replace("people:\n", MORE))
    b.open("cat")
    return b


def test_a_procedure_pairs_two_people_and_parts_them(bench):
    b = desk(bench)
    b.do("ask", "cat", other="dan")
    b.do("agree", "dan")
    assert b.state == "paired"
    b.do("look", "cat")
    b.do("part", "cat")
    b.do("look", "cat")
    assert b.texts() == ["Dan Test Cat Test", "True"]
    entries = [e for row in b.stage.store.journal("organisation") for e in decode_entries(row.entries)]
    assert [type(e).__name__ for e in entries[-2:]] == ["MatesPaired", "MatesParted"]
    assert (entries[-2].confirmed, entries[-2].by) == (("cat", "dan"), "dan")


def test_the_case_gets_the_reason_why_not(bench):
    b = desk(bench)
    b.do("ask", "cat", other="ann")
    b.do("agree", "ann")
    assert b.state == "wish"
    assert "Ann Test has a team mate already: Bob Test" in b.case.data["reason"]
    assert b.stage.surroundings.organisation.people["ann"]["mate"] == "bob"


def test_work_of_who_is_away_goes_to_the_new_mate_and_back_to_the_lead(bench):
    b = desk(bench)
    b.do("ask", "cat", other="dan")
    b.do("agree", "dan")
    b.absent("cat", "2026-05-11 08:00", "2026-05-20 08:00")
    b.do("look", "dan")
    b.do("part", "dan")
    told = [e for _, entries in b.stage.engine.journal(b.case.id) for e in entries]
    assert [e.to for e in told if isinstance(e, TaskPassedOn)] == [
        ("dan",), ("dan",), ("liz",),
    ]  # fmt: skip


def test_nobody_or_nothing_useful_is_refused_and_changes_nothing(bench):
    b = desk(bench)
    engine = b.stage.engine
    for n, (operation, given, code) in enumerate(
        [
            ("mates.pair", {"person": "cat", "mate": "cat", "confirmed_by": "cat"}, "own_mate"),
            ("mates.pair", {"person": "cat", "mate": "zoe", "confirmed_by": ["cat"]}, "unknown_person"),
            ("mates.pair", {"person": "cat", "mate": "dan"}, "not_given"),
            ("mates.pair", {"person": "cat", "mate": "dan", "confirmed_by": "CAT"}, "pair_not_confirmed"),
            ("mates.part", {"person": "cat", "mate": "dan"}, "not_mates"),
            ("mates.part", {"person": "cat", "mate": None}, "not_given"),
        ]
    ):
        answer = do_in_house(engine, operation, f"m{n}", given, "liz")
        assert (answer.accepted, answer.refusal.code) == (False, code)
    version = b.stage.surroundings.version
    yes = {"person": "CAT", "mate": "dan", "confirmed_by": ["cat", "dan"]}
    assert do_in_house(engine, "mates.pair", "m9", yes, "liz").accepted
    assert do_in_house(engine, "mates.pair", "m9", yes, "liz").repeated
    assert b.stage.surroundings.version == version + 1
