"""The browser at one instant: windows, the frames nested in them, the document in each.

A `Browser` is a value. It is never changed; `labcore.step` makes the next one. Its frames stand in
one flat table, parents before children, and every frame has a *label*: a unique name of ours. What
the page itself calls the frame is its *name*, and any number of frames may share one. Walks of the
tree are loops, so depth is no limit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import unquote

from labcore.errors import BadPage, WrongType, shown, unknown
from labcore.origin import Origin, normalize_url, parse_url
from labcore.worded import Worded

SANDBOX_TOKENS = (
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation",
    "allow-top-navigation-by-user-activation",
    "allow-top-navigation-to-custom-protocols",
)
"""What a ``sandbox`` attribute can give back (HTML Standard, "sandbox")."""

Sandbox = frozenset[str] | None
"""The tokens that a sandbox allows; ``None`` where there is no sandbox."""


UNSAFE_NONE = "unsafe-none"
"""What a page says with its opener or embedder policy that says nothing."""


class Isolation(NamedTuple):
    """What a page has asked for by headers, so as to be apart from others (HTML Standard, §7.1).

    ``opener`` is its ``Cross-Origin-Opener-Policy``, which counts at the top of a window only,
    ``embedder`` its ``Cross-Origin-Embedder-Policy``, ``cluster`` its ``Origin-Agent-Cluster``:
    ``"?1"``, ``"?0"``, or ``""`` if it does not say.
    """

    opener: str = UNSAFE_NONE
    embedder: str = UNSAFE_NONE
    cluster: str = ""

    @property
    def in_frame(self) -> "Isolation":
        """What counts of it in a frame."""
        return self._replace(opener=UNSAFE_NONE)


NOTHING_ASKED = Isolation()


@dataclass(frozen=True, slots=True)
class Document:
    """What a frame shows: where it came from, and for whom it speaks.

    ``principal`` is who the browser takes it for, its origin unless a policy says otherwise.
    ``author`` is the origin whose server wrote it, which a sandbox or a ``data:`` URL does not
    change.
    ``domain`` is what its script has set ``document.domain`` to. ``sandbox`` is in force for as
    long as the document lives, whatever becomes of the attribute. ``scripts`` are the URLs of
    scripts from elsewhere that the page includes: they run in it, with all its powers.
    ``isolation`` is what its headers have asked for.
    """

    url: str
    origin: Origin
    principal: Origin
    author: Origin
    domain: str | None = None
    sandbox: Sandbox = None
    scripts: tuple[str, ...] = ()
    isolation: Isolation = NOTHING_ASKED

    @property
    def scripts_run(self) -> bool:
        """Whether the document may run script at all."""
        return self.sandbox is None or "allow-scripts" in self.sandbox

    @property
    def page(self) -> str:
        """The URL without its fragment."""
        return self.url.partition("#")[0]

    @property
    def fragment(self) -> str:
        """What stands after the ``#``, as a script reads it; empty if nothing does."""
        return _decoded(self.url.partition("#")[2])

    def showing(self, url: str) -> "Document":
        """The same document once it has ``url``."""
        return Document(
            url, self.origin, self.principal, self.author, self.domain, self.sandbox, self.scripts,
            self.isolation,
        )  # fmt: skip

    def __hash__(self) -> int:
        """Of two documents with one URL few differ: enough to keep a search quick."""
        return hash((self.url, self.domain))


@lru_cache(maxsize=4096)
def _decoded(text: str) -> str:
    return unquote(text)


@dataclass(frozen=True, slots=True)
class Frame:
    """A box on a page, or the top of a window, with the document it shows now.

    ``parent`` is the label of the frame that embeds it, ``None`` at the top of a window. ``opener``
    is the frame whose script opened the window. ``sandbox`` is the attribute, for the documents to
    come. ``group`` is the number of the window's browsing context group, kept at its top: frames of
    different groups cannot reach each other (HTML Standard, §7.3.2.3).
    """

    label: str
    document: Document
    parent: str | None = None
    name: str = ""
    sandbox: Sandbox = None
    opener: str | None = None
    group: int = 0

    def holding(self, document: Document) -> "Frame":
        """The same frame once it shows ``document``."""
        return Frame(
            self.label, document, self.parent, self.name, self.sandbox, self.opener, self.group
        )

    def __hash__(self) -> int:
        return hash((self.label, self.document))


