"""Boxes of pieces: for each column of a table a set of its pieces, a bit each; a row's box is where it holds.

What rows leave of a box is found by taking them out of it one after the other, the one that covers most
first. That is exact and does not walk the combinations of inputs. It must not know cells, rows or words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Box = tuple[int, ...]

#: Widens a set of pieces within those that are allowed: (column, set, allowed) -> set.
Grow = Callable[[int, int, int], int]


class Entangled(Exception):
    """The boxes meet in more ways than there was patience for."""


class Patience:
    """How many times a box may still be compared with a row."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, times: int) -> None:
        """Raises Entangled when it is used up."""
        self.left -= times
        if self.left < 0:
            raise Entangled


def meets(one: Box, other: Box) -> bool:
    for a, b in zip(one, other, strict=True):  # noqa: SIM110
        if not a & b:  # a loop, for `all` takes thrice the time
            return False
    return True


def common(one: Box, other: Box) -> Box:
    return tuple([a & b for a, b in zip(one, other, strict=True)])


def contains(outer: Box, inner: Box) -> bool:
    return all(not b & ~a for a, b in zip(outer, inner, strict=True))


def volume(box: Box) -> int:
    """How many combinations of pieces the box holds."""
    size = 1
    for inside in box:
        size *= inside.bit_count()
    return size


def outside(box: Box, rows: Sequence[Box], patience: Patience, used: set[int] | None = None) -> Iterator[Box]:
    """The parts of the box that no row covers, disjoint; the rows that were taken out are added to `used`.

    Raises Entangled when patience ends.
    """
    waiting: list[tuple[Box, Sequence[int]]] = [(box, range(len(rows)))]
    while waiting:
        part, near = waiting.pop()
        if not all(part):
            continue
        patience.spend(len(near) + 1)
        near = [n for n in near if meets(part, rows[n])]
        if not near:
            yield part
            continue
        most = max(near, key=lambda n: volume(common(part, rows[n])))
        if used is not None:
            used.add(most)
        row, rest = rows[most], [n for n in near if n != most]
        shrinking = list(part)
        for n, inside in enumerate(part):
            left = inside & ~row[n]
            if left:
                waiting.append(((*shrinking[:n], left, *part[n + 1 :]), rest))
                shrinking[n] = inside & row[n]


def covering(box: Box, rows: Sequence[Box], patience: Patience) -> list[int] | None:
    """Rows that together hold wherever the box does; None where something of it is left.

    Raises Entangled when patience ends.
    """
    used: set[int] = set()
    if next(outside(box, rows, patience, used), None) is not None:
        return None
    return sorted(used)


def widened(box: Box, rows: Sequence[Box], whole: Box, order: Sequence[int], grow: Grow) -> Box:
    """The box, which no row meets, made as wide as it goes and still no row meets it, column by column."""
    wide = list(box)
    for column in order:
        blocked = 0
        for row in rows:
            for n, inside in enumerate(wide):
                if n != column and not inside & row[n]:
                    break
            else:
                blocked |= row[column]
        wide[column] = grow(column, wide[column], whole[column] & ~blocked)
    return tuple(wide)


def bits(mask: int) -> list[int]:
    return [n for n in range(mask.bit_length()) if mask >> n & 1]


def lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
