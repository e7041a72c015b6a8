"""What an answer says, read so that nothing is taken for a yes, or for a wish, that may be meant otherwise. Pure.

`plain_answer` knows a clear yes and a clear no. Whatever else stands beside them, and what could take a wish back, is
`unclear`: a person must read it. It must not know verdicts or channels.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from procflow.builtin.on_file import folded_name

#: Letters that are looked at; a yes is shorter, and so is what takes one back.
LONGEST = 20_000
_YES_WORD = r"ja|jo|jep|jeps|japs|yes|yep|yeah|ok|okay"
_NO_WORD = r"nej|næ|næh|no|nope|nix"
#: What may stand beside a yes and leaves it a yes.
_YES_MORE = (
    r"tak|mange|please|thanks|thank|you|gerne|da|det|er|helt|rigtigt|korrekt|ok|okay|fint|godt|i|orden|sounds|good"
    r"|this|that|is|right|correct|bekræfter|bekræftet|jeg|hermed|confirmed|til|ændringen|tack|takk"
)
_YES = re.compile(rf"({_YES_WORD})( ({_YES_WORD}|{_YES_MORE}))*")
_NO = re.compile(rf"({_NO_WORD})( ({_NO_WORD}|tak|ellers|thanks|thank|you))*")
_BEGINS = re.compile(rf"({_YES_WORD}|{_NO_WORD})\b")
_ANSWERS = re.compile(rf"\b({_YES_WORD}|{_NO_WORD})\b")
#: Words that deny, take back or put off: with them a text may say the opposite of what was registered.
_TURNED = re.compile(
    r"\b(nej|nope|alligevel|fortryd\w*|fortrudt|glem|behold\w*|lad det være|vent|vente|changed my mind|never ?mind|after all"
    r"|forkert\w*|wrong|fejltagelse|mistake|tilbagekald\w*|recall\w*|ellers tak|aldrig|never|ingen|intet|nothing|cannot"
    r"|\w+n['’]t|ikke|not)\b"
)  # fmt: skip
#: What somebody says who wants something to end: nothing is denied with it, unless it is the change itself.
_ENDING = re.compile(
    r"\b((ikke|not|\w+n['’]t)(?! (\w+ ){0,8}?(ændr|chang|gøre|fjern|remov|slet|delet|opsig|cancel))( \w+){0,8}? (længere|mere|any ?more|any longer)"
    r"|ikke (skal |kan |vil )?bruger?|ingen (brug|behov) for|(do not|don['’]t) (need|use))\b"
)
#: What programs answer for somebody who is not there, where nothing in the header says so.
_AWAY = re.compile(
    r"\b((er|holder) (på |holdt )?(ferie|orlov|barsel)|ikke (på kontoret|til stede|på arbejde)|ude af (huset|kontoret)"
    r"|tilbage (på kontoret|igen)|(læser|besvarer|ser) ikke (mine |min )?mails?|auto(matisk|matic|mated) (svar|besked|mail|reply|response)"
    r"|autosvar|automatisk genereret|kan ikke besvares|(out of|away from) (the |my )?office|on (vacation|holiday|leave)"
    r"|(har|tak for) (modtaget )?(din|jeres) (mail|e-mail|besked|henvendelse)|(received|thank you for) your (mail|e-?mail|message)"
    r"|(blev|er) (læst|slettet uden at)|(was|were) read|(har reageret|reagerede) (på|via)|reacted (to|via))\b"
)
#: A question of this kind asks for something to be said, not done.
_ASKS = re.compile(
    r"(hvad|hvor|hvorfor|hvornår|hvordan|hvem|hvilke[nt]?|what|when|where|why|how|who|which)\b"
)
_GREETING = re.compile(
    r"(kære|hej|hejsa|hi|hello|dear|goddag|god (morgen|dag|aften)|good (morning|day|afternoon|evening))( \w+){0,3}"
)
_CLOSING = re.compile(
    r"\s*(--\s*$|(med |de |mange |kærlig |venlig |bedste |best |kind |warm |many )*"
    r"(hilsen|hilsner|regards|wishes|greetings)\b|(mvh|vh|kh|dbh|m\.v\.h|sincerely|yours)\b|/\s*\w"
    r"|(sendt|sent) (fra|from|med|via|with) |(hent|get|få) outlook |(virus ?fri|virus-free|virenfrei)\b)",
    re.I,
)
#: What mail programs write for a picture in the text of a mail, as of a signature.
_PICTURE = re.compile(
    r"\[(image|inline image|cid|billede)[: ][^\]]*\]|\[[^\]]*\.(png|jpe?g|gif)[^\]]*\]", re.I
)
_POSTSCRIPT = re.compile(r"\s*(p\.?\s?s\b|nb\b)", re.I)
_GOOD_SIGNS = "👍👌🙂😊😀✅❤🙏☺"


def plain_answer(own: str, names: Iterable[str] = ()) -> str:
    """`yes`, `no`, `unclear`, or "" for a text that speaks for itself. `own` is what the sender wrote, without what is
    quoted; `names` are the customer's, which may stand below."""
    lines = _said(own[:LONGEST])
    asked = [sentence for line in lines for sentence in re.split(r"(?<=[.!?])\s+", line.strip()) if sentence]
    words = _words(" ".join(lines), names)
    plain = " ".join(words)
    questions = [sentence for sentence in asked if sentence.endswith("?")]
    if _YES.fullmatch(plain) and not questions:
        return "yes"
    if _NO.fullmatch(plain) and not questions:
        return "no"
    only_asks = bool(asked) and all(
        sentence.endswith("?") and _ASKS.match(sentence.casefold()) for sentence in asked
    )
    agrees = len(words) <= 4 and any(re.fullmatch(_YES_WORD, word) for word in words)
    if (
        sum(len(word) > 1 for word in words) < 2
        or agrees
        or _BEGINS.match(plain)
        or _TURNED.search(_ENDING.sub(" ", plain))
        or _AWAY.search(plain)
        or only_asks
    ):
        return "unclear"
    return ""


