"""Measure what each chapter's kernel takes: `python tests/footprints.py [notebook …]`.

Each chapter, by default all, runs in a fresh kernel. Stored are the most memory that the kernel's
process held, in MB (10⁶ bytes; Linux's VmHWM), and the processor time that it used, in seconds.
Both are the kernel's own: what a cell starts as another process is not in them, nor is JupyterLab,
nor what a reader adds.

VmHWM and not `getrusage`: `ru_maxrss` survives exec, so that a small kernel would show the size of
the process that started it. Processor time and not the clock's: other work on the machine slows a
chapter down, and hardly adds to what it uses.
"""

import json
import re
import sys
from pathlib import Path

import nbformat
import psutil
from execute import KERNEL, NOTEBOOKS
from nbclient import NotebookClient

STORED = NOTEBOOKS / "data" / "footprints.json"
CHAPTERS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def peak_mb(pid: int) -> float:
    """The most memory that the process has held so far, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, "VmHWM is Linux's"
    return int(found[1]) * 1024 / 1e6


def footprint(path: Path) -> dict[str, float]:
    """What the kernel has taken when all cells of the notebook have run."""
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=600,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    with client.setup_kernel():
        pid = client.km.provisioner.pid
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
        used = psutil.Process(pid).cpu_times()
        return {"peak_mb": round(peak_mb(pid)), "cpu_s": round(used.user + used.system, 1)}


if __name__ == "__main__":
    for path in [Path(each).resolve() for each in sys.argv[1:]] or CHAPTERS:
        measured = footprint(path)
        print(path.stem, measured, flush=True)
        stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}
        kept = {each.stem: stored[each.stem] for each in CHAPTERS if each.stem in stored}
        text = json.dumps(dict(sorted({**kept, path.stem: measured}.items())), indent=1)
        STORED.write_text(text + "\n", encoding="utf-8")
