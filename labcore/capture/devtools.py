"""What the DevTools protocol tells of a page: a tree of frames per target, merged into one table.

A browser that isolates sites runs a page in several processes, and ``Page.getFrameTree`` answers
for one of them. Ask every target (``Target.getTargets``, types *page* and *iframe*); a target's
tree names the frame that it belongs in by ``parentId``. What these trees leave out: sandbox
attributes, openers (the targets have them), and names: where an element has no ``name``, Chromium
puts its ``id`` there (measured in Chromium 156).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from labcore.browser import Sandbox
from labcore.capture.table import Capture, CaptureError, Row, captured, in_page_order
from labcore.errors import shown

_TREES = {"frameTree", "frameTrees", "frame", "targetInfos"}
"""What an answer of the protocol may hold that matters here."""


class Seen(NamedTuple):
    """What one frame was asked beyond its tree; ``place`` is its rank among its siblings."""

    name: str
    sandbox: Sandbox = None
    origin: str | None = None
    place: float = 0


def is_devtools(value: object) -> bool:
    """Whether ``value``, read from JSON, looks like answers of the DevTools protocol."""
    parts = value if isinstance(value, list) else [value]
    known = {*_TREES, "result", "error"}
    return any(isinstance(each, dict) and each.keys() & known for each in parts)


def from_devtools(value: Any, source: str) -> Capture:
    """The capture in a file with answers of the DevTools protocol.

    Takes ``{"frameTree": …}``, the same within ``{"id": …, "result": …}``, a list of these, one per
    target, or ``{"targetInfos": […], "frameTrees": […]}``. Raises `CaptureError`.
    """
    trees: list[Any] = []
    targets: list[Any] | None = None
    parts = list(value) if isinstance(value, list) else [value]
    while parts:
        part = parts.pop(0)
        answer = part.get("result", part) if isinstance(part, dict) else None
        if isinstance(part, dict) and "error" in part:
            raise CaptureError(
                f"the DevTools protocol answered with an error: {shown(part['error'])}"
            )
        if not isinstance(answer, dict) or not answer.keys() & _TREES:
            raise CaptureError(f"expected an answer of Page.getFrameTree, not {shown(part)}")
        if "targetInfos" in answer:
            targets = (targets or []) + _list(answer, "targetInfos")
        parts[:0] = _list(answer, "frameTrees")
        if "frameTree" in answer or "frame" in answer:
            trees.append(answer.get("frameTree", answer))
    rows, missing = merge(trees, targets or ())
    notes = [
        "DevTools' trees tell no sandbox attributes, and where a frame has no name they may give "
        "its element's id"
    ]
    if targets is None:
        notes.append("DevTools' trees tell no openers: add the answer of Target.getTargets")
        if len(trees) == 1:
            missing.append(
                "this is the tree of one process: frames of other sites, if any, are missing"
            )
    return captured(rows, missing, notes, source)


def merge(
    trees: Iterable[Any], targets: Iterable[Any], seen: Mapping[str, Seen] | None = None
) -> tuple[list[Row], list[str]]:
    """The frames of all ``trees`` in page order, with what was ``seen`` of each; what is missing.

    Raises `CaptureError` on two frames with one id, on frames inside themselves and on what is not
    a frame.
    """
    seen = seen or {}
    rows: dict[str | None, Row] = {}
    for row in (row for tree in trees for row in _rows(tree, seen)):
        if row.key in rows:
            raise CaptureError(f"the frame id {shown(row.key)} is there twice")
        rows[row.key] = row
    missing = []
    for row in rows.values():
        if row.parent is not None and row.parent not in rows:
            rows[row.key] = row._replace(parent=None)
            missing.append(
                f"the frame {shown(row.parent)} is missing: what it embeds, {shown(row.url)}, is "
                "shown as a window"
            )
    _add_openers(rows, targets, missing)
    children = defaultdict[str | None, list[Row]](list)
    for row in rows.values():
        children[row.parent].append(row)
    for siblings in children.values():
        siblings.sort(key=lambda row: seen[row.key].place if row.key in seen else 0)
    children[None].sort(key=lambda row: _generation(row, rows))
    ordered = list(in_page_order(children))
    if len(ordered) < len(rows):
        inside = set(rows).difference(row.key for row in ordered)
        listed = ", ".join(shown(key) for key in rows if key in inside)
        raise CaptureError(f"frames contain each other: {listed[:400]}")
    return ordered, missing


def _rows(tree: Any, seen: Mapping[str, Seen]) -> Iterable[Row]:
    """The frames of one target's tree, from its top down."""
    todo: list[tuple[Any, str | None]] = [(tree, None)]
    while todo:
        node, above = todo.pop()
        frame = node.get("frame") if isinstance(node, dict) else None
        if not isinstance(frame, dict):
            raise CaptureError(f'expected {{"frame": …, "childFrames": […]}}, not {shown(node)}')
        key = _text(frame, "id")
        parent = _text(frame, "parentId", default="") or above
        if not key:
            raise CaptureError(f"a frame's id is a text with something in it: {shown(frame)}")
        if above is not None and parent != above:
            raise CaptureError(
                f"the frame {shown(key)} stands in {shown(above)}, but its parentId is "
                f"{shown(parent)}"
            )
        url = _text(frame, "url") + _text(frame, "urlFragment", default="")
        told = seen.get(key) or Seen(_text(frame, "name", default=""))
        yield Row(key, url, parent, told.name, told.sandbox, origin=told.origin)
        todo.extend((child, key) for child in reversed(_list(node, "childFrames")))


def _add_openers(rows: dict[str | None, Row], targets: Iterable[Any], missing: list[str]) -> None:
    """Gives each window its opener, and says which related targets have no tree."""
    for target in targets:
        if not isinstance(target, dict):
            raise CaptureError(
                f"expected one of Target.getTargets' targetInfos, not {shown(target)}"
            )
        key, kind = _text(target, "targetId"), _text(target, "type", default="")
        openers = (target.get("openerFrameId"), target.get("openerId"))
        opener = next((each for each in openers if each in rows), None)
        parent = target.get("parentFrameId") or target.get("parentId")
        if key in rows:
            if rows[key].parent is None and target.get("canAccessOpener", True):
                rows[key] = rows[key]._replace(opener=opener)
        elif (kind == "page" and opener) or (
            kind == "iframe" and (parent is None or parent in rows)
        ):
            url = shown(_text(target, "url", default=""))
            missing.append(f"the tree of the target {shown(key)} is missing: {url}")


def _generation(window: Row, rows: Mapping[str | None, Row]) -> int:
    """How many windows were opened, one by the other, before ``window``: openers stand first."""
    above, passed, count = window.opener, {window.key}, 0
    while above is not None and above not in passed:
        passed.add(above)
        parent = rows[above].parent
        count += parent is None
        above = parent if parent is not None else rows[above].opener
    return count


def _text(holder: Mapping[str, Any], field: str, default: str | None = None) -> str:
    """The text in ``field``.

    Raises `CaptureError` where it is something else, or missing with no default.
    """
    value = holder.get(field, default)
    if not isinstance(value, str):
        problem = "is missing" if field not in holder else f"is {shown(value)}"
        raise CaptureError(f"{field} is a text, but {problem} in {shown(holder)}")
    return value


def _list(holder: Mapping[str, Any], field: str) -> list[Any]:
    """The list in ``field``, empty where there is none.

    Raises `CaptureError` where it is something else.
    """
    value = holder.get(field) or []
    if not isinstance(value, list):
        raise CaptureError(f"{field} is a list, not {shown(value)}")
    return value
