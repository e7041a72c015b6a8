"""What a proof tells beside its verdicts: what it takes for granted, how much it looked at, and the way that it suspects."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.proof.ending import may_end, surely_ending
from procflow.proof.moves import Move
from procflow.proof.proving import prove_all
from procflow.proof.space import Edge, Space
from procflow.proof.state import State
from procflow.rehearsal.bench import ORGANISATION

HEAD = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
"""
PLAIN = (
    HEAD
    + """
starts: [{by: agent, ask: [kind]}]
data: {kind: {enum: [small, large]}, count: {type: integer, maximum: 9}, sum: {type: integer, maximum: 9}, who: {type: person}}
initial: open
states:
  open:
    task: {role: agent}
    events: {message: {to: heard}}
    choices:
      finish: {when: 'kind == "small"', to: finished}
      again: {to: self}
      ask: {set: {who: "${actor}"}, to: asking}
    after: {2 days: {%s to: late}}
  heard: {task: {role: agent}, choices: {finish: {to: finished}}}
  late: {task: {role: lead}, choices: {finish: {to: finished}, round: {to: later}}}
  later: {task: {role: lead}, choices: {back: {to: late}}}
  asking: {invoke: {procedure: other}, events: {done: {to: finished}, failed: {to: finished}}}
  finished: {final: true, outcome: finished}
promises: {%s}
"""
)
OTHER = """
procedure: other
title: {en: Other, da: Anden}
owner: lead
initial: open
states:
  open: {task: {role: agent}, choices: {finish: {to: finished}}}
  finished: {final: true, outcome: done}
"""


def suspicion(proof: Any) -> Any:
    (verdict,) = proof.verdicts
    assert verdict.verdict == "not decided" and verdict.reason == "suspicion"
    return verdict.suspicion


@pytest.mark.parametrize(
    ("sets", "promise", "assumed"),
    [
        ("", "it: {never: 'state(\"late\")'}", ("invokes other",)),
        ("", "it: {after: 'state(\"open\")', eventually: '!state(\"open\")'}", ("fairness", "invokes other")),
        ('set: {count: "${sum * 2}"},', "it: {after: 'state(\"late\")', eventually: 'closed()'}", ("fairness", "fits", "invokes other")),
        ('set: {count: "${sum}"},', "it: {after: 'state(\"late\")', eventually: 'closed()'}", ("fairness", "invokes other")),
        ("", "it: {never: 'who in members(\"lead\")'}", ("organisation", "invokes other")),
        ("", "it: {never: 'state(\"finished\")'}, then: {before: 'choice(\"back\")', must: 'state(\"late\")'}", ("kept", "invokes other")),
    ],
)  # fmt: skip
def test_what_it_takes_for_granted(sets: str, promise: str, assumed: Any, proof_of: Any) -> None:
    proof = proof_of(PLAIN % (sets, promise), OTHER)
    assert proof.assumptions == assumed
    assert (proof.procedure, proof.path, proof.left) == ("errand", "procedures/errand/procedure.yaml", False)


def test_it_says_where_an_event_of_the_case_s_own_is_not_looked_for_from_outside(proof_of: Any) -> None:
    own = """
procedure: other
title: {en: Other, da: Anden}
owner: lead
starts: [{by: agent}]
initial: open
states:
  open: {task: {role: agent}, choices: {finish: {%s}}, events: {bell: {to: rung}}}
  rung: {task: {role: agent}, choices: {finish: {to: finished}}}
  finished: {final: true, outcome: done}
promises: {it: {before: 'state("rung")', must: 'choice("finish")'}}
"""
    raised = proof_of(own % "do: [{raise: bell}]")
    assert (raised.assumptions, raised.verdicts[0].verdict) == (("raised",), "proved")
    sent = proof_of(own % "to: rung")
    assert (sent.assumptions, sent.verdicts[0].verdict) == ((), "not decided")


def test_who_opens_a_case_is_told_and_how_much_was_looked_at(proof_of: Any) -> None:
    proof = proof_of(OTHER, PLAIN % ("", "it: {never: 'state(\"late\")'}"))
    assert proof.assumptions == ("opened by errand",)
    assert proof.steps >= proof.states > 0
    small = proof_of(PLAIN % ("", "it: {never: 'state(\"late\")'}"), OTHER, budget=3)
    assert small.left and small.states == 3


