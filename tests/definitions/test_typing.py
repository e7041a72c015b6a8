"""The checker of expressions: each problem with its code, place and hint; narrowing; personal data."""

from __future__ import annotations

import pytest

from procflow.core.expression_functions import LIBRARY
from procflow.definitions.codes import CODES
from procflow.definitions.functions import FUNCTIONS, LIBRARY_SIGNATURES
from procflow.definitions.parse import parse_expression, parse_template
from procflow.definitions.types import (
    ACTOR,
    ANY,
    BOOL,
    CASE,
    DATE,
    DURATION,
    EVIDENCE,
    FILE,
    INSTANT,
    MESSAGE,
    NUMBER,
    PERSON,
    ROLE,
    TEXT,
    Enum,
    ListOf,
    MapOf,
    Record,
    Type,
    Typed,
    describe,
)
from procflow.definitions.typing import Environment, Problem, check_expression, check_template

CARRIER = Enum(("PROSAM", "FIRST", "KAB", "unknown"))
NAMES = {
    "carrier": Typed(CARRIER, unset=True),
    "kn": Typed(TEXT, unset=True, personal=True),
    "phones": Typed(ListOf(TEXT), personal=True),
    "email": Typed(TEXT, unset=True, personal=True),
    "proof": Typed(EVIDENCE),
    "caseworker": Typed(PERSON, unset=True),
    "amount": Typed(NUMBER, unset=True),
    "limit": Typed(NUMBER),
    "agreed": Typed(BOOL, unset=True),
    "birthday": Typed(DATE, unset=True, personal=True),
    "address": Typed(Record("address", {"street": Typed(TEXT, unset=True)}), unset=True, personal=True),
    "anything": Typed(ANY),
    "now": Typed(INSTANT),
    "message": Typed(MESSAGE),
    "actor": Typed(ACTOR),
    "case": Typed(CASE),
    "input": Typed(Record("input", {"screenshot": FILE, "name_is_visible": BOOL})),
}
VOCABULARY = {
    "state": {"wish", "route", "confirmed"},
    "choice": {"register", "executed"},
    "event": {"message"},
    "deadline": {"carrier_acts"},
    "operation": {"mail.send", "note.write"},
    "role": {"agent", "lead", "policy_dept"},
    "mailbox": {"main", "policy_dept"},
    "param": {"gap", "phone_main"},
    "table": {"kc_codes"},
    "decision": {"travel_desk"},
    "procedure": {"travel"},
    "person": {"qaa", "qbb"},
    "channel": {"sms", "mail", "messenger"},
}
ROW = Record("kc_codes", {"code": TEXT, "handler": TEXT, "response": DURATION})


def environment(place: str = "") -> Environment:
    return Environment(
        names=NAMES,
        vocabulary=VOCABULARY,
        result_of={
            ("param", "gap"): DURATION,
            ("param", "phone_main"): TEXT,
            ("table", "kc_codes"): MapOf(ROW),
            ("decide", "travel_desk"): Record(
                "gives", {"desk": Enum(("main", "fga")), "role": Enum(("agent", "lead"))}
            ),
        },
        argument_of={
            ("decide", "travel_desk"): Record("inputs", {"abroad": BOOL, "health": Enum(("well", "ill"))})
        },
        hints={"input.reason": "the step asks for no reason", "result": "only after invoke"},
        place=place,
    )


def problems(text: str, expect: Type | None = BOOL, place: str = "") -> list[Problem]:
    return check_expression(parse_expression(text), environment(place), expect)[1]


