"""Words on the screen that a scenario expects: rendered as an agent reads them, and told with the nearest when they differ."""

import pytest

PROCEDURE = """\
procedure: spoken
title: {da: Talt, en: Spoken}
owner: lead
starts: [{by: agent, ask: [kn]}]
data:
  kn: {type: string}
initial: greeting
states:
  greeting:
    title: {da: Kunden er i røret, en: The customer is on the line}
    help: {da: Kort og venligt, en: Short and friendly}
    task:
      role: agent
      say: {da: "Det er ${actor.name}. Du hører fra os senest ${due('answer')}.", en: "This is ${actor.name}. You will hear from us by ${due('answer')}."}
      guide: {da: "Lov aldrig 24 timer. Kunden er ${kn}.", en: "Never promise 24 hours. The customer is ${kn}."}
    choices:
      hang_up: {label: {da: Læg på, en: Hang up}, help: {da: Sig farvel, en: Say goodbye}, to: quiet}
  quiet:
    task: {role: lead}
    choices:
      done: {to: closed}
  closed: {final: true, outcome: closed}
deadlines:
  answer: {title: {da: Svar, en: Answer}, starts: opening, within: 3 working days, met: choice done}
  later: {title: {da: Siden, en: Later}, starts: opening, within: 5 working days, met: choice done}
"""
OPEN = '- open: {by: qaa, with: {kn: "104233"}}\n'
SAY = "Det er Anna Test. Du hører fra os senest fredag den 15. maj 2026 kl. 17.00."


@pytest.fixture
def spoken(workspace):
    """The workspace has the procedure `spoken`."""
    folder = workspace / "procedures" / "spoken"
    folder.mkdir()
    (folder / "procedure.yaml").write_text(PROCEDURE, "utf-8")


@pytest.fixture
def play(spoken, rehearse):
    """Plays the steps of one test of `spoken`; -> its result."""

    def run(steps: str):
        body = "\n".join(f"    {line}" for line in steps.strip("\n").splitlines())
        text = f"scenarios: spoken\nclock: 2026-05-11 10:05\ntests:\n  It:\n{body}\n"
        (result,) = rehearse(text, name="spoken")
        return result

    return run


@pytest.mark.parametrize(
    "wanted",
    [
        f'says: "{SAY}"',
        'says: "senest fredag den 15. maj"',  # a part is enough, case aside
        'says: [DET ER ANNA, {guide: "Kunden er 104233"}]',
        "says: {title: Kunden er i røret, help: venligt, choice: [Læg på, Sig farvel]}",
        'says: {en: "You will hear from us by Friday 15 May 2026 at 17:00."}',
        "says: {say: {da: Det er Anna, en: This is Anna}, guide: [{en: Never promise}, Lov aldrig]}",
        "says: {reader: QLL, say: Det er Lis Test}",
        'says: {deadline: "Svar: løber, frist fredag den 15. maj 2026 kl. 17.00"}',
        "says_not: [penge, {say: 24 timer}, {say: [{en: 24 hours}, Svar]}]",
        f'says_only: {{say: "{SAY}"}}',
        f'says_only: ["{SAY}", "Lov aldrig 24 timer.  Kunden er 104233.", Kort og venligt]',
        'says_only: {title: Kunden er i røret, deadline: ["Svar: løber, frist fredag den 15. maj 2026 kl. 17.00", "Siden: løber, frist tirsdag den 19. maj 2026 kl. 17.00"]}',
    ],
)
def test_words_with_their_values_stand_there(play, wanted):
    result = play(OPEN + f"- expect: {{{wanted}}}")
    assert result.passed, result.as_text()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            "says: {say: Du hører fra os senest torsdag den 14. maj 2026}",
            [
                "- say: Du hører fra os senest torsdag den 14. maj 2026",
                f"+ say: {SAY}",
                "hint: the nearest that stands there: “Du hører fra os senest fredag den 15. maj 2026”",
            ],
        ),
        ("says: Farvel og tak for alt", ["- Farvel", "+ title: Kunden er i røret", "+ guide: Lov aldrig"]),
        ("says: {say: 24 timer}", ["- say: 24 timer", "these words stand in the `guide` of `greeting`"]),
        ("says: Never promise", ["these words are in `en`: write {en: …}"]),
        ("says: {reader: qll, say: Det er Anna Test}", ["+ say: Det er Lis Test."]),
        ("says_not: 24 timer", ["- not 24 timer", "+ guide: Lov aldrig 24 timer. Kunden er 104233."]),
        ("says_not: [penge, {en: by Friday}]", ["- not by Friday", "+ say: This is Anna Test."]),
        ("says_only: Kort og venligt", ["+ say: Det er Anna Test.", "+ guide: Lov aldrig"]),
        (
            "says_only: {say: Det er Anna Test.}",
            ["- say: Det er Anna Test.", f"+ say: {SAY}", "write the whole sentence"],
        ),
        (
            "says_only: {say: Det er Anna Fest. Du hører}",
            ["hint: the nearest that stands there: “Det er Anna Test."],
        ),
        ("says_only: {guide: []}", ["- (nothing)", "+ guide: Lov aldrig"]),
        ("says_only: []", ["- (nothing)", "+ say: Det er Anna Test."]),
    ],
)
def test_other_words_are_told_with_those_that_stood_there(play, wanted, words):
    result = play(OPEN + f"- expect: {{{wanted}}}")
    assert not result.passed, "it passed"
    assert [part for part in words if part not in result.failure] == [], result.failure


