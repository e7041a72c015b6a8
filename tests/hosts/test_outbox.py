"""Effects on their way out: tries, back-off, leases, what goes wrong, and commands that got stuck."""

from datetime import timedelta

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.core.journal import EffectAnswered, ItemSettled
from procflow.errors import Busy, Conflict, StorageError
from procflow.hosts.contract import MORNING
from procflow.hosts.outbox import BACK_OFF, MOST_TRIES, Outbox
from procflow.hosts.recording import ChannelsOf, RecordingChannel
from procflow.ports import Delivery, Inbound
from procflow.testing import LocalHouse, MemoryEvidence, MemoryKeys, MemoryStore

SECOND = timedelta(seconds=1)
PROCEDURE = """procedure: trial
title: {en: Trial, da: Prøve}
owner: lead
starts: [{by: agent, optional: [email]}]
correlate: [email]
data: {email: {type: email, pii: true}, ready: {type: boolean, default: false}, who: {type: person}}
initial: s
states:
  s:
    task: {role: agent}
    events:
      message: {to: said}
    after: {2 hours: {when: 'ready || true', to: said}}
    choices:
      send: {do: [{mail.send: {to: "${email}", subject: x, text: y}}]}
      send_ann: {ask: [who], do: [{mail.send: {to: "${who}", subject: x, text: y}}]}
      ask: {to: asking}
      ready: {set: {ready: true}}
      leave: {to: t}
  asking:
    invoke: {mail.lookup: {plate: x}}
    task: {role: agent}
    events: {done: {to: said}, failed: {to: said}}
    choices: {ready: {set: {ready: true}}, back: {to: s}}
  said: {task: {role: agent}, choices: {end: {to: t}, back: {to: s}}}
  t: {final: true}
promises: {p: {says: {en: Only when ready, da: Kun når klar}, never: 'state("said") && !ready'}}
"""


@pytest.fixture
def house() -> LocalHouse:
    world = FrozenWorld(MORNING)
    keys = MemoryKeys(world)
    house = LocalHouse(MemoryStore(), keys, MemoryEvidence(keys), world)
    house.publish(PROCEDURE)
    return house


def opened(house: LocalHouse) -> str:
    given = {"email": "mette@customer.example"}
    return house.open("trial", Command("o-1", "open", "trial", "ann", given)).case_id


def take(house: LocalHouse, case: str, choice: str, id: str = "", **given):
    answer = house.submit(case, Command(id or f"{choice}-1", "choice", choice, "ann", given))
    assert answer.refusal is None, answer.refusal
    return answer


def test_the_back_off_grows_and_the_effect_is_given_up_after_the_last_try(house):
    case = opened(house)
    take(house, case, "send")
    house.channel.script.extend([Delivery("retry", {}, "busy")] * (MOST_TRIES + 5))
    waits = []
    for _ in range(MOST_TRIES - 1):
        house.advance(timedelta(0))
        (row,) = house.store.effects(case)
        waits.append((row.next_try - house.now()).total_seconds())
        house.world.advance(row.next_try - house.now())
    house.advance(timedelta(0))
    assert tuple(waits[: len(BACK_OFF)]) == BACK_OFF and set(waits[len(BACK_OFF) :]) == {BACK_OFF[-1]}
    assert len(house.channel.tries) == MOST_TRIES
    assert "failed" in [item.kind for item in house.read(case).items.values()]
    house.advance(timedelta(days=1))
    assert len(house.channel.tries) == MOST_TRIES


def test_a_channel_says_when_to_come_again(house):
    case = opened(house)
    take(house, case, "send")
    house.channel.script.append(Delivery("retry", {}, "come back", retry_after=7200))
    house.advance(timedelta(0))
    house.advance(timedelta(minutes=119))
    assert len(house.channel.tries) == 1
    house.advance(timedelta(minutes=1))
    assert len(house.channel.tries) == 2


