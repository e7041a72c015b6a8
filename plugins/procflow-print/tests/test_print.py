"""Letters on paper: the contract, and what stands on the pages as a reader of PDF sees it."""

import re
from datetime import UTC, datetime

import pytest
from procflow_print.peer import Tray
from pypdf import PdfReader

from procflow.errors import UsageError
from procflow.plugins import load_plugins
from procflow.testing import ChannelContract

KEY = "0123456789abcdef0123456789abcdef/7/2"
NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # half past midnight in Copenhagen


class TestPrint(ChannelContract):
    peer = Tray


def printer(tmp_path, **settings):
    made = load_plugins(settings={"print": {"folder": str(tmp_path), **settings}}).channels["print"].channel
    made.now = NOW
    return made


def letter(tmp_path, settings=None, **parameters):
    channel = printer(tmp_path, **(settings or {}))
    given = {
        "to": "Mette Holm\nÆblevej 7\n8000 Aarhus C",
        "text": "Kære Mette\n\nDin aftale er flyttet.",
        **parameters,
    }
    done = channel.deliver("letter", KEY, channel.prepare("letter", KEY, given))
    assert done.status == "done", done
    return PdfReader(tmp_path / done.result["file"])


def words(page):
    return re.sub(r"\s+", " ", page.extract_text())


def test_a_letter_has_address_date_heading_text_and_foot(tmp_path):
    settings = {
        "head": ["PROSAM", "Torvet 1"],
        "foot": ["CVR 00 00 00 00"],
        "closing": ["Venlig hilsen", "Bo Test"],
        "place": "Aarhus",
    }
    read = letter(tmp_path, settings, subject="Ændring af aftale")
    (page,) = read.pages
    said = words(page)
    for part in ("Mette Holm", "Æblevej 7", "Aarhus, den 3. marts 2026", "Ændring af aftale", "Din aftale er flyttet.",
                 "Venlig hilsen", "PROSAM", "CVR 00 00 00 00", "Side 1 af 1"):  # fmt: skip
        assert part in said, (part, said)
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(
        (595.28, 841.89), abs=0.1
    )
    assert read.metadata.title == "Ændring af aftale"


def test_a_long_letter_has_pages_and_loses_no_word(tmp_path):
    text = " ".join(f"ord{n}" for n in range(3000))
    read = letter(tmp_path, text=text)
    assert len(read.pages) > 3
    said = " ".join(words(page) for page in read.pages)
    assert [f"ord{n}" for n in range(3000)] == re.findall(r"ord\d+", said)
    assert f"Side 2 af {len(read.pages)}" in said


def test_the_same_letter_is_the_same_to_the_byte_and_laid_once(tmp_path):
    channel = printer(tmp_path)
    given = {"to": ["Mette Holm"], "text": "Hej"}
    first, second = (channel.prepare("letter", KEY, given) for _ in range(2))
    assert first == second
    assert [channel.deliver("letter", KEY, first).status for _ in range(2)] == ["done", "duplicate"]


def test_a_template_of_its_own_and_another_language(tmp_path):
    settings = {"templates": {"reminder": {"language": "en", "closing": ["Kind regards"], "place": "Aarhus"}}}
    said = words(letter(tmp_path, settings, template="reminder", date="2026-05-01").pages[0])
    assert "Aarhus, 1 May 2026" in said and "Kind regards" in said and "Page 1 of 1" in said


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"text": "中文"}, "no sign for 中 文"),
        ({"text": "x" * 70_000}, "at most 60000"),
        ({"template": "remindr"}, "names no template 'remindr'"),
        ({"text": "  "}, "a letter has both"),
        ({"text": "bell \x07"}, "no sign for"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_words(tmp_path, parameters, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        printer(tmp_path, templates={"reminder": {}}).prepare(
            "letter", KEY, {"to": "Mette", "text": "x", **parameters}
        )


def test_health_says_what_is_missing(tmp_path):
    assert "folder missing" in printer(tmp_path, folder="").health()
    assert printer(tmp_path).health() == ""
