"""What browsers decide about frames: the cases on which the model meets Chromium and Firefox.

A page is a model `Browser`: every small one there is, up to names and order
(`labcore.small_scope`), the starting pages of the book's attacks, and pages made by hand. All its
hosts are under .localhost, and it is called by what it is: ``a(b x.a(a)) + c<frame 1`` is a window
on a with a frame on b and one on x.a, in which there is another on a, and a window on c that
``frame 1`` opened.

A case is something that a script in one frame tries on another. `decided` is what the model says of
it, `decided_by_standard` what the HTML Standard says; `browser/measuring.py` asks real browsers.
"""

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from browser.rig import ways
from navigation_cases import PAGES as BY_HAND

from labcore import SCENARIOS, Browser, Policies, World, frame, window
from labcore.actions import Open, SetDomain
from labcore.browser import Box, Document, Isolation
from labcore.origin import parse_url, same_origin, site_host
from labcore.small_scope import Scope, browsers
from labcore.step import step

SCRIPTS = "allow-scripts"
SAME_ORIGIN = "allow-scripts allow-same-origin"
POPUPS = "allow-scripts allow-popups"
ESCAPING = f"{POPUPS} allow-popups-to-escape-sandbox"
ESCAPING_AT_HOME = f"{ESCAPING} allow-same-origin"
TOP = "allow-scripts allow-top-navigation"
BY_CLICK = "allow-scripts allow-top-navigation-by-user-activation"
ELSEWHERE = "http://elsewhere.localhost/"

SCOPES = {
    "windows": Scope(3, 3, 2, same_site=True, openers=True, sandboxes=(None, SCRIPTS)),
    "frames": Scope(4, 3, 1, same_site=True),
    "sandboxes": Scope(3, 2, 1, same_site=True, sandboxes=(None, SAME_ORIGIN, TOP, "")),
    "clicks": Scope(3, 2, 1, same_site=True, sandboxes=(None, BY_CLICK)),
    "sandboxed popups": Scope(3, 2, 2, openers=True, sandboxes=(None, POPUPS, ESCAPING)),
    "popups of one origin": Scope(3, 2, 2, openers=True, sandboxes=(None, ESCAPING_AT_HOME)),
}
"""Which small pages there are."""


class Case(NamedTuple):
    """A script in ``actor``, on the page of that name, tries something on ``target``.

    ``what`` is the URL that it goes to, or the target origin of a message. The user has just
    ``clicked`` in that frame, if in any.
    """

    aspect: str
    page: str
    actor: str
    target: str
    what: str = ""
    clicked: str = ""

    def __str__(self) -> str:
        what = self.what and f" · {self.what.replace('.localhost', '').removeprefix('http://')}"
        click = self.clicked and f" after a click in {self.clicked}"
        return f"{self.page}: {self.actor} → {self.target}{what}{click}"


def key(case: Any) -> str:
    """What tells ``case`` from all others: of frames, of requests, or of framing."""
    aspect = getattr(case, "aspect", "requests" if hasattr(case, "steps") else "framing")
    return f"{aspect}: {case if hasattr(case, 'aspect') else case.name}"


# --- pages ---


def on_localhost(browser: Browser, named: bool = False) -> Browser:
    """The same page where the rig can serve it: ``https://a.example`` is ``http://a.localhost``.

    Windows that nobody has opened are strangers. If ``named``, all frames are called by their
    labels.
    """

    def box(label: str) -> Box:
        each = browser.frame(label)
        inside = [box(inner) for inner in browser.children(label)]
        url, name = local_url(each.document.url), label if named else each.name
        if each.parent is None:
            group = browser.windows.index(label) if named else 0
            return window(url, *inside, label=label, name=name, opener=each.opener, group=group)
        sandbox = None if each.sandbox is None else " ".join(sorted(each.sandbox))
        return frame(url, *inside, label=label, name=name, sandbox=sandbox)

    return Browser.of(*map(box, browser.windows))


def local_url(url: str) -> str:
    """An origin of its own for each origin, a site of its own for each site."""
    parts = parse_url(url)
    host = parts.hostname.removesuffix(".example").removesuffix(".localhost")
    return f"http://{'plain-' * (parts.protocol == 'http:' and '.example' in url)}{host}.localhost/"


