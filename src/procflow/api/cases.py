"""Cases: opened, listed, looked at, and taken further."""

from __future__ import annotations

from procflow.api import given as g
from procflow.api import taken as t
from procflow.api.declared import Answered, Asked, resource
from procflow.api.telling import accepted, case_seen, given, paged, place_of, seen, stepped
from procflow.core.nearest import did_you_mean
from procflow.engine.rows import identity_texts
from procflow.errors import NotFound, words_in_both
from procflow.views.audit import audit_view
from procflow.views.case import case_view
from procflow.views.finding import spellings
from procflow.views.journal import journal_view
from procflow.views.listing import case_line
from procflow.views.people import who_view
from procflow.views.places import cursor
from procflow.views.steps import meant_event, signal_view
from procflow.views.why import why_view

#: Cases that one request looks at to fill a page; where few of them fit, the page is short and there is a next one.
_MOST_LOOKED_AT = 500


@resource("GET", "/api/cases", may="case.read", tag="cases", gives=g.Cases, query=t.CaseFilter, pages=True)
def list_cases(asked: Asked) -> Answered:
    """Cases by number. Only those that the reader may see; a page may be short and still have a `next`."""
    query, app = asked.query, asked.app
    newest = query.order == "newest"
    after: int = (place_of(query.cursor, tuple[int]) or (0,))[0]
    found: list[dict[str, object]] = []
    more, looked = True, 0
    numbers = _with_identity(asked, query.identity) if query.identity else None
    while len(found) < query.limit and more and looked < _MOST_LOOKED_AT:
        if numbers is None:
            rows = app.store.cases(
                open_only=query.open is True, closed_only=query.open is False, procedure=query.procedure,
                after=after, limit=query.limit, newest_first=newest,
            )  # fmt: skip
            more = len(rows) == query.limit
            numbers_now = [row.number for row in rows]
        else:
            behind = [
                n
                for n in sorted(numbers, reverse=newest)
                if not after or (n < after if newest else n > after)
            ]
            numbers_now, more = behind[: query.limit], len(behind) > query.limit
        for number in numbers_now:
            if len(found) == query.limit:
                more = True
                break
            after, looked = number, looked + 1
            loaded = app.engine.load(number)
            if not app.in_scope(loaded.row.procedure) or not app.sees(number, asked.by):
                continue
            if query.procedure not in ("", loaded.row.procedure) or query.open is loaded.row.closed:
                continue
            if query.state and not loaded.plain.is_in(query.state):
                continue
            found.append(case_line(app, loaded, asked.by, asked.language))
    if not found and not query.cursor:
        if query.procedure:
            _check_procedure(asked, query.procedure)
        if query.state:
            _check_state(asked, query.state, query.procedure)
    next_ = cursor(after) if more else None
    return paged(Answered({"cases": found, "next": next_}), next_)


def _check_procedure(asked: Asked, name: str) -> None:
    """Raises NotFound for a name that no procedure has and none ever had a case of: a slip of the pen is not taken for
    a house without work."""
    store = asked.app.store
    known = [each for each, _ in store.names_in_force("procedure")]
    if name not in known and not store.cases(procedure=name, limit=1):
        raise NotFound(
            *words_in_both(
                f"there is no procedure {name!r}", f"der er ingen procedure {name!r}",
                did_you_mean(name, known), did_you_mean(name, known, "da"), reason="procedure",
            )
        )  # fmt: skip


