"""Every notebook was run before it was stored: nbval passes one without outputs vacuously."""

from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(
    path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
MAX_BYTES = 3_000_000

pytestmark = pytest.mark.parametrize(
    "path", PATHS, ids=lambda path: str(path.relative_to(NOTEBOOKS))
)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def outputs(path: Path) -> list[tuple[nbformat.NotebookNode, nbformat.NotebookNode]]:
    return [(cell, output) for cell in code_cells(path) for output in cell.outputs]


def test_every_code_cell_was_run_from_top_to_bottom(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "run 'make execute'"


def test_no_cell_ends_in_an_error_that_it_does_not_announce(path: Path) -> None:
    for cell, output in outputs(path):
        announced = "raises-exception" in cell.metadata.get("tags", [])
        assert output.output_type != "error" or announced, cell.source


def test_no_cell_writes_to_stderr(path: Path) -> None:
    for cell, output in outputs(path):
        assert output.get("name") != "stderr", cell.source


def test_no_execution_time_is_stored(path: Path) -> None:
    for cell in code_cells(path):
        assert "execution" not in cell.metadata, cell.source


def test_metadata_names_the_kernel_and_holds_no_widget_state(path: Path) -> None:
    metadata = nbformat.read(path, as_version=nbformat.NO_CONVERT).metadata
    assert metadata.get("kernelspec", {}).get("name") == "python3"
    assert metadata.get("kernelspec", {}).get("language", "python") == "python"
    assert metadata.get("language_info", {}).get("name") == "python"
    assert "widgets" not in metadata


def test_format_is_valid_and_every_cell_has_an_id_of_its_own(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    ids = [cell.get("id") for cell in notebook.cells]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_size_stays_readable(path: Path) -> None:
    assert path.stat().st_size < MAX_BYTES
