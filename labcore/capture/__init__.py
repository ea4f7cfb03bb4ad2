"""A reader's own page as a `Browser`: captured live, or read from a file.

`capture` opens a page in the reader's own Chromium or Chrome (it needs Playwright, an optional
extra). `save` keeps what it saw and `load` brings it back. `load` also reads what the DevTools
protocol's ``Page.getFrameTree`` answers, and a page saved as HTML. Each gives a `Capture`: the
browser, and what could not be known about it. Whatever a page calls itself is kept as it is; escape
it where you show it::

    seen = capture("https://news.example/")
    save(seen, "news.json")
    load("news.json").browser
"""

from labcore.capture.files import load, save
from labcore.capture.live import capture
from labcore.capture.table import Capture, CaptureError

__all__ = ["Capture", "CaptureError", "capture", "load", "save"]
