"""The layered layout: nothing overlaps, ways lead down unless they lead back, and the order is the same each time."""

from itertools import pairwise
from random import Random  # noqa: TID251 - seeded: the same graphs each time

import pytest

from procflow.drawing.layers import Layout, layout


def made(edges: list[tuple[str, str]], label: tuple[float, float] = (60.0, 18.0)) -> Layout:
    names = list(dict.fromkeys(name for edge in edges for name in edge))
    sizes = {name: (80.0 + 7 * n, 40.0 + 3 * n) for n, name in enumerate(names)}
    return layout(sizes, [(s, t, *label) for s, t in edges], names[0])


def overlaps(found: Layout) -> list[tuple[str, str]]:
    boxes = list(found.boxes.values())
    return [
        (a.name, b.name)
        for n, a in enumerate(boxes)
        for b in boxes[n + 1 :]
        if abs(a.x - b.x) < (a.width + b.width) / 2 - 0.01
        and abs(a.y - b.y) < (a.height + b.height) / 2 - 0.01
    ]


def test_a_chain_stands_straight_and_in_its_order() -> None:
    found = made([("a", "b"), ("b", "c"), ("c", "d")])
    places = [found.boxes[name] for name in "abcd"]
    assert all(above.y < below.y for above, below in pairwise(places))
    assert max(box.x for box in places) - min(box.x for box in places) < 1


def test_a_way_back_is_drawn_upwards_and_does_not_turn_the_layers_round() -> None:
    found = made([("a", "b"), ("b", "c"), ("c", "a")])
    assert found.boxes["a"].y < found.boxes["b"].y < found.boxes["c"].y
    back = next(path for path in found.paths if (path.source, path.target) == ("c", "a"))
    heights = [found.boxes[name].y for name in back.through]
    assert heights == sorted(heights, reverse=True)


def test_every_labelled_way_has_a_place_for_its_label_between_its_ends() -> None:
    found = made([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d")])
    for path in found.paths:
        label = found.boxes[path.label]
        assert found.boxes[path.source].y < label.y < found.boxes[path.target].y
        assert (label.width, label.height) == (60.0, 18.0)


def test_two_ways_that_need_not_cross_do_not_cross() -> None:
    found = made(
        [("a", "left"), ("a", "right"), ("left", "l"), ("right", "r"), ("right", "l2"), ("left", "r2")]
    )
    lefts = sorted(found.boxes[name].x for name in ("l", "r2"))
    rights = sorted(found.boxes[name].x for name in ("r", "l2"))
    assert lefts[1] < rights[0] or rights[1] < lefts[0]


@pytest.mark.parametrize("seed", range(25))
def test_nothing_overlaps_and_everything_is_inside_whatever_the_graph(seed: int) -> None:
    dice = Random(seed)
    names = [f"s{n}" for n in range(dice.randint(2, 22))]
    edges = {(names[0], name) for name in dice.sample(names[1:], min(2, len(names) - 1))}
    edges |= {tuple(dice.sample(names, 2)) for _ in range(dice.randint(0, 30))}  # type: ignore[misc]
    sizes = {name: (dice.uniform(40, 200), dice.uniform(20, 90)) for name in names}
    ways = [(s, t, dice.choice([0.0, 70.0]), 20.0) for s, t in sorted(edges)]
    found = layout(sizes, [(s, t, w, h if w else 0.0) for s, t, w, h in ways], names[0])
    assert not overlaps(found)
    for box in found.boxes.values():
        assert box.x - box.width / 2 >= -0.01
        assert box.x + box.width / 2 <= found.width + 0.01
        assert box.y - box.height / 2 + 0.01 >= 0
        assert box.y + box.height / 2 <= found.height + 0.01
    again = layout(sizes, [(s, t, w, h if w else 0.0) for s, t, w, h in ways], names[0])
    assert {n: (b.x, b.y) for n, b in again.boxes.items()} == {n: (b.x, b.y) for n, b in found.boxes.items()}


def test_one_state_alone_has_a_place() -> None:
    found = layout({"a": (50.0, 20.0)}, [], "a")
    assert (found.boxes["a"].x, found.boxes["a"].y) == (25.0, 10.0)
    assert (found.width, found.height) == (50.0, 20.0)
