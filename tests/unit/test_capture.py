"""A page from a file is the right tree or a clear error; names are kept as they are."""

import builtins
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import Browser, frame, window
from labcore.capture import Capture, CaptureError, capture, load, save
from labcore.capture import files as capture_files
from labcore.capture import html as capture_html
from labcore.origin import InvalidURL, Origin

NEWS = Path(__file__).parents[2] / "notebooks" / "data" / "news.json"
HOSTILE = {
    "quotes": "\"'`",
    "markup": "</script><img src=x onerror=alert(1)>&amp;",
    "control characters": "\x00\x1b[31m\r\n\t\u202e",
    "emoji": "🦊" * 3,
    "half an emoji": "\ud83e",
    "nothing but spaces": "   ",
    "a million characters": "n" * 1_000_000,
}


def page(text: str, folder: Path, name: str = "page.html") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def written(value: object, folder: Path) -> Path:
    return page(json.dumps(value), folder, "page.json")


def ours(*frames: dict[str, Any], **head: Any) -> dict[str, Any]:
    table = {"format": "labcore capture", "version": 1, "source": "", "complete": True}
    return {**table, "notes": [], "frames": list(frames), **head}


def node(key: str, url: str, *children: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"frame": {"id": key, "url": url, **fields}, "childFrames": list(children)}


def tree(*arguments: Any, **fields: Any) -> dict[str, Any]:
    return {"frameTree": node(*arguments, **fields)}


def urls(seen: Capture) -> list[tuple[int, str]]:
    return [(depth, each.document.url) for depth, each in seen.browser.in_page_order()]


def saved_from(url: str) -> str:
    return f"<!doctype html>\n<!-- saved from url=({len(url):04}){url} -->\n"


# --- files of any kind ---


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    page("{}", tmp_path, "news.json")
    with pytest.raises(FileNotFoundError, match=r"new\.json.*did you mean .*news\.json"):
        load(tmp_path / "new.json")


@pytest.mark.parametrize("raw", [b"", b" \n\t ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "page.json"
    file.write_bytes(raw)
    with pytest.raises(CaptureError, match=r"page\.json is empty; it should hold"):
        load(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"format": ', "page.json: it is not JSON: .*line 1 column 12"),
        ("[1, 2", "page.json: it is not JSON"),
        ("[" * 100_000, "page.json: its JSON nests deeper than can be read"),
        ("[" + "9" * 5000 + "]", "page.json: it is not JSON"),
        ('{"a": 1}', "this JSON has the keys .'a'.; it should be"),
        ("[]", "this JSON is a list"),
        ("hello", "starts with b'hello'; it should hold"),
        ("\x89PNG", "it should hold"),
        ("From: <Saved by Blink>\nMIME-Version: 1.0", "MHTML archive: save the page as"),
    ],
)
def test_what_is_no_capture_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CaptureError, match=says):
        load(page(text, tmp_path, "page.json"))


def test_a_folder_and_a_file_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CaptureError, match="is a folder"):
        load(tmp_path)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.truncate(capture_files.MAX_BYTES + 1)
    with pytest.raises(CaptureError, match="has 100 MB; 100 MB is the limit"):
        load(huge)


# --- our own JSON ---


def test_the_shipped_news_page_is_what_the_book_says_of_it() -> None:
    seen = load(NEWS)
    origins = {each.document.origin for each in seen.browser.frames}
    tuples = {origin for origin in origins if not origin.is_opaque}
    assert seen.complete
    assert seen.notes == ()
    assert len(tuples) >= 6
    assert 20 <= len(seen.browser) <= 40
    assert len(seen.browser.named("ad-slot")) == 3
    assert {f.document.url.split(":")[0] for f in seen.browser.frames} == {"http", "about", "data"}
    openers = {each.label: each.opener for each in seen.browser.frames if each.opener}
    assert openers == {"offer": "creative", "liveblog": "news"}
    assert all(
        f.document.origin.is_opaque or f.document.origin.port == 8600 for f in seen.browser.frames
    )


def test_a_saved_capture_comes_back_as_it_was(tmp_path: Path) -> None:
    seen = load(NEWS)
    save(seen, tmp_path / "again.json")
    assert load(tmp_path / "again.json") == seen
    assert (tmp_path / "again.json").read_bytes() == NEWS.read_bytes()


