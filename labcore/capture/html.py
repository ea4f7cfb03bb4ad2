"""A page saved as HTML, with the files of its frames beside it: what 'Webpage, Complete' writes.

Chromium says in each file where it came from (``<!-- saved from url=(0020)https://… -->``); Firefox
does not, and then the page's canonical address stands in, or that of its file. Files outside the
page's folder are never read. Frames that scripts add when the page runs are not in any file.

A tree builder takes quadratic time on hostile nesting, and this one question needs no tree: a scan
finds the tags (HTML Standard, "Tokenization"), and the HTML library reads their attributes.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from labcore.capture.table import (
    MAX_FRAMES,
    Capture,
    CaptureError,
    Row,
    browser_of,
    known_tokens,
    too_many_frames,
)
from labcore.errors import not_in_a_page, shown
from labcore.origin import InvalidURL, normalize_url, parse_url

MAX_TOTAL_BYTES = 200 * 2**20
"""A page whose frames' files are larger together is refused."""

_SPACE = " \t\n\f\r"
_RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript")
"""Elements whose content is text while scripts run."""

_WANTED = ("iframe", "frame", "object", "embed", "base", "link", "meta")
_NAMES = "|".join({*_RAW, *_WANTED, "template", "frameset"})
_ATTRIBUTES = r"""(?:[^>=]++|=[ \t\n\f\r]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))|=)*+"""
_TAG = re.compile(  # text, comments and tags that do not matter, then one that does
    rf"(?:[^<]++|<+(?=<)|<!--(?:-?>|.*?(?:--!?>|\Z))"
    rf"|<(?!/?(?:{_NAMES})[\s/>])(?:/?[a-z]{_ATTRIBUTES}(?:>|\Z))?+)*+"
    rf"<(/?)({_NAMES})(?=[\s/>])({_ATTRIBUTES})>",
    re.S | re.I | re.A,
)
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.I) for name in _RAW}
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\((\d{4,})\)(\S+)")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.I)


class Element(NamedTuple):
    """A tag that embeds a frame."""

    tag: str
    attributes: dict[str, str]


@dataclass
class Page:
    """What one HTML text says: the frames it embeds, and where it is from, if it says so."""

    elements: list[Element] = field(default_factory=list)
    saved_from: str | None = None
    canonical: str | None = None
    base: str | None = None


@dataclass(frozen=True)
class Level:
    """A document whose frames are being listed.

    Their addresses are relative to ``base``, which is ``None`` where nothing tells it.
    """

    page: Page
    key: str
    base: str | None
    file: Path
    open_files: frozenset[Path]


def from_html(file: Path, raw: bytes, url: str | None) -> Capture:
    """The page in ``file``, whose bytes are ``raw``, with its frames. Raises `CaptureError`."""
    return _Reader(file.resolve(), raw).capture(normalize_url(url) if url is not None else None)


