"""Grades that do not rest on a student's word: the notebooks that were handed in, run again.

What students have written runs with the rights of whoever runs it, so do this where there is
nothing to lose: in a container, or as a user of its own. A notebook that meddles with labcore
itself can still lie.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from labcore.errors import WrongValue, shown
from labcore.exercises import BadGrades, Grades
from labcore.exercises.grades import read_grades
from labcore.progress import progress

SAVE = "from labcore.exercises import save_grades; save_grades({!r}, {!r})"


def regrade(
    folder: str | Path, notebooks: str | Path = ".", seconds: float = 120.0
) -> list[Grades]:
    """What the notebooks in ``folder`` reach when they are run: a folder in it for each student.

    They run in ``notebooks``, the folder of the chapters, where they find their data. A cell that
    takes longer than so many ``seconds`` is interrupted; a notebook that ends its kernel reaches
    nothing. Quizzes are answered by clicks, so they count as unanswered. Raises `BadGrades` for a
    folder without students' folders and for a file that is no notebook, `WrongValue` where there
    are no chapters.
    """
    if not Path(folder).is_dir():
        raise BadGrades(f"{shown(str(folder))} is no folder")
    if not list(Path(notebooks).glob("[0-9][0-9]_*.ipynb")):
        raise WrongValue(f"{shown(str(notebooks))} is not the folder of the chapters")
    handed_in = [
        (student.name, file)
        for student in sorted(Path(folder).iterdir())
        for file in sorted(student.glob("*.ipynb"))
    ]
    if not handed_in:
        raise BadGrades(f"{shown(str(folder))} has no folder with notebooks in it")
    reached: dict[str, list[Grades]] = {}
    for student, file in progress(handed_in, desc="regrading", unit="notebook"):
        reached.setdefault(student, []).append(rerun(file, student, Path(notebooks), seconds))
    return [together(student, grades) for student, grades in reached.items()]


def rerun(file: Path, student: str, notebooks: Path, seconds: float) -> Grades:
    """What one notebook reaches. Raises `BadGrades`."""
    import nbformat  # here, since the rest of the package works in a page, which has no kernels
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    try:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise BadGrades(f"{shown(file.name, 80)} is no notebook: {shown(str(error))}") from error
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "grades.json")
        notebook.cells.append(nbformat.v4.new_code_cell(SAVE.format(str(saved), student)))
        client = NotebookClient(
            notebook,
            timeout=seconds,
            interrupt_on_timeout=True,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": str(notebooks)}},
        )
        with suppress(DeadKernelError):
            client.execute()
        if saved.is_file():
            return read_grades(saved)
    return Grades(student, frozenset(), {}, frozenset())


def together(student: str, grades: Sequence[Grades]) -> Grades:
    """What several notebooks of one student reach."""
    misses: Counter[str] = Counter()
    for each in grades:
        misses.update(each.misses)
    passed = frozenset(name for each in grades for name in each.passed)
    return Grades(student, passed, dict(misses), frozenset())
