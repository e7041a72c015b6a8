"""Who may: roles, `by`, four eyes, claims, hand-overs, absence and stand-ins (PRO-07, PRO-08)."""

from procflow.core import four_eyes

TEAM = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: {en: Agent}, clerk: {en: Clerk}, lead: {en: Lead}, chief: {en: Chief}}
people:
  ann: {name: Ann Test, roles: [agent], mate: bob}
  bob: {name: Bob Test, roles: [agent], mate: ann}
  cat: {name: Cat Test, roles: [clerk]}
  dan: {name: Dan Test, roles: [clerk], mate: ann}
  liz: {name: Liz Test, roles: [lead]}
  moe: {name: Moe Test, roles: [chief]}
"""

EYES = """
data: {asker: {type: person}}
initial: wish
states:
  wish: {task: {role: agent}, choices: {ask: {ask: [asker], to: check}}}
  check:
    task: {role: agent, other_than: [ask]}
    choices:
      approve: {other_than: ["${asker}"], to: done}
      reject: {to: wish}
      stop: {by: chief, to: done}
  done: {final: true}
"""


def test_four_eyes_by_choice_and_by_person(bench):
    b = bench(EYES, organisation=TEAM)
    b.open("ann")
    b.do("ask", "ann", asker="bob")
    refusal = b.refused("approve", "ann", because="four_eyes")
    assert "Ann Test" in refusal.words("en") and "ask" in refusal.words("da")
    b.refused("reject", "ann", because="four_eyes")
    b.refused("approve", "bob", because="four_eyes")
    b.do("reject", "bob")
    b.do("ask", "bob", asker="bob")  # now bob took it last
    b.refused("reject", "bob", because="four_eyes")
    b.do("approve", "ann")
    assert b.case.is_closed


def test_a_refusal_by_four_eyes_says_why_and_who_could(bench):
    b = bench(
        EYES.replace("asker: {type: person}", "asker: {type: person, label: {da: Spørger, en: Asker}}"),
        organisation=TEAM,
    )
    b.open("ann")
    b.do("ask", "ann", asker="bob")
    by_choice = b.refused("approve", "ann")
    assert by_choice.words("en") == "Ann Test took “ask”, so somebody else must do this"
    assert by_choice.words("da") == "Ann Test tog “ask”, så en anden skal gøre dette"
    assert by_choice.words("nb") == "Ann Test tok “ask”, så en annen må gjøre dette"
    assert "Nobody else who may is there now" in by_choice.hint("en"), "ann asked, and bob is named"
    by_person = b.refused("approve", "bob")
    assert by_person.words("en") == "Bob Test stands in this case as “Asker”, so somebody else must do this"
    assert by_person.words("da") == "Bob Test står i sagen som “Spørger”, så en anden skal gøre dette"
    assert by_person.words("nl").startswith("Bob Test staat in de zaak als")
    assert b.refused("reject", "ann").hint("da") == (
        "En anden person skal afgøre det (fire øjne). Bob Test kan."
    )
    assert b.refused("reject", "ann").path and b.refused("reject", "ann").at[0]


def test_a_refusal_by_four_eyes_calls_a_choice_by_its_label(bench):
    b = bench(
        EYES.replace("{ask: {ask: [asker]", "{ask: {label: {en: Ask for it, da: Bed om det}, ask: [asker]"),
        organisation=TEAM,
    )
    b.open("ann")
    b.do("ask", "ann", asker="bob")
    refusal = b.refused("reject", "ann", because="four_eyes")
    assert refusal.words("en").startswith("Ann Test took “Ask for it”")
    assert refusal.words("da").startswith("Ann Test tog “Bed om det”")


def test_of_many_who_could_the_first_are_named_and_the_others_counted(bench):
    many = "".join(f"  e{n}: {{name: E{n} Test, roles: [agent]}}\n" for n in range(9))
    refusals, most = {}, four_eyes.NAMED
    for count in range(9):
        team = TEAM + "".join(many.splitlines(True)[:count])
        b = bench(EYES, organisation=team)
        b.open("ann")
        b.do("ask", "ann", asker="bob")
        refusals[count] = b.refused("reject", "ann", because="four_eyes").hint("en")
    named = {count: hint.count(" Test") for count, hint in refusals.items()}
    others = {count: f"{1 + count - most} others can" in hint for count, hint in refusals.items()}
    assert named == {count: 1 + count if 1 + count <= most + 1 else most for count in range(9)}
    assert others == {count: 1 + count > most + 1 for count in range(9)}, "one more is named as well"


def test_a_field_without_a_label_is_told_by_its_name_as_words(bench):
    b = bench(EYES.replace("asker", "first_asker"), organisation=TEAM)
    b.open("ann")
    b.do("ask", "ann", first_asker="bob")
    said = b.refused("approve", "bob", because="four_eyes").words("en")
    assert said == "Bob Test stands in this case as “first asker”, so somebody else must do this"


def test_a_rule_of_four_eyes_that_is_no_field_is_told_without_code(bench):
    b = bench(EYES.replace('"${asker}"', '"${mate(asker)}"'), organisation=TEAM)
    b.open("ann")
    b.do("ask", "bob", asker="bob")
    refusal = b.refused("approve", "ann", because="four_eyes")
    assert refusal.words("en") == "somebody else than Ann Test must do this"
    assert refusal.words("da") == "en anden end Ann Test skal gøre dette"


def test_by_says_who_may_take_a_choice_instead_of_the_task(bench):
    b = bench(EYES, organisation=TEAM)
    b.open("ann")
    b.do("ask", "ann", asker="bob")
    b.refused("stop", "bob", because="not_allowed")
    assert "Chief" in b.refused("stop", "bob").words("en")
    b.do("stop", "moe")
    assert b.case.is_closed


CLAIM = """
initial: s
states:
  s:
    task: {role: agent, take: claim}
    choices: {work: {}, hand_in: {to: t}, by_chief: {by: chief, to: t}}
  t: {task: {role: agent, take: claim}, choices: {back: {to: s}}}
