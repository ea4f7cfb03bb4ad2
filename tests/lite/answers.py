"""What the model answers, as JSON: to be the same wherever Python runs.

``python answers.py`` asks a sample in seconds, ``python answers.py all`` everything in minutes.
"""

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from itertools import product

from labcore import PRESETS, SCENARIOS, Browser, Origin, Policies, find_attack
from labcore.errors import ReadersError
from labcore.origin import parse_url, site_host
from labcore.small_scope import check

SCHEMES = ("https", "HTTP", "ws", "ftp", "file", "data", "about", "javascript", "blob:https", "foo")
WRITTEN = r"""
//shop.example //SHOP.example:443/x //shop.example:80 //shop.example:8443/a/../b //shop.example.
//user:pw@shop.example/?q#f //MÜNCHEN.example //xn--mnchen-3ya.example //faß.de //🦊.de //。
//[::1]:8080/ //127.1 //0x7f.1/ //256.1.1.1 //shop_1.example //a.co.uk/%41%2e%2E/é // :80 blank
text/html,hi /etc/passwd //shop.example:99999 //shop.example\x //%73hop.example //a..b
"""
PLACES = (*WRITTEN.split(), "", "//a b", "//shop.example/\t\nx")
ALONE = (
    "",
    "shop.example",
    "//shop.example",
    "https",
    "\ud800",
    "https://\ud800/",
    "blob:x",
    "blob:",
)
URLS = (*(f"{scheme}:{place}" for scheme, place in product(SCHEMES, PLACES)), *ALONE)

# Without ^, spaces and labels that are no Punycode: there the standard has changed of late.
PARTS_OF_URLS = r"""
// / a.example A.Example user:pw@ @ :80 :443 :99999 : ?q=1 #f .. ./ %41 %2e%2e %00 é ß münchen
[::1] [::1 127.1 0x7f.1 | \ < ` { ' " 。 🦊 C: C| _ - * ~ % İ %E9 co.uk blank
"""
BITS = (*PARTS_OF_URLS.split(), "\t", "\u00ad", "x" * 70)
MADE_UP = 2_000

RELATIVE = ("", "?q", "#f", "../x", "/y", "//maps.example", "https://ok.example", "https://", "a:b")
PARTS = "href protocol username password host hostname port pathname search"

FAR, NEAR = 2_000, 400
"""How many worlds an attack is looked for in: where everything is asked, and in the sample."""


def asked(everything: bool) -> Iterator[tuple[str, str]]:
    """Each question with its answer; of the searches a scenario's first few, or all."""
    for url in (*URLS, *made_up_urls()):
        yield f"URL {url!r}", answer(described, url)
    for url in RELATIVE:
        yield (
            f"URL {url!r} on a page",
            answer(joined, url),
        )
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        for place, (browser, rules) in enumerate(PRESETS.items()):
            yield f"{name} in {browser}", answer(scenario.run, rules)
            if everything or number % len(PRESETS) == place:
                yield (
                    f"attack on {name} in {browser}",
                    answer(find_attack, scenario, rules, worlds=FAR if everything else NEAR),
                )
    for claim in (descendant_policy_is_the_narrower, a_frame_may_script_what_holds_it):
        yield claim.__name__, answer(check, claim, frames=4)


def made_up_urls() -> Iterator[str]:
    """Texts that look like URLs, the same every time."""
    choose = random.Random(1)
    for _ in range(MADE_UP):
        scheme = choose.choice([*(f"{each}:" for each in SCHEMES), ""])
        slashes = choose.choice(["//", "//", ""])
        yield scheme + slashes + "".join(choose.choices(BITS, k=choose.randrange(6)))


def answer(question: Callable[..., object], *about: object, **bounds: int) -> str:
    """What comes of a question: an error is an answer too."""
    try:
        return str(question(*about, **bounds))
    except ReadersError as error:
        return re.sub(r"about \d+ s\b", "some time", f"{type(error).__name__}: {error}")


def described(url: str) -> list[str]:
    """All that the model reads off a URL."""
    origin = Origin.of(url)
    parsed = parse_url(url)
    return [str(origin), site_host(origin.host), *(getattr(parsed, part) for part in PARTS.split())]


def joined(url: str) -> str:
    """A page's link."""
    return parse_url(url, "https://shop.example/a/b?c").href


def descendant_policy_is_the_narrower(browser: Browser) -> object:
    """What the descendant policy allows, the window policy allows too."""
    narrow, wide = Policies(navigation="descendant"), Policies(navigation="window")
    return all(
        wide.may_navigate(browser, actor, target, "about:blank")
        for actor, target in product(browser.labels, repeat=2)
        if narrow.may_navigate(browser, actor, target, "about:blank")
    )


def a_frame_may_script_what_holds_it(browser: Browser) -> object:
    """A frame may script what holds it (wrong)."""
    rules = Policies()
    return all(
        rules.may_script(browser, frame, above)
        for frame in browser.labels
        for above in browser.ancestors(frame)
    )


if __name__ == "__main__":
    print(json.dumps(dict(asked("all" in sys.argv))))
