"""A witness told to the owner: days and clock times, who does what, what the customer sees, which promise breaks.

Danish and English; the words of the journal are those of `records/story.py`. It must not know how it was found.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from procflow.core import journal as j
from procflow.core.procedure import Procedure
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.core.words import date_in_words
from procflow.records.story import given_in_words, step_in_words
from procflow.rehearsal.witness_scenario import Written
from procflow.rehearsal.witness_scene import Scene
from procflow.stored import Change

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "case": "In case {number} ({procedure}): {text}",
        "sees_mail": "the customer or whoever it is for reads in a mail to {to}: “{text}”",
        "sees_sms": "the customer or whoever it is for reads on the phone {to}: “{text}”",
        "refused": "{who} wants to take “{what}”{given}, and procflow has to refuse it",
        "refused_open": "{who} wants to open the case{given}, and procflow has to refuse it",
        "refused_receive": "a message comes by {channel} from {sender}: “{text}”{given}, and procflow has to refuse the case that it would open",
        "given": " with {values}",
        "away": "{who} is away",
        "nobody": "Nobody may take a step that leads on now, and no time does.",
        "any_data": "The start asks for nothing, so whoever opens the case may give any data: “ask” says what may be given.",
        "refused_signal": "the event “{name}” came, and procflow has to refuse it",
        "refused_deliver": "here {name} was done, and procflow has to refuse the answer",
        "refused_fail": "here {name} failed ({why}), and procflow has to refuse the answer",
        "stuck": "what was to happen here is refused and lies with the owner",
        "promised": "The promise “{name}” says: {says}",
        "promised_bare": "The promise is “{name}”.",
        "breaks_refused": "This step would break it, and the procedure leads here.",
        "breaks_broken": "It is broken here: the owner gets an alarm.",
        "breaks_round": "The case stands where it stood: this can be done again and again, and the promise stays open.",
        "breaks_open": "Nothing that happens by itself keeps it any more: a month later it is still open, and will be.",
    },
    "da": {
        "case": "I sag {number} ({procedure}): {text}",
        "sees_mail": "kunden, eller hvem den er til, læser i en mail til {to}: “{text}”",
        "sees_sms": "kunden, eller hvem den er til, læser på telefonen {to}: “{text}”",
        "refused": "{who} vil tage “{what}”{given}, og procflow må afvise det",
        "refused_open": "{who} vil oprette sagen{given}, og procflow må afvise det",
        "refused_receive": "der kommer en besked via {channel} fra {sender}: “{text}”{given}, og procflow må afvise den sag, den ville oprette",
        "given": " med {values}",
        "away": "{who} er fraværende",
        "nobody": "Ingen må nu tage et skridt, der fører videre, og ingen tid gør det.",
        "any_data": "Starten spørger ikke om noget, så den, der opretter sagen, kan give hvilke data som helst: “ask” siger, hvad der må gives.",
        "refused_signal": "hændelsen “{name}” kom, og procflow må afvise den",
        "refused_deliver": "her blev {name} udført, og procflow må afvise svaret",
        "refused_fail": "her mislykkedes {name} ({why}), og procflow må afvise svaret",
        "stuck": "det, der skulle ske her, afvises og ligger hos ejeren",
        "promised": "Løftet “{name}” siger: {says}",
        "promised_bare": "Løftet er “{name}”.",
        "breaks_refused": "Dette skridt ville bryde det, og proceduren fører hertil.",
        "breaks_broken": "Det brydes her: ejeren får en alarm.",
        "breaks_round": "Sagen står, hvor den stod: sådan kan det blive ved, og løftet forbliver åbent.",
        "breaks_open": "Intet, der sker af sig selv, holder det mere: en måned senere er det stadig åbent, og bliver det.",
    },
}
_READ = {"mail.send": "sees_mail", "sms.send": "sees_sms"}


def words_in(language: str) -> Mapping[str, str]:
    return _WORDS["da" if language == "da" else "en"]


def stories_of(made: Written, definition: Procedure, promise: str, language: str) -> Iterator[str]:
    """The lines of the story: a heading for each day, then the clock time and what happened."""
    words = _WORDS["da" if language == "da" else "en"]
    scene: Scene = made.scene
    yield from story_to(scene, made.steps, language)
    if _gives_any_data(made.steps, definition):
        yield words["any_data"]
    yield from _promised(scene, definition, promise, language, words)
    yield words[f"breaks_{_how(made)}"]


def _gives_any_data(steps: Sequence[Mapping[str, Any]], definition: Procedure) -> bool:
    """Whether somebody opens the case with data that its start does not ask for."""
    starts = [start for start in definition.starts if start.kind == "by"]
    opened = [(step.get("refused") or step).get("open") for step in steps]
    given = any(
        isinstance(each, Mapping)
        and each.get("with")
        and each.get("procedure", definition.name) == definition.name
        for each in opened
    )
    return given and bool(starts) and not any(start.asks for start in starts)


def story_to(scene: Scene, steps: Sequence[Mapping[str, Any]], language: str) -> Iterator[str]:
    """What happened, up to now, and the last of the steps where it was refused."""
    words = _WORDS["da" if language == "da" else "en"]
    day = yield from story_of(scene, language)
    local = scene.now.astimezone(scene.surroundings.calendar.tz)
    today = date_in_words(local.date(), language)
    tried = _tried(steps[-1].get("refused") if steps else None, scene, language, words)
    if tried or today != day:
        if today != day:
            yield today[:1].upper() + today[1:]
        if tried:
            yield f"  {local:%H:%M}  {tried}"


def story_of(scene: Scene, language: str) -> Generator[str, None, str]:
    """The lines of what happened: a heading for each day, then the clock time; -> the last day."""
    words = _WORDS["da" if language == "da" else "en"]
    day = ""
    for at, lines in _happened(scene, language, words):
        local = at.astimezone(scene.surroundings.calendar.tz)
        today = date_in_words(local.date(), language)
        if today != day:
            day = today
            yield today[:1].upper() + today[1:]
        for n, line in enumerate(lines):
            yield f"  {local:%H:%M}  {line}" if n == 0 else f"         {line}"
    return day


def _happened(scene: Scene, language: str, words: Mapping[str, str]) -> Iterator[tuple[Any, list[str]]]:
    """(when, what) of every step of every case, in the order of time, and at one instant as they were stored."""
    stage, organisation = scene.stage, scene.surroundings.organisation
    places = {(change.case_id, change.sequence): change.place for change in _changes(scene)}
    found: list[tuple[Any, float, list[str]]] = [
        (at, done + 0.5, [words["away"].format(who=organisation.name_of(person))])
        for at, done, person in scene.away
    ]
    for case_id in stage.cases:
        loaded = stage.load(case_id)
        procedure = stage.procedure_of(case_id)
        for row, entries in stage.engine.journal(case_id):
            if _is_delivered(entries):
                continue
            told = [
                entry
                for entry in entries
                if not (isinstance(entry, j.EffectRequested) and entry.operation in _READ)
            ]
            lines = step_in_words(told, procedure, organisation, language)
            lines += [line for entry in entries if (line := _seen(entry, words))]
            if len(stage.cases) > 1 and lines:
                lines[0] = words["case"].format(
                    number=loaded.row.number, procedure=loaded.row.procedure, text=lines[0]
                )
            if lines:
                found.append((row.at, places[case_id, row.sequence], lines))
    for at, _, lines in sorted(found, key=lambda each: each[:2]):
        yield at, lines


def _changes(scene: Scene) -> Iterator[Change]:
    """Every step of every case, in the order in which they were stored."""
    place = 0
    while changes := scene.stage.store.changes(place):
        yield from changes
        place = changes[-1].place


def _is_delivered(entries: Sequence[Any]) -> bool:
    """Whether all that happened is that what was sent arrived, which goes without saying."""
    kinds = (j.CommandTaken, j.EffectAnswered)
    return all(isinstance(entry, kinds) and getattr(entry, "status", "done") == "done" for entry in entries)


def _seen(entry: Any, words: Mapping[str, str]) -> str:
    """What somebody outside reads."""
    if not isinstance(entry, j.EffectRequested) or entry.operation not in _READ:
        return ""
    given = entry.parameters.value if isinstance(entry.parameters, j.Personal) else entry.parameters
    if not isinstance(given, Mapping):
        return ""
    text = ": ".join(str(given[key]) for key in ("subject", "text") if given.get(key))
    to = given.get("to")
    shown = ", ".join(map(_address, to)) if isinstance(to, list | tuple) else _address(to)
    return words[_READ[entry.operation]].format(to=shown, text=" ".join(text.split()))


def _address(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("mail") or value.get("id") or "")
    return str(value or "-")


def _tried(last: Any, scene: Scene, language: str, words: Mapping[str, str]) -> str:
    """The last step, where it was refused, with what was entered."""
    if not isinstance(last, Mapping):
        return ""
    organisation = scene.surroundings.organisation
    if "open" in last or "do" in last:
        doing = (last["open"] or {}) if "open" in last else last
        entered = given_in_words(doing.get("with") or {}, scene.procedure, organisation, language)
        facts = {"who": organisation.name_of(str(doing.get("by", "-")))}
        facts["given"] = words["given"].format(values=entered) if entered else ""
        if "open" in last:
            return words["refused_open"].format(**facts)
        return words["refused"].format(what=_label(scene, str(last["do"]), language), **facts)
    if "receive" in last:
        message = last["receive"]
        filled_in = ", ".join(f"{name} = {value}" for name, value in (message.get("fields") or {}).items())
        return words["refused_receive"].format(
            channel=message["channel"], sender=message.get("from", "-"), text=message.get("text", ""),
            given=words["given"].format(values=filled_in) if filled_in else "",
        )  # fmt: skip
    key, what = next((k, v) for k, v in last.items() if k in ("signal", "deliver", "fail"))
    name, why = next(iter(what.items())) if isinstance(what, Mapping) else (what, "")
    return words[f"refused_{key}"].format(name=name, why=why).replace(" ()", "")


def _label(scene: Scene, word: str, language: str) -> str:
    name = word.rpartition(".")[2]
    for state in scene.procedure.states:
        choice = state.choices_by_name.get(name)
        if choice is not None and choice.label is not None and scene.case_id:
            scope = StepScope(scene.procedure, scene.case, scene.surroundings, scene.now)
            return text_in(choice.label, scope, language) or name
    return name


def _promised(
    scene: Scene, definition: Procedure, promise: str, language: str, words: Mapping[str, str]
) -> Iterator[str]:
    for each in definition.promises:
        if each.name == promise:
            if each.says is None:
                break
            if scene.case_id:
                scope = StepScope(scene.procedure, scene.case, scene.surroundings, scene.now)
                says = text_in(each.says, scope, language).strip()
            else:  # no case was opened, so nothing can be filled in
                template = each.says.template(language, scene.surroundings.organisation.language)
                if template is None or not template.is_static:
                    break
                says = "".join(map(str, template.parts)).strip()
            yield words["promised"].format(name=promise, says=says)
            return
    yield words["promised_bare"].format(name=promise)


def _how(made: Written) -> str:
    return made.kind if f"breaks_{made.kind}" in _WORDS["en"] else "refused"