@dataclass(frozen=True, slots=True)
class Box:
    """A frame yet to be made, with those inside it: what `frame` and `window` return."""

    url: str
    frames: tuple["Box", ...] = ()
    label: str | None = None
    name: str = ""
    sandbox: Sandbox = None
    opener: str | None = None
    scripts: tuple[str, ...] = ()
    is_window: bool = False
    group: int = 0
    isolation: Isolation = NOTHING_ASKED


def frame(
    url: str,
    *frames: Box,
    label: str | None = None,
    name: str = "",
    sandbox: str | None = None,
    scripts: Sequence[str] = (),
) -> Box:
    """An ``<iframe>`` that shows ``url`` and holds ``frames``.

    ``label`` is our unique name for it, derived from the URL if not given; ``name`` is the page's
    own. ``sandbox`` is the attribute's value, ``""`` for a sandbox that allows nothing.
    ``scripts`` are the URLs of scripts from elsewhere that the page includes.
    """
    box = Box(normalize_url(url), checked_boxes(frames), label, checked_name(name))
    return replace(box, sandbox=sandbox_tokens(sandbox), scripts=checked_scripts(scripts))


def window(
    url: str,
    *frames: Box,
    label: str | None = None,
    name: str = "",
    opener: str | None = None,
    scripts: Sequence[str] = (),
    group: int = 0,
) -> Box:
    """A window whose top-level frame shows ``url``; ``opener`` is the frame that opened it.

    ``group`` is the number of its browsing context group. A window with an opener is in its
    opener's; all others are in one, 0, where nothing else is said, as if the user had gone from one
    to the next.
    """
    box = Box(normalize_url(url), checked_boxes(frames), label, checked_name(name), opener=opener)
    return replace(box, scripts=checked_scripts(scripts), is_window=True, group=group)


