"""The presets of today against what was measured in Chromium 156 and Firefox 153, without a user's click."""

import pytest

from labcore import PRESETS, Browser, frame, window

A, B, C, D = (f"http://{host}.localhost/" for host in "abcd")
A_SITE = "http://x.a.localhost/"


def pages(*, popup_of: str = "top", popup: str = C) -> Browser:
    """A page on a with a frame on b (and inside it one on d) and one on a; a popup on c with a frame on d and one on a."""
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


PLAIN = pages()
BY_FRAME = pages(popup_of="b")
SAME_SITE = pages(popup=A_SITE)

MEASURED = [
    # browser, actor, target, url, Chromium, Firefox
    (PLAIN, "b-d", "b", D, False, False),
    (PLAIN, "b", "a", D, False, False),
    (PLAIN, "top", "b", D, True, True),
    (PLAIN, "top", "b-d", D, True, True),
    (PLAIN, "a", "b", D, True, True),
    (PLAIN, "a", "b-d", D, True, True),
    (PLAIN, "b-a", "b", D, True, True),
    (PLAIN, "popup", "b", D, False, False),
    (PLAIN, "p-a", "b", D, True, True),
    (PLAIN, "top", "p-d", D, False, False),
    (PLAIN, "b", "top", D, False, False),
    (PLAIN, "b", "top", A_SITE, True, False),
    (PLAIN, "b", "top", A, True, False),
    (PLAIN, "b", "top", B, False, False),
    (PLAIN, "b-d", "top", A, True, False),
    (PLAIN, "a", "top", D, True, True),
    (PLAIN, "xa", "top", D, False, False),
    (PLAIN, "b-a", "top", D, True, True),
    (PLAIN, "top", "popup", D, True, True),
    (PLAIN, "popup", "top", D, True, False),
    (PLAIN, "popup", "top", A, True, False),
    (SAME_SITE, "popup", "top", D, True, True),
    (PLAIN, "p-d", "top", D, False, False),
    (BY_FRAME, "popup", "b", D, False, False),
    (BY_FRAME, "popup", "top", D, False, False),
    (PLAIN, "q-a", "popup", D, True, True),
    (PLAIN, "a", "popup", D, True, True),
    (BY_FRAME, "top", "popup", D, True, True),
    (BY_FRAME, "a", "popup", D, True, True),
    (PLAIN, "p-a", "popup", D, True, False),
    (PLAIN, "p-d", "popup", D, False, False),
    (PLAIN, "other", "popup", D, False, False),
    (PLAIN, "b", "popup", D, False, True),
]


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
@pytest.mark.parametrize("case", MEASURED, ids=lambda case: f"{case[1]}→{case[2]} {case[3]}")
def test_a_preset_of_today_decides_as_the_browser_does(preset, case):
    browser, actor, target, url, chromium, firefox = case
    measured = {"Chromium": chromium, "Firefox": firefox}[preset]
    decision = PRESETS[preset].may_navigate(browser, actor, target, url)
    assert bool(decision) is measured, decision


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
def test_a_click_lets_a_frame_take_its_window_away(preset):
    assert PRESETS[preset].may_navigate(PLAIN, "b", "top", D, user_activation=True)
    assert not PRESETS[preset].may_navigate(PLAIN, "b", "a", D, user_activation=True)


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
@pytest.mark.parametrize(
    ("sandbox", "target", "allowed"),
    [
        ("allow-scripts allow-top-navigation", "top", True),
        ("allow-scripts", "top", False),
        ("allow-scripts allow-same-origin", "top", False),
        ("allow-scripts allow-same-origin", "sibling", False),
        ("allow-scripts", "popup", True),
    ],
)
def test_sandboxes_as_measured(preset, sandbox, target, allowed):
    browser = Browser.of(
        window(A, frame(A, label="boxed", sandbox=sandbox), frame(B, label="sibling"), label="top"),
        window(C, label="popup", opener="boxed"),
    )
    assert bool(PRESETS[preset].may_navigate(browser, "boxed", target, D)) is allowed
