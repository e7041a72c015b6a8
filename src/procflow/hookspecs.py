"""The hooks: where a plugin adds something to procflow. Each says what it is for, when, with what, and what the
answer means. It must not know who implements them.

A plugin is a module with functions of these names, marked `@hookimpl`; it may leave out parameters that it
does not need. `docs/reference/hooks.md` has a page for each, compared with this file by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from procflow.ports import Channel

#: The name of the project in pluggy, of the entry points, and of the marks on functions.
PROJECT = "procflow"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:  # type: ignore[empty-body]
    """Channels, which carry effects out of a case and bring messages in.

    Called once in each process that loads the plugin, and once in the plugin's own long-lived process, where
    `prepare`, `deliver`, `fetch` and `health` run. So make the channels here and connect to nothing.

    `settings`: the `[channels.<name>]` tables of procflow.toml by channel name; in the plugin's own process
    only those of its own channels, with `${env:NAME}` resolved. A missing setting is no reason to raise:
    documents are checked without any. Say it in `health`.

    Answer: a list of channels (see `ports.Channel`), each with a name of its own. `operations` gives the JSON
    Schema of the parameters of each operation; beside JSON Schema's own words it may have `x-manual`
    (`{da:, en:}`: what a person does by hand, with `{parameter}` in it) and `x-result` (the JSON Schema of the
    result of an operation that answers later). A parameter with `x-house` is filled in by the house where the procedure
    gives none: `automatic` (no: a person took the step that asks for it; replied: a message of who gets it did;
    generated: neither) or `answers` (the ids of the messages of the conversation, the newest that the case had of who
    gets it last). One with `x-address` (`mail` or `phone`) takes addresses or numbers, so that `check` tells of a word
    that is none. `prepare` raises `UsageError` for what can never be sent, in
    words; whatever else is raised, here or in `deliver`, costs the effect a retry. `deliver` may answer `retry` with
    `left`: the outside took a part, and these bytes are what the next try brings.

    A channel may also have `modes` (those of real, manual, file and off that it knows), `file_type = "eml"`
    (what `prepare` makes is a file of that type), `now` (set to the instant, UTC, before each call: a channel
    reads no clock), `fetch_every` (seconds between two looks for messages), `normalise(operation,
    parameters)`, which gives the parameters as the outside system writes them, `read(raw, received)`, which
    reads a message that was saved as a file, and `web(request)`, which answers an HTTP request to
    `/in/<channel>/...` with a `WebReply` (see `ports`) and the messages that came with it: it runs in a process
    of its own beside the one that delivers, so that it can be asked while a delivery takes its time.
    One that sets `at_once` to more than 1 says that so many threads may prepare and deliver at a time. One with
    `fetches_apart = True` is asked for messages in a process of its own, and while the host does other things; one with
    `fetches = False` is never asked, and no process is started for that. One that has `ring` finds a function there
    once it is loaded in its own process; it calls that, from any thread, when there is something to fetch, and the
    host then asks at once. `settings = ("url", "token", "inbox.folder")` names what it reads of its table in
    procflow.toml, with a dot what stands in a table within (without one all of that table may be anything); `check`
    then warns of a line that nothing reads.
    """


@hookspec
def register_functions() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Functions for expressions.

    Called once when an application starts, and again by nobody.

    It takes nothing.

    Answer: name -> a pure function. The annotations of its parameters and of its answer are what the checker
    knows of it: str, Decimal, bool, date, datetime, timedelta, list, dict, Any. It runs in the process of the
    engine under a time budget: no clock, no files, no network. A name that is taken is refused.
    """


