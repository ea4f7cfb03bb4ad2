"""Count the request cases for chapter 12: how many, on how many each browser does as the model.

Run it after a change to `request_cases`: `python tests/request_summary.py`. That the browsers
really do so is what the tests in `browser/` are for.
"""

import json
from pathlib import Path
from typing import Any

from request_cases import CASES, FRAMING_CASES, KNOWN_DIFFERENCES

STORED = Path(__file__).resolve().parents[1] / "notebooks" / "data" / "requests.json"


def summary() -> dict[str, Any]:
    """What the chapter shows."""
    subjects: dict[str, list[str]] = {}
    for case in CASES:
        subjects.setdefault(case.subject, []).append(case.name)
    subjects["framing"] = [case.name for case in FRAMING_CASES]
    other = {
        browser: {name for cases in reasons.values() for name in cases}
        for browser, reasons in KNOWN_DIFFERENCES.items()
    }
    counts = {
        subject: [len(names), *(len(names) - len(other[b].intersection(names)) for b in other)]
        for subject, names in subjects.items()
    }
    differences: dict[str, dict[str, int]] = {}
    for browser, reasons in KNOWN_DIFFERENCES.items():
        for reason, cases in reasons.items():
            differences.setdefault(reason, {})[browser] = len(cases)
    return {"browsers": list(other), "counts": counts, "differences": differences}


if __name__ == "__main__":
    STORED.write_text(json.dumps(summary(), indent=1, ensure_ascii=False) + "\n", "utf-8")
