"""Small faults are put into procedures: what catches them, what survives, and what would catch it."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from procflow.core.procedure import procedure_to_json
from procflow.definitions.workspace import Documents, read_workspace
from procflow.errors import BrokenDocument
from procflow.rehearsal.cast import Cast
from procflow.rehearsal.mutant_places import columns_read
from procflow.rehearsal.mutant_times import a_day_later, moved
from procflow.rehearsal.mutants import mutants_of, mutants_of_table
from procflow.rehearsal.mutation import Mutation, OutOfTime, Verdict, sampled, time_limit
from procflow.rehearsal.runner import run_scenarios

ORGANISATION = """
organisation: shop
timezone: Europe/Copenhagen
languages: [en]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
roles: {agent: {en: Agent}, lead: {en: Duty lead}}
people: {ann: {name: Ann Test, roles: [agent]}, liz: {name: Liz Test, roles: [lead]}}
parameters: {patience: 2 working days}
"""
REFUND = """
procedure: refund
title: A refund
owner: lead
starts: [{by: agent}]
data: {amount: {type: integer}, shop: {type: string}, limit: {type: integer}, way: {enum: [cash, bank]}}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      pay:
        ask: [amount, shop]
        set: {limit: "${table('limits')[shop].most}", way: "${decide('how', {amount: amount}).way}"}
        then:
          - {when: amount > 500, do: [{notify: {role: lead}}], to: to_approve}
          - {to: paid}
  to_approve:
    task: {role: lead}
    choices: {approve: {to: paid}, refuse: {to: refused}}
    after: {3 days: {to: refused}}
  paid: {final: true, outcome: paid}
  refused: {final: true, outcome: refused}
decisions:
  how:
    hit: first
    inputs: {amount: integer}
    rows: [{amount: "< 100", gives: {way: cash}}, {gives: {way: bank}}]
deadlines:
  settled: {starts: opening, within: "${param('patience')}", met: [entering paid, entering refused]}
promises:
  approved:
    says: A large refund is approved.
    never: 'state("paid") && amount > 500 && count("approve") == 0'
"""
LIMITS = """
tables: limits
title: Limits
columns: {shop: {type: string, key: true}, most: {type: integer}, street: {type: string}}
versions:
  - valid: {from: 2026-01-01}
    rows:
      - {shop: north, most: 500}
      - {shop: south, most: 900, street: Long Street}
"""
GOOD = """
scenarios: refund
clock: 2026-05-11 10:05
tests:
  A large refund is approved by the lead, who hears of it:
    - open: {by: ann}
    - {do: pay, by: ann, with: {amount: 900, shop: north}}
    - expect: {state: to_approve, sent: [{notify: {role: lead}}], due: {settled: 2026-05-13 17:00}, data: {limit: 500, way: bank}}
    - {do: approve, by: liz}
    - expect: {outcome: paid}
  A small one is paid at once:
    - open: {by: ann}
    - {do: pay, by: ann, with: {amount: 50, shop: south}}
    - expect: {outcome: paid, data: {limit: 900, way: cash}}
  The lead may say no:
    - open: {by: ann}
    - {do: pay, by: ann, with: {amount: 900, shop: north}}
    - {do: refuse, by: liz}
    - expect: {outcome: refused}
  A lead who says nothing says no:
    - open: {by: ann}
    - {do: pay, by: ann, with: {amount: 900, shop: north}}
    - wait: until 2026-05-14 11:00
    - expect: {outcome: refused}
"""
WEAK = """
scenarios: refund
clock: 2026-05-11 10:05
tests:
  A large refund is approved by the lead:
    - open: {by: ann}
    - do: pay
      by: ann
      with: {amount: 900, shop: north}
    - {do: approve, by: liz}
    - expect: {outcome: paid}
