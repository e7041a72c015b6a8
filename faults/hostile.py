"""The harnesses of input made to hurt, and of many at once: what `faults` runs of them, with their figures."""

from __future__ import annotations

from faults import agents, hostile_documents, hostile_expressions, hostile_messages, misbehaving, rescues
from faults.counting import Harness


def harnesses() -> list[Harness]:
    return [
        Harness("texts", "S1", "YAML made to hurt, read", (40_000, 10_000_000), hostile_documents.read_only),
        Harness(
            "documents",
            "S1",
            "procedures made to hurt, checked",
            (7_000, 1_000_000),
            hostile_documents.checked,
        ),
        Harness(
            "expressions",
            "S2",
            "expressions made to hurt",
            (20_000, 5_000_000),
            hostile_expressions.evaluated,
        ),
        Harness(
            "messages",
            "S1",
            "mails, forms and pushes made to hurt",
            (10_000, 3_000_000),
            hostile_messages.read_by_their_channels,
        ),
        Harness(
            "agents", "R9", "eight people and a host on one file", (120, 18_000), agents.at_the_command_line
        ),
        Harness("writers", "R9", "32 writers without a thought", (6_400, 640_000), agents.without_a_thought),
        Harness("plugins", "S11", "plugins that misbehave", (24, 480), misbehaving.contained),
        Harness("rescues", "R12", "who delivers dies, is slow, is stopped", (20, 500), rescues.rescued),
    ]