def test_a_browser_made_by_hand_comes_back_as_it_was(tmp_path: Path) -> None:
    browser = Browser.of(
        window(
            "https://shop.example/",
            frame("https://ad.example/", frame("about:blank"), name="x", sandbox="allow-scripts"),
            frame("about:srcdoc", name="x", sandbox=""),
            frame("data:text/html,hi", frame("about:blank")),
            frame("javascript:'hi'"),
            label="shop",
        ),
        window("about:blank", opener="shop", name="pop"),
    )
    save(browser, tmp_path / "made.json")
    assert load(tmp_path / "made.json").browser == browser


def test_an_origin_that_nothing_explains_is_saved_too(tmp_path: Path) -> None:
    told = ours(
        {"label": "a", "url": "https://a.example/", "origin": "null"},
        {"label": "b", "url": "about:blank", "parent": "a", "origin": "https://c.example"},
    )
    browser = load(written(told, tmp_path)).browser
    assert browser.origin("a") == Origin.opaque(("a", 1))
    assert browser.origin("b") == Origin.of("https://c.example/")
    save(browser, tmp_path / "again.json")
    assert load(tmp_path / "again.json").browser == browser


def test_what_the_format_has_no_place_for_is_not_saved(tmp_path: Path) -> None:
    browser = Browser.of(window("https://a.shop.example/", label="a")).with_domain(
        "a", "shop.example"
    )
    with pytest.raises(CaptureError, match="no place for"):
        save(browser, tmp_path / "x.json")
    with pytest.raises(TypeError, match="a Capture or a Browser, not 'news'"):
        save("news", tmp_path / "x.json")  # type: ignore[arg-type]
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_kept_as_they_are(tmp_path: Path, name: str) -> None:
    shown = frame("https://ad.example/", name=name, label="ad")
    browser = Browser.of(window("https://shop.example/", shown, label="shop"))
    save(browser, tmp_path / "hostile.json")
    assert load(tmp_path / "hostile.json").browser.frame("ad").name == name
    told = tree("1", "https://shop.example/", node("2", "https://ad.example/", name=name))
    seen = load(written([told, tree("3", "https://pop.example/")], tmp_path))
    label = seen.browser.labels[1]
    assert seen.browser.frame(label).name == name
    assert label.isprintable()
    assert 1 <= len(label) <= 40
    assert len(str(seen)) < 5_000


@given(st.text(min_size=1), st.text(), st.text())
def test_any_text_in_a_url_gives_the_same_tree_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, path: str, name: str, host: str
) -> None:
    told = tree("1", f"https://{host}.example/{path}", node("2", f"data:,{path}", name=name))
    try:
        seen = load(written(told, tmp_path_factory.mktemp("any")))
    except CaptureError as error:
        assert "is not a URL" in str(error)
    else:
        assert [each.name for each in seen.browser.frames] == ["", name]


A = {"label": "a", "url": "https://a.example/"}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (ours(), "no frame in it, not even the page itself"),
        (ours(A, format="labcore"), "the format is 'labcore'; it should be 'labcore capture'"),
        (ours(A, version=2), "the version is 2; only 1 is known"),
        (ours(A, notes=[1]), "the notes are texts"),
        (ours(A, complete="yes"), "'complete' is a bool, not 'yes'"),
        ({"frames": [A]}, "the format is None"),
        (ours(7), "frame 0 is 7, not an object"),  # type: ignore[arg-type]
        (ours({"label": "a"}), "the frame 'a' has no url"),
        (ours({"url": "https://a.example/"}), "its label is a text of 1 to 1,000 characters"),
        (ours({**A, "label": "x" * 2000}), "its label is a text of 1 to 1,000 characters"),
        (ours({**A, "url": 5}), "frame 0: its url is a text, not 5"),
        (ours({**A, "url": "http://"}), "the frame 'a' shows 'http://', which is not a URL"),
        (ours({**A, "naem": "x"}), "unknown field 'naem'; did you mean 'name'"),
        (ours({**A, "sandbox": "allow-script"}), "did you mean 'allow-scripts'"),
        (ours(A, A), "the label 'a' is used twice"),
        (ours(A, {**A, "label": "b", "parent": "aa"}), "unknown parent 'aa'; did you mean 'a'"),
        (ours({**A, "opener": "main"}), "unknown opener 'main'"),
        (ours({**A, "parent": "a"}), "the frame 'a' is inside itself"),
        (
            ours({**A, "parent": "b"}, {**A, "label": "b", "parent": "a"}),
            "'a' is inside 'b', which comes later.*none is inside itself",
        ),
        (ours(A, {**A, "label": "b", "parent": "a", "opener": "a"}), "is not a window"),
    ],
)
def test_a_broken_table_says_what_is_wrong(tmp_path: Path, table: Any, says: str) -> None:
    with pytest.raises(CaptureError, match=says) as caught:
        load(written(table, tmp_path))
    assert str(caught.value).startswith("page.json: ")
    assert len(str(caught.value)) < 1_000


