"""The organisation, the named types and the reference tables: documents that say no behaviour.

Each is built after the schema has passed, and gives every problem at once. It must not know where files lie.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from procflow.core.calendar import Calendar, calendar_from_yaml_values
from procflow.core.opening import closed_days, week_of
from procflow.core.organisation import NEVER_IN_FREE_TEXT, Organisation
from procflow.core.procedure import Field
from procflow.core.times import Span, TimeSyntaxError, parse_time
from procflow.core.values import Value
from procflow.definitions.build_fields import check_pattern
from procflow.definitions.building import Builder, key_place, place, texts
from procflow.definitions.holidays_of import public_holidays
from procflow.definitions.nodes import At, YList, YMap, YText, items_of, plain_value, submap
from procflow.errors import CalendarError, Diagnostic, PluginError

#: The years for which public holidays are computed, where the country's are known.
FIRST_YEAR, LAST_YEAR = 2000, 2075

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ALWAYS_OPEN = {"mon-sun": "00:00-24:00"}
_PERSON_KEYS = ("name", "mail", "phone", "region", "mate")


#: Closed days that plugins know: the calendar's name -> a function from a year to them (ISO date -> the day's name).
Calendars = Mapping[str, Callable[[int], Mapping[str, str]]]


def build_organisation(
    document: YMap, path: str, calendars: Calendars | None = None
) -> tuple[Organisation | None, list[Diagnostic]]:
    """The organisation that a document says; None where it has problems. `calendars` are the plugins'."""
    b = Builder(path)
    languages, zone = spoken_and_zone(document)
    roles = {str(name): _names(item) for name, item in submap(document, "roles").items()}
    people = {str(name): _person(item) for name, item in submap(document, "people").items()}
    _known_names(b, document, roles, people)
    calendar = _calendar(b, document, languages[0], zone, calendars or {})
    parameters = {str(name): parameter(item) for name, item in submap(document, "parameters").items()}
    never = submap(document, "parameters").get(NEVER_IN_FREE_TEXT)
    if isinstance(never, YText):
        check_pattern(b, never)
    b.doubt_in(submap(document, "parameters"))
    if any(problem.is_error for problem in b.problems) or calendar is None:
        return None, b.found()
    made = Organisation(
        name=str(document["organisation"]),
        calendar=calendar,
        languages=languages,
        stand_in=texts(document.get("stand_in")),
        roles=roles,
        people=people,
        # in small letters, as the addresses that a mail was sent to are compared with them
        mailboxes={str(name): str(item).lower() for name, item in submap(document, "mailboxes").items()},
        parameters=parameters,
    )
    return made, b.found()


def spoken_and_zone(document: YMap) -> tuple[tuple[str, ...], str]:
    """The languages and the time zone that an organisation's document says, or that hold where it says none."""
    return texts(document.get("languages")) or ("en",), str(document.get("timezone") or "UTC")


def _names(node: Any) -> dict[str, str]:
    """A role's name in each language; one text is its name in all of them."""
    if isinstance(node, YMap):
        return {str(language): str(text) for language, text in node.items()}
    return {"": str(node)} if node else {}


def _person(node: Any) -> dict[str, Any]:
    """What is known of a person; figures (a phone, a code) stay as written."""
    facts: dict[str, Any] = {}
    for key, item in (node or {}).items():
        if key == "roles":
            facts["roles"] = list(texts(item))
        elif key in _PERSON_KEYS:
            facts[str(key)] = str(item) if item else None
        else:
            facts[str(key)] = plain_value(item)
    return facts


def _known_names(b: Builder, document: YMap, roles: Mapping[str, Any], people: Mapping[str, Any]) -> None:
    """Roles and mates of people, and the words of `stand_in`, must be there."""
    for facts in submap(document, "people").values():
        if not isinstance(facts, YMap):
            continue
        for role in items_of(facts.get("roles")):
            if role not in roles:
                b.unknown(place(role), "PF315", "role", str(role), roles)
        mate = facts.get("mate")
        if mate and mate not in people:
            b.unknown(place(mate), "PF315", "person", str(mate), people)
    for word in items_of(document.get("stand_in")):
        if word != "mate" and word not in roles:
            b.unknown(place(word), "PF315", "role", str(word), ["mate", *roles])


def parameter(node: Any) -> Value:
    """A parameter's value: quoted text is text; unquoted may be a number, a yes/no, a date or a length of time."""
    if isinstance(node, YMap):
        return {str(key): parameter(item) for key, item in node.items()}
    if isinstance(node, YList):
        return tuple([parameter(item) for item in node])
    value = plain_value(node)
    if not isinstance(value, str) or not node.plain:
        return value
    if _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    try:
        time = parse_time(value)
    except TimeSyntaxError:
        return value
    return time if isinstance(time, Span) else value


