"""`procflow doctor`: what is wrong, with advice; and a rehearsal's clock beside real cases."""

import os
import stat
from typing import Any

from procflow.builtin.world import RealWorld
from procflow.stores.keys import BLOCK, KeyFile

SETTINGS = 'store = "sqlite:cases.db"\nlanguage = "en"\n'


def wrong(desk: Any) -> list[dict[str, Any]]:
    """What doctor finds wrong; the exit code says the same."""
    import json

    done = desk.run("doctor", "--json")
    told = json.loads(done.stdout)
    found = [item for item in told["result"]["findings"] if item["level"] == "wrong"]
    assert done.returncode == (1 if found else 0)
    assert told["ok"] is not bool(found)
    return found


def test_a_healthy_workspace_has_nothing_wrong(desk: Any) -> None:
    desk.registered()
    printed = desk.ok("doctor")
    assert printed.splitlines()[-1] == "Nothing is wrong."
    for look in (
        "store",
        "keys",
        "disk",
        "clock",
        "rehearsal",
        "documents",
        "channels",
        "effects",
        "items",
        "messages",
    ):
        assert f"✓ {look}: " in printed
    assert "Intet er galt." in desk.ok("doctor", "--lang", "da")


def test_a_new_workspace_has_no_store_yet_and_that_is_no_fault(desk: Any) -> None:
    for name in desk.folder.glob("cases.*"):
        name.unlink()
    assert "there is no store yet" in desk.ok("doctor")
    desk.write("procflow.toml", SETTINGS)  # with this machine's clock there is one more thing to look at
    assert "there is no store yet" in desk.ok("doctor")
    assert not list(desk.folder.glob("cases.*"))


def test_a_key_file_that_is_gone_is_one_thing_that_is_wrong(desk: Any) -> None:
    desk.registered()
    (desk.folder / "cases.keys").unlink()
    (found,) = wrong(desk)
    assert found["look"] == "keys" and "backup" in found["advice"]
    assert "· users: cannot be looked at, for the reason above" in desk.run("doctor").stdout


def test_a_key_file_that_others_may_read_is_wrong(desk: Any) -> None:
    desk.registered()
    os.chmod(desk.folder / "cases.keys", 0o644)
    (found,) = wrong(desk)  # told once, not again as a fault of whatever needs the keys
    assert found["look"] == "keys" and "0644" in found["message"]
    assert "chmod 600" in found["advice"]
    os.chmod(desk.folder / "cases.keys", stat.S_IRUSR | stat.S_IWUSR)
    assert wrong(desk) == []


def test_a_key_file_that_is_missing_is_wrong_and_no_new_one_is_made(desk: Any) -> None:
    desk.registered()
    (desk.folder / "cases.keys").rename(desk.folder / "away")
    assert any(item["look"] == "keys" and "missing" in item["message"] for item in wrong(desk))
    assert not (desk.folder / "cases.keys").exists()


def test_a_key_file_of_another_store_or_one_that_was_cut_or_is_older_is_wrong_and_nothing_is_sealed_with_it(
    desk: Any,
) -> None:
    desk.registered()
    keys = desk.folder / "cases.keys"
    older = keys.read_bytes()
    KeyFile(str(keys), RealWorld()).refill(BLOCK)  # as when the thousandth case comes
    desk.ok("case", "1")
    own = keys.read_bytes()
    for content, words in (
        (older, f"is older than the store: it has {BLOCK} keys, and had {3 * BLOCK}"),
        (own[:64] + os.urandom(len(own) - 64), "not the one that this store was made with"),
        (own[:1000], "was cut: it has 1000 of"),
    ):
        keys.write_bytes(content)
        (found,) = wrong(desk)
        assert found["look"] == "keys" and words in found["message"] and "backup" in found["advice"]
        opened = desk.run("open", "policy_change")
        assert opened.returncode == 4 and words in opened.stderr
        assert "keys" in desk.run("health", "--without-host").stdout
        assert keys.read_bytes() == content
    keys.write_bytes(own)
    assert wrong(desk) == [] and desk.ok("open", "policy_change").startswith("Case 2")