"""


def test_acting_on_a_task_claims_it_until_its_state_is_left(bench):
    b = bench(CLAIM, organisation=TEAM)
    b.open("ann")
    b.do("work", "ann")
    assert b.case.tasks["s"].claimed_by == "ann"
    refusal = b.refused("work", "bob", because="claimed")
    assert "Ann Test" in refusal.words("en")
    b.do("hand_in", "ann")
    assert b.case.tasks["t"].claimed_by == ""
    b.do("back", "bob")
    assert b.case.tasks["s"].claimed_by == ""


def test_a_claimed_task_of_an_absent_person_is_with_the_stand_in(bench):
    b = bench(CLAIM, organisation=TEAM)
    b.open("ann")
    b.do("work", "ann")
    b.absent("ann")
    away = b.refused("hand_in", "ann", because="absent")
    assert away.words("en") == "Ann Test is registered as absent, so the work is with Bob Test"
    assert [(e.of, e.to) for e in b.entries("TaskPassedOn")] == [("ann", ("bob",))]
    b.do("hand_in", "bob")
    command = b.entries("CommandTaken")[-1]
    assert (command.by, command.on_behalf) == ("bob", "ann")


NAMED = """
data: {owner: {type: person}}
initial: s
states:
  s:
    task: {to: "${owner}"}
    choices: {work: {}, move: {ask: [owner]}}
