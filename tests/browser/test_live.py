"""Replays: scenarios in Chromium and Firefox themselves, beside the model."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest
import record
from rig import Rig

from labcore import SCENARIOS, Browser, Policies, frame, hijacking, window
from labcore.capture import Capture, load
from labcore.live import NotReplayable, Replayed, replay, stop, why_not
from labcore.live.playing import rules_for
from labcore.live.possible import events_of
from labcore.live.record import recorded
from labcore.scenarios import Trace

NEWS = Path(__file__).parents[2] / "notebooks" / "data" / "news.json"

KNOWN: Mapping[tuple[str, str], str] = {}
"""Where a browser goes another way than its preset, by scenario and browser, and why."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Rig]:
    with Rig.chromium() as rig:
        yield rig


@pytest.fixture(scope="module")
def firefox() -> Iterator[Rig]:
    with Rig.firefox() as rig:
        yield rig


def trace(name: str, browser: str, kind: str) -> Trace:
    """What the model says of a scenario with pages of that ``kind``."""
    return SCENARIOS[name].run(rules_for(browser, record.pages(name, browser, kind)))


def sample(browser: str) -> list[tuple[str, str]]:
    """Scenarios and their pages in which everything happens that happens in any; few of them."""
    happens = {
        (name, kind): {
            (type(event).__name__, bool(step.decision))
            for step in trace(name, browser, kind).steps
            for event in events_of((step,))
        }
        for name in record.replayable()
        for kind in record.PAGES
    }
    left, chosen = set().union(*happens.values()), []
    while left:
        chosen.append(max(happens, key=lambda each: len(happens[each] & left)))
        left -= happens[chosen[-1]]
    return chosen


def check(rig: Rig, browser: str, name: str, kind: str) -> None:
    """A replay ends, does as the model, and as when it was recorded."""
    seen = record.replayed(rig, name, browser, kind)
    assert not seen.problem and len(seen.rows) == len(trace(name, browser, kind).steps)
    assert seen.agrees != ((name, browser) in KNOWN), seen
    assert any(each.agrees for each in seen.rows), f"no browser was asked anything: {seen}"
    kept = recorded(trace(name, browser, kind), browser)
    assert kept is not None, "make record"
    assert [each.agrees for each in kept.rows] == [each.agrees for each in seen.rows]
    if kept.browser == seen.browser:  # exceptions have other words in other versions
        assert kept.rows == seen.rows


@pytest.mark.browser
@pytest.mark.parametrize(("name", "kind"), sample("Chromium"))
def test_chromium_does_as_the_model(chromium: Rig, name: str, kind: str) -> None:
    check(chromium, "Chromium", name, kind)


@pytest.mark.firefox
@pytest.mark.parametrize(("name", "kind"), sample("Firefox"))
def test_firefox_does_as_the_model(firefox: Rig, name: str, kind: str) -> None:
    check(firefox, "Firefox", name, kind)


# --- what is found ---

FOUND = ("recursive-mashup", "source-check", "csrf-form", "replay-by-reload")
"""Scenarios with an attack in browsers of today, to be found."""


def check_attack(rig: Rig, browser: str, name: str) -> None:
    """What the search has found happens in the browser, too."""
    attack = record.found_attack(name, browser)
    assert attack is not None and attack.plan
    seen = record.seen(rig, replay(attack, policies=attack.policies, pace_s=0))
    assert seen.agrees and seen.succeeded, seen


@pytest.mark.browser
@pytest.mark.parametrize("name", FOUND)
def test_chromium_does_what_was_found(chromium: Rig, name: str) -> None:
    check_attack(chromium, "Chromium", name)


@pytest.mark.firefox
@pytest.mark.parametrize("name", FOUND)
def test_firefox_does_what_was_found(firefox: Rig, name: str) -> None:
    check_attack(firefox, "Firefox", name)


# --- rules that are wrong ---


def first_otherwise(seen: Replayed, name: str, browser: str) -> int:
    """The step at which the browser's own rules refuse what wrong ones allow."""
    right = SCENARIOS[name].run(rules_for(browser, Policies()))
    pairs = zip(seen.rows, right.steps, strict=False)
    return next(n for n, (row, step) in enumerate(pairs, 1) if row.allowed != bool(step.decision))


def check_wrong(rig: Rig, browser: str, name: str, policies: Policies | str) -> None:
    """The step is named at which the browser does otherwise; nothing is said of those after it."""
    seen = record.seen(rig, replay(name, policies=policies, pace_s=0))
    at = first_otherwise(seen, name, browser)
    assert not seen.agrees and not seen.problem
    assert seen.in_short.endswith(f"goes another way than the model at step {at}.")
    assert [each.agrees for each in seen.rows[at - 1 :]] == [False] + [None] * (len(seen.rows) - at)
    assert seen.rows[at - 1].browser.startswith("refused: ")


