"""What becomes of an answer: who may read it, what runs, what is shown.

A page that has asked for something gets what the policies leave it. A script's `fetch` reads the
body, if it may. An image only shows. A script runs, whoever's server it comes from, with the powers
of the page that includes it; that is how JSONP works. A style sheet applies, and what it says can
be read off the page. A plug-in plays what it takes for its own. A document is shown, if its headers
allow the place.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from labcore.actions import Fetch
from labcore.browser import (
    NOTHING_ASKED,
    UNSAFE_NONE,
    Box,
    Browser,
    Document,
    Isolation,
    fresh_labels,
)
from labcore.http import Jar, Request, Response
from labcore.http.headers import content_type
from labcore.origin import Origin, same_origin
from labcore.policies import Decision, Policies, decide
from labcore.policies.cookies import Asking, asking_for
from labcore.policies.cors import Remembered
from labcore.policies.decision import answer_of_rule
from labcore.policies.fetching import Fetched, Server
from labcore.policies.framing import Framing
from labcore.policies.isolation import Speaker, may_embed, resource_policy
from labcore.policies.sniffing import blocked_as_script, blocked_as_style, is_html
from labcore.principals import Order, Principal, order_in
from labcore.world import Navigation, World


class Received(NamedTuple):
    """What the policies said, the world then, and what a function of the page is called with."""

    decision: Decision
    world: World
    call: str | None = None


def principals_for(world: World, policies: Policies) -> tuple[Principal, ...]:
    """The principals that count for requests: those that pages have created, under COP."""
    return world.principals if policies.cors == "COP" else ()


def fetched_in(world: World, asking: Asking, request: Request, policies: Policies) -> Fetched:
    """What becomes of ``request``. Servers are functions: the same is worked out only once."""
    owner = (world.servers, world.attacker, world.on_the_network)
    asked = (policies, asking, request, world.jar, world.remembered, *owner)
    try:
        hash(asked)
    except TypeError:  # a server, or a rule of the reader's, that has no hash
        return policies.fetched(asking, request, world.answer, world.jar, world.remembered)
    return _fetched(*asked)


@lru_cache(maxsize=20_000)
def _fetched(
    policies: Policies,
    asking: Asking,
    request: Request,
    jar: Jar,
    remembered: tuple[Remembered, ...],
    servers: tuple[tuple[Origin, Server], ...],
    attacker: frozenset[Origin],
    on_the_network: bool,
) -> Fetched:
    there = World(NOWHERE, attacker=attacker, on_the_network=on_the_network, servers=servers)
    return policies.fetched(asking, request, there.answer, jar, remembered)


def forget_answers() -> None:
    """Work out anew what servers answer: a reader's server may have changed meanwhile."""
    _fetched.cache_clear()


NOWHERE = Browser(())

ERROR_PAGE = "about:neterror"
"""What a frame shows in the place of a page that may not be there."""

_CALL = re.compile(r"\s*(?:/\*.*?\*/)?\s*(?P<name>[A-Za-z_$][\w$.]*)\((?P<data>.*)\);?\s*", re.S)


def received(world: World, event: Fetch, fetched: Fetched, policies: Policies) -> Received:
    """What the document in ``event.actor`` makes of the answer."""
    response, kind = fetched.response, event.request.destination
    rule = next((each.clause for each in reversed(fetched.lines) if each.passed is not None), "")
    if response is None:
        went = "sent, but " if fetched.sent else "not sent: "
        no = decide(False, "", "{went}{why}", went=went, why=fetched.reason)
        return Received(with_cookies(no.settled(rule, event), fetched), world)
    if not kind:
        result = _read(world, event, fetched, response, rule)
    elif (why := turned_away(fetched, response)) is not None:
        result = Received(decide(False, "", "{why}", why=why).settled(SERVER, event), world)
    else:
        made_of_it = {"script": _run, "style": _apply, "object": _play}.get(kind, _show)
        result = made_of_it(world, event, fetched, response, policies)
    return result._replace(decision=with_cookies(result.decision, fetched))


SERVER, COOKIES, CONTENT_TYPE = "the server", "cookies", "content type"


def turned_away(fetched: Fetched, response: Response) -> str | None:
    """What the server says if it does not do as it is asked."""
    if response.status < 400:
        return None
    return f"{Origin.of(fetched.url).host} answers {response.status}: {response.body.rstrip('.')}"


