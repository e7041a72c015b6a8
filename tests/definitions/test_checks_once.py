"""One fault is told once: what hangs on it in other places, and in other files, is not called wrong as well."""

INVOKED = """\
procedure: asked
title: Asked
owner: lead
data: {topic: {type: string}, answer: {type: string}}
initial: open
states:
  open: {task: {role: agent}, choices: {answer: {ask: [answer], to: done}}}
  done: {final: true}
"""

INVOKES = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
data: {worth: {type: money}}
initial: asking
states:
  asking:
    invoke: {procedure: asked, with: {topic: "The ${case.number}"}}
    events: {done: {to: closed}, failed: {to: closed}}
    task: {role: agent}
    choices: {stop: {ask: [worth], when: worth > 5, to: closed}}
  closed: {final: true, §outcom: over}
"""


def test_a_file_that_is_not_understood_may_be_the_one_that_fills_and_reads_the_data_of_another(
    expect,
) -> None:
    files = {"procedures/asked/procedure.yaml": INVOKED}
    whole = INVOKES.replace("{type: money}", "{type: number}")
    expect(whole.replace("§outcom", "outcome"), files=files)
    expect(whole, ("PF101", "did you mean `outcome`?"), files=files)


def test_what_a_type_is_that_is_not_there_is_not_guessed(expect) -> None:
    whole = INVOKES.replace("§outcom", "outcome")
    files = {
        "procedures/asked/procedure.yaml": INVOKED,
        "procedures/types.yaml": "types: {code: {type: string}}",
    }
    expect(whole.replace("money}", "§money}"), ("PF200", "there is no type `money`"), files=files)
    for types in ("types: {money: {type: number, minimun: 0}}", "types: {money: {type: nomber}}"):
        expect(whole, files={**files, "procedures/types.yaml": types}, only=("PF317",))


def test_an_event_that_is_nearly_an_answer_is_called_by_its_name(expect) -> None:
    files = {"procedures/asked/procedure.yaml": INVOKED}
    text = INVOKES.replace("§outcom", "outcome").replace("money", "number").replace("{done:", "{§don:")
    expect(text, ("PF247", "did you mean `done`?"), files=files)


STATES = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
initial: first
states:
  §First: {task: {role: agent}, choices: {go: {to: last}}, title: {en: §""}}
  last: {final: true}
"""


def test_a_name_that_is_no_id_is_told_where_it_is_declared(expect) -> None:
    expect(STATES, ("PF105", "write `first`"), ("PF106", "is empty"))
    expect(STATES.replace("§First", "§fi-rst").replace('§""', "A"), ("PF105", "write `fi_rst`"))
    block = STATES.replace("§First", "first").replace('§""', "A").replace("owner: lead", "owner: §|\n  lead")
    expect(block, ("PF242", "on the line of its key"))


PEOPLE = """\
organisation: small
timezone: Europe/Copenhagen
languages: [§english]
calendar: {open: {mon-fri: "09:00-17:00"}}
roles: {agent: {en: Agent}, §Lead: {en: Lead}}
people:
  qaa: {name: Anna Test, roles: [agent], mate: §qbx}
  qbb: {name: Bo Test, roles: [agent, lead], mate: qaa}
  qcc: {name: Cy Test, §role: [agent]}
"""


def test_a_fault_of_the_organisation_is_told_once(check) -> None:
    path = "procedures/organisation.yaml"
    faults = [
        PEOPLE.replace("english", "en"),
        PEOPLE.replace("english", "en").replace("Lead:", "lead:"),
        PEOPLE,
    ]
    faults[1] = faults[1].replace("role: [agent]}", "roles: [agent]}")
    told = [[p.code for p in check(text, path=path) if p.path == path] for text in faults]
    assert told == [["PF105", "PF101"], ["PF315"], ["PF105", "PF105", "PF101"]]


def test_an_id_without_its_quotes_is_told_once(expect) -> None:
    text = STATES.replace("§First", "first").replace('{en: §""}', "A")
    expect(
        text.replace("{to: last}", "{when: 'did(§mail.send)', to: last}"), ("PF314", 'write did("mail.send")')
    )
