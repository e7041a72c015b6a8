"""Calls of functions: form, number and types of arguments, ids that are written out, and the result.

It must not know documents; signatures stand in `functions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from procflow.core.decision_analysis import unset_misses
from procflow.core.expression_functions import zone_of
from procflow.core.expressions import (
    Call,
    Expression,
    Literal,
    Name,
    Node,
    Pairs,
    Select,
    evaluate,
    path,
    start,
    unparse,
)
from procflow.core.patterns import pattern
from procflow.core.procedure import Decision
from procflow.core.times import from_moment, parse_time
from procflow.definitions import meant
from procflow.definitions.functions import LIBRARY_SIGNATURES, Parameter, Signature
from procflow.definitions.judging import KINDS, Judge, NoScope
from procflow.definitions.narrowing import Facts
from procflow.definitions.type_rules import ordered
from procflow.definitions.types import (
    ANY,
    BOOL,
    DATE,
    INSTANT,
    NUMBER,
    TEXT,
    Enum,
    ListOf,
    Typed,
    describe,
    fits,
    join,
)
from procflow.errors import CalendarError, EvaluationError

#: What `list.…(x, …)` offers besides functions.
MACROS = ("all", "exists", "exists_one", "map", "filter")
_TRIED = frozenset({"timestamp", "duration", "date", "int", "double", "decimal", "bool"})


class Calls(Judge):
    """What the checker says about calls."""

    def call(self, node: Call, facts: Facts) -> Typed:
        signature = self.signature(node)
        if signature is None and node.target is not None and node.args and isinstance(node.args[0], Name):
            self.node(node.target, facts)  # it may be a macro misspelt: its variable is not worth a report
            return Typed(ANY)
        args = [self.value(signature, arg, n, facts) for n, arg in enumerate(node.given)]
        if signature is None:
            return Typed(ANY, personal=any(arg.personal for arg in args))
        library = node.function in LIBRARY_SIGNATURES
        if self.environment.place and self.environment.place not in signature.where:
            where = " and ".join(
                f"{place}s" if place != "words" else place for place in sorted(signature.where)
            )
            self.report("PF319", node.at, f"{node.function}() has no meaning here", f"it belongs in {where}")
        most, least = len(signature.parameters), len(signature.parameters) - signature.optional
        if not least <= len(args) <= most:
            shift = 0 if node.target is None else 1
            wanted = str(least - shift) if least == most else f"{least - shift} to {most - shift}"
            wanted += " argument" if wanted == "1" else " arguments"
            self.report(
                "PF313",
                node.at,
                f"{node.function}() takes {wanted}, not {len(args) - shift}",
                'the key stands in brackets behind it: table("name")[key]'
                if node.function == "table"
                else "",
            )
            return signature.typed
        for arg, typed, parameter in zip(node.given, args, signature.parameters, strict=False):
            self.argument(node, arg, typed, parameter)
            if library and signature.result != BOOL:
                self.set(arg, typed, f"given to {node.function}()")
        word = self.first(node, signature, args)
        self.written_out(node)
        result = signature.typed
        if word is not None:
            given = self.environment.result_of.get((node.function, word))
            if given is not None:
                result = given if isinstance(given, Typed) else Typed(given)
            self.follows(node, word, facts)
        if node.function in ("min", "max", "math.least", "math.greatest"):
            result = self.best(node, args)
        if signature.flows and any(arg.personal for arg in args):
            result = result.but(personal=True)
        return result

    def value(self, signature: Signature | None, arg: Node, place: int, facts: Facts) -> Typed:
        """The type of an argument; a bare word where an id must be written out is reported there, once."""
        if signature is not None and signature.literal is not None and place == 0 and isinstance(arg, Name):
            words = self.environment.vocabulary.get(signature.literal, ())
            if arg.name not in self.names and (signature.strict or arg.name in words):
                if not signature.strict:
                    self.report(
                        "PF310", arg.at, f"{arg.name} is not known here", f'write "{arg.name}" in quotes'
                    )
                return Typed(ANY)
        if (
            signature is not None
            and signature.literal
            and signature.strict
            and not place
            and isinstance(arg, Select)
        ):
            return Typed(ANY)  # an id without its quotes, which is told once
        return self.node(arg, facts)

    def signature(self, node: Call) -> Signature | None:
        function = node.function
        found = LIBRARY_SIGNATURES.get(function)
        style = "function" if node.target is None else "method"
        if found is not None:
            if found.style in (style, "both"):
                return found
            form = f"{function}(x)" if found.style == "function" else f"x.{function}(…)"
            self.report("PF312", node.at, f"{function}() is called in the wrong form", f"write {form}")
            return None
        found = self.environment.functions.get(function)
        if found is not None:
            if style == "function":
                return found
            self.report("PF312", node.at, f"{function}() is called in the wrong form", f"write {function}(…)")
            return None
        names = [name for name, known in LIBRARY_SIGNATURES.items() if known.style in (style, "both")]
        names.extend(self.environment.functions if style == "function" else MACROS)
        hint = meant.FUNCTIONS.get(function, "")
        self.unknown("PF312", node.at, f"there is no function {function}()", function, names, hint)
        return None

    def argument(self, node: Call, arg: Node, typed: Typed, parameter: Parameter) -> None:
        options = parameter if isinstance(parameter, tuple) else (parameter,)
        if any(fits(typed.type, option) for option in options):
            for option in options:
                if isinstance(arg, Literal) and isinstance(arg.value, str):
                    self.word(arg, option)
            return
        wanted = " or ".join(describe(option) for option in options)
        hint = (
            "write string(…) around it" if TEXT in options and typed.type in (NUMBER, DATE, INSTANT) else ""
        )
        if node.function == "timestamp" and typed.type == DATE:  # a day alone is no instant
            hint = f'say which time of that day: write timestamp(string({unparse(arg)}) + " 09:00")'
        self.report(
            "PF318", start(arg), f"{node.function}() wants {wanted}, and this is {describe(typed.type)}", hint
        )

    def first(self, node: Call, signature: Signature, args: Sequence[Typed]) -> str | None:
        """Check the id that a function is asked for, and give it where it is written out."""
        if signature.literal is None or not args:
            return None
        arg = node.args[0]
        kind = KINDS.get(signature.literal, signature.literal)
        if isinstance(arg, Literal) and isinstance(arg.value, str):
            self.id(signature.literal, arg.value, arg.at)
            return arg.value
        if signature.strict:
            near = (
                f'write {node.function}("{path(arg)}")'
                if isinstance(arg, Name | Select)
                else "write it in quotes"
            )
            self.report(
                "PF314",
                start(arg),
                f"{node.function}() wants its {kind} written out",
                near,
            )
        elif isinstance(args[0].type, Enum):
            for word in args[0].type.words:
                self.id(signature.literal, word, start(arg))
        return None

    def follows(self, node: Call, word: str, facts: Facts) -> None:
        """The second argument of `decide` and `cases`, field by field."""
        record = self.environment.argument_of.get((node.function, word))
        if record is None or len(node.args) < 2 or not isinstance(node.args[1], Pairs):
            return
        unset: dict[str, Node] = {}
        told: set[str] = set()
        for key, value in node.args[1].pairs:
            if not isinstance(key, Literal) or not isinstance(key.value, str):
                continue
            wanted = record.typed(key.value)
            if wanted is None:
                message, otherwise = f"{word} has no {key.value}", f"it has {', '.join(record.fields)}"
                self.unknown("PF326", key.at, message, key.value, record.fields, otherwise=otherwise)
            else:
                self.expected(value, self.bare(value), wanted.type)
                if node.function != "decide" or not self.known(value, facts).unset:
                    continue
                if wanted.unset:
                    unset[key.value] = value
                else:
                    told.add(unparse(value))
                    self.report(
                        "PF323",
                        start(value),
                        f"{unparse(value)} may be unset where the table {word} is asked, and no row holds then; "
                        "the step is then refused",
                        f"add a row for {key.value}: null, or one that does not ask for it",
                    )
        if unset and (decision := self.environment.decisions.get(word)) is not None:
            self.unset_for_some(
                decision, {name: value for name, value in unset.items() if unparse(value) not in told}
            )

    def unset_for_some(self, decision: Decision, unset: dict[str, Node]) -> None:
        """Of what may be unset, each for which rows hold, but not whatever the other inputs are."""
        words = {name: unparse(value) for name, value in unset.items()}
        for miss in unset_misses(decision, words):
            which = f"with {miss.with_} no row" if miss.with_ else "no row"
            self.report(
                "PF323",
                start(unset[miss.name]),
                f"{words[miss.name]} may be unset where the table {decision.name} is asked, and {which} holds then; "
                "the step is then refused",
                miss.hint,
            )

    def best(self, node: Call, args: Sequence[Typed]) -> Typed:
        first = args[0]
        if len(args) == 1:
            return Typed(first.type.of) if isinstance(first.type, ListOf) else Typed(first.type)
        total = first
        for arg, written in zip(args[1:], node.args[1:], strict=True):
            if not ordered(total.type, arg.type):
                self.report(
                    "PF318", start(written), f"{describe(total.type)} and {describe(arg.type)} have no order"
                )
            total = join(total, arg)
        return Typed(total.type)

    def written_out(self, node: Call) -> None:
        """Arguments that are written out are tried now: patterns, time zones, times, numbers in quotes."""
        try:
            texts = [
                arg.value if isinstance(arg, Literal) and isinstance(arg.value, str) else None
                for arg in node.args
            ]
            if node.function == "matches" and texts and texts[-1] is not None:
                pattern(texts[-1])
            elif (
                node.function.startswith("get") and node.target is not None and texts and texts[0] is not None
            ):
                zone_of(texts[0])
            elif node.function == "add_time" and len(texts) > 1 and texts[1] is not None:
                parse_time(from_moment(date(2026, 1, 1), texts[1]))
            elif (
                node.function in _TRIED and node.args and all(isinstance(arg, Literal) for arg in node.given)
            ):
                evaluate(Expression("", node, node.at), NoScope())
        except (EvaluationError, CalendarError) as wrong:
            message = wrong.message.removeprefix(f"{unparse(node)}: ")
            self.report("PF325", start(node.args[-1]), message, wrong.hint)