GOOD = [
    'carrier == "PROSAM"',
    'carrier != "KAB" && carrier in ["FIRST", "unknown"]',
    "email != null",
    "agreed",
    "!agreed || proof.accepted",
    "proof_of(message).accepted",
    'proof_of(message).verdict == "second_check"',
    "evidence('messenger', input.screenshot).accepted",
    'state("confirmed") && !proof.accepted',
    'closed() || missed("carrier_acts")',
    'count("executed") > 2 && did("mail.send")',
    'who("register") == actor.id && who("register") != caseworker',
    '"agent" in actor.roles && actor.roles.exists(r, r == "lead")',
    'caseworker == "qaa"',
    'now - case.opened > param("gap")',
    'due("carrier_acts") != null && due("carrier_acts") < now',
    'add_time(now, "4 working days") > case.opened',
    'add_time(birthday, "minus 1 month") < now && add_time(now, "minus 2 days") < now',
    'open_at(add_time(now, param("gap")))',
    "table('kc_codes')[kn].handler == 'KC'",
    'decide("travel_desk", {"abroad": true, "health": "ill"}).desk == "fga"',
    'mailbox("main") == mailbox("policy_dept")',
    'role(decide("travel_desk", {}).role) == "lead"',
    'members("agent").exists(p, p.region == "east" && absent(p))',
    'person("qaa").mail.endsWith("example") && person(kn) != null',
    "cases('travel', {'kn': kn}).size() == 0",
    "message.subject.contains('bil') || message.text.matches('(?i)police')",
    "phones.exists(p, p.startsWith('+45'))",
    "anything > 3 && anything.x.y == now && anything[0]",
    "date(now) > date('2026-01-01') && now > timestamp('2026-01-01 10:00')",
    "birthday != null && date(now) - birthday > 6570",
    "now.getHours() < 12 && now.getDayOfWeek('Europe/Copenhagen') in [1, 2]",
    "size(kn != null ? kn : 'x') > 1",
    "min(limit, 3) < max([1, 2])",
    "has(message.subject)",
    "input.name_is_visible",
    "address.street == null",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_right_guard_has_no_problem(text: str) -> None:
    typed, found = check_expression(parse_expression(text), environment("guard"), BOOL)
    assert found == []
    assert typed.type in (BOOL, ANY)
    assert not typed.personal


BAD = [
    # text, code, column, part of the hint
    ("carier == 'KAB'", "PF310", 1, "carrier"),
    ("carrier == PROSAM", "PF310", 12, '"PROSAM" in quotes'),
    ("result.outcome == 'x'", "PF310", 1, "only after invoke"),
    ("closed && agreed", "PF310", 1, "closed(…)"),
    ("message.subjct == 'x'", "PF311", 9, "subject"),
    ("caseworker.nme == 'x'", "PF311", 12, "name"),
    ("input.reason == 'x'", "PF311", 7, "asks for no reason"),
    ("kn.length == 3", "PF311", 4, ""),
    ("phones.size == 3", "PF311", 8, "write phones.size()"),
    ("table('kc_codes')['LLK'].handlr == 'KC'", "PF311", 26, "handler"),
    ("contians(kn, 'x')", "PF312", 1, ""),
    ("kn.contians('x')", "PF312", 4, "contains"),
    ("phones.exist(p, p == 'x')", "PF312", 8, "exists"),
    ("cont('executed') > 1", "PF312", 1, "count"),
    ("getHours(now) > 1", "PF312", 1, "x.getHours"),
    ("'executed'.count() > 1", "PF312", 12, "count(…)"),
    ("count() > 1", "PF313", 1, ""),
    ("closed('x')", "PF313", 1, ""),
    ("kn.contains('a', 'b')", "PF313", 4, ""),
    ("count(executed) > 1", "PF314", 7, 'count("executed")'),
    ("table(kn)['x'].handler == 'KC'", "PF314", 7, 'table("kn")'),
    ("due('carrier_' + 'acts') == now", "PF314", 5, "quotes"),
    ("state('confirmd')", "PF315", 7, "confirmed"),
    ("missed('carrier_act')", "PF315", 8, "carrier_acts"),
    ("did('mail.sent')", "PF315", 5, "mail.send"),
    ("mailbox('policydept') == 'x'", "PF315", 9, "policy_dept"),
    ("evidence('mesenger', input.screenshot).accepted", "PF315", 10, "messenger"),
    ("mailbox(decide('travel_desk', {}).desk) == 'x'", "PF315", 9, "main"),
    ("caseworker == 'qab'", "PF315", 15, "qbb"),
    ("'agnt' in actor.roles", "PF315", 1, "agent"),
    ("role('agent') == 'laed'", "PF315", 18, "lead"),
    ("carrier == 'PROSAN'", "PF316", 12, "PROSAM"),
    ("'PROSAN' != carrier", "PF316", 1, "PROSAM"),
    ("carrier in ['KAB', 'FRIST']", "PF316", 20, "FIRST"),
    ("proof.verdict == 'ok'", "PF316", 18, "accepted"),
    ("limit + 'x' == 'x'", "PF317", 7, "string("),
    ("now + '60 minutes' > now", "PF317", 5, "duration("),
    ("now + 60 > now", "PF317", 5, "add_time"),
    ("'hello ' + actor == 'x'", "PF317", 10, ".name"),
    ("limit < 'x'", "PF317", 7, ""),
    ("1 < limit < 5", "PF317", 11, "1 < limit && limit < 5"),
    ("now > date('2026-01-01')", "PF317", 5, "date("),
    ("phones > 3", "PF317", 8, "size()"),
    ("case.opened > '2026-01-01'", "PF317", 13, "timestamp("),
    ("'x' in 'xyz'", "PF317", 8, "contains"),
    ("limit.all(x, true)", "PF317", 1, ""),
    ("phones['a'] == 'x'", "PF317", 8, ""),
    ("-case.opened == now", "PF317", 2, ""),
    ("open_at('2026-01-01')", "PF318", 9, ""),
    ("absent(limit)", "PF318", 8, ""),
    ("limit.contains('x')", "PF318", 1, "string("),
    ("add_time(now, 4) > now", "PF318", 15, ""),
    ("max(limit, 'x') == 3", "PF318", 12, ""),
    ("choice('executed')", "PF319", 1, "promises"),
    ("event('message')", "PF319", 1, "promises"),
    ("kn", "PF320", 1, "kn != null"),
    ("agreed && kn", "PF320", 11, "kn != null"),
    ("!phones", "PF320", 2, "size(phones) > 0"),
    ("limit ? true : agreed", "PF320", 1, ""),
    ("phones.filter(p, p).size() == 0", "PF320", 18, ""),
    ("phones.exists(p, size(p))", "PF320", 18, ""),
    ("limit == 'x'", "PF322", 7, "quotes"),
    ("agreed == 'yes'", "PF322", 8, ""),
    ("case.opened == date('2026-01-01')", "PF322", 13, "date("),
    ("birthday == '2026-01-01'", "PF322", 10, "date("),
    ("param('gap') == '60 minutes'", "PF322", 14, "duration("),
    ("limit in ['a']", "PF322", 7, ""),
    ("phones == kn", "PF322", 8, ""),
    ("kn.matches('(a')", "PF325", 12, "close the"),
    ("now.getHours('Europe/Kopenhagen') == 1", "PF325", 14, "Europe/Copenhagen"),
    ("add_time(now, '4 wrking days') > now", "PF325", 15, "working days"),
    ("add_time(now, 'minus 4 wrking days') > now", "PF325", 15, "working days"),
    ("timestamp('soon') > now", "PF325", 11, "2026-"),
    ("duration('1 fortnight') > param('gap')", "PF325", 10, ""),
    ("int('x') == limit", "PF325", 5, ""),
    ("decide('travel_desk', {'abraod': true}).desk == 'fga'", "PF326", 24, "abroad"),
    ("decide('travel_desk', {'health': 'il'}).desk == 'fga'", "PF316", 34, "ill"),
    ("decide('travel_desk', {'abroad': 'yes'}).desk == 'fga'", "PF320", 34, ""),
]


@pytest.mark.parametrize(("text", "code", "column", "hint"), BAD, ids=[item[0] for item in BAD])
def test_a_wrong_guard_has_one_problem_at_its_word(text: str, code: str, column: int, hint: str) -> None:
    found = problems(text, place="guard")
    assert [(problem.code, problem.at) for problem in found if problem.severity == "error"] == [
        (code, (1, column))
    ]
    problem = next(problem for problem in found if problem.severity == "error")
    assert hint in problem.hint
    assert problem.message


UNSET = [
    ("amount > 3", [1]),
    ("3 <= amount", [6]),
    ("amount + 1 == 2", [1]),
    ("size(kn) > 3", [6]),
    ("kn.size() > 3", [1]),
    ("kn.lower() == 'x'", [1]),
    ("address.street.size() > 3", [1]),
    ("due('carrier_acts') < now", [1]),
    ("table('kc_codes')['LLK'].response > param('gap')", [1]),
    ("phones[0].size() > 3", [1]),
    ("null < limit", [1]),
    ("amount > 3 && amount < 5", [1]),  # a yes proves that it is set
    ("amount > 3 || amount < 5", [1, 15]),
    ("amount == null && amount > 3", [19]),
    ("amount != null || amount > 3", [19]),
    ("agreed && amount > 3", [11]),
    ("amount != null && (agreed || amount > limit)", []),
    ("amount == null || amount > 3", []),
    ("!(amount == null) && amount > 3", []),
    ("!(amount == null || agreed) && amount > 3", []),
    ("null != amount && amount > 3", []),
    ("amount != null ? amount > 3 : agreed", []),
    ("amount == null ? agreed : amount > 3", []),
    ("(amount == null ? 0 : amount) > 3", []),
    ("amount in [1, 2] && amount > 1", []),
    ("amount == 3 && amount > 1", []),
    ("has(address.street) && address.street.size() > 3", []),
    ("address.street != null && address.street.size() > 3", []),
    ("kn != null && phones.exists(p, p.size() > kn.size())", []),
    ("phones.exists(p, p.size() > kn.size())", [29]),
    ("due('carrier_acts') != null && due('carrier_acts') < now", []),
    ("(amount != null && agreed || amount != null && !agreed) && amount > 3", []),
    ("kn.contains('x') && kn.size() > 2", []),
    ("kn.startsWith('x') || email.endsWith('y')", []),
    ("carrier == 'KAB' || amount == 3", []),
]


@pytest.mark.parametrize(("text", "columns"), UNSET, ids=[item[0] for item in UNSET])
def test_a_value_that_may_be_unset_is_warned_of_where_no_test_stands_before(
    text: str, columns: list[int]
) -> None:
    found = problems(text)
    assert [(problem.code, problem.severity, problem.at[1]) for problem in found] == [
        ("PF323", "warning", column) for column in columns
    ]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("true", 1, "always yes"),
        ("1 == 2", 1, "always no"),
        ("agreed && true", 11, "always yes"),
        ("agreed || 1 > 2", 11, "always no"),
        ("false ? agreed : !agreed", 1, "always no"),
        ("phones != null", 1, "never null"),
        ("proof == null", 1, "never null"),
        ("null != case.id", 9, "never null"),
        ("kn != null && limit == null", 15, "never null"),
    ],
)
def test_a_condition_that_never_changes_is_warned_of(text: str, column: int, message: str) -> None:
    (problem,) = problems(text)
    assert (problem.code, problem.severity, problem.at) == ("PF324", "warning", (1, column))
    assert message in problem.message


