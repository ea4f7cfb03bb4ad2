"""Who may frame whom, against the HTML Standard (X-Frame-Options) and CSP 3 (frame-ancestors)."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import InvalidURL, Origin, Policies, PolicyError
from labcore.errors import ReadersError, WrongType
from labcore.http import BadHeader, Headers
from labcore.policies.framing import FRAMING, Framing, source_matches, x_frame_options

URL = "https://bank.example/transfer"
OWN, EVIL, PARTNER = "https://bank.example/", "https://evil.example/", "https://partner.example/"
CSP, XFO = "Content-Security-Policy", "X-Frame-Options"


def may(headers, *ancestors, url=URL, rule="all ancestors") -> bool:
    return bool(Policies(framing=rule).may_frame(ancestors, url, headers))


# --- X-Frame-Options ---


def test_a_page_that_says_nothing_may_be_framed_by_anybody():
    assert may({}, EVIL, "null", OWN) and may([(CSP, "default-src 'none'")], EVIL)


def test_the_top_of_a_window_is_in_no_frame():
    assert may({XFO: "DENY"}) and may({CSP: "frame-ancestors 'none'"})


@pytest.mark.parametrize(
    ("value", "framed_by_own", "framed_by_evil"),
    [
        ("DENY", False, False),
        ("deny", False, False),
        (" \tDeny ", False, False),
        ("SAMEORIGIN", True, False),
        ("SameOrigin", True, False),
        ("ALLOWALL", True, True),
        ("ALLOW-FROM https://partner.example", True, True),
        ("", True, True),
        ("nonsense", True, True),
        ('"DENY"', True, True),
        ("DENY;", True, True),
        ("DENY, DENY", False, False),
        ("sameorigin,SAMEORIGIN", True, False),
        ("DENY, SAMEORIGIN", False, False),
        ("ALLOWALL, SAMEORIGIN", False, False),
        ("nonsense, DENY", False, False),
        ("DENY,", False, False),
        ("nonsense, other", True, True),
    ],
)
def test_x_frame_options_names_deny_or_sameorigin(value, framed_by_own, framed_by_evil):
    assert may({XFO: value}, OWN) is framed_by_own
    assert may({XFO: value}, EVIL) is framed_by_evil
    lines = [(XFO, part) for part in value.split(",")]
    assert may(lines, OWN) is framed_by_own and may(lines, EVIL) is framed_by_evil


@pytest.mark.parametrize(
    ("ancestors", "framed"),
    [
        ([OWN, OWN], True),
        ([EVIL, OWN], False),
        ([OWN, EVIL], False),
        ([OWN, EVIL, OWN], False),
        (["http://bank.example/"], False),
        (["https://bank.example:8443/"], False),
        (["https://www.bank.example/"], False),
        (["null"], False),
    ],
)
def test_sameorigin_looks_at_every_frame_up_to_the_top(ancestors, framed):
    assert may({XFO: "SAMEORIGIN"}, *ancestors) is framed
    assert may({CSP: "frame-ancestors 'self'"}, *ancestors) is framed


def test_the_first_rule_compared_the_top_alone():
    assert may({XFO: "SAMEORIGIN"}, OWN, EVIL, rule="top only")
    assert not may({XFO: "SAMEORIGIN"}, EVIL, OWN, rule="top only")
    assert may({XFO: "DENY"}, EVIL, rule="ignored")


# --- frame-ancestors ---


def test_where_there_is_a_frame_ancestors_x_frame_options_does_not_count():
    assert may({XFO: "DENY", CSP: "frame-ancestors *"}, EVIL)
    assert not may({XFO: "ALLOWALL", CSP: "frame-ancestors 'none'"}, EVIL)
    assert not may({XFO: "DENY", CSP: "default-src 'self'"}, EVIL)
    report = "Content-Security-Policy-Report-Only"
    assert not may({XFO: "DENY", report: "frame-ancestors *"}, EVIL)
    assert may({report: "frame-ancestors 'none'"}, EVIL)


@pytest.mark.parametrize(
    ("value", "framed"),
    [
        ("frame-ancestors 'none'", False),
        ("frame-ancestors", False),
        ("FRAME-ANCESTORS https://partner.example", True),
        ("default-src *; frame-ancestors https://partner.example ;", True),
        ("frame-ancestors 'none' https://partner.example", True),
        ("frame-ancestors\thttps://partner.example", True),
        ("frame-ancestors https://partner.example; frame-ancestors 'none'", True),
        ("frame-ancestors 'none'; frame-ancestors *", False),
        ("frame-ancestors *, frame-ancestors 'none'", False),
        ("frame-ancestors *, default-src 'none'", True),
        ("frame-ancestors partner.example evil.example", True),
        ("frame-ancestors 'unsafe-inline'", False),
        ("frame-ancestors é; frame-ancestors *", True),
        ("frame-ancestors\xa0'none'", True),
        (";;,;", True),
    ],
)
def test_a_policys_first_frame_ancestors_counts_and_every_policy_holds(value, framed):
    assert may({CSP: value}, PARTNER) is framed
    assert may([(CSP, part) for part in value.split(",")], PARTNER) is framed


@pytest.mark.parametrize(
    ("source", "ancestor", "own", "matches"),
    [
        ("'self'", "https://bank.example", "https://bank.example", True),
        ("'SELF'", "https://bank.example", "https://bank.example", True),
        ("'self'", "https://bank.example", "http://bank.example", True),
        ("'self'", "http://bank.example", "https://bank.example", False),
        ("'self'", "https://bank.example:8443", "http://bank.example", False),
        ("'self'", "https://bank.example:8080", "http://bank.example:8080", True),
        ("'self'", "https://www.bank.example", "https://bank.example", False),
        ("*", "https://evil.example", "https://bank.example", True),
        ("*", "http://evil.example:81", "https://bank.example", True),
        ("https:", "https://evil.example:444", "http://bank.example", True),
        ("http:", "https://evil.example", "http://bank.example", True),
        ("https:", "http://evil.example", "https://bank.example", False),
        ("HTTPS:", "https://evil.example", "https://bank.example", True),
        ("partner.example", "https://partner.example", "https://bank.example", True),
        ("partner.example", "https://partner.example", "http://bank.example", True),
        ("partner.example", "http://partner.example", "https://bank.example", False),
        ("PARTNER.example", "https://partner.example", "https://bank.example", True),
        ("partner.example", "https://www.partner.example", "https://bank.example", False),
        ("partner.example", "https://partner.example:8443", "https://bank.example", False),
        ("partner.example:*", "https://partner.example:8443", "https://bank.example", True),
        ("partner.example:8443", "https://partner.example:8443", "https://bank.example", True),
        ("partner.example:443", "https://partner.example", "https://bank.example", True),
        ("partner.example:08443", "https://partner.example:8443", "https://bank.example", True),
        ("partner.example:444", "https://partner.example", "https://bank.example", False),
        ("*.partner.example", "https://a.b.partner.example", "https://bank.example", True),
        ("*.partner.example", "https://partner.example", "https://bank.example", False),
        ("*.partner.example", "https://evilpartner.example", "https://bank.example", False),
        ("https://*:*", "https://evil.example:1", "https://bank.example", True),
        ("https://*", "https://evil.example:1", "https://bank.example", False),
        ("http://partner.example", "https://partner.example", "https://bank.example", True),
        ("https://partner.example", "http://partner.example", "https://bank.example", False),
        ("https://partner.example/", "https://partner.example", "https://bank.example", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "https://bank.example", False),
        ("*.0.0.1", "https://127.0.0.1", "https://bank.example", False),
        ("'none'", "https://bank.example", "https://bank.example", False),
        ("part*.example", "https://partner.example", "https://bank.example", False),
        ("https://", "https://partner.example", "https://bank.example", False),
        ("://partner.example", "https://partner.example", "https://bank.example", False),
        ("partner.example:", "https://partner.example", "https://bank.example", False),
    ],
)
def test_a_source_admits_an_origin(source, ancestor, own, matches):
    assert source_matches(source, Origin.of(ancestor), Origin.of(own)) is matches


@given(st.sampled_from(["*", "'self'", "https:", "null", "'none'", "data:", "https://*:*", "*:*"]))
def test_an_opaque_origin_is_admitted_by_no_source(source):
    assert not may({CSP: f"frame-ancestors {source}"}, "null")
    assert not may({CSP: f"frame-ancestors {source}"}, OWN, "data:text/html,x")


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "b.a.example"]),
    st.sampled_from(["", ":81", ":8443"]),
)
def test_the_source_that_an_origin_writes_admits_it(scheme, host, port):
    origin = Origin.of(f"{scheme}://{host}{port}")
    assert source_matches(str(origin), origin, Origin.of(URL))
    assert source_matches("'self'", origin, origin)


# --- laws ---

ORIGINS = [OWN, EVIL, PARTNER, "http://bank.example/", "https://bank.example:81/", "null"]
SOURCES = [
    *("'self'", "'none'", "*", "https:", "https://partner.example", "evil.example", "*.example"),
    *("bank.example:*", "http://bank.example", "nonsense'"),
]
values = st.lists(st.sampled_from(SOURCES), max_size=3).map(lambda s: " ".join(s))
policy = values.map(lambda value: (CSP, f"frame-ancestors {value}"))
policies = st.lists(policy, max_size=2)
options = st.lists(
    st.sampled_from(["DENY", "SAMEORIGIN", "ALLOWALL", "x"]).map(lambda value: (XFO, value)),
    max_size=2,
)
around = st.lists(st.sampled_from(ORIGINS), min_size=1, max_size=3)


@given(policies, options, around)
def test_the_old_rules_forbid_nothing_that_todays_allows(policies, options, ancestors):
    if may(policies + options, *ancestors):
        assert may(policies + options, *ancestors, rule="top only")
    assert may(policies + options, *ancestors, rule="ignored")


@given(policies, options, around, st.sampled_from(ORIGINS), st.integers(0, 3))
def test_one_frame_more_around_a_page_never_opens_it(policies, options, ancestors, more, place):
    wider = [*ancestors[:place], more, *ancestors[place:]]
    assert may(policies + options, *ancestors) or not may(policies + options, *wider)


@given(st.lists(policy, min_size=1, max_size=2), values, around)
def test_one_policy_more_never_opens_a_page(policies, value, ancestors):
    more = [*policies, (CSP, f"frame-ancestors {value}")]
    assert may(policies, *ancestors) or not may(more, *ancestors)


@given(st.lists(st.sampled_from(SOURCES), max_size=3), st.sampled_from(SOURCES), around)
def test_one_source_more_never_closes_a_page(sources, more, ancestors):
    few, many = (f"frame-ancestors {' '.join(each)}" for each in (sources, [*sources, more]))
    assert not may({CSP: few}, *ancestors) or may({CSP: many}, *ancestors)


@given(policies, options, around)
def test_a_refusal_says_which_header_it_is_for(policies, options, ancestors):
    decision = Policies().may_frame(ancestors, URL, policies + options)
    header = "frame-ancestors" if policies else XFO
    assert decision or header in decision.reason


# --- an independent X-Frame-Options, straight from the prose ---


def naive_x_frame_options(values: list[str], own: Origin, ancestors: list[Origin]) -> bool:
    raw = ", ".join(values).split(",") if values else []
    options = {each.strip("\t ").lower() for each in raw}
    if len(options) > 1:
        return not (options & {"deny", "allowall", "sameorigin"})
    if options == {"deny"}:
        return False
    if options == {"sameorigin"}:
        return all(each == own for each in ancestors)
    return True


def first_line_only(values, own, ancestors):
    return naive_x_frame_options(values[:1], own, ancestors)


def parent_only(values, own, ancestors):
    return naive_x_frame_options(values, own, ancestors[-1:])


def with_case(values, own, ancestors):
    return naive_x_frame_options([v for v in values if v.isupper()], own, ancestors)


def the_strictest_wins(values, own, ancestors):
    words = " ".join(values).lower()
    strict = "deny" if "deny" in words else "sameorigin" if "sameorigin" in words else ""
    return naive_x_frame_options([strict], own, ancestors)


WRONG = [first_line_only, parent_only, with_case, the_strictest_wins]


def random_framings():
    chance = random.Random(7034)
    words = ["DENY", "SAMEORIGIN", "deny", "SameOrigin", "ALLOWALL", "x", "", "DENY,DENY", "a, b"]
    for _ in range(4000):
        lines = chance.choices(words, k=chance.choice([0, 1, 1, 2, 3]))
        ancestors = chance.choices([OWN, OWN, EVIL, PARTNER], k=chance.choice([1, 1, 2, 3]))
        yield lines, Origin.of(OWN), [Origin.of(each) for each in ancestors]


def test_x_frame_options_agrees_with_the_standards_prose():
    for lines, own, ancestors in random_framings():
        framing = Framing(URL, Headers([(XFO, line) for line in lines]), tuple(ancestors))
        assert (x_frame_options(framing) is None) == naive_x_frame_options(lines, own, ancestors)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_x_frame_options_would_not_agree(wrong):
    assert any(wrong(*each) != naive_x_frame_options(*each) for each in random_framings())


# --- readers' mistakes ---


@given(st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n")), around)
def test_any_header_decides(text, ancestors):
    for name in (CSP, XFO):
        assert isinstance(may({name: text}, *ancestors), bool)
    assert isinstance(may({CSP: f"frame-ancestors {text}"}, *ancestors), bool)


@given(st.text(), around)
def test_any_text_is_decided_or_refused(text, ancestors):
    try:
        may({CSP: f"frame-ancestors {text}"}, *ancestors)
    except BadHeader as error:
        assert CSP in str(error)


@pytest.mark.parametrize(
    "text",
    ["*" * 10**6, "a:" * 500_000, "; " * 500_000, "," * 10**6, "a.b:" + "9" * 10**6, "'" * 10**6],
)
def test_a_megabyte_is_decided_quickly(text):
    begun = time.perf_counter()
    may({CSP: text, XFO: text}, EVIL)
    may({CSP: f"frame-ancestors {text}"}, EVIL)
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    ("ancestors", "url", "error", "says"),
    [
        ("https://a.example/", URL, WrongType, "'https://a.example/'"),
        (None, URL, WrongType, "None"),
        (5, URL, WrongType, "5"),
        (["a.example"], URL, InvalidURL, "'a.example'"),
        ([None], URL, InvalidURL, "None"),
        ([["https://a.example/"]], URL, InvalidURL, "https://a.example/"),
        ([OWN], "bank", InvalidURL, "'bank'"),
        ([OWN], None, InvalidURL, "None"),
    ],
)
def test_a_wrong_question_is_refused_by_name(ancestors, url, error, says):
    with pytest.raises(error) as caught:
        Policies().may_frame(ancestors, url)
    assert says in str(caught.value) and isinstance(caught.value, ReadersError)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (lambda framing: 1 / 0, "ZeroDivisionError"),
        (lambda framing: None, "is a 'return' missing?"),
        (lambda framing: 5, "answered 5"),
        (lambda: True, "TypeError"),
    ],
)
def test_a_readers_broken_rule_is_named(rule, says):
    with pytest.raises(PolicyError) as error:
        may({}, EVIL, rule=rule)
    assert says in str(error.value) and "<lambda>" in str(error.value)


def test_a_readers_rule_goes_wherever_a_name_goes():
    def no_strangers(framing):
        return all("evil" not in each.host for each in framing.ancestors)

    assert may({XFO: "DENY"}, PARTNER, rule=no_strangers)
    decision = Policies(framing=no_strangers).may_frame([EVIL], URL)
    assert not decision and decision.rule == "no strangers"
    assert set(FRAMING) == {"all ancestors", "top only", "ignored"}
