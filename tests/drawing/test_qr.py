"""QR codes: what is drawn is what was given, and a title stays a title."""

import xml.etree.ElementTree as ET

from procflow.drawing.qr import qr_svg

APP = "otpauth://totp/Small%20House%3Aanna?secret=VTLRJWJPWRSLDLGHNY6LI6RPZQ&issuer=Small%20House&digits=6&period=30"


def test_every_text_is_drawn_and_no_two_alike() -> None:
    drawings = [qr_svg(text, "For Anna") for text in (APP, APP[:-1], "æ<", "x" * 1000)]
    assert len(set(drawings)) == 4 and qr_svg(APP, "For Anna") == drawings[0]
    sides = [int(ET.fromstring(drawing).attrib["viewBox"].split()[2]) for drawing in drawings]
    assert sides[2] < sides[1] <= sides[0] < sides[3]
    assert (sides[0] - 8 - 17) % 4 == 0, "a size of the standard, with four squares of light around it"


def test_a_title_is_words_whatever_stands_in_it() -> None:
    drawing = qr_svg(APP, "For <Anna> & co")
    assert "<title>For &lt;Anna&gt; &amp; co</title>" in drawing and "<script" not in drawing
