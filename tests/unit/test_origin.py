import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import InvalidURL, Origin, same_origin, same_site


def test_a_missing_port_is_the_default_of_the_scheme():
    assert Origin.of("https://shop.example:443/x") == Origin("https", "shop.example", 443)
    assert Origin.of("https://shop.example/") == Origin.of("https://shop.example:443/")
    assert Origin.of("http://shop.example/").port == 80


@pytest.mark.parametrize(
    ("url", "serialized"),
    [
        ("https://shop.example:443/x", "https://shop.example"),
        ("https://SHOP.example:8443/", "https://shop.example:8443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example"),
        ("blob:https://shop.example/0123", "https://shop.example"),
        ("data:text/html,hi", "null"),
        ("about:blank", "null"),
        ("file:///etc/passwd", "null"),
        ("javascript:alert(1)", "null"),
    ],
)
def test_an_origin_is_written_as_a_script_sees_it(url, serialized):
    assert str(Origin.of(url)) == serialized


def test_an_opaque_origin_equals_nothing_but_itself():
    opaque = Origin.of("data:,x")
    assert opaque == opaque
    assert opaque != Origin.of("data:,x")
    assert opaque.is_opaque and not same_site(opaque, Origin.of("data:,x"))


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("http://", "names no host"),
        ("https", "names no host"),
        ("shop.example/x", "did you mean 'https://shop.example/x'?"),
        ("", "write it in full"),
        ("https://a b.example/", "write it in full"),
        ("nonsense x", "write it in full"),
        (None, "a URL is a string"),
    ],
)
def test_what_is_no_url_is_refused_by_name_and_with_a_hint(wrong, hint):
    with pytest.raises(InvalidURL) as error:
        Origin.of(wrong)
    assert repr(wrong) in str(error.value)
    assert hint in str(error.value)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://shop.example/", "https://www.shop.example/", True),
        ("https://a.shop.example/", "https://b.shop.example:8443/", True),
        ("https://shop.example/", "http://shop.example/", False),
        ("https://x.github.io/", "https://y.github.io/", False),
        ("https://a.co.uk/", "https://b.co.uk/", False),
        ("http://127.0.0.1/", "http://128.0.0.1/", False),
        ("http://attacker.localhost/", "http://bank.localhost/", False),
        ("http://x.bank.localhost/", "http://bank.localhost/", True),
    ],
)
def test_same_site_is_decided_by_scheme_and_registrable_domain(a, b, same):
    assert same_site(Origin.of(a), Origin.of(b)) is same


hosts = st.sampled_from(["a.example", "b.a.example", "c.example", "d.co.uk", "e.co.uk"])
origins = st.builds(
    lambda scheme, host, port: Origin.of(f"{scheme}://{host}:{port}/"),
    st.sampled_from(["http", "https"]),
    hosts,
    st.sampled_from([80, 443, 8443]),
)


@given(origins, origins)
def test_same_origin_implies_same_site(a, b):
    assert not same_origin(a, b) or same_site(a, b)
    assert Origin.of(f"{a}/path?query#fragment") == a


@pytest.mark.parametrize(
    ("inside", "serialized"),
    [
        ("HTTPS://Shop.example:443/0", "https://shop.example"),
        ("http://[::1]:8080/0", "http://[::1]:8080"),
        ("ftp://shop.example/0", "null"),
        ("file:///etc/passwd", "null"),
        ("blob:https://shop.example/0", "null"),
        ("null/0", "null"),
    ],
)
def test_a_blob_has_the_origin_of_the_web_page_that_made_it(inside, serialized):
    assert str(Origin.of(f"blob:{inside}")) == serialized


@pytest.mark.parametrize("scheme", ["https:", "ws:", "blob:https:", "file:", "foo:", "data:"])
@pytest.mark.parametrize("rest", ["//a.example:8443/x", "///a.example", "//[::1]:80", "x"])
def test_an_origin_is_the_one_that_the_parser_gives(scheme, rest):
    from ada_url import URL

    try:
        expected = URL(scheme + rest).origin
    except ValueError:
        expected = "error"
    try:
        given = str(Origin.of(scheme + rest))
    except InvalidURL:
        given = "error"
    assert given == expected
