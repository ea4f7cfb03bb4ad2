"""What the exercises of chapters 13 and 14 ask: who joins, who belongs together, whom to trust.

A rule of the reader's takes the place of the model's (`World.joins`), a server's check that of a
header. What may be scripted, what a request says and whether a session keeps its integrity is found
out by stepping the model, not written down here.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

from labcore.actions import Create, Fetch, Join, PostMessage, Submit
from labcore.browser import Browser, Document, frame, window
from labcore.errors import shown
from labcore.exercises.causes import ATTACKER, Asked, requests_of
from labcore.exercises.grading import Rows
from labcore.exercises.requests import (
    TRUSTED,
    Arriving,
    Cases,
    Function,
    asking,
    headers_of,
    lent,
    strangers,
    what_happened,
    yes_or_no,
)
from labcore.exercises.running import NOTHING, Trouble
from labcore.exercises.searches import Finding, finding_case
from labcore.http import Request, Response
from labcore.origin import Origin
from labcore.policies import COP, Policies
from labcore.policies.decision import Decision, decide
from labcore.principals import BadPrincipal, Principal, checked_id
from labcore.protocols import Lends
from labcore.scenarios import CARELESS, SCENARIOS, Scenario, Trace
from labcore.scenarios.principals import DOCS, MERGED, OWNER, B, C
from labcore.scenarios.requests import BANK, MAIL, MALLORY, logged_in
from labcore.small_scope import partitions
from labcore.step import step
from labcore.world import World

CARELESS_COP = CARELESS.but(scripting="COP", messaging="COP", cors="COP")
"""A browser with COP, and servers that do nothing themselves."""


# --- 13: who may join? ---

MEMBERS = ((MAIL,), (MAIL, DOCS), (f"{MAIL}:8443",), ())
"""Whom a principal admits: its own origin, two of one owner, one on another port, nobody."""

JOINING = Browser.of(
    window(
        "https://portal.example/",
        frame(f"{MAIL}/", label="mail"),
        frame(f"{MAIL}/letter?id=7", label="letter"),
        frame(f"{DOCS}/", label="docs"),
        frame("https://attacker.example/", label="attacker"),
        frame("https://ads.mail.example/", label="sub-domain"),
        frame("https://evilmail.example/", label="similar"),
        frame("https://mail.example.attacker.example/", label="longer"),
        frame("http://mail.example/", label="plain"),
        frame(f"{MAIL}:8443/", label="port"),
        frame(f"{MAIL}/", label="boxed", sandbox="allow-scripts"),
        frame("data:text/html,mail", label="data"),
        label="portal",
    )
)
"""The documents that would like to join, those that nearly may among them."""


def joining_cases() -> Cases:
    """Each document with each principal; then the rule in the place of the model's."""
    for members, label in itertools.product(MEMBERS, JOINING.labels[1:]):
        principal = Principal(OWNER, frozenset(map(Origin.of, members)))
        document = JOINING.document(label)
        who = f"{document.url} in a sandbox" if label == "boxed" else document.url
        asked = f"{told(members)} may join: may {who}?"
        facts = partial(parts_of, principal, document)
        yield [asking((principal, document), may_join(principal, document), asked, facts)]
    works = decide(True, "nobody attacks, and the page must work", "")
    yield [finding_case(works_by, works, "does the page of 'mail-and-docs' work?")]
    no = {
        "leaked-id": "to have the ID is not enough, and this origin is no member",
        "sniffed-id": "its page came over HTTP, and the attacker has written it",
    }
    for name, why in no.items():
        asked = f"does the attacker of {name!r} reach the goal?"
        yield [finding_case(partial(joined_by, name), decide(False, "", why), asked)]


def told(members: tuple[str, ...]) -> str:
    """Some origins, in words."""
    return " and ".join(members) or "nobody"


def may_join(principal: Principal, document: Document) -> Decision:
    """The right answer, with the reason."""
    no = "{origin} is not among the members"
    if not principal.members:
        no = "there are no members"
    elif document.origin.is_opaque:
        no = "it has an opaque origin, which nobody can name as a member"
    elif document.origin.scheme != "https":
        no = "it came over HTTP, where others could have written it"
    yes = "its origin is {origin}, one of the members"
    return decide(principal.admits(document.origin), yes, no, origin=document.origin)


def parts_of(principal: Principal, document: Document) -> Rows:
    """What the rule can go by, as a table."""
    yield ("document.url", "document.origin", "principal.members")
    yield (document.url, str(document.origin), ", ".join(sorted(map(str, principal.members))))


def ruled(name: str, function: Function) -> Trace:
    """A scenario in a browser that has the reader's rule for joining."""
    scenario = SCENARIOS[name]
    start = scenario.start.but(joins=partial(yes_or_no, function))
    return replace(scenario, start=start).run(CARELESS_COP)


