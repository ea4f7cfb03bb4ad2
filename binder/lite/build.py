"""The book as static files: JupyterLite, whose Python is Pyodide in the reader's browser.

``build.py NPM OUTPUT``, where ``NPM`` is npm's package ``pyodide``. Pyodide has a lockfile: what it
offers, and which import needs what. The site's own lockfile has labcore and what it needs beside
Pyodide's packages, so that ``import labcore`` is all that a notebook says. Pyodide, and its builds
of numpy and matplotlib, stay at its public host.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import jupyterlite_pyodide_kernel
import nbformat
from jupyterlite_core.constants import SHARE_LABEXTENSIONS
from jupyterlite_pyodide_kernel.constants import (
    PYODIDE_CDN_URL,
    PYODIDE_KERNEL_NPM_NAME,
    PYODIDE_KERNEL_PLUGIN_ID,
    PYODIDE_PYTHON_VERSION,
    PYODIDE_VERSION,
)
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[2]
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKFILE = "static/pyodide-lock.json"
KERNEL_EXTENSION = Path(jupyterlite_pyodide_kernel.__file__).parents[1] / SHARE_LABEXTENSIONS
KERNEL = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"]
"""What the kernel starts with; loaded by the lockfile, nothing is looked for in a registry."""

THE_PAGE = {"jupyterlab", "jupyterlab-widgets", "widgetsnbextension", "ipykernel"}
"""What a notebook server needs to be JupyterLab with widgets, and the page is already."""

BROWSER = {
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "python_version": PYODIDE_PYTHON_VERSION,
    "extra": "",
}
SAME_EVERY_TIME = {"SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "0"}

Packages = dict[str, dict[str, object]]


def build(npm: Path, output: Path) -> None:
    """Make the site in ``output``, in place of what is there."""
    pyodide = json.loads((npm / "pyodide-lock.json").read_text())
    version = json.loads((npm / "package.json").read_text())["version"]
    if version != PYODIDE_VERSION:
        raise SystemExit(f"the kernel is for Pyodide {PYODIDE_VERSION}, npm's is {version}")
    shutil.rmtree(output, ignore_errors=True)
    with TemporaryDirectory() as temporary:
        jupyterlite(Path(temporary), output)
    static = (output / LOCKFILE).parent
    static.mkdir(exist_ok=True)
    needed = dict(needs(OURS["name"], set(pyodide["packages"])))
    others = needed.keys() - {OURS["name"]}
    fetch_wheels([f"{name}=={metadata.version(name)}" for name in sorted(others)], static)
    build_labcore(static)
    shims = output / "extensions" / PYODIDE_KERNEL_NPM_NAME / "static" / "pypi"
    packages: Packages = {
        name: entry | {"file_name": f"{PYODIDE_CDN_URL}/{entry['file_name']}"}
        for name, entry in pyodide["packages"].items()
    }
    for wheel in sorted([*static.glob("*.whl"), *shims.glob("*.whl")]):
        entry = described(wheel, os.path.relpath(wheel, static))
        packages[str(entry["name"])] = entry
    for name, depends in needed.items():
        packages[name]["depends"] = depends
    write_json(output / LOCKFILE, pyodide | {"packages": packages})


def jupyterlite(folder: Path, output: Path) -> None:
    """JupyterLab and the notebooks, by ``jupyter lite build`` in an empty ``folder``."""
    contents = folder / "notebooks"
    shutil.copytree(ROOT / "notebooks", contents, ignore=shutil.ignore_patterns(".*", "*.toml"))
    for path in contents.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["kernelspec"]["name"] = "python"
        nbformat.write(notebook, path)
    kernel = {"loadPyodideOptions": {"lockFileURL": f"./{LOCKFILE}", "packages": KERNEL}}
    write_json(
        folder / "jupyter-lite.json",
        {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {
                "appName": "How browsers isolate frames",
                "exposeAppInBrowser": True,
                "litePluginSettings": {PYODIDE_KERNEL_PLUGIN_ID: kernel},
            },
        },
    )
    command = [sys.executable, "-m", "jupyterlite_core.app", "build", "--log-level=ERROR"]
    command += ["--apps=lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    command += [f"--FederatedExtensionAddon.extra_labextensions_path={KERNEL_EXTENSION}"]
    command += [f"--lite-dir={folder}", f"--contents={contents}", f"--output-dir={output}"]
    run(command, folder)


def needs(name: str, offered: set[str]) -> Iterator[tuple[str, list[str]]]:
    """``name`` and what it needs that Pyodide has not ``offered``; each with its needs."""
    requires = OURS["dependencies"] if name == OURS["name"] else metadata.requires(name) or []
    required = map(Requirement, requires)
    here = {
        canonicalize_name(r.name) for r in required if not r.marker or r.marker.evaluate(BROWSER)
    }
    yield name, sorted(here - THE_PAGE)
    for each in sorted(here - THE_PAGE - offered):
        yield from needs(each, offered)


def fetch_wheels(pins: list[str], folder: Path) -> None:
    """The wheels of packages in plain Python, as pip finds them."""
    anywhere = ["--no-deps", "--only-binary=:all:", "--platform=any", "--abi=none"]
    run([*PIP, "download", *anywhere, f"--python-version={PYODIDE_PYTHON_VERSION}", *pins], folder)


def build_labcore(folder: Path) -> None:
    """The wheel of labcore as it is now, built from a copy: a build leaves files behind."""
    with TemporaryDirectory() as temporary:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, temporary)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "labcore", Path(temporary, "labcore"), ignore=ignored)
        run([*PIP, "wheel", "--no-deps", temporary], folder)


def described(wheel: Path, file_name: str) -> dict[str, object]:
    """A wheel's entry in the lockfile."""
    name, version, *_ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        modules = [
            path for path in archive.namelist() if path.endswith(".py") and ".data/" not in path
        ]
    return {
        "name": name,
        "version": str(version),
        "file_name": file_name,
        "install_dir": "site",
        "package_type": "package",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "imports": sorted({path.partition("/")[0].removesuffix(".py") for path in modules}),
        "depends": [],
        "unvendored_tests": False,
    }


PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def run(command: list[str], folder: Path) -> None:
    """Run ``command`` in ``folder``; what it says is shown if it fails."""
    environment = os.environ | SAME_EVERY_TIME
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def write_json(path: Path, value: object) -> None:
    """Write ``value`` for a program to read."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    build(*(Path(argument).resolve() for argument in sys.argv[1:]))
