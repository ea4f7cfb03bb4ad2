"""The exercises of the book: what the reader's function is held against.

What each exercise says stands in ``chapters/``, a file a chapter. Here is what it asks, with help
from `handshakes`, `searches`, `requests`, `principals` and `today`. Most go by browsers, and a
function ``…_cases(browser, theirs)`` lists what is asked about each of them.
``theirs`` is a copy for the reader's function, whatever it does to it.
"""

import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from labcore import origin, screen
from labcore.actions import (
    Attempt,
    Commit,
    Deliver,
    Load,
    Message,
    Navigate,
    Poll,
    PostMessage,
    Script,
    SetDomain,
    SetTimer,
    TimerFires,
)
from labcore.browser import Box, Browser, frame, window
from labcore.errors import unknown
from labcore.exercises import handshakes, principals, requests, searches, today
from labcore.exercises.grading import Case, Exercise, Rows
from labcore.messages import InvalidTargetOrigin
from labcore.policies import Policies, navigation, scripting, top_level
from labcore.policies.decision import Decision, Policy, ask, decide
from labcore.policies.messaging import target_origin_honoured
from labcore.protocols import Reads, receiving
from labcore.scenarios.handshakes import (
    DELETE,
    HANDSHAKE,
    SMASH_CHANNEL,
)
from labcore.scenarios.scenario import Trace, play
from labcore.scripts import MessageEvent, Page
from labcore.small_scope import Scope, browsers
from labcore.step import step
from labcore.world import World

Cases = Iterable[Iterable[Case]]
Pairs = Sequence[tuple[str, str]]

CHAPTERS: Mapping[str, Mapping[str, Any]] = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "chapters").glob("*.toml"))
}
"""The objectives and the exercises of each chapter, in words."""

SMALL = Scope(frames=4, origins=3, windows=2)
LARGER = Scope(frames=5, origins=3, windows=2)
OPENED = Scope(frames=4, origins=2, windows=3, openers=True)
SANDBOXED = Scope(frames=4, origins=2, windows=2, sandboxes=(None, "allow-scripts"))
ONE_ORIGIN = Scope(frames=5, origins=1, windows=2)
BOXED = Scope(frames=3, origins=3, windows=2, sandboxes=(None, "allow-scripts"))
SHAPES = Scope(frames=3, origins=3, windows=2)


def exercise(name: str, cases: Callable[[], Cases], scope: Scope | None = None) -> Exercise:
    """The exercise called ``name`` in a chapter's file, with ``cases`` to check an answer on.

    Its ``family`` says what these are; ``{scope}`` in it are the bounds of ``scope``.
    """
    chapter = next(each for each, told in CHAPTERS.items() if name in told["exercises"])
    told: dict[str, Any] = {"parameters": ("browser", "attempt"), "family": "with {scope}"}
    told |= CHAPTERS[chapter]["exercises"][name]
    for field in ("task", "hint"):
        told[field] = on_one_line(told[field])
    told["family"] = told["family"].format(scope=scope)
    return Exercise(name, chapter, cases=cases, **told)


def on_one_line(text: str) -> str:
    """``text`` without its line breaks."""
    return " ".join(text.split())


@lru_cache(maxsize=16)
def small(scope: Scope) -> tuple[Browser, ...]:
    """Every browser in ``scope``, the smallest first, kept for the next attempt."""
    return tuple(browsers(scope))


def on_each(
    family: Scope | Callable[[], Iterable[Browser]],
    cases: Callable[[Browser, Browser], Iterable[Case]],
) -> Callable[[], Cases]:
    """What is asked about each browser in a family."""

    def asked() -> Cases:
        found = small(family) if isinstance(family, Scope) else family()
        return (cases(browser, Browser(browser.frames)) for browser in found)

    return asked


def others(browser: Browser) -> Iterator[tuple[str, str]]:
    """Every actor with every sub-frame that it is not."""
    pairs = itertools.permutations(browser.labels, 2)
    return ((a, t) for a, t in pairs if not browser.is_top_level(t))


def to_own_page(browser: Browser, actor: str, target: str) -> Navigate:
    """``actor`` navigates ``target`` to the page that it shows itself."""
    return Navigate(actor, target, browser.document(actor).url)


def decided(decision: Decision, theirs: Browser, attempt: Attempt) -> Case:
    """A policy should decide so."""
    whole = decision.settled("the task", attempt)
    return Case((theirs, attempt), whole.allowed, whole, theirs, attempt)


