"""Which cookies go along with a request? Those of the URL, less what `SameSite` holds back.

A cookie belongs to the site that is asked, not to the page that asks. So a request carries the
user's cookies whoever makes it, unless a rule looks at who does: `SameSite` (RFC 6265bis), and what
a browser does with cookies of third parties.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from labcore.browser import UNSAFE_NONE, Browser, Document
from labcore.errors import PolicyError, ReadersError, called, shown
from labcore.http import Cookie, Jar
from labcore.http.cookies import parse_set_cookie
from labcore.origin import Origin, same_site, site_host
from labcore.policies.decision import answer_of_rule
from labcore.principals import Principal

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Asking(NamedTuple):
    """Who asks for something, and where it is to appear.

    ``initiator`` is the origin of the document that asks, ``None`` where the user does.
    ``referrer`` is its URL. ``around`` are the origins of the documents around what is asked for,
    the outermost first: none for the top of a window. ``embedder`` is the embedder policy of the
    document that asks. ``principal`` is the one that the document
    belongs to, where somebody has created it and the browser looks at it (COP); ``created`` are
    all that there are.
    """

    initiator: Origin | None
    referrer: str = ""
    around: tuple[Origin, ...] = ()
    principal: Principal | None = None
    created: tuple[Principal, ...] = ()
    embedder: str = UNSAFE_NONE

    def is_same_site(self, url: str) -> bool:
        """Whether all who have a part in it are of the site of ``url``."""
        who = (*self.around, *([self.initiator] if self.initiator is not None else []))
        return all(same_site(each, Origin.of(url)) for each in who)

    def top_site(self, url: str) -> str:
        """The site of the window; that of ``url`` itself if it is to be the top."""
        return site_of(self.around[0] if self.around else Origin.of(url))


def asking_in(browser: Browser, actor: str, principals: Sequence[Principal] = ()) -> Asking:
    """What a script or an element in ``actor`` asks for: it appears in that document.

    ``principals`` are those that pages have created, in a browser that looks at them.
    """
    chain = [actor, *browser.ancestors(actor)]
    document = browser.document(actor)
    around = tuple(browser.origin(label) for label in reversed(chain))
    return Asking(
        _speaker(document), document.url, around, _of(document, principals), (*principals,),
        document.isolation.embedder,
    )  # fmt: skip


def _speaker(document: Document) -> Origin:
    """The document's origin; or nobody, where its principal was destroyed."""
    return document.principal if document.principal.is_opaque else document.origin


def _of(document: Document, principals: Sequence[Principal]) -> Principal | None:
    return next((each for each in principals if each.label == document.principal), None)


def asking_for(
    browser: Browser,
    initiator: Document | None,
    target: str,
    principals: Sequence[Principal] = (),
) -> Asking:
    """A document that ``initiator``, or the user, asks for, to appear in ``target``."""
    around = tuple(browser.origin(label) for label in reversed([*browser.ancestors(target)]))
    if initiator is None:
        return Asking(None, "", around)
    return Asking(
        _speaker(initiator), initiator.url, around, _of(initiator, principals), (*principals,)
    )


def site_of(origin: Origin) -> str:
    """An origin's site as a text (HTML Standard, "obtain a site")."""
    return "null" if origin.is_opaque else f"{origin.scheme}://{site_host(origin.host)}"


class Sending(NamedTuple):
    """A request that a cookie may go along with: what a ``SameSite`` rule looks at."""

    method: str
    cross_site: bool
    top_level: bool
    """Whether what is asked for becomes the top of a window."""


SameSiteRule = Callable[[Sending], bool]


def none(sending: Sending) -> bool:
    """The cookie goes along with every request to its site."""
    return True


def lax(sending: Sending) -> bool:
    """From another site it goes along only where it takes the user there, safely."""
    goes_there = sending.top_level and sending.method in SAFE_METHODS
    return goes_there or not sending.cross_site


def lax_but_new(sending: Sending) -> bool:
    """As lax; but a cookie of less than two minutes also goes along with a POST (Chromium).

    Cookies here have no age: all count as new.
    """
    return not sending.cross_site or sending.top_level


def strict(sending: Sending) -> bool:
    """It goes along with no request that another site has a part in."""
    return not sending.cross_site