def test_people_are_reached_at_their_address(house):
    house.publish(PROCEDURE)
    case = opened(house)
    take(house, case, "send_ann", who="ann")
    house.advance(timedelta(0))
    ((_, _, wire),) = house.channel.tries
    assert b'"to": "ann"' in wire  # who has no address in the organisation stays as written


def test_a_channel_that_goes_wrong_for_ever_is_given_up_too(house):
    case = opened(house)
    take(house, case, "send")
    house.channel.script.extend([RuntimeError("mette@customer.example")] * 100)
    for _ in range(MOST_TRIES):
        house.advance(timedelta(hours=1))
    assert len(house.channel.tries) == MOST_TRIES
    (row,) = house.store.effects(case)
    assert row.state == "failed" and "mette" not in row.error


def test_one_bad_effect_does_not_hold_up_the_others(house):
    case = opened(house)
    take(house, case, "send", "s-1")
    take(house, case, "send", "s-2")
    take(house, case, "send", "s-3")
    house.channel.script.append(RuntimeError("x"))
    house.advance(timedelta(0))
    assert len(house.channel.taken) == 2
    house.advance(timedelta(minutes=1))
    assert len(house.channel.taken) == 3


# commands that got stuck


def test_a_slow_channel_takes_its_share_of_a_round_and_what_it_could_not_begin_is_let_go(house):
    house.publish(
        PROCEDURE.replace("send_ann: {ask: [who], do: [{mail.send", "text: {ask: [who], do: [{sms.send")
    )
    case = opened(house)
    for n in range(5):
        take(house, case, "send", f"s-{n}")
    for n in range(3):
        take(house, case, "text", f"t-{n}", who="ann")

    class Slow(RecordingChannel):
        def deliver(self, *given):
            passed.append(3.0)
            return super().deliver(*given)

    passed: list[float] = []
    house.engine.world.monotonic = lambda: sum(passed)
    mail, sms = Slow(), RecordingChannel("sms")
    outbox = Outbox(house.engine, lambda: ChannelsOf([mail, sms]), house.evidence, "h")
    assert outbox.deliver_due(house.now()) == 5
    assert (len(mail.taken), len(sms.taken)) == (2, 3)
    waiting = [row for row in house.store.effects(case) if row.state == "waiting"]
    assert [(row.channel, row.attempts, row.holder, row.lease_until) for row in waiting] == [
        ("mail", 0, "", None)
    ] * 3
    assert outbox.deliver_due(house.now()) == 3
    assert len(mail.tries) == 5


def test_who_wakes_from_a_sleep_longer_than_the_lease_hands_over_nothing_that_may_be_another_s_by_now(house):
    case = opened(house)
    for n in range(3):
        take(house, case, "send", f"s-{n}")

    class Sleeps(RecordingChannel):
        def deliver(self, *given):
            house.world.advance(timedelta(minutes=2))  # which the clock that nobody sets does not count
            return super().deliver(*given)

    house.engine.world.monotonic = lambda: 0.0
    mail = Sleeps()
    outbox = Outbox(house.engine, lambda: ChannelsOf([mail]), house.evidence, "h")
    assert (outbox.deliver_due(house.now()), len(mail.taken)) == (1, 1)
    assert [row.holder for row in house.store.effects(case) if row.state == "waiting"] == ["", ""]


def settled(house: LocalHouse, case: str) -> list[str]:
    return [entry.id for entry in house.entries(case) if isinstance(entry, ItemSettled)]


def test_a_refused_answer_is_stuck_not_delivered_again_and_tried_again_when_the_case_steps(house):
    case = opened(house)
    take(house, case, "ask")
    house.advance(timedelta(0))
    assert [item.kind for item in house.read(case).items.values()] == ["stuck"]
    assert house.read(case).active == ("asking",)
    house.advance(timedelta(days=1))
    assert len(house.channel.tries) == 1  # never a loop
    take(house, case, "ready")
    assert house.read(case).active == ("said",)
    assert house.read(case).items == {} and len(settled(house, case)) == 1
    answers = [entry.status for entry in house.entries(case) if isinstance(entry, EffectAnswered)]
    assert answers == ["stuck", "done"]
    assert [row.state for row in house.store.effects(case)] == ["done"]


