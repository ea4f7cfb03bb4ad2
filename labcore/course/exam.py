"""Exams: questions drawn by lot, answered by the model, each answer with its reason.

The same seed gives the same exam. A question is a list of things to mark yes or no; by chance alone
half of them come out right, so grade them by what is right less what is wrong.
"""

import html
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from labcore.browser import Box, Browser, frame, window
from labcore.defences import UNWARY
from labcore.errors import Named, ReadersError, WrongType, WrongValue, shown
from labcore.figures import Picture, draw_tree, picture
from labcore.figures.cards import CARD
from labcore.http import Headers, Jar, Request, Response
from labcore.origin import Origin, same_origin, same_site
from labcore.policies import NAVIGATION, PRESETS, TABLE_2, TOGGLES, Policies
from labcore.policies.toggles import label_of
from labcore.scenarios import SCENARIOS, Scenario

ITEMS = 6
"""How many things a question asks to mark, where there are so many."""

TRIES = 500
"""How often a question is drawn again in which everything is right, or nothing."""

HOSTS = ("news.example", "ads.example", "maps.example", "bank.example")
OTHERS_PAGE = "https://elsewhere.example/"


class NotWritten(ReadersError, OSError):
    """An exam could not be written to a folder; the message says why."""


@dataclass(frozen=True)
class Item:
    """Something to mark: whether it is ``right``, and why."""

    text: str
    right: bool
    because: str


@dataclass(frozen=True)
class Question:
    """What is asked, about a ``page`` where there is something to see; ``chapter`` teaches it."""

    chapter: str
    asks: str
    items: tuple[Item, ...]
    page: Browser | None = None

    @property
    def picture(self) -> Picture | None:
        """The frames of its page."""
        return picture(draw_tree, self.page) if self.page else None

    @property
    def is_mixed(self) -> bool:
        """Whether some items are right and some wrong."""
        return len({item.right for item in self.items}) == 2


Kind = Callable[[Random], Question]


# --- the kinds of questions, in the order of the chapters ---


def by_url(random: Random, related: Callable[[Origin, Origin], bool], word: str) -> Question:
    """Which URLs are related to one?"""
    hosts = ("shop.example", "www.shop.example", "api.shop.example", "shop.example.net")
    ends = ("", ":443", ":80", ":8443")
    urls = [
        f"{scheme}://{host}{port}/{path}"
        for scheme, host, port, path in itertools.product(
            ("https", "http"), hosts, ends, ("", "cart?size=9")
        )
    ]
    one, *others = random.sample(urls, ITEMS + 1)
    origin = Origin.of(one)
    items = [
        Item(url, related(Origin.of(url), origin), f"its origin is {Origin.of(url)}")
        for url in others
    ]
    return Question("01", f"Which URLs are {word} with {one}?", tuple(items))


def origins(random: Random) -> Question:
    """Which URLs have the same origin?"""
    return by_url(random, same_origin, "same-origin")


def sites(random: Random) -> Question:
    """Which URLs are of one site?"""
    return by_url(random, same_site, "same-site")


def pages(random: Random, sandboxes: Sequence[str | None] = (None,)) -> Browser:
    """Seven frames in two windows, of up to four hosts."""
    count, below = 7, dict[int, list[int]]()
    for number in range(2, count):
        below.setdefault(random.randrange(number), []).append(number)

    def box(number: int) -> Box:
        url = f"https://{random.choice(HOSTS)}/"
        inner, label = [box(each) for each in below.get(number, [])], "ABCDEFG"[number]
        if number < 2:
            return window(url, *inner, label=label)
        return frame(url, *inner, label=label, sandbox=random.choice(sandboxes))

    return Browser.of(box(0), box(1))


def ancestors(random: Random) -> Question:
    """Which frames are ancestors?"""
    page = pages(random)
    one = random.choice([label for label in page.labels if not page.is_top_level(label)])
    around = tuple(page.ancestors(one))
    items = [
        Item(each, each in around, f"{one} is inside {', inside '.join(around)}")
        for each in page.labels
        if each != one
    ]
    return Question("02", f"Which frames are ancestors of {one}?", tuple(items), page)


def scripting(random: Random) -> Question:
    """Whom may a frame script?"""
    page = pages(random, (None, None, "allow-scripts", "allow-scripts allow-same-origin"))
    actor = random.choice(page.labels)
    items = []
    for each in page.labels:
        if each != actor:
            decision = Policies().may_script(page, actor, each)
            items.append(Item(each, bool(decision), decision.reason))
    sandboxed = [
        f'{each.label} has sandbox="{" ".join(sorted(each.sandbox))}"'
        for each in page.frames
        if each.sandbox is not None
    ]
    noted = f" ({'; '.join(sandboxed)})" if sandboxed else ""
    asks = f"Which frames may a script in {actor} read and change?{noted}"
    return Question("02", asks, tuple(items), page)


