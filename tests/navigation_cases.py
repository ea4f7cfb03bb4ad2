"""Who may navigate whom: the cases on which the presets of today meet the real browsers.

A case is an attempt on a named page. What comes of it is not said here: `unit/test_presets.py`
keeps what was measured, and `make conformance` measures again, on these pages and many others.
"""

import itertools
import random
from typing import NamedTuple

from labcore.browser import Box, Browser, frame, window

A, B, C, D = (f"http://{host}.localhost/" for host in "abcd")
A_SITE = "http://x.a.localhost/"
SCRIPTS = "allow-scripts"
SAME_ORIGIN = "allow-scripts allow-same-origin"
POPUPS = "allow-popups allow-popups-to-escape-sandbox"


def three_windows(*, popup_of: str = "top", popup: str = C) -> Browser:
    """A page on a with a frame on b (and inside it one on d and one on a), one on a and one on a's
    site; a popup on c with a frame on d and one on a; another on d with a frame on a."""
    return Browser.of(
        window(
            A,
            frame(B, frame(D, label="b-d"), frame(A, label="b-a"), label="b"),
            frame(A, label="a"),
            frame(A_SITE, label="xa"),
            label="top",
        ),
        window(
            popup,
            frame(D, label="p-d"),
            frame(A, label="p-a"),
            label="popup",
            opener=popup_of,
        ),
        window(D, frame(A, label="q-a"), label="other", opener="top"),
    )


def boxed(url: str, sandbox: str, *inside: Box, popup_of: str | None = None) -> Browser:
    """A page on a with a sandboxed frame and a sibling of it on b; a popup on c if somebody opens
    one."""
    top = window(
        A,
        frame(url, *inside, label="boxed", sandbox=sandbox),
        frame(B, label="sibling"),
        label="top",
    )
    popup = window(C, label="popup", opener=popup_of)
    return Browser.of(top, *([popup] if popup_of else []))


IN_A, IN_B = frame(A, label="in-a"), frame(B, label="in-b")
PAGES = {
    "plain": three_windows(),
    "popup of b": three_windows(popup_of="b"),
    "popup on a": three_windows(popup=A),
    "popup on b": three_windows(popup=B),
    "popup on a's site": three_windows(popup=A_SITE),
    "scripts": boxed(B, SCRIPTS, IN_A, IN_B),
    "scripts, on a": boxed(A, SCRIPTS),
    "same origin": boxed(A, SAME_ORIGIN, IN_A, IN_B),
    "same origin, on b": boxed(B, SAME_ORIGIN, IN_A),
    "top": boxed(B, f"{SCRIPTS} allow-top-navigation", IN_A),
    "top, same origin": boxed(A, f"{SAME_ORIGIN} allow-top-navigation"),
    "top by click": boxed(B, f"{SCRIPTS} allow-top-navigation-by-user-activation"),
    "no scripts": boxed(B, "", IN_B),
    "its popup": boxed(B, f"{SCRIPTS} {POPUPS}", popup_of="boxed"),
    "top's popup": boxed(B, f"{SCRIPTS} {POPUPS}", popup_of="top"),
    "top's popup, on a": boxed(A, f"{SAME_ORIGIN} {POPUPS}", popup_of="top"),
}


class Case(NamedTuple):
    """On the page of that name, a script in ``actor`` tries to navigate ``target`` to ``url``."""

    page: str
    actor: str
    target: str
    url: str

    def __str__(self) -> str:
        host = self.url.removeprefix("http://").removesuffix(".localhost/")
        return f"{self.page}: {self.actor} → {self.target} at {host}"


