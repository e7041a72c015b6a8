"""A second factor beside the password: the one-time codes of an app (TOTP, RFC 6238), and codes for a lost phone.

The secret of an app is kept nowhere: it is made of the key of fingerprints, which lies in the key file, and of random bits
beside the user. Who has the database alone can make no code. A code is taken once; a recovery code too, and of those only
hashes are kept.
"""

from __future__ import annotations

from base64 import b32encode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from procflow.access.tries import Tries, stopped, wrong
from procflow.errors import NotAllowed, UsageError
from procflow.ports import Keys, Store, World

#: As every app makes them unless it is told otherwise: six figures, new every 30 seconds, by SHA-1.
FIGURES, SECONDS = 6, 30
#: Codes before and after the one of now are taken too: clocks differ, and typing takes a while.
AROUND = 1
RECOVERY_CODES = 10
#: How long somebody may take from the password to the code, and for setting up their app.
HALF_FOR, SETTING_UP_FOR = timedelta(minutes=5), timedelta(minutes=15)

SECOND = "second"
_NEW, _USED, _RECOVERY, _HALF = "second-new", "second-used", "second-recovery", "login-half"
#: Letters and figures that nobody takes for each other.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


class Second(Struct, frozen=True):
    """That a person has a second factor. `salt` is what their secret is made of, beside the key."""

    salt: str
    since: datetime


class Half(Struct, frozen=True):
    """Somebody whose password was right, and whose code is still to come."""

    person: str
    wanted: str


