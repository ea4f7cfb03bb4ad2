"""A news front page with the frames that such pages have, served from fourteen local origins.

``python tests/pages/news.py`` serves it and prints its address; ``--capture FILE`` captures it with
Chromium, which is how ``notebooks/data/news.json`` came about. Every folder in ``news/`` is one
host. The pages link to each other on port 8600; served on another port, they link to that one.
"""

import argparse
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

SITES = Path(__file__).parent / "news"
PORT = 8600


class Handler(BaseHTTPRequestHandler):
    """Answers with the file that a host's folder holds for a path."""

    def do_GET(self) -> None:
        page = page_for(self.headers.get("Host", ""), self.path)
        text = page.read_text(encoding="utf-8") if page else "<!doctype html><p>No such page"
        body = text.replace(f".localhost:{PORT}", f".localhost:{self.server.server_port}").encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: tests read the output."""


def page_for(host: str, path: str) -> Path | None:
    """The file of ``host`` (a Host header) for ``path`` without its query, if there is one."""
    site = SITES / host.split(":")[0]
    page = (site / (urlsplit(path).path.strip("/") or "index")).with_suffix(".html").resolve()
    return page if page.is_relative_to(SITES / site.name) and page.is_file() else None


@contextlib.contextmanager
def served(port: int = 0) -> Iterator[str]:
    """The front page's URL, served on ``port`` (0: any that is free) until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://news.localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a news front page and the frames in it.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--capture", metavar="FILE", help="capture the page into FILE and stop")
    options = parser.parse_args()
    with served(options.port) as url:
        if options.capture:
            from labcore.capture import capture, save

            captured = capture(url)
            save(captured, options.capture)
            print(captured)
        else:
            print(url, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()


if __name__ == "__main__":
    main()