def test_a_store_that_is_gone_or_empty_beside_its_keys_is_wrong_and_no_new_one_is_made(desk: Any) -> None:
    desk.registered()
    path = desk.folder / "cases.db"
    whole = path.read_bytes()
    for left in (None, b""):
        path.unlink()
        if left is not None:
            path.write_bytes(left)
        (found,) = wrong(desk)
        assert found["look"] == "store" and "backup" in found["advice"]
        opened = desk.run("open", "policy_change")
        assert opened.returncode == 4 and "backup" in opened.stderr
        assert desk.run("health", "--without-host").returncode == 1
        assert path.exists() is (left is not None)
        path.write_bytes(whole)
    assert desk.ok("open", "policy_change").startswith("Case 2")


def test_a_clock_behind_the_newest_step_is_wrong(desk: Any) -> None:
    desk.registered()
    desk.clock("2026-05-11T09:05:00+02:00")
    (found,) = [item for item in wrong(desk) if item["look"] == "clock"]
    assert "behind the newest step" in found["message"]
    assert found["advice"].startswith("write a later instant into clock.txt"), "time comes from that file"


def test_a_clock_that_is_set_back_after_steps_by_time_is_wrong_for_doctor_as_for_health(desk: Any) -> None:
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    desk.clock("2026-06-01T10:05:00+02:00")
    desk.ok("run", "--once")  # what was due days ago is taken now
    desk.clock("2026-05-31T10:05:00+02:00")
    assert "clock" in desk.run("health", "--without-host").stdout
    assert [item for item in wrong(desk) if item["look"] == "clock"]


def test_documents_that_do_not_check_or_are_not_in_force_are_told(desk: Any) -> None:
    path = desk.folder / "procedures" / "errand" / "procedure.yaml"
    path.write_text(path.read_text() + "# changed\n")
    assert "files have changed and are not in force yet" in desk.ok("doctor")
    path.write_text(path.read_text().replace("to: settling", "to: setling"))
    (found,) = [item for item in wrong(desk) if item["look"] == "documents"]
    assert "setling" in found["message"]


def test_a_procedure_for_which_nobody_answers_is_noted(desk: Any) -> None:
    loose = "procedure: loose\ntitle: {da: Løs, en: Loose}\nstarts: [{by: agent}]\ninitial: first\n"
    states = "states: {first: {task: {role: agent}, choices: {go: {to: last}}}, last: {final: true}}\n"
    desk.write("procedures/loose/procedure.yaml", loose + states)
    desk.ok("check")
    assert "loose has no owner" in desk.run("doctor").stdout
    assert "loose har ingen ejer" in desk.run("doctor", "--lang", "da").stdout
    desk.write("procedures/loose/procedure.yaml", loose + "owner: lead\n" + states)
    desk.ok("check")
    assert "no owner" not in desk.run("doctor").stdout


def test_what_waits_long_and_what_is_due_says_that_no_host_runs(desk: Any) -> None:
    desk.write("procflow.toml", SETTINGS + 'clock = "clock.txt"\n[channels.mail]\nmode = "file"\n')
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    assert wrong(desk) == []
    desk.clock("2026-05-20T10:05:00+02:00")
    messages = [item["message"] for item in wrong(desk) if item["look"] == "effects"]
    assert any("case 1: mail.send waits since" in words for words in messages)
    assert any("something is due since" in words for words in messages)
    desk.ok("run", "--once")
    assert [item for item in wrong(desk) if item["look"] == "effects"] == []


def test_a_host_that_runs_once_says_what_could_not_be_delivered(desk: Any) -> None:
    mail = '[channels.mail]\nmode = "real"\nhost = "127.0.0.1"\nport = 1\ntls = "none"\nsender = "main@prosam.example"\n'
    desk.write("procflow.toml", SETTINGS + 'clock = "clock.txt"\n' + mail)
    desk.registered()
    assert "tried again" not in desk.ok("run", "--once")
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    assert "Not delivered, and to be tried again: 1." in desk.ok("run", "--once")
    assert desk.json("run", "--once")["again"] == 1
    # it sends whoever reads it to doctor and to the case, and both say it
    assert "· effects: case 1: mail.send waits since" in desk.run("doctor").stdout
    case = desk.ok("case", "1")
    assert "On its way: mail.send (tried 1 time, and not taken)" in case and "could not be reached" in case
    (waiting,) = desk.json("case", "1")["waiting"]
    assert waiting["attempts"] == 1 and waiting["next_try"]
    # they are sealed under the case's key: "452 4.2.2 mailbox full" and addresses stood there as "…"
    assert "the mail server 127.0.0.1:1 could not be reached" in waiting["error"]


