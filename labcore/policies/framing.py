"""Who may frame whom: `X-Frame-Options` and `frame-ancestors` (HTML Standard, §7.5; CSP 3, §6.4.2).

A page cannot know where it stands; the browser does. So the server says in a header who may be
around its page, and the browser looks at every frame from the page up to the top of the window.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from labcore.http import Headers
from labcore.origin import DEFAULT_PORTS, Origin, is_address


class Framing(NamedTuple):
    """A page about to be shown in a frame: its URL, its headers, and who is around it.

    ``ancestors`` are the origins of the documents around it, the outermost first.
    """

    url: str
    headers: Headers
    ancestors: tuple[Origin, ...]


FramingRule = Callable[[Framing], str | None]
"""``rule(framing)``: why the page is not shown; ``None`` if it is."""


def all_ancestors(framing: Framing) -> str | None:
    """Today's rule: each frame up to the top must be one that the header admits.

    Where there is a ``frame-ancestors``, ``X-Frame-Options`` does not count.
    """
    policies = frame_ancestors(framing.headers)
    own = Origin.of(framing.url)
    for sources in policies:
        for ancestor in framing.ancestors:
            if not any(source_matches(each, ancestor, own) for each in sources):
                named = " ".join(sources) or "names nobody"
                return f"frame-ancestors {named} leaves out {ancestor}"
    return None if policies else x_frame_options(framing)


def x_frame_options(framing: Framing) -> str | None:
    """What ``X-Frame-Options`` says, in whatever case and however often it says it."""
    values = {
        part.strip("\t ").lower()
        for value in framing.headers.values_of("x-frame-options")
        for part in value.split(",")
    }
    known = values & {"deny", "allowall", "sameorigin"}
    if len(values) > 1 and known:
        return f"X-Frame-Options contradicts itself: {', '.join(sorted(values))}"
    if values == {"deny"}:
        return "X-Frame-Options: DENY"
    own = Origin.of(framing.url)
    other = next((each for each in reversed(framing.ancestors) if each != own), None)
    if values == {"sameorigin"} and other is not None:
        return f"X-Frame-Options: SAMEORIGIN, and {other} is around it"
    return None


def top_only(framing: Framing) -> str | None:
    """X-Frame-Options is compared with the top of the window only (until 2011 to 2018)."""
    if frame_ancestors(framing.headers):
        return all_ancestors(framing)
    return x_frame_options(framing._replace(ancestors=framing.ancestors[:1]))


def ignored(framing: Framing) -> str | None:
    """Any page may be framed by any other (until 2009)."""
    return None


FRAMING: dict[str, FramingRule] = {
    "all ancestors": all_ancestors,
    "top only": top_only,
    "ignored": ignored,
}
"""What a browser makes of the headers that say who may frame a page."""


# --- Content-Security-Policy, as far as frame-ancestors goes ---


def frame_ancestors(headers: Headers) -> list[list[str]]:
    """The source list of each policy that has a ``frame-ancestors``: all of them hold."""
    found = []
    for value in headers.values_of("content-security-policy"):
        for policy in filter(None, value.split(",")):
            seen = set()
            for directive in filter(str.isascii, policy.split(";")):
                name, *sources = re.findall(r"[^\t\n\f\r ]+", directive) or [""]
                if name.lower() == "frame-ancestors" and name.lower() not in seen:
                    found.append(sources)
                seen.add(name.lower())
    return found


_SOURCE = (
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://)?(?P<host>\*|(?:\*\.)?[A-Za-z0-9\-.]+)"
    r"(?::(?P<port>\d+|\*))?(?P<path>/[^?#]*)?"
)


def source_matches(source: str, origin: Origin, own: Origin) -> bool:
    """Whether a source expression admits ``origin`` on a page of ``own`` (CSP 3, §6.7.2)."""
    if source.lower() == "'self'":
        return not own.is_opaque and (origin == own or is_own_over_tls(origin, own))
    if origin.is_opaque:
        return False
    if source == "*":
        return origin.scheme in ("http", "https", "ws", "wss", own.scheme)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*:", source):
        return scheme_matches(source[:-1].lower(), origin.scheme)
    found = re.fullmatch(_SOURCE, source)
    if found is None:
        return False
    scheme = (found["scheme"] or own.scheme).lower()
    return (
        found["path"] in (None, "/")  # an ancestor's origin has no other path
        and scheme_matches(scheme, origin.scheme)
        and host_matches(found["host"].lower(), origin.host)
        and port_matches(found["port"], origin)
    )


def is_own_over_tls(origin: Origin, own: Origin) -> bool:
    """Whether ``origin`` is ``own`` over TLS, at the same port or both at their schemes' own."""
    usual = all(each.port == DEFAULT_PORTS.get(each.scheme) for each in (origin, own))
    same_port = origin.port == own.port or usual
    return origin.scheme in ("https", "wss") and origin.host == own.host and same_port


def scheme_matches(said: str, scheme: str) -> bool:
    """The same, or the same over TLS."""
    better = {"http": ("https",), "ws": ("wss", "http", "https"), "wss": ("https",)}
    return said == scheme or scheme in better.get(said, ())


def host_matches(said: str, host: str) -> bool:
    """The same host, or with ``*.`` a sub-domain; an address is never matched (§6.7.2.10)."""
    if is_address(host):
        return False
    if said.startswith("*"):
        return host.endswith(said[1:])
    return said == host


def port_matches(said: str | None, origin: Origin) -> bool:
    """The same port; none said is the scheme's default."""
    if said == "*":
        return True
    if said is None:
        return origin.port == DEFAULT_PORTS.get(origin.scheme)
    return (said.lstrip("0") or "0") == str(origin.port)
