"""Every claim is both visible in a chapter (a tagged cell) and asserted (a marked test)."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tagged() -> set[str]:
    """The claims that cells of the book are tagged with."""
    return {
        tag.removeprefix("claim-")
        for path in (ROOT / "notebooks").glob("*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        for tag in cell["metadata"].get("tags", [])
        if tag.startswith("claim-")
    }


def asserted() -> set[str]:
    """The claims that tests are marked with."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {
        claim
        for text in texts
        for mark in re.findall(r"^@pytest\.mark\.claim\(([^)]*)\)", text, flags=re.MULTILINE)
        for claim in re.findall(r'"(\w+)"', mark)
    }


PARTS = {
    "Part I": (
        *("M01", "M02", "M03", "M16", "B01", "B02", "B03", "B31", "B14"),
        *("B04", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12", "B30"),
    ),
    "Part II": (
        *("B15", "B16", "B17", "B18", "B19", "B20", "B21"),
        *("M04", "M05", "M06", "M07", "M08", "M09", "M10", "M11", "M18"),
        *("B22", "B23", "B24", "B25", "B26", "B27"),
    ),
    "Part IV": ("M12", "M13", "M14", "M15", "M16", "M17", "C02a"),
    "Part V": (
        *("C01", "C02", "C03", "C04", "C05", "C06", "C07"),
        *("C08", "C09", "C10", "C11", "C12", "C13", "C14"),
    ),
}
"""The claims of each part of the book that is there (what is only told, not shown, left out)."""


@pytest.mark.parametrize("part", PARTS)
def test_every_claim_of_a_part_is_shown_and_asserted(part):
    claims = set(PARTS[part])
    assert sorted(claims - tagged()) == [], f"{part}: no chapter shows these"
    assert sorted(claims - asserted()) == [], f"{part}: no test asserts these"


def test_what_a_chapter_shows_a_test_asserts_and_the_other_way_round():
    assert tagged() - asserted() == set(), "shown in a chapter, but no test asserts it"
    assert asserted() - tagged() == set(), "asserted by a test, but no chapter shows it"
