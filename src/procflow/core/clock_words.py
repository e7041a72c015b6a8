"""A case's deadlines for people: the one date to promise to the customer, and how the others stand.

The command line and the rehearsals show and expect these very lines. It must not know how they are laid out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from procflow.core.case import Case
from procflow.core.choices import active_states
from procflow.core.due import Due
from procflow.core.procedure import Procedure
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.core.words import instant_in_words

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "due": "due", "missed": "missed", "met": "met", "ended": "ended", "running": "running",
        "paused": "the clock stands still", "unset": "waits for data", "act": "Act by {when}.",
        "promise": "Tell the customer: {title} no later than {when}.",
    },
    "da": {
        "due": "frist", "missed": "overskredet", "met": "holdt", "ended": "slut", "running": "løber",
        "paused": "uret står stille", "unset": "venter på data", "act": "Gør det inden {when}.",
        "promise": "Sig til kunden: {title} senest {when}.",
    },
}  # fmt: skip


class ShownClock(Struct, frozen=True):
    """One deadline that began. `state` is running, paused, met, missed or ended; `due` None where it is due at no
    instant now; `promise` says that its date is the one to promise; `lines` are its words for people."""

    name: str
    title: str
    state: str
    due: Due | None
    promise: bool
    lines: tuple[str, ...]


def clocks_of(procedure: Procedure, case: Case) -> list[tuple[str, str, Due | None]]:
    """(deadline, state, due with its derivation), in the order of the file; one that stands still is `paused`,
    and not due at any instant until it goes on."""
    found: list[tuple[str, str, Due | None]] = []
    for deadline in procedure.deadlines:
        clock = case.clocks.get(deadline.name)
        if clock is None:
            continue
        if clock.state == "running" and clock.paused is not None:
            found.append((deadline.name, "paused", None))
        else:
            found.append((deadline.name, clock.state, Due.from_json(clock.due) if clock.due else None))
    return found


def shown_clocks(procedure: Procedure, case: Case, scope: StepScope, language: str) -> list[ShownClock]:
    """Every deadline that began. The first that runs and has a title, in the order of the file, is the one to promise
    to the customer, where the case has one: without a title there are no words that a customer could hear. Nor is it
    where the owner's own words stand on the screen: a state's `say` is what the customer is told then."""
    clocks = clocks_of(procedure, case)
    tasks = [state.task for state in active_states(procedure, case) if state.task is not None]
    spoken = any(text_in(task.say, scope, language) for task in tasks)
    titles = {name: text_in(procedure.deadline[name].title, scope, language) for name, _, _ in clocks}
    running = (name for name, state, due in clocks if state == "running" and due is not None and titles[name])
    first = next(running, "") if not spoken and _has_customer(procedure) else ""
    found = []
    for name, state, due in clocks:
        title, promise = titles[name], name == first
        lines = tuple(_lines(title.rstrip("."), name, state, due, promise, scope.zone, language))
        found.append(ShownClock(name, title, state, due, promise, lines))
    return found


def _has_customer(procedure: Procedure) -> bool:
    """Whether the owner wrote of somebody outside: whose data it is, who writes in, or what is said to them."""
    said = any(state.task is not None and state.task.say is not None for state in procedure.states)
    return said or bool(procedure.subject or procedure.correlate)


def _lines(
    title: str, name: str, state: str, due: Due | None, promise: bool, zone: str, language: str
) -> Sequence[str]:
    """The sentence to promise while a deadline runs, else what became of it."""
    w = WORDS.get(language, WORDS["en"])

    def words(instant: datetime) -> str:
        return instant_in_words(instant, zone, language)

    title = title or name.replace("_", " ")
    if state == "paused" or due is None:
        return [f"{title}: {w['paused' if state == 'paused' else 'unset']}"]
    sentence = f"{title}: {w.get(state, state)}, {w['due']} {words(due.at)}"
    if promise:
        sentence = w["promise"].format(title=title, when=words(due.at))
    if state == "running" and due.act_by and due.act_by < due.at:
        return [sentence, w["act"].format(when=words(due.act_by))]
    return [sentence]
