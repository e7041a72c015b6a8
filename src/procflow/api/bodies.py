"""What comes in and goes out as JSON: bodies and queries held against their types with every problem at once, and views
written as JSON.

A problem names its place with a JSON pointer and never repeats what was sent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from procflow.api import body_words as words
from procflow.core.nearest import nearest
from procflow.errors import UsageError, words_in_both
from procflow.views.plain import as_json
from procflow.web.calls import Call

#: The deepest that a body may nest.
DEEPEST = 64
#: The largest JSON body in bytes: files of a request together, in base64, and what stands around them.
LARGEST = 28 << 20

_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Unacceptable(UsageError):
    """Asked for as a kind of document that there is not."""


class Unsupported(UsageError):
    """Sent as a kind of document that is not taken."""


class Unprocessable(UsageError):
    """A body or a query that does not fit; `facts["problems"]` has each problem with its pointer."""


class Impossible(Unprocessable):
    """What was asked for is well formed and cannot be: a day that is none, a person whom nobody knows."""


def told(value: Any) -> bytes:
    """A view as JSON in UTF-8: instants in ISO 8601 with their offset, exact numbers as numbers."""
    return json.dumps(value, ensure_ascii=False, default=as_json, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


# what comes in


def check_media(accept: str, media: Sequence[str]) -> None:
    """Raises Unacceptable where a request takes none of the kinds of document that there are."""
    if not accept:
        return
    wanted = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    refused = {part.split(";")[0].strip().lower() for part in accept.split(",") if _weight(part) == 0}
    for kind in (*media, "application/problem+json"):
        group = f"{kind.split('/')[0]}/*"
        if kind in refused or (not {kind, group} & set(wanted) and "*/*" in refused):
            continue
        if {kind, group, "*/*"} & (set(wanted) - refused):
            return
    raise Unacceptable(
        *words_in_both(
            f"this is given as {' or '.join(media)}", f"dette gives som {' eller '.join(media)}",
            "ask with that in Accept, or without Accept", "spørg med det i Accept, eller uden Accept",
        )
    )  # fmt: skip


def _weight(part: str) -> float:
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def query_of(given: Mapping[str, str], twice: Sequence[str], declared: Any) -> Any:
    """The query of a request, of the declared type. Raises UsageError with everything that is wrong."""
    if declared is None:
        declared = Nothing
    found, problems = _fitted(given, declared, strict=False)
    problems += [_problem(name, name, "twice", words.twice(_shown(name))) for name in twice]
    if problems:
        said = words.together(("the query does not fit", "forespørgslen passer ikke"), problems)
        shown = [{**p, "pointer": None, "parameter": p["name"]} for p in problems]
        raise UsageError(
            *words_in_both(
                *said, "the description of the API names each parameter", "API'ets beskrivelse nævner hver parameter",
                problems=shown,
            )
        )  # fmt: skip
    return found


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query or a body without anything."""


def body_of(call: Call, declared: Any, sends: Sequence[str] = ()) -> Any:
    """The body of a request, of the declared type; as it came where the route takes no JSON."""
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    coding = call.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise Unsupported(
            *words_in_both(
                "a body is sent as it is, and this one says that it is packed",
                "et indhold sendes, som det er, og dette siger, at det er pakket",
                "leave Content-Encoding out", "udelad Content-Encoding",
            )
        )  # fmt: skip
    if sends:
        if not any(kind == one or (one.endswith("/*") and kind.startswith(one[:-1])) for one in sends):
            raise Unsupported(*_sent_as(sends))
        return call.body
    if declared is None:
        if call.body.strip() or call.form or call.files:
            raise UsageError(
                *words_in_both(
                    "nothing is sent here", "her sendes intet", "leave the body out", "udelad indholdet"
                )
            )
        return None
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        if kind or call.body.strip():
            raise Unsupported(*_sent_as(("application/json",)))
        call_body = b"{}"
    else:
        call_body = call.body.removeprefix(
            b"\xef\xbb\xbf"
        )  # RFC 8259, 8.1: a mark that some programs put first
    value = _decoded(call_body)
    if not isinstance(value, dict):
        wrong = [_problem("", "body", "wrong_type", ("it is an object", "det er et objekt"))]
        raise Unprocessable(
            *words_in_both("the body is a JSON object", "indholdet er et JSON-objekt", problems=wrong)
        )
    found, problems = _fitted(value, declared, strict=True)
    problems += _twice(call_body)
    if problems:
        said = words.together(("the body does not fit", "indholdet passer ikke"), problems)
        raise Unprocessable(
            *words_in_both(*said, "nothing was changed", "intet er ændret", problems=problems)
        )
    return found


def _sent_as(kinds: Sequence[str]) -> tuple[str, str, Mapping[str, Any]]:
    return words_in_both(
        f"this is sent as {' or '.join(kinds)}", f"dette sendes som {' eller '.join(kinds)}",
        "say so in Content-Type", "skriv det i Content-Type",
    )  # fmt: skip


