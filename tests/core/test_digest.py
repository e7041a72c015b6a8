"""The hash of the record is SHA-256 as everybody has it, whoever computes it here."""

import hashlib
import subprocess
import sys

import pytest

from procflow.core.digest import WORTH_LOADING, sha256


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 1_000, 100_003])
def test_the_digest_is_the_one_that_hashlib_gives(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert sha256(data).digest() == hashlib.sha256(data).digest()
    assert sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()


MANY = f"""
import sys
from procflow.core.digest import sha256
begun = sha256(b"inner")
first = begun.copy()
first.update(b" and outer")
print(first.hexdigest(), "hashlib" in sys.modules)
for _ in range({WORTH_LOADING}):
    last = sha256(b"inner")
last.update(b" and outer")
begun.update(b" and outer")
print(last.hexdigest(), begun.hexdigest() == last.hexdigest(), "hashlib" in sys.modules)
"""


def test_a_process_that_goes_on_hashing_loads_the_faster_hash_and_gets_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True, timeout=60)
    right = hashlib.sha256(b"inner and outer").hexdigest()
    assert done.stdout.splitlines() == [f"{right} False", f"{right} True True"], done.stderr
