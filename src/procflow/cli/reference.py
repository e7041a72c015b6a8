"""The page docs/reference/cli.md, made of the commands themselves: `python -m procflow.cli.reference`.

A test compares it with the page, so the page cannot drift. Only the words around it stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from procflow.cli.group import GROUPS, cli
from procflow.cli.reach import table
from procflow.cli.session import COMMON

_TOP = """\
# The command line

Made by `python -m procflow.cli.reference`; do not edit.

`procflow COMMAND --help` says the same at the terminal. Every command has the options below; they may stand before
or after the command's name.

{common}
Environment: `PROCFLOW_WORKSPACE`, `PROCFLOW_AS`, `PROCFLOW_SERVER` and `PROCFLOW_LANG` stand for `--workspace`, `--as`,
`--server` and `--lang`. With `--server` the commands of the desk ask a `procflow serve` on another machine, print the same
and end with the same codes; commands that work in the workspace itself say so. The token is `PROCFLOW_TOKEN`, else what
stands in the file `PROCFLOW_TOKEN_FILE`, else in `~/.config/procflow/token`; only its owner may read that file.
`NO_COLOR` leaves out bold and dim; where standard output is no terminal they are left out anyway. [Every setting and
variable](settings.md) stands on one page.

## From another machine

What works over `--server` works as it does in the workspace, the guided step with its checks and drafts too. Of the day
at the desk that is all. The rest says why not, and does nothing.

{reach}

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | refused, or problems were found |
| 2 | the command line is wrong, or something of the workspace does not fit |
| 3 | conflict: somebody was faster; look again |
| 4 | the store, a key or a file cannot be used |
| 5 | not allowed |
| 6 | not found |
| 7 | busy: the store is in use for too long |
| 130 | stopped with Ctrl-C |

## JSON

With `--json` exactly one JSON object on one line goes to standard output, and nothing else:

- `{{"ok": true, "result": {{…}}}}` when it is done (`--help` gives `command` and `help`, `--version` gives `version`);
- `{{"ok": false, "result": {{…}}}}` when there is a result that holds problems (`check`, `test`, `prove`, `audit`, `doctor`, `health`, `restore`,
  `plugins`);
- `{{"ok": false, "refusal": {{"code", "message", "hint", "path", "line", "column", "fields"}}}}` when the case refused it;
  `fields` has `name`, `code` and `message` for each value that is not right;
- `{{"ok": false, "error": {{"code", "message", "hint", "facts"}}}}` for everything else.

Exit codes are the same. Instants are ISO 8601 in UTC, unset values are `null`. Keys are added in later versions,
never renamed. What `result` holds stands with each command; a *case* is