def _decoded(body: bytes) -> Any:
    if len(body) > LARGEST:
        most = LARGEST >> 20
        raise UsageError(
            *words_in_both(
                f"a body is at most {most} MB", f"et indhold er højst {most} MB", "send less at a time",
                "send mindre ad gangen", reason="too_large",
            )
        )  # fmt: skip
    if not body.strip():
        raise UsageError(
            *words_in_both(
                "there is no body",
                "der er intet indhold",
                "send a JSON object",
                "send et JSON-objekt",
                line=1,
                column=1,
            )
        )
    _check_depth(body)
    try:
        body.decode("utf-8")
        return _decoder.decode(body)
    except UnicodeDecodeError as problem:
        line, column = _place(body, problem.start)
        said, danish = words.NOT_UTF_8
    except msgspec.DecodeError as problem:
        at = str(problem).rpartition("(byte ")[2].rstrip(")")
        line, column = _place(body, int(at) if at.isdigit() else len(body))
        said, danish = words.no_json(
            str(problem).partition(" (byte")[0].removeprefix("JSON is malformed: "), body
        )
    except RecursionError:
        raise UsageError(*_too_deep()) from None
    raise UsageError(
        *words_in_both(
            f"the body is no JSON: {said}, at line {line}, column {column}",
            f"indholdet er ikke JSON: {danish}, linje {line}, kolonne {column}", "send JSON in UTF-8",
            "send JSON i UTF-8", line=line, column=column,
        )
    )  # fmt: skip


def _too_deep() -> tuple[str, str, Mapping[str, Any]]:
    return words_in_both(
        f"a body nests at most {DEEPEST} deep", f"et indhold er højst {DEEPEST} lag dybt", "send it flatter",
        "send det fladere", reason="too_deep",
    )  # fmt: skip


class _Doubled(dict[str, Any]):
    """An object in which these names stand more than once."""

    twice: Sequence[str] = ()


def _twice(body: bytes) -> list[dict[str, Any]]:
    """A problem for each name that stands twice in one object of well-formed JSON: one value would go in silence."""
    found = False

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        found, made = True, _Doubled(made)
        made.twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        return made

    value = json.loads(body, object_pairs_hook=noted, parse_int=str, parse_float=str)
    return list(_doubled(value, "")) if found else []


def _doubled(value: Any, at: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, _Doubled):
        for name in value.twice:
            yield _problem(f"{at}{_escaped(name)}", name, "twice", words.twice(_shown(name)))
    inside = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
    for key, item in inside.items():
        yield from _doubled(item, f"{at}{_escaped(str(key))}/")


def _check_depth(body: bytes) -> None:
    """Raises UsageError for what nests too deep, before anything is built of it."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth, text, escaped = 0, False, False
    for byte in body:
        if escaped:
            escaped = False
        elif byte == 0x5C and text:
            escaped = True
        elif byte == 0x22:
            text = not text
        elif not text and byte in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise UsageError(*_too_deep())
        elif not text and byte in b"]}":
            depth -= 1


def _place(body: bytes, at: int) -> tuple[int, int]:
    """(line, column) of a byte, both from 1; columns are counted in letters."""
    before = body[:at]
    line = before.count(b"\n") + 1
    return line, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1


def _fitted(given: Mapping[str, Any], declared: Any, *, strict: bool) -> tuple[Any, list[dict[str, Any]]]:
    """(the value of the declared type, every problem)."""
    fields = _fields(declared)
    problems = []
    for name in given:
        if name not in fields:
            near = nearest(name, list(fields)) or ""
            problems.append(_problem(name, name, "unknown", words.unknown(_shown(name), near, fields)))
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in given:
            if field.required:
                problems.append(_problem(name, name, "missing", words.missing(name)))
            continue
        try:
            values[field.name] = msgspec.convert(given[name], field.type, strict=strict)
        except msgspec.ValidationError as problem:
            said, _, at = str(problem).partition(" - at `")
            inside = at.rstrip("`").removeprefix("$")
            kind = get_args(field.type)[0] if get_origin(field.type) is Annotated else field.type
            allowed = get_args(kind) if get_origin(kind) is Literal else ()
            told = words.wrong_type(f"{name}{inside}", said, allowed, query=not strict)
            problems.append(_problem(_inside(name, inside), name, "wrong_type", told))
    if problems:
        return None, problems
    return declared(**values), []


@cache
def _fields(declared: Any) -> Mapping[str, msgspec.structs.FieldInfo]:
    """The fields of a type by the names that are sent; they are found out once."""
    return {field.encode_name: field for field in msgspec.structs.fields(declared)}


def _shown(name: str) -> str:
    return repr(name) if len(name) <= 40 else f"{name[:40]!r}…"


def _inside(name: str, path: str) -> str:
    parts = [part.rstrip("]") for part in path.replace("[", ".").split(".") if part]
    return "/".join((_escaped(name), *map(_escaped, parts)))


def _escaped(part: str) -> str:
    """A part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def pointer(parts: Iterable[str | int]) -> str:
    return "".join(f"/{_escaped(str(part))}" for part in parts)


def _problem(at: str, name: str, code: str, said: words.Both) -> dict[str, Any]:
    place = at if at != name else _escaped(at)
    told = {"en": said[0], "da": said[1]}
    return {
        "name": name,
        "pointer": f"/{place}" if place else "",
        "code": code,
        "message": said[0],
        "messages": told,
    }
