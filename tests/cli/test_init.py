"""`procflow init`: what was made and what to do next, on one screen."""

from pathlib import Path
from typing import Any

import pytest


def test_a_new_workspace_is_told_by_folders_with_counts_and_the_next_commands(
    desk: Any, tmp_path: Path
) -> None:
    alone = type(desk)(tmp_path)
    printed = alone.ok("init", "shop", env={"PROCFLOW_LANG": "en"}).splitlines()
    assert len(printed) < 20
    assert printed[0] == "Made shop, a workspace:"
    counted = len(list((tmp_path / "shop" / "procedures").rglob("procedure.yaml")))
    assert f"{counted} procedures" in "\n".join(printed)
    assert printed[-4:] == [
        "  cd shop", "  procflow check", "  procflow test", "  procflow step --open policy_change --as agent_1",
    ]  # fmt: skip
    assert max(len(line) for line in alone.ok("init", "thin", env={"COLUMNS": "40"}).splitlines()) <= 60
    danish = alone.ok("init", "bar mark", "--empty", "--lang", "da")
    assert "Lavede bar mark, et arbejdsområde:" in danish and "cd 'bar mark'" in danish
    (tmp_path / "here").mkdir()
    here = type(desk)(tmp_path / "here").ok("init", ".", "--empty")
    assert "cd ." not in here
    made = alone.json("init", "third")["made"]
    assert "procedures/organisation.yaml" in made and len(made) > 100, "programs get the whole list"


def test_counts_have_a_singular_and_files_that_cannot_be_read_are_documents_too(
    desk: Any, tmp_path: Path
) -> None:
    alone = type(desk)(tmp_path)
    alone.ok("init", "shop", "--empty")
    shop = type(desk)(tmp_path / "shop")
    assert shop.ok("check") == "1 document, 0 errors, 0 warnings\n"
    shop.write("procedures/types.yaml", "types:\n  spare: {type: string, label: {da: Ekstra}}\n")
    warned = shop.ok("check").splitlines()
    assert warned[0].startswith("procedures/types.yaml:2:") and warned[0].endswith(" (warning)")
    assert warned[-1] == "2 documents, 0 errors, 1 warning"
    (shop.folder / "procedures" / "types.yaml").unlink()
    shop.write("procedures/a/procedure.yaml", "procedure: [unclosed\n")
    shop.write("procedures/b/procedure.yaml", b"procedure: \xff\n")
    broken = shop.run("check")
    assert broken.returncode == 1
    assert broken.stdout.splitlines()[-1] == "3 documents, 2 errors, 0 warnings"
    one = shop.run("check", "procedures/a/procedure.yaml")
    assert one.stdout.splitlines()[-1] == "1 document, 1 error, 0 warnings"
    assert shop.run("check", "nothing.yaml").stdout.splitlines()[-1] == "0 documents, 1 error, 0 warnings"
    for language, said in (
        ("en", "0 open cases, 0 closed, 0 late"),
        ("da", "0 åbne sager, 0 afsluttede, 0 overskredne"),
    ):
        assert said in " ".join(shop.run("doctor", "--lang", language).stdout.split())


def test_a_workspace_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    import resource

    from procflow.shipped import make_workspace

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    # as on a full disk: the large ones do not fit
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))
    try:
        with pytest.raises(OSError):
            make_workspace(str(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert list(tmp_path.iterdir()) == []
    assert "procflow.toml" in make_workspace(str(tmp_path))


def test_the_guided_step_opens_a_case_where_nothing_was_checked_yet(desk: Any, tmp_path: Path) -> None:
    new = type(desk)(tmp_path)
    new.ok("init", ".")
    waiting = new.run("inbox", "--lang", "da", by="agent_1")
    assert waiting.returncode == 6 and "ingen organisation sat i kraft endnu" in waiting.stderr
    assert "kør `procflow check`" in waiting.stderr
    begun = new.run("step", "--open", "policy_change", "--lang", "en", by="agent_1")
    assert "Case 1" in begun.stdout, begun.stderr
