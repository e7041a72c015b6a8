"""What went out and what came in, against what was asked for and what was brought."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from faults.simulated.looked import Looked
from faults.simulated.plugin import Handed
from faults.simulated.scene import code_of
from procflow.core import journal as j
from procflow.hosts.outbox import LEASE
from procflow.stored import InboundRow, StoredCase

#: Tries after which the outside is given up, and seconds that go by before the second.
_TRIES, _FIRST_WAIT = 30, 5.0


def _outside(looked: Looked) -> Iterator[str]:
    """Every effect went out under its key, or its case was told why not; nothing else went out."""
    asked = {entry.key: (case, row, entry) for case, row, entry in looked.entries(j.EffectRequested)}
    answered: dict[str, list[str]] = defaultdict(list)
    for _, _, entry in looked.entries(j.EffectAnswered):
        answered[entry.key].append(entry.status)
    tries = defaultdict(list)
    for each in looked.house.outside.tries:
        tries[each.key].append(each)
    for key, some in tries.items():
        if key not in asked:
            yield f"{key} went out, and nobody asked for it"
        else:
            yield from _tried(looked, asked[key][2], some)
    for key, (case, row, entry) in asked.items():
        effect, out = looked.store.effect(key), any(each.took for each in tries[key])
        ends = ("done", "failed", "dropped", "cancelled", "stuck")
        done = [status for status in answered[key] if status in ends]
        if effect is None:
            continue  # the audit says so
        if len([status for status in done if status != "stuck"]) > 1:
            yield f"{key} was answered {len(done)} times: {answered[key]}"
        # the clock was, when it was asked for
        ahead = effect.next_try is not None and effect.next_try > looked.now
        if effect.state == "waiting" and not (ahead and (effect.attempts or effect.next_try <= row.ran_at)):
            yield f"{key} ({entry.operation}) waits still, after {effect.attempts} tries: {effect.error}"
        scene = looked.house.scene
        if entry.operation in scene.operations and entry.operation.partition(".")[0] not in scene.manual:
            if effect.state == "done" and not out:
                yield f"{key} is done, and never went out"
            if out and scene.name == "small":
                yield from _content(looked, case, entry, tries[key][0].wire)
            said_no = any(each.how == "failed" for each in tries[key])
            part = any(each.how == "part" for each in tries[key])  # of which it is not known who has it
            if effect.state == "failed" and not said_no and not part and effect.attempts < _TRIES:
                yield f"{key} was given up after {effect.attempts} tries: {effect.error}"
        if effect.state in ("done", "failed", "dropped") and not done and "late" not in answered[key]:
            yield f"{key} is {effect.state}, and its case was not told"
    yield from _in_their_order(looked)


def _tried(looked: Looked, asked: j.EffectRequested, some: list[Handed]) -> Iterator[str]:
    """The same bytes each time, or what was left of them; twice only with a reason, and again not before its time."""
    house, key = looked.house, asked.key
    known = {some[0].wire, *(each.left for each in some)}
    if any(each.wire not in known for each in some):
        yield f"{key} went out with different bytes"  # they are stored before the first try, so even side by side
    for before, each in pairwise(some):
        if each.began < (before.ended or each.began + 1):
            continue  # they were under way side by side: one stood still for longer than its lease
        wanted = {before.wire if before.left is None else before.left}
        if before.left is not None and before.process in house.died:
            wanted.add(before.wire)  # it died with what it knew of the part
        if each.wire not in wanted:
            yield f"{key} went out with different bytes"
        waited = each.began - (before.ended or each.began)
        alone = before.process not in house.died and (before.process == each.process or not house.plan.stalls)
        early = before.how == "retry" and waited < max(_FIRST_WAIT, before.after) - 0.5
        if early and alone and not _jumped(looked, before.began, each.began):
            yield f"{key} was tried again after {waited:.1f} seconds"
    took = [each for each in some if each.took]
    for before, each in pairwise(took):
        low, high = sorted((before.began, each.began))
        overlong = each.began - before.began > 12 or _jumped(looked, low, high)
        brings = asked.operation in house.scene.results
        if not (before.excused or brings or (overlong and (before.ended or 1e18) > each.began)):
            yield f"{key} went out twice, and {before.process} knew that it had"
    for each in some:
        if house.plan.at_once > 1 and each.since and each.asked and each.asked - each.since > LEASE:
            yield f"{key} was begun by {each.process} when its lease was over, as its clock said"
    if asked.unless_left:
        state, _, visit = asked.unless_left.partition("#")
        left = _left_at(looked, key.partition("/")[0], state, int(visit))
        for each in some:
            if left is not None and left < each.claimed:
                yield f"{key} went out, and its case had left {state} before {each.process} took it up"


def _jumped(looked: Looked, since: float, until: float) -> bool:
    """Whether the clock jumped, or somebody slept through a lease, shortly before or between two true instants."""
    times = [*looked.house.turns.jumped, *looked.house.turns.overslept]
    return any(since - 120 <= at <= until + 1 for at in times)


def _left_at(looked: Looked, case: str, state: str, visit: int) -> int | None:
    """The point at which it was stored that a case left that visit of a state; None where it never did."""
    visits = 0
    for row, step in zip(looked.rows[case], looked.steps[case], strict=True):
        for entry in step:
            if isinstance(entry, j.StateEntered) and entry.state == state:
                visits = entry.visit
            elif isinstance(entry, j.StateLeft) and entry.state == state and visits == visit:
                return looked.house.stored_at.get((case, row.sequence), (10**9, 0.0))[0]
    return None


def _in_their_order(looked: Looked) -> Iterator[str]:
    """Where one host works and nothing goes wrong, a case's letters go out in the order of its steps."""
    plan = looked.house.plan
    if plan.hosts > 1 or plan.stalls or plan.misdeeds or plan.deaths or plan.jumps or plan.moments:
        return
    last: dict[str, tuple[int, int]] = {}
    for each in looked.house.outside.tries:
        case, step, n = each.key.split("/")
        place = (int(step), int(n))
        if place < last.get(case, (0, 0)):
            yield f"{each.key} went out after {case}/{last[case][0]}"
        last[case] = place


