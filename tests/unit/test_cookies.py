"""Cookies, against RFC 6265bis: how they are parsed, stored, found again, and held back."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import Browser, Origin, Policies, PolicyError, frame, window
from labcore.errors import ReadersError
from labcore.http import BadHeader, Cookie, Jar, Request, Response
from labcore.http.cookies import is_trustworthy, parse_set_cookie
from labcore.policies.cookies import (
    SAME_SITE,
    THIRD_PARTY,
    Asking,
    Sending,
    asking_in,
    attached,
    blocked,
    none,
    partitioned,
    sent,
    stored,
)

URL = "https://a.shop.example/cart/items"
PLAIN = "http://a.shop.example/cart/items"
NOW_S = 1_800_000_000.0


def cookie(line: str, url: str = URL) -> Cookie | None:
    return parse_set_cookie(line, url, NOW_S)[0]


def jar_of(*lines: str, url: str = URL) -> Jar:
    jar = Jar()
    for line in lines:
        jar = jar.with_cookie(line, url)
    return jar


# --- parsing ---


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("sid=1", "sid", "1"),
        (" sid \t=\t a b ; Secure", "sid", "a b"),
        ("sid=a=b", "sid", "a=b"),
        ('sid="quoted"', "sid", '"quoted"'),
        ("sid=", "sid", ""),
        ("=value", "", "value"),
        ("value", "", "value"),
        ("a\tb=c", "a\tb", "c"),
        ("sid=é", "sid", "é"),
    ],
)
def test_a_cookie_is_what_stands_before_the_first_semicolon(line, name, value):
    found = cookie(line)
    assert (found.name, found.value) == (name, value)


@pytest.mark.parametrize("line", ["", " ", "=", " = ; Secure", ";a=b", "a=\x01", "a=b; \x7f", "\0"])
def test_some_lines_are_ignored(line):
    assert cookie(line) is None
    assert jar_of("old=1", line) == jar_of("old=1")


@pytest.mark.parametrize("control", [chr(i) for i in (*range(0x20), 0x7F) if chr(i) != "\t"])
def test_a_control_character_makes_a_line_void(control):
    assert cookie(f"a=b{control}c") is None and cookie(f"a=b; x={control}y") is None


def test_name_and_value_are_4096_bytes_at_most():
    assert cookie("a=" + "é" * 4095) is not None
    assert cookie("a=" + "é" * 4096) is None


def test_an_attribute_of_more_than_1024_bytes_does_not_count():
    assert cookie("a=b; Path=/" + "x" * 1023).path == "/" + "x" * 1023
    assert cookie("a=b; Path=/" + "x" * 1024).path == "/cart"
    assert cookie("a=b; Path=/p; Path=/" + "x" * 1024).path == "/p"


def test_attributes_are_found_in_any_case_and_the_last_counts():
    found = cookie("a=b; SECURE; httponly=no; path=/one; PATH=/two; samesite=LAX; unknown=1")
    assert found == Cookie(
        "a", "b", "a.shop.example", path="/two", secure=True, http_only=True, same_site="lax"
    )


@pytest.mark.parametrize("wrong", ["", "yes", "lax;SameSite=", "Strict; SameSite=whatever"])
def test_an_unknown_same_site_is_none_at_all(wrong):
    assert cookie(f"a=b; SameSite={wrong}").same_site == ""


# --- domain ---


@pytest.mark.parametrize(
    ("domain", "stored_as"),
    [
        ("", ("a.shop.example", True)),
        ("shop.example", ("shop.example", False)),
        (".SHOP.example", ("shop.example", False)),
        ("a.shop.example", ("a.shop.example", False)),
        ("shop.example; Domain=", ("a.shop.example", True)),
        ("example", None),
        ("..shop.example", None),
        ("b.shop.example", None),
        ("x.a.shop.example", None),
        ("evilshop.example", None),
        ("hop.example", None),
        ("shop.example.", None),
        ("other.example; Domain=shop.example", ("shop.example", False)),
    ],
)
def test_a_cookie_is_for_the_host_or_for_a_domain_around_it(domain, stored_as):
    found = cookie(f"a=b; Domain={domain}")
    assert (found and (found.domain, found.host_only)) == stored_as


def test_nobody_sets_a_cookie_for_a_public_suffix():
    assert cookie("a=b; Domain=github.io", "https://x.github.io/") is None
    assert cookie("a=b; Domain=co.uk", "https://x.co.uk/") is None
    assert cookie("a=b; Domain=github.io", "https://github.io/").host_only


def test_an_address_has_no_sub_domains():
    assert cookie("a=b; Domain=0.0.1", "http://127.0.0.1/") is None
    own = cookie("a=b; Domain=127.0.0.1", "http://127.0.0.1/")
    assert own is not None and own.belongs_to("http://127.0.0.1:8000/")


@pytest.mark.parametrize(
    ("url", "belongs"),
    [
        ("https://shop.example/", True),
        ("https://x.y.shop.example/", True),
        ("http://shop.example:8080/", True),
        ("https://evilshop.example/", False),
        ("https://example/", False),
    ],
)
def test_a_domain_cookie_belongs_to_every_host_below(url, belongs):
    assert cookie("a=b; Domain=shop.example; Path=/").belongs_to(url) is belongs


def test_a_host_only_cookie_belongs_to_its_host_at_every_port_and_scheme():
    own = cookie("a=b; Path=/")
    assert own.belongs_to("http://a.shop.example:81/") and own.belongs_to("https://a.shop.example/")
    assert not own.belongs_to("https://x.a.shop.example/")
    assert not own.belongs_to("https://shop.example/")


# --- path ---


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://shop.example", "/"),
        ("https://shop.example/", "/"),
        ("https://shop.example/cart", "/"),
        ("https://shop.example/cart/", "/cart"),
        ("https://shop.example/cart/items?x=/y/z", "/cart"),
    ],
)
def test_without_a_path_a_cookie_is_for_the_directory(url, path):
    assert cookie("a=b", url).path == path
    assert cookie("a=b; Path=", url).path == path
    assert cookie("a=b; Path=relative/x", url).path == path


@pytest.mark.parametrize(
    ("cookie_path", "path", "matches"),
    [
        ("/", "/anything", True),
        ("/cart", "/cart", True),
        ("/cart", "/cart/", True),
        ("/cart", "/cart/items", True),
        ("/cart/", "/cart/items", True),
        ("/cart/", "/cart", False),
        ("/cart", "/cartoon", False),
        ("/cart", "/", False),
        ("/Cart", "/cart", False),
    ],
)
def test_a_path_covers_itself_and_what_is_below(cookie_path, path, matches):
    found = cookie(f"a=b; Path={cookie_path}")
    assert found.belongs_to(f"https://a.shop.example{path}") is matches


# --- secure, prefixes ---


def test_a_secure_cookie_is_set_and_sent_over_tls_only():
    assert cookie("a=b; Secure", PLAIN) is None
    secure = cookie("a=b; Secure; Path=/")
    assert secure.belongs_to(URL) and not secure.belongs_to(PLAIN)


@pytest.mark.parametrize(
    ("url", "trustworthy"),
    [
        ("https://shop.example/", True),
        ("wss://shop.example/", True),
        ("http://localhost:8000/", True),
        ("http://shop.localhost/", True),
        ("http://127.0.0.1/", True),
        ("http://127.9.8.7/", True),
        ("http://[::1]/", True),
        ("http://127.evil.example/", False),
        ("http://notlocalhost/", False),
        ("http://localhost.evil.example/", False),
        ("http://128.0.0.1/", False),
        ("ftp://shop.example/", False),
    ],
)
def test_this_very_machine_needs_no_tls(url, trustworthy):
    assert is_trustworthy(url) is trustworthy


@pytest.mark.parametrize(
    ("line", "url", "taken"),
    [
        ("__Secure-a=b; Secure", URL, True),
        ("__Secure-a=b", URL, False),
        ("__sEcUrE-a=b", URL, False),
        ("__Secure-a=b; Secure", PLAIN, False),
        ("__Host-a=b; Secure; Path=/", URL, True),
        ("__Host-a=b; Secure", URL, False),
        ("__Host-a=b; Secure", "https://a.shop.example/", False),
        ("__Host-a=b; Secure; Path=/cart", URL, False),
        ("__Host-a=b; Secure; Path=relative", "https://a.shop.example/", True),
        ("__Host-a=b; Path=/", URL, False),
        ("__HOST-a=b; Secure; Path=/; Domain=a.shop.example", URL, False),
        ("__host-a=b; Secure; Path=/", URL, True),
        ("=__Secure-a=b; Secure", URL, False),
        ("__Host-a; Secure; Path=/", URL, False),
        ("Secure-a=b", PLAIN, True),
    ],
)
def test_the_prefix_of_a_name_keeps_its_promise(line, url, taken):
    assert (cookie(line, url) is not None) is taken


def test_same_site_none_must_be_secure():
    assert cookie("a=b; SameSite=None") is None
    assert cookie("a=b; SameSite=None; Secure").same_site == "none"


# --- storing ---


def test_a_cookie_takes_the_place_of_one_with_its_name_domain_path_and_host_only_flag():
    jar = jar_of("a=1", "b=1", "a=2", "a=3; Path=/", "a=4; Domain=a.shop.example", "A=5")
    assert [str(each) for each in jar] == ["a=2", "b=1", "a=3", "a=4", "A=5"]


def test_an_expired_cookie_takes_the_old_one_with_it():
    assert jar_of("a=1", "b=1", "a=; Max-Age=0") == jar_of("b=1")
    assert jar_of("a=1", "a=2; Path=/; Max-Age=0") == jar_of("a=1")
    assert len(jar_of("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT")) == 0


@pytest.mark.parametrize(
    ("attributes", "expired"),
    [
        ("", False),
        ("Max-Age=0", True),
        ("Max-Age=-1", True),
        ("Max-Age=1", False),
        ("Max-Age=" + "9" * 1000, False),
        ("Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", True),
        ("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("Max-Age=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("Max-Age=0; Max-Age=60", False),
        ("Max-Age=0; Max-Age=soon", True),
        ("Max-Age=+0", False),
        ("Max-Age=0.0", False),
        ("Max-Age=²", False),
        ("Max-Age=-", False),
        ("Expires=Thu, 01-Jan-70 00:00:01 GMT", True),
        ("Expires=Sun Nov  6 08:49:37 1994", True),
        ("Expires=00:00:00 1 january1 02", True),
        ("Expires=1 Jan 1970", False),
        ("Expires=Thu, 31 Feb 1970 00:00:00 GMT", False),
        ("Expires=Thu, 01 Jan 1600 00:00:00 GMT", False),
        ("Expires=Thu, 01 Jan 1970 24:00:00 GMT", False),
        ("Expires=0", False),
        ("Expires=2000-01-01T00:00:00Z", False),
        ("Expires=01 Jan 69 00:00:00", False),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=never", True),
    ],
)
def test_a_cookie_has_expired_if_its_age_or_date_is_over(attributes, expired):
    assert parse_set_cookie(f"a=b; {attributes}", URL, NOW_S) == (cookie("a=b"), expired)


@given(st.datetimes(), st.sampled_from(["%a, %d %b %Y %X GMT", "%A, %d-%b-%Y %X", "%X %b %d %Y"]))
def test_a_date_is_over_when_it_is(when, form):
    if when.year >= 1601:
        line = f"a=b; Expires={when.strftime(form)}"
        now = time.strptime(str(when.replace(microsecond=0)), "%Y-%m-%d %H:%M:%S")
        assert parse_set_cookie(line, URL, NOW_S)[1] == (now[:6] <= time.gmtime(NOW_S)[:6])


def test_what_is_set_without_tls_cannot_stand_before_a_secure_cookie():
    secure = jar_of("sid=1; Secure; Path=/cart; Domain=shop.example")
    assert secure.with_cookie("sid=2; Path=/cart/items", PLAIN) == secure
    assert secure.with_cookie("sid=2; Path=/cart", PLAIN) == secure
    assert secure.with_cookie("sid=; Path=/cart; Domain=shop.example; Max-Age=0", PLAIN) == secure
    assert len(secure.with_cookie("sid=2; Path=/", PLAIN)) == 2
    assert len(secure.with_cookie("other=2; Path=/cart", PLAIN)) == 2
    assert len(secure.with_cookie("sid=2; Path=/cart/items", URL)) == 2
    assert len(secure.with_cookie("sid=2; Path=/cart", PLAIN, "https://news.example")) == 2


def test_the_header_has_longer_paths_first_and_then_older_cookies():
    jar = jar_of("a=1; Path=/", "b=1; Path=/cart", "c=1; Path=/", "d=1; Path=/cart/items", "a=2")
    assert [str(each) for each in jar.of(URL)] == ["d=1", "b=1", "a=2", "a=1", "c=1"]


def test_a_script_reads_all_but_http_only_cookies():
    jar = jar_of("a=1", "b=2; HttpOnly", "c=3; Secure", "d")
    assert jar.readable_at(URL) == "a=1; c=3; d"
    assert jar.readable_at(PLAIN) == "a=1; d"
    assert jar.readable_at("https://other.example/") == ""


# --- an independent store, straight from the prose ---


class NaiveStore:
    """RFC 6265bis, §5.6 to §5.8, for hosts below ``example`` and no date."""

    def __init__(self):
        self.cookies = []  # dicts, the oldest first

    def receive(self, line, scheme, host, path):
        head, *tail = line.split(";")
        if "=" in head:
            name, value = head[: head.index("=")], head[head.index("=") + 1 :]
        else:
            name, value = "", head
        name, value = name.strip(" \t"), value.strip(" \t")
        if name == "" and value == "":
            return
        attributes = []
        for part in tail:
            key, said = part, ""
            if "=" in part:
                key, said = part[: part.index("=")], part[part.index("=") + 1 :]
            attributes.append((key.strip(" \t").lower(), said.strip(" \t")))
        last = dict(attributes)
        domain = last.get("domain", "").lower()
        if domain.startswith("."):
            domain = domain[1:]
        if domain == "example":  # the only public suffix here
            return
        host_only = domain == ""
        if domain and not (host == domain or host.endswith("." + domain)):
            return
        secure = "secure" in last
        if secure and scheme != "https":
            return
        its_path = last.get("path", "")
        if not its_path.startswith("/"):
            its_path = path[: path.rindex("/")] or "/"
        site = last.get("samesite", "").lower()
        if site == "none" and not secure:
            return
        domain = domain or host
        if not secure and scheme != "https":
            for old in self.cookies:
                related = self.domain(old["domain"], domain) or self.domain(domain, old["domain"])
                hidden = related and self.path(its_path, old["path"])
                if old["name"] == name and old["secure"] and hidden:
                    return
        whole = secure and host_only and "path" in last and its_path == "/"
        for text in [name] if name else [value]:
            if text.lower().startswith("__secure-") and (not secure or not name):
                return
            if text.lower().startswith("__host-") and (not whole or not name):
                return
        new = {
            "name": name,
            "value": value,
            "domain": domain,
            "host_only": host_only,
            "path": its_path,
            "secure": secure,
        }
        key = ("name", "domain", "host_only", "path")
        place = len(self.cookies)
        for i, old in enumerate(self.cookies):
            if all(old[each] == new[each] for each in key):
                place = i
        self.cookies[place : place + 1] = [] if last.get("max-age") == "0" else [new]

    @staticmethod
    def domain(string, domain):
        return string == domain or string.endswith("." + domain)

    @staticmethod
    def path(request_path, cookie_path):
        if request_path == cookie_path:
            return True
        if not request_path.startswith(cookie_path):
            return False
        return cookie_path[-1] == "/" or request_path[len(cookie_path)] == "/"

    def header(self, scheme, host, path):
        found = []
        for each in self.cookies:
            right_host = (
                host == each["domain"] if each["host_only"] else self.domain(host, each["domain"])
            )
            right_scheme = scheme == "https" or not each["secure"]
            if right_host and self.path(path, each["path"]) and right_scheme:
                found.append(each)
        found.sort(key=lambda each: len(each["path"]), reverse=True)
        return "; ".join((e["name"] + "=" if e["name"] else "") + e["value"] for e in found)


SCHEMES = ["https", "http"]
HOSTS = ["shop.example", "a.shop.example", "b.a.shop.example", "evilshop.example"]
PATHS = ["/", "/cart", "/cart/", "/cart/items", "/cartoon"]


def random_line(chance: random.Random) -> str:
    pair = f"{chance.choice(['a', 'b', '__Host-a', '__secure-a', ''])}={chance.choice('123')}"
    parts = [chance.choice([pair, pair, pair, "a", "__Host-x", ""])]
    for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4])):
        domain = f"Domain={chance.choice([*HOSTS, 'example', '.shop.example', ''])}"
        path = f"path={chance.choice([*PATHS, '', 'x'])}"
        same = f"SameSite={chance.choice(['None', 'lax', 'x'])}"
        parts.append(chance.choice([domain, domain, path, path, "Secure", same, "Max-Age=0"]))
    return chance.choice([";", "; ", " ; "]).join(parts)


def test_a_jar_holds_what_the_standards_prose_says():
    chance = random.Random(6265)
    filled = 0
    for _ in range(1500):
        jar, store = Jar(), NaiveStore()
        said = []
        for _ in range(6):
            scheme, host, path = map(chance.choice, (SCHEMES, HOSTS, PATHS))
            line = random_line(chance)
            said.append((line, f"{scheme}://{host}{path}"))
            jar = jar.with_cookie(line, f"{scheme}://{host}{path}")
            store.receive(line, scheme, host, path)
        for host in HOSTS:
            for scheme, path in (chance.choices(SCHEMES) + chance.choices(PATHS) for _ in "123"):
                found = "; ".join(map(str, jar.of(f"{scheme}://{host}{path}")))
                assert found == store.header(scheme, host, path), said
                filled += bool(found)
    assert filled > 1000


# --- SameSite ---

SITE = Origin.of("https://shop.example/")
EVIL = Origin.of("https://evil.example/")
SUB = Origin.of("https://www.shop.example:444/")
PLAINLY = Origin.of("http://shop.example/")


@pytest.mark.parametrize(
    ("initiator", "around", "same"),
    [
        (None, (), True),
        (SITE, (), True),
        (SUB, (SITE, SUB), True),
        (EVIL, (), False),
        (PLAINLY, (), False),
        (SITE, (EVIL, SITE), False),
        (SITE, (SITE, EVIL, SITE), False),
        (None, (EVIL,), False),
        (Origin.opaque("sandboxed"), (), False),
    ],
)
def test_a_request_is_same_site_if_all_who_have_a_part_in_it_are(initiator, around, same):
    assert Asking(initiator, "", around).is_same_site("https://a.shop.example/") is same


def naively_sent(attribute: str, cross_site: bool, top_level: bool, method: str) -> bool:
    """RFC 6265bis, §5.8.3: does the cookie go along?"""
    if attribute == "none" or not cross_site:
        return True
    if attribute == "strict":
        return False
    return top_level and method in ("GET", "HEAD", "OPTIONS", "TRACE")


@pytest.mark.parametrize("attribute", ["none", "lax", "strict"])
@pytest.mark.parametrize("cross_site", [True, False])
@pytest.mark.parametrize("top_level", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "get"])
def test_same_site_says_which_requests_a_cookie_goes_along_with(
    attribute, cross_site, top_level, method
):
    allowed = SAME_SITE[attribute](Sending(method, cross_site, top_level))
    assert allowed == naively_sent(attribute, cross_site, top_level, method)


@given(st.sampled_from(["GET", "POST", "PUT"]), st.booleans(), st.booleans())
def test_a_stricter_same_site_lets_less_through(method, cross_site, top_level):
    sending = Sending(method, cross_site, top_level)
    order = ["strict", "lax", "lax, new ones with POST", "none"]
    answers = [SAME_SITE[name](sending) for name in order]
    assert answers == sorted(answers)
    assert cross_site or all(answers)


def names_sent(jar, asking, method="GET", same_site=none, third=sent, url=URL):
    return [each.name for each in attached(jar, url, asking, method, same_site, third)[0]]


ALL = jar_of(
    "no=1; SameSite=None; Secure", "lax=1; SameSite=Lax", "strict=1; SameSite=Strict", "silent=1"
)


@pytest.mark.parametrize(
    ("default", "goes"),
    [
        ("none", ["no", "silent"]),
        ("lax", ["no"]),
        ("strict", ["no"]),
        ("lax, new ones with POST", ["no"]),
    ],
)
def test_the_default_is_for_cookies_that_do_not_say(default, goes):
    within = Asking(EVIL, "", (EVIL,))
    assert names_sent(ALL, within, same_site=SAME_SITE[default]) == goes


@pytest.mark.parametrize(
    ("default", "method", "goes"),
    [
        ("lax", "GET", ["no", "lax", "silent"]),
        ("lax", "POST", ["no"]),
        ("lax, new ones with POST", "POST", ["no", "silent"]),
        ("strict", "GET", ["no", "lax"]),
        ("none", "POST", ["no", "silent"]),
    ],
)
def test_a_link_from_another_site_takes_lax_cookies_along(default, method, goes):
    link = Asking(EVIL, "https://evil.example/", ())
    assert names_sent(ALL, link, method, SAME_SITE[default]) == goes


def test_the_user_and_the_site_itself_take_all_cookies_along():
    for asking in (Asking(None), Asking(SITE, "", (SITE,)), Asking(SUB, "", (SITE, SUB))):
        assert len(names_sent(ALL, asking, "POST", SAME_SITE["strict"])) == 4


def test_why_a_cookie_stays_behind_is_said():
    _, why = attached(ALL, URL, Asking(EVIL, "", (EVIL,)), "GET", SAME_SITE["lax"], sent)
    assert len(why) == 3
    for name, text in zip(["lax", "strict", "silent"], why, strict=True):
        assert name in text and "SameSite" in text


def test_a_cookie_that_would_not_go_along_is_not_taken_either():
    lines = ["no=1; SameSite=None; Secure", "lax=1; SameSite=Lax", "silent=1"]
    within = Asking(EVIL, "", (EVIL,))
    taken = stored(Jar(), URL, lines, within, SAME_SITE["lax"], sent)
    assert [each.name for each in taken] == ["no"]
    taken = stored(Jar(), URL, lines, within, SAME_SITE["none"], sent)
    assert [each.name for each in taken] == ["no", "silent"]
    assert len(stored(Jar(), URL, lines, Asking(EVIL), SAME_SITE["strict"], sent)) == 3


def test_another_site_cannot_make_a_lax_cookie_expire():
    lines = ["lax=; SameSite=Lax; Max-Age=0"]
    assert stored(ALL, URL, lines, Asking(EVIL, "", (EVIL,)), none, sent) == ALL
    assert len(stored(ALL, URL, lines, Asking(SITE, "", (SITE,)), none, sent)) == 3


# --- third parties ---


def test_a_third_party_is_who_has_another_site_around_it():
    asked = []

    def rule(third_party, site):
        asked.append((third_party, site))
        return ""

    for around in ((SITE, SUB), (EVIL, SITE), (SITE, EVIL), ()):
        attached(Jar(), URL, Asking(EVIL, "", around), "GET", none, rule)
    site, evil = "https://shop.example", "https://evil.example"
    assert asked == [(False, site), (True, evil), (True, site), (False, site)]


def test_a_blocked_third_party_neither_gets_nor_keeps_cookies():
    within = Asking(SITE, "", (EVIL, SITE))
    assert names_sent(ALL, within, third=blocked) == []
    assert stored(ALL, URL, ["new=1; SameSite=None; Secure"], within, none, blocked) == ALL
    assert len(names_sent(ALL, Asking(SITE, "", (SITE,)), third=blocked)) == 4


def test_a_partitioned_third_party_has_a_jar_for_each_window():
    line = ["new=1; SameSite=None; Secure"]
    within = Asking(SITE, "", (EVIL, SITE))
    jar = stored(ALL, URL, line, within, none, partitioned)
    assert names_sent(jar, within, third=partitioned) == ["new"]
    elsewhere = Asking(SITE, "", (Origin.of("https://news.example/"), SITE))
    assert names_sent(jar, elsewhere, third=partitioned) == []
    assert "new" not in names_sent(jar, Asking(SITE, "", (SITE,)), third=partitioned)


@given(
    st.sampled_from([SITE, EVIL, SUB, None]),
    st.lists(st.sampled_from([SITE, EVIL, SUB]), max_size=3).map(tuple),
    st.sampled_from(sorted(SAME_SITE)),
    st.sampled_from(["GET", "POST"]),
)
def test_blocking_third_parties_sends_no_more_than_one_jar_for_all(initiator, around, rule, method):
    asking = Asking(initiator, "", around)
    few = names_sent(ALL, asking, method, SAME_SITE[rule], blocked)
    many = names_sent(ALL, asking, method, SAME_SITE[rule], sent)
    assert set(few) <= set(many)


def test_a_frames_request_appears_in_its_own_document():
    page = Browser.of(
        window(
            "https://evil.example/",
            frame("https://shop.example/", label="shop"),
            frame("https://shop.example/", sandbox="allow-scripts", label="boxed"),
            label="top",
        )
    )
    asking = asking_in(page, "shop")
    assert asking.initiator == SITE and asking.around == (EVIL, SITE)
    assert asking_in(page, "boxed").initiator.is_opaque
    assert asking.top_site(URL) == "https://evil.example"
    assert Asking(EVIL).top_site(URL) == "https://shop.example"


# --- readers' mistakes ---


@pytest.mark.parametrize("line", [None, 5, b"a=b", ["a=b"], {}, "a=€", "a=b; Path=/\ud800"])
def test_a_line_that_no_response_can_have_is_refused_by_name(line):
    with pytest.raises(BadHeader) as error:
        Jar().with_cookie(line, URL)
    wrong = line[-1] if isinstance(line, str) and line[-1] > "\xff" else "€"
    assert repr(line) in str(error.value) or repr(wrong) in str(error.value)


@given(
    st.text()
    | st.text("=; \t.-/0129:,aDSecuromainPthxgExpi\xe9\xb2", max_size=60)
    | st.sampled_from(["a=b; Domain=", "a=b; Path=", "a=b; Expires=", "a=b; Max-Age="]).flatmap(
        lambda start: st.text(max_size=20).map(lambda rest: start + rest)
    ),
    st.sampled_from([URL, PLAIN, "http://127.0.0.1/", "http://[::1]/", "https://com/", "data:,x"]),
)
def test_any_line_is_decided_or_refused(line, url):
    try:
        jar = Jar().with_cookie(line, url)
    except BadHeader:
        assert max(line) > "\xff"
    else:
        assert len(jar) <= 1
        assert all(each.name + each.value for each in jar)
        assert jar.of(url) == [each for each in jar if each.belongs_to(url)]


@pytest.mark.parametrize("start", ["", "a=", "a=b; Domain=", "a=b; Path=/", "a=b; Expires="])
@pytest.mark.parametrize("letter", [";", "=", "a", ".", "9", "/", " ", ":", "1 ", "jan"])
def test_a_megabyte_is_parsed(start, letter):
    line = start + letter * (1_000_000 // len(letter))
    jar = Jar().with_cookie(line, URL)
    assert len(jar.of(URL)) <= len(jar) <= 1


@pytest.mark.parametrize("url", [None, 5, "shop.example", "", ["https://a.example/"]])
def test_a_wrong_url_is_refused_by_name(url):
    for asked in (lambda: Jar().with_cookie("a=b", url), lambda: jar_of("a=b").of(url)):
        with pytest.raises(ReadersError) as error:
            asked()
        assert repr(url) in str(error.value)


def asks_with_cookies(**toggles):
    page = Browser.of(window("https://shop.example/", label="page"))
    request = Request("GET", URL, credentials="include")
    return Policies(**toggles).fetches(page, "page", request, lambda _: Response(), ALL)


@pytest.mark.parametrize(
    ("toggle", "rule", "says"),
    [
        ("same_site_default", lambda sending: 1 / 0, "ZeroDivisionError"),
        ("same_site_default", lambda sending: None, "is a 'return' missing?"),
        ("same_site_default", lambda: True, "TypeError"),
        ("third_party_cookies", lambda third, site: 1 / 0, "ZeroDivisionError"),
        ("third_party_cookies", lambda third, site: True, "answered True"),
        ("third_party_cookies", lambda third, site: ["jar"], "answered ['jar']"),
        ("third_party_cookies", lambda: "", "TypeError"),
    ],
)
def test_a_readers_broken_rule_is_named(toggle, rule, says):
    with pytest.raises(PolicyError) as error:
        asks_with_cookies(**{toggle: rule})
    assert says in str(error.value) and "<lambda>" in str(error.value)


def test_a_readers_rule_goes_wherever_a_name_goes():
    assert "silent" not in asks_with_cookies(same_site_default=lambda sending: False).cookies
    assert asks_with_cookies(third_party_cookies=lambda third, site: None).cookies == ""
    assert set(THIRD_PARTY) == {"sent", "partitioned", "blocked"}
