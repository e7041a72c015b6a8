"""Channels that deliver several effects at a time, as real processes; and what is left of one that was half taken."""

import json
import os
import threading
from datetime import timedelta
from itertools import chain

import pytest

from procflow.builtin.world import FrozenWorld, RealWorld
from procflow.core.decide import Command
from procflow.hosts.channels import ChannelHouse
from procflow.hosts.contract import MORNING
from procflow.hosts.outbox import Outbox
from procflow.plugins import load_plugins
from procflow.ports import Delivery
from procflow.stores.sqlite import SqliteStore
from procflow.testing import LocalHouse, MemoryEvidence, MemoryKeys, MemoryStore

CASE, OTHER = "a" * 32, "b" * 32

MANY = """
import os, threading
from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery

TOGETHER = threading.Barrier(4)

class Many:
    name = "many"
    verified = "stand-in"
    at_once = 8
    operations = {"do": {"type": "object"}}

    def __init__(self):
        self.lock, self.inside, self.log = threading.Lock(), 0, []

    def prepare(self, operation, key, parameters):
        if parameters.get("how") == "refused":
            raise UsageError("that can never be sent")
        return str(parameters.get("how", "")).encode()

    def deliver(self, operation, key, wire):
        how = wire.decode()
        if how == "together":
            TOGETHER.wait(20)  # until four deliveries are here at the same time
        if how == "exit":
            TOGETHER.wait(20)
            os._exit(7)
        if how == "raise":
            raise RuntimeError("broken inside")
        if how == "rest for cy":
            return Delivery("retry", {"accepted": ["ann"]}, "cy is still full", 0.0, b"rest for cy")
        if how == "half for cy":
            return Delivery("retry", {"accepted": ["ann"]}, "cy is full", 0.0, b"rest for cy")
        if how == "half":
            return Delivery("retry", {"accepted": ["ann"]}, "bo is full", 0.0, b"rest for bo")
        with self.lock:
            self.log.append(key)
            return Delivery("done", {"log": list(self.log), "wire": how})

    def fetch(self, cursor):
        return [], cursor

    def health(self):
        return ""

@hookimpl
def register_channels():
    return [Many()]
"""


@pytest.fixture
def house(tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / f"many_{os.getpid()}.py").write_text(MANY)
    tables = {"many": {"mode": "real", "deadline": 25}}
    plugins = load_plugins([tmp_path / "plugins"], tables, shipped=False)
    assert plugins.problems == []
    with ChannelHouse(plugins, tables, tmp_path, RealWorld()) as there:
        yield there


def deliver(house, *effects, going=lambda: True):
    """({key: bytes or why not}, {key: Delivery}) of (key, how), made and handed over as the bytes come."""
    handing = house.handing("many", going)
    made, answers = {}, {}
    for key, how in effects:
        handing.make("do", key, {"how": how})
    for batch in handing.answers():
        for key, came in batch:
            if isinstance(came, Delivery):
                answers[key] = came
                continue
            made[key] = came
            if isinstance(came, bytes):
                handing.deliver("do", key, came)
    return made, answers


def hand_over(house, *wires, going=lambda: True):
    """The batches of answers to (key, bytes)."""
    handing = house.handing("many", going)
    for key, wire in wires:
        handing.deliver("do", key, wire)
    return handing.answers()


def test_a_channel_that_takes_its_time_gets_more_and_more_at_once(house):
    effects = [(f"{CASE}/2/{n}", "together") for n in range(1, 9)]
    _, answers = deliver(house, *effects)
    assert [answers[key].status for key, _ in effects] == ["done"] * 8


def test_what_one_case_asks_for_later_is_not_begun_before_the_earlier_is_answered(house):
    effects = [(f"{CASE}/{step}/1", "") for step in range(1, 7)] + [(f"{OTHER}/1/1", "")]
    _, answers = deliver(house, *effects)
    log = max((answers[key].result["log"] for key, _ in effects), key=len)
    assert [key for key in log if key.startswith(CASE)] == [f"{CASE}/{step}/1" for step in range(1, 7)]