def _check_state(asked: Asked, state: str, procedure: str) -> None:
    """Raises NotFound for a state that no procedure has, neither in force nor as a case follows it still. Only where
    nothing was found: every version that cases follow is looked through for it."""
    store, engine = asked.app.store, asked.app.engine
    known: set[str] = set()
    read: set[str] = set()

    def is_one(hash_: str) -> bool:
        if hash_ not in read:
            read.add(hash_)
            known.update(each.name for each in engine.procedure(hash_).states)
        return state in known

    in_force = [hash_ for name, hash_ in store.names_in_force("procedure") if procedure in ("", name)]
    if any(is_one(hash_) for hash_ in in_force):
        return
    after = 0
    while rows := store.cases(procedure=procedure, after=after, limit=_MOST_LOOKED_AT):
        if any(is_one(row.definition) for row in rows if row.definition):
            return
        after = rows[-1].number
    raise NotFound(
        *words_in_both(
            f"there is no state {state!r}", f"der er ingen tilstand {state!r}",
            did_you_mean(state, known) or "`GET /api/procedures/{procedure}` names its states",
            did_you_mean(state, known, "da") or "`GET /api/procedures/{procedure}` nævner dens tilstande",
            reason="state", parameter="state",
        )
    )  # fmt: skip


def _with_identity(asked: Asked, identity: str) -> list[int]:
    """The numbers of the cases by which a customer is known, however what is known of them was written."""
    app = asked.app
    texts = dict.fromkeys(text for spelling in spellings(identity) for text in identity_texts(spelling))
    fingerprints = [app.keys.fingerprint(text) for text in texts]
    app.looked(asked.by, "search")
    return [app.engine.load(case).row.number for case in app.store.find(fingerprints, open_only=False)]


@resource(
    "POST", "/api/cases", may="case.open", tag="cases", gives=g.CaseAfter, takes=t.Opening, status=201, command=True,
    refuses=(404, 409),
)  # fmt: skip
def open_case(asked: Asked) -> Answered:
    """Open a case. Where the procedure lets one customer have only one, the open one is answered with 200 and
    `shown`."""
    from msgspec.structs import replace

    app, body = asked.app, asked.body
    answer = app.open(body.procedure, asked.by, given(asked, body.with_), asked.request)
    told = app.kept_back(body.procedure)
    more = {**({"shown": True} if answer.shown else {}), **({"told": told} if told else {})}
    found = stepped(asked, answer, **more)
    return replace(found, status=200 if answer.shown else 201, place=f"/api/cases/{answer.number}")


@resource("GET", "/api/cases/{case}", may="case.read", tag="cases", gives=g.Case, of_case=True)
def get_case(asked: Asked) -> Answered:
    """A case as the reader may see it now: where it is, what can be done and why not the rest, its deadlines."""
    loaded = seen(asked, "case")
    view = case_seen(asked, case_view(asked.app, loaded, asked.by, asked.language))
    return Answered(view, sequence=loaded.row.sequence)


@resource("GET", "/api/cases/{case}/choices", may="case.read", tag="cases", gives=g.Choices, of_case=True)
def list_choices(asked: Asked) -> Answered:
    """What can be done with a case, with the fields that each choice asks for, and why the rest cannot."""
    loaded = seen(asked, "case")
    view = case_seen(asked, case_view(asked.app, loaded, asked.by, asked.language))
    return Answered({"number": view["number"], "choices": view["choices"]}, sequence=loaded.row.sequence)


@resource(
    "POST", "/api/cases/{case}/choices/{choice}", may="case.step", tag="cases", gives=g.CaseAfter, takes=t.Choosing,
    command=True, of_case=True, refuses=(409,),
)  # fmt: skip
def take_choice(asked: Asked) -> Answered:
    """Take a choice: one step, everything or nothing. `choice` is its name, or `state.choice`; the choices of items
    (`mark_read`, `file`, `confirm` …) are taken in the same way, with `item` where there are several."""
    answer = asked.app.do(
        asked.path("case"), asked.path("choice"), asked.by, given(asked, asked.body.with_), asked.request
    )
    return stepped(asked, answer)


@resource(
    "GET", "/api/cases/{case}/why", may="case.read", tag="cases", gives=g.Why, query=t.WhyFilter, of_case=True
)
def why(asked: Asked) -> Answered:
    """Why choices are offered or not: each guard with its values and its line, who may, what is missing, and how each
    deadline was computed."""
    loaded = seen(asked, "why", asked.query.choice)
    view = why_view(asked.app, loaded, asked.by, asked.query.choice, asked.language)
    return Answered(view, sequence=loaded.row.sequence)


