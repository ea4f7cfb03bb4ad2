"""The built site runs in Chromium, with Pyodide from npm and the public host out of reach.

Compiled packages (numpy, matplotlib) are in no registry that tests use, so what is run here is the
model, and a widget that draws nothing.
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
from lab import OPEN, READY, Notebook, chromium
from lite.answers import PARTS, URLS, made_up_urls
from lite_site import NPM, ROOT, SITE, make

from labcore import InvalidURL
from labcore.origin import parse_url

pytestmark = [pytest.mark.browser, pytest.mark.npm]

KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
WHEELS = ROOT / "build" / "pyodide-wheels"
MODEL = (
    "import labcore\nfrom labcore import *\nprint(Origin.of('https://MÜNCHEN.example:443/x'))",
    "print(SCENARIOS['gadget-hijacking'].run('Firefox 2'))",
    "print(find_attack('gadget-hijacking', 'Firefox 2'))",
    "from labcore.small_scope import check\nprint(check(lambda browser: len(browser) < 3))",
    "try:\n    Origin.of('shop.example/x')\nexcept InvalidURL as error:\n    print(error)",
    "from labcore.errors import NotInAPage\nprint(issubclass(NotInAPage, RuntimeError))",
)
WIDGET = """import anywidget, traitlets
class Clicked(anywidget.AnyWidget):
    _esm = '''function render({model, el}) {
        const button = document.createElement("button");
        button.textContent = "Step";
        button.onclick = () => {
            model.set("steps", model.get("steps") + 1);
            model.save_changes();
        };
        model.on("change:told", () => { button.title = model.get("told"); });
        el.append(button);
    }
    export default { render };'''
    steps = traitlets.Int(0).tag(sync=True)
    told = traitlets.Unicode("").tag(sync=True)
    @traitlets.observe("steps")
    def answer(self, change):
        self.told = f"{change.new} step"
Clicked()"""
SAVE = "([path, content]) => jupyterapp.serviceManager.contents.save(path, content)"
UP = "() => globalThis.jupyterapp?.shell?.currentWidget"
PRINTED = """() => jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.type === 'code')
  .map((cell) => cell.model.outputs.toJSON()
    .filter((each) => each.name === 'stdout').map((each) => each.text).join(''))"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the site is served, its Pyodide beside it."""
    make("lite")
    config = json.loads((SITE / "jupyter-lite.json").read_text())
    kernel = config["jupyter-config-data"]["litePluginSettings"][KERNEL]
    kernel["pyodideUrl"] = "./pyodide/pyodide.mjs"
    lock = json.loads((SITE / "static/pyodide-lock.json").read_text())
    with_pyodide_here(lock["packages"], kernel["loadPyodideOptions"]["packages"])
    instead = {
        "/jupyter-lite.json": json.dumps(config).encode(),
        "/static/pyodide-lock.json": json.dumps(lock).encode(),
    }

    class Site(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def translate_path(self, path: str) -> str:
            plain = path.partition("?")[0].removeprefix("/")
            if not plain.startswith("pyodide/"):
                return str(SITE / plain)
            name = plain.removeprefix("pyodide/")
            return str(next(filter(Path.exists, (NPM / name, WHEELS / name)), NPM / name))

        def do_GET(self) -> None:
            body = instead.get(self.path.partition("?")[0])
            if body is None:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def with_pyodide_here(packages: dict[str, dict], names: list[str]) -> None:
    """Pyodide's wheels at ``./pyodide/``: those in plain Python, as pip has them."""
    needed, todo = {}, ["labcore", "anywidget", *names]
    while todo:
        entry = packages[todo.pop()]
        if entry["name"] not in needed:
            needed[entry["name"]] = entry
            todo += [name.lower().replace("_", "-") for name in entry["depends"]]
    for entry in packages.values():
        entry["file_name"] = re.sub(r"^https://.*/", "../pyodide/", entry["file_name"])
    plain = {
        WHEELS / Path(entry["file_name"]).name: entry
        for entry in needed.values()
        if entry["file_name"].startswith("../pyodide/") and "none-any" in entry["file_name"]
    }
    WHEELS.mkdir(parents=True, exist_ok=True)
    pins = [
        f"{each['name']}=={each['version']}" for file, each in plain.items() if not file.exists()
    ]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
    anywhere = ["--no-deps", "--only-binary=:all:", "--python-version=3.14", "--platform=any"]
    if pins:
        subprocess.run([*pip, *anywhere, "--abi=none", *pins], cwd=WHEELS, check=True)
    for file, entry in plain.items():
        entry["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_notebook_of_the_book_is_there_for_the_kernel_of_the_site(address: str) -> None:
    book = ROOT / "notebooks"
    chapters = [path.relative_to(book) for path in book.glob("**/[0-9]*.ipynb")]
    assert chapters
    for chapter in chapters:
        ours, theirs = (json.loads((each / chapter).read_text()) for each in (book, SITE / "files"))
        assert theirs["metadata"]["kernelspec"]["name"] == "python"
        assert theirs["cells"] == ours["cells"]


def test_a_notebook_runs_to_its_end_and_a_click_reaches_python(
    address: str, tmp_path: Path
) -> None:
    cells = [*MODEL, WIDGET]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python", "display_name": "Python", "language": "python"}
    file = {"type": "notebook", "format": "json", "content": made}
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{address}lab/index.html")
        page.wait_for_function(UP, timeout=120_000)
        page.evaluate(SAVE, ["model.ipynb", file])
        page.evaluate(OPEN, "model.ipynb")
        page.wait_for_function(READY, arg="model.ipynb", timeout=300_000)
        notebook = Notebook(page)
        notebook.run_all(limit_s=300)
        assert page.evaluate(PRINTED)[: len(MODEL)] == printed_here()
        button = page.get_by_role("button", name="Step", exact=True)
        button.click()
        page.get_by_title("1 step", exact=True).wait_for(timeout=60_000)
        page.screenshot(path=tmp_path / "lite.png")


def printed_here() -> list[str]:
    """What the cells print in this Python."""
    names: dict[str, object] = {}
    texts = []
    for cell in MODEL:
        with redirect_stdout(io.StringIO()) as text:
            exec(cell, names)
        texts.append(text.getvalue())
    return texts


def test_chromium_reads_the_webs_urls_as_the_parser_here_does() -> None:
    """It departs from the standard for a space, ``|``, ``*`` and ``'``: these are left out."""
    schemes = ("https:", "http:", "ws:", "ftp:", "blob:https:")
    urls = [
        url
        for url in dict.fromkeys([*URLS, *made_up_urls()])
        if url.lower().startswith(schemes) and not set(url) & set(" |*'\ud800")
    ]
    assert len(urls) > 500
    with chromium() as browser:
        theirs = browser.new_page().evaluate(
            "([urls, parts]) => urls.map((url) => URL.canParse(url)"
            " ? parts.map((part) => new URL(url)[part]) : null)",
            [urls, PARTS.split()],
        )
    assert dict(zip(urls, theirs, strict=True)) == {url: parts_of(url) for url in urls}


def parts_of(url: str) -> list[str] | None:
    try:
        return [getattr(parse_url(url), part) for part in PARTS.split()]
    except InvalidURL:
        return None