def test_a_way_that_is_refused_ends_with_the_step_that_is(proof_of: Any) -> None:
    proof = proof_of(PLAIN % ("", 'it: {never: \'choice("finish") && kind == "small"\'}'), OTHER)
    found = suspicion(proof)
    assert [(s.move.kind, s.move.name) for s in found.way] == [("open", "0")]
    assert (found.last.move.kind, found.last.move.name, found.last.move.state) == ("choice", "finish", "open")
    assert (found.forever, found.round) == (False, ())
    (verdict,) = proof.verdicts
    assert verdict.kept == {"kind"} and verdict.at == (23, 12)
    assert verdict.states == 1, "once it is seen to break nothing more is looked at"
    assert verdict.free == ()


def test_the_conditions_on_the_way_that_were_chosen_are_told(proof_of: Any) -> None:
    text = (PLAIN % ("", "it: {never: 'choice(\"finish\") && count > 3'}")).replace(
        "ask: [kind]", "ask: [kind, count]"
    )
    (verdict,) = proof_of(text, OTHER).verdicts
    assert verdict.free == ("count >= 4",), "of whole numbers"


def test_a_message_and_time_on_a_way_are_named(proof_of: Any) -> None:
    proof = proof_of(PLAIN % ("", "it: {never: 'state(\"heard\")'}"), OTHER)
    assert suspicion(proof).last.move == Move("message", "message")
    proof = proof_of(PLAIN % ("", "it: {never: 'state(\"late\")'}"), OTHER)
    last = suspicion(proof).last
    assert (last.move.kind, len(last.taken)) == ("after", 1)


def test_what_goes_on_for_ever_is_told_with_the_moves_of_the_round(proof_of: Any) -> None:
    proof = proof_of(PLAIN % ("", "it: {after: 'state(\"late\")', eventually: 'closed()'}"), OTHER)
    found = suspicion(proof)
    assert found.forever and found.last is None
    assert [s.move.kind for s in found.way] == ["open", "after"]
    assert {(s.move.name, s.chosen, s.taken) for s in found.round} <= {("round", (), ()), ("back", (), ())}
    proof = proof_of(
        PLAIN % ("", "it: {after: 'state(\"open\")', eventually: 'closed()', within: 1 days}"), OTHER
    )
    found = suspicion(proof)
    assert (found.forever, found.last) == (False, None)
    assert [s.move.kind for s in found.way] == ["open", "promise"]


LOOP = (
    HEAD
    + """
starts: [{by: agent, ask: [kind]}]
data: {kind: {enum: [small, large]}, count: {type: integer}}
initial: one
states:
  one: {task: {role: agent}, choices: {finish: {when: 'kind == "small"', to: end}, note: {set: {count: 3}}}, after: {1 days: {to: two}}}
  two: {task: {role: agent}, choices: {finish: {to: end}}, after: {2 days: {to: one}}}
  end: {final: true, outcome: done}
promises: {%s}
"""
)


def test_a_round_that_goes_by_itself_is_told_move_by_move(proof_of: Any) -> None:
    found = suspicion(proof_of(LOOP % "it: {after: 'state(\"one\")', eventually: 'closed()'}"))
    assert found.forever and [s.move.kind for s in found.round] == ["after", "after"]
    assert len({s.move.name for s in found.round}) == 2 and all(s.chosen == () for s in found.round)


def test_a_way_on_which_more_must_be_kept_is_told_whole(proof_of: Any) -> None:
    """The promise alone knows nothing of the kind, without which the first way would be told."""
    found = suspicion(proof_of(LOOP % "it: {before: 'choice(\"finish\")', must: 'count == 3'}"))
    assert [s.move.kind for s in found.way] == ["open"] and found.last.move.name == "finish"
    assert ("data", "kind", "small") in found.way[0].chosen + found.last.chosen
    found = suspicion(proof_of(LOOP % "it: {never: 'state(\"end\") && count == 3'}"))
    assert [s.move.name for s in (*found.way[1:], found.last)] == ["note", "finish"]


def test_tables_that_have_every_word_are_taken_for_granted_where_they_were_asked() -> None:
    table = """
tables: codes
title: {en: Codes, da: Koder}
columns: {code: {type: string, key: true}, desk: {type: string}}
versions:
  - valid: {from: 2026-01-01}
    rows: [{code: small, desk: one}, {code: large, desk: two}]
"""
    text = LOOP % 'it: {never: \'state("end") && table("codes")[kind].desk == null && kind != null\'}'
    documents = documents_of(text, organisation=ORGANISATION, tables=[table], overlook=["PF256"])
    for tables, word in ((documents.tables, "proved"), ({}, "not decided")):
        (proof,) = prove_all(documents.procedures, documents.organisation, tables=tables)
        assert proof.verdicts[0].verdict == word
        assert ("tables" in proof.assumptions) is (word == "proved")


