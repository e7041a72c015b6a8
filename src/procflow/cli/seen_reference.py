"""Prints `docs/reference/events.md`: what an operator may see, from the lists that the program itself reads.

python -m procflow.cli.seen_reference > docs/reference/events.md
"""

from __future__ import annotations

from collections.abc import Iterator

from procflow.app.standing import MOST
from procflow.seen.events import EVENTS, FIELDS
from procflow.seen.metrics import COUNTED, LOOKED_AT, MOST_VALUES

_KINDS = {
    "word": "name",
    "words": "names",
    "number": "number",
    "seconds": "seconds",
    "yes": "true or false",
    "sentence": "words",
    "told": "words",
}


def page() -> str:
    return "\n".join([*_events(), *_figures()])


def _figures() -> Iterator[str]:
    yield "## The figures"
    yield ""
    yield (
        "`procflow serve` answers `/metrics` in Prometheus's text format to this machine itself, unless a proxy stands in "
        "front; to everybody else at `/api/metrics`, for a token with the scope `metrics.read` (docs/reference/access.md). "
        "With `--metrics HOST:PORT`, or in procflow.toml `[metrics]` with `listen`, `run` and `serve` answer at an address of "
        "its own to whoever reaches that. Labels are names from the house's documents or from fixed lists; after "
        f"{MOST_VALUES} values of a label the rest is `other`. What waits is counted up to {MOST}."
    )
    for title, figures in (
        ("counted in this process since it began", COUNTED),
        ("looked at when asked", LOOKED_AT),
    ):
        yield ""
        yield f"| {title} | kind | labels | what it is |"
        yield "|---|---|---|---|"
        for figure in figures:
            labels = ", ".join(f"`{name}`" for name in figure.labels) or "–"
            yield f"| `{figure.name}` | {figure.kind} | {labels} | {figure.about} |"
    yield ""


def _events() -> Iterator[str]:
    yield "# What an operator sees"
    yield ""
    yield "Made by `python -m procflow.cli.seen_reference` from what the program itself reads."
    yield ""
    yield "## The log"
    yield ""
    yield (
        "`procflow run` and `procflow serve` write to standard error one line for each event: JSON, or text on a "
        "terminal. `--log-format` and `--log-level` say otherwise, or in procflow.toml `[log]` with `format` (auto, "
        "json, text) and `level` (debug, info, warning, error). Every line has `at` (UTC), `level` and `event`; then "
        "come the fields of the event that are set, in this order."
    )
    yield ""
    yield (
        "No customer and no person at the desk is named in it: no name, number, address, word of a message, typed "
        "value or secret. A field holds a name from the house's own documents, a number, a time or the name of a "
        "class; a value of any other kind is written as `…`. Of an error the class and the place in the program are "
        "kept, and its words are not."
    )
    yield ""
    yield "| event | level | what happened | fields |"
    yield "|---|---|---|---|"
    for event in EVENTS.values():
        fields = ", ".join(f"`{name}`" for name in event.fields)
        yield f"| `{event.name}` | {event.level} | {event.about} | {fields} |"
    yield ""
    yield "| field | kind | what it says |"
    yield "|---|---|---|"
    for name, field in FIELDS.items():
        yield f"| `{name}` | {_KINDS[field.kind]} | {field.about} |"
    yield ""


if __name__ == "__main__":
    print(page(), end="")
