"""Files of certificates and keys, tried before anything depends on them. It must not know for what they are used."""

from __future__ import annotations

import ssl

from procflow.errors import UsageError


def belong_together(certificate: str, key: str) -> None:
    """Raises UsageError where the two files are no certificate with its key."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as why:
        raise UsageError(
            f"{certificate} and {key} are no certificate with its key: {why.reason or why}",
            "give PEM files that belong together, the key without a password",
        ) from why
    except OSError as why:
        raise _unreadable(why, certificate) from why


def vouches(file: str) -> None:
    """Raises UsageError where the file holds no certificates of those who vouch for others."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError as why:
        raise UsageError(
            f"{file} holds no certificates: {why.reason or why}",
            "give a PEM file with the certificate of whoever vouches for the server",
        ) from why
    except OSError as why:
        raise _unreadable(why, file) from why


def _unreadable(why: OSError, file: str) -> UsageError:
    return UsageError(f"{why.filename or file} cannot be read: {why.strerror}", "check the path")


def _no_password() -> str:
    return ""