def test_ten_thousand_nested_frames_load_in_two_seconds(tmp_path: Path) -> None:
    rows = [{"label": "0", "url": "https://a.example/"}]
    rows += [
        {"label": str(i), "url": f"https://a{i}.example/", "parent": str(i - 1)}
        for i in range(1, 10_000)
    ]
    file = written(ours(*rows), tmp_path)
    began = time.process_time()
    seen = load(file)
    assert time.process_time() - began < 2
    assert str(seen).endswith("… and 9,900 more frames")
    save(seen, tmp_path / "again.json")
    assert len(list(seen.browser.ancestors("9999"))) == 9_999
    assert load(tmp_path / "again.json") == seen


def test_too_many_frames_are_refused(tmp_path: Path) -> None:
    rows = [{"label": str(i), "url": "about:blank"} for i in range(100_001)]
    with pytest.raises(CaptureError, match="100,000 is the limit"):
        load(written(ours(*rows), tmp_path))


def test_fifty_megabytes_of_json_are_answered_soon(tmp_path: Path) -> None:
    rows = [{"label": str(i), "url": f"https://a.example/?{i}&{'x' * 5000}"} for i in range(10_000)]
    file = written(ours(*rows), tmp_path)
    assert file.stat().st_size > 50_000_000
    began = time.process_time()
    assert len(load(file).browser) == 10_000
    assert time.process_time() - began < 10


# --- the DevTools protocol ---

SHOP = ("1", "https://shop.example/")
AD = tree("2", "https://ad.example/", parentId="1", name="ad")
TARGETS = [
    {"targetId": "1", "type": "page", "url": SHOP[1]},
    {"targetId": "2", "type": "iframe", "url": "https://ad.example/", "parentFrameId": "1"},
    {"targetId": "9", "type": "page", "url": "https://elsewhere.example/"},
    {"targetId": "w", "type": "service_worker", "url": "https://shop.example/sw.js"},
]
WHOLE = [(0, "https://shop.example/"), (1, "https://ad.example/")]


@pytest.mark.parametrize(
    "answers",
    [
        [tree(*SHOP), AD],
        [AD, tree(*SHOP)],
        [{"id": 1, "result": tree(*SHOP)}, {"id": 2, "result": AD}],
        {"targetInfos": TARGETS, "frameTrees": [tree(*SHOP), AD]},
        {"targetInfos": TARGETS, "frameTrees": [node(*SHOP), AD["frameTree"]]},
        [{"result": {"targetInfos": TARGETS}}, tree(*SHOP), AD],
    ],
)
def test_trees_of_all_targets_are_merged(tmp_path: Path, answers: Any) -> None:
    seen = load(written(answers, tmp_path))
    assert seen.complete
    assert urls(seen) == WHOLE
    assert seen.browser.named("ad") == ("ad",)
    assert any("no sandbox attributes" in each for each in seen.notes)


@pytest.mark.parametrize(
    "answer", [tree(*SHOP), [tree(*SHOP)], node(*SHOP), {"result": tree(*SHOP)}]
)
def test_the_tree_of_one_process_is_marked_partial(tmp_path: Path, answer: Any) -> None:
    seen = load(written(answer, tmp_path))
    assert not seen.complete
    assert "frames of other sites, if any, are missing" in seen.notes[0]
    assert "perhaps not all of them" in str(seen)
    assert urls(seen) == WHOLE[:1]


