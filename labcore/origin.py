"""Origins: who a document speaks for (HTML Standard, "Origin"; RFC 6454).

An origin is a scheme, a host and a port. Two documents with the same origin may do anything to each
other; all that the rest of this package decides starts from here. Some documents belong to nobody
in particular, such as a ``data:`` URL or a sandboxed frame. Their origin is *opaque*: equal to
itself and to nothing else.
"""

import itertools
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from labcore.errors import ReadersError, shown

if TYPE_CHECKING:
    from ada_url import URL
    from publicsuffixlist import PublicSuffixList

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}

_fresh = itertools.count(1)


class InvalidURL(ReadersError, ValueError):
    """Text that the URL Standard's parser refuses."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A (scheme, host, port) triple, or an opaque origin when ``identity`` is set.

    ``port`` is the effective port: the scheme's default where the URL names none, ``None`` for a
    scheme without one. ``host`` is as the URL parser leaves it: lower case, ASCII.
    """

    scheme: str
    host: str
    port: int | None = None
    identity: object = None

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The origin of ``url`` (URL Standard, "origin"). Raises `InvalidURL`.

        A URL without an origin of its own (``data:``, ``file:``, ``about:``) gives a new opaque
        origin at each call.

        >>> Origin.of("https://shop.example:443/x") == Origin("https", "shop.example", 443)
        True
        >>> Origin.of("data:text/html,hi") == Origin.of("data:text/html,hi")
        False
        """
        return _tuple_origin(url) or cls.opaque(next(_fresh))

    @classmethod
    def opaque(cls, identity: object) -> "Origin":
        """An opaque origin; two are equal only if their ``identity`` is."""
        return cls("", "", None, identity)

    @property
    def is_opaque(self) -> bool:
        """Whether this origin is equal to itself only."""
        return self.identity is not None

    def __str__(self) -> str:
        """The origin as a script sees it: ``https://shop.example``, or ``null`` if opaque."""
        if self.is_opaque:
            return "null"
        default = self.port == DEFAULT_PORTS.get(self.scheme)
        return f"{self.scheme}://{self.host}" + (
            "" if default or self.port is None else f":{self.port}"
        )


def same_origin(a: Origin, b: Origin) -> bool:
    """Whether scheme, host and port all match (HTML Standard, "same origin")."""
    return a == b


def same_site(a: Origin, b: Origin) -> bool:
    """Whether scheme and registrable domain match (HTML Standard, "same site").

    The registrable domain is the public suffix and one label more, so ``a.shop.example`` and
    ``shop.example`` are the same site, but ``x.github.io`` and ``y.github.io`` are not.
    """
    if a.is_opaque or b.is_opaque:
        return a == b
    return a.scheme == b.scheme and site_host(a.host) == site_host(b.host)


@cache
def site_host(host: str) -> str:
    """The registrable domain of ``host``, or ``host`` itself where it has none."""
    if is_address(host):
        return host
    name = host.removesuffix(".")
    return (public_suffixes().privatesuffix(name) or name) + host[len(name) :]


def is_address(host: str) -> bool:
    """Whether ``host`` is an IP address, as the URL parser writes it."""
    return host.startswith("[") or host.replace(".", "").isdigit()


@cache
def public_suffixes() -> "PublicSuffixList":
    """The public suffix list, read on first use."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def normalize_url(url: str) -> str:
    """``url`` as the URL Standard writes it: lower-case host, no default port.

    Raises `InvalidURL`.
    """
    return _href(url) if isinstance(url, str) else parse_url(url).href


def parse_url(url: str, base: str | None = None) -> "URL":
    """``url``, seen from ``base``, parsed by the URL Standard's rules.

    Treat it as read-only: it is shared. Raises `InvalidURL`.
    """
    if not isinstance(url, str):
        raise InvalidURL(f"a URL is a string, not {shown(url)}")
    return _parsed(url, base)


@lru_cache(maxsize=4096)
def _href(url: str) -> str:
    return str(parse_url(url).href)


@lru_cache(maxsize=4096)
def _parsed(url: str, base: str | None = None) -> "URL":
    try:
        return _standard_url(url, base)
    except ValueError as error:
        hint = _url_hint(url) if base is None else f" seen from {shown(base)}"
        raise InvalidURL(f"{shown(url)} is not a URL{hint}") from error


def _standard_url(url: str, base: str | None = None) -> "URL":
    """Ada's ``URL``, or the page's own where Python runs in one. Raises `ValueError`."""
    if sys.platform == "emscripten":
        from js import URL

        given = [text for text in (url, base) if text is not None]
        if not URL.canParse(*given):
            raise ValueError
        return URL.new(*given)
    from ada_url import URL

    return URL(url, base)


def _url_hint(url: str) -> str:
    """What the writer of a wrong URL most likely meant."""
    text = url.strip()
    if text.rstrip("/:").casefold() in DEFAULT_PORTS:
        return ": it names no host"
    meant = "https://" + text.lstrip("/")
    if text and "://" not in text and _parses(meant):
        return f"; did you mean {shown(meant)}?"
    return ": write it in full, like 'https://shop.example/'"


def _parses(url: str) -> bool:
    try:
        _standard_url(url)
    except ValueError:
        return False
    return True


def _tuple_origin(url: str) -> Origin | None:
    """The origin of ``url`` if it is not opaque."""
    return _origin_at(url) if isinstance(url, str) else _origin_at(parse_url(url).href)


@lru_cache(maxsize=4096)
def _origin_at(url: str) -> Origin | None:
    """The URL Standard's "origin", not `URL.origin`: Chromium's own gives ``file:`` one."""
    parsed = parse_url(url)
    scheme = parsed.protocol.removesuffix(":")
    if scheme == "blob":
        within = parsed.pathname
        of_web = _parses(within) and parse_url(within).protocol in ("http:", "https:")
        return _origin_at(within) if of_web else None
    if scheme not in DEFAULT_PORTS:
        return None
    return _shared(scheme, parsed.hostname, int(parsed.port or DEFAULT_PORTS[scheme]))


_shared = lru_cache(maxsize=4096)(Origin)
"""Equal origins are one object, which is compared at once."""
