"""Cookies: what a server may put into a browser, and what belongs to which URL (RFC 6265bis).

A `Jar` is a value: storing a cookie makes another jar. Whether a cookie that belongs to a URL goes
along with a particular request is another question; `labcore.policies.cookies` answers it.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from labcore.http.headers import checked_value
from labcore.origin import Origin, is_address, parse_url, public_suffixes

MOST_BYTES, MOST_ATTRIBUTE_BYTES = 4096, 1024
SAME_SITE = ("none", "lax", "strict")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Cookie:
    """One cookie. ``same_site`` is ``""`` where the server does not say.

    ``host_only`` cookies belong to ``domain`` alone, others to its sub-domains as well.
    ``partition`` is the site of the window that it was set in, where a browser keeps a jar for
    each.
    """

    name: str
    value: str
    domain: str
    host_only: bool = True
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    partition: str = ""

    @property
    def place(self) -> tuple[str, str, bool, str, str]:
        """What a later cookie must share to take this one's place."""
        return self.name, self.domain, self.host_only, self.path, self.partition

    def belongs_to(self, url: str) -> bool:
        """Whether host, path and scheme of ``url`` are those that this cookie is for."""
        parsed = parse_url(url)
        return (
            (parsed.hostname == self.domain or not self.host_only)
            and domain_matches(parsed.hostname, self.domain)
            and path_matches(parsed.pathname, self.path)
            and (not self.secure or is_trustworthy(url))
        )

    def would_hide(self, other: "Cookie") -> bool:
        """Whether this cookie, set without TLS, would stand before ``other``, a ``Secure`` one."""
        return (
            other.secure
            and (other.name, other.partition) == (self.name, self.partition)
            and (
                domain_matches(self.domain, other.domain)
                or domain_matches(other.domain, self.domain)
            )
            and path_matches(self.path, other.path)
        )

    def __str__(self) -> str:
        return f"{self.name}={self.value}" if self.name else self.value


@dataclass(frozen=True)
class Jar:
    """All cookies of a browser, the oldest first."""

    cookies: tuple[Cookie, ...] = ()

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self.cookies)

    def __len__(self) -> int:
        return len(self.cookies)

    def with_cookie(self, line: str, url: str, partition: str = "") -> "Jar":
        """This jar once a response from ``url`` has said ``Set-Cookie: line``.

        Raises `InvalidURL`, and `BadHeader` for a line that no response can have.
        """
        cookie, expired = parse_set_cookie(line, url)
        if cookie is None:
            return self
        cookie = replace(cookie, partition=partition)
        if not is_trustworthy(url) and any(map(cookie.would_hide, self)):
            return self
        same = [each for each in self if each.place == cookie.place]
        if same and expired:
            return Jar(tuple(each for each in self if each not in same))
        if same:  # it keeps its age
            return Jar(tuple(cookie if each in same else each for each in self))
        return self if expired else Jar((*self.cookies, cookie))

    def of(self, url: str, partition: str = "") -> list[Cookie]:
        """The cookies that belong to ``url``, in the order of the header: long paths first."""
        found = [each for each in self if each.partition == partition and each.belongs_to(url)]
        return sorted(found, key=lambda each: -len(each.path))

    def readable_at(self, url: str, partition: str = "") -> str:
        """``document.cookie`` in a page at ``url``: all that is not ``HttpOnly``."""
        return "; ".join(str(each) for each in self.of(url, partition) if not each.http_only)

    def __str__(self) -> str:
        return "; ".join(map(str, self))


def parse_set_cookie(line: str, url: str, now_s: float | None = None) -> tuple[Cookie | None, bool]:
    """The cookie that ``Set-Cookie: line`` makes when ``url`` sends it, and whether it has expired.

    ``None`` for a line that browsers ignore (RFC 6265bis, §5.6 and §5.7).
    """
    if isinstance(line, str) and re.search(r"[\0-\x08\n-\x1f\x7f]", line):
        return None, False
    line = checked_value("Set-Cookie", line)
    pair, *rest = line.split(";")
    name, equals, value = (each.strip(" \t") for each in pair.partition("="))
    if not equals:
        name, value = "", name
    if not name + value or len(name + value) > MOST_BYTES:
        return None, False
    given: dict[str, str] = {}
    for part in rest:
        key, _, said = (each.strip(" \t") for each in part.partition("="))
        if is_understood(key.lower(), said):
            given[key.lower()] = said
    host = parse_url(url).hostname
    domain = given.get("domain", "").removeprefix(".").lower()
    if domain and is_public_suffix(domain):
        if domain != host:
            return None, False
        domain = ""
    if domain and not domain_matches(host, domain):
        return None, False
    path = given.get("path", "")
    same_site = given.get("samesite", "").lower()
    cookie = Cookie(
        name,
        value,
        domain or host,
        host_only=not domain,
        path=path if path.startswith("/") else default_path(url),
        secure="secure" in given,
        http_only="httponly" in given,
        same_site=same_site if same_site in SAME_SITE else "",
    )
    allowed = is_acceptable(cookie, url, given)
    return cookie if allowed else None, has_expired(given, time.time() if now_s is None else now_s)


