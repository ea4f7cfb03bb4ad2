"""As readers see it: JupyterLab on a free port, and a headless Chromium to open notebooks in it.

All that JupyterLab writes goes to a temporary folder, and whatever is started is ended.
"""

import atexit
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote

import nbformat
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SETTINGS = {  # a cell that is out of sight is in the page all the same
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
LOOKS = (
    (480, "JupyterLab Dark"),
    (700, "JupyterLab Light"),
    (1200, "JupyterLab Dark"),
    (1700, "JupyterLab Light"),
)
"""Widths of the window in pixels, and a theme for each: every widget is read in all of them."""

OPEN = "(path) => void jupyterapp.commands.execute('docmanager:open', { path })"
READY = """(path) => {
  const panel = globalThis.jupyterapp?.shell?.currentWidget;
  return panel?.context?.path === path && panel.content?.widgets?.length
    && panel.sessionContext.session?.kernel?.status === 'idle';
}"""
CLOSE = "() => jupyterapp.shell.currentWidget.dispose()"
STATE = """() => {
  const cells = jupyterapp.shell.currentWidget?.content?.widgets ?? [];
  return cells.filter((cell) => cell.model.type === 'code').map((cell) => {
    const outputs = cell.model.outputs.toJSON();
    const tags = cell.model.getMetadata('tags') ?? [];
    const error = outputs.find((each) => each.output_type === 'error');
    return {
      source: cell.model.sharedModel.source,
      done: cell.model.executionCount !== null && cell.model.executionState !== 'running',
      error: error && !tags.includes('raises-exception') ? `${error.ename}: ${error.evalue}` : null,
    };
  });
}"""


@contextmanager
def serve(folder: Path, home: Path) -> Iterator[str]:
    """JupyterLab's address, token included, while it serves the notebooks in ``folder``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for plugin, values in SETTINGS.items():
        path = home / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    token = secrets.token_hex(16)
    places = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
    ]
    with (home / "jupyterlab.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {name: str(home / place) for name, place in places.items()},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_answer(f"http://127.0.0.1:{port}/api?token={token}", process, home)
        yield f"http://127.0.0.1:{port}/lab/tree/{{path}}?reset&token={token}"
    finally:
        _end(process)


def _await_answer(
    url: str, process: subprocess.Popen[bytes], home: Path, limit_s: float = 60
) -> None:
    until = time.monotonic() + limit_s
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab does not answer:\n{(home / 'jupyterlab.log').read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server with the kernels that it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@cache
def playwright() -> Playwright:
    """The one Playwright of this process: in a thread there can be no second."""
    started = sync_playwright().start()
    atexit.register(started.stop)
    return started


@contextmanager
def chromium(args: Iterable[str] = QUIET, **options: Any) -> Iterator[Browser]:
    """The Chromium of this machine, headless, launched with Playwright's ``options``."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    browser = playwright().chromium.launch(executable_path=path, args=[*args], **options)
    try:
        yield browser
    finally:
        browser.close()


class Lab:
    """One JupyterLab and one Chromium, for any number of notebooks."""

    def __init__(self, folder: Path, address: str, browser: Browser) -> None:
        self.folder = folder
        self._address = address
        self._browser = browser
        self._idle: list[Page] = []  # where JupyterLab is up and no notebook is open

    @contextmanager
    def notebook(self, path: str, width: int = 1200, height: int = 1000) -> Iterator["Notebook"]:
        """The notebook at ``path``, opened with its kernel ready; ended with its kernel."""
        size = {"width": width, "height": height}
        page = self._idle.pop() if self._idle else self._browser.new_page()
        page.set_viewport_size(size)
        opened = Notebook(page)
        try:
            if page.url == "about:blank":
                page.goto(self._address.format(path=quote(path)))
            else:
                page.evaluate(OPEN, path)
            page.wait_for_function(READY, arg=path, timeout=60_000)
            yield opened
            opened.close()
            self._idle.append(page)
        except BaseException:
            opened.shut_down()
            page.close()
            raise

    def write(self, name: str, *cells: str) -> str:
        """A new notebook of code cells; gives back its path."""
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(made, self.folder / name)
        return name


class Notebook:
    """An open notebook. ``complaints`` are the errors in Chromium's console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", self._complain)
        page.on("console", self._hear)

    def _complain(self, error: object) -> None:
        self.complaints.append(str(error))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complain(message.text)

    def state(self) -> list[dict[str, object]]:
        """For each code cell: its source, whether it has run, and its error."""
        return self.page.evaluate(STATE)

    def run_all(self, limit_s: float = 60) -> None:
        """Run every cell and wait for the last; an error in one is an `AssertionError`."""
        self.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")
        until = time.monotonic() + limit_s
        while True:
            cells = self.state()
            for cell in cells:
                assert not cell["error"], f"{cell['source']}\n{cell['error']}"
            if all(cell["done"] for cell in cells if str(cell["source"]).strip()):
                return
            assert time.monotonic() < until, f"still running after {limit_s} s"
            time.sleep(0.1)

    def command(self, name: str, **arguments: object) -> None:
        """A command of JupyterLab's."""
        self.page.evaluate(
            "([name, given]) => jupyterapp.commands.execute(name, given)", [name, arguments]
        )

    def shut_down(self) -> None:
        """End the kernel."""
        self.page.evaluate(
            "async () => { await jupyterapp?.shell.currentWidget?.sessionContext.shutdown(); }"
        )

    def close(self) -> None:
        """End the kernel and close the notebook; JupyterLab stays."""
        self.shut_down()
        self.page.evaluate(CLOSE)
        self.page.remove_listener("pageerror", self._complain)
        self.page.remove_listener("console", self._hear)

    def stages(self) -> list["Stage"]:
        """The stages of all steppers on the page, once they are there."""
        wanted = sum("Stepper(" in str(cell["source"]) for cell in self.state())
        if wanted:
            self.page.locator(".labcore-stage").first.wait_for()
        return [Stage(each) for each in self.page.locator(".labcore-stage").all()]


class Stage:
    """A stepper as it stands on the page."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.rules = root.locator(
            "xpath=ancestor::*[contains(@class, 'widget-vbox')][1]"
            "//*[contains(@class, 'labcore-toggles')]"
        )

    def button(self, name: str) -> Locator:
        """Previous, Next, Play or Pause."""
        return self.root.get_by_role("button", name=name)

    def rule(self, toggle: str, value: str) -> Locator:
        """One of the values to choose from."""
        return self.rules.get_by_role("radiogroup", name=toggle).get_by_role(
            "radio", name=value, exact=True
        )

    @property
    def slider(self) -> Locator:
        """The slider over the steps."""
        return self.root.get_by_role("slider", name="Step")

    @property
    def index(self) -> int:
        """The number of steps taken."""
        return int(self.slider.input_value())

    @property
    def last(self) -> int:
        """The number of the last step."""
        return int(self.slider.get_attribute("max") or 0)

    @property
    def picture(self) -> Locator:
        """The one picture that can be seen."""
        return self.root.locator(".labcore-screen img:not(.labcore-hidden)")

    @property
    def verdict(self) -> str:
        """What the banner says."""
        return self.root.get_by_role("status").inner_text().partition("\n")[2].strip()

    @property
    def note(self) -> Locator:
        """What the last change of a rule did."""
        return self.root.locator(".labcore-note")

    def wait_for_pictures(self) -> None:
        """Wait until all of them are there."""
        expect(self.picture).to_be_visible()


@contextmanager
def jupyterlab(temporary: Path, notebooks: Path | None = None) -> Iterator[Lab]:
    """JupyterLab and Chromium over a copy of ``notebooks`` without outputs."""
    folder, home = temporary / "notebooks", temporary / "home"
    home.mkdir(parents=True)
    if notebooks is None:
        folder.mkdir()
    else:
        shutil.copytree(notebooks, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for path in folder.rglob("*.ipynb"):
        copy = nbformat.read(path, as_version=4)
        for cell in copy.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(copy, path)
    with serve(folder, home) as address, chromium() as browser:
        yield Lab(folder, address, browser)
