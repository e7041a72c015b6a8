"""`procflow.toml`: what it may say, and that a secret is never shown."""

from __future__ import annotations

import pytest

from procflow.definitions.settings import Settings, parse_settings, read_settings
from procflow.errors import BrokenDocument, UsageError

WHOLE = b"""\
store = "sqlite:desk.db"
language = "da"
clock = "clock.txt"
evidence = "files"
keys = "desk.keys"
[channels.mail]
mode = "real"
host = "localhost"
port = 25
password = "${env:SMTP_PASSWORD}"
to = ["a@b.example", "${env:COPY}"]
folders = { inbox = "${env:COPY}/in" }
[channels.sms]
mode = "file"
"""


def test_every_setting_is_read_and_channels_keep_their_own() -> None:
    settings, problems = parse_settings(WHOLE, "procflow.toml", {"SMTP_PASSWORD": "s3cret", "COPY": "c"}.get)
    assert problems == []
    assert (settings.store, settings.language, settings.clock) == ("sqlite:desk.db", "da", "clock.txt")
    assert (settings.evidence, settings.keys) == ("files", "desk.keys")
    mail = settings.channels["mail"]
    assert dict(mail) == {
        "mode": "real",
        "host": "localhost",
        "port": 25,
        "password": "s3cret",
        "to": ["a@b.example", "c"],
        "folders": {"inbox": "c/in"},
    }


def test_an_empty_file_gives_the_defaults() -> None:
    assert parse_settings(b"", "procflow.toml") == (Settings(), [])


def test_a_channel_that_nobody_configured_is_manual() -> None:
    settings, _ = parse_settings(WHOLE + b"[channels.crm]\nurl = 'x'\n", "procflow.toml")
    assert [settings.mode(name) for name in ("mail", "sms", "crm", "letter")] == [
        "real",
        "file",
        "manual",
        "manual",
    ]


def test_a_secret_is_looked_up_only_when_it_is_asked_for_and_never_shown() -> None:
    asked: list[str] = []

    def environment(name: str) -> str | None:
        asked.append(name)
        return "s3cret"

    settings, problems = parse_settings(WHOLE, "procflow.toml", environment)
    assert problems == []
    assert settings.channels["mail"]["host"] == "localhost"
    assert "s3cret" not in repr(settings)
    assert asked == []
    assert settings.channels["mail"]["password"] == "s3cret"
    assert asked == ["SMTP_PASSWORD"]
    assert "s3cret" not in repr(settings)


def test_a_variable_that_is_not_set_is_named() -> None:
    settings, _ = parse_settings(WHOLE, "procflow.toml", {}.get)
    with pytest.raises(
        UsageError, match=r"channels\.mail\.password wants the environment variable SMTP_PASSWORD"
    ):
        settings.channels["mail"]["password"]
    settings, _ = parse_settings(WHOLE, "procflow.toml", {"SMTP_PASSWORD": ""}.get)
    with pytest.raises(UsageError, match="SMTP_PASSWORD, which is empty"):
        settings.channels["mail"]["password"]


