"""What people do with items: a manual effect confirmed or not possible, a message read, a failure seen.

A part of a step; `decide` is its only user.
"""

from __future__ import annotations

from typing import Any

from procflow.core import journal as j
from procflow.core.between_cases import BetweenCases
from procflow.core.choices import ITEM_CHOICES
from procflow.core.fields import check_input
from procflow.core.items import item_asks
from procflow.core.people import holders


class ItemChoices(BetweenCases):
    """The part of a step that settles items."""

    context: Any
    _not_there: Any
    _answered: Any
    _offer_answered: Any

    def _item_choice(self) -> None:
        """What can be done with items: a manual effect confirmed, a message read, a failure seen."""
        name, command = self.command.name, self.command
        kinds = ITEM_CHOICES.get(name)
        given = dict(command.given)
        wanted = given.pop("item", None)
        items = {
            key: item
            for key, item in self.f.items.items()
            if kinds and item.kind in kinds and (wanted is None or key == wanted)
        }
        if not items:
            if kinds is None or (self.before.is_closed and not self.f.items):
                raise self._not_there(name)
            raise self.refuse("no_item", {"choice": name})
        if len(items) > 1:
            raise self.refuse("ambiguous", {"choice": name, "candidates": sorted(items)})
        ((key, item),) = items.items()
        allowed = holders(self.surroundings, item.roles, item.people, self.now)
        if command.by not in allowed:
            organisation = self.surroundings.organisation
            if command.by not in organisation.people:
                raise self.refuse("unknown_person", {"actor": command.by})
            owners = [organisation.name_of(p) for p in item.people]
            names = {
                lang: ", ".join([*owners, *(organisation.role_name(r, lang) for r in item.roles)])
                for lang in ("en", "da")
            }
            facts = {"actor": organisation.name_of(command.by), "owners": names}
            raise self.refuse("not_allowed", facts)
        asks = item_asks(name, key, self.procedure, self.before, self.surroundings)
        values, problems = check_input(asks, given, self.context())
        if problems:
            raise self.refuse("input", {"choice": name}, problems=problems)
        self._command({n: j.Personal(v) for n, v in values.items()}, allowed[command.by])
        if item.kind == "handover":
            self._offer_answered(key, name, values)
            return
        self.emit(j.ItemSettled(key, command.by))
        effect = key.removeprefix("manual:")
        if item.kind == "manual" and effect in self.f.waiting:
            done = name == "confirm"
            reason = "" if done else str(values["reason"])
            status = "done" if done else "failed"
            self._answered(effect, self.f.waiting[effect], status, dict(values), reason)