@resource(
    "GET", "/api/cases/{case}/journal", may="case.read", tag="cases", gives=g.Journal, query=t.JournalFilter,
    of_case=True, pages=True,
)  # fmt: skip
def journal(asked: Asked) -> Answered:
    """The journal of a case, step by step, with its entries and told in words."""
    query, loaded = asked.query, seen(asked, "log")
    view = journal_view(asked.app, loaded, asked.language, after=query.after, limit=query.limit)
    last = view["steps"][-1]["sequence"] if view["steps"] else loaded.row.sequence
    next_ = {"after": last} if last < loaded.row.sequence else None
    return Answered(view, sequence=loaded.row.sequence, next=next_)


@resource("GET", "/api/cases/{case}/tasks", may="case.read", tag="work", gives=g.Who, of_case=True)
def who(asked: Asked) -> Answered:
    """Every task that a case had: who was asked, who took it, who did it."""
    loaded = seen(asked, "who")
    view = who_view(asked.app, loaded, asked.by, asked.language)
    return Answered(view, sequence=loaded.row.sequence)


@resource(
    "POST", "/api/cases/{case}/events/{event}", may="case.signal", tag="events", gives=g.CaseAfter,
    takes=t.Choosing, command=True, of_case=True, refuses=(409,),
)  # fmt: skip
def signal(asked: Asked) -> Answered:
    """Tell a case that something has happened, as another case or another system does. Where no state takes it, it is
    dropped, and the journal says so: `taken`."""
    app, event = asked.app, asked.path("event")
    answer = app.signal(asked.path("case"), event, given(asked, asked.body.with_), asked.by, asked.request)
    accepted(asked, answer)
    view = signal_view(app, answer, event, asked.by, asked.language)
    near = meant_event(app, answer.number, event) if view["taken"] is False else ""
    return stepped(asked, answer, view, **({"told": near} if near else {}))


@resource(
    "GET", "/api/cases/{case}/picture", may="case.read", tag="cases", gives=bytes, query=t.PictureFilter,
    media=("image/svg+xml", "text/plain"), of_case=True,
)  # fmt: skip
def picture_of_case(asked: Asked) -> Answered:
    """The procedure that the case runs on as a picture, with the way taken and the place now."""
    from procflow.views.drawing import picture

    loaded = seen(asked, "case")
    form = asked.query.format
    content = picture(asked.app, asked.app.procedure_of(loaded), asked.language, loaded, form)
    kind = "image/svg+xml" if form == "svg" else "text/plain"
    return Answered(content, sequence=loaded.row.sequence, type=f"{kind}; charset=utf-8")


@resource("GET", "/api/audit", may="audit.read", tag="record", gives=g.WholeAudit, query=t.AuditFilter)
def audit_all(asked: Asked) -> Answered:
    """Verify the whole record: every journal, chain, seal and piece of evidence. It reads all of it, and takes its time."""
    return Answered(audit_view(asked.app.audit(asked.query.seal)))


@resource("GET", "/api/cases/{case}/audit", may="audit.read", tag="record", gives=g.Audit)
def audit(asked: Asked) -> Answered:
    """Verify the record of one case: its chain, what is kept beside it, its files."""
    app = asked.app
    row = app.store.load(asked.path("case"))
    if row is None or row.number == 0:
        case = asked.path("case")
        raise NotFound(*words_in_both(f"there is no case {case}", f"der er ingen sag {case}"))
    report = app.audit_case(row)
    return Answered(
        {
            "number": row.number, "whole": report.is_whole, "steps": report.counts["steps"],
            "findings": [{"place": f.place, "step": f.sequence or None, "words": f.words} for f in report.findings],
        }
    )  # fmt: skip
