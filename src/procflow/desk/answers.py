"""What can be answered in a case now: choices of the procedure and of items, each with its form; and what cannot, with why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.decide import with_note
from procflow.core.procedure import Ask, Choice
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.desk.form_fields import SEPARATOR, Drawing, Widget, posted, widget
from procflow.desk.words import desk_words
from procflow.engine import Loaded
from procflow.views import scopes
from procflow.views.case import case_view
from procflow.views.foreseen import may_send
from procflow.views.items import told as told_of
from procflow.views.typed import NOTE, checked, is_file, keepable, label_of
from procflow.web.calls import Call
from procflow.web.hints import for_people


class Answer(Struct, frozen=True):
    """One thing that can be done. `take` is its name in forms and drafts: the choice, or the choice and its item."""

    take: str
    label: str
    widgets: tuple[Widget, ...]
    help: str = ""
    behalf: str = ""
    wants_note: str = ""  # "", optional or required: the note beside the answers belongs to it
    open: bool = False
    begun: bool = False
    key: str = ""
    sends: bool = False  # something may go out


class Item(Struct, frozen=True):
    """Something to look at or to do by hand, with its answers."""

    id: str
    kind: str
    word: str
    lines: tuple[str, ...]
    answers: tuple[Answer, ...]


class Closed(Struct, frozen=True):
    """A choice that is not offered, and why."""

    name: str
    label: str
    message: str
    hint: str


class Left(Struct, frozen=True):
    """What was typed for an answer that is not offered any more, to be read and copied."""

    label: str
    facts: tuple[tuple[str, str], ...]


class Script(Struct, frozen=True):
    """The middle of the desk: what to say and what can be answered."""

    view: Mapping[str, Any]
    answers: tuple[Answer, ...]
    items: tuple[Item, ...]
    closed: tuple[Closed, ...]
    note: str
    note_wrong: tuple[str, ...]
    scope: Any
    left: tuple[Left, ...] = ()


class Typed(Struct, frozen=True):
    """What came with a form that was not taken: the answer that it was for, what was typed, what is wrong with it."""

    take: str = ""
    values: Mapping[str, Any] = {}
    note: str = ""
    wrong: Mapping[str, Sequence[str]] = {}


def scope_of(call: Call, loaded: Loaded) -> StepScope:
    return scopes.scope_of(call.app, loaded, call.person)


def script_of(
    call: Call, loaded: Loaded, typed: Typed, chosen: str = "", begun: Sequence[str] = ()
) -> Script:
    """Everything in the middle, for whoever asks; `chosen` is the answer that is unfolded, `begun` are those in which
    something was typed before the case changed."""
    view = case_view(call.app, loaded, call.person, call.language)
    scope = scope_of(call, loaded)
    drawing = Drawing(scope, call.language, desk_words(call.language))
    offered, closed = [], []
    for told, offer in zip(view["choices"], call.app.offers(loaded, call.person), strict=True):
        if told["available"]:
            hint = text_in(offer.choice.help, scope, call.language)
            behalf = scope.surroundings.organisation.name_of(told["for"]) if told["for"] else ""
            sends = may_send(call.app.procedure_of(loaded), offer.choice)
            offered.append((told["name"], told["label"], with_note(offer.choice), hint, behalf, sends))
        elif told["because"]:
            because = told["because"]
            closed.append(
                Closed(
                    told["name"],
                    told["label"],
                    because["message"],
                    for_people(because["hint"], call.language),
                )
            )
    only = offered[0][0] if len(offered) == 1 and not view["items"] else ""
    wanted = typed.take or chosen or only
    answers = [
        _answer(call, loaded, drawing, f"a{n}", *one, typed=typed, wanted=wanted, key=str(n + 1) if n < 9 else "")
        for n, one in enumerate(offered)
    ]  # fmt: skip
    items = tuple(_items(call, loaded, drawing, view, typed, wanted))
    note = typed.note or str(call.app.draft(loaded.row.id, call.person, NOTE).get("note") or "")
    there = {answer.take for answer in (*answers, *(answer for item in items for answer in item.answers))}
    left = [
        _left(call, loaded, drawing, take, typed)
        for take in dict.fromkeys((typed.take, *begun))
        if take not in there
    ]
    return Script(
        view, tuple(answers), items, tuple(closed), note, tuple(typed.wrong.get(NOTE, ())), scope,
        tuple([one for one in left if one is not None]),
    )  # fmt: skip


def _left(call: Call, loaded: Loaded, drawing: Drawing, take: str, typed: Typed) -> Left | None:
    """What was typed for an answer that is not there now; None where nothing was."""
    values = (
        typed.values
        if take == typed.take
        else call.app.draft(loaded.row.id, call.person, take)
        if take
        else {}
    )
    facts = []
    for ask in asks_anywhere(call, loaded, take, values):
        raw = values.get(ask.name)
        if is_the_note(ask) or raw in (None, "", [], ()):
            continue
        if is_file(ask.field):
            shown = ", ".join(str(file.get("name", "")) for file in (raw if isinstance(raw, list) else [raw]))
        else:
            shown = checked(call.app, 0, drawing.scope, (ask,), values, call.language)[ask.name]["shown"]
        facts.append((label_of(ask, drawing.scope, call.language), shown))
    choice = _anywhere(call, loaded, take, values)
    label = text_in(choice.label, drawing.scope, call.language) if choice is not None else ""
    label = label or take.partition(" ")[0].rpartition(".")[2].replace("_", " ")
    return Left(label[:1].upper() + label[1:], tuple(facts)) if facts else None


def _answer(
    call: Call, loaded: Loaded, drawing: Drawing, id: str, take: str, label: str, asks: tuple[Ask, ...],
    hint: str, behalf: str, sends: bool = False, *, typed: Typed, wanted: str, key: str = "",
) -> Answer:  # fmt: skip
    mine = typed.take == take
    kept = {} if mine and not asks else call.app.draft(loaded.row.id, call.person, take)
    raws = {**kept, **typed.values} if mine else kept
    note = next((a for a in asks if is_the_note(a)), None)
    widgets = tuple(
        widget(ask, take, f"{id}-{ask.name}", _known(ask, raws, loaded), drawing, typed.wrong.get(ask.name, ()) if mine else ())
        for ask in asks
        if not is_the_note(ask)
    )  # fmt: skip
    wants = "" if note is None else "optional" if note.optional else "required"
    begun = any(value not in (None, "", []) for value in kept.values())
    return Answer(take, label[:1].upper() + label[1:], widgets, hint, behalf, wants, take == wanted, begun, key, sends)  # fmt: skip


def is_the_note(ask: Ask) -> bool:
    """Whether a field is the customer note, which stands beside the answers; a procedure's own field of that name too."""
    return ask.name == "note" and not ask.stored and ask.field.type == "plain_text"


