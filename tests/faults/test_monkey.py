"""The monkeys: what they grow has every part of the language, and what a command does wrong is told with its seed."""

from typing import Any

from faults.counting import Count
from faults.monkeys.desk import Desk
from faults.monkeys.growing import grown

#: Keys of states, transitions and deadlines that a random procedure is to have now and then.
KEYS = (
    "task say take other_than choices events message after always entry exit invoke states parallel initial final outcome when "
    "ask set do to refuse by note keep each as unless_left starts met within until pause_in warn missed again never before "
    "must eventually at_most correlate one_open_per visible_to every event signal start raise attach"
)


def keys_of(document: Any) -> set[str]:
    if isinstance(document, dict):
        return set(document) | {key for item in document.values() for key in keys_of(item)}
    return {key for item in document for key in keys_of(item)} if isinstance(document, list) else set()


def test_what_grows_has_every_part_of_the_language() -> None:
    found = set[str]().union(*(keys_of(grown(seed, "p0", "p1")) for seed in range(60)))
    assert set(KEYS.split()) - found == set()


def test_the_same_dice_grow_the_same_procedure() -> None:
    assert grown(7, "p0") == grown(7, "p0") != grown(8, "p0")


def test_what_a_command_does_wrong_is_told_with_its_seed(tmp_path) -> None:
    count = Count()
    desk = Desk(tmp_path / "work", 3, count.wrong)
    while not desk.begin():
        desk = Desk(tmp_path / f"work-{desk.seed + 1}", desk.seed + 1, count.wrong)
    assert desk.ask("inbox", by="qaa").get("ok") and not count.bad
    desk.ask("open", "p0", "--no-such-option", by="qaa")
    (told,) = count.bad
    assert told.startswith(
        f"seed {desk.seed}: `procflow --json --as qaa open p0 --no-such-option` ended with 2"
    )
