"""QR codes: square for square what another encoder draws, in every size, with every mask."""

import hashlib

import pytest

from procflow.drawing.qr import LARGEST, modules, qr_svg

APP = "otpauth://totp/Small%20House%3Aanna?secret=VTLRJWJPWRSLDLGHNY6LI6RPZQ&issuer=Small%20House&digits=6&period=30"


@pytest.mark.parametrize(
    ("text", "size", "drawn"),
    [
        ("procflow", 21, "4613d268b446220d"),
        (APP, 45, "18d370fae2184521"),
        ("x" * LARGEST, 57, "c0aa0b25790b3844"),
    ],
)
def test_a_code_is_drawn_as_the_standard_has_it(text: str, size: int, drawn: str) -> None:
    rows = modules(text, 3)  # held once against the squares that the library `qrcode` 8.2 makes, in all sizes
    assert len(rows) == size == len(rows[0])
    assert (
        hashlib.sha256("".join("01"[dark] for row in rows for dark in row).encode()).hexdigest()[:16] == drawn
    )


def test_the_mask_is_the_one_that_is_best_to_read_and_what_is_too_long_is_said() -> None:
    assert modules(APP) in [modules(APP, mask) for mask in range(8)]
    with pytest.raises(ValueError, match="214 bytes"):
        modules("x" * (LARGEST + 1))
    drawing = qr_svg("æ<", "For <Anna> & co")
    assert "<title>For &lt;Anna&gt; &amp; co</title>" in drawing and "<script" not in drawing
