"""What people do with a case from its page: answers with their note, drafts while they type, and work that moves.

Each form carries the id of its request, so that one whose answer was lost is sent again and done once; and the step
that the page was drawn after, so that nobody acts on what somebody else has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from procflow.core.decide import NOTE_ASKS, field_context
from procflow.core.fields import check_value
from procflow.core.procedure import Ask
from procflow.core.refusals import Refusal
from procflow.core.render import text_in
from procflow.desk.answers import Typed, asks_anywhere, is_the_note, kept_of, read_form, scope_of
from procflow.desk.case_page import TYPED_WORK, draw, faster, refused, whole
from procflow.desk.form_fields import SEPARATOR, at_its_field, with_kept
from procflow.desk.frame import told
from procflow.desk.requests import request_of
from procflow.desk.words import desk_words
from procflow.engine import Loaded
from procflow.errors import CalendarError, Conflict, UsageError, in_language
from procflow.views.guided import MOVES
from procflow.views.typed import NOTE
from procflow.web.calls import Call, Reply, see_other
from procflow.web.routes import Routes

routes = Routes()

#: In front of an answer: done, and then on to the next work of the queue.
NEXT = "next:"
#: In front of an answer: only say what it would do.
SEE = "see:"
#: Instead of an answer: keep what is typed, or write the note alone.
KEEP, ONLY_NOTE = ":keep", ":note"


@routes.route("POST", "/cases/{case}/do", may="case.step")
def do(call: Call) -> Reply:
    """Take an answer, with the note that was typed beside it."""
    loaded = call.app.look(call.path["case"], call.person)
    take = str(call.form.get("take") or KEEP)
    go_on = take.startswith(NEXT)
    see = take.startswith(SEE)
    take = take.removeprefix(NEXT).removeprefix(SEE)
    note = _note_text(call)
    if take == KEEP:
        begun = _keep_all(call, loaded)
        return see_other(f"/cases/{loaded.row.number}?answer={quote(begun)}")
    if take == ONLY_NOTE:
        return _write_note(call, loaded, note)
    asks = asks_anywhere(call, loaded, take, _names(call, take))
    values = read_form(call, loaded, take, asks)
    _keep(call, loaded, take, asks, values)
    _keep(call, loaded, NOTE, (), {"note": note} if note else {})
    typed = Typed(take, values, note)
    if see:
        return _foreseen(call, loaded, take, asks, typed)
    request = request_of(call, take)
    if moved := _moved(call, loaded, request):
        return draw(call, loaded, status=409, typed=typed, problem=moved)
    wants = next((ask for ask in asks if is_the_note(ask)), None)
    if note and wants is None and (wrong := _wrong_note(call, note)):
        return draw(call, loaded, status=422, typed=Typed(take, values, note, {NOTE: wrong}))
    return _take(call, loaded, take, asks, values, note, request, typed, go_on)


def _take(
    call: Call, loaded: Loaded, take: str, asks: tuple[Ask, ...], values: Mapping[str, Any], note: str,
    request: str, typed: Typed, go_on: bool,
) -> Reply:  # fmt: skip
    """Do it, and say what became of it."""
    app, before = call.app, loaded.row.sequence
    choice, given = _given(take, asks, Typed(take, values, note))
    wants = any(is_the_note(ask) for ask in asks)
    try:
        answer = app.do(loaded.row.id, choice, call.person, given, request)
    except Conflict as conflict:
        now = app.engine.load(loaded.row.id)
        return draw(
            call,
            now,
            status=409,
            typed=typed,
            problem=faster(call, now, before, in_language(conflict, call.language).message),
        )
    if answer.refusal is not None:
        return _not_done(call, answer.case_id, answer.refusal, asks, typed)
    if answer.repeated:  # its first answer was lost: what it did is told from where the page was drawn
        before = min(before, whole(str(call.form.get("seen") or "")) or before)
    app.drop_draft(loaded.row.id, call.person, take)
    if note and not wants:
        written = app.note(loaded.row.id, call.person, note, f"{request}.note")
        if written.refusal is not None:
            now = app.engine.load(loaded.row.id)
            return draw(call, now, status=422, typed=Typed(note=note), after=before, problem=refused(call, now, written.refusal, "note"))  # fmt: skip
    app.drop_draft(loaded.row.id, call.person, NOTE)
    return see_other(_where_next(call, loaded, answer.sequence, before) if go_on else f"/cases/{loaded.row.number}?after={before}#main")  # fmt: skip


def _given(take: str, asks: tuple[Ask, ...], typed: Typed) -> tuple[str, dict[str, Any]]:
    """The choice and what it is given, of what was typed."""
    choice, _, item = take.partition(" ")
    given = {name: value for name, value in typed.values.items() if value is not None}
    if typed.note and any(is_the_note(ask) for ask in asks):
        given["note"] = typed.note
    return choice, {**given, "item": item} if item else given


def _foreseen(call: Call, loaded: Loaded, take: str, asks: tuple[Ask, ...], typed: Typed) -> Reply:
    """The page with what the answer would do; or with what is wrong with it."""
    from procflow.views.foreseen import foreseen_view

    choice, given = _given(take, asks, typed)
    decision = call.app.foresee(loaded.row.id, choice, call.person, given)
    if decision.refusal is not None:
        return _not_done(call, loaded.row.id, decision.refusal, asks, typed)
    view = foreseen_view(call.app, loaded, decision, call.person, call.language)
    return draw(call, loaded, typed=typed, foreseen=view)


def _not_done(call: Call, case: str, refusal: Refusal, asks: tuple[Ask, ...], typed: Typed) -> Reply:
    """The page again with everything typed, and at each field what is wrong with it."""
    loaded = call.app.engine.load(case)
    names = {ask.name: ask for ask in asks}
    wrong: dict[str, list[str]] = {}
    scope = scope_of(call, loaded)
    for problem in refusal.problems:
        ask = names.get(problem.name)
        label = text_in(ask.field.label, scope, call.language) if ask is not None else ""
        key = NOTE if (ask is None and problem.name == "note") or (ask is not None and is_the_note(ask)) else problem.name  # fmt: skip
        own = desk_words(call.language)["note"] if key == NOTE else label
        field = ask.field if ask is not None else None
        wrong.setdefault(key, []).append(at_its_field(problem, field, own, call.language))
    told = refused(call, loaded, refusal, typed.take)
    if wrong and set(wrong) <= {*names, NOTE}:
        told = {**told, "message": desk_words(call.language)["wrong_fields"][len(wrong) > 1].format(n=len(wrong)), "hint": "", "at_fields": True}  # fmt: skip
    return draw(call, loaded, status=422, typed=Typed(typed.take, typed.values, typed.note, wrong), problem=told)  # fmt: skip


def _where_next(call: Call, loaded: Loaded, now: int, before: int) -> str:
    """The same case while it still offers this person something, else the next work of the queue."""
    here = call.app.engine.load(loaded.row.id)
    if any(offer.available for offer in call.app.offers(here, call.person)) or call.app.item_offers(here, call.person):  # fmt: skip
        return f"/cases/{loaded.row.number}?after={before}#main"
    rows = [row for row in call.app.inbox(call.person) if row.case_id != loaded.row.id]
    return f"/cases/{rows[0].number}?from={loaded.row.number}#main" if rows else f"/?from={loaded.row.number}"


# the note


def _note_text(call: Call) -> str:
    return str(call.form.get("note") or "").replace("\r\n", "\n").strip()


def _wrong_note(call: Call, note: str) -> list[str]:
    field = NOTE_ASKS[0].field
    context = field_context(call.app.engine.surroundings())
    _, problems = check_value(field, note, context, desk_words(call.language)["note"])
    return [problem.words(call.language) for problem in problems]


def _write_note(call: Call, loaded: Loaded, note: str) -> Reply:
    """The note alone."""
    _keep(call, loaded, NOTE, (), {"note": note} if note else {})
    if note and (wrong := _wrong_note(call, note)):
        return draw(call, loaded, status=422, typed=Typed(note=note, wrong={NOTE: wrong}))
    answer = call.app.note(loaded.row.id, call.person, note, request_of(call, ONLY_NOTE))
    if answer.refusal is not None:
        return _not_done(call, loaded.row.id, answer.refusal, (), Typed("note", note=note))
    call.app.drop_draft(loaded.row.id, call.person, NOTE)
    return see_other(f"/cases/{loaded.row.number}?after={loaded.row.sequence}#main")


# requests and what moved


def _moved(call: Call, loaded: Loaded, request: str) -> dict[str, Any] | None:
    """What somebody else did since the page was drawn, where it may change what is answered."""
    seen = whole(str(call.form.get("seen") or ""))
    if seen is None or seen >= loaded.row.sequence:
        return None
    if request and call.app.store.answered(request) is not None:
        return None  # it was this very request that moved the case; its answer was lost
    for _, entries in call.app.engine.journal(loaded.row.id, seen):
        if any(isinstance(entry, MOVES) for entry in entries):
            return faster(call, loaded, seen)
    return None


# drafts


@routes.route("POST", "/cases/{case}/draft", may="case.step")
def draft(call: Call) -> Reply:
    """Keep what is being typed; a script sends it every other second and on leaving."""
    loaded = call.app.look(call.path["case"], call.person)
    _keep_all(call, loaded)
    return Reply(status=204)


def _keep_all(call: Call, loaded: Loaded) -> str:
    """Every answer for which the form has fields, and the note; -> the first answer that is begun."""
    told = call.form.get("typed", [])
    named = told if isinstance(told, list) else [told]
    if not named:
        named = list(dict.fromkeys(key.partition("|")[0] for key in call.form if "|" in key))
    begun = ""
    for take in named:
        asks = asks_anywhere(call, loaded, str(take), _names(call, str(take)))
        before = call.app.draft(loaded.row.id, call.person, str(take))
        values = with_kept(call.form, str(take), read_form(call, loaded, str(take), asks), before)
        if asks and _keep(call, loaded, str(take), asks, values):
            begun = begun or str(take)
    if "note" in call.form:
        note = _note_text(call)
        _keep(call, loaded, NOTE, (), {"note": note} if note else {})
    return begun


def _names(call: Call, take: str) -> list[str]:
    """The fields of an answer that the form has."""
    return [
        key.removeprefix(f"{take}{SEPARATOR}") for key in call.form if key.startswith(f"{take}{SEPARATOR}")
    ]


def _keep(call: Call, loaded: Loaded, take: str, asks: tuple[Ask, ...], values: Mapping[str, Any]) -> bool:
    """One draft; an empty one is let go, and so is one that says only what the case knows; -> whether it is kept."""
    kept = kept_of(scope_of(call, loaded), asks, values)
    same = {n: v for n, v in kept.items() if not _is_known(loaded, asks, n, v)}
    if same:
        call.app.keep_draft(loaded.row.id, call.person, take, kept)
    else:
        call.app.drop_draft(loaded.row.id, call.person, take)
    return bool(same)


def _is_known(loaded: Loaded, asks: tuple[Ask, ...], name: str, value: Any) -> bool:
    """Whether it is only what the case knows already, as a form shows it."""
    stored = any(ask.name == name and ask.stored for ask in asks)
    return stored and value == loaded.plain.data.get(name)


# work that moves


@routes.route("POST", "/cases/{case}/work", may="case.step")
def work(call: Call) -> Reply:
    """Claim, give back, put aside, go on with, hand on, or offer the work of a case to a colleague."""
    loaded = call.app.look(call.path["case"], call.person)
    app, case, by, form = call.app, loaded.row.id, call.person, call.form
    what, request = str(form.get("what") or ""), request_of(call, f"work {form.get('what')}")
    if what == "claim":
        answer = app.claim(case, by, request=request)
    elif what == "give_back":
        answer = app.give_back(case, by, request=request)
    elif what == "resume":
        answer = app.resume(case, by, request=request)
    elif what == "suspend":
        try:
            until: Any = _until(call, str(form.get("until") or ""))
        except CalendarError as problem:
            said = told(problem, call.language, 422)
            return _not_moved(
                call, loaded, {**_CALENDAR_SAID, "message": said.message, "hint": said.hint, "work": what}
            )
        answer = app.suspend(case, by, until, str(form.get("reason") or ""), request=request)
    elif what == "assign":
        answer = app.assign(case, str(form.get("person") or ""), by, request, with_drafts=True)
    elif what == "hand_over":
        answer = app.hand_over(case, by, str(form.get("person") or ""), str(form.get("note") or ""), request=request)  # fmt: skip
    elif what == "take_back":
        answer = app.take_back(case, by, request=request)
    else:
        raise UsageError("this cannot be done with work", "claim it, give it back, put it aside or hand it on")  # fmt: skip
    if answer.refusal is not None:
        return _not_moved(call, loaded, _about_work(call, loaded, answer.refusal, what))
    return see_other(f"/cases/{loaded.row.number}?after={loaded.row.sequence}#main")


#: What the calendar says is no refusal of the engine: a problem of the page without a choice, a line or guards.
_CALENDAR_SAID: Mapping[str, Any] = {
    "kind": "refusal",
    "code": "calendar",
    "line": None,
    "choice": "",
    "guards": (),
}


def _not_moved(call: Call, loaded: Loaded, problem: Mapping[str, Any]) -> Reply:
    """The page with what is wrong, and with what was typed to move the work."""
    typed = {name: str(call.form.get(name) or "") for name in TYPED_WORK}
    return draw(call, loaded, status=422, problem=problem, typed_work=typed)


def _until(call: Call, text: str) -> Any:
    """An instant as the command line and the API take it, a day or a time from now too; else what was typed, of which
    the engine says what is wrong. Raises CalendarError for one beyond its years."""
    from procflow.app.days import an_instant

    try:
        return an_instant(text, call.app.engine.surroundings().calendar, call.app.world.now())
    except UsageError:
        return text


def _about_work(call: Call, loaded: Loaded, refusal: Refusal, what: str) -> dict[str, Any]:
    told = refused(call, loaded, refusal, "")
    labels = desk_words(call.language)["work_fields"]
    problems = [p.words(call.language).replace(p.path, labels.get(p.name, p.path), 1) for p in refusal.problems]  # fmt: skip
    return {**told, "message": " ".join(problems) or told["message"], "work": what}
