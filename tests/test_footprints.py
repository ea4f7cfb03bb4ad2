"""Every chapter's kernel was measured, and fits where memory is short, as on Binder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
STORED = json.loads((NOTEBOOKS / "data" / "footprints.json").read_text(encoding="utf-8"))
MOST_MB = 300


def test_every_chapter_was_measured_and_nothing_else() -> None:
    assert list(STORED) == sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.parametrize("chapter", STORED)
def test_kernel_stays_small(chapter: str) -> None:
    assert 0 < STORED[chapter]["peak_mb"] < MOST_MB
    assert STORED[chapter]["cpu_s"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from Linux's /proc")
def test_peak_is_that_of_the_process_and_counts_what_was_freed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(os.fspath(Path(__file__).parent))
    from footprints import peak_mb

    code = "x = bytearray(b'1' * 10) * {}; del x; print(flush=True); input()"
    peaks = []
    for size in (1, 10_000_000):
        with subprocess.Popen(
            [sys.executable, "-c", code.format(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdin and process.stdout
            process.stdout.readline()
            peaks.append(peak_mb(process.pid))
            process.stdin.close()
    assert 95 < peaks[1] - peaks[0] < 110
