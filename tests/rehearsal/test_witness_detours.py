"""Where a step of a way cannot be taken, what else leads from its state to the same one is gone instead."""

from procflow.definitions.from_texts import documents_of
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.witness_detours import detours

from .witnessing import HEAD, step

PROCEDURE = (
    HEAD
    + """
  wish:
    task: {role: agent}
    events: {message: {to: asked}, renewed: {to: asked}}
    choices: {on_paper: {when: 'amount > 3', to: asked}, drop: {to: done}}
    after: {3 days: {to: asked}}
  asked: {task: {role: agent}, choices: {end: {to: done}}}
  done: {final: true}
"""
)


def test_a_choice_is_gone_around_by_a_message_and_by_an_event_that_lead_to_the_same_state() -> None:
    documents = documents_of(PROCEDURE, organisation=ORGANISATION, overlook=("PF204",))
    (procedure,) = documents.procedures.values()
    way = (step("open"), step("choice wish.on_paper", taken=("wish.on_paper#1",)))
    last = step("choice asked.end", taken=("asked.end#1",))
    found = list(detours(procedure, way, last, 1))
    assert {(around[1].move.kind, around[1].taken, end.move.name) for around, end in found} == {
        ("message", ("wish~message#1",), "end"),
        ("event", ("wish~renewed#1",), "end"),
    }
    assert not list(detours(procedure, way, last, 2)), "nothing else leads to the end"
    assert not list(detours(procedure, way, last, 0)), "a case is opened as it is"
