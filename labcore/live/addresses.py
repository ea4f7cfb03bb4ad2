"""A scenario's origins on the reader's own machine: every site gets a name under ``.localhost``.

Browsers send every such name to the machine itself, without a look into the DNS (RFC 6761, §6.3).
Two origins of a scenario are two origins here, and two sites two sites: a host ``pay.shop.example``
becomes ``pay.shop.localhost``. What differs in nothing but scheme or port gets a port of its own.
Everything is plain HTTP; browsers take loopback for trustworthy all the same.
"""

import re
from collections.abc import Sequence

from labcore.errors import ReadersError, shown
from labcore.origin import Origin, is_address, parse_url, public_suffixes, site_host

CONTROL = "control.localhost"
"""The host of the page that starts a replay; no scenario gets it."""


class NotReplayable(ReadersError, ValueError):
    """Something that no browser of today can be made to do; the message says why."""


class Addresses:
    """The addresses of one replay: below a path that nobody can guess, at the server's ports.

    An origin gets its address when it is first asked for.
    """

    def __init__(self, token: str, ports: Sequence[int]) -> None:
        self.token, self.ports = token, tuple(ports)
        self._sites: dict[str, str] = {}
        self._origins: dict[Origin, str] = {}

    def of(self, url: str, number: int) -> str:
        """Where ``url`` is served, for the request or document with this ``number``.

        Raises `NotReplayable` for a URL without a host.
        """
        parsed = parse_url(url)
        rest = f"{parsed.pathname}{parsed.search}{parsed.hash}"
        return f"http://{self.place(Origin.of(url))}/{self.token}/{number}{rest}"

    def place(self, origin: Origin) -> str:
        """Host and port for ``origin``."""
        if origin.is_opaque or not origin.host:
            raise NotReplayable("a document without a host has no address of its own")
        if origin not in self._origins:
            host = self._host(origin.host)
            used = sum(place.startswith(f"{host}:") for place in self._origins.values())
            if used == len(self.ports):
                raise NotReplayable(
                    f"{shown(origin.host, 60)} has more than {used} origins, "
                    "and a replay has no more ports to tell them apart"
                )
            self._origins[origin] = f"{host}:{self.ports[used]}"
        return self._origins[origin]

    @property
    def places(self) -> frozenset[str]:
        """Every host and port that is given away."""
        return frozenset(self._origins.values())

    def model_url(self, place: str, path: str) -> str:
        """The scenario's URL for a ``path`` that a browser has asked of ``place``.

        Raises `KeyError` for a place that is no origin's.
        """
        origins = {taken: origin for origin, taken in self._origins.items()}
        return f"{origins[place]}{path}"

    def in_model_terms(self, text: str) -> str:
        """``text`` of the browser's with every address of this replay as the scenario's URL."""
        for origin, place in self._origins.items():
            text = re.sub(rf"http://{re.escape(place)}(/{self.token}/\d+)?", str(origin), text)
        return text.replace(f"/{self.token}/", "/")

    def in_browsers_terms(self, origins: str) -> str:
        """A header's text with every origin of the scenario's as the browser knows it."""
        known = sorted(self._origins.items(), key=lambda each: -len(str(each[0])))
        for origin, place in known:
            origins = re.sub(rf"{re.escape(str(origin))}(?![\w.:-])", f"http://{place}", origins)
        return origins

    def _host(self, host: str) -> str:
        """The name for a host: what stands before its public suffix, under ``localhost``."""
        site = site_host(host)
        if site not in self._sites:
            suffix = public_suffixes().publicsuffix(site) or ""
            stem = "" if is_address(site) else site.removesuffix(suffix).strip(".")
            whole = re.sub(r"[^a-z0-9-]+", "-", site).strip("-")
            taken = {*self._sites.values(), CONTROL.partition(".")[0]}
            self._sites[site] = stem if stem and stem not in taken else f"at-{whole}"
        return f"{host.removesuffix(site)}{self._sites[site]}.localhost"


def is_served(url: str) -> bool:
    """Whether a server can be asked for ``url`` at all."""
    return bool(parse_url(url).hostname) and parse_url(url).protocol in ("http:", "https:")
