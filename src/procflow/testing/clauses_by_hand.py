"""What the contract says of the modes in which nothing is spoken to: by hand, into a file, not at all.

Each method is a clause; its name is the sentence. It must not know which channel it asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from procflow.testing.channel_desk import ChannelDesk
from procflow.testing.clauses_sending import as_told, same
from procflow.testing.peer import named, questions_of


@contextmanager
def in_mode(desk: ChannelDesk, mode: str) -> Iterator[None]:
    desk.restart(mode)
    try:
        yield
    finally:
        desk.restart("real")


class ByHand:
    def test_by_hand_a_person_reads_what_to_do_in_danish_and_in_english(self, desk: ChannelDesk) -> None:
        text = desk.text()
        calls: Mapping[str, Mapping[str, Any]] = {
            desk.peer.operation: desk.peer.parameters(text),
            **{each.operation: each.parameters for each in questions_of(desk.peer)},
            **desk.peer.others(),
        }
        operations = desk.app.plugins.channels[desk.peer.channel].channel.operations
        lacking = sorted(set(operations) - set(calls))
        assert not lacking, (
            f"what a call of {named(lacking)} is like is not known: `others` of the peer gives its parameters"
        )
        strange = sorted(set(calls) - set(operations))
        assert not strange, f"the peer gives parameters of {named(strange)}, which the channel does not have"
        for operation, parameters in calls.items():
            own = operations[operation].get("x-manual")
            assert isinstance(own, Mapping) and {"da", "en"} <= set(own), (
                f"{operation} has no x-manual in da and en"
            )
            assert own["da"] != own["en"], f"{operation} says the same in both languages: {own['da']}"
            for name in operations[operation].get("required", ()):
                missing = [language for language in ("da", "en") if f"{{{name}}}" not in own[language]]
                assert not missing, f"{operation}: the words in {missing} do not say {{{name}}}"
            words = desk.app.channels.instruction(desk.peer.channel, operation, parameters)
            unfilled = [language for language, said in words.items() if not said or "None" in said]
            assert not unfilled, f"{operation}: {words}"

    def test_by_hand_it_is_a_person_s_task_and_nothing_goes_out(self, desk: ChannelDesk) -> None:
        text = desk.text()
        with in_mode(desk, "manual"):
            key = desk.send(text)
            desk.later(60)
            case = key.split("/")[0]
            asked = [row for row in desk.app.store.tasks_of(case) if row.kind == "manual"]
            assert asked and (asked[0].people or asked[0].roles), f"nobody is asked to do it: {asked}"
            done = desk.app.do(case, "confirm", "ann", {"reference": "R-17"})
            assert done.refusal is None, done.refusal.words("en")
            answer = desk.answer(key)
            assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"
        desk.later(60)
        assert desk.reached(text) == [], "it went out all the same"

    def test_into_a_file_there_is_one_for_each_key_and_nothing_goes_out(self, desk: ChannelDesk) -> None:
        text = desk.text()
        with in_mode(desk, "file"):
            key = desk.key()
            wire = desk.prepare(key, text)
            first, again = desk.deliver(key, wire), desk.deliver(key, wire)
            folder = desk.folder / "outbox" / desk.peer.channel
            files = [path for path in folder.iterdir() if path.name.startswith(key.replace("/", "-"))]
        assert len(files) == 1, f"there are {len(files)} files for one key"
        if files[0].suffix == ".json":
            kept = json.loads(files[0].read_text(encoding="utf-8"))["parameters"]
            assert any(same(str(value), text) for value in kept.values()), "the file does not say the text"
        waits = "waits for an answer" in first.error
        assert waits or (first.status, again.status) == ("done", "duplicate"), (first, again)
        assert desk.reached(text) == [], "it went out all the same"

    def test_switched_off_nothing_goes_out_and_the_case_is_told_so(self, desk: ChannelDesk) -> None:
        text = desk.text()
        with in_mode(desk, "off"):
            key = desk.send(text)
            desk.until_answered(key)
            answer = desk.answer(key)
        assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"
        assert desk.reached(text) == [], "it went out all the same"


class OnlyByHand(ByHand):
    """A channel whose other side nobody has spoken to: it must not look as if it could be."""

    def test_it_has_no_mode_real_and_nobody_can_set_it(self, desk: ChannelDesk) -> None:
        found = desk.app.plugins.channels[desk.peer.channel]
        assert "real" not in found.modes, "a channel with a mode real inherits ChannelContract"
        assert desk.app.channels.mode(desk.peer.channel) == "manual"  # procflow.toml says real
        assert "no mode real" in desk.health()

    def test_it_says_that_it_was_only_tried_against_a_stand_in(self, desk: ChannelDesk) -> None:
        said = desk.app.plugins.channels[desk.peer.channel].channel.verified
        assert said == "stand-in", f"nobody has spoken to it, and it says that it is {said}"

    def test_wrong_parameters_are_refused_in_words(self, desk: ChannelDesk) -> None:
        house, name, operation = desk.app.channels, desk.peer.channel, desk.peer.operation
        good = desk.peer.parameters(desk.text())
        refused = desk.attempt(lambda: house.prepare(name, operation, desk.key(), {**good, "no_such": "x"}))
        assert "no_such" in refused, "a misspelt parameter is passed by: write additionalProperties: false"
