"""What a proof says of an expression by looking at it: what it reads, whether it can be null, whether it is certain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.expressions import unparse
from procflow.core.procedure import Field
from procflow.core.tables import Table, Version
from procflow.core.times import parse_time
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.definitions.parse import parse_expression, parse_template
from procflow.proof import nodes, orders
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain, matter_of, sampled
from procflow.proof.exact import is_exact
from procflow.proof.oracle import Unknown
from procflow.proof.plan import Around, Plan
from procflow.proof.reading import FRESH, in_words, keys_in, keys_of
from procflow.proof.seen import Evidence, shown
from procflow.proof.silence import minded, minds_moments, quiet_of
from procflow.proof.standing import Standing
from procflow.rehearsal.bench import ORGANISATION

TEXT = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, optional: [given]}]
data:
  kind: {enum: [small, large]}
  word: {type: string, const: only}
  sure: {type: boolean}
  ticked: {type: tick}
  count: {type: integer}
  rounds: {type: integer, default: 0}
  halves: {type: number, default: 0.5}
  far: {type: integer, default: 0}
  given: {type: integer}
  few: {type: integer, minimum: 20, maximum: 22}
  summed: {type: integer, default: 0}
  tries: {type: integer, default: 0}
  amount: {type: number}
  low: {type: date}
  high: {type: date}
  at: {type: instant}
  name: {type: string}
  tags: {type: array, items: {enum: [red, blue]}}
  many: {type: array, items: {enum: [a, b, c, d, e]}}
  list: {type: array, items: {type: string}}
  who: {type: person}
  seen: {type: evidence, covers: [name]}
  span: {type: duration}
decisions:
  size:
    title: {en: Size, da: Størrelse}
    hit: first
    inputs: {kind: [small, large], big: boolean}
    rows: [{kind: small, gives: {desk: one}}, {gives: {desk: two}}]
initial: open
states:
  open:
    task: {role: agent}
    events:
      noted: [{set: {list: "${list + [name]}"}}]
      raising: [{do: [{raise: noted}]}]
      leading: [{when: sure, to: end}, {set: {sure: true}}]
      message: [{when: 'count > 3', set: {count: 1}}]
      in_time: [{set: {amount: 1}}]
    choices:
      look: {ask: [name], note: optional}
      write: {do: [{note.write: {text: "x"}}, {mail.send: {to: "a@b.example", subject: s, text: t}}]}
      tell: {set: {span: 2 days}}
      meet: {set: {amount: 3}}
      again: {to: self, set: {rounds: "${rounds + 1}", summed: "${summed + count}", far: 100, halves: 2}}
      add: {set: {many: "${many + [\\"a\\"]}", given: "${given}"}}
      finish: {when: 'rounds < 5 && halves > 1 && far < 3 && given > 3 && summed > 3 && count("look") > 2 && count_today("write") < 4 && tries < param("limit") && count("add") > 0', to: end}
    after: {"${span}": {to: end}}
  end: {final: true, outcome: done}
deadlines:
  in_time: {title: {en: In time, da: I tide}, starts: [opening], within: 2 days, met: [choice meet]}
promises:
  one: {never: 'choice("look") && kind == "small"'}
  two: {always: '!event("noted") || seen.verdict == "accepted"'}
  three: {at_most: {times: 3, of: 'state("end")'}}
  four: {never: 'now > at'}
  five: {never: 'absent(who)'}
  six: {never: 'state("end") && sure'}
"""


@pytest.fixture(scope="module")
def documents() -> Any:
    overlook = [code for code in CODES if "PF200" <= code < "PF400"]
    return documents_of(TEXT, organisation=ORGANISATION, overlook=overlook)


@pytest.fixture(scope="module")
def procedure(documents: Any) -> Any:
    return documents.procedures["errand"]


@pytest.fixture(scope="module")
def plan(documents: Any, procedure: Any) -> Plan:
    return Plan(procedure, Around(Standing(documents.organisation)))


def node(text: str) -> Any:
    return parse_expression(text).node


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('kind == "small" && sure', {"kind", "sure"}),
        ("who.name", {"who"}),
        ("now > at", {"at", FRESH}),
        ("message.text", {FRESH}),
        ("input.x + count", {"count", FRESH}),
        ("result.x", {FRESH}),
        ("case.number", {FRESH}),
        ("absent(who)", {"who", FRESH}),
        ("mate(who)", {"who", FRESH}),
        ('members("lead")', set()),
        ('person("ann")', set()),
        ('param("limit")', set()),
        ('count("look") > 2', {"count:look"}),
        ('count_today("look")', {"count_today:look"}),
        ('who("look") == who', {"who:look", "who"}),
        ('did("mail.send") || missed("in_time")', {"did:mail.send", "missed:in_time"}),
        ('due("in_time") < at', {"due:in_time", "at"}),
        ('state("open")', {FRESH}),
        ("list.exists(x, x == name)", {"list", "name"}),
    ],
)
def test_what_it_reads(text: str, keys: set[str]) -> None:
    assert keys_of(node(text)) == keys


