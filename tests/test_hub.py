"""A class's settings follow from what was measured, and are the settings that hubs know."""

import json
import runpy
from pathlib import Path

import pytest
import yaml

HUB = Path(__file__).parents[1] / "binder" / "hub"
PLAN = runpy.run_path(str(HUB / "plan.py"))
MEASURED = json.loads(PLAN["FOOTPRINTS"].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["values.yaml", "tljh.yaml", "README.md"])
def test_every_file_is_what_the_plan_writes(name: str) -> None:
    assert (HUB / name).read_text(encoding="utf-8") == PLAN["files"]()[name]


def test_a_larger_kernel_makes_for_larger_limits() -> None:
    now, grown = PLAN["sizes"](MEASURED), {"x": {"peak_mb": 290, "cpu_s": 60.0}}
    then = PLAN["sizes"](MEASURED | grown)
    assert then.guarantee_mb > now.guarantee_mb and then.limit_mb > now.limit_mb
    assert then.cpu > now.cpu and then.per_node < now.per_node


def test_a_student_fits_into_what_is_guaranteed() -> None:
    each = PLAN["sizes"](MEASURED)
    kernel = max(one["peak_mb"] for one in MEASURED.values())
    assert PLAN["SERVER_MB"] + kernel <= each.guarantee_mb < each.limit_mb
    assert each.per_node * each.guarantee_mb <= PLAN["NODE_MB"] - PLAN["SYSTEM_MB"]


def test_a_class_of_all_sizes_fits_on_its_nodes() -> None:
    each = PLAN["sizes"](MEASURED)
    for students in PLAN["CLASSES"]:
        nodes = PLAN["class_of"](students, each).nodes
        assert (nodes - 1) * each.per_node < students <= nodes * each.per_node


def test_settings_are_plain_and_hold_no_secret() -> None:
    values = yaml.safe_load((HUB / "values.yaml").read_text(encoding="utf-8"))
    assert {*values} == {"singleuser", "cull", "prePuller", "scheduling", "hub"}
    assert values["singleuser"]["defaultUrl"].endswith("00_welcome.ipynb")
    littlest = yaml.safe_load((HUB / "tljh.yaml").read_text(encoding="utf-8"))
    assert littlest["limits"]["memory"] == values["singleuser"]["memory"]["limit"]
    text = "".join(path.read_text(encoding="utf-8") for path in HUB.glob("*.yaml"))
    assert not any(word in text.lower() for word in ("password", "token", "client_secret"))
