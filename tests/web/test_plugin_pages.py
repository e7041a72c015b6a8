"""Pages of plugins below /x/: inside the frame, and each on its own."""

from ready import started
from serving import Served
from small import small_workspace

PLUGIN = """
from procflow.hookspecs import hookimpl


def hello(request):
    return request.markup("<p>Hello {name}, {open} open</p>", name=request.query["name"], open=request.app.store.counts()["open"])


def broken(request):
    raise ValueError("no such thing")


def slow(request):
    while True:
        pass


@hookimpl
def register_pages():
    return {"hello": hello, "team/broken": broken, "nonsense": lambda request: 42, "slow": slow}
"""


def test_a_page_of_a_plugin_stands_in_the_frame_and_one_that_fails_costs_itself_only(tmp_path):
    folder = small_workspace(tmp_path)
    (folder / "plugins").mkdir()
    (folder / "plugins" / "pages.py").write_text(PLUGIN)
    assert started(["check"], folder).returncode == 0
    served = Served(folder, "--no-host", person="anna")
    try:
        status, headers, body = served.get("/x/hello?name=%3Cscript%3E", accept_language="en")
        assert status == 200 and b"<p>Hello &lt;script&gt;, 0 open</p>" in body and b'class="bar"' in body
        assert "script-src 'self'" in headers["content-security-policy"]
        assert b"/x/team/broken" in served.get("/x")[2]
        for path, said in (
            ("team/broken", "raised ValueError"),
            ("nonsense", "int"),
            ("slow", "took longer"),
        ):
            status, _, body = served.get(f"/x/{path}")
            assert status == 502 and said in body.decode(), path
        status, _, body = served.get("/x/hallo")
        assert status == 404 and "hello" in body.decode()
        assert served.get("/")[0] == 200
    finally:
        served.stop()