def navigation(random: Random) -> Question:
    """Whom may a frame navigate, under one of the four policies?"""
    page, policy = pages(random), random.choice(list(NAVIGATION))
    actor = random.choice(page.labels)
    rule, items = Policies(navigation=policy, origin_propagation=False), []
    for each in page.labels:
        if each != actor and not page.is_top_level(each):
            decision = rule.may_navigate(page, actor, each)
            items.append(Item(each, bool(decision), decision.reason))
    asks = f"Under the {policy} policy, without origin propagation: which may {actor} navigate?"
    return Question("03", asks, tuple(items), page)


def policies(random: Random) -> Question:
    """Which policies allow one navigation?"""
    page = pages(random)
    target = random.choice([each for each in page.labels if not page.is_top_level(each)])
    actor = random.choice([each for each in page.labels if each != target])
    items = []
    for policy, propagation in itertools.product(NAVIGATION, (False, True)):
        rule = Policies(navigation=policy, origin_propagation=propagation)
        decision = rule.may_navigate(page, actor, target)
        with_it = " with origin propagation" if propagation else ""
        items.append(Item(f"{policy}{with_it}", bool(decision), decision.reason))
    asks = f"Which policies allow {actor} to navigate {target}?"
    return Question("05", asks, tuple(items), page)


def browsers(random: Random) -> Question:
    """In which browsers does an attack on a frame succeed?"""
    names = ("cross-window", "gadget-hijacking", "sibling-navigation", "recursive-mashup")
    story = SCENARIOS[random.choice(names)]
    runs = {name: story.run(PRESETS[name]) for name in TABLE_2}
    items = [
        Item(f"{name}: {rules(policies, story)}", trace.succeeded, trace.verdict)
        for (name, trace), policies in zip(runs.items(), TABLE_2.values(), strict=True)
    ]
    asks = f"{story.story} In which browsers of 2008 does it succeed?"
    return Question("04", asks, tuple(items))


def rules(policies: Policies, story: Scenario) -> str:
    """The rules that matter to a story."""
    return ", ".join(
        f"{toggle.replace('_', ' ')} {told(getattr(policies, toggle))}" for toggle in story.toggles
    )


def told(value: object) -> str:
    """The value of a toggle, as an exam shows it."""
    return ("on" if value else "off") if isinstance(value, bool) else label_of(value)


def stops(random: Random) -> Question:
    """Which one change stops an attack?"""
    attacks = [x for x in SCENARIOS.values() if x.attacked and x.run(UNWARY).succeeded]
    story = random.choice(attacks)
    changes = [
        (toggle, value)
        for toggle in story.toggles
        for value in map(label_or_flag, TOGGLES[toggle])
        if value not in (getattr(UNWARY, toggle), "not given")
    ]
    items = []
    for toggle, value in random.sample(changes, min(ITEMS, len(changes))):
        trace = story.run(UNWARY.but(**{toggle: value}))
        items.append(
            Item(f"{toggle.replace('_', ' ')}: {told(value)}", not trace.succeeded, trace.verdict)
        )
    asks = f"{story.story} Browser and pages are careless ({rules(UNWARY, story)}). "
    return Question("10", f"{asks}Which single change keeps the attacker from it?", tuple(items))


def label_or_flag(value: object) -> object:
    """A toggle's value as it is given: a name, or true and false."""
    return value if isinstance(value, bool) else label_of(value)


def target_origins(random: Random) -> Question:
    """With which target origins is a message delivered?"""
    host = random.choice(HOSTS)
    page = Browser.of(
        window(OTHERS_PAGE, frame(f"https://{host}/inbox?user=alice", label="inbox"), label="top")
    )
    given = ["*", "/", f"https://{host}", f"https://{host}/", f"https://{host}/login"]
    given += [f"https://{host}:443", f"https://{host}:8443", f"http://{host}"]
    given += [f"https://www.{host}", OTHERS_PAGE, f"https://{host.upper()}"]
    items = []
    for each in random.sample(given, ITEMS):
        decision = Policies().delivers(page, "top", "inbox", each)
        items.append(Item(each, bool(decision), decision.reason))
    url = page.document("inbox").url
    asks = f"{OTHERS_PAGE} posts a message to its frame, which shows {url}. "
    return Question("09", f"{asks}With which target origins does it arrive?", tuple(items))


