"""Run notebooks and store their outputs: `python tests/execute.py [notebook …]`, by default all.

What is stored depends on the notebook alone: no times, no version of Python, no widget's random id,
no folder of this machine.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def within_root(line: str) -> str:
    """IPython writes ~ for the reader's home."""
    line = line.replace(f"{ROOT}/", "")
    home = Path.home()
    return line.replace(f"~/{ROOT.relative_to(home)}/", "") if ROOT.is_relative_to(home) else line


def execute(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    ).execute()
    notebook.metadata.update(nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE}))
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
            if output.output_type == "error":
                output.traceback = [within_root(line) for line in output.traceback]
    nbformat.write(notebook, path)


if __name__ == "__main__":
    paths = [Path(each) for each in sys.argv[1:]] or sorted(
        path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )
    for path in paths:
        print(path)
        execute(path.resolve())