def like(policy: Policy, browser: Browser, theirs: Browser) -> Iterator[Case]:
    """The navigations of sub-frames, decided as ``policy`` decides them."""
    for pair in others(browser):
        attempt = to_own_page(browser, *pair)
        yield decided(ask(policy, browser, attempt), theirs, attempt)


# --- 01: origins ---

SHOP = (
    "https://shop.example/",
    "https://shop.example/cart?size=9",
    "http://shop.example/",
    "https://www.shop.example/",
    "https://shop.example:8443/",
    "https://shop.example:443/",
    "http://shop.example:80/",
    "http://shop.example:443/",
    "https://SHOP.example/",
    "https://anna@shop.example/",
    "data:text/html,shop",
)
"""URLs in which all that may matter differs, the plainest first."""


def url_cases() -> Cases:
    """Every two URLs, the plainest first; a URL with itself too."""
    places = itertools.product(range(len(SHOP)), repeat=2)
    for i, j in sorted(places, key=lambda place: (max(place), sum(place), place)):
        urls = (SHOP[i], SHOP[j])
        because = origins_compared(*urls)
        asked = f"have {urls[0]} and {urls[1]} the same origin?"
        facts = partial(parts_of, *urls)
        yield [Case(urls, because.allowed, because, asked=asked, facts=facts)]


def origins_compared(a: str, b: str) -> Decision:
    """Whether two URLs have one origin, with the first part that differs."""
    one, other = origin.Origin.of(a), origin.Origin.of(b)
    if one.is_opaque or other.is_opaque:
        return decide(False, "", "a data: URL has an opaque origin, equal to no other")
    for part in ("scheme", "host", "port"):
        x, y = getattr(one, part), getattr(other, part)
        if x != y:
            return decide(False, "", f"the {part}s differ: {x} and {y}")
    return decide(True, f"scheme, host and port are those of {one}", "")


def parts_of(*urls: str) -> Rows:
    """The parts of each URL's origin, as a table."""
    yield ("URL", "scheme", "host", "port")
    for url in urls:
        its = origin.Origin.of(url)
        parts = (its.scheme, its.host, str(its.port))
        yield (url, *(("(opaque)", "", "") if its.is_opaque else parts))


DOMAIN_URLS = (
    "https://www.site.example/",
    "https://maps.site.example/",
    "https://www.site.example:8443/",
    "http://www.site.example/",
)


def relaxed() -> Iterator[Browser]:
    """A page with a widget, on every host, once they have set every document.domain."""
    choices = itertools.product((None, "site.example", "www.site.example"), repeat=2)
    for domains in sorted(choices, key=lambda two: -two.count(None)):
        for url in DOMAIN_URLS:
            widget = frame(url, label="widget")
            page = Browser.of(window(DOMAIN_URLS[0], widget, label="page"))
            chosen = [(x, d) for x, d in zip(page.labels, domains, strict=True) if d]
            if all(scripting.may_set_domain(page, SetDomain(*each)) for each in chosen):
                for each in chosen:
                    page = page.with_domain(*each)
                yield page


def domain_cases(page: Browser, theirs: Browser) -> Iterator[Case]:
    """May each frame script the other?"""
    for pair in itertools.permutations(page.labels, 2):
        attempt = Script(*pair)
        rule = scripting.same_origin_domain_policy
        yield decided(ask(rule, page, attempt), theirs, attempt)


# --- 02: frames and windows ---


def bar_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """What does the location bar show?"""
    for label in browser.labels:
        top = browser.root(label)
        because = decide(True, "{witness} is the top of the window", "", witness=top)
        shown = screen.location_bar(browser, label)
        asked = f"what does the location bar show to a user who looks at {label}?"
        yield Case((theirs, label), shown, because, theirs, asked=asked)


def fetched() -> Iterator[Browser]:
    """The smallest browsers, their documents fetched in every way."""
    ways = ("https://a.example/", "http://b.example/", "about:blank")
    for browser in small(SHAPES):
        for urls in itertools.permutations(ways, len(urls_of(browser))):
            yield showing(browser, urls)


def urls_of(browser: Browser) -> list[str]:
    """The URLs in ``browser``, each once."""
    return list(dict.fromkeys(each.document.url for each in browser.frames))