def _content(looked: Looked, case: StoredCase, asked: j.EffectRequested, wire: bytes) -> Iterator[str]:
    """The bytes that went out say what was asked for then."""
    plain = asked.parameters.value if isinstance(asked.parameters, j.Personal) else asked.parameters
    sent = json.loads(wire)["parameters"]
    if {name: str(value) for name, value in dict(plain).items()} != {n: str(v) for n, v in sent.items()}:
        yield f"{asked.key} of case {case.number} went out as {sent}, and asked for was {plain}"


def _letters(looked: Looked) -> Iterator[str]:
    """What PULSE wrote is what the command said that asked for it, and what it looked up is the answer to its question."""
    for case, rows, steps in looked.of("pulse"):
        letters = 0
        for row, step in zip(rows, steps, strict=True):
            for entry in step:
                if isinstance(entry, j.EffectRequested) and entry.operation == "mail.send":
                    asked = dict(entry.parameters.value)
                    if any(isinstance(e, j.TransitionTaken) and e.name == "write" for e in step):
                        letters += 1
                        if asked["text"] != f"word-{row.command_id}":
                            yield f"{row.command_id} of case {case.number} asked to write {asked['text']}"
        loaded = looked.engine.load(case.id).plain
        if loaded.data.get("letters") != letters:
            yield f"case {case.number} counts {loaded.data.get('letters')} letters, its journal has {letters}"
        found = loaded.data.get("found")
        if found and found != code_of(str(loaded.data["kn"])):
            yield f"case {case.number} was told {found}, which is the answer to another question"
        heard = str(loaded.data.get("heard") or "").split()
        if len(set(heard)) != len(heard):
            yield f"case {case.number} heard twice: {heard}"


def _messages(looked: Looked) -> Iterator[str]:
    """Every mail that came is stored once, and taken by one case that knows its sender, or waits for a person."""
    house, contents = looked.house, Counter[tuple[str, str]]()
    assert house.last is not None
    ids = Counter(row.command_id for rows in looked.rows.values() for row in rows)
    for state in ("new", "taken", "unmatched", "ignored"):
        for row in looked.store.messages(state, 10_000):
            content = house.last.intake.content(row)
            contents[content["from"], content["text"]] += 1
            if state == "new":
                yield f"the message {content['text']} was never routed"
            elif state == "taken":
                yield from _taken(looked, row, content, ids[row.id])
            else:
                if ids[row.id]:
                    yield f"the message {content['text']} is {state}, and a case took it"
                waiting = _only_case(looked, content)
                if waiting is not None:
                    yield f"the message {content['text']} is {state} ({row.reason}), and case {waiting} waited for it"
    for message in house.arrived:
        if contents[message.sender, message.text] != 1:
            yield f"the message {message.text} came, and is stored {contents[message.sender, message.text]} times"


def _taken(looked: Looked, message: InboundRow, content: Mapping[str, Any], times: int) -> Iterator[str]:
    rows, said = looked.rows.get(message.case_id, []), f"the message {content['text']}"
    place = next((n for n, row in enumerate(rows) if row.command_id == message.id), None)
    if times != 1 or place is None:
        yield f"{said} is said to be taken by {message.case_id}, whose journal says so {times} times"
        return
    case = looked.engine.load(message.case_id).plain
    threaded = any(key.startswith(f"{message.case_id}/") for key in content["thread"])
    if looked.house.scene.name == "small" and not threaded and case.data.get("email") != content["from"]:
        yield f"{said} of {content['from']} is with case {case.number} of {case.data.get('email')}"
    came = looked.house.came_at.get((content["from"], content["text"]), 0)
    closed = [
        looked.house.stored_at.get((message.case_id, row.sequence), (10**9, 0))[0]
        for row, step in zip(rows[:place], looked.steps[message.case_id], strict=False)
        if any(isinstance(entry, j.CaseClosed) for entry in step)
    ]
    if not threaded and any(at < came for at in closed):
        yield f"{said} was given to case {case.number}, which was closed"
    if place == 0 and (other := _only_case(looked, content, but=case.number)) is not None:
        yield f"{said} opened case {case.number}, and case {other} of its sender was open"


def _only_case(looked: Looked, content: Mapping[str, Any], but: int = 0) -> int | None:
    """The case that a mail belongs to beyond doubt: open since before it came and still, and the only one there ever was
    of its sender. None where there is none."""
    came = looked.house.came_at.get((content["from"], content["text"]), 0)
    found = [
        case
        for case in looked.cases
        if case.procedure == "pulse"
        and case.number != but
        and looked.engine.load(case.id).plain.data.get("email") == content["from"]
    ]
    if content["thread"] or len(found) != 1 or found[0].closed:
        return None
    opened = looked.house.stored_at.get((found[0].id, 1), (10**9, 0))[0]
    return found[0].number if opened < came else None


OUTSIDE = (_outside, _letters, _messages)
