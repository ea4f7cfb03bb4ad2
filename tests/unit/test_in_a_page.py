"""What the edition in the reader's browser cannot do, it refuses in plain words."""

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from labcore.capture import capture
from labcore.capture.html import from_html
from labcore.errors import NotInAPage
from labcore.sweep import sweep


@pytest.fixture(autouse=True)
def in_a_page(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")


def test_a_live_page_is_not_captured_from_a_page():
    with pytest.raises(NotInAPage, match="capturing a live page"):
        capture("https://shop.example/")


def test_a_saved_page_is_not_read_in_a_page(tmp_path, monkeypatch):
    # Its address is asked of the page's own URL, which is not there.
    monkeypatch.setattr("labcore.capture.html.normalize_url", str)
    with pytest.raises(NotInAPage, match="selectolax"):
        from_html(tmp_path / "x.html", b"<iframe src='https://maps.example/'></iframe>", None)


def test_a_page_has_no_workers():
    with pytest.raises(NotInAPage, match="leave executor out"), ThreadPoolExecutor() as pool:
        sweep(["cross-window"], {"mine": "IE 7"}, pool)


def test_a_page_serves_no_other_pages_and_shows_recordings(monkeypatch):
    monkeypatch.setitem(sys.modules, "tornado.httpserver", None)
    for name in [name for name in sys.modules if name.startswith("labcore.live")]:
        monkeypatch.delitem(sys.modules, name)
    live = importlib.import_module("labcore.live")
    with pytest.raises(NotInAPage, match="cannot serve other pages"):
        live.replay("gadget-hijacking")
    assert live.recording("gadget-hijacking").agrees
