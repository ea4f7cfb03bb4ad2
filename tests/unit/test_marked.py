import json

import pytest

from labcore.figures import chapters, show_source, table
from labcore.policies.navigation import descendant


def test_what_is_quoted_is_what_runs():
    shown = show_source(descendant)
    assert shown._repr_markdown_().startswith("```python\ndef descendant(browser: Browser")
    scope = dict(descendant.__globals__)
    exec(repr(shown), scope)
    assert scope["descendant"].__code__.co_code == descendant.__code__.co_code


def test_what_has_no_source_is_named():
    with pytest.raises(TypeError, match="'descendant'"):
        show_source("descendant")


def test_a_table_reads_without_colour():
    shown = table(["who", "may?"], [("ad", True), ("maps", False)])
    assert repr(shown) == "who   may?\nad    ✓ yes\nmaps  ✗ no"
    assert shown._repr_markdown_().splitlines()[2] == "| ad | ✓ yes |"


def test_nothing_in_a_table_is_taken_for_markdown_or_html():
    hostile = "<img src=x onerror=alert(1)>|**b**\n| https://attacker.example/ `x` $y$"
    shown = table(["x"], [(hostile,)])._repr_markdown_()
    assert shown.count("\n") == 2 and shown.splitlines()[2].count("|") == 2
    assert not set("<>*`$:") & set(shown.splitlines()[2])


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="has 1 cells, the header 2"):
        table(["a", "b"], [("only one",)])


def test_chapters_are_listed_in_reading_order(tmp_path):
    for name, text in [
        ("03_b.ipynb", "# 03 · B\n\n*The second.*"),
        ("00_a.ipynb", "# 00 · A\n\n*The first.*\n\nMore."),
        ("notes.ipynb", "# Notes"),
    ]:
        cell = {"cell_type": "markdown", "source": text.splitlines(keepends=True)}
        (tmp_path / name).write_text(json.dumps({"cells": [cell]}))
    shown = chapters(tmp_path)
    assert repr(shown) == "00 · A: The first.\n03 · B: The second."
    assert "**[03 · B](03_b.ipynb)**" in shown._repr_markdown_()
