"""Every refusal: reachable, told in Danish and English, with what would help."""

import re

import pytest

from procflow.core.decide import Command
from procflow.core.organisation import Absence
from procflow.core.refusals import WORDS
from procflow.engine.house import do_in_house

BODY = """
starts: [{by: agent, optional: [who, n, shut]}, {by: advisor, when: 'n == 77', optional: [n]}]
data: {who: {type: person}, n: {type: integer, default: 0, maximum: 100}, shut: {type: boolean}}
initial: s
states:
  s:
    task: {role: agent, take: claim}
    choices:
      work: {}
      twice: {other_than: [work], to: s}
      gate: {when: shut, to: end}
      ask: {ask: {x: {type: integer}}, when: 'input.x > 3'}
      never: {refuse: {en: Not today, da: Ikke i dag}}
      odd: {set: {n: "${1 / (n * 0)}"}}
      round: {to: ping}
      forbidden: {set: {n: -1}}
      mine: {by: "${who}", to: end}
      typed: {ask: {t: {type: integer}}, set: {n: "${input.t}"}}
      end: {to: end}
      mail: {do: [{mail.send: {to: a@b.example, subject: x, text: y}}, {mail.send: {to: b@b.example, subject: x, text: y}}]}
  ping: {always: [{when: 'n >= 0', to: pong}, {to: end}]}
  pong: {always: [{when: 'n >= 0', to: ping}, {to: end}]}
  end: {final: true, outcome: over}
promises: {p: {says: {en: Never below nought, da: Aldrig under nul}, never: 'n < 0'}}
"""
LOOSE = ("PF252", "PF251", "PF254", "PF253", "PF250", "PF255", "PF256", "PF257", "PF258", "PF259")


def refusals(bench):
    """One refusal of each code, by code."""
    b = bench(BODY, manual=["mail"], overlook=LOOSE)
    found = {}

    def keep(answer):
        refusal = getattr(answer, "refusal", answer)
        assert refusal is not None
        found.setdefault(refusal.code, refusal)

    keep(b.try_open("nobody"))
    keep(b.try_open("liz"))
    keep(b.try_open("ann", n="many"))
    b.open("ann", who="bob")
    for choice in ("gate", "unheard", "never", "odd", "round", "forbidden", "confirm"):
        keep(b.try_do(choice, "ann"))
    keep(b.try_do("ask", "ann", x=1))
    keep(b.try_do("typed", "ann", t=700))
    keep(b.try_do("work", "liz"))
    keep(b.stage.submit(b.case_id, Command("late", "answer", "elsewhere/1/1")))
    keep(b.stage.submit(b.case_id, Command("stale", "time", "missed:nothing")))
    keep(b.stage.submit(b.case_id, Command("made", "event", "message", "ann")))
    b.do("work", "ann")
    keep(b.try_do("work", "bob"))
    keep(b.try_do("twice", "ann"))
    b.do("mail", "ann")
    keep(b.try_do("confirm", "ann", reference="R"))
    b.absent("bob", "2026-05-11 08:00", "2026-05-12 08:00")
    keep(b.absent("bob", "2026-05-11 12:00"))
    keep(b.try_do("mine", "bob"))
    keep(b.stage.engine.end_absence("e", "ann", b.stage.now, "liz"))
    for refused in in_house(b):
        keep(refused)
    for kind, by, given in (
        ("resume", "ann", {}),
        ("suspend", "ann", {"until": "2026-05-11 08:00", "reason": "Waits for the post"}),
    ):
        keep(b.stage.submit(b.case_id, Command(kind, kind, "", by, given)))
    early = {"channel": "sms", "form": "message", "text": "too early", "from": "+4571999901"}
    keep(b.stage.submit(b.case_id, Command("kept", "message", "message", message=early, again="kept:1")))
    b.do("end", "ann")
    keep(b.try_do("end", "ann"))
    offered = bench(
        "initial: s\nstates: {s: {task: {role: agent, take: offer}, choices: {x: {}, y: {to: t}}}, t: {choices: {z: {by: agent}}}}",
        overlook=LOOSE,
    )
    offered.open("ann")
    keep(offered.try_do("x", "ann"))
    keep(offered.stage.submit(offered.case_id, Command("g", "give_back", "", "ann")))
    offered.stage.submit(offered.case_id, Command("c", "claim_task", "", "ann"))
    offered.do("y", "ann")
    keep(offered.stage.submit(offered.case_id, Command("c2", "claim_task", "", "ann")))
    for refused in handing_over(bench):
        keep(refused)
    other = bench(
        "initial: s\nstarts: [{message: 'true'}]\nstates: {s: {task: {role: agent}, choices: {x: {}}}}"
    )
    keep(other.try_open("ann"))
    return found


