"""`procflow why` for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.cli.style import fitted

_WORDS = {
    "en": {"yes": "offered", "no": "not offered", "because": "because", "asks": "asks for", "line": "line",
           "unset": "not set", "skipped": "not looked at", "later": "decided by what is entered", "with": "the work is with",
           "deadline": "Deadline", "due": "due", "to": "leads to", "stays": "stays here", "refuses": "refuses",
           "optional": "optional", "closed": "The case is closed.", "running": "running", "paused": "stands still", "met": "met", "missed": "missed", "ended": "ended", "claimed": "taken by", "always": "no condition"},
    "da": {"yes": "tilbydes", "no": "tilbydes ikke", "because": "fordi", "asks": "spørger om", "line": "linje",
           "unset": "ikke sat", "skipped": "ikke undersøgt", "later": "afgøres af det indtastede", "with": "arbejdet ligger hos",
           "deadline": "Frist", "due": "forfalder", "to": "fører til", "stays": "bliver her", "refuses": "afviser",
           "optional": "valgfri", "closed": "Sagen er afsluttet.", "running": "løber", "paused": "står stille", "met": "holdt", "missed": "overskredet", "ended": "slut", "claimed": "taget af", "always": "ingen betingelse"},
}  # fmt: skip


def why_text(view: Mapping[str, Any], language: str) -> str:
    w = _WORDS.get(language, _WORDS["en"])
    lines = [w["closed"]] if view["closed"] else []
    for choice in view["choices"]:
        mark = "✓" if choice["available"] else "✗"
        lines.append(
            f"{mark} {choice['name']}: {w['yes'] if choice['available'] else w['no']}"
            f"   ({view['path']}:{choice['line']})"
        )
        if choice["refusal"]:
            lines.append(f"    {w['because']} {choice['refusal']['message']}")
            if choice["refusal"].get("hint"):
                lines.append(f"    {choice['refusal']['hint']}")
        for item in choice["alternatives"]:
            goal = (
                w["refuses"]
                if item["refuses"]
                else f"{w['to']} {item['to_title']}"
                if item["to"]
                else w["stays"]
            )
            if item["guard"] is None:
                lines.append(f"    - {w['always']} → {goal}")
                continue
            later = f" ({w['later']})" if item["needs_input"] else ""
            lines.append(f"    - {w['line']} {item['line']}{later} → {goal}")
            lines += _guard(item["guard"], 3, w)
        for ask in choice["asks"]:
            optional = f" ({w['optional']})" if ask["optional"] else ""
            label = f" “{ask['label']}”" if ask["label"] != ask["name"].replace("_", " ") else ""
            lines.append(f"    {w['asks']} {ask['name']}{label}{optional}: {ask['help']}")
    for task in view["tasks"]:
        names = task["names"]
        now = (
            ", ".join(
                f"{names[p]} ({names[whom]})" if whom else names[p] for p, whom in task["now_with"].items()
            )
            or "-"
        )
        taken = f"; {w['claimed']} {names[task['claimed_by']]}" if task["claimed_by"] else ""
        lines.append(f"  {task['title']}: {w['with']} {now}{taken}")
    for clock in view["deadlines"]:
        due = f"{w['due']} {clock['words']}" if clock["words"] else w["unset"]
        lines.append(
            f"{w['deadline']} {clock['name']} ({w.get(clock['state'], clock['state'])}): {due}   ({view['path']}:{clock['line']})"
        )
        lines += [f"    {line}" for line in clock["derivation"]]
    return "\n".join(fitted(lines))


def _guard(part: Mapping[str, Any], depth: int, w: Mapping[str, str]) -> list[str]:
    """A part in a sentence, with what the owner wrote behind it; below it what it is made of, where that is news."""
    indent, value, words = "  " * depth, part["value"], part["words"]
    if not part["looked"]:
        return [f"{indent}· {words} ({w['skipped']})   [{part['text']}]"]
    joint = part["parts"] and part["is_joint"]
    if part["error"]:
        line = f"{indent}! {words}: {part['error']}   [{part['text']}]"
    elif joint:
        line = f"{indent}{'✓' if value is True else '✗'} {words}:"
    elif isinstance(value, bool):
        line = f"{indent}{'✓' if value else '✗'} {words}   [{part['text']}]"
    else:
        line = f"{indent}{'✗' if value is None or value == [] else '='} {words}: {_value(part, w)}"
    lines = [line]
    for child in part["parts"]:
        if joint or not isinstance(child["value"], bool | None) or child["error"] or child["parts"]:
            lines += _guard(child, depth + 1, w)
    return lines


def _value(part: Mapping[str, Any], w: Mapping[str, str]) -> str:
    value = part["value"]
    if value is None or value == []:
        return w["unset"]
    if part["said"]:
        return str(part["said"])
    if isinstance(value, Mapping):
        known = [f"{key}: {_plain(item, w)}" for key, item in value.items() if item not in (None, "", (), [])]
        return ", ".join(known) or w["unset"]
    return _plain(value, w)


def _plain(value: Any, w: Mapping[str, str]) -> str:
    """A value as people write it: texts in quotes, yes and no in their language."""
    if isinstance(value, bool):
        return ("ja" if value else "nej") if w is _WORDS["da"] else ("yes" if value else "no")
    if isinstance(value, Mapping):
        return str(value.get("da" if w is _WORDS["da"] else "en") or next(iter(value.values()), ""))
    return f"“{value}”" if isinstance(value, str) else str(value)