def test_what_is_stuck_is_found_behind_however_much_work(tmp_path: Any) -> None:
    from msgspec.structs import replace

    from procflow.app import App
    from procflow.cli.doctor_work import items
    from procflow.stores.contract_steps import MORNING, opening, task

    (tmp_path / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n')
    with App(str(tmp_path)) as app:
        first = opening(app.store, "a")
        work = [task(first, f"s{n}", due=MORNING, act_by=MORNING) for n in range(1200)]
        assert [found.level for found in items(app)] == ["good"]
        app.store.append(replace(first, tasks=(*work, task(first, "stuck:1", kind="stuck"))))
        (found,) = items(app)
        assert found.level == "wrong" and "stuck since" in found.message[0]


def test_a_message_without_a_case_is_noted(desk: Any) -> None:
    desk.ok("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi")
    printed = desk.ok("doctor")
    assert "belongs to no case" in printed
    assert "procflow receive --message" in printed


def test_a_damaged_store_is_wrong_and_the_other_looks_are_still_taken(desk: Any) -> None:
    desk.registered()
    path = desk.folder / "cases.db"
    for other in desk.folder.glob("cases.db-*"):
        other.unlink()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 3 + 2000] = os.urandom(2000)
    path.write_bytes(content)
    found = wrong(desk)
    assert "store" in {item["look"] for item in found}
    assert "✓ disk: " in desk.run("doctor").stdout


def test_a_channel_that_no_plugin_brings_is_wrong(desk: Any) -> None:
    desk.write("procflow.toml", SETTINGS + 'clock = "clock.txt"\n[channels.pigeon]\nmode = "real"\n')
    (found,) = wrong(desk)
    assert found["look"] == "channels"
    assert "no plugin brings the channel pigeon" in found["message"]


