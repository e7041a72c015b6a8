"""What the contract says of operations that bring an answer, and of files that go along.

Each method is a clause; its name is the sentence. It must not know which channel it asks.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from procflow.definitions.parameters import problems
from procflow.testing.channel_desk import ChannelDesk
from procflow.testing.clauses_sending import same
from procflow.testing.clauses_trouble import in_words
from procflow.testing.peer import named, questions_of

#: Names and contents that have cost somebody a file before.
FILES: Mapping[str, bytes] = {
    "skærmprint æøå.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "linjer.txt": "Blåbær\r\n.\r\nFrom: ingen\n--\n".encode(),
    "tom.pdf": b"%PDF-1.4\n%%EOF\n",
}


class Answers:
    def test_every_operation_that_brings_an_answer_brings_the_one_that_the_other_side_gave(
        self, desk: ChannelDesk
    ) -> None:
        asked = {question.operation for question in questions_of(desk.peer)}
        wanted = {name for name, schema in desk.operations.items() if "x-result" in schema}
        assert asked == wanted, (
            f"`questions` of the peer asks {named(asked)}; the operations with x-result are {named(wanted)}"
        )
        for question in questions_of(desk.peer):
            done = desk.ask(question.operation, question.parameters)
            assert done.status == "done", f"{question.operation}: {done.status} {done.error}"
            wrong = problems(desk.operations[question.operation]["x-result"], done.result)
            assert wrong == [], f"{question.operation} answered what its schema does not allow: {wrong}"
            got = {name: done.result.get(name) for name in question.answer}
            assert got == dict(question.answer), (
                f"{question.operation}: the answer is {question.answer}, not {got}"
            )

    def test_what_was_asked_can_be_asked_again_and_is_answered_again(self, desk: ChannelDesk) -> None:
        for question in questions_of(desk.peer):
            key = desk.key()
            first = desk.ask(question.operation, question.parameters, key)
            desk.restart()
            again = desk.ask(question.operation, question.parameters, key)
            for how, done in (("first", first), ("again", again)):
                assert done.status in ("done", "duplicate"), f"asked {how}: {done.status} {done.error}"
            for done in (first, again):
                got = {name: done.result.get(name) for name in question.answer}
                assert got == dict(question.answer), f"asked again, {question.operation} answers {got}"

    def test_without_an_answer_nothing_is_made_up(self, desk: ChannelDesk) -> None:
        for question in questions_of(desk.peer)[:1]:
            for how in filter(desk.can, ("silent", "torn", "garbage", "gone", "busy")):
                key = desk.key()
                wire = desk.app.channels.prepare(
                    desk.peer.channel, question.operation, key, question.parameters
                )
                with desk.while_(how):
                    done = desk.deliver(key, wire, question.operation)
                assert done.status == "retry", (
                    f"{how}: no answer came, and it says {done.status!r} {done.result}"
                )
                in_words(done)

    def test_files_arrive_with_their_names_and_every_byte(self, desk: ChannelDesk) -> None:
        text = desk.text("med bilag")
        parameters = desk.peer.attaching(text, [record(name, content) for name, content in FILES.items()])
        if parameters is None:
            takes = [name for name, schema in desk.operations.items() if _takes_files(schema)]
            assert not takes, f"{named(takes)} takes files: write `attaching` in the peer"
            return
        done = desk.ask(desk.peer.operation, parameters)
        assert done.status == "done", f"{done.status}: {done.error}"
        (found,) = desk.reached(text)
        assert same(found.text, text), f"with files there came {found.text[:200]!r}"
        assert dict(found.files) == dict(FILES), (
            f"there came {[(name, len(data)) for name, data in found.files]}"
        )


def record(name: str, content: bytes) -> dict[str, Any]:
    """A file as a channel takes it."""
    kinds = {"png": "image/png", "pdf": "application/pdf", "txt": "text/plain"}
    return {
        "hash": hashlib.sha256(content).hexdigest(),
        "name": name,
        "type": kinds[name.rpartition(".")[2]],
        "size": len(content),
        "content": base64.b64encode(content).decode(),
    }


def _takes_files(schema: Any) -> bool:
    """Whether a schema has the record of a file somewhere: what has a name and a content."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and {"name", "content"} <= set(properties):
            return True
        return any(_takes_files(item) for name, item in schema.items() if name != "x-result")
    return isinstance(schema, list) and any(map(_takes_files, schema))