def test_each_has_its_own_answer_and_one_that_raises_or_is_refused_harms_no_other(house):
    made, answers = deliver(house, (f"{CASE}/1/1", "refused"), (f"{CASE}/1/2", "raise"), (f"{CASE}/1/3", ""))
    assert "never be sent" in made[f"{CASE}/1/1"].message
    assert "broken inside" in answers[f"{CASE}/1/2"].error and answers[f"{CASE}/1/2"].status == "retry"
    assert answers[f"{CASE}/1/3"].status == "done"


def test_a_crash_is_a_retry_for_all_that_was_under_way_and_the_rest_goes_to_a_new_process(house):
    effects = [(f"{CASE}/1/{n}", "exit") for n in range(4)] + [(f"{CASE}/1/9", "")]
    _, answers = deliver(house, *effects)
    assert sorted(answers) == sorted(key for key, _ in effects)
    assert [answers[key].status for key, _ in effects[:4]] == ["retry"] * 4
    assert "exit code 7" in answers[effects[0][0]].error
    assert answers[f"{CASE}/1/9"].status in ("done", "retry")  # it may have been under way too
    assert house.deliver("many", "do", f"{CASE}/1/8", _wire(house, 8)).status == "done"


def test_what_is_not_begun_in_time_has_no_answer_and_is_tried_later(house):
    wires = [(f"{CASE}/1/{n}", house.prepare("many", "do", f"{CASE}/1/{n}", {})) for n in range(3)]
    assert list(hand_over(house, *wires, going=lambda: False)) == []


def test_another_thread_can_ask_the_plugin_meanwhile(house):
    answers = hand_over(house, *[(f"{CASE}/1/{n}", _wire(house, n)) for n in range(5)])
    begun = len(next(answers))
    said = []
    asking = threading.Thread(target=lambda: said.append(house.health("many")))
    asking.start()
    assert begun + len(list(chain.from_iterable(answers))) == 5
    asking.join(20)
    assert said == [""] and house.health("many") == ""


def _wire(house, n, how=""):
    return house.prepare("many", "do", f"{CASE}/1/{n}", {"how": how})


def test_what_is_left_of_one_that_was_half_taken_is_what_the_next_try_sends(house):
    key = f"{CASE}/1/1"
    first = house.prepare("many", "do", key, {"how": "half"})
    answer = house.deliver("many", "do", key, first)
    assert answer.status == "retry" and answer.left is not None
    assert json.loads(answer.left.partition(b"\n")[0]) == json.loads(first.partition(b"\n")[0])
    other = f"{CASE}/1/2"
    (((_, several),),) = hand_over(house, (other, _wire(house, 2, "half")))
    assert several.left is not None and several.left.endswith(b"rest for bo")
    # a host that ended before what is left was stored sends nothing to those who have it: a person sees to it
    again = house.deliver("many", "do", key, first)
    assert again.status == "failed" and "a part of the receivers has it" in again.error
    assert house.deliver("many", "do", key, answer.left).result["wire"] == "rest for bo"


def test_who_says_not_now_again_and_again_is_asked_again(house):
    key = f"{CASE}/1/1"
    left = house.deliver("many", "do", key, house.prepare("many", "do", key, {"how": "half for cy"})).left
    for _ in range(3):
        answer = house.deliver("many", "do", key, left)
        assert (answer.status, answer.error, answer.left) == ("retry", "cy is still full", left)


def test_a_yes_is_remembered_by_the_plugin_s_own_process_should_the_host_die_before_it_heard_it(
    house, tmp_path
):
    def dies(*_):
        raise KeyboardInterrupt

    house._noted = dies
    one, two = f"{CASE}/1/1", f"{CASE}/1/2"
    with pytest.raises(KeyboardInterrupt):
        house.deliver("many", "do", one, _wire(house, 1))
    with pytest.raises(KeyboardInterrupt):
        list(hand_over(house, (two, _wire(house, 2))))
    del house._noted
    other = ChannelHouse(house._plugins, house._settings, tmp_path, RealWorld())
    assert [other.deliver("many", "do", key, _wire(house, n)).status for n, key in ((1, one), (2, two))] == [
        "duplicate"
    ] * 2
    other.close()