def test_the_line_and_column_are_those_of_the_words(play):
    result = play(OPEN + "- expect:\n    says:\n      say: Det er Anna\n      guide: Lov aldrig 48 timer\n")
    assert (result.line, result.column) == (9, 11), result.as_text()


def test_the_promise_stands_there_only_where_the_owner_wrote_nothing_to_say(play):
    """One thing to tell the customer at a time: the owner's own words, else the first date that runs."""
    result = play(
        OPEN
        + f'- expect: {{says_only: {{say: "{SAY}"}}}}\n'
        + "- do: hang_up\n"
        + '- expect: {says_only: "Sig til kunden: Svar senest fredag den 15. maj 2026 kl. 17.00."}\n'
        + '- expect: {says: {say: {en: "Tell the customer: Answer no later than Friday 15 May 2026 at 17:00."}}}\n'
        + "- do: done\n  by: qll\n"
        + "- expect: {says_only: [], says: {deadline: holdt}, says_not: Sig til kunden}\n"
    )
    assert result.passed, result.as_text()


def test_of_a_closed_case_the_hint_says_that_it_is_closed(play):
    result = play(OPEN + "- do: hang_up\n- do: done\n  by: qll\n- expect: {says: Goddag}\n")
    assert not result.passed and "hint: the case is closed" in result.failure, result.failure


def test_whose_work_it_is_reads_where_nobody_has_acted(play):
    result = play('- open: {with: {kn: "104233"}}\n- expect: {says: {say: Det er Anna Test}}\n')
    assert result.passed, result.as_text()


@pytest.mark.parametrize(
    ("wanted", "code", "hint"),
    [
        ("says: {gide: Lov aldrig}", "PF101", "`guide`"),
        ("says: {say: x, da: y}", "PF101", ""),
        ("says: []", "PF106", ""),
        ("says_not: {guide: []}", "PF106", ""),
        ("say: Lov aldrig", "PF101", "`says`"),
        ("says: {de: Niemals}", "PF420", "`da` and `en`"),
        ("says_only: [{say: {de: Niemals}}]", "PF420", "`da` and `en`"),
        ("says: {reader: qba, say: x}", "PF243", "`qbb`"),
    ],
)
def test_a_wrong_key_language_or_person_is_found_before_anything_is_played(
    spoken, workspace, wanted, code, hint
):
    from procflow.definitions.workspace import read_workspace

    path = "procedures/spoken/scenarios.yaml"
    text = f"scenarios: spoken\nclock: 2026-05-11 10:05\ntests:\n  It:\n    - expect: {{{wanted}}}\n"
    (workspace / path).write_text(text, "utf-8")
    found = [p for p in read_workspace(str(workspace)).diagnostics if p.path == path]
    assert [problem.code for problem in found] == [code], [problem.as_text() for problem in found]
    assert hint in found[0].hint and found[0].line == 5 and found[0].column > 15
