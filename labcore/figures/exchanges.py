"""How a fetch shows: what became of it, what was sent and answered, the way through the algorithm.

`fetched_html` is for a notebook's cell; the console says the same with the words from here.
"""

from collections.abc import Sequence
from http.client import responses
from typing import NamedTuple, TypeVar

from labcore.figures.cards import CARD, escaped
from labcore.figures.theme import ALLOWED, INK, MUTED, REFUSED, clean
from labcore.http import Headers, Request, Response
from labcore.http.headers import is_forbidden
from labcore.policies.fetching import Exchange, Fetched

LONGEST = 160
MOST_EXCHANGES, MOST_HEADERS, MOST_LINES = 6, 30, 24
"""How much is shown of what can get long."""

COLOURS = {"reads": ALLOWED, "closed": "#8a5a00", "unsent": REFUSED}
SIGNS = {True: "✓", False: "✗", None: "·"}
SAID = {True: "passed", False: "failed", None: "decides nothing"}

# An untrusted notebook keeps neither `color: inherit` nor `overflow-wrap: anywhere`.
MONO = "font-family:monospace;white-space:pre-wrap;overflow-wrap:break-word"
CELL = (
    f"text-align:left;vertical-align:top;padding:4px 10px 4px 0;color:{INK};background:#fdfdfb;"
    "width:50%;overflow-wrap:break-word"
)

Shown = TypeVar("Shown")


class Headline(NamedTuple):
    """What became of a request: its kind (a key of `COLOURS`), in a few words, and why."""

    kind: str
    word: str
    why: str

    @property
    def sign(self) -> str:
        """``✓`` if the page reads the answer, else ``✗``."""
        return SIGNS[self.kind == "reads"]


class Written(NamedTuple):
    """A request or an answer as text: its first line, its header lines, its body.

    A header line is a name, a value, and whether the header is the browser's own to set.
    """

    first: str
    headers: list[tuple[str, str, bool]]
    body: str


def headline(fetched: Fetched) -> Headline:
    """The outcome: does the page read the answer, was the request sent, and why."""
    why = sentence(shortened(fetched.reason, 240))
    if fetched.readable:
        names = f"Headers it can read: {', '.join(fetched.headers)}." if fetched.headers else ""
        return Headline("reads", "The page reads the answer", f"{why} {shortened(names)}".strip())
    if fetched.sent:
        became = fetched.request.mode == "navigate" and fetched.response is not None
        word = "the answer becomes a page" if became else "but the page cannot read the answer"
        return Headline("closed", f"Sent, {word}", why)
    if fetched.preflight:
        return Headline("unsent", "Not sent: the preflight fails", why)
    return Headline("unsent", "Not sent at all", why)


def sentence(text: str) -> str:
    """``text`` with a full stop, and a capital unless it begins with a URL."""
    return f"{text if '://' in text.partition(' ')[0] else text[:1].upper() + text[1:]}."


def title_of(exchange: Exchange) -> str:
    """Whether it is the question beforehand or the request itself."""
    return "Preflight" if exchange.is_preflight else "Request"


def request_written(request: Request) -> Written:
    """``request`` as it went over the network."""
    return Written(shortened(str(request)), _lines(request.headers), shortened(request.body or ""))


def response_written(response: Response) -> Written:
    """``response`` as it came."""
    first = f"{response.status} {responses.get(response.status, '')}".strip()
    lines = [(name, value, False) for name, value, _ in _lines(response.headers)]
    return Written(first, lines, shortened(response.body))


def _lines(headers: Headers) -> list[tuple[str, str, bool]]:
    given, left_out = most(headers.items_, MOST_HEADERS)
    lines = [(shortened(n, 60), shortened(v), is_forbidden(n)) for n, v in given]
    return lines + ([("…", f"and {left_out:,} more", False)] if left_out else [])


def most(items: Sequence[Shown], number: int) -> tuple[list[Shown], int]:
    """The first of ``items``, with the last one at their end, and how many are left out."""
    if len(items) <= number:
        return [*items], 0
    return [*items[: number - 1], items[-1]], len(items) - number


def shortened(text: str, longest: int = LONGEST) -> str:
    """The beginning of ``text``, and how long it is if that is not all."""
    if len(text) <= longest:
        return clean(text)
    return f"{clean(text[:longest])}… ({len(text):,} characters)"


# --- in a notebook's cell ---


def fetched_html(fetched: Fetched) -> str:
    """The outcome, every exchange from the browser to the server, and the algorithm's steps."""
    said = headline(fetched)
    color = COLOURS[said.kind]
    exchanges, left_out = most(fetched.exchanges, MOST_EXCHANGES)
    rows = "".join(map(_row, exchanges))
    more = f"<div>and {left_out} exchanges more</div>" if left_out else ""
    head = "".join(
        f'<th scope="col" style="{CELL};color:{MUTED}">{title}</th>'
        for title in ("The browser sends", "The server answers")
    )
    look = "width:100%;table-layout:fixed;border-collapse:collapse;margin:6px 0"
    table = f'<table style="{look}"><tr>{head}</tr>{rows}</table>{more}' if rows else ""
    return (
        f'<div style="{CARD};border-left:5px solid {color}">'
        f'<div style="{MONO}">{escaped(shortened(str(fetched.request)))}</div>'
        f'<strong style="color:{color}">{said.sign} {escaped(said.word)}</strong> '
        f"{escaped(said.why)}{table}{_steps(fetched)}</div>"
    )


def _row(exchange: Exchange) -> str:
    """One exchange: the request on the left, the answer on the right."""
    title = f'<strong style="color:{MUTED}">{title_of(exchange)}</strong>'
    line = f"{CELL};border-top:1px solid #d3d8de"
    return (
        f'<tr><td style="{line}">{title}{_message(request_written(exchange.request))}</td>'
        f'<td style="{line}"><br>{_message(response_written(exchange.response))}</td></tr>'
    )


def _message(written: Written) -> str:
    lines = [f"<strong>{escaped(written.first)}</strong>"]
    for name, value, _ in written.headers:
        lines.append(f'<span style="color:{MUTED}">{escaped(name)}:</span> {escaped(value)}')
    if written.body:
        lines += ["", escaped(written.body)]
    return f'<div style="{MONO}">{"<br>".join(lines)}</div>'


def _steps(fetched: Fetched) -> str:
    """The algorithm as a list, each step told apart by sign, colour and word."""
    lines, left_out = most(fetched.lines, MOST_LINES)
    rows = []
    for line in lines:
        color = {True: ALLOWED, False: REFUSED, None: MUTED}[line.passed]
        sign = f'<strong style="color:{color}" aria-label="{SAID[line.passed]}">'
        rows.append(
            f'<li>{sign}{SIGNS[line.passed]}</strong> <span style="color:{MUTED}">'
            f"{escaped(line.clause)}:</span> {escaped(shortened(line.said, 240))}</li>"
        )
    if left_out:
        rows.insert(-1, f"<li>… {left_out} steps more</li>")
    return f'<ol style="margin:4px 0">{"".join(rows)}</ol>'
