"""The checker of expressions: types, names, ids, enum words, and values that may be unset.

It walks the very tree that runs, with declared types instead of values, and finds all problems at once.
It must not know documents: its caller says in an `Environment` what is declared where the expression stands.
"""

from __future__ import annotations

from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Expression,
    Has,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Pairs,
    Select,
    Sum,
    Template,
    path,
    start,
    unparse,
)
from procflow.core.nearest import nearest
from procflow.core.tables import key_text
from procflow.definitions import meant
from procflow.definitions.calling import Calls
from procflow.definitions.environment import Environment, Problem
from procflow.definitions.functions import LIBRARY_SIGNATURES
from procflow.definitions.narrowing import NOTHING, Facts, when_false, when_true
from procflow.definitions.nodes import At
from procflow.definitions.type_rules import a_column, literal, order_hint, ordered, result, sum_hint
from procflow.definitions.types import (
    ANY,
    BOOL,
    DATE,
    DURATION,
    INSTANT,
    NULL,
    NUMBER,
    ROLE,
    TEXT,
    Enum,
    ListOf,
    MapOf,
    Record,
    Type,
    Typed,
    comparable,
    describe,
    fits,
    is_person,
    is_text,
    join,
)

__all__ = ["Environment", "Problem", "check_expression", "check_template"]


def check_expression(
    expression: Expression, environment: Environment, expect: Type | None = None
) -> tuple[Typed, list[Problem]]:
    """The type of `expression` and everything that is wrong with it, in the order of the text.

    `expect` is the type that its place wants: BOOL for a guard, which must then also not be always yes or
    always no. The result's `personal` says whether personal data flow into the value; into a yes/no they
    never do.
    """
    checker = _Checker(environment)
    typed = checker.node(expression.node, environment.facts)
    if expect is not None:
        checker.expected(expression.node, typed, expect)
    if expect == BOOL and not any(problem.severity == "error" for problem in checker.problems):
        checker.constant(expression.node, whole=True)
    return typed, sorted(dict.fromkeys(checker.problems))


def check_template(
    template: Template, environment: Environment, expect: Type | None = None
) -> tuple[Typed, list[Problem]]:
    """As `check_expression`; a template that is not exactly one `${…}` gives a text."""
    if template.single is not None:
        return check_expression(template.single, environment, expect)
    personal = False
    problems: list[Problem] = []
    for part in template.parts:
        if isinstance(part, Expression):
            typed, found = check_expression(part, environment)
            personal = personal or typed.personal
            problems.extend(found)
    return Typed(TEXT, personal=personal), problems