def cookies(random: Random) -> Question:
    """With which requests does a cookie go along?"""
    said = random.choice(("; SameSite=Strict", "; SameSite=Lax", "; SameSite=None", ""))
    asker = random.choice(("https://shop.example/", "https://evil.example/"))
    bank = "https://bank.shop.example/"
    jar = Jar().with_cookie(f"id=7; Secure; HttpOnly{said}", bank)
    page = Browser.of(window(asker, label="asker"))
    rule = Policies(same_site_default="lax", third_party_cookies="sent")
    asked = {
        "the user follows a link": Request.form("GET", bank),
        "a form is sent with POST": Request.form("POST", bank),
        "a form is sent with POST, into a frame": Request.form("POST", bank, destination="iframe"),
        "an image is loaded": Request.image(bank),
        "fetch, with credentials: 'include'": Request("GET", bank, credentials="include"),
        "fetch, as it is by default": Request("GET", bank),
    }
    items = []
    for text, request in asked.items():
        fetched = rule.fetches(page, "asker", request, partial(answering, {}), jar)
        sent = bool(fetched.cookies)
        why = f"the request carries {fetched.cookies}" if sent else "".join(fetched.withheld)
        items.append(Item(text, sent, why or "fetch sends cookies to its own origin only"))
    asks = f"{bank} has set the cookie id=7; Secure; HttpOnly{said}. The page {asker} asks it. "
    return Question("11", f"{asks}With which requests does the cookie go along?", tuple(items))


