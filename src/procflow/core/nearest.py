"""The nearest right word for a wrong one; it knows nothing of what the words name."""

from __future__ import annotations

from collections.abc import Iterable

#: How like two words are, of 1, that differ by one letter in six or fewer.
_SLIP = 0.85


def mistyped(word: str, option: str) -> bool:
    """Whether a word is another one with a slip of the pen in it; a word of its own is not."""
    from difflib import SequenceMatcher

    return word != option and SequenceMatcher(None, word.casefold(), option).ratio() > _SLIP


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option most like `word` (case aside), or None where nothing is like it."""
    from difflib import get_close_matches

    by_folded = {option.casefold(): option for option in sorted(options, reverse=True)}
    folded = word.strip()[:100].casefold()
    found = get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    if not found and len(folded) > 2:
        found = sorted((option for option in by_folded if option.startswith(folded)), key=len)[:1]
    return by_folded[found[0]] if found else None


def with_nearest(word: str, options: Iterable[str]) -> tuple[str, str]:
    """The word, and the option most like it; "" where nothing is like it."""
    return word, nearest(word, options) or ""


def did_you_mean(word: str, options: Iterable[str], language: str = "en") -> str:
    """A hint that names the nearest option, or, where none is near and they are few, all of them."""
    known = sorted(set(options))
    best = nearest(word, known)
    if best is not None:
        return f"mente du `{best}`?" if language == "da" else f"did you mean `{best}`?"
    if 0 < len(known) <= 16:
        return ("her kendes: " if language == "da" else "known here: ") + ", ".join(
            f"`{name}`" for name in known
        )
    return ""
