"""Every entry of a journal in words, in Danish and English."""

import re
from datetime import UTC, date, datetime

import pytest

from procflow.core import journal as j
from procflow.core.calendar import calendar_from_yaml_values
from procflow.core.organisation import Organisation
from procflow.records.story import entry_in_words, step_in_words
from procflow.records.story_teller import LONGEST
from procflow.records.story_words import WORDS

AT = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
DUE = {"at": "2026-05-19T15:00:00+00:00", "derivation": (), "act_by": None, "closed_hours": False}
CALENDAR = calendar_from_yaml_values("Europe/Copenhagen", "", [], {"mon-fri": "09:00-17:00"}, {})
ORGANISATION = Organisation(
    "prosam",
    CALENDAR,
    ("da", "en"),
    roles={"lead": {"da": "Vagtleder", "en": "Duty lead"}},
    people={"qaa": {"name": "Anna Test"}, "qbb": {"name": "Bo Test"}},
)

TOLD = [
    (j.CaseOpened("policy_change", "hash", 7, AT, AT, "qaa", "Europe/Copenhagen"),
     "Anna Test opened case 7 (policy_change)", "Anna Test oprettede sag 7 (policy_change)"),
    (j.CaseOpened("policy_change", "hash", 7, AT, AT, "", "Europe/Copenhagen", "case 3"),
     "case 7 (policy_change) was opened by case 3", "sag 7 (policy_change) blev oprettet af sag 3"),
    (j.CommandTaken("choice", "executed", "qaa", "qbb", {"reason": j.Personal("too late")}, AT),
     "Anna Test took “executed” on behalf of Bo Test (reason = too late)",
     "Anna Test valgte “executed” på vegne af Bo Test (reason = too late)"),
    (j.CommandTaken("time", "missed:answer", "", "", {}, AT),
     "it was time: the deadline answer was due", "tiden var gået: fristen answer forfaldt"),
    (j.CommandTaken("unheard_of", "x", "", "", {}, AT), "unheard_of x", "unheard_of x"),
    (j.TransitionTaken("t", "choice", "agree", ("a",), ("b",), "qaa"),
     "“agree” led from a to b", "“agree” førte fra a til b"),
    (j.TransitionTaken("t", "event", "message", (), ()),
     "the event “message” was handled; the case stays where it is",
     "hændelsen “message” blev behandlet; sagen bliver, hvor den er"),
    (j.StateEntered("a", 1), "the case entered a", "sagen kom til a"),
    (j.StateLeft("a"), "the case left a", "sagen forlod a"),
    (j.DataSet({"kn": "104233", "change": j.Sealed("change", 2, b"x"), "ok": True, "x~void": None, "gone": None, "all": ()}),
     "kept: kn = 104233, change = (sealed), ok = yes, gone = empty, all = empty",
     "gemt: kn = 104233, change = (forseglet), ok = ja, gone = tom, all = tom"),
    (j.EvidenceVoided("proof", "change"), "the evidence proof no longer counts, because change was changed",
     "beviset proof gælder ikke længere, fordi change blev ændret"),
    (j.EffectRequested("c/1/1", "mail.send", j.Personal({"to": "a@mail.example", "cc": None})),
     "asked for mail.send: to: a@mail.example", "bestilte mail.send: to: a@mail.example"),
    (j.EffectAnswered("c/1/1", "mail.send", "done"), "mail.send was done", "mail.send blev udført"),
    (j.EffectAnswered("c/1/1", "mail.send", "failed", None, "bounced"), "mail.send failed: bounced",
     "mail.send mislykkedes: bounced"),
    (j.NoteWritten(j.Personal("Called"), "qaa"), "note by Anna Test: Called", "note fra Anna Test: Called"),
    (j.PeopleNotified(("lead",), ("qbb",), None, "answer"), "told Bo Test, Duty lead because of answer",
     "gav besked til Bo Test, Vagtleder på grund af answer"),
    (j.TaskOpened("todo", ("lead",), ()), "work in todo for Duty lead", "opgave i todo til Vagtleder"),
    (j.TaskClaimed("todo", "qaa"), "Anna Test has taken the work in todo", "Anna Test har taget opgaven i todo"),
    (j.TaskGiven("todo", "qbb", "qaa"), "Anna Test gave the work in todo to Bo Test",
     "Anna Test gav opgaven i todo til Bo Test"),
    (j.TaskAllotted("todo", "qbb", "shortest_queue", {"qaa": 3, "qbb": 1}),
     "the work in todo went to Bo Test, who had the least to do (Anna Test 3, Bo Test 1)",
     "opgaven i todo gik til Bo Test, som havde mindst at lave (Anna Test 3, Bo Test 1)"),
    (j.TaskAllotted("todo", "qbb", "round_robin", {}, "p/todo", "qaa", "qaa"),
     "the work in todo went to Bo Test, whose turn it was after Anna Test on behalf of Anna Test",
     "opgaven i todo gik til Bo Test, hvis tur det var efter Anna Test på vegne af Anna Test"),
    (j.TaskAllotted("todo", "qbb", "round_robin", {}, "p/todo"),
     "the work in todo went to Bo Test, who has the first turn",
     "opgaven i todo gik til Bo Test, som har den første tur"),
    (j.TaskAllotted("todo", "qbb", "oldest_first", {}), "the work in todo went to Bo Test by the rule oldest_first",
     "opgaven i todo gik til Bo Test efter reglen oldest_first"),
    (j.TaskGivenBack("todo", "qaa", "qaa"), "Anna Test gave the work in todo back", "Anna Test gav opgaven i todo tilbage"),
    (j.TaskGivenBack("todo", "qbb", "qaa"), "Bo Test took the work in todo from Anna Test",
     "Bo Test tog opgaven i todo fra Anna Test"),
    (j.HandOverOffered("a", "qbb", "qaa", DUE, j.Personal("She rings back at ten")),
     "Anna Test offered the work in a to Bo Test, who has until Tuesday 19 May 2026 at 17:00 to answer: She rings back at ten",
     "Anna Test tilbød opgaven i a til Bo Test, der har til tirsdag den 19. maj 2026 kl. 17.00 til at svare: She rings back at ten"),
    (j.HandOverEnded("a", "qbb", "qaa", "taken_over", "qbb"),
     "Bo Test took over the work in a from Anna Test", "Bo Test overtog opgaven i a fra Anna Test"),
    (j.HandOverEnded("a", "qbb", "qaa", "turned_down", "qbb", j.Personal("On the phones")),
     "Bo Test turned down the work in a: On the phones", "Bo Test sagde nej til opgaven i a: On the phones"),
    (j.HandOverEnded("a", "qbb", "qaa", "taken_back", "qaa"),
     "Anna Test took back the offer of the work in a to Bo Test", "Anna Test tog tilbuddet om opgaven i a til Bo Test tilbage"),
    (j.HandOverEnded("a", "qbb", "qaa", "unanswered"),
     "Bo Test did not answer in time: the work in a is with Anna Test alone again",
     "Bo Test svarede ikke i tide: opgaven i a er igen kun hos Anna Test"),
    (j.HandOverEnded("a", "qbb", "qaa", "lapsed"),
     "the offer of the work in a to Bo Test is over", "tilbuddet om opgaven i a til Bo Test er bortfaldet"),
    (j.TaskSuspended("todo", "qaa", AT, j.Personal("Waits")),
     "Anna Test put the work in todo aside until Monday 11 May 2026 at 10:05: Waits",
     "Anna Test lagde opgaven i todo til side til mandag den 11. maj 2026 kl. 10.05: Waits"),
    (j.TaskResumed("todo"), "the work in todo is back in the inbox", "opgaven i todo er tilbage i indbakken"),
    (j.TaskResumed("todo", "qaa"), "Anna Test goes on with the work in todo", "Anna Test går videre med opgaven i todo"),
    (j.TaskPassedOn("todo", "qaa", ("qbb",)), "Anna Test is away: the work in todo is with Bo Test",
     "Anna Test er væk: opgaven i todo ligger hos Bo Test"),
    (j.TaskPassedOn("todo", "qaa", ()), "nobody stands in for Anna Test any more: the work in todo is with Anna Test alone",
     "ingen står i stedet for Anna Test mere: opgaven i todo er hos Anna Test alene"),
    (j.DeadlineMissed("answer", "late_absence"),
     "the deadline answer was missed (the work was with somebody whose absence was entered late)",
     "fristen answer blev overskredet (arbejdet lå hos en, hvis fravær blev meldt for sent)"),
    (j.DeadlineStarted("answer", AT, DUE, None), "the deadline answer runs: due Tuesday 19 May 2026 at 17:00",
     "fristen answer løber: forfalder tirsdag den 19. maj 2026 kl. 17.00"),
    (j.DeadlineStarted("answer", AT, {}, None), "the deadline answer waits for a date", "fristen answer venter på en dato"),
    (j.DeadlinePaused("answer", AT), "the clock of the deadline answer stands still from Monday 11 May 2026 at 10:05",
     "uret for fristen answer står stille fra mandag den 11. maj 2026 kl. 10.05"),
    (j.DeadlineResumed("answer", AT, DUE, None),
     "the clock of the deadline answer runs again: due Tuesday 19 May 2026 at 17:00",
     "uret for fristen answer går igen: forfalder tirsdag den 19. maj 2026 kl. 17.00"),
    (j.DeadlineResumed("answer", AT, {}, None), "the deadline answer waits for a date", "fristen answer venter på en dato"),
    (j.TableUsed("kc_codes", date(2026, 1, 1), date(2026, 6, 30)),
     "looked up in the table kc_codes, the version from Thursday 1 January 2026 to Tuesday 30 June 2026",
     "slog op i tabellen kc_codes, udgaven fra torsdag den 1. januar 2026 til tirsdag den 30. juni 2026"),
    (j.TableUsed("kc_codes", None, None), "looked up in the table kc_codes, the version that always holds",
     "slog op i tabellen kc_codes, udgaven der altid gælder"),
    (j.DeadlineWarned("answer"), "warned of the deadline answer", "varslede om fristen answer"),
    (j.DeadlineMet("answer"), "the deadline answer was met", "fristen answer blev overholdt"),
    (j.DeadlineMissed("answer"), "the deadline answer was missed", "fristen answer blev overskredet"),
    (j.DeadlineEnded("answer"), "the deadline answer ended without a verdict", "fristen answer endte uden afgørelse"),
    (j.TimerArmed("a@1", "a", DUE), "in a something will happen Tuesday 19 May 2026 at 17:00",
     "i a sker der noget tirsdag den 19. maj 2026 kl. 17.00"),
    (j.TimerDisarmed("a@1"), "nothing will happen by time in a any more", "der sker ikke længere noget til tiden i a"),
    (j.TimerFired("a@1"), "time was up in a", "tiden var gået i a"),
    (j.EventDropped("renewal"), "nobody waited for the event “renewal”; it was dropped",
     "ingen ventede på hændelsen “renewal”; den blev droppet"),
    (j.MessageReceived("m", "sms", j.Personal({"from": "+4571999901", "text": "Ja tak", "form": "message"}), AT),
     "message by sms from +4571999901: Ja tak", "besked via sms fra +4571999901: Ja tak"),
    (j.MessageReceived("m", "sms", j.Sealed("m", 1, b"x"), AT), "message by sms (sealed)", "besked via sms (forseglet)"),
    (j.MessageReceived("m", "sms", j.Personal({"from": "+4571999901", "form": "receipt", "text": "",
                                               "fields": {"status": "DELIVRD", "arrived": "yes"}}), AT),
     "receipt by sms from +4571999901: it has arrived (DELIVRD)",
     "kvittering via sms fra +4571999901: den er nået frem (DELIVRD)"),
    (j.MessageReceived("m", "sms", j.Personal({"from": "+4571999901", "form": "receipt",
                                               "fields": {"status": "ENROUTE", "arrived": "unknown"}}), AT),
     "receipt by sms from +4571999901: ENROUTE", "kvittering via sms fra +4571999901: ENROUTE"),
    (j.MessageReceived("m", "mail", j.Personal({"from": "qaa@example.com", "subject": "Delayed", "form": "receipt",
                                                "fields": {"action": "delayed"}}), AT),
     "receipt by mail from qaa@example.com: it is delayed: Delayed",
     "kvittering via mail fra qaa@example.com: den er forsinket: Delayed"),
    (j.ItemOpened("promise:soon", "alarm", ("lead",), (), {"promise": "soon"}),
     "alarm for Duty lead: the promise soon was broken", "alarm til Vagtleder: løftet soon blev brudt"),
    (j.ItemOpened("i", "read", ("lead",), (), j.Personal({"text": "Hello"})),
     "Duty lead must read this: text: Hello", "Vagtleder skal læse dette: text: Hello"),
    (j.ItemSettled("i", "qaa"), "Anna Test has dealt with it", "Anna Test har taget sig af det"),
    (j.ItemSettled("i", ""), "it is no longer needed", "det er ikke længere nødvendigt"),
    (j.ItemSettled("kept:m", ""), "the message is kept no longer", "beskeden gemmes ikke længere"),
    (j.PromiseMoved("settles", "pending", 0, AT),
     "the promise settles must be kept until Monday 11 May 2026 at 10:05",
     "løftet settles skal holdes til mandag den 11. maj 2026 kl. 10.05"),
    (j.PromiseMoved("settles", "broken"), "the promise settles was broken", "løftet settles blev brudt"),
    (j.CaseClosed("changed", AT), "the case was closed: changed", "sagen blev afsluttet: changed"),
    (j.AbsenceRegistered("qaa", AT, None, "qbb"),
     "Anna Test is absent from Monday 11 May 2026 at 10:05 until further notice",
     "Anna Test er fraværende fra mandag den 11. maj 2026 kl. 10.05 indtil videre"),
    (j.AbsenceEnded("qaa", AT, "qbb"), "Anna Test is back from Monday 11 May 2026 at 10:05",
     "Anna Test er tilbage fra mandag den 11. maj 2026 kl. 10.05"),
    (j.ShiftAssigned(date(2026, 3, 19), "early", "qaa", "qbb", AT), "Anna Test has the shift early on Thursday 19 March 2026",
     "Anna Test har vagten early torsdag den 19. marts 2026"),
    (j.ShiftAssigned(date(2026, 3, 19), "early", "", "qbb", AT), "the shift early on Thursday 19 March 2026 is off the roster",
     "vagten early torsdag den 19. marts 2026 er taget af vagtplanen"),
    (j.ShiftSwapped(date(2026, 3, 19), "early", "qaa", "qbb", None, "", ("qaa", "qbb"), "qbb", AT),
     "Bo Test takes the shift early on Thursday 19 March 2026 from Anna Test; confirmed by Anna Test, Bo Test",
     "Bo Test tager vagten early torsdag den 19. marts 2026 fra Anna Test; bekræftet af Anna Test, Bo Test"),
    (j.MatesPaired("qaa", "qbb", "", "", ("qaa", "qbb"), "qbb", AT),
     "Anna Test and Bo Test are each other's team mate; confirmed by Anna Test, Bo Test",
     "Anna Test og Bo Test er hinandens team makker; bekræftet af Anna Test, Bo Test"),
    (j.MatesParted("qaa", "qbb", "qbb", "qaa", "qbb", AT), "Anna Test and Bo Test are team mates no longer, as Bo Test said",
     "Anna Test og Bo Test er ikke længere team makkere, efter hvad Bo Test sagde"),
    (j.MessageKept("kept:m", AT), "the case does not wait for this message yet; it is kept until Monday 11 May 2026 at 10:05",
     "sagen venter ikke på denne besked endnu; den gemmes til mandag den 11. maj 2026 kl. 10.05"),
    (j.AnswerOwed("c/1/1"), "another case waits for the end of this one", "en anden sag venter på, at denne slutter"),
    (j.CaseInvoked("c/1/1", "d", 7), "case 7 was opened for this and is waited for",
     "sag 7 er åbnet til dette, og der ventes på den"),
    (j.MessageKept("kept:m", AT, True), "the case waits for messages now: the one that was kept is tried",
     "sagen venter på beskeder nu: den, der var gemt, prøves"),
    (j.CasesLookedUp("reach", ("kn",), 2, (7, 8)), "open cases of reach (kn): 7, 8", "åbne sager af reach (kn): 7, 8"),
    (j.CasesLookedUp("reach", (), 30, (7, 8)), "open cases of reach: 7, 8 …", "åbne sager af reach: 7, 8 …"),
    (j.CasesLookedUp("reach", ("kn",), 0, ()), "no open case of reach (kn)", "ingen åben sag af reach (kn)"),
    (j.EventSent("c/1/1", "moved", ("d", "e"), (7, 8)), "the event “moved” goes to case 7, 8", "hændelsen “moved” går til sag 7, 8"),
    (j.EventSent("c/1/1", "moved", (), ()), "no open case is there for the event “moved”",
     "ingen åben sag er der for hændelsen “moved”"),
    (j.EffectRequested("c/1/1", "procedure", j.Personal({"procedure": "reach", "with": {"kn": "1"}})),
     "a case of reach is to be opened and waited for (kn: 1)", "der skal oprettes en sag af reach, som der ventes på (kn: 1)"),
    (j.EffectRequested("c/1/1", "signal", j.Personal({"name": "moved", "to": {"procedure": "reach", "where": {"kn": "1"}}})),
     "the event “moved” goes to the open cases of reach (kn: 1)", "hændelsen “moved” går til de åbne sager af reach (kn: 1)"),
    (j.EffectAnswered("c/1/1", "procedure", "done", j.Personal({"outcome": "reached", "kn": "1", "~people": ("kn",)})),
     "the case that was waited for has ended (outcome: reached, kn: 1)",
     "sagen, som der blev ventet på, er slut (outcome: reached, kn: 1)"),
    (j.EffectAnswered("c/1/1", "procedure", "cancelled"),
     "the case that was waited for is waited for no longer, and is to end",
     "der ventes ikke længere på den anden sag, og den skal slutte"),
    (j.LookupsDeclared({"a": ("b",)}), "from here on cases are looked up by other data",
     "herfra findes sager efter andre data"),
    (j.SurroundingsPublished("hash", {}), "new documents are in force", "nye dokumenter er trådt i kraft"),
    (j.FiguresImported("survey", "2026", "hash", "qaa"), "Anna Test brought in figures: survey 2026", "Anna Test læste tal ind: survey 2026"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "english", "danish"), TOLD)
