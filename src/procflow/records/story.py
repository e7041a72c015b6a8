"""A journal told in words, in Danish and English: for `procflow log`, the desk and failed rehearsals.

It reads entries and evaluates nothing; a value that is still sealed is named, not opened. Ids of choices,
states and deadlines stand in the words as the procedure writes them, so that they can be searched for; with
`titles` they are called what the screen calls them instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.due import Due
from procflow.core.fields import FieldContext, check_value
from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure
from procflow.core.words import list_in_words
from procflow.records.story_teller import Teller
from procflow.records.story_words import WORDS

#: Kinds that only repeat what the line of their transition says.
_SAID_ALREADY = (j.StateEntered, j.StateLeft, j.PromiseMoved)


def entry_in_words(
    entry: Any,
    procedure: Procedure | None,
    organisation: Organisation,
    language: str,
    *,
    titles: bool = False,
    taken_in: str = "",
    whole: bool = False,
) -> str:
    """One entry in one sentence, in Danish (`da`) or English (any other language).

    `procedure` is the one that the case is pinned to, None for the organisation's own journal. Instants are
    told in the organisation's zone. With `titles` states, choices and fields are called what the screen calls
    them, else by their ids; with `whole` what people wrote is not cut. `taken_in` is the state whose choice the step took, "" where it took none. Raises
    KeyError for a kind that has no words.
    """
    told_in = "da" if language == "da" else "en"  # one language throughout, dates and names too
    return _TELL[type(entry)](entry, Teller(procedure, organisation, told_in, titles, taken_in, whole))


def given_in_words(
    values: Mapping[str, Any], procedure: Procedure | None, organisation: Organisation, language: str
) -> str:
    """What is entered, each value with its name, and as it will be kept where a field takes it."""
    teller = Teller(procedure, organisation, language if language in WORDS else "en")
    fields = procedure.fields if procedure is not None else {}
    context = FieldContext(zone=organisation.zone)
    told = []
    for name, value in values.items():
        found = fields.get(name)
        read, wrong = check_value(found, value, context) if found is not None else (value, ())
        told.append(teller.of_field(name, value if wrong else read))
    return ", ".join(told)


def step_in_words(
    entries: Iterable[Any],
    procedure: Procedure | None,
    organisation: Organisation,
    language: str,
    *,
    titles: bool = False,
    whole: bool = False,
) -> list[str]:
    """A step, told without what repeats itself: states left and entered are named by their transition."""
    entries = list(entries)
    moved = any(isinstance(entry, j.TransitionTaken) for entry in entries)
    taken_in = next(
        (e.id.partition(".")[0] for e in entries if isinstance(e, j.TransitionTaken) and e.kind == "choice"),
        "",
    )
    lines = []
    for entry in entries:
        if isinstance(entry, j.PromiseMoved):
            if entry.state != "broken":
                continue
        elif moved and isinstance(entry, _SAID_ALREADY):
            continue
        elif isinstance(entry, j.ItemOpened) and entry.kind in ("notice", "handover"):
            continue  # the notice, or the offer, itself was told
        elif isinstance(entry, j.ItemSettled) and entry.id.startswith("handover:"):
            continue  # so was what became of the offer
        elif isinstance(entry, j.CommandTaken) and (
            entry.kind in ("open", "message") or (entry.kind == "answer" and entry.source in BETWEEN_CASES)
        ):
            continue  # the case's opening, the message, and what became of the other case say more
        lines.append(
            entry_in_words(
                entry, procedure, organisation, language, titles=titles, taken_in=taken_in, whole=whole
            )
        )
    return lines


def _opened(e: j.CaseOpened, t: Teller) -> str:
    if e.by:
        return t.say("opened_by", number=e.number, procedure=e.procedure, who=t.who(e.by))
    origin = e.origin
    if origin == "message":
        origin = t.say("origin_message")
    elif origin == "time":
        origin = t.say("origin_time")
    elif origin.startswith("case "):
        origin = t.say("origin_case", number=origin.removeprefix("case "))
    return t.say("opened", number=e.number, procedure=e.procedure, origin=origin or t.say("nobody"))


def _command(e: j.CommandTaken, t: Teller) -> str:
    key = f"command_{e.kind}"
    name = t.choice(e.name) if e.kind == "choice" else e.name
    if e.kind == "time":
        what, _, name = e.name.partition(":")
        key = f"time_{what}"
        name = {
            "warn": t.deadline, "missed": t.deadline, "promise": t.promise, "after": t.timer, "resume": t.state,
        }.get(what, str)(name)  # fmt: skip
    behalf = t.say("behalf", who=t.who(e.on_behalf)) if e.on_behalf else ""
    given = ", ".join(t.of_field(field, value) for field, value in e.given.items())
    words = WORDS["en"]
    text = t.say(
        key if key in words else "command_other", who=t.who(e.by), name=name, kind=e.kind, source=e.source
    )
    return " ".join(part for part in (text, behalf, f"({given})" if given else "") if part)


def _transition(e: j.TransitionTaken, t: Teller) -> str:
    moves = bool(e.entered or e.left)
    key = f"{e.kind}_moves" if moves else f"{e.kind}_stays"
    left, entered = (", ".join(map(t.state, names)) for names in (e.left, e.entered))
    name = t.choice(e.name) if t.titles and e.kind == "choice" else e.name
    return t.say(key, name=name, left=left, entered=entered)


def _data(e: j.DataSet, t: Teller) -> str:
    facts = [t.of_field(name, value) for name, value in e.values.items() if "~" not in name]
    return t.say("data", facts=", ".join(facts))


def _requested(e: j.EffectRequested, t: Teller) -> str:
    if e.operation in BETWEEN_CASES:
        given = e.parameters.value if isinstance(e.parameters, j.Personal) else {}
        to = given.get("to") or {}
        data = given.get("with") or to.get("where") or {}
        return t.say(
            f"requested_{e.operation}",
            procedure=given.get("procedure") or to.get("procedure") or t.say("sealed"),
            name=given.get("name", ""),
            data=f"({t.value(data)})" if data else "",
        )
    return t.say("requested", operation=e.operation, parameters=t.value(e.parameters))


def _answered(e: j.EffectAnswered, t: Teller) -> str:
    key = f"answered_{e.status}" if f"answered_{e.status}" in WORDS["en"] else "answered_other"
    if e.operation in BETWEEN_CASES and e.status == "stuck":
        key = "answered_stuck_case"
    elif e.operation in BETWEEN_CASES and e.status in ("done", "cancelled"):
        key = f"{'answered' if e.status == 'done' else 'cancelled'}_{e.operation}"
        key = key if key in WORDS["en"] else "answered_cancelled"
    answer = e.result.value if isinstance(e.result, j.Personal) else e.result
    if t.titles and e.operation in BETWEEN_CASES and isinstance(answer, Mapping):
        # its number is what people type
        answer = {key: value for key, value in answer.items() if key != "case"}
    result = f"({t.value(answer)})" if answer is not None and e.status == "done" else ""
    return t.say(
        key,
        operation=e.operation,
        status=e.status,
        error=e.error.value if isinstance(e.error, j.Personal) else e.error,
        result=result,
    ).rstrip(": ")


def _note(e: j.NoteWritten, t: Teller) -> str:
    return t.say("note_by" if e.by else "note", who=t.who(e.by), text=t.written(e.text))


def _notified(e: j.PeopleNotified, t: Teller) -> str:
    text = f": {t.written(e.text)}" if e.text is not None else ""
    return t.say("notified", whom=t.whom(e.roles, e.people), because=e.because, text=text)


def _task(e: j.TaskOpened, t: Teller) -> str:
    return t.say("task", state=t.state(e.state), whom=t.whom(e.roles, e.people))


def _allotted(e: j.TaskAllotted, t: Teller) -> str:
    counts = list_in_words([f"{t.who(name)} {count}" for name, count in e.counts.items()], t.language)
    key = f"allotted_{e.rule}" if f"allotted_{e.rule}" in WORDS["en"] else "allotted"
    behalf = t.say("behalf", who=t.who(e.behalf)) if e.behalf else ""
    if e.rule == "round_robin" and not e.last:
        key = "allotted_first_turn"
    last = t.who(e.last) if e.last else t.say("nobody")
    return t.say(
        key, to=t.who(e.to), state=t.state(e.state), rule=e.rule, counts=counts, last=last, behalf=behalf
    )


def _clock_started(e: j.DeadlineStarted, t: Teller) -> str:
    if not e.due:
        return t.say("deadline_waits", name=t.deadline(e.name))
    return t.say("deadline_moved" if e.moved else "deadline_runs", name=t.deadline(e.name), due=t.due(e.due))


def _resumed(e: j.DeadlineResumed, t: Teller) -> str:
    if not e.due:
        return t.say("deadline_waits", name=t.deadline(e.name))
    return t.say("deadline_resumed", name=t.deadline(e.name), due=t.due(e.due))


def _table_used(e: j.TableUsed, t: Teller) -> str:
    since = t.value(e.since) if e.since is not None else ""
    until = t.value(e.until) if e.until is not None else ""
    key = "days" if since and until else "from" if since else "until" if until else "always"
    return t.say("table_used", table=e.table, valid=t.say(f"valid_{key}", since=since, until=until))


def _missed(e: j.DeadlineMissed, t: Teller) -> str:
    return t.say(
        "deadline_missed", name=t.deadline(e.name), cause=t.say(e.cause) if e.cause in WORDS["en"] else ""
    )


def _settled(e: j.ItemSettled, t: Teller) -> str:
    if e.by:
        return t.say("item_settled", who=t.who(e.by))
    return t.say("message_let_go" if e.id.startswith("kept:") else "item_gone")


def _received(e: j.MessageReceived, t: Teller) -> str:
    content = e.content.value if isinstance(e.content, j.Personal) else e.content
    if not isinstance(content, Mapping):
        return t.say("message_sealed", channel=e.channel)
    told = [_of_receipt(content, t), *(t.value(content.get(key) or "") for key in ("subject", "text"))]
    text = ": ".join(part for part in told if part)
    sender = content.get("from") or t.say("nobody")
    key = f"message_{content.get('form')}"
    said = t.say(key if key in WORDS["en"] else "message", channel=e.channel, sender=sender, text=text)
    files = [str(file["name"]) for file in content.get("files") or () if isinstance(file, Mapping)]
    with_files = t.say("message_files", names=", ".join(files)) if files else ""
    unread = t.say("message_not_read", what="; ".join(content["not_read"])) if content.get("not_read") else ""
    return f"{said.rstrip(': ')}{with_files}{unread}"


def _of_receipt(content: Mapping[str, Any], t: Teller) -> str:
    """What a receipt says of our letter: in words what is known of it, and the status that the other side gave."""
    fields = content.get("fields")
    if content.get("form") != "receipt" or not isinstance(fields, Mapping):
        return ""
    key = {"yes": "delivered"}.get(str(fields.get("arrived")), str(fields.get("action")))
    words = t.say(f"receipt_{key}") if f"receipt_{key}" in WORDS["en"] else ""
    status = t.value(fields.get("status") or "")
    return f"{words} ({status})" if words and status else words or status


def _item(e: j.ItemOpened, t: Teller) -> str:
    key = f"item_{e.kind}" if f"item_{e.kind}" in WORDS["en"] else "item"
    inner = e.about.value if isinstance(e.about, j.Personal) else e.about
    if e.kind == "stuck" and isinstance(inner, Mapping) and inner.get("words"):
        other = inner.get("words_in") or {}  # the code and the command are for those who read `--json`
        about = t.value(other.get(t.language) or inner["words"])
    elif e.kind == "alarm" and isinstance(inner, Mapping) and isinstance(inner.get("promise"), str):
        about = t.say("promise_broken", name=t.promise(inner["promise"]))
    else:
        about = t.value(e.about) if e.about is not None else ""
    return t.say(key, whom=t.whom(e.roles, e.people), about=about, kind=e.kind).rstrip(": ")


def _promise(e: j.PromiseMoved, t: Teller) -> str:
    key = f"promise_{e.state}"
    until = t.say("until", at=t.at(e.until)) if e.until is not None and e.state == "pending" else ""
    return t.say(
        key if key in WORDS["en"] else "promise", name=t.promise(e.name), state=t.state(e.state), until=until
    )


def _absence(e: j.AbsenceRegistered, t: Teller) -> str:
    until = t.say("until", at=t.at(e.until)) if e.until is not None else t.say("until_further_notice")
    return t.say("absence", who=t.who(e.person), since=t.at(e.since), until=until)


def _swapped(e: j.ShiftSwapped, t: Teller) -> str:
    back = ""
    if e.return_day is not None:
        back = t.say("swapped_back", shift=e.return_shift, day=t.value(e.return_day))
    confirmed = list_in_words([t.who(name) for name in e.confirmed], t.language)
    return t.say(
        "swapped", giver=t.who(e.giver), taker=t.who(e.taker), shift=e.shift, day=t.value(e.day), back=back,
        confirmed=confirmed,
    )  # fmt: skip


#: How a field of an entry is told; any other stands as it is.
_TOLD: Mapping[str, Callable[[Teller, Any], str]] = {
    "by": Teller.who, "to": Teller.who, "person": Teller.who, "at": Teller.at, "state": Teller.state,
    "field": Teller.field, "because": Teller.field,
}  # fmt: skip


def _simple(key: str, *names: str) -> Callable[[Any, Teller], str]:
    """Words made of the entry's own fields: `who` a person's id, `name` as it stands, `deadline` with its title."""

    def tell(e: Any, t: Teller) -> str:
        facts: dict[str, Any] = {}
        for name in names:
            value = getattr(e, name)
            tell = _TOLD.get(name)
            facts[name] = value if tell is None else tell(t, value)
        return t.say(key, **facts)

    return tell


def _deadline(key: str) -> Callable[[Any, Teller], str]:
    return lambda e, t: t.say(key, name=t.deadline(e.name))


_TELL: dict[type[Any], Callable[[Any, Teller], str]] = {
    j.CaseOpened: _opened,
    j.CommandTaken: _command,
    j.TransitionTaken: _transition,
    j.StateEntered: _simple("entered", "state"),
    j.StateLeft: _simple("left", "state"),
    j.DataSet: _data,
    j.EvidenceVoided: _simple("voided", "field", "because"),
    j.EffectRequested: _requested,
    j.EffectAnswered: _answered,
    j.NoteWritten: _note,
    j.PeopleNotified: _notified,
    j.TaskOpened: _task,
    j.TaskClaimed: _simple("claimed", "by", "state"),
    j.TaskGiven: _simple("given", "by", "to", "state"),
    j.TaskAllotted: _allotted,
    j.TaskGivenBack: lambda e, t: t.say(
        "given_back" if e.by == e.of else "taken_back", by=t.who(e.by), of=t.who(e.of), state=t.state(e.state)
    ),
    j.HandOverOffered: lambda e, t: t.say(
        "offered_to",
        by=t.who(e.by),
        to=t.who(e.to),
        state=t.state(e.state),
        at=t.at(Due.instant(e.due)),
        note=t.written(e.note),
    ),
    j.HandOverEnded: lambda e, t: t.say(
        f"offer_{e.how}",
        by=t.who(e.by),
        to=t.who(e.to),
        of=t.who(e.of),
        state=t.state(e.state),
        reason=t.written(e.reason),
    ),
    j.TaskSuspended: lambda e, t: t.say(
        "suspended", by=t.who(e.by), state=t.state(e.state), at=t.at(e.until), reason=t.written(e.reason)
    ),
    j.TaskResumed: lambda e, t: t.say(
        "resumed_by" if e.by else "resumed", by=t.who(e.by), state=t.state(e.state)
    ),
    j.TaskPassedOn: lambda e, t: t.say(
        "passed_on" if e.to else "alone", of=t.who(e.of), state=t.state(e.state), to=t.whom((), e.to)
    ),
    j.DeadlineStarted: _clock_started,
    j.DeadlineWarned: _deadline("deadline_warned"),
    j.DeadlineMet: _deadline("deadline_met"),
    j.DeadlineMissed: _missed,
    j.DeadlineEnded: _deadline("deadline_ended"),
    j.DeadlinePaused: lambda e, t: t.say("deadline_paused", name=t.deadline(e.name), at=t.at(e.at)),
    j.DeadlineResumed: _resumed,
    j.TableUsed: _table_used,
    j.TimerArmed: lambda e, t: t.say("timer_armed", state=t.state(e.state), due=t.due(e.due)),
    j.TimerDisarmed: lambda e, t: t.say("timer_disarmed", state=t.timer(e.id)),
    j.TimerFired: lambda e, t: t.say("timer_fired", state=t.timer(e.id)),
    j.EventDropped: _simple("dropped", "name"),
    j.MessageReceived: _received,
    j.MessageKept: lambda e, t: t.say("retaken" if e.retake else "kept", at=t.at(e.until)),
    j.CasesLookedUp: lambda e, t: t.say(
        "looked_up" if e.found else "looked_up_none",
        procedure=e.procedure,
        fields=f" ({', '.join(e.fields)})" if e.fields else "",
        numbers=t.value(tuple(map(str, e.numbers))) + (" …" if e.found > len(e.numbers) else ""),
    ),
    j.AnswerOwed: _simple("owed"),
    j.CaseInvoked: _simple("invoked", "number"),
    j.EventSent: lambda e, t: t.say(
        "sent_to" if e.numbers else "sent_to_none", name=e.name, cases=t.value(tuple(map(str, e.numbers)))
    ),
    j.LookupsDeclared: _simple("lookups"),
    j.ItemOpened: _item,
    j.ItemSettled: _settled,
    j.PromiseMoved: _promise,
    j.CaseClosed: _simple("closed", "outcome"),
    j.AbsenceRegistered: _absence,
    j.AbsenceEnded: _simple("absence_ended", "person", "at"),
    j.ShiftAssigned: lambda e, t: t.say(
        "shift" if e.person else "no_shift", who=t.who(e.person), shift=e.shift, day=t.value(e.day)
    ),
    j.ShiftSwapped: _swapped,
    j.MatesPaired: lambda e, t: t.say(
        "paired",
        one=t.who(e.one),
        other=t.who(e.other),
        confirmed=list_in_words([t.who(name) for name in e.confirmed], t.language),
    ),
    j.MatesParted: lambda e, t: t.say("parted", one=t.who(e.one), other=t.who(e.other), by=t.who(e.by)),
    j.SurroundingsPublished: lambda e, t: t.say("published"),
    j.FiguresImported: _simple("imported", "by", "kind", "name"),
}