def can_be_built(browser: Browser) -> bool:
    """Whether every window that was opened could be, by its opener's script."""
    openers = (browser.frame(top).opener for top in browser.windows)
    return all(each is None or may_open(browser.document(each)) for each in openers)


def may_open(document: Document) -> bool:
    """Whether its script may open windows."""
    allowed = document.sandbox
    return allowed is None or {"allow-scripts", "allow-popups"} <= allowed


def in_short(browser: Browser) -> str:
    """The page's name: what it is."""

    def told(label: str) -> str:
        each = browser.frame(label)
        text = parse_url(each.document.url).hostname.removesuffix(".localhost")
        if each.sandbox is not None:
            text += f"[{' '.join(sorted(token.removeprefix('allow-') for token in each.sandbox))}]"
        inside = " ".join(map(told, browser.children(label)))
        return text + (f"({inside})" if inside else "")

    openers = ((top, browser.frame(top).opener) for top in browser.windows)
    return " + ".join(told(top) + (f"<{opener}" if opener else "") for top, opener in openers)


@cache
def pages() -> Mapping[str, Browser]:
    """Every page by its name."""
    small = (on_localhost(each) for scope in SCOPES.values() for each in browsers(scope))
    starts = {
        f"scenario {name}": on_localhost(scenario.start.browser)
        for name, scenario in SCENARIOS.items()
    }
    distinct = {page: name for name, page in reversed(starts.items())}
    return {
        **BY_HAND,
        **{in_short(each): each for each in small if can_be_built(each) and len(each) > 1},
        **{name: page for page, name in reversed(distinct.items())},
    }


# --- cases ---


def reached(browser: Browser) -> Iterator[tuple[str, str]]:
    """The frames that a script can run in, each with every other that it can get hold of."""
    found = ways(browser)
    for actor, target in itertools.permutations(browser.labels, 2):
        if (actor, browser.root(target)) in found:
            yield actor, target


def destinations(browser: Browser, actor: str, target: str) -> Iterator[str]:
    """Where a window's top may be sent: each site of the page, and another. A frame: elsewhere."""
    yield ELSEWHERE
    if browser.is_top_level(target):
        yield from dict.fromkeys(each.document.url for each in browser.frames)


def target_origins(browser: Browser, actor: str, target: str) -> Iterator[str]:
    """Whom a message may be meant for."""
    theirs = browser.document(target).url.rstrip("/")
    yield from dict.fromkeys(("*", "/", theirs, browser.document(actor).url.rstrip("/")))


def cases_on(name: str) -> Iterator[Case]:
    """All the cases on one page."""
    browser = pages()[name]
    boxed = any(each.document.sandbox is not None for each in browser.frames)
    for actor, target in reached(browser):
        for url in destinations(browser, actor, target):
            yield Case("sandboxing" if boxed else "navigation", name, actor, target, url)
        yield Case("scripting", name, actor, target)
        if browser.document(target).scripts_run:
            for target_origin in target_origins(browser, actor, target):
                yield Case("messages", name, actor, target, target_origin)


def clicked_on(name: str) -> Iterator[Case]:
    """The cases on that page once the user has clicked in a frame: who is active, who may go."""
    browser = pages()[name]
    runs = [each.label for each in browser.frames if each.document.scripts_run]
    for clicked in runs:
        for actor in runs:
            yield Case("user activation", name, actor, actor, "", clicked)
        for actor, target in reached(browser):
            if browser.is_top_level(target):
                yield Case("user activation", name, actor, target, ELSEWHERE, clicked)


CLICKED_BY_HAND = ("popup on b", "scripts", "top", "top by click")


@cache
def pages_to_click() -> tuple[str, ...]:
    """The names of pages where the user clicks."""
    small = (in_short(on_localhost(each)) for each in browsers(SCOPES["clicks"]) if len(each) > 1)
    return (*CLICKED_BY_HAND, *small)


NAMED = Scope(3, 2, 2, same_site=True, openers=True)
OPENING = Scope(2, 2, 1, sandboxes=(None, SCRIPTS, POPUPS, ESCAPING, ESCAPING_AT_HOME))
FEATURES = ("", "noopener", "noreferrer")
ON_ONE_SITE = (
    Scope(2, 2, 2, same_site=True, openers=True),
    Scope(3, 3, 1, same_site=True),
)
CLUSTERS = ("", "?0", "?1")
DOMAINS = ("localhost", "a.localhost", "www1.a.localhost", "x.www1.a.localhost", "b.localhost", "")