def test_an_entry_in_words(entry, english, danish):
    assert entry_in_words(entry, None, ORGANISATION, "en") == english
    assert entry_in_words(entry, None, ORGANISATION, "da") == danish
    assert entry_in_words(entry, None, ORGANISATION, "nl") == english


def test_every_kind_of_entry_has_words():
    assert {type(entry) for entry, _, _ in TOLD} == set(j.KINDS.values())


def test_both_languages_tell_the_same():
    assert set(WORDS["en"]) == set(WORDS["da"])
    for key, words in WORDS["en"].items():
        assert set(re.findall(r"{(\w+)}", words)) == set(re.findall(r"{(\w+)}", WORDS["da"][key])), key


def test_long_values_are_cut():
    told = entry_in_words(j.DataSet({"text": "a" * 500}), None, ORGANISATION, "en")
    assert told == f"kept: text = {'a' * (LONGEST - 1)}…"


def test_braces_in_what_was_written_are_left_alone():
    assert entry_in_words(j.NoteWritten("{name} {0}", ""), None, ORGANISATION, "en") == "note: {name} {0}"


def test_evidence_is_told_by_its_verdict():
    rejected = {
        "accepted": False,
        "verdict": "rejected",
        "channel": "sms",
        "reason": {"da": "ukendt", "en": "unknown"},
    }
    entry = j.DataSet({"proof": j.Personal(rejected)})
    assert (
        entry_in_words(entry, None, ORGANISATION, "da")
        == "gemt: proof = bevis via sms, som ikke er godkendt: ukendt"
    )