WRONG = [
    ("gadget-hijacking", "IE 6"),
    ("gadget-hijacking", Policies(navigation="permissive")),
    ("cross-window", Policies(navigation="permissive", top_level="anyone")),
]


@pytest.mark.browser
@pytest.mark.parametrize(("name", "policies"), WRONG)
def test_chromium_shows_which_rules_are_wrong(
    chromium: Rig, name: str, policies: Policies | str
) -> None:
    check_wrong(chromium, "Chromium", name, policies)


@pytest.mark.firefox
@pytest.mark.parametrize(("name", "policies"), WRONG[:1])
def test_firefox_shows_which_rules_are_wrong(
    firefox: Rig, name: str, policies: Policies | str
) -> None:
    check_wrong(firefox, "Firefox", name, policies)


# --- pages of one's own ---

AD, MAPS = "https://attacker.example/", "https://maps.example/"
LONG = ".".join(["b" * 50] * 4)
OWN = {
    "pages without a server": (
        "https://news.example/", AD, MAPS,
        "about:blank", "about:srcdoc", "data:text/html,x", "blob:https://news.example/1",
    ),
    "addresses": ("http://192.168.0.1:8080/", "http://127.0.0.1:99/x", "http://[::1]:3000/"),
    "ports and schemes": ("https://a.example:1/", "https://a.example:2/", "http://a.example/"),
    "public suffixes": ("https://github.io/", "https://a.github.io/", "https://b.github.io/"),
    "names of our own": ("https://co.uk/", "https://localhost/", "https://control.example/"),
    "one name, three sites": ("https://shop.example/", "https://shop.com/", "https://shop.org/"),
    "letters": ("https://bücher.example/", "https://кино.рф/", "https://ü.example/a?ü=ß#ö"),
    "what hosts may hold": ("https://x_y.example/", "https://a_b.example/", "https://a-b.example/"),
    "long": (f"https://{LONG}.example/", f"{AD}?{'x' * 20_000}", f"https://{'c' * 63}.example/"),
}  # fmt: skip


def own(urls: tuple[str, ...]) -> Browser:
    """A page with an advertisement, a map, and whatever else."""
    top, ad, maps, *rest = urls
    frames = [frame(each, label=f"frame {number}") for number, each in enumerate(rest)]
    return Browser.of(
        window(top, frame(ad, label="ad"), frame(maps, label="maps"), *frames, label="top")
    )


def check_own(rig: Rig, page: Browser | Capture, actor: str, target: str) -> Replayed:
    """One frame's attack on another is refused, as the model says."""
    seen = record.seen(rig, replay(hijacking(page, actor, target), pace_s=0))
    assert seen.agrees and seen.rows[0].browser.startswith("refused: SecurityError"), seen
    return seen


@pytest.mark.browser
@pytest.mark.parametrize("kind", OWN)
def test_a_page_of_ones_own_is_replayed_in_chromium(chromium: Rig, kind: str) -> None:
    check_own(chromium, own(OWN[kind]), "ad", "maps")


@pytest.mark.browser
@pytest.mark.parametrize("local", ["data:text/html,x", "about:blank", "about:srcdoc"])
def test_frames_in_what_no_server_has_sent_are_there(chromium: Rig, local: str) -> None:
    inner = frame(local, frame(MAPS, label="maps"), label="local")
    top = window("https://news.example/", frame(AD, label="ad"), inner, label="top")
    check_own(chromium, Browser.of(top), "ad", "maps")


@pytest.mark.browser
def test_a_captured_page_is_replayed_in_chromium(chromium: Rig) -> None:
    check_own(chromium, load(NEWS), "creative", "beacon-4")  # which is in a document of srcdoc
    allowed = record.seen(chromium, replay(hijacking(load(NEWS), "news", "map"), pace_s=0))
    assert allowed.agrees and allowed.rows[0].allowed


@pytest.mark.firefox
def test_a_captured_page_is_replayed_in_firefox(firefox: Rig) -> None:
    check_own(firefox, load(NEWS), "creative", "map")


def test_what_cannot_be_replayed_of_a_page_says_why() -> None:
    four = ("https://a.example:1/", AD, MAPS, "https://a.example:2/", "https://a.example/",
            "http://a.example/")  # fmt: skip
    before = len(psutil.Process().net_connections())
    many = ("https://news.example/", AD, MAPS, *["https://a.example/"] * 300)
    for urls, why in ((four, "'a.example' has more than 3 origins"), (many, "303 frames")):
        with pytest.raises(NotReplayable, match=why):
            replay(hijacking(own(urls), "ad", "maps"))
    with pytest.raises(NotReplayable, match="which no server has sent"):
        replay(hijacking(load(NEWS), "ticker", "map", AD))
    stop()
    assert len(psutil.Process().net_connections()) <= before


def test_what_no_browser_can_do_is_not_recorded() -> None:
    refused = {name for name in SCENARIOS if why_not(name) is not None}
    assert refused and not refused & {*record.replayable()}
