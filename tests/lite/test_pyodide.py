"""The model answers in Pyodide as it does in CPython."""

import json
import os
import subprocess
import sys
from pathlib import Path

import publicsuffixlist
import pytest
from lite_site import NPM, ROOT, make

HERE = Path(__file__).parent
PACKAGES = Path(publicsuffixlist.__file__).parents[1]
SHARE = ["all"] if os.environ.get("EVERYTHING") else []
"""A sample of the searches, or all of them: `make compare`."""


def output(*command: object) -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*map(str, command), *SHARE], env=environment, capture_output=True)
    assert not done.returncode and not done.stderr, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.npm
def test_pyodide_answers_as_cpython_does() -> None:
    make("build/npm.stamp")
    ours = output(sys.executable, HERE / "answers.py")
    theirs = output("node", HERE / "answers.mjs", NPM, ROOT, PACKAGES)
    assert len(ours) > 2_000
    assert theirs.keys() == ours.keys()
    assert {question: theirs[question] for question in ours} == ours
