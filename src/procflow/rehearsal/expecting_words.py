"""What a scenario expects of the words on the screen: what there is to say and to go by, with the values as they are.

`says` wants each of some words to stand there, `says_not` none of them, `says_only` nothing but them. The words are
those that the command line shows: `procflow.core.screen` makes them for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.core.people import holders
from procflow.core.screen import PARTS, SENTENCES, Piece, screen
from procflow.definitions.building import LANGUAGE
from procflow.definitions.nodes import YList, YMap
from procflow.rehearsal.failure import Difference, Failed, key_of, place_of
from procflow.rehearsal.looking import Look
from procflow.rehearsal.matching import holds_part


@dataclass(frozen=True)
class Wanted:
    """Some words, where they are to stand (no parts: anywhere), in which language and read by whom."""

    text: str
    parts: tuple[str, ...]
    language: str
    reader: str
    at: Any

    @property
    def line(self) -> str:
        where = f"{self.parts[0]}: " if len(self.parts) == 1 else ""
        return f"{where}{' '.join(self.text.split())}"


def says(look: Look, node: Any, at: Any) -> Difference | None:
    """Each is a part of some words that stand there."""
    screens = _Screens(look)
    wanted = _some(_wanted(look, node, at), at)
    missing = [each for each in wanted if not screens.heard(each, _holds)]
    if not missing:
        return None
    return Difference(
        "says", [each.line for each in missing], screens.lines(missing), missing[0].at, screens.nearest(missing[0])
    )  # fmt: skip


def says_not(look: Look, node: Any, at: Any) -> Difference | None:
    """None is a part of any words that stand there."""
    screens = _Screens(look)
    for each in _some(_wanted(look, node, at), at):
        there = [piece for piece in screens.of(each) if _holds(each, piece)]
        if there:
            return Difference("says_not", [f"not {each.line}"], [_line(piece) for piece in there], each.at)
    return None


def says_only(look: Look, node: Any, at: Any) -> Difference | None:
    """The sentences that stand there, or those of the parts named, are exactly these, each in its whole length."""
    screens = _Screens(look)
    wanted = list(_wanted(look, node, at, parts=SENTENCES))
    if not wanted:
        raise Failed("no words stand here", at, "name a part: {say: …}")
    asked = {(each.language, each.reader, part): each for each in wanted for part in each.parts}
    missing = [each for each in wanted if each.text and not screens.heard(each, _is)]
    extra = [
        piece
        for (language, reader, part), each in asked.items()
        for piece in screens.of(each)
        if piece.part == part
        and not any((w.language, w.reader) == (language, reader) and _is(w, piece) for w in wanted)
    ]
    if not missing and not extra:
        return None
    expected = [each.line for each in wanted if each.text]
    hint = ""
    if missing:
        part = any(_holds(missing[0], piece) for piece in screens.of(missing[0]))
        hint = "write the whole sentence, or use `says`" if part else screens.nearest(missing[0])
    return Difference("says_only", expected, screens.lines(wanted), (missing or wanted)[0].at, hint)


class _Screens:
    """The screens of one case, made once for each language and reader that is asked for."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.made: dict[tuple[str, str], list[Piece]] = {}

    def whole(self, each: Wanted) -> list[Piece]:
        key = (each.language, each.reader)
        if key not in self.made:
            look = self.look
            self.made[key] = screen(
                look.procedure, look.case, look.stage.surroundings, each.reader, look.stage.now, each.language
            )
        return self.made[key]

    def of(self, each: Wanted) -> list[Piece]:
        """The pieces among which the words are to stand."""
        return [piece for piece in self.whole(each) if not each.parts or piece.part in each.parts]

    def heard(self, each: Wanted, fits: Callable[[Wanted, Piece], bool]) -> bool:
        """Whether the words stand there. In what there is to say, the stage notes where it was listened to."""
        found = [piece for piece in self.of(each) if fits(each, piece)]
        look = self.look
        look.stage.heard.update((look.procedure.name, piece.of) for piece in found if piece.part == "say")
        return bool(found)

    def lines(self, wanted: Sequence[Wanted]) -> list[str]:
        """All that stood there where the words were looked for."""
        return list(dict.fromkeys(_line(piece) for each in wanted for piece in self.of(each)))

    def nearest(self, each: Wanted) -> str:
        """What stands there that is most like the words, or where else they stand."""
        elsewhere = [piece for piece in self.whole(each) if _holds(each, piece)]
        if elsewhere:
            return f"these words stand in the `{elsewhere[0].part}` of `{elsewhere[0].of}`"
        for language in self.look.organisation.languages:
            other = Wanted(each.text, each.parts, language, each.reader, each.at)
            if language != each.language and any(_holds(each, piece) for piece in self.of(other)):
                return f"these words are in `{language}`: write {{{language}: …}}"
        found = max((_most_like(each.text, piece.text) for piece in self.of(each)), default=(0.0, ""))
        if found[0] < 0.65:
            return "the case is closed" if self.look.case.is_closed else ""
        return f"the nearest that stands there: “{found[1]}”"


