"""What one report is made with: the days, the organisation as it stood, the cases, and what its reader may see.

Every report is a value of `Report`: who may see it, and a function from a `Reader` to its tables. It must not know
forms, commands or concrete stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from msgspec import Struct

from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure, Text
from procflow.ports import Store
from procflow.records.reports.facts import NOBODY, CaseFacts, Unit
from procflow.records.reports.period import Period
from procflow.records.reports.reading import Standing, cases_as_of
from procflow.records.reports.sheet import Chart, Figure, Named, Remark, Table, Words

#: Who looks after the work of others: they see every general report, and the names in it.
SUPERVISORS = ("lead", "quality_coach", "manager", "process_owner", "compliance")
#: The organisation's parameters that reports read, with what counts where the organisation has none.
PARAMETERS: Mapping[str, Any] = {
    "survey_source": "",
    "survey_least_answers": 5,
    "survey_important": 6,
    "class_a_turnover": 80,
    "class_b_turnover": 95,
    "class_a_least": 5,
    "class_a_most": 10,
    "class_b_least": 20,
    "class_b_most": 40,
    "class_top_customers": 20,
    "class_top_turnover": 80,
}
COLLEAGUES = Named("colleagues", {"da": "Kolleger", "en": "Colleagues"})


class Parts(Struct, frozen=True):
    """What a report makes; the days and the title are added to it."""

    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    remarks: tuple[Remark, ...] = ()


class Reader:
    """`person` reads; `names` says whether colleagues are named, `own` to which procedures the reader is kept
    (None: to none in particular), `alone` that only the reader's own part is shown. `given` are the report's own
    options, `channels` the mode and the proof (live, recorded, stand-in) of each channel as it is now."""

    def __init__(
        self, store: Store, period: Period, standing: Standing, procedures: Mapping[str, Procedure],
        *, person: str = "", names: bool = True, own: tuple[str, ...] | None = None, alone: bool = False,
        roles: frozenset[str] = frozenset(),
        given: Mapping[str, str] | None = None,
        channels: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:  # fmt: skip
        self.store, self.period, self.standing, self.procedures = store, period, standing, procedures
        self.person, self.names, self.own, self.alone, self.roles = person, names, own, alone, roles
        self.given: Mapping[str, str] = given or {}
        self.channels: Mapping[str, tuple[str, str]] = channels or {}
        self.left_out: set[str] = set()  # the hidden procedures that the report would have counted

    @property
    def organisation(self) -> Organisation:
        return self.standing.organisation

    def cases(self, kinds: frozenset[str], procedures: tuple[str, ...] = ()) -> Iterator[CaseFacts]:
        """The cases that the reader may see, as they stood at the end of the figures."""
        hidden = self.hidden
        self.left_out |= hidden & set(procedures) if procedures else hidden
        if self.own is not None:
            procedures = tuple(name for name in procedures or self.own if name in self.own)
            if not procedures:
                return
        for case in cases_as_of(self.store, self.period.as_of, kinds, procedures):
            if case.procedure in hidden:
                self.left_out.add(case.procedure)
            else:
                yield case

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The procedures whose cases only others may see; no report of this reader counts them."""
        return frozenset(
            name
            for name, found in self.procedures.items()
            if found.visible_to and not self.roles & {*found.visible_to}
        )

    def parameter(self, name: str) -> Any:
        """A parameter of the organisation, or what `PARAMETERS` says where it has none."""
        return self.organisation.parameters.get(name, PARAMETERS[name])

    # words for ids

    def procedure_words(self, name: str) -> Named:
        procedure = self.procedures.get(name)
        return Named(name, _words(None if procedure is None else procedure.title, name))

    def deadline_words(self, procedure: str, name: str) -> Named:
        found = self.procedures.get(procedure)
        deadline = None if found is None else found.deadline.get(name)
        return Named(name, _words(None if deadline is None else deadline.title, name))

    def state_words(self, procedure: str, name: str) -> Named:
        found = self.procedures.get(procedure)
        state = None if found is None else found.state.get(name)
        return Named(name, _words(None if state is None else state.title, name))

    def outcome_words(self, name: str) -> Named:
        return Named(name, dict.fromkeys(("da", "en"), name.replace("_", " ")))

    def role_words(self, role: str) -> Named:
        return Named(role, {lang: self.organisation.role_name(role, lang) for lang in ("da", "en")})

    def unit_of(self, unit: Unit, procedure: str = "") -> Named:
        """The unit that work is with: its role, or the first role of the person it is for; with neither, the
        role that owns the procedure."""
        roles, people = unit if unit != NOBODY else ((), ())
        for role in roles:
            return self.role_words(role)
        for person in people:
            held = self.organisation.people.get(person, {}).get("roles", ())
            if held:
                return self.role_words(held[0])
        found = self.procedures.get(procedure)
        owner = "" if found is None else found.owner
        return self.role_words(owner) if owner else Named("nobody", {"da": "Ingen", "en": "Nobody"})

    def staff(self, person: str) -> Named:
        """A person by name where the reader may know it, else one of the colleagues."""
        if self.names or person == self.person:
            return Named(person, dict.fromkeys(("da", "en"), self.organisation.name_of(person)))
        return COLLEAGUES

    # time

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """How long it was open between two instants."""
        calendar = self.organisation.calendar
        if end <= start:
            return timedelta()
        day, last = calendar.civil_date(start), calendar.civil_date(end)
        total = timedelta()
        while day <= last:
            for opens, closes in self._open(day):
                total += max(min(closes, end) - max(opens, start), timedelta())
            day += timedelta(days=1)
        return total

    @cached_property
    def _open(self) -> Callable[[Any], tuple[tuple[datetime, datetime], ...]]:
        calendar = self.organisation.calendar
        return lambda day: calendar.day(day).open


class Report(Struct, frozen=True):
    """`see` are the roles that may see it whole; `owners` says that the owner of a procedure sees the part of his
    procedures, without the names of colleagues; people with a role of `own` see their own part. `options` are the
    names that `--set` takes."""

    name: str
    title: Words
    line: Words
    build: Callable[[Reader], Parts]
    see: tuple[str, ...] = SUPERVISORS
    owners: bool = True
    own: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def _words(text: Text | None, otherwise: str) -> Words:
    """The words of a title; one that is filled with values, or missing, gives way to the id."""
    spoken = dict.fromkeys(("da", "en"), otherwise.replace("_", " "))
    if text is None:
        return spoken
    found = {}
    for language in {"da", "en", *(language for language in text.languages if language)}:
        template = text.template(language)
        parts = template.parts if template is not None else ()
        if parts and all(isinstance(part, str) for part in parts):
            found[language] = "".join(map(str, parts))
    return {**spoken, **found}
