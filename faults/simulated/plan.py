"""What a seed is made into, before anything runs: who does what when, who dies where, how the clock jumps, which mails come
how often, what plugins do wrong. Every ingredient has a number, so that one can be left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from faults.simulated.scene import AGENTS, LEAD

T = TypeVar("T")
HOUR, DAY = 3600.0, 86400.0
#: How a plugin misbehaves, and how often one is drawn against another.
_MISDEEDS = ("slow", "hangs", "breaks", "raises", "lost", "retry", "retry", "fails", "lost", "slow", "part")
#: Points at which a process may die: anywhere; right after a commit; before, while and after something is handed over.
_WHERE = ("any", "any", "any", "commit", "commit", "handing", "taken", "handed")


@dataclass(frozen=True)
class Act:
    """What an agent does after `wait` seconds. `rolls` choose the case, the choice and the rest, when it comes to it."""

    wait: float
    kind: str
    rolls: tuple[float, float, float]


@dataclass(frozen=True)
class Mail:
    at: float
    id: str
    sender: str
    subject: str
    text: str
    answers: bool
    roll: float
    late: float


@dataclass(frozen=True)
class Misdeed:
    kind: str
    seconds: float


@dataclass(frozen=True)
class Jump:
    """At `at` true seconds the clock is wrong by `by` more; or the machine sleeps so long."""

    at: float
    by: float
    asleep: bool


@dataclass
class Plan:
    """Drawn from the seed; `without` are the numbers of ingredients to leave out."""

    seed: int
    without: frozenset[int] = frozenset()
    acts: dict[str, list[Act]] = field(default_factory=dict)
    deaths: dict[str, set[int]] = field(default_factory=dict)
    jumps: list[Jump] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    misdeeds: dict[int, Misdeed] = field(default_factory=dict)
    ingredients: int = 0

    def __post_init__(self) -> None:
        dice = self.dice("house")
        self.in_memory = self.seed % 4 == 0
        self.hosts = dice.choice((1, 2, 3, 3))
        self.at_once = dice.choice((1, 1, 4))
        self.restless = dice.choice((0.03, 0.15, 0.4, 0.7, 0.95))
        self.stalls = dice.choice((0.0, 0.01, 0.02, 0.04))
        self.pace = dice.choice((0.03, 0.1, 1.0, 30.0, 600.0, 600.0, 2400.0))
        self.calm = (
            dice.random() < 0.15
        )  # nobody dies and no clock is wrong, so that it can be seen what is late
        self.news = dice.uniform(0, 4 * self.pace) if dice.random() < 0.25 else None
        self.end = self._acts()
        self._deaths()
        self._jumps()
        self._mails()
        self._misdeeds()

    def dice(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")

    def _taken(self, make: Callable[[], T]) -> T | None:
        """The next ingredient, or None where it is left out; it is drawn all the same."""
        made = make()
        self.ingredients += 1
        return None if self.ingredients in self.without else made

    def _acts(self) -> float:
        dice, longest = self.dice("acts"), 0.0
        people = AGENTS[: dice.choice((2, 3, 3))] + ((LEAD,) if dice.random() < 0.7 else ())
        for person in people:
            acts, at = [], 0.0
            for n in range(dice.randint(8, 20)):
                act = self._taken(lambda n=n, person=person: self._act(dice, person, n))  # type: ignore[misc]
                if act is not None:
                    acts.append(act)
                    at += act.wait
            self.acts[person] = acts
            longest = max(longest, at)
        return longest

    def _act(self, dice: Random, person: str, n: int) -> Act:
        wait = dice.expovariate(1 / self.pace)
        rolls = (dice.random(), dice.random(), dice.random())
        if n == 0 and person != LEAD:
            return Act(wait, "open", rolls)
        if person == LEAD:
            return Act(wait, dice.choice(("absent", "absent", "back", "assign", "assign", "choose")), rolls)
        kinds = (*("choose",) * 8, "open", "open", "wrong", "note", "again", "read", "event", "event", "task")
        return Act(wait, dice.choice(kinds), rolls)

    def _deaths(self) -> None:
        dice = self.dice("deaths")
        for _ in range(0 if self.calm else dice.choice((0, 1, 2, 3, 5, 8))):
            where = dice.choice(_WHERE)
            most = {"any": 1500, "commit": 90, "handing": 10, "taken": 10, "handed": 10}[where]
            found = self._taken(lambda where=where, most=most: (where, 1 + int(most ** dice.random())))  # type: ignore[misc]
            if found is not None:
                self.deaths.setdefault(found[0], set()).add(found[1])

    def _jumps(self) -> None:
        dice = self.dice("jumps")
        for _ in range(0 if self.calm else dice.choice((0, 1, 1, 2, 2, 3))):
            jump = self._taken(lambda: self._jump(dice))
            if jump is not None:
                self.jumps.append(jump)
        self.jumps.sort(key=lambda each: each.at)

    def _jump(self, dice: Random) -> Jump:
        at = dice.uniform(0, self.end or 1.0)
        if dice.random() < 0.25:
            return Jump(at, dice.choice((9 * HOUR, 64 * HOUR)), True)
        return Jump(at, dice.choice((HOUR, -HOUR, -HOUR, DAY, -DAY, -DAY, -600.0, 600.0)), False)

    def _mails(self) -> None:
        dice = self.dice("mails")
        for n in range(dice.choice((0, 1, 3, 6))):
            for mail in self._taken(lambda n=n: self._mail(dice, n)) or ():  # type: ignore[misc]
                self.mails.append(mail)
        self.mails.sort(key=lambda each: each.at)

    def _mail(self, dice: Random, n: int) -> list[Mail]:
        """One mail, once or several times, or two of one name."""
        at, sender = dice.uniform(0, (self.end or 1.0) * 1.1), f"kunde{dice.randrange(4)}@customer.example"
        subject = dice.choice(("New matter", "Svar", "Svar", "Svar"))
        mail = Mail(
            at,
            f"<{n}@customer.example>",
            sender,
            subject,
            f"token-{n}",
            dice.random() < 0.5,
            dice.random(),
            0.0,
        )
        found = [mail]
        while dice.random() < 0.35:
            found.append(Mail(**{**vars(mail), "at": at + dice.expovariate(1 / self.pace)}))
        if dice.random() < 0.1:
            found.append(
                Mail(**{**vars(mail), "at": at + dice.expovariate(1 / self.pace), "text": f"token-{n}-other"})
            )
        return found

    def _misdeeds(self) -> None:
        dice = self.dice("misdeeds")
        for _ in range(dice.choice((0, 1, 3, 6, 10))):
            made = self._taken(
                lambda: (1 + int(60 ** dice.random()), Misdeed(dice.choice(_MISDEEDS), dice.uniform(1, 29)))
            )
            if made is not None:
                self.misdeeds[made[0]] = made[1]
