"""Tables with several versions in a step: the day of the step decides, a gap refuses, the journal says which."""

from procflow.records.story import entry_in_words

CODES = """
tables: kc_codes
columns: {code: {type: string, key: true}, handler: {type: string}}
versions:
  - valid: {from: 2026-01-01, until: 2026-06-30}
    rows: [{code: LLK, handler: KC}]
  - valid: {from: 2026-08-01}
    rows: [{code: LLK, handler: own}]
"""
PLAIN = """
data: {handler: {type: string}}
initial: a
states:
  a:
    task: {role: agent}
    choices:
      look: {set: {handler: "${table('kc_codes')['LLK'].handler}"}}
      other: {set: {handler: "${table('kc_codes')['XX'].handler}"}}
      end: {to: end}
  end: {final: true}
"""


def test_the_version_of_the_day_counts_and_is_recorded(bench):
    b = bench(PLAIN, tables=[CODES], clock="2026-06-30 23:30")
    b.open("ann")
    assert b.entries("TableUsed") == []
    b.do("look", "ann")
    (used,) = b.entries("TableUsed")
    assert b.case.data["handler"] == "KC"
    assert (used.table, str(used.since), str(used.until)) == ("kc_codes", "2026-01-01", "2026-06-30")
    told = entry_in_words(used, None, b.stage.surroundings.organisation, "en")
    assert (
        told
        == "looked up in the table kc_codes, the version from Thursday 1 January 2026 to Tuesday 30 June 2026"
    )
    b.wait("until 2026-08-01 00:00")
    b.do("look", "ann")
    assert b.case.data["handler"] == "own"
    assert str(b.entries("TableUsed")[-1].since) == "2026-08-01"


def test_a_row_that_is_not_there_is_looked_up_all_the_same(bench):
    b = bench(PLAIN, tables=[CODES])
    b.open("ann")
    b.do("other", "ann")
    assert b.case.data["handler"] is None
    assert len(b.entries("TableUsed")) == 1


def test_asking_on_a_day_without_a_version_is_refused_with_the_nearest_ones(bench):
    b = bench(PLAIN, tables=[CODES], clock="2026-07-01 00:30")
    b.open("ann")
    refusal = b.refused("look", "ann")
    assert refusal.code == "evaluation"
    assert "kc_codes has no version for 2026-07-01" in refusal.words("en")
    assert "ends on 2026-06-30" in refusal.words("en") and "begins on 2026-08-01" in refusal.words("en")
    assert b.entries("TableUsed") == []