def showing(browser: Browser, urls: Iterable[str]) -> Browser:
    """A browser of the same shape, with other ``urls`` instead of its own."""
    instead = dict(zip(urls_of(browser), urls, strict=False))
    boxes: dict[str, Box] = {}
    for each in reversed(browser.frames):
        inside = (boxes[label] for label in browser.children(each.label))
        make = window if each.parent is None else frame
        boxes[each.label] = make(instead[each.document.url], *inside, label=each.label)
    return Browser.of(*(boxes[top] for top in browser.windows))


def lock_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """Is there a lock?"""
    for top in browser.windows:
        inside = (top, *browser.descendants(top))
        bad = [x for x in inside if not screen.came_over_https(browser, x)]
        because = decide(
            not bad,
            "every frame in the window came over HTTPS",
            "{witness} did not come over HTTPS",
            witness=bad[0] if bad else None,
        )
        lock = screen.shows_lock(browser, top)
        asked = f"does {top} show a lock?"
        yield Case((theirs, top), lock, because, theirs, asked=asked)


# --- 03: who may navigate whom ---

PORTAL = Browser.of(
    window(
        "https://portal.example/",
        frame("https://attacker.example/ad", label="ad"),
        frame(
            "https://maps.example/",
            frame("https://tiles.example/", label="tiles"),
            label="maps",
        ),
        label="portal",
    ),
    window(
        "https://bank.example/",
        frame("https://bank.example/login", label="login", name="login"),
        label="bank",
    ),
)
"""The page of chapter 03, to try an unknown policy on."""


def probe_cases() -> Cases:
    """Each policy, behind a function that answers questions about `PORTAL`."""
    asked = "which of the four policies gives these answers?"
    for name, policy in navigation.NAVIGATION.items():
        heard: dict[str, str] = {}
        because = decide(True, f"the answers came from the {name} policy", "")
        question, facts = partial(answer, policy, heard), partial(questions, heard)
        yield [Case((question,), name, because, PORTAL, asked=asked, facts=facts)]


def answer(policy: Policy, heard: dict[str, str], actor: str, target: str) -> bool:
    """What the unknown policy answers; the question is written down."""
    for label in (actor, target):
        PORTAL.frame(label)
    allowed = ask(policy, PORTAL, to_own_page(PORTAL, actor, target)).allowed
    heard[f"{actor} → {target}"] = "allowed" if allowed else "refused"
    return allowed


def questions(heard: Mapping[str, str]) -> Rows:
    """The questions that were asked, and their answers."""
    return [("it asked", "and heard"), *heard.items()] if heard else ()


# --- 04: the cross-window attack ---


def stopping_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """No navigation from another window; every parent navigates its children."""
    attack = "this is the cross-window attack: {actor} and {target} are in two windows"
    for actor, target in others(browser):
        attempt = to_own_page(browser, actor, target)
        if browser.root(actor) != browser.root(target):
            yield decided(decide(False, "", attack), theirs, attempt)
        elif browser.parent(target) == actor:
            needed = decide(True, "{actor} embeds {target}, and must be able to", "")
            yield decided(needed, theirs, attempt)


def opener_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """The navigations of top-level frames, decided as Firefox 2 did."""
    for actor, target in itertools.permutations(browser.labels, 2):
        if browser.is_top_level(target):
            attempt = to_own_page(browser, actor, target)
            yield decided(ask(top_level.by_opener, browser, attempt), theirs, attempt)


# --- 05: gadget hijacking ---


def propagation_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """Origin propagation on top of two policies."""
    given = (navigation.descendant, navigation.child)
    for policy, pair in itertools.product(given, others(browser)):
        attempt = to_own_page(browser, *pair)
        because = navigation.propagate(policy, browser, attempt)
        because = because.settled("origin propagation", attempt)
        asked = f"{attempt}, with the {policy.__name__} policy as the one given"
        arguments = (policy, theirs, attempt)
        yield Case(arguments, because.allowed, because, theirs, attempt, asked)


def pixel_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """Navigation by pixel delegation, from rectangles alone."""
    places = screen.layout(browser)
    for actor, target in itertools.permutations(browser.labels, 2):
        attempt = to_own_page(browser, actor, target)
        because = decide(
            screen.may_paint_over(places, actor, target),
            "{actor} could paint over {target}",
            "{actor} cannot paint over {target}",
        ).settled("pixel delegation", attempt)
        arguments = (MappingProxyType(places), actor, target)
        facts = partial(rectangles, places, actor, target)
        allowed = because.allowed
        yield Case(arguments, allowed, because, browser, attempt, facts=facts)