def _known(ask: Ask, raws: Mapping[str, Any], loaded: Loaded) -> Any:
    """What stands in a field at first: what was typed, else what the case knows, else the default."""
    if ask.name in raws:
        return raws[ask.name]
    value = loaded.plain.data.get(ask.name) if ask.stored else None
    if value not in (None, ()):
        return value
    default = ask.field.default
    return default if isinstance(default, str | bool | int) else None


def _items(
    call: Call, loaded: Loaded, drawing: Drawing, view: Mapping[str, Any], typed: Typed, wanted: str
) -> Iterator[Item]:
    w = drawing.words
    for n, item in enumerate(view["items"]):
        if item["kind"] == "kept" or not item["choices"]:
            continue
        answers = []
        for choice in item["choices"]:
            asks = call.app.item_asks(loaded, item["id"], choice)
            take = f"{choice} {item['id']}"
            label = w["item_choices"].get(choice, choice.replace("_", " "))
            answers.append(_answer(call, loaded, drawing, f"i{n}{choice}", take, label, asks, "", "", typed=typed, wanted=wanted))  # fmt: skip
        word = w["kinds"].get(item["kind"], item["kind"])
        yield Item(item["id"], item["kind"], word, tuple(_told(call, loaded, item)), tuple(answers))


def _told(call: Call, loaded: Loaded, item: Mapping[str, Any]) -> Iterator[str]:
    """What an item is about, a line each."""
    about = item["about"]
    if item["kind"] == "manual" and isinstance(about, Mapping):
        channel, _, operation = str(about["operation"]).partition(".")
        said = call.app.channels.instruction(channel, operation, about.get("parameters") or {})
        yield from said["da" if call.language == "da" else "en"].splitlines()
        return
    yield from told_of(about, scope_of(call, loaded), call.language)