@dataclass(frozen=True, repr=False)
class Browser(Worded):
    """All windows of one browser, as a flat table of frames.

    Make one with `Browser.of`. Two browsers are equal if their tables are.
    """

    frames: tuple[Frame, ...]

    @classmethod
    def of(cls, *windows: Box) -> "Browser":
        """The browser that shows ``windows``. Raises `ValueError` for a label used twice.

        >>> page = window("https://news.example/", frame("https://ads.example/"), label="news")
        >>> Browser.of(page).labels
        ('news', 'ads')
        """
        for box in windows:
            if not isinstance(box, Box) or not box.is_window:
                raise WrongType(
                    f"a browser is made of windows: window(url, …), not {described(box)}"
                )
        return cls(()).grown(windows, unique=True)

    def grown(
        self,
        boxes: Sequence[Box],
        parent: str | None = None,
        unique: bool = False,
        reserved: frozenset[str] = frozenset(),
    ) -> "Browser":
        """This browser with ``boxes`` made into frames of ``parent``, or into windows.

        A label that is taken or ``reserved`` is made another, or with ``unique`` refused. Raises
        `BadPage` and `UnknownName`.
        """
        if not boxes:
            return self
        table = dict(self._table)
        planned = list(with_labels(boxes, parent, {*table, *reserved}, unique))
        groups = {label: self.group(label) for label in table} if self.has_groups else {}
        for box, above, label in openers_first(planned, table):
            embedder = table[above].document if above is not None else None
            opener = table[box.opener].document if box.opener in table else None
            near = above if above is not None else box.opener
            groups[label] = box.group if near is None else groups.get(near, 0)
            sandbox = popup_sandbox(opener) if box.is_window else box.sandbox
            limits = inherited_sandbox(sandbox, embedder)
            document = load(box, label, embedder or opener, limits, None, above is not None)
            group = groups[label] if above is None else 0
            table[label] = Frame(label, document, above, box.name, sandbox, box.opener, group)
        return Browser((*self.frames, *(table[label] for _, _, label in planned)))

    # --- looking up ---

    @cached_property
    def _table(self) -> Mapping[str, Frame]:
        return {each.label: each for each in self.frames}

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {each.label: i for i, each in enumerate(self.frames)}

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[str, ...]]:
        children: dict[str | None, list[str]] = {}
        for each in self.frames:
            children.setdefault(each.parent, []).append(each.label)
        return {parent: tuple(labels) for parent, labels in children.items()}

    @cached_property
    def _roots(self) -> Mapping[str, str]:
        roots: dict[str, str] = {}
        for each in self.frames:
            roots[each.label] = each.label if each.parent is None else roots[each.parent]
        return roots

    @cached_property
    def _by_origin(self) -> Mapping[Origin, tuple[str, ...]]:
        found: dict[Origin, list[str]] = {}
        for each in self.frames:
            found.setdefault(each.document.origin, []).append(each.label)
        return {origin: tuple(labels) for origin, labels in found.items()}

    @cached_property
    def _by_window_and_origin(self) -> Mapping[tuple[str, Origin], str]:
        found: dict[tuple[str, Origin], str] = {}
        for each in self.frames:
            found.setdefault((self._roots[each.label], each.document.origin), each.label)
        return found

    @cached_property
    def has_groups(self) -> bool:
        """Whether some windows are in another browsing context group than the usual one."""
        return any(each.group for each in self.frames)

    @cached_property
    def _hash(self) -> int:
        return hash(self.frames)

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        """Without what is computed of it: another process hashes texts in another way."""
        return {"frames": self.frames}

    def __contains__(self, label: object) -> bool:
        return isinstance(label, str) and label in self._table

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all frames, parents before children."""
        return tuple(self._table)

    @property
    def windows(self) -> tuple[str, ...]:
        """The labels of the top-level frames."""
        return self._children.get(None, ())

    def frame(self, label: str) -> Frame:
        """The frame called ``label``.

        Raises `UnknownName`, which suggests the nearest label.
        """
        try:
            return self._table[label]
        except (KeyError, TypeError):
            raise unknown("frame", label, self._table) from None

    def document(self, label: str) -> Document:
        """The document that ``label`` shows."""
        return self.frame(label).document

    def origin(self, label: str) -> Origin:
        """The origin of the document that ``label`` shows."""
        return self.frame(label).document.origin

    def named(self, name: str) -> tuple[str, ...]:
        """The labels of all frames, in any window, that pages call ``name``."""
        return tuple(each.label for each in self.frames if name and each.name == name)

    def of_origin(self, origin: Origin) -> tuple[str, ...]:
        """The labels of all frames whose document has ``origin``."""
        return self._by_origin.get(origin, ())

    def position(self, label: str) -> int:
        """The row of ``label`` in the table. Raises `UnknownName`."""
        return self._positions[self.frame(label).label]

    def of_origin_in(self, origin: Origin, root: str) -> str | None:
        """The first frame in the window of ``root`` whose document has ``origin``."""
        return self._by_window_and_origin.get((root, origin))

    # --- walking the tree ---

    def parent(self, label: str) -> str | None:
        """The frame that embeds ``label``, ``None`` for the top of a window."""
        return self.frame(label).parent

    def children(self, label: str) -> tuple[str, ...]:
        """The frames that ``label`` embeds directly."""
        return self._children.get(self.frame(label).label, ())

    def ancestors(self, label: str) -> Iterator[str]:
        """The frames that contain ``label``, the nearest first."""
        above = self.frame(label).parent
        while above is not None:
            yield above
            above = self._table[above].parent

    def descendants(self, label: str) -> Iterator[str]:
        """The frames inside ``label``, at any depth, in page order."""
        todo = list(reversed(self.children(label)))
        while todo:
            inner = todo.pop()
            yield inner
            todo.extend(reversed(self._children.get(inner, ())))

    def root(self, label: str) -> str:
        """The top-level frame of the window that ``label`` is in."""
        return self._roots[self.frame(label).label]

    def is_top_level(self, label: str) -> bool:
        """Whether ``label`` is the top of a window."""
        return self.frame(label).parent is None

    def group(self, label: str) -> int:
        """The number of the browsing context group that the window of ``label`` is in."""
        return self.frame(self.root(label)).group

    def around(self, *labels: str) -> "Browser":
        """The part of this browser that holds ``labels`` and the frames around them."""
        kept = {each for label in labels for each in (label, *self.ancestors(label))}
        return Browser(
            tuple(
                each if each.opener in kept else replace(each, opener=None)
                for each in self.frames
                if each.label in kept
            )
        )

    def in_page_order(self) -> Iterator[tuple[int, Frame]]:
        """Every frame with its depth, each window from its top down."""
        depth: dict[str | None, int] = {None: -1}
        todo = list(reversed(self.windows))
        while todo:
            each = self._table[todo.pop()]
            depth[each.label] = depth[each.parent] + 1
            yield depth[each.label], each
            todo.extend(reversed(self._children.get(each.label, ())))

    # --- the next browser ---

    def with_document(
        self,
        label: str,
        page: Box,
        creator: Document | None,
        reserved: frozenset[str] = frozenset(),
        forgets_name: bool = False,
    ) -> "Browser":
        """This browser once ``label`` shows ``page``; the frames that were in it are gone.

        No frame of the page gets a ``reserved`` label.

        ``creator`` is the document that asked: ``about:blank`` and ``javascript:`` pages speak for
        it. One that ``forgets_name`` is a window without an opener, if the page is of another
        origin (HTML Standard, "finalize a cross-document navigation").
        """
        target = self.frame(label)
        gone = set(self.descendants(label))
        embedder = None if target.parent is None else self.document(target.parent)
        limits = inherited_sandbox(target.sandbox, embedder)
        document = load(page, label, creator, limits, target.document, embedder is not None)
        alone = target.parent is None and target.opener is None
        if forgets_name and alone and document.origin != target.document.origin:
            target = replace(target, name="")
        kept = (
            replace(each, opener=None) if each.opener in gone else each
            for each in self.frames
            if each.label not in gone
        )
        return Browser(
            tuple(target.holding(document) if each.label == label else each for each in kept)
        ).grown(page.frames, label, reserved=reserved)

    def apart(self, label: str) -> "Browser":
        """This browser once the window of ``label`` is in a browsing context group of its own."""
        groups = {each.group for each in self.frames}
        return self.regrouped({self.root(label): next(n for n in count(1) if n not in groups)})

    def regrouped(self, groups: Mapping[str, int]) -> "Browser":
        """This browser with windows in these groups.

        One whose opener is in another group has none; one that changes its group loses its name.
        """
        now = {label: groups.get(label, self.frame(label).group) for label in self.windows}
        if all(self.frame(label).group == now[label] for label in now):
            return self

        def moved(each: Frame) -> Frame:
            if each.parent is not None:
                return each
            far = each.opener is not None and now[self.root(each.opener)] != now[each.label]
            opener, group = None if far else each.opener, now[each.label]
            name = each.name if group == each.group else ""
            return replace(each, name=name, opener=opener, group=group)

        return Browser(tuple(map(moved, self.frames)))

    def with_isolation(self, label: str, isolation: Isolation) -> "Browser":
        """This browser once the document in ``label`` has asked for ``isolation``."""
        return self._with(label, replace(self.document(label), isolation=isolation))

    def with_opener(self, label: str, opener: str) -> "Browser":
        """This browser once the window ``label`` has been opened by another frame."""
        found = self.frame(label)
        changed = replace(found, opener=opener)
        return Browser(tuple(changed if each is found else each for each in self.frames))

    def with_domain(self, label: str, domain: str) -> "Browser":
        """This browser once the document in ``label`` has set its ``document.domain``."""
        return self._with(label, replace(self.document(label), domain=domain))

    def with_script(self, label: str, url: str) -> "Browser":
        """This browser once the document in ``label`` runs the script from ``url``."""
        document = self.document(label)
        if url in document.scripts:
            return self
        return self._with(label, replace(document, scripts=(*document.scripts, url)))

    def with_applet(self, url: str, author: Document, parent: str, label: str) -> "Browser":
        """This browser once ``parent`` holds a plug-in that plays ``url``.

        What it plays speaks for the origin of ``url``, whoever has written it.
        """
        origin = Origin.of(url)
        document = Document(url, origin, origin, author.author)
        return Browser((*self.frames, Frame(label, document, parent)))

    def with_principal(self, label: str, principal: Origin) -> "Browser":
        """This browser once the document in ``label`` belongs to ``principal``."""
        return self._with(label, replace(self.document(label), principal=principal))

    def with_fragment(self, label: str, url: str) -> "Browser":
        """This browser once the same document in ``label`` has ``url``."""
        return self._with(label, self.document(label).showing(url))

    def _with(self, label: str, document: Document) -> "Browser":
        target = self.frame(label)
        changed = target.holding(document)
        return Browser(tuple(changed if each is target else each for each in self.frames))

    # --- in words ---

    def __str__(self) -> str:
        """One line a frame, indented by depth."""
        return "\n".join(
            f"{'    ' * min(depth, 20)}{in_words(each)}" for depth, each in self.in_page_order()
        )


def in_words(each: Frame) -> str:
    """One frame in one line: label, URL, and whatever is special about it."""
    notes = [f"named {each.name!r}"] if each.name else []
    if each.document.sandbox is not None:
        notes.append(f"sandbox={' '.join(sorted(each.document.sandbox))!r}")
    if each.document.origin.is_opaque:
        notes.append("opaque origin")
    if each.document.domain is not None:
        notes.append(f"document.domain={each.document.domain!r}")
    if each.document.scripts:
        notes.append(f"runs {', '.join(each.document.scripts)}")
    if each.opener is not None:
        notes.append(f"opened by {each.opener}")
    if each.group:
        notes.append(f"browsing context group {each.group + 1}")
    return f"{each.label}: {each.document.url}" + (f" ({', '.join(notes)})" if notes else "")


# --- documents: where an origin comes from ---


def load(
    page: Box,
    label: str,
    creator: Document | None,
    sandbox: Sandbox,
    replaced: Document | None,
    in_frame: bool = False,
) -> Document:
    """The document that ``page`` brings into the frame ``label``.

    ``about:blank``, ``about:srcdoc`` and ``javascript:`` have no origin of their own and take their
    creator's. A sandbox without ``allow-same-origin`` makes the origin opaque, and a new one each
    time.
    """
    url = page.url
    isolated = sandbox is not None and "allow-same-origin" not in sandbox
    plain = url.partition("?")[0].partition("#")[0]
    inherits = plain in ("about:blank", "about:srcdoc") or url.startswith("javascript:")
    origin = creator.origin if inherits and creator is not None else Origin.of(url)
    if isolated or (origin.is_opaque and not (inherits and creator is not None)):
        before = replaced.origin.identity if replaced is not None else None
        earlier = before[1] if isinstance(before, tuple) and before[0] == label else 0
        origin = Origin.opaque((label, earlier + 1))
    domain = creator.domain if inherits and creator is not None and not isolated else None
    written_here = creator is not None and (inherits or url.startswith(("about:", "data:")))
    author = creator.author if creator is not None and written_here else Origin.of(url)
    author = origin if author.is_opaque else author
    theirs = inherits and creator is not None and not isolated
    principal = creator.principal if theirs and creator is not None else origin
    asked = creator.isolation if inherits and creator is not None else page.isolation
    asked = asked.in_frame if in_frame else asked
    return Document(url, origin, principal, author, domain, sandbox, page.scripts, asked)


def inherited_sandbox(attribute: Sandbox, embedder: Document | None) -> Sandbox:
    """What is left of ``attribute``: a document may never do more than the one embedding it."""
    above = embedder.sandbox if embedder is not None else None
    if attribute is None or above is None:
        return above if attribute is None else attribute
    return attribute & above


def popup_sandbox(opener: Document | None) -> Sandbox:
    """What a window may do that ``opener`` opened: a sandbox goes with it unless it may escape."""
    if opener is None or opener.sandbox is None:
        return None
    escapes = "allow-popups-to-escape-sandbox" in opener.sandbox
    return None if escapes else opener.sandbox


def sandbox_tokens(value: str | None) -> Sandbox:
    """The tokens of a ``sandbox`` attribute. Raises `UnknownName` on one that is none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise WrongType(
            f"sandbox is the attribute's text, like 'allow-scripts', not {shown(value)}"
        )
    tokens = frozenset(value.lower().split())
    for token in sorted(tokens.difference(SANDBOX_TOKENS)):
        raise unknown("sandbox token", token, SANDBOX_TOKENS)
    return tokens


