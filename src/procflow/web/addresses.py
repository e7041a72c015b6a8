"""Addresses to listen at: which of them only this machine reaches."""

from __future__ import annotations

import ipaddress


def is_loopback(listen: str) -> bool:
    """Whether HOST:PORT is an address that only this machine reaches; a name but `localhost` may be anything."""
    host = listen.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
