"""The commands by name, grouped by who uses them.

A command is one file; it is imported when it is called, so that `procflow do` loads what a step needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from procflow.cli.session import COMMON, session

#: Who uses it -> command -> (module, one line of help). The line stands here so that --help imports nothing.
GROUPS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Owners": {
        "check": ("check", "Check procedures and everything beside them."),
        "test": ("test", "Rehearse procedures: run their scenarios."),
        "prove": ("prove", "Prove what procedures promise, whatever happens."),
        "show": ("show", "Draw a procedure, with a case's place marked."),
        "explain": ("explain", "Explain a diagnostic code."),
        "schema": ("schema", "Write JSON Schemas that know the installed plugins."),
    },
    "Agents": {
        "inbox": ("inbox", "List what waits for you, soonest first."),
        "open": ("open", "Open a case."),
        "case": ("case", "Look at a case: where it is and what can be done."),
        "do": ("do", "Take a choice."),
        "step": ("step", "Be guided through a case, question by question."),
        "why": ("why", "Say why a choice is offered or not, and how a deadline was computed."),
        "log": ("log", "Tell a case's story."),
        "note": ("note", "Write a customer note."),
        "attach": ("attach", "Keep a file for a case."),
        "assign": ("assign", "Hand a case's work to a person."),
        "claim": ("claim", "Take work that is offered."),
        "giveback": ("giveback", "Give work back."),
        "handover": ("handover", "Offer work to a colleague, who takes it over or turns it down."),
        "suspend": ("suspend", "Put work aside until a time."),
        "resume": ("resume", "Go on with work that was put aside."),
        "who": ("who", "Say who was asked, who took it and who did it."),
        "queues": ("queues", "Count the open work of roles and people."),
        "handback": ("handback", "List what was done for you while you were away."),
        "absent": ("absent", "Register or end an absence."),
        "roster": ("roster", "List who has which shift."),
        "shift": ("shift", "Put a person on a shift."),
        "swap": ("swap", "Let two people swap shifts."),
        "mates": ("mates", "List, make and part pairs of team mates."),
        "signal": ("signal", "Send an event to a case."),
        "receive": ("receive", "Take in a message by hand."),
    },
    "Operators": {
        "init": ("init", "Make a workspace."),
        "run": ("run", "Run the host: deadlines, deliveries, incoming messages."),
        "serve": ("serve", "Serve the desk and the API to browsers and programs."),
        "user": ("user", "Say who may log in to the desk."),
        "token": ("token", "Make and revoke tokens of programs."),
        "audit": ("audit", "Verify the record."),
        "backup": ("backup", "Copy the workspace while others work."),
        "restore": ("restore", "Bring a workspace back from a copy, and prove it."),
        "store": ("store", "Move the cases to a database that several nodes share, or back."),
        "import": ("import", "Bring in figures for reports: a survey, customers' turnover."),
        "report": ("report", "Count what was done in some days: cases, deadlines, queues, and more."),
        "plugins": ("plugins", "List plugins, channels and operations."),
        "plugin": ("plugin", "Write a plugin, and try it against the contract."),
        "doctor": ("doctor", "Look for what is wrong, with advice."),
        "health": ("health", "Say by the exit code whether it can be worked in now."),
        "demo": ("demo", "Play a fortnight at the desk on real input."),
    },
}


class _HelpfulContext(click.Context):
    """Help as every other answer: with `--json` one object."""

    def get_help(self) -> str:
        words = super().get_help()
        return _as_help({"command": self.command_path, "help": words}, words)


def _told_version(context: click.Context, parameter: click.Parameter, asked: bool) -> None:
    """Print the version and end."""
    if not asked or context.resilient_parsing:
        return
    from procflow import __version__

    click.echo(_as_help({"version": __version__}, f"procflow {__version__}"))
    context.exit()


def _as_help(result: Mapping[str, Any], words: str) -> str:
    if not session().asked_for_json:
        return words
    import json

    return json.dumps({"ok": True, "result": result})


class _Commands(click.Group):
    """Commands by name, each imported when it is asked for; help is grouped by who uses it."""

    context_class = _HelpfulContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for commands in GROUPS.values() for name in commands]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        for commands in GROUPS.values():
            if name in commands:
                module = import_module(f"procflow.cli.{commands[name][0]}_command")
                found: click.Command = module.command
                found.name = name
                return _helpful(found)
        of_a_plugin = _of_a_plugin(name)
        return _helpful(of_a_plugin) if of_a_plugin is not None else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as problem:
            from procflow.core.nearest import nearest  # only a command that does not exist needs it

            near = nearest(args[0], self.list_commands(ctx))
            if not near:
                raise
            told = f"{problem.message.rstrip('.')}. Did you mean {near}?"
            raise click.UsageError(told, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for who, commands in GROUPS.items():
            with formatter.section(who):
                formatter.write_dl([(name, line) for name, (_, line) in commands.items()])


def _helpful(command: click.Command) -> click.Command:
    """The command, and what stands below it, with help that is JSON where that is asked for."""
    command.context_class = _HelpfulContext
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _helpful(inner)
    return command


def _of_a_plugin(name: str) -> click.Command | None:
    """A command that a plugin brings; plugins are loaded only for a name that is not our own."""
    from procflow.cli.plugin_command import installed_plugins

    found: click.Command | None = installed_plugins().commands().get(name)
    return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_told_version,
    help="Show the version and exit.",
)
@COMMON
def cli(**options: Any) -> None:
    """Procedures for a desk: checked, rehearsed, and run so that nothing is lost.

    The options --workspace, --as, --lang and --json may also stand after the command.
    """
