"""Captures in files: our own JSON, the DevTools protocol's, and saved pages.

They are told apart by what is in them.

Our own JSON is a flat list of frames, each below its parent, so that depth is no limit::

    {"format": "labcore capture", "version": 1, "source": …, "complete": true, "notes": [],
     "frames": [{"label": "news", "url": "https://news.example/"},
                {"label": "ad", "url": …, "parent": "news", "name": …, "sandbox": "allow-scripts"}]}

A window may have an ``opener``. ``origin`` is there only where URL, parent and sandbox do not tell
it.
"""

import json
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from labcore.browser import Browser, sandbox_tokens
from labcore.capture.devtools import from_devtools, is_devtools
from labcore.capture.table import Capture, CaptureError, Row, browser_of
from labcore.errors import UnknownName, shown, unknown

FORMAT, VERSION = "labcore capture", 1

MAX_BYTES = 100 * 2**20
"""Larger files are refused."""

LABEL_LIMIT = 1_000
"""How many characters a label in a file may have."""

_FIELDS = ("label", "url", "parent", "name", "sandbox", "opener", "origin")
_KINDS = (
    "a capture that save() wrote, the JSON of Page.getFrameTree, or a page saved as HTML "
    "('Webpage, Complete')"
)


def save(seen: Capture | Browser, path: str | Path) -> None:
    """Writes a capture, or any browser that `Browser.of` makes, to the file ``path``.

    Raises `CaptureError` where a browser has something that the format has no place for, such as a
    document whose script has set ``document.domain``.
    """
    if isinstance(seen, Browser):
        seen = Capture(seen)
    if not isinstance(seen, Capture):
        raise TypeError(f"save takes a Capture or a Browser, not {shown(seen)}")
    rows = _rows_of(seen.browser)
    for kept, each in zip(browser_of(rows, []).frames, seen.browser.frames, strict=True):
        if kept != each:
            raise CaptureError(f"the format has no place for all that {shown(each)} is")
    table = {
        "format": FORMAT,
        "version": VERSION,
        "source": seen.source,
        "complete": seen.complete,
        "notes": list(seen.notes),
    }
    head = json.dumps(table, indent=1)[:-2]
    lines = ",\n".join(f"  {json.dumps(_json_row(row))}" for row in rows)
    Path(path).write_text(f'{head},\n "frames": [\n{lines}\n ]\n}}\n', encoding="ascii")


def load(path: str | Path, *, url: str | None = None) -> Capture:
    """The capture in the file ``path``: ours, DevTools' JSON, or a saved page.

    ``url`` is the address of a saved page that does not tell its own. Raises `FileNotFoundError`,
    which suggests the nearest file, and `CaptureError`, which says what is wrong with the file.
    """
    file = Path(path)
    raw = read(file)
    start = raw.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\f")[:4096]
    if not start:
        raise CaptureError(f"{file.name} is empty; it should hold {_KINDS}")
    try:
        if start[:1] in b"{[":
            return _from_json(raw, file.name)
        if re.search(
            rb"^(MIME-Version|Content-Type): *multipart|Saved by Blink", start, re.M | re.I
        ):
            raise CaptureError(
                "it is an MHTML archive: save the page as 'Webpage, Complete' instead"
            )
        if start[:1] == b"<" or file.suffix.lower() in (".html", ".htm", ".xhtml"):
            from labcore.capture.html import from_html

            return from_html(file, raw, url)
    except UnknownName as error:
        raise CaptureError(f"{file.name}: {error}") from error
    except CaptureError as error:
        raise CaptureError(f"{file.name}: {error}") from error.__cause__
    raise CaptureError(f"{file.name} starts with {shown(start[:40])}; it should hold {_KINDS}")


def read(file: Path) -> bytes:
    """What is in ``file``. Raises `FileNotFoundError` with the nearest name, or `CaptureError`."""
    if file.is_dir():
        raise CaptureError(f"{file.name!r} is a folder; give a file in it")
    if not file.is_file():
        there = [each.name for each in file.parent.iterdir()] if file.parent.is_dir() else []
        near = get_close_matches(file.name, there, n=1, cutoff=0.5)
        hint = f"; did you mean {str(file.parent / near[0])!r}?" if near else ""
        raise FileNotFoundError(f"there is no file {str(file)!r}{hint}")
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise CaptureError(
            f"{file.name} has {size / 2**20:,.0f} MB; {MAX_BYTES // 2**20} MB is the limit"
        )
    return file.read_bytes()


