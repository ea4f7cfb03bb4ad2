"""Every small browser: tests of the enumeration, against formulas that know nothing of it."""

import itertools
from fractions import Fraction
from math import factorial

import pytest

from labcore import Policies, navigation_matrix
from labcore.errors import ReadersError
from labcore.small_scope import (
    Counterexample,
    Holds,
    Scope,
    TooMany,
    at_most,
    browsers,
    build,
    check,
    fillings,
    kinds,
    shapes,
    trees,
)

ROOTED_TREES = [1, 1, 2, 4, 9, 20, 48, 115, 286]  # OEIS A000081, from one node on


def test_there_are_as_many_shapes_as_there_are_rooted_trees():
    assert [len(trees(size)) for size in range(1, 10)] == ROOTED_TREES
    for size in range(1, 8):
        assert len(shapes(size, windows=size)) == ROOTED_TREES[size]
        assert len(shapes(size, windows=1)) == ROOTED_TREES[size - 1]


def coloured_forests(size: int, colours: int) -> int:
    """Forests with ``size`` nodes in so many colours, up to renaming colours and reordering.

    By Burnside's lemma and Pólya's exponential formula: a renaming of colours fixes a forest if it
    permutes its trees, so the forests that it fixes are counted by exp(sum of T_j(x^j)/j), where
    T_j counts the trees that the j-th power of the renaming fixes.
    """
    total = sum(
        fixed_forests(permutation, size)[size]
        for permutation in itertools.permutations(range(colours))
    )
    assert total % factorial(colours) == 0
    return int(total / factorial(colours))


def fixed_forests(permutation: tuple[int, ...], size: int) -> list[Fraction]:
    powers = {j: power(permutation, j) for j in range(1, size + 1)}
    logarithm = [Fraction(0)] * (size + 1)
    for j, renamed in powers.items():
        for nodes, count in enumerate(fixed_trees(renamed, size // j)):
            logarithm[nodes * j] += Fraction(count) / j
    forests = [Fraction(1)] + [Fraction(0)] * size
    for n in range(1, size + 1):
        forests[n] = sum(k * logarithm[k] * forests[n - k] for k in range(1, n + 1)) / n
    return forests


def fixed_trees(permutation: tuple[int, ...], size: int) -> list[Fraction]:
    """A tree is fixed if its root's colour is and the forest below is."""
    roots = sum(1 for i, image in enumerate(permutation) if i == image)
    if size == 0:
        return [Fraction(0)]
    below = fixed_forests(permutation, size - 1)
    return [Fraction(0)] + [roots * below[n - 1] for n in range(1, size + 1)]


def power(permutation: tuple[int, ...], exponent: int) -> tuple[int, ...]:
    image = tuple(range(len(permutation)))
    for _ in range(exponent):
        image = tuple(permutation[i] for i in image)
    return image


@pytest.mark.parametrize("origins", [1, 2, 3])
def test_origins_are_counted_as_burnside_does(origins):
    listed = [0] * 6
    for shape, _ in kinds(Scope(frames=5, origins=origins, windows=5)):
        listed[len(shape.parents)] += 1
    assert listed[1:] == [coloured_forests(size, origins) for size in range(1, 6)]


def canonical(browser) -> tuple:
    """What is left of a browser when names and order are taken away, found by brute force."""
    hosts = sorted({host(browser, label) for label in browser.labels})
    sites = sorted({site(each) for each in hosts})
    return min(
        tuple(
            described(
                browser,
                top,
                dict(zip(hosts, a, strict=True)),
                dict(zip(sites, b, strict=True)),
                tops,
            )
            for top in tops
        )
        for tops in itertools.permutations(browser.windows)
        for a in itertools.permutations(range(len(hosts)))
        for b in itertools.permutations(range(len(sites)))
    )


def described(browser, label, hosts, sites, tops) -> tuple:
    """A frame and those inside it, in numbers."""
    name = host(browser, label)
    opened = tuple(i for i, top in enumerate(tops) if browser.frame(top).opener == label)
    inside = sorted(
        described(browser, each, hosts, sites, tops) for each in browser.children(label)
    )
    sandboxed = browser.frame(label).sandbox is not None
    return (hosts[name], sites[site(name)], sandboxed, opened, tuple(inside))


def host(browser, label) -> str:
    return browser.document(label).url.split("/")[2]


def site(name) -> str:
    return name.split(".")[-2]


@pytest.mark.parametrize(
    "scope",
    [
        Scope(4, 3, 2),
        Scope(3, 3, 3, same_site=True, openers=True),
        Scope(3, 2, 2, sandboxes=(None, "allow-scripts"), openers=True),
        Scope(4, 2, 2, same_site=True, sandboxes=(None, "allow-scripts")),
    ],
    ids=str,
)
def test_no_two_browsers_are_alike_and_none_is_missing(scope):
    listed = [canonical(browser) for browser in browsers(scope)]
    assert len(set(listed)) == len(listed)
    every = {
        canonical(build(shape, kind, scope))
        for size in range(1, scope.frames + 1)
        for shape in shapes(size, scope.windows)
        for kind in fillings(shape, scope)
    }
    assert set(listed) == every
    assert len(listed) <= at_most(scope)


def test_the_smallest_come_first():
    sizes = [len(browser) for browser in browsers(Scope(4, 3, 2))]
    assert sizes == sorted(sizes) and sizes[0] == 1


def strict(name):
    return Policies(navigation=name, origin_propagation=False, top_level="like sub-frames")


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [("child", "descendant"), ("descendant", "window"), ("window", "permissive")],
)
def test_each_policy_allows_less_than_the_next_and_strictly_so(narrow, wide):
    def allows_less(browser):
        return navigation_matrix(browser, strict(narrow)) <= navigation_matrix(
            browser, strict(wide)
        )

    def allows_as_much(browser):
        """The two policies allow the same."""
        more = navigation_matrix(browser, strict(wide)) - navigation_matrix(browser, strict(narrow))
        return not more or more[0]

    holds = check(allows_less, frames=5, origins=3)
    assert holds and isinstance(holds, Holds) and holds.count == 549
    wrong = check(allows_as_much, frames=5, origins=3)
    assert not wrong and isinstance(wrong, Counterexample)
    assert len(wrong.browser) == {"child": 3, "descendant": 2, "window": 2}[narrow]
    assert "the smallest counterexample" in str(wrong) and wrong.pair


def test_a_check_that_is_too_large_says_how_large_before_it_starts():
    asked = []

    def claim(browser):
        asked.append(browser)
        return True

    with pytest.raises(TooMany, match="up to 266,984 browsers") as error:
        check(claim, frames=8)
    assert "limit=266984" in str(error.value) and not asked
    assert check(claim, frames=2, limit=10).count == len(asked)


def test_an_interrupted_check_leaves_nothing_broken():
    def interrupting(browser):
        if len(browser) == 3:
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        check(interrupting)
    assert check(lambda browser: True, frames=3).count == sum(1 for _ in browsers(Scope(3)))


@pytest.mark.parametrize(
    "bounds", [{"frames": 0}, {"origins": 2.5}, {"windows": True}, {"sandboxes": ()}]
)
def test_a_scope_without_sense_is_refused(bounds):
    with pytest.raises(ReadersError, match=next(iter(bounds))):
        Scope(**bounds)