def page_in(text: str) -> Page:
    """What the HTML ``text`` says of frames; those in templates and ``<noscript>`` are none."""
    page = Page()
    if found := _SAVED_FROM.search(text[:20_000]):
        page.saved_from = _web_url(found[2][: int(found[1])])
    tags = list(_tags(text))
    for (name, _), told in zip(tags, _attributes(tags), strict=True):
        if name == "base":
            page.base = page.base or told.get("href")
        elif name == "link" and "canonical" in told.get("rel", "").lower().split():
            page.canonical = page.canonical or _web_url(told.get("href", ""))
        elif name == "meta" and told.get("property", "").lower() == "og:url":
            page.canonical = page.canonical or _web_url(told.get("content", ""))
        elif name in ("iframe", "frame") or (name in ("object", "embed") and _shows_page(told)):
            page.elements.append(Element(name, told))
    return page


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Name and attributes, as written, of the tags that matter here, in the order of the page."""
    at, templates, framesets = 0, 0, 0
    while match := _TAG.match(text, at):
        at = match.end()
        name, ends = match[2].lower(), bool(match[1])
        if name == "template":
            templates = max(0, templates + (-1 if ends else 1))
        elif name == "frameset":
            framesets = max(0, framesets + (-1 if ends else 1))
        outside = name == "frame" and not framesets
        if name in _WANTED and not (ends or templates or outside):
            yield name, match[3]
        if name in _ENDS and not ends:
            end = _ENDS[name].search(text, at)
            at = end.start() if end else len(text)


def _attributes(tags: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """The attributes of each tag, read by the HTML library."""
    not_in_a_page("reading a saved page", "selectolax, which parses its HTML, has no build for it")
    from selectolax.lexbor import LexborHTMLParser

    text = "".join(f"<x-tag {attributes} ></x-tag>" for _, attributes in tags)
    for node in LexborHTMLParser(f"<body>{text}").css("x-tag"):
        yield {name: value or "" for name, value in node.attributes.items()}


def _shows_page(attributes: dict[str, str]) -> bool:
    """Whether an ``<object>`` or ``<embed>`` shows a page, and not a picture or a film."""
    source = attributes.get("data") or attributes.get("src") or ""
    is_file = re.search(r"\.html?([?#]|$)", source, re.I) is not None
    return "html" in attributes.get("type", "html" if is_file else "").lower()


def _web_url(text: str) -> str | None:
    """``text`` if it is a full address on the web."""
    if not text.strip().lower().startswith(("http://", "https://")):
        return None
    try:
        return normalize_url(text)
    except InvalidURL:
        return None


class _Reader:
    """Walks a saved page and its frames' files with a stack of its own: depth is no limit."""

    def __init__(self, file: Path, raw: bytes) -> None:
        self.file = file
        self.folder = file.parent
        self.notes: list[str] = []
        self.complete = True
        self.bytes_read = 0
        self.pages: dict[Path, Page] = {file: page_in(_decoded(raw))}

    def capture(self, url: str | None) -> Capture:
        name, page = self.file.name, self.pages[self.file]
        told = url or page.saved_from
        url = told or page.canonical or _file_url(name)
        if not told and page.canonical:
            self.notes.append(f"{name} was taken to be from its canonical address, {shown(url)}")
        elif not told:
            self.notes.append(f"{name} does not say where it is from: give load(…, url=…)")
        rows = [Row("0", url)]
        top = _level(page, "0", url, self.file, frozenset())
        todo = [(each, top) for each in reversed(page.elements)]
        while todo:
            element, level = todo.pop()
            if len(rows) >= MAX_FRAMES:
                raise too_many_frames(len(rows))
            row, inner = self._frame(element, level, str(len(rows)))
            rows.append(row)
            if inner is not None:
                todo.extend((each, inner) for each in reversed(inner.page.elements))
        if len(rows) == 1:
            self.notes.append(f"{name} embeds no frames")
        browser = browser_of(rows, self.notes)
        return Capture(browser, self.complete, tuple(self.notes), name)

    def _frame(self, element: Element, level: Level, key: str) -> tuple[Row, Level | None]:
        """The row of ``element``, and the document in it, if its text is there."""
        told = element.attributes
        source = (told.get("src") or told.get("data") or "").strip(_SPACE)
        inner = None
        if element.tag == "iframe" and "srcdoc" in told:
            url = "about:srcdoc"
            page = replace(page_in(told["srcdoc"]), saved_from=level.page.saved_from)
            inner = _level(page, key, level.base, level.file, level.open_files)
        elif not source:
            url = "about:blank"
        else:
            url, inner = self._resource(source, level, key)
        attribute = told.get("sandbox") if element.tag == "iframe" else None
        sandbox = known_tokens(attribute, f"frame {key}", self.notes)
        return Row(key, url, level.key, told.get("name", ""), sandbox), inner

    def _resource(self, source: str, level: Level, key: str) -> tuple[str, Level | None]:
        """The URL that ``source`` stands for, and the document in its file, if there is one."""
        url = None if self._by_saver(source, level) else _joined(source, level.base)
        file = self._local(source, level.file.parent)
        page = self._page(file) if file else None
        if file and page:
            url = page.saved_from or url or page.canonical
            if url is None:
                url = _file_url(file.relative_to(self.folder).as_posix())
                self.notes.append(
                    f"nothing tells the address of {shown(source)}: its file stands for it"
                )
            if file == level.file or file in level.open_files:
                self.notes.append(f"{shown(source)} frames itself: cut there")
                return url, None
            return url, _level(page, key, url, file, level.open_files | {level.file})
        if url is None and _is_relative(source):
            self._lost(f"the file of a frame is missing or outside the folder: {shown(source)}")
            return _file_url(source), None
        if url is None:
            self.notes.append(f"{shown(source)} is not a URL: browsers show about:blank")
            return "about:blank", None
        if not url.startswith(("about:", "data:", "javascript:")):
            self._lost(f"what {shown(url)} embeds is not known: its file was not saved or not read")
        return url, None

    def _lost(self, note: str) -> None:
        self.complete = False
        self.notes.append(note)

    def _by_saver(self, source: str, level: Level) -> bool:
        """Whether a browser wrote ``source`` when it saved the page, so that it tells no URL."""
        folder = rf"(\./)?{re.escape(self.file.stem)}[ _.-]\w+/"  # page_files/, page-Dateien/, …
        in_folder = re.match(folder, unquote(source)) is not None
        return _is_relative(source) and (level.page.saved_from is not None or in_folder)

    def _local(self, source: str, folder: Path) -> Path | None:
        """The file that ``source`` names, if it is there and in the page's folder."""
        if not _is_relative(source):
            if not source.lower().startswith("file:///"):
                return None
            source = source[7:]
        try:
            name = unquote(re.split(r"[?#]", source, maxsplit=1)[0])
            file = (folder / name).resolve()
            return file if file.is_relative_to(self.folder) and file.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

    def _page(self, file: Path) -> Page | None:
        """What is in ``file``; ``None`` where it cannot be read."""
        if file not in self.pages:
            try:
                self.bytes_read += file.stat().st_size
                if self.bytes_read > MAX_TOTAL_BYTES:
                    raise CaptureError(
                        f"its frames' files have more than {MAX_TOTAL_BYTES // 2**20} MB"
                    )
                self.pages[file] = page_in(_decoded(file.read_bytes()))
            except OSError:
                return None
        return self.pages[file]


