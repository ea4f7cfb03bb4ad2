"""Settings for a class, from what the chapters' kernels were measured to take.

`python binder/hub/plan.py` writes values.yaml, tljh.yaml and the table in README.md anew. The
numbers come from notebooks/data/footprints.json (`make footprints`); what is assumed stands below.
"""

import json
import math
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
FOOTPRINTS = HERE.parents[1] / "notebooks" / "data" / "footprints.json"

SERVER_MB = 137  # JupyterLab's server with two chapters open and run, its peak as VmHWM
HUB_MB = 1_000  # the hub, its proxy and the system beside them, on a machine of one's own
OPEN_CHAPTERS = 4  # kernels that a student leaves running; idle ones end after KERNEL_IDLE_S
TOGETHER_S = 300  # a class that presses Run All does so within this time
KERNEL_IDLE_S, SERVER_IDLE_S = 1_200, 3_600
NODE_MB, NODE_CORES = 16_000, 4
SYSTEM_MB = 2_000  # what Kubernetes and the system take of a node

CLASSES = (10, 100, 1_000, 10_000)


class Sizes(NamedTuple):
    """What one student takes: memory in MB, processors in cores."""

    guarantee_mb: int
    limit_mb: int
    cpu: float
    per_node: int


class Class(NamedTuple):
    """What a class takes if all are there at once."""

    students: int
    memory_gb: int
    cores: int
    nodes: int


def sizes(footprints: dict[str, dict[str, float]]) -> Sizes:
    """The sizes that follow from the largest kernel, and from the one that computes most."""
    kernel = max(each["peak_mb"] for each in footprints.values())
    busy = max(each["cpu_s"] for each in footprints.values())
    guarantee = rounded(SERVER_MB + kernel, 50)
    cpu = math.ceil(busy / TOGETHER_S * 100) / 100
    by_memory, by_cpu = (NODE_MB - SYSTEM_MB) // guarantee, NODE_CORES / cpu
    limit = rounded(SERVER_MB + OPEN_CHAPTERS * kernel, 50)
    return Sizes(guarantee, limit, cpu, int(min(by_memory, by_cpu)))


def rounded(value: float, step: int) -> int:
    """``value``, rounded up to a multiple of ``step``."""
    return math.ceil(value / step) * step


def class_of(students: int, each: Sizes) -> Class:
    """What so many students take at once."""
    memory = math.ceil((students * each.guarantee_mb + HUB_MB) / 1_000)
    cores = math.ceil(students * each.cpu) + 1
    return Class(students, memory, cores, math.ceil(students / each.per_node))


VALUES = """\
# Zero to JupyterHub: helm upgrade --install hub jupyterhub/jupyterhub --values values.yaml
# Written by plan.py from the measured footprints: change it there.
# Yours to add: the image (repo2docker builds it from this repository), hub.config for how students
# log in, and proxy.https with your host's name. No secret belongs in this file.
singleuser:
  image:
    name: REGISTRY/frames-book
    tag: latest
  defaultUrl: /lab/tree/notebooks/00_welcome.ipynb
  memory:
    guarantee: {guarantee_mb}M
    limit: {limit_mb}M
  cpu:
    guarantee: {cpu}
    limit: 2
  extraFiles:
    idle-kernels:
      mountPath: /etc/jupyter/jupyter_server_config.json
      data:
        MappingKernelManager:
          cull_idle_timeout: {kernel_idle}
          cull_interval: 120
cull:
  enabled: true
  timeout: {server_idle}
  every: 300
prePuller:
  continuous:
    enabled: true
scheduling:
  userScheduler:
    enabled: true
hub:
  concurrentSpawnLimit: 64
"""

TLJH = """\
# The Littlest JupyterHub, /opt/tljh/config/config.yaml: then `sudo tljh-config reload`.
# Written by plan.py from the measured footprints: change it there.
limits:
  memory: {limit_mb}M
  cpu: 2
user_environment:
  default_app: jupyterlab
services:
  cull:
    enabled: true
    timeout: {server_idle}
    every: 300
"""

BEGIN, END = "<!-- plan -->\n", "<!-- end of plan -->\n"


def table(each: Sizes) -> str:
    """The plan for classes of all sizes, in Markdown."""
    lines = ["| students at once | memory, GB | cores | nodes |", "|---:|---:|---:|---:|"]
    for one in (class_of(students, each) for students in CLASSES):
        lines.append(f"| {one.students:,} | {one.memory_gb:,} | {one.cores:,} | {one.nodes:,} |")
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """What stands in each file."""
    each = sizes(json.loads(FOOTPRINTS.read_text(encoding="utf-8")))
    words = {**each._asdict(), "kernel_idle": KERNEL_IDLE_S, "server_idle": SERVER_IDLE_S}
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return {
        "values.yaml": VALUES.format(**words),
        "tljh.yaml": TLJH.format(**words),
        "README.md": f"{before}{BEGIN}{table(each)}{END}{after}",
    }


if __name__ == "__main__":
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")
