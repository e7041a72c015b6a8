"""The two servers of the benchmark `desk`: `python -m benchmarks.desk_servers ours|bare|desk FOLDER` prints its port and
answers until it is ended."""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import sys
from threading import Event, local
from typing import Any

from procflow.cli import COLLECT_AT
from procflow.hosts.listening import Listening

#: The rows of an inbox page, as the store reads them.
READ = """
SELECT t.act_by, t.due, t.since, t.number, t.task, t.kind, t.roles, t.people, t.deadline, c.case_id, c.procedure
FROM tasks t JOIN cases c ON c.number = t.number
WHERE t.whose = 'r:agent' ORDER BY t.act_by, t.due, t.since, t.number, t.task LIMIT 51
"""


def ours(folder: str) -> Any:
    from procflow.api.room import ApiRoom
    from procflow.app import App
    from procflow.web.access import OnePerson
    from procflow.web.site import Site

    return Site(lambda: App(folder), OnePerson("anna"), [ApiRoom()])


def desk(folder: str) -> Any:
    from procflow.app import App
    from procflow.desk.room import DeskRoom, static
    from procflow.web.access import OnePerson
    from procflow.web.site import Site

    return Site(lambda: App(folder), OnePerson("anna"), [DeskRoom()], mounts=[static()])


def bare(folder: str) -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from procflow.stores.sqlite import SqliteStore

    with open(os.path.join(folder, "statements.pickle"), "rb") as file:
        statements = pickle.load(file)
    mine = local()

    def store() -> SqliteStore:
        if not hasattr(mine, "store"):
            mine.store = SqliteStore(os.path.join(folder, "cases.db"))
        found: SqliteStore = mine.store
        return found

    def inbox(request: Request) -> JSONResponse:
        return JSONResponse({"tasks": [list(row) for row in store()._execute(READ)]})

    def written(number: int) -> None:
        one = store()
        assert one._gate is not None
        one._gate.acquire()
        one._execute("BEGIN IMMEDIATE")
        for sql, bindings in statements[number - 1]:
            one._execute(sql, bindings)
        one._execute("COMMIT")
        one._gate.release()

    async def step(request: Request) -> JSONResponse:
        from starlette.concurrency import run_in_threadpool

        json.loads(await request.body())
        number = int(request.path_params["case"])
        await run_in_threadpool(written, number)
        return JSONResponse({"number": number})

    return Starlette(routes=[Route("/inbox", inbox), Route("/step/{case}", step, methods=["POST"])])


if __name__ == "__main__":
    gc.set_threshold(COLLECT_AT)
    server = Listening({"ours": ours, "bare": bare, "desk": desk}[sys.argv[1]](sys.argv[2]), "127.0.0.1:0")
    ended = Event()
    signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    server.start()
    print(server.port, flush=True)
    ended.wait()
    server.stop()