def _most_like(words: str, text: str) -> tuple[float, str]:
    """How like the words the most like stretch of a text is, and that stretch."""
    from difflib import SequenceMatcher

    there, length = text.split(), len(words.split())
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(" ".join(words.split()).casefold())
    best = (0.0, "")
    for start in range(max(1, len(there) - length + 1)):
        stretch = " ".join(there[start : start + length])
        matcher.set_seq1(stretch.casefold())
        if matcher.quick_ratio() > best[0]:
            best = max(best, (matcher.ratio(), stretch))
    return best


def _line(piece: Piece) -> str:
    return f"{piece.part}: {' '.join(piece.text.split())}"


def _holds(each: Wanted, piece: Piece) -> bool:
    return holds_part(each.text, piece.text)


def _is(each: Wanted, piece: Piece) -> bool:
    return piece.part in each.parts and each.text.casefold().split() == piece.text.casefold().split()


# what is written


def _wanted(look: Look, node: Any, at: Any, parts: tuple[str, ...] = ()) -> Iterator[Wanted]:
    """The words of a text, of a list of them, of a mapping of parts, or of one of languages."""
    if isinstance(node, YList):
        if not node and parts:  # nothing at all is to stand there
            yield from _texts(look, node, parts, "", at)
        for item in node:
            yield from _wanted(look, item, place_of(item, at), parts)
    elif isinstance(node, YMap) and not _by_language(node):
        reader = str(node["reader"]) if "reader" in node else ""
        if reader and look.organisation.person_id(reader) is None:
            hint = did_you_mean(reader, look.organisation.people)
            raise Failed(f"there is no person `{reader}`", place_of(node["reader"]), hint)
        for part, item in node.items():
            if part != "reader" and part not in PARTS:
                hint = did_you_mean(str(part), (*PARTS, "reader"))
                raise Failed(f"a screen has no `{part}`", key_of(node, part), hint)
            if part != "reader":
                yield from _texts(look, item, (str(part),), reader, key_of(node, part))
    else:
        yield from _texts(look, node, parts, "", at)


def _some(found: Iterator[Wanted], at: Any) -> list[Wanted]:
    """Those found. Raises Failed where there is none or one says nothing: it would hold always, or never."""
    wanted = list(found)
    empty = next((each.at for each in wanted if not each.text.strip()), None if wanted else at)
    if empty is not None:
        raise Failed("no words stand here", empty, "`says_only` tells that nothing else stands there")
    return wanted


def _by_language(node: Any) -> bool:
    return isinstance(node, YMap) and bool(node) and all(LANGUAGE.fullmatch(str(key)) for key in node)


def _texts(look: Look, node: Any, parts: tuple[str, ...], reader: str, at: Any) -> Iterator[Wanted]:
    """Each text below; an empty list is one that says only that nothing else stands there."""
    who = look.organisation.person_id(reader) or _reader(look)
    if isinstance(node, YList):
        if not node:
            yield Wanted("", parts, look.organisation.language, who, at)
        for item in node:
            yield from _texts(look, item, parts, reader, place_of(item, at))
    elif _by_language(node):
        for language, text in node.items():
            yield Wanted(str(text), parts, str(language), who, key_of(node, language))
    else:
        yield Wanted(str(node), parts, look.organisation.language, who, at)


def _reader(look: Look) -> str:
    """Whoever acted last; where nobody has, the first of those whose work it is."""
    if look.person:
        return look.person
    for task in look.case.tasks.values():
        found = holders(look.stage.surroundings, task.roles, task.people, look.stage.now)
        if found:
            return min(found)
    return ""