ANSWERED = (
    HEAD
    + """
starts: [{by: agent}]
data: {code: {type: string}}
initial: one
states:
  one:
    task: {role: agent}
    choices:
      ask:
        ask: [code]
        then: [{when: 'table("codes")[code] == null', refuse: {en: There is none., da: Den findes ikke.}}, {to: two}]
  two: {task: {role: agent}, choices: {rest: {when: 'count("rest") == 0', to: resting}, finish: {to: end}}}
  resting: {task: {role: agent}, after: {3 days: {to: two}}}
  end: {final: true, outcome: done}
deadlines:
  answer:
    title: {en: Answer, da: Svar}
    starts: [entering two]
    within: "${table('codes')[code].answer}"
    met: [choice finish]
    pause_in: [resting]
promises: {it: {after: 'state("two")', eventually: 'closed() || missed("answer")'}}
"""
)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (("{code: a, answer: 2 days}", "{code: a, answer: 3 days}"), "proved"),
        (("{code: a, answer: 2 days}", "{code: b, answer: 3 days}"), "not decided"),
        (("{code: a, answer: 2 days}", "{code: a}"), "not decided"),
    ],
)
def test_a_row_that_is_there_stays_there_with_all_that_no_row_is_without(rows: Any, word: str) -> None:
    """Only where every version has the same rows, and each of them the column."""
    table = f"""
tables: codes
title: {{en: Codes, da: Koder}}
columns: {{code: {{type: string, key: true}}, answer: {{type: duration}}}}
versions:
  - valid: {{from: 2026-01-01, until: 2026-06-30}}
    rows: [{rows[0]}]
  - valid: {{from: 2026-07-01}}
    rows: [{rows[1]}]
"""
    documents = documents_of(ANSWERED, organisation=ORGANISATION, tables=[table])
    (proof,) = prove_all(documents.procedures, documents.organisation, tables=documents.tables)
    assert proof.verdicts[0].verdict == word
    assert "tables" in proof.assumptions or word != "proved"


def test_what_nothing_opens_may_be_given_anything(verdicts: Any) -> None:
    text = (
        OTHER
        + 'data: {kind: {enum: [small, large]}}\npromises: {it: {never: \'kind == "small"\'}, end: {never: \'closed() && kind != null && kind != "small" && kind != "large"\'}}\n'
    )
    assert verdicts(text) == {"it": "not decided", "end": "proved"}


def test_from_where_an_end_is_reached_and_from_where_it_surely_is() -> None:
    """0 leads to 1 and 2 by one move, 3 to the end by chance, 4 by what was not kept, 5 nowhere."""
    time, answer, message = Move("after", "a"), Move("done", "", "s"), Move("message", "message")

    def edge(there: int, move: Move, *dropped: str) -> Edge:
        return Edge(there, move, frozenset(dropped), frozenset())

    def reached(*edges: list[Edge]) -> tuple[set[int], set[int]]:
        states = [State() for _ in edges] + [State(closed="end")]
        space = Space(None, None, states, edges=[*edges, []])  # type: ignore[arg-type]
        return surely_ending(space), may_end(space)

    end = 3
    for move in (
        time,
        answer,
        Move("failed", "", "s"),
        Move("missed", "d"),
        Move("warn", "d"),
        Move("promise", "p"),
    ):
        # both ways of what time brings lead on, and what leads to them does too
        assert reached([edge(1, message)], [edge(2, move, "x"), edge(end, move, "x")], [edge(end, move)])[
            0
        ] == {0, 1, 2, 3}
        assert reached([edge(1, message)], [edge(2, move, "x"), edge(end, move, "x")], [])[0] == {3}
    assert reached([edge(end, message, "x")], [edge(0, message)], []) == ({3}, {0, 1, 3})
    assert reached([edge(1, message)], [edge(2, message)], [edge(end, message)]) == (
        {0, 1, 2, 3},
        {0, 1, 2, 3},
    )
    assert reached([edge(end, message)], [edge(0, message), edge(1, message)], [edge(1, message)]) == (
        {0, 1, 2, 3}, {0, 1, 2, 3},
    )  # fmt: skip


ASKS = (
    HEAD
    + """
starts: [{by: agent}]
initial: asking
states:
  asking:
    task: {role: agent}
    invoke: {mail.send: {to: "a@b.example", subject: s, text: t}}
    events: {done: {to: answered}, failed: {%s}}
    choices: {%s}
  answered: {task: {role: agent}, choices: {end: {to: end}}}
  end: {final: true, outcome: done}
promises:
  it: {after: 'state("asking")', eventually: '!state("asking")'}
"""
)


