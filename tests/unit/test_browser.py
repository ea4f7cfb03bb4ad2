import pytest
from browsers import browsers, depth_of
from hypothesis import given

from labcore import Browser, InvalidURL, UnknownName, frame, window
from labcore.errors import BadPage, WrongType


def page() -> Browser:
    return Browser.of(
        window(
            "https://integrator.example/",
            frame("https://attacker.example/ad", label="ad"),
            frame(
                "https://maps.example/", frame("about:blank"), name="map", sandbox="allow-scripts"
            ),
            label="integrator",
        ),
        window("https://popup.example/", label="popup", opener="integrator"),
    )


def test_a_browser_is_a_flat_table_with_a_tree_in_it():
    browser = page()
    assert browser.labels == ("integrator", "ad", "map", "about", "popup")
    assert browser.windows == ("integrator", "popup")
    assert browser.children("integrator") == ("ad", "map")
    assert list(browser.ancestors("about")) == ["map", "integrator"]
    assert list(browser.descendants("integrator")) == ["ad", "map", "about"]
    assert browser.root("about") == "integrator"
    assert browser.named("map") == ("map",)


def test_browsers_are_values():
    assert page() == page() and hash(page()) == hash(page())
    with pytest.raises(AttributeError):
        page().frames = ()


def test_labels_are_derived_where_not_given_and_never_clash():
    browser = Browser.of(
        window(
            "https://www.news.example/",
            frame("https://ads.example/"),
            frame("https://ads.example/"),
            frame("https://x.example/", label="ads-2"),
            frame("http://127.0.0.1/"),
            frame("data:,hi", name="slot"),
            frame("about:srcdoc"),
        )
    )
    assert browser.labels == ("news", "ads", "ads-3", "ads-2", "127.0.0.1", "slot", "srcdoc")


def test_one_name_may_belong_to_many_frames_but_one_label_may_not():
    twice = Browser.of(
        window(
            "https://a.example/",
            frame("https://b.example/", name="x"),
            frame("https://c.example/", name="x"),
        )
    )
    assert len(twice.named("x")) == 2
    with pytest.raises(ValueError, match="'ad' is used twice"):
        Browser.of(
            window("https://a.example/", frame("https://b.example/", label="ad"), label="ad")
        )


def test_a_document_without_an_origin_of_its_own_takes_its_creators():
    browser = Browser.of(
        window(
            "https://a.example/",
            frame("about:blank", label="blank"),
            frame("about:srcdoc", label="srcdoc"),
            frame("javascript:1", label="script"),
            frame("data:,hi", label="data"),
            frame("blob:https://b.example/0", label="blob"),
            label="top",
        )
    )
    top = browser.origin("top")
    assert [browser.origin(x) == top for x in ("blank", "srcdoc", "script", "data")] == [
        True,
        True,
        True,
        False,
    ]
    assert str(browser.origin("blob")) == "https://b.example"


def test_a_sandbox_makes_the_origin_opaque_and_is_inherited():
    browser = Browser.of(
        window(
            "https://a.example/",
            frame(
                "https://a.example/in", frame("https://a.example/deep", label="deep"),
                label="boxed", sandbox="allow-scripts",
            ),
            frame("https://a.example/in", label="same", sandbox="allow-scripts allow-same-origin"),
            label="top",
        )
    )  # fmt: skip
    assert browser.origin("boxed").is_opaque and browser.origin("deep").is_opaque
    assert browser.origin("boxed") != browser.origin("deep")
    assert browser.document("deep").sandbox == {"allow-scripts"}
    assert browser.origin("same") == browser.origin("top")


def test_an_inner_frame_never_regains_what_an_outer_sandbox_took():
    browser = Browser.of(
        window(
            "https://a.example/",
            frame(
                "https://a.example/",
                frame(
                    "https://a.example/",
                    label="inner",
                    sandbox="allow-scripts allow-same-origin",
                ),
                label="outer",
                sandbox="allow-scripts",
            ),
        )
    )
    assert browser.document("inner").sandbox == {"allow-scripts"}
    assert browser.origin("inner").is_opaque
    again = browser.with_document("inner", frame("https://a.example/x"), None)
    assert again.document("inner").sandbox == {"allow-scripts"}, "the attribute stays in force"


def test_a_blank_page_shares_its_creators_domain():
    page = Browser.of(window("https://www.site.example/", label="page"))
    relaxed = page.with_domain("page", "site.example")
    inside = relaxed.grown([frame("about:blank", label="blank")], "page")
    assert inside.document("blank").domain == "site.example"


