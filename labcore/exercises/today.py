"""What the exercises of chapter 15 ask: own windows, unknown browsers, Fetch Metadata."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from labcore.browser import Browser, frame, window
from labcore.exercises.grading import Case, Rows
from labcore.exercises.requests import asking, on_pages, run_through, with_request_check
from labcore.http import Request, Response
from labcore.origin import public_suffixes
from labcore.policies import PRESETS, Policies
from labcore.policies.cookies import Asking, asking_in
from labcore.policies.decision import Decision, decide
from labcore.small_scope import Scope

Cases = Iterable[Iterable[Case]]

OWN_WINDOWS = Scope(
    frames=2,
    origins=2,
    windows=1,
    sandboxes=(
        None,
        "allow-scripts",
        "allow-scripts allow-top-navigation",
        "allow-scripts allow-top-navigation-by-user-activation",
    ),
)
"""Frames that stand in the top itself: further inside, the embedder's own power counts as well."""

ELSEWHERE = "https://elsewhere.example/"


def own_window_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """Every frame takes its own window to a page elsewhere, without a click and with one."""
    for actor in browser.labels:
        top = browser.root(actor)
        for click in (False, True):
            because = PRESETS["Firefox"].may_navigate(browser, actor, top, ELSEWHERE, click)
            yield Case((theirs, because.attempt), because.allowed, because, theirs, because.attempt)  # type: ignore[arg-type]


# --- which browser is it? ---

SHOP, AD = "https://shop.example/", "https://ads.example/"
UNKNOWN = Browser.of(
    window(
        SHOP,
        frame(AD, frame("https://video.example/", label="video"), label="ad"),
        frame("https://maps.example/", label="maps"),
        frame("https://pay.shop.example/", label="pay"),
        label="shop",
    ),
    window("https://help.example/", label="help", opener="shop"),
)
"""A shop with an ad, a map and a form, which has opened a window for help."""

ANSWERS = {
    "Chromium": "Chromium",
    "Firefox": "Firefox",
    "IE 7": "neither",
    "IE 6": "neither",
    "Firefox 2": "neither",
    "Safari 3.1": "neither",
}
"""The browsers that may answer, and what to say of each."""


def unknown_cases() -> Cases:
    """Each browser, behind a function that answers questions about `UNKNOWN`."""
    public_suffixes()  # read before the reader's steps are counted
    for name, right in ANSWERS.items():
        heard: dict[str, str] = {}
        because = decide(True, f"the answers came from {name}", "")
        question, facts = partial(answer, PRESETS[name], heard), partial(questions, heard)
        asked = "which browser gives these answers?"
        yield [Case((question,), right, because, UNKNOWN, asked=asked, facts=facts)]


def answer(
    policies: Policies, heard: dict[str, str], actor: str, target: str, url: str = ELSEWHERE
) -> bool:
    """What the unknown browser answers; the question is written down. Raises `UnknownName`."""
    allowed = policies.may_navigate(UNKNOWN, actor, target, url).allowed
    heard[f"{actor} → {target}, to {url}"] = "allowed" if allowed else "refused"
    return allowed


def questions(heard: dict[str, str]) -> Rows:
    """The questions that were asked, and their answers."""
    return [("it asked", "and heard"), *heard.items()] if heard else ()


# --- Fetch Metadata ---

BANK = "https://bank.example"
ASKING = Browser.of(
    window(f"{BANK}/", label="bank"),
    window("https://blog.bank.example/", label="blog"),
    window("https://attacker.example/", label="attacker"),
)
URL = f"{BANK}/account"
KINDS = {
    "a link": Request("GET", URL, mode="navigate", credentials="include", destination="document"),
    "a form": Request.form("POST", URL, {"to": "mallory"}),
    "a frame": Request("GET", URL, mode="navigate", credentials="include", destination="iframe"),
    "an image": Request.image(URL),
    "a script": Request.script(URL),
    "a style sheet": Request.style(URL),
    "fetch": Request("GET", URL, credentials="include"),
}


def isolation_cases() -> Cases:
    """Every kind of request from every kind of page; then the two forged ones on their pages."""
    for who in ("bank", "attacker", "blog"):
        for kind, request in KINDS.items():
            yield [_isolated(as_sent(who, request), f"{kind} of {ASKING.origin(who)}", who, kind)]
    typed = as_sent(None, KINDS["a link"])
    yield [_isolated(typed, "the user types the address", "user", "a link")]
    old = Request("GET", URL, {"User-Agent": "of 2015"})
    yield [_isolated(old, "a browser that knows no such headers", "old browser", "a link")]
    yield from on_pages(("csrf-form", "csrf-image"), with_isolation, run_through)


def _isolated(request: Request, asked: str, who: str, kind: str) -> Case:
    ours = who in ("bank", "user", "old browser", "blog")
    why = {
        "bank": "it is the bank's own page",
        "user": "the user asks, and no page",
        "old browser": "nothing tells, and the bank's other defences must do",
        "blog": "it is a page of the bank's own site",
    }.get(who, "it is a link, which leads the user there in the window's top")
    no = f"{kind} from another site"
    because: Decision = decide(ours or kind == "a link", why, no)
    return asking((request,), because, f"{asked}: should the bank answer?", partial(sent, request))


def as_sent(who: str | None, request: Request) -> Request:
    """The request as it comes to the server, with all that the browser adds to it."""
    came: list[Request] = []

    def server(arrived: Request) -> Response:
        came.append(arrived)
        return Response()

    asks = Asking(None) if who is None else asking_in(ASKING, who)
    if request.destination == "document" and who is not None:
        asks = Asking(asks.initiator, asks.referrer)
    Policies().fetched(asks, request, server)
    return came[-1]


def sent(request: Request) -> Rows:
    """What a server can go by, as a table."""
    yield ("the request", "")
    yield ("method", request.method)
    for name in ("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"):
        yield (name, request.headers.get(name, "(not sent)"))


def with_isolation(function: Callable[..., Any]) -> Policies:
    """Servers whose check is the reader's policy, and nothing else."""
    return with_request_check(lambda request, own: function(request))
