"""What the browsers were found to do: every known difference by name, and the sum for the book.

A difference is known if it is an entry of `DIFFERENCES`: it says for which kinds of cases it holds,
and what each browser and the HTML Standard say of them. An entry holds for all cases of its kinds
on which that is said, and every case on which the three are not of one mind has exactly one entry.
Where a browser does otherwise than its preset, the entry is marked as not ``modelled``. Those of
requests and framing are in `request_cases.KNOWN_DIFFERENCES`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import request_cases
from browser.requests_rig import differences, is_shown, told_by_model
from conformance_cases import (
    Case,
    all_cases,
    decided,
    decided_by_standard,
    key,
    page_of,
)

from labcore import PRESETS, Policies
from labcore.actions import Navigate
from labcore.origin import Origin, same_site
from labcore.policies.sandboxing import top_navigation_allowed
from labcore.policies.top_level import chromium, shares_origin_with_chain

STORED = Path(__file__).resolve().parents[1] / "notebooks" / "data" / "conformance.json"
BROWSERS = ("Chromium", "Firefox")
STANDARD = "HTML Standard"


class Difference(NamedTuple):
    """Where the browsers and the HTML Standard are not of one mind; ``said`` by each, in order."""

    name: str
    kinds: tuple[str, ...]
    said: tuple[str, str, str]
    reason: str
    modelled: bool = True


ALLOWED, REFUSED = "allowed", "refused"
NEW, FOUND = "a new window", "found"
BOTH_REFUSE = (REFUSED, REFUSED, ALLOWED)
FIREFOX_REFUSES = (ALLOWED, REFUSED, ALLOWED)
CHROMIUM_REFUSES = (REFUSED, ALLOWED, ALLOWED)

DIFFERENCES = (
    Difference(
        "frames of strangers",
        ("a frame",),
        BOTH_REFUSE,
        "both keep to the paper's descendant policy with origin propagation; the Standard lets "
        "whoever has a reference navigate a frame",
    ),
    Difference(
        "frames around a sandboxed one",
        ("a frame around a sandboxed one",),
        BOTH_REFUSE,
        "the Standard's sandbox keeps a document from the top of its window, and not from the "
        "frames between; both browsers let it navigate only what is inside it",
    ),
    Difference(
        "a frame takes its window away",
        ("its own top, elsewhere",),
        BOTH_REFUSE,
        "both want the user's click in it first, unless it has the top's origin; the Standard "
        "lets every frame do it that no sandbox keeps from it",
    ),
    Difference(
        "a sandbox allows it, and the embedder could not do it",
        ("its own top, by a sandbox that does not count",),
        BOTH_REFUSE,
        "allow-top-navigation counts for both only if whoever embeds the frame may navigate the "
        "top as well, by its origin or its own sandbox; the Standard looks at the sandbox alone",
    ),
    Difference(
        "windows out of a sandbox whose popups escape",
        ("a window, out of a sandbox whose popups escape",),
        (ALLOWED, REFUSED, REFUSED),
        "where popups escape a sandbox, Chromium lets its frames navigate other windows by the "
        "rules for any frame; Firefox and the Standard only those that it opened",
        modelled=False,
    ),
    Difference(
        "a click is one in all of its origin",
        ("who is active",),
        ("active", "inactive", "inactive"),
        "a click makes active the frame that gets it, the frames around that and those of its "
        "origin inside it; in Chromium also those of its origin elsewhere in the window",
    ),
    Difference(
        "a click in another frame of its origin takes the window away",
        ("its own top, elsewhere",),
        FIREFOX_REFUSES,
        "what follows from it in Chromium: a frame may send its window anywhere after a click in "
        "another frame of its origin",
    ),
    Difference(
        "a frame moves its window within its site",
        ("its own top, to the same site",),
        FIREFOX_REFUSES,
        "Chromium looks where the window is sent to: on the site of its top any frame may send it",
    ),
    Difference(
        "a frame of the opener's origin takes its own popup away",
        ("its own top, which its origin opened",),
        FIREFOX_REFUSES,
        "Chromium lets the origin of the opener, and of frames around that, navigate the popup "
        "even from inside; Firefox asks such a frame for a click as any other",
    ),
    Difference(
        "a popup navigates its opener",
        ("its opener",),
        FIREFOX_REFUSES,
        "Chromium lets the top of a popup navigate the window that opened it, whatever its "
        "origin; Firefox only on its own site",
    ),
    Difference(
        "windows of its site",
        ("a window of its site",),
        CHROMIUM_REFUSES,
        "Firefox lets a frame navigate every window of its site; Chromium only of its origin",
    ),
    Difference(
        "windows that the top around it opened",
        ("a window that its own top opened", "a window of its site that its own top opened"),
        CHROMIUM_REFUSES,
        "Firefox lets each frame of a window navigate what the window's top has opened; Chromium "
        "only frames of the opener's origin",
    ),
    Difference(
        "windows of strangers",
        ("a window", "a window that a frame beside it opened"),
        BOTH_REFUSE,
        "both want the origin of the window, or something to do with its opener; the Standard "
        "lets whoever has a reference navigate it",
    ),
    Difference(
        "the name of a stranger's window around",
        ("the name of its top",),
        (NEW, FOUND, FOUND),
        "Chromium finds by name only what the frame may navigate, and opens another window; "
        "Firefox and the Standard find the top, and then do not let it be navigated, or do",
    ),
    Difference(
        "the name of a stranger's frame beside it",
        ("a name in its window",),
        (NEW, NEW, FOUND),
        "the Standard finds every frame of a window; Firefox only those that the frame is "
        "familiar with, and Chromium those that it may navigate: to both the paper's rule",
    ),
    Difference(
        "the name of the opener's window",
        ("a name in another window",),
        (FOUND, NEW, NEW),
        "Chromium lets a popup navigate its opener, and so finds it; to the Standard and Firefox "
        "it is not familiar with a window of another origin",
    ),
    Difference(
        "the name of a window that the top around it opened",
        ("a name in another window",),
        (NEW, FOUND, FOUND),
        "whoever is familiar with the opener is so with what it opened, and a frame is with its "
        "own top; in Chromium it may not navigate it, and so does not find it",
    ),
    Difference(
        "document.domain does nothing",
        ("document.domain",),
        (REFUSED, ALLOWED, ALLOWED),
        "Chromium keeps pages apart by origin unless they say Origin-Agent-Cluster: ?0, and then "
        "document.domain lets nobody in",
    ),
    Difference(
        "document.domain makes nobody a stranger",
        ("document.domain",),
        (ALLOWED, REFUSED, REFUSED),
        "where only one of two pages of an origin has set it they are strangers; in Chromium, "
        "where it does nothing, they are not",
    ),
)


def kind(case: Case) -> str:
    """What ``case`` is about, as far as differences go."""
    aspect, _, actor, target, url, clicked = case
    if clicked and not url:
        return "who is active"
    if aspect not in ("names", "navigation", "sandboxing", "user activation"):
        return aspect
    browser = page_of(case)
    if aspect == "names":
        if browser.root(actor) != browser.root(target):
            return "a name in another window"
        return "the name of its top" if browser.is_top_level(target) else "a name in its window"
    top, opener = browser.root(actor), browser.frame(target).opener
    sandbox = browser.document(actor).sandbox
    boxed = sandbox is not None
    if not browser.is_top_level(target):
        around = boxed and target in browser.ancestors(actor)
        return "a frame around a sandboxed one" if around else "a frame"
    if (
        sandbox is not None
        and target == top
        and "allow-top-navigation" in sandbox
        and not (top_navigation_allowed(browser, actor))
    ):
        return "its own top, by a sandbox that does not count"
    if (
        sandbox is not None
        and target != top
        and "allow-popups-to-escape-sandbox" in sandbox
        and (opener != actor and chromium(browser, Navigate(actor, target, url)))
    ):
        return "a window, out of a sandbox whose popups escape"
    if target == top:
        if same_site(Origin.of(url), browser.origin(target)):
            return "its own top, to the same site"
        theirs = opener is not None and shares_origin_with_chain(browser, actor, opener)
        return f"its own top, {'which its origin opened' if theirs else 'elsewhere'}"
    if browser.frame(actor).opener == target:
        return "its opener"
    site = " of its site" * same_site(browser.origin(actor), browser.origin(target))
    if opener == top:
        return f"a window{site} that its own top opened"
    beside = not site and opener is not None and browser.root(opener) == top
    return f"a window{site}{' that a frame beside it opened' * beside}"


@cache
def expected(case: Case) -> dict[str, str]:
    """What each browser is expected to say of ``case``, and what the HTML Standard says."""
    said = {each: decided(case, PRESETS[each]) for each in BROWSERS}
    about = kind(case)
    for each in DIFFERENCES:
        if not each.modelled and about in each.kinds:
            said = dict(zip(BROWSERS, each.said, strict=False))
    return {**said, STANDARD: decided_by_standard(case)}


def difference(case: Case) -> Difference | None:
    """The entry for ``case`` if it needs one. Raises `LookupError` if it has none."""
    said, about = tuple(expected(case).values()), kind(case)
    if len(set(said)) == 1:
        return None
    for each in DIFFERENCES:
        if about in each.kinds and said == each.said:
            return each
    raise LookupError(f"no reason is known for {said} about {about}: {case.aspect}, {case}")


def unexplained(browser: str, said: Mapping[str, Any]) -> Iterator[str]:
    """What ``browser`` said otherwise than expected, of all cases that ``said`` has answers to."""
    for case in all_cases():
        found = said.get(key(case), expected(case)[browser])
        if found != expected(case)[browser]:
            yield f"{browser}: {found}, not {expected(case)[browser]}: {key(case)} ({kind(case)})"
    known = known_of_requests(browser)
    for name, what in of_requests(said, PRESETS[browser]):
        if what != known.get(name, ""):
            yield f"{browser}: {what or 'as the model'}, not {known.get(name)}: {name}"


def unlike(said: Mapping[str, Any], policies: Policies) -> list[str]:
    """The cases of ``said`` in which a browser with these policies would do otherwise."""
    frames = (case for case in all_cases() if key(case) in said)
    return [
        *(str(case) for case in frames if said[key(case)] != decided(case, policies)),
        *(name for name, what in of_requests(said, policies) if what),
    ]


def known_of_requests(browser: str) -> dict[str, str]:
    """What that browser is known to do otherwise than the model, by the cases' names."""
    reasons = request_cases.KNOWN_DIFFERENCES[browser].values()
    return {name: what for cases in reasons for name, what in cases.items()}