def test_a_rehearsals_clock_is_refused_beside_real_cases(real_desk: Any) -> None:
    real_desk.registered()
    assert "the cases are real" in real_desk.ok("doctor")
    real_desk.write("procflow.toml", SETTINGS + 'clock = "clock.txt"\n')
    real_desk.clock("2030-05-11T09:05:00+02:00")
    (found,) = [item for item in wrong(real_desk) if item["look"] == "rehearsal"]
    assert "the cases of this workspace are real" in found["message"]
    for words in (
        ("run", "--once"),
        ("open", "policy_change"),
        ("do", "1", "withdraw"),
        ("note", "1", "A note that is long"),
        ("step", "1"),
    ):
        done = real_desk.run(*words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert "the cases of this workspace are real" in done.stderr
    assert real_desk.json("case", "1")["sequence"] == 2


def test_rehearsed_cases_are_marked_and_refused_without_their_clock(desk: Any) -> None:
    desk.registered()
    assert "[REHEARSAL]" in desk.ok("case", "1")
    assert desk.json("case", "1")["rehearsal"] is True
    desk.write("procflow.toml", SETTINGS)
    assert any(item["look"] == "rehearsal" for item in wrong(desk))
    done = desk.run("run", "--once")
    assert done.returncode == 2
    assert "are a rehearsal" in done.stderr


def test_an_empty_store_may_become_either(real_desk: Any) -> None:
    real_desk.clock("2050-05-11T09:05:00+02:00")
    real_desk.write("procflow.toml", SETTINGS + 'clock = "clock.txt"\n')
    real_desk.registered()
    assert "every case here is a rehearsal" in real_desk.ok("doctor")


def test_a_host_that_ended_without_a_word_is_told_and_one_that_runs_is_good(desk: Any) -> None:
    import json
    from datetime import timedelta

    from procflow.app import App
    from procflow.app.alive import Alive

    desk.registered()
    with App(str(desk.folder)) as app:
        app.alive = Alive(app, "local")
        app.local_host().look_around()
        assert any(item["look"] == "host" for item in wrong(desk)) is False
        assert "✓ host: a host (local, process" in desk.ok("doctor")
        later = app.world.now() + timedelta(minutes=5)
        desk.clock(later.isoformat())
        (found,) = [item for item in wrong(desk) if item["look"] == "host"]
        assert "did not end in good order" in found["message"] and "procflow run" in found["advice"]
        app.alive.gone()
    looks = [
        item
        for item in json.loads(desk.run("doctor", "--json").stdout)["result"]["findings"]
        if item["look"] == "host"
    ]
    assert [(item["level"], item["message"][:12]) for item in looks] == [("note", "no host runs")]


def test_a_host_that_was_killed_is_told_for_a_day_beside_the_one_that_took_over(desk: Any) -> None:
    import json
    from datetime import timedelta

    from procflow.app import App
    from procflow.app.alive import Alive

    def of_hosts() -> list[tuple[str, str]]:
        found = json.loads(desk.run("doctor", "--json").stdout)["result"]["findings"]
        return [(item["level"], item["advice"]) for item in found if item["look"] == "host"]

    desk.registered()
    with App(str(desk.folder)) as app:
        killed = Alive(app, "local")
        killed.beat(app.world.now())
    with App(str(desk.folder)) as app:
        began = app.world.now()
        for later, told in (timedelta(minutes=5), 2), (timedelta(days=1, minutes=5), 1):
            desk.clock((began + later).isoformat())
            Alive(app, "local").beat(app.world.now())
            assert len(of_hosts()) == told and "wrong" not in dict(of_hosts())
            assert not any("start one" in (advice or "") for _, advice in of_hosts()), "one runs"


def test_a_host_that_was_killed_is_not_missed_when_run_once_did_what_it_had_begun(desk: Any) -> None:
    from datetime import timedelta

    from procflow.app import App
    from procflow.app.alive import Alive

    desk.registered()
    with App(str(desk.folder)) as app:
        Alive(app, "local").beat(app.world.now())
        desk.clock((app.world.now() + timedelta(minutes=5)).isoformat())
    assert [item["look"] for item in wrong(desk)].count("host") == 1
    desk.ok("run", "--once")
    assert [item["look"] for item in wrong(desk)].count("host") == 0


def test_a_centre_that_takes_one_session_is_not_bound_a_second_time_beside_a_host(desk: Any) -> None:
    import socket

    from procflow.app import App
    from procflow.app.alive import Alive

    with socket.create_server(("127.0.0.1", 0)) as centre:
        centre.settimeout(0)
        desk.write("procflow.toml", SETTINGS + f'clock = "clock.txt"\n[channels.sms]\nmode = "real"\ngateway = "smpp"\nhost = "127.0.0.1"\nport = {centre.getsockname()[1]}\nuser = "desk"\ntoken = "x"\nsender = "4571999900"\ntimeout = 1\n')  # fmt: skip
        desk.registered()
        with App(str(desk.folder)) as app:
            app.alive = Alive(app, "local")
            app.alive.beat(app.world.now())
            printed = desk.run("doctor").stdout
            assert "sms: real, verified stand-in; the host that runs holds its only session" in printed
            import pytest

            with pytest.raises(BlockingIOError):  # nobody came
                centre.accept()
            app.alive.gone()
        assert any(item["look"] == "channels" for item in wrong(desk)), "without a host it is looked at"
        centre.accept()


def test_people_tokens_and_certificates_that_end_are_told(desk: Any) -> None:
    import subprocess

    desk.registered()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "3", "-subj", "/CN=desk.example"],
        cwd=desk.folder, check=True, capture_output=True,
    )  # fmt: skip
    desk.write(
        "procflow.toml",
        SETTINGS + 'clock = "clock.txt"\n[serve]\ncertificate = "cert.pem"\nkey = "key.pem"\n',
    )
    desk.clock("2035-05-11T09:05:00+02:00")
    (found,) = [item for item in wrong(desk) if item["look"] == "certificate"]
    assert "ends on 20" in found["message"] and "renew" in found["advice"]
    (desk.folder / "cert.pem").write_text("none")
    assert [item["look"] for item in wrong(desk) if item["look"] == "certificate"] == ["certificate"]


def test_files_that_everybody_may_write_are_wrong(desk: Any) -> None:
    desk.registered()
    os.chmod(desk.folder / "cases.db", 0o666)
    (found,) = [item for item in wrong(desk) if item["look"] == "disk"]
    assert (
        "everybody on this machine may write cases.db" in found["message"] and "chmod o-w" in found["advice"]
    )
    os.chmod(desk.folder / "cases.db", 0o600)
    assert "MiB of write-ahead log" in desk.ok("doctor")


