"""A layered layout: states in layers from the beginning down, long ways through points of their own.

Sugiyama's way in plain steps: back edges turned, longest-path layers, crossings lessened by medians, then
places that are as straight as the widths allow. It knows sizes and names, nothing of procedures or pixels' use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

#: How often the order in the layers is improved, and how often places are straightened.
_SWEEPS, _PULLS = 24, 40


@dataclass
class Box:
    """Something with a place: a state, a label on its way (`label`), or a bend of a way."""

    name: str
    width: float
    height: float
    layer: int = 0
    x: float = 0.0  # of its middle
    y: float = 0.0


@dataclass(frozen=True)
class Path:
    """A way between two states: the boxes it goes through, in its own direction; `label` one of them, or ""."""

    key: int
    source: str
    target: str
    through: tuple[str, ...]
    label: str = ""


@dataclass
class Layout:
    boxes: dict[str, Box]
    paths: list[Path]
    width: float
    height: float


@dataclass
class _Work:
    boxes: dict[str, Box]
    layers: list[list[str]] = field(default_factory=list)
    up: dict[str, list[str]] = field(default_factory=dict)
    down: dict[str, list[str]] = field(default_factory=dict)


def layout(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str, float, float]],
    first: str,
    gap: tuple[float, float] = (28.0, 26.0),
) -> Layout:
    """Places for boxes of the given sizes (width, height) and for the ways between them.

    `edges` are (source, target, width and height of the label, 0 for none), never from a box to itself. `first`
    stands at the top. `gap` is what is left free between boxes, aside and between layers.
    """
    names = list(sizes)
    turned = _back_edges(names, [(s, t) for s, t, _, _ in edges], first)
    forward = [(t, s) if n in turned else (s, t) for n, (s, t, _, _) in enumerate(edges)]
    layer = _layers(names, forward)
    work = _Work({name: Box(name, *sizes[name], layer=2 * layer[name]) for name in names})
    paths = [_path(work, n, forward[n], n in turned, (edge[2], edge[3])) for n, edge in enumerate(edges)]
    count = max((box.layer for box in work.boxes.values()), default=0) + 1
    work.layers = [[] for _ in range(count)]
    for name in _by_depth(work, names, first):
        work.layers[work.boxes[name].layer].append(name)
    _order(work)
    _place(work, gap[0])
    height = _heights(work, gap[1])
    left = min((b.x - b.width / 2 for b in work.boxes.values()), default=0.0)
    for box in work.boxes.values():
        box.x -= left
    width = max((b.x + b.width / 2 for b in work.boxes.values()), default=0.0)
    return Layout(work.boxes, paths, width, height)


def _back_edges(names: Sequence[str], edges: Sequence[tuple[str, str]], first: str) -> set[int]:
    """The numbers of the edges that lead back, found by going deep from the beginning."""
    out: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    for number, (source, target) in enumerate(edges):
        out[source].append((number, target))
    back: set[int] = set()
    done: set[str] = set()
    for start in (first, *names):
        if start in done or start not in out:
            continue
        on_way = {start}
        stack = [(start, iter(out[start]))]
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                on_way.discard(name)
                done.add(name)
            elif step[1] in on_way:
                back.add(step[0])
            elif step[1] not in done:
                on_way.add(step[1])
                stack.append((step[1], iter(out[step[1]])))
    return back


def _layers(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Each box below all that lead to it."""
    into: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        into[target].append(source)
    layer: dict[str, int] = {}
    for start in names:
        stack = [start]
        while stack:
            name = stack[-1]
            missing = [one for one in into[name] if one not in layer]
            if missing:
                stack += missing
                continue
            stack.pop()
            layer[name] = max((layer[one] + 1 for one in into[name]), default=0)
    return layer