def _calendar(b: Builder, document: YMap, language: str, zone: str, calendars: Calendars) -> Calendar | None:
    node = submap(document, "calendar")
    hours = node.get("open")
    before = len(b.problems)
    for word in items_of(node.get("closed")):
        _attempt(b, node, word, lambda word=word: closed_days([str(word)]))
    week: dict[str, Any] = {}
    for key, item in (hours if isinstance(hours, YMap) else YMap()).items():
        week[str(key)] = plain_ranges(item)
        _attempt(b, node, key, lambda key=key: week_of({str(key): week[str(key)]}))
    if len(b.problems) > before:
        return None
    country = str(node.get("country", ""))
    found: list[Calendar] = []

    def make() -> None:
        holidays, years = _closed(country, language, calendars)
        closed = [str(word) for word in items_of(node.get("closed"))]
        words = week or _ALWAYS_OPEN
        found.append(calendar_from_yaml_values(zone, country, closed, words, holidays, years=years))

    said = document.get("timezone")
    _attempt(b, YMap({"timezone": said, **node}) if said is not None else node, node.get("country"), make)
    return found[0] if found else None


def _closed(
    country: str, language: str, calendars: Calendars
) -> tuple[Mapping[date, str], tuple[int, int] | None]:
    """The days on which everybody is closed, by name, and the years for which they are known, where that need not be
    looked up in them; of a plugin's calendar what that says. Raises CalendarError."""
    if country not in calendars:
        if not country:
            return {}, None
        found = public_holidays(country, FIRST_YEAR, LAST_YEAR, language)
        return found, found.years()
    days: dict[date, str] = {}
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        try:
            said = calendars[country](year)
            days |= {date.fromisoformat(day): str(name) for day, name in said.items()}
        except PluginError as why:
            raise CalendarError(why.message, "look at the plugin", {"word": country}) from why
        except (AttributeError, TypeError, ValueError) as why:
            said_so = f"the calendar {country} of a plugin gives no days for {year}: {why}"
            raise CalendarError(said_so, "each is written year-month-day: name", {"word": country}) from why
    return days, None


def plain_ranges(node: Any) -> Any:
    return [str(item) for item in node] if isinstance(node, YList) else str(node)


def _attempt(b: Builder, node: YMap, suspect: Any, make: Any) -> None:
    """Do it; a CalendarError becomes a diagnostic at the word that it names, else at `suspect`."""
    try:
        make()
    except CalendarError as wrong:
        at = _place_of(node, str(wrong.facts.get("word", ""))) or (
            place(suspect) if suspect is not None else place(node)
        )
        hint = wrong.hint if not wrong.hint or " " in wrong.hint else f"did you mean `{wrong.hint}`?"
        b.problem(at, "PF224", wrong.message, hint)


def _place_of(node: Any, word: str) -> At | None:
    """Where a word stands below a node, in a key or a value: alone, or else as a part of another text."""
    found = list(_texts_below(node)) if word else []
    whole = next((place(text) for text in found if text == word), None)
    return whole or next((text.position(text.index(word)) for text in found if word in text), None)


def _texts_below(node: Any) -> Iterator[YText]:
    """Every key and text below a node, in the order of the file."""
    if isinstance(node, YText):
        yield node
    elif isinstance(node, YMap):
        for key, item in node.items():
            yield from _texts_below(key)
            yield from _texts_below(item)
    elif isinstance(node, YList):
        for item in node:
            yield from _texts_below(item)


def build_types(
    document: YMap, path: str, languages: Sequence[str] = (), zone: str = "UTC"
) -> tuple[dict[str, Field], list[Diagnostic]]:
    """The named types, resolved: a type may be built of others, in any order, but not of itself."""
    from procflow.core.fields import TYPES
    from procflow.definitions.build_fields import build_field

    node = submap(document, "types")
    done: dict[str, Field] = {}
    b = Builder(path, done, languages, zone)
    under_way: list[str] = []

    def resolve(name: str, used_at: At) -> None:
        if name in done:
            return
        if name in under_way:
            ring = " -> ".join([*under_way[under_way.index(name) :], name])
            b.problem(
                used_at, "PF223", f"the type `{name}` is built of itself: {ring}", "name a built-in type"
            )
            done[name] = Field(name, "", at=key_place(node, name))
            return
        under_way.append(name)
        for word in _types_in(node[name]):
            if word in node and word not in TYPES:
                resolve(str(word), place(word))
        under_way.pop()
        if name not in done:
            done[name] = build_field(b, name, node[name], key_place(node, name))

    for name in node:
        at = key_place(node, name)
        if name in TYPES:
            b.problem(at, "PF223", f"`{name}` is a built-in type", "give the type a name of its own")
            continue
        resolve(str(name), at)
    return done, b.found()


def _types_in(node: Any) -> Iterator[YText]:
    """Every word of a type in a field's schema, its parts' too."""
    if isinstance(node, YText):
        yield node
    elif isinstance(node, YMap):
        if isinstance(node.get("type"), YText):
            yield node["type"]
        if isinstance(node.get("items"), YMap | YText):
            yield from _types_in(node["items"])
        properties = node.get("properties")
        for part in properties.values() if isinstance(properties, YMap) else ():
            yield from _types_in(part)
