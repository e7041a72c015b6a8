"""One abstract state of a case, and the working copy in which one step of it is taken.

What is not decided is chosen by an oracle when it is first asked for, and stays so while nothing that it depends on
changes: what depends on the moment (the time, a message, a person) until the step's end, all else until a field that it
reads is set. What the lens does not keep is chosen anew each time. It must not know in which order things are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from procflow.core.expression_run import MAX_STEPS
from procflow.core.procedure import Field
from procflow.core.values import is_number
from procflow.proof import orders
from procflow.proof.chosen import declared, earlier
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain
from procflow.proof.gaps import Gap, bounded
from procflow.proof.lens import Lens
from procflow.proof.limits import Limits, takes, within
from procflow.proof.oracle import Impossible, Oracle, Unknown
from procflow.proof.orders import Facts, Term
from procflow.proof.reading import EARLIER, POINT
from procflow.proof.scope import Scope
from procflow.proof.seen import Evidence, shown
from procflow.proof.state import State

_NONE: frozenset[str] = frozenset()


class Seed:
    """A state as its worlds begin, taken apart once for all the steps that are tried from it."""

    __slots__ = (
        "atoms",
        "began",
        "clocks",
        "counts",
        "data",
        "gaps",
        "monitors",
        "pending",
        "state",
        "today",
    )

    def __init__(self, lens: Lens, state: State) -> None:
        self.state = state
        self.data: dict[str, Any] = dict(zip(lens.fields, state.data, strict=True))
        self.atoms: dict[str, bool] = dict(state.atoms)
        self.counts: dict[str, int] = dict(zip(lens.counted, state.counts, strict=True))
        self.today: dict[str, int] = dict(zip(lens.today, state.today, strict=True))
        self.gaps: dict[Gap, int | None] = dict(zip(lens.gaps, state.gaps, strict=True)) if lens.gaps else {}
        self.clocks = dict(state.clocks)
        self.pending = dict(state.pending)
        self.began = 1 + max(self.pending.values(), default=0)  # the rank of what begins now
        self.monitors = {name: (kind, seen) for name, kind, seen in state.monitors}


class World(Scope):
    """A step in the making."""

    by_itself: bool  # whether nobody acts: time passes, or a delivery ends
    actor: bool | None  # whether somebody acts; None: perhaps

    __slots__ = (  # more than fit into a dictionary that worlds share
        "active",
        "actor",
        "ahead",
        "alarmed",
        "armed",
        "asks_here",
        "atoms",
        "before",
        "began",
        "beyond",
        "by_itself",
        "changed",
        "chosen",
        "clocks",
        "closed",
        "closing",
        "constants",
        "counts",
        "counts_before",
        "data",
        "did",
        "doubted",
        "dropped",
        "entered",
        "facts",
        "frame",
        "fresh",
        "gaps",
        "inputs",
        "judged",
        "last",
        "lens",
        "lost",
        "met",
        "missed",
        "moment",
        "monitors",
        "new_day",
        "not_yet",
        "opened",
        "opens",
        "oracle",
        "pending",
        "pinned",
        "probed",
        "procedure",
        "results",
        "room_domains",
        "room_fields",
        "since",
        "stale",
        "taken",
        "today",
        "today_before",
        "twice",
        "waiting",
        "watching",
        "who",
        "zone",
    )

    def __init__(self, lens: Lens, seed: Seed, oracle: Oracle) -> None:
        state = seed.state
        self.lens, self.oracle = lens, oracle
        self.procedure, self.constants = lens.procedure, lens.constants
        self.zone: str = lens.constants.zone
        self.active = state.active
        self.data = seed.data.copy()
        self.atoms = seed.atoms.copy()
        self.fresh: dict[str, bool] = {}
        self.facts: Facts = state.facts
        self.counts = seed.counts.copy()
        self.today = seed.today.copy()
        self.did, self.missed, self.who = set(state.did), set(state.missed), set(state.taken)
        self.before = (state.did, state.missed, state.taken)
        self.stale: frozenset[str] = _NONE  # what this step changed of what is looked back on
        self.counts_before = self.counts.copy() if self.counts else self.counts
        self.new_day: bool | None = None
        self.today_before = self.today
        self.clocks = seed.clocks.copy()
        self.met: dict[str, str] = {}  # clocks that this step met, also those that it started again
        self.pending = seed.pending.copy()
        self.began = seed.began
        self.ahead = dict(state.ahead)
        self.monitors = seed.monitors.copy()
        self.waiting = set(state.waiting)
        self.since = set(state.asked)
        self.last = dict(state.last)
        self.closed = state.closed
        self.alarmed = set(state.alarmed)
        self.closing = bool(state.closed)
        self.inputs: dict[str, Any] = {}
        self.results: dict[str, Any] = {}
        self.room_domains: dict[str, Domain] = {}
        self.room_fields: dict[str, Field] = {}  # of what only this step is given, as far as it is narrow
        self.asks_here = False
        self.opens = False  # whether this step opens the case
        self.judged: dict[str, str] = {}
        self.pinned: Mapping[str, Any] | None = None  # which of some rows stands for all, see `points`
        self.moment: tuple[str, str] = ("", "")
        self.watching = False
        self.beyond: set[int] | None = None  # see `Scope.counted_to`
        self.not_yet: frozenset[str] = frozenset()
        self.chosen: list[tuple[str, str, Any]] = []
        self.dropped: set[str] = set()  # keys that were asked for and are not kept
        self.taken: list[str] = []
        self.entered: list[str] = []
        self.lost: list[str] = []
        self.twice: list[tuple[str, tuple[int, int]]] = []
        self.opened: list[tuple[tuple[int, int], str, Any]] = []  # see `Lens.opens`
        self.probed: list[tuple[str, str, int]] = []  # see `Lens.probe`
        self.changed: set[str] = set()
        self.doubted = (
            False  # whether a number was set that may not fit its field, so that the step is refused
        )
        self.armed: set[str] = set()  # what time will do that began anew in this step
        self.gaps = seed.gaps.copy()
        self.frame = lens.frame  # shared, for a frame of its own would make a ring of each world
        self.frame.scope, self.frame.left = self, MAX_STEPS

    # data

    def resolved(self, what: str, table: dict[str, Any], name: str, domain: Domain | None) -> Any:
        """The value, chosen now where it was open; raises Unknown for one that is only known to be set."""
        value = table.get(name)
        if value is ANY or value is OR_NONE:
            options: list[Any] = [None] if value is OR_NONE else []
            if domain is None or not (domain.values or domain.evidence):
                options.append(OPAQUE)
            elif domain.evidence:
                options += self.lens.verdicts
            else:
                options += domain.values
            value = table[name] = options[self.oracle.pick(len(options))]
            self.chosen.append((what, name, "set" if value is OPAQUE else value))
        if value is OPAQUE:
            raise Unknown
        if domain is not None and domain.counts and value is not None:
            return self.counted_to(value, domain.low, domain.high)
        if value is None:
            return (
                Evidence(None)
                if domain is not None and domain.evidence
                else ()
                if domain is not None and domain.many
                else None
            )
        return Evidence(value) if domain is not None and domain.evidence else value

    def is_unset(self, name: str) -> bool:
        """Whether a field that is kept has no value; which one it has, where it has one, stays open."""
        value = self.data[name]
        if value is OR_NONE:
            domain = self.lens.domains[name]
            if self.oracle.pick(2):
                value = ANY if domain.values or domain.evidence else OPAQUE
                self.chosen.append(("condition", f"{name} == null", False))
            else:
                value = None
                self.chosen.append(("data", name, None))
            self.data[name] = value
        return value is None or value == ()

    def put(self, name: str, value: Any, *, reckoned: bool = True) -> None:
        """Set a field; what was known about it is open again. `reckoned`: from what it was before."""
        self.changed.add(name)
        self.resized(name)
        if self.atoms or self.fresh or self.facts or self.since:
            self.forget(name)
        if name not in self.data:
            return
        domain = self.lens.domains[name]
        old, kept = self.data[name], domain.kept(value)
        if (
            reckoned
            and domain.counts
            and is_number(old)
            and is_number(kept)
            and ((old > domain.high and kept < old) or (old < domain.low and kept > old))
        ):  # it stood as far out as a proof counts, or further
            far = self.oracle.pick(int(abs(old - kept)) + 1)
            kept += far if old > kept else -far
        self.data[name] = kept

    def unkept(self, names: frozenset[str]) -> None:
        """The same for fields that are not kept: whatever depends on any of them is open again."""
        self.changed |= names
        depends = self.lens.depends
        for table in (self.atoms, self.fresh):
            if table:
                for text in [text for text in table if not names.isdisjoint(depends[text])]:
                    del table[text]
        if self.facts:
            known = self.lens.forgotten.get((self.facts, names))
            if known is None:
                known = orders.without(
                    self.facts, lambda term: type(term) is str and not names.isdisjoint(depends[term])
                )
                self.lens.forgotten[self.facts, names] = known
            self.facts = known
        if self.since:
            self.since = {asked for asked in self.since if names.isdisjoint(depends.get(asked, ()))}

    def void(self, names: Collection[str]) -> None:
        """What covers the fields that are set falls, if they changed and it was not given beside them."""
        covered_by = self.procedure.covered_by
        for name in names if covered_by else ():
            for evidence in covered_by.get(name, ()):
                if (
                    evidence not in names
                    and self.data.get(evidence) not in (None, "rejected")
                    and self.oracle.pick(2) == 0  # 1: the same value again
                ):
                    self.forget(evidence)
                    self.data[evidence] = "rejected"

    def resized(self, name: str, to: int | None = None) -> None:
        """A field is another one: how long it is, where it is a list, is not known any more, or that it is so long now, where
        nothing was counted yet."""
        for gap in self.gaps:
            if gap[0] == name:
                self.gaps[gap] = None if to is None else bounded(to)

    def forget(self, key: str) -> None:
        """Whatever depends on this key is open again."""
        depends = self.lens.depends
        for table in (self.atoms, self.fresh):
            if table:
                for text in [text for text in table if key in depends[text]]:
                    del table[text]
        if self.facts:
            known = self.lens.forgotten.get((self.facts, key))
            if known is None:
                known = orders.without(self.facts, lambda term: type(term) is str and key in depends[term])
                self.lens.forgotten[self.facts, key] = known
            self.facts = known
        if self.since:
            self.since = {asked for asked in self.since if key not in depends.get(asked, ())}

    # what is not known: either, and then the same until something it depends on changes

    def atom(self, text: str, depends: frozenset[str]) -> bool:
        """Yes or no."""
        if self.stale and not self.watching and not self.stale.isdisjoint(depends):
            self.lens.depends.setdefault(text, depends)
            text = earlier(self.lens, text)
            depends = self.lens.depends[text]
        known = self.lens.atoms.get(text) or declared(self.lens, text, depends)
        table = self.atoms
        if known[0]:
            table = self.fresh
            self.dropped |= known[1]
        value = table.get(text)
        if value is None:
            value = table[text] = self.oracle.pick(2) == 0
            if POINT not in text:
                self.chosen.append(("condition", text.removeprefix(EARLIER), value))
        return value

    def nobody_acts(self) -> bool:
        """Whether there is no `actor`: time passes, or something comes that no person brings."""
        if self.actor is None:
            self.actor = self.oracle.pick(2) == 0
            self.chosen.append(("condition", "actor == null", not self.actor))
        return not self.actor

    def ask(self, a: Term, b: Term, operator: str, depends: frozenset[str], *, is_set: bool = False) -> bool:
        """Whether `a operator b`; `depends` is what both depend on, `is_set` says that both have a value."""
        if self.stale and not self.watching:
            own = self.lens.depends
            a, b = [self.as_seen(term, own.get(term, depends)) for term in (a, b)]  # type: ignore[arg-type]
        asked, steps = (self.facts, a, b, operator), self.lens.conditions.steps
        known = self.lens.compared.get(asked)
        if known is None:
            wanted = orders.OPERATORS[operator]
            known = self.lens.compared[asked] = (
                orders.possible_in_steps(self.facts, a, b, steps),
                orders.added(self.facts, a, b, wanted),
                orders.added(self.facts, a, b, orders.ALL & ~wanted),
                wanted,
                "" if a == POINT or b == POINT else f"{shown(a)} {operator} {shown(b)}",
            )
        can, if_so, if_not, wanted, text = known
        if not can & wanted:
            return False
        if not can & ~wanted:
            return True
        tight = self._within_limits(a, b)
        if tight:  # what has no value is different from everything, and neither more nor less
            is_set = is_set or (self._is_set(a) and self._is_set(b))
            if not tight & wanted and (is_set or operator != "!="):
                return False
            if not tight & ~wanted and (is_set or operator == "!="):
                return True
        self.dropped |= depends - self.lens.keys
        for term in (a, b):
            if type(term) is str:
                self.lens.depends.setdefault(term, depends)
        answer = self.oracle.pick(2) == 0
        self.facts = if_so if answer else if_not
        if text:
            self.chosen.append(("condition", text, answer))
        return answer

    def _within_limits(self, a: Term, b: Term) -> int:
        """What can be between two terms by what their fields take; 0 where that says nothing."""
        narrow, rooms, sizes = self.lens.plan.narrow, self.room_fields, self.lens.conditions.sizes
        if not (narrow or rooms or sizes):
            return 0
        if (
            not rooms
        ):  # then it hangs on what is known alone, and on whether lists are there whose length is asked
            there = tuple([self.data.get(size[0]) is OPAQUE for size in sizes.values()]) if sizes else ()
            asked = (self.facts, a, b, there)
            known = self.lens.limited.get(asked)
            if known is None:
                known = self.lens.limited[asked] = self._by_limits(a, b)
            return known
        return self._by_limits(a, b)

    def _by_limits(self, a: Term, b: Term) -> int:
        narrow, rooms, sizes = self.lens.plan.narrow, self.room_fields, self.lens.conditions.sizes
        terms: set[Term] = {a, b}
        for fact in self.facts:
            terms.update(fact[:2])
        limits: dict[Term, Limits] = {}
        for term in terms:
            if term in narrow or term in rooms or term in sizes:
                found = self._limits_of(str(term))
                if found:
                    limits[term] = found
        can = (
            orders.possible_in_steps(within(self.facts, limits), a, b, self.lens.conditions.steps)
            if limits
            else orders.ALL
        )
        for one, other in ((a, b), (b, a)):
            if type(one) is str and type(other) is tuple:
                field = narrow.get(one) or rooms.get(one)
                if field is not None and not takes(field, other[2]):
                    can &= ~orders.EQUAL
        return 0 if can == orders.ALL else can

    def _limits_of(self, term: str) -> Limits:
        field = self.lens.plan.narrow.get(term) or self.room_fields.get(term)
        if field is not None:
            return self.lens.plan.limits_of(field)
        size = self.lens.conditions.sizes.get(term)
        if size is None:
            return ()
        name, anyway, where_set = size
        return where_set if self.data.get(name) is OPAQUE else anyway

    def _is_set(self, term: Term) -> bool:
        if type(term) is not str:
            return True
        room, _, name = term.partition(".")
        if not name:
            return self.data.get(term) is OPAQUE
        return {"input": self.inputs, "result": self.results}.get(room, {}).get(name) is OPAQUE

    def assert_fact(self, a: Term, b: Term, mask: int) -> None:
        """Take it that two terms compare so; Impossible where that contradicts what is known."""
        if not orders.possible_in_steps(self.facts, a, b, self.lens.conditions.steps) & mask:
            raise Impossible
        tight = self._within_limits(a, b)
        if tight and not tight & mask:
            raise Impossible
        self.facts = orders.added(self.facts, a, b, mask)

    def day(self) -> None:
        """Settle whether a new day has begun since something was counted today."""
        if self.new_day is None:
            self.new_day = any(self.today.values()) and self.oracle.pick(2) == 1
            if self.new_day:
                self.today = dict.fromkeys(self.today, 0)
                self.chosen.append(("day", "", True))
            self.today_before = self.today.copy()