def rectangles(places: screen.Screen, *labels: str) -> Rows:
    """The rectangles of some frames, as a table."""
    sides = ("left", "top", "right", "bottom")
    yield ("frame", "window", *sides)
    for label in labels:
        its = places[label]
        yield (label, its.window, *(f"{getattr(its, side):.2f}" for side in sides))


NEWS = Browser.of(
    window(
        "https://news.example/",
        frame(
            "https://exchange.example/slot",
            frame("https://boots.example/", label="advert"),
            label="slot",
        ),
        frame(
            "https://comments.example/",
            frame("https://login.example/", label="login"),
            label="comments",
        ),
        frame("https://maps.example/trams", label="map"),
        frame("https://news.example/tram-lines", label="tram-lines"),
        label="news",
    )
)
"""A newspaper. Its tram-lines choose what the map shows; the advert is a stranger's."""

HONEST = (
    ("news", "map"),
    ("slot", "advert"),
    ("comments", "login"),
    ("news", "advert"),
    ("tram-lines", "map"),
)
ATTACKS = (
    ("advert", "map"),
    ("advert", "login"),
    ("slot", "comments"),
    ("map", "tram-lines"),
)


def own_page(page: Browser = NEWS, honest: Pairs = HONEST, attacks: Pairs = ATTACKS) -> Exercise:
    """The exercise to write a policy for ``page``.

    It must allow the ``honest`` navigations and refuse the ``attacks`` (pairs of an
    actor and a target), and on no small browser allow what the descendant policy with
    origin propagation refuses. Raises `UnknownName` for a frame that is not there.
    """
    for label in itertools.chain(*honest, *attacks):
        page.frame(label)

    def family() -> Iterator[Browser]:
        """The page, and every small browser that shows pages from its hosts."""
        yield page
        hosts = [x.document for x in page.frames if not x.document.origin.is_opaque]
        urls = list({each.origin: each.url for each in hosts}.values())[:12]
        for browser in small(SMALL):
            for i in range(len(urls)):
                yield showing(browser, itertools.islice(itertools.cycle(urls), i, None))

    def cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
        needed = decide(True, "the page needs this navigation in order to work", "")
        attack = decide(False, "", "this is an attack on the page")
        for because, wishes in ((needed, honest), (attack, attacks)):
            for pair in wishes if browser is page else ():
                yield decided(because, theirs, to_own_page(page, *pair))
        for pair in others(browser) if browser is not page else ():
            attempt = to_own_page(browser, *pair)
            limit = navigation.propagate(navigation.descendant, browser, attempt)
            if not limit:
                yield decided(limit, theirs, attempt)

    return exercise("own-page", on_each(family, cases), SMALL)


# --- 06: the fragment channel ---

MAP_URLS = (
    "https://maps.example/",
    "https://maps.example/#Rome",
    "https://maps.example/#Oslo",
    "https://maps.example/#",
    "https://maps.example/tram#Rome",
    "https://maps.example/?city=Rome",
    "https://maps.example/#Rome#Oslo",
    "http://maps.example/#Rome",
    "https://tiles.example/#Rome",
)
"""What a map's frame may show, the plainest first."""


def reload_cases() -> Cases:
    """Every two URLs: is there anything to load?"""
    places = itertools.product(range(len(MAP_URLS)), repeat=2)
    for i, j in sorted(places, key=lambda place: (max(place), sum(place), place)):
        before, after = MAP_URLS[i], MAP_URLS[j]
        page = Browser.of(window("https://a.example/", frame(before, label="maps"), label="a"))
        _, world = step(World(page), Navigate("a", "maps", after), Policies())
        because = decide(
            bool(world.pending),
            "there is no # in the new URL" if "#" not in after else "they differ before the #",
            "they are the same up to the #",
        )
        asked = f"a frame shows {before} and is navigated to {after}: is a document loaded?"
        yield [Case((before, after), because.allowed, because, asked=asked)]


def polling_cases() -> Cases:
    """Every row of up to five writes and polls, and what the model's map sees of it."""
    maps = "https://maps.example/"
    page = Browser.of(window("https://a.example/", frame(maps, label="maps"), label="a"))
    start = World(page, scripts=((maps, Reads("https://a.example")),)).started()
    rows = [("", start)]
    for _ in range(5):
        rows = [(row + each, polled(world, each)) for row, world in rows for each in "AB."]
        for row, world in rows:
            seen = "".join(str(text) for _, text, _ in world.accepted)
            because = decide(True, "a poll sees what stands there now, if it is new", "")
            asked = f"which messages does the page see of {row!r}?"
            yield [Case((row,), seen, because, asked=asked)]