def test_what_the_expressions_inside_a_value_read_and_how_it_is_written() -> None:
    spec = {"to": parse_template("${who} and ${name}"), "list": [parse_template("${now}"), 3], "a": "b"}
    assert keys_in(spec) == {"who", "name"}
    assert in_words(spec) == "{a: 'b', list: [${now}, 3], to: ${who} and ${name}}"
    assert in_words(("x", None)) == "['x', None]"


@pytest.mark.parametrize(
    "text",
    ["null", "name", "who", "who.name", "message.subject", "input.x", "result.x", "mate(who)", 'due("in_time")',
     'sure ? name : "x"', 'sure ? "x" : name', 'add_time(low, "3 days")', 'table("t")[kind]', "result"],
)  # fmt: skip
def test_what_can_be_null(text: str) -> None:
    assert nodes.may_be_unset(node(text)) is (not text.startswith("due"))


@pytest.mark.parametrize(
    "text",
    ["3", '"x"', "true", "now", "message", "input", "case", "actor", "message.text", "message.from", "message.channel",
     "message.received", "actor.id", "actor.name", "actor.roles", "case.number", "case.opened", 'sure ? 1 : 2',
     'add_time(now, "3 days")', 'count("look")', 'who("look")', 'param("limit")', "size(name)", "name.size()",
     "count + 1", "-count", "[name]", '{"a": name}', "count == 1", "sure && sure", "sure || sure", "!sure"],
)  # fmt: skip
def test_what_is_never_null(text: str) -> None:
    assert not nodes.may_be_unset(node(text))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("who.id", "who"), ('who("look").id', 'who("look")'), ("actor.id", "actor"), ("case.id", "case.id"),
        ("who.name", "who.name"), ("mate(who).id", "mate(who).id"), ("count + 1", "count + 1"),
    ],
)  # fmt: skip
def test_somebody_s_id_is_that_person(text: str, term: str) -> None:
    assert nodes.term_of(node(text)) == term
    assert nodes.term_of(node(text)) == term


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("count < 15", "count <= 14"), ("count > 15", "count >= 16"), ("15 > count", "count <= 14"),
        ("15 < count", "count >= 16"), ("15 <= count", "15 <= count"), ("count <= 15", "count <= 15"),
        ("count == 15", "count == 15"), ("count < 1.5", "count < 1.5"), ("amount < 15", "amount < 15"),
        ("count < given", "count < given"), ("name.size() > 1", "name.size() >= 2"), ("size(list) < 3", "size(list) <= 2"),
        ('count("look") > 2', 'count("look") >= 3'), ('count_today("look") > 2', 'count_today("look") >= 3'),
        ("count + 1 > 3", "count + 1 >= 4"), ("count * 2 - given > 3", "count * 2 - given >= 4"),
        ("count / 2 > 3", "count / 2 > 3"), ("count + amount > 3", "count + amount > 3"), ("count + 0.5 > 3", "count + 0.5 > 3"),
        ("high - low > 3", "high - low >= 4"), ('high - date("2026-01-01") > 3', 'high - date("2026-01-01") >= 4'),
        ("at - at > 3", "at - at > 3"), ("high + low > 3", "high + low > 3"), ("unknown > 3", "unknown > 3"),
    ],
)  # fmt: skip
def test_of_whole_numbers_less_than_15_is_14_at_most(text: str, whole: str, procedure: Any) -> None:
    assert unparse(nodes.as_whole(node(text), procedure)) == whole


def test_what_is_known_of_one_who_is_put_into_a_field_is_said_of_the_field() -> None:
    def carried(text: str, old: str) -> str | None:
        found = nodes.replaced(node(text), node(old), node("who"))
        return found and unparse(found)

    assert carried("absent(name)", "name") == "absent(who)"
    assert carried("absent(mate(name))", "mate(name)") == "absent(who)"
    assert carried("absent(mate(name))", "name") == "absent(mate(who))"
    assert carried("absent(name, low, name)", "name") == "absent(who, low, who)"
    assert carried("absent(list)", "name") is None
    assert carried("name.contains(kind)", "name") is None and carried("name", "name") is None
    assert nodes.mentions(node("absent(mate(name), who)"), node("mate(name)"), "who")
    assert not nodes.mentions(node("absent(mate(who), low)"), node("mate(who)"), "who")
    assert not nodes.mentions(None, node("name"), "who") and not nodes.mentions(
        node("low"), node("name"), "who"
    )


