"""What people do at a command line of their own: they look, wait and act on what they saw, which may have moved by then; and
what they were told, kept for the checks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from faults.history import ACCEPTED, CONFLICT, READ, REFUSED, REPEATED, UNKNOWN, Operation
from faults.simulated.scene import LEAD
from faults.simulated.turns import Killed
from procflow.core.decide import Command
from procflow.core.offers import offered_names
from procflow.core.organisation import Absence
from procflow.engine import Answer
from procflow.errors import Conflict, NotFound, ProcflowError
from procflow.stored import ORGANISATION

if TYPE_CHECKING:
    from faults.simulated.house import House
    from faults.simulated.plan import Act
    from faults.simulated.process import Process

#: Choices that ask something of the outside or of other cases; they are taken more often than others.
_SENDING = ("write", "call", "look", "pause", "tell", "ask", "no_answer", "begin")
#: Choices that end a case.
_ENDING = ("stop", "finish", "close", "done")
#: Choices that may not be there, or not for this one.
_WRONG = ("write", "close", "resume", "decide", "end", "nothing", "write", "reached", "leave", "begin")


class Agent:
    """One person at one process. `at_own_work` is how often they look at what is theirs, and not at any open case."""

    at_own_work = 0.6

    def __init__(self, house: House, process: Process, person: str) -> None:
        self.house, self.process, self.person = house, process, person

    def does(self, act: Act, id: str, again: bool) -> None:
        if again:  # it is not known what became of it: the same once more
            self._ask(id)
            return
        getattr(self, f"_{act.kind}")(act, id)

    def _roles(self) -> tuple[str, ...]:
        return ("agent",)

    def _open(self, act: Act, id: str) -> None:
        opened = self.house.plan.opened
        name = opened[int(act.rolls[0] * len(opened))]
        given: dict[str, Any] = {}
        if name in ("pulse", "cadence"):
            given = {"kn": f"kn-{id}", "email": f"kunde{int(act.rolls[1] * 4)}@customer.example"}
        elif name in ("asked", "alone"):
            given = {"kn": f"1042{int(act.rolls[1] * 2)}"}
        self.house.asked[id] = (name, Command(id, "open", name, self.person, given))
        self._ask(id)

    def _work(self, act: Act) -> Any:
        """A case to work on: one in the inbox, or any that is open. None where there is none."""
        store = self.process.store
        if act.rolls[0] < self.at_own_work:
            tasks = store.tasks(roles=self._roles(), people=(self.person,))
            found = [task.case_id for task in tasks]
        else:
            found = [case.id for case in store.cases()]
        if not found:
            return None
        return self._look(found[int(act.rolls[1] * len(found))])

    def _look(self, case: str) -> Any:
        turns = self.house.turns
        began = turns.points
        loaded = self.process.engine.load(case)
        turns.points += 1
        self.house.operations.append(
            Operation(f"{self.person} reads", case, began, turns.points, READ, loaded.row.sequence)
        )
        return loaded

    def _choose(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is None:
            return
        engine = self.process.engine
        procedure = engine.procedure(loaded.row.definition)
        names = offered_names(
            procedure, loaded.plain, engine.surroundings(), self.person, self.process.world.now()
        )
        sending = [name for name in names if name in _SENDING]
        if sending and act.rolls[0] * 100 % 1 < 0.5:
            names = sending
        if act.rolls[1] * 1000 % 1 < 0.7:  # people do not end most of what they look at
            names = [name for name in names if name not in _ENDING]
        if names:
            self._take(loaded, act, id, names[int(act.rolls[2] * len(names))])

    def _wrong(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._take(loaded, act, id, _WRONG[int(act.rolls[2] * len(_WRONG))])

    def _take(self, loaded: Any, act: Act, id: str, name: str) -> None:
        given = {"word": f"word-{id}"} if name == "write" else {}
        expects = loaded.row.sequence if act.rolls[0] * 10 % 1 < 0.3 else 0
        self._will(loaded.row.id, Command(id, "choice", name, self.person, given, expects=expects))
        if act.rolls[1] * 10 % 1 < 0.3:
            self.house.turns.sleep(act.wait / 2, lambda: self.process.dead)  # the form is open meanwhile
            self.process.alive()
        self._ask(id)

    def _will(self, case: str, command: Command) -> None:
        self.house.asked[command.id] = (case, command)

    def _note(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._will(loaded.row.id, Command(id, "note", "note", self.person, {"note": f"note-{id}"}))
            self._ask(id)

    def _event(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._will(
                loaded.row.id,
                Command(
                    id, "event", ("poke", "nudge", "nudge", "nudge")[int(act.rolls[2] * 4)], source="outside"
                ),
            )
            self._ask(id)

    def _assign(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._will(
                loaded.row.id,
                Command(id, "assign", "assign", self.person, {"person": self.house.cast["bob"]}),
            )
            self._ask(id)

    def _again(self, act: Act, id: str) -> None:
        """Something that was asked before, once more, by this one or another: the same answer."""
        known = [each for each in self.house.asked if each.partition("-")[0] != LEAD]
        if known:
            self._ask(known[int(act.rolls[0] * len(known))])

    def _read(self, act: Act, id: str) -> None:
        self._work(act)

    def _absent(self, act: Act, id: str) -> None:
        now = self.process.world.now()
        who, long = (
            self.house.cast[("ann", "bob")[int(act.rolls[0] * 2)]],
            timedelta(hours=1 + act.rolls[1] * 40),
        )
        engine = self.process.engine
        self._organise(id, lambda: engine.register_absence(id, Absence(who, now, now + long), LEAD))

    def _back(self, act: Act, id: str) -> None:
        now, who = self.process.world.now(), self.house.cast[("ann", "bob")[int(act.rolls[0] * 2)]]
        with suppress(NotFound):
            self._organise(id, lambda: self.process.engine.end_absence(id, who, now, LEAD))

    def _organise(self, id: str, do: Callable[[], Answer]) -> None:
        """Something that goes to the organisation's own journal."""
        self._kept(id, ORGANISATION, 0, do)

    def _task(self, act: Act, id: str) -> None:
        """Claim it, put it aside, take it up again, give it back."""
        loaded = self._work(act)
        if loaded is None:
            return
        kind = ("claim_task", "suspend", "resume", "give_back")[int(act.rolls[2] * 4)]
        given = {}
        if kind == "suspend":
            until = self.process.world.now() + timedelta(hours=1 + 9 * act.rolls[0])
            given = {"until": until.isoformat(), "reason": "Der ventes på kunden"}
        self._will(loaded.row.id, Command(id, kind, "", self.person, given))
        self._ask(id)

    def _ask(self, id: str) -> None:
        """Submit what is asked under this id, and keep what was told."""
        house, turns = self.house, self.house.turns
        where, command = house.asked[id]
        opens = command.kind == "open"
        turns.told(self.process.name, f"asks {id}: {command.kind} {command.name} of {where[:8]}")
        engine = self.process.engine
        answer = self._kept(
            id, "" if opens else where, command.expects,
            lambda: engine.open(where, command) if opens else engine.submit(where, command),
        )  # fmt: skip
        if answer is None or answer.shown:
            return
        if opens:
            if house.opened.setdefault(id, answer.case_id) != answer.case_id:
                house.wrong.append(f"{id}: it opened two cases, {house.opened[id]} and {answer.case_id}")
        elif answer.case_id != where:
            house.wrong.append(f"{id}: asked of {where}, answered for {answer.case_id}")
        self.process.after(answer)

    def _kept(self, id: str, where: str, expects: int, do: Callable[[], Answer]) -> Answer | None:
        """Do it, and keep what was told; None where it was not accepted. What should never be told is wrong."""
        house, turns = self.house, self.house.turns
        began = turns.points

        def told(answer: str, case: str, sequence: int = 0, code: str = "") -> None:
            turns.points += 1
            turns.told(self.process.name, f"is told {id}: {answer} {code} {case[:8]} {sequence}")
            house.operations.append(Operation(id, case, began, turns.points, answer, sequence, expects))

        try:
            answer = do()
        except Killed:
            told(UNKNOWN, where)
            raise
        except Conflict:
            told(CONFLICT, where)
            return None
        except NotFound:
            raise
        except ProcflowError as problem:
            house.wrong.append(f"{id}: {type(problem).__name__}: {problem.message}")
            return None
        if not answer.accepted:
            code = answer.refusal.code if answer.refusal is not None else "?"
            told(REFUSED, where, code=code)
            command = house.asked[id][1] if id in house.asked else None
            if command is not None and command.by:
                house.refused.append((command.by, command.kind, where, code))
            return None
        if answer.repeated and where == ORGANISATION and self.process.store.answered(id) is None:
            told(READ, where, answer.sequence)  # there was nothing to change, so nothing stands there
            return answer
        said = READ if answer.shown else REPEATED if answer.repeated else ACCEPTED
        told(said, answer.case_id, answer.sequence)
        return answer
