"""Fields of a form: how each type of the language is asked for on a page, and what a posted form means for it.

Every value travels as text, as it was typed; whether it holds is the engine's to say. The names of a form's fields are
`option|field`, for a part of an object `option|field.part`, for one of a list of objects `option|field.0.part`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from procflow.core.field_problems import FieldProblem
from procflow.core.fields import words_for_field
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Ask, Field
from procflow.core.render import labels_of, text_in
from procflow.core.scope import StepScope
from procflow.core.times import Span
from procflow.core.values import plain
from procflow.core.words import number_in_words
from procflow.desk.words import desk_words
from procflow.views.typed import is_file

SEPARATOR = "|"
#: An enum with more words than this is a list to choose from; with fewer, each stands there.
_FEW = 6
_SPARE_ROWS = 2
#: Types whose lists stand in one line, with commas: none of their values holds one.
_SHORT = frozenset({"phone", "email", "integer", "date"})
_INPUT = {"email": "email", "phone": "tel"}
_KEYBOARD = {"integer": "numeric", "number": "decimal", "email": "email", "phone": "tel"}


class Option(Struct, frozen=True):
    """One of several words: its value, what it is called, whether it is chosen."""

    value: str
    label: str
    chosen: bool = False


#: What stands for nothing chosen.
NOTHING = Option("", "–")


class Widget(Struct, frozen=True):
    """A field as a template draws it. `kind`: text, long, pick, select, tick, file, checks, group, rows."""

    kind: str
    name: str
    id: str
    label: str
    help: str = ""
    optional: bool = False
    value: str = ""
    type: str = "text"
    keyboard: str = ""
    placeholder: str = ""
    options: tuple[Option, ...] = ()
    accept: str = ""
    many: bool = False
    kept: tuple[Mapping[str, Any], ...] = ()
    parts: tuple[Any, ...] = ()
    wrong: tuple[str, ...] = ()


class Drawing(Struct, frozen=True):
    """What the fields of one page have in common."""

    scope: StepScope
    language: str
    words: Mapping[str, Any]

    @property
    def surroundings(self) -> Surroundings:
        return self.scope.surroundings


def widget(ask: Ask, option: str, id: str, raw: Any, drawing: Drawing, wrong: Sequence[str] = ()) -> Widget:
    """A field with what was typed or is known (`raw`) in it, and what is wrong with that."""
    own = text_in(ask.field.help, drawing.scope, drawing.language)
    made = _made(ask.field, f"{option}{SEPARATOR}{ask.name}", id, raw, drawing)
    if made.kind == "pick" and ask.optional:  # what was chosen can be taken back
        made = _with(made, options=(Option("", NOTHING.label, not any(o.chosen for o in made.options)), *made.options))  # fmt: skip
    label = text_in(ask.field.label, drawing.scope, drawing.language) or ask.name.replace("_", " ")
    expected = "" if made.kind in ("pick", "tick", "select", "checks") else words_for_field(ask.field, drawing.language)  # fmt: skip
    if made.kind == "text" and made.many:
        expected = expected[:1].lower() + expected[1:]
    return _with(
        made, label=label[:1].upper() + label[1:], help=own or ("" if _says_itself(ask.field) else expected),
        optional=ask.optional, wrong=tuple(wrong),
    )  # fmt: skip


def at_its_field(problem: FieldProblem, field: Field | None, label: str, language: str) -> str:
    """What is wrong, told where the field stands and by its label; of one that is chosen and not typed, what to do there."""
    named = label or problem.path.replace("_", " ")
    if field is not None and problem.code == "missing" and problem.path == problem.name:
        chosen = field.type in ("boolean", "person", "role") or "enum" in field.schema
        kind = "file" if is_file(field) else "tick" if field.type == "tick" else "pick" if chosen else ""
        if kind:
            return str(desk_words(language)["missing_at"][kind].format(label=named))
    return problem.words(language).replace(problem.path, named, 1)


def _says_itself(field: Field) -> bool:
    """Whether its label says all: a text that may be as short and nearly as long as one likes."""
    loose = int(field.schema.get("minLength") or 0) < 3 and int(field.schema.get("maxLength") or 200) >= 60
    return (
        field.type in ("string", "", "plain_text") and loose and not {"pattern", "const"} & set(field.schema)
    )


def _with(made: Widget, **changes: Any) -> Widget:
    from msgspec.structs import replace

    return replace(made, **changes)


def _made(field: Field, name: str, id: str, raw: Any, drawing: Drawing) -> Widget:
    if is_file(field):
        kept = [raw] if isinstance(raw, Mapping) else [r for r in raw or () if isinstance(r, Mapping)]
        return Widget("file", name, id, "", accept=",".join(_accepted(field)), many=field.type == "array", kept=tuple(kept))  # fmt: skip
    if field.type == "tick":
        return Widget("tick", name, id, "", value="yes", options=(Option("yes", "", _typed(field, raw, drawing) == "yes"),))  # fmt: skip
    if field.type == "boolean":
        return Widget("pick", name, id, "", options=_yes_or_no(_typed(field, raw, drawing), drawing))
    enum = field.schema.get("enum")
    if enum:
        options = _words(field, [_typed(field, raw, drawing)], drawing)
        if len(options) <= _FEW:
            return Widget("pick", name, id, "", options=options)
        return Widget("select", name, id, "", options=(NOTHING, *options))
    if field.type in ("person", "role"):
        return Widget("select", name, id, "", options=_people(field, _typed(field, raw, drawing), drawing))
    if field.type == "object" and field.properties:
        return Widget("group", name, id, "", parts=_parts(field, name, id, raw, drawing))
    if field.type == "array":
        return _list(field, name, id, raw, drawing)
    text = _typed(field, raw, drawing)
    long = field.type == "plain_text" or field.type == "object" or (int(field.schema.get("maxLength") or 0) > 200 and field.type == "string" and "pattern" not in field.schema and not field.schema.get("format"))  # fmt: skip
    if long:
        return Widget("long", name, id, "", value=text)
    return Widget(
        "text", name, id, "", value=text, type=_INPUT.get(field.type, "text"), keyboard=_KEYBOARD.get(field.type, ""),
        placeholder=drawing.words["date_form"].get(field.type, ""),
    )  # fmt: skip


def _list(field: Field, name: str, id: str, raw: Any, drawing: Drawing) -> Widget:
    items = field.items
    given = raw if isinstance(raw, list | tuple) else [] if raw in (None, "") else [raw]
    if items is not None and items.type == "object" and items.properties:
        rows = [*given, *([None] * _SPARE_ROWS)]
        parts = tuple(
            _with(_made(items, f"{name}.{n}", f"{id}-{n}", row, drawing), label=f"{n + 1}")
            for n, row in enumerate(rows)
        )
        return Widget("rows", name, id, "", parts=parts)
    if items is not None and items.schema.get("enum"):
        chosen = [_typed(items, each, drawing) for each in given]
        return Widget("checks", name, id, "", options=_words(items, chosen, drawing))
    if items is not None and items.type in ("person", "role"):
        chosen = [_typed(items, each, drawing) for each in given]
        options = [o for o in _people(items, "", drawing) if o.value]
        return Widget("checks", name, id, "", options=tuple(Option(o.value, o.label, o.value in chosen) for o in options))  # fmt: skip
    texts = [_typed(items, each, drawing) if items else str(each) for each in given]
    if items is not None and items.type in _SHORT:
        return Widget("text", name, id, "", value=", ".join(texts), keyboard=_KEYBOARD.get(items.type, ""))
    lines = "\n".join(texts)
    return Widget("long", name, id, "", value=lines, many=True)


def _parts(field: Field, name: str, id: str, raw: Any, drawing: Drawing) -> tuple[Widget, ...]:
    given = raw if isinstance(raw, Mapping) else {}
    found = []
    for part in field.properties:
        made = _made(part, f"{name}.{part.name}", f"{id}-{part.name}", given.get(part.name), drawing)
        label = text_in(part.label, drawing.scope, drawing.language) or part.name.replace("_", " ")
        found.append(_with(made, label=label[:1].upper() + label[1:], optional=part.name not in field.required))  # fmt: skip
    return tuple(found)


def _accepted(field: Field) -> Sequence[str]:
    return field.accept or (field.items.accept if field.items is not None else ())


def _yes_or_no(chosen: str, drawing: Drawing) -> tuple[Option, ...]:
    return tuple(Option(value, drawing.words[value], value == chosen) for value in ("yes", "no"))


def _words(field: Field, chosen: Sequence[str], drawing: Drawing) -> tuple[Option, ...]:
    words = [plain(word) for word in field.schema["enum"] if word is not None]
    labels = labels_of(field, drawing.scope, drawing.language)
    return tuple(Option(word, labels.get(word) or word.replace("_", " "), word in chosen) for word in words)


def _people(field: Field, chosen: str, drawing: Drawing) -> tuple[Option, ...]:
    organisation = drawing.surroundings.organisation
    if field.type == "role":
        named = [(role, organisation.role_name(role, drawing.language)) for role in organisation.roles]
    else:
        now = drawing.scope.now
        named = [
            (code, organisation.name_of(code) + (f" ({drawing.words['absent']})" if drawing.surroundings.absent(code, now) else ""))
            for code in organisation.people
        ]  # fmt: skip
    listed = [Option(code, name, code == chosen) for code, name in sorted(named, key=lambda pair: pair[1])]
    if chosen and not any(o.chosen for o in listed):
        listed.append(Option(chosen, chosen, True))
    return (NOTHING, *listed)


def _typed(field: Field, raw: Any, drawing: Drawing) -> str:
    """A value as it would be typed."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, str):
        word = raw.strip().casefold()
        if field.type in ("boolean", "tick"):
            return {"ja": "yes", "true": "yes", "nej": "no", "false": "no"}.get(word, word)
        return raw
    if isinstance(raw, int | Decimal):
        return number_in_words(raw, drawing.language, field.places)
    if isinstance(raw, datetime):
        local = raw.astimezone(ZoneInfo(drawing.scope.zone))
        return f"{_day(local, drawing.language)} {local:%H:%M}"
    if isinstance(raw, date):
        return _day(raw, drawing.language)
    if isinstance(raw, Span):
        return str(raw)
    if isinstance(raw, Mapping):
        for key in ("id", "role", "name"):
            if raw.get(key):
                return str(raw[key])
        import json

        return json.dumps(raw, ensure_ascii=False, default=str)
    if isinstance(raw, list | tuple):
        return ", ".join(_typed(field, each, drawing) for each in raw)
    return str(raw)


