"""What the workflows are told and tell: everything that a history holds beside Temporal's own words.

Ids, sequences, instants, seconds, channels' names and keys of effects; nothing personal, ever: a test reads whole
histories for it. A field may be added with a default; one that is taken away or means something else breaks the replay
of histories that run (`tests/temporal/histories` holds some of every form there was).
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: How many ids of commands a workflow remembers; the store remembers every one, for ever.
WINDOW = 200


@dataclass(frozen=True)
class Start:
    """How a case's workflow begins, also when it goes on as a new run. `seen` are (id, sequence) of commands."""

    workspace: str
    case: str
    seen: list[tuple[str, int]] = field(default_factory=list)
    troubled: int = 0


@dataclass(frozen=True)
class Look:
    """Take what is due in a case, and see what it waits for."""

    workspace: str
    case: str


@dataclass(frozen=True)
class Ready:
    """An effect that may be tried now."""

    channel: str
    key: str


@dataclass(frozen=True)
class Seen:
    """A case after a look. `wait`: seconds until the next instant at which there is something to do, by the worker's
    clock, None where nothing is coming; `due` is that instant, for people who read histories. `over`: there is nothing
    left to do, ever. `trouble`: the look failed, with the kind of failure, and `wait` is the longest until the next one."""

    sequence: int = 0
    wait: float | None = None
    due: str = ""
    ready: list[Ready] = field(default_factory=list)
    over: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Wake:
    """A step was stored that the workflow did not see; 0: look again, whatever you know."""

    sequence: int = 0


@dataclass(frozen=True)
class Mail:
    """A command that lies sealed in the store under `id`; `expects` is the sequence that the sender saw, 0: any."""

    workspace: str
    case: str
    id: str
    expects: int = 0


@dataclass(frozen=True)
class Taken:
    """What became of a command. Not accepted: the sender finds out why from the store, in words."""

    accepted: bool
    sequence: int = 0
    code: str = ""
    repeated: bool = False


@dataclass(frozen=True)
class Deliver:
    """One try of one effect."""

    workspace: str
    case: str
    key: str
    channel: str = ""


@dataclass(frozen=True)
class Watch:
    """How the workflow of the house begins. `place`: every step up to there was told to its case's workflow; 0: this
    server knows nothing of the workspace yet."""

    workspace: str
    place: int = 0