def polled(world: World, event: str) -> World:
    """The world after a write or a poll, and after all that the map's script does then."""
    write = Navigate("a", "maps", f"https://maps.example/#{event}")
    _, world = step(world, Poll("maps") if event == "." else write, Policies())
    while world.agenda:
        _, world = step(world, world.agenda[0], Policies())
    return world


# --- 07: handshakes that fail ---


def plan_cases() -> Cases:
    """The reader's plan against every handshake, with orders that it cannot know beforehand."""
    because = {
        "Windows Live Channels": "no answer names who answers: the integrator decodes for others",
        "SMash": "whoever begins is believed",
        "secure messaging": "the integrator sees that somebody else answered, and gives up",
    }
    for handshake, why in because.items():
        for order in (DELETE, "add Eve"):
            expected = handshake != "secure messaging"
            asked = f"does the gadget accept “{order}” under {handshake}?"
            run = partial(handshakes.run_of_plan, handshake, order)
            yield [run_case(run, expected, decide(True, why, ""), asked)]


def run_case(
    run: Callable[[Any], tuple[bool, Trace]], expected: bool, because: Decision, asked: str
) -> Case:
    """A case in which the reader's function is run, with the trace that came of it."""
    traces: list[Trace] = []

    def through(function: Any) -> Decision:
        happened, trace = run(function)
        traces[:] = [trace]
        return Decision(happened, "")

    def trace() -> Trace | None:
        return traces[-1] if traces else None

    def told() -> Rows:
        for each in traces[-1].steps if traces else ():
            if not isinstance(each.event, Load | Commit | Poll | SetTimer | TimerFires):
                yield (str(each.event), "" if each.decision else f"✗ {each.decision.reason}")

    return Case((), expected, because, asked=asked, facts=told, through=through, trace=trace)


def handshake_cases() -> Cases:
    """Honest runs, and attackers who adapt to what the reader's handshake says."""
    arrives = decide(True, "nobody attacks, and everything must arrive", "")
    for scenario in (SMASH_CHANNEL, HANDSHAKE):
        asked = f"does everything arrive in the scenario {scenario.name!r}?"
        run = partial(handshakes.shaken, scenario, handshakes.honest)
        yield [run_case(run, True, arrives, asked)]
    no = {
        True: "whoever begins can write any name; believe it only with a secret",
        False: "the answer must say who answers, and the initiator must look",
    }
    for what, (scenario, attack) in handshakes.ATTACKS.items():
        asked = f"can the attacker {what}, and is its order accepted?"
        run = partial(handshakes.shaken, scenario, attack)
        yield [run_case(run, False, decide(False, "", no[what.startswith("begin")]), asked)]


# --- 08: postMessage ---

TRUSTED = "https://pay.shop.example"


def shops() -> Iterator[Browser]:
    """A shop with its payment page, and with another frame beside it, whatever that shows."""
    honest, *theirs = (f"{TRUSTED}/", *HOSTILE, f"{TRUSTED}:8443")
    for url in (honest, *theirs):
        yield shop_with(shown("pay", url))
    for url in (f"{TRUSTED}/?order=8", *theirs):
        yield shop_with(shown("pay", honest), shown("other", url))


def shop_with(*frames: Box) -> Browser:
    """A shop with these frames."""
    return Browser.of(window("https://shop.example/", *frames, label="shop"))


def shown(label: str, url: str) -> Box:
    """A frame that shows ``url``; for ``null`` the payment page in a sandbox."""
    if url == "null":
        return frame(TRUSTED, label=label, name=label, sandbox="allow-scripts")
    return frame(url, label=label, name=label)


SAID: tuple[object, ...] = (
    {"paid": 7},
    {"paid": 12},
    {"height": 300},
    {"paid": "7"},
    {"paid": None},
    {},
    "paid 7",
    ["paid", 7],
    7,
    None,
)
"""What a payment page, or anybody, may post; the first two are reports of a payment."""


def may_act(event: MessageEvent) -> Decision:
    """Only the payment page, in its own frame, reports a payment, and only in one form."""
    if event.origin != TRUSTED:
        return decide(False, "", "the message comes from {origin}", origin=event.origin)
    if event.source != event.page.frames["pay"]:
        no = "the origin is right, but the window is {source} and not frames['pay']"
        return decide(False, "", no, source=event.source)
    order = event.data.get("paid") if isinstance(event.data, dict) else None
    return decide(
        isinstance(order, int),
        "the payment page, in its own frame, reports an order by its number",
        "{data} is no report: that is a dict with a number under 'paid'",
        data=event.data,
    )