def _day(day: date, language: str) -> str:
    return f"{day:%d.%m.%Y}" if language == "da" else f"{day:%Y-%m-%d}"


# what was posted


def posted(ask: Ask, option: str, form: Mapping[str, Any], kept: Any = None) -> Any:
    """What a form says for a field, as the engine takes it; None for nothing. `kept` are the files of a file field."""
    if is_file(ask.field):
        return kept
    return _posted(ask.field, f"{option}{SEPARATOR}{ask.name}", form)


def with_kept(
    form: Mapping[str, Any], option: str, values: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a form of which only some fields were changed (`changed`): the others as they were kept `before`,
    from another window perhaps. A form that does not say what was changed counts whole."""
    told = form.get("changed", [])
    changed = told if isinstance(told, list) else [told]
    if not changed or not before:
        return dict(values)
    beginning = f"{option}{SEPARATOR}"
    names = {
        name.removeprefix(beginning).partition(SEPARATOR)[0].partition(".")[0]
        for name in map(str, changed)
        if name.startswith(beginning)
    }
    return {name: value if name in names else before.get(name) for name, value in values.items()}


def _posted(field: Field, name: str, form: Mapping[str, Any]) -> Any:
    if field.type == "object" and field.properties:
        parts = {p.name: _posted(p, f"{name}.{p.name}", form) for p in field.properties}
        given = {key: value for key, value in parts.items() if value not in (None, "", [])}
        return given or None
    if field.type == "array" and field.items is not None:
        return _posted_list(field.items, name, form)
    value = form.get(name)
    if isinstance(value, list):
        value = value[-1]
    text = str(value) if value is not None else ""
    return text.replace("\r\n", "\n") if text.strip() else None


def _posted_list(items: Field, name: str, form: Mapping[str, Any]) -> Any:
    if items.type == "object" and items.properties:
        numbers = {int(n) for key in form if key.startswith(f"{name}.") and (n := key[len(name) + 1 :].partition(".")[0]).isdecimal()}  # fmt: skip
        rows = [_posted(items, f"{name}.{n}", form) for n in sorted(numbers)]
        return [row for row in rows if row] or None
    value = form.get(name)
    if value is None:
        return None
    if isinstance(value, list):
        return [each for each in value if str(each).strip()] or None
    lines = [line.strip() for line in str(value).splitlines() if line.strip()]
    if len(lines) < 2:
        return lines[0] if lines else None
    return [line.rstrip(",;") for line in lines]
