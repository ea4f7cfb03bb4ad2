"""What a capture is, and how a flat table of frames becomes a `Browser`.

Every input ends up as rows, parents above their children. The table is walked once, from the top,
so nesting costs nothing. A row may say which origin the browser reported; where URL and sandbox do
not explain it (a sandbox given by a header, a blank page opened by another frame), the report is
believed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from labcore.browser import (
    SANDBOX_TOKENS,
    Box,
    Browser,
    Document,
    Frame,
    Sandbox,
    fresh_labels,
    in_words,
    inherited_sandbox,
    load,
)
from labcore.errors import ReadersError, shown
from labcore.origin import InvalidURL, Origin, normalize_url
from labcore.worded import Worded

MAX_FRAMES = 100_000
"""No page that a browser shows has more; a file that has is refused."""

LABEL_LENGTH = 40
"""How many characters of a frame's name its label takes over."""

_SHOWN_FRAMES, _SHOWN_WIDTH = 100, 300


class CaptureError(ReadersError, ValueError):
    """A page that could not be captured, or a file that no capture can be read from."""


class Row(NamedTuple):
    """One frame, as some input describes it.

    ``key`` is unique; ``parent`` and ``opener`` are keys. ``origin`` is what the browser reported
    (``"null"`` for an opaque one), ``None`` where nobody asked it. ``label`` is derived from name
    and URL where it is ``None``.
    """

    key: str
    url: str
    parent: str | None = None
    name: str = ""
    sandbox: Sandbox = None
    opener: str | None = None
    origin: str | None = None
    label: str | None = None


@dataclass(frozen=True, repr=False)
class Capture(Worded):
    """A page as it was at one moment.

    ``complete`` says whether every frame is there; ``notes`` what was left out, cut or guessed, a
    sentence each; ``source`` where it all comes from.
    """

    browser: Browser
    complete: bool = True
    notes: tuple[str, ...] = ()
    source: str = ""

    @property
    def summary(self) -> str:
        """How much was captured, and where, in one line."""
        origins = {each.document.origin for each in self.browser.frames}
        whole = "all of them" if self.complete else "perhaps not all of them"
        where = f" ({self.source})" if self.source else ""
        return (
            f"{len(self.browser):,} frames, {len(self.browser.windows):,} windows, "
            f"{len(origins):,} origins: {whole}{where}"
        )

    def __str__(self) -> str:
        """One line that sums up, the notes, and the tree (its first hundred frames)."""
        frames = self.browser.frames
        lines = [self.summary, *(f"note: {each}" for each in self.notes[:10])]
        if len(self.notes) > 10:
            lines.append(f"… and {len(self.notes) - 10:,} more notes")
        for depth, each in islice(self.browser.in_page_order(), _SHOWN_FRAMES):
            line = in_words(each)
            shortened = line if len(line) <= _SHOWN_WIDTH else f"{line[:_SHOWN_WIDTH]}…"
            lines.append("    " * depth + shortened)
        if len(frames) > _SHOWN_FRAMES:
            lines.append(f"… and {len(frames) - _SHOWN_FRAMES:,} more frames")
        return "\n".join(lines)


def captured(
    rows: Sequence[Row], missing: Sequence[str], notes: Sequence[str], source: str
) -> Capture:
    """The capture that ``rows`` describe; it is complete if nothing is ``missing``."""
    said = [*missing, *notes]
    browser = browser_of(rows, said)
    return Capture(browser, not missing, tuple(said), source)


def browser_of(rows: Sequence[Row], notes: list[str]) -> Browser:
    """The browser that ``rows`` describe; adds to ``notes`` what is odd about them.

    Each row stands below its parent. Raises `CaptureError` where there are none or too many, and
    where a URL is none.
    """
    if not rows:
        raise CaptureError("there is no frame in it, not even the page itself")
    if len(rows) > MAX_FRAMES:
        raise too_many_frames(len(rows))
    urls = [_normal_url(row) for row in rows]
    boxes = [
        Box(url, label=row.label, name=_stem(row.name)) for url, row in zip(urls, rows, strict=True)
    ]
    keys: list[str | None] = [row.key for row in rows]
    labels = dict(zip(keys, fresh_labels(boxes, taken=set()), strict=True))
    documents: dict[str | None, Document] = {}
    frames = []
    for row, box in zip(rows, boxes, strict=True):
        label, embedder = labels[row.key], documents.get(row.parent)
        creator = embedder or documents.get(row.opener)
        limits = inherited_sandbox(row.sandbox, embedder)
        document = load(box, label, creator, limits, replaced=None)
        if row.origin is not None and row.origin != str(document.origin):
            document = _believed(document, row.origin, label, notes)
        documents[row.key] = document
        parent, opener = labels.get(row.parent), labels.get(row.opener)
        frames.append(Frame(label, document, parent, row.name, row.sandbox, opener))
    return Browser(tuple(frames))


def _normal_url(row: Row) -> str:
    """The URL of ``row`` in its normal form; a frame that loaded nothing shows about:blank."""
    try:
        return normalize_url(row.url) if row.url.strip(" :") else "about:blank"
    except InvalidURL:
        raise CaptureError(
            f"the frame {shown(row.key)} shows {shown(row.url)}, which is not a URL: "
            "write it in full, like 'https://shop.example/'"
        ) from None


def _stem(name: str) -> str:
    """What a label takes over from ``name``: one short line that can be printed."""
    printable = "".join(each if each.isprintable() else " " for each in name[: 4 * LABEL_LENGTH])
    return " ".join(printable.split())[:LABEL_LENGTH]


def _believed(document: Document, reported: str, label: str, notes: list[str]) -> Document:
    """``document`` with the origin that the browser reported for it."""
    opaque = reported == "null" or Origin.of(reported).is_opaque
    if opaque and document.origin.is_opaque:
        return document
    notes.append(
        f"the origin of {label!r} is {reported}, as the browser reported; its URL and sandbox "
        f"attribute alone would give {document.origin}"
    )
    origin = Origin.opaque((label, 1)) if opaque else Origin.of(reported)
    return replace(document, origin=origin, principal=origin)


def known_tokens(attribute: str | None, where: str, notes: list[str]) -> Sandbox:
    """The tokens of a page's ``sandbox``; those that browsers ignore are left out and noted."""
    if attribute is None:
        return None
    tokens = frozenset(attribute.lower().split())
    ignored = sorted(tokens.difference(SANDBOX_TOKENS))
    if ignored:
        listed = ", ".join(shown(each) for each in ignored[:5])
        notes.append(f"the sandbox of {where} has tokens that browsers ignore: {listed}")
    return tokens.intersection(SANDBOX_TOKENS)


def in_page_order(children: dict[str | None, list[Row]]) -> Iterator[Row]:
    """All rows that can be reached from a window, each below its parent."""
    todo = list(reversed(children.get(None, [])))
    while todo:
        row = todo.pop()
        yield row
        todo.extend(reversed(children.get(row.key, [])))


def too_many_frames(count: int) -> CaptureError:
    """The error for ``count`` frames or more."""
    return CaptureError(f"there are {count:,} frames or more in it; {MAX_FRAMES:,} is the limit")