def test_a_target_without_a_tree_is_named(tmp_path: Path) -> None:
    seen = load(written({"targetInfos": TARGETS, "frameTrees": [tree(*SHOP)]}, tmp_path))
    assert not seen.complete
    assert seen.notes[0] == "the tree of the target '2' is missing: 'https://ad.example/'"


def test_a_tree_without_its_parent_is_marked_partial(tmp_path: Path) -> None:
    seen = load(written([AD, tree("3", "https://b.example/")], tmp_path))
    assert not seen.complete
    assert seen.notes[0].startswith("the frame '1' is missing")


def test_openers_come_from_the_targets_and_stand_first(tmp_path: Path) -> None:
    pop = {"targetId": "p", "type": "page", "openerId": "1", "openerFrameId": "2"}
    cut = {"targetId": "q", "type": "page", "openerId": "1", "canAccessOpener": False}
    trees = [tree("p", "about:blank"), tree("q", "https://q.example/"), tree(*SHOP), AD]
    told = {"targetInfos": [*TARGETS, pop, cut], "frameTrees": trees}
    browser = load(written(told, tmp_path)).browser
    assert [browser.frame(each).opener for each in browser.windows] == [None, None, "ad"]
    assert browser.origin("about") == browser.origin("ad")


def test_special_frames_have_the_origins_that_browsers_give_them(tmp_path: Path) -> None:
    inner = {
        "srcdoc": "about:srcdoc",
        "blank": "about:blank",
        "never": "",
        "uncommitted": ":",
        "data": "data:text/html,x",
        "script": "javascript:'x'",
        "blob": "blob:https://shop.example/0b2a",
        "failed": "chrome-error://chromewebdata/",
        "file": "file:///etc/hosts",
        "extension": "chrome-extension://abcdef/x.html",
    }
    children = [node(key, url, name=key) for key, url in inner.items()]
    browser = load(written(tree(*SHOP, *children), tmp_path)).browser
    same = {key for key in inner if browser.origin(key) == browser.origin("shop")}
    assert same == {"srcdoc", "blank", "never", "uncommitted", "script", "blob"}
    assert browser.document("never").url == "about:blank"
    others = [browser.origin(key) for key in inner if key not in same]
    assert all(each.is_opaque for each in others)
    assert len(set(others)) == len(others)


def test_a_fragment_is_part_of_the_url(tmp_path: Path) -> None:
    browser = load(written(tree(*SHOP, urlFragment="#x"), tmp_path)).browser
    assert browser.document("shop").url == "https://shop.example/#x"


def test_names_that_repeat_give_unique_labels(tmp_path: Path) -> None:
    children = [
        node(str(i), "https://ad.example/", name=n) for i, n in enumerate(["ad", "ad", "ad-2"], 2)
    ]
    browser = load(written(tree(*SHOP, *children), tmp_path)).browser
    assert [each.name for each in browser.frames] == ["", "ad", "ad", "ad-2"]
    assert browser.labels == ("shop", "ad", "ad-2", "ad-2-2")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([tree(*SHOP), tree(*SHOP)], "the frame id '1' is there twice"),
        (tree(*SHOP, node("1", "about:blank")), "the frame id '1' is there twice"),
        (tree(*SHOP, parentId="1"), "frames contain each other: '1'"),
        (
            [tree("1", "https://a.example/", parentId="2"), tree("2", "about:blank", parentId="1")],
            "frames contain each other: '1', '2'",
        ),
        (tree(*SHOP, node("2", "about:blank", parentId="7")), "its parentId is '7'"),
        ({"id": 3, "error": {"code": -32000, "message": "no page"}}, "an error: .*no page"),
        (tree("", "about:blank"), "a frame's id is a text with something in it"),
        ({"frameTree": {"frame": {"id": "1"}}}, "url is a text, but is missing"),
        ({"frameTree": {"frame": {"id": "1", "url": 7}}}, "url is a text, but is 7"),
        ({"frameTree": {"childFrames": []}}, 'expected {"frame"'),
        ({"frameTree": [1]}, 'expected {"frame"'),
        (
            {"frameTree": {"frame": {"id": "1", "url": ""}, "childFrames": 7}},
            "childFrames is a list",
        ),
        ({"frameTrees": []}, "not even the page itself"),
        ({"frameTrees": [5]}, "expected an answer of Page.getFrameTree, not 5"),
        ({"targetInfos": [5], "frameTrees": [tree(*SHOP)]}, "one of Target.getTargets"),
        (tree("1", "htp//shop"), "the frame '1' shows 'htp//shop', which is not a URL"),
        (tree("1", "//" + "x" * 1_000_000), "which is not a URL"),
    ],
)
def test_a_broken_answer_says_what_is_wrong(tmp_path: Path, answers: Any, says: str) -> None:
    with pytest.raises(CaptureError, match=says) as caught:
        load(written(answers, tmp_path))
    assert len(str(caught.value)) < 1_000