def of_requests(said: Mapping[str, Any], policies: Policies) -> Iterator[tuple[str, str]]:
    """What was said otherwise than the model does, by the names of the cases that were asked."""
    for case in request_cases.CASES:
        if (told := said.get(key(case))) is not None:
            modelled = told_by_model(request_cases.PAGE, case, policies)
            yield case.name, differences(modelled, told)
    for case in request_cases.FRAMING_CASES:
        if (shown := said.get(key(case))) is not None:
            alike = shown == is_shown(request_cases.FRAMES, case, policies)
            yield case.name, "" if alike else "shown" if shown else "not shown"


def summary(versions: Mapping[str, str]) -> dict[str, Any]:
    """The sum of a run in which every browser said what was expected."""
    counts: dict[str, list[int]] = {}
    found: dict[str, list[Case]] = {}
    for case in all_cases():
        count = counts.setdefault(case.aspect, [0] * (2 + len(BROWSERS)))
        count[0] += 1
        said = expected(case)
        for column, each in enumerate(BROWSERS, start=1):
            count[column] += said[each] == said[STANDARD]
        count[-1] += len({said[each] for each in BROWSERS}) == 1
        if (entry := difference(case)) is not None:
            found.setdefault(entry.name, []).append(case)
    for aspect, cases in (
        ("requests", request_cases.CASES),
        ("framing", request_cases.FRAMING_CASES),
    ):
        names = {case.name for case in cases}
        known = [{n: w for n, w in known_of_requests(b).items() if n in names} for b in BROWSERS]
        one_mind = sum(known[0].get(name) == known[1].get(name) for name in names)
        counts[aspect] = [len(names), *(len(names) - len(each) for each in known), one_mind]
    return {
        "versions": dict(versions),
        "columns": ["cases", *(f"{each} as the standard" for each in BROWSERS), "both alike"],
        "counts": counts,
        "differences": [*told_of_frames(found), *told_of_requests()],
    }