def preflights(random: Random) -> Question:
    """Which requests are preflighted?"""
    api = "https://api.example/orders"
    page = Browser.of(window("https://app.example/", label="app"))
    asked = [
        ("GET", {}),
        ("HEAD", {}),
        ("POST", {"Content-Type": "text/plain"}),
        ("POST", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("POST", {"Content-Type": "application/json"}),
        ("GET", {"Accept-Language": "fr"}),
        ("GET", {"X-Version": "2"}),
        ("GET", {"Authorization": "Bearer 7"}),
        ("PUT", {}),
        ("DELETE", {}),
    ]
    items = []
    for method, headers in random.sample(asked, ITEMS):
        request = Request(method, api, headers, credentials=random.choice(("omit", "include")))
        fetched = Policies().fetches(page, "app", request, partial(answering, {}))
        text = f"{method}, {in_words(headers)}, credentials {request.credentials}"
        before = fetched.preflight is not None
        line = next(each for each in fetched.lines if "preflight" in each.said.casefold())
        items.append(Item(text, before, line.said))
    asks = f"The page of https://app.example fetches {api}. "
    return Question("12", f"{asks}Before which requests is the server asked first?", tuple(items))


def in_words(headers: Mapping[str, str]) -> str:
    """Headers on one line."""
    return "; ".join(f"{name}: {value}" for name, value in headers.items()) or "no other headers"


def readable(random: Random) -> Question:
    """Which answers may a page read?"""
    app, credentials = "https://app.example", random.choice(("omit", "include"))
    page = Browser.of(window(f"{app}/", label="app"))
    allow, also = "Access-Control-Allow-Origin", {"Access-Control-Allow-Credentials": "true"}
    origins = (app, "*", f"{app}/", "null", "https://other.example", f"{app}, https://b.example")
    answers = [{}, *({allow: each} for each in origins), *({allow: x} | also for x in origins)]
    request = Request("GET", "https://api.example/", credentials=credentials)
    items = []
    for headers in random.sample(answers, ITEMS):
        fetched = Policies().fetches(page, "app", request, partial(answering, headers))
        items.append(Item(in_words(headers), fetched.readable, fetched.reason))
    asks = f"{app} fetches https://api.example with credentials: '{credentials}'. "
    return Question("12", f"{asks}With which headers may it read the answer?", tuple(items))


def answering(headers: Mapping[str, str], request: Request) -> Response:
    """A server that sends the same headers whatever it is asked."""
    return Response(200, headers)


def framing(random: Random) -> Question:
    """With which headers may a page be framed?"""
    page, other = "https://bank.example/pay", "https://news.example/"
    around = random.choice(
        (["https://bank.example/"], [other], ["https://bank.example/", other], [other, page])
    )
    x_frame, csp = "X-Frame-Options", "Content-Security-Policy"
    known = [
        {},
        {x_frame: "DENY"},
        {x_frame: "SAMEORIGIN"},
        {x_frame: "ALLOW-FROM https://news.example/"},
        {csp: "frame-ancestors 'none'"},
        {csp: "frame-ancestors 'self'"},
        {csp: "frame-ancestors https://news.example"},
        {csp: "frame-ancestors 'self' https://news.example"},
        {csp: "frame-ancestors *", x_frame: "DENY"},
        {csp: "default-src 'none'"},
    ]
    items = []
    for headers in random.sample(known, ITEMS):
        decision = Policies().may_frame(around, page, Headers(headers))
        items.append(Item(in_words(headers), bool(decision), decision.reason))
    inside = ", which is in ".join(reversed(around))
    asks = f"{page} is to stand in a frame of {inside}. "
    return Question("12", f"{asks}With which headers of its own does it appear?", tuple(items))


ALL: tuple[Kind, ...] = (
    *(origins, sites, ancestors, scripting, navigation, browsers, policies, target_origins),
    *(stops, cookies, preflights, readable, framing),
)
KINDS = Named[Kind]("kind of question", {each.__name__.replace("_", "-"): each for each in ALL})
"""What can be asked, by name: each draws one question."""


# --- an exam ---


@dataclass(frozen=True)
class Sheet:
    """A page of an exam, to be shown in a notebook, or printed."""

    title: str
    parts: tuple[str, ...]

    def _repr_html_(self) -> str:
        heading = f"<h3>{html.escape(self.title)}</h3>"
        return f'<div style="{CARD}">{heading}{"".join(self.parts)}</div>'

    def __repr__(self) -> str:
        return f"{self.title}: {len(self.parts)} questions"


@dataclass(frozen=True)
class Exam:
    """Questions drawn with a ``seed``; ``sheet`` is what students get, ``answers`` are yours."""

    seed: int
    questions: tuple[Question, ...]

    @property
    def sheet(self) -> Sheet:
        """The questions, with boxes to mark."""
        parts = (asked(number, each, False) for number, each in enumerate(self.questions, 1))
        return Sheet(f"Exam {self.seed}", tuple(parts))

    @property
    def answers(self) -> Sheet:
        """The same with the right marks, the reasons, and the chapter that teaches it."""
        parts = (asked(number, each, True) for number, each in enumerate(self.questions, 1))
        return Sheet(f"Exam {self.seed}, with answers", tuple(parts))

    def write(self, folder: str | Path) -> tuple[Path, Path]:
        """Write both sheets as web pages, to be printed. Raises `NotWritten`."""
        written = []
        for name, sheet in (("", self.sheet), ("-answers", self.answers)):
            file = Path(folder, f"exam-{self.seed}{name}.html")
            head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{sheet.title}'
            body = f"</title><style>body{{max-width:50em;margin:auto}}</style>{sheet._repr_html_()}"
            try:
                file.write_text(f"{head}{body}</html>\n", encoding="utf-8")
            except OSError as error:
                why = f"{shown(str(file))} cannot be written: {error.strerror}"
                raise NotWritten(why) from error
            written.append(file)
        return written[0], written[1]


def asked(number: int, question: Question, answered: bool) -> str:
    """A question as HTML."""
    rows = []
    for item in question.items:
        mark = ("☒" if item.right else "☐") if answered else "☐"
        why = f" <em>{html.escape(item.because)}</em>" if answered else ""
        rows.append(f'<li style="list-style:none">{mark} {html.escape(item.text)}{why}</li>')
    where = f" (chapter {question.chapter})" if answered else ""
    shows = each.html if (each := question.picture) else ""
    text = f"<p><strong>{number}.</strong> {html.escape(question.asks)}{where}</p>"
    return f'<section style="break-inside:avoid">{text}{shows}<ul>{"".join(rows)}</ul></section>'


def exam(seed: int, kinds: Iterable[str] = ()) -> Exam:
    """A question of each kind, or of those named in ``kinds``, in that order.

    Raises `WrongType` for a seed that is no whole number, and `UnknownName` for a kind.

    >>> [question.chapter for question in exam(2026, ["origins", "framing"]).questions]
    ['01', '12']
    """
    if type(seed) is not int:
        raise WrongType(f"a seed is a whole number, not {shown(seed, 60)}")
    if isinstance(kinds, str) or not isinstance(kinds, Iterable):
        raise WrongType(f"kinds are a list of names, not {shown(kinds, 60)}")
    names = list(kinds) or list(KINDS)
    if not all(isinstance(name, str) for name in names):
        raise WrongValue(f"kinds are names of questions, not {shown(names, 60)}")
    chosen = [KINDS[name] for name in names]
    return Exam(seed, tuple(mixed(each, Random(f"{seed} {n}")) for n, each in enumerate(chosen)))


def mixed(kind: Kind, random: Random) -> Question:
    """A question of this kind in which some things are right and some are not."""
    drawn_again = (kind(random) for _ in range(TRIES))
    return next(question for question in drawn_again if question.is_mixed)
