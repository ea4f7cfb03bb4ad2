"""Runs a notebook and keeps what its widgets show.

The notebook's file stays as it is: its outputs are those that the tests compare. What was kept is
kept in a folder for the next time, under a name that changes with the notebook and the model.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

import labcore

PACKAGE = Path(labcore.__file__).parent
SAVE = "from labcore.site.saved import save\n\nsave(Out, {path!r})"
TIME_LIMIT_S = 600
AT_ONCE = 2

Recording = dict[str, dict[str, Any]]
"""What `labcore.site.saved` saves of a notebook's results, by the number of the cell's run."""


def recordings(paths: Iterable[Path], kept: Path) -> dict[Path, Recording]:
    """A recording of each notebook that has something to click; new ones are kept in ``kept``."""
    clickable = [path for path in paths if "labcore.widgets" in path.read_text(encoding="utf-8")]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(
            zip(clickable, pool.map(lambda path: recording(path, kept), clickable), strict=True)
        )


def recording(path: Path, kept: Path) -> Recording:
    """What is saved of the notebook at ``path``, from ``kept`` if it is there."""
    stored = kept / f"{path.stem}-{fingerprint(path)}.json"
    if not stored.exists():
        text = json.dumps(record(path))
        kept.mkdir(parents=True, exist_ok=True)
        for old in kept.glob(f"{path.stem}-*.json"):
            old.unlink()
        stored.write_text(text, encoding="utf-8")
    found: Recording = json.loads(stored.read_text(encoding="utf-8"))
    return found


def record(path: Path) -> Recording:
    """Run the notebook at ``path``. Raises `CellExecutionError` where it fails."""
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "saved.json"
        notebook.cells.append(nbformat.v4.new_code_cell(SAVE.format(path=str(file))))
        NotebookClient(
            notebook,
            timeout=TIME_LIMIT_S,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            store_widget_state=False,
            extra_arguments=["--log-level=ERROR"],
        ).execute()
        found: Recording = json.loads(file.read_text(encoding="utf-8"))
        return found


def fingerprint(path: Path) -> str:
    """A name for the notebook at ``path``, the data beside it, and the model as they are now."""
    data = sorted((path.parent / "data").glob("*"))
    return digest([path, *data], model())


@cache
def model() -> str:
    """A name for all code of the model, its pictures and its widgets, and for what is saved."""
    site = Path(__file__).parent
    code = sorted(each for each in PACKAGE.rglob("*.py") if each.parent != site)
    return digest([*code, site / "saved.py"])


def digest(paths: Iterable[Path], start: str = "") -> str:
    """A short name for what is in some files."""
    found = blake2b(start.encode(), digest_size=8)
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()
