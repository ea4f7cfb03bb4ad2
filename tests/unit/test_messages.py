"""What can be sent, and for whom: copies, transfers, target origins."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import Browser, Origin, Policies, World, frame, step, window
from labcore.actions import Accepts, Call, Commit, CommRequest, Deliver, Navigate, PostMessage
from labcore.messages import (
    MOST_LEVELS,
    MOST_PARTS,
    ArrayBuffer,
    DataCloneError,
    InvalidTargetOrigin,
    Record,
    frozen,
    parse_target_origin,
    parts_of,
    structured_clone,
)

SHOP = Origin.of("https://shop.example")
BUFFER = ArrayBuffer("photo")
OPEN = Policies(navigation="permissive", origin_propagation=False)

leaves = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
values = st.recursive(
    leaves | st.just(BUFFER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Own:
    pass


class Unshowable:
    def __repr__(self):
        raise RuntimeError


def containers(value):
    """Every list and dict in ``value``, itself included."""
    todo, found = [value], {}
    while todo:
        part = todo.pop()
        if isinstance(part, list | dict) and id(part) not in found:
            found[id(part)] = part
            todo += part.values() if isinstance(part, dict) else part
    return found


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def cycle():
    value = []
    value.append(value)
    return value


def doubled(times):
    value = ["x"]
    for _ in range(times):
        value = [value, value]
    return value


# --- structured clone ---


@given(values)
def test_a_clone_equals_the_value_and_shares_nothing_that_can_change(value):
    clone = structured_clone(value)
    assert clone == value
    assert not containers(clone).keys() & containers(value).keys()


def test_a_clone_keeps_cycles_and_what_is_shared_inside_it():
    clone = structured_clone(one := cycle())
    assert clone[0] is clone and clone is not one
    shared = ["x"]
    first, second = structured_clone([shared, shared])
    assert first is second and first is not shared


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (print, "print.* a function has no copy"),
        (lambda: 1, "lambda.* a function"),
        (Own, "Own.* a function"),
        (Own(), "Own.* a value of type Own"),
        (Unshowable(), "<Unshowable> could not be cloned"),
        ({"then": [print]}, "print"),
        ({Own(): 1}, "Own"),
        (1j, "1j"),
        (MappingProxyType({}), "mappingproxy"),
    ],
)
def test_what_has_no_copy_is_refused_by_name(value, named):
    with pytest.raises(DataCloneError, match=named):
        structured_clone(value)
    for send in (lambda: PostMessage("a", "b", value), lambda: CommRequest("a", "/", value)):
        with pytest.raises(DataCloneError, match=named):
            send()


def test_a_value_without_end_is_refused_when_it_is_sent():
    for value, why in [
        (cycle(), "contains itself"),
        (nested(MOST_LEVELS + 1), f"nested more than {MOST_LEVELS} deep"),
        (nested(100_000), "nested more than"),
        (list(range(MOST_PARTS)), "more than 10,000 parts"),
        (doubled(200), "contains itself|more than 10,000 parts"),
    ]:
        with pytest.raises(DataCloneError, match=why):
            PostMessage("a", "b", value)


def test_what_is_just_small_enough_is_sent():
    assert PostMessage("a", "b", nested(MOST_LEVELS - 1)).data
    assert len(PostMessage("a", "b", list(range(MOST_PARTS - 1))).data) == MOST_PARTS - 1


# --- a message under way ---


@given(values)
def test_a_message_under_way_can_be_hashed_and_is_what_it_was(value):
    held = frozen(structured_clone(value))
    assert hash(held) == hash(frozen(structured_clone(value)))
    assert held == frozen(held)


def test_what_the_sender_changes_afterwards_is_not_in_the_message():
    data = {"to": ["maps"]}
    message = PostMessage("a", "b", data)
    data["to"].append("ad")
    assert message.data == {"to": ("maps",)}


def test_records_with_the_same_properties_are_the_same_in_any_order():
    one, two = Record({"a": 1, "b": 2}), Record({"b": 2, "a": 1})
    assert one == two and hash(one) == hash(two) and len(one) == 2
    assert one["b"] == 2 and repr(one) == "{'a': 1, 'b': 2}"
    assert one != Record({"a": 1})


def test_who_reads_a_value_learns_all_that_is_in_it():
    data = frozen({"order": ["N_A,N_B", {"N_C": BUFFER}], "seen": {"x"}, "paid": 7})
    assert parts_of(data) == {"order", "N_A", "N_B", "N_C", BUFFER, "seen", "x", "paid", 7}


def test_what_a_page_accepts_is_held_as_a_message_is():
    assert hash(Accepts("shop", ["x"], "https://pay.example")) is not None
    with pytest.raises(TypeError, match="called with a text, not"):
        Call("tunnel", "top", ["x"])


# --- transfer ---


@pytest.mark.parametrize(
    ("transfer", "named"),
    [
        (["photo"], "'photo' cannot be transferred"),
        ([{"x": 1}], "cannot be transferred"),
        ([BUFFER, BUFFER], "the buffer 'photo' cannot be transferred twice"),
        (BUFFER, "transfer is a list of ArrayBuffers"),
        ("photo", "transfer is a list of ArrayBuffers, not 'photo'"),
        (None, "transfer is a list"),
    ],
)
def test_a_wrong_transfer_list_is_refused(transfer, named):
    with pytest.raises(DataCloneError, match=named):
        PostMessage("a", "b", BUFFER, transfer=transfer)


@pytest.fixture
def world() -> World:
    return World(
        Browser.of(
            window(
                "https://shop.example/",
                frame("https://pay.example/", label="pay"),
                frame("https://ad.example/", label="ad"),
                label="shop",
            )
        )
    )


def test_what_was_transferred_is_the_senders_no_more(world):
    _, sent = step(world, PostMessage("shop", "pay", BUFFER, "*", [BUFFER]), OPEN)
    for again in (
        PostMessage("shop", "ad", BUFFER, "*"),
        PostMessage("shop", "ad", ["see", BUFFER], "*"),
        PostMessage("shop", "ad", "x", "*", [BUFFER]),
    ):
        decision, after = step(sent, again, OPEN)
        assert not decision and after is sent
        assert decision.reason == "DataCloneError: shop has given away the buffer 'photo'"
    assert step(sent, PostMessage("ad", "pay", BUFFER, "*"), OPEN)[0], "ad has given away nothing"


def test_what_was_copied_stays_with_the_sender(world):
    _, sent = step(world, PostMessage("shop", "pay", BUFFER, "*"), OPEN)
    assert step(sent, PostMessage("shop", "ad", BUFFER, "*"), OPEN)[0]


def test_what_comes_back_can_be_used_again(world):
    for event in (
        PostMessage("shop", "pay", BUFFER, "*", [BUFFER]),
        Deliver("pay"),
        PostMessage("pay", "shop", BUFFER, "*", [BUFFER]),
        Deliver("shop"),
    ):
        decision, world = step(world, event, OPEN)
        assert decision
    assert step(world, PostMessage("shop", "ad", BUFFER, "*"), OPEN)[0]
    assert not step(world, PostMessage("pay", "ad", BUFFER, "*"), OPEN)[0]


def test_a_new_document_has_given_away_nothing(world):
    for event in (
        PostMessage("pay", "ad", BUFFER, "*", [BUFFER]),
        Navigate("shop", "pay", "https://pay.example/again"),
        Commit("pay"),
    ):
        _, world = step(world, event, OPEN)
    assert step(world, PostMessage("pay", "ad", BUFFER, "*"), OPEN)[0]


# --- target origins ---


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("*", None),
        ("/", "https://shop.example"),
        ("https://maps.example", "https://maps.example"),
        ("https://maps.example:443", "https://maps.example"),
        ("http://maps.example:80/", "http://maps.example"),
        ("https://maps.example:8443", "https://maps.example:8443"),
        ("https://user:word@maps.example/a?b#c", "https://maps.example"),
        ("  https://maps.example  ", "https://maps.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_target_origin_is_any_url_and_stands_for_its_origin(text, meant):
    origin = parse_target_origin(text, SHOP)
    assert (None if origin is None else str(origin)) == meant


@given(
    st.sampled_from(["maps.example", "a.b.example", "127.0.0.1"]),
    st.booleans(),
    st.text("abc/?#%20", max_size=8),
)
def test_path_and_case_of_a_target_origin_make_no_difference(host, shout, rest):
    text = f"https://{host}"
    assert parse_target_origin((text.upper() if shout else text) + f"/{rest}", SHOP) == Origin.of(
        text
    )


@pytest.mark.parametrize("other", ["http://maps.example", "https://maps.example:444", "https://m"])
def test_scheme_host_and_port_of_a_target_origin_all_count(other):
    assert parse_target_origin(other, SHOP) != Origin.of("https://maps.example")


@pytest.mark.parametrize("text", ["data:text/html,x", "about:blank", "file:///x"])
def test_a_url_without_an_origin_of_its_own_is_legal_and_matches_nobody(text):
    meant = parse_target_origin(text, SHOP)
    assert meant.is_opaque and meant != parse_target_origin(text, SHOP)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("shop.example", "'shop.example' is not a URL; did you mean 'https://shop.example'"),
        ("//shop.example", "did you mean 'https://shop.example'"),
        ("", "'' is not a URL"),
        ("null", "'null' is not a URL"),
        (" *", r"' \*' is not a URL"),
        ("**", "is not a URL"),
        ("/path", "'/path' is not a URL"),
        ("https://", "it names no host"),
        ("https://a b", "write it in full"),
        ("https://shop.example:99999", "is not a URL"),
        (None, "not None"),
        (7, "not 7"),
        (["*"], r"not \['\*'\]"),
    ],
)
def test_a_malformed_target_origin_is_a_syntax_error_that_names_it(text, hint):
    for call in (
        lambda: parse_target_origin(text, SHOP),
        lambda: PostMessage("a", "b", "x", text),
        lambda: CommRequest("a", text, "x"),
    ):
        with pytest.raises(InvalidTargetOrigin, match=f"{hint}.*SyntaxError"):
            call()


def test_a_principal_is_somebody_in_particular():
    with pytest.raises(InvalidTargetOrigin, match="not '\\*'"):
        CommRequest("a", "*", "x")


pages = st.sampled_from(
    [f"{scheme}://{host}.example{port}/x" for scheme in ("http", "https") for host in ("pay", "ad")
     for port in ("", ":8080")]
)  # fmt: skip
steps = st.lists(st.tuples(pages, st.booleans()), max_size=4)


@given(target_origin=st.just("*") | st.just("/") | pages, before=steps, after=steps)
def test_a_message_is_dispatched_exactly_if_the_document_there_by_then_is_meant(
    target_origin, before, after
):
    shop = Browser.of(
        window("https://shop.example/", frame("https://pay.example/", label="pay"), label="shop")
    )
    world = World(shop)

    def wander(world, steps):
        for url, commits in steps:
            _, world = step(world, Navigate("shop", "pay", url), OPEN)
            world = step(world, Commit("pay"), OPEN)[1] if commits else world
        return world

    world = wander(world, before)
    _, world = step(world, PostMessage("shop", "pay", "x", target_origin), OPEN)
    world = wander(world, after)
    meant = parse_target_origin(target_origin, SHOP)
    decision, done = step(world, Deliver("pay"), OPEN)
    assert bool(decision) is (meant is None or meant == world.browser.origin("pay"))
    assert done.messages == (), "it is tried once"
    assert step(world, Deliver("pay"), OPEN.but(messaging="any document"))[0]


def test_a_target_origin_is_not_asked_whether_it_equals_a_text():
    class Unequal:
        def __eq__(self, other):
            raise RuntimeError

    with pytest.raises(InvalidTargetOrigin, match="Unequal object"):
        parse_target_origin(Unequal(), SHOP)
