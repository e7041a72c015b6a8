"""Messages that can be tried: from the customer as the case knows them, from strangers, as the rehearsals have them, and
forms with fields, filled in or not.

It must not know which message leads where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from procflow.core.procedure import Ask, Field, Procedure, Start, Transition
from procflow.errors import EvaluationError
from procflow.proof.reading import expressions_in, guards_of, paths_in
from procflow.rehearsal.witness_scene import Scene
from procflow.rehearsal.witness_values import ADDRESSES, PHONES, example_of

if TYPE_CHECKING:
    from procflow.rehearsal.witness_moves import Moves

_MOST_MESSAGES = 120
#: Forms that are tried after each message without fields.
_FORMS_AT_ONCE = 4
_LONG_TEXT = "As I said on the phone: please do it from 1 June"
#: Letters of a text that is tried for its length.
_LONGEST = 5000
_FIELDS = "message.fields"


def messages(
    moves: Moves, scene: Scene, takers: Sequence[Start | Transition], hints: Mapping[str, Sequence[Any]]
) -> Iterator[dict[str, Any]]:
    """Messages with fields and without, in turn, for what may take them; `hints` are what the prover chose."""
    forms = _forms(moves, scene, takers, hints)
    yield from islice(forms, _FORMS_AT_ONCE)
    for message in _written(moves, scene):
        yield message
        yield from islice(forms, _FORMS_AT_ONCE)
    yield from forms


def _forms(
    moves: Moves, scene: Scene, takers: Sequence[Start | Transition], hints: Mapping[str, Sequence[Any]]
) -> Iterator[dict[str, Any]]:
    """Forms with the fields that those who may take it read, filled in or left out: as the prover chose them, first."""
    asks, known = _asked(moves.procedure, takers, hints)
    if not asks:
        return
    channel = str(next(iter(hints.get("message.channel", ())), "form"))
    form: dict[str, Any] = {"channel": channel, "from": "website", "text": _LONG_TEXT}
    for n, entered in enumerate(moves.entered(scene, asks, "", [""], known, _FIELDS)):
        yield {**form, "fields": {name: _as_text(value) for name, value in entered.given.items()}}
        if n == 0:
            yield from (message for message in moves.mined.messages if message.get("fields"))


def _asked(
    procedure: Procedure, takers: Sequence[Start | Transition], hints: Mapping[str, Sequence[Any]]
) -> tuple[tuple[Ask, ...], dict[str, Sequence[Any]]]:
    """The fields of a form as if they were asked for, those first that are only compared; and what is known of them."""
    sets = [(name, each) for taker in takers for name, spec in taker.sets for each in expressions_in(spec)]
    put = {path: procedure.fields[name] for name, each in sets for path in paths_in(each.node)}
    guards = (guard for taker in takers for guard in guards_of(taker))
    read = put.keys() | {path for guard in guards for path in paths_in(guard.node)}
    asks: list[Ask] = []
    known: dict[str, Sequence[Any]] = {}
    for path in sorted(read, key=lambda path: (path in put, path)):
        name = path.removeprefix(f"{_FIELDS}.")
        if name == path or "." in name:
            continue
        into = put.get(path)
        hinted = [*hints.get(path, ()), *(hints.get(into.name, ()) if into is not None else ())]
        unset = [
            *hints.get(f"{path} == null", ()),
            *(hints.get(f"{into.name} == null", ()) if into is not None else ()),
        ]
        if hinted or True in unset:
            known[name] = hinted or [None]
        asks.append(Ask(replace(into or Field(name, "string"), name=name), False, False not in unset))
    return tuple(asks), known


def _as_text(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)


def _written(moves: Moves, scene: Scene) -> Iterator[dict[str, Any]]:
    """Messages without fields."""
    c = moves.constants
    phones, addresses = _contacts(moves.procedure, scene)
    texts = [m["text"] for m in moves.mined.messages if isinstance(m.get("text"), str)]
    wanted = [value for value in c.values.get("message.text", ()) if isinstance(value, str)]
    for name in ("message.text", "message.subject"):
        wanted += c.parts.get(name, [])
        wanted += [text for each in c.patterns.get(name, ()) if (text := _example(each))]
        wanted += [_of_length(n + by) for n in c.lengths.get(name, ()) for by in (0, -1, 1) if n + by >= 0]
    texts = list(dict.fromkeys([*wanted, _LONG_TEXT, *texts, "JA", "Nej tak"]))[:10]
    subjects = [value for value in c.values.get("message.subject", ()) if isinstance(value, str)]
    forms = [value for value in c.values.get("message.form", ()) if isinstance(value, str)]
    senders = [("sms", p) for p in phones] + [("mail", a) for a in addresses]
    other = [value for value in c.values.get("message.channel", ()) if isinstance(value, str)]
    froms = [value for value in c.values.get("message.from", ()) if isinstance(value, str)]
    senders = [("mail" if "@" in each else "sms", each) for each in froms] + senders
    senders += [(channel, "Mette Holm") for channel in other if channel not in ("sms", "mail")]
    given = 0
    for n, text in enumerate(texts):
        for channel, sender in senders if n < 4 else senders[:2]:
            message: dict[str, Any] = {"channel": channel, "from": sender, "text": text}
            if channel == "mail":
                message["subject"] = next(iter(subjects), "About my policy")
            yield message
            yield from ({**message, "form": form} for form in forms)
            if channel == "mail":
                yield from ({**message, "subject": subject} for subject in [*subjects[1:], *wanted][:4])
            given += 1
            if given > _MOST_MESSAGES:
                return
    yield from (message for message in moves.mined.messages if not message.get("fields"))


def _of_length(letters: int) -> str:
    letters = min(letters, _LONGEST)
    return (_LONG_TEXT * (letters // len(_LONG_TEXT) + 1))[:letters]


def _contacts(procedure: Procedure, scene: Scene) -> tuple[list[str], list[str]]:
    data = scene.case.data if scene.case_id else {}
    phones: list[str] = []
    addresses: list[str] = []
    for item in procedure.data:
        held = data.get(item.name)
        inner = item.items if item.type == "array" and item.items is not None else item
        for value in held if isinstance(held, tuple | list) else [held]:
            if isinstance(value, str):
                (phones if inner.type == "phone" else addresses if inner.type == "email" else []).append(
                    value
                )
    return list(dict.fromkeys([*phones, PHONES[1]])), list(dict.fromkeys([*addresses, ADDRESSES[1]]))


def _example(pattern_text: str) -> str | None:
    from procflow.rehearsal.witness_values import ALPHABET

    try:
        return example_of(pattern_text, ALPHABET)
    except EvaluationError:
        return None
