"""Ask Chromium and Firefox all conformance cases: `make conformance`, some 20 minutes.

    make conformance                       # both browsers, beside each other, with progress
    make conformance ONLY="Firefox frames" # one browser, some groups of cases

What each browser says is kept in build/conformance as it comes, by its version: a run that was
interrupted goes on where it stopped, and a second one asks only what is new. A browser that crashes
or hangs is ended, said so, and started anew; what it could not answer is tried once more. At the
end the results are summed up in notebooks/data/conformance.json, unless a case is missing or a
difference has no explanation: then these are told, and nothing is stored.

A refusal is an exception, or a sentinel that arrives instead; nothing is decided by waiting.
Browsers stop making frames at about a thousand in one page (Chromium 156 at 1,000, without a word;
Firefox 153 went on), and get slow long before: here no page has more than two hundred, every page
is closed once its cases are over, and each browser is started anew after `PAGES_EACH` of them.
"""

import hashlib
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from browser.measuring import GROUPS, Unit, units
from browser.rig import RigError, version
from conformance_results import BROWSERS, STORED, summary, unexplained
from tqdm import tqdm

KEPT = Path(__file__).resolve().parents[1] / "build" / "conformance"
PAGES_EACH = 150
TRIES = 2

stopped = threading.Event()


def fingerprint(unit: Unit) -> str:
    """Changes with whatever is asked in ``unit``."""
    return hashlib.sha256(repr(unit).encode()).hexdigest()[:16]


def kept(path: Path) -> dict[str, dict[str, Any]]:
    """What was said of each unit so far, by its fingerprint; a line cut short is left out."""
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            print_, said = json.loads(line)
        except ValueError:
            continue
        found[print_] = said
    return found


def asked(browser: str, wanted: Sequence[Unit], bar: tqdm) -> dict[str, Any]:
    """What ``browser`` says of every case in ``wanted``; units that it fails on are left out."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{browser} {version(browser)}.jsonl"
    known = kept(path)
    said: dict[str, Any] = {}
    missing = []
    for unit in wanted:
        if fingerprint(unit) in known:
            said |= known[fingerprint(unit)]
            bar.update(len(unit.cases))
        else:
            missing.append(unit)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")  # the last line may be cut short
        for group in GROUPS:
            of_group = [unit for unit in missing if unit.group == group]
            for answers, unit in answered(browser, group, of_group, bar):
                file.write(json.dumps([fingerprint(unit), answers], ensure_ascii=False) + "\n")
                file.flush()
                said |= answers
                bar.update(len(unit.cases))
    return said


def answered(
    browser: str, group: str, wanted: Sequence[Unit], bar: tqdm
) -> Iterator[tuple[dict[str, Any], Unit]]:
    """The answers, unit by unit, of as many browsers as it takes."""
    todo, failures = list(wanted), dict.fromkeys((unit.name for unit in wanted), 0)
    while todo and not stopped.is_set():
        some, unit = todo[:PAGES_EACH], todo[0]
        try:
            with GROUPS[group](browser) as ask:
                for unit in some:
                    if stopped.is_set():
                        return
                    yield ask(unit), unit
                    todo.remove(unit)
        except RigError as error:
            failures[unit.name] += 1
            bar.write(f"{browser} failed on {unit.name!r}, and is started anew: {error}")
            if failures[unit.name] == TRIES:
                todo.remove(unit)


def main(only: Sequence[str]) -> str | None:
    """Run what is asked for; what is wrong, if anything is."""
    groups = [word for word in only if word not in BROWSERS]
    wanted = [unit for unit in units() if not groups or unit.group in groups]
    browsers = [each for each in BROWSERS if not {*only} & {*BROWSERS} or each in only]
    total = sum(len(unit.cases) for unit in wanted)
    bars = {
        each: tqdm(total=total, desc=each, unit=" cases", position=row)
        for row, each in enumerate(browsers)
    }
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with ThreadPoolExecutor(len(browsers)) as pool:
        running = {each: pool.submit(asked, each, wanted, bars[each]) for each in browsers}
        try:
            said = {each: future.result() for each, future in running.items()}
        except KeyboardInterrupt:
            stopped.set()
            return "Interrupted; 'make conformance' goes on from here."
        finally:
            stopped.set()
    for bar in bars.values():
        bar.close()
    if stopped_early := [each for each in browsers if len(said[each]) < total]:
        return f"Not all cases were answered by {', '.join(stopped_early)}; run it again."
    wrong = [line for each in browsers for line in unexplained(each, said[each])]
    if wrong:
        return "\n".join(["Differences without an explanation:", *wrong])
    if not only:
        versions = {each: version(each) for each in browsers}
        text = json.dumps(summary(versions), indent=1, ensure_ascii=False)
        STORED.write_text(text + "\n", "utf-8")
        print(f"{total:,} cases in each browser; every difference is explained.")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
