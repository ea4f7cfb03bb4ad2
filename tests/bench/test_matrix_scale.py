"""How many navigation decisions a second, and how time grows with the page.

Everything is measured in one run, so that the ratios mean something on any machine.
"""

import time
import tracemalloc

from browsers import big_page

from labcore import Policies, navigation_matrix
from labcore.policies import NAVIGATION

SIZES = (100, 200, 500, 1_000, 2_000)
SINGLE = 5_000


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_matrices_of_growing_pages(capsys):
    pages = {size: big_page(size) for size in SIZES}
    lines = []
    for propagation in (False, True):
        for name in NAVIGATION:
            policies = Policies(navigation=name, origin_propagation=propagation)
            times = {
                size: seconds(lambda p=policies, b=page: navigation_matrix(b, p))
                for size, page in pages.items()
            }
            largest = SIZES[-1]
            growth = " ".join(f"{times[size] / times[SIZES[0]]:7.1f}" for size in SIZES)
            lines.append(
                f"{name:11} {'on' if propagation else 'off':3} {times[largest]:8.3f} "
                f"{largest**2 / times[largest]:14,.0f}   {growth}"
            )
    tracemalloc.start()
    navigation_matrix(pages[SIZES[-1]], Policies())
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    with capsys.disabled():
        print(f"\nAll pairs of a page of {SIZES[-1]:,} frames, 10 deep, 50 origins")
        print(f"{'policy':11} {'prop':4}  seconds    decisions/s   time, 100 frames = 1")
        print(" " * 43 + " ".join(f"{size:7,}" for size in SIZES))
        print("\n".join(lines))
        print(f"peak memory of one matrix: {peak:.1f} MiB")


def test_single_decisions_with_their_reasons(capsys):
    page = big_page(2_000)
    pairs = [(page.labels[i * 7 % 2_000], page.labels[i * 13 % 2_000]) for i in range(SINGLE)]
    with capsys.disabled():
        print("\nSingle decisions on that page, with the reason in words")
        for name in NAVIGATION:
            policies = Policies(navigation=name)
            alone = seconds(lambda p=policies: [p.may_navigate(page, *pair) for pair in pairs])
            told = seconds(lambda p=policies: [p.may_navigate(page, *x).reason for x in pairs])
            print(f"{name:11} {SINGLE / alone:12,.0f}/s   with reasons {SINGLE / told:12,.0f}/s")
