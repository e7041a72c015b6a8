"""What the contract says of trouble: nothing is lost, nothing is called done that is not, and a person is told.

Each method is a clause; its name is the sentence. It must not know which channel it asks.
"""

from __future__ import annotations

import re

from procflow.hosts.outbox import MOST_TRIES
from procflow.ports import Delivery
from procflow.testing.channel_desk import ChannelDesk
from procflow.testing.clauses_sending import once, one_identity

_HOUSE_S_OWN = ("gave no answer within", "was ended by", "ended with exit code", "answered nonsense")
#: An error of Python's that nobody caught: `raised in deliver: KeyError: 'id'` tells a person nothing.
_UNCAUGHT = re.compile(r"raised in \w+: [A-Z]\w*(: |$)")


def in_words(done: Delivery) -> None:
    assert len(done.error) > 8, f"it says nothing of what is wrong: {done!r}"
    ended = [words for words in _HOUSE_S_OWN if words in done.error]
    assert not ended, f"the channel did not cope by itself: {done.error}"
    uncaught = _UNCAUGHT.search(done.error)
    assert not uncaught, (
        f"an error of Python's is no word for a person: answer retry, or raise PluginError: {done.error}"
    )


class Trouble:
    def _tried(self, desk: ChannelDesk, how: str, text: str) -> tuple[str, bytes, Delivery]:
        """One delivery while the other side does that."""
        key = desk.key()
        wire = desk.prepare(key, text)
        with desk.while_(how):
            done = desk.deliver(key, wire)
        return key, wire, done

    def _held_back(self, desk: ChannelDesk, how: str) -> None:
        """Nothing was taken: it must be tried again, and then arrive once."""
        if not desk.can(how):
            return
        text = desk.text(how)
        key, wire, done = self._tried(desk, how, text)
        assert done.status == "retry", f"{how}: nothing was taken, and the channel says {done.status!r}"
        in_words(done)
        assert desk.reached(text) == [], f"{how}: it reached the outside all the same"
        again = desk.deliver(key, wire)
        assert again.status == "done", f"when all was well again: {again.status} {again.error}"
        once(desk, text)

    def test_who_is_busy_is_asked_again(self, desk: ChannelDesk) -> None:
        self._held_back(desk, "busy")

    def test_who_is_not_there_is_asked_again(self, desk: ChannelDesk) -> None:
        self._held_back(desk, "gone")

    def test_who_answers_nothing_is_given_up_in_time_and_asked_again(self, desk: ChannelDesk) -> None:
        self._held_back(desk, "silent")

    def test_who_answers_late_is_waited_for(self, desk: ChannelDesk) -> None:
        if desk.can("slow"):
            text = desk.text("slow")
            _, _, done = self._tried(desk, "slow", text)
            assert done.status == "done", f"{done.status}: {done.error}"
            once(desk, text)

    def test_who_refuses_is_not_asked_again_and_a_person_sees_it(self, desk: ChannelDesk) -> None:
        if not desk.can("refuses"):
            return
        text = desk.text("refuses")
        with desk.while_("refuses", "den findes ikke"):
            key = desk.send(text)
            desk.look_around()
        row = desk.effect(key)
        assert row.state == "failed", f"refused for good, and the effect is {row.state}: {row.error}"
        assert row.attempts == 1, f"it was tried {row.attempts} times"
        self._seen(desk, key)
        desk.later(86_400)
        assert desk.reached(text) == [], "it was refused, and went out all the same"

    def test_tries_come_ever_more_seldom_and_end_as_a_dead_letter_that_a_person_sees(
        self, desk: ChannelDesk
    ) -> None:
        text = desk.text("never")
        waits: list[float] = []
        with desk.while_("busy"):
            key = desk.send(text)
            for _ in range(MOST_TRIES + 1):
                now = desk.world.now()
                desk.look_around()
                row = desk.effect(key)
                if row.state != "waiting" or row.next_try is None:
                    break
                assert row.error, "a try failed and nobody can read why"
                waits.append((row.next_try - now).total_seconds())
                desk.world.advance_to(row.next_try)
        assert row.state == "failed", f"after {len(waits)} tries the effect is {row.state}"
        assert len(waits) == MOST_TRIES - 1, f"given up after {len(waits) + 1} tries"
        assert min(waits) > 0 and waits[-1] > waits[0], f"the waits do not grow: {waits}"
        assert desk.reached(text) == []
        self._seen(desk, key)

    def _seen(self, desk: ChannelDesk, key: str) -> None:
        """The owner has it among the tasks, with the reason."""
        case = key.split("/")[0]
        told = [row for row in desk.app.store.tasks_of(case) if row.kind == "failed"]
        assert told and "lead" in told[0].roles, f"nobody is told: {told}"
        answer = desk.answer(key)
        assert answer is not None and answer.status == "failed"
        (about,) = desk.app.items(desk.app.engine.load(case)).values()
        assert about["error"], "the task has no reason"

    def _not_known(self, desk: ChannelDesk, how: str) -> None:
        """The answer got lost: whatever comes of it, the outside can tell copies, and nothing is lost."""
        if not desk.can(how):
            return
        text = desk.text(how)
        key, wire, done = self._tried(desk, how, text)
        assert done.status in ("retry", "failed"), f"{how}: no whole answer came, and it says {done.status!r}"
        in_words(done)
        for _ in range(3):
            if done.status != "retry":
                break
            done = desk.deliver(key, wire)
        if desk.reached(text) or done.status != "failed":
            one_identity(desk, text)
        assert done.status in ("done", "duplicate", "failed"), f"{done.status}: {done.error}"

    def test_an_answer_that_gets_lost_after_the_other_side_took_it_makes_no_second_message(
        self, desk: ChannelDesk
    ) -> None:
        self._not_known(desk, "half")

    def test_half_an_answer_is_none(self, desk: ChannelDesk) -> None:
        self._not_known(desk, "torn")

    def test_nonsense_is_no_answer(self, desk: ChannelDesk) -> None:
        self._not_known(desk, "garbage")

    def test_an_answer_said_twice_neither_loses_nor_changes_anything(self, desk: ChannelDesk) -> None:
        if not desk.can("doubled"):
            return
        text = desk.text("doubled")
        key, wire, done = self._tried(desk, "doubled", text)
        claimed = done.status == "done"
        assert not claimed or desk.reached(text), "it says done, and nothing reached the outside"
        for _ in range(3):
            if done.status == "retry":
                done = desk.deliver(key, wire)
        if done.status == "failed":
            in_words(done)  # a person looks, for the answer could not be understood
        else:
            assert done.status in ("done", "duplicate"), f"{done.status}: {done.error}"
            one_identity(desk, text)

    def test_after_every_trouble_the_next_text_goes_out_as_if_nothing_had_been(
        self, desk: ChannelDesk
    ) -> None:
        for how in ("garbage", "gone", "refuses", "busy"):
            if not desk.can(how):
                continue
            self._tried(desk, how, desk.text(how))
            text, key = desk.text("after it"), desk.key()
            done = desk.deliver(key, desk.prepare(key, text))
            assert done.status == "done", f"after {how}: {done.status} {done.error}"
            once(desk, text)

    def test_health_says_in_words_what_is_wrong_and_nothing_when_nothing_is(self, desk: ChannelDesk) -> None:
        desk.listen()
        assert desk.health() == "", f"all is well, and it says {desk.health()!r}"
        if desk.lines:
            with desk.while_("gone"):
                said = desk.health()
            assert len(said) > 8, "nobody is there, and it says that all is well"
            assert not [words for words in _HOUSE_S_OWN if words in said], said
