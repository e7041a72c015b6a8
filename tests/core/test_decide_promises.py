"""Promises while cases run: what a breach refuses, and what only time breaks."""

import pytest

STATES = """
data: {ok: {type: boolean, default: false}, n: {type: integer, default: 0}}
initial: a
states:
  a:
    task: {role: agent}
    events: {ping: {do: [{note.write: {text: pong}}]}}
    choices:
      permit: {set: {ok: true}}
      forbid: {set: {ok: false}}
      mail: {do: [{mail.send: {to: a@b.example, subject: x, text: y}}]}
      ping: {do: [{raise: ping}]}
      go: {do: [{note.write: {text: gone}}], to: b}
      over: {to: self}
      end: {to: end}
  b: {task: {role: agent}, choices: {back: {to: a}, end: {to: end}}}
  end: {final: true, outcome: over}
promises:
"""


def opened(bench, promise):
    b = bench(STATES + f"  p: {{says: {{en: We keep it, da: Vi holder det}}, {promise}}}\n")
    b.open("ann")
    return b


@pytest.mark.parametrize(
    ("promise", "good", "bad"),
    [
        ("never: 'state(\"b\") && !ok'", ["permit"], "go"),
        ("always: 'ok || state(\"a\")'", ["permit"], "go"),
        ("before: 'state(\"b\")', must: 'choice(\"permit\")'", ["permit", "forbid"], "go"),
        ("before: 'choice(\"go\")', must: 'event(\"ping\")'", ["ping"], "go"),
        ("before: 'closed()', must: 'did(\"mail.send\")'", ["mail"], "end"),
        ("at_most: {times: 1, of: 'choice(\"over\")'}", [], "over"),
        ("never: 'count(\"over\") > 1'", [], "over"),
    ],
)
def test_a_breach_refuses_the_whole_step_and_stores_nothing(bench, promise, good, bad):
    b = opened(bench, promise)
    for choice in good or [bad]:
        b.do(choice, "ann")
    if good:
        b.do(bad, "ann")
        b = opened(bench, promise)
    before = b.stage.store.load(b.case_id)
    refusal = b.refused(bad, "ann", because="promise")
    assert "We keep it" in refusal.words("en") and "Vi holder det" in refusal.words("da")
    assert refusal.at[0] > 0
    assert b.stage.store.load(b.case_id) == before


def test_a_breach_at_the_opening_refuses_it(bench):
    b = bench(STATES + "  p: {says: No, never: 'state(\"a\")'}\n")
    assert b.try_open("ann").refusal.code == "promise"
    assert b.stage.store.counts() == {"open": 0, "closed": 0, "late": 0}


def test_before_is_kept_where_both_hold_at_the_same_moment(bench):
    b = opened(bench, "before: 'state(\"b\")', must: 'choice(\"go\")'")
    b.do("go", "ann")
    assert b.case.promises["p"].state == "kept"


def test_an_eventually_is_pending_until_it_holds(bench):
    b = opened(bench, "after: 'choice(\"permit\")', eventually: 'state(\"b\")'")
    assert "p" not in b.case.promises
    b.do("permit", "ann")
    assert b.case.promises["p"].state == "pending"
    b.do("go", "ann")
    assert b.case.promises["p"].state == "kept"
    b.do("back", "ann")
    b.do("permit", "ann")
    assert b.case.promises["p"].state == "pending"


def test_closing_with_a_pending_promise_alarms_the_owner_and_refuses_nothing(bench):
    b = opened(bench, "after: 'choice(\"permit\")', eventually: 'state(\"b\")'")
    b.do("permit", "ann")
    b.do("end", "ann")
    assert (b.outcome, b.kinds, b.case.promises["p"].state) == ("over", ["alarm"], "broken")
    (item,) = b.case.items.values()
    assert item.roles == ("lead",)
    b.refused("read", "ann", because="not_allowed")
    b.do("read", "liz")
    assert b.case.items == {}


def test_closing_may_itself_be_what_was_promised(bench):
    b = opened(bench, "after: 'choice(\"permit\")', eventually: 'closed()'")
    b.do("permit", "ann")
    b.do("end", "ann")
    assert (b.kinds, b.case.promises["p"].state) == ([], "kept")