@cache
def pages_with_names() -> Mapping[str, Browser]:
    """Pages in which every frame is called by its label, by their names."""
    small = (on_localhost(each, named=True) for each in browsers(NAMED) if len(each) > 1)
    return {in_short(each): each for each in small}


def names_on(name: str) -> Iterator[Case]:
    """Every frame opens a URL in a frame of each name that there is, one at a time."""
    browser = pages_with_names()[name]
    for actor, target in itertools.product(browser.labels, browser.labels):
        yield Case("names", name, actor, target)


def openings_on(name: str) -> Iterator[Case]:
    """Every frame opens a window, with and without an opener.

    Where none may be opened nothing comes, with ``noopener`` not even an answer: that is not asked.
    """
    browser = pages_that_open()[name]
    for each in browser.frames:
        if each.document.scripts_run:
            features = FEATURES if may_open(each.document) else FEATURES[:1]
            yield from (Case("openers", name, each.label, each.label, one) for one in features)


@cache
def pages_that_open() -> Mapping[str, Browser]:
    """Pages whose frames open windows, by their names."""
    return {in_short(each): each for each in map(on_localhost, browsers(OPENING))}


@cache
def pages_of_a_site() -> Mapping[str, Browser]:
    """Pages whose frames could relax their origins, by their names."""
    small = (on_localhost(each) for scope in ON_ONE_SITE for each in browsers(scope))
    return {
        in_short(each): each
        for each in small
        if len(each) == 2 or (len(each) == 3 and len(sites(each)) == 1)
    }


def sites(browser: Browser) -> set[str]:
    """The sites of its frames, each by its host."""
    return {site_host(each.document.origin.host) for each in browser.frames}


def relaxed_on(name: str) -> Iterator[Case]:
    """Who may script whom once some frames have set their ``document.domain`` to their site.

    ``what`` says which, and what both of two pages say by ``Origin-Agent-Cluster``.
    """
    browser = pages_of_a_site()[name]
    for cluster in CLUSTERS if len(browser) == 2 else CLUSTERS[:1]:
        for size in range(len(browser) + 1):
            for setters in itertools.combinations(browser.labels, size):
                what = f"{' and '.join(setters) or 'nobody'} relaxed {cluster}".strip()
                for actor, target in reached(browser):
                    yield Case("document.domain", name, actor, target, what)


def domains_set() -> Iterator[Case]:
    """Which values a frame on www1.a may set its ``document.domain`` to."""
    for name in ("a(www1.a)", "a(www1.a[same-origin scripts])"):
        yield from (Case("document.domain", name, "frame 1", "frame 1", each) for each in DOMAINS)


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case about frames."""
    return (
        *(case for name in pages() for case in cases_on(name)),
        *(case for name in pages_to_click() for case in clicked_on(name)),
        *(case for name in pages_with_names() for case in names_on(name)),
        *(case for name in pages_that_open() for case in openings_on(name)),
        *(case for name in pages_of_a_site() for case in relaxed_on(name)),
        *domains_set(),
    )


def page_of(case: Case) -> Browser:
    """The page that ``case`` is about."""
    if case.aspect == "document.domain" and case.actor != case.target:
        return relaxed(case)[0]
    special = {"names": pages_with_names, "openers": pages_that_open}
    return special.get(case.aspect, pages)()[case.page]


def relaxed(case: Case) -> tuple[Browser, tuple[str, ...]]:
    """The page of ``case``, with what it says by headers, and who sets ``document.domain``."""
    setters, _, cluster = case.what.partition(" relaxed")
    browser = pages_of_a_site()[case.page]
    for label in browser.labels if cluster else ():
        browser = browser.with_isolation(label, Isolation(cluster=cluster.strip()))
    return browser, tuple(setters.split(" and ")) if setters != "nobody" else ()


# --- what is said of them ---

YES = {
    "navigation": "allowed",
    "sandboxing": "allowed",
    "scripting": "allowed",
    "messages": "delivered",
    "user activation": "allowed",
}
NO = {**dict.fromkeys(YES, "refused"), "messages": "dropped"}


def decided(case: Case, policies: Policies) -> str:
    """What the model says of ``case``, in a word."""
    if case.aspect in OTHERS:
        return OTHERS[case.aspect](case, policies)
    browser, (aspect, _, actor, target, what, clicked) = pages()[case.page], case
    if aspect == "user activation":
        active = is_active(browser, actor, clicked, everywhere=policies.top_level == "Chromium")
        if not what:
            return "active" if active else "inactive"
        decision = policies.may_navigate(browser, actor, target, what, active)
    elif aspect == "scripting":
        decision = policies.may_script(browser, actor, target)
    elif aspect == "messages":
        decision = policies.delivers(browser, actor, target, what)
    else:
        decision = policies.may_navigate(browser, actor, target, what)
    return (YES if decision else NO)[aspect]


def name_found(case: Case, policies: Policies) -> str:
    """What ``window.open`` finds by the target's name; whether it may go there is not asked."""
    browser = pages_with_names()[case.page]
    _, after = step(World(browser), Open(case.actor, ELSEWHERE, case.target), policies)
    return "a new window" if len(after.browser) > len(browser) else "found"