def handler_cases() -> Cases:
    """Every message from every frame of every such shop."""
    for shop in shops():
        senders = (*shop.labels[1:], "shop")
        for sender, data in itertools.product(senders, SAID):
            event = MessageEvent(
                Page(shop, "shop"), deepcopy(data), str(shop.origin(sender)), sender
            )
            because = may_act(event)
            facts = partial(parts_of_event, event)
            asked = f"{sender} posts {data!r}: does the shop act on it?"
            yield [Case((event,), because.allowed, because, shop, asked=asked, facts=facts)]


def parts_of_event(event: MessageEvent) -> Rows:
    """What a handler can go by, as a table."""
    yield ("event.origin", "event.source", "event.page.frames['pay']")
    yield (event.origin, event.source, event.page.frames["pay"])


HOSTILE = (
    "https://attacker.example",
    "https://pay.shop.example.attacker.example",
    "https://evilshop.example",
    "https://payxshop.example",
    "http://pay.shop.example",
    "https://pay.shop",
    "null",
)
"""Origins that an attacker can have: hosts of its own, the network, or a sandboxed frame."""


def same_host(origin: str, trusted: str) -> bool:
    """The hosts are equal, whatever the scheme and the port."""
    return urlsplit(origin).hostname == urlsplit(trusted).hostname


def contained(origin: str, trusted: str) -> bool:
    """The origin stands in the text that it is compared with."""
    return origin in trusted


def null_too(origin: str, trusted: str) -> bool:
    """The trusted origin, and ``null``, which a page opened from a file has."""
    return origin in (trusted, "null")


def any_case(origin: str, trusted: str) -> bool:
    """The origins are equal but for upper and lower case."""
    return origin.lower() == trusted.lower()


def no_beginning(origin: str, trusted: str) -> bool:
    """A regular expression with an end and without a beginning."""
    return re.search(f"{re.escape(trusted)}$", origin) is not None


CHECKS: Mapping[str, receiving.OriginCheck] = {
    check.__name__: check
    for check in (
        receiving.no_check,
        receiving.prefix,
        receiving.suffix,
        receiving.exact,
        receiving.substring,
        receiving.unescaped_dot,
        same_host,
        contained,
        any_case,
        null_too,
        no_beginning,
    )
}
"""Origin checks, as they are found in the code of sites; some of them are right."""

NOBODY = "nobody"


def impostor_cases() -> Cases:
    """Each check: does an origin that the attacker can have pass it?"""
    for name, check in CHECKS.items():
        passes = next((each for each in HOSTILE if check(each, TRUSTED)), NOBODY)
        asked = f"whom does {name} let in, if it trusts {TRUSTED}?"
        judge = partial(gets_in, check)
        yield [Case((check, TRUSTED), passes, judge(passes), asked=asked, judge=judge)]


def gets_in(check: receiving.OriginCheck, answer: str) -> Decision:
    """Whether ``answer`` is an origin that an attacker can have, and that passes ``check``."""
    if answer == NOBODY:
        safe = not any(check(each, TRUSTED) for each in HOSTILE)
        return decide(
            safe, "no origin of an attacker's passes", "an origin of an attacker's passes"
        )
    try:
        theirs = origin.Origin.of("data:,") if answer == "null" else origin.Origin.of(answer)
    except origin.InvalidURL as error:
        return decide(False, "", "{error}", error=error)
    if str(theirs) != answer:
        return decide(False, "", "a browser writes this origin as {origin}", origin=theirs)
    if origin.same_site(theirs, origin.Origin.of(TRUSTED)):
        return decide(False, "", "this host belongs to the shop, over HTTPS")
    yes, no = "it passes, and can be an attacker's", "the check does not let it in"
    return decide(check(answer, TRUSTED), yes, no)


# --- 09: stealing a message, and sending it safely ---


@dataclass(frozen=True)
class Errand:
    """A message of an application.

    ``receiver`` is the origin that is to read it, ``"null"`` if that is opaque, and ``None`` if
    whoever is there may. A ``secret`` message must reach nobody else.
    """

    story: str
    says: str
    secret: bool
    receiver: str | None
    sender: str
    target: str
    app: tuple[Box, ...]

    @property
    def possible(self) -> tuple[str, ...]:
        """The target origins between which a sender can choose."""
        return ("*", self.receiver or "*")

    @property
    def browser(self) -> Browser:
        """The application's windows, and one of the attacker's."""
        return Browser.of(*self.app, window("https://attacker.example/", label="attacker"))