@pytest.mark.parametrize(
    ("text", "code", "at", "hint"),
    [
        ('language = "da"\nstor = "x"\n', "PF231", (2, 1), "`store`"),
        ("[chanels.mail]\nmode = 'real'\n", "PF231", (1, 2), "`channels`"),
        ("store = 5\n", "PF232", (1, 1), "write store"),
        ("store = 'sqlite:'\n", "PF232", (1, 1), "sqlite:cases.db"),
        ("store = 'sqlite:${env:PLACE}'\n", "PF232", (1, 1), "write the file"),
        ('  language = ""\n', "PF232", (1, 3), "write language"),
        ("[channels.mail]\nhost = 'x'\nmode = 'reel'\n", "PF232", (3, 1), "`real`"),
        ("[channels]\nmail = 'real'\n", "PF232", (2, 1), "[channels.mail]"),
        ("[channels.mail]\nhost = 'x'\ndeadline = 'soon'\n", "PF232", (3, 1), "deadline = 30"),
        ("[channels.mail]\ndeadline = -1\n", "PF232", (2, 1), "seconds that a call may take"),
        ("[channels.mail]\ndeadline = 0\n", "PF232", (2, 1), "deadline = 30"),
        ("[channels.mail]\ndeadline = inf\n", "PF232", (2, 1), "deadline = 30"),
        ("[channels.mail]\ndeadline = true\n", "PF232", (2, 1), "deadline = 30"),
        ("[channels.sms]\nweb_per_minute = 1.5\n", "PF232", (2, 1), "web_per_minute = 120"),
        (
            "[channels.mail.inbox]\nkind = 'imap'\nevery = 'often'\n",
            "PF232",
            (3, 1),
            "seconds between two looks",
        ),
        (
            "[channels.a]\nmode = 'real'\n[channels.mail]\npassword = '${ENV:X}'\n",
            "PF232",
            (4, 1),
            "${env:NAME}",
        ),
        ('store = "x\n', "PF230", (1, 11), "store ="),
        ("store\n", "PF230", (1, 6), "store ="),
        ("[access]\n[log]\n[access]\n", "PF230", (3, 8), "stands once"),
        ("store = 'x'\nstore = 'y'\n", "PF230", (2, 12), "further up already"),
    ],
)
def test_a_fault_is_told_on_its_line_with_the_nearest_right_word(
    text: str, code: str, at: tuple[int, int], hint: str
) -> None:
    _, problems = parse_settings(text.encode(), "procflow.toml")
    assert [(p.code, (p.line, p.column)) for p in problems] == [(code, at)]
    assert hint in problems[0].hint


def test_all_faults_are_told_at_once_and_none_shows_a_channel_s_setting() -> None:
    text = b"stor = 'x'\n[channels.mail]\nmode = 'hunter2'\npassword = '${hunter2}'\n"
    _, problems = parse_settings(text, "procflow.toml")
    assert [p.line for p in problems] == [1, 3, 4]
    assert "hunter2" not in "".join(p.as_text() for p in problems)


def test_text_that_is_no_toml_is_told_without_repeating_it() -> None:
    _, problems = parse_settings(b"[channels.mail]\npassword = hunter2\n", "procflow.toml")
    assert [(p.code, p.line) for p in problems] == [("PF230", 2)]
    assert "hunter2" not in problems[0].as_text()


def test_a_file_in_another_encoding_is_told_with_its_line() -> None:
    _, problems = parse_settings("store = 'x'\nlanguage = 'dæ'\n".encode("latin-1"), "procflow.toml")
    assert [(p.code, p.line) for p in problems] == [("PF230", 2)]


def test_reading_broken_settings_raises_with_every_problem() -> None:
    with pytest.raises(BrokenDocument) as raised:
        read_settings("folder", lambda path: b"stor = 'x'\nlang = 'da'\n")
    assert [p.line for p in raised.value.facts["diagnostics"]] == [1, 2]


DATABASE = b"""\
[store]
url = "postgresql://desk@db.example:5433/desk?sslmode=verify-full"
password = "${env:DESK_DB}"
"""


def test_a_store_can_be_a_database_whose_password_is_looked_up_when_it_is_asked_for() -> None:
    settings, problems = parse_settings(DATABASE, "procflow.toml", {"DESK_DB": "s3cret"}.get)
    assert problems == [] and settings.database is not None
    assert settings.store == "postgresql://desk@db.example:5433/desk?sslmode=verify-full"
    assert settings.database.address() == settings.store
    assert settings.database.password(lambda name: b"") == "s3cret"
    assert "s3cret" not in repr(settings)
    unset, _ = parse_settings(DATABASE, "procflow.toml", {}.get)
    with pytest.raises(UsageError, match=r"store\.password wants the environment variable DESK_DB"):
        unset.database.password(lambda name: b"")  # type: ignore[union-attr]


