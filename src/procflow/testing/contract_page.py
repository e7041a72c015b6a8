"""The page docs/reference/channel-contract.md, made of the clauses: `python -m procflow.testing.contract_page`.

A test compares it with the page, so the page cannot drift.
"""

from __future__ import annotations

from procflow.testing.clauses_answers import Answers
from procflow.testing.clauses_by_hand import ByHand, OnlyByHand
from procflow.testing.clauses_honest import Honesty
from procflow.testing.clauses_pushed import Pushed
from procflow.testing.clauses_receiving import Receiving
from procflow.testing.clauses_sending import Sending
from procflow.testing.clauses_trouble import Trouble
from procflow.testing.contract_of_channels import sentence
from procflow.testing.line import FAULTS

_TOP = """\
# The contract of channels

Made by `python -m procflow.testing.contract_page`; do not edit.

Every channel keeps it: `procflow plugin test NAME` asks it, and so does a test class.

```python
from procflow.testing import ChannelContract
from procflow_sms.peer import Gateway


class TestSms(ChannelContract):
    peer = Gateway
```

Each clause runs in a real workspace: documents are checked, cases stored, effects go by the outbox and messages by the
intake of a real host, and the channel works in its plugin's own process. Only the clock is the contract's. A restart opens
the same folder as another process would. How the peer is written, [how to write a channel](../how-to/write-a-channel.md)
says; `procflow.testing.Peer` has every word of it.

Between the channel and its other side the contract puts a line that can be {faults}. What cannot happen to an other side
(a file is never silent) its peer says in `cannot`, with the reason; that is shown with the result.

A channel to which the outside pushes through the web door is also asked [the clauses of what is pushed](#pushed-through-the-web-door),
in a class that inherits `PushedContract` and names its `pusher`: [open the web door](../how-to/open-the-web-door.md#write-such-a-channel)
has one from beginning to end.
"""
_GROUPS = (
    ("Sending", Sending, "Everything once, whole, and the same to the byte whatever happens."),
    ("Trouble", Trouble, "Nothing is lost, nothing is called done that is not, and a person is told."),
    (
        "Answers and files",
        Answers,
        "What comes back is what the other side said; what goes along arrives whole.",
    ),
    ("Messages in", Receiving, "Each is taken exactly once, whole, whoever dies meanwhile."),
    ("Honesty", Honesty, "Secrets stay secret, and nobody claims more than was tried."),
    ("By hand, into a file, switched off", ByHand, "In these modes nothing is spoken to."),
    (
        "Pushed through the web door",
        Pushed,
        "Of a channel with `web`, for each `Pusher` of its plugin: stored before it is acknowledged, once, from nobody else.",
    ),
    (
        "Only by hand",
        OnlyByHand,
        "A channel without a mode `real` is asked these and those by hand, in `ByHandContract`.",
    ),
)


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_TOP.format(faults=", ".join(FAULTS[:-1]) + f" and {FAULTS[-1]}")]
    for title, group, words in _GROUPS:
        names = [name for name in vars(group) if name.startswith("test_")]
        lines = "\n".join(f"- {sentence(name).capitalize()}." for name in names)
        parts.append(f"## {title}\n\n{words}\n\n{lines}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
