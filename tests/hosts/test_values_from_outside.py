"""What a channel brings becomes values of the language. A fraction is the exact number as it is written: in an answer, and in what it saw of a message."""

import os
from pathlib import Path

import pytest
from logging_in import procflow
from ready import started

PLUGIN = """
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, Inbound

RESULT = {"type": "object", "required": ["height"], "properties": {"height": {"type": "number"}, "near": {"type": "array"}}}


class Heights:
    name = "heights"
    verified = "stand-in"
    operations = {"ask": {"type": "object", "properties": {"of": {"type": "string"}}, "x-result": RESULT}}
    now = None

    def prepare(self, operation, key, parameters):
        return parameters["of"].encode()

    def deliver(self, operation, key, wire):
        if wire == b"a wall":
            return Delivery("failed", {}, "\\x1b[31mno\\x1b[0m\\x00, nor \\ud800, ever" + "!" * 70_000)
        height = 1e300 if wire == b"the moon" else 0.1
        return Delivery("done", {"height": height, "near": [{"height": 170.86}]})

    def fetch(self, cursor):
        seen = {"score": 0.7, "each": [0.25]}
        came = [
            Inbound("heights", "1", "heights", "somebody", "", self.now, text="Hej", facts={"far": 1e300}),
            Inbound("heights", "2", "heights", "somebody", "", self.now, text="Hej", fields={"size": 2.5}, facts=seen),
            Inbound("heights", "3", "heights", "somebody", "", self.now, text="Hej", facts={"unreadable": 3}),
        ]
        return ([] if cursor else came), "1"

    def health(self):
        return ""


@hookimpl
def register_channels(settings):
    return [Heights()]
"""
PROCEDURE = """
procedure: height
title: A height
owner: lead
starts: [{by: agent, ask: [of]}]
data: {of: {type: string}, height: {type: number}, why: {type: string}}
initial: asking
states:
  asking:
    invoke: {heights.ask: {of: "${of}"}}
    events:
      done: {when: "result.near[0].height > 170.85 && result.near[0].height < 170.87", set: {height: "${result.height * 3}"}, to: known}
      failed: {set: {why: "${result.error}"}, to: known}
  known: {task: {role: agent, guide: "It is ${height}, ${why}"}, choices: {read: {to: closed}}}
  closed: {final: true}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    procflow(tmp_path, "init", "desk", "--empty")
    desk = tmp_path / "desk"
    (desk / "plugins").mkdir()
    (desk / "plugins" / "heights.py").write_text(PLUGIN)
    (desk / "procedures" / "height").mkdir()
    (desk / "procedures" / "height" / "procedure.yaml").write_text(PROCEDURE)
    with (desk / "procflow.toml").open("a") as settings:
        settings.write('\n[channels.heights]\nmode = "real"\n')
    return desk


def test_an_answer_with_a_fraction_is_taken_and_a_step_reckons_with_it_exactly(house: Path) -> None:
    procflow(house, "open", "height", "--as", "anna", "--with", "of=a hill")
    procflow(house, "run", "--once")
    assert "It is 0.3" in procflow(house, "case", "1", "--as", "anna", "--lang", "en")


def test_a_number_that_the_language_does_not_have_is_told_in_words_and_tried_again(house: Path) -> None:
    procflow(house, "open", "height", "--as", "anna", "--with", "of=the moon")
    procflow(house, "run", "--once")
    assert "a number has more than 34 digits" in procflow(house, "case", "1", "--as", "anna", "--lang", "en")


def test_what_a_channel_says_of_its_failure_is_told_to_the_case_as_a_field_takes_it(house: Path) -> None:
    procflow(house, "open", "height", "--as", "anna", "--with", "of=a wall")
    procflow(house, "run", "--once")
    told = procflow(house, "case", "1", "--as", "anna", "--lang", "en")
    assert "State: known" in told and "It is , ␛[31mno␛[0m␀, nor ?, ever!!!" in told and "!…" in told


def test_messages_with_numbers_of_every_kind_are_taken_and_one_that_cannot_be_holds_up_no_other(
    house: Path,
) -> None:
    done = started(["run", "--once", "--lang", "en"], house, {**os.environ})
    assert done.returncode == 0 and "messages 2" in done.stdout, done.stdout + done.stderr
    told = "heights: a message cannot be taken: a number has more than 34 digits; it comes again"
    assert told in done.stdout + done.stderr and "Traceback" not in done.stderr
