"""What a server can do about requests that others have made for its users, and what it gets wrong.

Each table holds a choice's values by name. The wrong ones are such as are found on real sites.
"""

import re
from collections.abc import Callable, Collection

from labcore.http import Request
from labcore.origin import Origin, site_host

# --- was it one of my own pages that asked? ---

TokenCheck = Callable[[str, str, Collection[str]], bool]
"""``check(given, own, issued)``: is the token that came the one of this session, or of any?"""


def no_token(given: str, own: str, issued: Collection[str]) -> bool:
    """Forms hold no token."""
    return True


def any_token(given: str, own: str, issued: Collection[str]) -> bool:
    """A form must hold a token that this server has issued, to whomever."""
    return given in issued


def own_token(given: str, own: str, issued: Collection[str]) -> bool:
    """A form must hold the token of the very session that it is sent in."""
    return given == own


CSRF_TOKENS: dict[str, TokenCheck] = {
    "none": no_token,
    "any that was issued": any_token,
    "the session's": own_token,
}
"""Which secret must stand in a form, that a page of another origin cannot read."""


RequestCheck = Callable[[Request, str], bool]
"""``check(request, own origin)``: does the request come from a page of this server's?"""


def no_request_check(request: Request, own: str) -> bool:
    """The server does not look where a request comes from."""
    return True


def origin_header(request: Request, own: str) -> bool:
    """The ``Origin`` header names this server."""
    return request.headers.get("origin") == own


def origin_header_if_sent(request: Request, own: str) -> bool:
    """The ``Origin`` header, where there is one, names this server."""
    return request.headers.get("origin", own) == own


def referer_prefix(request: Request, own: str) -> bool:
    """The ``Referer`` begins like this server: so does ``https://bank.example.attacker.example``."""
    return request.headers.get("referer", "").startswith(own)


def not_another_referer(request: Request, own: str) -> bool:
    """The ``Referer``, where there is one, is a page of this server: some pages send none."""
    return request.headers.get("referer", f"{own}/").startswith(f"{own}/")


def fetch_metadata(request: Request, own: str) -> bool:
    """``Sec-Fetch-Site`` says that the page is this server's, or that the user asks."""
    return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")


REQUEST_CHECKS: dict[str, RequestCheck] = {
    "none": no_request_check,
    "Origin": origin_header,
    "Origin, if sent": origin_header_if_sent,
    "Referer, beginning": referer_prefix,
    "Referer, if sent": not_another_referer,
    "Sec-Fetch-Site": fetch_metadata,
}
"""How a server looks at the page that a request comes from."""


# --- who may read my answers? ---

CorsHeaders = Callable[[str, str], dict[str, str]]
"""``headers(origin, trusted)``: what the server says about CORS to a page of ``origin``."""


