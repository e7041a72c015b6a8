"""SHA-256 as Python itself has it.

`hashlib` loads the system's OpenSSL, beside the one that the cipher brings with it: that costs a command more
than all its hashes, which are over a few hundred bytes each. What hashes whole files asks `hashlib` itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["sha256"]

if TYPE_CHECKING:
    from hashlib import sha256 as sha256
else:
    try:
        from _sha256 import sha256  # Python 3.11
    except ImportError:
        try:
            from _sha2 import sha256
        except ImportError:  # a Python that has it nowhere else
            from hashlib import sha256
