"""Reports for those who may see them. Every look, and every refused one, is kept in the access log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from procflow.app.seeing import Seeing
from procflow.errors import NotAllowed, NotFound, UsageError, words_in_both

if TYPE_CHECKING:
    from procflow.core.organisation import Organisation
    from procflow.records.reports.reader import Report
    from procflow.records.reports.sheet import Sheet


class Sight(Struct, frozen=True):
    """Everything; or some procedures; or only what is one's own."""

    whole: bool = False
    procedures: tuple[str, ...] | None = None
    alone: bool = False


class Reporting(Seeing):
    """The part of the app that counts what was done."""

    def report(
        self,
        name: str,
        first: date | None,
        last: date | None,
        by: str,
        given: Mapping[str, str] | None = None,
    ) -> Sheet:
        """A report of some days as `by` may see it. Raises NotFound, NotAllowed and UsageError."""
        from procflow.records.reports import find, make
        from procflow.records.reports.period import period_of
        from procflow.records.reports.reader import Reader
        from procflow.records.reports.reading import standing

        found = find(name)
        unknown = sorted(set(given or {}) - set(found.options))
        if unknown:
            names = ", ".join(found.options)
            raise UsageError(
                *words_in_both(
                    f"the report {name} has no option {unknown[0]!r}",
                    f"rapporten {name} har ikke valget {unknown[0]!r}",
                    f"it takes {names or 'none'}", f"den har {names or 'ingen'}", parameter="options",
                )
            )  # fmt: skip
        by = self.allow("report.read", by)
        now = self.world.now()
        surroundings = self.engine.surroundings()
        period = period_of(surroundings.calendar, first, last, now)
        person = self._person(by)
        about = f"{name} {period.first}..{period.last}"
        seeing = self._seeing(found, person)
        if seeing is None:
            self.store.log_access(now, person, "report", "", about, "not_allowed")
            raise _not_for(person, found, surroundings.organisation)
        self.looked(person, "report", "", about)
        procedures = {
            each: self.engine.procedure(hash_) for each, hash_ in self.store.names_in_force("procedure")
        }
        reader = Reader(
            self.store, period, standing(self.store, period.as_of), procedures,
            person=person, names=seeing.whole, own=seeing.procedures, alone=seeing.alone, given=given,
            roles=frozenset(surroundings.organisation.people.get(person, {}).get("roles", ())),
            channels=self._channels_now() if found.name == "deliveries" else {},
        )  # fmt: skip
        from procflow.hosts.recurring import Recurring

        recurs = Recurring(self.engine).next()
        return make(found, reader, recurs is not None and recurs.at < period.as_of)

    def _channels_now(self) -> dict[str, tuple[str, str]]:
        """channel -> (its mode, what it was tried against)."""
        found = self.plugins.channels
        return {name: (self.channels.mode(name), each.channel.verified) for name, each in found.items()}

    def import_figures(
        self, kind: str, name: str, content: bytes, by: str, *, hand_picked: bool = False
    ) -> tuple[int, list[str]]:
        """Keep figures that reports count, under a name; the same name again replaces them from here on. -> how
        many rows, and what in them contradicts itself, in words.

        Raises BrokenDocument with every faulty cell (nothing is stored), NotAllowed and UsageError.
        """
        from hashlib import sha256

        from procflow.core.journal import FiguresImported
        from procflow.records.reports import REPORTS, figures
        from procflow.records.reports.survey_means import contradictions

        form, name = figures.form_of(kind), figures.check_name(name)
        now, person = self.world.now(), self.allow("report.import", by)
        seen_in = next(report for report in REPORTS.values() if kind in report.options)
        sight = self._seeing(seen_in, person)
        if sight is None or not sight.whole:
            self.store.log_access(now, person, "import", "", f"{kind} {name}", "not_allowed")
            raise NotAllowed(
                f"figures of the kind {kind} are not brought in by {by}",
                "ask somebody who may see the report " + seen_in.name,
            )
        self.one_clock(mark=True)
        self.publish()
        rows = figures.read_csv(form, content)
        document = figures.to_document(kind, rows, {"hand_picked": True} if hand_picked else {})
        hash_ = sha256(document).hexdigest()
        self.store.publish([(hash_, "figures", f"{kind}/{name}", document)], now)
        entry = FiguresImported(kind, name, hash_, person)
        self.engine.organise(f"import:{self.world.new_id()}", (entry,))
        return len(rows), contradictions(rows) if kind == "survey" else []

    def reports_for(self, by: str) -> list[Report]:
        """The reports that a person may see, in their order; all of them for nobody in particular."""
        from procflow.records.reports import REPORTS

        if not by and self.actor.way in ("os", "host"):
            return list(REPORTS.values())
        if not self.may("report.read", by).allowed:
            return []
        person = self._person(by or self.actor.person)
        return [report for report in REPORTS.values() if self._seeing(report, person) is not None]

    def _seeing(self, report: Report, person: str) -> Sight | None:
        """How much of a report a person sees; None for nothing."""
        organisation = self.engine.surroundings().organisation
        roles = set(organisation.people.get(person, {}).get("roles", ()))
        if roles & {*report.see, *(self.settings.reports if report.owners else ())}:
            return Sight(whole=True)
        if report.owners:
            owned = tuple(
                name
                for name, hash_ in self.store.names_in_force("procedure")
                if self.engine.procedure(hash_).owner in roles
            )
            if owned:
                return Sight(procedures=owned)
        return Sight(alone=True) if roles & set(report.own) else None

    def form(self, name: str) -> Callable[..., Any]:
        """What writes a report in a form, ours or a plugin's. Raises NotFound."""
        from procflow.core.nearest import did_you_mean
        from procflow.records.reports.forms import register_exporters

        own = register_exporters()
        if name in own:
            return own[name]
        others = self.plugins.exporters()
        if name not in others:
            known = (*own, *(each for each in others if each not in own))
            names = ", ".join(known)
            raise NotFound(
                *words_in_both(
                    f"there is no form {name!r} of reports", f"rapporter har ingen form {name!r}",
                    did_you_mean(name, known) or f"there are {names}",
                    did_you_mean(name, known, "da") or f"der er {names}", parameter="format",
                )
            )  # fmt: skip
        return others[name]


def _not_for(person: str, report: Report, organisation: Organisation) -> NotAllowed:
    """That a report is not for somebody, and for whom it is."""
    seers = [role for role in report.see if role in organisation.roles]
    roles = {each: ", ".join(organisation.role_name(role, each) for role in seers) for each in ("en", "da")}
    who = organisation.name_of(person)
    return NotAllowed(
        *words_in_both(
            f"the report {report.name} is not for {who}", f"rapporten {report.name} er ikke for {who}",
            f"it is for: {roles['en'] or 'the owners of procedures'}",
            f"den er for: {roles['da'] or 'procedurernes ejere'}", report=report.name, person=person,
        )
    )  # fmt: skip