def _said(own: str) -> list[str]:
    """The lines between the greeting and the closing; what stands below as a postscript is said too."""
    lines = [line for line in own.split("\n") if line.strip() and not _PICTURE.fullmatch(line.strip())]
    while lines and _only_greets(lines[0]):
        lines = lines[1:]
    greeting, mark, rest = re.split(r"([,.!])", f"{lines[0]},", maxsplit=1) if lines else ("", "", "")
    if mark and _only_greets(greeting):
        lines = [rest.removesuffix(","), *lines[1:]]
    for at, line in enumerate(lines):
        if _CLOSING.match(line):
            after = [number for number in range(at, len(lines)) if _POSTSCRIPT.match(lines[number])]
            return lines[:at] + (lines[after[0] :] if after else [])
    return lines


def _only_greets(text: str) -> bool:
    words = _folded(text)
    return bool(_GREETING.fullmatch(words)) and not _ANSWERS.search(words) and not _TURNED.search(words)


def _words(text: str, names: Iterable[str]) -> list[str]:
    """The words in small letters, without signs of agreement; at the end without a closing and the customer's name."""
    words = _folded(text).split()
    called = {word for name in names for word in folded_name(name).split()}
    closing = {"mvh", "vh", "kh", "dbh", "med", "venlig", "hilsen", "hilsner", "kind", "best", "regards"}
    while len(words) > 1 and (words[-1] in closing or folded_name(words[-1]) in called):
        words.pop()
    return words


def _folded(text: str) -> str:
    kept = "".join(
        " " if (unicodedata.category(c)[0] in "PZC" and c not in "'’") or c in _GOOD_SIGNS else c
        for c in unicodedata.normalize("NFC", text)
        # marks, colours of skin, and what stands inside words without being seen (soft hyphens)
        if unicodedata.category(c) not in ("Mn", "Mc", "Me", "Cf") and not "\U0001f3fb" <= c <= "\U0001f3ff"
    )
    return " ".join(kept.casefold().split())
