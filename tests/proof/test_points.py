"""What is said of each thing of a list is looked at for one thing that stands for all; only where that is the same."""

import pytest

from procflow.core.expressions import unparse
from procflow.core.procedure import Promise
from procflow.definitions.parse import parse_expression, parse_template
from procflow.proof.gaps import gap_in, grown_by
from procflow.proof.points import pointed, with_point


def promise(kind: str, text: str) -> Promise:
    return Promise("p", kind, parse_expression(text))


@pytest.mark.parametrize(
    ("kind", "text", "looked_at"),
    [
        ("never", "a.exists(x, x in b)", "a.exists(x, x in b) && · in a && · in b"),
        ("never", 'state("s") && a.exists(x, !(x in b))', 'state("s") && (a.exists(x, !(x in b)) && · in a && !(· in b))'),
        ("always", "!a.exists(x, x in b)", "!(a.exists(x, x in b) && · in a && · in b)"),
        ("always", "a.all(x, x in b)", "a.all(x, x in b) || !(· in a) || · in b"),
        (
            "never",
            "k ? a.exists(x, x == y) : b.exists(z, z == y)",
            "k ? a.exists(x, x == y) && · in a && · == y : b.exists(z, z == y) && · in b && · == y",
        ),
    ],
)  # fmt: skip
def test_one_thing_stands_for_each(kind: str, text: str, looked_at: str) -> None:
    assert unparse(pointed(promise(kind, text)).p.node) == looked_at


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("never", "a.exists(x, x in b) && c.exists(y, y in b)"),  # two things, and not one
        ("never", "a.all(x, x in b)"),
        ("always", "a.exists(x, x in b)"),
        ("before", "a.exists(x, x in b)"),  # another thing may be meant later
        ("never", "size(a) > 3"),
    ],
)
def test_where_one_thing_cannot_stand_for_all_the_promise_stays_as_it_is(kind: str, text: str) -> None:
    before = promise(kind, text)
    assert pointed(before) is before


@pytest.mark.parametrize(
    ("text", "looked_at"),
    [
        ("x in b && y == x", "· in b && y == ·"),
        ("x.filter(y, y == x) != []", "·.filter(y, y == ·) != []"),
        ("b.exists(x, x == y) && x == y", "b.exists(x, x == y) && · == y"),  # a variable of its own
        ("x.exists(x, x == y)", "·.exists(x, x == y)"),
        ("!(x.id == f(x)) && [x, y] != []", "!(·.id == f(·)) && [·, y] != []"),
    ],
)
def test_a_variable_is_the_thing_that_stands_for_all_where_it_is_not_another(
    text: str, looked_at: str
) -> None:
    node = parse_expression(text).node
    made = with_point(node, "x")
    assert unparse(made) == looked_at and made.at == node.at


def test_how_a_list_grows_is_read_from_what_it_is_set_to() -> None:
    gap = gap_in(parse_expression('size(tries) != count("called")').node)
    assert gap == ("tries", "called") == gap_in(parse_expression('count("called") < tries.size()').node)
    assert gap_in(parse_expression("size(tries) > 3").node) is None
    grown = {
        "${tries + [now]}": 1,
        "${tries + [now] + [now, now]}": 3,
        "${tries}": 0,
        "${tries + others}": None,
        "${tries + [who]}": None,  # nothing is added where nobody did
        "${others + [now]}": None,
        "${[now] + tries}": None,
    }
    assert {text: grown_by("tries", parse_template(text)) for text in grown} == grown
