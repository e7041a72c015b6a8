"""What tests in several rooms use."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from units import Dealing, longest_first

ROOT = Path(__file__).parents[1]

#: What every procedure of a test begins with.
HEAD = """
procedure: {name}
title: {{en: Trial, da: Prøve}}
owner: lead
starts: [{{by: agent}}]
"""


#: How long an example takes says how busy the machine is, and nothing about us.
settings.register_profile("procflow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("procflow")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--note-seconds",
        action="store_true",
        help="note how long each file's tests took, for the next run's order",
    )


@pytest.hookimpl(optionalhook=True)  # mutation runs without workers
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Dealing:
    config.stash[_DEALING] = dealing = Dealing(config, log)
    return dealing


_DEALING: pytest.StashKey[Dealing] = pytest.StashKey()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items[:] = longest_first(items)


#: How many new objects call for the cycle collector in a process that tests.
COLLECT_AT = 50_000


def pytest_configure() -> None:
    gc.set_threshold(COLLECT_AT, 20, 20)


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: to look through it for rings again and again took a fifth
    of the time of what makes many objects. What the tests leave behind is still collected."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--note-seconds") and _DEALING in session.config.stash:
        session.config.stash[_DEALING].note()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Every other worker looks from the end: each then finds half of the test files compiled by another."""
    report = yield
    if (
        isinstance(collector, pytest.Directory)
        and _number(collector.config) % 2
        and report.outcome == "passed"
    ):
        report.result.reverse()
    return report


def _number(config: pytest.Config) -> int:
    """Of this worker, from 0; of a run without workers it is 0."""
    return int(getattr(config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def shipped() -> Any:
    """The documents of the repository's own workspace, read and checked once: that takes seconds."""
    from procflow.definitions.workspace import read_workspace

    return read_workspace(str(ROOT))


@pytest.fixture(scope="session")
def rehearsed(shipped: Any) -> Any:
    """path of shipped scenarios -> their results. Who asks is of the group `rehearsed`, so that one worker plays them."""
    from procflow.rehearsal.runner import run_scenarios

    return {
        path: run_scenarios(shipped, tree, path)
        for path, tree in shipped.trees.items()
        if "scenarios" in tree
    }


@pytest.fixture
def bench() -> Any:
    """Makes a bench of a procedure's YAML; what it lacks of name, title, owner and starts is put before it."""

    from procflow.rehearsal.bench import Bench

    def make(body: str, *others: str, name: str = "trial", **options: Any) -> Bench:
        options.setdefault("overlook", ("PF252",))  # many a trial has no end
        return Bench(whole(body, name), *others, **options)

    return make


def whole(body: str, name: str = "trial") -> str:
    """A procedure's YAML with its head."""
    lines = [line for line in HEAD.format(name=name).splitlines() if line]
    wanted = [line for line in lines if f"\n{line.split(':')[0]}:" not in f"\n{body}"]
    return "\n".join([*wanted, body])


class Servers:
    """One PostgreSQL server for all tests of a process that ask for one, and a new store for each."""

    _TEMPLATE = "template_of_stores"

    def __init__(self, server: Any) -> None:
        from procflow.stores.postgres import PostgresStore

        self.server = server
        self._made = 0
        PostgresStore(server.make(self._TEMPLATE), create=True).close()

    def url(self, *, made: bool = True) -> str:
        """A new database, with the tables of an empty store or with none."""
        self._made += 1
        return str(self.server.make(f"store_{self._made}", self._TEMPLATE if made else "template0"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Servers]:
    """A PostgreSQL server of this process's own, started when the first test asks for it."""
    from procflow.testing.own_postgres import OwnPostgres

    with OwnPostgres() as server:
        yield Servers(server)
