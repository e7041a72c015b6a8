"""The hash of the record is SHA-256 as everybody has it, whoever computes it here."""

import hashlib

import pytest

from procflow.core.digest import sha256


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 1_000, 100_003])
def test_the_digest_is_the_one_that_hashlib_gives(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert sha256(data).digest() == hashlib.sha256(data).digest()
    assert sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()


def test_a_digest_that_was_begun_goes_on_in_a_copy() -> None:
    begun = sha256(b"inner")
    one, other = begun.copy(), begun.copy()
    one.update(b" and outer")
    assert one.digest() == hashlib.sha256(b"inner and outer").digest()
    assert other.digest() == hashlib.sha256(b"inner").digest()
