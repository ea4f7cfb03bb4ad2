"""What a reader, Binder and CI install is one and the same, and works on each of them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUN_TIME = ROOT / "requirements.txt"
TESTS = ROOT / "tests" / "requirements.txt"
BINDER = ROOT / "binder"
SCRIPTS = [ROOT / ".ci" / "run", BINDER / "postBuild"]

# Written so that this line does not match itself.
FOREIGN = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.|(?:deb|security)\.debia[n]\.org"
    r"|(?<![\w.])/(?:work|root|home/\w+)/"
    r"|--(?:extra-)?index-ur[l]|--find-link[s]|--trusted-hos[t]"
)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def lines(path: Path) -> list[str]:
    """What pip reads of a requirements file, in order, nested files in place."""
    found = []
    for line in path.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("-r "):
            found += lines(path.parent / line.removeprefix("-r "))
        elif line:
            found.append(line)
    return found


def pins(path: Path) -> dict[str, str]:
    """Version by name."""
    requirements = [Requirement(line) for line in lines(path) if line != "-e ."]
    return {canonicalize_name(each.name): str(each.specifier)[2:] for each in requirements}


def needed_here(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def binder_python() -> str:
    name, _, version = (BINDER / "runtime.txt").read_text().strip().partition("-")
    assert name == "python"
    return version


def tracked() -> list[Path]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files are tracked is unknown")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", [RUN_TIME, TESTS], ids=["run time", "tests"])
def test_every_requirement_is_pinned(path: Path) -> None:
    assert lines(path)[0] == "-e ."
    for line in lines(path)[1:]:
        specifiers = list(Requirement(line).specifier)
        assert [each.operator for each in specifiers] == ["=="], line
        assert "*" not in specifiers[0].version, line


@pytest.mark.parametrize(
    ("path", "ranges"),
    [
        (RUN_TIME, PROJECT["dependencies"]),
        (TESTS, PROJECT["optional-dependencies"]["test"]),
        (TESTS, PROJECT["optional-dependencies"]["capture"]),
        (BINDER / "lite" / "requirements.txt", PROJECT["optional-dependencies"]["lite"]),
    ],
    ids=["run time", "tests", "capture", "lite"],
)
def test_pins_lie_in_the_ranges_of_the_project(path: Path, ranges: list[str]) -> None:
    pinned = pins(path)
    for requirement in map(Requirement, ranges):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), (
            requirement
        )


def test_the_tests_run_on_the_readers_versions() -> None:
    assert pins(RUN_TIME).items() <= pins(TESTS).items()


def test_what_the_pins_need_is_pinned_too() -> None:
    pinned = pins(TESTS)
    for name in pinned:
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # another system's
        for requirement in filter(needed_here, map(Requirement, requirements)):
            needed = canonicalize_name(requirement.name)
            assert needed in pinned, f"{name} needs {needed}"


def test_pins_run_on_the_oldest_python_that_the_project_admits() -> None:
    oldest = min(each.version for each in SpecifierSet(PROJECT["requires-python"]))
    for name in pins(TESTS):
        try:
            admitted = metadata.metadata(name).get("Requires-Python")
        except metadata.PackageNotFoundError:
            continue  # another system's
        assert not admitted or SpecifierSet(admitted).contains(f"{oldest}.0"), f"{name}: {admitted}"


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    for path in tracked():
        found = FOREIGN.search(path.read_bytes().decode(errors="replace"))
        assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_binder_builds_the_python_that_the_pins_are_for() -> None:
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{binder_python()}.0")
    assert f"--python-version {binder_python()} " in text_of("Makefile")


def test_binder_installs_what_a_reader_installs_and_no_more() -> None:
    assert lines(BINDER / "requirements.txt") == lines(RUN_TIME)
    only_tests = {"pytest", "nbval", "hypothesis", "playwright", "mypy", "ruff", "import-linter"}
    assert only_tests <= pins(TESTS).keys()
    assert not only_tests & pins(BINDER / "requirements.txt").keys()


def test_binder_folder_holds_only_what_the_build_reads() -> None:
    # An environment.yml or a Dockerfile would replace runtime.txt and requirements.txt unsaid.
    names = {path.name for path in BINDER.iterdir() if path.is_file()}
    assert names == {"runtime.txt", "requirements.txt", "postBuild"}


def test_repo2docker_reads_it_so() -> None:
    pytest.importorskip(
        "repo2docker", reason="repo2docker is not installed: binder/ is only parsed"
    )
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    dockerfile = done.stdout + done.stderr
    escaped = binder_python().replace(".", "-2e")  # as in the names of the files that it copies
    assert f"environment-2epy-2d{escaped}-2dlinux" in dockerfile
    assert 'install --no-cache-dir -r "binder/requirements.txt"' in dockerfile
    assert "RUN ./binder/postBuild" in dockerfile


def test_make_lab_and_the_readmes_badge_open_notebooks_that_exist() -> None:
    opened = re.findall(r"jupyterlab .*?(notebooks/\S+)", text_of("Makefile"))
    assert opened
    opened += re.findall(r"urlpath=(?:lab|doc)/tree/([^)\s\"&`]+)", unquote(text_of("README.md")))
    for path in opened:
        assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_scripts_are_executable_and_parse(script: Path) -> None:
    assert os.access(script, os.X_OK)
    bash = shutil.which("bash")
    assert bash, "the scripts are bash's"
    subprocess.run([bash, "-n", script], check=True)
