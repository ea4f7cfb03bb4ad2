"""What frames say to each other: the cases on which the model meets the real browsers.

What the model decides is said here where it can be said in a word; `browser/test_channels.py` asks
the model and measures both browsers.
"""

from typing import NamedTuple

from labcore import Browser, frame, window
from labcore.messages import ArrayBuffer
from labcore.scripts import Page

PORT = 8000  # any but the default; the rig puts its own in its place
A, B, C, D = (f"http://{host}.localhost:{PORT}/" for host in "abcd")

TALK = Browser.of(
    window(
        A,
        frame(B, frame(A, label="tunnel"), label="b", name="bee"),
        frame(C, label="c"),
        frame(C, label="boxed", sandbox="allow-scripts"),
        label="top",
    ),
    window(D, frame(C, label="p-c"), label="popup", opener="top"),
)
"""A page on a with a frame on b and in it a tunnel back to a, one on c, and one in a sandbox."""

TARGET_ORIGINS = {
    "delivered": [
        "*",
        "http://b.localhost:{port}",
        "http://b.localhost:{port}/any/path?query#fragment",
        "HTTP://B.LOCALHOST:{port}",
        "http://user:password@b.localhost:{port}/",
        "http:b.localhost:{port}",
        "http:\\\\b.localhost:{port}",
        "  http://b.localhost:{port}  ",
        "http://%62.localhost:{port}",
        "blob:http://b.localhost:{port}/1",
    ],
    "dropped": [
        "/",
        "http://b.localhost",
        "http://b.localhost:80",
        "http://b.localhost:1",
        "https://b.localhost:{port}",
        "ws://b.localhost:{port}",
        "http://c.localhost:{port}",
        "http://x.b.localhost:{port}",
        "http://localhost:{port}",
        "http://b.localhost.:{port}",
        "http://*.localhost:{port}",
        "b.localhost:{port}",
        "data:text/html,x",
        "about:blank",
        "javascript:1",
        "mailto:b@b.localhost",
        "file:///b",
    ],
    "SyntaxError": [
        "",
        "null",
        "shop.example",
        "//b.localhost:{port}",
        "/path",
        "**",
        "* ",
        "http://",
        "http://b.localhost:99999",
        "http://b localhost:{port}",
    ],
}
"""What becomes of a message from a to b: by outcome, every target origin that has it."""


class Post(NamedTuple):
    """A call of ``postMessage``; data and transfer list by their names in `THINGS`."""

    data: str
    target_origin: str = "*"
    transfer: tuple[str, ...] = ()


BUFFER = ArrayBuffer("buffer")
THINGS = {
    "buffer": ("buffer", BUFFER),
    "text": ("'text'", "text"),
    "numbers": ("[1, 2.5, true, null]", [1, 2.5, True, None]),
    "object": ("({to: {list: ['b']}})", {"to": {"list": ["b"]}}),
    "set": ("new Set([1])", {1}),
    "cycle": ("(() => { const a = []; a.push(a); return a; })()", (CYCLE := list[object]())),
    "function": ("() => 1", lambda: 1),
    "method": ("({say() {}})", {"say": lambda: 1}),
    "symbol": ("Symbol()", object()),
    "document": ("document", TALK.document("top")),
    "window": ("window", Page(TALK, "top")),
    "its frame's window": ("frames[0]", Page(TALK, "b")),
    "buffer and function": ("[buffer, () => 1]", [BUFFER, lambda: 1]),
}
"""What can be posted: in JavaScript, and what stands for it in the model."""

CYCLE.append(CYCLE)

AGAIN = Post("buffer")
CALLS = {
    **{name: [Post(name)] for name in THINGS},
    "a buffer that is not transferred": [AGAIN, AGAIN],
    "a transferred buffer": [
        Post("buffer", "*", ("buffer",)),
        AGAIN,
        Post("text", "*", ("buffer",)),
    ],
    "transferred, for nobody who is there": [
        Post("buffer", "http://nobody.localhost", ("buffer",)),
        AGAIN,
    ],
    "transferred beside other data": [Post("text", "*", ("buffer",)), AGAIN],
    "twice in the transfer list": [Post("buffer", "*", ("buffer", "buffer")), AGAIN],
    "transferred beside a function": [Post("buffer and function", "*", ("buffer",)), AGAIN],
    "an object that cannot be transferred": [Post("text", "*", ("object",))],
    "transferred, malformed target origin": [Post("buffer", "nobody", ("buffer",)), AGAIN],
    "a function, malformed target origin": [Post("function", "nobody")],
}
"""Calls in a row; each is ``sent``, or raises."""

OPAQUE = "Chromium takes a URL with an opaque origin for a SyntaxError; the standard drops silently"
MANY_PROCESSES = (
    "the model runs one script at a time; sites in processes of their own go on beside each other"
)
CLONED_FIRST = "Chromium clones the data before it parses the target origin; the standard after"
KNOWN_DIFFERENCES = {
    "Chromium": {
        "b.localhost:{port}": OPAQUE,
        "data:text/html,x": OPAQUE,
        "about:blank": OPAQUE,
        "javascript:1": OPAQUE,
        "mailto:b@b.localhost": OPAQUE,
        "http://b localhost:{port}": "Chromium takes a host with a space; the standard does not",
        "transferred, malformed target origin": CLONED_FIRST,
        "a function, malformed target origin": CLONED_FIRST,
        "cycle": "the model's own limit: its messages hold no cycles",
        "a fragment elsewhere, while the script runs": MANY_PROCESSES,
        "a message under way": (
            "Chromium keeps a message for the document to which it was posted, as the standard "
            "does; in the model and in Firefox it is for whatever the frame shows by then"
        ),
    },
    "Firefox": {
        "blob:http://b.localhost:{port}/1": "Firefox gives a blob: URL that was revoked no origin",
        "http://*.localhost:{port}": "Firefox takes no host with a *; the standard does",
        "cycle": "the model's own limit: its messages hold no cycles",
        "a fragment elsewhere, while the script runs": MANY_PROCESSES,
        "a message elsewhere, while the script runs": MANY_PROCESSES,
        "the same fragment again": (
            "Firefox replaces the line of history even if the writer has another origin, and so "
            "tells it which fragment is there; the standard does not"
        ),
        "boxed goes back": (
            "Firefox lets a sandboxed frame step back in the history of frames that it could not "
            "navigate; the standard does not"
        ),
    },
}
"""Where a browser does otherwise than the model: the case, and why."""
