"""What somebody can do with a case, and why not the rest: the words of choices, tasks and four eyes."""

from __future__ import annotations

from typing import Any

from procflow.core.offers import four_eyes_in, item_offers, kept_from, offered_names, offers, words_of_state
from procflow.core.refusals import Refusal

TEAM = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [lead]
roles: {agent: {en: Agent, da: Agent}, clerk: {en: Clerk, da: Skriver}, lead: {en: Lead, da: Leder}}
people:
  ann: {name: Ann Test, roles: [agent, clerk]}
  bob: {name: Bob Test, roles: [agent]}
  cat: {name: Cat Test, roles: [agent, clerk]}
  liz: {name: Liz Test, roles: [lead]}
"""
EYES = """
data: {asker: {type: person}, n: {type: number}, list: {type: array, items: {type: number}}}
initial: wish
states:
  wish: {task: {role: agent}, choices: {ask: {set: {asker: "${actor}"}, to: check}, mine: {when: 'actor.id == "bob"', to: wish}, second: {by: lead, to: second}, third: {by: lead, to: third}}}
  check:
    task: {role: agent}
    choices:
      approve: {other_than: [ask], to: done}
      file: {by: clerk, to: done}
      odd: {when: 'list[0] / n > 1', to: done}
  second:
    task: {role: agent, other_than: ["${asker}"]}
    choices: {finish: {to: done}}
  third:
    choices: {sign: {by: [agent], other_than: [ask], to: done}}
  done: {final: true}
"""


def at(b: Any, actor: str) -> tuple[Any, ...]:
    return b.procedure, b.case, b.stage.surroundings, actor, b.stage.now


def test_each_choice_is_offered_or_refused_with_a_reason(bench: Any) -> None:
    b = bench(EYES, organisation=TEAM)
    b.open("ann")
    assert offered_names(*at(b, "ann")) == ["ask"] and offered_names(*at(b, "bob")) == ["ask", "mine"]
    assert offered_names(*at(b, "liz")) == ["second", "third"]
    b.do("ask", "ann")
    told = {o.choice.name: o.refusal and o.refusal.code for o in offers(*at(b, "ann"))}
    assert told == {"approve": "four_eyes", "file": None, "odd": "evaluation"}
    (odd,) = [o.refusal for o in offers(*at(b, "ann")) if o.choice.name == "odd" and o.refusal]
    assert odd.facts["what"] == "odd" and odd.facts["owner"] == "lead" and odd.facts["problem"]
    assert odd.at == b.procedure.state["check"].choices_by_name["odd"].at and odd.path == b.procedure.path
    assert [o.available for o in offers(*at(b, "bob"))] == [True, False, False]
    assert {o.word for o in offers(*at(b, "bob"))} == {"approve", "file", "odd"}
    b.do("approve", "bob")
    assert offers(*at(b, "ann")) == []


def test_four_eyes_keep_somebody_from_a_task_where_nothing_is_left_to_do(bench: Any) -> None:
    b = bench(EYES, organisation=TEAM)
    b.open("bob")
    b.do("ask", "bob")
    assert four_eyes_in(b.procedure, "check") and four_eyes_in(b.procedure, "second")
    assert four_eyes_in(b.procedure, "third") and not four_eyes_in(b.procedure, "wish")
    assert kept_from(*at(b, "bob"), "wish") is None, "there is no rule"
    assert kept_from(*at(b, "bob"), "check") is None, "`odd` cannot be worked out"
    plain = EYES.replace("      odd: {when: 'list[0] / n > 1', to: done}\n", "")
    b = bench(plain, organisation=TEAM)
    b.open("bob")
    b.do("ask", "bob")
    why = kept_from(*at(b, "bob"), "check")
    assert isinstance(why, Refusal) and why.code == "four_eyes" and "Bob Test took “ask”" in why.words("en")
    assert kept_from(*at(b, "ann"), "check") is None, "ann may file and approve"
    whole = kept_from(*at(b, "bob"), "second")
    assert whole is not None and whole.code == "four_eyes" and "asker" in whole.words("en")
    assert kept_from(*at(b, "ann"), "second") is None
    b = bench(plain, organisation=TEAM)
    b.open("cat")
    b.do("ask", "cat")
    assert kept_from(*at(b, "cat"), "check") is None, "cat asked, and may file"


def test_four_eyes_of_a_choice_where_there_is_no_task_name_those_who_could(bench: Any) -> None:
    b = bench(
        EYES.replace("to: check", "to: third").replace(
            "third: {by: lead, to: third}", "c: {by: lead, to: check}"
        ),
        organisation=TEAM,
    )
    b.open("ann")
    b.do("ask", "ann")
    refusal = b.refused("sign", "ann", because="four_eyes")
    assert "Bob Test, Cat Test" in refusal.hint("en")
    b.do("sign", "cat")


NESTED = """
data: {name: {type: string, default: Mette}}
initial: outer
states:
  outer:
    title: {en: Around, da: Udenom}
    initial: inner
    states:
      inner:
        title: {en: "For ${name}", da: "Til ${name}"}
        help: {en: "Help for ${actor.name}", da: "Hjælp til ${actor.name}"}
        task: {role: agent, say: {en: "Hello ${name}", da: "Hej ${name}"}, guide: {en: Look, da: Se}}
        choices: {go: {to: plain}, out: {to: around}}
  around:
    initial: plain_inside
    task: {role: agent, guide: {en: Guide, da: Vejledning}}
    choices: {leave: {to: end}}
    states: {plain_inside: {}}
  plain: {task: {role: agent}, choices: {leave: {to: end}}}
  end: {final: true}