def test_a_stuck_answer_whose_state_was_left_is_settled_and_changes_nothing(house):
    case = opened(house)
    take(house, case, "ask")
    house.advance(timedelta(0))
    take(house, case, "back")
    assert (house.read(case).active, house.read(case).items) == (("s",), {})


def test_a_refused_message_is_stuck_and_tried_again_when_the_case_steps(house):
    case = opened(house)
    house.intake.take(Inbound("t", "1", "mail", "mette@customer.example", "", house.now(), text="hello"))
    house.advance(timedelta(0))
    assert [item.kind for item in house.read(case).items.values()] == ["stuck"]
    assert house.store.messages("new") == house.store.messages("unmatched") == []
    take(house, case, "send")  # a step that does not help
    assert [item.kind for item in house.read(case).items.values()] == ["stuck"]
    take(house, case, "ready")
    assert (house.read(case).active, house.read(case).items) == (("said",), {})


def test_a_refused_step_by_time_is_stuck_once_and_tried_again_when_the_case_steps(house):
    case = opened(house)
    house.advance(timedelta(hours=5))
    assert [item.kind for item in house.read(case).items.values()] == ["stuck"]
    steps = len(house.journal(case))
    house.advance(timedelta(days=5))
    assert len(house.journal(case)) == steps
    take(house, case, "ready")
    assert (house.read(case).active, house.read(case).items) == (("said",), {})


def test_a_stuck_step_by_time_of_a_state_that_was_left_is_settled_and_changes_nothing(house):
    case = opened(house)
    house.advance(timedelta(hours=5))
    take(house, case, "ask")
    assert (house.read(case).active, house.read(case).items) == (("asking",), {})


def test_the_owner_may_put_a_stuck_command_away(house):
    case = opened(house)
    house.advance(timedelta(hours=5))
    answer = house.submit(case, Command("r", "choice", "read", "liz"))
    assert answer.refusal is None and house.read(case).items == {}
    take(house, case, "ready")
    assert house.read(case).active == ("s",)


def test_what_was_stuck_folds_like_everything_else(house):
    from procflow.core import snapshot
    from procflow.core.case import replay
    from procflow.core.record import decode_entries

    case = opened(house)
    take(house, case, "ask")
    house.advance(timedelta(0))
    for choice in ("back", "ready", "send"):
        take(house, case, choice)
        steps = [(row.sequence, decode_entries(row.entries)) for row in house.journal(case)]
        assert snapshot.to_bytes(replay(case, steps)) == house.stored(case)


def test_after_the_clock_was_set_back_an_effect_goes_out_now_and_not_when_the_clock_has_caught_up(house):
    case = opened(house)
    house.world.advance(timedelta(days=-1))
    take(house, case, "send")
    house.host.look_around()
    assert [key for _, key, _ in house.channel.tries] == [f"{case}/2/1"]
    assert house.journal(case)[1].at == MORNING, "time never runs backwards in a case"


def test_time_does_not_run_backwards_either_in_a_case_where_something_gets_stuck(house):
    case = opened(house)
    house.world.advance(timedelta(hours=-1))
    house.intake.take(Inbound("t", "1", "mail", "mette@customer.example", "", house.now(), text="hello"))
    house.host.look_around()
    assert [item.kind for item in house.read(case).items.values()] == ["stuck"]
    assert house.read(case).now == MORNING
    take(house, case, "send")
    assert {row.at for row in house.journal(case)} == {MORNING}


