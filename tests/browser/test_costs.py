"""Both ways to the objects of another frame do as they should, in Chromium and Firefox themselves.

How long they take is measured by `costs`, not here.
"""

from collections.abc import Iterator

import costs
import pytest
from browser.rig import Page, Rig, ScriptError

BROWSERS = {"Chromium": pytest.mark.browser, "Firefox": pytest.mark.firefox}
FRIEND, STRANGER = "same site", "other site"
READ = 'return await remotes["same site"].get("user.address.city")'


@pytest.fixture(scope="module", params=[pytest.param(n, marks=BROWSERS[n]) for n in BROWSERS])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    start, _ = costs.RIGS[request.param]
    with start() as running:
        yield running


@pytest.fixture
def page(rig: Rig) -> Iterator[Page]:
    page = rig.open(costs.PAGE)
    costs.prepare(page)
    yield page
    page.close()


@pytest.mark.parametrize("way", costs.WAYS)
@pytest.mark.parametrize("label", costs.FRAMES)
def test_the_library_reads_what_it_has_written(page: Page, label: str, way: str) -> None:
    assert costs.round_of(page, label, way, accesses=200) >= 0
    assert page.run(label, "return state.user.address.city") == "Princeton"


def test_native_access_reads_what_it_has_written(page: Page) -> None:
    assert costs.round_of(page, costs.NATIVE, "native", accesses=200) >= 0
    assert page.run(costs.NATIVE, "return state.user.address.city") == "Evanston"


@pytest.mark.parametrize("label", costs.FRAMES[1:])
def test_other_origins_are_out_of_reach_for_native_access(page: Page, label: str) -> None:
    with pytest.raises(ScriptError, match="SecurityError"):
        costs.round_of(page, label, "native", accesses=2)


def test_the_library_answers_nobody_but_its_friend(page: Page) -> None:
    """A stranger writes. When its next message has come, nothing is written and none answered."""
    page.run(FRIEND, "onmessage = ({data}) => { window.ended ||= data === 'end'; }")
    page.run(STRANGER, "onmessage = ({data}) => { heard[heard.length] = data; }")
    page.run(
        STRANGER,
        """parent[1].postMessage({id: 1, calls: [["user.address.city", "stolen"]]}, "*");
        parent[1].postMessage("end", "*");""",
    )
    page.run(FRIEND, "await until(() => window.ended); parent[2].postMessage('end', '*')")
    assert page.run(STRANGER, "await until(() => heard.length); return heard") == ["end"]
    assert page.run("page", READ) == "none"


def test_the_library_believes_nobody_but_its_friend(page: Page) -> None:
    """The page asks for its friend where the stranger is, who forges answers."""
    friend = page.rig.address(costs.PAGE.document(FRIEND).url, "")
    page.run(
        "page",
        f"""window.forged = 0;
        remoteIn(frames[2], "{friend}").get("user").then((said) => {{ window.believed = said; }});
        onmessage = ({{data}}) => {{ forged += data.results[0] === "forged"; }};""",
    )
    forge = """for (let id = 0; id < 9; id++) parent.postMessage({id, results: ["forged"]}, "*")"""
    page.run(STRANGER, forge)
    assert (
        page.run("page", "await until(() => forged === 9); return window.believed ?? null") is None
    )
    assert page.run("page", READ) == "none"