"""


@pytest.fixture
def made(tmp_path: Path) -> Any:
    """A workspace with these scenarios, and perhaps another procedure beside it -> its documents."""

    def make(scenarios: str, procedure: str = REFUND, **more: str) -> Documents:
        (tmp_path / "procflow.toml").write_text("")
        files = {
            "organisation.yaml": ORGANISATION, "tables/limits.yaml": LIMITS, "refund/procedure.yaml": procedure,
            "refund/scenarios.yaml": scenarios, **more,
        }  # fmt: skip
        for name, text in files.items():
            file = tmp_path / "procedures" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.lstrip("\n"))
        documents = read_workspace(str(tmp_path), checked=False)
        assert not [p.as_text() for p in documents.problems if p.is_error]
        return documents

    return make


def mutation_of(documents: Documents) -> Mutation:
    paths = [path for path, (kind, _) in sorted(documents.named.items()) if kind == "scenarios"]
    mutation = Mutation(documents, paths)
    mutation.rehearse()
    return mutation


def judged(documents: Documents, jobs: int = 1) -> dict[str, Verdict]:
    mutation = mutation_of(documents)
    return {v.mutant.key: v for v in mutation.judge_all(mutation.mutants(), jobs)}


def test_every_kind_of_place_has_its_mutants(made: Any) -> None:
    documents = made(GOOD)
    assert [m.key for m in mutants_of(documents.procedures["refund"])] == [
        "asked.pay#1 guard negated",
        "asked.pay#1 guard dropped",
        "asked.pay#1 effect 1 notify",
        "asked.pay#1 target",
        "asked.pay#2 target",
        "to_approve.approve#1 target",
        "to_approve.refuse#1 target",
        "to_approve@1 time later",
        "to_approve@1#1 target",
        "decision how row 1 amount",
        "decision how row 1 gives way",
        "decision how row 2 gives way",
        "deadline settled later",
    ]


def test_each_mutant_differs_from_the_procedure_and_leaves_it_alone(made: Any) -> None:
    procedure = made(GOOD).procedures["refund"]
    before = procedure_to_json(procedure)
    forms = {procedure_to_json(m.make()) for m in mutants_of(procedure)}
    assert len(forms) == len(mutants_of(procedure))
    assert before not in forms
    assert procedure_to_json(procedure) == before


def test_good_scenarios_catch_every_one(made: Any) -> None:
    verdicts = judged(made(GOOD))
    assert [key for key, v in verdicts.items() if not v.caught] == []
    assert "table limits row south most" in verdicts


def test_a_survivor_is_told_with_its_line_what_was_changed_and_the_step_that_would_catch_it(
    made: Any,
) -> None:
    verdict = judged(made(WEAK))["asked.pay#1 effect 1 notify"]
    assert not verdict.caught
    line = (
        REFUND.lstrip("\n")
        .splitlines()
        .index("          - {when: amount > 500, do: [{notify: {role: lead}}], to: to_approve}")
        + 1
    )
    assert (verdict.mutant.path, verdict.mutant.at[0]) == ("procedures/refund/procedure.yaml", line)
    assert verdict.mutant.words == "notify of the choice pay in asked, alternative 1 of 2 is not asked for"
    assert verdict.hint is not None
    assert "expect: {sent: [{notify: {role: lead}}]}" in verdict.hint.words
    assert verdict.hint.test == "A large refund is approved by the lead"
    assert WEAK.lstrip("\n").splitlines()[verdict.hint.line - 1] == "    - do: pay"


def test_a_deadline_that_nobody_looks_at_survives_with_the_instant_to_expect(made: Any) -> None:
    verdict = judged(made(WEAK))["deadline settled later"]
    assert verdict.hint is not None
    assert "due: {settled: 2026-05-13 17:00}" in verdict.hint.words


def test_what_a_hint_says_catches_the_survivor(made: Any) -> None:
    key = "deadline settled later"
    hint = judged(made(WEAK))[key].hint
    assert hint is not None
    lines = WEAK.lstrip("\n").splitlines()
    expect = hint.words.removeprefix("after this step, `").removesuffix("`")
    lines.insert(hint.line, f"    - {expect}")
    assert judged(made("\n".join(lines)))[key].caught


def test_where_a_mutant_does_more_the_hint_counts_and_that_catches_it(made: Any) -> None:
    guarded = REFUND.replace(
        "do: [{notify: {role: lead}}]", "do: [{when: amount > 950, notify: {role: lead}}]"
    )
    key = "asked.pay#1 effect 1 notify guard dropped"
    hint = judged(made(WEAK, guarded))[key].hint
    assert hint is not None
    assert hint.words == "after this step, `expect: {count: {notify: 0}}`"
    counted = WEAK.replace("    - {do: approve", "    - expect: {count: {notify: 0}}\n    - {do: approve")
    assert judged(made(counted, guarded))[key].caught


def test_a_time_that_nobody_waits_for_survives_with_the_instant(made: Any) -> None:
    hint = judged(made(WEAK))["to_approve@1 time later"].hint
    assert hint is not None
    assert "`wait: until 2026-05-14 10:05`, and `expect` that it is in to_approve no longer" in hint.words


def test_a_time_after_which_the_case_stays_survives_with_what_happens_then(made: Any) -> None:
    stays = REFUND.replace(
        "after: {3 days: {to: refused}}", "after: {3 days: {do: [{notify: {role: lead}}]}}"
    )
    hint = judged(made(WEAK, stays))["to_approve@1 time later"].hint
    assert hint is not None
    # REFUND begins with a line break
    line = next(n for n, text in enumerate(stays.splitlines()) if "    after:" in text)
    assert f"`wait: until 2026-05-14 10:05`, and `expect` what happens then (line {line})" in hint.words


def test_a_time_that_leads_back_to_its_own_state_is_not_said_to_lead_out_of_it(made: Any) -> None:
    again = REFUND.replace(
        "after: {3 days: {to: refused}}", "after: {3 days: {do: [{notify: {role: lead}}], to: self}}"
    )
    hint = judged(made(WEAK, again))["to_approve@1 time later"].hint
    assert hint is not None and "what happens then" in hint.words


def test_where_no_scenario_comes_the_nearest_is_named(made: Any) -> None:
    verdict = judged(made(WEAK))["to_approve.refuse#1 target"]
    assert (verdict.caught, verdict.ran) == (False, 0)
    assert verdict.hint is not None
    assert "no scenario does" in verdict.hint.words
    assert "the nearest comes to to_approve" in verdict.hint.words


def test_a_choice_that_leads_back_to_its_own_state_is_expected_in_it_by_name(made: Any) -> None:
    again = REFUND.replace("refuse: {to: refused}}", "refuse: {to: refused}, look: {to: self}}")
    verdict = judged(made(WEAK, again))["to_approve.look#1 target"]
    assert "instead of the state itself" in verdict.mutant.words
    assert verdict.hint is not None and "`expect: {state: to_approve}` after it" in verdict.hint.words


def test_a_guard_that_always_held_is_not_missed_and_what_to_enter_is_said(made: Any) -> None:
    verdict = judged(made(WEAK))["asked.pay#1 guard dropped"]
    assert verdict.hint is not None
    assert "a step in which `amount > 500` does not hold" in verdict.hint.words


def test_a_row_of_a_table_is_told_with_its_own_line(made: Any) -> None:
    verdict = judged(made(WEAK))["table limits row south most"]
    assert not verdict.caught
    assert (
        LIMITS.lstrip("\n").splitlines()[verdict.mutant.at[0] - 1]
        == "      - {shop: south, most: 900, street: Long Street}"
    )


def test_a_column_that_nobody_reads_has_no_mutants_and_one_that_is_read_as_a_whole_has(made: Any) -> None:
    documents = made(GOOD)
    table = documents.tables["limits"]
    street = "table limits row south street"
    assert columns_read(documents.procedures.values(), "limits") == {"most"}
    assert street not in {m.key for m in mutation_of(documents).mutants()}
    whole = REFUND.replace(
        "table('limits')[shop].most", "table('limits')[shop] == null ? 1 : size(table('limits')[shop])"
    )
    assert columns_read(made(GOOD, whole).procedures.values(), "limits") is None
    assert street in {m.key for m in mutants_of_table(table, "limits.yaml", {})}


def test_a_table_that_no_scenario_touches_is_counted_all_the_same(made: Any) -> None:
    opened = "scenarios: refund\nclock: 2026-05-11 10:05\ntests:\n  It opens:\n    - open: {by: ann}\n    - expect: {state: asked}\n"
    assert not judged(made(opened))["table limits row south"].caught


def test_a_time_that_is_counted_from_a_value_begins_a_day_later(made: Any) -> None:
    counted = REFUND.replace("within: \"${param('patience')}\"", "until: \"${limit_day} minus ${param('patience')}\"").replace(
        "limit: {type: integer}", "limit: {type: integer}, limit_day: {type: date}"
    )  # fmt: skip
    until = made(GOOD, counted).procedures["refund"].deadlines[0].until
    later = a_day_later(until)
    assert [getattr(part, "source", part) for part in later.parts] == [
        "a_day_later~(limit_day)", " minus ", "param('patience')",
    ]  # fmt: skip


def test_a_step_that_is_refused_in_the_end_touches_what_it_went_through(made: Any) -> None:
    checked = REFUND.replace(
        "          - {to: paid}\n",
        "          - {to: checking}\n  checking:\n    always: [{when: amount < 10, refuse: Too little}, {to: paid}]\n",
    )
    own = "scenarios: refund\nclock: 2026-05-11 10:05\ntests:\n  Too little:\n    - open: {by: ann}\n"
    own += "    - refused: {do: pay, by: ann, with: {amount: 5, shop: north}, because: Too little}\n"
    verdict = judged(made(own, checked))["asked.pay#2 target"]
    assert (verdict.caught, verdict.how) == (True, "failed")


def test_a_promise_that_breaks_while_a_test_passes_catches_it(made: Any) -> None:
    patient = REFUND.replace(
        "promises:\n", "promises:\n  told:\n    says: The lead hears.\n    after: 'state(\"to_approve\")'\n"
        "    eventually: 'missed(\"told\")'\n    within: 2 days\n"
    ).replace(
        "deadlines:\n", "deadlines:\n  told: {starts: entering to_approve, within: 2 days, missed: {do: []}, met: entering refused}\n"
    ).replace("    after: {3 days: {to: refused}}\n", "")  # fmt: skip
    scenario = WEAK.split("    - {do: approve")[0] + "    - wait: 4 days\n    - expect: {state: to_approve}\n"
    later = judged(made(scenario, patient))["deadline told later"]
    assert (later.caught, later.how) == (True, "promise")


def test_a_mutant_that_goes_in_circles_is_caught(made: Any) -> None:
    ringing = REFUND.replace(
        "    after: {3 days: {to: refused}}", "    after: {1 second: {when: 'amount < 0', to: self}}"
    )
    scenario = WEAK.split("    - {do: approve")[0] + "    - wait: 1 day\n    - expect: {state: to_approve}\n"
    verdict = judged(made(scenario, ringing))["to_approve@1#1 guard negated"]
    assert verdict.caught
    assert verdict.how in ("time", "failed")  # too much work, or too many steps, whichever comes first


def test_other_rehearsals_of_the_same_documents_never_meet_a_mutant(made: Any) -> None:
    documents = made(GOOD)
    path = "procedures/refund/scenarios.yaml"
    assert all(result.passed for result in run_scenarios(documents, documents.trees[path], path))
    shared = Cast.of(documents).known.procedures
    before = {hash: procedure_to_json(procedure) for hash, procedure in shared.items()}
    mutation = mutation_of(documents)
    assert before and not set(map(id, shared.values())) & set(map(id, mutation.cast.procedures.values()))
    for mutant in mutation.mutants():
        mutation.judge(mutant)
    assert {hash: procedure_to_json(procedure) for hash, procedure in shared.items()} == before


def test_only_work_counts_against_the_time_of_a_test() -> None:
    with time_limit(0.05):
        Event().wait(0.2)
    with pytest.raises(OutOfTime), time_limit(0.05):
        while True:
            pass


def test_scenarios_of_a_procedure_that_invokes_another_catch_its_mutants(made: Any) -> None:
    outer = """
