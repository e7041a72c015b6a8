"""What the contract says of sending: everything once, whole, and the same to the byte whatever happens.

Each method is a clause; its name is the sentence. It must not know which channel it asks.
"""

from __future__ import annotations

from procflow.core import journal as j
from procflow.testing.channel_desk import ChannelDesk
from procflow.testing.peer import Reached, reached_by

#: Words that have cost somebody a letter before.
WORDS = (
    "Blåbærgrød på Ærø, Åse",
    "Ελληνικά, Русский, 中文, ไทย",
    "🙂 👩‍👩‍👧 🇩🇰",
    "e\u0301 and \u00e9",
    "“quoted” – 'single' <b>&amp;</b> %41 \\n {text} ${x} $1",
    "two\nlines\n\nand a third",
    ".\n..\n.not the end",
    "right \u200f to left: שלום عربى",
    "tab\tand  two spaces",
)
SIZES = (1_000, 70_000, 2_000_000)
#: How many effects wait at the same time.
MANY = 20
#: What is neither a letter nor a sign of any script, and must not end or break what it stands in.
CONTROLS = ("a\r\nBcc: x@example.com\r\n\r\nb", "nul \0 here", "bell \x07 and \x1b[31m red")


def as_told(answer: j.EffectAnswered | None) -> str:
    """What a case was told of an effect, for whoever writes the channel."""
    if answer is None:
        return "nothing yet"
    error = answer.error.value if isinstance(answer.error, j.Personal) else answer.error
    return f"{answer.status}: {error}" if error else answer.status


def same(got: str, wanted: str) -> bool:
    """Whether a text came whole: ends of lines and of the text may be written otherwise."""
    return got.replace("\r\n", "\n").rstrip() == wanted.replace("\r\n", "\n").rstrip()


def once(desk: ChannelDesk, text: str) -> Reached:
    """The one message with this text that the outside has; it is whole."""
    found = desk.reached(text)
    assert found, f"it never reached the outside: {text[:60]!r}"
    assert len(found) == 1, f"it reached the outside {len(found)} times: {text[:60]!r}"
    assert same(found[0].text, text), f"sent was {text[:200]!r}, but there came {found[0].text[:200]!r}"
    return found[0]


def one_identity(desk: ChannelDesk, text: str) -> None:
    """However many copies the outside has, it can see that they are one message."""
    found = desk.reached(text)
    assert found, f"it never reached the outside: {text[:60]!r}"
    told = {each.identity for each in found}
    assert len(told) == 1, f"copies of one message come as several: {sorted(told)}"
    assert all(found), "a copy has no identity"
    assert len({each.text for each in found}) == 1, "a copy says something else than the first"


