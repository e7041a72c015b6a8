"""docs/reference/security.md, made of asvs.txt: `python -m security.page > docs/reference/security.md`.

A line of asvs.txt is `number|level|is|what is asked, in our words|what shows it`: `+` it holds, `no` it does not, `-` it does
not apply. What shows it is a test (`name:its sentence`, the files in TESTS), a page, a harness of `faults`, or a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
TESTS = {
    "mail_injection": "plugins/procflow-mail/tests/test_mail_injection.py", "mail_in": "plugins/procflow-mail/tests/test_mail_in.py",
    "mail_hostile": "plugins/procflow-mail/tests/test_mail_hostile.py", "gateways": "plugins/procflow-sms/tests/test_gateways.py",
    "strangers": "tests/desk/test_scripts_of_strangers.py", "addresses": "tests/test_hostile_addresses.py", "desk_case": "tests/desk/test_case_page.py",
    "story": "tests/records/test_story.py", "form": "tests/api/test_form.py", "same": "tests/web/test_same_answers.py", "cases": "tests/api/test_cases.py",
    "postgres": "tests/stores/test_postgres.py", "disks_t": "tests/faults/test_disks.py", "who": "tests/web/test_who_may_what.py",
    "evidence": "tests/api/test_evidence.py", "reached": "tests/web/test_reached_by_others.py", "logins": "tests/web/test_logins.py",
    "schemathesis": "tests/api/test_schemathesis.py", "door": "tests/hosts/test_door.py", "evidence_s": "tests/stores/test_evidence.py",
    "sniff": "tests/stores/test_sniff.py", "files": "tests/web/test_strange_files.py", "second": "tests/access/test_second.py",
    "tries": "tests/access/test_tries_and_tokens.py",
    "login_page": "tests/desk/test_login_page.py", "serve": "tests/web/test_serve.py", "oidc": "tests/access/test_oidc.py",
    "closed": "tests/web/test_closed_cases.py", "keys": "tests/stores/test_keys.py", "audit": "tests/records/test_audit.py",
    "http": "tests/test_http_client.py", "temporal": "tests/temporal/test_over_tls.py", "guard": "tests/test_plugin_guard.py",
    "wheel": "tests/test_wheel.py", "seen": "tests/seen/test_nobody_is_named.py", "figures": "tests/seen/test_figures.py",
    "checks_data": "tests/definitions/test_checks_data.py", "lost": "tests/desk/test_nothing_is_lost.py", "supply": "tests/docs/test_supply.py",
    "openapi": "tests/api/test_openapi.py",
}  # fmt: skip
_IS = {"+": "yes", "no": "**no**", "-": "does not apply"}


class Asked(NamedTuple):
    number: str
    level: int
    chapter: str
    holds: str
    words: str
    shown: str


def asked() -> Iterator[Asked]:
    chapter = ""
    for line in (HERE / "asvs.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            chapter = line[2:]
        elif line:
            number, level, holds, words, shown = line.split("|")
            yield Asked(number, int(level), chapter, holds, words, shown)


def page() -> str:
    rows = list(asked())
    lines = [
        (HERE / "page_head.md").read_text(encoding="utf-8"),
        "| level | asked | does not apply | holds | does not |",
        "|---|---|---|---|---|",
    ]
    for level in (1, 2):
        of = [row for row in rows if row.level == level]
        n = {kind: sum(row.holds == kind for row in of) for kind in _IS}
        part = f"{n['+']} ({100 * n['+'] / (n['+'] + n['no']):.0f} %)"
        lines.append(f"| {level} | {len(of)} | {n['-']} | {part} | {n['no']} |")
    lines.append("")
    for chapter in dict.fromkeys(row.chapter for row in rows):
        of = [row for row in rows if row.chapter == chapter]
        lines += [
            f"### {chapter}",
            "",
            "| number | level | asked, in our words | here | shown by |",
            "|---|---|---|---|---|",
        ]
        left_out: dict[str, list[str]] = {}
        for row in of:
            if row.holds == "-":
                left_out.setdefault(row.words, []).append(row.number)
                continue
            lines.append(f"| {row.number} | {row.level} | {row.words} | {_IS[row.holds]} | {shown(row)} |")
        for why, numbers in left_out.items():
            lines.append(f"| {', '.join(numbers)} | | {why} | does not apply | |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def shown(row: Asked) -> str:
    kind, _, name = row.shown.partition(":")
    if kind in TESTS:
        return f"{Path(TESTS[kind]).name}: {name.replace('_', ' ')}"
    if row.shown.endswith(".md"):
        place = Path(row.shown)
        here = place.name if place.parent.name == "reference" else f"../{place.parent.name}/{place.name}"
        return f"[{place.stem.replace('-', ' ')}]({here})"
    return (
        f"`make faults`: {name}"
        if kind == "hostile"
        else f"`make lint`: {name.strip()}"
        if kind == "lint"
        else row.shown
    )


if __name__ == "__main__":
    print(page(), end="")