def works_by(function: Function) -> Finding:
    """Whether mail and docs, of one owner, can act as one."""
    trace = ruled("mail-and-docs", function)
    return Finding(trace.page_works, what_happened(trace), trace)


def joined_by(name: str, function: Function) -> Finding:
    """Whether the attacker of a scenario joins."""
    trace = ruled(name, function)
    return Finding(trace.succeeded, what_happened(trace), trace)


# --- 13: who belongs together? ---


class Wish(NamedTuple):
    """What a portal wants: its ``pages``, URLs by label, and which of them belong ``together``.

    A page that is in none of these groups wants to be alone.
    """

    pages: dict[str, str]
    together: tuple[tuple[str, ...], ...]


PAGES = ("portal", "mail", "map", "game")
PORTAL_HOSTS = ("https://portal.example", "https://gadgets.example")


@lru_cache(maxsize=1)
def wishes() -> tuple[Wish, ...]:
    """Every portal of up to four pages on up to two hosts, with every wish, the smallest first."""
    found = []
    for size in range(1, len(PAGES) + 1):
        for hosts, groups in itertools.product(partitions(size, 2), partitions(size, size)):
            labels = PAGES[:size]
            pages = {
                label: f"{PORTAL_HOSTS[host]}/{label}"
                for label, host in zip(labels, hosts, strict=True)
            }
            parts = (
                tuple(label for label, of in zip(labels, groups, strict=True) if of == group)
                for group in range(max(groups) + 1)
            )
            found.append(Wish(pages, tuple(part for part in parts if len(part) > 1)))
    return tuple(found)


def wish_cases() -> Cases:
    """Each portal: do exactly those script each other that want to?"""
    for wish in wishes():
        because = decide(True, "exactly those must reach each other that want to", "")
        asked = f"{wished(wish)}: can exactly these script each other?"
        case = finding_case(partial(fulfilled, wish), because, asked)
        yield [replace(case, browser=portal(wish))]


def wished(wish: Wish) -> str:
    """A wish in words."""
    grouped = set(itertools.chain(*wish.together))
    alone = [label for label in wish.pages if label not in grouped]
    groups = [f"{listed(group)} want to be together" for group in wish.together]
    return "; ".join([*groups, *([f"{listed(alone)} alone"] if alone else [])])


def listed(labels: tuple[str, ...] | list[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))


def portal(wish: Wish) -> Browser:
    """The portal in a window: the first page, and in it the others."""
    (first, url), *others = wish.pages.items()
    return Browser.of(window(url, *(frame(each, label=x) for x, each in others), label=first))


def fulfilled(wish: Wish, function: Function) -> Finding:
    """Whether the pages, with the IDs that the function gives them, are as they want to be."""
    ids = ids_from(function, wish)
    browser = assigned(wish, ids)
    rows: tuple[tuple[str, ...], ...] = (("page", "its ID", "its principal"),)
    for label, url in wish.pages.items():
        rows += ((url, str(ids[label]), str(browser.document(label).principal)),)
    for pair in itertools.combinations(wish.pages, 2):
        wanted = any({*pair} <= {*group} for group in wish.together)
        for actor, target in itertools.permutations(pair):
            can = COP.may_script(browser, actor, target)
            if can and not wanted:
                why = f"{actor} can script {target}, and should not: {can.reason}"
                return Finding(False, rows, why=why)
            if wanted and not can:
                why = f"{actor} cannot script {target}, and should: {can.reason}"
                return Finding(False, rows, why=why)
    return Finding(True, rows)


def ids_from(function: Function, wish: Wish) -> dict[str, str | None]:
    """The IDs that the reader's function gives. Raises `Trouble` for what is none."""
    answer = lent((wish,), function)
    if answer is None or answer is ...:
        raise Trouble(NOTHING, unfinished=True)
    if not isinstance(answer, Mapping):
        raise Trouble(
            f"it returns {shown(answer, 80)}. The answer is a dict, with an ID or None for each "
            "page of wish.pages."
        )
    if missing := [label for label in wish.pages if label not in answer]:
        raise Trouble(f"it says nothing about {missing[0]!r}: give each page an ID, or None.")
    if others := [label for label in answer if label not in wish.pages]:
        known = ", ".join(map(repr, wish.pages))
        raise Trouble(f"there is no page {shown(others[0], 60)}; the pages are {known}.")
    for label in wish.pages:
        try:
            if answer[label] is not None:
                checked_id(answer[label])
        except BadPrincipal as error:
            raise Trouble(f"what it gives to {label!r} is no ID: {error}") from None
    return {label: answer[label] for label in wish.pages}


