"""Links that open a chapter on Binder: `python binder/editions/badges.py OWNER/NAME [REF]`.

The book cannot know where it is published, so whoever publishes it runs this once. It writes a
table of badges into README.md and a link under the title of each chapter. Run again, it writes
others in their place.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- badges -->\n", "<!-- end of badges -->\n"
WORDS = "Open this chapter on Binder"
LINK = re.compile(rf"\n*\[{WORDS}\]\([^)]*\)")
REPOSITORY, REF = re.compile(r"[\w.-]+/[\w.-]+"), re.compile(r"[\w./-]+")


def address(repository: str, ref: str, chapter: str) -> str:
    """Where Binder opens a chapter of a repository on GitHub."""
    opened = quote(f"lab/tree/notebooks/{chapter}", safe="")
    return f"https://mybinder.org/v2/gh/{repository}/{quote(ref, safe='')}?urlpath={opened}"


def badges(root: Path, repository: str, ref: str = "HEAD") -> dict[Path, str]:
    """What stands in the README and in each chapter. Raises `ValueError` for what names nothing."""
    if not REPOSITORY.fullmatch(repository):
        raise ValueError(f"a repository is OWNER/NAME, as on GitHub, not {repository!r}")
    if not REF.fullmatch(ref):
        raise ValueError(f"a ref is a branch, a tag or a commit, not {ref!r}")
    written, rows = {}, ["| chapter | |", "|---|---|"]
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        link = address(repository, ref, path.name)
        notebook = json.loads(path.read_text(encoding="utf-8"))
        first = notebook["cells"][0]
        text = LINK.sub("", "".join(first["source"]))
        first["source"] = f"{text}\n\n[{WORDS}]({link})".splitlines(keepends=True)
        written[path] = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        title = text.splitlines()[0].removeprefix("# ")
        badge = f"[![{WORDS}](https://mybinder.org/badge_logo.svg)]({link})"
        rows.append(f"| {title} | {badge} |")
    readme = root / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    if not begin or END not in rest:
        raise ValueError(f"README.md has no place for badges: the line {BEGIN.strip()}")
    table = "\n".join(rows) + "\n"
    written[readme] = f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}"
    return written


if __name__ == "__main__":
    try:
        files = badges(ROOT, *sys.argv[1:3]) if len(sys.argv) > 1 else {}
    except ValueError as error:
        sys.exit(str(error))
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    print(f"{len(files)} files written" if files else __doc__)