def told_of_frames(found: Mapping[str, list[Case]]) -> Iterator[dict[str, Any]]:
    """The entries about frames."""
    for each in DIFFERENCES:
        cases = found[each.name]
        yield {
            "name": each.name,
            "aspects": [*dict.fromkeys(case.aspect for case in cases)],
            "said": dict(zip((*BROWSERS, STANDARD), each.said, strict=True)),
            "reason": each.reason,
            "cases": len(cases),
            "example": str(min(cases, key=lambda case: len(page_of(case)))),
        }


def told_of_requests() -> Iterator[dict[str, Any]]:
    """Those about requests and framing: the standard is what the model says."""
    framing = {case.name for case in request_cases.FRAMING_CASES}
    names = {text: name for name, text in vars(request_cases).items() if isinstance(text, str)}
    both = request_cases.KNOWN_DIFFERENCES
    for reason in dict.fromkeys(reason for each in both.values() for reason in each):
        cases = dict.fromkeys(name for each in both.values() for name in each.get(reason, ()))
        example = next(iter(cases))
        yield {
            "name": names[reason].lower().replace("_", " "),
            "aspects": [*dict.fromkeys("framing" if c in framing else "requests" for c in cases)],
            "said": {
                each: reasons.get(reason, {}).get(example, "as the standard")
                for each, reasons in both.items()
            },
            "reason": reason,
            "cases": len(cases),
            "example": example,
        }