"""


def test_what_is_said_of_the_states_in_which_people_work(bench: Any) -> None:
    b = bench(NESTED)
    b.open("ann")
    assert words_of_state(*at(b, "ann"), "en") == [
        {
            "state": "inner",
            "title": "For Mette",
            "say": "Hello Mette",
            "guide": "Look",
            "help": "Help for Ann Test",
        }
    ]
    assert words_of_state(*at(b, "ann"), "da")[0]["say"] == "Hej Mette"
    b.do("out", "ann")
    nothing = {"say": "", "guide": "", "help": ""}
    assert words_of_state(*at(b, "ann"), "en") == [
        {**nothing, "state": "around", "title": "around", "guide": "Guide"},
        {**nothing, "state": "plain_inside", "title": "plain inside"},
    ]


def test_a_name_that_two_states_share_is_told_apart_by_the_state(bench: Any) -> None:
    b = bench("""
initial: both
states:
  both:
    parallel:
      left: {initial: l1, states: {l1: {task: {role: agent}, choices: {ok: {to: l2}, only: {to: l2}}}, l2: {final: true}}}
      right: {initial: r1, states: {r1: {task: {role: agent}, choices: {ok: {to: r2}}}, r2: {final: true}}}
    events: {done: {to: end}}
  end: {final: true}
""")
    b.open("ann")
    assert offered_names(*at(b, "ann")) == ["l1.ok", "only", "r1.ok"]
    b.do("l1.ok", "ann")
    assert offered_names(*at(b, "ann")) == ["ok"]


def test_items_offer_what_their_kind_can_be_settled_by_to_those_whose_they_are(bench: Any) -> None:
    b = bench(
        """
initial: work
states:
  work: {task: {role: agent}, choices: {write: {do: [{mail.send: {to: "a@b.example", subject: s, text: t}}, {notify: {role: lead, text: {en: x, da: x}}}]}}}
""",
        manual=["mail"],
    )
    b.open("ann")
    b.do("write", "ann")
    manual, notice = b.case.items
    assert b.case.items[manual].kind == "manual"
    assert item_offers(b.case, b.stage.surroundings, "ann", b.stage.now) == {
        manual: ["confirm", "not_possible"]
    }
    assert item_offers(b.case, b.stage.surroundings, "liz", b.stage.now) == {notice: ["read"]}
    assert offered_names(*at(b, "ann")) == ["write", "confirm", "not_possible"]
    assert offered_names(*at(b, "liz")) == ["read"]
