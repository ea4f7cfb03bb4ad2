"""A browser as boxes: what an edit changes in it, and the Python that builds it.

A browser is a value, so an edit takes its frames apart into boxes, changes one and loads them all
anew. What a box must be is checked where boxes are made, in `labcore.browser`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from labcore.browser import Box, Browser, Frame, frame, fresh_labels, window
from labcore.errors import unknown

Boxes = dict[str, tuple[str | None, Box]]
"""Every frame by its label, in page order: what embeds it, and its own box."""


def boxes_of(browser: Browser) -> Boxes:
    """The boxes of ``browser``; what its scripts did since it loaded is left out."""
    in_order = (each for _, each in browser.in_page_order())
    return {each.label: (each.parent, box_of(each, browser)) for each in in_order}


def box_of(each: Frame, browser: Browser) -> Box:
    """A frame as a box without those inside."""
    is_window = each.parent is None
    return Box(
        each.document.url,
        label=each.label,
        name=each.name,
        sandbox=None if is_window else each.sandbox,
        opener=each.opener if is_window and each.opener in browser else None,
        scripts=each.document.scripts,
        is_window=is_window,
    )


def browser_of(boxes: Boxes) -> Browser:
    """The browser that ``boxes`` make."""
    inside: dict[str | None, list[Box]] = {}
    for label, (parent, box) in reversed(boxes.items()):
        full = replace(box, frames=tuple(reversed(inside.pop(label, []))))
        inside.setdefault(parent, []).append(full)
    return Browser.of(*reversed(inside.get(None, [])))


def reloaded(browser: Browser) -> Browser:
    """``browser`` without what its scripts did since it loaded."""
    return browser_of(boxes_of(browser))


def settings_of(box: Box) -> dict[str, Any]:
    """What `window` or `frame` takes beside the URL and the frames inside."""
    sandbox = None if box.sandbox is None else " ".join(sorted(box.sandbox))
    own = {"opener": box.opener} if box.is_window else {"sandbox": sandbox}
    return {"label": box.label, "name": box.name, **own, "scripts": list(box.scripts)}


# --- edits ---


def added(browser: Browser, box: Box, parent: str | None = None) -> tuple[Browser, str]:
    """``browser`` with one more box, in ``parent`` or as a window; and its label."""
    if parent is not None:
        browser.frame(parent)
    check_opener(browser, box.opener)
    if box.label is not None:
        check_unused(browser, box.label)
    grown = browser.grown([box], parent)
    return reloaded(grown), grown.frames[len(browser)].label


def changed(browser: Browser, which: str, **changes: Any) -> tuple[Browser, str]:
    """``browser`` with other settings for the frame ``which``; and its label then.

    Changes are ``url``, and those of `settings_of`; the label ``None`` is derived anew.
    Raises `UnknownName`, `InvalidURL` or another `ValueError`.
    """
    browser.frame(which)
    boxes = boxes_of(browser)
    before = boxes[which][1]
    settings = {"url": before.url, **settings_of(before)}
    for field in changes.keys() - settings.keys():
        if field in ("sandbox", "opener"):
            other = "frame" if before.is_window else "window"
            raise ValueError(f"only a {other} has {field}=…, which {which!r} is not")
        raise unknown("setting", field, settings)
    settings |= changes
    if settings["label"] != which and settings["label"] is not None:
        check_unused(browser, settings["label"])
    if settings.get("opener") != before.opener:
        check_opener(browser, settings["opener"], which)
    box = (window if before.is_window else frame)(**settings)
    if box.label is None:
        box = replace(box, label=next(fresh_labels([box], set(browser.labels) - {which})))
    boxes[which] = boxes[which][0], box

    def renamed(label: str | None) -> Any:
        return box.label if label == which else label

    after: Boxes = {}
    for label, (parent, each) in boxes.items():
        opened = replace(each, opener=renamed(each.opener))
        after[renamed(label)] = renamed(parent), opened
    return browser_of(after), str(box.label)


def removed(browser: Browser, which: str) -> Browser:
    """``browser`` without ``which`` and the frames inside; what they opened stays."""
    gone = {which, *browser.descendants(which)}
    return reloaded(Browser(tuple(each for each in browser.frames if each.label not in gone)))


def check_unused(browser: Browser, label: str) -> None:
    """Raise `ValueError` if a frame has that label; suggest one that is free."""
    if label in browser:
        free = next(each for n in count(2) if (each := f"{label}-{n}") not in browser)
        unique = "labels are unique, the page's own names need not be"
        raise ValueError(f"the label {label!r} is used already; {unique}: try {free!r}")


def check_opener(browser: Browser, opener: str | None, which: str = "") -> None:
    """Raise unless ``opener`` is a frame that can have opened the window ``which``."""
    if opener is None:
        return
    others = [each for each in browser.labels if browser.root(each) != which]
    if opener not in browser:
        raise unknown("opener", opener, others)
    if opener not in others:
        one = f"; {others[0]!r} could have" if others else ""
        raise ValueError(f"{opener!r} is in {which!r} and cannot have opened it{one}")


# --- a browser as Python ---

COLUMNS = 88
DEEPEST = 90
"""Python's own parser gives up on expressions that nest much deeper."""


