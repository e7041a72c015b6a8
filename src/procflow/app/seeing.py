"""What people see: offers, items, clocks. It reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.app.inboxes import Inboxes
from procflow.core.calendar import Due
from procflow.core.clock_words import clocks_of
from procflow.core.items import item_asks
from procflow.core.journal import EffectAnswered
from procflow.core.offers import Offer, item_offers, offers, words_of_state
from procflow.core.procedure import Ask, Procedure
from procflow.core.snapshot import plain_items
from procflow.engine import Loaded


class Seeing(Inboxes):
    """The part of the app that shows people their cases."""

    def procedure_of(self, loaded: Loaded) -> Procedure:
        return self.engine.procedure(loaded.row.definition)

    def offers(self, loaded: Loaded, by: str) -> list[Offer]:
        procedure = self.procedure_of(loaded)
        return offers(procedure, loaded.plain, self.engine.surroundings(), self._person(by), self.world.now())

    def item_offers(self, loaded: Loaded, by: str) -> dict[str, list[str]]:
        return item_offers(loaded.plain, self.engine.surroundings(), self._person(by), self.world.now())

    def item_asks(self, loaded: Loaded, item: str, choice: str) -> tuple[Ask, ...]:
        """What a choice of an item asks for."""
        procedure, surroundings = self.procedure_of(loaded), self.engine.surroundings()
        return item_asks(choice, item, procedure, loaded.plain, surroundings)

    def items(self, loaded: Loaded) -> dict[str, Any]:
        """item id -> what it is about, in plain."""
        return plain_items(loaded.plain, self.engine.unsealer(loaded.row.id, loaded.row.key_slot))

    def words(self, loaded: Loaded, by: str, language: str) -> list[Mapping[str, str]]:
        procedure = self.procedure_of(loaded)
        surroundings = self.engine.surroundings()
        return words_of_state(
            procedure, loaded.plain, surroundings, self._person(by), self.world.now(), language
        )

    def started_by(self, loaded: Loaded, after: int = 0) -> list[int]:
        """The numbers of the cases that this one opened, in its steps after that sequence."""
        found = []
        for _, entries in self.engine.journal(loaded.row.id, after):
            for entry in entries:
                if isinstance(entry, EffectAnswered) and entry.operation == "start":
                    result = getattr(entry.result, "value", entry.result)
                    if isinstance(result, Mapping) and result.get("number"):
                        found.append(int(result["number"]))
        return found

    def clocks(self, loaded: Loaded) -> list[tuple[str, str, Due | None]]:
        """(deadline, state, due with its derivation), in the order of the file; one that stands still is `paused`,
        and not due at any instant until it goes on."""
        return clocks_of(self.procedure_of(loaded), loaded.plain)