@pytest.mark.parametrize(
    "text",
    ["true", 'kind == "small"', "sure", "!sure", "sure && ticked", "sure ? ticked : true", "seen.accepted",
     'seen.verdict == "rejected"', "count > 3", "3 < count", "low <= high", 'kind in ["small"]', "kind in [word]",
     'did("mail.send")', 'missed("in_time")', 'state("open")', "closed()", 'count("look") > 2', "input.x == 3",
     'decide("size", {"kind": kind, "big": count > 3}).desk == "one"', 'count > param("limit")', "count > 1 + 2",
     'low < date("2026-01-01")'],
)  # fmt: skip
def test_of_what_is_kept_the_answer_is_certain(text: str, documents: Any, procedure: Any) -> None:
    standing = Standing(documents.organisation.laid_over({"parameters": {"limit": 3}}))
    assert is_exact(node(text), Plan(procedure, Around(standing)))


@pytest.mark.parametrize(
    "text",
    ["name.startsWith(kind)", "sure && name.startsWith(kind)", "sure || absent(who)", "!absent(who)", "kind in tags",
     "sure ? absent(who) : true", "absent(who) ? sure : true", "sure ? true : absent(who)", 'who.name == "x"',
     'seen.channel == "mail"', "count + 1 > 3", 'name.size() > 3', "count", "seen.reason", "who.accepted",
     'decide("size", {"kind": kind, "big": absent(who)}).desk == "one"', 'count > param("unknown")', "kind in [who.name]"],
)  # fmt: skip
def test_of_what_is_guessed_it_is_not(text: str, plan: Plan) -> None:
    assert not is_exact(node(text), plan)


def test_how_the_values_of_each_field_are_told_apart(documents: Any, procedure: Any) -> None:
    matter = matter_of(procedure, Standing(documents.organisation.laid_over({"parameters": {"limit": 3}})))
    plain = {
        name: Domain()
        for name in ("given", "few", "summed", "far", "low", "high", "at", "name", "who", "span")
    }
    assert dict(matter.domains) == {
        **plain, "count": Domain(counts=True, low=1, high=3), "amount": Domain(counts=True, low=1, high=3),
        "kind": Domain(("small", "large")), "word": Domain(("only",)), "seen": Domain(evidence=True),
        "sure": Domain((True, False)), "ticked": Domain((True, False)),
        "rounds": Domain(counts=True, low=0, high=5), "halves": Domain(counts=True, low=0, high=2),
        "tries": Domain(counts=True, low=0, high=3),
        "tags": Domain(words=True, many=True), "many": Domain(many=True, grows=True),
        "list": Domain(many=True, grows=True),
    }  # fmt: skip
    assert (matter.counted, matter.today) == ({"look": 2, "add": 0}, {"write": 4})
    assert matter.verdicts, "the verdict is asked for"
    several = sampled(procedure, matter)
    assert several["sure"] is matter.domains["sure"]
    assert several["count"] == several["amount"] == Domain(tuple(range(-2, 8)), numbers=True)
    assert several["few"] == Domain((20, 21, 22), numbers=True), "as far as the field takes them"
    assert several["name"] is matter.domains["name"]


def test_how_a_value_is_kept() -> None:
    few = Domain(counts=True, low=0, high=3)
    assert [few.kept(n) for n in (-5, -1, 0, 3, 4, 9)] == [-1, -1, 0, 3, 4, 4]
    assert few.kept("x") is OPAQUE and few.kept(None) is None and few.kept(ANY) is ANY
    words = Domain(("a", "b"))
    assert (words.kept("a"), words.kept("c")) == ("a", OPAQUE)
    assert words.options(ANY) == ("a", "b") and words.options(OR_NONE) == (None, "a", "b")
    assert (
        Domain().options(ANY) == (OPAQUE,)
        and Domain().kept("x") is OPAQUE
        and Domain().kept(OPAQUE) is OPAQUE
    )
    tags = Domain(words=True, many=True)
    assert tags.kept(("a", "b")) == ("a", "b") and tags.kept("a") is OPAQUE
    assert tags.kept(("a",) * 8) == ("a",) * 8 and tags.kept(("a",) * 9) is OPAQUE
    some = Domain(many=True)
    assert some.kept(()) is None and some.kept(("x",)) == ("x",) and some.kept(("x",) * 13) is OPAQUE
    assert some.kept(("x",) * 12) == ("x",) * 12 and some.kept("x") is OPAQUE
    grows = Domain(many=True, grows=True)
    assert grows.kept(()) is None and grows.kept(("x",)) is OPAQUE
    assert Domain().kept(("x",)) is OPAQUE
    assert Domain((1, 2), numbers=True).kept(7) == 7 and Domain((1, 2), numbers=True).kept("x") is OPAQUE
    assert Domain(evidence=True).kept("rejected") == "rejected"


