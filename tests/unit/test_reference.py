"""Glossary, index and bibliography say what the chapters do, and leave nothing out."""

import json
import re
from pathlib import Path

import pytest

from labcore import SCENARIOS
from labcore.figures import bibliography, claims, glossary, policies, scenarios
from labcore.figures.reference import (
    Term,
    first_uses,
    glossary_terms,
    prose,
    read_chapters,
    uses,
)
from labcore.policies import TOGGLES

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = read_chapters(NOTEBOOKS)
TERMS = glossary_terms(NOTEBOOKS)
FIRST = first_uses(CHAPTERS, TERMS)
PROSE = [text for chapter in CHAPTERS for text in chapter.cells_of("markdown")]


def data(name: str) -> list[dict[str, str]]:
    return json.loads((NOTEBOOKS / "data" / f"{name}.json").read_text(encoding="utf-8"))


# --- glossary ---


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.term)
def test_a_term_is_used_in_a_chapter_and_told_in_one_to_three_sentences(term: Term) -> None:
    assert any(term.pattern.search(text) for text in PROSE)
    assert 1 <= len(re.findall(r"\.(?= |$)", term.means)) <= 3
    assert term.means.endswith(".")


def test_no_two_terms_share_a_form() -> None:
    forms = [form.casefold() for term in TERMS for form in (term.term, *term.also)]
    assert sorted(forms) == sorted(set(forms))


def test_a_term_is_found_in_other_forms_and_not_inside_other_words() -> None:
    nonce = Term("nonce", "A number.", ("number used once",))
    for text in ("a nonce", "Nonces are", "a number used once."):
        assert nonce.pattern.search(text)
    for text in ("announce", "nonce-like", "nonced"):
        assert not nonce.pattern.search(text)
    assert not Term("CORS", "Headers.").pattern.search("cors")


def test_the_glossary_names_the_first_chapter_that_uses_a_term() -> None:
    shown = glossary(NOTEBOOKS).markdown
    assert re.search(r"### mashup\n\n.*chapter \[02\]\(02_\w+\.ipynb\)", shown)
    assert re.search(r"### nonce\n\n.*chapter \[0[67]\]", shown)


def test_a_term_inside_a_longer_one_is_no_use_of_it() -> None:
    terms = [Term("gadget", "A page."), Term("gadget hijacking", "An attack.")]
    text = "`gadget` [a gadget](x) <b title='gadget'> gadget hijacking, [gadget](glossary.ipynb#y)"
    found = [(use.term.term, text[use.start : use.end]) for use in uses(prose(text), terms)]
    assert found == [("gadget hijacking", "gadget hijacking"), ("gadget", "gadget")]


def test_a_term_that_is_code_is_found_as_code_only() -> None:
    terms = [Term("postMessage", "A function.", is_code=True), Term("gadget", "A page.")]
    text = "postMessage, `x.postMessage`, `gadget`, `postMessage`"
    [use] = uses(prose(text, terms), terms)
    assert text[use.start :] == "`postMessage`" and use.term.term == "postMessage"


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.term)
def test_the_first_use_of_a_term_leads_to_the_glossary(term: Term) -> None:
    first = FIRST[term]
    assert first.linked, (
        f"link {first.text[first.use.start : first.use.end]!r} in cell {first.cell} of "
        f"{first.chapter.name} to glossary.ipynb#{term.anchor}"
    )


# --- index ---


def test_every_tagged_claim_is_in_the_index_with_a_sentence_and_no_other() -> None:
    tagged = {
        tag.removeprefix("claim-")
        for chapter in CHAPTERS
        for cell in chapter.cells
        for tag in cell["metadata"].get("tags", [])
        if tag.startswith("claim-")
    }
    assert {each["id"] for each in data("claims")} == tagged
    shown = claims(NOTEBOOKS).markdown.splitlines()
    assert [re.match(r"- \*\*(\w+)\*\* [A-Z`].*\. \[", line)[1] for line in shown] == sorted(tagged)


def test_a_claim_leads_to_a_cell_that_shows_it() -> None:
    cells = {
        (chapter.name, cell["id"]): cell["metadata"].get("tags", [])
        for chapter in CHAPTERS
        for cell in chapter.cells
    }
    for line in claims(NOTEBOOKS).markdown.splitlines():
        claim = re.match(r"- \*\*(\w+)", line)[1]
        links = re.findall(r"\]\((\S+)#cell-id=(\S+?)\)", line)
        assert links
        assert all(f"claim-{claim}" in cells[link] for link in links)


def test_every_scenario_and_every_value_of_every_toggle_is_in_the_index() -> None:
    shown = scenarios(NOTEBOOKS).markdown
    assert all(f"`{name}`" in shown for name in SCENARIOS)
    assert len(policies(NOTEBOOKS).plain.splitlines()) == sum(map(len, TOGGLES.values()))
    shown = policies(NOTEBOOKS).markdown
    assert all(f"`{toggle}`" in shown for toggle in TOGGLES)


def test_a_scenario_leads_to_the_chapters_that_run_it() -> None:
    [line] = [x for x in scenarios(NOTEBOOKS).markdown.splitlines() if "`smash-attack`" in x]
    assert "[07](07_" in line and "[05]" not in line


# --- bibliography ---

TITLE = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")


def test_every_source_is_named_by_a_chapter() -> None:
    for line in bibliography(NOTEBOOKS).markdown.splitlines():
        assert re.search(r"\*Chapters? \[\d\d\]", line), line


def test_every_title_that_a_chapter_names_is_in_the_bibliography() -> None:
    known = [
        name for each in data("bibliography") for name in (each["title"], *each.get("also", []))
    ]
    for chapter in CHAPTERS:
        for title in TITLE.findall(re.sub("`[^`]*`", "", chapter.sources)):
            if len(re.findall(r"\b[A-Z]", title)) >= 3:
                assert any(title in name for name in known), f"{chapter.number}: {title}"
