"""decide(procedure, case, command, now, surroundings) -> Decision: one step, pure, everything or nothing.

The order within a step is the language's: who may, is the choice offered, the input, the guards, exit
effects, `set`, `do`, entry effects, `always`, raised events, promises. Deadlines and timers of a
transition start and end right after its `set`, so that the texts of its effects can name a due date.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from procflow.core import journal as j
from procflow.core.case import Case, Waiting
from procflow.core.choices import (
    ITEM_CHOICES,
    asked_names,
    choices_named,
    guards_towards,
    inner_ones,
    not_now,
    who_may_take,
)
from procflow.core.clocks import due_items
from procflow.core.explain import explain
from procflow.core.expressions import holds, reads
from procflow.core.fields import FieldContext, check_input
from procflow.core.hand_over import HandOvers
from procflow.core.item_choices import ItemChoices
from procflow.core.items import ITEM_ASKS
from procflow.core.message_items import message_summary, told_of
from procflow.core.nearest import nearest
from procflow.core.offers import offered_names
from procflow.core.opens import Opens
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Ask, Choice, Field, Procedure, State, Transition
from procflow.core.refusals import Refusal
from procflow.core.step import Command, Opening, Refused, Request, field_context
from procflow.core.task_commands import TASK_KINDS, TaskCommands
from procflow.core.values import Value, storable
from procflow.errors import CalendarError, EvaluationError


class Decision(Struct, frozen=True):
    """Entries and the case they lead to, or a refusal. `refusal` None means that the step may be stored."""

    case: Case
    entries: tuple[Any, ...] = ()
    refusal: Refusal | None = None


def decide(
    procedure: Procedure,
    case: Case,
    command: Command,
    now: datetime,
    surroundings: Surroundings,
    opening: Opening | None = None,
) -> Decision:
    """Decide one command. `now` is an aware UTC instant: the due instant for a step by time.

    Never raises for what people or documents do: that is a refusal. Time never runs backwards in a case:
    a `now` before the last step is taken as the last step's. With a refusal comes the case as it was; of an opening that
    a promise refuses, as it would be: another case may be open for the same, and be shown.
    """
    if case.now is not None and now < case.now:
        now = case.now
    step = _Step(procedure, case, command, now, surroundings, opening)
    try:
        step.run()
    except Refused as refused:
        promised = opening is not None and refused.refusal.code == "promise"
        return Decision(step.f.case() if promised else case, (), refused.refusal)
    except (EvaluationError, CalendarError) as problem:
        what = command.name or command.kind
        facts = {"what": what, "problem": problem.message, "owner": procedure.owner}
        at = problem.facts.get("at", (0, 0))
        return Decision(case, (), Refusal("evaluation", facts, at=at, path=procedure.path))
    return Decision(step.f.case(), tuple(step.entries))


class _Step(Opens, ItemChoices, TaskCommands, HandOvers):
    # the kinds of command

    def run(self) -> None:
        kind = self.command.kind
        handler = getattr(self, _KINDS.get(kind, ""), None)
        if handler is None:
            raise ValueError(f"no command is of kind {kind!r}")
        handler()
        if self.command.again and self.command.again in self.f.items:
            self.emit(j.ItemSettled(self.command.again, ""))
        if self.f.kept and self.closing is None:
            self._offer_kept()
        if self.f.hand_overs:
            self._offers_lapse()
        self._settle()
        if self.scope.tables or self.watching.tables:
            self._tables_used()
        if self.scope.looked or self.watching.looked:
            self._cases_looked_up()
        self.f.sequence = self.sequence

    def _tables_used(self) -> None:
        """Which version of each table the step looked at (PRO-26)."""
        for name, (table, day) in sorted({**self.scope.tables, **self.watching.tables}.items()):
            version = next(version for version in table.versions if version.covers(day))
            self.emit(j.TableUsed(name, version.since, version.until))

    def _choice(self) -> None:
        name, actor = self.command.name, self.command.by
        found = self._find_choice(name, actor)
        if name in ITEM_CHOICES and self.command.given.get("item") in self.f.items:
            found = None  # the item's own choice, whatever the state calls its choices
        if found is None:
            self._item_choice()
            return
        state, choice = found
        name = choice.name
        refusal, behalf = who_may_take(self.procedure, state, choice, self.f, actor, self.scope)
        if refusal is None:
            refusal = not_now(choice, self.procedure, self.scope)
        if refusal is not None:
            raise Refused(refusal)
        asks = with_note(choice) if choice.note else choice.asks
        values, problems = check_input(asks, self.command.given, field_context(self.surroundings))
        if problems:
            raise self.refuse("input", {"choice": name}, problems=problems, at=choice.at)
        stored, free = _apart(values, choice.stored_names)
        self.scope.given, self.scope.overlay = values, stored
        chosen = self._alternative(choice)
        if len(choice.alternatives) > 1:  # else all that the choice asks for is this one's, and was asked for
            missing = [a for a in chosen.asks if not a.optional and values.get(a.name) is None]
            if missing:
                _, problems = check_input(missing, {}, self.context())
                raise self.refuse("input", {"choice": name}, problems=problems, at=chosen.at)
            own = {ask.name for ask in chosen.asks}
            stored = {n: v for n, v in stored.items() if n in own}
        self._command(free, behalf, name)
        note = values.get("note") if choice.note else None
        if note:
            self.emit(j.NoteWritten(j.Personal(note), actor, name))
        task = self.f.tasks.get(state.name)
        if task is not None and task.suspended is not None:
            self.emit(j.TaskResumed(state.name, actor))
        claims = state.task is not None and state.task.take not in ("", "offer")
        if not claims or choice.by is not None or behalf:
            # who stands in, or is asked beside it, takes nothing over
            self._microstep([chosen], stored)
        else:
            visit = self.f.visit(state.name)
            self._microstep([chosen], stored)
            self._claim(state, visit, actor)
        self._always()
        if self.raised:
            self._raise_all()

    def _find_choice(self, word: str, actor: str) -> tuple[State, Choice] | None:
        """The choice that a word means for this person now: its name alone, or `state.choice`.

        Where the person can take several of that name it is the innermost; several side by side are refused.
        """
        if self.before.closed is not None:
            return None
        found = choices_named(self.procedure, self.f, word)
        if len(found) < 2:
            return found[0] if found else None
        mine, offered = [], []
        for state, choice in found:
            if who_may_take(self.procedure, state, choice, self.f, actor, self.scope)[0] is None:
                mine.append(state)
                if not_now(choice, self.procedure, self.scope) is None:
                    offered.append(state)
        states = inner_ones(self.procedure, offered or mine or [state for state, _ in found])
        if len(states) > 1 and offered:
            candidates = ", ".join(f"{state.name}.{word}" for state in states)
            raise self.refuse("ambiguous", {"choice": word, "candidates": candidates})
        return next(item for item in found if item[0] is states[0])

    def _alternative(self, choice: Choice) -> Transition:
        for alternative in choice.alternatives:
            if alternative.when is None or holds(alternative.when, self.scope):
                if alternative.refuse is not None:
                    self._refused_by(alternative)
                return alternative
        missing = self._undecided(choice)
        if missing:
            _, problems = check_input(missing, {}, self.context())
            raise self.refuse("input", {"choice": choice.name}, problems=problems, at=choice.at)
        wanted = guards_towards(choice)
        from procflow.core.guard_words import guards_in_words  # only a refusal needs words

        failed = [explain(guard, self.scope) for guard in wanted]
        facts = {"choice": choice.name, "guard": guards_in_words(failed, self.scope)}
        raise self.refuse("guard", facts, guards=tuple(failed), at=wanted[0].at)

    def _undecided(self, choice: Choice) -> list[Ask]:
        """Fields that were not given, without which an alternative that asks for them could not be judged."""
        found: dict[str, Ask] = {}
        for alternative in choice.alternatives:
            read = reads(alternative.when.node) if alternative.when is not None else frozenset()
            for ask in alternative.asks:
                missing = not ask.optional and self.scope.given.get(ask.name) is None
                if missing and not read.isdisjoint({ask.name, f"input.{ask.name}"}):
                    found[ask.name] = ask
        return list(found.values())

    def _claim(self, state: State, visit: str, actor: str) -> None:
        if self.f.is_visit(visit):
            task = self.f.tasks.get(state.name)
            if task is not None and not task.claimed_by:
                self.emit(j.TaskClaimed(state.name, actor))

    def _not_there(self, name: str) -> Refused:
        """The refusal for a choice that the case does not have here."""
        if self.before.is_closed:
            return self.refuse("closed", {"outcome": self.before.outcome or "-", "choice": name})
        now_offered = offered_names(self.procedure, self.before, self.surroundings, self.command.by, self.now)
        everywhere = {c.name for s in self.procedure.states for c in s.choices} | set(ITEM_CHOICES)
        some = ", ".join(now_offered)
        instead = {
            "en": f"Offered now: {some}." if some else "Nothing is offered to you now.",
            "da": f"Tilbydes nu: {some}." if some else "Intet tilbydes dig nu.",
        }
        of, _, plain_name = name.rpartition(".")
        if of:
            known = {c.name for s in self.procedure.states if s.name == of for c in s.choices}
        else:
            known = everywhere
        if plain_name not in known:
            near = nearest(name, [*now_offered, *sorted(everywhere)])
            if near:
                instead = {
                    k: f"{'Did you mean' if k == 'en' else 'Mente du'} “{near}”? {v}"
                    for k, v in instead.items()
                }
            facts = {"choice": name, "procedure": self.procedure.name, "instead": instead}
            return self.refuse("unknown_choice", facts)
        from procflow.core.guard_terms import Terms  # only a refusal needs words

        where = {}
        for language, lead in (("en", "in the state"), ("da", "i tilstanden")):
            terms = Terms(self.scope, language)
            called = [terms.called(leaf, self.procedure.state[leaf].title) for leaf in self.f.active]
            where[language] = f"{lead} {', '.join(called)}"
        return self.refuse("not_offered", {"choice": name, "where": where, "instead": instead})

    def _message(self) -> None:
        self._command({})
        self._take_message()

    def _take_message(self) -> None:
        """A message that no state takes becomes the task to read it; it is never dropped in silence."""
        message = self.command.message
        assert message is not None
        content = j.Personal({k: v for k, v in message.items() if k != "facts"})
        received = message.get("received") or self.now
        if not self.command.again:
            self.emit(j.MessageReceived(self.command.id, str(message.get("channel")), content, received))
        form = message.get("form") or "message"
        if form in {"out_of_office", "receipt"}:
            return  # not an answer; it stands in the journal
        if form == "bounce" and isinstance(message.get("returned"), Mapping):
            self._came_back(message, message["returned"])
            return
        if self.closing is not None:
            return  # it opened a case that was done at once
        if form == "message" and not self.before.is_closed and self._event("message"):
            self._always()
            self._raise_all()
            return
        if self.command.again.startswith("kept:"):
            raise self.refuse("not_waiting", {"name": "message"})  # it stays kept, or stuck, as it was
        if form == "message" and self._keep(self.command.id, message, message_summary(message)):
            return
        self._item(f"read:{self.command.id}", "read", message_summary(message))

    def _came_back(self, message: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        """A letter of ours that was taken and could not be delivered after all: it failed, and its owner is told."""
        told = dict(message.get("fields") or {})
        said = " ".join(
            str(told[name]) for name in ("recipient", "status", "diagnostic") if told.get(name)
        ) or str(message.get("subject") or "")
        key, operation = str(about["key"]), str(about["operation"])
        self.emit(j.EffectAnswered(key, operation, "returned", None, j.Personal(said)))
        item = f"failed:{key}"
        receiver = str(told.get("recipient") or "")
        if receiver and told_of(self.f.items, item, receiver):
            return
        if item in self.f.items:
            item = f"{item}:{self.command.id[:8]}"  # another receiver of the same letter
        self._item(item, "failed", {"operation": operation, "error": said})

    def _answer(self) -> None:
        command, key = self.command, self.command.name
        waiting = command.waiting or self.before.waiting.get(key)
        given = dict(command.given)
        if command.status in ("opened", "sent") and key.startswith(f"{self.before.id}/"):
            self._under_way(key, waiting)
            return
        if waiting is None:
            if not key.startswith(f"{self.before.id}/"):
                raise self.refuse("late_answer")
            self._command({})  # nobody waits for it any more: it is recorded and dropped
            kept = j.Personal(given) if given else None
            said = j.Personal(command.error) if command.error else ""
            self.emit(j.EffectAnswered(key, command.source, "late", kept, said))
            return
        self._command({})
        item = f"manual:{key}"
        if item in self.f.items:
            self.emit(j.ItemSettled(item, command.by))
        self._answered(key, waiting, command.status, given, command.error)

    def _answered(self, key: str, waiting: Waiting, status: str, result: dict[str, Any], error: str) -> None:
        good = status in {"done", "duplicate"}
        kept = j.Personal(result) if result else None
        said = j.Personal(error) if error else ""  # what the other side says may name people
        self.emit(j.EffectAnswered(key, waiting.operation, "done" if good else status, kept, said))
        if waiting.answers:
            if not self.before.is_closed and self.f.is_visit(waiting.answers):
                self.scope.result = self.watching.result = {
                    **self._result(waiting, result), "error": error or None
                }  # fmt: skip
                state = waiting.answers.rpartition("#")[0]
                if self._event("done" if good else "failed", state):
                    self._always()
                    self._raise_all()
                elif not good:
                    self._item(f"failed:{key}", "failed", {"operation": waiting.operation, "error": error})
        elif not good and status != "dropped":
            self._item(f"failed:{key}", "failed", {"operation": waiting.operation, "error": error})

    def _time(self) -> None:
        what, _, name = self.command.name.partition(":")
        again = bool(self.command.again)  # then it stands in the journal that it was due
        due = (item for item in due_items(self.procedure, self.before) if item[3] == self.command.name)
        if not again and not any(instant <= self.now for instant, *_ in due):
            raise self.refuse("not_due")  # a stale deadline does nothing
        self._command({})
        if what == "warn":
            if not again:
                self.emit(j.DeadlineWarned(name))
            self._effects(self.procedure.deadline[name].warn, because=name)
            self._moment(("", ""))  # what a warning asks for counts from then on
        elif what == "missed":
            cause = (
                "closed_hours" if self.f.clocks[name].due.get("closed_hours") else self._late_absence(name)
            )
            if not again:
                self.emit(j.DeadlineMissed(name, cause))
            self._effects(self.procedure.deadline[name].missed, because=name)
            self._moment(("", ""))
            self._event(name)
        elif what == "after":
            self._fire(name)
        elif what == "resume":
            self.emit(j.TaskResumed(name))
        elif what == "unanswered":
            self._offer_unanswered(name)
        elif what == "promise" and not again:
            self._break(name)
        elif what == "keep":
            self._to_read(name)
        self._always()
        self._raise_all()

    def _fire(self, name: str) -> None:
        if self.command.again:
            if not self.f.is_visit(self.command.mark):
                return  # the state that it was for was left meanwhile
            state = self.procedure.state[self.command.mark.rpartition("#")[0]]
        else:
            state = self.procedure.state[self.f.timers[name].state]
            self.emit(j.TimerFired(name))
        after = next(item for item in state.after if item.id == name)
        visit = self.f.visit(state.name)
        for alternative in after.alternatives:
            if alternative.when is None or holds(alternative.when, self.scope):
                self._microstep([alternative])
                break
        if self.f.is_visit(visit):
            self._arm_next(state, after)

    def _note(self) -> None:
        if self.command.by not in self.surroundings.organisation.people:
            raise self.refuse("unknown_person", {"actor": self.command.by})
        values, problems = check_input(NOTE_ASKS, self.command.given, self.context())
        if problems:
            raise self.refuse("input", {"choice": "note"}, problems=problems)
        self._command({})
        self.emit(j.NoteWritten(j.Personal(values["note"]), self.command.by))

    def context(self) -> FieldContext:
        return field_context(self.surroundings)


_KINDS = {
    "open": "_open", "choice": "_choice", "message": "_message", "answer": "_answer", "time": "_time",
    "assign": "_assign", "note": "_note", "event": "_signalled", "cancel": "_cancelled",
    "hand_over": "_hand_over", "take_back": "_take_back", **{kind: f"_{kind}" for kind in TASK_KINDS},
}  # fmt: skip

NOTE_ASKS = (Ask(Field("note", "plain_text", {"minLength": 10}), False, False),)


def _apart(
    values: Mapping[str, Value], kept: Container[str]
) -> tuple[dict[str, Value], dict[str, j.Personal]]:
    """Of what was entered, what becomes data of the case (`kept`), and what is this step's own."""
    stored: dict[str, Value] = {}
    free: dict[str, j.Personal] = {}
    for name, value in values.items():
        value = value if type(value) is str else storable(value)
        if name in kept:
            stored[name] = value
        else:
            free[name] = j.Personal(value)
    return stored, free


def with_note(choice: Choice) -> tuple[Ask, ...]:
    """What a choice asks for, its customer note included (PRO-14)."""
    if not choice.note or "note" in asked_names(choice):
        return choice.asks
    return (*choice.asks, Ask(NOTE_ASKS[0].field, False, choice.note == "optional"))


__all__ = ["ITEM_ASKS", "Command", "Decision", "Opening", "Request", "decide", "field_context", "with_note"]
