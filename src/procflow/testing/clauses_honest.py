"""What the contract says of honesty: secrets stay secret, and nobody claims more than was tried.

Each method is a clause; its name is the sentence. It must not know which channel it asks.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from procflow.testing.channel_desk import ChannelDesk, folders_of
from procflow.testing.clauses_sending import as_told
from procflow.testing.line import FAULTS

_TROUBLES = ("busy", "refuses", *FAULTS)


class Honesty:
    def test_secrets_show_nowhere_whatever_goes_wrong(self, desk: ChannelDesk) -> None:
        secrets = {name: value for name, value in desk.peer.environment.items() if value}
        for name in secrets:
            assert f"${{env:{name}}}" in repr(desk.settings), f"`settings` does not refer to ${{env:{name}}}"
        for how in filter(desk.can, _TROUBLES):
            key = desk.key()
            wire = desk.prepare(key, desk.text(how))
            with desk.while_(how):
                desk.deliver(key, wire)
                desk.health()
        desk.attempt(
            lambda: desk.app.channels.prepare(desk.peer.channel, desk.peer.operation, desk.key(), {})
        )
        self._nowhere(desk, secrets)
        hidden = desk.app.channels.hidden
        assert hidden == [], f"the channel said its secret, and the house took it out: {hidden}"

    def test_a_secret_that_the_other_side_repeats_shows_nowhere_either(self, desk: ChannelDesk) -> None:
        secrets = {name: value for name, value in desk.peer.environment.items() if value}
        for how in filter(desk.can, ("refuses", "busy")):
            key = desk.send(desk.text(how))
            with desk.while_(how, " ".join(["not with", *secrets.values()])):
                desk.look_around()
            desk.until_answered(key)
        self._nowhere(desk, secrets)

    def _nowhere(self, desk: ChannelDesk, secrets: dict[str, str]) -> None:
        said = desk.said()
        for name, value in secrets.items():
            place = said.find(value)
            around = said[max(place - 60, 0) : place] if place >= 0 else ""
            assert place < 0, f"the value of {name} shows: …{around!r}"
        for name, value in secrets.items():
            kept = [
                str(path)
                for path in desk.folder.rglob("*")
                if path.is_file() and value.encode() in path.read_bytes()
            ]
            assert kept == [], f"the value of {name} stands in {kept}"

    def test_a_secret_that_is_not_set_is_said_by_its_name_and_costs_a_retry(self, desk: ChannelDesk) -> None:
        for name in desk.peer.environment:
            value = os.environ.pop(name)
            try:
                desk.restart()
                said = desk.health()
                assert name in said, f"{name} is not set, and health says {said!r}"
                key = desk.send(desk.text())
                desk.look_around()
                assert desk.answer(key) is None and name in desk.effect(key).error, desk.effect(key).error
            finally:
                os.environ[name] = value
                desk.restart()
            desk.until_answered(key)
            answer = desk.answer(key)
            assert answer is not None and answer.status == "done", f"the case was told: {as_told(answer)}"

    def test_a_channel_prints_nothing(self, desk: ChannelDesk) -> None:
        desk.restart()
        for how in filter(desk.can, ("well", "busy", "refuses")):
            key = desk.key()
            wire = desk.prepare(key, desk.text(how))
            with desk.while_(how):
                desk.deliver(key, wire)
        printed = desk.app.channels.printed(desk.peer.channel)
        assert printed == "", f"what a channel has to say stands in its answers; it printed {printed[:200]!r}"

    def test_it_is_verified_as_it_says_and_says_so_where_people_look(self, desk: ChannelDesk) -> None:
        found = desk.app.plugins.channels[desk.peer.channel]
        kind = desk.peer.kind
        assert found.channel.verified == kind, f"tried against {kind}, and it says {found.channel.verified!r}"
        listed = [
            channel
            for plugin in desk.app.plugins.listing()
            for channel in plugin["channels"]
            if channel["name"] == desk.peer.channel
        ]
        assert [each["verified"] for each in listed] == [kind]

    def test_it_loads_without_settings_and_says_which_are_missing(self, desk: ChannelDesk) -> None:
        from procflow.hosts.channels import ChannelHouse
        from procflow.plugins import load_plugins

        name = desk.peer.channel
        bare = {name: {"mode": "real"}}
        plugins = load_plugins(folders_of(desk.peer), bare, installed=True)
        assert plugins.problems == [], plugins.problems[0].message
        with ChannelHouse(plugins, bare, desk.folder, desk.world) as house:
            said = house.health(name)
            needed = [key for key in desk.settings if key not in ("timeout", "deadline", "inbox")]
            assert said == "" or any(key in said for key in needed), f"health says {said!r}"

    def test_wrong_parameters_are_refused_in_words_before_anything_goes_out(self, desk: ChannelDesk) -> None:
        house, name, operation = desk.app.channels, desk.peer.channel, desk.peer.operation
        before = [line.calls for line in desk.lines]
        good = desk.peer.parameters(desk.text())
        refused = desk.attempt(lambda: house.prepare(name, operation, desk.key(), {**good, "no_such": "x"}))
        assert "no_such" in refused, "a misspelt parameter is passed by: write additionalProperties: false"
        required = house_schema(desk).get("required", ())
        assert required, f"no parameter of {name}.{operation} is required"
        for each in required:
            fewer = {key: value for key, value in good.items() if key != each}
            refused = desk.attempt(lambda fewer=fewer: house.prepare(name, operation, desk.key(), fewer))  # type: ignore[misc]
            assert each in refused, f"without `{each}` it says {refused!r}"
        assert [line.calls for line in desk.lines] == before

    def test_what_cannot_be_tried_has_its_reason(self, desk: ChannelDesk) -> None:
        known = {"busy", "refuses", *FAULTS}
        assert set(desk.peer.cannot) <= known, f"there is no fault {sorted(set(desk.peer.cannot) - known)}"
        assert all(len(why) > 10 for why in desk.peer.cannot.values()), "write why it cannot happen"
        on_lines = sorted(set(desk.peer.cannot) & set(FAULTS)) if desk.lines else []
        assert on_lines == [], f"the lines can do {on_lines}; nothing of it may be left out"


def house_schema(desk: ChannelDesk) -> Mapping[str, Any]:
    """The JSON Schema of the parameters of the operation."""
    found = desk.app.plugins.channels[desk.peer.channel]
    return found.channel.operations[desk.peer.operation]
