"""A bar for a reader who waits."""

import sys
from collections.abc import Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")


def progress(items: Iterable[Item], **options: Any) -> Iterable[Item]:
    """``items`` as they are taken, with ``tqdm``'s bar; ``options`` are tqdm's."""
    from tqdm import tqdm

    if sys.platform == "emscripten":
        tqdm.monitor_interval = 0  # the monitor is a thread, and a page has none to give
    bar: Iterable[Item] = tqdm(items, **options)
    return bar