def test_a_tree_of_ten_thousand_nested_frames_in_many_answers(tmp_path: Path) -> None:
    trees = [tree("0", "https://a.example/")]
    trees += [tree(str(i), "https://a.example/", parentId=str(i - 1)) for i in range(1, 10_000)]
    seen = load(written(trees, tmp_path))
    assert urls(seen)[-1][0] == 9_999
    deep = '{"frame": {"id": "%d", "url": "about:blank"}, "childFrames": ['
    nested = "".join(deep % i for i in range(10_000)) + "]}" * 10_000
    with pytest.raises(CaptureError, match="nests deeper than can be read"):
        load(page(f'{{"frameTree": {nested}}}', tmp_path, "deep.json"))


# --- saved pages ---


def test_a_page_saved_by_chromium_is_read_with_its_frames(tmp_path: Path) -> None:
    page(
        saved_from("https://ad.example/slot?a=1")
        + '<iframe src="./saved_resource(1).html" name="creative"'
        ' sandbox="allow-scripts wild"></iframe>',
        tmp_path,
        "News_files/saved_resource.html",
    )
    page(saved_from("https://brand.example/x"), tmp_path, "News_files/saved_resource(1).html")
    file = page(
        saved_from("https://news.example/")
        + '<iframe src="./News_files/saved_resource.html" name=ad></iframe>'
        '<iframe name=note srcdoc="&lt;p>hi&lt;iframe src=&quot;about:blank&quot;>&lt;/iframe>">'
        "</iframe>"
        '<iframe src="./News_files/gone.html"></iframe>',
        tmp_path,
        "News.html",
    )
    seen = load(file)
    assert urls(seen) == [
        (0, "https://news.example/"),
        (1, "https://ad.example/slot?a=1"),
        (2, "https://brand.example/x"),
        (1, "about:srcdoc"),
        (2, "about:blank"),
        (1, "file:///News_files/gone.html"),
    ]
    assert seen.browser.frame("creative").sandbox == {"allow-scripts"}
    assert seen.browser.origin("note") == seen.browser.origin("news")
    assert not seen.complete
    assert any("'./News_files/gone.html'" in each for each in seen.notes)
    assert any("browsers ignore: 'wild'" in each for each in seen.notes)


def test_a_page_saved_by_firefox_takes_its_canonical_address(tmp_path: Path) -> None:
    page('<link rel="canonical" href="https://ad.example/a">', tmp_path, "News_files/ad.html")
    page("<p>who am I", tmp_path, "News_files/b.html")
    file = page(
        '<!doctype html><meta property="og:url" content="https://news.example/front">'
        '<iframe src="News_files/ad.html"></iframe><iframe src="News_files/b.html"></iframe>',
        tmp_path,
        "News.html",
    )
    seen = load(file)
    expected = ["https://ad.example/a", "file:///News_files/b.html"]
    assert urls(seen) == [(0, "https://news.example/front"), *((1, each) for each in expected)]
    assert len(seen.notes) == 2
    assert load(file, url="https://other.example").browser.document("other").url == (
        "https://other.example/"
    )
    with pytest.raises(InvalidURL):
        load(file, url="other.example")


