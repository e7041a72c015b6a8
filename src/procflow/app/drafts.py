"""What a person has typed so far: kept sealed at every answer, so that nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from procflow.errors import StorageError
from procflow.stored import Draft

if TYPE_CHECKING:
    pass

from procflow.app.allowing import Allowing


class Drafts(Allowing):
    """The part of the app that keeps what people are typing."""

    def keep_draft(self, case: str | int, by: str, choice: str, typed: Mapping[str, Any]) -> None:
        row = self.engine.load(case).row
        self._keep_draft(row.id, row.key_slot, self.allow("case.step", by), choice, typed)

    def _keep_draft(self, place: str, slot: int, person: str, choice: str, typed: Mapping[str, Any]) -> None:
        from procflow.core.record import encode

        sealer = self.engine._sealer(place, slot, 0)
        sealed = sealer(f"draft.{person}.{choice}", encode(dict(typed)))
        self.store.keep_draft(Draft(place, person, choice, slot, encode(sealed)))

    def draft(self, case: str | int, by: str, choice: str) -> dict[str, Any]:
        return self._draft(self.engine.load(case).row.id, self.allow("case.read", by), choice)

    def _draft(self, place: str, person: str, choice: str) -> dict[str, Any]:
        from procflow.core.record import decode

        draft = self.store.draft(place, person, choice)
        if draft is None:
            return {}
        plain = self.engine.unseal_bytes(place, draft.key_slot, decode(draft.content))
        return dict(decode(plain))

    def drop_draft(self, case: str | int, by: str, choice: str) -> None:
        self.store.drop_draft(self.engine.load(case).row.id, self._person(by), choice)

    # the same before there is a case: sealed under the key that the next case takes, and dropped when it opens

    def keep_opening_draft(self, procedure: str, by: str, typed: Mapping[str, Any]) -> None:
        person = self.allow("case.open", by)
        self._keep_draft(f"open:{procedure}", self.store.next_slot(), person, "open", typed)

    def opening_draft(self, procedure: str, by: str) -> dict[str, Any]:
        """What was typed; nothing where its key has been erased with the case that took it meanwhile."""
        try:
            return self._draft(f"open:{procedure}", self.allow("case.open", by), "open")
        except StorageError as problem:
            if problem.facts.get("reason") != "erased":
                raise
            return {}

    def drop_opening_draft(self, procedure: str, by: str) -> None:
        self.store.drop_draft(f"open:{procedure}", self._person(by), "open")
