"""A guard in sentences that a clerk can read: what holds now, and what does not.

It tells parts of an expression that were evaluated (`explain`); a sentence says yes or no of one part and never
shows what was entered. Danish and English; any other language reads English.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from procflow.core.explain import Explained
from procflow.core.expression_nodes import (
    And,
    Call,
    Compare,
    Has,
    Items,
    Literal,
    Macro,
    Name,
    Node,
    Not,
    Or,
    Select,
)
from procflow.core.expression_text import unparse
from procflow.core.guard_terms import Pair, Terms
from procflow.core.pattern_words import pattern_in_words
from procflow.core.scope import StepScope

#: what is said -> (English, Danish) where it holds, and where it does not.
_SAID: Mapping[str, tuple[Pair, Pair]] = {
    "given": (("{0} is given", "{0} er angivet"), ("{0} is missing", "{0} mangler")),
    "yes": (("{0} is yes", "{0} er ja"), ("{0} is no", "{0} er nej")),
    "holds": (("{0} holds", "{0} gælder"), ("{0} does not hold", "{0} gælder ikke")),
    "is": (("{0} is {1}", "{0} er {1}"), ("{0} is not {1}", "{0} er ikke {1}")),
    "you": (("you are {0}", "du er {0}"), ("you are not {0}", "du er ikke {0}")),
    "one_of": (("{0} is one of {1}", "{0} er en af {1}"), ("{0} is none of {1}", "{0} er ingen af {1}")),
    "among": (("{0} is among {1}", "{0} er blandt {1}"), ("{0} is not among {1}", "{0} er ikke blandt {1}")),
    "contains": (("{1} holds {0}", "{1} indeholder {0}"), ("{1} does not hold {0}", "{1} indeholder ikke {0}")),
    "empty": (("{0} is empty", "{0} er tom"), ("{0} is not empty", "{0} er ikke tom")),
    "your_role": (("you have the role {0}", "du har rollen {0}"), ("you do not have the role {0}", "du har ikke rollen {0}")),
    "role": (("{0} has the role {1}", "{0} har rollen {1}"), ("{0} does not have the role {1}", "{0} har ikke rollen {1}")),
    "missed": (("the deadline {0} was missed", "fristen {0} er overskredet"), ("the deadline {0} was not missed", "fristen {0} er ikke overskredet")),
    "did": (("{0} was asked for", "{0} er bestilt"), ("{0} was not asked for yet", "{0} er ikke bestilt endnu")),
    "state": (("the case is in {0}", "sagen er i {0}"), ("the case is not in {0}", "sagen er ikke i {0}")),
    "closed": (("the case is closed", "sagen er afsluttet"), ("the case is open", "sagen er åben")),
    "you_absent": (("you are absent", "du er fraværende"), ("you are not absent", "du er ikke fraværende")),
    "absent": (("{0} is absent", "{0} er fraværende"), ("{0} is not absent", "{0} er ikke fraværende")),
    "open_now": (("we are open now", "der er åbent nu"), ("we are closed now", "der er lukket nu")),
    "open_at": (("we are open at {0}", "der er åbent på {0}"), ("we are closed at {0}", "der er lukket på {0}")),
    "accepted": (("{0} is accepted", "{0} er godkendt"), ("{0} is not accepted", "{0} er ikke godkendt")),
    "message_accepted": (("the message is accepted as evidence", "beskeden er godkendt som bevis"), ("the message is not accepted as evidence", "beskeden er ikke godkendt som bevis")),
    "evidence_accepted": (("{0} is accepted as evidence", "{0} er godkendt som bevis"), ("{0} is not accepted as evidence", "{0} er ikke godkendt som bevis")),
    "taken": (("{0} was taken", "{0} er valgt"), ("{0} was not taken yet", "{0} er ikke valgt endnu")),
    "taken_today": (("{0} was taken today", "{0} er valgt i dag"), ("{0} was not taken today", "{0} er ikke valgt i dag")),
    "open_case": (("there is an open case of {0}", "der er en åben sag af {0}"), ("there is no open case of {0}", "der er ingen åben sag af {0}")),
    "startsWith": (("{0} begins with {1}", "{0} begynder med {1}"), ("{0} does not begin with {1}", "{0} begynder ikke med {1}")),
    "endsWith": (("{0} ends with {1}", "{0} ender med {1}"), ("{0} does not end with {1}", "{0} ender ikke med {1}")),
    "has_text": (("{0} contains {1}", "{0} indeholder {1}"), ("{0} does not contain {1}", "{0} indeholder ikke {1}")),
    "matches": (("{0} has the form: {1}", "{0} har formen: {1}"), ("{0} does not have the form: {1}", "{0} har ikke formen: {1}")),
    "exists": (("for one of {0}: {1}", "for en af {0}: {1}"), ("for none of {0}: {1}", "for ingen af {0}: {1}")),
    "exists_one": (("for exactly one of {0}: {1}", "for netop en af {0}: {1}"), ("not for exactly one of {0}: {1}", "ikke for netop en af {0}: {1}")),
    "all": (("for all of {0}: {1}", "for alle af {0}: {1}"), ("not for all of {0}: {1}", "ikke for alle af {0}: {1}")),
}  # fmt: skip

#: How two values in an order are compared, for amounts, for times and for how often something was done.
_ORDER: Mapping[str, tuple[Pair, Pair, Pair]] = {
    "<": (("less than", "mindre end"), ("before", "før"), ("fewer than", "færre end")),
    "<=": (("at most", "højst"), ("no later than", "senest"), ("at most", "højst")),
    ">": (("more than", "mere end"), ("after", "efter"), ("more than", "mere end")),
    ">=": (("at least", "mindst"), ("no earlier than", "tidligst"), ("at least", "mindst")),
    "==": (("", ""), ("", ""), ("exactly", "netop")),
    "!=": (("not", "ikke"), ("not", "ikke"), ("not exactly", "ikke netop")),
}  # fmt: skip
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_TEXTS = {"startsWith": "startsWith", "endsWith": "endsWith", "contains": "has_text"}


def guards_in_words(failed: Iterable[Explained], scope: StepScope) -> dict[str, str]:
    """Why none of these guards holds, by language: a sentence for each part that decides, each told once."""
    found = {}
    for language in ("en", "da"):
        words = GuardWords(scope, language)
        told = [fact for item in failed for fact in words.facts(item)]
        found[language] = "; ".join(dict.fromkeys(told))
    return found


class GuardWords:
    """The sentences of one language, for one procedure."""

    def __init__(self, scope: StepScope, language: str) -> None:
        self.terms = Terms(scope, language)

    def facts(self, part: Explained, truth: bool | None = None) -> list[str]:
        """The sentences that say why a part is what it is; `truth` where it is known from around it."""
        holds = part.value is True if truth is None else truth
        node = part.node
        if part.error:
            return [
                self._pick(("{0} could not be worked out: {1}", "{0} kunne ikke beregnes: {1}")).format(
                    f"`{part.source}`", part.error
                )
            ]
        if isinstance(node, Not) and part.children:
            return self.facts(part.children[0], not holds)
        if isinstance(node, And | Or) and part.children:
            deciding = [one for one in part.children if one.looked and (one.value is True) is holds]
            return [fact for one in deciding for fact in self.facts(one, holds)]
        return [self.sentence(part, holds)]

    def told(self, part: Explained) -> str:
        """What stands for a part in a tree of all parts: a sentence, the words that hold several together, or what
        a value is called."""
        node = part.node
        if isinstance(node, And | Or):
            joint = (
                ("all of these", "alt dette") if isinstance(node, And) else ("one of these", "ét af disse")
            )
            return self._pick(joint)
        if isinstance(node, Not) and not isinstance(node.of, And | Or):
            inner = part.children[0] if part.children and part.looked else None
            return self.sentence(inner, part.value is not True) if inner is not None else self.of(node, True)
        if isinstance(node, Not):
            return self._pick(("not this", "ikke dette"))
        if _is_judged(node) or isinstance(part.value, bool):
            return self.sentence(part, part.value is True or not part.looked)
        return self.terms.term(node)

    def sentence(self, part: Explained, holds: bool) -> str:
        """One part in a sentence: that it holds, or that it does not."""
        node = part.node
        if isinstance(node, And | Or | Not) and not part.looked:
            return self.of(node, holds)
        unset = [child for child in part.children if child.looked and child.value is None and not child.error]
        if isinstance(node, Compare) and unset and not holds and not _about_null(node):
            return self._say("given", False, self.terms.term(unset[0].node))
        if isinstance(node, Name | Select) and part.looked and part.value is None and not part.error:
            return self._say("given", False, self.terms.term(node))
        if (
            isinstance(node, Select)
            and node.field == "accepted"
            and not holds
            and (why := self._why_not(part))
        ):
            return f"{self._accepted(node.of, holds)}: {why}"
        return self.of(node, holds, any(isinstance(child.value, date) for child in part.children))

    def of(self, node: Node, holds: bool, times: bool = False) -> str:
        """What is said of a part of the tree; `times`: it compares instants or dates."""
        match node:
            case Not():
                return self.of(node.of, not holds, times)
            case And() | Or():
                both = isinstance(node, And) is holds
                joint = (" and ", " og ") if both else (" or ", " eller ")
                return self._pick(joint).join(self.of(one, holds) for one in node.parts)
            case Compare():
                return self._compared(node, holds, times)
            case Has():
                return self._say("given", holds, self.terms.term(node.of))
            case Name():
                return self._say("yes", holds, self.terms.term(node))
            case Select(field="accepted"):
                return self._accepted(node.of, holds)
            case Select():
                return self._say("yes", holds, self.terms.term(node))
            case Call():
                return self._called(node, holds)
            case Macro(kind="exists" | "all" | "exists_one"):
                inner = self.of(node.bodies[0], True)
                return self._say(node.kind, holds, self.terms.term(node.over), inner)
            case Literal(value=bool()):
                return self._say("holds", holds, self._pick(("this", "dette")))
        return self._say("yes", holds, self.terms.term(node))

    # the parts

    def _compared(self, node: Compare, holds: bool, times: bool) -> str:
        left, right, operator = node.left, node.right, node.operator
        if operator == "in":
            return self._within(left, right, holds)
        if _is_written(left) and not _is_written(right):  # what is written out stands behind
            left, right, operator = right, left, _TURNED[operator]
        if operator in ("==", "!="):
            same = holds is (operator == "==")
            if _is_null(right) and isinstance(left, Call) and left.function == "who" and left.args:
                return self._say("taken", not same, self.terms.first("who", left.args[0]))
            if _is_null(right):
                return self._say("given", not same, self.terms.term(left))
            if isinstance(right, Literal) and isinstance(right.value, bool):
                return self.of(left, same is right.value) if _is_atom(left) else self._is(left, right, same)
            if isinstance(right, Items) and not right.items:
                return self._empty(left, same)
        how_often = self._how_often(left, operator, right, holds)
        if how_often:
            return how_often
        if operator in ("==", "!="):
            return self._is(left, right, holds is (operator == "=="))
        words = self._pick(_ORDER[operator if holds else _OPPOSITE[operator]][1 if times else 0])
        verb = self._pick(("{0} is {1} {2}", "{0} er {1} {2}"))
        return verb.format(self.terms.term(left), words, self.terms.term(right))

    def _is(self, left: Node, right: Node, same: bool) -> str:
        if _is_actor(right) and not _is_actor(left):
            left, right = right, left
        if _is_actor(left):
            return self._say("you", same, self.terms.person(right))
        return self._say("is", same, self.terms.term(left), self.terms.beside(right, left))

    def _empty(self, of: Node, empty: bool) -> str:
        if isinstance(of, Call) and of.function == "cases" and of.args:
            return self._say("open_case", not empty, self.terms.first("cases", of.args[0]))
        return self._say("empty", empty, self.terms.term(of))

    def _how_often(self, left: Node, operator: str, right: Node, holds: bool) -> str:
        """A count of choices, or of what is in a list, against a number; "" for anything else."""
        if (
            not isinstance(left, Call)
            or left.function not in ("count", "count_today", "size")
            or not left.given
        ):
            return ""
        some = _some(operator, right)
        if left.function == "size":
            return self._empty(left.given[0], some is not holds) if some is not None else ""
        name = self.terms.first(left.function, left.given[0])
        today = left.function == "count_today"
        if some is not None:
            return self._say("taken_today" if today else "taken", some is holds, name)
        words = self._pick(_ORDER[operator if holds else _OPPOSITE[operator]][2])
        one = isinstance(right, Literal) and right.value == 1
        often = self._pick(("time" if one else "times", "gang" if one else "gange"))
        when = self._pick((" today", " i dag")) if today else ""
        verb = self._pick(("was taken", "er valgt"))
        return f"{name} {verb} {words} {self.terms.term(right)} {often}{when}"

    def _within(self, left: Node, right: Node, holds: bool) -> str:
        t = self.terms
        if isinstance(right, Select) and right.field == "roles" and isinstance(left, Literal):
            role = t.role(str(left.value))
            if isinstance(right.of, Name) and right.of.name == "actor":
                return self._say("your_role", holds, role)
            return self._say("role", holds, t.term(right.of), role)
        if isinstance(right, Call) and right.function == "members" and right.args:
            role = t.first("members", right.args[0])
            return (
                self._say("your_role", holds, role)
                if _is_actor(left)
                else self._say("role", holds, t.term(left), role)
            )
        if isinstance(right, Items):
            return self._say("one_of", holds, t.term(left), t.beside(right, left))
        return self._say(
            "contains" if isinstance(left, Literal) else "among", holds, t.term(left), t.term(right)
        )

    def _why_not(self, part: Explained) -> str:
        """The verdict's own reason, where it was judged just now; "" where there is none."""
        judged = part.children[0].value if part.children and part.children[0].looked else None
        reason = judged.get("reason") if isinstance(judged, Mapping) else None
        told = (
            self._pick((reason.get("en", ""), reason.get("da", "")))
            if isinstance(reason, Mapping)
            else reason
        )
        return str(told or "").removesuffix(".")

    def _accepted(self, of: Node, holds: bool) -> str:
        if isinstance(of, Call) and of.function == "proof_of":
            return self._say("message_accepted", holds)
        if isinstance(of, Call) and of.function == "evidence" and len(of.args) == 2:
            return self._say("evidence_accepted", holds, self.terms.term(of.args[1]))
        return self._say("accepted", holds, self.terms.term(of))

    def _called(self, node: Call, holds: bool) -> str:
        name, given, t = node.function, node.given, self.terms
        if name == "closed":
            return self._say("closed", holds)
        if name in ("missed", "state") and given:
            return self._say(name, holds, t.first(name, given[0]))
        if name == "did" and given:
            return self._say(
                "did", holds, t.literal(given[0].value) if isinstance(given[0], Literal) else t.term(given[0])
            )
        if name == "absent" and given:
            yours = _is_actor(given[0])
            return self._say("you_absent" if yours else "absent", holds, t.person(given[0]))
        if name == "open_at" and given:
            now = isinstance(given[0], Name) and given[0].name == "now"
            return self._say("open_now", holds) if now else self._say("open_at", holds, t.term(given[0]))
        if name in _TEXTS and len(given) == 2:
            return self._say(_TEXTS[name], holds, t.term(given[0]), t.term(given[1]))
        if name == "matches" and len(given) == 2 and isinstance(given[1], Literal):
            written = str(given[1].value)
            return self._say(
                "matches", holds, t.term(given[0]), pattern_in_words(written, t.language) or f"`{written}`"
            )
        if name == "param" and given and isinstance(given[0], Literal):
            return self._say("yes", holds, f"“{str(given[0].value).replace('_', ' ')}”")
        return self._say("yes", holds, f"`{unparse(node)}`")

    # words

    def _pick(self, pair: Pair) -> str:
        return self.terms.pick(pair)

    def _say(self, key: str, holds: bool, *words: str) -> str:
        return self._pick(_SAID[key][0 if holds else 1]).format(*words)


