"""What the checker says about one value: its words, its ids, its place, whether it may be unset.

The walk over the tree stands in `typing`, calls in `calling`. It must not know documents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from procflow.core.expressions import (
    And,
    At,
    Call,
    Compare,
    Expression,
    If,
    Literal,
    Name,
    Node,
    Or,
    Select,
    evaluate,
    quote,
    reads,
    start,
    unparse,
    walk,
)
from procflow.definitions.codes import CODES
from procflow.definitions.environment import Environment, Problem
from procflow.definitions.functions import LIBRARY_SIGNATURES
from procflow.definitions.narrowing import NOTHING, Facts
from procflow.definitions.nearest import nearest
from procflow.definitions.type_rules import never_equal_hint
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
    Record,
    Type,
    Typed,
    describe,
    fits,
    is_person,
    is_text,
)
from procflow.errors import EvaluationError, ProcflowError

KINDS = {"param": "parameter", "decision": "decision table", "operation": "channel operation"}
_TIMES = (DATE, INSTANT, DURATION)


class Judge(ABC):
    """Collects problems; `node`, the walk itself, is its heir's."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.names: dict[str, Typed] = dict(environment.names)
        self.problems: list[Problem] = []

    @abstractmethod
    def node(self, node: Node, facts: Facts) -> Typed:
        """The type of `node` where `facts` are set, reporting what is wrong inside."""

    def report(self, code: str, at: At, message: str, hint: str = "", about: tuple[str, ...] = ()) -> None:
        self.problems.append(Problem(at, code, message, hint, CODES[code][0], about))

    def unknown(
        self,
        code: str,
        at: At,
        message: str,
        word: str,
        known: Collection[str],
        hint: str = "",
        otherwise: str = "",
    ) -> None:
        """Report a word that is not known, with `hint`; without one with the nearest word that is, `otherwise` if none is
        near."""
        near = nearest(word, known)
        self.report(
            code, at, message, hint or (f"did you mean {near}?" if near else otherwise), (word, near or "")
        )

    def channel(self, of: Node, written: Literal) -> None:
        """Doubt a word beside `message.channel` that is nearly the name of a channel. Any other may be what people say
        who take messages in by hand."""
        known = self.environment.vocabulary.get("message_channel")
        near = nearest(str(written.value), known) if known and written.value not in known else None
        if near and unparse(of) == "message.channel":
            message = f'no message comes by "{written.value}" here: no channel is called that'
            self.report("PF329", written.at, message, f"did you mean {near}?", (str(written.value), near))

    def id(self, vocabulary: str, word: str, at: At) -> None:
        """Check that `word` is a declared state, role …; a vocabulary nobody gave is not checked."""
        words = self.environment.vocabulary.get(vocabulary)
        if words is not None and word not in words:
            some = ", ".join(sorted(words)[:8]) if len(words) <= 8 else ""
            message = f"there is no {KINDS.get(vocabulary, vocabulary)} {word}"
            self.unknown("PF315", at, message, word, words, otherwise=f"there is {some}" if some else "")

    def word(self, written: Literal, wanted: Type) -> None:
        if isinstance(wanted, Enum):
            if written.value not in wanted.words:
                message = f"{quote(written.value)} is not one of the words"
                all_of_them = f"the words are {', '.join(wanted.words)}"
                self.unknown("PF316", written.at, message, written.value, wanted.words, otherwise=all_of_them)
            return
        vocabulary = "role" if wanted == ROLE else "person" if is_person(wanted) else ""
        if vocabulary:
            self.id(vocabulary, written.value, written.at)

    def words(self, a: Node, left: Typed, b: Node, right: Typed, quiet: bool = False) -> None:
        """Words written out beside an enum, a role or a person must be among those."""
        for written, typed, beside in ((a, right, b), (b, left, a)):
            if isinstance(written, Literal) and isinstance(written.value, str):
                self.word(written, typed.type)
                self.channel(beside, written)

    def bare(self, node: Node) -> Typed:
        """The type without what tests before have shown, and without reporting again."""
        return type(self)(replace(self.environment, names=self.names)).node(node, NOTHING)

    def known(self, node: Node, facts: Facts) -> Typed:
        """The type with what tests before have shown, without reporting again."""
        return type(self)(replace(self.environment, names=self.names)).node(node, facts)

    def set(self, node: Node, typed: Typed, how: str = "reckoned with") -> None:
        """Warn where a value that may be unset is ordered or reckoned with."""
        if typed.type == NULL:
            self.report("PF323", start(node), f"null is {how}", "test with == null or != null")
        elif typed.unset:
            text = unparse(node)
            ends = "the answer is then no" if how == "compared" else "the step is then refused"
            self.report(
                "PF323",
                start(node),
                f"{text} may be unset where it is {how}; {ends}",
                f"write {text} != null && …",
                (text,),
            )

    def yes_no(self, node: Node, typed: Typed) -> None:
        if typed.type not in (BOOL, ANY, NULL):
            hint = ""
            if isinstance(typed.type, ListOf):
                hint = f"write size({unparse(node)}) > 0"
            elif isinstance(node, Name | Select):
                hint = f"write {unparse(node)} != null, or compare it with a value"
            self.report(
                "PF320", start(node), f"a yes or no is wanted here, and this is {describe(typed.type)}", hint
            )

    def never_equal(self, node: Compare, left: Typed, right: Typed) -> None:
        hint = never_equal_hint(left.type, right.type)
        self.report(
            "PF322", node.at, f"{describe(left.type)} and {describe(right.type)} are never equal", hint
        )

    def expected(self, node: Node, typed: Typed, expect: Type) -> None:
        if expect == BOOL:
            self.yes_no(node, typed)
            return
        if isinstance(node, If):
            for branch in (node.then, node.otherwise):
                self.expected(branch, self.bare(branch), expect)
            return
        if isinstance(node, Literal) and isinstance(node.value, str) and not fits(TEXT, expect):
            if self.reads_as(node.value, expect):
                return
        elif isinstance(node, Literal) and isinstance(node.value, str):
            self.word(node, expect)
            return
        if not fits(typed.type, expect):
            hint = ""
            if {typed.type, expect} == {DATE, INSTANT}:
                hint = (
                    "write date(…) around the instant"
                    if expect == DATE
                    else "write timestamp(…) with a time of day"
                )
            elif is_text(expect) and typed.type in (NUMBER, DATE, INSTANT, DURATION):
                hint = "write string(…) around it"
            elif is_text(expect) and is_person(typed.type):
                hint = "write .id, .name or .mail"
            elif isinstance(expect, Record) and isinstance(typed.type, Record):
                over = [name for name in typed.type.fields if name not in expect.fields]
                has = "it has " + ", ".join(expect.fields)
                hint = (
                    f"there is no `{over[0]}` in {describe(expect)}: {has}" if over and expect.fields else ""
                )
            self.report(
                "PF321",
                start(node),
                f"{describe(expect)} is wanted here, and this is {describe(typed.type)}",
                hint,
            )
        elif isinstance(typed.type, Enum) and isinstance(expect, Enum):
            others = [word for word in typed.type.words if word not in expect.words]
            if others:
                self.report(
                    "PF316",
                    start(node),
                    f"{unparse(node)} may be {', '.join(others[:3])}, which is not one of the words here",
                    f"the words are {', '.join(expect.words)}",
                )

    def reads_as(self, text: str, expect: Type) -> bool:
        """Whether a text written out can be read as a date, an instant or a duration."""
        function = (
            {DATE: "date", INSTANT: "timestamp", DURATION: "duration"}.get(expect)
            if expect in _TIMES
            else None
        )
        if function is None:
            return False
        at = (0, 0)
        try:
            evaluate(Expression("", Call(function, None, (Literal(text, at),), at), at), NoScope())
        except ProcflowError:
            return False
        return True

    def constant(self, node: Node, whole: bool = False) -> None:
        """Warn where a condition reads nothing, so that its answer never changes."""
        if isinstance(node, And | Or) and not whole:
            return  # its parts were looked at
        if reads(node) or any(
            isinstance(inner, Call) and inner.function not in LIBRARY_SIGNATURES for inner in walk(node)
        ):
            return
        try:
            value = evaluate(Expression("", node, node.at), NoScope())
        except EvaluationError:
            return
        self.report("PF324", start(node), f"{unparse(node)} is always {'yes' if value is True else 'no'}")


class NoScope:
    """Nothing is declared: for what is written out."""

    zone = "UTC"

    def name(self, name: str) -> Any:
        raise KeyError(name)

    def call(self, function: str, args: Sequence[Any]) -> Any:
        raise EvaluationError(f"{function}() cannot be asked before there is a case")
