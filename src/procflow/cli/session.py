"""What every command shares: the common options, the app, and how answers and errors are shown.

With `--json` exactly one JSON object goes to standard output, `{"ok": true, "result": ...}` or
`{"ok": false, "refusal"|"error": ...}`, and nothing else.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar, cast

import click

from procflow.cli.streams import OutputLost, end
from procflow.cli.visible import harmless
from procflow.errors import NotFound, ProcflowError, StorageError, UsageError, in_language

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from procflow.app import App
    from procflow.cli.there import RefusedThere, There
    from procflow.core.refusals import Refusal
    from procflow.engine import Answer

F = TypeVar("F", bound=Callable[..., Any])
W = TypeVar("W")

#: Refusals that are about who asks; they end with exit code 5, all others with 1.
ABOUT_PEOPLE = frozenset({"not_allowed", "absent", "claimed", "four_eyes", "unknown_person", "not_yours"})

#: Languages in which procflow has its own words.
_SPOKEN = ("da", "en")

_OPTIONS = (
    click.option("--workspace", "-w", metavar="FOLDER", expose_value=False, is_eager=True, help="The workspace; else the folder you are in.", callback=lambda c, p, v: _keep("workspace", v)),
    click.option("--as", "as_", metavar="PERSON", shell_complete=lambda c, p, t: _people(c, p, t), expose_value=False, is_eager=True, help="Who you are; else PROCFLOW_AS.", callback=lambda c, p, v: _keep("person", v)),
    click.option("--server", metavar="URL", expose_value=False, is_eager=True, help="Ask a `procflow serve` on another machine, with the token of PROCFLOW_TOKEN; else PROCFLOW_SERVER.", callback=lambda c, p, v: _keep("server", v)),
    click.option("--lang", metavar="LANGUAGE", expose_value=False, is_eager=True, help="Language of words for people (da, en).", callback=lambda c, p, v: _keep("language", v)),
    click.option("--json", "json_", is_flag=True, expose_value=False, is_eager=True, help="One JSON object and nothing else.", callback=lambda c, p, v: _keep("json", v or None)),
    click.option("--plugins-dir", metavar="FOLDER", multiple=True, type=click.Path(exists=True, file_okay=False), expose_value=False, is_eager=True, help="Load one-file plugins from here too.", callback=lambda c, p, v: _keep("plugins_dirs", v or None)),
)  # fmt: skip


def COMMON(command: F) -> F:  # noqa: N802 - reads as a decorator of its own kind
    """The options that every command has, and that may stand before it too; one that does not work over `--server` says
    so before it does anything."""

    @wraps(command)
    def reached(*args: Any, **given: Any) -> Any:
        if session().given.get("server"):
            from procflow.cli.reach import check_reach

            path = click.get_current_context().command_path.split()
            check_reach(path[1] if len(path) > 1 else "")
        return command(*args, **given)

    decorated = cast("F", reached)
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def _people(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    from procflow.cli.complete import complete_person

    return complete_person(ctx, param, typed)


def _keep(name: str, value: Any) -> Any:
    if value is not None:
        session().given[name] = value
    return value


class Names(Protocol):
    """What the words for a terminal need to know of the organisation."""

    @property
    def zone(self) -> str: ...
    def name_of(self, person: str) -> str: ...
    def person_id(self, code: str) -> str | None: ...
    def role_name(self, role: str, language: str) -> str: ...


class Session:
    """One call of the command line."""

    def __init__(self, args: Sequence[str] = ()) -> None:
        self.given: dict[str, Any] = {}
        self.args = tuple(args)
        self._app: App | None = None
        self._there: There | None = None

    @property
    def json(self) -> bool:
        return bool(self.given.get("json"))

    @property
    def asked_for_json(self) -> bool:
        """The same before all options are read: `--help`, `--version` and an option that does not exist are met first."""
        return self.json or "--json" in self.args

    @property
    def person(self) -> str:
        """Who acts. Raises UsageError when nobody was named."""
        found = self.given.get("person") or os.environ.get("PROCFLOW_AS", "")
        if not found:
            raise UsageError("who are you?", "add --as PERSON, or set PROCFLOW_AS")
        return str(found)

    @property
    def anybody(self) -> str:
        """Who acts, or "" where that does not matter."""
        return str(self.given.get("person") or os.environ.get("PROCFLOW_AS", ""))

    @property
    def folder(self) -> str:
        from procflow.app import find_workspace

        if self._named and not os.path.isdir(self._named):
            # else a slip of the pen would mean the folder above it
            hint = "make one with `procflow init FOLDER`"
            raise NotFound(f"{self._named} is not inside a workspace: there is no such folder", hint)
        return find_workspace(self._named or os.getcwd())

    @property
    def _named(self) -> str:
        return str(self.given.get("workspace") or os.environ.get("PROCFLOW_WORKSPACE") or "")

    @property
    def named_folder(self) -> str:
        """The workspace that was named, "" where none was: for files that no workspace is around."""
        return self.folder if self._named else ""

    @property
    def is_inside(self) -> bool:
        """Whether there is a workspace here. Raises NotFound where one was named that is none: what stands in the folder
        that somebody happens to be in is not what was asked about."""
        try:
            return bool(self.folder)
        except NotFound:
            if self._named:
                raise
            return False

    @property
    def there(self) -> There | None:
        """The workspace on another machine that this command asks; None for one on this machine."""
        if self._there is not None:
            return self._there
        url = self.given.get("server")
        if not url and not self.given.get("workspace"):
            url = os.environ.get("PROCFLOW_SERVER", "")
        if not url:
            return None
        from procflow.cli.there import There

        self._there = There(str(url), self.anybody, self._said)
        return self._there

    @property
    def _said(self) -> str:
        """The language that was asked for, however its code is written: `EN`, `da-DK`, `en_US.UTF-8`."""
        said = str(self.given.get("language") or os.environ.get("PROCFLOW_LANG", ""))
        code = re.fullmatch(r"([A-Za-z]{2})(?:[-_.].*)?", said)
        return code[1].lower() if code else said

    @property
    def app(self) -> App:
        if self._app is None:
            if self.given.get("server") or self.there is not None:
                raise UsageError(
                    "this command works in the workspace itself, and not with --server",
                    "run it on the machine of the workspace, or leave out --server and PROCFLOW_SERVER",
                )
            from procflow.app import App

            self._app = App(self.folder, plugins_dirs=tuple(self.given.get("plugins_dirs") or ()))
        return self._app

    @property
    def names(self) -> Names:
        """What people, roles and places in time are called here."""
        return self.there.names if self.there is not None else self.app.engine.surroundings().organisation

    @property
    def now(self) -> datetime:
        """The time here, which in a rehearsal is not that of the machine."""
        return self.there.now if self.there is not None else self.app.world.now()

    @property
    def today(self) -> date:
        """The civil day here."""
        from zoneinfo import ZoneInfo

        return self.now.astimezone(ZoneInfo(self.names.zone)).date()

    @property
    def language(self) -> str:
        found = self._said
        if self.there is not None:
            return self.there.language or "en"
        try:
            if not found or not self._spoken(found):
                found = self.app.language
        except ProcflowError:  # no workspace, or one that cannot be read
            found = found or "en"
        self.given["language"] = found
        return found

    def words(self, by_language: Mapping[str, W]) -> W:
        """Of words by language those that this command speaks; English ones where it has no others."""
        return by_language.get(self.language, by_language["en"])

    def _spoken(self, language: str) -> bool:
        """Whether procflow, the organisation or a procedure speaks it; one that nobody speaks would mix two on one screen.
        Where nothing is in force yet, the files may."""
        if language in _SPOKEN:
            return True
        engine, in_force = self.app.engine, self.app.store.names_in_force("procedure")
        if not in_force or language in engine.surroundings().organisation.languages:
            return True
        return any(language in dict(engine.procedure(hash_).title.by) for _, hash_ in in_force)

    def close(self) -> None:
        if self._app is not None:
            self._app.close()
            self._app = None

    def looked(self, what: str, case_id: str, choice: str = "") -> None:
        """Keep in the access log that personal data were looked at; where nothing can be written (a full or read-only
        disk) it is said instead, for who may read the files needs no leave of ours."""
        try:
            self.app.store.log_access(self.app.world.now(), self.anybody, what, case_id, choice, "read")
        except StorageError as problem:
            said = {
                "da": "dette blik kunne ikke føres i adgangsloggen",
                "en": "this look could not be kept in the access log",
            }
            told = self.words(said)
            click.echo(harmless(f"procflow: {told}: {problem.message}"), err=True)

    # showing

    def show(self, result: Mapping[str, Any], text: Callable[[], str] | str, *, ok: bool = True) -> None:
        """Print a result: as JSON, or as the text. Not `ok`: there is a result, and it holds problems."""
        if self.json:
            print_json({"ok": ok, "result": result})
        else:
            click.echo(harmless(text if isinstance(text, str) else text()))

    def refused(self, refusal: Refusal) -> NoReturn:
        """Print a refusal and end with its exit code."""
        if self.json:
            self.refused_view(refusal.as_json(self.language))
        language = self.language
        each = [problem.words(language) for problem in refusal.problems]
        places = [f"{refusal.path}:{line}:{column}{source}" for (line, column), source in _places(refusal)]
        _tell_refusal(refusal.code, each, refusal.words(language), refusal.hint(language), places)
        raise SystemExit(_exit_code(refusal.code))

    def refused_view(self, view: Mapping[str, Any]) -> NoReturn:
        """The same as JSON, for a refusal that is JSON already."""
        print_json({"ok": False, "refusal": view})
        raise SystemExit(_exit_code(view["code"]))

    def answer(self, answer: Answer) -> Answer:
        """The answer, if it was accepted; a refusal ends the command."""
        if answer.refusal is not None:
            self.refused(answer.refusal)
        return answer


def _exit_code(refusal: str) -> int:
    return 5 if refusal in ABOUT_PEOPLE else 1


def _tell_refusal(code: str, each: Sequence[str], words: str, hint: str, places: Sequence[str]) -> None:
    """Print it for people: what is wrong, what to do, and where the owner wrote what decided."""
    refused = "Afvist" if session().language == "da" else "Refused"
    if code == "input" and len(each) > 1:  # a line each: there is something to do for each
        lines = [f"{refused}:", *(f"    {problem}" for problem in each)]
    else:
        lines = [f"{refused}: {words}"]
    lines += [f"    {more}" for more in (hint, *places) if more]
    click.echo(harmless("\n".join(lines)), err=True)


def _refused_there(refused: RefusedThere) -> int:
    """Print a refusal that came from another machine; -> its exit code."""
    view = refused.view
    if session().json:
        print_json({"ok": False, "refusal": view})
    else:
        places = [f"{view['path']}:{line}:{column}{source}" for line, column, source in refused.places]
        each = [one["message"] for one in view["fields"]]
        _tell_refusal(view["code"], each, view["message"], view["hint"], places)
    return _exit_code(view["code"])


def _places(refusal: Refusal) -> list[tuple[tuple[int, int], str]]:
    """Where the owner wrote what decided, each guard with its text."""
    found = [(guard.at, f"  {' '.join(guard.source.split())}") for guard in refusal.guards]
    return found or ([(refusal.at, "")] if refusal.at[0] else [])


def print_json(shown: Mapping[str, Any]) -> None:
    """One line on standard output; letters are written out where the encoding has them all."""
    import json

    from procflow.views.plain import as_json

    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(json.dumps(shown, ensure_ascii=plain, default=as_json))


def as_instant(value: Any) -> datetime | None:
    """An instant of a view, which another machine sends as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_session: list[Session] = []


