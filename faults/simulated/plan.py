"""What a seed is made into, before anything runs: who does what when, who dies where, how the clock jumps, which mails come
how often, what plugins do wrong. Every ingredient has a number, so that one can be left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TypeVar

from faults.simulated.scene import AGENTS, LEAD
from faults.simulated.turns import TENDER, Jump

T = TypeVar("T")
HOUR, DAY = 3600.0, 86400.0
#: One seed in so many is about the shipped procedures.
SHIPPED = 10
#: How a plugin misbehaves, and how often one is drawn against another.
_MISDEEDS = ("slow", "hangs", "breaks", "raises", "lost", "retry", "retry", "fails", "lost", "slow", "part")
#: Points at which a process may die: anywhere; right after a commit; before, while and after something is handed over.
_WHERE = ("any", "any", "any", "commit", "commit", "handing", "taken", "handed")
#: Points at which the clock may jump.
_MOMENTS = ("commit", "stepped", "stepped", "making", "making", "making", "handing", "taken", "handed")
#: What a seed's people open: a bit of everything, or only what is about one thing, so that much of it comes together.
_OPENED = (
    (
        "pulse",
        "pulse",
        "pulse",
        "pulse",
        "pulse",
        "cadence",
        "turns",
        "asking",
        "asked",
        "alone",
        "alone",
        "limited",
    ),
    ("pulse",),
    ("pulse", "pulse", "cadence", "turns"),
    ("limited",),
    ("alone", "alone", "limited", "turns"),
    ("asking", "asked", "alone", "limited", "pulse"),
)
#: What they do besides choosing: all of it, or much of the same.
_KINDS = (
    ("open", "open", "wrong", "note", "again", "read", "event", "event", "task"),
    ("again", "again", "again", "wrong", "open"),
    ("event", "event", "event", "event", "note", "open"),
)


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


@dataclass
class Plan:
    """Drawn from the seed; `without` are the numbers of ingredients to leave out."""

    seed: int
    without: frozenset[int] = frozenset()
    acts: dict[str, list[Act]] = field(default_factory=dict)
    deaths: dict[str, set[int]] = field(default_factory=dict)
    jumps: list[Jump] = field(default_factory=list)
    moments: dict[str, dict[int, Jump]] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    misdeeds: dict[int, Misdeed] = field(default_factory=dict)
    ingredients: int = 0

    def __post_init__(self) -> None:
        dice = self.dice("house")
        self.in_memory = self.seed % 4 == 0
        self.shipped = self.seed % SHIPPED == SHIPPED - 1
        self.hosts = dice.choice((1, 2, 3, 3))
        self.at_once = dice.choice((1, 4))
        self.restless = dice.choice((0.03, 0.15, 0.4, 0.7, 0.95))
        self.stalls = dice.choice((0.0, 0.01, 0.02, 0.04))
        self.pace = dice.choice((0.03, 0.1, 1.0, 30.0, 600.0, 600.0, 2400.0))
        # nobody dies and no clock is wrong, so that it can be seen what is late
        self.calm = dice.random() < 0.15
        self.opened = dice.choice((_OPENED[0], *_OPENED))
        self.kinds = dice.choice((_KINDS[0], _KINDS[0], *_KINDS))
        self.beat = dice.choice((0.0, self.pace))
        self.tender = None if self.calm or dice.random() < 0.3 else dice.randrange(TENDER)
        self.news = dice.uniform(0, 4 * self.pace) if dice.random() < 0.25 else None
        if self.shipped:
            self.kinds = _KINDS[0]
            self.news, self.pace = None, dice.choice((1.0, 600.0, 2400.0, 7200.0, 6 * HOUR))
        self.end = self._acts()
        self._deaths()
        self._jumps()
        self._mails()
        self._misdeeds()
        self._moments()

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
            for n in range(dice.randint(*((15, 40) if self.shipped else (8, 20)))):
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
        return Act(wait, dice.choice(("choose",) * len(self.kinds) + self.kinds), rolls)

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
            return Jump(dice.choice((9 * HOUR, 64 * HOUR)), True, at)
        return Jump(dice.choice((HOUR, -HOUR, -HOUR, DAY, -DAY, -DAY, -600.0, 600.0)), False, at)

    def _moments(self) -> None:
        """The clock jumps, or the machine sleeps, at the very point at which it would matter."""
        dice = self.dice("moments")
        kinds = _MOMENTS if dice.random() < 0.5 else (dice.choice(_MOMENTS),)
        for _ in range(0 if self.calm else dice.choice((0, 0, 2, 6))):
            where = dice.choice(kinds)
            found = self._taken(partial(self._moment, dice, where))
            if found is not None:
                self.moments.setdefault(where, {})[found[0]] = found[1]

    def _moment(self, dice: Random, where: str) -> tuple[int, Jump]:
        most = {"commit": 90, "stepped": 50, "making": 20}.get(where, 10)
        return 1 + int(most ** dice.random()), self._sudden(dice, where)

    @staticmethod
    def _sudden(dice: Random, where: str) -> Jump:
        if where == "making" and dice.random() < 0.7:  # a lease that reaches too far is nobody's
            return Jump(dice.choice((-120.0, -HOUR)), False)
        if dice.random() < 0.4:
            return Jump(dice.choice((120.0, HOUR, 9 * HOUR, 64 * HOUR)), True)
        return Jump(dice.choice((120.0, HOUR, DAY, -120.0, -120.0, -HOUR, -HOUR)), False)

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