def in_house(b):
    """What the organisation itself refuses."""
    engine, now, day = b.stage.engine, b.stage.now, b.stage.now.date()
    yield engine.register_absence("h1", Absence("ann", now, now), "liz")
    yield engine.register_absence("h2", Absence("ann", now), "liz", mate_must_stay=True)
    yield engine.assign_shift("h3", day, "early", "", "liz")
    yield engine.swap_shift("h4", day, "ann", "liz", ["ann", "liz"], "liz")
    engine.assign_shift("h5", day, "early", "ann", "liz")
    yield engine.assign_shift("h6", day, "late", "ann", "liz")
    yield engine.swap_shift("h7", day, "ann", "liz", ["ann"], "liz")
    yield engine.swap_shift("h8", day, "ann", "ann", ["ann"], "liz")
    yield do_in_house(engine, "absence.end", "h9", {}, "liz")
    yield engine.pair_mates("h10", "ann", "ann", ["ann"], "liz")
    yield engine.pair_mates("h11", "ann", "liz", ["ann", "liz"], "liz")
    yield engine.part_mates("h12", "ann", "liz", "liz")
    engine.part_mates("h13", "ann", "bob", "liz")
    yield engine.pair_mates("h14", "ann", "bob", ["ann"], "liz")


def handing_over(bench):
    """What is refused where work is offered to a colleague."""
    b = bench("initial: s\nstates: {s: {task: {role: agent}, choices: {x: {}}}}", overlook=LOOSE)
    b.open("ann")
    b.do("x", "ann")

    def ask(kind, by, **given):
        return b.stage.submit(b.case_id, Command(b.stage.id(), kind, "", by, given))

    note = "She rings back at ten; the form is half filled in"
    yield ask("take_back", "ann")
    for person in ("ann", "liz"):
        yield ask("hand_over", "ann", person=person, note=note)
    assert ask("hand_over", "ann", person="bob", note=note).refusal is None
    yield ask("hand_over", "ann", person="bob", note=note)
    yield ask("take_back", "bob")
    assert ask("take_back", "ann").refusal is None
    b.absent("bob", "2026-05-11 08:00", "2026-05-12 08:00")
    yield ask("hand_over", "ann", person="bob", note=note)


def test_every_code_is_reached(bench):
    assert sorted(refusals(bench)) == sorted(WORDS)


def test_every_refusal_is_told_whole_in_danish_and_english(bench):
    for code, refusal in refusals(bench).items():
        told = {language: refusal.words(language) for language in ("en", "da")}
        hints = {language: refusal.hint(language) for language in ("en", "da")}
        for text in (*told.values(), *hints.values()):
            assert not re.search(r"[{}]|None|“”|\(\)|\bTrue\b|\bFalse\b|  ", text), (code, text)
            assert text == text.strip() and not text.endswith((":", ",")), (code, text)
        assert all(told.values()), code
        assert told["en"] != told["da"], (code, told)
        assert refusal.is_because(code) and refusal.as_json("da")["message"] == told["da"]


@pytest.mark.parametrize("code", sorted(WORDS))
def test_danish_words_name_the_same_facts_as_english_ones(code):
    def facts(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    for part in (0, 1):
        assert facts(WORDS[code]["en"][part]) == facts(WORDS[code]["da"][part])


def test_a_refusal_says_which_guard_and_where(bench):
    found = refusals(bench)
    for code in ("guard", "not_offered", "promise", "refused"):
        assert found[code].at[0] > 0 and found[code].path.endswith("procedure.yaml"), code
    assert "x is at most 3" in found["guard"].words("en")
    assert "shut" in found["not_offered"].words("da")
    assert "ikke" in found["not_offered"].words("da") and "not set" not in found["not_offered"].words("da")
