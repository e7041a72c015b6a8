"""Makes the pictures of the desk that the README and the pages show: `make pictures`.

A rehearsal on a made-up Monday is served and looked at by Chromium. The strip that says so stays in the pictures:
nothing is touched up.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
PROCFLOW = str(Path(sys.executable).with_name("procflow"))
CHROMIUM = "/usr/bin/chromium-headless-shell"
WISH = ("kn=104233", "first_name=Mette", "last_name=Holm Sørensen", "phones=+4571999901", "carrier=PROSAM", "caseworker=qaa", "change=Fjern glasdækning på P-20011 fra 1. juni")  # fmt: skip

#: name -> (page, language, colours, (width, height), what is unfolded)
PICTURES = {
    "desk-call": ("/cases/{call}", "en", "light", (1366, 768), ""),
    "desk-form": ("/cases/{call}?answer=agree", "da", "dark", (1366, 768), ""),
    "desk-promise": ("/cases/3", "en", "light", (1366, 768), "How it was computed"),
    "desk-inbox": ("/", "da", "light", (1366, 768), ""),
    "desk-phone": ("/cases/3", "da", "light", (390, 844), ""),
}


def staged(folder: Path) -> str:
    """A desk with a little of everything: late work, a colleague away, a call, a promise, a message without a case.
    -> the number of the call."""

    def do(person: str, *words: str) -> str:
        told = subprocess.run([PROCFLOW, *words, "--as", person, "--json"], cwd=folder, check=True, capture_output=True)  # fmt: skip
        return (
            str(json.loads(told.stdout)["result"].get("number", "")) if told.stdout.startswith(b"{") else ""
        )

    def values(*pairs: str) -> list[str]:
        return [f"--with={pair}" for pair in pairs]

    do("agent_1", "init", ".")
    settings = folder / "procflow.toml"
    settings.write_text('clock = "now.txt"\n' + settings.read_text())
    (folder / "now.txt").write_text("2026-05-08T10:00:00+02:00")
    do(
        "agent_1",
        "open",
        "upset_customer",
        *values("kn=203344", "customer_name=Åse Ærø", "phone=+4571999902"),
    )
    do("qbb", "open", "reach_customer", *values("kn=203344", "first_name=Åse", "last_name=Ærø", "phones=+4571999902", "caseworker=qbb", "reason=Vil vide, om glasskaden er dækket", "best_time=any"))  # fmt: skip
    do("qaa", "open", "policy_change")
    do("qaa", "do", "3", "register", *values(*WISH))
    do("qaa", "do", "3", "send_summary")
    do("agent_1", "receive", "--channel=sms", "--from=+4571999977", "--text=Er min bil stadig forsikret?")
    do("lead_1", "absent", "qbb", "--from=2026-05-11 08:00", "--until=2026-05-15 17:00")
    (folder / "now.txt").write_text("2026-05-11T09:15:00+02:00")
    subprocess.run([PROCFLOW, "run", "--once"], cwd=folder, check=True, capture_output=True)
    do("qaa", "note", "3", "Mette ringer fra bilen og svarer på vores SMS i dag.")
    do("agent_1", "receive", "--channel=sms", "--from=+4571999901", "--text=JA")
    call = do("qaa", "open", "call_in")
    do("qaa", "do", call, "identify", *values(*WISH[:4], "method=mitid"))
    do("qaa", "open", "superior_request")
    return call


def picture(browser: Browser, address: str, name: str, call: str, folder: Path) -> int:
    """Takes one picture; -> its size in bytes."""
    path, language, colours, (width, height), unfolded = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="da-DK" if language == "da" else "en-GB",
        color_scheme=colours, base_url=address,
    )  # fmt: skip
    page = context.new_page()
    page.goto(path.format(call=call))
    if unfolded:
        page.get_by_text(unfolded).first.click()
    page.evaluate("document.fonts.ready")
    drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    few = drawn.quantize(colors=160, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    place = folder / f"{name}.png"
    few.save(place, optimize=True)
    return place.stat().st_size


def main() -> None:
    into = HERE / "pictures"
    into.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        call = staged(folder)
        served = subprocess.Popen(
            [PROCFLOW, "serve", "--no-host", "--listen", "127.0.0.1:0", "--as", "qaa"], cwd=folder,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            assert served.stdout is not None
            found = re.search(r"http://\S+:\d+", served.stdout.readline())
            assert found is not None, "it did not begin to serve"
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
            )
            for name in PICTURES:
                print(f"{name}.png  {picture(browser, found[0], name, call, into) // 1000} kB")
            browser.close()
        finally:
            served.terminate()
            served.wait(20)


if __name__ == "__main__":
    main()