def _opened(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


def no_cors(origin: str, trusted: str) -> dict[str, str]:
    """The server says nothing."""
    return {}


def trusted_only(origin: str, trusted: str) -> dict[str, str]:
    """The one origin that the server trusts may read."""
    return _opened(origin) if origin == trusted else {}


def reflected(origin: str, trusted: str) -> dict[str, str]:
    """Whoever asks is told that he may read."""
    return _opened(origin) if origin else {}


def null_too(origin: str, trusted: str) -> dict[str, str]:
    """The trusted origin may read, and ``null``, which anybody can be."""
    return _opened(origin) if origin in (trusted, "null") else {}


def suffix_match(origin: str, trusted: str) -> dict[str, str]:
    """Who ends like the trusted site may read: so does ``https://evilshop.example``."""
    return _opened(origin) if origin.endswith(site_host(Origin.of(trusted).host)) else {}


def prefix_match(origin: str, trusted: str) -> dict[str, str]:
    """Who begins like the trusted one may read: so does ``https://shop.example.evil.example``."""
    return _opened(origin) if origin.startswith(trusted) else {}


def everybody(origin: str, trusted: str) -> dict[str, str]:
    """Everybody may read what is sent without cookies."""
    return {"Access-Control-Allow-Origin": "*"}


def everybody_with_cookies(origin: str, trusted: str) -> dict[str, str]:
    """Everybody may read, with cookies, says the server; no browser believes it."""
    return {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}


CORS_HEADERS: dict[str, CorsHeaders] = {
    "none": no_cors,
    "trusted origin": trusted_only,
    "*": everybody,
    "* with credentials": everybody_with_cookies,
    "reflected origin": reflected,
    "null too": null_too,
    "suffix match": suffix_match,
    "prefix match": prefix_match,
}
"""To whom a server opens its answers."""


# --- who may frame my pages? ---

FramingHeaders = Callable[[], dict[str, str]]


def no_framing_header() -> dict[str, str]:
    """The server says nothing."""
    return {}


def deny() -> dict[str, str]:
    """Nobody may frame the page."""
    return {"X-Frame-Options": "DENY"}


def same_origin_frames() -> dict[str, str]:
    """Only pages of this server may."""
    return {"X-Frame-Options": "SAMEORIGIN"}


def allow_from() -> dict[str, str]:
    """Meant for one partner; but no browser knows this value any more."""
    return {"X-Frame-Options": "ALLOW-FROM https://partner.example"}


def ancestors_none() -> dict[str, str]:
    """Nobody may frame the page, in the newer header."""
    return {"Content-Security-Policy": "frame-ancestors 'none'"}


def ancestors_self() -> dict[str, str]:
    """Only pages of this server may, in the newer header."""
    return {"Content-Security-Policy": "frame-ancestors 'self'"}


FRAMING_HEADERS: dict[str, FramingHeaders] = {
    "none": no_framing_header,
    "X-Frame-Options: DENY": deny,
    "X-Frame-Options: SAMEORIGIN": same_origin_frames,
    "X-Frame-Options: ALLOW-FROM": allow_from,
    "frame-ancestors 'none'": ancestors_none,
    "frame-ancestors 'self'": ancestors_self,
}
"""What a server says about who may be around its page."""


# --- what may a caller of mine be called? ---

CallbackFilter = Callable[[str], bool]


def any_callback(callback: str) -> bool:
    """The callback is written into the answer, whatever it is."""
    return True


def alphanumeric(callback: str) -> bool:
    """Letters and digits: ``[A-Za-z0-9]+``."""
    return re.fullmatch("[A-Za-z0-9]+", callback) is not None


def short_alphanumeric(callback: str) -> bool:
    """At most 50 letters and digits: ``[A-Za-z0-9]{1,50}``."""
    return re.fullmatch("[A-Za-z0-9]{1,50}", callback) is not None


def dotted_name(callback: str) -> bool:
    """Names with dots between them, such as ``app.show``."""
    return re.fullmatch(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", callback, re.ASCII) is not None


CALLBACK_FILTERS: dict[str, CallbackFilter] = {
    "none": any_callback,
    "letters and digits": alphanumeric,
    "50 letters and digits": short_alphanumeric,
    "names with dots": dotted_name,
}
"""Which names a JSONP endpoint takes for a callback."""


def comment_before() -> dict[str, str]:
    """The answer begins with ``/**/``, so that no caller chooses its first letters."""
    return {}


def sends_nosniff() -> dict[str, str]:
    """``X-Content-Type-Options: nosniff``: every answer says what it is, and is nothing else."""
    return {"X-Content-Type-Options": "nosniff"}


def sends_attachment() -> dict[str, str]:
    """``Content-Disposition: attachment``: whoever goes there saves the answer as a file."""
    return {"Content-Disposition": 'attachment; filename="f.txt"'}


# --- who is kept away from my pages, and what from them? ---

IsolationHeaders = Callable[[], dict[str, str]]


def says_nothing() -> dict[str, str]:
    """Nothing is said of it."""
    return {}


def opener_same_origin() -> dict[str, str]:
    """Only windows of the page's own origin, which say the same, share its group."""
    return {"Cross-Origin-Opener-Policy": "same-origin"}


def opener_allow_popups() -> dict[str, str]:
    """The same, but the windows that the page opens may keep it for their opener."""
    return {"Cross-Origin-Opener-Policy": "same-origin-allow-popups"}


def opener_noopener() -> dict[str, str]:
    """The page never has an opener, not even of its own origin; its popups may have it for one."""
    return {"Cross-Origin-Opener-Policy": "noopener-allow-popups"}


OPENER_POLICIES: dict[str, IsolationHeaders] = {
    "none": says_nothing,
    "same-origin-allow-popups": opener_allow_popups,
    "same-origin": opener_same_origin,
    "noopener-allow-popups": opener_noopener,
}
"""With which windows a page shares its browsing context group (COOP)."""


def require_corp() -> dict[str, str]:
    """What the page shows of others must say that it may be shown."""
    return {"Cross-Origin-Embedder-Policy": "require-corp"}


def credentialless() -> dict[str, str]:
    """What the page shows of others is asked for without the user's cookies, or must say so."""
    return {"Cross-Origin-Embedder-Policy": "credentialless"}


EMBEDDER_POLICIES: dict[str, IsolationHeaders] = {
    "none": says_nothing,
    "credentialless": credentialless,
    "require-corp": require_corp,
}
"""What a page lets into itself (COEP)."""


def corp_same_origin() -> dict[str, str]:
    """Only pages of this server's origin get the answer without CORS."""
    return {"Cross-Origin-Resource-Policy": "same-origin"}


def corp_same_site() -> dict[str, str]:
    """Only pages of this server's site do."""
    return {"Cross-Origin-Resource-Policy": "same-site"}


def corp_cross_origin() -> dict[str, str]:
    """Every page does, even one that requires to be told so."""
    return {"Cross-Origin-Resource-Policy": "cross-origin"}


RESOURCE_POLICIES: dict[str, IsolationHeaders] = {
    "none": says_nothing,
    "cross-origin": corp_cross_origin,
    "same-site": corp_same_site,
    "same-origin": corp_same_origin,
}
"""Into whose pages an answer lets itself be put without CORS (CORP)."""


def origin_keyed() -> dict[str, str]:
    """The page wants to be kept apart by its origin: ``document.domain`` does nothing."""
    return {"Origin-Agent-Cluster": "?1"}


def site_keyed() -> dict[str, str]:
    """The page wants to share with its site, and to set ``document.domain``."""
    return {"Origin-Agent-Cluster": "?0"}


AGENT_CLUSTERS: dict[str, IsolationHeaders] = {
    "none": says_nothing,
    "?0": site_keyed,
    "?1": origin_keyed,
}
"""Whether a page wants to be kept apart by its origin, or by its site (Origin-Agent-Cluster)."""