# --- making boxes ---


def checked_scripts(urls: Sequence[str]) -> tuple[str, ...]:
    """The URLs of scripts in their normal form. Raises `InvalidURL`."""
    if isinstance(urls, str) or not isinstance(urls, Sequence):
        raise WrongType(f"scripts is a list of URLs, like ['https://…'], not {shown(urls)}")
    return tuple(normalize_url(url) for url in urls)


def checked_boxes(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """``boxes`` if all of them can stand inside a page."""
    for box in boxes:
        if not isinstance(box, Box):
            raise WrongType(f"a page holds frames: frame(url, …), not {described(box)}")
        if box.is_window:
            raise WrongType(f"a window cannot stand inside a page: use frame({box.url!r}, …)")
    return boxes


def checked_name(name: str) -> str:
    """``name`` if it can be a frame's name. Raises `WrongType`."""
    if not isinstance(name, str):
        raise WrongType(f"a name is a text, not {shown(name)}")
    return name


def described(value: object) -> str:
    """A value that is no frame or window, for an error."""
    return f"frame({value.url!r}, …)" if isinstance(value, Box) else shown(value)


Planned = tuple[Box, str | None, str]
"""A box, the label of its embedder, and its own."""


def with_labels(
    boxes: Sequence[Box], parent: str | None, taken: set[str], unique: bool
) -> Iterator[Planned]:
    """Every box in page order, with a label: its own, or one derived from its name or URL."""
    labels = fresh_labels(boxes, taken, unique)
    todo = [(box, parent) for box in reversed(boxes)]
    while todo:
        box, above = todo.pop()
        label = next(labels)
        yield box, above, label
        todo.extend((inner, label) for inner in reversed(box.frames))


def openers_first(planned: Sequence[Planned], table: Mapping[str, Frame]) -> Iterator[Planned]:
    """The same, a window after the one that opened it.

    Raises `UnknownName`, `WrongType` and `BadPage`.
    """
    windows: list[list[Planned]] = []
    for item in planned:
        if item[0].is_window or not windows:
            windows.append([])
        windows[-1].append(item)
    labels = [label for _, _, label in planned]
    waiting: set[str | None] = set(labels)
    while windows:
        later: list[list[Planned]] = []
        for window in windows:
            opener = window[0][0].opener
            if opener is not None and not isinstance(opener, str):
                raise WrongType(f"an opener is the label of a frame, not {shown(opener)}")
            if opener in waiting:
                later.append(window)
                continue
            if opener is not None and opener not in table:
                raise unknown("frame", opener, [*table, *labels])
            yield from window
            waiting.difference_update(label for _, _, label in window)
        if len(later) == len(windows):
            raise BadPage(f"the window {later[0][0][2]!r} was opened, in the end, by itself")
        windows = later


def fresh_labels(boxes: Sequence[Box], taken: set[str], unique: bool = True) -> Iterator[str]:
    """A label for each box, in page order. Raises `BadPage` for one that cannot be."""
    flat: list[Box] = []
    todo = list(reversed(boxes))
    while todo:
        box = todo.pop()
        flat.append(box)
        todo.extend(reversed(box.frames))
    for box in flat:
        if box.label is None:
            continue
        if not isinstance(box.label, str) or not box.label.strip():
            raise BadPage(f"a label is a text with something in it, not {shown(box.label)}")
        if unique and box.label in taken:
            raise BadPage(
                f"the label {box.label!r} is used twice; labels are unique, "
                "the page's own names (name=…) need not be"
            )
        taken |= {box.label} if unique else set()
    counts = defaultdict[str, int](lambda: 1)
    for box in flat:
        if unique and box.label is not None:
            yield box.label
            continue
        stem = box.label or box.name.strip() or short_host(box.url)
        label = stem
        while label in taken:
            counts[stem] += 1
            label = f"{stem}-{counts[stem]}"
        taken.add(label)
        yield label


def short_host(url: str) -> str:
    """A short name for a page: the first part of its host that says something, or its scheme."""
    parsed = parse_url(url)
    parts = [part for part in parsed.hostname.split(".") if part not in ("", "www")]
    if not parts:
        return "srcdoc" if url.startswith("about:srcdoc") else parsed.protocol.rstrip(":")
    return parsed.hostname if parts[0].isdigit() else parts[0]
