"""Messages that came in: taken in, listed where they wait, given to their case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procflow.api import given as g
from procflow.api import taken as t
from procflow.api.declared import Answered, Asked, resource
from procflow.api.telling import accepted, case_seen
from procflow.core.senders import plain_sender
from procflow.engine import Answer
from procflow.errors import UsageError, words_in_both
from procflow.ports import Inbound
from procflow.stored import InboundRow
from procflow.views.case import case_view
from procflow.views.inbox import message_view
from procflow.views.messages import again_view, set_aside


@resource("GET", "/api/messages", may="message.take", tag="messages", gives=g.Messages, query=t.MessageFilter)
def list_messages(asked: Asked) -> Answered:
    """The messages that wait for somebody to say where they belong; what they say stays sealed."""
    rows = asked.app.store.messages("unmatched", asked.query.limit)
    return Answered({"messages": [message_view(row) for row in rows]})


@resource(
    "POST", "/api/messages", may="message.take", tag="messages", gives=(g.CaseAfter, g.MessageTaken), takes=t.Message,
    command=True, refuses=(404, 409),
)  # fmt: skip
def take_message(asked: Asked) -> Answered:
    """Take in a message: it goes to the one case that its thread or its sender singles out, or to `case`; it may open
    one; else it waits for a person (202). The same content under the same `id` (or Idempotency-Key) is taken once;
    another content is another message, so that nobody hides one behind an `id`."""
    app, body = asked.app, asked.body
    if not (body.text or body.files or body.fields or body.subject):
        raise UsageError(
            *words_in_both(
                "this message says nothing",
                "denne besked siger ingenting",
                "send `text`, `subject`, `fields` or `files`",
                "send `text`, `subject`, `fields` eller `files`",
            )
        )
    channel, (sender, name) = body.channel.strip().lower(), plain_sender(body.sender)
    inbound = Inbound(
        source=f"api: {channel}",
        external_id=body.id or asked.request.id or app.world.new_id(),
        channel=channel,
        sender=sender,
        to=body.to,
        received=_received(asked, body.received),
        subject=body.subject,
        text=body.text,
        fields=body.fields,
        files=[(file.name, file.content) for file in body.files],
        facts={"by_hand": asked.by or True, **({"display_name": name} if name else {})},
    )
    return _taken_in(asked, inbound, body.case)


@resource(
    "POST", "/api/mails", may="message.take", tag="messages", gives=(g.CaseAfter, g.MessageTaken),
    sends=("message/rfc822",), refuses=(409,),
)  # fmt: skip
def take_mail(asked: Asked) -> Answered:
    """Take in a mail as it was saved (`message/rfc822`). The same mail again is taken once."""
    app = asked.app
    found = app.plugins.channels.get("mail")
    read = getattr(found.channel, "read", None) if found is not None else None
    if read is None:
        raise UsageError(
            *words_in_both(
                "no plugin here reads mails", "ingen plugin her læser mails", "send its parts to /api/messages",
                "send dens dele til /api/messages",
            )
        )  # fmt: skip
    if not asked.body.strip():
        raise UsageError(
            *words_in_both(
                "there is no mail",
                "der er ingen mail",
                "send its bytes as the body",
                "send dens bytes som indhold",
            )
        )
    return _taken_in(asked, read(asked.body, app.world.now()), "")


@resource(
    "POST", "/api/messages/{message}/give", may="message.take", tag="messages", gives=g.CaseAfter, takes=t.Giving,
    refuses=(404, 409),
)  # fmt: skip
def give_message(asked: Asked) -> Answered:
    """Give a message that waits to the case that it belongs to; `message` is its id or the beginning of it."""
    app = asked.app
    row = app.unmatched(asked.path("message"))
    app.store.log_access(app.world.now(), asked.by, "receive", row.case_id, row.id[:8], "given")
    answer = accepted(asked, app.give(row.id, asked.body.case))
    return _case(asked, answer)


@resource(
    "POST", "/api/messages/{message}/no_case", may="message.take", tag="messages", gives=g.MessageTaken, takes=t.NoCase,
    refuses=(404, 409),
)  # fmt: skip
def no_case(asked: Asked) -> Answered:
    """Take a message that belongs to no case off the inbox, with the reason. It is kept, and can still be given to a case."""
    return Answered(_waiting(set_aside(asked.app, asked.path("message"), asked.body.because, asked.by)))


def _taken_in(asked: Asked, inbound: Inbound, case: str) -> Answered:
    taken, answer = asked.app.hand_in(inbound, case)
    if taken is None:
        return Answered(again_view(asked.app, inbound))
    if answer is not None:
        accepted(asked, answer)
        return _case(asked, answer, message=taken.id)
    return Answered(_waiting(taken), 202)


def _case(asked: Asked, answer: Answer, **more: Any) -> Answered:
    app = asked.app
    view = case_seen(asked, case_view(app, app.engine.load(answer.case_id), asked.by, asked.language))
    return Answered({**view, **more}, sequence=view["sequence"])


def _waiting(row: InboundRow) -> dict[str, Any]:
    return {"message": row.id, "case": None, "state": row.state, "reason": row.reason}


def _received(asked: Asked, text: str) -> datetime:
    """When it came; a time in the future is refused."""
    app = asked.app
    now: datetime = app.world.now()
    if not text:
        return now
    from procflow.core.decide import field_context
    from procflow.core.fields import check_value
    from procflow.core.procedure import Field

    context = field_context(app.engine.surroundings())
    value, problems = check_value(Field("received", "instant"), text, context, "received")
    if problems:
        reasons = {language: problems[0].words(language) for language in ("en", "da")}
        raise UsageError(reasons["en"], "for example 2026-05-11T10:05:00+02:00", {"reasons": reasons})
    if value > now:
        raise UsageError(
            *words_in_both(
                "`received` lies in the future", "`received` ligger i fremtiden",
                "say when it came, or leave it out for now", "skriv, hvornår den kom, eller udelad det for nu",
            )
        )  # fmt: skip
    return datetime.fromisoformat(value.isoformat())