def test_within_a_time_that_instant_included(bench):
    promise = "after: 'choice(\"permit\")', eventually: 'state(\"b\")', within: 2 hours"
    b = opened(bench, promise)
    b.do("permit", "ann")
    b.wait("2 hours")
    b.do("go", "ann")  # at that very instant
    assert (b.case.promises["p"].state, b.kinds) == ("kept", [])
    b = opened(bench, promise)
    b.do("permit", "ann")
    b.wait("121 minutes")
    assert (b.case.promises["p"].state, b.kinds) == ("broken", ["alarm"])
    broken = [row for row, entries in b.stage.engine.journal(b.case_id)][-1]
    assert b.local(broken.at) == "2026-05-11 12:05"
    b.do("go", "ann")
    assert b.case.promises["p"].state == "broken"


def test_a_missed_deadline_may_be_what_was_promised(bench):
    b = bench(
        STATES
        + "  p: {says: x, after: 'state(\"a\")', eventually: 'missed(\"d\")', within: 4 hours}\n"
        + "deadlines: {d: {starts: opening, within: 4 hours, met: choice go}}\n"
    )
    b.open("ann")
    b.wait("1 days")
    assert (b.case.promises["p"].state, b.kinds) == ("kept", [])


def test_what_a_warning_asked_for_may_be_what_was_promised(bench):
    mail = "{mail.send: {to: a@b.example, subject: x, text: y}}"
    b = bench(
        STATES
        + "  p: {says: x, after: 'state(\"a\")', eventually: 'did(\"mail.send\")', within: 3 hours}\n"
        + f"deadlines: {{d: {{starts: opening, within: 4 hours, met: choice go, warn: {{at: 50%, do: [{mail}]}}}}}}\n"
    )
    b.open("ann")
    b.wait("1 days")
    assert (b.case.promises["p"].state, b.kinds) == ("kept", [])


def test_a_breach_in_a_step_by_time_becomes_an_item_and_is_never_a_loop(bench):
    b = bench(
        STATES.replace(
            "    choices:\n      permit", "    after: {1 hours: {to: b}}\n    choices:\n      permit"
        )
        + "  p: {says: x, never: 'state(\"b\") && !ok'}\n"
    )
    b.open("ann")
    b.wait("5 hours")
    assert (b.state, b.kinds) == ("a", ["stuck"])
    (about,) = b.items.values()
    assert about["code"] == "promise"
    assert b.stage.store.next_due() is None


def test_what_was_promised_in_the_very_moment_that_asks_for_it_keeps_the_promise(bench):
    b = opened(bench, 'after: \'choice("ping")\', eventually: \'event("ping") || choice("ping")\'')
    assert b.case.promises.get("p") is None
    for _ in range(2):
        b.do("ping", "ann")
        assert b.case.promises["p"].state == "kept"
    (moved,) = b.entries("PromiseMoved")  # what is kept already is not written again
    assert (moved.name, moved.state, moved.seen) == ("p", "kept", 0)


def test_how_often_is_counted_up_to_the_number_that_is_allowed(bench):
    b = opened(bench, "at_most: {times: 2, of: 'choice(\"over\")'}")
    for seen in (1, 2):
        b.do("over", "ann")
        assert (b.case.promises["p"].state, b.case.promises["p"].seen) == ("pending", seen)
    b.refused("over", "ann", because="promise")
    assert b.case.promises["p"].seen == 2


@pytest.mark.parametrize(
    ("promise", "bad"),
    [
        ("never: 'state(\"b\")'", "go"),
        ("always: 'state(\"a\")'", "go"),
        ("before: 'state(\"b\")', must: 'ok'", "go"),
        ("at_most: {times: 0, of: 'state(\"b\")'}", "go"),
    ],
)
def test_the_promise_that_is_broken_is_the_one_that_is_named(bench, promise, bad):
    text = STATES + "  q: {says: Another, never: 'closed() && !closed()'}\n"
    b = bench(text + f"  p: {{says: We keep it, {promise}}}\n  r: {{says: A third, always: 'true'}}\n")
    b.open("ann")
    refusal = b.refused(bad, "ann", because="promise")
    assert "We keep it" in refusal.words("en")
    assert "Another" not in refusal.words("en") and "third" not in refusal.words("en")
