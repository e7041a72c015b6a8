"""Local users: people of the organisation who may log in with a password. Kept in the store, so that every process
knows them; what is done with them is kept in the access log."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from procflow.access import passwords
from procflow.access.second import SECOND, SecondFactors
from procflow.access.sessions import Sessions
from procflow.access.tokens import Tokens
from procflow.access.tries import Tries, stopped, wrong
from procflow.core.organisation import Organisation
from procflow.errors import NotFound, UsageError
from procflow.ports import Store, World

_USER = "user"
#: How long a password counts that was made for somebody, until they have chosen their own.
MADE_FOR = timedelta(days=7)


class User(Struct, frozen=True):
    """Somebody who may log in. `hash` "": at the provider only."""

    person: str
    hash: str
    since: datetime
    changed: datetime
    until: datetime | None = None  # a password that was made for them lets in until then


class Users:
    """The users of one store."""

    def __init__(self, store: Store, world: World, organisation: Organisation) -> None:
        self._store, self._world, self._organisation = store, world, organisation
        self._tries = Tries(store, world)

    def __bool__(self) -> bool:
        return self._store.count_kept(_USER, self._world.now()) > 0

    def all(self) -> list[User]:
        return [decode(one.value, type=User) for one in self._store.all_kept(_USER, self._world.now())]

    def of(self, person: str) -> User | None:
        found = self._store.kept(_USER, person, self._world.now())
        return decode(found.value, type=User) if found is not None else None

    def add(self, person: str, password: str, by: str, *, made: bool = False) -> User:
        """Let somebody of the organisation log in; a password that was `made` for them counts for `MADE_FOR`. Raises
        NotFound and UsageError."""
        id_ = self.check_new(person)
        self._refuse_weak(id_, password)
        now = self._world.now()
        user = User(id_, self._hashed(password), now, now, now + MADE_FOR if made else None)
        self._store.keep(_USER, id_, encode(user))
        self._told(by, "user.add", id_)
        return user

    def check_new(self, person: str) -> str:
        """Who may become a user, before a password is asked for. Raises NotFound and UsageError."""
        id_ = self._known(person)
        if self.of(id_) is not None:
            raise UsageError(f"{id_} is a user already", f"procflow user password {id_} gives a new password")
        return id_

    def check_there(self, person: str) -> User:
        """Who is a user. Raises NotFound."""
        id_ = self._known(person)
        user = self.of(id_)
        if user is None:
            raise NotFound(f"{id_} is no user", f"procflow user add {id_}")
        return user

    def set_password(
        self, person: str, password: str, by: str, *, keep: str = "", made: bool = False
    ) -> None:
        """A new password; every login but `keep` (the secret of the one that asks) ends. Raises NotFound, UsageError."""
        user = self.check_there(person)
        id_ = user.person
        self._refuse_weak(id_, password)
        now = self._world.now()
        until = now + MADE_FOR if made else None
        self._store.keep(
            _USER, id_, encode(replace(user, hash=self._hashed(password), changed=now, until=until))
        )
        Sessions(self._store, self._world).end_all(id_, but=keep)
        self._tries.forget(id_)
        self._told(by, "user.password", id_)

    def change_password(self, person: str, old: str, new: str, address: str, *, keep: str = "") -> None:
        """Somebody changes the own password, with the old one. Raises NotAllowed and UsageError."""
        self.check(person, old, address)
        self.set_password(person, new, person, keep=keep)

    def remove(self, person: str, by: str) -> None:
        """Nobody logs in as this person any more: the logins and tokens end too. Raises NotFound."""
        id_ = self._organisation.person_id(person) or person.strip()
        if self._store.drop_kept(_USER, id_) is None:
            raise NotFound(f"{person} is no user", "`procflow user list` lists them")
        SecondFactors.forget_all(self._store, self._world, id_)
        Sessions(self._store, self._world).end_all(id_)
        Tokens(self._store, self._world).revoke_all(id_)
        self._tries.forget(id_)
        self._told(by, "user.remove", id_)

    def check(self, name: str, password: str, address: str) -> str:
        """The person who logs in; `name` is an id, a code or a mail address. One who has a second factor is half in, and
        what went wrong counts until the code is right too. Raises NotAllowed, with the same words and after the same time
        whatever was wrong."""
        person = self._meant(name)
        account = person or name
        until = self._tries.stopped_until(account, address)
        if until is not None:
            raise stopped(until, self._world.now())
        self._tries.failed(account, address)  # until it is known to be right: many at once are counted too
        user = self.of(person) if person else None
        kept = user.hash if user is not None and user.hash else passwords.nobodys()
        right = passwords.matches(kept, password)
        if not right or user is None or not user.hash:
            self._store.log_access(self._world.now(), person or "-", "login", "", "password", "wrong")
            raise wrong("name or password is not right", "navn eller adgangskode er ikke rigtig")
        if user.until is not None and user.until <= self._world.now():
            self._store.log_access(self._world.now(), person, "login", "", "password", "ended")
            raise wrong(
                "this password was made for you, and has ended; ask for a new one",
                "denne adgangskode blev lavet til dig og er udløbet; bed om en ny",
            )
        half = self._store.kept(SECOND, person, self._world.now()) is not None
        if not half:
            self._tries.worked(account, address)
        if passwords.is_outdated(user.hash):
            self._store.keep(_USER, person, encode(replace(user, hash=self._hashed(password))), renew=True)
        self._store.log_access(self._world.now(), person, "login", "", "password", "half" if half else "in")
        return person

    def _meant(self, name: str) -> str:
        """The person that a typed name means; "" where it is nobody, or several."""
        people = self._organisation.people
        id_ = self._organisation.person_id(name)
        if id_ is not None:
            return id_
        mail = name.strip().casefold()
        meant = [
            id_ for id_, facts in people.items() if mail and str(facts.get("mail", "")).casefold() == mail
        ]
        return meant[0] if len(meant) == 1 else ""

    def _known(self, person: str) -> str:
        id_ = self._organisation.person_id(person)
        if id_ is None:
            from procflow.core.nearest import did_you_mean

            hint = did_you_mean(person, self._organisation.people) or "users are people of the organisation"
            raise NotFound(f"nobody here is called {person!r}", hint)
        return id_

    def _refuse_weak(self, person: str, password: str) -> None:
        facts = self._organisation.people[person]
        words = [person, self._organisation.name, *str(facts.get("name", "")).split()]
        words += [part for part in str(facts.get("mail", "")).replace("@", ".").split(".") if part]
        passwords.refuse_weak(password, [*words, "procflow", "password", "adgangskode", "kodeord"])

    def _hashed(self, password: str) -> str:
        return passwords.hashed(password, self._world.random_bytes(16))

    def _told(self, by: str, what: str, person: str) -> None:
        self._store.log_access(self._world.now(), by or "-", what, "", person, "done")