| key | is |
|---|---|
{case}
"""

#: The keys of a case as JSON, as `case`, `open`, `do` and others give it.
CASE: Mapping[str, str] = {
    "number": "its number",
    "id": "its id, 32 hexadecimal digits",
    "rehearsal": "whether time comes from a clock file",
    "procedure": "the procedure's name",
    "title": "its title in the language asked for",
    "state": "the active states",
    "closed": "whether it is closed",
    "outcome": "the outcome, once it is closed",
    "opened": "when it was opened",
    "sequence": "how many steps it has",
    "words": "for each state `state`, `title`, `say`, `guide`, `help`",
    "data": "what is known, by field",
    "choices": "`name`, `label`, `state`, `available`, `because` (a refusal), `for` (the absent person), `asks` (fields)",
    "items": "what to do or look at: `id`, `kind`, `about`, `choices`, `asks`",
    "deadlines": "`name`, `title`, `state`, `due`, `due_words`, `act_by`, `act_by_words`, `closed_hours`, `derivation`, `promise` (its title and date are to be told to the customer), `lines` (its words for people)",
    "hand_overs": "work that is offered to a colleague: `state`, `to`, `by`, `until`",
    "waiting": "effects on their way: `key`, `operation`, `attempts`, and after the first of them `next_try` and `error`, what was said at the last one; `case`, of an invoked procedure: the case that is waited for",
}

#: command -> the keys of its `result` in words; "case" stands for the keys above.
RESULTS: Mapping[str, str] = {
    "check": "`diagnostics` (`path`, `line`, `column`, `code`, `severity`, `message`, `hint`), `documents`, `withdrawn` (procedures whose files were taken away), `plugins` (what is wrong with plugins, in words). `--format json` gives the diagnostics alone, as a list",
    "test": "`tests` (`name`, `passed`, `path`, `line`, `column`, `failure`, `journal`, `duration`), `passed`, `failed`, `diagnostics`; with `--coverage` also `coverage`; with `--mutate` `procedures` (`procedure`, `mutants`, `caught`, `survived`, `accepted`, `percent`), `total` (the same, and `seconds`, `tests`), `survivors` (`key`, `kind`, `procedure`, `path`, `line`, `column`, `what`, `tests`, `reason`, `hint` with `words`, `path`, `line`, `test`), `idle` (`key`, `why`, `path`, `line`, `column`)",
    "prove": "`procedures` (`procedure`, `path`, `states`, `steps`, `complete`, `assumptions`, `promises` with `promise`, `verdict`, `line`, `column`, `reason`, `way`, `for_ever`, `depends_on`, `states`, where it was run also `scenario` and `story`, or `stopped_at`, `why`, `condition`, `condition_line` and, where more tries may find it, `cut_short`, and `findings` with `kind`, `severity`, `what`, `detail`, `line`, `column`, `way`, where the engine could go it also `scenario` and `story`), `total` (`promises`, `proved`, `broken`, `undecided`, `findings`, `states`, `steps`, `seconds`, `states_a_second`), `written`, `diagnostics`; with `--together` also `together`",
    "show": "`procedure`, `case`, `format`, `drawing`; with `-o` `procedure`, `format`, `file`",
    "explain": "`code`, `severity`, `title`, `page` (Markdown); without a code `codes`",
    "schema": "`kind`, `schema`; with `--dir`, or without KIND, `written`",
    "inbox": "`tasks` (`number`, `case`, `procedure`, `title`, `task`, `what`, `kind`, `roles`, `people`, `since`, `deadline`, `due`, `act_by`), `more` (there is more than is listed), `not_mine` (work that four eyes leave to others: the same, and `because`, a refusal), `messages` (`id`, `source`, `received`, `reason`)",
    "open": "a case; also `started` where the step opened others, and `shown` (true) where `one_open_per` shows the open case instead of a new one",
    "case": "a case",
    "do": "a case; also `started` where the step opened others",
    "step": "nothing is asked: `case`, `options` (`key`, `choice`, `label`, `item`, `fields`, `begun`), `promises`",
    "why": "`number`, `state`, `closed`, `path`, `choices` (with `alternatives` and their `guard` as a tree), `tasks`, `deadlines`",
    "log": "`number`, `steps` (`sequence`, `at`, `ran_at`, `command`, `hash`, `entries`, `words`: the lines of the story)",
    "note": "`number`, `sequence`",
    "attach": "`file`: the value that a field of type file takes",
    "assign": "`number`, `person`, `sequence`",
    "absent": "`person`, `from`, `until`, `sequence`, `warning` (where the team mate is away too)",
    "claim": "`number`, `sequence`",
    "giveback": "`number`, `sequence`",
    "handover": "`number`, `person`, `until`, `sequence`; with `--back` `number`, `sequence`",
    "suspend": "`number`, `until`, `sequence`",
    "resume": "`number`, `sequence`",
    "who": "`number`, `tasks` (`state`, `title`, `asked_at`, `roles`, `people`, `moves`: `at`, `what`, `person`, `more`)",
    "queues": "`queues` (`role`, `person`, `work`, `items`, `late`, `today`, `oldest`, `act_by`)",
    "handback": "`person`, `absence` (`from`, `until`), `done` (`number`, `case`, `choice`, `by`, `at`), `open` (`number`, `case`, `task`, `title`, `what`, `act_by`)",
    "roster": "`shifts` (`day`, `shift`, `person`)",
    "shift": "`day`, `shift`, `person`, `sequence`",
    "swap": "`day`, `giver`, `taker`, `in_return`, `confirmed`, `sequence`",
    "mates": "`pairs` (`one`, `other`); with ONE and OTHER `one`, `other`, `mates`, `sequence`",
    "signal": "a case, and `taken`: whether some state took the event (null where the same request was made before)",
    "receive": "a case and `message`; `message`, `case` (null), `state`, `reason` where it waits for a person; where it was received before `again`, with what became of it: `message`, `case` (its number, or null), `state`, `reason`",
    "init": "`folder`, `made`",
    "run": "with `--once` `steps`, `delivered` (what was tried), `received`, `problems`, `again` (what is to be tried again); else `stopped`",
    "serve": "`stopped`",
    "user": "of `add` and `password` `person` (and `password`, where it was made); of `list` `users` (`person`, `name`, `since`, `password`, `known`); of `remove` `person`, `removed`; of `second` `person`, `second` (since when a code is asked for, or null), `codes` (recovery codes left); of `logins` `logins` (`id`, `person`, `way`, `since`, `seen`, `address`, `browser`); of `logout` `person`, `ended`",
    "token": "of `add` `token`, `id`, `person`, `name`, `scopes`, `procedures`, `since`, `until`, `used`; of `list` `tokens`; of `revoke` `id`, `revoked`",
    "backup": "`folder`, `at`, `files`, `size`, `keys`",
    "restore": "`folder`, `at`, `whole`, `counts`, `findings`, `waiting` (how much waits there to go out, by channel)",
    "store": "of `copy` `to`, `rows` (by table), `files`, `settings` (for procflow.toml), `whole`, `counts`, `findings`",
    "audit": "`whole`, `counts`, `findings` (`place`, `case`, `step`, `words`), `seal` (the hash of the last seal)",
    "import": "`kind`, `name`, `rows`, `conflicts`; a file with faults gives an error whose `facts` have `faults` (`row`, `column`, `words`)",
    "report": "`report`, `title`, `from`, `to`, `as_of`, `zone`, `final`, `empty`, `figures`, `remarks`, `tables` (`name`, `title`, `columns`, `rows`), see [reports](reports.md); without NAME `reports` (`name`, `title`, `line`); with `-o` `report`, `format`, `file`",
    "plugins": "`plugins` (`name`, `version`, `kind`, `where`, `hooks`, `channels` with `name`, `operations`, `modes`, `mode`, `verified`, `health`, `brings` with the names that other hooks brought), `commands`, `problems`",
    "plugin": "of `new` `folder`, `made`; of `test` `channels` (`channel`, `plugin`, `version`, `verified`, `clauses` with `clause`, `against`, `holds` and `why`, `left_out`, `problem`, `seconds`), `problems`",
    "doctor": "`findings` (`look`, `level`, `message`, `advice`), `wrong`",
    "health": "`ready`, `checks` (each by its name: whether it holds)",
    "demo": "the table that closes the day",
}


def page() -> str:
    """The whole page, in Markdown."""
    common = _options(_shared())
    case = "\n".join(f"| `{key}` | {words} |" for key, words in CASE.items())
    parts = [_TOP.format(common=common, case=case, reach=table())]
    group = click.Context(cli, info_name="procflow")
    for who, commands in GROUPS.items():
        parts.append(f"## {who}\n")
        for name in commands:
            command = cli.get_command(group, name)
            assert command is not None
            parts.append(_section(name, command, group))
    return "\n".join(parts)


def _shared() -> click.Command:
    """A command with nothing but the options that all have."""

    @click.command()
    @COMMON
    def nothing() -> None: ...

    return nothing


def _section(name: str, command: click.Command, group: click.Context) -> str:
    ctx = click.Context(command, info_name=name, parent=group)
    usage = " ".join(ctx.command.collect_usage_pieces(ctx))
    about = "\n\n".join(_paragraphs(command.help or ""))
    shared: set[str | None] = {param.name for param in _shared().params}
    own = _options(command, leave_out=shared)
    lines = [f"### {name}\n", f"    procflow {name} {usage}\n", about, ""]
    if own:
        lines += [own]
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            usage = " ".join(inner.collect_usage_pieces(click.Context(inner, info_name=part, parent=ctx)))
            lines += [f"#### {name} {part}\n", f"    procflow {name} {part} {usage}\n"]
            lines += ["\n\n".join(_paragraphs(inner.help or "")), ""]
            lines += [options] if (options := _options(inner, leave_out=shared)) else []
    lines.append(f"`--json`: {RESULTS[name]}.\n")
    return "\n".join(lines)


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text on one line each; one marked to be left as it is stands as it is."""
    for part in "\n".join(line.strip() for line in text.splitlines()).split("\n\n"):
        if part.startswith("\b"):
            yield "\n".join(f"    {line}" for line in part.splitlines()[1:])
        elif part.strip():
            yield " ".join(part.split())


def _options(command: click.Command, leave_out: set[str | None] | None = None) -> str:
    rows = []
    ctx = click.Context(command)
    for param in command.params:
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is None or param.name in (leave_out or ()) or param.name == "help":
            continue
        name, words = record
        words = words.replace("|", "\\|")
        rows.append(f"| `{name.replace('|', chr(92) + '|')}` | {words} |")
    return "\n".join(["| option | means |", "|---|---|", *rows, ""]) if rows else ""


if __name__ == "__main__":
    print(page(), end="")