def greeting(host: str) -> Errand:
    """A widget that tells the page around it how high it is, whatever page that is."""
    widget = frame("https://widget.example/", label="widget")
    page = (window(host, widget, label="page"),)
    story = f"The widget tells the page around it, here {host}, how high it is."
    return Errand(story, "300 pixels high", False, None, "widget", "page", page)


ERRANDS = (
    Errand(
        "The shop passes the password to the window that it has opened for logging in.",
        "the password",
        True,
        "https://login.example",
        "shop",
        "login",
        (
            window("https://shop.example/", label="shop"),
            window("https://login.example/", label="login", opener="shop"),
        ),
    ),
    Errand(
        "The bank replies to a page that has asked for the balance and may have it.",
        "the balance",
        True,
        "https://shop.example",
        "bank",
        "shop",
        (
            window(
                "https://shop.example/", frame("https://bank.example/", label="bank"), label="shop"
            ),
        ),
    ),
    Errand(
        "The clinic passes an appointment to its calendar, which runs on a port of its own.",
        "the appointment",
        True,
        "https://clinic.example:8443",
        "clinic",
        "calendar",
        (
            window(
                "https://clinic.example/",
                frame("https://clinic.example:8443/", label="calendar"),
                label="clinic",
            ),
        ),
    ),
    greeting("https://blog.example/"),
    greeting("https://news.example/"),
    *(
        Errand(
            story,
            says,
            secret,
            "null",
            "editor",
            "preview",
            (
                window(
                    "https://editor.example/",
                    frame(
                        "https://editor.example/preview", label="preview", sandbox="allow-scripts"
                    ),
                    label="editor",
                ),
            ),
        )
        for story, says, secret in (
            ("The editor tells its sandboxed preview to use dark colours.", "dark", False),
            ("The editor passes a key to its sandboxed preview.", "the key", True),
        )
    ),
)
"""What an application has to say to whom, the plainest first."""

KEEP = "do not send"

FREE = Policies(navigation="permissive", origin_propagation=False)
"""The browser in which the errands are run: the attacker navigates any frame."""


def errand_cases() -> Cases:
    """Each errand, to be run honestly and under attack with the answer as its target origin."""
    for errand in ERRANDS:
        right = next((each for each in errand.possible if arrives(errand, each)), KEEP)
        judge = partial(arrives, errand)
        asked = f"{errand.story} For which target origin?"
        facts = partial(parts_of_errand, errand)
        yield [Case((errand,), right, judge(right), errand.browser, None, asked, facts, judge)]


def arrives(errand: Errand, target_origin: str) -> Decision:
    """Whether the message arrives when nobody attacks, and nobody else reads it if it is secret."""
    if target_origin == KEEP:
        possible = any(arrives(errand, each) for each in errand.possible)
        return decide(not possible, "no target origin is safe", "it can be sent, and safely")
    try:
        post = PostMessage(errand.sender, errand.target, errand.says, target_origin)
    except InvalidTargetOrigin as error:
        return decide(False, "", "the call fails: {error}", error=error)
    hostile = Navigate("attacker", errand.target, "https://attacker.example/hostile")
    theirs = frozenset({errand.browser.origin("attacker")})
    start = World(errand.browser, attacker=theirs, secrets=frozenset({errand.says}))
    honest = play(start, [post], FREE)[-1].decision
    attack = play(start, [post, hostile, Deliver(errand.target)], FREE)[-1].world
    if not honest:
        return decide(False, "", "it does not arrive: {why}", why=honest.reason)
    stolen = errand.secret and errand.says in attack.knowledge
    no = "before it is dispatched, the attacker navigates {target} to its own page, and reads it"
    return decide(not stolen, "it arrives, and nowhere else", no, target=errand.target)


def parts_of_errand(errand: Errand) -> Rows:
    """What is known about an errand, as a table."""
    yield ("errand.says", "errand.secret", "errand.receiver")
    yield (errand.says, str(errand.secret), repr(errand.receiver))


