"""SHA-256: Python's own at first, OpenSSL's for a process that goes on hashing.

`hashlib` loads the system's OpenSSL, beside the one that the cipher brings with it. That costs a command more than
all its hashes do; a process that takes many steps has it back soon. What hashes whole files asks `hashlib` itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["sha256"]

if TYPE_CHECKING:
    from hashlib import _Hash
    from hashlib import sha256 as _own
else:
    try:
        from _sha256 import sha256 as _own  # Python 3.11
    except ImportError:
        try:
            from _sha2 import sha256 as _own
        except ImportError:  # a Python that has it nowhere else
            from hashlib import sha256 as _own

#: So many hashes take as long as OpenSSL takes to load.
WORTH_LOADING = 500

_now = _own
_asked = 0


def sha256(data: bytes) -> _Hash:
    """A SHA-256 that was begun with these bytes."""
    global _now, _asked
    _asked += 1
    if _asked == WORTH_LOADING:
        from hashlib import sha256 as faster

        _now = faster
    return _now(data)
