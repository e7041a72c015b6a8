"""QR codes, as SVG. It must not know what they say."""

from __future__ import annotations

from io import BytesIO


def qr_svg(text: str, title: str) -> str:
    """The code as a drawing of its own, with `title` for whoever cannot see it. A smudge over a seventh of it does no harm."""
    import segno

    drawing = BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawing, kind="svg", title=title, light="#fff", xmldecl=False, omitsize=True
    )
    return drawing.getvalue().decode()