def _level(page: Page, key: str, url: str | None, file: Path, open_files: frozenset[Path]) -> Level:
    """The document ``page``, seen at ``url``; its frames' addresses say nothing at a file's."""
    known = None if url is None or url.startswith("file:") else url
    base = _joined(page.base, known) if page.base else known
    return Level(page, key, base, file, open_files)


def _file_url(name: str) -> str:
    """A ``file:`` URL for the file ``name`` in the page's folder; it tells nothing above."""
    return normalize_url(_joined(name, "file:///") or "file:///")


def _decoded(raw: bytes) -> str:
    """The text in ``raw`` (HTML Standard, "Determining the character encoding", shortened)."""
    declared = _CHARSET.search(raw[:2048])
    name = declared[1].decode() if declared else "utf-8-sig"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    try:
        return raw.decode(name, errors="replace")
    except LookupError:  # no such encoding, or none of texts
        return raw.decode(errors="replace")


def _is_relative(source: str) -> bool:
    """Whether ``source`` is a path from the page that embeds it."""
    return not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|[/\\]{2}", source)


def _joined(source: str | None, base: str | None) -> str | None:
    """``source`` as seen from ``base`` (URL Standard, "URL parser"), if that is a URL."""
    try:
        if base is None or not _is_relative(source or ""):
            if (source or "").startswith("//"):
                source = f"{(base or 'https:').split(':')[0]}:{source}"
            return parse_url(source or "").href
        return str(parse_url(source or "", base).href)
    except InvalidURL:
        return None
