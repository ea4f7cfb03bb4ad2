"""What keeps windows apart: opener policies, names and document.domain against real browsers.

`unit/test_isolation.py` keeps what was measured; here it is measured again.
"""

import itertools
import json
from collections.abc import Iterator, Mapping

import pytest
import rig as rigs
from rig import Page, Rig

from labcore import PRESETS, Browser, frame, window
from labcore.http import Headers
from labcore.policies.isolation import OPENER, hides_its_windows, needs_own_group, opens_with

A, B, C = (f"http://{host}.localhost/" for host in "abc")
COOP = "Cross-Origin-Opener-Policy"
BROWSERS = {"Chromium": Rig.chromium, "Firefox": Rig.firefox}
MARKS = {"Chromium": pytest.mark.browser, "Firefox": pytest.mark.firefox}
HEADERS: dict[str, Mapping[str, str]] = {}
"""The headers with which the document of each label is served."""


class Documents(rigs.Documents):
    """Serves documents with `HEADERS`."""

    async def get(self, number: str, label: str, attempt: str) -> None:
        for name, value in HEADERS.get(label, {}).items():
            self.set_header(name, value)
        await super().get(number, label, attempt)


@pytest.fixture(scope="module", params=[pytest.param(n, marks=MARKS[n]) for n in BROWSERS])
def browser(request: pytest.FixtureRequest) -> Iterator[tuple[str, Rig]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rigs, "Documents", Documents)
        with BROWSERS[request.param]() as rig:
            yield request.param, rig


def opened(page: Page, actor: str, target: str) -> bool:
    """Whether a window that ``actor`` opens, which shows the page of ``target``, has an opener."""
    old, path = page.agents[target], page.fresh_path(target)
    address = page.rig.address(page.browser.document(target).url, path)
    page.run(actor, f"open({json.dumps(address)}, 'n' + {next(page.rig.numbers)})")
    page.rig.until(lambda: page.agents[target] is not old, "window")
    has_opener: bool = page.run(target, "return opener !== null")
    page.send(target, "close()")
    page.agents[target] = old
    return has_opener


@pytest.mark.parametrize("theirs", OPENER)
def test_a_popup_keeps_its_opener_where_the_preset_says_so(
    browser: tuple[str, Rig], theirs: str
) -> None:
    name, rig = browser
    top, inner = window(A, frame(B, label="inner"), label="top"), "inner"
    HEADERS["top"] = {COOP: theirs}
    page = rig.open(Browser.of(top, window(A, label="same"), window(C, label="other")))
    policies, model = PRESETS[name], page.browser
    model = model.with_isolation("top", policies.asked_by(A, Headers({COOP: theirs})))
    actors, targets = ("top", inner), ("same", "other")
    for own, actor, target in itertools.product(OPENER, actors, targets):
        HEADERS[target] = {COOP: own}
        asked = policies.asked_by(A, Headers({COOP: own})).opener
        answer = [(asked, model.origin(target))]
        parts = needs_own_group(opens_with(model, actor), answer, True)
        cut = parts or hides_its_windows(model, actor)
        assert opened(page, actor, target) is not cut, (own, actor, target)
    page.close()
    HEADERS.clear()


@pytest.mark.parametrize("said", ["", "?1", "?0"])
def test_document_domain_has_an_effect_where_the_preset_says_so(
    browser: tuple[str, Rig], said: str
) -> None:
    name, rig = browser
    inner = frame("http://y.a.localhost/", label="inner")
    model = Browser.of(window("http://x.a.localhost/", inner, label="top"))
    lines = {"Origin-Agent-Cluster": said} if said else {}
    HEADERS.update(dict.fromkeys(model.labels, lines))
    page = rig.open(model)
    HEADERS.clear()
    asked = PRESETS[name].asked_by(A, Headers(lines))
    for label in model.labels:
        page.run(label, "document.domain = 'a.localhost'")
        model = model.with_domain(label, "a.localhost").with_isolation(label, asked)
    reads = "try { return !!frames[0].document } catch { return false }"
    assert page.run("top", reads) is bool(PRESETS[name].may_script(model, "top", "inner"))
    page.close()
