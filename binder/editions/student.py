"""The book as students get it: `python binder/editions/student.py FOLDER`.

It is the book without solutions, without what is for instructors, and without tests, which hold
answers too. What is left runs as before: `make lab`, `make site`, Binder.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "notebooks",
    "labcore",
    "binder",
    "requirements.txt",
    "pyproject.toml",
    "Makefile",
    "LICENSE",
)
WITHHELD = ("notebooks/solutions", "notebooks/instructors", "labcore/course", "binder/hub")
MARK = ".labcore-student-edition"
README = """\
# How browsers isolate frames

An interactive textbook in Jupyter notebooks, over a compact Python model.

With Python 3.11 or newer:

```sh
make lab     # sets up .venv the first time, then opens the book in JupyterLab
```

On Windows, without `make`, type this instead, in this folder:

```bat
py -m venv .venv
.venv\\Scripts\\python -m pip install -r requirements.txt
.venv\\Scripts\\python -m jupyterlab notebooks\\00_welcome.ipynb
```

<!-- badges -->
<!-- end of badges -->

Hand in your exercises as a file: at the end of a chapter, run in a cell of its own

```python
from labcore.exercises import save_grades

save_grades("alice.json", student="Alice")
```

Code is under the BSD 3-Clause licence, text and figures of the book under CC BY 4.0; see `LICENSE`.
"""


def build(folder: Path, root: Path = ROOT) -> None:
    """Write the students' edition of the book in ``root`` to ``folder``, anew.

    Raises `FileExistsError` for a folder that holds anything else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise FileExistsError(f"{folder} holds something else; name another folder")
    withheld = {root / each for each in WITHHELD}

    def left_out(where: str, names: list[str]) -> set[str]:
        hidden = {name for name in names if name.startswith(".") or name == "__pycache__"}
        return hidden | {name for name in names if Path(where, name) in withheld}

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    for part in PARTS:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=left_out)
        else:
            shutil.copy(source, folder / part)
    (folder / "README.md").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        build(Path(sys.argv[1]).resolve())
    except OSError as error:
        sys.exit(str(error))
    print(f"{sys.argv[1]}: the book without solutions")