def _from_json(raw: bytes, filename: str) -> Capture:
    """The capture in JSON text of either kind."""
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise CaptureError(f"it is not JSON: {str(error)[:200]}") from None
    except RecursionError:
        raise CaptureError(
            "its JSON nests deeper than can be read; the flat table that save() writes has no limit"
        ) from None
    if isinstance(value, dict) and ("format" in value or "frames" in value):
        return _from_ours(value)
    if not is_devtools(value):
        found = f"has the keys {shown(list(value))}" if isinstance(value, dict) else "is a list"
        raise CaptureError(f"this JSON {found}; it should be {_KINDS}")
    return from_devtools(value, filename)


def _from_ours(table: dict[str, Any]) -> Capture:
    """The capture that `save` wrote."""
    if table.get("format") != FORMAT:
        raise CaptureError(f"the format is {shown(table.get('format'))}; it should be {FORMAT!r}")
    if table.get("version") != VERSION:
        raise CaptureError(f"the version is {shown(table.get('version'))}; only {VERSION} is known")
    expected = {"source": str, "complete": bool, "notes": list, "frames": list}
    for field, kind in expected.items():
        if not isinstance(table.get(field), kind):
            raise CaptureError(f"{field!r} is a {kind.__name__}, not {shown(table.get(field))}")
    notes = table["notes"]
    if not all(isinstance(each, str) for each in notes):
        raise CaptureError(f"the notes are texts, not {shown(notes)}")
    rows = [_checked_row(fields, place) for place, fields in enumerate(table["frames"])]
    places = {row.key: place for place, row in enumerate(rows)}
    for place, row in enumerate(rows):
        if places[row.key] != place:
            raise CaptureError(f"the label {shown(row.key)} is used twice; labels are unique")
        for relation, other in (("parent", row.parent), ("opener", row.opener)):
            if other is not None and other not in places:
                raise unknown(relation, other, places)
        if row.parent == row.key:
            raise CaptureError(f"the frame {shown(row.key)} is inside itself")
        if row.parent is not None and places[row.parent] > place:
            raise CaptureError(
                f"the frame {shown(row.key)} is inside {shown(row.parent)}, which comes later: "
                "frames stand below their parents, and none is inside itself"
            )
    return Capture(browser_of(rows, []), table["complete"], tuple(notes), table["source"])


def _checked_row(fields: object, place: int) -> Row:
    """One of our frames. Raises `CaptureError` that says which, and what is wrong with it."""
    if not isinstance(fields, dict):
        raise CaptureError(
            f"frame {place} is {shown(fields)}, not an object with a label and a url"
        )
    for field, value in fields.items():
        if field not in _FIELDS:
            raise unknown("field", field, _FIELDS)
        if not isinstance(value, str):
            raise CaptureError(f"frame {place}: its {field} is a text, not {shown(value)}")
    label = fields.get("label", "")
    if not label.strip() or len(label) > LABEL_LIMIT:
        raise CaptureError(
            f"frame {place}: its label is a text of 1 to {LABEL_LIMIT:,} characters, not "
            f"{shown(label)}"
        )
    if "url" not in fields:
        raise CaptureError(f"the frame {shown(label)} has no url")
    if "opener" in fields and "parent" in fields:
        raise CaptureError(f"the frame {shown(label)} is not a window, so it has no opener")
    return Row(label, **{**fields, "sandbox": sandbox_tokens(fields.get("sandbox"))})


def _rows_of(browser: Browser) -> list[Row]:
    """The table of ``browser``, with an origin where nothing else tells it."""
    rows = [
        Row(f.label, f.document.url, f.parent, f.name, f.sandbox, f.opener, None, f.label)
        for f in browser.frames
    ]
    derived = [str(each.document.origin) for each in browser_of(rows, []).frames]
    actual = [str(each.document.origin) for each in browser.frames]
    return [
        row if origin == known else row._replace(origin=origin)
        for row, known, origin in zip(rows, derived, actual, strict=True)
    ]


def _json_row(row: Row) -> dict[str, str]:
    """One frame as JSON, without what is not there."""
    sandbox = " ".join(sorted(row.sandbox)) if row.sandbox is not None else None
    told = {**row._asdict(), "name": row.name or None, "sandbox": sandbox}
    return {field: told[field] for field in _FIELDS if told[field] is not None}
