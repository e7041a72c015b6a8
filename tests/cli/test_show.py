"""`procflow show`: a procedure drawn, with a case's place."""

from typing import Any
from xml.etree import ElementTree


def test_the_terminal_is_the_default_and_words_follow_the_language(desk: Any) -> None:
    assert "  ○ wish  [Service agent]" in desk.ok("show", "policy_change")
    assert "  ○ wish  [Kundeservice]" in desk.ok("show", "policy_change", "--lang", "da")


def test_a_case_is_marked_with_the_way_it_took(desk: Any) -> None:
    desk.registered()
    drawn = desk.ok("show", "--case", "1")
    assert "  ▶ awaiting_evidence" in drawn
    assert "  ✓ wish" in drawn
    assert "✓ register" in drawn
    assert "class awaiting_evidence here" in desk.ok(
        "show", "policy_change", "--case", "1", "--format", "mermaid"
    )


def test_a_case_is_drawn_on_the_version_that_it_runs_on(desk: Any) -> None:
    desk.registered()
    path = desk.folder / "procedures" / "policy_change" / "procedure.yaml"
    path.write_text(path.read_text().replace("not_wanted", "changed_mind"))
    assert "changed_mind" in desk.ok("show", "policy_change")
    assert "not_wanted" in desk.ok("show", "--case", "1")


def test_the_name_of_the_file_says_the_form(desk: Any) -> None:
    desk.ok("show", "errand", "-o", "errand.svg")
    root = ElementTree.parse(desk.folder / "errand.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    desk.ok("show", "errand", "-o", "errand.mmd")
    assert (desk.folder / "errand.mmd").read_text().startswith("stateDiagram-v2")
    desk.ok("show", "errand", "--format", "terminal", "-o", "errand.txt")
    assert (desk.folder / "errand.txt").read_text().startswith("errand - Errand")


def test_a_file_of_a_procedure_may_be_given_instead_of_its_name(desk: Any) -> None:
    assert desk.ok("show", "procedures/errand/procedure.yaml") == desk.ok("show", "errand")


def test_what_cannot_be_drawn_is_said(desk: Any) -> None:
    unknown = desk.run("show", "erand")
    assert (unknown.returncode, unknown.stdout) == (6, "")
    assert "did you mean `errand`?" in unknown.stderr
    desk.ok("open", "errand", "--with", "kn=104233")
    other = desk.run("show", "policy_change", "--case", "1")
    assert other.returncode == 2
    assert "case 1 runs on errand" in other.stderr
    assert desk.run("show").returncode == 2
    none = desk.run("show", "procedures/organisation.yaml")
    assert none.returncode == 2
    assert "procedures/organisation.yaml holds no procedure" in none.stderr
    proved = desk.run("prove", "procedures/organisation.yaml")
    assert "nothing was proved: there is no procedure here" in proved.stdout
    assert desk.run("show", "errand", "-o", "no/such/folder/x.svg").returncode == 4


def test_as_json_the_drawing_is_text(desk: Any) -> None:
    told = desk.json("show", "errand", "--format", "mermaid")
    assert told["drawing"].startswith("stateDiagram-v2")
    assert (told["procedure"], told["case"], told["format"]) == ("errand", None, "mermaid")


def test_a_file_whose_ending_promises_something_else_is_not_written(desk: Any) -> None:
    done = desk.run("show", "errand", "-o", "errand.pdf")
    assert done.returncode == 2 and ".svg" in done.stderr and not (desk.folder / "errand.pdf").exists()
    assert desk.ok("show", "errand", "-o", "errand.pdf", "--format", "svg")
    assert desk.ok("show", "errand", "-o", "ERRAND.SVG") and (
        desk.folder / "ERRAND.SVG"
    ).read_text().startswith("<svg")
