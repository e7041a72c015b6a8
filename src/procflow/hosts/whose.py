"""Whose an address is, to count what comes from one place: an IPv6 address counts by its /64, of which one person has
many."""

from __future__ import annotations

import ipaddress
from contextlib import suppress


def whose(address: str) -> str:
    with suppress(ValueError):
        at = ipaddress.ip_address(address)
        if at.version == 6:
            if at.ipv4_mapped is not None:
                return str(at.ipv4_mapped)
            return str(ipaddress.ip_network((at, 64), strict=False))
    return address