def test_health_says_by_its_exit_code_which_check_fails(desk: Any) -> None:
    desk.registered()
    told = desk.json("health", "--without-host")
    assert told == {
        "ready": True,
        "checks": dict.fromkeys(("store", "write", "keys", "clock", "disk", "host"), True),
    }
    nobody = desk.run("health")
    assert nobody.returncode == 1 and "Not ready: host." in nobody.stdout
    (desk.folder / "cases.keys").rename(desk.folder / "away")
    without = desk.run("health", "--without-host")
    assert without.returncode == 1 and "keys" in without.stdout and "procflow doctor" in without.stdout
    assert not (desk.folder / "cases.keys").exists()
    away = desk.run("health", "--at", "127.0.0.1:1", "--json")
    assert away.returncode == 1 and '"process": false' in away.stdout
    assert desk.run("health", "--live").returncode == 2


def test_documents_and_evidence_that_are_gone_are_wrong(desk: Any) -> None:
    desk.ok("receive", "--channel", "sms", "--from", "+4571999977", "--text", "Hi")
    kept, procedures = desk.folder / "evidence", desk.folder / "procedures"
    for folder, look in ((kept, "evidence"), (procedures, "documents")):
        folder.rename(desk.folder / "away")
        (found,) = wrong(desk)
        assert found["look"] == look and "back" in found["advice"]
        (desk.folder / "away").rename(folder)
    assert wrong(desk) == []


def test_every_disk_that_the_workspace_uses_is_looked_at(desk: Any) -> None:
    import tempfile

    desk.registered()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        (desk.folder / "evidence").symlink_to(other)
        apart = os.stat(other).st_dev != os.stat(desk.folder).st_dev
        assert ("MiB free on the disk of evidence" in desk.ok("doctor")) is apart


def test_a_folder_that_nothing_can_be_written_into_is_told(desk: Any) -> None:
    """A restore by another user leaves such folders: mails could not be stored, and everything was called in order."""
    desk.registered()
    (desk.folder / "evidence").rmdir() if (desk.folder / "evidence").is_dir() else None
    desk.write("evidence", "no folder")
    (found,) = [item for item in wrong(desk) if item["look"] == "disk"]
    assert "nothing can be written into" in found["message"] and "chown -R" in found["advice"]


def test_a_key_file_that_is_a_folder_is_not_told_to_get_other_rights(desk: Any) -> None:
    desk.registered()
    (desk.folder / "cases.keys").rename(desk.folder / "kept")
    (desk.folder / "cases.keys").mkdir()
    found = next(item for item in wrong(desk) if item["look"] == "keys")
    assert "Is a directory" in found["message"] and "chmod" not in found["advice"]


def test_an_organisation_that_is_gone_is_told(desk: Any) -> None:
    desk.registered()
    (desk.folder / "procedures" / "organisation.yaml").unlink()
    (found,) = [item for item in wrong(desk) if item["look"] == "documents"]
    assert "organisation.yaml is gone" in found["message"]


def test_a_clock_that_was_set_back_is_not_ready_after_the_next_step_either(desk: Any) -> None:
    """The step after it ran now, and stands at the instant at which its case was: that lies ahead of the clock."""
    desk.registered()
    desk.clock("2026-05-11T07:05:00+02:00")
    assert desk.run("health", "--without-host").returncode == 1
    desk.ok("note", "1", "A note that is long enough")
    told = desk.run("health", "--without-host")
    assert told.returncode == 1 and "clock" in told.stdout


def test_a_plugin_that_is_wrong_is_not_blamed_on_the_settings(desk: Any) -> None:
    desk.write(
        "plugins/fax.py",
        """
from procflow.hookspecs import hookimpl


class Fax:
    name, operations, verified = "fax", {}, "stand-in"

    def prepare(self, operation, key, parameters): ...
    def deliver(self, operation, key, wire): ...
    def fetch(self, cursor): return [], cursor
    def health(self): ...


@hookimpl
def register_channels(settings):
    return [Fax()]
""",
    )
    desk.write("procflow.toml", SETTINGS + '[channels.fax]\nmode = "real"\n')
    (found,) = [item for item in wrong(desk) if item["look"] == "channels"]
    assert "health gave NoneType, not a sentence" in found["message"]
    assert "procflow plugin test" in found["advice"] and "procflow.toml" not in found["advice"]