ATTEMPTS = {
    "plain": [
        ("b-d", "b", D),
        ("b", "a", D),
        ("top", "b", D),
        ("top", "b-d", D),
        ("a", "b", D),
        ("a", "b-d", D),
        ("b-a", "b", D),
        ("popup", "b", D),
        ("p-a", "b", D),
        ("top", "p-d", D),
        ("q-a", "b-d", D),
        ("b", "top", D),
        ("b", "top", A_SITE),
        ("b", "top", A),
        ("b", "top", B),
        ("b-d", "top", A),
        ("a", "top", D),
        ("xa", "top", D),
        ("b-a", "top", D),
        ("top", "popup", D),
        ("popup", "top", D),
        ("popup", "top", A),
        ("p-d", "top", D),
        ("p-a", "top", D),
        ("q-a", "popup", D),
        ("a", "popup", D),
        ("p-a", "popup", D),
        ("p-d", "popup", D),
        ("other", "popup", D),
        ("b", "popup", D),
    ],
    "popup of b": [
        ("popup", "b", D),
        ("popup", "top", D),
        ("b", "popup", D),
        ("b-d", "popup", D),
        ("top", "popup", D),
        ("a", "popup", D),
    ],
    "popup on a": [("top", "p-d", D), ("b", "p-d", D), ("popup", "b", D), ("popup", "top", D)],
    "popup on b": [("b", "p-d", D), ("popup", "b-d", D), ("popup", "b", D), ("popup", "a", D)],
    "popup on a's site": [("popup", "top", D), ("xa", "popup", D), ("xa", "p-d", D)],
    "scripts": [
        ("boxed", "boxed", D),
        ("boxed", "in-b", D),
        ("boxed", "sibling", D),
        ("boxed", "top", D),
        ("boxed", "top", A),
        ("in-a", "boxed", D),
        ("in-a", "in-b", D),
        ("top", "boxed", D),
        ("top", "in-b", D),
        ("sibling", "boxed", D),
    ],
    "scripts, on a": [("boxed", "sibling", D), ("boxed", "top", D)],
    "same origin": [
        ("boxed", "sibling", D),
        ("boxed", "top", D),
        ("boxed", "in-b", D),
        ("in-a", "in-b", D),
        ("sibling", "in-b", D),
    ],
    "same origin, on b": [("boxed", "sibling", D), ("sibling", "boxed", D), ("sibling", "in-a", D)],
    "top": [("boxed", "top", D), ("boxed", "sibling", D), ("in-a", "top", D)],
    "top, same origin": [("boxed", "top", D), ("boxed", "sibling", D)],
    "top by click": [("boxed", "top", D), ("boxed", "top", A)],
    "no scripts": [("top", "boxed", D), ("top", "in-b", D), ("sibling", "boxed", D)],
    "its popup": [
        ("boxed", "popup", D),
        ("top", "popup", D),
        ("popup", "boxed", D),
        ("popup", "top", D),
    ],
    "top's popup": [("boxed", "popup", D), ("sibling", "popup", D), ("popup", "boxed", D)],
    "top's popup, on a": [("boxed", "popup", D)],
}
CASES = [Case(page, *attempt) for page, attempts in ATTEMPTS.items() for attempt in attempts]


def random_page(seed: int, *, popup: bool) -> Browser:
    """Four frames, or three and a popup of two, on hosts that share an origin, a site or neither,
    some sandboxed; the same for one seed."""
    choose = random.Random(seed)
    size = 3 if popup else 4
    urls = choose.choices((A, B, A_SITE), (2, 2, 1), k=size + 2)
    sandboxes = choose.choices((None, SCRIPTS, SAME_ORIGIN, ""), (6, 1, 1, 1), k=size)
    parents = [choose.randrange(each) if each else None for each in range(size)]

    def inside(parent: int) -> list[Box]:
        return [
            frame(urls[each], *inside(each), label=f"f{each}", sandbox=sandboxes[each])
            for each in range(size)
            if parents[each] == parent
        ]

    page = Browser.of(window(urls[0], *inside(0), label="f0"))
    if not popup:
        return page
    opener = choose.choice([each.label for each in page.frames if each.document.sandbox is None])
    within = frame(urls[size + 1], label="p1")
    return page.grown([window(urls[size], within, label="p0", opener=opener)])


RANDOM_PAGES = {
    **{f"random {seed}": random_page(seed, popup=False) for seed in range(6)},
    **{f"random {seed} and popup": random_page(seed, popup=True) for seed in range(3)},
}


def every_attempt(name: str) -> list[Case]:
    """All that scripts of that random page could try on frames other than their own, each to some
    URL."""
    page, choose = RANDOM_PAGES[name], random.Random(name)
    return [
        Case(name, actor, target, choose.choice((A, B, A_SITE)))
        for actor, target in itertools.permutations(page.labels, 2)
        if page.document(actor).scripts_run
    ]


PAGES |= RANDOM_PAGES
RANDOM_CASES = [case for name in RANDOM_PAGES for case in every_attempt(name)]
