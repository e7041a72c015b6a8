"""A host that was away over a weekend takes the same steps, at the same instants, as one that was there."""

from typing import Any

#: Monday 2 March 2026 11:00 in New York, and one look a day at different hours until Tuesday 10 March.
OPENED = "2026-03-02T16:00:00Z"
LOOKS = (
    "2026-03-04T05:00:00Z",
    "2026-03-05T15:00:00Z",
    "2026-03-06T15:00:00Z",
    "2026-03-06T15:30:00Z",
    "2026-03-07T15:00:00Z",
    "2026-03-07T15:00:01Z",
    "2026-03-08T03:00:00Z",
    "2026-03-08T06:59:00Z",
    "2026-03-08T07:01:00Z",
    "2026-03-09T13:59:59Z",
    "2026-03-09T14:00:00Z",
)
LAST = "2026-04-10T12:00:00Z"


def times(desk: Any, looks: tuple[str, ...]) -> list[Any]:
    desk.clock(OPENED)
    for book, back, section in (
        ("Emma", "2026-03-07", "820"),
        ("Heat", "2026-03-06", "DVD"),
        ("Ulysses", "2026-03-09", "010"),
    ):
        desk.open("book_loan", "ada", card="ab1234", reader="Rita Test", email="rita@reader.example", book=book, section=section, due_back=back)  # fmt: skip
    for look in (*looks, LAST):
        desk.clock(look)
        desk("run", "--once", rc=0)
    told = []
    for number in ("1", "2", "3"):
        steps = desk.json("log", number)["steps"]
        told.append(
            [(s["at"], [_bare(e) for e in s["entries"]]) for s in steps if s["entries"][0]["kind"] == "time"]
        )
    assert desk("audit", rc=0)
    return told


def _bare(entry: Any) -> Any:
    """An entry without the keys of effects and notices: they count the steps, and answers are steps too."""
    return {k: v for k, v in entry.items() if k != "key" and not (entry["kind"] == "notice" and k == "id")}


def test_a_host_that_was_away_for_weeks_takes_the_same_steps_at_the_same_instants(desk: Any) -> None:
    away, there = desk("library"), desk("library", "there")
    assert times(away, ()) == times(there, LOOKS)