def assigned(wish: Wish, ids: Mapping[str, str | None]) -> Browser:
    """The portal once the first page of each principal has created it, and the others joined."""
    world = World(portal(wish))
    for id in dict.fromkeys(filter(None, ids.values())):
        first, *others = (label for label in wish.pages if ids[label] == id)
        members = tuple(wish.pages[label] for label in others)
        _, world = step(world, Create(first, id, members), COP)
        for label in others:
            _, world = step(world, Join(label, id), COP)
    return world.browser


# --- 14: whom does a server trust? ---

LIBRARY, OWN_ID = "https://library.example", "id-of-the-partner-alone"


@lru_cache(maxsize=8)
def asking_as(partner: str) -> tuple[Arriving, ...]:
    """What pages send to C in a browser with COP: the partner's own page, the pair, and others."""
    its = f"{partner}/"
    near = {origin: why for origin, why in strangers(partner).items() if is_page(origin)}
    labels = [f"other-{number}" for number in range(len(near))]
    world = World(
        Browser.of(
            window(its, label="partner"),
            window(f"{LIBRARY}/", frame(its, label="merged"), label="library"),
            window(its, label="configured"),
            window("https://attacker.example/", frame("data:,", label="data"), label="attacker"),
            *(window(f"{url}/", label=x) for x, url in zip(labels, near, strict=True)),
        )
    )
    asks = Request("GET", f"{C}/contacts", credentials="include")
    own = arrived(world, "partner", asks, decide(True, "it is the partner's page, alone", ""))
    for event in (
        Create("library", MERGED, (partner,)),
        Join("merged", MERGED),
        Create("configured", OWN_ID),
    ):
        _, world = step(world, event, COP)
    pair = "it comes from a principal of which others are members, too"
    no = {
        "merged": pair,
        "library": pair,
        "configured": "this label does not say who belongs to the principal",
        "data": "it has an opaque origin",
        **dict(zip(labels, near.values(), strict=True)),
    }
    found = [arrived(world, x, asks, decide(False, "", why)) for x, why in no.items()]
    image = Request.image(asks.url)
    found += (arrived(world, x, image, decide(False, "", no[x])) for x in ("merged", "other-0"))
    for label in (partner.upper(), partner[:-2], f"{partner}, {partner}"):
        headers = own.request.headers.without("Origin").having("Origin", label)
        request = own.request.but(headers=headers)
        found.append(own._replace(request=request, because=decide(False, "", NOT_ITS)))
    return (own, *found)


NOT_ITS = "no browser writes the partner's origin so"


def is_page(origin: str) -> bool:
    """Whether there can be a page of that origin, as browsers write it."""
    return origin.startswith("http") and str(Origin.of(origin)) == origin


def arrived(world: World, label: str, request: Request, because: Decision) -> Arriving:
    """The request of a page as it comes to the server, with all that the browser adds."""
    fetched = COP.fetches(
        world.browser, label, request, lambda _: Response(), principals=world.principals
    )
    url = world.browser.document(label).url
    return Arriving(Fetch(label, request), url, fetched.exchanges[-1].request, because)


def trusting_cases() -> Cases:
    """Each request; then the check on C's server, with B alone and with the pair."""
    for partner in TRUSTED:
        for each in asking_as(partner):
            asked = f"{partner} is trusted: may the page behind this request read the answer?"
            facts = partial(headers_of, each)
            yield [asking((each.request, partner), each.because, asked, facts)]
    works = decide(True, "C trusts B, and its page must read", "")
    yield [finding_case(reads_alone, works, "does the page of 'b-alone' work?")]
    no = decide(False, "", "A and B act as one, and C does not trust A")
    asked = "does the attacker of 'origin-spoofing-merged' reach the goal?"
    yield [finding_case(pair_reads, no, asked)]


def trusting(function: Function) -> Scenario:
    """The pair, and B alone, with a server that opens its answers as the reader's check says."""
    pair = SCENARIOS["origin-spoofing-merged"]

    def servers(policies: Policies) -> dict[str, Any]:
        closed = pair.servers(policies.but(cors_headers="none")) if pair.servers else {}
        return {C: partial(opened, function, closed[C])}

    alone = replace(pair.honest_page or pair, servers=servers)
    return replace(pair, servers=servers, honest_page=alone)


def opened(function: Function, server: Any, request: Request) -> Response:
    """The answer of a server, for whoever asks to read if the check lets it."""
    answer: Response = server(request)
    origin, headers = request.headers.get("Origin"), answer.headers
    if not yes_or_no(function, request, B) or origin is None:
        return answer
    headers = headers.having("Access-Control-Allow-Origin", origin)
    return answer.but(headers=headers.having("Access-Control-Allow-Credentials", "true"))


def reads_alone(function: Function) -> Finding:
    """Whether B, alone, reads what C opens to it."""
    alone = trusting(function).honest_page
    assert alone is not None
    trace = alone.run(CARELESS_COP)
    return Finding(trace.page_works, what_happened(trace), trace)


