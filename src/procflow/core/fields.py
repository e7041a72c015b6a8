"""Input checked against the types of fields: what people, files and other systems give becomes values.

One way for what a step asks, for defaults and for scenarios. Values come typed (from JSON or YAML) or as text
(from a command line), and text is taken for every type. All problems are found at once, and no problem
repeats what was entered. It must not know steps or cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.field_formats import exact, in_utc, read_instant
from procflow.core.field_keywords import keyword_checks
from procflow.core.field_problems import EXPECTED, FieldProblem, Wrong
from procflow.core.field_text import NORMALISERS, clean, is_blank, no_control, no_sensitive_words
from procflow.core.field_types import SCALARS, any_value, json_value, parts_of, stored_file, untyped
from procflow.core.nearest import nearest
from procflow.core.procedure import Ask, Field
from procflow.core.times import Span
from procflow.core.values import Value

__all__ = [
    "NORMALISERS", "TYPES", "FieldContext", "FieldProblem", "check_input", "check_value", "words_for_field",
]  # fmt: skip

#: The built-in types.
TYPES = tuple(name for name in EXPECTED if name)

MAX_ITEMS = 10_000
_MOST_PROBLEMS = 20  # of one list; more of them help nobody


class FieldContext(Struct, frozen=True):
    """What the checks need to know beside the field.

    `zone` is where local times are; `person` gives the id for a code in any case, or None; `people` are the
    known codes and `roles` the known roles. Without `person`, or with `roles` None, any name is taken.
    `never` is a pattern of what free text may not hold, such as words of illness ("": nothing).
    """

    zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    person: Callable[[str], str | None] | None = None
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] | None = None
    never: str = ""
    name_of: Callable[[str], str] | None = (
        None  # what the person with a code is called, to say whom was meant
    )


def check_input(
    asks: Sequence[Ask],
    given: Mapping[str, Any],
    context: FieldContext,
    defaults: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Value], tuple[FieldProblem, ...]]:
    """The values that hold, by name, and every problem: first the fields in their order, then unknown names.

    Null, an empty or blank text, and an empty list (unless `minItems: 0` is written) count as not given. What
    is not given takes its plain default, except an optional stored field, whose data stay as they are;
    `defaults` holds those that had to be worked out. Values of fields that are not given are left out.
    Raises EvaluationError for a document that the checker would refuse (a pattern that is not understood).
    """
    values: dict[str, Value] = {}
    problems: list[FieldProblem] = []
    check = _Check(context, "", problems)
    defaults = defaults or {}
    left = len(given)
    for ask in asks:
        field = ask.field
        check.name = name = field.name
        raw = given.get(name)
        if raw is not None or name in given:
            left -= 1
        empty = not (type(raw) is str and raw[:1].isalnum()) and _is_empty(raw)
        if empty and not (ask.stored and ask.optional):
            raw = defaults.get(name, field.default if _is_plain(field.default) else None)
            empty = _is_empty(raw)
        value: Value = None
        if not empty:
            before = len(problems)
            value = check.value(field, raw, name)
            if len(problems) > before:
                continue
        if value or not (
            value is None
            or value == ""
            or (value == () and not ask.optional and field.schema.get("minItems") != 0)
        ):
            values[name] = value
        elif not ask.optional:
            problems.append(FieldProblem(name, name, "missing", {"expected": field}))
    if left:
        known = [ask.field.name for ask in asks]
        for name in given:
            if name not in known:
                shown = _shown(name)
                near = nearest(str(name), known) or ""
                problems.append(FieldProblem(shown, shown, "unknown_field", {"nearest": near}))
    return values, tuple(problems)


def check_value(
    field: Field, raw: Any, context: FieldContext, path: str = ""
) -> tuple[Value, tuple[FieldProblem, ...]]:
    """The value that `raw` means for the field, and no problems; or None and what is wrong with it.

    Null is no value and no problem. Instants come out in UTC, phones as E.164, persons as ids, lists as
    tuples, numbers exact, text in Unicode NFC.
    """
    if raw is None:
        return None, ()
    problems: list[FieldProblem] = []
    value = _Check(context, field.name, problems).value(field, raw, path or field.name)
    return (None, tuple(problems)) if problems else (value, ())


class _Check(Struct, gc=False):
    """The check of one field, and then of the next: collects the problems of their parts."""

    context: FieldContext
    name: str
    problems: list[FieldProblem]

    def add(self, path: str, code: str, facts: Mapping[str, Any]) -> None:
        self.problems.append(FieldProblem(self.name, path, code, facts))

    def value(self, field: Field, raw: Any, path: str) -> Value:
        before = len(self.problems)
        try:
            value = self.convert(field, raw, path)
        except Wrong as wrong:
            self.add(path, wrong.code, wrong.facts)
            return None
        if field.schema and value is not None and len(self.problems) == before:
            for check in keyword_checks(field):
                broken = check(value, self.constant, field)
                if broken is not None:
                    self.add(path, *broken)
        return value

    def constant(self, raw: Any, field: Field) -> Value:
        """A constant of the field's schema as a value of its type; as it stands where it is none."""
        if isinstance(raw, str) and field.type in ("string", "plain_text", ""):
            return clean(raw)
        try:
            return _Check(self.context, self.name, []).convert(
                replace(field, schema={}, normalise=()), raw, ""
            )
        except Wrong:
            return exact(raw) if isinstance(raw, float) else raw

    def convert(self, field: Field, raw: Any, path: str) -> Value:
        kind = field.type
        if isinstance(raw, str):
            raw = clean(raw)
            if field.normalise and kind not in ("array", "object"):
                for name in field.normalise:
                    raw = NORMALISERS[name](raw)
        read = SCALARS.get(kind)
        if read is not None:
            if kind == "plain_text" and self.context.never:
                return no_sensitive_words(read(raw), self.context.never)
            return read(raw)
        match kind:
            case "array":
                return self.array(field, raw, path)
            case "object":
                return self.object(field, raw, path)
            case "instant":
                return self.instant(raw)
            case "person":
                return self.person(raw)
            case "role":
                return self.role(raw)
            case "file":
                return stored_file(field, raw)
            case "":
                return untyped(field, raw)
            case _:
                raise KeyError(kind)

    def array(self, field: Field, raw: Any, path: str) -> Value:
        items = field.items
        if items is not None and field.normalise and not items.normalise:
            items = replace(items, normalise=field.normalise)
        parts = parts_of(items, raw)
        if len(parts) > MAX_ITEMS:
            raise Wrong("max_items", limit=MAX_ITEMS, length=len(parts))
        before = len(self.problems)
        values = []
        for n, part in enumerate(parts):
            if len(self.problems) - before >= _MOST_PROBLEMS:
                self.add(path, "more_problems", {})
                break
            place = f"{path}[{n}]"
            if _is_empty(part):
                self.add(place, "missing", {"expected": items or ""})
            else:
                values.append(self.value(items, part, place) if items else any_value(part))
        return tuple(values)

    def object(self, field: Field, raw: Any, path: str) -> Value:
        if isinstance(raw, str):
            raw = json_value(raw, "object")
        if not isinstance(raw, Mapping):
            raise Wrong("wrong_type", expected="object")
        if not field.properties:
            values = any_value(raw)
            for name in field.required:
                if _is_empty(values.get(name)):
                    self.add(f"{path}.{name}", "missing", {"expected": ""})
            return values
        values = {}
        for part in field.properties:
            place, given = f"{path}.{part.name}", raw.get(part.name)
            if _is_empty(given) and _is_plain(part.default):
                given = part.default
            if not _is_empty(given):
                values[part.name] = self.value(part, given, place)
                continue
            values[part.name] = () if part.type == "array" else None
            if part.name in field.required:
                self.add(place, "missing", {"expected": part})
        for name in raw:
            if name not in values:
                if field.schema.get("additionalProperties") is True:
                    values[str(name)] = any_value(raw[name])
                else:
                    known = [part.name for part in field.properties]
                    self.add(
                        f"{path}.{_shown(name)}",
                        "unknown_field",
                        {"nearest": nearest(str(name), known) or ""},
                    )
        return values

    def instant(self, raw: Any) -> Value:
        zone = ZoneInfo(self.context.zone)
        if isinstance(raw, datetime):
            return in_utc(raw, zone)
        if not isinstance(raw, str):
            raise Wrong("wrong_type", expected="instant")
        return read_instant(raw, zone)

    def person(self, raw: Any) -> Value:
        code = raw.get("id") if isinstance(raw, Mapping) else raw
        if not isinstance(code, str) or not code.strip():
            raise Wrong("wrong_type", expected="person")
        code = no_control(clean(code)).strip()
        if self.context.person is None:
            return code
        for spelling in (code, code.lower(), code.upper()):
            found = self.context.person(spelling)
            if found is not None:
                return found
        raise Wrong("unknown_person", nearest=self._meant(code) or nearest(code, self.context.people) or "")

    def _meant(self, name: str) -> str:
        """The code of the one person who is called so, or whose first or last name it is; "" for none or several."""
        name_of, wanted = self.context.name_of, name.casefold()
        if name_of is None:
            return ""
        called = {code: name_of(code).casefold() for code in self.context.people}
        meant = [code for code, own in called.items() if wanted == own or wanted in own.split()]
        return meant[0] if len(meant) == 1 else ""

    def role(self, raw: Any) -> Value:
        name = raw.get("role") if isinstance(raw, Mapping) else raw
        if not isinstance(name, str) or not name.strip():
            raise Wrong("wrong_type", expected="role")
        name, roles = no_control(clean(name)).strip(), self.context.roles
        if roles is None or name in roles:
            return name
        for role in roles:
            if role.casefold() == name.casefold():
                return role
        raise Wrong("unknown_role", allowed=roles, nearest=nearest(name, roles) or "")


def _is_empty(raw: Any) -> bool:
    if isinstance(raw, str):
        return not (raw.isascii() and raw.strip()) and is_blank(raw)
    return raw is None


def _is_plain(spec: Any) -> bool:
    """Whether a default stands as it is, without a template that has to be worked out."""
    if isinstance(spec, list | tuple):
        return all(_is_plain(item) for item in spec)
    if isinstance(spec, Mapping):
        return all(_is_plain(item) for item in spec.values())
    return spec is None or isinstance(spec, str | bool | int | float | Decimal | date | Span)


def _shown(name: object) -> str:
    """A name that nobody asked for, for messages; one that may be a value in the wrong place is not."""
    text = str(name)
    return text if re.fullmatch(r"[^\W\d]\w{0,59}", text) and sum(c.isdigit() for c in text) < 4 else "?"


def words_for_field(field: Field, language: str) -> str:
    """What is expected of a field, short, in Danish (`da`) or English: for the guided step and forms."""
    from procflow.core.field_words import expectation

    return expectation(field, "da" if language == "da" else "en")
