"""Nonsense at every entry, guided by which lines of labcore it reaches (Atheris).

``make fuzz`` spends ``FUZZ_S`` seconds on each entry, or on those that ``ONLY`` names. What breaks
the law is printed with the input that broke it. What reached new lines is kept in ``build/fuzz``
for the next time.
"""

import os
import subprocess
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

KEPT = Path(__file__).parents[2] / "build" / "fuzz"
LONGEST = 4096
"""So many bytes decide about one input."""


def main() -> int:
    """Fuzz each entry in a process of its own; the number of entries that broke the law."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        version = ".".join(map(str, sys.version_info[:2]))
        print(f"Nothing was fuzzed: Atheris has no wheel for Python {version} on {sys.platform}.")
        return 0
    from fuzz.entries import ENTRIES

    seconds, only = os.environ.get("FUZZ_S", "60"), os.environ.get("ONLY", "")
    broken = []
    for name in ENTRIES:
        if only and name not in only.split(","):
            continue
        folder = KEPT / name.replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        print(f"== {name}", flush=True)
        ran = subprocess.run(
            [sys.executable, __file__, name, str(folder), f"-max_total_time={seconds}",
             f"-max_len={LONGEST}", "-rss_limit_mb=0", "-timeout=60", "-verbosity=0",
             "-print_final_stats=1", f"-artifact_prefix={folder}/"],
            check=False,
        )  # fmt: skip
        broken += [name] * bool(ran.returncode)
    print(f"Broken: {', '.join(broken)}" if broken else "All entries kept the law.")
    return len(broken)


def fuzz(name: str, *options: str) -> None:
    """Fuzz one entry; never returns."""
    import atheris

    with redirect_stderr(StringIO()), atheris.instrument_imports(include=["labcore"]):
        from fuzz.entries import ENTRIES
        from fuzz.test_entries import law_of
    atheris.Setup([sys.argv[0], *options], law_of(ENTRIES[name]).hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(fuzz(*sys.argv[1:]) if sys.argv[1:] else main())