class _Checker(Calls):
    """The walk over the tree."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        #: Where names stand that something is compared with: one that is not known may be a text without quotes.
        self.beside_text: set[At] = set()

    def node(self, node: Node, facts: Facts) -> Typed:
        """The type of `node` where `facts` are set; narrowed, so `unset` is False after a test."""
        typed = self._typed(node, facts)
        if typed.unset and isinstance(node, Name | Select | Index | Call) and unparse(node) in facts:
            typed = typed.but(unset=False)
        if typed.personal and typed.type == BOOL:
            typed = typed.but(personal=False)
        return typed

    def _typed(self, node: Node, facts: Facts) -> Typed:
        match node:
            case Literal():
                return literal(node.value)
            case Name():
                return self.name(node)
            case Select():
                return self.select(node, self.node(node.of, facts))
            case Index():
                return self.index(node, facts)
            case Call():
                return self.call(node, facts)
            case Has():
                self.node(node.of, facts)
                return Typed(BOOL)
            case Macro():
                return self.macro(node, facts)
            case Items():
                found = [self.node(item, facts) for item in node.items]
                if not found:
                    return Typed(ListOf(ANY))
                joined = found[0]
                for item in found[1:]:
                    joined = join(joined, item)
                return Typed(ListOf(joined.type), personal=joined.personal)
            case Pairs():
                return self.pairs(node, facts)
            case Not():
                self.yes_no(node.of, self.node(node.of, facts))
                return Typed(BOOL)
            case Negative():
                typed = self.node(node.of, facts)
                if typed.type not in (NUMBER, DURATION, ANY):
                    self.report("PF317", start(node.of), f"{describe(typed.type)} has no negative")
                self.set(node.of, typed)
                return typed.but(unset=False)
            case And() | Or():
                return self.junction(node, facts)
            case Compare():
                self.compare(node, facts)
                return Typed(BOOL)
            case Sum():
                return self.sum(node, facts)
            case If():
                self.yes_no(node.test, self.node(node.test, facts))
                self.constant(node.test)
                then = self.node(node.then, facts | when_true(node.test))
                return join(then, self.node(node.otherwise, facts | when_false(node.test)))

    def name(self, node: Name) -> Typed:
        found = self.names.get(node.name)
        if found is not None:
            return found
        hint = self.environment.hints.get(node.name, "")
        if not hint and node.name in self.environment.functions:
            hint = f"it is a function: {node.name}(…)"
        if not hint and any(
            isinstance(t.type, Enum) and node.name in t.type.words for t in self.names.values()
        ):
            hint = f'write "{node.name}" in quotes'
        if "message" in self.names and node.name in self.environment.vocabulary.get("message_channel", ()):
            hint = hint or f'write message.channel == "{node.name}"'
        hint = hint or meant.NAMES.get(node.name, "") or self.of_the_organisation(node.name)
        hint = hint or self.of_the_procedure(node.name)
        otherwise = f'write "{node.name}" in quotes if it is a text' if node.at in self.beside_text else ""
        self.unknown(
            "PF310", node.at, f"{node.name} is not known here", node.name, self.names, hint, otherwise
        )
        return Typed(ANY)

    def of_the_organisation(self, name: str) -> str:
        """How the value of a name is asked for that the organisation, or a table, gives."""
        known = self.environment.vocabulary
        for function in ("mailbox", "param", "role", "person", "table", "decision"):
            if name in known.get(function, ()):
                rest = {"table": "[key]", "decision": "{…}"}.get(function, "")
                return (
                    f'write decide("{name}", {rest})'
                    if function == "decision"
                    else f'write {function}("{name}"){rest}'
                )
        return ""

    def of_the_procedure(self, name: str) -> str:
        """How one asks for a state, choice, event or deadline of this name, where that can be asked here."""
        known, place = self.environment.vocabulary, self.environment.place
        asked = [("state", f'state("{name}")'), ("deadline", f'missed("{name}")')]
        if place == "promise":
            asked += [("choice", f'choice("{name}")'), ("event", f'event("{name}")')]
        else:
            asked.append(("choice", f'count("{name}") > 0'))
        found = [text for kind, text in asked if name in known.get(kind, ())]
        return f"write {' or '.join(found)}" if found else ""

    def select(self, node: Select, of: Typed) -> Typed:
        match of.type:
            case Record() as record:
                found = record.typed(node.field)
                if found is not None:
                    return Typed(found.type, found.unset or of.unset, found.personal or of.personal)
                where = path(node.of)
                self.unknown(
                    "PF311",
                    node.at,
                    f"{where or describe(record)} has no field {node.field}",
                    node.field,
                    record.fields,
                    self.environment.hints.get(f"{where}.{node.field}", "")
                    or (meant.OF_A_MESSAGE.get(node.field, "") if where == "message" else ""),
                    f"it has {', '.join(record.fields)}" if record.fields else "",
                )
                return Typed(ANY)
            case MapOf(of=value):
                if problem := a_column(node, of.type):
                    self.report("PF311", node.at, *problem)
                    return Typed(ANY)
                return Typed(value, unset=value != ANY, personal=of.personal)
        if of.type not in (ANY, NULL):
            hint = "look at the elements: list.exists(x, …), list[0]" if isinstance(of.type, ListOf) else ""
            if of.type in (INSTANT, DATE) and node.field in meant.PARTS:
                hint = f"write .{meant.PARTS[node.field]}"
            elif (isinstance(of.type, ListOf) or is_text(of.type)) and node.field in (
                "size",
                "length",
                "count",
            ):
                hint = f"write {unparse(node.of)}.size()"
            elif is_text(of.type) and node.field in LIBRARY_SIGNATURES:
                hint = f"it is a function: .{node.field}(…)"
            self.report("PF311", node.at, f"{describe(of.type)} has no field {node.field}", hint)
        return Typed(ANY, personal=of.personal)

    def index(self, node: Index, facts: Facts) -> Typed:
        of, key = self.node(node.of, facts), self.node(node.key, facts)
        match of.type:
            case ListOf(of=item):
                if not fits(key.type, NUMBER):
                    self.report(
                        "PF317", start(node.key), f"a place in a list is a number, not {describe(key.type)}"
                    )
                return Typed(item, unset=item != ANY, personal=of.personal)
            case MapOf(of=value):
                if not is_text(key.type) and not is_person(key.type) and key.type not in (ANY, NUMBER, NULL):
                    self.report("PF317", start(node.key), f"{describe(key.type)} cannot be a key")
                elif of.type.keys is not None:
                    self.key(node.key, key.type, of.type.keys)
                elif of.type.rows:
                    self.row(node.key, key.type, of.type.rows)
                return Typed(value, unset=value != ANY, personal=of.personal)
            case Record():
                if isinstance(node.key, Literal) and isinstance(node.key.value, str):
                    return self.select(Select(node.of, node.key.value, node.key.at), of)
                return Typed(ANY, personal=of.personal)
        if of.type not in (ANY, NULL):
            self.report("PF317", node.at, f"{describe(of.type)} cannot be looked up in")
        return Typed(ANY, personal=of.personal)

    def key(self, node: Node, given: Type, words: Enum) -> None:
        """A key of a table whose keys are these words; they are compared in any case."""
        known = {word.strip().casefold() for word in words.words}
        if isinstance(node, Literal) and isinstance(node.value, str):
            if node.value.strip().casefold() not in known:
                self.word(node, words)
        elif given == NUMBER or (
            isinstance(given, Enum) and known.isdisjoint(word.strip().casefold() for word in given.words)
        ):
            self.report("PF322", start(node), f"{describe(given)} is never a key here: {describe(words)}")

    def row(self, node: Node, given: Type, rows: frozenset[str]) -> None:
        """A key that is written out, or one of some words, is in none of the versions of a table."""
        written = node.value if isinstance(node, Literal) else None
        words = [written] if written is not None else given.words if isinstance(given, Enum) else ()
        if words and {*map(key_text, rows)}.isdisjoint(map(key_text, words)):
            what = f'"{written}"' if written is not None else unparse(node)
            near = nearest(str(written), rows) if written is not None else None
            some = f"the keys are {', '.join(sorted(rows))}" if len(rows) <= 8 else ""
            message = f"no row of the table has the key {what}, so this is always null"
            self.report("PF331", start(node), message, f"did you mean {near}?" if near else some)

    def pairs(self, node: Pairs, facts: Facts) -> Typed:
        fields: dict[str, Typed] = {}
        whole = True
        personal = False
        for key, value in node.pairs:
            kind, typed = self.node(key, facts), self.node(value, facts)
            personal = personal or typed.personal
            if not is_text(kind.type) and kind.type not in (ANY, NUMBER):
                self.report("PF317", start(key), f"a key is a text or a number, not {describe(kind.type)}")
            if not isinstance(key, Literal) or not isinstance(key.value, str):
                whole = False
            elif key.value in fields:
                self.report("PF325", key.at, f"the key {key.value} stands twice")
            else:
                fields[key.value] = typed
        return Typed(Record("an object", fields) if whole else MapOf(ANY), personal=personal)

    def macro(self, node: Macro, facts: Facts) -> Typed:
        over = self.node(node.over, facts)
        item: Type = ANY
        match over.type:
            case ListOf(of=of):
                item = of
            case Record() if isinstance(node.over, Call) and node.over.function == "decide":
                self.report(
                    "PF317",
                    start(node.over),
                    f"{node.kind} looks through a list, and the table gives the answer of one row",
                    "ask for the answer, decide(…).NAME, or write hit: collect in the table, which gives a list",
                    tuple(str(arg.value) for arg in node.over.args[:1] if isinstance(arg, Literal)),
                )
            case MapOf() | Record():
                item = TEXT
            case other if other not in (ANY, NULL):
                self.report(
                    "PF317", start(node.over), f"{node.kind} looks through a list, not {describe(other)}"
                )
        if node.variable in self.environment.names:
            self.report(
                "PF327",
                node.at,
                f"the variable {node.variable} hides the declared {node.variable}",
                "use another word",
            )
        outer = self.names.get(node.variable)
        self.names[node.variable] = Typed(item, personal=over.personal)
        mark = node.variable
        inner = frozenset(fact for fact in facts if mark not in fact)
        bodies: list[Typed] = []
        for body in node.bodies:
            bodies.append(self.node(body, inner))
            inner |= when_true(body)
        if outer is None:
            del self.names[node.variable]
        else:
            self.names[node.variable] = outer
        for body, typed in zip(node.bodies, bodies, strict=True):
            if node.kind != "map" or body is not node.bodies[-1]:
                self.yes_no(body, typed)
        if node.kind == "map":
            return Typed(ListOf(bodies[-1].type), personal=bodies[-1].personal)
        return Typed(ListOf(item), personal=over.personal) if node.kind == "filter" else Typed(BOOL)

    def junction(self, node: And | Or, facts: Facts) -> Typed:
        after = when_true if isinstance(node, And) else when_false
        for part in node.parts:
            self.yes_no(part, self.node(part, facts))
            self.constant(part)
            facts |= after(part)
        return Typed(BOOL)

    def compare(self, node: Compare, facts: Facts) -> None:
        if node.operator in ("==", "!="):
            self.beside_text.update(side.at for side in (node.left, node.right) if isinstance(side, Name))
        left, right = self.node(node.left, facts), self.node(node.right, facts)
        if node.operator == "in":
            self.member(node, left, right)
        elif node.operator in ("==", "!="):
            self.words(node.left, left, node.right, right)
            if not comparable(left.type, right.type):
                self.never_equal(node, left, right)
            self.null_test(node, left, right)
        else:
            if not ordered(left.type, right.type):
                hint = order_hint(node, left.type, right.type)
                self.report(
                    "PF317", node.at, f"{describe(left.type)} and {describe(right.type)} have no order", hint
                )
                return
            self.set(node.left, left, "compared")
            self.set(node.right, right, "compared")

    def member(self, node: Compare, left: Typed, right: Typed) -> None:
        match right.type:
            case ListOf(of=item):
                if isinstance(node.right, Items):
                    for element in node.right.items:
                        self.words(node.left, left, element, self._typed(element, NOTHING), quiet=True)
                elif isinstance(item, Enum) or item == ROLE or is_person(item):
                    self.words(node.left, left, node.right, Typed(item))
                if not comparable(left.type, item):
                    self.never_equal(node, left, Typed(item))
            case MapOf() | Record():
                if (
                    not is_text(left.type)
                    and not is_person(left.type)
                    and left.type not in (ANY, NUMBER, NULL)
                ):
                    self.report("PF317", node.at, f"{describe(left.type)} cannot be a key")
            case other if other not in (ANY, NULL):
                hint = "write text.contains(part)" if is_text(other) else ""
                self.report(
                    "PF317", start(node.right), f"in looks through a list, not {describe(other)}", hint
                )

    def null_test(self, node: Compare, left: Typed, right: Typed) -> None:
        """`x == null` where x is always set, whatever was tested before."""
        for side, other in ((node.left, right), (node.right, left)):
            if other.type != NULL or not isinstance(side, Name | Select):
                continue
            typed = self.bare(side)
            if not typed.unset and typed.type not in (ANY, NULL):
                hint = "an unset list is []: ask for its size()" if isinstance(typed.type, ListOf) else ""
                if isinstance(typed.type, Record) and typed.type.name == "evidence":
                    hint = "unset evidence is evidence that is not accepted: ask for .accepted"
                self.report("PF324", start(side), f"{unparse(side)} is never null", hint)

    def sum(self, node: Sum, facts: Facts) -> Typed:
        total = self.node(node.first, facts)
        self.set(node.first, total)
        for term in node.rest:
            operand = self.node(term.node, facts)
            self.set(term.node, operand)
            kind = result(term.operator, total.type, operand.type)
            if kind is None:
                self.report(
                    "PF317",
                    term.at,
                    f"{describe(total.type)} {term.operator} {describe(operand.type)} does not work",
                    sum_hint(node.first, term, total.type, operand.type),
                )
            total = Typed(kind or ANY, personal=total.personal or operand.personal)
        return total
