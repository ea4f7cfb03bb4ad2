"""Who may ask the server of a replay, what it makes of nonsense, and that nothing of it stays."""

import asyncio
import contextlib
import http.client
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil
import pytest
import websocket

from labcore.live import playing, replay, stop
from labcore.live.playing import Replay

EVIL = "http://evil.example"


@pytest.fixture
def running(caplog: pytest.LogCaptureFixture) -> Iterator[Replay]:
    """A replay that waits; whatever happens to it, its server logs nothing."""
    caplog.set_level(logging.INFO)
    yield replay("gadget-hijacking")
    stop()
    wrong = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert not wrong, [each.getMessage() + str(each.exc_info) for each in wrong]


def place_of(running: Replay) -> str:
    """Host and port of the page that begins it."""
    return urlsplit(running.url).netloc


def token_of(running: Replay) -> str:
    """What nobody can guess."""
    return urlsplit(running.url).path.split("/")[1]


def window_of(running: Replay) -> str:
    """The address of the scenario's first window."""
    play = running._play
    return play.address(play.windows[play.tops[0]])


def asks(
    address: str,
    method: str = "GET",
    host: str | None = None,
    origin: str | None = None,
    body: bytes | None = None,
) -> tuple[int, str]:
    """Status and body of what a server on loopback answers to whoever asks by the name ``host``."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
    headers = {"Host": parts.netloc if host is None else host}
    headers |= {} if origin is None else {"Origin": origin}
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def line_to(running: Replay, origin: str | None = None, **how: object) -> websocket.WebSocket:
    """A WebSocket to the server; its ``Origin`` is that of the first window if not given."""
    parts = urlsplit(window_of(running))
    return websocket.create_connection(
        f"ws://127.0.0.1:{parts.port}/{token_of(running)}/-/line",
        **{
            "host": parts.netloc,
            "origin": origin or f"http://{parts.netloc}",
            "timeout": 20,
            **how,
        },
    )


def listening() -> list[str]:
    """The addresses at which this process listens."""
    return [each.laddr.ip for each in psutil.Process().net_connections() if each.status == "LISTEN"]


def threads() -> list[str]:
    """The threads of replays."""
    return [each.name for each in threading.enumerate() if each.name.startswith("labcore")]


# --- who may ask ---


def test_it_listens_on_loopback_only(running: Replay) -> None:
    assert set(listening()) <= {"127.0.0.1", "::1"} and listening()


def test_its_pages_are_there_for_the_browser(running: Replay) -> None:
    assert asks(running.url)[0] == 200
    assert asks(window_of(running))[0] == 200
    assert asks(f"{running.url}progress")[0] == 200
    assert asks(f"{running.url}replay.css")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "a.localhost", ""])
def test_a_name_that_was_rebound_to_loopback_gets_nothing(running: Replay, host: str) -> None:
    port = urlsplit(running.url).port
    for address in (running.url, window_of(running), f"{running.url}agent.js"):
        for name in {host, f"{host}:{port}"}:
            assert asks(address, host=name) == (421, "421")
    with pytest.raises(websocket.WebSocketBadStatusException, match="421"):
        line_to(running, host=host or "x")


def test_without_the_path_that_nobody_can_guess_there_is_nothing(running: Replay) -> None:
    place, token = place_of(running), token_of(running)
    assert len(token) >= 20
    for guess in ("", token[:-1], f"{token}x", token.swapcase(), "%00", "-"):
        for rest in ("-/", "-/agent.js", "0/", "-/progress", "-/line"):
            assert asks(f"http://{place}/{guess}/{rest}")[0] == 404
    assert asks(f"http://{place}/")[0] == 404


def test_two_replays_have_two_paths() -> None:
    first = token_of(replay("gadget-hijacking"))
    assert token_of(replay("gadget-hijacking")) != first
    stop()


@pytest.mark.parametrize("origin", [None, EVIL, "null", "http://evil.localhost", "https://x", ""])
def test_only_its_own_page_begins_a_replay(running: Replay, origin: str | None) -> None:
    assert asks(f"{running.url}begin", "POST", origin=origin, body=b"")[0] == 403
    assert running._play.task is None


def test_no_page_of_the_scenario_begins_a_replay(running: Replay) -> None:
    window = urlsplit(window_of(running)).netloc
    assert asks(f"{running.url}begin", "POST", host=window, origin=f"http://{window}")[0] == 404
    assert asks(f"{running.url}begin", "POST", origin=f"http://{window}")[0] == 403
    assert asks(f"{running.url}begin")[0] == 404
    assert running._play.task is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("origin", [None, EVIL])
def test_who_sends_something_comes_from_the_replay(
    running: Replay, method: str, origin: str | None
) -> None:
    assert asks(window_of(running), method, origin=origin, body=b"x")[0] == 403
    assert not any(each.arrived for each in running._play.errands)


@pytest.mark.parametrize("origin", [EVIL, "http://localhost", "http://evil.localhost", "https://x"])
def test_no_stranger_gets_a_line(running: Replay, origin: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        line_to(running, origin)


def test_who_does_not_say_where_it_comes_from_gets_no_line(running: Replay) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        line_to(running, suppress_origin=True)


def test_a_page_of_the_replay_and_a_sandboxed_one_get_a_line(running: Replay) -> None:
    line_to(running).close()
    line_to(running, "null").close()


# --- nonsense ---


@pytest.mark.parametrize("number", ["99", "999999", "9" * 5000, "-1", "1e3", "%C2%B2", "0x0"])
def test_what_nobody_has_begun_is_not_there(running: Replay, number: str) -> None:
    place, token = urlsplit(window_of(running)).netloc, token_of(running)
    assert asks(f"http://{place}/{token}/{number}/")[0] == 404
    for what in ("silent/", "agent.js?", "seed/"):
        assert asks(f"{running.url}{what}{number}")[0] in (200, 204, 404)
    assert not any(each.is_shown or each.runs for each in running._play.errands)


@pytest.mark.parametrize(
    "path",
    ["../server.py", "..%2fserver.py", "%2e%2e/server.py", "static/agent.js", "agent.js/../../x",
     "/etc/passwd", "%2fetc%2fpasswd", "agent.js%00", "view.js", "recordings.json", ".", "..\\x"],
)  # fmt: skip
def test_no_other_file_is_served(running: Replay, path: str) -> None:
    assert asks(f"{running.url}{path}") == (404, "404")


def test_a_body_that_is_too_large_is_refused(running: Replay) -> None:
    window = urlsplit(window_of(running)).netloc
    big = b"x" * (2 << 20)
    with contextlib.suppress(ConnectionError):  # the server need not read it to the end
        status, _ = asks(window_of(running), "POST", origin=f"http://{window}", body=big)
        assert status == 400
    assert asks(running.url)[0] == 200


GARBAGE = [
    "", "no JSON", "{", "null", "1", '"x"', "[]", "[" * 100_000, "9" * 10_000, "{}", b"\xff\xfe",
    '{"saw": "nothing"}', '{"saw": null}', '{"saw": ["document"]}', '{"saw": {}}',
    '{"saw": "document"}', '{"saw": "document", "number": "0", "at": []}',
    '{"saw": "document", "number": true, "at": []}', '{"saw": "document", "number": 0, "at": 1}',
    '{"saw": "document", "number": 0, "at": [{}]}',
    '{"saw": "document", "number": 1e400, "at": []}',
    '{"saw": "document", "number": -1, "at": []}', f'{{"saw": "document", "number": {10**400}}}',
    '{"answers": []}', '{"answers": 1, "error": 7}', '{"answers": 1, "error": ["x"]}',
    '{"answers": "1"}', '{"answers": 1}', '{"answers": null, "value": 1}',
    '{"saw": "message"}', '{"saw": "message", "data": 1, "origin": 2, "from": 3}',
    '{"saw": "message", "origin": "x", "from": ["a"]}', '{"saw": "sentinel", "number": "x"}',
    '{"saw": "kept", "label": []}', '{"saw": "frame", "at": null}', '{"saw": "call"}',
]  # fmt: skip


@pytest.mark.parametrize("is_a_document", [False, True])
def test_nonsense_from_a_document_changes_nothing(running: Replay, is_a_document: bool) -> None:
    play, line = running._play, line_to(running)
    if is_a_document:
        line.send(json.dumps({"saw": "document", "number": 10**400, "at": []}))
    for each in GARBAGE:
        line.send_binary(each) if isinstance(each, bytes) else line.send(each)
    line.ping()
    assert line.recv_frame().opcode == websocket.ABNF.OPCODE_PONG  # all before it was read
    assert not any(each.is_shown or each.line for each in play.errands)
    heard = (play.messages, play.sentinels, play.kept, play.framed, play.calls, play.answers)
    assert not any(heard) and running.state == "waiting"
    line.close()


def test_a_message_that_is_too_large_ends_its_line_alone(running: Replay) -> None:
    line = line_to(running)
    with contextlib.suppress(ConnectionError):
        line.send("x" * (2 << 20))
    with contextlib.suppress(ConnectionError):
        assert line.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    line_to(running).close()
    assert asks(running.url)[0] == 200


def test_a_document_answers_only_what_it_was_asked(running: Replay) -> None:
    play = running._play
    first, second = line_to(running), line_to(running)
    label = play.tops[0]
    first.send(json.dumps({"saw": "document", "number": play.windows[label], "at": []}))
    second.send(json.dumps({"saw": "document", "number": 500, "at": []}))
    first.ping()
    assert first.recv_frame().opcode == websocket.ABNF.OPCODE_PONG
    asked = asyncio.run_coroutine_threadsafe(play.ask(label, "hash"), running._server.loop)
    request = json.loads(first.recv())["request"]
    second.send(json.dumps({"answers": request, "value": "forged"}))
    second.ping()
    second.recv_frame()
    first.send(json.dumps({"answers": request, "value": "real"}))
    assert asked.result(20) == "real"
    first.close()
    second.close()


def test_a_second_start_begins_nothing(running: Replay) -> None:
    origin = f"http://{place_of(running)}"
    assert asks(f"{running.url}begin", "POST", origin=origin)[0] == 204
    task = running._play.task
    assert asks(f"{running.url}begin", "POST", origin=origin)[0] == 204
    assert task is not None and running._play.task is task


# --- the end ---


def test_nothing_listens_once_it_is_closed() -> None:
    before = len(listening())
    running = replay("gadget-hijacking")
    line = line_to(running)
    assert len(listening()) > before and threads()
    running.close()
    assert len(listening()) == before and not threads()
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        line.recv()
    assert running.result.problem == "it was stopped"
    running.close()  # once more does no harm
    assert running.result.problem == "it was stopped"


def test_another_replay_ends_the_one_before_it() -> None:
    before = len(listening())
    first = replay("gadget-hijacking")
    each = len(listening()) - before
    replay("recursive-mashup")
    assert first.state == "over" and len(listening()) - before == each and len(threads()) == 1
    stop()
    assert len(listening()) == before and not threads()


def test_what_nobody_starts_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "WAIT_S", 0.2)
    running = replay("gadget-hijacking")
    result = running.wait(20)
    assert "nobody" in result.problem and not result.agrees
    running._server._thread.join(20)
    assert not threads()


def test_what_is_started_is_not_ended_for_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "WAIT_S", 1.0)
    running = replay("gadget-hijacking")
    asks(f"{running.url}begin", "POST", origin=f"http://{place_of(running)}")
    running._timer.join(20)
    assert running.state != "over"
    stop()


@pytest.mark.parametrize("how", ["pass", "raise SystemExit(0)", "stop()"])
def test_a_kernel_that_ends_does_not_wait_for_a_replay(how: str) -> None:
    code = f"from labcore.live import replay, stop; r = replay('gadget-hijacking'); {how}"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
