"""Creating, joining, destroying principals: what comes of a server's header, a script's call.

The browser decides who may (`labcore.principals` says by which rules). A browser that does not
know principals leaves everything as it is: there a header is only a header.
"""

from collections.abc import Iterable

from labcore.browser import Document
from labcore.http import Jar
from labcore.origin import Origin
from labcore.policies import Decision, Policies, decide
from labcore.principals import Order, Principal, label_of, members_of
from labcore.world import World

Next = tuple[Decision, World]

RULE, LEGACY = "principals", "a legacy browser"


def created(world: World, label: str, id: str, members: Iterable[str], policies: Policies) -> Next:
    """The world once the document in ``label`` has created a principal, and belongs to it."""
    document = world.browser.document(label)
    if (no := _unable(document, policies)) is not None:
        return no, world
    if any(each.label == label_of(id) for each in world.principals):
        taken = "there is a principal with this ID, or with its label; one joins it"
        return decide(False, "", taken), world
    principal = Principal(id, members_of(members) | {document.origin}, document.origin)
    yes = "{label} now belongs to {principal}, a principal of its own"
    decision = decide(True, yes, "", label=label, principal=principal.label)
    return decision, _belonging(world.but(principals=(*world.principals, principal)), label, id)


def joined(world: World, label: str, id: str, policies: Policies, of: Origin | None = None) -> Next:
    """The world once the document in ``label`` has joined the principal with this ID.

    It means the one that ``of`` has created, or any.
    """
    document = world.browser.document(label)
    no = _unable(document, policies)
    principal = next((each for each in world.principals if each.id == id), None)
    if principal is None or not policies.by_principal:
        unknown = decide(False, "", "there is no principal with this ID")
        return (unknown if no is None else no), world
    if no is None and not principal.is_of(of):
        other = "{principal} is a principal of {creator}, and {of} is meant"
        words = {"principal": principal.label, "creator": principal.creator, "of": of}
        return decide(False, "", other, None, **words), world
    if world.joins(principal, document):
        yes = "{label} now belongs to {principal}, which its origin may join"
        decision = decide(True, yes, "", label=label, principal=principal.label)
        return decision, _belonging(world, label, id)
    if no is None:
        said = "{origin} is not among the origins that may join {principal}"
        no = decide(False, "", said, origin=document.origin, principal=principal.label)
    return no, world


def destroyed(world: World, label: str, policies: Policies) -> Next:
    """The world once the principal of ``label`` is gone: each of its documents is alone then.

    Their origins would be too much: what they have shared was for the principal.
    """
    document = world.browser.document(label)
    if (no := _unable(document, policies)) is not None:
        return no, world
    principal = world.principal_of(label)
    if principal is None:
        default = "the default principal of an origin cannot be destroyed"
        return decide(False, "", default), world
    browser = world.browser
    for each in browser.labels:
        if browser.document(each).principal == principal.label:
            browser = browser.with_principal(each, Origin.opaque((each, "alone", principal.id)))
    gone = str(principal.label)
    kept = Jar(tuple(each for each in world.jar if each.partition != gone))
    preflights = tuple(each for each in world.remembered if each.origin != gone)
    rest = tuple(each for each in world.principals if each is not principal)
    yes = "{principal} is gone, with its cookies; each of its documents belongs to itself"
    decision = decide(True, yes, "", principal=principal.label)
    return decision, world.but(browser=browser, principals=rest, jar=kept, remembered=preflights)


def ordered(world: World, label: str, order: Order | None, policies: Policies) -> Next | None:
    """What a server's header has done to the document that has just come; ``None`` if nothing."""
    if order is None or not policies.by_principal:
        return None
    known = next((each for each in world.principals if each.id == order.id), None)
    if order.kind == "create" and known is None:
        return created(world, label, order.id, map(str, order.members), policies)
    allowed = known is None or known.obeys(order, world.browser.origin(label))
    if order.kind == "create" and not allowed:
        no = "another origin has created a principal with this ID"
        return decide(False, "", no), world
    return joined(world, label, order.id, policies, order.of)


def _unable(document: Document, policies: Policies) -> Decision | None:
    """Why a document can have no principal but its default one; ``None`` if it can."""
    if not policies.by_principal:
        no = "this browser knows no principals that pages configure"
        return decide(False, "", no).settled_by(LEGACY)
    if document.origin.is_opaque or document.origin.scheme != "https":
        no = "only a page that came over HTTPS, and has an origin, can have a principal"
        return decide(False, "", no)
    return None


def _belonging(world: World, label: str, id: str) -> World:
    principal = next(each for each in world.principals if each.id == id)
    return world.but(browser=world.browser.with_principal(label, principal.label))