def test_a_second_test_for_null_is_not_called_constant() -> None:
    assert problems("kn != null && kn != null") == []


def test_a_variable_that_hides_a_name_is_warned_of() -> None:
    (problem,) = problems("phones.exists(kn, kn == 'x')")
    assert (problem.code, problem.severity) == ("PF327", "warning")


PLACES = [
    ("kn", TEXT, []),
    ("limit", TEXT, ["PF321"]),
    ("now", DATE, ["PF321"]),
    ("date(now)", DATE, []),
    ("birthday", INSTANT, ["PF321"]),
    ("'60 minutes'", DURATION, []),
    ("'sixty minutes'", DURATION, ["PF321"]),
    ("'2026-01-01'", DATE, []),
    ("param('gap')", DURATION, []),
    ("caseworker", PERSON, []),
    ("'qaa'", PERSON, []),
    ("'qab'", PERSON, ["PF315"]),
    ("caseworker", TEXT, ["PF321"]),
    ("role('lead')", ROLE, []),
    ("'laed'", ROLE, ["PF315"]),
    ("'KAB'", CARRIER, []),
    ("'KABB'", CARRIER, ["PF316"]),
    ("limit > 1 ? 'KAB' : 'KABB'", CARRIER, ["PF316"]),
    ("limit > 1 ? 'KAB' : 3", CARRIER, ["PF321"]),
    ("carrier", Enum(("PROSAM",)), ["PF316"]),
    ("carrier", TEXT, []),
    ("phones", ListOf(TEXT), []),
    ("phones", TEXT, ["PF321"]),
    ("[1, 2]", ListOf(TEXT), ["PF321"]),
    ("[]", ListOf(TEXT), []),
    ("proof.file", FILE, []),
    ("proof_of(message)", EVIDENCE, []),
    ("null", TEXT, []),
    ("anything", DATE, []),
]