def with_cookies(decision: Decision, fetched: Fetched) -> Decision:
    """The decision, with a word on cookies that have not gone along: that decides much."""
    if not fetched.withheld or not fetched.sent:
        return decision
    rule = COOKIES if decision.allowed or decision.rule == SERVER else decision.rule
    words = (*decision.words, ("withheld", "; ".join(fetched.withheld)))
    return replace(decision, text=f"{decision.text}; {{withheld}}", rule=rule, words=words)


def _read(world: World, event: Fetch, fetched: Fetched, response: Response, rule: str) -> Received:
    """A script's ``fetch``: the body, if the answer is not opaque."""
    no = turned_away(fetched, response)
    why = fetched.reason if fetched.readable else f"sent, but {fetched.reason}"
    if no is not None:
        why, rule = (no if fetched.readable else why), SERVER
    decision = decide(fetched.readable and not no, "{why}", "{why}", why=why)
    decision = decision.settled(rule or "Main fetch", event)
    if not fetched.readable:
        return Received(decision, world)
    return Received(decision, _learns(world, event.actor, response.body))


def _show(
    world: World, event: Fetch, fetched: Fetched, response: Response, policies: Policies
) -> Received:
    """An image: it is asked for, whatever comes of it."""
    decision = decide(True, "any page may ask for any image; no script reads the answer", "")
    return Received(decision.settled("image", event), world)


def _run(
    world: World, event: Fetch, fetched: Fetched, response: Response, policies: Policies
) -> Received:
    """A script runs in the page that includes it; JSONP calls one of the page's functions."""
    if (no := blocked_as_script(response)) is not None:
        decision = decide(False, "", "it does not run: {why}", why=no)
        return Received(decision.settled("script", event), world)
    call, server = _CALL.fullmatch(response.body), Origin.of(fetched.url)
    if world.attacker_speaks_for(server) and not call:
        after = world.but(browser=world.browser.with_script(event.actor, fetched.url))
        yes = "the script of {server} runs in {actor}, with all its powers"
        decision = decide(True, yes, "", server=server.host)
        return Received(decision.settled("script", event), after)
    if not call or not response.is_ok:
        decision = decide(False, "", "the answer of {server} is no script", server=server.host)
        return Received(decision.settled("script", event), world)
    yes = "the script calls {name} of {actor} with what {server} has answered"
    decision = decide(True, yes, "", name=call["name"][:40], server=server.host)
    return Received(decision.settled("script", event), world, call["data"])


def _apply(
    world: World, event: Fetch, fetched: Fetched, response: Response, policies: Policies
) -> Received:
    """A style sheet applies to the page, which can look at the styles that it then has."""
    if (no := blocked_as_style(response)) is not None:
        return Received(decide(False, "", "{why}", why=no).settled("style sheet", event), world)
    elsewhere = not same_origin(Origin.of(fetched.url), world.browser.origin(event.actor))
    kind = content_type(response.headers)
    applies = answer_of_rule("style rule", policies.chosen("styles"), kind, elsewhere) is None
    decision = decide(
        applies,
        "it applies, and the page can read what it says",
        "{kind} is no style sheet",
        kind=kind,
    ).settled("style sheet", event)
    if not applies:
        return Received(decision, world)
    return Received(decision, _learns(world, event.actor, css_texts(response.body)))


def css_texts(body: str) -> str:
    """The strings in declarations that a lenient CSS parser finds in any text.

    It skips what it does not understand up to the next pair of braces.
    """
    blocks = re.findall(r"\{([^{}]*)\}", body)
    return " ".join(a or b for block in blocks for a, b in re.findall(_STRINGS, block))


_STRINGS = r"""[\w-]+\s*:\s*(?:'([^'\n]*)'|"([^"\n]*)")"""


def _play(
    world: World, event: Fetch, fetched: Fetched, response: Response, policies: Policies
) -> Received:
    """What the plug-in plays speaks for the origin of the URL, whoever has written it."""
    no = answer_of_rule("plug-in rule", policies.chosen("plugin"), response)
    server = Origin.of(fetched.url)
    decision = decide(
        no is None,
        "the plug-in takes the answer for a Flash file of {server}, and plays it",
        "the plug-in does not play it: {why}",
        server=server.host,
        why=no,
    ).settled("plug-in", event)
    if no is not None:
        return Received(decision, world)
    browser = world.browser
    author = browser.document(event.actor)
    label = next(fresh_labels([Box("about:blank", name="applet")], {*browser.labels}))
    after = world.but(browser=browser.with_applet(fetched.url, author, event.actor, label))
    return Received(decision, after)


