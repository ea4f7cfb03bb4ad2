"""The exercises of the book: what the reader writes, and what it is held against.

Most go by browsers: a function ``…_cases(browser, theirs)`` lists what is asked about
each of them. ``theirs`` is a copy for the reader's function, whatever it does to it.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType

from labcore import origin, screen
from labcore.actions import Attempt, Navigate, Script, SetDomain
from labcore.browser import Box, Browser, frame, window
from labcore.errors import unknown
from labcore.exercises.grading import Case, Exercise, Rows
from labcore.policies import navigation, scripting, top_level
from labcore.policies.decision import Decision, Policy, ask, decide
from labcore.small_scope import Scope, browsers

Cases = Iterable[Iterable[Case]]
Pairs = Sequence[tuple[str, str]]

POLICY = ("browser", "attempt")

SMALL = Scope(frames=4, origins=3, windows=2)
LARGER = Scope(frames=5, origins=3, windows=2)
OPENED = Scope(frames=4, origins=2, windows=3, openers=True)
SANDBOXED = Scope(frames=4, origins=2, windows=2, sandboxes=(None, "allow-scripts"))
ONE_ORIGIN = Scope(frames=5, origins=1, windows=2)
SHAPES = Scope(frames=3, origins=3, windows=2)


@lru_cache(maxsize=16)
def small(scope: Scope) -> tuple[Browser, ...]:
    """Every browser in ``scope``, the smallest first, kept for the next attempt."""
    return tuple(browsers(scope))


def within(scope: Scope) -> str:
    """The bounds of ``scope`` in a sentence."""
    return f"with {scope}"


def on_each(
    family: Callable[[], Iterable[Browser]],
    cases: Callable[[Browser, Browser], Iterable[Case]],
) -> Cases:
    """The cases of each browser in a family."""
    return (cases(browser, Browser(browser.frames)) for browser in family())


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

    return Exercise(
        name="own-page",
        chapter="05",
        objective=3,
        task="Write a navigation policy for this page. Its honest navigations must go "
        "on working, no attack may succeed, and nobody gains anything on other pages.",
        parameters=POLICY,
        unit="first browser",
        cases=partial(on_each, family, cases),
        family=f"{within(SMALL)}, hosts of the page's, and the page",
        hint="Who contains the target? And who has the origin of a frame that contains "
        "it, and could make that frame do it?",
    )


# --- the book ---


class Exercises(dict[str, Exercise]):
    """Exercises by name; a wrong name is answered with the nearest right one."""

    def __missing__(self, name: object) -> Exercise:
        raise unknown("exercise", name, self)


_ALL = (
    Exercise(
        name="same-origin",
        chapter="01",
        objective=2,
        task="Say whether two URLs, given as texts, have the same origin. Take them "
        "apart with urllib.parse.urlsplit.",
        parameters=("a", "b"),
        cases=url_cases,
        family="with default ports, sub-domains, upper case and data: among them",
        hint="An origin is scheme, host and port. Where a URL names no port, it has "
        "its "
        "scheme's: 80 for http, 443 for https. A data: URL has an origin of its own, "
        "which equals no other.",
        unit="plainest pair of URLs",
        units="pairs of URLs",
    ),
    Exercise(
        name="document-domain",
        chapter="01",
        objective=3,
        task="Write the scripting policy for pages that may have set document.domain.",
        parameters=POLICY,
        cases=partial(on_each, relaxed, domain_cases),
        family="with a page and a widget on several hosts, schemes and ports of a site",
        hint="browser.document(label) has .origin and .domain, which is None until it "
        "is "
        "set. There are three cases: neither has set it, only one has, both have. If "
        "both have, scheme and domain are compared, and nothing else.",
    ),
    Exercise(
        name="location-bar",
        chapter="02",
        objective=2,
        task="Say what the location bar shows to a user who looks at a frame.",
        parameters=("browser", "label"),
        cases=partial(on_each, partial(small, SHAPES), bar_cases),
        family=within(SHAPES),
        hint="A window has one location bar. browser.root(label) is the window's top.",
        on_screen=True,
    ),
    Exercise(
        name="lock",
        chapter="02",
        objective=2,
        task="Say whether a window shows a lock. An about:blank frame counts as its "
        "parent does; an about:blank window has no lock.",
        parameters=("browser", "label"),
        cases=partial(on_each, fetched, lock_cases),
        family=f"{within(SHAPES)}, over HTTPS, over HTTP or blank",
        hint="The lock speaks of every frame in the window: "
        "browser.descendants(label). "
        "For about:blank look at the parent, and at its parent if need be.",
        on_screen=True,
    ),
    Exercise(
        name="descendant",
        chapter="03",
        objective=2,
        task="Write the descendant policy: a frame may navigate the frames inside it.",
        parameters=POLICY,
        cases=partial(on_each, partial(small, LARGER), partial(like, navigation.descendant)),
        family=within(LARGER),
        hint="browser.ancestors(label) gives the frames that contain it.",
    ),
    Exercise(
        name="window-repair",
        chapter="03",
        objective=2,
        task="Repair the window policy: a frame may navigate what is in its window.",
        parameters=POLICY,
        cases=partial(on_each, partial(small, LARGER), partial(like, navigation.window)),
        family=within(LARGER),
        hint="Frames with one parent are in one window, but not the other way round. "
        "browser.root(label) is the top of the window that a frame is in.",
    ),
    Exercise(
        name="probe",
        chapter="03",
        objective=2,
        task="Find out which of the four policies answers. ask(actor, target) says "
        "whether it allows that navigation on the chapter's page; return its name.",
        parameters=("ask",),
        cases=probe_cases,
        family="to be asked about six frames",
        hint="Look for two frames about which some of the policies say yes and the "
        "others no, such as ad and maps. If the second question depends on the answer "
        "to the first, two are enough.",
        unit="first unknown policy",
        units="unknown policies",
    ),
    Exercise(
        name="window-stops-it",
        chapter="04",
        objective=3,
        task="Write a policy that stops the cross-window attack in every browser, and "
        "lets every frame navigate the frames that it embeds.",
        parameters=POLICY,
        cases=partial(on_each, partial(small, SMALL), stopping_cases),
        family=within(SMALL),
        hint="The actor of a cross-window attack is not in the window of its target. "
        "browser.root(label) says in which window a frame is.",
    ),
    Exercise(
        name="top-level",
        chapter="04",
        objective=4,
        task="Write the rule of Firefox 2 for top-level frames: only frames in the "
        "target's window, or in the window that opened it, may navigate it.",
        parameters=POLICY,
        cases=partial(on_each, partial(small, OPENED), opener_cases),
        family=within(OPENED),
        hint="browser.frame(target).opener is the label of the frame that opened the "
        "window, or None. All frames of that frame's window may: compare their roots.",
    ),
    Exercise(
        name="propagation",
        chapter="05",
        objective=5,
        task="Add origin propagation to the policy that you are given: what some frame "
        "of the actor's origin may do, the actor may do.",
        parameters=("policy", "browser", "attempt"),
        cases=partial(on_each, partial(small, SANDBOXED), propagation_cases),
        family=within(SANDBOXED),
        hint="Ask the policy again with each frame of the actor's origin as the actor: "
        "dataclasses.replace(attempt, actor=other). And any frame may navigate itself.",
    ),
    Exercise(
        name="pixels",
        chapter="05",
        objective=4,
        task="Write a navigation policy that sees only rectangles: it allows what the "
        "actor could paint over. screen[label] is the rectangle of a frame.",
        parameters=("screen", "actor", "target"),
        cases=partial(on_each, partial(small, ONE_ORIGIN), pixel_cases),
        family=within(ONE_ORIGIN),
        hint="A frame paints only inside its own rectangle. Compare window, left, "
        "right, top and bottom of the two: which of them lies inside the other?",
        on_screen=True,
    ),
    own_page(),
)

EXERCISES: Mapping[str, Exercise] = Exercises({each.name: each for each in _ALL})
"""Every exercise of the book by its name, in reading order."""

OBJECTIVES: Mapping[str, Sequence[str]] = {
    "01": (
        "find the origin of a URL, with the port that it does not mention",
        "decide whether two pages are same-origin, and whether they are same-site",
        "say what document.domain does, what it lets in, and what became of it",
        "say what an opaque origin is, and name two ways to get one",
        "explain why no origin policy helps against a script in the page itself",
    ),
    "02": (
        "draw the frame hierarchy of a page and use its words: window, top-level "
        "frame, sub-frame, parent, ancestor, descendant",
        "say what the location bar and the lock tell the user, and what they do not",
        "weigh including somebody's code as a script against showing it in a frame",
        "tell three attackers apart: the web attacker, the gadget attacker and the "
        "network attacker",
    ),
    "03": (
        "say what it means to navigate a frame, and why the same-origin policy does not decide it",
        "state the four navigation policies (permissive, window, child, descendant) "
        "and predict their decisions on a page",
        "say why top-level frames have rules of their own",
        "explain why the descendant policy prevailed",
        "find out, for any page, which frame could hijack which",
    ),
    "04": (
        "carry out the cross-window attack step by step, and say in each step what the user sees",
        "explain how a script finds a frame in a window that it has nothing to do with",
        "say which policies stop the attack, and show that they do on every small page",
        "say why top-level frames were exempt, and what the exemption is worth",
        "read the paper's table of browsers, with its footnote on Flash",
    ),
    "05": (
        "say what a mashup, an integrator and a gadget are, and why a mashup breaks "
        "an assumption behind the window policy",
        "carry out gadget hijacking step by step, and say what the user sees",
        "name the policies that stop it, and the reason that the browser gives",
        "state pixel delegation and decide with it whether a navigation should be allowed",
        "explain origin propagation, and when it is harmless",
    ),
}
"""What the reader can do after each chapter, as the chapter's first cell says it."""