@pytest.mark.parametrize(
    ("text", "expect", "codes"), PLACES, ids=[f"{text} as {describe(t)}" for text, t, _ in PLACES]
)
def test_a_value_must_fit_its_place(text: str, expect: Type, codes: list[str]) -> None:
    assert [problem.code for problem in problems(text, expect)] == codes


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("kn", True),
        ("kn + 'x'", True),
        ("kn.trim()", True),
        ("[kn]", True),
        ("{'a': kn}.a", True),
        ("phones[0]", True),
        ("phones.map(p, p.size())", True),
        ("phones.filter(p, p != '')", True),
        ("phones.map(p, 1)", False),
        ("limit > 1 ? kn : 'x'", True),
        ("kn == 'x' ? 'a' : 'b'", False),
        ("address.street", True),
        ("message.subject", True),
        ("message.received", False),
        ("message.channel", False),
        ("kn == 'x'", False),
        ("kn.contains('x')", False),
        ("table('kc_codes')[kn].handler", False),
        ("proof_of(message)", False),
        ("string(birthday != null ? birthday : date(now))", True),
        ("carrier", False),
    ],
)
def test_personal_data_flow_into_values_but_never_into_a_yes_or_no(text: str, personal: bool) -> None:
    typed, found = check_expression(parse_expression(text), environment())
    assert [problem for problem in found if problem.severity == "error"] == []
    assert typed.personal is personal


