"""Proofs that begin before the documents are checked, which takes as long as some of the proofs.

Nearly always every document is good. Where the checks find an error that none saw before, what was proved meanwhile
counts for nothing, and what is still good is proved anew. Scenarios are left aside: no proof hangs on them. It must not
know the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from procflow.definitions.workspace import Begun, Documents
from procflow.proof.proving import Proof
from procflow.rehearsal.stagehand import Progress, Shown, Stagehand


class ProvingAhead:
    """The proofs of a workspace that was read. `documents` are checked once the first proof was shown.

    `choose` names the procedures of documents that are wanted, `known` gives those that were proved before. `make` makes
    the hand that proves, for documents and whatever gives the same with their scenarios.
    """

    def __init__(
        self,
        begun: Begun,
        choose: Callable[[Documents], Sequence[str]],
        known: Callable[[Documents], Mapping[str, Proof]],
        make: Callable[[Documents, Callable[[], Documents]], Stagehand],
    ) -> None:
        self.begun, self.choose, self.known = begun, choose, known
        self.make = make
        self.documents = begun.documents
        self.wanted = choose(self.documents)
        self.hand = make(self.documents, begun.rehearsed)

    def show_all(
        self, budget: int, progress: Progress, meanwhile: Callable[[], None] = lambda: None
    ) -> Iterator[Shown]:
        """Each procedure that is wanted, as `Stagehand` shows it. `meanwhile` is done while others prove."""

        def look() -> None:
            checked = self.begun.checked(scenarios=False)
            changed = _good(checked) != _good(self.documents)
            self.documents = checked
            if changed:
                raise _NotAsGoodAsThat
            meanwhile()

        try:
            yield from self._from_here(budget, progress, look)
        except _NotAsGoodAsThat:
            self.wanted = self.choose(self.documents)
            self.hand = self.make(self.documents, lambda: self.documents)
            yield from self._from_here(budget, progress, meanwhile)

    def _from_here(self, budget: int, progress: Progress, meanwhile: Callable[[], None]) -> Iterator[Shown]:
        known = self.known(self.documents)
        return self.hand.show_all(self.wanted, budget, progress, known=known, meanwhile=meanwhile)


class _NotAsGoodAsThat(Exception):
    """A document has an error that was not seen as it was read."""


def _good(documents: Documents) -> frozenset[str]:
    """The documents without an error; scenarios aside, which nothing that is proved hangs on."""
    return frozenset(
        p for p, (kind, _) in documents.named.items() if kind != "scenarios" and documents.is_good(p)
    )