def test_the_address_and_the_password_of_a_database_may_come_from_outside() -> None:
    text = b'[store]\nurl = "${env:DATABASE_URL}"\npassword_file = "db.password"\n'
    url = "postgres://desk:in-url@db.example/desk"
    settings, problems = parse_settings(text, "procflow.toml", {"DATABASE_URL": url}.get)
    assert problems == [] and settings.database is not None
    assert settings.store.startswith("postgresql:") and settings.database.address() == url
    assert settings.database.password(lambda name: b"from %s\n" % name.encode()) == "from db.password"
    assert "in-url" not in repr(settings)

    def missing(name: str) -> bytes:
        raise FileNotFoundError(name)

    with pytest.raises(UsageError, match=r"store\.password_file cannot be read: db\.password"):
        settings.database.password(missing)
    written, problems = parse_settings(b'store = "postgresql://desk@localhost/desk"\n', "procflow.toml")
    assert problems == [] and written.database is not None
    assert written.store == "postgresql://desk@localhost/desk"


@pytest.mark.parametrize(
    ("text", "code", "at", "words"),
    [
        ('[store]\nurl = "postgresql://desk:hunter2@db/desk"\n', "PF232", (2, 1), "a password does not stand"),
        ('store = "postgresql://desk:hunter2@db/desk"\n', "PF232", (1, 1), "a password does not stand"),
        ('[store]\nurl = "postgresql://db/desk?password=hunter2"\n', "PF232", (2, 1), "a password does not"),
        ('[store]\nurl = "postgresql://db/desk"\npassword = "hunter2"\n', "PF232", (3, 1), "a password does"),
        ('[store]\nurl = "postgresql://db/desk"\npasword = "hunter2"\n', "PF231", (3, 1), "no setting of the store"),
        ('[store]\nurl = "mysql://db/desk"\n', "PF232", (2, 1), "a PostgreSQL database"),
        ('[store]\nurl = 5\n', "PF232", (2, 1), "must be a text"),
        ('[store]\nurl = "postgresql://${DB}/desk"\n', "PF232", (2, 1), "refers to nothing"),
        ("[store]\n", "PF232", (1, 2), "names no database"),
    ],
)  # fmt: skip
def test_a_fault_in_the_store_is_told_on_its_line_and_never_with_a_password(
    text: str, code: str, at: tuple[int, int], words: str
) -> None:
    settings, problems = parse_settings(text.encode(), "procflow.toml")
    assert [(p.code, (p.line, p.column)) for p in problems] == [(code, at)]
    assert words in problems[0].message
    assert "hunter2" not in problems[0].as_text() + repr(settings)


def test_the_table_of_the_host_is_read_and_what_is_wrong_in_it_is_told() -> None:
    text = b'[host]\nkind = "temporal"\naddress = "temporal.example:7233"\nserver_ca = "ca.pem"\n'
    settings, problems = parse_settings(text, "procflow.toml")
    assert problems == [] and settings.host is not None
    assert (settings.host.kind, settings.host.address, settings.host.secure) == (
        "temporal",
        "temporal.example:7233",
        True,
    )
    for wrong, code, words in (
        (b'[host]\nkind = "tempral"\n', "PF232", "local or temporal"),
        (b'[host]\nkind = "temporal"\nadress = "a:1"\n', "PF231", "no setting of the host"),
        (b'[host]\nkind = "temporal"\naddress = "nowhere"\n', "PF232", "HOST:PORT"),
        (b'[host]\nkind = "temporal"\ntask_queue = ""\n', "PF232", "`task_queue` must be a text"),
        (b'[host]\nkind = "temporal"\nkey = "a.key"\n', "PF232", "belong together"),
        (b'[host]\nnamespace = "desk"\n', "PF232", "the host is local"),
        (b'[host]\nkind = "temporal"\ncommands = "direct"\n', "PF232", "store or workflow"),
        (b"host = 1\n", "PF232", "no table"),
    ):
        _, (problem,) = parse_settings(wrong, "procflow.toml")
        assert (problem.code, words in problem.message) == (code, True), problem
        if "must be" in problem.message:
            key = problem.message.split("`")[1]
            assert problem.hint.startswith(f"write {key} = "), problem


def test_a_language_that_is_written_out_is_told_with_its_two_letters() -> None:
    for written, meant in (("english", "en"), ("dansk", "da"), ("da_DK", "da"), ("x", "da, or en")):
        _, (told,) = parse_settings(f'language = "{written}"\n'.encode(), "procflow.toml")
        assert (told.code, told.line, told.hint) == ("PF232", 1, f"write {meant}")
