"""Names of files on every way into a served workspace: none leads elsewhere, none makes the server fail."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
import small
from hostile_names import NAMES
from serving import Served

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_PROCEDURE = """
procedure: claim
title: {da: Anmeldelse, en: Claim}
owner: lead
starts: [{by: agent, ask: [picture]}]
data: {picture: {type: file, accept: [image/png], label: {da: Billede, en: Picture}}}
initial: open
states:
  open:
    title: {da: Åben, en: Open}
    task: {role: agent}
    choices: {close: {label: {da: Luk, en: Close}, to: closed}}
  closed: {final: true, outcome: closed}
"""
#: Addresses below which only what is ours, or this case's, is given.
WAYS = ("/static/{name}", "/static/fonts/{name}", "/cases/{case}/files/{name}", "/api/cases/{case}/evidence/{name}", "/api/cases/{name}",
        "/procedures/{name}", "/reports/{name}", "/{name}")  # fmt: skip


@pytest.fixture
def served(tmp_path: Path):
    (folder := tmp_path / "desk").mkdir()
    small.small_workspace(folder)
    place = folder / "procedures" / "claim" / "procedure.yaml"
    place.parent.mkdir()
    place.write_text(_PROCEDURE)
    (tmp_path / "secret.txt").write_text("the-secret-outside")
    found = Served(folder, person="anna")
    yield found
    found.stop()


def form(file_name: str, fields: dict[str, str]) -> tuple[bytes, str]:
    """As a browser sends it, except that the name stands there as it is."""
    parts = [
        f'--edge\r\ncontent-disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
        for n, v in fields.items()
    ]
    name = file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--edge\r\ncontent-disposition: form-data; name="open|picture"; filename="{name}"\r\ncontent-type: image/png\r\n\r\n'
    return b"".join(
        parts
    ) + head.encode() + PICTURE + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def test_no_name_leads_elsewhere_whichever_way_it_comes_in(served: Served, tmp_path: Path) -> None:
    def places() -> set[str]:
        return {
            p.relative_to(tmp_path).as_posix()
            for p in tmp_path.rglob("*")
            if p.is_file() and ".procflow" not in p.parts
        }

    before, opened, case = places(), 0, ""
    for name in NAMES:
        body, kind = form(name, {})
        status, headers, content = served.ask(
            "POST", "/open/claim", body, content_type=kind, sec_fetch_site="same-origin"
        )
        assert status < 500, (name, status, content[-300:])
        if status == 303:
            opened, case = opened + 1, case or headers["location"].split("/")[2].split("?")[0]
        for headers in (
            {"content_disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
            {
                "content_disposition": 'attachment; filename="'
                + "".join(c for c in name if " " <= c <= "~" and c not in '"\\')
                + '"'
            },
        ):
            status, _, content = served.ask(
                "POST", f"/api/cases/{case}/evidence", PICTURE, content_type="image/png", **headers
            )
            assert status in (201, 400, 413, 422), (name, status, content)
            if status == 201:
                kept = json.loads(content)["file"]["name"]
                assert not set(kept) & set("/\\\0\r\n") and kept not in (".", ".."), (name, kept)
        message = {
            "channel": "sms",
            "from": "+4571999901",
            "text": "x",
            "files": [{"name": name, "content": base64.b64encode(PICTURE).decode()}],
        }
        status, _, content = served.ask(
            "POST", "/api/messages", json.dumps(message).encode(), content_type="application/json"
        )
        assert status in (200, 202, 400, 422), (name, status, content)
        for turn, way in enumerate(WAYS, len(name)):
            written = (quote(name, safe=""), quote(name, safe="/"), quote(quote(name, safe=""), safe=""))[
                turn % 3
            ]
            if len(written) < 4000:
                status, _, content = served.get(way.format(name=written, case=case))
                assert status < 500 and b"the-secret-outside" not in content, (way, name)
                assert b"root:" not in content, (way, name)
    new = {
        place
        for place in places() - before
        if not place.startswith(("desk/evidence/", "desk/serve-", "desk/cases."))
    }
    assert opened >= 30 and not new