def _some(operator: str, right: Node) -> bool | None:
    """Whether a count compared so is asked for being more than none (True) or none (False); None: something else."""
    if (
        not isinstance(right, Literal)
        or not isinstance(right.value, int | Decimal)
        or isinstance(right.value, bool)
    ):
        return None
    asked = (operator, int(right.value)) if right.value == int(right.value) else None
    if asked in ((">", 0), (">=", 1), ("!=", 0)):
        return True
    return False if asked in (("==", 0), ("<", 1), ("<=", 0)) else None


def _is_written(node: Node) -> bool:
    return isinstance(node, Literal | Items)


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _about_null(node: Compare) -> bool:
    return _is_null(node.left) or _is_null(node.right)


def _is_actor(node: Node) -> bool:
    if isinstance(node, Select) and node.field == "id":
        node = node.of
    return isinstance(node, Name) and node.name == "actor"


def _is_judged(node: Node) -> bool:
    """Whether a part is always a yes or no, whatever its values are."""
    return isinstance(node, Compare | Has) or (
        isinstance(node, Macro) and node.kind in ("all", "exists", "exists_one")
    )


def _is_atom(node: Node) -> bool:
    """Whether a part is a yes or no of its own."""
    return isinstance(node, Name | Select | Call | Has | Not | And | Or)
