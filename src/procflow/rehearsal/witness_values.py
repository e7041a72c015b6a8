"""Values that a witness may enter in a field: those on which the conditions turn, and plain ones that people know.

Every value given fits its field. Files are made, small and real, under names beside the scenario. It must not know
which of the values leads where.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice, product
from typing import Any

from procflow.core.field_formats import read_instant
from procflow.core.field_problems import Wrong
from procflow.core.fields import FieldContext, check_value
from procflow.core.organisation import Surroundings
from procflow.core.patterns import pattern
from procflow.core.procedure import Field
from procflow.core.step import field_context
from procflow.core.times import Span
from procflow.core.values import is_number
from procflow.errors import CalendarError, EvaluationError
from procflow.rehearsal.witness_constants import Constants
from procflow.rehearsal.witness_files import content_of, kind_of

#: What a text is made of where a pattern wants one; figures first, then letters, then signs.
ALPHABET = "1234567890aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZæÆøØåÅ -.,:;/@+_#()'\"!?&=%*"
PHONES = ("+4571999901", "+4571999902")
ADDRESSES = ("mette.holm@example.com", "ib.lund@example.com")
_NAMES = {
    "first": "Mette",
    "last": "Holm",
    "fornavn": "Mette",
    "efternavn": "Holm",
    "name": "Mette Holm",
    "navn": "Mette Holm",
}
_TEXTS = ("As the customer said", "Something else this time")
_DAYS = (1, -1, 0, 7, -7, 30, -30, 90, -90, 370, -370)
_MOST = 24
#: Texts that a pattern lets pass and that begin or end as is asked for.
_WITH_PARTS = 8
#: Things of a list.
_LONGEST = 20
#: Numbers of the case with which another may be compared.
_OTHERS = 3


def _with_parts(wanted: str, texts: Sequence[str], parts: Sequence[str]) -> Iterator[str]:
    """What a pattern lets pass with one of the parts at its beginning, and the same or another at its end."""
    lets_pass = pattern(wanted)
    for text in dict.fromkeys(texts):
        for first, last in product(("", *parts), repeat=2):
            made = first + text[len(first) : len(text) - len(last)] + last
            if made != text and len(made) == len(text) and lets_pass.search(made, lambda steps: None):
                yield made


def _alphabets(parts: Sequence[str]) -> Iterator[str]:
    """Those that begin with a letter with which something asked for begins, and the one without any of these."""
    first = "".join(dict.fromkeys(part[0] for part in parts if part))
    yield from (letter + ALPHABET.replace(letter, "") for letter in first)
    if first:
        yield "".join(letter for letter in ALPHABET if letter not in first)


@lru_cache(maxsize=2048)
def example_of(text: str, letters: str, least: int = 0) -> str | None:
    """The shortest text of these letters that a pattern lets pass, sought once: each try asks for the same few again.
    Raises EvaluationError."""
    return pattern(text).example(letters, least)


@dataclass
class Values:
    """Values for the fields of one procedure. `files` are those that were used: name -> content."""

    constants: Constants
    surroundings: Surroundings
    mined: Mapping[tuple[str, str], Iterable[Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def of(
        self,
        field: Field,
        names: Iterable[str],
        now: datetime,
        data: Mapping[str, Any],
        where: str = "",
        first: Iterable[Any] = (),
    ) -> list[Any]:
        """Plain values for a field, the likeliest first, as a scenario writes them; `names` are its paths in
        conditions, `where` is the choice that asks for it, `first` what is to be tried before anything else."""
        found: list[Any] = []
        context = field_context(self.surroundings)
        names = list(names)
        mined = self.mined.get((where, field.name), ()) or self.mined.get(("", field.name), ())
        for value in (*first, *self._of(field, names, now, data, mined)):
            plain = _written(value, context.zone)
            if any(type(plain) is type(known) and plain == known for known in found):
                continue
            if field.type == "file" or _fits(field, plain, context):
                found.append(plain)
            if len(found) >= _MOST:
                break
        return found

    def apart(self, field: Field, now: datetime, n: int) -> Any:
        """The `n`th value for a field of those that are not the same; None where there are not so many."""
        found = self.of(field, [field.name], now, {})
        own = field.schema.get("pattern")
        if n >= len(found) and own:  # other figures, and other letters
            figures, letters = ALPHABET[:10], ALPHABET[10:]
            turned = [
                figures[k:] + figures[:k] + letters[2 * k :] + letters[: 2 * k]
                for k in range(1, len(figures))
            ]
            least = field.schema.get("minLength", 0)
            found = self.of(
                field, [field.name], now, {}, "", (*found, *(example_of(own, t, least) for t in turned))
            )
        return found[n] if n < len(found) else None

    def _of(
        self, field: Field, names: list[str], now: datetime, data: Mapping[str, Any], mined: Iterable[Any]
    ) -> Iterator[Any]:
        constants = [value for name in names for value in self.constants.values.get(name, ())]
        schema = field.schema
        if "const" in schema:
            yield schema["const"]
            return
        if "enum" in schema:
            yield from (word for word in schema["enum"] if word is not None)
            return
        if field.type not in ("string", "plain_text", ""):
            yield from self._typed(field, names, now, data, constants, mined)
            return
        yield from (value for value in mined if isinstance(value, str))
        yield from (value for value in constants if isinstance(value, str))
        yield from (
            data.get(twin) for name in names for twin in self.constants.equals.get(name, ()) if data.get(twin)
        )
        yield from self._keys(names)
        yield from self._texts(field, names)

    def _typed(
        self,
        field: Field,
        names: list[str],
        now: datetime,
        data: Mapping[str, Any],
        constants: list[Any],
        mined: Iterable[Any],
    ) -> Iterator[Any]:
        kind = field.type
        if kind == "tick":
            yield True
        elif kind == "boolean":
            yield from (True, False)
        elif kind in ("integer", "number"):
            yield from self._numbers(field, names, constants, mined, data)
        elif kind == "date":
            yield from (value for value in mined if isinstance(value, str))
            yield from self._dates(constants, now)
        elif kind == "instant":
            yield from self._instants(constants, now)
        elif kind == "duration":
            yield from (*(v for v in mined if isinstance(v, str)), *map(str, constants), "1 day", "2 hours")
        elif kind == "email":
            yield from (*(v for v in mined if isinstance(v, str)), *constants, *ADDRESSES)
        elif kind == "phone":
            yield from (*(v for v in mined if isinstance(v, str)), *constants, *PHONES)
        elif kind == "person":
            yield from (*constants, *self.surroundings.organisation.people)
        elif kind == "role":
            yield from (*constants, *self.surroundings.organisation.roles)
        elif kind == "file":
            yield self.file(field)
        elif kind == "array" and field.items is not None:
            yield from self._lists(field, names, now, data)
        elif kind == "object":
            yield from self._objects(field, names, now, data)

    def _keys(self, names: list[str]) -> Iterator[str]:
        """Keys of the tables in which the value is looked up."""
        for table in (t for name in names for t in self.constants.tables.get(name, ())):
            known = self.surroundings.tables.get(table)
            if known is not None:
                key = known.key or known.columns[0].name
                yield from (str(row.get(key)) for version in known.versions for row in version.rows[:4])

    def _texts(self, field: Field, names: list[str]) -> Iterator[str]:
        least = field.schema.get("minLength", 0)
        wanted = [p for name in names for p in self.constants.patterns.get(name, ())]
        own = field.schema.get("pattern")
        parts = [part for name in names for part in self.constants.parts.get(name, ())]
        for part in parts:
            yield from (part, f"{part} {_TEXTS[0]}", f"{_TEXTS[0]} {part}", f"{_TEXTS[0]} {part} today")
        for each in [*wanted, *([own] if own else [])]:
            try:
                made = [example_of(each, ALPHABET, size) for size in (least, least + 3)]
                made += [example_of(each, letters, least) for letters in _alphabets(parts)]
            except EvaluationError:
                continue
            yield from (text for text in made if text)
            yield from islice(_with_parts(each, [text for text in made if text], parts), _WITH_PARTS)
        if own is None:
            lower = field.name.casefold()
            yield from (text for word, text in _NAMES.items() if word in lower)
        for base in _TEXTS:
            yield (
                base
                if len(base) >= least
                else (f"{base}, " * (least // len(base) + 1))[: least + 5].strip(" ,") + "."
            )
        for length in (n for name in names for n in self.constants.lengths.get(name, ())):
            yield from ("x" * n for n in (length, length + 1, length - 1) if n > 0)
        most = field.schema.get("maxLength")
        if most is not None and most < len(_TEXTS[0]):
            yield from (_TEXTS[0][:most].strip(), "AB"[:most], "A")
        yield "104233"

    def _numbers(
        self,
        field: Field,
        names: list[str],
        constants: list[Any],
        mined: Iterable[Any],
        data: Mapping[str, Any],
    ) -> Iterator[Any]:
        step: Any = 1 if field.type == "integer" else Decimal("0.01")
        low, high = field.schema.get("minimum"), field.schema.get("maximum")
        yield from (value for value in mined if is_number(value))
        for name in names:
            for even in (balance.of(name, data) for balance in self.constants.balances.get(name, ())):
                yield from (even, even + step, even - step) if even is not None else ()
        for value in (v for v in constants if is_number(v)):
            yield from (value, value + step, value - step, value + 1, value - 1)
        yield from (v for v in (low, high) if is_number(v))
        multiple = field.schema.get("multipleOf")
        if multiple is not None and is_number(multiple):
            yield from (multiple, multiple * 2)
        for other in [v for name, v in data.items() if name != field.name and is_number(v)][:_OTHERS]:
            yield from (other, other + step, other - step, other * 2, other + 1000)
        yield from (1, 100, 0, 1000, -1)

    def _dates(self, constants: list[Any], now: datetime) -> Iterator[date]:
        calendar = self.surroundings.calendar
        today = calendar.civil_date(now)
        for value in constants:
            if day := _day(value):
                yield from (day, day + timedelta(1), day - timedelta(1))
        for span in self.constants.spans:
            try:
                away = calendar.civil_date(calendar.add(now, span)) - today
            except (CalendarError, EvaluationError):
                continue
            yield from (today + away, today + away + timedelta(1), today + away - timedelta(1), today - away)
        yield from (today + timedelta(days) for days in _DAYS)

    def _instants(self, constants: list[Any], now: datetime) -> Iterator[datetime]:
        tz = self.surroundings.calendar.tz
        for value in constants:
            moment = value if isinstance(value, datetime) else _moment(value, tz)
            if moment is not None:
                yield from (moment + timedelta(minutes=n) for n in (0, 1, -1))
        for span in self.constants.spans:
            try:
                away = self.surroundings.calendar.add(now, span) - now
            except (CalendarError, EvaluationError):
                continue
            yield from (now + away, now + away + timedelta(minutes=1), now - away)
        yield now
        yield from (now + timedelta(hours=h) for h in (1, -1, 24, -24, 24 * 7, -24 * 7, 24 * 40, -24 * 40))

    def _lists(self, field: Field, names: list[str], now: datetime, data: Mapping[str, Any]) -> Iterator[Any]:
        assert field.items is not None
        items = self.of(field.items, names, now, data)
        least = max(1, field.schema.get("minItems", 0))
        sizes = {
            least,
            least + 1,
            *(n + d for name in names for n in self.constants.lengths.get(name, ()) for d in (0, 1)),
        }
        yield from ([item] for item in items[:8] if least == 1)
        for size in sorted(size for size in sizes if 1 < size <= _LONGEST):
            yield (
                (items * size)[:size] if not field.schema.get("uniqueItems") or len(items) >= size else items
            )
            yield from ([other, *[items[0]] * (size - 1)] for other in items[1:4])
        yield from ([items[0], other] for other in items[2:8] if least <= 2)

    def _objects(
        self, field: Field, names: list[str], now: datetime, data: Mapping[str, Any]
    ) -> Iterator[Any]:
        options = {
            part.name: self.of(part, [f"{name}.{part.name}" for name in names], now, data)
            for part in field.properties
        }
        first = {name: values[0] for name, values in options.items() if values}
        yield first
        for whole in [whole for name in names for whole in self.constants.wholes.get(name, ())]:
            made = {
                name: next(_asked(options[name], *asked), None)
                for name, asked in whole.items()
                if name in options
            }
            if made and None not in made.values():
                yield {**first, **made}
        for name in first.keys() - set(field.required):
            yield {other: value for other, value in first.items() if other != name}
        for n in range(1, _MOST_OF_A_PART):
            for name, values in options.items():
                yield from ({**first, name: value} for value in values[n : n + 1])

    # files

    def file(self, field: Field) -> str:
        """The path of a file that the field takes; it is made when it is first asked for."""
        kind = kind_of(field)
        name = f"fixtures/witness.{kind}"
        self.files[name] = content_of(kind)
        return name


#: Values of one part of an object.
_MOST_OF_A_PART = 6
_COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def _asked(options: Sequence[Any], order: str, value: Any) -> Iterator[Any]:
    """Those of the values of a part that stand so to what it is compared with."""
    compare = _COMPARES[order]
    for option in options:
        try:
            if compare(option, value):
                yield option
        except TypeError:
            continue


def _fits(field: Field, value: Any, context: FieldContext) -> bool:
    if field.type == "array" and field.items is not None and field.items.type == "file":
        return True
    if field.type == "object" and any(part.type == "file" for part in field.properties):
        return True
    try:
        typed, problems = check_value(field, value, context)
    except EvaluationError:
        return False
    return not problems and typed not in (None, "", ())


def _written(value: Any, zone: str) -> Any:
    """A value as a scenario writes it: instants as local text to the minute, days as text."""
    from zoneinfo import ZoneInfo

    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone))
        return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Span):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _written(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item, zone) for item in value]
    return value


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _moment(value: Any, tz: Any) -> datetime | None:
    try:
        return read_instant(str(value), tz)
    except (Wrong, ValueError):
        return None