procedure: outer
title: Outer
owner: lead
starts: [{by: agent}]
initial: inside
states:
  inside:
    invoke: {procedure: refund}
    events: {done: [{when: 'result.outcome == "paid"', to: good}, {to: bad}]}
  good: {final: true, outcome: good}
  bad: {final: true, outcome: bad}
"""
    test = """
scenarios: outer
clock: 2026-05-11 10:05
tests:
  A small one:
    - open: {by: ann}
    - {do: pay, case: refund, by: ann, with: {amount: 50, shop: south}}
    - expect: {outcome: good}
"""
    own = "scenarios: refund\nclock: 2026-05-11 10:05\ntests:\n  It opens:\n    - open: {by: ann}\n    - expect: {state: asked}\n"
    more = {"outer/procedure.yaml": outer, "outer/scenarios.yaml": test}
    verdict = judged(made(own, **more))["asked.pay#2 target"]
    assert verdict.caught
    assert verdict.by == "procedures/outer/scenarios.yaml: A small one"


def test_a_survivor_with_a_reason_is_let_be_and_one_listed_for_nothing_is_told(made: Any) -> None:
    listed = WEAK.replace(
        "tests:\n",
        "survivors:\n"
        "  asked.pay#1 effect 1 notify: The lead looks at the list anyway.\n"
        "  to_approve.*#1 target: Nobody has ever refused one.\n"
        "  asked.pay#1 guard negated: A scenario catches this one.\n"
        "  asked.gone#1 target: There is no such choice.\n"
        "tests:\n",
        1,
    )
    mutation = mutation_of(made(listed))
    mutants = mutation.mutants()
    verdicts = {v.mutant.key: v for v in map(mutation.judge, mutants)}
    assert verdicts["asked.pay#1 effect 1 notify"].reason == "The lead looks at the list anyway."
    assert verdicts["to_approve.refuse#1 target"].accepted
    assert not verdicts["deadline settled later"].accepted
    alive = [v.mutant for v in verdicts.values() if not v.caught]
    assert [(item.key, why) for item, why in mutation.accepted.idle(mutants, alive)] == [
        ("asked.pay#1 guard negated", "a scenario catches it"),
        ("asked.gone#1 target", "there is no such mutant"),
    ]


def test_a_row_of_a_table_is_let_be_in_the_scenarios_of_a_procedure_that_reads_it(made: Any) -> None:
    listed = WEAK.replace(
        "tests:\n", "survivors:\n  table limits row * most: Whoever pays looks it up.\ntests:\n", 1
    )
    mutation = mutation_of(made(listed))
    mutants = mutation.mutants(["limits"])
    verdicts = {v.mutant.key: v for v in map(mutation.judge, mutants)}
    assert verdicts["table limits row south most"].accepted
    assert not verdicts["table limits row south"].accepted
    alive = [v.mutant for v in verdicts.values() if not v.caught]
    assert mutation.accepted.idle(mutants, alive) == []
    only = mutation.mutants(["refund"])
    assert mutation.accepted.idle(only, []) == []


def test_several_processes_judge_as_one_does(made: Any) -> None:
    documents = made(WEAK)
    alone, together = judged(documents), judged(documents, jobs=2)
    assert list(alone) == list(together)
    assert [(v.caught, v.hint) for v in alone.values()] == [(v.caught, v.hint) for v in together.values()]


def test_a_sample_is_the_same_for_a_seed_and_another_for_another(made: Any) -> None:
    mutants = mutants_of(made(GOOD).procedures["refund"])
    first = [m.key for m in sampled(mutants, 5, "1")]
    assert len(first) == 5
    assert first == [m.key for m in sampled(mutants, 5, "1")]
    assert first == [key for key in (m.key for m in mutants) if key in first]
    assert any(first != [m.key for m in sampled(mutants, 5, seed)] for seed in "234")


def test_a_test_that_fails_as_it_is_stops_it_with_its_line(made: Any) -> None:
    with pytest.raises(BrokenDocument, match=r"procedures/refund/scenarios.yaml:\d+: .* fails as it is"):
        mutation_of(made(WEAK.replace("outcome: paid", "outcome: refused")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("4 working days", "5 working days"),
        ("24 hours", "48 hours"),
        ("2 weeks", "15 days"),
        ("6 open hours", "14 open hours"),
        ("today at closing", "next open day at closing"),
        ("next open day at 09:00", "today at 09:00"),
        ("2026-05-11", "2026-05-12"),
    ],
)
def test_a_day_later(before: str, after: str) -> None:
    assert str(moved(before)) == after


def test_a_value_in_words_that_a_scenario_listens_to_is_left_out_and_no_other_words_are(made: Any) -> None:
    """Who expects only the beginning of the promise would not notice that its date is not said."""
    spoken = REFUND.replace(
        "  asked:\n    task: {role: agent}",
        "  asked:\n    task: {role: agent, say: \"I am ${actor.name}. You get it by ${due('settled')}.\"}",
    ).replace("task: {role: lead}", "task: {role: lead, say: Just a moment.}")
    listens = '- open: {by: ann}\n    - expect: {says: {say: "I am Ann Test. You get it by"}}'
    mutation = mutation_of(made(GOOD.replace("- open: {by: ann}", listens, 1), spoken))
    words = [mutant for mutant in mutation.mutants(["refund"]) if mutant.kind == "words"]
    verdicts = {mutant.key: mutation.judge(mutant) for mutant in words}
    assert {key: verdict.caught for key, verdict in verdicts.items()} == {
        "asked say value 1": True,
        "asked say value 2": False,
    }
    left = verdicts["asked say value 2"]
    assert "`due('settled')` is not said" in left.mutant.words
    assert left.hint is not None and "says: {say: …}" in left.hint.words


def test_faults_are_told_in_words(made: Any) -> None:
    """What is asked for when, and ranges as they are written."""
    rows = 'rows: [{amount: "< 100", gives: {way: cash}}, {amount: "100..200", gives: {way: cash}}, {gives: {way: bank}}]'
    text = (
        REFUND.replace('rows: [{amount: "< 100", gives: {way: cash}}, {gives: {way: bank}}]', rows)
        .replace(
            "met: [entering paid, entering refused]}",
            "met: [entering paid, entering refused], missed: {do: [{notify: {role: lead}}]}}",
        )
        .replace(
            "paid: {final: true, outcome: paid}",
            "paid: {final: true, outcome: paid, entry: [{note.write: {text: Paid.}}]}",
        )
    )
    assert text.count("100..200") == text.count("missed:") == text.count("note.write") == 1
    words = {m.words for m in mutants_of(made(GOOD, text).procedures["refund"])}
    assert "notify when the deadline settled is missed is not asked for" in words
    assert "note.write on the way into paid is not asked for" in words
    assert "row 2 of how: amount is 201..202 instead of 100..200" in words


def test_an_answer_that_nobody_reads_has_no_mutants(made: Any) -> None:
    both = REFUND.replace("gives: {way: cash}", "gives: {way: cash, by: hand}").replace(
        "gives: {way: bank}", "gives: {way: bank, by: file}"
    )
    read = [m.key for m in mutants_of(made(GOOD, both).procedures["refund"]) if m.key.startswith("decision")]
    assert read == [
        "decision how row 1 amount",
        "decision how row 1 gives way",
        "decision how row 2 gives way",
    ]
    whole = both.replace(
        "decide('how', {amount: amount}).way", "{'a': decide('how', {amount: amount})}['a'].way"
    )
    assert whole != both
    keys = [m.key for m in mutants_of(made(GOOD, whole).procedures["refund"])]
    assert "decision how row 1 gives by" in keys