@hookspec
def register_evidence_checks() -> Mapping[str, Callable[..., Mapping[str, Any]]]:  # type: ignore[empty-body]
    """Judgements of evidence, by the channel that it came through (PRO-20).

    Called once when an application starts.

    It takes nothing.

    Answer: channel name -> a pure function `(offered, data, now, context) -> verdict`. `offered` has channel,
    from, to, text, received, files, facts, form, as far as they are known. `data` is the case's data before
    the step. `now` is an aware instant. `context` has phones_on_file, addresses_on_file, names, summary, input
    (what else was entered in the step) and covers. The verdict has `accepted` (bool), `verdict` (accepted,
    rejected or second_check) and `reason` (`{code:, da:, en:}`, or a text).
    """


@hookspec
def register_calendars() -> Mapping[str, Callable[[int], Mapping[str, str]]]:  # type: ignore[empty-body]
    """Closed days that no list of public holidays knows.

    Called once when an application starts.

    It takes nothing.

    Answer: the calendar's name, as `calendar: {country: NAME}` gives it -> a pure function from a year to its
    closed days: ISO date -> the day's name.
    """


@hookspec
def register_assignment_rules() -> Mapping[str, Callable[..., str | None]]:  # type: ignore[empty-body]
    """Ways to choose a person for a task; `shortest_queue` and `round_robin` are procflow's own.

    Called once when an application starts.

    It takes nothing.

    Answer: the rule's name, as `take:` gives it -> a pure function `(candidates, context) -> person id or
    None`. `candidates` are the ids of those who are present and may act, sorted. `context` has `state`, `case`
    (its number), `open` (how many open tasks each candidate has) and `last` (who got such a task last, "" before
    the first). None leaves the task with all of them. The step is decided again where somebody was faster.
    """


@hookspec
def register_stores() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Places where cases are kept.

    Called once when an application starts with a store that is not one of procflow's own.

    It takes nothing.

    Answer: the word before the colon of `store = "word:..."` -> a function `(address, world) -> Store` (see
    `ports.Store`), where `address` is what stands after the colon.
    """


@hookspec
def register_commands() -> list[Any]:  # type: ignore[empty-body]
    """Commands for the command line.

    Called when `procflow` is asked for a command that is not its own, and by `procflow plugins`, which lists them.

    It takes nothing.

    Answer: a list of click commands. One whose name is taken, by procflow or by another plugin, is refused.
    """


@hookspec
def register_pages() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Pages for the desk.

    Called when the desk is asked for a page of a plugin, once in each of its threads.

    It takes nothing.

    Answer: a path below `/x/`, without the slash before it -> a function `(request) -> text of the page`, HTML that
    stands inside the desk's frame and under its content policy (no script, no style of its own). `request` has
    `path`, `query`, `person`, `language`, `app` (the workspace, as this person may use it) and
    `markup(text, **values)`, which fills `{name}` in a text with escaped values: whatever is not written by the
    plugin itself goes through it. A page that raises, takes longer than five seconds or answers no text costs
    itself only.
    """


@hookspec
def register_exporters() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Forms in which reports leave the house.

    Called when a report in a form that is not our own is asked for, and by `procflow plugins`, which lists them.

    It takes nothing.

    Answer: the name of the form -> a function `(sheet, write, language, **options) -> None` with the attribute
    `of = "report"`: `sheet` is the report as values (`tables` with `columns` and `rows`, `figures`, `charts`,
    `remarks`), and `write` takes bytes. Our own forms table, csv, json and html are such.
    """


@hookspec
def case_stepped(case_id: str, number: int, sequence: int, command: str) -> None:
    """A place to watch from.

    Called after a step was committed, in the process that took it. What it raises is reported and changes
    nothing; it can refuse nothing.

    `case_id`: the case's id, 32 hexadecimal digits. `number`: its short number. `sequence`: its step, from 1.
    `command`: what kind of command it was (open, choice, message, event, answer, time, assign, note, read).

    Answer: none.
    """


#: The names of all hooks, in the order of this file.
HOOKS = (
    "register_channels", "register_functions", "register_evidence_checks", "register_calendars",
    "register_assignment_rules", "register_stores", "register_commands", "register_pages",
    "register_exporters", "case_stepped",
)  # fmt: skip
