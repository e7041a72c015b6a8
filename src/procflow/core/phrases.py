"""The words of each language that times and derivations are told in: da, en, nb, nl.

Data only. A derivation keeps phrase ids, so a phrase may be reworded here, but its id stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from procflow.core.spans import UNIT_WORDS


class Tongue(Struct, frozen=True):
    """How one language writes dates, clocks, units and numbers. `place` is its column in the phrases."""

    place: int
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    instant: str
    at_clock: str
    clock_mark: str
    decimal_mark: str
    near: Mapping[int, str]
    short_date: str
    short: str
    both: str
    short_units: tuple[str, str, str, str]
    units: Mapping[str, tuple[str, str]]


def tongue_of(language: str) -> Tongue:
    """The language of a code such as `da` or `da-DK`; English where it is not known."""
    found = _TONGUES.get(language)
    if found is None:
        base = language.replace("_", "-").partition("-")[0].lower()
        found = _TONGUES.get({"no": "nb", "nn": "nb"}.get(base, base), _TONGUES["en"])
    return found


def _units(text: str) -> Mapping[str, tuple[str, str]]:
    """`one/many` of each unit, in the order of the language of time's own table."""
    pairs = (pair.split("/") for pair in text.split(", "))
    return {name: (one, many) for name, (one, many) in zip(UNIT_WORDS, pairs, strict=True)}


_NORDIC = "januar februar {} april {} {} {} august september oktober november {}"

_TONGUES = {
    "da": Tongue(
        place=0,
        weekdays=("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
        months=tuple(_NORDIC.format("marts", "maj", "juni", "juli", "december").split()),
        date="{weekday} den {day}. {month}",
        instant="{date} kl. {clock}",
        at_clock="kl. {clock}",
        clock_mark=".",
        decimal_mark=",",
        near={-1: "i går", 0: "i dag", 1: "i morgen"},
        short_date="{weekday} den {day}. {month}",
        short="{date} kl. {clock}",
        both=" og ",
        short_units=("d", "t", "min", "s"),
        units=_units(
            "sekund/sekunder, minut/minutter, time/timer, time på åbne dage/timer på åbne dage, dag/dage, "
            "uge/uger, måned/måneder, år/år, arbejdsdag/arbejdsdage, åbningstime/åbningstimer"
        ),
    ),
    "en": Tongue(
        place=1,
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ),
        date="{weekday} {day} {month}",
        instant="{date} at {clock}",
        at_clock="{clock}",
        clock_mark=":",
        decimal_mark=".",
        near={-1: "yesterday", 0: "today", 1: "tomorrow"},
        short_date="{weekday} {day} {month}",
        short="{date} {clock}",
        both=" and ",
        short_units=("d", "h", "min", "s"),
        units=_units(
            "second/seconds, minute/minutes, hour/hours, hour on open days/hours on open days, day/days, "
            "week/weeks, month/months, year/years, working day/working days, open hour/open hours"
        ),
    ),
    "nb": Tongue(
        place=2,
        weekdays=("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
        months=tuple(_NORDIC.format("mars", "mai", "juni", "juli", "desember").split()),
        date="{weekday} {day}. {month}",
        instant="{date} kl. {clock}",
        at_clock="kl. {clock}",
        clock_mark=".",
        decimal_mark=",",
        near={-1: "i går", 0: "i dag", 1: "i morgen"},
        short_date="{weekday} {day}. {month}",
        short="{date} kl. {clock}",
        both=" og ",
        short_units=("d", "t", "min", "s"),
        units=_units(
            "sekund/sekunder, minutt/minutter, time/timer, time på åpne dager/timer på åpne dager, dag/dager, "
            "uke/uker, måned/måneder, år/år, arbeidsdag/arbeidsdager, åpningstime/åpningstimer"
        ),
    ),
    "nl": Tongue(
        place=3,
        weekdays=("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        months=(
            "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
            "november", "december",
        ),
        date="{weekday} {day} {month}",
        instant="{date} om {clock}",
        at_clock="{clock} uur",
        clock_mark=":",
        decimal_mark=",",
        near={-1: "gisteren", 0: "vandaag", 1: "morgen"},
        short_date="{weekday} {day} {month}",
        short="{date} {clock}",
        both=" en ",
        short_units=("d", "u", "min", "s"),
        units=_units(
            "seconde/seconden, minuut/minuten, uur/uur, uur op open dagen/uur op open dagen, dag/dagen, "
            "week/weken, maand/maanden, jaar/jaar, werkdag/werkdagen, openingsuur/openingsuren"
        ),
    ),
}  # fmt: skip

#: Why a day is closed, where it has no name of its own.
REASONS: Mapping[str, tuple[str, str, str, str]] = {
    "weekend": ("weekend", "weekend", "helg", "weekend"),
    "no_hours": ("ingen åbningstid", "no opening hours", "ingen åpningstid", "geen openingstijd"),
    "custom": ("lukket efter egen kalender", "closed by custom", "stengt etter egen kalender", "gesloten volgens eigen kalender"),
    "holiday": ("helligdag", "public holiday", "helligdag", "feestdag"),
}  # fmt: skip

CLOCK_WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "opening": ("åbningstid", "opening time", "åpningstid", "openingstijd"),
    "closing": ("lukketid", "closing time", "stengetid", "sluitingstijd"),
}