# what was typed


def asks_of(call: Call, loaded: Loaded, take: str) -> tuple[Ask, ...]:
    """What an answer asks for; () where it is not offered any more."""
    choice, _, item = take.partition(" ")
    if item:
        return call.app.item_asks(loaded, item, choice) if item in loaded.plain.items else ()
    for offer in call.app.offers(loaded, call.person):
        if offer.word == choice or offer.choice.name == choice:
            return with_note(offer.choice)
    return ()


def asks_anywhere(call: Call, loaded: Loaded, take: str, names: Collection[str]) -> tuple[Ask, ...]:
    """What an answer asks for, or asked for while it was offered; `names` are the fields that something was typed in."""
    choice = _anywhere(call, loaded, take, names)
    return asks_of(call, loaded, take) or (with_note(choice) if choice is not None else ())


def _anywhere(call: Call, loaded: Loaded, take: str, names: Collection[str]) -> Choice | None:
    """The choice of this name in any state; of several the one that asks for most of these fields."""
    of, _, name = take.rpartition(".")
    found = [
        state.choices_by_name[name]
        for state in call.app.procedure_of(loaded).states
        if of in ("", state.name) and name in state.choices_by_name
    ]
    return max(found, key=lambda choice: sum(ask.name in names for ask in choice.asks), default=None)


def read_form(call: Call, loaded: Loaded, take: str, asks: Sequence[Ask]) -> dict[str, Any]:
    """What the form says for each field of an answer, files kept; None for what was left out."""
    draft = call.app.draft(loaded.row.id, call.person, take) if any(is_file(a.field) for a in asks) else {}
    values = {}
    for ask in asks:
        if is_the_note(ask):
            continue
        kept = _files(call, loaded.row.key_slot, ask, take, draft.get(ask.name)) if is_file(ask.field) else None  # fmt: skip
        values[ask.name] = posted(ask, take, call.form, kept)
    return values


def _files(call: Call, slot: int, ask: Ask, take: str, before: Any) -> Any:
    """The files of a field: those that came now, kept at once, beside those that were kept before."""
    name = f"{take}{SEPARATOR}{ask.name}"
    many = ask.field.type == "array"
    gone = call.form.get(f"{name}{SEPARATOR}drop", [])
    gone = gone if isinstance(gone, list) else [gone]
    held = [f for f in (before if isinstance(before, list | tuple) else [before] if before else []) if f["hash"] not in gone]  # fmt: skip
    for file in call.files.get(name, ()):
        content = file.file.read()
        if not content and not file.filename:
            continue
        kept = call.app.evidence.put(content, key_slot=slot, name=file.filename or "file")
        held = [*held, {**kept, "slot": slot}] if many else [{**kept, "slot": slot}]
    return (held if many else held[-1]) if held else None


def kept_of(scope: StepScope, asks: Sequence[Ask], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What of a form may be kept as a draft; an empty field of a form is no word of anybody."""
    return keepable(scope, asks, {name: value for name, value in typed.items() if value is not None})