@pytest.mark.parametrize(
    ("failed", "choices", "verdict"),
    [
        ("to: answered", "look: {}", "proved"),  # deliveries end in success or failure
        ("to: answered", "again: {to: self}", "not decided"),  # people may ask anew for ever
        ("to: self", "look: {}", "not decided"),  # so may the case itself
        ("do: []", "look: {}", "not decided"),  # it failed, and nothing follows
    ],
)
def test_an_answer_comes_at_last(failed: str, choices: str, verdict: str, verdicts: Any) -> None:
    assert verdicts(ASKS % (failed, choices)) == {"it": verdict}


SENDS = (
    HEAD
    + """
starts: [{by: agent}]
initial: open
states:
  open: {task: {role: agent}, choices: {go: {%s to: sending}}}
  sending:
    invoke: {mail.send: {to: "a@b.example", subject: s, text: t}}
    events: {done: {%s to: sent}, failed: {to: sent}}
  sent: {task: {role: agent}, %s choices: {end: {%s to: end}}}
  end: {final: true, outcome: done}
"""
)
SAME = 'mail.send: {to: "a@b.example", subject: s, text: t}'
LIKE = 'mail.send: {to: "a@b.example", subject: s, text: u}'


@pytest.mark.parametrize(
    ("go", "done", "sent", "end", "is_twice"),
    [
        ("", "", "", "", False),
        (f"do: [{{{SAME}}}],", "", "", "", True),  # with the choice and on the way in
        (f"do: [{{{LIKE}}}],", "", "", "", False),
        ("", f"do: [{{{SAME}}}],", "", "", True),  # an answer is no reason to send again
        ("", "", f"entry: [{{{SAME}}}],", "", True),
        ("", "", "", f"do: [{{{SAME}}}],", False),  # a person asked for it
        (f"do: [{{{LIKE}}}, {{{LIKE}}}],", "", "", "", True),
    ],
)
def test_the_same_is_sent_twice_where_nothing_comes_between(
    go: str, done: str, sent: str, end: str, is_twice: bool, found: Any
) -> None:
    twice = [what for kind, what in found(SENDS % (go, done, sent, end)) if kind == "effect_twice"]
    assert bool(twice) is is_twice


WAITS = (
    HEAD
    + """
starts: [{by: agent}]
data: {sure: {type: boolean}}
initial: open
states:
  open: {task: {role: agent}, choices: {go: {do: [{raise: ready}], to: on_the_way}}}
  on_the_way: {task: {role: agent}, choices: {go: {to: waiting}}}
  waiting: {%s}
  end: {final: true, outcome: done}
"""
)


@pytest.mark.parametrize(
    ("waiting", "is_lost"),
    [
        ("events: {ready: {to: end}}", True),
        ("events: {ready: {to: end}}, task: {role: agent}, choices: {go: {to: end}}", False),
        ("events: {ready: {to: end}}, choices: {go: {by: agent, to: end}}", False),
        ("events: {ready: {to: end}}, always: [{when: sure, to: end}]", False),
        ("events: {ready: {to: end}, done: {to: end}, failed: {to: end}}, invoke: {" + SAME + "}", False),
        ("initial: in, states: {in: {}}, events: {ready: {to: end}}", False),
        ("events: {ready: {do: []}}, after: {3 days: {to: end}}", False),
        ("events: {ready: {to: end}}, after: {3 days: {to: end}}", True),
    ],
)  # fmt: skip
def test_an_event_that_came_before_is_waited_for_in_vain(waiting: str, is_lost: bool, found: Any) -> None:
    lost = [what for kind, what in found(WAITS % waiting) if kind == "lost_message"]
    assert lost == (["ready"] if is_lost else [])


def test_without_an_organisation_a_parameter_may_be_anything() -> None:
    """A file outside of any workspace is proved too; a parameter in a promise once ended that with an error."""
    text = """
procedure: errand
title: An errand
owner: lead
starts: [{by: agent}]
initial: begun
states:
  begun:
    task: {role: agent, guide: "Settle it."}
    choices: {settle: {to: settled}}
  settled: {final: true}
promises:
  of_a_parameter: {never: 'param("limit") == 2'}
  of_a_mailbox: {never: 'mailbox("claims") == "a@desk.example"'}
  of_people: {always: 'size(members("lead")) > 0'}
  of_nothing_else: {never: 'choice("settle") && state("begun")'}
"""
    procedures = documents_of(text, organisation=ORGANISATION, overlook=list(CODES)).procedures
    (proof,) = prove_all(procedures, None)
    assert {v.promise: v.verdict for v in proof.verdicts} == {
        "of_a_parameter": "not decided",
        "of_a_mailbox": "not decided",
        "of_people": "not decided",
        "of_nothing_else": "proved",
    }