def session() -> Session:
    """The call that runs now."""
    if not _session:
        _session.append(Session())
    return _session[-1]


def call(command: click.Command, args: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and end the process: errors are one or two lines, never a traceback."""
    _session.append(Session(sys.argv[1:] if args is None else args))
    now = session()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # an old terminal shows ? for a letter it lacks; nothing fails for it
            stream.reconfigure(errors="replace")
    try:
        code = command.main(args=args, prog_name="procflow", standalone_mode=False)
        code = code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        if not (
            "logs" in now.given and _in_log(None, 130, code="stopped", why="stopped before it had begun")
        ):
            click.echo("\nstopped; nothing was changed", err=True)
        code = 130
    except click.ClickException as problem:
        if now.asked_for_json:
            now.given["json"] = True
        code = _usage(problem)
    except OutputLost as problem:
        code = _error(problem, aside=True)
    except ProcflowError as problem:
        code = _error(problem)
    except OSError as problem:  # no files left to open, a disk that went: the system's own words
        code = _error(
            StorageError(
                f"the system refused: {problem.strerror or problem}"
                + (f": {problem.filename}" if problem.filename else ""),
                "look at the limits of this process and at the disk, and try again",
            )
        )
    except MemoryError as problem:
        problem.__traceback__ = None  # lets go of what was worked on: the words want room
        code = _error(
            StorageError(
                "there is not enough memory for this",
                "give this process more (ulimit -v, the container's limit), or end others, and do it again",
            )
        )
    except SystemExit as ended:
        code = int(ended.code or 0) if not isinstance(ended.code, str) else 1
        # click met a reader that has gone, as `head` does
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            code = 0
    finally:
        try:
            now.close()
        except ProcflowError as problem:
            # what was done is stored; what could not be tidied up, the next command does
            click.echo(harmless(f"procflow: {problem.message}"), err=True)
        try:
            end()
        except OutputLost as problem:
            code = code or _error(problem, aside=True)
        _session.remove(now)
    sys.exit(code)


def _usage(problem: click.ClickException) -> int:
    context = getattr(problem, "ctx", None)
    in_log = _in_log(context, problem.exit_code, code="usage", why=problem.format_message())
    if session().json:
        path = context.command_path if context is not None else "procflow"
        hint = f"`{path} --help` says how it is written"
        error = {"code": "usage", "message": problem.format_message(), "hint": hint, "facts": {}}
        print_json({"ok": False, "error": error})
    elif not in_log:
        problem.show()
    return problem.exit_code


def _in_log(context: click.Context | None, status: int, **words: str) -> bool:
    """Whether a `run` or `serve` has said it in its log."""
    from procflow.cli.gave_up import told_in_log

    return told_in_log(session(), context, status, **words)


def _error(problem: ProcflowError, *, aside: bool = False) -> int:
    """Print an error; -> its exit code. `aside`: standard output takes nothing."""
    if problem.code == "refused":
        return _refused_there(cast("RefusedThere", problem))
    if "reasons" in problem.facts:
        problem = in_language(problem, session().language)
    words = {"code": problem.code, "why": problem.message, "hint": problem.hint}
    in_log = "logs" in session().given and _in_log(None, problem.exit_code, **words)
    if session().json and not aside:
        left_out = ("diagnostics", "reasons", "hints")
        facts = {key: value for key, value in problem.facts.items() if key not in left_out}
        error = {"code": problem.code, "message": problem.message, "hint": problem.hint, "facts": facts}
        print_json({"ok": False, "error": error})
    elif not in_log:
        click.echo(harmless(f"procflow: {problem.message}"), err=True)
        if problem.hint:
            click.echo(harmless(f"    {problem.hint}"), err=True)
    return problem.exit_code


def given_values(pairs: Sequence[str]) -> dict[str, Any]:
    """`--with name=value` pairs; a name given twice becomes a list. Raises UsageError."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"--with {pair!r} has no name=value", "for example --with kn=104233")
        name = name.strip()
        if name in found:
            old = found[name]
            found[name] = [*old, value] if isinstance(old, list) else [old, value]
        else:
            found[name] = value
    return found