def test_a_template_is_a_text_that_is_personal_when_a_part_is() -> None:
    typed, found = check_template(parse_template("${limit} ${kn} ${karrier}"), environment(), TEXT)
    assert typed == Typed(TEXT, personal=True)
    assert [(problem.code, problem.at) for problem in found] == [("PF310", (1, 18))]
    assert check_template(parse_template("${limit}"), environment())[0] == Typed(NUMBER)


def test_all_problems_come_at_once_in_the_order_of_the_text() -> None:
    found = problems("carier == 'x' && limt > 3 && state('wich') && carrier == 'KABB' && kn")
    assert [problem.code for problem in found] == ["PF310", "PF310", "PF315", "PF316", "PF320"]
    assert [problem.at[1] for problem in found] == sorted(problem.at[1] for problem in found)


def test_functions_of_promises_are_known_in_promises() -> None:
    assert problems("choice('executed') || event('message')", place="promise") == []


def test_a_vocabulary_that_was_not_given_is_not_checked() -> None:
    typed, found = check_expression(parse_expression("count('x') > 1"), Environment(names={}), BOOL)
    assert (typed, found) == (Typed(BOOL), [])


def test_the_checker_and_the_evaluation_know_the_same_library() -> None:
    assert set(LIBRARY) == set(LIBRARY_SIGNATURES)
    assert not set(LIBRARY) & set(FUNCTIONS)
    for name, pure in LIBRARY.items():
        signature = LIBRARY_SIGNATURES[name]
        assert (len(signature.parameters) - signature.optional, len(signature.parameters)) == (
            pure.least,
            pure.most,
        )
        assert signature.style == pure.style


def test_every_code_of_the_checker_is_provoked_here() -> None:
    seen = (
        {item[1] for item in BAD}
        | {code for _, _, codes in PLACES for code in codes}
        | {"PF323", "PF324", "PF327"}
        | {"PF328"}  # of texts, in test_checks_texts
        | {"PF329"}  # of channels, in test_fault_hints
        | {"PF331"}  # of tables, in test_checks_tables
    )
    parsing = {"PF300", "PF301"}
    assert seen | parsing == {code for code in CODES if "PF300" <= code <= "PF349"}