def _learns(world: World, label: str, text: str) -> World:
    """The world once the page in ``label`` has ``text``: if it is the attacker's, so has he."""
    if not world.is_attackers(label):
        return world
    return world.learnt(world.secrets_in(text))


# --- documents ---


class Arrival(NamedTuple):
    """What a navigation brings: a document at ``url``, or none if it is ``None``.

    ``why`` says what is wrong with it, and ``rule`` by what rule; ``note`` says what else
    made a difference: cookies that have not gone along, a type.
    ``order`` is what the server says of the document's principal; the document is ``tainted``
    if a server of the attacker's has passed the request on. ``isolation`` is what the document has
    asked for by its headers, ``passed`` are the opener policies of all answers on the way to it.
    """

    url: str | None
    creator: Document | None
    scripts: tuple[str, ...] = ()
    why: str = ""
    rule: str = "commit"
    note: str = ""
    order: Order | None = None
    tainted: bool = False
    isolation: Isolation = NOTHING_ASKED
    passed: tuple[Speaker, ...] = ()


def arriving(world: World, navigation: Navigation, policies: Policies) -> tuple[World, Arrival]:
    """Ask the server for the document, and look whether it may stand where it is to be shown."""
    creator, target = navigation.creator, navigation.target
    top = world.browser.is_top_level(target)
    request = navigation.request or Request(
        "GET", navigation.url, mode="navigate", credentials="include",
        destination="document" if top else "iframe",
    )  # fmt: skip
    asking = asking_for(world.browser, creator, target, principals_for(world, policies))
    fetched = fetched_in(world, asking, request, policies)
    world = world.asked(fetched, navigation.tainted)
    response = fetched.response
    if response is None:
        return world, Arrival(ERROR_PAGE, None, (), fetched.reason, "HTTP-redirect fetch")
    if response.headers.get("content-disposition", "").lower().startswith("attachment"):
        why = "the answer is an attachment, which is saved and not shown"
        return world, Arrival(None, creator, (), why, "Content-Disposition")
    framing = Framing(fetched.url, response.headers, asking.around)
    if not (allowed := policies.frames(framing)):
        why = f"{allowed.reason}; {target} shows an error page"
        return world, Arrival(ERROR_PAGE, None, (), why, allowed.rule)
    asked = policies.asked_by(fetched.url, response.headers)
    if (no := _kept_out(world, target, asked, fetched, response)) is not None:
        why = f"{no}; {target} shows an error page"
        return world, Arrival(ERROR_PAGE, None, (), why, ISOLATION)
    answers = [each for each in fetched.exchanges if not each.is_preflight]
    passed = tuple(
        (policies.asked_by(sent.url, answer.headers).opener, sent.origin)
        for sent, answer, _ in answers
    )
    why = turned_away(fetched, response) or ""
    note, rule = "; ".join(fetched.withheld), "commit"
    if not is_html(response) and response.body:
        rule, note = CONTENT_TYPE, "it is shown as a text, not as a web page"
    elif note or why:
        rule = COOKIES if note else SERVER
    scripts = reflected(response, request, creator)
    order = order_in(response.headers)
    tainted = any(world.attacker_speaks_for(origin) for _, origin in passed)
    return world, Arrival(
        fetched.url, creator, scripts, why, rule, note, order, tainted, asked, passed
    )


ISOLATION = "isolation"


def _kept_out(
    world: World,
    target: str,
    asked: Isolation,
    fetched: Fetched,
    response: Response,
) -> str | None:
    """Why the document may not be shown in ``target``, by what it or the page around it asks."""
    browser = world.browser
    around = browser.parent(target)
    if around is None:
        boxed = browser.frame(target).sandbox is not None
        no = "a sandboxed window shows no page with a Cross-Origin-Opener-Policy"
        return no if boxed and asked.opener != UNSAFE_NONE else None
    page = browser.document(around)
    embedder = page.isolation.embedder
    if embedder == UNSAFE_NONE or world.attacker_speaks_for(Origin.of(fetched.url)):
        return None  # the attacker's server says whatever lets its page in
    return may_embed(embedder, asked) or resource_policy(
        page.origin, embedder, fetched.url, response.headers, True
    )


def reflected(response: Response, request: Request, creator: Document) -> tuple[str, ...]:
    """The script in a page that stands in the request too: who made the request has written it."""
    said = " ".join(request.fields.values())
    found = re.search(r"<script>.*?</script>", response.body, re.S)
    if found is None or found[0] not in said or not is_html(response):
        return ()
    author = creator.author
    return (f"{author}/reflected.js",) if not author.is_opaque else ()