class SecondFactors:
    """The second factors of one store."""

    def __init__(self, store: Store, world: World, keys: Keys) -> None:
        self._store, self._world, self._keys = store, world, keys
        self._tries = Tries(store, world)

    def of(self, person: str) -> Second | None:
        found = self._store.kept(SECOND, person, self._world.now())
        return decode(found.value, type=Second) if found is not None else None

    # setting up

    def begin(self, person: str) -> str:
        """A new secret for an app, in the letters that apps take; it counts once `confirm` has seen a code of it."""
        now, salt = self._world.now(), self._world.random_bytes(16).hex()
        self._store.keep(_NEW, person, encode(Second(salt, now)), now + SETTING_UP_FOR)
        return self._shown(person, salt)

    def being_set_up(self, person: str) -> str:
        """The secret that waits for its first code; "" where none does."""
        found = self._store.kept(_NEW, person, self._world.now())
        return self._shown(person, decode(found.value, type=Second).salt) if found is not None else ""

    def confirm(self, person: str, code: str) -> list[str]:
        """The app shows the right code: from here on it is asked for. -> the recovery codes, this once.

        Raises UsageError for a code that is not right, and where it took too long."""
        now = self._world.now()
        found = self._store.kept(_NEW, person, now)
        if found is None:
            raise _problem(
                "setting up took too long, or was done already", "det tog for lang tid, eller er gjort"
            )
        second = decode(found.value, type=Second)
        step = self._step_of(person, second.salt, code)
        if step is None:
            raise _problem(
                "this is not the code that the app shows now; look whether the clock of the phone is right",
                "det er ikke koden, som appen viser nu; se, om telefonens ur går rigtigt",
            )
        self._store.drop_kept(_NEW, person)
        self._forget(person)
        self._store.keep(SECOND, person, encode(replace(second, since=now)))
        self._store.keep(_USED, f"{person}/{step}", b"")
        self._told(person, "second.on", person)
        return self._new_codes(person)

    def renew_codes(self, person: str, code: str, address: str) -> list[str]:
        """New recovery codes in the place of those that are left. Raises NotAllowed for a wrong code."""
        self.check(person, code, address)
        self._told(person, "second.codes", person)
        return self._new_codes(person)

    def turn_off(self, person: str, code: str, address: str) -> None:
        """The password is enough again. Raises NotAllowed for a wrong code."""
        self.check(person, code, address)
        self.remove(person, person)

    def remove(self, person: str, by: str) -> bool:
        """The same without a code, for somebody who has lost phone and codes; False where there was none."""
        if self._store.drop_kept(SECOND, person) is None:
            return False
        self._forget(person)
        self._told(by, "second.off", person)
        return True

    def codes_left(self, person: str) -> int:
        return self._store.count_kept(_RECOVERY, self._world.now(), f"{person}/")

    # logging in

    def half_in(self, person: str, wanted: str) -> str:
        """The password was right: -> a secret for the browser, with which the code is to come."""
        secret = urlsafe_b64encode(self._world.random_bytes(32)).rstrip(b"=").decode()
        now = self._world.now()
        self._store.keep(_HALF, _name(secret), encode(Half(person, wanted)), now + HALF_FOR)
        return secret

    def half(self, secret: str) -> Half | None:
        """Who it is for; None where it took too long, or was used."""
        found = self._store.kept(_HALF, _name(secret), self._world.now()) if len(secret) < 60 else None
        return decode(found.value, type=Half) if found is not None else None

    def come_in(self, secret: str, code: str, address: str) -> Half:
        """The whole login. Raises NotAllowed with `reason` login for a wrong code, half where it took too long."""
        half = self.half(secret)
        if half is None:
            raise _too_late()
        self.check(half.person, code, address)
        if self._store.drop_kept(_HALF, _name(secret)) is None:
            raise _too_late()  # another came in with the same
        return half

    def check(self, person: str, code: str, address: str) -> None:
        """A code of the app that nobody has used, or a recovery code, which is used up. Raises NotAllowed, in the same
        words whatever was wrong; who guesses is stopped as with passwords."""
        until = self._tries.stopped_until(person, address)
        if until is not None:
            raise stopped(until, self._world.now())
        self._tries.failed(person, address)  # until it is known to be right: many at once are counted too
        second = self.of(person)
        way = self._way_of(person, second.salt, code) if second is not None else ""
        if not way:
            self._store.log_access(self._world.now(), person, "login", "", "code", "wrong")
            raise wrong("this code is not right, or was used", "koden er ikke rigtig, eller den er brugt")
        self._tries.worked(person, address)
        self._store.log_access(self._world.now(), person, "login", "", way, "in")

    # parts

    def _way_of(self, person: str, salt: str, code: str) -> str:
        """`code` or `recovery`, where it is right and is used up herewith; else ""."""
        step = self._step_of(person, salt, code)
        if step is not None:
            used = self._store.all_kept(_USED, self._world.now(), f"{person}/")
            last = max((int(one.name.rpartition("/")[2]) for one in used), default=-1)
            if step <= last:
                return ""
            # of several who come with one code at the same moment, one gets what was used last away
            if used and self._store.drop_kept(_USED, f"{person}/{last}") is None:
                return ""
            self._store.keep(_USED, f"{person}/{step}", b"")
            return "code"
        plain = "".join(sign for sign in code.casefold() if sign in _SIGNS)
        if len(plain) == 16 and self._store.drop_kept(_RECOVERY, f"{person}/{_name(plain)}") is not None:
            return "recovery"
        return ""

    def _step_of(self, person: str, salt: str, code: str) -> int | None:
        """The step of time that a code is of; None for a wrong one."""
        from hmac import compare_digest

        typed = "".join(code.split())
        if len(typed) != FIGURES or not typed.isascii() or not typed.isdecimal():
            return None
        secret = self._secret(person, salt)
        now = int(self._world.now().timestamp()) // SECONDS
        found = None
        for step in range(now - AROUND, now + AROUND + 1):
            if compare_digest(code_at(secret, step), typed):
                found = step
        return found

    def _secret(self, person: str, salt: str) -> bytes:
        return self._keys.fingerprint(f"second factor {person} {salt}")

    def _shown(self, person: str, salt: str) -> str:
        return b32encode(self._secret(person, salt)).rstrip(b"=").decode()

    def _new_codes(self, person: str) -> list[str]:
        for one in self._store.all_kept(_RECOVERY, self._world.now(), f"{person}/"):
            self._store.drop_kept(_RECOVERY, one.name)
        codes = []
        for _ in range(RECOVERY_CODES):
            number, signs = int.from_bytes(self._world.random_bytes(16), "big"), []
            for _ in range(16):
                number, rest = divmod(number, len(_SIGNS))
                signs.append(_SIGNS[rest])
            plain = "".join(signs)
            self._store.keep(_RECOVERY, f"{person}/{_name(plain)}", b"")
            codes.append("-".join(plain[at : at + 4] for at in range(0, 16, 4)))
        return codes

    def _forget(self, person: str) -> None:
        for kind in (_USED, _RECOVERY):
            for one in self._store.all_kept(kind, self._world.now(), f"{person}/"):
                self._store.drop_kept(kind, one.name)

    @staticmethod
    def forget_all(store: Store, world: World, person: str) -> None:
        """Everything of somebody who is no user any more."""
        for kind, beginning in (
            (SECOND, person),
            (_NEW, person),
            (_USED, f"{person}/"),
            (_RECOVERY, f"{person}/"),
        ):
            for one in store.all_kept(kind, world.now(), beginning):
                if beginning.endswith("/") or one.name == person:
                    store.drop_kept(kind, one.name)

    def _told(self, by: str, what: str, person: str) -> None:
        self._store.log_access(self._world.now(), by or "-", what, "", person, "done")


def code_at(secret: bytes, step: int) -> str:
    """The one-time code of a step of time (RFC 4226, 5.3)."""
    from hmac import digest

    found = digest(secret, step.to_bytes(8, "big"), "sha1")
    at = found[-1] & 15
    return str((int.from_bytes(found[at : at + 4], "big") & 0x7FFFFFFF) % 10**FIGURES).zfill(FIGURES)


def address_for_apps(secret: str, house: str, person: str) -> str:
    """What an app reads: whose secret it is, and for which house."""
    label = quote(f"{house}:{person}", safe="")
    facts = urlencode({"secret": secret, "issuer": house, "digits": FIGURES, "period": SECONDS}, quote_via=quote)  # fmt: skip
    return f"otpauth://totp/{label}?{facts}"


def _name(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _too_late() -> NotAllowed:
    reasons = {
        "en": "that took too long; begin again with the password",
        "da": "det tog for lang tid; begynd igen med adgangskoden",
    }
    return NotAllowed(reasons["en"], "", {"reason": "half", "reasons": reasons})


def _problem(english: str, danish: str) -> UsageError:
    return UsageError(english, "", {"reason": "code", "reasons": {"en": english, "da": danish}})