def pair_reads(function: Function) -> Finding:
    """Whether the pair reads it, too."""
    trace = trusting(function).run(CARELESS_COP)
    return Finding(trace.succeeded, what_happened(trace), trace)


# --- 14: is anything done on the attacker's account? ---

_LOGS_IN_AS_MALLORY = Request.form(
    "POST", f"{BANK}/login", {"user": MALLORY.name, "password": MALLORY.password}
).but(mode="no-cors", destination="")
_PAYS_FOR_ITSELF = Request.form("POST", f"{BANK}/pay", {"amount": "100", "to": "bob"})


def scripted() -> Scenario:
    """A page of the bank's that pays whenever the page around it says so."""
    url = f"{BANK}/pay?amount=100&to=mallory"
    around = window("https://attacker.example/", frame(f"{BANK}/", label="bank"), label="attacker")
    return replace(
        SCENARIOS["csrf-image"],
        name="csrf-message",
        title="A page that does what it is told",
        start=logged_in(BANK, around),
        scripts=lambda policies: {f"{BANK}/": Lends(url)},
        plan=(PostMessage("attacker", "bank", "pay, please", "*"),),
    )


@lru_cache(maxsize=1)
def runs() -> tuple[tuple[str, Trace], ...]:
    """Runs of the book's scenarios, honest and under attack, those with few requests first."""
    token, tricked = CARELESS.but(csrf_token="the session's"), {"cors_headers": "reflected origin"}
    found: list[tuple[str, Trace]] = []
    for name, policies in (
        ("csrf-form", CARELESS),
        ("csrf-form", token),
        ("csrf-image", CARELESS),
        ("csrf-principal", CARELESS),
        ("csrf-principal", CARELESS_COP),
        ("origin-spoofing-merged", CARELESS),
        ("token-theft", token.but(**tricked)),
        ("xss-forgery", token),
        ("clickjacking", token),
        ("nested-clickjacking", token),
        ("login-csrf", CARELESS),
        ("session-integrity", CARELESS),
        ("session-integrity", CARELESS_COP),
    ):
        found.append((named(name, policies), SCENARIOS[name].run(policies)))
    for name in ("csrf-form", "csrf-principal"):
        page = SCENARIOS[name].honest_page
        assert page is not None
        found.append((f"{page.name!r}, which nobody attacks", page.run(CARELESS_COP)))
    own = (Fetch("attacker", _LOGS_IN_AS_MALLORY), Submit("attacker", "attacker", _PAYS_FOR_ITSELF))
    form = SCENARIOS["csrf-form"]
    found.append(("'csrf-form', where the attacker logs in itself", form.run(CARELESS, own)))
    found.append(("a page that does what a message says", scripted().run(CARELESS)))
    return tuple(sorted(found, key=lambda each: len(requests_of(each[1]))))


def named(name: str, policies: Policies) -> str:
    """A scenario's name, with what is special about the browser or the servers."""
    special = {True: ", with COP", False: ""}[policies.by_principal]
    return f"{name!r}{special}" + (", with a token" if policies.csrf_token != "none" else "")


def integrity_cases() -> Cases:
    """Each run, for each user."""
    for name, trace in runs():
        trail = requests_of(trace)
        for user in ("alice", "mallory"):
            because = integrity(trace, trail, user)
            asked = f"a run of {name}: is the integrity of {user}'s session kept?"
            case = asking((trail, user), because, asked, partial(rows_of, trail))
            yield [replace(case, trace=partial(itself, trace))]


def itself(trace: Trace) -> Trace:
    """The run that a question is about."""
    return trace


def integrity(trace: Trace, trail: list[Asked], user: str) -> Decision:
    """The right answer, which the model gives, with the request that shows it."""
    forged = [what for _, what, whose in trace.end.forged if whose == user]
    chains = ((each, (each.who, *(x.who for x in each.causes))) for each in trail)
    bad = (x for x, who in chains if x.session == user and x.does in forged and ATTACKER in who)
    request = next(bad, None)
    yes = "nothing is done in this session that has the attacker among its causes"
    if request is None:
        return decide(not forged, yes, "{forged}", forged=", ".join(forged))
    place = "has asked for it" if request.who == ATTACKER else "is among the causes"
    no = "the server does “{does}”, and the attacker {place}"
    return decide(not forged, yes, no, does=request.does, place=place)


def rows_of(trail: list[Asked]) -> Iterator[tuple[str, ...]]:
    """The requests, and under each its causes, as a table."""
    yield ("", "who", "what", "session", "does")
    for number, each in enumerate(trail):
        yield (f"trace[{number}]", each.who, each.what, each.session or "(nobody's)", each.does)
        for place, cause in enumerate(each.causes):
            yield (f"causes[{place}]", cause.who, cause.what, "", "")
