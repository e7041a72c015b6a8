"""`procflow receive`: a message that somebody hands in - a mail saved as a file, or what came by SMS or chat."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from procflow.app import App
from procflow.builtin.evidence_words import form_in_words
from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, given_values, session
from procflow.cli.views import case_text
from procflow.core.nearest import did_you_mean, nearest
from procflow.core.refusals import Refusal
from procflow.core.senders import plain_sender
from procflow.core.words import instant_in_words
from procflow.errors import UsageError
from procflow.ports import Inbound
from procflow.stored import InboundRow
from procflow.views.case import case_view
from procflow.views.items import ABOUT
from procflow.views.messages import NO_CASE, again_view, message_view, reason_in_words, set_aside

if TYPE_CHECKING:
    from procflow.cli.there import There

_WORDS = {
    "en": {"again": "This message was received before; nothing was done.", "again_in": "It is with case {case}.", "waits": "No case was found for it ({reason}). It waits for a person:",
           "give": "procflow receive --message {id} --case CASE", "kept": "It is kept, and it waits for a person:",
           "none": "Where it belongs to no case:", "aside": "The message does not wait any more: {why}.", "whole": "What it says is kept. Was it a mistake:",
           "no_channel": "No channel is called {channel} here ({near}?); that is what it is kept as.", "which": "To give it to its case:", "no_text": "(no text)", "files": "Files", "from": "{channel} from {sender} ({when})"},
    "da": {"again": "Denne besked er modtaget før; intet blev gjort.", "again_in": "Den ligger i sag {case}.", "waits": "Der blev ikke fundet en sag til den ({reason}). Den venter på en person:",
           "give": "procflow receive --message {id} --case SAG", "kept": "Den er gemt og venter på en person:",
           "none": "Hører den ikke til nogen sag:", "aside": "Beskeden venter ikke længere: {why}.", "whole": "Det, den siger, er gemt. Var det en fejl:",
           "no_channel": "Ingen kanal hedder {channel} her ({near}?); det er det, den er gemt som.", "which": "Giv den til dens sag:", "no_text": "(ingen tekst)", "files": "Filer", "from": "{channel} fra {sender} ({when})"},
}  # fmt: skip


@click.command()
@click.argument("mail", metavar="[FILE.eml]", required=False, default="", type=click.Path())
@click.option("--channel", default="", help="What it came by: sms, mail, messenger, ... (without FILE.eml).")
@click.option("--from", "sender", default="", help="A number or address.")
@click.option("--to", default="", help="Where it was sent to.")
@click.option("--subject", default="")
@click.option("--text", default="", help="What it says.")
@click.option(
    "--file", "files", multiple=True, type=click.Path(), help="A file that came with it; may be repeated."
)
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A field of a form; may be repeated."
)
@click.option("--received", default="", help="When it came, `2026-05-11 10:05`; else now.")
@click.option("--id", "id_", default="", help="The sender's id of it; the same id again is taken once.")
@click.option("--case", "case", default="", shell_complete=complete_case, help="The case it belongs to.")
@click.option(
    "--message",
    default="",
    help="A message of the inbox that waits for its case, by (the beginning of) its id.",
)
@click.option(
    "--no-case",
    "no_case",
    default=None,
    type=click.Choice(list(NO_CASE)),
    help="With --message: it belongs to no case, and why; it is kept, and waits no more.",
)
@COMMON
def command(mail: str, message: str, case: str, no_case: str | None, **given: Any) -> None:
    """Take in a message by hand: FILE.eml, or what the options say.

    It goes to the one case that its thread or its sender singles out, or to --case. Where there is none, it may
    open one; else it waits in the inbox: `receive --message ID` shows what it says, with --case gives it to a
    case, and with --no-case takes it off the inbox. The same mail again is taken once.
    """
    s = session()
    _one_way(mail, message, given)
    if no_case:
        _set_aside(message, case, no_case)
        return
    if message and not case and s.there:
        raise UsageError(
            "which case does it belong to?", "add --case CASE; what it says is read at the desk there"
        )
    if message and not case:
        _read(s.app, message)
        return
    if s.there:
        _there(s.there, mail, message, case, given)
        return
    app = s.app
    if message:
        app.allow("message.take", s.anybody)
        row = app.unmatched(message)
        app.store.log_access(app.world.now(), s.anybody, "receive", row.case_id, row.id[:8], "given")
        _answered(app, s.answer(app.give(row.id, case)).case_id)
        return
    inbound = _mail(app, mail, given) if mail else _typed(app, given)
    taken, answer = app.hand_in(inbound, case)
    w = s.words(_WORDS)
    if not s.json:
        _say_if_no_channel(app, inbound.channel, w)
    if taken is None:
        told = again_view(app, inbound)
        s.show(told, _again(told, w))
        return
    if answer is not None and answer.accepted:
        _answered(app, answer.case_id, taken.id)
        return
    refusal = answer.refusal if answer is not None else None
    _waits(app, taken, refusal, w)


def _say_if_no_channel(app: App, channel: str, w: Mapping[str, str]) -> None:
    """A word that is nearly that of a channel is told; any other may be what people call the way: a letter, a visit."""
    known = {*app.plugins.channels, *app.plugins.evidence_checks(), "form"}
    if channel in known or nearest(channel, known) is None:
        return
    near = did_you_mean(channel, known, session().language).rstrip("?")
    click.echo(w["no_channel"].format(channel=channel, near=near), err=True)


def _set_aside(message: str, case: str, why: str) -> None:
    """It belongs to no case."""
    s = session()
    if case or not message:
        raise UsageError(
            "--no-case is said of a message that waits", "procflow receive --message ID --no-case REASON"
        )
    if s.there:
        told = s.there.no_case(message, why)
    else:
        row = set_aside(s.app, message, why, s.anybody)
        told = {"message": row.id, "case": None, "state": row.state, "reason": row.reason}
    w = s.words(_WORDS)
    said = w["aside"].format(why=reason_in_words(told["reason"], s.language))
    s.show(told, f"{said} {w['whole']}\n    {w['give'].format(id=told['message'])}")


def _read(app: App, message: str) -> None:
    """What a message says that belongs to no case yet; who looked is kept."""
    s = session()
    app.allow("message.take", s.anybody)
    row = app.unmatched(message)
    if row.state == "taken":
        raise UsageError("this message has its case", "look there: procflow log CASE")
    app.looked(s.anybody, "message", row.case_id, row.id[:8])
    view, w = message_view(app, row), s.words(_WORDS)
    when = instant_in_words(row.received, app.engine.surroundings().organisation.zone, s.language)
    head = w["from"].format(channel=view["channel"], sender=view["from"] or "–", when=when)
    lines = [f"{head}: {view['subject']}" if view["subject"] else head, ""]
    lines += [f"    {line}" for line in (view["text"] or w["no_text"]).splitlines()]
    lines += [f"    {name}: {value}" for name, value in view["fields"].items()]
    if view["files"]:
        lines += ["", f"{w['files']}: {', '.join(str(file['name']) for file in view['files'])}"]
    about = ABOUT.get(s.language, ABOUT["en"])
    lines += [f"{about['not_read']}: {each}" for each in view["not_read"]]
    lines += [f"{about['to']}: {view['to']}"] if view["to"] else []
    if form := form_in_words(str(view["form"]), s.language):
        lines.append(f"{about['form']}: {form}")
    lines += [
        "",
        f"{reason_in_words(row.reason, s.language)}. {w['which']}",
        f"    {w['give'].format(id=row.id[:8])}",
        w["none"],
        f"    procflow receive --message {row.id[:8]} --no-case {'|'.join(NO_CASE)}",
    ]
    s.show(view, "\n".join(lines))


def _there(there: There, mail: str, message: str, case: str, given: dict[str, Any]) -> None:
    """The same on another machine."""
    s = session()
    w = s.words(_WORDS)
    if message:
        told = there.give(message, case)
    elif mail:
        told = there.receive_mail(mail)
    else:
        _check_typed(given)
        names = {
            "channel": "channel",
            "from": "sender",
            "to": "to",
            "subject": "subject",
            "text": "text",
            "id": "id_",
        }
        sent = {name: given[key] for name, key in names.items()}
        fields = {name: str(value) for name, value in given_values(given["fields"]).items()}
        told = there.receive(
            {**sent, "received": given["received"], "fields": fields}, list(given["files"]), case
        )
    if told.get("again"):
        s.show(told, _again(told, w))
    elif told.get("number"):
        s.show(told, lambda: case_text(told, s.language))
    else:
        give = w["give"].format(id=told["message"][:8])
        s.show(told, f"{w['waits'].format(reason=reason_in_words(told['reason'], s.language))}\n    {give}")


def _again(told: Mapping[str, Any], w: Mapping[str, str]) -> str:
    """That a message came before, and where it is."""
    return f"{w['again']} {w['again_in'].format(case=told['case'])}" if told["case"] else w["again"]


def _check_typed(given: dict[str, Any]) -> None:
    if not given["sender"]:
        raise UsageError("who sent it?", "add --from NUMBER or --from ADDRESS")
    if not (given["text"] or given["files"] or given["fields"] or given["subject"]):
        raise UsageError("what does it say?", "add --text WORDS, --file FILE or --field NAME=VALUE")


def _one_way(mail: str, message: str, given: dict[str, Any]) -> None:
    """A file, a waiting message, or options: exactly one of them."""
    typed = bool(given["channel"])
    ways = [
        name for name, there in (("FILE.eml", mail), ("--message", message), ("--channel", typed)) if there
    ]
    if len(ways) > 1:
        raise UsageError(f"{' and '.join(ways)} do not go together", "give one of them")
    if not ways:
        raise UsageError("what was received?", "give FILE.eml, or --channel sms --from NUMBER --text WORDS")
    described = [
        f"--{name}" for name in ("sender", "to", "subject", "text", "files", "fields") if given[name]
    ]
    if described and not typed:
        words = (
            ", ".join(described)
            .replace("--sender", "--from")
            .replace("--files", "--file")
            .replace("--fields", "--field")
        )
        raise UsageError(f"{words} cannot be said of {ways[0]}", "only with --channel")


def _mail(app: App, path: str, given: dict[str, Any]) -> Inbound:
    """A mail as it was saved, read by the plugin that brings the channel mail."""
    found = app.plugins.channels.get("mail")
    read = getattr(found.channel, "read", None) if found is not None else None
    if read is None:
        raise UsageError(
            "no plugin here reads mails", "say it with --channel mail --from ADDRESS --text WORDS"
        )
    content = _content(app, path)
    if not content.strip():
        raise UsageError(f"there is no mail in {path}", "give the file that the mail was saved in")
    inbound: Inbound = read(content, _received(app, given["received"]))
    return inbound


def _typed(app: App, given: dict[str, Any]) -> Inbound:
    _check_typed(given)
    channel = str(given["channel"]).strip().lower()
    sender, name = plain_sender(given["sender"])
    return Inbound(
        source=f"by hand: {channel}",
        external_id=given["id_"] or app.world.new_id(),
        channel=channel,
        sender=sender,
        to=given["to"],
        received=_received(app, given["received"]),
        subject=given["subject"],
        text=given["text"],
        fields={name: str(value) for name, value in given_values(given["fields"]).items()},
        files=[(os.path.basename(path), _content(app, path)) for path in given["files"]],
        facts={"by_hand": session().anybody or True, **({"display_name": name} if name else {})},
    )


def _content(app: App, path: str) -> bytes:
    return app.world.read_file(os.path.expanduser(path))


def _received(app: App, text: str) -> datetime:
    """When it came; a time in the future is refused."""
    now = app.world.now()
    if not text:
        return now
    from procflow.core.decide import field_context
    from procflow.core.fields import check_value
    from procflow.core.procedure import Field

    app.publish()
    context = field_context(app.engine.surroundings())
    value, problems = check_value(Field("received", "instant"), text, context, "--received")
    if problems:
        raise UsageError(problems[0].words(session().language), "for example --received '2026-05-11 10:05'")
    if value > now:
        raise UsageError("--received lies in the future", "say when it came, or leave it out for now")
    return datetime.fromisoformat(value.isoformat())


def _answered(app: App, case: str, message: str = "") -> None:
    s = session()
    view = case_view(app, app.engine.load(case), s.anybody, s.language)
    shown = {**view, "message": message} if message else view
    s.show(shown, lambda: case_text(view, s.language))


def _waits(app: App, row: InboundRow, refusal: Refusal | None, w: dict[str, str]) -> None:
    """It is stored and belongs to nobody yet; that is no failure, unless the case that was named refused it."""
    s = session()
    give = w["give"].format(id=row.id[:8])
    if refusal is not None and not s.json:
        click.echo(f"{w['kept']} {give}", err=True)
    if refusal is not None:
        s.refused(refusal)
    result = {"message": row.id, "case": None, "state": row.state, "reason": row.reason}
    s.show(result, f"{w['waits'].format(reason=reason_in_words(row.reason, s.language))}\n    {give}")