class Call(NamedTuple):
    """Something in brackets: ``head`` ends in the opening one."""

    head: str
    parts: Sequence["Call | str"]
    end: str = ")"


def code_of(browser: Browser) -> str:
    """The Python that builds ``browser``: one line, or wrapped as `ruff` would.

    Labels are left out where `Browser.of` derives the same. Raises `ValueError` where frames nest
    deeper than Python can read.
    """
    deepest = max((depth for depth, _ in browser.in_page_order()), default=0)
    if deepest > DEEPEST:
        raise ValueError(f"frames nest {deepest} deep: too deep for Python to read")
    boxes = boxes_of(browser)
    needed = needed_labels([box for _, box in boxes.values()])
    inside: dict[str | None, list[Call | str]] = {}
    for label, (parent, box) in reversed(boxes.items()):
        settings = settings_of(box) | ({} if label in needed else {"label": None})
        parts = [quoted(box.url), *reversed(inside.pop(label, [])), *keywords(settings)]
        call = Call("window(" if box.is_window else "frame(", parts)
        inside.setdefault(parent, []).append(call)
    return laid_out(Call("Browser.of(", list(reversed(inside.get(None, [])))))


def needed_labels(boxes: Sequence[Box]) -> set[str]:
    """The labels of ``boxes`` that would come out otherwise if they were not given."""
    needed = set[str]()
    while True:
        given = ((box, box.label if box.label in needed else None) for box in boxes)
        bare = [replace(box, label=label) for box, label in given]
        pairs = zip(boxes, fresh_labels(bare, set()), strict=True)
        wrong = {str(box.label) for box, label in pairs if box.label != label}
        if not wrong:
            return needed
        needed |= wrong


def keywords(settings: dict[str, Any]) -> Iterator[Call | str]:
    """The settings that are not what `window` and `frame` take anyway."""
    for name, value in settings.items():
        if isinstance(value, list) and value:
            yield Call(f"{name}=[", [quoted(each) for each in value], "]")
        elif isinstance(value, str) and (value or name == "sandbox"):
            yield f"{name}={quoted(value)}"


def quoted(text: str) -> str:
    """``text`` as Python, in double quotes where that takes no more escapes."""
    written = repr(text)
    return written if '"' in written else f'"{written[1:-1]}"'


def flat(part: Call | str) -> str:
    """``part`` on one line."""
    if isinstance(part, str):
        return part
    return part.head + ", ".join(map(flat, part.parts)) + part.end


def laid_out(part: Call | str, indent: int = 0, room: int = COLUMNS) -> str:
    """``part`` in no more than ``room`` columns a line, if it can be."""
    if isinstance(part, str) or indent + len(flat(part)) <= room:
        return flat(part)
    inner = " " * (indent + 4)
    line = ", ".join(map(flat, part.parts))
    if part.end == ")" and len(inner + line) <= COLUMNS:
        body = inner + line
    elif part.end == ")" and len(part.parts) == 1:
        body = inner + laid_out(part.parts[0], indent + 4)
    else:
        parts = (laid_out(each, indent + 4, COLUMNS - 1) for each in part.parts)
        body = "\n".join(f"{inner}{each}," for each in parts)
    return f"{part.head}\n{body}\n{' ' * indent}{part.end}"