def _path(work: _Work, key: int, ends: tuple[str, str], turned: bool, label: tuple[float, float]) -> Path:
    """The bends of one way, one in each layer between its ends; the label takes the middle one."""
    top, bottom = work.boxes[ends[0]].layer, work.boxes[ends[1]].layer
    between = range(top + 1, bottom)
    middle = between[len(between) // 2] if label[0] else -1
    through = []
    for number in between:
        name = f"~{key}.{number}"
        size = label if number == middle else (2.0, 0.0)
        work.boxes[name] = Box(name, *size, layer=number)
        through.append(name)
    chain = [ends[0], *through, ends[1]]
    for above, below in pairwise(chain):
        work.down.setdefault(above, []).append(below)
        work.up.setdefault(below, []).append(above)
    source, target = (ends[1], ends[0]) if turned else ends
    inner = tuple(reversed(through)) if turned else tuple(through)
    return Path(key, source, target, inner, f"~{key}.{middle}" if middle >= 0 else "")


def _by_depth(work: _Work, names: Sequence[str], first: str) -> list[str]:
    """All boxes, those that hang together beside each other: a walk from the beginning."""
    found: dict[str, None] = {}
    for start in (first, *names, *work.boxes):
        stack = [start] if start in work.boxes and start not in found else []
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = None
                stack += [*reversed(work.down.get(name, [])), *work.up.get(name, [])]
    return list(found)


def _order(work: _Work) -> None:
    """Order each layer by the medians of its neighbours, down and up again; the best order seen is kept."""
    best, fewest = [list(layer) for layer in work.layers], _crossings(work)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        downward = sweep % 2 == 0
        count = len(work.layers)
        for number in range(1, count) if downward else range(count - 2, -1, -1):
            beside = work.up if downward else work.down
            fixed = {name: n for n, name in enumerate(work.layers[number - 1 if downward else number + 1])}
            _sort(work.layers[number], beside, fixed)
        _swap(work)
        now = _crossings(work)
        if now < fewest:
            best, fewest = [list(layer) for layer in work.layers], now
    work.layers = best


def _sort(layer: list[str], beside: Mapping[str, list[str]], fixed: Mapping[str, int]) -> None:
    def weight(name: str) -> float:
        places = sorted(fixed[one] for one in beside.get(name, ()) if one in fixed)
        if not places:
            return float(layer.index(name))
        middle = len(places) // 2
        return float(places[middle]) if len(places) % 2 else (places[middle - 1] + places[middle]) / 2

    weights = {name: weight(name) for name in layer}
    layer.sort(key=lambda name: weights[name])


def _swap(work: _Work) -> None:
    """Neighbours change places where that leaves fewer crossings."""
    for number, layer in enumerate(work.layers):
        above = {n: k for k, n in enumerate(work.layers[number - 1])} if number else {}
        below = {n: k for k, n in enumerate(work.layers[number + 1])} if number + 1 < len(work.layers) else {}
        for k in range(len(layer) - 1):
            a, b = layer[k], layer[k + 1]
            if _between(work, b, a, above, below) < _between(work, a, b, above, below):
                layer[k], layer[k + 1] = b, a


def _between(work: _Work, a: str, b: str, above: Mapping[str, int], below: Mapping[str, int]) -> int:
    """How often the ways of `a` cross those of `b`, when `a` stands left of it."""
    count = 0
    for beside, places in ((work.up, above), (work.down, below)):
        ours = [places[n] for n in beside.get(a, ()) if n in places]
        theirs = [places[n] for n in beside.get(b, ()) if n in places]
        count += sum(x > y for x in ours for y in theirs)
    return count


def _crossings(work: _Work) -> int:
    count = 0
    for number in range(len(work.layers) - 1):
        below = {name: n for n, name in enumerate(work.layers[number + 1])}
        ways = [
            (k, below[one]) for k, name in enumerate(work.layers[number]) for one in work.down.get(name, ())
        ]
        count += sum(
            (a[0] < b[0] and a[1] > b[1]) or (a[0] > b[0] and a[1] < b[1])
            for n, a in enumerate(ways)
            for b in ways[n + 1 :]
        )
    return count


def _place(work: _Work, gap: float) -> None:
    """Boxes from left to right in their layers, each as near as can be to the middle of its neighbours."""
    for layer in work.layers:
        x = 0.0
        for name in layer:
            box = work.boxes[name]
            box.x = x + box.width / 2
            x += box.width + gap
    for pull in range(_PULLS):
        downward = pull % 2 == 0
        order = work.layers if downward else work.layers[::-1]
        both = pull >= _PULLS - 6
        for layer in order:
            wished = [_wish(work, name, downward, both) for name in layer]
            _settle(work, layer, wished, gap)


def _wish(work: _Work, name: str, downward: bool, both: bool) -> tuple[float, float]:
    """(where a box would like to be, how much it wants it): bends want it most, so that long ways are straight."""
    up, down = work.up.get(name, []), work.down.get(name, [])
    beside = [*up, *down] if both else (up if downward else down)
    if not beside:
        return work.boxes[name].x, 0.05
    is_bend = name.startswith("~")
    places = sorted(work.boxes[one].x for one in beside)
    strong = 4.0 if is_bend and all(one.startswith("~") for one in beside) else 1.0
    return sum(places) / len(places), strong


def _settle(work: _Work, layer: list[str], wished: list[tuple[float, float]], gap: float) -> None:
    """The places nearest to the wishes that keep the order and the gaps: blocks that meet move as one."""
    # [place of its first box, weight, sum of weighted wishes, number of boxes]
    blocks: list[list[float]] = []
    offsets: list[float] = []
    offset = 0.0
    before: Box | None = None
    for name, (wish, weight) in zip(layer, wished, strict=True):
        box = work.boxes[name]
        if before is not None:
            offset += before.width / 2 + gap + box.width / 2
        offsets.append(offset)
        before = box
        blocks.append([wish - offset, weight, weight * (wish - offset), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            _, weight_, sum_, count = blocks.pop()
            last = blocks[-1]
            last[1] += weight_
            last[2] += sum_
            last[3] += count
            last[0] = last[2] / last[1]
    number = 0
    for place, _, _, count in blocks:
        for _ in range(int(count)):
            work.boxes[layer[number]].x = place + offsets[number]
            number += 1


def _heights(work: _Work, gap: float) -> float:
    """The middle of each layer; the height of all."""
    y = 0.0
    for number, layer in enumerate(work.layers):
        tall = max((work.boxes[name].height for name in layer), default=0.0)
        states = number % 2 == 0
        for name in layer:
            box = work.boxes[name]
            box.y = y + tall / 2
            if box.height == 0:
                box.height = tall  # a bend goes straight down through its layer, past the boxes beside it
        y += tall + (gap if states or tall else gap / 2)
    return max(y - gap, 0.0)
