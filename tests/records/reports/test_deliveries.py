"""The report of deliveries: what became of what was asked of channels, and what they were tried against."""

from typing import Any

from procflow.records.reports.forms.text import text

LETTER = """procedure: letter
title: {en: A letter, da: Et brev}
owner: lead
starts: [{by: agent, ask: [to]}]
data: {to: {type: string, pii: true}}
initial: sent
states:
  sent:
    entry:
      - mail.send: {to: a@customer.example, subject: Hello, text: Hello}
      - sms.send: {to: "${to}", text: Hello}
      - relatel.message: {to: bo, text: A letter is out}
      - {unless_left: true, mail.send: {to: b@customer.example, subject: Later, text: Later}}
    task: {role: agent}
    choices: {enough: {to: closed}}
  closed: {final: true, outcome: closed}
"""
SETTINGS = """store = "memory:"
language = "en"
[channels.mail]
mode = "off"
[channels.sms]
mode = "real"
gateway = "gatewayapi"
url = "http://127.0.0.1:9/rest/mtsms"
token = "t"
sender = "4571999900"
"""


def test_what_became_of_what_was_asked_of_each_channel_is_counted(folder: Any, small_desk: Any) -> None:
    place = folder / "procedures" / "letter"
    place.mkdir()
    (place / "procedure.yaml").write_text(LETTER)
    (folder / "procflow.toml").write_text(SETTINGS)
    desk = small_desk(folder, "2026-03-02 09:00")
    opened = [desk.app.open("letter", "anna", {"to": to}) for to in ("+4571999901", "nobody")]
    assert all(answer.accepted for answer in opened)
    desk.do(opened[1].number, "enough", "anna")  # before the host looked: the later mail is not sent
    desk.at("2026-03-02 09:10").host()
    sheet = desk.at("2026-03-02 09:11").report("deliveries", "2026-03-01", "2026-03-31")
    counted = {
        str(row["operation"]): tuple(row[name] for name in ("asked", "done", "failed", "dropped", "waiting"))
        for row in sheet.table("operations").records()
    }
    assert counted == {
        "mail.send": (4, 3, 0, 1, 0),  # switched off, which is done
        "sms.send": (2, 0, 1, 0, 1),  # a number that is none, and a gateway that is not there
        "relatel.message": (2, 0, 0, 0, 2),  # by hand
    }
    channels = {
        str(row["channel"]): (str(row["mode"]), str(row["verified"]))
        for row in sheet.table("channels").records()
    }
    assert channels == {
        "mail": ("off", "stand-in"), "sms": ("real", "stand-in"), "relatel": ("manual", "stand-in"),
    }  # fmt: skip
    told = text(sheet, "en")
    assert "only tried against our own stand-in: sms." in told and "Our own stand-in only" in told
    assert "kun er prøvet mod vores egen efterligning: sms." in text(sheet, "da")
    assert desk.report("deliveries", "2026-03-01", "2026-03-01").is_empty
    desk.app.close()
