"""Which tests need a real browser or npm, and which claims of the book a test checks."""

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("book", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("book")

COMMANDS = {
    "browser": ("chromium", "chromium-browser", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
    "npm": ("npm",),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``@pytest.mark.claim("…")`` names at least one claim; a report carries the names."""
    for item in items:
        for mark in item.iter_markers("claim"):
            if not mark.args or not all(isinstance(each, str) and each for each in mark.args):
                raise pytest.UsageError(f"{item.nodeid}: claim() takes the ids of claims")
            item.user_properties += [("claim", each) for each in mark.args]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without what it needs a test is skipped on a reader's machine and fails in CI."""
    for mark, commands in COMMANDS.items():
        if item.get_closest_marker(mark) and not any(map(shutil.which, commands)):
            missing = f"no {mark}: none of {', '.join(commands)} is installed"
            if os.environ.get("CI"):
                pytest.fail(missing, pytrace=False)
            pytest.skip(missing)
