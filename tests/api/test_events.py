"""The stream of events: what any process changes is heard within moments, once, and from where a reader was."""

import http.client
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any


def heard(api: Any, after: int | None = None, **headers: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(kind, id, data) of every event as it comes; it ends when the test lets go of it."""
    connection = http.client.HTTPConnection("127.0.0.1", api.served.port, timeout=30)
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", "/api/events" + (f"?after={after}" if after is not None else ""), headers=said)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream")
    kind, place = "", 0
    data: dict[str, Any] = {}
    try:
        while line := answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                place = int(value)
            elif name == "data":
                data = json.loads(value)
            elif not line.strip() and kind:
                yield kind, place, data
                kind = ""
    finally:
        connection.close()


def steps(
    stream: Iterator[tuple[str, int, dict[str, Any]]], number: int
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """What is heard of one case; others of the served desk may move meanwhile."""
    return (event for event in stream if event[0] == "case" and event[2]["number"] == number)


def test_a_step_of_any_process_is_heard_and_a_reader_goes_on_where_it_was(api: Any) -> None:
    number = api.opened("errand", kn="660001")
    stream = heard(api)
    kind, start, _ = next(stream)
    assert kind == "beat", "it says at once where it begins"
    done = api.run("note", str(number), "She rang about it", person="qll")
    assert done.returncode == 0, done.stderr
    # How it was opened may be heard as well: a reader begins where the server last looked, never later.
    _, place, data = next(event for event in steps(stream, number) if event[2]["sequence"] > 1)
    assert data == {"number": number, "sequence": 2, "procedure": "errand"} and place > start
    stream.close()

    api.post(f"/cases/{number}/notes", {"text": "She rang once more"})
    api.post(f"/cases/{number}/notes", {"text": "And a third time"})
    for stream in (heard(api, last_event_id=str(place)), heard(api, after=place)):
        missed = list(islice(steps(stream, number), 2))
        assert [event[2]["sequence"] for event in missed] == [3, 4]
        assert [event[1] for event in missed] == sorted({event[1] for event in missed})
        stream.close()
    assert api("GET", "/events?afterwards=1").status == 400


def test_a_place_that_is_none_is_told_and_not_taken_for_now(api: Any) -> None:
    for query, header in (
        ("?after=x", None),
        ("?after=-1", None),
        ("?after=", None),
        ("", "abc"),
        ("", "9" * 19),
    ):
        said = {"last_event_id": header} if header else {}
        told = api("GET", f"/events{query}", **said)
        assert told.status == 400 and "no id of an event" in told.body["message"], (query, header)