deadlines: {d: {starts: entering s, within: 2 working days, met: [choice never], missed: {do: [{notify: {role: lead}}]}}}
starts: [{by: agent, optional: [owner]}]
"""


def named(bench, **given):
    b = bench(
        NAMED.replace("met: [choice never]", "met: [choice move]").replace("move:", "move:"),
        organisation=TEAM,
    )
    b.open("ann", **given)
    return b


def test_a_task_for_a_person_is_that_persons_alone(bench):
    b = named(bench, owner="cat")
    b.refused("work", "dan", because="not_allowed")
    b.do("work", "cat")


def test_a_task_moves_when_the_data_that_name_its_person_change_and_the_task_keeps_its_age(bench):
    b = named(bench, owner="cat")
    since = b.case.tasks["s"].since
    b.wait("1 hours")
    b.do("move", "cat", owner="dan")
    assert b.case.tasks["s"].people == ("dan",) and b.case.tasks["s"].since == since
    b.refused("work", "cat", because="not_allowed")
    b.do("work", "dan")


def test_an_absent_persons_work_goes_to_the_mate_then_to_the_lead(bench):
    b = named(bench, owner="ann")
    b.absent("ann", until="2026-05-14 09:00")
    b.refused("work", "liz", because="not_allowed")
    b.do("work", "bob")
    assert b.entries("CommandTaken")[-1].on_behalf == "ann"
    b.absent("bob", until="2026-05-13 09:00")
    refusal = b.refused("work", "bob", because="not_allowed")
    assert "Ann Test" in refusal.words("en")
    b.do("work", "liz")
    assert b.entries("CommandTaken")[-1].on_behalf == "ann"
    b.refused("work", "ann", because="absent")
    b.wait("until 2026-05-13 09:00")
    b.do("work", "bob")
    b.wait("until 2026-05-14 09:00")
    b.do("work", "ann")
    assert b.entries("CommandTaken")[-1].on_behalf == ""


def test_a_person_without_a_mate_is_stood_in_for_by_the_lead(bench):
    b = named(bench, owner="cat")
    b.absent("cat")
    b.do("work", "liz")


def test_a_role_all_of_whom_are_absent_is_stood_in_for(bench):
    b = bench(CLAIM.replace("role: agent", "role: clerk"), organisation=TEAM)
    b.open("ann")
    b.absent("cat")
    b.refused("work", "liz", because="not_allowed")  # dan is there
    b.absent("dan")
    refusal = b.refused("work", "dan", because="absent")
    assert "Ann Test" in refusal.words("en") and "Liz Test" in refusal.words("en")
    b.do("work", "ann")
    assert b.entries("CommandTaken")[-1].on_behalf == "dan"


def test_an_assigned_task_is_that_persons_and_its_clocks_stay(bench):
    b = bench(
        CLAIM
        + "deadlines: {d: {starts: entering s, within: 2 working days, met: [choice hand_in], missed: {do: [{notify: {role: lead}}]}}}\n",
        organisation=TEAM,
    )
    b.open("ann")
    due = b.due("d")
    b.wait("1 days")
    b.refused("assign", "cat", person="dan", because="not_allowed")
    b.do("assign", "ann", person="DAN")
    assert b.due("d") == due and b.case.tasks["s"].claimed_by == "dan"
    b.refused("work", "ann", because="claimed")
    b.do("work", "dan")
    b.do("assign", "liz", person="bob")  # the lead may hand over what others have
    b.do("work", "bob")
    b.refused("assign", "bob", person="nobody", because="unknown_person")
    b.refused("assign", "bob", person="dna", because="(dan?)")


def test_work_is_assigned_to_nobody_who_is_away(bench):
    """It would lie with a stand-in in silence, or with nobody (PRO-07)."""
    b = bench(CLAIM, organisation=TEAM)
    b.open("ann")
    b.do("assign", "ann", person="bob")
    b.absent("ann", until="2026-05-20 09:00")
    for who in ("bob", "liz"):
        refusal = b.refused("assign", who, person="ann", because="handed_to_absent")
        assert "Ann Test" in refusal.words("en") and "20 May 2026" in refusal.words("en")
    assert b.case.tasks["s"].claimed_by == "bob"


def test_work_for_nobody_goes_to_the_owner_of_the_procedure(bench):
    b = named(bench)
    assert b.case.tasks["s"].roles == ("lead",)
    b.do("work", "liz")


def test_work_of_a_person_who_has_left_the_organisation_is_stood_in_for(bench):
    from dataclasses import replace

    b = named(bench, owner="cat")
    organisation = b.stage.cast.organisation
    people = {name: facts for name, facts in organisation.people.items() if name != "cat"}
    b.stage.recast(replace(b.stage.cast, organisation=with_people(organisation, people)))
    b.do("work", "liz")


def test_who_acts_by_a_right_of_their_own_or_stands_in_does_not_take_the_task_over(bench):
    b = bench(
        CLAIM.replace("by_chief: {by: chief, to: t}", "look: {by: chief}").replace(
            "role: agent,", 'to: "${owner}",'
        )
        + "data: {owner: {type: person}}\nstarts: [{by: agent, ask: [owner]}]\n",
        organisation=TEAM,
    )
    b.open("ann", owner="ann")
    b.do("look", "moe")
    assert b.case.tasks["s"].claimed_by == ""
    b.absent("ann", until="2026-05-12 09:00")
    b.do("work", "bob")
    assert b.case.tasks["s"].claimed_by == ""
    b.wait("until 2026-05-12 09:00")
    b.do("work", "ann")  # back again, it is ann's
    assert b.case.tasks["s"].claimed_by == "ann"


def test_the_claimed_task_of_a_person_who_has_left_the_organisation_is_stood_in_for(bench):
    from dataclasses import replace

    b = bench(CLAIM, organisation=TEAM)
    b.open("ann")
    b.do("work", "bob")
    organisation = b.stage.cast.organisation
    people = {name: facts for name, facts in organisation.people.items() if name != "bob"}
    b.stage.recast(replace(b.stage.cast, organisation=with_people(organisation, people)))
    b.do("work", "liz")
    assert b.entries("CommandTaken")[-1].on_behalf == "bob"


def with_people(organisation, people):
    """The organisation with other people."""
    from procflow.core.organisation import Organisation

    return Organisation(
        organisation.name, organisation.calendar, organisation.languages, organisation.stand_in,
        organisation.roles, people, organisation.mailboxes, organisation.parameters,
    )  # fmt: skip