def test_a_step_does_not_say_things_twice():
    step = (
        j.CommandTaken("choice", "go", "qaa", "", {}, AT),
        j.TransitionTaken("t", "choice", "go", ("a",), ("b",), "qaa"),
        j.StateLeft("a"),
        j.StateEntered("b", 1),
        j.PromiseMoved("p", "pending"),
        j.PromiseMoved("q", "broken"),
        j.PeopleNotified(("lead",), (), None, "go"),
        j.ItemOpened("notice:2.1", "notice", ("lead",), (), j.Personal({"because": "go"})),
    )
    assert step_in_words(step, None, ORGANISATION, "en") == [
        "Anna Test took “go”",
        "“go” led from a to b",
        "the promise q was broken",
        "told Duty lead because of go",
    ]


TWICE = """
procedure: call
title: {en: Call}
owner: lead
starts: [{by: lead}]
initial: talking
states:
  talking: {task: {role: lead}, choices: {more: {label: {en: Answered and one more}, to: handed}}}
  handed: {task: {role: lead}, choices: {more: {label: {en: One more topic}, to: talking}, stop: {to: over}}}
  over: {final: true}
"""


def test_a_choice_that_two_states_have_is_called_as_in_the_state_it_was_taken_in():
    from procflow.definitions.from_texts import documents_of

    organisation = "organisation: x\ntimezone: Europe/Copenhagen\nlanguages: [en]\nroles: {lead: {en: Lead}}\npeople: {qaa: {name: Anna, roles: [lead]}}\n"
    procedure = documents_of(TWICE, organisation=organisation).procedures["call"]
    taken = j.CommandTaken("choice", "more", "qaa", "", {}, AT)
    for state, label in (("handed", "One more topic"), ("talking", "Answered and one more")):
        step = (taken, j.TransitionTaken(f"{state}.more#1", "choice", "more", (state,), ("x",), "qaa"))
        assert step_in_words(step, procedure, ORGANISATION, "en")[0] == f"Anna Test took “{label} (more)”"
        first, second = step_in_words(step, procedure, ORGANISATION, "en", titles=True)
        assert first == f"Anna Test took “{label}”"
        assert second.startswith(f"“{label}” led from ")
