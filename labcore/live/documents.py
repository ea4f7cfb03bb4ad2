"""The documents of a replay: plain pages with an agent in them, and the frames of the scenario."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

STATIC = Path(__file__).with_name("static")

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/{token}/-/replay.css">
<link rel="icon" href="data:,">
{agent}</head>
<body class="{kind}"><header><strong>{label}</strong> {address}</header>
<div id="labcore-frames">{frames}</div>
<ol id="labcore-log" aria-label="what happens here"></ol>
</body></html>"""


class Inner(NamedTuple):
    """A frame in a document; without an ``address`` it has but the frames that are ``inside``."""

    name: str
    address: str
    sandbox: Iterable[str] | None
    inside: str = ""


def agent(token: str, number: int, line: str, title: str, hostile: bool) -> str:
    """The element that makes a document obey; one without scripts only says that it is there."""
    data = {"number": number, "address": line, "title": title, "hostile": "yes" if hostile else ""}
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    silent = f'<noscript><img alt="" src="/{token}/-/silent/{number}"></noscript>'
    return f'<script src="/{token}/-/agent.js?{number}"{attributes}></script>{silent}'


def frames(inner: Iterable[Inner]) -> str:
    """The elements of the frames in a document."""
    return "".join(map(_frame, inner))


def _frame(inner: Inner) -> str:
    flags = None if inner.sandbox is None else escape(" ".join(sorted(inner.sandbox)))
    sandbox = "" if flags is None else f' sandbox="{flags}"'
    source = f' src="{escape(inner.address)}"' if inner.address else ""
    source += f' srcdoc="{escape(inner.inside)}"' if inner.inside else ""
    return f'<iframe name="{escape(inner.name)}"{sandbox}{source}></iframe>'


def page(token: str, label: str, url: str, hostile: bool, agent: str, inner: str) -> str:
    """A page that no server of the scenario writes."""
    return PAGE.format(
        title=escape(label),
        token=token,
        agent=agent,
        kind="hostile" if hostile else "honest",
        label=escape(label),
        address=escape(url[:200]),
        frames=inner,
    )


CONTROL = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Replay: {title}</title>
<link rel="stylesheet" href="/{token}/-/replay.css">
<link rel="icon" href="data:,">
<script src="/{token}/-/control.js" defer></script></head>
<body class="control"><main><h1>{title}</h1><p>{story}</p>
<p id="state" role="status">Ready. Your browser will open {windows}.</p>
<button id="start" type="button">Start</button>
<div id="blocked" hidden><p>Your browser has held a window back: it takes it for an unwanted pop-up.
Open it by hand, and the replay goes on.</p><ul></ul></div>
<ol id="steps" aria-label="Steps"></ol></main>
<script type="application/json" id="windows">{data}</script>
</body></html>"""


def control(token: str, title: str, story: str, windows: Mapping[str, str]) -> str:
    """The page that opens the scenario's windows; ``windows`` are their addresses by label."""
    data = json.dumps(dict(windows)).replace("<", "\\u003c")
    count = f"{len(windows)} windows" if len(windows) > 1 else "a window"
    return CONTROL.format(
        token=token, title=escape(title), story=escape(story), windows=count, data=data
    )
