"""npm's Pyodide and the site that `make lite` builds, for the tests that need them."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
NPM = ROOT / "build" / "npm" / "node_modules" / "pyodide"
SITE = ROOT / "build" / "lite"


def make(target: str) -> None:
    """What ``target`` of the Makefile makes, as it is now."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", target], cwd=ROOT, env=plain, capture_output=True, text=True)
    assert not done.returncode, done.stdout + done.stderr