def is_acceptable(cookie: Cookie, url: str, given: dict[str, str]) -> bool:
    """Whether what the cookie says of itself holds together, prefixes of its name included."""
    if cookie.secure and not is_trustworthy(url):
        return False
    if cookie.same_site == "none" and not cookie.secure:
        return False
    prefixed = (cookie.name or cookie.value).lower()
    if prefixed.startswith("__secure-") and not (cookie.secure and cookie.name):
        return False
    whole = cookie.secure and cookie.host_only and cookie.path == "/" and "path" in given
    return not prefixed.startswith("__host-") or (whole and cookie.name != "")


def is_understood(key: str, said: str) -> bool:
    """Whether an attribute counts: it is short, and a number or a date where it must be one."""
    if key == "max-age" and not re.fullmatch(r"-?[0-9]+", said):
        return False
    if key == "expires" and parse_date(said) is None:
        return False
    return len(said) <= MOST_ATTRIBUTE_BYTES


def has_expired(given: dict[str, str], now_s: float) -> bool:
    """Whether ``Max-Age`` or, where there is none, ``Expires`` lies in the past."""
    if "max-age" in given:
        return int(given["max-age"]) <= 0
    when = parse_date(given.get("expires", ""))
    return when is not None and when <= time.gmtime(now_s)[:6]


def parse_date(text: str) -> tuple[int, ...] | None:
    """Year, month, day, hour, minute, second, in whatever order they are said (§5.1.1)."""
    from datetime import datetime

    found: dict[str, tuple[int, ...]] = {}
    for token in re.findall(r"[^\t -/;-@\[-`{-~]+", text):
        clock = re.match(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])", token)
        number = re.match(r"([0-9]{1,4})(?![0-9])", token)
        if clock and "clock" not in found:
            found["clock"] = tuple(map(int, clock.groups()))
        elif number and len(number[0]) <= 2 and "day" not in found:
            found["day"] = (int(number[0]),)
        elif token[:3].lower() in MONTHS and "month" not in found:
            found["month"] = (MONTHS.index(token[:3].lower()) + 1,)
        elif number and len(number[0]) >= 2 and "year" not in found:
            year = int(number[0])
            found["year"] = (year + (1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0),)
    if len(found) < 4 or found["year"] < (1601,):
        return None
    said = (*found["year"], *found["month"], *found["day"], *found["clock"])
    try:
        return datetime(*said).timetuple()[:6]  # type: ignore[arg-type]
    except ValueError:
        return None


def domain_matches(host: str, domain: str) -> bool:
    """Whether ``host`` is ``domain`` or a sub-domain of it (RFC 6265bis, §5.1.3)."""
    return host == domain or (host.endswith(f".{domain}") and not is_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether ``path`` is ``cookie_path`` or below it (§5.1.4)."""
    return path == cookie_path or (
        path.startswith(cookie_path)
        and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )


def default_path(url: str) -> str:
    """The path of a cookie that does not say: the directory of ``url``."""
    return str(parse_url(url).pathname).rpartition("/")[0] or "/"


def is_public_suffix(domain: str) -> bool:
    """Whether anyone can register a name under ``domain``."""
    return not is_address(domain) and public_suffixes().privatesuffix(domain) is None


def is_trustworthy(url: str) -> bool:
    """Whether nobody on the network can have a hand in it: HTTPS, or this very machine."""
    origin = Origin.of(url)
    here = origin.host in ("localhost", "[::1]") or origin.host.endswith(".localhost")
    loop = origin.host.startswith("127.") and is_address(origin.host)
    return origin.scheme in ("https", "wss") or here or loop