SAME_SITE: dict[str, SameSiteRule] = {
    "none": none,
    "lax": lax,
    "lax, new ones with POST": lax_but_new,
    "strict": strict,
}
"""The rules for a cookie: which one holds, its ``SameSite`` attribute says, or the browser."""


ThirdPartyRule = Callable[[bool, str], str | None]
"""``rule(third_party, site of the window)``: which jar is used, ``""`` the common one."""


def sent(third_party: bool, site: str) -> str | None:
    """One jar for all, whatever the window shows."""
    return ""


def partitioned(third_party: bool, site: str) -> str | None:
    """A jar of their own, for each site that a window shows (Firefox)."""
    return site if third_party else ""


def blocked(third_party: bool, site: str) -> str | None:
    """No cookies for whom the window is not (Safari; Chromium as we measured it)."""
    return None if third_party else ""


THIRD_PARTY: dict[str, ThirdPartyRule] = {
    "sent": sent,
    "partitioned": partitioned,
    "blocked": blocked,
}
"""What becomes of the cookies of a site inside another site's window."""


def jar_for(url: str, asking: Asking, rule: ThirdPartyRule) -> str | None:
    """The partition that cookies of ``url`` are in, ``None`` for none at all.

    A principal that somebody has created keeps the cookies of its members in a jar of its own.
    ``url`` is a third party where anybody around is of another site, not only at the top. Raises
    `PolicyError` for a rule that fails, or answers with something else.
    """
    if asking.principal is not None and Origin.of(url) in asking.principal.members:
        return str(asking.principal.label)
    third_party = not all(same_site(each, Origin.of(url)) for each in asking.around)
    try:
        partition = rule(third_party, asking.top_site(url))
    except ReadersError:
        raise
    except Exception as error:
        raise PolicyError(
            f"the third-party rule {called(rule)!r} raised {type(error).__name__}: {error}"
        ) from error
    if partition is None or isinstance(partition, str):
        return partition
    raise PolicyError(
        f"the third-party rule {called(rule)!r} answered {shown(partition, 60)}: it returns the "
        "name of a jar, '' for the common one, None for no cookies"
    )


def lets_go(cookie: Cookie, sending: Sending, default: SameSiteRule) -> bool:
    """Whether the cookie's rule, its own or the ``default``, lets it go along.

    Raises `PolicyError` for a rule that fails, or answers with something else.
    """
    rule = SAME_SITE[cookie.same_site] if cookie.same_site else default
    return answer_of_rule("SameSite rule", rule, sending) is None


def attached(
    jar: Jar, url: str, asking: Asking, method: str, same_site: SameSiteRule, third: ThirdPartyRule
) -> tuple[list[Cookie], list[str]]:
    """The cookies that go along with a request for ``url``, and why others do not."""
    partition = jar_for(url, asking, third)
    if partition is None:
        return [], [f"{Origin.of(url)} is a third party in this window"]
    sending = Sending(method, not asking.is_same_site(url), not asking.around)
    goes, stays = [], []
    for cookie in jar.of(url, partition):
        if lets_go(cookie, sending, same_site):
            goes.append(cookie)
        else:
            said = cookie.same_site or "default"
            stays.append(f"the cookie {cookie.name} stays behind, by SameSite ({said})")
    if partition and len(jar.of(url)) > len(goes) + len(stays):
        stays.append(f"the jar of {asking.top_site(url)} has none of the others")
    return goes, stays


def stored(
    jar: Jar, url: str, lines: list[str], asking: Asking, same_site: SameSiteRule,
    third: ThirdPartyRule,
    owner: Origin | None = None,
) -> Jar:  # fmt: skip
    """The jar once a response from ``url`` has set cookies.

    A cookie that would not go along from where it is set is not taken either, unless a window's top
    is loaded (RFC 6265bis, §5.7). Those of a response that belongs to a principal, ``owner``, are
    this principal's (COP).
    """
    partition = str(owner) if owner is not None else jar_for(url, asking, third)
    if partition is None:
        return jar
    sending = Sending("GET", not asking.is_same_site(url), not asking.around)
    for line in lines:
        cookie, _ = parse_set_cookie(line, url)
        if cookie is not None and (sending.top_level or lets_go(cookie, sending, same_site)):
            jar = jar.with_cookie(line, url, partition)
    return jar