class Sending:
    def test_a_text_reaches_the_outside_once_and_whole(self, desk: ChannelDesk) -> None:
        text = desk.text()
        key = desk.send(text)
        desk.until_answered(key)
        answer = desk.answer(key)
        assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"
        once(desk, text)
        desk.later(3600)
        once(desk, text)

    def test_every_letter_of_every_script_arrives_or_is_refused_in_words(self, desk: ChannelDesk) -> None:
        for words in WORDS:
            self._whole_or_refused(desk, desk.text(words))

    def test_a_long_text_arrives_whole_or_is_refused_in_words(self, desk: ChannelDesk) -> None:
        for size in SIZES:
            self._whole_or_refused(desk, desk.text("En lang tekst på Ærø. " * (size // 22)))

    def test_a_control_character_neither_adds_nor_ends_anything(self, desk: ChannelDesk) -> None:
        for words in CONTROLS:
            before = len(reached_by(desk.peer))
            text = desk.text(words)
            refused = self._try(desk, desk.key(), text)
            new = reached_by(desk.peer)[before:]
            assert len(new) <= 1, f"{words!r} made {len(new)} messages of one"
            assert not new or same(new[0].text, text) or refused, f"{words!r} came as {new[0].text[:200]!r}"

    def _try(self, desk: ChannelDesk, key: str, text: str) -> str:
        """One delivery -> why it was refused before it went out; "" when it was not."""
        wires: list[bytes] = []
        refused = desk.attempt(lambda: wires.append(desk.prepare(key, text)))
        if wires:
            desk.deliver(key, wires[0])
        return refused

    def _whole_or_refused(self, desk: ChannelDesk, text: str) -> None:
        key = desk.key()
        wires: list[bytes] = []
        refused = desk.attempt(lambda: wires.append(desk.prepare(key, text)))
        if refused:
            words = refused.removeprefix(f"{desk.peer.channel}: ")
            assert len(words) > 15, f"refused without words: {words!r}"
            assert desk.reached(text) == [], "it was refused, and went out all the same"
            return
        done = desk.deliver(key, wires[0])
        if done.status == "failed":
            assert done.error, "it failed without words"
            assert desk.reached(text) == [], "it failed, and went out all the same"
            return
        assert done.status == "done", f"{text[:40]!r} of {len(text)} characters: {done.status} {done.error}"
        once(desk, text)

    def test_the_same_key_delivered_twice_reaches_the_outside_once(self, desk: ChannelDesk) -> None:
        text, key = desk.text(), desk.key()
        wire = desk.prepare(key, text)
        statuses = [desk.deliver(key, wire).status, desk.deliver(key, wire).status]
        desk.restart()
        statuses.append(desk.deliver(key, wire).status)
        assert statuses[0] == "done", statuses
        assert set(statuses[1:]) <= {"duplicate", "done"}, statuses
        if len(desk.reached(text)) > 1:
            assert statuses[1:] == ["duplicate", "duplicate"], f"sent again, and said {statuses}"
            one_identity(desk, text)
        else:
            once(desk, text)

    def test_a_host_that_dies_after_the_channel_s_yes_sends_nothing_twice(self, desk: ChannelDesk) -> None:
        text = desk.text()
        key = desk.send(text)
        desk.killed()
        desk.until_answered(key)
        answer = desk.answer(key)
        assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"
        once(desk, text)

    def test_two_texts_under_two_keys_are_two_messages(self, desk: ChannelDesk) -> None:
        text = desk.text("the same words for two")
        for _ in range(2):
            key = desk.key()
            desk.deliver(key, desk.prepare(key, text))
        found = desk.reached(text)
        assert len(found) == 2, f"two messages were sent, {len(found)} came"
        assert len({each.identity for each in found}) == 2, "two messages go by one identity"

    def test_many_at_once_arrive_each_once_with_its_own_words(self, desk: ChannelDesk) -> None:
        texts = [desk.text(f"til nummer {n}") for n in range(MANY)]
        keys = [desk.send(text) for text in texts]
        desk.look_around()
        for key, text in zip(keys, texts, strict=True):
            desk.until_answered(key)
            answer = desk.answer(key)
            assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"
            once(desk, text)
        told = {each.identity for text in texts for each in desk.reached(text)}
        assert len(told) == MANY, f"{MANY} messages go by {len(told)} identities"

    def test_preparing_reaches_nobody_and_needs_nobody(self, desk: ChannelDesk) -> None:
        text = desk.text()
        before = [line.calls for line in desk.lines]
        wire = desk.prepare(desk.key(), text)
        if desk.can("gone"):
            with desk.while_("gone"):
                desk.prepare(desk.key(), text)
        assert isinstance(wire, bytes) and wire
        assert [line.calls for line in desk.lines] == before, "`prepare` spoke to the other side"
        assert desk.reached(text) == [], "`prepare` sent something"

    def test_of_two_the_later_may_go_first_and_each_keeps_its_words(self, desk: ChannelDesk) -> None:
        first, second = desk.text("den første"), desk.text("den anden")
        with desk.while_("busy"):
            key = desk.send(first)
            desk.look_around()
        assert desk.answer(key) is None and desk.reached(first) == []
        other = desk.send(second)
        desk.look_around()
        once(desk, second)
        desk.until_answered(key)
        once(desk, first)
        once(desk, second)
        for each in (key, other):
            answer = desk.answer(each)
            assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"
