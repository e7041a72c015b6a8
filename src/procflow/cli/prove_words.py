"""The words of `procflow prove`, in the languages that procflow ships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core.counted import count_in

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "proved": "proved", "broken": "BROKEN", "not decided": "not decided",
        "promise": "promise", "procedure": "procedure", "states": "states",
        "budget": "the budget was used up after {states:state}; give a larger --budget",
        "suspicion": "a way was found on which it may be broken, and it was not run",
        "law_kept": "between cases, {law} ({names}): kept in all {worlds:world} of two customers",
        "law_seen": "between cases, {law} ({names}): not broken on any way of {depth:step} at the most; {worlds:world} of two customers were looked at, and {left} of them not gone on from: give more --tries",
        "law_nothing": "between cases, {law} ({names}): kept, for none of them has anything that it is about",
        "law_broken": "between cases, {law} ({names}): BROKEN",
        "shown": "it was run in the engine, and breaks:",
        "not_shown": "a way was found on which it may be broken; in the engine it could not be gone",
        "stopped": "at step {step}: {why}",
        "nothing_fits": "nothing that was tried leads there",
        "decides": "the condition that would decide it: {condition} ({path}:{line})",
        "written": "written: {path}",
        "nothing_written": "no promise was broken in the engine, so {path} was not written",
        "depends": "it depends on: {conditions}",
        "way": "the way: {way}",
        "then": "then {step}, which the promise refuses",
        "at_once": "the way: {step}, which the promise refuses",
        "for_ever": "and then for ever without it, although time passes",
        "dead_state": "no case ever comes to the state {what}",
        "dead_choice": "the choice {what} can never be taken",
        "dead_event": "nothing ever happens on {what} here",
        "dead_after": "this time never brings anything",
        "dead_always": "this alternative never holds",
        "dead_alternative": "this alternative of {what} is never taken",
        "cannot_end": "from the state {what} no end can be reached",
        "loop": "a step goes in circles without end",
        "deadline": "nothing can meet the deadline {what} while it runs",
        "effect_twice": "{what} is asked for twice on one way, with no choice, message or time between",
        "lost_message": "the event {what} can come before the case waits for it here, and then it waits in vain",
        "lost_message_message": "a message can come before the case waits for it here, and then it waits in vain",
        "hang_nobody": "the case can hang in {what}: nobody has the role whose work it is",
        "hang_four_eyes": "the case can hang in {what}: whoever took an earlier step may not act here, and nobody else is left, or the one who is may be away",
        "hang_away": "the case can hang in {what}: the person named and the team mate may both be away, and no role stands in",
        "gap": "{what} can be taken with data that fit no alternative",
        "overlap": "an earlier alternative of {what} can hold together with this one, and is taken then (warning)",
        "assumed": "Assumed: {words}.",
        "fairness": "time passes, and deliveries end in success or failure",
        "fits": "what a step sets in which nobody acts fits its field",
        "raised": "an event that the case raises itself is not sent from outside",
        "organisation": "the organisation stays as it is",
        "invokes": "{name} ends as it is proved to",
        "opened by": "{name} may give anything, or nothing, where it opens the case",
        "total": "{promises:promise}: {proved} proved, {broken} broken, {undecided} not decided. {findings:finding}. {states:state}, {steps:step}, {rate:state} a second.",
        "total_before": "{promises:promise}: {proved} proved, {broken} broken, {undecided} not decided. {findings:finding}.",
        "before": "proved before, unchanged",
        "unchanged": "{procedures:procedure} proved before and unchanged since; `--anew` proves all again.",
        "nothing": "nothing was proved: mend what `procflow check` finds first",
        "left": "the budget was used up: not everything was looked at",
        "progress": "{name}: {states:state}",
        "people": "the work of a role is done by people who have it", "tables": "the tables have these rows on every day",
    },
    "da": {
        "proved": "bevist", "broken": "BRUDT", "not decided": "ikke afgjort",
        "promise": "løfte", "procedure": "procedure", "states": "tilstande",
        "budget": "budgettet var brugt efter {states:state}; giv et større --budget",
        "suspicion": "der er fundet en vej, hvor det kan være brudt, og den er ikke kørt",
        "law_kept": "mellem sager, {law} ({names}): holder i alle {worlds:world} med to kunder",
        "law_seen": "mellem sager, {law} ({names}): ikke brudt på nogen vej på højst {depth:step}; {worlds:world} med to kunder er set, og fra {left} af dem er der ikke gået videre: giv flere --tries",
        "law_nothing": "mellem sager, {law} ({names}): holder, for ingen af dem har noget, den handler om",
        "law_broken": "mellem sager, {law} ({names}): BRUDT",
        "shown": "den er kørt i motoren, og løftet brydes:",
        "not_shown": "der er fundet en vej, hvor det kan være brudt; i motoren kunne den ikke gås",
        "stopped": "ved skridt {step}: {why}",
        "nothing_fits": "intet af det, der blev prøvet, fører dertil",
        "decides": "den betingelse, der ville afgøre det: {condition} ({path}:{line})",
        "written": "skrevet: {path}",
        "nothing_written": "intet løfte blev brudt i motoren, så {path} er ikke skrevet",
        "depends": "det afhænger af: {conditions}",
        "way": "vejen: {way}",
        "then": "så {step}, som løftet afviser",
        "at_once": "vejen: {step}, som løftet afviser",
        "for_ever": "og så for altid uden det, selv om tiden går",
        "dead_state": "ingen sag kommer nogensinde til tilstanden {what}",
        "dead_choice": "valget {what} kan aldrig tages",
        "dead_event": "der sker aldrig noget ved {what} her",
        "dead_after": "denne tid bringer aldrig noget",
        "dead_always": "dette alternativ gælder aldrig",
        "dead_alternative": "dette alternativ af {what} tages aldrig",
        "cannot_end": "fra tilstanden {what} kan ingen afslutning nås",
        "loop": "et trin går i ring uden ende",
        "deadline": "intet kan overholde fristen {what}, mens den løber",
        "effect_twice": "der bedes om {what} to gange på samme vej, uden valg, besked eller tid imellem",
        "lost_message": "hændelsen {what} kan komme, før sagen venter på den her, og så venter den forgæves",
        "lost_message_message": "en besked kan komme, før sagen venter på den her, og så venter den forgæves",
        "hang_nobody": "sagen kan hænge i {what}: ingen har den rolle, hvis arbejde det er",
        "hang_four_eyes": "sagen kan hænge i {what}: den, der tog et tidligere skridt, må ikke handle her, og ingen anden er tilbage, eller den ene, der er, kan være fraværende",
        "hang_away": "sagen kan hænge i {what}: den nævnte person og makkeren kan begge være fraværende, og ingen rolle træder til",
        "gap": "{what} kan tages med data, der ikke passer til noget alternativ",
        "overlap": "et tidligere alternativ af {what} kan gælde sammen med dette og tages da (advarsel)",
        "assumed": "Forudsat: {words}.",
        "fairness": "tiden går, og leveringer ender godt eller skidt",
        "fits": "det, som et trin sætter, hvor ingen handler, passer til sit felt",
        "raised": "en hændelse, som sagen selv udløser, sendes ikke udefra",
        "organisation": "organisationen bliver, som den er",
        "invokes": "{name} ender, som det er bevist",
        "opened by": "{name} kan give hvad som helst, eller intet, hvor den åbner sagen",
        "total": "{promises:promise}: {proved} bevist, {broken} brudt, {undecided} ikke afgjort. {findings:finding}. {states:state}, {steps:step}, {rate:state} i sekundet.",
        "total_before": "{promises:promise}: {proved} bevist, {broken} brudt, {undecided} ikke afgjort. {findings:finding}.",
        "before": "bevist før, uændret",
        "unchanged": "{procedures:procedure} bevist før og uændret siden; `--anew` beviser alt igen.",
        "nothing": "intet er bevist: ret først det, som `procflow check` finder",
        "left": "budgettet var brugt: ikke alt er undersøgt",
        "progress": "{name}: {states:state}",
        "people": "en rolles arbejde gøres af dem, der har den", "tables": "tabellerne har disse rækker på alle dage",
    },
}  # fmt: skip

_MOVES: Mapping[str, Mapping[str, str]] = {
    "en": {"open": "opened", "choice": "{name}", "message": "a message", "event": "event {name}", "missed": "{name} is missed",
           "warn": "warning of {name}", "after": "time passes ({name})", "promise": "the time of {name} is up",
           "time": "time passes", "done": "{state} is answered", "failed": "{state} fails"},
    "da": {"open": "åbnet", "choice": "{name}", "message": "en besked", "event": "hændelsen {name}", "missed": "{name} overskrides",
           "warn": "varsel om {name}", "after": "tiden går ({name})", "promise": "tiden for {name} er gået",
           "time": "tiden går", "done": "{state} er besvaret", "failed": "{state} fejler"},
}  # fmt: skip


def said(language: str, key: str, **facts: Any) -> str:
    """Words by their key, with the facts filled in."""
    counts = {name: count_in(language, fact) for name, fact in facts.items() if type(fact) is int}
    return _WORDS.get(language, _WORDS["en"])[key].format(**{**facts, **counts})


def move_in_words(language: str, kind: str, name: str, state: str) -> str:
    """One move of a way."""
    return _MOVES.get(language, _MOVES["en"])[kind].format(name=name, state=state)