PROCEDURE = """procedure: trial
title: {en: Trial, da: Prøve}
owner: lead
starts: [{by: agent}]
initial: s
states:
  s:
    task: {role: agent}
    choices:
      three: {do: [{many.do: {how: half}}, {many.do: {how: ""}}, {many.do: {how: refused}}]}
      leave: {to: t}
  t: {task: {role: agent}, choices: {end: {to: e}}}
  e: {final: true}
"""


def test_the_outbox_hands_them_over_together_and_keeps_what_is_left(house):
    world = FrozenWorld(MORNING)
    keys = MemoryKeys(world)
    local = LocalHouse(MemoryStore(), keys, MemoryEvidence(keys), world)
    local.publish(PROCEDURE)
    case = local.open("trial", Command("o-1", "open", "trial", "ann")).case_id
    assert local.submit(case, Command("c-1", "choice", "three", "ann")).refusal is None
    outbox = Outbox(local.engine, lambda: house, local.evidence, "h")
    assert outbox.deliver_due(local.now()) == 3
    half, done, refused = local.store.effects(case)
    assert (half.state, done.state, refused.state) == ("waiting", "done", "failed")
    assert local.engine.unseal_bytes and half.next_try == local.now()
    assert outbox.deliver_due(local.now()) == 1
    assert [row.state for row in local.store.effects(case)] == ["done", "done", "failed"]
    (item,) = local.read(case).items.values()
    assert item.kind == "failed"


def test_the_serial_way_keeps_what_is_left_too():
    world = FrozenWorld(MORNING)
    keys = MemoryKeys(world)
    local = LocalHouse(MemoryStore(), keys, MemoryEvidence(keys), world)
    local.publish(PROCEDURE.replace("many.do", "mail.send"))
    case = local.open("trial", Command("o-1", "open", "trial", "ann")).case_id
    local.submit(case, Command("c-1", "choice", "three", "ann"))
    local.channel.script.append(Delivery("retry", {}, "bo is full", None, b"rest for bo"))
    local.advance(timedelta(0))
    local.advance(timedelta(minutes=1))
    assert local.channel.tries[-1][2] == b"rest for bo"


def test_observers_hear_of_answers_that_came_together_when_they_are_stored(house, tmp_path):
    world = FrozenWorld(MORNING)
    keys = MemoryKeys(world)
    path = str(tmp_path / "cases.db")
    local = LocalHouse(SqliteStore(path, create=True), keys, MemoryEvidence(keys), world)
    local.publish(PROCEDURE.replace("{how: half}", '{how: ""}').replace("{how: refused}", '{how: ""}'))
    case = local.open("trial", Command("o-1", "open", "trial", "ann")).case_id
    local.submit(case, Command("c-1", "choice", "three", "ann"))
    other = SqliteStore(path)
    heard = []
    local.engine.stepped = lambda answer: heard.append((answer.sequence, other.load(case).sequence))
    outbox = Outbox(local.engine, lambda: house, local.evidence, "h")
    rows = local.store.claim_effects(local.now(), timedelta(seconds=40), "h")
    outbox._store({}, {}, [(row, Delivery("done", {"id": row.key})) for row in rows], local.now())
    assert [sequence for sequence, _ in heard] == [3, 4, 5]
    assert all(stored >= sequence for sequence, stored in heard)
    assert [row.state for row in local.store.effects(case)] == ["done"] * 3
    other.close()
    local.store.close()


def test_what_went_out_when_the_disk_was_full_goes_out_no_second_time(house, tmp_path):
    """Neither the note nor the case had it: it was sent again as soon as the lease was over."""
    (tmp_path / ".procflow" / "handed").mkdir(parents=True)
    (tmp_path / ".procflow" / "handed" / "many.jsonl").symlink_to("/dev/full")
    key, other = f"{CASE}/1/1", f"{CASE}/1/2"
    made, answers = deliver(house, (key, ""))
    assert answers[key].status == "done"
    assert house.deliver("many", "do", key, made[key]).status == "duplicate"
    (tmp_path / ".procflow" / "handed" / "many.jsonl").unlink()
    assert house.deliver("many", "do", other, _wire(house, 2)).result["log"] == [key, other]
    assert house.deliver("many", "do", key, made[key]).status == "duplicate"
    noted = (tmp_path / ".procflow" / "handed" / "many.jsonl").read_text()
    assert key in noted, "there was room, and another host must know it"