#: Phrase id -> its sentence in da, en, nb, nl.
PHRASES: Mapping[str, tuple[str, str, str, str]] = {
    "start": (
        "Der tælles fra {at}.",
        "It counts from {at}.",
        "Det telles fra {at}.",
        "Er wordt geteld vanaf {at}.",
    ),
    "elapsed": (
        "{span} uden pause: nætter og lukkede dage tæller med.",
        "{span} without a pause: nights and closed days count too.",
        "{span} uten pause: netter og stengte dager teller med.",
        "{span} zonder pauze: nachten en gesloten dagen tellen mee.",
    ),
    "elapsed_paused": (
        "{span}: nætter og lukkede dage tæller med.",
        "{span}: nights and closed days count too.",
        "{span}: netter og stengte dager teller med.",
        "{span}: nachten en gesloten dagen tellen mee.",
    ),
    "stood_still": (
        "Uret stod stille fra {since} til {until}.",
        "The clock stood still from {since} until {until}.",
        "Klokken sto stille fra {since} til {until}.",
        "De klok stond stil van {since} tot {until}.",
    ),
    "hours_on_open_days": (
        "{span}: uret står stille på lukkede dage, fra midnat til midnat, og løber om natten.",
        "{span}: the clock stands still on closed days, from midnight to midnight, and runs at night.",
        "{span}: klokken står stille på stengte dager, fra midnatt til midnatt, og går om natten.",
        "{span}: de klok staat stil op gesloten dagen, van middernacht tot middernacht, en loopt 's nachts.",
    ),
    "open_hours": (
        "{span}: kun åbningstiden tæller.",
        "{span}: only opening hours count.",
        "{span}: bare åpningstiden teller.",
        "{span}: alleen openingstijd telt.",
    ),
    "calendar": (
        "{span} efter kalenderen: klokkeslættet er det samme.",
        "{span} by the calendar: the time of day stays the same.",
        "{span} etter kalenderen: klokkeslettet er det samme.",
        "{span} volgens de kalender: het tijdstip blijft hetzelfde.",
    ),
    "working_days": (
        "{span}: dagen, hvor der tælles fra, er ikke med, og fristen slutter ved lukketid.",
        "{span}: the day it counts from is not one of them, and it ends at closing time.",
        "{span}: dagen det telles fra, er ikke med, og fristen slutter ved stengetid.",
        "{span}: de dag vanaf wanneer wordt geteld telt niet mee, en het eindigt bij sluitingstijd.",
    ),
    "working_days_back": (
        "{span} tilbage: klokkeslættet er det samme.",
        "{span} back: the time of day stays the same.",
        "{span} tilbake: klokkeslettet er det samme.",
        "{span} terug: het tijdstip blijft hetzelfde.",
    ),
    "closed": (
        "Lukkede dage, der ikke tæller: {days}.",
        "Closed days, not counted: {days}.",
        "Stengte dager som ikke teller: {days}.",
        "Gesloten dagen, niet meegeteld: {days}.",
    ),
    "clamped": (
        "Måneden har ingen dag {wanted}, så det er dens sidste dag, {day}.",
        "The month has no day {wanted}, so it is its last day, {day}.",
        "Måneden har ingen dag {wanted}, så det er dens siste dag, {day}.",
        "De maand heeft geen dag {wanted}, dus het is de laatste dag, {day}.",
    ),
    "clock_change": ("", "", "", ""),
    "forward": (
        "Uret stilles {by} frem {at} ({from} bliver til {to}).",
        "The clock goes forward {by} on {at} ({from} becomes {to}).",
        "Klokken stilles {by} frem {at} ({from} blir til {to}).",
        "De klok gaat {by} vooruit op {at} ({from} wordt {to}).",
    ),
    "backward": (
        "Uret stilles {by} tilbage {at} ({from} bliver til {to}).",
        "The clock goes back {by} on {at} ({from} becomes {to}).",
        "Klokken stilles {by} tilbake {at} ({from} blir til {to}).",
        "De klok gaat {by} terug op {at} ({from} wordt {to}).",
    ),
    "gap": (
        "{wall} findes ikke, fordi uret stilles frem; den første tid derefter er {at}.",
        "{wall} does not exist, because the clock goes forward; the first time after it is {at}.",
        "{wall} finnes ikke, fordi klokken stilles frem; den første tiden etterpå er {at}.",
        "{wall} bestaat niet, omdat de klok vooruitgaat; de eerste tijd daarna is {at}.",
    ),
    "overlap": (
        "{wall} kommer to gange, fordi uret stilles tilbage; den første gælder: {at}.",
        "{wall} comes twice, because the clock goes back; the first one counts: {at}.",
        "{wall} kommer to ganger, fordi klokken stilles tilbake; den første gjelder: {at}.",
        "{wall} komt twee keer, omdat de klok teruggaat; de eerste geldt: {at}.",
    ),
    "instant": ("Tidspunktet er givet.", "The instant is given.", "Tidspunktet er gitt.", "Het moment is gegeven."),
    "date": (
        "Datoen er {day}.",
        "The date is {day}.",
        "Datoen er {day}.",
        "De datum is {day}.",
    ),
    "before_date": (
        "{span} før {day}.",
        "{span} before {day}.",
        "{span} før {day}.",
        "{span} vóór {day}.",
    ),
    "after_date": (
        "{span} efter {day}.",
        "{span} after {day}.",
        "{span} etter {day}.",
        "{span} na {day}.",
    ),
    "before_instant": (
        "{span} før {at}.",
        "{span} before {at}.",
        "{span} før {at}.",
        "{span} vóór {at}.",
    ),
    "after_instant": (
        "{span} efter {at}.",
        "{span} after {at}.",
        "{span} etter {at}.",
        "{span} na {at}.",
    ),
    "rolled_back": (
        "{day} er lukket, så det bliver den åbne dag før: {to}.",
        "{day} is closed, so it is the open day before: {to}.",
        "{day} er stengt, så det blir den åpne dagen før: {to}.",
        "{day} is gesloten, dus het wordt de open dag ervoor: {to}.",
    ),
    "rolled_forward": (
        "{day} er lukket, så det bliver den åbne dag efter: {to}.",
        "{day} is closed, so it is the open day after: {to}.",
        "{day} er stengt, så det blir den åpne dagen etter: {to}.",
        "{day} is gesloten, dus het wordt de open dag erna: {to}.",
    ),
    "bare_closing": (
        "En dato uden klokkeslæt er her lukketid {day}.",
        "A date without a time means closing time here, on {day}.",
        "En dato uten klokkeslett er her stengetid {day}.",
        "Een datum zonder tijdstip is hier sluitingstijd op {day}.",
    ),
    "bare_opening": (
        "En dato uden klokkeslæt er her åbningstid {day}.",
        "A date without a time means opening time here, on {day}.",
        "En dato uten klokkeslett er her åpningstid {day}.",
        "Een datum zonder tijdstip is hier openingstijd op {day}.",
    ),
    "bare_closed_day_ends": (
        "Der er lukket den dag, så den gælder til midnat: {closed}.",
        "It is closed that day, so the date lasts until midnight: {closed}.",
        "Det er stengt den dagen, så den gjelder til midnatt: {closed}.",
        "Het is die dag gesloten, dus de datum geldt tot middernacht: {closed}.",
    ),
    "bare_closed_day_begins": (
        "Der er lukket den dag, så der tælles fra midnat, hvor den begynder: {closed}.",
        "It is closed that day, so it counts from the midnight at which it begins: {closed}.",
        "Det er stengt den dagen, så det telles fra midnatt når den begynner: {closed}.",
        "Het is die dag gesloten, dus er wordt geteld vanaf middernacht waarop hij begint: {closed}.",
    ),
    "today": ("Samme dag, {clock}.", "The same day, {clock}.", "Samme dag, {clock}.", "Dezelfde dag, {clock}."),
    "today_passed": (
        "Det er forbi for den dag, så det bliver {clock} på den næste åbne dag.",
        "That has passed for the day, so it is {clock} of the next open day.",
        "Det er over for den dagen, så det blir {clock} på den neste åpne dagen.",
        "Dat is voor die dag voorbij, dus het wordt {clock} op de volgende open dag.",
    ),
    "today_closed": (
        "Der er lukket den dag, så det bliver {clock} på den næste åbne dag: {closed}.",
        "It is closed that day, so it is {clock} of the next open day: {closed}.",
        "Det er stengt den dagen, så det blir {clock} på den neste åpne dagen: {closed}.",
        "Het is die dag gesloten, dus het wordt {clock} op de volgende open dag: {closed}.",
    ),
    "next_open_day": (
        "Den næste åbne dag, {clock}.",
        "The next open day, {clock}.",
        "Den neste åpne dagen, {clock}.",
        "De volgende open dag, {clock}.",
    ),
    "every_open_day": (
        "Hver åben dag, {clock}: den næste gang.",
        "Every open day, {clock}: the next time.",
        "Hver åpne dag, {clock}: den neste gangen.",
        "Elke open dag, {clock}: de eerstvolgende keer.",
    ),
    "first_open_day_of_the_month": (
        "Den første åbne dag i måneden, {clock}: den næste gang.",
        "The first open day of the month, {clock}: the next time.",
        "Den første åpne dagen i måneden, {clock}: den neste gangen.",
        "De eerste open dag van de maand, {clock}: de eerstvolgende keer.",
    ),
    "first_open_day_of_the_quarter": (
        "Den første åbne dag i kvartalet, {clock}: den næste gang.",
        "The first open day of the quarter, {clock}: the next time.",
        "Den første åpne dagen i kvartalet, {clock}: den neste gangen.",
        "De eerste open dag van het kwartaal, {clock}: de eerstvolgende keer.",
    ),
    "first_open_day_of_the_year": (
        "Den første åbne dag i året, {clock}: den næste gang.",
        "The first open day of the year, {clock}: the next time.",
        "Den første åpne dagen i året, {clock}: den neste gangen.",
        "De eerste open dag van het jaar, {clock}: de eerstvolgende keer.",
    ),
    "due": (
        "Fristen er {at}.",
        "It is due on {at}.",
        "Fristen er {at}.",
        "Het moet klaar zijn op {at}.",
    ),
    "act_by": (
        "Der er lukket, når fristen udløber: det sidste åbne øjeblik er {at}.",
        "It is closed when it falls due: the last open moment is {at}.",
        "Det er stengt når fristen går ut: det siste åpne øyeblikket er {at}.",
        "Het is gesloten als de termijn afloopt: het laatste open moment is {at}.",
    ),
    "closed_hours": (
        "Der er lukket hele tiden indtil da; der åbnes {at}.",
        "It is closed all the time until then; it opens on {at}.",
        "Det er stengt hele tiden til da; det åpnes {at}.",
        "Het is tot dan de hele tijd gesloten; er wordt geopend op {at}.",
    ),
    "never_open": (
        "Der er lukket hele tiden indtil da.",
        "It is closed all the time until then.",
        "Det er stengt hele tiden til da.",
        "Het is tot dan de hele tijd gesloten.",
    ),
    "past": (
        "Det var allerede forbi, da der blev talt.",
        "That was over before it began to count.",
        "Det var allerede over da det begynte å telle.",
        "Dat was al voorbij voordat er geteld werd.",
    ),
}  # fmt: skip