def test_the_order_of_windows_makes_no_difference():
    opener = window(
        "https://a.example/",
        frame("https://b.example/", label="boxed", sandbox="allow-scripts allow-popups"),
        label="a",
    )
    popup = window("https://c.example/", label="popup", opener="boxed")
    one, other = Browser.of(opener, popup), Browser.of(popup, opener)
    assert one.frame("popup") == other.frame("popup")
    assert other.labels == ("popup", "a", "boxed")


def test_an_opener_that_is_gone_leaves_no_power_behind():
    browser = Browser.of(
        window("https://a.example/", frame("https://b.example/", label="ad"), label="a"),
        window("https://c.example/", label="popup", opener="ad"),
    )
    new = window("https://d.example/", frame("https://evil.example/", label="ad"))
    assert browser.with_document("a", new, None).frame("popup").opener is None


def test_a_sandboxed_page_that_is_loaded_again_is_a_stranger_to_what_was_there():
    browser = Browser.of(
        window("https://a.example/", frame("https://b.example/", label="boxed", sandbox=""))
    )
    again = browser.with_document("boxed", frame("https://b.example/"), None)
    assert again.origin("boxed") != browser.origin("boxed")


def test_a_new_document_takes_the_old_frames_with_it():
    after = page().with_document(
        "integrator", window("https://new.example/", frame("https://x.example/")), None
    )
    assert after.labels == ("integrator", "popup", "x")
    assert after.frame("popup").opener == "integrator"


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: page().frame("maps"), UnknownName, "did you mean 'map'?"),
        (lambda: page().frame(7), UnknownName, "unknown frame 7"),
        (lambda: page().frame([]), UnknownName, "unknown frame []"),
        (lambda: frame("shop.example"), InvalidURL, "https://shop.example"),
        (lambda: frame("https://a.example/", sandbox="allow-script"), UnknownName, "allow-scripts"),
        (lambda: frame("https://a.example/", sandbox=True), TypeError, "True"),
        (lambda: frame("https://a.example/", "https://b.example/"), TypeError, "frame(url"),
        (lambda: frame("https://a.example/", window("https://b.example/")), TypeError, "use frame"),
        (lambda: Browser.of(frame("https://a.example/")), TypeError, "made of windows"),
        (lambda: Browser.of(window("https://a.example/", label=" ")), ValueError, "a label is"),
        (
            lambda: Browser.of(window("https://a.example/", label="a", opener="b")),
            UnknownName,
            "unknown frame 'b'",
        ),
        (
            lambda: Browser.of(window("https://a.example/", label="a", opener="a")),
            BadPage,
            "opened, in the end, by itself",
        ),
        (lambda: frame("https://a.example/", name=None), WrongType, "a name is a text"),
        (lambda: frame("https://a.example/", scripts="https://b.example/"), WrongType, "a list"),
    ],
)
def test_a_wrong_page_is_refused_with_the_value_and_the_nearest_right_one(make, error, says):
    with pytest.raises(error) as caught:
        make()
    assert says in str(caught.value)


def test_the_part_around_some_frames_keeps_all_that_contains_them():
    part = page().around("about", "popup")
    assert part.labels == ("integrator", "map", "about", "popup")
    assert part.frame("popup").opener == "integrator"
    assert page().around("popup").frame("popup").opener is None
    with pytest.raises(UnknownName, match="did you mean 'popup'"):
        page().around("popups")


def test_ten_thousand_nested_frames_are_no_problem():
    box = frame("https://deep.example/")
    for _ in range(9_998):
        box = frame("https://deep.example/", box)
    browser = Browser.of(window("https://top.example/", box))
    assert len(browser) == 10_000
    assert depth_of(browser, browser.labels[-1]) == 9_999
    assert len(list(browser.descendants(browser.windows[0]))) == 9_999
    assert str(browser).count("\n") == 9_999


@given(browsers())
def test_walks_agree_with_each_other(browser):
    for label in browser.labels:
        inside = list(browser.descendants(label))
        assert all(label in browser.ancestors(each) for each in inside)
        assert all(browser.parent(each) == label for each in browser.children(label))
        chain = [label, *browser.ancestors(label)]
        assert chain[-1] == browser.root(label) and browser.is_top_level(chain[-1])
    assert sorted(each.label for _, each in browser.in_page_order()) == sorted(browser.labels)


@pytest.mark.parametrize("opener", [7, ["a"], {}])
def test_an_opener_is_a_label(opener):
    with pytest.raises(WrongType, match="an opener is the label of a frame"):
        Browser.of(window("https://a.example/", opener=opener))
