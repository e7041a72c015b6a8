"""Conditions whose answer a proof chooses: where the answer is kept, and what one that was chosen says of another.

It must not know how it is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procflow.proof import orders
from procflow.proof.reading import EARLIER, FRESH, LOOKS_BACK

if TYPE_CHECKING:
    from procflow.proof.lens import Lens
    from procflow.proof.world import World

#: What is looked back on with what this step does left aside; when something is due is seen at once.
_BACK = LOOKS_BACK - {"due"}


def declared(lens: Lens, text: str, depends: frozenset[str]) -> tuple[bool, frozenset[str]]:
    """(whether it is chosen anew in each step, what it asks for in vain) of a condition that is new."""
    lens.depends[text] = depends
    fresh = FRESH in depends or not depends <= lens.keys
    known = lens.atoms[text] = (fresh, depends - lens.keys)
    return known


def earlier(lens: Lens, text: str) -> str:
    """What a value, or a condition, that hangs on what this step changes is called as it was before."""
    name = f"{EARLIER}{text}"
    if name not in lens.depends:
        gone = frozenset([key for key in lens.depends[text] if key.partition(":")[0] in _BACK])
        lens.depends[name] = (lens.depends[text] - gone) | {FRESH}
    return name


def answer_of(world: World, text: str, depends: frozenset[str]) -> bool | None:
    """The answer to a condition that was chosen already; None where it was not."""
    return _table(world, text, depends).get(text)


def settle(world: World, text: str, depends: frozenset[str], answer: bool) -> None:
    """Choose a condition that what was chosen decides."""
    _table(world, text, depends)[text] = answer


def _table(world: World, text: str, depends: frozenset[str]) -> dict[str, bool]:
    fresh, _ = world.lens.atoms.get(text) or declared(world.lens, text, depends)
    return world.fresh if fresh else world.atoms


def look_back_on(world: World, key: str) -> None:
    """This step changes what is looked back on: promises see that, guards and assignments what was before."""
    lens, depends, stale = world.lens, world.lens.depends, world.stale

    def was(text: str) -> bool:
        return key in depends[text] and stale.isdisjoint(depends[text])

    for table in (world.atoms, world.fresh):
        for text in [text for text in table if was(text)]:
            world.fresh[earlier(lens, text)] = table.pop(text)
    if world.facts:
        known = lens.earlier.get((world.facts, key, stale))
        if known is None:
            known = lens.earlier[world.facts, key, stale] = orders.renamed(
                world.facts, lambda term: earlier(lens, term) if type(term) is str and was(term) else term
            )
        world.facts = known
    world.stale |= {key}
    world.forget(key)