def test_a_page_that_does_not_tell_its_address_can_be_told_it(tmp_path: Path) -> None:
    file = page('<base href="/b/"><iframe src="ad?x#y"></iframe>', tmp_path)
    assert urls(load(file, url="https://a.example/p/q"))[1] == (1, "https://a.example/b/ad?x#y")
    alone = load(file)
    assert urls(alone)[0] == (0, "file:///page.html")
    assert "give load(…, url=…)" in alone.notes[0]


def test_a_page_without_frames_is_one_frame(tmp_path: Path) -> None:
    seen = load(page(saved_from("https://a.example/") + "<p>hello", tmp_path))
    assert (urls(seen), seen.complete) == ([(0, "https://a.example/")], True)
    assert seen.notes == ("page.html embeds no frames",)


@pytest.mark.parametrize(
    ("tag", "url"),
    [
        ('<iframe src="https://b.example/x"></iframe>', "https://b.example/x"),
        ("<iframe src=https://b.example/></iframe>", "https://b.example/"),
        ("<IFRAME SRC='//b.example'>", "https://b.example/"),
        ("<iframe></iframe>", "about:blank"),
        ("<iframe src=''></iframe>", "about:blank"),
        ("<iframe src='http://'></iframe>", "about:blank"),
        ('<iframe src="javascript:alert(1)"></iframe>', "javascript:alert(1)"),
        ('<iframe src="data:text/html,&lt;p>"></iframe>', "data:text/html,<p>"),
        ('<iframe src="blob:https://a.example/1"></iframe>', "blob:https://a.example/1"),
        ('<iframe srcdoc="" src="https://b.example/"></iframe>', "about:srcdoc"),
        ('<iframe srcdoc="a > b"></iframe>', "about:srcdoc"),
        ("<frameset><frame src='f.htm'></frameset>", "https://a.example/f.htm"),
        ("<object data='o.html'></object>", "https://a.example/o.html"),
        ("<embed src='e' type='text/html'>", "https://a.example/e"),
        ("<p title=it's><iframe src='x'></iframe>", "https://a.example/x"),
        ("<!-- > <iframe> --><iframe src='x'></iframe>", "https://a.example/x"),
        ("<script>'<noscript>'</script><iframe src='x'></iframe>", "https://a.example/x"),
    ],
)
def test_every_way_to_embed_a_frame_is_read(tmp_path: Path, tag: str, url: str) -> None:
    seen = load(page(f"<!doctype html>{tag}", tmp_path), url="https://a.example/")
    assert urls(seen) == [(0, "https://a.example/"), (1, url)]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- <iframe src='x'></iframe> -->",
        "<noscript><iframe src='x'></iframe></noscript>",
        "<template><template></template><iframe src='x'></iframe></template>",
        "<script>'<iframe src=x>'</script>",
        "<style><iframe></style>",
        "<textarea><iframe></textarea>",
        "<title><iframe></title>",
        "<p title='<iframe src=x>'>",
        "<frame src=x>",
        "<object data=film.mp4></object><embed src=plugin type=application/x-flash>",
        "<iframe src='x",
        "&lt;iframe>",
    ],
)
def test_what_only_looks_like_a_frame_is_none(tmp_path: Path, text: str) -> None:
    assert len(load(page(f"<!doctype html>{text}", tmp_path)).browser) == 1


def test_inside_an_iframe_element_there_is_only_text(tmp_path: Path) -> None:
    text = "<html><iframe name=a><iframe name=b></iframe><iframe name=c></iframe>"
    assert [f.name for f in load(page(text, tmp_path)).browser.frames] == ["", "a", "c"]


def test_javascript_frames_speak_for_the_page(tmp_path: Path) -> None:
    text = saved_from("https://a.example/") + "<iframe name=j src='javascript:1'></iframe>"
    browser = load(page(text, tmp_path)).browser
    assert browser.origin("j") == browser.origin("a")


@pytest.mark.parametrize(
    "source", ["../secret.html", "%2e%2e/secret.html", "link.html", "{absolute}"]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, source: str) -> None:
    secret = page("<iframe name=secret></iframe>", tmp_path, "secret.html")
    source = source.format(absolute=secret.as_uri())
    file = page(f"<html><iframe src='{source}'></iframe>", tmp_path, "saved/page.html")
    (tmp_path / "saved" / "link.html").symlink_to(secret)
    seen = load(file)
    assert len(seen.browser) == 2
    assert not seen.complete


