"""What the contract says of messages in: each is taken exactly once, whole, whoever dies meanwhile.

Each method is a clause; its name is the sentence. A channel whose other side never writes (`receives = False`) brings
nothing, whatever is asked. It must not know which channel it asks.
"""

from __future__ import annotations

from procflow.testing.channel_desk import ChannelDesk
from procflow.testing.clauses_sending import WORDS, same
from procflow.testing.peer import Letter

#: How many letters lie there at once, after a weekend.
MANY = 60


def taken_once(desk: ChannelDesk, letter: Letter) -> None:
    found = desk.heard(letter.text)
    assert found, f"the letter {letter.id} was never taken: {letter.text[:60]!r}"
    assert len(found) == 1, f"the letter {letter.id} was taken {len(found)} times"
    ((row, content),) = found
    assert same(content["text"], letter.text), (
        f"written was {letter.text[:200]!r}, read {content['text'][:200]!r}"
    )
    assert row.case_id and desk.cases_of(letter.text) == 1, f"the letter is {row.state}: {row.reason}"


class Receiving:
    def _writes(self, desk: ChannelDesk, words: str = "Ja tak, på Ærø", ago: float = 60.0) -> Letter:
        letter = desk.letter(words, ago)
        desk.peer.write(letter)
        return letter

    def _silent(self, desk: ChannelDesk) -> bool:
        """A channel by which nobody writes brings nothing; then there is no more to say."""
        if desk.peer.receives:
            return False
        for cursor in ("", "17", "nonsense"):
            assert desk.app.channels.fetch(desk.peer.channel, cursor)[0] == [], "messages come from nobody"
        return True

    def test_a_letter_is_taken_once_and_whole_with_its_sender_its_time_and_its_bytes(
        self, desk: ChannelDesk
    ) -> None:
        if self._silent(desk):
            return
        letter = self._writes(desk)
        desk.listen()
        taken_once(desk, letter)
        ((row, content),) = desk.heard(letter.text)
        assert content["channel"] == desk.peer.channel, content["channel"]
        assert content["form"] == "message", content["form"]
        assert content["from"], "nobody is said to have written it"
        assert row.received <= desk.world.now()
        apart = abs((row.received - letter.received).total_seconds())
        assert apart <= 1, f"received {letter.received}, and it says {row.received}"
        assert row.raw_hash, "the bytes as received are not kept"
        desk.listen()
        taken_once(desk, letter)

    def test_a_letter_stays_taken_when_another_process_reads_on(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        letters = [self._writes(desk, f"nr {n}") for n in range(3)]
        desk.listen()
        desk.restart()
        letters.append(self._writes(desk, "efter"))
        desk.listen()
        for letter in letters:
            taken_once(desk, letter)

    def test_a_letter_that_was_fetched_and_not_yet_stored_comes_again_after_a_crash(
        self, desk: ChannelDesk
    ) -> None:
        if self._silent(desk):
            return
        letter = self._writes(desk)
        desk.world.sleep(90)
        fetched = [message.text for message, _ in desk.app.fetch()]
        assert any(letter.text[:6] in text for text in fetched), "the letter was not fetched"
        assert desk.heard(letter.text) == []
        desk.restart()
        desk.listen()
        taken_once(desk, letter)

    def test_a_letter_that_was_stored_before_its_place_was_kept_is_not_taken_twice(
        self, desk: ChannelDesk
    ) -> None:
        if self._silent(desk):
            return
        letter = self._writes(desk)
        desk.world.sleep(90)
        for message, _ in desk.app.fetch():
            desk.app.intake.take(message)  # and here the host dies
        desk.restart()
        desk.listen()
        taken_once(desk, letter)

    def test_a_lost_or_strange_cursor_brings_nothing_twice_and_loses_nothing(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        letters = [self._writes(desk)]
        desk.listen()
        kept = desk.folder / ".procflow" / "cursors" / f"{desk.peer.channel}.json"
        for content in ("", '{"cursor": ""}', '{"cursor": "of another mailbox"}', '{"cursor": "{}"}'):
            kept.write_text(content, encoding="utf-8")
            desk.restart()
            letters.append(self._writes(desk))
            desk.listen()
            for letter in letters:
                taken_once(desk, letter)

    def test_a_letter_that_is_told_twice_is_one(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        letter = self._writes(desk)
        desk.peer.write(letter)
        desk.listen()
        desk.peer.write(letter)
        desk.listen()
        taken_once(desk, letter)

    def test_letters_out_of_order_are_all_taken(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        late = [self._writes(desk, "den sidste", 10)]
        desk.listen()
        late.append(self._writes(desk, "den første, kommet sent", 86_400))
        late.append(self._writes(desk, "den midterste", 3_600))
        desk.listen()
        for letter in late:
            taken_once(desk, letter)

    def test_many_letters_after_a_weekend_are_all_taken_each_once(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        letters = [self._writes(desk, f"brev {n}", 200_000 - n) for n in range(MANY)]
        desk.listen()
        for letter in letters:
            taken_once(desk, letter)

    def test_every_letter_of_every_script_and_a_long_text_come_whole(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        letters = [self._writes(desk, words) for words in WORDS]
        letters.append(self._writes(desk, "En lang klage fra Ærø. " * 9_000))
        desk.listen()
        for letter in letters:
            taken_once(desk, letter)

    def test_trouble_on_the_line_is_told_and_loses_no_letter(self, desk: ChannelDesk) -> None:
        if self._silent(desk):
            return
        for how in ("gone", "silent", "torn", "garbage"):
            if not desk.can(how):
                continue
            letter = desk.letter(how)
            with desk.while_(how):
                desk.peer.write(letter)
                calls = sum(line.calls for line in desk.lines)
                desk.later(90)
                asked = how == "gone" or sum(line.calls for line in desk.lines) > calls
                told = desk.app.channels.troubles.get(desk.peer.channel, "")
            if not desk.heard(letter.text) and asked:
                assert len(told) > 8, f"{how}: no letter came, and nobody is told why"
                assert "gave no answer within" not in told, f"the channel did not give up by itself: {told}"
            desk.listen()
            taken_once(desk, letter)
            assert desk.peer.channel not in desk.app.channels.troubles, (
                "all is well again, and it says trouble"
            )
