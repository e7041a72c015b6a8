"""A case in words for a terminal; shared by the commands that end with "and what now"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.cli.style import fitted
from procflow.core.counted import counted

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "case": "Case", "state": "State", "say": "Say", "guide": "Do", "choices": "You can", "asks": "asks for",
        "nothing": "Nothing is offered to you here.", "offered": "This work is offered, and nobody has it. Take it: procflow claim {number}", "deadlines": "Deadlines",
        "closed": "Closed", "items": "To look at", "waiting": "On its way", "tried": "tried {times}, and not taken", "optional": "optional",
        "started": "started case", "awaited": "Waits for case", "by": "for", "rehearsal": "REHEARSAL", "manual": "By hand", "read": "To read", "failed": "Failed", "stuck": "Stuck", "alarm": "Alarm", "notice": "Notice", "handover": "Offered to you",
        "message": "message", "by_hand_in": "{0}, taken in by hand", "waits_not": "Nothing waits.",
    },
    "da": {
        "case": "Sag", "state": "Tilstand", "say": "Sig", "guide": "Gør", "choices": "Du kan", "asks": "spørger om",
        "nothing": "Intet tilbydes dig her.", "offered": "Opgaven er tilbudt, og ingen har den. Tag den: procflow claim {number}", "deadlines": "Frister",
        "closed": "Afsluttet", "items": "Se på", "waiting": "Undervejs", "tried": "forsøgt {times} og ikke modtaget", "optional": "valgfri",
        "started": "startede sag", "awaited": "Venter på sag", "by": "for", "rehearsal": "ØVELSE", "manual": "I hånden", "read": "At læse", "failed": "Mislykket", "stuck": "Sidder fast", "alarm": "Alarm", "notice": "Besked", "handover": "Tilbudt dig",
        "message": "besked", "by_hand_in": "{0}, taget ind i hånden", "waits_not": "Intet venter.",
    },
}  # fmt: skip


def words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])


def case_text(view: Mapping[str, Any], language: str) -> str:
    """The case for a terminal: the next sentence to say, what can be done, and the dates to promise."""
    w = words(language)
    mark = f" [{w['rehearsal']}]" if view["rehearsal"] else ""
    lines = [f"{w['case']} {view['number']}: {view['title']}{mark}"]
    if view["closed"]:
        lines.append(f"{w['closed']}: {view['outcome']}")
    for state in view["words"]:
        lines.append(f"{w['state']}: {state['title']}")
        if state["say"]:
            lines.append(f"  {w['say']}: “{state['say']}”")
        if state["guide"]:
            lines.append(f"  {w['guide']}: {state['guide']}")
    lines += _choices_text(view, w)
    for clock in view["deadlines"]:
        lines += [f"  {line}" for line in clock["lines"]]
    lines += _items_text(view, w)
    for effect in view["waiting"]:
        lines += _waiting_text(effect, w, language)
    for case in view.get("started", ()):
        lines.append(f"  {w['started']} {case['number']}: {case['title']}")
    return "\n".join(fitted(lines))


def already_open(number: int, language: str) -> str:
    """That nothing was opened, and which case is shown instead."""
    if language == "da":
        return f"Sag {number} er åben i forvejen, og der må kun være én: den vises her."
    return f"Case {number} is open already, and there may be only one: here it is."


def _items_text(view: Mapping[str, Any], w: Mapping[str, str]) -> list[str]:
    lines = []
    kinds = [item["kind"] for item in view["items"]]
    for item in view["items"]:
        first, *rest = item["lines"] or [""]
        lines.append(f"  {w.get(item['kind'], item['kind'])}: {_short(first)}")
        lines += [f"      {_short(line)}" for line in rest]
        which = f" --with item={item['id']}" if kinds.count(item["kind"]) > 1 else ""
        for choice in item["choices"]:
            asked = "".join(f" --with {name}=…" for name in item["asks"][choice])
            lines.append(f"    procflow do {view['number']} {choice}{asked}{which}")
    return lines


def _choices_text(view: Mapping[str, Any], w: Mapping[str, str]) -> list[str]:
    available = [choice for choice in view["choices"] if choice["available"]]
    if view["closed"]:
        return []
    if not available:
        offered = any((choice["because"] or {}).get("code") == "offered" for choice in view["choices"])
        return [w["offered"].format(number=view["number"])] if offered else [w["nothing"]]
    lines = [f"{w['choices']}:"]
    for choice in available:
        label = "" if choice["label"] == choice["name"].replace("_", " ") else f" - {choice['label']}"
        behalf = f" ({w['by']} {choice['for']})" if choice["for"] else ""
        lines.append(f"  {choice['name']}{label}{behalf}")
        if choice["asks"]:
            names = [
                ask["name"] + (f" ({w['optional']})" if ask["optional"] else "") for ask in choice["asks"]
            ]
            lines.append(f"      {w['asks']}: {', '.join(names)}")
    return lines


def _waiting_text(effect: Mapping[str, Any], w: Mapping[str, str], language: str) -> list[str]:
    line = f"  {w['waiting']}: {effect['operation']}"
    if awaited := effect.get("case"):
        line = f"  {w['awaited']} {awaited['number']}: {awaited['title']}"
    if not effect.get("attempts"):  # an older `serve` does not say it
        return [line]
    tried = w["tried"].format(times=counted(effect["attempts"], "time", language))
    return [f"{line} ({tried})", *([f"      {_short(effect['error'])}"] if effect["error"] else [])]


def _short(value: Any) -> str:
    text = ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
