"""What the attacker's pages can ask of honest servers, and in which ways a page can ask.

A server says which requests it understands (`Site.offers`). The attacker makes each of them in
every way that a page has: by a script with and without CORS, as an image, a script, a style sheet,
for a plug-in, as a form, and by a detour over its own server, which redirects.
"""

from collections.abc import Iterable, Iterator

from labcore.actions import Embed, Fetch, Submit
from labcore.http import Request
from labcore.policies import Policies
from labcore.policies.cookies import asking_in
from labcore.servers import detour
from labcore.vocabulary import Vocabulary
from labcore.world import World

ELEMENTS = (Request.image, Request.script, Request.style, Request.plugin)

NOBODYS_PAGE = "data:text/html,hostile"
"""A page that the attacker writes, and that has an opaque origin."""


def asking_moves(
    world: World,
    speakers: Iterable[str],
    words: Vocabulary,
    policies: Policies,
    room: int,
    needs: object = None,
) -> Iterator[tuple[str, Embed | Fetch | Submit]]:
    """All that the attacker's pages can ask, each by the first of the pages that ask alike.

    ``room`` is how many frames may still be added. What is asked of a server says nothing to a
    page: nothing of it is ``needs``.
    """
    if needs is not None:
        return
    offers = [
        request
        for _, server in world.servers
        for request in getattr(server, "offers", lambda *_: ())(words.asks, sorted(world.knowledge))
    ]
    met = set()
    for speaker in speakers if offers else ():
        asking = asking_in(world.browser, speaker)
        if asking in met:
            continue
        met.add(asking)
        if room > 0 and asking.initiator is not None and not asking.initiator.is_opaque:
            yield speaker, Embed(speaker, NOBODYS_PAGE)
        for request in offers:
            for fetched in ways(world, request, room):
                yield speaker, Fetch(speaker, fetched)
            for target in dict.fromkeys((speaker, world.browser.root(speaker))):
                if policies.may_navigate(world.browser, speaker, target, request.url):
                    yield speaker, Submit(speaker, target, request)
                    yield speaker, Submit(speaker, target, redirected(world, request))


def ways(world: World, request: Request, room: int) -> Iterator[Request]:
    """What a page can have sent without going anywhere: the same request in each way there is."""
    by_script = request.but(mode="cors", destination="")
    yield by_script
    if request.method == "GET":
        yield from (of(request.url) for of in ELEMENTS if room > 0 or of != Request.plugin)
    else:
        yield by_script.but(mode="no-cors")
    yield redirected(world, by_script)


def redirected(world: World, request: Request) -> Request:
    """``request`` by a detour over the attacker's server."""
    host = min(map(str, world.attacker), default="https://hostile.example")
    return request.but(url=detour(request.url, host, 302 if request.method == "GET" else 307))