def window_opened(case: Case, policies: Policies) -> str:
    """What the window is like that is opened."""
    browser = pages_that_open()[case.page]
    opens = Open(case.actor, ELSEWHERE, noopener=bool(case.what))
    decision, after = step(World(browser), opens, policies)
    if not decision:
        return "blocked"
    [new] = (each for each in after.browser.frames if each.label not in browser)
    return window_in_words(new.opener is not None, new.document.origin.is_opaque)


def window_in_words(opener: bool, sandboxed: bool) -> str:
    """A window that was opened."""
    return f"with{'' if opener else 'out'} opener{', of an opaque origin' * sandboxed}"


def after_relaxing(case: Case, policies: Policies) -> str:
    """Whether the document can be read, or the value be set."""
    if case.actor == case.target:
        browser = pages()[case.page]
        allowed = policies.may_set_domain(browser, case.actor, case.what)
        return "set" if allowed else "SecurityError"
    browser, setters = relaxed(case)
    world = World(browser)
    for each in setters:
        domain = site_host(browser.origin(each).host)
        _, world = step(world, SetDomain(each, domain), policies)
    allowed = policies.may_script(world.browser, case.actor, case.target)
    return "allowed" if allowed else "refused"


OTHERS = {"names": name_found, "openers": window_opened, "document.domain": after_relaxing}


def is_active(browser: Browser, label: str, clicked: str, everywhere: bool) -> bool:
    """Whether ``label`` has transient activation once the user has clicked in another frame.

    The frames around that have it, and those of its origin inside it (HTML Standard, "activation
    triggering input event"); or, as in Chromium, ``everywhere`` in the window.
    """
    if label == clicked or label in browser.ancestors(clicked):
        return True
    near = (
        browser.root(label) == browser.root(clicked)
        if everywhere
        else (clicked in browser.ancestors(label))
    )
    return near and same_origin(browser.origin(label), browser.origin(clicked))


def decided_by_standard(case: Case) -> str:
    """What the HTML Standard says of ``case``."""
    aspect, name, actor, target, what, clicked = case
    if aspect in ("scripting", "messages", *OTHERS) or not what:
        return decided(case, STANDARD)
    browser = pages()[name]
    active = bool(clicked) and is_active(browser, actor, clicked, everywhere=False)
    return (YES if sandbox_allows(browser, actor, target, active) else NO)[aspect]


STANDARD = Policies(
    scripting="same-origin-domain",
    navigation="permissive",
    names="own window, or familiar",
)
"""The HTML Standard's rules where they are the model's."""


def sandbox_allows(browser: Browser, actor: str, target: str, active: bool) -> bool:
    """All that the HTML Standard asks of a navigation ("allowed by sandboxing to navigate")."""
    allowed = browser.document(actor).sandbox
    if allowed is None or actor == target or actor in browser.ancestors(target):
        return True
    if target in browser.ancestors(actor):
        by_click = active and "allow-top-navigation-by-user-activation" in allowed
        in_between = not browser.is_top_level(target)
        return in_between or by_click or "allow-top-navigation" in allowed
    return browser.frame(target).opener == actor
