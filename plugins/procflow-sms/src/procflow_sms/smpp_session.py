"""One bound session with a short message centre by SMPP 3.4: it says one thing after the other, and keeps what comes in
until somebody says that it is stored. Used by one thread; the bytes of messages are made and read by `smpp34`.

It must not know what the messages mean.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic  # how long the other side may be silent; no deadline of a case hangs on it
from typing import Any

from procflow.errors import PluginError

#: Seconds for each answer, where `timeout` says no other number; less than the host gives a call.
TIMEOUT = 10.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: The largest unit that is read, in bytes: a message has 254, and a payload up to 64 KiB.
_LARGEST = 1 << 17
_HEAD = struct.Struct("!IIII")  # length, command, status, number
_ANSWER = 0x80000000
_BIND, _SUBMIT, _DELIVER, _UNBIND, _ALIVE = 0x09, 0x04, 0x05, 0x06, 0x15


class NotBound(Exception):
    """Nothing can be handed over now. The text says why, and holds no secret."""


class Lost(Exception):
    """The line broke, or fell silent, after a message was said: whether it was taken nobody knows."""


class Session:
    """Bound as transceiver. Raises NotBound and PluginError."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._timeout = float(settings.get("timeout") or TIMEOUT)
        self._number = 0
        self._heard = b""
        #: (number of the unit, its bytes) of messages that came in; `stored` lets them go.
        self.came: deque[tuple[int, bytes]] = deque()
        self._where = f"{settings.get('host')}:{settings.get('port') or 2775}"
        self._line = self._connected(settings)
        try:
            self._bind(settings)
        except BaseException:
            self.close()
            raise

    def _connected(self, settings: Mapping[str, Any]) -> socket.socket:
        host, port = str(settings["host"]), int(settings.get("port") or 2775)
        tls = bool(settings.get("tls"))
        if not tls and host not in LOOPBACK:
            raise PluginError(
                "procflow.toml: channels.sms: the password would go to another machine in clear",
                "write tls = true",
            )
        try:
            line = socket.create_connection((host, port), self._timeout)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not tls:
                return line
            context = ssl.create_default_context(cafile=settings.get("ca_file") or None)
            return context.wrap_socket(line, server_hostname=host)
        except OSError as why:
            raise NotBound(f"{self._where} cannot be reached: {_in_short(why)}") from why

    def _bind(self, settings: Mapping[str, Any]) -> None:
        names = (settings["user"], settings["token"], settings.get("system_type") or "")
        body = b"".join(str(each).encode("ascii", "replace") + b"\0" for each in names) + b"\x34\0\0\0"
        try:
            status, _ = self._asked(_BIND, body)
        except Lost as why:
            raise NotBound(f"{self._where} did not answer: {why}") from None
        if status:
            words = "does not accept the login" if status in (0x0D, 0x0E, 0x0F) else "does not let us in now"
            raise NotBound(f"{self._where} {words} (status {status:#x})")

    @property
    def alive(self) -> bool:
        """False where the other side has closed the line, or is confused."""
        with suppress(OSError, ValueError, Lost):
            self._take_what_is_there()
            return self._line.fileno() >= 0
        self.close()
        return False

    def submit(self, unit: bytes) -> tuple[int, str]:
        """(status, the centre's id) of a `submit_sm`. Raises Lost."""
        status, body = self._asked(_SUBMIT, unit[16:])
        return status, body.partition(b"\0")[0].decode("ascii", "replace")

    def listen(self) -> None:
        """All that the centre said before it hears this is in `came` afterwards. Raises Lost."""
        self._asked(_ALIVE, b"")

    def stored(self, numbers: list[int]) -> None:
        """These are safe with us, and the centre may forget them. Raises Lost."""
        for number in numbers:
            self._say(_DELIVER | _ANSWER, b"\0", number)
        known = set(numbers)
        self.came = deque(each for each in self.came if each[0] not in known)

    def close(self) -> None:
        with suppress(OSError):
            self._line.settimeout(0.2)
            self._say(_UNBIND, b"")
        self._line.close()

    # units

    def _asked(self, command: int, body: bytes) -> tuple[int, bytes]:
        """(status, body) of the answer; what else comes meanwhile is seen to."""
        number = self._say(command, body)
        until = monotonic() + self._timeout
        try:
            while True:
                unit = self._unit(until)
                _, heard, status, of = _HEAD.unpack_from(unit)
                if of == number and heard in (command | _ANSWER, _ANSWER):
                    return status, unit[16:]
                self._seen_to(heard, of, unit)
        except (OSError, struct.error) as why:
            self._line.close()
            raise Lost(_in_short(why)) from None
        except Lost:
            self._line.close()
            raise

    def _say(self, command: int, body: bytes, number: int = 0) -> int:
        if not number:
            self._number = number = self._number % 0x7FFFFFFE + 1
        try:
            self._line.settimeout(self._timeout)
            self._line.sendall(_HEAD.pack(16 + len(body), command, 0, number) + body)
        except OSError as why:
            raise Lost(_in_short(why)) from None
        return number

    def _seen_to(self, heard: int, number: int, unit: bytes) -> None:
        if heard == _DELIVER:
            self.came.append((number, unit))
        elif heard == _ALIVE:
            self._say(_ALIVE | _ANSWER, b"", number)
        elif heard == _UNBIND:
            self._say(_UNBIND | _ANSWER, b"", number)
            raise Lost("it has ended the session")
        # an answer that comes twice, or to nothing that was asked, says nothing

    def _take_what_is_there(self) -> None:
        while select.select([self._line], [], [], 0)[0]:
            unit = self._unit(monotonic() + self._timeout)
            _, heard, _, number = _HEAD.unpack_from(unit)
            self._seen_to(heard, number, unit)

    def _unit(self, until: float) -> bytes:
        """The next whole unit. Raises OSError and Lost."""
        while True:
            if len(self._heard) >= 16:
                (length,) = struct.unpack_from("!I", self._heard)
                if not 16 <= length <= _LARGEST:
                    raise Lost("it answered what is not SMPP")
                if len(self._heard) >= length:
                    unit, self._heard = self._heard[:length], self._heard[length:]
                    return unit
            left = until - monotonic()
            if left <= 0:
                raise Lost(f"it said nothing for {self._timeout:g} seconds")
            self._line.settimeout(left)
            part = self._line.recv(1 << 16)
            if not part:
                raise Lost("it has closed the line")
            self._heard += part


def _in_short(why: BaseException) -> str:
    return " ".join(str(why).split())[:200] or type(why).__name__