def test_a_slow_channel_that_wants_to_be_asked_again_later_is_asked_so_long_after_its_answer(house):
    case = opened(house)
    take(house, case, "send")

    class Slow(RecordingChannel):
        def deliver(self, *given):
            house.world.advance(timedelta(seconds=20))
            return Delivery("retry", {}, "busy", 30)

    Outbox(house.engine, lambda: ChannelsOf([Slow()]), house.evidence, "h").deliver_due(house.now())
    (row,) = house.store.effects(case)
    assert row.next_try == house.now() + timedelta(seconds=30)


def with_a_stuck_message(house) -> str:
    case = opened(house)
    house.intake.take(Inbound("t", "1", "mail", "mette@customer.example", "", house.now(), text="hello"))
    house.host.look_around()
    assert [item.kind for item in house.read(case).items.values()] == ["stuck"]
    return case


def test_what_was_stuck_is_tried_again_at_the_instant_of_the_step_that_helped_however_late_that_is(house):
    case = with_a_stuck_message(house)
    # the machine slept in between
    house.engine.stepped = lambda answer: house.world.advance(timedelta(hours=3))
    take(house, case, "ready")
    assert house.read(case).active == ("said",)
    assert {row.at for row in house.journal(case)} == {MORNING}


def test_what_was_stuck_and_somebody_else_has_settled_meanwhile_is_left_alone(house):
    case = with_a_stuck_message(house)
    house.engine.stepped = lambda answer: take(house.other(), case, "send")
    assert take(house, case, "ready").accepted
    assert (house.read(case).active, house.read(case).items) == (("said",), {})


def test_what_may_take_long_is_held_for_longer_and_delivered_by_one_alone(house):
    """A channel whose calls may take two minutes: while one host is at it, no other takes the effect over."""

    class Slow(ChannelsOf):
        def longest_call(self):
            return 120.0

    case = opened(house)
    take(house, case, "send")
    begun = []

    class Waits(RecordingChannel):
        name = "mail"

        def deliver(self, operation, key, wire):
            if not begun:
                begun.append(key)
                for seconds in (41, 60, 18):  # meanwhile, another host looks around
                    house.world.advance(timedelta(seconds=seconds))
                    assert other.deliver_due(house.now()) == 0
            return super().deliver(operation, key, wire)

    channels = Slow([Waits()])
    one = Outbox(house.engine, lambda: channels, house.evidence, "one")
    other = Outbox(house.engine, lambda: channels, house.evidence, "other")
    assert one.lease() > timedelta(seconds=120)
    assert one.deliver_due(house.now()) == 1
    assert [row.state for row in house.store.effects(case)] == ["done"]

    take(house, case, "send", "send-2")
    # its host dies: after the lease another has it
    house.store.claim_effects(house.now(), one.lease(), "dead")
    house.world.advance(timedelta(seconds=129))
    assert other.deliver_due(house.now()) == 0
    house.world.advance(timedelta(seconds=2))
    assert other.deliver_due(house.now()) == 1


def test_an_answer_that_could_not_be_stored_comes_soon_however_often_it_was_tried(house, monkeypatch):
    """The channel did nothing wrong: a letter that went out long ago does not wait for an hour to be told of."""
    case = opened(house)
    take(house, case, "send")
    house.channel.script.extend([Delivery("retry", {}, "busy")] * 6)
    for _ in range(6):
        house.advance(timedelta(hours=1))
    answer, away = (
        Outbox.answer,
        [StorageError("the server is away"), Conflict("somebody was faster"), Busy("in use")],
    )

    def cannot(self, *arguments):
        if away:
            raise away.pop()
        return answer(self, *arguments)

    monkeypatch.setattr(Outbox, "answer", cannot)
    house.advance(timedelta(hours=1))
    for left in (2, 1, 0):
        (row,) = house.store.effects(case)
        assert len(away) == left and row.state == "waiting"
        assert (row.next_try - house.now()).total_seconds() == BACK_OFF[0]
        house.advance(timedelta(seconds=BACK_OFF[0]))
    assert [row.state for row in house.store.effects(case)] == ["done"]
