"""What chapter 12 says of real browsers is what the cases say."""

import json

from request_summary import STORED, summary


def test_the_stored_counts_are_those_of_the_cases():
    """If not, run ``python tests/request_summary.py`` and execute chapter 12."""
    assert json.loads(STORED.read_text("utf-8")) == summary()
