"""The replay in a notebook: the link that starts it, the steps as they come, and the recording."""

import pytest
from lab import Lab
from playwright.sync_api import expect

from labcore.live import recording

pytestmark = pytest.mark.browser

REPLAY = "from labcore.live import replay, stop\nreplay('gadget-hijacking', pace_s=0)"


def test_the_link_starts_it_and_the_table_fills(lab: Lab) -> None:
    path = lab.write("live.ipynb", REPLAY)
    with lab.notebook(path) as notebook:
        notebook.run_all()
        card = notebook.page.locator(".labcore").first
        link = card.get_by_role("link", name="Open in this browser")
        expect(card.get_by_role("status")).to_have_text("It waits for you.")
        with notebook.page.context.expect_page() as opened:
            link.click()
        with notebook.page.context.expect_page():
            opened.value.get_by_role("button", name="Start").click()
        rows = card.locator("tbody tr")
        expect(card.get_by_role("status")).to_contain_text("does as the model", timeout=60_000)
        expect(rows).to_have_count(len(recording("gadget-hijacking").rows))
        expect(rows.first).to_contain_text("refused: SecurityError")
        expect(rows.first).to_have_attribute("data-agrees", "true")
        expect(link).to_be_hidden()
        assert not notebook.complaints
        for page in notebook.page.context.pages:
            if page != notebook.page:
                page.close()


def test_stop_ends_it(lab: Lab) -> None:
    path = lab.write("live-stop.ipynb", REPLAY)
    with lab.notebook(path) as notebook:
        notebook.run_all()
        card = notebook.page.locator(".labcore").first
        card.get_by_role("button", name="Stop").click()
        expect(card.get_by_role("status")).to_contain_text("it was stopped")
        expect(card.get_by_role("button", name="Stop")).to_be_hidden()


def test_on_a_hosted_server_the_recording_is_shown(lab: Lab) -> None:
    hosted = "import os\nos.environ['JUPYTERHUB_SERVICE_PREFIX'] = '/user/reader/'"
    path = lab.write("live-hosted.ipynb", hosted, REPLAY)
    with lab.notebook(path) as notebook:
        notebook.run_all()
        card, kept = notebook.page.locator(".labcore").first, recording("gadget-hijacking")
        expect(card.get_by_role("status")).to_contain_text("runs on another machine")
        expect(card.get_by_role("status")).to_contain_text(f"recorded in {kept.browser}")
        rows = card.locator("tbody tr")
        expect(rows).to_have_count(len(kept.rows))
        for number, row in enumerate(kept.rows):
            expect(rows.nth(number)).to_contain_text(row.event)
            expect(rows.nth(number)).to_contain_text(row.browser)
        expect(card.get_by_role("link")).to_be_hidden()