@pytest.mark.parametrize("source", ["%00", "x" * 5000, "sub", ".", "loop.html", "a\\b", "?"])
def test_odd_paths_are_no_traceback(tmp_path: Path, source: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "loop.html").symlink_to(tmp_path / "loop.html")
    assert len(load(page(f"<html><iframe src='{source}'></iframe>", tmp_path)).browser) == 2


def test_a_file_that_frames_itself_is_cut(tmp_path: Path) -> None:
    page("<html><iframe src='page.html'></iframe>", tmp_path, "b.html")
    inner = "<p><iframe src='b.html'></iframe>".replace("<", "&lt;")
    file = page(f"<html><iframe src='page.html'></iframe><iframe srcdoc=\"{inner}\">", tmp_path)
    seen = load(file, url="https://a.example/page.html")
    a, b = "https://a.example/page.html", "https://a.example/b.html"
    assert urls(seen) == [(0, a), (1, a), (1, "about:srcdoc"), (2, b), (3, a)]
    assert sum("frames itself: cut there" in each for each in seen.notes) == 2


def test_files_that_frame_each_other_twice_are_too_many_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_html, "MAX_FRAMES", 1_000)
    for i in range(40):
        page(f"<html><iframe src='{i + 1}.html'></iframe>" * 2, tmp_path, f"{i}.html")
    with pytest.raises(CaptureError, match="there are 1,000 frames or more in it"):
        load(tmp_path / "0.html")


def test_a_thousand_nested_files_are_read(tmp_path: Path) -> None:
    for i in range(1_000):
        page(f"<html><iframe src='{i + 1}.html'></iframe>", tmp_path, f"{i}.html")
    seen = load(tmp_path / "0.html", url="https://a.example/0.html")
    assert urls(seen)[-1] == (1_000, "https://a.example/1000.html")


@pytest.mark.parametrize(
    "unit",
    [
        "<p class=x>text text text</p>\n",
        "<div>",
        "<iframe srcdoc='",
        "<noscript>",
        "<script>",
        "<!--",
        "<a b=\"'",
        "<",
        "< ",
        "<p =",
        "<iframe ",
        "<font a=1><p>",
        "x",
    ],
)
def test_ten_megabytes_of_html_are_answered_soon(tmp_path: Path, unit: str) -> None:
    text = "<!doctype html><iframe src='https://b.example/'></iframe>"
    file = page(text + unit * (10_000_000 // len(unit)), tmp_path)
    began = time.process_time()
    assert len(load(file).browser) == 2
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8", "utf8"),
        ("latin-1", "ISO-8859-1"),
        ("utf-16", ""),
        ("utf-8-sig", ""),
    ],
)
def test_the_encoding_is_the_page_s_own(tmp_path: Path, encoding: str, declared: str) -> None:
    file = tmp_path / "page.html"
    meta = f"<meta charset={declared}>" if declared else ""
    file.write_bytes(f"<!doctype html>{meta}<iframe name='café'></iframe>".encode(encoding))
    assert load(file).browser.named("café") == ("café",)


@pytest.mark.parametrize("declared", ["base64", "no-such", "zlib_codec"])
def test_an_encoding_that_is_none_is_taken_for_utf_8(tmp_path: Path, declared: str) -> None:
    file = page(f"<meta charset={declared}><iframe name='café'></iframe>", tmp_path)
    assert load(file).browser.named("café") == ("café",)


# --- live, as far as no browser is needed ---


def test_without_playwright_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("playwright"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match="needs Playwright: run  pip install"):
        capture("https://a.example/")


def test_a_wrong_url_or_time_is_refused_before_a_browser_starts() -> None:
    with pytest.raises(InvalidURL, match=r"did you mean 'https://shop\.example'"):
        capture("shop.example")
    with pytest.raises(ValueError, match="settle_s is a number of seconds from 0 to 600, not -1"):
        capture("https://shop.example/", settle_s=-1)