def test_what_is_known_of_evidence_is_its_verdict() -> None:
    nothing, good, bad = Evidence(None), Evidence("accepted"), Evidence("rejected")
    assert [e["accepted"] for e in (nothing, good, bad)] == [False, True, False]
    assert [e.get("verdict") for e in (nothing, good, bad)] == [None, "accepted", "rejected"]
    assert nothing["reason"] is None and nothing["channel"] is None
    for evidence, key in ((nothing, "covers"), (good, "reason"), (good, "covers"), (bad, "channel")):
        with pytest.raises(Unknown):
            evidence[key]
    for ask in (iter, len):
        with pytest.raises(Unknown):
            ask(good)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), (False, "false"), (3, "3"), (Decimal("1.5"), "1.5"), ('a "b" \\c', '"a \\"b\\" \\\\c"'),
        (date(2026, 5, 11), 'date("2026-05-11")'),
        (datetime(2026, 5, 11, 8, 5, tzinfo=UTC), 'timestamp("2026-05-11T08:05:00+00:00")'),
        (parse_time("24 hours"), 'duration("24 hours")'),
        (parse_time("4 working days"), 'duration("4 working days")'),
    ],
)  # fmt: skip
def test_a_constant_is_shown_as_it_is_written(value: Any, text: str) -> None:
    assert shown(orders.constant(value)) == text
    assert shown("name.size()") == "name.size()"


def test_what_stands_of_the_organisation(documents: Any) -> None:
    standing = Standing(documents.organisation.laid_over({"parameters": {"limit": 3}}))
    assert standing.zone == "Europe/Copenhagen"
    assert standing.call("param", ["limit"]) == 3 and standing.call("param", ["other"]) is None
    assert standing.call("mailbox", ["main"]) == "main@bench.example"
    assert standing.call("role", ["lead"]) == {"role": "lead"}
    assert [p.id for p in standing.call("members", ["agent"])] == ["ann", "bob"]
    assert [p.id for p in standing.call("members", [{"role": "lead"}])] == ["liz"]
    assert standing.call("members", ["nobody"]) == () == standing.call("members", [])
    with pytest.raises(KeyError, match="absent"):
        standing.call("absent", ["ann"])
    with pytest.raises(KeyError, match="kind"):
        standing.name("kind")
    nothing = Standing(None)
    assert (nothing.zone, nothing.members) == ("UTC", {})
    with pytest.raises(KeyError, match="role"):
        nothing.call("role", ["lead"])


def test_a_table_surely_has_a_value_where_every_version_has_one_for_each_key(documents: Any) -> None:
    def table(*versions: list[dict[str, Any]]) -> Table:
        columns = (Field("code", "string"), Field("desk", "string"))
        return Table(
            "codes", None, columns, tuple(Version(None, None, tuple(rows)) for rows in versions), "code"
        )

    def surely(*versions: list[dict[str, Any]], keys: tuple[str, ...] = ("a", "b")) -> bool:
        return Standing(documents.organisation, {"codes": table(*versions)}).surely("codes", "desk", keys)

    full = [{"code": "a", "desk": "one"}, {"code": "b", "desk": "two"}]
    assert surely(full) and surely(full, full) and surely(full[:1], keys=("a",))
    assert not surely(full[:1]) and not surely(full, full[:1]) and not surely()
    assert not surely([*full[:1], {"code": "b", "desk": None}])
    assert not Standing(documents.organisation).surely("codes", "desk", ["a"])


def test_what_never_leads_anywhere_and_what_minds_it(procedure: Any) -> None:
    quiet = {(q.state, q.name): (set(q.keys), set(q.operations)) for q in quiet_of(procedure)}
    asked = {"count:look", "count_today:look", "who:look", "name", "seen"}
    wrote = {"count:write", "count_today:write", "who:write"}
    assert quiet == {
        ("open", "look"): (asked, {"note.write"}),
        ("open", "write"): (wrote, {"note.write", "mail.send"}),
        ("open", "add"): ({"count:add", "count_today:add", "who:add", "many", "given"}, set()),
        ("", "noted"): ({"list"}, set()),
        ("", "message"): ({"count"}, set()),
    }
    promise = {p.name: p for p in procedure.promises}
    assert minded([promise["one"], promise["two"]]) == {"look", "noted"}
    assert minded([promise["three"], promise["six"]]) == frozenset()
    assert {name: minds_moments(p) for name, p in promise.items()} == {
        "one": False, "two": False, "three": True, "four": True, "five": True, "six": False,
    }  # fmt: skip
