"""What a response is taken for: script, style sheet, web page, Flash file.

The server says so in `Content-Type`. Browsers have never quite believed it, and where they guess, a
text that one server wrote for one purpose serves an attacker for another (Fetch standard; MIME
Sniffing).
"""

import re
from collections.abc import Callable

from labcore.http import Response
from labcore.http.headers import JAVASCRIPT, content_type


def has_nosniff(response: Response) -> bool:
    """Whether the server says ``X-Content-Type-Options: nosniff``."""
    first = response.headers.get("x-content-type-options", "").partition(",")[0]
    return first.strip("\t\n\r ").lower() == "nosniff"


def blocked_as_script(response: Response) -> str | None:
    """Why ``response`` cannot be run as a script; ``None`` if it can (Fetch standard)."""
    kind = content_type(response.headers)
    if has_nosniff(response) and kind not in JAVASCRIPT:
        return f"nosniff: {kind or 'no type'} is no type of script"
    if kind is not None and (kind.startswith(("audio/", "image/", "video/")) or kind == "text/csv"):
        return f"{kind} is never script"
    return None


def blocked_as_style(response: Response) -> str | None:
    """Why ``response`` cannot be a style sheet, whatever the rule (Fetch standard, nosniff)."""
    kind = content_type(response.headers)
    if has_nosniff(response) and kind != "text/css":
        return f"nosniff: {kind or 'no type'} is no type of style sheet"
    return None


StyleRule = Callable[[str | None, bool], bool]
"""``rule(type, from elsewhere)``: may a response of this type be a style sheet?"""


def css_only(kind: str | None, from_elsewhere: bool) -> bool:
    """A style sheet is ``text/css``, or of no type."""
    return kind in (None, "text/css")


def any_type(kind: str | None, from_elsewhere: bool) -> bool:
    """Anything can be one: what is no CSS in it is skipped (browsers up to 2010)."""
    return True


def any_type_from_here(kind: str | None, from_elsewhere: bool) -> bool:
    """From the page's own origin anything, from elsewhere only ``text/css`` (quirks mode)."""
    return kind in (None, "text/css") or not from_elsewhere


STYLES: dict[str, StyleRule] = {
    "text/css": css_only,
    "text/css from elsewhere": any_type_from_here,
    "any type": any_type,
}
"""What may be a style sheet."""


def is_html(response: Response) -> bool:
    """Whether ``response`` is shown as a web page: as declared, or else as it looks."""
    kind = content_type(response.headers)
    if kind not in (None, "unknown/unknown", "application/unknown"):
        return kind in ("text/html", "application/xhtml+xml")
    looks = re.match(r"[\t\n\x0c\r ]*<(!doctype html|html|head|script|iframe|h1|div|font|table|a"
                     r"|style|title|b|body|br|p|!--)[ >]", response.body, re.I | re.A)  # fmt: skip
    return looks is not None and not has_nosniff(response)


FLASH = ("CWS", "FWS", "ZWS")
SMALLEST_FLASH = 500
"""Letters: no alphanumeric Flash file that does anything is much shorter."""

PluginRule = Callable[[Response], str | None]
"""``rule(response)``: why the plug-in does not take it for a Flash file; ``None`` if it does."""


def no_plugin(response: Response) -> str | None:
    """There is no plug-in (every browser since 2021)."""
    return "the browser has no plug-in for it"


def flash_player(response: Response) -> str | None:
    """Flash Player in 2014: it looks at how the file begins, and never at its type.

    It does as it is told by ``Content-Disposition: attachment`` and by ``nosniff``.
    """
    disposition = response.headers.get("content-disposition", "")
    if disposition.lower().startswith("attachment"):
        return "it is an attachment, to be saved and not to be played"
    declared = content_type(response.headers) == "application/x-shockwave-flash"
    if has_nosniff(response) and not declared:
        return "nosniff: it is not declared as a Flash file"
    if not response.body.startswith(FLASH):
        return f"it begins with {response.body[:4]!r}, and not with CWS, FWS or ZWS"
    if len(response.body) < SMALLEST_FLASH:
        return f"{len(response.body)} letters are too few for a Flash file"
    return None


PLUGINS: dict[str, PluginRule] = {"none": no_plugin, "Flash Player": flash_player}
"""What takes a response for a Flash file."""