def dispatch_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """Messages from every frame to every other, for every origin that could be meant."""
    for actor, target in itertools.permutations(browser.labels, 2):
        sender, shown = browser.origin(actor), browser.document(target).url
        there = origin.Origin.of(shown)
        near = (replace(there, port=8443), replace(there, scheme="http", port=80))
        for intended in dict.fromkeys((None, sender, there, *near)):
            message = Message(actor, target, "hello", sender, intended)
            because = ask(target_origin_honoured, browser, message)
            if intended and not because and str(intended) == str(browser.origin(target)):
                because = decide(False, "", "two opaque origins are written null, and differ")
            meant = "*" if intended is None else "/" if intended == sender else intended
            asked = f"{actor} posts to {target} with the target origin {meant}: is it dispatched?"
            facts = partial(parts_of_message, browser, message)
            yield Case(
                (theirs, message), because.allowed, because, theirs, asked=asked, facts=facts
            )


def parts_of_message(browser: Browser, message: Message) -> Rows:
    """Whom a message comes from, whom it is for, and who is there now, as a table."""
    yield ("message.origin", "message.intended", "origin of message.target")
    intended = None if message.intended is None else str(message.intended)
    yield (str(message.origin), str(intended), str(browser.origin(message.target)))


# --- 10: let the machine attack ---


def commuting_cases() -> Cases:
    """Two events that are due at one time, in both orders."""
    pairs = sorted(searches.due_pairs(), key=lambda pair: len(pair[1].browser))
    for name, world, one, other, policies in pairs:
        right = searches.commute(world, one, other, policies)
        because = decide(
            right, "both orders lead to one world", "the two orders lead to different worlds"
        )
        asked = f"on the page of {name!r}: “{one}” and “{other}”, do they commute?"
        yield [Case((world, one, other, policies), right, because, world.browser, asked=asked)]


def surviving_cases() -> Cases:
    """Honest runs, and the search, on the network and on pages."""
    for asked, (ask_of, right, why) in searches.QUESTIONS.items():
        because = decide(right, why, why)
        yield [searches.finding_case(partial(searches.guarded, ask_of), because, asked)]


# --- the book ---


class Exercises(dict[str, Exercise]):
    """Exercises by name; a wrong name is answered with the nearest right one."""

    def __missing__(self, name: object) -> Exercise:
        raise unknown("exercise", name, self)


_IN_ORDER = (
    exercise("same-origin", url_cases),
    exercise("document-domain", on_each(relaxed, domain_cases)),
    exercise("location-bar", on_each(SHAPES, bar_cases), SHAPES),
    exercise("lock", on_each(fetched, lock_cases), SHAPES),
    exercise("descendant", on_each(LARGER, partial(like, navigation.descendant)), LARGER),
    exercise("window-repair", on_each(LARGER, partial(like, navigation.window)), LARGER),
    exercise("probe", probe_cases),
    exercise("window-stops-it", on_each(SMALL, stopping_cases), SMALL),
    exercise("top-level", on_each(OPENED, opener_cases), OPENED),
    exercise("propagation", on_each(SANDBOXED, propagation_cases), SANDBOXED),
    exercise("pixels", on_each(ONE_ORIGIN, pixel_cases), ONE_ORIGIN),
    own_page(),
    exercise("reloads", reload_cases),
    exercise("polling", polling_cases),
    exercise("lowe-plan", plan_cases),
    exercise("repair-smash", handshake_cases),
    exercise("impostors", impostor_cases),
    exercise("message-handler", handler_cases),
    exercise("dispatch", on_each(BOXED, dispatch_cases), BOXED),
    exercise("target-origins", errand_cases),
    exercise("commute", commuting_cases),
    exercise("survives", surviving_cases),
    exercise("same_site", requests.sending_cases),
    exercise("request_check", requests.arriving_cases),
    exercise("cors_check", requests.cors_cases),
    exercise("cors_headers", requests.opening_cases),
    exercise("frame_ancestors", on_each(requests.chains, requests.framing_cases)),
    exercise("may_join", principals.joining_cases),
    exercise("assign", principals.wish_cases),
    exercise("trusts", principals.trusting_cases),
    exercise("session_integrity", principals.integrity_cases),
    exercise("own_window", on_each(today.OWN_WINDOWS, today.own_window_cases), today.OWN_WINDOWS),
    exercise("which_browser", today.unknown_cases),
    exercise("isolation", today.isolation_cases),
)

EXERCISES: Mapping[str, Exercise] = Exercises({each.name: each for each in _IN_ORDER})
"""Every exercise of the book by its name, in reading order."""

OBJECTIVES: Mapping[str, Sequence[str]] = {
    chapter: tuple(map(on_one_line, told["objectives"])) for chapter, told in CHAPTERS.items()
}
"""What the reader can do after each chapter, as the chapter's first cell says it."""
