"""Whether a channel comes to an end by itself, so that the contract does: one that does not is asked no further.

A call of such a channel takes as long as its deadline, and there are hundreds of them. It must not know clauses.
"""

from __future__ import annotations

#: What the house says of a plugin that it had to end.
_ENDED = "gave no answer within"


class InTime:
    """`well`: the other side does nothing that could keep the channel waiting. `blocked`: what is wrong, once it is known."""

    def __init__(self) -> None:
        self.well = True
        self.blocked = ""

    def hear(self, *said: str) -> None:
        """What the house says of calls that have just ended. Raises AssertionError where it had to end the channel."""
        for words in said if self.well else ():
            if _ENDED in words:
                self.blocked = (
                    f"the other side was there and well, and yet {words}. A call must end by itself, after the "
                    "`timeout` seconds of the channel's table at the latest"
                )
                raise AssertionError(self.blocked)

    def go_on(self) -> None:
        """Raises AssertionError for a channel that is known to hang."""
        assert not self.blocked, f"not asked any more, because {self.blocked}"
