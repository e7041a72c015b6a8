"""What went wrong, for programs: problem details (RFC 9457) that carry every field of an error or a refusal.

`message` and `hint` are in the language asked for, `messages` in every language that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from procflow.api.bodies import Unacceptable, Unprocessable, Unsupported, pointer, told
from procflow.core.explain import Explained
from procflow.core.field_problems import FieldProblem
from procflow.core.refusals import Refusal
from procflow.errors import ProcflowError
from procflow.web.calls import Reply
from procflow.web.hints import for_programs

TYPE = "application/problem+json"
LANGUAGES = ("en", "da")
#: Refusals by what they are about; every other one is about what was sent, or about what the case may do: 422.
STATUS: Mapping[str, int] = {
    **dict.fromkeys(
        ("not_allowed", "absent", "four_eyes", "unknown_person", "not_yours", "not_your_offer"), 403
    ),
    **dict.fromkeys(("unknown_choice", "no_item", "no_such_shift", "no_shift"), 404),
    **dict.fromkeys(
        ("not_offered", "closed", "claimed", "offered", "no_task", "not_suspended", "handed_over", "not_handed_over", "promise", "late_answer",
         "not_waiting", "not_due", "overlap", "has_shift", "has_mate", "not_mates", "mate_away", "not_absent"),
        409,
    ),
}  # fmt: skip
TITLES: Mapping[int, str] = {
    400: "The request is not right", 401: "Say who you are", 403: "Not allowed", 404: "Not found",
    405: "Not in this way", 406: "Not as this", 409: "It has moved on", 412: "It has moved on since you looked",
    413: "Too large", 415: "Not sent as this", 422: "Refused", 429: "Too many requests", 500: "A fault of ours",
    502: "A plugin failed", 503: "Busy",
}  # fmt: skip


#: What a program does that is nobody.
_WHO_YOU_ARE: Mapping[str, str] = {
    "en": "send `Authorization: Bearer` and a token; `procflow token add` makes one",
    "da": "send `Authorization: Bearer` og et token; `procflow token add` laver et",
}


class Refused(ProcflowError):
    """A refusal on its way out. `guards` are its guards with their values, where they could be told; `within` is the
    part of the body in which the fields stand."""

    code = "refused"

    def __init__(self, refusal: Refusal, guards: tuple[Any, ...] = (), within: str = "with") -> None:
        super().__init__(refusal.words("en"), refusal.hint("en"))
        self.refusal, self.guards, self.within = refusal, guards, within


def status_of(status: int, problem: ProcflowError) -> int:
    """The status of a problem, given what it would be by its kind alone."""
    if isinstance(problem, Refused):
        return STATUS.get(problem.refusal.code, 422)
    if isinstance(problem, Unacceptable):
        return 406
    if isinstance(problem, Unsupported):
        return 415
    if isinstance(problem, Unprocessable):
        return 422
    if problem.facts.get("precondition"):
        return 412
    reason = problem.facts.get("reason")
    if reason == "another_request":
        return 422
    return 413 if reason in ("too_large", "too_deep") else status


def reply(status: int, problem: ProcflowError, language: str, *, terminal: bool = False) -> Reply:
    """The answer that tells of a problem; in a `terminal` a hint may name a command."""
    status = status_of(status, problem)
    headers: list[tuple[str, str]] = []
    if status == 503:
        headers.append(("retry-after", "1"))
    if status == 401:
        headers.append(("www-authenticate", 'Bearer realm="procflow"'))
    content = (
        _refused(problem, language) if isinstance(problem, Refused) else _error(problem, status, language)
    )
    if not terminal:
        content["hint"] = for_programs(content["hint"])
        if "hints" in content:
            content["hints"] = {each: for_programs(hint) for each, hint in content["hints"].items()}
    headers.append(("content-language", language if language in content["messages"] else "en"))
    if status == 401 and not content["hint"]:
        content["hint"] = _WHO_YOU_ARE.get(language, _WHO_YOU_ARE["en"])
    title = TITLES.get(status, "It was not done")
    shown = {"type": f"urn:procflow:problem:{content['code']}", "title": title, "status": status, **content}
    return Reply(told(shown), status, TYPE, headers)


def _refused(problem: Refused, language: str) -> dict[str, Any]:
    refusal = problem.refusal
    view = refusal.as_json(language)
    fields = [
        {
            "name": one.name,
            "pointer": _pointer(problem.within, one),
            "code": one.code,
            "message": one.words(language),
            "messages": {each: one.words(each) for each in LANGUAGES},
        }
        for one in refusal.problems
    ]
    return {
        "code": refusal.code,
        "detail": view["message"],
        "message": view["message"],
        "messages": {each: refusal.words(each) for each in LANGUAGES},
        "hint": view["hint"],
        "hints": {each: refusal.hint(each) for each in LANGUAGES},
        "path": view["path"],
        "line": view["line"],
        "column": view["column"],
        "fields": fields,
        "guards": [
            {
                "text": " ".join(guard.source.split()),
                "line": guard.at[0],
                "column": guard.at[1],
                "value": tree,
            }
            for guard, tree in zip(
                refusal.guards, problem.guards or (None,) * len(refusal.guards), strict=True
            )
        ],
        "missing": [one.name for one in refusal.problems if one.code == "missing"],
        "facts": _plain(refusal.facts, language),
    }


def _pointer(within: str, problem: FieldProblem) -> str:
    """Where a field stands in the body: inside of `with`, on top (""), or in the one place that it can be about."""
    if within not in ("", "with"):
        return pointer((within,))
    return pointer((*((within,) if within else ()), *_parts(problem.path or problem.name)))


def _error(problem: ProcflowError, status: int, language: str) -> dict[str, Any]:
    messages: Mapping[str, str] = problem.facts.get("reasons") or {"en": problem.message}
    message = messages.get(language, problem.message)
    hint = (problem.facts.get("hints") or {}).get(language, problem.hint)
    facts = {
        key: value
        for key, value in problem.facts.items()
        if key not in ("diagnostics", "precondition", "problems", "reasons", "hints")
    }
    code = _CODES.get(type(problem), problem.code)
    if code == "error":  # no route of ours was asked
        code = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 500: "fault"}.get(status, code)
    return {
        "code": code,
        "detail": message,
        "message": message,
        "messages": messages,
        "hint": hint,
        "fields": [
            {**one, "message": one["messages"].get(language, one["message"])}
            for one in problem.facts.get("problems") or _of_parameter(problem, messages)
        ],
        "facts": _plain(facts, language),
    }


def _of_parameter(problem: ProcflowError, messages: Mapping[str, str]) -> list[dict[str, Any]]:
    """The word of the query that a problem is about, as a field."""
    name = problem.facts.get("parameter")
    if not name:
        return []
    return [
        {
            "name": name, "pointer": None, "code": "wrong_value", "message": problem.message, "messages": messages,
            "parameter": name,
        }
    ]  # fmt: skip


#: What is about the form of a request has a code of its own.
_CODES: Mapping[type[ProcflowError], str] = {
    Unprocessable: "input", Unacceptable: "not-acceptable", Unsupported: "unsupported",
}  # fmt: skip


def _plain(facts: Any, language: str) -> Any:
    """Facts as JSON has them; what cannot be JSON, as text."""
    if isinstance(facts, Mapping):
        return {str(key): _plain(value, language) for key, value in facts.items()}
    if isinstance(facts, list | tuple | set | frozenset):
        return [_plain(value, language) for value in facts]
    if facts is None or isinstance(facts, bool | int | float | str):
        return facts
    return facts.isoformat() if isinstance(facts, datetime | date) else str(facts)


def _parts(path: str) -> list[str]:
    """`phones[0].street` -> phones, 0, street."""
    return [part.rstrip("]") for part in path.replace("[", ".").split(".") if part]


def guard_trees(refusal: Refusal, words: Any) -> tuple[Any, ...]:
    """The guards of a refusal with their live values; `words` are the case's `GuardWords`."""
    from procflow.views.why import tree

    return tuple(tree(guard, words) if isinstance(guard, Explained) else None for guard in refusal.guards)
